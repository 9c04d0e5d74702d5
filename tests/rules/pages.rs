//! Every rule has a page, and the index is made from the pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plaudit::rules::{self, HEADINGS};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

#[test]
fn every_page_is_called_by_its_id_and_name_and_every_file_is_a_page() {
    let expected: BTreeSet<String> =
        rules::all().unwrap().iter().map(|rule| format!("{}-{}.md", rule.page.id, rule.page.name)).collect();
    let files =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = files.filter(|name| name.ends_with(".md") && name != "README.md").collect();
    assert_eq!(pages, expected);
    assert_eq!(expected.len(), 108);
}

#[test]
fn every_page_has_the_headings_in_order() {
    for rule in rules::all().unwrap() {
        let headings: Vec<&str> = rule.page.headings().collect();
        assert_eq!(headings, HEADINGS, "{}", rule.page.id);
    }
}

#[test]
fn every_page_says_what_it_is() {
    for rule in rules::all().unwrap() {
        let front = &rule.page.front;
        assert_eq!((front.id.as_str(), front.name.as_str()), (rule.page.id, rule.page.name));
        assert!(front.summary.ends_with('.') && !front.summary.contains('\n'), "{}", front.id);
        assert!(front.reference.starts_with("https://learn.microsoft.com/"), "{}", front.id);
        assert_ne!(front.needs.as_deref(), Some(""), "{}", front.id);
        assert_eq!(front.since, "0.1.0");
        for section in rule.page.body.split("\n## ").skip(1) {
            assert!(section.lines().skip(1).any(|line| !line.trim().is_empty()), "{}: {section}", front.id);
        }
    }
}

#[test]
fn names_and_ids_are_used_once() {
    let rules = rules::all().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.page.id).collect();
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule.page.name).collect();
    assert_eq!((ids.len(), names.len()), (rules.len(), rules.len()));
}

#[test]
fn the_index_is_made_from_the_pages() {
    let mut index = String::from(
        "# Rules\n\nEvery rule has a page that says what it finds, why it matters, how to mend it, and when it stays silent.\n\n\
         | id | name | severity | summary |\n| --- | --- | --- | --- |\n",
    );
    for rule in rules::all().unwrap() {
        let front = &rule.page.front;
        index.push_str(&format!(
            "| [{0}]({0}-{1}.md) | {1} | {2} | {3} |\n",
            front.id,
            front.name,
            front.severity.name(),
            front.summary
        ));
    }
    if std::env::var_os("PLAUDIT_BLESS").is_some() {
        fs::write(folder().join("README.md"), &index).unwrap();
    }
    assert_eq!(text("README.md"), index, "PLAUDIT_BLESS=1 cargo test --test rules");
}

#[test]
fn pages_are_plain_lines() {
    for rule in rules::all().unwrap() {
        let odd = |c: char| c.is_control() && c != '\n';
        assert!(!rule.page.body.contains(odd) && !rule.page.body.contains(" \n"), "{}", rule.page.id);
    }
}
