//! PE-001, PE-002, PE-003.

use serde_json::{Value, json};

use plaudit::inventory::ResourceId;
use plaudit::rules::{Former, Settings, Thresholds};
use plaudit::topology::Options;

use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect, expect_of, judge, judge_with, not_judged, only};
use crate::small::Direct;

fn in_state(status: impl Into<Value>) -> Direct {
    let mut it = Direct::new();
    it.e.set_status(&it.pe, status);
    it
}

fn provisioning(it: &mut Direct, state: &str) {
    it.e.edit(&it.pe, |pe| pe["properties"]["provisioningState"] = state.into());
}

#[test]
fn an_approved_endpoint_is_healthy_in_either_array_and_any_casing() {
    expect(&Direct::new().e, &[]);
    expect(&in_state("APPROVED").e, &[]);
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| {
        let connections = pe["properties"]["privateLinkServiceConnections"].take();
        pe["properties"]["manualPrivateLinkServiceConnections"] = connections;
    });
    expect(&it.e, &[]);
    it.e.edit(&it.pe, |pe| {
        pe["properties"].as_object_mut().unwrap().remove("privateLinkServiceConnections");
    });
    expect(&it.e, &[]);
}

#[test]
fn a_pending_connection_is_pe_001_and_mutes_dns() {
    let mut it = Direct::new();
    it.e.pending(&it.pe);
    expect(&it.e, &["PE-001 pe fail error certain"]);
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "PE-001"), "approval"), "\"manual\"");
    assert_eq!(not_judged(&report, "DNS-021"), [("connection is not approved", 1)]);
    expect(&in_state("pending").e, &["PE-001 pe fail error certain"]);
}

#[test]
fn a_pending_endpoint_that_is_being_changed_is_not_judged() {
    for state in ["Updating", "deleting"] {
        let mut it = in_state("Pending");
        provisioning(&mut it, state);
        expect(&it.e, &[]);
        assert_eq!(not_judged(&judge(&it.e), "PE-001"), [("endpoint is being changed", 1)]);
    }
    let mut it = in_state("Pending");
    provisioning(&mut it, "Failed");
    expect(&it.e, &["PE-001 pe fail error certain", "PE-004 pe fail error certain"]);
}

/// A run in which these waited, so many seconds before the estate was read.
fn after(seconds: i64, waiting: &[&ResourceId], e: &Estate) -> Settings {
    let now: jiff::Timestamp = e.origin().collected_at.parse().unwrap();
    let former = Former {
        collected_at: now.as_second() - seconds,
        unfinished: waiting.iter().map(|id| ((*id).clone(), "pending".to_owned())).collect(),
        subscriptions: [e.subscription_guid(HOME)].into(),
    };
    let thresholds = Thresholds { pending_grace: 7200, ..Thresholds::default() };
    Settings { former: Some(former), thresholds, ..Settings::default() }
}

fn pending_under(e: &Estate, settings: &Settings) -> Vec<String> {
    let report = judge_with(e, &["PE-001"], settings, Options::default());
    let reasons =
        not_judged(&report, "PE-001").into_iter().map(|(reason, count)| format!("{count} {reason}"));
    report.findings.iter().map(|f| f.subject.name.clone()).chain(reasons).collect()
}

#[test]
fn a_connection_is_pending_when_it_has_waited_for_the_grace() {
    let mut it = Direct::new();
    it.e.pending(&it.pe);
    expect_of("PE-001", &it.e, &["PE-001 pe fail error certain"]);
    let fresh = ["1 connection is pending for less than the grace period"];
    assert_eq!(pending_under(&it.e, &after(7200, &[&it.pe], &it.e)), ["pe"]);
    assert_eq!(pending_under(&it.e, &after(7199, &[&it.pe], &it.e)), fresh);
    assert_eq!(pending_under(&it.e, &after(-1, &[&it.pe], &it.e)), fresh);
    assert_eq!(pending_under(&it.e, &after(999_999, &[], &it.e)), fresh);
    let mut updating = after(999_999, &[&it.pe], &it.e);
    updating.former.as_mut().unwrap().unfinished.insert(it.pe.clone(), "Updating".to_owned());
    assert_eq!(pending_under(&it.e, &updating), fresh);
    // A grace of nothing, a run that did not read the subscription, no run.
    let mut none = after(0, &[], &it.e);
    none.thresholds.pending_grace = 0;
    let mut elsewhere = after(0, &[], &it.e);
    elsewhere.former.as_mut().unwrap().subscriptions.clear();
    let mut alone = after(0, &[], &it.e);
    alone.former = None;
    for settings in [none, elsewhere, alone] {
        assert_eq!(pending_under(&it.e, &settings), ["pe"]);
    }
}

#[test]
fn a_rejected_connection_is_pe_002() {
    let mut it = Direct::new();
    it.e.rejected(&it.pe, "not ours");
    expect(&it.e, &["PE-002 pe fail error certain"]);
    assert_eq!(evidence(only(&judge(&it.e), "PE-002"), "description"), "\"not ours\"");
    provisioning(&mut it, "Deleting");
    expect(&it.e, &[]);
}

#[test]
fn a_disconnected_or_removed_connection_is_pe_003() {
    for status in ["Disconnected", "disconnected", "Removed"] {
        expect(&in_state(status).e, &["PE-003 pe fail error certain"]);
    }
    let mut it = in_state("Disconnected");
    provisioning(&mut it, "Deleting");
    expect(&it.e, &[]);
}

#[test]
fn a_state_on_its_way_is_not_judged() {
    for status in ["Approving", "Rejecting", "Disconnecting"] {
        let report = judge(&in_state(status).e);
        crate::judged::expect_in(&report, &[]);
        for rule in ["PE-001", "PE-002", "PE-003"] {
            assert_eq!(not_judged(&report, rule), [("connection is being changed", 1)]);
        }
    }
}

#[test]
fn a_state_nobody_knows_is_unknown_and_never_a_fault() {
    for status in [json!("Quarantined"), json!(null), json!("")] {
        expect(&in_state(status).e, &["PE-003 pe unknown"]);
    }
    let mut it = Direct::new();
    it.e.edit_connection(&it.pe, |c| {
        c["properties"].as_object_mut().unwrap().remove("privateLinkServiceConnectionState");
    });
    expect(&it.e, &["PE-003 pe unknown"]);
}

#[test]
fn an_endpoint_without_any_connection_is_unknown() {
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| pe["properties"]["privateLinkServiceConnections"] = json!([]));
    expect(&it.e, &["PE-003 pe unknown"]);
}

#[test]
fn an_approved_twin_in_the_same_network_makes_it_probable() {
    for (status, rule) in [("Pending", "PE-001"), ("Rejected", "PE-002"), ("Disconnected", "PE-003")] {
        let mut it = Direct::new();
        let bad = it.e.endpoint("bad", &it.vnet, storage("acct", "blob"));
        it.e.set_status(&bad, status);
        expect(&it.e, &[&format!("{rule} bad fail warning probable")]);
    }
}

#[test]
fn a_twin_elsewhere_or_of_another_group_changes_nothing() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    let bad = it.e.endpoint("bad", &other, storage("acct", "blob"));
    it.e.set_status(&bad, "Pending");
    expect(&it.e, &["PE-001 bad fail error certain"]);

    let mut it = Direct::new();
    let bad = it.e.endpoint("bad", &it.vnet, storage("acct", "file"));
    it.e.set_status(&bad, "Pending");
    expect(&it.e, &["PE-001 bad fail error certain"]);
}

#[test]
fn a_twin_that_is_not_approved_changes_nothing() {
    let mut it = in_state("Rejected");
    let bad = it.e.endpoint("bad", &it.vnet, storage("acct", "blob"));
    it.e.set_status(&bad, "Pending");
    expect(&it.e, &["PE-001 bad fail error certain", "PE-002 pe fail error certain"]);
}

#[test]
fn context_endpoints_are_never_reported_on() {
    let mut it = Direct::new();
    it.e.in_subscription("elsewhere");
    let vnet = it.e.vnet("there", "10.9.0.0/16");
    it.e.client(&vnet);
    let pending = it.e.endpoint("pending", &vnet, storage("one", "blob"));
    it.e.pending(&pending);
    it.e.endpoint("unlinked", &vnet, storage("two", "blob"));
    expect(&it.e, &[]);
    let report = judge(&it.e);
    assert_eq!(report.endpoints, 1);
    it.e.audit("elsewhere");
    expect(&it.e, &["PE-001 pending fail error certain", "DNS-010 unlinked fail error certain"]);
}

#[test]
fn a_resource_group_narrows_what_is_reported_and_not_what_is_read() {
    let mut it = Direct::new();
    it.e.in_group("rg-apps");
    let apps = it.e.vnet("vnet-apps", "10.2.0.0/16");
    it.e.client(&apps);
    it.e.endpoint("pe-apps", &apps, storage("apps", "blob"));
    it.e.link(&it.zone, &apps);
    it.e.record(&it.zone, "apps", &["10.2.4.99"]);
    it.e.peer(&it.vnet, &apps);
    it.e.unpeer(&it.vnet, &apps);
    let of = |group: &str| {
        let mut collected = crate::judged::read(&it.e);
        collected.origin.scope.resource_groups = vec![group.into()];
        crate::judged::judge_collected(collected)
    };
    crate::judged::expect_in(&of("rg-network"), &[]);
    crate::judged::expect_in(
        &of("RG-Apps"),
        &["DNS-022 pe-apps fail error certain", "NET-001 peer-to-vnet fail error certain"],
    );
    assert_eq!(of("rg-apps").endpoints, 1);
    assert_eq!(of("nowhere").notes.len(), 1);
}

#[test]
fn an_endpoint_that_is_being_made_may_lack_its_connection() {
    let mut it = crate::small::Direct::new();
    it.e.edit(&it.pe, |pe| pe["properties"]["privateLinkServiceConnections"] = serde_json::json!([]));
    crate::judged::expect(&it.e, &["PE-003 pe unknown"]);
    it.e.edit(&it.pe, |pe| pe["properties"]["provisioningState"] = "Updating".into());
    crate::judged::expect(&it.e, &[]);
}
