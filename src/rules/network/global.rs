//! NET-010: Basic load balancers in networks that are peered over regions.

use std::collections::BTreeSet;

use super::routes::{NAMED, join, unseen, vnet};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, LoadBalancer, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::knowledge::Unread;
use crate::topology::{Topology, is_reported};

/// NET-010: who comes over global peering does not reach the frontends of a Basic load balancer (Azure docs: virtual
/// network peering, requirements and constraints).
pub(in crate::rules) fn basic_balancer(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let balancers = &topology.inventory.load_balancers;
    for balancer in balancers.iter().filter(|balancer| is_reported(&topology.inventory, &balancer.id)) {
        let is_basic = balancer.sku.as_deref().is_some_and(|sku| sku.eq_ignore_ascii_case("Basic"));
        let home = balancer.frontends.iter().find_map(|frontend| frontend.held.subnet.as_ref());
        let home = home.and_then(ResourceId::virtual_network).and_then(|id| topology.network(&id));
        match home.filter(|_| is_basic) {
            Some(network) => judge(topology, sink, balancer, network),
            None => sink.pass(),
        }
    }
    for network in (0..topology.networks.len()).filter(|network| topology.networks[*network].reported) {
        if topology.peers_abroad(network).next().is_some()
            && let Some(unread) = unread_balancers(topology, network)
        {
            let name = vnet(topology, network).id.name();
            let message = format!(
                "{name} is peered with networks of other regions, and whether Basic load balancers stand in it is not known"
            );
            let id = &vnet(topology, network).id;
            let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
            sink.unknown(&Why::Unread(unread), Draft::new(id, cause, message.clone(), message));
        }
    }
}

/// Load balancers stand in the subscription of their network (Azure docs: load balancer, frontend configuration).
fn unread_balancers(topology: &Topology, network: usize) -> Option<Unread> {
    let subscription = vnet(topology, network).id.subscription()?;
    topology.knowledge.list(subscription, Kind::LoadBalancers).filter(|unread| !unread.gaps.is_empty())
}

fn judge(topology: &Topology, sink: &mut Sink<'_>, balancer: &LoadBalancer, network: usize) {
    let abroad: BTreeSet<usize> = topology.peers_abroad(network).collect();
    if !abroad.is_empty() {
        let of = abroad.iter().map(|peer| &vnet(topology, *peer).id).collect::<Vec<_>>();
        return sink.fail(Confidence::Certain, draft(topology, balancer, network, &of));
    }
    let mut unread = topology.knowledge.field(&balancer.id);
    if let Some(more) = topology.unread_peers(network) {
        join(&mut unread, more);
    }
    match unread {
        Some(unread) => unseen(sink, unread, draft(topology, balancer, network, &[])),
        None => sink.pass(),
    }
}

fn draft(topology: &Topology, balancer: &LoadBalancer, network: usize, abroad: &[&ResourceId]) -> Draft {
    let home = &vnet(topology, network).id;
    let message = match abroad {
        [] => format!(
            "{} is a Basic load balancer in {}, and not every network that is peered with it was read",
            balancer.id.name(),
            home.name()
        ),
        _ => format!(
            "{} is a Basic load balancer: clients in {} do not reach it over the peering with {}, which spans regions",
            balancer.id.name(),
            abroad.iter().take(3).map(|id| id.name()).collect::<Vec<_>>().join(", "),
            home.name()
        ),
    };
    let cause = Cause { kind: "loadBalancer", id: balancer.id.to_string() };
    let headline = format!("{} does not answer over regions", balancer.id.name());
    let draft = Draft::new(&balancer.id, cause, headline, message)
        .related("virtualNetwork", home)
        .evidence("sku", "Basic")
        .evidence("peersAbroad", abroad.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>())
        .evidence("count", abroad.len());
    let draft = abroad.iter().take(NAMED).fold(draft, |draft, id| draft.related("client", id));
    draft.advice("make it a Standard load balancer, which answers over global peering; Basic ones were retired in September 2025")
}
