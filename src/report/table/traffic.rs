//! The part of the table about traffic: what had least of it.

use std::io;

use super::names::Names;
use super::page::{Page, Paint};
use crate::finding::Report;
use crate::report::traffic::{bytes, quietest, sentence, sparkline};

/// So many are shown.
const ROWS: usize = 10;

/// Writes what had least traffic, where that was asked for.
pub(super) fn least(page: &mut Page<'_>, names: &Names<'_>, report: &Report) -> io::Result<()> {
    let Some(traffic) = &report.traffic else { return Ok(()) };
    page.paragraph("", &format!("TRAFFIC: {}", sentence(traffic)), Paint::Strong)?;
    let rows = quietest(traffic, ROWS).into_iter().map(|flow| {
        let course: Vec<f64> = flow.course.iter().map(|step| *step as f64).collect();
        [names.resource(&flow.id), bytes(flow.bytes_in), bytes(flow.bytes_out), sparkline(&course)]
    });
    let rows: Vec<[String; 4]> = rows.collect();
    if !rows.is_empty() {
        let title = if rows.len() < traffic.flows.len() { "least traffic" } else { "name" };
        // A whole course fits in the last column from 80 columns on.
        page.grid([title, "in", "out", "course"], &[33, 13, 13], rows)?;
    }
    page.blank()
}
