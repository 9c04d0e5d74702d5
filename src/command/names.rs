//! `plaudit names`: the names of endpoints and the addresses they ought to have.

use super::console::Console;
use super::source::{self, Loaded};
use super::stopping;
use super::{configuration, stdout};
use crate::cli::NamesArgs;
use crate::error::Failure;
use crate::names::Names;
use crate::report::names::{self, Format};
use crate::topology::Topology;

/// Runs the command; gives its exit code: 3 when names of some endpoint could not be read.
pub(super) fn run(args: &NamesArgs, console: &Console) -> Result<u8, Failure> {
    let config = configuration(&args.estate.config, console)?;
    let loaded = source::load(&args.estate, &config, console)?;
    loaded.note().iter().for_each(|note| console.say(&format!("warning: {note}")));
    let Loaded { inventory, stopped } = loaded;
    let table = config.zone_table(inventory.origin.cloud)?;
    let topology = Topology::build(inventory, &table, config.options.clone());
    let names = Names::of(&topology);
    if args.format != Format::Table {
        for unnamed in &names.unnamed {
            console.say(&format!("warning: {} is left out: {}", unnamed.endpoint.id.name(), unnamed.why));
        }
    }
    for left_out in names::left_out(&names, args.format) {
        console.say(&format!("warning: {left_out}"));
    }
    if args.format == Format::Hosts {
        console.say("warning: a hosts file is for testing only: it hides what DNS would say");
    }
    stdout(|out| names::write(&names, args.format, &console.style(), out))?;
    let unread = names.unnamed.iter().any(|unnamed| unnamed.unread);
    let endpoints = topology.knowledge.gaps_in(&[crate::inventory::Kind::PrivateEndpoints]).is_some();
    Ok(stopping::exit_code(if unread || endpoints { 3 } else { 0 }, stopped))
}
