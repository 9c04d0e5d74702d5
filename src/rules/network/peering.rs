//! Rules about the state of peerings: NET-001 to NET-004. One finding a pair of networks.

use foldhash::HashSet;
use ipnet::IpNet;

use super::side::{Side, UNRECOGNISED, VIRTUAL_HUB, base, sides};
use crate::finding::Confidence;
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy::{self, PeeringFlags};
use crate::rules::{Draft, Estate, Sink};
use crate::topology::networks::{Remote, is_connected, is_virtual_hub_peering};

/// NET-001: the other side of the peering is gone.
pub(in crate::rules) fn disconnected(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for side in sides(estate.topology) {
        if side.is_provisioning(&["Deleting"]) {
            sink.not_judged("peering is being deleted");
            continue;
        }
        if !side.has_known_state() {
            sink.unknown(&Why::Undecided(UNRECOGNISED), unrecognised_draft(side));
            continue;
        }
        if !side.is_in("Disconnected") {
            sink.pass();
            continue;
        }
        if side.remote_is_gone() {
            continue;
        }
        let reverse = side.reverse();
        if reverse.is_some_and(|other| other.is_in("Disconnected") && !side.speaks_for_pair(other)) {
            sink.pass();
            continue;
        }
        sink.fail(side.confidence(), disconnected_draft(side, reverse));
    }
}

fn unrecognised_draft(side: Side<'_>) -> Draft {
    let seen = side.peering().state.as_deref().filter(|state| !state.is_empty()).unwrap_or("no state");
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = format!("the peering of {local} with {remote} says `{seen}`, which is not a known state");
    base(side, side.reverse(), message)
}

fn disconnected_draft(side: Side<'_>, reverse: Option<Side<'_>>) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message =
        format!("the peering of {local} with {remote} is Disconnected: nothing passes between them");
    let draft = base(side, reverse, message);
    if let Some(keeper) = side.keeper() {
        return keeper.mend(draft);
    }
    let draft = draft.command("delete what is left", remedy::delete_peering(&side.peering().id));
    recreate(side, reverse, draft)
}

/// The steps that make both directions anew: the one that offers its gateways first, for Azure refuses the use of
/// gateways that nobody offers (Azure docs: create a virtual network peering, gateway transit).
fn recreate(side: Side<'_>, reverse: Option<Side<'_>>, mut draft: Draft) -> Draft {
    if let Some(other) = reverse {
        draft = draft.command("delete the other side too", remedy::delete_peering(&other.peering().id));
    }
    let peering = side.peering();
    let Some(remote) = &peering.remote else { return draft };
    let make = |draft: Draft| {
        draft.command(
            format!("make it again from {}", side.vnet().id.name()),
            remedy::create_peering(&side.vnet().id, peering.id.name(), remote, side.flags()),
        )
    };
    let draft = match side.flags().remote_gateways {
        true => make(make_reverse(side, reverse, draft)),
        false => make_reverse(side, reverse, make(draft)),
    };
    if peering.peer_complete_vnets != Some(false) {
        return draft;
    }
    draft.advice(
        "it peers single subnets: give both commands --peer-complete-vnets false with --local-subnet-names and --remote-subnet-names as they are now",
    )
}

/// The step that makes the direction that leads back.
fn make_reverse(side: Side<'_>, reverse: Option<Side<'_>>, draft: Draft) -> Draft {
    let Some(remote) = &side.peering().remote else { return draft };
    let name = match reverse {
        Some(other) => other.peering().id.name().to_owned(),
        None => format!("to-{}", side.vnet().id.name()),
    };
    let own = side.flags();
    let fitting = PeeringFlags {
        access: true,
        forwarded: own.forwarded,
        transit: own.remote_gateways,
        remote_gateways: false,
    };
    let flags = reverse.map_or(fitting, Side::flags);
    let who = if side.leads_out_of_sight() {
        format!("from {}, by its owner: its subscription cannot be read from here", remote.name())
    } else {
        format!("make the side of {}", remote.name())
    };
    draft.command(who, remedy::create_peering(remote, &name, &side.vnet().id, flags))
}

/// NET-002: the other side was never made.
pub(in crate::rules) fn initiated(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for side in sides(estate.topology) {
        if !side.has_known_state() {
            sink.not_judged(UNRECOGNISED);
            continue;
        }
        if !side.is_in("Initiated") {
            sink.pass();
            continue;
        }
        if side.is_provisioning(&["Updating", "Deleting"]) {
            sink.not_judged("peering is being changed");
            continue;
        }
        if side.remote_is_gone() {
            continue;
        }
        let reverse = side.reverse();
        // NET-001 speaks for the pair.
        if reverse.is_some_and(|other| other.is_in("Disconnected") && other.is_reported()) {
            sink.pass();
            continue;
        }
        if reverse.is_some_and(|other| other.is_in("Initiated") && !side.speaks_for_pair(other)) {
            sink.pass();
            continue;
        }
        sink.fail(side.confidence(), initiated_draft(side, reverse));
    }
}

fn initiated_draft(side: Side<'_>, reverse: Option<Side<'_>>) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = format!(
        "{local} is peered with {remote}, but {remote} is not peered back: nothing passes between them"
    );
    let draft = base(side, reverse, message);
    if let Some(keeper) = side.keeper() {
        return keeper.mend(draft);
    }
    let draft = match reverse.filter(|other| other.is_in("Disconnected")) {
        // Azure changes nothing about a peering that is disconnected.
        Some(other) => draft
            .command("delete what is left of the other side", remedy::delete_peering(&other.peering().id)),
        None => draft,
    };
    make_reverse(side, reverse, draft)
}

/// NET-003: the peering carries an old address space.
pub(in crate::rules) fn not_in_sync(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for side in sides(estate.topology) {
        let peering = side.peering();
        if !side.has_known_state() {
            sink.not_judged(UNRECOGNISED);
            continue;
        }
        // A peering that is not Connected always says that it is not in sync.
        if !is_connected(peering) {
            sink.pass();
            continue;
        }
        if is_virtual_hub_peering(peering) {
            sink.not_judged(VIRTUAL_HUB);
            continue;
        }
        if peering.peer_complete_vnets == Some(false) {
            sink.not_judged("peering of subnets");
            continue;
        }
        let reverse = side.reverse();
        match stale(side) {
            None => sink.pass(),
            Some(_)
                if reverse.is_some_and(|other| stale(other).is_some() && !side.speaks_for_pair(other)) =>
            {
                sink.pass();
            }
            Some(stale) => {
                sink.fail(side.confidence(), not_in_sync_draft(side, reverse, &stale));
            }
        }
    }
}

/// Which sides have to be synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Stale {
    local: bool,
    remote: bool,
}

/// Azure says which side is behind; where it does not, the two address spaces do.
fn stale(side: Side<'_>) -> Option<Stale> {
    let peering = side.peering();
    let differs = match (&peering.remote_address_space, &peering.remote_vnet_address_space) {
        (Some(peered), Some(actual)) => set(peered) != set(actual),
        _ => false,
    };
    let level = peering.sync_level.as_deref().unwrap_or_default().to_ascii_lowercase();
    let (local, remote) = match level.as_str() {
        "" | "fullyinsync" => (differs, false),
        "localnotinsync" => (true, false),
        "remotenotinsync" => (differs, true),
        "localandremotenotinsync" => (true, true),
        _ => (differs, false),
    };
    (local || remote).then_some(Stale { local, remote })
}

fn set(prefixes: &[IpNet]) -> HashSet<IpNet> {
    prefixes.iter().map(IpNet::trunc).collect()
}

fn not_in_sync_draft(side: Side<'_>, reverse: Option<Side<'_>>, stale: &Stale) -> Draft {
    let peering = side.peering();
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = format!(
        "the peering of {local} with {remote} carries an old address space: what was added since cannot be reached"
    );
    let mut draft = base(side, reverse, message)
        .evidence("peered", texts(peering.remote_address_space.as_deref()))
        .evidence("actual", texts(peering.remote_vnet_address_space.as_deref()));
    if let Some(keeper) = side.keeper() {
        return keeper.mend(draft);
    }
    if stale.local {
        draft = draft.command(format!("sync the side of {local}"), remedy::sync_peering(&peering.id));
    }
    match (stale.remote, reverse) {
        (true, Some(other)) => {
            draft.command(format!("sync the side of {remote}"), remedy::sync_peering(&other.peering().id))
        }
        (true, None) => {
            draft.advice(format!("the peering on the side of {remote} must be synced by its owner"))
        }
        (false, _) => draft,
    }
}

fn texts(prefixes: Option<&[IpNet]>) -> Vec<String> {
    prefixes.unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// NET-004: the network at the other end is gone.
pub(in crate::rules) fn remote_gone(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for side in sides(estate.topology) {
        if side.is_provisioning(&["Deleting"]) {
            sink.not_judged("peering is being deleted");
            continue;
        }
        if !side.has_known_state() {
            sink.not_judged(UNRECOGNISED);
            continue;
        }
        match side.remote() {
            Remote::Absent if is_connected(side.peering()) => {
                let message = format!(
                    "the peering of {} says Connected, and {} is in no list of networks",
                    side.vnet().id.name(),
                    side.remote_name(),
                );
                // Only one of the two can be so; to delete a peering that works would be the worse mistake.
                sink.unknown(
                    &Why::Undecided("the network may be hidden from the list"),
                    base(side, None, message),
                );
            }
            Remote::Absent => sink.fail(gone_confidence(side), gone_draft(side)),
            Remote::Unnamed => sink.not_judged("peering names no network"),
            // Where the other network could not be read, the state says what there is to say: NET-001, NET-002.
            Remote::Network(_) | Remote::VirtualHub(_) | Remote::Unread(_) => sink.pass(),
        }
    }
}

/// A Disconnected peering says itself that its other side is gone; an Initiated one may have come first.
fn gone_confidence(side: Side<'_>) -> Confidence {
    if side.is_in("Disconnected") { side.confidence() } else { Confidence::Probable }
}

fn gone_draft(side: Side<'_>) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let state = if side.is_in("Disconnected") { "Disconnected" } else { "Initiated" };
    let message = format!("the peering of {local} with {remote} is {state}, and {remote} does not exist");
    let draft = base(side, None, message);
    match side.keeper() {
        Some(keeper) => draft.advice(keeper.change()),
        None => draft.command("delete what is left of it", remedy::delete_peering(&side.peering().id)),
    }
}
