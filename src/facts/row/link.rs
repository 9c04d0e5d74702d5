//! Rows of the links between private DNS zones and virtual networks.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::head::{Body, Head, TagMap, tags};
use super::reference::{self, NetworkRef, ZoneRef};
use super::{Row, Subject};
use crate::inventory::{ResourceId, VirtualNetworkLink};
use crate::topology::{Topology, is_reported};

/// A virtual network link of a private DNS zone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a virtual network link, version 1")]
pub(super) struct LinkRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "link"))]
    subject: &'static str,
    /// Its tags, by name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<TagMap>,
    /// The zone it belongs to; null when its id names none.
    zone: Option<ZoneRef>,
    /// The network it leads to; null when it names none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    network: Fact<Option<NetworkRef>>,
    /// `Completed` or `InProgress`; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    state: Fact<Option<String>>,
    /// `Succeeded`, `Failed`, …; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    provisioning_state: Fact<Option<String>>,
    /// `Default`, or `NxDomainRedirect` for falling back to public DNS; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    resolution_policy: Fact<Option<String>>,
    /// Whether machines of the network register themselves in the zone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    registration: Fact<bool>,
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let row = |link: &VirtualNetworkLink| {
        let reported = is_reported(&topology.inventory, &link.id);
        Row::of(&link.id, reported, &row(topology, link, reported))
    };
    topology.inventory.links.par_iter().map(row).collect()
}

fn row(topology: &Topology, link: &VirtualNetworkLink, reported: bool) -> LinkRow {
    let body = Body::of(topology, &link.id);
    let network = link.virtual_network.as_ref().map(|id: &ResourceId| reference::network(topology, id));
    LinkRow {
        head: Head::of(&link.id, reported),
        subject: Subject::Link.name(),
        tags: tags(&link.tags),
        zone: link.id.parent().map(|id| reference::zone(topology, &id)),
        network: body.maybe(network),
        state: body.text(&link.state),
        provisioning_state: body.text(&link.provisioning_state),
        resolution_policy: body.text(&link.resolution_policy),
        registration: body.flag(link.registration_enabled),
    }
}
