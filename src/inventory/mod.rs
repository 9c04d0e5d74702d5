//! What was read: plain data, no network, no judgement.
//!
//! References are kept as ids; they are resolved in `topology` and nowhere else.

pub mod coverage;
pub mod resource_id;
pub mod snapshot;
pub mod wanted;
pub mod wire;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use coverage::{Coverage, Gap, Role, SubscriptionCoverage};
pub use resource_id::{ResourceId, is_guid};
pub use wanted::Want;

/// Every kind of object the product reads. The order is the order in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Subscriptions,
    Permissions,
    PrivateEndpoints,
    NetworkInterfaces,
    PrivateDnsZones,
    VirtualNetworkLinks,
    RecordSets,
    VirtualNetworks,
    DnsResolvers,
    InboundEndpoints,
    DnsForwardingRulesets,
    ForwardingRules,
    RulesetLinks,
    AzureFirewalls,
    FirewallPolicies,
    LoadBalancers,
    PrivateDnsZoneGroups,
}

impl Kind {
    /// The kinds that a whole subscription is read for, in order: every list and the children found through them.
    pub const LISTED: [Kind; 14] = [
        Kind::PrivateEndpoints,
        Kind::NetworkInterfaces,
        Kind::PrivateDnsZones,
        Kind::VirtualNetworkLinks,
        Kind::RecordSets,
        Kind::VirtualNetworks,
        Kind::DnsResolvers,
        Kind::InboundEndpoints,
        Kind::DnsForwardingRulesets,
        Kind::ForwardingRules,
        Kind::RulesetLinks,
        Kind::AzureFirewalls,
        Kind::FirewallPolicies,
        Kind::LoadBalancers,
    ];

    /// The name in reports and snapshots.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Subscriptions => "subscriptions",
            Kind::Permissions => "permissions",
            Kind::PrivateEndpoints => "privateEndpoints",
            Kind::NetworkInterfaces => "networkInterfaces",
            Kind::PrivateDnsZones => "privateDnsZones",
            Kind::VirtualNetworkLinks => "virtualNetworkLinks",
            Kind::RecordSets => "recordSets",
            Kind::VirtualNetworks => "virtualNetworks",
            Kind::DnsResolvers => "dnsResolvers",
            Kind::InboundEndpoints => "inboundEndpoints",
            Kind::DnsForwardingRulesets => "dnsForwardingRulesets",
            Kind::ForwardingRules => "forwardingRules",
            Kind::RulesetLinks => "rulesetLinks",
            Kind::AzureFirewalls => "azureFirewalls",
            Kind::FirewallPolicies => "firewallPolicies",
            Kind::LoadBalancers => "loadBalancers",
            Kind::PrivateDnsZoneGroups => "privateDnsZoneGroups",
        }
    }

    /// The name for a person, in the plural: `private DNS zones`.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Subscriptions => "subscriptions",
            Kind::Permissions => "permissions",
            Kind::PrivateEndpoints => "private endpoints",
            Kind::NetworkInterfaces => "network interfaces",
            Kind::PrivateDnsZones => "private DNS zones",
            Kind::VirtualNetworkLinks => "virtual network links",
            Kind::RecordSets => "record sets",
            Kind::VirtualNetworks => "virtual networks",
            Kind::DnsResolvers => "DNS private resolvers",
            Kind::InboundEndpoints => "inbound endpoints",
            Kind::DnsForwardingRulesets => "DNS forwarding rulesets",
            Kind::ForwardingRules => "forwarding rules",
            Kind::RulesetLinks => "ruleset links",
            Kind::AzureFirewalls => "Azure Firewalls",
            Kind::FirewallPolicies => "firewall policies",
            Kind::LoadBalancers => "load balancers",
            Kind::PrivateDnsZoneGroups => "private DNS zone groups",
        }
    }

    /// The kind of the resource an id names; `None` for what the product does not read.
    pub fn of(id: &ResourceId) -> Option<Kind> {
        let Some(full) = id.resource_type() else {
            let is_subscription = id.parent_str().is_none() && id.subscription().is_some();
            return is_subscription.then_some(Kind::Subscriptions);
        };
        let full = full.to_ascii_lowercase();
        let kind = full.strip_prefix("microsoft.network/")?;
        match kind {
            "privateendpoints" => Some(Kind::PrivateEndpoints),
            "networkinterfaces" => Some(Kind::NetworkInterfaces),
            "privatednszones" => Some(Kind::PrivateDnsZones),
            "privatednszones/virtualnetworklinks" => Some(Kind::VirtualNetworkLinks),
            "virtualnetworks" => Some(Kind::VirtualNetworks),
            "dnsresolvers" => Some(Kind::DnsResolvers),
            "dnsresolvers/inboundendpoints" => Some(Kind::InboundEndpoints),
            "dnsforwardingrulesets" => Some(Kind::DnsForwardingRulesets),
            "dnsforwardingrulesets/forwardingrules" => Some(Kind::ForwardingRules),
            "dnsforwardingrulesets/virtualnetworklinks" => Some(Kind::RulesetLinks),
            "azurefirewalls" => Some(Kind::AzureFirewalls),
            "firewallpolicies" => Some(Kind::FirewallPolicies),
            "loadbalancers" => Some(Kind::LoadBalancers),
            "privateendpoints/privatednszonegroups" => Some(Kind::PrivateDnsZoneGroups),
            record if record.starts_with("privatednszones/") && record.matches('/').count() == 1 => {
                Some(Kind::RecordSets)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
    /// Subscriptions asked for by name as context: ids (names, where nobody has that name) in lower case, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context_subscriptions: Vec<String>,
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

/// A private endpoint (Azure REST: Microsoft.Network, privateEndpoints).
#[derive(Debug, Clone)]
pub struct PrivateEndpoint {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
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

#[derive(Debug, Clone)]
pub struct PrivateDnsZone {
    pub id: ResourceId,
    /// The zone's name in lower case, without trailing dot.
    pub name: Box<str>,
    /// The zone's own counts, SOA included.
    pub record_set_count: Option<u64>,
    pub link_count: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct VirtualNetworkLink {
    pub id: ResourceId,
    pub virtual_network: Option<ResourceId>,
    pub registration_enabled: bool,
    pub state: Option<Box<str>>,
    pub provisioning_state: Option<Box<str>>,
    /// `Default` or `NxDomainRedirect`.
    pub resolution_policy: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    /// SOA, MX, TXT, SRV, PTR: they make a name exist and answer nothing here.
    Other,
}

#[derive(Debug, Clone)]
pub struct RecordSet {
    pub id: ResourceId,
    pub record_type: RecordType,
    /// Relative to the zone, in lower case; `@` for the zone itself.
    pub name: Box<str>,
    pub ttl: Option<u64>,
    /// IPv4 of an A set, IPv6 of an AAAA set.
    pub addresses: Vec<IpAddr>,
    /// The CNAME's target in lower case, without trailing dot.
    pub cname: Option<Box<str>>,
    /// `metadata.creator`: says which endpoint's zone group wrote it.
    pub creator: Option<Box<str>>,
    pub auto_registered: bool,
}

#[derive(Debug, Clone)]
pub struct VirtualNetwork {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    pub address_prefixes: Vec<IpNet>,
    /// `dhcpOptions.dnsServers` as written; empty means Azure-provided DNS.
    pub dns_servers: Vec<Box<str>>,
    pub subnets: Vec<Subnet>,
    pub peerings: Vec<Peering>,
    /// Whether its tags say that Databricks manages it.
    pub databricks: bool,
}

#[derive(Debug, Clone)]
pub struct Subnet {
    pub id: ResourceId,
    pub prefixes: Vec<IpNet>,
    /// Ids of the ip configurations in it, of whatever resource.
    pub ip_configurations: Vec<ResourceId>,
    /// Service names, e.g. `Microsoft.Network/dnsResolvers`.
    pub delegations: Vec<Box<str>>,
    pub service_association_links: usize,
}

#[derive(Debug, Clone)]
pub struct Peering {
    pub id: ResourceId,
    pub state: Option<Box<str>>,
    pub sync_level: Option<Box<str>>,
    pub provisioning_state: Option<Box<str>>,
    pub remote: Option<ResourceId>,
    pub allow_virtual_network_access: Option<bool>,
    pub allow_forwarded_traffic: Option<bool>,
    pub allow_gateway_transit: Option<bool>,
    pub use_remote_gateways: Option<bool>,
    /// `false` for subnet peering; absent means true.
    pub peer_complete_vnets: Option<bool>,
    /// What is peered now; `None` when absent.
    pub remote_address_space: Option<Vec<IpNet>>,
    /// What the remote network has now; `None` when absent (old api-versions).
    pub remote_vnet_address_space: Option<Vec<IpNet>>,
}

#[derive(Debug, Clone)]
pub struct DnsResolver {
    pub id: ResourceId,
    pub virtual_network: Option<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct InboundEndpoint {
    pub id: ResourceId,
    pub addresses: Vec<HeldAddress>,
}

/// An address and the subnet it stands in.
#[derive(Debug, Clone)]
pub struct HeldAddress {
    pub address: Option<IpAddr>,
    pub subnet: Option<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct ForwardingRuleset {
    pub id: ResourceId,
    /// The outbound endpoints its rules are followed from.
    pub outbound_endpoints: Vec<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct ForwardingRule {
    pub id: ResourceId,
    /// In lower case, without trailing dot; empty for the rule on `.`.
    pub domain: Box<str>,
    pub enabled: bool,
    /// Addresses as written.
    pub targets: Vec<Box<str>>,
}

#[derive(Debug, Clone)]
pub struct RulesetLink {
    pub id: ResourceId,
    pub virtual_network: Option<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct Firewall {
    pub id: ResourceId,
    /// `AZFW_VNet` or `AZFW_Hub`.
    pub sku: Option<Box<str>>,
    pub virtual_hub: Option<ResourceId>,
    pub policy: Option<ResourceId>,
    pub addresses: Vec<HeldAddress>,
    /// The classic firewall's own setting (`additionalProperties["Network.DNS.EnableProxy"]`).
    pub dns_proxy: Option<bool>,
    /// The classic firewall's own servers (`additionalProperties["Network.DNS.Servers"]`).
    pub dns_servers: Vec<Box<str>>,
}

#[derive(Debug, Clone)]
pub struct FirewallPolicy {
    pub id: ResourceId,
    pub base: Option<ResourceId>,
    /// `dnsSettings`; `None` when absent, which inherits from the base policy.
    pub dns: Option<DnsSettings>,
}

#[derive(Debug, Clone)]
pub struct DnsSettings {
    pub servers: Vec<Box<str>>,
    pub enable_proxy: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct LoadBalancer {
    pub id: ResourceId,
    pub frontends: Vec<HeldAddress>,
}

/// The zone group of one endpoint (Azure REST: Microsoft.Network, privateDnsZoneGroups).
#[derive(Debug, Clone)]
pub struct ZoneGroup {
    pub id: ResourceId,
    pub configs: Vec<ZoneConfig>,
}

#[derive(Debug, Clone)]
pub struct ZoneConfig {
    pub zone: Option<ResourceId>,
    /// Privatelink names and their addresses.
    pub record_sets: Vec<NameAddresses>,
}
