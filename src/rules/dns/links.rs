//! Rules about the links of zones to networks: DNS-011 to DNS-013 and DNS-039.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::super::{Draft, Estate, Names, Sink, remedy};
use super::diagnosis::{Diagnosis, Judged, Why};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, PrivateDnsZone, ResourceId, VirtualNetworkLink};
use crate::topology::Topology;
use crate::topology::endpoints::ExpectedName;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::private_dns::{Standing, is_broken};
use crate::topology::views::Onlooker;
use crate::topology::zones::ZonePattern;

/// A link and its zone.
#[derive(Clone, Copy)]
struct Item<'a> {
    topology: &'a Topology,
    zone: &'a PrivateDnsZone,
    link: &'a VirtualNetworkLink,
    /// Whether the zone's name has a `privatelink` label.
    private: bool,
}

/// Hands on every link of the zones that are reported on and matter to private link.
fn for_each_link<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    private_only: bool,
    mut each: impl FnMut(Item<'a>, &mut Sink<'_>),
) {
    let topology = estate.topology;
    for (index, joined) in topology.zones.iter().enumerate() {
        if !joined.reported || !joined.related || (private_only && !joined.private) {
            continue;
        }
        let zone = &topology.inventory.zones[index];
        if let Some(unread) = topology.knowledge.children(&zone.id, Kind::VirtualNetworkLinks) {
            sink.unknown(&Why::Unread(unread), links_unknown(zone));
        }
        for link in &joined.links {
            let link = &topology.inventory.links[*link];
            each(Item { topology, zone, link, private: joined.private }, sink);
        }
    }
}

fn links_unknown(zone: &PrivateDnsZone) -> Draft {
    let message = format!("which networks {} is linked to cannot be known", zone.name);
    let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
    Draft::new(&zone.id, cause, format!("{} cannot be judged", zone.name), message)
}

impl<'a> Item<'a> {
    fn draft(self, headline: String, message: String) -> Draft {
        let cause = Cause { kind: "virtualNetworkLink", id: self.link.id.to_string() };
        let draft = Draft::new(&self.link.id, cause, headline, message).related("zone", &self.zone.id);
        match &self.link.virtual_network {
            Some(network) => draft.related("virtualNetwork", network),
            None => draft,
        }
    }

    fn network_name(self) -> &'a str {
        self.link.virtual_network.as_ref().map_or("an unnamed network", ResourceId::name)
    }

    /// The network at the other end.
    fn network(self) -> Option<Seen<usize>> {
        let id = self.link.virtual_network.as_ref().filter(|id| id.subscription().is_some())?;
        Some(match self.topology.network(id) {
            Some(network) => Seen::Found(network),
            None => self.topology.knowledge.missing(id, Kind::VirtualNetworks),
        })
    }

    fn is_deleting(self) -> bool {
        is(self.link.provisioning_state.as_deref(), "Deleting")
    }

    /// Why a field of the link is not known.
    fn unread(self) -> Option<Unread> {
        self.topology.knowledge.field(&self.link.id)
    }

    fn unknown(self, what: &str) -> Draft {
        let (zone, network) = (&self.zone.name, self.network_name());
        let message = format!("{what} cannot be known of the link of {zone} to {network}");
        self.draft(format!("the link of {zone} to {network} cannot be judged"), message)
    }
}

fn is(state: Option<&str>, expected: &str) -> bool {
    state.is_some_and(|state| state.eq_ignore_ascii_case(expected))
}

/// DNS-011: a link that never came about, or stays on its way.
pub(in crate::rules) fn not_completed(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let unfinished = estate.settings.former.as_ref().map(|former| &former.unfinished);
    for_each_link(estate, sink, false, |item, sink| {
        let link = item.link;
        if item.network() == Some(Seen::Absent) {
            // DNS-012 speaks: nothing can be linked to a network that is no more.
            return;
        }
        if is_broken(link) {
            return sink.fail(Confidence::Certain, broken_draft(item));
        }
        if let Some(unread) = item.unread() {
            return sink.unknown(&Why::Unread(unread), item.unknown("the state"));
        }
        // A link with registration says so for as long as it lives.
        if !is(link.state.as_deref(), "InProgress") || link.registration_enabled {
            return sink.pass();
        }
        if item.is_deleting() {
            return sink.not_judged("link is being deleted");
        }
        match unfinished.map(|unfinished| unfinished.get(&link.id)) {
            None => sink.not_judged("link is on its way, and no earlier run tells since when"),
            Some(state) if is(state.map(String::as_str), "InProgress") => {
                sink.fail(Confidence::Probable, stuck_draft(item));
            }
            Some(_) => sink.pass(),
        }
    });
}

fn broken_draft(item: Item<'_>) -> Draft {
    let state = item.link.provisioning_state.as_deref().unwrap_or_default();
    let (zone, network) = (&item.zone.name, item.network_name());
    let message = format!(
        "the link of {zone} to {network} is {state}: whether {network} sees the zone is left to chance"
    );
    let headline = format!("the link of {zone} to {network} was not completed");
    let draft = item.draft(headline, message).evidence("provisioningState", state);
    renew(item, draft)
}

fn stuck_draft(item: Item<'_>) -> Draft {
    let (zone, network) = (&item.zone.name, item.network_name());
    let message = format!("the link of {zone} to {network} is InProgress, as it was in the run before");
    let headline = format!("the link of {zone} to {network} does not come to an end");
    renew(item, item.draft(headline, message).evidence("virtualNetworkLinkState", "InProgress"))
}

/// Puts the link once more; only if that does not help it is made anew, for names are public in between.
fn renew(item: Item<'_>, draft: Draft) -> Draft {
    let link = item.link;
    // A zone of private link registers no machines.
    let registration = link.registration_enabled && !item.private;
    let draft = draft.command("put the link once more as it is", remedy::update_link(&link.id, registration));
    let Some(network) = &link.virtual_network else { return draft };
    let policy = link.resolution_policy.as_deref().filter(|policy| !is(Some(policy), "Default"));
    draft
        .command(
            format!(
                "if it stays so, remove it: {} gets public answers until the next step",
                item.network_name()
            ),
            remedy::delete_link(&link.id),
        )
        .command("and make it again", remedy::recreate_link(&link.id, network, registration, policy))
}

/// DNS-012: a link to a network that is no more.
pub(in crate::rules) fn stale(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_link(estate, sink, false, |item, sink| match item.network() {
        _ if item.is_deleting() => sink.not_judged("link is being deleted"),
        None => sink.not_judged("link names no network"),
        Some(Seen::Found(_)) => sink.pass(),
        Some(Seen::Unknown(unread)) => {
            sink.unknown(&Why::Unread(unread), item.unknown("whether the network exists"));
        }
        Some(Seen::Absent) => sink.fail(Confidence::Certain, stale_draft(item)),
    });
}

fn stale_draft(item: Item<'_>) -> Draft {
    let (zone, network) = (&item.zone.name, item.network_name());
    let message = format!("{zone} is linked to {network}, which does not exist");
    let headline = format!("zones are linked to {network}, which does not exist");
    let mut draft = item.draft(headline, message).command("remove it", remedy::delete_link(&item.link.id));
    if let Some(id) = &item.link.virtual_network {
        draft.cause = Cause { kind: "virtualNetwork", id: id.to_string() };
    }
    draft
}

/// DNS-013: machines register themselves in a zone of private link.
pub(in crate::rules) fn registers(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_link(estate, sink, true, |item, sink| {
        if item.is_deleting() {
            sink.not_judged("link is being deleted");
        } else if item.link.registration_enabled {
            sink.fail(Confidence::Certain, registers_draft(item));
        } else if let Some(unread) = item.unread() {
            sink.unknown(&Why::Unread(unread), item.unknown("whether machines register themselves"));
        } else {
            sink.pass();
        }
    });
}

fn registers_draft(item: Item<'_>) -> Draft {
    let (zone, network) = (&item.zone.name, item.network_name());
    let message = format!(
        "machines of {network} register themselves in {zone}: one that is called like a resource takes over its name"
    );
    let headline = format!("machines of {network} register themselves in {zone}");
    item.draft(headline, message)
        .advice("the names that machines have in this zone go with the next step: register them in a zone of their own, if anybody asks for them")
        .command("turn the registration off; the link stays", remedy::update_link(&item.link.id, false))
}

// DNS-039.

/// How many other zones must agree before one is said to differ.
const SIBLINGS: usize = 3;

/// How many networks a message names.
const NAMED: usize = 5;

/// DNS-039: a zone is not linked to a network that all its siblings are linked to.
pub(in crate::rules) fn drift(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let needed = Needed::new(topology);
    let Told { seen: told, unknown } = told_by_views(estate);
    // A network may be linked to a copy that was not read.
    let unread_zones = topology.knowledge.gaps_in(&[Kind::PrivateDnsZones, Kind::VirtualNetworkLinks]);
    // Who needs a zone may be among the endpoints that were not read.
    let unread_endpoints = topology.knowledge.gaps_in(&[Kind::PrivateEndpoints, Kind::NetworkInterfaces]);
    for siblings in families(topology).into_values() {
        let common = common_networks(topology, &siblings);
        for zone in &siblings {
            let id = &topology.inventory.zones[*zone];
            let is_needed = needed.has(&id.name);
            if !is_needed && unread_endpoints.is_none() {
                sink.not_judged("no endpoint needs the zone");
                continue;
            }
            let missing: Vec<&ResourceId> = common
                .iter()
                .filter(|(_, lacking)| *lacking == *zone)
                .map(|(network, _)| *network)
                .filter(|network| !is_gone(topology, network) && !sees_a_copy(topology, &id.name, network))
                .collect();
            if missing.is_empty() {
                sink.pass();
                continue;
            }
            let unread = siblings.iter().filter_map(|zone| links_unread(topology, *zone));
            let unread =
                unread.chain(unread_endpoints.clone().filter(|_| !is_needed)).chain(unread_zones.clone());
            if let Some(unread) = unread.reduce(Unread::and) {
                sink.unknown(&Why::Unread(unread), links_unknown(id));
                continue;
            }
            let left: Vec<&ResourceId> = missing
                .into_iter()
                .filter(|network| {
                    let network = topology.network(network);
                    network.is_none_or(|network| !told.contains(&(&*id.name, network)))
                })
                .collect();
            // Where nothing is left, DNS-010 or DNS-015 has said it; where they cannot know, they may have.
            match unknown.get(&*id.name) {
                _ if left.is_empty() => {}
                Some(why) => sink.unknown(why, links_unknown(id)),
                None => sink.fail(Confidence::Certain, drift_draft(topology, *zone, &siblings, &left)),
            }
        }
    }
}

/// What DNS-010 says of zones and networks, and DNS-015 where the network is reported on.
#[derive(Default)]
struct Told<'a> {
    /// The one is not linked to the other.
    seen: HashSet<(&'a str, usize)>,
    /// Zones of which it cannot be known who sees them.
    unknown: HashMap<&'a str, Why>,
}

impl<'a> Told<'a> {
    fn note(&mut self, name: &'a ExpectedName, diagnosis: &Diagnosis, view: &[usize]) {
        let zone = name.needed.zone.as_str();
        let fault = match &diagnosis.view {
            Judged::Fail(fault) => fault,
            Judged::Unknown(why) => {
                self.unknown.entry(zone).or_insert_with(|| why.clone());
                return;
            }
            Judged::Pass | Judged::NotJudged(_) | Judged::Muted => return,
        };
        self.seen.extend(fault.answer.at.map(|at| (zone, at)));
        if view.first().copied() == fault.answer.at {
            // Each of them asks its own resolver.
            self.seen.extend(view.iter().map(|network| (zone, *network)));
        }
    }
}

fn told_by_views<'a>(estate: &'a Estate<'_>) -> Told<'a> {
    let topology = estate.topology;
    let mut told = Told::default();
    for (index, names) in estate.names.iter().enumerate() {
        let Names::Diagnosed(diagnoses) = names else { continue };
        let expected = &topology.endpoints[index].requirements.names;
        expected.iter().zip(diagnoses).for_each(|(name, diagnosis)| told.note(name, diagnosis, &[]));
        for glimpse in &estate.elsewhere[index].faults {
            let view = &glimpse.view;
            let is_told = view.onlooker == Onlooker::Client
                || view.networks.iter().any(|network| topology.networks[*network].reported);
            if let Some(name) = expected.get(glimpse.name).filter(|_| is_told) {
                told.note(name, &glimpse.diagnosis, &view.networks);
            }
        }
    }
    told
}

/// The names of the zones that endpoints need.
struct Needed<'a> {
    names: HashSet<&'a str>,
    patterns: Vec<&'a ZonePattern>,
}

impl<'a> Needed<'a> {
    fn new(topology: &'a Topology) -> Self {
        let mut names = HashSet::new();
        let mut patterns: Vec<&ZonePattern> = Vec::new();
        for endpoint in &topology.endpoints {
            for name in &endpoint.requirements.names {
                names.insert(name.needed.zone.as_str());
                names.extend(name.needed.alternatives.iter().map(|place| place.zone.as_str()));
            }
            for pattern in endpoint.requirements.choices.iter().flat_map(|choice| &choice.zones) {
                if !patterns.contains(&pattern) {
                    patterns.push(pattern);
                }
            }
        }
        Needed { names, patterns }
    }

    fn has(&self, zone: &str) -> bool {
        self.names.contains(zone) || self.patterns.iter().any(|pattern| pattern.matches(zone))
    }
}

/// The private link zones of each resource group that are reported on. A cluster's zone is AKS's own affair, a zone
/// that ought not to exist is no model, and one without links differs in every way.
fn families(topology: &Topology) -> BTreeMap<String, Vec<usize>> {
    let mut families: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, zone) in topology.zones.iter().enumerate() {
        let id = &topology.inventory.zones[index].id;
        let of_cluster = topology.inventory.zones[index].name.contains(".azmk8s.");
        let known = !zone.links.is_empty() || links_unread(topology, index).is_some();
        let usual = zone.standing != Standing::NotToCreate && !of_cluster;
        if zone.reported && zone.private && usual && known {
            let group = id.parent().map_or_else(String::new, |parent| parent.lower());
            families.entry(group).or_default().push(index);
        }
    }
    families.retain(|_, zones| zones.len() > SIBLINGS);
    families
}

fn links_unread(topology: &Topology, zone: usize) -> Option<Unread> {
    topology.knowledge.children(&topology.inventory.zones[zone].id, Kind::VirtualNetworkLinks)
}

/// The networks that all zones but one are linked to, and that one; where links were not read, each that may be it.
fn common_networks<'a>(topology: &'a Topology, siblings: &[usize]) -> Vec<(&'a ResourceId, usize)> {
    let mut linked: HashMap<&ResourceId, HashSet<usize>> = HashMap::new();
    for zone in siblings {
        let links = topology.zones[*zone].links.iter().map(|link| &topology.inventory.links[*link]);
        for network in links.filter_map(|link| link.virtual_network.as_ref()) {
            linked.entry(network).or_default().insert(*zone);
        }
    }
    let mut common: Vec<(&ResourceId, usize)> = linked
        .into_iter()
        .flat_map(|(network, zones)| {
            let lacking = siblings.iter().copied().filter(|zone| !zones.contains(zone));
            let (unread, mut read): (Vec<usize>, Vec<usize>) =
                lacking.partition(|zone| links_unread(topology, *zone).is_some());
            read.truncate(2);
            let differ = match read.as_slice() {
                [] => unread,
                [one] => vec![*one],
                _ => Vec::new(),
            };
            differ.into_iter().map(move |zone| (network, zone))
        })
        .collect();
    common.sort();
    common
}

fn is_gone(topology: &Topology, network: &ResourceId) -> bool {
    topology.network(network).is_none()
        && topology.knowledge.missing::<usize>(network, Kind::VirtualNetworks) == Seen::Absent
}

/// Whether a network is linked to a zone of this name elsewhere; Azure lets it be linked to one only.
fn sees_a_copy(topology: &Topology, name: &str, network: &ResourceId) -> bool {
    let copies = topology.records.zones_named(name).iter();
    let mut links = copies.flat_map(|zone| &topology.zones[*zone].links);
    links.any(|link| topology.inventory.links[*link].virtual_network.as_ref() == Some(network))
}

fn drift_draft(topology: &Topology, index: usize, siblings: &[usize], networks: &[&ResourceId]) -> Draft {
    let zone = &topology.inventory.zones[index];
    let names: Vec<&str> = networks.iter().map(|network| network.name()).collect();
    let more = names.len().saturating_sub(NAMED);
    let mut listed = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed.push_str(&format!(" and {more} more"));
    }
    let message = format!(
        "{} is not linked to {listed}; the {} other private link zones of its resource group are",
        zone.name,
        siblings.len() - 1,
    );
    let headline = format!("{} lacks links that its sibling zones have", zone.name);
    let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
    let draft = Draft::new(&zone.id, cause, headline, message)
        .evidence("networks", networks.iter().map(|network| network.as_str()).collect::<Vec<_>>())
        .advice("if it is left out on purpose, leave it; from the link on, names of the service without a record do not exist for the network");
    networks.iter().fold(draft, |draft, network| {
        let link = link_name(topology, index, siblings, network);
        draft
            .related("virtualNetwork", *network)
            .command(format!("link it to {}", network.name()), remedy::link_zone(&zone.id, &link, network))
    })
}

/// The name that a sibling's link to the network has, unless the zone has a link of that name.
fn link_name(topology: &Topology, index: usize, siblings: &[usize], network: &ResourceId) -> String {
    let links = |zone: usize| topology.zones[zone].links.iter().map(|link| &topology.inventory.links[*link]);
    let model = siblings
        .iter()
        .flat_map(|zone| links(*zone))
        .find(|link| link.virtual_network.as_ref() == Some(network))
        .map_or_else(|| format!("{}-link", network.name()), |link| link.id.name().to_owned());
    let is_taken = |name: &str| links(index).any(|link| link.id.name().eq_ignore_ascii_case(name));
    if !is_taken(&model) {
        return model;
    }
    let place = network.subscription().and_then(|id| id.split('-').next()).unwrap_or("2");
    let group = network.resource_group().unwrap_or_default();
    // Azure takes 80 characters (Azure docs: naming rules).
    format!("{}-{place}-{group}-link", network.name()).chars().take(80).collect()
}
