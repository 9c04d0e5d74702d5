//! Who overwrote an endpoint's record, and with what, as far as the record's metadata and the endpoints tell.

use super::record::Creator;
use super::zone_records::texts;
use crate::inventory::{Kind, ResourceId};
use crate::topology::Topology;
use crate::topology::endpoints::target_and_group;

/// Another endpoint that wrote a record.
pub(super) struct Writer<'a> {
    /// One clause for a message.
    pub text: String,
    /// When it is there.
    pub id: Option<&'a ResourceId>,
}

/// The endpoint, other than this one, that a record's creator names.
pub(super) fn of_records<'a>(topology: &'a Topology, own: usize, records: &[usize]) -> Option<Writer<'a>> {
    let sets = records.iter().map(|set| &topology.inventory.record_sets[*set]);
    let creator = sets.filter_map(|set| set.creator.as_deref().and_then(Creator::parse)).find(|creator| {
        // Where the name fits and the guid does not, it was this endpoint's forerunner.
        !creator.is(&topology.inventory.private_endpoints[own])
    })?;
    Some(writer(topology, creator))
}

fn writer<'a>(topology: &'a Topology, creator: Creator<'a>) -> Writer<'a> {
    let name = creator.endpoint;
    let called = topology.endpoints_called(name);
    let found = match creator.guid {
        Some(guid) => topology.endpoint_with_guid(guid),
        // Without a guid the name alone must tell.
        None => match called {
            [only] => Some(*only),
            _ => None,
        },
    };
    if let Some(found) = found {
        let endpoint = &topology.inventory.private_endpoints[found];
        let target = target_and_group(endpoint).map_or("no target", |(target, _)| target.name());
        let place = endpoint.id.resource_group().unwrap_or_default();
        let has = match topology.endpoints[found].addresses.as_slice() {
            [] => "shows no address".to_owned(),
            addresses => format!("has {}", texts(addresses).join(", ")),
        };
        let text = format!("private endpoint {name} in {place} wrote it, which leads to {target} and {has}");
        return Writer { text, id: Some(&endpoint.id) };
    }
    let kinds = [Kind::PrivateEndpoints];
    let whole = topology.knowledge.gaps_in(&kinds).is_none() && topology.knowledge.asked_for_all(&kinds);
    let text = match (creator.guid, called) {
        (Some(_), [_, ..]) => {
            format!("a former private endpoint {name} wrote it; the one of that name now is another")
        }
        (None, [_, ..]) => format!("one of several private endpoints called {name} wrote it"),
        (_, []) if whole => format!("private endpoint {name} wrote it, which no longer exists"),
        (_, []) => format!("private endpoint {name} wrote it, which cannot be seen from here"),
    };
    Writer { text, id: None }
}
