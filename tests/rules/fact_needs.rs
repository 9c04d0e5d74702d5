//! Rows of endpoints and names of which nobody knows what they need of private DNS, or at which address they ought to be.

use plaudit::facts::Subject;
use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use crate::estate::Estate;
use crate::estate::rounds::read_deep;
use crate::estate::services::{Service, cosmos, private_link_service, storage};
use crate::judged::topology;
use crate::rows::{all, row};
use crate::small::{BLOB, Direct};

const ZONE: &str = "contoso.example";
const THING: &str = "thing.contoso.example";

#[track_caller]
fn of(e: &Estate, subject: Subject, id: &ResourceId) -> Value {
    row(&topology(read_deep(e)), subject, id)
}

/// The row of one name of an endpoint that has several.
#[track_caller]
fn named(e: &Estate, fqdn: &str) -> Value {
    let all = all(&topology(read_deep(e))).into_iter();
    let mut own = all.filter(|(of, row)| *of == Subject::Name && row.facts["fqdn"] == fqdn);
    own.next().unwrap().1.facts
}

#[track_caller]
fn says(row: &Value, expected: &[(&str, Value)]) {
    for (place, value) in expected {
        assert_eq!(row.pointer(place), Some(value), "{place} of {row:#}");
    }
}

#[track_caller]
fn is_silent_about(row: &Value, places: &[&str]) {
    for place in places {
        assert_eq!(row.pointer(place), None, "{place} of {row:#}");
    }
}

fn contoso() -> Service {
    Service::new("Microsoft.Contoso/things", "thing", "thing").member("thing", &[(THING, ZONE, "thing")])
}

/// A linked zone that holds a name of an endpoint.
fn answer(it: &mut Direct, pe: &ResourceId, zone: &str, record: &str) {
    let zone = it.e.zone(zone);
    it.e.link(&zone, &it.vnet);
    let addresses = it.e.addresses_of(pe);
    it.e.record(&zone, record, &[&addresses[0]]);
}

const NEED: [&str; 5] = ["/alias", "/zone", "/record", "/zones", "/certainty"];

#[test]
fn of_a_target_that_no_table_tells_of_only_an_answer_that_works_is_told() {
    let mut it = Direct::new();
    let pe = it.e.endpoint("pe-thing", &it.vnet, contoso());
    let endpoint = of(&it.e, Subject::Endpoint, &pe);
    says(&endpoint, &[("/names", json!([THING]))]);
    is_silent_about(&endpoint, &["/neededZones"]);
    let name = of(&it.e, Subject::Name, &pe);
    is_silent_about(&name, &NEED);
    // Public DNS may make an alias of it that a linked zone holds.
    is_silent_about(&name, &["/view", "/right"]);
    says(&name, &[("/addresses", json!(it.e.addresses_of(&pe)))]);
    answer(&mut it, &pe, ZONE, "thing");
    let name = of(&it.e, Subject::Name, &pe);
    is_silent_about(&name, &NEED);
    says(&name, &[("/right", json!(true)), ("/view/0/outcome", json!("records"))]);
}

#[test]
fn a_target_that_no_table_tells_of_and_no_names_leave_the_names_open() {
    let mut it = Direct::new();
    let pe = it.e.endpoint(
        "pe-thing",
        &it.vnet,
        contoso().at("/subscriptions/9f/resourceGroups/x/providers/Microsoft.Contoso/things/thing"),
    );
    it.e.without_fqdns(&pe);
    it.e.edit(&pe, |one| one["properties"]["customDnsConfigs"] = json!([]));
    is_silent_about(&of(&it.e, Subject::Endpoint, &pe), &["/names", "/neededZones"]);
}

#[test]
fn a_name_beside_those_that_the_table_knows_leaves_its_own_need_open() {
    let mut it = Direct::new();
    let odd = storage("other", "blob").member("odd", &[(THING, ZONE, "thing")]);
    let pe = it.e.endpoint("pe-odd", &it.vnet, odd);
    is_silent_about(&of(&it.e, Subject::Endpoint, &pe), &["/neededZones"]);
    let name = named(&it.e, THING);
    is_silent_about(&name, &NEED);
    is_silent_about(&name, &["/view", "/right"]);
    says(&named(&it.e, "other.blob.core.windows.net"), &[("/zone", json!(BLOB)), ("/right", json!(false))]);
}

#[test]
fn a_target_that_needs_no_zone_needs_none() {
    let mut it = Direct::new();
    let service = private_link_service("pls").member("own", &[(THING, ZONE, "thing")]);
    let pe = it.e.endpoint("pe-pls", &it.vnet, service);
    says(&of(&it.e, Subject::Endpoint, &pe), &[("/neededZones", json!([]))]);
    let name = named(&it.e, THING);
    says(&name, &[("/alias", Value::Null), ("/zone", Value::Null), ("/zones", json!([]))]);
    says(&name, &[("/view/0/outcome", json!("public")), ("/right", json!(false))]);
}

#[test]
fn a_name_that_has_no_zone_needs_none_and_its_alias_is_not_known() {
    let mut it = Direct::new();
    let own = "vm.instances.azureml.ms";
    let workspace = Service::new("Microsoft.MachineLearningServices/workspaces", "ml", "amlworkspace")
        .member("own", &[(own, "instances.azureml.ms", "vm")])
        .member("api", &[("ml.api.azureml.ms", "privatelink.api.azureml.ms", "ml")]);
    let pe = it.e.endpoint("pe-ml", &it.vnet, workspace);
    let needed = json!(["privatelink.api.azureml.ms"]);
    says(&of(&it.e, Subject::Endpoint, &pe), &[("/neededZones", needed)]);
    let name = named(&it.e, own);
    says(&name, &[("/zone", Value::Null), ("/zones", json!([]))]);
    is_silent_about(&name, &["/alias", "/view", "/right"]);
}

#[test]
fn an_inferred_alias_is_told_and_only_an_answer_that_works() {
    let mut it = Direct::new();
    let zone = "privatelink.azurehealthcareapis.com";
    let fhir = Service::new("Microsoft.HealthcareApis/services", "x", "fhir")
        .member("fhir", &[("x.azurehealthcareapis.com", zone, "x")]);
    let pe = it.e.endpoint("pe-fhir", &it.vnet, fhir);
    let name = of(&it.e, Subject::Name, &pe);
    says(&name, &[("/certainty", json!("inferred")), ("/zone", json!(zone))]);
    is_silent_about(&name, &["/view", "/right"]);
    answer(&mut it, &pe, zone, "x");
    says(&of(&it.e, Subject::Name, &pe), &[("/right", json!(true)), ("/view/0/zoneName", json!(zone))]);
}

#[test]
fn zones_that_only_a_name_would_tell_are_no_zones_that_are_not_needed() {
    let mut it = Direct::new();
    let scope =
        Service::new("Microsoft.Insights/privateLinkScopes", "ampls", "azuremonitor").member("all", &[]);
    let pe = it.e.endpoint("pe-ampls", &it.vnet, scope);
    is_silent_about(&of(&it.e, Subject::Endpoint, &pe), &["/names", "/neededZones"]);
}

#[test]
fn a_connection_without_a_target_leaves_names_open() {
    let mut it = Direct::new();
    it.e.edit_connection(&it.pe, |one| one["properties"]["privateLinkServiceId"] = Value::Null);
    is_silent_about(&of(&it.e, Subject::Endpoint, &it.pe), &["/names", "/neededZones"]);
}

#[test]
fn which_of_several_addresses_a_name_has_may_be_told_by_nobody() {
    let mut it = Direct::new();
    let pe = it.e.endpoint("pe-cosmos", &it.vnet, cosmos("acct2", "westeurope"));
    it.e.without_fqdns(&pe);
    it.e.edit(&pe, |one| one["properties"]["customDnsConfigs"] = json!([]));
    says(&of(&it.e, Subject::Endpoint, &pe), &[("/addresses", json!(it.e.addresses_of(&pe)))]);
    let name = of(&it.e, Subject::Name, &pe);
    assert!(name["fqdn"].is_string(), "{name:#}");
    is_silent_about(&name, &["/addresses", "/right"]);
}
