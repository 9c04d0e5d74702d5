//! DNS-001: the zone is missing.

use plaudit::inventory::Kind;
use serde_json::json;

use crate::estate::HOME;
use crate::estate::services::{Service, private_link_service};
use crate::judged::{evidence, expect, expect_gaps, expect_unknown, judge, not_judged, only};
use crate::small::{BLOB, Direct, Hub};

const ALL: [&str; 5] = ["DNS-001", "DNS-010", "DNS-021", "DNS-022", "DNS-023"];

fn without_zone() -> Direct {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    it
}

#[test]
fn a_zone_that_exists_nowhere_is_one_finding() {
    let it = without_zone();
    expect(&it.e, &["DNS-001 pe fail error certain"]);
    assert_eq!(evidence(only(&judge(&it.e), "DNS-001"), "zone"), format!("\"{BLOB}\""));
}

#[test]
fn an_endpoint_with_two_names_in_one_zone_lacks_it_once() {
    let mut it = Direct::new();
    it.e.endpoint("app", &it.vnet, crate::estate::services::web_app("shop"));
    expect(&it.e, &["DNS-001 app fail error certain"]);
}

#[test]
fn an_incomplete_scope_makes_it_unknown() {
    let mut it = without_zone();
    it.e.in_subscription("dark").in_subscription(HOME);
    it.e.gap(Kind::PrivateDnsZones, "dark", 403, "AuthorizationFailed");
    expect_unknown(&it.e, "pe", &ALL);

    let mut it = without_zone();
    it.e.every_visible_subscription = false;
    expect_unknown(&it.e, "pe", &ALL);
    expect_gaps(&it.e, &[]);
}

#[test]
fn a_zone_group_that_points_into_the_dark_makes_it_unknown() {
    let mut it = Direct::new();
    let elsewhere = "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones";
    it.e.edit_zone_group(&it.pe, |group| {
        let config = &mut group["properties"]["privateDnsZoneConfigs"][0]["properties"];
        config["privateDnsZoneId"] = format!("{elsewhere}/{BLOB}").into();
    });
    it.e.remove(&it.zone);
    expect_unknown(&it.e, "pe", &[&ALL[..], &["DNS-003"]].concat());
}

#[test]
fn a_zone_group_that_cannot_be_read_makes_it_unknown() {
    let mut it = Direct::new();
    it.e.remove(&it.zone);
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    let mut all = vec!["PE-004", "DNS-003", "DNS-004", "DNS-034"];
    all.extend(ALL);
    expect_unknown(&it.e, "pe", &all);
}

#[test]
fn custom_dns_outside_azure_makes_it_probable() {
    let mut it = without_zone();
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    expect(&it.e, &["DNS-001 pe fail warning probable", "DNS-017 vnet fail info certain"]);
}

#[test]
fn derived_names_make_it_probable() {
    let mut it = without_zone();
    it.e.without_fqdns(&it.pe);
    it.e.edit(&it.pe, |pe| pe["properties"]["customDnsConfigs"] = json!([]));
    expect(&it.e, &["DNS-001 pe fail warning probable"]);
}

#[test]
fn a_choice_of_zones_without_names_is_possible() {
    let mut it = Direct::new();
    let account =
        Service::new("Microsoft.CognitiveServices/accounts", "ai", "account").member("account", &[]);
    let pe = it.e.endpoint("pe-ai", &it.vnet, account);
    expect(&it.e, &["DNS-001 pe-ai fail info possible"]);
    let zone = it.e.zone("privatelink.openai.azure.com");
    // The zone is there, and nothing of the endpoint is in it.
    expect(&it.e, &["DNS-002 pe-ai fail info possible"]);
    it.e.zone_group(&pe, &[&zone]);
    expect(&it.e, &[]);
    it.e.drop_zone_group(&pe).remove(&zone);
    // A zone group into the dark: it may be there.
    let dark = "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones/privatelink.openai.azure.com";
    it.e.zone_group(&pe, &[&plaudit::inventory::ResourceId::new(dark)]);
    expect(&it.e, &["DNS-001 pe-ai unknown", "DNS-003 pe-ai unknown"]);
}

#[test]
fn aks_is_information_at_most() {
    let mut it = Direct::new();
    let zone = "privatelink.westeurope.azmk8s.io";
    let fqdn = format!("aks-1234.0f1e2d3c-0000-4000-8000-000000000009.{zone}");
    let aks = Service::new("Microsoft.ContainerService/managedClusters", "aks", "management")
        .member("management", &[(&fqdn, zone, "aks-1234.0f1e2d3c-0000-4000-8000-000000000009")]);
    it.e.endpoint("kube-apiserver", &it.vnet, aks);
    expect(&it.e, &["DNS-001 kube-apiserver fail info possible"]);
}

#[test]
fn targets_without_a_zone_need_none() {
    let mut it = Direct::new();
    let balancer = it.e.balancer("lb", &it.vnet);
    it.e.link_service("svc", &it.vnet, &balancer);
    it.e.endpoint("pls", &it.vnet, private_link_service("svc"));
    it.e.endpoint(
        "alias",
        &it.vnet,
        crate::estate::services::alias(
            "svc.d57b5457-4000-4000-8000-000000000001.westeurope.azure.privatelinkservice",
        ),
    );
    let gateway = Service::new("Microsoft.Network/applicationGateways", "agw", "frontend").member("", &[]);
    it.e.endpoint("agw", &it.vnet, gateway);
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-001");
    assert_eq!(reasons, [("target type has no private DNS zone", 3)]);
}

#[test]
fn a_target_type_that_nobody_knows_is_not_judged() {
    let mut it = Direct::new();
    let odd = Service::new("Contoso.Weather/stations", "oslo", "station")
        .member("station", &[("oslo.weather.contoso.com", "privatelink.weather.contoso.com", "oslo")]);
    it.e.endpoint("odd", &it.vnet, odd);
    expect(&it.e, &["DNS-032 odd fail info certain"]);
    let reasons = not_judged(&judge(&it.e), "DNS-001");
    assert_eq!(reasons, [("target type is not in the zone table", 1)]);
}

#[test]
fn an_endpoint_that_is_being_changed_or_failed_has_no_dns_findings() {
    for (state, found) in
        [("Updating", &[][..]), ("Deleting", &[]), ("Failed", &["PE-004 pe fail error certain"])]
    {
        let mut it = without_zone();
        it.e.edit(&it.pe, |pe| pe["properties"]["provisioningState"] = state.into());
        expect(&it.e, found);
        assert_eq!(not_judged(&judge(&it.e), "DNS-001").len(), 1);
    }
}

#[test]
fn another_zone_that_serves_the_name_is_enough() {
    // A zone for the public name of this one account.
    let mut it = without_zone();
    let address = it.address();
    let zone = it.e.zone("acct.blob.core.windows.net");
    it.e.link(&zone, &it.vnet);
    it.e.record(&zone, "@", &[&address]);
    expect(&it.e, &[]);
}

#[test]
fn a_missing_zone_mutes_the_rest_even_where_no_dns_server_answers() {
    let mut it = Hub::new();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    expect(&it.e, &["DNS-001 pe fail error certain", "DNS-035 spoke fail error certain"]);
}

#[test]
fn a_network_without_clients_still_needs_the_zone() {
    let mut it = Direct::new();
    let quiet = it.e.vnet("quiet", "10.3.0.0/16");
    it.e.endpoint("pe-vault", &quiet, crate::estate::services::key_vault("kv"));
    // Nobody who could ask Azure DNS is in sight.
    expect(&it.e, &["DNS-001 pe-vault fail warning probable"]);
    it.e.peer(&it.vnet, &quiet);
    expect(&it.e, &["DNS-001 pe-vault fail error certain"]);
}

#[test]
fn a_zone_in_another_subscription_counts() {
    let mut it = without_zone();
    let address = it.address();
    it.e.in_subscription("hub");
    let zone = it.e.zone(&BLOB.to_ascii_uppercase());
    it.e.link(&zone, &it.vnet);
    it.e.record(&zone, "acct", &[&address]);
    expect(&it.e, &[]);
}
