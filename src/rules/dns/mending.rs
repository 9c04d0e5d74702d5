//! The steps that mend a fault of names, in the order in which they do no harm, chosen by what is there already.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::super::{Draft, Names, remedy};
use super::Item;
use super::diagnosis::{Diagnosis, Judged, RecordFault, ViewFault, grouped_zones};
use super::drafts::{endpoint, passes_machine, topology, zone_id};
use super::record::{Creator, Wrong, name_in};
use crate::inventory::{Kind, RecordType, ResourceId, ZoneGroup};
use crate::topology::Topology;
use crate::topology::knowledge::Unread;
use crate::topology::records::relative;
use crate::topology::resolve::Outcome;

/// How many zones one zone group takes (Azure docs: private endpoint DNS integration).
const ZONES_OF_GROUP: usize = 5;

/// The name the portal gives a zone group.
const GROUP: &str = "default";

/// DNS-001: the zone is made, filled, and linked last, for from then on a name of the service without a record
/// gets NXDOMAIN. `at` is the network that must be linked.
pub(super) fn make_zone(item: Item<'_>, draft: Draft, name: &str, at: Option<usize>) -> Draft {
    let zone = lost_zone(item, name).cloned().unwrap_or_else(|| new_zone(item, name, at));
    let draft =
        draft.command("make the zone, once for all endpoints that need it", remedy::create_zone(&zone));
    let draft = attach(item, draft, &zone);
    let Some(at) = at else {
        return draft.advice(
            "when every endpoint of the service has its record, link the zone to the network that resolves for the clients",
        );
    };
    let network = &topology(item).inventory.virtual_networks[at].id;
    draft.command(
        format!("when every endpoint of the service has its record, link the zone to {}", network.name()),
        remedy::link_zone(&zone, &link_name(topology(item), &zone, network), network),
    )
}

/// The zone of this name that the endpoint's zone group writes into, though it is no more: made again under its id,
/// it serves every group that names it.
fn lost_zone<'a>(item: Item<'a>, name: &str) -> Option<&'a ResourceId> {
    let topology = topology(item);
    grouped_zones(topology, &topology.endpoints[item.endpoint])
        .find(|zone| zone.name().eq_ignore_ascii_case(name) && topology.zone(zone).is_none())
}

/// A name for the link of a zone to a network: networks in two places may bear one name.
pub(super) fn link_name(topology: &Topology, zone: &ResourceId, network: &ResourceId) -> String {
    let name = format!("{}-link", network.name());
    let id = ResourceId::new(&format!("{zone}/virtualNetworkLinks/{name}"));
    let links = &topology.inventory.links;
    if links.binary_search_by(|link| link.id.cmp(&id)).is_err() {
        return name;
    }
    let place = network.subscription().and_then(|id| id.split('-').next()).unwrap_or("2");
    let group = network.resource_group().unwrap_or_default();
    // Azure takes 80 characters (Azure docs: naming rules).
    format!("{}-{place}-{group}-link", network.name()).chars().take(80).collect()
}

/// The id a new zone ought to have: in the group that holds most of the private link zones which the network that
/// answers is linked to, else beside the endpoint.
fn new_zone(item: Item<'_>, name: &str, at: Option<usize>) -> ResourceId {
    let topology = topology(item);
    let mut groups: BTreeMap<String, (usize, &ResourceId)> = BTreeMap::new();
    let linked = at.into_iter().flat_map(|at| topology.networks[at].linked.values().flatten());
    for (zone, _) in linked {
        let id = zone_id(item, *zone);
        // A cluster's zone stands in the group of its nodes, which AKS keeps for itself.
        let of_cluster = id.name().to_ascii_lowercase().contains(".azmk8s.");
        if !of_cluster && id.name().split('.').any(|label| label == "privatelink") {
            let group = id.parent().map_or_else(String::new, |parent| parent.lower());
            groups.entry(group).or_insert((0, id)).0 += 1;
        }
    }
    let most = groups.into_values().max_by_key(|(count, id)| (*count, std::cmp::Reverse(*id)));
    let beside = most.map_or(&endpoint(item).id, |(_, id)| id);
    ResourceId::new(&format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network/privateDnsZones/{name}",
        beside.subscription().unwrap_or("<subscription>"),
        beside.resource_group().unwrap_or("<resource-group>"),
    ))
}

/// What is known of an endpoint's zone group. It can have one.
enum Group<'a> {
    None,
    Found(&'a ZoneGroup),
    /// Nobody asked for it, because another copy of the zone holds the right record, or nobody was let.
    NotRead,
}

fn group<'a>(item: Item<'a>) -> Group<'a> {
    let topology = topology(item);
    let endpoint = endpoint(item);
    if let Some(index) = topology.endpoints[item.endpoint].zone_groups.first() {
        return Group::Found(&topology.inventory.zone_groups[*index]);
    }
    // Azure empties this list when a group is attached.
    let told = !endpoint.custom_dns_configs.is_empty();
    let asked = topology.inventory.coverage.was_asked(Kind::PrivateDnsZoneGroups, &endpoint.id);
    let answered = asked && group_unread(item).is_none();
    if told || answered { Group::None } else { Group::NotRead }
}

/// Why it is not known whether the endpoint has a zone group, where it was asked.
pub(super) fn group_unread(item: Item<'_>) -> Option<Unread> {
    topology(item).knowledge.children(&endpoint(item).id, Kind::PrivateDnsZoneGroups)
}

/// Whether the endpoint has a zone group; nothing when nobody asked, or nobody was answered.
pub(super) fn has_zone_group(item: Item<'_>) -> Option<bool> {
    match group(item) {
        Group::None => Some(false),
        Group::Found(_) => Some(true),
        Group::NotRead => None,
    }
}

/// Lets the endpoint's zone group write into a zone, whatever else it holds: making a group anew would throw out
/// its other zones with their records.
pub(super) fn attach(item: Item<'_>, draft: Draft, zone: &ResourceId) -> Draft {
    let id = &endpoint(item).id;
    match group(item) {
        Group::None if comes_after_another(item) => draft.command(
            format!("when {} has its zone group, add this zone to it", id.name()),
            remedy::add_to_zone_group(id, GROUP, zone),
        ),
        Group::None => draft.command(
            "let a zone group write the record and keep it right",
            remedy::create_zone_group(id, GROUP, zone),
        ),
        Group::NotRead => match copy_with_own_record(item, zone) {
            Some(copy) => draft.advice(two_copies("the endpoint's record", copy)),
            None => draft
                .command("see whether the endpoint has a zone group", remedy::list_zone_groups(id))
                .command("if it has, add the zone to it", remedy::add_to_zone_group(id, "<group>", zone))
                .command("if it has none, make one", remedy::create_zone_group(id, GROUP, zone)),
        },
        Group::Found(group) => extend(item, draft, group, zone),
    }
}

/// Another zone of that name in which the endpoint's address stands already.
fn copy_with_own_record<'a>(item: Item<'a>, zone: &ResourceId) -> Option<&'a ResourceId> {
    let topology = topology(item);
    let copies = topology.records.zones_named(&item.name.needed.zone).iter().copied();
    copies
        .filter(|copy| holds_own_address(item, *copy))
        .map(|copy| zone_id(item, copy))
        .find(|id| *id != zone)
}

fn holds_own_address(item: Item<'_>, zone: usize) -> bool {
    let topology = topology(item);
    let records = topology.records.exactly(zone, name_in(topology, zone, item.name));
    records.iter().any(|set| {
        let addresses = &topology.inventory.record_sets[*set].addresses;
        addresses.iter().any(|address| item.name.addresses.contains(address))
    })
}

fn two_copies(what: &str, copy: &ResourceId) -> String {
    format!("{what} stands in another zone of that name, {copy}: use one zone of a name, and link that")
}

fn extend(item: Item<'_>, draft: Draft, group: &ZoneGroup, zone: &ResourceId) -> Draft {
    let name = group.id.name();
    let mut zones = group.configs.iter().filter_map(|config| config.zone.as_ref());
    if zones.clone().any(|held| held == zone) {
        return refresh(item, draft, group);
    }
    if let Some(held) = zones.find(|held| held.name().eq_ignore_ascii_case(zone.name())) {
        return draft.advice(two_copies(&format!("what zone group {name} of the endpoint writes"), held));
    }
    if group.configs.len() >= ZONES_OF_GROUP {
        return draft.advice(format!("zone group {name} of the endpoint is full: write this record by hand"));
    }
    let id = &endpoint(item).id;
    draft.command("add the zone to the endpoint's zone group", remedy::add_to_zone_group(id, name, zone))
}

/// Deletes a zone group and makes it again with every zone it has.
fn refresh(item: Item<'_>, draft: Draft, group: &ZoneGroup) -> Draft {
    let id = &endpoint(item).id;
    let name = group.id.name();
    let mut draft = draft.command(
        "remove the endpoint's zone group, so that its records go (clients get none until the next step)",
        remedy::delete_zone_group(id, name),
    );
    let zones = group.configs.iter().filter_map(|config| config.zone.as_ref());
    for (place, zone) in zones.enumerate() {
        draft = match place {
            0 => draft.command(
                "make it again, so that the right records come",
                remedy::create_zone_group(id, name, zone),
            ),
            _ => draft.command("with every zone it had", remedy::add_to_zone_group(id, name, zone)),
        };
    }
    draft
}

/// Whether the steps for another zone of this endpoint, which has no zone group, make one before.
fn comes_after_another(item: Item<'_>) -> bool {
    let Names::Diagnosed(diagnoses) = &item.estate.names[item.endpoint] else { return false };
    let makes_group = |diagnosis: &Diagnosis| {
        let missing = matches!(diagnosis.record, Judged::Fail(RecordFault::Missing(_)));
        missing || matches!(diagnosis.zone, Judged::Fail(_))
    };
    let names = &topology(item).endpoints[item.endpoint].requirements.names;
    let first = names.iter().zip(diagnoses).find(|(_, diagnosis)| makes_group(diagnosis));
    first.is_some_and(|(name, _)| name.needed.zone != item.name.needed.zone)
}

/// DNS-010: a link to the network that answers.
pub(super) fn link(item: Item<'_>, draft: Draft, fault: &ViewFault, copies: &[usize]) -> Draft {
    let topology = topology(item);
    if let Outcome::Dead { why, .. } = &fault.answer.outcome {
        return draft.advice(format!("point the network's DNS servers at an address that answers ({why})"));
    }
    let Some(speaker) = fault.answer.at else {
        return draft.advice(
            "no zone can be linked to a secured hub: let its firewall ask a DNS private resolver in a network that is linked",
        );
    };
    let network = &topology.inventory.virtual_networks[speaker].id;
    let draft = match passes_machine(fault) {
        true => draft.advice(
            "see where the DNS server forwards the name: to an address of a network that is linked, nothing needs mending; to 168.63.129.16, link the zone",
        ),
        false => draft,
    };
    let linked = &topology.networks[speaker].linked;
    match best_copy(item, copies) {
        // Azure refuses a second zone of one name.
        Some(zone) if linked.contains_key(&topology.inventory.zones[zone].name) => draft.advice(format!(
            "{} is linked to another zone called {}: bring the records together in one of the two, and link that",
            network.name(),
            zone_id(item, zone).name(),
        )),
        Some(zone) => draft.command(
            format!("link the zone to {}", network.name()),
            remedy::link_zone(
                zone_id(item, zone),
                &link_name(topology, zone_id(item, zone), network),
                network,
            ),
        ),
        None => draft.advice(format!(
            "{} zones are called {}, and a network can be linked to one of them only: choose the one that holds the right record, then link it to {}",
            copies.len(),
            item.name.needed.zone,
            network.name()
        )),
    }
}

/// The copy to link: the one the endpoint's zone group names, the only one with the right record, or the only one.
fn best_copy(item: Item<'_>, copies: &[usize]) -> Option<usize> {
    let topology = topology(item);
    let grouped: Vec<&ResourceId> = grouped_zones(topology, &topology.endpoints[item.endpoint]).collect();
    if let Some(zone) = copies.iter().find(|zone| grouped.contains(&zone_id(item, **zone))) {
        return Some(*zone);
    }
    let right = |zone: &&usize| holds_own_address(item, **zone);
    match (copies.iter().filter(right).collect::<Vec<_>>().as_slice(), copies) {
        ([zone], _) => Some(**zone),
        (_, [zone]) => Some(*zone),
        _ => None,
    }
}

/// DNS-021: by a zone group, where the zone is one that groups write into, or by hand.
pub(super) fn write_record(item: Item<'_>, draft: Draft, zone: usize) -> Draft {
    let id = zone_id(item, zone);
    let needed = &item.name.needed;
    let mut recommended =
        [&needed.zone].into_iter().chain(needed.alternatives.iter().map(|place| &place.zone));
    let draft = match recommended.any(|name| name.eq_ignore_ascii_case(id.name())) {
        true => attach(item, draft, id),
        false => draft,
    };
    by_hand(item, draft, zone, "or write it by hand")
}

pub(super) fn by_hand(item: Item<'_>, mut draft: Draft, zone: usize, title: &str) -> Draft {
    let topology = topology(item);
    let id = zone_id(item, zone);
    let name = &topology.inventory.zones[zone].name;
    let needed = &item.name.needed;
    if relative(&needed.fqdn, name).or(relative(&needed.alias, name)).is_none() {
        return draft.advice(format!("a CNAME leads from another zone to {}: see the path", id.name()));
    }
    let record = name_in(topology, zone, item.name);
    let sets = topology.records.exactly(zone, record).iter();
    let cname = |set: &usize| topology.inventory.record_sets[*set].record_type == RecordType::Cname;
    if sets.copied().any(|set| cname(&set)) {
        draft = draft.command("by hand, take the CNAME out first", remedy::delete_cname(id, record));
    }
    for address in &item.name.addresses {
        draft = draft.command(title, remedy::add_record(id, record, *address));
    }
    draft
}

/// DNS-022.
pub(super) fn correct_record(item: Item<'_>, draft: Draft, wrong: &Wrong) -> Draft {
    let topology = topology(item);
    if let Some(peer) = wrong.peer {
        let peer = topology.inventory.private_endpoints[peer].id.name();
        return draft.advice(format!(
            "the record serves {peer}: leave its address there. Give the two networks a zone each, linked to it alone, or connect them"
        ));
    }
    let own = |set: &usize| {
        let creator = topology.inventory.record_sets[*set].creator.as_deref().and_then(Creator::parse);
        creator.is_some_and(|creator| creator.is(endpoint(item)))
    };
    if wrong.records.iter().any(own) {
        return rewrite_by_group(item, draft, zone_id(item, wrong.zone));
    }
    let draft = by_hand(item, draft, wrong.zone, "write the right address");
    let record = name_in(topology, wrong.zone, item.name);
    let theirs = |set: &&usize| *topology.inventory.record_sets[**set].name == *record;
    // A wildcard, or what a CNAME leads to, may serve others.
    let sets: Vec<usize> = wrong.records.iter().filter(theirs).copied().collect();
    take_out(item, draft, wrong.zone, &sets, &wrong.found)
}

fn rewrite_by_group(item: Item<'_>, draft: Draft, zone: &ResourceId) -> Draft {
    let id = &endpoint(item).id;
    match group(item) {
        Group::Found(found) => refresh(item, draft, found),
        // The group is gone and has left its record.
        Group::None => attach(item, draft, zone),
        Group::NotRead => draft
            .command("find the endpoint's zone group and every zone in it", remedy::list_zone_groups(id))
            .command("remove it, so that its record goes", remedy::delete_zone_group(id, "<group>"))
            .command(
                "make it again, so that the right record comes",
                remedy::create_zone_group(id, "<group>", zone),
            )
            .advice("add its other zones to it again, with dns-zone-group add"),
    }
}

/// Takes addresses out of the record sets that hold them, under the names these have.
pub(super) fn take_out(
    item: Item<'_>,
    mut draft: Draft,
    zone: usize,
    sets: &[usize],
    addresses: &[IpAddr],
) -> Draft {
    for set in sets.iter().map(|set| &topology(item).inventory.record_sets[*set]) {
        for address in set.addresses.iter().filter(|address| addresses.contains(address)) {
            let command = remedy::remove_record(zone_id(item, zone), &set.name, *address);
            draft = draft.command("take the wrong address out", command);
        }
    }
    draft
}
