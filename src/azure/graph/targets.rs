//! What endpoints lead to, many at a time, each with its own side of the connections to it. What the index does not know
//! is asked of the management API, which tells what is gone from what may not be read.

use std::collections::BTreeMap;

use futures::future;
use serde_json::value::RawValue;

use super::answer::Row;
use super::{BATCH, query, row};
use crate::azure::arm;
use crate::azure::reading::{Reading, Round};
use crate::inventory::{Kind, Resource, ResourceId, TargetType};

/// A target as the index tells it.
pub(super) struct Indexed {
    pub(super) itself: Resource,
    /// Its side of the connections; `None` where they have a list of their own that the row does not hold.
    pub(super) connections: Option<Vec<Resource>>,
}

impl Round<'_> {
    /// Targets, with their own side of the connections.
    pub(in crate::azure) async fn targets_through_graph(&self, targets: &[&ResourceId]) -> Reading {
        let (plain, odd): (Vec<&ResourceId>, Vec<&ResourceId>) =
            targets.iter().copied().partition(|target| query::may_be_named(target));
        let batches = future::join_all(plain.chunks(BATCH).map(|batch| self.indexed_targets(batch)));
        let odd = future::join_all(odd.into_iter().map(|target| self.target(target)));
        let (batches, odd) = future::join(batches, odd).await;
        let mut reading = Reading::default();
        batches.into_iter().chain(odd).for_each(|part| reading.add(part));
        reading
    }

    async fn indexed_targets(&self, batch: &[&ResourceId]) -> Reading {
        let mut subscriptions: Vec<String> =
            batch.iter().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect();
        subscriptions.sort();
        subscriptions.dedup();
        let subscriptions: Vec<&str> = subscriptions.iter().map(String::as_str).collect();
        let mut known: BTreeMap<ResourceId, Indexed> = BTreeMap::new();
        let mut take = |row: &Row<'_>| {
            let indexed = indexed(row, batch)?;
            known.insert(indexed.itself.id.clone(), indexed);
            Ok(())
        };
        // Whatever goes wrong, the management API is asked for what did not come.
        drop(self.rows(&query::of_ids(batch), &subscriptions, &mut take).await);
        let parts = batch.iter().map(|target| {
            let indexed = known.remove(*target);
            async move {
                match indexed {
                    Some(indexed) => self.indexed_target(indexed).await,
                    None => self.target(target).await,
                }
            }
        });
        let mut reading = Reading::default();
        for part in future::join_all(parts.collect::<Vec<_>>()).await {
            reading.add(part);
        }
        reading
    }

    async fn indexed_target(&self, indexed: Indexed) -> Reading {
        let list = || arm::kept_by(&self.client.endpoints, Kind::TargetConnections, &indexed.itself.id);
        let mut reading = match indexed.connections {
            Some(connections) => Reading { resources: connections, ..Reading::default() },
            None => match list() {
                Some(list) => self.plain_list(list).await,
                None => Reading::default(),
            },
        };
        reading.resources.push(indexed.itself);
        reading
    }
}

/// One of the targets that were asked for, under the id that it was asked for with.
pub(super) fn indexed(row: &Row<'_>, batch: &[&ResourceId]) -> Result<Indexed, String> {
    let id = row::id(row)?;
    let target = batch.iter().find(|target| ***target == id).ok_or("is about another resource")?;
    let itself = row::named(row, target);
    let listed = TargetType::of(target).is_some_and(|row| row.lists_connections);
    let connections = if listed { connections(row, target) } else { Some(Vec::new()) };
    Ok(Indexed { itself, connections })
}

/// The connections that a target's properties hold, each as its own list would tell it.
fn connections(row: &Row<'_>, target: &ResourceId) -> Option<Vec<Resource>> {
    let properties: Row<'_> = serde_json::from_str(row.get("properties")?.get()).ok()?;
    let items: Vec<&RawValue> =
        serde_json::from_str(properties.get("privateEndpointConnections")?.get()).ok()?;
    let connection = |item: &&RawValue| {
        let row: Row<'_> = serde_json::from_str(item.get()).ok()?;
        let id = row::id(&row).ok()?;
        let is_own = id.parent().as_ref() == Some(target) && Kind::of(&id) == Some(Kind::TargetConnections);
        is_own.then(|| row::named(&row, &id))
    };
    items.iter().map(connection).collect()
}
