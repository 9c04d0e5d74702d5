//! What ails one name of one endpoint: made once, read by every DNS rule, so that each fault has one root cause.

use std::net::IpAddr;

use crate::finding::Confidence;
use crate::inventory::{Kind, ResourceId};
use crate::topology::Topology;
use crate::topology::endpoints::{Endpoint, ExpectedName, Status};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::records::suffixes;
use crate::topology::resolve::{Answer, Outcome, Query};

use super::record::{self, Record};

/// What one rule says of one name.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged<T> {
    Pass,
    Fail(T),
    Unknown(Why),
    /// Nobody can judge it, or nobody asks: counted, no gap.
    NotJudged(&'static str),
    /// Another rule has said it already.
    Muted,
}

impl<T> Judged<T> {
    /// The same for a rule to which this fault is another rule's.
    pub fn without_fault<U>(&self) -> Judged<U> {
        match self {
            Judged::Pass => Judged::Pass,
            Judged::Fail(_) | Judged::Muted => Judged::Muted,
            Judged::Unknown(why) => Judged::Unknown(why.clone()),
            Judged::NotJudged(reason) => Judged::NotJudged(reason),
        }
    }
}

/// Why something cannot be known.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    Unread(Unread),
    /// Everything was read, and still it cannot be decided.
    Undecided(&'static str),
}

/// DNS-001: no zone holds the name.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneFault {
    pub confidence: Confidence,
}

/// DNS-010: a network gets no private answer, though a zone exists (or nothing answers at all).
#[derive(Debug, Clone, PartialEq)]
pub struct ViewFault {
    pub confidence: Confidence,
    pub answer: Answer,
}

/// DNS-021 and DNS-022.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordFault {
    Missing(record::Missing),
    Wrong(record::Wrong),
}

/// From where a record was judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Vantage {
    /// The endpoint's own network, and how it got there.
    Network(Answer),
    /// The zone itself, because no network's view can be judged.
    ZoneCopy(&'static str),
}

/// What ails one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    pub zone: Judged<ZoneFault>,
    pub view: Judged<ViewFault>,
    pub record: Judged<RecordFault>,
    /// DNS-023: addresses that belong to nobody, beside the right one.
    pub extra: Judged<record::Extra>,
}

impl Diagnosis {
    /// Whether clients get the right address.
    fn is_clean(&self) -> bool {
        self.view == Judged::Pass && self.record == Judged::Pass
    }

    /// The zone is there; nothing else can be known.
    fn unknown(why: Why) -> Self {
        Diagnosis {
            zone: Judged::Pass,
            view: Judged::Unknown(why.clone()),
            record: Judged::Unknown(why.clone()),
            extra: Judged::Unknown(why),
        }
    }

    fn zone_unknown(why: Why) -> Self {
        Diagnosis { zone: Judged::Unknown(why.clone()), ..Diagnosis::unknown(why) }
    }

    fn zone_missing(confidence: Confidence) -> Self {
        Diagnosis {
            zone: Judged::Fail(ZoneFault { confidence }),
            view: Judged::Muted,
            record: Judged::Muted,
            extra: Judged::Muted,
        }
    }

    fn not_seen(fault: ViewFault) -> Self {
        Diagnosis {
            zone: Judged::Pass,
            view: Judged::Fail(fault),
            record: Judged::Muted,
            extra: Judged::Muted,
        }
    }

    fn record(view: Judged<ViewFault>, record: Record) -> Self {
        let (record, extra) = match record {
            Record::Right => (Judged::Pass, Judged::Pass),
            Record::Extra(extra) => (Judged::Pass, Judged::Fail(extra)),
            Record::ExtraUnknown(unread) => (Judged::Pass, Judged::Unknown(Why::Unread(unread))),
            Record::Missing(missing) => (Judged::Fail(RecordFault::Missing(missing)), Judged::Muted),
            Record::Wrong(wrong) => (Judged::Fail(RecordFault::Wrong(wrong)), Judged::Muted),
            Record::Unknown(why) => (Judged::Unknown(why.clone()), Judged::Unknown(why)),
            Record::NotJudged(reason) => (Judged::NotJudged(reason), Judged::NotJudged(reason)),
        };
        Diagnosis { zone: Judged::Pass, view, record, extra }
    }
}

pub mod reason {
    //! Why something is not judged.
    pub const NOT_APPROVED: &str = "connection is not approved";
    pub const IN_PROGRESS: &str = "endpoint is being changed or has failed to provision";
    pub const NO_CLIENTS: &str = "virtual network without clients";
    pub const OUTSIDE: &str = "custom DNS outside Azure, or nowhere to be found";
    pub const SEVERAL_COPIES: &str = "several zones of one name, and none is known to be used";
    pub const NO_ADDRESS: &str = "endpoint's address for the name is not known";
    pub const CNAME: &str = "a CNAME leads out of the private zones";
    pub const NO_NAME: &str = "no name was seen on the endpoint";
}

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

/// Diagnoses one name of one endpoint that has no excuse. Where the zone table knows several privatelink names
/// that public DNS may lead to, one that works is enough.
pub fn diagnose(topology: &Topology, index: usize, name: &ExpectedName) -> Diagnosis {
    let diagnosis = diagnose_alias(topology, index, name);
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
            diagnose_alias(topology, index, &other)
        })
        .find(Diagnosis::is_clean);
    works.unwrap_or(diagnosis)
}

fn diagnose_alias(topology: &Topology, index: usize, name: &ExpectedName) -> Diagnosis {
    let endpoint = &topology.endpoints[index];
    if let Some(unread) = unread_zone(topology, endpoint, name) {
        return Diagnosis::zone_unknown(Why::Unread(unread));
    }
    match &endpoint.network {
        Seen::Found(network) if topology.networks[*network].has_clients => {
            in_network(topology, index, name, *network)
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

/// The zone that the endpoint's own zone group names for this name, when it could not be read.
fn unread_zone(topology: &Topology, endpoint: &Endpoint, name: &ExpectedName) -> Option<Unread> {
    grouped_zones(topology, endpoint).find_map(|id| {
        let holds = suffixes(&name.needed.alias).any(|suffix| suffix.eq_ignore_ascii_case(id.name()));
        let known = topology.inventory.zones.iter().any(|zone| zone.id == *id);
        if !holds || known {
            return None;
        }
        match topology.knowledge.missing::<usize>(id, Kind::PrivateDnsZones) {
            Seen::Unknown(unread) => Some(unread),
            Seen::Absent | Seen::Found(_) => None,
        }
    })
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

/// What the bad answers of a network come to.
enum Verdict {
    Record(Record),
    Public(Answer),
    Dead(Answer),
}

/// Judges what the network's DNS servers answer, each by itself, and takes the answers together: clients fail
/// over on a time-out, not on NXDOMAIN, so that one bad server is a fault for some of them.
fn in_network(topology: &Topology, index: usize, name: &ExpectedName, network: usize) -> Diagnosis {
    let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
    let answers = topology.answers(network, query);
    let mut unread: Option<Unread> = None;
    let mut outside = false;
    let mut verdicts = Vec::new();
    for answer in answers {
        match &answer.outcome {
            Outcome::Unread(reason) => {
                unread = Some(unread.map_or(reason.clone(), |before| before.and(reason.clone())));
            }
            Outcome::Outside { .. } => outside = true,
            Outcome::Public => verdicts.push(Verdict::Public(answer)),
            Outcome::Dead { .. } => verdicts.push(Verdict::Dead(answer)),
            Outcome::Records { .. } | Outcome::Missing { .. } | Outcome::Elsewhere { .. } => {
                verdicts.push(Verdict::Record(record::judge(topology, index, name, network, answer)));
            }
        }
    }
    let good = |verdict: &Verdict| matches!(verdict, Verdict::Record(record) if record.is_good());
    let any_good = verdicts.iter().any(good);
    let all_good = verdicts.iter().all(good);
    let some_unknown = outside || unread.is_some();
    if let Some(unread) = unread
        && (any_good || verdicts.is_empty())
    {
        return Diagnosis::unknown(Why::Unread(unread));
    }
    if verdicts.is_empty() {
        return in_zone_copy(topology, index, name, reason::OUTSIDE, false);
    }
    // The first bad one, or the first of all when all are good.
    let at = verdicts.iter().position(|verdict| !good(verdict)).unwrap_or(0);
    let verdict = verdicts.swap_remove(at);
    let differing = (any_good && !all_good) || some_unknown;
    let floor = if differing { Confidence::Probable } else { Confidence::Certain };
    conclude(topology, name, verdict, floor)
}

fn conclude(topology: &Topology, name: &ExpectedName, verdict: Verdict, floor: Confidence) -> Diagnosis {
    match verdict {
        Verdict::Record(record) => Diagnosis::record(Judged::Pass, record.at_most(floor)),
        Verdict::Dead(answer) => {
            let confidence = floor.max(answer.confidence).max(name.ceiling);
            Diagnosis::not_seen(ViewFault { confidence, answer })
        }
        Verdict::Public(answer) => {
            let exists = !covering_zones(topology, name).is_empty();
            if let Some(unread) = view_unread(topology, name) {
                let why = Why::Unread(unread);
                return if exists { Diagnosis::unknown(why) } else { Diagnosis::zone_unknown(why) };
            }
            let confidence = floor.max(answer.confidence).max(name.ceiling);
            if exists {
                Diagnosis::not_seen(ViewFault { confidence, answer })
            } else {
                Diagnosis::zone_missing(confidence)
            }
        }
    }
}

/// Why it cannot be said that no zone and no ruleset serves the name: places that were not read.
fn view_unread(topology: &Topology, name: &ExpectedName) -> Option<Unread> {
    const RULESETS: [Kind; 3] = [Kind::DnsForwardingRulesets, Kind::ForwardingRules, Kind::RulesetLinks];
    let links = suffixes(&name.needed.fqdn)
        .chain(suffixes(&name.needed.alias))
        .flat_map(|suffix| topology.records.zones_named(suffix))
        .find_map(|zone| {
            topology.knowledge.children(&topology.inventory.zones[*zone].id, Kind::VirtualNetworkLinks)
        });
    let parts = [topology.knowledge.every_zone(), topology.knowledge.gaps_in(&RULESETS), links];
    parts.into_iter().flatten().reduce(Unread::and)
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
    if zones.is_empty() {
        if let Some(unread) = view_unread(topology, name) {
            return Diagnosis::zone_unknown(Why::Unread(unread));
        }
        let floor = if azure_dns_is_used { Confidence::Certain } else { Confidence::Probable };
        return Diagnosis::zone_missing(floor.max(name.ceiling));
    }
    let view = Judged::NotJudged(why_not);
    let own: Vec<usize> =
        zones.iter().copied().filter(|zone| is_own_copy(topology, index, name, *zone)).collect();
    let record = match (own.as_slice(), zones.as_slice()) {
        ([zone, ..], _) => record::judge_in_zone(topology, index, name, *zone, why_not),
        ([], [zone]) => {
            let record = record::judge_in_zone(topology, index, name, *zone, why_not);
            match topology.knowledge.every_zone() {
                // Another copy may exist where nobody could look.
                Some(unread) if !record.is_good() => Record::Unknown(Why::Unread(unread)),
                _ => record,
            }
        }
        ([], _) => Record::NotJudged(reason::SEVERAL_COPIES),
    };
    Diagnosis::record(view, record)
}

/// Whether the endpoint's zone group names this zone, or a record in it says that this endpoint wrote it.
fn is_own_copy(topology: &Topology, index: usize, name: &ExpectedName, zone: usize) -> bool {
    let id = &topology.inventory.zones[zone].id;
    if grouped_zones(topology, &topology.endpoints[index]).any(|grouped| grouped == id) {
        return true;
    }
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
        let known = |server: &Server| !matches!(server, Server::Outside | Server::Unread(_));
        peer.has_clients
            && (peer.servers.is_empty() || peer.servers.iter().any(|(_, location)| known(&location.server)))
    })
}

/// The addresses every approved endpoint has for a name, with the endpoint.
pub fn holders_of(topology: &Topology, fqdn: &str) -> Vec<(usize, IpAddr)> {
    let endpoints = topology.endpoints_named(fqdn).iter().copied();
    let approved = endpoints.filter(|index| is_approved(topology, *index));
    approved
        .flat_map(|index| {
            let names = topology.endpoints[index].requirements.names.iter();
            let own = names.filter(|name| name.needed.fqdn == fqdn);
            own.flat_map(move |name| name.addresses.iter().map(move |address| (index, *address)))
        })
        .collect()
}
