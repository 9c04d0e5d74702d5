//! Peered networks: what only a machine in one of them, or the owner of the other, can tell.

use std::collections::BTreeSet;

use super::articles::PEERING;
use super::commands::{listed, place};
use super::outside::gateways;
use super::{Check, Scene, Step};
use crate::inventory::{NetworkInterface, ResourceId};
use crate::names::is_approved;
use crate::rules::quote;
use crate::topology::Topology;
use crate::topology::networks::{Remote, is_connected};

pub(super) const CHECKS: [Check; 5] = [
    Check {
        id: "peering-effective-routes",
        title: "The routes and rules that a client's interface really has lead to the endpoints",
        article: PEERING,
        packs: &[],
        make: effective_routes,
    },
    Check {
        id: "peering-packet-trace",
        title: "Packets from the client arrive, and the machine's own firewall lets them in",
        article: PEERING,
        packs: &[],
        make: packet_trace,
    },
    Check {
        id: "peering-global-services",
        title: "No service with a Basic load balancer inside is used from another region",
        article: PEERING,
        packs: &[],
        make: global_services,
    },
    Check {
        id: "peering-web-apps",
        title: "Web apps that come in through a gateway know the peered networks",
        article: PEERING,
        packs: &[],
        make: web_apps,
    },
    Check {
        id: "peering-tenants",
        title: "Who makes the peering may do so in the other tenant too",
        article: PEERING,
        packs: &[],
        make: tenants,
    },
];

/// How many networks a client is named of.
const CLIENTS: usize = 2;

/// The networks that are reported on and peered with something.
fn peered(topology: &Topology) -> impl Iterator<Item = usize> + '_ {
    (0..topology.networks.len()).filter(|network| {
        topology.networks[*network].reported
            && !topology.inventory.virtual_networks[*network].peerings.is_empty()
    })
}

/// A machine's interface in each of the first networks.
fn clients(topology: &Topology) -> Vec<&NetworkInterface> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let networks: BTreeSet<usize> = peered(topology).collect();
    for nic in topology.inventory.network_interfaces.iter().filter(|nic| nic.private_endpoint.is_none()) {
        let mut homes = nic.ip_configurations.iter().filter_map(|ip| ip.subnet.as_ref()?.virtual_network());
        let home = homes.find_map(|id| topology.network(&id)).filter(|home| networks.contains(home));
        if let Some(home) = home
            && seen.insert(home)
        {
            found.push(nic);
        }
        if found.len() == CLIENTS {
            break;
        }
    }
    found
}

/// The address of an approved endpoint.
fn an_address(topology: &Topology) -> Option<String> {
    let all = topology.inventory.private_endpoints.iter().zip(&topology.endpoints);
    let mut approved = all.filter(|(endpoint, joined)| joined.reported && is_approved(endpoint));
    approved.find_map(|(_, joined)| joined.addresses.first().map(ToString::to_string))
}

fn effective_routes(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let clients = clients(topology);
    if clients.is_empty() {
        return None;
    }
    let why = "What an interface really has is told by actions that a Reader has no right to. In the routes the endpoint's \
               own /32 must stand with next hop InterfaceEndpoint; the last command tries the way from a machine, where \
               Network Watcher's agent runs.";
    let both = |nic: &&NetworkInterface| {
        let at = format!("{} -n {}", place(&nic.id), quote(nic.id.name()));
        [
            format!("az network nic show-effective-route-table {at} -o table"),
            format!("az network nic list-effective-nsg {at} -o jsonc"),
        ]
    };
    let mut commands: Vec<String> = clients.iter().flat_map(both).collect();
    if let (Some(nic), Some(address)) = (clients.first(), an_address(topology)) {
        commands.push(format!(
            "az network watcher test-connectivity {} --source-resource '<vm>' --dest-address {} --dest-port '<port>'",
            place(&nic.id),
            quote(&address)
        ));
    }
    Some(Step::new(why).commands(commands).about(clients.iter().map(|nic| &nic.id)))
}

fn packet_trace(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let networks: Vec<&ResourceId> =
        peered(topology).map(|network| &topology.inventory.virtual_networks[network].id).collect();
    if networks.is_empty() {
        return None;
    }
    let why = "Where the peering is Connected and no rule or route speaks against it: trace on the machine that serves while \
               the client connects (netsh trace on Windows). Packets that arrive clear the network; then it is the machine's \
               own firewall, or nothing listens. An endpoint itself cannot be traced, its client can.";
    Some(Step::new(why).commands(["tcpdump -ni any host '<client address>'".to_owned()]).about(networks))
}

/// Networks peered over regions: frontends of Basic load balancers are out of reach over them (Azure docs: virtual
/// network peering, requirements and constraints).
fn global_services(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let inventory = &topology.inventory;
    let mut about = BTreeSet::new();
    for network in peered(topology) {
        let abroad = topology.peers_abroad(network).map(|peer| &inventory.virtual_networks[peer].id);
        about.extend(abroad.flat_map(|peer| [peer, &inventory.virtual_networks[network].id]).cloned());
    }
    if about.is_empty() {
        return None;
    }
    let why = format!(
        "{} are peered over regions. Load balancers of yours are NET-010's; some services have a Basic one inside that no \
         list shows: Redis, Application Gateway and API Management of the first generation, App Service Environments, \
         Service Fabric, Entra Domain Services. From another region they do not answer.",
        listed(about.iter().map(ResourceId::name))
    );
    Some(Step::new(why).about(&about))
}

fn web_apps(scene: &Scene<'_>) -> Option<Step> {
    let gateways = gateways(scene.topology);
    if gateways.is_empty() || peered(scene.topology).next().is_none() {
        return None;
    }
    let why = "An app with gateway-required integration comes in like a point-to-site client and keeps old routes. In the \
               portal, under Networking and VNet integration of its plan, use Sync Network, and add the routes of the \
               peered networks. Regional integration (a delegated subnet) needs none of it. The command tells of a plan \
               which networks it ought to be synced with.";
    // Azure REST: App Service Plans, List Vnets.
    let command = "az rest --method get --url '<plan-id>/virtualNetworkConnections?api-version=2024-04-01' \
                   --query '[].{network:name, resync:properties.resyncRequired}' -o table";
    Some(Step::new(why).commands([command.to_owned()]).about(&gateways))
}

fn tenants(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let mut remotes = BTreeSet::new();
    let mut about = BTreeSet::new();
    for network in peered(topology) {
        let peerings = &topology.inventory.virtual_networks[network].peerings;
        for (peering, remote) in peerings.iter().zip(&topology.networks[network].remotes) {
            if let (Remote::Unread(_), Some(id)) = (remote, &peering.remote)
                && !is_connected(peering)
            {
                about.insert(peering.id.clone());
                remotes.insert(id.clone());
            }
        }
    }
    if remotes.is_empty() {
        return None;
    }
    let why = format!(
        "The other side ({}) was not read, and the peering is not Connected. \"Current tenant is not authorized to access \
         linked subscription\" says that the account is no guest of the other tenant, or has no Network Contributor rights on \
         the network there; each side is then made by its own owner.",
        listed(remotes.iter().map(ResourceId::name))
    );
    Some(Step::new(why).entries(remotes.iter().map(ToString::to_string)).about(&about))
}
