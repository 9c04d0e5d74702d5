//! The rule about zones whose name is a mistake: DNS-006.

use super::super::{Draft, Estate, Sink, remedy};
use super::diagnosis::Why;
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, PrivateDnsZone};
use crate::topology::private_dns::{Standing, Zone};

/// DNS-006: a zone that ought not to exist.
pub(in crate::rules) fn not_to_create(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (index, joined) in topology.zones.iter().enumerate() {
        if !joined.reported || !joined.related {
            continue;
        }
        let zone = &topology.inventory.zones[index];
        match joined.standing {
            Standing::Usual => sink.pass(),
            Standing::NotToCreate => forbidden(estate, joined, zone, sink),
            Standing::Regional => regional(estate, index, zone, sink),
        }
    }
}

/// One that is linked answers for names whose records stand elsewhere; one that is linked to nothing waits for that.
fn forbidden(estate: &Estate<'_>, joined: &Zone, zone: &PrivateDnsZone, sink: &mut Sink<'_>) {
    let unread = estate.topology.knowledge.children(&zone.id, Kind::VirtualNetworkLinks);
    match unread {
        _ if !joined.links.is_empty() => sink.fail(Confidence::Certain, draft(estate, joined, zone)),
        None => sink.fail(Confidence::Possible, draft(estate, joined, zone)),
        Some(unread) => sink.unknown(&Why::Unread(unread), draft(estate, joined, zone)),
    }
}

fn draft(estate: &Estate<'_>, joined: &Zone, zone: &PrivateDnsZone) -> Draft {
    let linked = !joined.links.is_empty();
    let right = right_zone(&zone.name);
    let harm = match linked {
        true => "it hides the records of the right zone from the networks it is linked to",
        false => "it is linked to no network yet",
    };
    let message = format!(
        "{} is a zone that no zone group writes into: its names belong in {right}; {harm}",
        zone.name
    );
    let headline = format!("{} ought not to exist: its names belong in {right}", zone.name);
    let draft = base(zone, headline, message).evidence("linked", linked).advice(format!(
        "see that every name in it has its record in {right}, under the longer name, before the next steps"
    ));
    let links = joined.links.iter().map(|link| &estate.topology.inventory.links[*link].id);
    let draft = links.fold(draft, |draft, link| draft.command("remove its link", remedy::delete_link(link)));
    draft.command("remove the zone", remedy::delete_zone(&zone.id))
}

/// The zone that begins at the `privatelink` label.
fn right_zone(name: &str) -> &str {
    name.find("privatelink.").map_or(name, |start| &name[start..])
}

/// Earlier editions of the zone table named it. With addresses in it, it is in use.
fn regional(estate: &Estate<'_>, index: usize, zone: &PrivateDnsZone, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let right = right_zone(&zone.name);
    let message = format!(
        "{} is a zone for one region, as earlier tables had it; records for every region now belong in {right}",
        zone.name
    );
    let headline = format!("{} is a zone for one region, as earlier tables had it", zone.name);
    let draft = base(zone, headline, message).advice(format!(
        "it goes on to work: when it suits, let the zone groups write into {right}, link that, and remove this one"
    ));
    if topology.records.has_addresses(&topology.inventory, index) {
        sink.fail(Confidence::Possible, draft);
    } else if let Some(unread) = topology.knowledge.children(&zone.id, Kind::RecordSets) {
        sink.unknown(&Why::Unread(unread), draft);
    } else {
        sink.pass();
    }
}

fn base(zone: &PrivateDnsZone, headline: String, message: String) -> Draft {
    let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
    Draft::new(&zone.id, cause, headline, message).evidence("zone", zone.id.as_str())
}
