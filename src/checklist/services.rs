//! Private link services: whether the load balancer and the machines behind it answer.

use std::collections::BTreeSet;

use super::articles::PRIVATE_LINK_SERVICE;
use super::commands::listed;
use super::{Check, Scene, Step};
use crate::inventory::{LoadBalancer, PrivateLinkService, ResourceId};
use crate::rules::quote;
use crate::topology::Topology;

pub(super) const CHECKS: [Check; 4] = [
    Check {
        id: "service-balancer-answers",
        title: "The load balancer of each private link service answers in its own network",
        article: PRIVATE_LINK_SERVICE,
        packs: &[],
        make: answers,
    },
    Check {
        id: "service-balancer-health",
        title: "Health probes find the machines behind each private link service",
        article: PRIVATE_LINK_SERVICE,
        packs: &[],
        make: health,
    },
    Check {
        id: "service-machines",
        title: "Machines behind each private link service let its NAT addresses in",
        article: PRIVATE_LINK_SERVICE,
        packs: &[],
        make: machines,
    },
    Check {
        id: "service-resource-view",
        title: "Azure Monitor's network insights show each private link service as healthy",
        article: PRIVATE_LINK_SERVICE,
        packs: &[],
        make: resource_view,
    },
];

/// The services that are reported on, with their place.
fn services(topology: &Topology) -> impl Iterator<Item = (usize, &PrivateLinkService)> {
    let all = topology.inventory.private_link_services.iter().zip(&topology.services.joined).enumerate();
    all.filter(|(_, (_, joined))| joined.reported).map(|(index, (raw, _))| (index, raw))
}

/// The load balancers behind a service that were read, each frontend with its own.
fn balancers(topology: &Topology, service: usize) -> impl Iterator<Item = (&LoadBalancer, Option<usize>)> {
    let frontends = topology.services.joined[service].frontends.iter();
    frontends.filter_map(|frontend| {
        let balancer = topology.inventory.load_balancers.get(frontend.balancer.found()?)?;
        Some((balancer, frontend.position))
    })
}

fn answers(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let mut commands = BTreeSet::new();
    let mut about = BTreeSet::new();
    for (index, service) in services(topology) {
        let ports = topology.service_ports(index);
        for (balancer, position) in balancers(topology, index) {
            let frontend = position.and_then(|at| balancer.frontends.get(at));
            let Some(address) = frontend.and_then(|frontend| frontend.held.address) else { continue };
            about.insert(service.id.clone());
            let tried = |port: &str| format!("nc -vz -w 5 {address} {}", quote(port));
            match ports.as_slice() {
                [] => _ = commands.insert(tried("<port>")),
                known => commands.extend(known.iter().map(|port| tried(&port.to_string()))),
            }
        }
        if let Some(destination) = service.destination {
            about.insert(service.id.clone());
            commands.insert(format!("nc -vz -w 5 {destination} '<port>'"));
        }
    }
    if commands.is_empty() {
        return None;
    }
    let why = format!(
        "From a machine in another subnet of the network of {}, before Private Link is blamed: if nothing answers there \
         either, the load balancer or what stands behind it is at fault.",
        listed(about.iter().map(ResourceId::name))
    );
    Some(Step::new(why).commands(commands).about(&about))
}

/// Azure docs: Standard load balancer diagnostics, metrics.
fn health(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let of = |index| balancers(topology, index).map(|(balancer, _)| balancer.id.clone());
    let all: BTreeSet<ResourceId> = services(topology).flat_map(|(index, _)| of(index)).collect();
    if all.is_empty() {
        return None;
    }
    let why = "A load balancer sends nothing to a machine whose probe fails, and that is not in its configuration. \
               DipAvailability is the share of probes that succeed; ByteCount tells whether anything flows.";
    let metrics = |id: &ResourceId| {
        format!(
            "az monitor metrics list --resource {} --metrics DipAvailability ByteCount --interval PT5M -o table",
            quote(id.as_str())
        )
    };
    Some(Step::new(why).commands(all.iter().map(metrics)).about(&all))
}

/// What the machines see of a consumer is a NAT address (Azure docs: what is Private Link service).
fn machines(scene: &Scene<'_>) -> Option<Step> {
    let topology = scene.topology;
    let mut entries = BTreeSet::new();
    let mut about = BTreeSet::new();
    for (_, service) in services(topology) {
        let held = service.nat.iter().filter_map(|nat| nat.address).map(|address| address.to_string());
        let mut sources: BTreeSet<String> = held.collect();
        if sources.is_empty() {
            let subnets = service.nat.iter().filter_map(|nat| nat.subnet.as_ref());
            sources.extend(subnets.flat_map(|subnet| prefixes(topology, subnet)));
        }
        for source in sources {
            about.insert(service.id.clone());
            entries.insert(format!("{source} {}", service.id.name()));
        }
    }
    if entries.is_empty() {
        return None;
    }
    let why = "To the machines every consumer has a NAT address of the service. Their own firewalls must let these in, and \
               what serves must listen on all addresses; a trace on a machine (tcpdump, netsh trace) shows whether packets \
               from them arrive.";
    Some(Step::new(why).entries(entries).about(&about))
}

fn prefixes(topology: &Topology, subnet: &ResourceId) -> Vec<String> {
    let network = subnet.virtual_network().and_then(|id| topology.network(&id));
    let subnets = network.map(|index| &topology.inventory.virtual_networks[index].subnets);
    let found = subnets.and_then(|all| all.iter().find(|known| known.id == *subnet));
    found.map(|known| known.prefixes.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn resource_view(scene: &Scene<'_>) -> Option<Step> {
    let all: Vec<&ResourceId> = services(scene.topology).map(|(_, service)| &service.id).collect();
    if all.is_empty() {
        return None;
    }
    let why = format!(
        "In the portal: Monitor, Networks, Private Link services, Resource view, for {}. It shows states of the platform that \
         no list tells; if all is well there and here, ask Azure support.",
        listed(all.iter().map(|id| id.name()))
    );
    Some(Step::new(why).about(all))
}
