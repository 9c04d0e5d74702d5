//! `plaudit collect`: read Azure into a snapshot file.

use super::console::Console;
use super::live;
use super::recording::Recording;
use super::stopping::{self, until_stopped};
use super::{asking, check_writable, configuration};
use crate::cli::CollectArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Collected, snapshot};

/// Runs the command; gives its exit code.
pub(super) fn run(args: &CollectArgs, console: &Console) -> Result<u8, Failure> {
    if args.output.as_os_str() != "-" {
        check_writable(&args.output)?;
    }
    let config = asking(configuration(&args.config, console)?, &args.packs);
    let recording = Recording::prepare(args, &config)?;
    let collected = write(args, &config, &recording, console)
        .inspect_err(|failure| recording.stopped(failure, console))?;
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
    recording.done(&collected, console);
    Ok(if coverage.gaps.is_empty() { 0 } else { 3 })
}

/// Reads Azure and writes what came.
fn write(
    args: &CollectArgs,
    config: &Config,
    recording: &Recording,
    console: &Console,
) -> Result<Collected, Failure> {
    let begin = |reader: &mut _| recording.begin(reader, console);
    let seconds = args.azure.timeout;
    let read = |stop| live::collect_with(&args.scope, &args.azure, config, console, stop, begin);
    let (mut collected, stopped) = until_stopped(seconds, console, read)?;
    // Half an estate in a file looks like a whole one to whoever reads it later.
    if let Some(why) = stopped {
        return Err(stopping::failure(why, seconds));
    }
    recording.date(&mut collected);
    snapshot::write(&args.output, &collected)?;
    Ok(collected)
}
