//! One HTML file.

use std::io::{self, Write};

use super::Background;
use crate::finding::Report;

/// Writes the report.
pub(super) fn write(_report: &Report, _background: &Background, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
