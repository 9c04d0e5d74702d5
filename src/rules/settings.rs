//! What a configuration tells the rules. Plain data; where it comes from is nobody's business here.

use std::collections::{HashMap, HashSet};

use super::observed::Observed;
use crate::inventory::{IdPattern, Pack, ResourceId};

/// What rules go by beside the estate itself.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether machines outside Azure are meant to reach the endpoints.
    pub expect_onprem: bool,
    /// What ExpressRoute is meant to carry.
    pub expect_er: ExpectedRoutes,
    /// The regions that servers are moved to, in lower case.
    pub target_regions: Vec<String>,
    /// The object id (in lower case) of the identity of a migration's appliance.
    pub appliance: Option<String>,
    /// The packs that are asked for by name, sorted.
    pub packs: Vec<Pack>,
    /// Where endpoints ought to stand; PE-007 judges those that one of these speaks of.
    pub expected_networks: Vec<ExpectedNetwork>,
    pub thresholds: Thresholds,
    /// An earlier run, for conditions that hold when they last.
    pub former: Option<Former>,
    /// What a probe saw; without it the LIVE rules have nothing to judge.
    pub observed: Option<Observed>,
}

/// The peerings of ExpressRoute over which traffic is meant to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpectedRoutes {
    /// To private endpoints.
    pub private: bool,
    /// To public endpoints.
    pub microsoft: bool,
}

/// Which endpoints ought to stand in which virtual networks.
#[derive(Debug, Clone)]
pub struct ExpectedNetwork {
    /// The endpoint's id; `None` for any.
    pub endpoint: Option<IdPattern>,
    /// The id of what it leads to; `None` for any.
    pub target: Option<IdPattern>,
    /// A tag of the endpoint, name and value, both without regard to case; `None` for any.
    pub tag: Option<(String, String)>,
    /// The network in which such an endpoint ought to stand.
    pub network: IdPattern,
}

/// From where on something is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Seconds a connection may be pending before PE-001 speaks; needs [`Settings::former`].
    pub pending_grace: u64,
    /// Seconds a record of an endpoint may live in caches (DNS-028).
    pub record_ttl: u64,
    /// Per cent of a limit (DNS-031, PE-013).
    pub capacity: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds { pending_grace: 0, record_ttl: 3600, capacity: 80 }
    }
}

/// What an earlier run saw of things that were on their way: connections that waited, resources and links that
/// were being provisioned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Former {
    /// When it read: seconds since 1970.
    pub collected_at: i64,
    /// The state each was in, as Azure wrote it: `Pending`, `Updating`, `InProgress`.
    pub unfinished: HashMap<ResourceId, String>,
    /// The subscriptions (ids in lower case) of which it read every endpoint. Of others it says nothing.
    pub subscriptions: HashSet<String>,
}
