//! The words and evidence of the DNS rules.

use serde_json::{Value, json};

use super::super::{Draft, Estate};
use super::diagnosis::{Vantage, ViewFault, ZoneFault, covering_zones, valid_addresses};
use super::record::{Extra, Missing, Wrong, name_in};
use super::writer::{self, Writer};
use super::{Item, mending};
use crate::finding::Cause;
use crate::inventory::{PrivateEndpoint, ResourceId};
use crate::topology::Topology;
use crate::topology::endpoints::{Choice, NameSource, target_and_group};
use crate::topology::resolve::{Answer, Hop, Outcome};
use crate::topology::servers::Server;
use crate::topology::zones::ZonePattern;

pub(super) fn topology<'a>(item: Item<'a>) -> &'a Topology {
    item.estate.topology
}

pub(super) fn endpoint<'a>(item: Item<'a>) -> &'a PrivateEndpoint {
    &topology(item).inventory.private_endpoints[item.endpoint]
}

pub(super) fn zone_id(item: Item<'_>, zone: usize) -> &ResourceId {
    &topology(item).inventory.zones[zone].id
}

/// The network that asks: the endpoint's own, when it is known, or a client's.
pub(super) fn network_id<'a>(item: Item<'a>) -> Option<&'a ResourceId> {
    let index = item.from.or_else(|| topology(item).endpoints[item.endpoint].network.found())?;
    Some(&topology(item).inventory.virtual_networks[index].id)
}

pub(super) fn zone_cause(id: &ResourceId) -> Cause {
    Cause { kind: "privateDnsZone", id: id.to_string() }
}

/// How many zones of one name a finding names. There may be one in every subscription.
const NAMED_COPIES: usize = 10;

/// How many valid addresses a finding names. Monitor's names are those of every endpoint of its kind.
const NAMED_ADDRESSES: usize = 20;

/// What every finding about a name carries.
pub(super) fn base(item: Item<'_>, cause: Cause, headline: String, message: String) -> Draft {
    let endpoint = endpoint(item);
    let expected: Vec<String> = item.name.addresses.iter().map(ToString::to_string).collect();
    let source = topology(item).endpoints[item.endpoint].source;
    let mut draft = Draft::new(&endpoint.id, cause, headline, message)
        .evidence("fqdn", item.name.needed.fqdn.as_str())
        .evidence("alias", item.name.needed.alias.as_str())
        .evidence("expected", expected)
        .evidence("source", source.title());
    if let Some((target, _)) = target_and_group(endpoint) {
        draft = draft.related("target", target);
    }
    match network_id(item) {
        Some(network) => draft.related("virtualNetwork", network),
        None => draft,
    }
}

/// Something about a name that cannot be known.
pub(super) fn unknown(item: Item<'_>, detail: &str, what: &str) -> Draft {
    let endpoint = endpoint(item);
    let message = format!("{}: {what} cannot be known ({})", endpoint.id.name(), item.name.needed.fqdn);
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let headline = format!("{} cannot be judged", endpoint.id.name());
    // Short, since one gap can stand behind very many of these.
    Draft::new(&endpoint.id, cause, headline, message)
        .detail(detail)
        .evidence("fqdn", item.name.needed.fqdn.as_str())
}

/// An endpoint whose names are not known.
pub(super) fn names_unknown(estate: &Estate<'_>, index: usize) -> Draft {
    let endpoint = &estate.topology.inventory.private_endpoints[index];
    let message = format!("{}: which names it has cannot be known", endpoint.id.name());
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let headline = format!("{} cannot be judged", endpoint.id.name());
    Draft::new(&endpoint.id, cause, headline, message)
}

/// DNS-001.
pub(super) fn zone_missing(item: Item<'_>, fault: &ZoneFault) -> Draft {
    let endpoint = endpoint(item);
    let zone = item.name.needed.zone.as_str();
    let cause = Cause { kind: "privateDnsZone", id: zone.to_owned() };
    let headline = format!("private DNS zone {zone} exists in no subscription that can be seen");
    let message = format!(
        "{} needs private DNS zone {zone} for {}, and no subscription that can be seen has it",
        endpoint.id.name(),
        item.name.needed.fqdn,
    );
    let draft = base(item, cause, headline, message).detail(zone).evidence("zone", zone);
    mending::make_zone(item, draft, zone, fault.at)
}

/// DNS-001 where the table leaves a choice.
pub(super) fn choice_missing(estate: &Estate<'_>, index: usize, choice: &Choice) -> Draft {
    let what = match choice.zones.len() {
        1 => "needs a private DNS zone that exists in no subscription that can be seen",
        _ => "needs one of these private DNS zones, and none exists in a subscription that can be seen",
    };
    of_choice(estate, index, choice, what)
}

/// As [`choice_missing`], where not everything was read.
pub(super) fn choice_unknown(estate: &Estate<'_>, index: usize, choice: &Choice) -> Draft {
    of_choice(estate, index, choice, "may lack its private DNS zone, which cannot be known")
}

fn of_choice(estate: &Estate<'_>, index: usize, choice: &Choice, what: &str) -> Draft {
    let endpoint = &estate.topology.inventory.private_endpoints[index];
    let zones: Vec<&str> = choice.zones.iter().map(ZonePattern::as_str).collect();
    let all = zones.join(" or ");
    let cause = Cause { kind: "privateDnsZone", id: all.clone() };
    let headline = format!("private DNS zone {all} exists in no subscription that can be seen");
    let message = format!("{} {what}: {all}", endpoint.id.name());
    Draft::new(&endpoint.id, cause, headline, message)
        .detail(&all)
        .evidence("zones", zones)
        .evidence("source", NameSource::Derived.title())
}

/// The kind of cause that one link would take away.
pub(super) const MISSING_LINK: &str = "missingLink";

/// What is behind a network that does not see a zone.
pub(super) fn view_cause(item: Item<'_>, fault: &ViewFault) -> Cause {
    if let Outcome::Dead { server, .. } = &fault.answer.outcome {
        return Cause { kind: "dnsServer", id: server.to_string() };
    }
    let speaker = fault.answer.at.map(|index| &topology(item).inventory.virtual_networks[index].id);
    missing_link(&item.name.needed.zone, speaker.or(network_id(item)))
}

/// One link mends every endpoint of a network and zone.
pub(super) fn missing_link(zone: &str, network: Option<&ResourceId>) -> Cause {
    let network = network.map_or_else(String::new, ToString::to_string);
    Cause { kind: MISSING_LINK, id: format!("{zone} -> {network}") }
}

/// DNS-010.
pub(super) fn cannot_resolve(item: Item<'_>, fault: &ViewFault) -> Draft {
    let topology = topology(item);
    let zone = item.name.needed.zone.as_str();
    let own = network_id(item);
    let speaker = fault.answer.at.map(|index| &topology.inventory.virtual_networks[index].id);
    let (headline, message) = not_seen(item, fault, own, speaker);
    let mut draft = base(item, view_cause(item, fault), headline, message)
        .detail(zone)
        .evidence("zone", zone)
        .evidence("path", path(topology, &fault.answer));
    let copies = covering_zones(topology, item.name);
    for copy in copies.iter().take(NAMED_COPIES) {
        draft = draft.related("zone", zone_id(item, *copy));
    }
    mending::link(item, draft, fault, &copies)
}

/// What a person reads of a network that does not see a zone: of the cause, which other networks may share, and of
/// this endpoint.
fn not_seen(
    item: Item<'_>,
    fault: &ViewFault,
    own: Option<&ResourceId>,
    speaker: Option<&ResourceId>,
) -> (String, String) {
    let needed = &item.name.needed;
    let (fqdn, zone) = (&needed.fqdn, &needed.zone);
    let own_name = own.map_or("its network", ResourceId::name);
    if let Outcome::Dead { server, why } = &fault.answer.outcome {
        return (
            format!("nothing answers at DNS server {server}: {why}"),
            format!("clients in {own_name} cannot resolve {fqdn}: they ask {server}, and {why}"),
        );
    }
    let at = speaker.map_or("its DNS", ResourceId::name);
    let headline = match speaker {
        Some(speaker) if Some(speaker) != own => {
            format!("{at} answers for other networks and is not linked to {zone}")
        }
        Some(_) => format!("{at} is not linked to {zone}"),
        None => format!("{own_name} does not see {zone}: {at} is not linked to it"),
    };
    // Who asks for a privatelink name itself is led to no public address.
    let get = if needed.fqdn == needed.alias { "no private address" } else { "the public address" };
    let message = match passes_machine(fault) {
        true => format!(
            "clients in {own_name} get {get} of {fqdn}, unless their DNS server forwards it elsewhere: it stands in {at}, which is not linked to {zone}"
        ),
        false => format!(
            "clients in {own_name} get {get} of {fqdn}: {at} answers for them and is not linked to {zone}"
        ),
    };
    (headline, message)
}

/// Whether a server whose own forwarders cannot be seen was asked on the way.
pub(super) fn passes_machine(fault: &ViewFault) -> bool {
    fault.answer.hops.iter().any(|hop| matches!(hop, Hop::Server(_, Server::Machine { .. })))
}

fn vantage(item: Item<'_>, draft: Draft, vantage: &Vantage) -> Draft {
    match vantage {
        Vantage::Network(answer) => draft.evidence("path", path(topology(item), answer)),
        Vantage::ZoneCopy(why) => draft.evidence("judgedIn", format!("the zone itself: {why}")),
    }
}

/// DNS-021.
pub(super) fn record_missing(item: Item<'_>, missing: &Missing) -> Draft {
    let endpoint = endpoint(item);
    let zone = zone_id(item, missing.zone);
    let record = name_in(topology(item), missing.zone, item.name);
    let headline = format!("{} holds no record for endpoints that need one", zone.name());
    let mut message = format!("{} has no address record `{record}` for {}", zone.name(), endpoint.id.name());
    if missing.redirected {
        message.push_str("; the link falls back to public DNS, so clients silently get the public address");
    } else {
        message.push_str("; clients that see the zone get NXDOMAIN");
    }
    if missing.elsewhere {
        message.push_str("; the zone holds the endpoint's address under another name");
    }
    let draft = base(item, zone_cause(zone), headline, message)
        .detail(&item.name.needed.fqdn)
        .related("zone", zone)
        .evidence("zone", zone.as_str())
        .evidence("record", record)
        .evidence("found", Value::Array(Vec::new()));
    let draft = vantage(item, draft, &missing.vantage);
    mending::write_record(item, draft, missing.zone)
}

/// DNS-022.
pub(super) fn wrong_address(item: Item<'_>, wrong: &Wrong) -> Draft {
    let topology = topology(item);
    let endpoint = endpoint(item);
    let zone = zone_id(item, wrong.zone);
    let record = name_in(topology, wrong.zone, item.name);
    let found: Vec<String> = wrong.found.iter().map(ToString::to_string).collect();
    let expected: Vec<String> = item.name.addresses.iter().map(ToString::to_string).collect();
    let headline = format!("records in {} lead to addresses that are not the endpoint's", zone.name());
    let mut message = format!(
        "`{record}` in {} says {}, but {} has {}",
        zone.name(),
        found.join(", "),
        endpoint.id.name(),
        expected.join(", "),
    );
    if wrong.wildcard {
        message.push_str("; a wildcard record answered");
    }
    if let Some(peer) = wrong.peer {
        let peer = topology.inventory.private_endpoints[peer].id.name();
        message.push_str(&format!("; the address is that of {peer}, to which no path can be seen"));
    }
    let writer = writer::of_records(topology, item.endpoint, &wrong.records);
    if let Some(writer) = &writer {
        message.push_str(&format!("; {}", writer.text));
    }
    let mut draft = base(item, zone_cause(zone), headline, message)
        .detail(&item.name.needed.fqdn)
        .related("zone", zone)
        .evidence("zone", zone.as_str())
        .evidence("record", record)
        .evidence("found", found);
    if let Some(writer) = &writer {
        draft = overwritten(draft, writer);
    }
    if let Some(peer) = wrong.peer {
        draft = draft.related("peer", &topology.inventory.private_endpoints[peer].id);
    }
    draft = creators(item, draft, &wrong.records);
    draft = vantage(item, draft, &wrong.vantage);
    mending::correct_record(item, draft, wrong)
}

/// DNS-023.
pub(super) fn stale_address(item: Item<'_>, extra: &Extra) -> Draft {
    let topology = topology(item);
    let zone = zone_id(item, extra.zone);
    let record = name_in(topology, extra.zone, item.name);
    let found: Vec<String> = extra.found.iter().map(ToString::to_string).collect();
    let stale: Vec<String> = extra.stale.iter().map(ToString::to_string).collect();
    let valid = valid_addresses(topology, &item.name.needed.fqdn).take(NAMED_ADDRESSES);
    let valid: Vec<String> = valid.map(|address| address.to_string()).collect();
    let headline = format!("records in {} hold addresses that belong to no endpoint", zone.name());
    let mut message = format!(
        "`{record}` in {} says {} beside the right address; no endpoint of that name has it, so some clients fail",
        zone.name(),
        stale.join(", "),
    );
    let writer = writer::of_records(topology, item.endpoint, &extra.records);
    if let Some(writer) = &writer {
        message.push_str(&format!("; {}", writer.text));
    }
    let mut draft = base(item, zone_cause(zone), headline, message)
        .detail(&item.name.needed.fqdn)
        .related("zone", zone)
        .evidence("zone", zone.as_str())
        .evidence("record", record)
        .evidence("found", found)
        .evidence("valid", valid)
        .evidence("stale", stale);
    if let Some(writer) = &writer {
        draft = overwritten(draft, writer);
    }
    let draft = vantage(item, creators(item, draft, &extra.records), &extra.vantage);
    mending::take_out(item, draft, extra.zone, &extra.records, &extra.stale)
}

/// The endpoint that overwrote the record.
fn overwritten(draft: Draft, writer: &Writer<'_>) -> Draft {
    let draft = draft.evidence("overwrittenBy", writer.text.as_str());
    match writer.id {
        Some(id) => draft.related("writer", id),
        None => draft,
    }
}

/// Who wrote the records, as their metadata say.
fn creators(item: Item<'_>, draft: Draft, records: &[usize]) -> Draft {
    let sets = records.iter().map(|set| &topology(item).inventory.record_sets[*set]);
    let creators: Vec<&str> = sets.filter_map(|set| set.creator.as_deref()).collect();
    if creators.is_empty() { draft } else { draft.evidence("writtenBy", json!(creators)) }
}

/// The way an answer was found, a line a hop.
fn path(topology: &Topology, answer: &Answer) -> Vec<String> {
    topology.describe(answer)
}
