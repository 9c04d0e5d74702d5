//! Runs the rules over a topology → Report: severities, order, fingerprints, what is incomplete, what is set aside.

mod aside;
mod roles;
mod traffic;

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use crate::finding::{Finding, NotRead, Report};
use crate::inventory::{Gap, Inventory, Kind, Pack, Role, Source, Verification, unfinished};
use crate::rules::{ActivePack, Check, Estate, Rule, Settings, Sink, active_packs, gap_fingerprint, own};
use crate::topology::Topology;

pub use aside::{Baseline, Suppression, set_aside};

/// Judges a topology with the rules that are enabled; people's own stand behind ours.
pub fn audit(topology: &Topology, rules: &[Rule], settings: &Settings) -> Report {
    let estate = Estate::new(topology, settings);
    let coverage = &topology.inventory.coverage;
    let packs = active_packs(topology, settings);
    let runs = |rule: &&Rule| {
        let of_active_pack = |pack| packs.iter().any(|active| active.pack == pack);
        rule.enabled && rule.page.front.pack.is_none_or(of_active_pack)
    };
    let ours = || -> Vec<_> {
        let enabled = rules.par_iter().filter(runs);
        let yields = enabled.filter_map(|rule| match &rule.check {
            Check::BuiltIn(check) => {
                let mut sink = Sink::new(rule, coverage);
                check(&estate, &mut sink);
                Some(sink.finish())
            }
            Check::Own(_) => None,
        });
        yields.collect()
    };
    let (ours, own) = rayon::join(ours, || own::judge(topology, rules));
    let mut findings = Vec::with_capacity(ours.iter().chain(&own).map(|part| part.findings.len()).sum());
    let mut tallies = Vec::new();
    for part in ours.into_iter().chain(own) {
        findings.extend(part.findings);
        tallies.push(part.tally);
    }
    if packs.iter().any(|active| active.pack == Pack::AzureMigrate) {
        roles::name(topology, &mut findings);
    }
    findings.par_sort_by(order);
    let endpoints = topology.endpoints.iter().filter(|endpoint| endpoint.reported).count();
    let mut report = Report {
        origin: topology.inventory.origin.clone(),
        coverage: coverage.clone(),
        read: read(&topology.inventory),
        subscription_names: subscription_names(&topology.inventory),
        endpoints,
        findings,
        tallies,
        incomplete: false,
        partial: false,
        suppressions: Vec::new(),
        unfinished: unfinished(&topology.inventory),
        traffic: traffic::measured(&topology.inventory),
        notes: notes(&topology.inventory, endpoints),
        checklist: Vec::new(),
    };
    report.notes.extend(packs.iter().filter(|active| has_rules(active, rules)).filter_map(switched_on));
    (report.incomplete, report.partial) = completeness(&report);
    report
}

/// Whether some rule of a pack is judged by: a probe judges by few.
fn has_rules(active: &ActivePack, rules: &[Rule]) -> bool {
    rules.iter().any(|rule| rule.enabled && rule.page.front.pack == Some(active.pack))
}

/// What a reader should know of a pack that nobody asked for.
fn switched_on(active: &ActivePack) -> Option<String> {
    let because = active.because.as_ref()?;
    let name = active.pack.name();
    Some(format!(
        "the rules of pack {name} ran too, for {because}; disable them in plaudit.toml to do without"
    ))
}

/// Whether something of what was asked for was not read that counts; and whether anything was not read, set aside or
/// not. A gap counts unless the finding that reports it is set aside: that its rule does not run hides nothing.
fn completeness(report: &Report) -> (bool, bool) {
    let unknown = || report.findings.iter().filter(|finding| finding.not_read != NotRead::Nothing);
    let touching = || report.coverage.gaps.iter().filter(|gap| touches_audited(report, gap));
    let partial = unknown().next().is_some() || touching().next().is_some();
    if !partial {
        return (false, false);
    }
    let aside = report.findings.iter().filter(|finding| !finding.counts());
    let aside: HashSet<&str> = aside.map(|finding| finding.fingerprint.as_str()).collect();
    let counts = |gap: &Gap| !aside.contains(gap_fingerprint(&report.coverage, gap).as_str());
    (unknown().any(Finding::counts) || touching().any(counts), true)
}

/// The worst first; then rule, cause, subject.
fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let key = |f: &Finding| (f.severity, f.verdict, f.rule);
    key(a)
        .cmp(&key(b))
        .then_with(|| a.cause.cmp(&b.cause))
        .then_with(|| a.subject.id.cmp(&b.subject.id))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}

/// A gap in an audited subscription, or in the list of them, always touches what was asked for, and so does a
/// context subscription that was named and is not to be had; any other in the context does when a verdict hangs
/// on it.
fn touches_audited(report: &Report, gap: &Gap) -> bool {
    let Some(id) = &gap.subscription else { return true };
    if gap.kind == Kind::Subscriptions && report.origin.scope.context_subscriptions.contains(id) {
        return true;
    }
    report.coverage.subscription(id).is_none_or(|subscription| subscription.role == Role::Audited)
}

fn read(inventory: &Inventory) -> BTreeMap<Kind, usize> {
    let counts = [
        (Kind::Subscriptions, inventory.subscriptions.len()),
        (Kind::PrivateEndpoints, inventory.private_endpoints.len()),
        (Kind::NetworkInterfaces, inventory.network_interfaces.len()),
        (Kind::PrivateDnsZones, inventory.zones.len()),
        (Kind::VirtualNetworkLinks, inventory.links.len()),
        (Kind::RecordSets, inventory.record_sets.len()),
        (Kind::VirtualNetworks, inventory.virtual_networks.len()),
        (Kind::DnsResolvers, inventory.dns_resolvers.len()),
        (Kind::InboundEndpoints, inventory.inbound_endpoints.len()),
        (Kind::DnsForwardingRulesets, inventory.rulesets.len()),
        (Kind::ForwardingRules, inventory.forwarding_rules.len()),
        (Kind::RulesetLinks, inventory.ruleset_links.len()),
        (Kind::AzureFirewalls, inventory.firewalls.len()),
        (Kind::FirewallPolicies, inventory.firewall_policies.len()),
        (Kind::LoadBalancers, inventory.load_balancers.len()),
        (Kind::PrivateLinkServices, inventory.private_link_services.len()),
        (Kind::RouteTables, inventory.route_tables.len()),
        (Kind::NetworkSecurityGroups, inventory.security_groups.len()),
        (Kind::VirtualHubs, inventory.virtual_hubs.len()),
        (Kind::HubConnections, inventory.hub_connections.len()),
        (Kind::PrivateDnsZoneGroups, inventory.zone_groups.len()),
        (Kind::Targets, inventory.targets.len()),
        (Kind::TargetConnections, inventory.target_connections.len()),
        (Kind::LinkResources, inventory.link_resources.len()),
        (Kind::DatabricksPeerings, inventory.databricks_peerings.len()),
    ];
    let of_packs = [
        (Kind::MigrationResources, count_of(inventory, Kind::MigrationResources)),
        (Kind::KeyVaults, inventory.key_vaults.len()),
        (Kind::RoleAssignments, inventory.role_assignments.len()),
        (Kind::ExpressRouteCircuits, inventory.circuits.len()),
        (Kind::RouteFilters, inventory.route_filters.len()),
        (Kind::ServiceCommunities, inventory.service_communities.len()),
    ];
    let of_packs = of_packs.into_iter().filter(|(_, count)| *count > 0);
    let mut counts: BTreeMap<Kind, usize> = counts.into_iter().chain(of_packs).collect();
    if inventory.origin.scope.metrics.is_some() {
        counts.insert(Kind::Metrics, inventory.measured.len());
    }
    counts
}

fn count_of(inventory: &Inventory, kind: Kind) -> usize {
    inventory.targets.iter().filter(|target| Kind::of(&target.id) == Some(kind)).count()
}

fn subscription_names(inventory: &Inventory) -> BTreeMap<String, String> {
    inventory.subscriptions.iter().map(|s| (s.guid.clone(), s.display_name.clone())).collect()
}

fn notes(inventory: &Inventory, endpoints: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if endpoints == 0 {
        let groups = &inventory.origin.scope.resource_groups;
        let place = match groups.as_slice() {
            [] => "the audited subscriptions".to_owned(),
            groups => format!("the resource groups asked for ({})", groups.join(", ")),
        };
        notes.push(format!(
            "no private endpoint was found in {place}: nothing about names could be checked. Is this the right scope, and may the signed-in identity read it?"
        ));
    }
    if !inventory.origin.scope.context {
        notes.push(
            "nothing outside the audited subscriptions was read: a missing zone or link is at most unknown"
                .to_owned(),
        );
    }
    notes.extend(of_index(inventory));
    if inventory.origin.redacted {
        notes.push(
            "names, ids and public addresses are stand-ins for the real ones: the snapshot was redacted, and its commands fit no estate"
                .to_owned(),
        );
    }
    notes
}

/// What a reader must know of an estate that was read from an index.
fn of_index(inventory: &Inventory) -> Option<String> {
    if inventory.origin.scope.source != Some(Source::Graph) {
        return None;
    }
    let told = "the lists were read through Resource Graph, an index that may be some minutes old";
    Some(match inventory.origin.verification {
        None => format!(
            "{told}, and were not read again: what was changed just now may be missing or be told as it was"
        ),
        Some(Verification { findings: 0, .. }) => {
            format!("{told}: a fault that is younger may be missing")
        }
        Some(Verification { findings, lists, stale, unread }) => {
            let counted =
                |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
            let gone = match stale {
                0 => "none of them vanished".to_owned(),
                1 => "the index was stale for 1, which is gone".to_owned(),
                n => format!("the index was stale for {n}, which are gone"),
            };
            let unread = match unread {
                0 => String::new(),
                n => format!(", {n} cannot be judged any more because reading again failed"),
            };
            format!(
                "{told}: for {}, {} were read again from the management API, and {gone}{unread}; a fault that is younger \
                 may be missing",
                counted(findings, "finding"),
                counted(lists, "list"),
            )
        }
    })
}
