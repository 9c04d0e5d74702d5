//! Virtual networks with subnets and peerings, and what else may hold a DNS server's address.

use std::collections::BTreeMap;
use std::net::IpAddr;

use azure_mgmt_network::package_2024_03::models::AddressSpace;
use ipnet::IpNet;
use serde::Deserialize;

use super::field::{Field, Fields, List, Model, Object, Plain, Prefix, Text, parsed};
use super::{Reading, Reference, tags};
use crate::inventory::{
    BackendPool, BalancingRule, DnsSettings, Firewall, FirewallPolicy, Frontend, HeldAddress, LoadBalancer,
    Peering, ResourceId, Subnet, VirtualNetwork,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Network {
    location: Text,
    tags: Fields<BTreeMap<String, Text>>,
    properties: Fields<NetworkProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NetworkProperties {
    address_space: Model<AddressSpace>,
    dhcp_options: Fields<DhcpOptions>,
    subnets: List<Object<SubnetFields>>,
    virtual_network_peerings: List<Object<PeeringFields>>,
    #[serde(rename = "privateEndpointVNetPolicies")]
    private_endpoint_vnet_policies: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DhcpOptions {
    dns_servers: List<Box<str>>,
}

pub(super) fn virtual_network(reading: &mut Reading<'_>, fields: Network) -> VirtualNetwork {
    let inner = reading.properties(fields.properties);
    let space = reading.take(inner.address_space.0, "properties.addressSpace").unwrap_or_default();
    // No DNS server means Azure's own: an odd list must not read as an empty one.
    let Object(dhcp) = reading.need(inner.dhcp_options, "properties.dhcpOptions").unwrap_or_default();
    let subnets = reading.each(inner.subnets, "properties.subnets");
    let peerings = reading.each(inner.virtual_network_peerings, "properties.virtualNetworkPeerings");
    VirtualNetwork {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        endpoint_policies: reading
            .take(inner.private_endpoint_vnet_policies, "properties.privateEndpointVNetPolicies"),
        address_prefixes: prefixes(reading, &space, "properties.addressSpace"),
        dns_servers: reading.need_each(dhcp.dns_servers, "properties.dhcpOptions.dnsServers"),
        subnets: subnets.into_iter().filter_map(|Object(fields)| subnet(reading, fields)).collect(),
        peerings: peerings.into_iter().filter_map(|Object(fields)| peering(reading, fields)).collect(),
        databricks: matches!(&fields.tags, Field::Read(Object(tags)) if is_databricks(tags)),
        tags: tags(fields.tags),
    }
}

/// Odd tags leave no gap: they do not say that Databricks manages the network.
fn is_databricks(tags: &BTreeMap<String, Text>) -> bool {
    tags.iter().any(|(name, value)| {
        let Field::Read(value) = value else { return false };
        let is = |tag: &str, text: &str| name.eq_ignore_ascii_case(tag) && value.eq_ignore_ascii_case(text);
        is("databricks-environment", "true") || is("application", "databricks")
    })
}

/// The readable prefixes of a space.
fn prefixes(reading: &mut Reading<'_>, space: &AddressSpace, name: &'static str) -> Vec<IpNet> {
    let read = space.address_prefixes.iter().filter_map(|text| reading.take(parsed(text), name));
    read.map(|Prefix(prefix)| prefix).collect()
}

/// The prefixes of a space that is compared with another one: whole, or not at all.
fn whole_space(
    reading: &mut Reading<'_>,
    space: Model<AddressSpace>,
    name: &'static str,
) -> Option<Vec<IpNet>> {
    let space = reading.take(space.0, name)?;
    let read = prefixes(reading, &space, name);
    (read.len() == space.address_prefixes.len()).then_some(read)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SubnetFields {
    id: Field<ResourceId>,
    properties: Fields<SubnetProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SubnetProperties {
    address_prefix: Field<Prefix>,
    address_prefixes: List<Prefix>,
    ip_configurations: List<Object<Reference>>,
    delegations: List<Object<Plain<DelegationProperties>>>,
    service_association_links: List<Object<Reference>>,
    route_table: Fields<Reference>,
    network_security_group: Fields<Reference>,
    private_endpoint_network_policies: Text,
    private_link_service_network_policies: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DelegationProperties {
    service_name: Text,
}

/// A subnet without an id cannot be pointed at: it is passed over and leaves a gap.
fn subnet(reading: &mut Reading<'_>, fields: SubnetFields) -> Option<Subnet> {
    let Some(id) = fields.id.value() else {
        reading.odd("properties.subnets.id");
        return None;
    };
    let inner = reading.open(fields.properties, "properties.subnets.properties");
    let mut prefixes = reading.each(inner.address_prefixes, "properties.subnets.addressPrefixes");
    let single = reading.take(inner.address_prefix, "properties.subnets.addressPrefix");
    prefixes.extend(single.filter(|prefix| !prefixes.contains(prefix)));
    let delegations = reading.each(inner.delegations, "properties.subnets.delegations");
    Some(Subnet {
        id,
        prefixes: prefixes.into_iter().map(|Prefix(prefix)| prefix).collect(),
        ip_configurations: reading.references(inner.ip_configurations, "properties.subnets.ipConfigurations"),
        delegations: delegations
            .into_iter()
            .filter_map(|Object(fields)| {
                let inner = reading.open(fields.properties, "properties.subnets.delegations");
                reading.take(inner.service_name, "properties.subnets.delegations.serviceName")
            })
            .collect(),
        service_association_links: reading
            .each(inner.service_association_links, "properties.subnets.serviceAssociationLinks")
            .len(),
        route_table: reading.reference(inner.route_table, "properties.subnets.routeTable"),
        security_group: reading
            .reference(inner.network_security_group, "properties.subnets.networkSecurityGroup"),
        endpoint_policies: reading.take(
            inner.private_endpoint_network_policies,
            "properties.subnets.privateEndpointNetworkPolicies",
        ),
        service_policies: reading.take(
            inner.private_link_service_network_policies,
            "properties.subnets.privateLinkServiceNetworkPolicies",
        ),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PeeringFields {
    id: Field<ResourceId>,
    properties: Fields<PeeringProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PeeringProperties {
    peering_state: Text,
    peering_sync_level: Text,
    provisioning_state: Text,
    remote_virtual_network: Fields<Reference>,
    allow_virtual_network_access: Field<bool>,
    allow_forwarded_traffic: Field<bool>,
    allow_gateway_transit: Field<bool>,
    use_remote_gateways: Field<bool>,
    peer_complete_vnets: Field<bool>,
    local_subnet_names: List<Box<str>>,
    remote_subnet_names: List<Box<str>>,
    remote_address_space: Model<AddressSpace>,
    remote_virtual_network_address_space: Model<AddressSpace>,
}

/// A peering without an id cannot be reported on: it is passed over and leaves a gap.
fn peering(reading: &mut Reading<'_>, fields: PeeringFields) -> Option<Peering> {
    let Some(id) = fields.id.value() else {
        reading.odd("properties.virtualNetworkPeerings.id");
        return None;
    };
    let inner = reading.open(fields.properties, "properties.virtualNetworkPeerings.properties");
    Some(Peering {
        id,
        state: reading.take(inner.peering_state, "peeringState"),
        sync_level: reading.take(inner.peering_sync_level, "peeringSyncLevel"),
        provisioning_state: reading
            .take(inner.provisioning_state, "virtualNetworkPeerings.provisioningState"),
        remote: reading.reference(inner.remote_virtual_network, "remoteVirtualNetwork"),
        allow_virtual_network_access: reading
            .take(inner.allow_virtual_network_access, "allowVirtualNetworkAccess"),
        allow_forwarded_traffic: reading.take(inner.allow_forwarded_traffic, "allowForwardedTraffic"),
        allow_gateway_transit: reading.take(inner.allow_gateway_transit, "allowGatewayTransit"),
        use_remote_gateways: reading.take(inner.use_remote_gateways, "useRemoteGateways"),
        peer_complete_vnets: reading.take(inner.peer_complete_vnets, "peerCompleteVnets"),
        local_subnets: reading.each(inner.local_subnet_names, "localSubnetNames"),
        remote_subnets: reading.each(inner.remote_subnet_names, "remoteSubnetNames"),
        remote_address_space: whole_space(reading, inner.remote_address_space, "remoteAddressSpace"),
        remote_vnet_address_space: whole_space(
            reading,
            inner.remote_virtual_network_address_space,
            "remoteVirtualNetworkAddressSpace",
        ),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FirewallProperties {
    sku: Fields<Sku>,
    virtual_hub: Fields<Reference>,
    firewall_policy: Fields<Reference>,
    ip_configurations: List<Object<Plain<ConfigurationProperties>>>,
    #[serde(rename = "hubIPAddresses")]
    hub_ip_addresses: Fields<HubAddresses>,
    additional_properties: Fields<AdditionalProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sku {
    name: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HubAddresses {
    #[serde(rename = "privateIPAddress")]
    private_ip_address: Field<IpAddr>,
}

/// The classic firewall's DNS settings; Azure's model of them is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AdditionalProperties {
    #[serde(rename = "Network.DNS.EnableProxy")]
    enable_proxy: Field<bool>,
    #[serde(rename = "Network.DNS.Servers")]
    servers: Text,
}

/// An ip configuration of a firewall, or a frontend of a load balancer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfigurationProperties {
    #[serde(rename = "privateIPAddress")]
    private_ip_address: Field<IpAddr>,
    subnet: Fields<Reference>,
}

pub(super) fn firewall(reading: &mut Reading<'_>, fields: Plain<FirewallProperties>) -> Firewall {
    let inner = reading.properties(fields.properties);
    let mut addresses = held(reading, inner.ip_configurations, "properties.ipConfigurations");
    let hub = reading.open(inner.hub_ip_addresses, "properties.hubIPAddresses");
    let in_hub = reading.take(hub.private_ip_address, "properties.hubIPAddresses.privateIPAddress");
    addresses.extend(in_hub.map(|address| HeldAddress { address: Some(address), subnet: None }));
    let sku = reading.open(inner.sku, "properties.sku");
    let Object(own) =
        reading.need(inner.additional_properties, "properties.additionalProperties").unwrap_or_default();
    let servers = reading.need(own.servers, "Network.DNS.Servers").unwrap_or_default();
    Firewall {
        id: reading.id.clone(),
        sku: reading.take(sku.name, "properties.sku.name"),
        virtual_hub: reading.reference(inner.virtual_hub, "properties.virtualHub"),
        policy: reading.need_reference(inner.firewall_policy, "properties.firewallPolicy"),
        addresses,
        dns_proxy: reading.need(own.enable_proxy, "Network.DNS.EnableProxy"),
        dns_servers: servers.split(',').filter_map(|server| parsed(server).value()).collect(),
    }
}

fn held(
    reading: &mut Reading<'_>,
    list: List<Object<Plain<ConfigurationProperties>>>,
    name: &'static str,
) -> Vec<HeldAddress> {
    let configurations = reading.each(list, name);
    configurations
        .into_iter()
        .map(|Object(fields)| {
            let inner = reading.open(fields.properties, name);
            HeldAddress {
                address: reading.take(inner.private_ip_address, name),
                subnet: reading.reference(inner.subnet, name),
            }
        })
        .collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PolicyProperties {
    base_policy: Fields<Reference>,
    dns_settings: Fields<DnsFields>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DnsFields {
    servers: List<Box<str>>,
    enable_proxy: Field<bool>,
}

/// Without `dnsSettings` a policy inherits: odd ones must not read as absent.
pub(super) fn firewall_policy(reading: &mut Reading<'_>, fields: Plain<PolicyProperties>) -> FirewallPolicy {
    let inner = reading.properties(fields.properties);
    let dns = reading.need(inner.dns_settings, "properties.dnsSettings");
    FirewallPolicy {
        id: reading.id.clone(),
        base: reading.need_reference(inner.base_policy, "properties.basePolicy"),
        dns: dns.map(|Object(dns)| DnsSettings {
            servers: reading.need_each(dns.servers, "properties.dnsSettings.servers"),
            enable_proxy: reading.need(dns.enable_proxy, "properties.dnsSettings.enableProxy"),
        }),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Balancer {
    location: Text,
    tags: Fields<BTreeMap<String, Text>>,
    sku: Fields<Sku>,
    properties: Fields<BalancerProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BalancerProperties {
    #[serde(rename = "frontendIPConfigurations")]
    frontend_ip_configurations: List<Object<FrontendFields>>,
    backend_address_pools: List<Object<PoolFields>>,
    load_balancing_rules: List<Object<Plain<BalancingRuleProperties>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontendFields {
    id: Field<ResourceId>,
    properties: Fields<ConfigurationProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoolFields {
    id: Field<ResourceId>,
    properties: Fields<PoolProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoolProperties {
    #[serde(rename = "backendIPConfigurations")]
    backend_ip_configurations: List<Object<Reference>>,
    #[serde(rename = "loadBalancerBackendAddresses")]
    load_balancer_backend_addresses: List<Object<Plain<MemberProperties>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MemberProperties {
    ip_address: Field<IpAddr>,
    #[serde(rename = "networkInterfaceIPConfiguration")]
    network_interface_ip_configuration: Fields<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BalancingRuleProperties {
    #[serde(rename = "frontendIPConfiguration")]
    frontend_ip_configuration: Fields<Reference>,
    #[serde(rename = "backendAddressPool")]
    backend_address_pool: Fields<Reference>,
    #[serde(rename = "backendAddressPools")]
    backend_address_pools: List<Object<Reference>>,
}

pub(super) fn load_balancer(reading: &mut Reading<'_>, fields: Balancer) -> LoadBalancer {
    let inner = reading.properties(fields.properties);
    let sku = reading.open(fields.sku, "sku");
    let frontends = reading.each(inner.frontend_ip_configurations, "properties.frontendIPConfigurations");
    let pools = reading.each(inner.backend_address_pools, "properties.backendAddressPools");
    let rules = reading.each(inner.load_balancing_rules, "properties.loadBalancingRules");
    LoadBalancer {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        tags: tags(fields.tags),
        sku: reading.take(sku.name, "sku.name"),
        frontends: frontends.into_iter().map(|Object(fields)| frontend(reading, fields)).collect(),
        pools: pools.into_iter().map(|Object(fields)| pool(reading, fields)).collect(),
        rules: rules.into_iter().map(|Object(fields)| balancing_rule(reading, fields)).collect(),
    }
}

fn frontend(reading: &mut Reading<'_>, fields: FrontendFields) -> Frontend {
    let name = "properties.frontendIPConfigurations";
    let inner = reading.open(fields.properties, name);
    Frontend {
        id: reading.take(fields.id, name),
        held: HeldAddress {
            address: reading.take(inner.private_ip_address, name),
            subnet: reading.reference(inner.subnet, name),
        },
    }
}

/// A member by interface stands in both lists; one by address in the second alone.
fn pool(reading: &mut Reading<'_>, fields: PoolFields) -> BackendPool {
    let name = "properties.backendAddressPools";
    let inner = reading.open(fields.properties, name);
    let members = reading.each(inner.load_balancer_backend_addresses, name);
    let members: Vec<MemberProperties> =
        members.into_iter().map(|Object(fields)| reading.open(fields.properties, name)).collect();
    let mut addresses = 0;
    for member in members {
        let address = reading.take(member.ip_address, name);
        let interface = reading.reference(member.network_interface_ip_configuration, name);
        addresses += usize::from(address.is_some() && interface.is_none());
    }
    BackendPool {
        id: reading.take(fields.id, name),
        interfaces: reading.references(inner.backend_ip_configurations, name),
        addresses,
    }
}

fn balancing_rule(reading: &mut Reading<'_>, fields: Plain<BalancingRuleProperties>) -> BalancingRule {
    let name = "properties.loadBalancingRules";
    let inner = reading.open(fields.properties, name);
    let mut pools = reading.references(inner.backend_address_pools, name);
    let one = reading.reference(inner.backend_address_pool, name);
    pools.extend(one.filter(|pool| !pools.contains(pool)));
    BalancingRule { frontend: reading.reference(inner.frontend_ip_configuration, name), pools }
}
