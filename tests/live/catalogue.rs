//! `plaudit rules`: the list and the pages, as a person and a program get them.

use std::path::Path;

use plaudit::rules;

use crate::standin::child::Run;

fn plaudit(args: &[&str]) -> Run {
    Run::new(Path::new("/"), args)
}

#[test]
fn every_rule_is_listed_with_what_it_needs() {
    let table = plaudit(&["rules", "list"]).run().exits(0).stdout.clone();
    let json = plaudit(&["rules", "list", "-f", "json"]).run().exits(0).report();
    assert_eq!(json["schema"], "plaudit/rules/v1");
    let all = rules::all().unwrap();
    assert_eq!(json["rules"].as_array().unwrap().len(), all.len());
    for (rule, listed) in all.iter().zip(json["rules"].as_array().unwrap()) {
        let front = &rule.page.front;
        // A long name goes on in the next line.
        let name = front.name.get(..20).unwrap_or(&front.name);
        assert!(table.contains(&front.id) && table.contains(name), "{}", front.id);
        assert_eq!(
            (&listed["id"], &listed["name"]),
            (&front.id.as_str().into(), &front.name.as_str().into())
        );
        assert_eq!(listed["severity"], front.severity.name());
        assert_eq!(listed["default"], front.default);
        assert_eq!(listed["needs"].as_str(), front.needs.as_deref());
    }
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn a_page_is_found_by_id_and_by_name_and_is_markdown_in_a_pipe() {
    for rule in rules::all().unwrap() {
        let page = plaudit(&["rules", "show", rule.page.id]).run().exits(0).stdout.clone();
        assert!(
            page.starts_with(&format!(
                "# {} {}\n\n{}",
                rule.page.id, rule.page.name, rule.page.front.summary
            ))
        );
        assert!(page.ends_with(rule.page.body), "{}", rule.page.id);
    }
    let by_id = plaudit(&["rules", "show", "pe-001"]).run().exits(0).stdout.clone();
    let by_name = plaudit(&["rules", "show", "connection-pending"]).run().exits(0).stdout.clone();
    assert_eq!(by_id, by_name);
}

#[test]
fn a_page_is_set_for_a_terminal() {
    for rule in rules::all().unwrap() {
        let page =
            plaudit(&["rules", "show", rule.page.id, "--color", "always"]).run().exits(0).stdout.clone();
        for heading in rule.page.headings() {
            assert!(page.contains(&format!("\u{1b}[1m{heading}\u{1b}[0m\n")), "{} {heading}", rule.page.id);
        }
        let whole = |line: &&str| !line.starts_with("    ");
        let plain = page.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        for line in plain.lines().filter(whole) {
            assert!(line.chars().count() <= 80, "{}: {line}", rule.page.id);
        }
        assert!(!plain.contains("```") && !plain.contains("]("), "{}: {plain}", rule.page.id);
    }
}

#[test]
fn an_unknown_rule_is_told_with_the_nearest_one() {
    let outcome = plaudit(&["rules", "show", "DSN-022"]).run();
    outcome.exits(2).warns("did you mean `DNS-022`?");
    assert_eq!(outcome.stdout, "");
    plaudit(&["rules", "show", "\u{1b}[31m"]).run().exits(2).warns("there is no rule");
    plaudit(&["rules"]).run().exits(2).warns("Usage: plaudit rules");
}
