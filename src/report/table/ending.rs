//! The end of the table: what was not read, not judged, and the totals.

use std::io;

use super::names::{Names, first_of};
use super::page::{Entry, Page, Paint};
use super::problem::paint;
use crate::finding::{Report, Severity};
use crate::inventory::{Gap, Role};
use crate::report::groups::{self, Missing};
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
    let missing = groups::missing(gaps);
    let rows = missing.iter().map(|missing| row(names, missing, told));
    page.grid(["in", "what", "why"], [Some(30), Some(35), None], rows)?;
    page.blank()
}

fn row(names: &Names<'_>, missing: &Missing<'_>, told: &[&str]) -> [String; 3] {
    let gap = missing.gaps[0];
    let home = gap.subscription.as_deref().map_or_else(|| "(all)".to_owned(), |id| names.subscription(id));
    let resources = || missing.gaps.iter().filter_map(|gap| gap.resource.as_ref());
    let of = match resources().count() {
        0 => gap.kind.title().to_owned(),
        n => format!("{} of {}", gap.kind.title(), first_of(resources().map(|id| names.resource(id)), n)),
    };
    let status = gap.status.map(|status| format!("{status} ")).unwrap_or_default();
    let why = format!("{status}{}", inert(&gap.code));
    let is_told = gap.message.is_empty() || told.iter().any(|text| text.contains(&gap.message));
    match is_told {
        true => [home, of, why],
        false => [home, of, format!("{why}: {}", prose(&gap.message))],
    }
}

/// Writes what nobody can judge or nobody asks.
pub(super) fn not_judged(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let reasons = groups::not_judged(report);
    if reasons.is_empty() {
        return Ok(());
    }
    page.paragraph("", "NOT JUDGED: no gap, and no part in the exit code", Paint::Strong)?;
    let rows = reasons.into_iter().map(|(reason, rules)| {
        let total: usize = rules.iter().map(|(_, count)| count).sum();
        let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        [prose(reason), total.to_string(), rules.join(", ")]
    });
    page.grid(["reason", "times", "rules"], [None, Some(15), Some(40)], rows)?;
    page.blank()
}

/// Writes the totals: the last lines, which a person sees first.
pub(super) fn totals(page: &mut Page<'_>, names: &Names<'_>, report: &Report) -> io::Result<()> {
    let read = report.read.iter().filter(|(_, count)| **count > 0);
    let read: Vec<String> = read.map(|(kind, count)| format!("{count} {}", kind.title())).collect();
    let mut entries =
        vec![Entry::new("read", if read.is_empty() { "nothing".into() } else { read.join(", ") })];
    entries.push(complete(report));
    entries.push(Entry::new("found", found(report)));
    page.entries(None, &entries)?;
    let (text, paint) = conclusion(names, report);
    page.paragraph("", &text, paint)
}

fn complete(report: &Report) -> Entry {
    let gaps = count(report.coverage.gaps.len(), "gap");
    match (report.incomplete, report.coverage.gaps.is_empty()) {
        (true, true) => {
            Entry::new("complete", "NO: not everything that was asked for was read").painted(Paint::Unknown)
        }
        (true, false) => {
            Entry::new("complete", format!("NO: {gaps} in what was asked for")).painted(Paint::Unknown)
        }
        (false, false) => Entry::new("complete", format!("{gaps}, none of which touches what was asked for")),
        (false, true) => Entry::new("complete", "yes: everything that was asked for was read"),
    }
}

/// `2 errors, 1 warning and 0 info in 12 private endpoints; 5 unknown; 3 suppressed`.
fn found(report: &Report) -> String {
    let mut text = format!(
        "{}, {} and {} info in {}",
        count(report.failures(Severity::Error), "error"),
        count(report.failures(Severity::Warning), "warning"),
        report.failures(Severity::Info),
        count(report.endpoints, "private endpoint"),
    );
    for (n, what) in [(report.unknowns(), "unknown"), (report.suppressed(), "suppressed")] {
        if n > 0 {
            text.push_str(&format!("; {n} {what}"));
        }
    }
    text
}

/// The one sentence that a person takes away.
fn conclusion(names: &Names<'_>, report: &Report) -> (String, Paint) {
    let worst = [Severity::Error, Severity::Warning, Severity::Info];
    let failures = worst.map(|severity| report.failures(severity));
    let unknowns = report.unknowns();
    let paint = match failures.iter().position(|n| *n > 0) {
        Some(worst_found) => paint(worst[worst_found]),
        None => Paint::Good,
    };
    let unsure = report.incomplete || unknowns > 0;
    let faults = count(failures.iter().sum(), "fault");
    let endpoints = count(report.endpoints, "private endpoint");
    match (failures, report.endpoints) {
        ([0, 0, 0], 0) => {
            (format!("NO PRIVATE ENDPOINT was found in {}.", audited(names, report)), Paint::Warning)
        }
        ([0, 0, 0], _) if unsure => (
            format!(
                "NOT AN ALL-CLEAR: no fault in what could be read of {endpoints}, but not everything could be."
            ),
            Paint::Unknown,
        ),
        ([0, 0, 0], _) => (format!("No fault found in {endpoints}."), paint),
        _ if unsure => {
            (format!("{faults} found, and there may be more: not everything could be read."), paint)
        }
        _ => (format!("{faults} found."), paint),
    }
}

/// The audited subscriptions, by name.
pub(super) fn audited(names: &Names<'_>, report: &Report) -> String {
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

/// What stands around the audited subscriptions, in words.
pub(super) fn context(report: &Report) -> String {
    let around = report.coverage.subscriptions.iter().filter(|one| one.role == Role::Context).count();
    match (report.origin.scope.context, around) {
        (false, _) => "without their surroundings (--no-context)".to_owned(),
        (true, 0) => String::new(),
        (true, n) => format!("with {} read as context", count(n, "more subscription")),
    }
}
