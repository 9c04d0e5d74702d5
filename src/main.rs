//! Parses the command line, runs the command, exits.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

/// Large estates are many small objects made on every core, at which the static binary's own allocator is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    plaudit::command::guarded(|| {
        plaudit::command::run(&plaudit::cli::Cli::try_parse().unwrap_or_else(|mut wrong| {
            plaudit::cli::hide_passwords(&mut wrong);
            let hint = plaudit::cli::hint(&wrong);
            // A closed stderr is nobody's loss.
            let _ = hint.map(|hint| writeln!(std::io::stderr(), "help: {hint}"));
            wrong.exit()
        }))
    })
}
