//! PE-008: several endpoints of one target write one record.

use std::net::IpAddr;

use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, RecordSet, ResourceId};
use crate::rules::dns::diagnosis::{Diagnosis, Judged, Why, grouped_zones, is_approved};
use crate::rules::dns::record::{Creator, name_in};
use crate::rules::{Draft, Estate, Names, Sink, remedy};
use crate::topology::Topology;
use crate::topology::endpoints::{ExpectedName, target_and_group};
use crate::topology::is_reported;
use crate::topology::records::relative;

/// One name of one endpoint, of which other endpoints of the target have the same.
#[derive(Clone, Copy)]
struct Shared<'a> {
    topology: &'a Topology,
    endpoint: usize,
    name: &'a ExpectedName,
}

/// A record that another endpoint wrote where this one's zone group writes too.
struct Lost<'a> {
    zone: usize,
    record: &'a RecordSet,
    writer: usize,
}

/// PE-008.
pub(in crate::rules) fn one_record(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (endpoint, names) in estate.names.iter().enumerate() {
        let Names::Diagnosed(diagnoses) = names else { continue };
        let expected = &topology.endpoints[endpoint].requirements.names;
        for (name, diagnosis) in expected.iter().zip(diagnoses) {
            let shared = Shared { topology, endpoint, name };
            match shared.peers().next() {
                Some(_) => judge(shared, diagnosis, sink),
                None => sink.pass(),
            }
        }
    }
    of_several_addresses(estate, sink);
}

fn judge(shared: Shared<'_>, diagnosis: &Diagnosis, sink: &mut Sink<'_>) {
    // What clients get is another rule's, or cannot be known.
    if diagnosis.record != Judged::Pass {
        return;
    }
    let topology = shared.topology;
    let endpoint = &topology.inventory.private_endpoints[shared.endpoint];
    // A list that is not empty is evidence that there is no zone group.
    if !endpoint.custom_dns_configs.is_empty() {
        return sink.pass();
    }
    if let Some(unread) = topology.knowledge.children(&endpoint.id, Kind::PrivateDnsZoneGroups) {
        return sink.unknown(&Why::Unread(unread), unknown(shared));
    }
    match shared.lost() {
        Some(lost) => sink.fail(Confidence::Certain, draft(shared, &lost)),
        None => sink.pass(),
    }
}

impl<'a> Shared<'a> {
    fn target(self, endpoint: usize) -> Option<&'a ResourceId> {
        target_and_group(&self.topology.inventory.private_endpoints[endpoint]).map(|(target, _)| target)
    }

    /// Other approved endpoints of the target that carry the name. Names that all targets of a kind have
    /// (Azure Monitor's) are DNS-033's.
    fn peers(self) -> impl Iterator<Item = usize> {
        let held = self.topology.addresses_named(&self.name.needed.fqdn).iter();
        held.map(|(_, endpoint)| *endpoint).filter(move |other| self.is_peer(*other))
    }

    fn is_peer(self, other: usize) -> bool {
        other != self.endpoint
            && self.target(other) == self.target(self.endpoint)
            && is_approved(self.topology, other)
    }

    /// The peer that a creator names: very many endpoints may share a name, so that they are not gone through.
    fn peer_that_wrote(self, creator: Creator<'_>) -> Option<usize> {
        let writer = match (creator.guid, self.topology.endpoints_called(creator.endpoint)) {
            (Some(guid), _) => self.topology.endpoint_with_guid(guid)?,
            (None, [only]) => *only,
            (None, _) => return None,
        };
        let mut names = self.topology.endpoints[writer].requirements.names.iter();
        let carries = names.any(|name| name.needed.fqdn == self.name.needed.fqdn);
        (carries && self.is_peer(writer)).then_some(writer)
    }

    /// The record in a zone of the endpoint's zone group that another's zone group has written since.
    fn lost(self) -> Option<Lost<'a>> {
        let topology = self.topology;
        let own = &self.name.addresses;
        let zones = grouped_zones(topology, &topology.endpoints[self.endpoint]);
        zones.filter_map(|id| topology.zone(id)).find_map(|zone| {
            relative(&self.name.needed.alias, &topology.inventory.zones[zone].name)?;
            let sets = topology.records.exactly(zone, name_in(topology, zone, self.name)).iter();
            sets.map(|set| &topology.inventory.record_sets[*set]).find_map(|record| {
                let holds_own = record.addresses.iter().any(|address| own.contains(address));
                let creator = record.creator.as_deref().and_then(Creator::parse)?;
                let writer = self.peer_that_wrote(creator)?;
                (!holds_own && !record.addresses.is_empty()).then_some(Lost { zone, record, writer })
            })
        })
    }
}

fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn cause(record: &RecordSet) -> Cause {
    Cause { kind: "recordSet", id: record.id.to_string() }
}

fn unknown(shared: Shared<'_>) -> Draft {
    let endpoint = &shared.topology.inventory.private_endpoints[shared.endpoint];
    let fqdn = &shared.name.needed.fqdn;
    let message =
        format!("{}: whether it writes the record of another cannot be known ({fqdn})", endpoint.id.name());
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    Draft::new(&endpoint.id, cause, format!("{} cannot be judged", endpoint.id.name()), message).detail(fqdn)
}

fn draft(shared: Shared<'_>, lost: &Lost<'_>) -> Draft {
    let topology = shared.topology;
    let endpoint = &topology.inventory.private_endpoints[shared.endpoint];
    let writer = &topology.inventory.private_endpoints[lost.writer];
    let zone = &topology.inventory.zones[lost.zone];
    let record = lost.record;
    let headline = format!("several endpoints of one target write `{}` in {}", record.name, zone.name);
    let message = format!(
        "{} and {} both write `{}` in {}, which holds {} alone: the last one wins, and when {} goes, the record goes with it",
        endpoint.id.name(),
        writer.id.name(),
        record.name,
        zone.name,
        texts(&record.addresses).join(", "),
        writer.id.name(),
    );
    let draft = Draft::new(&endpoint.id, cause(record), headline, message)
        .detail(&format!("{} {}", shared.name.needed.fqdn, zone.id.lower()))
        .related("peer", &writer.id)
        .related("zone", &zone.id)
        .evidence("fqdn", shared.name.needed.fqdn.as_str())
        .evidence("record", &*record.name)
        .evidence("found", texts(&record.addresses))
        .evidence("expected", texts(&shared.name.addresses));
    mend(draft, zone, record)
}

fn mend(draft: Draft, zone: &crate::inventory::PrivateDnsZone, record: &RecordSet) -> Draft {
    draft
        .command("see which endpoint has the record now", remedy::show_record_set(&zone.id, record))
        .advice("where one endpoint is enough for all who see the zone: take the zone out of the others' zone groups first, then make the group of the one that stays again, so that it writes the record")
        .advice("where each network needs its own endpoint: give each a zone of that name of its own, linked to it alone")
}

/// Records that hold the addresses of several endpoints of one target, of which a zone group wrote some.
fn of_several_addresses(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (index, record) in topology.inventory.record_sets.iter().enumerate() {
        if record.addresses.len() < 2 || record.creator.as_deref().and_then(Creator::parse).is_none() {
            continue;
        }
        let Some(zone) = topology.records.zone_of(index) else { continue };
        let zone = &topology.inventory.zones[zone];
        if !is_reported(&topology.inventory, &zone.id) {
            continue;
        }
        let sharing = sharing(estate, &zone.name, record);
        if sharing.len() > 1 {
            sink.fail(Confidence::Possible, several_draft(topology, zone, record, &sharing));
        }
    }
}

/// The endpoints of one target of which a record holds an address for its name.
fn sharing(estate: &Estate<'_>, zone: &str, record: &RecordSet) -> Vec<usize> {
    let topology = estate.topology;
    let target = |endpoint: usize| target_and_group(&topology.inventory.private_endpoints[endpoint]);
    let mut sharing: Vec<usize> = Vec::new();
    for claim in estate.claims.of_record(zone, record) {
        let name = topology.endpoints[claim.endpoint].requirements.names.get(claim.name);
        let holds = name.is_some_and(|name| record.addresses.iter().any(|a| name.addresses.contains(a)));
        let same = sharing
            .first()
            .is_none_or(|first| target(*first).map(|(id, _)| id) == target(claim.endpoint).map(|(id, _)| id));
        if holds && same && is_approved(topology, claim.endpoint) {
            sharing.push(claim.endpoint);
        }
    }
    sharing.sort_unstable();
    sharing.dedup();
    sharing
}

fn several_draft(
    topology: &Topology,
    zone: &crate::inventory::PrivateDnsZone,
    record: &RecordSet,
    sharing: &[usize],
) -> Draft {
    let ids = sharing.iter().map(|endpoint| &topology.inventory.private_endpoints[*endpoint].id);
    let names: Vec<&str> = ids.clone().map(ResourceId::name).collect();
    let headline = format!("several endpoints of one target write `{}` in {}", record.name, zone.name);
    let message = format!(
        "`{}` in {} holds the addresses of {}: clients get any of them, and a zone group that writes again keeps its own alone",
        record.name,
        zone.name,
        names.join(", "),
    );
    let mut draft = Draft::new(&record.id, cause(record), headline, message)
        .related("zone", &zone.id)
        .evidence("record", &*record.name)
        .evidence("found", texts(&record.addresses));
    for id in ids {
        draft = draft.related("peer", id);
    }
    mend(draft, zone, record)
}
