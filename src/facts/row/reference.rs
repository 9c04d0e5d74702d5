//! Other resources as a row shows them: what their id tells is always there, what they say of themselves where they were
//! read, and null where they are gone.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::head::{TagMap, shown, texts};
use super::sight::Sight;
use crate::inventory::{Kind, PrivateDnsZone, ResourceId, Target, VirtualNetwork};
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::services::is_alias;

fn subscription_of(id: &ResourceId) -> Option<String> {
    id.subscription().map(str::to_ascii_lowercase)
}

fn group_of(id: &ResourceId) -> Option<String> {
    id.resource_group().map(str::to_owned)
}

/// A virtual network that another resource names.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkRef {
    /// Its ARM id, as it is named.
    id: String,
    /// Its name.
    name: String,
    /// Its resource group; null when the id has none.
    resource_group: Option<String>,
    /// Its subscription's id, in lower case; null when the id has none.
    subscription: Option<String>,
    /// Whether it is there.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    exists: Fact<bool>,
    /// Its region; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<Option<TagMap>>,
    /// Its address space in CIDR notation; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    address_prefixes: Fact<Option<Vec<String>>>,
    /// Its custom DNS servers as written, empty for Azure's own DNS; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    dns_servers: Fact<Option<Vec<String>>>,
}

/// The virtual network of this id.
pub(super) fn network(topology: &Topology, id: &ResourceId) -> NetworkRef {
    let found = topology.network(id).and_then(|index| topology.inventory.virtual_networks.get(index));
    let sight: Sight<'_, VirtualNetwork> =
        Sight::of(topology, id, found, || topology.knowledge.missing(id, Kind::VirtualNetworks));
    NetworkRef {
        id: shown(id),
        name: id.name().to_owned(),
        resource_group: group_of(id),
        subscription: subscription_of(id),
        exists: sight.exists(),
        location: sight.text(|network| &network.location),
        tags: sight.tags(|network| &network.tags),
        address_prefixes: sight.whole(|network| texts(&network.address_prefixes)),
        dns_servers: sight.whole(|network| texts(&network.dns_servers)),
    }
}

/// A private DNS zone that another resource names.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ZoneRef {
    /// Its ARM id, as it is named.
    id: String,
    /// Its name, in lower case.
    name: String,
    /// Its resource group; null when the id has none.
    resource_group: Option<String>,
    /// Its subscription's id, in lower case; null when the id has none.
    subscription: Option<String>,
    /// Whether it is there.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    exists: Fact<bool>,
    /// Its tags, by name; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<Option<TagMap>>,
}

/// The zone of this id.
pub(super) fn zone(topology: &Topology, id: &ResourceId) -> ZoneRef {
    let found = topology.zone(id).and_then(|index| topology.inventory.zones.get(index));
    let sight: Sight<'_, PrivateDnsZone> =
        Sight::of(topology, id, found, || topology.knowledge.missing(id, Kind::PrivateDnsZones));
    ZoneRef {
        id: shown(id),
        name: id.name().to_ascii_lowercase(),
        resource_group: group_of(id),
        subscription: subscription_of(id),
        exists: sight.exists(),
        tags: sight.tags(|zone| &zone.tags),
    }
}

/// A private endpoint that another resource names.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointRef {
    /// Its ARM id, as it is named.
    id: String,
    /// Its name.
    name: String,
    /// Its resource group; null when the id has none.
    resource_group: Option<String>,
    /// Its subscription's id, in lower case; null when the id has none.
    subscription: Option<String>,
    /// Whether it is there.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    exists: Fact<bool>,
    /// Its region; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<Option<TagMap>>,
    /// Whether one of its connections is approved; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    approved: Fact<Option<bool>>,
}

/// The endpoint of this id.
pub(super) fn endpoint(topology: &Topology, id: &ResourceId) -> EndpointRef {
    let found = topology.endpoint(id).and_then(|index| topology.inventory.private_endpoints.get(index));
    let sight = Sight::of(topology, id, found, || topology.knowledge.missing(id, Kind::PrivateEndpoints));
    EndpointRef {
        id: shown(id),
        name: id.name().to_owned(),
        resource_group: group_of(id),
        subscription: subscription_of(id),
        exists: sight.exists(),
        location: sight.text(|endpoint| &endpoint.location),
        tags: sight.tags(|endpoint| &endpoint.tags),
        approved: sight
            .whole(|endpoint| endpoint.connections.iter().any(|one| Status::of(one) == Status::Approved)),
    }
}

/// What an endpoint leads to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetRef {
    /// An ARM id, or the alias of a private link service, as the connection names it.
    id: String,
    /// The end of the id; the whole alias.
    name: String,
    /// The resource type, in lower case, such as `microsoft.storage/storageaccounts`; null when the id tells none.
    r#type: Option<String>,
    /// Whether the connection names the alias of a private link service.
    alias: bool,
    /// The resource group; null when the id has none.
    resource_group: Option<String>,
    /// The subscription's id, in lower case; null when the id has none.
    subscription: Option<String>,
    /// Whether it is there. Most targets are read by `--deep` alone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    exists: Fact<bool>,
    /// Its region; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<Option<TagMap>>,
    /// `Enabled`, `Disabled` or `SecuredByPerimeter`; null where its type does not tell.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    public_network_access: Fact<Option<String>>,
    /// What its firewall does with an address that no rule names, `Allow` or `Deny`; null where its type does not tell.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    default_action: Fact<Option<String>>,
    /// Of a storage account, whether it is a data lake; null where that is not told.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    hierarchical_namespace: Fact<Option<bool>>,
}

const SERVICE_TYPE: &str = "microsoft.network/privatelinkservices";

/// The target that a connection names.
pub(super) fn target(topology: &Topology, id: &ResourceId) -> TargetRef {
    let alias = is_alias(id);
    let kind = if alias {
        Some(SERVICE_TYPE.to_owned())
    } else {
        id.resource_type().map(|kind| kind.to_ascii_lowercase())
    };
    let named = TargetRef {
        id: shown(id),
        name: if alias { shown(id) } else { id.name().to_owned() },
        alias,
        resource_group: group_of(id),
        subscription: subscription_of(id),
        exists: Fact::Unread,
        location: Fact::Unread,
        tags: Fact::Unread,
        public_network_access: Fact::Unread,
        default_action: Fact::Unread,
        hierarchical_namespace: Fact::Unread,
        r#type: kind,
    };
    if alias || Kind::of(id) == Some(Kind::PrivateLinkServices) {
        service(topology, id, named)
    } else {
        resource(topology, id, named)
    }
}

/// A private link service says nothing of public access.
fn service(topology: &Topology, id: &ResourceId, named: TargetRef) -> TargetRef {
    let services = &topology.inventory.private_link_services;
    let found = topology.services.named(id).and_then(|index| services.get(index));
    let own = found.map_or(id, |service| &service.id);
    // An alias may be that of a service in any tenant.
    let sight = match found {
        None if named.alias => Sight::Unread,
        _ => Sight::of(topology, own, found, || topology.service(id)),
    };
    TargetRef {
        exists: sight.exists(),
        location: sight.text(|service| &service.location),
        tags: sight.tags(|service| &service.tags),
        public_network_access: sight.maybe(|_| None),
        default_action: sight.maybe(|_| None),
        hierarchical_namespace: sight.maybe(|_| None),
        ..named
    }
}

fn resource(topology: &Topology, id: &ResourceId, named: TargetRef) -> TargetRef {
    let seen = topology.target(id);
    let found: Option<&Target> = seen.found().and_then(|index| topology.inventory.targets.get(index));
    let sight = Sight::of(topology, id, found, || seen);
    let named = TargetRef {
        exists: sight.exists(),
        location: sight.text(|target| &target.location),
        tags: sight.tags(|target| &target.tags),
        ..named
    };
    // A list over all types told of it, and that has no properties.
    if Kind::of(id) == Some(Kind::MigrationResources) {
        return named;
    }
    TargetRef {
        public_network_access: sight.text(|target| &target.public_network_access),
        default_action: sight.text(|target| &target.default_action),
        hierarchical_namespace: sight.maybe(|target| target.hierarchical_namespace),
        ..named
    }
}
