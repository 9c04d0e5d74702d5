//! The rules of the ExpressRoute pack: whether circuits carry anything, and whether their Microsoft peering lets the
//! routes through that a migration takes.

pub(super) mod circuits;
pub mod communities;
pub(super) mod filters;

use super::dns::diagnosis::Why;
use super::{Draft, Estate, Sink};
use crate::finding::Cause;
use crate::inventory::{Circuit, CircuitPeering, Kind, Pack, ResourceId, Role};
use crate::topology::is_reported;
use crate::topology::knowledge::Unread;

/// The circuits that are reported on.
fn circuits<'a>(estate: &'a Estate<'a>) -> impl Iterator<Item = &'a Circuit> {
    let inventory = &estate.topology.inventory;
    inventory.circuits.iter().filter(|circuit| is_reported(inventory, &circuit.id))
}

/// The Microsoft peering of a circuit.
fn microsoft_peering(circuit: &Circuit) -> Option<&CircuitPeering> {
    let is_it = |kind: &str| kind.eq_ignore_ascii_case("MicrosoftPeering");
    circuit.peerings.iter().find(|peering| is_it(peering.kind.as_deref().unwrap_or(&peering.name)))
}

fn draft(circuit: &ResourceId, message: String) -> Draft {
    let cause = Cause { kind: "expressRouteCircuit", id: circuit.to_string() };
    Draft::new(circuit, cause, message.clone(), message)
}

/// Says what could not be judged because circuits were not read.
fn unread(estate: &Estate<'_>, what: &str, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let coverage = &topology.inventory.coverage;
    for one in coverage.subscriptions.iter().filter(|one| one.role == Role::Audited) {
        let subject = ResourceId::new(&format!("/subscriptions/{}", one.id));
        // What could not be read at all is a gap of its own.
        if !is_reported(&topology.inventory, &subject) || !topology.knowledge.is_visible(&one.id) {
            continue;
        }
        let Some(mut why) = topology.knowledge.list(&one.id, Kind::ExpressRouteCircuits) else { continue };
        if why.gaps.is_empty() {
            let not_asked = format!(
                "the circuits of subscription {} were not asked for: read with --pack {}",
                one.id,
                Pack::ExpressRoute.name()
            );
            why = Unread { not_asked, ..Unread::default() };
        }
        let message = format!("{what} in {} cannot be known", subject.name());
        let cause = Cause { kind: "gap", id: subject.to_string() };
        sink.unknown(&Why::Unread(why), Draft::new(&subject, cause, message.clone(), message));
    }
}
