//! Which virtual networks can reach each other. Knows no names.

use foldhash::{HashMap, HashMapExt};

use super::Topology;
use super::knowledge::Unread;
use super::networks::{Network, Remote, VirtualWan, is_connected, is_network_manager_peering};
use crate::inventory::{Inventory, Peering, ResourceId, Subnet, VirtualNetwork};

/// The one subnet in which gateways stand (Azure docs: VPN Gateway settings, gateway subnet).
const GATEWAY_SUBNET: &str = "GatewaySubnet";

/// The one subnet in which a Route Server stands (Azure docs: Azure Route Server FAQ).
const ROUTE_SERVER_SUBNET: &str = "RouteServerSubnet";

const UNREAD: &str = "a peered network could not be read";

/// Whether packets from one network get to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// The same network, or a Connected peering between the two.
    Direct,
    /// Nothing seen proves it, but something could make it: a shared hub with a router in it, Virtual WAN,
    /// Virtual Network Manager, gateways on both sides, or a peering whose other end could not be read.
    Possible(&'static str),
    /// Nothing that could make one is in sight.
    None,
}

/// What the peerings between two networks say of one subnet of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// They are not peered.
    NotPeered,
    /// The whole networks are peered, or the subnet takes part.
    Yes,
    /// One side lists it and the other does not.
    OnOneSide,
    /// Single subnets are peered, and it is none of them.
    No,
}

/// What bounds the networks that one can reach. Networks of one island reach each other if routers let them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub island: usize,
    /// The island if every broken peering of a network that is reported on were whole.
    pub mended: usize,
    /// Whether a gateway stands in the island, or what may be as good as one.
    pub gateway: bool,
    /// Whether more may hang together with it than could be read.
    pub open: bool,
}

/// Networks that hang together by Connected peerings or a Virtual WAN. Routers in them may pass packets on, so
/// that from one such island to another there is no way but through gateways and what was not read.
#[derive(Debug, Default)]
pub(super) struct Islands {
    /// The island of each network.
    of: Vec<usize>,
    /// The same if every broken peering of a network that is reported on were whole.
    mended: Vec<usize>,
    /// Whether ways out of Azure may lead from it, by island.
    gateway: Vec<bool>,
    /// Why a network to which a peering leads out of it could not be read, by island.
    unread: Vec<Option<Unread>>,
}

impl Islands {
    /// Finds them; networks in the inventory's order.
    pub(super) fn new(inventory: &Inventory, networks: &[Network]) -> Self {
        let mut parents: Vec<usize> = (0..networks.len()).collect();
        for (index, network) in networks.iter().enumerate() {
            for peer in network.connected_peers(&inventory.virtual_networks[index]) {
                join(&mut parents, index, peer);
            }
        }
        join_by_wan(&mut parents, networks);
        let of = roots(&mut parents);
        for (index, network) in networks.iter().enumerate() {
            for remote in &network.remotes {
                if let Remote::Network(other) = remote
                    && (network.reported || networks[*other].reported)
                {
                    join(&mut parents, index, *other);
                }
            }
        }
        let mended = roots(&mut parents);
        let (mut gateway, mut unread) = (vec![false; networks.len()], vec![None; networks.len()]);
        for (index, island) in of.iter().enumerate() {
            let vnet = &inventory.virtual_networks[index];
            gateway[*island] |= may_lead_out(vnet, &networks[index]);
            if unread[*island].is_none() {
                unread[*island] = unread_peer(vnet, &networks[index]).cloned();
            }
        }
        Islands { of, mended, gateway, unread }
    }
}

/// A network whose WAN is not known may be in any.
fn join_by_wan(parents: &mut [usize], networks: &[Network]) {
    let any_unseen = networks.iter().any(|network| network.virtual_wan == VirtualWan::Unseen);
    let mut firsts: HashMap<Option<&ResourceId>, usize> = HashMap::new();
    for (index, network) in networks.iter().enumerate() {
        let wans: Vec<Option<&ResourceId>> = match &network.virtual_wan {
            VirtualWan::None => Vec::new(),
            VirtualWan::Of(wans) if !any_unseen => wans.iter().map(Some).collect(),
            VirtualWan::Of(_) | VirtualWan::Unseen => vec![None],
        };
        for wan in wans {
            let first = *firsts.entry(wan).or_insert(index);
            join(parents, first, index);
        }
    }
}

fn root(parents: &mut [usize], mut network: usize) -> usize {
    while parents[network] != network {
        parents[network] = parents[parents[network]];
        network = parents[network];
    }
    network
}

fn roots(parents: &mut [usize]) -> Vec<usize> {
    (0..parents.len()).map(|network| root(parents, network)).collect()
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

fn holds(network: &VirtualNetwork, subnet: &str) -> bool {
    let named = |candidate: &&Subnet| candidate.id.name().eq_ignore_ascii_case(subnet);
    network.subnets.iter().filter(named).any(|found| !found.ip_configurations.is_empty())
}

/// Whether a network has a way out of Azure, or may have one that no list shows: gateways of a Virtual WAN stand in
/// its hubs, and a Route Server is there to learn the routes of routers, which may have tunnels (Azure docs: Virtual
/// WAN, global transit network architecture; Azure Route Server, ExpressRoute and SD-WAN).
fn may_lead_out(vnet: &VirtualNetwork, network: &Network) -> bool {
    network.virtual_wan != VirtualWan::None || holds(vnet, GATEWAY_SUBNET) || holds(vnet, ROUTE_SERVER_SUBNET)
}

fn unread_peer<'a>(vnet: &VirtualNetwork, network: &'a Network) -> Option<&'a Unread> {
    let mut ends = vnet.peerings.iter().zip(&network.remotes);
    ends.find_map(|(peering, remote)| match remote {
        Remote::Unread(unread) if is_connected(peering) => Some(unread),
        _ => None,
    })
}

impl Topology {
    /// How `from` gets to addresses in `to`.
    pub fn path(&self, from: usize, to: usize) -> Path {
        if from == to || self.is_peered(from, to) {
            return Path::Direct;
        }
        self.detour(from, to)
    }

    /// How `from` gets to an endpoint; `None` when the endpoint's network is not known. A peering of single
    /// subnets that leaves the endpoint's out is no way to it.
    pub fn path_to_endpoint(&self, from: usize, endpoint: usize) -> Option<Path> {
        let to = self.endpoints[endpoint].network.found()?;
        let subnet = self.inventory.private_endpoints[endpoint].subnet.as_ref();
        let left_out = from != to && subnet.is_some_and(|subnet| self.shared(from, to, subnet) == Shared::No);
        Some(if left_out { self.detour(from, to) } else { self.path(from, to) })
    }

    /// How `from` may get to `to` though no peering between the two brings it there.
    pub fn detour(&self, from: usize, to: usize) -> Path {
        let (ours, theirs) = (self.islands.of[from], self.islands.of[to]);
        if self.networks[from].virtual_wan.may_be_shared(&self.networks[to].virtual_wan) {
            return Path::Possible("both networks are connected to Virtual WAN");
        }
        if ours == theirs && self.peers(from).any(|hub| self.peers(to).any(|other| other == hub)) {
            return Path::Possible("both networks are peered with one hub, where a router may stand");
        }
        if [from, to].iter().any(|network| self.is_managed(*network)) {
            return Path::Possible("Virtual Network Manager may connect the networks");
        }
        if self.islands.gateway[ours] && self.islands.gateway[theirs] {
            return Path::Possible("gateways may connect the networks");
        }
        if ours == theirs && !self.is_peered(from, to) {
            return Path::Possible("other networks lie between the two, where routers may stand");
        }
        match self.unread_between(from, to) {
            Some(_) => Path::Possible(UNREAD),
            None => Path::None,
        }
    }

    /// Why a way between two networks that are not connected by anything in sight cannot be ruled out: a network
    /// with which one of the two hangs together was not read.
    fn unread_between(&self, from: usize, to: usize) -> Option<&Unread> {
        let unread = |network: usize| self.islands.unread[self.islands.of[network]].as_ref();
        unread(from).or_else(|| unread(to))
    }

    /// The same, where that alone makes the [`Topology::path`] possible.
    pub fn unread_way(&self, from: usize, to: usize) -> Option<&Unread> {
        (self.path(from, to) == Path::Possible(UNREAD)).then(|| self.unread_between(from, to)).flatten()
    }

    /// Networks with a Connected peering from this one.
    pub fn peers(&self, network: usize) -> impl Iterator<Item = usize> + '_ {
        self.networks[network].connected_peers(&self.inventory.virtual_networks[network])
    }

    /// The Connected peerings from one network to another.
    pub fn peerings_between(&self, from: usize, to: usize) -> impl Iterator<Item = &Peering> + '_ {
        let peerings = self.inventory.virtual_networks[from].peerings.iter();
        peerings
            .zip(&self.networks[from].remotes)
            .filter(move |(peering, remote)| **remote == Remote::Network(to) && is_connected(peering))
            .map(|(peering, _)| peering)
    }

    /// What the peerings between `from` and `to` say of a subnet of `to`. Each side lists the subnets of both that
    /// take part (Azure docs: how to configure subnet peering); a list that is empty says nothing.
    pub fn shared(&self, from: usize, to: usize, subnet: &ResourceId) -> Shared {
        let there = self.peerings_between(from, to).map(|peering| (peering, &peering.remote_subnets));
        let back = self.peerings_between(to, from).map(|peering| (peering, &peering.local_subnets));
        let (mut yes, mut no, mut any) = (false, false, false);
        for (peering, listed) in there.chain(back) {
            any = true;
            if peering.peer_complete_vnets == Some(false) && !listed.is_empty() {
                let found = listed.iter().any(|name| name.eq_ignore_ascii_case(subnet.name()));
                (yes, no) = (yes || found, no || !found);
            } else {
                yes = yes || peering.peer_complete_vnets != Some(false);
            }
        }
        match (any, yes, no) {
            (false, _, _) => Shared::NotPeered,
            (true, true, true) => Shared::OnOneSide,
            (true, false, true) => Shared::No,
            (true, _, false) => Shared::Yes,
        }
    }

    /// Whether a gateway stands in a network, as its gateway subnet tells.
    pub fn has_gateway(&self, network: usize) -> bool {
        self.gateway_subnet(network).is_some()
    }

    /// The subnet of a network's gateways, when one stands in it. What comes from outside Azure goes by its routes.
    pub fn gateway_subnet(&self, network: usize) -> Option<&Subnet> {
        let named = |subnet: &&Subnet| subnet.id.name().eq_ignore_ascii_case(GATEWAY_SUBNET);
        let subnets = self.inventory.virtual_networks[network].subnets.iter();
        subnets.filter(named).find(|subnet| !subnet.ip_configurations.is_empty())
    }

    /// Whether a Route Server stands in a network.
    pub fn has_route_server(&self, network: usize) -> bool {
        holds(&self.inventory.virtual_networks[network], ROUTE_SERVER_SUBNET)
    }

    /// What bounds where packets from a network, or to it, may go.
    pub fn bounds(&self, network: usize) -> Bounds {
        let island = self.islands.of[network];
        Bounds {
            island,
            mended: self.islands.mended[network],
            gateway: self.islands.gateway[island],
            open: self.islands.unread[island].is_some() || self.is_managed(network),
        }
    }

    fn is_peered(&self, from: usize, to: usize) -> bool {
        self.peers(from).any(|peer| peer == to) || self.peers(to).any(|peer| peer == from)
    }

    fn is_managed(&self, network: usize) -> bool {
        self.inventory.virtual_networks[network].peerings.iter().any(is_network_manager_peering)
    }
}
