//! The end of the table: what was not read, not judged, and the totals.

use std::collections::BTreeSet;
use std::io;

use super::names::{Names, first_of};
use super::page::{Entry, Page, Paint};
use super::problem::paint;
use crate::finding::{Finding, Report, Severity, Verdict};
use crate::inventory::{Gap, ResourceId, Role};
use crate::report::groups::{self, Completeness, Missing};
use crate::report::text::{count, inert, join_and, prose};

/// Writes the reads that failed. A message that stands in `told` is not said again.
pub(super) fn not_read(
    page: &mut Page<'_>,
    names: &Names<'_>,
    gaps: &[Gap],
    told: &[&str],
) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    page.paragraph("", &format!("NOT READ: {}", count(gaps.len(), "gap")), Paint::Unknown)?;
    let missing = groups::missing_in_short(gaps);
    let rows = missing.iter().map(|missing| gap_row(names, missing, told));
    page.grid(["what", "why"], &[50], rows)?;
    page.blank()
}

/// What was not read, and why. A message that stands in `told` is not said again.
pub(in crate::report) fn gap_row(names: &Names<'_>, missing: &Missing<'_>, told: &[&str]) -> [String; 2] {
    let gap = missing.gaps[0];
    let mut what = gap.kind.title().to_owned();
    let homes: BTreeSet<&str> = missing.gaps.iter().filter_map(|gap| gap.subscription.as_deref()).collect();
    if !homes.is_empty() {
        let list = first_of(homes.iter().map(|home| names.subscription(home)), homes.len());
        what.push_str(&format!(" of {list}"));
    }
    let resources: Vec<&ResourceId> = missing.gaps.iter().filter_map(|gap| gap.resource.as_ref()).collect();
    if !resources.is_empty() {
        let list = first_of(resources.iter().map(|id| names.resource(id)), resources.len());
        what.push_str(&format!(": {list}"));
    }
    let status = gap.status.map(|status| format!("{status} ")).unwrap_or_default();
    let why = format!("{status}{}", inert(&gap.code));
    let is_told = gap.message.is_empty() || told.iter().any(|text| text.contains(&gap.message));
    match is_told {
        true => [what, why],
        false if homes.len() > 1 => [what, format!("{why}; the first: {}", prose(&gap.message))],
        false => [what, format!("{why}: {}", prose(&gap.message))],
    }
}

/// Writes what nobody can judge or nobody asks.
pub(super) fn not_judged(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let reasons = groups::not_judged(report);
    if reasons.is_empty() {
        return Ok(());
    }
    page.paragraph(
        "",
        "NOT JUDGED: what nobody can know or nobody asks; no gap, no exit code",
        Paint::Strong,
    )?;
    let rows = reasons.into_iter().map(|(reason, rules)| {
        let total: usize = rules.iter().map(|(_, count)| count).sum();
        let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        [total.to_string(), prose(reason), rules.join(", ")]
    });
    page.grid(["times", "why", "rules"], &[10, 50], rows)?;
    page.blank()
}

/// Writes what the configuration has set aside, and why.
pub(super) fn suppressed(page: &mut Page<'_>, names: &Names<'_>, report: &Report) -> io::Result<()> {
    let reasons = groups::suppressed(report);
    if reasons.is_empty() {
        return Ok(());
    }
    let heading =
        format!("SUPPRESSED: {}, set aside by the configuration", count(report.suppressed(), "finding"));
    page.paragraph("", &heading, Paint::Strong)?;
    let rows = reasons.into_iter().map(|(reason, of_reason)| {
        let rules = groups::rules(&of_reason).join(", ");
        let place = format!("{rules}: {}", place(names, &of_reason));
        [of_reason.len().to_string(), prose(reason), place]
    });
    page.grid(["times", "reason", "rules and where"], &[10, 45], rows)?;
    page.blank()
}

/// Writes what the baseline had already.
pub(super) fn known(page: &mut Page<'_>, names: &Names<'_>, report: &Report) -> io::Result<()> {
    let groups = groups::known(report);
    if groups.is_empty() {
        return Ok(());
    }
    let heading = format!("KNOWN: {}, in the baseline already", count(report.known(), "finding"));
    page.paragraph("", &heading, Paint::Strong)?;
    let rows = groups.iter().map(|group| {
        let first = group.first();
        let said = match first.verdict {
            Verdict::Fail => first.severity.name(),
            Verdict::Unknown => "unknown",
        };
        let text = format!("{}: {}", first.name, place(names, &group.findings));
        [said.to_owned(), first.rule.to_owned(), text]
    });
    let rows: Vec<[String; 3]> = rows.collect();
    page.columns(["known", "rule", "what and where"], &[9, rule_width(&rows)], rows)?;
    page.blank()
}

/// Writes what was found once more, a line or two for each rule: the end of a long report is what a person sees.
pub(super) fn summary(page: &mut Page<'_>, names: &Names<'_>, report: &Report) -> io::Result<()> {
    let mut rows = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let groups = groups::failures(report, severity);
        for of_rule in groups.chunk_by(|a, b| a.first().rule == b.first().rule) {
            let findings: Vec<&Finding> = of_rule.iter().flat_map(|group| group.findings.clone()).collect();
            let first = of_rule[0].first();
            let text = format!("{}: {}", first.name, place(names, &findings));
            rows.push([severity.name().to_owned(), first.rule.to_owned(), text]);
        }
    }
    let unjudged: Vec<&Finding> = groups::unknowns(report).iter().flat_map(|one| one.unjudged()).collect();
    if !unjudged.is_empty() {
        let text = format!("cannot be judged: {}", place(names, &unjudged));
        rows.push(["unknown".to_owned(), String::new(), text]);
    }
    if rows.len() < 2 {
        return Ok(());
    }
    page.paragraph("", "SUMMARY", Paint::Strong)?;
    page.columns(["found", "rule", "what and where"], &[9, rule_width(&rows)], rows)?;
    page.blank()
}

/// Room for the longest id of a rule: `LIVE-001` is longer than `DNS-001`.
fn rule_width(rows: &[[String; 3]]) -> u16 {
    let longest = rows.iter().map(|[_, rule, _]| rule.len()).max().unwrap_or_default();
    if longest > 7 { 10 } else { 9 }
}

fn place(names: &Names<'_>, findings: &[&Finding]) -> String {
    match findings {
        [only] => names.subject_alone(only),
        several => names.subjects(several),
    }
}

/// Writes the totals: the last lines, which a person sees first. `causes` stand behind all failures.
pub(super) fn totals(
    page: &mut Page<'_>,
    names: &Names<'_>,
    report: &Report,
    causes: usize,
) -> io::Result<()> {
    let read = report.read.iter().filter(|(_, count)| **count > 0);
    let read: Vec<String> = read.map(|(kind, count)| self::count(*count, kind.noun())).collect();
    let mut entries =
        vec![Entry::new("read", if read.is_empty() { "nothing".into() } else { read.join(", ") })];
    if report.endpoints > 0 {
        entries.push(Entry::new("in depth", depth(report)));
    }
    entries.push(complete(report));
    entries.push(Entry::new("found", found(report)));
    page.entries(None, &entries)?;
    let (text, paint) = conclusion(names, report, causes);
    page.paragraph("", &text, paint)
}

/// Of which endpoints that was read which costs a call each.
fn depth(report: &Report) -> &'static str {
    match report.origin.scope.deep {
        true => "targets and zone groups of every private endpoint",
        false => "targets and zone groups of suspects only (--deep reads all)",
    }
}

fn complete(report: &Report) -> Entry {
    let entry = Entry::new("complete", completeness(report));
    if report.incomplete { entry.painted(Paint::Unknown) } else { entry }
}

/// Whether all that was asked for was read.
pub(in crate::report) fn completeness(report: &Report) -> String {
    let complete = Completeness::of(report);
    format!("{}: {}", if complete.is_yes() { "yes" } else { "NO" }, complete.said(report))
}

/// `2 errors, 1 warning and 0 info in 12 private endpoints; 5 unknown; 3 suppressed`.
pub(in crate::report) fn found(report: &Report) -> String {
    let mut text = format!(
        "{}, {} and {} info in {}",
        count(report.failures(Severity::Error), "error"),
        count(report.failures(Severity::Warning), "warning"),
        report.failures(Severity::Info),
        count(report.endpoints, "private endpoint"),
    );
    let aside = [(report.suppressed(), "suppressed"), (report.known(), "known from the baseline")];
    for (n, what) in [(report.unknowns(), "unknown")].into_iter().chain(aside) {
        if n > 0 {
            text.push_str(&format!("; {n} {what}"));
        }
    }
    text
}

/// What a person takes away, in a sentence or two.
fn conclusion(names: &Names<'_>, report: &Report, causes: usize) -> (String, Paint) {
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let worst = severities.into_iter().find(|severity| report.failures(*severity) > 0);
    let faults = severities.iter().map(|severity| report.failures(*severity)).sum();
    let unsure = groups::is_unsure(report);
    let nowhere = report.endpoints == 0;
    let said = match (faults, unsure) {
        (0, _) if nowhere => String::new(),
        (0, true) => "NOT AN ALL-CLEAR: no fault was found, but not everything could be judged.".to_owned(),
        (0, false) => no_fault(report),
        (_, true) => {
            format!("{}, and there may be more: not everything could be judged.", found_from(faults, causes))
        }
        (_, false) => format!("{}.", found_from(faults, causes)),
    };
    let paint = match worst {
        Some(severity) => paint(severity),
        None if nowhere => Paint::Warning,
        None if unsure => Paint::Unknown,
        None => Paint::Good,
    };
    if !nowhere {
        return (said, paint);
    }
    let unread = if report.incomplete { ", but not everything could be read" } else { "" };
    let loud = format!("NO PRIVATE ENDPOINT was found in {}{unread}. {said}", audited(names, report));
    (loud.trim_end().to_owned(), paint)
}

/// `506 faults found, from 5 causes`.
pub(in crate::report) fn found_from(faults: usize, causes: usize) -> String {
    match causes < faults {
        true => format!("{} found, from {}", count(faults, "fault"), count(causes, "cause")),
        false => format!("{} found", count(faults, "fault")),
    }
}

fn no_fault(report: &Report) -> String {
    let new = if report.known() > 0 { "new fault" } else { "fault" };
    let mut text = format!("No {new} found in {}", count(report.endpoints, "private endpoint"));
    let left: usize = report.tallies.iter().flat_map(|tally| tally.not_judged.values()).sum();
    if left > 0 {
        text.push_str(&format!("; {} not made (NOT JUDGED, above)", count(left, "judgement")));
    }
    for (n, what) in [(report.suppressed(), "suppressed"), (report.known(), "known from the baseline")] {
        if n > 0 {
            text.push_str(&format!("; {n} {what}"));
        }
    }
    text + "."
}

/// The audited subscriptions, by name.
pub(in crate::report) fn audited(names: &Names<'_>, report: &Report) -> String {
    let scope = &report.origin.scope;
    let audited: Vec<String> = scope.subscriptions.iter().map(|id| names.subscription(id)).collect();
    let mut text = match audited.len() {
        0 => "no subscription".to_owned(),
        1..=4 => join_and(&audited),
        n => format!("{n} subscriptions ({})", first_of(audited.into_iter(), n)),
    };
    if !scope.resource_groups.is_empty() {
        let groups: Vec<String> =
            scope.resource_groups.iter().map(|group| inert(group).into_owned()).collect();
        let noun = if groups.len() == 1 { "group" } else { "groups" };
        text.push_str(&format!(", resource {noun} {}", join_and(&groups)));
    }
    text
}

/// What stands around the audited subscriptions, in words and by name.
pub(in crate::report) fn context(names: &Names<'_>, report: &Report) -> String {
    let around = || report.coverage.subscriptions.iter().filter(|one| one.role == Role::Context);
    match (report.origin.scope.context, around().count()) {
        (false, _) => "without their surroundings (--no-context)".to_owned(),
        (true, 0) => String::new(),
        (true, n) => {
            let list = first_of(around().map(|one| names.subscription(&one.id)), n);
            format!("with {} read as context ({list})", count(n, "more subscription"))
        }
    }
}
