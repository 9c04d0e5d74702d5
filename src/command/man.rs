//! `plaudit man`: manual pages, made from the same definition as the command line.

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::stdout;
use crate::cli::Cli;
use crate::error::Failure;
use crate::report::inert;
use crate::spelling::did_you_mean;

/// Runs the command; gives its exit code.
pub(super) fn run(path: &[String]) -> Result<u8, Failure> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let page = Man::new(find(&root, path)?.clone());
    stdout(|out| page.render(out))?;
    Ok(0)
}

/// The command that is named, a word a level.
fn find<'a>(root: &'a Command, path: &[String]) -> Result<&'a Command, Failure> {
    path.iter().try_fold(root, |above, word| {
        let known = || above.get_subcommands().map(Command::get_name);
        above.find_subcommand(word).ok_or_else(|| {
            let nearest = did_you_mean(word, known());
            let listed = match known().collect::<Vec<_>>() {
                none if none.is_empty() => "has no commands of its own".to_owned(),
                some => format!("has {}", some.join(", ")),
            };
            let above = above.get_bin_name().unwrap_or("plaudit");
            Failure::Usage(format!("there is no command `{}`{nearest}; `{above}` {listed}", inert(word)))
        })
    })
}
