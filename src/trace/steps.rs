//! The hops of an answer as steps that a person can check.

use super::asked::Question;
use super::{Step, StepKind};
use crate::inventory::{RecordType, ResourceId};
use crate::topology::Topology;
use crate::topology::resolve::{Answer, Hop, Outcome};

/// How a network's DNS is set.
pub(super) fn setting(topology: &Topology, network: usize) -> String {
    let own = &topology.inventory.virtual_networks[network];
    match own.dns_servers.as_slice() {
        [] => format!("{} uses Azure-provided DNS", own.id.name()),
        servers => format!("{} asks {}", own.id.name(), servers.join(", ")),
    }
}

/// Every hop, then the answer.
pub(super) fn of(topology: &Topology, question: &Question, answer: &Answer) -> Vec<Step> {
    let mut speaker = None;
    let mut steps = Vec::new();
    for hop in &answer.hops {
        if let Hop::AzureDns(network) = hop {
            speaker = Some(*network);
        }
        steps.push(step(topology, question, hop, speaker));
    }
    steps.push(ending(topology, &answer.outcome));
    steps
}

fn step(topology: &Topology, question: &Question, hop: &Hop, speaker: Option<usize>) -> Step {
    let inventory = &topology.inventory;
    let text = topology.describe_hop(hop);
    let bare =
        |kind, id: Option<&ResourceId>| Step { kind, text: text.clone(), id: id.cloned(), facts: Vec::new() };
    match hop {
        Hop::Server(..) => bare(StepKind::Server, None),
        Hop::AzureDns(network) => bare(StepKind::AzureDns, Some(&inventory.virtual_networks[*network].id)),
        Hop::Proxy(firewall) => bare(StepKind::Proxy, Some(&inventory.firewalls[*firewall].id)),
        Hop::Rule(rule) => {
            let rule = &inventory.forwarding_rules[*rule];
            let facts = vec![("targets", rule.targets.join(", "))];
            Step { facts, ..bare(StepKind::Rule, Some(&rule.id)) }
        }
        Hop::Alias => {
            let text = format!("public DNS: {} is a CNAME of {}", question.fqdn, question.alias);
            Step { text, ..bare(StepKind::Alias, None) }
        }
        Hop::Zone(zone) => {
            let facts = speaker.map_or_else(Vec::new, |network| link_facts(topology, network, *zone));
            Step { facts, ..bare(StepKind::Zone, Some(&inventory.zones[*zone].id)) }
        }
    }
}

/// The link by which a network sees a zone.
fn link_facts(topology: &Topology, network: usize, zone: usize) -> Vec<(&'static str, String)> {
    let name = &topology.inventory.zones[zone].name;
    let links = topology.networks[network].linked.get(name).into_iter().flatten();
    let Some((_, link)) = links.copied().find(|(linked, _)| *linked == zone) else { return Vec::new() };
    let link = &topology.inventory.links[link];
    let text = |text: &Option<Box<str>>, absent: &str| text.as_deref().unwrap_or(absent).to_owned();
    vec![
        ("link", link.id.name().to_owned()),
        ("linkState", text(&link.state, "not told")),
        ("provisioning", text(&link.provisioning_state, "not told")),
        ("resolutionPolicy", text(&link.resolution_policy, "Default")),
    ]
}

/// The metadata begin with the words that the key says already.
fn written_by(creator: &str) -> (&'static str, String) {
    ("writtenBy", creator.strip_prefix("created by ").unwrap_or(creator).to_owned())
}

fn type_of(record_type: RecordType) -> &'static str {
    match record_type {
        RecordType::A => "A",
        RecordType::Aaaa => "AAAA",
        RecordType::Cname => "CNAME",
        RecordType::Other => "other",
    }
}

fn ending(topology: &Topology, outcome: &Outcome) -> Step {
    let inventory = &topology.inventory;
    let text = topology.describe_outcome(outcome);
    let (id, facts) = match outcome {
        Outcome::Records { records, .. } => {
            let sets = records.iter().map(|set| &inventory.record_sets[*set]);
            let facts = sets.clone().flat_map(|set| {
                let record = ("record", format!("{} {}", type_of(set.record_type), set.name));
                let ttl = set.ttl.map(|ttl| ("ttl", ttl.to_string()));
                let written_by = set.creator.as_deref().map(written_by);
                std::iter::once(record).chain(ttl).chain(written_by)
            });
            (sets.clone().next().map(|set| set.id.clone()), facts.collect())
        }
        Outcome::Missing { zone, .. } => (Some(inventory.zones[*zone].id.clone()), Vec::new()),
        Outcome::Elsewhere { record, .. } => (Some(inventory.record_sets[*record].id.clone()), Vec::new()),
        Outcome::Public | Outcome::Dead { .. } | Outcome::Outside { .. } | Outcome::Unread(_) => {
            (None, Vec::new())
        }
    };
    Step { kind: StepKind::Answer, text, id, facts }
}
