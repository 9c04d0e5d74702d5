//! Where an estate comes from: live Azure, a snapshot, or the sample inside the binary.

use std::time::Instant;

use super::block_on;
use super::console::Console;
use super::live;
use crate::cli::{AzureArgs, Demo, ScopeArgs, SourceArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Collected, snapshot};

const DEMO_FAULTY: &str = include_str!("../../testdata/demo.jsonl");
const DEMO_HEALTHY: &str = include_str!("../../testdata/demo-healthy.jsonl");

/// Reads or loads the estate that the arguments name.
pub(super) fn load(
    source: &SourceArgs,
    scope: &ScopeArgs,
    azure: &AzureArgs,
    config: &Config,
    console: &Console,
) -> Result<Collected, Failure> {
    let mut collected = match (&source.snapshot, source.demo) {
        (Some(path), _) => timed("read the snapshot", || snapshot::read(path))?,
        (None, Some(Demo::Faulty)) => snapshot::read_from(DEMO_FAULTY.as_bytes(), "the sample estate")?,
        (None, Some(Demo::Healthy)) => snapshot::read_from(DEMO_HEALTHY.as_bytes(), "the sample estate")?,
        (None, None) => block_on(azure.timeout, live::collect(scope, azure, config, console))?,
    };
    if !scope.resource_groups.is_empty() {
        collected.origin.scope.resource_groups.clone_from(&scope.resource_groups);
    }
    Ok(collected)
}

/// Does something and tells the log how long it took.
pub(super) fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    tracing::info!("{what} in {} ms", start.elapsed().as_millis());
    done
}
