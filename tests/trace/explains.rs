//! What a rule finds wrong with a name of the sample estate, a trace of that name shows: it does not end in "private
//! and reachable".

use std::collections::BTreeSet;

use plaudit::audit::audit;
use plaudit::finding::{Confidence, Finding, Verdict as Found};
use plaudit::rules::{self, Settings};
use plaudit::topology::Topology;
use plaudit::trace::{AskError, Bearing, Question, Verdict, asked_by, bearing, explaining, questions, trace};

use crate::estate::demo::Demo;
use crate::verdicts::{NAME, TABLE, small, topology};

/// Rules on DNS whose findings no trace need explain, and why. A rule that is in neither place is a question nobody
/// has asked.
fn is_beside(rule: &str) -> bool {
    match rule {
        // How records come about and are kept: the names resolve as long as somebody's records are right.
        "DNS-002" | "DNS-003" | "DNS-004" | "DNS-027" | "DNS-028" | "DNS-034" => true,
        // A zone of the target's other names, or names that public DNS may lead to.
        "DNS-005" | "DNS-006" | "DNS-033" => true,
        // Links, servers and rules by themselves: what their faults do to a name is one of the rules above.
        "DNS-011" | "DNS-012" | "DNS-013" | "DNS-016" | "DNS-017" | "DNS-018" | "DNS-019" => true,
        // Zones that disagree, or hide other names than those of the estate's endpoints.
        "DNS-014" | "DNS-020" | "DNS-026" | "DNS-037" | "DNS-038" | "DNS-039" => true,
        // Records of names that no endpoint bears, or that may work in spite of what they are.
        "DNS-024" | "DNS-025" | "DNS-029" | "DNS-030" | "DNS-031" | "DNS-032" | "DNS-040" => true,
        // Other rules on endpoints, networks and services judge no resolution.
        other => !other.starts_with("DNS-"),
    }
}

/// The questions for every name of the endpoints that stand in a network.
fn names_in(topology: &Topology, network: usize) -> Vec<Question> {
    let here =
        (0..topology.endpoints.len()).filter(|at| topology.endpoints[*at].network.found() == Some(network));
    let ids = here.map(|at| topology.inventory.private_endpoints[at].id.as_str());
    ids.flat_map(|id| questions(topology, &TABLE, id).unwrap_or_default()).collect()
}

/// Why a finding is not explained; `None` when it is.
fn unexplained(topology: &Topology, finding: &Finding) -> Option<String> {
    let (rule, bearing) = (finding.rule, bearing(finding.rule)?);
    let asked: Vec<(Question, usize)> = asked_by(topology, &TABLE, finding).collect();
    let subject = questions(topology, &TABLE, finding.subject.id.as_str());
    let is_nameless = matches!(subject, Err(AskError::NoNames { .. }));
    if asked.is_empty() && is_nameless {
        // No name of this endpoint is known.
        return explaining(topology, &TABLE, finding).map(|trace| format!("{rule} traces {}", trace.fqdn));
    }
    let verdicts: Vec<Verdict> =
        asked.iter().map(|(question, network)| trace(topology, question, *network).verdict).collect();
    let fails = finding.verdict == Found::Fail && finding.confidence == Confidence::Certain;
    // What is certain cannot be unknown to a trace; what is unknown to a rule a trace may know more of.
    let explains = |verdict: &Verdict| *verdict > Verdict::Unknown || !fails && *verdict == Verdict::Unknown;
    let all = !verdicts.is_empty() && verdicts.iter().all(explains);
    // A dead peering says nothing of the DNS of those who asked over it.
    let all = all || bearing == Bearing::Peering && !verdicts.contains(&Verdict::Reachable);
    // The one trace that is shown is one of them.
    let shown = explaining(topology, &TABLE, finding).map(|trace| trace.verdict);
    let all = all && (verdicts.is_empty() || shown.is_some_and(|shown| verdicts.contains(&shown)));
    (!all).then(|| format!("{rule} {:?}: {}\n  traces end in {verdicts:?}", finding.verdict, finding.message))
}

#[test]
fn a_trace_explains_every_finding_of_the_faulty_sample() {
    let demo = Demo::faulty();
    let topology = topology(demo.e.collected_with_zone_groups());
    let report = audit(&topology, &rules::all().unwrap(), &Settings::default());
    let bears = |finding: &&Finding| bearing(finding.rule).is_some();
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

#[test]
fn of_every_rule_on_dns_somebody_has_said_how_a_trace_bears_on_it() {
    for rule in rules::all().unwrap() {
        let id = rule.page.id;
        assert!(bearing(id).is_some() || is_beside(id), "say how a trace bears on {id}");
        assert!(!(id.starts_with("DNS-") && bearing(id).is_some() && is_beside(id)), "{id} is said twice");
    }
}

/// Which name is traced, and from where: (rule, subject) of the sample's findings → (name, network).
#[test]
fn the_trace_of_a_finding_asks_what_it_is_about_from_where_it_is() {
    let demo = Demo::faulty();
    let topology = topology(demo.e.collected_with_zone_groups());
    let report = audit(&topology, &rules::all().unwrap(), &Settings::default());
    let shown = |rule: &str, subject: &str| {
        let mut found = report.findings.iter();
        let is = |found: &&Finding| found.rule == rule && found.subject.name == subject;
        let finding = found.find(is).unwrap_or_else(|| panic!("no {rule} of {subject}"));
        let trace = explaining(&topology, &TABLE, finding)?;
        Some((trace.fqdn, trace.network.name().to_owned()))
    };
    let is = |name: &str, network: &str| Some((name.to_owned(), network.to_owned()));
    // By the evidence `fqdn`, from the network that is related.
    let telemetry = is("sb-contoso-telemetry.servicebus.windows.net", "vnet-analytics-weu");
    assert_eq!(shown("DNS-001", "pe-sb-telemetry"), telemetry);
    // From the peer that cannot resolve, not from the endpoint's own network.
    let drawings = is("stcontosodrawings.blob.core.windows.net", "vnet-plant-weu");
    assert_eq!(shown("DNS-015", "pe-st-drawings-blob"), drawings);
    // The endpoint's first name, from its own network.
    let payments = shown("PE-001", "pe-kv-payments").unwrap();
    assert_eq!(payments.0, "kv-contoso-payments.vault.azure.net");
    let home = topology.endpoints.iter().zip(&topology.inventory.private_endpoints);
    let home = home.filter(|(_, own)| own.id.name() == "pe-kv-payments");
    let home = home.filter_map(|(joined, _)| joined.network.found()).next().unwrap();
    assert_eq!(payments.1, topology.inventory.virtual_networks[home].id.name());
    // A network that is itself the subject, not that in which its DNS server stands.
    assert_eq!(shown("DNS-035", "vnet-build-weu").unwrap().1, "vnet-build-weu");
    // Across the peering that carries nothing.
    let over = shown("NET-001", "peer-to-vnet-analytics-weu").unwrap();
    assert_eq!(over.1, "vnet-lab-weu", "{over:?}");
    // A group that denies clients, zones that disagree: no trace shows them.
    assert_eq!(shown("NET-019", "snet-endpoints"), None);
    assert_eq!(shown("DNS-014", "pe-st-factory-blob"), None);
}

/// Findings without a name tell endpoints and two networks: the trace goes from the one to the other's.
#[test]
fn a_finding_about_a_way_is_shown_from_the_clients_end() {
    let rules = rules::all().unwrap();
    let shown = |e: &crate::estate::Estate, rule: &str| {
        let topology = topology(e.collected_with_zone_groups());
        let report = audit(&topology, &rules, &Settings::default());
        let finding = report.findings.iter().find(|found| found.rule == rule);
        let finding = finding.unwrap_or_else(|| panic!("no {rule}"));
        explaining(&topology, &TABLE, finding).unwrap()
    };
    let mut it = small();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.client(&far);
    it.e.link(&it.zone, &far);
    let trace = shown(&it.e, "NET-018");
    assert_eq!((trace.fqdn.as_str(), &trace.network), (NAME, &far));
    assert_eq!(trace.verdict, Verdict::Unreachable);
    let mut it = small();
    for (from, to) in [(&it.hub, &it.spoke), (&it.spoke, &it.hub)] {
        it.e.flag(from, to, "peerCompleteVnets", false);
        it.e.flag(from, to, "localSubnetNames", serde_json::json!(["snet-workload"]));
        it.e.flag(from, to, "remoteSubnetNames", serde_json::json!(["snet-workload"]));
    }
    let trace = shown(&it.e, "NET-011");
    assert_eq!((trace.fqdn.as_str(), &trace.network), (NAME, &it.hub));
    assert_eq!(trace.verdict, Verdict::Unreachable);
}

/// What a host observed is held against what its network's DNS ought to say; from nowhere in particular, against
/// nothing.
#[test]
fn an_observation_is_shown_from_the_network_it_was_made_in() {
    let it = small();
    let topology = topology(it.e.collected());
    let demo = crate::verdicts::topology(Demo::faulty().e.collected_with_zone_groups());
    let mut finding = audit(&demo, &rules::all().unwrap(), &Settings::default()).findings.remove(0);
    finding.rule = "LIVE-001";
    finding.subject = plaudit::finding::Subject::of(&it.pe);
    finding.evidence = vec![("name", NAME.into())];
    finding.related = Vec::new();
    assert!(explaining(&topology, &TABLE, &finding).is_none());
    finding.related = vec![plaudit::finding::Related { role: "virtualNetwork", id: it.hub.to_string() }];
    let trace = explaining(&topology, &TABLE, &finding).unwrap();
    assert_eq!((trace.fqdn.as_str(), &trace.network), (NAME, &it.hub));
}
