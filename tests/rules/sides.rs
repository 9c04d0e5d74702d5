//! PE-006, PE-016, PE-017: what the two sides of a connection say, and who else is connected to a target.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::services::{cosmos, key_vault, private_link_service, storage, web_app};
use crate::judged::{evidence, expect, expect_in, expect_of, judge, not_judged, only, read};
use crate::small::Direct;
use crate::targets::{commands, connections, deep, expect_deep, judge_rule, one, read_deep, refuse};

// PE-006

/// An approved endpoint of a vault, of which the vault says this.
fn said(at_endpoint: &str, at_target: &str) -> Direct {
    let (mut it, pe, _) = one(storage("files", "file"), at_endpoint);
    let status = at_target.to_owned();
    it.e.edit_target_connection(&pe, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["status"] = status.into();
    });
    it
}

const DISAGREE: &[&str] = &["PE-006 own fail warning certain"];

#[test]
fn two_sides_that_disagree_are_shown() {
    for (ours, theirs) in [
        ("Approved", "Pending"),
        ("Approved", "Rejected"),
        ("Approved", "Disconnected"),
        ("Pending", "Approved"),
        ("Disconnected", "Approved"),
    ] {
        let it = said(ours, theirs);
        expect_deep("PE-006", &it.e, DISAGREE);
        let report = deep("PE-006", &it.e);
        assert_eq!(evidence(only(&report, "PE-006"), "atTarget"), format!("\"{theirs}\""));
    }
    expect_deep("PE-006", &said("Approved", "approved").e, &[]);
}

#[test]
fn what_to_do_hangs_on_what_the_target_says() {
    let first = |ours: &str, theirs: &str| {
        commands(only(&deep("PE-006", &said(ours, theirs).e), "PE-006"))[0].clone()
    };
    assert!(first("Approved", "Pending").contains("private-endpoint-connection approve --id "));
    assert!(first("Pending", "Approved").starts_with("az network private-endpoint update "));
    assert!(first("Approved", "Rejected").starts_with("az network private-endpoint delete "));
}

#[test]
fn a_target_that_knows_nothing_of_the_endpoint_disagrees() {
    for status in ["Approved", "Pending", "Rejected"] {
        let (mut it, pe, _) = one(storage("files", "file"), status);
        it.e.forget_at_target(&pe);
        expect_deep("PE-006", &it.e, DISAGREE);
    }
    let (mut it, pe, _) = one(storage("files", "file"), "Disconnected");
    it.e.forget_at_target(&pe);
    expect_deep("PE-006", &it.e, &[]);
}

#[test]
fn a_connection_without_its_endpoint_may_be_the_one() {
    let (mut it, pe, target) = one(storage("files", "file"), "Approved");
    it.e.forget_at_target(&pe);
    it.e.target_connection(&target, "nobody", "", "Approved");
    let report = deep("PE-006", &it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-006"), [("a connection at the target does not tell its endpoint", 1)]);
}

#[test]
fn states_that_are_changing_are_not_held_against_each_other() {
    for theirs in ["Approving", "Rejecting", "Disconnecting", "", "Odd"] {
        expect_deep("PE-006", &said("Approved", theirs).e, &[]);
    }
    for ours in ["Approving", "", "Odd"] {
        expect_deep("PE-006", &said(ours, "Approved").e, &[]);
    }
    let (mut it, pe, _) = one(storage("files", "file"), "Approved");
    it.e.edit_target_connection(&pe, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["status"] = "Pending".into();
        c["properties"]["provisioningState"] = "Updating".into();
    });
    expect_deep("PE-006", &it.e, &[]);
    let mut it = said("Approved", "Pending");
    let pe = ResourceId::new(&it.pe.as_str().replace("privateEndpoints/pe", "privateEndpoints/own"));
    it.e.edit(&pe, |pe| pe["properties"]["provisioningState"] = "Updating".into());
    expect_deep("PE-006", &it.e, &[]);
}

#[test]
fn connections_that_could_not_be_read_leave_it_unknown() {
    let (it, _, target) = one(storage("files", "file"), "Approved");
    let mut collected = read_deep(&it.e);
    refuse(&mut collected, Kind::TargetConnections, &target);
    expect_in(&judge_rule("PE-006", collected), &["PE-006 own unknown"]);
    // Never asked for, and a target that does not tell.
    let (it, _, _) = one(key_vault("kv"), "Approved");
    let mut alone = it.e.clone();
    alone.delete_endpoint(&it.pe);
    let report = judge_rule("PE-006", read(&alone));
    assert_eq!(not_judged(&report, "PE-006"), [("target was not asked for: --deep asks for all", 1)]);
    let report = deep("PE-006", &alone);
    assert_eq!(not_judged(&report, "PE-006"), [("target does not tell its connections", 1)]);
}

// PE-016 and PE-017

const FAR: &str = "/subscriptions/9a7c1f00-0000-4000-8000-00000000000a/resourceGroups";

fn far(group: &str, name: &str) -> String {
    format!("{FAR}/{group}/providers/Microsoft.Network/privateEndpoints/{name}")
}

/// A target that is read because its own endpoint waits, with another connection.
fn connected(endpoint: &str, status: &str) -> (Direct, ResourceId) {
    let (mut it, _, target) = one(storage("files", "file"), "Pending");
    it.e.target_connection(&target, "other", endpoint, status);
    (it, target)
}

#[test]
fn an_approved_connection_from_out_of_sight_is_shown() {
    let (it, _) = connected(&far("rg-theirs", "theirs"), "Approved");
    expect(&it.e, &["PE-001 own fail error certain", "PE-016 files fail info certain"]);
    let (it, target) = connected(&far("vnet-0a1b-westeurope-12-rg", "adf-orders.files"), "approved");
    let report = judge(&it.e);
    let finding = only(&report, "PE-016");
    assert_eq!(evidence(finding, "managedEndpointOf"), "\"adf-orders\"");
    assert!(finding.message.contains("managed endpoint of adf-orders"), "{}", finding.message);
    let found = commands(finding);
    assert!(found[0].contains("show --id ") && found[1].contains("reject --id "), "{found:#?}");
    assert!(found[1].contains(&format!("{target}/privateEndpointConnections/other")), "{found:#?}");
}

#[test]
fn each_stranger_is_a_finding_of_its_own_under_one_cause() {
    let (mut it, target) = connected(&far("g", "a"), "Approved");
    it.e.target_connection(&target, "third", &far("g", "b"), "Approved");
    let report = judge_rule("PE-016", read(&it.e));
    let [a, b] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_ne!(a.fingerprint, b.fingerprint);
    assert_eq!((&a.cause, &a.headline), (&b.cause, &b.headline));
}

#[test]
fn connections_from_subscriptions_in_sight_are_no_strangers() {
    let (mut it, target) = connected(&far("g", "gone"), "Rejected");
    it.e.in_subscription("elsewhere");
    let seen = it.e.subscription_guid("elsewhere").to_uppercase();
    let id = format!("/subscriptions/{seen}/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/x");
    it.e.target_connection(&target, "third", &id, "Approved");
    expect_of("PE-016", &it.e, &[]);
    // In the list of subscriptions, and asked for nothing.
    let mut collected = read(&it.e);
    collected.coverage.subscriptions.retain(|own| !own.id.eq_ignore_ascii_case(&seen));
    expect_in(&judge_rule("PE-016", collected), &[]);
}

#[test]
fn a_request_from_out_of_sight_is_an_error_at_the_target() {
    let (it, target) = connected(&far("vnet-0a1b-westeurope-12-rg", "syn-sales.files"), "Pending");
    expect(&it.e, &["PE-001 own fail error certain", "PE-017 files fail error certain"]);
    let report = judge(&it.e);
    let finding = only(&report, "PE-017");
    assert!(finding.message.contains("managed endpoint of syn-sales"), "{}", finding.message);
    let id = format!("{target}/privateEndpointConnections/other");
    let found = commands(finding);
    assert!(found[0].contains(&format!("approve --id {id} ")), "{found:#?}");
    assert!(found[1].contains(&format!("reject --id {id} ")), "{found:#?}");
}

#[test]
fn an_endpoint_that_is_only_context_is_told_at_its_target() {
    let (mut it, _, target) = one(storage("files", "file"), "Pending");
    it.e.in_subscription("elsewhere");
    let vnet = it.e.vnet("there", "10.9.0.0/16");
    let theirs = it.e.endpoint("theirs", &vnet, storage("files", "file").at(target.as_str()));
    it.e.set_status(&theirs, "Pending");
    expect(&it.e, &["PE-001 own fail error certain", "PE-017 files fail error certain"]);
    it.e.audit("elsewhere");
    expect(&it.e, &["PE-001 own fail error certain", "PE-001 theirs fail error certain"]);
}

#[test]
fn a_request_that_was_left_behind_is_possible() {
    let (mut it, _, target) = one(storage("files", "file"), "Pending");
    let gone = it.pe.as_str().replace("privateEndpoints/pe", "privateEndpoints/gone");
    it.e.target_connection(&target, "other", &gone, "Pending");
    expect_of("PE-017", &it.e, &["PE-017 files fail info possible"]);
    let report = judge(&it.e);
    assert!(commands(only(&report, "PE-017"))[0].contains("delete --id "));
    // Where the list was not read, it may be there.
    it.e.in_subscription("dark");
    let dark = it.e.subscription_guid("dark");
    let (mut it, _, target) = one(storage("files", "file"), "Pending");
    it.e.in_subscription("dark");
    it.e.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    let id = format!("/subscriptions/{dark}/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/x");
    it.e.target_connection(&target, "other", &id, "Pending");
    expect_of("PE-017", &it.e, &["PE-017 files fail warning probable"]);
}

#[test]
fn requests_that_are_being_answered_or_were_are_none() {
    for status in ["Approving", "Rejected", "Disconnected", ""] {
        let (it, _) = connected(&far("g", "x"), status);
        expect_of("PE-017", &it.e, &[]);
        expect_of("PE-016", &it.e, &[]);
    }
}

#[test]
fn targets_that_nothing_reported_leads_to_are_nobody_s_business() {
    let (mut it, target) = connected(&far("g", "x"), "Pending");
    let own = ResourceId::new(&it.pe.as_str().replace("privateEndpoints/pe", "privateEndpoints/own"));
    let moved = target.as_str().replace("rg-network", "rg-far");
    it.e.edit_connection(&own, |c| c["properties"]["privateLinkServiceId"] = moved.as_str().into());
    it.e.target_connection(&ResourceId::new(&moved), "other", &far("g", "x"), "Pending");
    let mut collected = read(&it.e);
    collected.origin.scope.resource_groups = vec!["rg-network".into()];
    // An endpoint that is reported on leads there.
    expect_in(&judge_rule("PE-017", collected.clone()), &["PE-017 files fail warning probable"]);
    collected.origin.scope.resource_groups = vec!["rg-other".into()];
    expect_in(&judge_rule("PE-017", collected), &[]);
}

#[test]
fn connections_that_could_not_be_read_leave_both_unknown() {
    let (it, target) = connected(&far("g", "x"), "Pending");
    let mut collected = read(&it.e);
    refuse(&mut collected, Kind::TargetConnections, &target);
    for rule in ["PE-016", "PE-017"] {
        expect_in(&judge_rule(rule, collected.clone()), &[&format!("{rule} files unknown")]);
    }
    let (mut it, pe, _) = one(storage("files", "file"), "Pending");
    it.e.edit_target_connection(&pe, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["status"] = json!(["odd"]);
    });
    expect_of("PE-017", &it.e, &["PE-017 files unknown"]);
}

#[test]
fn private_link_services_have_rules_of_their_own() {
    let (mut it, pe, _) = one(private_link_service("svc"), "Approved");
    let service = it.e.target_id(&pe);
    let stranger = ResourceId::new(&far("g", "x"));
    it.e.add(
        "privateLinkServices",
        "svc",
        json!({"privateEndpointConnections": connections(&service, &[&pe, &stranger])}),
    );
    expect_deep("PE-016", &it.e, &[]);
    expect_deep("PE-017", &it.e, &[]);
}

#[test]
fn services_that_tell_their_connections_themselves_are_judged_alike() {
    for service in [web_app("app"), cosmos("cdb", "westeurope")] {
        let (mut it, pe, target) = one(service, "Pending");
        let stranger = ResourceId::new(&far("g", "x"));
        it.e.set_target(&target, "privateEndpointConnections", connections(&target, &[&pe, &stranger]));
        expect_of("PE-016", &it.e, &[&format!("PE-016 {} fail info certain", target.name())]);
    }
}
