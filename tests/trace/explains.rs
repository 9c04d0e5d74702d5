//! What a rule finds wrong with a name of the sample estate, a trace of that name shows: it does not end in "private
//! and reachable".

use std::collections::BTreeSet;

use plaudit::audit::audit;
use plaudit::finding::{Confidence, Finding, Verdict as Found};
use plaudit::inventory::ResourceId;
use plaudit::rules::{self, Settings};
use plaudit::topology::Topology;
use plaudit::trace::{AskError, Question, Verdict, questions, trace};

use crate::estate::demo::Demo;
use crate::verdicts::{TABLE, topology};

/// How a trace bears on a rule's findings.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bearing {
    /// A client asks for a name and does not get the endpoint.
    Name,
    /// A network's DNS server: no name is resolved through it.
    Server,
    /// A connection that carries nothing.
    Connection,
    /// A peering that carries nothing.
    Peering,
    /// Not about whether a name resolves; why is said beside it.
    None,
}

fn bearing(rule: &str) -> Bearing {
    match rule {
        "DNS-001" | "DNS-010" | "DNS-015" | "DNS-021" | "DNS-022" | "DNS-023" => Bearing::Name,
        "DNS-035" | "DNS-036" => Bearing::Server,
        "PE-001" | "PE-002" | "PE-003" => Bearing::Connection,
        "NET-001" => Bearing::Peering,
        // How records come about and are kept: the names resolve as long as somebody's records are right.
        "DNS-002" | "DNS-003" | "DNS-004" | "DNS-027" | "DNS-028" | "DNS-034" => Bearing::None,
        // A zone of the target's other names, or names that public DNS may lead to.
        "DNS-005" | "DNS-006" | "DNS-033" => Bearing::None,
        // Links, servers and rules by themselves: what their faults do to a name is one of the rules above.
        "DNS-011" | "DNS-012" | "DNS-013" | "DNS-016" | "DNS-017" | "DNS-018" | "DNS-019" => Bearing::None,
        // Zones that disagree, or hide other names than those of the estate's endpoints.
        "DNS-014" | "DNS-020" | "DNS-026" | "DNS-037" | "DNS-038" | "DNS-039" => Bearing::None,
        // Records of names that no endpoint bears, or that may work in spite of what they are.
        "DNS-024" | "DNS-025" | "DNS-029" | "DNS-030" | "DNS-031" | "DNS-032" | "DNS-040" => Bearing::None,
        other if other.starts_with("DNS-") => {
            panic!("say how a trace bears on {other}")
        }
        // Other rules on endpoints, networks and services judge no resolution.
        _ => Bearing::None,
    }
}

fn text<'f>(finding: &'f Finding, key: &str) -> Option<&'f str> {
    finding.evidence.iter().find(|(known, _)| *known == key)?.1.as_str()
}

fn related(finding: &Finding, role: &str) -> Vec<ResourceId> {
    let found = finding.related.iter().filter(|related| related.role == role);
    found.map(|related| ResourceId::new(&related.id)).collect()
}

fn is_network(id: &ResourceId) -> bool {
    id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case("Microsoft.Network/virtualNetworks"))
}

/// The networks whose clients a finding is about: those that it names, else that of the endpoint.
fn networks(topology: &Topology, finding: &Finding) -> Vec<usize> {
    let subject = &finding.subject.id;
    let mut named = Vec::new();
    if is_network(subject) {
        named.push(subject.clone());
    }
    for role in ["clientNetwork", "remoteVirtualNetwork", "virtualNetwork"] {
        if named.is_empty() {
            named = related(finding, role);
        }
    }
    let found: Vec<usize> = named.iter().filter_map(|id| topology.network(id)).collect();
    let home = || topology.endpoints[topology.endpoint(subject)?].network.found();
    if found.is_empty() { home().into_iter().collect() } else { found }
}

/// The questions for every name of the endpoints that stand in a network.
fn names_in(topology: &Topology, network: usize) -> Vec<Question> {
    let here =
        (0..topology.endpoints.len()).filter(|at| topology.endpoints[*at].network.found() == Some(network));
    let ids = here.map(|at| topology.inventory.private_endpoints[at].id.as_str());
    ids.flat_map(|id| questions(topology, &TABLE, id).unwrap_or_default()).collect()
}

fn verdicts(topology: &Topology, networks: &[usize], asked: &[Question]) -> Vec<Verdict> {
    let pairs = networks.iter().flat_map(|network| asked.iter().map(move |question| (question, *network)));
    pairs.map(|(question, network)| trace(topology, question, network).verdict).collect()
}

/// Why a finding is not explained; `None` when it is.
fn unexplained(topology: &Topology, finding: &Finding) -> Option<String> {
    let rule = finding.rule;
    let verdicts = match bearing(rule) {
        Bearing::None => return None,
        Bearing::Name => {
            let Some(name) = text(finding, "fqdn").or(text(finding, "example")) else {
                // A finding without a name is of an endpoint whose names are not known.
                let refused = questions(topology, &TABLE, finding.subject.id.as_str());
                return refused.is_ok().then(|| format!("{rule} tells no name: {}", finding.message));
            };
            let asked = questions(topology, &TABLE, name).unwrap();
            verdicts(topology, &networks(topology, finding), &asked)
        }
        Bearing::Server => {
            let from = networks(topology, finding);
            let mut asked: Vec<Question> =
                from.iter().flat_map(|network| names_in(topology, *network)).collect();
            // Who has no endpoint of its own asks for others'.
            if asked.is_empty() {
                asked = (0..topology.networks.len()).flat_map(|other| names_in(topology, other)).collect();
            }
            verdicts(topology, &from, &asked)
        }
        Bearing::Connection => match questions(topology, &TABLE, finding.subject.id.as_str()) {
            Err(AskError::NoNames(_)) => return None,
            asked => verdicts(topology, &networks(topology, finding), &asked.unwrap()),
        },
        Bearing::Peering => {
            let ends = [related(finding, "virtualNetwork"), related(finding, "remoteVirtualNetwork")];
            let ends: Vec<usize> = ends.iter().flatten().filter_map(|id| topology.network(id)).collect();
            let [a, b] = ends[..] else { return None };
            let there = verdicts(topology, &[a], &names_in(topology, b));
            [there, verdicts(topology, &[b], &names_in(topology, a))].concat()
        }
    };
    let fails = finding.verdict == Found::Fail && finding.confidence == Confidence::Certain;
    // What is certain cannot be unknown to a trace; what is unknown to a rule a trace may know more of.
    let explains = |verdict: &Verdict| *verdict > Verdict::Unknown || !fails && *verdict == Verdict::Unknown;
    let all = !verdicts.is_empty() && verdicts.iter().all(explains);
    // A dead peering says nothing of the DNS of those who asked over it.
    let all = all || bearing(rule) == Bearing::Peering && !verdicts.contains(&Verdict::Reachable);
    (!all).then(|| format!("{rule} {:?}: {}\n  traces end in {verdicts:?}", finding.verdict, finding.message))
}

#[test]
fn a_trace_explains_every_finding_of_the_faulty_sample() {
    let demo = Demo::faulty();
    let topology = topology(demo.e.collected_with_zone_groups());
    let report = audit(&topology, &rules::all().unwrap(), &Settings::default());
    let bears = |finding: &&Finding| bearing(finding.rule) != Bearing::None;
    let explained: Vec<&Finding> = report.findings.iter().filter(bears).collect();
    let missing: Vec<String> =
        explained.iter().filter_map(|finding| unexplained(&topology, finding)).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let rules: BTreeSet<&str> = explained.iter().map(|finding| finding.rule).collect();
    for rule in ["DNS-001", "DNS-010", "DNS-021", "DNS-022", "DNS-023", "PE-001", "PE-002", "NET-001"] {
        assert!(rules.contains(rule), "the sample shows no {rule}: {rules:?}");
    }
}

/// Were every trace bad, it would explain anything.
#[test]
fn in_the_healthy_sample_no_trace_from_an_endpoints_own_network_ends_badly() {
    let topology = topology(Demo::healthy().e.collected_with_zone_groups());
    let mut reached = 0;
    for network in 0..topology.networks.len() {
        for question in names_in(&topology, network) {
            let trace = trace(&topology, &question, network);
            assert!(trace.verdict <= Verdict::Unknown, "{trace:#?}");
            reached += usize::from(trace.verdict == Verdict::Reachable);
        }
    }
    assert!(reached >= 15, "{reached}");
}
