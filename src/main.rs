//! Parses the command line, runs the command, exits.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use plaudit::cli::{Cli, hide_passwords, hint};
use plaudit::report::inert;

/// Large estates are many small objects made on every core, at which the static binary's own allocator is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    plaudit::command::guarded(|| match Cli::try_parse() {
        Ok(cli) => plaudit::command::run(&cli),
        Err(wrong) => refuse(wrong),
    })
}

/// Says what is wrong with the command line, or the help that it asks for. A closed stderr is nobody's loss.
fn refuse(mut wrong: clap::Error) -> ExitCode {
    hide_passwords(&mut wrong);
    let mut stderr = std::io::stderr();
    if let Some(hint) = hint(&wrong) {
        let _ = writeln!(stderr, "help: {hint}");
    }
    // clap repeats an argument as it is, and whoever calls may have it from somebody else.
    let said = std::env::args_os().map(|argument| inert(&argument.to_string_lossy()).into_owned());
    match Cli::try_parse_from(said) {
        Err(mut told) => {
            hide_passwords(&mut told);
            told.exit()
        }
        Ok(_) => {
            let _ = writeln!(stderr, "{}", inert(&wrong.to_string()));
            ExitCode::from(2)
        }
    }
}
