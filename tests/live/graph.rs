//! Resource Graph as a source: the same fails as from the management API, in a few dozen queries.

use std::collections::BTreeSet;

use plaudit::inventory::Collected;
use serde_json::{Value, json};

use crate::estate::demo::Demo;
use crate::estate::generated::generated;
use crate::estate::rounds;
use crate::standin::child::{Outcome, Run, gaps, verdicts};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{
    HUB, SPOKE, ZONE, bare, leave_pending, network_id, spoil_record, spoke_and_hub,
};
use crate::standin::{Settings, StandIn};

pub const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

pub fn audit(standin: &StandIn, source: &str, scope: &[&str]) -> Outcome {
    let args = ["audit", "-f", "json", "--source", source];
    standin.signed_in(&[args.as_slice(), scope].concat()).run()
}

/// What findings say, without regard to the source: rule, verdict, fingerprint, confidence, severity, evidence.
fn said(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap();
    let parts =
        ["rule", "verdict", "fingerprint", "confidence", "severity", "subject", "evidence", "message"];
    findings.iter().map(|finding| parts.map(|part| finding[part].to_string()).join(" ")).collect()
}

/// Both sources find the same, and read the same.
#[track_caller]
fn the_same(standin: &StandIn, scope: &[&str]) -> [Value; 2] {
    let reports = ["arm", "graph"].map(|source| {
        let outcome = audit(standin, source, scope);
        (outcome.code, outcome.report())
    });
    let [(arm_code, arm), (graph_code, graph)] = reports;
    let (left, right) = (said(&arm), said(&graph));
    let only: [Vec<_>; 2] = [left.difference(&right).collect(), right.difference(&left).collect()];
    assert!(left == right, "only arm: {:#?}\nonly graph: {:#?}", only[0], only[1]);
    assert_eq!(arm_code, graph_code);
    assert_eq!(arm["coverage"]["read"], graph["coverage"]["read"]);
    assert_eq!(arm["coverage"]["gaps"], graph["coverage"]["gaps"]);
    assert_eq!([&arm["scope"]["source"], &graph["scope"]["source"]], ["arm", "graph"]);
    [arm, graph]
}

#[test]
fn both_sources_say_the_same_of_a_spoke_and_its_hub() {
    let faulty = |change: fn(&mut [Value])| {
        let mut objects = spoke_and_hub(3);
        change(&mut objects);
        objects
    };
    for (objects, fails) in [(spoke_and_hub(3), 0), (faulty(spoil_record), 1), (faulty(leave_pending), 1)] {
        for (graph_metadata, graph_tables) in [(true, false), (true, true), (false, false)] {
            let settings = Settings { graph_metadata, graph_tables, ..Settings::default() };
            let standin = StandIn::with(objects.clone(), settings);
            let [_, report] = the_same(&standin, &["-s", SPOKE]);
            assert_eq!(report["findings"].as_array().map(Vec::len), Some(fails));
            assert_eq!(report["coverage"]["complete"], true);
        }
    }
}

#[test]
fn nothing_is_listed_that_the_index_holds() {
    let standin = StandIn::start(spoke_and_hub(5));
    audit(&standin, "graph", &["-s", SPOKE]).exits(0).warns("from Resource Graph (--source graph)");
    let queries = standin.asked(GRAPH).len();
    assert!((1..30).contains(&queries), "{queries} queries");
    for kind in ["privateEndpoints", "networkInterfaces", "virtualNetworks", "privateDnsZones", "ALL"] {
        assert!(standin.asked(&format!("*/{kind}")).is_empty(), "{kind}");
    }
    for entry in standin.at(Door::Arm) {
        let is_query = entry.method == "POST" && entry.path == GRAPH;
        assert!(entry.method == "GET" || is_query, "{entry:?}");
        assert_eq!(entry.status, 200, "{entry:?}");
    }
}

#[test]
fn every_page_of_rows_is_asked_for() {
    let standin = StandIn::with(spoke_and_hub(25), Settings { graph_page: 7, ..Settings::default() });
    let [arm, graph] = the_same(&standin, &["-s", SPOKE]);
    assert_eq!(graph["coverage"]["read"]["privateEndpoints"], 25);
    assert_eq!(arm["coverage"]["read"]["recordSets"], 26);
}

/// The objects of an estate; each zone counts its SOA, as Azure's do.
pub fn objects(collected: &Collected) -> Vec<Value> {
    let object = |json: &str| {
        let mut object: Value = serde_json::from_str(json).unwrap();
        if let Some(count) = object.pointer_mut("/properties/numberOfRecordSets") {
            *count = json!(count.as_u64().unwrap() + 1);
        }
        object
    };
    collected.resources.iter().map(|resource| object(&resource.json)).collect()
}

/// An estate behind a stand-in, audited as it was meant to be.
#[track_caller]
fn estate_says_the_same(collected: &Collected, settings: Settings) -> Value {
    let standin = StandIn::with(objects(collected), settings);
    let audited = &collected.origin.scope.subscriptions;
    let scope: Vec<&str> = audited.iter().flat_map(|id| ["-s", id.as_str()]).collect();
    let [_, graph] = the_same(&standin, &scope);
    graph
}

#[test]
fn both_sources_say_the_same_of_the_sample_estate() {
    let faulty = rounds::read(&Demo::faulty().e);
    for graph_metadata in [true, false] {
        let settings = Settings { graph_metadata, graph_page: 50, ..Settings::default() };
        let report = estate_says_the_same(&faulty, settings);
        assert!(verdicts(&report, "fail").len() > 5);
    }
}

#[test]
fn both_sources_say_the_same_of_generated_estates() {
    // More than a thousand make three spokes, each of which resolves names in its own way.
    for (endpoints, seed) in [(300, 1), (1010, 7)] {
        let estate = generated(endpoints, seed);
        let report = estate_says_the_same(&estate.collected, Settings::default());
        assert!(!verdicts(&report, "fail").is_empty(), "seed {seed}");
    }
}

#[test]
fn a_subscription_that_is_not_readable_is_the_same_gap() {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    for fault in [Fault::Forbidden, Fault::SubscriptionNotFound] {
        let standin = StandIn::start(objects.clone());
        standin.on(&format!("/subscriptions/{HUB}*"), fault);
        let [_, report] = the_same(&standin, &["-s", SPOKE]);
        assert_eq!(verdicts(&report, "fail").len(), 0);
        let hub = |gap: &&Value| gap["subscription"] == HUB && gap["kind"] == "subscriptions";
        assert!(gaps(&report).iter().any(hub), "{:#?}", gaps(&report));
    }
}

/// The management API tells of links and records whoever may list them; the index leaves them out without a word.
#[test]
fn what_the_rights_do_not_cover_is_read_from_the_management_api() {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    let role = |less: &[&str]| json!([{"actions": ["*/read"], "notActions": less}]);
    for less in [
        ["Microsoft.Network/privateDnsZones/virtualNetworkLinks/read"],
        ["Microsoft.Network/privateDnsZones/*/read"],
        ["Microsoft.Network/dnsResolvers/inboundEndpoints/read"],
    ] {
        let permissions = [(HUB.to_owned(), role(&less))].into();
        let standin = StandIn::with(objects.clone(), Settings { permissions, ..Settings::default() });
        let [_, report] = the_same(&standin, &["-s", SPOKE]);
        assert_eq!(verdicts(&report, "fail").len(), 1, "{less:?}");
    }
}

#[test]
fn a_list_that_the_rights_do_not_cover_is_a_gap_and_no_fail() {
    let role = json!([{"actions": ["*/read"], "notActions": ["Microsoft.Network/privateDnsZones/read"]}]);
    let permissions = [(HUB.to_owned(), role)].into();
    let standin = StandIn::with(spoke_and_hub(3), Settings { permissions, ..Settings::default() });
    let report = audit(&standin, "graph", &["-s", SPOKE]).exits(3).report();
    assert_eq!(verdicts(&report, "fail").len(), 0);
    let codes: Vec<&Value> = gaps(&report).iter().map(|gap| &gap["code"]).collect();
    assert_eq!(codes, ["MissingPermission"]);
}

#[test]
fn a_zone_that_counts_more_records_than_the_index_knows_is_read_from_the_management_api() {
    let id = network_id(HUB, "rg-dns", &format!("privateDnsZones/{ZONE}/A/stdata0001"));
    let standin =
        StandIn::with(spoke_and_hub(3), Settings { graph_missing: vec![id], ..Settings::default() });
    the_same(&standin, &["-s", SPOKE]);
    assert_eq!(standin.asked("*/ALL").len(), 2, "one for each source");
}

#[test]
fn a_tenant_takes_a_few_dozen_queries() {
    let mut objects = spoke_and_hub(5);
    objects.extend((0..100).flat_map(bare));
    let standin = StandIn::start(objects);
    let outcome = audit(&standin, "auto", &["--all-subscriptions"]);
    outcome.exits(0).warns("reading 102 subscriptions from Resource Graph (more than 10)");
    assert_eq!(outcome.report()["coverage"]["complete"], true);
    let log = standin.at(Door::Arm);
    let queries = standin.asked(GRAPH).len();
    assert!(queries <= 24, "{queries} queries");
    let rights = standin.asked("*/permissions").len();
    assert!(
        (102..=104).contains(&rights),
        "asked once for each subscription, and with lists of targets: {rights}"
    );
    assert!(log.len() - queries - rights < 10, "{} calls besides", log.len() - queries - rights);
}

#[test]
fn a_few_subscriptions_are_read_from_the_management_api() {
    let standin = StandIn::start(spoke_and_hub(1));
    let outcome = audit(&standin, "auto", &["-s", SPOKE]);
    outcome.exits(0).warns("reading 2 subscriptions from the management API (no more than 10)");
    assert!(standin.asked(GRAPH).is_empty());
}

#[test]
fn where_resource_graph_does_not_answer_the_management_api_does() {
    for (fault, code) in
        [(Fault::Forbidden, "AuthorizationFailed"), (Fault::Status(404, "NotFound"), "NotFound")]
    {
        let mut objects = spoke_and_hub(2);
        objects.extend((0..10).flat_map(bare));
        let standin = StandIn::start(objects);
        standin.on(GRAPH, fault);
        let outcome = audit(&standin, "auto", &["--all-subscriptions"]);
        outcome.exits(0).warns("from the management API (Resource Graph does not answer: ").warns(code);
        assert_eq!(outcome.report()["scope"]["source"], "arm");
        assert_eq!(standin.asked(GRAPH).len(), 1);
    }
}

#[test]
fn a_query_that_fails_is_a_gap_and_no_fail() {
    let standin = StandIn::start(spoke_and_hub(2));
    standin.on_nth(GRAPH, 1..usize::MAX, Fault::Status(400, "BadRequest"));
    let report = audit(&standin, "graph", &["-s", SPOKE]).exits(3).report();
    assert_eq!(verdicts(&report, "fail").len(), 0);
    let kinds: BTreeSet<String> = gaps(&report).iter().map(|gap| gap["kind"].to_string()).collect();
    assert!(kinds.len() > 10, "{kinds:?}");

    let standin = StandIn::start(spoke_and_hub(2));
    standin.on(GRAPH, Fault::Forbidden);
    audit(&standin, "graph", &["-s", SPOKE]).exits(4).warns("AuthorizationFailed");
}

#[test]
fn throttled_queries_are_asked_again() {
    let standin = StandIn::start(spoke_and_hub(2));
    standin.on_first(2, GRAPH, Fault::Throttled(Some(1)));
    audit(&standin, "graph", &["-s", SPOKE]).exits(0);
}

#[test]
fn a_snapshot_gives_the_report_of_the_live_run() {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    let standin = StandIn::start(objects);
    let live = audit(&standin, "graph", &["-s", SPOKE]);
    let file = standin.folder().join("estate.jsonl");
    let file = file.to_string_lossy();
    standin.signed_in(&["collect", "-s", SPOKE, "--source", "graph", "-o", &file]).run().exits(0);
    let later = Run::new(standin.folder(), &["audit", "--snapshot", &file, "-f", "json"]).run();
    let timeless = |outcome: &Outcome| {
        let time = outcome.report()["collectedAt"].as_str().unwrap_or_default().to_owned();
        outcome.stdout.replace(&time, "THEN")
    };
    assert_eq!(timeless(later.exits(1)), timeless(&live));
    assert!(live.report()["notes"].to_string().contains("may be some minutes old"));
}

fn connections_asked(standin: &StandIn) -> usize {
    standin.asked("*/privateEndpointConnections").len()
}

#[test]
fn many_targets_are_asked_of_the_index_with_their_connections() {
    for graph_connections in [true, false] {
        let objects: Vec<Value> = spoke_and_hub(15);
        let standin = StandIn::with(objects, Settings { graph_connections, ..Settings::default() });
        let [arm, graph] = the_same(&standin, &["-s", SPOKE, "--deep"]);
        assert_eq!(graph["coverage"]["read"]["targets"], 15);
        assert_eq!(arm["coverage"]["read"]["privateEndpointConnections"], 15);
        // Once for the management API, and again for an index that does not tell them.
        assert_eq!(connections_asked(&standin), if graph_connections { 15 } else { 30 });
    }
}

#[test]
fn a_target_that_the_index_does_not_know_is_told_by_the_management_api() {
    let mut objects = spoke_and_hub(15);
    let is_target = |object: &Value| object["type"] == "Microsoft.Storage/storageAccounts";
    let ids: Vec<String> = objects
        .iter()
        .filter(|object| is_target(object))
        .map(|object| object["id"].as_str().unwrap().to_ascii_lowercase())
        .collect();
    let gone = |object: &Value| object["id"].as_str().unwrap().to_ascii_lowercase().starts_with(&ids[0]);
    objects.retain(|object| !gone(object));
    let standin =
        StandIn::with(objects, Settings { graph_missing: vec![ids[1].clone()], ..Settings::default() });
    let [_, graph] = the_same(&standin, &["-s", SPOKE, "--deep"]);
    let fails: Vec<&Value> = verdicts(&graph, "fail").iter().map(|fail| &fail["rule"]).collect();
    assert_eq!(fails, ["PE-005"]);
    assert_eq!(graph["coverage"]["read"]["targets"], 14);
}
