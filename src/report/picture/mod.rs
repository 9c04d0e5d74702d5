//! A picture of the estate: hubs, spokes, peerings, endpoints, zones and links, and what is wrong with them.

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

/// One `<svg>` element, every text in it escaped; empty when there is nothing to draw.
pub(super) fn svg(report: &Report, facts: &Facts) -> String {
    if facts.networks.is_empty() && facts.endpoints.is_empty() {
        return String::new();
    }
    let mut estate = estate::Estate::of(facts);
    blame::mark(&mut estate, report);
    let picture = model::picture(&estate, report);
    let layout = layout::layout(&picture);
    let ways = route::ways(&picture, &layout);
    svg::write(&picture, &layout, &ways)
}
