//! Rows of peerings: one side each.

use std::collections::HashMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::head::{Body, Head, shown, texts};
use super::reference::{self, NetworkRef};
use super::{Row, Subject};
use crate::inventory::{Peering, ResourceId};
use crate::topology::Topology;
use crate::topology::networks::{Remote, is_network_manager_peering, is_virtual_hub_peering};

/// One side of a peering.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, one side of a peering, version 1")]
pub(super) struct PeeringRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "peering"))]
    subject: &'static str,
    /// The network it belongs to.
    network: NetworkRef,
    /// The network at the other end; null when it names none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    remote: Fact<Option<NetworkRef>>,
    /// `Connected`, `Initiated` or `Disconnected`; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    state: Fact<Option<String>>,
    /// `FullyInSync`, `RemoteNotInSync`, …; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    sync_level: Fact<Option<String>>,
    /// `Succeeded`, `Failed`, …; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    provisioning_state: Fact<Option<String>>,
    /// Whether packets of the other network may enter; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    allow_virtual_network_access: Fact<Option<bool>>,
    /// Whether packets may enter that the other network only hands on; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    allow_forwarded_traffic: Fact<Option<bool>>,
    /// Whether the other network may use the gateway here; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    allow_gateway_transit: Fact<Option<bool>>,
    /// Whether this network uses the gateway there; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    use_remote_gateways: Fact<Option<bool>>,
    /// Whether it peers single subnets rather than the whole networks.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    single_subnets: Fact<bool>,
    /// Whether it leads to a Virtual WAN hub, which makes such peerings itself.
    virtual_hub: bool,
    /// Whether Azure Virtual Network Manager made it.
    network_manager: bool,
    /// The address space that is peered now, in CIDR notation; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    remote_address_space: Fact<Option<Vec<String>>>,
    /// The other side, as the network there keeps it; null when there is none. Absent when that network was not read.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    other_side: Fact<Option<OtherSide>>,
}

/// The peering that leads back.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtherSide {
    /// Its ARM id.
    id: String,
    /// Its name.
    name: String,
    /// `Connected`, `Initiated` or `Disconnected`; null when it tells none.
    state: Option<String>,
    /// Whether packets may enter there; null when it does not say.
    allow_virtual_network_access: Option<bool>,
    /// Whether forwarded packets may enter there; null when it does not say.
    allow_forwarded_traffic: Option<bool>,
    /// Whether this network may use the gateway there; null when it does not say.
    allow_gateway_transit: Option<bool>,
    /// Whether the network there uses the gateway here; null when it does not say.
    use_remote_gateways: Option<bool>,
}

/// The first side of each pair of networks, by its owner and by the one it leads to.
type Sides<'a> = HashMap<(usize, &'a ResourceId), &'a Peering>;

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let mut sides = Sides::new();
    for (index, network) in topology.inventory.virtual_networks.iter().enumerate() {
        for peering in &network.peerings {
            if let Some(remote) = &peering.remote {
                sides.entry((index, remote)).or_insert(peering);
            }
        }
    }
    let of_network = |index: usize| {
        let network = &topology.inventory.virtual_networks[index];
        let joined = &topology.networks[index];
        let both = network.peerings.iter().zip(&joined.remotes);
        let row = |(peering, remote): (&Peering, &Remote)| {
            let body = Body::of(topology, &network.id);
            let other = other_side(topology, &network.id, remote, body, &sides);
            let head = Head::of(&peering.id, joined.reported);
            Row::of(&peering.id, joined.reported, &row(topology, head, &network.id, peering, body, other))
        };
        both.map(row).collect::<Vec<Row>>()
    };
    let networks = 0..topology.inventory.virtual_networks.len();
    networks.into_par_iter().flat_map_iter(of_network).collect()
}

fn row(
    topology: &Topology,
    head: Head,
    network: &ResourceId,
    peering: &Peering,
    body: Body,
    other_side: Fact<Option<OtherSide>>,
) -> PeeringRow {
    PeeringRow {
        head,
        subject: Subject::Peering.name(),
        network: reference::network(topology, network),
        remote: body.maybe(peering.remote.as_ref().map(|id| reference::network(topology, id))),
        state: body.text(&peering.state),
        sync_level: body.text(&peering.sync_level),
        provisioning_state: body.text(&peering.provisioning_state),
        allow_virtual_network_access: body.maybe(peering.allow_virtual_network_access),
        allow_forwarded_traffic: body.maybe(peering.allow_forwarded_traffic),
        allow_gateway_transit: body.maybe(peering.allow_gateway_transit),
        use_remote_gateways: body.maybe(peering.use_remote_gateways),
        single_subnets: body.flag(peering.peer_complete_vnets == Some(false)),
        virtual_hub: is_virtual_hub_peering(peering),
        network_manager: is_network_manager_peering(peering),
        remote_address_space: body.maybe(peering.remote_address_space.as_deref().map(texts)),
        other_side,
    }
}

fn other_side(
    topology: &Topology,
    own: &ResourceId,
    remote: &Remote,
    body: Body,
    sides: &Sides<'_>,
) -> Fact<Option<OtherSide>> {
    let there = match remote {
        Remote::Network(there) => *there,
        Remote::Absent => return Fact::Known(None),
        Remote::Unnamed => return body.maybe(None),
        Remote::VirtualHub(_) | Remote::Unread(_) => return Fact::Unread,
    };
    let odd = topology
        .inventory
        .virtual_networks
        .get(there)
        .is_none_or(|n| topology.knowledge.field(&n.id).is_some());
    // What is not understood of the other network may be the side itself, or a flag of it.
    Fact::unless(odd, || {
        sides.get(&(there, own)).map(|peering| OtherSide {
            id: shown(&peering.id),
            name: peering.id.name().to_owned(),
            state: peering.state.as_deref().map(str::to_owned),
            allow_virtual_network_access: peering.allow_virtual_network_access,
            allow_forwarded_traffic: peering.allow_forwarded_traffic,
            allow_gateway_transit: peering.allow_gateway_transit,
            use_remote_gateways: peering.use_remote_gateways,
        })
    })
}
