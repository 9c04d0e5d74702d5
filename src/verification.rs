//! What the findings over an index hang on: the lists that have to be read again before anybody is woken. Pure; reads
//! nothing.
//!
//! Resource Graph may tell of things as they were (Azure docs: "Azure Resource Graph query language overview" promises
//! no time in which changes arrive). A finding hangs on what is there and on what is not, so that whole lists are read
//! again: those of the subscriptions that a finding speaks of, of the kinds that its rule looks at. At worst these are the
//! lists that an audit without an index reads.

use std::collections::{BTreeSet, HashSet};

use crate::finding::{Finding, Report, Verdict};
use crate::inventory::{Kind, ResourceId, Want};
use crate::rules::NOT_READ;
use crate::topology::Topology;
use crate::topology::records::suffixes;

/// What rules about endpoints look at.
const OF_ENDPOINTS: &[Kind] = &[Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::VirtualNetworks];

/// All that takes part when a name is resolved, or holds the address that it leads to. It may stand in any subscription:
/// zones and rulesets are linked from anywhere, DNS servers stand behind hubs, a record may be that of an endpoint which
/// nobody named.
const OF_NAMES: &[Kind] = &[
    Kind::PrivateEndpoints,
    Kind::NetworkInterfaces,
    Kind::VirtualNetworks,
    Kind::PrivateDnsZones,
    Kind::DnsForwardingRulesets,
    Kind::DnsResolvers,
    Kind::AzureFirewalls,
    Kind::FirewallPolicies,
    Kind::LoadBalancers,
    Kind::VirtualHubs,
];

/// What decides where packets go, and what may be on their way.
const OF_PATHS: &[Kind] = &[
    Kind::RouteTables,
    Kind::NetworkSecurityGroups,
    Kind::VirtualHubs,
    Kind::AzureFirewalls,
    Kind::LoadBalancers,
];

/// What private link services are made of.
const OF_SERVICES: &[Kind] = &[Kind::PrivateLinkServices, Kind::LoadBalancers];

/// What a finding's rule looks at, beside the endpoints and networks of the subscriptions that it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sight {
    /// All that names hang on, everywhere, and what is in the zones concerned.
    names: bool,
    paths: bool,
    services: bool,
}

impl Sight {
    /// `None` for rules that speak of what was not read.
    fn of(rule: &str) -> Option<Sight> {
        let family = rule.split_once('-').map_or(rule, |(family, _)| family);
        let sight = |names, paths, services| Some(Sight { names, paths, services });
        match family {
            "COV" => None,
            // A record that two endpoints share; the other endpoint of a data lake.
            "PE" => sight(matches!(rule, "PE-008" | "PE-014"), false, false),
            "DNS" | "MIG" => sight(true, false, false),
            // What resolves, whose clients get through, and who holds the address of the next hop.
            "NET" => sight(matches!(rule, "NET-014" | "NET-015" | "NET-018" | "NET-019"), true, false),
            // Who leads to a service may stand anywhere.
            "PLS" => sight(false, false, true),
            // Traffic and circuits, which are not read from an index.
            "MON" | "ER" => sight(false, false, false),
            // Nobody knows what people's own rules look at.
            _ => sight(true, true, true),
        }
    }
}

/// What should be read again before the failures of a report are believed. Each thing that is wanted is named as it would
/// be in any other round, so that what was asked for already can be told. Findings that say that something is not known
/// want nothing.
pub fn doubts(topology: &Topology, report: &Report) -> BTreeSet<Want> {
    let wants = BTreeSet::new();
    let mut doubts = Doubts { topology, wants, domains: HashSet::new(), names: false, services: false };
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        if let Some(sight) = Sight::of(finding.rule) {
            doubts.finding(finding, sight);
        }
    }
    doubts.finish()
}

struct Doubts<'a> {
    topology: &'a Topology,
    wants: BTreeSet<Want>,
    /// Names in lower case, and all that they lie in, whose zones matter.
    domains: HashSet<String>,
    /// Whether any finding hangs on names.
    names: bool,
    /// Whether any hangs on private link services and who leads to them.
    services: bool,
}

impl Doubts<'_> {
    fn finding(&mut self, finding: &Finding, sight: Sight) {
        let ids = named(finding);
        let mut places = places(finding);
        places.extend(if sight.paths { self.peers(&ids) } else { BTreeSet::new() });
        let paths = if sight.paths { OF_PATHS } else { &[] };
        for subscription in &places {
            OF_ENDPOINTS.iter().chain(paths).for_each(|kind| self.list(subscription, *kind));
        }
        self.services |= sight.services;
        let asked = &self.topology.inventory.coverage;
        for target in ids.iter().filter(|id| asked.was_asked(Kind::Targets, id)) {
            self.wants.insert(Want::TargetAgain { target: target.clone() });
        }
        for id in &ids {
            if let (Some(subscription), Some(kind)) = (place(id), listed_kind(id)) {
                self.list(&subscription, kind);
            }
        }
        if sight.names || ids.iter().any(is_of_zone) {
            self.names = true;
            self.domains_of(finding, &ids);
        }
    }

    /// The subscriptions of the networks that are peered with those that ids name, or stand in.
    fn peers(&self, ids: &[ResourceId]) -> BTreeSet<String> {
        let own = |id: &ResourceId| id.virtual_network().and_then(|network| self.topology.network(&network));
        let of_endpoint = |id: &ResourceId| {
            self.topology.endpoint(id).and_then(|endpoint| self.topology.endpoints[endpoint].network.found())
        };
        let networks: BTreeSet<usize> =
            ids.iter().filter_map(|id| own(id).or_else(|| of_endpoint(id))).collect();
        let networks = networks.into_iter().map(|network| &self.topology.inventory.virtual_networks[network]);
        let remotes =
            networks.flat_map(|network| &network.peerings).filter_map(|peering| peering.remote.as_ref());
        remotes.filter_map(place).collect()
    }

    /// The zones that a finding names, and the names of the endpoints that it names.
    fn domains_of(&mut self, finding: &Finding, ids: &[ResourceId]) {
        let mut add = |name: &str| {
            let name = name.to_ascii_lowercase();
            self.domains.extend(suffixes(&name).map(str::to_owned));
        };
        for id in ids {
            match Kind::of(id) {
                Some(Kind::PrivateDnsZones) => add(id.name()),
                Some(Kind::VirtualNetworkLinks | Kind::RecordSets) => {
                    id.parent().iter().for_each(|zone| add(zone.name()));
                }
                Some(Kind::ForwardingRules) => {
                    let rules = &self.topology.inventory.forwarding_rules;
                    rules.iter().filter(|rule| rule.id == *id).for_each(|rule| add(&rule.domain));
                }
                _ => {}
            }
            let endpoint = self.topology.endpoint(id).map(|endpoint| &self.topology.endpoints[endpoint]);
            for name in endpoint.iter().flat_map(|endpoint| &endpoint.requirements.names) {
                add(&name.needed.fqdn);
                add(&name.needed.alias);
                add(&name.needed.zone);
            }
        }
        if finding.cause.kind == "privateDnsZone" && !finding.cause.id.starts_with('/') {
            add(&finding.cause.id);
        }
        // A zone is held against the links of its siblings, those of its group.
        if finding.rule == "DNS-039" {
            let group = finding.subject.id.resource_group().map(str::to_ascii_lowercase);
            let zones = self.topology.inventory.zones.iter();
            let is_sibling = |id: &ResourceId| {
                place(id) == place(&finding.subject.id)
                    && id.resource_group().map(str::to_ascii_lowercase) == group
            };
            zones.filter(|zone| is_sibling(&zone.id)).for_each(|zone| add(&zone.name));
        }
    }

    /// Wants the list of a kind again, where it was read before.
    fn list(&mut self, subscription: &str, kind: Kind) {
        let covered = self.topology.inventory.coverage.subscription(subscription);
        let visible = self.topology.knowledge.is_visible(subscription);
        if visible && covered.is_some_and(|covered| covered.kinds.contains(&kind)) {
            self.wants.insert(Want::ListAgain { subscription: subscription.to_owned(), kind });
        }
    }

    fn finish(mut self) -> BTreeSet<Want> {
        let everywhere: Vec<&str> =
            self.topology.inventory.coverage.subscriptions.iter().map(|one| one.id.as_str()).collect();
        for subscription in everywhere {
            let names = if self.names { OF_NAMES } else { &[] };
            let services = if self.services { OF_SERVICES } else { &[] };
            let consumers = if self.services { OF_ENDPOINTS } else { &[] };
            names.iter().chain(services).chain(consumers).for_each(|kind| self.list(subscription, *kind));
        }
        let fits = |name: &str| self.domains.contains(&name.to_ascii_lowercase());
        let zones = self.topology.inventory.zones.iter().filter(|zone| fits(&zone.name));
        self.wants.extend(zones.map(|zone| Want::ZoneAgain { zone: zone.id.clone() }));
        self.wants
    }
}

/// The resources that a finding names, what was not read aside.
fn named(finding: &Finding) -> Vec<ResourceId> {
    let related = finding.related.iter().filter(|related| related.role != NOT_READ);
    let texts = related.map(|related| related.id.as_str()).chain([finding.cause.id.as_str()]);
    let others = texts.filter(|text| text.starts_with('/')).map(ResourceId::new);
    [finding.subject.id.clone()].into_iter().chain(others).collect()
}

/// The subscriptions (ids in lower case) of the resources that a finding names.
pub fn places(finding: &Finding) -> BTreeSet<String> {
    named(finding).iter().filter_map(place).collect()
}

/// The subscription of a resource, in lower case.
fn place(id: &ResourceId) -> Option<String> {
    id.subscription().map(str::to_ascii_lowercase)
}

/// The kind whose list over a subscription tells of a resource, or of what it is a part of.
fn listed_kind(id: &ResourceId) -> Option<Kind> {
    let own = |kind: &Kind| Kind::LISTED.contains(kind);
    let above = || id.parent().and_then(|parent| Kind::of(&parent)).filter(own);
    match Kind::of(id) {
        Some(Kind::InboundEndpoints) => Some(Kind::DnsResolvers),
        Some(Kind::HubConnections) => Some(Kind::VirtualHubs),
        Some(Kind::ForwardingRules | Kind::RulesetLinks) => Some(Kind::DnsForwardingRulesets),
        Some(Kind::VirtualNetworkLinks | Kind::RecordSets) => None,
        kind => kind.filter(own).or_else(above),
    }
}

fn is_of_zone(id: &ResourceId) -> bool {
    matches!(Kind::of(id), Some(Kind::PrivateDnsZones | Kind::VirtualNetworkLinks | Kind::RecordSets))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new family shall not go unnoticed: what its rules look at has to be thought of.
    #[test]
    fn each_family_of_the_catalogue_has_its_sight() {
        let rules = crate::rules::all().unwrap();
        let families: BTreeSet<&str> =
            rules.iter().filter_map(|rule| rule.page.id.split('-').next()).collect();
        assert_eq!(
            families.into_iter().collect::<Vec<_>>(),
            ["COV", "DNS", "ER", "LIVE", "MIG", "MON", "NET", "PE", "PLS"]
        );
        assert_eq!(Sight::of("COV-001"), None);
        assert_eq!(Sight::of("PE-001"), Some(Sight { names: false, paths: false, services: false }));
        assert_eq!(Sight::of("ACME-001"), Some(Sight { names: true, paths: true, services: true }));
    }

    #[test]
    fn what_a_resource_is_a_part_of_is_what_is_listed() {
        let kind = |tail: &str| {
            listed_kind(&ResourceId::new(&format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{tail}"
            )))
        };
        assert_eq!(kind("virtualNetworks/v/subnets/n"), Some(Kind::VirtualNetworks));
        assert_eq!(kind("virtualNetworks/v/virtualNetworkPeerings/p"), Some(Kind::VirtualNetworks));
        assert_eq!(kind("dnsResolvers/r/inboundEndpoints/i"), Some(Kind::DnsResolvers));
        assert_eq!(kind("networkSecurityGroups/n/securityRules/r"), Some(Kind::NetworkSecurityGroups));
        assert_eq!(kind("routeTables/t"), Some(Kind::RouteTables));
        assert_eq!(kind("privateDnsZones/z/A/r"), None);
        assert_eq!(kind("applicationGateways/a"), None);
    }
}
