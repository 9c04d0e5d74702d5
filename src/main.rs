//! Parses the command line, runs the command, exits.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    plaudit::command::run(&plaudit::cli::Cli::parse())
}
