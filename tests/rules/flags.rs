//! NET-009, NET-013.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_of, judge, not_judged, only};

fn pair() -> (Estate, ResourceId, ResourceId) {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    let b = e.vnet("b", "10.2.0.0/16");
    e.peer(&a, &b);
    (e, a, b)
}

const ACCESS: &str = "allowVirtualNetworkAccess";
const STATE: &str = "provisioningState";

#[test]
fn networks_that_may_not_talk_are_net_009_once_a_pair() {
    let (mut e, a, b) = pair();
    e.flag(&b, &a, ACCESS, false);
    expect(&e, &["NET-009 peer-to-a fail warning certain"]);
    e.flag(&a, &b, ACCESS, false);
    expect(&e, &["NET-009 peer-to-b fail warning certain"]);
    let report = judge(&e);
    let steps = &only(&report, "NET-009").remediation;
    let commands: Vec<&str> = steps.iter().filter_map(|step| step.command.as_deref()).collect();
    assert_eq!(commands.len(), 2, "{steps:?}");
    assert!(commands[0].contains("--vnet-name a -n peer-to-b --allow-vnet-access true"), "{commands:?}");
    assert!(commands[1].contains("--vnet-name b -n peer-to-a --allow-vnet-access true"), "{commands:?}");
}

#[test]
fn access_is_judged_without_the_other_side() {
    let (mut e, a, _) = pair();
    let far = e.peer_with_unread(&a, "far");
    e.flag(&a, &far, ACCESS, false);
    expect(&e, &["NET-009 peer-to-far fail warning certain"]);
}

#[test]
fn access_is_reported_on_the_audited_side() {
    let mut e = Estate::new();
    e.in_subscription("a-context");
    let context = e.vnet("a", "10.1.0.0/16");
    e.in_subscription(HOME);
    let own = e.vnet("b", "10.2.0.0/16");
    e.peer(&context, &own);
    e.flag(&context, &own, ACCESS, false);
    expect_of("NET-009", &e, &[]);
    e.flag(&own, &context, ACCESS, false);
    expect_of("NET-009", &e, &["NET-009 peer-to-a fail warning certain"]);
}

#[test]
fn access_is_on_unless_it_is_said_to_be_off() {
    let (mut e, a, b) = pair();
    e.edit_peering(&a, &b, |p| _ = p["properties"].as_object_mut().unwrap().remove(ACCESS));
    expect(&e, &[]);
}

#[test]
fn flags_of_a_broken_peering_do_not_matter() {
    for (field, value) in [(ACCESS, json!(false)), (STATE, json!("Failed"))] {
        let (mut e, a, b) = pair();
        e.flag(&a, &b, field, value);
        e.unpeer(&b, &a);
        expect(&e, &["NET-001 peer-to-b fail error certain"]);
        e.flag(&a, &b, "peeringState", "Initiated");
        expect(&e, &["NET-002 peer-to-b fail error certain"]);
    }
}

#[test]
fn managed_peerings_are_changed_where_they_were_made() {
    for (field, value, rule) in [(ACCESS, json!(false), "NET-009"), (STATE, json!("Failed"), "NET-013")] {
        let (mut e, a, b) = pair();
        e.flag(&a, &b, field, value.clone());
        e.managed(&a, &b);
        expect(&e, &[&format!("{rule} ANM_1A2B3C4D_b fail warning probable")]);
        let report = judge(&e);
        let steps = &only(&report, rule).remediation;
        assert!(steps.iter().all(|s| s.command.is_none() && s.title.contains("Manager")), "{steps:?}");

        let (mut e, a, b) = pair();
        e.flag(&a, &b, field, value);
        e.edit(&b, |v| v["tags"] = json!({"databricks-environment": "true"}));
        expect(&e, &[&format!("{rule} peer-to-b fail warning certain")]);
        let report = judge(&e);
        let steps = &only(&report, rule).remediation;
        assert!(steps.iter().all(|s| s.command.is_none() && s.title.contains("Databricks")), "{steps:?}");
    }
}

#[test]
fn a_hub_of_virtual_wan_sets_its_own_flags() {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    e.connect_to_virtual_hub(&a, "hub");
    let set = |e: &mut Estate, field: &str, value: serde_json::Value| {
        e.edit(&a, |v| v["properties"]["virtualNetworkPeerings"][0]["properties"][field] = value);
    };
    set(&mut e, ACCESS, json!(false));
    expect(&e, &[]);
    assert_eq!(not_judged(&judge(&e), "NET-009"), [("peering belongs to a Virtual WAN hub", 1)]);
    // That it failed is told, and who must act.
    set(&mut e, STATE, json!("Failed"));
    let report = judge(&e);
    let steps = &only(&report, "NET-013").remediation;
    assert!(steps.iter().all(|s| s.command.is_none() && s.title.contains("Virtual WAN")), "{steps:?}");
}

#[test]
fn a_change_that_failed_is_net_013_on_either_side() {
    let (mut e, a, b) = pair();
    e.flag(&a, &b, STATE, "Failed");
    expect(&e, &["NET-013 peer-to-b fail warning certain"]);
    let report = judge(&e);
    let command = only(&report, "NET-013").remediation[0].command.clone().unwrap();
    assert!(command.ends_with("--vnet-name a -n peer-to-b --allow-vnet-access true"), "{command}");
    // What is written anew is what is there.
    e.flag(&a, &b, ACCESS, false);
    let report = judge(&e);
    let command = only(&report, "NET-013").remediation[0].command.clone().unwrap();
    assert!(command.ends_with("--allow-vnet-access false"), "{command}");
}

#[test]
fn a_change_on_its_way_has_not_failed() {
    for state in ["Updating", "Deleting", "Succeeded"] {
        let (mut e, a, b) = pair();
        e.flag(&a, &b, STATE, state);
        expect(&e, &[]);
    }
}

#[test]
fn flags_of_a_network_that_was_not_read_are_nobody_s() {
    let (mut e, a, b) = pair();
    e.flag(&a, &b, ACCESS, false);
    e.flag(&a, &b, STATE, "Failed");
    e.gap(Kind::VirtualNetworks, HOME, 403, "AuthorizationFailed");
    expect(&e, &[]);
    assert!(judge(&e).incomplete);
}
