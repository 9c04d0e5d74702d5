//! Zones and their records, ready to be asked. Knows no networks.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::knowledge::Knowledge;
use crate::inventory::{Inventory, RecordSet, RecordType, ResourceId};

/// What a zone says of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A and AAAA record sets of the name, or of the nearest wildcard.
    Addresses { records: Vec<usize>, wildcard: bool },
    /// The record set of a CNAME.
    Cname { record: usize },
    /// The name exists, without any address (other types alone, or names below it).
    NoAddress,
    /// NXDOMAIN.
    Absent,
}

/// Every zone and its records.
#[derive(Debug, Default)]
pub struct Records {
    /// Indices of zones by name; several zones may share one.
    by_name: HashMap<Box<str>, Vec<usize>>,
    zones: Vec<Zone>,
    /// The record sets of each zone that hold an address, under whatever name.
    holding: HashMap<(usize, IpAddr), Vec<usize>>,
    /// The zone of each record set, in the order of `inventory.record_sets`.
    zone_of: Vec<Option<usize>>,
    /// How many record sets each zone has.
    counts: Vec<usize>,
}

#[derive(Debug, Default)]
struct Zone {
    sets: HashMap<Box<str>, Vec<usize>>,
    /// Names that exist only because something stands below them.
    empty_names: HashSet<Box<str>>,
    /// Names of which every set is without a record: Azure lists them and DNS does not know them.
    placeholders: HashSet<Box<str>>,
}

impl Records {
    /// Indexes the inventory's zones and record sets.
    pub(super) fn new(inventory: &Inventory, knowledge: &Knowledge) -> Self {
        let mut records = Records::default();
        let mut by_id: HashMap<&ResourceId, usize> = HashMap::with_capacity(inventory.zones.len());
        for (index, zone) in inventory.zones.iter().enumerate() {
            records.by_name.entry(zone.name.clone()).or_default().push(index);
            records.zones.push(Zone::default());
            records.counts.push(0);
            by_id.insert(&zone.id, index);
        }
        let mut last: Option<(ResourceId, usize)> = None;
        for (index, set) in inventory.record_sets.iter().enumerate() {
            records.zone_of.push(None);
            // Record sets come sorted, so that most share the zone of the one before.
            let Some(parent) = set.id.parent() else { continue };
            let zone = match &last {
                Some((id, zone)) if *id == parent => *zone,
                _ => match by_id.get(&parent) {
                    Some(zone) => *zone,
                    None => continue,
                },
            };
            last = Some((parent, zone));
            records.zone_of[index] = Some(zone);
            records.counts[zone] += 1;
            for address in &set.addresses {
                records.holding.entry((zone, *address)).or_default().push(index);
            }
            // An address that could not be understood may stand in DNS for all we know.
            if is_empty(set) && knowledge.field(&set.id).is_none() {
                records.zones[zone].add_empty(&set.name, index);
            } else {
                records.zones[zone].add(&set.name, index);
            }
        }
        records
    }

    /// The zones of this very name (lower case).
    pub fn zones_named(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every zone name there is.
    pub fn zone_names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    /// The record sets of a zone that hold an address, under whatever name.
    pub fn holding(&self, zone: usize, address: IpAddr) -> &[usize] {
        self.holding.get(&(zone, address)).map_or(&[], Vec::as_slice)
    }

    /// The zone a record set stands in, when that was read.
    pub fn zone_of(&self, set: usize) -> Option<usize> {
        self.zone_of.get(set).copied().flatten()
    }

    /// How many record sets of a zone were read, of whatever type.
    pub fn count(&self, zone: usize) -> usize {
        self.counts.get(zone).copied().unwrap_or_default()
    }

    /// The record sets of exactly this name, of every type.
    pub fn exactly(&self, zone: usize, name: &str) -> &[usize] {
        self.zones[zone].sets.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether any record set of a zone holds an address or leads to another name.
    pub fn has_addresses(&self, inventory: &Inventory, zone: usize) -> bool {
        let sets = self.zones[zone].sets.values().flatten().map(|set| &inventory.record_sets[*set]);
        sets.into_iter().any(|set| !set.addresses.is_empty() || set.cname.is_some())
    }

    /// Every name that a zone has a record set of.
    pub fn names_in(&self, zone: usize) -> impl Iterator<Item = &str> {
        self.zones.get(zone).into_iter().flat_map(|zone| zone.sets.keys()).map(|name| &**name)
    }

    /// Asks a zone for a relative name in lower case (`@` for the zone itself): the exact name, else the
    /// nearest wildcard, as DNS servers do (RFC 4592: a name that exists ends the search for a wildcard).
    pub fn lookup(&self, inventory: &Inventory, zone: usize, name: &str) -> Lookup {
        if let Some((sets, wildcard)) = self.answering(zone, name) {
            return answer(inventory, sets, wildcard);
        }
        let is_there = name == "@" || self.zones[zone].empty_names.contains(name);
        if is_there { Lookup::NoAddress } else { Lookup::Absent }
    }

    /// The record sets that a zone answers a name with, and whether they are a wildcard's.
    pub fn answering(&self, zone: usize, name: &str) -> Option<(&[usize], bool)> {
        let zone = &self.zones[zone];
        if let Some(sets) = zone.sets_in_dns(name) {
            return Some((sets, false));
        }
        if name == "@" || zone.empty_names.contains(name) {
            return None;
        }
        let mut rest = name;
        loop {
            let parent = rest.split_once('.').map(|(_, parent)| parent);
            let wildcard = parent.map_or("*".to_owned(), |parent| format!("*.{parent}"));
            if let Some(sets) = zone.sets_in_dns(&wildcard) {
                return Some((sets, true));
            }
            rest = parent.filter(|parent| !zone.exists(parent))?;
        }
    }
}

impl Zone {
    fn add(&mut self, name: &str, set: usize) {
        let mut rest = name;
        while let Some((_, parent)) = rest.split_once('.') {
            self.empty_names.insert(parent.into());
            rest = parent;
        }
        self.placeholders.remove(name);
        self.sets.entry(name.into()).or_default().push(set);
    }

    /// Adds a set that holds no record.
    fn add_empty(&mut self, name: &str, set: usize) {
        let sets = self.sets.entry(name.into()).or_default();
        if sets.is_empty() {
            self.placeholders.insert(name.into());
        }
        sets.push(set);
    }

    fn sets_in_dns(&self, name: &str) -> Option<&[usize]> {
        let sets = self.sets.get(name).filter(|_| !self.placeholders.contains(name))?;
        Some(sets.as_slice())
    }

    fn exists(&self, name: &str) -> bool {
        self.sets_in_dns(name).is_some() || self.empty_names.contains(name)
    }
}

/// Whether a set holds no record. Azure lets it stand, as a placeholder, and its name servers do not know it
/// (Azure docs: manage DNS records and record sets).
fn is_empty(set: &RecordSet) -> bool {
    match set.record_type {
        RecordType::A | RecordType::Aaaa => set.addresses.is_empty(),
        RecordType::Cname => set.cname.is_none(),
        RecordType::Other => false,
    }
}

fn answer(inventory: &Inventory, sets: &[usize], wildcard: bool) -> Lookup {
    let of = |wanted: &[RecordType]| -> Vec<usize> {
        let is = |set: &usize| wanted.contains(&inventory.record_sets[*set].record_type);
        sets.iter().copied().filter(is).collect()
    };
    let mut records = of(&[RecordType::A, RecordType::Aaaa]);
    records.retain(|set| !inventory.record_sets[*set].addresses.is_empty());
    if !records.is_empty() {
        return Lookup::Addresses { records, wildcard };
    }
    match of(&[RecordType::Cname]).first() {
        Some(record) => Lookup::Cname { record: *record },
        None => Lookup::NoAddress,
    }
}

/// The part of `name` before `zone`, `@` when they are equal, `None` when the name is not in the zone.
/// Both in lower case.
pub fn relative<'a>(name: &'a str, zone: &str) -> Option<&'a str> {
    if name == zone {
        return Some("@");
    }
    name.strip_suffix(zone)?.strip_suffix('.').filter(|rest| !rest.is_empty())
}

/// A name and all it lies in, longest first: `a.b.c`, `b.c`, `c`.
pub fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |rest| rest.split_once('.').map(|(_, parent)| parent))
}
