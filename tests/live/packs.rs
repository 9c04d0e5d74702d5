//! Packs: what is read for them, and for nobody else.

use serde_json::{Value, json};

use crate::standin::child::{Run, gaps, verdicts};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, network_id, spoke_and_hub};
use crate::standin::{Settings, StandIn};

const APPLIANCE: &str = "0b6f3c3e-52a4-4b59-9d8e-3f0c1d1f7a11";
const ASKING: [&str; 8] =
    ["audit", "-s", SPOKE, "--pack", "azure-migrate", "--pack", "expressroute", "-fjson"];

fn of(full: &str, name: &str, more: Value) -> Value {
    let id = format!("/subscriptions/{SPOKE}/resourceGroups/rg-migrate/providers/{full}/{name}");
    let mut object = json!({"id": id, "name": name, "type": full, "location": "westeurope"});
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

/// A spoke with a project beside, whose cache account nobody reaches, and a circuit that tells no routes.
fn migrating() -> Vec<Value> {
    let mut objects = spoke_and_hub(1);
    objects.push(of("Microsoft.Migrate/MigrateProjects", "contoso", json!({"properties": {"odd": 1}})));
    objects.push(of("Microsoft.OffAzure/VMwareSites", "site", json!({})));
    let closed = json!({"kind": "StorageV2", "properties": {"publicNetworkAccess": "Disabled",
        "networkAcls": {"defaultAction": "Allow", "bypass": "AzureServices"}}});
    objects.push(of("Microsoft.Storage/storageAccounts", "lsa0a1b2c", closed));
    objects.push(of("Microsoft.KeyVault/vaults", "contosokv", json!({"properties": {"accessPolicies": []}})));
    let circuit = network_id(SPOKE, "rg-net", "expressRouteCircuits/circuit");
    objects.push(json!({"id": circuit, "name": "circuit", "type": "Microsoft.Network/expressRouteCircuits",
        "location": "westeurope", "properties": {"circuitProvisioningState": "Enabled",
        "serviceProviderProvisioningState": "Provisioned", "peerings": [{"name": "MicrosoftPeering", "properties": {
        "peeringType": "MicrosoftPeering", "state": "Enabled"}}]}}));
    objects
}

fn timeless(mut report: Value) -> Value {
    report["collectedAt"] = Value::Null;
    report
}

#[test]
fn a_pack_reads_what_it_takes_and_judges_it() {
    let standin = StandIn::start(migrating());
    let report = standin.signed_in(&ASKING).run().exits(1).report();
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    assert_eq!(report["scope"]["packs"], json!(["azure-migrate", "expressroute"]));
    assert_eq!(report["coverage"]["read"]["migrationResources"], 2);
    assert_eq!(report["coverage"]["read"]["expressRouteCircuits"], 1);
    let fails: Vec<&Value> = verdicts(&report, "fail").into_iter().map(|finding| &finding["rule"]).collect();
    assert_eq!(fails, ["MIG-004", "ER-003"]);
    assert_eq!(standin.asked("*/resources").len(), 1, "context has no projects to read");
    assert_eq!(standin.asked("*/storageAccounts").len(), 1);
    assert!(standin.asked("*/vaults").is_empty() && standin.asked("*/roleAssignments").is_empty());
    assert!(standin.asked("*/routeFilters").is_empty(), "no peering names one");
    assert!(standin.at(Door::Arm).iter().all(|entry| entry.method == "GET"));
}

#[test]
fn nobody_else_pays_for_a_pack() {
    let standin = StandIn::start(migrating());
    let report = standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run().exits(0).report();
    assert_eq!(report["scope"].get("packs"), None);
    for path in ["*/resources", "*/expressRouteCircuits", "*/vaults", "*/bgpServiceCommunities"] {
        assert!(standin.asked(path).is_empty(), "{path}");
    }
}

#[test]
fn an_identity_s_roles_are_asked_for_when_it_is_named() {
    let standin = StandIn::start(migrating());
    let config = standin.folder().join("packs.toml");
    std::fs::write(&config, format!("packs = ['azure-migrate']\nappliance-object-id = '{APPLIANCE}'\n"))
        .unwrap();
    let args = ["audit", "-s", SPOKE, "-f", "json", "--config", &config.to_string_lossy()];
    let report = standin.signed_in(&args).run().exits(1).report();
    let found = report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == "MIG-010");
    assert_eq!(found.count(), 2, "no policy and no role");
    let asked = standin.asked("*/roleAssignments");
    assert_eq!(asked.len(), 1);
    assert!(asked[0].query.contains("assignedTo"), "{}", asked[0].query);
    assert!(standin.asked(&format!("*{HUB}*/roleAssignments")).is_empty());
}

#[test]
fn a_snapshot_and_the_index_say_what_a_live_run_says() {
    let standin = StandIn::start(migrating());
    let live = standin.signed_in(&ASKING).run();
    let file = standin.folder().join("packs.jsonl");
    let file = file.to_string_lossy();
    let packs = ["--pack", "azure-migrate", "--pack", "expressroute"];
    standin.signed_in(&[&["collect", "-s", SPOKE, "-o", &file], packs.as_slice()].concat()).run().exits(0);
    // What it was read for it is judged by, whether that is said again or not.
    for more in [[].as_slice(), &packs] {
        let args = [&["audit", "--snapshot", &file, "-f", "json"], more].concat();
        let later = Run::new(standin.folder(), &args).run();
        assert_eq!((later.code, timeless(later.report())), (live.code, timeless(live.report())));
    }
    let indexed = standin.signed_in(&[ASKING.as_slice(), &["--source", "graph"]].concat()).run();
    assert_eq!(verdicts(&indexed.report(), "fail"), verdicts(&live.report(), "fail"));
    assert_eq!(indexed.report()["coverage"]["read"], live.report()["coverage"]["read"]);
}

#[test]
fn what_is_refused_or_short_is_a_gap_and_a_verdict_that_is_not_known() {
    let refused = StandIn::start(migrating());
    refused.on("*/resources", Fault::Forbidden);
    let network = json!([{"actions": ["Microsoft.Network/*/read", "Microsoft.Resources/*/read"]}]);
    let permissions = [(SPOKE.to_owned(), network)].into();
    let short = StandIn::with(migrating(), Settings { permissions, ..Settings::default() });
    // A list that is short still tells of what is in it.
    for (standin, code, exit) in [(refused, "AuthorizationFailed", 3), (short, "MissingPermission", 1)] {
        let report = standin.signed_in(&ASKING).run().exits(exit).report();
        let told = gaps(&report);
        let gap = told.iter().find(|gap| gap["kind"] == "migrationResources").unwrap();
        assert_eq!(gap["code"], code);
        let unknown = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["rule"] == "MIG-001" && finding["verdict"] == "unknown");
        assert!(unknown, "{:#?}", report["findings"]);
    }
}

#[test]
fn a_subscription_that_knows_nothing_of_circuits_is_no_gap() {
    let standin = StandIn::start(migrating());
    standin.on("*/expressRouteCircuits", Fault::Status(409, "MissingSubscriptionRegistration"));
    let report = standin.signed_in(&ASKING).run().exits(1).report();
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
}

#[test]
fn a_pack_that_nobody_knows_is_told_before_anything_is_asked() {
    let standin = StandIn::start(migrating());
    standin
        .signed_in(&["audit", "-s", SPOKE, "--pack", "azure-migrat"])
        .run()
        .exits(2)
        .warns("azure-migrate");
    assert!(standin.log().is_empty());
}
