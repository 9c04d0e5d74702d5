//! The estate as rows, one a subject, already joined: what spreadsheets, pictures and people's own programs work on.
//! Pure; knows no rule and no finding.
//!
//! A fact that could not be read is absent from its row; one that was read and is not there is null.

mod endpoint;
mod network;
mod row;
mod zone;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

pub use endpoint::{ConnectionFacts, EndpointFacts};
pub use network::{NetworkFacts, PeeringFacts};
pub use row::{NamesUnknown, Row, Subject, names_unknown, rows, schema, schema_of_all};
pub use zone::{LinkFacts, ZoneFacts};

use crate::inventory::ResourceId;
use crate::topology::Topology;
use crate::topology::knowledge::Seen;

/// A fact that may not have been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Fact<T> {
    Known(T),
    #[serde(skip)]
    Unread,
}

/// What is known has the shape of what is known: an unread fact is not written.
impl<T: JsonSchema> JsonSchema for Fact<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<T> Fact<T> {
    /// What is known; `None` when it was not read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::Unread => None,
        }
    }

    pub(crate) fn is_unread(&self) -> bool {
        matches!(self, Fact::Unread)
    }

    /// A fact that is known unless something stands in the way.
    fn unless(unread: bool, value: impl FnOnce() -> T) -> Self {
        if unread { Fact::Unread } else { Fact::Known(value()) }
    }
}

impl<T> From<Seen<T>> for Fact<Option<T>> {
    fn from(seen: Seen<T>) -> Self {
        match seen {
            Seen::Found(value) => Fact::Known(Some(value)),
            Seen::Absent => Fact::Known(None),
            Seen::Unknown(_) => Fact::Unread,
        }
    }
}

/// What every resource has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The ARM id, as Azure spells it.
    pub id: String,
    pub name: String,
    pub resource_group: String,
    /// The subscription's id, in lower case.
    pub subscription: String,
    /// Whether findings about it are reported; context is not.
    pub reported: bool,
}

impl Identity {
    fn of(id: &ResourceId, reported: bool) -> Self {
        Identity {
            id: id.as_str().to_owned(),
            name: id.name().to_owned(),
            resource_group: id.resource_group().unwrap_or_default().to_owned(),
            subscription: id.subscription().unwrap_or_default().to_ascii_lowercase(),
            reported,
        }
    }
}

/// Every row of an estate, each list sorted by id without regard to case, as ids are compared.
#[derive(Debug, Default)]
pub struct Facts {
    pub endpoints: Vec<EndpointFacts>,
    pub zones: Vec<ZoneFacts>,
    pub links: Vec<LinkFacts>,
    pub networks: Vec<NetworkFacts>,
    pub peerings: Vec<PeeringFacts>,
}

impl Facts {
    /// Gathers them, context included.
    pub fn of(topology: &Topology) -> Self {
        let mut facts = Facts {
            endpoints: endpoint::all(topology),
            zones: zone::zones(topology),
            links: zone::links(topology),
            networks: network::networks(topology),
            peerings: network::peerings(topology),
        };
        sort(&mut facts.endpoints, |row| &row.identity);
        sort(&mut facts.zones, |row| &row.identity);
        sort(&mut facts.links, |row| &row.identity);
        sort(&mut facts.networks, |row| &row.identity);
        sort(&mut facts.peerings, |row| &row.identity);
        facts
    }
}

fn sort<T>(rows: &mut [T], identity: fn(&T) -> &Identity) {
    rows.sort_by_cached_key(|row| identity(row).id.to_ascii_lowercase());
}

/// An ARM id as a row shows it.
fn shown(id: &ResourceId) -> String {
    id.as_str().to_owned()
}

/// Text as a row shows it.
fn text(text: &Option<Box<str>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}
