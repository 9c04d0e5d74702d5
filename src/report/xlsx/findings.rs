//! The sheet of findings, a row each: what counts first, the worst before the others.

use rust_xlsxwriter::{ConditionalFormatFormula, Worksheet, XlsxError};

use super::Book;
use super::sheet::{Cell, Column, Looks, Sheet, column, wrapped};
use crate::finding::Finding;
use crate::report::text::{inert, prose, value, words};

const COLUMNS: [Column; 16] = [
    column("severity", 10.0),
    column("verdict", 10.0),
    column("rule", 10.0),
    column("name", 28.0),
    column("subject", 30.0),
    column("resource group", 22.0),
    column("subscription", 22.0),
    wrapped("cause", 36.0),
    wrapped("message", 70.0),
    wrapped("evidence", 60.0),
    wrapped("remediation", 60.0),
    column("reference", 36.0),
    wrapped("suppressed", 24.0),
    column("in baseline", 12.0),
    column("fingerprint", 36.0),
    column("resource id", 40.0),
];

pub(super) fn write(book: &Book<'_>, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let mut findings: Vec<&Finding> = book.report.findings.iter().collect();
    findings.sort_by_key(|one| (!one.counts(), one.verdict, one.severity));
    conditions(sheet, book.limits.fitting(findings.len()))?;
    let sheet = Sheet::new(sheet, "Findings", &COLUMNS, book.limits, &book.looks)?;
    sheet.rows(&findings, |finding| row(book, finding))
}

/// Colours by what the cells say, so that they stay right when somebody sorts or edits. What is not known has a colour
/// of its own: it is neither an error nor a pass.
fn conditions(sheet: &mut Worksheet, rows: usize) -> Result<(), XlsxError> {
    let Ok(last) = u32::try_from(rows) else { return Ok(()) };
    if last == 0 {
        return Ok(());
    }
    let aside = ConditionalFormatFormula::new()
        .set_rule("=OR($M2<>\"\",$N2=\"yes\")")
        .set_format(Looks::aside())
        .set_stop_if_true(true);
    sheet.add_conditional_format(1, 0, last, 1, &aside)?;
    let tests = [
        "AND($A2=\"error\",$B2=\"fail\")",
        "AND($A2=\"warning\",$B2=\"fail\")",
        "AND($A2=\"info\",$B2=\"fail\")",
        "$B2=\"unknown\"",
    ];
    for (test, format) in tests.into_iter().zip(Looks::severities()) {
        let condition =
            ConditionalFormatFormula::new().set_rule(format!("={test}").as_str()).set_format(format);
        sheet.add_conditional_format(1, 0, last, 1, &condition)?;
    }
    Ok(())
}

fn row(book: &Book<'_>, finding: &Finding) -> [Cell; COLUMNS.len()] {
    let id = &finding.subject.id;
    [
        Cell::text(finding.severity.name()),
        Cell::text(finding.verdict.name()),
        Cell::text(finding.rule),
        Cell::text(finding.name),
        Cell::text(&finding.subject.name),
        Cell::maybe(id.resource_group()),
        id.subscription().map_or(Cell::Empty, |id| Cell::Text(book.subscription(id))),
        Cell::Text(format!("{}: {}", words(finding.cause.kind), prose(&finding.cause.id))),
        Cell::Text(prose(&finding.message)),
        Cell::Text(evidence(finding)),
        Cell::Text(remediation(finding)),
        Cell::Page(finding.reference.clone()),
        Cell::maybe(finding.suppressed.as_deref()),
        Cell::yes(finding.in_baseline),
        Cell::text(&finding.fingerprint),
        Cell::text(id.as_str()),
    ]
}

/// A line a value.
fn evidence(finding: &Finding) -> String {
    let lines: Vec<String> = finding
        .evidence
        .iter()
        .map(|(key, found)| format!("{}: {}", words(key), value(key, found)))
        .collect();
    lines.join("\n")
}

/// A line a step, and its command in the next.
fn remediation(finding: &Finding) -> String {
    let mut lines = Vec::new();
    for step in &finding.remediation {
        lines.push(prose(&step.title));
        lines.extend(step.command.as_deref().map(|command| inert(command).into_owned()));
    }
    lines.join("\n")
}
