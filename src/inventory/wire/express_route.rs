//! ExpressRoute: circuits with their peerings, route filters, communities.

use serde::Deserialize;

use super::field::{Field, Fields, List, Object, Plain, Text};
use super::{Reading, Reference};
use crate::inventory::{Circuit, CircuitPeering, RouteFilter, RouteFilterRule, ServiceCommunity};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CircuitFields {
    location: Text,
    properties: Fields<CircuitProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CircuitProperties {
    circuit_provisioning_state: Text,
    service_provider_provisioning_state: Text,
    express_route_port: Fields<Reference>,
    peerings: List<Object<PeeringFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PeeringFields {
    name: Text,
    properties: Fields<PeeringProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PeeringProperties {
    peering_type: Text,
    state: Text,
    route_filter: Fields<Reference>,
}

/// A peering without a route filter lets nothing through, so that an odd one costs the circuit.
pub(super) fn circuit(reading: &mut Reading<'_>, fields: CircuitFields) -> Circuit {
    let inner = reading.properties(fields.properties);
    let peerings = reading.need_each(inner.peerings, "properties.peerings");
    Circuit {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        circuit_state: reading.take(inner.circuit_provisioning_state, "properties.circuitProvisioningState"),
        provider_state: reading
            .take(inner.service_provider_provisioning_state, "properties.serviceProviderProvisioningState"),
        direct: reading.reference(inner.express_route_port, "properties.expressRoutePort").is_some(),
        peerings: peerings.into_iter().map(|Object(fields)| peering(reading, fields)).collect(),
    }
}

fn peering(reading: &mut Reading<'_>, fields: PeeringFields) -> CircuitPeering {
    let Object(inner) = reading.need(fields.properties, "peerings.properties").unwrap_or_default();
    CircuitPeering {
        name: reading.take(fields.name, "peerings.name").unwrap_or_default(),
        kind: reading.need(inner.peering_type, "peerings.peeringType"),
        state: reading.need(inner.state, "peerings.state"),
        route_filter: reading.need_reference(inner.route_filter, "peerings.routeFilter"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FilterProperties {
    rules: List<Object<RuleFields>>,
    peerings: List<Object<Reference>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RuleFields {
    name: Text,
    properties: Fields<RuleProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RuleProperties {
    access: Text,
    communities: List<Box<str>>,
}

/// What no rule lets through is missing, so that an odd rule costs the filter.
pub(super) fn route_filter(reading: &mut Reading<'_>, fields: Plain<FilterProperties>) -> RouteFilter {
    let inner = reading.properties(fields.properties);
    let rules = reading.need_each(inner.rules, "properties.rules");
    RouteFilter {
        id: reading.id.clone(),
        rules: rules.into_iter().map(|Object(fields)| rule(reading, fields)).collect(),
        peerings: reading.references(inner.peerings, "properties.peerings"),
    }
}

fn rule(reading: &mut Reading<'_>, fields: RuleFields) -> RouteFilterRule {
    let Object(inner) = reading.need(fields.properties, "rules.properties").unwrap_or_default();
    RouteFilterRule {
        name: reading.take(fields.name, "rules.name").unwrap_or_default(),
        access: reading.need(inner.access, "rules.access"),
        communities: reading.need_each(inner.communities, "rules.communities"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CommunityProperties {
    bgp_communities: List<Object<CommunityFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CommunityFields {
    community_name: Text,
    community_value: Text,
}

/// It is the same for everybody and lies in no subscription, so that an odd one is passed over without a gap: a table
/// of our own stands behind it.
pub(super) fn service_community(
    reading: &mut Reading<'_>,
    fields: Plain<CommunityProperties>,
) -> ServiceCommunity {
    let properties = fields.properties.value().unwrap_or_default().0;
    let listed = properties.bgp_communities.value().unwrap_or_default().into_iter();
    let pair = |field: Field<Object<CommunityFields>>| {
        let Object(fields) = field.value()?;
        Some((fields.community_name.value()?, fields.community_value.value()?))
    };
    ServiceCommunity { id: reading.id.clone(), communities: listed.filter_map(pair).collect() }
}
