//! NET-018: names that resolve to an endpoint's address in a network from which no path leads there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, PrivateDnsZone, ResourceId};
use crate::rules::dns::diagnosis::{Why, is_approved, names_unread};
use crate::rules::dns::record::name_in;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::{Endpoint, NameSource};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::reach::{Bounds, Path};
use crate::topology::records::suffixes;
use crate::topology::resolve::{Answer, Outcome, Query};
use crate::topology::servers::Server;

/// How many endpoints or networks a finding names.
const NAMED: usize = 10;

/// How many endpoints of one network are asked for: they resolve alike, for the most part.
const ASKED: usize = 100;

/// Where there is a gap in these, that a name does not resolve may be for want of reading.
const WHAT_ANSWERS: [Kind; 6] = [
    Kind::PrivateDnsZones,
    Kind::VirtualNetworkLinks,
    Kind::RecordSets,
    Kind::DnsForwardingRulesets,
    Kind::ForwardingRules,
    Kind::RulesetLinks,
];

/// Whether a network's clients get an endpoint's address, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolves {
    Yes,
    No,
    Unread(Unread),
}

/// Whether a configuration says that the clients of this network must reach every endpoint.
pub(super) fn is_client(topology: &Topology, network: &ResourceId) -> bool {
    topology.options.client_networks.iter().any(|pattern| pattern.matches(network))
}

/// Whether clients in a network get the address of an endpoint for one of the names seen on it, and no other, from
/// whichever server they ask.
pub(super) fn resolves(topology: &Topology, network: usize, endpoint: usize) -> Resolves {
    let joined = &topology.endpoints[endpoint];
    if let Some(unread) = names_unread(topology, endpoint) {
        return Resolves::Unread(unread);
    }
    if joined.source == NameSource::Derived {
        return Resolves::No;
    }
    let mut unread = topology.knowledge.gaps_in(&WHAT_ANSWERS);
    for name in joined.requirements.names.iter().filter(|name| !name.addresses.is_empty()) {
        let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
        let answers = topology.answers(network, query);
        let hidden = answers.iter().find_map(|answer| match &answer.outcome {
            Outcome::Unread(unread) => Some(unread.clone()),
            _ => topology.overlooked(answer, query).or_else(|| topology.unread_around(answer)),
        });
        let is_own = |answer: &Answer| match &answer.outcome {
            Outcome::Records { records, .. } if answer.confidence < Confidence::Possible => {
                let mut told = records.iter().flat_map(|set| &topology.inventory.record_sets[*set].addresses);
                told.all(|address| name.addresses.contains(address))
            }
            _ => false,
        };
        match hidden {
            Some(why) => unread = Some(why),
            None if !answers.is_empty() && answers.iter().all(is_own) => return Resolves::Yes,
            None => {}
        }
    }
    unread.map_or(Resolves::No, Resolves::Unread)
}

/// Whether another endpoint of the same name stands in the network: which of the two a record leads to is told by
/// DNS-022.
fn has_namesake(topology: &Topology, network: usize, endpoint: usize) -> bool {
    let names = topology.endpoints[endpoint].requirements.names.iter();
    let mut holders = names.flat_map(|name| topology.addresses_named(&name.needed.fqdn));
    holders.any(|(_, other)| {
        topology.endpoints[*other].network == Seen::Found(network) && is_approved(topology, *other)
    })
}

/// NET-018: a name leads to an address to which no path leads.
pub(in crate::rules) fn no_path(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    declared_clients(topology, sink);
    linked_networks(topology, sink);
}

/// The endpoints that are reported on and work, with the networks they stand in as far as these were read.
fn placed(topology: &Topology) -> impl ParallelIterator<Item = (&Seen<usize>, usize)> + '_ {
    let endpoints = topology.endpoints.par_iter().enumerate();
    let works = |(index, endpoint): &(usize, &Endpoint)| endpoint.reported && is_approved(topology, *index);
    endpoints.filter(works).map(|(index, endpoint)| (&endpoint.network, index))
}

/// Networks that a configuration calls clients: each against each network of endpoints.
fn declared_clients(topology: &Topology, sink: &mut Sink<'_>) {
    let networks = topology.inventory.virtual_networks.iter().enumerate();
    let clients: Vec<usize> =
        networks.filter(|(_, network)| is_client(topology, &network.id)).map(|(index, _)| index).collect();
    if clients.is_empty() {
        return;
    }
    let mut by_network: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut unread = None;
    for (network, endpoint) in placed(topology).collect::<Vec<_>>() {
        match network {
            Seen::Found(network) => by_network.entry(*network).or_default().push(endpoint),
            Seen::Unknown(why) => unread = Some(why),
            Seen::Absent => {}
        }
    }
    for client in clients {
        if let Some(unread) = unread {
            let own = name_of(topology, client);
            let message = format!(
                "whether a path leads from {own} to endpoints in networks that could not be read cannot be known"
            );
            sink.unknown(&Why::Unread(unread.clone()), network_base(topology, client, message));
        }
        for (network, endpoints) in by_network.iter().filter(|(network, _)| **network != client) {
            judge_pair(topology, client, *network, endpoints, sink);
        }
    }
}

fn judge_pair(topology: &Topology, client: usize, network: usize, endpoints: &[usize], sink: &mut Sink<'_>) {
    match topology.path(client, network) {
        Path::Direct => return sink.pass(),
        Path::Possible(why) => {
            let Some(unread) = topology.unread_way(client, network) else { return sink.not_judged(why) };
            let (from, to) = (name_of(topology, client), name_of(topology, network));
            let message =
                format!("whether a path leads from {from} to the endpoints in {to} cannot be known");
            return sink.unknown(&Why::Unread(unread.clone()), pair_base(topology, client, network, message));
        }
        Path::None => {}
    }
    // A broken peering, which is told by itself, is the reason.
    if topology.bounds(client).mended == topology.bounds(network).mended {
        return;
    }
    let mut unread = None;
    let mut found = Vec::new();
    let foreign = endpoints.iter().filter(|endpoint| !has_namesake(topology, client, **endpoint));
    for endpoint in foreign.take(ASKED) {
        match resolves(topology, client, *endpoint) {
            Resolves::Yes => found.push(*endpoint),
            Resolves::No => {}
            Resolves::Unread(why) => unread = Some(why),
        }
    }
    match (found.as_slice(), unread) {
        ([], None) => sink.not_judged("names do not resolve to private addresses there"),
        ([], Some(why)) => {
            let message = format!(
                "whether names of endpoints in {} resolve in {}, from which no path leads there, cannot be known",
                name_of(topology, network),
                name_of(topology, client),
            );
            sink.unknown(&Why::Unread(why), pair_base(topology, client, network, message));
        }
        (found, _) => sink.fail(Confidence::Probable, pair_draft(topology, client, network, found)),
    }
}

fn name_of(topology: &Topology, network: usize) -> &str {
    topology.inventory.virtual_networks[network].id.name()
}

fn pair_base(topology: &Topology, client: usize, network: usize, message: String) -> Draft {
    let networks = &topology.inventory.virtual_networks;
    let (from, to) = (&networks[client].id, &networks[network].id);
    let cause = Cause { kind: "missingPath", id: format!("{from} -> {to}") };
    Draft::new(from, cause, message.clone(), message)
        .detail(&to.lower())
        .related("virtualNetwork", from)
        .related("remoteVirtualNetwork", to)
}

fn pair_draft(topology: &Topology, client: usize, network: usize, found: &[usize]) -> Draft {
    let (from, to) = (name_of(topology, client), name_of(topology, network));
    let message = format!(
        "names of endpoints in {to} resolve in {from} to their private addresses, and no path leads from there to {to}"
    );
    let more = if found.len() < ASKED { "" } else { " or more" };
    let draft = pair_base(topology, client, network, message)
        .evidence("endpoints", endpoint_names(topology, found))
        .evidence("endpointCount", format!("{}{more}", found.len()));
    connect(with_endpoints(topology, draft, found), from, to)
}

fn with_endpoints(topology: &Topology, draft: Draft, endpoints: &[usize]) -> Draft {
    endpoints.iter().take(NAMED).fold(draft, |draft, index| {
        draft.related("privateEndpoint", &topology.inventory.private_endpoints[*index].id)
    })
}

fn endpoint_names(topology: &Topology, endpoints: &[usize]) -> Vec<String> {
    let name = |index: &usize| topology.inventory.private_endpoints[*index].id.name().to_owned();
    endpoints.iter().take(NAMED).map(name).collect()
}

/// Which way is right, nobody can see from here: addresses may overlap, and routers may be wanted between.
fn connect(draft: Draft, from: &str, to: &str) -> Draft {
    draft
        .advice(format!("connect {from} with {to}: peer the two, or route between them through a hub"))
        .advice(format!(
            "or make an endpoint of the same target in a network that {from} reaches, with a zone of its own"
        ))
}

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
fn linked_networks(topology: &Topology, sink: &mut Sink<'_>) {
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
        Server::Inbound { network, .. } | Server::Machine { network } | Server::Dead { network } => {
            Some(*network)
        }
        Server::Firewall { network, .. } => *network,
        Server::AzureDns | Server::Outside | Server::Unread(_) => None,
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

fn network_base(topology: &Topology, network: usize, message: String) -> Draft {
    let id = &topology.inventory.virtual_networks[network].id;
    let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
    Draft::new(id, cause, message.clone(), message)
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
