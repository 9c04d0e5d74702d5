//! DNS-014: zones of one name that give different answers to networks that need the same endpoint.

use std::collections::BTreeMap;
use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::diagnosis::{Why, valid_addresses};
use super::drafts::{topology, zone_id};
use super::orphans::is_in_sight;
use super::record::Creator;
use super::views::{NAMED, diagnosed, own_and_clients, told};
use super::{Item, drafts};
use crate::finding::{Cause, Confidence};
use crate::inventory::Kind;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::ExpectedName;
use crate::topology::knowledge::Unread;
use crate::topology::resolve::{Outcome, Query};

/// What some networks get for a name.
struct Heard {
    zone: usize,
    addresses: Vec<IpAddr>,
    networks: Vec<usize>,
    confidence: Confidence,
    /// Whether an endpoint wrote them that may stand where nobody could look.
    may_be_right: bool,
}

/// The names that stand in several zones of one name.
#[derive(Default)]
struct Repeated<'a> {
    /// Zone and record.
    records: HashSet<(&'a str, &'a str)>,
    /// Zones in which any name may be repeated: a wildcard stands in one, or its records were not read.
    any: HashSet<&'a str>,
}

impl<'a> Repeated<'a> {
    fn of(topology: &'a Topology) -> Self {
        let mut repeated = Repeated::default();
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        let inventory = &topology.inventory;
        for (zone, held) in inventory.zones.iter().enumerate() {
            let name = &*held.name;
            if topology.records.zones_named(name).len() < 2 {
                continue;
            }
            if topology.knowledge.children(&held.id, Kind::RecordSets).is_some() {
                repeated.any.insert(name);
            }
            for record in topology.records.names_in(zone) {
                if record.starts_with('*') {
                    repeated.any.insert(name);
                }
                if *seen.entry((name, record)).or_insert(zone) != zone {
                    repeated.records.insert((name, record));
                }
            }
        }
        repeated
    }

    fn holds(&self, zone: &str, record: &str) -> bool {
        self.any.contains(zone) || self.records.contains(&(zone, record))
    }
}

/// DNS-014: networks that need the same endpoint are linked to zones of one name that disagree.
pub(in crate::rules) fn split_brain(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut said: HashSet<&str> = HashSet::new();
    let repeated = Repeated::of(topology);
    for (endpoint, own) in diagnosed(estate) {
        let names = topology.endpoints[endpoint].requirements.names.iter().zip(own);
        let several = |name: &ExpectedName| repeated.holds(&name.needed.zone, &name.needed.record);
        if !names.clone().any(|(name, _)| several(name)) {
            sink.pass();
            continue;
        }
        let told = told(&own_and_clients(estate, endpoint, own));
        for (name, diagnosis) in names.filter(|(name, _)| several(name)) {
            let item = Item { estate, endpoint, name, diagnosis, from: None };
            let (mut heard, unread) = answers_around(item);
            let fqdn = name.needed.fqdn.as_str();
            heard.retain(|heard| !told.wrong.contains(&(fqdn, heard.zone)));
            let differ = heard
                .iter()
                .any(|one| heard.iter().any(|two| one.zone != two.zone && one.addresses != two.addresses));
            match unread {
                _ if differ && said.insert(fqdn) => split(item, &heard, sink),
                _ if differ => sink.pass(),
                Some(unread) if !told.unknown.contains(fqdn) && !unread.gaps.is_empty() => {
                    let draft = drafts::unknown(item, fqdn, "whether all networks get the same answer");
                    sink.unknown(&Why::Unread(unread), draft);
                }
                _ => sink.pass(),
            }
        }
    }
}

/// What the endpoint's own network and those around it hear from zones of the needed name, and what could not be read.
fn answers_around(item: Item<'_>) -> (Vec<Heard>, Option<Unread>) {
    let topology = topology(item);
    let needed = &item.name.needed;
    let query = Query { fqdn: &needed.fqdn, alias: &needed.alias };
    let own = topology.endpoints[item.endpoint].network.found();
    let asks = |network: &usize| topology.networks[*network].has_clients;
    let mut views: Vec<Vec<usize>> = own.into_iter().filter(asks).map(|network| vec![network]).collect();
    views.extend(topology.views(own, query).iter().map(|view| view.networks.clone()));
    let (mut heard, mut unread): (Vec<Heard>, Option<Unread>) = (Vec::new(), None);
    for networks in views {
        let Some(first) = networks.first() else { continue };
        for answer in topology.answers(*first, query) {
            let (zone, records) = match &answer.outcome {
                Outcome::Records { zone, records, .. } => (*zone, records),
                Outcome::Unread(reason) => {
                    unread.get_or_insert_with(|| reason.clone());
                    continue;
                }
                _ => continue,
            };
            if *topology.inventory.zones[zone].name != *needed.zone {
                continue;
            }
            // What might have answered first cannot be known.
            let hidden = topology.overlooked(&answer, query).or_else(|| topology.unread_around(&answer));
            if let Some(reason) = hidden {
                unread.get_or_insert(reason);
                continue;
            }
            let sets = records.iter().map(|set| &topology.inventory.record_sets[*set]);
            let mut addresses: Vec<IpAddr> = sets.flat_map(|set| set.addresses.iter().copied()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            let (networks, confidence) = (networks.clone(), answer.confidence);
            let may_be_right = is_out_of_sight(topology, records, &addresses);
            heard.push(Heard { zone, addresses, networks, confidence, may_be_right });
        }
    }
    (heard, unread)
}

/// Whether the records were written by an endpoint that was not seen, and their addresses do not lie where it would
/// have been.
fn is_out_of_sight(topology: &Topology, records: &[usize], addresses: &[IpAddr]) -> bool {
    let sets = records.iter().map(|set| &topology.inventory.record_sets[*set]);
    let mut creators = sets.filter_map(|set| set.creator.as_deref().and_then(Creator::parse));
    creators.any(|creator| !creator.exists(topology))
        && !addresses.iter().all(|address| is_in_sight(topology, *address))
}

fn split(item: Item<'_>, heard: &[Heard], sink: &mut Sink<'_>) {
    let topology = topology(item);
    let needed = &item.name.needed;
    let valid: HashSet<IpAddr> = valid_addresses(topology, &needed.fqdn).collect();
    let is_valid = |heard: &Heard| heard.addresses.iter().all(|address| valid.contains(address));
    let on_purpose = heard.iter().all(is_valid);
    let hidden = heard.iter().filter(|heard| !is_valid(heard)).all(|heard| heard.may_be_right);
    // Where endpoints could not be read, one of them may have the address.
    let unread = topology.knowledge.gaps_in(&[Kind::PrivateEndpoints, Kind::NetworkInterfaces]).is_some();
    let floor = if hidden || unread { Confidence::Possible } else { Confidence::Certain };
    let confidence =
        heard.iter().map(|heard| heard.confidence).max().unwrap_or(Confidence::Certain).max(floor);
    let mut copies: BTreeMap<usize, (Vec<String>, Vec<&str>)> = BTreeMap::new();
    for heard in heard {
        let addresses = heard.addresses.iter().map(ToString::to_string).collect();
        let known = copies.entry(heard.zone).or_insert((addresses, Vec::new()));
        let names =
            heard.networks.iter().map(|network| topology.inventory.virtual_networks[*network].id.name());
        known.1.extend(names);
    }
    let endpoint = &topology.inventory.private_endpoints[item.endpoint].id;
    let headline = format!(
        "zones called {} give different answers to networks that need the same endpoints",
        needed.zone
    );
    let said: Vec<String> = copies
        .iter()
        .take(NAMED)
        .map(|(zone, (addresses, networks))| {
            let place = zone_id(item, *zone).resource_group().unwrap_or_default();
            let networks: Vec<&str> = networks.iter().take(NAMED).copied().collect();
            format!("{} in {place}: {} for {}", needed.zone, addresses.join(", "), networks.join(", "))
        })
        .collect();
    let message =
        format!("{} has different addresses in {} zones called {}", needed.fqdn, copies.len(), needed.zone);
    let cause = Cause { kind: "privateDnsZone", id: needed.zone.clone() };
    let mut draft = Draft::new(endpoint, cause, headline, message)
        .detail(&needed.fqdn)
        .evidence("fqdn", needed.fqdn.as_str())
        .evidence("zone", needed.zone.as_str())
        .evidence("answers", said);
    for zone in copies.keys().take(NAMED) {
        draft = draft.related("zone", zone_id(item, *zone));
    }
    let draft = draft.advice(match (on_purpose, hidden) {
        (true, _) => "every answer is an endpoint of that name: where each network is meant to use its own, nothing needs mending",
        (false, true) => "find out first whose the other address is: its endpoint may stand in a network that cannot be seen, and serve the networks that get it",
        (false, false) => "bring the records together in one zone, link that to all these networks, and unlink the others: a network can be linked to one zone of a name",
    });
    sink.fail(confidence, draft);
}
