//! Rules about zone groups and what they ought to write: DNS-002 to DNS-005 and DNS-034.

use foldhash::{HashMap, HashMapExt};

use super::super::{Estate, Names, Sink};
use super::diagnosis::{Diagnosis, Judged, RecordFault, Why, covering_zones, reason};
use super::{group_drafts, put, record};
use crate::finding::Confidence;
use crate::inventory::{Cloud, Kind, ResourceId, ZoneConfig, ZoneGroup};
use crate::topology::Topology;
use crate::topology::endpoints::{ExpectedName, NameSource, confidence, excuse};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::records::Lookup;
use crate::topology::resolve::{Hop, Query};
use crate::topology::servers::Server;
use crate::topology::zones::{Catalogued, Selection, ZonePattern};

/// How many zones one zone group takes (Azure docs: private endpoint DNS integration).
pub(super) const ZONES_OF_GROUP: usize = 5;

/// Why a zone group is not judged.
const NOT_READ: &str = "zone group was not read (suspects only; --deep reads all)";
const NAMES_NO_ZONE: &str = "zone group names no private DNS zone";

/// What is known of an endpoint's zone groups.
enum Held<'a> {
    /// Nobody asked for them.
    NotRead,
    Unread(Unread),
    Read(Vec<&'a ZoneGroup>),
}

fn held(topology: &Topology, index: usize) -> Held<'_> {
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
fn for_each_held<'a>(
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
fn works(estate: &Estate<'_>, index: usize) -> bool {
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
fn zone_of(config: &ZoneConfig) -> Option<&ResourceId> {
    let zone = config.zone.as_ref()?;
    (Kind::of(zone) == Some(Kind::PrivateDnsZones) && zone.subscription().is_some()).then_some(zone)
}

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

/// The zones that fit one of some patterns, wherever they are.
fn matching_zones(topology: &Topology, patterns: &[ZonePattern]) -> Vec<usize> {
    let fits = |name: &&str| patterns.iter().any(|pattern| pattern.matches(name));
    let names = topology.records.zone_names().filter(fits);
    names.flat_map(|name| topology.records.zones_named(name).iter().copied()).collect()
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

/// Whether the endpoint's network asks this zone for names in it, so that those without a record do not exist.
fn is_seen_from(topology: &Topology, index: usize, zone: usize) -> bool {
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
