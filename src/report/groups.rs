//! Findings gathered by what stands behind them, so that one missing link under 500 endpoints is one thing to
//! read. Knows nothing of how it is shown.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use super::text::count;
use crate::finding::{Cause, Finding, Report, Severity, Verdict};
use crate::inventory::{Gap, Kind, ResourceId};

/// Whether a report without faults is no all-clear. What a configuration or a baseline accepts is no doubt any more; that
/// it was not read is told beside the verdict.
pub(super) fn is_unsure(report: &Report) -> bool {
    report.incomplete || report.unknowns() > 0
}

/// How much was read of what was asked for, and of what stands around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completeness {
    Whole,
    /// What is missing stands around it.
    NotAround,
    /// A configuration or a baseline accepts what is missing.
    Accepted,
    Missing,
}

impl Completeness {
    pub fn of(report: &Report) -> Self {
        match (report.incomplete, report.partial, report.coverage.gaps.is_empty()) {
            (true, ..) => Completeness::Missing,
            (false, true, _) => Completeness::Accepted,
            (false, false, false) => Completeness::NotAround,
            (false, false, true) => Completeness::Whole,
        }
    }

    /// Whether all that was asked for was read.
    pub fn is_yes(self) -> bool {
        matches!(self, Completeness::Whole | Completeness::NotAround)
    }

    /// As a part of a sentence, with the number of gaps.
    pub fn said(self, report: &Report) -> String {
        let said = match self {
            Completeness::Whole => "all that was asked for was read",
            Completeness::NotAround => "all that was asked for was read, but not all that stands around it",
            Completeness::Accepted => "what was not read is accepted by the configuration or the baseline",
            Completeness::Missing => "a part of what was asked for was not read",
        };
        match report.coverage.gaps.len() {
            0 => said.to_owned(),
            gaps => format!("{said} ({})", count(gaps, "gap")),
        }
    }
}

/// Failures of one rule with one cause, at one severity.
pub(super) struct Group<'a> {
    /// Never empty, in the report's order.
    pub findings: Vec<&'a Finding>,
}

impl<'a> Group<'a> {
    /// The finding that stands for the others.
    pub fn first(&self) -> &'a Finding {
        self.findings[0]
    }
}

/// The failures at one severity that count, gathered by rule and cause; rules and causes in the report's order.
pub(super) fn failures(report: &Report, severity: Severity) -> Vec<Group<'_>> {
    let failing = |f: &&Finding| f.verdict == Verdict::Fail && f.severity == severity;
    let groups = gather(counted(report).filter(failing), |finding| (finding.rule, &finding.cause));
    groups.into_iter().map(|(_, findings)| Group { findings }).collect()
}

/// Everything that cannot be known for one reason.
pub(super) struct Blind<'a> {
    pub cause: &'a Cause,
    /// Never empty: what cannot be judged, and the findings (`COV-…`) that say what is missing.
    pub findings: Vec<&'a Finding>,
}

impl<'a> Blind<'a> {
    /// The findings of rules that could not judge because of it.
    pub fn unjudged(&self) -> Vec<&'a Finding> {
        self.findings.iter().copied().filter(|finding| !is_coverage(finding)).collect()
    }

    /// The findings that say what is missing and what to do about it.
    pub fn coverage(&self) -> Vec<&'a Finding> {
        self.findings.iter().copied().filter(|finding| is_coverage(finding)).collect()
    }

    fn first(&self) -> &'a Finding {
        self.findings.iter().copied().find(|finding| is_coverage(finding)).unwrap_or(self.findings[0])
    }

    /// The reason as a sentence: the gap's own text when it is one.
    pub fn reason(&self) -> &'a str {
        let first = self.first();
        match self.cause.kind == "gap" && self.cause.id.contains(' ') {
            true => &self.cause.id,
            false if self.findings.len() == 1 || first.headline.is_empty() => &first.message,
            false => &first.headline,
        }
    }
}

/// Findings of the `COV` family say that something could not be read; all others say what that costs.
fn is_coverage(finding: &Finding) -> bool {
    finding.rule.starts_with("COV-")
}

/// The unknowns that count, gathered by cause over all rules.
pub(super) fn unknowns(report: &Report) -> Vec<Blind<'_>> {
    let unknown = counted(report).filter(|finding| finding.verdict == Verdict::Unknown);
    let groups = gather(unknown, |finding| &finding.cause);
    groups.into_iter().map(|(cause, findings)| Blind { cause, findings }).collect()
}

/// Gaps that differ in their resource alone, or in their subscription too.
pub(super) struct Missing<'a> {
    /// Never empty.
    pub gaps: Vec<&'a Gap>,
}

/// The gaps, gathered by subscription, kind, status and code.
pub(super) fn missing(gaps: &[Gap]) -> Vec<Missing<'_>> {
    let groups = gather(gaps, |gap| (&gap.subscription, gap.kind, gap.status, &gap.code));
    groups.into_iter().map(|(_, gaps)| Missing { gaps }).collect()
}

/// How many subscriptions may each have a row for the same gap.
const APART: usize = 6;

/// The same, told as one where many subscriptions have it: a thousand that refuse are one thing to know.
pub(super) fn missing_in_short(gaps: &[Gap]) -> Vec<Missing<'_>> {
    let alike = gather(missing(gaps), |missing| {
        let gap = missing.gaps[0];
        (gap.kind, gap.status, gap.code.as_str())
    });
    let rows = alike.into_iter().flat_map(|(_, alike)| match alike.len() > APART {
        true => vec![Missing { gaps: alike.into_iter().flat_map(|one| one.gaps).collect() }],
        false => alike,
    });
    rows.collect()
}

/// What was not judged: for each reason, how many times under which rule.
pub(super) fn not_judged(report: &Report) -> BTreeMap<&'static str, Vec<(&'static str, usize)>> {
    let mut reasons: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for tally in &report.tallies {
        for (reason, count) in tally.not_judged.iter().filter(|(_, count)| **count > 0) {
            reasons.entry(*reason).or_default().push((tally.rule, *count));
        }
    }
    reasons
}

/// The resources that findings are about, each once, in the findings' order.
pub(super) fn subjects<'a>(findings: &[&'a Finding]) -> Vec<&'a Finding> {
    let mut seen: HashSet<&ResourceId> = HashSet::with_capacity(findings.len());
    findings.iter().copied().filter(|finding| seen.insert(&finding.subject.id)).collect()
}

/// `500 private endpoints`, `3 private endpoints and 1 peering`, one text a noun.
pub(super) fn count_subjects(subjects: &[&Finding]) -> Vec<String> {
    let by_noun = gather(subjects.iter().copied(), |finding| noun(finding));
    by_noun.into_iter().map(|(noun, of_noun)| count(of_noun.len(), noun)).collect()
}

/// What the subject of a finding is called, in the singular.
pub(super) fn noun(finding: &Finding) -> &'static str {
    let subject = &finding.subject;
    match subject.kind.to_ascii_lowercase().rsplit('/').next() {
        Some("virtualnetworkpeerings") => "peering",
        Some("subnets") => "subnet",
        _ => Kind::of(&subject.id).map_or("resource", Kind::noun),
    }
}

/// The rules that findings belong to, sorted.
pub(super) fn rules(findings: &[&Finding]) -> Vec<String> {
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    rules.into_iter().map(str::to_owned).collect()
}

fn counted(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.counts())
}

/// What the baseline had already, gathered by rule; rules in the report's order.
pub(super) fn known(report: &Report) -> Vec<Group<'_>> {
    let known = report.findings.iter().filter(|finding| finding.in_baseline && finding.suppressed.is_none());
    let groups = gather(known, |finding| (finding.severity, finding.verdict, finding.rule));
    groups.into_iter().map(|(_, findings)| Group { findings }).collect()
}

/// What a configuration has set aside, gathered by the reason it gives, sorted by that.
pub(super) fn suppressed(report: &Report) -> Vec<(&str, Vec<&Finding>)> {
    let aside = report.findings.iter().filter_map(|one| Some((one.suppressed.as_deref()?, one)));
    let groups = gather(aside, |(reason, _)| *reason);
    let mut groups: Vec<(&str, Vec<&Finding>)> = groups
        .into_iter()
        .map(|(reason, found)| (reason, found.into_iter().map(|(_, one)| one).collect()))
        .collect();
    groups.sort_by_key(|(reason, _)| *reason);
    groups
}

/// What somebody has set aside and is wanted, gathered by severity, verdict, rule and cause.
pub(super) fn aside<'a>(report: &'a Report, wanted: impl Fn(&Finding) -> bool) -> Vec<Group<'a>> {
    let aside = report.findings.iter().filter(|finding| !finding.counts() && wanted(finding));
    let groups = gather(aside, |finding| (finding.severity, finding.verdict, finding.rule, &finding.cause));
    groups.into_iter().map(|(_, findings)| Group { findings }).collect()
}

/// Items with equal keys together; keys in the order in which they first appear.
pub(super) fn gather<T, K: Hash + Eq + Clone>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<(K, Vec<T>)> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for item in items {
        let key = key(&item);
        // Findings are sorted, so most follow their like; this spares the hashing of 100 000 ids.
        if let Some((last, items)) = groups.last_mut()
            && *last == key
        {
            items.push(item);
            continue;
        }
        match places.get(&key) {
            Some(place) => groups[*place].1.push(item),
            None => {
                places.insert(key.clone(), groups.len());
                groups.push((key, vec![item]));
            }
        }
    }
    groups
}
