//! How a virtual network resolves a name, hop by hop, whether the answer can be reached, and what stands behind it.
//! The very model the rules judge by, in full. Pure; knows neither how it is read nor how it is shown.

mod asked;
mod explaining;
mod steps;
mod verdict;

use std::net::IpAddr;

use crate::inventory::ResourceId;
use crate::topology::resolve::{Answer, Query};
use crate::topology::{Confidence, Topology};

pub use asked::{AskError, Question, needs, networks_asking, networks_named, questions};
pub use explaining::{Bearing, asked_by, bearing, explaining};
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
    /// What a person may want to check: (what, value).
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

/// Follows one question from one network.
pub fn trace(topology: &Topology, question: &Question, network: usize) -> Trace {
    let query = Query { fqdn: &question.fqdn, alias: &question.alias };
    let ways: Vec<Way> = topology
        .answers(network, query)
        .iter()
        .map(|answer| way(topology, question, network, answer))
        .collect();
    let (verdict, mut because) = whole(&ways);
    if let Some(state) = verdict::not_approved(topology, question).filter(|state| !because.contains(state)) {
        because.push_str(&format!("; {state}"));
    }
    let inventory = &topology.inventory;
    Trace {
        fqdn: question.fqdn.clone(),
        alias: question.alias.clone(),
        network: inventory.virtual_networks[network].id.clone(),
        endpoints: question
            .endpoints
            .iter()
            .map(|index| inventory.private_endpoints[*index].id.clone())
            .collect(),
        expected: question.expected.clone(),
        setting: steps::setting(topology, network),
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
    let differs = ways.iter().any(|way| way.verdict != worst.verdict);
    let because = match differs {
        true => format!("{}; other DNS servers of the network answer differently", worst.because),
        false => worst.because.clone(),
    };
    (worst.verdict, because)
}
