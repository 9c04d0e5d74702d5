//! A comparison of two runs, shown: one file a format. Knows the comparison, not how the runs were read.

mod json;
mod markdown;
mod rows;
mod table;

use std::io::{self, Write};

use super::{Format, Style};
use crate::diff::Diff;
pub(super) use json::DiffV1;

/// The formats that a comparison has, in the order of the help.
pub const FORMATS: [Format; 3] = [Format::Table, Format::Json, Format::Markdown];

/// Where the two runs came from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub old: Source,
    pub new: Source,
}

/// Where a run came from. The file's name may be hostile.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// As it was named; `-` for standard input.
    pub file: String,
    /// Whether it is a snapshot, judged just now, and not a report.
    pub is_snapshot: bool,
}

impl Source {
    fn kind(&self) -> &'static str {
        if self.is_snapshot { "snapshot" } else { "report" }
    }
}

/// Writes a comparison in one format; nothing for a format that it does not have. `style` matters to the table alone.
/// The error is the writer's own.
pub fn write(
    diff: &Diff<'_>,
    sources: &Sources,
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Json => json::write(diff, sources, &mut out)?,
        Format::Markdown => markdown::write(diff, sources, &mut out)?,
        Format::Table => table::write(diff, sources, style, &mut out)?,
        Format::Sarif | Format::Junit | Format::Csv | Format::Github | Format::Xlsx | Format::Html => {}
    }
    out.flush()
}
