//! Endpoints joined with their interfaces, networks, names and zones. Knows no resolution and no rule.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use super::Confidence;
use super::knowledge::{Knowledge, Seen};
use super::zones::{Catalogued, Certainty, NeededName, Needs, Selection, Unobserved, ZonePattern, ZoneTable};
use crate::inventory::{
    Connection, Inventory, Kind, NameAddresses, NetworkInterface, PrivateEndpoint, ResourceId,
};

/// The state of one connection, from its status text (Azure docs: private endpoint properties).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Approved,
    Pending,
    Rejected,
    Disconnected,
    /// `Approving`, `Rejecting`, `Disconnecting`: on its way.
    InProgress,
    /// Absent or null: seen for moments on a live connection.
    Absent,
    /// A text nobody has seen.
    Unrecognised,
}

impl Status {
    /// Reads a connection's status without regard to case.
    pub fn of(connection: &Connection) -> Status {
        Status::read(connection.status.as_deref())
    }

    /// Reads a status without regard to case, from whichever side of a connection.
    pub fn read(status: Option<&str>) -> Status {
        let Some(status) = status else { return Status::Absent };
        match status.to_ascii_lowercase().as_str() {
            "" => Status::Absent,
            "approved" => Status::Approved,
            "pending" => Status::Pending,
            "rejected" => Status::Rejected,
            "disconnected" | "removed" => Status::Disconnected,
            "approving" | "rejecting" | "disconnecting" => Status::InProgress,
            _ => Status::Unrecognised,
        }
    }
}

/// Where the names of an endpoint were seen, in order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameSource {
    NetworkInterface,
    CustomDnsConfigs,
    ZoneGroup,
    /// Made from the target's name and the zone table; nobody wrote it down.
    Derived,
}

impl NameSource {
    /// For evidence.
    pub fn title(self) -> &'static str {
        match self {
            NameSource::NetworkInterface => "network interface",
            NameSource::CustomDnsConfigs => "customDnsConfigs",
            NameSource::ZoneGroup => "private DNS zone group",
            NameSource::Derived => "derived from the target's name",
        }
    }
}

/// A name that must resolve to this endpoint, and the zone it needs.
#[derive(Debug, Clone)]
pub struct ExpectedName {
    /// The public name, its zone, its record there and its privatelink alias.
    pub needed: NeededName,
    /// The addresses the endpoint has for it; empty when nobody says.
    pub addresses: Vec<IpAddr>,
    /// The most that may be said about it: `Certain` for a name that was seen.
    pub ceiling: Confidence,
}

/// What an endpoint needs of private DNS.
#[derive(Debug, Clone, Default)]
pub struct Requirements {
    pub names: Vec<ExpectedName>,
    /// Zones that must exist although no name for them was seen.
    pub choices: Vec<Choice>,
    /// How many of `others` belong to no known zone.
    pub unmapped: usize,
    /// Names that were seen and need no zone, or none that is known.
    pub others: Vec<NameAddresses>,
    /// Why nothing (more) can be asked of private DNS.
    pub excuse: Option<&'static str>,
}

/// Zones of which one must exist, when no name was seen and the zone table leaves a choice.
#[derive(Debug, Clone)]
pub struct Choice {
    pub zones: Vec<ZonePattern>,
    /// The most that may be said when none exists.
    pub ceiling: Confidence,
}

/// An endpoint, joined.
#[derive(Debug)]
pub struct Endpoint {
    /// Whether findings about it are reported (audited, and inside the resource groups asked for).
    pub reported: bool,
    pub network: Seen<usize>,
    /// The interface that carries its addresses (an index into the inventory).
    pub interface: Seen<usize>,
    /// Every address of its interface, or of its DNS configuration where that is unread.
    pub addresses: Vec<IpAddr>,
    pub source: NameSource,
    pub requirements: Requirements,
    /// Index into `inventory.zone_groups` for each group that was read.
    pub zone_groups: Vec<usize>,
    /// What the zone table says of its target. Only where a rule goes by it: the endpoint has a zone group, or its
    /// target needs a whole set of zones.
    pub catalogued: Option<Box<Catalogued>>,
}

/// Why an endpoint's names are not judged.
pub mod excuse {
    /// A customer's private link service, an alias, an application gateway.
    pub const NO_ZONE: &str = "target type has no private DNS zone";
    pub const UNKNOWN_TARGET: &str = "target type is not in the zone table";
    pub const UNMAPPED: &str = "name belongs to no known zone";
    pub const NO_TARGET: &str = "connection names no target";
}

/// Lookups that joining endpoints needs.
pub(super) struct Joints<'a> {
    pub inventory: &'a Inventory,
    pub knowledge: &'a Knowledge,
    pub table: &'a ZoneTable,
    pub networks: &'a HashMap<ResourceId, usize>,
    /// Interfaces by the endpoint they name.
    pub by_endpoint: HashMap<ResourceId, usize>,
    /// Interfaces by their own id.
    pub by_id: HashMap<ResourceId, usize>,
    pub zone_groups: HashMap<ResourceId, Vec<usize>>,
}

impl<'a> Joints<'a> {
    pub(super) fn new(
        inventory: &'a Inventory,
        knowledge: &'a Knowledge,
        table: &'a ZoneTable,
        networks: &'a HashMap<ResourceId, usize>,
    ) -> Self {
        let interfaces = &inventory.network_interfaces;
        let mut by_endpoint = HashMap::with_capacity(interfaces.len());
        let mut by_id = HashMap::with_capacity(interfaces.len());
        for (index, interface) in interfaces.iter().enumerate() {
            by_id.insert(interface.id.clone(), index);
            if let Some(endpoint) = &interface.private_endpoint {
                by_endpoint.insert(endpoint.clone(), index);
            }
        }
        let mut zone_groups: HashMap<ResourceId, Vec<usize>> = HashMap::new();
        for (index, group) in inventory.zone_groups.iter().enumerate() {
            if let Some(endpoint) = group.id.parent() {
                zone_groups.entry(endpoint).or_default().push(index);
            }
        }
        Joints { inventory, knowledge, table, networks, by_endpoint, by_id, zone_groups }
    }

    /// Joins one endpoint.
    pub(super) fn endpoint(&self, endpoint: &PrivateEndpoint) -> Endpoint {
        let interface = self.interface(endpoint);
        let zone_groups = self.zone_groups.get(&endpoint.id).cloned().unwrap_or_default();
        let nic = interface.found().map(|index| &self.inventory.network_interfaces[index]);
        let (source, seen) = self.names(endpoint, nic, &zone_groups);
        let mut addresses: Vec<IpAddr> = match nic {
            Some(nic) => nic.ip_configurations.iter().filter_map(|ip| ip.address).collect(),
            None => seen.iter().flat_map(|name| name.addresses.iter().copied()).collect(),
        };
        addresses.sort_unstable();
        addresses.dedup();
        let source = if seen.is_empty() { NameSource::Derived } else { source };
        let requirements = self.requirements(endpoint, source, &seen, &addresses);
        let catalogued = target_and_group(endpoint)
            .and_then(|(target, group)| self.table.catalogued(target, group, zone_groups.is_empty()));
        Endpoint {
            reported: super::is_reported(self.inventory, &endpoint.id),
            network: self.network(endpoint),
            interface,
            addresses,
            source,
            requirements,
            zone_groups,
            catalogued: catalogued.map(Box::new),
        }
    }

    fn network(&self, endpoint: &PrivateEndpoint) -> Seen<usize> {
        let Some(id) = endpoint.subnet.as_ref().and_then(ResourceId::virtual_network) else {
            return Seen::Absent;
        };
        match self.networks.get(&id) {
            Some(index) => Seen::Found(*index),
            None => self.knowledge.missing(&id, Kind::VirtualNetworks),
        }
    }

    fn interface(&self, endpoint: &PrivateEndpoint) -> Seen<usize> {
        let by_reference = || endpoint.network_interfaces.iter().find_map(|id| self.by_id.get(id));
        match self.by_endpoint.get(&endpoint.id).or_else(by_reference) {
            Some(index) => Seen::Found(*index),
            // The interface lives in the endpoint's own subscription (Azure docs: private endpoint overview).
            None => self.knowledge.missing(&endpoint.id, Kind::NetworkInterfaces),
        }
    }

    /// The names seen on an endpoint, from the most trusted place that has any.
    fn names(
        &self,
        endpoint: &PrivateEndpoint,
        nic: Option<&NetworkInterface>,
        zone_groups: &[usize],
    ) -> (NameSource, Vec<NameAddresses>) {
        let from_nic = nic.map(interface_names).unwrap_or_default();
        if !from_nic.is_empty() {
            return (NameSource::NetworkInterface, from_nic);
        }
        if !endpoint.custom_dns_configs.is_empty() {
            return (NameSource::CustomDnsConfigs, merged(endpoint.custom_dns_configs.iter().cloned()));
        }
        let configs = zone_groups.iter().flat_map(|index| &self.inventory.zone_groups[*index].configs);
        let from_groups = merged(configs.flat_map(|config| config.record_sets.iter().cloned()));
        (NameSource::ZoneGroup, self.public_names(endpoint, from_groups))
    }

    /// A zone group tells the names of its records, and clients ask for the public names that lead to them: a
    /// forwarding rule for `vault.azure.net` answers no `privatelink.vaultcore.azure.net`. Names of which the
    /// table does not tell the public one stay as they are.
    fn public_names(&self, endpoint: &PrivateEndpoint, told: Vec<NameAddresses>) -> Vec<NameAddresses> {
        let Some((target, group)) = target_and_group(endpoint) else { return told };
        let derived: Vec<String> = match self.table.needs_of(target, group, &[]) {
            Needs::Unobserved(row) => row.names.into_iter().map(|name| name.fqdn).collect(),
            Needs::NoZone | Needs::UnknownTarget | Needs::Observed(_) => return told,
        };
        let leads_to = |fqdn: &str, alias: &str| match self.table.needs_of(target, group, &[fqdn]) {
            Needs::Observed(found) => found.names.iter().any(|name| name.alias == alias),
            Needs::NoZone | Needs::UnknownTarget | Needs::Unobserved(_) => false,
        };
        let public = |name: NameAddresses| {
            let alias = name.fqdn.trim_end_matches('.').to_ascii_lowercase();
            let stripped = alias.replacen(".privatelink.", ".", 1);
            let found = derived.iter().chain([&stripped]).find(|fqdn| leads_to(fqdn, &alias));
            match found {
                Some(fqdn) => NameAddresses { fqdn: fqdn.as_str().into(), ..name },
                None => name,
            }
        };
        told.into_iter().map(public).collect()
    }

    fn requirements(
        &self,
        endpoint: &PrivateEndpoint,
        source: NameSource,
        seen: &[NameAddresses],
        addresses: &[IpAddr],
    ) -> Requirements {
        let Some((target, group)) = target_and_group(endpoint) else {
            return Requirements { excuse: Some(excuse::NO_TARGET), ..Requirements::default() };
        };
        let fqdns: Vec<&str> = seen.iter().map(|name| &*name.fqdn).collect();
        let mut found = requirements(self.table.needs_of(target, group, &fqdns), seen, addresses);
        // The name that clients ask for is not known, and a forwarding rule may take it.
        for name in found.names.iter_mut().filter(|name| name.needed.fqdn == name.needed.alias) {
            if source == NameSource::ZoneGroup {
                name.ceiling = name.ceiling.max(Confidence::Probable);
            }
        }
        found
    }
}

/// The target's id and the first group id of the connection that counts: an approved one before others.
pub fn target_and_group(endpoint: &PrivateEndpoint) -> Option<(&ResourceId, &str)> {
    let approved = endpoint.connections.iter().find(|c| Status::of(c) == Status::Approved);
    let connection = approved.or(endpoint.connections.first())?;
    let group = connection.group_ids.first().map_or("", |group| group);
    Some((connection.target.as_ref()?, group))
}

fn interface_names(nic: &NetworkInterface) -> Vec<NameAddresses> {
    let pairs = nic.ip_configurations.iter().flat_map(|ip| {
        ip.fqdns
            .iter()
            .map(|fqdn| NameAddresses { fqdn: fqdn.clone(), addresses: ip.address.into_iter().collect() })
    });
    merged(pairs)
}

/// One entry a name (without regard to case), addresses sorted.
fn merged(pairs: impl Iterator<Item = NameAddresses>) -> Vec<NameAddresses> {
    let mut names: Vec<NameAddresses> = Vec::new();
    for pair in pairs {
        match names.iter_mut().find(|name| name.fqdn.eq_ignore_ascii_case(&pair.fqdn)) {
            Some(name) => name.addresses.extend(pair.addresses),
            None => names.push(pair),
        }
    }
    for name in &mut names {
        name.addresses.sort_unstable();
        name.addresses.dedup();
    }
    names
}

fn requirements(needs: Needs, seen: &[NameAddresses], addresses: &[IpAddr]) -> Requirements {
    let excused = |excuse| Requirements { excuse: Some(excuse), ..Requirements::default() };
    let expected = |needed: NeededName, ceiling: Confidence| {
        let own = seen.iter().find(|name| name.fqdn.trim_end_matches('.').eq_ignore_ascii_case(&needed.fqdn));
        let addresses = match own {
            Some(name) => name.addresses.clone(),
            // Only an endpoint with one address says which one an unseen name must have.
            None if addresses.len() == 1 => addresses.to_vec(),
            None => Vec::new(),
        };
        let ceiling = ceiling.max(confidence(needed.certainty));
        ExpectedName { needed, addresses, ceiling }
    };
    match needs {
        Needs::NoZone => Requirements { others: others(seen, &[]), ..excused(excuse::NO_ZONE) },
        Needs::UnknownTarget => Requirements { others: others(seen, &[]), ..excused(excuse::UNKNOWN_TARGET) },
        Needs::Observed(found) => {
            let ceiling = if found.at_most_info { Confidence::Possible } else { Confidence::Certain };
            let excuse = found.names.is_empty().then_some(excuse::UNMAPPED);
            let unmapped = found.unmapped.len();
            let others = others(seen, &found.names);
            let names = found.names.into_iter().map(|name| expected(name, ceiling)).collect();
            Requirements { names, choices: Vec::new(), unmapped, others, excuse }
        }
        Needs::Unobserved(row) => {
            let choices = choices(&row);
            // A derived name never counts for more than a warning.
            let ceiling = if row.at_most_info { Confidence::Possible } else { Confidence::Probable };
            let names = row.names.into_iter().map(|name| expected(name, ceiling)).collect();
            Requirements { names, choices, unmapped: 0, others: Vec::new(), excuse: None }
        }
    }
}

/// The names that were seen and are none of these.
fn others(seen: &[NameAddresses], needed: &[NeededName]) -> Vec<NameAddresses> {
    let normal = |name: &NameAddresses| name.fqdn.trim_end_matches('.').to_ascii_lowercase();
    let mut others = Vec::new();
    for name in seen {
        let fqdn = normal(name);
        if needed.iter().all(|needed| needed.fqdn != fqdn) {
            others.push(NameAddresses { fqdn: fqdn.into(), addresses: name.addresses.clone() });
        }
    }
    others
}

/// The zones that must exist beside those of the derived names.
fn choices(row: &Unobserved) -> Vec<Choice> {
    let named = |zone: &ZonePattern| row.names.iter().any(|name| zone.matches(&name.zone));
    let least = confidence(row.certainty);
    match row.selection {
        Selection::All => {
            let unnamed = row.zones.iter().filter(|zone| !named(zone));
            unnamed
                .map(|zone| {
                    let concrete = zone.concrete().is_some() && !row.at_most_info;
                    let ceiling = if concrete { Confidence::Probable } else { Confidence::Possible };
                    let zones = [zone.clone()].into_iter().chain(row.legacy_zones.iter().cloned()).collect();
                    Choice { zones, ceiling: ceiling.max(least) }
                })
                .collect()
        }
        Selection::Single | Selection::ByFqdn | Selection::Either if row.names.is_empty() => {
            let zones = row.zones.iter().chain(&row.legacy_zones).cloned().collect();
            vec![Choice { zones, ceiling: Confidence::Possible }]
        }
        Selection::Single | Selection::ByFqdn | Selection::Either => Vec::new(),
    }
}

/// How much a row of the zone table can carry.
pub fn confidence(certainty: Certainty) -> Confidence {
    match certainty {
        Certainty::High => Confidence::Certain,
        Certainty::Medium => Confidence::Probable,
        Certainty::Low => Confidence::Possible,
    }
}
