//! What was asked for, what could not be read, and why. Knows nothing of rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, ResourceId};

/// Whether a subscription is audited itself or read only because something points at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Named or found as what the audit is about; its endpoints and peerings are reported on.
    Audited,
    /// Read so that the audited part can be judged; never reported on.
    Context,
}

/// One subscription that the run asked for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionCoverage {
    /// The subscription's id in lower case.
    pub id: String,
    pub role: Role,
    /// The kinds whose lists were asked for, in order. A kind that is listed here and has no gap was read whole.
    pub kinds: Vec<Kind>,
}

/// One thing that was asked for and did not (wholly) arrive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The subscription's id in lower case; `None` for what belongs to none (the list of subscriptions).
    pub subscription: Option<String>,
    /// What was being read. [`Kind::Subscriptions`] means nothing at all could be read of it.
    pub kind: Kind,
    /// The resource whose children, or whose own body, are missing: the zone of a record list, say. `None`
    /// means the list of that kind over the whole subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The server's error code, or ours in the same style (`ConnectionClosed`, `MalformedItem`).
    pub code: String,
    /// One sentence for a person. May hold text from Azure: hostile.
    pub message: String,
}

/// What the run asked for and what it did not get.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Sorted by id.
    pub subscriptions: Vec<SubscriptionCoverage>,
    /// Sorted, without doubles.
    pub gaps: Vec<Gap>,
    /// Whether the list of every subscription that can be seen was read and the private DNS zones and rulesets of
    /// each were asked for. Without it nobody can say that a zone or a link exists nowhere.
    pub every_visible_subscription: bool,
    /// Zones whose links and records were not asked for, because their name has nothing to do with private
    /// link and is no suffix of any name an endpoint carries. Sorted.
    #[serde(default)]
    pub unrelated_zones: Vec<ResourceId>,
    /// What was asked for one by one, a call each: the endpoints whose zone groups were, the targets that were, or
    /// whose connections or group ids were. Sorted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asked_singly: BTreeMap<Kind, Vec<ResourceId>>,
}

impl Coverage {
    /// The entry of a subscription, if it was asked for anything. Needs [`Coverage::normalise`] to have run.
    pub fn subscription(&self, id: &str) -> Option<&SubscriptionCoverage> {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        let found = self.subscriptions.binary_search_by(|s| s.id.bytes().cmp(id.bytes().map(lower)));
        self.subscriptions.get(found.ok()?)
    }

    /// Notes that something was asked for by itself. Needs [`Coverage::normalise`] afterwards.
    pub fn note_asked(&mut self, kind: Kind, resource: &ResourceId) {
        self.asked_singly.entry(kind).or_default().push(resource.clone());
    }

    /// Whether something was asked for by itself: the zone groups of this endpoint, this target, its connections.
    pub fn was_asked(&self, kind: Kind, resource: &ResourceId) -> bool {
        self.asked_singly.get(&kind).is_some_and(|asked| asked.binary_search(resource).is_ok())
    }

    /// Puts ids of subscriptions into lower case, sorts and removes doubles, so that equal coverage is written in equal
    /// bytes.
    pub fn normalise(&mut self) {
        let ids = self.subscriptions.iter_mut().map(|one| &mut one.id);
        let of_gaps = self.gaps.iter_mut().filter_map(|gap| gap.subscription.as_mut());
        ids.chain(of_gaps).for_each(|id| id.make_ascii_lowercase());
        self.subscriptions.sort_by(|a, b| a.id.cmp(&b.id));
        for subscription in &mut self.subscriptions {
            subscription.kinds.sort();
            subscription.kinds.dedup();
        }
        self.gaps.sort();
        self.gaps.dedup();
        self.unrelated_zones.sort();
        self.unrelated_zones.dedup();
        for asked in self.asked_singly.values_mut() {
            asked.sort();
            asked.dedup();
        }
    }
}
