//! Which virtual networks can reach each other. Knows no names.

use super::Topology;
use super::networks::{Remote, is_connected, is_network_manager_peering};

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

impl Topology {
    /// How `from` gets to an address in `to`.
    pub fn path(&self, from: usize, to: usize) -> Path {
        if from == to || self.peers(from).any(|peer| peer == to) || self.peers(to).any(|peer| peer == from) {
            return Path::Direct;
        }
        if [from, to].iter().all(|network| self.networks[*network].virtual_hubs().next().is_some()) {
            return Path::Possible("both networks are connected to Virtual WAN");
        }
        if self.peers(from).any(|hub| self.peers(to).any(|other| other == hub)) {
            return Path::Possible("both networks are peered with one hub, where a router may stand");
        }
        if [from, to].iter().any(|network| self.is_managed(*network)) {
            return Path::Possible("Virtual Network Manager may connect the networks");
        }
        if [from, to].iter().all(|network| self.has_gateway_route(*network)) {
            return Path::Possible("gateways may connect the networks");
        }
        if [from, to].iter().any(|network| self.has_unread_peer(*network)) {
            return Path::Possible("a peered network could not be read");
        }
        Path::None
    }

    /// How `from` gets to an endpoint.
    pub fn path_to_endpoint(&self, from: usize, endpoint: usize) -> Path {
        match self.endpoints[endpoint].network.found() {
            Some(home) => self.path(from, home),
            None => Path::Possible("the endpoint's network is not known"),
        }
    }

    /// Networks with a Connected peering from this one.
    pub fn peers(&self, network: usize) -> impl Iterator<Item = usize> + '_ {
        self.networks[network].connected_peers(&self.inventory.virtual_networks[network])
    }

    fn is_managed(&self, network: usize) -> bool {
        self.inventory.virtual_networks[network].peerings.iter().any(is_network_manager_peering)
    }

    fn has_gateway(&self, network: usize) -> bool {
        let subnets = &self.inventory.virtual_networks[network].subnets;
        subnets.iter().any(|subnet| {
            subnet.id.name().eq_ignore_ascii_case("GatewaySubnet") && !subnet.ip_configurations.is_empty()
        })
    }

    fn has_gateway_route(&self, network: usize) -> bool {
        self.has_gateway(network) || self.peers(network).any(|peer| self.has_gateway(peer))
    }

    fn has_unread_peer(&self, network: usize) -> bool {
        let peerings = &self.inventory.virtual_networks[network].peerings;
        peerings
            .iter()
            .zip(&self.networks[network].remotes)
            .any(|(peering, remote)| matches!(remote, Remote::Unread(_)) && is_connected(peering))
    }
}
