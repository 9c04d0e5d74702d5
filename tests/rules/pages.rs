//! Every rule has a page, and the index is made from the pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plaudit::checklist;
use plaudit::checklist::articles::ALL as ARTICLES;
use plaudit::rules::{self, HEADINGS};
use serde::Deserialize;

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
    assert_eq!(expected.len(), 109);
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
    index.push_str(&articles());
    if std::env::var_os("PLAUDIT_BLESS").is_some() {
        fs::write(folder().join("README.md"), &index).unwrap();
    }
    assert_eq!(text("README.md"), index, "PLAUDIT_BLESS=1 cargo test --test rules");
}

/// rules/articles.toml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapped {
    article: Vec<MappedArticle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappedArticle {
    id: String,
    section: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    title: String,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    checklist: Vec<String>,
    /// Why there is nothing to look at, or no rule.
    says: Option<String>,
}

fn mapped() -> Vec<MappedArticle> {
    toml::from_str::<Mapped>(&text("articles.toml")).unwrap().article
}

/// The table that says what became of each section of the articles.
fn articles() -> String {
    let mut out = String::from(
        "\n## The Microsoft articles behind the rules\n\n\
         What their sections became: rules that judge it, or steps of the checklist that `plaudit audit` ends with, under \
         `--pack` or `--checklist`, for what no reading can do.\n",
    );
    let rules = rules::all().unwrap();
    let linked = |id: &String| {
        let name = rules.iter().find(|rule| rule.page.id == id).unwrap().page.name;
        format!("[{id}]({id}-{name}.md)")
    };
    for article in mapped() {
        let known = ARTICLES.iter().find(|known| known.id == article.id).unwrap();
        out.push_str(&format!(
            "\n### [{}]({})\n\n| section | rules | checklist |\n| --- | --- | --- |\n",
            known.title, known.url
        ));
        for section in &article.section {
            let rules: Vec<String> = section.rules.iter().map(linked).collect();
            let steps: Vec<String> = section.checklist.iter().map(|id| format!("`{id}`")).collect();
            let says = section.says.as_deref().map(|says| format!("({says})"));
            let left: Vec<String> =
                [steps.join(", ")].into_iter().filter(|steps| !steps.is_empty()).chain(says).collect();
            out.push_str(&format!("| {} | {} | {} |\n", section.title, rules.join(", "), left.join(" ")));
        }
    }
    out
}

#[test]
fn every_section_of_the_articles_became_something_real() {
    let rules: BTreeSet<&str> = rules::all().unwrap().iter().map(|rule| rule.page.id).collect();
    let steps: BTreeSet<&str> = checklist::all().map(|check| check.id).collect();
    let mapped = mapped();
    assert_eq!(
        mapped.iter().map(|article| article.id.as_str()).collect::<Vec<_>>(),
        ARTICLES.iter().map(|article| article.id).collect::<Vec<_>>()
    );
    let sections = || mapped.iter().flat_map(|article| article.section.iter().map(move |of| (article, of)));
    for (article, section) in sections() {
        let place = format!("{}: {}", article.id, section.title);
        assert!(section.rules.iter().all(|id| rules.contains(id.as_str())), "{place}: {:?}", section.rules);
        assert!(
            section.checklist.iter().all(|id| steps.contains(id.as_str())),
            "{place}: {:?}",
            section.checklist
        );
        let is_judged = !section.rules.is_empty();
        let is_left = !section.checklist.is_empty();
        assert!(
            is_judged || is_left || section.says.is_some(),
            "{place}: something to look at, or a reason why there is nothing"
        );
        assert!(!(is_judged && section.says.is_some()), "{place}: a reason why there is no rule, and a rule");
        for ids in [&section.rules, &section.checklist] {
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{place}: {ids:?}");
        }
        assert!(!section.title.is_empty() && !section.title.contains('|'), "{place}");
    }
    for article in &mapped {
        let titles: BTreeSet<&String> = article.section.iter().map(|section| &section.title).collect();
        assert_eq!(titles.len(), article.section.len(), "{}", article.id);
    }
    let used: BTreeSet<&str> =
        sections().flat_map(|(_, section)| section.checklist.iter().map(String::as_str)).collect();
    assert_eq!(used, steps, "a step that no section asks for");
}

#[test]
fn steps_of_the_checklist_are_no_rules() {
    let rules = rules::all().unwrap();
    let mut ids = BTreeSet::new();
    for check in checklist::all() {
        assert!(ids.insert(check.id), "{} is used twice", check.id);
        assert!(check.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", check.id);
        assert!(rules.iter().all(|rule| rule.page.name != check.id), "{}", check.id);
        assert!(!check.title.ends_with('.') && check.title.chars().all(|c| !c.is_control()), "{}", check.id);
        assert!(ARTICLES.contains(&check.article), "{}", check.id);
        assert!(check.article.url.starts_with("https://learn.microsoft.com/"), "{}", check.article.url);
    }
}

#[test]
fn pages_are_plain_lines() {
    for rule in rules::all().unwrap() {
        let odd = |c: char| c.is_control() && c != '\n';
        assert!(!rule.page.body.contains(odd) && !rule.page.body.contains(" \n"), "{}", rule.page.id);
    }
}
