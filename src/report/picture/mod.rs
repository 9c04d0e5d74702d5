//! A picture of the estate: hubs, spokes, peerings, endpoints, zones and links, and what is wrong with them.

mod about;
mod blame;
mod clusters;
mod estate;
mod fit;
mod layout;
mod model;
mod network_cards;
mod route;
mod state;
mod svg;
mod words;
mod zone_cards;

use crate::facts::Facts;
use crate::finding::Report;

pub(super) use about::About;

/// The picture, and which findings stand behind what is in it.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// One `<svg>` element, every text in it escaped; empty when there is nothing to draw.
    pub svg: String,
    pub about: About,
}

/// Draws an estate with what was found in it.
pub(super) fn draw(report: &Report, facts: &Facts) -> Drawn {
    let mut estate = estate::Estate::of(facts);
    blame::mark(&mut estate, report);
    let mut picture = model::picture(&estate, report);
    let layout = layout::layout(&picture);
    let ways = route::ways(&picture, &layout);
    let is_empty = facts.networks.is_empty() && facts.endpoints.is_empty();
    let about = About::name(estate, &mut picture);
    let svg = if is_empty { String::new() } else { svg::write(&picture, &layout, &ways) };
    Drawn { svg, about }
}
