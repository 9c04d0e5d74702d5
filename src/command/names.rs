//! `plaudit names`: the names of endpoints and the addresses they ought to have.

use super::console::Console;
use super::source;
use super::stdout;
use crate::cli::NamesArgs;
use crate::error::Failure;
use crate::inventory::wire;
use crate::names::Names;
use crate::report::names::{self, Format};
use crate::topology::zones::ZoneTable;
use crate::topology::{Options, Topology};

/// Runs the command; gives its exit code: 3 when names of some endpoint could not be read.
pub(super) fn run(args: &NamesArgs, console: &Console) -> Result<u8, Failure> {
    let collected = source::load(&args.source, &args.scope, &args.azure, console)?;
    let table = ZoneTable::embedded(collected.origin.cloud)?;
    let topology = Topology::build(wire::inventory(collected), &table, Options::default());
    let names = Names::of(&topology);
    if args.format != Format::Table {
        for unnamed in &names.unnamed {
            console.say(&format!("warning: {} is left out: {}", unnamed.endpoint.id.name(), unnamed.why));
        }
    }
    if args.format == Format::Hosts {
        console.say("warning: a hosts file is for testing only: it hides what DNS would say");
    }
    stdout(|out| names::write(&names, args.format, &console.style(), out))?;
    let unread = names.unnamed.iter().any(|unnamed| unnamed.unread);
    let endpoints = topology.knowledge.gaps_in(&[crate::inventory::Kind::PrivateEndpoints]).is_some();
    Ok(if unread || endpoints { 3 } else { 0 })
}
