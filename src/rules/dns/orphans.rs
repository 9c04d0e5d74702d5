//! DNS-024 and DNS-040: records of endpoints that are no more, and records of which something else has the address.

use std::net::IpAddr;

use super::super::{Draft, Estate, Sink, remedy};
use super::diagnosis::Why;
use super::record::Creator;
use super::zone_records::{Entry, Sight, for_each_record, texts};
use crate::finding::Confidence;
use crate::inventory::ResourceId;
use crate::topology::Topology;
use crate::topology::endpoints::target_and_group;
use crate::topology::networks::Remote;
use crate::topology::reach::Path;
use crate::topology::zones::has_private_label;

mod reason {
    pub const NO_GUID: &str = "record does not tell its endpoint's guid";
    pub const PARTIAL: &str = "endpoints of other subscriptions were not read";
    pub const OUT_OF_SIGHT: &str = "address lies in no network that was read: its endpoint may stand there";
    pub const SAME_SERVICE: &str =
        "address is that of an endpoint of the same service, which may have this name too";
    pub const NO_PATH: &str = "no path leads from where the zone is seen to what holds the address";
}

/// DNS-024: the endpoint that wrote the record is gone.
pub(in crate::rules) fn orphan(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let sight = Sight::of_holders(topology);
    let what = "whether the endpoints that wrote its records still exist";
    for_each_record(
        estate,
        sink,
        what,
        |_| true,
        |entry, sink| {
            let Some(creator) = entry.creator() else { return };
            if creator.guid.is_none() {
                return sink.not_judged(reason::NO_GUID);
            }
            if creator.exists(topology) || entry.is_spoken_for() {
                return sink.pass();
            }
            let unknown = || entry.unknown("whether the endpoint that wrote it still exists");
            if !is_seen_whole(entry, &sight, sink, unknown) {
                return;
            }
            match takeover(entry) {
                // DNS-040 says it.
                Taken::By(..) => return sink.pass(),
                Taken::Unread(why) => return sink.unknown(&why, unknown()),
                Taken::No | Taken::NotJudged(_) => {}
            }
            if !entry.record().addresses.iter().all(|address| is_in_sight(topology, *address)) {
                return sink.not_judged(reason::OUT_OF_SIGHT);
            }
            sink.fail(Confidence::Certain, orphan_draft(entry, creator));
        },
    );
}

/// Whether all that may hold the record's addresses was read; says what came of it where it was not.
fn is_seen_whole(entry: Entry<'_>, sight: &Sight, sink: &mut Sink<'_>, unknown: impl Fn() -> Draft) -> bool {
    let unread = match sight {
        Sight::Unread(unread) => Some(unread.clone()),
        Sight::Partial => {
            sink.not_judged(reason::PARTIAL);
            return false;
        }
        Sight::Whole => entry.odd(),
    };
    let Some(unread) = unread else { return true };
    sink.unknown(&Why::Unread(unread), unknown());
    false
}

/// Whether an address lies in a network that was read, and in none that is peered and was not: an endpoint stands
/// in the subscription of its network (Azure docs: private endpoint overview), so it would have been seen.
pub(super) fn is_in_sight(topology: &Topology, address: IpAddr) -> bool {
    let mut read = false;
    for (network, joined) in topology.inventory.virtual_networks.iter().zip(&topology.networks) {
        read |= network.address_prefixes.iter().any(|prefix| prefix.contains(&address));
        let unseen = network.peerings.iter().zip(&joined.remotes).any(|(peering, remote)| {
            let space = peering.remote_address_space.iter().flatten();
            matches!(remote, Remote::Unread(_)) && space.clone().any(|prefix| prefix.contains(&address))
        });
        if unseen {
            return false;
        }
    }
    read
}

fn orphan_draft(entry: Entry<'_>, creator: Creator<'_>) -> Draft {
    let (zone, record) = (entry.zone(), entry.record());
    let headline = format!("records in {} were written by endpoints that no longer exist", zone.name);
    let mut message = format!(
        "`{}` in {} says {}, and endpoint {}, which wrote it, no longer exists",
        record.name,
        zone.name,
        texts(&record.addresses).join(", "),
        creator.endpoint,
    );
    if entry.topology().has_endpoint_called(creator.endpoint) {
        message.push_str("; the one of that name now is another");
    }
    entry
        .draft(headline, message)
        .command("see that it is still as it was read", remedy::show_record_set(&zone.id, record))
        .command(
            "delete it, so that the name leads nowhere, or to the public address where the service has no endpoint",
            remedy::delete_record_set(&zone.id, record),
        )
}

/// DNS-040: the record's address belongs to something else now.
pub(in crate::rules) fn taken_over(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let sight = Sight::of_holders(topology);
    let fit = |zone: usize| is_judged(topology, zone);
    for_each_record(estate, sink, "what holds the addresses in its records", fit, |entry, sink| {
        if !has_address(entry) {
            return;
        }
        if writer_holds_it(entry) || entry.claims().next().is_some() {
            return sink.pass();
        }
        let unknown = || entry.unknown("what holds its address");
        if !is_seen_whole(entry, &sight, sink, unknown) {
            return;
        }
        match takeover(entry) {
            Taken::By(holder, confidence) => sink.fail(confidence, taken_draft(entry, &holder)),
            Taken::Unread(why) => sink.unknown(&why, unknown()),
            Taken::NotJudged(reason) => sink.not_judged(reason),
            Taken::No => sink.pass(),
        }
    });
}

/// Names that other services have chosen for their zones say nothing about who may hold an address.
fn is_judged(topology: &Topology, zone: usize) -> bool {
    topology.is_zone_of_azure(zone) && has_private_label(&topology.inventory.zones[zone].name)
}

/// Wildcards are DNS-026's.
fn has_address(entry: Entry<'_>) -> bool {
    let record = entry.record();
    !record.auto_registered && !record.name.starts_with('*') && !record.addresses.is_empty()
}

/// Whether the endpoint that wrote the record has one of its addresses.
fn writer_holds_it(entry: Entry<'_>) -> bool {
    let topology = entry.topology();
    let Some(creator) = entry.creator() else { return false };
    let holders =
        entry.record().addresses.iter().flat_map(|address| entry.estate.claims.of_address(*address));
    holders.into_iter().any(|holder| creator.is(&topology.inventory.private_endpoints[holder]))
}

/// Who has a record's address now.
struct Holder<'a> {
    id: &'a ResourceId,
    address: IpAddr,
    /// Whether it is a private endpoint.
    endpoint: Option<usize>,
}

enum Taken<'a> {
    No,
    By(Holder<'a>, Confidence),
    Unread(Why),
    NotJudged(&'static str),
}

/// What holds the address of a record that is no name of any endpoint; everything was read.
fn takeover(entry: Entry<'_>) -> Taken<'_> {
    let topology = entry.topology();
    if !is_judged(topology, entry.zone) || !has_address(entry) || entry.claims().next().is_some() {
        return Taken::No;
    }
    let links = topology.knowledge.children(&entry.zone().id, crate::inventory::Kind::VirtualNetworkLinks);
    if let Some(unread) = links {
        return Taken::Unread(Why::Unread(unread));
    }
    let mut excuse = None;
    for address in &entry.record().addresses {
        for holder in entry.estate.claims.of_address(*address) {
            match of_endpoint(entry, holder) {
                Ok(confidence) => return Taken::By(endpoint_holder(topology, holder, *address), confidence),
                Err(reason) => excuse = excuse.or(reason),
            }
        }
        for (id, network) in topology.holders.others(&topology.inventory, *address) {
            // It may be there to forward to the service, the more so where a person wrote the record.
            let most = if entry.creator().is_some() { Confidence::Probable } else { Confidence::Possible };
            match way_to(entry, network).map(|way| way.max(most)) {
                Some(confidence) => {
                    return Taken::By(Holder { id, address: *address, endpoint: None }, confidence);
                }
                None => excuse = excuse.or(Some(reason::NO_PATH)),
            }
        }
    }
    excuse.map_or(Taken::No, Taken::NotJudged)
}

fn endpoint_holder(topology: &Topology, endpoint: usize, address: IpAddr) -> Holder<'_> {
    Holder { id: &topology.inventory.private_endpoints[endpoint].id, address, endpoint: Some(endpoint) }
}

/// How sure it is that an endpoint which holds the address is another than the name's; else why it cannot be
/// said, or nothing where the endpoint itself wrote the record or may bear any name.
fn of_endpoint(entry: Entry<'_>, endpoint: usize) -> Result<Confidence, Option<&'static str>> {
    let topology = entry.topology();
    let creator = entry.creator();
    if creator.is_some_and(|creator| creator.is(&topology.inventory.private_endpoints[endpoint])) {
        return Err(None);
    }
    let requirements = &topology.endpoints[endpoint].requirements;
    // Endpoints of customers' services may bear any name.
    if requirements.names.is_empty() && requirements.choices.is_empty() {
        return Err(None);
    }
    // Aliases of namespaces and failover groups of servers are written by hand, beside the endpoint's own names.
    if creator.is_none() && needs_zone(topology, endpoint, &entry.zone().name) {
        return Err(Some(reason::SAME_SERVICE));
    }
    way_to(entry, topology.endpoints[endpoint].network.found()).ok_or(Some(reason::NO_PATH))
}

fn needs_zone(topology: &Topology, endpoint: usize, zone: &str) -> bool {
    let requirements = &topology.endpoints[endpoint].requirements;
    let named = requirements.names.iter().any(|name| {
        let needed = &name.needed;
        let mut zones = [&needed.zone].into_iter().chain(needed.alternatives.iter().map(|place| &place.zone));
        zones.any(|known| known == zone)
    });
    let set = topology.endpoints[endpoint].catalogued.iter().flat_map(|catalogued| &catalogued.zones);
    named
        || set.into_iter().any(|known| known.matches(zone))
        || requirements.choices.iter().flat_map(|choice| &choice.zones).any(|known| known.matches(zone))
}

/// How surely a network in which the zone is seen leads to this one: networks that never meet may use the same
/// addresses.
fn way_to(entry: Entry<'_>, network: Option<usize>) -> Option<Confidence> {
    let (topology, to) = (entry.topology(), network?);
    let ways = topology.networks_linked_to(entry.zone).map(|from| topology.path(from, to));
    let sure = |way| match way {
        Path::Direct => Some(Confidence::Certain),
        Path::Possible(_) => Some(Confidence::Probable),
        Path::None => None,
    };
    ways.filter_map(sure).min()
}

fn taken_draft(entry: Entry<'_>, holder: &Holder<'_>) -> Draft {
    let (topology, zone, record) = (entry.topology(), entry.zone(), entry.record());
    let what = match holder.endpoint {
        Some(endpoint) => {
            let target = target_and_group(&topology.inventory.private_endpoints[endpoint]);
            let target = target.map_or("another target", |(target, _)| target.name());
            format!("private endpoint {} of {target}", holder.id.name())
        }
        None => holder.id.name().to_owned(),
    };
    let headline = format!("records in {} lead to resources that they were not made for", zone.name);
    let message = format!(
        "`{}` in {} says {}, which {what} has now; no endpoint has that name, so clients talk to the wrong one",
        record.name, zone.name, holder.address,
    );
    let draft = entry
        .draft(headline, message)
        .related("holder", holder.id)
        .evidence("heldBy", holder.id.as_str())
        .command("see who wrote it", remedy::show_record_set(&zone.id, record));
    if holder.endpoint.is_none() && entry.creator().is_none() {
        return draft
            .advice(format!(
                "if {} forwards to the service, leave the record; else take its address out",
                holder.id.name()
            ))
            .command("take the address out", remedy::remove_record(&zone.id, &record.name, holder.address));
    }
    draft.command("take the address out", remedy::remove_record(&zone.id, &record.name, holder.address))
}
