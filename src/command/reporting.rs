//! The way of a report out of the program: what is set aside, where it goes, what the exit code is. The same for every
//! command that judges.

use std::collections::{HashMap, HashSet};
use std::io::{self, IsTerminal};
use std::path::Path;

use super::check_writable;
use super::console::Console;
use super::earlier;
use crate::audit::{Baseline, Suppression, set_aside};
use crate::cli::{BaselineArgs, FailOn, ReportArgs};
use crate::error::Failure;
use crate::facts::Facts;
use crate::finding::{Report, Severity};
use crate::inventory::snapshot;
use crate::report::{self, Background, Format, Output, SourceLines};
use crate::rules::Rule;
use crate::topology::Topology;
use crate::topology::zones::ZoneTable;
use crate::trace::{Trace, explaining};

/// How many traces a report shows at most; one may take some milliseconds in a large estate.
const TRACES: usize = 500;

/// Where a report goes and what it is held against; made before anything is read.
pub(super) struct Reporting {
    outputs: Vec<Output>,
    baseline: Option<Baseline>,
    fail_on: FailOn,
}

impl Reporting {
    /// What cannot be used is better known before Azure is read.
    pub(super) fn new(report: &ReportArgs, baseline: &BaselineArgs) -> Result<Self, Failure> {
        let outputs = outputs(report, baseline)?;
        for path in outputs.iter().filter_map(|output| output.file.as_deref()) {
            check_writable(path)?;
        }
        let baseline = baseline.baseline.as_deref().map(earlier::baseline).transpose()?;
        Ok(Reporting { outputs, baseline, fail_on: report.fail_on })
    }

    /// Gathers what the formats asked for show beside the findings.
    pub(super) fn background(
        &self,
        topology: &Topology,
        table: &ZoneTable,
        rules: &[Rule],
        report: &Report,
    ) -> Background {
        let shows = |what: fn(Format) -> bool| self.outputs.iter().any(|output| what(output.format));
        let ran = |rule: &&Rule| report.tallies.iter().any(|tally| tally.rule == rule.page.id);
        Background {
            pages: rules.iter().filter(|rule| ran(rule)).map(|rule| rule.page.clone()).collect(),
            facts: shows(Format::shows_estate).then(|| Facts::of(topology)),
            traces: match shows(Format::shows_traces) {
                true => traces(topology, table, report),
                false => HashMap::new(),
            },
            ..Background::default()
        }
    }

    /// Where the resources of the report stand in the snapshot it was made from, when some format shows it.
    pub(super) fn lines(&self, snapshot: Option<&Path>, report: &Report) -> Option<SourceLines> {
        let snapshot = snapshot.filter(|_| self.outputs.iter().any(|output| output.format.shows_lines()))?;
        let lines = snapshot::lines(snapshot, &SourceLines::wanted(report))?;
        Some(SourceLines { file: from_here(snapshot)?, lines })
    }

    /// Sets aside, warns, writes; gives the exit code. `last` is a note that depends on it.
    pub(super) fn finish(
        &self,
        (mut report, background): (Report, Background),
        suppressions: &[Suppression],
        warnings: Vec<String>,
        last: impl FnOnce(u8) -> Option<String>,
        console: &Console,
    ) -> Result<u8, Failure> {
        let mut all = set_aside(&mut report, suppressions, self.baseline.as_ref());
        all.extend(warnings);
        for warning in all {
            console.say(&format!("warning: {warning}"));
            report.notes.push(warning);
        }
        let code = exit_code(&report, self.fail_on);
        report.notes.extend(last(code));
        match report::write_outputs(&report, &background, &self.outputs, &console.style(), &mut io::stdout())
        {
            // Whoever reads has seen enough: `plaudit audit | head`.
            Err(error) if error.source.kind() == io::ErrorKind::BrokenPipe => Ok(code),
            Err(error) => Err(Failure::Output { path: error.path, source: error.source }),
            Ok(()) => Ok(code),
        }
    }
}

/// A file as seen from the working directory, with slashes; its name alone where it lies elsewhere, since a report may
/// be read by others and a path tells of this machine.
fn from_here(file: &Path) -> Option<String> {
    let whole = file.canonicalize().ok()?;
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let inside = here.as_ref().and_then(|here| whole.strip_prefix(here).ok());
    let path = inside.or_else(|| file.file_name().map(Path::new))?;
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// How names are resolved: a trace for the first finding of each rule and cause, the worst first. The others of a
/// cause have traces much like it.
fn traces(topology: &Topology, table: &ZoneTable, report: &Report) -> HashMap<String, Trace> {
    let mut seen = HashSet::new();
    let first = report.findings.iter().filter(|finding| seen.insert((finding.rule, &finding.cause)));
    let traced = first.filter_map(|finding| {
        explaining(topology, table, finding).map(|trace| (finding.fingerprint.clone(), trace))
    });
    traced.take(TRACES).collect()
}

/// The outputs of `-f` and the baseline that is to be written.
fn outputs(report: &ReportArgs, baseline: &BaselineArgs) -> Result<Vec<Output>, Failure> {
    let usage = |error: report::OutputError| Failure::Usage(error.to_string());
    let mut outputs = report::outputs(&report.formats).map_err(usage)?;
    if let Some(path) = &baseline.write_baseline {
        let output =
            Output { format: Format::Json, file: Some(path.clone()).filter(|path| path.as_os_str() != "-") };
        report::add_output(&mut outputs, output).map_err(usage)?;
    }
    report::check_terminal(&outputs, io::stdout().is_terminal()).map_err(usage)?;
    Ok(outputs)
}

fn exit_code(report: &Report, fail_on: FailOn) -> u8 {
    let least = match fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Never => None,
    };
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let counts = |least: Severity| severities.iter().any(|s| *s <= least && report.failures(*s) > 0);
    match (least.is_some_and(counts), report.incomplete) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    }
}
