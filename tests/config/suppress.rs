//! Suppressions: what they fit, when they end, and that nothing vanishes.

use serde_json::{Value, json};

use crate::run::{Place, UNREAD, counting, notes};

fn entry(rule: &str, resource: &str, reason: &str) -> String {
    format!("[[suppress]]\nrule = \"{rule}\"\nresource = \"{resource}\"\nreason = \"{reason}\"\n")
}

fn uses(report: &Value) -> Vec<(&str, u64)> {
    let uses = report["suppressions"].as_array().unwrap().iter();
    uses.map(|one| (one["state"].as_str().unwrap(), one["findings"].as_u64().unwrap())).collect()
}

#[test]
fn a_finding_is_set_aside_by_rule_and_resource_and_stays() {
    let place = Place::with(&entry("DNS-022", "*/privateEndpoints/pe-kv-*", "moved on Friday"));
    let (report, code) = place.report("audit --demo");
    assert_eq!(code, 1);
    let (whole, _) = place.report("audit --demo --no-config");
    assert_eq!(report["findings"].as_array().unwrap().len(), whole["findings"].as_array().unwrap().len());
    let mut left = counting(&whole);
    left.retain(|line| line != "DNS-022 pe-kv-factory fail");
    assert_eq!(counting(&report), left);
    let (then, now) = (&whole["summary"], &report["summary"]);
    assert_eq!(then["error"].as_u64().unwrap() - 1, now["error"].as_u64().unwrap());
    assert_eq!((&then["suppressed"], &now["suppressed"]), (&json!(0), &json!(1)));
    assert_eq!(uses(&report), [("active", 1)]);
    let suppression = &report["suppressions"][0];
    assert_eq!(suppression["rule"], "DNS-022");
    assert_eq!(suppression["resource"], "*/privateEndpoints/pe-kv-*");
    assert_eq!((&suppression["reason"], &suppression["expires"]), (&json!("moved on Friday"), &Value::Null));
    place.run("audit --demo").says("SUPPRESSED: 1 finding").says("moved on Friday").says("1 suppressed");
}

#[test]
fn names_and_patterns_name_rules_too_and_the_first_entry_gives_the_reason() {
    let place = Place::with(
        &[
            entry("a-record-wrong-ip", "*", "one"),
            entry("dns-02?", "*", "two"),
            entry("*peering*", "*", "three"),
            entry("*", "*/privateEndpoints/*", "four"),
        ]
        .concat(),
    );
    let (report, _) = place.report("audit --demo");
    let reason = |rule: &str| {
        let mut findings = report["findings"].as_array().unwrap().iter();
        let found = findings.find(|f| f["rule"] == rule && f["verdict"] == "fail").unwrap();
        found["suppressed"].as_str().unwrap().to_owned()
    };
    assert_eq!(["DNS-022", "DNS-021", "NET-003", "PE-001"].map(reason), ["one", "two", "three", "four"]);
    assert!(uses(&report).iter().all(|(state, findings)| *state == "active" && *findings > 0));
    let left = report["findings"].as_array().unwrap().iter().filter(|f| f["suppressed"].is_null());
    assert!(left.clone().count() > 0, "the gap");
    for finding in left {
        let (rule, kind) = (finding["rule"].as_str().unwrap(), finding["subject"]["type"].as_str().unwrap());
        assert!(!rule.starts_with("DNS-02") && !kind.ends_with("/privateEndpoints"), "{finding}");
    }
}

#[test]
fn nothing_that_is_suppressed_counts_for_any_severity() {
    let place = Place::with(&entry("*", "*", "a sample"));
    let (report, code) = place.report("audit --demo --fail-on info");
    assert_eq!((counting(&report).len(), code), (0, 0));
    assert_eq!(report["coverage"]["complete"], false, "what is accepted was still not read");
    place.run("audit --demo").exits(0).says("what was not read is accepted");
}

#[test]
fn one_entry_accepts_an_unreadable_subscription_and_what_hangs_on_it() {
    let (report, code) = Place::new().report("audit --demo --fail-on never");
    let unknown = counting(&report).iter().filter(|line| line.ends_with("unknown")).count();
    assert!(unknown > 2 && code == 3, "{unknown} {code}");

    let place = Place::with(&entry("*", UNREAD, "another team's"));
    let (report, code) = place.report("audit --demo --fail-on never");
    assert!(counting(&report).iter().all(|line| line.ends_with("fail")), "{:?}", counting(&report));
    assert_eq!(code, 0);
    assert_eq!(uses(&report), [("active", unknown as u64)]);
    assert_eq!(report["summary"]["unknown"], 0);
    // An entry about the rules alone that could not judge leaves the gap's own finding.
    let place = Place::with(&entry("COV-*", UNREAD, "another team's"));
    assert_eq!(place.run("audit --demo --fail-on never").code, 3, "the unknowns are not accepted");
}

#[test]
fn an_entry_ends_on_its_day_by_the_time_of_the_reading() {
    // The sample estate was read on 2026-01-15.
    for (day, suppressed) in [("2026-01-16", true), ("2026-01-15", false), ("2026-01-14", false)] {
        let text = entry("DNS-022", "*", "soon mended") + &format!("expires = {day}\n");
        let place = Place::with(&text);
        let outcome = place.run("audit --demo -f json");
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let is =
            counting(&report).iter().all(|line| !line.starts_with("DNS-022") || line.ends_with("unknown"));
        assert_eq!(is && report["summary"]["suppressed"] != 0, suppressed, "{day}");
        assert_eq!(report["suppressions"][0]["expires"], day);
        assert_eq!(uses(&report)[0].0, if suppressed { "active" } else { "expired" });
        assert!(uses(&report)[0].1 > 0, "an expired entry still says what it fits");
        let told = format!("the suppression of DNS-022 for * expired on {day}");
        assert_eq!(outcome.stderr.contains(&told), !suppressed, "{}", outcome.stderr);
        assert_eq!(notes(&report).contains(&told), !suppressed);
    }
}

#[test]
fn an_entry_that_fits_nothing_is_told() {
    let place = Place::with(&entry("PE-003", "*/rg-gone/*", "long ago"));
    let outcome = place.run("audit --demo");
    let told = "the suppression of PE-003 for */rg-gone/* fits no finding of this audit (long ago)";
    outcome.exits(1).warns(&format!("warning: {told}")).says(told);
    let (report, _) = place.report("audit --demo");
    assert_eq!(uses(&report), [("unused", 0)]);
    assert!(notes(&report).contains(told));
    assert_eq!(place.run("audit --demo --quiet").stderr, "");
}

#[test]
fn a_rule_that_is_off_hides_no_gap() {
    // The same gap, but in a subscription that is audited.
    let place = Place::new();
    place.sample("estate.jsonl", |text| {
        let gap = "\"subscription\":\"e24d7fb0-1c22-46d1-823a-4ac70e60fb00\"";
        assert!(text.contains(gap));
        text.replace(gap, "\"subscription\":\"540c6262-4ebf-4933-8027-5dfaaedfb912\"")
            .replace("\"kind\":\"virtualNetworks\"", "\"kind\":\"loadBalancers\"")
    });
    let (report, code) = place.report("audit --snapshot estate.jsonl --fail-on never");
    let gap = counting(&report).into_iter().find(|line| line.starts_with("COV-"));
    assert_eq!((gap.as_deref(), code), (Some("COV-003 540c6262-4ebf-4933-8027-5dfaaedfb912 unknown"), 3));
    let findings = report["findings"].as_array().unwrap().iter();
    let mut rules: Vec<&str> =
        findings.filter(|f| f["verdict"] == "unknown").map(|f| f["rule"].as_str().unwrap()).collect();
    rules.sort_unstable();
    rules.dedup();
    place.write("off.toml", format!("[rules]\ndisable = {rules:?}\n"));
    let (report, code) = place.report("audit --snapshot estate.jsonl --fail-on never --config off.toml");
    assert!(!counting(&report).iter().any(|line| line.ends_with("unknown")));
    assert_eq!(code, 3, "nobody has accepted the gap");
    place
        .write("plaudit.toml", entry("*", "/subscriptions/540c6262-4ebf-4933-8027-5dfaaedfb912", "not ours"));
    assert_eq!(place.report("audit --snapshot estate.jsonl --fail-on never").1, 0);
}
