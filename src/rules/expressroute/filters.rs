//! ER-001 and ER-002: what route filters let through.

use std::collections::BTreeMap;

use super::communities::Communities;
use super::{circuits, draft, microsoft_peering, unread};
use crate::finding::Confidence;
use crate::inventory::{Circuit, Kind, ResourceId, RouteFilter};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::knowledge::Seen;
use crate::topology::migration::MigrationRole;

/// Hands on the route filter of each circuit's Microsoft peering that is on.
fn for_each_filter<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    mut each: impl FnMut(&'a Circuit, &'a RouteFilter, &mut Sink<'_>),
) {
    let inventory = &estate.topology.inventory;
    for circuit in circuits(estate) {
        let peering = microsoft_peering(circuit).filter(|peering| {
            !peering.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("Disabled"))
        });
        let Some(id) = peering.and_then(|peering| peering.route_filter.as_ref()) else {
            sink.not_judged("circuit has no Microsoft peering with a route filter");
            continue;
        };
        match filter(estate, id) {
            Seen::Found(index) => each(circuit, &inventory.route_filters[index], sink),
            Seen::Absent => sink.not_judged("route filter is not there"),
            Seen::Unknown(why) => {
                let message = format!("what route filter {} lets through is not known", id.name());
                sink.unknown(&Why::Unread(why), draft(&circuit.id, message).related("routeFilter", id));
            }
        }
    }
}

fn filter(estate: &Estate<'_>, id: &ResourceId) -> Seen<usize> {
    let filters = &estate.topology.inventory.route_filters;
    match filters.iter().position(|filter| filter.id == *id) {
        Some(index) => Seen::Found(index),
        None => estate.topology.knowledge.missing(id, Kind::RouteFilters),
    }
}

/// Whether a filter lets a community through; a rule that does not say which way it goes is taken for one that allows.
fn allows(filter: &RouteFilter, community: &str) -> bool {
    let allowing = filter
        .rules
        .iter()
        .filter(|rule| !rule.access.as_deref().is_some_and(|access| access.eq_ignore_ascii_case("Deny")));
    allowing.flat_map(|rule| &rule.communities).any(|own| own.trim() == community)
}

/// A region that replication takes.
struct Region {
    /// Why, in words.
    why: String,
    /// Whether somebody said so, or it was seen.
    confidence: Confidence,
}

/// ER-001: a filter does not let the routes of a region through that a migration takes.
pub(in crate::rules) fn region_missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !estate.settings.expect_er.microsoft {
        return;
    }
    let regions = regions(estate);
    let communities = Communities::of(&estate.topology.inventory);
    for_each_filter(estate, sink, |circuit, filter, sink| {
        if regions.is_empty() {
            return sink.not_judged("no region of a migration is known");
        }
        for (region, needed) in &regions {
            let known = communities.of_region(region);
            let Some(wanted) = known.first() else {
                let why = Why::Undecided("the region's BGP community is not known");
                sink.unknown(&why, about_region(circuit, filter, region, needed, None));
                continue;
            };
            if known.iter().any(|community| allows(filter, community)) {
                sink.pass();
            } else {
                let draft = about_region(circuit, filter, region, needed, Some(wanted));
                sink.fail(needed.confidence, draft);
            }
        }
    });
    unread(estate, "whether route filters let the regions of a migration through", sink);
}

/// The regions of projects, and those that servers are moved to: as configured, else where cache accounts are.
fn regions(estate: &Estate<'_>) -> BTreeMap<String, Region> {
    let topology = estate.topology;
    let mut regions: BTreeMap<String, Region> = BTreeMap::new();
    let mut note = |region: &str, why: String, confidence: Confidence| {
        let region = region.to_ascii_lowercase().replace(' ', "");
        regions.entry(region).or_insert(Region { why, confidence });
    };
    for region in &estate.settings.target_regions {
        note(region, "servers are moved to it".to_owned(), Confidence::Certain);
    }
    for project in topology.migration.projects.iter().filter(|project| project.reported) {
        if let Some(location) = project.location.as_deref() {
            let why = format!("Azure Migrate project {} is in it", project.id.name());
            note(location, why, Confidence::Certain);
        }
        if !estate.settings.target_regions.is_empty() {
            continue;
        }
        for (id, role) in &project.parts {
            let account = topology.target(id).found().map(|index| &topology.inventory.targets[index]);
            let location = account.and_then(|account| account.location.as_deref());
            if let (MigrationRole::CacheStorage, Some(location)) = (role, location) {
                let why = format!("cache storage account {} is in it", id.name());
                note(location, why, Confidence::Probable);
            }
        }
    }
    regions
}

fn about_region(
    circuit: &Circuit,
    filter: &RouteFilter,
    region: &str,
    needed: &Region,
    community: Option<&str>,
) -> Draft {
    let (name, own) = (filter.id.name(), circuit.id.name());
    let why = &needed.why;
    let message = match community {
        Some(community) => format!(
            "route filter {name} of circuit {own} does not let the routes of {region} through ({community}): {why}, and its traffic goes over the internet"
        ),
        None => {
            format!("whether route filter {name} of circuit {own} lets {region} through is not known: {why}")
        }
    };
    let draft = of_filter(circuit, filter, message).detail(region).evidence("region", region);
    let Some(community) = community else { return draft };
    draft
        .evidence("community", community)
        .command("let the region through", remedy::allow_community(filter, community))
}

fn of_filter(circuit: &Circuit, filter: &RouteFilter, message: String) -> Draft {
    let allowed: Vec<&str> =
        filter.rules.iter().flat_map(|rule| &rule.communities).map(|community| &**community).collect();
    draft(&circuit.id, message).related("routeFilter", &filter.id).evidence("communities", allowed)
}

/// ER-002: a filter does not let the routes of Microsoft Entra ID through.
pub(in crate::rules) fn entra_missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !estate.settings.expect_er.microsoft {
        return;
    }
    let communities = Communities::of(&estate.topology.inventory);
    for_each_filter(estate, sink, |circuit, filter, sink| {
        let Some(entra) = communities.entra() else {
            return sink.not_judged("the community of Microsoft Entra ID in this cloud is not known");
        };
        if allows(filter, entra) {
            return sink.pass();
        }
        let message = format!(
            "route filter {} of circuit {} does not let Microsoft Entra ID through ({entra}): signing in goes over the internet",
            filter.id.name(),
            circuit.id.name()
        );
        let draft = of_filter(circuit, filter, message)
            .evidence("community", entra)
            .command("let it through", remedy::allow_community(filter, entra))
            .advice("leave it out where the control plane is meant to go over the internet");
        sink.fail(Confidence::Certain, draft);
    });
    unread(estate, "whether route filters let Microsoft Entra ID through", sink);
}
