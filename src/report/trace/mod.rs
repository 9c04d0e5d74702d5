//! Traces, for people, for programs and as pictures.

mod json;
mod picture;
mod table;

use std::io::{self, Write};

pub(super) use json::TracesV1;

use super::Style;
use crate::trace::Trace;

/// A way to write traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
    /// A Mermaid flowchart.
    Mermaid,
    /// Graphviz.
    Dot,
}

impl Format {
    pub const ALL: [Format; 4] = [Format::Table, Format::Json, Format::Mermaid, Format::Dot];
}

/// Writes traces in one format. `notes` say what may be missing beside them, a sentence each; names in them are
/// Azure's: hostile.
pub fn write(
    traces: &[Trace],
    notes: &[String],
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(traces, notes, style, out),
        Format::Json => json::write(traces, notes, out),
        Format::Mermaid => picture::mermaid(traces, notes, out),
        Format::Dot => picture::dot(traces, notes, out),
    }
}
