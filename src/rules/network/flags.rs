//! Rules about what a peering lets through and whether Azure could apply it: NET-009, NET-013.

use super::side::{Keeper, Side, VIRTUAL_HUB, base, connected_sides};
use crate::rules::remedy::{self, PeeringFlag};
use crate::rules::{Draft, Estate, Sink};
use crate::topology::networks::{is_connected, is_virtual_hub_peering};

/// NET-009: a connected peering takes the other network out of the service tag.
pub(in crate::rules) fn access_off(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for side in connected_sides(estate.topology) {
        if is_virtual_hub_peering(side.peering()) {
            sink.not_judged(VIRTUAL_HUB);
            continue;
        }
        let reverse = side.reverse().filter(|other| is_connected(other.peering()));
        if !denies_access(side)
            || reverse.is_some_and(|other| denies_access(other) && !side.speaks_for_pair(other))
        {
            sink.pass();
            continue;
        }
        sink.fail(side.confidence(), access_draft(side, reverse));
    }
}

fn denies_access(side: Side<'_>) -> bool {
    side.peering().allow_virtual_network_access == Some(false)
}

fn access_draft(side: Side<'_>, reverse: Option<Side<'_>>) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = format!(
        "the peering of {local} with {remote} does not let the networks talk: only what a security group's own rules let in gets through"
    );
    let draft = base(side, reverse, message).evidence("allowVirtualNetworkAccess", false);
    if let Some(keeper) = side.keeper() {
        return draft.advice(keeper.change());
    }
    let both = [Some(side), reverse].into_iter().flatten().filter(|side| denies_access(*side));
    both.fold(draft, |draft, side| {
        draft.command(
            format!("let them talk, on the side of {}, unless it is meant so", side.vnet().id.name()),
            remedy::set_peering_flag(&side.peering().id, PeeringFlag::Access, true),
        )
    })
}

/// NET-013: Azure could not apply what was last asked of a peering.
pub(in crate::rules) fn provisioning_failed(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for side in connected_sides(estate.topology) {
        if side.is_provisioning(&["Failed"]) {
            sink.fail(side.confidence(), failed_draft(side));
        } else {
            sink.pass();
        }
    }
}

fn failed_draft(side: Side<'_>) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = format!(
        "the last change to the peering of {local} with {remote} failed: it works as it did before, or not at all"
    );
    let draft = base(side, side.reverse(), message).evidence("provisioningState", "Failed");
    match side.keeper() {
        // To connect the network anew would interrupt what still works.
        Some(Keeper::VirtualHub(Some(connection))) => draft.command(
            "look at the network's connection in the Virtual WAN hub, which owns this peering, and save it again",
            remedy::show_hub_connection(&connection.id),
        ),
        Some(keeper) => draft.advice(keeper.advice()),
        None => draft.command(
            "write it again as it is",
            remedy::set_peering_flag(&side.peering().id, PeeringFlag::Access, side.flags().access),
        ),
    }
}
