//! The kinds of objects the product reads.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ResourceId;
use super::migration::MIGRATION_TYPES;

macro_rules! kinds {
    ($($(#[$note:meta])* $kind:ident, $name:literal, $title:literal, $noun:literal;)*) => {
        /// Every kind of object the product reads. The order is the order in reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$note])* #[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            /// The name in reports and snapshots.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }

            /// The name for a person, in the plural: `private DNS zones`.
            pub fn title(self) -> &'static str {
                match self { $(Kind::$kind => $title,)* }
            }

            /// What one of them is called: `private DNS zone`.
            pub fn noun(self) -> &'static str {
                match self { $(Kind::$kind => $noun,)* }
            }
        }
    };
}

kinds! {
    Subscriptions, "subscriptions", "subscriptions", "subscription";
    Permissions, "permissions", "permissions", "permission";
    PrivateEndpoints, "privateEndpoints", "private endpoints", "private endpoint";
    NetworkInterfaces, "networkInterfaces", "network interfaces", "network interface";
    PrivateDnsZones, "privateDnsZones", "private DNS zones", "private DNS zone";
    VirtualNetworkLinks, "virtualNetworkLinks", "virtual network links", "virtual network link";
    RecordSets, "recordSets", "record sets", "record set";
    VirtualNetworks, "virtualNetworks", "virtual networks", "virtual network";
    DnsResolvers, "dnsResolvers", "DNS private resolvers", "DNS private resolver";
    InboundEndpoints, "inboundEndpoints", "inbound endpoints", "inbound endpoint";
    DnsForwardingRulesets, "dnsForwardingRulesets", "DNS forwarding rulesets", "DNS forwarding ruleset";
    ForwardingRules, "forwardingRules", "forwarding rules", "forwarding rule";
    RulesetLinks, "rulesetLinks", "ruleset links", "ruleset link";
    AzureFirewalls, "azureFirewalls", "Azure Firewalls", "Azure Firewall";
    FirewallPolicies, "firewallPolicies", "firewall policies", "firewall policy";
    LoadBalancers, "loadBalancers", "load balancers", "load balancer";
    PrivateLinkServices, "privateLinkServices", "private link services", "private link service";
    RouteTables, "routeTables", "route tables", "route table";
    NetworkSecurityGroups, "networkSecurityGroups", "network security groups", "network security group";
    VirtualHubs, "virtualHubs", "virtual hubs", "virtual hub";
    HubConnections, "hubVirtualNetworkConnections", "virtual hub connections", "virtual hub connection";
    PrivateDnsZoneGroups, "privateDnsZoneGroups", "private DNS zone groups", "private DNS zone group";
    /// What endpoints lead to, each read by itself.
    Targets, "targets", "targets of private endpoints", "target";
    /// A target's own side of the connections to it.
    TargetConnections, "privateEndpointConnections", "private endpoint connections", "private endpoint connection";
    /// The group ids a target offers.
    LinkResources, "privateLinkResources", "private link resources", "private link resource";
    /// The one type of target that is listed, since whether an account is a data lake is asked of many.
    StorageAccounts, "storageAccounts", "storage accounts", "storage account";
    DatabricksWorkspaces, "databricksWorkspaces", "Databricks workspaces", "Databricks workspace";
    /// Peerings of networks that Databricks manages, kept by the workspace.
    DatabricksPeerings, "databricksPeerings", "Databricks network peerings", "Databricks network peering";
    /// What Azure Monitor measured of endpoints and private link services, each by itself.
    Metrics, "metrics", "metrics", "measurement";
    /// Projects and sites of Azure Migrate, by their ids and places alone.
    MigrationResources, "migrationResources", "Azure Migrate resources", "Azure Migrate resource";
    KeyVaults, "keyVaults", "key vaults", "key vault";
    /// Those of one identity.
    RoleAssignments, "roleAssignments", "role assignments", "role assignment";
    ExpressRouteCircuits, "expressRouteCircuits", "ExpressRoute circuits", "ExpressRoute circuit";
    RouteFilters, "routeFilters", "route filters", "route filter";
    /// The same whichever subscription is asked.
    ServiceCommunities, "bgpServiceCommunities", "BGP service communities", "BGP service community";
}

impl Kind {
    /// The kinds that a whole subscription is read for, in order: every list and the children found through them.
    pub const LISTED: [Kind; 19] = [
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
        Kind::PrivateLinkServices,
        Kind::RouteTables,
        Kind::NetworkSecurityGroups,
        Kind::VirtualHubs,
        Kind::HubConnections,
    ];

    /// The kind of the resource an id names; `None` for what has no resource type. A type that is none of the
    /// product's own can only be a target, for nothing else of other providers is ever asked for.
    pub fn of(id: &ResourceId) -> Option<Kind> {
        let Some((provider, mut types)) = id.types() else {
            let is_subscription = id.parent_str().is_none() && id.subscription().is_some();
            return is_subscription.then_some(Kind::Subscriptions);
        };
        let first = types.next()?;
        let (second, last) = (types.next(), types.last());
        let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
        match last.or(second).unwrap_or(first) {
            own if is(own, "privateEndpointConnections") => return Some(Kind::TargetConnections),
            own if is(own, "privateLinkResources") => return Some(Kind::LinkResources),
            _ => {}
        }
        if !is(provider, NETWORK) && last.is_some() {
            return Some(Kind::Targets);
        }
        if last.is_some() {
            return None;
        }
        let own = TYPES.iter().find(|(of, parent, child, _)| {
            let same_child = match (second, child) {
                (Some(second), Some(child)) => is(second, child),
                (second, child) => second.is_none() && child.is_none(),
            };
            same_child && is(first, parent) && is(provider, of)
        });
        match own {
            Some((.., kind)) => Some(*kind),
            None if !is(provider, NETWORK) => Some(of_other_providers(provider, first, second)),
            None if second.is_some() && is(first, ZONES) => Some(Kind::RecordSets),
            None => None,
        }
    }
}

/// What is neither a network's nor of a kind of its own.
fn of_other_providers(provider: &str, own: &str, child: Option<&str>) -> Kind {
    let is_migration = |known: &&str| {
        let (of, kind) = known.split_once('/').unwrap_or_default();
        of.eq_ignore_ascii_case(provider) && kind.eq_ignore_ascii_case(own)
    };
    let is_migration = child.is_none() && MIGRATION_TYPES.iter().any(is_migration);
    if is_migration { Kind::MigrationResources } else { Kind::Targets }
}

const NETWORK: &str = "Microsoft.Network";
const ZONES: &str = "privateDnsZones";

/// The types that have a kind of their own: provider, type, type of the child. Those of which there are most come
/// first. What else is below a zone is a record set.
const TYPES: [(&str, &str, Option<&str>, Kind); 30] = [
    (NETWORK, ZONES, Some("A"), Kind::RecordSets),
    (NETWORK, "privateEndpoints", None, Kind::PrivateEndpoints),
    (NETWORK, "networkInterfaces", None, Kind::NetworkInterfaces),
    (NETWORK, "privateEndpoints", Some("privateDnsZoneGroups"), Kind::PrivateDnsZoneGroups),
    (NETWORK, ZONES, Some("virtualNetworkLinks"), Kind::VirtualNetworkLinks),
    (NETWORK, ZONES, None, Kind::PrivateDnsZones),
    (NETWORK, "virtualNetworks", None, Kind::VirtualNetworks),
    (NETWORK, "networkSecurityGroups", None, Kind::NetworkSecurityGroups),
    (NETWORK, "routeTables", None, Kind::RouteTables),
    (NETWORK, "loadBalancers", None, Kind::LoadBalancers),
    (NETWORK, "privateLinkServices", None, Kind::PrivateLinkServices),
    (NETWORK, "dnsResolvers", None, Kind::DnsResolvers),
    (NETWORK, "dnsResolvers", Some("inboundEndpoints"), Kind::InboundEndpoints),
    (NETWORK, "dnsForwardingRulesets", None, Kind::DnsForwardingRulesets),
    (NETWORK, "dnsForwardingRulesets", Some("forwardingRules"), Kind::ForwardingRules),
    (NETWORK, "dnsForwardingRulesets", Some("virtualNetworkLinks"), Kind::RulesetLinks),
    (NETWORK, "azureFirewalls", None, Kind::AzureFirewalls),
    (NETWORK, "firewallPolicies", None, Kind::FirewallPolicies),
    (NETWORK, "virtualHubs", None, Kind::VirtualHubs),
    (NETWORK, "virtualHubs", Some("hubVirtualNetworkConnections"), Kind::HubConnections),
    (NETWORK, "applicationGateways", None, Kind::Targets),
    ("Microsoft.Storage", "storageAccounts", None, Kind::StorageAccounts),
    ("Microsoft.Databricks", "workspaces", None, Kind::DatabricksWorkspaces),
    ("Microsoft.Databricks", "workspaces", Some("virtualNetworkPeerings"), Kind::DatabricksPeerings),
    ("Microsoft.Insights", "metrics", None, Kind::Metrics),
    ("Microsoft.KeyVault", "vaults", None, Kind::KeyVaults),
    ("Microsoft.Authorization", "roleAssignments", None, Kind::RoleAssignments),
    (NETWORK, "expressRouteCircuits", None, Kind::ExpressRouteCircuits),
    (NETWORK, "routeFilters", None, Kind::RouteFilters),
    (NETWORK, "bgpServiceCommunities", None, Kind::ServiceCommunities),
];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
