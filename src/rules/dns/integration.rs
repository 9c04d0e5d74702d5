//! Rules about endpoints that private DNS knows nothing of, or not all of: DNS-002 and DNS-005.

use foldhash::{HashMap, HashMapExt};

use super::super::{Estate, Names, Sink};
use super::diagnosis::{Diagnosis, Judged, Why, covering_zones, reason};
use super::groups::{
    Held, NOT_READ, for_each_held, held, is_seen_from, matching_zones, names, works, zone_of,
};
use super::{group_drafts, put, record};
use crate::finding::Confidence;
use crate::inventory::{Kind, ResourceId, ZoneGroup};
use crate::topology::Topology;
use crate::topology::endpoints::{ExpectedName, NameSource, confidence};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::records::Lookup;
use crate::topology::servers::Server;
use crate::topology::zones::{Selection, ZonePattern};

// DNS-002.

/// DNS-002: an approved endpoint without a zone group and without a record anywhere.
pub(in crate::rules) fn not_integrated(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let mut known = Fitting::new();
    for (index, names) in estate.names.iter().enumerate() {
        match names {
            // DNS-001 says why nothing can be known.
            Names::Unreported | Names::Unread(_) => {}
            Names::Excused(reason) => sink.not_judged(reason),
            Names::Diagnosed(diagnoses) => put(
                &integration(estate, index, diagnoses, &mut known),
                sink,
                |confidence| (*confidence, group_drafts::not_integrated(estate, index)),
                || group_drafts::unknown(estate, index),
            ),
        }
    }
}

/// Whether another rule has said what is wrong with a name, or that it cannot be known.
fn is_told(diagnosis: &Diagnosis) -> bool {
    fn says<T>(judged: &Judged<T>) -> bool {
        matches!(judged, Judged::Fail(_) | Judged::Unknown(_))
    }
    says(&diagnosis.zone) || says(&diagnosis.view) || says(&diagnosis.record)
}

/// Zones by the patterns that they fit: there may be very many zones, and endpoints of one kind share their patterns.
type Fitting = HashMap<String, Vec<usize>>;

fn fitting<'f>(topology: &Topology, patterns: &[ZonePattern], known: &'f mut Fitting) -> &'f [usize] {
    let key = patterns.iter().map(ZonePattern::as_str).collect::<Vec<_>>().join(" ");
    known.entry(key).or_insert_with(|| matching_zones(topology, patterns))
}

fn integration(
    estate: &Estate<'_>,
    index: usize,
    diagnoses: &[Diagnosis],
    known: &mut Fitting,
) -> Judged<Confidence> {
    let topology = estate.topology;
    if works(estate, index) {
        return Judged::Pass;
    }
    let requirements = &topology.endpoints[index].requirements;
    if diagnoses.iter().any(is_told) {
        return Judged::Muted;
    }
    let mut candidates: Vec<usize> =
        requirements.names.iter().flat_map(|name| covering_zones(topology, name)).collect();
    for choice in &requirements.choices {
        let zones = fitting(topology, &choice.zones, known);
        if zones.is_empty() {
            return Judged::Muted;
        }
        candidates.extend(zones.iter());
    }
    if candidates.is_empty() {
        return Judged::NotJudged(reason::NO_NAME);
    }
    if candidates.iter().any(|zone| is_written_in(topology, index, *zone)) {
        return Judged::Pass;
    }
    if let Some(why) = out_of_sight(topology, index, diagnoses) {
        return Judged::NotJudged(why);
    }
    match held(topology, index) {
        Held::NotRead => return Judged::NotJudged(NOT_READ),
        Held::Unread(unread) => return Judged::Unknown(Why::Unread(unread)),
        Held::Read(groups) if !groups.is_empty() => return Judged::Pass,
        Held::Read(_) => {}
    }
    let records = candidates.iter().filter_map(|zone| records_unread(topology, *zone));
    if let Some(unread) = records.chain(topology.knowledge.every_zone()).reduce(Unread::and) {
        return Judged::Unknown(Why::Unread(unread));
    }
    let names = requirements.names.iter().map(|name| name.ceiling);
    let ceilings = names.chain(requirements.choices.iter().map(|choice| choice.ceiling));
    Judged::Fail(ceilings.min().unwrap_or(Confidence::Possible).max(Confidence::Probable))
}

fn records_unread(topology: &Topology, zone: usize) -> Option<Unread> {
    topology.knowledge.children(&topology.inventory.zones[zone].id, Kind::RecordSets)
}

/// Whether a zone holds a record of one of the endpoint's names, or one of its addresses under whatever name.
fn is_written_in(topology: &Topology, index: usize, zone: usize) -> bool {
    let endpoint = &topology.endpoints[index];
    let has_name = |name: &ExpectedName| {
        let asked = record::name_in(topology, zone, name);
        let found = topology.records.lookup(&topology.inventory, zone, asked);
        covering_zones(topology, name).contains(&zone)
            && matches!(found, Lookup::Addresses { .. } | Lookup::Cname { .. })
    };
    let holds = |address: &std::net::IpAddr| !topology.records.holding(zone, *address).is_empty();
    endpoint.requirements.names.iter().any(has_name) || endpoint.addresses.iter().any(holds)
}

/// Why nobody can see which DNS the clients of an endpoint's network use.
fn out_of_sight(topology: &Topology, index: usize, diagnoses: &[Diagnosis]) -> Option<&'static str> {
    let outside = |diagnosis: &Diagnosis| {
        matches!(diagnosis.view, Judged::NotJudged(reason::OUTSIDE))
            || matches!(diagnosis.record, Judged::NotJudged(reason::OUTSIDE))
    };
    let network = topology.endpoints[index].network.found();
    let mut servers = network.into_iter().flat_map(|network| &topology.networks[network].servers);
    let lost = servers.any(|(_, found)| matches!(found.server, Server::Outside | Server::Unread(_)));
    (lost || diagnoses.iter().any(outside)).then_some(reason::OUTSIDE)
}

// DNS-005.

/// DNS-005: of the zones that a target needs all of, one has nothing of the endpoint.
pub(in crate::rules) fn set_incomplete(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let needs_all = |index: usize| {
        let catalogued = estate.topology.endpoints[index].catalogued.as_deref();
        catalogued.is_some_and(|catalogued| catalogued.selection == Selection::All)
    };
    let mut known = Fitting::new();
    for_each_held(estate, sink, needs_all, |index, groups, sink| {
        let endpoint = &estate.topology.endpoints[index];
        let Some(catalogued) = &endpoint.catalogued else { return };
        for pattern in &catalogued.zones {
            put(
                &part_of_set(estate, index, groups, pattern, &mut known),
                sink,
                |confidence| {
                    (*confidence, group_drafts::set_incomplete(estate, index, groups, catalogued, pattern))
                },
                || group_drafts::unknown(estate, index).detail(pattern.as_str()),
            );
        }
    });
}

/// Judges one zone of a set.
fn part_of_set(
    estate: &Estate<'_>,
    index: usize,
    groups: &[&ZoneGroup],
    pattern: &ZonePattern,
    known: &mut Fitting,
) -> Judged<Confidence> {
    let topology = estate.topology;
    let endpoint = &topology.endpoints[index];
    if groups.iter().flat_map(|g| &g.configs).filter_map(zone_of).any(|zone| pattern.matches(zone.name())) {
        return Judged::Pass;
    }
    let zones = fitting(topology, std::slice::from_ref(pattern), known).to_vec();
    // DNS-001 speaks of a zone that exists nowhere.
    if zones.is_empty() {
        return Judged::Muted;
    }
    if zones.iter().any(|zone| is_written_in(topology, index, *zone)) {
        return Judged::Pass;
    }
    let seen = matches!(endpoint.source, NameSource::NetworkInterface | NameSource::CustomDnsConfigs);
    // The interface may show that no name stands in this zone.
    if let (false, Seen::Unknown(unread)) = (seen, &endpoint.interface) {
        return Judged::Unknown(Why::Unread(unread.clone()));
    }
    let mut named = names(estate, index).filter(|(name, _)| pattern.matches(&name.needed.zone)).peekable();
    if seen && named.peek().is_none() {
        // All names are seen, and none of them stands in this zone.
        return Judged::Pass;
    }
    if named.any(|(_, diagnosis)| is_told(diagnosis) || diagnosis.is_clean()) {
        return Judged::Muted;
    }
    if let Some(unread) = zones.iter().filter_map(|zone| records_unread(topology, *zone)).reduce(Unread::and)
    {
        return Judged::Unknown(Why::Unread(unread));
    }
    // Nothing of the set is there: DNS-002 and DNS-021 speak.
    if !has_part_of_set(topology, index, groups, known) {
        return Judged::Muted;
    }
    // Some of these names are the same for every endpoint of the service, and another's records may answer.
    let is_empty = |zone: usize| !topology.records.has_addresses(&topology.inventory, zone);
    let missed = zones.iter().any(|zone| is_empty(*zone) && is_seen_from(topology, index, *zone));
    let floor = match endpoint.catalogued.as_deref() {
        Some(catalogued) if catalogued.at_most_info => Confidence::Possible,
        Some(catalogued) => confidence(catalogued.certainty),
        None => Confidence::Possible,
    };
    let sure = missed && pattern.concrete().is_some();
    Judged::Fail(floor.max(if sure { Confidence::Certain } else { Confidence::Probable }))
}

fn has_part_of_set(topology: &Topology, index: usize, groups: &[&ZoneGroup], known: &mut Fitting) -> bool {
    let Some(catalogued) = &topology.endpoints[index].catalogued else { return false };
    let is_part = |zone: &ResourceId| catalogued.zones.iter().any(|pattern| pattern.matches(zone.name()));
    groups.iter().flat_map(|group| &group.configs).filter_map(zone_of).any(is_part)
        || fitting(topology, &catalogued.zones, known)
            .iter()
            .any(|zone| is_written_in(topology, index, *zone))
}
