//! NET-012.

use plaudit::inventory::ResourceId;
use plaudit::rules::Settings;
use plaudit::topology::Options;

use crate::estate::network::{ENDPOINTS, WORKLOAD};
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect_of, judge, judge_with, only};

struct Star {
    e: Estate,
    hub: ResourceId,
    /// Holds an endpoint.
    a: ResourceId,
    b: ResourceId,
}

/// Two spokes of one hub with these prefixes.
fn star(a: &str, b: &str) -> Star {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let (a, b) = (e.vnet("a", a), e.vnet("b", b));
    e.peer(&hub, &a);
    e.peer(&hub, &b);
    e.endpoint("pe", &a, storage("acct", "blob"));
    Star { e, hub, a, b }
}

const FOUND: [&str; 1] = ["NET-012 a fail warning certain"];

#[test]
fn spokes_with_the_same_addresses_are_net_012() {
    for other in ["10.1.0.0/16", "10.0.0.0/12", "10.1.128.0/20"] {
        let it = star("10.1.0.0/16", other);
        expect_of("NET-012", &it.e, &FOUND);
        let report = judge_with(&it.e, &["NET-012"], &Settings::default(), Options::default());
        let told = evidence(only(&report, "NET-012"), "overlaps");
        assert!(told.contains("10.1.0.0/16") && told.contains(other) && told.contains("hub"), "{told}");
        // It does not run by itself.
        assert!(judge(&it.e).tallies.iter().all(|tally| tally.rule != "NET-012"));
    }
    for other in ["10.2.0.0/16", "10.0.0.0/16", "11.1.0.0/16"] {
        expect_of("NET-012", &star("10.1.0.0/16", other).e, &[]);
    }
}

#[test]
fn a_second_prefix_counts_and_a_pair_is_told_once() {
    let mut it = star("10.1.0.0/16", "10.2.0.0/16");
    it.e.add_prefix(&it.b, "10.1.64.0/20");
    expect_of("NET-012", &it.e, &FOUND);
    it.e.endpoint("pe-b", &it.b, storage("other", "blob"));
    expect_of("NET-012", &it.e, &FOUND);
}

#[test]
fn networks_that_never_meet_may_have_the_same_addresses() {
    let mut it = star("10.1.0.0/16", "10.1.0.0/16");
    it.e.unpeer(&it.b, &it.hub);
    expect_of("NET-012", &it.e, &[]);
    // Nor do those without endpoints matter, or with endpoints that are not reported on.
    let mut it = star("10.3.0.0/16", "10.1.0.0/16");
    let third = it.e.vnet("third", "10.1.0.0/16");
    it.e.peer(&it.hub, &third);
    expect_of("NET-012", &it.e, &[]);
    it.e.in_subscription("elsewhere");
    let context = it.e.vnet("context", "10.1.0.0/16");
    it.e.peer(&it.hub, &context);
    it.e.endpoint("pe-context", &context, storage("far", "blob"));
    it.e.in_subscription(HOME);
    expect_of("NET-012", &it.e, &[]);
}

#[test]
fn subnets_that_are_peered_alone_are_compared_alone() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let (a, b) = (e.vnet("a", "10.1.0.0/16"), e.vnet("b", "10.1.0.0/16"));
    e.peer(&hub, &a);
    e.endpoint("pe", &a, storage("acct", "blob"));
    e.subnet(&b, "snet-own", "10.1.200.0/24");
    let mut apart = e.clone();
    apart.peer_subnets((&hub, &[WORKLOAD]), (&b, &["snet-own"]));
    // The whole of the one holds the subnet of the other.
    expect_of("NET-012", &apart, &FOUND);
    let mut apart = e.clone();
    apart.unpeer(&hub, &a);
    apart.edit(&a, |v| v["properties"]["virtualNetworkPeerings"] = serde_json::json!([]));
    apart.peer_subnets((&hub, &[WORKLOAD]), (&a, &[ENDPOINTS]));
    apart.peer_subnets((&hub, &[WORKLOAD]), (&b, &["snet-own"]));
    expect_of("NET-012", &apart, &[]);
}

#[test]
fn a_hub_that_was_not_read_leaves_it_unknown() {
    let mut it = star("10.1.0.0/16", "10.2.0.0/16");
    it.e.peer_with_unread(&it.a, "far");
    expect_of("NET-012", &it.e, &["NET-012 a unknown"]);
    // What was found stands.
    it.e.add_prefix(&it.b, "10.1.64.0/20");
    expect_of("NET-012", &it.e, &FOUND);
}

#[test]
fn a_finding_names_a_few_of_many() {
    let mut it = star("10.1.0.0/16", "10.1.0.0/16");
    for number in 0..30 {
        let spoke = it.e.vnet(&format!("spoke-{number}"), "10.1.0.0/16");
        it.e.peer(&it.hub, &spoke);
    }
    let report = judge_with(&it.e, &["NET-012"], &Settings::default(), Options::default());
    let finding = only(&report, "NET-012");
    assert_eq!(finding.related.iter().filter(|related| related.role == "virtualNetwork").count(), 10);
}
