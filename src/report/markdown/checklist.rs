//! What is left for a person: a part to unfold for each step.

use super::bounded::Bounded;
use super::details::END;
use crate::finding::{ChecklistItem, Report};
use crate::report::inline::{code, command, html, link, sentence};
use crate::report::text::count;

/// How many lines to enter are shown of one step.
const ENTRIES: usize = 50;

/// Writes as many steps as fit below `bound` bytes.
pub(super) fn write(page: &mut Bounded, report: &Report, bound: usize) {
    if report.checklist.is_empty() {
        return;
    }
    page.must("### Checklist: what no reading can do\n\n");
    let left = page.rows(bound, report.checklist.iter().map(item));
    page.told(left, "more step");
}

fn item(item: &ChecklistItem) -> String {
    let mut text = format!("<details>\n<summary>{}</summary>\n\n", html(item.title));
    text.push_str(&format!("**How:** {}\n\n", sentence(&item.why)));
    if !item.entries.is_empty() {
        text.push_str("| no. | to enter or to compare |\n|---:|---|\n");
        let rows = item.entries.iter().take(ENTRIES).enumerate();
        text.extend(rows.map(|(n, entry)| format!("| {} | {} |\n", n + 1, code(entry))));
        text.push('\n');
    }
    if item.entries.len() > ENTRIES {
        let left = count(item.entries.len() - ENTRIES, "more line");
        text.push_str(&format!("… and {left}, left out here; `-f json` has them.\n\n"));
    }
    for one in &item.commands {
        text.push_str(&format!("{}\n", command(one)));
    }
    text.push_str(&format!("**Read:** {}\n{END}", link(item.article.url)));
    text
}
