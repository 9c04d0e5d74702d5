//! The report for people: findings by severity and cause, then what is not known, then the totals. Fits its
//! width; only what must be copied whole may be longer.

mod checklist;
mod ending;
mod names;
mod page;
mod problem;
mod traffic;

use std::io::{self, Write};

pub(super) use self::ending::{audited, completeness, context, found, found_from, gap_row};
pub(super) use self::names::Names;
pub(super) use self::page::{Page, Paint};
pub(super) use self::problem::{doubt, steps, told};
use super::Style;
use super::groups;
use super::text::{count, prose};
use crate::finding::{Report, Severity};

/// How many causes of one rule and severity are shown with evidence and commands; the rest get a line each.
const IN_FULL: usize = 10;

/// Writes the whole report.
pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let names = Names::new(report);
    let page = &mut Page::new(out, style);
    title(page, &names, report)?;
    let mut causes = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        causes += failures(page, &names, report, severity)?;
    }
    let told = unknowns(page, &names, report)?;
    ending::not_read(page, &names, &report.coverage.gaps, &told)?;
    ending::not_judged(page, report)?;
    traffic::least(page, &names, report)?;
    ending::suppressed(page, &names, report)?;
    ending::known(page, &names, report)?;
    checklist::write(page, report)?;
    ending::summary(page, &names, report)?;
    ending::totals(page, &names, report, causes)
}

fn title(page: &mut Page<'_>, names: &Names<'_>, report: &Report) -> io::Result<()> {
    let origin = &report.origin;
    let title = format!(
        "plaudit {}: {}, read {}",
        env!("CARGO_PKG_VERSION"),
        origin.cloud.name(),
        origin.collected_at
    );
    page.paragraph("", &title, Paint::Strong)?;
    let parts = [ending::audited(names, report), ending::context(names, report)];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    page.paragraph("", &parts.join(", "), Paint::Plain)?;
    page.blank()?;
    for note in &report.notes {
        page.paragraph("! ", &prose(note), Paint::Warning)?;
    }
    if !report.notes.is_empty() {
        page.blank()?;
    }
    Ok(())
}

/// Writes the failures of one severity; returns how many causes they have.
fn failures(
    page: &mut Page<'_>,
    names: &Names<'_>,
    report: &Report,
    severity: Severity,
) -> io::Result<usize> {
    let groups = groups::failures(report, severity);
    if groups.is_empty() {
        return Ok(0);
    }
    let findings = groups.iter().map(|group| group.findings.len()).sum();
    let heading = format!(
        "{}: {}, {}",
        severity.name().to_uppercase(),
        count(groups.len(), "cause"),
        count(findings, "finding")
    );
    page.paragraph("", &heading, problem::paint(severity))?;
    for of_rule in groups.chunk_by(|a, b| a.first().rule == b.first().rule) {
        let (full, brief) = of_rule.split_at(of_rule.len().min(IN_FULL));
        for group in full {
            problem::failure(page, names, group)?;
        }
        problem::more_failures(page, names, brief)?;
    }
    Ok(groups.len())
}

/// Writes what cannot be judged; returns the reasons it gave.
fn unknowns<'a>(page: &mut Page<'_>, names: &Names<'_>, report: &'a Report) -> io::Result<Vec<&'a str>> {
    let blind = groups::unknowns(report);
    if blind.is_empty() {
        return Ok(Vec::new());
    }
    let heading =
        format!("UNKNOWN: {}, {}", count(blind.len(), "cause"), count(report.unknowns(), "finding"));
    page.paragraph("", &heading, Paint::Unknown)?;
    let (full, brief) = blind.split_at(blind.len().min(IN_FULL));
    for one in full {
        problem::blind(page, names, one)?;
    }
    problem::more_blind(page, names, brief)?;
    Ok(blind.iter().map(|one| one.reason()).collect())
}
