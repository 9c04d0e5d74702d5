//! Private endpoints, their network interfaces and zone groups.

use std::collections::BTreeMap;
use std::net::IpAddr;

use azure_mgmt_network::package_2024_03::models::{
    CustomDnsConfigPropertiesFormat as NameModel,
    NetworkInterfaceIpConfigurationPrivateLinkConnectionProperties as MemberModel,
};
use serde::Deserialize;

use super::field::{Field, Fields, List, Model, Object, Plain, Text, parsed};
use super::{Reading, Reference, tags};
use crate::inventory::{
    Connection, InterfaceAddress, NameAddresses, NetworkInterface, PrivateEndpoint, ResourceId, ZoneConfig,
    ZoneGroup,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Endpoint {
    location: Text,
    tags: Fields<BTreeMap<String, Text>>,
    properties: Fields<EndpointProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EndpointProperties {
    resource_guid: Text,
    provisioning_state: Text,
    subnet: Fields<Reference>,
    network_interfaces: List<Object<Reference>>,
    private_link_service_connections: List<Object<ConnectionFields>>,
    manual_private_link_service_connections: List<Object<ConnectionFields>>,
    custom_dns_configs: Field<Vec<Model<NameModel>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConnectionFields {
    name: Text,
    properties: Fields<ConnectionProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConnectionProperties {
    private_link_service_id: Field<ResourceId>,
    group_ids: List<Box<str>>,
    private_link_service_connection_state: Fields<ConnectionState>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConnectionState {
    status: Text,
    description: Text,
    actions_required: Text,
}

pub(super) fn endpoint(reading: &mut Reading<'_>, fields: Endpoint) -> PrivateEndpoint {
    let inner = reading.properties(fields.properties);
    let mut connections =
        connected(reading, inner.private_link_service_connections, false, "privateLinkServiceConnections");
    connections.extend(connected(
        reading,
        inner.manual_private_link_service_connections,
        true,
        "manualPrivateLinkServiceConnections",
    ));
    PrivateEndpoint {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        tags: tags(fields.tags),
        resource_guid: reading.take(inner.resource_guid, "properties.resourceGuid"),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
        subnet: reading.reference(inner.subnet, "properties.subnet"),
        network_interfaces: reading.references(inner.network_interfaces, "properties.networkInterfaces"),
        connections,
        custom_dns_configs: names(reading, inner.custom_dns_configs, "properties.customDnsConfigs"),
    }
}

fn connected(
    reading: &mut Reading<'_>,
    list: List<Object<ConnectionFields>>,
    manual: bool,
    name: &'static str,
) -> Vec<Connection> {
    let connections = reading.each(list, name);
    connections.into_iter().map(|Object(fields)| connection(reading, fields, manual)).collect()
}

fn connection(reading: &mut Reading<'_>, fields: ConnectionFields, manual: bool) -> Connection {
    let inner = reading.open(fields.properties, "privateLinkServiceConnections.properties");
    let state =
        reading.open(inner.private_link_service_connection_state, "privateLinkServiceConnectionState");
    Connection {
        name: reading.take(fields.name, "privateLinkServiceConnections.name").unwrap_or_default(),
        target: reading.take(inner.private_link_service_id, "privateLinkServiceId"),
        group_ids: reading.each(inner.group_ids, "groupIds"),
        status: reading.take(state.status, "privateLinkServiceConnectionState.status"),
        description: reading.take(state.description, "privateLinkServiceConnectionState.description"),
        actions_required: reading
            .take(state.actions_required, "privateLinkServiceConnectionState.actionsRequired"),
        manual,
    }
}

/// Names without addresses are kept; addresses without a name say nothing and are passed over.
fn names(
    reading: &mut Reading<'_>,
    list: Field<Vec<Model<NameModel>>>,
    name: &'static str,
) -> Vec<NameAddresses> {
    let mut found = Vec::new();
    for Model(element) in reading.take(list, name).unwrap_or_default() {
        let Some(NameModel { fqdn, ip_addresses }) = reading.take(element.required(), name) else { continue };
        let Some(fqdn) = parsed::<Box<str>>(fqdn.as_deref().unwrap_or_default()).value() else { continue };
        let addresses = ip_addresses.iter().filter_map(|address| reading.take(parsed(address), name));
        found.push(NameAddresses { fqdn, addresses: addresses.collect() });
    }
    found
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InterfaceProperties {
    private_endpoint: Fields<Reference>,
    ip_configurations: List<Object<Plain<InterfaceConfigurationProperties>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InterfaceConfigurationProperties {
    #[serde(rename = "privateIPAddress")]
    private_ip_address: Field<IpAddr>,
    subnet: Fields<Reference>,
    private_link_connection_properties: Model<MemberModel>,
}

pub(super) fn interface(reading: &mut Reading<'_>, fields: Plain<InterfaceProperties>) -> NetworkInterface {
    let inner = reading.properties(fields.properties);
    let configurations = reading.each(inner.ip_configurations, "properties.ipConfigurations");
    NetworkInterface {
        id: reading.id.clone(),
        private_endpoint: reading.reference(inner.private_endpoint, "properties.privateEndpoint"),
        ip_configurations: configurations
            .into_iter()
            .map(|Object(fields)| {
                let inner = reading.open(fields.properties, "ipConfigurations.properties");
                interface_address(reading, inner)
            })
            .collect(),
    }
}

fn interface_address(
    reading: &mut Reading<'_>,
    fields: InterfaceConfigurationProperties,
) -> InterfaceAddress {
    let Model(member) = fields.private_link_connection_properties;
    let member = reading.take(member, "ipConfigurations.privateLinkConnectionProperties").unwrap_or_default();
    let text = |text: Option<&str>| parsed::<Box<str>>(text.unwrap_or_default()).value();
    InterfaceAddress {
        address: reading.take(fields.private_ip_address, "ipConfigurations.privateIPAddress"),
        subnet: reading.reference(fields.subnet, "ipConfigurations.subnet"),
        group_id: text(member.group_id.as_deref()),
        member: text(member.required_member_name.as_deref()),
        fqdns: member.fqdns.iter().filter_map(|fqdn| text(Some(fqdn.as_str()))).collect(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct GroupProperties {
    provisioning_state: Text,
    private_dns_zone_configs: List<Object<GroupConfiguration>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GroupConfiguration {
    name: Text,
    properties: Fields<GroupConfigurationProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GroupConfigurationProperties {
    private_dns_zone_id: Field<ResourceId>,
    /// Of each only `fqdn` and `ipAddresses` are read, which are spelled as in `customDnsConfigs`.
    record_sets: Field<Vec<Model<NameModel>>>,
}

pub(super) fn zone_group(reading: &mut Reading<'_>, fields: Plain<GroupProperties>) -> ZoneGroup {
    let inner = reading.properties(fields.properties);
    let configs = reading.each(inner.private_dns_zone_configs, "properties.privateDnsZoneConfigs");
    ZoneGroup {
        id: reading.id.clone(),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
        configs: configs.into_iter().map(|Object(fields)| zone_config(reading, fields)).collect(),
    }
}

fn zone_config(reading: &mut Reading<'_>, fields: GroupConfiguration) -> ZoneConfig {
    let inner = reading.open(fields.properties, "privateDnsZoneConfigs.properties");
    ZoneConfig {
        name: reading.take(fields.name, "privateDnsZoneConfigs.name").unwrap_or_default(),
        zone: reading.take(inner.private_dns_zone_id, "privateDnsZoneConfigs.privateDnsZoneId"),
        record_sets: names(reading, inner.record_sets, "privateDnsZoneConfigs.recordSets"),
    }
}
