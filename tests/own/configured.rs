//! Own rules under a configuration: named, turned off, graded, suppressed, baselined, compared.

use serde_json::Value;

use crate::run::{Place, UNREAD};
use crate::{house, page};

/// A folder `etc` with a plaudit.toml and, beside it, the house's rules in `rules`.
fn place(config: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.path("etc/rules")).unwrap();
    for entry in std::fs::read_dir(house()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), place.path("etc/rules").join(entry.file_name())).unwrap();
    }
    place.write("etc/plaudit.toml", config);
    place
}

const AUDIT: &str = "audit --demo --config etc/plaudit.toml";

fn of<'r>(report: &'r Value, rule: &str) -> Vec<&'r Value> {
    report["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == rule).collect()
}

#[test]
fn the_folder_is_relative_to_the_configuration() {
    for config in ["rules-dir = \"rules\"", "rules-dir = [\"rules\", \"../etc/rules\"]"] {
        let (report, _) = place(config).report(AUDIT);
        let found = of(&report, "HUB-001");
        assert_eq!(found.len(), 2, "{config}");
        assert_eq!(found[0]["severity"], "warning");
    }
    // A rule that is there twice is one too many; a folder that is named twice is not.
    let place = place("rules-dir = \"rules\"");
    assert_eq!(of(&place.report(&format!("{AUDIT} --rules-dir ./etc/rules")).0, "HUB-001").len(), 2);
    assert_eq!(place.run(&format!("{AUDIT} --rules-dir {}", house().display())).code, 2);
}

#[test]
fn rules_are_turned_off_and_graded_and_suppressed_by_id_and_name() {
    let config = "rules-dir = \"rules\"\n[rules]\ndisable = [\"zone-outside-the-hub\"]\nseverity = { TAG-001 = \"error\" }\n\
                  [[suppress]]\nrule = \"NAMING-*\"\nresource = \"*\"\nreason = \"old names\"\n";
    let (report, code) = place(config).report(AUDIT);
    assert_eq!(code, 1);
    assert!(of(&report, "HUB-001").is_empty());
    assert!(of(&report, "TAG-001").iter().all(|one| one["severity"] == "error"));
    let named = of(&report, "NAMING-001");
    assert_eq!(named.len(), 1);
    assert_eq!(
        named[0]["suppressed"]["reason"].as_str().or(named[0]["suppressed"].as_str()),
        Some("old names")
    );
}

#[test]
fn a_rule_that_nobody_has_is_told_with_the_nearest() {
    let outcome = place("rules-dir = \"rules\"\n[rules]\ndisable = [\"HUB-002\"]\n").run(AUDIT);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("unknown rule `HUB-002` (did you mean `HUB-001`?)"),
        "{}",
        outcome.stderr
    );
    let outcome = place("rules-dir = 1\n").run(AUDIT);
    assert!(outcome.stderr.contains("plaudit.toml:1: `rules-dir` is a folder"), "{}", outcome.stderr);
    let outcome = place("rules-dir = \"nowhere\"\n").run(AUDIT);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("etc/nowhere: the folder cannot be read"), "{}", outcome.stderr);
}

#[test]
fn a_page_that_is_not_sound_stops_what_judges_or_lists_and_nothing_else() {
    let place = place("rules-dir = \"rules\"");
    place.write("etc/rules/x.md", page("HUB-009", "x", "vnet", "vnet.nam == 'a'", ""));
    for command in [AUDIT.to_owned(), "rules list --config etc/plaudit.toml".to_owned()] {
        let outcome = place.run(&command);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{command}");
        assert!(
            outcome.stderr.contains("etc/rules/x.md:9: `when`: `vnet` has no fact `nam`"),
            "{}",
            outcome.stderr
        );
    }
    for command in ["names --demo", "facts --demo --subject vnet", "rules show PE-001"] {
        let outcome = place.run(&format!("{command} --config etc/plaudit.toml"));
        assert!(outcome.code != 2 && !outcome.stdout.is_empty(), "{command}: {}", outcome.stderr);
    }
}

#[test]
fn findings_are_known_from_a_baseline_and_compared() {
    let place = place("rules-dir = \"rules\"");
    let (first, _) = place.report(&format!("{AUDIT} --write-baseline known.json"));
    assert_eq!(of(&first, "TAG-001").len(), 5);
    let outcome = place.run(&format!("{AUDIT} --baseline known.json --fail-on info"));
    assert_ne!(outcome.code, 1, "{}", outcome.stdout);
    place.sample("demo.jsonl", str::to_owned);
    let compared = place.run("diff demo.jsonl known.json --config etc/plaudit.toml");
    assert!(compared.stdout.contains("Nothing is new."), "{}", compared.stdout);
    // Without the rules at hand, what they found is news.
    let compared = place.run("diff demo.jsonl known.json --fail-on warning --no-config");
    assert_eq!(compared.code, 1, "{}", compared.stdout);
    assert!(compared.stdout.contains("TAG-001"), "{}", compared.stdout);
}

/// The sample estate, judged by a rule that cannot know of two names in it what it asks, under a configuration.
fn not_all_known(config: &str) -> Place {
    let place = Place::with(&format!("rules-dir = \"own\"\n{config}"));
    std::fs::create_dir(place.path("own")).unwrap();
    place.write("own/a.md", page("HUB-001", "misled", "name", "name.right == false", ""));
    place
}

fn unknowns(report: &Value) -> Vec<&Value> {
    of(report, "HUB-001").into_iter().filter(|one| one["verdict"] == "unknown").collect()
}

#[test]
fn what_an_own_rule_cannot_know_is_suppressed_by_subject_and_by_what_was_not_read() {
    let (whole, code) = not_all_known("").report("audit --demo --fail-on never");
    let names = |found: &[&Value]| -> Vec<String> {
        found.iter().map(|one| one["subject"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = unknowns(&whole);
    assert_eq!((names(&all), code), (vec!["pe-sql-stores".to_owned(), "pe-st-stores-blob".to_owned()], 3));
    for (rule, resource, left) in [
        ("HUB-001", "*/privateEndpoints/pe-sql-*", 1),
        ("misled", "*/privateEndpoints/*", 0),
        ("HUB-*", UNREAD, 0),
        ("DNS-*", UNREAD, 2),
    ] {
        let entry = format!(
            "[[suppress]]\nrule = \"{rule}\"\nresource = \"{resource}\"\nreason = \"another team's\"\n"
        );
        let (report, _) = not_all_known(&entry).report("audit --demo --fail-on never");
        let found = unknowns(&report);
        assert_eq!(found.len(), 2, "{entry}");
        let counting = found.iter().filter(|one| one["suppressed"].is_null()).count();
        assert_eq!(counting, left, "{entry}");
        let aside = found.iter().filter(|one| !one["suppressed"].is_null());
        aside.for_each(|one| assert_eq!(one["suppressed"], "another team's"));
    }
    // What keeps it from knowing is accepted, and with it everything that hangs on that.
    let entry = format!("[[suppress]]\nrule = \"*\"\nresource = \"{UNREAD}\"\nreason = \"another team's\"\n");
    let (report, code) = not_all_known(&entry).report("audit --demo --fail-on never");
    assert_eq!((report["summary"]["unknown"].as_u64(), code), (Some(0), 0));
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_suppressed_as_well() {
    let place = Place::with(
        "rules-dir = \"own\"\n[[suppress]]\nrule = \"HUB-001\"\nresource = \"*/pe-kv-*\"\nreason = \"old\"\n",
    );
    std::fs::create_dir(place.path("own")).unwrap();
    place.write("own/a.md", page("HUB-001", "a", "endpoint", "endpoint.names[99] == 'a'", ""));
    let (report, _) = place.report("audit --demo");
    let (aside, left): (Vec<&Value>, Vec<&Value>) =
        of(&report, "HUB-001").into_iter().partition(|one| !one["suppressed"].is_null());
    assert!(!aside.is_empty() && !left.is_empty());
    let is_vault = |one: &&Value| one["subject"]["name"].as_str().unwrap().starts_with("pe-kv-");
    assert!(aside.iter().all(is_vault) && !left.iter().any(is_vault));
}

#[test]
fn a_baseline_knows_what_an_own_rule_found_and_what_it_could_not_know() {
    let place = not_all_known("");
    place.run("audit --demo --write-baseline known.json").exits(1);
    let (report, code) = place.report("audit --demo --baseline known.json --fail-on info");
    let found = of(&report, "HUB-001");
    assert!(unknowns(&report).len() == 2 && found.len() > 2);
    assert!(found.iter().all(|one| one["inBaseline"] == true));
    assert_eq!(code, 0);
    // A baseline without them, and one in which they were not known yet.
    let mut old: Value = serde_json::from_str(&place.read("known.json")).unwrap();
    let is_unknown = |one: &Value| one["rule"] == "HUB-001" && one["verdict"] == "unknown";
    old["findings"].as_array_mut().unwrap().retain(|one| !is_unknown(one));
    place.write("less.json", old.to_string());
    let (report, code) = place.report("audit --demo --baseline less.json --fail-on info");
    assert_eq!((unknowns(&report).iter().filter(|one| one["inBaseline"] == false).count(), code), (2, 3));
    old["findings"].as_array_mut().unwrap().retain(|one| one["rule"] != "HUB-001");
    place.write("none.json", old.to_string());
    let (report, code) = place.report("audit --demo --baseline none.json --fail-on warning");
    assert!(of(&report, "HUB-001").iter().all(|one| one["inBaseline"] == false));
    assert_eq!(code, 1);
}

#[test]
fn a_probe_and_the_other_commands_take_the_folder_too() {
    let dir = house().display().to_string();
    for command in ["names --demo", "trace pe-sql-orders --demo", "probe --demo --dry-run"] {
        let outcome = Place::new().run(&format!("{command} --rules-dir {dir}"));
        assert!(outcome.code != 2 && !outcome.stdout.is_empty(), "{command}: {}", outcome.stderr);
    }
}
