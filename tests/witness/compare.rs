//! Asks a trace and a name server the same, and tells what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use plaudit::inventory::{Cloud, ResourceId, wire};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};
use plaudit::trace::{StepKind, Trace, Verdict, Way, questions, trace};

use crate::arm::Arm;
use crate::dig::{self, Said};
use crate::estate::Estate;
use crate::named::{Named, View};
use crate::translate::{Name, Translation, internet};
use crate::zone_file;

static TABLE: LazyLock<ZoneTable> = LazyLock::new(|| ZoneTable::embedded(Cloud::AzureCloud).unwrap());

/// What came of asking.
#[derive(Debug, Default)]
pub struct Outcome {
    pub differences: Vec<String>,
    /// Questions to a server that were compared, by what was answered.
    pub compared: BTreeMap<&'static str, usize>,
    /// Questions of which a trace says that nobody can know.
    pub unknown: usize,
}

impl Outcome {
    pub fn compared(&self) -> usize {
        self.compared.values().sum()
    }

    pub fn add(&mut self, other: Outcome) {
        self.differences.extend(other.differences);
        self.unknown += other.unknown;
        for (what, count) in other.compared {
            *self.compared.entry(what).or_default() += count;
        }
    }
}

/// A question of one network to one of its servers: what a trace says of each way on from there.
struct Asked {
    network: String,
    server: String,
    name: String,
    trace: Trace,
    ways: Vec<Said>,
}

/// Asks every name in every network of an estate.
pub fn compare(e: &Estate, names: &[Name]) -> Outcome {
    let arm = Arm(e.values());
    let topology = Topology::build(wire::inventory(e.collected()), &TABLE, Options::default());
    let rounds: Vec<Translation> =
        (0..arm.longest_list()).map(|round| Translation::new(&arm, names, round)).collect();
    let mut outcome = Outcome::default();
    let asked = traced(&arm, &topology, names, &mut outcome);
    let mut wanted: BTreeMap<Ipv4Addr, BTreeSet<String>> = BTreeMap::new();
    for question in &asked {
        for address in addresses(&rounds, question) {
            wanted.entry(address).or_default().insert(question.name.clone());
        }
    }
    let mut views = vec![internet(names)];
    views.extend(rounds.iter().flat_map(|round| round.views.iter().cloned()));
    let named = Named::start(&needed(views, wanted.keys().copied().collect()));
    let said = dig::ask_all(&wanted, named.port);
    for question in &asked {
        let answers: BTreeSet<&Said> =
            addresses(&rounds, question).map(|address| &said[&address][&question.name]).collect();
        outcome.differences.extend(difference(&arm, question, &answers));
        for answer in answers {
            *outcome.compared.entry(kind(answer)).or_default() += 1;
        }
    }
    outcome
}

/// The views that somebody comes to who asks at these addresses.
fn needed(views: Vec<View>, mut open: Vec<Ipv4Addr>) -> Vec<View> {
    let mut met = BTreeSet::new();
    while let Some(address) = open.pop() {
        if met.insert(address) {
            open.extend(views.iter().filter(|view| view.front.address == address).flat_map(View::asks));
        }
    }
    views.into_iter().filter(|view| met.contains(&view.front.address)).collect()
}

/// Where a question is asked, round by round.
fn addresses<'a>(rounds: &'a [Translation<'_>], asked: &'a Asked) -> impl Iterator<Item = Ipv4Addr> + 'a {
    rounds.iter().map(|round| {
        let servers = round.asked_by(&asked.network);
        servers.iter().find(|(server, _)| *server == asked.server).unwrap().1
    })
}

/// Every question that a trace knows the answer to.
fn traced(arm: &Arm, topology: &Topology, names: &[Name], outcome: &mut Outcome) -> Vec<Asked> {
    let both = names.iter().flat_map(|(name, alias)| [Some(name), alias.as_ref()]).flatten();
    let every: BTreeSet<&String> = both.collect();
    let mut all = Vec::new();
    for network in arm.ids("virtualNetworks") {
        let index = topology.network(&ResourceId::new(&network)).unwrap();
        for name in &every {
            let question = questions(topology, &TABLE, name).unwrap().remove(0);
            let alias = names.iter().find(|(known, _)| known == *name).and_then(|(_, alias)| alias.as_ref());
            assert_eq!(question.alias, *alias.unwrap_or(name), "the alias of {name}");
            let trace = trace(topology, &question, index);
            for (server, ways) in by_server(arm, &trace) {
                let known: Option<Vec<Said>> = ways.into_iter().collect();
                let Some(ways) = known else {
                    outcome.unknown += 1;
                    continue;
                };
                let (network, name) = (network.clone(), (*name).clone());
                all.push(Asked { network, server, name, trace: trace.clone(), ways });
            }
        }
    }
    all
}

/// What a trace says that each server of the network says; of Azure's own when it has none. `None`: nobody knows.
fn by_server(arm: &Arm, trace: &Trace) -> BTreeMap<String, Vec<Option<Said>>> {
    let mut servers: BTreeMap<String, Vec<Option<Said>>> = BTreeMap::new();
    for way in &trace.ways {
        let first = way.steps.first().filter(|step| step.kind == StepKind::Server);
        let server = first.and_then(|step| step.text.strip_prefix("DNS server ")?.split(": ").next());
        servers.entry(server.unwrap_or_default().to_owned()).or_default().push(said(arm, way));
    }
    servers
}

fn said(arm: &Arm, way: &Way) -> Option<Said> {
    if !way.addresses.is_empty() {
        return Some(Said::Addresses(way.addresses.iter().copied().collect()));
    }
    match way.verdict {
        Verdict::Public => Some(Said::Public),
        Verdict::NoAnswer => Some(Said::NoAnswer),
        Verdict::NxDomain => {
            let zone = way.steps.iter().rfind(|step| step.kind == StepKind::Zone)?.id.as_ref()?;
            Some(Said::Nothing { zone: zone_file::mark(arm, &zone.lower()) })
        }
        Verdict::Unknown => None,
        Verdict::Reachable | Verdict::Unreachable | Verdict::WrongAddress => {
            panic!("a verdict on addresses without addresses: {way:?}")
        }
    }
}

/// What differs between a trace and the answers, one or one for each round.
fn difference(arm: &Arm, asked: &Asked, answers: &BTreeSet<&Said>) -> Option<String> {
    let ways: BTreeSet<&Said> = asked.ways.iter().collect();
    // With one fork on the way each branch had its turn; with more, not every combination.
    let same = match asked.ways.len() {
        0..=2 => ways == *answers,
        _ => answers.is_subset(&ways),
    };
    let misjudged = asked.trace.ways.iter().find(|way| !fits(arm, &asked.trace, way));
    if same && misjudged.is_none() {
        return None;
    }
    Some(format!(
        "{} asks {:?} for {}\n  trace says {ways:?}\n  BIND says {answers:?}\n  misjudged {misjudged:?}\n  trace {:#?}",
        asked.network, asked.server, asked.name, asked.trace
    ))
}

/// Whether a verdict on addresses is that of somebody who knows which addresses the name's endpoints have.
fn fits(arm: &Arm, trace: &Trace, way: &Way) -> bool {
    let own: Vec<IpAddr> = arm.addresses_of(&trace.fqdn);
    if way.addresses.is_empty() || own.is_empty() {
        return true;
    }
    let right = way.addresses.iter().all(|address| own.contains(address));
    right == (way.verdict != Verdict::WrongAddress)
}

fn kind(said: &Said) -> &'static str {
    match said {
        Said::Addresses(_) => "addresses",
        Said::Public => "public",
        Said::Nothing { .. } => "nothing",
        Said::NoAnswer => "no answer",
    }
}
