//! What decides where packets go and whether they may: route tables, security groups, virtual hubs, and the
//! peerings that Databricks keeps.

use std::net::IpAddr;

use serde::Deserialize;

use super::field::{Field, Fields, List, Object, Plain, Prefix, Text, parsed};
use super::{Reading, Reference};
use crate::inventory::{
    DatabricksPeering, HubConnection, Route, RouteTable, SecurityGroup, SecurityRule, VirtualHub,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TableProperties {
    routes: List<Object<RouteFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RouteFields {
    name: Text,
    properties: Fields<RouteProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RouteProperties {
    address_prefix: Text,
    next_hop_type: Text,
    next_hop_ip_address: Field<IpAddr>,
}

/// The longest matching route decides, so an odd one costs the table.
pub(super) fn route_table(reading: &mut Reading<'_>, fields: Plain<TableProperties>) -> RouteTable {
    let inner = reading.properties(fields.properties);
    let routes = reading.need_each(inner.routes, "properties.routes");
    RouteTable {
        id: reading.id.clone(),
        routes: routes.into_iter().map(|Object(fields)| route(reading, fields)).collect(),
    }
}

fn route(reading: &mut Reading<'_>, fields: RouteFields) -> Route {
    let inner = reading.open(fields.properties, "properties.routes.properties");
    let prefix = reading.need(inner.address_prefix, "routes.addressPrefix");
    Route {
        name: reading.take(fields.name, "routes.name").unwrap_or_default(),
        // Service tags are no prefixes.
        prefix: prefix.and_then(|text| parsed(&text).value()).map(|Prefix(prefix)| prefix),
        next_hop_type: reading.need(inner.next_hop_type, "routes.nextHopType"),
        next_hop: reading.need(inner.next_hop_ip_address, "routes.nextHopIpAddress"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct GroupProperties {
    security_rules: List<Object<RuleFields>>,
    default_security_rules: List<Object<RuleFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RuleFields {
    name: Text,
    properties: Fields<RuleProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RuleProperties {
    priority: Field<u64>,
    direction: Text,
    access: Text,
    protocol: Text,
    source_address_prefix: Text,
    source_address_prefixes: List<Box<str>>,
    destination_address_prefix: Text,
    destination_address_prefixes: List<Box<str>>,
    source_port_range: Text,
    source_port_ranges: List<Box<str>>,
    destination_port_range: Text,
    destination_port_ranges: List<Box<str>>,
    source_application_security_groups: List<Object<Reference>>,
    destination_application_security_groups: List<Object<Reference>>,
}

/// The first rule that fits decides, so an odd one costs the group.
pub(super) fn security_group(reading: &mut Reading<'_>, fields: Plain<GroupProperties>) -> SecurityGroup {
    let inner = reading.properties(fields.properties);
    let mut rules = reading.need_each(inner.security_rules, "properties.securityRules");
    rules.extend(reading.need_each(inner.default_security_rules, "properties.defaultSecurityRules"));
    SecurityGroup {
        id: reading.id.clone(),
        rules: rules.into_iter().map(|Object(fields)| security_rule(reading, fields)).collect(),
    }
}

fn security_rule(reading: &mut Reading<'_>, fields: RuleFields) -> SecurityRule {
    let Object(inner) = reading.need(fields.properties, "securityRules.properties").unwrap_or_default();
    let mut both = |one: Text, many: List<Box<str>>, name: &'static str| {
        let mut all = reading.need_each(many, name);
        all.extend(reading.need(one, name));
        all
    };
    let sources =
        both(inner.source_address_prefix, inner.source_address_prefixes, "securityRules.sourceAddressPrefix");
    let destinations = both(
        inner.destination_address_prefix,
        inner.destination_address_prefixes,
        "securityRules.destinationAddressPrefix",
    );
    let source_ports =
        both(inner.source_port_range, inner.source_port_ranges, "securityRules.sourcePortRange");
    let destination_ports = both(
        inner.destination_port_range,
        inner.destination_port_ranges,
        "securityRules.destinationPortRange",
    );
    let groups = [inner.source_application_security_groups, inner.destination_application_security_groups];
    let by_group = groups
        .into_iter()
        .any(|list| !reading.need_each(list, "securityRules.applicationSecurityGroups").is_empty());
    SecurityRule {
        name: reading.take(fields.name, "securityRules.name").unwrap_or_default(),
        priority: reading.need(inner.priority, "securityRules.priority"),
        direction: reading.need(inner.direction, "securityRules.direction"),
        access: reading.need(inner.access, "securityRules.access"),
        protocol: reading.need(inner.protocol, "securityRules.protocol"),
        sources,
        destinations,
        source_ports,
        destination_ports,
        by_group,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct HubProperties {
    virtual_wan: Fields<Reference>,
}

pub(super) fn virtual_hub(reading: &mut Reading<'_>, fields: Plain<HubProperties>) -> VirtualHub {
    let inner = reading.properties(fields.properties);
    VirtualHub {
        id: reading.id.clone(),
        virtual_wan: reading.reference(inner.virtual_wan, "properties.virtualWan"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct HubConnectionProperties {
    remote_virtual_network: Fields<Reference>,
    provisioning_state: Text,
}

pub(super) fn hub_connection(
    reading: &mut Reading<'_>,
    fields: Plain<HubConnectionProperties>,
) -> HubConnection {
    let inner = reading.properties(fields.properties);
    HubConnection {
        id: reading.id.clone(),
        virtual_network: reading.reference(inner.remote_virtual_network, "properties.remoteVirtualNetwork"),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DatabricksProperties {
    peering_state: Text,
    provisioning_state: Text,
    remote_virtual_network: Fields<Reference>,
    databricks_virtual_network: Fields<Reference>,
}

pub(super) fn databricks_peering(
    reading: &mut Reading<'_>,
    fields: Plain<DatabricksProperties>,
) -> DatabricksPeering {
    let inner = reading.properties(fields.properties);
    DatabricksPeering {
        id: reading.id.clone(),
        state: reading.take(inner.peering_state, "properties.peeringState"),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
        remote: reading.reference(inner.remote_virtual_network, "properties.remoteVirtualNetwork"),
        managed: reading.reference(inner.databricks_virtual_network, "properties.databricksVirtualNetwork"),
    }
}
