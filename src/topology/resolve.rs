//! How a virtual network answers a name. The heart of the product; rules and traces share it.
//!
//! Sources, all on Microsoft's pages: name resolution for resources in virtual networks; Azure DNS Private
//! Resolver (resolution process, endpoints and rulesets); private endpoint DNS; fallback to internet for private
//! DNS zones; Azure Firewall DNS settings.

use std::net::IpAddr;

use foldhash::{HashSet, HashSetExt};

use super::Confidence;
use super::Topology;
use super::knowledge::{Seen, Unread};
use super::private_dns::is_broken;
use super::records::{Lookup, relative, suffixes};
use super::servers::{Location, Server};
use crate::inventory::{DnsSettings, Firewall, Kind, ResourceId};

/// A rule for `.` leaves names below these to Azure (Azure docs: DNS Private Resolver, wildcard rules).
const RESERVED_SUFFIXES: [&str; 8] = [
    "windows.net",
    "azure.com",
    "azure.net",
    "windowsazure.us",
    "azure.us",
    "usgovcloudapi.net",
    "azure.cn",
    "chinacloudapi.cn",
];

/// How deep servers may point at servers, or policies at base policies, before nobody can say any more.
const DEPTH: usize = 24;

/// How many ways of asking are followed: servers that point at many servers each make too many to judge.
const WAYS: usize = 200;

/// Why nobody sees through a server that somebody vouches for.
pub const TRUSTED: &str = "a DNS server that the configuration vouches for";

const MISDECLARED: &str =
    "the configuration lets this DNS server resolve through a network that does not exist";

const LOOP: &str = "servers point at each other";

/// How many CNAMEs are followed inside the linked zones.
const CNAMES: usize = 8;

/// What is asked: a public name, and the privatelink name that public DNS makes of it.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// In lower case, without trailing dot.
    pub fqdn: &'a str,
    /// Equal to `fqdn` when that is a privatelink name already.
    pub alias: &'a str,
}

/// What one way of asking ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Record sets of a zone, and whether a wildcard matched.
    Records {
        zone: usize,
        records: Vec<usize>,
        wildcard: bool,
    },
    /// A linked zone says that there is no (address of this) name. `redirected` when its link lets public DNS
    /// have the last word.
    Missing {
        zone: usize,
        redirected: bool,
    },
    /// A CNAME leads out of the linked zones.
    Elsewhere {
        zone: usize,
        record: usize,
    },
    /// No linked zone and no rule: public DNS.
    Public,
    /// Nothing answers at this address.
    Dead {
        server: IpAddr,
        why: &'static str,
    },
    /// Nobody can say.
    Outside {
        why: &'static str,
    },
    Unread(Unread),
}

/// One step on the way to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// Azure's resolver answers for this network.
    AzureDns(usize),
    /// A custom server, as written, and what was found there.
    Server(Box<str>, Server),
    /// An enabled forwarding rule (an index into the inventory) took the name.
    Rule(usize),
    /// A firewall's DNS proxy asks on.
    Proxy(usize),
    /// Public DNS made the alias of the name.
    Alias,
    /// A linked zone was asked.
    Zone(usize),
}

/// One way of asking, and where it ends. A network with several servers has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    pub confidence: Confidence,
    pub hops: Vec<Hop>,
    /// The network whose Azure resolver spoke last: where a missing link would have to be made.
    pub at: Option<usize>,
}

/// What has happened on the way.
#[derive(Debug, Clone)]
struct Way {
    confidence: Confidence,
    hops: Vec<Hop>,
    depth: usize,
    /// Where in `hops` the name now asked for was first asked for.
    asked_from: usize,
}

impl Way {
    /// Whether the same name has come by here before: no server will ever answer it.
    fn has_been_at(&self, hop: &Hop) -> bool {
        self.hops[self.asked_from..].contains(hop)
    }

    /// From here on another name is asked for.
    fn asking_anew(mut self) -> Self {
        self.asked_from = self.hops.len();
        self
    }

    fn hop(mut self, hop: Hop) -> Self {
        self.hops.push(hop);
        self
    }

    fn at_most(mut self, confidence: Confidence) -> Self {
        self.confidence = self.confidence.max(confidence);
        self
    }

    fn deeper(mut self) -> Self {
        self.depth += 1;
        self
    }

    fn end(self, outcome: Outcome, at: Option<usize>) -> Answer {
        Answer { outcome, confidence: self.confidence, hops: self.hops, at }
    }
}

impl Topology {
    /// What `network` gets for a name: an answer for each DNS server it may ask.
    pub fn answers(&self, network: usize, query: Query<'_>) -> Vec<Answer> {
        let way = Way { confidence: Confidence::Certain, hops: Vec::new(), depth: 0, asked_from: 0 };
        let mut answers = Vec::new();
        let servers = &self.networks[network].servers;
        if servers.is_empty() {
            self.azure_view(network, query, way.clone(), &mut answers);
        }
        for (text, location) in servers {
            self.ask(text, location, network, query, way.clone(), &mut answers);
        }
        answers
    }

    /// What Azure's resolver in `network` says of a name, whatever servers the network itself asks.
    pub fn azure_answers(&self, network: usize, query: Query<'_>) -> Vec<Answer> {
        let way = Way { confidence: Confidence::Certain, hops: Vec::new(), depth: 0, asked_from: 0 };
        let mut answers = Vec::new();
        self.azure_view(network, query, way, &mut answers);
        answers
    }

    /// What the targets of a forwarding rule say of a name, when `network` is linked to its ruleset.
    pub fn answers_of_rule(&self, rule: usize, network: usize, query: Query<'_>) -> Vec<Answer> {
        let way = Way { confidence: Confidence::Certain, hops: Vec::new(), depth: 0, asked_from: 0 };
        let mut answers = Vec::new();
        self.follow_rule(rule, network, query, way, &mut answers);
        answers
    }

    /// The rules of a ruleset.
    pub fn rules_of(&self, ruleset: usize) -> &[usize] {
        self.ruleset_rules.get(ruleset).map_or(&[], Vec::as_slice)
    }

    /// The network from which a rule's targets are asked, when `network` is linked to its ruleset.
    pub fn rule_source(&self, rule: usize, network: usize) -> usize {
        self.rule_sources.get(rule).copied().flatten().unwrap_or(network)
    }

    /// The networks whose Azure resolver somebody asks: their own clients, or others through a server in them.
    pub fn spoken_for(&self) -> HashSet<usize> {
        let mut asked = HashSet::new();
        for (index, network) in self.networks.iter().enumerate() {
            if network.servers.is_empty() {
                asked.insert(index);
            }
            for (_, location) in &network.servers {
                match location.server {
                    Server::AzureDns => _ = asked.insert(index),
                    Server::Inbound { network, .. }
                    | Server::Machine { network }
                    | Server::Declared { network }
                    | Server::Firewall { network: Some(network), .. } => _ = asked.insert(network),
                    _ => {}
                }
            }
        }
        let inbound = self.inventory.inbound_endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
        let homes = inbound.filter_map(|held| held.subnet.as_ref()?.virtual_network());
        asked.extend(homes.filter_map(|home| self.network(&home)));
        asked
    }

    /// Asks the server found at `location` from the network `from`.
    fn ask(
        &self,
        text: &str,
        location: &Location,
        from: usize,
        query: Query<'_>,
        way: Way,
        answers: &mut Vec<Answer>,
    ) {
        let way =
            way.hop(Hop::Server(text.into(), location.server.clone())).at_most(location.confidence).deeper();
        if answers.len() > WAYS {
            return;
        }
        if way.depth > DEPTH || answers.len() == WAYS {
            return answers.push(way.end(Outcome::Outside { why: LOOP }, None));
        }
        match &location.server {
            Server::AzureDns => self.azure_view(from, query, way, answers),
            Server::Inbound { network, .. } | Server::Machine { network } | Server::Declared { network } => {
                self.azure_view(*network, query, way, answers);
            }
            Server::Firewall { firewall, network } => {
                self.ask_firewall(text, *firewall, (*network, from), query, way, answers);
            }
            Server::Dead { network } => {
                answers.push(way.end(dead(text, "no inbound endpoint has this address"), Some(*network)));
            }
            Server::Outside => {
                answers.push(way.end(Outcome::Outside { why: "custom DNS outside Azure" }, None));
            }
            Server::Trusted => answers.push(way.end(Outcome::Outside { why: TRUSTED }, None)),
            Server::Misdeclared => answers.push(way.end(Outcome::Outside { why: MISDECLARED }, None)),
            Server::Unread(unread) => answers.push(way.end(Outcome::Unread(unread.clone()), None)),
        }
    }

    /// A firewall answers only as a DNS proxy, from the servers of its settings or from Azure's. `places` are its
    /// own network, unless it stands in a Virtual WAN hub, and the network that asks it.
    fn ask_firewall(
        &self,
        text: &str,
        firewall: usize,
        places: (Option<usize>, usize),
        query: Query<'_>,
        way: Way,
        answers: &mut Vec<Answer>,
    ) {
        let (network, asking) = places;
        let settings = match self.firewall_dns(&self.inventory.firewalls[firewall]) {
            Ok(settings) => settings,
            Err(outcome) => return answers.push(way.end(outcome, network)),
        };
        if settings.enable_proxy != Some(true) {
            return answers.push(way.end(dead(text, "the firewall's DNS proxy is off"), network));
        }
        let proxy = Hop::Proxy(firewall);
        if way.has_been_at(&proxy) {
            return answers.push(way.end(Outcome::Outside { why: LOOP }, network));
        }
        let way = way.hop(proxy);
        if settings.servers.is_empty() {
            return match network {
                Some(network) => self.azure_view(network, query, way, answers),
                // No zone can be linked to a secured hub.
                None => answers.push(way.end(Outcome::Public, None)),
            };
        }
        // A hub's firewall sees the networks that the asking network sees through the hub.
        let from = network.unwrap_or(asking);
        for server in &settings.servers {
            let location = self.locate(server, from);
            if network.is_none() && location.server == Server::AzureDns {
                // Azure's resolver in the hub, not in the network that asks.
                let way = way.clone().hop(Hop::Server(server.clone(), Server::AzureDns));
                answers.push(way.end(Outcome::Public, None));
                continue;
            }
            self.ask(server, &location, from, query, way.clone(), answers);
        }
    }

    /// The DNS settings in force: the policy's, else its base policy's, else the classic firewall's own. A policy
    /// that a list should hold and does not was hidden from us (a policy in use cannot be deleted), so nobody
    /// can say.
    pub fn firewall_dns(&self, firewall: &Firewall) -> Result<DnsSettings, Outcome> {
        if firewall.policy.is_none() {
            return Ok(DnsSettings {
                servers: firewall.dns_servers.clone(),
                enable_proxy: firewall.dns_proxy,
            });
        }
        for id in self.policy_chain(firewall) {
            let Some(index) = self.policies.get(id) else {
                return Err(match self.knowledge.missing::<usize>(id, Kind::FirewallPolicies) {
                    Seen::Unknown(unread) => Outcome::Unread(unread),
                    Seen::Absent | Seen::Found(_) => {
                        Outcome::Outside { why: "the firewall's policy cannot be seen" }
                    }
                });
            };
            if let Some(settings) = &self.inventory.firewall_policies[*index].dns {
                return Ok(settings.clone());
            }
        }
        Ok(DnsSettings { servers: Vec::new(), enable_proxy: None })
    }

    /// A firewall's policy, its base, and so on; the last may be one that was not read.
    pub fn policy_chain<'a>(&'a self, firewall: &'a Firewall) -> impl Iterator<Item = &'a ResourceId> {
        let base = |id: &&'a ResourceId| {
            let index = self.policies.get(*id)?;
            self.inventory.firewall_policies[*index].base.as_ref()
        };
        std::iter::successors(firewall.policy.as_ref(), base).take(DEPTH)
    }

    /// Azure's resolver in a network: linked zones, then the linked ruleset, then public DNS, which makes the
    /// alias of the name, and once more.
    fn azure_view(&self, network: usize, query: Query<'_>, way: Way, answers: &mut Vec<Answer>) {
        let way = way.hop(Hop::AzureDns(network));
        let mut way = match self.ask_zones(network, query.fqdn, way) {
            Ok(answer) => return answers.push(answer),
            Err(way) => way,
        };
        if let Some(rule) = self.rule_for(network, query.fqdn) {
            return self.follow_rule(rule, network, query, way, answers);
        }
        if query.fqdn == query.alias {
            return answers.push(way.end(Outcome::Public, Some(network)));
        }
        way = match self.ask_zones(network, query.alias, way.hop(Hop::Alias)) {
            Ok(answer) => return answers.push(answer),
            Err(way) => way,
        };
        if let Some(rule) = self.rule_for(network, query.alias) {
            // The rule's target is asked for the alias and never learns the name it was made of.
            let query = Query { fqdn: query.alias, alias: query.alias };
            let way = way.at_most(Confidence::Probable).asking_anew();
            return self.follow_rule(rule, network, query, way, answers);
        }
        answers.push(way.end(Outcome::Public, Some(network)));
    }

    /// Asks the longest linked zone the name lies in; gives the way back when there is none.
    fn ask_zones(&self, network: usize, name: &str, mut way: Way) -> Result<Answer, Way> {
        let mut name = name.to_owned();
        let mut led_here = None;
        for _ in 0..CNAMES {
            let Some((zone, link, doubtful)) = self.linked_zone(network, &name) else {
                let Some((zone, record)) = led_here else { return Err(way) };
                return Ok(way.end(Outcome::Elsewhere { zone, record }, Some(network)));
            };
            way = way.hop(Hop::Zone(zone));
            if doubtful {
                way = way.at_most(Confidence::Probable);
            }
            if let Some(unread) = self.knowledge.children(&self.inventory.zones[zone].id, Kind::RecordSets) {
                return Ok(way.end(Outcome::Unread(unread), Some(network)));
            }
            let record = relative(&name, &self.inventory.zones[zone].name).unwrap_or("@");
            if let Some(unread) = self.unread_record(zone, record) {
                return Ok(way.end(Outcome::Unread(unread), Some(network)));
            }
            match self.records.lookup(&self.inventory, zone, record) {
                Lookup::Addresses { records, wildcard } => {
                    return Ok(way.end(Outcome::Records { zone, records, wildcard }, Some(network)));
                }
                Lookup::Cname { record } => {
                    led_here = Some((zone, record));
                    match &self.inventory.record_sets[record].cname {
                        Some(target) => name = target.to_string(),
                        None => break,
                    }
                }
                Lookup::NoAddress => {
                    return Ok(way.end(Outcome::Missing { zone, redirected: false }, Some(network)));
                }
                Lookup::Absent => {
                    let redirected = self.redirects(zone, link);
                    return Ok(way.end(Outcome::Missing { zone, redirected }, Some(network)));
                }
            }
        }
        match led_here {
            Some((zone, record)) => Ok(way.end(Outcome::Elsewhere { zone, record }, Some(network))),
            None => Err(way),
        }
    }

    /// Why a name's record sets are not wholly known: an address in one of them could not be understood.
    fn unread_record(&self, zone: usize, name: &str) -> Option<Unread> {
        let answering = self.records.answering(zone, name).map_or(&[][..], |(sets, _)| sets);
        let sets = self.records.exactly(zone, name).iter().chain(answering);
        sets.map(|set| &self.inventory.record_sets[*set].id).find_map(|id| self.knowledge.field(id))
    }

    /// The linked zone with the longest name that `name` lies in, its link, and whether that is in doubt: there are
    /// several, or its link never came about for all anybody knows.
    fn linked_zone(&self, network: usize, name: &str) -> Option<(usize, usize, bool)> {
        let linked = &self.networks[network].linked;
        if linked.is_empty() {
            return None;
        }
        let found = suffixes(name).find_map(|suffix| linked.get(suffix))?;
        let is_sound = |(_, link): &&(usize, usize)| !is_broken(&self.inventory.links[*link]);
        let mut sound = found.iter().filter(is_sound);
        match (sound.next(), sound.next()) {
            (Some((zone, link)), second) => Some((*zone, *link, second.is_some())),
            (None, _) => found.first().map(|(zone, link)| (*zone, *link, true)),
        }
    }

    /// Whether a link hands NXDOMAIN on to public DNS. Works for privatelink zones alone.
    pub(super) fn redirects(&self, zone: usize, link: usize) -> bool {
        let policy = self.inventory.links[link].resolution_policy.as_deref();
        policy.is_some_and(|policy| policy.eq_ignore_ascii_case("NxDomainRedirect"))
            && self.inventory.zones[zone].name.split('.').any(|label| label == "privatelink")
    }

    /// The enabled rule with the longest domain that `name` lies in, of the rulesets linked to a network.
    fn rule_for(&self, network: usize, name: &str) -> Option<usize> {
        let rules = self.networks[network].rulesets.iter().flat_map(|ruleset| &self.ruleset_rules[*ruleset]);
        let matching = rules.filter(|rule| self.takes(**rule, name));
        // Of equally long domains the first in the order of ids, so that the answer is always the same.
        matching.copied().max_by_key(|rule| {
            (self.inventory.forwarding_rules[*rule].domain.len(), std::cmp::Reverse(*rule))
        })
    }

    /// Whether a rule is enabled and forwards this name.
    pub(super) fn takes(&self, rule: usize, name: &str) -> bool {
        let rule = &self.inventory.forwarding_rules[rule];
        let fits = match &*rule.domain {
            "" => !suffixes(name).any(|suffix| RESERVED_SUFFIXES.contains(&suffix)),
            domain => relative(name, domain).is_some(),
        };
        rule.enabled && fits
    }

    /// A rule's targets answer the whole chain; they are asked from the resolver's network.
    fn follow_rule(
        &self,
        rule: usize,
        network: usize,
        query: Query<'_>,
        way: Way,
        answers: &mut Vec<Answer>,
    ) {
        let hop = Hop::Rule(rule);
        if way.has_been_at(&hop) {
            return answers.push(way.end(Outcome::Outside { why: LOOP }, Some(network)));
        }
        let way = way.hop(hop);
        let from = self.rule_sources[rule].unwrap_or(network);
        let targets = &self.inventory.forwarding_rules[rule].targets;
        if targets.is_empty() {
            let why = "the forwarding rule names no server";
            return answers.push(way.end(Outcome::Outside { why }, Some(network)));
        }
        for target in targets {
            let location = self.locate(target, from);
            self.ask(target, &location, from, query, way.clone(), answers);
        }
    }
}

fn dead(text: &str, why: &'static str) -> Outcome {
    match text.trim().parse() {
        Ok(server) => Outcome::Dead { server, why },
        Err(_) => Outcome::Outside { why },
    }
}
