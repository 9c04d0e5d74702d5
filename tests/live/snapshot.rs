//! A snapshot holds what Azure said: audited later, it gives the report of the live run, byte for byte.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::standin::StandIn;
use crate::standin::child::{Outcome, Run};
use crate::standin::fault::Fault;
use crate::standin::objects::{HUB, SPOKE, spoil_record, spoke_and_hub};

fn faulty() -> StandIn {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    StandIn::start(objects)
}

fn audited(standin: &StandIn, file: &Path, format: &str) -> Outcome {
    let file = file.to_string_lossy();
    Run::new(standin.folder(), &["audit", "--snapshot", &file, "-f", format]).run()
}

/// A report without the one thing in which two runs may differ.
fn timeless(outcome: &Outcome) -> String {
    let report = outcome.report();
    let time = report["collectedAt"].as_str().unwrap_or_default();
    assert!(!time.is_empty());
    outcome.stdout.replace(time, "THEN")
}

#[test]
fn a_live_audit_and_a_snapshot_give_the_same_bytes() {
    let standin = faulty();
    let live = standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run();
    live.exits(1);
    for name in ["estate.jsonl", "estate.jsonl.gz", "estate.jsonl.zst"] {
        let file = standin.folder().join(name);
        let collected = standin.signed_in(&["collect", "-s", SPOKE, "-o", &file.to_string_lossy()]).run();
        collected.exits(0).keeps_secrets(&standin);
        assert_eq!(collected.stdout, "", "collect reports nothing");
        let later = audited(&standin, &file, "json");
        later.exits(1);
        assert_eq!(timeless(&later), timeless(&live), "{name}");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[test]
fn gaps_are_kept_too() {
    let standin = faulty();
    standin.on(&format!("*{HUB}*/privateDnsZones"), Fault::Forbidden);
    let live = standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run();
    live.exits(3);
    let file = standin.folder().join("estate.jsonl");
    standin.signed_in(&["collect", "-s", SPOKE, "-o", &file.to_string_lossy()]).run().exits(3);
    let later = audited(&standin, &file, "json");
    later.exits(3);
    assert_eq!(timeless(&later), timeless(&live));
}

/// A table without the time in its first line.
fn timeless_table(outcome: &Outcome) -> String {
    let (first, rest) = outcome.stdout.split_once('\n').unwrap_or_default();
    let (what, time) = first.rsplit_once(' ').unwrap_or_default();
    assert!(time.ends_with('Z'), "no time in {first:?}");
    format!("{what} THEN\n{rest}")
}

#[test]
fn whatever_goes_wrong_a_snapshot_gives_the_report_of_the_live_run() {
    let odd = serde_json::json!({"value": [null, {"id": "no/slash"}, {"id": "/x"}]}).to_string();
    let whole = ["-s", SPOKE].as_slice();
    for (pattern, fault, scope) in [
        ("*/privateDnsZones", Fault::Throttled(Some(999_999)), whole),
        ("*/virtualNetworkLinks", Fault::BareError(404, "ParentResourceNotFound"), whole),
        ("*/networkInterfaces", Fault::Text(odd), whole),
        ("*/dnsResolvers", Fault::Loop, whole),
        ("/subscriptions", Fault::Forbidden, whole),
        ("*/permissions", Fault::Text(r#"{"value":[]}"#.into()), whole),
        ("*/virtualNetworks", Fault::Html(400), &["-s", SPOKE, "-g", "RG-App"]),
        ("*/loadBalancers", Fault::Forbidden, &["--all-subscriptions", "--no-context"]),
    ] {
        let standin = faulty();
        standin.on(pattern, fault);
        let file = standin.folder().join("estate.jsonl");
        standin.signed_in(&[["collect", "-o", &file.to_string_lossy()].as_slice(), scope].concat()).run();
        for (format, shown) in [("json", timeless as fn(&Outcome) -> String), ("table", timeless_table)] {
            let live = standin.signed_in(&[["audit", "-f", format].as_slice(), scope].concat()).run();
            let later = audited(&standin, &file, format);
            later.exits(live.code);
            assert_eq!(shown(&later), shown(&live), "{pattern}");
        }
    }
}

#[test]
fn a_snapshot_holds_no_secret_and_may_go_to_stdout() {
    let standin = faulty();
    let collected = standin.signed_in(&["collect", "-s", SPOKE, "-o", "-"]).run();
    collected.exits(0).keeps_secrets(&standin);
    let file = standin.folder().join("piped.jsonl");
    std::fs::write(&file, &collected.stdout).unwrap();
    audited(&standin, &file, "table").exits(1).says("DNS-022");

    let lines: Vec<&str> = collected.stdout.lines().collect();
    let cut = standin.folder().join("cut.jsonl");
    std::fs::write(&cut, lines[..lines.len() - 1].join("\n")).unwrap();
    let outcome = audited(&standin, &cut, "json");
    outcome.exits(4);
    assert_eq!(outcome.stdout, "", "a file that is cut off is no smaller estate");
}

#[test]
fn nothing_is_written_when_nothing_could_be_read() {
    let standin = faulty();
    standin.on("/subscriptions*", Fault::Forbidden);
    let file = standin.folder().join("none.jsonl");
    standin.signed_in(&["collect", "-s", SPOKE, "-o", &file.to_string_lossy()]).run().exits(4);
    assert!(!file.exists());
}
