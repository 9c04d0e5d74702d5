//! Rows of record sets of private DNS zones: who wrote them, and who holds their addresses.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::endpoint::addresses;
use super::head::{Body, Head, shown};
use super::reference::{self, ZoneRef};
use super::{Row, Subject, words};
use crate::inventory::{Kind, RecordSet, RecordType};
use crate::topology::claims::full_name;
use crate::topology::creator::Creator;
use crate::topology::networks::Remote;
use crate::topology::{Topology, is_reported};

/// A record set of a private DNS zone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a record set, version 1")]
pub(super) struct RecordRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "record"))]
    subject: &'static str,
    /// The zone it stands in; null when its id names none.
    zone: Option<ZoneRef>,
    /// Its name in the zone, in lower case; `@` for the zone itself.
    record: String,
    /// Its whole name, in lower case; null when its id names no zone.
    fqdn: Option<String>,
    /// `A`, `AAAA`, `CNAME`, `TXT`, `SOA`, …
    r#type: String,
    /// In seconds; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    ttl: Fact<Option<u64>>,
    /// The addresses of an A or AAAA set, in Azure's order; empty for other types.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    addresses: Fact<Vec<IpAddr>>,
    /// Where a CNAME leads, in lower case; null for other types, and for one that leads nowhere.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    cname: Fact<Option<String>>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    writer: Fact<Writer>,
    /// The ARM ids of the private endpoints that hold one of its addresses, sorted. Absent unless the endpoints of every
    /// subscription that can be seen were read, with their addresses: they may stand anywhere.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    holders: Fact<Vec<String>>,
    /// Whether the endpoint that wrote it is gone, and no other holds one of its addresses. Absent unless that can be
    /// decided; false for what no zone group wrote.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    orphan: Fact<bool>,
}

/// Who wrote a record set, as its metadata tell.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Writer {
    /// `zoneGroup` of a private endpoint, `registration` of a machine, `azure` for the zone's own SOA, or `other`: a
    /// person or a program.
    #[schemars(extend("enum" = words::WRITERS))]
    by: &'static str,
    /// The name of the endpoint whose zone group wrote it; null when none did.
    endpoint: Option<String>,
    /// The resource GUID of that endpoint; null when it is not told.
    guid: Option<String>,
    /// The ARM id of that endpoint; null when it is gone or none wrote it. Absent when that is not known.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    id: Fact<Option<String>>,
}

/// Whatever can hold a record's address, and the networks it stands in.
const HOLDERS: [Kind; 3] = [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::VirtualNetworks];

/// Who holds which address, made once.
struct Estate<'a> {
    topology: &'a Topology,
    by_address: HashMap<IpAddr, Vec<usize>>,
    /// Whether every endpoint that can be seen was read.
    endpoints_whole: bool,
    /// Whether so were their addresses.
    addresses_whole: bool,
    /// The address space of every network that was read, in one.
    read: Space,
    /// That of networks that are peered and were not.
    unread: Space,
}

/// Prefixes of which none overlaps another, sorted.
struct Space(Vec<IpNet>);

impl Space {
    fn of(prefixes: Vec<IpNet>) -> Self {
        let mut prefixes = IpNet::aggregate(&prefixes);
        prefixes.sort_unstable();
        Space(prefixes)
    }

    fn contains(&self, address: IpAddr) -> bool {
        let after = self.0.partition_point(|prefix| prefix.network() <= address);
        let before = after.checked_sub(1).and_then(|at| self.0.get(at));
        before.is_some_and(|prefix| prefix.contains(&address))
    }
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let estate = Estate::of(topology);
    let row = |set: &RecordSet| {
        let reported = is_reported(&topology.inventory, &set.id);
        Row::of(&set.id, reported, &estate.row(set, reported))
    };
    topology.inventory.record_sets.par_iter().map(row).collect()
}

impl<'a> Estate<'a> {
    fn of(topology: &'a Topology) -> Self {
        let mut by_address: HashMap<IpAddr, Vec<usize>> = HashMap::with_capacity(topology.endpoints.len());
        let mut addresses_whole = true;
        for (index, endpoint) in topology.endpoints.iter().enumerate() {
            addresses_whole &= !addresses(topology, index).is_unread();
            endpoint.addresses.iter().for_each(|address| by_address.entry(*address).or_default().push(index));
        }
        let knowledge = &topology.knowledge;
        let endpoints_whole = knowledge.gaps_in(&HOLDERS).is_none() && knowledge.asked_for_all(&HOLDERS);
        let networks = topology.inventory.virtual_networks.iter();
        let read = networks.clone().flat_map(|network| network.address_prefixes.iter().copied()).collect();
        let sides = networks
            .zip(&topology.networks)
            .flat_map(|(network, joined)| network.peerings.iter().zip(&joined.remotes));
        let unread = sides.filter(|(_, remote)| matches!(remote, Remote::Unread(_)));
        let unread = unread.flat_map(|(peering, _)| peering.remote_address_space.iter().flatten().copied());
        Estate {
            topology,
            by_address,
            endpoints_whole,
            addresses_whole: endpoints_whole && addresses_whole,
            read: Space::of(read),
            unread: Space::of(unread.collect()),
        }
    }

    fn row(&self, set: &RecordSet, reported: bool) -> RecordRow {
        let topology = self.topology;
        let body = Body::of(topology, &set.id);
        let zone = set.id.parent();
        let whole_name = zone.as_ref().map(|zone| full_name(&zone.name().to_ascii_lowercase(), &set.name));
        RecordRow {
            head: Head::of(&set.id, reported),
            subject: Subject::Record.name(),
            zone: zone.map(|id| reference::zone(topology, &id)),
            record: set.name.to_string(),
            fqdn: whole_name,
            r#type: type_of(set),
            ttl: body.maybe(set.ttl),
            addresses: body.whole(|| set.addresses.clone()),
            cname: body.text(&set.cname),
            writer: body.whole(|| self.writer(set)),
            holders: Fact::unless(body.odd || !self.addresses_whole, || self.holders(set)),
            orphan: if body.odd { Fact::Unread } else { self.orphan(set) },
        }
    }

    fn writer(&self, set: &RecordSet) -> Writer {
        let Some(creator) = creator(set) else {
            let by = match () {
                () if set.auto_registered => "registration",
                () if is_soa(set) => "azure",
                () => "other",
            };
            return Writer { by, endpoint: None, guid: None, id: Fact::Known(None) };
        };
        let found = creator.endpoint_in(self.topology);
        let id = found.and_then(|index| self.topology.inventory.private_endpoints.get(index));
        Writer {
            by: "zoneGroup",
            endpoint: Some(creator.endpoint.to_owned()),
            guid: creator.guid.map(str::to_owned),
            id: match id {
                Some(endpoint) => Fact::Known(Some(shown(&endpoint.id))),
                // Several may bear the name.
                None => Fact::unless(!self.endpoints_whole || creator.is_seen(self.topology), || None),
            },
        }
    }

    fn holders(&self, set: &RecordSet) -> Vec<String> {
        let all = set.addresses.iter().filter_map(|address| self.by_address.get(address)).flatten();
        let mut all: Vec<usize> = all.copied().collect();
        all.sort_unstable();
        all.dedup();
        let ids = all.into_iter().filter_map(|index| self.topology.inventory.private_endpoints.get(index));
        ids.map(|endpoint| shown(&endpoint.id)).collect()
    }

    /// An endpoint that cannot be seen may stand in a network that was not read; one in a network that was stands in its
    /// subscription (Azure docs: private endpoint overview), and would have been seen.
    fn orphan(&self, set: &RecordSet) -> Fact<bool> {
        let Some(creator) = creator(set) else { return Fact::Known(false) };
        if creator.exists(self.topology) {
            return Fact::Known(false);
        }
        // The name alone does not tell an endpoint from another that bears it.
        if creator.guid.is_none() || !self.addresses_whole {
            return Fact::Unread;
        }
        if set.addresses.iter().any(|address| self.by_address.contains_key(address)) {
            return Fact::Known(false);
        }
        let in_sight = |address: &IpAddr| self.read.contains(*address) && !self.unread.contains(*address);
        let known = !set.addresses.is_empty() && set.addresses.iter().all(in_sight);
        Fact::unless(!known, || true)
    }
}

fn creator(set: &RecordSet) -> Option<Creator<'_>> {
    set.creator.as_deref().and_then(Creator::parse)
}

/// The type stands before the name in the id.
fn type_of(set: &RecordSet) -> String {
    match set.record_type {
        RecordType::A => "A".to_owned(),
        RecordType::Aaaa => "AAAA".to_owned(),
        RecordType::Cname => "CNAME".to_owned(),
        RecordType::Other => set.id.as_str().rsplit('/').nth(1).unwrap_or_default().to_ascii_uppercase(),
    }
}

fn is_soa(set: &RecordSet) -> bool {
    set.record_type == RecordType::Other && type_of(set) == "SOA"
}
