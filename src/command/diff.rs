//! `plaudit diff`: two runs, each a report or a snapshot, held against each other.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::console::Console;
use super::source::timed;
use super::{check_writable, configuration_with_rules};
use crate::audit::{audit, set_aside};
use crate::cli::{DiffArgs, FailOn};
use crate::compressed::plain;
use crate::config::Config;
use crate::diff::{Diff, Run};
use crate::error::Failure;
use crate::finding::Severity;
use crate::inventory::snapshot::SnapshotError;
use crate::inventory::{Inventory, wire};
use crate::report::diff::{self as shown, Source, Sources};
use crate::report::{self, FormerError, Output, OutputError, inert, read_run};
use crate::topology::Topology;

/// Runs the command; gives its exit code.
pub(super) fn run(args: &DiffArgs, console: &Console) -> Result<u8, Failure> {
    let outputs = outputs(&args.formats)?;
    if is_stdin(&args.old) && is_stdin(&args.new) {
        return Err(Failure::Usage("OLD and NEW cannot both be read from stdin".to_owned()));
    }
    for path in outputs.iter().filter_map(|output| output.file.as_deref()) {
        check_writable(path)?;
    }
    let config = configuration_with_rules(&args.config, console)?;
    let (old_source, old) = read(&args.old, &config)?;
    let (new_source, new) = read(&args.new, &config)?;
    let diff = timed("compared them", || Diff::of(&old, &new));
    for warning in &diff.warnings {
        console.say(&format!("warning: {warning}"));
    }
    let sources = Sources { old: old_source, new: new_source };
    let write = |format, style: &report::Style, out: &mut dyn io::Write| {
        shown::write(&diff, &sources, format, style, out)
    };
    match report::write_each(&outputs, &console.style(), &mut io::stdout(), write) {
        // Whoever reads has seen enough: `plaudit diff | head`.
        Err(error) if error.source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output { path: error.path, source: error.source })
        }
        _ => Ok(exit_code(&diff, args.fail_on)),
    }
}

fn exit_code(diff: &Diff<'_>, fail_on: FailOn) -> u8 {
    let is_worse = match fail_on {
        FailOn::Error => diff.is_worse(Severity::Error),
        FailOn::Warning => diff.is_worse(Severity::Warning),
        FailOn::Info => diff.is_worse(Severity::Info),
        FailOn::Never => false,
    };
    match (is_worse, diff.is_blinder()) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    }
}

/// The outputs of `-f`, of the formats that a comparison has.
fn outputs(given: &[String]) -> Result<Vec<Output>, Failure> {
    let usage = |error: OutputError| Failure::Usage(error.to_string());
    let names = shown::FORMATS.map(report::Format::name);
    let mut outputs = Vec::new();
    for one in given {
        let name = one.split('=').next().unwrap_or_default();
        if !names.contains(&name) {
            let nearest = report::meant(name, &shown::FORMATS);
            return Err(Failure::Usage(format!(
                "`{}` is no format of a comparison{nearest}; the formats are {}",
                inert(name),
                names.join(", ")
            )));
        }
        outputs.push(one.parse().map_err(usage)?);
    }
    report::outputs(&outputs).map_err(usage)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A file, to be read from its beginning more than once.
enum Input<'a> {
    File(&'a Path),
    /// Standard input, which can be read once only.
    Text(Vec<u8>),
}

impl Input<'_> {
    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match self {
            Input::File(path) => Box::new(File::open(path)?),
            Input::Text(text) => Box::new(Cursor::new(text.as_slice())),
        })
    }
}

/// Reads one side; which of the two a file is, its content says.
fn read(path: &Path, config: &Config) -> Result<(Source, Run), Failure> {
    let label = if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() };
    let failed = |reason: String| Failure::Compared { path: label.clone(), reason };
    let unread = |error: io::Error| failed(format!("it cannot be read: {error}"));
    let input = match is_stdin(path) {
        true => {
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text).map_err(unread)?;
            Input::Text(text)
        }
        false => Input::File(path),
    };
    let source = |is_snapshot| Source { file: path.display().to_string(), is_snapshot };
    match wire::read_from(input.open().map_err(unread)?, &label) {
        Ok(inventory) => Ok((source(true), judged(inventory, config)?)),
        Err(SnapshotError::NotASnapshot { found, .. }) => {
            let plain = plain(input.open().map_err(unread)?).map_err(unread)?;
            let run = read_run(plain.reader).map_err(|error| match error {
                FormerError::NoReport(_) if found != IS_REPORT => {
                    failed(format!("it is neither a snapshot nor a JSON report: {found}"))
                }
                error => failed(error.to_string()),
            })?;
            Ok((source(false), run))
        }
        Err(error) => Err(Failure::Snapshot(error)),
    }
}

/// What the reader of snapshots says of a report.
const IS_REPORT: &str = "it is a plaudit report";

/// Judges a snapshot with the configuration at hand.
fn judged(inventory: Inventory, config: &Config) -> Result<Run, Failure> {
    let table = config.zone_table(inventory.origin.cloud)?;
    let topology = Topology::build(inventory, &table, config.options.clone());
    let rules = config.rules_for(&topology.inventory.origin.scope)?;
    let mut report = audit(&topology, &rules, &config.settings);
    // That a suppression fits nothing matters to an audit, not here.
    let _ = set_aside(&mut report, &config.suppressions, None);
    Ok(Run::of(&report))
}
