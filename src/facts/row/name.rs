//! Rows of the names of private endpoints, and how the endpoint's own network resolves them.

use std::net::IpAddr;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::endpoint::{names_known, need_known};
use super::head::{Head, shown};
use super::reference::{self, EndpointRef, NetworkRef, TargetRef};
use super::{Row, Subject, words};
use crate::inventory::{Kind, ResourceId};
use crate::topology::Confidence;
use crate::topology::Topology;
use crate::topology::endpoints::{Requirements, excuse, target_and_group};
use crate::topology::resolve::{Answer, Hop, Outcome, Query};
use crate::topology::servers::Server;
use crate::topology::zones::{Certainty, NeededName};

/// A name of a private endpoint. Endpoints of which not every name is known have no such row; of those an audit says that
/// a rule about names cannot be judged.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a name of a private endpoint, version 1")]
pub(super) struct NameRow {
    /// The endpoint's.
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "name"))]
    subject: &'static str,
    /// The public name, in lower case; may begin with `*.`.
    fqdn: String,
    /// What public DNS makes of it; null when it needs no private DNS zone. Absent when that is not known.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    alias: Fact<Option<String>>,
    /// The private DNS zone it needs, by name; null when it needs none. Absent when nobody knows which: no table tells
    /// of such a target or of such a name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    zone: Fact<Option<String>>,
    /// Its record in that zone; null when the zone is, and absent when the zone is.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    record: Fact<Option<String>>,
    /// Every zone, by name, in which it would be as well; absent when `zone` is.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    zones: Fact<Vec<String>>,
    /// How well it is known that the zone is the right one: `documented`, `seen` or `inferred`; null when the zone is,
    /// and absent when the zone is.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    #[schemars(extend("enum" = words::or_null(&words::CERTAINTIES)))]
    certainty: Fact<Option<&'static str>>,
    /// Where the name was seen: `network interface`, `customDnsConfigs`, `private DNS zone group`, or `derived from the
    /// target's name`, which nobody wrote down.
    #[schemars(extend("enum" = words::SOURCES))]
    source: &'static str,
    /// The addresses that the endpoint has for it, sorted. Absent when nobody says which of its own.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    addresses: Fact<Vec<IpAddr>>,
    /// The endpoint.
    endpoint: EndpointRef,
    /// What the endpoint leads to; null when it names nothing.
    target: Option<TargetRef>,
    /// The endpoint's virtual network; null when it names none.
    network: Option<NetworkRef>,
    /// How that network resolves the name: one answer for each DNS server that it may ask. Absent when nobody can say,
    /// be it for something that was not read or for a DNS server outside Azure; null when there is no such network. Where
    /// `alias` is absent or only `inferred`, absent unless `right` is true: what is asked for may be another name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    view: Fact<Option<Vec<AnswerRow>>>,
    /// Whether every answer consists of addresses that this very endpoint has for the name; another endpoint that bears
    /// the name may have them as well as it. Absent when an answer is less than certain, or the endpoint does not say
    /// which of its addresses it has for the name; null when `view` is.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    right: Fact<Option<bool>>,
}

/// What one way of asking ends in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerRow {
    /// `records`: a zone holds addresses of the name. `missing`: a linked zone says that there is no such name.
    /// `fallback`: so it does, and public DNS has the last word. `elsewhere`: a CNAME leads out of the private zones.
    /// `public`: no private zone is asked. `dead`: the DNS server does not answer.
    #[schemars(extend("enum" = words::OUTCOMES))]
    outcome: &'static str,
    /// The ARM id of the zone that answers; null when none does.
    zone: Option<String>,
    /// Its name; null when there is none.
    zone_name: Option<String>,
    /// Its subscription's id, in lower case; null when there is none.
    zone_subscription: Option<String>,
    /// The addresses in the answer, sorted.
    addresses: Vec<IpAddr>,
    /// Whether they are a wildcard's.
    wildcard: bool,
    /// The ARM id of the network whose Azure resolver spoke last; null when none did.
    at: Option<String>,
    /// `certain`; `probable` when a machine on the way is taken to ask Azure's DNS, or a link is in doubt; `possible`.
    #[schemars(extend("enum" = words::CONFIDENCES))]
    confidence: &'static str,
    /// The way to the answer, a sentence a step.
    path: Vec<String>,
}

/// What may hold the address of a DNS server in a network, and what it then does.
const HOLDERS: [Kind; 6] = [
    Kind::NetworkInterfaces,
    Kind::DnsResolvers,
    Kind::InboundEndpoints,
    Kind::AzureFirewalls,
    Kind::FirewallPolicies,
    Kind::LoadBalancers,
];

/// What private DNS consists of.
const DNS: [Kind; 6] = [
    Kind::PrivateDnsZones,
    Kind::VirtualNetworkLinks,
    Kind::RecordSets,
    Kind::DnsForwardingRulesets,
    Kind::ForwardingRules,
    Kind::RulesetLinks,
];

/// What stands in the way of answers, for all names at once.
struct Resolver<'a> {
    topology: &'a Topology,
    /// Whether private DNS was asked for wherever it may be, and what leads to it is understood.
    dns_known: bool,
    /// Whether every network was read, and everything in it that may hold an address.
    everywhere: bool,
    holders_unread: bool,
    links_unread: bool,
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let resolver = Resolver {
        topology,
        dns_known: topology.knowledge.asked_for_all(&DNS) && is_dns_understood(topology),
        everywhere: topology.knowledge.gaps_in(&[Kind::VirtualNetworks]).is_none()
            && topology.knowledge.asked_for_all(&[Kind::VirtualNetworks])
            && topology.knowledge.asked_for_all(&HOLDERS),
        holders_unread: topology.knowledge.gaps_in(&HOLDERS).is_some() || !are_holders_understood(topology),
        links_unread: topology.knowledge.gaps_in(&[Kind::VirtualNetworkLinks]).is_some(),
    };
    let all = 0..topology.endpoints.len();
    all.into_par_iter()
        .filter(|index| names_known(topology, *index))
        .flat_map_iter(|index| resolver.of(index))
        .collect()
}

fn is_understood<'a>(topology: &Topology, mut ids: impl Iterator<Item = &'a ResourceId>) -> bool {
    ids.all(|id| topology.knowledge.field(id).is_none())
}

/// A link of which something is not understood may lead to any network, and a ruleset ask from any.
fn is_dns_understood(topology: &Topology) -> bool {
    let inventory = &topology.inventory;
    is_understood(topology, inventory.links.iter().map(|link| &link.id))
        && is_understood(topology, inventory.rulesets.iter().map(|ruleset| &ruleset.id))
        && is_understood(topology, inventory.ruleset_links.iter().map(|link| &link.id))
        && is_understood(topology, inventory.forwarding_rules.iter().map(|rule| &rule.id))
        && is_understood(topology, inventory.dns_resolvers.iter().map(|resolver| &resolver.id))
}

/// Of what is not understood the address may be the one that is asked.
fn are_holders_understood(topology: &Topology) -> bool {
    let inventory = &topology.inventory;
    is_understood(topology, inventory.network_interfaces.iter().map(|interface| &interface.id))
        && is_understood(topology, inventory.inbound_endpoints.iter().map(|endpoint| &endpoint.id))
        && is_understood(topology, inventory.firewalls.iter().map(|firewall| &firewall.id))
        && is_understood(topology, inventory.firewall_policies.iter().map(|policy| &policy.id))
        && is_understood(topology, inventory.load_balancers.iter().map(|balancer| &balancer.id))
}

/// What a name needs of private DNS.
#[derive(Clone, Copy)]
enum Need<'a> {
    Zone(&'a NeededName),
    /// Its target is none that has a zone.
    Nothing,
    /// The zone table says that this one name of its target has no zone. What public DNS makes of it is not said.
    Zoneless,
    /// The zone table tells of no such target, or of no such name.
    Unknown,
}

impl<'a> Need<'a> {
    /// Of a name that the zone table gives no zone.
    fn of_other(requirements: &Requirements) -> Self {
        match requirements.excuse {
            Some(excuse::NO_ZONE) => Need::Nothing,
            _ if need_known(requirements) => Need::Zoneless,
            _ => Need::Unknown,
        }
    }

    fn fact<T>(self, get: impl FnOnce(&'a NeededName) -> T) -> Fact<Option<T>> {
        match self {
            Need::Zone(needed) => Fact::Known(Some(get(needed))),
            Need::Nothing | Need::Zoneless => Fact::Known(None),
            Need::Unknown => Fact::Unread,
        }
    }

    fn alias(self) -> Fact<Option<String>> {
        match self {
            Need::Zoneless => Fact::Unread,
            _ => self.fact(|needed| needed.alias.clone()),
        }
    }

    fn zones(self) -> Fact<Vec<String>> {
        let Need::Zone(needed) = self else {
            return Fact::unless(matches!(self, Need::Unknown), Vec::new);
        };
        let others = needed.alternatives.iter().map(|place| place.zone.clone());
        let mut zones: Vec<String> = others.chain([needed.zone.clone()]).collect();
        zones.sort_unstable();
        zones.dedup();
        Fact::Known(zones)
    }
}

/// A name, and what is known of it.
struct Told<'a> {
    fqdn: &'a str,
    /// Empty when nobody says.
    addresses: &'a [IpAddr],
    need: Need<'a>,
}

impl<'a> Resolver<'a> {
    fn of(&self, index: usize) -> Vec<Row> {
        let requirements = &self.topology.endpoints[index].requirements;
        let needed = requirements.names.iter().map(|name| Told {
            fqdn: &name.needed.fqdn,
            addresses: &name.addresses,
            need: Need::Zone(&name.needed),
        });
        let need = Need::of_other(requirements);
        let others = requirements.others.iter();
        let others = others.map(|name| Told { fqdn: &name.fqdn, addresses: &name.addresses, need });
        let mut names: Vec<Told<'_>> = needed.chain(others).collect();
        names.sort_by_key(|name| name.fqdn);
        let id = &self.topology.inventory.private_endpoints[index].id;
        let reported = self.topology.endpoints[index].reported;
        names.iter().map(|name| Row::of(id, reported, &self.row(index, name))).collect()
    }

    fn row(&self, index: usize, name: &Told<'_>) -> NameRow {
        let topology = self.topology;
        let endpoint = &topology.inventory.private_endpoints[index];
        let home = endpoint.subnet.as_ref().and_then(|subnet| subnet.virtual_network());
        let answers = self.answers(index, name);
        NameRow {
            head: Head::of(&endpoint.id, topology.endpoints[index].reported),
            subject: Subject::Name.name(),
            fqdn: name.fqdn.to_owned(),
            alias: name.need.alias(),
            zone: name.need.fact(|needed| needed.zone.clone()),
            record: name.need.fact(|needed| needed.record.clone()),
            zones: name.need.zones(),
            certainty: name.need.fact(|needed| words::certainty(needed.certainty)),
            source: topology.endpoints[index].source.title(),
            addresses: Fact::unless(name.addresses.is_empty(), || name.addresses.to_vec()),
            endpoint: reference::endpoint(topology, &endpoint.id),
            target: target_and_group(endpoint).map(|(target, _)| reference::target(topology, target)),
            network: home.map(|home| reference::network(topology, &home)),
            right: right(topology, &answers, name),
            view: match answers {
                Fact::Known(Some(all)) => {
                    let all: Option<Vec<AnswerRow>> = all.iter().map(|one| self.answer(one)).collect();
                    all.map_or(Fact::Unread, |all| Fact::Known(Some(all)))
                }
                Fact::Known(None) => Fact::Known(None),
                Fact::Unread => Fact::Unread,
            },
        }
    }

    /// What the endpoint's own network gets for a name.
    fn answers(&self, index: usize, name: &Told<'_>) -> Fact<Option<Vec<Answer>>> {
        let topology = self.topology;
        let network = match Fact::from(topology.endpoints[index].network.clone()) {
            Fact::Known(Some(network)) => network,
            Fact::Known(None) => return Fact::Known(None),
            Fact::Unread => return Fact::Unread,
        };
        let own = &topology.inventory.virtual_networks[network].id;
        // Nobody asks for a wildcard itself.
        if name.fqdn.starts_with('*') || topology.knowledge.field(own).is_some() {
            return Fact::Unread;
        }
        let needed = match name.need {
            Need::Zone(needed) => needed,
            Need::Nothing => return self.asked(network, Query { fqdn: name.fqdn, alias: name.fqdn }),
            Need::Zoneless | Need::Unknown => return self.if_right(network, name, [name.fqdn]),
        };
        let others = || needed.alternatives.iter().map(|place| &*place.alias);
        let aliases = others().filter(|alias| *alias != needed.alias);
        if needed.certainty == Certainty::Low {
            return self.if_right(network, name, [&*needed.alias].into_iter().chain(aliases));
        }
        let first = self.asked(network, Query { fqdn: &needed.fqdn, alias: &needed.alias });
        let mut aliases = aliases.peekable();
        if aliases.peek().is_none() || right(topology, &first, name) == Fact::Known(Some(true)) {
            return first;
        }
        self.if_right(network, name, aliases)
    }

    /// Which alias public DNS makes is not known, but that one of these works shows which.
    fn if_right<'b>(
        &self,
        network: usize,
        name: &Told<'_>,
        aliases: impl IntoIterator<Item = &'b str>,
    ) -> Fact<Option<Vec<Answer>>> {
        let found = aliases.into_iter().map(|alias| self.asked(network, Query { fqdn: name.fqdn, alias }));
        found
            .into_iter()
            .find(|answers| right(self.topology, answers, name) == Fact::Known(Some(true)))
            .unwrap_or(Fact::Unread)
    }

    fn asked(&self, network: usize, query: Query<'_>) -> Fact<Option<Vec<Answer>>> {
        // A zone or a ruleset that nobody read may be linked to a network on the way.
        if !self.dns_known || self.topology.unread_views(query).is_some() {
            return Fact::Unread;
        }
        let answers = self.topology.answers(network, query);
        match answers.iter().all(|answer| self.is_known(network, answer, query)) {
            true => Fact::Known(Some(answers)),
            false => Fact::Unread,
        }
    }

    fn is_known(&self, network: usize, answer: &Answer, query: Query<'_>) -> bool {
        let is_server = |hop: &Hop| matches!(hop, Hop::Server(_, server) if *server != Server::AzureDns);
        let asks_servers = answer.hops.iter().any(is_server);
        let zones = answer.hops.iter().filter(|hop| matches!(hop, Hop::Zone(_))).count();
        // A CNAME leads to a name of which the zones were not looked at above.
        let by_cname = zones > 1 || matches!(answer.outcome, Outcome::Elsewhere { .. });
        words::outcome(&answer.outcome).is_some()
            && answer.hops.iter().all(|hop| self.is_understood(hop))
            && !(asks_servers && self.holders_unread)
            && (!asks_servers || self.everywhere || self.stays_near(network, answer))
            && !(by_cname && self.links_unread)
            && self.topology.overlooked(answer, query).is_none()
            && self.topology.unread_around(answer).is_none()
    }

    /// Whether what is known of the network that a hop names is all that it says.
    fn is_understood(&self, hop: &Hop) -> bool {
        let network = match hop {
            Hop::AzureDns(network)
            | Hop::Server(_, Server::Inbound { network, .. } | Server::Machine { network }) => *network,
            Hop::Server(..) | Hop::Rule(_) | Hop::Proxy(_) | Hop::Alias | Hop::Zone(_) => return true,
        };
        let network = self.topology.inventory.virtual_networks.get(network);
        network.is_some_and(|network| self.topology.knowledge.field(&network.id).is_none())
    }

    /// Whether every DNS server on the way stands in a network that was on the way before, or in one that is peered with
    /// such a network. One farther away was taken because no other was seen to have its address.
    fn stays_near(&self, network: usize, answer: &Answer) -> bool {
        let mut passed = vec![network];
        answer.hops.iter().all(|hop| {
            let at = match hop {
                Hop::AzureDns(at) => Some(*at),
                Hop::Server(_, server) => match server {
                    Server::Inbound { network, .. }
                    | Server::Machine { network }
                    | Server::Dead { network } => Some(*network),
                    // Where a person says that it resolves.
                    Server::AzureDns | Server::Declared { .. } | Server::Trusted | Server::Misdeclared => {
                        None
                    }
                    Server::Firewall { network: Some(network), .. } => Some(*network),
                    Server::Firewall { network: None, .. } | Server::Outside | Server::Unread(_) => {
                        return false;
                    }
                },
                Hop::Rule(_) | Hop::Proxy(_) | Hop::Alias | Hop::Zone(_) => None,
            };
            let Some(at) = at else { return true };
            let is_near = |from: &usize| *from == at || self.peers(*from).any(|peer| peer == at);
            let near = matches!(hop, Hop::AzureDns(_)) || passed.iter().any(is_near);
            passed.push(at);
            near
        })
    }

    fn peers(&self, network: usize) -> impl Iterator<Item = usize> + '_ {
        let both =
            self.topology.networks.get(network).zip(self.topology.inventory.virtual_networks.get(network));
        both.into_iter().flat_map(|(joined, network)| joined.connected_peers(network))
    }

    fn answer(&self, answer: &Answer) -> Option<AnswerRow> {
        let inventory = &self.topology.inventory;
        let zone = zone_of(answer).and_then(|zone| inventory.zones.get(zone));
        Some(AnswerRow {
            outcome: words::outcome(&answer.outcome)?,
            zone: zone.map(|zone| shown(&zone.id)),
            zone_name: zone.map(|zone| zone.name.to_string()),
            zone_subscription: zone.and_then(|zone| zone.id.subscription()).map(str::to_ascii_lowercase),
            addresses: addresses(self.topology, answer),
            wildcard: matches!(answer.outcome, Outcome::Records { wildcard: true, .. }),
            at: answer.at.and_then(|at| inventory.virtual_networks.get(at)).map(|network| shown(&network.id)),
            confidence: answer.confidence.name(),
            path: self.topology.describe(answer),
        })
    }
}

fn zone_of(answer: &Answer) -> Option<usize> {
    match answer.outcome {
        Outcome::Records { zone, .. } | Outcome::Missing { zone, .. } | Outcome::Elsewhere { zone, .. } => {
            Some(zone)
        }
        Outcome::Public | Outcome::Dead { .. } | Outcome::Outside { .. } | Outcome::Unread(_) => None,
    }
}

fn addresses(topology: &Topology, answer: &Answer) -> Vec<IpAddr> {
    let Outcome::Records { records, .. } = &answer.outcome else { return Vec::new() };
    let sets = records.iter().filter_map(|set| topology.inventory.record_sets.get(*set));
    let mut addresses: Vec<IpAddr> = sets.flat_map(|set| set.addresses.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

fn right(topology: &Topology, answers: &Fact<Option<Vec<Answer>>>, name: &Told<'_>) -> Fact<Option<bool>> {
    let answers = match answers {
        Fact::Known(Some(answers)) => answers,
        Fact::Known(None) => return Fact::Known(None),
        Fact::Unread => return Fact::Unread,
    };
    let is_sure = |answer: &Answer| answer.confidence == Confidence::Certain;
    if name.addresses.is_empty() || !answers.iter().all(is_sure) {
        return Fact::Unread;
    }
    let is_right = |answer: &Answer| {
        let found = addresses(topology, answer);
        !found.is_empty() && found.iter().all(|address| name.addresses.contains(address))
    };
    Fact::Known(Some(answers.iter().all(is_right)))
}
