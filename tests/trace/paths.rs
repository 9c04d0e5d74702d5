//! What a trace says of the way that packets take.

use plaudit::trace::{StepKind, Trace, Verdict};

use crate::estate::network::ENDPOINTS;
use crate::verdicts::{NAME, Small, small, traced};

/// A network that resolves the name and is peered with the hub alone.
fn beside() -> (Small, plaudit::inventory::ResourceId) {
    let mut it = small();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.link(&it.zone, &other);
    it.e.peer(&other, &it.hub);
    (it, other)
}

#[track_caller]
fn path(trace: &Trace, verdict: Verdict, said: &[&str]) {
    assert_eq!(trace.verdict, verdict, "{trace:#?}");
    let step = trace.ways[0].steps.last().unwrap();
    assert_eq!(step.kind, StepKind::Path);
    assert!(trace.because.ends_with(&step.text), "{trace:#?}");
    for text in said {
        assert!(step.text.contains(text), "{text:?} is not in {:?}", step.text);
    }
}

#[test]
fn the_peering_that_leads_there_is_named() {
    let it = small();
    let trace = traced(&it.e, NAME, "hub");
    path(&trace, Verdict::Reachable, &["a Connected peering leads from hub to spoke"]);
    let step = trace.ways[0].steps.last().unwrap();
    assert_eq!(step.id.as_ref().unwrap().parent().unwrap(), it.hub);
    assert!(step.facts[0].1.ends_with(" of hub is Connected"), "{:?}", step.facts);
}

#[test]
fn peerings_of_single_subnets_hide_what_takes_no_part() {
    let peered = |of_spoke: &[&str], also: &[&str]| {
        let mut it = small();
        for (from, to, local, remote) in [
            (&it.hub, &it.spoke, &["snet-workload"][..], also),
            (&it.spoke, &it.hub, of_spoke, &["snet-workload"][..]),
        ] {
            it.e.flag(from, to, "peerCompleteVnets", false);
            it.e.flag(from, to, "localSubnetNames", serde_json::json!(local));
            it.e.flag(from, to, "remoteSubnetNames", serde_json::json!(remote));
        }
        traced(&it.e, NAME, "hub")
    };
    let in_it = peered(&[ENDPOINTS], &[ENDPOINTS]);
    path(&in_it, Verdict::Reachable, &["one of single subnets in which", ENDPOINTS, "takes part"]);
    let out = peered(&["snet-workload"], &["snet-workload"]);
    path(&out, Verdict::Unreachable, &["leaves the subnet of pe out; no path leads from hub to spoke"]);
    let torn = peered(&[ENDPOINTS], &["snet-workload"]);
    path(&torn, Verdict::Unknown, &["only one side lists", ENDPOINTS]);
}

#[test]
fn a_peering_that_lets_nobody_talk_proves_no_way() {
    let mut it = small();
    it.e.flag(&it.spoke, &it.hub, "allowVirtualNetworkAccess", false);
    path(&traced(&it.e, NAME, "hub"), Verdict::Unknown, &["allowVirtualNetworkAccess is off"]);
}

#[test]
fn peerings_do_not_pass_on_and_gateway_transit_is_told_apart() {
    let (mut it, other) = beside();
    let not_peered = "both networks are peered with one hub, hub, and not with each other";
    let trace = traced(&it.e, NAME, "other");
    path(&trace, Verdict::Unknown, &[not_peered, "Peerings do not pass on: a router or firewall there"]);
    assert!(!trace.because.contains("gateway"), "no gateway stands there: {}", trace.because);
    let facts = &trace.ways[0].steps.last().unwrap().facts;
    assert_eq!(facts.iter().filter(|(key, _)| *key == "peering").count(), 2, "{facts:?}");
    it.e.gateway(&it.hub, "10.0.200.0/27");
    path(
        &traced(&it.e, NAME, "other"),
        Verdict::Unknown,
        &["neither uses the gateway of hub (gateway transit)"],
    );
    let transit = |it: &mut Small, spoke: &plaudit::inventory::ResourceId| {
        it.e.flag(spoke, &it.hub, "useRemoteGateways", true);
        it.e.flag(&it.hub, spoke, "allowGatewayTransit", true);
    };
    transit(&mut it, &other);
    let said = "; other uses the gateway of hub by gateway transit, and spoke does not";
    path(&traced(&it.e, NAME, "other"), Verdict::Unknown, &[not_peered, said]);
    let spoke = it.spoke.clone();
    transit(&mut it, &spoke);
    let said = "; both use the gateway of hub by gateway transit, and a VPN gateway may route between them";
    path(&traced(&it.e, NAME, "other"), Verdict::Unknown, &[not_peered, said]);
    // Asked for and not given.
    it.e.flag(&it.hub, &other, "allowGatewayTransit", false);
    let said = "; spoke uses the gateway of hub by gateway transit, and other does not";
    path(&traced(&it.e, NAME, "other"), Verdict::Unknown, &[said]);
}

#[test]
fn what_a_spoke_does_not_accept_from_the_hub_is_a_fact() {
    let (mut it, _) = beside();
    it.e.flag(&it.spoke, &it.hub, "allowForwardedTraffic", false);
    let trace = traced(&it.e, NAME, "other");
    let facts = &trace.ways[0].steps.last().unwrap().facts;
    let told = ("forwardedTraffic", "spoke does not accept it from hub".to_owned());
    assert!(facts.contains(&told), "{facts:?}");
}

#[test]
fn gateways_of_two_sides_are_named() {
    let mut it = small();
    let far = it.e.vnet("far", "10.9.0.0/16");
    let hub = it.e.vnet("far-hub", "10.8.0.0/16");
    it.e.link(&it.zone, &far);
    it.e.peer(&far, &hub);
    it.e.gateway(&hub, "10.8.200.0/27");
    it.e.flag(&far, &hub, "useRemoteGateways", true);
    it.e.flag(&hub, &far, "allowGatewayTransit", true);
    let said = "the two are not peered; far uses the gateway of far-hub by gateway transit, and no gateway leads to spoke";
    path(&traced(&it.e, NAME, "far"), Verdict::Unreachable, &[said]);
    it.e.gateway(&it.spoke, "10.1.200.0/27");
    let said = "gateways may connect the networks: far uses the gateway of far-hub by gateway transit; a gateway stands in spoke itself";
    path(&traced(&it.e, NAME, "far"), Verdict::Unknown, &[said]);
}

#[test]
fn a_shared_virtual_wan_is_named() {
    let mut it = small();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.link(&it.zone, &far);
    let hub = it.e.virtual_hub("vhub", "wan-1");
    it.e.hub_connection(&hub, &far);
    it.e.hub_connection(&hub, &it.spoke);
    let said = "connected to Virtual WAN (wan-1), whose hubs pass packets on unless";
    path(&traced(&it.e, NAME, "far"), Verdict::Unknown, &[said]);
}

#[test]
fn a_peering_that_is_not_connected_is_named_as_the_reason() {
    let mut it = small();
    it.e.unpeer(&it.hub, &it.spoke);
    let trace = traced(&it.e, NAME, "hub");
    path(
        &trace,
        Verdict::Unreachable,
        &["no path leads from hub to spoke: the peering ", " of spoke is Disconnected"],
    );
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.link(&it.zone, &far);
    let said = "no path leads from far to spoke: the two are not peered, and no hub or gateway";
    path(&traced(&it.e, NAME, "far"), Verdict::Unreachable, &[said]);
}
