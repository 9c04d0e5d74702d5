//! NET-008: routes lead over an appliance in a hub, and the endpoints' network refuses what the hub forwards.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use super::routes::{
    NAMED, endpoint_addresses, is_expected, is_narrow, join, overrides, place_name,
    possible_endpoint_networks, table, unseen, vnet,
};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Peering, ResourceId, Route, RouteTable, Subnet};
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::Seen;
use crate::topology::networks::{Remote, is_connected, is_network_manager_peering, is_virtual_hub_peering};
use crate::topology::reach::Path;
use crate::topology::routing::{NextHop, route_to};

/// A subnet of clients, or of gateways, whose route leads over an appliance behind a peering.
struct Detour<'a> {
    /// The network of the subnet.
    client: usize,
    subnet: &'a Subnet,
    table: &'a RouteTable,
    route: &'a Route,
    address: IpAddr,
    confidence: Confidence,
}

/// NET-008: routes send clients over an appliance in a hub, and the endpoints' network does not take what the hub
/// forwards. `allowForwardedTraffic` of a peering is about what comes in over it (Azure docs: create, change, or
/// delete a virtual network peering).
pub(in crate::rules) fn forwarded_traffic(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for network in possible_endpoint_networks(topology) {
        let remotes = &topology.networks[network].remotes;
        for (peering, remote) in vnet(topology, network).peerings.iter().zip(remotes) {
            if !is_connected(peering) || is_virtual_hub_peering(peering) {
                continue;
            }
            match (peering.allow_forwarded_traffic, remote) {
                (Some(true), _) => sink.pass(),
                (None, _) => {
                    sink.not_judged("the peering does not tell whether forwarded traffic is allowed")
                }
                (Some(false), Remote::Network(hub)) => {
                    judge_forwarding(estate, sink, network, *hub, peering);
                }
                (Some(false), Remote::Unread(unread)) => {
                    unseen(sink, unread.clone(), forwarding_unknown(topology, network, peering));
                }
                (Some(false), _) => sink.pass(),
            }
        }
    }
}

fn judge_forwarding(estate: &Estate<'_>, sink: &mut Sink<'_>, network: usize, hub: usize, peering: &Peering) {
    let topology = estate.topology;
    let mut unread = topology.unread_endpoints(network);
    let mut detours = Vec::new();
    let mut by_table = HashMap::new();
    for (client, subnet, outside) in sources(topology, network, hub) {
        match table(topology, subnet) {
            Some(Seen::Found(table)) => {
                let expected = match outside {
                    true => estate.settings.expect_onprem,
                    false => is_expected(topology, client),
                };
                let found = by_table
                    .entry((client, outside, &table.id))
                    .or_insert_with(|| detour(topology, network, hub, (client, expected), table));
                if let Some((route, address, confidence)) = *found {
                    detours.push(Detour { client, subnet, table, route, address, confidence });
                }
            }
            Some(Seen::Unknown(more)) => join(&mut unread, more),
            Some(Seen::Absent) | None => {}
        }
    }
    let least = detours.iter().map(|detour| detour.confidence).min();
    if let Some(confidence) = least {
        sink.fail(confidence, forwarding_draft(topology, network, hub, peering, &detours));
        return;
    }
    if let Some(more) = topology.unread_peers(hub) {
        join(&mut unread, more);
    }
    match unread {
        Some(unread) => unseen(sink, unread, forwarding_unknown(topology, network, peering)),
        None => sink.pass(),
    }
}

/// The subnets from which packets may come over an appliance in a hub, with their network and whether they come from
/// outside Azure: those of clients behind the hub, and those of gateways there or in the hub itself. What the hub's own
/// machines send bears an address of the hub, which every peering takes.
fn sources(topology: &Topology, network: usize, hub: usize) -> impl Iterator<Item = (usize, &Subnet, bool)> {
    let around = move || topology.peers(hub).filter(move |client| *client != network && *client != hub);
    let of_clients = around()
        .flat_map(|client| topology.client_subnets(client).map(move |subnet| (client, subnet, false)));
    let with_gateways = around().chain([hub]);
    let of_gateways = with_gateways
        .filter_map(|client| topology.gateway_subnet(client).map(|subnet| (client, subnet, true)));
    of_clients.chain(of_gateways)
}

/// The first endpoint address of a network that a table sends over an appliance in the hub, when clients in
/// `client` go by it.
fn detour<'a>(
    topology: &'a Topology,
    network: usize,
    hub: usize,
    (client, expected): (usize, bool),
    table: &'a RouteTable,
) -> Option<(&'a Route, IpAddr, Confidence)> {
    let in_hub = |route: &Route| match NextHop::of(route) {
        NextHop::Appliance(hop) => topology.holds(hub, hop),
        _ => false,
    };
    if !table.routes.iter().any(in_hub) {
        return None;
    }
    let direct = topology.path(client, network) == Path::Direct;
    endpoint_addresses(topology, network).find_map(|(place, _, address)| {
        let route = route_to(table, address).filter(|route| in_hub(route))?;
        if direct && !overrides(topology, network, (place, address), route) {
            return None;
        }
        // The appliance may put its own address in the place of the client's, which the peering takes. A route for
        // everything says little of what is meant to be reached.
        let meant = is_narrow(route) || expected;
        Some((route, address, if meant { Confidence::Probable } else { Confidence::Possible }))
    })
}

/// Who must mend a peering, when it is not the owner of the network.
fn keeper(topology: &Topology, peering: &Peering, networks: &[usize]) -> Option<&'static str> {
    if is_network_manager_peering(peering) {
        Some(
            "allow it in the Virtual Network Manager configuration and deploy that again: it owns this peering",
        )
    } else if networks.iter().any(|network| topology.is_databricks(&vnet(topology, *network).id)) {
        Some("allow it through the Databricks workspace, which owns one of the networks")
    } else {
        None
    }
}

fn forwarding_base(topology: &Topology, network: usize, peering: &Peering, message: String) -> Draft {
    let (local, remote) = (vnet(topology, network).id.name(), remote_name(peering));
    let cause = Cause { kind: "peering", id: peering.id.to_string() };
    let headline = format!("the peering of {local} with {remote} refuses forwarded traffic");
    let draft = Draft::new(&peering.id, cause, headline, message)
        .evidence("allowForwardedTraffic", false)
        .related("virtualNetwork", &vnet(topology, network).id);
    match &peering.remote {
        Some(remote) => draft.related("remoteVirtualNetwork", remote),
        None => draft,
    }
}

fn remote_name(peering: &Peering) -> &str {
    peering.remote.as_ref().map_or("an unnamed network", ResourceId::name)
}

fn forwarding_unknown(topology: &Topology, network: usize, peering: &Peering) -> Draft {
    let message = format!(
        "the peering of {} with {} refuses forwarded traffic, and it cannot be known whether routes send clients that way",
        vnet(topology, network).id.name(),
        remote_name(peering),
    );
    forwarding_base(topology, network, peering, message)
}

fn forwarding_draft(
    topology: &Topology,
    network: usize,
    hub: usize,
    peering: &Peering,
    detours: &[Detour<'_>],
) -> Draft {
    let (local, remote) = (vnet(topology, network).id.name(), vnet(topology, hub).id.name());
    let message = format!(
        "routes send clients to the endpoints in {local} over an appliance in {remote}, and {local} refuses what {remote} forwards"
    );
    let told: Vec<String> = detours
        .iter()
        .take(NAMED)
        .map(|detour| {
            format!(
                "{}: route `{}` of {} sends {} to {}",
                place_name(&detour.subnet.id),
                detour.route.name,
                detour.table.id.name(),
                detour.address,
                detour.route.next_hop.map_or_else(String::new, |hop| hop.to_string()),
            )
        })
        .collect();
    let draft = forwarding_base(topology, network, peering, message)
        .evidence("routes", told)
        .evidence("clientSubnets", detours.len());
    if let Some(keeper) = keeper(topology, peering, &[network, hub]) {
        return draft.advice(keeper);
    }
    let draft = draft.command(
        "allow it, unless the appliance puts its own address in the place of the clients'",
        remedy::allow_forwarded_traffic(&peering.id),
    );
    with_ways_back(topology, hub, detours, draft)
}

/// What an appliance forwards to the clients bears an endpoint's address, and their own peerings with the hub must take
/// it likewise. That these refuse it is no fault as long as nothing gets there.
fn with_ways_back(topology: &Topology, hub: usize, detours: &[Detour<'_>], draft: Draft) -> Draft {
    let mut clients: Vec<usize> = detours.iter().map(|detour| detour.client).collect();
    clients.sort_unstable();
    clients.dedup();
    let refusing = clients.into_iter().flat_map(|client| {
        let peerings = vnet(topology, client).peerings.iter().zip(&topology.networks[client].remotes);
        peerings.filter_map(move |(peering, remote)| {
            let leads_there = matches!(remote, Remote::Network(network) if *network == hub);
            let refuses = is_connected(peering) && peering.allow_forwarded_traffic == Some(false);
            (leads_there && refuses).then_some((client, peering))
        })
    });
    refusing.take(NAMED).fold(draft, |draft, (client, peering)| {
        let name = vnet(topology, client).id.name();
        match keeper(topology, peering, &[client, hub]) {
            Some(keeper) => draft.advice(format!("for the way back to {name} {keeper}")),
            None => draft.command(
                format!("allow it for the way back to {name} too, if answers go over the appliance"),
                remedy::allow_forwarded_traffic(&peering.id),
            ),
        }
    })
}
