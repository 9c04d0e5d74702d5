//! `collect --redact`: the file names nothing, and gives the findings of the estate it was made from.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::standin::StandIn;
use crate::standin::child::{Outcome, Run};
use crate::standin::fault::Fault;
use crate::standin::objects::{HUB, SPOKE, leave_pending, spoil_record, spoke_and_hub};

fn faulty() -> StandIn {
    let mut objects = spoke_and_hub(4);
    spoil_record(&mut objects);
    leave_pending(&mut objects);
    StandIn::start(objects)
}

fn audited(standin: &StandIn, file: &Path) -> Value {
    let run = Run::new(standin.folder(), &["audit", "--snapshot", &file.to_string_lossy(), "-f", "json"]);
    run.run().report()
}

/// How often each rule said what.
fn found(report: &Value) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let said =
            ["rule", "verdict", "severity", "confidence"].map(|key| finding[key].to_string()).join(" ");
        *found.entry(said).or_default() += 1;
    }
    assert!(!found.is_empty(), "{report}");
    found
}

/// A snapshot's text, whatever it is compressed with, by way of the command that writes it.
fn text(standin: &StandIn, file: &Path) -> String {
    let file = file.to_string_lossy();
    let out = Run::new(standin.folder(), &["collect", "--redact", "--snapshot", &file, "-o", "-"]).run();
    out.exits(0).stdout.to_lowercase()
}

fn bytes(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).to_lowercase()
}

fn tells_nothing(text: &str) {
    assert!(text.contains("privateendpoints"), "there is an estate in it");
    let secrets =
        [SPOKE, HUB, crate::standin::signin::TENANT, "rg-app", "rg-dns", "stdata", "spoke", "vnet-", "pe-"];
    for secret in secrets.map(str::to_lowercase) {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
}

fn collected<'a>(standin: &StandIn, args: &'a [&'a str]) -> Outcome {
    standin.signed_in(&[["collect", "-s", SPOKE].as_slice(), args].concat()).run()
}

#[test]
fn a_redacted_estate_tells_no_name_and_gives_the_same_findings() {
    let standin = faulty();
    standin.on(&format!("*{HUB}*/azureFirewalls"), Fault::Forbidden);
    let plain = standin.folder().join("plain.jsonl");
    collected(&standin, &["-o", &plain.to_string_lossy()]).exits(3);
    let expected = audited(&standin, &plain);
    for name in ["ticket.jsonl", "ticket.jsonl.gz"] {
        let file = standin.folder().join(name);
        let outcome = collected(&standin, &["--redact", "-o", &file.to_string_lossy()]);
        outcome.exits(3);
        assert!(outcome.stderr.contains(", redacted"), "{}", outcome.stderr);
        let report = audited(&standin, &file);
        assert_eq!(found(&report), found(&expected), "{name}");
        assert_eq!(report["summary"], expected["summary"], "{name}");
        assert_eq!(report["coverage"]["complete"], false, "{name}");
        assert!(report["notes"].to_string().contains("was redacted"), "{name}");
    }
    tells_nothing(&bytes(&standin.folder().join("ticket.jsonl")));
    tells_nothing(&text(&standin, &standin.folder().join("ticket.jsonl.gz")));
    assert!(
        bytes(&standin.folder().join("ticket.jsonl")).lines().next().unwrap().contains("\"redacted\":true")
    );
}

#[test]
fn a_snapshot_is_redacted_afterwards_as_on_the_way() {
    let standin = faulty();
    let [plain, first, second] =
        ["plain.jsonl.zst", "first.jsonl", "second.jsonl"].map(|name| standin.folder().join(name));
    collected(&standin, &["-o", &plain.to_string_lossy()]).exits(0);
    for file in [&first, &second] {
        let args =
            ["collect", "--redact", "--snapshot", &plain.to_string_lossy(), "-o", &file.to_string_lossy()];
        let outcome = Run::new(standin.folder(), &args).run();
        assert_eq!(outcome.exits(0).stdout, "");
    }
    assert_eq!(bytes(&first), bytes(&second), "the same estate is redacted in the same way");
    tells_nothing(&bytes(&first));
    assert_eq!(found(&audited(&standin, &first)), found(&audited(&standin, &plain)));
}

#[test]
fn what_goes_together_with_a_snapshot_is_told() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| Run::new(home.path(), args).run();
    run(&["collect", "--snapshot", "a.jsonl", "-o", "b.jsonl"]).exits(2);
    run(&["collect", "--redact", "--snapshot", "a.jsonl", "-s", "x", "-o", "b.jsonl"]).exits(2);
    run(&["collect", "--redact", "--snapshot", "a.jsonl", "--resume", "-o", "b.jsonl"]).exits(2);
    run(&["collect", "--redact", "--snapshot", "a.jsonl", "-g", "x", "-o", "b.jsonl"]).exits(2);
    run(&["collect", "--redact", "--snapshot", "gone.jsonl", "-o", "b.jsonl"]).exits(4);
}
