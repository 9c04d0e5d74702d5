//! What a row can say of a resource that another one names: what it tells where it was read, null where it is gone, and
//! nothing where nobody knows.

use super::super::Fact;
use super::head::{Body, TagMap, tags as own_tags};
use crate::inventory::{ResourceId, Tags};
use crate::topology::Topology;
use crate::topology::knowledge::Seen;

/// What was seen of a resource that another one names.
pub(super) enum Sight<'a, T> {
    Found { resource: &'a T, odd: bool },
    Gone,
    Unread,
}

impl<'a, T> Sight<'a, T> {
    pub fn of(
        topology: &Topology,
        id: &ResourceId,
        found: Option<&'a T>,
        missing: impl FnOnce() -> Seen<usize>,
    ) -> Self {
        match found {
            Some(resource) => Sight::Found { resource, odd: Body::of(topology, id).odd },
            None => match missing() {
                Seen::Absent => Sight::Gone,
                Seen::Unknown(_) | Seen::Found(_) => Sight::Unread,
            },
        }
    }

    pub fn exists(&self) -> Fact<bool> {
        match self {
            Sight::Found { .. } => Fact::Known(true),
            Sight::Gone => Fact::Known(false),
            Sight::Unread => Fact::Unread,
        }
    }

    /// Something it may not have.
    pub fn maybe<V>(&self, get: impl FnOnce(&'a T) -> Option<V>) -> Fact<Option<V>> {
        match self {
            Sight::Found { resource, odd } => match get(resource) {
                None if *odd => Fact::Unread,
                value => Fact::Known(value),
            },
            Sight::Gone => Fact::Known(None),
            Sight::Unread => Fact::Unread,
        }
    }

    pub fn text(&self, get: impl FnOnce(&'a T) -> &'a Option<Box<str>>) -> Fact<Option<String>> {
        self.maybe(|resource| get(resource).as_deref().map(str::to_owned))
    }

    /// A list, or whatever else may be short of something.
    pub fn whole<V>(&self, get: impl FnOnce(&'a T) -> V) -> Fact<Option<V>> {
        match self {
            Sight::Found { odd: true, .. } | Sight::Unread => Fact::Unread,
            Sight::Found { resource, .. } => Fact::Known(Some(get(resource))),
            Sight::Gone => Fact::Known(None),
        }
    }

    pub fn tags(&self, get: impl FnOnce(&'a T) -> &'a Tags) -> Fact<Option<TagMap>> {
        match self {
            Sight::Found { resource, .. } => match own_tags(get(resource)) {
                Fact::Known(tags) => Fact::Known(Some(tags)),
                Fact::Unread => Fact::Unread,
            },
            Sight::Gone => Fact::Known(None),
            Sight::Unread => Fact::Unread,
        }
    }
}
