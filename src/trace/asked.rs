//! What a person means by a name and a network.

use std::net::IpAddr;

use crate::inventory::{ResourceId, VirtualNetwork};
use crate::topology::Topology;
use crate::topology::zones::ZoneTable;

/// A name to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub fqdn: String,
    /// See [`super::Trace::alias`].
    pub alias: String,
    /// Endpoints that bear the name: indices of the topology.
    pub endpoints: Vec<usize>,
    /// The addresses they have for it, sorted.
    pub expected: Vec<IpAddr>,
}

/// Why something cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("`{0}` is neither an endpoint that was read nor a domain name")]
    NoName(String),
    #[error("endpoint {0} shows no name: its connection may not be approved yet")]
    NoNames(String),
    #[error("no virtual network that was read is called `{0}`")]
    NoNetwork(String),
    #[error("{} {what} are called `{given}`: {}; give the id of one", .ids.len(), .ids.join(", "))]
    Several { what: &'static str, given: String, ids: Vec<String> },
    #[error("no network is known to need {0}; name one with --from")]
    Nobody(String),
}

/// The questions in a name: of an endpoint (by id or name) every name it has, else the name itself, public or
/// privatelink.
pub fn questions(topology: &Topology, table: &ZoneTable, given: &str) -> Result<Vec<Question>, AskError> {
    let given = given.trim();
    let endpoints = &topology.inventory.private_endpoints;
    let found: Vec<usize> =
        (0..endpoints.len()).filter(|index| is_called(&endpoints[*index].id, given)).collect();
    match found.as_slice() {
        [endpoint] => {
            let asked: Vec<Question> = of_endpoint(topology, *endpoint).collect();
            if asked.is_empty() {
                return Err(AskError::NoNames(endpoints[*endpoint].id.name().to_owned()));
            }
            Ok(asked)
        }
        [] => named(topology, table, given).map(|question| vec![question]),
        several => {
            let ids = several.iter().map(|index| endpoints[*index].id.to_string()).collect();
            Err(AskError::Several { what: "private endpoints", given: given.to_owned(), ids })
        }
    }
}

/// An id, or a name.
fn is_called(id: &ResourceId, given: &str) -> bool {
    match given.starts_with('/') {
        true => *id == ResourceId::new(given),
        false => id.name().eq_ignore_ascii_case(given),
    }
}

/// The question for every name of an endpoint.
pub(super) fn of_endpoint(topology: &Topology, endpoint: usize) -> impl Iterator<Item = Question> + '_ {
    let names = &topology.endpoints[endpoint].requirements.names;
    names.iter().map(|name| of_name(topology, &name.needed.fqdn, &name.needed.alias))
}

/// The question for a name, public or privatelink.
pub(super) fn named(topology: &Topology, table: &ZoneTable, given: &str) -> Result<Question, AskError> {
    let fqdn = given.trim_end_matches('.').to_ascii_lowercase();
    let is_domain =
        fqdn.contains('.') && !fqdn.contains(['/', ' ', ':']) && !fqdn.split('.').any(str::is_empty);
    if !is_domain {
        return Err(AskError::NoName(given.to_owned()));
    }
    if let Some(name) = topology.expected_name(&fqdn) {
        let question = of_name(topology, &name.needed.fqdn, &name.needed.alias);
        // Who asks for the alias itself is led nowhere by public DNS.
        let of_alias = fqdn != question.fqdn;
        return Ok(if of_alias { Question { alias: fqdn.clone(), fqdn, ..question } } else { question });
    }
    // No endpoint that was read bears it; if another does, public DNS makes the alias that the table knows.
    let alias = table.alias_of(&fqdn).unwrap_or_else(|| fqdn.clone());
    Ok(Question { fqdn, alias, endpoints: Vec::new(), expected: Vec::new() })
}

fn of_name(topology: &Topology, fqdn: &str, alias: &str) -> Question {
    let mut expected: Vec<IpAddr> =
        topology.addresses_named(fqdn).iter().map(|(address, _)| *address).collect();
    expected.dedup();
    let endpoints = topology.bearers(fqdn);
    Question { fqdn: fqdn.to_owned(), alias: alias.to_owned(), endpoints, expected }
}

/// The network a person names, by id or name.
pub fn networks_named(topology: &Topology, given: &str) -> Result<Vec<usize>, AskError> {
    let networks: &[VirtualNetwork] = &topology.inventory.virtual_networks;
    let given = given.trim();
    let found: Vec<usize> =
        (0..networks.len()).filter(|index| is_called(&networks[*index].id, given)).collect();
    match found.as_slice() {
        [] => Err(AskError::NoNetwork(given.to_owned())),
        [_] => Ok(found),
        several => {
            let ids = several.iter().map(|index| networks[*index].id.to_string()).collect();
            Err(AskError::Several { what: "virtual networks", given: given.to_owned(), ids })
        }
    }
}

/// The networks that are expected to reach the endpoints of a question: their own, those with a Connected peering
/// and somebody in them who asks, and those that the configuration names.
pub fn networks_asking(topology: &Topology, question: &Question) -> Result<Vec<usize>, AskError> {
    let mut networks = Vec::new();
    for endpoint in &question.endpoints {
        let Some(home) = topology.endpoints[*endpoint].network.found() else { continue };
        networks.push(home);
        networks.extend(topology.peers(home).filter(|peer| topology.networks[*peer].has_clients));
    }
    let clients = &topology.options.client_networks;
    let declared = |index: &usize| {
        let id = &topology.inventory.virtual_networks[*index].id;
        clients.iter().any(|pattern| pattern.matches(id))
    };
    networks.extend((0..topology.networks.len()).filter(declared));
    networks.sort_unstable();
    networks.dedup();
    match networks.is_empty() {
        true => Err(AskError::Nobody(question.fqdn.clone())),
        false => Ok(networks),
    }
}

/// Whether a network is expected to reach an endpoint: its own, one with a Connected peering and somebody in it who
/// asks, or one that the configuration names.
pub fn needs(topology: &Topology, network: usize, endpoint: usize) -> bool {
    let is_declared = || {
        let id = &topology.inventory.virtual_networks[network].id;
        topology.options.client_networks.iter().any(|pattern| pattern.matches(id))
    };
    let Some(home) = topology.endpoints[endpoint].network.found() else { return is_declared() };
    let is_peer =
        || topology.networks[network].has_clients && topology.peers(home).any(|peer| peer == network);
    home == network || is_peer() || is_declared()
}
