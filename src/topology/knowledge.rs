//! Absent is not unknown: what the coverage allows to conclude. Knows gaps and lists, not names or networks.

use std::collections::{HashMap, HashSet};

use crate::inventory::{Coverage, Kind, ResourceId};

/// What the topology answers when asked for one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    Found(T),
    /// The list that would hold it was read whole, and it is not in it.
    Absent,
    /// The list that would hold it was not, or not wholly, read.
    Unknown(Unread),
}

impl<T: Copy> Seen<T> {
    /// The object, when it was found.
    pub fn found(&self) -> Option<T> {
        match self {
            Seen::Found(object) => Some(*object),
            Seen::Absent | Seen::Unknown(_) => None,
        }
    }
}

/// Why something is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Unread {
    /// Indices into `coverage.gaps`, sorted. Empty when the place was never asked for.
    pub gaps: Vec<usize>,
    /// What was never asked for, in words; empty when there are gaps.
    pub not_asked: String,
}

impl Unread {
    fn of(mut gaps: Vec<usize>) -> Self {
        gaps.sort_unstable();
        gaps.dedup();
        Unread { gaps, not_asked: String::new() }
    }

    fn not_asked(what: String) -> Self {
        Unread { gaps: Vec::new(), not_asked: what }
    }

    /// Both reasons together.
    pub fn and(mut self, other: Unread) -> Self {
        self.gaps.extend(other.gaps);
        let not_asked = if self.not_asked.is_empty() { other.not_asked } else { self.not_asked };
        Unread { not_asked, ..Unread::of(self.gaps) }
    }
}

/// A malformed field leaves its object in place; every other gap takes objects away.
const MALFORMED_FIELD: &str = "MalformedField";

/// An index over the coverage.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Gaps of a subscription (lower case) by kind; whole-subscription gaps stand under their own kind.
    lists: HashMap<(String, Kind), Vec<usize>>,
    /// Gaps of the children of one resource: links and records of a zone, rules of a ruleset.
    children: HashMap<(ResourceId, Kind), Vec<usize>>,
    /// Objects of which a field could not be understood.
    fields: HashMap<ResourceId, usize>,
    /// Gaps that belong to no subscription.
    tenant: Vec<usize>,
    asked: HashSet<(String, Kind)>,
    subscriptions: Vec<String>,
    every_visible_subscription: bool,
}

impl Knowledge {
    /// Indexes a coverage; indices are those of `coverage.gaps`.
    pub fn new(coverage: &Coverage) -> Self {
        let mut knowledge = Knowledge {
            every_visible_subscription: coverage.every_visible_subscription,
            ..Knowledge::default()
        };
        for subscription in &coverage.subscriptions {
            let id = subscription.id.to_ascii_lowercase();
            for kind in &subscription.kinds {
                knowledge.asked.insert((id.clone(), *kind));
            }
            knowledge.subscriptions.push(id);
        }
        for (index, gap) in coverage.gaps.iter().enumerate() {
            match (&gap.resource, &gap.subscription) {
                // Nor does a subscription whose own object is missing lose its lists.
                (Some(resource), _) if gap.code == MALFORMED_FIELD || gap.kind == Kind::Subscriptions => {
                    knowledge.fields.insert(resource.clone(), index);
                }
                (Some(resource), _) if is_child(gap.kind) => {
                    // A list of children is missing (the gap names the parent), or one child is (it names that).
                    let parent = match Kind::of(resource) {
                        Some(kind) if kind == gap.kind => resource.parent().unwrap_or(resource.clone()),
                        _ => resource.clone(),
                    };
                    knowledge.children.entry((parent, gap.kind)).or_default().push(index);
                }
                (_, Some(subscription)) => {
                    let key = (subscription.to_ascii_lowercase(), gap.kind);
                    knowledge.lists.entry(key).or_default().push(index);
                }
                (_, None) => knowledge.tenant.push(index),
            }
        }
        knowledge
    }

    /// What an id that was not found means, given the list that would hold it.
    pub fn missing<T>(&self, id: &ResourceId, kind: Kind) -> Seen<T> {
        let Some(subscription) = id.subscription() else { return Seen::Absent };
        match self.list(subscription, kind) {
            Some(unread) => Seen::Unknown(unread),
            None => Seen::Absent,
        }
    }

    /// `None` when the list of a kind in a subscription was read whole, else why it was not.
    pub fn list(&self, subscription: &str, kind: Kind) -> Option<Unread> {
        let subscription = subscription.to_ascii_lowercase();
        let gaps = self.list_gaps(&subscription, kind);
        if !gaps.is_empty() {
            return Some(Unread::of(gaps));
        }
        if !self.asked.contains(&(subscription.clone(), kind)) {
            return Some(Unread::not_asked(format!("subscription {subscription} was not read")));
        }
        None
    }

    /// `None` when the children of one resource (the links of a zone, say) were read whole.
    pub fn children(&self, parent: &ResourceId, kind: Kind) -> Option<Unread> {
        let mut gaps = self.children.get(&(parent.clone(), kind)).cloned().unwrap_or_default();
        if let Some(subscription) = parent.subscription() {
            gaps.extend(self.list_gaps(&subscription.to_ascii_lowercase(), kind));
        }
        (!gaps.is_empty()).then(|| Unread::of(gaps))
    }

    /// Gaps in any of these kinds, in any subscription that was asked for them, and in the children of any
    /// resource. `None` when there is none. Says nothing of places never asked.
    pub fn gaps_in(&self, kinds: &[Kind]) -> Option<Unread> {
        let mut gaps = self.tenant.clone();
        for ((subscription, kind), indices) in &self.lists {
            let all_of_it = covers_everything(*kind) && self.was_asked_any(subscription, kinds);
            if kinds.contains(kind) || all_of_it {
                gaps.extend(indices);
            }
        }
        for ((_, kind), indices) in &self.children {
            if kinds.contains(kind) {
                gaps.extend(indices);
            }
        }
        (!gaps.is_empty()).then(|| Unread::of(gaps))
    }

    /// Whether a subscription was asked for any of these kinds, or could be asked for nothing at all.
    fn was_asked_any(&self, subscription: &str, kinds: &[Kind]) -> bool {
        let asked = |kind: &Kind| self.asked.contains(&(subscription.to_owned(), *kind));
        kinds.iter().any(asked) || !Kind::ALL.iter().any(asked)
    }

    /// Whether it is known where every private DNS zone is that the signed-in identity can see. Without that
    /// nobody can say that a zone exists nowhere, or that no zone is linked to a network.
    pub fn every_zone(&self) -> Option<Unread> {
        let gaps = self.gaps_in(&[Kind::PrivateDnsZones]);
        if self.every_visible_subscription {
            return gaps;
        }
        let others = Unread::not_asked("other subscriptions' private DNS zones were not read".to_owned());
        Some(gaps.map_or(others.clone(), |gaps| gaps.and(others)))
    }

    /// Whether every subscription that was asked for anything was asked for this kind: only then can it be said
    /// that no object of it is anywhere in sight.
    pub fn asked_everywhere(&self, kind: Kind) -> bool {
        self.subscriptions.iter().all(|id| self.asked.contains(&(id.clone(), kind)))
    }

    /// The gap in a field of this very object, if there is one.
    pub fn field(&self, id: &ResourceId) -> Option<Unread> {
        self.fields.get(id).map(|index| Unread::of(vec![*index]))
    }

    fn list_gaps(&self, subscription: &str, kind: Kind) -> Vec<usize> {
        let mut gaps = Vec::new();
        for kind in [kind, Kind::Subscriptions, Kind::Permissions] {
            if let Some(indices) = self.lists.get(&(subscription.to_owned(), kind)) {
                gaps.extend(indices);
            }
        }
        gaps
    }
}

/// A gap of these kinds takes the whole subscription away.
fn covers_everything(kind: Kind) -> bool {
    matches!(kind, Kind::Subscriptions | Kind::Permissions)
}

fn is_child(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::VirtualNetworkLinks
            | Kind::RecordSets
            | Kind::InboundEndpoints
            | Kind::ForwardingRules
            | Kind::RulesetLinks
            | Kind::PrivateDnsZoneGroups
    )
}
