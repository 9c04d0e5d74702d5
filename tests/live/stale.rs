//! An index that is behind: what a finding hangs on is read again from the management API, so that nobody is woken by
//! what was mended already.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::graph::{GRAPH, audit, objects};
use crate::estate::Estate;
use crate::estate::demo::Demo;
use crate::estate::generated::generated;
use crate::estate::rounds;
use crate::estate::services::storage;
use crate::standin::child::{gaps, verdicts};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, ZONE, leave_pending, network_id, spoil_record, spoke_and_hub};
use crate::standin::{Settings, StandIn};

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_ascii_lowercase()
}

/// An estate whose index still tells of it as it was before.
fn behind(before: &[Value], now: Vec<Value>) -> StandIn {
    let ids: BTreeSet<String> = before.iter().map(id).collect();
    let graph_missing = now.iter().map(id).filter(|id| !ids.contains(id)).collect();
    let graph_overrides = before.iter().filter(|object| !now.contains(object)).cloned().collect();
    StandIn::with(now, Settings { graph_overrides, graph_missing, ..Settings::default() })
}

fn without(objects: &mut Vec<Value>, part: &str) {
    let before = objects.len();
    objects.retain(|object| !id(object).contains(&part.to_ascii_lowercase()));
    assert!(objects.len() < before, "{part}");
}

/// Takes a zone's links and records with it.
fn without_zone(objects: &mut Vec<Value>) {
    without(objects, &format!("privateDnsZones/{ZONE}"));
}

fn peering_was(state: &str) -> impl FnOnce(&mut Vec<Value>) {
    move |objects| {
        let networks =
            objects.iter_mut().filter(|object| object["properties"]["virtualNetworkPeerings"].is_array());
        for peering in networks
            .flat_map(|network| network["properties"]["virtualNetworkPeerings"].as_array_mut().unwrap())
        {
            peering["properties"]["peeringState"] = json!(state);
        }
    }
}

#[test]
fn what_was_mended_since_is_no_finding() {
    type Change = Box<dyn FnOnce(&mut Vec<Value>)>;
    let before: [(&str, Change); 5] = [
        ("DNS-022", Box::new(|objects| spoil_record(objects))),
        ("PE-001", Box::new(|objects| leave_pending(objects))),
        ("DNS-001", Box::new(without_zone)),
        ("DNS-010", Box::new(|objects| without(objects, "/virtualNetworkLinks/"))),
        ("NET-001", Box::new(peering_was("Disconnected"))),
    ];
    for (rule, change) in before {
        let now = spoke_and_hub(3);
        let mut then = now.clone();
        change(&mut then);
        let standin = behind(&then, now);
        let believed = audit(&standin, "graph", &["-s", SPOKE, "--no-verify"]);
        let believed = believed.report();
        assert!(
            verdicts(&believed, "fail").iter().any(|fail| fail["rule"] == rule),
            "{rule}: {:#?}",
            verdicts(&believed, "fail")
        );
        assert!(believed.get("verification").is_none());
        assert!(believed["notes"].to_string().contains("were not read again"), "{}", believed["notes"]);

        let outcome = audit(&standin, "graph", &["-s", SPOKE]);
        let report = outcome.exits(0).warns("reading again what").report();
        assert_eq!(verdicts(&report, "fail").len(), 0, "{rule}");
        assert!(report["verification"]["stale"].as_u64().unwrap() > 0, "{rule}: {}", report["verification"]);
        assert!(report["notes"].to_string().contains("the index was stale for"), "{}", report["notes"]);
        assert_eq!(report["coverage"]["complete"], true, "{rule}");
    }
}

#[test]
fn a_dns_server_that_came_since_is_seen() {
    let demo = rounds::read(&Demo::healthy().e);
    let now = objects(&demo);
    let mut then = now.clone();
    without(&mut then, "/inboundEndpoints/");
    let scope: Vec<&str> =
        demo.origin.scope.subscriptions.iter().flat_map(|id| ["-s", id.as_str()]).collect();
    let standin = behind(&then, now);
    let believed = audit(&standin, "graph", &[&scope[..], &["--no-verify"]].concat()).report();
    assert!(verdicts(&believed, "fail").iter().any(|fail| fail["rule"] == "DNS-035"));
    let report = audit(&standin, "graph", &scope).exits(0).report();
    assert_eq!(verdicts(&report, "fail").len(), 0);
}

#[test]
fn what_is_gone_since_is_no_finding() {
    let mut then = spoke_and_hub(3);
    leave_pending(&mut then);
    let mut now = spoke_and_hub(3);
    for part in [
        "privateEndpoints/pe-stdata0000",
        "networkInterfaces/pe-stdata0000",
        "/A/stdata0000",
        "storageAccounts/stdata0000",
    ] {
        now.retain(|object| !id(object).contains(&part.to_ascii_lowercase()));
    }
    let report = audit(&behind(&then, now), "graph", &["-s", SPOKE]).exits(0).report();
    assert_eq!(report["coverage"]["read"]["privateEndpoints"], 2);
    assert_eq!(report["verification"]["stale"], 1);
}

/// What fails, in words.
fn fails(report: &Value) -> BTreeSet<String> {
    verdicts(report, "fail").iter().map(|fail| format!("{} {}", fail["rule"], fail["message"])).collect()
}

#[test]
fn whatever_an_index_does_not_know_yet_wakes_nobody() {
    for (seed, every) in [(1, 5), (2, 7), (3, 11)] {
        let estate = generated(60, seed).collected;
        let now = objects(&estate);
        // Not by their place, which is their kind.
        let is_known = |object: &&Value| {
            let sum =
                id(object).bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            id(object).matches('/').count() < 3 || sum % every != 0
        };
        let then: Vec<Value> = now.iter().filter(is_known).cloned().collect();
        assert!(then.len() < now.len());
        let scope: Vec<&str> =
            estate.origin.scope.subscriptions.iter().flat_map(|id| ["-s", id.as_str()]).collect();
        let standin = behind(&then, now);
        let believed = fails(&audit(&standin, "graph", &[&scope[..], &["--no-verify"]].concat()).report());
        let [arm, graph] = ["arm", "graph"].map(|source| fails(&audit(&standin, source, &scope).report()));
        let false_ones: Vec<_> = graph.difference(&arm).collect();
        assert!(false_ones.is_empty(), "seed {seed}: {false_ones:#?}");
        assert!(believed.difference(&arm).next().is_some(), "seed {seed}: the index was believed in vain");
    }
}

/// The record is the new endpoint's, which no finding names.
#[test]
fn an_endpoint_that_came_since_keeps_its_record() {
    let now = spoke_and_hub(3);
    let mut then = now.clone();
    for part in ["privateEndpoints/pe-stdata0001", "networkInterfaces/pe-stdata0001"] {
        without(&mut then, part);
    }
    let standin = behind(&then, now);
    let config = standin.folder().join("all.toml");
    std::fs::write(&config, "[rules]\nenable = [\"all\"]\n").unwrap();
    let config = config.to_string_lossy();
    let scope = ["--all-subscriptions", "--config", &config];
    let orphan = |report: &Value| verdicts(report, "fail").iter().any(|fail| fail["rule"] == "DNS-024");
    assert!(orphan(&audit(&standin, "graph", &[&scope[..], &["--no-verify"]].concat()).report()));
    assert!(!orphan(&audit(&standin, "graph", &scope).report()));
}

/// Its zone groups are asked for, as it has no record any more; that it is gone is no gap.
#[test]
fn an_approved_endpoint_that_is_gone_leaves_nothing_behind() {
    let then = spoke_and_hub(3);
    let mut now = then.clone();
    for part in [
        "privateEndpoints/pe-stdata0000",
        "networkInterfaces/pe-stdata0000",
        "/A/stdata0000",
        "storageAccounts/stdata0000",
    ] {
        now.retain(|object| !id(object).contains(&part.to_ascii_lowercase()));
    }
    let standin = behind(&then, now);
    let [arm, graph] =
        ["arm", "graph"].map(|source| audit(&standin, source, &["-s", SPOKE]).exits(0).report());
    assert_eq!(gaps(&graph), gaps(&arm));
    assert_eq!(graph["coverage"]["read"]["privateEndpoints"], 2);
}

#[test]
fn an_index_that_tells_of_all_the_mistakes_there_were_wakes_nobody() {
    let [then, now] = [Demo::faulty(), Demo::healthy()].map(|demo| rounds::read(&demo.e));
    let audited = &now.origin.scope.subscriptions;
    let scope: Vec<&str> = audited.iter().flat_map(|id| ["-s", id.as_str()]).collect();
    let standin = behind(&objects(&then), objects(&now));
    let believed = audit(&standin, "graph", &[&scope[..], &["--no-verify"]].concat()).report();
    assert!(verdicts(&believed, "fail").len() > 10);
    // Whether their targets are there is asked of suspects, and the mistakes made other suspects.
    let deep = [&scope[..], &["--deep"]].concat();
    let [arm, graph] = ["arm", "graph"].map(|source| audit(&standin, source, &deep).report());
    let (arm, graph) = (fails(&arm), fails(&graph));
    let false_ones: Vec<_> = graph.difference(&arm).collect();
    assert!(false_ones.is_empty(), "{false_ones:#?}");
}

#[test]
fn what_targets_said_before_is_no_finding() {
    let now = spoke_and_hub(15);
    let mut then = now.clone();
    for object in &mut then {
        if object["type"] == "Microsoft.Storage/storageAccounts/privateEndpointConnections" {
            object["properties"]["privateLinkServiceConnectionState"]["status"] = json!("Rejected");
        }
    }
    let standin = behind(&then, now);
    let config = standin.folder().join("all.toml");
    std::fs::write(&config, "[rules]\nenable = [\"PE-006\"]\n").unwrap();
    let config = config.to_string_lossy();
    let scope = ["-s", SPOKE, "--deep", "--config", &config];
    let believed = audit(&standin, "graph", &[&scope[..], &["--no-verify"]].concat()).report();
    let fails = verdicts(&believed, "fail");
    assert_eq!(fails.iter().filter(|fail| fail["rule"] == "PE-006").count(), 15, "{fails:#?}");
    let report = audit(&standin, "graph", &scope).exits(0).report();
    assert_eq!(report["verification"]["stale"], 15);
    assert_eq!(verdicts(&report, "fail").len(), 0);
    assert_eq!(report["coverage"]["read"]["targets"], 15);
    assert_eq!(report["coverage"]["read"]["privateEndpointConnections"], 15);
}

#[test]
fn what_is_still_so_is_still_told_and_nothing_is_read_twice() {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    let standin = StandIn::start(objects);
    let report = audit(&standin, "graph", &["-s", SPOKE]).exits(1).report();
    let rules: Vec<&Value> = verdicts(&report, "fail").iter().map(|fail| &fail["rule"]).collect();
    assert_eq!(rules, ["DNS-022"]);
    let lists = report["verification"]["lists"].as_u64().unwrap();
    assert_eq!(report["verification"], json!({"findings": 1, "lists": lists, "stale": 0, "unread": 0}));
    assert!(report["notes"].to_string().contains("none of them vanished"));
    let log = standin.at(Door::Arm);
    let gets: Vec<&String> =
        log.iter().filter(|entry| entry.method == "GET").map(|entry| &entry.path).collect();
    let once: BTreeSet<&&String> = gets.iter().filter(|path| !path.ends_with("/permissions")).collect();
    assert_eq!(gets.iter().filter(|path| !path.ends_with("/permissions")).count(), once.len());
    for kind in ["routeTables", "privateLinkServices"] {
        assert!(standin.asked(&format!("*/{kind}")).is_empty(), "the rule does not look at {kind}");
    }
}

#[test]
fn what_cannot_be_read_again_is_not_known() {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    for list in ["*/privateDnsZones", "*/ALL", "*/privateEndpoints", "*/virtualNetworks"] {
        let standin = StandIn::start(objects.clone());
        standin.on(list, Fault::Forbidden);
        let report = audit(&standin, "graph", &["-s", SPOKE]).exits(3).report();
        assert_eq!(verdicts(&report, "fail").len(), 0, "{list}");
        assert!(!gaps(&report).is_empty(), "{list}");
        assert_eq!(report["verification"]["stale"], 0, "{list}: nobody has seen that it is gone");
        assert_eq!(report["verification"]["unread"], u64::from(list == "*/privateEndpoints"), "{list}");
    }
}

#[test]
fn what_was_not_read_again_before_the_time_was_up_wakes_nobody() {
    // The index has lost the links of the zone: nobody seems to see it.
    let objects = spoke_and_hub(3);
    let graph_missing = objects.iter().map(id).filter(|id| id.contains("/virtualnetworklinks/")).collect();
    let settings = Settings { graph_missing, ..Settings::default() };
    let standin = StandIn::with(objects, settings);
    let args = ["audit", "-f", "json", "--source", "graph", "-s", SPOKE];
    let believed = standin.signed_in(&[args.as_slice(), &["--no-verify"]].concat()).run().report();
    assert!(!verdicts(&believed, "fail").is_empty(), "{believed:#}");
    standin.on("*/privateDnsZones", Fault::Late(Duration::from_secs(30)));
    let outcome = standin.signed_in(&[args.as_slice(), &["--timeout", "3"]].concat()).run();
    let report = outcome.exits(3).report();
    assert_eq!(verdicts(&report, "fail").len(), 0, "{report:#}");
    let in_doubt = |gap: &&Value| gap["kind"] == "privateDnsZones" && gap["code"] == "TimedOut";
    assert!(gaps(&report).iter().any(in_doubt), "{:#?}", gaps(&report));
    assert_eq!(report["verification"], Value::Null);
}

#[test]
fn nobody_asks_again_where_nobody_may_read() {
    let mut objects = spoke_and_hub(3);
    leave_pending(&mut objects);
    spoil_record(&mut objects);
    let standin = StandIn::start(objects);
    standin.on(&format!("/subscriptions/{HUB}*"), Fault::Forbidden);
    let report = audit(&standin, "graph", &["-s", SPOKE]).exits(1).report();
    assert!(report["verification"]["lists"].as_u64() > Some(0));
    let direct = audit(&standin, "arm", &["-s", SPOKE]).exits(1).report();
    assert_eq!(gaps(&report), gaps(&direct));
    assert!(standin.asked(&format!("*{HUB}*/ALL")).is_empty());
}

#[test]
fn a_healthy_estate_is_read_once() {
    let standin = StandIn::start(spoke_and_hub(3));
    let report = audit(&standin, "graph", &["-s", SPOKE]).exits(0).report();
    assert_eq!(report["verification"], json!({"findings": 0, "lists": 0, "stale": 0, "unread": 0}));
    assert!(!standin.asked(GRAPH).is_empty());
    assert!(standin.asked("*/privateEndpoints").is_empty());
    assert!(standin.asked(&network_id(HUB, "rg-dns", &format!("privateDnsZones/{ZONE}/ALL"))).is_empty());
}

/// Four zones for one network; three of them lead a second network, too, or did so a while ago.
fn four_zones(linked: bool) -> Vec<Value> {
    let mut e = Estate::new();
    let [vnet, quiet] =
        [("vnet", "10.1.0.0/16"), ("quiet", "10.2.0.0/16")].map(|(name, at)| e.vnet(name, at));
    e.client(&vnet);
    let names = ["blob", "file", "queue", "table"];
    for name in names {
        let zone = e.zone(&format!("privatelink.{name}.core.windows.net"));
        e.link(&zone, &vnet);
        if linked && name != "blob" {
            e.link(&zone, &quiet);
        }
        let pe = e.endpoint(&format!("pe-{name}"), &vnet, storage("acct", name));
        e.zone_group(&pe, &[&zone]);
    }
    objects(&rounds::read(&e))
}

/// What a zone lacks hangs on what stands beside it.
#[test]
fn the_zones_beside_a_drifted_one_are_read_again() {
    let (then, now) = (four_zones(true), four_zones(false));
    let ids: BTreeSet<String> = now.iter().map(id).collect();
    assert_eq!(then.iter().filter(|object| !ids.contains(&id(object))).count(), 3, "the links");
    let standin = behind(&then, now);
    let drifted = |report: &Value| verdicts(report, "fail").iter().any(|fail| fail["rule"] == "DNS-039");
    assert!(drifted(&audit(&standin, "graph", &["--all-subscriptions", "--no-verify"]).report()));
    let report = audit(&standin, "graph", &["--all-subscriptions"]).exits(0).report();
    assert!(!drifted(&report));
    assert!(report["verification"]["stale"].as_u64() > Some(0), "{}", report["verification"]);
}
