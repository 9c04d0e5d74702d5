//! One direction of a peering, with everything that rules ask of it.

use super::super::Draft;
use super::super::remedy::{self, PeeringFlags};
use crate::finding::{Cause, Confidence};
use crate::inventory::{HubConnection, Peering, ResourceId, VirtualNetwork};
use crate::topology::Topology;
use crate::topology::networks::{Remote, is_connected, is_network_manager_peering, is_virtual_hub_peering};

pub(super) const UNRECOGNISED: &str = "peering state is not recognised";
pub(super) const VIRTUAL_HUB: &str = "peering belongs to a Virtual WAN hub";

/// Who owns a peering that the owner of the network cannot mend.
#[derive(Clone, Copy)]
pub(super) enum Keeper<'a> {
    /// A Virtual WAN hub, and its connection where that was read.
    VirtualHub(Option<&'a HubConnection>),
    NetworkManager,
    Databricks,
}

impl<'a> Keeper<'a> {
    /// The steps that mend a peering, as far as they can be told.
    pub(super) fn mend(self, draft: Draft) -> Draft {
        match self {
            Keeper::VirtualHub(Some(connection)) => {
                let draft = draft
                    .command(
                        "note the routing of the network's connection in the Virtual WAN hub, which owns this peering",
                        remedy::show_hub_connection(&connection.id),
                    )
                    .command("delete that connection", remedy::delete_hub_connection(&connection.id));
                match &connection.virtual_network {
                    Some(network) => draft.command(
                        "connect the network again, with the routing it had",
                        remedy::create_hub_connection(&connection.id, network),
                    ),
                    None => draft,
                }
            }
            other => draft.advice(other.advice()),
        }
    }

    /// Who must act, in words.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Keeper::VirtualHub(_) => {
                "repair the network's connection in the Virtual WAN hub, which owns this peering"
            }
            Keeper::NetworkManager => {
                "deploy the Virtual Network Manager configuration again, which owns this peering"
            }
            Keeper::Databricks => {
                "repair it through the Databricks workspace, which owns one of the networks"
            }
        }
    }

    /// Who must change a flag of the peering, in words.
    pub(super) fn change(self) -> &'static str {
        match self {
            Keeper::VirtualHub(_) => {
                "change it in the network's connection of the Virtual WAN hub, which owns this peering"
            }
            Keeper::NetworkManager => {
                "change it in the Virtual Network Manager configuration that owns this peering, and deploy that"
            }
            Keeper::Databricks => {
                "change it through the Databricks workspace, which owns one of the networks"
            }
        }
    }
}

/// One direction of a peering, joined.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Side<'a> {
    pub topology: &'a Topology,
    pub network: usize,
    pub position: usize,
}

impl<'a> Side<'a> {
    pub(super) fn vnet(self) -> &'a VirtualNetwork {
        &self.topology.inventory.virtual_networks[self.network]
    }

    pub(super) fn peering(self) -> &'a Peering {
        &self.vnet().peerings[self.position]
    }

    pub(super) fn remote(self) -> &'a Remote {
        &self.topology.networks[self.network].remotes[self.position]
    }

    /// The peering that leads back, when the other network was read.
    pub(super) fn reverse(self) -> Option<Side<'a>> {
        let Remote::Network(other) = self.remote() else { return None };
        let back = |remote: &Remote| *remote == Remote::Network(self.network);
        let position = self.topology.networks[*other].remotes.iter().position(back)?;
        Some(Side { topology: self.topology, network: *other, position })
    }

    pub(super) fn is_in(self, state: &str) -> bool {
        self.peering().state.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(state))
    }

    pub(super) fn is_provisioning(self, states: &[&str]) -> bool {
        let found = self.peering().provisioning_state.as_deref().unwrap_or("Succeeded");
        states.iter().any(|state| state.eq_ignore_ascii_case(found))
    }

    pub(super) fn remote_name(self) -> &'a str {
        self.peering().remote.as_ref().map_or("an unnamed network", ResourceId::name)
    }

    pub(super) fn flags(self) -> PeeringFlags {
        let peering = self.peering();
        PeeringFlags {
            access: peering.allow_virtual_network_access.unwrap_or(true),
            forwarded: peering.allow_forwarded_traffic.unwrap_or(false),
            transit: peering.allow_gateway_transit.unwrap_or(false),
            remote_gateways: peering.use_remote_gateways.unwrap_or(false),
        }
    }

    pub(super) fn is_reported(self) -> bool {
        self.topology.networks[self.network].reported
    }

    pub(super) fn has_known_state(self) -> bool {
        ["Connected", "Initiated", "Disconnected"].iter().any(|state| self.is_in(state))
    }

    /// Who must mend this peering, when it is not the owner of the network.
    pub(super) fn keeper(self) -> Option<Keeper<'a>> {
        // A side that was deleted leads back no more, but its network is the same.
        let remote = self.peering().remote.as_ref();
        let databricks = || {
            self.topology.is_databricks(&self.vnet().id)
                || remote.is_some_and(|id| self.topology.is_databricks(id))
        };
        if is_virtual_hub_peering(self.peering()) {
            Some(Keeper::VirtualHub(self.hub_connection()))
        } else if is_network_manager_peering(self.peering()) {
            Some(Keeper::NetworkManager)
        } else if databricks() {
            Some(Keeper::Databricks)
        } else {
            None
        }
    }

    /// The connection that a Virtual WAN hub keeps for this network. A network has one hub (Azure docs: Virtual
    /// WAN FAQ), so that a single one can only be this peering's.
    fn hub_connection(self) -> Option<&'a HubConnection> {
        match self.topology.networks[self.network].hub_connections.as_slice() {
            [connection] => Some(&self.topology.inventory.hub_connections[*connection]),
            _ => None,
        }
    }

    /// Whether the other network is in no list, though the list that would hold it was read whole: NET-004.
    pub(super) fn remote_is_gone(self) -> bool {
        *self.remote() == Remote::Absent
    }

    /// How sure a fault of this peering is: one that Virtual Network Manager made may be as it is for a reason that
    /// its configuration knows.
    pub(super) fn confidence(self) -> Confidence {
        if is_network_manager_peering(self.peering()) { Confidence::Probable } else { Confidence::Certain }
    }

    /// Whether the other network stands where nothing could be read.
    pub(super) fn leads_out_of_sight(self) -> bool {
        matches!(self.remote(), Remote::Unread(_))
    }

    /// Whether the finding of a pair in which both sides have the fault belongs to this side: to the first in the
    /// order of ids that is reported on.
    pub(super) fn speaks_for_pair(self, other: Side<'_>) -> bool {
        !other.is_reported() || self.peering().id <= other.peering().id
    }
}

/// Every peering of the networks that are reported on.
pub(super) fn sides(topology: &Topology) -> impl Iterator<Item = Side<'_>> {
    let reported = (0..topology.networks.len()).filter(|network| topology.networks[*network].reported);
    reported.flat_map(move |network| {
        let peerings = &topology.inventory.virtual_networks[network].peerings;
        (0..peerings.len()).map(move |position| Side { topology, network, position })
    })
}

/// Those of them that are connected. Of the others NET-001, NET-002 and NET-004 tell all there is to tell.
pub(super) fn connected_sides(topology: &Topology) -> impl Iterator<Item = Side<'_>> {
    sides(topology).filter(|side| is_connected(side.peering()))
}

/// What every finding about a peering carries.
pub(super) fn base(side: Side<'_>, reverse: Option<Side<'_>>, message: String) -> Draft {
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
