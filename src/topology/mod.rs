//! What is: everything joined once, with dense ids (indices into the inventory's lists). The only place where
//! references are resolved. Knows neither how things were read nor what ought to be.

mod asked;
pub mod claims;
pub mod clients;
mod confidence;
pub mod creator;
mod describe;
pub mod endpoints;
mod hollow;
pub mod knowledge;
pub mod lookup;
pub mod migration;
pub mod networks;
mod options;
mod overlooked;
pub mod private_dns;
pub mod reach;
pub mod records;
pub mod resolve;
pub mod routing;
pub mod servers;
pub mod services;
pub mod targets;
mod traffic;
pub mod views;
pub mod wanted;
mod wanted_packs;
pub mod zones;

use std::net::IpAddr;
use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

pub use confidence::Confidence;
pub use options::{DeclaredServer, Options};

use crate::inventory::{Inventory, ResourceId, Role};
use clients::ClientNetworks;
use endpoints::{Endpoint, Joints};
use knowledge::Knowledge;
use migration::Migration;
use networks::Network;
use private_dns::Zone;
use reach::Islands;
use records::Records;
use routing::Routing;
use servers::{Holders, Location, Locator, Places};
use services::Services;
use targets::Targets;
use traffic::Traffic;
use views::Views;
use zones::ZoneTable;

/// An estate, joined.
#[derive(Debug)]
pub struct Topology {
    pub inventory: Inventory,
    pub options: Options,
    pub knowledge: Knowledge,
    /// In the order of `inventory.private_endpoints`.
    pub endpoints: Vec<Endpoint>,
    /// In the order of `inventory.virtual_networks`.
    pub networks: Vec<Network>,
    /// In the order of `inventory.zones`.
    pub zones: Vec<Zone>,
    pub records: Records,
    /// The networks that a configuration calls clients of every endpoint.
    pub clients: ClientNetworks,
    /// Zones in which public names of many customers lie, whether they have endpoints or not.
    pub public_suffix_zones: Vec<usize>,
    /// Who holds which address.
    pub holders: Holders,
    pub services: Services,
    pub migration: Migration,
    pub routing: Routing,
    places: Places,
    /// What endpoints lead to, as far as it was asked.
    targets: Targets,
    /// What was measured, as far as it was asked.
    traffic: Traffic,
    islands: Islands,
    views: Views,
    /// The addresses expected of a name (lower case), sorted, and the endpoints that have them.
    by_name: HashMap<Box<str>, Vec<(IpAddr, usize)>>,
    /// Endpoints by `resourceGuid` (lower case), as records' creators name them.
    by_guid: HashMap<Box<str>, usize>,
    /// Endpoints by their own names (lower case), which are not unique.
    endpoint_names: HashMap<Box<str>, Vec<usize>>,
    /// Made when it is first asked for.
    dns_names: OnceLock<lookup::Names>,
    network_ids: HashMap<ResourceId, usize>,
    zone_ids: HashMap<ResourceId, usize>,
    policies: HashMap<ResourceId, usize>,
    /// Rules of each ruleset.
    ruleset_rules: Vec<Vec<usize>>,
    /// The network that each rule's targets are asked from, where it is known.
    rule_sources: Vec<Option<usize>>,
}

impl Topology {
    /// Joins an inventory. Never fails: what cannot be joined is [`knowledge::Seen::Absent`] or `Unknown`.
    pub fn build(inventory: Inventory, table: &ZoneTable, options: Options) -> Topology {
        let knowledge = Knowledge::new(&inventory.coverage, &hollow::hollow(&inventory));
        let network_ids = index(inventory.virtual_networks.iter().map(|network| &network.id));
        let (mut networks, holders) = rayon::join(
            || networks::join(&inventory, &knowledge, &network_ids),
            || Holders::new(&inventory, &knowledge, &network_ids),
        );
        let places = Places::default();
        let surroundings = Surroundings {
            inventory: &inventory,
            knowledge: &knowledge,
            options: &options,
            network_ids: &network_ids,
            holders: &holders,
            places: &places,
        };
        surroundings.place_servers(&mut networks);
        let join_endpoints = || {
            let joints = Joints::new(&inventory, &knowledge, table, &network_ids);
            let endpoints = inventory.private_endpoints.par_iter();
            let endpoints: Vec<Endpoint> = endpoints.map(|endpoint| joints.endpoint(endpoint)).collect();
            (by_name(&endpoints), endpoints)
        };
        let index_records = || {
            (
                Records::new(&inventory, &knowledge),
                Targets::new(&inventory),
                by_guid(&inventory),
                endpoint_names(&inventory),
            )
        };
        let ((by_name, endpoints), (records, targets, by_guid, endpoint_names)) =
            rayon::join(join_endpoints, index_records);
        let (ruleset_rules, rule_sources) = rules(&inventory, &network_ids);
        let islands = Islands::new(&inventory, &networks);
        let zone_ids = index(inventory.zones.iter().map(|zone| &zone.id));
        let zones = private_dns::join(&inventory, table);
        let services = Services::new(&inventory, &knowledge, &network_ids);
        let routing = Routing::new(&inventory, &endpoints);
        Topology {
            islands,
            services,
            migration: Migration::new(&inventory),
            routing,
            public_suffix_zones: public_suffix_zones(&inventory, table),
            clients: ClientNetworks::new(&inventory, &knowledge, &network_ids, &options),
            options,
            records,
            by_name,
            by_guid,
            endpoint_names,
            policies: index(inventory.firewall_policies.iter().map(|policy| &policy.id)),
            knowledge,
            endpoints,
            networks,
            zones,
            holders,
            places,
            targets,
            traffic: Traffic::new(&inventory),
            zone_ids,
            views: Views::new(&inventory),
            network_ids,
            ruleset_rules,
            rule_sources,
            inventory,
            dns_names: OnceLock::new(),
        }
    }

    /// The addresses of every endpoint that carries this name (lower case), whatever its state, sorted.
    pub fn addresses_named(&self, fqdn: &str) -> &[(IpAddr, usize)] {
        self.by_name.get(fqdn).map_or(&[], Vec::as_slice)
    }

    /// The endpoint with this `resourceGuid`.
    pub fn endpoint_with_guid(&self, guid: &str) -> Option<usize> {
        self.by_guid.get(guid.to_ascii_lowercase().as_str()).copied()
    }

    /// The endpoint with this id.
    pub fn endpoint(&self, id: &ResourceId) -> Option<usize> {
        self.inventory.private_endpoints.binary_search_by(|endpoint| endpoint.id.cmp(id)).ok()
    }

    /// Whether any endpoint bears this name.
    pub fn has_endpoint_called(&self, name: &str) -> bool {
        !self.endpoints_called(name).is_empty()
    }

    /// The endpoints that bear this name, in whatever place.
    pub fn endpoints_called(&self, name: &str) -> &[usize] {
        self.endpoint_names.get(name.to_ascii_lowercase().as_str()).map_or(&[], Vec::as_slice)
    }

    /// The links of a zone (indices into the inventory), as far as they were read.
    pub fn links_of(&self, zone: usize) -> &[usize] {
        &self.zones[zone].links
    }

    /// The networks a zone is linked to, as far as they were read.
    pub fn networks_linked_to(&self, zone: usize) -> impl Iterator<Item = usize> + '_ {
        let networks = self.links_of(zone).iter();
        networks.filter_map(|link| self.network(self.inventory.links[*link].virtual_network.as_ref()?))
    }

    /// Whether a zone bears a name that Azure gives the private zone of one of its services. Others with a
    /// `privatelink` label are those of services offered through private link by somebody else.
    pub fn is_zone_of_azure(&self, zone: usize) -> bool {
        self.zones[zone].of_azure
    }

    /// The virtual network with this id.
    pub fn network(&self, id: &ResourceId) -> Option<usize> {
        self.network_ids.get(id).copied()
    }

    /// The zone with this id.
    pub fn zone(&self, id: &ResourceId) -> Option<usize> {
        self.zone_ids.get(id).copied()
    }

    /// Finds who answers at a DNS server's address, as written, when `from` asks it.
    pub fn locate(&self, text: &str, from: usize) -> Location {
        let surroundings = Surroundings {
            inventory: &self.inventory,
            knowledge: &self.knowledge,
            options: &self.options,
            network_ids: &self.network_ids,
            holders: &self.holders,
            places: &self.places,
        };
        surroundings.locator(&self.networks).locate(text, from)
    }
}

/// What a locator goes by beside the networks.
struct Surroundings<'a> {
    inventory: &'a Inventory,
    knowledge: &'a Knowledge,
    options: &'a Options,
    network_ids: &'a HashMap<ResourceId, usize>,
    holders: &'a Holders,
    places: &'a Places,
}

impl<'a> Surroundings<'a> {
    fn locator(&self, networks: &'a [Network]) -> Locator<'a> {
        Locator {
            places: self.places,
            options: self.options,
            network_ids: self.network_ids,
            inventory: self.inventory,
            knowledge: self.knowledge,
            networks,
            holders: self.holders,
        }
    }

    /// Finds every network's own DNS servers.
    fn place_servers(&self, networks: &mut [Network]) {
        let placed: Vec<Vec<(Box<str>, Location)>> = {
            let locator = self.locator(networks);
            let place = |(from, network): (usize, &crate::inventory::VirtualNetwork)| {
                network.dns_servers.iter().map(|text| (text.clone(), locator.locate(text, from))).collect()
            };
            self.inventory.virtual_networks.par_iter().enumerate().map(place).collect()
        };
        for (network, servers) in networks.iter_mut().zip(placed) {
            network.servers = servers;
        }
    }
}

/// Whether findings about a resource are reported: its subscription is audited, and its resource group is asked
/// for when any is.
pub(crate) fn is_reported(inventory: &Inventory, id: &ResourceId) -> bool {
    let audited = id.subscription().is_some_and(|subscription| {
        inventory.coverage.subscription(subscription).is_some_and(|s| s.role == Role::Audited)
    });
    let groups = &inventory.origin.scope.resource_groups;
    let in_group = |group: &str| groups.iter().any(|asked| asked.eq_ignore_ascii_case(group));
    audited && (groups.is_empty() || id.resource_group().is_some_and(in_group))
}

fn index<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> HashMap<ResourceId, usize> {
    ids.enumerate().map(|(index, id)| (id.clone(), index)).collect()
}

fn public_suffix_zones(inventory: &Inventory, table: &ZoneTable) -> Vec<usize> {
    let zones = inventory.zones.iter().enumerate();
    zones.filter(|(_, zone)| table.is_public_suffix(&zone.name)).map(|(index, _)| index).collect()
}

fn rules(
    inventory: &Inventory,
    network_ids: &HashMap<ResourceId, usize>,
) -> (Vec<Vec<usize>>, Vec<Option<usize>>) {
    let rulesets = index(inventory.rulesets.iter().map(|ruleset| &ruleset.id));
    let resolvers = index(inventory.dns_resolvers.iter().map(|resolver| &resolver.id));
    let source = |ruleset: usize| {
        let outbound = inventory.rulesets[ruleset].outbound_endpoints.first()?.parent()?;
        let resolver = &inventory.dns_resolvers[*resolvers.get(&outbound)?];
        network_ids.get(resolver.virtual_network.as_ref()?).copied()
    };
    let mut of_ruleset = vec![Vec::new(); inventory.rulesets.len()];
    let mut sources = vec![None; inventory.forwarding_rules.len()];
    for (index, rule) in inventory.forwarding_rules.iter().enumerate() {
        let ruleset = rule.id.parent().and_then(|id| rulesets.get(&id).copied());
        if let Some(ruleset) = ruleset {
            of_ruleset[ruleset].push(index);
            sources[index] = source(ruleset);
        }
    }
    (of_ruleset, sources)
}

fn by_name(endpoints: &[Endpoint]) -> HashMap<Box<str>, Vec<(IpAddr, usize)>> {
    let mut by_name: HashMap<Box<str>, Vec<(IpAddr, usize)>> = HashMap::with_capacity(endpoints.len());
    for (index, endpoint) in endpoints.iter().enumerate() {
        for name in &endpoint.requirements.names {
            let held = by_name.entry(name.needed.fqdn.as_str().into()).or_default();
            held.extend(name.addresses.iter().map(|address| (*address, index)));
        }
    }
    by_name.values_mut().for_each(|held| held.sort_unstable());
    by_name
}

fn by_guid(inventory: &Inventory) -> HashMap<Box<str>, usize> {
    let guid = |(index, endpoint): (usize, &crate::inventory::PrivateEndpoint)| {
        Some((endpoint.resource_guid.as_ref()?.to_ascii_lowercase().into_boxed_str(), index))
    };
    inventory.private_endpoints.iter().enumerate().filter_map(guid).collect()
}

fn endpoint_names(inventory: &Inventory) -> HashMap<Box<str>, Vec<usize>> {
    let mut names: HashMap<Box<str>, Vec<usize>> = HashMap::with_capacity(inventory.private_endpoints.len());
    for (index, endpoint) in inventory.private_endpoints.iter().enumerate() {
        names.entry(endpoint.id.name().to_ascii_lowercase().into_boxed_str()).or_default().push(index);
    }
    names
}
