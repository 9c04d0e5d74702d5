//! Both ends of a connection: private link services, targets, their connections and the group ids they offer.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

use super::field::{Field, Fields, List, Object, Plain, Text};
use super::{Reading, Reference, tags};
use crate::inventory::{HeldAddress, LinkResource, PrivateLinkService, ResourceId, Target, TargetConnection};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    location: Text,
    tags: Fields<BTreeMap<String, Text>>,
    properties: Fields<ServiceProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ServiceProperties {
    provisioning_state: Text,
    alias: Text,
    visibility: Fields<Subscriptions>,
    auto_approval: Fields<Subscriptions>,
    enable_proxy_protocol: Field<bool>,
    load_balancer_frontend_ip_configurations: List<Object<Reference>>,
    #[serde(rename = "destinationIPAddress")]
    destination_ip_address: Field<IpAddr>,
    ip_configurations: List<Object<Plain<NatProperties>>>,
    private_endpoint_connections: List<Object<ConnectionFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subscriptions {
    subscriptions: List<Box<str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NatProperties {
    #[serde(rename = "privateIPAddress")]
    private_ip_address: Field<IpAddr>,
    subnet: Fields<Reference>,
}

pub(super) fn private_link_service(reading: &mut Reading<'_>, fields: Service) -> PrivateLinkService {
    let inner = reading.properties(fields.properties);
    // Nobody listed means that rights decide: an odd list must not read as an empty one.
    let Object(visibility) = reading.need(inner.visibility, "properties.visibility").unwrap_or_default();
    let Object(approval) = reading.need(inner.auto_approval, "properties.autoApproval").unwrap_or_default();
    let nat = reading.need_each(inner.ip_configurations, "properties.ipConfigurations");
    PrivateLinkService {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        tags: tags(fields.tags),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
        alias: reading.take(inner.alias, "properties.alias"),
        visibility: reading.need_each(visibility.subscriptions, "properties.visibility.subscriptions"),
        auto_approval: reading.need_each(approval.subscriptions, "properties.autoApproval.subscriptions"),
        proxy_protocol: reading.take(inner.enable_proxy_protocol, "properties.enableProxyProtocol"),
        frontends: reading.references(
            inner.load_balancer_frontend_ip_configurations,
            "properties.loadBalancerFrontendIpConfigurations",
        ),
        // Without a destination there must be a load balancer.
        destination: reading.need(inner.destination_ip_address, "properties.destinationIPAddress"),
        nat: nat.into_iter().map(|Object(fields)| nat_address(reading, fields)).collect(),
        connections: connections(reading, inner.private_endpoint_connections),
    }
}

fn nat_address(reading: &mut Reading<'_>, fields: Plain<NatProperties>) -> HeldAddress {
    let name = "properties.ipConfigurations.properties";
    let inner = reading.open(fields.properties, name);
    HeldAddress {
        address: reading.take(inner.private_ip_address, name),
        subnet: reading.reference(inner.subnet, name),
    }
}

/// A connection, whether it stands in its target or was listed by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConnectionFields {
    id: Field<ResourceId>,
    properties: Fields<ConnectionProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConnectionProperties {
    provisioning_state: Text,
    private_endpoint: Fields<Reference>,
    private_link_service_connection_state: Fields<ConnectionState>,
    group_ids: List<Box<str>>,
    /// Cosmos DB's spelling.
    group_id: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConnectionState {
    status: Text,
    description: Text,
}

/// A connection without an id cannot be pointed at: it is passed over and leaves a gap.
fn connections(reading: &mut Reading<'_>, list: List<Object<ConnectionFields>>) -> Vec<TargetConnection> {
    let list = reading.each(list, "properties.privateEndpointConnections");
    let mut connections = Vec::with_capacity(list.len());
    for Object(fields) in list {
        match fields.id.value() {
            Some(id) => connections.push(connection(reading, id, fields.properties)),
            None => reading.odd("properties.privateEndpointConnections.id"),
        }
    }
    connections
}

fn connection(
    reading: &mut Reading<'_>,
    id: ResourceId,
    properties: Fields<ConnectionProperties>,
) -> TargetConnection {
    let inner = reading.open(properties, "privateEndpointConnections.properties");
    let state =
        reading.open(inner.private_link_service_connection_state, "privateLinkServiceConnectionState");
    let mut group_ids = reading.each(inner.group_ids, "privateEndpointConnections.groupIds");
    group_ids.extend(reading.take(inner.group_id, "privateEndpointConnections.groupId"));
    TargetConnection {
        id,
        endpoint: reading.reference(inner.private_endpoint, "privateEndpointConnections.privateEndpoint"),
        status: reading.take(state.status, "privateLinkServiceConnectionState.status"),
        description: reading.take(state.description, "privateLinkServiceConnectionState.description"),
        provisioning_state: reading
            .take(inner.provisioning_state, "privateEndpointConnections.provisioningState"),
        group_ids,
    }
}

pub(super) fn target_connection(reading: &mut Reading<'_>, fields: ConnectionFields) -> TargetConnection {
    let id = reading.id.clone();
    connection(reading, id, fields.properties)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TargetFields {
    location: Text,
    tags: Fields<BTreeMap<String, Text>>,
    properties: Fields<TargetProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TargetProperties {
    public_network_access: Text,
    network_acls: Fields<NetworkRules>,
    /// Container Registry's spelling, and that of namespaces.
    network_rule_set: Fields<NetworkRules>,
    is_hns_enabled: Field<bool>,
    private_endpoint_connections: List<Object<ConnectionFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NetworkRules {
    default_action: Text,
}

pub(super) fn target(reading: &mut Reading<'_>, fields: TargetFields) -> Target {
    let inner = reading.properties(fields.properties);
    let acls = reading.open(inner.network_acls, "properties.networkAcls");
    let rules = reading.open(inner.network_rule_set, "properties.networkRuleSet");
    let action = reading.take(acls.default_action, "properties.networkAcls.defaultAction");
    let embedded = matches!(inner.private_endpoint_connections, Field::Read(_));
    let connections = connections(reading, inner.private_endpoint_connections);
    Target {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        tags: tags(fields.tags),
        public_network_access: reading.take(inner.public_network_access, "properties.publicNetworkAccess"),
        default_action: action
            .or_else(|| reading.take(rules.default_action, "properties.networkRuleSet.defaultAction")),
        hierarchical_namespace: reading.take(inner.is_hns_enabled, "properties.isHnsEnabled"),
        connections: embedded.then_some(connections),
    }
}

/// Some providers leave `properties` out and put its fields at the top (recorded: Synapse).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LinkResourceFields {
    properties: Fields<Offer>,
    #[serde(flatten)]
    own: Offer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Offer {
    group_id: Text,
    required_members: List<Box<str>>,
    required_zone_names: List<Box<str>>,
}

pub(super) fn link_resource(reading: &mut Reading<'_>, fields: LinkResourceFields) -> LinkResource {
    let offer = reading.take(fields.properties, "properties").map_or(fields.own, |Object(inner)| inner);
    LinkResource {
        id: reading.id.clone(),
        group_id: reading.take(offer.group_id, "properties.groupId"),
        members: reading.each(offer.required_members, "properties.requiredMembers"),
        zones: reading.each(offer.required_zone_names, "properties.requiredZoneNames"),
    }
}
