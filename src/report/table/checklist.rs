//! What is left for a person, at the end of the table.

use std::io;

use super::page::{Page, Paint};
use crate::finding::{ChecklistItem, Report};
use crate::report::text::{count, prose};

/// How many lines to enter are shown of one item.
const ENTRIES: usize = 12;

/// Writes the steps.
pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.checklist.is_empty() {
        return Ok(());
    }
    let steps = count(report.checklist.len(), "step");
    let heading = format!("CHECKLIST: {steps} that no reading can do; no finding, no exit code");
    page.paragraph("", &heading, Paint::Strong)?;
    report.checklist.iter().try_for_each(|step| item(page, step))?;
    page.blank()
}

fn item(page: &mut Page<'_>, item: &ChecklistItem) -> io::Result<()> {
    page.paragraph("[ ] ", item.title, Paint::Strong)?;
    page.paragraph("    ", &prose(&item.why), Paint::Plain)?;
    for entry in item.entries.iter().take(ENTRIES) {
        page.line("    · ", entry)?;
    }
    if item.entries.len() > ENTRIES {
        let left = count(item.entries.len() - ENTRIES, "more line");
        page.paragraph("    · ", &format!("… and {left}: -f json, html or markdown has them"), Paint::Faint)?;
    }
    item.commands.iter().try_for_each(|command| page.copyable(command))?;
    page.address(item.article.url)
}
