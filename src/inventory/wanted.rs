//! What a further round of reading should fetch: plain data handed from the judging side to the reading side.

use super::{ResourceId, Role};

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Want {
    /// Every list of a subscription (id in lower case), with the children of the zones, resolvers and rulesets
    /// in it.
    Subscription { id: String, role: Role },
    /// Only the private DNS zones of a subscription (id in lower case), with their links and records.
    Zones { id: String },
    /// Links and records of one zone that was passed over at first.
    ZoneChildren { zone: ResourceId },
    /// The zone groups of one endpoint: a call per suspect.
    ZoneGroups { endpoint: ResourceId },
}
