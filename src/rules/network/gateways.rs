//! Rules about gateways that peered networks share: NET-005, NET-006, NET-007. Gateways are known by their subnet.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::side::{Side, VIRTUAL_HUB, base, connected_sides};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, ResourceId, VirtualNetwork};
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::remedy::{self, PeeringFlag};
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::networks::{Remote, VirtualWan, is_connected, is_virtual_hub_peering};

/// How a network that wants the gateways of another gets on.
enum Offer<'a> {
    /// The other side offers them, or was not asked to.
    Given,
    Refused(Side<'a>),
    NotSaid,
    Unread(&'a Unread),
    /// Another rule tells of the pair.
    Broken,
}

fn offer(side: Side<'_>) -> Offer<'_> {
    if let Remote::Unread(unread) = side.remote() {
        return Offer::Unread(unread);
    }
    let Some(reverse) = side.reverse() else { return Offer::Broken };
    if !is_connected(reverse.peering()) {
        return Offer::Broken;
    }
    match reverse.peering().allow_gateway_transit {
        Some(true) => Offer::Given,
        Some(false) => Offer::Refused(reverse),
        None => Offer::NotSaid,
    }
}

fn wants_gateways(side: Side<'_>) -> bool {
    side.peering().use_remote_gateways == Some(true)
}

/// NET-005: a network wants to use gateways that the other one does not offer.
pub(in crate::rules) fn transit_incomplete(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for own in connected_sides(estate.topology) {
        if is_virtual_hub_peering(own.peering()) {
            sink.not_judged(VIRTUAL_HUB);
            continue;
        }
        // The side that wants them speaks, unless it is not reported on.
        let wanting = match own.reverse() {
            Some(other) if !other.is_reported() && !wants_gateways(own) => other,
            _ => own,
        };
        if !wants_gateways(wanting) {
            sink.pass();
            continue;
        }
        match offer(wanting) {
            Offer::Given => sink.pass(),
            Offer::Refused(offering) => {
                let there = has_something_to_offer(offering);
                let floor = if there { Confidence::Certain } else { Confidence::Probable };
                sink.fail(floor.max(own.confidence()), transit_draft(own, wanting, offering, there));
            }
            Offer::NotSaid => {
                let why = Why::Undecided("the other side does not say whether it offers its gateways");
                sink.unknown(&why, transit_unknown(own, wanting));
            }
            Offer::Unread(unread) => {
                sink.unknown(&Why::Unread(unread.clone()), transit_unknown(own, wanting));
            }
            Offer::Broken => {}
        }
    }
}

/// A Route Server is shared by the same flags (Azure docs: Azure Route Server, peering).
fn has_something_to_offer(side: Side<'_>) -> bool {
    side.topology.has_gateway(side.network) || side.topology.has_route_server(side.network)
}

fn transit_draft(own: Side<'_>, wanting: Side<'_>, offering: Side<'_>, there: bool) -> Draft {
    let (spoke, hub) = (wanting.vnet().id.name(), offering.vnet().id.name());
    let mut message =
        format!("{spoke} wants to use the gateways of {hub}, and {hub} does not offer them over the peering");
    if !there {
        message.push_str(&format!("; no gateway and no Route Server can be seen in {hub}"));
    }
    let draft = base(own, own.reverse(), message)
        .evidence("useRemoteGateways", true)
        .evidence("allowGatewayTransit", false)
        .evidence("gatewayInRemote", there);
    if let Some(keeper) = own.keeper() {
        return draft.advice(keeper.change());
    }
    let offer = remedy::set_peering_flag(&offering.peering().id, PeeringFlag::Transit, true);
    let renounce = remedy::set_peering_flag(&wanting.peering().id, PeeringFlag::RemoteGateways, false);
    if there {
        draft.command(format!("offer the gateways of {hub}"), offer)
    } else {
        draft.command(format!("do without them in {spoke}, if {hub} is to have none"), renounce)
    }
}

fn transit_unknown(own: Side<'_>, wanting: Side<'_>) -> Draft {
    let (spoke, hub) = (wanting.vnet().id.name(), wanting.remote_name());
    let message = format!("whether {hub} offers its gateways, which {spoke} wants to use, cannot be known");
    base(own, None, message)
}

/// NET-006: a network has a gateway of its own and is offered those of another, which it can then never use.
pub(in crate::rules) fn both_have_gateways(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for side in connected_sides(topology) {
        if is_virtual_hub_peering(side.peering()) {
            sink.not_judged(VIRTUAL_HUB);
            continue;
        }
        if !topology.has_gateway(side.network) {
            sink.pass();
            continue;
        }
        match offer(side) {
            Offer::Given => {}
            Offer::Unread(unread) => {
                let message = format!(
                    "whether {} is offered the gateways of {} beside its own cannot be known",
                    side.vnet().id.name(),
                    side.remote_name(),
                );
                sink.unknown(&Why::Unread(unread.clone()), base(side, None, message));
                continue;
            }
            Offer::Refused(_) | Offer::NotSaid | Offer::Broken => {
                sink.pass();
                continue;
            }
        }
        let Some(reverse) = side.reverse().filter(|other| topology.has_gateway(other.network)) else {
            sink.pass();
            continue;
        };
        // Two hubs that offer each other their gateways have one fault.
        let mutual = side.peering().allow_gateway_transit == Some(true);
        if mutual && !side.speaks_for_pair(reverse) {
            sink.pass();
        } else {
            sink.fail(side.confidence(), both_draft(side, reverse));
        }
    }
}

fn both_draft(side: Side<'_>, reverse: Side<'_>) -> Draft {
    let (local, remote) = (side.vnet().id.name(), reverse.vnet().id.name());
    let message = format!(
        "{remote} offers {local} its gateways, which {local} can never use: it has one of its own, and Azure allows only one of the two"
    );
    let draft = base(side, Some(reverse), message);
    if let Some(keeper) = side.keeper() {
        return draft.advice(keeper.change());
    }
    draft
        .command(
            format!("if {local} is to keep its own gateway, no longer offer it those of {remote}"),
            remedy::set_peering_flag(&reverse.peering().id, PeeringFlag::Transit, false),
        )
        .advice(format!(
            "if it is to use those of {remote}, delete the gateway of {local} first and then turn on useRemoteGateways"
        ))
}

/// The approved endpoints that are reported on, by network.
fn endpoints_by_network(topology: &Topology) -> BTreeMap<usize, Vec<usize>> {
    let mut by_network: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, endpoint) in topology.endpoints.iter().enumerate() {
        if let (true, Seen::Found(network)) = (endpoint.reported, &endpoint.network)
            && is_approved(topology, index)
        {
            by_network.entry(*network).or_default().push(index);
        }
    }
    by_network
}

/// Route tables by their ids.
pub(in crate::rules) fn tables_by_id(topology: &Topology) -> HashMap<&ResourceId, usize> {
    let tables = topology.inventory.route_tables.iter().enumerate();
    tables.map(|(index, table)| (&table.id, index)).collect()
}

/// NET-007: machines outside Azure are to reach endpoints, and no gateway is shared with the endpoints' network.
pub(in crate::rules) fn gateway_not_offered(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !estate.settings.expect_onprem {
        return;
    }
    let topology = estate.topology;
    let tables = tables_by_id(topology);
    for (network, endpoints) in endpoints_by_network(topology) {
        let ways = Ways::of(topology, network);
        match ways.judge(&tables) {
            Way::Open => sink.pass(),
            Way::NoGateway => sink.not_judged("no gateway is in sight of the network"),
            Way::NotJudged(reason) => sink.not_judged(reason),
            Way::Unread(unread) => {
                let message = format!(
                    "whether machines outside Azure reach the endpoints in {} through a gateway cannot be known",
                    ways.vnet().id.name()
                );
                sink.unknown(&Why::Unread(unread), ways.draft(message));
            }
            Way::Closed(side) => {
                sink.fail(side.confidence(), not_offered_draft(&ways, side, endpoints.len()));
            }
        }
    }
}

/// How packets from outside Azure get into a network.
pub(in crate::rules) struct Ways<'a> {
    topology: &'a Topology,
    network: usize,
    /// Its Connected peerings.
    sides: Vec<Side<'a>>,
}

pub(in crate::rules) enum Way<'a> {
    Open,
    /// Neither the network nor any that it is peered with has a gateway.
    NoGateway,
    NotJudged(&'static str),
    Unread(Unread),
    /// This peering leads to a gateway, which it does not share.
    Closed(Side<'a>),
}

impl<'a> Ways<'a> {
    pub(in crate::rules) fn of(topology: &'a Topology, network: usize) -> Self {
        let peerings = &topology.inventory.virtual_networks[network].peerings;
        let side = |position| Side { topology, network, position };
        let sides = (0..peerings.len()).map(side).filter(|side| is_connected(side.peering())).collect();
        Ways { topology, network, sides }
    }

    pub(in crate::rules) fn vnet(&self) -> &'a VirtualNetwork {
        &self.topology.inventory.virtual_networks[self.network]
    }

    pub(in crate::rules) fn judge(&self, tables: &HashMap<&ResourceId, usize>) -> Way<'a> {
        if self.topology.has_gateway(self.network) {
            return Way::Open;
        }
        if self.topology.networks[self.network].virtual_wan != VirtualWan::None {
            return Way::NotJudged("network is connected to Virtual WAN");
        }
        // A network can use the gateways of one other alone.
        if let Some(side) = self.sides.iter().find(|side| wants_gateways(**side)) {
            return match offer(*side) {
                Offer::Given => Way::Open,
                Offer::Unread(unread) => Way::Unread(unread.clone()),
                Offer::Refused(_) | Offer::NotSaid | Offer::Broken => {
                    Way::NotJudged("NET-005 tells of the peering that should bring the gateways")
                }
            };
        }
        if self.has_route_server() {
            return Way::NotJudged("a Route Server may bring routes from outside Azure");
        }
        let leads_to_gateway = |side: &&Side<'a>| match side.remote() {
            Remote::Network(remote) => self.topology.has_gateway(*remote),
            _ => false,
        };
        // An appliance may be the way in itself, as one of SD-WAN is.
        match self.uses_appliance(tables) {
            Err(unread) => return Way::Unread(unread),
            Ok(true) => return Way::NotJudged("routes of the network lead to an appliance"),
            Ok(false) => {}
        }
        if let Some(side) = self.sides.iter().find(leads_to_gateway) {
            return Way::Closed(*side);
        }
        let unread = self.sides.iter().find_map(|side| match side.remote() {
            Remote::Unread(unread) => Some(unread.clone()),
            _ => None,
        });
        unread.map_or(Way::NoGateway, Way::Unread)
    }

    fn has_route_server(&self) -> bool {
        let peers = self.topology.peers(self.network);
        std::iter::once(self.network).chain(peers).any(|network| self.topology.has_route_server(network))
    }

    /// Whether a route of the network leads to an appliance, which may know ways out of Azure that nobody sees.
    fn uses_appliance(&self, tables: &HashMap<&ResourceId, usize>) -> Result<bool, Unread> {
        let mut unread = None;
        for id in self.vnet().subnets.iter().filter_map(|subnet| subnet.route_table.as_ref()) {
            let Some(table) = tables.get(id) else {
                if let Seen::Unknown(why) = self.topology.knowledge.missing::<usize>(id, Kind::RouteTables) {
                    unread = Some(why);
                }
                continue;
            };
            let routes = &self.topology.inventory.route_tables[*table].routes;
            let to_appliance = |hop: &str| hop.eq_ignore_ascii_case("VirtualAppliance");
            if routes.iter().any(|route| route.next_hop_type.as_deref().is_some_and(to_appliance)) {
                return Ok(true);
            }
        }
        unread.map_or(Ok(false), Err)
    }

    pub(in crate::rules) fn draft(&self, message: String) -> Draft {
        let id = &self.vnet().id;
        let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
        Draft::new(id, cause, message.clone(), message)
    }
}

fn not_offered_draft(ways: &Ways<'_>, side: Side<'_>, endpoints: usize) -> Draft {
    let (spoke, hub) = (side.vnet().id.name(), side.remote_name());
    let message = format!(
        "{endpoints} endpoints in {spoke} cannot be reached from outside Azure: {spoke} is peered with {hub}, which has a gateway, and does not use it"
    );
    let reverse = side.reverse().filter(|other| is_connected(other.peering()));
    let transit = reverse.and_then(|other| other.peering().allow_gateway_transit);
    let mut draft = ways
        .draft(message)
        .related("peering", &side.peering().id)
        .evidence("endpoints", endpoints)
        .evidence("useRemoteGateways", side.peering().use_remote_gateways)
        .evidence("allowGatewayTransit", transit);
    if let Some(remote) = &side.peering().remote {
        draft = draft.related("remoteVirtualNetwork", remote);
    }
    if let Some(keeper) = side.keeper() {
        return draft.advice(keeper.change());
    }
    // Azure refuses the use of gateways that nobody offers.
    if let Some(other) = reverse.filter(|_| transit != Some(true)) {
        let offer = remedy::set_peering_flag(&other.peering().id, PeeringFlag::Transit, true);
        draft = draft.command(format!("offer the gateways of {hub}"), offer);
    }
    draft.command(
        format!("use them in {spoke}; connections from outside learn its addresses within minutes"),
        remedy::set_peering_flag(&side.peering().id, PeeringFlag::RemoteGateways, true),
    )
}
