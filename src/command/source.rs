//! Where an estate comes from: live Azure, a snapshot, or the sample inside the binary.

use std::time::Instant;

use super::console::Console;
use super::live;
use super::stopping::{self, until_stopped};
use crate::azure::Why;
use crate::cli::{AzureArgs, Demo, ScopeArgs, SourceArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Collected, snapshot};

const DEMO_FAULTY: &str = include_str!("../../testdata/demo.jsonl");
const DEMO_HEALTHY: &str = include_str!("../../testdata/demo-healthy.jsonl");

/// An estate, and why no more of it was read.
pub(super) struct Loaded {
    pub collected: Collected,
    pub stopped: Option<Why>,
}

impl Loaded {
    /// What there is to say of having been stopped.
    pub(super) fn note(&self) -> Option<String> {
        self.stopped.map(stopping::note)
    }
}

/// Reads or loads the estate that the arguments name.
pub(super) fn load(
    source: &SourceArgs,
    scope: &ScopeArgs,
    azure: &AzureArgs,
    config: &Config,
    console: &Console,
) -> Result<Loaded, Failure> {
    let mut stopped = None;
    let mut collected = match (&source.snapshot, source.demo) {
        (Some(path), _) => timed("read the snapshot", || snapshot::read(path))?,
        (None, Some(Demo::Faulty)) => snapshot::read_from(DEMO_FAULTY.as_bytes(), "the sample estate")?,
        (None, Some(Demo::Healthy)) => snapshot::read_from(DEMO_HEALTHY.as_bytes(), "the sample estate")?,
        (None, None) => {
            let read = |stop| live::collect(scope, azure, config, console, stop);
            let (collected, why) = until_stopped(azure.timeout, console, read)?;
            stopped = why;
            collected
        }
    };
    if !scope.resource_groups.is_empty() {
        collected.origin.scope.resource_groups.clone_from(&scope.resource_groups);
    }
    Ok(Loaded { collected, stopped })
}

/// Does something and tells the log how long it took.
pub(super) fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    tracing::info!("{what} in {} ms", start.elapsed().as_millis());
    done
}
