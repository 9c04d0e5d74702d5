//! Rows of private endpoints.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, Identity, shown, text};
use crate::inventory::{Connection, PrivateEndpoint};
use crate::topology::endpoints::{Endpoint, NameSource};
use crate::topology::knowledge::Seen;
use crate::topology::{Topology, is_reported};

/// A private endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointFacts {
    #[serde(flatten)]
    pub identity: Identity,
    pub location: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub provisioning_state: Option<String>,
    pub connections: Vec<ConnectionFacts>,
    /// The subnet's ARM id.
    pub subnet: Option<String>,
    /// The virtual network's ARM id; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub network: Fact<Option<String>>,
    /// The private addresses.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub addresses: Fact<Vec<IpAddr>>,
    /// The public names that ought to lead here, in lower case.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub names: Fact<Vec<String>>,
    /// The private DNS zones that its names need, by name; where `names` is absent, those that its target tells.
    pub needed_zones: Vec<String>,
}

/// One connection of an endpoint to its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionFacts {
    pub name: String,
    /// An ARM id, or the alias of a private link service.
    pub target: Option<String>,
    pub group_ids: Vec<String>,
    /// As Azure says it: `Approved`, `Pending`, …
    pub status: Option<String>,
    pub description: Option<String>,
    /// Whether somebody has to approve it by hand.
    pub manual: bool,
}

pub(super) fn all(topology: &Topology) -> Vec<EndpointFacts> {
    let pairs = topology.inventory.private_endpoints.iter().zip(&topology.endpoints);
    pairs.map(|(endpoint, joined)| row(topology, endpoint, joined)).collect()
}

fn row(topology: &Topology, endpoint: &PrivateEndpoint, joined: &Endpoint) -> EndpointFacts {
    let networks = &topology.inventory.virtual_networks;
    let unread = interface_unread(topology, joined);
    // A field that could not be understood is no field that is not there.
    let odd = topology.knowledge.field(&endpoint.id).is_some();
    let mut zones: Vec<String> =
        joined.requirements.names.iter().map(|name| name.needed.zone.clone()).collect();
    zones.sort_unstable();
    zones.dedup();
    EndpointFacts {
        identity: Identity::of(&endpoint.id, is_reported(&topology.inventory, &endpoint.id)),
        location: text(&endpoint.location),
        tags: endpoint
            .tags
            .iter()
            .flatten()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        provisioning_state: text(&endpoint.provisioning_state),
        connections: endpoint.connections.iter().map(connection).collect(),
        subnet: endpoint.subnet.as_ref().map(shown),
        network: match &joined.network {
            Seen::Found(index) => Fact::Known(networks.get(*index).map(|network| shown(&network.id))),
            Seen::Absent => Fact::unless(odd && endpoint.subnet.is_none(), || None),
            Seen::Unknown(_) => Fact::Unread,
        },
        addresses: Fact::unless(unread && joined.addresses.is_empty(), || joined.addresses.clone()),
        names: names(joined, unread),
        needed_zones: zones,
    }
}

/// Whether the interface, or what it says of its addresses, could not be read.
fn interface_unread(topology: &Topology, joined: &Endpoint) -> bool {
    let found = match joined.interface {
        Seen::Found(index) => topology.inventory.network_interfaces.get(index),
        Seen::Absent => None,
        Seen::Unknown(_) => return true,
    };
    found.is_some_and(|interface| topology.knowledge.field(&interface.id).is_some())
}

/// A name that was made from the target's own is none that anybody saw.
fn names(joined: &Endpoint, unread: bool) -> Fact<Vec<String>> {
    let needed = joined.requirements.names.iter().map(|name| name.needed.fqdn.clone());
    let others = joined.requirements.others.iter().map(|other| other.fqdn.to_string());
    let mut names: Vec<String> = needed.chain(others).collect();
    names.sort_unstable();
    names.dedup();
    Fact::unless(unread && (names.is_empty() || joined.source == NameSource::Derived), || names)
}

fn connection(connection: &Connection) -> ConnectionFacts {
    ConnectionFacts {
        name: connection.name.to_string(),
        target: connection.target.as_ref().map(shown),
        group_ids: connection.group_ids.iter().map(ToString::to_string).collect(),
        status: text(&connection.status),
        description: text(&connection.description),
        manual: connection.manual,
    }
}
