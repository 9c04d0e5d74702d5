//! Rows of virtual networks.

use std::collections::HashMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::super::network::{Unread, counts};
use super::head::{Body, Head, TagMap, shown, tags, texts};
use super::zone::links_known;
use super::{Row, Subject};
use crate::inventory::{Kind, Peering, ResourceId, Subnet, VirtualNetwork};
use crate::topology::Topology;
use crate::topology::networks::{Remote, is_connected, is_virtual_hub_peering};

/// A virtual network, with what it is linked to and peered with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a virtual network, version 1")]
pub(super) struct VnetRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "vnet"))]
    subject: &'static str,
    /// Its region; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<TagMap>,
    /// Its address space, in CIDR notation.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    address_prefixes: Fact<Vec<String>>,
    /// Custom DNS servers as written; empty for Azure's own DNS.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    dns_servers: Fact<Vec<String>>,
    /// `Basic` where more than the usual number of endpoints may stand; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    endpoint_policies: Fact<Option<String>>,
    /// Its subnets.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    subnets: Fact<Vec<SubnetRow>>,
    /// Whether a VPN or ExpressRoute gateway stands in it.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    gateway: Fact<bool>,
    /// Its peerings.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    peerings: Fact<Vec<SideRow>>,
    /// The private DNS zones linked to it, of those that private endpoints may need. Absent unless every such zone and
    /// every link that may be there was read.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    zones: Fact<Vec<LinkedZone>>,
    /// The ARM ids of the DNS forwarding rulesets linked to it; Azure allows one. Absent unless every ruleset and every
    /// link that may be there was read.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    rulesets: Fact<Vec<String>>,
    /// The ARM ids of the DNS private resolvers in it. Absent unless every resolver that may be there was read.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    resolvers: Fact<Vec<String>>,
    /// How many private endpoints stand in it.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    endpoints: Fact<usize>,
}

/// A subnet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubnetRow {
    /// Its ARM id.
    id: String,
    /// Its name.
    name: String,
    /// In CIDR notation.
    prefixes: Vec<String>,
    /// Whether network policies hold for endpoints in it: `Disabled`, `Enabled`, `NetworkSecurityGroupEnabled` or
    /// `RouteTableEnabled`; null when that is not told.
    endpoint_policies: Option<String>,
    /// Whether they hold for private link services in it, `Disabled` or `Enabled`; null when that is not told.
    service_policies: Option<String>,
    /// The ARM id of its network security group; null when it has none.
    security_group: Option<String>,
    /// The ARM id of its route table; null when it has none.
    route_table: Option<String>,
    /// The services it is delegated to, such as `Microsoft.Network/dnsResolvers`.
    delegations: Vec<String>,
}

/// One side of a peering, as its network keeps it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SideRow {
    /// The peering's ARM id.
    id: String,
    /// Its name.
    name: String,
    /// `Connected`, `Initiated` or `Disconnected`; null when it tells none.
    state: Option<String>,
    /// The ARM id of the network at the other end; null when it names none.
    remote: Option<String>,
    /// Whether that network exists.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    remote_exists: Fact<bool>,
    /// Whether it leads to a Virtual WAN hub.
    virtual_hub: bool,
    /// Whether packets may pass: it is Connected, and access is not turned off.
    open: bool,
}

/// A private DNS zone that is linked to a network.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkedZone {
    /// The zone's ARM id.
    id: String,
    /// Its name, in lower case.
    name: String,
    /// Its subscription's id, in lower case.
    subscription: String,
    /// The link's ARM id.
    link: String,
    /// Whether machines of the network register themselves in the zone.
    registration: bool,
}

/// What stands in the way of knowing all that belongs to a network, and what stands in each.
struct Networks<'a> {
    topology: &'a Topology,
    unread: Unread,
    rulesets_unread: bool,
    resolvers_unread: bool,
    endpoints: Vec<usize>,
    resolvers: HashMap<usize, Vec<&'a ResourceId>>,
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let networks = Networks::of(topology);
    let all = topology.inventory.virtual_networks.par_iter().enumerate();
    let row = |(index, network): (usize, &VirtualNetwork)| {
        Row::of(&network.id, topology.networks[index].reported, &networks.row(index, network))
    };
    all.map(row).collect()
}

/// Whether every object of these kinds that can be seen was read, and each of them is understood.
fn all_read<'a>(topology: &Topology, kinds: &[Kind], ids: impl Iterator<Item = &'a ResourceId>) -> bool {
    let knowledge = &topology.knowledge;
    let mut ids = ids;
    knowledge.gaps_in(kinds).is_none()
        && knowledge.asked_for_all(kinds)
        && ids.all(|id| knowledge.field(id).is_none())
}

/// Whether every link of every zone that private endpoints may need is known.
fn zones_known(topology: &Topology) -> bool {
    let related = topology.inventory.zones.iter().zip(&topology.zones).filter(|(_, joined)| joined.related);
    topology.knowledge.every_zone().is_none()
        && related.into_iter().all(|(zone, _)| links_known(topology, &zone.id))
        && topology.inventory.links.iter().all(|link| topology.knowledge.field(&link.id).is_none())
}

impl<'a> Networks<'a> {
    fn of(topology: &'a Topology) -> Self {
        let inventory = &topology.inventory;
        let mut resolvers: HashMap<usize, Vec<&ResourceId>> = HashMap::new();
        for resolver in &inventory.dns_resolvers {
            if let Some(home) = resolver.virtual_network.as_ref().and_then(|id| topology.network(id)) {
                resolvers.entry(home).or_default().push(&resolver.id);
            }
        }
        let rulesets = [Kind::DnsForwardingRulesets, Kind::RulesetLinks];
        let links = inventory.ruleset_links.iter().map(|link| &link.id);
        Networks {
            topology,
            unread: Unread { zones: !zones_known(topology), ..Unread::of(topology) },
            rulesets_unread: !all_read(topology, &rulesets, links),
            resolvers_unread: !all_read(
                topology,
                &[Kind::DnsResolvers],
                inventory.dns_resolvers.iter().map(|one| &one.id),
            ),
            endpoints: counts(topology),
            resolvers,
        }
    }

    fn row(&self, index: usize, network: &VirtualNetwork) -> VnetRow {
        let (topology, joined) = (self.topology, &self.topology.networks[index]);
        let body = Body::of(topology, &network.id);
        let home = network.id.subscription().unwrap_or_default();
        let not_asked = topology.knowledge.list(home, Kind::PrivateEndpoints).is_some();
        let count = self.endpoints.get(index).copied().unwrap_or_default();
        let rulesets = joined.rulesets.iter().filter_map(|ruleset| topology.inventory.rulesets.get(*ruleset));
        let resolvers = self.resolvers.get(&index);
        VnetRow {
            head: Head::of(&network.id, joined.reported),
            subject: Subject::Vnet.name(),
            location: body.text(&network.location),
            tags: tags(&network.tags),
            address_prefixes: body.whole(|| texts(&network.address_prefixes)),
            dns_servers: body.whole(|| texts(&network.dns_servers)),
            endpoint_policies: body.text(&network.endpoint_policies),
            subnets: body.whole(|| network.subnets.iter().map(subnet).collect()),
            gateway: body.flag(topology.has_gateway(index)),
            peerings: body.whole(|| {
                network.peerings.iter().zip(&joined.remotes).map(|(one, far)| side(one, far)).collect()
            }),
            zones: Fact::unless(self.unread.zones, || self.zones(index)),
            rulesets: Fact::unless(self.rulesets_unread, || {
                rulesets.map(|ruleset| shown(&ruleset.id)).collect()
            }),
            resolvers: Fact::unless(self.resolvers_unread, || {
                resolvers.into_iter().flatten().map(|id| shown(id)).collect()
            }),
            endpoints: Fact::unless(self.unread.endpoints || not_asked, || count),
        }
    }

    fn zones(&self, index: usize) -> Vec<LinkedZone> {
        let inventory = &self.topology.inventory;
        let linked = self.topology.networks[index].linked.values().flatten();
        let related =
            linked.filter(|(zone, _)| self.topology.zones.get(*zone).is_some_and(|zone| zone.related));
        let mut zones: Vec<LinkedZone> = related
            .filter_map(|(zone, link)| Some((inventory.zones.get(*zone)?, inventory.links.get(*link)?)))
            .map(|(zone, link)| LinkedZone {
                id: shown(&zone.id),
                name: zone.name.to_string(),
                subscription: zone.id.subscription().unwrap_or_default().to_ascii_lowercase(),
                link: shown(&link.id),
                registration: link.registration_enabled,
            })
            .collect();
        zones.sort_by(|a, b| (&a.name, &a.link).cmp(&(&b.name, &b.link)));
        zones
    }
}

fn subnet(subnet: &Subnet) -> SubnetRow {
    SubnetRow {
        id: shown(&subnet.id),
        name: subnet.id.name().to_owned(),
        prefixes: texts(&subnet.prefixes),
        endpoint_policies: subnet.endpoint_policies.as_deref().map(str::to_owned),
        service_policies: subnet.service_policies.as_deref().map(str::to_owned),
        security_group: subnet.security_group.as_ref().map(shown),
        route_table: subnet.route_table.as_ref().map(shown),
        delegations: texts(&subnet.delegations),
    }
}

fn side(peering: &Peering, remote: &Remote) -> SideRow {
    SideRow {
        id: shown(&peering.id),
        name: peering.id.name().to_owned(),
        state: peering.state.as_deref().map(str::to_owned),
        remote: peering.remote.as_ref().map(shown),
        remote_exists: remote_exists(remote),
        virtual_hub: is_virtual_hub_peering(peering),
        open: is_connected(peering) && peering.allow_virtual_network_access != Some(false),
    }
}

/// Whether the network at the other end is there. A hub's own lies in a subscription of Microsoft's.
pub(super) fn remote_exists(remote: &Remote) -> Fact<bool> {
    match remote {
        Remote::Network(_) => Fact::Known(true),
        Remote::Absent => Fact::Known(false),
        Remote::VirtualHub(_) | Remote::Unread(_) | Remote::Unnamed => Fact::Unread,
    }
}
