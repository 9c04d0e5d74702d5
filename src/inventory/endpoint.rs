//! Private endpoints, and what stands at both ends of their connections: interfaces, zone groups, targets, private
//! link services.

use std::net::IpAddr;

use super::dns::HeldAddress;
use super::{ResourceId, Tags};

/// A private endpoint (Azure REST: Microsoft.Network, privateEndpoints).
#[derive(Debug, Clone)]
pub struct PrivateEndpoint {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    pub tags: Tags,
    /// Stands in the `creator` metadata of the records its zone group wrote.
    pub resource_guid: Option<Box<str>>,
    pub provisioning_state: Option<Box<str>>,
    pub subnet: Option<ResourceId>,
    pub network_interfaces: Vec<ResourceId>,
    /// Automatic and manual connections together.
    pub connections: Vec<Connection>,
    /// Empty when a zone group is attached: emptiness proves nothing.
    pub custom_dns_configs: Vec<NameAddresses>,
}

/// One connection of an endpoint to its target.
#[derive(Debug, Clone)]
pub struct Connection {
    pub name: Box<str>,
    /// An ARM id, or the alias of a private link service: never assume it parses.
    pub target: Option<ResourceId>,
    pub group_ids: Vec<Box<str>>,
    /// A free string; `None` when absent or null.
    pub status: Option<Box<str>>,
    pub description: Option<Box<str>>,
    pub actions_required: Option<Box<str>>,
    /// Whether it stands in `manualPrivateLinkServiceConnections`.
    pub manual: bool,
}

/// A name and the addresses it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAddresses {
    pub fqdn: Box<str>,
    pub addresses: Vec<IpAddr>,
}

#[derive(Debug, Clone)]
pub struct NetworkInterface {
    pub id: ResourceId,
    /// The endpoint it belongs to, when it is an endpoint's.
    pub private_endpoint: Option<ResourceId>,
    pub ip_configurations: Vec<InterfaceAddress>,
}

#[derive(Debug, Clone)]
pub struct InterfaceAddress {
    pub address: Option<IpAddr>,
    pub subnet: Option<ResourceId>,
    pub group_id: Option<Box<str>>,
    pub member: Option<Box<str>>,
    /// Public names; may be empty on a working endpoint.
    pub fqdns: Vec<Box<str>>,
}

/// The zone group of one endpoint (Azure REST: Microsoft.Network, privateDnsZoneGroups).
#[derive(Debug, Clone)]
pub struct ZoneGroup {
    pub id: ResourceId,
    pub provisioning_state: Option<Box<str>>,
    pub configs: Vec<ZoneConfig>,
}

#[derive(Debug, Clone)]
pub struct ZoneConfig {
    pub name: Box<str>,
    pub zone: Option<ResourceId>,
    /// Privatelink names and their addresses.
    pub record_sets: Vec<NameAddresses>,
}

/// A private link service (Azure REST: Microsoft.Network, privateLinkServices).
#[derive(Debug, Clone)]
pub struct PrivateLinkService {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    pub tags: Tags,
    pub provisioning_state: Option<Box<str>>,
    /// `name.guid.region.azure.privatelinkservice`
    pub alias: Option<Box<str>>,
    /// Subscriptions that may ask for it; `*` for everybody; empty for those with rights on it.
    pub visibility: Vec<Box<str>>,
    /// Subscriptions whose connections are approved at once.
    pub auto_approval: Vec<Box<str>>,
    pub proxy_protocol: Option<bool>,
    /// Frontends of load balancers.
    pub frontends: Vec<ResourceId>,
    /// Direct Connect: traffic goes to this address, without a load balancer.
    pub destination: Option<IpAddr>,
    /// The addresses from which the backend is asked; an address may not be told.
    pub nat: Vec<HeldAddress>,
    pub connections: Vec<TargetConnection>,
}

/// A target's own side of an endpoint's connection.
#[derive(Debug, Clone)]
pub struct TargetConnection {
    pub id: ResourceId,
    /// The endpoint at the other end; of any tenant.
    pub endpoint: Option<ResourceId>,
    /// A free string; `None` when absent or null.
    pub status: Option<Box<str>>,
    pub description: Option<Box<str>>,
    pub provisioning_state: Option<Box<str>>,
    pub group_ids: Vec<Box<str>>,
}

/// What an endpoint leads to, as far as its own answer tells.
#[derive(Debug, Clone)]
pub struct Target {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    pub tags: Tags,
    /// `Enabled`, `Disabled`, `SecuredByPerimeter`; `None` where the type or its api-version does not tell.
    pub public_network_access: Option<Box<str>>,
    /// `networkAcls.defaultAction` or `networkRuleSet.defaultAction`: `Allow` or `Deny`.
    pub default_action: Option<Box<str>>,
    /// Storage: whether it has a hierarchical namespace (Data Lake).
    pub hierarchical_namespace: Option<bool>,
    /// `properties.privateEndpointConnections`; `None` where it is absent.
    pub connections: Option<Vec<TargetConnection>>,
}

/// A group id (sub-resource) that a target offers, and the members and zones it says it needs.
#[derive(Debug, Clone)]
pub struct LinkResource {
    pub id: ResourceId,
    pub group_id: Option<Box<str>>,
    pub members: Vec<Box<str>>,
    pub zones: Vec<Box<str>>,
}
