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
        let Some(full) = id.resource_type() else {
            let is_subscription = id.parent_str().is_none() && id.subscription().is_some();
            return is_subscription.then_some(Kind::Subscriptions);
        };
        let full = full.to_ascii_lowercase();
        match full.rsplit('/').next() {
            Some("privateendpointconnections") => return Some(Kind::TargetConnections),
            Some("privatelinkresources") => return Some(Kind::LinkResources),
            _ => {}
        }
        match full.as_str() {
            "microsoft.databricks/workspaces/virtualnetworkpeerings" => {
                return Some(Kind::DatabricksPeerings);
            }
            "microsoft.databricks/workspaces" => return Some(Kind::DatabricksWorkspaces),
            "microsoft.storage/storageaccounts" => return Some(Kind::StorageAccounts),
            "microsoft.keyvault/vaults" => return Some(Kind::KeyVaults),
            "microsoft.authorization/roleassignments" => return Some(Kind::RoleAssignments),
            other if MIGRATION_TYPES.iter().any(|known| known.eq_ignore_ascii_case(other)) => {
                return Some(Kind::MigrationResources);
            }
            _ => {}
        }
        let Some(kind) = full.strip_prefix("microsoft.network/") else { return Some(Kind::Targets) };
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
            "privatelinkservices" => Some(Kind::PrivateLinkServices),
            "routetables" => Some(Kind::RouteTables),
            "networksecuritygroups" => Some(Kind::NetworkSecurityGroups),
            "virtualhubs" => Some(Kind::VirtualHubs),
            "virtualhubs/hubvirtualnetworkconnections" => Some(Kind::HubConnections),
            "privateendpoints/privatednszonegroups" => Some(Kind::PrivateDnsZoneGroups),
            "expressroutecircuits" => Some(Kind::ExpressRouteCircuits),
            "routefilters" => Some(Kind::RouteFilters),
            "bgpservicecommunities" => Some(Kind::ServiceCommunities),
            "applicationgateways" => Some(Kind::Targets),
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
