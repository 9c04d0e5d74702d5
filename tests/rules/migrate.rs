//! MIG-001 to MIG-010, and the roles that other rules' findings name.

use plaudit::finding::Report;
use plaudit::inventory::{Kind, Pack, ResourceId, Want, wire};
use plaudit::rules::{self, ExpectedRoutes, Settings};
use plaudit::topology::{Options, Topology};
use serde_json::json;

use crate::estate::migration::migration;
use crate::estate::rounds::TABLE;
use crate::estate::services::{key_vault, service_bus, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect_in, judge, judge_with, not_judged, only, read, topology};
use crate::targets::commands;

const ZONE: &str = "privatelink.prod.migration.windowsazure.com";
const VAULTS: &str = "privatelink.vaultcore.azure.net";
const BLOBS: &str = "privatelink.blob.core.windows.net";
const APPLIANCE: &str = "0b6f3c3e-52a4-4b59-9d8e-3f0c1d1f7a11";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// A private project with a key vault, a site and the two accounts, in the group of the network, each with what it
/// takes. Nothing is wrong with it.
struct Migrated {
    e: Estate,
    vnet: ResourceId,
    project: ResourceId,
    cache: ResourceId,
    gateway: ResourceId,
    own: ResourceId,
    vault: ResourceId,
    zones: [ResourceId; 3],
}

fn migrated() -> Migrated {
    let mut e = Estate::new();
    e.packs = vec![Pack::AzureMigrate];
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.client(&vnet);
    let zones = [ZONE, VAULTS, BLOBS].map(|zone| e.zone(zone));
    zones.iter().for_each(|zone| drop(e.link(zone, &vnet)));
    let project = e.migrate_project("contoso");
    e.migration_resource("Microsoft.OffAzure/VMwareSites", "contososite");
    let cache = e.account("lsa0a1b2c", json!({}));
    let gateway = e.account("gwsa0a1b2c", json!({}));
    let own = e.endpoint("pe-project", &vnet, migration(&project));
    let vault = e.endpoint("pe-vault", &vnet, key_vault("migratekv1"));
    let blob = e.endpoint("pe-cache", &vnet, storage("lsa0a1b2c", "blob"));
    for (endpoint, zone) in [&own, &vault, &blob].into_iter().zip(&zones) {
        e.zone_group(endpoint, &[zone]);
    }
    Migrated { e, vnet, project, cache, gateway, own, vault, zones }
}

fn private() -> Settings {
    Settings { expect_er: ExpectedRoutes { private: true, microsoft: false }, ..Settings::default() }
}

fn of(rule: &str, e: &Estate, settings: &Settings) -> Report {
    judge_with(e, &[rule], settings, Options::default())
}

#[track_caller]
fn expect_of(rule: &str, e: &Estate, settings: &Settings, expected: &[&str]) {
    expect_in(&of(rule, e, settings), expected);
}

// The pack

#[test]
fn a_sound_migration_has_nothing_to_say() {
    let it = migrated();
    let settings = Settings { expect_onprem: false, ..private() };
    let rules = rules::all().unwrap();
    let all = topology(read(&it.e));
    let report = plaudit::audit::audit(&all, &rules, &settings);
    expect_in(&report, &[]);
    assert!(!report.incomplete, "{:#?}", report.findings);
    let ran = report.tallies.iter().filter(|tally| tally.rule.starts_with("MIG-")).count();
    assert_eq!(ran, 10);
}

#[test]
fn the_pack_runs_when_it_is_asked_for_or_a_project_is_seen() {
    let ran = |report: &Report| report.tallies.iter().any(|tally| tally.rule.starts_with("MIG-"));
    // Asked for by the reading.
    let mut it = migrated();
    let report = judge(&it.e);
    assert!(ran(&report) && report.notes.is_empty(), "{:?}", report.notes);
    // Nobody asked, and an endpoint leads to a project: then it is read, and the reason is told.
    it.e.packs.clear();
    let report = judge(&it.e);
    assert!(
        ran(&report) && report.notes[0].contains("a project of Azure Migrate, contoso"),
        "{:?}",
        report.notes
    );
    assert!(!report.tallies.iter().any(|tally| tally.rule.starts_with("ER-")));
    // Nothing of Azure Migrate.
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.endpoint("pe", &vnet, storage("acct", "blob"));
    assert!(!ran(&judge(&e)));
    let asked = Settings { packs: vec![Pack::AzureMigrate], ..Settings::default() };
    assert!(ran(&plaudit::audit::audit(&topology(read(&e)), &rules::all().unwrap(), &asked)));
}

#[test]
fn an_estate_without_projects_costs_a_list_a_subscription() {
    let mut e = Estate::new();
    e.packs = vec![Pack::AzureMigrate];
    e.vnet("vnet", "10.1.0.0/16");
    let home = e.subscription_guid(HOME);
    let all = |e: &Estate| topology(e.collected()).wanted();
    assert_eq!(all(&e), [Want::List { subscription: home.clone(), kind: Kind::MigrationResources }]);
    e.packs.clear();
    assert!(all(&e).is_empty());
    // A project asks for its accounts, and for vaults and roles where an identity is named.
    e.migrate_project("contoso");
    e.packs = vec![Pack::AzureMigrate];
    let kinds = |e: &Estate| read(e).coverage.subscriptions[0].kinds.clone();
    assert!(kinds(&e).contains(&Kind::StorageAccounts) && !kinds(&e).contains(&Kind::KeyVaults));
    e.appliance = Some(APPLIANCE.to_owned());
    assert!(kinds(&e).contains(&Kind::KeyVaults) && kinds(&e).contains(&Kind::RoleAssignments));
}

#[test]
fn an_endpoint_to_a_cache_finds_a_public_project() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.account("lsa0a1b2c", json!({"publicNetworkAccess": "Disabled"}));
    e.endpoint("pe-cache", &vnet, storage("lsa0a1b2c", "blob"));
    let kinds = |e: &Estate| read(e).coverage.subscriptions[0].kinds.clone();
    assert!(kinds(&e).contains(&Kind::MigrationResources));
    let ran = |report: &Report| report.tallies.iter().any(|tally| tally.rule.starts_with("MIG-"));
    assert!(!ran(&judge(&e)));
    e.migrate_project("contoso");
    let report = judge(&e);
    assert!(ran(&report) && report.notes[0].contains("contoso"), "{:?}", report.notes);
    assert!(report.findings.iter().any(|found| found.rule == "MIG-004"), "{:#?}", report.findings);
    // An account of any other name costs no list.
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.endpoint("pe", &vnet, storage("stsales", "blob"));
    assert!(!kinds(&e).contains(&Kind::MigrationResources));
}

#[test]
fn what_was_read_without_the_pack_cannot_be_judged_with_it() {
    let mut e = Estate::new();
    e.vnet("vnet", "10.1.0.0/16");
    let asked = Settings { packs: vec![Pack::AzureMigrate], ..Settings::default() };
    let home = e.subscription_guid(HOME);
    let report = of("MIG-001", &e, &asked);
    expect_in(&report, &[&format!("MIG-001 {home} unknown")]);
    assert!(report.incomplete);
    // The list was refused.
    let mut it = migrated();
    it.e.gap(Kind::MigrationResources, HOME, 403, "AuthorizationFailed");
    for rule in ["MIG-001", "MIG-004", "MIG-005", "MIG-007", "MIG-009"] {
        let unknown = format!("{rule} {home} unknown");
        let report = of(rule, &it.e, &Settings::default());
        assert!(
            report.findings.iter().any(|found| crate::judged::line(found) == unknown),
            "{rule}: {:#?}",
            report.findings
        );
    }
}

#[test]
fn findings_of_other_rules_name_the_role() {
    let mut it = migrated();
    it.e.pending(&it.vault);
    let report = judge(&it.e);
    expect_in(&report, &["PE-001 pe-vault fail error certain"]);
    let finding = only(&report, "PE-001");
    assert!(finding.message.ends_with("[key vault of Azure Migrate project contoso]"), "{}", finding.message);
    assert_eq!(evidence(finding, "migrationRole"), "\"key vault of Azure Migrate project contoso\"");
}

// MIG-001

#[test]
fn a_zone_that_no_endpoint_in_view_asks_for_is_mig_001() {
    // The network team's endpoint, in a subscription that is read for context.
    let mut it = migrated();
    it.e.in_subscription("network");
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.client(&far);
    it.e.endpoint("pe-far", &far, migration(&it.project));
    expect_of("MIG-001", &it.e, &Settings::default(), &[]);
    it.e.remove(&it.zones[0]);
    expect_of("MIG-001", &it.e, &Settings::default(), &["MIG-001 contoso fail error certain"]);
    let report = of("MIG-001", &it.e, &Settings::default());
    let finding = only(&report, "MIG-001");
    assert!(finding.message.contains(ZONE) && finding.message.contains("pe-far (migrate project)"));
    assert!(commands(finding)[0].ends_with(&format!("-n {ZONE}")), "{:?}", commands(finding));
    // Endpoints in view are DNS-001's.
    assert_eq!(not_judged(&report, "MIG-001"), [("DNS-001 tells of the endpoint's zones", 3)]);
    it.e.every_visible_subscription = false;
    expect_of("MIG-001", &it.e, &Settings::default(), &["MIG-001 contoso unknown"]);
}

#[test]
fn the_cache_needs_its_zone_before_its_endpoint() {
    let mut it = migrated();
    let blob = it.e.id_of("Microsoft.Network/privateEndpoints", "pe-cache");
    it.e.remove(&blob).remove(&it.zones[2]);
    expect_of("MIG-001", &it.e, &Settings::default(), &[]);
    expect_of("MIG-001", &it.e, &private(), &["MIG-001 contoso fail warning probable"]);
}

// MIG-002, MIG-003

#[test]
fn a_cache_without_an_endpoint_is_mig_002() {
    let mut it = migrated();
    expect_of("MIG-002", &it.e, &private(), &[]);
    let blob = it.e.id_of("Microsoft.Network/privateEndpoints", "pe-cache");
    it.e.pending(&blob);
    let report = of("MIG-002", &it.e, &private());
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "MIG-002").len(), 1);
    it.e.remove(&blob);
    expect_of("MIG-002", &it.e, &private(), &["MIG-002 lsa0a1b2c fail warning certain"]);
    expect_of("MIG-002", &it.e, &Settings::default(), &[]);
    let finding = of("MIG-002", &it.e, &private());
    assert!(commands(only(&finding, "MIG-002"))[0].contains("--group-id blob"));
    it.e.gap(Kind::PrivateEndpoints, HOME, 403, "AuthorizationFailed");
    expect_of("MIG-002", &it.e, &private(), &["MIG-002 lsa0a1b2c unknown"]);
}

#[test]
fn an_account_of_an_older_kind_is_mig_003() {
    let mut it = migrated();
    expect_of("MIG-003", &it.e, &Settings::default(), &[]);
    for (kind, line) in [
        ("Storage", Some("MIG-003 lsa0a1b2c fail error certain")),
        // An endpoint leads to it, so that it can have one.
        ("blobstorage", None),
        ("BlockBlobStorage", None),
        ("storagev2", None),
        ("", None),
    ] {
        it.e.edit(&it.cache, |account| account["kind"] = kind.into());
        expect_of("MIG-003", &it.e, &Settings::default(), line.as_slice());
    }
    let blob = it.e.id_of("Microsoft.Network/privateEndpoints", "pe-cache");
    it.e.pending(&blob);
    for (kind, line) in [
        ("BlobStorage", "MIG-003 lsa0a1b2c fail info possible"),
        ("BlockBlobStorage", "MIG-003 lsa0a1b2c fail warning probable"),
    ] {
        it.e.edit(&it.cache, |account| account["kind"] = kind.into());
        expect_of("MIG-003", &it.e, &Settings::default(), &[line]);
    }
    it.e.edit(&it.cache, |account| account["kind"] = "StorageV2".into());
    // The gateway account is never behind an endpoint.
    it.e.edit(&it.gateway, |account| account["kind"] = "Storage".into());
    expect_of("MIG-003", &it.e, &Settings::default(), &[]);
    // A kind that is no text cannot be known.
    it.e.edit(&it.cache, |account| account["kind"] = json!(7));
    expect_of("MIG-003", &it.e, &Settings::default(), &["MIG-003 lsa0a1b2c unknown"]);
}

#[test]
fn an_account_elsewhere_serves_no_migration() {
    let mut it = migrated();
    it.e.in_group("rg-other");
    it.e.account("lsaother", json!({"publicNetworkAccess": "Disabled"}));
    it.e.in_group("rg-network");
    it.e.account("stother", json!({"publicNetworkAccess": "Disabled"}));
    expect_of("MIG-004", &it.e, &Settings::default(), &[]);
}

// MIG-004, MIG-005

#[test]
fn accounts_that_are_closed_are_mig_004_and_mig_005() {
    let rules = |bypass: &str, ips: serde_json::Value| json!({"defaultAction": "Deny", "bypass": bypass, "ipRules": ips});
    let certain = "fail error certain";
    for (access, acls, cache, gateway) in [
        ("Enabled", json!({"defaultAction": "Allow"}), None, None),
        ("Disabled", json!({"defaultAction": "Allow"}), Some(certain), Some(certain)),
        ("Enabled", rules("Logging, AzureServices", json!([])), None, Some(certain)),
        ("Enabled", rules("None", json!([])), Some(certain), Some(certain)),
        (
            "Enabled",
            rules("None", json!([{"value": "203.0.113.7"}])),
            Some(certain),
            Some("fail info possible"),
        ),
        (
            "Enabled",
            rules("AzureServices", json!([{"value": "203.0.113.7"}])),
            None,
            Some("fail info possible"),
        ),
        ("SecuredByPerimeter", json!({}), None, None),
        ("Enabled", json!({"defaultAction": 7}), Some("unknown"), Some("unknown")),
        ("Enabled", json!({}), None, None),
    ] {
        let mut it = migrated();
        for id in [&it.cache, &it.gateway] {
            it.e.edit(id, |account| {
                account["properties"]["publicNetworkAccess"] = access.into();
                account["properties"]["networkAcls"] = acls.clone();
            });
        }
        let line = |rule: &str, account: &str, told: Option<&str>| {
            told.map(|told| format!("{rule} {account} {told}"))
        };
        for (rule, line) in [
            ("MIG-004", line("MIG-004", "lsa0a1b2c", cache)),
            ("MIG-005", line("MIG-005", "gwsa0a1b2c", gateway)),
        ] {
            let expected: Vec<&str> = line.iter().map(String::as_str).collect();
            expect_of(rule, &it.e, &Settings::default(), &expected);
        }
    }
}

#[test]
fn what_must_stay_public_is_no_pe_012() {
    let mut it = migrated();
    it.e.edit(&it.cache, |account| account["properties"]["publicNetworkAccess"] = "Disabled".into());
    let command = |e: &Estate| {
        let report = of("MIG-004", e, &Settings::default());
        let step = only(&report, "MIG-004").remediation[0].clone();
        (step.title, step.command.unwrap())
    };
    // Nobody else gets in, and what got in before still does.
    it.e.edit(&it.cache, |account| {
        account["properties"]["networkAcls"]["bypass"] = "Metrics, AzureServices,Logging; rm".into();
    });
    let (title, opened) = command(&it.e);
    assert!(title.ends_with("services that Azure trusts alone"), "{title}");
    assert!(
        opened.ends_with(
            "--public-network-access Enabled --default-action Deny --bypass Metrics AzureServices"
        ),
        "{opened}"
    );
    // Servers that have no private endpoint must get in too, which is told.
    let blob = it.e.id_of("Microsoft.Network/privateEndpoints", "pe-cache");
    it.e.pending(&blob);
    let (title, opened) = command(&it.e);
    assert!(title.contains("to everybody who has a key or a token"), "{title}");
    assert!(!opened.contains("--default-action"), "{opened}");
    it.e.edit(&it.cache, |account| account["properties"]["networkAcls"]["defaultAction"] = "Deny".into());
    let (title, _) = command(&it.e);
    assert!(title.ends_with("services that Azure trusts alone"), "{title}");
    it.e.edit(&it.cache, |account| account["properties"]["publicNetworkAccess"] = "Enabled".into());
    expect_of("PE-012", &it.e, &Settings::default(), &[]);
}

#[test]
fn without_a_site_of_vmware_it_is_probable() {
    let mut it = migrated();
    let site = it.e.id_of("Microsoft.OffAzure/VMwareSites", "contososite");
    it.e.remove(&site);
    it.e.edit(&it.cache, |account| account["properties"]["publicNetworkAccess"] = "Disabled".into());
    expect_of("MIG-004", &it.e, &Settings::default(), &["MIG-004 lsa0a1b2c fail warning probable"]);
}

#[test]
fn accounts_that_cannot_be_listed_are_unknown() {
    let mut it = migrated();
    it.e.gap(Kind::StorageAccounts, HOME, 403, "AuthorizationFailed");
    let home = it.e.subscription_guid(HOME);
    expect_of("MIG-005", &it.e, &Settings::default(), &[&format!("MIG-005 {home} unknown")]);
}

// MIG-006

#[test]
fn a_network_without_any_gateway_is_mig_006() {
    let settings = Settings { expect_onprem: true, ..Settings::default() };
    let mut it = migrated();
    expect_of("MIG-006", &it.e, &settings, &["MIG-006 vnet fail error certain"]);
    let report = of("MIG-006", &it.e, &settings);
    assert!(only(&report, "MIG-006").message.contains("pe-vault: key vault"), "{:#?}", report.findings);
    expect_of("MIG-006", &it.e, &Settings::default(), &[]);
    // A hub whose gateway is not used is another rule's.
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.gateway(&hub, "10.0.255.0/27");
    it.e.peer(&hub, &it.vnet);
    let report = of("MIG-006", &it.e, &settings);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "MIG-006").len(), 1);
    let mut it = migrated();
    it.e.gateway(&it.vnet, "10.1.255.0/27");
    expect_of("MIG-006", &it.e, &settings, &[]);
    let mut it = migrated();
    it.e.peer_with_unread(&it.vnet, "far");
    expect_of("MIG-006", &it.e, &settings, &["MIG-006 vnet unknown"]);
    // An appliance of SD-WAN needs no gateway.
    let mut it = migrated();
    let hub = it.e.vnet("hub", "10.0.0.0/16");
    it.e.peer(&hub, &it.vnet);
    let machines = it.e.subnet(&it.vnet, "machines", "10.1.9.0/24");
    it.e.route(&machines, "192.168.0.0/16", "VirtualAppliance", "10.0.1.4");
    let report = of("MIG-006", &it.e, &settings);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "MIG-006"), [("routes of the network lead to an appliance", 1)]);
}

// MIG-007 to MIG-009

#[test]
fn an_endpoint_out_of_view_that_waits_is_mig_007() {
    let mut it = migrated();
    it.e.pending(&it.own);
    let report = of("MIG-007", &it.e, &Settings::default());
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "MIG-007"), [("PE-001, PE-002 and PE-003 tell of the endpoint", 3)]);
    it.e.in_subscription("network");
    let far = it.e.vnet("far", "10.9.0.0/16");
    let pe = it.e.endpoint("pe-far", &far, migration(&it.project));
    for (status, line) in [
        ("Approved", None),
        ("Pending", Some("MIG-007 contoso fail error certain")),
        ("rejected", Some("MIG-007 contoso fail error certain")),
        ("Approving", None),
        ("Levitating", Some("MIG-007 contoso unknown")),
    ] {
        it.e.set_status(&pe, status);
        expect_of("MIG-007", &it.e, &Settings::default(), line.as_slice());
    }
    // The command line cannot approve for a project, and can for an account.
    it.e.set_status(&pe, "Pending");
    let report = of("MIG-007", &it.e, &Settings::default());
    let steps = &only(&report, "MIG-007").remediation;
    assert!(
        steps.iter().all(|step| step.command.is_none()) && steps[0].title.contains("portal"),
        "{steps:?}"
    );
    it.e.remove(&pe);
    let blob = it.e.endpoint("pe-far-2", &far, storage("x", "blob").at(it.cache.as_str()));
    it.e.set_status(&blob, "Pending");
    let report = of("MIG-007", &it.e, &Settings::default());
    let found = commands(only(&report, "MIG-007"));
    assert!(found.iter().any(|command| command.contains("private-endpoint-connection approve")), "{found:?}");
}

/// A project beside another in its group, with a network of its own.
fn with_neighbour(public: bool) -> (Migrated, ResourceId) {
    let mut it = migrated();
    let project = it.e.migrate_project("fabrikam");
    let other = it.e.vnet("other", "10.2.0.0/16");
    if !public {
        it.e.endpoint("pe-fabrikam", &other, migration(&project));
    }
    (it, other)
}

#[test]
fn parts_of_two_projects_may_stand_in_the_network_of_either() {
    let (mut it, other) = with_neighbour(false);
    it.e.endpoint("pe-vault-2", &other, key_vault("migratekv2"));
    expect_of("MIG-009", &it.e, &Settings::default(), &[]);
    // In neither is one fault.
    let third = it.e.vnet("third", "10.3.0.0/16");
    it.e.endpoint("pe-vault-3", &third, key_vault("migratekv3"));
    expect_of("MIG-009", &it.e, &Settings::default(), &["MIG-009 migratekv3 fail warning certain"]);
    // It may be that of one whose network is not in sight.
    let (mut it, other) = with_neighbour(true);
    it.e.endpoint("pe-vault-2", &other, key_vault("migratekv2"));
    expect_of("MIG-009", &it.e, &Settings::default(), &["MIG-009 migratekv2 fail info possible"]);
}

#[test]
fn a_public_project_beside_a_private_one_stays_public() {
    let (mut it, _) = with_neighbour(true);
    let site = it.e.id_of("Microsoft.OffAzure/VMwareSites", "contososite");
    it.e.endpoint("pe-site", &it.vnet, migration(&site));
    it.e.endpoint("pe-bus", &it.vnet, service_bus("migratelsa1"));
    let all = topology(read(&it.e));
    let private: Vec<bool> = all.migration.projects.iter().map(|project| project.is_private).collect();
    assert_eq!(private, [true, false]);
    expect_of("MIG-008", &it.e, &Settings::default(), &[]);
    let (mut it, _) = with_neighbour(false);
    it.e.endpoint("pe-bus", &it.vnet, service_bus("migratelsa1"));
    expect_of("MIG-008", &it.e, &Settings::default(), &["MIG-008 migratelsa1 fail info certain"]);
}

#[test]
fn a_private_project_needs_no_service_bus() {
    let mut it = migrated();
    it.e.endpoint("pe-bus", &it.vnet, service_bus("migratelsa1"));
    expect_of("MIG-008", &it.e, &Settings::default(), &["MIG-008 migratelsa1 fail info certain"]);
    // A public one does.
    it.e.remove(&it.own);
    let report = of("MIG-008", &it.e, &Settings::default());
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "MIG-008"), [("project is not seen to be private", 1)]);
    let mut it = migrated();
    it.e.endpoint("pe-bus", &it.vnet, service_bus("orders"));
    expect_of("MIG-008", &it.e, &Settings::default(), &[]);
}

#[test]
fn a_part_in_another_network_is_mig_009() {
    let mut it = migrated();
    expect_of("MIG-009", &it.e, &Settings::default(), &[]);
    let other = it.e.vnet("other", "10.2.0.0/16");
    let moved = it.e.id_of("Microsoft.KeyVault/vaults", "migratekv1");
    it.e.remove(&it.vault);
    let away = it.e.endpoint("pe-vault-2", &other, key_vault("x").at(moved.as_str()));
    expect_of("MIG-009", &it.e, &Settings::default(), &["MIG-009 migratekv1 fail warning certain"]);
    let orders = it.e.id_of("Microsoft.KeyVault/vaults", "shop-prod-kv");
    it.e.endpoint("pe-orders", &other, key_vault("x").at(orders.as_str()));
    let both = ["MIG-009 migratekv1 fail warning certain", "MIG-009 shop-prod-kv fail info possible"];
    expect_of("MIG-009", &it.e, &Settings::default(), &both);
    let orders = it.e.id_of("Microsoft.Network/privateEndpoints", "pe-orders");
    it.e.remove(&orders);
    // One beside the project is enough.
    it.e.endpoint("pe-vault-3", &it.vnet, key_vault("x").at(moved.as_str()));
    expect_of("MIG-009", &it.e, &Settings::default(), &[]);
    // Where the project has none, nothing is expected.
    it.e.remove(&it.own);
    let report = of("MIG-009", &it.e, &Settings::default());
    assert_eq!(not_judged(&report, "MIG-009"), [("no endpoint of the project itself is in sight", 1)]);
    let mut it = migrated();
    it.e.remove(&it.vault);
    it.e.endpoint("pe-vault-2", &it.vnet, key_vault("x").at(moved.as_str()));
    it.e.gap(Kind::VirtualNetworks, HOME, 403, "AuthorizationFailed");
    expect_of("MIG-009", &it.e, &Settings::default(), &["MIG-009 contoso unknown"]);
    let _ = away;
}

// MIG-010

fn named(e: &mut Estate) -> Settings {
    e.appliance = Some(APPLIANCE.to_owned());
    Settings { appliance: Some(APPLIANCE.to_owned()), ..Settings::default() }
}

#[test]
fn an_identity_without_policy_or_role_is_mig_010() {
    let mut it = migrated();
    let settings = named(&mut it.e);
    let home = it.e.subscription_guid(HOME);
    let vault = it.e.vault("contoso12kv", &[]);
    let both = ["MIG-010 contoso12kv fail warning probable", "MIG-010 contoso fail warning probable"];
    expect_of("MIG-010", &it.e, &settings, &both);
    expect_of("MIG-010", &it.e, &Settings::default(), &[]);
    it.e.role(&format!("/subscriptions/{home}"), READER);
    it.e.role(&format!("/subscriptions/{home}/resourceGroups/rg-network"), CONTRIBUTOR);
    expect_of("MIG-010", &it.e, &settings, &both);
    it.e.role(&format!("/subscriptions/{home}"), CONTRIBUTOR);
    expect_of("MIG-010", &it.e, &settings, &both[..1]);
    // Another's policy may be a group's; a group that has a role is known.
    let policy = |object: &str| json!([{"objectId": object, "permissions": {"secrets": ["get"]}}]);
    let group = "11111111-2222-3333-4444-555555555555";
    it.e.edit(&vault, |vault| vault["properties"]["accessPolicies"] = policy(group));
    expect_of("MIG-010", &it.e, &settings, &["MIG-010 contoso12kv fail info possible"]);
    let theirs = it.e.role(&format!("/subscriptions/{home}/resourceGroups/rg-other"), READER);
    it.e.edit(&theirs, |role| role["properties"]["principalId"] = group.into());
    expect_of("MIG-010", &it.e, &settings, &[]);
    it.e.edit(&vault, |vault| vault["properties"]["accessPolicies"] = policy(&APPLIANCE.to_uppercase()));
    expect_of("MIG-010", &it.e, &settings, &[]);
    it.e.edit(&vault, |vault| vault["properties"] = json!({"enableRbacAuthorization": true}));
    expect_of("MIG-010", &it.e, &settings, &[]);
    // One of another name may serve something else.
    it.e.vault("orders", &[]);
    expect_of("MIG-010", &it.e, &settings, &["MIG-010 orders fail info possible"]);
}

#[test]
fn a_role_of_a_management_group_counts_where_one_subscription_was_asked() {
    let mut it = migrated();
    let settings = named(&mut it.e);
    let home = it.e.subscription_guid(HOME);
    let id = it.e.role(&format!("/subscriptions/{home}"), CONTRIBUTOR);
    it.e.edit(&id, |role| {
        role["properties"]["scope"] = "/providers/Microsoft.Management/managementGroups/root".into();
    });
    expect_of("MIG-010", &it.e, &settings, &[]);
    it.e.in_subscription("second").audit("second").migrate_project("fabrikam");
    let report = of("MIG-010", &it.e, &settings);
    assert_eq!(not_judged(&report, "MIG-010"), [("a role at a management group may hold here", 2)]);
}

#[test]
fn a_vault_of_replication_needs_permissions_on_storage() {
    let mut it = migrated();
    let settings = named(&mut it.e);
    let home = it.e.subscription_guid(HOME);
    it.e.role(&format!("/subscriptions/{home}"), CONTRIBUTOR);
    let vault =
        it.e.vault("migratekv2", &[(APPLIANCE, json!({"secrets": ["get"], "storage": ["Get", "List"]}))]);
    // A private project makes no such vault.
    expect_of("MIG-010", &it.e, &settings, &[]);
    it.e.remove(&it.own);
    expect_of("MIG-010", &it.e, &settings, &["MIG-010 migratekv2 fail warning probable"]);
    let report = of("MIG-010", &it.e, &settings);
    assert!(evidence(only(&report, "MIG-010"), "lacking").contains("regeneratekey"));
    it.e.edit(&vault, |vault| {
        vault["properties"]["accessPolicies"][0]["permissions"]["storage"] = json!(["all"]);
    });
    expect_of("MIG-010", &it.e, &settings, &[]);
}

#[test]
fn rights_that_were_not_read_are_unknown() {
    let mut it = migrated();
    let settings = named(&mut it.e);
    let home = it.e.subscription_guid(HOME);
    it.e.gap(Kind::RoleAssignments, HOME, 403, "AuthorizationFailed");
    expect_of("MIG-010", &it.e, &settings, &[&format!("MIG-010 {home} unknown")]);
    // They were read for another identity.
    let mut it = migrated();
    it.e.appliance = Some("99999999-2222-3333-4444-555555555555".to_owned());
    expect_of("MIG-010", &it.e, &settings, &["MIG-010 contoso unknown"]);
}

#[test]
fn roles_in_a_migration_are_told_by_type_name_and_place() {
    let it = migrated();
    let topology = Topology::build(wire::inventory(read(&it.e)), &TABLE, Options::default());
    let role = |id: &ResourceId| topology.migration_role(id);
    assert_eq!(role(&it.project).as_deref(), Some("project of Azure Migrate"));
    assert_eq!(role(&it.cache).as_deref(), Some("cache storage account of Azure Migrate project contoso"));
    assert_eq!(
        role(&it.gateway).as_deref(),
        Some("gateway storage account of Azure Migrate project contoso")
    );
    assert_eq!(role(&it.vault).as_deref(), Some("key vault of Azure Migrate project contoso"));
    assert_eq!(role(&it.vnet), None);
    let project = &topology.migration.projects[0];
    assert!(project.is_private && project.has_vmware_site && project.reported);
    assert_eq!((project.parts.len(), project.endpoints.len()), (5, 3));
}

// What a person reads

/// A migration in which everything is wrong that can be wrong at once.
fn ruined() -> (Estate, Settings) {
    let mut it = migrated();
    let settings = named(&mut it.e);
    let settings = Settings {
        expect_onprem: true,
        expect_er: ExpectedRoutes { private: true, microsoft: false },
        ..settings
    };
    it.e.vault("migratekv1", &[]);
    it.e.endpoint("pe-bus", &it.vnet, service_bus("migratelsa1"));
    let other = it.e.vnet("other", "10.2.0.0/16");
    let site = it.e.id_of("Microsoft.OffAzure/VMwareSites", "contososite");
    it.e.endpoint("pe-site", &other, migration(&site));
    let blob = it.e.id_of("Microsoft.Network/privateEndpoints", "pe-cache");
    it.e.remove(&blob).remove(&it.zones[2]);
    for account in [&it.cache, &it.gateway] {
        it.e.edit(account, |account| {
            account["kind"] = "Storage".into();
            account["properties"]["publicNetworkAccess"] = "Disabled".into();
        });
    }
    it.e.in_subscription("network");
    let far = it.e.vnet("far", "10.9.0.0/16");
    let away = it.e.endpoint("pe-far", &far, migration(&it.project));
    it.e.set_status(&away, "Rejected");
    (it.e, settings)
}

#[test]
fn every_rule_says_what_it_means() {
    let (e, settings) = ruined();
    let mut rules = rules::all().unwrap();
    rules.retain(|rule| rule.page.id.starts_with("MIG-"));
    let report = plaudit::audit::audit(&topology(read(&e)), &rules, &settings);
    let mut told = String::new();
    for finding in &report.findings {
        told.push_str(&format!("{}\n  {}\n", crate::judged::line(finding), finding.message));
        for step in &finding.remediation {
            told.push_str(&format!("  - {}\n", step.title));
            step.command.iter().for_each(|command| told.push_str(&format!("    {command}\n")));
        }
    }
    let ids: std::collections::BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(ids.len(), 10, "{ids:?}");
    insta::assert_snapshot!(told);
}
