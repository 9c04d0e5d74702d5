//! `plaudit trace`: how a network resolves a name, hop by hop, and whether the answer can be reached.

use super::console::Console;
use super::source::{self, Loaded};
use super::stopping;
use super::{configuration, stdout};
use crate::cli::TraceArgs;
use crate::error::Failure;
use crate::inventory::Kind;
use crate::report::trace as shown;
use crate::topology::Topology;
use crate::trace::{AskError, Verdict, traces};

/// Runs the command; gives its exit code: 0 when every trace ends at its endpoint, 1 when one does not, 3 when one
/// cannot be known.
pub(super) fn run(args: &TraceArgs, console: &Console) -> Result<u8, Failure> {
    let config = configuration(&args.estate.config, console)?;
    let loaded = source::load(&args.estate, &config, console)?;
    loaded.note().iter().for_each(|note| console.say(&format!("warning: {note}")));
    let Loaded { inventory, stopped } = loaded;
    let table = config.zone_table(inventory.origin.cloud)?;
    let topology = Topology::build(inventory, &table, config.options.clone());
    let mut notes = Vec::new();
    let found = match traces(&topology, &table, &args.name, args.from.as_deref()) {
        Err(error @ AskError::NoNames { unread: true, .. }) => {
            notes.push(format!("cannot be known: {error}"));
            Vec::new()
        }
        found => found.map_err(|error| Failure::Usage(error.to_string()))?,
    };
    // Without --from, a network that was not read may be one of those that ask.
    let left_out = args.from.is_none() && topology.knowledge.gaps_in(&[Kind::VirtualNetworks]).is_some();
    if left_out {
        let note = "not every virtual network could be read, and one of those may need the endpoint too";
        notes.push(note.to_owned());
    }
    notes.iter().for_each(|note| console.say(&format!("warning: {note}")));
    stdout(|out| shown::write(&found, &notes, args.format, &console.style(), out))?;
    let worst = found.iter().map(|trace| trace.verdict).max();
    let code = match worst {
        Some(Verdict::Reachable) if left_out => 3,
        Some(Verdict::Reachable) => 0,
        None | Some(Verdict::Unknown) => 3,
        Some(_) => 1,
    };
    Ok(stopping::exit_code(code, stopped))
}
