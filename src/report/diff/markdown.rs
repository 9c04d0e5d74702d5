//! A comparison as Markdown, for comments and job summaries: a table a part, the long ones folded.

use std::io::{self, Write};

use super::Sources;
use super::rows::{self, Row, SHOWN, place};
use crate::diff::Diff;
use crate::report::inline::{html, sentence};
use crate::report::markdown::steps;
use crate::report::text::{count, prose};

/// Writes the whole comparison.
pub(super) fn write(diff: &Diff<'_>, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## Private links: two runs compared\n")?;
    writeln!(out, "**OLD:** {}\n", sentence(&rows::side(&sources.old, diff.old)))?;
    writeln!(out, "**NEW:** {}\n", sentence(&rows::side(&sources.new, diff.new)))?;
    for warning in &diff.warnings {
        writeln!(out, "**Warning:** {}\n", sentence(warning))?;
    }
    let totals: Vec<String> = rows::totals(diff).iter().map(|part| sentence(part)).collect();
    writeln!(out, "{}\n", totals.join(" · "))?;
    let what = |row: &Row<'_>| match row.why {
        Some(_) => format!("{} (not judged before: {})", row.what(), row.why()),
        None => row.what(),
    };
    let appeared = rows::appeared(diff);
    part(out, diff, ("New", false), ("what", what), &appeared)?;
    remedies(out, &appeared)?;
    part(out, diff, ("No longer judged", false), ("why", Row::why), &rows::unjudged(diff))?;
    part(out, diff, ("Mended", true), ("what it was", Row::what), &rows::faults(&diff.mended))?;
    part(out, diff, ("Unchanged, with another severity", true), ("what", Row::what), &rows::changed(diff))?;
    unchanged(out, diff)?;
    let aside = |row: &Row<'_>| prose(row.first().suppressed.as_deref().unwrap_or_default());
    part(out, diff, ("Set aside since", true), ("reason", aside), &rows::faults(&diff.set_aside))?;
    part(out, diff, ("No longer set aside", true), ("what", Row::what), &rows::faults(&diff.taken_back))?;
    unknown(out, diff)?;
    gaps(out, diff)
}

fn part<'r>(
    out: &mut dyn Write,
    diff: &Diff<'_>,
    (heading, folded): (&str, bool),
    (title, last): (&str, impl Fn(&Row<'r>) -> String),
    rows: &[Row<'r>],
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let findings: usize = rows.iter().map(|row| row.findings.len()).sum();
    let heading = format!("{heading}: {}, {}", count(findings, "finding"), count(rows.len(), "cause"));
    open(out, &heading, folded)?;
    head(out, &["severity", "rule", "where", title])?;
    for row in rows.iter().take(SHOWN) {
        line(out, &[row.severity(), row.rule(), place(diff, &row.findings), last(row)])?;
    }
    let left: usize = rows.iter().skip(SHOWN).map(|row| row.findings.len()).sum();
    more(out, rows.len().saturating_sub(SHOWN), left)?;
    close(out, folded)
}

/// The commands that mend what is new.
fn remedies(out: &mut dyn Write, rows: &[Row<'_>]) -> io::Result<()> {
    let (remedies, more) = rows::remedies(rows);
    if remedies.is_empty() {
        return Ok(());
    }
    open(out, "How to mend what is new", true)?;
    for remedy in remedies {
        writeln!(out, "**How to mend it:** {}:\n", sentence(&remedy.about))?;
        out.write_all(steps(remedy.steps).as_bytes())?;
    }
    if more > 0 {
        writeln!(out, "{}: the JSON has the commands of each.\n", count(more, "more cause"))?;
    }
    close(out, true)
}

fn unchanged(out: &mut dyn Write, diff: &Diff<'_>) -> io::Result<()> {
    if diff.unchanged.is_empty() {
        return Ok(());
    }
    open(out, &format!("Unchanged: {}", count(diff.unchanged.len(), "finding")), true)?;
    head(out, &["rule", "findings"])?;
    rows::unchanged(diff).into_iter().try_for_each(|(rule, findings)| line(out, &[rule, findings]))?;
    writeln!(out)?;
    close(out, true)
}

fn unknown(out: &mut dyn Write, diff: &Diff<'_>) -> io::Result<()> {
    let rows = rows::unknown(diff);
    if rows.is_empty() {
        return Ok(());
    }
    open(out, &format!("Newly unknown: {}", count(diff.unknowns.fresh.len(), "finding")), true)?;
    head(out, &["rules", "where", "because"])?;
    for (rules, of) in rows.iter().take(SHOWN) {
        let because = of.first().map(|said| rows::reason(said)).unwrap_or_default();
        line(out, &[rules.clone(), place(diff, of), because])?;
    }
    let left: usize = rows.iter().skip(SHOWN).map(|(_, of)| of.len()).sum();
    more(out, rows.len().saturating_sub(SHOWN), left)?;
    close(out, true)
}

fn gaps(out: &mut dyn Write, diff: &Diff<'_>) -> io::Result<()> {
    let gaps = rows::gaps(&diff.fresh_gaps);
    if gaps.is_empty() {
        return Ok(());
    }
    open(out, &format!("Newly not read: {}", count(diff.fresh_gaps.len(), "gap")), false)?;
    for gap in gaps.iter().take(SHOWN) {
        writeln!(out, "**Not read:** {}\n", sentence(gap))?;
    }
    if gaps.len() > SHOWN {
        writeln!(out, "{} more left out; the JSON has all.\n", gaps.len() - SHOWN)?;
    }
    writeln!(out)
}

fn open(out: &mut dyn Write, heading: &str, folded: bool) -> io::Result<()> {
    match folded {
        true => writeln!(out, "<details>\n<summary>{}</summary>\n", html(heading)),
        false => writeln!(out, "### {}\n", sentence(heading)),
    }
}

fn close(out: &mut dyn Write, folded: bool) -> io::Result<()> {
    if folded { writeln!(out, "</details>\n") } else { Ok(()) }
}

fn head(out: &mut dyn Write, titles: &[&str]) -> io::Result<()> {
    writeln!(out, "| {} |", titles.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(titles.len()))
}

fn line(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|cell| sentence(cell)).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

fn more(out: &mut dyn Write, causes: usize, findings: usize) -> io::Result<()> {
    if findings == 0 {
        return writeln!(out);
    }
    let (causes, findings) = (count(causes, "more cause"), count(findings, "finding"));
    writeln!(out, "\n{causes} with {findings} left out; the JSON has all.\n")
}
