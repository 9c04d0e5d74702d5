//! NET-018.

use plaudit::finding::Report;
use plaudit::inventory::{IdPattern, Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;

use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect, expect_in, expect_of, judge, judge_with, not_judged, only};
use crate::small::{BLOB, Direct, record};

const RULE: &str = "NET-018";

/// A healthy endpoint, and a network with a client that is linked to the same zone and connected with nothing.
fn apart() -> (Direct, ResourceId) {
    let mut it = Direct::new();
    let client = it.e.vnet("client", "10.2.0.0/16");
    it.e.client(&client);
    it.e.link(&it.zone, &client);
    (it, client)
}

fn declared(e: &Estate) -> Report {
    let options = Options {
        client_networks: vec![IdPattern::new("*/virtualNetworks/client").unwrap()],
        ..Options::default()
    };
    judge_with(e, &[RULE], &Settings::default(), options)
}

const HINT: [&str; 1] = ["NET-018 client fail info possible"];
const TOLD: [&str; 1] = ["NET-018 client fail warning probable"];

#[test]
fn a_declared_client_without_a_path_is_probable_and_another_a_hint() {
    let (it, client) = apart();
    expect(&it.e, &HINT);
    let report = declared(&it.e);
    expect_in(&report, &TOLD);
    let finding = only(&report, RULE);
    assert_eq!(finding.cause.id, format!("{client} -> {}", it.vnet));
    assert_eq!(evidence(finding, "endpointCount"), "\"1\"");
}

#[test]
fn endpoints_of_one_network_are_one_finding_to_a_declared_client() {
    let (mut it, _) = apart();
    for name in ["one", "two"] {
        let pe = it.e.endpoint(name, &it.vnet, storage(name, "blob"));
        it.e.zone_group(&pe, &[&it.zone]);
    }
    let report = declared(&it.e);
    expect_in(&report, &TOLD);
    assert_eq!(evidence(only(&report, RULE), "endpointCount"), "\"3\"");
    let far = it.e.vnet("far", "10.3.0.0/16");
    let pe = it.e.endpoint("three", &far, storage("three", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    expect_in(&declared(&it.e), &[TOLD[0], TOLD[0]]);
    // Where nobody says that it is a client, a network is told of once.
    expect_of(RULE, &it.e, &HINT);
}

#[test]
fn whatever_may_lead_there_is_enough() {
    let silent = |e: &Estate| {
        expect_of(RULE, e, &[]);
        expect_in(&declared(e), &[]);
    };
    let (mut it, client) = apart();
    it.e.peer(&it.vnet, &client);
    silent(&it.e);

    let (mut it, client) = apart();
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.peer(&hub, &client);
    it.e.peer(&hub, &it.vnet);
    silent(&it.e);
    let reason = "both networks are peered with one hub, where a router may stand";
    assert_eq!(not_judged(&declared(&it.e), RULE), [(reason, 1)]);

    // Two hubs, as in an estate of two regions.
    let (mut it, client) = apart();
    let (north, south) = (it.e.vnet("north", "10.8.0.0/16"), it.e.vnet("south", "10.9.0.0/16"));
    it.e.peer(&north, &client);
    it.e.peer(&south, &it.vnet);
    expect_in(&declared(&it.e), &TOLD);
    it.e.peer(&north, &south);
    silent(&it.e);

    let (mut it, client) = apart();
    it.e.connect_to_virtual_hub(&client, "hub");
    it.e.connect_to_virtual_hub(&it.vnet, "hub");
    silent(&it.e);

    let (mut it, client) = apart();
    it.e.gateway(&client, "10.2.2.0/27");
    expect_in(&declared(&it.e), &TOLD);
    it.e.gateway(&it.vnet, "10.1.2.0/27");
    silent(&it.e);

    // What stands for a gateway that no list shows: a Virtual WAN's own, and the routers a Route Server listens to.
    let (mut it, client) = apart();
    it.e.connect_to_virtual_hub(&client, "hub");
    expect_in(&declared(&it.e), &TOLD);
    it.e.gateway(&it.vnet, "10.1.2.0/27");
    silent(&it.e);
    let (mut it, client) = apart();
    it.e.route_server(&client, "10.2.2.0/27");
    expect_in(&declared(&it.e), &TOLD);
    it.e.route_server(&it.vnet, "10.1.2.0/27");
    silent(&it.e);

    let (mut it, client) = apart();
    it.e.peer_with_unread(&client, "far");
    expect_of(RULE, &it.e, &[]);
    // Who has said that it is a client hears that nobody can know.
    expect_in(&declared(&it.e), &["NET-018 client unknown"]);

    let (mut it, client) = apart();
    let other = it.e.vnet("other", "10.7.0.0/16");
    it.e.peer(&client, &other);
    it.e.managed(&client, &other);
    silent(&it.e);
}

#[test]
fn a_broken_peering_is_told_alone() {
    let (mut it, client) = apart();
    it.e.peer(&it.vnet, &client);
    it.e.unpeer(&it.vnet, &client);
    expect(&it.e, &["NET-001 peer-to-vnet fail error certain"]);
    expect_in(&declared(&it.e), &[]);
    // Also one that stands half-way.
    let (mut it, client) = apart();
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.peer(&hub, &client);
    it.e.half_peer(&it.vnet, &hub);
    expect(&it.e, &["NET-002 peer-to-hub fail error certain"]);
    expect_in(&declared(&it.e), &[]);
}

#[test]
fn a_broken_peering_that_nobody_tells_of_explains_nothing() {
    let (mut it, client) = apart();
    it.e.in_subscription("elsewhere");
    let (north, south) = (it.e.vnet("north", "10.8.0.0/16"), it.e.vnet("south", "10.9.0.0/16"));
    it.e.in_subscription(HOME);
    it.e.peer(&north, &client);
    it.e.peer(&south, &it.vnet);
    it.e.half_peer(&north, &south);
    expect(&it.e, &HINT);
}

#[test]
fn a_zone_that_serves_the_network_something_is_no_hint() {
    // Its own endpoint stands in the zone; who needs the other one, nobody can say.
    let (mut it, client) = apart();
    let pe = it.e.endpoint("own", &client, storage("own", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    expect(&it.e, &[]);
    expect_in(&declared(&it.e), &TOLD);
}

#[test]
fn a_network_that_asks_nothing_or_answers_for_others_is_no_client() {
    let (mut it, client) = apart();
    let nic = ResourceId::new(&format!("{}/networkInterfaces/vm-client-4-nic", network(&client)));
    it.e.remove(&nic);
    it.e.edit(&client, |v| {
        v["properties"]["subnets"][0]["properties"]["ipConfigurations"] = serde_json::json!([])
    });
    expect(&it.e, &[]);

    let (mut it, client) = apart();
    let resolver = it.e.resolver("resolver", &client);
    it.e.inbound(&resolver, "10.2.1.4");
    expect(&it.e, &[]);

    // A domain controller there is asked from elsewhere.
    let (mut it, client) = apart();
    it.e.machine(&client, "dc-nic", "10.2.3.4");
    let asking = it.e.vnet("asking", "10.5.0.0/16");
    it.e.dns_servers(&asking, &["10.2.3.4"]);
    expect_of(RULE, &it.e, &[]);

    // It asks servers elsewhere, so that its own link proves nothing.
    let (mut it, client) = apart();
    it.e.dns_servers(&client, &["192.168.7.4"]);
    expect_of(RULE, &it.e, &[]);
    assert_eq!(not_judged(&declared(&it.e), RULE), [("names do not resolve to private addresses there", 1)]);
}

fn network(id: &ResourceId) -> String {
    id.parent_str().unwrap().to_owned()
}

#[test]
fn only_the_endpoint_s_own_address_counts() {
    // The record leads elsewhere, too.
    let (mut it, client) = apart();
    let own = it.address();
    it.e.set_addresses(&record(&it.zone, "acct"), &[&own, "10.2.0.77"]);
    expect_of(RULE, &it.e, &[]);
    expect_in(&declared(&it.e), &[]);
    // Or to another endpoint for the name, which stands in the client's network.
    let (mut it, _) = apart();
    let target = it.e.target(&it.pe);
    it.e.endpoint("near", &client, storage("acct", "blob").at(&target));
    expect_of(RULE, &it.e, &[]);
    expect_in(&declared(&it.e), &[]);
    // A name that nobody saw.
    let (mut it, _) = apart();
    it.e.without_fqdns(&it.pe);
    it.e.edit(&it.pe, |pe| pe["properties"]["customDnsConfigs"] = serde_json::json!([]));
    expect_of(RULE, &it.e, &[]);
}

#[test]
fn endpoints_that_do_not_work_or_are_not_reported_on_do_not_count() {
    let (mut it, _) = apart();
    it.e.set_status(&it.pe, "Rejected");
    expect_of(RULE, &it.e, &[]);
    expect_in(&declared(&it.e), &[]);

    let mut e = Estate::new();
    let client = e.vnet("client", "10.2.0.0/16");
    e.client(&client);
    let zone = e.zone(BLOB);
    e.link(&zone, &client);
    e.in_subscription("elsewhere");
    let far = e.vnet("far", "10.1.0.0/16");
    let pe = e.endpoint("pe", &far, storage("acct", "blob"));
    e.zone_group(&pe, &[&zone]);
    expect(&e, &[]);
    expect_in(&declared(&e), &[]);
}

#[test]
fn a_view_that_was_not_read_is_unknown() {
    let (mut it, _) = apart();
    it.e.gap_under(&it.zone, Kind::VirtualNetworkLinks, 403, "AuthorizationFailed");
    // The link that told of it is out of sight; of a declared client it is asked all the same.
    let report = declared(&it.e);
    expect_in(&report, &["NET-018 client unknown"]);
    assert!(report.incomplete);
    // A ruleset may answer first.
    let (mut it, _) = apart();
    it.e.ruleset("ruleset");
    it.e.gap(Kind::DnsForwardingRulesets, HOME, 403, "AuthorizationFailed");
    expect_of(RULE, &it.e, &["NET-018 client unknown"]);
    expect_in(&declared(&it.e), &["NET-018 client unknown"]);
}

#[test]
fn what_answers_through_a_hub_counts_for_a_declared_client() {
    let (mut it, client) = apart();
    it.e.unlink(&it.zone, &client);
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    let resolver = it.e.resolver("resolver", &hub);
    it.e.inbound(&resolver, "10.0.1.4");
    it.e.link(&it.zone, &hub);
    it.e.peer(&hub, &client);
    it.e.dns_servers(&client, &["10.0.1.4"]);
    expect(&it.e, &[]);
    expect_in(&declared(&it.e), &TOLD);
    assert!(judge(&it.e).findings.is_empty());
}
