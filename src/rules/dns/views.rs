//! Rules about what different networks see of one name: DNS-014 (zones of one name that disagree), DNS-015 (peered
//! networks that get no private answer).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use super::diagnosis::{
    Diagnosis, Judged, RecordFault, ViewFault, Why, covering_zones, diagnose_from, valid_addresses,
};
use super::drafts::{missing_link, network_id, topology, view_cause, zone_id};
use super::elsewhere::{Glimpse, client_items, speaks_for_itself};
use super::record::{Missing, name_in};
use super::{Item, drafts, mending};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, ResourceId};
use crate::rules::{Draft, Estate, Names, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::Unread;
use crate::topology::networks::{Remote, is_connected};
use crate::topology::records::Lookup;
use crate::topology::resolve::{Outcome, Query};
use crate::topology::views::Onlooker;

/// How many networks, names or zones a finding names.
const NAMED: usize = 10;

/// Every reported endpoint whose names were diagnosed.
fn diagnosed<'a>(estate: &'a Estate<'a>) -> impl Iterator<Item = (usize, &'a [Diagnosis])> {
    estate.names.iter().enumerate().filter_map(|(endpoint, names)| match names {
        Names::Diagnosed(diagnoses) => Some((endpoint, diagnoses.as_slice())),
        _ => None,
    })
}

/// The endpoint's names as its own network sees them, then as clients see them.
fn own_and_clients<'a>(estate: &'a Estate<'a>, endpoint: usize, own: &'a [Diagnosis]) -> Vec<Item<'a>> {
    let names = estate.topology.endpoints[endpoint].requirements.names.iter();
    let own = names.zip(own).map(|(name, diagnosis)| Item { estate, endpoint, name, diagnosis, from: None });
    own.chain(client_items(estate, endpoint).into_iter().map(|(item, _)| item)).collect()
}

/// What other rules tell of one endpoint.
#[derive(Default)]
struct Told<'a> {
    /// Names that a copy of the zone lacks.
    missing: HashSet<(&'a str, usize)>,
    /// Names that a copy of the zone has wrong.
    wrong: HashSet<(&'a str, usize)>,
    /// Names of which something is unknown.
    unknown: HashSet<&'a str>,
}

fn told<'a>(items: &[Item<'a>]) -> Told<'a> {
    let mut told = Told::default();
    for item in items {
        let fqdn = item.name.needed.fqdn.as_str();
        match &item.diagnosis.record {
            Judged::Fail(RecordFault::Missing(missing)) => _ = told.missing.insert((fqdn, missing.zone)),
            Judged::Fail(RecordFault::Wrong(wrong)) => _ = told.wrong.insert((fqdn, wrong.zone)),
            Judged::Unknown(_) => _ = told.unknown.insert(fqdn),
            _ => {}
        }
        if matches!(item.diagnosis.view, Judged::Unknown(_)) {
            told.unknown.insert(fqdn);
        }
    }
    told
}

/// One name that a copy of its zone lacks, and who sees that copy.
struct Lacking<'a> {
    item: Item<'a>,
    missing: &'a Missing,
    networks: Vec<usize>,
}

/// Endpoints that a network does not see in one zone, which others of its zones lead to expect.
struct Unseen<'a> {
    item: Item<'a>,
    endpoints: usize,
    last: usize,
}

/// What peered networks do not see.
#[derive(Default)]
struct Peers<'a> {
    /// By network and zone name.
    unseen: BTreeMap<(usize, &'a str), Unseen<'a>>,
    /// What DNS-010 tells: zone name and cause.
    told: HashSet<(&'a str, String)>,
}

/// DNS-015: a network that is peered with the endpoint's does not get the private answer.
pub(in crate::rules) fn unresolved_peers(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let mut peers = Peers { told: told_links(estate), ..Peers::default() };
    let hidden = links_of_hidden_networks(estate.topology);
    for (endpoint, own) in diagnosed(estate) {
        let told = told(&own_and_clients(estate, endpoint, own));
        let found = peers.look(estate, endpoint, &told, sink);
        if !found && !hidden_peer(estate, endpoint, &hidden, &told, sink) {
            sink.pass();
        }
    }
    for ((network, _), unseen) in peers.unseen {
        if !estate.topology.networks[network].reported {
            continue;
        }
        let item = Item { from: Some(network), ..unseen.item };
        let diagnosis = diagnose_from(estate.topology, item.endpoint, item.name, network);
        if let Judged::Fail(fault) = &diagnosis.view {
            sink.fail(Confidence::Possible, unseen_draft(network, item, unseen.endpoints, fault));
        }
    }
}

/// The missing links of which DNS-010 tells.
fn told_links<'a>(estate: &'a Estate<'a>) -> HashSet<(&'a str, String)> {
    let mut links = HashSet::new();
    for (endpoint, own) in diagnosed(estate) {
        let failing = own.iter().any(|diagnosis| matches!(diagnosis.view, Judged::Fail(_)));
        if !failing && estate.elsewhere[endpoint].faults.is_empty() {
            continue;
        }
        for item in own_and_clients(estate, endpoint, own) {
            if let Judged::Fail(fault) = &item.diagnosis.view {
                links.insert((item.name.needed.zone.as_str(), view_cause(item, fault).id));
            }
        }
    }
    links
}

impl<'a> Peers<'a> {
    /// Looks at one endpoint from its peers; says whether anything was reported.
    fn look(
        &mut self,
        estate: &'a Estate<'a>,
        endpoint: usize,
        told: &Told<'_>,
        sink: &mut Sink<'_>,
    ) -> bool {
        let topology = estate.topology;
        let names = &topology.endpoints[endpoint].requirements.names;
        let mut lacking: BTreeMap<(&str, usize), Lacking<'a>> = BTreeMap::new();
        let mut unknown: BTreeMap<&str, (Item<'a>, Unread)> = BTreeMap::new();
        let peers = estate.elsewhere[endpoint].faults.iter();
        for glimpse in peers.filter(|glimpse| glimpse.view.onlooker == Onlooker::Peer) {
            let Some(name) = names.get(glimpse.name) else { continue };
            let (diagnosis, from) = (&glimpse.diagnosis, Some(glimpse.view.first()));
            let item = Item { estate, endpoint, name, diagnosis, from };
            let fqdn = name.needed.fqdn.as_str();
            if let Some(unread) = unread_of(topology, glimpse) {
                if !told.unknown.contains(fqdn) {
                    unknown.entry(&name.needed.zone).or_insert((item, unread));
                }
                continue;
            }
            if let Judged::Fail(RecordFault::Missing(missing)) = &diagnosis.record
                && !missing.redirected
                && !told.unknown.contains(fqdn)
                && !told.missing.contains(&(fqdn, missing.zone))
            {
                let fresh = Lacking { item, missing, networks: Vec::new() };
                let known = lacking.entry((fqdn, missing.zone)).or_insert(fresh);
                known.networks.extend(&glimpse.view.networks);
            }
            if !told.unknown.contains(fqdn) {
                self.note_unseen(item, glimpse);
            }
        }
        let found = !(lacking.is_empty() && unknown.is_empty());
        for lacking in lacking.into_values() {
            sink.fail(lacking.missing.confidence, lacking_draft(&lacking));
        }
        for (zone, (item, unread)) in unknown {
            // What a network of others asks was never looked for.
            let of_others = item.from.is_some_and(|network| !topology.networks[network].reported);
            if unread.gaps.is_empty() && of_others {
                sink.not_judged("a peered network's DNS was not followed");
            } else {
                let detail = format!("{zone} from peers");
                sink.unknown(
                    &Why::Unread(unread),
                    drafts::unknown(item, &detail, "whether peered networks can resolve it"),
                );
            }
        }
        found
    }

    /// Notes networks that see other private link zones and not this one.
    fn note_unseen(&mut self, item: Item<'a>, glimpse: &'a Glimpse) {
        let Judged::Fail(fault) = &glimpse.diagnosis.view else { return };
        let Some(speaker) = fault.answer.at.filter(|_| fault.answer.outcome == Outcome::Public) else {
            return;
        };
        let zone = item.name.needed.zone.as_str();
        let each = speaks_for_itself(&glimpse.diagnosis, &glimpse.view);
        for network in &glimpse.view.networks {
            let speaker = if each { *network } else { speaker };
            let id = &topology(item).inventory.virtual_networks[speaker].id;
            let linked = &topology(item).networks[speaker].linked;
            let others = linked.keys().any(|name| name.split('.').any(|label| label == "privatelink"));
            if !others || self.told.contains(&(zone, missing_link(zone, Some(id)).id)) {
                continue;
            }
            let fresh = Unseen { item, endpoints: 0, last: usize::MAX };
            let known = self.unseen.entry((*network, zone)).or_insert(fresh);
            if known.last != item.endpoint {
                known.endpoints += 1;
                known.last = item.endpoint;
            }
        }
    }
}

/// Why it is not known what a peered network sees.
fn unread_of(topology: &Topology, glimpse: &Glimpse) -> Option<Unread> {
    let unknown = [as_unread(&glimpse.diagnosis.view), as_unread(&glimpse.diagnosis.record)];
    if let Some(unread) = unknown.into_iter().flatten().next() {
        return Some(unread.clone());
    }
    // Endpoints' interfaces may have been taken for clients.
    let missing = matches!(glimpse.diagnosis.record, Judged::Fail(RecordFault::Missing(_)));
    let unread = |network: &usize| topology.clients_unread(*network);
    glimpse.view.networks.iter().filter(|_| missing).find_map(unread)
}

fn as_unread<T>(judged: &Judged<T>) -> Option<&Unread> {
    match judged {
        Judged::Unknown(Why::Unread(unread)) => Some(unread),
        _ => None,
    }
}

fn lacking_draft(lacking: &Lacking<'_>) -> Draft {
    let (item, missing) = (lacking.item, lacking.missing);
    let topology = topology(item);
    let needed = &item.name.needed;
    let zone = zone_id(item, missing.zone);
    let endpoint = &topology.inventory.private_endpoints[item.endpoint].id;
    let network = network_id(item).map_or("a peered network", ResourceId::name);
    let others = match lacking.networks.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} other networks"),
    };
    let headline = format!(
        "peered networks see {} of {}, which lacks records of endpoints that they can reach",
        zone.name(),
        zone.resource_group().unwrap_or_default(),
    );
    let message = format!(
        "clients in {network}{others}, peered with the network of {}, get NXDOMAIN for {}: the copy of {} that they see has no record of it",
        endpoint.name(),
        needed.fqdn,
        zone.name(),
    );
    let cause = Cause { kind: "privateDnsZone", id: zone.to_string() };
    let mut draft = Draft::new(endpoint, cause, headline, message)
        .detail(&format!("{} in {zone}", needed.fqdn))
        .related("zone", zone)
        .evidence("fqdn", needed.fqdn.as_str())
        .evidence("zone", zone.as_str())
        .evidence("record", name_in(topology, missing.zone, item.name))
        .evidence("networks", lacking.networks.len());
    for network in lacking.networks.iter().take(NAMED) {
        draft = draft.related("remoteVirtualNetwork", &topology.inventory.virtual_networks[*network].id);
    }
    draft = draft.advice(format!(
        "use one zone of the name for all networks that reach the endpoint: let the zone with the record be linked to {network} in place of {zone}",
    ));
    mending::by_hand(item, draft, missing.zone, "or write the record into this copy too, by hand")
}

fn unseen_draft(network: usize, item: Item<'_>, endpoints: usize, fault: &ViewFault) -> Draft {
    let topology = topology(item);
    let id = &topology.inventory.virtual_networks[network].id;
    let zone = item.name.needed.zone.as_str();
    let speaker = fault.answer.at.map_or(id, |at| &topology.inventory.virtual_networks[at].id);
    let headline = format!("{} is linked to other private link zones, and not to {zone}", speaker.name());
    let message = format!(
        "clients in {} get public addresses of names in {zone}, though {endpoints} endpoints of networks that it is peered with have private ones",
        id.name(),
    );
    let draft = Draft::new(id, missing_link(zone, Some(speaker)), headline, message)
        .detail(zone)
        .evidence("zone", zone)
        .evidence("endpoints", endpoints)
        .evidence("example", item.name.needed.fqdn.as_str())
        .evidence("path", topology.describe(&fault.answer))
        .advice("if its clients need these endpoints; from then on names without a record get NXDOMAIN");
    mending::link(item, draft, fault, &covering_zones(topology, item.name))
}

/// Zones linked to networks that were not read.
type HiddenLinks<'a> = HashMap<&'a ResourceId, Vec<usize>>;

fn links_of_hidden_networks(topology: &Topology) -> HiddenLinks<'_> {
    let mut links: HiddenLinks<'_> = HashMap::new();
    for link in &topology.inventory.links {
        let network = link.virtual_network.as_ref().filter(|id| topology.network(id).is_none());
        let zone = link.id.parent().and_then(|id| topology.zone(&id));
        if let (Some(network), Some(zone)) = (network, zone) {
            links.entry(network).or_default().push(zone);
        }
    }
    links
}

/// A peered network that could not be read is linked to a copy of the zone without the record.
fn hidden_peer<'a>(
    estate: &'a Estate<'a>,
    endpoint: usize,
    hidden: &HiddenLinks<'_>,
    told: &Told<'_>,
    sink: &mut Sink<'_>,
) -> bool {
    let topology = estate.topology;
    let Some(own) = topology.endpoints[endpoint].network.found().filter(|_| !hidden.is_empty()) else {
        return false;
    };
    let peerings = &topology.inventory.virtual_networks[own].peerings;
    let dark =
        peerings.iter().zip(&topology.networks[own].remotes).filter_map(|(peering, remote)| match remote {
            Remote::Unread(unread) if is_connected(peering) => {
                Some((hidden.get(peering.remote.as_ref()?)?, unread))
            }
            _ => None,
        });
    for (zones, unread) in dark {
        for (name, diagnosis) in
            topology.endpoints[endpoint].requirements.names.iter().zip(own_diagnoses(estate, endpoint))
        {
            let lacks = |zone: &usize| {
                topology.inventory.zones[*zone].name.as_ref() == name.needed.zone
                    && !told.missing.contains(&(name.needed.fqdn.as_str(), *zone))
                    && topology.records.lookup(&topology.inventory, *zone, name_in(topology, *zone, name))
                        == Lookup::Absent
            };
            if zones.iter().any(lacks) && !told.unknown.contains(name.needed.fqdn.as_str()) {
                let item = Item { estate, endpoint, name, diagnosis, from: None };
                let detail = format!("{} from peers", name.needed.zone);
                let draft = drafts::unknown(item, &detail, "whether peered networks can resolve it");
                sink.unknown(&Why::Unread(unread.clone()), draft);
                return true;
            }
        }
    }
    false
}

fn own_diagnoses<'a>(estate: &'a Estate<'a>, endpoint: usize) -> &'a [Diagnosis] {
    match &estate.names[endpoint] {
        Names::Diagnosed(diagnoses) => diagnoses,
        _ => &[],
    }
}

/// What some networks get for a name.
struct Heard {
    zone: usize,
    addresses: Vec<IpAddr>,
    networks: Vec<usize>,
    confidence: Confidence,
}

/// DNS-014: networks that need the same endpoint are linked to zones of one name that disagree.
pub(in crate::rules) fn split_brain(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut said: HashSet<&str> = HashSet::new();
    for (endpoint, own) in diagnosed(estate) {
        let names = topology.endpoints[endpoint].requirements.names.iter().zip(own);
        let several = |zone: &str| topology.records.zones_named(zone).len() > 1;
        if !names.clone().any(|(name, _)| several(&name.needed.zone)) {
            sink.pass();
            continue;
        }
        let told = told(&own_and_clients(estate, endpoint, own));
        for (name, diagnosis) in names.filter(|(name, _)| several(&name.needed.zone)) {
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
            heard.push(Heard { zone, addresses, networks, confidence });
        }
    }
    (heard, unread)
}

fn split(item: Item<'_>, heard: &[Heard], sink: &mut Sink<'_>) {
    let topology = topology(item);
    let needed = &item.name.needed;
    let valid: HashSet<IpAddr> = valid_addresses(topology, &needed.fqdn).collect();
    let on_purpose = heard.iter().flat_map(|heard| &heard.addresses).all(|address| valid.contains(address));
    // Where endpoints could not be read, one of them may have the address.
    let unread = topology.knowledge.gaps_in(&[Kind::PrivateEndpoints, Kind::NetworkInterfaces]).is_some();
    let floor = if on_purpose || unread { Confidence::Possible } else { Confidence::Certain };
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
    let draft = draft.advice(match on_purpose {
        true => "every answer is an endpoint of that name: where each network is meant to use its own, nothing needs mending",
        false => "bring the records together in one zone, link that to all these networks, and unlink the others: a network can be linked to one zone of a name",
    });
    sink.fail(confidence, draft);
}
