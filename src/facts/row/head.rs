//! What every row begins with.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use crate::inventory::{ResourceId, Tags};
use crate::topology::Topology;

/// The name of the rows' shape. It only grows: fields are added, never changed or taken away.
pub(super) const SCHEMA: &str = "plaudit/facts/v1";

/// What every row begins with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    /// The name of this shape.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// The ARM id of the resource that the row is about, as Azure spells it.
    id: String,
    /// The resource's own name: the end of its id.
    name: String,
    /// Its resource group, as Azure spells it.
    resource_group: String,
    /// Its subscription's id, in lower case.
    subscription: String,
    /// Whether it is audited itself; what was read only for its sake, as context, is not.
    reported: bool,
}

impl Head {
    pub(super) fn of(id: &ResourceId, reported: bool) -> Self {
        Head {
            schema: SCHEMA,
            id: shown(id),
            name: id.name().to_owned(),
            resource_group: id.resource_group().unwrap_or_default().to_owned(),
            subscription: id.subscription().unwrap_or_default().to_ascii_lowercase(),
            reported,
        }
    }
}

/// Tags by name, both as written.
pub(super) type TagMap = BTreeMap<String, String>;

/// An ARM id as a row shows it.
pub(super) fn shown(id: &ResourceId) -> String {
    id.as_str().to_owned()
}

/// A list of texts as a row shows it.
pub(super) fn texts(list: &[impl ToString]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// A resource's own tags.
pub(super) fn tags(tags: &Tags) -> Fact<TagMap> {
    match tags {
        Some(tags) => {
            Fact::Known(tags.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
        }
        None => Fact::Unread,
    }
}

/// How the resource that a row is made of was read: an odd one may have more than it tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    /// Whether a field of it could not be understood.
    pub odd: bool,
}

impl Body {
    /// The body of the resource of this id.
    pub(super) fn of(topology: &Topology, id: &ResourceId) -> Self {
        Body { odd: topology.knowledge.field(id).is_some() }
    }

    /// A text that may not be there.
    pub(super) fn text(self, text: &Option<Box<str>>) -> Fact<Option<String>> {
        self.maybe(text.as_deref().map(str::to_owned))
    }

    /// A value that may not be there.
    pub(super) fn maybe<T>(self, value: Option<T>) -> Fact<Option<T>> {
        match value {
            None if self.odd => Fact::Unread,
            value => Fact::Known(value),
        }
    }

    /// A list, or whatever else may be short of something.
    pub(super) fn whole<T>(self, value: impl FnOnce() -> T) -> Fact<T> {
        Fact::unless(self.odd, value)
    }

    /// A flag that is off when nobody says anything.
    pub(super) fn flag(self, flag: bool) -> Fact<bool> {
        Fact::unless(self.odd && !flag, || flag)
    }
}
