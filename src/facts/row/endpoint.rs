//! Rows of private endpoints.

use std::collections::HashMap;
use std::net::IpAddr;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::head::{Body, Head, TagMap, shown, tags, texts};
use super::reference::{self, NetworkRef, TargetRef, ZoneRef};
use super::sight::Sight;
use super::{Row, Subject};
use crate::inventory::{Connection, Kind, PrivateEndpoint, ResourceId, Subnet, ZoneGroup};
use crate::topology::Topology;
use crate::topology::endpoints::{NameSource, Requirements, Status, excuse};
use crate::topology::knowledge::{Seen, Unread};

/// A private endpoint, with what it leads to and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a private endpoint, version 1")]
pub(super) struct EndpointRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "endpoint"))]
    subject: &'static str,
    /// Its region; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<TagMap>,
    /// `Succeeded`, `Failed`, `Updating`, …
    #[serde(skip_serializing_if = "Fact::is_unread")]
    provisioning_state: Fact<Option<String>>,
    /// Its connections, automatic and manual.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    connections: Fact<Vec<ConnectionRow>>,
    /// Whether one of its connections is approved.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    approved: Fact<bool>,
    /// The virtual network it stands in; null when it names none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    network: Fact<Option<NetworkRef>>,
    /// The subnet it stands in; null when it names none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    subnet: Fact<Option<SubnetRef>>,
    /// Its private addresses, sorted.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    addresses: Fact<Vec<IpAddr>>,
    /// The public names that ought to lead here, in lower case, sorted. Those that were only made from the target's name
    /// are among them when every place that could tell others was read. Absent when nobody knows them all.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    names: Fact<Vec<String>>,
    /// The private DNS zones that these names need, by name, sorted. Absent when nobody knows them all: no table tells of
    /// such a target, or of one of the names.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    needed_zones: Fact<Vec<String>>,
    /// Its private DNS zone groups; Azure allows one. Most are read by `--deep` alone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    zone_groups: Fact<Vec<ZoneGroupRow>>,
}

/// One connection of an endpoint to its target.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionRow {
    /// Its name.
    name: String,
    /// What it leads to; null when it names nothing.
    target: Option<TargetRef>,
    /// The sub-resources of the target, such as `blob`.
    group_ids: Vec<String>,
    /// As Azure says it: `Approved`, `Pending`, `Rejected`, `Disconnected`, …; null when it says nothing.
    status: Option<String>,
    /// Whether its status is `Approved`, in any case of letters.
    approved: bool,
    /// What the approver wrote; null when nothing.
    description: Option<String>,
    /// What Azure says that somebody has to do; null when nothing.
    actions_required: Option<String>,
    /// Whether somebody has to approve it by hand.
    manual: bool,
}

/// The subnet that an endpoint stands in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubnetRef {
    /// Its ARM id, as the endpoint names it.
    id: String,
    /// Its name.
    name: String,
    /// Whether it is there.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    exists: Fact<bool>,
    /// In CIDR notation; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    prefixes: Fact<Option<Vec<String>>>,
    /// Whether network policies hold for endpoints in it: `Disabled`, `Enabled`, `NetworkSecurityGroupEnabled` or
    /// `RouteTableEnabled`; null when that is not told.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    endpoint_policies: Fact<Option<String>>,
    /// The ARM id of its network security group; null when it has none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    security_group: Fact<Option<String>>,
    /// The ARM id of its route table; null when it has none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    route_table: Fact<Option<String>>,
}

/// A private DNS zone group: the records that Azure keeps for an endpoint.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ZoneGroupRow {
    /// Its ARM id.
    id: String,
    /// Its name.
    name: String,
    /// `Succeeded`, `Failed`, …; null when it says nothing.
    provisioning_state: Option<String>,
    /// The zones into which it writes.
    zones: Vec<ZoneRef>,
}

/// What rows of endpoints are found by.
struct Places<'a> {
    topology: &'a Topology,
    /// The network and the subnet's place in it.
    subnets: HashMap<&'a ResourceId, (usize, &'a Subnet)>,
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let networks = topology.inventory.virtual_networks.iter().enumerate();
    let subnets =
        networks.flat_map(|(index, network)| network.subnets.iter().map(move |subnet| (index, subnet)));
    let places =
        Places { topology, subnets: subnets.map(|(index, subnet)| (&subnet.id, (index, subnet))).collect() };
    let all = topology.inventory.private_endpoints.par_iter().enumerate();
    all.map(|(index, endpoint)| {
        Row::of(&endpoint.id, topology.endpoints[index].reported, &places.row(index, endpoint))
    })
    .collect()
}

impl Places<'_> {
    fn row(&self, index: usize, endpoint: &PrivateEndpoint) -> EndpointRow {
        let (topology, joined) = (self.topology, &self.topology.endpoints[index]);
        let body = Body::of(topology, &endpoint.id);
        let named = names_known(topology, index);
        let approved = endpoint.connections.iter().any(is_approved);
        let network = endpoint.subnet.as_ref().and_then(ResourceId::virtual_network);
        EndpointRow {
            head: Head::of(&endpoint.id, joined.reported),
            subject: Subject::Endpoint.name(),
            location: body.text(&endpoint.location),
            tags: tags(&endpoint.tags),
            provisioning_state: body.text(&endpoint.provisioning_state),
            connections: body
                .whole(|| endpoint.connections.iter().map(|one| connection(topology, one)).collect()),
            approved: body.flag(approved),
            network: body.maybe(network.map(|id| reference::network(topology, &id))),
            subnet: body.maybe(endpoint.subnet.as_ref().map(|id| self.subnet(id))),
            addresses: addresses(topology, index),
            names: Fact::unless(!named, || names(topology, index)),
            needed_zones: Fact::unless(!named || !need_known(&joined.requirements), || {
                needed_zones(topology, index)
            }),
            zone_groups: zone_groups(topology, index),
        }
    }

    fn subnet(&self, id: &ResourceId) -> SubnetRef {
        let sight = self.sight(id);
        SubnetRef {
            id: shown(id),
            name: id.name().to_owned(),
            exists: sight.exists(),
            prefixes: sight.whole(|subnet| texts(&subnet.prefixes)),
            endpoint_policies: sight.text(|subnet| &subnet.endpoint_policies),
            security_group: sight.maybe(|subnet| subnet.security_group.as_ref().map(shown)),
            route_table: sight.maybe(|subnet| subnet.route_table.as_ref().map(shown)),
        }
    }

    /// A subnet is a part of its network: it is gone where the network is gone, or was read whole and does not hold it.
    fn sight(&self, id: &ResourceId) -> Sight<'_, Subnet> {
        let (topology, knowledge) = (self.topology, &self.topology.knowledge);
        if let Some((network, subnet)) = self.subnets.get(id) {
            let home = topology.inventory.virtual_networks.get(*network);
            let odd = home.is_none_or(|home| Body::of(topology, &home.id).odd);
            return Sight::Found { resource: subnet, odd };
        }
        let network = id.virtual_network();
        let is_gone = network.is_some_and(|network| match topology.network(&network) {
            Some(_) => knowledge.field(&network).is_none(),
            None => matches!(knowledge.missing::<usize>(&network, Kind::VirtualNetworks), Seen::Absent),
        });
        if is_gone { Sight::Gone } else { Sight::Unread }
    }
}

fn is_approved(connection: &Connection) -> bool {
    Status::of(connection) == Status::Approved
}

fn connection(topology: &Topology, connection: &Connection) -> ConnectionRow {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    ConnectionRow {
        name: connection.name.to_string(),
        target: connection.target.as_ref().map(|id| reference::target(topology, id)),
        group_ids: texts(&connection.group_ids),
        status: text(&connection.status),
        approved: is_approved(connection),
        description: text(&connection.description),
        actions_required: text(&connection.actions_required),
        manual: connection.manual,
    }
}

/// Whether the interface that carries an endpoint's addresses was read, or is known not to be there.
fn interface_known(topology: &Topology, index: usize) -> bool {
    let (joined, endpoint) = (&topology.endpoints[index], &topology.inventory.private_endpoints[index]);
    let body = |id: &ResourceId| topology.knowledge.field(id).is_none();
    match joined.interface {
        Seen::Found(nic) => topology.inventory.network_interfaces.get(nic).is_some_and(|nic| body(&nic.id)),
        // It may be named in what could not be understood.
        Seen::Absent => body(&endpoint.id),
        Seen::Unknown(_) => false,
    }
}

/// Every private address of an endpoint: without its interface, those that its names tell.
pub(super) fn addresses(topology: &Topology, index: usize) -> Fact<Vec<IpAddr>> {
    let joined = &topology.endpoints[index];
    let known = match joined.interface {
        Seen::Found(_) => interface_known(topology, index),
        Seen::Absent | Seen::Unknown(_) => names_read(topology, index),
    };
    Fact::unless(!known, || joined.addresses.clone())
}

/// Whether everything was read that could tell a name of an endpoint. What its interface says goes before its own DNS
/// configuration, that before its zone group, and that before names that are only made from the target's.
fn names_read(topology: &Topology, index: usize) -> bool {
    let endpoint = &topology.inventory.private_endpoints[index];
    interface_known(topology, index)
        && topology.knowledge.field(&endpoint.id).is_none()
        && match topology.endpoints[index].source {
            NameSource::NetworkInterface | NameSource::CustomDnsConfigs => true,
            NameSource::ZoneGroup | NameSource::Derived => zone_groups_known(topology, index),
        }
}

/// Whether every name of an endpoint is known: everything was read that could tell one, and told them, or they follow
/// from what the endpoint leads to.
pub(super) fn names_known(topology: &Topology, index: usize) -> bool {
    let requirements = &topology.endpoints[index].requirements;
    let untold = match requirements.excuse {
        Some(excuse::NO_TARGET) => true,
        Some(excuse::UNKNOWN_TARGET) => requirements.others.is_empty(),
        _ => !requirements.choices.is_empty(),
    };
    !untold && names_read(topology, index)
}

/// Whether the zone table tells what all names of an endpoint need.
pub(super) fn need_known(requirements: &Requirements) -> bool {
    let told = !matches!(requirements.excuse, Some(excuse::NO_TARGET | excuse::UNKNOWN_TARGET));
    told && requirements.unmapped == 0 && requirements.choices.is_empty()
}

/// Why not every name of an endpoint is known, so that it has no rows of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamesUnknown {
    /// Something that could tell them was not read.
    Unread(Unread),
    /// Nobody asked for its zone groups.
    Unasked,
}

/// Why not every name of an endpoint is known; `None` when each is.
pub fn names_unknown(topology: &Topology, index: usize) -> Option<NamesUnknown> {
    if names_known(topology, index) {
        return None;
    }
    let (joined, inventory) = (topology.endpoints.get(index)?, &topology.inventory);
    let endpoint = inventory.private_endpoints.get(index)?;
    let knowledge = &topology.knowledge;
    let of_interface = match &joined.interface {
        Seen::Unknown(unread) => Some(unread.clone()),
        Seen::Found(nic) => inventory.network_interfaces.get(*nic).and_then(|nic| knowledge.field(&nic.id)),
        Seen::Absent => None,
    };
    let groups = joined.zone_groups.iter().filter_map(|group| inventory.zone_groups.get(*group));
    let of_groups = groups.filter_map(|group| knowledge.field(&group.id));
    let unread = knowledge
        .field(&endpoint.id)
        .into_iter()
        .chain(of_interface)
        .chain(knowledge.children(&endpoint.id, Kind::PrivateDnsZoneGroups))
        .chain(of_groups)
        .reduce(Unread::and);
    Some(unread.map_or(NamesUnknown::Unasked, NamesUnknown::Unread))
}

fn names(topology: &Topology, index: usize) -> Vec<String> {
    let mut names: Vec<String> = topology.names_of(index).map(|name| name.fqdn.to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn needed_zones(topology: &Topology, index: usize) -> Vec<String> {
    let names = topology.endpoints[index].requirements.names.iter();
    let mut zones: Vec<String> = names.map(|name| name.needed.zone.clone()).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// Whether an endpoint's zone groups are known: they were asked for, or it tells the names itself, which it does no more
/// as soon as a group is attached (Azure docs: private endpoint DNS integration, customDnsConfigs).
fn zone_groups_known(topology: &Topology, index: usize) -> bool {
    let endpoint = &topology.inventory.private_endpoints[index];
    let groups = topology.endpoints[index].zone_groups.iter();
    let odd = groups
        .filter_map(|group| topology.inventory.zone_groups.get(*group))
        .any(|group| topology.knowledge.field(&group.id).is_some());
    let told = !endpoint.custom_dns_configs.is_empty();
    let asked = topology.inventory.coverage.was_asked(Kind::PrivateDnsZoneGroups, &endpoint.id)
        && topology.knowledge.children(&endpoint.id, Kind::PrivateDnsZoneGroups).is_none();
    !odd && (asked || told)
}

fn zone_groups(topology: &Topology, index: usize) -> Fact<Vec<ZoneGroupRow>> {
    Fact::unless(!zone_groups_known(topology, index), || {
        let groups = topology.endpoints[index].zone_groups.iter();
        let groups = groups.filter_map(|group| topology.inventory.zone_groups.get(*group));
        groups.map(|group| zone_group(topology, group)).collect()
    })
}

fn zone_group(topology: &Topology, group: &ZoneGroup) -> ZoneGroupRow {
    let zones = group.configs.iter().filter_map(|config| config.zone.as_ref());
    ZoneGroupRow {
        id: shown(&group.id),
        name: group.id.name().to_owned(),
        provisioning_state: group.provisioning_state.as_deref().map(str::to_owned),
        zones: zones.map(|id| reference::zone(topology, id)).collect(),
    }
}
