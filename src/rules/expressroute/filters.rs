//! ER-001 and ER-002: what route filters let through.

use std::collections::BTreeMap;

use super::circuits::is_up;
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
        let Some(id) = attached(circuit) else {
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

/// The route filter of a circuit's Microsoft peering that is not off.
fn attached(circuit: &Circuit) -> Option<&ResourceId> {
    let is_off = |state: &str| state.eq_ignore_ascii_case("Disabled");
    let peering = microsoft_peering(circuit)?;
    if peering.state.as_deref().is_some_and(is_off) { None } else { peering.route_filter.as_ref() }
}

/// What the other circuits do for a community.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    None,
    /// One that is up lets it through.
    Allow,
    /// The filter of one that is up was not read.
    Unread,
}

fn others(estate: &Estate<'_>, circuit: &Circuit, communities: &[&str]) -> Others {
    let inventory = &estate.topology.inventory;
    let others = inventory.circuits.iter().filter(|other| other.id != circuit.id && is_up(other));
    let mut unread = false;
    for id in others.filter_map(attached) {
        match filter(estate, id) {
            Seen::Found(index) => {
                let filter = &inventory.route_filters[index];
                if communities.iter().any(|community| allows(filter, community)) {
                    return Others::Allow;
                }
            }
            Seen::Absent => {}
            Seen::Unknown(_) => unread = true,
        }
    }
    if unread { Others::Unread } else { Others::None }
}

/// All that a migration takes and a filter does not let through. Every finding about the filter tells the whole, since
/// its list can be set only as a whole.
fn lacking(
    communities: &Communities<'_>,
    regions: &BTreeMap<String, Region>,
    filter: &RouteFilter,
) -> Vec<String> {
    let mut lacking: Vec<String> = Vec::new();
    for region in regions.keys() {
        let known = communities.of_region(region);
        if let Some(wanted) = known.first()
            && !known.iter().any(|community| allows(filter, community))
        {
            lacking.push((*wanted).to_owned());
        }
    }
    lacking.extend(communities.entra().filter(|entra| !allows(filter, entra)).map(str::to_owned));
    lacking
}

/// The step that lets through all that is lacking.
fn with_command(draft: Draft, filter: &RouteFilter, lacking: &[String], entra: Option<&str>) -> Draft {
    let all: Vec<&str> = lacking.iter().map(String::as_str).collect();
    let draft =
        draft.command("let all through that the migration takes", remedy::allow_communities(filter, &all));
    match entra.filter(|entra| all.contains(entra)) {
        Some(entra) => draft.advice(format!(
            "leave {entra} (Microsoft Entra ID) out where the control plane is meant to go over the internet"
        )),
        None => draft,
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
                continue;
            }
            // A circuit may be for something else, when another is for this.
            let others = others(estate, circuit, &known);
            let floor = if others == Others::None { needed.confidence } else { Confidence::Possible };
            let draft = about_region(circuit, filter, region, needed, Some((wanted, others)));
            let lacking = lacking(&communities, &regions, filter);
            sink.fail(floor, with_command(draft, filter, &lacking, communities.entra()));
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
    community: Option<(&str, Others)>,
) -> Draft {
    let (name, own) = (filter.id.name(), circuit.id.name());
    let why = &needed.why;
    let message = match community {
        Some((community, others)) => {
            let so = match others {
                Others::None => "its traffic goes over the internet",
                Others::Allow => "another circuit lets it through",
                Others::Unread => "whether another circuit lets it through was not read",
            };
            format!(
                "route filter {name} of circuit {own} does not let the routes of {region} through ({community}): {why}, and {so}"
            )
        }
        None => {
            format!("whether route filter {name} of circuit {own} lets {region} through is not known: {why}")
        }
    };
    let draft = of_filter(circuit, filter, message).detail(region).evidence("region", region);
    match community {
        Some((community, _)) => draft.evidence("community", community),
        None => draft,
    }
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
    let regions = regions(estate);
    let communities = Communities::of(&estate.topology.inventory);
    for_each_filter(estate, sink, |circuit, filter, sink| {
        let Some(entra) = communities.entra() else {
            return sink.not_judged("the community of Microsoft Entra ID in this cloud is not known");
        };
        if allows(filter, entra) || others(estate, circuit, &[entra]) == Others::Allow {
            return sink.pass();
        }
        let message = format!(
            "route filter {} of circuit {} does not let Microsoft Entra ID through ({entra}): signing in goes over the internet, which is a fault only where the control plane is meant to go over the circuit",
            filter.id.name(),
            circuit.id.name()
        );
        let draft = of_filter(circuit, filter, message).evidence("community", entra);
        let lacking = lacking(&communities, &regions, filter);
        // Only a person knows which way the control plane is to go, and over the internet is common.
        sink.fail(Confidence::Possible, with_command(draft, filter, &lacking, Some(entra)));
    });
    unread(estate, "whether route filters let Microsoft Entra ID through", sink);
}
