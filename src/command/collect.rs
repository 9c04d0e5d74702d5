//! `plaudit collect`: read Azure into a snapshot file.

use super::console::Console;
use super::live;
use super::{block_on, check_writable, configuration};
use crate::cli::CollectArgs;
use crate::error::Failure;
use crate::inventory::snapshot;

/// Runs the command; gives its exit code.
pub(super) fn run(args: &CollectArgs, console: &Console) -> Result<u8, Failure> {
    if args.output.as_os_str() != "-" {
        check_writable(&args.output)?;
    }
    let config = configuration(&args.config, console)?;
    let collected = block_on(args.azure.timeout, live::collect(&args.scope, &args.azure, &config, console))?;
    snapshot::write(&args.output, &collected)?;
    let coverage = &collected.coverage;
    console.say(&format!(
        "wrote {} resources of {} subscriptions to {}",
        collected.resources.len(),
        coverage.subscriptions.len(),
        args.output.display(),
    ));
    for gap in &coverage.gaps {
        console.say(&format!("warning: {}", crate::rules::gap_sentence(gap)));
    }
    Ok(if coverage.gaps.is_empty() { 0 } else { 3 })
}
