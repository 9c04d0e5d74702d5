//! `plaudit facts` from outside: rows on stdout, what a gap costs, and a reader who has seen enough.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::standin::StandIn;
use crate::standin::child::{Outcome, Run};
use crate::standin::fault::Fault;
use crate::standin::objects::{HUB, SPOKE, spoke_and_hub};
use crate::standin::schema;

const SUBJECTS: [&str; 8] = ["endpoint", "name", "zone", "link", "record", "vnet", "peering", "service"];

fn plaudit(args: &[&str]) -> Outcome {
    Run::new(Path::new("/"), args).run()
}

/// The rows on stdout, each held against the schema that it names.
#[track_caller]
fn rows(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(schema::read).collect()
}

fn counts(rows: &[Value]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row["subject"].as_str().unwrap()).or_default() += 1;
    }
    counts
}

#[test]
fn the_sample_comes_as_a_row_a_line_subject_after_subject() {
    let outcome = plaudit(&["facts", "--demo", "healthy"]);
    outcome.exits(0);
    assert_eq!(outcome.stderr, "");
    let rows = rows(&outcome);
    assert_eq!(counts(&rows).len(), SUBJECTS.len(), "{:?}", counts(&rows));
    let place = |row: &Value| SUBJECTS.iter().position(|one| row["subject"] == *one).unwrap();
    assert!(rows.is_sorted_by_key(place));
    for line in outcome.stdout.lines() {
        assert!(line.starts_with(r#"{"schema":"plaudit/facts/v1","subject":""#), "{line}");
    }
    for subject in SUBJECTS {
        let one = plaudit(&["facts", "--demo", "healthy", "--subject", subject]);
        let expected: String = outcome
            .stdout
            .split_inclusive('\n')
            .filter(|line| line.contains(&format!("\"subject\":\"{subject}\"")))
            .collect();
        assert_eq!(one.exits(0).stdout, expected, "{subject}");
    }
    let two = plaudit(&[
        "facts",
        "--demo",
        "healthy",
        "--subject",
        "zone",
        "--subject",
        "endpoint",
        "--subject",
        "zone",
    ]);
    assert!(
        two.stdout.starts_with(r#"{"schema":"plaudit/facts/v1","subject":"endpoint""#),
        "in the usual order"
    );
    assert_eq!(two.stdout.lines().count(), counts(&rows)["zone"] + counts(&rows)["endpoint"]);
}

#[test]
fn a_gap_of_what_is_printed_makes_three() {
    let outcome = plaudit(&["facts", "--demo", "--subject", "vnet"]);
    let code = outcome.code;
    let all = plaudit(&["facts", "--demo"]);
    all.exits(3).warns("is absent from these rows");
    assert!(code == 0 || code == 3, "{code}");
    assert!(rows(&all).len() > 100);
}

#[test]
fn a_schema_is_printed_and_nothing_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| Run::new(folder.path(), args).run();
    for subject in SUBJECTS {
        let text = run(&["facts", "--schema", "--subject", subject]).exits(0).stdout.clone();
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["$id"], format!("urn:plaudit:facts:{subject}:v1"));
        assert_eq!(schema["properties"]["subject"]["const"], subject);
    }
    let whole = run(&["facts", "--schema"]).exits(0).stdout.clone();
    assert_eq!(whole, run(&["schema", "facts"]).exits(0).stdout);
    let schema: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(schema["oneOf"].as_array().unwrap().len(), SUBJECTS.len());
    for args in [
        ["facts", "--schema", "--demo"].as_slice(),
        &["facts", "--schema", "-s", "x"],
        &["facts", "--schema", "--reported"],
        &["facts", "--demo", "--subject", "endpoints"],
    ] {
        let wrong = run(args);
        wrong.exits(2);
        assert_eq!(wrong.stdout, "", "{args:?}");
    }
    run(&["facts", "--demo", "--subject", "endpoints"]).exits(2).warns("endpoint");
}

#[test]
fn live_rows_are_those_of_the_snapshot() {
    let standin = StandIn::start(spoke_and_hub(3));
    let live = standin.signed_in(&["facts", "-s", SPOKE]).run();
    live.exits(0).keeps_secrets(&standin);
    let file = standin.folder().join("estate.jsonl");
    let name = file.to_string_lossy();
    standin.signed_in(&["collect", "-s", SPOKE, "-o", &name]).run().exits(0);
    let later = Run::new(standin.folder(), &["facts", "--snapshot", &name]).run();
    assert_eq!(later.exits(0).stdout, live.stdout);
    let all = rows(&live);
    assert_eq!(counts(&all)["endpoint"], 3);
    let reported = Run::new(standin.folder(), &["facts", "--snapshot", &name, "--reported"]).run();
    let kept = rows(&reported);
    assert!(kept.iter().all(|row| row["reported"] == true));
    assert_eq!(kept.len(), all.iter().filter(|row| row["reported"] == true).count());
    assert!(kept.len() < all.len(), "the hub is context");
}

#[test]
fn what_was_refused_is_absent_and_nothing_readable_is_four() {
    let standin = StandIn::start(spoke_and_hub(2));
    standin.on(&format!("*{HUB}*/privateDnsZones"), Fault::Forbidden);
    let live = standin.signed_in(&["facts", "-s", SPOKE]).run();
    live.exits(3).warns("is absent from these rows");
    let all = rows(&live);
    let networks: Vec<&Value> = all.iter().filter(|row| row["subject"] == "vnet").collect();
    assert!(!networks.is_empty());
    assert!(networks.iter().all(|row| row.get("zones").is_none()), "nobody knows which zones are linked");
    // Peerings have nothing to do with zones.
    standin.signed_in(&["facts", "-s", SPOKE, "--subject", "peering"]).run().exits(0);
    let lost = Run::new(standin.folder(), &["facts", "--snapshot", "no-such-file"]).run();
    lost.exits(4);
    assert_eq!(lost.stdout, "");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plaudit"))
        .args(["facts", "--demo", "healthy"])
        .env_clear()
        .current_dir(std::env::temp_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    // Closed after one line, long before all is written: a pipe holds 64 KiB.
    BufReader::with_capacity(512, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
    assert!(first.starts_with(r#"{"schema":"plaudit/facts/v1""#));
}

#[test]
fn no_text_of_azure_acts_on_a_terminal() {
    let mut objects = spoke_and_hub(1);
    let endpoint =
        objects.iter_mut().find(|one| one["type"] == "Microsoft.Network/privateEndpoints").unwrap();
    endpoint["tags"] = serde_json::json!({ "\u{1b}[31mred": "a\nb\u{202e}c" });
    let standin = StandIn::start(objects);
    let live = standin.signed_in(&["facts", "-s", SPOKE, "--subject", "endpoint"]).run();
    live.exits(0);
    assert!(!live.stdout.contains(['\u{1b}', '\u{202e}']), "{}", live.stdout);
    let rows = rows(&live);
    assert_eq!(rows.len(), 1, "a line break in a text ends no line");
    assert_eq!(rows[0]["tags"]["\u{1b}[31mred"], "a\nb\u{202e}c");
}
