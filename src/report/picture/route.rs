//! The ways of lines between cards, as SVG paths.

use std::fmt::Write;

use super::layout::{GAP, GUTTER, Layout, Rect, Side};
use super::model::{Line, LineKind, Picture};

/// How round the corners of a line are.
const CORNER: f64 = 7.0;

/// A label must not reach from a spoke to its hub.
const ROOM: f64 = GAP - 14.0;

/// So many trunks stand beside each other; more share them.
const TRUNKS: usize = 6;

/// Where text beside a line begins or ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Label {
    pub x: f64,
    pub y: f64,
    /// Whether the text ends there instead of beginning.
    pub ends: bool,
    /// How long it may be.
    pub room: f64,
}

/// The way of one line.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub path: String,
    pub label: Option<Label>,
}

/// The ways of all lines, beside the picture's lines.
pub(super) fn ways(picture: &Picture, layout: &Layout) -> Vec<Way> {
    let ports = Ports::of(picture, layout);
    let lanes = lanes(picture, layout);
    let mut from_zone = vec![0_usize; picture.cards.len()];
    let lines = picture.lines.iter().enumerate();
    lines
        .map(|(at, line)| {
            let place = |card: usize| layout.places.get(card).copied().unwrap_or_default();
            let (a, b) = (place(line.ends.0), place(line.ends.1));
            match line.kind {
                LineKind::Peering => peering(layout, line, (a, b), &ports, at),
                LineKind::Link | LineKind::Missing => {
                    let lane = lanes.get(at).copied().unwrap_or_default();
                    let nth = from_zone.get_mut(line.ends.0).map_or(0, |nth| {
                        *nth += 1;
                        *nth - 1
                    });
                    link(layout, line, (a, b), lane, nth)
                }
            }
        })
        .collect()
}

/// At which height each line leaves the side of a hub, so that lines do not cross at once.
struct Ports {
    /// Beside the picture's lines.
    heights: Vec<f64>,
    /// Beside the picture's lines: how many hubs above have lines of their own down the same side.
    trunks: Vec<usize>,
}

impl Ports {
    fn of(picture: &Picture, layout: &Layout) -> Self {
        let mut sides: std::collections::BTreeMap<(usize, bool), Vec<(f64, usize)>> = Default::default();
        for (at, line) in picture.lines.iter().enumerate() {
            if let Some((hub, spoke)) = hub_and_spoke(layout, line) {
                let left = layout.sides.get(spoke) == Some(&Side::Left);
                let y = layout.places.get(spoke).map_or(0.0, |place| place.y);
                sides.entry((hub, left)).or_default().push((y, at));
            }
        }
        let mut ports = vec![0.0; picture.lines.len()];
        for ((hub, _), mut lines) in sides {
            let place = layout.places.get(hub).copied().unwrap_or_default();
            lines.sort_by(|a, b| a.0.total_cmp(&b.0));
            let step = place.h / (lines.len() + 1) as f64;
            for (nth, (_, at)) in lines.into_iter().enumerate() {
                if let Some(port) = ports.get_mut(at) {
                    *port = place.y + step * (nth + 1) as f64;
                }
            }
        }
        Ports { heights: ports, trunks: trunks(picture, layout) }
    }
}

/// Lines from one hub down to others share a trunk; other hubs, and lines that are not in order, have others.
fn trunks(picture: &Picture, layout: &Layout) -> Vec<usize> {
    let top = |line: &Line| {
        let y = |card: usize| layout.places.get(card).map_or(0.0, |place| place.y);
        let (a, b) = line.ends;
        (if y(a) <= y(b) { a } else { b }, line.state)
    };
    let between = |line: &&Line| {
        let middle = |card: usize| layout.sides.get(card) == Some(&Side::Middle);
        line.kind == LineKind::Peering && middle(line.ends.0) && middle(line.ends.1)
    };
    let mut tops: Vec<_> = picture.lines.iter().filter(between).map(top).collect();
    tops.sort_unstable();
    tops.dedup();
    picture.lines.iter().map(|line| tops.binary_search(&top(line)).unwrap_or_default()).collect()
}

/// From hub to hub past those between them, down their left side.
fn beside_hubs(upper: Rect, lower: Rect, trunk: usize) -> Way {
    let shift = 7.0 * (trunk % TRUNKS) as f64;
    let x = upper.x - 14.0 - shift;
    let (from, to) = (upper.bottom() - 5.0, lower.y + 5.0);
    let path = rounded(&[(upper.x, from), (x, from), (x, to), (lower.x, to)]);
    let label = Label { x: x - 6.0, y: to - 14.0, ends: true, room: ROOM };
    Way { path, label: Some(label) }
}

/// The ends of a line that leads from a hub in the middle to a card at its left or right.
fn hub_and_spoke(layout: &Layout, line: &Line) -> Option<(usize, usize)> {
    let side = |card: usize| layout.sides.get(card).copied().unwrap_or_default();
    let (a, b) = line.ends;
    match (line.kind, side(a), side(b)) {
        (LineKind::Peering, Side::Middle, Side::Left | Side::Right) => Some((a, b)),
        (LineKind::Peering, Side::Left | Side::Right, Side::Middle) => Some((b, a)),
        _ => None,
    }
}

fn peering(layout: &Layout, line: &Line, (a, b): (Rect, Rect), ports: &Ports, at: usize) -> Way {
    if let Some((hub, spoke)) = hub_and_spoke(layout, line) {
        let place = |card: usize| layout.places.get(card).copied().unwrap_or_default();
        let port = ports.heights.get(at).copied().unwrap_or_default();
        return to_spoke(place(hub), place(spoke), port);
    }
    let (upper, lower) = if a.y <= b.y { (a, b) } else { (b, a) };
    if (upper.x - lower.x).abs() < 1.0 {
        return match layout.sides.get(line.ends.0) {
            Some(Side::Grid) => straight_down(upper, lower),
            Some(Side::Left) => bow(upper, lower, upper.right(), 1.0),
            Some(Side::Right) => bow(upper, lower, upper.x, -1.0),
            _ if lower.y - upper.bottom() < 200.0 => straight_down(upper, lower),
            _ => beside_hubs(upper, lower, ports.trunks.get(at).copied().unwrap_or_default()),
        };
    }
    let (left, right) = if a.x <= b.x { (a, b) } else { (b, a) };
    let (x1, y1, x2, y2) = (left.right(), port_of(left), right.x, port_of(right));
    let bend = ((x2 - x1) / 2.0).max(40.0);
    let path = format!("M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}", x1 + bend, x2 - bend);
    Way { path, label: Some(Label { x: x1 + 6.0, y: y1 - 5.0, ends: false, room: ROOM }) }
}

/// Where lines meet a card's side.
fn port_of(place: Rect) -> f64 {
    place.y + (place.h / 2.0).min(30.0)
}

fn to_spoke(hub: Rect, spoke: Rect, port: f64) -> Way {
    let y = port_of(spoke);
    let is_left = spoke.x < hub.x;
    let (start, end) = if is_left { (hub.x, spoke.right()) } else { (hub.right(), spoke.x) };
    // Flat at the spoke, where the label stands; the turn is near the hub.
    let (near, far) = (start + (end - start) * 0.42, start + (end - start) * 0.38);
    let path = format!("M{start:.1} {port:.1}C{near:.1} {port:.1} {far:.1} {y:.1} {end:.1} {y:.1}");
    let x = if is_left { end + 7.0 } else { end - 7.0 };
    // On the side that the line does not come from.
    let beside = if port < y { y + 13.0 } else { y - 6.0 };
    Way { path, label: Some(Label { x, y: beside, ends: !is_left, room: ROOM }) }
}

fn straight_down(upper: Rect, lower: Rect) -> Way {
    let x = upper.centre();
    let (from, to) = (upper.bottom(), lower.y);
    let label = Label { x: x + 9.0, y: (from + to) / 2.0 + 4.0, ends: false, room: ROOM };
    Way { path: format!("M{x:.1} {from:.1}L{x:.1} {to:.1}"), label: Some(label) }
}

/// A bow at the side of two cards that stand one above the other.
fn bow(upper: Rect, lower: Rect, edge: f64, direction: f64) -> Way {
    let from = (upper.bottom() - 12.0).max(upper.middle());
    let to = (lower.y + 12.0).min(lower.middle());
    let out = edge + direction * (26.0 + (to - from) / 14.0).min(70.0);
    let path = format!("M{edge:.1} {from:.1}C{out:.1} {from:.1} {out:.1} {to:.1} {edge:.1} {to:.1}");
    // A cubic curve reaches three quarters of the way to its control points.
    let reach = 0.75 * (out - edge).abs() + 6.0;
    let (x, y) = (edge + direction * reach, (from + to) / 2.0 + 4.0);
    let label = Label { x, y, ends: direction < 0.0, room: GAP - reach - 4.0 };
    Way { path, label: Some(label) }
}

/// The lane of each link's line in the gutter before the zones: one for each network and kind of line.
fn lanes(picture: &Picture, layout: &Layout) -> Vec<f64> {
    let key = |line: &Line| {
        let place = layout.places.get(line.ends.1).copied().unwrap_or_default();
        (place.y, place.x, line.ends.1, line.kind)
    };
    let links = picture.lines.iter().filter(|line| line.kind != LineKind::Peering);
    let mut keys: Vec<_> = links.map(key).collect();
    let order = |a: &(f64, f64, usize, LineKind), b: &(f64, f64, usize, LineKind)| {
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)).then(a.3.cmp(&b.3))
    };
    keys.sort_by(order);
    keys.dedup_by(|a, b| order(a, b).is_eq());
    let step = (GUTTER - 28.0) / keys.len().max(1) as f64;
    let lane = |line: &Line| {
        let at = keys.binary_search_by(|probe| order(probe, &key(line))).unwrap_or_default();
        layout.zones_at - 14.0 - step.min(12.0) * at as f64
    };
    picture.lines.iter().map(lane).collect()
}

/// From a zone's side over its lane and a channel between rows to the network.
fn link(layout: &Layout, line: &Line, (zone, network): (Rect, Rect), lane: f64, nth: usize) -> Way {
    let from = (zone.x, (zone.y + 16.0 + 6.0 * nth as f64).min(zone.bottom() - 4.0));
    let shift = if line.kind == LineKind::Missing { 4.0 } else { 0.0 };
    let side = layout.sides.get(line.ends.1).copied().unwrap_or_default();
    let is_near = network.right() + GUTTER + 20.0 >= layout.zones_at;
    let mut points = vec![from];
    if side == Side::Right || is_near {
        let y = network.y + (network.h - 6.0).min(14.0 + 2.0 * shift);
        points.extend([(lane, from.1), (lane, y), (network.right(), y)]);
    } else {
        let channel = layout.channels.get(line.ends.1).copied().unwrap_or_default() + shift;
        let x = network.right() - 24.0 - 2.0 * shift;
        points.extend([(lane, from.1), (lane, channel)]);
        if channel >= network.bottom() {
            points.extend([(x, channel), (x, network.bottom())]);
        } else if channel <= network.y {
            points.extend([(x, channel), (x, network.y)]);
        } else {
            points.push((network.right(), channel));
        }
    }
    Way { path: rounded(&points), label: None }
}

/// A line through points with round corners.
fn rounded(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, point) in points.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).and_then(|at| points.get(at)), points.get(at + 1));
        match (before, after) {
            (None, _) => _ = write!(path, "M{:.1} {:.1}", point.0, point.1),
            (Some(_), None) => _ = write!(path, "L{:.1} {:.1}", point.0, point.1),
            (Some(before), Some(after)) => {
                let (near, far) = (towards(*point, *before), towards(*point, *after));
                _ = write!(
                    path,
                    "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
                    near.0, near.1, point.0, point.1, far.0, far.1
                );
            }
        }
    }
    path
}

/// The point a corner's radius away on the way to another, or half-way where that is nearer.
fn towards(from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length <= 0.0 {
        return from;
    }
    let part = (CORNER / length).min(0.5);
    (from.0 + dx * part, from.1 + dy * part)
}
