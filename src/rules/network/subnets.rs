//! NET-011: peerings of single subnets that leave an endpoint's subnet out.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::{Resolves, is_client, resolves};
use super::side::{Side, base};
use crate::finding::Confidence;
use crate::inventory::{Peering, ResourceId};
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::Seen;
use crate::topology::networks::{Remote, is_connected, is_network_manager_peering};
use crate::topology::reach::{Path, Shared};

/// How many endpoints a finding names, and how many are asked for when it is not known who their clients are.
const NAMED: usize = 10;

/// Endpoints that are approved and reported on, by network and subnet.
type BySubnet<'a> = BTreeMap<usize, BTreeMap<&'a ResourceId, Vec<usize>>>;

/// NET-011: clients in a peered network do not reach an endpoint, whose subnet does not take part.
pub(in crate::rules) fn left_out(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let partly = partly_peered(topology);
    for (network, subnets) in by_subnet(topology) {
        for (subnet, endpoints) in subnets {
            let place = Place { topology, network, subnet, endpoints };
            let clients = partly.range((network, 0)..=(network, usize::MAX));
            let mut alone = true;
            for (_, client) in clients {
                alone = false;
                place.judge(*client, sink);
            }
            for side in place.unread_clients() {
                alone = false;
                place.judge_unread(side, sink);
            }
            if alone {
                sink.pass();
            }
        }
    }
}

/// Pairs of networks of which single subnets are peered, each in both orders.
fn partly_peered(topology: &Topology) -> BTreeSet<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    for (index, network) in topology.inventory.virtual_networks.iter().enumerate() {
        for (peering, remote) in network.peerings.iter().zip(&topology.networks[index].remotes) {
            if let (true, Remote::Network(other)) = (is_of_subnets(peering), remote) {
                pairs.insert((index, *other));
                pairs.insert((*other, index));
            }
        }
    }
    pairs
}

fn is_of_subnets(peering: &Peering) -> bool {
    is_connected(peering) && peering.peer_complete_vnets == Some(false)
}

fn by_subnet(topology: &Topology) -> BySubnet<'_> {
    let mut found = BySubnet::new();
    for (index, endpoint) in topology.endpoints.iter().enumerate() {
        let subnet = topology.inventory.private_endpoints[index].subnet.as_ref();
        if let (true, Seen::Found(network), Some(subnet)) = (endpoint.reported, &endpoint.network, subnet)
            && is_approved(topology, index)
        {
            found.entry(*network).or_default().entry(subnet).or_default().push(index);
        }
    }
    found
}

/// A subnet and the endpoints in it.
struct Place<'a> {
    topology: &'a Topology,
    network: usize,
    subnet: &'a ResourceId,
    endpoints: Vec<usize>,
}

impl<'a> Place<'a> {
    fn judge(&self, client: usize, sink: &mut Sink<'_>) {
        let floor = match self.topology.shared(client, self.network, self.subnet) {
            Shared::No => Confidence::Certain,
            Shared::OnOneSide => Confidence::Probable,
            Shared::Yes | Shared::NotPeered => return sink.pass(),
        };
        if let Path::Possible(why) = self.topology.detour(client, self.network) {
            return sink.not_judged(why);
        }
        let Some(side) = self.side(client) else { return sink.pass() };
        let id = &self.topology.inventory.virtual_networks[client].id;
        let expected = if is_client(self.topology, id) {
            Confidence::Certain
        } else {
            match self.asks(client) {
                Resolves::Yes => Confidence::Probable,
                Resolves::No => return sink.not_judged("peered network is not known to be a client"),
                Resolves::Unread(unread) => {
                    let draft = self.unknown(side, id.name());
                    return sink.unknown(&Why::Unread(unread), draft);
                }
            }
        };
        sink.fail(floor.max(expected).max(side.confidence()), self.draft(side, id));
    }

    /// Whether the network behaves as a client: something in it can ask, and gets the endpoints' addresses.
    fn asks(&self, client: usize) -> Resolves {
        if !self.topology.networks[client].has_clients {
            return Resolves::No;
        }
        let mut unread = None;
        for endpoint in self.endpoints.iter().take(NAMED) {
            match resolves(self.topology, client, *endpoint) {
                Resolves::Yes => return Resolves::Yes,
                Resolves::No => {}
                Resolves::Unread(why) => unread = Some(why),
            }
        }
        unread.map_or(Resolves::No, Resolves::Unread)
    }

    /// The peering that a finding is about: that of the endpoints' network, else the client's.
    fn side(&self, client: usize) -> Option<Side<'a>> {
        let of = |network: usize, other: usize| {
            let remotes = &self.topology.networks[network].remotes;
            let position = remotes.iter().position(|remote| *remote == Remote::Network(other))?;
            Some(Side { topology: self.topology, network, position })
        };
        of(self.network, client).or_else(|| of(client, self.network))
    }

    /// Peerings of the endpoints' network alone, with networks that could not be read, that leave the subnet out.
    fn unread_clients(&self) -> impl Iterator<Item = Side<'a>> {
        let (topology, network) = (self.topology, self.network);
        let subnet = self.subnet.name();
        let peerings = &topology.inventory.virtual_networks[network].peerings;
        (0..peerings.len()).map(move |position| Side { topology, network, position }).filter(move |side| {
            let listed = &side.peering().local_subnets;
            let left_out = !listed.is_empty() && !listed.iter().any(|name| name.eq_ignore_ascii_case(subnet));
            is_of_subnets(side.peering()) && matches!(side.remote(), Remote::Unread(_)) && left_out
        })
    }

    fn judge_unread(&self, side: Side<'a>, sink: &mut Sink<'_>) {
        match side.peering().remote.as_ref().filter(|id| is_client(self.topology, id)) {
            // A hub between the two, or a gateway, could not be seen.
            Some(client) => sink.fail(Confidence::Probable, self.draft(side, client)),
            None => {
                let Remote::Unread(unread) = side.remote() else { return };
                sink.unknown(&Why::Unread(unread.clone()), self.unknown(side, side.remote_name()));
            }
        }
    }

    fn unknown(&self, side: Side<'a>, client: &str) -> Draft {
        let subnet = self.subnet.name();
        let message = format!(
            "whether {client} has clients of the endpoints in subnet {subnet}, which takes no part in the peering, cannot be known"
        );
        base(side, None, message).detail(subnet)
    }

    fn draft(&self, side: Side<'a>, client: &ResourceId) -> Draft {
        let (topology, subnet) = (self.topology, self.subnet.name());
        let names = self.endpoints.iter().take(NAMED);
        let names: Vec<&str> =
            names.map(|index| topology.inventory.private_endpoints[*index].id.name()).collect();
        let message = format!(
            "clients in {} do not reach the endpoints in subnet {subnet} of {}: the peering is of single subnets, and it is none of them",
            client.name(),
            topology.inventory.virtual_networks[self.network].id.name(),
        );
        let reverse = side.reverse().filter(|other| is_connected(other.peering()));
        let mut draft = base(side, reverse, message)
            .detail(subnet)
            .related("subnet", self.subnet)
            .evidence("subnet", subnet)
            .evidence("localSubnets", list(&side.peering().local_subnets))
            .evidence("remoteSubnets", list(&side.peering().remote_subnets))
            .evidence("endpoints", names)
            .evidence("endpointCount", self.endpoints.len());
        for index in self.endpoints.iter().take(NAMED) {
            draft = draft.related("privateEndpoint", &topology.inventory.private_endpoints[*index].id);
        }
        draft.headline = format!(
            "the peering of {} with {} leaves out subnets with endpoints",
            side.vnet().id.name(),
            side.remote_name()
        );
        if let Some(keeper) = side.keeper() {
            return draft.advice(keeper.change());
        }
        let both = [Some(side), reverse].into_iter().flatten();
        let draft = both.fold(draft, |draft, side| self.take_in(side, draft));
        let draft = draft.command("bring the peering up to date", remedy::sync_peering(&side.peering().id));
        match reverse {
            Some(other) => {
                draft.command("bring the other side up to date", remedy::sync_peering(&other.peering().id))
            }
            None => draft.advice(format!("the side of {} must list the subnet too", side.remote_name())),
        }
    }

    /// The step that adds the subnet to one side's list of the subnets of the endpoints' network.
    fn take_in(&self, side: Side<'a>, draft: Draft) -> Draft {
        let (mut local, mut remote) =
            (names(&side.peering().local_subnets), names(&side.peering().remote_subnets));
        let own = if side.network == self.network { &mut local } else { &mut remote };
        if own.iter().any(|name| name.eq_ignore_ascii_case(self.subnet.name())) {
            return draft;
        }
        own.push(self.subnet.name());
        if is_network_manager_peering(side.peering()) || local.is_empty() || remote.is_empty() {
            return draft;
        }
        draft.command(
            format!("let the subnet take part, on the side of {}", side.vnet().id.name()),
            remedy::set_peered_subnets(&side.peering().id, &local, &remote),
        )
    }
}

fn names(list: &[Box<str>]) -> Vec<&str> {
    list.iter().map(|name| &**name).collect()
}

fn list(list: &[Box<str>]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}
