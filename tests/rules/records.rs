//! DNS-021, DNS-022, DNS-023: the record is missing, wrong, or holds too much.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::services::{registry, storage, web_app};
use crate::estate::{Estate, HOME};
use crate::judged::{
    all_evidence, evidence, expect, expect_beside, expect_in, expect_unknown, judge, not_judged, only,
};
use crate::small::{BLOB, Direct, Hub, link, record};

const RECORDS: [&str; 3] = ["DNS-021", "DNS-022", "DNS-023"];

fn without_record() -> Direct {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it
}

fn with_record(addresses: &[&str]) -> Direct {
    let mut it = without_record();
    it.e.record(&it.zone, "acct", addresses);
    it
}

fn silent_interface(it: &mut Direct) {
    it.e.without_fqdns(&it.pe);
    it.e.edit(&it.pe, |pe| pe["properties"]["customDnsConfigs"] = json!([]));
}

// DNS-021.

#[test]
fn a_missing_record_is_certain() {
    let it = without_record();
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    assert!(evidence(only(&judge(&it.e), "DNS-021"), "path").contains("NXDOMAIN"));
}

#[test]
fn an_empty_record_and_one_of_another_type_are_none() {
    expect(&with_record(&[]).e, &["DNS-021 pe fail error certain"]);
    let mut it = without_record();
    it.e.txt(&it.zone, "acct", "owner=nobody");
    expect(&it.e, &["DNS-021 pe fail error certain"]);
}

#[test]
fn a_derived_name_makes_it_probable() {
    let mut it = without_record();
    silent_interface(&mut it);
    expect(&it.e, &["DNS-021 pe fail warning probable"]);
}

#[test]
fn a_derived_name_with_its_record_is_healthy() {
    let mut it = Direct::new().by_hand();
    silent_interface(&mut it);
    expect(&it.e, &[]);
}

#[test]
fn a_link_that_falls_back_to_public_dns_makes_it_probable() {
    let mut it = without_record();
    it.e.edit(&link(&it.zone, &it.vnet), |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    expect(&it.e, &["DNS-021 pe fail warning probable"]);
    assert!(only(&judge(&it.e), "DNS-021").message.contains("silently"));
    it.e.edit(&link(&it.zone, &it.vnet), |l| l["properties"]["resolutionPolicy"] = json!(null));
    expect(&it.e, &["DNS-021 pe fail error certain"]);
}

#[test]
fn the_address_under_another_name_makes_it_possible() {
    let mut it = without_record();
    let address = it.address();
    it.e.record(&it.zone, "oddly-named", &[&address]);
    expect(&it.e, &["DNS-021 pe fail info possible"]);
}

#[test]
fn the_address_under_another_of_the_endpoint_s_own_names_changes_nothing() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurewebsites.net");
    it.e.link(&zone, &it.vnet);
    let app = it.e.endpoint("app", &it.vnet, web_app("shop"));
    it.e.zone_group(&app, &[&zone]);
    it.e.remove(&record(&zone, "shop.scm"));
    expect(&it.e, &["DNS-021 app fail error certain"]);

    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurecr.io");
    it.e.link(&zone, &it.vnet);
    let acr = it.e.endpoint("acr", &it.vnet, registry("reg", "westeurope"));
    it.e.zone_group(&acr, &[&zone]);
    it.e.remove(&record(&zone, "reg.westeurope.data"));
    expect(&it.e, &["DNS-021 acr fail error certain"]);
}

#[test]
fn several_missing_names_are_a_finding_each() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurecr.io");
    it.e.link(&zone, &it.vnet);
    it.e.endpoint("acr", &it.vnet, registry("reg", "westeurope"));
    expect(&it.e, &["DNS-021 acr fail error certain", "DNS-021 acr fail error certain"]);
    let report = judge(&it.e);
    assert_ne!(report.findings[0].fingerprint, report.findings[1].fingerprint);
}

#[test]
fn records_that_cannot_be_read_make_it_unknown() {
    for mut it in [without_record(), Direct::new()] {
        it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
        expect_names_and_zone_unknown(&it.e, &RECORDS_AND_VIEW);
    }
    let mut it = Direct::new();
    it.e.gap(Kind::RecordSets, HOME, 403, "AuthorizationFailed");
    expect_names_and_zone_unknown(&it.e, &RECORDS_AND_VIEW);
}

/// These rules cannot know of the endpoint, nor those about records of the zone.
#[track_caller]
fn expect_names_and_zone_unknown(e: &Estate, rules: &[&str]) {
    expect_beside_names_and_zone_unknown(e, &[], rules);
}

/// The same, beside these findings.
#[track_caller]
fn expect_beside_names_and_zone_unknown(e: &Estate, beside: &[&str], rules: &[&str]) {
    let of_names = rules.iter().map(|rule| format!("{rule} pe unknown"));
    let of_zone = ["DNS-024", "DNS-025", "DNS-026", "DNS-040"].map(|rule| format!("{rule} {BLOB} unknown"));
    let beside = beside.iter().map(|line| (*line).to_owned());
    let expected: Vec<String> = of_names.chain(of_zone).chain(beside).collect();
    expect(e, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

const RECORDS_AND_VIEW: [&str; 4] = ["DNS-010", "DNS-021", "DNS-022", "DNS-023"];

// DNS-022.

#[test]
fn a_wrong_address_in_a_known_network_is_certain() {
    let it = with_record(&["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-022");
    assert_eq!(evidence(finding, "found"), "[\"10.1.4.200\"]");
    assert_eq!(evidence(finding, "expected"), format!("[\"{}\"]", it.address()));
}

#[test]
fn an_old_record_of_the_endpoint_itself_is_certain() {
    let mut it = Direct::new();
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
}

#[test]
fn an_unseen_creator_makes_it_probable() {
    let mut it = Direct::new();
    let creator =
        "created by private endpoint somebody-else with resource guid 0c4f31c2-2222-4333-8444-555555555555";
    it.e.edit(&it.record(), |r| {
        r["properties"]["metadata"]["creator"] = creator.into();
        r["properties"]["aRecords"] = json!([{"ipv4Address": "10.1.4.200"}]);
    });
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    // Records of older days name no guid; one that names nobody says nothing.
    for (creator, expected) in [
        ("created by private endpoint somebody-else", "DNS-022 pe fail warning probable"),
        ("created by private endpoint PE", "DNS-022 pe fail error certain"),
        ("created by private endpoint", "DNS-022 pe fail error certain"),
        ("a person", "DNS-022 pe fail error certain"),
    ] {
        it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = creator.into());
        expect(&it.e, &[expected]);
    }
}

#[test]
fn an_address_that_something_else_holds_makes_it_probable() {
    let mut it = with_record(&["10.1.2.9"]);
    let clean = it.e.clone();
    it.e.load_balancer("lb", &it.vnet, "10.1.2.9");
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    it.e = clean.clone();
    it.e.machine(&it.vnet, "proxy-nic", "10.1.2.9");
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    it.e = clean;
    it.e.firewall("afw", &it.vnet, "10.1.2.9");
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
}

#[test]
fn an_address_that_an_unread_endpoint_may_have_is_unknown() {
    let mut it = with_record(&["10.77.4.4"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    let it_is_whole = it.e.clone();
    it.e.in_subscription("dark");
    it.e.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    expect_unknown(&it.e, "pe", &["DNS-022", "DNS-023", "DNS-021"]);
    // An address in a network whose own subscription was read whole belongs to nobody unseen.
    let mut near = with_record(&["10.1.4.200"]);
    near.e.in_subscription("dark");
    near.e.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    expect(&near.e, &["DNS-022 pe fail warning probable"]);
    it.e = it_is_whole;
    expect(&it.e, &["DNS-022 pe fail error certain"]);
}

#[test]
fn an_address_outside_what_was_asked_for_is_probable() {
    let it = with_record(&["10.77.4.4"]);
    let mut collected = crate::judged::read(&it.e);
    let mut zones_only = collected.coverage.subscriptions[0].clone();
    zones_only.id = "eeeeeeee-1111-4222-8333-444444444444".into();
    zones_only.role = plaudit::inventory::Role::Context;
    zones_only.kinds = vec![Kind::PrivateDnsZones, Kind::VirtualNetworkLinks, Kind::RecordSets];
    collected.coverage.subscriptions.push(zones_only);
    collected.coverage.normalise();
    expect_in(&crate::judged::judge_collected(collected), &["DNS-022 pe fail warning probable"]);
}

#[test]
fn the_address_of_a_derived_name_is_nobody_s_business() {
    let mut it = with_record(&["10.1.4.200"]);
    silent_interface(&mut it);
    expect(&it.e, &[]);
}

#[test]
fn an_interface_that_cannot_be_read_makes_it_unknown() {
    let mut it = Direct::new();
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    let mut all = vec!["PE-009", "DNS-001"];
    all.extend(RECORDS_AND_VIEW);
    expect_unknown(&it.e, "pe", &all);
    // customDnsConfigs say as much as the interface.
    let mut it = Direct::new().by_hand();
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    expect(&it.e, &["PE-009 pe unknown"]);
}

#[test]
fn a_wildcard_answers_rightly_and_wrongly() {
    let mut it = without_record();
    let address = it.address();
    let star = it.e.record(&it.zone, "*", &[&address]);
    // It answers for everybody else too, whatever it says.
    expect(&it.e, &["DNS-026 * fail warning certain"]);
    it.e.set_addresses(&star, &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain", "DNS-026 * fail warning certain"]);
    assert!(only(&judge(&it.e), "DNS-022").message.contains("wildcard"));
    // An exact record wins over it.
    it.e.record(&it.zone, "acct", &[&address]);
    expect(&it.e, &["DNS-026 * fail warning certain"]);
}

#[test]
fn a_wildcard_of_a_name_that_exists_does_not_answer_below_it() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurewebsites.net");
    it.e.link(&zone, &it.vnet);
    let app = it.e.endpoint("app", &it.vnet, web_app("shop"));
    let address = it.e.addresses_of(&app)[0].clone();
    it.e.record(&zone, "*", &[&address]);
    expect(&it.e, &["DNS-026 * fail warning certain"]);
    // `shop` now exists, so that `*` no longer serves `shop`, nor `shop.scm` if `scm` exists.
    it.e.txt(&zone, "scm", "a name");
    expect(&it.e, &["DNS-021 app fail error certain", "DNS-026 * fail warning certain"]);
}

#[test]
fn an_odd_record_is_unknown() {
    let mut it = Direct::new();
    it.e.edit(&it.record(), |r| r["properties"]["aRecords"] = json!([{"ipv4Address": "ten dot one"}]));
    let mut all = vec!["DNS-010"];
    all.extend(RECORDS);
    expect_unknown(&it.e, "pe", &all);
    it.e.edit(&it.record(), |r| r["properties"]["aRecords"] = json!("10.1.4.4"));
    // The set itself is lost.
    expect_names_and_zone_unknown(&it.e, &all);
}

// Several endpoints of one name.

/// A second endpoint of the same account in another network, whose address the record holds.
struct Peers {
    e: Estate,
    first: ResourceId,
    other: ResourceId,
    zone: ResourceId,
    peer: ResourceId,
}

fn peers() -> Peers {
    let mut it = without_record();
    let other = it.e.vnet("other", "10.2.0.0/16");
    let target = it.e.target(&it.pe);
    let peer = it.e.endpoint("peer", &other, storage("acct", "blob").at(&target));
    let address = it.e.addresses_of(&peer)[0].clone();
    it.e.record(&it.zone, "acct", &[&address]);
    Peers { e: it.e, first: it.vnet, other, zone: it.zone, peer }
}

#[test]
fn a_peer_that_no_path_leads_to_is_probable() {
    let it = peers();
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    assert!(only(&judge(&it.e), "DNS-022").message.contains("peer"));
}

#[test]
fn a_peer_that_can_be_reached_is_fine() {
    let mut it = peers();
    it.e.peer(&it.first, &it.other);
    expect(&it.e, &[]);
    // Also while it is being changed.
    it.e.edit(&it.peer, |pe| pe["properties"]["provisioningState"] = "Updating".into());
    expect(&it.e, &[]);
}

#[test]
fn a_peer_that_is_not_approved_holds_nothing() {
    let mut it = peers();
    it.e.peer(&it.first, &it.other);
    it.e.set_status(&it.peer, "Rejected");
    expect(&it.e, &["DNS-022 pe fail error certain", "PE-002 peer fail error certain"]);
}

#[test]
fn a_peer_behind_a_common_hub_or_virtual_wan_is_unknown() {
    let records = ["DNS-021", "DNS-022", "DNS-023"];
    let mut it = peers();
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.peer(&hub, &it.first);
    it.e.peer(&hub, &it.other);
    expect_unknown(&it.e, "pe", &records);

    let mut it = peers();
    it.e.connect_to_virtual_hub(&it.first, "hub");
    it.e.connect_to_virtual_hub(&it.other, "hub");
    expect_unknown(&it.e, "pe", &records);

    let mut it = peers();
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    it.e.peer_with(&it.first, &far, &json!(["10.8.0.0/16"]));
    expect_unknown(&it.e, "pe", &records);
}

#[test]
fn one_peer_that_can_be_reached_is_enough() {
    let mut it = peers();
    let third = it.e.vnet("third", "10.3.0.0/16");
    let target = it.e.target(&it.peer);
    let near = it.e.endpoint("near", &third, storage("acct", "blob").at(&target));
    it.e.peer(&it.first, &third);
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.peer(&hub, &it.first);
    it.e.peer(&hub, &it.other);
    let both = [it.e.addresses_of(&it.peer)[0].clone(), it.e.addresses_of(&near)[0].clone()];
    it.e.set_addresses(&record(&it.zone, "acct"), &[&both[0], &both[1]]);
    expect(&it.e, &[]);
    // And what stands beside it is stale all the same.
    it.e.set_addresses(&record(&it.zone, "acct"), &[&both[1], "10.3.4.200"]);
    expect(
        &it.e,
        &[
            "DNS-023 pe fail warning certain",
            // In their networks nobody asks; from the one routers between might lead to the address.
            "DNS-021 peer unknown",
            "DNS-022 peer unknown",
            "DNS-023 peer unknown",
            "DNS-023 near fail warning probable",
        ],
    );
}

#[test]
fn a_record_with_the_addresses_of_all_endpoints_is_fine() {
    let mut it = peers();
    let own = it.e.addresses_of(&ResourceId::new(&it.peer.as_str().replace("/peer", "/pe")))[0].clone();
    let other = it.e.addresses_of(&it.peer)[0].clone();
    it.e.set_addresses(&record(&it.zone, "acct"), &[&own, &other]);
    expect(&it.e, &[]);
}

// DNS-023.

#[test]
fn an_extra_address_of_nobody_is_stale() {
    let mut it = Direct::new().by_hand();
    let address = it.address();
    it.e.set_addresses(&it.record(), &[&address, "10.1.4.200", "10.1.4.201"]);
    expect(&it.e, &["DNS-023 pe fail warning certain"]);
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "DNS-023"), "stale"), "[\"10.1.4.200\",\"10.1.4.201\"]");
    it.e.machine(&it.vnet, "proxy-nic", "10.1.4.200");
    expect(&it.e, &["DNS-023 pe fail warning probable"]);
}

#[test]
fn an_extra_address_that_an_unread_endpoint_may_have_is_unknown() {
    let mut it = Direct::new().by_hand();
    let address = it.address();
    it.e.set_addresses(&it.record(), &[&address, "10.77.4.4"]);
    it.e.in_subscription("dark");
    it.e.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    expect(&it.e, &["DNS-023 pe unknown"]);
}

// Judged in the zone itself.

fn outside() -> Direct {
    let mut it = without_record();
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    it
}

/// Where the network's DNS server is cannot be seen.
const OUTSIDE: &str = "DNS-017 vnet fail info certain";

#[test]
fn custom_dns_outside_azure_is_judged_in_the_only_copy() {
    let mut it = outside();
    expect_beside(&it.e, &[OUTSIDE], &["DNS-021 pe fail warning probable"]);
    let report = judge(&it.e);
    assert!(all_evidence(only(&report, "DNS-021")).contains("custom DNS outside Azure"));
    assert_eq!(not_judged(&report, "DNS-010"), [("custom DNS outside Azure, or nowhere to be found", 1)]);
    it.e.record(&it.zone, "acct", &["10.1.4.200"]);
    expect_beside(&it.e, &[OUTSIDE], &["DNS-022 pe fail warning probable"]);
    let address = it.address();
    it.e.set_addresses(&it.record(), &[&address, "10.1.4.200"]);
    expect_beside(&it.e, &[OUTSIDE], &["DNS-023 pe fail warning probable"]);
    it.e.set_addresses(&it.record(), &[&address]);
    expect_beside(&it.e, &[OUTSIDE], &[]);
}

#[test]
fn of_several_copies_the_endpoint_s_own_is_judged() {
    let mut it = outside();
    it.e.in_group("rg-other");
    let other = it.e.zone(BLOB);
    expect_beside(&it.e, &[OUTSIDE], &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-021");
    assert_eq!(reasons, [("several zones of one name, and none is known to be used", 1)]);
    // Its zone group says which; the record is gone from it.
    it.e.zone_group(&it.pe, &[&other]);
    it.e.remove(&record(&other, "acct"));
    expect_beside(&it.e, &[OUTSIDE], &["DNS-021 pe fail warning probable"]);
    // So does a record that it wrote.
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&other]);
    it.e.set_addresses(&record(&other, "acct"), &["10.1.4.200"]);
    expect_beside(&it.e, &[OUTSIDE], &["DNS-022 pe fail warning probable"]);
}

#[test]
fn a_copy_whose_records_cannot_be_read_may_be_the_endpoint_s_own() {
    let mut it = outside();
    it.e.in_group("rg-other");
    let other = it.e.zone(BLOB);
    it.e.zone_group(&it.pe, &[&other]);
    it.e.set_addresses(&record(&other, "acct"), &["10.1.4.200"]);
    expect_beside(&it.e, &[OUTSIDE], &["DNS-022 pe fail warning probable"]);
    it.e.gap_under(&other, Kind::RecordSets, 403, "AuthorizationFailed");
    expect_beside_names_and_zone_unknown(&it.e, &[OUTSIDE], &RECORDS);
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    let mut all = vec!["PE-004", "DNS-003", "DNS-004", "DNS-034"];
    all.extend(RECORDS);
    expect_beside_names_and_zone_unknown(&it.e, &[OUTSIDE], &all);
}

#[test]
fn another_copy_may_be_where_nobody_could_look() {
    let mut it = outside();
    it.e.in_subscription("dark");
    it.e.gap(Kind::PrivateDnsZones, "dark", 403, "AuthorizationFailed");
    expect_beside(&it.e, &[OUTSIDE], &["DNS-021 pe unknown", "DNS-022 pe unknown", "DNS-023 pe unknown"]);
}

#[test]
fn a_network_without_clients_is_judged_in_the_zone() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let zone = e.zone(BLOB);
    let pe = e.endpoint("pe", &vnet, storage("acct", "blob"));
    e.zone_group(&pe, &[&zone]);
    expect(&e, &[]);
    e.set_addresses(&record(&zone, "acct"), &["10.1.4.200"]);
    expect(&e, &["DNS-022 pe fail warning probable"]);
}

#[test]
fn a_linked_zone_is_what_clients_hear_wherever_the_zone_group_points() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &[]);
    let zone = it.e.zone(BLOB);
    it.e.link(&zone, &it.spoke);
    // The group writes into the hub's copy; the spoke asks its own.
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    let dark = "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones";
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&ResourceId::new(&format!("{dark}/{BLOB}"))]);
    // The hub sees a copy without the record too.
    expect(
        &it.e,
        &["DNS-003 pe unknown", "DNS-015 pe fail warning certain", "DNS-021 pe fail error certain"],
    );
}
