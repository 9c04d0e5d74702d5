//! Rules about where routes send what is meant for an endpoint: NET-014, NET-015.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::finding::{Cause, Confidence};
use crate::inventory::{ResourceId, Route, RouteTable, Subnet, VirtualNetwork};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::networks::{VirtualWan, is_network_manager_peering};
use crate::topology::reach::Path;
use crate::topology::routing::{NextHop, obeys_routes, obeys_security_groups, route_to};

/// How many offenders one finding names.
pub(super) const NAMED: usize = 10;

/// The networks with endpoints that are reported on and approved.
pub(super) fn endpoint_networks(topology: &Topology) -> impl Iterator<Item = usize> + '_ {
    (0..topology.networks.len()).filter(|network| !topology.routing.endpoint_subnets(*network).is_empty())
}

/// These, and the networks that are reported on and may have such endpoints out of sight.
pub(super) fn possible_endpoint_networks(topology: &Topology) -> impl Iterator<Item = usize> + '_ {
    (0..topology.networks.len()).filter(|network| {
        !topology.routing.endpoint_subnets(*network).is_empty()
            || (topology.networks[*network].reported && topology.unread_endpoints(*network).is_some())
    })
}

/// The addresses of those endpoints in one network, with the place of their subnet.
pub(super) fn endpoint_addresses(
    topology: &Topology,
    network: usize,
) -> impl Iterator<Item = (usize, usize, IpAddr)> + '_ {
    topology.routing.endpoint_subnets(network).iter().flat_map(move |(place, endpoints)| {
        endpoints.iter().flat_map(move |endpoint| {
            topology.endpoints[*endpoint].addresses.iter().map(move |address| (*place, *endpoint, *address))
        })
    })
}

pub(super) fn vnet(topology: &Topology, network: usize) -> &VirtualNetwork {
    &topology.inventory.virtual_networks[network]
}

/// Whether a configuration says that this network's clients must reach the endpoints.
pub(super) fn is_expected(topology: &Topology, network: usize) -> bool {
    let id = &vnet(topology, network).id;
    topology.options.client_networks.iter().any(|pattern| pattern.matches(id))
}

pub(super) fn table<'a>(topology: &'a Topology, subnet: &Subnet) -> Option<Seen<&'a RouteTable>> {
    Some(match topology.route_table(subnet)? {
        Seen::Found(index) => Seen::Found(&topology.inventory.route_tables[index]),
        Seen::Absent => Seen::Absent,
        Seen::Unknown(unread) => Seen::Unknown(unread),
    })
}

pub(super) fn join(unread: &mut Option<Unread>, more: Unread) {
    *unread = Some(unread.take().map_or(more.clone(), |before| before.and(more)));
}

/// Whether a user-defined route wins over the /32 route that an endpoint brings into its own network and those
/// peered with it: when it is as long; or when policies let routes apply to the endpoint, and its prefix is no
/// wider than the network's own (Azure docs: manage network policies for private endpoints).
pub(super) fn overrides(
    topology: &Topology,
    network: usize,
    (place, address): (usize, IpAddr),
    route: &Route,
) -> bool {
    let Some(prefix) = route.prefix else { return false };
    if prefix.prefix_len() == prefix.max_prefix_len() {
        return true;
    }
    let of = vnet(topology, network);
    let own = of.address_prefixes.iter().find(|own| own.contains(&address));
    own.is_some_and(|own| prefix.prefix_len() >= own.prefix_len())
        && of.subnets.get(place).is_some_and(obeys_routes)
}

/// Whether a route is for something, and not for everything.
pub(super) fn is_narrow(route: &Route) -> bool {
    route.prefix.is_some_and(|prefix| prefix.prefix_len() > 0)
}

/// What was asked for and did not arrive makes it unknown; what was never asked for is not judged.
pub(super) fn unseen(sink: &mut Sink<'_>, unread: Unread, draft: Draft) {
    if unread.gaps.is_empty() {
        sink.not_judged("networks behind the peering were not read");
    } else {
        sink.unknown(&Why::Unread(unread), draft);
    }
}

/// `network/subnet`
pub(super) fn place_name(subnet: &ResourceId) -> String {
    let network = subnet.virtual_network();
    format!("{}/{}", network.as_ref().map_or("", |id| id.name()), subnet.name())
}

// NET-014

/// What a table does to the endpoints of one subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shadow {
    /// Packets are dropped, or sent to the internet.
    Lost,
    /// They are meant to pass an appliance, and the endpoint's own route leads past it.
    Bypassed,
}

/// NET-014: a client subnet's routes lead packets for an endpoint astray, or past the appliance they are meant for.
/// An endpoint's own route is known in its network and in those peered with it.
pub(in crate::rules) fn route_shadow(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for network in possible_endpoint_networks(topology) {
        let mut clients: Vec<usize> = topology.peers(network).collect();
        clients.push(network);
        clients.sort_unstable();
        clients.dedup();
        for client in clients {
            for subnet in topology.client_subnets(client) {
                judge_shadow(topology, sink, network, subnet);
            }
        }
        if let Some(unread) = topology.unread_peers(network) {
            unseen(sink, unread, peers_unknown(topology, network));
        }
    }
}

fn judge_shadow(topology: &Topology, sink: &mut Sink<'_>, network: usize, subnet: &Subnet) {
    let table = match table(topology, subnet) {
        Some(Seen::Found(table)) => table,
        Some(Seen::Unknown(unread)) => {
            sink.unknown(&Why::Unread(unread), shadow_unknown(topology, network, subnet));
            return;
        }
        Some(Seen::Absent) | None => return sink.pass(),
    };
    let mut shadows: BTreeMap<(usize, Shadow), Vec<(usize, &Route)>> = BTreeMap::new();
    for (place, endpoint, address) in endpoint_addresses(topology, network) {
        let Some(route) = route_to(table, address) else { continue };
        let wins = overrides(topology, network, (place, address), route);
        let shadow = match NextHop::of(route) {
            NextHop::Nowhere | NextHop::Internet if wins => Shadow::Lost,
            // A route for everything is about the internet, and can never win.
            NextHop::Appliance(_) if !wins && is_narrow(route) => Shadow::Bypassed,
            _ => continue,
        };
        shadows.entry((place, shadow)).or_default().push((endpoint, route));
    }
    if shadows.is_empty() {
        return match topology.unread_endpoints(network) {
            Some(unread) => sink.unknown(&Why::Unread(unread), shadow_unknown(topology, network, subnet)),
            None => sink.pass(),
        };
    }
    for ((place, shadow), hit) in shadows {
        let confidence = match shadow {
            Shadow::Lost => Confidence::Certain,
            Shadow::Bypassed => Confidence::Possible,
        };
        sink.fail(confidence, shadow_draft(topology, network, (place, shadow), subnet, table, &hit));
    }
}

fn shadow_unknown(topology: &Topology, network: usize, subnet: &Subnet) -> Draft {
    let of = vnet(topology, network);
    let cause = Cause { kind: "routeTable", id: String::new() };
    let client = place_name(&subnet.id);
    let message = format!("what the routes of {client} do to the endpoints in {} is not known", of.id.name());
    Draft::new(&of.id, cause, String::new(), message).detail(subnet.id.as_str()).related("subnet", &subnet.id)
}

fn peers_unknown(topology: &Topology, network: usize) -> Draft {
    let of = vnet(topology, network);
    let cause = Cause { kind: "virtualNetwork", id: of.id.to_string() };
    let message = format!(
        "what routes do to the endpoints in {} is not known in networks that it is peered with and that were not read",
        of.id.name()
    );
    Draft::new(&of.id, cause, String::new(), message).detail("networks that were not read")
}

fn shadow_draft(
    topology: &Topology,
    network: usize,
    (place, shadow): (usize, Shadow),
    client: &Subnet,
    table: &RouteTable,
    hit: &[(usize, &Route)],
) -> Draft {
    let of = vnet(topology, network);
    let own = of.subnets.get(place).map_or(&of.id, |subnet| &subnet.id);
    let mut routes: Vec<&str> = hit.iter().map(|(_, route)| &*route.name).collect();
    routes.sort_unstable();
    routes.dedup();
    let clients = place_name(&client.id);
    let (does, detail) = match shadow {
        Shadow::Lost => ("leads packets for endpoints astray", "lost"),
        Shadow::Bypassed => ("has an appliance that packets for endpoints do not pass", "bypassed"),
    };
    let message = match shadow {
        Shadow::Lost => format!(
            "clients in {clients} cannot reach the endpoints in {}: route table {} drops their packets or sends them to the internet",
            place_name(own),
            table.id.name(),
        ),
        Shadow::Bypassed => format!(
            "route table {} means to send clients in {clients} over an appliance, but the endpoints in {} bring routes of their own that lead past it",
            table.id.name(),
            place_name(own),
        ),
    };
    let endpoints = hit.iter().map(|(endpoint, _)| &topology.inventory.private_endpoints[*endpoint].id);
    let mut named: Vec<String> = endpoints.map(ToString::to_string).collect();
    named.dedup();
    let count = named.len();
    named.truncate(NAMED);
    let cause = Cause { kind: "routeTable", id: format!("{} {detail}", table.id) };
    let draft = Draft::new(own, cause, format!("route table {} {does}", table.id.name()), message)
        .detail(&format!("{} {detail}", client.id))
        .related("routeTable", &table.id)
        .related("subnet", &client.id)
        .evidence("routes", routes.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>())
        .evidence("endpoints", named)
        .evidence("count", count);
    match shadow {
        Shadow::Lost => draft.command("see the routes, and take out or narrow those named", remedy::list_routes(&table.id)),
        Shadow::Bypassed => draft
            .command("let routes apply to the endpoints of the subnet, all of them", remedy::set_endpoint_policies(own, policies_with_routes(of, place)))
            .advice("the route's prefix must then be no wider than a prefix of the endpoints' network, and the appliance should put its own address in the place of the clients'"),
    }
}

/// The policies a subnet has, and routes with them.
fn policies_with_routes(network: &VirtualNetwork, place: usize) -> &'static str {
    let guarded = network.subnets.get(place).is_some_and(obeys_security_groups);
    if guarded { "Enabled" } else { "RouteTableEnabled" }
}

// NET-015

/// NET-015: a network whose clients must reach the endpoints shares only a hub with them, and no route leads over an
/// appliance there. Peering is not transitive (Azure docs: virtual network peering).
pub(in crate::rules) fn no_way_through_hub(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let expected: Vec<usize> = (0..topology.networks.len())
        .filter(|client| topology.networks[*client].has_clients && is_expected(topology, *client))
        .collect();
    for network in endpoint_networks(topology) {
        for client in expected.iter().copied().filter(|client| *client != network) {
            judge_way(topology, sink, client, network);
        }
    }
}

fn judge_way(topology: &Topology, sink: &mut Sink<'_>, client: usize, network: usize) {
    if topology.path(client, network) == Path::Direct {
        return sink.pass();
    }
    let both = [client, network];
    if both.iter().any(|of| topology.networks[*of].virtual_wan != VirtualWan::None) {
        return sink.not_judged("network is connected to Virtual WAN");
    }
    let managed = |of: &usize| vnet(topology, *of).peerings.iter().any(is_network_manager_peering);
    if both.iter().any(managed) {
        return sink.not_judged("Virtual Network Manager may connect the networks");
    }
    let Some(hub) = topology.peers(client).find(|hub| topology.peers(network).any(|other| other == *hub))
    else {
        let unread = both.iter().filter_map(|of| topology.unread_peers(*of)).reduce(Unread::and);
        return match unread {
            Some(unread) => unseen(sink, unread, unseen_way(topology, client, network)),
            None => sink.not_judged("networks share no hub"),
        };
    };
    let mut around = both.into_iter().chain(both.iter().flat_map(|of| topology.peers(*of)));
    if around.any(|of| topology.has_route_server(of)) {
        return sink.not_judged("a Route Server may bring routes over an appliance");
    }
    let mut unread = topology.unread_endpoints(network);
    for subnet in topology.client_subnets(client) {
        match table(topology, subnet) {
            Some(Seen::Found(table)) if leads_to_appliance(topology, table, network) => return sink.pass(),
            Some(Seen::Unknown(more)) => join(&mut unread, more),
            Some(Seen::Found(_) | Seen::Absent) | None => {}
        }
    }
    let draft = way_draft(topology, client, network, hub);
    match unread {
        Some(unread) => sink.unknown(&Why::Unread(unread), draft),
        None => sink.fail(Confidence::Certain, draft),
    }
}

fn leads_to_appliance(topology: &Topology, table: &RouteTable, network: usize) -> bool {
    endpoint_addresses(topology, network).any(|(_, _, address)| {
        route_to(table, address).is_some_and(|route| matches!(NextHop::of(route), NextHop::Appliance(_)))
    })
}

fn way_draft(topology: &Topology, client: usize, network: usize, hub: usize) -> Draft {
    let [from, to, over] = [client, network, hub].map(|of| &vnet(topology, of).id);
    let message = format!(
        "clients in {} must reach the endpoints in {}, but the two share only {}, and no route leads over an appliance there",
        from.name(),
        to.name(),
        over.name(),
    );
    let cause = Cause { kind: "virtualNetwork", id: from.to_string() };
    let headline = format!("{} has no way to endpoints in networks behind its hub", from.name());
    Draft::new(to, cause, headline, message)
        .detail(from.as_str())
        .related("virtualNetwork", to)
        .related("client", from)
        .related("hub", over)
        .advice(format!(
            "peer {} with {}, or send the prefixes of {} to a firewall or router in {} by a user-defined route in both networks",
            from.name(),
            to.name(),
            to.name(),
            over.name(),
        ))
        .command(
            format!("peer them from {}", from.name()),
            remedy::create_peering(from, &format!("to-{}", to.name()), to, plain_peering()),
        )
        .command(
            format!("and from {}", to.name()),
            remedy::create_peering(to, &format!("to-{}", from.name()), from, plain_peering()),
        )
}

fn unseen_way(topology: &Topology, client: usize, network: usize) -> Draft {
    let [from, to] = [client, network].map(|of| &vnet(topology, of).id);
    let message =
        format!("it cannot be known how clients in {} get to the endpoints in {}", from.name(), to.name());
    let cause = Cause { kind: "virtualNetwork", id: from.to_string() };
    Draft::new(to, cause, String::new(), message).detail(from.as_str()).related("client", from)
}

fn plain_peering() -> remedy::PeeringFlags {
    remedy::PeeringFlags { access: true, ..remedy::PeeringFlags::default() }
}
