//! NET-017.

use plaudit::finding::Report;
use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_of, judge_with, not_judged, only};

fn kept(state: &str) -> (Estate, ResourceId, ResourceId) {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let peering = e.databricks_peering("lakehouse", &vnet, state);
    (e, vnet, peering)
}

fn judged(e: &Estate) -> Report {
    judge_with(e, &["NET-017"], &Settings::default(), Options::default())
}

#[test]
fn a_peering_of_a_workspace_that_is_broken_is_net_017() {
    for state in ["Disconnected", "initiated"] {
        let (e, _, _) = kept(state);
        expect_of("NET-017", &e, &["NET-017 to-vnet fail warning certain"]);
        // It does not run by itself.
        expect(&e, &[]);
    }
    expect_of("NET-017", &kept("connected").0, &[]);
}

#[test]
fn the_workspace_deletes_and_makes_it_again() {
    let (mut e, vnet, _) = kept("Disconnected");
    let commands = |e: &Estate| -> Vec<String> {
        only(&judged(e), "NET-017").remediation.iter().filter_map(|step| step.command.clone()).collect()
    };
    let found = commands(&e);
    let place = format!(
        "--subscription {} -g rg-network --workspace-name lakehouse -n to-vnet",
        vnet.subscription().unwrap()
    );
    assert_eq!(found[1], format!("az databricks workspace vnet-peering delete {place}"));
    assert_eq!(found[2], format!("az databricks workspace vnet-peering create {place} --remote-vnet {vnet}"));
    // A network that is not there is peered with nothing.
    e.remove(&vnet);
    assert!(!commands(&e).iter().any(|command| command.contains("create")));
    // One that was never answered is left as it is.
    let (e, _, _) = kept("Initiated");
    assert!(!commands(&e).iter().any(|command| command.contains("delete") || command.contains("create")));
}

#[test]
fn the_network_that_the_workspace_names_is_peered_back() {
    for (state, count) in [("Disconnected", 4), ("Initiated", 1)] {
        let (mut e, vnet, peering) = kept(state);
        let workers = vnet.as_str().replace("virtualNetworks/vnet", "virtualNetworks/workers-vnet");
        e.edit(&peering, |p| p["properties"]["databricksVirtualNetwork"] = json!({"id": workers}));
        let report = judged(&e);
        let steps = &only(&report, "NET-017").remediation;
        let commands: Vec<_> = steps.iter().filter_map(|step| step.command.as_deref()).collect();
        let back = format!(
            "az network vnet peering create --subscription {} -g rg-network --vnet-name vnet -n to-workers-vnet --remote-vnet {workers} --allow-vnet-access",
            vnet.subscription().unwrap()
        );
        assert_eq!((commands.len(), commands.last()), (count, Some(&back.as_str())), "{commands:#?}");
    }
    // It is known by its id, whatever its tags say.
    let (mut e, vnet, peering) = kept("Disconnected");
    let [managed, other] = ["workers-vnet", "other-vnet"].map(|name| {
        let network = e.vnet(name, if name == "workers-vnet" { "10.139.0.0/16" } else { "10.140.0.0/16" });
        e.peer(&vnet, &network);
        network
    });
    e.edit(&other, |v| v["tags"] = json!({"databricks-environment": "true"}));
    e.edit(&peering, |p| p["properties"]["databricksVirtualNetwork"] = json!({"id": managed.as_str()}));
    let mut unrelated = e.clone();
    unrelated.unpeer(&other, &vnet);
    expect_of("NET-017", &unrelated, &["NET-017 to-vnet fail warning certain"]);
    e.unpeer(&managed, &vnet);
    expect_of("NET-017", &e, &[]);
    // Its peerings are mended in the workspace.
    let report = judge_with(&e, &["NET-001"], &Settings::default(), Options::default());
    let steps = &only(&report, "NET-001").remediation;
    assert!(
        steps.iter().all(|step| step.command.is_none() && step.title.contains("Databricks")),
        "{steps:?}"
    );
}

#[test]
fn a_peering_on_its_way_is_not_judged() {
    for state in ["Updating", "Deleting"] {
        let (mut e, _, peering) = kept("Initiated");
        e.edit(&peering, |p| p["properties"]["provisioningState"] = state.into());
        expect_of("NET-017", &e, &[]);
        assert_eq!(not_judged(&judged(&e), "NET-017"), [("peering is being changed", 1)]);
    }
}

#[test]
fn a_pair_of_which_the_network_s_side_tells_is_not_told_again() {
    let (mut e, vnet, _) = kept("Disconnected");
    let managed = e.vnet("workers-vnet", "10.139.0.0/16");
    e.edit(&managed, |v| v["tags"] = json!({"databricks-environment": "true"}));
    e.peer(&vnet, &managed);
    let connected = e.clone();
    e.unpeer(&managed, &vnet);
    expect_of("NET-017", &e, &[]);
    expect(&e, &["NET-001 peer-to-workers-vnet fail error certain"]);
    // Another network's trouble explains nothing.
    let mut e = connected;
    let other = e.vnet("other", "10.2.0.0/16");
    e.half_peer(&other, &managed);
    expect_of("NET-017", &e, &["NET-017 to-vnet fail warning certain"]);
}

#[test]
fn a_workspace_of_the_context_is_nobody_s() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.in_subscription("elsewhere");
    e.databricks_peering("lakehouse", &vnet, "Disconnected");
    expect_of("NET-017", &e, &[]);
}

#[test]
fn what_was_not_read_or_not_understood_is_unknown() {
    for state in ["", "Levitating"] {
        expect_of("NET-017", &kept(state).0, &["NET-017 to-vnet unknown"]);
    }
    let (mut e, _, peering) = kept("Disconnected");
    e.gap_under(&peering.parent().unwrap(), Kind::DatabricksPeerings, 403, "AuthorizationFailed");
    expect_of("NET-017", &e, &["NET-017 lakehouse unknown"]);
    let (mut e, _, _) = kept("Connected");
    e.gap(Kind::DatabricksWorkspaces, HOME, 403, "AuthorizationFailed");
    let subscription = e.subscription_guid(HOME);
    expect_of("NET-017", &e, &[&format!("NET-017 {subscription} unknown")]);
    assert!(judged(&e).incomplete);
}
