//! NET-012: networks behind one hub that have the same addresses.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt, HashSet};
use ipnet::IpNet;

use super::side::Side;
use crate::finding::{Cause, Confidence};
use crate::inventory::Peering;
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::networks::{Remote, is_connected};

/// How many networks with the same addresses a finding names.
const NAMED: usize = 10;

/// What overlaps with one network: the other one, the hub between, and the two prefixes.
type Overlaps = BTreeMap<usize, (usize, IpNet, IpNet)>;

/// NET-012: the network of endpoints shares addresses with another behind the same hub.
pub(in crate::rules) fn overlapping(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let with_endpoints = endpoint_networks(topology);
    let mut found: HashMap<usize, Overlaps> = HashMap::new();
    let hubs: BTreeSet<usize> = with_endpoints.iter().flat_map(|network| topology.peers(*network)).collect();
    for hub in hubs {
        Spokes::of(topology, hub).overlaps(&with_endpoints, &mut found);
    }
    for network in &with_endpoints {
        match found.get(network) {
            Some(overlaps) => sink.fail(Confidence::Certain, draft(topology, *network, overlaps)),
            None => match unread_hub(topology, *network) {
                Some(unread) => {
                    let name = topology.inventory.virtual_networks[*network].id.name();
                    let message = format!(
                        "whether {name} shares addresses with a network behind its hub cannot be known"
                    );
                    sink.unknown(&Why::Unread(unread), base(topology, *network, message));
                }
                None => sink.pass(),
            },
        }
    }
}

fn endpoint_networks(topology: &Topology) -> BTreeSet<usize> {
    let holds = |(index, endpoint): (usize, &crate::topology::endpoints::Endpoint)| match &endpoint.network {
        Seen::Found(network) if endpoint.reported && is_approved(topology, index) => Some(*network),
        _ => None,
    };
    topology.endpoints.iter().enumerate().filter_map(holds).collect()
}

fn unread_hub(topology: &Topology, network: usize) -> Option<Unread> {
    let peerings = &topology.inventory.virtual_networks[network].peerings;
    peerings.iter().zip(&topology.networks[network].remotes).find_map(|(peering, remote)| match remote {
        Remote::Unread(unread) if is_connected(peering) => Some(unread.clone()),
        _ => None,
    })
}

/// The prefixes that the spokes of a hub bring to it.
struct Spokes {
    hub: usize,
    /// Sorted. Two prefixes are disjoint, or one holds the other.
    brought: Vec<(IpNet, usize)>,
}

impl Spokes {
    fn of(topology: &Topology, hub: usize) -> Self {
        let peerings = &topology.inventory.virtual_networks[hub].peerings;
        let mut brought: Vec<(IpNet, usize)> = (0..peerings.len())
            .map(|position| Side { topology, network: hub, position })
            .filter(|side| is_connected(side.peering()))
            .filter_map(|side| match side.remote() {
                Remote::Network(spoke) => Some((side.peering(), *spoke)),
                _ => None,
            })
            .flat_map(|(peering, spoke)| {
                prefixes(topology, peering, spoke).into_iter().map(move |prefix| (prefix.trunc(), spoke))
            })
            .collect();
        brought.sort_unstable();
        brought.dedup();
        Spokes { hub, brought }
    }

    /// Notes what overlaps with each of these networks. Of a pair in which both hold endpoints the first speaks.
    fn overlaps(&self, with_endpoints: &BTreeSet<usize>, found: &mut HashMap<usize, Overlaps>) {
        for (prefix, network) in self.brought.iter().filter(|(_, network)| with_endpoints.contains(network)) {
            let speaks =
                |other: usize| other != *network && (!with_endpoints.contains(&other) || *network < other);
            let others =
                self.holding(*prefix).chain(self.within(*prefix)).filter(|(_, other)| speaks(*other));
            for (theirs, other) in others.take(NAMED) {
                let overlaps = found.entry(*network).or_default();
                if overlaps.len() < NAMED {
                    overlaps.entry(other).or_insert((self.hub, *prefix, theirs));
                }
            }
        }
    }

    /// What holds a prefix, wider than it.
    fn holding(&self, prefix: IpNet) -> impl Iterator<Item = (IpNet, usize)> + '_ {
        let wider = std::iter::successors(prefix.supernet(), IpNet::supernet);
        wider.flat_map(|wide| {
            let first = self.brought.partition_point(|(known, _)| *known < wide);
            self.brought[first..].iter().take_while(move |(known, _)| *known == wide).copied()
        })
    }

    /// What lies within a prefix, itself included: prefixes are sorted by their first address, the wider first.
    fn within(&self, prefix: IpNet) -> impl Iterator<Item = (IpNet, usize)> + '_ {
        let first = self.brought.partition_point(|(known, _)| *known < prefix);
        self.brought[first..].iter().take_while(move |(known, _)| prefix.contains(known)).copied()
    }
}

/// What a hub's peering brings of a spoke: its whole space, or that of the subnets that take part.
fn prefixes(topology: &Topology, peering: &Peering, spoke: usize) -> Vec<IpNet> {
    let network = &topology.inventory.virtual_networks[spoke];
    if peering.peer_complete_vnets != Some(false) {
        return network.address_prefixes.clone();
    }
    let listed: HashSet<String> =
        peering.remote_subnets.iter().map(|name| name.to_ascii_lowercase()).collect();
    let takes_part = |name: &str| listed.contains(&name.to_ascii_lowercase());
    let subnets = network.subnets.iter().filter(|subnet| takes_part(subnet.id.name()));
    subnets.flat_map(|subnet| subnet.prefixes.iter().copied()).collect()
}

fn base(topology: &Topology, network: usize, message: String) -> Draft {
    let id = &topology.inventory.virtual_networks[network].id;
    let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
    Draft::new(id, cause, message.clone(), message)
}

fn draft(topology: &Topology, network: usize, overlaps: &Overlaps) -> Draft {
    let name = |index: usize| topology.inventory.virtual_networks[index].id.name();
    let others: Vec<&str> = overlaps.keys().map(|other| name(*other)).collect();
    let message = format!(
        "{} holds endpoints and has addresses that {} behind the same hub has too: the hub can lead to one of them alone",
        name(network),
        others.join(", "),
    );
    let told: Vec<String> = overlaps
        .iter()
        .map(|(other, (hub, ours, theirs))| {
            format!("{ours} and {theirs} of {}, both behind {}", name(*other), name(*hub))
        })
        .collect();
    let mut draft = base(topology, network, message).evidence("overlaps", told);
    for other in overlaps.keys() {
        draft = draft.related("virtualNetwork", &topology.inventory.virtual_networks[*other].id);
    }
    draft.advice(
        "give one of the networks other addresses: add a prefix, move what is in it, and remove the old one; endpoints have to be made again in the new subnet",
    )
}
