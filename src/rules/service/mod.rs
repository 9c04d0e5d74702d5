//! Rules about private link services, seen from their owner: PLS-001 to PLS-012.

pub(super) mod balancer;
pub(super) mod connections;
pub(super) mod consumers;
pub(super) mod exposure;
pub(super) mod nat;
pub(super) mod proxy;

use crate::finding::Cause;
use crate::inventory::{PrivateLinkService, ResourceId};
use crate::rules::Draft;
use crate::topology::Topology;
use crate::topology::knowledge::Unread;
use crate::topology::services::Service as Joined;

/// How many offenders one finding names, and how many commands it gives for them.
const NAMED: usize = 10;

const CHANGING: &str = "private link service is being changed";

/// A private link service that is reported on.
#[derive(Clone, Copy)]
struct Service<'a> {
    topology: &'a Topology,
    raw: &'a PrivateLinkService,
    joined: &'a Joined,
}

impl<'a> Service<'a> {
    fn name(self) -> &'a str {
        self.raw.id.name()
    }

    /// Why part of what the service says is missing.
    fn odd_field(self) -> Option<Unread> {
        self.topology.knowledge.field(&self.raw.id)
    }

    fn is_in(self, states: &[&str]) -> bool {
        let own = self.raw.provisioning_state.as_deref().unwrap_or_default();
        states.iter().any(|state| state.eq_ignore_ascii_case(own))
    }

    fn is_changing(self) -> bool {
        self.is_in(&["Updating", "Deleting"])
    }

    fn cause(self) -> Cause {
        Cause { kind: "privateLinkService", id: self.raw.id.to_string() }
    }

    /// A draft about this service alone.
    fn draft(self, headline: &str, message: String) -> Draft {
        Draft::new(&self.raw.id, self.cause(), format!("{}: {headline}", self.name()), message)
    }
}

/// Every service that is reported on.
fn services(topology: &Topology) -> impl Iterator<Item = Service<'_>> {
    let all = topology.inventory.private_link_services.iter().zip(&topology.services.joined);
    all.filter(|(_, joined)| joined.reported).map(|(raw, joined)| Service { topology, raw, joined })
}

/// The first few of many, as evidence.
fn few<'a>(items: impl Iterator<Item = &'a ResourceId>) -> Vec<String> {
    items.take(NAMED).map(ToString::to_string).collect()
}

/// `1 connection`, `3 connections`.
fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Whether a list of subscriptions names everybody.
fn is_open(list: &[Box<str>]) -> bool {
    list.iter().any(|entry| &**entry == "*")
}
