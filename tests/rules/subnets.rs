//! NET-011, and peerings of subnets as paths.

use plaudit::finding::Report;
use plaudit::inventory::{IdPattern, Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use plaudit::topology::reach::Path;
use serde_json::json;

use crate::estate::network::{ENDPOINTS, WORKLOAD};
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_in, expect_of, judge, judge_with, not_judged, only, topology};
use crate::small::BLOB;

const RULE: &str = "NET-011";

struct Pair {
    e: Estate,
    /// Holds the endpoint.
    vnet: ResourceId,
    client: ResourceId,
    zone: ResourceId,
    pe: ResourceId,
}

/// An endpoint's network of which other subnets than the endpoint's are peered with that of clients, who do not see
/// its zone.
fn pair() -> Pair {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.client(&vnet);
    let client = e.vnet("client", "10.2.0.0/16");
    e.client(&client);
    e.peer_subnets((&vnet, &[WORKLOAD]), (&client, &[WORKLOAD]));
    let zone = e.zone(BLOB);
    e.link(&zone, &vnet);
    let pe = e.endpoint("pe", &vnet, storage("acct", "blob"));
    e.zone_group(&pe, &[&zone]);
    Pair { e, vnet, client, zone, pe }
}

fn declared(pattern: &str) -> Options {
    Options { client_networks: vec![IdPattern::new(pattern).unwrap()], ..Options::default() }
}

fn judged(e: &Estate, options: Options) -> Report {
    judge_with(e, &[RULE], &Settings::default(), options)
}

fn path(it: &Pair) -> Option<Path> {
    let topology = topology(it.e.collected());
    topology.path_to_endpoint(topology.network(&it.client).unwrap(), 0)
}

#[test]
fn a_subnet_left_out_is_an_error_to_a_declared_client() {
    let it = pair();
    expect_in(
        &judged(&it.e, declared("*/virtualNetworks/client")),
        &["NET-011 peer-to-client fail error certain"],
    );
    expect_in(&judged(&it.e, declared("*/virtualNetworks/nobody")), &[]);
    assert_eq!(path(&it), Some(Path::None));
}

#[test]
fn a_network_that_resolves_the_name_is_a_client_too() {
    let mut it = pair();
    it.e.link(&it.zone, &it.client);
    expect(&it.e, &["NET-011 peer-to-client fail warning probable"]);
    // With nothing in it, it is none.
    let mut e = it.e.clone();
    let guest = e.vnet("guest", "10.3.0.0/16");
    e.peer_subnets((&it.vnet, &[WORKLOAD]), (&guest, &[WORKLOAD]));
    e.link(&it.zone, &guest);
    expect_of(RULE, &e, &["NET-011 peer-to-client fail warning probable"]);
    let reasons = not_judged(&judged(&e, Options::default()), RULE);
    assert_eq!(reasons, [("peered network is not known to be a client", 1)]);
    // Nor is one that gets another address.
    it.e.set_addresses(&crate::small::record(&it.zone, "acct"), &["10.2.0.200"]);
    expect_of(RULE, &it.e, &[]);
}

#[test]
fn nobody_s_client_is_not_judged() {
    let it = pair();
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), RULE), [("peered network is not known to be a client", 1)]);
}

#[test]
fn a_subnet_that_takes_part_is_reached() {
    let mut it = pair();
    it.e.flag(&it.vnet, &it.client, "localSubnetNames", json!([WORKLOAD, "SNET-Endpoints"]));
    it.e.flag(&it.client, &it.vnet, "remoteSubnetNames", json!([ENDPOINTS]));
    expect_in(&judged(&it.e, declared("*")), &[]);
    assert_eq!(path(&it), Some(Path::Direct));
    // On one side only: at most probable.
    it.e.flag(&it.client, &it.vnet, "remoteSubnetNames", json!([WORKLOAD]));
    expect_in(&judged(&it.e, declared("*")), &["NET-011 peer-to-client fail warning probable"]);
    let report = judged(&it.e, declared("*"));
    let commands: Vec<&str> =
        only(&report, RULE).remediation.iter().filter_map(|step| step.command.as_deref()).collect();
    assert_eq!(
        commands.iter().filter(|command| command.contains("peering update")).count(),
        1,
        "{commands:?}"
    );
}

#[test]
fn both_sides_get_the_subnet_and_keep_the_others() {
    let it = pair();
    let report = judged(&it.e, declared("*"));
    let commands: Vec<&str> =
        only(&report, RULE).remediation.iter().filter_map(|step| step.command.as_deref()).collect();
    assert_eq!(commands.len(), 4, "{commands:?}");
    let lists =
        |local: &str, remote: &str| format!("--local-subnet-names {local} --remote-subnet-names {remote}");
    let (both, one) = (format!("{WORKLOAD} {ENDPOINTS}"), WORKLOAD);
    assert!(
        commands[0].contains("--vnet-name vnet ") && commands[0].ends_with(&lists(&both, one)),
        "{commands:?}"
    );
    assert!(
        commands[1].contains("--vnet-name client ") && commands[1].ends_with(&lists(one, &both)),
        "{commands:?}"
    );
    assert!(commands[2..].iter().all(|command| command.contains("peering sync")), "{commands:?}");
}

#[test]
fn whole_networks_and_lists_that_say_nothing_hide_nothing() {
    let mut it = pair();
    for (from, to) in [(&it.vnet, &it.client), (&it.client, &it.vnet)] {
        it.e.flag(from, to, "localSubnetNames", json!([]));
        it.e.flag(from, to, "remoteSubnetNames", json!([]));
    }
    expect_in(&judged(&it.e, declared("*")), &[]);
    assert_eq!(path(&it), Some(Path::Direct));
    for (from, to) in [(&it.vnet, &it.client), (&it.client, &it.vnet)] {
        it.e.flag(from, to, "peerCompleteVnets", true);
    }
    expect_in(&judged(&it.e, declared("*")), &[]);
}

#[test]
fn another_way_may_lead_there() {
    let mut it = pair();
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.peer(&hub, &it.vnet);
    it.e.peer(&hub, &it.client);
    let report = judged(&it.e, declared("*/client"));
    expect_in(&report, &[]);
    assert_eq!(
        not_judged(&report, RULE),
        [("both networks are peered with one hub, where a router may stand", 1)]
    );
}

#[test]
fn a_broken_peering_and_a_pending_endpoint_are_told_elsewhere() {
    let mut it = pair();
    it.e.unpeer(&it.client, &it.vnet);
    expect_in(&judged(&it.e, declared("*")), &[]);
    let mut it = pair();
    it.e.pending(&it.pe);
    expect_in(&judged(&it.e, declared("*")), &[]);
}

#[test]
fn a_client_that_was_not_read_is_one_if_it_is_declared() {
    let mut it = pair();
    let far = it.e.peer_with_unread(&it.vnet, "far");
    it.e.flag(&it.vnet, &far, "peerCompleteVnets", false);
    it.e.flag(&it.vnet, &far, "localSubnetNames", json!([WORKLOAD]));
    expect_in(&judged(&it.e, declared("*/far")), &["NET-011 peer-to-far fail warning probable"]);
    expect_in(&judged(&it.e, Options::default()), &["NET-011 peer-to-far unknown"]);
}

#[test]
fn a_client_whose_view_was_not_read_is_unknown() {
    let mut it = pair();
    it.e.link(&it.zone, &it.client);
    it.e.gap_under(&it.zone, Kind::RecordSets, 403, "AuthorizationFailed");
    expect_of(RULE, &it.e, &["NET-011 peer-to-client unknown"]);
    assert!(judged(&it.e, Options::default()).incomplete);
}

#[test]
fn the_side_that_is_managed_is_changed_by_the_manager() {
    let mut it = pair();
    it.e.managed(&it.vnet, &it.client);
    // What Virtual Network Manager connects beside it cannot be seen.
    let report = judged(&it.e, declared("*/client"));
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, RULE), [("Virtual Network Manager may connect the networks", 1)]);
}

#[test]
fn endpoints_of_the_context_are_nobody_s() {
    let mut e = Estate::new();
    let client = e.vnet("client", "10.2.0.0/16");
    e.in_subscription("elsewhere");
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.endpoint("pe", &vnet, storage("acct", "blob"));
    e.in_subscription(HOME);
    e.peer_subnets((&vnet, &[WORKLOAD]), (&client, &[WORKLOAD]));
    expect_in(&judged(&e, declared("*")), &[]);
}

#[test]
fn an_endpoint_of_the_same_name_behind_a_subnet_left_out_is_not_reached() {
    let mut it = pair();
    // The client's own endpoint; the record leads to the other one.
    let target = it.e.target(&it.pe);
    let own = it.e.endpoint("own", &it.client, storage("acct", "blob").at(&target));
    it.e.link(&it.zone, &it.client);
    assert!(own.name() == "own");
    expect_of("DNS-022", &it.e, &["DNS-022 own fail warning probable"]);
    for (from, to, field) in
        [(&it.vnet, &it.client, "localSubnetNames"), (&it.client, &it.vnet, "remoteSubnetNames")]
    {
        it.e.flag(from, to, field, json!([ENDPOINTS]));
    }
    expect_of("DNS-022", &it.e, &[]);
}
