//! What is drawn: cards with rows, and lines between them. Decides what is folded when an estate is large. Knows
//! nothing of geometry or of SVG.

use std::collections::{BTreeMap, HashMap};

use super::clusters::{Cluster, clusters};
use super::estate::Estate;
use super::network_cards::{Detail, folded, network_card};
use super::state::State;
use super::words::{self, Words};
use super::zone_cards;
use crate::finding::Report;
use crate::report::text::count;

/// Up to so many networks, each is drawn.
const SMALL_NETWORKS: usize = 24;

/// Up to so many endpoints, those without findings are named too.
const SMALL_ENDPOINTS: usize = 40;

/// Up to so many healthy links of zones, they are lines.
pub(super) const SMALL_LINKS: usize = 40;

/// Up to so many healthy peerings, those between spokes are lines too.
const SMALL_PEERINGS: usize = 60;

/// So many networks are drawn for what is wrong with them; their hubs come on top.
const MOST_NETWORKS: usize = 120;

/// So many hubs are drawn.
const MOST_HUBS: usize = 40;

/// So many lines between networks are drawn.
const MOST_PEERINGS: usize = 300;

/// So many lines between zones and networks are drawn.
const MOST_LINKS: usize = 40;

/// From so many endpoints that stand out, each network names few.
const MANY_BROKEN: usize = 150;

/// A line of a card with a state of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub state: State,
    pub text: String,
    /// Short, at the right.
    pub note: String,
    /// The ARM id of what it stands for, in lower case.
    pub id: Option<String>,
    pub tooltip: Vec<String>,
    pub context: bool,
    /// Whether somebody who goes through by keyboard stops here.
    pub stops: bool,
    /// What its sign counts, as places in the report's list.
    pub findings: Vec<usize>,
    /// What the page calls these findings.
    pub key: Option<String>,
}

/// What a card stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Hub,
    Network,
    /// Several networks or zones in one.
    Fold,
    /// Something that is named and was not found or not read.
    Ghost,
    Zone,
}

/// A box.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub kind: Kind,
    pub state: State,
    pub context: bool,
    pub id: Option<String>,
    pub heading: String,
    /// Calm text under the heading.
    pub lines: Vec<String>,
    pub rows: Vec<Row>,
    pub tooltip: Vec<String>,
    pub stops: bool,
    /// What its sign counts, as places in the report's list.
    pub findings: Vec<usize>,
    /// What the page calls these findings.
    pub key: Option<String>,
}

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LineKind {
    Peering,
    Link,
    /// A link that is needed and not there.
    Missing,
}

/// A line between two cards.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub kind: LineKind,
    /// Into [`Picture::cards`]; a zone's card comes first.
    pub ends: (usize, usize),
    pub state: State,
    pub context: bool,
    pub label: String,
    pub id: Option<String>,
    pub tooltip: Vec<String>,
    /// What stands behind it, as places in the report's list.
    pub findings: Vec<usize>,
    /// What the page calls these findings.
    pub key: Option<String>,
}

/// Cards that stand together.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub hub: usize,
    pub spokes: Vec<usize>,
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub cards: Vec<Card>,
    /// Cards of networks, hub by hub; one without spokes stands alone.
    pub groups: Vec<Group>,
    /// Cards of zones.
    pub zones: Vec<usize>,
    pub lines: Vec<Line>,
    /// What is not drawn, and why.
    pub notes: Vec<String>,
    /// The picture in words.
    pub description: String,
}

/// Chooses what is drawn.
pub(super) fn picture(estate: &Estate<'_>, report: &Report) -> Picture {
    let words = Words::new(report);
    let mut drawing = Drawing {
        estate,
        words: &words,
        picture: Picture { description: words::description(estate), ..Picture::default() },
        card_of: vec![None; estate.networks.len()],
        alone: vec![false; estate.networks.len()],
        detail: detail(estate),
    };
    drawing.networks();
    drawing.peerings();
    let zone_of = zone_cards::draw(estate, &words, &mut drawing.picture);
    drawing.links(&zone_of);
    let elsewhere = estate.elsewhere.len();
    if elsewhere > 0 {
        let about = if elsewhere == 1 { "is about something" } else { "are about things" };
        let told = count(elsewhere, "finding");
        drawing.picture.notes.push(format!("{told} {about} that the picture does not show."));
    }
    drawing.picture
}

fn detail(estate: &Estate<'_>) -> Detail {
    let broken = estate.endpoints.iter().filter(|marks| marks.worst.stands_out()).count();
    Detail { names_healthy: estate.endpoints.len() <= SMALL_ENDPOINTS, few_names: broken >= MANY_BROKEN }
}

struct Drawing<'a, 'e> {
    estate: &'a Estate<'e>,
    words: &'a Words<'e>,
    picture: Picture,
    /// The card in which each network is drawn.
    card_of: Vec<Option<usize>>,
    /// Whether that card is its own.
    alone: Vec<bool>,
    detail: Detail,
}

impl Drawing<'_, '_> {
    fn worst(&self, network: usize) -> State {
        self.estate.networks.get(network).map_or(State::Ok, |network| network.worst)
    }

    fn card(&mut self, card: Card, networks: &[usize]) -> usize {
        let at = self.picture.cards.len();
        self.picture.cards.push(card);
        for network in networks {
            if let (Some(card), Some(alone)) = (self.card_of.get_mut(*network), self.alone.get_mut(*network))
            {
                (*card, *alone) = (Some(at), networks.len() == 1);
            }
        }
        at
    }

    /// The networks that are drawn for themselves: the worst of them, or all when there are few.
    fn picked(&self) -> Vec<bool> {
        let all = self.estate.networks.len() <= SMALL_NETWORKS;
        let mut wanted: Vec<usize> =
            (0..self.estate.networks.len()).filter(|n| all || self.worst(*n) >= State::Warn).collect();
        let findings = |n: &usize| self.estate.networks.get(*n).map_or(0, |n| n.marks.findings.len());
        wanted.sort_by_key(|n| std::cmp::Reverse((self.worst(*n), findings(n), std::cmp::Reverse(*n))));
        let mut picked = vec![false; self.estate.networks.len()];
        for network in wanted.into_iter().take(MOST_NETWORKS) {
            if let Some(picked) = picked.get_mut(network) {
                *picked = true;
            }
        }
        picked
    }

    fn networks(&mut self) {
        let picked = self.picked();
        let is_picked = |network: &usize| picked.get(*network).copied().unwrap_or_default();
        let (mut around, mut small): (Vec<Cluster>, Vec<Cluster>) =
            clusters(self.estate).into_iter().partition(|cluster| cluster.spokes.len() > 1);
        let all = self.estate.networks.len() <= SMALL_NETWORKS;
        let mut rest: Vec<usize> = Vec::new();
        // What is broken comes first; the sort keeps the order of greatness.
        let worst = |cluster: &Cluster| {
            let members = cluster.spokes.iter().copied().chain([cluster.hub]);
            members.map(|network| self.worst(network)).max().unwrap_or_default()
        };
        if around.len() > MOST_HUBS {
            around.sort_by_key(|cluster| std::cmp::Reverse(worst(cluster)));
            for cluster in around.split_off(MOST_HUBS) {
                rest.extend(cluster.spokes.into_iter().chain([cluster.hub]));
            }
        }
        small.sort_by_key(|cluster| std::cmp::Reverse(worst(cluster)));
        for cluster in around {
            self.cluster(&cluster, &is_picked);
        }
        for cluster in small {
            let members: Vec<usize> = [cluster.hub].into_iter().chain(cluster.spokes).collect();
            if !all && !members.iter().any(&is_picked) {
                rest.extend(members);
                continue;
            }
            let hub = members.first().copied().map(|hub| self.network(hub, Kind::Network));
            let spokes = members.iter().skip(1).map(|spoke| self.network(*spoke, Kind::Network)).collect();
            self.picture.groups.extend(hub.map(|hub| Group { hub, spokes }));
        }
        for (state, networks) in by_state(self.estate, &rest) {
            let hub = self.fold(state, &networks, "network");
            self.picture.groups.push(Group { hub, spokes: Vec::new() });
        }
    }

    fn cluster(&mut self, cluster: &Cluster, is_picked: &impl Fn(&usize) -> bool) {
        let hub = self.network(cluster.hub, Kind::Hub);
        let (mut alone, rest): (Vec<usize>, Vec<usize>) = cluster.spokes.iter().partition(|n| is_picked(n));
        alone.sort_by_key(|network| std::cmp::Reverse(self.worst(*network)));
        let mut spokes: Vec<usize> =
            alone.into_iter().map(|network| self.network(network, Kind::Network)).collect();
        for (state, networks) in by_state(self.estate, &rest) {
            spokes.push(match networks.as_slice() {
                [one] => self.network(*one, Kind::Network),
                _ => self.fold(state, &networks, "spoke"),
            });
        }
        self.picture.groups.push(Group { hub, spokes });
    }

    fn network(&mut self, network: usize, kind: Kind) -> usize {
        let card = network_card(self.estate, self.words, self.detail, network, kind);
        self.card(card, &[network])
    }

    fn fold(&mut self, state: State, networks: &[usize], noun: &str) -> usize {
        let card = folded(self.estate, state, networks, noun);
        self.card(card, networks)
    }

    /// Lines between networks: one for each two cards, as bad as the worst of what it stands for.
    fn peerings(&mut self) {
        let calm = self.estate.peerings.iter().filter(|peering| !peering.state.stands_out()).count();
        let mut between: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, peering) in self.estate.peerings.iter().enumerate() {
            let card = |end: usize| self.card_of.get(end).copied().flatten();
            if let (Some(a), Some(b)) = (card(peering.ends.0), card(peering.ends.1))
                && a != b
            {
                between.entry((a.min(b), a.max(b))).or_default().push(at);
            }
        }
        let hub_of = hubs(&self.picture);
        let mut lines: Vec<Line> = Vec::new();
        let mut left_out = 0;
        for (ends, peerings) in between {
            let line = words::peering_line(self.estate, self.words, ends, &peerings);
            let (a, b) = (hub_of.get(&ends.0), hub_of.get(&ends.1));
            let to_hub = a == Some(&ends.1) || b == Some(&ends.0) || (a.is_none() && b.is_none());
            match line.state.stands_out() || to_hub || calm <= SMALL_PEERINGS {
                true => lines.push(line),
                false => left_out += peerings.len(),
            }
        }
        if left_out > 0 {
            let told = words::are(left_out, "healthy peering");
            self.picture.notes.push(format!("{told} between spokes or folded networks, and not drawn."));
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.state));
        if lines.len() > MOST_PEERINGS {
            let broken = lines.iter().skip(MOST_PEERINGS).filter(|line| line.state.stands_out()).count();
            let told = words::are(lines.len() - MOST_PEERINGS, "more line");
            let worst = "the worst are drawn";
            self.picture.notes.push(format!(
                "{told} left out between networks, {broken} of them for what is not in order; {worst}."
            ));
            lines.truncate(MOST_PEERINGS);
        }
        self.picture.lines.append(&mut lines);
    }

    /// Lines between zones and networks: what is missing or broken; what is healthy only in a small estate.
    fn links(&mut self, zone_of: &BTreeMap<usize, usize>) {
        let small = self.estate.links.len() <= SMALL_LINKS;
        let mut between: BTreeMap<(usize, usize, LineKind), Vec<usize>> = BTreeMap::new();
        for (zone, card) in zone_of {
            let Some(zone) = self.estate.zones.get(*zone) else { continue };
            let missing = zone.missing.iter().map(|at| (LineKind::Missing, *at));
            for (kind, at) in missing.chain(zone.links.iter().map(|at| (LineKind::Link, *at))) {
                let Some((network, state)) = words::link_end(self.estate, kind, at) else { continue };
                let wanted = state >= State::Warn || (small && kind == LineKind::Link);
                if let (true, Some(Some(end))) = (wanted, self.card_of.get(network)) {
                    between.entry((*card, *end, kind)).or_default().push(at);
                }
            }
        }
        let mut lines: Vec<Line> = between
            .into_iter()
            .map(|((zone, network, kind), links)| {
                words::link_line(self.estate, self.words, (zone, network), kind, &links)
            })
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse((line.state, line.kind)));
        if lines.len() > MOST_LINKS {
            let told = words::are(lines.len() - MOST_LINKS, "more line");
            self.picture.notes.push(format!(
                "{told} left out between zones and networks; the boxes of the zones count what is missing."
            ));
            lines.truncate(MOST_LINKS);
        }
        self.picture.lines.append(&mut lines);
    }
}

/// The networks of each kind of box that they are folded into: broken, not known, healthy. The worst first.
fn by_state(estate: &Estate<'_>, networks: &[usize]) -> Vec<(State, Vec<usize>)> {
    let mut found: BTreeMap<std::cmp::Reverse<State>, Vec<usize>> = BTreeMap::new();
    for network in networks {
        let worst = estate.networks.get(*network).map_or(State::Ok, |network| network.worst);
        let class = if worst == State::Info { State::Ok } else { worst };
        found.entry(std::cmp::Reverse(class)).or_default().push(*network);
    }
    found.into_iter().map(|(class, networks)| (class.0, networks)).collect()
}

/// The hub's card of every spoke's card.
fn hubs(picture: &Picture) -> HashMap<usize, usize> {
    let pairs = picture.groups.iter().flat_map(|group| group.spokes.iter().map(|spoke| (*spoke, group.hub)));
    pairs.collect()
}
