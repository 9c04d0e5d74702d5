//! Private link services joined with their load balancers, subnets and consumers. Knows no rule.

use foldhash::HashMap;

use super::Topology;
use super::knowledge::{Knowledge, Seen};
use crate::inventory::{BalancingRule, Inventory, Kind, PrivateLinkService, ResourceId};

/// What stands behind an alias, in its end (Azure docs: private link service, alias).
const ALIAS_END: &str = ".azure.privatelinkservice";

/// A private link service, joined.
#[derive(Debug)]
pub struct Service {
    /// Whether findings about it are reported.
    pub reported: bool,
    /// In the order of `PrivateLinkService::frontends`.
    pub frontends: Vec<JoinedFrontend>,
    /// The subnets its NAT addresses come from, each once, in the order of their ids.
    pub nat_subnets: Vec<NatSubnet>,
    /// The endpoint of each connection, in the order of `PrivateLinkService::connections`.
    pub endpoints: Vec<Seen<usize>>,
    /// Every endpoint that names this service, by id or by alias, in order.
    pub consumers: Vec<usize>,
}

/// A frontend that a service leads to.
#[derive(Debug)]
pub struct JoinedFrontend {
    /// The load balancer that its id names.
    pub balancer_id: Option<ResourceId>,
    pub balancer: Seen<usize>,
    /// Its place among the load balancer's frontends.
    pub position: Option<usize>,
}

/// A subnet from which a service's NAT addresses come.
#[derive(Debug)]
pub struct NatSubnet {
    pub id: ResourceId,
    /// The network and the subnet's place in it.
    pub place: Seen<(usize, usize)>,
}

/// Every private link service that was read, and how it is named.
#[derive(Debug, Default)]
pub struct Services {
    /// In the order of `inventory.private_link_services`.
    pub joined: Vec<Service>,
    by_id: HashMap<ResourceId, usize>,
    /// Whole aliases in lower case.
    by_alias: HashMap<Box<str>, usize>,
    /// The GUID in an alias, in lower case.
    by_guid: HashMap<Box<str>, usize>,
}

impl Services {
    /// Joins every service.
    pub(super) fn new(
        inventory: &Inventory,
        knowledge: &Knowledge,
        networks: &HashMap<ResourceId, usize>,
    ) -> Self {
        let all = &inventory.private_link_services;
        if all.is_empty() {
            return Services::default();
        }
        let mut services = Services { by_id: super::index(all.iter().map(|s| &s.id)), ..Services::default() };
        for (index, service) in all.iter().enumerate() {
            let Some(alias) = service.alias.as_deref() else { continue };
            let alias = alias.to_ascii_lowercase();
            if let Some(guid) = alias_guid(&alias) {
                services.by_guid.entry(guid.into()).or_insert(index);
            }
            services.by_alias.entry(alias.into_boxed_str()).or_insert(index);
        }
        let joints = Joints {
            inventory,
            knowledge,
            networks,
            balancers: super::index(inventory.load_balancers.iter().map(|balancer| &balancer.id)),
            endpoints: super::index(inventory.private_endpoints.iter().map(|endpoint| &endpoint.id)),
        };
        services.joined = all.iter().map(|service| joints.service(service)).collect();
        services.note_consumers(inventory);
        services
    }

    /// The service that an endpoint's connection names, by id or by whole alias.
    pub fn named(&self, target: &ResourceId) -> Option<usize> {
        if let Some(index) = self.by_id.get(target) {
            return Some(*index);
        }
        if target.as_str().contains('/') {
            return None;
        }
        self.by_alias.get(target.as_str().to_ascii_lowercase().as_str()).copied()
    }

    /// The service whose alias carries this alias's GUID.
    pub fn with_guid_of(&self, alias: &str) -> Option<usize> {
        self.by_guid.get(alias_guid(&alias.to_ascii_lowercase())?).copied()
    }

    fn note_consumers(&mut self, inventory: &Inventory) {
        for (endpoint, of) in inventory.private_endpoints.iter().enumerate() {
            for target in of.connections.iter().filter_map(|connection| connection.target.as_ref()) {
                let found = self.named(target).and_then(|service| self.joined.get_mut(service));
                if let Some(service) = found
                    && service.consumers.last() != Some(&endpoint)
                {
                    service.consumers.push(endpoint);
                }
            }
        }
    }
}

/// Whether a target is the alias of a private link service: `name.guid.region.azure.privatelinkservice`.
pub fn is_alias(target: &ResourceId) -> bool {
    let text = target.as_str();
    !text.contains('/') && text.to_ascii_lowercase().ends_with(ALIAS_END)
}

/// The GUID of an alias in lower case: its second label.
fn alias_guid(alias: &str) -> Option<&str> {
    alias.strip_suffix(ALIAS_END)?.split('.').nth(1).filter(|guid| !guid.is_empty())
}

/// Lookups that joining services needs.
struct Joints<'a> {
    inventory: &'a Inventory,
    knowledge: &'a Knowledge,
    networks: &'a HashMap<ResourceId, usize>,
    balancers: HashMap<ResourceId, usize>,
    endpoints: HashMap<ResourceId, usize>,
}

impl Joints<'_> {
    fn service(&self, service: &PrivateLinkService) -> Service {
        let mut subnets: Vec<&ResourceId> =
            service.nat.iter().filter_map(|nat| nat.subnet.as_ref()).collect();
        subnets.sort();
        subnets.dedup();
        let endpoint = |id: Option<&ResourceId>| match id {
            Some(id) => match self.endpoints.get(id) {
                Some(index) => Seen::Found(*index),
                None => self.knowledge.missing(id, Kind::PrivateEndpoints),
            },
            None => Seen::Absent,
        };
        Service {
            reported: super::is_reported(self.inventory, &service.id),
            frontends: service.frontends.iter().map(|id| self.frontend(id)).collect(),
            nat_subnets: subnets.into_iter().map(|id| self.nat_subnet(id)).collect(),
            endpoints: service.connections.iter().map(|c| endpoint(c.endpoint.as_ref())).collect(),
            consumers: Vec::new(),
        }
    }

    fn frontend(&self, id: &ResourceId) -> JoinedFrontend {
        let Some(balancer_id) = id.parent() else {
            return JoinedFrontend { balancer_id: None, balancer: Seen::Absent, position: None };
        };
        let balancer = match self.balancers.get(&balancer_id) {
            Some(index) => Seen::Found(*index),
            None => self.knowledge.missing(&balancer_id, Kind::LoadBalancers),
        };
        let position = balancer.found().and_then(|index| {
            let frontends = &self.inventory.load_balancers.get(index)?.frontends;
            frontends.iter().position(|frontend| frontend.id.as_ref() == Some(id))
        });
        JoinedFrontend { balancer_id: Some(balancer_id), balancer, position }
    }

    fn nat_subnet(&self, id: &ResourceId) -> NatSubnet {
        let place = match id.virtual_network() {
            Some(network) => match self.networks.get(&network) {
                Some(index) => self.subnet_of(*index, id),
                None => self.knowledge.missing(&network, Kind::VirtualNetworks),
            },
            None => Seen::Absent,
        };
        NatSubnet { id: id.clone(), place }
    }

    fn subnet_of(&self, network: usize, id: &ResourceId) -> Seen<(usize, usize)> {
        let Some(of) = self.inventory.virtual_networks.get(network) else { return Seen::Absent };
        match of.subnets.iter().position(|subnet| subnet.id == *id) {
            Some(position) => Seen::Found((network, position)),
            None => match self.knowledge.field(&of.id) {
                Some(unread) => Seen::Unknown(unread),
                None => Seen::Absent,
            },
        }
    }
}

impl Topology {
    /// The TCP ports on which a service listens, as the rules on its frontends tell, sorted; empty where they do not
    /// tell it, or not wholly.
    pub fn service_ports(&self, service: usize) -> Vec<u16> {
        let all = self.services.joined.get(service).zip(self.inventory.private_link_services.get(service));
        let Some((joined, raw)) = all else { return Vec::new() };
        let mut ports = Vec::new();
        for (frontend, id) in joined.frontends.iter().zip(&raw.frontends) {
            let balancer = frontend.balancer.found().and_then(|at| self.inventory.load_balancers.get(at));
            let Some(balancer) = balancer.filter(|balancer| self.knowledge.field(&balancer.id).is_none())
            else {
                return Vec::new();
            };
            let udp = |rule: &&BalancingRule| {
                rule.protocol.as_deref().is_some_and(|protocol| protocol.eq_ignore_ascii_case("Udp"))
            };
            let rules = balancer.rules.iter().filter(|rule| rule.frontend.as_ref() == Some(id));
            for rule in rules.filter(|rule| !udp(rule)) {
                // Port 0 stands for all of them.
                let Some(port) = rule.port.filter(|port| *port != 0) else { return Vec::new() };
                ports.push(port);
            }
        }
        ports.sort_unstable();
        ports.dedup();
        ports
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_comes_apart() {
        let alias = ResourceId::new("pls.Guid-1.westus2.azure.privatelinkservice");
        assert!(is_alias(&alias));
        assert_eq!(alias_guid("pls.guid-1.westus2.azure.privatelinkservice"), Some("guid-1"));
        for other in ["", "pls", "a/b.azure.privatelinkservice", "pls.guid.westus2.azure.example"] {
            assert!(!is_alias(&ResourceId::new(other)), "{other}");
        }
        for other in ["", "pls", "pls.azure.privatelinkservice", "pls..westus2.azure.privatelinkservice"] {
            assert_eq!(alias_guid(other), None, "{other}");
        }
    }
}
