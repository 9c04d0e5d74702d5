//! Rows of virtual networks and their peerings.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, Identity, shown, text};
use crate::inventory::{Kind, Peering, ResourceId, VirtualNetwork};
use crate::topology::Topology;
use crate::topology::networks::{Network, Remote};

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkFacts {
    #[serde(flatten)]
    pub identity: Identity,
    pub location: Option<String>,
    /// In CIDR notation.
    pub address_prefixes: Vec<String>,
    /// Custom DNS servers as written; empty for Azure's own DNS.
    pub dns_servers: Vec<String>,
    /// Subnets by name.
    pub subnets: Vec<String>,
    /// Private DNS zones linked to it, by name, of those that private endpoints may need. Absent unless every zone and
    /// every link that may be there was read.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub linked_zones: Fact<Vec<String>>,
    /// How many endpoints stand in it.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub endpoints: Fact<usize>,
    /// How many peerings it has.
    pub peerings: usize,
}

/// One side of a peering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeeringFacts {
    #[serde(flatten)]
    pub identity: Identity,
    /// The ARM id of the network it belongs to.
    pub network: String,
    /// The ARM id of the network at the other end, as written.
    pub remote: Option<String>,
    /// Whether that network exists.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub remote_exists: Fact<bool>,
    /// `Connected`, `Initiated`, `Disconnected`.
    pub state: Option<String>,
    /// `FullyInSync`, `RemoteNotInSync`, …
    pub sync_level: Option<String>,
    pub allow_virtual_network_access: Option<bool>,
    pub allow_forwarded_traffic: Option<bool>,
    pub allow_gateway_transit: Option<bool>,
    pub use_remote_gateways: Option<bool>,
    /// Whether it peers single subnets rather than the whole networks.
    pub single_subnets: bool,
}

pub(super) fn networks(topology: &Topology) -> Vec<NetworkFacts> {
    let unread = Unread::of(topology);
    let pairs = topology.inventory.virtual_networks.iter().zip(&topology.networks);
    pairs
        .zip(counts(topology))
        .map(|((network, joined), count)| row(topology, network, joined, count, &unread))
        .collect()
}

/// How many endpoints stand in each network, as far as they were read.
pub(super) fn counts(topology: &Topology) -> Vec<usize> {
    let mut endpoints = vec![0; topology.networks.len()];
    for network in topology.endpoints.iter().filter_map(|endpoint| endpoint.network.found()) {
        if let Some(count) = endpoints.get_mut(network) {
            *count += 1;
        }
    }
    endpoints
}

/// What stands in the way of knowing all that belongs to a network.
pub(super) struct Unread {
    pub zones: bool,
    pub endpoints: bool,
}

impl Unread {
    pub(super) fn of(topology: &Topology) -> Self {
        Unread {
            zones: topology.knowledge.every_zone().is_some()
                || topology.knowledge.gaps_in(&[Kind::VirtualNetworkLinks]).is_some(),
            endpoints: topology.knowledge.gaps_in(&[Kind::PrivateEndpoints]).is_some()
                || has_unplaced_endpoint(topology),
        }
    }
}

/// Whether an endpoint's own subnet could not be understood, so that it may stand in any network.
fn has_unplaced_endpoint(topology: &Topology) -> bool {
    let mut unplaced = topology.inventory.private_endpoints.iter().filter(|one| one.subnet.is_none());
    unplaced.any(|one| topology.knowledge.field(&one.id).is_some())
}

fn row(
    topology: &Topology,
    network: &VirtualNetwork,
    joined: &Network,
    endpoints: usize,
    unread: &Unread,
) -> NetworkFacts {
    let home = network.id.subscription().unwrap_or_default();
    let not_asked = || topology.knowledge.list(home, Kind::PrivateEndpoints).is_some();
    let mut zones: Vec<String> = joined.linked.keys().map(ToString::to_string).collect();
    zones.sort_unstable();
    NetworkFacts {
        identity: Identity::of(&network.id, joined.reported),
        location: text(&network.location),
        address_prefixes: network.address_prefixes.iter().map(ToString::to_string).collect(),
        dns_servers: network.dns_servers.iter().map(ToString::to_string).collect(),
        subnets: network.subnets.iter().map(|subnet| subnet.id.name().to_owned()).collect(),
        linked_zones: Fact::unless(unread.zones, || zones),
        endpoints: Fact::unless(unread.endpoints || not_asked(), || endpoints),
        peerings: network.peerings.len(),
    }
}

pub(super) fn peerings(topology: &Topology) -> Vec<PeeringFacts> {
    let pairs = topology.inventory.virtual_networks.iter().zip(&topology.networks);
    let rows = pairs.flat_map(|(network, joined)| {
        let sides = network.peerings.iter().zip(&joined.remotes);
        sides.map(move |(peering, remote)| side(&network.id, joined, peering, remote))
    });
    rows.collect()
}

fn side(network: &ResourceId, joined: &Network, peering: &Peering, remote: &Remote) -> PeeringFacts {
    PeeringFacts {
        identity: Identity::of(&peering.id, joined.reported),
        network: shown(network),
        remote: peering.remote.as_ref().map(shown),
        remote_exists: match remote {
            Remote::Network(_) => Fact::Known(true),
            Remote::Absent => Fact::Known(false),
            // A hub's own network lies in a subscription of Microsoft's.
            Remote::VirtualHub(_) | Remote::Unread(_) | Remote::Unnamed => Fact::Unread,
        },
        state: text(&peering.state),
        sync_level: text(&peering.sync_level),
        allow_virtual_network_access: peering.allow_virtual_network_access,
        allow_forwarded_traffic: peering.allow_forwarded_traffic,
        allow_gateway_transit: peering.allow_gateway_transit,
        use_remote_gateways: peering.use_remote_gateways,
        single_subnets: peering.peer_complete_vnets == Some(false),
    }
}
