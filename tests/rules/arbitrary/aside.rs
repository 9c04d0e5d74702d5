//! Suppressions and baselines over arbitrary findings: what is set aside stays in the report, and nothing else is.

use std::collections::BTreeSet;

use plaudit::audit::{Baseline, Suppression, set_aside};
use plaudit::finding::{Finding, Report, Severity, Verdict};
use plaudit::inventory::IdPattern;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{config, plan};

/// A pattern as people write it, held against a text, character by character: `*` for any text, `?` for one character.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        Some((wanted, rest)) => text.split_first().is_some_and(|(given, left)| {
            (*wanted == '?' || wanted.eq_ignore_ascii_case(given)) && fits(rest, left)
        }),
    }
}

fn is_fit(pattern: &str, text: &str) -> bool {
    let [pattern, text] = [pattern, text].map(|text| text.chars().collect::<Vec<_>>());
    fits(&pattern, &text)
}

/// A text in which some of its parts were left open, and some shouted.
fn opened(text: &str, seeds: &[(Index, u8)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (at, how) in seeds.iter().filter(|_| !text.is_empty()) {
        let at = at.index(characters.len());
        match how % 5 {
            0 => characters[at] = '?',
            1 => characters[at] = '*',
            2 => drop(characters.splice(at.., ['*'])),
            3 => drop(characters.splice(..at, ['*'])),
            _ => characters[at] = characters[at].to_ascii_uppercase(),
        }
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_pattern_is_any_text_and_any_character(
        text in "[a-cA-C/._-]{0,8}",
        other in "[a-cA-C/._-]{0,8}",
        seeds in vec((any::<Index>(), any::<u8>()), 0..5),
    ) {
        let pattern = opened(&text, &seeds);
        let made = IdPattern::new(&pattern).unwrap();
        for given in [&text, &other, &text.to_ascii_uppercase()] {
            prop_assert_eq!(made.matches_text(given), is_fit(&pattern, given), "{} on {}", pattern, given);
        }
    }
}

/// The day of every reading is 2026-01-15.
const DAYS: [Option<&str>; 4] = [None, Some("2026-01-14"), Some("2026-01-15"), Some("2026-01-16")];

/// Which finding it is made for, how its patterns are opened, when it ends.
type Entry = (Index, Vec<(Index, u8)>, Vec<(Index, u8)>, Option<&'static str>);

fn entry() -> impl Strategy<Value = Entry> {
    let opening = || vec((any::<Index>(), any::<u8>()), 0..3);
    (any::<Index>(), opening(), opening(), select(&DAYS[..]))
}

fn suppression(report: &Report, (finding, rule, resource, expires): &Entry) -> Suppression {
    let finding = finding.get(&report.findings);
    Suppression {
        rule: IdPattern::new(&opened(finding.rule, rule)).unwrap(),
        resource: IdPattern::new(&opened(finding.subject.id.as_str(), resource)).unwrap(),
        reason: format!("{} {}", finding.rule, finding.subject.name),
        expires: expires.map(|day| day.parse().unwrap()),
    }
}

fn is_over(suppression: &Suppression) -> bool {
    suppression.expires.is_some_and(|day| day <= "2026-01-15".parse().unwrap())
}

/// Whether a suppression speaks of a finding's rule, and of what it is about.
fn speaks(suppression: &Suppression, finding: &Finding) -> (bool, bool) {
    let rule = suppression.rule.as_str();
    let resource = is_fit(suppression.resource.as_str(), finding.subject.id.as_str());
    (is_fit(rule, finding.rule) || is_fit(rule, finding.name), resource)
}

/// The findings without what is said of their being set aside.
fn bare(report: &Report) -> Vec<Finding> {
    let bare = |f: &Finding| Finding { suppressed: None, in_baseline: false, ..f.clone() };
    report.findings.iter().map(bare).collect()
}

fn hidden(report: &Report) -> BTreeSet<String> {
    let hidden = report.findings.iter().filter(|f| f.suppressed.is_some());
    hidden.map(|f| f.fingerprint.clone()).collect()
}

fn counted(report: &Report) -> usize {
    let failures =
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| report.failures(severity));
    failures.iter().sum::<usize>() + report.unknowns()
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn what_is_suppressed_is_what_an_entry_fits_and_stays(plan in plan(), entries in vec(entry(), 1..5)) {
        let whole = plan.judge(plan.read(&plan.estate()));
        prop_assume!(!whole.findings.is_empty());
        let mut entries: Vec<Suppression> = entries.iter().map(|entry| suppression(&whole, entry)).collect();
        let mut report = whole.clone();
        set_aside(&mut report, &entries, None);
        prop_assert_eq!(bare(&report), bare(&whole));
        prop_assert_eq!(report.suppressed() + counted(&report), whole.findings.len());
        prop_assert!(whole.incomplete || !report.incomplete);
        for finding in &report.findings {
            let mut first = entries.iter().filter(|one| !is_over(one) && speaks(one, finding) == (true, true));
            let first = first.next().map(|one| one.reason.as_str());
            match finding.verdict {
                Verdict::Fail => prop_assert_eq!(finding.suppressed.as_deref(), first),
                // What was not read may be fitted in its place, too.
                Verdict::Unknown if first.is_some() => prop_assert!(finding.suppressed.is_some()),
                Verdict::Unknown => {
                    let of_rule = entries.iter().any(|one| !is_over(one) && speaks(one, finding).0);
                    prop_assert!(of_rule || finding.suppressed.is_none());
                }
            }
        }
        entries.reverse();
        let mut turned = whole.clone();
        set_aside(&mut turned, &entries, None);
        prop_assert_eq!(hidden(&report), hidden(&turned));
        prop_assert_eq!((report.incomplete, report.partial), (turned.incomplete, turned.partial));
    }

    #[test]
    fn a_baseline_holds_what_was_there_and_nothing_new(plan in plan(), more in vec(any::<Index>(), 0..3)) {
        let whole = plan.judge(plan.read(&plan.estate()));
        let forgotten: BTreeSet<usize> =
            more.iter().filter(|_| !whole.findings.is_empty()).map(|at| at.index(whole.findings.len())).collect();
        let known = whole.findings.iter().enumerate().filter(|(at, _)| !forgotten.contains(at));
        let known = known.map(|(_, f)| (f.fingerprint.clone(), Some(f.verdict), Some(f.severity)));
        let baseline = Baseline::new(known);
        let mut report = whole.clone();
        set_aside(&mut report, &[], Some(&baseline));
        prop_assert_eq!(bare(&report), bare(&whole));
        prop_assert_eq!(counted(&report), forgotten.len());
        prop_assert_eq!(report.known(), whole.findings.len() - forgotten.len());
        prop_assert_eq!(report.partial, whole.partial);
        prop_assert!(!forgotten.is_empty() || !report.incomplete || !whole.coverage.gaps.is_empty());
    }
}
