//! CSV, a line a finding: for spreadsheets and for tools that read lines. No cell holds a line break, no cell is a
//! formula, and none is longer than a spreadsheet can hold.
//!
//! What could not be read is a finding of its own (`COV-…`, verdict `unknown`), so an incomplete read shows. Where the
//! rule that reports a gap does not run, the gap has a line of verdict `gap`, without a rule and without a
//! fingerprint, and does not count. So a line without a fingerprint is no finding, and counting `counts` = `yes` by
//! `severity` and `verdict` gives the totals of any other format.
//!
//! UTF-8 without a byte order mark, as the table of names: a mark would become a part of the first column's name for
//! every reader but Excel, and Excel has a format of its own here (`xlsx`).

use std::collections::HashSet;
use std::io::{self, Write};

use super::text::{cell, clipped, inert, value};
use crate::finding::{Finding, Remediation, Report};
use crate::inventory::{Gap, ResourceId};
use crate::rules::gap_fingerprint;

/// The names of the columns, as JSON calls the same things.
const HEADER: [&str; 22] = [
    "rule",
    "name",
    "severity",
    "verdict",
    "confidence",
    "counts",
    "suppressed",
    "inBaseline",
    "subjectId",
    "subjectType",
    "subjectName",
    "resourceGroup",
    "subscriptionId",
    "subscriptionName",
    "causeKind",
    "causeId",
    "message",
    "evidence",
    "remediation",
    "reference",
    "fingerprint",
    "collectedAt",
];

/// A cell of Excel holds 32 767 characters (Microsoft: Excel specifications and limits), counted as UTF-16 does, in
/// which one takes up to two.
const LONGEST: usize = 16_000;

/// Writes the report, the worst finding first.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    let mut write = |cells: [String; 22]| {
        let cells = cells.iter().map(|text| cell(&clipped(&inert(text), LONGEST)));
        rows.write_record(cells).map_err(broken)
    };
    write(HEADER.map(str::to_owned))?;
    report.findings.iter().try_for_each(|finding| write(row(report, finding)))?;
    untold(report).try_for_each(|gap| write(gap_row(report, gap)))?;
    rows.flush()
}

/// The writer's own error where there is one: a closed pipe must stay one, and `io::Error::from` would hide it.
pub(super) fn broken(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn row(report: &Report, finding: &Finding) -> [String; 22] {
    let [group, subscription, subscription_name] = place(report, &finding.subject.id);
    let evidence: Vec<String> =
        finding.evidence.iter().map(|(key, one)| format!("{key}: {}", value(key, one))).collect();
    [
        finding.rule.to_owned(),
        finding.name.to_owned(),
        finding.severity.name().to_owned(),
        finding.verdict.name().to_owned(),
        finding.confidence.name().to_owned(),
        yes(finding.counts()),
        finding.suppressed.clone().unwrap_or_default(),
        yes(finding.in_baseline),
        finding.subject.id.to_string(),
        finding.subject.kind.clone(),
        finding.subject.name.clone(),
        group,
        subscription,
        subscription_name,
        finding.cause.kind.to_owned(),
        finding.cause.id.clone(),
        finding.message.clone(),
        evidence.join("; "),
        steps(&finding.remediation),
        finding.reference.clone(),
        finding.fingerprint.clone(),
        report.origin.collected_at.clone(),
    ]
}

/// The steps, numbered. No line to run: a step may be another way to the same end, or want a person in between.
fn steps(remediation: &[Remediation]) -> String {
    let told = |step: &Remediation| match (&step.command, step.title.is_empty()) {
        (None, _) => step.title.clone(),
        (Some(command), true) => command.clone(),
        (Some(command), false) => format!("{}: {command}", step.title),
    };
    let numbered = remediation.iter().enumerate().map(|(n, step)| format!("{}. {}", n + 1, told(step)));
    numbered.collect::<Vec<_>>().join(" | ")
}

/// Resource group, subscription, and what the subscription is called.
fn place(report: &Report, id: &ResourceId) -> [String; 3] {
    let subscription = id.subscription().unwrap_or_default();
    let name = report.subscription_names.get(&subscription.to_ascii_lowercase());
    [
        id.resource_group().unwrap_or_default().to_owned(),
        subscription.to_owned(),
        name.cloned().unwrap_or_default(),
    ]
}

/// The gaps that no finding tells of.
fn untold(report: &Report) -> impl Iterator<Item = &Gap> {
    let told: HashSet<&str> = match report.coverage.gaps.is_empty() {
        true => HashSet::new(),
        false => report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect(),
    };
    let gaps = report.coverage.gaps.iter();
    gaps.filter(move |gap| !told.contains(gap_fingerprint(&report.coverage, gap).as_str()))
}

fn gap_row(report: &Report, gap: &Gap) -> [String; 22] {
    let home = gap.subscription.as_deref().map(|id| ResourceId::new(&format!("/subscriptions/{id}")));
    let id = gap.resource.clone().or(home);
    let [group, subscription, subscription_name] =
        id.as_ref().map(|id| place(report, id)).unwrap_or_default();
    let status = gap.status.map(|status| format!("; status: {status}")).unwrap_or_default();
    let none = String::new;
    [
        none(),
        none(),
        none(),
        "gap".to_owned(),
        none(),
        yes(false),
        none(),
        yes(false),
        id.as_ref().map(ToString::to_string).unwrap_or_default(),
        id.as_ref().and_then(ResourceId::resource_type).unwrap_or_default(),
        id.as_ref().map(|id| id.name().to_owned()).unwrap_or_default(),
        group,
        subscription,
        subscription_name,
        "gap".to_owned(),
        none(),
        gap.message.clone(),
        format!("kind: {}; code: {}{status}", gap.kind.name(), gap.code),
        none(),
        none(),
        none(),
        report.origin.collected_at.clone(),
    ]
}
