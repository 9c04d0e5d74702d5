//! Is the record right? Compares what a zone says of a name with what the endpoint has.

use std::net::IpAddr;

use super::diagnosis::{Vantage, Why, holders_of, reason};
use crate::finding::Confidence;
use crate::inventory::Kind;
use crate::topology::Topology;
pub use crate::topology::creator::Creator;
use crate::topology::endpoints::{ExpectedName, NameSource};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::reach::Path;
use crate::topology::records::{Lookup, relative};
use crate::topology::resolve::{Answer, Outcome, Query};

/// What a zone's answer comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Right,
    /// The right address, and addresses that belong to nobody.
    Extra(Extra),
    ExtraUnknown(Unread),
    Missing(Missing),
    Wrong(Wrong),
    Unknown(Why),
    NotJudged(&'static str),
}

/// DNS-021.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    pub zone: usize,
    pub confidence: Confidence,
    pub vantage: Vantage,
    /// Public DNS has the last word: clients silently get the public address.
    pub redirected: bool,
    /// The zone holds the endpoint's address under another name.
    pub elsewhere: bool,
}

/// DNS-022.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrong {
    pub zone: usize,
    pub confidence: Confidence,
    pub vantage: Vantage,
    pub records: Vec<usize>,
    pub found: Vec<IpAddr>,
    pub wildcard: bool,
    /// Another endpoint of the same name that has the address, but cannot be reached.
    pub peer: Option<usize>,
}

/// DNS-023.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    pub zone: usize,
    pub confidence: Confidence,
    pub vantage: Vantage,
    pub records: Vec<usize>,
    pub found: Vec<IpAddr>,
    pub stale: Vec<IpAddr>,
}

impl Record {
    /// Whether a client gets a working answer.
    pub fn is_good(&self) -> bool {
        matches!(self, Record::Right | Record::Extra(_) | Record::ExtraUnknown(_) | Record::NotJudged(_))
    }

    /// The same, said with less confidence.
    pub fn at_most(mut self, floor: Confidence) -> Self {
        match &mut self {
            Record::Extra(Extra { confidence, .. })
            | Record::Missing(Missing { confidence, .. })
            | Record::Wrong(Wrong { confidence, .. }) => *confidence = (*confidence).max(floor),
            Record::Right | Record::ExtraUnknown(_) | Record::Unknown(_) | Record::NotJudged(_) => {}
        }
        self
    }
}

/// The record's relative name in a zone, which may be longer or shorter than the zone it should stand in.
pub fn name_in<'a>(topology: &Topology, zone: usize, name: &'a ExpectedName) -> &'a str {
    let zone = &topology.inventory.zones[zone].name;
    let needed = &name.needed;
    // In a zone of the public suffix both lie, and the public name is asked first.
    relative(&needed.fqdn, zone).or_else(|| relative(&needed.alias, zone)).unwrap_or(&needed.record)
}

/// Judges what one server of a network answered.
pub fn judge(
    topology: &Topology,
    index: usize,
    name: &ExpectedName,
    network: usize,
    answer: Answer,
) -> Record {
    let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
    if let Some(unread) = topology.overlooked(&answer, query) {
        return Record::Unknown(Why::Unread(unread));
    }
    let around = topology.unread_around(&answer);
    // A ruleset or a zone in any other place that was not read is less likely to have answered first.
    let anywhere = topology.knowledge.gaps_in(&[
        Kind::PrivateDnsZones,
        Kind::DnsForwardingRulesets,
        Kind::ForwardingRules,
        Kind::RulesetLinks,
    ]);
    let floor = if anywhere.is_some() { Confidence::Probable } else { Confidence::Certain };
    let confidence = floor.max(answer.confidence).max(name.ceiling);
    let outcome = answer.outcome.clone();
    let case =
        Case { topology, index, name, confidence, from: Some(network), vantage: Vantage::Network(answer) };
    let record = match outcome {
        Outcome::Records { zone, records, wildcard } => case.compare(zone, records, wildcard),
        Outcome::Missing { zone, redirected } => case.missing(zone, redirected),
        Outcome::Elsewhere { .. } => Record::NotJudged(reason::CNAME),
        Outcome::Public | Outcome::Dead { .. } | Outcome::Outside { .. } | Outcome::Unread(_) => {
            Record::Right
        }
    };
    match (around, record) {
        (Some(unread), Record::Missing(_) | Record::Wrong(_)) => Record::Unknown(Why::Unread(unread)),
        (Some(unread), Record::Extra(_)) => Record::ExtraUnknown(unread),
        (_, record) => record,
    }
}

/// Judges what a zone says, whoever asks it.
pub fn judge_in_zone(
    topology: &Topology,
    index: usize,
    name: &ExpectedName,
    zone: usize,
    why: &'static str,
) -> Record {
    if let Some(unread) = topology.knowledge.children(&topology.inventory.zones[zone].id, Kind::RecordSets) {
        return Record::Unknown(Why::Unread(unread));
    }
    let confidence = Confidence::Probable.max(name.ceiling);
    let vantage = Vantage::ZoneCopy(why);
    let from = topology.endpoints[index].network.found();
    let case = Case { topology, index, name, confidence, from, vantage };
    match topology.records.lookup(&topology.inventory, zone, name_in(topology, zone, name)) {
        Lookup::Addresses { records, wildcard } => case.compare(zone, records, wildcard),
        Lookup::Cname { .. } => Record::NotJudged(reason::CNAME),
        Lookup::NoAddress | Lookup::Absent => case.missing(zone, false),
    }
}

/// What can hold a record's address.
const HOLDERS: [Kind; 4] =
    [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::LoadBalancers, Kind::AzureFirewalls];

/// How a network gets to the other endpoints of a name.
enum ToPeers {
    NoPeer,
    Reached,
    /// Nothing seen proves it, but this could make it.
    Perhaps(&'static str),
    Unreached(usize),
}

/// One name under judgement.
struct Case<'a> {
    topology: &'a Topology,
    index: usize,
    name: &'a ExpectedName,
    confidence: Confidence,
    /// The network from which a peer's address would have to be reached.
    from: Option<usize>,
    vantage: Vantage,
}

impl Case<'_> {
    fn missing(self, zone: usize, redirected: bool) -> Record {
        let sets = self.topology.records.exactly(zone, name_in(self.topology, zone, self.name));
        if let Some(unread) = self.odd_record(sets) {
            return Record::Unknown(Why::Unread(unread));
        }
        let elsewhere = self.stands_under_another_name(zone);
        let mut confidence = self.confidence;
        if redirected {
            confidence = confidence.max(Confidence::Probable);
        }
        if elsewhere {
            confidence = Confidence::Possible;
        }
        Record::Missing(Missing { zone, confidence, vantage: self.vantage, redirected, elsewhere })
    }

    /// Whether the zone holds the name's address in a record that is none of the endpoint's other names. A
    /// wildcard is nobody's name.
    fn stands_under_another_name(&self, zone: usize) -> bool {
        let endpoint = &self.topology.endpoints[self.index];
        let own = if self.name.addresses.is_empty() { &endpoint.addresses } else { &self.name.addresses };
        let expected = |record: &str| {
            endpoint.requirements.names.iter().any(|name| name_in(self.topology, zone, name) == record)
        };
        own.iter()
            .flat_map(|address| self.topology.records.holding(zone, *address))
            .map(|set| &*self.topology.inventory.record_sets[*set].name)
            .any(|record| !record.starts_with('*') && !expected(record))
    }

    /// Why what a record holds is not known.
    fn odd_record(&self, sets: &[usize]) -> Option<Unread> {
        let ids = sets.iter().map(|set| &self.topology.inventory.record_sets[*set].id);
        ids.filter_map(|id| self.topology.knowledge.field(id)).next()
    }

    fn compare(self, zone: usize, records: Vec<usize>, wildcard: bool) -> Record {
        let own = &self.name.addresses;
        if own.is_empty() {
            return self.no_address();
        }
        if let Some(unread) = self.odd_record(&records) {
            return Record::Unknown(Why::Unread(unread));
        }
        let comparable = |address: &IpAddr| own.iter().any(|ours| ours.is_ipv4() == address.is_ipv4());
        let sets = records.iter().map(|record| &self.topology.inventory.record_sets[*record]);
        let mut found: Vec<IpAddr> =
            sets.flat_map(|set| set.addresses.iter().copied()).filter(comparable).collect();
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return self.missing(zone, false);
        }
        if found.iter().any(|address| own.contains(address)) {
            return self.right(zone, records, found);
        }
        self.wrong(zone, records, found, wildcard)
    }

    fn no_address(&self) -> Record {
        match &self.topology.endpoints[self.index].interface {
            Seen::Unknown(unread) => Record::Unknown(Why::Unread(unread.clone())),
            Seen::Found(_) | Seen::Absent => Record::NotJudged(reason::NO_ADDRESS),
        }
    }

    fn right(self, zone: usize, records: Vec<usize>, found: Vec<IpAddr>) -> Record {
        let mut stale = found.clone();
        stale.retain(|address| !self.name.addresses.contains(address));
        if stale.is_empty() {
            return Record::Right;
        }
        stale.retain(|address| self.holders(*address).next().is_none());
        if stale.is_empty() {
            return Record::Right;
        }
        if let Some(unread) = self.unread_holder(&stale) {
            return Record::ExtraUnknown(unread);
        }
        let confidence = self.confidence.max(self.doubt(&records, &stale));
        Record::Extra(Extra { zone, confidence, vantage: self.vantage, records, found, stale })
    }

    fn wrong(self, zone: usize, records: Vec<usize>, found: Vec<IpAddr>, wildcard: bool) -> Record {
        // Nobody said that the name is the endpoint's, so its record may rightly lead elsewhere.
        if self.topology.endpoints[self.index].source == NameSource::Derived {
            return Record::NotJudged(reason::DERIVED);
        }
        let peer = match self.way_to_peers(&found) {
            ToPeers::Reached => return self.right(zone, records, found),
            ToPeers::Perhaps(why) => return Record::Unknown(Why::Undecided(why)),
            ToPeers::Unreached(peer) => Some(peer),
            ToPeers::NoPeer => None,
        };
        let confidence = match peer {
            // No path is visible; groups of Virtual Network Manager are not.
            Some(_) => self.confidence.max(Confidence::Probable),
            None => {
                if let Some(unread) = self.unread_holder(&found) {
                    return Record::Unknown(Why::Unread(unread));
                }
                self.confidence.max(self.doubt(&records, &found))
            }
        };
        Record::Wrong(Wrong { zone, confidence, vantage: self.vantage, records, found, wildcard, peer })
    }

    /// Whether one of the other endpoints of this name, whose addresses the record holds, can be reached.
    fn way_to_peers(&self, found: &[IpAddr]) -> ToPeers {
        let mut way = ToPeers::NoPeer;
        for peer in found.iter().flat_map(|address| self.holders(*address)) {
            match (self.path_to(peer), &way) {
                (Some(Path::Direct), _) => return ToPeers::Reached,
                (_, ToPeers::Perhaps(_)) => {}
                (Some(Path::Possible(why)), _) => way = ToPeers::Perhaps(why),
                (None, _) => way = ToPeers::Perhaps("the other endpoint's network is not known"),
                (Some(Path::None), ToPeers::NoPeer) => way = ToPeers::Unreached(peer),
                (Some(Path::None), _) => {}
            }
        }
        way
    }

    fn holders(&self, address: IpAddr) -> impl Iterator<Item = usize> + '_ {
        holders_of(self.topology, &self.name.needed.fqdn, address)
    }

    fn path_to(&self, peer: usize) -> Option<Path> {
        self.topology.path_to_endpoint(self.from?, peer)
    }

    /// Endpoints or interfaces that could not be read and might hold one of these addresses. An address inside
    /// a network whose subscription was read whole can be held by nothing unseen.
    fn unread_holder(&self, addresses: &[IpAddr]) -> Option<Unread> {
        let unread = self.topology.knowledge.gaps_in(&[Kind::PrivateEndpoints, Kind::NetworkInterfaces])?;
        (!self.stand_in_read_networks(addresses)).then_some(unread)
    }

    /// Whether all these addresses lie in networks in whose subscriptions every endpoint and interface was read.
    fn stand_in_read_networks(&self, addresses: &[IpAddr]) -> bool {
        let networks = &self.topology.inventory.virtual_networks;
        addresses.iter().all(|address| {
            networks.iter().any(|network| {
                let subscription = network.id.subscription().unwrap_or_default();
                let read = |kind: &Kind| self.topology.knowledge.list(subscription, *kind).is_none();
                network.address_prefixes.iter().any(|prefix| prefix.contains(address))
                    && [Kind::PrivateEndpoints, Kind::NetworkInterfaces].iter().all(read)
            })
        })
    }

    /// What makes a stale address less than certain: its record was written by an endpoint that cannot be seen,
    /// something that is no endpoint holds it, or not everything that could hold it was read.
    fn doubt(&self, records: &[usize], addresses: &[IpAddr]) -> Confidence {
        let sets = records.iter().map(|record| &self.topology.inventory.record_sets[*record]);
        let unseen_creator = sets
            .filter_map(|set| set.creator.as_deref().and_then(Creator::parse))
            .any(|creator| !creator.is_seen(self.topology));
        let held = addresses.iter().any(|address| self.topology.holders.held_by_something_else(*address));
        let knowledge = &self.topology.knowledge;
        let asked = [Kind::PrivateEndpoints, Kind::NetworkInterfaces]
            .iter()
            .all(|kind| knowledge.asked_everywhere(*kind));
        let incomplete =
            knowledge.gaps_in(&HOLDERS).is_some() || !(asked || self.stand_in_read_networks(addresses));
        if unseen_creator || held || incomplete { Confidence::Probable } else { Confidence::Certain }
    }
}
