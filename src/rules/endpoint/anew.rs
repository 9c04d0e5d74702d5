//! The steps that make an endpoint anew where it stood: deleting it alone leaves its clients with nothing.

use crate::inventory::{Connection, Kind, PrivateEndpoint, ZoneGroup};
use crate::rules::{Draft, remedy};
use crate::topology::Topology;

/// Deletes an endpoint and makes it again with this connection, as far as its subnet and its target are known; `title`
/// says under which condition. It may get another address.
pub(super) fn made_anew(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: Option<&Connection>,
    draft: Draft,
    title: &str,
) -> Draft {
    let draft = draft
        .advice("note what else it has first: fixed addresses, tags and application security groups are not made again")
        .command("delete the endpoint", remedy::delete_endpoint(&endpoint.id));
    let create = connection.zip(endpoint.subnet.as_ref()).and_then(|(connection, subnet)| {
        let place = endpoint.location.as_deref();
        remedy::create_endpoint(&endpoint.id, place, subnet.as_str(), connection)
    });
    match create {
        Some(create) => attached_again(topology, endpoint, draft.command(title, create))
            .advice("have the connection approved where the owner must"),
        None => draft.advice(title),
    }
}

/// The zone group goes with the endpoint, and its records with it.
fn attached_again(topology: &Topology, endpoint: &PrivateEndpoint, draft: Draft) -> Draft {
    let Some(group) = only_group(topology, endpoint) else {
        return match has_none(topology, endpoint) {
            true => draft,
            false => draft.advice("attach its zone group again, if it has one"),
        };
    };
    let zones: Option<Vec<_>> = group.configs.iter().map(|config| config.zone.as_ref()).collect();
    let Some((first, others)) = zones.as_deref().and_then(<[_]>::split_first) else {
        return draft.advice("attach its zone group again");
    };
    let name = group.id.name();
    let first = remedy::create_zone_group(&endpoint.id, name, first);
    let draft = draft.command("attach its zone group again", first);
    others.iter().fold(draft, |draft, zone| {
        let add = remedy::add_to_zone_group(&endpoint.id, name, zone);
        draft.command(format!("with {} in it as before", zone.name()), add)
    })
}

/// Whether an endpoint has no zone group for sure.
fn has_none(topology: &Topology, endpoint: &PrivateEndpoint) -> bool {
    let kind = Kind::PrivateDnsZoneGroups;
    let asked = topology.inventory.coverage.was_asked(kind, &endpoint.id);
    // Azure empties this list when a group is attached.
    let told = !endpoint.custom_dns_configs.is_empty();
    told || (asked && topology.knowledge.children(&endpoint.id, kind).is_none())
}

/// The one zone group that an endpoint can have, where it was read.
fn only_group<'a>(topology: &'a Topology, endpoint: &PrivateEndpoint) -> Option<&'a ZoneGroup> {
    let joined = topology.endpoints.get(topology.endpoint(&endpoint.id)?)?;
    let group = *joined.zone_groups.first()?;
    topology.inventory.zone_groups.get(group)
}
