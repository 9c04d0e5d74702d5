//! Record sets of the zones that are reported on, as the rules about records look at them.

use std::net::IpAddr;

use super::super::{Draft, Estate, Names, Sink};
use super::diagnosis::{Diagnosis, Judged, Why};
use super::record::Creator;
use crate::finding::Cause;
use crate::inventory::{Kind, PrivateDnsZone, RecordSet};
use crate::topology::claims::Claim;
use crate::topology::knowledge::Unread;
use crate::topology::{Topology, is_reported};

/// One record set of one zone.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub estate: &'a Estate<'a>,
    /// Index into the zones.
    pub zone: usize,
    /// Index into the record sets.
    pub set: usize,
}

impl<'a> Entry<'a> {
    pub fn topology(self) -> &'a Topology {
        self.estate.topology
    }

    pub fn zone(self) -> &'a PrivateDnsZone {
        &self.topology().inventory.zones[self.zone]
    }

    pub fn record(self) -> &'a RecordSet {
        &self.topology().inventory.record_sets[self.set]
    }

    /// Who wrote it, as its metadata say.
    pub fn creator(self) -> Option<Creator<'a>> {
        self.record().creator.as_deref().and_then(Creator::parse)
    }

    /// The endpoints of which it is a name.
    pub fn claims(self) -> impl Iterator<Item = Claim> {
        self.estate.claims.of_record(&self.zone().name, self.record())
    }

    /// Why its addresses are not wholly known.
    pub fn odd(self) -> Option<Unread> {
        self.topology().knowledge.field(&self.record().id)
    }

    /// A draft about the record set, grouped by its zone.
    pub fn draft(self, headline: String, message: String) -> Draft {
        let (zone, record) = (self.zone(), self.record());
        let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
        let draft = Draft::new(&record.id, cause, headline, message)
            .related("zone", &zone.id)
            .evidence("zone", zone.id.as_str())
            .evidence("record", &*record.name);
        let draft = match record.addresses.as_slice() {
            [] => draft,
            found => draft.evidence("found", texts(found)),
        };
        match &record.creator {
            Some(creator) => draft.evidence("writtenBy", &**creator),
            None => draft,
        }
    }

    /// Something about it that cannot be known.
    pub fn unknown(self, what: &str) -> Draft {
        let (zone, record) = (self.zone(), self.record());
        let message = format!("{what} cannot be known of `{}` in {}", record.name, zone.name);
        let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
        Draft::new(&record.id, cause, format!("{} cannot be judged", zone.name), message)
    }

    /// Whether it is left to the rules that judge the names of endpoints: it serves one of an endpoint that is
    /// there, or one of those rules speaks of the name or cannot know.
    pub fn is_spoken_for(self) -> bool {
        self.claims().any(|claim| self.serves(claim) || self.is_judged_as_name(claim))
    }

    /// Whether it holds an address of the endpoint whose name it is.
    pub fn serves(self, claim: Claim) -> bool {
        let endpoint = &self.topology().endpoints[claim.endpoint];
        let own = match endpoint.requirements.names.get(claim.name) {
            Some(name) if !name.addresses.is_empty() => &name.addresses,
            _ => &endpoint.addresses,
        };
        self.record().addresses.iter().any(|address| own.contains(address))
    }

    /// Whether another rule says something of the name: it does not where the name is right in another copy of
    /// the zone.
    fn is_judged_as_name(self, claim: Claim) -> bool {
        match &self.estate.names[claim.endpoint] {
            Names::Unreported => false,
            Names::Excused(_) | Names::Unread(_) => true,
            Names::Diagnosed(all) => all.get(claim.name).is_none_or(|d| d.record != Judged::Pass),
        }
    }

    /// Whether DNS-021, DNS-022 or DNS-023 report the name, or say that it cannot be known.
    pub fn is_reported_as_name(self) -> bool {
        let speaks = |all: &[Diagnosis], name: usize| {
            all.get(name).is_some_and(|d| {
                matches!(d.record, Judged::Fail(_) | Judged::Unknown(_))
                    || matches!(d.extra, Judged::Fail(_) | Judged::Unknown(_))
            })
        };
        self.claims().any(|claim| match &self.estate.names[claim.endpoint] {
            Names::Unreported | Names::Excused(_) => false,
            Names::Unread(_) => true,
            Names::Diagnosed(all) => speaks(all, claim.name),
        })
    }
}

/// Addresses for evidence.
pub(super) fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// The zones that are reported on.
pub(super) fn reported_zones<'a>(estate: &'a Estate<'a>) -> impl Iterator<Item = usize> + 'a {
    let inventory = &estate.topology.inventory;
    (0..inventory.zones.len()).filter(|zone| is_reported(inventory, &inventory.zones[*zone].id))
}

/// Hands on every record set of the zones that are reported on and `fit`. A zone whose records could not be read
/// is told once: nobody knows `what` of them.
pub(super) fn for_each_record<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    what: &str,
    fit: impl Fn(usize) -> bool,
    mut each: impl FnMut(Entry<'a>, &mut Sink<'_>),
) {
    let topology = estate.topology;
    let mut chosen = vec![false; topology.inventory.zones.len()];
    for zone in reported_zones(estate).filter(|zone| fit(*zone)) {
        chosen[zone] = true;
        let id = &topology.inventory.zones[zone].id;
        if let Some(unread) = topology.knowledge.children(id, Kind::RecordSets) {
            sink.unknown(&Why::Unread(unread), zone_unknown(estate, zone, what));
        }
    }
    for set in 0..topology.inventory.record_sets.len() {
        if let Some(zone) = topology.records.zone_of(set).filter(|zone| chosen[*zone]) {
            each(Entry { estate, zone, set }, sink);
        }
    }
}

/// Something about a zone that cannot be known.
pub(super) fn zone_unknown(estate: &Estate<'_>, zone: usize, what: &str) -> Draft {
    let zone = &estate.topology.inventory.zones[zone];
    let message = format!("{what} cannot be known of {}", zone.name);
    let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
    Draft::new(&zone.id, cause, format!("{} cannot be judged", zone.name), message)
}

/// How much was seen of what can hold an address.
pub(super) enum Sight {
    Whole,
    Unread(Unread),
    /// Never asked for.
    Partial,
}

/// Whatever can hold a record's address, and the networks it stands in.
const HOLDERS: [Kind; 5] = [
    Kind::PrivateEndpoints,
    Kind::NetworkInterfaces,
    Kind::LoadBalancers,
    Kind::AzureFirewalls,
    Kind::VirtualNetworks,
];

impl Sight {
    pub fn of_holders(topology: &Topology) -> Sight {
        match topology.knowledge.gaps_in(&HOLDERS) {
            Some(unread) => Sight::Unread(unread),
            None if topology.knowledge.asked_for_all(&HOLDERS) => Sight::Whole,
            None => Sight::Partial,
        }
    }
}
