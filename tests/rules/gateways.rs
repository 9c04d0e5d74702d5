//! NET-005, NET-006, NET-007.

use plaudit::finding::Report;
use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::network::{ENDPOINTS, subnet_id};
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_in, expect_of, judge, judge_with, not_judged, only};

const TRANSIT: &str = "allowGatewayTransit";
const USE: &str = "useRemoteGateways";

/// A spoke that uses the gateway of its hub.
struct Pair {
    e: Estate,
    hub: ResourceId,
    spoke: ResourceId,
}

fn pair() -> Pair {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    e.peer(&hub, &spoke);
    e.gateway(&hub, "10.0.2.0/27");
    e.flag(&hub, &spoke, TRANSIT, true);
    e.flag(&spoke, &hub, USE, true);
    Pair { e, hub, spoke }
}

fn commands(report: &Report, rule: &str) -> Vec<String> {
    only(report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

#[test]
fn a_gateway_that_is_offered_and_used_is_fine() {
    expect(&pair().e, &[]);
    // Nobody has to offer one, or to use it.
    let mut it = pair();
    it.e.flag(&it.spoke, &it.hub, USE, false);
    expect(&it.e, &[]);
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    expect(&it.e, &[]);
}

#[test]
fn a_gateway_that_is_used_and_not_offered_is_net_005() {
    let mut it = pair();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    expect(&it.e, &["NET-005 peer-to-hub fail error certain"]);
    let commands = commands(&judge(&it.e), "NET-005");
    assert_eq!(commands.len(), 1);
    assert!(
        commands[0].ends_with("--vnet-name hub -n peer-to-spoke --allow-gateway-transit true"),
        "{commands:?}"
    );
}

#[test]
fn what_is_not_there_need_not_be_offered() {
    let mut it = pair();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    it.e.edit(&it.hub, |v| {
        let subnets = v["properties"]["subnets"].as_array_mut().unwrap();
        subnets.retain(|subnet| subnet["name"] != "GatewaySubnet");
    });
    expect(&it.e, &["NET-005 peer-to-hub fail warning probable"]);
    let steps = commands(&judge(&it.e), "NET-005");
    assert!(steps[0].ends_with("--vnet-name spoke -n peer-to-hub --use-remote-gateways false"), "{steps:?}");
    // A Route Server is shared in the same way.
    it.e.route_server(&it.hub, "10.0.2.0/27");
    expect(&it.e, &["NET-005 peer-to-hub fail error certain"]);
}

#[test]
fn transit_is_told_on_the_side_that_is_reported_on() {
    for (audited, subject) in [("spoke", "peer-to-hub"), ("hub", "peer-to-spoke")] {
        let mut e = Estate::new();
        e.in_subscription("hub");
        let hub = e.vnet("hub", "10.0.0.0/16");
        e.in_subscription("spoke");
        let spoke = e.vnet("spoke", "10.1.0.0/16");
        e.audit(audited);
        e.peer(&hub, &spoke);
        e.gateway(&hub, "10.0.2.0/27");
        e.flag(&spoke, &hub, USE, true);
        expect_of("NET-005", &e, &[&format!("NET-005 {subject} fail error certain")]);
    }
}

#[test]
fn transit_is_unknown_where_the_other_side_was_not_read() {
    let mut it = pair();
    let far = it.e.peer_with_unread(&it.spoke, "far");
    it.e.flag(&it.spoke, &it.hub, USE, false);
    it.e.flag(&it.spoke, &far, USE, true);
    expect(&it.e, &["NET-005 peer-to-far unknown"]);
    assert!(judge(&it.e).incomplete);

    let mut it = pair();
    it.e.edit_peering(&it.hub, &it.spoke, |p| _ = p["properties"].as_object_mut().unwrap().remove(TRANSIT));
    expect(&it.e, &["NET-005 peer-to-hub unknown"]);
    assert!(!judge(&it.e).incomplete);
}

#[test]
fn transit_of_a_broken_peering_does_not_matter() {
    let mut it = pair();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    it.e.flag(&it.hub, &it.spoke, "peeringState", "Disconnected");
    expect(&it.e, &["NET-001 peer-to-spoke fail error certain"]);
    let mut it = pair();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    it.e.flag(&it.spoke, &it.hub, "peeringState", "Initiated");
    expect(&it.e, &["NET-002 peer-to-hub fail error certain"]);
}

#[test]
fn transit_that_others_manage_is_changed_by_them() {
    let mut it = pair();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    it.e.managed(&it.spoke, &it.hub);
    expect(&it.e, &["NET-005 ANM_1A2B3C4D_hub fail warning probable"]);
    assert!(commands(&judge(&it.e), "NET-005").is_empty());

    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    e.connect_to_virtual_hub(&a, "hub");
    e.edit(&a, |v| v["properties"]["virtualNetworkPeerings"][0]["properties"][USE] = json!(true));
    expect(&e, &[]);
    for rule in ["NET-005", "NET-006"] {
        let report = judge_with(&e, &[rule], &Settings::default(), Options::default());
        assert_eq!(not_judged(&report, rule), [("peering belongs to a Virtual WAN hub", 1)]);
    }
}

/// A spoke with a gateway of its own that is offered its hub's.
fn two_gateways() -> Pair {
    let mut it = pair();
    it.e.flag(&it.spoke, &it.hub, USE, false);
    it.e.gateway(&it.spoke, "10.1.2.0/27");
    it
}

#[test]
fn two_gateways_of_which_one_is_offered_in_vain_are_net_006() {
    let it = two_gateways();
    expect(&it.e, &[]);
    expect_of("NET-006", &it.e, &["NET-006 peer-to-hub fail warning certain"]);
    let report = judge_with(&it.e, &["NET-006"], &Settings::default(), Options::default());
    let commands = commands(&report, "NET-006");
    assert!(commands[0].ends_with("-n peer-to-spoke --allow-gateway-transit false"), "{commands:?}");
    // Two hubs that offer each other theirs.
    let mut it = two_gateways();
    it.e.flag(&it.spoke, &it.hub, TRANSIT, true);
    expect_of("NET-006", &it.e, &["NET-006 peer-to-spoke fail warning certain"]);
    it.e.managed(&it.hub, &it.spoke);
    expect_of("NET-006", &it.e, &["NET-006 ANM_1A2B3C4D_spoke fail warning probable"]);
}

#[test]
fn two_gateways_in_one_network_or_without_an_offer_are_fine() {
    // ExpressRoute and VPN side by side.
    let mut it = pair();
    let subnet = subnet_id(&it.hub, "GatewaySubnet");
    it.e.edit_subnet(&subnet, |s| {
        let second = format!("{}/second", s["id"].as_str().unwrap());
        s["properties"]["ipConfigurations"].as_array_mut().unwrap().push(json!({"id": second}));
    });
    expect_of("NET-006", &it.e, &[]);
    // The hub keeps its gateway to itself.
    let mut it = two_gateways();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    expect_of("NET-006", &it.e, &[]);
    // It offers what it does not have.
    let mut it = two_gateways();
    it.e.edit_subnet(&subnet_id(&it.hub, "GatewaySubnet"), |s| {
        s["properties"]["ipConfigurations"] = json!([])
    });
    expect_of("NET-006", &it.e, &[]);
    // Nothing passes.
    let mut it = two_gateways();
    it.e.unpeer(&it.hub, &it.spoke);
    expect_of("NET-006", &it.e, &[]);
}

#[test]
fn two_gateways_are_unknown_where_one_network_was_not_read() {
    let mut it = two_gateways();
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    it.e.peer_with_unread(&it.spoke, "far");
    expect_of("NET-006", &it.e, &["NET-006 peer-to-far unknown"]);
    // A network without a gateway has nothing to lose.
    let mut it = pair();
    it.e.peer_with_unread(&it.spoke, "far");
    expect_of("NET-006", &it.e, &[]);
}

fn expecting() -> Settings {
    Settings { expect_onprem: true, ..Settings::default() }
}

fn onprem(e: &Estate) -> Report {
    judge_with(e, &["NET-007"], &expecting(), Options::default())
}

/// A spoke with an endpoint and a hub with a gateway that it does not use.
fn unused() -> Pair {
    let mut it = pair();
    it.e.endpoint("pe", &it.spoke, storage("acct", "blob"));
    it.e.endpoint("pe-2", &it.spoke, storage("other", "blob"));
    it.e.flag(&it.spoke, &it.hub, USE, false);
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    it
}

#[test]
fn a_gateway_that_is_wanted_and_not_used_is_net_007() {
    let mut it = unused();
    expect_in(&onprem(&it.e), &["NET-007 spoke fail warning certain"]);
    let report = onprem(&it.e);
    let both = commands(&report, "NET-007");
    assert!(both[0].ends_with("--vnet-name hub -n peer-to-spoke --allow-gateway-transit true"), "{both:?}");
    assert!(both[1].ends_with("--vnet-name spoke -n peer-to-hub --use-remote-gateways true"), "{both:?}");
    assert!(only(&report, "NET-007").message.starts_with("2 endpoints"));
    // It is offered already.
    it.e.flag(&it.hub, &it.spoke, TRANSIT, true);
    expect_in(&onprem(&it.e), &["NET-007 spoke fail warning certain"]);
    assert_eq!(commands(&onprem(&it.e), "NET-007").len(), 1);
    // It is used.
    it.e.flag(&it.spoke, &it.hub, USE, true);
    expect_in(&onprem(&it.e), &[]);
    // It is wanted and not offered.
    it.e.flag(&it.hub, &it.spoke, TRANSIT, false);
    let report = onprem(&it.e);
    expect_in(&report, &[]);
    assert_eq!(
        not_judged(&report, "NET-007"),
        [("NET-005 tells of the peering that should bring the gateways", 1)]
    );
}

#[test]
fn a_gateway_is_not_missed_where_nobody_outside_needs_the_endpoints() {
    let it = unused();
    let report = judge_with(&it.e, &["NET-007"], &Settings::default(), Options::default());
    expect_in(&report, &[]);
    // Without an endpoint that works there is nothing to reach.
    let mut it = pair();
    it.e.flag(&it.spoke, &it.hub, USE, false);
    expect_in(&onprem(&it.e), &[]);
    let pe = it.e.endpoint("pe", &it.spoke, storage("acct", "blob"));
    it.e.pending(&pe);
    expect_in(&onprem(&it.e), &[]);
    // A gateway of its own.
    let mut it = unused();
    it.e.gateway(&it.spoke, "10.1.2.0/27");
    expect_in(&onprem(&it.e), &[]);
}

#[test]
fn other_ways_in_are_not_judged() {
    let reason = |it: &Pair, expected: &'static str| {
        let report = onprem(&it.e);
        expect_in(&report, &[]);
        assert_eq!(not_judged(&report, "NET-007"), [(expected, 1)]);
    };
    let mut it = unused();
    it.e.connect_to_virtual_hub(&it.spoke, "vhub");
    reason(&it, "network is connected to Virtual WAN");

    let mut it = unused();
    it.e.route_server(&it.hub, "10.0.3.0/27");
    reason(&it, "a Route Server may bring routes from outside Azure");

    let mut it = unused();
    it.e.route(&subnet_id(&it.spoke, ENDPOINTS), "0.0.0.0/0", "VirtualAppliance", "10.0.1.4");
    reason(&it, "routes of the network lead to an appliance");

    let mut it = unused();
    it.e.unpeer(&it.hub, &it.spoke);
    reason(&it, "no gateway is in sight of the network");
}

#[test]
fn a_route_that_leads_to_no_appliance_changes_nothing() {
    let mut it = unused();
    let table = it.e.route(&subnet_id(&it.spoke, ENDPOINTS), "0.0.0.0/0", "Internet", "");
    expect_in(&onprem(&it.e), &["NET-007 spoke fail warning certain"]);
    it.e.gap(Kind::RouteTables, HOME, 403, "AuthorizationFailed");
    assert!(table.name().starts_with("rt-"));
    expect_in(&onprem(&it.e), &["NET-007 spoke unknown"]);
}

#[test]
fn a_hub_that_was_not_read_may_have_the_gateway() {
    let mut it = unused();
    it.e.edit_subnet(&subnet_id(&it.hub, "GatewaySubnet"), |s| {
        s["properties"]["ipConfigurations"] = json!([])
    });
    let far = it.e.peer_with_unread(&it.spoke, "far");
    expect_in(&onprem(&it.e), &["NET-007 spoke unknown"]);
    it.e.flag(&it.spoke, &far, USE, true);
    expect_in(&onprem(&it.e), &["NET-007 spoke unknown"]);
}

#[test]
fn a_peering_that_others_manage_is_changed_by_them() {
    let mut it = unused();
    it.e.managed(&it.spoke, &it.hub);
    expect_in(&onprem(&it.e), &["NET-007 spoke fail warning probable"]);
    assert!(commands(&onprem(&it.e), "NET-007").is_empty());
}
