//! Which network stands beside which hub.

use std::cmp::Reverse;

use super::estate::Estate;

/// A network that so many others are peered with above all is a hub, even where it hangs on a greater one.
const SPOKES_OF_HUB: usize = 3;

/// A hub and what stands around it; a network without peerings is a hub of none.
#[derive(Debug)]
pub(super) struct Cluster {
    /// Into the estate's networks.
    pub hub: usize,
    pub spokes: Vec<usize>,
}

/// Every network in exactly one cluster; the greatest hubs first.
pub(super) fn clusters(estate: &Estate<'_>) -> Vec<Cluster> {
    let count = estate.networks.len();
    let rank = |network: usize| {
        let peerings = estate.networks.get(network).map_or(0, |network| network.peerings.len());
        (peerings, Reverse(network))
    };
    let parents: Vec<Option<usize>> = (0..count)
        .map(|network| {
            let peers = neighbours(estate, network).filter(|peer| rank(*peer) > rank(network));
            peers.max_by_key(|peer| rank(*peer))
        })
        .collect();
    let mut children = vec![0_usize; count];
    for parent in parents.iter().flatten() {
        if let Some(children) = children.get_mut(*parent) {
            *children += 1;
        }
    }
    // A parent is greater than its children, so that the greatest first finds every parent settled.
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|network| Reverse(rank(*network)));
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut home = vec![0_usize; count];
    for network in order {
        let parent = parents.get(network).copied().flatten();
        let is_hub = children.get(network).is_some_and(|children| *children >= SPOKES_OF_HUB);
        let at = match parent.filter(|_| !is_hub).and_then(|parent| home.get(parent).copied()) {
            Some(at) => {
                if let Some(cluster) = clusters.get_mut(at) {
                    cluster.spokes.push(network);
                }
                at
            }
            None => {
                clusters.push(Cluster { hub: network, spokes: Vec::new() });
                clusters.len() - 1
            }
        };
        if let Some(home) = home.get_mut(network) {
            *home = at;
        }
    }
    clusters
}

/// The networks at the other ends of a network's peerings.
fn neighbours(estate: &Estate<'_>, network: usize) -> impl Iterator<Item = usize> {
    let peerings = estate.networks.get(network).into_iter().flat_map(|network| &network.peerings);
    let ends = peerings.filter_map(|at| estate.peerings.get(*at)).map(|peering| peering.ends);
    ends.map(move |(a, b)| if a == network { b } else { a })
}
