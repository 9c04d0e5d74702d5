//! What ails one name of one endpoint: made once, read by every DNS rule, so that each fault has one root cause.

use std::net::IpAddr;

use crate::finding::Confidence;
use crate::inventory::{Kind, ResourceId};
use crate::topology::Topology;
use crate::topology::endpoints::{Endpoint, ExpectedName, NameSource, Status};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::records::suffixes;
use crate::topology::resolve::{Answer, Outcome, Query, TRUSTED};

pub use super::judged::{Diagnosis, Judged, RecordFault, Vantage, ViewFault, Why, ZoneFault, reason};
use super::record::{self, Record};

/// Whether an endpoint's names are due at all; if not, why.
pub fn excuse(topology: &Topology, index: usize) -> Option<&'static str> {
    let endpoint = &topology.inventory.private_endpoints[index];
    if !is_approved(topology, index) {
        return Some(reason::NOT_APPROVED);
    }
    let succeeded =
        endpoint.provisioning_state.as_deref().is_none_or(|s| s.eq_ignore_ascii_case("Succeeded"));
    if !succeeded {
        return Some(reason::IN_PROGRESS);
    }
    topology.endpoints[index].requirements.excuse
}

/// Whether any of an endpoint's connections is approved.
pub fn is_approved(topology: &Topology, index: usize) -> bool {
    let endpoint = &topology.inventory.private_endpoints[index];
    endpoint.connections.iter().any(|connection| Status::of(connection) == Status::Approved)
}

/// Diagnoses one name of one endpoint that has no excuse, as its own network sees it.
pub fn diagnose(topology: &Topology, index: usize, name: &ExpectedName) -> Diagnosis {
    by_any_alias(name, |name| diagnose_alias(topology, index, name))
}

/// The same as another network sees it.
pub fn diagnose_from(topology: &Topology, index: usize, name: &ExpectedName, network: usize) -> Diagnosis {
    by_any_alias(name, |name| {
        in_network(topology, index, name, network).unwrap_or_else(Diagnosis::not_judged)
    })
}

/// Where the zone table knows several privatelink names that public DNS may lead to, one that works is enough.
fn by_any_alias(name: &ExpectedName, judge: impl Fn(&ExpectedName) -> Diagnosis) -> Diagnosis {
    let diagnosis = judge(name);
    if diagnosis.is_clean() {
        return diagnosis;
    }
    let others = name.needed.alternatives.iter().filter(|place| place.alias != name.needed.alias);
    let works = others
        .map(|place| {
            let mut other = name.clone();
            other.needed.zone.clone_from(&place.zone);
            other.needed.record.clone_from(&place.record);
            other.needed.alias.clone_from(&place.alias);
            judge(&other)
        })
        .find(Diagnosis::is_clean);
    works.unwrap_or(diagnosis)
}

fn diagnose_alias(topology: &Topology, index: usize, name: &ExpectedName) -> Diagnosis {
    let endpoint = &topology.endpoints[index];
    match &endpoint.network {
        Seen::Found(network) if topology.networks[*network].has_clients => {
            in_network(topology, index, name, *network)
                .unwrap_or_else(|why| in_zone_copy(topology, index, name, why, why == reason::DEAD_SERVER))
        }
        Seen::Found(network) => {
            let heard = clients_use_azure_dns(topology, *network);
            in_zone_copy(topology, index, name, reason::NO_CLIENTS, heard)
        }
        Seen::Unknown(unread) => network_unknown(topology, name, Why::Unread(unread.clone())),
        Seen::Absent => {
            network_unknown(topology, name, Why::Undecided("the endpoint's virtual network does not exist"))
        }
    }
}

/// The endpoint's own zone group, when it or the zone it names for this name could not be read.
fn hidden_group(topology: &Topology, index: usize, name: &ExpectedName) -> Option<Unread> {
    let holds = |zone: &str| suffixes(&name.needed.alias).any(|suffix| suffix.eq_ignore_ascii_case(zone));
    hidden_zone_of_group(topology, index, holds)
}

/// Why the endpoint's zone group may name a zone that nobody could see and whose name `fits`.
pub fn hidden_zone_of_group(
    topology: &Topology,
    index: usize,
    fits: impl Fn(&str) -> bool,
) -> Option<Unread> {
    let id = &topology.inventory.private_endpoints[index].id;
    if let Some(unread) = topology.knowledge.children(id, Kind::PrivateDnsZoneGroups) {
        return Some(unread);
    }
    grouped_zones(topology, &topology.endpoints[index]).find_map(|id| {
        if !fits(id.name()) || topology.zone(id).is_some() {
            return None;
        }
        match topology.knowledge.missing::<usize>(id, Kind::PrivateDnsZones) {
            Seen::Unknown(unread) => Some(unread),
            Seen::Absent | Seen::Found(_) => None,
        }
    })
}

/// Why an endpoint's names are not known: its interface could not be read, and its zone group does not tell the
/// public names.
pub fn names_unread(topology: &Topology, index: usize) -> Option<Unread> {
    let endpoint = &topology.endpoints[index];
    match (&endpoint.interface, endpoint.source) {
        (Seen::Unknown(unread), NameSource::ZoneGroup | NameSource::Derived) => Some(unread.clone()),
        _ => None,
    }
}

/// The zones an endpoint's zone groups point at, as far as they were read.
pub fn grouped_zones<'a>(
    topology: &'a Topology,
    endpoint: &'a Endpoint,
) -> impl Iterator<Item = &'a ResourceId> {
    let groups = endpoint.zone_groups.iter().map(|index| &topology.inventory.zone_groups[*index]);
    groups.flat_map(|group| &group.configs).filter_map(|config| config.zone.as_ref())
}

/// The zones, visible anywhere, in which this name could stand: those its privatelink name lies in, and one made
/// for the public name alone.
pub fn covering_zones(topology: &Topology, name: &ExpectedName) -> Vec<usize> {
    let needed = &name.needed;
    let private = |zone: &str| zone.split('.').any(|label| label.starts_with("privatelink"));
    let mut zones: Vec<usize> = suffixes(&needed.alias)
        .filter(|suffix| private(suffix))
        .chain([needed.zone.as_str(), needed.fqdn.as_str()])
        .chain(needed.alternatives.iter().map(|place| place.zone.as_str()))
        .flat_map(|zone| topology.records.zones_named(zone).iter().copied())
        .collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

fn network_unknown(topology: &Topology, name: &ExpectedName, why: Why) -> Diagnosis {
    if !covering_zones(topology, name).is_empty() {
        return Diagnosis::unknown(why);
    }
    Diagnosis::zone_unknown(why)
}

/// What one server's answer comes to.
enum Heard {
    Record(Record),
    Public(Answer),
    Dead(Answer),
}

impl Heard {
    fn is_good(&self) -> bool {
        matches!(self, Heard::Record(record) if record.is_good())
    }

    fn is_undecided(&self) -> bool {
        matches!(self, Heard::Record(Record::Unknown(_)))
    }
}

/// Whether a dead end is the fault of the network's own DNS server, which other rules (DNS-035, DNS-036) tell of a
/// network that is reported on.
fn is_told_of_network(topology: &Topology, network: usize, answer: &Answer) -> bool {
    let own = matches!(answer.outcome, Outcome::Dead { .. }) && answer.hops.len() == 1;
    own && topology.networks[network].reported
}

/// Judges what the network's DNS servers answer, each by itself, and takes the answers together: clients fail
/// over on a time-out, not on NXDOMAIN, so that one bad server is a fault for some of them. Gives the reason when
/// nobody can judge any of them.
fn in_network(
    topology: &Topology,
    index: usize,
    name: &ExpectedName,
    network: usize,
) -> Result<Diagnosis, &'static str> {
    let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
    let mut unread: Option<Unread> = None;
    let mut outside = None;
    let mut told = false;
    let mut heard = Vec::new();
    for answer in topology.answers(network, query) {
        match &answer.outcome {
            Outcome::Unread(reason) => {
                unread = Some(unread.map_or(reason.clone(), |before| before.and(reason.clone())));
            }
            Outcome::Outside { why: TRUSTED } => outside = outside.or(Some(reason::TRUSTED)),
            Outcome::Outside { .. } => outside = Some(reason::OUTSIDE),
            Outcome::Public => heard.push(Heard::Public(answer)),
            Outcome::Dead { .. } if is_told_of_network(topology, network, &answer) => told = true,
            Outcome::Dead { .. } => heard.push(Heard::Dead(answer)),
            Outcome::Records { .. } | Outcome::Missing { .. } | Outcome::Elsewhere { .. } => {
                heard.push(Heard::Record(record::judge(topology, index, name, network, answer)));
            }
        }
    }
    let all_good = heard.iter().all(Heard::is_good);
    let some_unknown = outside.is_some() || unread.is_some() || heard.iter().any(Heard::is_undecided);
    if let Some(unread) = unread
        && all_good
    {
        return Ok(network_unknown(topology, name, Why::Unread(unread)));
    }
    if heard.is_empty() {
        return match outside {
            Some(reason) => Err(reason),
            None if told && !covering_zones(topology, name).is_empty() => Ok(Diagnosis::muted()),
            // Without a zone there is nothing that a server could tell.
            None => Err(reason::DEAD_SERVER),
        };
    }
    let differing = some_unknown || (!all_good && heard.iter().any(Heard::is_good));
    let floor = if differing { Confidence::Probable } else { Confidence::Certain };
    // One that is surely bad, else one that cannot be decided, else the first.
    let bad = |heard: &Heard| !heard.is_good() && !heard.is_undecided();
    let at = heard.iter().position(bad).or_else(|| heard.iter().position(Heard::is_undecided)).unwrap_or(0);
    Ok(conclude(topology, index, name, heard.swap_remove(at), floor))
}

fn conclude(
    topology: &Topology,
    index: usize,
    name: &ExpectedName,
    heard: Heard,
    floor: Confidence,
) -> Diagnosis {
    let exists = !covering_zones(topology, name).is_empty();
    match heard {
        Heard::Record(record) => Diagnosis::record(Judged::Pass, record.at_most(floor)),
        // Without a zone there is nothing that a server could tell.
        Heard::Dead(answer) if exists => {
            let confidence = floor.max(answer.confidence).max(name.ceiling);
            Diagnosis::not_seen(ViewFault { confidence, answer })
        }
        Heard::Public(answer) | Heard::Dead(answer) => {
            let at = answer.at.filter(|_| answer.outcome == Outcome::Public);
            let hidden = [hidden_group(topology, index, name), view_unread(topology, name)];
            if let Some(unread) = hidden.into_iter().flatten().reduce(Unread::and) {
                let why = Why::Unread(unread);
                return if exists { Diagnosis::unknown(why) } else { Diagnosis::zone_unknown(why) };
            }
            let confidence = floor.max(answer.confidence).max(name.ceiling);
            if exists {
                Diagnosis::not_seen(ViewFault { confidence, answer })
            } else {
                Diagnosis::zone_missing(confidence, at)
            }
        }
    }
}

fn view_unread(topology: &Topology, name: &ExpectedName) -> Option<Unread> {
    topology.unread_views(Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias })
}

/// Where no network's view can be judged: the zone copy that the endpoint's own records or zone group point at,
/// else the only copy there is.
fn in_zone_copy(
    topology: &Topology,
    index: usize,
    name: &ExpectedName,
    why_not: &'static str,
    azure_dns_is_used: bool,
) -> Diagnosis {
    let zones = covering_zones(topology, name);
    let hidden = hidden_group(topology, index, name);
    if zones.is_empty() {
        let parts = [hidden, view_unread(topology, name)];
        if let Some(unread) = parts.into_iter().flatten().reduce(Unread::and) {
            return Diagnosis::zone_unknown(Why::Unread(unread));
        }
        let floor = if azure_dns_is_used { Confidence::Certain } else { Confidence::Probable };
        return Diagnosis::zone_missing(floor.max(name.ceiling), None);
    }
    let record = match hidden {
        // The copy that counts is out of sight.
        Some(unread) => Record::Unknown(Why::Unread(unread)),
        None => in_own_copy(topology, index, name, &zones, why_not),
    };
    Diagnosis::record(Judged::NotJudged(why_not), record)
}

fn in_own_copy(
    topology: &Topology,
    index: usize,
    name: &ExpectedName,
    zones: &[usize],
    why_not: &'static str,
) -> Record {
    let judge = |zone: usize| record::judge_in_zone(topology, index, name, zone, why_not);
    let id = |zone: usize| &topology.inventory.zones[zone].id;
    let grouped: Vec<&ResourceId> = grouped_zones(topology, &topology.endpoints[index]).collect();
    if let Some(zone) = zones.iter().find(|zone| grouped.contains(&id(**zone))) {
        return judge(*zone);
    }
    // The endpoint's own record may stand in each of them.
    let unread = zones.iter().filter_map(|zone| topology.knowledge.children(id(*zone), Kind::RecordSets));
    if let Some(unread) = unread.reduce(Unread::and) {
        return Record::Unknown(Why::Unread(unread));
    }
    if let Some(zone) = zones.iter().find(|zone| wrote_into(topology, index, name, **zone)) {
        return judge(*zone);
    }
    let [zone] = zones else { return Record::NotJudged(reason::SEVERAL_COPIES) };
    let record = judge(*zone);
    match topology.knowledge.every_zone() {
        // Another copy may exist where nobody could look.
        Some(unread) if !record.is_good() => Record::Unknown(Why::Unread(unread)),
        _ => record,
    }
}

/// Whether a record of the name says that this endpoint wrote it.
fn wrote_into(topology: &Topology, index: usize, name: &ExpectedName, zone: usize) -> bool {
    let records = topology.records.exactly(zone, record::name_in(topology, zone, name));
    records.iter().any(|set| {
        let creator =
            topology.inventory.record_sets[*set].creator.as_deref().and_then(record::Creator::parse);
        creator.is_some_and(|creator| creator.is(&topology.inventory.private_endpoints[index]))
    })
}

/// Whether a network that can reach `network` has clients that ask Azure's DNS, directly or through a server
/// that could be found.
fn clients_use_azure_dns(topology: &Topology, network: usize) -> bool {
    use crate::topology::servers::Server;
    topology.peers(network).any(|peer| {
        let peer = &topology.networks[peer];
        let known = |server: &Server| {
            !matches!(server, Server::Outside | Server::Unread(_) | Server::Trusted | Server::Misdeclared)
        };
        peer.has_clients
            && (peer.servers.is_empty() || peer.servers.iter().any(|(_, location)| known(&location.server)))
    })
}

/// The addresses that approved endpoints have for a name.
pub fn valid_addresses<'a>(topology: &'a Topology, fqdn: &str) -> impl Iterator<Item = IpAddr> + 'a {
    let held = topology.addresses_named(fqdn).iter();
    held.filter(|(_, endpoint)| is_approved(topology, *endpoint)).map(|(address, _)| *address)
}

/// The approved endpoints that have this address for a name.
pub fn holders_of<'a>(
    topology: &'a Topology,
    fqdn: &str,
    address: IpAddr,
) -> impl Iterator<Item = usize> + 'a {
    let held = topology.addresses_named(fqdn);
    let first = held.partition_point(|(known, _)| *known < address);
    let same = held[first..].iter().take_while(move |(known, _)| *known == address);
    same.map(|(_, endpoint)| *endpoint).filter(|endpoint| is_approved(topology, *endpoint))
}
