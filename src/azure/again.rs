//! What an index told, read again from the management API: whole lists, because what an index does not know yet is as
//! wrong as what it still knows.

use super::arm;
use super::reading::{Reading, Round};
use crate::inventory::{Kind, ResourceId};

impl Round<'_> {
    /// The list of one kind over a subscription, with its children. Zones come without theirs, which are many; see
    /// [`Round::zone_again`].
    pub(super) async fn list_again(&self, subscription: &str, kind: Kind) -> Reading {
        let Some(list) = arm::over_subscription(&self.client.endpoints, kind, subscription) else {
            return Reading::default();
        };
        let mut kinds = vec![kind];
        let mut reading = if kind == Kind::PrivateDnsZones {
            let mut zones = self.plain_list(list).await;
            let unrelated = zones.resources.iter().filter(|zone| !self.is_related(zone));
            zones.unrelated_zones = unrelated.map(|zone| zone.id.clone()).collect();
            zones
        } else {
            kinds.extend(arm::kinds_below(kind));
            self.list_with_children(&list).await
        };
        let place = ResourceId::new(&format!("/subscriptions/{subscription}"));
        reading.again = kinds.into_iter().map(|kind| (kind, place.clone())).collect();
        reading
    }

    /// The links and records of one zone.
    pub(super) async fn zone_again(&self, zone: &ResourceId) -> Reading {
        let kinds = arm::kinds_below(Kind::PrivateDnsZones);
        let mut reading = self.children(zone, &kinds).await;
        reading.again = kinds.into_iter().map(|kind| (kind, zone.clone())).collect();
        reading
    }

    /// A target, and its own side of the connections to it.
    pub(super) async fn target_again(&self, target: &ResourceId) -> Reading {
        let mut reading = self.target(target).await;
        let itself = Kind::of(target).map(|kind| (kind, target.clone()));
        reading.again.extend(itself);
        reading.again.push((Kind::TargetConnections, target.clone()));
        reading
    }
}
