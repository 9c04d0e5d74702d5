//! How a report is shown, where it goes and how an earlier one is read: one file a format. Knows findings, never
//! Azure or the rules.

mod background;
pub mod catalogue;
mod csv;
pub mod diff;
pub mod facts;
mod former;
mod former_run;
mod github;
mod groups;
mod html;
mod inline;
mod json;
mod junit;
mod markdown;
pub mod names;
mod picture;
mod sarif;
pub mod schema;
mod table;
mod text;
pub mod trace;
mod xlsx;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::finding::Report;
use crate::spelling::did_you_mean;
use crate::whole_file::{self, Readers};

pub use background::{Background, SourceLines};
pub use former::{FormerError, FormerFinding, FormerReport, read_former};
pub use former_run::read_run;
pub use text::inert;

/// A way to show a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: findings grouped by severity and cause.
    Table,
    /// For programs: json-v1, which only grows.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For test reports of pipelines.
    Junit,
    /// For comments and job summaries.
    Markdown,
    /// For spreadsheets: a line a finding.
    Csv,
    /// For the log of a GitHub Actions job: workflow commands.
    Github,
    /// For Excel: sheets of findings and of the estate.
    Xlsx,
    /// For browsers: one file, with a picture of the estate.
    Html,
}

impl Format {
    /// Every format, in the order of the help.
    pub const ALL: [Format; 9] = [
        Format::Table,
        Format::Json,
        Format::Html,
        Format::Markdown,
        Format::Csv,
        Format::Xlsx,
        Format::Sarif,
        Format::Junit,
        Format::Github,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
            Format::Csv => "csv",
            Format::Github => "github",
            Format::Xlsx => "xlsx",
            Format::Html => "html",
        }
    }

    /// How its files' names end.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Table | Format::Github => "txt",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Junit => "xml",
            Format::Markdown => "md",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Html => "html",
        }
    }

    /// What it is for, in a few words.
    pub fn summary(self) -> &'static str {
        match self {
            Format::Table => "For people",
            Format::Json => "For programs",
            Format::Sarif => "For code scanning",
            Format::Junit => "For test reports of pipelines",
            Format::Markdown => "For comments and job summaries",
            Format::Csv => "For spreadsheets: a line a finding",
            Format::Github => "For the log of a GitHub Actions job",
            Format::Xlsx => "For Excel: findings and the estate",
            Format::Html => "For browsers",
        }
    }

    /// Whether it is no text.
    pub fn is_binary(self) -> bool {
        self == Format::Xlsx
    }

    /// Whether it shows the estate beside the findings.
    pub fn shows_estate(self) -> bool {
        matches!(self, Format::Xlsx | Format::Html)
    }

    /// Whether it shows how names are resolved.
    pub fn shows_traces(self) -> bool {
        self == Format::Html
    }

    /// Whether it says where in a snapshot a resource stands.
    pub fn shows_lines(self) -> bool {
        matches!(self, Format::Sarif | Format::Github)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One `-f FORMAT[=FILE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    /// `None` is stdout.
    pub file: Option<PathBuf>,
}

/// Why a list of outputs cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    #[error("unknown report format `{given}`{nearest}; the formats are {}", known())]
    UnknownFormat { given: String, nearest: String },
    #[error("`{0}=` names no file; write `{0}=report.{ext}`, or `{0}` alone for stdout", ext = .0.extension())]
    EmptyFile(Format),
    #[error("{0} and {1} would both go to stdout; send one to a file, for example `-f {1}=report.{ext}`", ext = .1.extension())]
    TwoOnStdout(Format, Format),
    #[error("{0} is not for a terminal; write `-f {0}=report.{ext}`", ext = .0.extension())]
    NotForTerminal(Format),
    #[error("{1} and {2} would both be written to {0}; choose two files")]
    SameFile(String, Format, Format),
}

fn known() -> String {
    Format::ALL.map(Format::name).join(", ")
}

/// Which of some formats a word that is none of them was meant to be, in brackets; empty when nobody knows. A file's
/// name stands for the format of its ending.
pub fn meant(given: &str, formats: &[Format]) -> String {
    let written = |ending: &str| {
        let format = match ending.to_ascii_lowercase().as_str() {
            "md" => Format::Markdown,
            "xls" | "excel" => Format::Xlsx,
            "htm" => Format::Html,
            // An ending of two formats is neither's.
            "txt" => return None,
            other => Format::ALL.into_iter().find(|format| other == format.extension())?,
        };
        formats.contains(&format).then_some(format)
    };
    let file = given.rsplit_once('.').and_then(|(_, ending)| written(ending));
    match (file, written(given)) {
        (Some(format), _) => format!(" (did you mean `-f {format}={}`?)", inert(given)),
        (None, Some(format)) => format!(" (did you mean `{format}`?)"),
        (None, None) => did_you_mean(given, formats.iter().copied().map(Format::name)),
    }
}

impl FromStr for Output {
    type Err = OutputError;

    /// `table`, `json=report.json`; a file named `-` is stdout.
    fn from_str(given: &str) -> Result<Self, OutputError> {
        let (name, file) = match given.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (given, None),
        };
        let format = Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let nearest = meant(name, &Format::ALL);
            OutputError::UnknownFormat { given: inert(name).into_owned(), nearest }
        })?;
        match file {
            Some("") => Err(OutputError::EmptyFile(format)),
            Some("-") | None => Ok(Output { format, file: None }),
            Some(file) => Ok(Output { format, file: Some(PathBuf::from(file)) }),
        }
    }
}

/// The outputs of several `-f`; none at all means the table on stdout. At most one output may go to stdout, and
/// no two to one file.
pub fn outputs(given: &[Output]) -> Result<Vec<Output>, OutputError> {
    let mut outputs: Vec<Output> = Vec::new();
    for output in given {
        add_output(&mut outputs, output.clone())?;
    }
    if outputs.is_empty() {
        outputs.push(Output { format: Format::Table, file: None });
    }
    Ok(outputs)
}

/// Adds an output to those of `-f`, under the same conditions.
pub fn add_output(outputs: &mut Vec<Output>, output: Output) -> Result<(), OutputError> {
    outputs.iter().try_for_each(|earlier| check_apart(earlier, &output))?;
    outputs.push(output);
    Ok(())
}

/// Refuses what a terminal cannot show; `terminal` says whether stdout is one.
pub fn check_terminal(outputs: &[Output], terminal: bool) -> Result<(), OutputError> {
    let unfit = |output: &&Output| output.file.is_none() && output.format.is_binary();
    match outputs.iter().find(unfit) {
        Some(output) if terminal => Err(OutputError::NotForTerminal(output.format)),
        _ => Ok(()),
    }
}

fn check_apart(one: &Output, other: &Output) -> Result<(), OutputError> {
    match (&one.file, &other.file) {
        (None, None) => Err(OutputError::TwoOnStdout(one.format, other.format)),
        (Some(a), Some(b)) if same_path(a, b) => {
            Err(OutputError::SameFile(inert(&a.to_string_lossy()).into_owned(), one.format, other.format))
        }
        _ => Ok(()),
    }
}

fn same_path(a: &Path, b: &Path) -> bool {
    match (std::path::absolute(a), std::path::absolute(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// What the receiving end can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    pub color: bool,
    /// The terminal's width in columns; `None` when it is no terminal, which is taken as 80. The table keeps
    /// within 40 and 120, below and above which it cannot be read.
    pub width: Option<u16>,
}

/// Writes a report in one format. `style` matters to the table alone. The error is the writer's own: a
/// closed pipe stays [`io::ErrorKind::BrokenPipe`].
pub fn write(
    report: &Report,
    background: &Background,
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Table => table::write(report, style, &mut out)?,
        Format::Json => json::write(report, &mut out)?,
        Format::Sarif => sarif::write(report, background, &mut out)?,
        Format::Junit => junit::write(report, background, &mut out)?,
        Format::Markdown => markdown::write(report, &mut out)?,
        Format::Csv => csv::write(report, &mut out)?,
        Format::Github => github::write(report, background, &mut out)?,
        Format::Xlsx => xlsx::write(report, background, &mut out)?,
        Format::Html => html::write(report, background, &mut out)?,
    }
    out.flush()
}

/// An output that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {source}")]
pub struct WriteError {
    /// The file, or `stdout`.
    pub path: String,
    pub source: io::Error,
}

/// Writes every output: the files first, so that a reader who closes the pipe does not cost them. One failure
/// does not stop the others; the first is returned.
pub fn write_outputs(
    report: &Report,
    background: &Background,
    outputs: &[Output],
    style: &Style,
    stdout: &mut dyn Write,
) -> Result<(), WriteError> {
    write_each(outputs, style, stdout, |format, style, out| write(report, background, format, style, out))
}

/// Writes every output with `write`, as [`write_outputs`] does.
pub fn write_each(
    outputs: &[Output],
    style: &Style,
    stdout: &mut dyn Write,
    write: impl Fn(Format, &Style, &mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let mut first = Ok(());
    for output in outputs {
        let Some(path) = &output.file else { continue };
        let plain = Style::default();
        let written = whole_file::write(path, Readers::Usual, |out| write(output.format, &plain, out));
        first = first.and(written.map_err(|source| WriteError { path: path.display().to_string(), source }));
    }
    for output in outputs.iter().filter(|output| output.file.is_none()) {
        let written = write(output.format, style, stdout);
        first = first.and(written.map_err(|source| WriteError { path: "stdout".to_owned(), source }));
    }
    first
}
