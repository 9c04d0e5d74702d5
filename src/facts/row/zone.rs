//! Rows of private DNS zones.

use std::collections::HashSet;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::head::{Body, Head, TagMap, shown, tags};
use super::{Row, Subject, words};
use crate::inventory::{Kind, PrivateDnsZone, ResourceId, VirtualNetworkLink};
use crate::topology::Topology;

/// A private DNS zone, with the networks it is linked to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a private DNS zone, version 1")]
pub(super) struct ZoneRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "zone"))]
    subject: &'static str,
    /// Its name in lower case, without trailing dot.
    zone: String,
    /// `global`; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<TagMap>,
    /// `Succeeded`, `Failed`, …; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    provisioning_state: Fact<Option<String>>,
    /// Whether private endpoints may need it, by its name. Links and records of most others are not read.
    related: bool,
    /// Whether its name has a `privatelink` label.
    private_link: bool,
    /// Whether Azure gives this name to the private zone of one of its services.
    of_azure: bool,
    /// `usual`; `regional` for one of an earlier edition of Microsoft's table; `notToCreate` for one that ought not to
    /// exist, since its records belong in another.
    #[schemars(extend("enum" = words::STANDINGS))]
    standing: &'static str,
    /// How many record sets it says it holds, SOA included; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    record_sets: Fact<Option<u64>>,
    /// How many it may hold; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    record_set_limit: Fact<Option<u64>>,
    /// How many links it says it has; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    link_count: Fact<Option<u64>>,
    /// How many links it may have; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    link_limit: Fact<Option<u64>>,
    /// Its links to networks, sorted by id.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    networks: Fact<Vec<LinkedNetwork>>,
    /// The ARM ids of other zones of this name, sorted.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    copies: Fact<Vec<String>>,
}

/// A virtual network that a zone is linked to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkedNetwork {
    /// The link's ARM id.
    link: String,
    /// The network's ARM id, as the link names it; null when it names none.
    id: Option<String>,
    /// The network's name; null when the id is.
    name: Option<String>,
    /// The network's subscription, in lower case; null when the id is.
    subscription: Option<String>,
    /// Whether machines of the network register themselves in the zone.
    registration: bool,
}

/// What stands in the way of knowing zones whole.
struct Zones<'a> {
    topology: &'a Topology,
    /// Whether zones may be somewhere that nobody read.
    elsewhere: bool,
    /// Zones with a link that is not wholly understood.
    odd: HashSet<usize>,
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let zones =
        Zones { topology, elsewhere: topology.knowledge.every_zone().is_some(), odd: odd_links(topology) };
    let all = topology.inventory.zones.par_iter().enumerate();
    all.map(|(index, zone)| Row::of(&zone.id, topology.zones[index].reported, &zones.row(index, zone)))
        .collect()
}

/// Zones of which a link is not wholly understood: its network, say.
fn odd_links(topology: &Topology) -> HashSet<usize> {
    let is_odd = |link: &VirtualNetworkLink| topology.knowledge.field(&link.id).is_some();
    let odd = topology.inventory.links.iter().filter(|link| is_odd(link));
    odd.filter_map(|link| topology.zone(&link.id.parent()?)).collect()
}

/// Whether every link of a zone was read.
pub(super) fn links_known(topology: &Topology, id: &ResourceId) -> bool {
    let home = id.subscription().unwrap_or_default();
    topology.inventory.coverage.unrelated_zones.binary_search(id).is_err()
        && topology.knowledge.children(id, Kind::VirtualNetworkLinks).is_none()
        && topology.knowledge.list(home, Kind::VirtualNetworkLinks).is_none()
}

impl Zones<'_> {
    fn row(&self, index: usize, zone: &PrivateDnsZone) -> ZoneRow {
        let (topology, joined) = (self.topology, &self.topology.zones[index]);
        let body = Body::of(topology, &zone.id);
        let known = links_known(topology, &zone.id) && !self.odd.contains(&index);
        let copies = || {
            let named = topology.records.zones_named(&zone.name).iter().filter(|other| **other != index);
            let ids =
                named.filter_map(|other| topology.inventory.zones.get(*other)).map(|other| shown(&other.id));
            ids.collect()
        };
        ZoneRow {
            head: Head::of(&zone.id, joined.reported),
            subject: Subject::Zone.name(),
            zone: zone.name.to_string(),
            location: body.text(&zone.location),
            tags: tags(&zone.tags),
            provisioning_state: body.text(&zone.provisioning_state),
            related: joined.related,
            private_link: joined.private,
            of_azure: joined.of_azure,
            standing: words::standing(joined.standing),
            record_sets: body.maybe(zone.record_set_count),
            record_set_limit: body.maybe(zone.record_set_limit),
            link_count: body.maybe(zone.link_count),
            link_limit: body.maybe(zone.link_limit),
            networks: Fact::unless(!known, || {
                let links = joined.links.iter().filter_map(|link| topology.inventory.links.get(*link));
                links.map(linked).collect()
            }),
            copies: Fact::unless(self.elsewhere, copies),
        }
    }
}

fn linked(link: &VirtualNetworkLink) -> LinkedNetwork {
    let network = link.virtual_network.as_ref();
    LinkedNetwork {
        link: shown(&link.id),
        id: network.map(shown),
        name: network.map(|id| id.name().to_owned()),
        subscription: network.and_then(ResourceId::subscription).map(str::to_ascii_lowercase),
        registration: link.registration_enabled,
    }
}
