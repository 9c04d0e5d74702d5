//! A comparison for people: what is new first, then what can no longer be judged, what has mended, what stays.

use std::io::{self, Write};

use super::Sources;
use super::rows::{self, Row, SHOWN, place};
use crate::diff::Diff;
use crate::finding::Severity;
use crate::report::Style;
use crate::report::table::{Page, Paint, steps};
use crate::report::text::{count, inert, prose};

/// The shares of the first columns, in percent.
const SHARES: [u16; 2] = [20, 36];

/// Writes the whole comparison.
pub(super) fn write(
    diff: &Diff<'_>,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    page.paragraph("", &format!("plaudit {}: two runs compared", env!("CARGO_PKG_VERSION")), Paint::Strong)?;
    page.paragraph("OLD  ", &rows::side(&sources.old, diff.old), Paint::Plain)?;
    page.paragraph("NEW  ", &rows::side(&sources.new, diff.new), Paint::Plain)?;
    page.blank()?;
    for warning in &diff.warnings {
        page.paragraph("! ", &prose(warning), Paint::Warning)?;
    }
    if !diff.warnings.is_empty() {
        page.blank()?;
    }
    appeared(page, diff)?;
    let unjudged = rows::unjudged(diff);
    let heading =
        format!("NO LONGER JUDGED: {}, which may be there still", count(diff.unjudged.len(), "finding"));
    part(page, diff, &heading, Paint::Unknown, ("why", Row::why), &unjudged)?;
    let heading = format!("MENDED: {}, no longer there", count(diff.mended.len(), "finding"));
    part(page, diff, &heading, Paint::Good, ("what it was", Row::what), &rows::faults(&diff.mended))?;
    let changed = rows::changed(diff);
    part(page, diff, "UNCHANGED, with another severity", Paint::Warning, ("what", Row::what), &changed)?;
    unchanged(page, diff)?;
    let heading = format!("SET ASIDE SINCE: {}", count(diff.set_aside.len(), "finding"));
    part(page, diff, &heading, Paint::Strong, ("reason", aside), &rows::faults(&diff.set_aside))?;
    let heading = format!("NO LONGER SET ASIDE: {}", count(diff.taken_back.len(), "finding"));
    part(page, diff, &heading, Paint::Warning, ("what", Row::what), &rows::faults(&diff.taken_back))?;
    unknown(page, diff)?;
    gaps(page, diff)?;
    page.paragraph("", &rows::totals(diff).join(" · "), Paint::Strong)
}

fn appeared(page: &mut Page<'_>, diff: &Diff<'_>) -> io::Result<()> {
    if diff.appeared.is_empty() {
        return page.paragraph("", "Nothing is new.", Paint::Good).and_then(|()| page.blank());
    }
    let heading = format!("NEW: {}", count(diff.appeared.len(), "finding"));
    let paint = if diff.is_worse(Severity::Error) { Paint::Error } else { Paint::Warning };
    let what = |row: &Row<'_>| match row.why {
        Some(_) => format!("{} (not judged before: {})", row.what(), row.why()),
        None => row.what(),
    };
    let rows = rows::appeared(diff);
    part(page, diff, &heading, paint, ("what", what), &rows)?;
    remedies(page, &rows)
}

/// The commands that mend what is new.
fn remedies(page: &mut Page<'_>, rows: &[Row<'_>]) -> io::Result<()> {
    let (remedies, more) = rows::remedies(rows);
    if remedies.is_empty() {
        return Ok(());
    }
    page.paragraph("", "TO MEND WHAT IS NEW", Paint::Strong)?;
    for remedy in remedies {
        page.comment(&format!("{}:", remedy.about))?;
        steps(page, remedy.steps)?;
        page.blank()?;
    }
    if more > 0 {
        page.comment(&format!("{}: -f json has the commands of each", count(more, "more cause")))?;
        page.blank()?;
    }
    Ok(())
}

/// Why the configuration sets it aside.
fn aside(row: &Row<'_>) -> String {
    prose(row.first().suppressed.as_deref().unwrap_or_default())
}

fn part<'r>(
    page: &mut Page<'_>,
    diff: &Diff<'_>,
    heading: &str,
    paint: Paint,
    (title, last): (&str, impl Fn(&Row<'r>) -> String),
    rows: &[Row<'r>],
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.paragraph("", &format!("{heading} ({})", count(rows.len(), "cause")), paint)?;
    let cells = rows.iter().take(SHOWN).map(|row| {
        let first = row.first();
        let rule = format!("{} {}", row.severity(), inert(&first.rule));
        let text = match first.name.as_str() {
            "" => last(row),
            name => format!("{}: {}", inert(name), last(row)),
        };
        [rule, place(diff, &row.findings), text]
    });
    page.grid(["rule", "where", title], &SHARES, cells)?;
    more(page, rows.len(), rows.iter().skip(SHOWN).map(|row| row.findings.len()).sum())
}

/// Says how much was left out.
fn more(page: &mut Page<'_>, causes: usize, findings: usize) -> io::Result<()> {
    if findings > 0 {
        let text = format!(
            "{} with {} left out; -f json has all",
            count(causes.saturating_sub(SHOWN), "more cause"),
            count(findings, "finding")
        );
        page.paragraph("… ", &text, Paint::Faint)?;
    }
    page.blank()
}

fn unchanged(page: &mut Page<'_>, diff: &Diff<'_>) -> io::Result<()> {
    if diff.unchanged.is_empty() {
        return Ok(());
    }
    let heading = format!("UNCHANGED: {}", count(diff.unchanged.len(), "finding"));
    page.paragraph("", &heading, Paint::Strong)?;
    page.grid(["rule", "findings"], &[60], rows::unchanged(diff).into_iter().map(|(rule, n)| [rule, n]))?;
    page.blank()
}

fn unknown(page: &mut Page<'_>, diff: &Diff<'_>) -> io::Result<()> {
    let rows = rows::unknown(diff);
    if rows.is_empty() {
        return Ok(());
    }
    let fresh = count(diff.unknowns.fresh.len(), "finding");
    page.paragraph("", &format!("NEWLY UNKNOWN: {fresh} ({})", count(rows.len(), "cause")), Paint::Unknown)?;
    let cells =
        rows.iter().take(SHOWN).map(|(rules, of)| [rules.clone(), place(diff, of), rows::reason(of[0])]);
    page.grid(["rules", "where", "because"], &SHARES, cells)?;
    more(page, rows.len(), rows.iter().skip(SHOWN).map(|(_, of)| of.len()).sum())
}

fn gaps(page: &mut Page<'_>, diff: &Diff<'_>) -> io::Result<()> {
    let gaps = rows::gaps(&diff.fresh_gaps);
    if gaps.is_empty() {
        return Ok(());
    }
    page.paragraph("", &format!("NEWLY NOT READ: {}", count(diff.fresh_gaps.len(), "gap")), Paint::Unknown)?;
    for gap in gaps.iter().take(SHOWN) {
        page.paragraph("  ", gap, Paint::Plain)?;
    }
    if gaps.len() > SHOWN {
        page.paragraph("… ", &format!("{} more; -f json has all", gaps.len() - SHOWN), Paint::Faint)?;
    }
    page.blank()
}
