//! One HTML file.

use std::io::{self, Write};

use super::{Background, picture};
use crate::finding::Report;

/// Writes the report.
pub(super) fn write(report: &Report, background: &Background, out: &mut dyn Write) -> io::Result<()> {
    let drawn = background.facts.as_ref().map(|facts| picture::svg(report, facts));
    out.write_all(drawn.unwrap_or_default().as_bytes())
}
