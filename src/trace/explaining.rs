//! The trace that shows what a finding is about, where one does. Knows which rules judge the way from a name to its
//! endpoint, and how their findings tell the name and the network.

use super::asked::{Question, named, of_endpoint};
use super::{Trace, trace};
use crate::finding::Finding;
use crate::inventory::ResourceId;
use crate::topology::Topology;
use crate::topology::zones::ZoneTable;

/// How a trace bears on a rule's findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// A client asks for a name and does not get the endpoint.
    Name,
    /// A network's DNS server: no name is resolved through it.
    Server,
    /// A connection that carries nothing.
    Connection,
    /// A peering that carries nothing.
    Peering,
    /// DNS is right, and no path leads to the endpoint.
    Path,
    /// A host met something else than the estate tells: the trace shows what it tells.
    Observed,
}

/// How a trace bears on the findings of a rule (by its id); `None` where it does not.
pub fn bearing(rule: &str) -> Option<Bearing> {
    match rule {
        "DNS-001" | "DNS-010" | "DNS-015" | "DNS-021" | "DNS-022" | "DNS-023" => Some(Bearing::Name),
        "DNS-035" | "DNS-036" => Some(Bearing::Server),
        "PE-001" | "PE-002" | "PE-003" => Some(Bearing::Connection),
        "NET-001" | "NET-002" => Some(Bearing::Peering),
        "NET-011" | "NET-018" => Some(Bearing::Path),
        "LIVE-001" | "LIVE-002" | "LIVE-003" | "LIVE-005" => Some(Bearing::Observed),
        // How records come about and are kept (DNS-002 to 004, 027, 028, 034): the names resolve as long as
        // somebody's records are right. Zones of other names (DNS-005, 006, 033). Links, servers and rules by
        // themselves (DNS-011 to 013, 016 to 019): what their faults do to a name is one of the rules above. Zones
        // that disagree, or hide other names than those of the estate's endpoints (DNS-014, 020, 026, 037 to 039).
        // Records of names that no endpoint bears, or that may work in spite of what they are (DNS-024, 025,
        // 029 to 032, 040). Everything else judges no resolution.
        _ => None,
    }
}

/// Roles in which findings name the networks of clients, in the order of trust.
pub const CLIENT_ROLES: [&str; 3] = ["clientNetwork", "remoteVirtualNetwork", "virtualNetwork"];

/// How many traces are tried at most for one that ends badly.
const TRIED: usize = 8;

/// The trace that shows what a finding is about: of what [`asked_by`] a finding, the first that ends in anything but
/// an endpoint that is reached, else the first. `None` where no trace bears on it.
pub fn explaining(topology: &Topology, table: &ZoneTable, finding: &Finding) -> Option<Trace> {
    let mut first = None;
    for (question, network) in asked_by(topology, table, finding).take(TRIED) {
        let trace = trace(topology, &question, network);
        if trace.verdict != super::Verdict::Reachable {
            return Some(trace);
        }
        first = first.or(Some(trace));
    }
    first
}

type Pairs<'a> = Box<dyn Iterator<Item = (Question, usize)> + 'a>;

/// The names that a finding is about and the networks (indices of the topology) they are asked from, the most telling
/// first; nothing where no trace bears on it.
pub fn asked_by<'a>(topology: &'a Topology, table: &'a ZoneTable, finding: &'a Finding) -> Pairs<'a> {
    match bearing(finding.rule) {
        None => Box::new(std::iter::empty()),
        Some(Bearing::Name) => names(topology, table, finding, networks(topology, finding)),
        Some(Bearing::Connection) => {
            from_each(networks(topology, finding), of_subject(topology, table, finding))
        }
        // From nowhere in particular, no network's DNS was asked.
        Some(Bearing::Observed) => names(topology, table, finding, named_networks(topology, finding)),
        Some(Bearing::Server) => through_server(topology, table, finding),
        Some(Bearing::Peering) => over_peering(topology, table, finding),
        Some(Bearing::Path) => to_endpoints(topology, table, finding),
    }
}

/// Each question from each network.
fn from_each<'a>(networks: Vec<usize>, questions: impl Iterator<Item = Question> + 'a) -> Pairs<'a> {
    Box::new(questions.flat_map(move |question| {
        networks.clone().into_iter().map(move |network| (question.clone(), network))
    }))
}

/// The name that the finding tells, else those of the endpoint it is about.
fn names<'a>(
    topology: &'a Topology,
    table: &'a ZoneTable,
    finding: &Finding,
    networks: Vec<usize>,
) -> Pairs<'a> {
    match told_name(finding) {
        Some(name) => from_each(networks, named(topology, table, name).ok().into_iter()),
        None => from_each(networks, of_subject(topology, table, finding)),
    }
}

/// The name that a finding tells in its evidence.
pub fn told_name(finding: &Finding) -> Option<&str> {
    let text = |key: &str| finding.evidence.iter().find(|(known, _)| *known == key)?.1.as_str();
    ["fqdn", "example", "name"].into_iter().find_map(text)
}

/// Every name of the endpoint that a finding is about.
fn of_subject<'a>(
    topology: &'a Topology,
    table: &'a ZoneTable,
    finding: &Finding,
) -> impl Iterator<Item = Question> + use<'a> {
    let endpoint = topology.endpoint(&finding.subject.id);
    endpoint.into_iter().flat_map(|endpoint| of_endpoint(topology, table, endpoint))
}

/// The networks that a finding names as those of its clients, in the order of trust: its subject, then by role.
fn named_networks(topology: &Topology, finding: &Finding) -> Vec<usize> {
    if let Some(network) = topology.network(&finding.subject.id) {
        return vec![network];
    }
    let mut found = CLIENT_ROLES.iter().map(|role| in_role(topology, finding, role));
    found.find(|networks| !networks.is_empty()).unwrap_or_default()
}

/// The same; where it names none, that of the endpoint it is about.
fn networks(topology: &Topology, finding: &Finding) -> Vec<usize> {
    let named = named_networks(topology, finding);
    let home = || topology.endpoints[topology.endpoint(&finding.subject.id)?].network.found();
    if named.is_empty() { home().into_iter().collect() } else { named }
}

fn related(finding: &Finding, role: &str) -> impl Iterator<Item = ResourceId> {
    finding.related.iter().filter(move |related| related.role == role).map(|found| ResourceId::new(&found.id))
}

fn in_role(topology: &Topology, finding: &Finding, role: &str) -> Vec<usize> {
    related(finding, role).filter_map(|id| topology.network(&id)).collect()
}

/// Every name of the endpoints that stand in a network.
fn names_in<'a>(
    topology: &'a Topology,
    table: &'a ZoneTable,
    network: usize,
) -> impl Iterator<Item = Question> + 'a {
    let here = (0..topology.endpoints.len())
        .filter(move |at| topology.endpoints[*at].network.found() == Some(network));
    here.flat_map(|endpoint| of_endpoint(topology, table, endpoint))
}

/// The names of the network's own endpoints; who has none asks for others'.
fn through_server<'a>(topology: &'a Topology, table: &'a ZoneTable, finding: &Finding) -> Pairs<'a> {
    // The server's own network is named too: the clients are in the network that the finding is about.
    let from = networks(topology, finding);
    let has_own = from.iter().any(|network| names_in(topology, table, *network).next().is_some());
    let own = from.clone().into_iter().filter(move |_| has_own);
    let others = (0..topology.networks.len()).filter(move |_| !has_own);
    from_each(from, own.chain(others).flat_map(|network| names_in(topology, table, network)))
}

/// What clients at each end ask for at the other.
fn over_peering<'a>(topology: &'a Topology, table: &'a ZoneTable, finding: &Finding) -> Pairs<'a> {
    let ends = ["virtualNetwork", "remoteVirtualNetwork"].map(|role| in_role(topology, finding, role));
    let [[a], [b]] = [ends[0].as_slice(), ends[1].as_slice()] else { return Box::new(std::iter::empty()) };
    let (a, b) = (*a, *b);
    let there = names_in(topology, table, b).map(move |question| (question, a));
    Box::new(there.chain(names_in(topology, table, a).map(move |question| (question, b))))
}

/// The names of the endpoints that a finding counts, each from the first network it names that is not the endpoint's.
fn to_endpoints<'a>(topology: &'a Topology, table: &'a ZoneTable, finding: &Finding) -> Pairs<'a> {
    let mut ends: Vec<usize> = topology.network(&finding.subject.id).into_iter().collect();
    for role in CLIENT_ROLES {
        ends.extend(in_role(topology, finding, role));
    }
    let endpoints: Vec<usize> =
        related(finding, "privateEndpoint").filter_map(|id| topology.endpoint(&id)).collect();
    Box::new(endpoints.into_iter().flat_map(move |endpoint| {
        let home = topology.endpoints[endpoint].network.found();
        let client = ends.iter().copied().find(|network| Some(*network) != home);
        from_each(client.into_iter().collect(), of_endpoint(topology, table, endpoint))
    }))
}
