//! The words, evidence and steps of the rules about zone groups.

use super::super::{Draft, Estate, remedy};
use super::diagnosis::Judged;
use super::groups::{ZONES_OF_GROUP, due_zones, is_custom, is_due, names, preferred_zone};
use crate::finding::Cause;
use crate::inventory::{PrivateEndpoint, ResourceId, ZoneConfig, ZoneGroup};
use crate::topology::endpoints::target_and_group;
use crate::topology::zones::{Catalogued, ZonePattern};

/// The name the portal gives a zone group.
const GROUP: &str = "default";

/// Somebody else may have chosen what is there.
const COPIES: &str = "there are several zones of that name and none that the endpoint's network surely sees: choose one, and use it alone";

fn endpoint<'a>(estate: &'a Estate<'_>, index: usize) -> &'a PrivateEndpoint {
    &estate.topology.inventory.private_endpoints[index]
}

fn base(estate: &Estate<'_>, index: usize, cause: Cause, headline: String, message: String) -> Draft {
    let endpoint = endpoint(estate, index);
    let mut draft = Draft::new(&endpoint.id, cause, headline, message);
    if let Some((target, group)) = target_and_group(endpoint) {
        draft = draft.related("target", target).evidence("groupId", group);
    }
    draft
}

fn own_cause(estate: &Estate<'_>, index: usize) -> Cause {
    Cause { kind: "privateEndpoint", id: endpoint(estate, index).id.to_string() }
}

/// The zones of a group, in order.
fn zones(group: &ZoneGroup) -> impl Iterator<Item = &ResourceId> {
    group.configs.iter().filter_map(|config| config.zone.as_ref())
}

/// Something about an endpoint's zone group that cannot be known.
pub(super) fn unknown(estate: &Estate<'_>, index: usize) -> Draft {
    let name = endpoint(estate, index).id.name();
    let message = format!("{name}: what its zone group holds cannot be known");
    let headline = format!("{name} cannot be judged");
    Draft::new(&endpoint(estate, index).id, own_cause(estate, index), headline, message)
}

/// A zone of a group of which nobody can say whether it exists.
pub(super) fn config_unknown(estate: &Estate<'_>, index: usize, config: &ZoneConfig) -> Draft {
    let zone = config.zone.as_ref().map_or("", ResourceId::as_str);
    let mut draft = unknown(estate, index).detail(&zone.to_ascii_lowercase()).evidence("zone", zone);
    draft.message = format!(
        "{}: whether the zone exists that its zone group names cannot be known ({zone})",
        endpoint(estate, index).id.name()
    );
    draft
}

/// DNS-002.
pub(super) fn not_integrated(estate: &Estate<'_>, index: usize) -> Draft {
    let id = &endpoint(estate, index).id;
    let message = format!(
        "{} has no zone group, and no private DNS zone that it needs holds a record of it",
        id.name()
    );
    let headline = format!("{} is in no private DNS zone", id.name());
    let mut draft = base(estate, index, own_cause(estate, index), headline, message);
    let mut verb = "create";
    for zones in due_zones(estate.topology, index) {
        let Some(zone) = preferred_zone(estate.topology, index, &zones) else {
            let name = zones.first().map_or("", |zone| &*estate.topology.inventory.zones[*zone].name);
            draft = draft.advice(format!("{name}: {COPIES}"));
            continue;
        };
        draft = match verb {
            "create" => draft.command(
                "let a zone group write the records and keep them right",
                remedy::create_zone_group(id, GROUP, zone),
            ),
            _ => draft.command("with each zone it needs", remedy::add_to_zone_group(id, GROUP, zone)),
        }
        .related("zone", zone);
        verb = "add";
    }
    draft
}

/// DNS-003.
pub(super) fn zone_gone(estate: &Estate<'_>, index: usize, group: &ZoneGroup, config: &ZoneConfig) -> Draft {
    let name = endpoint(estate, index).id.name();
    let Some(zone) = &config.zone else { return unknown(estate, index) };
    let cause = Cause { kind: "privateDnsZone", id: zone.to_string() };
    let headline =
        format!("zone groups write into {}, which does not exist in {}", zone.name(), place_of(zone));
    let message = format!(
        "zone group {} of {name} names private DNS zone {}, and there is none in {}: the group writes nothing",
        group.id.name(),
        zone.name(),
        place_of(zone),
    );
    let draft = base(estate, index, cause, headline, message)
        .detail(&zone.lower())
        .related("zone", zone)
        .related("zoneGroup", &group.id)
        .evidence("zone", zone.as_str());
    mend_gone(estate, index, draft, group, config)
}

fn place_of(zone: &ResourceId) -> String {
    format!("resource group {}", zone.resource_group().unwrap_or("(none)"))
}

/// The group is made again with the zones that exist; in the place of the one that is gone comes another of its name.
fn mend_gone(
    estate: &Estate<'_>,
    index: usize,
    draft: Draft,
    group: &ZoneGroup,
    config: &ZoneConfig,
) -> Draft {
    let topology = estate.topology;
    let (id, name) = (&endpoint(estate, index).id, group.id.name());
    let Some(gone) = &config.zone else { return draft };
    if !is_due(estate, index, gone.name()) {
        return take_out(draft, id, group, config, 0);
    }
    let copies = topology.records.zones_named(&gone.name().to_ascii_lowercase());
    if copies.is_empty() {
        return draft.command("make the zone again", remedy::create_zone(gone)).advice(
            "link it to the networks that resolve for the clients, then delete the zone group and make it again",
        );
    }
    let Some(instead) = preferred_zone(topology, index, copies) else {
        return draft.advice(COPIES).advice(format!("then make zone group {name} again with that zone"));
    };
    let held = zones(group).filter(|zone| topology.zone(zone).is_some());
    let draft = draft.command(
        "remove the zone group, so that it can be made anew (its records go until the next steps)",
        remedy::delete_zone_group(id, name),
    );
    let draft = draft.command(
        format!("make it again with the zone of that name in {}", place_of(instead)),
        remedy::create_zone_group(id, name, instead),
    );
    held.filter(|zone| *zone != instead).fold(draft, |draft, zone| {
        draft.command("with every other zone it had", remedy::add_to_zone_group(id, name, zone))
    })
}

/// Takes one zone out of a group that will hold `added` more; a group without zones is no group.
fn take_out(draft: Draft, id: &ResourceId, group: &ZoneGroup, config: &ZoneConfig, added: usize) -> Draft {
    match group.configs.len() + added > 1 {
        true => draft.command(
            "take the zone out of the zone group",
            remedy::remove_from_zone_group(id, group.id.name(), &config.name),
        ),
        false => draft.command(
            "remove the zone group, which holds nothing else",
            remedy::delete_zone_group(id, group.id.name()),
        ),
    }
}

/// DNS-004.
pub(super) fn wrong_zone(estate: &Estate<'_>, index: usize, group: &ZoneGroup, config: &ZoneConfig) -> Draft {
    let topology = estate.topology;
    let id = &endpoint(estate, index).id;
    let Some(zone) = &config.zone else { return unknown(estate, index) };
    let why = match is_custom(estate, index, zone.name()) {
        true => "a zone for the public name, into which no zone group writes",
        false => "a zone that its target has no names in",
    };
    let catalogued = topology.endpoints[index].catalogued.as_deref();
    let expected: Vec<&str> =
        catalogued.into_iter().flat_map(|found| &found.zones).map(ZonePattern::as_str).collect();
    let message = format!(
        "zone group {} of {} names {}, {why}; it needs {}",
        group.id.name(),
        id.name(),
        zone.name(),
        expected.join(" or "),
    );
    let headline = format!("zone groups name {}, which their endpoints have no names in", zone.name());
    let cause = Cause { kind: "privateDnsZone", id: zone.to_string() };
    let draft = base(estate, index, cause, headline, message)
        .detail(&zone.lower())
        .related("zone", zone)
        .related("zoneGroup", &group.id)
        .evidence("zone", zone.as_str())
        .evidence("expected", expected);
    replace_zone(estate, index, draft, group, config)
}

/// Whether DNS-001 lets a zone be made for the endpoint, and added to its zone group.
fn waits_for_zone(estate: &Estate<'_>, index: usize) -> bool {
    names(estate, index).any(|(_, diagnosis)| matches!(diagnosis.zone, Judged::Fail(_)))
}

/// The right zone comes in, where it exists and is not there yet; the wrong one goes.
fn replace_zone(
    estate: &Estate<'_>,
    index: usize,
    draft: Draft,
    group: &ZoneGroup,
    config: &ZoneConfig,
) -> Draft {
    let topology = estate.topology;
    let (id, name) = (&endpoint(estate, index).id, group.id.name());
    let held = |zone: &ResourceId| zones(group).any(|held| held.name().eq_ignore_ascii_case(zone.name()));
    let due = due_zones(topology, index);
    let right: Vec<&ResourceId> = due
        .iter()
        .filter_map(|zones| preferred_zone(topology, index, zones))
        .filter(|zone| !held(zone))
        .collect();
    let add = |draft: Draft| {
        right.iter().fold(draft, |draft, zone| {
            draft.command("add the right zone", remedy::add_to_zone_group(id, name, zone))
        })
    };
    if right.is_empty() && waits_for_zone(estate, index) {
        let draft = draft.advice("first make the zone it needs, and add that to the zone group (DNS-001)");
        return take_out(draft, id, group, config, 1);
    }
    if group.configs.len() + right.len() > ZONES_OF_GROUP {
        return add(take_out(draft, id, group, config, right.len()));
    }
    take_out(add(draft), id, group, config, right.len())
}

/// DNS-005.
pub(super) fn set_incomplete(
    estate: &Estate<'_>,
    index: usize,
    groups: &[&ZoneGroup],
    catalogued: &Catalogued,
    pattern: &ZonePattern,
) -> Draft {
    let id = &endpoint(estate, index).id;
    let count = catalogued.zones.len();
    let message = format!(
        "{} needs records in all of {count} private DNS zones; {pattern} is in no zone group of it and holds no record of it",
        id.name(),
    );
    let headline =
        format!("endpoints of this kind have nothing in {pattern}, one of the {count} zones they need");
    let cause = Cause { kind: "privateDnsZone", id: pattern.as_str().to_owned() };
    let set: Vec<&str> = catalogued.zones.iter().map(ZonePattern::as_str).collect();
    let draft = base(estate, index, cause, headline, message)
        .detail(pattern.as_str())
        .evidence("zone", pattern.as_str())
        .evidence("set", set);
    complete(estate, index, draft, groups, count, pattern)
}

fn complete(
    estate: &Estate<'_>,
    index: usize,
    draft: Draft,
    groups: &[&ZoneGroup],
    count: usize,
    pattern: &ZonePattern,
) -> Draft {
    let topology = estate.topology;
    let id = &endpoint(estate, index).id;
    let names = topology.records.zone_names().filter(|name| pattern.matches(name));
    let copies: Vec<usize> =
        names.flat_map(|name| topology.records.zones_named(name).iter().copied()).collect();
    let draft = match count > ZONES_OF_GROUP {
        true => draft.advice(format!(
            "a zone group takes {ZONES_OF_GROUP} zones and this target needs {count}: keep the records of the rest by hand"
        )),
        false => draft,
    };
    let Some(zone) = preferred_zone(topology, index, &copies) else { return draft.advice(COPIES) };
    let draft = draft.related("zone", zone);
    match groups {
        [] => {
            draft.advice(format!("write the endpoint's records of {} by hand, like its others", zone.name()))
        }
        [group, ..] if group.configs.len() >= ZONES_OF_GROUP => draft.advice(format!(
            "zone group {} is full: write the endpoint's records of {} by hand",
            group.id.name(),
            zone.name()
        )),
        [group, ..] => draft.command(
            "add the zone to the endpoint's zone group",
            remedy::add_to_zone_group(id, group.id.name(), zone),
        ),
    }
}

/// DNS-034: several groups.
pub(super) fn several_groups(estate: &Estate<'_>, index: usize, groups: &[&ZoneGroup]) -> Draft {
    let id = &endpoint(estate, index).id;
    let names: Vec<&str> = groups.iter().map(|group| group.id.name()).collect();
    let message = format!(
        "{} has {} zone groups ({}), and an endpoint can have one: which of them writes is left to chance",
        id.name(),
        groups.len(),
        names.join(", "),
    );
    let headline = format!("{} has more zone groups than one", id.name());
    let mut draft = base(estate, index, own_cause(estate, index), headline, message)
        .detail("groups")
        .evidence("zoneGroups", names);
    let Some((keep, others)) = groups.split_first() else { return draft };
    let held = |zone: &&ResourceId| zones(keep).any(|known| known == *zone);
    for other in others {
        draft = draft.command(
            format!("remove {}; its records go until the next steps", other.id.name()),
            remedy::delete_zone_group(id, other.id.name()),
        );
        for zone in zones(other).filter(|zone| !held(zone)) {
            let title = format!("let {} write what it wrote", keep.id.name());
            draft = draft.command(title, remedy::add_to_zone_group(id, keep.id.name(), zone));
        }
    }
    draft
}

/// DNS-034: a group with more zones than it takes.
pub(super) fn too_many_zones(estate: &Estate<'_>, index: usize, group: &ZoneGroup) -> Draft {
    let name = group.id.name();
    let count = group.configs.len();
    let message = format!(
        "zone group {name} of {} names {count} zones, and a group takes {ZONES_OF_GROUP}",
        endpoint(estate, index).id.name(),
    );
    let headline = format!("{} has a zone group with too many zones", endpoint(estate, index).id.name());
    base(estate, index, own_cause(estate, index), headline, message)
        .detail(&group.id.lower())
        .related("zoneGroup", &group.id)
        .evidence("zones", zones(group).map(ResourceId::as_str).collect::<Vec<_>>())
        .advice("take zones that the endpoint has no names in out of the group, with dns-zone-group remove")
        .advice("keep the records of any zone beyond the fifth by hand")
}
