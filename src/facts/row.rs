//! Rows as plain JSON, one form for every subject: what leaves as JSON Lines and what expressions are evaluated over.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use super::{EndpointFacts, Identity, LinkFacts, NetworkFacts, PeeringFacts, ZoneFacts};
use super::{endpoint, network, sort, zone};
use crate::inventory::ResourceId;
use crate::topology::Topology;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Endpoint,
    Zone,
    Link,
    Vnet,
    Peering,
}

impl Subject {
    /// Every one, in the order of documents.
    pub const ALL: [Subject; 5] =
        [Subject::Endpoint, Subject::Zone, Subject::Link, Subject::Vnet, Subject::Peering];

    /// The name on the command line and in rules.
    pub fn name(self) -> &'static str {
        match self {
            Subject::Endpoint => "endpoint",
            Subject::Zone => "zone",
            Subject::Link => "link",
            Subject::Vnet => "vnet",
            Subject::Peering => "peering",
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

/// Every row of a subject, context included, sorted by id without regard to case.
pub fn rows(topology: &Topology, subject: Subject) -> Vec<Row> {
    match subject {
        Subject::Endpoint => plain(endpoint::all(topology), |row| &row.identity),
        Subject::Zone => plain(zone::zones(topology), |row| &row.identity),
        Subject::Link => plain(zone::links(topology), |row| &row.identity),
        Subject::Vnet => plain(network::networks(topology), |row| &row.identity),
        Subject::Peering => plain(network::peerings(topology), |row| &row.identity),
    }
}

/// The JSON Schema of a subject's rows.
pub fn schema(subject: Subject) -> Schema {
    match subject {
        Subject::Endpoint => of::<EndpointFacts>(),
        Subject::Zone => of::<ZoneFacts>(),
        Subject::Link => of::<LinkFacts>(),
        Subject::Vnet => of::<NetworkFacts>(),
        Subject::Peering => of::<PeeringFacts>(),
    }
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

fn plain<T: Serialize>(mut rows: Vec<T>, identity: fn(&T) -> &Identity) -> Vec<Row> {
    sort(&mut rows, identity);
    let row = |row: T| {
        let own = identity(&row);
        let (id, reported) = (ResourceId::new(&own.id), own.reported);
        // A row of texts, numbers and lists is always JSON.
        Row { id, reported, facts: serde_json::to_value(&row).unwrap_or_default() }
    };
    rows.into_iter().map(row).collect()
}
