//! Rules about forwarding rulesets: DNS-018, DNS-019, DNS-037. Of the first and last the subject is the network that
//! the ruleset is linked to.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt, HashSet};

use super::diagnosis::{Why, reason};
use crate::finding::{Cause, Confidence};
use crate::inventory::{ForwardingRule, Kind, ResourceId};
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::knowledge::Unread;
use crate::topology::records::{relative, suffixes};
use crate::topology::resolve::{Answer, Hop, Outcome, Query, TRUSTED};
use crate::topology::servers::{Location, Server};
use crate::topology::{Topology, is_reported};

/// A name that nobody has, for asking what would answer any name of a service.
pub(super) const PROBE: &str = "plaudit-probe";

/// How many names of a zone are tried against the rules of one domain.
const SAMPLES: usize = 8;

/// An enabled rule of a ruleset that is linked to a network.
#[derive(Clone, Copy)]
struct Linked<'a> {
    topology: &'a Topology,
    network: usize,
    rule: usize,
}

impl<'a> Linked<'a> {
    fn network_id(self) -> &'a ResourceId {
        &self.topology.inventory.virtual_networks[self.network].id
    }

    fn rule(self) -> &'a ForwardingRule {
        &self.topology.inventory.forwarding_rules[self.rule]
    }

    fn ruleset_name(self) -> String {
        self.rule().id.parent().map_or_else(String::new, |id| id.name().to_owned())
    }

    /// The targets, each with where it was found.
    fn targets(self) -> Vec<(&'a str, Location)> {
        let from = self.topology.rule_source(self.rule, self.network);
        self.rule().targets.iter().map(|text| (&**text, self.topology.locate(text, from))).collect()
    }

    /// Whether a target is an inbound endpoint in the network that the rule holds for.
    fn is_home(self, location: &Location) -> bool {
        matches!(location.server, Server::Inbound { network, .. } if network == self.network)
    }

    /// The link of the ruleset to the network.
    fn link(self) -> Option<&'a ResourceId> {
        let ruleset = self.rule().id.parent();
        let links = self.topology.inventory.ruleset_links.iter();
        let fits = |id: &ResourceId| id.parent() == ruleset;
        let here = links.filter(|link| link.virtual_network.as_ref() == Some(self.network_id()));
        here.map(|link| &link.id).find(|id| fits(id))
    }

    fn draft(self, headline: String, message: String) -> Draft {
        let rule = self.rule();
        let cause = Cause { kind: "forwardingRule", id: rule.id.to_string() };
        Draft::new(self.network_id(), cause, headline, message)
            .detail(rule.id.as_str())
            .related("forwardingRule", &rule.id)
            .evidence("domain", domain(rule))
            .evidence("targets", rule.targets.iter().map(ToString::to_string).collect::<Vec<_>>())
    }
}

fn domain(rule: &ForwardingRule) -> &str {
    if rule.domain.is_empty() { "." } else { &rule.domain }
}

/// The enabled rules of a network's rulesets.
fn rules_of(topology: &Topology, network: usize) -> impl Iterator<Item = Linked<'_>> {
    let rulesets = &topology.networks[network].rulesets;
    let rules = rulesets.iter().flat_map(|ruleset| topology.rules_of(*ruleset));
    rules.filter(|rule| topology.inventory.forwarding_rules[**rule].enabled).map(move |rule| Linked {
        topology,
        network,
        rule: *rule,
    })
}

/// Why it is not known which rules hold for a network.
fn rules_unread(topology: &Topology, network: usize) -> Option<Unread> {
    let knowledge = &topology.knowledge;
    const KINDS: [Kind; 3] = [Kind::DnsForwardingRulesets, Kind::ForwardingRules, Kind::RulesetLinks];
    knowledge.gaps_in(&KINDS)?;
    let linked = &topology.networks[network].rulesets;
    let id = |ruleset: usize| &topology.inventory.rulesets[ruleset].id;
    if !linked.is_empty() {
        // A network can have one ruleset.
        let rules =
            linked.iter().filter_map(|ruleset| knowledge.children(id(*ruleset), Kind::ForwardingRules));
        return rules.reduce(Unread::and);
    }
    let vnet = &topology.inventory.virtual_networks[network];
    let remotes = vnet.peerings.iter().filter_map(|peering| peering.remote.as_ref());
    let around = std::iter::once(&vnet.id).chain(remotes).filter_map(ResourceId::subscription);
    let subscriptions: BTreeSet<String> = around.map(str::to_ascii_lowercase).collect();
    let lists = subscriptions.iter().filter_map(|id| knowledge.list(id, Kind::DnsForwardingRulesets));
    let links = (0..topology.inventory.rulesets.len())
        .filter_map(|ruleset| knowledge.children(id(ruleset), Kind::RulesetLinks));
    lists.filter(|unread| !unread.gaps.is_empty()).chain(links).reduce(Unread::and)
}

/// A network of which it is not known which rules hold for it.
fn rules_unknown(topology: &Topology, network: usize) -> Draft {
    let id = &topology.inventory.virtual_networks[network].id;
    let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
    let message = format!("which forwarding rules hold for {} cannot be known", id.name());
    Draft::new(id, cause, format!("the forwarding rules of {} cannot be judged", id.name()), message)
}

/// DNS-018: a rule leads back to the network that it holds for.
pub(in crate::rules) fn loops(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let inbound = networks_with_inbound(topology);
    for index in (0..topology.networks.len()).filter(|index| topology.networks[*index].reported) {
        if !inbound.contains(&index) {
            sink.pass();
            continue;
        }
        if let Some(unread) = rules_unread(topology, index) {
            sink.unknown(&Why::Unread(unread), rules_unknown(topology, index));
            continue;
        }
        if topology.networks[index].rulesets.is_empty() {
            sink.pass();
        }
        rules_of(topology, index).for_each(|linked| loop_of(linked, sink));
    }
}

/// Networks in which an inbound endpoint stands, or may.
fn networks_with_inbound(topology: &Topology) -> HashSet<usize> {
    let held = topology.inventory.inbound_endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
    let homes = held.filter_map(|held| held.subnet.as_ref()?.virtual_network());
    let mut networks: HashSet<usize> = homes.filter_map(|home| topology.network(&home)).collect();
    if topology.knowledge.gaps_in(&[Kind::DnsResolvers, Kind::InboundEndpoints]).is_some() {
        let resolvers = topology.inventory.virtual_networks.iter().enumerate().filter(|(_, network)| {
            network
                .subnets
                .iter()
                .flat_map(|subnet| &subnet.delegations)
                .any(|name| name.contains("dnsResolvers"))
        });
        networks.extend(resolvers.map(|(index, _)| index));
    }
    networks
}

fn loop_of(linked: Linked<'_>, sink: &mut Sink<'_>) {
    let topology = linked.topology;
    let targets = linked.targets();
    let back = |location: &Location| matches!(location.server, Server::Inbound { network, .. } if network == linked.network);
    let Some((address, location)) = targets.iter().find(|(_, location)| back(location)) else {
        let unread = targets.iter().find_map(|(_, location)| match &location.server {
            Server::Unread(unread) => Some(unread.clone()),
            _ => None,
        });
        return match unread {
            Some(unread) => {
                let draft = loop_draft(linked, "an address in a place that could not be read");
                sink.unknown(&Why::Unread(unread), draft);
            }
            None => sink.pass(),
        };
    };
    let domain = &linked.rule().domain;
    let covering = |zone: &str| !domain.is_empty() && relative(domain, zone).is_some();
    if topology.networks[linked.network].linked.keys().any(|zone| covering(zone)) {
        // The zone answers before the rule is asked.
        return sink.pass();
    }
    if let Some(unread) = zone_unread(topology, domain) {
        return sink.unknown(&Why::Unread(unread), loop_draft(linked, address));
    }
    let floor = if targets.iter().all(|(_, location)| back(location)) {
        Confidence::Certain
    } else {
        Confidence::Probable
    };
    let draft = loop_draft(linked, address);
    let draft = match linked.link() {
        Some(link) => draft.command(
            format!(
                "take the ruleset off {}, unless it needs other rules of it (then link the zone that ought to answer)",
                linked.network_id().name()
            ),
            remedy::unlink_ruleset(link),
        ),
        None => draft,
    };
    sink.fail(floor.max(location.confidence), draft);
}

/// Why a zone for this domain may be linked although none is seen.
fn zone_unread(topology: &Topology, domain: &str) -> Option<Unread> {
    if domain.is_empty() {
        return None;
    }
    let zones = suffixes(domain).flat_map(|name| topology.records.zones_named(name));
    let links = zones.filter_map(|zone| {
        topology.knowledge.children(&topology.inventory.zones[*zone].id, Kind::VirtualNetworkLinks)
    });
    links.chain(topology.knowledge.every_zone()).reduce(Unread::and)
}

fn loop_draft(linked: Linked<'_>, address: &str) -> Draft {
    let (rule, network) = (linked.rule(), linked.network_id().name());
    let headline = format!(
        "rule {} of ruleset {} leads back to where it came from",
        rule.id.name(),
        linked.ruleset_name()
    );
    let message = format!(
        "ruleset {} is linked to {network}, and its rule {} forwards {} to {address} in {network} itself: the query goes round in a circle",
        linked.ruleset_name(),
        rule.id.name(),
        domain(rule),
    );
    linked.draft(headline, message)
}

/// DNS-019: a rule on a privatelink name whose target does not see the zone.
pub(in crate::rules) fn privatelink_rules(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut networks: HashMap<usize, usize> = HashMap::new();
    for (index, network) in topology.networks.iter().enumerate() {
        network.rulesets.iter().for_each(|ruleset| _ = networks.entry(*ruleset).or_insert(index));
    }
    for (ruleset, held) in topology.inventory.rulesets.iter().enumerate() {
        if !is_reported(&topology.inventory, &held.id) {
            continue;
        }
        if let Some(unread) = topology.knowledge.children(&held.id, Kind::ForwardingRules) {
            let cause = Cause { kind: "forwardingRuleset", id: held.id.to_string() };
            let message = format!("the rules of {} cannot be known", held.id.name());
            let draft = Draft::new(&held.id, cause, format!("{} cannot be judged", held.id.name()), message);
            sink.unknown(&Why::Unread(unread), draft);
            continue;
        }
        for rule in topology.rules_of(ruleset) {
            let forwarding = &topology.inventory.forwarding_rules[*rule];
            if !forwarding.enabled || !forwarding.domain.starts_with("privatelink.") {
                sink.pass();
            } else if let Some(network) = networks.get(&ruleset) {
                privatelink_rule(Linked { topology, network: *network, rule: *rule }, sink);
            } else {
                sink.not_judged("the ruleset is linked to no network that was read");
            }
        }
    }
}

fn privatelink_rule(linked: Linked<'_>, sink: &mut Sink<'_>) {
    let rule = linked.rule();
    let name = format!("{PROBE}.{}", rule.domain);
    let query = Query { fqdn: &name, alias: &name };
    let answers = linked.topology.answers_of_rule(linked.rule, linked.network, query);
    let sees = |answer: &Answer| answer.hops.iter().any(|hop| matches!(hop, Hop::Zone(_)));
    let cause = Cause {
        kind: "forwardingRuleset",
        id: rule.id.parent().map_or_else(String::new, |id| id.to_string()),
    };
    let headline = format!("ruleset {} has rules on privatelink names", linked.ruleset_name());
    let message = format!(
        "rule {} forwards {} to servers that are not seen to hold that zone: names ought to be forwarded by their public suffix",
        rule.id.name(),
        rule.domain,
    );
    let draft = Draft::new(&rule.id, cause, headline, message)
        .evidence("domain", &*rule.domain)
        .evidence("targets", rule.targets.iter().map(ToString::to_string).collect::<Vec<_>>());
    if answers.iter().all(sees) {
        return sink.pass();
    }
    // A zone that is not seen there may be linked all the same.
    let hidden = |answer: &Answer| {
        let topology = linked.topology;
        topology.overlooked(answer, query).or_else(|| topology.unread_around(answer))
    };
    let blind = answers.iter().filter(|answer| !sees(answer));
    if let Some(unread) = first_unread(&answers).or_else(|| blind.into_iter().find_map(hidden)) {
        return sink.unknown(&Why::Unread(unread), draft);
    }
    if answers.iter().any(|answer| answer.outcome == Outcome::Outside { why: TRUSTED }) {
        return sink.not_judged(reason::TRUSTED);
    }
    let public = rule.domain.replacen("privatelink.", "", 1);
    let draft = draft.advice(format!(
        "make a rule for the public suffix ({public}, or what the service's public names end in) that leads to an inbound endpoint in a network linked to {}, then delete this one",
        rule.domain,
    ));
    sink.fail(Confidence::Certain, draft);
}

fn first_unread(answers: &[Answer]) -> Option<Unread> {
    answers.iter().find_map(|answer| match &answer.outcome {
        Outcome::Unread(unread) => Some(unread.clone()),
        _ => None,
    })
}

/// Names by which the rules that take a zone's names are found: (public name, alias).
type Samples<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a str)>>;

/// DNS-037: a rule takes the names of a zone that is linked, so that the zone is never asked.
pub(in crate::rules) fn shadows(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let samples = samples(topology);
    let spoken_for = topology.spoken_for();
    for (index, network) in topology.networks.iter().enumerate().filter(|(_, network)| network.reported) {
        let private = network.linked.iter().filter(|(name, _)| name.starts_with("privatelink."));
        let mut zones: Vec<(&str, usize)> =
            private.filter_map(|(name, linked)| Some((&**name, linked.first()?.0))).collect();
        zones.sort_unstable();
        let zones_unread = topology.knowledge.gaps_in(&[Kind::PrivateDnsZones, Kind::VirtualNetworkLinks]);
        let may_have_rules =
            || rules_of(topology, index).next().is_some() || rules_unread(topology, index).is_some();
        let zones_unread = zones_unread.filter(|_| may_have_rules());
        if zones.is_empty() && zones_unread.is_none() {
            continue;
        }
        if !network.has_clients || !spoken_for.contains(&index) {
            sink.not_judged("nobody asks Azure DNS in the network");
            continue;
        }
        if let Some(unread) = rules_unread(topology, index) {
            sink.unknown(&Why::Unread(unread), rules_unknown(topology, index));
            continue;
        }
        if let Some(unread) = zones_unread {
            let draft = rules_unknown(topology, index).detail("zones");
            sink.unknown(&Why::Unread(unread), draft);
        }
        for (name, zone) in zones {
            if network.rulesets.is_empty() {
                sink.pass();
                continue;
            }
            let known = samples.get(name).map_or(&[][..], Vec::as_slice);
            shadow(Shadowed { topology, network: index, name, zone }, known, sink);
        }
    }
}

/// For each zone a few names of endpoints, some for each rule's domain that they lie in.
fn samples(topology: &Topology) -> Samples<'_> {
    let domains: HashSet<&str> =
        topology.inventory.forwarding_rules.iter().map(|rule| &*rule.domain).collect();
    let mut samples: Samples<'_> = BTreeMap::new();
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    if domains.is_empty() {
        return samples;
    }
    for name in topology.endpoints.iter().flat_map(|endpoint| &endpoint.requirements.names) {
        let needed = &name.needed;
        let mut fresh = false;
        for domain in suffixes(&needed.fqdn).filter(|suffix| domains.contains(suffix)) {
            let count = seen.entry((&needed.zone, domain)).or_default();
            *count += 1;
            fresh |= *count <= SAMPLES;
        }
        if fresh {
            samples.entry(&needed.zone).or_default().push((&needed.fqdn, &needed.alias));
        }
    }
    samples
}

/// A privatelink zone that is linked to a network.
#[derive(Clone, Copy)]
struct Shadowed<'a> {
    topology: &'a Topology,
    network: usize,
    name: &'a str,
    zone: usize,
}

fn shadow(shadowed: Shadowed<'_>, known: &[(&str, &str)], sink: &mut Sink<'_>) {
    let Shadowed { topology, network, name, .. } = shadowed;
    let probe = format!("{PROBE}.{}", name.trim_start_matches("privatelink."));
    let alias = format!("{PROBE}.{name}");
    let mut rules: BTreeMap<usize, (Vec<Answer>, Query<'_>)> = BTreeMap::new();
    for (fqdn, alias) in known.iter().copied().chain([(probe.as_str(), alias.as_str())]) {
        let query = Query { fqdn, alias };
        let answers = topology.azure_answers(network, query);
        // What is asked for the public name: no zone has answered, and public DNS has not been asked.
        let rule = answers.first().and_then(|answer| match answer.hops.get(1) {
            Some(Hop::Rule(rule)) => Some(*rule),
            _ => None,
        });
        if let Some(rule) = rule {
            rules.entry(rule).or_insert((answers, query));
        }
    }
    if rules.is_empty() {
        return sink.pass();
    }
    for (rule, (answers, query)) in rules {
        judge_shadow(shadowed, rule, &answers, query, sink);
    }
}

fn judge_shadow(
    shadowed: Shadowed<'_>,
    rule: usize,
    answers: &[Answer],
    query: Query<'_>,
    sink: &mut Sink<'_>,
) {
    let Shadowed { topology, network, name, zone } = shadowed;
    let reaches = |answer: &Answer| answer.hops.contains(&Hop::Zone(zone));
    if answers.iter().all(reaches) {
        return sink.pass();
    }
    let linked = Linked { topology, network, rule };
    if linked.targets().iter().any(|(_, location)| linked.is_home(location)) {
        // DNS-018 says that it goes round in a circle.
        return;
    }
    let id = &topology.inventory.zones[zone].id;
    let headline = format!(
        "rule {} of ruleset {} takes names before linked zones are asked",
        linked.rule().id.name(),
        linked.ruleset_name(),
    );
    let seen = |answer: &&Answer| !reaches(answer) && !matches!(answer.outcome, Outcome::Outside { .. });
    let seen = answers.iter().find(seen);
    let servers = match seen {
        Some(_) => "servers that do not ask this zone",
        None => "servers of which nobody can see whether they ask this zone in the end",
    };
    let message = format!(
        "{} is linked to {name}, but rule {} forwards {} first, to {servers}",
        linked.network_id().name(),
        linked.rule().id.name(),
        domain(linked.rule()),
    );
    let draft = linked
        .draft(headline, message)
        .detail(&format!("{name} {}", linked.rule().id))
        .related("zone", id)
        .evidence("zone", id.as_str());
    // A zone of the public name itself may be linked, which is asked before any rule.
    let hidden = || answers.iter().find_map(|answer| topology.overlooked(answer, query));
    if let Some(unread) = first_unread(answers).or_else(hidden) {
        return sink.unknown(&Why::Unread(unread), draft);
    }
    let trusted = Outcome::Outside { why: TRUSTED };
    if answers.iter().any(|answer| answer.outcome == trusted) {
        return sink.not_judged(reason::TRUSTED);
    }
    // Servers outside often forward such names back to an inbound endpoint.
    let confidence = seen.map_or(Confidence::Possible, |answer| answer.confidence);
    let path = answers.first().map(|answer| topology.describe(answer)).unwrap_or_default();
    let draft = draft.evidence("path", path).advice(format!(
        "decide who shall answer: let the rule lead to an inbound endpoint in a network that is linked to this zone, or leave {} to the zone, with a rule on a narrower domain",
        domain(linked.rule()),
    ));
    sink.fail(confidence, draft);
}
