//! What was read: plain data, no network, no judgement.
//!
//! References are kept as ids; they are resolved in `topology` and nowhere else.

pub mod coverage;
mod dns;
mod endpoint;
mod express_route;
mod kind;
pub mod metrics;
mod migration;
mod network;
mod pack;
mod pattern;
pub mod resource_id;
pub mod snapshot;
mod tags;
mod target_type;
mod unfinished;
pub mod wanted;
pub mod wire;

use serde::{Deserialize, Serialize};

pub use coverage::{Coverage, Gap, Role, SubscriptionCoverage};
pub use dns::{
    DnsResolver, ForwardingRule, ForwardingRuleset, HeldAddress, InboundEndpoint, PrivateDnsZone, RecordSet,
    RecordType, RulesetLink, VirtualNetworkLink,
};
pub use endpoint::{
    Connection, InterfaceAddress, LinkResource, NameAddresses, NetworkInterface, PrivateEndpoint,
    PrivateLinkService, Target, TargetConnection, ZoneConfig, ZoneGroup,
};
pub use express_route::{Circuit, CircuitPeering, RouteFilter, RouteFilterRule, ServiceCommunity};
pub use kind::Kind;
pub use metrics::{Measure, Measured, Span, Window};
pub use migration::{
    AccessPolicy, KeyVault, MIGRATION_TYPES, MigrationStorage, REGISTERING_ROLES, RoleAssignment,
    is_named_by_migrate,
};
pub use network::{
    BackendPool, BalancingRule, DatabricksPeering, DnsSettings, Firewall, FirewallPolicy, Frontend,
    HubConnection, LoadBalancer, Peering, Route, RouteTable, SecurityGroup, SecurityRule, Subnet, VirtualHub,
    VirtualNetwork,
};
pub use pack::Pack;
pub use pattern::{IdPattern, PatternFault};
pub use resource_id::{ResourceId, is_guid};
pub use tags::Tags;
pub use target_type::TargetType;
pub use unfinished::{Unfinished, unfinished};
pub use wanted::Want;

/// The Azure cloud an estate lives in; decides which zone names are expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cloud {
    #[default]
    AzureCloud,
    AzureUSGovernment,
    AzureChinaCloud,
}

impl Cloud {
    /// The name the Azure CLI uses.
    pub fn name(self) -> &'static str {
        match self {
            Cloud::AzureCloud => "AzureCloud",
            Cloud::AzureUSGovernment => "AzureUSGovernment",
            Cloud::AzureChinaCloud => "AzureChinaCloud",
        }
    }
}

/// Which service lists are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The management API, one subscription at a time.
    #[default]
    Arm,
    /// Resource Graph, many subscriptions at a time; what it lacks comes from the management API.
    Graph,
}

impl Source {
    /// The name in snapshots, in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Source::Arm => "arm",
            Source::Graph => "graph",
        }
    }
}

/// What the run was asked to report on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// The audited subscriptions: ids in lower case, sorted.
    pub subscriptions: Vec<String>,
    /// When not empty, only endpoints and virtual networks in these resource groups are reported on
    /// (everything is still read).
    #[serde(default)]
    pub resource_groups: Vec<String>,
    /// Whether the estate's surroundings were read too.
    pub context: bool,
    /// Whether what costs a call per endpoint or target was read for all of them, and not for suspects alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deep: bool,
    /// Subscriptions asked for by name as context: ids (names, where nobody has that name) in lower case, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context_subscriptions: Vec<String>,
    /// The packs whose kinds were read too, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<Pack>,
    /// The object id (in lower case) of the identity of a migration's appliance, whose roles were read too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appliance: Option<String>,
    /// Which service the lists were read from, where that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How far back traffic was asked for, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Span>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Where and when an inventory was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    pub cloud: Cloud,
    pub tenant_id: Option<String>,
    /// RFC 3339, UTC, whole seconds.
    pub collected_at: String,
    pub scope: Scope,
    /// What became of what an index told, where that was read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// Whether names, ids and public addresses are stand-ins for the real ones.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redacted: bool,
}

/// What reading again what the findings over an index hang on came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// How many findings the index gave.
    pub findings: usize,
    /// How many lists were read again for them.
    pub lists: usize,
    /// How many of them were gone then: the index was stale.
    pub stale: usize,
    /// How many of them cannot be judged any more, because reading again failed.
    #[serde(default)]
    pub unread: usize,
}

/// One object exactly as Azure returned it, in compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub id: ResourceId,
    /// Compact JSON: no line break outside strings, and none inside them unescaped.
    pub json: Box<str>,
}

/// All that was read, raw: what a live run hands on and what a snapshot file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    pub origin: Origin,
    /// Sorted by id, without doubles.
    pub resources: Vec<Resource>,
    pub coverage: Coverage,
}

/// All that was read, typed. Lists are sorted by id.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    pub origin: Origin,
    pub coverage: Coverage,
    pub subscriptions: Vec<Subscription>,
    pub private_endpoints: Vec<PrivateEndpoint>,
    pub network_interfaces: Vec<NetworkInterface>,
    pub zones: Vec<PrivateDnsZone>,
    pub links: Vec<VirtualNetworkLink>,
    pub record_sets: Vec<RecordSet>,
    pub virtual_networks: Vec<VirtualNetwork>,
    pub dns_resolvers: Vec<DnsResolver>,
    pub inbound_endpoints: Vec<InboundEndpoint>,
    pub rulesets: Vec<ForwardingRuleset>,
    pub forwarding_rules: Vec<ForwardingRule>,
    pub ruleset_links: Vec<RulesetLink>,
    pub firewalls: Vec<Firewall>,
    pub firewall_policies: Vec<FirewallPolicy>,
    pub load_balancers: Vec<LoadBalancer>,
    pub zone_groups: Vec<ZoneGroup>,
    pub private_link_services: Vec<PrivateLinkService>,
    pub route_tables: Vec<RouteTable>,
    pub security_groups: Vec<SecurityGroup>,
    pub virtual_hubs: Vec<VirtualHub>,
    pub hub_connections: Vec<HubConnection>,
    pub targets: Vec<Target>,
    pub target_connections: Vec<TargetConnection>,
    pub link_resources: Vec<LinkResource>,
    pub databricks_peerings: Vec<DatabricksPeering>,
    pub measured: Vec<Measured>,
    pub key_vaults: Vec<KeyVault>,
    pub role_assignments: Vec<RoleAssignment>,
    pub circuits: Vec<Circuit>,
    pub route_filters: Vec<RouteFilter>,
    pub service_communities: Vec<ServiceCommunity>,
}

/// Hands the name of every list of an [`Inventory`] to a macro.
macro_rules! every_list {
    ($each:ident) => {
        $each! {
                subscriptions, private_endpoints, network_interfaces, zones, links, record_sets,
            virtual_networks, dns_resolvers, inbound_endpoints, rulesets, forwarding_rules,
            ruleset_links, firewalls, firewall_policies, load_balancers, zone_groups,
            private_link_services, route_tables, security_groups, virtual_hubs, hub_connections, targets,
            target_connections, link_resources, databricks_peerings, measured, key_vaults,
            role_assignments, circuits, route_filters, service_communities,
        }
    };
}
pub(crate) use every_list;

impl Inventory {
    /// The ids of everything that was read.
    pub fn ids(&self) -> impl Iterator<Item = &ResourceId> {
        macro_rules! chained {
            ($($list:ident,)*) => { std::iter::empty()$(.chain(self.$list.iter().map(|one| &one.id)))* };
        }
        every_list!(chained)
    }
}

/// A subscription as `GET /subscriptions/{id}` answers.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: ResourceId,
    /// The GUID in lower case.
    pub guid: String,
    pub display_name: String,
    pub tenant_id: Option<String>,
}
