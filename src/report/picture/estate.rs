//! The estate as nodes and lines: which network has which endpoints, which two sides make a peering, which zones
//! bear one name. Knows nothing of findings' wording, of what is folded, or of geometry.

use std::collections::{BTreeMap, HashMap};

use super::state::{Marks, State};
use crate::facts::{EndpointFacts, Fact, Facts, NetworkFacts, PeeringFacts};
use crate::inventory::ResourceId;

/// Whether a network that something names was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existence {
    Read,
    /// Everything was read, and it is not there.
    Gone,
    /// It lies where nothing was read.
    Unread,
}

/// A virtual network, or what is known of one that was not read.
#[derive(Debug)]
pub(super) struct Network<'a> {
    /// As Azure spells it; empty for the place of endpoints whose network has no name.
    pub id: String,
    pub facts: Option<&'a NetworkFacts>,
    pub existence: Existence,
    /// Into the facts' endpoints.
    pub endpoints: Vec<usize>,
    /// Into [`Estate::peerings`].
    pub peerings: Vec<usize>,
    /// Into [`Estate::missing`].
    pub missing: Vec<usize>,
    /// Of itself and its subnets.
    pub marks: Marks,
    /// The worst of itself, its endpoints, its peerings and its links.
    pub worst: State,
    /// What its box says: the worst of what stands in the box, so without peerings.
    pub shown: State,
}

impl Network<'_> {
    /// What people call it.
    pub fn name(&self) -> &str {
        match (self.facts, self.id.rsplit('/').next()) {
            (Some(facts), _) => &facts.identity.name,
            (None, Some(name)) if !name.is_empty() => name,
            _ => "no known network",
        }
    }

    /// Whether nothing of it is reported.
    pub fn is_context(&self) -> bool {
        self.facts.is_some_and(|facts| !facts.identity.reported)
    }
}

/// Two networks that are peered, or of which one wants to be.
#[derive(Debug)]
pub(super) struct Peering {
    /// Into [`Estate::networks`]; the first is the smaller.
    pub ends: (usize, usize),
    /// Into the facts' peerings.
    pub sides: Vec<usize>,
    pub marks: Marks,
    /// Of both sides and the findings about them.
    pub state: State,
    /// What is wrong, in two or three words; empty when nothing is.
    pub label: String,
}

/// The private DNS zones of one name.
#[derive(Debug)]
pub(super) struct Zone {
    pub name: String,
    /// Into the facts' zones; none when no zone of this name exists.
    pub copies: Vec<usize>,
    /// Of all copies.
    pub marks: Marks,
    /// Into the facts' links.
    pub links: Vec<usize>,
    /// Into [`Estate::missing`].
    pub missing: Vec<usize>,
    /// The worst of its copies and links.
    pub worst: State,
}

/// A link that somebody needs and nobody made.
#[derive(Debug)]
pub(super) struct Missing {
    /// Into [`Estate::zones`].
    pub zone: usize,
    /// Into [`Estate::networks`].
    pub network: usize,
    pub marks: Marks,
}

/// What a finding can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Network(usize),
    Endpoint(usize),
    /// Into the facts' zones.
    Copy(usize),
    Peering(usize),
    Link(usize),
}

/// Everything that may be drawn.
#[derive(Debug)]
pub(super) struct Estate<'a> {
    pub facts: &'a Facts,
    pub networks: Vec<Network<'a>>,
    pub peerings: Vec<Peering>,
    /// By name; what does not exist and is needed comes last.
    pub zones: Vec<Zone>,
    pub missing: Vec<Missing>,
    /// Into `missing`, by zone and network.
    pub missing_at: HashMap<(usize, usize), usize>,
    /// Beside the facts' endpoints.
    pub endpoints: Vec<Marks>,
    /// Beside the facts' zones.
    pub copies: Vec<Marks>,
    /// Beside the facts' links.
    pub links: Vec<Marks>,
    /// By ARM id in lower case.
    pub places: HashMap<String, Place>,
    /// Into `zones`, by name in lower case.
    pub zone_names: HashMap<String, usize>,
    /// Places in the report's list of the findings that are about each resource and count, by ARM id in lower case.
    pub by_id: BTreeMap<String, Vec<usize>>,
    /// Places in the report's list of the findings about things that are not drawn.
    pub elsewhere: Vec<usize>,
}

impl<'a> Estate<'a> {
    /// Joins the rows, without findings.
    pub fn of(facts: &'a Facts) -> Self {
        let mut estate = Estate {
            facts,
            networks: Vec::new(),
            peerings: Vec::new(),
            zones: Vec::new(),
            missing: Vec::new(),
            missing_at: HashMap::new(),
            endpoints: vec![Marks::default(); facts.endpoints.len()],
            copies: vec![Marks::default(); facts.zones.len()],
            links: vec![Marks::default(); facts.links.len()],
            places: HashMap::new(),
            zone_names: HashMap::new(),
            by_id: BTreeMap::new(),
            elsewhere: Vec::new(),
        };
        for network in &facts.networks {
            let at = estate.add_network(network.identity.id.clone(), Some(network), Existence::Read);
            estate.places.insert(network.identity.id.to_ascii_lowercase(), Place::Network(at));
        }
        estate.join_endpoints();
        estate.join_peerings();
        estate.join_zones();
        estate
    }

    fn add_network(&mut self, id: String, facts: Option<&'a NetworkFacts>, existence: Existence) -> usize {
        self.networks.push(Network {
            id,
            facts,
            existence,
            endpoints: Vec::new(),
            peerings: Vec::new(),
            missing: Vec::new(),
            marks: Marks::default(),
            worst: State::Ok,
            shown: State::Ok,
        });
        self.networks.len() - 1
    }

    /// The network of an id, made when nothing was read of it. That it is gone is surer than that it was not read.
    fn network_at(&mut self, id: &str, existence: Existence) -> usize {
        let lower = id.trim_end_matches('/').to_ascii_lowercase();
        if let Some(Place::Network(at)) = self.places.get(&lower).copied() {
            if let Some(network) = self.networks.get_mut(at)
                && network.existence == Existence::Unread
            {
                network.existence = existence;
            }
            return at;
        }
        let at = self.add_network(id.to_owned(), None, existence);
        self.places.insert(lower, Place::Network(at));
        at
    }

    fn join_endpoints(&mut self) {
        let facts = self.facts;
        for (index, endpoint) in facts.endpoints.iter().enumerate() {
            let at = self.network_of(endpoint);
            if let Some(network) = self.networks.get_mut(at) {
                network.endpoints.push(index);
            }
            self.places.insert(endpoint.identity.id.to_ascii_lowercase(), Place::Endpoint(index));
        }
    }

    fn network_of(&mut self, endpoint: &EndpointFacts) -> usize {
        let existence = match &endpoint.network {
            Fact::Known(Some(id)) => return self.network_at(id, Existence::Unread),
            Fact::Known(None) => Existence::Gone,
            Fact::Unread => Existence::Unread,
        };
        let subnet = endpoint.subnet.as_deref().map(ResourceId::new);
        let parent = subnet.and_then(|subnet| subnet.parent());
        self.network_at(parent.as_ref().map_or("", ResourceId::as_str), existence)
    }

    fn join_peerings(&mut self) {
        let facts = self.facts;
        let mut pairs: HashMap<(usize, usize), usize> = HashMap::new();
        for (index, side) in facts.peerings.iter().enumerate() {
            let own = self.network_at(&side.network, Existence::Unread);
            let existence = match side.remote_exists.known() {
                Some(false) => Existence::Gone,
                _ => Existence::Unread,
            };
            let Some(remote) = side.remote.as_deref() else { continue };
            let other = self.network_at(remote, existence);
            let ends = (own.min(other), own.max(other));
            let next = self.peerings.len();
            let at = *pairs.entry(ends).or_insert(next);
            if at == next {
                let marks = Marks::default();
                let (sides, label) = (Vec::new(), String::new());
                self.peerings.push(Peering { ends, sides, marks, state: State::Ok, label });
            }
            if let Some(peering) = self.peerings.get_mut(at) {
                peering.sides.push(index);
            }
            self.places.insert(side.identity.id.to_ascii_lowercase(), Place::Peering(at));
        }
        for at in 0..self.peerings.len() {
            self.judge_peering(at);
        }
    }

    fn judge_peering(&mut self, at: usize) {
        let Some(peering) = self.peerings.get(at) else { return };
        let (a, b) = peering.ends;
        let sides: Vec<&PeeringFacts> =
            peering.sides.iter().filter_map(|side| self.facts.peerings.get(*side)).collect();
        let existence = |end: usize| self.networks.get(end).map_or(Existence::Unread, |n| n.existence);
        let owner = |side: &&PeeringFacts| self.places.get(&side.network.to_ascii_lowercase()).copied();
        let one_sided = sides.windows(2).all(|pair| match pair {
            [one, other] => owner(one) == owner(other),
            _ => true,
        });
        let (state, label) = verdict(&sides, [existence(a), existence(b)], one_sided && a != b);
        for end in [a, b] {
            if let Some(network) = self.networks.get_mut(end)
                && network.peerings.last() != Some(&at)
            {
                network.peerings.push(at);
            }
        }
        if let Some(peering) = self.peerings.get_mut(at) {
            (peering.state, peering.label) = (state, label.to_owned());
        }
    }

    fn join_zones(&mut self) {
        let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, zone) in self.facts.zones.iter().enumerate() {
            names.entry(zone.identity.name.to_ascii_lowercase()).or_default().push(index);
            self.places.insert(zone.identity.id.to_ascii_lowercase(), Place::Copy(index));
        }
        for (name, copies) in names {
            let at = self.zone_named(&name);
            if let Some(zone) = self.zones.get_mut(at) {
                zone.copies = copies;
            }
        }
        for (index, link) in self.facts.links.iter().enumerate() {
            let at = self.zone_named(&link.zone);
            if let Some(zone) = self.zones.get_mut(at) {
                zone.links.push(index);
            }
            self.places.insert(link.identity.id.to_ascii_lowercase(), Place::Link(index));
            let done = link.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("Completed"));
            if let (false, Some(marks)) = (done, self.links.get_mut(index)) {
                // It may be on its way; where it is not, a finding says so.
                marks.worst = State::Unknown;
            }
        }
    }

    /// The zones of a name, made empty when there are none.
    pub fn zone_named(&mut self, name: &str) -> usize {
        let name = name.to_ascii_lowercase();
        let next = self.zones.len();
        let at = *self.zone_names.entry(name.clone()).or_insert(next);
        if at == next {
            let (copies, links, missing) = (Vec::new(), Vec::new(), Vec::new());
            let marks = Marks::default();
            self.zones.push(Zone { name, copies, marks, links, missing, worst: State::Ok });
        }
        at
    }
}

/// How a peering is by what its sides say, and what to call it.
fn verdict(sides: &[&PeeringFacts], ends: [Existence; 2], one_sided: bool) -> (State, &'static str) {
    let says = |state: &str| sides.iter().any(|side| is(&side.state, state));
    let all_connected = sides.iter().all(|side| is(&side.state, "Connected"));
    if says("Disconnected") {
        return (State::Bad, "Disconnected");
    }
    if ends.contains(&Existence::Gone) {
        // A side that says Connected contradicts the lists: one of the two is out of date.
        return (if all_connected { State::Warn } else { State::Bad }, "network gone");
    }
    if says("Initiated") {
        return (State::Bad, if one_sided { "one side only" } else { "Initiated" });
    }
    if ends.contains(&Existence::Unread) {
        return (State::Unknown, "not read");
    }
    if !all_connected {
        return (State::Unknown, "not known");
    }
    if one_sided {
        return (State::Warn, "one side only");
    }
    // FullyInSync is the only level that needs nothing:
    // https://learn.microsoft.com/rest/api/virtualnetwork/virtual-network-peerings/get
    let in_sync = sides
        .iter()
        .all(|side| side.sync_level.as_deref().is_none_or(|level| level.eq_ignore_ascii_case("FullyInSync")));
    if in_sync { (State::Ok, "") } else { (State::Warn, "not in sync") }
}

fn is(state: &Option<String>, expected: &str) -> bool {
    state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case(expected))
}
