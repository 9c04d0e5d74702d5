//! DNS-015: peered networks that get no private answer; and what the rules about several networks have in common.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::diagnosis::{Diagnosis, Judged, RecordFault, ViewFault, Why, covering_zones, diagnose_from};
use super::drafts::{missing_link, network_id, topology, view_cause, zone_id};
use super::elsewhere::{Glimpse, client_items, speaks_for_itself};
use super::record::{Missing, name_in};
use super::{Item, drafts, mending};
use crate::finding::{Cause, Confidence};
use crate::inventory::ResourceId;
use crate::rules::{Draft, Estate, Names, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::Unread;
use crate::topology::networks::{Remote, is_connected};
use crate::topology::records::Lookup;
use crate::topology::resolve::Outcome;
use crate::topology::views::{Onlooker, is_of_one_cluster};

/// How many networks, names or zones a finding names.
pub(super) const NAMED: usize = 10;

/// Every reported endpoint whose names were diagnosed.
pub(super) fn diagnosed<'a>(estate: &'a Estate<'a>) -> impl Iterator<Item = (usize, &'a [Diagnosis])> {
    estate.names.iter().enumerate().filter_map(|(endpoint, names)| match names {
        Names::Diagnosed(diagnoses) => Some((endpoint, diagnoses.as_slice())),
        _ => None,
    })
}

/// The endpoint's names as its own network sees them, then as clients see them.
pub(super) fn own_and_clients<'a>(
    estate: &'a Estate<'a>,
    endpoint: usize,
    own: &'a [Diagnosis],
) -> Vec<Item<'a>> {
    let names = estate.topology.endpoints[endpoint].requirements.names.iter();
    let own = names.zip(own).map(|(name, diagnosis)| Item { estate, endpoint, name, diagnosis, from: None });
    own.chain(client_items(estate, endpoint).into_iter().map(|(item, _)| item)).collect()
}

/// What other rules tell of one endpoint.
#[derive(Default)]
pub(super) struct Told<'a> {
    /// Names that a copy of the zone lacks.
    pub missing: HashSet<(&'a str, usize)>,
    /// Names that a copy of the zone has wrong.
    pub wrong: HashSet<(&'a str, usize)>,
    /// Names of which something is unknown.
    pub unknown: HashSet<&'a str>,
}

pub(super) fn told<'a>(items: &[Item<'a>]) -> Told<'a> {
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
        if hidden.is_empty() && estate.elsewhere[endpoint].faults.is_empty() {
            sink.pass();
            continue;
        }
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
        if is_of_one_cluster(zone) {
            return;
        }
        let each = speaks_for_itself(&glimpse.diagnosis, &glimpse.view);
        for network in &glimpse.view.networks {
            let speaker = if each { *network } else { speaker };
            let id = &topology(item).inventory.virtual_networks[speaker].id;
            if !topology(item).sees_private_link(speaker)
                || self.told.contains(&(zone, missing_link(zone, Some(id)).id))
            {
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
        1 => " and 1 other network".to_owned(),
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
    // Who asks for a privatelink name itself is led to no public address.
    let get = if item.name.needed.fqdn == item.name.needed.alias { "no" } else { "public" };
    let have = match endpoints {
        1 => "1 endpoint of a network that it is peered with has a private one".to_owned(),
        more => format!("{more} endpoints of networks that it is peered with have private ones"),
    };
    let message = format!("clients in {} get {get} addresses of names in {zone}, though {have}", id.name());
    let draft = Draft::new(id, missing_link(zone, Some(speaker)), headline, message)
        .detail(zone)
        .related("virtualNetwork", speaker)
        .related("privateEndpoint", &topology.inventory.private_endpoints[item.endpoint].id)
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
