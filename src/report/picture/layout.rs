//! Where everything stands: hubs in the middle, spokes left and right of them in rows, zones at the right. Pure
//! geometry; the same picture gives the same places.

use std::collections::{HashMap, HashSet};

use super::model::{Card, Group, Kind, LineKind, Picture};

/// The unit is a pixel where the picture is shown as wide as it is.
pub(super) const PAD: f64 = 24.0;
pub(super) const SPOKE: f64 = 250.0;
pub(super) const HUB: f64 = 240.0;
pub(super) const ZONE: f64 = 330.0;
/// Between a hub and its spokes, where lines and their labels are.
pub(super) const GAP: f64 = 140.0;
/// Between networks and zones, where the lines of links turn.
pub(super) const GUTTER: f64 = 88.0;
/// Between rows of networks, where the lines of links pass.
pub(super) const CHANNEL: f64 = 28.0;
const BETWEEN_GROUPS: f64 = 34.0;
const BETWEEN_ZONES: f64 = 16.0;
/// Between two networks one above the other, where their line and its label are.
const BETWEEN_PAIR: f64 = 40.0;
/// What stands above everything: the legend.
const TOP: f64 = 62.0;

pub(super) const HEADING: f64 = 28.0;
pub(super) const LINE: f64 = 15.0;
pub(super) const ROW: f64 = 18.0;
pub(super) const INSET: f64 = 12.0;
pub(super) const NOTE: f64 = 18.0;

/// Networks without a hub stand in so many columns.
const COLUMNS: usize = 3;

/// So many spokes that are peered with one spoke stand beside it.
const MESHED: usize = 3;

/// A place on the plane.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub fn middle(&self) -> f64 {
        self.y + self.h / 2.0
    }

    pub fn centre(&self) -> f64 {
        self.x + self.w / 2.0
    }
}

/// How a card stands to the others, for the lines that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Side {
    Left,
    #[default]
    Middle,
    Right,
    /// Among networks without a hub.
    Grid,
    Zones,
}

/// Where everything stands.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    /// Beside the picture's cards.
    pub places: Vec<Rect>,
    pub sides: Vec<Side>,
    /// Beside the picture's cards: where a line may pass below or beside the card, across all columns.
    pub channels: Vec<f64>,
    /// The left edge of the zones; the right edge of everything where there are none.
    pub zones_at: f64,
    /// Where the notes begin.
    pub notes_at: f64,
}

/// Finds a place for every card.
pub(super) fn layout(picture: &Picture) -> Layout {
    let count = picture.cards.len();
    let mut layout = Layout {
        places: vec![Rect::default(); count],
        sides: vec![Side::default(); count],
        channels: vec![0.0; count],
        ..Layout::default()
    };
    let networks = PAD + 2.0 * SPOKE + 2.0 * GAP + HUB;
    let mesh = Mesh::of(picture);
    let mut y = TOP;
    let (around, small): (Vec<&Group>, Vec<&Group>) =
        picture.groups.iter().partition(|group| group.spokes.len() > 1 || is_hub(picture, group));
    for group in around {
        y = layout.around(picture, group, &mesh, y) + BETWEEN_GROUPS;
    }
    for row in small.chunks(COLUMNS) {
        y = layout.grid(picture, row, y) + BETWEEN_GROUPS;
    }
    let mut zones_end = TOP;
    layout.zones_at = networks + GUTTER;
    for zone in &picture.zones {
        let h = height(picture, *zone);
        layout.put(*zone, Rect { x: layout.zones_at, y: zones_end, w: ZONE, h }, Side::Zones, 0.0);
        zones_end += h + BETWEEN_ZONES;
    }
    if picture.zones.is_empty() {
        layout.zones_at = networks;
    }
    layout.width = if picture.zones.is_empty() { networks } else { layout.zones_at + ZONE } + PAD;
    layout.notes_at = y.max(zones_end) + NOTE;
    layout.height = layout.notes_at + NOTE * picture.notes.len() as f64 + PAD / 2.0;
    layout
}

fn is_hub(picture: &Picture, group: &Group) -> bool {
    !group.spokes.is_empty() && picture.cards.get(group.hub).is_some_and(|card| card.kind == Kind::Hub)
}

fn height(picture: &Picture, card: usize) -> f64 {
    picture.cards.get(card).map_or(0.0, card_height)
}

/// How high a card is.
pub(super) fn card_height(card: &Card) -> f64 {
    let rows = if card.rows.is_empty() { 0.0 } else { 4.0 + ROW * card.rows.len() as f64 };
    HEADING + LINE * card.lines.len() as f64 + rows + INSET / 2.0
}

impl Layout {
    fn put(&mut self, card: usize, place: Rect, side: Side, channel: f64) {
        if let (Some(p), Some(s), Some(c)) =
            (self.places.get_mut(card), self.sides.get_mut(card), self.channels.get_mut(card))
        {
            (*p, *s, *c) = (place, side, channel);
        }
    }

    /// A hub with its spokes in rows of two; gives the lower end.
    fn around(&mut self, picture: &Picture, group: &Group, mesh: &Mesh, top: f64) -> f64 {
        let rows = pairs(picture, &group.spokes, mesh);
        let row_height = |row: &(Option<usize>, Option<usize>)| {
            let side = |card: Option<usize>| card.map_or(0.0, |card| height(picture, card));
            side(row.0).max(side(row.1)) + CHANNEL
        };
        let spokes: f64 = rows.iter().map(row_height).sum();
        let hub = height(picture, group.hub);
        let whole = spokes.max(hub + CHANNEL);
        let (left, middle) = (PAD, PAD + SPOKE + GAP);
        let right = middle + HUB + GAP;
        let mut y = top + (whole - spokes) / 2.0;
        let mut channels = Vec::new();
        for row in &rows {
            let end = y + row_height(row);
            let channel = end - CHANNEL / 2.0;
            channels.push(channel);
            for (card, x, side) in [(row.0, left, Side::Left), (row.1, right, Side::Right)] {
                if let Some(card) = card {
                    self.put(card, Rect { x, y, w: SPOKE, h: height(picture, card) }, side, channel);
                }
            }
            y = end;
        }
        let at = top + (whole - CHANNEL - hub) / 2.0;
        let far = |channel: &f64| (channel - (at + hub)).abs();
        let nearest = channels.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)));
        let channel = nearest.unwrap_or(at + hub + CHANNEL / 2.0);
        self.put(group.hub, Rect { x: middle, y: at, w: HUB, h: hub }, Side::Middle, channel);
        top + whole
    }

    /// A row of networks that stand alone or in twos; gives the lower end.
    fn grid(&mut self, picture: &Picture, row: &[&Group], top: f64) -> f64 {
        let tall = |group: &&Group| {
            let spokes = group.spokes.iter().map(|spoke| height(picture, *spoke) + BETWEEN_PAIR);
            height(picture, group.hub) + spokes.sum::<f64>()
        };
        let whole = row.iter().map(tall).fold(0.0, f64::max);
        let step = (2.0 * GAP + HUB + SPOKE) / (COLUMNS - 1) as f64;
        for (column, group) in row.iter().enumerate() {
            let x = PAD + step * column as f64;
            let mut y = top;
            for card in [group.hub].iter().chain(&group.spokes) {
                let h = height(picture, *card);
                let channel =
                    if *card == group.hub && !group.spokes.is_empty() { y + h } else { top + whole };
                self.put(*card, Rect { x, y, w: SPOKE, h }, Side::Grid, channel + CHANNEL / 2.0);
                y += h + BETWEEN_PAIR;
            }
        }
        top + whole
    }
}

/// Spokes two by two: those with lines to zones at the right, where the zones are, as far as there is room; those
/// that are peered with each other in one column; the tall ones first, so that rows are even.
fn pairs(picture: &Picture, spokes: &[usize], mesh: &Mesh) -> Vec<(Option<usize>, Option<usize>)> {
    let (mut left, mut right): (Vec<Vec<usize>>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    let half = spokes.len().div_ceil(2);
    let size = |side: &[Vec<usize>]| side.iter().map(Vec::len).sum::<usize>();
    for together in mesh.together(spokes) {
        let linked = together.iter().any(|card| mesh.linked.contains(card));
        let (l, r) = (size(&left), size(&right));
        let to_right = match linked {
            true => r + together.len() <= half || r < l,
            false => l + together.len() > half && r <= l,
        };
        if to_right { right.push(together) } else { left.push(together) }
    }
    let tall = |cards: &Vec<usize>| cards.iter().map(|card| height(picture, *card)).fold(0.0, f64::max);
    for side in [&mut left, &mut right] {
        side.sort_by(|a, b| tall(b).total_cmp(&tall(a)));
    }
    let (left, right) = (left.concat(), right.concat());
    let rows = left.len().max(right.len());
    (0..rows).map(|row| (left.get(row).copied(), right.get(row).copied())).collect()
}

/// What decides at which side a spoke stands.
struct Mesh {
    /// Cards with lines to zones.
    linked: HashSet<usize>,
    /// The cards at the other ends of each card's peerings.
    peers: HashMap<usize, Vec<usize>>,
}

impl Mesh {
    fn of(picture: &Picture) -> Self {
        let mut mesh = Mesh { linked: HashSet::new(), peers: HashMap::new() };
        for line in &picture.lines {
            let (a, b) = line.ends;
            if line.kind == LineKind::Peering {
                mesh.peers.entry(a).or_default().push(b);
                mesh.peers.entry(b).or_default().push(a);
            } else {
                mesh.linked.insert(b);
            }
        }
        mesh
    }

    /// The spokes in their order, each with those that it is peered with and that stand nowhere yet.
    fn together(&self, spokes: &[usize]) -> Vec<Vec<usize>> {
        let mut free: HashSet<usize> = spokes.iter().copied().collect();
        let mut all = Vec::new();
        for spoke in spokes {
            if !free.remove(spoke) {
                continue;
            }
            let peers = self.peers.get(spoke).into_iter().flatten().copied();
            let near = peers.filter(|peer| free.remove(peer)).take(MESHED);
            let before: Vec<usize> = near.collect();
            // In the middle it is beside two of them.
            let (first, rest) = before.split_at(before.len() / 2);
            all.push([first, &[*spoke], rest].concat());
        }
        all
    }
}
