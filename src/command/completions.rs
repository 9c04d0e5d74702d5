//! `plaudit completions`: what a shell needs to complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::stdout;
use crate::cli::Cli;
use crate::error::Failure;

/// Runs the command; gives its exit code.
pub(super) fn run(shell: Shell) -> Result<u8, Failure> {
    // The generator panics when its writer fails, and memory does not.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "plaudit", &mut script);
    stdout(|out| out.write_all(&script))?;
    Ok(0)
}
