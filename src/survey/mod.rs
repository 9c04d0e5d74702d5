//! What a probe asks of an estate: its names with the addresses they ought to have, the ports of their services, and
//! hosts that somebody named. Pure; asks nobody.

mod ports;
mod presets;

use std::collections::HashMap;
use std::net::IpAddr;

use crate::finding::Confidence;
use crate::inventory::{Kind, ResourceId};
use crate::names::{Name, Names, is_approved};
use crate::probe::{Connect, Observation, Question};
use crate::rules::{Observed, ObservedHost, ObservedName, Purpose, Standing};
use crate::spelling::did_you_mean;
use crate::topology::Topology;
use crate::topology::endpoints::NameSource;
use crate::trace::needs;

pub use ports::Ports;
pub use presets::{PresetHost, presets};

/// A table inside the binary that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("rules/{table}.toml: {fault}")]
pub struct TableError {
    table: &'static str,
    fault: String,
}

impl TableError {
    fn new(table: &'static str, fault: String) -> Self {
        TableError { table, fault }
    }
}

/// Why something cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    #[error("no endpoint of this estate bears the name `{given}`{near}; `plaudit names` lists all")]
    NoName { given: String, near: String },
    #[error("`{0}` begins with a wildcard, which cannot be asked")]
    Wildcard(String),
}

/// A host and a port outside the estate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// A name in lower case, or an IP address.
    pub host: String,
    pub port: u16,
    pub purpose: Purpose,
}

/// What is asked.
#[derive(Debug, Default)]
pub struct Plan {
    pub questions: Vec<Question>,
    pub names: Vec<ObservedName>,
    pub hosts: Vec<ObservedHost>,
    /// How many names begin with a wildcard and are passed over.
    pub wildcards: usize,
    /// How many endpoints show no name.
    pub unnamed: usize,
}

/// The gaps that can hide a name or its address. Others say nothing about what is asked.
pub const NAMES_COME_FROM: [Kind; 5] = [
    Kind::Subscriptions,
    Kind::Permissions,
    Kind::PrivateEndpoints,
    Kind::NetworkInterfaces,
    Kind::PrivateDnsZoneGroups,
];

impl Plan {
    /// Plans the names of an estate, or those that are `wanted`, as seen from `vantage` (a network), and hosts.
    pub fn new(
        topology: &Topology,
        ports: &Ports,
        wanted: &[String],
        vantage: Option<usize>,
        hosts: Vec<Host>,
    ) -> Result<Plan, SurveyError> {
        let names = Names::of(topology);
        check_wanted(&names, wanted)?;
        let mut draft = Draft { topology, ports, vantage, plan: Plan::default(), by_host: HashMap::new() };
        draft.plan.unnamed = names.unnamed.len();
        let is_wanted = |name: &&Name<'_>| wanted.is_empty() || wanted.iter().any(|given| is(name, given));
        for name in names.names.iter().filter(is_wanted) {
            draft.name(name);
        }
        for host in hosts {
            draft.host(host);
        }
        Ok(draft.plan)
    }

    /// What the rules read, once it was observed.
    pub fn observed(self, observations: Vec<Observation>, vantage: Option<ResourceId>) -> Observed {
        let asked = self.questions.into_iter().zip(observations).collect();
        Observed { asked, names: self.names, hosts: self.hosts, vantage }
    }
}

/// Whether a name is what a person wrote: itself, or what public DNS makes of it.
fn is(name: &Name<'_>, given: &str) -> bool {
    let given = given.trim().trim_end_matches('.');
    name.fqdn.eq_ignore_ascii_case(given) || name.alias.is_some_and(|alias| alias.eq_ignore_ascii_case(given))
}

fn check_wanted(names: &Names<'_>, wanted: &[String]) -> Result<(), SurveyError> {
    for given in wanted {
        if given.trim().starts_with("*.") {
            return Err(SurveyError::Wildcard(given.clone()));
        }
        if !names.names.iter().any(|name| is(name, given)) {
            let near = did_you_mean(given, names.names.iter().map(|name| name.fqdn));
            return Err(SurveyError::NoName { given: given.clone(), near });
        }
    }
    Ok(())
}

/// Every address that an approved endpoint has for the name.
fn expected(name: &Name<'_>, holders: &[(IpAddr, usize)]) -> Vec<IpAddr> {
    let mut expected: Vec<IpAddr> = holders.iter().map(|(address, _)| *address).collect();
    expected.extend(name.addresses);
    expected.sort_unstable();
    expected.dedup();
    expected
}

struct Draft<'a> {
    topology: &'a Topology,
    ports: &'a Ports,
    vantage: Option<usize>,
    plan: Plan,
    /// Questions about names of the estate, by name.
    by_host: HashMap<String, usize>,
}

impl Draft<'_> {
    fn name(&mut self, name: &Name<'_>) {
        if name.fqdn.starts_with("*.") {
            self.plan.wildcards += 1;
            return;
        }
        let Some(endpoint) = self.topology.endpoint(&name.endpoint.id) else { return };
        let last = self.plan.names.last();
        if last.is_some_and(|last| {
            last.endpoint == endpoint && self.plan.questions[last.question].host == name.fqdn
        }) {
            return;
        }
        let ports = self.ports.of(name.target, name.group_id).to_vec();
        let holders = self.holders(name);
        let expected = expected(name, &holders);
        let question = self.question(name.fqdn, &expected, &ports);
        self.plan.names.push(ObservedName {
            endpoint,
            question,
            expected,
            holders,
            own: name.addresses.to_vec(),
            ports,
            standing: match self.vantage {
                None => Standing::Nowhere,
                Some(network) if self.is_needed_from(network, endpoint) => Standing::Inside,
                Some(_) => Standing::Elsewhere,
            },
            ceiling: self.ceiling(name, endpoint),
        });
    }

    /// The approved endpoints that bear the name, whoever's they are, by address.
    fn holders(&self, name: &Name<'_>) -> Vec<(IpAddr, usize)> {
        let endpoints = &self.topology.inventory.private_endpoints;
        let held = self.topology.addresses_named(name.fqdn).iter();
        held.filter(|(_, endpoint)| is_approved(&endpoints[*endpoint])).copied().collect()
    }

    /// Whether the network in which this host stands is expected to reach an endpoint. Nobody else need be in a peered
    /// network: this host is the client.
    fn is_needed_from(&self, network: usize, endpoint: usize) -> bool {
        let home = self.topology.endpoints[endpoint].network.found();
        let is_peer = home.is_some_and(|home| self.topology.peers(home).any(|peer| peer == network));
        is_peer || needs(self.topology, network, endpoint)
    }

    /// A name that has no zone may well be meant to stay public, and one that nobody wrote down may be none.
    fn ceiling(&self, name: &Name<'_>, endpoint: usize) -> Confidence {
        let known = &self.topology.endpoints[endpoint].requirements.names;
        let known = known.iter().find(|known| known.needed.fqdn == name.fqdn);
        let ceiling = known.map_or(Confidence::Possible, |known| known.ceiling);
        match name.source {
            NameSource::Derived => ceiling.max(Confidence::Probable),
            _ => ceiling,
        }
    }

    fn question(&mut self, fqdn: &str, addresses: &[IpAddr], ports: &[u16]) -> usize {
        let next = self.plan.questions.len();
        let index = *self.by_host.entry(fqdn.to_owned()).or_insert(next);
        if index == next {
            let connect = Connect::To(Vec::new());
            self.plan.questions.push(Question { host: fqdn.to_owned(), connect, ports: Vec::new() });
        }
        let question = &mut self.plan.questions[index];
        question.ports.extend(ports);
        question.ports.sort_unstable();
        question.ports.dedup();
        if let Connect::To(to) = &mut question.connect {
            to.extend(addresses);
            to.sort_unstable();
            to.dedup();
        }
        index
    }

    fn host(&mut self, host: Host) {
        let question = self.plan.questions.len();
        let Host { host, port, purpose } = host;
        self.plan.questions.push(Question { host, connect: Connect::Answered, ports: vec![port] });
        self.plan.hosts.push(ObservedHost { question, port, purpose });
    }
}
