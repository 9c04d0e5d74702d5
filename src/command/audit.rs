//! `plaudit audit`: read or load, judge, report.

use super::console::Console;
use super::reporting::Reporting;
use super::source::{self, Loaded, timed};
use super::stopping;
use super::{asking, configuration_with_rules, earlier};
use crate::audit::audit;
use crate::checklist;
use crate::cli::{AuditArgs, Demo};
use crate::config::Config;
use crate::error::Failure;
use crate::finding::Report;
use crate::inventory::{Inventory, Pack};
use crate::report::Background;
use crate::rules::{Settings, active_packs};
use crate::topology::Topology;

/// Runs the command; gives its exit code.
pub(super) fn run(args: &AuditArgs, console: &Console) -> Result<u8, Failure> {
    let reporting = Reporting::new(&args.report, &args.baseline)?;
    let config = asking(configuration_with_rules(&args.estate.config, console)?, &args.packs);
    // What cannot be used is better known before Azure is read.
    let former = args.since.as_deref().map(earlier::since).transpose()?;
    let loaded = source::load_with(&args.estate, &args.traffic, &config, console)?;
    let note = loaded.note();
    let Loaded { inventory, stopped } = loaded;
    if let (Some(path), Some(former)) = (&args.since, &former) {
        earlier::check_earlier(path, former, &inventory.origin.collected_at)?;
    }
    let traffic = source::traffic_note(args.traffic.metrics, inventory.origin.scope.metrics);
    let settings = Settings { former, ..config.settings.clone() };
    let (report, mut background) = judge(inventory, &config, &settings, args.checklist, &reporting)?;
    background.lines = reporting.lines(args.estate.source.snapshot.as_deref(), &report);
    let warnings = note.into_iter().chain(traffic).chain(idle_grace(&settings)).collect();
    let code = reporting.finish(
        (report, background),
        &config.suppressions,
        warnings,
        |code| demo_note(args, code),
        console,
    )?;
    Ok(stopping::exit_code(code, stopped))
}

/// Azure does not say since when a connection waits; only an earlier run can.
fn idle_grace(settings: &Settings) -> Option<String> {
    let idle = settings.thresholds.pending_grace > 0 && settings.former.is_none();
    idle.then(|| {
        "`pending-grace` has no effect without --since: Azure does not say since when a connection waits"
            .to_owned()
    })
}

/// Joins and judges what was read, and gathers what is left for a person.
fn judge(
    inventory: Inventory,
    config: &Config,
    settings: &Settings,
    every_step: bool,
    reporting: &Reporting,
) -> Result<(Report, Background), Failure> {
    let table = config.zone_table(inventory.origin.cloud)?;
    let topology = timed("joined it", || Topology::build(inventory, &table, config.options.clone()));
    let rules = config.rules_for(&topology.inventory.origin.scope)?;
    let mut report = timed("judged it", || audit(&topology, &rules, settings));
    let packs: Vec<Pack> = active_packs(&topology, settings).into_iter().map(|active| active.pack).collect();
    report.checklist = checklist::of(&topology, settings, &packs, every_step, &report.findings);
    let background =
        timed("gathered what reports show", || reporting.background(&topology, &table, &rules, &report));
    // The process ends soon, and taking a large estate down piece by piece takes longer than judging it.
    std::mem::forget(topology);
    Ok((report, background))
}

fn demo_note(args: &AuditArgs, code: u8) -> Option<String> {
    let note = match args.estate.source.demo? {
        Demo::Faulty => "this is the sample estate inside plaudit, and its mistakes are there on purpose",
        Demo::Healthy => "this is the sample estate inside plaudit, without its mistakes",
    };
    Some(if code == 1 { format!("{note}: exit code 1 is expected") } else { note.to_owned() })
}
