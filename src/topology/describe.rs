//! The way to an answer in words, a line a hop.

use super::Topology;
use super::resolve::{Answer, Hop, Outcome};
use super::servers::Server;

impl Topology {
    /// One line a hop, then what came of it. Names are Azure's: hostile.
    pub fn describe(&self, answer: &Answer) -> Vec<String> {
        let mut lines: Vec<String> = answer.hops.iter().map(|hop| self.describe_hop(hop)).collect();
        lines.push(self.describe_outcome(&answer.outcome));
        lines
    }

    fn network_name(&self, network: usize) -> &str {
        self.inventory.virtual_networks[network].id.name()
    }

    fn zone_name(&self, zone: usize) -> &str {
        &self.inventory.zones[zone].name
    }

    /// One hop in words.
    pub fn describe_hop(&self, hop: &Hop) -> String {
        match hop {
            Hop::AzureDns(network) => format!("Azure DNS answers for {}", self.network_name(*network)),
            Hop::Server(text, server) => format!("DNS server {text}: {}", self.server(server)),
            Hop::Rule(rule) => {
                let rule = &self.inventory.forwarding_rules[*rule];
                let ruleset = rule.id.parent();
                let ruleset = ruleset.as_ref().map_or("", |id| id.name());
                let domain = if rule.domain.is_empty() { "." } else { &rule.domain };
                format!("rule {} of ruleset {ruleset} forwards {domain}", rule.id.name())
            }
            Hop::Proxy(firewall) => {
                format!("DNS proxy of firewall {} asks on", self.inventory.firewalls[*firewall].id.name())
            }
            Hop::Alias => "public DNS answers with the privatelink alias".to_owned(),
            Hop::Zone(zone) => format!("linked zone {} is asked", self.zone_name(*zone)),
        }
    }

    fn server(&self, server: &Server) -> String {
        match server {
            Server::AzureDns => "Azure's own".to_owned(),
            Server::Inbound { endpoint, network } => {
                let id = &self.inventory.inbound_endpoints[*endpoint].id;
                format!("inbound endpoint {} in {}", id.name(), self.network_name(*network))
            }
            Server::Firewall { firewall, network } => {
                let name = self.inventory.firewalls[*firewall].id.name();
                match network {
                    Some(network) => format!("firewall {name} in {}", self.network_name(*network)),
                    None => format!("firewall {name} in a Virtual WAN hub"),
                }
            }
            Server::Machine { network } => {
                format!("a machine in {}, taken to ask Azure DNS there", self.network_name(*network))
            }
            Server::Dead { network } => format!("nothing at this address in {}", self.network_name(*network)),
            Server::Declared { network } => {
                format!("said to ask Azure DNS in {}", self.network_name(*network))
            }
            Server::Trusted => "vouched for by the configuration".to_owned(),
            Server::Misdeclared => "said to resolve through a network that does not exist".to_owned(),
            Server::Outside => "not found in the estate".to_owned(),
            Server::Unread(_) => "in a place that could not be read".to_owned(),
        }
    }

    /// What came of it, in words.
    pub fn describe_outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Records { records, wildcard, .. } => {
                let sets = records.iter().map(|set| &self.inventory.record_sets[*set]);
                let addresses: Vec<String> =
                    sets.flat_map(|set| set.addresses.iter().map(ToString::to_string)).collect();
                let by = if *wildcard { " (by a wildcard)" } else { "" };
                format!("answer: {}{by}", addresses.join(", "))
            }
            Outcome::Missing { redirected: false, .. } => "answer: NXDOMAIN".to_owned(),
            Outcome::Missing { redirected: true, .. } => {
                "no record: the link falls back to public DNS".to_owned()
            }
            Outcome::Elsewhere { record, .. } => {
                let target = self.inventory.record_sets[*record].cname.as_deref().unwrap_or("nowhere");
                format!("answer: CNAME to {target}, which no linked zone holds")
            }
            Outcome::Public => "no linked zone and no rule: public DNS answers".to_owned(),
            Outcome::Dead { server, why } => format!("no answer from {server}: {why}"),
            Outcome::Outside { why } => format!("cannot be followed: {why}"),
            Outcome::Unread(_) => "cannot be followed: not everything could be read".to_owned(),
        }
    }
}
