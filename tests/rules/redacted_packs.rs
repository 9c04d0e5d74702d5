//! What is read for packs and about traffic is redacted as the rest: nothing of it is told, and the rules that go by it
//! find what they found.

use std::collections::BTreeSet;

use plaudit::inventory::{Collected, Measure, Pack, Resource, ResourceId, snapshot};
use plaudit::redaction::Redaction;
use plaudit::rules::{self, ExpectedRoutes, Settings};
use plaudit::topology::{Options, Topology};
use serde_json::{Value, json};

use crate::estate::migration::migration;
use crate::estate::rounds::{TABLE, read};
use crate::estate::services::{key_vault, service_bus, storage};
use crate::estate::{Estate, HOME};
use crate::redacted::gives_the_same_under;

const APPLIANCE: &str = "0b6f3c3e-52a4-4b59-9d8e-3f0c1d1f7a11";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

fn settings() -> Settings {
    Settings {
        expect_onprem: true,
        expect_er: ExpectedRoutes { private: true, microsoft: true },
        appliance: Some(APPLIANCE.to_owned()),
        ..Settings::default()
    }
}

/// A migration whose project, vaults, accounts and circuit are all called `contoso` somewhere, and where much is wrong.
fn migrated() -> Estate {
    let mut e = Estate::new();
    e.packs = Pack::ALL.to_vec();
    e.appliance = Some(APPLIANCE.to_owned());
    let vnet = e.vnet("contoso-net", "10.1.0.0/16");
    e.client(&vnet);
    let zone = e.zone("privatelink.vaultcore.azure.net");
    e.link(&zone, &vnet);
    let project = e.migrate_project("contosoproject");
    e.migration_resource("Microsoft.OffAzure/VMwareSites", "contososite");
    e.migration_resource("Microsoft.RecoveryServices/vaults", "contoso-MigrateVault-1");
    let old = json!({"networkAcls": {"defaultAction": "Deny", "bypass": "Logging, contoso",
        "ipRules": [{"value": "20.50.3.4", "action": "Allow"}]}});
    let cache = e.account("lsacontoso", old);
    e.account("gwsacontoso", json!({"publicNetworkAccess": "Disabled"}));
    e.edit(&cache, |account| account["systemData"] = json!({"createdBy": "jane@contoso.com"}));
    for (name, service) in [
        ("contoso-pe-vault", key_vault("contosokv")),
        ("contoso-pe-cache", storage("lsacontoso", "blob")),
        ("contoso-pe-bus", service_bus("migratelsacontoso")),
        ("contoso-pe-project", migration(&project)),
    ] {
        e.endpoint(name, &vnet, service);
    }
    for name in ["contosokv", "migratekvcontoso", "contosovault"] {
        e.vault(name, &[("11111111-2222-3333-4444-555555555555", json!({"secrets": ["get"]}))]);
    }
    let filter = e.route_filter("contoso-filter", &["12076:51004", "contoso"]);
    e.circuit("contoso-circuit", peerings(&filter));
    e
}

/// The peering tells its kind by its name alone.
fn peerings(filter: &ResourceId) -> Value {
    json!([{"name": "MicrosoftPeering", "properties": {"state": "Enabled", "contoso": 1,
        "microsoftPeeringConfig": {"customerASN": 64500, "advertisedPublicPrefixes": ["20.50.3.0/24"]},
        "routeFilter": {"id": filter.as_str()}}}])
}

/// Redacts an estate whose names are all of `contoso`, and gives what was found.
#[track_caller]
fn found_in(collected: &Collected, settings: &Settings) -> BTreeSet<String> {
    let mut rules = rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = true);
    gives_the_same_under(collected, &rules, settings);
    let mut bytes = Vec::new();
    let redacted = Redaction::of(collected).unwrap().redacted(collected);
    snapshot::write_to(&mut bytes, &redacted).unwrap();
    let text = String::from_utf8(bytes).unwrap().to_lowercase();
    for secret in ["contoso", "jane", "20.50.", "64500", APPLIANCE, "11111111-2222", READER] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let inventory = plaudit::inventory::wire::inventory(collected.clone());
    let topology = Topology::build(inventory, &TABLE, Options::default());
    let report = plaudit::audit::audit(&topology, &rules, settings);
    report.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.subject.name)).collect()
}

#[track_caller]
fn has(found: &BTreeSet<String>, expected: &[&str]) {
    for line in expected {
        assert!(found.contains(*line), "no {line} in {found:#?}");
    }
}

#[test]
fn a_migration_keeps_its_findings() {
    let found = found_in(&read(&migrated()), &settings());
    has(
        &found,
        &[
            "MIG-004 lsacontoso",
            "MIG-005 gwsacontoso",
            "MIG-008 migratelsacontoso",
            "MIG-010 contosokv",
            "MIG-010 contosovault",
            "MIG-010 contosoproject",
            "ER-001 contoso-circuit",
            "ER-002 contoso-circuit",
        ],
    );
}

#[test]
fn roles_and_policies_of_the_appliance_count_afterwards() {
    let mut e = migrated();
    let home = format!("/subscriptions/{}", e.subscription_guid(HOME));
    e.role(&home, READER);
    assert!(found_in(&read(&e), &settings()).contains("MIG-010 contosoproject"));
    e.role(&home, OWNER);
    let own = json!({"secrets": ["Get", "List"]});
    let vault = e.id_of("Microsoft.KeyVault/vaults", "contosovault");
    e.edit(&vault, |vault| {
        vault["properties"]["accessPolicies"] =
            json!([{"objectId": APPLIANCE.to_uppercase(), "permissions": own}]);
    });
    let found = found_in(&read(&e), &settings());
    assert!(
        !found.contains("MIG-010 contosoproject") && !found.contains("MIG-010 contosovault"),
        "{found:?}"
    );
    has(&found, &["MIG-010 contosokv"]);
}

#[test]
fn a_region_that_nobody_knows_is_let_through_afterwards() {
    let mut e = migrated();
    e.in_location("Contosoland East").migrate_project("contosofar");
    let community = json!({"serviceName": "AzureContosolandEast", "bgpCommunities": [
        {"communityName": "Azure Contosoland East", "communityValue": "12076:51004"}]});
    let unlisted = found_in(&read(&e), &settings());
    e.service_communities("AzureContosolandEast", community);
    let listed = found_in(&read(&e), &settings());
    has(&unlisted, &["ER-001 contoso-circuit"]);
    assert!(listed.contains("ER-001 contoso-circuit"), "of the region that is known");
}

/// What Azure Monitor answered, in steps of six hours.
fn kept(collected: &mut Collected, of: &ResourceId, measure: Measure, data: &Value, address: Option<&str>) {
    let dimensions: Vec<Value> =
        address.iter().map(|one| json!({"name": {"value": "contosodimension"}, "value": one})).collect();
    let series = json!([{"metadatavalues": dimensions, "data": data}]);
    let value: Vec<Value> = measure
        .metrics()
        .iter()
        .map(|name| {
            json!({"name": {"value": name, "localizedValue": "contoso"}, "errorCode": "Success",
            "timeseries": series})
        })
        .collect();
    let id = measure.id_of(of);
    let json = json!({"id": id.as_str(), "starttime": "2026-01-08T07:00:00Z", "endtime": "2026-01-15T07:00:00Z",
        "interval": "PT6H", "namespace": "contoso", "value": value});
    collected.resources.push(Resource { id, json: json.to_string().into() });
}

#[test]
fn what_was_measured_counts_afterwards() {
    let mut e = Estate::new();
    let vnet = e.vnet("contoso-net", "20.50.0.0/16");
    e.client(&vnet);
    let silent = e.endpoint("contoso-silent", &vnet, storage("contosoa", "blob"));
    let busy = e.endpoint("contoso-busy", &vnet, storage("contosob", "blob"));
    let mut collected = read(&e);
    collected.origin.scope.metrics = Some("7d".parse().unwrap());
    let at = "2026-01-09T07:00:00Z";
    let step = |bytes: f64| json!([{"timeStamp": at, "total": bytes}]);
    kept(&mut collected, &silent, Measure::EndpointBytes, &step(0.0), None);
    kept(&mut collected, &busy, Measure::EndpointBytes, &step(12.5), Some("20.50.0.9"));
    let found = found_in(&collected, &Settings::default());
    has(&found, &["MON-001 contoso-silent"]);
    assert!(!found.contains("MON-001 contoso-busy"), "{found:?}");
}
