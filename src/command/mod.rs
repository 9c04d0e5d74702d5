//! One file a command: wires the floors below together.

mod ascii;
mod audit;
mod collect;
mod completions;
mod console;
mod defect;
mod diff;
mod earlier;
mod facts;
mod gathered;
mod live;
mod man;
mod names;
mod probe;
mod read_from;
mod recording;
mod reporting;
mod rules;
mod schema;
mod source;
mod stopping;
mod trace;
mod verifying;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Cli, Command, ConfigArgs, PackArgs};
use crate::config::{self, Config, Own};
use crate::error::Failure;
use console::Console;
pub use defect::guarded;

/// Runs what the command line asks for. The exit code is the command's verdict, or the failure's.
pub fn run(cli: &Cli) -> ExitCode {
    let console = Console::new(&cli.output);
    console.start_log();
    let undone = undone(&cli.command);
    defect::undone(undone);
    let done = match &cli.command {
        Command::Audit(args) => audit::run(args, &console),
        Command::Collect(args) => collect::run(args, &console),
        Command::Trace(args) => trace::run(args, &console),
        Command::Names(args) => names::run(args, &console),
        Command::Facts(args) => facts::run(args, &console),
        Command::Probe(args) => probe::run(args, &console),
        Command::Diff(args) => diff::run(args, &console),
        Command::Rules(command) => rules::run(command, &console),
        Command::Schema { document } => schema::run(*document),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { command } => man::run(command),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let lost = matches!(failure, Failure::Output { .. }) && failure.exit_code() == 4;
            let undone = if lost { "not everything was written" } else { undone };
            console.fatal(undone, &failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// What a command has not done when it fails.
fn undone(command: &Command) -> &'static str {
    match command {
        Command::Audit(_) => "no audit was performed",
        Command::Collect(_) => "nothing was collected",
        Command::Trace(_) => "nothing was traced",
        Command::Names(_) => "no names were gathered",
        Command::Facts(_) => "no rows were written",
        Command::Probe(_) => "nothing was probed",
        Command::Diff(_) => "no comparison was made",
        Command::Rules(command) => rules::undone(command),
        Command::Schema { .. } => "no schema was written",
        Command::Completions { .. } => "no completions were written",
        Command::Man { .. } => "no page was written",
    }
}

/// Runs reads on the async runtime, for at most so many seconds.
fn block_on<T>(seconds: u64, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    let limit = std::time::Duration::from_secs(seconds);
    let done = runtime.block_on(async { tokio::time::timeout(limit, work).await });
    // Do not wait for a process that hangs, such as the Azure CLI.
    runtime.shutdown_background();
    done.unwrap_or(Err(Failure::TimedOut(seconds)))
}

/// The configuration that is named, else the one in the working directory, else none.
fn configuration(args: &ConfigArgs, console: &Console) -> Result<Config, Failure> {
    configured(args, Own::Left(&args.rules_dirs), console)
}

/// The same for what judges or lists rules: with people's own.
fn configuration_with_rules(args: &ConfigArgs, console: &Console) -> Result<Config, Failure> {
    configured(args, Own::Loaded(&args.rules_dirs), console)
}

fn configured(args: &ConfigArgs, own: Own<'_>, console: &Console) -> Result<Config, Failure> {
    if let Some(path) = &args.config {
        return Ok(Config::read(path, own)?);
    }
    let here = Path::new(config::FILE_NAME);
    // A link that leads nowhere is there, and ought to be told rather than passed over.
    if args.no_config || here.symlink_metadata().is_err() {
        return Ok(Config::of_rules(own)?);
    }
    console.say(&format!("using the configuration {} of this folder", config::FILE_NAME));
    Ok(Config::read(here, own)?)
}

/// The configuration, with the packs that the command line asks for too.
fn asking(config: Config, packs: &PackArgs) -> Config {
    config.with_packs(&packs.packs).with_appliance(packs.appliance_object_id.as_deref())
}

/// Writes something to stdout. Whoever reads may have seen enough: `plaudit names | head`.
fn stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output { path: "stdout".to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// A file that cannot be written is better known before Azure is read.
fn check_writable(path: &Path) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |source| Failure::Output { path: path.display().to_string(), source };
    if path.is_dir() {
        return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    // A device or a pipe is written in place.
    if path.exists() && !path.is_file() {
        return Ok(());
    }
    tempfile::tempfile_in(folder).map(drop).map_err(failed)
}
