//! PE-005, PE-012, PE-014, PE-015, and what a target says of a connection that waits.

use plaudit::finding::{Finding, Report};
use plaudit::inventory::{Collected, Gap, Kind, Resource, ResourceId, Want};
use plaudit::rules::{self, Settings};
use serde_json::{Value, json};

use crate::estate::services::{Service, alias, key_vault, private_link_service, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{
    evidence, expect, expect_in, expect_of, judge, judge_collected, not_judged, only, read, topology,
};
use crate::small::Direct;

pub fn commands(finding: &Finding) -> Vec<String> {
    finding.remediation.iter().filter_map(|step| step.command.clone()).collect()
}

/// What a deep run holds.
pub fn read_deep(e: &Estate) -> Collected {
    let mut collected = e.collected();
    collected.origin.scope.deep = true;
    for want in topology(collected.clone()).wanted() {
        collected.resources.extend(e.answer_read(&want));
        let coverage = &mut collected.coverage;
        match &want {
            Want::ZoneGroups { endpoint } => coverage.note_asked(Kind::PrivateDnsZoneGroups, endpoint),
            Want::Target { target } => {
                coverage.note_asked(Kind::Targets, target);
                coverage.note_asked(Kind::TargetConnections, target);
            }
            Want::LinkResources { target } => coverage.note_asked(Kind::LinkResources, target),
            _ => {}
        }
    }
    collected.coverage.normalise();
    collected
}

pub fn judge_rule(rule: &str, collected: Collected) -> Report {
    let mut rules = rules::all().unwrap();
    rules.iter_mut().for_each(|own| own.enabled = own.page.id == rule);
    plaudit::audit::audit(&topology(collected), &rules, &Settings::default())
}

pub fn deep(rule: &str, e: &Estate) -> Report {
    judge_rule(rule, read_deep(e))
}

#[track_caller]
pub fn expect_deep(rule: &str, e: &Estate, expected: &[&str]) {
    expect_in(&deep(rule, e), expected);
}

/// The reading of one thing was refused.
pub fn refuse(collected: &mut Collected, kind: Kind, target: &ResourceId) {
    collected.resources.retain(|own| match kind {
        Kind::Targets => own.id != *target,
        _ => !(Kind::of(&own.id) == Some(kind) && own.id.parent().as_ref() == Some(target)),
    });
    collected.coverage.gaps.push(Gap {
        subscription: target.subscription().map(str::to_owned),
        kind,
        resource: Some(target.clone()),
        status: Some(403),
        code: "AuthorizationFailed".into(),
        message: "no right".into(),
    });
    collected.coverage.normalise();
}

/// Puts a target's body into what was read.
fn hold(collected: &mut Collected, value: &Value) {
    let id = ResourceId::new(value["id"].as_str().unwrap());
    collected.resources.retain(|own| own.id != id);
    collected.resources.push(Resource { id, json: value.to_string().into() });
}

/// An endpoint of a key vault that lists its connections in its own body, beside the endpoint of an account.
pub fn one(service: Service, status: &str) -> (Direct, ResourceId, ResourceId) {
    let mut it = Direct::new();
    let vnet = it.vnet.clone();
    let pe = it.e.endpoint("own", &vnet, service);
    it.e.set_status(&pe, status);
    let target = it.e.target_id(&pe);
    (it, pe, target)
}

// PE-001: what the target says

#[test]
fn a_connection_that_waits_is_approved_by_its_real_id() {
    let (it, _, target) = one(storage("files", "file"), "Pending");
    let report = judge(&it.e);
    let finding = only(&report, "PE-001");
    assert_eq!(
        commands(finding),
        [format!(
            "az network private-endpoint-connection approve --id {target}/privateEndpointConnections/own.mirror --description \"approved after audit\""
        )]
    );
    assert_eq!(evidence(finding, "atTarget"), "\"Pending\"");
}

#[test]
fn what_is_left_of_an_older_endpoint_of_that_name_is_not_approved() {
    let (mut it, pe, target) = one(storage("files", "file"), "Pending");
    it.e.target_connection(&target, "a-old", &pe.as_str().to_uppercase(), "Disconnected");
    let found = commands(only(&judge(&it.e), "PE-001"));
    assert!(found[0].contains("/own.mirror "), "{found:#?}");
}

#[test]
fn a_connection_that_is_being_approved_is_not_judged() {
    let (mut it, pe, _) = one(storage("files", "file"), "Pending");
    it.e.edit_target_connection(&pe, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["status"] = "Approving".into();
    });
    let report = judge(&it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-001"), [("connection is being changed", 1)]);
}

#[test]
fn a_service_that_was_read_tells_the_name_too() {
    let (mut it, pe, _) = one(private_link_service("svc"), "Pending");
    let connection = |service: &str| {
        json!([{"id": format!("{service}/privateEndpointConnections/odd name"), "properties": {
            "privateEndpoint": {"id": pe.as_str()},
            "privateLinkServiceConnectionState": {"status": "Pending"}}}])
    };
    let service = it.e.target(&pe);
    it.e.add("privateLinkServices", "svc", json!({"privateEndpointConnections": connection(&service)}));
    let found = commands(only(&judge_rule("PE-001", read(&it.e)), "PE-001"));
    let home = it.e.subscription_guid(HOME);
    assert_eq!(
        found,
        [format!(
            "az network private-link-service connection update --subscription {home} -g rg-network --service-name svc -n 'odd name' --connection-status Approved"
        )]
    );
}

// PE-005

#[test]
fn a_target_that_is_gone_is_an_error_and_the_only_one() {
    for status in ["Pending", "Rejected", "Disconnected"] {
        let (mut it, _, target) = one(key_vault("kv"), status);
        it.e.delete_target(&target);
        expect(&it.e, &["PE-005 own fail error certain"]);
    }
}

#[test]
fn an_approved_endpoint_may_lead_to_something_that_was_moved() {
    let mut it = Direct::new();
    let target = it.e.target_id(&it.pe);
    it.e.delete_target(&target);
    expect(&it.e, &["PE-005 pe fail warning probable"]);
    let report = judge(&it.e);
    let finding = only(&report, "PE-005");
    assert!(finding.remediation[0].title.contains("if it was moved"), "{finding:#?}");
    assert!(commands(finding)[0].starts_with("az network private-endpoint delete "), "{finding:#?}");
    // Its names may still be asked for.
    it.e.remove(&it.record());
    expect(&it.e, &["DNS-021 pe fail error certain", "PE-005 pe fail warning probable"]);
}

#[test]
fn a_target_that_is_there_leaves_the_connection_s_own_fault() {
    let (it, _, _) = one(key_vault("kv"), "Disconnected");
    expect(&it.e, &["PE-003 own fail error certain"]);
}

#[test]
fn endpoints_of_one_target_that_is_gone_have_one_cause() {
    let (mut it, _, target) = one(key_vault("kv"), "Disconnected");
    let vnet = it.vnet.clone();
    let second = it.e.endpoint("second", &vnet, key_vault("kv"));
    it.e.set_status(&second, "Disconnected");
    it.e.delete_target(&target);
    let report = judge(&it.e);
    expect_in(&report, &["PE-005 own fail error certain", "PE-005 second fail error certain"]);
    assert_eq!(report.findings[0].cause, report.findings[1].cause);
    assert_eq!(report.findings[0].headline, report.findings[1].headline);
}

#[test]
fn a_target_that_may_not_be_read_is_unknown_and_mutes_nothing() {
    let (it, _, target) = one(key_vault("kv"), "Disconnected");
    let mut collected = read(&it.e);
    refuse(&mut collected, Kind::Targets, &target);
    let report = judge_collected(collected);
    let found: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| ["PE-003", "PE-005"].contains(&finding.rule))
        .map(crate::judged::line)
        .collect();
    assert_eq!(found, ["PE-003 own fail error certain", "PE-005 own unknown"]);
}

#[test]
fn what_was_never_asked_for_is_not_judged() {
    let far = "/subscriptions/9a7c1f00-0000-4000-8000-00000000000a/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv";
    let name = "svc.d57b5457-4000-4000-8000-000000000001.westeurope.azure.privatelinkservice";
    for (service, status, reason) in [
        (key_vault("kv"), "Approved", "target was not asked for: --deep asks for all"),
        (key_vault("kv").at(far), "Disconnected", "target's subscription cannot be seen"),
        (alias(name), "Disconnected", "connection names an alias, and no resource"),
        (Service::new("Microsoft.Contoso/things", "t", "g"), "Disconnected", "target's type cannot be asked"),
    ] {
        let (it, _, _) = one(service, status);
        let report = judge_rule("PE-005", read(&it.e));
        expect_in(&report, &[]);
        assert_eq!(not_judged(&report, "PE-005"), [(reason, 1)]);
    }
}

#[test]
fn a_deep_run_asks_for_the_targets_of_approved_endpoints_too() {
    let (mut it, _, target) = one(key_vault("kv"), "Approved");
    it.e.delete_target(&target);
    expect_of("PE-005", &it.e, &[]);
    expect_deep("PE-005", &it.e, &["PE-005 own fail warning probable"]);
}

#[test]
fn an_endpoint_that_is_being_deleted_may_have_lost_its_target() {
    let (mut it, pe, target) = one(key_vault("kv"), "Disconnected");
    it.e.delete_target(&target);
    it.e.edit(&pe, |pe| pe["properties"]["provisioningState"] = "Deleting".into());
    expect_of("PE-005", &it.e, &[]);
}

#[test]
fn a_private_link_service_that_is_gone_is_left_to_the_rules_about_services() {
    let (it, _, _) = one(private_link_service("svc"), "Disconnected");
    let report = judge_rule("PE-005", read(&it.e));
    expect_in(&report, &[]);
    expect_of("PE-003", &it.e, &["PE-003 own fail error certain"]);
}

// PE-012

fn public(service: Service, access: &str) -> (Direct, ResourceId, ResourceId) {
    let (mut it, pe, target) = one(service, "Approved");
    it.e.set_target(&target, "publicNetworkAccess", access);
    (it, pe, target)
}

#[test]
fn a_target_that_answers_everybody_is_shown() {
    let (mut it, _, target) = public(key_vault("kv"), "Enabled");
    expect_deep("PE-012", &it.e, &["PE-012 kv fail warning certain"]);
    assert!(
        judge_collected(read_deep(&it.e)).findings.iter().all(|own| own.rule != "PE-012"),
        "off by default"
    );
    it.e.set_target(&target, "networkAcls", json!({"defaultAction": "allow"}));
    expect_deep("PE-012", &it.e, &["PE-012 kv fail warning certain"]);
    let vnet = it.vnet.clone();
    it.e.endpoint("second", &vnet, key_vault("kv"));
    let report = deep("PE-012", &it.e);
    let finding = only(&report, "PE-012");
    assert_eq!(evidence(finding, "endpoints"), "2");
    let home = it.e.subscription_guid(HOME);
    assert_eq!(
        commands(finding),
        [format!(
            "az keyvault update --subscription {home} -g rg-network -n kv --public-network-access Disabled"
        )]
    );
}

#[test]
fn a_target_that_is_closed_or_denies_by_default_is_fine() {
    for access in ["Disabled", "disabled", "SecuredByPerimeter"] {
        expect_deep("PE-012", &public(key_vault("kv"), access).0.e, &[]);
    }
    for field in ["networkAcls", "networkRuleSet"] {
        let (mut it, _, target) = public(key_vault("kv"), "Enabled");
        it.e.set_target(&target, field, json!({"defaultAction": "Deny"}));
        expect_deep("PE-012", &it.e, &[]);
    }
}

#[test]
fn a_target_that_does_not_tell_is_not_judged() {
    let (mut it, _, target) = public(key_vault("kv"), "");
    it.e.set_target(&target, "publicNetworkAccess", Value::Null);
    let report = deep("PE-012", &it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-012"), [("target does not tell whether it is public", 1)]);
    it.e.set_target(&target, "publicNetworkAccess", json!(["odd"]));
    expect_deep("PE-012", &it.e, &["PE-012 kv unknown"]);
}

#[test]
fn accounts_of_azure_migrate_must_stay_reachable() {
    for name in ["lsa1234", "migratelsa1234", "gwsa1234", "MigrateGwsa1234"] {
        let mut it = public(storage(name, "file"), "Enabled").0;
        it.e.migrate_project("contoso");
        expect_deep("PE-012", &it.e, &[]);
    }
    expect_deep(
        "PE-012",
        &public(storage("salsa", "file"), "Enabled").0.e,
        &["PE-012 salsa fail warning certain"],
    );
    expect_deep("PE-012", &public(key_vault("lsa"), "Enabled").0.e, &["PE-012 lsa fail warning certain"]);
    // Without a project it is anybody's, unless nobody could read whether there is one.
    let mut it = public(storage("lsanalytics", "blob"), "Enabled").0;
    let with_projects = |e: &Estate| judge_rule("PE-012", crate::estate::rounds::read_deep(e));
    expect_in(&with_projects(&it.e), &["PE-012 lsanalytics fail warning certain"]);
    it.e.gap(Kind::MigrationResources, HOME, 403, "AuthorizationFailed");
    expect_in(&with_projects(&it.e), &[]);
}

#[test]
fn what_nothing_leads_to_yet_may_stay_public() {
    let (mut it, pe, _) = public(key_vault("kv"), "Enabled");
    it.e.edit(&pe, |pe| pe["properties"]["provisioningState"] = "Updating".into());
    expect_deep("PE-012", &it.e, &[]);
    it.e.edit(&pe, |pe| pe["properties"]["provisioningState"] = "Succeeded".into());
    it.e.set_status(&pe, "Pending");
    expect_deep("PE-012", &it.e, &[]);
}

#[test]
fn a_target_that_could_not_be_read_may_be_public() {
    let (mut it, _, target) = public(key_vault("kv"), "Enabled");
    let mut collected = read_deep(&it.e);
    refuse(&mut collected, Kind::Targets, &target);
    expect_in(&judge_rule("PE-012", collected), &["PE-012 kv unknown"]);
    expect_of("PE-012", &it.e, &[]);
    it.e.delete_target(&target);
    expect_deep("PE-012", &it.e, &[]);
}

// PE-014

/// An account with a hierarchical namespace and an endpoint for blob.
fn lake() -> (Direct, ResourceId) {
    let mut it = Direct::new();
    let account = it.e.target_id(&it.pe);
    it.e.set_target(&account, "isHnsEnabled", true);
    it.e.set_target(&account, "privateEndpointConnections", connections(&account, &[&it.pe]));
    (it, account)
}

pub fn connections(account: &ResourceId, endpoints: &[&ResourceId]) -> Value {
    let connection = |endpoint: &&ResourceId| {
        json!({"id": format!("{account}/privateEndpointConnections/{}", endpoint.name()), "properties": {
            "privateEndpoint": {"id": endpoint.as_str()},
            "privateLinkServiceConnectionState": {"status": "Approved"}}})
    };
    endpoints.iter().map(connection).collect()
}

const HALF: &[&str] = &["PE-014 acct fail warning certain"];

#[test]
fn a_lake_with_one_of_its_two_endpoints_is_shown() {
    let (mut it, _) = lake();
    expect(&it.e, HALF);
    expect_deep("PE-014", &it.e, HALF);
    it.e.edit_connection(&it.pe, |c| c["properties"]["groupIds"] = json!(["DFS"]));
    expect_of("PE-014", &it.e, HALF);
}

#[test]
fn the_second_endpoint_is_made_beside_the_first() {
    let (mut it, account) = lake();
    let zone = it.e.zone("privatelink.dfs.core.windows.net");
    let found = commands(only(&judge(&it.e), "PE-014"));
    for part in [
        " -n pe-dfs -l westeurope ",
        "/subnets/snet-endpoints ",
        account.as_str(),
        "--group-id dfs --connection-name pe-dfs",
    ] {
        assert!(found[0].contains(part), "{part}: {found:#?}");
    }
    assert!(found[1].contains("--endpoint-name pe-dfs ") && found[1].contains(zone.as_str()), "{found:#?}");
}

#[test]
fn both_endpoints_or_no_namespace_are_fine() {
    let (mut it, _) = lake();
    let vnet = it.vnet.clone();
    let dfs = it.e.endpoint("dfs", &vnet, storage("acct", "dfs"));
    expect_of("PE-014", &it.e, &[]);
    // One that waits is told by PE-001.
    it.e.set_status(&dfs, "Pending");
    expect_of("PE-014", &it.e, &[]);
    expect_of("PE-014", &Direct::new().e, &[]);
    let (mut it, account) = lake();
    it.e.set_target(&account, "isHnsEnabled", false);
    expect_of("PE-014", &it.e, &[]);
}

#[test]
fn other_group_ids_and_other_types_have_no_second_name() {
    let (mut it, _) = lake();
    for group in ["file", "blob_secondary", "web"] {
        it.e.edit_connection(&it.pe, |c| c["properties"]["groupIds"] = json!([group]));
        expect_of("PE-014", &it.e, &[]);
    }
}

#[test]
fn an_endpoint_that_does_not_work_is_no_first_half() {
    let (mut it, _) = lake();
    it.e.set_status(&it.pe, "Pending");
    expect_of("PE-014", &it.e, &[]);
}

#[test]
fn a_connection_that_cannot_be_seen_may_be_the_other_half() {
    let (mut it, account) = lake();
    let far = ResourceId::new(
        "/subscriptions/9a7c1f00-0000-4000-8000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/far",
    );
    it.e.set_target(&account, "privateEndpointConnections", connections(&account, &[&it.pe, &far]));
    expect_of("PE-014", &it.e, &["PE-014 acct fail info possible"]);
    // One that was rejected is no half, and one in a managed network serves that alone.
    let mut both = connections(&account, &[&it.pe, &far]);
    both[1]["properties"]["privateLinkServiceConnectionState"]["status"] = "Rejected".into();
    it.e.set_target(&account, "privateEndpointConnections", both);
    expect_of("PE-014", &it.e, HALF);
    let managed = ResourceId::new(
        "/subscriptions/9a7c1f00-0000-4000-8000-00000000000a/resourceGroups/vnet-1a2b-westeurope-7-rg/providers/Microsoft.Network/privateEndpoints/factory.lake",
    );
    it.e.set_target(&account, "privateEndpointConnections", connections(&account, &[&it.pe, &managed]));
    expect_of("PE-014", &it.e, HALF);
}

#[test]
fn without_the_account_s_own_list_the_endpoints_in_sight_decide() {
    let (mut it, account) = lake();
    it.e.set_target(&account, "privateEndpointConnections", Value::Null);
    expect_of("PE-014", &it.e, HALF);
    it.e.in_subscription("elsewhere");
    let mut collected = read(&it.e);
    collected.coverage.subscriptions.iter_mut().for_each(|own| {
        if own.id == it.e.subscription_guid("elsewhere") {
            own.kinds.retain(|kind| *kind != Kind::PrivateEndpoints);
        }
    });
    expect_in(&judge_rule("PE-014", collected), &["PE-014 acct fail warning probable"]);
    it.e.gap(Kind::PrivateEndpoints, "elsewhere", 403, "AuthorizationFailed");
    expect_of("PE-014", &it.e, &["PE-014 acct unknown"]);
}

#[test]
fn an_account_that_could_not_be_read_may_be_a_lake() {
    let (mut it, account) = lake();
    let mut odd = read(&it.e);
    let mut body = it.e.target_object(&account);
    body["properties"]["isHnsEnabled"] = json!("maybe");
    hold(&mut odd, &body);
    expect_in(&judge_rule("PE-014", odd), &["PE-014 acct unknown"]);
    it.e.gap(Kind::StorageAccounts, HOME, 403, "AuthorizationFailed");
    let mut unlisted = read(&it.e);
    unlisted.resources.retain(|own| own.id != account);
    expect_in(&judge_rule("PE-014", unlisted), &["PE-014 acct unknown"]);
    let (mut it, account) = lake();
    it.e.delete_target(&account);
    expect_of("PE-014", &it.e, &[]);
}

// PE-015

fn offering(group: &str, offered: &[&str]) -> Direct {
    let (mut it, pe, target) = one(key_vault("kv"), "Approved");
    it.e.edit_connection(&pe, |c| c["properties"]["groupIds"] = json!([group]));
    for group in offered {
        it.e.link_resource(&target, group, &[]);
    }
    let own = it.e.target_id(&it.pe);
    it.e.link_resource(&own, "blob", &[]);
    it
}

#[test]
fn a_group_id_that_is_not_offered_is_shown() {
    let mut it = offering("vaults", &["vault", "managedhsm"]);
    expect_deep("PE-015", &it.e, &["PE-015 own fail warning probable"]);
    let report = deep("PE-015", &it.e);
    assert_eq!(evidence(only(&report, "PE-015"), "offered"), r#"["managedhsm","vault"]"#);
    // Nor does the zone table know it.
    expect(&it.e, &["DNS-032 own fail info certain"]);
    let pe = ResourceId::new(&it.pe.as_str().replace("privateEndpoints/pe", "privateEndpoints/own"));
    it.e.set_status(&pe, "Pending");
    expect_deep("PE-015", &it.e, &["PE-015 own fail warning certain"]);
}

#[test]
fn group_ids_are_compared_without_case_replicas_or_slots() {
    expect_deep("PE-015", &offering("VAULT", &["vault"]).e, &[]);
    expect_deep("PE-015", &offering("blob_secondary", &["blob"]).e, &[]);
    expect_deep("PE-015", &offering("Sites-staging", &["sites"]).e, &[]);
    expect_deep("PE-015", &offering("blob_tertiary", &["blob"]).e, &["PE-015 own fail warning probable"]);
}

#[test]
fn targets_that_tell_no_groups_are_not_judged() {
    let report = deep("PE-015", &offering("vaults", &[]).e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-015"), [("target tells no group ids", 1)]);
    let report = judge_rule("PE-015", read(&offering("vaults", &["vault"]).e));
    expect_in(&report, &[]);
}

#[test]
fn targets_with_groups_of_their_owner_s_own_are_left_alone() {
    for service in [
        private_link_service("svc"),
        Service::new("Microsoft.Network/applicationGateways", "gw", "frontend"),
        Service::new("Microsoft.ElasticSan/elasticSans", "san", "volumes"),
    ] {
        let (mut it, _, target) = one(service, "Approved");
        it.e.link_resource(&target, "other", &[]);
        expect_deep("PE-015", &it.e, &[]);
    }
}

#[test]
fn group_ids_that_could_not_be_read_are_unknown() {
    let it = offering("vaults", &["vault"]);
    let mut collected = read_deep(&it.e);
    let target = ResourceId::new(
        &it.e
            .target(&it.pe)
            .replace("Microsoft.Storage/storageAccounts/acct", "Microsoft.KeyVault/vaults/kv"),
    );
    refuse(&mut collected, Kind::LinkResources, &target);
    expect_in(&judge_rule("PE-015", collected), &["PE-015 own unknown"]);
}
