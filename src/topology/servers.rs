//! Who holds a DNS server's address, seen from a virtual network. Knows no names.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{PoisonError, RwLock};

use foldhash::HashMap;

use super::Confidence;
use super::knowledge::{Knowledge, Seen, Unread};
use super::networks::{Network, Remote, is_connected};
use super::options::{DeclaredServer, Options};
use crate::inventory::{Frontend, HeldAddress, Inventory, Kind, ResourceId, Subnet};

/// Azure's own resolver, the same address in every network (Azure docs: what is IP address 168.63.129.16).
pub const AZURE_DNS: IpAddr = IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16));

/// Subnets delegated to this hold inbound and outbound endpoints of resolvers and nothing else.
const RESOLVER_DELEGATION: &str = "Microsoft.Network/dnsResolvers";

/// The one subnet a firewall may stand in; nothing else may (Azure docs: Azure Firewall FAQ).
const FIREWALL_SUBNET: &str = "AzureFirewallSubnet";

/// What answers at an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Server {
    AzureDns,
    /// A DNS private resolver's inbound endpoint, in this network.
    Inbound {
        endpoint: usize,
        network: usize,
    },
    /// An Azure Firewall; in a Virtual WAN hub it stands in no network.
    Firewall {
        firewall: usize,
        network: Option<usize>,
    },
    /// A machine or load balancer in this network: taken to forward to Azure's DNS there.
    Machine {
        network: usize,
    },
    /// Nothing holds an address of a subnet in which only resolvers' endpoints can stand.
    Dead {
        network: usize,
    },
    /// Somebody says that it asks Azure's DNS from this network.
    Declared {
        network: usize,
    },
    /// Somebody vouches for it; nobody can see through it.
    Trusted,
    /// Somebody says that it asks Azure's DNS from a network that does not exist.
    Misdeclared,
    /// Nowhere to be seen, or in several places: nobody can say.
    Outside,
    Unread(Unread),
}

/// A server and how sure its place is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    pub server: Server,
    pub confidence: Confidence,
}

impl Location {
    fn certain(server: Server) -> Self {
        Location { server, confidence: Confidence::Certain }
    }

    fn probable(server: Server) -> Self {
        Location { server, confidence: Confidence::Probable }
    }
}

/// Who can hold an address, in the order in which they are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Inbound(usize),
    Firewall(usize),
    Interface(usize),
    LoadBalancer(usize),
    /// An endpoint's interface: no DNS server of the estate.
    EndpointInterface,
}

/// Every address somebody holds.
#[derive(Debug, Default)]
pub struct Holders(HashMap<IpAddr, Vec<(Holder, Home)>>);

/// Where a holder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Home {
    Network(usize),
    /// A firewall in a Virtual WAN hub.
    Hub,
    Unread(Unread),
    /// Its network is named nowhere, or does not exist.
    Nowhere,
}

impl Holders {
    /// Indexes every inbound endpoint, firewall, interface and frontend.
    pub(super) fn new(
        inventory: &Inventory,
        knowledge: &Knowledge,
        by_id: &HashMap<ResourceId, usize>,
    ) -> Self {
        let mut holders = Holders::default();
        let home = |subnet: Option<&ResourceId>| home(subnet, knowledge, by_id);
        for (index, endpoint) in inventory.inbound_endpoints.iter().enumerate() {
            for held in &endpoint.addresses {
                holders.add(held, Holder::Inbound(index), home(held.subnet.as_ref()));
            }
        }
        for (index, firewall) in inventory.firewalls.iter().enumerate() {
            for held in &firewall.addresses {
                let home = match held.subnet {
                    None if firewall.virtual_hub.is_some() => Home::Hub,
                    _ => home(held.subnet.as_ref()),
                };
                holders.add(held, Holder::Firewall(index), home);
            }
        }
        for (index, nic) in inventory.network_interfaces.iter().enumerate() {
            let holder = match nic.private_endpoint {
                Some(_) => Holder::EndpointInterface,
                None => Holder::Interface(index),
            };
            for ip in &nic.ip_configurations {
                let held = HeldAddress { address: ip.address, subnet: ip.subnet.clone() };
                holders.add(&held, holder, home(ip.subnet.as_ref()));
            }
        }
        for (index, balancer) in inventory.load_balancers.iter().enumerate() {
            for Frontend { held, .. } in &balancer.frontends {
                holders.add(held, Holder::LoadBalancer(index), home(held.subnet.as_ref()));
            }
        }
        holders
    }

    fn add(&mut self, held: &HeldAddress, holder: Holder, home: Home) {
        if let Some(address) = held.address {
            let holders = self.0.entry(address).or_default();
            holders.push((holder, home));
            holders.sort_by_key(|(holder, _)| *holder);
        }
    }

    fn of(&self, address: IpAddr) -> &[(Holder, Home)] {
        self.0.get(&address).map_or(&[], Vec::as_slice)
    }

    /// Firewalls of Virtual WAN hubs that hold the address.
    fn hub_firewalls(&self, address: IpAddr) -> Vec<usize> {
        let in_hub = |(holder, home): &(Holder, Home)| match (holder, home) {
            (Holder::Firewall(index), Home::Hub) => Some(*index),
            _ => None,
        };
        self.of(address).iter().filter_map(in_hub).collect()
    }

    /// Whether a load balancer, a firewall or an interface that is no endpoint's holds the address somewhere.
    pub fn held_by_something_else(&self, address: IpAddr) -> bool {
        self.of(address).iter().any(|(holder, _)| *holder != Holder::EndpointInterface)
    }

    /// What holds the address and is no endpoint's interface, and the network it stands in, where that is known.
    pub fn others<'a>(
        &'a self,
        inventory: &'a Inventory,
        address: IpAddr,
    ) -> impl Iterator<Item = (&'a ResourceId, Option<usize>)> {
        self.of(address).iter().filter_map(|(holder, home)| {
            let id = match holder {
                Holder::Inbound(index) => &inventory.inbound_endpoints.get(*index)?.id,
                Holder::Firewall(index) => &inventory.firewalls.get(*index)?.id,
                Holder::Interface(index) => &inventory.network_interfaces.get(*index)?.id,
                Holder::LoadBalancer(index) => &inventory.load_balancers.get(*index)?.id,
                Holder::EndpointInterface => return None,
            };
            let network = match home {
                Home::Network(network) => Some(*network),
                Home::Hub | Home::Unread(_) | Home::Nowhere => None,
            };
            Some((id, network))
        })
    }
}

fn home(subnet: Option<&ResourceId>, knowledge: &Knowledge, by_id: &HashMap<ResourceId, usize>) -> Home {
    let Some(network) = subnet.and_then(ResourceId::virtual_network) else { return Home::Nowhere };
    if let Some(index) = by_id.get(&network) {
        return Home::Network(*index);
    }
    match knowledge.missing::<usize>(&network, Kind::VirtualNetworks) {
        Seen::Unknown(unread) => Home::Unread(unread),
        Seen::Absent | Seen::Found(_) => Home::Nowhere,
    }
}

/// Places found before: a hundred thousand names come by the same few servers.
#[derive(Debug, Default)]
pub(super) struct Places {
    seen_from: Known<(usize, Box<str>), Location>,
    /// By the hubs that networks are connected to.
    behind_hubs: Known<(Vec<ResourceId>, IpAddr), Option<Location>>,
    anywhere: Known<IpAddr, Location>,
}

pub(super) type Known<K, V> = RwLock<HashMap<K, V>>;

pub(super) fn known<K: Eq + Hash, V: Clone>(known: &Known<K, V>, key: K, find: impl FnOnce() -> V) -> V {
    let seen = known.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    seen.unwrap_or_else(|| {
        let found = find();
        known.write().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    })
}

/// Finds servers, as seen from a network.
pub(super) struct Locator<'a> {
    pub places: &'a Places,
    pub options: &'a Options,
    pub network_ids: &'a HashMap<ResourceId, usize>,
    pub inventory: &'a Inventory,
    pub knowledge: &'a Knowledge,
    pub networks: &'a [Network],
    pub holders: &'a Holders,
}

impl Locator<'_> {
    /// Finds who answers at `text`, an address as written in a setting, when `from` asks it: where a person says
    /// that it resolves, else in `from` itself, in networks with a Connected peering, behind the same Virtual WAN hub, then a unique one anywhere.
    pub(super) fn locate(&self, text: &str, from: usize) -> Location {
        known(&self.places.seen_from, (from, text.into()), || self.find(text, from))
    }

    fn find(&self, text: &str, from: usize) -> Location {
        let Ok(address) = text.trim().parse::<IpAddr>() else { return Location::certain(Server::Outside) };
        if address == AZURE_DNS {
            return Location::certain(Server::AzureDns);
        }
        if let Some(declared) = self.options.dns_servers.get(&address) {
            return Location::certain(self.declared(declared));
        }
        self.in_networks(address, &[from])
            .or_else(|| self.in_networks(address, &self.peers(from)))
            .or_else(|| self.behind_hubs(address, from))
            .or_else(|| self.in_hub(address, from))
            .or_else(|| {
                self.behind_unread_peering(address, from).map(|u| Location::certain(Server::Unread(u)))
            })
            .unwrap_or_else(|| self.anywhere(address))
    }

    /// What a person says of an address stands above all that can be seen of it.
    fn declared(&self, declared: &DeclaredServer) -> Server {
        let id = match declared {
            DeclaredServer::Trusted => return Server::Trusted,
            DeclaredServer::ResolvesThrough(id) => id,
        };
        if let Some(network) = self.network_ids.get(id) {
            return Server::Declared { network: *network };
        }
        match self.knowledge.missing::<usize>(id, Kind::VirtualNetworks) {
            Seen::Unknown(unread) => Server::Unread(unread),
            Seen::Absent | Seen::Found(_) => Server::Misdeclared,
        }
    }

    fn peers(&self, from: usize) -> Vec<usize> {
        let mut peers: Vec<usize> =
            self.networks[from].connected_peers(&self.inventory.virtual_networks[from]).collect();
        peers.sort_unstable();
        peers.dedup();
        peers
    }

    /// In the networks behind the Virtual WAN hubs that `from` is connected to. `from` itself may be among them: it
    /// was asked before and had nothing to do with the address.
    fn behind_hubs(&self, address: IpAddr, from: usize) -> Option<Location> {
        let hubs: Vec<ResourceId> = self.networks[from].virtual_hubs().cloned().collect();
        if hubs.is_empty() {
            return None;
        }
        known(&self.places.behind_hubs, (hubs.clone(), address), || {
            let shares = |network: &Network| network.virtual_hubs().any(|hub| hubs.contains(hub));
            let all = 0..self.networks.len();
            let behind: Vec<usize> = all.filter(|index| shares(&self.networks[*index])).collect();
            self.in_networks(address, &behind)
        })
    }

    /// The holder in one of these networks, else the network whose subnet holds the address.
    /// `None` when none of them has anything to do with it; `Outside` when several have.
    fn in_networks(&self, address: IpAddr, tier: &[usize]) -> Option<Location> {
        let mut exact: Vec<(Holder, usize)> = self
            .holders
            .of(address)
            .iter()
            .filter_map(|(holder, home)| match home {
                Home::Network(network) if tier.contains(network) => Some((*holder, *network)),
                _ => None,
            })
            .collect();
        exact.dedup_by_key(|(_, network)| *network);
        match exact.as_slice() {
            [(holder, network)] => return Some(located(*holder, *network)),
            [] => {}
            _ => return Some(Location::certain(Server::Outside)),
        }
        let holding: Vec<(usize, &Subnet)> =
            tier.iter().filter_map(|network| Some((*network, self.subnet(*network, address)?))).collect();
        match holding.as_slice() {
            [(network, subnet)] => Some(self.in_subnet(*network, subnet)),
            [] => None,
            _ => Some(Location::certain(Server::Outside)),
        }
    }

    fn subnet(&self, network: usize, address: IpAddr) -> Option<&Subnet> {
        let subnets = &self.inventory.virtual_networks[network].subnets;
        subnets.iter().find(|subnet| subnet.prefixes.iter().any(|prefix| prefix.contains(&address)))
    }

    /// An address that no listed resource holds, in a subnet that was read: scale sets' addresses are listed
    /// nowhere, so it is taken for a machine, but for subnets in which none can stand.
    fn in_subnet(&self, network: usize, subnet: &Subnet) -> Location {
        let delegated = subnet.delegations.iter().any(|name| name.eq_ignore_ascii_case(RESOLVER_DELEGATION));
        if delegated {
            let unread = self.knowledge.gaps_in(&[Kind::DnsResolvers, Kind::InboundEndpoints]);
            let home = &self.inventory.virtual_networks[network].id;
            let unasked = || self.unread_list(home, Kind::DnsResolvers);
            return match unread.or_else(unasked) {
                Some(unread) => Location::certain(Server::Unread(unread)),
                None => Location::certain(Server::Dead { network }),
            };
        }
        if subnet.id.name().eq_ignore_ascii_case(FIREWALL_SUBNET) {
            let home = &self.inventory.virtual_networks[network].id;
            return match self.unread_list(home, Kind::AzureFirewalls) {
                Some(unread) => Location::certain(Server::Unread(unread)),
                None => Location::certain(Server::Outside),
            };
        }
        Location::probable(Server::Machine { network })
    }

    fn unread_list(&self, home: &ResourceId, kind: Kind) -> Option<Unread> {
        home.subscription().and_then(|subscription| self.knowledge.list(subscription, kind))
    }

    /// A secured hub's firewall: its address lies in the space that the hub's peering brings.
    fn in_hub(&self, address: IpAddr, from: usize) -> Option<Location> {
        let network = &self.inventory.virtual_networks[from];
        let reaches = network.peerings.iter().zip(&self.networks[from].remotes).any(|(peering, remote)| {
            matches!(remote, Remote::VirtualHub(_)) && brings(&peering.remote_address_space, address)
        });
        match self.holders.hub_firewalls(address).as_slice() {
            [firewall] if reaches => {
                Some(Location::certain(Server::Firewall { firewall: *firewall, network: None }))
            }
            _ => None,
        }
    }

    /// Whether the address lies in a network that is peered but could not be read.
    fn behind_unread_peering(&self, address: IpAddr, from: usize) -> Option<Unread> {
        let network = &self.inventory.virtual_networks[from];
        network.peerings.iter().zip(&self.networks[from].remotes).find_map(|(peering, remote)| {
            let Remote::Unread(unread) = remote else { return None };
            let may_hold =
                peering.remote_address_space.is_none() || brings(&peering.remote_address_space, address);
            (is_connected(peering) && may_hold).then(|| unread.clone())
        })
    }

    /// Peerings of manager groups and hubs are not listed, so a unique holder anywhere is probably meant.
    fn anywhere(&self, address: IpAddr) -> Location {
        known(&self.places.anywhere, address, || self.unique(address))
    }

    fn unique(&self, address: IpAddr) -> Location {
        const WHERE_HOLDERS_LIVE: [Kind; 6] = [
            Kind::VirtualNetworks,
            Kind::NetworkInterfaces,
            Kind::DnsResolvers,
            Kind::InboundEndpoints,
            Kind::AzureFirewalls,
            Kind::LoadBalancers,
        ];
        if let Some(unread) = self.knowledge.gaps_in(&WHERE_HOLDERS_LIVE) {
            return Location::certain(Server::Unread(unread));
        }
        let everywhere: Vec<usize> = (0..self.networks.len()).collect();
        let lost = self.holders.of(address).iter().find_map(|(_, home)| match home {
            Home::Unread(unread) => Some(unread.clone()),
            _ => None,
        });
        if let Some(unread) = lost {
            return Location::certain(Server::Unread(unread));
        }
        let hub_firewalls = self.holders.hub_firewalls(address);
        match (self.in_networks(address, &everywhere), hub_firewalls.as_slice()) {
            (Some(found), []) => Location { confidence: found.confidence.max(Confidence::Probable), ..found },
            (None, [firewall]) => Location::probable(Server::Firewall { firewall: *firewall, network: None }),
            _ => Location::certain(Server::Outside),
        }
    }
}

fn located(holder: Holder, network: usize) -> Location {
    match holder {
        Holder::Inbound(endpoint) => Location::certain(Server::Inbound { endpoint, network }),
        Holder::Firewall(firewall) => {
            Location::certain(Server::Firewall { firewall, network: Some(network) })
        }
        // Its own forwarders and zones cannot be seen.
        Holder::Interface(_) | Holder::LoadBalancer(_) => Location::probable(Server::Machine { network }),
        Holder::EndpointInterface => Location::certain(Server::Outside),
    }
}

fn brings(space: &Option<Vec<ipnet::IpNet>>, address: IpAddr) -> bool {
    space.as_ref().is_some_and(|prefixes| prefixes.iter().any(|prefix| prefix.contains(&address)))
}
