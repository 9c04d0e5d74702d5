//! NET-001 to NET-004.

use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use serde_json::{Value, json};

use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_in, expect_of, judge, judge_with, not_judged, only};

struct Pair {
    e: Estate,
    a: ResourceId,
    b: ResourceId,
}

fn pair() -> Pair {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    let b = e.vnet("b", "10.2.0.0/16");
    e.peer(&a, &b);
    Pair { e, a, b }
}

/// As [`pair`], with `b` in a subscription that is context.
fn across() -> Pair {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    e.in_subscription("other");
    let b = e.vnet("b", "10.2.0.0/16");
    e.in_subscription(HOME);
    e.peer(&a, &b);
    Pair { e, a, b }
}

fn set(it: &mut Pair, field: &str, value: impl Into<Value>) {
    let value = value.into();
    it.e.edit_peering(&it.a, &it.b, |p| p["properties"][field] = value);
}

fn set_back(it: &mut Pair, field: &str, value: impl Into<Value>) {
    let value = value.into();
    it.e.edit_peering(&it.b, &it.a, |p| p["properties"][field] = value);
}

/// Renames the side that `a` holds, as Azure's own managers do.
fn renamed(it: &mut Pair, name: &str) {
    let id = format!("{}/virtualNetworkPeerings/{name}", it.a);
    it.e.edit_peering(&it.a, &it.b, |p| {
        p["id"] = id.into();
        p["name"] = name.into();
    });
}

#[test]
fn a_connected_pair_in_sync_is_healthy() {
    expect(&pair().e, &[]);
    expect(&across().e, &[]);
}

#[test]
fn a_disconnected_side_is_certain_whatever_can_be_read_of_the_other() {
    let mut it = pair();
    it.e.unpeer(&it.b, &it.a);
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);

    let mut it = across();
    it.e.unpeer(&it.b, &it.a);
    it.e.gap(Kind::Subscriptions, "other", 403, "AuthorizationFailed");
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
}

#[test]
fn both_sides_disconnected_are_one_finding() {
    let mut it = pair();
    set(&mut it, "peeringState", "Disconnected");
    set_back(&mut it, "peeringState", "disconnected");
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
}

#[test]
fn a_pair_is_reported_on_the_audited_side() {
    let mut it = across();
    // The audited network comes second in the order of ids.
    set(&mut it, "peeringState", "Disconnected");
    set_back(&mut it, "peeringState", "Disconnected");
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
}

#[test]
fn disconnected_and_initiated_are_one_finding() {
    let mut it = pair();
    set(&mut it, "peeringState", "Initiated");
    set_back(&mut it, "peeringState", "Disconnected");
    expect(&it.e, &["NET-001 peer-to-a fail error certain"]);
    // The side that knows best is not reported on: the other must speak.
    let mut it = across();
    set(&mut it, "peeringState", "Initiated");
    set_back(&mut it, "peeringState", "Disconnected");
    expect(&it.e, &["NET-002 peer-to-b fail error certain"]);
}

#[test]
fn a_peering_that_is_being_deleted_is_not_judged() {
    let mut it = pair();
    it.e.unpeer(&it.b, &it.a);
    set(&mut it, "provisioningState", "Deleting");
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "NET-001"), [("peering is being deleted", 1)]);
    set(&mut it, "provisioningState", "Updating");
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
}

#[test]
fn a_remote_network_that_is_gone_is_net_004_alone_and_only_deleted() {
    let mut it = across();
    set(&mut it, "peeringState", "Disconnected");
    it.e.remove(&it.b);
    expect(&it.e, &["NET-004 peer-to-b fail warning certain"]);
    let report = judge(&it.e);
    let commands: Vec<_> = only(&report, "NET-004").remediation.iter().collect();
    assert_eq!(commands.len(), 1);
    assert!(commands[0].command.as_ref().unwrap().contains("peering delete"));
    // A list that was not read proves nothing.
    it.e.gap(Kind::VirtualNetworks, "other", 403, "AuthorizationFailed");
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
}

#[test]
fn a_peering_that_was_never_answered_by_a_network_that_is_gone_is_probable() {
    let mut it = across();
    set(&mut it, "peeringState", "Initiated");
    it.e.remove(&it.b);
    expect(&it.e, &["NET-004 peer-to-b fail warning probable"]);
    it.e.gap(Kind::VirtualNetworks, "other", 403, "AuthorizationFailed");
    expect(&it.e, &["NET-002 peer-to-b fail error certain"]);
}

#[test]
fn a_peering_that_works_is_not_deleted_because_a_list_lacks_its_network() {
    let mut it = across();
    it.e.remove(&it.b);
    expect(&it.e, &["NET-004 peer-to-b unknown"]);
    assert!(only(&judge(&it.e), "NET-004").remediation.is_empty());
    // What could not be read may well be there.
    it.e.gap(Kind::VirtualNetworks, "other", 403, "AuthorizationFailed");
    expect(&it.e, &[]);
}

#[test]
fn what_is_left_of_a_peering_is_not_told_of_where_nobody_can() {
    let mut it = across();
    set(&mut it, "peeringState", "Disconnected");
    it.e.remove(&it.b);
    for (field, value, reason) in [
        ("provisioningState", json!("Deleting"), "peering is being deleted"),
        ("remoteVirtualNetwork", json!({}), "peering names no network"),
    ] {
        let mut it = Pair { e: it.e.clone(), a: it.a.clone(), b: it.b.clone() };
        set(&mut it, field, value);
        expect_of("NET-004", &it.e, &[]);
        let report = judge_with(&it.e, &["NET-004"], &Settings::default(), Options::default());
        assert_eq!(not_judged(&report, "NET-004"), [(reason, 1)]);
    }
    // A hub's network is Microsoft's, and is in no list.
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    e.connect_to_virtual_hub(&a, "hub");
    expect_of("NET-004", &e, &[]);
}

#[test]
fn a_manager_takes_what_is_left_of_its_own_peering_away() {
    let mut it = across();
    set(&mut it, "peeringState", "Disconnected");
    it.e.remove(&it.b);
    renamed(&mut it, "ANM_1A2B3C4D_b");
    expect(&it.e, &["NET-004 ANM_1A2B3C4D_b fail warning probable"]);
    let report = judge(&it.e);
    let steps = &only(&report, "NET-004").remediation;
    assert!(steps.iter().all(|step| step.command.is_none() && step.title.contains("Manager")), "{steps:?}");
}

#[test]
fn virtual_network_manager_s_peerings_are_probable() {
    let mut it = pair();
    it.e.unpeer(&it.b, &it.a);
    renamed(&mut it, "ANM_1A2B3C4D_b");
    expect(&it.e, &["NET-001 ANM_1A2B3C4D_b fail warning probable"]);
    let report = judge(&it.e);
    let steps = &only(&report, "NET-001").remediation;
    assert!(steps.iter().all(|step| step.command.is_none()), "{steps:?}");
}

#[test]
fn a_virtual_wan_hub_s_peering_is_mended_in_the_hub() {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    let id = e.connect_to_virtual_hub(&a, "hub");
    let state = |e: &mut Estate, state: &str| {
        e.edit(&a, |v| {
            v["properties"]["virtualNetworkPeerings"][0]["properties"]["peeringState"] = state.into()
        });
    };
    expect(&e, &[]);
    state(&mut e, "Disconnected");
    let report = judge(&e);
    expect_in(&report, &[&format!("NET-001 {} fail error certain", id.name())]);
    let steps = &only(&report, "NET-001").remediation;
    assert!(
        steps.iter().all(|step| step.command.is_none() && step.title.contains("Virtual WAN")),
        "{steps:?}"
    );
    // The hub keeps its own side in order.
    state(&mut e, "Connected");
    e.edit(&a, |v| {
        v["properties"]["virtualNetworkPeerings"][0]["properties"]["remoteVirtualNetworkAddressSpace"] =
            json!({"addressPrefixes": ["192.168.0.0/22"]});
    });
    expect(&e, &[]);
    assert_eq!(not_judged(&judge(&e), "NET-003"), [("peering belongs to a Virtual WAN hub", 1)]);
}

#[test]
fn a_network_of_databricks_is_mended_by_the_workspace() {
    for state in ["Disconnected", "Initiated"] {
        let mut it = pair();
        it.e.edit(&it.a, |v| v["tags"] = json!({"databricks-environment": "true"}));
        it.e.edit(&it.b, |v| v["properties"]["virtualNetworkPeerings"] = json!([]));
        set(&mut it, "peeringState", state);
        let report = judge(&it.e);
        assert_eq!(report.findings.len(), 1);
        let steps = &report.findings[0].remediation;
        assert!(steps.iter().any(|step| step.title.contains("Databricks")), "{steps:?}");
        assert!(steps.iter().all(|step| step.command.is_none()), "{steps:?}");
    }
}

#[test]
fn an_initiated_side_alone_is_net_002_and_never_out_of_sync() {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    let b = e.vnet("b", "10.2.0.0/16");
    e.half_peer(&a, &b);
    expect(&e, &["NET-002 peer-to-b fail error certain"]);
    let it = Pair { e: e.clone(), a: a.clone(), b: b.clone() };
    for state in ["Updating", "Deleting"] {
        let mut it = Pair { e: it.e.clone(), a: a.clone(), b: b.clone() };
        set(&mut it, "provisioningState", state);
        expect(&it.e, &[]);
    }
    let mut it = it;
    renamed(&mut it, "ANM_1A2B3C4D_b");
    expect(&it.e, &["NET-002 ANM_1A2B3C4D_b fail warning probable"]);
}

#[test]
fn an_initiated_side_whose_other_cannot_be_read_says_who_must_act() {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    e.peer_with(&a, &far, &json!(["10.8.0.0/16"]));
    let state = |e: &mut Estate, state: &str| {
        e.edit(&a, |v| {
            v["properties"]["virtualNetworkPeerings"][0]["properties"]["peeringState"] = state.into()
        });
    };
    for (name, rule) in [("Initiated", "NET-002"), ("Disconnected", "NET-001")] {
        state(&mut e, name);
        let report = judge(&e);
        expect_in(&report, &[&format!("{rule} peer-to-far fail error certain")]);
        let steps = &only(&report, rule).remediation;
        assert!(steps.iter().any(|step| step.title.contains("owner")), "{steps:?}");
    }
}

#[test]
fn an_old_address_space_is_net_003_once_a_pair() {
    let mut it = pair();
    it.e.add_prefix(&it.b, "10.22.0.0/16");
    it.e.out_of_sync(&it.a, &it.b, &["10.2.0.0/16"]);
    expect(&it.e, &["NET-003 peer-to-b fail warning certain"]);
}

#[test]
fn either_the_level_or_the_spaces_tell_that_it_is_out_of_sync() {
    let mut it = pair();
    set(&mut it, "peeringSyncLevel", "RemoteNotInSync");
    expect(&it.e, &["NET-003 peer-to-b fail warning certain"]);

    let mut it = pair();
    set(
        &mut it,
        "remoteVirtualNetworkAddressSpace",
        json!({"addressPrefixes": ["10.2.0.0/16", "10.22.0.0/16"]}),
    );
    expect(&it.e, &["NET-003 peer-to-b fail warning certain"]);

    // The order of prefixes and host bits do not matter.
    let mut it = pair();
    set(
        &mut it,
        "remoteVirtualNetworkAddressSpace",
        json!({"addressPrefixes": ["10.2.0.0/17", "10.2.128.0/17"]}),
    );
    set(&mut it, "remoteAddressSpace", json!({"addressPrefixes": ["10.2.128.0/17", "10.2.0.0/17"]}));
    expect(&it.e, &[]);
}

#[test]
fn out_of_sync_is_not_said_where_it_cannot_be() {
    // Old api-versions have none of the fields.
    let mut it = pair();
    it.e.edit_peering(&it.a, &it.b, |p| {
        let properties = p["properties"].as_object_mut().unwrap();
        for field in ["peeringSyncLevel", "remoteAddressSpace", "remoteVirtualNetworkAddressSpace"] {
            properties.remove(field);
        }
    });
    expect(&it.e, &[]);
    // Subnets alone are peered.
    let mut it = pair();
    it.e.out_of_sync(&it.a, &it.b, &["10.2.4.0/24"]);
    set(&mut it, "peerCompleteVnets", false);
    set_back(&mut it, "peerCompleteVnets", false);
    expect(&it.e, &[]);
    // NET-001 and NET-002 come first.
    let mut it = pair();
    it.e.out_of_sync(&it.a, &it.b, &["10.2.4.0/24"]);
    set(&mut it, "peeringState", "Disconnected");
    set_back(&mut it, "peeringSyncLevel", "FullyInSync");
    expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
}

#[test]
fn a_peering_state_that_nobody_knows_is_unknown() {
    for state in [json!(null), json!("Levitating"), json!("")] {
        let mut it = pair();
        set(&mut it, "peeringState", state);
        expect(&it.e, &["NET-001 peer-to-b unknown"]);
    }
}

#[test]
fn a_peering_without_remote_is_judged_by_its_state() {
    for remote in [json!(null), json!({})] {
        let mut it = pair();
        set(&mut it, "remoteVirtualNetwork", remote);
        expect(&it.e, &[]);
        set(&mut it, "peeringState", "Disconnected");
        expect(&it.e, &["NET-001 peer-to-b fail error certain"]);
    }
}

#[test]
fn context_peerings_are_never_reported_on() {
    let mut e = Estate::new();
    e.in_subscription("elsewhere");
    let a = e.vnet("a", "10.1.0.0/16");
    let b = e.vnet("b", "10.2.0.0/16");
    e.half_peer(&a, &b);
    expect(&e, &[]);
}
