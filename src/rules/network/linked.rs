//! NET-018 for networks of which nobody says that they are clients: what their own links to zones tell.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt, HashSet};
use rayon::prelude::*;

use super::reach::{
    NAMED, Resolves, endpoint_names, has_namesake, is_client, name_of, network_base, placed, resolves,
    with_endpoints,
};
use crate::finding::Confidence;
use crate::inventory::{Kind, PrivateDnsZone, ResourceId};
use crate::rules::dns::diagnosis::{Why, names_unread};
use crate::rules::dns::record::name_in;
use crate::rules::{Draft, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::NameSource;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::reach::Bounds;
use crate::topology::records::suffixes;
use crate::topology::servers::Server;

/// What was not read of these may excuse a network: an endpoint within its reach, or that it answers for others.
const WOULD_EXCUSE: [Kind; 6] = [
    Kind::PrivateEndpoints,
    Kind::NetworkInterfaces,
    Kind::DnsResolvers,
    Kind::InboundEndpoints,
    Kind::AzureFirewalls,
    Kind::VirtualNetworks,
];

/// A network whose own links bring it names of endpoints.
struct Linked {
    network: usize,
    bounds: Bounds,
    /// Zones linked to it.
    zones: Vec<usize>,
}

/// What the records of a zone lead to.
#[derive(Default)]
struct Serves {
    /// One endpoint of each network.
    endpoints: BTreeMap<usize, usize>,
    islands: HashSet<usize>,
    mended: HashSet<usize>,
    gateway: bool,
    open: bool,
    /// Why the network of one of the endpoints is not known.
    unread: Option<Unread>,
}

impl Serves {
    fn of<'a>(
        topology: &Topology,
        endpoints: impl ParallelIterator<Item = (&'a Seen<usize>, usize)>,
    ) -> Self {
        let mut all = Serves::default();
        for (network, endpoint) in endpoints.collect::<Vec<_>>() {
            all.note(topology, network, endpoint);
        }
        all
    }

    fn note(&mut self, topology: &Topology, network: &Seen<usize>, endpoint: usize) {
        let network = match network {
            Seen::Found(network) => network,
            Seen::Unknown(unread) => {
                self.unread.get_or_insert_with(|| unread.clone());
                return;
            }
            Seen::Absent => return,
        };
        if self.endpoints.contains_key(network) {
            return;
        }
        self.endpoints.insert(*network, endpoint);
        let bounds = topology.bounds(*network);
        self.islands.insert(bounds.island);
        self.mended.insert(bounds.mended);
        self.gateway |= bounds.gateway;
        self.open |= bounds.open;
    }

    fn is_reached(&self, from: Bounds) -> bool {
        self.islands.contains(&from.island)
    }

    /// Whether something that cannot be seen may lead there.
    fn may_be_reached(&self, from: Bounds) -> bool {
        from.open || self.open || (from.gateway && self.gateway)
    }

    /// Whether a broken peering, which is told by itself, is the reason.
    fn is_cut_off(&self, from: Bounds) -> bool {
        self.mended.contains(&from.mended)
    }

    /// Whether, for all that is known, nothing leads to any of it.
    fn seems_out_of_reach(&self, from: Bounds) -> bool {
        !self.is_reached(from) && !self.may_be_reached(from) && !self.is_cut_off(from)
    }

    fn is_empty(&self) -> bool {
        self.endpoints.is_empty() && self.unread.is_none()
    }
}

/// Networks of which nobody says that they are clients: a link to a zone none of whose endpoints they can reach is
/// all that tells of a fault. A zone that is linked to every network serves most of them something, and says nothing
/// about the rest of its names.
pub(super) fn linked_networks(topology: &Topology, sink: &mut Sink<'_>) {
    let linked = linked(topology);
    let hidden = Hidden::of(topology);
    let serves = serves(topology, &linked, &hidden);
    for network in linked {
        let zones: Vec<usize> =
            network.zones.iter().copied().filter(|zone| serves.contains_key(zone)).collect();
        match hidden.may_resolve(network.bounds, &zones, &serves) {
            Some(unread) => {
                let message = format!(
                    "whether names of endpoints that {} cannot reach resolve there cannot be known",
                    name_of(topology, network.network)
                );
                sink.unknown(&Why::Unread(unread.clone()), network_base(topology, network.network, message));
            }
            None if zones.is_empty() => {}
            None => judge_linked(topology, &network, &zones, &serves, sink),
        }
    }
}

/// What a network may be linked to, or may resolve, for all that was read.
struct Hidden {
    /// Zones of which it is not known what is linked to them.
    zones: Vec<(usize, Unread)>,
    /// Endpoints whose zones or names are not in sight.
    endpoints: Vec<(Unread, Serves)>,
}

impl Hidden {
    fn of(topology: &Topology) -> Self {
        let knowledge = &topology.knowledge;
        let links = |(index, zone): (usize, &PrivateDnsZone)| {
            Some((index, knowledge.children(&zone.id, Kind::VirtualNetworkLinks)?))
        };
        let zones = topology.inventory.zones.iter().enumerate().filter_map(links).collect();
        let mut endpoints = Vec::new();
        if let Some(unread) = knowledge.gaps_in(&[Kind::PrivateDnsZones]) {
            endpoints.push((unread, Serves::of(topology, placed(topology))));
        }
        let nameless = placed(topology).filter(|(_, endpoint)| names_unread(topology, *endpoint).is_some());
        if let Some(unread) = knowledge.gaps_in(&[Kind::NetworkInterfaces]) {
            endpoints.push((unread, Serves::of(topology, nameless)));
        }
        Hidden { zones, endpoints }
    }

    /// Why a network may resolve names, out of sight, of endpoints of which it seems to reach none.
    fn may_resolve(&self, from: Bounds, known: &[usize], serves: &HashMap<usize, Serves>) -> Option<&Unread> {
        let no_use = |served: &Serves| !served.is_empty() && served.seems_out_of_reach(from);
        let of_zones = self
            .zones
            .iter()
            .filter(|(zone, _)| !known.contains(zone) && serves.get(zone).is_some_and(no_use))
            .map(|(_, unread)| unread);
        let of_endpoints = self.endpoints.iter().filter(|(_, all)| no_use(all)).map(|(unread, _)| unread);
        of_zones.chain(of_endpoints).next()
    }
}

fn linked(topology: &Topology) -> Vec<Linked> {
    let answering = answering(topology);
    (0..topology.networks.len())
        .filter(|index| {
            let network = &topology.networks[*index];
            let asks_itself = network.servers.is_empty() && network.rulesets.is_empty();
            network.reported
                && network.has_clients
                && asks_itself
                && !answering.contains(index)
                && !is_client(topology, &topology.inventory.virtual_networks[*index].id)
        })
        .map(|network| {
            let zones = topology.networks[network].linked.values().flatten().map(|(zone, _)| *zone);
            let zones = zones.collect::<BTreeSet<_>>().into_iter().collect();
            Linked { network, bounds: topology.bounds(network), zones }
        })
        .collect()
}

/// Networks whose links may be there for others that ask through them.
fn answering(topology: &Topology) -> HashSet<usize> {
    let of = |server: &Server| match server {
        Server::Inbound { network, .. }
        | Server::Machine { network }
        | Server::Declared { network }
        | Server::Dead { network } => Some(*network),
        Server::Firewall { network, .. } => *network,
        Server::AzureDns | Server::Trusted | Server::Misdeclared | Server::Outside | Server::Unread(_) => {
            None
        }
    };
    let asked = topology.networks.iter().flat_map(|network| &network.servers);
    let asked = asked.filter_map(|(_, location)| of(&location.server));
    let homes =
        topology.inventory.dns_resolvers.iter().filter_map(|resolver| resolver.virtual_network.as_ref());
    asked.chain(homes.filter_map(|id| topology.network(id))).collect()
}

/// What the zones that count lead to, by their records.
fn serves(topology: &Topology, linked: &[Linked], hidden: &Hidden) -> HashMap<usize, Serves> {
    let linked = linked.iter().flat_map(|network| network.zones.iter().copied());
    let zones: HashSet<usize> = linked.chain(hidden.zones.iter().map(|(zone, _)| *zone)).collect();
    if zones.is_empty() {
        return HashMap::new();
    }
    let told = placed(topology).flat_map_iter(|(network, endpoint)| {
        let zones = zones_of(topology, endpoint, &zones);
        zones.into_iter().map(move |zone| (zone, network, endpoint))
    });
    let mut serves: HashMap<usize, Serves> = HashMap::new();
    for (zone, network, endpoint) in told.collect::<Vec<_>>() {
        serves.entry(zone).or_default().note(topology, network, endpoint);
    }
    serves
}

/// The zones, of these, in which a name of the endpoint has its address, or may have it for all that was read.
fn zones_of(topology: &Topology, endpoint: usize, zones: &HashSet<usize>) -> BTreeSet<usize> {
    let joined = &topology.endpoints[endpoint];
    let mut found = BTreeSet::new();
    if joined.source == NameSource::Derived {
        return found;
    }
    for name in &joined.requirements.names {
        let named = suffixes(&name.needed.alias).flat_map(|suffix| topology.records.zones_named(suffix));
        for zone in named.filter(|zone| zones.contains(zone)) {
            let sets = topology.records.exactly(*zone, name_in(topology, *zone, name)).iter();
            let mut told = sets.flat_map(|set| &topology.inventory.record_sets[*set].addresses);
            let id = &topology.inventory.zones[*zone].id;
            if told.any(|address| name.addresses.contains(address))
                || topology.knowledge.children(id, Kind::RecordSets).is_some()
            {
                found.insert(*zone);
            }
        }
    }
    found
}

fn judge_linked(
    topology: &Topology,
    linked: &Linked,
    zones: &[usize],
    serves: &HashMap<usize, Serves>,
    sink: &mut Sink<'_>,
) {
    let bounds = linked.bounds;
    let known = zones.iter().filter_map(|zone| Some((*zone, serves.get(zone)?)));
    let unreached: Vec<(usize, &Serves)> = known.filter(|(_, served)| !served.is_reached(bounds)).collect();
    if unreached.is_empty() {
        return sink.pass();
    }
    if unreached.iter().all(|(_, served)| served.may_be_reached(bounds)) {
        return sink.not_judged("gateways, or what could not be read, may lead to the endpoints");
    }
    let judged = unreached.iter().filter(|(_, served)| !served.may_be_reached(bounds));
    let mut unread = judged.clone().find_map(|(_, served)| served.unread.clone());
    let surely =
        judged.copied().filter(|(_, served)| served.unread.is_none() && served.seems_out_of_reach(bounds));
    let mut found: Vec<(usize, &Serves)> = Vec::new();
    for (zone, served) in surely {
        let foreign = |endpoint: &&usize| !has_namesake(topology, linked.network, **endpoint);
        let Some(endpoint) = served.endpoints.values().find(foreign) else { continue };
        match resolves(topology, linked.network, *endpoint) {
            Resolves::Yes => found.push((zone, served)),
            Resolves::No => {}
            Resolves::Unread(why) => unread = Some(why),
        }
    }
    let hidden = topology.knowledge.gaps_in(&WOULD_EXCUSE);
    if let Some(hidden) = hidden.filter(|_| !found.is_empty()) {
        unread = Some(hidden);
        found.clear();
    }
    match (found.as_slice(), unread) {
        ([], None) => sink.pass(),
        ([], Some(why)) => {
            let message = format!(
                "whether names of endpoints that {} cannot reach resolve there cannot be known",
                name_of(topology, linked.network)
            );
            sink.unknown(&Why::Unread(why), network_base(topology, linked.network, message));
        }
        (found, _) => sink.fail(Confidence::Possible, linked_draft(topology, linked.network, found)),
    }
}

fn linked_draft(topology: &Topology, network: usize, found: &[(usize, &Serves)]) -> Draft {
    let own = name_of(topology, network);
    let message = format!(
        "{own} is linked to zones whose endpoints it does not reach: names resolve there to private addresses, and no path leads to any of them"
    );
    let zones = found.iter().take(NAMED).map(|(zone, _)| &topology.inventory.zones[*zone].id);
    let there: BTreeMap<usize, usize> = found
        .iter()
        .flat_map(|(_, served)| served.endpoints.iter().take(NAMED))
        .map(|(n, e)| (*n, *e))
        .collect();
    let endpoints: Vec<usize> = there.values().copied().collect();
    let names: Vec<&str> = there.keys().take(NAMED).map(|index| name_of(topology, *index)).collect();
    let mut draft = network_base(topology, network, message)
        .evidence("zones", zones.clone().map(ResourceId::name).collect::<Vec<_>>())
        .evidence("networks", names.clone())
        .evidence("endpoints", endpoint_names(topology, &endpoints));
    draft = with_endpoints(topology, draft, &endpoints);
    for zone in zones {
        draft = draft.related("zone", zone);
    }
    draft
        .advice(format!("if {own} is to reach them, connect it with {}", names.join(", ")))
        .advice(format!("if it is not, no harm is done as long as nothing in {own} needs these targets by their public addresses; else take the link away"))
}
