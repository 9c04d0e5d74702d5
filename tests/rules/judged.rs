//! Judges an estate and says what came of it, a line a finding.

use std::sync::LazyLock;

use plaudit::audit::audit;
use plaudit::finding::{Finding, Report, Verdict};
use plaudit::inventory::{Cloud, Collected, Resource, ResourceId, Want, wire};
use plaudit::topology::Topology;
use plaudit::topology::zones::ZoneTable;

use crate::estate::Estate;

/// Joins what was collected.
pub fn topology(collected: Collected) -> Topology {
    static TABLE: LazyLock<ZoneTable> = LazyLock::new(|| ZoneTable::embedded(Cloud::AzureCloud).unwrap());
    Topology::build(wire::inventory(collected), &TABLE)
}

/// What a run holds in its hands that has asked for the zone groups of suspects, as a live run does.
pub fn read(e: &Estate) -> Collected {
    let mut collected = e.collected();
    for endpoint in suspects(&topology(collected.clone())) {
        for group in e.zone_groups_of(&endpoint) {
            let id = ResourceId::new(group["id"].as_str().unwrap());
            collected.resources.push(Resource { id, json: group.to_string().into() });
        }
        collected.coverage.zone_groups_asked.push(endpoint);
    }
    collected.resources.sort_by(|a, b| a.id.cmp(&b.id));
    collected.coverage.normalise();
    collected
}

pub fn judge_collected(collected: Collected) -> Report {
    audit(&topology(collected)).unwrap()
}

pub fn judge(e: &Estate) -> Report {
    let first = topology(e.collected());
    // Nothing more is read where nobody is suspect.
    if suspects(&first).is_empty() { audit(&first).unwrap() } else { judge_collected(read(e)) }
}

fn suspects(topology: &Topology) -> Vec<ResourceId> {
    let groups = topology.wanted().into_iter().filter_map(|want| match want {
        Want::ZoneGroups { endpoint } => Some(endpoint),
        _ => None,
    });
    groups.collect()
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

/// The findings about gaps are these and no others.
#[track_caller]
pub fn expect_gaps(e: &Estate, expected: &[&str]) {
    assert_eq!(lines(&judge(e), true), sorted(expected));
}

/// These rules say of the subject that it cannot be known; nothing else is found.
#[track_caller]
pub fn expect_unknown(e: &Estate, subject: &str, rules: &[&str]) {
    let expected: Vec<String> = rules.iter().map(|rule| format!("{rule} {subject} unknown")).collect();
    expect(e, &expected.iter().map(String::as_str).collect::<Vec<_>>());
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
