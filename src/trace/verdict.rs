//! What an answer is worth: the right address, reachable or not, or something else.

use std::net::IpAddr;

use super::asked::Question;
use super::path::lead;
use super::{Step, StepKind};
use crate::inventory::PrivateEndpoint;
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::knowledge::Unread;
use crate::topology::lookup::Borne;
use crate::topology::records::suffixes;
use crate::topology::resolve::{Answer, Outcome, Query};

/// What a trace ends in. Ordered: the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A private address of the endpoint, and a path to it.
    Reachable,
    /// It cannot be known.
    Unknown,
    /// Public DNS answers.
    Public,
    /// A private address of the endpoint, and no path to it, or a connection that carries nothing.
    Unreachable,
    /// An address that is not the endpoint's.
    WrongAddress,
    /// The name does not exist for this network.
    NxDomain,
    /// Nothing answers.
    NoAnswer,
}

impl Verdict {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Reachable => "privateReachable",
            Verdict::Unknown => "unknown",
            Verdict::Public => "public",
            Verdict::Unreachable => "privateUnreachable",
            Verdict::WrongAddress => "wrongAddress",
            Verdict::NxDomain => "nxdomain",
            Verdict::NoAnswer => "noAnswer",
        }
    }

    /// As a person says it.
    pub fn title(self) -> &'static str {
        match self {
            Verdict::Reachable => "private and reachable",
            Verdict::Unknown => "cannot be known",
            Verdict::Public => "public",
            Verdict::Unreachable => "private but unreachable",
            Verdict::WrongAddress => "wrong address",
            Verdict::NxDomain => "NXDOMAIN",
            Verdict::NoAnswer => "no answer",
        }
    }
}

/// What came of one answer.
pub(super) struct Judged {
    /// The endpoint and the path, where the answer leads to one.
    pub steps: Vec<Step>,
    pub addresses: Vec<IpAddr>,
    pub verdict: Verdict,
    pub because: String,
}

impl Judged {
    fn of(verdict: Verdict, because: impl Into<String>) -> Self {
        Judged { steps: Vec::new(), addresses: Vec::new(), verdict, because: because.into() }
    }
}

pub(super) fn judge(topology: &Topology, question: &Question, network: usize, answer: &Answer) -> Judged {
    let query = Query { fqdn: &question.fqdn, alias: &question.alias };
    if let Some(unread) = topology.overlooked(answer, query) {
        return Judged::of(
            Verdict::Unknown,
            unread_sentence(topology, &unread, "what may have answered first"),
        );
    }
    let judged = judge_outcome(topology, question, network, answer);
    if judged.verdict <= Verdict::Unknown {
        return judged;
    }
    // Places that were not read may serve this network.
    let hidden = match judged.verdict {
        Verdict::Public => topology.unread_views(query),
        _ => topology.unread_around(answer),
    };
    match hidden {
        Some(unread) => Judged {
            verdict: Verdict::Unknown,
            because: unread_sentence(topology, &unread, "a zone or ruleset that may serve this network"),
            ..judged
        },
        None => judged,
    }
}

fn judge_outcome(topology: &Topology, question: &Question, network: usize, answer: &Answer) -> Judged {
    match &answer.outcome {
        Outcome::Records { records, .. } => {
            let sets = records.iter().map(|set| &topology.inventory.record_sets[*set]);
            let mut addresses: Vec<IpAddr> = sets.flat_map(|set| set.addresses.iter().copied()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            Judged {
                addresses: addresses.clone(),
                ..judge_addresses(topology, question, network, &addresses)
            }
        }
        Outcome::Missing { redirected: false, .. } => {
            Judged::of(Verdict::NxDomain, "the zone that answers holds no record of the name")
        }
        Outcome::Missing { redirected: true, .. } => Judged::of(
            Verdict::Public,
            "the zone holds no record of the name, and its link falls back to public DNS",
        ),
        Outcome::Public => Judged::of(
            Verdict::Public,
            format!(
                "no linked zone and no forwarding rule takes the name{}",
                unlinked(topology, question, answer)
            ),
        ),
        Outcome::Elsewhere { .. } => {
            Judged::of(Verdict::Unknown, "a CNAME leads out of the zones that can be seen")
        }
        Outcome::Dead { server, why } => {
            Judged::of(Verdict::NoAnswer, format!("{server} does not answer: {why}"))
        }
        Outcome::Outside { why } => Judged::of(Verdict::Unknown, *why),
        Outcome::Unread(unread) => {
            Judged::of(Verdict::Unknown, unread_sentence(topology, unread, "what answers"))
        }
    }
}

/// The zone that would have answered: one that is there and not linked, or none that was read.
fn unlinked(topology: &Topology, question: &Question, answer: &Answer) -> String {
    let Some(at) = answer.at else { return String::new() };
    let at = topology.inventory.virtual_networks[at].id.name();
    let known = suffixes(&question.alias).find(|zone| !topology.records.zones_named(zone).is_empty());
    if let Some(zone) = known {
        return format!("; the zone {zone} is not linked to {at}");
    }
    let names = question.endpoints.iter().flat_map(|index| &topology.endpoints[*index].requirements.names);
    let mut zones = names.filter(|name| name.needed.alias == question.alias).map(|name| &name.needed.zone);
    zones.next().map(|zone| format!("; no zone {zone} was read")).unwrap_or_default()
}

/// The worst of what the addresses are worth: clients take any of them.
fn judge_addresses(topology: &Topology, question: &Question, network: usize, addresses: &[IpAddr]) -> Judged {
    let mut steps = Vec::new();
    let mut worst: Option<(Verdict, String)> = None;
    for address in addresses {
        let (verdict, because) = match holder(topology, question, *address) {
            Some(endpoint) => {
                steps.push(endpoint_step(topology, *address, endpoint));
                match of_another_name(topology, question, endpoint, *address) {
                    Some(because) => (Verdict::WrongAddress, because),
                    None => to_endpoint(topology, question, network, endpoint, &mut steps),
                }
            }
            None => nobodys(topology, question, *address),
        };
        if worst.as_ref().is_none_or(|(known, _)| verdict > *known) {
            worst = Some((verdict, because));
        }
    }
    let (verdict, because) =
        worst.unwrap_or_else(|| (Verdict::Unknown, "the record holds no address".to_owned()));
    Judged { steps, addresses: Vec::new(), verdict, because }
}

/// The endpoint that has the address: of those that bear the name, else any.
fn holder(topology: &Topology, question: &Question, address: IpAddr) -> Option<usize> {
    let has = |index: &usize| topology.endpoints[*index].addresses.contains(&address);
    question.endpoints.iter().copied().find(has).or_else(|| topology.endpoint_at(address))
}

/// An endpoint with several names may have an address for each, and they lead to different places.
fn of_another_name(
    topology: &Topology,
    question: &Question,
    endpoint: usize,
    address: IpAddr,
) -> Option<String> {
    let is_asked =
        |name: &Borne<'_>| name.fqdn == question.fqdn || name.alias == Some(question.fqdn.as_str());
    let asked = topology.names_of(endpoint).filter(is_asked);
    let own: Vec<IpAddr> = asked.flat_map(|name| name.addresses.iter().copied()).collect();
    if own.is_empty() || own.contains(&address) {
        return None;
    }
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let endpoint = topology.inventory.private_endpoints[endpoint].id.name();
    Some(format!("{endpoint} has {address} for another name; for this one it has {}", own.join(", ")))
}

fn nobodys(topology: &Topology, question: &Question, address: IpAddr) -> (Verdict, String) {
    if question.expected.is_empty() {
        let because = format!("no endpoint that was read has {address}, nor the name");
        return (Verdict::Unknown, because);
    }
    let expected: Vec<String> = question.expected.iter().map(ToString::to_string).collect();
    let held = if topology.holders.held_by_something_else(address) {
        ", which something else in the estate has"
    } else {
        ", which no endpoint has"
    };
    let they = if question.endpoints.len() == 1 { "the endpoint has" } else { "its endpoints have" };
    (Verdict::WrongAddress, format!("DNS says {address}{held}; {they} {}", expected.join(", ")))
}

fn to_endpoint(
    topology: &Topology,
    question: &Question,
    network: usize,
    endpoint: usize,
    steps: &mut Vec<Step>,
) -> (Verdict, String) {
    let own = &topology.inventory.private_endpoints[endpoint];
    if question.endpoints.is_empty() {
        // An alias that somebody gave it, or what is left of another endpoint: nobody can tell from outside.
        let because =
            format!("the address is that of {}, and no endpoint that was read bears the name", own.id.name());
        return (Verdict::Unknown, because);
    }
    if !question.endpoints.contains(&endpoint) {
        let because = format!("the address is that of {}, which does not bear the name", own.id.name());
        return (Verdict::WrongAddress, because);
    }
    let (status, approved) = connection(own);
    if !approved {
        return (Verdict::Unreachable, format!("the connection of {} is {status}", own.id.name()));
    }
    let Some(home) = topology.endpoints[endpoint].network.found() else {
        return (Verdict::Unknown, format!("the network of {} is not known", own.id.name()));
    };
    let led = lead(topology, network, home, endpoint);
    steps.push(led.step);
    (led.verdict, led.because)
}

fn endpoint_step(topology: &Topology, address: IpAddr, endpoint: usize) -> Step {
    let own = &topology.inventory.private_endpoints[endpoint];
    let (status, _) = connection(own);
    let target = own.connections.iter().find_map(|connection| connection.target.as_ref());
    let facts = target.map(|target| ("target", target.to_string())).into_iter().collect();
    let text = format!("{address} is the address of {}, connection {status}", own.id.name());
    Step { kind: StepKind::Endpoint, text, id: Some(own.id.clone()), facts }
}

/// What is said of a name whose endpoints carry nothing, whatever DNS answers: `the connection of pe is Pending`.
pub(super) fn not_approved(topology: &Topology, question: &Question) -> Option<String> {
    let endpoints = question.endpoints.iter().map(|index| &topology.inventory.private_endpoints[*index]);
    let states: Vec<(&PrivateEndpoint, &str, bool)> = endpoints
        .map(|endpoint| {
            let (status, approved) = connection(endpoint);
            (endpoint, status, approved)
        })
        .collect();
    let none = states.iter().all(|(_, _, approved)| !approved);
    match states.as_slice() {
        [] => None,
        _ if !none => None,
        [(only, status, _)] => Some(format!("the connection of {} is {status}", only.id.name())),
        several => {
            let told: Vec<String> =
                several.iter().map(|(one, status, _)| format!("{} is {status}", one.id.name())).collect();
            Some(format!(
                "no connection to the name's {} endpoints is approved: {}",
                told.len(),
                told.join(", ")
            ))
        }
    }
}

fn connection(endpoint: &PrivateEndpoint) -> (&str, bool) {
    let approved = endpoint.connections.iter().find(|c| Status::of(c) == Status::Approved);
    let shown = approved.or(endpoint.connections.first());
    let status = shown.and_then(|connection| connection.status.as_deref()).unwrap_or("without a status");
    (status, approved.is_some())
}

/// What was not read, and why: `what` is a noun in the singular.
pub(super) fn unread_sentence(topology: &Topology, unread: &Unread, what: &str) -> String {
    let gaps = &topology.inventory.coverage.gaps;
    let reason = match unread.gaps.first().and_then(|index| gaps.get(*index)) {
        Some(gap) => crate::rules::gap_sentence(gap),
        None => unread.not_asked.clone(),
    };
    format!("{what} was not read: {reason}")
}
