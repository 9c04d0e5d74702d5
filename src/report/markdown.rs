//! Markdown, for comments and job summaries.

use std::io::{self, Write};

use crate::finding::Report;

/// Writes the report.
pub(super) fn write(_report: &Report, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
