//! Rows of private DNS zones and their virtual network links.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, Identity, shown, text};
use crate::inventory::Kind;
use crate::topology::Topology;

/// A private DNS zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneFacts {
    #[serde(flatten)]
    pub identity: Identity,
    /// Whether private endpoints may need it, by its name; links and records of most others are not read.
    pub related: bool,
    pub provisioning_state: Option<String>,
    /// How many record sets it says it holds, SOA included.
    pub record_sets: Option<u64>,
    /// The ARM ids of the networks it is linked to, sorted.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    pub networks: Fact<Vec<String>>,
}

/// A link of a zone to a virtual network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkFacts {
    #[serde(flatten)]
    pub identity: Identity,
    /// The zone's name.
    pub zone: String,
    /// The zone's ARM id.
    pub zone_id: String,
    /// The network's ARM id, as written.
    pub network: Option<String>,
    /// `Completed` or `InProgress`.
    pub state: Option<String>,
    pub provisioning_state: Option<String>,
    /// `Default` or `NxDomainRedirect`.
    pub resolution_policy: Option<String>,
    /// Whether machines of the network register themselves in the zone.
    pub registration: bool,
}

pub(super) fn zones(topology: &Topology) -> Vec<ZoneFacts> {
    let pairs = topology.inventory.zones.iter().zip(&topology.zones);
    let rows = pairs.map(|(zone, joined)| {
        let links = joined.links.iter().filter_map(|link| topology.inventory.links.get(*link));
        let mut networks: Vec<String> =
            links.filter_map(|link| link.virtual_network.as_ref()).map(shown).collect();
        networks.sort_unstable();
        networks.dedup();
        let home = zone.id.subscription().unwrap_or_default();
        let unread = topology.inventory.coverage.unrelated_zones.binary_search(&zone.id).is_ok()
            || topology.knowledge.children(&zone.id, Kind::VirtualNetworkLinks).is_some()
            || topology.knowledge.list(home, Kind::VirtualNetworkLinks).is_some();
        ZoneFacts {
            identity: Identity::of(&zone.id, joined.reported),
            related: joined.related,
            provisioning_state: text(&zone.provisioning_state),
            record_sets: zone.record_set_count,
            networks: Fact::unless(unread, || networks),
        }
    });
    rows.collect()
}

pub(super) fn links(topology: &Topology) -> Vec<LinkFacts> {
    let pairs = topology.inventory.zones.iter().zip(&topology.zones);
    let rows = pairs.flat_map(|(zone, joined)| {
        let links = joined.links.iter().filter_map(|link| topology.inventory.links.get(*link));
        links.map(move |link| LinkFacts {
            identity: Identity::of(&link.id, joined.reported),
            zone: zone.name.to_string(),
            zone_id: shown(&zone.id),
            network: link.virtual_network.as_ref().map(shown),
            state: text(&link.state),
            provisioning_state: text(&link.provisioning_state),
            resolution_policy: text(&link.resolution_policy),
            registration: link.registration_enabled,
        })
    });
    rows.collect()
}
