//! Who wrote a record, as its own metadata tell. Knows no rule.

use super::Topology;
use crate::inventory::PrivateEndpoint;

/// The endpoint that a record's `metadata.creator` names (as private DNS zone groups write it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Creator<'a> {
    pub endpoint: &'a str,
    pub guid: Option<&'a str>,
}

impl<'a> Creator<'a> {
    /// Reads `created by private endpoint {name} with resource guid {guid}`; older records end after the name,
    /// or before it (then there is nothing to read).
    pub fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("created by private endpoint")?.trim();
        match rest.split_once(" with resource guid ") {
            Some((endpoint, guid)) => Some(Creator { endpoint: endpoint.trim(), guid: Some(guid.trim()) }),
            None if rest.is_empty() => None,
            None => Some(Creator { endpoint: rest, guid: None }),
        }
    }

    /// Whether it names this very endpoint.
    pub fn is(&self, endpoint: &PrivateEndpoint) -> bool {
        match (self.guid, &endpoint.resource_guid) {
            (Some(guid), Some(own)) => own.eq_ignore_ascii_case(guid),
            _ => endpoint.id.name().eq_ignore_ascii_case(self.endpoint),
        }
    }

    /// The endpoint that was read and that it names: by guid, or by a name that no other bears where either tells no guid.
    pub fn endpoint_in(&self, topology: &Topology) -> Option<usize> {
        let by_guid = self.guid.and_then(|guid| topology.endpoint_with_guid(guid));
        let called = || match topology.endpoints_called(self.endpoint) {
            [only] => Some(*only).filter(|index| self.is(&topology.inventory.private_endpoints[*index])),
            _ => None,
        };
        by_guid.or_else(called)
    }

    /// Whether an endpoint that was read is the one it names: by guid, or by name where that endpoint tells no guid.
    pub fn exists(&self, topology: &Topology) -> bool {
        let by_guid = self.guid.is_some_and(|guid| topology.endpoint_with_guid(guid).is_some());
        let called = topology.endpoints_called(self.endpoint).iter();
        by_guid || called.into_iter().any(|index| self.is(&topology.inventory.private_endpoints[*index]))
    }

    /// Whether any endpoint that was read bears this guid or name.
    pub fn is_seen(&self, topology: &Topology) -> bool {
        let by_guid = self.guid.is_some_and(|guid| topology.endpoint_with_guid(guid).is_some());
        by_guid || topology.has_endpoint_called(self.endpoint)
    }
}
