//! Asks the product and the naive resolver the same questions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plaudit::audit::audit;
use plaudit::finding::{Confidence, Report};
use plaudit::inventory::{Cloud, Collected, ResourceId, wire};
use plaudit::rules::{self, Settings};
use plaudit::topology::resolve::{self, Query};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{DeclaredServer, Options, Topology};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::estate::Estate;
use crate::naive::{Answer, Naive, Outcome, Said, Sure};
use crate::plan::{Plan, plan};

pub fn topology(collected: Collected) -> Topology {
    topology_under(collected, &[])
}

fn topology_under(collected: Collected, said: &[Said]) -> Topology {
    static TABLE: LazyLock<ZoneTable> = LazyLock::new(|| ZoneTable::embedded(Cloud::AzureCloud).unwrap());
    let declared = said.iter().filter_map(|said| {
        let server = match &said.through {
            Some(network) => DeclaredServer::ResolvesThrough(ResourceId::new(network)),
            None => DeclaredServer::Trusted,
        };
        Some((said.address.parse().ok()?, server))
    });
    let options = Options { dns_servers: declared.collect(), ..Options::default() };
    Topology::build(wire::inventory(collected), &TABLE, options)
}

/// The product's answers in the words of the naive resolver, sorted.
pub fn product(
    topology: &Topology,
    network: &ResourceId,
    fqdn: &str,
    alias: Option<&str>,
) -> Vec<(Outcome, Confidence)> {
    let network = topology.network(network).unwrap();
    let answers = topology.answers(network, Query { fqdn, alias: alias.unwrap_or(fqdn) });
    let mut said: Vec<_> = answers.iter().map(|a| (outcome(topology, a), a.confidence)).collect();
    said.sort();
    said
}

fn outcome(topology: &Topology, answer: &resolve::Answer) -> Outcome {
    let inventory = &topology.inventory;
    let zone = |zone: usize| inventory.zones[zone].id.lower();
    match &answer.outcome {
        resolve::Outcome::Records { zone: at, records, .. } => {
            let sets = records.iter().map(|record| &inventory.record_sets[*record]);
            let mut addresses: Vec<String> =
                sets.flat_map(|set| set.addresses.iter().map(ToString::to_string)).collect();
            addresses.sort();
            addresses.dedup();
            Outcome::Addresses { zone: zone(*at), addresses }
        }
        resolve::Outcome::Missing { zone: at, redirected: true } => Outcome::Redirected { zone: zone(*at) },
        resolve::Outcome::Missing { zone: at, redirected: false } => Outcome::NoAddress { zone: zone(*at) },
        resolve::Outcome::Elsewhere { zone: at, record } => Outcome::LeadsOut {
            zone: zone(*at),
            target: inventory.record_sets[*record].cname.as_deref().unwrap_or_default().to_owned(),
        },
        resolve::Outcome::Public => Outcome::Public,
        resolve::Outcome::Dead { .. } => Outcome::Dead,
        resolve::Outcome::Outside { .. } => Outcome::Outside,
        resolve::Outcome::Unread(_) => Outcome::Unread,
    }
}

/// The naive resolver's answers with zone ids in lower case, sorted.
pub fn naive(estate: &Naive, network: &ResourceId, fqdn: &str, alias: Option<&str>) -> Vec<Answer> {
    let mut answers = estate.answers(network.as_str(), fqdn, alias);
    for answer in &mut answers {
        match &mut answer.outcome {
            Outcome::Addresses { zone, .. }
            | Outcome::NoAddress { zone }
            | Outcome::Redirected { zone }
            | Outcome::LeadsOut { zone, .. } => *zone = zone.to_lowercase(),
            _ => {}
        }
    }
    answers.sort();
    answers
}

/// What differs, for a person; `None` when nothing does.
pub fn difference(
    topology: &Topology,
    estate: &Naive,
    network: &ResourceId,
    fqdn: &str,
    alias: Option<&str>,
) -> Option<String> {
    let ours = product(topology, network, fqdn, alias);
    let theirs = naive(estate, network, fqdn, alias);
    let same = ours.iter().map(|(outcome, _)| outcome).eq(theirs.iter().map(|answer| &answer.outcome));
    if same && ours.iter().all(|(outcome, confidence)| as_sure(outcome, *confidence, &theirs)) {
        return None;
    }
    let theirs: Vec<String> = theirs.iter().map(ToString::to_string).collect();
    Some(format!(
        "{} asks {fqdn} (alias {alias:?})\n  product {ours:#?}\n  naive {theirs:#?}",
        network.name()
    ))
}

/// Whether a confidence fits what the model says of this outcome, where it says the same of all of them.
fn as_sure(outcome: &Outcome, confidence: Confidence, theirs: &[Answer]) -> bool {
    // Of what nobody can say nobody is sure.
    if *outcome == Outcome::Outside {
        return true;
    }
    let mut sure: Vec<Sure> = theirs.iter().filter(|a| a.outcome == *outcome).map(|a| a.sure).collect();
    sure.dedup();
    match sure.as_slice() {
        [Sure::Certain] => confidence == Confidence::Certain,
        [Sure::Probable] => confidence >= Confidence::Probable,
        _ => true,
    }
}

/// Every network of an estate asks every name.
pub fn differences(e: &Estate, vnets: &[ResourceId], names: &[(&str, Option<&str>)]) -> Vec<String> {
    differences_under(e, vnets, names, &[])
}

/// The same where somebody says something of DNS servers.
pub fn differences_under(
    e: &Estate,
    vnets: &[ResourceId],
    names: &[(&str, Option<&str>)],
    said: &[Said],
) -> Vec<String> {
    let topology = topology_under(e.collected(), said);
    let estate = Naive { resources: e.values(), said: said.to_vec() };
    let mut found = Vec::new();
    for vnet in vnets {
        for (fqdn, alias) in names {
            found.extend(difference(&topology, &estate, vnet, fqdn, *alias));
        }
    }
    found
}

/// An estate as the settings that matter here, a line each.
pub fn readable(e: &Estate) -> String {
    let mut lines = Vec::new();
    for value in e.values() {
        let id = value["id"].as_str().unwrap_or_default();
        let Some((_, name)) = id.split_once("/providers/Microsoft.Network/") else { continue };
        if name.contains("/SOA/") {
            continue;
        }
        lines.push(format!("{name}: {}", settings(&value["properties"])));
    }
    lines.join("\n")
}

fn settings(properties: &serde_json::Value) -> String {
    const SAID: [&str; 20] = [
        "addressSpace",
        "dhcpOptions",
        "subnets",
        "virtualNetworkPeerings",
        "virtualNetwork",
        "resolutionPolicy",
        "aRecords",
        "aaaaRecords",
        "cnameRecord",
        "txtRecords",
        "ipConfigurations",
        "hubIPAddresses",
        "virtualHub",
        "firewallPolicy",
        "additionalProperties",
        "dnsSettings",
        "basePolicy",
        "domainName",
        "targetDnsServers",
        "forwardingRuleState",
    ];
    let mut words = Vec::new();
    for field in SAID {
        if !properties[field].is_null() {
            words.push(format!("{field}={}", brief(&properties[field])));
        }
    }
    words.join(" ")
}

/// A value without what says nothing: ids by their ends, objects by what sets them apart.
fn brief(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(brief).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(fields) => {
            let telling = |name: &str| {
                !matches!(
                    name,
                    "etag"
                        | "type"
                        | "name"
                        | "resourceGuid"
                        | "provisioningState"
                        | "ipConfigurations"
                        | "remoteAddressSpace"
                        | "remoteVirtualNetworkAddressSpace"
                        | "routeServiceVips"
                        | "peeringSyncLevel"
                        | "actions"
                        | "privateEndpointNetworkPolicies"
                        | "privateLinkServiceNetworkPolicies"
                        | "privateIPAllocationMethod"
                        | "primary"
                        | "privateIPAddressVersion"
                        | "privateIpAllocationMethod"
                        | "port"
                        | "peerCompleteVnets"
                ) && !name.starts_with("allow")
                    && !name.starts_with("use")
                    && !name.starts_with("doNot")
            };
            let told: Vec<String> = fields
                .iter()
                .filter(|(name, _)| telling(name))
                .map(|(name, v)| match v {
                    serde_json::Value::String(text) if name == "id" => {
                        text.rsplit('/').next().unwrap_or_default().to_owned()
                    }
                    v => format!("{name}:{}", brief(v)),
                })
                .collect();
            format!("{{{}}}", told.join(" "))
        }
        other => other.to_string(),
    }
}

fn agree(plan: &Plan) -> Result<(), TestCaseError> {
    let (e, vnets) = plan.build();
    let said = plan.said(&vnets);
    let found = differences_under(&e, &vnets, plan.family().names, &said);
    if let Some(first) = found.first() {
        let told = format!("{first}\n\nin the estate\n{}\nof which is said {said:?}\n", readable(&e));
        return Err(TestCaseError::fail(told));
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::config(500))]

    #[test]
    fn the_product_answers_as_the_naive_resolver_does(plan in plan()) {
        agree(&plan)?;
    }
}

/// Were the estates too plain, agreement on them would mean nothing.
#[test]
fn random_estates_reach_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    for _ in 0..150 {
        let plan = plan().new_tree(&mut runner).unwrap().current();
        let (e, vnets) = plan.build();
        let estate = Naive { resources: e.values(), said: plan.said(&vnets) };
        for vnet in &vnets {
            for (fqdn, alias) in plan.family().names {
                for answer in naive(&estate, vnet, fqdn, *alias) {
                    *seen.entry(kind(&answer.outcome)).or_default() += 1;
                    let sure = format!("{:?}", answer.sure);
                    let sure = ["Certain", "Unsaid", "Probable"].into_iter().find(|s| *s == sure).unwrap();
                    *seen.entry(sure).or_default() += 1;
                }
            }
        }
    }
    for outcome in ["Addresses", "NoAddress", "Redirected", "LeadsOut", "Public", "Dead", "Outside"] {
        assert!(seen.get(outcome).is_some_and(|n| *n >= 15), "{outcome}: {seen:?}");
    }
    assert_eq!(seen.get("Unread"), None);
    assert!(["Certain", "Unsaid", "Probable"].iter().all(|sure| seen[sure] >= 15), "{seen:?}");
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Addresses { .. } => "Addresses",
        Outcome::NoAddress { .. } => "NoAddress",
        Outcome::Redirected { .. } => "Redirected",
        Outcome::LeadsOut { .. } => "LeadsOut",
        Outcome::Public => "Public",
        Outcome::Dead => "Dead",
        Outcome::Outside => "Outside",
        Outcome::Unread => "Unread",
    }
}

/// Judges with the rules that run by themselves.
pub fn judge(collected: Collected) -> Report {
    audit(&topology(collected), &rules::all().unwrap(), &Settings::default())
}
