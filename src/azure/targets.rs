//! What endpoints lead to: one call for a target, one for its connections, one for its group ids. What is gone
//! is told from what cannot be read.

use super::arm;
use super::client::Failed;
use super::page;
use super::paging;
use super::reading::{ListLog, Reading, Round};
use crate::inventory::{Gap, Kind, Resource, ResourceId, Role, SubscriptionCoverage};

/// What asking for a target came to.
enum Asked {
    There(Resource),
    /// Deleted, in a subscription that answers.
    Gone,
    Unread(Gap),
}

impl Round<'_> {
    /// A target and its own side of the connections to it. Of one that is gone nothing arrives, not even a gap.
    pub(super) async fn target(&self, target: &ResourceId) -> Reading {
        let Some(asked) = self.target_itself(target).await else { return Reading::default() };
        let mut reading = match asked {
            Asked::Gone => return Reading::default(),
            Asked::There(resource) => Reading { resources: vec![resource], ..Reading::default() },
            Asked::Unread(gap) => Reading { gaps: vec![gap], ..Reading::default() },
        };
        if let Some(list) = arm::kept_by(&self.client.endpoints, Kind::TargetConnections, target) {
            reading.add(self.plain_list(list).await);
        }
        reading
    }

    /// `None` for a type that is not asked.
    async fn target_itself(&self, target: &ResourceId) -> Option<Asked> {
        let list = arm::target(&self.client.endpoints, target)?;
        let mut log = ListLog::start(&list, self.progress);
        let failed = match self.client.get(&list.url, &list.subscription, list.lane).await {
            Ok(body) => match page::read_target(&body, target) {
                Ok(resource) => {
                    log.add(1, &[]);
                    return Some(Asked::There(resource));
                }
                Err(why) => paging::malformed("MalformedItem", &format!("the answer {why}")),
            },
            Err(Failed { status, code, .. }) if arm::is_gone(status, &code) => return Some(Asked::Gone),
            Err(failed) => failed,
        };
        let gap = paging::gap(&list, failed);
        log.add(0, std::slice::from_ref(&gap));
        Some(Asked::Unread(gap))
    }

    /// The group ids that a target offers. Where the target is gone, none arrive.
    pub(super) async fn link_resources(&self, target: &ResourceId) -> Reading {
        match arm::kept_by(&self.client.endpoints, Kind::LinkResources, target) {
            Some(list) => {
                let mut reading = self.plain_list(list).await;
                reading.gaps.retain(|gap| !arm::is_gone(gap.status, &gap.code));
                reading
            }
            None => Reading::default(),
        }
    }

    /// The roles of one identity in a subscription, as far as they are not above what the caller sees.
    pub(super) async fn roles(&self, subscription: &str, principal: &str) -> Reading {
        let mut reading = Reading::default();
        if let Some(list) = arm::roles(&self.client.endpoints, subscription, principal) {
            reading.add(self.plain_list(list).await);
        }
        reading.subscriptions.push(SubscriptionCoverage {
            id: subscription.to_owned(),
            role: Role::Context,
            kinds: vec![Kind::RoleAssignments],
        });
        reading
    }

    /// One list of a subscription with the children of its items, which no whole subscription is read for.
    pub(super) async fn also(&self, subscription: &str, kind: Kind) -> Reading {
        let mut reading = self.lists(subscription, &[kind]).await;
        let kinds = [kind].into_iter().chain(arm::kinds_below(kind)).collect();
        reading.subscriptions.push(SubscriptionCoverage {
            id: subscription.to_owned(),
            role: Role::Context,
            kinds,
        });
        reading
    }
}
