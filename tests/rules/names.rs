//! Several names and addresses, other casings, several zones of one name, IPv6, sources of names.

use plaudit::inventory::ResourceId;
use serde_json::json;

use crate::estate::demo::Demo;
use crate::estate::services::{Service, cosmos, registry, web_app};
use crate::judged::{all_evidence, evidence, expect, judge, not_judged, only, read, topology};
use crate::small::{BLOB, Direct, Hub, record};

/// An endpoint of this service in a healthy network of its own, with zone and zone group.
fn with(service: Service, zone: &str) -> (Direct, ResourceId, ResourceId) {
    let mut it = Direct::new();
    let zone = it.e.zone(zone);
    it.e.link(&zone, &it.vnet);
    let pe = it.e.endpoint("many", &it.vnet, service);
    it.e.zone_group(&pe, &[&zone]);
    (it, zone, pe)
}

#[test]
fn every_name_of_a_registry_has_its_own_address() {
    let (mut it, zone, pe) = with(registry("reg", "westeurope"), "privatelink.azurecr.io");
    expect(&it.e, &[]);
    let addresses = it.e.addresses_of(&pe);
    // The right address of the wrong name is wrong.
    it.e.set_addresses(&record(&zone, "reg.westeurope.data"), &[&addresses[1]]);
    expect(&it.e, &["DNS-022 many fail error certain"]);
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "DNS-022"), "record"), "\"reg.westeurope.data\"");
    assert_eq!(evidence(only(&report, "DNS-022"), "fqdn"), "\"reg.westeurope.data.azurecr.io\"");
}

#[test]
fn both_names_of_a_web_app_share_an_address() {
    let (mut it, zone, _) = with(web_app("shop"), "privatelink.azurewebsites.net");
    expect(&it.e, &[]);
    it.e.set_addresses(&record(&zone, "shop.scm"), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 many fail error certain"]);
}

#[test]
fn the_regional_name_of_cosmos_counts() {
    let (mut it, zone, _) = with(cosmos("orders", "westeurope"), "privatelink.documents.azure.com");
    expect(&it.e, &[]);
    it.e.remove(&record(&zone, "orders-westeurope"));
    expect(&it.e, &["DNS-021 many fail error certain"]);
}

#[test]
fn a_wildcard_name_is_compared_with_a_literal_wildcard_record() {
    let zone = "privatelink.api.azureml.ms";
    let name = "*.1b2c.inference.westeurope";
    let service = Service::new("Microsoft.MachineLearningServices/workspaces", "ml", "amlworkspace")
        .member("default", &[(&format!("{name}.api.azureml.ms"), zone, name)]);
    let (mut it, zone, _) = with(service, zone);
    expect(&it.e, &[]);
    it.e.set_addresses(&record(&zone, name), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 many fail error certain"]);
    it.e.remove(&record(&zone, name));
    expect(&it.e, &["DNS-021 many fail error certain"]);
}

#[test]
fn ids_in_any_casing_join() {
    for e in [Direct::new().e, Hub::new().e, Demo::healthy().e] {
        let mut e = e;
        e.shout_references();
        expect(&e, &[]);
    }
    let mut it = Hub::with_ruleset("BLOB.Core.windows.NET.").0;
    it.e.respell(&it.spoke, str::to_ascii_uppercase);
    it.e.respell(&it.zone, |id| id.replace("privatelink.blob", "PrivateLink.Blob"));
    it.e.respell(&it.pe, str::to_ascii_lowercase);
    it.e.shout_references();
    expect(&it.e, &[]);
}

#[test]
fn findings_and_fingerprints_do_not_depend_on_casing() {
    let demo = Demo::faulty();
    let mut shouted = demo.e.clone();
    shouted.shout_references();
    let of = |e: &crate::estate::Estate| {
        let report = judge(e);
        report
            .findings
            .into_iter()
            .map(|f| (f.rule, f.fingerprint))
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(of(&demo.e), of(&shouted));
}

#[test]
fn names_in_capitals_and_with_dots_are_the_same_names() {
    let mut it = Direct::new();
    let nic = it.e.interface_of(&it.pe);
    it.e.edit(&nic, |nic| {
        nic["properties"]["ipConfigurations"][0]["properties"]["privateLinkConnectionProperties"]["fqdns"] =
            json!(["ACCT.Blob.core.windows.net.", "acct.blob.core.windows.net"]);
    });
    expect(&it.e, &[]);
}

#[test]
fn of_two_zones_of_one_name_the_linked_one_counts() {
    let mut it = Direct::new();
    it.e.in_group("rg-other");
    let other = it.e.zone(BLOB);
    expect(&it.e, &[]);
    it.e.record(&other, "acct", &["10.1.4.200"]);
    expect(&it.e, &[]);
    it.e.unlink(&it.zone, &it.vnet);
    it.e.link(&other, &it.vnet);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    it.e.remove(&record(&other, "acct"));
    expect(&it.e, &["DNS-021 pe fail error certain"]);
}

#[test]
fn two_linked_zones_of_one_name_cannot_be_and_make_it_probable() {
    let mut it = Direct::new();
    it.e.in_group("rg-a-first");
    let other = it.e.zone(BLOB);
    it.e.link(&other, &it.vnet);
    expect(&it.e, &["DNS-021 pe fail warning probable"]);
}

#[test]
fn ipv6_addresses_are_compared_with_aaaa_records() {
    let mut it = Direct::new();
    let nic = it.e.interface_of(&it.pe);
    it.e.drop_zone_group(&it.pe);
    it.e.edit(&nic, |nic| {
        nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "fd00:db8::4".into();
    });
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    it.e.record(&it.zone, "acct", &["10.1.4.200"]);
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    let aaaa = it.e.aaaa(&it.zone, "acct", &["fd00:db8::0004"]);
    expect(&it.e, &[]);
    it.e.edit(&aaaa, |r| r["properties"]["aaaaRecords"] = json!([{"ipv6Address": "fd00:db8::5"}]));
    expect(&it.e, &["DNS-022 pe fail error certain"]);
}

#[test]
fn names_come_from_the_interface_then_the_endpoint_then_its_zone_group() {
    let mut it = Direct::new().by_hand();
    it.e.without_fqdns(&it.pe);
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    assert!(all_evidence(only(&judge(&it.e), "DNS-022")).contains("\"customDnsConfigs\""));

    let mut it = Direct::new();
    it.e.without_fqdns(&it.pe);
    it.e.remove(&it.record());
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    assert!(all_evidence(only(&judge(&it.e), "DNS-021")).contains("\"private DNS zone group\""));
}

#[test]
fn a_derived_name_is_said_to_be_derived() {
    let mut it = Direct::new().by_hand();
    it.e.without_fqdns(&it.pe);
    it.e.edit(&it.pe, |pe| pe["properties"]["customDnsConfigs"] = json!(null));
    expect(&it.e, &[]);
    it.e.remove(&it.record());
    expect(&it.e, &["DNS-021 pe fail warning probable"]);
    assert!(all_evidence(only(&judge(&it.e), "DNS-021")).contains("derived from"));
    assert_eq!(topology(read(&it.e)).endpoints.len(), 1);
}

#[test]
fn a_name_of_no_known_zone_is_counted_beside_those_that_have_one() {
    const ZONE: &str = "privatelink.blob.core.windows.net";
    let names = [("acct2.blob.core.windows.net", ZONE, "acct2"), ("acct2.blob.example.org", ZONE, "odd")];
    let service = Service::new("Microsoft.Storage/storageAccounts", "acct2", "blob").member("blob", &names);
    let mut it = Direct::new();
    let zone = it.zone.clone();
    let pe = it.e.endpoint("two", &it.vnet, service);
    it.e.zone_group(&pe, &[&zone]);
    expect(&it.e, &[]);
    let report = judge(&it.e);
    for rule in ["DNS-001", "DNS-010", "DNS-021", "DNS-022", "DNS-023"] {
        assert_eq!(not_judged(&report, rule), [("name belongs to no known zone", 1)], "{rule}");
    }
}
