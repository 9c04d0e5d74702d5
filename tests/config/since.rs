//! An earlier run: what was on its way then, and what has lasted.

use serde_json::{Value, json};

use crate::run::{Place, counting, notes};

const GRACE: &str = "[thresholds]\npending-grace = \"2h\"\n";
const PENDING: &str = "PE-001 pe-kv-payments fail";

/// The sample estate as it was at another time, with the vault's connection approved or not.
fn earlier(place: &Place, name: &str, time: &str, approved: bool) {
    place.sample(name, |text| {
        let text = text.replacen("2026-01-15T08:00:00Z", time, 1);
        assert!(text.contains("\"Pending\""));
        if approved { text.replace("\"Pending\"", "\"Approved\"") } else { text }
    });
}

/// Whether PE-001 speaks, and how many connections it did not judge for the grace.
fn spoke(place: &Place, args: &str) -> (bool, Option<Value>) {
    let (report, _) = place.report(&format!("audit --demo {args}"));
    let fresh =
        report["summary"]["notJudged"].get("connection is pending for less than the grace period").cloned();
    (counting(&report).contains(&PENDING.to_owned()), fresh)
}

#[test]
fn a_connection_counts_when_it_has_waited_for_the_grace() {
    let place = Place::with(GRACE);
    let one = Some(json!(1));
    for (time, approved, expected) in [
        ("2026-01-15T05:59:00Z", false, (true, None)),
        ("2026-01-15T06:00:00Z", false, (true, None)),
        ("2026-01-15T06:00:01Z", false, (false, one.clone())),
        ("2026-01-15T08:00:00Z", false, (false, one.clone())),
        ("2026-01-01T00:00:00Z", true, (false, one.clone())),
    ] {
        earlier(&place, "then.jsonl", time, approved);
        assert_eq!(spoke(&place, "--since then.jsonl"), expected, "{time}");
        // A report tells the same.
        place.run("audit --snapshot then.jsonl --no-config --write-baseline then.json");
        assert_eq!(spoke(&place, "--since then.json"), expected, "{time}");
    }
}

#[test]
fn without_a_grace_an_earlier_run_changes_nothing() {
    let place = Place::new();
    earlier(&place, "then.jsonl", "2026-01-01T00:00:00Z", true);
    assert_eq!(spoke(&place, "--since then.jsonl"), (true, None));
}

#[test]
fn a_grace_without_an_earlier_run_is_told() {
    let place = Place::with(GRACE);
    assert_eq!(spoke(&place, ""), (true, None));
    let told = "`pending-grace` has no effect without --since";
    place.run("audit --demo").warns(told).says(told);
    assert!(notes(&place.report("audit --demo").0).contains(told));
    earlier(&place, "then.jsonl", "2026-01-01T00:00:00Z", true);
    assert!(!place.run("audit --demo --since then.jsonl").stderr.contains("no effect"));
}

#[test]
fn a_run_that_did_not_read_the_endpoint_says_nothing_of_it() {
    let place = Place::with(GRACE);
    let home = "c5cc8e6c-50d3-4350-80b2-1a5d765a642b";
    earlier(&place, "then.jsonl", "2026-01-01T00:00:00Z", true);
    assert!(!spoke(&place, "--since then.jsonl").0);
    for kind in ["privateEndpoints", "subscriptions", "permissions"] {
        place.sample("blind.jsonl", |text| {
            let text = text.replacen("2026-01-15T08:00:00Z", "2026-01-01T00:00:00Z", 1);
            let text = text.replace("\"Pending\"", "\"Approved\"");
            let gaps = "\"gaps\":[";
            assert_eq!(text.matches(gaps).count(), 1);
            let gap = format!(
                "{gaps}{{\"subscription\":\"{home}\",\"kind\":\"{kind}\",\"status\":403,\"code\":\"X\",\"message\":\"no\"}},"
            );
            text.replace(gaps, &gap)
        });
        assert!(spoke(&place, "--since blind.jsonl").0, "{kind}");
        place.run("audit --snapshot blind.jsonl --no-config --write-baseline blind.json");
        assert!(spoke(&place, "--since blind.json").0, "{kind}");
    }
}

#[test]
fn a_report_tells_what_was_on_its_way() {
    let (report, _) = Place::new().report("audit --demo");
    let pending = report["unfinished"].as_array().unwrap().iter().filter(|one| one["state"] == "Pending");
    let ids: Vec<&str> = pending.map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1);
    assert!(ids[0].ends_with("/privateEndpoints/pe-kv-payments"));
    assert_eq!(Place::new().report("audit --demo healthy").0["unfinished"], json!([]));
}

#[test]
fn a_later_run_and_what_is_no_run_are_refused() {
    let place = Place::new();
    earlier(&place, "later.jsonl", "2026-01-15T08:00:01Z", false);
    earlier(&place, "timeless.jsonl", "yesterday \\u001b[2J", false);
    earlier(&place, "then.jsonl", "2026-01-15T07:00:00Z", false);
    place.run("audit --snapshot then.jsonl --write-baseline then.json");
    let mut old: Value = serde_json::from_str(&place.read("then.json")).unwrap();
    old.as_object_mut().unwrap().remove("unfinished");
    place.write("old.json", old.to_string());
    place.write("other.json", "{\"a\": 1}");
    place.write("empty", "");
    let text = place.read("then.jsonl");
    place.write("cut.jsonl", &text[..text.len() / 2]);
    for (name, says) in [
        ("later.jsonl", "it is of a later time than this reading"),
        ("timeless.jsonl", r"`yesterday \u{1b}[2J`"),
        ("old.json", "an older plaudit"),
        ("other.json", "it is neither a snapshot nor a report"),
        ("empty", "it is neither a snapshot nor a report: it is empty"),
        ("cut.jsonl", "is cut off"),
        ("absent", "absent"),
    ] {
        place.run(&format!("audit --demo --since {name}")).refuses(&[says, "--since", "help: "]);
    }
    place.run("audit --demo --since then.json").exits(1);
    let outcome = place.run("audit --snapshot timeless.jsonl --since then.json");
    outcome.refuses(&["this reading says no time"]);
}
