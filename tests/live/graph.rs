//! Resource Graph as a source: the same fails as from the management API, in a few dozen queries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::standin::child::{Outcome, gaps};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{
    HUB, SPOKE, ZONE, bare, leave_pending, network_id, spoil_record, spoke_and_hub,
};
use crate::standin::{Settings, StandIn};

const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

fn audit(standin: &StandIn, source: &str, scope: &[&str]) -> Outcome {
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
