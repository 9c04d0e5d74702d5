//! NET-018: names that resolve to an endpoint's address in a network from which no path leads there.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, ResourceId};
use crate::rules::dns::diagnosis::{Why, is_approved, names_unread};
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::{Endpoint, NameSource};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::reach::Path;
use crate::topology::resolve::{Answer, Outcome, Query};

/// How many endpoints or networks a finding names.
pub(super) const NAMED: usize = 10;

/// How many endpoints of one network are asked for: they resolve alike, for the most part.
const ASKED: usize = 100;

/// Where there is a gap in these, that a name does not resolve may be for want of reading.
const WHAT_ANSWERS: [Kind; 6] = [
    Kind::PrivateDnsZones,
    Kind::VirtualNetworkLinks,
    Kind::RecordSets,
    Kind::DnsForwardingRulesets,
    Kind::ForwardingRules,
    Kind::RulesetLinks,
];

/// Whether a network's clients get an endpoint's address, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolves {
    Yes,
    No,
    Unread(Unread),
}

/// Whether a configuration says that the clients of this network must reach every endpoint.
pub(super) fn is_client(topology: &Topology, network: &ResourceId) -> bool {
    topology.options.client_networks.iter().any(|pattern| pattern.matches(network))
}

/// Whether clients in a network get the address of an endpoint for one of the names seen on it, and no other, from
/// whichever server they ask.
pub(super) fn resolves(topology: &Topology, network: usize, endpoint: usize) -> Resolves {
    let joined = &topology.endpoints[endpoint];
    if let Some(unread) = names_unread(topology, endpoint) {
        return Resolves::Unread(unread);
    }
    if joined.source == NameSource::Derived {
        return Resolves::No;
    }
    let mut unread = topology.knowledge.gaps_in(&WHAT_ANSWERS);
    for name in joined.requirements.names.iter().filter(|name| !name.addresses.is_empty()) {
        let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
        let answers = topology.answers(network, query);
        let hidden = answers.iter().find_map(|answer| match &answer.outcome {
            Outcome::Unread(unread) => Some(unread.clone()),
            _ => topology.overlooked(answer, query).or_else(|| topology.unread_around(answer)),
        });
        let is_own = |answer: &Answer| match &answer.outcome {
            Outcome::Records { records, .. } if answer.confidence < Confidence::Possible => {
                let mut told = records.iter().flat_map(|set| &topology.inventory.record_sets[*set].addresses);
                told.all(|address| name.addresses.contains(address))
            }
            _ => false,
        };
        match hidden {
            Some(why) => unread = Some(why),
            None if !answers.is_empty() && answers.iter().all(is_own) => return Resolves::Yes,
            None => {}
        }
    }
    unread.map_or(Resolves::No, Resolves::Unread)
}

/// Whether another endpoint of the same name stands in the network: which of the two a record leads to is told by
/// DNS-022.
pub(super) fn has_namesake(topology: &Topology, network: usize, endpoint: usize) -> bool {
    let names = topology.endpoints[endpoint].requirements.names.iter();
    let mut holders = names.flat_map(|name| topology.addresses_named(&name.needed.fqdn));
    holders.any(|(_, other)| {
        topology.endpoints[*other].network == Seen::Found(network) && is_approved(topology, *other)
    })
}

/// NET-018: a name leads to an address to which no path leads.
pub(in crate::rules) fn no_path(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    declared_clients(topology, sink);
    super::linked::linked_networks(topology, sink);
}

/// The endpoints that are reported on and work, with the networks they stand in as far as these were read.
pub(super) fn placed(topology: &Topology) -> impl ParallelIterator<Item = (&Seen<usize>, usize)> + '_ {
    let endpoints = topology.endpoints.par_iter().enumerate();
    let works = |(index, endpoint): &(usize, &Endpoint)| endpoint.reported && is_approved(topology, *index);
    endpoints.filter(works).map(|(index, endpoint)| (&endpoint.network, index))
}

/// Networks that a configuration calls clients: each against each network of endpoints.
fn declared_clients(topology: &Topology, sink: &mut Sink<'_>) {
    let networks = topology.inventory.virtual_networks.iter().enumerate();
    let clients: Vec<usize> =
        networks.filter(|(_, network)| is_client(topology, &network.id)).map(|(index, _)| index).collect();
    if clients.is_empty() {
        return;
    }
    let mut by_network: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut unread = None;
    for (network, endpoint) in placed(topology).collect::<Vec<_>>() {
        match network {
            Seen::Found(network) => by_network.entry(*network).or_default().push(endpoint),
            Seen::Unknown(why) => unread = Some(why),
            Seen::Absent => {}
        }
    }
    for client in clients {
        if let Some(unread) = unread {
            let own = name_of(topology, client);
            let message = format!(
                "whether a path leads from {own} to endpoints in networks that could not be read cannot be known"
            );
            sink.unknown(&Why::Unread(unread.clone()), network_base(topology, client, message));
        }
        for (network, endpoints) in by_network.iter().filter(|(network, _)| **network != client) {
            judge_pair(topology, client, *network, endpoints, sink);
        }
    }
}

fn judge_pair(topology: &Topology, client: usize, network: usize, endpoints: &[usize], sink: &mut Sink<'_>) {
    match topology.path(client, network) {
        Path::Direct => return sink.pass(),
        Path::Possible(why) => {
            let Some(unread) = topology.unread_way(client, network) else { return sink.not_judged(why) };
            let (from, to) = (name_of(topology, client), name_of(topology, network));
            let message =
                format!("whether a path leads from {from} to the endpoints in {to} cannot be known");
            return sink.unknown(&Why::Unread(unread.clone()), pair_base(topology, client, network, message));
        }
        Path::None => {}
    }
    // A broken peering, which is told by itself, is the reason.
    if topology.bounds(client).mended == topology.bounds(network).mended {
        return;
    }
    let mut unread = None;
    let mut found = Vec::new();
    let foreign = endpoints.iter().filter(|endpoint| !has_namesake(topology, client, **endpoint));
    for endpoint in foreign.take(ASKED) {
        match resolves(topology, client, *endpoint) {
            Resolves::Yes => found.push(*endpoint),
            Resolves::No => {}
            Resolves::Unread(why) => unread = Some(why),
        }
    }
    match (found.as_slice(), unread) {
        ([], None) => sink.not_judged("names do not resolve to private addresses there"),
        ([], Some(why)) => {
            let message = format!(
                "whether names of endpoints in {} resolve in {}, from which no path leads there, cannot be known",
                name_of(topology, network),
                name_of(topology, client),
            );
            sink.unknown(&Why::Unread(why), pair_base(topology, client, network, message));
        }
        (found, _) => sink.fail(Confidence::Probable, pair_draft(topology, client, network, found)),
    }
}

pub(super) fn name_of(topology: &Topology, network: usize) -> &str {
    topology.inventory.virtual_networks[network].id.name()
}

fn pair_base(topology: &Topology, client: usize, network: usize, message: String) -> Draft {
    let networks = &topology.inventory.virtual_networks;
    let (from, to) = (&networks[client].id, &networks[network].id);
    let cause = Cause { kind: "missingPath", id: format!("{from} -> {to}") };
    Draft::new(from, cause, message.clone(), message)
        .detail(&to.lower())
        .related("virtualNetwork", from)
        .related("remoteVirtualNetwork", to)
}

fn pair_draft(topology: &Topology, client: usize, network: usize, found: &[usize]) -> Draft {
    let (from, to) = (name_of(topology, client), name_of(topology, network));
    let message = format!(
        "names of endpoints in {to} resolve in {from} to their private addresses, and no path leads from there to {to}"
    );
    let more = if found.len() < ASKED { "" } else { " or more" };
    let draft = pair_base(topology, client, network, message)
        .evidence("endpoints", endpoint_names(topology, found))
        .evidence("endpointCount", format!("{}{more}", found.len()));
    connect(with_endpoints(topology, draft, found), from, to)
}

pub(super) fn with_endpoints(topology: &Topology, draft: Draft, endpoints: &[usize]) -> Draft {
    endpoints.iter().take(NAMED).fold(draft, |draft, index| {
        draft.related("privateEndpoint", &topology.inventory.private_endpoints[*index].id)
    })
}

pub(super) fn endpoint_names(topology: &Topology, endpoints: &[usize]) -> Vec<String> {
    let name = |index: &usize| topology.inventory.private_endpoints[*index].id.name().to_owned();
    endpoints.iter().take(NAMED).map(name).collect()
}

/// Which way is right, nobody can see from here: addresses may overlap, and routers may be wanted between.
fn connect(draft: Draft, from: &str, to: &str) -> Draft {
    draft
        .advice(format!("connect {from} with {to}: peer the two, or route between them through a hub"))
        .advice(format!(
            "or make an endpoint of the same target in a network that {from} reaches, with a zone of its own"
        ))
}

pub(super) fn network_base(topology: &Topology, network: usize, message: String) -> Draft {
    let id = &topology.inventory.virtual_networks[network].id;
    let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
    Draft::new(id, cause, message.clone(), message)
}
