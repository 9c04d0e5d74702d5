//! Where an estate comes from: live Azure, a snapshot, or the sample inside the binary.

use std::collections::BTreeSet;
use std::time::Instant;

use super::console::Console;
use super::live;
use super::stopping::{self, until_stopped};
use crate::azure::Why;
use crate::cli::{Demo, EstateArgs, TrafficArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Inventory, ResourceId, Role, Span, wire};
use crate::spelling::did_you_mean;

const DEMO_FAULTY: &str = include_str!("../../testdata/demo.jsonl");
const DEMO_HEALTHY: &str = include_str!("../../testdata/demo-healthy.jsonl");

/// An estate, and why no more of it was read.
pub(super) struct Loaded {
    pub inventory: Inventory,
    pub stopped: Option<Why>,
}

impl Loaded {
    /// What there is to say of having been stopped.
    pub(super) fn note(&self) -> Option<String> {
        self.stopped.map(stopping::note)
    }
}

/// Reads or loads the estate that the arguments name.
pub(super) fn load(estate: &EstateArgs, config: &Config, console: &Console) -> Result<Loaded, Failure> {
    load_with(estate, &TrafficArgs::default(), config, console)
}

/// The same, with traffic where that is asked for. Of an estate that is not read from Azure, what it holds of traffic is
/// used in any case.
pub(super) fn load_with(
    estate: &EstateArgs,
    traffic: &TrafficArgs,
    config: &Config,
    console: &Console,
) -> Result<Loaded, Failure> {
    let EstateArgs { source, scope, azure, .. } = estate;
    let is_live = source.snapshot.is_none() && source.demo.is_none();
    if !is_live && traffic.metrics_endpoint.is_some() {
        let told = "--metrics-endpoint means nothing to an estate that is not read from Azure";
        return Err(Failure::Usage(told.to_owned()));
    }
    let mut stopped = None;
    let mut inventory = match (&source.snapshot, source.demo) {
        (Some(path), _) => timed("read the snapshot", || wire::read(path))?,
        (None, Some(Demo::Faulty)) => wire::read_from(DEMO_FAULTY.as_bytes(), "the sample estate")?,
        (None, Some(Demo::Healthy)) => wire::read_from(DEMO_HEALTHY.as_bytes(), "the sample estate")?,
        (None, None) => {
            let read = |stop| live::collect(scope, (azure, traffic), config, console, stop);
            let (collected, why) = until_stopped(azure.timeout, console, read)?;
            stopped = why;
            timed("took apart what was read", || wire::inventory(collected))
        }
    };
    if !scope.resource_groups.is_empty() {
        inventory.origin.scope.resource_groups.clone_from(&scope.resource_groups);
    }
    check_groups(&inventory, console)?;
    Ok(Loaded { inventory, stopped })
}

/// What there is to say of traffic that was asked for of an estate which is not read from Azure, and is not what was
/// asked for.
pub(super) fn traffic_note(asked: Option<Span>, held: Option<Span>) -> Option<String> {
    let asked = asked?;
    match held {
        None => Some(
            "--metrics has no effect: this estate was read without traffic (`plaudit collect --metrics` reads it)"
                .to_owned(),
        ),
        Some(held) if held != asked => {
            let (asked, held) = (asked.words(), held.words());
            Some(format!("the traffic of {asked} was asked for (--metrics); this estate holds that of {held}"))
        }
        Some(_) => None,
    }
}

/// A resource group in which nothing lies would make a report that is clean for ever: a misspelled one, say. Where
/// something was not read, it may lie there after all.
fn check_groups(inventory: &Inventory, console: &Console) -> Result<(), Failure> {
    let named = &inventory.origin.scope.resource_groups;
    if named.is_empty() {
        return Ok(());
    }
    let role = |id: &str| inventory.coverage.subscription(id).map(|subscription| subscription.role);
    let audited = |id: &&ResourceId| id.subscription().and_then(role) == Some(Role::Audited);
    let held: BTreeSet<&str> =
        inventory.ids().filter(audited).filter_map(ResourceId::resource_group).collect();
    let whole = inventory
        .coverage
        .gaps
        .iter()
        .all(|gap| gap.subscription.as_deref().and_then(role) == Some(Role::Context));
    for group in named.iter().filter(|group| !held.iter().any(|one| one.eq_ignore_ascii_case(group))) {
        let near = did_you_mean(group, held.iter().copied());
        let told = format!("no resource that was read lies in resource group `{group}`{near}");
        match whole {
            true => return Err(Failure::Usage(told)),
            false => console.say(&format!("warning: {told}; not everything could be read")),
        }
    }
    Ok(())
}

/// Does something and tells the log how long it took.
pub(super) fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    tracing::info!("{what} in {} ms", start.elapsed().as_millis());
    done
}
