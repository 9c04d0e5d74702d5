//! Which DNS servers the queries of audited networks come to, as far as that was read.

use std::collections::BTreeSet;
use std::net::IpAddr;

use foldhash::{HashSet, HashSetExt};

use super::Topology;
use super::servers::{Location, Server};
use crate::inventory::ResourceId;

/// What stands in the way of following queries further.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Addresses of servers that were not found.
    pub lost: BTreeSet<IpAddr>,
    /// Policies of the firewalls that are asked, base policies included.
    pub policies: BTreeSet<ResourceId>,
}

/// Networks and firewalls still to be looked at.
struct Walk<'a> {
    topology: &'a Topology,
    /// The domains of rules that matter.
    domains: &'a HashSet<&'a str>,
    asked: Asked,
    networks: Vec<usize>,
    seen_networks: HashSet<usize>,
    seen_firewalls: HashSet<usize>,
}

impl Topology {
    /// Follows the queries of these networks through custom servers, firewalls and the rules for `domains`.
    pub(super) fn asked(&self, networks: impl Iterator<Item = usize>, domains: &HashSet<&str>) -> Asked {
        let mut walk = Walk {
            topology: self,
            domains,
            asked: Asked::default(),
            networks: Vec::new(),
            seen_networks: HashSet::new(),
            seen_firewalls: HashSet::new(),
        };
        for network in networks {
            walk.resolver_of(network);
            for (text, location) in &self.networks[network].servers {
                walk.server(text, location, network);
            }
        }
        while let Some(network) = walk.networks.pop() {
            walk.rules_of(network);
        }
        walk.asked
    }
}

impl Walk<'_> {
    /// The server found at `location` is asked from a network.
    fn server(&mut self, text: &str, location: &Location, from: usize) {
        match &location.server {
            Server::Inbound { network, .. } | Server::Machine { network } | Server::Declared { network } => {
                self.resolver_of(*network);
            }
            Server::Firewall { firewall, network } => self.firewall(*firewall, *network, from),
            Server::Outside | Server::Unread(_) => {
                let address = text.trim().parse::<IpAddr>().ok();
                // A person has said where it resolves: there is nothing to look for.
                let declared = |address: &IpAddr| self.topology.options.dns_servers.contains_key(address);
                self.asked.lost.extend(address.filter(|address| !declared(address)));
            }
            Server::AzureDns | Server::Dead { .. } | Server::Trusted | Server::Misdeclared => {}
        }
    }

    /// Azure's resolver in a network is asked.
    fn resolver_of(&mut self, network: usize) {
        if self.seen_networks.insert(network) {
            self.networks.push(network);
        }
    }

    fn rules_of(&mut self, network: usize) {
        let topology = self.topology;
        let rules = topology.networks[network].rulesets.iter().flat_map(|set| &topology.ruleset_rules[*set]);
        for index in rules {
            let rule = &topology.inventory.forwarding_rules[*index];
            if !rule.enabled || !(rule.domain.is_empty() || self.domains.contains(&*rule.domain)) {
                continue;
            }
            let from = topology.rule_sources[*index].unwrap_or(network);
            for target in &rule.targets {
                self.server(target, &topology.locate(target, from), from);
            }
        }
    }

    /// A firewall asks its servers from its own network; one in a Virtual WAN hub sees what the asking network
    /// sees through the hub.
    fn firewall(&mut self, index: usize, network: Option<usize>, asking: usize) {
        if !self.seen_firewalls.insert(index) {
            return;
        }
        let topology = self.topology;
        let firewall = &topology.inventory.firewalls[index];
        self.asked.policies.extend(topology.policy_chain(firewall).cloned());
        let Ok(settings) = topology.firewall_dns(firewall) else { return };
        if let (Some(network), true) = (network, settings.servers.is_empty()) {
            self.resolver_of(network);
        }
        let from = network.unwrap_or(asking);
        for server in &settings.servers {
            self.server(server, &topology.locate(server, from), from);
        }
    }
}
