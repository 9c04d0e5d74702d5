//! `plaudit collect`: read Azure into a snapshot file, with stand-ins for names where that is asked for.

use std::borrow::Cow;
use std::path::Path;

use super::console::Console;
use super::live;
use super::recording::Recording;
use super::source::timed;
use super::stopping::{self, until_stopped};
use super::{asking, check_writable, configuration};
use crate::cli::CollectArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Collected, snapshot};
use crate::redaction::Redaction;

/// Runs the command; gives its exit code.
pub(super) fn run(args: &CollectArgs, console: &Console) -> Result<u8, Failure> {
    if args.output.as_os_str() != "-" {
        check_writable(&args.output)?;
    }
    if let Some(path) = &args.snapshot {
        return redact_file(path, args, console);
    }
    let config = asking(configuration(&args.config, console)?, &args.packs);
    let recording = Recording::prepare(args, &config)?;
    let collected = write(args, &config, &recording, console)
        .inspect_err(|failure| recording.stopped(failure, console))?;
    let coverage = &collected.coverage;
    console.say(&written(&collected, args));
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
    let from = (&args.azure, &args.traffic);
    let read = |stop| live::collect_with(&args.scope, from, config, console, stop, begin);
    let (mut collected, stopped) = until_stopped(seconds, console, read)?;
    // Half an estate in a file looks like a whole one to whoever reads it later.
    if let Some(why) = stopped {
        return Err(stopping::failure(why, seconds));
    }
    recording.date(&mut collected);
    snapshot::write(&args.output, &*fit_to_show(&collected, args.redact)?)?;
    Ok(collected)
}

/// Writes a snapshot again, with stand-ins. What could not be read when it was made is its own affair.
fn redact_file(path: &Path, args: &CollectArgs, console: &Console) -> Result<u8, Failure> {
    let collected = timed("read the snapshot", || snapshot::read(path))?;
    snapshot::write(&args.output, &*fit_to_show(&collected, true)?)?;
    console.say(&written(&collected, args));
    Ok(0)
}

/// What was read, or its redaction.
fn fit_to_show(collected: &Collected, redact: bool) -> Result<Cow<'_, Collected>, Failure> {
    if !redact {
        return Ok(Cow::Borrowed(collected));
    }
    let redaction = timed("gathered what is to be redacted", || Redaction::of(collected))?;
    Ok(Cow::Owned(timed("redacted", || redaction.redacted(collected))))
}

fn written(collected: &Collected, args: &CollectArgs) -> String {
    format!(
        "wrote {} resources of {} subscriptions to {}{}",
        collected.resources.len(),
        collected.coverage.subscriptions.len(),
        args.output.display(),
        if args.redact { ", redacted" } else { "" },
    )
}
