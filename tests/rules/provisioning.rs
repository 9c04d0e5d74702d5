//! PE-004, PE-009, PE-010.

use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::{Former, Settings};
use plaudit::topology::Options;
use serde_json::{Value, json};

use crate::estate::services::storage;
use crate::judged::{evidence, expect, expect_in, expect_of, judge, judge_with, line, not_judged, only};
use crate::small::Direct;

fn state(it: &mut Direct, id: &ResourceId, state: &str) {
    it.e.edit(id, |own| own["properties"]["provisioningState"] = state.into());
}

fn endpoint_in(text: &str) -> Direct {
    let mut it = Direct::new();
    let pe = it.pe.clone();
    state(&mut it, &pe, text);
    it
}

fn commands(report: &plaudit::finding::Report, rule: &str) -> Vec<String> {
    only(report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

// PE-004

#[test]
fn a_failed_endpoint_is_an_error_and_is_written_again() {
    expect(&endpoint_in("Failed").e, &["PE-004 pe fail error certain"]);
    let it = endpoint_in("failed");
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "PE-004"), "provisioningState"), "\"failed\"");
    let home = it.e.subscription_guid(crate::estate::HOME);
    assert_eq!(
        commands(&report, "PE-004"),
        [
            format!("az monitor activity-log list --resource-id {} --offset 7d -o table", it.pe),
            format!("az network private-endpoint update --subscription {home} -g rg-network -n pe"),
        ]
    );
}

#[test]
fn a_canceled_endpoint_is_probable() {
    expect(&endpoint_in("Canceled").e, &["PE-004 pe fail warning probable"]);
}

#[test]
fn what_is_on_its_way_is_not_judged() {
    for (text, reason) in [
        ("Updating", "it is being changed"),
        ("Creating", "it is being changed"),
        ("Accepted", "it is being changed"),
        ("Deleting", "it is being deleted"),
        ("Odd", "provisioning state is not recognised"),
    ] {
        let report = judge(&endpoint_in(text).e);
        expect_in(&report, &[]);
        assert_eq!(not_judged(&report, "PE-004"), [(reason, 1)]);
    }
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| drop(pe["properties"].as_object_mut().unwrap().remove("provisioningState")));
    assert_eq!(not_judged(&judge(&it.e), "PE-004"), [("provisioning state is not told", 1)]);
}

#[test]
fn a_state_that_is_no_text_is_unknown() {
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| pe["properties"]["provisioningState"] = json!(["Succeeded"]));
    expect_of("PE-004", &it.e, &["PE-004 pe unknown"]);
}

#[test]
fn what_lasts_since_an_earlier_run_is_possible() {
    let it = endpoint_in("Updating");
    let judged = |id: &ResourceId, state: &str| {
        let unfinished = [(id.clone(), state.to_owned())].into_iter().collect();
        let former = Some(Former { unfinished, ..Former::default() });
        let settings = Settings { former, ..Settings::default() };
        let report = judge_with(&it.e, &["PE-004"], &settings, Options::default());
        report.findings.iter().map(line).collect::<Vec<_>>()
    };
    let spelled = ResourceId::new(&it.pe.as_str().to_uppercase());
    assert_eq!(judged(&spelled, "updating"), ["PE-004 pe fail info possible"]);
    assert_eq!(judged(&it.pe, "Creating"), Vec::<String>::new());
    assert_eq!(judged(&it.vnet, "Updating"), Vec::<String>::new());
    let done = judge_with(&Direct::new().e, &["PE-004"], &Settings::default(), Options::default());
    expect_in(&done, &[]);
}

/// A zone group that is read, because its record has gone.
fn group_in(state: &str) -> Direct {
    let mut it = Direct::new();
    it.e.remove(&it.record());
    it.e.edit_zone_group(&it.pe, |group| group["properties"]["provisioningState"] = state.into());
    it
}

#[test]
fn a_failed_zone_group_is_an_error_and_is_made_again_with_all_its_zones() {
    expect(&group_in("Failed").e, &["PE-004 default fail error certain", "DNS-021 pe fail error certain"]);
    expect_of("PE-004", &group_in("Succeeded").e, &[]);
    expect_of("PE-004", &group_in("Updating").e, &[]);
    let mut it = group_in("Failed");
    let (first, second) = (it.zone.clone(), it.e.zone("privatelink.web.core.windows.net"));
    it.e.edit_zone_group(&it.pe, |group| {
        let configs = group["properties"]["privateDnsZoneConfigs"].as_array_mut().unwrap();
        configs.push(json!({"name": "web", "properties": {"privateDnsZoneId": second.as_str()}}));
    });
    let found = commands(&judge(&it.e), "PE-004");
    assert!(found[1].contains("dns-zone-group create") && found[1].contains(first.as_str()), "{found:#?}");
    assert!(found[2].contains("dns-zone-group add") && found[2].contains(second.as_str()), "{found:#?}");
    assert_eq!(found.len(), 3);
}

#[test]
fn a_zone_group_that_may_not_be_read_is_unknown() {
    let mut it = group_in("Failed");
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("PE-004", &it.e, &["PE-004 pe unknown"]);
}

#[test]
fn a_failed_zone_is_probable_where_it_is_reported_on() {
    let mut it = Direct::new();
    let zone = it.zone.clone();
    state(&mut it, &zone, "Failed");
    let name = crate::small::BLOB;
    expect(&it.e, &[&format!("PE-004 {name} fail warning probable")]);
    assert!(commands(&judge(&it.e), "PE-004")[1].starts_with("az network private-dns zone update "));

    let mut it = crate::small::Hub::new();
    it.e.edit(&it.zone, |own| own["properties"]["provisioningState"] = "Failed".into());
    expect(&it.e, &[]);
}

#[test]
fn a_zone_that_has_nothing_to_do_with_private_link_is_left_alone() {
    let mut it = Direct::new();
    let zone = it.e.zone("contoso.internal");
    state(&mut it, &zone, "Failed");
    let mut collected = crate::judged::read(&it.e);
    collected.coverage.unrelated_zones.push(zone);
    expect_in(&crate::judged::judge_collected(collected), &[]);
}

#[test]
fn what_is_context_is_not_reported() {
    let mut it = Direct::new();
    it.e.in_subscription("elsewhere");
    let vnet = it.e.vnet("there", "10.9.0.0/16");
    let pe = it.e.endpoint("other", &vnet, storage("two", "blob"));
    state(&mut it, &pe, "Failed");
    expect(&it.e, &[]);
}

// PE-009

fn bare(change: impl FnOnce(&mut Value)) -> Direct {
    let mut it = Direct::new();
    let nic = it.e.interface_of(&it.pe);
    it.e.edit(&nic, change);
    it
}

#[test]
fn an_endpoint_without_its_interface_has_no_address() {
    let mut it = Direct::new();
    let nic = it.e.interface_of(&it.pe);
    it.e.remove(&nic);
    expect_of("PE-009", &it.e, &["PE-009 pe fail error certain"]);
    let report = judge(&it.e);
    let found = commands(&report, "PE-009");
    assert!(found[0].starts_with("az network private-endpoint delete "), "{found:#?}");
    for part in
        [" -n pe -l westeurope ", "/subnets/snet-endpoints ", "--group-id blob ", "--connection-name "]
    {
        assert!(found[1].contains(part), "{part}: {found:#?}");
    }
}

#[test]
fn an_interface_without_any_address_is_the_same() {
    let none = bare(|nic| nic["properties"]["ipConfigurations"] = json!([]));
    expect_of("PE-009", &none.e, &["PE-009 pe fail error certain"]);
    let empty = bare(|nic| {
        let own = &mut nic["properties"]["ipConfigurations"][0]["properties"];
        own.as_object_mut().unwrap().remove("privateIPAddress");
    });
    expect_of("PE-009", &empty.e, &["PE-009 pe fail error certain"]);
}

#[test]
fn names_are_no_condition_for_an_address() {
    let mut it = Direct::new();
    it.e.without_fqdns(&it.pe);
    expect_of("PE-009", &it.e, &[]);
    expect_of("PE-009", &Direct::new().e, &[]);
}

#[test]
fn interfaces_that_could_not_be_read_leave_it_unknown() {
    let mut it = Direct::new();
    it.e.gap(Kind::NetworkInterfaces, crate::estate::HOME, 403, "AuthorizationFailed");
    expect_of("PE-009", &it.e, &["PE-009 pe unknown"]);
    let odd = bare(|nic| nic["properties"]["ipConfigurations"] = json!("none"));
    expect_of("PE-009", &odd.e, &["PE-009 pe unknown"]);
}

#[test]
fn an_endpoint_that_is_not_approved_or_not_finished_needs_no_address() {
    let mut it = bare(|nic| nic["properties"]["ipConfigurations"] = json!([]));
    for status in ["Pending", "Rejected", "Disconnected"] {
        it.e.set_status(&it.pe, status);
        expect_of("PE-009", &it.e, &[]);
    }
    it.e.set_status(&it.pe, "Approved");
    for text in ["Updating", "Failed", "Deleting"] {
        let pe = it.pe.clone();
        state(&mut it, &pe, text);
        expect_of("PE-009", &it.e, &[]);
    }
}

// PE-010

fn asking(actions: impl Into<Value>) -> Direct {
    let mut it = Direct::new();
    let actions = actions.into();
    it.e.edit_connection(&it.pe, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["actionsRequired"] = actions;
    });
    it
}

#[test]
fn an_action_that_is_asked_for_is_shown_when_the_rule_is_turned_on() {
    let it = asking("Please refresh");
    expect_of("PE-010", &it.e, &["PE-010 pe fail info certain"]);
    expect(&it.e, &[]);
    let report = judge_with(&it.e, &["PE-010"], &Settings::default(), Options::default());
    assert_eq!(evidence(only(&report, "PE-010"), "actions"), "\"Please refresh\"");
}

#[test]
fn nothing_asked_for_is_no_finding() {
    for actions in [json!("None"), json!("none"), json!(""), json!(null)] {
        expect_of("PE-010", &asking(actions).e, &[]);
    }
}

#[test]
fn the_rules_about_connections_that_are_not_approved_show_the_text_themselves() {
    for status in ["Pending", "Rejected", "Disconnected"] {
        let mut it = asking("Manual approval request");
        it.e.set_status(&it.pe, status);
        expect_of("PE-010", &it.e, &[]);
    }
    let mut it = asking("Manual approval request");
    it.e.set_status(&it.pe, "Pending");
    assert_eq!(evidence(only(&judge(&it.e), "PE-001"), "actions"), "\"Manual approval request\"");
}
