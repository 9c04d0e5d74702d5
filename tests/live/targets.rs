//! What endpoints lead to: asked of suspects, of all with `--deep`, and what is gone is told from what cannot be
//! read.

use serde_json::{Value, json};

use crate::standin::child::{Run, gaps};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{
    HUB, SPOKE, account, bare, find, leave_pending, network_id, spoke_and_hub, subscription, target_id,
};
use crate::standin::{Settings, StandIn, tally};

const AUDIT: [&str; 5] = ["audit", "-s", SPOKE, "-f", "json"];
const OTHER: &str = "44444444-dddd-4000-8000-000000000004";

/// Three endpoints of which the first waits for approval.
fn pending() -> Vec<Value> {
    let mut objects = spoke_and_hub(3);
    leave_pending(&mut objects);
    objects
}

/// The target of the first endpoint.
fn suspect() -> String {
    target_id(SPOKE, &account(0).0)
}

/// What `collect` wrote: the resources, and what the footer says of coverage.
fn collected(standin: &StandIn, more: &[&str], code: i32) -> (Vec<Value>, Value) {
    let outcome = standin.signed_in(&[&["collect", "-s", SPOKE, "-o", "-"], more].concat()).run();
    outcome.exits(code);
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [_, resources @ .., footer] = lines.as_slice() else { panic!("{}", outcome.stdout) };
    (resources.to_vec(), footer["coverage"].clone())
}

fn ids(resources: &[Value], part: &str) -> Vec<String> {
    let ids = resources.iter().filter_map(|resource| resource["id"].as_str());
    ids.filter(|id| id.to_ascii_lowercase().contains(&part.to_ascii_lowercase())).map(str::to_owned).collect()
}

#[test]
fn a_suspect_s_target_is_asked_and_no_other() {
    let standin = StandIn::start(pending());
    let report = standin.signed_in(&AUDIT).run().exits(1).report();
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    let asked: Vec<String> = standin
        .asked("*/providers/Microsoft.Storage/storageAccounts/*")
        .into_iter()
        .map(|e| e.path)
        .collect();
    assert_eq!(asked, [suspect(), format!("{}/privateEndpointConnections", suspect())]);
    assert_eq!(standin.asked("*/providers/Microsoft.Storage/storageAccounts").len(), 1, "one list");
    assert!(standin.asked("*/privateLinkResources").is_empty());
    assert!(standin.asked("*Microsoft.Databricks*").is_empty());
    assert!(standin.at(Door::Arm).iter().all(|entry| entry.method == "GET"));
    let (resources, coverage) = collected(&standin, &[], 0);
    assert_eq!(ids(&resources, "/privateEndpointConnections/").len(), 1);
    assert_eq!(coverage["askedSingly"]["targets"], json!([suspect()]));
}

#[test]
fn what_is_gone_leaves_no_gap_and_is_noted_as_asked() {
    for code in ["ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound"] {
        let standin = StandIn::start(pending());
        standin.on(&suspect(), Fault::Status(404, code));
        let (resources, coverage) = collected(&standin, &[], 0);
        assert_eq!(coverage["gaps"], json!([]), "{code}");
        assert_eq!(coverage["askedSingly"]["targets"], json!([suspect()]), "{code}");
        assert!(ids(&resources, "/privateEndpointConnections/").is_empty());
        assert!(standin.asked("*/privateEndpointConnections").is_empty(), "there is nobody to ask");
    }
}

#[test]
fn what_cannot_be_read_is_a_gap_and_never_gone() {
    let another = json!({"id": target_id(SPOKE, "another"), "properties": {}}).to_string();
    for fault in [
        Fault::Forbidden,
        Fault::SubscriptionNotFound,
        Fault::Status(400, "InvalidApiVersionParameter"),
        Fault::Status(400, "NoRegisteredProviderFound"),
        Fault::Status(404, "InvalidResourceType"),
        Fault::Status(404, "NotFound"),
        Fault::Status(409, "MissingSubscriptionRegistration"),
        Fault::Status(500, "InternalServerError"),
        Fault::Throttled(Some(0)),
        Fault::Html(404),
        Fault::Text("[]".into()),
        Fault::Text(r#"{"id": 7}"#.into()),
        Fault::Text(another),
        Fault::Cut,
    ] {
        for (place, kind) in [
            (suspect(), "targets"),
            (format!("{}/privateEndpointConnections", suspect()), "privateEndpointConnections"),
        ] {
            // An empty list is a list, and an object that tells of another is one of its items.
            if kind != "targets" && matches!(&fault, Fault::Text(text) if !text.contains('7')) {
                continue;
            }
            let standin = StandIn::start(pending());
            standin.on(&place, fault.clone());
            let report = standin.signed_in(&AUDIT).run().exits(1).report();
            let gaps = gaps(&report);
            assert_eq!(gaps.len(), 1, "{fault:?} at {place}: {gaps:#?}");
            assert_eq!(
                (&gaps[0]["kind"], &gaps[0]["resource"]),
                (&json!(kind), &json!(suspect())),
                "{fault:?}"
            );
            assert_eq!(gaps[0]["subscription"], SPOKE);
        }
    }
}

#[test]
fn odd_answers_of_providers_are_understood() {
    let own = format!("{}/privateEndpointConnections", suspect());
    let state = json!({"privateLinkServiceConnectionState": {"status": "Pending"}});
    let item = |id: Value| json!({"id": id, "name": null, "type": null, "properties": state});
    let one = format!("{own}/one");
    let lower = format!("{}/one", own.replace("privateEndpointConnections", "privateendpointconnections"));
    let shouted = one.to_uppercase().replace("ONE", "one");
    for (body, expected) in [
        (json!({"value": [item(json!(one))]}), &one),
        (json!({"value": [item(json!(one.trim_start_matches('/')))], "nextLink": null}), &one),
        (json!({"value": [item(json!(lower))]}), &lower),
        (json!({"value": [item(json!(shouted))]}), &shouted),
        (json!([item(json!(one))]), &one),
        (item(json!(one)), &one),
        (json!({"value": [{"name": "one", "properties": state}]}), &one),
        (json!({"value": [{"name": "acct/one", "id": null, "properties": state}]}), &one),
    ] {
        let standin = StandIn::start(pending());
        standin.on(&own, Fault::Text(body.to_string()));
        let (resources, coverage) = collected(&standin, &[], 0);
        assert_eq!(coverage["gaps"], json!([]), "{body}");
        assert_eq!(ids(&resources, "/privateEndpointConnections/"), std::slice::from_ref(expected), "{body}");
    }
}

#[test]
fn one_odd_connection_costs_no_other() {
    let own = format!("{}/privateEndpointConnections", suspect());
    let standin = StandIn::start(pending());
    let items = json!({"value": [null, 7, {}, {"id": ""}, {"name": "there", "properties": {}}]});
    standin.on(&own, Fault::Text(items.to_string()));
    let (resources, coverage) = collected(&standin, &[], 3);
    assert_eq!(ids(&resources, "/privateEndpointConnections/").len(), 1);
    let gaps = coverage["gaps"].as_array().unwrap();
    assert!(!gaps.is_empty());
    assert!(gaps.iter().all(|gap| gap["kind"] == "privateEndpointConnections"), "{gaps:#?}");
}

#[test]
fn accounts_that_cannot_be_listed_are_one_gap() {
    let standin = StandIn::start(spoke_and_hub(3));
    standin.on("*/providers/Microsoft.Storage/storageAccounts", Fault::Forbidden);
    let (_, coverage) = collected(&standin, &[], 3);
    let gaps = coverage["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert_eq!((&gaps[0]["kind"], &gaps[0]["subscription"]), (&json!("storageAccounts"), &json!(SPOKE)));
}

#[test]
fn accounts_that_are_listed_in_part_are_one_gap() {
    let network = json!([{"actions": ["Microsoft.Network/*/read", "Microsoft.Resources/*/read"]}]);
    let permissions = [(SPOKE.to_owned(), network)].into();
    let standin = StandIn::with(spoke_and_hub(2), Settings { permissions, ..Settings::default() });
    let (_, coverage) = collected(&standin, &[], 3);
    let gaps = coverage["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert_eq!(
        (&gaps[0]["kind"], &gaps[0]["code"]),
        (&json!("storageAccounts"), &json!("MissingPermission"))
    );
}

/// A workspace of Databricks with one peering.
fn databricks(guid: &str) -> Vec<Value> {
    let id =
        format!("/subscriptions/{guid}/resourceGroups/rg-app/providers/Microsoft.Databricks/workspaces/dbw");
    let peering = json!({"id": format!("{id}/virtualNetworkPeerings/to-hub"), "name": "to-hub",
        "type": "Microsoft.Databricks/workspaces/virtualNetworkPeerings", "properties": {
        "peeringState": "Connected", "provisioningState": "Succeeded"}});
    let workspace = json!({"id": id, "name": "dbw", "type": "Microsoft.Databricks/workspaces",
        "location": "westeurope", "properties": {"provisioningState": "Succeeded"}});
    vec![workspace, peering]
}

#[test]
fn a_deep_run_asks_for_every_zone_group_target_and_workspace() {
    let mut objects = spoke_and_hub(3);
    objects.extend(databricks(SPOKE));
    objects.extend(databricks(HUB));
    let standin = StandIn::start(objects);
    let args = [AUDIT.as_slice(), &["--deep"]].concat();
    let report = standin.signed_in(&args).run().exits(0).report();
    assert_eq!(report["scope"]["deep"], true);
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    for each in ["privateDnsZoneGroups", "privateEndpointConnections", "privateLinkResources"] {
        assert_eq!(standin.asked(&format!("*/{each}")).len(), 3, "{each}");
    }
    for number in 0..3 {
        assert_eq!(standin.asked(&target_id(SPOKE, &account(number).0)).len(), 1);
    }
    assert_eq!(standin.asked(&format!("*{SPOKE}*/workspaces/dbw/virtualNetworkPeerings")).len(), 1);
    assert!(standin.asked(&format!("*{HUB}*Microsoft.Databricks*")).is_empty(), "the hub is context");
    assert!(standin.asked("*/providers/Microsoft.Storage/storageAccounts").is_empty(), "each was asked");
    let twice: Vec<_> = tally(&standin.at(Door::Arm)).into_iter().filter(|(_, count)| *count > 2).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let (resources, coverage) = collected(&standin, &["--deep"], 0);
    assert_eq!(ids(&resources, "/virtualNetworkPeerings/to-hub").len(), 1, "networks keep theirs inside");
    let spoke = &coverage["subscriptions"].as_array().unwrap()[0];
    assert_eq!(spoke["role"], "audited");
    assert!(spoke["kinds"].as_array().unwrap().contains(&json!("databricksPeerings")));
}

#[test]
fn a_subscription_without_databricks_is_no_gap() {
    for fault in [
        Fault::Status(404, "InvalidResourceType"),
        Fault::Status(409, "MissingSubscriptionRegistration"),
        Fault::Status(400, "NoRegisteredProviderFound"),
    ] {
        let standin = StandIn::start(spoke_and_hub(1));
        standin.on("*/Microsoft.Databricks/*", fault.clone());
        let (_, coverage) = collected(&standin, &["--deep"], 0);
        assert_eq!(coverage["gaps"], json!([]), "{fault:?}");
    }
    let standin = StandIn::start(spoke_and_hub(1));
    standin.on("*/Microsoft.Databricks/*", Fault::Forbidden);
    let (_, coverage) = collected(&standin, &["--deep"], 3);
    assert_eq!(coverage["gaps"][0]["kind"], "databricksWorkspaces");
}

#[test]
fn a_snapshot_of_a_deep_run_is_judged_as_one() {
    let standin = StandIn::start(pending());
    standin.on(&target_id(SPOKE, &account(1).0), Fault::Forbidden);
    standin.on(&format!("{}/privateLinkResources", target_id(SPOKE, &account(2).0)), Fault::Html(500));
    let live = standin.signed_in(&[AUDIT.as_slice(), &["--deep"]].concat()).run();
    let file = standin.folder().join("deep.jsonl");
    let args = ["collect", "-s", SPOKE, "--deep", "-o", &file.to_string_lossy()];
    standin.signed_in(&args).run().exits(3);
    let later =
        Run::new(standin.folder(), &["audit", "--snapshot", &file.to_string_lossy(), "-f", "json"]).run();
    assert_eq!(later.code, live.code);
    let timeless = |report: Value| {
        let mut report = report;
        report["collectedAt"] = Value::Null;
        report
    };
    assert_eq!(timeless(later.report()), timeless(live.report()));
    assert_eq!(later.report()["scope"]["deep"], true);
    let table = Run::new(standin.folder(), &["audit", "--snapshot", &file.to_string_lossy()]).run();
    table.says("targets and zone groups of every private endpoint");
    standin.signed_in(&["audit", "-s", SPOKE]).run().says("of suspects only");
}

#[test]
fn deep_means_nothing_to_what_was_read_before() {
    let standin = StandIn::start(Vec::new());
    for args in [["audit", "--demo", "--deep"].as_slice(), &["audit", "--snapshot", "x.jsonl", "--deep"]] {
        Run::new(standin.folder(), args).run().exits(2).warns("--deep");
    }
}

/// A private link service in a subscription of which only the DNS is read, and an endpoint that waits for it.
fn waiting_for_service(there: bool) -> StandIn {
    let mut objects = pending();
    objects.push(subscription(OTHER, "provider"));
    let service = network_id(OTHER, "rg-pls", "privateLinkServices/pls");
    let endpoint = network_id(SPOKE, "rg-app", &format!("privateEndpoints/pe-{}", account(0).0));
    find(&mut objects, &endpoint)["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["privateLinkServiceId"] =
        json!(service);
    if there {
        objects.push(json!({"id": service, "name": "pls", "type": "Microsoft.Network/privateLinkServices",
            "location": "westeurope", "properties": {"provisioningState": "Succeeded",
            "privateEndpointConnections": []}}));
    }
    StandIn::start(objects)
}

#[test]
fn a_private_link_service_elsewhere_is_asked_by_itself() {
    for there in [true, false] {
        let standin = waiting_for_service(there);
        let (resources, coverage) = collected(&standin, &[], 0);
        let service = network_id(OTHER, "rg-pls", "privateLinkServices/pls");
        assert_eq!(standin.asked(&service).len(), 1);
        assert_eq!(ids(&resources, "/privateLinkServices/").len(), usize::from(there));
        assert_eq!(coverage["askedSingly"]["targets"], json!([service]));
        assert!(standin.asked(&format!("*{OTHER}*/privateEndpoints")).is_empty(), "only its DNS is read");
        assert!(standin.asked("*/privateLinkServices/pls/*").is_empty(), "it tells its connections itself");
    }
}

#[test]
fn a_target_where_nothing_can_be_seen_is_not_asked() {
    let standin = waiting_for_service(true);
    let (_, coverage) = collected(&standin, &["--no-context"], 0);
    assert_eq!(coverage.get("askedSingly").and_then(|asked| asked.get("targets")), None);
    assert!(standin.asked(&format!("/subscriptions/{OTHER}*")).is_empty());
}

#[test]
fn a_healthy_estate_of_many_subscriptions_asks_for_no_target() {
    let mut objects = spoke_and_hub(5);
    objects.extend((0..3).flat_map(bare));
    let standin = StandIn::start(objects);
    standin.signed_in(&["audit", "--all-subscriptions", "-f", "json"]).run().exits(0);
    assert!(standin.asked("*/storageAccounts/*").is_empty());
    assert_eq!(standin.asked("*/storageAccounts").len(), 1, "the one subscription with endpoints");
}
