//! `plaudit audit`: read or load, judge, report.

use std::io;

use super::check_writable;
use super::console::Console;
use super::source::{self, timed};
use super::{configuration, earlier};
use crate::audit::{audit, set_aside};
use crate::cli::{AuditArgs, Demo, FailOn};
use crate::config::Config;
use crate::error::Failure;
use crate::finding::{Report, Severity};
use crate::inventory::{Collected, wire};
use crate::report::{self, Format, Output};
use crate::rules::Settings;
use crate::topology::Topology;

/// Runs the command; gives its exit code.
pub(super) fn run(args: &AuditArgs, console: &Console) -> Result<u8, Failure> {
    let outputs = outputs(args)?;
    for path in outputs.iter().filter_map(|output| output.file.as_deref()) {
        check_writable(path)?;
    }
    let config = configuration(&args.config, console)?;
    // What cannot be used is better known before Azure is read.
    let baseline = args.earlier.baseline.as_deref().map(earlier::baseline).transpose()?;
    let former = args.earlier.since.as_deref().map(earlier::since).transpose()?;
    let collected = source::load(&args.source, &args.scope, &args.azure, &config, console)?;
    if let (Some(path), Some(former)) = (&args.earlier.since, &former) {
        earlier::check_earlier(path, former, &collected.origin.collected_at)?;
    }
    let settings = Settings { former, ..config.settings.clone() };
    let mut report = judge(collected, &config, &settings)?;
    let mut warnings = set_aside(&mut report, &config.suppressions, baseline.as_ref());
    warnings.extend(idle_grace(&settings));
    for warning in warnings {
        console.say(&format!("warning: {warning}"));
        report.notes.push(warning);
    }
    let code = exit_code(&report, args.fail_on);
    report.notes.extend(demo_note(args, code));
    write(&report, &outputs, console)?;
    Ok(code)
}

/// The outputs of `-f` and the baseline that is to be written.
fn outputs(args: &AuditArgs) -> Result<Vec<Output>, Failure> {
    let usage = |error: report::OutputError| Failure::Usage(error.to_string());
    let mut outputs = report::parse_outputs(&args.formats).map_err(usage)?;
    if let Some(path) = &args.earlier.write_baseline {
        let file = Some(path.clone()).filter(|path| path.as_os_str() != "-");
        let output = Output { format: Format::Json, file };
        report::add_output(&mut outputs, output).map_err(usage)?;
    }
    Ok(outputs)
}

/// Azure does not say since when a connection waits; only an earlier run can.
fn idle_grace(settings: &Settings) -> Option<String> {
    let idle = settings.thresholds.pending_grace > 0 && settings.former.is_none();
    idle.then(|| {
        "`pending-grace` has no effect without --since: Azure does not say since when a connection waits"
            .to_owned()
    })
}

/// Types, joins and judges what was read.
fn judge(collected: Collected, config: &Config, settings: &Settings) -> Result<Report, Failure> {
    let table = config.zone_table(collected.origin.cloud)?;
    let inventory = timed("took apart what was read", || wire::inventory(collected));
    let topology = timed("joined it", || Topology::build(inventory, &table, config.options.clone()));
    let rules = config.rules()?;
    let report = timed("judged it", || audit(&topology, &rules, settings));
    // The process ends soon, and taking a large estate down piece by piece takes longer than judging it.
    std::mem::forget(topology);
    Ok(report)
}

fn demo_note(args: &AuditArgs, code: u8) -> Option<String> {
    let note = match args.source.demo? {
        Demo::Faulty => "this is the sample estate inside plaudit, and its mistakes are there on purpose",
        Demo::Healthy => "this is the sample estate inside plaudit, without its mistakes",
    };
    Some(if code == 1 { format!("{note}: exit code 1 is expected") } else { note.to_owned() })
}

fn write(report: &Report, outputs: &[Output], console: &Console) -> Result<(), Failure> {
    match report::write_outputs(report, outputs, &console.style(), &mut io::stdout()) {
        // Whoever reads has seen enough: `plaudit audit | head`.
        Err(error) if error.source.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Output { path: error.path, source: error.source }),
        Ok(()) => Ok(()),
    }
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
