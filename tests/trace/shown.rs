//! What the built binary shows of the sample estate.

use std::path::Path;

use plaudit::inventory::{Kind, snapshot};
use plaudit::report::Style;
use plaudit::report::trace::{Format, write};
use plaudit::trace::{Trace, Verdict};
use serde_json::Value;

use crate::estate::HOME;
use crate::estate::services::{private_link_service, storage};
use crate::standin::child::{Outcome, Run};
use crate::verdicts::{NAME, small, traced};

fn plaudit(args: &[&str]) -> Outcome {
    Run::new(Path::new("/"), args).run()
}

#[test]
fn the_exit_code_is_the_worst_verdict() {
    plaudit(&["trace", "pe-sql-orders", "--demo", "healthy"]).exits(0);
    plaudit(&["trace", "pe-sb-telemetry", "--demo"]).exits(1);
    // Not every network of this estate could be read.
    let found = plaudit(&["trace", "pe-sql-orders", "--demo"]);
    let why = "one of those may need the endpoint too";
    found.exits(3).warns(why);
    assert!(found.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(why), "{}", found.stdout);
    let formatted =
        |format| plaudit(&["trace", "pe-sql-orders", "--demo", "-f", format]).exits(3).stdout.clone();
    let json: Value = serde_json::from_str(&formatted("json")).unwrap();
    assert!(json["notes"][0].as_str().unwrap().contains(why), "{json}");
    assert!(formatted("mermaid").contains("\n    %% not every virtual network"));
    assert!(formatted("dot").contains("\n    // not every virtual network"));
    plaudit(&["trace", "pe-sql-orders", "--from", "vnet-retail-weu", "--demo"]).exits(0);
    plaudit(&["trace", "pe-st-stores-blob", "--demo"]).exits(3);
    plaudit(&["trace", "nobody", "--demo"]).exits(2).warns("neither an endpoint");
    plaudit(&["trace", "pe-sql-orders", "--from", "nowhere", "--demo"]).exits(2).warns("nowhere");
    plaudit(&["names", "--demo", "healthy"]).exits(0);
}

/// A question that has an answer is no wrong usage, even if the answer is that it cannot be known.
#[test]
fn what_was_not_read_is_told_and_not_refused() {
    let mut it = small();
    it.e.in_subscription("far").audit("far");
    let shut = it.e.vnet("shut", "10.7.0.0/16");
    let own = it.e.endpoint("pe-far", &shut, storage("far", "blob"));
    it.e.zone_group(&own, &[&it.zone]);
    let nameless = it.e.endpoint("pe-own", &it.spoke, private_link_service("pls"));
    let nic = it.e.interface_of(&nameless);
    it.e.remove(&nic);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("estate.jsonl");
    snapshot::write(&file, &it.e.collected()).unwrap();
    let traced = |args: &[&str]| {
        let given = ["trace", "--no-config", "--snapshot", file.to_str().unwrap()];
        Run::new(place.path(), &[&given[..], args].concat()).run()
    };
    let found = traced(&["pe-far"]);
    let table = &found.exits(3).stdout;
    assert!(table.contains("=> cannot be known: how shut asks DNS was not read: "), "{table}");
    for format in ["mermaid", "dot"] {
        let picture = traced(&["pe-far", "-f", format]).exits(3).stdout.clone();
        assert!(picture.contains("cannot be known: how shut asks DNS was not read: "), "{picture}");
    }
    let found = traced(&["pe-own", "-f", "json"]);
    found.exits(3).warns("cannot be known: endpoint pe-own has no name to ask for: its network interface");
    let json: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(json["traces"], serde_json::json!([]));
}

#[test]
fn a_table_fits_and_json_tells_the_same() {
    let args = ["trace", "sql-contoso-orders.database.windows.net", "--from", "vnet-retail-weu", "--demo"];
    let outcome = plaudit(&args);
    let table = &outcome.exits(0).stdout;
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("=> private and reachable"), "{table}");
    let json = plaudit(&[args.as_slice(), &["-f", "json"]].concat()).report();
    assert_eq!(json["schema"], "plaudit/trace/v1");
    assert_eq!(json["traces"][0]["verdict"], "privateReachable");
    for step in json["traces"][0]["ways"][0]["steps"].as_array().unwrap() {
        let first: String = step["text"].as_str().unwrap().split(' ').take(3).collect::<Vec<_>>().join(" ");
        assert!(table.contains(&first), "{first} is not in {table}");
    }
}

#[test]
fn pictures_have_a_box_for_each_step() {
    let mermaid =
        plaudit(&["trace", "pe-sql-orders", "--demo", "healthy", "-f", "mermaid"]).exits(0).stdout.clone();
    assert!(mermaid.starts_with("flowchart TD\n"));
    let dot = plaudit(&["trace", "pe-sql-orders", "--demo", "healthy", "-f", "dot"]).exits(0).stdout.clone();
    assert!(dot.starts_with("digraph traces {\n") && dot.ends_with("}\n"));
    assert_eq!(mermaid.matches("[\"").count(), dot.matches("[label=").count());
}

fn written(trace: Trace, format: Format) -> String {
    let mut out = Vec::new();
    write(&[trace], &[], format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Two DNS servers that answer differently: the picture ends in one box, to which both lead.
#[test]
fn every_way_of_a_picture_leads_to_the_whole_verdict() {
    let mut it = small();
    let bare = it.e.vnet("bare", "10.3.0.0/16");
    it.e.peer(&bare, &it.spoke);
    it.e.machine(&it.hub, "dns-1", "10.0.0.10");
    it.e.machine(&bare, "dns-2", "10.3.0.10");
    it.e.dns_servers(&it.spoke, &["10.0.0.10", "10.3.0.10"]);
    let trace = traced(&it.e, NAME, "spoke");
    assert_eq!((trace.verdict, trace.ways.len()), (Verdict::Public, 2));
    let mermaid = written(trace.clone(), Format::Mermaid);
    let chains: Vec<&str> = mermaid.lines().filter(|line| line.contains(" --> ")).collect();
    assert_eq!(chains.len(), 2, "{mermaid}");
    for (number, chain) in chains.iter().enumerate() {
        let ends = format!("t0w{number}end --> t0end");
        assert!(chain.trim().starts_with("t0 --> ") && chain.ends_with(&ends), "{chain}");
    }
    assert!(mermaid.contains("    t0end[\"public: "), "{mermaid}");
    // As bad as the way that is: in its colour, not in that of the other.
    assert!(mermaid.contains("style t0end fill:#ffcdd2") && mermaid.contains("style t0w0end fill:#c8e6c9"));
    let dot = written(trace, Format::Dot);
    assert_eq!(dot.matches(" -> t0end;").count(), 2, "{dot}");
    assert!(dot.contains("t0end [label=\"public: ") && dot.contains("fillcolor=\"#ffcdd2\""), "{dot}");
    for picture in [mermaid, dot] {
        assert_eq!(
            picture
                .lines()
                .filter(|line| line.trim().starts_with("t0[") || line.trim().starts_with("t0 ["))
                .count(),
            1
        );
    }
    // One way needs no second box.
    it.e.dns_servers(&it.spoke, &[]);
    assert!(!written(traced(&it.e, NAME, "spoke"), Format::Mermaid).contains("t0end"));
}

#[test]
fn no_fact_of_an_answer_of_two_record_sets_is_lost() {
    let mut it = small();
    let six = it.e.add_under(
        &it.zone,
        "AAAA",
        "acct",
        serde_json::json!({
            "ttl": 3600,
            "aaaaRecords": [{"ipv6Address": "fd00::1"}],
        }),
    );
    let json: Value = serde_json::from_str(&written(traced(&it.e, NAME, "spoke"), Format::Json)).unwrap();
    let steps = json["traces"][0]["ways"][0]["steps"].as_array().unwrap();
    let answer = steps.iter().find(|step| step["kind"] == "answer").unwrap();
    let facts = answer["facts"].as_array().unwrap();
    let told = |name: &str| -> Vec<&str> {
        let found = facts.iter().filter(|fact| fact["name"] == name);
        found.map(|fact| fact["value"].as_str().unwrap()).collect()
    };
    assert_eq!(told("record"), ["A acct", "AAAA acct"], "{six} {answer}");
    assert_eq!(told("ttl"), ["10", "3600"]);
    assert_eq!(told("writtenBy").len(), 1);
}
