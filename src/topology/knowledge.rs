//! Absent is not unknown: what the coverage allows to conclude. Knows gaps and lists, not names or networks.

use foldhash::{HashMap, HashSet};

use crate::inventory::{Coverage, Kind, Measure, ResourceId};

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

/// How many gaps a reason names. A thousand subscriptions that refuse are one reason to each of a hundred thousand
/// endpoints; the rules about gaps tell every one of them once.
const NAMED_GAPS: usize = 10;

/// Why something is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Unread {
    /// The first indices into `coverage.gaps`, sorted. Empty when the place was never asked for.
    pub gaps: Vec<usize>,
    /// Whether there are more gaps than these.
    pub more: bool,
    /// What was never asked for, in words; empty when there are gaps.
    pub not_asked: String,
}

impl Unread {
    fn of(mut gaps: Vec<usize>) -> Self {
        gaps.sort_unstable();
        gaps.dedup();
        let more = gaps.len() > NAMED_GAPS;
        gaps.truncate(NAMED_GAPS);
        Unread { gaps, more, not_asked: String::new() }
    }

    pub(super) fn not_asked(what: String) -> Self {
        Unread { gaps: Vec::new(), more: false, not_asked: what }
    }

    /// Both reasons together.
    pub fn and(mut self, other: Unread) -> Self {
        self.gaps.extend(other.gaps);
        let not_asked = if self.not_asked.is_empty() { other.not_asked } else { self.not_asked };
        let both = Unread::of(self.gaps);
        Unread { not_asked, more: both.more || self.more || other.more, ..both }
    }
}

/// A malformed field leaves its object in place; every other gap takes objects away.
pub(super) const MALFORMED_FIELD: &str = "MalformedField";

/// An index over the coverage.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Gaps of a subscription (lower case) by kind; whole-subscription gaps stand under their own kind.
    lists: HashMap<(String, Kind), Vec<usize>>,
    /// Gaps of the children of one resource: links and records of a zone, rules of a ruleset.
    children: HashMap<(ResourceId, Kind), Vec<usize>>,
    /// Gaps over what is asked for one by one, under the target: its own body, its connections, its group ids, what was
    /// measured of it.
    singles: HashMap<(ResourceId, Kind), Vec<usize>>,
    /// Objects of which a field could not be understood.
    fields: HashMap<ResourceId, usize>,
    /// Gaps that belong to no subscription.
    tenant: Vec<usize>,
    /// What stands in the way of knowing all of a kind, wherever it is.
    anywhere: HashMap<Kind, Unread>,
    /// Whether there is any gap at all.
    has_gaps: bool,
    asked: HashSet<(String, Kind)>,
    /// Sorted.
    subscriptions: Vec<String>,
    every_visible_subscription: bool,
}

impl Knowledge {
    /// Indexes a coverage; indices are those of `coverage.gaps`. Gaps over the fields of `hollow` objects are gaps in the
    /// list of their kind, too.
    pub(super) fn new(coverage: &Coverage, hollow: &HashSet<ResourceId>) -> Self {
        let mut knowledge = Knowledge {
            every_visible_subscription: coverage.every_visible_subscription,
            has_gaps: !coverage.gaps.is_empty(),
            ..Knowledge::default()
        };
        for subscription in &coverage.subscriptions {
            let id = subscription.id.to_ascii_lowercase();
            for kind in &subscription.kinds {
                knowledge.asked.insert((id.clone(), *kind));
            }
            knowledge.subscriptions.push(id);
        }
        knowledge.subscriptions.sort();
        for (index, gap) in coverage.gaps.iter().enumerate() {
            match (&gap.resource, &gap.subscription) {
                // Nor does a subscription whose own object is missing lose its lists.
                (Some(resource), _) if gap.code == MALFORMED_FIELD || gap.kind == Kind::Subscriptions => {
                    knowledge.fields.insert(resource.clone(), index);
                    if hollow.contains(resource) {
                        knowledge.note_hollow(resource, gap.kind, index);
                    }
                }
                (Some(resource), _) if is_single(gap.kind) => {
                    let key = (owner(resource, gap.kind), gap.kind);
                    note(knowledge.singles.entry(key).or_default(), index);
                }
                // It is missing from its list, and as a target.
                (Some(resource), Some(subscription)) if is_listed_target(gap.kind) => {
                    note(knowledge.singles.entry((resource.clone(), Kind::Targets)).or_default(), index);
                    let key = (subscription.to_ascii_lowercase(), gap.kind);
                    note(knowledge.lists.entry(key).or_default(), index);
                }
                (Some(resource), _) if is_child(gap.kind) => {
                    let key = (owner(resource, gap.kind), gap.kind);
                    note(knowledge.children.entry(key).or_default(), index);
                }
                (_, Some(subscription)) => {
                    let key = (subscription.to_ascii_lowercase(), gap.kind);
                    note(knowledge.lists.entry(key).or_default(), index);
                }
                (_, None) => note(&mut knowledge.tenant, index),
            }
        }
        let anywhere = Kind::LISTED.into_iter().filter_map(|kind| Some((kind, knowledge.gaps_of(kind)?)));
        knowledge.anywhere = anywhere.collect();
        knowledge
    }

    fn note_hollow(&mut self, resource: &ResourceId, kind: Kind, index: usize) {
        if is_child(kind) {
            note(self.children.entry((owner(resource, kind), kind)).or_default(), index);
        } else if let Some(subscription) = resource.subscription() {
            note(self.lists.entry((subscription.to_ascii_lowercase(), kind)).or_default(), index);
        }
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
        if !self.has_gaps {
            return None;
        }
        let mut gaps = self.children.get(&(parent.clone(), kind)).cloned().unwrap_or_default();
        if let Some(subscription) = parent.subscription() {
            gaps.extend(self.list_gaps(&subscription.to_ascii_lowercase(), kind));
        }
        (!gaps.is_empty()).then(|| Unread::of(gaps))
    }

    /// The gap in what was asked for by itself: a target ([`Kind::Targets`]), its connections, its group ids. `None`
    /// also for what was never asked for, which [`Coverage::was_asked`] tells.
    pub fn single(&self, kind: Kind, target: &ResourceId) -> Option<Unread> {
        if !self.has_gaps {
            return None;
        }
        self.singles.get(&(target.clone(), kind)).map(|gaps| Unread::of(gaps.clone()))
    }

    /// Gaps in any of these kinds (of [`Kind::LISTED`]), in any subscription that was asked for them, and in the
    /// children of any resource. `None` when there is none. Says nothing of places never asked.
    pub fn gaps_in(&self, kinds: &[Kind]) -> Option<Unread> {
        kinds.iter().filter_map(|kind| self.anywhere.get(kind)).cloned().reduce(Unread::and)
    }

    fn gaps_of(&self, wanted: Kind) -> Option<Unread> {
        let mut gaps = self.tenant.clone();
        for ((subscription, kind), indices) in &self.lists {
            if *kind == wanted || (covers_everything(*kind) && self.may_hold(subscription, wanted)) {
                gaps.extend(indices);
            }
        }
        for ((_, kind), indices) in &self.children {
            if *kind == wanted {
                gaps.extend(indices);
            }
        }
        (!gaps.is_empty()).then(|| Unread::of(gaps))
    }

    /// Whether a subscription was asked for this kind, or could be asked for nothing at all.
    fn may_hold(&self, subscription: &str, kind: Kind) -> bool {
        let asked = |kind: &Kind| self.asked.contains(&(subscription.to_owned(), *kind));
        asked(&kind) || !Kind::LISTED.iter().any(asked)
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

    /// Whether a subscription answered for itself at all: it was asked for something, and not refused as a whole.
    pub fn is_visible(&self, subscription: &str) -> bool {
        let subscription = subscription.to_ascii_lowercase();
        self.subscriptions.binary_search(&subscription).is_ok()
            && !self.lists.contains_key(&(subscription, Kind::Subscriptions))
    }

    /// Whether every subscription that was asked for anything was asked for this kind: only then can it be said
    /// that no object of it is anywhere in sight.
    pub fn asked_everywhere(&self, kind: Kind) -> bool {
        self.subscriptions.iter().all(|id| self.asked.contains(&(id.clone(), kind)))
    }

    /// Whether everything of these kinds was asked for in every subscription that can be seen.
    pub fn asked_for_all(&self, kinds: &[Kind]) -> bool {
        self.every_visible_subscription && kinds.iter().all(|kind| self.asked_everywhere(*kind))
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

/// Keeps a gap as one of those that a reason may name, and one beyond, which says that there are more.
fn note(gaps: &mut Vec<usize>, index: usize) {
    if gaps.len() <= NAMED_GAPS {
        gaps.push(index);
    }
}

/// A gap of these kinds takes the whole subscription away.
fn covers_everything(kind: Kind) -> bool {
    matches!(kind, Kind::Subscriptions | Kind::Permissions)
}

/// Whose gap it is. A list of children is missing (the gap names the parent), or one child is (it names that); a
/// target is named itself.
fn owner(resource: &ResourceId, kind: Kind) -> ResourceId {
    match Kind::of(resource) {
        Some(Kind::Metrics) => Measure::of(resource).map_or(resource.clone(), |(of, _)| of),
        Some(own) if own == kind && kind != Kind::Targets => resource.parent().unwrap_or(resource.clone()),
        _ => resource.clone(),
    }
}

/// Kinds of which nothing is listed over a subscription.
fn is_single(kind: Kind) -> bool {
    matches!(kind, Kind::Targets | Kind::TargetConnections | Kind::LinkResources | Kind::Metrics)
}

/// Kinds of targets that are listed too.
fn is_listed_target(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::PrivateLinkServices
            | Kind::StorageAccounts
            | Kind::DatabricksWorkspaces
            | Kind::KeyVaults
            | Kind::MigrationResources
    )
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
            | Kind::HubConnections
            | Kind::DatabricksPeerings
    )
}
