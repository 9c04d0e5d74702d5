//! Judges an estate and says what came of it, a line a finding.

use plaudit::finding::{Finding, Report, Verdict};
use plaudit::inventory::{Collected, wire};
use plaudit::rules::{self, Settings};
use plaudit::topology::{Options, Topology};

use crate::estate::Estate;
use crate::estate::rounds::TABLE;
pub use crate::estate::rounds::{read, read_with};
use crate::redacted;

/// Joins what was collected.
pub fn topology(collected: Collected) -> Topology {
    Topology::build(wire::inventory(collected), &TABLE, Options::default())
}

/// Judges a topology with the rules that run by themselves.
pub fn audit(topology: &Topology) -> Report {
    plaudit::audit::audit(topology, &rules::all().unwrap(), &Settings::default())
}

/// Judges under a configuration with the rules that run by themselves.
pub fn judge_under(e: &Estate, options: &Options) -> Report {
    let collected = read_with(e, options);
    audit(&Topology::build(wire::inventory(collected), &TABLE, options.clone()))
}

/// Judges with these rules alone, whether they run by themselves or not.
pub fn judge_with(e: &Estate, ids: &[&str], settings: &Settings, options: Options) -> Report {
    let mut rules = rules::all().unwrap();
    assert!(ids.iter().all(|id| rules.iter().any(|rule| rule.page.id == *id)), "{ids:?}");
    rules.iter_mut().for_each(|rule| rule.enabled = ids.contains(&rule.page.id));
    let collected = read_with(e, &options);
    if format!("{options:?}") == format!("{:?}", Options::default()) {
        redacted::gives_the_same_under(&collected, &rules, settings);
    }
    let topology = Topology::build(wire::inventory(collected), &TABLE, options);
    plaudit::audit::audit(&topology, &rules, settings)
}

/// The findings of one rule, whether it runs by itself or not, are these and no others.
#[track_caller]
pub fn expect_of(rule: &str, e: &Estate, expected: &[&str]) {
    let report = judge_with(e, &[rule], &Settings::default(), Options::default());
    assert_eq!(lines(&report, rule.starts_with("COV-")), sorted(expected), "{:#?}", report.findings);
}

pub fn judge_collected(collected: Collected) -> Report {
    redacted::gives_the_same(&collected, &rules::all().unwrap());
    audit(&topology(collected))
}

pub fn judge(e: &Estate) -> Report {
    judge_collected(read(e))
}

/// `DNS-022 pe fail error certain`, or `DNS-022 pe unknown`.
pub fn line(finding: &Finding) -> String {
    let (rule, name) = (finding.rule, &finding.subject.name);
    match finding.verdict {
        Verdict::Unknown => format!("{rule} {name} unknown"),
        Verdict::Fail => {
            format!("{rule} {name} fail {} {}", finding.severity.name(), finding.confidence.name())
        }
    }
}

fn lines(report: &Report, coverage_rules: bool) -> Vec<String> {
    let chosen = report.findings.iter().filter(|f| f.rule.starts_with("COV-") == coverage_rules);
    let mut lines: Vec<String> = chosen.map(line).collect();
    lines.sort();
    lines
}

fn sorted(expected: &[&str]) -> Vec<String> {
    let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
    expected.sort();
    expected
}

/// The report's findings, but for those about gaps, are these and no others.
#[track_caller]
pub fn expect_in(report: &Report, expected: &[&str]) {
    assert_eq!(lines(report, false), sorted(expected), "{:#?}", report.findings);
}

/// The findings, but for those about gaps, are these and no others.
#[track_caller]
pub fn expect(e: &Estate, expected: &[&str]) {
    expect_in(&judge(e), expected);
}

/// The findings are these and no others, beside those that stay the same all the while.
#[track_caller]
pub fn expect_beside(e: &Estate, always: &[&str], expected: &[&str]) {
    expect(e, &[always, expected].concat());
}

/// The findings about gaps are these and no others.
#[track_caller]
pub fn expect_gaps(e: &Estate, expected: &[&str]) {
    assert_eq!(lines(&judge(e), true), sorted(expected));
}

/// These rules say of the subject that it cannot be known; nothing else is found.
#[track_caller]
pub fn expect_unknown(e: &Estate, subject: &str, rules: &[&str]) {
    expect_unknown_beside(e, &[], subject, rules);
}

/// As [`expect_unknown`], beside other findings.
#[track_caller]
pub fn expect_unknown_beside(e: &Estate, always: &[&str], subject: &str, rules: &[&str]) {
    let expected: Vec<String> = rules.iter().map(|rule| format!("{rule} {subject} unknown")).collect();
    expect_beside(e, always, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

/// The reasons for which a rule judged nothing of some subjects.
pub fn not_judged(report: &Report, rule: &str) -> Vec<(&'static str, usize)> {
    let tally = report.tallies.iter().find(|tally| tally.rule == rule).unwrap();
    tally.not_judged.iter().map(|(reason, count)| (*reason, *count)).collect()
}

/// The only finding of a rule.
#[track_caller]
pub fn only<'a>(report: &'a Report, rule: &str) -> &'a Finding {
    let mut found = report.findings.iter().filter(|finding| finding.rule == rule);
    let first = found.next().unwrap_or_else(|| panic!("no {rule} in {:#?}", report.findings));
    assert_eq!(found.next(), None, "more than one {rule}");
    first
}

/// A piece of evidence as text.
#[track_caller]
pub fn evidence(finding: &Finding, name: &str) -> String {
    let found = finding.evidence.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no evidence {name} in {finding:#?}")).1.to_string()
}

/// All the evidence as text.
pub fn all_evidence(finding: &Finding) -> String {
    finding.evidence.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}
