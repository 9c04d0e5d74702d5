//! MIG-006: the way from outside Azure to a project's endpoints.

use std::collections::BTreeMap;

use super::{projects, unread};
use crate::finding::Confidence;
use crate::inventory::Kind;
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::network::gateways::{Way, Ways, tables_by_id};
use crate::rules::{Estate, Sink};
use crate::topology::knowledge::Seen;

/// MIG-006: an appliance outside Azure is to reach a project's endpoints, and no gateway is in sight of their network.
/// That one is in sight and not shared is told by the rules about gateways.
pub(in crate::rules) fn no_gateway(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !estate.settings.expect_onprem {
        return;
    }
    let topology = estate.topology;
    let tables = tables_by_id(topology);
    for (network, parts) in parts_by_network(estate) {
        let ways = Ways::of(topology, network);
        let vnet = ways.vnet().id.name();
        match ways.judge(&tables) {
            Way::Open => sink.pass(),
            Way::Closed(_) => sink.not_judged("NET-007 tells of the gateway that is not shared"),
            Way::NotJudged(reason) => sink.not_judged(reason),
            Way::Unread(why) => {
                let message = format!(
                    "whether an appliance outside Azure reaches the endpoints of Azure Migrate in {vnet} cannot be known"
                );
                sink.unknown(&Why::Unread(why), ways.draft(message).evidence("endpoints", parts));
            }
            Way::NoGateway => {
                let message = format!(
                    "an appliance outside Azure cannot reach the endpoints of Azure Migrate in {vnet} ({}): neither {vnet} nor a network it is peered with has a gateway",
                    parts.join(", ")
                );
                let draft = ways.draft(message).evidence("endpoints", parts);
                let draft = draft
                    .advice(format!("peer {vnet} with the network that holds the ExpressRoute or VPN gateway, and let the peering use it"))
                    .advice("or make the endpoints anew in that network; the connectivity of the project itself cannot be changed");
                sink.fail(Confidence::Certain, draft);
            }
        }
    }
    unread(estate, &[Kind::MigrationResources], "whether appliances reach endpoints of Azure Migrate", sink);
}

/// The approved endpoints of projects, in words, by the network they stand in.
fn parts_by_network(estate: &Estate<'_>) -> BTreeMap<usize, Vec<String>> {
    let topology = estate.topology;
    let mut by_network: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let endpoints = projects(estate).flat_map(|project| &project.endpoints);
    for (index, role) in endpoints.filter(|(_, role)| role.is_reached_privately()) {
        let joined = &topology.endpoints[*index];
        if let (true, Seen::Found(network)) = (joined.reported, &joined.network)
            && is_approved(topology, *index)
        {
            let name = topology.inventory.private_endpoints[*index].id.name();
            let part = format!("{name}: {}", role.title());
            let parts = by_network.entry(*network).or_default();
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    by_network
}
