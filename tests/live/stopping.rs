//! A run that is stopped reports what it has: gaps for the rest, never a verdict that reads as whole.

use std::time::Duration;

use serde_json::json;

use crate::standin::child::{Outcome, Run, Running, findings, gaps};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, leave_pending, spoke_and_hub};
use crate::standin::{Settings, StandIn};

const AUDIT: [&str; 5] = ["audit", "-s", SPOKE, "-f", "json"];

/// An estate with a mistake, whose records take this long to come, and come on two pages.
fn slow(late: Duration) -> StandIn {
    let mut objects = spoke_and_hub(5);
    leave_pending(&mut objects);
    let standin = StandIn::with(objects, Settings { page_size: 4, ..Settings::default() });
    standin.on("*/ALL", Fault::Late(late));
    standin
}

/// Starts a run and waits until all that is quick was read.
fn under_way(standin: &StandIn, run: Run) -> Running {
    let mut running = run.start();
    running.until(|| {
        let pages = |pattern: &str| standin.asked(pattern).len();
        pages(&format!("*{SPOKE}*/privateEndpoints")) == 2 && pages("*/virtualNetworkLinks") == 1
    });
    running
}

/// Asserts that the report has what was read, and that what was not is missing for this reason.
#[track_caller]
fn partial(outcome: &Outcome, code: &str) {
    let report = outcome.exits(3).report();
    let gaps = gaps(&report);
    assert!(gaps.iter().all(|gap| gap["code"] == code && gap["status"].is_null()), "{gaps:#?}");
    let records = gaps.iter().filter(|gap| gap["kind"] == "recordSets" && gap["subscription"] == HUB);
    assert_eq!(records.count(), 1, "{gaps:#?}");
    assert_eq!(report["summary"]["endpoints"], 5);
    assert_eq!(report["coverage"]["complete"], false);
    assert_eq!(findings(&report, "PE-001").len(), 1, "a finding alone would be exit code 1");
    assert!(report["notes"].to_string().contains("before everything was read"), "{:#}", report["notes"]);
}

#[test]
fn the_first_signal_ends_the_reading_and_reports() {
    for signal in ["INT", "TERM"] {
        let standin = slow(Duration::from_secs(2));
        let running = under_way(&standin, standin.signed_in(&AUDIT));
        running.signal(signal);
        let outcome = running.wait();
        partial(&outcome, "Interrupted");
        outcome.warns("stopping").warns("before everything was read").keeps_secrets(&standin);
        assert_eq!(
            standin.asked("*/ALL").len(),
            1,
            "what is under way ends, and no second page is asked for"
        );
    }
}

#[test]
fn every_output_of_a_run_that_is_stopped_is_written() {
    let standin = slow(Duration::from_secs(1));
    let file = standin.folder().join("report.json");
    let json = format!("json={}", file.display());
    let run = standin.signed_in(&["audit", "-s", SPOKE, "-f", "table", "-f", &json, "--fail-on", "never"]);
    let running = under_way(&standin, run);
    running.signal("INT");
    running.wait().exits(3).says("PE-001").says("Interrupted");
    let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written["coverage"]["complete"], json!(false));
}

#[test]
fn the_second_signal_ends_the_run_at_once() {
    let standin = slow(Duration::from_secs(50));
    let mut running = under_way(&standin, standin.signed_in(&AUDIT));
    running.signal("INT");
    running.until_said("stopping");
    running.signal("INT");
    let outcome = running.wait();
    outcome.exits(130);
    assert_eq!(outcome.stdout, "");
    assert!(standin.asked("*/ALL").is_empty(), "the answer was not waited for");
}

#[test]
fn names_and_traces_that_are_stopped_are_not_whole_either() {
    for args in [["names", "-s", SPOKE], ["trace", "-s", SPOKE]] {
        let standin = slow(Duration::from_secs(1));
        let args = if args[0] == "trace" { [&args[..], &["pe-stdata0001"]].concat() } else { args.to_vec() };
        let running = under_way(&standin, standin.signed_in(&args));
        running.signal("INT");
        running.wait().exits(3).warns("before everything was read");
    }
}

#[test]
fn a_collection_that_is_stopped_leaves_no_file() {
    let standin = slow(Duration::from_secs(1));
    let file = standin.folder().join("estate.jsonl");
    let args = ["collect", "-s", SPOKE, "-o", file.to_str().unwrap()];
    let running = under_way(&standin, standin.signed_in(&args));
    running.signal("INT");
    running.wait().exits(3).warns("stopped").warns("help: ");
    assert!(!file.exists());
}

#[test]
fn a_run_whose_time_is_up_reports_what_it_has() {
    let standin = slow(Duration::from_secs(50));
    let outcome = standin.signed_in(&[AUDIT.as_slice(), &["--timeout", "4"]].concat()).run();
    partial(&outcome, "TimedOut");
    outcome.warns("--timeout");
    assert!(standin.asked("*/ALL").is_empty(), "the answer was not waited for");
    assert!(!standin.at(Door::Arm).is_empty());
}
