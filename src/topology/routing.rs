//! Which route table and which security group a subnet has, and which endpoints stand in it. Follows single
//! packets no further than one table says; knows no rule.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use super::Topology;
use super::endpoints::{Endpoint, Status};
use super::knowledge::{Seen, Unread};
use super::networks::{Remote, is_connected};
use crate::inventory::{Inventory, Kind, Peering, ResourceId, Route, RouteTable, Subnet};

/// Lookups by subnet.
#[derive(Debug, Default)]
pub struct Routing {
    tables: HashMap<ResourceId, usize>,
    groups: HashMap<ResourceId, usize>,
    /// Of each network: the subnets with endpoints that are reported on and approved, by place, and those endpoints.
    endpoints: Vec<Vec<(usize, Vec<usize>)>>,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextHop {
    /// An appliance at this address.
    Appliance(IpAddr),
    /// `None`: packets are dropped.
    Nowhere,
    Internet,
    /// The network itself, a gateway, or what is not told.
    Other,
}

impl NextHop {
    /// Reads a route's next hop without regard to case.
    pub fn of(route: &Route) -> NextHop {
        let kind = route.next_hop_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        match (kind.as_str(), route.next_hop) {
            ("virtualappliance", Some(address)) => NextHop::Appliance(address),
            ("none", _) => NextHop::Nowhere,
            ("internet", _) => NextHop::Internet,
            _ => NextHop::Other,
        }
    }
}

/// The route of a table that an address falls to: the one with the longest prefix.
pub fn route_to(table: &RouteTable, address: IpAddr) -> Option<&Route> {
    let fitting = table.routes.iter().filter_map(|route| {
        let prefix = route.prefix.filter(|prefix| prefix.contains(&address))?;
        Some((prefix.prefix_len(), route))
    });
    fitting.max_by_key(|(length, _)| *length).map(|(_, route)| route)
}

/// Whether a subnet's policies let routes apply to its endpoints (Azure docs: manage network policies for private
/// endpoints).
pub fn obeys_routes(subnet: &Subnet) -> bool {
    has_policy(subnet, &["Enabled", "RouteTableEnabled"])
}

/// Whether a subnet's policies let security groups apply to its endpoints.
pub fn obeys_security_groups(subnet: &Subnet) -> bool {
    has_policy(subnet, &["Enabled", "NetworkSecurityGroupEnabled"])
}

fn has_policy(subnet: &Subnet, policies: &[&str]) -> bool {
    let own = subnet.endpoint_policies.as_deref().unwrap_or_default();
    policies.iter().any(|policy| policy.eq_ignore_ascii_case(own))
}

impl Routing {
    /// Indexes tables, groups and endpoints by subnet.
    pub(super) fn new(inventory: &Inventory, endpoints: &[Endpoint]) -> Self {
        let mut places: HashMap<(usize, &ResourceId), usize> = HashMap::new();
        let mut by_network: Vec<Vec<(usize, Vec<usize>)>> =
            vec![Vec::new(); inventory.virtual_networks.len()];
        for (index, (endpoint, joined)) in inventory.private_endpoints.iter().zip(endpoints).enumerate() {
            let approved = || endpoint.connections.iter().any(|c| Status::of(c) == Status::Approved);
            if !joined.reported || joined.addresses.is_empty() || !approved() {
                continue;
            }
            let (Some(network), Some(subnet)) = (joined.network.found(), &endpoint.subnet) else { continue };
            let known = &inventory.virtual_networks[network].subnets;
            let held = &mut by_network[network];
            let place = *places.entry((network, subnet)).or_insert_with(|| {
                let Some(position) = known.iter().position(|known| known.id == *subnet) else {
                    return usize::MAX;
                };
                held.push((position, Vec::new()));
                held.len() - 1
            });
            if let Some((_, inside)) = by_network[network].get_mut(place) {
                inside.push(index);
            }
        }
        Routing {
            tables: super::index(inventory.route_tables.iter().map(|table| &table.id)),
            groups: super::index(inventory.security_groups.iter().map(|group| &group.id)),
            endpoints: by_network,
        }
    }

    /// The subnets of a network with endpoints that are reported on and approved, by place, and those endpoints.
    pub fn endpoint_subnets(&self, network: usize) -> &[(usize, Vec<usize>)] {
        self.endpoints.get(network).map_or(&[], Vec::as_slice)
    }
}

impl Topology {
    /// A subnet's route table; `None` when it has none.
    pub fn route_table(&self, subnet: &Subnet) -> Option<Seen<usize>> {
        let id = subnet.route_table.as_ref()?;
        Some(match self.routing.tables.get(id) {
            Some(index) => Seen::Found(*index),
            None => self.knowledge.missing(id, Kind::RouteTables),
        })
    }

    /// A subnet's network security group; `None` when it has none.
    pub fn security_group(&self, subnet: &Subnet) -> Option<Seen<usize>> {
        let id = subnet.security_group.as_ref()?;
        Some(match self.routing.groups.get(id) {
            Some(index) => Seen::Found(*index),
            None => self.knowledge.missing(id, Kind::NetworkSecurityGroups),
        })
    }

    /// The subnets of a network in which something can connect.
    pub fn client_subnets(&self, network: usize) -> impl Iterator<Item = &Subnet> {
        let subnets = &self.inventory.virtual_networks[network].subnets;
        let flags = &self.networks[network].client_subnets;
        subnets.iter().zip(flags).filter(|(_, has)| **has).map(|(subnet, _)| subnet)
    }

    /// Whether a network's own prefixes hold an address.
    pub fn holds(&self, network: usize, address: IpAddr) -> bool {
        self.inventory.virtual_networks[network].address_prefixes.iter().any(|p| p.contains(&address))
    }

    /// Why endpoints of a network, or their addresses, may be out of sight. They stand in the subscription of the
    /// network (Azure docs: private endpoint overview).
    pub fn unread_endpoints(&self, network: usize) -> Option<Unread> {
        let subscription = self.inventory.virtual_networks[network].id.subscription()?;
        let kinds = [Kind::PrivateEndpoints, Kind::NetworkInterfaces];
        let lists = kinds.into_iter().filter_map(|kind| self.knowledge.list(subscription, kind));
        lists.filter(|unread| !unread.gaps.is_empty()).reduce(Unread::and)
    }

    /// Networks at the other end of this network's Connected peerings that could not be read. A place never asked
    /// for leaves no gap.
    pub fn unread_peers(&self, network: usize) -> Option<Unread> {
        let peerings = &self.inventory.virtual_networks[network].peerings;
        let remotes = peerings.iter().zip(&self.networks[network].remotes);
        let unread = remotes.filter_map(|(peering, remote)| match remote {
            Remote::Unread(unread) if is_connected(peering) => Some(unread.clone()),
            _ => None,
        });
        unread.reduce(Unread::and)
    }

    /// The Connected peering of `from` that leads to `to`.
    pub fn connected_peering(&self, from: usize, to: usize) -> Option<&Peering> {
        let peerings = &self.inventory.virtual_networks[from].peerings;
        let mut pairs = peerings.iter().zip(&self.networks[from].remotes);
        pairs.find(|(p, remote)| **remote == Remote::Network(to) && is_connected(p)).map(|(p, _)| p)
    }
}
