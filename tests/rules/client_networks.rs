//! Networks whose clients must reach every endpoint: DNS-010, DNS-021 and DNS-022 judge them as the endpoint's own.

use std::collections::BTreeSet;

use plaudit::finding::Report;
use plaudit::inventory::{IdPattern, Kind, ResourceId, Role, Want, wire};
use plaudit::topology::{Options, Topology};

use crate::estate::HOME;
use crate::estate::services::storage;
use crate::judged::{evidence, expect, expect_in, judge, judge_under, not_judged, only};
use crate::small::{BLOB, Direct, Hub, INBOUND, record};

fn clients(patterns: &[&str]) -> Options {
    let client_networks = patterns.iter().map(|pattern| IdPattern::new(pattern).unwrap()).collect();
    Options { client_networks, ..Options::default() }
}

/// A healthy network, and another with clients that is linked to nothing and peered with nothing.
fn with_office() -> (Direct, ResourceId) {
    let mut it = Direct::new();
    let office = it.e.vnet("office", "10.8.0.0/16");
    it.e.client(&office);
    (it, office)
}

fn related<'a>(report: &'a Report, rule: &str, role: &str) -> Vec<&'a str> {
    only(report, rule).related.iter().filter(|r| r.role == role).map(|r| r.id.as_str()).collect()
}

#[test]
fn a_client_network_that_is_not_linked_is_certain() {
    let (mut it, office) = with_office();
    expect(&it.e, &[]);
    let options = clients(&["*/virtualNetworks/office"]);
    let report = judge_under(&it.e, &options);
    expect_in(&report, &["DNS-010 pe fail error certain"]);
    let finding = only(&report, "DNS-010");
    assert_eq!(finding.cause.id, format!("{BLOB} -> {office}"));
    assert!(finding.message.starts_with("clients in office get the public address"), "{}", finding.message);
    assert_eq!(related(&report, "DNS-010", "clientNetwork"), [office.as_str()]);
    let command = finding.remediation[0].command.as_ref().unwrap();
    assert!(
        command.contains(&format!("-z {BLOB} ")) && command.contains(&format!("-v {office} ")),
        "{command}"
    );
    it.e.link(&it.zone, &office);
    // Now it resolves the name, and no peering leads to the address.
    expect_in(&judge_under(&it.e, &options), &["NET-018 office fail warning probable"]);
    it.e.peer(&office, &it.vnet);
    expect_in(&judge_under(&it.e, &options), &[]);
}

#[test]
fn own_network_and_client_networks_are_told_apart() {
    let (mut it, _) = with_office();
    let lab = it.e.vnet("lab", "10.9.0.0/16");
    it.e.client(&lab);
    it.e.unlink(&it.zone, &it.vnet);
    let own = only(&judge(&it.e), "DNS-010").fingerprint.clone();
    let report = judge_under(&it.e, &clients(&["*/office", "*/lab"]));
    let (again, line) = ("DNS-010 pe fail error certain", 3);
    expect_in(&report, &vec![again; line]);
    let prints: BTreeSet<&str> = report.findings.iter().map(|f| f.fingerprint.as_str()).collect();
    let causes: BTreeSet<&str> = report.findings.iter().map(|f| f.cause.id.as_str()).collect();
    assert_eq!((prints.len(), causes.len()), (3, 3));
    // What the endpoint's own network meets is known by the name it had without any client.
    let kept = report.findings.iter().find(|f| f.fingerprint == own).unwrap();
    assert_eq!(kept.cause.id, format!("{BLOB} -> {}", it.vnet));
    // Nor does a client's depend on which others there are.
    let alone = judge_under(&it.e, &clients(&["*/lab"]));
    let of_lab = alone.findings.iter().find(|f| f.cause.id.ends_with("/lab")).unwrap();
    assert!(prints.contains(of_lab.fingerprint.as_str()));
}

#[test]
fn clients_behind_one_server_share_one_fault_and_its_cause() {
    let mut it = Hub::new();
    for (name, prefix) in [("b", "10.2.0.0/16"), ("c", "10.3.0.0/16")] {
        let spoke = it.e.vnet(name, prefix);
        it.e.client(&spoke);
        it.e.dns_servers(&spoke, &[INBOUND]);
        it.e.peer(&it.hub, &spoke);
    }
    let options = clients(&["*/virtualNetworks/b", "*/virtualNetworks/c", "*/virtualNetworks/spoke"]);
    expect_in(&judge_under(&it.e, &options), &[]);
    it.e.unlink(&it.zone, &it.hub);
    // One link to the hub mends all of them, the endpoint's own network too.
    let report = judge_under(&it.e, &options);
    expect_in(&report, &["DNS-010 pe fail error certain"]);
    assert_eq!(only(&report, "DNS-010").fingerprint, only(&judge(&it.e), "DNS-010").fingerprint);
    assert_eq!(related(&report, "DNS-010", "clientNetwork").len(), 2);
    assert_eq!(only(&report, "DNS-010").cause.id, format!("{BLOB} -> {}", it.hub));
}

#[test]
fn records_of_another_copy_are_judged_for_its_clients() {
    let (mut it, office) = with_office();
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &office);
    let options = clients(&["*/office"]);
    let report = judge_under(&it.e, &options);
    expect_in(&report, &["DNS-021 pe fail error certain"]);
    assert_eq!(evidence(only(&report, "DNS-021"), "zone"), format!("\"{copy}\""));
    it.e.record(&copy, "acct", &["10.1.4.200"]);
    let report = judge_under(&it.e, &options);
    expect_in(&report, &["DNS-022 pe fail error certain"]);
    assert_eq!(evidence(only(&report, "DNS-022"), "zone"), format!("\"{copy}\""));
    let address = it.address();
    it.e.set_addresses(&record(&copy, "acct"), &[&address]);
    expect_in(&judge_under(&it.e, &options), &["NET-018 office fail warning probable"]);
}

#[test]
fn one_record_that_all_of_them_see_is_one_finding() {
    let (mut it, office) = with_office();
    it.e.link(&it.zone, &office);
    it.e.drop_zone_group(&it.pe);
    let options = clients(&["*/office"]);
    let report = judge_under(&it.e, &options);
    expect_in(&report, &["DNS-021 pe fail error certain"]);
    assert_eq!(only(&report, "DNS-021").fingerprint, only(&judge(&it.e), "DNS-021").fingerprint);
    // Clients see for certain what is only probable in a network whose DNS nobody sees.
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    let outside = "DNS-017 vnet fail info certain";
    expect(&it.e, &[outside, "DNS-021 pe fail warning probable"]);
    let surer = judge_under(&it.e, &options);
    expect_in(&surer, &[outside, "DNS-021 pe fail error certain"]);
    assert_eq!(only(&surer, "DNS-021").fingerprint, only(&report, "DNS-021").fingerprint);
}

#[test]
fn which_of_two_endpoints_of_a_name_serves_is_each_client_s_own_affair() {
    // The record holds the address of a peer's endpoint, which one client reaches and the other does not.
    let (mut it, office) = with_office();
    let far = it.e.vnet("far", "10.7.0.0/16");
    let target = it.e.target(&it.pe);
    let peer = it.e.endpoint("peer", &far, storage("acct", "blob").at(&target));
    let address = it.e.addresses_of(&peer)[0].clone();
    let lab = it.e.vnet("lab", "10.9.0.0/16");
    it.e.client(&lab);
    it.e.peer(&far, &lab);
    it.e.peer(&far, &it.vnet);
    it.e.drop_zone_group(&it.pe);
    it.e.record(&it.zone, "acct", &[&address]);
    for network in [&office, &lab] {
        it.e.link(&it.zone, network);
    }
    expect(&it.e, &["NET-018 office fail info possible"]);
    let report = judge_under(&it.e, &clients(&["*/office", "*/lab"]));
    let expected = ["DNS-022 pe fail warning probable", "NET-018 office fail warning probable"];
    expect_in(&report, &expected);
    assert_eq!(related(&report, "DNS-022", "clientNetwork"), [office.as_str()]);
}

#[test]
fn a_client_network_in_which_nothing_asks_is_not_judged() {
    let mut it = Direct::new();
    it.e.vnet("office", "10.8.0.0/16");
    let report = judge_under(&it.e, &clients(&["*/office"]));
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-010"), [("virtual network without clients", 1)]);
}

#[test]
fn a_client_network_whose_dns_nobody_sees_is_not_judged() {
    let (mut it, office) = with_office();
    it.e.dns_servers(&office, &["192.168.7.4"]);
    let report = judge_under(&it.e, &clients(&["*/office"]));
    expect_in(&report, &["DNS-017 office fail info certain"]);
    assert_eq!(not_judged(&report, "DNS-010"), [("custom DNS outside Azure, or nowhere to be found", 1)]);
}

#[test]
fn a_client_network_whose_dns_cannot_be_read_is_unknown_once() {
    let mut it = Hub::new();
    let spoke = it.e.vnet("office", "10.2.0.0/16");
    it.e.client(&spoke);
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.5.0.0/16");
    it.e.machine(&far, "dc-nic", "10.5.2.4");
    it.e.in_subscription(HOME);
    it.e.peer(&far, &spoke);
    it.e.dns_servers(&spoke, &["10.5.2.4"]);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    let server = "DNS-035 office unknown";
    expect(&it.e, &[server]);
    let report = judge_under(&it.e, &clients(&["*/office"]));
    let names = ["DNS-010 pe unknown", "DNS-021 pe unknown", "DNS-022 pe unknown"];
    expect_in(&report, &[&[server, "NET-018 office unknown"], &names[..]].concat());
    assert!(report.incomplete);
}

#[test]
fn a_client_network_that_is_not_there_is_told() {
    let (it, office) = with_office();
    let gone = office.as_str().replace("/office", "/gone");
    let report = judge_under(&it.e, &clients(&[&gone]));
    expect_in(&report, &["DNS-010 gone unknown"]);
    assert!(!report.incomplete);
    let dark = "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/dark";
    let report = judge_under(&it.e, &clients(&[dark]));
    expect_in(&report, &["DNS-010 dark unknown"]);
    assert!(report.incomplete);
    // A pattern promises no network.
    expect_in(&judge_under(&it.e, &clients(&["*/virtualNetworks/gone*"])), &[]);
}

#[test]
fn a_zone_that_only_clients_miss_is_missing() {
    // A zone of the public suffix serves the endpoint's own network.
    let (mut it, _) = with_office();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    let address = it.address();
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.vnet);
    it.e.record(&public, "acct", &[&address]);
    let suffix = "DNS-038 blob.core.windows.net fail warning certain";
    expect(&it.e, &[suffix]);
    let report = judge_under(&it.e, &clients(&["*/office"]));
    expect_in(&report, &[suffix, "DNS-001 pe fail error certain"]);
}

#[test]
fn the_subscription_of_a_client_network_is_read() {
    let it = Direct::new();
    let guid = "99999999-aaaa-4bbb-8ccc-dddddddddddd";
    let id =
        format!("/subscriptions/{guid}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/office");
    let whole = Want::Subscription { id: guid.into(), role: Role::Context, dns: true };
    let wanted = |options: Options, context: bool| {
        let mut collected = it.e.collected();
        collected.origin.scope.context = context;
        let table =
            plaudit::topology::zones::ZoneTable::embedded(plaudit::inventory::Cloud::AzureCloud).unwrap();
        let wants = Topology::build(wire::inventory(collected), &table, options).wanted();
        // What is asked of targets is another matter.
        wants.into_iter().filter(|want| !matches!(want, Want::StorageAccounts { .. })).collect::<Vec<_>>()
    };
    assert_eq!(wanted(clients(&[&id]), true), std::slice::from_ref(&whole));
    assert_eq!(wanted(clients(&[&id]), false), []);
    assert_eq!(wanted(clients(&["*/office"]), true), []);
    let through = plaudit::topology::DeclaredServer::ResolvesThrough(ResourceId::new(&id));
    let dns_servers = [("192.168.7.4".parse().unwrap(), through)].into();
    assert_eq!(wanted(Options { dns_servers, ..Options::default() }, true), [whole]);
}
