//! Rules about peerings: NET-001 to NET-003. One finding a pair of networks.

use std::collections::HashSet;

use ipnet::IpNet;

use crate::finding::{Cause, Confidence};
use crate::inventory::{Peering, ResourceId, VirtualNetwork};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy::{self, PeeringFlags};
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::networks::{Remote, is_connected, is_network_manager_peering, is_virtual_hub_peering};

const UNRECOGNISED: &str = "peering state is not recognised";

/// One direction of a peering, joined.
#[derive(Clone, Copy)]
struct Side<'a> {
    topology: &'a Topology,
    network: usize,
    position: usize,
}

impl<'a> Side<'a> {
    fn vnet(self) -> &'a VirtualNetwork {
        &self.topology.inventory.virtual_networks[self.network]
    }

    fn peering(self) -> &'a Peering {
        &self.vnet().peerings[self.position]
    }

    fn remote(self) -> &'a Remote {
        &self.topology.networks[self.network].remotes[self.position]
    }

    /// The peering that leads back, when the other network was read.
    fn reverse(self) -> Option<Side<'a>> {
        let Remote::Network(other) = self.remote() else { return None };
        let back = |remote: &Remote| *remote == Remote::Network(self.network);
        let position = self.topology.networks[*other].remotes.iter().position(back)?;
        Some(Side { topology: self.topology, network: *other, position })
    }

    fn is_in(self, state: &str) -> bool {
        self.peering().state.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(state))
    }

    fn is_provisioning(self, states: &[&str]) -> bool {
        let found = self.peering().provisioning_state.as_deref().unwrap_or("Succeeded");
        states.iter().any(|state| state.eq_ignore_ascii_case(found))
    }

    fn remote_name(self) -> &'a str {
        self.peering().remote.as_ref().map_or("an unnamed network", ResourceId::name)
    }

    fn flags(self) -> PeeringFlags {
        let peering = self.peering();
        PeeringFlags {
            access: peering.allow_virtual_network_access.unwrap_or(true),
            forwarded: peering.allow_forwarded_traffic.unwrap_or(false),
            transit: peering.allow_gateway_transit.unwrap_or(false),
            remote_gateways: peering.use_remote_gateways.unwrap_or(false),
        }
    }

    fn is_reported(self) -> bool {
        self.topology.networks[self.network].reported
    }

    fn has_known_state(self) -> bool {
        ["Connected", "Initiated", "Disconnected"].iter().any(|state| self.is_in(state))
    }

    /// Who must mend this peering, when it is not the owner of the network.
    fn keeper(self) -> Option<&'static str> {
        let databricks = |side: Side<'_>| side.vnet().databricks;
        if is_virtual_hub_peering(self.peering()) {
            Some("repair the network's connection in the Virtual WAN hub, which owns this peering")
        } else if is_network_manager_peering(self.peering()) {
            Some("deploy the Virtual Network Manager configuration again, which owns this peering")
        } else if databricks(self) || self.reverse().is_some_and(databricks) {
            Some("repair it through the Databricks workspace, which owns one of the networks")
        } else {
            None
        }
    }

    /// Whether the other network stands where nothing could be read.
    fn leads_out_of_sight(self) -> bool {
        matches!(self.remote(), Remote::Unread(_))
    }

    /// Whether the finding of a pair in which both sides have the fault belongs to this side: to the first in the
    /// order of ids that is reported on.
    fn speaks_for_pair(self, other: Side<'_>) -> bool {
        !other.is_reported() || self.peering().id <= other.peering().id
    }
}

/// Every peering of the networks that are reported on.
fn sides(topology: &Topology) -> impl Iterator<Item = Side<'_>> {
    let reported = (0..topology.networks.len()).filter(|network| topology.networks[*network].reported);
    reported.flat_map(move |network| {
        let peerings = &topology.inventory.virtual_networks[network].peerings;
        (0..peerings.len()).map(move |position| Side { topology, network, position })
    })
}

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
        let reverse = side.reverse();
        if reverse.is_some_and(|other| other.is_in("Disconnected") && !side.speaks_for_pair(other)) {
            sink.pass();
            continue;
        }
        let gone = *side.remote() == Remote::Absent;
        let managed = is_network_manager_peering(side.peering());
        let confidence = if gone || managed { Confidence::Probable } else { Confidence::Certain };
        sink.fail(confidence, disconnected_draft(side, reverse, gone));
    }
}

fn unrecognised_draft(side: Side<'_>) -> Draft {
    let seen = side.peering().state.as_deref().filter(|state| !state.is_empty()).unwrap_or("no state");
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = format!("the peering of {local} with {remote} says `{seen}`, which is not a known state");
    base(side, side.reverse(), message)
}

fn disconnected_draft(side: Side<'_>, reverse: Option<Side<'_>>, gone: bool) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = if gone {
        format!("the peering of {local} with {remote} is Disconnected, and {remote} no longer exists")
    } else {
        format!("the peering of {local} with {remote} is Disconnected: nothing passes between them")
    };
    let draft = base(side, reverse, message);
    if let Some(keeper) = side.keeper() {
        return draft.advice(keeper);
    }
    let draft = draft.command("delete what is left", remedy::delete_peering(&side.peering().id));
    if gone { draft } else { recreate(side, reverse, draft) }
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
        let managed = is_network_manager_peering(side.peering());
        let gone = *side.remote() == Remote::Absent;
        let confidence = if managed || gone { Confidence::Probable } else { Confidence::Certain };
        sink.fail(confidence, initiated_draft(side, reverse, gone));
    }
}

fn initiated_draft(side: Side<'_>, reverse: Option<Side<'_>>, gone: bool) -> Draft {
    let (local, remote) = (side.vnet().id.name(), side.remote_name());
    let message = if gone {
        format!("{local} is peered with {remote}, which does not exist; the peering stays Initiated")
    } else {
        format!(
            "{local} is peered with {remote}, but {remote} is not peered back: nothing passes between them"
        )
    };
    let draft = base(side, reverse, message);
    if let Some(keeper) = side.keeper() {
        return draft.advice(keeper);
    }
    if gone {
        return draft.command("delete it", remedy::delete_peering(&side.peering().id));
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
            sink.not_judged("peering belongs to a Virtual WAN hub");
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
                let managed = is_network_manager_peering(peering);
                let confidence = if managed { Confidence::Probable } else { Confidence::Certain };
                sink.fail(confidence, not_in_sync_draft(side, reverse, &stale));
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
        return draft.advice(keeper);
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

fn base(side: Side<'_>, reverse: Option<Side<'_>>, message: String) -> Draft {
    let peering = side.peering();
    let cause = Cause { kind: "peering", id: peering.id.to_string() };
    let headline = message.clone();
    let mut draft = Draft::new(&peering.id, cause, headline, message)
        .evidence("state", peering.state.as_deref().unwrap_or("none"))
        .related("virtualNetwork", &side.vnet().id);
    if let Some(level) = &peering.sync_level {
        draft = draft.evidence("syncLevel", &**level);
    }
    if let Some(remote) = &peering.remote {
        draft = draft.related("remoteVirtualNetwork", remote);
    }
    match reverse {
        Some(other) => draft
            .related("reversePeering", &other.peering().id)
            .evidence("reverse", other.peering().state.as_deref().unwrap_or("none")),
        None => draft,
    }
}
