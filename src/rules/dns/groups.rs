//! Rules about zone groups and what they write: DNS-003, DNS-004 and DNS-034.

use super::super::{Estate, Names, Sink};
use super::diagnosis::{Diagnosis, Judged, RecordFault, Why, reason};
use super::{group_drafts, put};
use crate::finding::Confidence;
use crate::inventory::{Cloud, Kind, ResourceId, ZoneConfig, ZoneGroup};
use crate::topology::Topology;
use crate::topology::endpoints::{ExpectedName, confidence, excuse};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::resolve::{Hop, Query};
use crate::topology::zones::{Catalogued, ZonePattern};

/// How many zones one zone group takes (Azure docs: private endpoint DNS integration).
pub(super) const ZONES_OF_GROUP: usize = 5;

/// Why a zone group is not judged.
pub(super) const NOT_READ: &str = "zone group was not read (suspects only; --deep reads all)";
const NAMES_NO_ZONE: &str = "zone group names no private DNS zone";

/// What is known of an endpoint's zone groups.
pub(super) enum Held<'a> {
    /// Nobody asked for them.
    NotRead,
    Unread(Unread),
    Read(Vec<&'a ZoneGroup>),
}

pub(super) fn held(topology: &Topology, index: usize) -> Held<'_> {
    let endpoint = &topology.inventory.private_endpoints[index];
    if let Some(unread) = topology.knowledge.children(&endpoint.id, Kind::PrivateDnsZoneGroups) {
        return Held::Unread(unread);
    }
    let groups = topology.endpoints[index].zone_groups.iter();
    let groups: Vec<&ZoneGroup> = groups.map(|group| &topology.inventory.zone_groups[*group]).collect();
    if let Some(unread) = groups.iter().find_map(|group| topology.knowledge.field(&group.id)) {
        return Held::Unread(unread);
    }
    // Azure empties this list when a group is attached.
    let told = !endpoint.custom_dns_configs.is_empty();
    let asked = topology.inventory.coverage.was_asked(Kind::PrivateDnsZoneGroups, &endpoint.id);
    if groups.is_empty() && !told && !asked { Held::NotRead } else { Held::Read(groups) }
}

/// Hands on the zone groups of each endpoint that is in use; counts the others.
pub(super) fn for_each_held<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    applies: impl Fn(usize) -> bool,
    mut each: impl FnMut(usize, &[&'a ZoneGroup], &mut Sink<'_>),
) {
    for (index, names) in estate.names.iter().enumerate() {
        if matches!(names, Names::Unreported) || !applies(index) {
            continue;
        }
        if let Names::Excused(reason) = names
            && [reason::NOT_APPROVED, reason::IN_PROGRESS].contains(reason)
        {
            sink.not_judged(reason);
            continue;
        }
        match held(estate.topology, index) {
            Held::NotRead => sink.not_judged(NOT_READ),
            Held::Unread(unread) => sink.unknown(&Why::Unread(unread), group_drafts::unknown(estate, index)),
            Held::Read(groups) => each(index, &groups, sink),
        }
    }
}

fn diagnoses<'a>(estate: &'a Estate<'_>, index: usize) -> &'a [Diagnosis] {
    match &estate.names[index] {
        Names::Diagnosed(diagnoses) => diagnoses,
        Names::Unreported | Names::Excused(_) | Names::Unread(_) => &[],
    }
}

/// The names of an endpoint, each with what ails it.
pub(super) fn names<'a>(
    estate: &'a Estate<'_>,
    index: usize,
) -> impl Iterator<Item = (&'a ExpectedName, &'a Diagnosis)> {
    estate.topology.endpoints[index].requirements.names.iter().zip(diagnoses(estate, index))
}

/// Whether every name of an endpoint is known to lead to it.
pub(super) fn works(estate: &Estate<'_>, index: usize) -> bool {
    let diagnoses = diagnoses(estate, index);
    !diagnoses.is_empty() && diagnoses.iter().all(Diagnosis::is_clean)
}

/// Whether a zone of this name is one that a name's record belongs in.
fn serves(name: &ExpectedName, zone: &str) -> bool {
    let places = name.needed.alternatives.iter().map(|place| &place.zone);
    [&name.needed.zone].into_iter().chain(places).any(|known| known.eq_ignore_ascii_case(zone))
}

/// Whether a zone of this name is one that the endpoint's target may need.
fn fits(estate: &Estate<'_>, index: usize, catalogued: &Catalogued, zone: &str) -> bool {
    let patterns = catalogued.zones.iter().chain(&catalogued.legacy_zones);
    let names = &estate.topology.endpoints[index].requirements.names;
    patterns.into_iter().any(|pattern| pattern.matches(zone)) || names.iter().any(|name| serves(name, zone))
}

/// The zones of a group that bear the id of a private DNS zone.
pub(super) fn zone_of(config: &ZoneConfig) -> Option<&ResourceId> {
    let zone = config.zone.as_ref()?;
    (Kind::of(zone) == Some(Kind::PrivateDnsZones) && zone.subscription().is_some()).then_some(zone)
}

/// The zones that fit one of some patterns, wherever they are.
pub(super) fn matching_zones(topology: &Topology, patterns: &[ZonePattern]) -> Vec<usize> {
    let fits = |name: &&str| patterns.iter().any(|pattern| pattern.matches(name));
    let names = topology.records.zone_names().filter(fits);
    names.flat_map(|name| topology.records.zones_named(name).iter().copied()).collect()
}

// DNS-003.

/// DNS-003: a zone group writes into a zone that is no more.
pub(in crate::rules) fn zone_gone(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_held(
        estate,
        sink,
        |_| true,
        |index, groups, sink| {
            let configs = groups.iter().flat_map(|group| group.configs.iter().map(move |c| (*group, c)));
            let mut any = false;
            for (group, config) in configs {
                any = true;
                put(
                    &pointed_at(estate, index, config),
                    sink,
                    |confidence| (*confidence, group_drafts::zone_gone(estate, index, group, config)),
                    || group_drafts::config_unknown(estate, index, config),
                );
            }
            if !any {
                sink.pass();
            }
        },
    );
}

fn pointed_at(estate: &Estate<'_>, index: usize, config: &ZoneConfig) -> Judged<Confidence> {
    let topology = estate.topology;
    let Some(id) = zone_of(config) else { return Judged::NotJudged(NAMES_NO_ZONE) };
    if topology.zone(id).is_some() {
        return Judged::Pass;
    }
    if let Seen::Unknown(unread) = topology.knowledge.missing::<usize>(id, Kind::PrivateDnsZones) {
        return Judged::Unknown(Why::Unread(unread));
    }
    if is_wrong(estate, index, id.name()) || is_missing_everywhere(estate, index, id.name()) {
        return Judged::Muted;
    }
    Judged::Fail(if works(estate, index) { Confidence::Probable } else { Confidence::Certain })
}

/// Whether DNS-001 says that this zone exists nowhere, or that this cannot be known.
fn is_missing_everywhere(estate: &Estate<'_>, index: usize, zone: &str) -> bool {
    let told = |(name, diagnosis): (&ExpectedName, &Diagnosis)| {
        serves(name, zone) && matches!(diagnosis.zone, Judged::Fail(_) | Judged::Unknown(_))
    };
    let unnamed = |patterns: &[ZonePattern]| {
        patterns.iter().any(|pattern| pattern.matches(zone))
            && matching_zones(estate.topology, patterns).is_empty()
    };
    let choices = &estate.topology.endpoints[index].requirements.choices;
    let is_judged = matches!(estate.names[index], Names::Diagnosed(_));
    names(estate, index).any(told) || (is_judged && choices.iter().any(|choice| unnamed(&choice.zones)))
}

/// Whether DNS-004 speaks of a zone in this endpoint's group.
fn is_wrong(estate: &Estate<'_>, index: usize, zone: &str) -> bool {
    let catalogued = estate.topology.endpoints[index].catalogued.as_deref();
    catalogued.is_some_and(|catalogued| !fits(estate, index, catalogued, zone))
}

/// Whether DNS-003 or DNS-004 tells why the zone group of an endpoint does not write this name, with no less
/// confidence than this.
pub(super) fn explains(
    estate: &Estate<'_>,
    index: usize,
    name: &ExpectedName,
    confidence: Confidence,
) -> bool {
    let topology = estate.topology;
    let Held::Read(groups) = held(topology, index) else { return false };
    let zones: Vec<&ResourceId> =
        groups.iter().flat_map(|group| &group.configs).filter_map(zone_of).collect();
    let own = |zone: &&ResourceId| serves(name, zone.name());
    if zones.iter().filter(|zone| own(zone)).any(|zone| topology.zone(zone).is_some()) {
        return false;
    }
    let gone = |zone: &ResourceId| {
        topology.zone(zone).is_none()
            && topology.knowledge.missing::<usize>(zone, Kind::PrivateDnsZones) == Seen::Absent
    };
    let wrong = |zone: &ResourceId| {
        is_wrong(estate, index, zone.name()) && wrongness(estate, index, &groups, zone.name()) <= confidence
    };
    zones.iter().any(|zone| (own(zone) && gone(zone)) || wrong(zone))
}

// DNS-004.

/// DNS-004: a zone group writes into a zone of another service.
pub(in crate::rules) fn wrong_zone(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_held(
        estate,
        sink,
        |_| true,
        |index, groups, sink| {
            let endpoint = &estate.topology.endpoints[index];
            if groups.is_empty() {
                return sink.pass();
            }
            let Some(catalogued) = &endpoint.catalogued else {
                return sink.not_judged(endpoint.requirements.excuse.unwrap_or(excuse::UNKNOWN_TARGET));
            };
            for (group, config) in groups.iter().flat_map(|g| g.configs.iter().map(move |c| (*g, c))) {
                let Some(zone) = zone_of(config) else {
                    sink.not_judged(NAMES_NO_ZONE);
                    continue;
                };
                if fits(estate, index, catalogued, zone.name()) {
                    sink.pass();
                    continue;
                }
                let confidence = wrongness(estate, index, groups, zone.name());
                sink.fail(confidence, group_drafts::wrong_zone(estate, index, group, config));
            }
        },
    );
}

/// How sure it is that a zone of this name, which fits nothing, does harm in a zone group.
fn wrongness(estate: &Estate<'_>, index: usize, groups: &[&ZoneGroup], zone: &str) -> Confidence {
    let topology = estate.topology;
    let endpoint = &topology.endpoints[index];
    let Some(catalogued) = &endpoint.catalogued else { return Confidence::Possible };
    let zones: Vec<&str> =
        groups.iter().flat_map(|g| &g.configs).filter_map(zone_of).map(ResourceId::name).collect();
    let is_covered = |name: &ExpectedName| zones.iter().any(|zone| serves(name, zone));
    let covered = match endpoint.requirements.names.as_slice() {
        [] => zones.iter().any(|zone| catalogued.zones.iter().any(|pattern| pattern.matches(zone))),
        names => names.iter().all(is_covered),
    };
    let broken = |(name, diagnosis): (&ExpectedName, &Diagnosis)| {
        let missing = matches!(diagnosis.record, Judged::Fail(RecordFault::Missing(_)));
        !is_covered(name) && (missing || matches!(diagnosis.zone, Judged::Fail(_)))
    };
    let harm = if covered || works(estate, index) {
        // It stands there for nothing.
        Confidence::Possible
    } else if names(estate, index).any(broken) {
        Confidence::Certain
    } else {
        Confidence::Probable
    };
    let group = crate::topology::endpoints::target_and_group(&topology.inventory.private_endpoints[index]);
    let secondary = group.is_some_and(|(_, group)| group.to_ascii_lowercase().ends_with("_secondary"));
    let sovereign = topology.inventory.origin.cloud != Cloud::AzureCloud;
    let less_sure = secondary || sovereign || is_custom(estate, index, zone);
    let floor = if less_sure { Confidence::Probable } else { Confidence::Certain };
    let most = if catalogued.at_most_info { Confidence::Possible } else { Confidence::Certain };
    harm.max(floor).max(most).max(confidence(catalogued.certainty))
}

/// Whether a zone is one that somebody made for the public names, into which no zone group writes (Azure docs:
/// private endpoint DNS).
pub(super) fn is_custom(estate: &Estate<'_>, index: usize, zone: &str) -> bool {
    let zone = zone.to_ascii_lowercase();
    let names = &estate.topology.endpoints[index].requirements.names;
    names.iter().any(|name| crate::topology::records::relative(&name.needed.fqdn, &zone).is_some())
}

/// Whether the endpoint's network asks this zone for names in it, so that those without a record do not exist.
pub(super) fn is_seen_from(topology: &Topology, index: usize, zone: usize) -> bool {
    let Some(network) = topology.endpoints[index].network.found() else { return false };
    let name = format!("any.{}", topology.inventory.zones[zone].name);
    let answers = topology.answers(network, Query { fqdn: &name, alias: &name });
    !answers.is_empty()
        && answers
            .iter()
            .all(|answer| answer.confidence == Confidence::Certain && answer.hops.contains(&Hop::Zone(zone)))
}

// DNS-034.

/// DNS-034: more zone groups than an endpoint can have, or more zones than a group takes.
pub(in crate::rules) fn beyond_limit(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_held(
        estate,
        sink,
        |_| true,
        |index, groups, sink| {
            let large: Vec<&&ZoneGroup> =
                groups.iter().filter(|group| group.configs.len() > ZONES_OF_GROUP).collect();
            if groups.len() <= 1 && large.is_empty() {
                return sink.pass();
            }
            if groups.len() > 1 {
                sink.fail(Confidence::Certain, group_drafts::several_groups(estate, index, groups));
            }
            for group in large {
                sink.fail(Confidence::Certain, group_drafts::too_many_zones(estate, index, group));
            }
        },
    );
}

/// The zone to write an endpoint's records into, of those of one name: the one that its network sees, else the only
/// one.
pub(super) fn preferred_zone<'a>(
    topology: &'a Topology,
    index: usize,
    zones: &[usize],
) -> Option<&'a ResourceId> {
    let id = |zone: &usize| &topology.inventory.zones[*zone].id;
    let seen = zones.iter().find(|zone| is_seen_from(topology, index, **zone));
    match (seen, zones) {
        (Some(zone), _) => Some(id(zone)),
        (None, [zone]) => Some(id(zone)),
        (None, _) => None,
    }
}

/// The zones that an endpoint's records belong in and that exist, one list a zone name: those of its names, or those
/// that the table gives its target.
pub(super) fn due_zones(topology: &Topology, index: usize) -> Vec<Vec<usize>> {
    let endpoint = &topology.endpoints[index];
    let mut named: Vec<&str> = endpoint.requirements.names.iter().map(|n| n.needed.zone.as_str()).collect();
    named.sort_unstable();
    named.dedup();
    let mut lists: Vec<Vec<usize>> =
        named.into_iter().map(|zone| topology.records.zones_named(zone).to_vec()).collect();
    for choice in &endpoint.requirements.choices {
        lists.push(matching_zones(topology, &choice.zones));
    }
    lists.retain(|zones| !zones.is_empty());
    lists
}

/// Whether the endpoint's records belong in a zone of this name.
pub(super) fn is_due(estate: &Estate<'_>, index: usize, zone: &str) -> bool {
    let requirements = &estate.topology.endpoints[index].requirements;
    let chosen = || requirements.choices.iter().flat_map(|choice| &choice.zones).any(|p| p.matches(zone));
    requirements.names.iter().any(|name| serves(name, zone)) || chosen()
}
