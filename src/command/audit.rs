//! `plaudit audit`: read or load, judge, report.

use std::io;

use super::check_writable;
use super::console::Console;
use super::source::{self, timed};
use crate::audit::audit;
use crate::cli::{AuditArgs, Demo, FailOn};
use crate::error::Failure;
use crate::finding::{Report, Severity};
use crate::inventory::{Collected, wire};
use crate::report::{self, Output};
use crate::rules::{self, Settings};
use crate::topology::zones::ZoneTable;
use crate::topology::{Options, Topology};

/// Runs the command; gives its exit code.
pub(super) fn run(args: &AuditArgs, console: &Console) -> Result<u8, Failure> {
    let outputs = report::parse_outputs(&args.formats).map_err(|error| Failure::Usage(error.to_string()))?;
    for path in outputs.iter().filter_map(|output| output.file.as_deref()) {
        check_writable(path)?;
    }
    let collected = source::load(&args.source, &args.scope, &args.azure, console)?;
    let mut report = judge(collected)?;
    if let Some(note) = demo_note(args) {
        report.notes.push(note.to_owned());
    }
    write(&report, &outputs, console)?;
    Ok(exit_code(&report, args.fail_on))
}

/// Types, joins and judges what was read.
fn judge(collected: Collected) -> Result<Report, Failure> {
    let table = ZoneTable::embedded(collected.origin.cloud)?;
    let inventory = timed("took apart what was read", || wire::inventory(collected));
    let topology = timed("joined it", || Topology::build(inventory, &table, Options::default()));
    let rules = rules::all()?;
    let report = timed("judged it", || audit(&topology, &rules, &Settings::default()));
    // The process ends soon, and taking a large estate down piece by piece takes longer than judging it.
    std::mem::forget(topology);
    Ok(report)
}

fn demo_note(args: &AuditArgs) -> Option<&'static str> {
    args.source.demo.map(|demo| match demo {
        Demo::Faulty => {
            "this is the sample estate inside plaudit, and its mistakes are there on purpose: exit code 1 is expected"
        }
        Demo::Healthy => "this is the sample estate inside plaudit, without its mistakes",
    })
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
