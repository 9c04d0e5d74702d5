//! Rows as plain JSON, one form for every subject: what leaves as JSON Lines and what expressions are evaluated over.
//!
//! A row is joined: it tells what its resource says, and what is known of the resources that it names. A fact that could
//! not be read is absent from its row, a list of which something may be missing is absent as a whole, and what was read
//! and is not there is null. So reading less takes facts away, and never changes one.

mod endpoint;
mod head;
mod link;
mod name;
mod peering;
mod record;
mod reference;
mod service;
mod sight;
mod vnet;
mod words;
mod zone;

pub use endpoint::{NamesUnknown, names_unknown};
use rayon::prelude::*;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use crate::inventory::{Kind, ResourceId};
use crate::topology::Topology;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Endpoint,
    /// A name of a private endpoint.
    Name,
    Zone,
    Link,
    Record,
    Vnet,
    Peering,
    /// A private link service.
    Service,
}

impl Subject {
    /// Every one, in the order of documents.
    pub const ALL: [Subject; 8] = [
        Subject::Endpoint,
        Subject::Name,
        Subject::Zone,
        Subject::Link,
        Subject::Record,
        Subject::Vnet,
        Subject::Peering,
        Subject::Service,
    ];

    /// The name on the command line, in rules and in the rows themselves.
    pub fn name(self) -> &'static str {
        match self {
            Subject::Endpoint => "endpoint",
            Subject::Name => "name",
            Subject::Zone => "zone",
            Subject::Link => "link",
            Subject::Record => "record",
            Subject::Vnet => "vnet",
            Subject::Peering => "peering",
            Subject::Service => "service",
        }
    }

    /// What its rows are called: `private endpoints`.
    pub fn title(self) -> &'static str {
        match self {
            Subject::Endpoint => "private endpoints",
            Subject::Name => "names of private endpoints",
            Subject::Zone => "private DNS zones",
            Subject::Link => "virtual network links",
            Subject::Record => "record sets",
            Subject::Vnet => "virtual networks",
            Subject::Peering => "peerings",
            Subject::Service => "private link services",
        }
    }

    /// The kinds that its rows are made of: a gap in one of them takes rows or facts away.
    pub fn kinds(self) -> &'static [Kind] {
        use Kind::*;
        match self {
            Subject::Endpoint => &[
                PrivateEndpoints,
                NetworkInterfaces,
                VirtualNetworks,
                PrivateDnsZones,
                PrivateDnsZoneGroups,
                PrivateLinkServices,
                StorageAccounts,
                Targets,
            ],
            // A name is resolved through nearly everything.
            Subject::Name => &[
                PrivateEndpoints,
                NetworkInterfaces,
                PrivateDnsZones,
                VirtualNetworkLinks,
                RecordSets,
                VirtualNetworks,
                DnsResolvers,
                InboundEndpoints,
                DnsForwardingRulesets,
                ForwardingRules,
                RulesetLinks,
                AzureFirewalls,
                FirewallPolicies,
                LoadBalancers,
                PrivateLinkServices,
                PrivateDnsZoneGroups,
                StorageAccounts,
                Targets,
            ],
            Subject::Zone => &[PrivateDnsZones, VirtualNetworkLinks],
            Subject::Link => &[PrivateDnsZones, VirtualNetworkLinks, VirtualNetworks],
            Subject::Record => {
                &[PrivateDnsZones, RecordSets, PrivateEndpoints, NetworkInterfaces, VirtualNetworks]
            }
            Subject::Vnet => &[
                VirtualNetworks,
                PrivateEndpoints,
                PrivateDnsZones,
                VirtualNetworkLinks,
                DnsForwardingRulesets,
                RulesetLinks,
                DnsResolvers,
            ],
            Subject::Peering => &[VirtualNetworks],
            Subject::Service => &[PrivateLinkServices, LoadBalancers, PrivateEndpoints],
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// The resource it is about.
    pub id: ResourceId,
    /// Whether findings about it are reported; context is not.
    pub reported: bool,
    /// An object: an unread fact is absent, a known-absent one null.
    pub facts: Value,
}

impl Row {
    fn of(id: &ResourceId, reported: bool, facts: &impl Serialize) -> Self {
        // A row of texts, numbers and lists is always JSON.
        Row { id: id.clone(), reported, facts: serde_json::to_value(facts).unwrap_or_default() }
    }
}

/// Every row of a subject, context included, sorted by id without regard to case. Made on every core.
pub fn rows(topology: &Topology, subject: Subject) -> Vec<Row> {
    let mut rows = match subject {
        Subject::Endpoint => endpoint::rows(topology),
        Subject::Name => name::rows(topology),
        Subject::Zone => zone::rows(topology),
        Subject::Link => link::rows(topology),
        Subject::Record => record::rows(topology),
        Subject::Vnet => vnet::rows(topology),
        Subject::Peering => peering::rows(topology),
        Subject::Service => service::rows(topology),
    };
    // The names of one endpoint stay in their order.
    rows.par_sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// The JSON Schema of a subject's rows: draft 2020-12. What it does not name is allowed, because later versions add
/// fields.
pub fn schema(subject: Subject) -> Schema {
    match subject {
        Subject::Endpoint => root::<endpoint::EndpointRow>(subject),
        Subject::Name => root::<name::NameRow>(subject),
        Subject::Zone => root::<zone::ZoneRow>(subject),
        Subject::Link => root::<link::LinkRow>(subject),
        Subject::Record => root::<record::RecordRow>(subject),
        Subject::Vnet => root::<vnet::VnetRow>(subject),
        Subject::Peering => root::<peering::PeeringRow>(subject),
        Subject::Service => root::<service::ServiceRow>(subject),
    }
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

fn root<T: JsonSchema>(subject: Subject) -> Schema {
    let mut schema = generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("urn:plaudit:facts:{}:v1", subject.name()).into());
    schema
}

/// The JSON Schema of a row of whatever subject.
pub fn schema_of_all() -> Schema {
    let mut generator = generator();
    let rows = [
        generator.subschema_for::<endpoint::EndpointRow>(),
        generator.subschema_for::<name::NameRow>(),
        generator.subschema_for::<zone::ZoneRow>(),
        generator.subschema_for::<link::LinkRow>(),
        generator.subschema_for::<record::RecordRow>(),
        generator.subschema_for::<vnet::VnetRow>(),
        generator.subschema_for::<peering::PeeringRow>(),
        generator.subschema_for::<service::ServiceRow>(),
    ];
    let mut schema = Schema::default();
    let text = "One row of the estate's facts. Fields are added, never changed or taken away: pass over those you do not know. \
                A fact that could not be read is absent; one that was read and is not there is null.";
    let named = json!({ "description": "The name of this shape.", "const": head::SCHEMA });
    let about = json!({ "description": "What the row is about.", "enum": Subject::ALL.map(Subject::name) });
    for (key, value) in [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("$id", json!("urn:plaudit:facts:v1")),
        ("title", json!("plaudit facts, version 1")),
        ("description", json!(text)),
        ("type", json!("object")),
        ("properties", json!({ "schema": named, "subject": about })),
        ("required", json!(["schema", "subject"])),
        ("oneOf", json!(rows)),
        ("$defs", Value::Object(generator.take_definitions(true))),
    ] {
        schema.insert(key.to_owned(), value);
    }
    schema
}
