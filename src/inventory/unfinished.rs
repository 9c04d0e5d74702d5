//! What of an inventory was on its way when it was read. Pure; judges nothing.

use super::{Inventory, ResourceId};

/// A resource that was being made, changed or taken away, or that waited for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub id: ResourceId,
    /// As Azure wrote it: `Pending`, `Updating`, `InProgress`.
    pub state: Box<str>,
}

/// Provisioning states that do not last (Azure docs: track asynchronous operations, provisioningState values; Azure
/// REST: Microsoft.Network, ProvisioningState).
const ON_THEIR_WAY: [&str; 5] = ["Accepted", "Creating", "Deleting", "Provisioning", "Updating"];

/// What was on its way, sorted by id, each once: endpoints whose connection is pending; endpoints, zone groups, zones,
/// links, peerings, hub connections and private link services that are being provisioned; links that Azure has not
/// finished. A provisioning state comes before what else is unfinished about a resource.
pub fn unfinished(inventory: &Inventory) -> Vec<Unfinished> {
    let mut found: Vec<Unfinished> = provisioned(inventory)
        .filter_map(|(id, state)| {
            let state = state.as_ref().filter(|state| is_one_of(state, &ON_THEIR_WAY))?;
            Some(Unfinished { id: id.clone(), state: state.clone() })
        })
        .collect();
    let waiting = inventory.private_endpoints.iter().filter_map(|endpoint| {
        let states = endpoint.connections.iter().filter_map(|connection| connection.status.as_ref());
        let state = states.into_iter().find(|state| is_one_of(state, &["Pending"]))?;
        Some(Unfinished { id: endpoint.id.clone(), state: state.clone() })
    });
    let linking = inventory.links.iter().filter_map(|link| {
        let state = link.state.as_ref().filter(|state| is_one_of(state, &["InProgress"]))?;
        Some(Unfinished { id: link.id.clone(), state: state.clone() })
    });
    found.extend(waiting);
    found.extend(linking);
    // Stable: of one resource the first stays.
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|later, first| later.id == first.id);
    found
}

type Provisioned<'a> = (&'a ResourceId, &'a Option<Box<str>>);

fn provisioned(inventory: &Inventory) -> impl Iterator<Item = Provisioned<'_>> {
    let endpoints = inventory.private_endpoints.iter().map(|one| (&one.id, &one.provisioning_state));
    let groups = inventory.zone_groups.iter().map(|one| (&one.id, &one.provisioning_state));
    let zones = inventory.zones.iter().map(|one| (&one.id, &one.provisioning_state));
    let links = inventory.links.iter().map(|one| (&one.id, &one.provisioning_state));
    let peerings = inventory.virtual_networks.iter().flat_map(|network| &network.peerings);
    let peerings = peerings.map(|one| (&one.id, &one.provisioning_state));
    let hubs = inventory.hub_connections.iter().map(|one| (&one.id, &one.provisioning_state));
    let managed = inventory.databricks_peerings.iter().map(|one| (&one.id, &one.provisioning_state));
    let services = inventory.private_link_services.iter().map(|one| (&one.id, &one.provisioning_state));
    endpoints
        .chain(groups)
        .chain(zones)
        .chain(links)
        .chain(peerings)
        .chain(hubs)
        .chain(managed)
        .chain(services)
}

fn is_one_of(state: &str, known: &[&str]) -> bool {
    known.iter().any(|one| one.eq_ignore_ascii_case(state.trim()))
}
