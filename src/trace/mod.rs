//! How a virtual network resolves a name, hop by hop, whether the answer can be reached, and what stands behind it.
//! The very model the rules judge by, in full. Pure; knows neither how it is read nor how it is shown.

mod asked;
mod explaining;
mod path;
mod steps;
mod verdict;

use std::net::IpAddr;

use crate::inventory::ResourceId;
use crate::topology::knowledge::Unread;
use crate::topology::resolve::{Answer, Query};
use crate::topology::zones::ZoneTable;
use crate::topology::{Confidence, Topology};

pub use asked::{AskError, Question, needs, networks_asking, networks_named, questions, unread_homes};
pub use explaining::{Bearing, CLIENT_ROLES, asked_by, bearing, explaining, told_name};
pub use verdict::Verdict;

/// One name, asked from one network.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Lower case, without trailing dot.
    pub fqdn: String,
    /// The privatelink name that public DNS makes of it; equal to `fqdn` when that is one already, or when no
    /// endpoint makes one.
    pub alias: String,
    pub network: ResourceId,
    /// The endpoints that bear the name.
    pub endpoints: Vec<ResourceId>,
    /// The addresses the name ought to have.
    pub expected: Vec<IpAddr>,
    /// How the network's DNS is set: a sentence.
    pub setting: String,
    /// One for each DNS server the network may ask.
    pub ways: Vec<Way>,
    /// What it comes to: of several ways the worst, for a client may take any.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub because: String,
}

impl Trace {
    /// What is true before anything is asked, a line each: how the network's DNS is set, and what the name ought to
    /// be. Names in it are Azure's: hostile.
    pub fn summary(&self) -> Vec<String> {
        let names: Vec<&str> = self.endpoints.iter().map(ResourceId::name).collect();
        let expected: Vec<String> = self.expected.iter().map(ToString::to_string).collect();
        let ought = match (names.as_slice(), expected.is_empty()) {
            ([], _) => "no endpoint that was read bears the name".to_owned(),
            (names, true) => format!("the name of {}, which tells no address", names.join(", ")),
            (names, false) => format!("ought to be {}, of {}", expected.join(", "), names.join(", ")),
        };
        vec![self.setting.clone(), ought]
    }
}

/// One way of asking, to its end.
#[derive(Debug, Clone)]
pub struct Way {
    pub steps: Vec<Step>,
    pub confidence: Confidence,
    /// What DNS answers.
    pub addresses: Vec<IpAddr>,
    pub verdict: Verdict,
    pub because: String,
}

/// One step on a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    /// What happens, in a sentence. Names in it are Azure's: hostile.
    pub text: String,
    /// The resource at which it happens.
    pub id: Option<ResourceId>,
    /// What a person may want to check: (what, value), in order. A `record` is followed by what is true of it, so
    /// that keys come again where an answer has several.
    pub facts: Vec<(&'static str, String)>,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// A DNS server is asked.
    Server,
    /// Azure's resolver answers for a network.
    AzureDns,
    /// A forwarding rule takes the name.
    Rule,
    /// A firewall's DNS proxy asks on.
    Proxy,
    /// Public DNS makes the alias.
    Alias,
    /// A linked zone is asked.
    Zone,
    /// What DNS says.
    Answer,
    /// Which endpoint has the address, and how its connection stands.
    Endpoint,
    /// Whether packets get there.
    Path,
}

impl StepKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            StepKind::Server => "server",
            StepKind::AzureDns => "azureDns",
            StepKind::Rule => "rule",
            StepKind::Proxy => "proxy",
            StepKind::Alias => "alias",
            StepKind::Zone => "zone",
            StepKind::Answer => "answer",
            StepKind::Endpoint => "endpoint",
            StepKind::Path => "path",
        }
    }
}

/// Every trace of what a person names: each of its names from each network that asks: `from` by id or name, else
/// every network expected to reach the endpoint. A network that was not read has a trace that says so.
pub fn traces(
    topology: &Topology,
    table: &ZoneTable,
    name: &str,
    from: Option<&str>,
) -> Result<Vec<Trace>, AskError> {
    let mut traces = Vec::new();
    for question in questions(topology, table, name)? {
        let (networks, unread) = match from {
            Some(given) => match asked::unread_network(topology, given) {
                Some(unread) => (Vec::new(), vec![unread]),
                None => (networks_named(topology, given)?, Vec::new()),
            },
            None => (networks_asking(topology, &question)?, unread_homes(topology, &question)),
        };
        traces.extend(networks.into_iter().map(|network| trace(topology, &question, network)));
        traces.extend(unread.iter().map(|(id, unread)| trace_unread(topology, &question, id, unread)));
    }
    Ok(traces)
}

/// What can be said of a network that was not read.
fn trace_unread(topology: &Topology, question: &Question, network: &ResourceId, unread: &Unread) -> Trace {
    let because = verdict::unread_sentence(topology, unread, &format!("how {} asks DNS", network.name()));
    Trace {
        setting: format!("{} was not read", network.name()),
        ..outline(topology, question, network, Vec::new(), (Verdict::Unknown, because))
    }
}

/// Follows one question from one network.
pub fn trace(topology: &Topology, question: &Question, network: usize) -> Trace {
    let query = Query { fqdn: &question.fqdn, alias: &question.alias };
    let ways: Vec<Way> = topology
        .answers(network, query)
        .iter()
        .map(|answer| way(topology, question, network, answer))
        .collect();
    let whole = whole(&ways);
    let id = &topology.inventory.virtual_networks[network].id;
    Trace { setting: steps::setting(topology, network), ..outline(topology, question, id, ways, whole) }
}

/// A trace but for how the network's DNS is set.
fn outline(
    topology: &Topology,
    question: &Question,
    network: &ResourceId,
    ways: Vec<Way>,
    (verdict, mut because): (Verdict, String),
) -> Trace {
    if let Some(state) = verdict::not_approved(topology, question).filter(|state| !because.contains(state)) {
        because.push_str(&format!("; {state}"));
    }
    let endpoints = question.endpoints.iter();
    let id = |index: &usize| topology.inventory.private_endpoints[*index].id.clone();
    Trace {
        fqdn: question.fqdn.clone(),
        alias: question.alias.clone(),
        network: network.clone(),
        endpoints: endpoints.map(id).collect(),
        expected: question.expected.clone(),
        setting: String::new(),
        ways,
        verdict,
        because,
    }
}

fn way(topology: &Topology, question: &Question, network: usize, answer: &Answer) -> Way {
    let judged = verdict::judge(topology, question, network, answer);
    let mut steps = steps::of(topology, question, answer);
    steps.extend(judged.steps);
    Way {
        steps,
        confidence: answer.confidence,
        addresses: judged.addresses,
        verdict: judged.verdict,
        because: judged.because,
    }
}

/// Of several ways the worst; that they differ is said.
fn whole(ways: &[Way]) -> (Verdict, String) {
    let Some(worst) = ways.iter().max_by_key(|way| way.verdict) else {
        return (Verdict::Unknown, "the network asks no DNS server that could be followed".to_owned());
    };
    let because = match ways.iter().filter(|way| way.verdict != worst.verdict).count() {
        0 => worst.because.clone(),
        1 => format!("{}; another DNS server of the network answers differently", worst.because),
        _ => format!("{}; other DNS servers of the network answer differently", worst.because),
    };
    (worst.verdict, because)
}
