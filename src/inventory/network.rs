//! Virtual networks with subnets and peerings, and what routes, filters or balances in them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::dns::HeldAddress;
use super::{ResourceId, Tags};

#[derive(Debug, Clone)]
pub struct VirtualNetwork {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    pub tags: Tags,
    /// `privateEndpointVNetPolicies`: `Basic` where more than the usual number of endpoints may stand.
    pub endpoint_policies: Option<Box<str>>,
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
    pub route_table: Option<ResourceId>,
    pub security_group: Option<ResourceId>,
    /// `privateEndpointNetworkPolicies`: `Disabled`, `Enabled`, `NetworkSecurityGroupEnabled` or
    /// `RouteTableEnabled`.
    pub endpoint_policies: Option<Box<str>>,
    /// `privateLinkServiceNetworkPolicies`: `Disabled` or `Enabled`.
    pub service_policies: Option<Box<str>>,
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
    /// The subnets that take part on this side, where not all do.
    pub local_subnets: Vec<Box<str>>,
    /// The subnets that take part on the other side, where not all do.
    pub remote_subnets: Vec<Box<str>>,
    /// What is peered now; `None` when absent.
    pub remote_address_space: Option<Vec<IpNet>>,
    /// What the remote network has now; `None` when absent (old api-versions).
    pub remote_vnet_address_space: Option<Vec<IpNet>>,
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
    pub location: Option<Box<str>>,
    pub tags: Tags,
    /// `Basic`, `Standard` or `Gateway`.
    pub sku: Option<Box<str>>,
    pub frontends: Vec<Frontend>,
    pub pools: Vec<BackendPool>,
    pub rules: Vec<BalancingRule>,
}

/// A frontend of a load balancer.
#[derive(Debug, Clone)]
pub struct Frontend {
    pub id: Option<ResourceId>,
    pub held: HeldAddress,
}

/// A backend pool of a load balancer.
#[derive(Debug, Clone)]
pub struct BackendPool {
    pub id: Option<ResourceId>,
    /// Members by network interface: their ip configurations.
    pub interfaces: Vec<ResourceId>,
    /// Members by address alone: those without an ip configuration.
    pub addresses: usize,
}

/// A load-balancing rule (an inbound NAT rule is none).
#[derive(Debug, Clone)]
pub struct BalancingRule {
    pub frontend: Option<ResourceId>,
    pub pools: Vec<ResourceId>,
    /// `Tcp`, `Udp` or `All`.
    pub protocol: Option<Box<str>>,
    /// The port that is served; 0 for all of them.
    pub port: Option<u16>,
    /// The port on the machines; 0 for that which was asked for.
    pub backend_port: Option<u16>,
}

/// A route table (Azure REST: Microsoft.Network, routeTables).
#[derive(Debug, Clone)]
pub struct RouteTable {
    pub id: ResourceId,
    pub routes: Vec<Route>,
}

/// A user-defined route.
#[derive(Debug, Clone)]
pub struct Route {
    pub name: Box<str>,
    /// `None` for a service tag.
    pub prefix: Option<IpNet>,
    /// `VirtualAppliance`, `VnetLocal`, `Internet`, `None`, `VirtualNetworkGateway`.
    pub next_hop_type: Option<Box<str>>,
    pub next_hop: Option<IpAddr>,
}

/// A network security group (Azure REST: Microsoft.Network, networkSecurityGroups).
#[derive(Debug, Clone)]
pub struct SecurityGroup {
    pub id: ResourceId,
    /// Its own rules and Azure's default rules, in no order.
    pub rules: Vec<SecurityRule>,
}

/// One rule of a network security group. Single and plural fields are one list here.
#[derive(Debug, Clone)]
pub struct SecurityRule {
    pub name: Box<str>,
    /// The lowest number is asked first.
    pub priority: Option<u64>,
    /// `Inbound` or `Outbound`.
    pub direction: Option<Box<str>>,
    /// `Allow` or `Deny`.
    pub access: Option<Box<str>>,
    /// `Tcp`, `Udp`, `Icmp`, `*`, …
    pub protocol: Option<Box<str>>,
    /// Prefixes, service tags or `*`, as written.
    pub sources: Vec<Box<str>>,
    pub destinations: Vec<Box<str>>,
    /// `443`, `1000-2000` or `*`, as written: where packets come from.
    pub source_ports: Vec<Box<str>>,
    /// The same: where they go to.
    pub destination_ports: Vec<Box<str>>,
    /// Whether it names application security groups, which say nothing of addresses.
    pub by_group: bool,
}

/// A Virtual WAN hub (Azure REST: Microsoft.Network, virtualHubs).
#[derive(Debug, Clone)]
pub struct VirtualHub {
    pub id: ResourceId,
    pub virtual_wan: Option<ResourceId>,
}

/// The connection of a virtual network to a Virtual WAN hub, as the hub keeps it.
#[derive(Debug, Clone)]
pub struct HubConnection {
    pub id: ResourceId,
    pub virtual_network: Option<ResourceId>,
    pub provisioning_state: Option<Box<str>>,
}

/// A peering of a Databricks workspace's managed network, as the workspace keeps it.
#[derive(Debug, Clone)]
pub struct DatabricksPeering {
    pub id: ResourceId,
    pub state: Option<Box<str>>,
    pub provisioning_state: Option<Box<str>>,
    pub remote: Option<ResourceId>,
    /// The network that Databricks manages.
    pub managed: Option<ResourceId>,
}
