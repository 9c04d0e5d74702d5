//! What stands outside Azure, or passes packets on: clients of a gateway, routes and forwarders on premises, routers
//! and firewalls.

use std::collections::BTreeSet;

use super::articles::{MIGRATE_NETWORK, PEERING};
use super::commands::{listed, place};
use super::{Check, Scene, Step};
use crate::inventory::{Pack, ResourceId, Subnet};
use crate::names::{Name, is_approved};
use crate::rules::quote;
use crate::topology::Topology;
use crate::topology::knowledge::Seen;
use crate::topology::routing::NextHop;

/// Both are about machines outside Azure.
const FROM_OUTSIDE: &[Pack] = &[Pack::AzureMigrate, Pack::ExpressRoute];

pub(super) const CHECKS: [Check; 4] = [
    Check {
        id: "outside-client-package",
        title: "Point-to-site clients have the client package of today",
        article: PEERING,
        packs: FROM_OUTSIDE,
        make: client_package,
    },
    Check {
        id: "outside-routes",
        title: "Devices on premises route the networks of the endpoints to Azure",
        article: PEERING,
        packs: FROM_OUTSIDE,
        make: routes,
    },
    Check {
        id: "outside-forwarders",
        title: "DNS servers on premises forward the public zones of the endpoints to Azure",
        article: MIGRATE_NETWORK,
        packs: FROM_OUTSIDE,
        make: forwarders,
    },
    Check {
        id: "network-appliances",
        title: "Firewalls and routers in the way pass the packets on, both ways",
        article: MIGRATE_NETWORK,
        packs: FROM_OUTSIDE,
        make: appliances,
    },
];

/// Networks that are reported on, and those peered with them.
fn around(topology: &Topology) -> BTreeSet<usize> {
    let reported = (0..topology.networks.len()).filter(|network| topology.networks[*network].reported);
    reported.flat_map(|network| topology.peers(network).chain([network])).collect()
}

/// The gateways that stand there, as their subnets tell.
pub(super) fn gateways(topology: &Topology) -> BTreeSet<ResourceId> {
    let subnets = around(topology).into_iter().filter_map(|network| topology.gateway_subnet(network));
    let holders = subnets.flat_map(|subnet| subnet.ip_configurations.iter().filter_map(ResourceId::parent));
    holders.filter(|id| id.is_type("Microsoft.Network/virtualNetworkGateways")).collect()
}

/// The networks with approved endpoints that are reported on.
fn endpoint_networks(topology: &Topology) -> BTreeSet<usize> {
    let all = topology.inventory.private_endpoints.iter().zip(&topology.endpoints);
    let counts = all.filter(|(endpoint, joined)| joined.reported && is_approved(endpoint));
    counts
        .filter_map(|(_, joined)| match joined.network {
            Seen::Found(network) => Some(network),
            _ => None,
        })
        .collect()
}

/// A gateway's clients keep the routes that their package brought (Azure docs: about point-to-site routing).
fn client_package(scene: &Scene<'_>) -> Option<Step> {
    let gateways = gateways(scene.topology);
    if gateways.is_empty() {
        return None;
    }
    let mut why = "If one of these is a VPN gateway with point-to-site clients: they know the networks that were peered \
                   when their package was made. Download it again and install it after a peering was made or changed."
        .to_owned();
    if scene.is_found(&["NET-001", "NET-002", "NET-003", "NET-005", "NET-007"]) {
        why.push_str(" Peerings have to be mended here first: see the findings.");
    }
    let package = |id: &ResourceId| {
        format!("az network vnet-gateway vpn-client generate {} -n {}", place(id), quote(id.name()))
    };
    Some(Step::new(why).commands(gateways.iter().map(package)).about(&gateways))
}

fn routes(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    if !scene.settings.expect_onprem && gateways(topology).is_empty() {
        return None;
    }
    let networks: Vec<_> = endpoint_networks(topology)
        .into_iter()
        .map(|network| &topology.inventory.virtual_networks[network])
        .collect();
    if networks.is_empty() {
        return None;
    }
    let line = |network: &&crate::inventory::VirtualNetwork| {
        let name = network.id.name();
        network.address_prefixes.iter().map(move |prefix| format!("{prefix} {name}")).collect::<Vec<_>>()
    };
    let why = "Names resolve and connections run into their time-out where a device on premises has no route. BGP brings \
               these by itself; tunnels with static routes, and local firewalls, want them entered.";
    Some(
        Step::new(why)
            .entries(networks.iter().flat_map(line))
            .about(networks.iter().map(|network| &network.id)),
    )
}

/// The public zone of a name, where the record's name stands before it. A forwarder is for that zone, never for a
/// privatelink one (Azure docs: private endpoint DNS integration, on-premises workloads using a DNS forwarder).
fn public_zone(name: &Name<'_>) -> Option<String> {
    let (_, record) = name.place?;
    let zone = name.fqdn.strip_prefix(record)?.strip_prefix('.')?;
    (!zone.is_empty() && zone.contains('.')).then(|| zone.to_owned())
}

fn forwarders(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    if !scene.settings.expect_onprem && gateways(topology).is_empty() {
        return None;
    }
    let zones: BTreeSet<String> = scene.names.names.iter().filter_map(public_zone).collect();
    if zones.is_empty() {
        return None;
    }
    let inbound = topology.inventory.inbound_endpoints.iter();
    let addresses: BTreeSet<_> =
        inbound.flat_map(|endpoint| endpoint.addresses.iter().filter_map(|held| held.address)).collect();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let to = match addresses.as_slice() {
        [] => "a DNS server in a network that sees the private zones".to_owned(),
        all => format!("an inbound endpoint ({})", listed(all.iter().map(String::as_str))),
    };
    let why = format!(
        "What a DNS server outside Azure forwards cannot be read. Forward these zones, and not the privatelink ones, to {to}; \
         168.63.129.16 is out of its reach."
    );
    Some(Step::new(why).entries(zones))
}

/// Who is on the way: next hops of routes that count, and firewalls.
fn appliances(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let mut entries = BTreeSet::new();
    let mut about = BTreeSet::new();
    for network in around(topology) {
        let senders = topology.client_subnets(network).chain(topology.gateway_subnet(network));
        for (address, table) in senders.flat_map(|subnet| hops(topology, subnet)) {
            entries.insert(format!("{address}, by route table {}", table.name()));
            about.insert(table.clone());
        }
    }
    for (address, firewall) in firewalls(topology) {
        entries.insert(format!("{address}, firewall {}", firewall.name()));
        about.insert(firewall.clone());
    }
    if entries.is_empty() {
        return None;
    }
    let why = "Routes lead over these, or may, and their insides cannot be read: that they forward at all (IP forwarding on the \
               interface and in the operating system), that a rule lets the packets through, and that answers come back \
               the same way, or the appliance puts its own address in the place of the client's. For a test, note the \
               routes and go past it.";
    Some(Step::new(why).entries(entries).about(&about))
}

fn hops<'t>(topology: &'t Topology, subnet: &Subnet) -> Vec<(std::net::IpAddr, &'t ResourceId)> {
    let Some(Seen::Found(index)) = topology.route_table(subnet) else { return Vec::new() };
    let table = &topology.inventory.route_tables[index];
    let to_appliance = table.routes.iter().filter_map(|route| match NextHop::of(route) {
        NextHop::Appliance(address) => Some((address, &table.id)),
        _ => None,
    });
    to_appliance.collect()
}

/// The firewalls in the networks around, with their addresses.
fn firewalls(topology: &Topology) -> Vec<(std::net::IpAddr, &ResourceId)> {
    let around = around(topology);
    let held = topology
        .inventory
        .firewalls
        .iter()
        .flat_map(|firewall| firewall.addresses.iter().map(move |address| (address, &firewall.id)));
    let there = held.filter_map(|(held, id)| {
        let network = topology.network(&held.subnet.as_ref()?.virtual_network()?)?;
        around.contains(&network).then_some((held.address?, id))
    });
    there.collect()
}
