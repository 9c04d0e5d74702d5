//! JSON as Azure sends it → the kinds. The only place that names Azure's own models; joins and judges nothing.
//!
//! Own structs name the fields that are read, and Azure's models serve for the leaves (`field::Model`): a model
//! refuses a whole endpoint for one number where text was due in a field that nobody reads, and lacks fields that
//! are needed (`resourceGuid` of an endpoint, the firewall's `additionalProperties`, resolvers). The tests hold
//! the spelling of the fields against the models.

mod dns;
mod endpoints;
mod field;
mod networks;
mod paths;
mod services;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;

use super::{Collected, Gap, Inventory, Kind, Resource, ResourceId, Subscription, Tags};
use field::{Field, Fields, Object, Text};

/// The code of a gap over one field: the resource is there, without what the field should have said.
const MALFORMED_FIELD: &str = "MalformedField";
/// The code of a gap over one resource: it is absent from the typed lists.
const MALFORMED_ITEM: &str = "MalformedItem";

/// Takes every resource apart, on all cores. The raw JSON is dropped on the way.
///
/// Resources of kinds that are not read are passed over. What cannot be understood becomes a gap: of code
/// `MalformedField` where the resource is kept without the field, `MalformedItem` where it is left out because
/// what is left of it would be judged wrongly.
pub fn inventory(collected: Collected) -> Inventory {
    let Collected { origin, mut resources, coverage } = collected;
    if !resources.par_windows(2).all(|pair| pair[0].id <= pair[1].id) {
        resources.par_sort_by(|a, b| a.id.cmp(&b.id));
    }
    let mut inventory = resources
        .into_par_iter()
        .with_min_len(256)
        .fold(Inventory::default, |mut part, resource| {
            take_apart(&resource, &mut part);
            part
        })
        .reduce(Inventory::default, joined);
    let found = std::mem::replace(&mut inventory.coverage, coverage).gaps;
    inventory.origin = origin;
    inventory.coverage.gaps.extend(found);
    inventory.coverage.normalise();
    inventory
}

/// Puts `resource` into the list of its kind, and what it could not say into the gaps.
fn take_apart(resource: &Resource, into: &mut Inventory) {
    let Some(kind) = Kind::of(&resource.id) else { return };
    let mut reading = Reading { id: &resource.id, kind, gaps: &mut into.coverage.gaps, broken: None };
    let json = &*resource.json;
    match kind {
        Kind::Subscriptions => into.subscriptions.extend(reading.item(json, subscription)),
        Kind::PrivateEndpoints => into.private_endpoints.extend(reading.item(json, endpoints::endpoint)),
        Kind::NetworkInterfaces => into.network_interfaces.extend(reading.item(json, endpoints::interface)),
        Kind::PrivateDnsZoneGroups => into.zone_groups.extend(reading.item(json, endpoints::zone_group)),
        Kind::PrivateDnsZones => into.zones.extend(reading.item(json, dns::zone)),
        Kind::VirtualNetworkLinks => into.links.extend(reading.item(json, dns::link)),
        Kind::RecordSets => into.record_sets.extend(reading.item(json, dns::record_set)),
        Kind::DnsResolvers => into.dns_resolvers.extend(reading.item(json, dns::resolver)),
        Kind::InboundEndpoints => into.inbound_endpoints.extend(reading.item(json, dns::inbound_endpoint)),
        Kind::DnsForwardingRulesets => into.rulesets.extend(reading.item(json, dns::ruleset)),
        Kind::ForwardingRules => into.forwarding_rules.extend(reading.item(json, dns::forwarding_rule)),
        Kind::RulesetLinks => into.ruleset_links.extend(reading.item(json, dns::ruleset_link)),
        Kind::VirtualNetworks => into.virtual_networks.extend(reading.item(json, networks::virtual_network)),
        Kind::AzureFirewalls => into.firewalls.extend(reading.item(json, networks::firewall)),
        Kind::FirewallPolicies => {
            into.firewall_policies.extend(reading.item(json, networks::firewall_policy))
        }
        Kind::LoadBalancers => into.load_balancers.extend(reading.item(json, networks::load_balancer)),
        Kind::PrivateLinkServices => {
            into.private_link_services.extend(reading.item(json, services::private_link_service));
        }
        Kind::RouteTables => into.route_tables.extend(reading.item(json, paths::route_table)),
        Kind::NetworkSecurityGroups => into.security_groups.extend(reading.item(json, paths::security_group)),
        Kind::VirtualHubs => into.virtual_hubs.extend(reading.item(json, paths::virtual_hub)),
        Kind::HubConnections => into.hub_connections.extend(reading.item(json, paths::hub_connection)),
        Kind::Targets => into.targets.extend(reading.item(json, services::target)),
        Kind::TargetConnections => {
            into.target_connections.extend(reading.item(json, services::target_connection));
        }
        Kind::LinkResources => into.link_resources.extend(reading.item(json, services::link_resource)),
        Kind::DatabricksPeerings => {
            into.databricks_peerings.extend(reading.item(json, paths::databricks_peering));
        }
        // These are targets too; a workspace's peerings hang on its id alone.
        Kind::StorageAccounts | Kind::DatabricksWorkspaces => {
            into.targets.extend(reading.item(json, services::target))
        }
        Kind::Permissions => {}
    }
}

fn joined(mut left: Inventory, mut right: Inventory) -> Inventory {
    left.coverage.gaps.append(&mut right.coverage.gaps);
    left.subscriptions.append(&mut right.subscriptions);
    left.private_endpoints.append(&mut right.private_endpoints);
    left.network_interfaces.append(&mut right.network_interfaces);
    left.zones.append(&mut right.zones);
    left.links.append(&mut right.links);
    left.record_sets.append(&mut right.record_sets);
    left.virtual_networks.append(&mut right.virtual_networks);
    left.dns_resolvers.append(&mut right.dns_resolvers);
    left.inbound_endpoints.append(&mut right.inbound_endpoints);
    left.rulesets.append(&mut right.rulesets);
    left.forwarding_rules.append(&mut right.forwarding_rules);
    left.ruleset_links.append(&mut right.ruleset_links);
    left.firewalls.append(&mut right.firewalls);
    left.firewall_policies.append(&mut right.firewall_policies);
    left.load_balancers.append(&mut right.load_balancers);
    left.zone_groups.append(&mut right.zone_groups);
    left.private_link_services.append(&mut right.private_link_services);
    left.route_tables.append(&mut right.route_tables);
    left.security_groups.append(&mut right.security_groups);
    left.virtual_hubs.append(&mut right.virtual_hubs);
    left.hub_connections.append(&mut right.hub_connections);
    left.targets.append(&mut right.targets);
    left.target_connections.append(&mut right.target_connections);
    left.link_resources.append(&mut right.link_resources);
    left.databricks_peerings.append(&mut right.databricks_peerings);
    left
}

/// One resource while it is taken apart: gathers what is odd about it.
struct Reading<'a> {
    id: &'a ResourceId,
    kind: Kind,
    gaps: &'a mut Vec<Gap>,
    /// The first odd field without which the resource would be judged wrongly.
    broken: Option<&'static str>,
}

impl Reading<'_> {
    /// Reads the resource's JSON as `J` and makes the typed kind of it; `None` leaves a gap.
    fn item<J, T>(&mut self, json: &str, make: fn(&mut Self, J) -> T) -> Option<T>
    where
        J: for<'de> Deserialize<'de> + Default,
    {
        let fields = match serde_json::from_str::<Field<Object<J>>>(json) {
            Ok(Field::Read(Object(fields))) => fields,
            Ok(Field::Absent | Field::Empty | Field::Odd) => {
                self.gap(MALFORMED_ITEM, "it is not a JSON object".to_owned());
                return None;
            }
            Err(error) => {
                self.gap(MALFORMED_ITEM, format!("its JSON cannot be read: {error}"));
                return None;
            }
        };
        let made = make(self, fields);
        let Some(field) = self.broken else { return Some(made) };
        self.gap(MALFORMED_ITEM, format!("its field {field} cannot be understood, so it was left out"));
        None
    }

    /// The value of a field; an odd one is passed over and leaves a gap.
    fn take<T>(&mut self, field: Field<T>, name: &'static str) -> Option<T> {
        if matches!(field, Field::Odd) {
            self.odd(name);
        }
        field.value()
    }

    /// The value of a field whose absence means something; an odd one costs the resource.
    fn need<T>(&mut self, field: Field<T>, name: &'static str) -> Option<T> {
        if matches!(field, Field::Odd) {
            self.broken.get_or_insert(name);
        }
        field.value()
    }

    /// The fields of a nested object; none of them where there is no object.
    fn open<T: Default>(&mut self, field: Field<Object<T>>, name: &'static str) -> T {
        self.take(field, name).unwrap_or_default().0
    }

    /// As [`Reading::open`], for the object that every resource of the kind has and by which it is judged. Its
    /// absence is no way to say that there is nothing in it, so it leaves a gap too.
    fn properties<T: Default>(&mut self, field: Field<Object<T>>) -> T {
        if !matches!(field, Field::Read(_)) {
            self.odd("properties");
        }
        field.value().unwrap_or_default().0
    }

    /// The elements of a list; odd ones, and `null` in the place of one, are passed over and leave a gap.
    fn each<T>(&mut self, list: Field<Vec<Field<T>>>, name: &'static str) -> Vec<T> {
        let elements = self.take(list, name).unwrap_or_default();
        elements.into_iter().filter_map(|element| self.take(element.element(), name)).collect()
    }

    /// The elements of a list whose emptiness means something; an odd list, an odd element, or `null` in the place
    /// of one costs the resource.
    fn need_each<T>(&mut self, list: Field<Vec<Field<T>>>, name: &'static str) -> Vec<T> {
        let elements = self.need(list, name).unwrap_or_default();
        elements.into_iter().filter_map(|element| self.need(element.element(), name)).collect()
    }

    fn odd(&mut self, field: &'static str) {
        self.gap(MALFORMED_FIELD, format!("its field {field} cannot be understood and was passed over"));
    }

    fn gap(&mut self, code: &str, message: String) {
        self.gaps.push(Gap {
            subscription: self.id.subscription().map(str::to_ascii_lowercase),
            kind: self.kind,
            resource: Some(self.id.clone()),
            status: None,
            code: code.to_owned(),
            message,
        });
    }
}

/// A reference to another resource: `{"id": "…"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    id: Field<ResourceId>,
}

impl Reading<'_> {
    fn reference(&mut self, field: Field<Object<Reference>>, name: &'static str) -> Option<ResourceId> {
        let Reference { id } = self.open(field, name);
        self.take(id, name)
    }

    fn need_reference(&mut self, field: Field<Object<Reference>>, name: &'static str) -> Option<ResourceId> {
        let Object(Reference { id }) = self.need(field, name).unwrap_or_default();
        self.need(id, name)
    }

    fn references(
        &mut self,
        list: Field<Vec<Field<Object<Reference>>>>,
        name: &'static str,
    ) -> Vec<ResourceId> {
        let references = self.each(list, name);
        references.into_iter().filter_map(|Object(Reference { id })| self.take(id, name)).collect()
    }
}

/// `GET /subscriptions/{id}`: no `properties` around its fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SubscriptionFields {
    display_name: Field<Box<str>>,
    tenant_id: Field<Box<str>>,
}

fn subscription(reading: &mut Reading<'_>, fields: SubscriptionFields) -> Subscription {
    Subscription {
        id: reading.id.clone(),
        guid: reading.id.subscription().unwrap_or_default().to_ascii_lowercase(),
        display_name: reading.take(fields.display_name, "displayName").map(String::from).unwrap_or_default(),
        tenant_id: reading.take(fields.tenant_id, "tenantId").map(String::from),
    }
}

/// Tags that are no text leave no gap, for nothing of Azure's own hangs on them.
fn tags(fields: Fields<BTreeMap<String, Text>>) -> Tags {
    let text = |(name, value): (String, Text)| match value {
        Field::Odd => None,
        value => Some((name.into(), value.value().unwrap_or_default())),
    };
    match fields {
        Field::Absent | Field::Empty => Some(Vec::new()),
        Field::Odd => None,
        Field::Read(Object(tags)) => tags.into_iter().map(text).collect(),
    }
}

/// A DNS name in lower case, without trailing dot.
fn dns_name(name: &str) -> Box<str> {
    name.trim_end_matches('.').to_ascii_lowercase().into()
}
