//! A redacted estate gives the findings of the estate it was made from, one for one, and tells no name of it. Every
//! estate that the tests of the rules judge is redacted and judged again on the way.

use std::collections::BTreeMap;

use plaudit::finding::{Finding, Report};
use plaudit::inventory::{Collected, wire};
use plaudit::redaction::Redaction;
use plaudit::rules::{Rule, Settings};
use plaudit::topology::{Options, Topology};

use crate::estate::rounds::TABLE;

fn judged(collected: &Collected, rules: &[Rule]) -> Report {
    let topology = Topology::build(wire::inventory(collected.clone()), &TABLE, Options::default());
    plaudit::audit::audit(&topology, rules, &Settings::default())
}

/// All that a finding says, without a name in it that was not put through `of`.
fn said(finding: &Finding, of: &dyn Fn(&str) -> String) -> String {
    let mut related: Vec<String> =
        finding.related.iter().map(|other| format!("{} {}", other.role, of(&other.id))).collect();
    related.sort();
    let evidence: Vec<&str> = finding.evidence.iter().map(|(name, _)| *name).collect();
    format!(
        "{} {:?} {} {} {:?} of {}: {}, {related:?} {evidence:?}, {} steps",
        finding.rule,
        finding.verdict,
        finding.severity.name(),
        finding.confidence.name(),
        finding.not_read,
        of(finding.subject.id.as_str()),
        finding.cause.kind,
        finding.remediation.len(),
    )
}

/// The findings in the groups that tables show, the groups in order.
fn groups(report: &Report, of: &dyn Fn(&str) -> String) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for finding in &report.findings {
        groups.entry((finding.rule, &finding.cause)).or_default().push(said(finding, of));
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups
}

/// Redacts an estate and holds what is found in it against what was found before.
#[track_caller]
pub fn gives_the_same(collected: &Collected, rules: &[Rule]) {
    let redaction = Redaction::of(collected).unwrap();
    let (before, after) = (judged(collected, rules), judged(&redaction.redacted(collected), rules));
    let of = |id: &str| redaction.id(id).to_ascii_lowercase();
    let (expected, found) = (groups(&before, &of), groups(&after, &str::to_ascii_lowercase));
    let lost: Vec<_> = expected.iter().filter(|group| !found.contains(group)).collect();
    let new: Vec<_> = found.iter().filter(|group| !expected.contains(group)).collect();
    assert!(expected == found, "lost by redaction: {lost:#?}\nnew after redaction: {new:#?}");
    let tallies = |report: &Report| -> Vec<String> {
        report.tallies.iter().map(|tally| format!("{tally:?}")).collect()
    };
    assert_eq!(tallies(&before), tallies(&after));
    assert_eq!((before.incomplete, before.partial), (after.incomplete, after.partial));
    assert_eq!(before.notes.len() + 1, after.notes.len(), "{:?}", after.notes);
    assert_eq!(before.unfinished.len(), after.unfinished.len());
}
