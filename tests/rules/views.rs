//! DNS-010: the endpoint's network does not see the zone.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::services::storage;
use crate::judged::{evidence, expect, expect_unknown, expect_unknown_beside, judge, not_judged, only};
use crate::small::{BLOB, Direct, Hub};

const VIEW: [&str; 4] = ["DNS-010", "DNS-021", "DNS-022", "DNS-023"];
const SERVER_UNKNOWN: [&str; 1] = ["DNS-035 spoke unknown"];

fn unlinked() -> Direct {
    let mut it = Direct::new();
    it.e.unlink(&it.zone, &it.vnet);
    it
}

#[test]
fn azure_dns_without_link_and_ruleset_is_certain() {
    let it = unlinked();
    expect(&it.e, &["DNS-010 pe fail error certain"]);
    let report = judge(&it.e);
    assert!(evidence(only(&report, "DNS-010"), "path").contains("public DNS answers"));
    let mut it = it;
    it.e.dns_servers(&it.vnet, &["168.63.129.16"]);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
}

#[test]
fn a_hub_that_is_not_linked_is_certain_and_named() {
    let mut it = Hub::new();
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-010");
    assert!(finding.message.contains("hub answers"), "{}", finding.message);
    let command = finding.remediation[0].command.as_ref().unwrap();
    assert!(command.contains("-v /subscriptions/") && command.ends_with("/hub -e false"), "{command}");
    // A link to the spoke, which does not ask Azure DNS, is dead weight.
    it.e.link(&it.zone, &it.spoke);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
}

#[test]
fn a_ruleset_into_a_network_that_does_not_see_the_zone_is_certain() {
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
}

#[test]
fn one_missing_link_is_one_finding_for_each_endpoint_and_zone() {
    let mut it = unlinked();
    for name in ["two", "three"] {
        let pe = it.e.endpoint(name, &it.vnet, storage(name, "blob"));
        it.e.zone_group(&pe, &[&it.zone]);
    }
    let report = judge(&it.e);
    let causes: std::collections::BTreeSet<_> = report.findings.iter().map(|f| f.cause.id.clone()).collect();
    assert_eq!((report.findings.len(), causes.len()), (3, 1));
}

#[test]
fn one_name_that_is_served_does_not_hide_another_that_is_not() {
    // Only the data endpoint of the registry has a zone of its own that is linked.
    for served in ["reg.westeurope.data.azurecr.io", "reg.azurecr.io"] {
        let mut it = Direct::new();
        let zone = it.e.zone("privatelink.azurecr.io");
        let pe = it.e.endpoint("acr", &it.vnet, crate::estate::services::registry("reg", "westeurope"));
        it.e.zone_group(&pe, &[&zone]);
        expect(&it.e, &["DNS-010 acr fail error certain"]);
        let own = it.e.zone(served);
        it.e.link(&own, &it.vnet);
        let addresses = it.e.addresses_of(&pe);
        let at = usize::from(served == "reg.azurecr.io");
        it.e.record(&own, "@", &[&addresses[at]]);
        expect(&it.e, &["DNS-010 acr fail error certain"]);
    }
}

#[test]
fn a_link_that_may_be_unread_makes_it_unknown() {
    let mut it = Direct::new();
    it.e.gap_under(&it.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    let of_zone = ["DNS-011", "DNS-012", "DNS-013"].map(|rule| format!("{rule} {BLOB} unknown"));
    let of_view = VIEW.map(|rule| format!("{rule} pe unknown"));
    let expected: Vec<&str> = of_zone.iter().chain(&of_view).map(String::as_str).collect();
    expect(&it.e, &expected);

    let mut it = unlinked();
    it.e.in_subscription("dark");
    it.e.gap(Kind::PrivateDnsZones, "dark", 403, "AuthorizationFailed");
    expect_unknown(&it.e, "pe", &VIEW);

    let mut it = unlinked();
    it.e.in_subscription("dark");
    it.e.gap(Kind::RulesetLinks, "dark", 500, "InternalServerError");
    expect_unknown(&it.e, "pe", &VIEW);

    let mut it = unlinked();
    it.e.every_visible_subscription = false;
    expect_unknown(&it.e, "pe", &VIEW);
}

#[test]
fn a_zone_group_into_the_dark_makes_it_unknown() {
    let mut it = unlinked();
    let dark = "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones";
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&ResourceId::new(&format!("{dark}/{BLOB}"))]);
    expect_unknown(&it.e, "pe", &[&VIEW[..], &["DNS-003"]].concat());
}

#[test]
fn a_dns_server_in_a_network_that_cannot_be_read_makes_it_unknown() {
    let mut it = Hub::new();
    it.e.gap(Kind::VirtualNetworks, "hub", 403, "AuthorizationFailed");
    expect_unknown_beside(&it.e, &SERVER_UNKNOWN, "pe", &VIEW);
    let mut it = Hub::new();
    it.e.gap(Kind::InboundEndpoints, "hub", 403, "AuthorizationFailed");
    expect_unknown_beside(&it.e, &SERVER_UNKNOWN, "pe", &VIEW);
}

#[test]
fn the_endpoint_s_own_network_that_cannot_be_read_makes_it_unknown() {
    let mut it = Direct::new();
    it.e.gap(Kind::VirtualNetworks, crate::estate::HOME, 403, "AuthorizationFailed");
    let of_view = VIEW.map(|rule| format!("{rule} pe unknown"));
    let expected = of_view.iter().map(String::as_str).chain(["DNS-012 to-vnet unknown"]);
    expect(&it.e, &expected.collect::<Vec<_>>());
}

#[test]
fn an_endpoint_without_subnet_is_unknown() {
    for subnet in [json!(null), json!({})] {
        let mut it = Direct::new();
        it.e.edit(&it.pe, |pe| pe["properties"]["subnet"] = subnet);
        expect_unknown(&it.e, "pe", &VIEW);
    }
}

#[test]
fn a_network_without_clients_is_not_judged() {
    let mut it = unlinked();
    it.e.dns_servers(&it.vnet, &[]);
    let nic =
        ResourceId::new(&it.vnet.as_str().replace("virtualNetworks/vnet", "networkInterfaces/vm-vnet-4-nic"));
    it.e.remove(&nic);
    let subnet = ResourceId::new(&format!("{}/subnets/snet-workload", it.vnet));
    it.e.edit_subnet(&subnet, |s| s["properties"]["ipConfigurations"] = json!([]));
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010"), [("virtual network without clients", 1)]);
    // These pass on what others send.
    it.e.gateway(&it.vnet, "10.1.14.0/26");
    it.e.route_server(&it.vnet, "10.1.14.64/26");
    it.e.bastion(&it.vnet, "10.1.14.128/26");
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010"), [("virtual network without clients", 1)]);
    // Each of these can ask.
    let quiet = it.e.clone();
    it.e.scale_set(&it.vnet);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
    let mut e = quiet.clone();
    e.delegate(&it.vnet, "snet-apps", "10.1.2.0/24", "Microsoft.Web/serverFarms");
    expect(&e, &["DNS-010 pe fail error certain"]);
    let mut e = quiet;
    e.service_association(&it.vnet);
    expect(&e, &["DNS-010 pe fail error certain"]);
}

#[test]
fn a_zone_that_exists_twice_is_not_to_be_linked_blindly() {
    let mut it = unlinked();
    it.e.in_group("rg-other");
    let other = it.e.zone(BLOB);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
    let report = judge(&it.e);
    // The copy with the right record is the one to link.
    let command = only(&report, "DNS-010").remediation[0].command.clone().unwrap();
    assert!(command.contains("-g rg-network "), "{command}");
    it.e.drop_zone_group(&it.pe);
    let report = judge(&it.e);
    let steps = &only(&report, "DNS-010").remediation;
    assert!(steps.iter().all(|step| step.command.is_none()), "{steps:?}");
    assert_eq!(other.name(), BLOB);
}

#[test]
fn networks_behind_one_server_share_a_headline() {
    let mut it = Hub::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.dns_servers(&other, &[crate::small::INBOUND]);
    it.e.peer(&it.hub, &other);
    let pe = it.e.endpoint("two", &other, storage("two", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    it.e.unlink(&it.zone, &it.hub);
    let report = judge(&it.e);
    let headlines: std::collections::BTreeSet<_> =
        report.findings.iter().map(|f| (&f.cause, &f.headline)).collect();
    assert_eq!((report.findings.len(), headlines.len()), (2, 1), "{headlines:?}");
}

#[test]
fn a_machine_s_forwarders_are_not_taken_for_known() {
    let mut it = Hub::new();
    it.e.machine(&it.hub, "dc-nic", "10.0.3.4");
    it.e.dns_servers(&it.spoke, &["10.0.3.4"]);
    it.e.unlink(&it.zone, &it.hub);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-010");
    assert!(finding.message.contains("unless their DNS server forwards"), "{}", finding.message);
    assert!(finding.remediation[0].title.contains("see where the DNS server forwards"));
}
