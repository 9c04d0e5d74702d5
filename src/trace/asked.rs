//! What a person means by a name and a network.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::inventory::{Kind, ResourceId, VirtualNetwork};
use crate::names::{Unnamed, unnamed};
use crate::spelling::did_you_mean;
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::lookup::Borne;
use crate::topology::resolve::Query;
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
    #[error(
        "`{given}` is neither an endpoint that was read nor a domain name{near}; `plaudit names` lists all"
    )]
    NoName { given: String, near: String },
    #[error("endpoint {endpoint} has no name to ask for: {why}")]
    NoNames {
        endpoint: String,
        why: &'static str,
        /// Whether its names might be known if everything had been read.
        unread: bool,
    },
    #[error("no private endpoint that was read has the address {0}; `plaudit names` lists all")]
    NoAddress(IpAddr),
    #[error("no virtual network that was read is called `{given}`{near}")]
    NoNetwork { given: String, near: String },
    #[error("{} {what} are called `{given}`: {}; give the id of one", .ids.len(), .ids.join(", "))]
    Several { what: &'static str, given: String, ids: Vec<String> },
    #[error(
        "no endpoint that was read bears the name {given}{near}; name a network that asks for it with --from"
    )]
    Nobodys { given: String, near: String },
    #[error("no network is known to need {0}; name one with --from")]
    Nobody(String),
}

/// The questions in a name: of an endpoint (by id, name or address) every name it has, else the name itself, public or
/// privatelink. Of a URL, or a host and a port, the host counts.
pub fn questions(topology: &Topology, table: &ZoneTable, given: &str) -> Result<Vec<Question>, AskError> {
    let given = host_of(given.trim());
    if let Ok(address) = given.parse() {
        return at_address(topology, table, address);
    }
    let endpoints = &topology.inventory.private_endpoints;
    let found: Vec<usize> =
        (0..endpoints.len()).filter(|index| is_called(&endpoints[*index].id, given)).collect();
    match found.as_slice() {
        [endpoint] => {
            let asked: Vec<Question> = of_endpoint(topology, table, *endpoint).collect();
            if asked.is_empty() { Err(no_names(topology, *endpoint)) } else { Ok(asked) }
        }
        [] => named(topology, table, given).map(|question| vec![question]),
        several => {
            let ids = several.iter().map(|index| endpoints[*index].id.to_string()).collect();
            Err(AskError::Several { what: "private endpoints", given: given.to_owned(), ids })
        }
    }
}

fn no_names(topology: &Topology, endpoint: usize) -> AskError {
    let Unnamed { endpoint, why, unread } = unnamed(topology, endpoint);
    AskError::NoNames { endpoint: endpoint.id.name().to_owned(), why, unread }
}

/// The host in what is pasted: a URL, a host and a port, a host and a path; all else as it is. An id begins with a
/// slash, and no name of an endpoint holds one.
fn host_of(given: &str) -> &str {
    let rest = given.split_once("://").map_or(given, |(_, rest)| rest);
    if rest.starts_with('/') {
        return given;
    }
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, host)| host);
    if let Some((address, _)) = place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        return address;
    }
    match place.split_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => place,
    }
}

/// Every name of the endpoints that have an address. Several may: networks that know nothing of each other.
fn at_address(topology: &Topology, table: &ZoneTable, address: IpAddr) -> Result<Vec<Question>, AskError> {
    let has = |endpoint: &usize| topology.endpoints[*endpoint].addresses.contains(&address);
    let endpoints: Vec<usize> = (0..topology.endpoints.len()).filter(has).collect();
    let asked = endpoints.iter().flat_map(|endpoint| of_endpoint(topology, table, *endpoint));
    let mut asked: Vec<Question> = asked.collect();
    let mut seen = HashSet::new();
    asked.retain(|question| seen.insert(question.fqdn.clone()));
    match endpoints.first() {
        None => Err(AskError::NoAddress(address)),
        Some(endpoint) if asked.is_empty() => Err(no_names(topology, *endpoint)),
        Some(_) => Ok(asked),
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
pub(super) fn of_endpoint<'a>(
    topology: &'a Topology,
    table: &'a ZoneTable,
    endpoint: usize,
) -> impl Iterator<Item = Question> + 'a {
    topology.names_of(endpoint).map(|borne| of_name(topology, table, borne))
}

/// The question for a name, public or privatelink.
pub(super) fn named(topology: &Topology, table: &ZoneTable, given: &str) -> Result<Question, AskError> {
    let fqdn = given.trim_end_matches('.').to_ascii_lowercase();
    let is_domain =
        fqdn.contains('.') && !fqdn.contains(['/', ' ', ':']) && !fqdn.split('.').any(str::is_empty);
    if !is_domain {
        return Err(AskError::NoName { given: given.to_owned(), near: near_name(topology, given) });
    }
    if let Some(borne) = topology.borne(&fqdn) {
        let question = of_name(topology, table, borne);
        // Who asks for the alias itself is led nowhere by public DNS.
        let of_alias = fqdn != question.fqdn;
        return Ok(if of_alias { Question { alias: fqdn.clone(), fqdn, ..question } } else { question });
    }
    if let Some(question) = under_wildcard(topology, table, &fqdn) {
        return Ok(question);
    }
    // No endpoint that was read bears it; if another does, public DNS makes the alias that the table knows.
    let alias = table.alias_of(&fqdn).unwrap_or_else(|| fqdn.clone());
    Ok(Question { fqdn, alias, endpoints: Vec::new(), expected: Vec::new() })
}

/// The question for a name that an endpoint bears by a wildcard: the longest that covers it.
fn under_wildcard(topology: &Topology, table: &ZoneTable, fqdn: &str) -> Option<Question> {
    let dots = fqdn.match_indices('.').map(|(at, _)| at);
    dots.filter_map(|at| fqdn.split_at_checked(at)).find_map(|(host, rest)| {
        let wildcard = format!("*{rest}");
        let borne = topology.borne(&wildcard)?;
        let question = of_name(topology, table, borne);
        // Who asks for the alias itself is led nowhere by public DNS.
        let alias = question.alias.strip_prefix('*').filter(|_| borne.fqdn == wildcard);
        let alias = alias.map_or_else(|| fqdn.to_owned(), |rest| format!("{host}{rest}"));
        Some(Question { fqdn: fqdn.to_owned(), alias, ..question })
    })
}

fn of_name(topology: &Topology, table: &ZoneTable, borne: Borne<'_>) -> Question {
    let endpoints = topology.bearers(borne.fqdn).to_vec();
    let names = endpoints.iter().flat_map(|endpoint| topology.names_of(*endpoint));
    let own = names.filter(|name| name.fqdn == borne.fqdn);
    let mut expected: Vec<IpAddr> = own.flat_map(|name| name.addresses.iter().copied()).collect();
    expected.sort_unstable();
    expected.dedup();
    let alias = borne.alias.map(str::to_owned).or_else(|| table.alias_of(borne.fqdn));
    let fqdn = borne.fqdn.to_owned();
    Question { alias: alias.unwrap_or_else(|| fqdn.clone()), fqdn, endpoints, expected }
}

/// An endpoint or a name of one that is spelled much like this.
fn near_name(topology: &Topology, given: &str) -> String {
    let endpoints = topology.inventory.private_endpoints.iter().map(|endpoint| endpoint.id.name());
    let names = (0..topology.endpoints.len()).flat_map(|endpoint| topology.names_of(endpoint));
    near(given, endpoints.chain(names.map(|borne| borne.fqdn)).collect())
}

/// What is spelled much like this, else the one thing that begins with it; in brackets, or nothing.
fn near(given: &str, candidates: Vec<&str>) -> String {
    let nearest = did_you_mean(given, candidates.iter().copied());
    let begun = given.to_ascii_lowercase();
    let mut begin = candidates.into_iter().filter(|one| one.to_ascii_lowercase().starts_with(&begun));
    match (begin.next(), begin.next()) {
        (Some(one), None) if nearest.is_empty() && !begun.is_empty() => format!(" (did you mean `{one}`?)"),
        _ => nearest,
    }
}

/// The network a person names, by id or name.
pub fn networks_named(topology: &Topology, given: &str) -> Result<Vec<usize>, AskError> {
    let networks: &[VirtualNetwork] = &topology.inventory.virtual_networks;
    let given = given.trim();
    let found: Vec<usize> =
        (0..networks.len()).filter(|index| is_called(&networks[*index].id, given)).collect();
    match found.as_slice() {
        [] => {
            let near = near(given, networks.iter().map(|network| network.id.name()).collect());
            Err(AskError::NoNetwork { given: given.to_owned(), near })
        }
        [_] => Ok(found),
        several => {
            let ids = several.iter().map(|index| networks[*index].id.to_string()).collect();
            Err(AskError::Several { what: "virtual networks", given: given.to_owned(), ids })
        }
    }
}

/// The networks that the rules hold to be in need of a name: that of its endpoints, those that the configuration names,
/// and those with a Connected peering that show it ([`Topology::shows_need`]); of all, those with somebody in them who
/// asks. None is an error, unless the network of an endpoint is one of [`unread_homes`].
pub fn networks_asking(topology: &Topology, question: &Question) -> Result<Vec<usize>, AskError> {
    let mut networks = Vec::new();
    for endpoint in &question.endpoints {
        let Some(home) = topology.endpoints[*endpoint].network.found() else { continue };
        networks.push(home);
        let zone = zone_of(topology, *endpoint, question);
        let query = Query { fqdn: &question.fqdn, alias: &question.alias };
        networks.extend(topology.open_peers(home).filter(|peer| topology.shows_need(*peer, query, zone)));
    }
    networks.extend(&topology.clients.found);
    networks.retain(|network| topology.networks[*network].has_clients);
    networks.sort_unstable();
    networks.dedup();
    let given = question.fqdn.clone();
    match networks.is_empty() && unread_homes(topology, question).is_empty() {
        true if question.endpoints.is_empty() => {
            Err(AskError::Nobodys { near: near_name(topology, &given), given })
        }
        true => Err(AskError::Nobody(given)),
        false => Ok(networks),
    }
}

/// The private zone that a name of an endpoint ought to lie in, when it is known.
fn zone_of<'a>(topology: &'a Topology, endpoint: usize, question: &Question) -> Option<&'a str> {
    let names = topology.endpoints[endpoint].requirements.names.iter().map(|name| &name.needed);
    let mut own = names.filter(|needed| [&needed.fqdn, &needed.alias].contains(&&question.fqdn));
    own.next().map(|needed| needed.zone.as_str())
}

/// The networks of the endpoints of a question that were not read, and why.
pub fn unread_homes(topology: &Topology, question: &Question) -> Vec<(ResourceId, Unread)> {
    let mut homes: Vec<(ResourceId, Unread)> = Vec::new();
    for endpoint in &question.endpoints {
        let subnet = topology.inventory.private_endpoints[*endpoint].subnet.as_ref();
        let home = subnet.and_then(ResourceId::virtual_network);
        if let (Some(home), Seen::Unknown(unread)) = (home, &topology.endpoints[*endpoint].network)
            && homes.iter().all(|(known, _)| *known != home)
        {
            homes.push((home, unread.clone()));
        }
    }
    homes
}

/// A network that a person names by its id, and that was not read.
pub(super) fn unread_network(topology: &Topology, given: &str) -> Option<(ResourceId, Unread)> {
    let id = ResourceId::new(given.trim());
    let is_network = id.virtual_network().as_ref() == Some(&id);
    match topology.knowledge.missing::<usize>(&id, Kind::VirtualNetworks) {
        Seen::Unknown(unread) if is_network && topology.network(&id).is_none() => Some((id, unread)),
        Seen::Unknown(_) | Seen::Found(_) | Seen::Absent => None,
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
