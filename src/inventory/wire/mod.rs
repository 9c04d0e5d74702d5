//! JSON as Azure sends it → the kinds. The only place that names Azure's own models; joins and judges nothing.
//!
//! Own structs name the fields that are read, and Azure's models serve for the leaves (`field::Model`): a model
//! refuses a whole endpoint for one number where text was due in a field that nobody reads, and lacks fields that
//! are needed (`resourceGuid` of an endpoint, the firewall's `additionalProperties`, resolvers). The tests hold
//! the spelling of the fields against the models.

mod dns;
mod endpoints;
mod express_route;
mod field;
mod metrics;
mod migration;
mod networks;
mod paths;
mod services;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use serde::Deserialize;

use super::snapshot::{self, Part, Parts, SnapshotError};
use super::{Collected, Coverage, Gap, Inventory, Kind, Origin, ResourceId, Subscription, Tags, every_list};
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
    let parts = resources.into_par_iter().with_min_len(256).fold(Inventory::default, |mut part, resource| {
        take_apart(&resource.id, &resource.json, &mut part);
        part
    });
    whole(parts.collect(), origin, coverage)
}

/// Reads the snapshot at `path` (`-` is standard input) and takes it apart line by line: the raw JSON of a large estate
/// is never held as a whole. Gives what [`snapshot::read`] and [`inventory`] give together.
pub fn read(path: &Path) -> Result<Inventory, SnapshotError> {
    snapshot::read_parts(path).map(of_snapshot)
}

/// As [`read`], from anything that can be read; `label` stands in error messages where a path would.
pub fn read_from(reader: impl Read + Send, label: &str) -> Result<Inventory, SnapshotError> {
    snapshot::read_parts_from(reader, label).map(of_snapshot)
}

fn of_snapshot(Parts { origin, coverage, parts }: Parts<Inventory>) -> Inventory {
    whole(parts, origin, coverage)
}

impl Part for Inventory {
    fn take(&mut self, id: ResourceId, line: &str) -> bool {
        take_apart(&id, line, self)
    }
}

/// Puts parts together, in their order.
fn whole(mut parts: Vec<Inventory>, origin: Origin, mut coverage: Coverage) -> Inventory {
    for part in &mut parts {
        coverage.gaps.append(&mut part.coverage.gaps);
    }
    coverage.normalise();
    let mut whole = Inventory { origin, coverage, ..Inventory::default() };
    rayon::scope(|scope| {
        macro_rules! gather {
            ($($list:ident,)*) => {$(
                let found: Vec<_> = parts.iter_mut().map(|part| std::mem::take(&mut part.$list)).collect();
                let list = &mut whole.$list;
                scope.spawn(move |_| *list = gathered(found, |one| &one.id));
            )*};
        }
        every_list!(gather);
    });
    whole
}

/// One list of several, sorted by id. Of several resources with one id the first counts.
fn gathered<T: Send>(lists: Vec<Vec<T>>, id: fn(&T) -> &ResourceId) -> Vec<T> {
    let mut whole = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    lists.into_iter().for_each(|mut list| whole.append(&mut list));
    if !whole.is_sorted_by(|a, b| id(a) < id(b)) {
        whole.par_sort_by(|a, b| id(a).cmp(id(b)));
        whole.dedup_by(|later, first| id(later) == id(first));
    }
    whole
}

/// Puts a resource into the list of its kind, and what it could not say into the gaps. Says whether its text was seen to
/// be JSON.
fn take_apart(id: &ResourceId, json: &str, into: &mut Inventory) -> bool {
    let Some(kind) = Kind::of(id) else { return false };
    let gaps = &mut into.coverage.gaps;
    let mut reading = Reading { id, kind, gaps, broken: None, is_json: false };
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
        Kind::Metrics => into.measured.extend(reading.item(json, metrics::measured).flatten()),
        Kind::MigrationResources => into.targets.extend(reading.item(json, migration::listed)),
        Kind::KeyVaults => {
            into.targets.extend(reading.item(json, services::target));
            into.key_vaults.extend(reading.item(json, migration::key_vault));
        }
        Kind::RoleAssignments => into.role_assignments.extend(reading.item(json, migration::role_assignment)),
        Kind::ExpressRouteCircuits => into.circuits.extend(reading.item(json, express_route::circuit)),
        Kind::RouteFilters => into.route_filters.extend(reading.item(json, express_route::route_filter)),
        Kind::ServiceCommunities => {
            into.service_communities.extend(reading.item(json, express_route::service_community));
        }
        Kind::Permissions => {}
    }
    reading.is_json
}

/// One resource while it is taken apart: gathers what is odd about it.
struct Reading<'a> {
    id: &'a ResourceId,
    kind: Kind,
    gaps: &'a mut Vec<Gap>,
    /// The first odd field without which the resource would be judged wrongly.
    broken: Option<&'static str>,
    /// Whether its text was read to the end.
    is_json: bool,
}

impl Reading<'_> {
    /// Reads the resource's JSON as `J` and makes the typed kind of it; `None` leaves a gap.
    fn item<J, T>(&mut self, json: &str, make: fn(&mut Self, J) -> T) -> Option<T>
    where
        J: for<'de> Deserialize<'de> + Default,
    {
        let read = serde_json::from_str::<Field<Object<J>>>(json);
        self.is_json = read.is_ok();
        let fields = match read {
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
    /// absence is no way to say that there is nothing in it: a link without it is a link to nowhere. So it costs the
    /// resource.
    fn properties<T: Default>(&mut self, field: Field<Object<T>>) -> T {
        let field = if matches!(field, Field::Read(_)) { field } else { Field::Odd };
        self.need(field, "properties").unwrap_or_default().0
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

/// Who made a resource, and when (Azure REST: common types, `systemData`). Many answers are without it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SystemData {
    created_at: Text,
}

/// What cannot be understood is as good as nothing: no verdict hangs on it but that of a rule which says less then.
fn created_at(fields: Fields<SystemData>) -> Option<Box<str>> {
    fields.value()?.0.created_at.value()
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
