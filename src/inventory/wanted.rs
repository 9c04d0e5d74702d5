//! What a further round of reading should fetch: plain data handed from the judging side to the reading side.

use super::{Kind, ResourceId, Role};

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Want {
    /// Every list of a subscription (id in lower case), with the children of the zones, resolvers and rulesets
    /// in it. Without what [`Want::Dns`] brings, when that has been read already.
    Subscription { id: String, role: Role, dns: bool },
    /// Only what may be linked to networks elsewhere, of a subscription (id in lower case): its private DNS
    /// zones and forwarding rulesets, with their links, records and rules.
    Dns { id: String },
    /// Links and records of one zone that was passed over at first.
    ZoneChildren { zone: ResourceId },
    /// The zone groups of one endpoint: a call per suspect.
    ZoneGroups { endpoint: ResourceId },
    /// What an endpoint leads to, and its own side of the connections to it: two calls per suspect.
    Target { target: ResourceId },
    /// The group ids that a target offers.
    LinkResources { target: ResourceId },
    /// The storage accounts of a subscription (id in lower case): one list, where many of them are suspects.
    StorageAccounts { subscription: String },
    /// One list over a subscription (id in lower case) that no whole subscription is read for.
    List { subscription: String, kind: Kind },
    /// The roles that an identity (an object id) has in a subscription (id in lower case) and above it.
    Roles { subscription: String, principal: String },
    /// The Databricks workspaces of a subscription (id in lower case) and the peerings they keep.
    Databricks { subscription: String },
}
