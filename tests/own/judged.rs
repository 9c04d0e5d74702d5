//! What own rules say of estates: of what was read, of what was not, and of what cannot be evaluated.

use serde_json::Value;

use crate::page;
use crate::run::Place;

fn judged(id: &str, subject: &str, when: &str) -> (Vec<Value>, Value, i32) {
    let place = Place::new();
    place.write("a.md", page(id, "a", subject, when, ""));
    let (report, code) = place.report("audit --demo --rules-dir .");
    let found =
        report["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == id).cloned().collect();
    let tally =
        report["rules"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned().unwrap_or_default();
    (found, tally, code)
}

#[test]
fn only_what_is_reported_is_judged() {
    let (found, tally, _) = judged("HUB-001", "vnet", "true");
    assert!(!found.is_empty());
    assert_eq!(tally["fail"], found.len(), "{tally}");
    let (context, _, _) = judged("HUB-001", "vnet", "!vnet.reported");
    assert_eq!(context.len(), 0);
}

#[test]
fn every_subject_can_be_judged() {
    for subject in ["endpoint", "name", "zone", "link", "record", "vnet", "peering", "service"] {
        let (found, tally, _) = judged("HUB-001", subject, &format!("{subject}.name != ''"));
        assert!(!found.is_empty(), "{subject}");
        assert_eq!(tally["unknown"], 0, "{subject}");
        let mut prints: Vec<&str> = found.iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), found.len(), "{subject}: two findings share a fingerprint");
    }
}

#[test]
fn a_finding_carries_what_the_condition_looked_at_and_the_pages_advice() {
    let (found, _, _) = judged(
        "HUB-001",
        "endpoint",
        "endpoint.name == 'pe-plant-data' && endpoint.connections.exists(c, c.target.alias || true)",
    );
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!(one["message"], "pe-plant-data is so");
    assert_eq!(one["evidence"]["name"], "pe-plant-data", "{one}");
    assert!(one["evidence"]["connections.target.alias"].is_array(), "{one}");
    assert_eq!(one["remediation"][0]["title"], "Make it otherwise.");
    assert_eq!(one["reference"], "https://wiki.example/HUB-001");
    assert_eq!(one["cause"]["kind"], "privateEndpoint");
}

#[test]
fn what_only_deep_asks_for_is_not_judged() {
    for (subject, when) in [
        ("endpoint", "endpoint.zoneGroups.size() == 0"),
        ("endpoint", "endpoint.connections.exists(c, c.target.publicNetworkAccess == 'Enabled')"),
        // Of these only the last name would be known if the way to them were not.
        ("endpoint", "!endpoint.connections[0].target.exists"),
        ("endpoint", "!endpoint.connections.filter(c, c.approved)[0].target.exists"),
        ("name", "name.right == false"),
    ] {
        let place = Place::new();
        place.write("a.md", page("HUB-001", "a", subject, when, ""));
        let (report, code) = place.report("audit --demo healthy --rules-dir .");
        let rules = report["rules"].as_array().unwrap();
        let tally = rules.iter().find(|one| one["id"] == "HUB-001").unwrap();
        assert_eq!((code, &tally["unknown"]), (0, &Value::from(0)), "{when}: {tally}");
        assert!(tally["notJudged"].as_u64().unwrap() > 0, "{when}: {tally}");
    }
}

#[test]
fn endpoints_without_known_names_are_counted() {
    let (_, tally, _) = judged("HUB-001", "name", "name.fqdn.endsWith('vault.azure.net')");
    let left = tally["unknown"].as_u64().unwrap() + tally["notJudged"].as_u64().unwrap();
    assert_eq!(left, 3, "{tally}");
}

#[test]
fn what_cannot_be_evaluated_is_unknown_and_never_passes() {
    for (when, said) in [
        ("1 / (size(endpoint.name) - size(endpoint.name)) == 1", "it divides by zero"),
        ("endpoint.names[99] == 'a'", "an item that its list does not have"),
        ("inCidr(endpoint.name, '10.0.0.0/8')", "in inCidr(): its first argument is no IP address"),
    ] {
        let (found, tally, _) = judged("HUB-001", "endpoint", when);
        assert!(!found.is_empty() && found.iter().all(|one| one["verdict"] == "unknown"), "{when}");
        assert_eq!(
            (&tally["judged"], &tally["unknown"]),
            (&Value::from(0), &Value::from(found.len())),
            "{when}"
        );
        assert!(
            found.iter().any(|one| one["message"].as_str().unwrap().contains(said)),
            "{when}: {}",
            found[0]
        );
    }
}

#[test]
fn a_condition_that_cannot_be_evaluated_makes_no_audit_incomplete() {
    let place = Place::new();
    place.write("a.md", page("HUB-001", "a", "endpoint", "endpoint.names[99] == 'a'", ""));
    assert_eq!(place.run("audit --demo healthy").code, 0);
    assert_eq!(place.run("audit --demo healthy --rules-dir .").code, 0);
}

#[test]
fn reports_are_the_same_every_time() {
    let place = Place::new();
    place.write("a.md", page("HUB-001", "a", "name", "name.fqdn != ''", ""));
    place.write("b.md", page("HUB-002", "b", "record", "record.ttl > 0", ""));
    let first = place.run("audit --demo --rules-dir . -f json").stdout;
    for _ in 0..3 {
        assert_eq!(place.run("audit --demo --rules-dir . -f json").stdout, first);
    }
}

#[test]
fn a_redacted_estate_is_judged_as_the_estate_was() {
    let place = Place::new();
    place.sample("plain.jsonl", str::to_owned);
    place.run("collect --redact --snapshot plain.jsonl -o redacted.jsonl").exits(0);
    let whens = [
        ("endpoint", "endpoint.connections.exists(c, c.target.alias || true)"),
        ("name", "name.fqdn.endsWith('.windows.net')"),
        ("zone", "zone.name.startsWith('privatelink.')"),
        ("link", "link.name != ''"),
        ("record", "record.ttl > 0"),
        ("vnet", "vnet.name != ''"),
        ("peering", "peering.name != ''"),
        ("service", "service.name != ''"),
    ];
    for (at, (subject, when)) in whens.iter().enumerate() {
        let (file, id) = (format!("{at}.md"), format!("HUB-00{}", at + 1));
        place.write(&file, page(&id, &format!("rule-{at}"), subject, when, ""));
    }
    let tallies = |file: &str| -> Vec<Value> {
        let (report, _) = place.report(&format!("audit --snapshot {file} --rules-dir ."));
        let rules = report["rules"].as_array().unwrap().iter();
        rules.filter(|one| one["id"].as_str().unwrap().starts_with("HUB-")).cloned().collect()
    };
    let before = tallies("plain.jsonl");
    assert_eq!(before.len(), whens.len());
    assert!(before.iter().all(|tally| tally["fail"].as_u64().unwrap() > 0), "{before:#?}");
    assert_eq!(tallies("redacted.jsonl"), before);
}
