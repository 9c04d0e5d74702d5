//! Comparisons made by hand: one cause is one row, and no text from outside acts in any format.

use plaudit::diff::{Diff, Run};
use plaudit::finding::Finding;
use plaudit::report::diff::{FORMATS, Source, Sources, write};
use plaudit::report::{Format, Style};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::columns;
use crate::estate::{clean, mixed, unlinked, wrong_address};
use crate::hostile::{acts, obeyed, report, text};
use crate::markdown::is_sound;

fn shown(old: &Run, new: &Run, name: &str, format: Format) -> String {
    let source = |file: &str| Source { file: file.to_owned(), is_snapshot: false };
    let sources = Sources { old: source(name), new: source("new.json") };
    let mut out = Vec::new();
    write(&Diff::of(old, new), &sources, format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn flat(text: &str) -> String {
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn five_hundred_subjects_of_one_cause_are_one_row() {
    let mut later = clean();
    later.findings = unlinked(500);
    let (old, new) = (Run::of(&clean()), Run::of(&later));
    for format in [Format::Table, Format::Markdown] {
        let text = flat(&shown(&old, &new, "old.json", format));
        assert!(text.contains("500 findings") && text.contains("1 cause"), "{text}");
        // The row, and how to mend it.
        assert_eq!(text.matches("DNS-010").count(), 2, "{text}");
        let back = flat(&shown(&new, &old, "old.json", format));
        assert_eq!(back.matches("DNS-010").count(), 1, "{back}");
    }
    let table = shown(&old, &new, "old.json", Format::Table);
    assert!(table.contains("500 private") && table.lines().count() < 40, "{table}");
    let json: Value = serde_json::from_str(&shown(&old, &new, "old.json", Format::Json)).unwrap();
    assert_eq!(json["new"].as_array().unwrap().len(), 500);
}

const LINK: &str = "az network private-dns link vnet create -g rg-dns-hub";

#[test]
fn what_is_new_comes_with_the_commands_that_mend_it() {
    let mut later = clean();
    later.findings = unlinked(500);
    later.findings.push(wrong_address());
    let (old, new) = (Run::of(&clean()), Run::of(&later));
    let commands: Vec<&str> =
        later.findings.iter().flat_map(|one| &one.remediation).filter_map(|s| s.command.as_deref()).collect();
    for format in [Format::Table, Format::Markdown] {
        let text = shown(&old, &new, "old.json", format);
        // A command is one line, whole, and one that mends 500 is told once.
        for command in &commands {
            assert_eq!(text.lines().filter(|line| line.trim_start() == *command).count(), 1, "{text}");
        }
        let flat = flat(&text.replace("    # ", "").replace('`', ""));
        assert!(flat.contains("vnet-cannot-resolve, once for all 500:"), "{flat}");
        assert!(flat.contains("a-record-wrong-ip, for rg-payments-weu/pe-sql-payments:"), "{flat}");
        assert!(flat.contains("Link the zone to the virtual network"), "{flat}");
        // What has gone, or is as it was, needs none.
        for (old, new) in [(&new, &old), (&new, &new)] {
            assert!(!shown(old, new, "old.json", format).contains(LINK));
        }
    }
    let json: Value = serde_json::from_str(&shown(&old, &new, "old.json", Format::Json)).unwrap();
    let step = &json["new"][0]["remediation"][0];
    assert_eq!(step["title"], "Link the zone to the virtual network");
    assert!(step["command"].as_str().unwrap().starts_with(LINK), "{step}");
    let json: Value = serde_json::from_str(&shown(&new, &new, "old.json", Format::Json)).unwrap();
    assert_eq!(json["unchanged"][0]["remediation"], Value::Null);
}

#[test]
fn commands_of_each_are_shown_for_a_few_and_counted_for_more() {
    let own = |mut finding: Finding| {
        let name = finding.subject.name.clone();
        finding.remediation[0].command = Some(format!("az mend {name}"));
        finding
    };
    for (causes, each, whole) in [(1, 3, 3), (1, 4, 1), (12, 1, 10)] {
        let mut later = clean();
        later.findings = unlinked(causes * each).into_iter().map(own).collect();
        for (n, finding) in later.findings.iter_mut().enumerate() {
            finding.cause.id = format!("cause {:03}", n / each);
        }
        let (old, new) = (Run::of(&clean()), Run::of(&later));
        for format in [Format::Table, Format::Markdown] {
            let text = shown(&old, &new, "old.json", format);
            assert_eq!(text.matches("az mend").count(), whole, "{text}");
            let text = flat(&text.replace("    # ", "").replace('`', ""));
            assert_eq!(text.contains("the same for the other 3, whose commands -f json has"), each == 4);
            assert_eq!(text.contains("2 more causes: "), causes == 12, "{text}");
        }
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let mut later = clean();
    later.findings = unlinked(100);
    for (n, finding) in later.findings.iter_mut().enumerate() {
        finding.cause.id = format!("cause {n:03}");
    }
    let (old, new) = (Run::of(&clean()), Run::of(&later));
    for format in [Format::Table, Format::Markdown] {
        let text = shown(&old, &new, "old.json", format);
        assert!(text.contains("60 more causes with 60 findings left out"), "{text}");
    }
}

#[test]
fn a_bit_of_everything_tells_its_gaps() {
    let (old, new) = (Run::of(&clean()), Run::of(&mixed(3)));
    for format in [Format::Table, Format::Markdown] {
        let text = flat(&shown(&old, &new, "old.json", format));
        assert!(text.contains("3 gaps") && text.contains("unknown 0 → 14 (14 new)"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }
}

/// Hostile texts of the usual kinds, as names and as messages.
const HOSTILE: [&str; 9] = [
    "=cmd|' /C calc'!A0",
    "::error::x",
    "</script><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "]]>",
    "| a | b |",
    "`x` ``y`` \\| \\",
    "@someone #1 https://evil.example www.evil.example",
    "\u{1b}[31m\n\n# heading\n\u{202e}",
];

#[test]
fn markdown_stays_text() {
    for hostile in HOSTILE {
        let texts = vec![hostile.to_owned()];
        let (old, new) = (Run::of(&clean()), Run::of(&report(&texts)));
        for (old, new) in [(&old, &new), (&new, &old)] {
            is_sound(&shown(old, new, hostile, Format::Markdown)).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_format_is_inert(a in vec(text(), 1..8), b in vec(text(), 1..8)) {
        let (old, new) = (Run::of(&report(&a)), Run::of(&report(&b)));
        for format in FORMATS {
            let shown = shown(&old, &new, &a[0], format);
            prop_assert!(!shown.chars().any(|c| c != '\n' && acts(c)), "{format}: {shown:?}");
            prop_assert_eq!(obeyed(&shown), None);
            match format {
                Format::Table => {
                    for line in shown.lines() {
                        // Commands are copied whole.
                        prop_assert!(columns(line) <= 80 || line.starts_with("    "), "{line}");
                    }
                }
                Format::Markdown => drop(is_sound(&shown).unwrap()),
                _ => {
                    let json: Value = serde_json::from_str(&shown).unwrap();
                    prop_assert_eq!(json["oldRun"]["file"].as_str(), Some(a[0].as_str()));
                }
            }
        }
    }
}
