//! Which packs an estate is judged by: those that were asked for, and those whose undertaking is seen in it.

use crate::inventory::{Kind, Pack, PrivateEndpoint, ResourceId};
use crate::topology::Topology;

use super::Settings;

/// A pack that is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivePack {
    pub pack: Pack,
    /// Why, where nobody asked for it: what was seen in the estate. Names are Azure's: hostile.
    pub because: Option<String>,
}

/// The packs that this estate is judged by, in their own order. One that was asked for when the estate was read is
/// asked for now: a snapshot is judged like the run that wrote it.
pub fn active_packs(topology: &Topology, settings: &Settings) -> Vec<ActivePack> {
    let read_for = &topology.inventory.origin.scope.packs;
    let active = |pack: Pack| {
        if settings.packs.contains(&pack) || read_for.contains(&pack) {
            return Some(ActivePack { pack, because: None });
        }
        let because = match pack {
            Pack::AzureMigrate => migration_seen(topology),
            Pack::ExpressRoute => None,
        };
        because.map(|because| ActivePack { pack, because: Some(because) })
    };
    Pack::ALL.into_iter().filter_map(active).collect()
}

/// The first sign of Azure Migrate among what is reported on, in words.
fn migration_seen(topology: &Topology) -> Option<String> {
    if let Some(project) = topology.migration.projects.iter().find(|project| project.reported) {
        return Some(format!("there is a project of Azure Migrate, {}", project.id.name()));
    }
    let both = topology.inventory.private_endpoints.iter().zip(&topology.endpoints);
    let mut seen = both.filter(|(_, joined)| joined.reported).flat_map(|(endpoint, _)| {
        targets(endpoint)
            .filter(|id| Kind::of(id) == Some(Kind::MigrationResources))
            .map(move |target| (endpoint, target))
    });
    let (endpoint, target) = seen.next()?;
    Some(format!("endpoint {} leads to {} of Azure Migrate", endpoint.id.name(), target.name()))
}

fn targets(endpoint: &PrivateEndpoint) -> impl Iterator<Item = &ResourceId> {
    endpoint.connections.iter().filter_map(|connection| connection.target.as_ref())
}
