//! Virtual networks joined with their links, rulesets and peerings. Knows no names and no rule.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::Topology;
use super::knowledge::{Knowledge, Seen, Unread};
use super::servers::Location;
use crate::inventory::{DatabricksPeering, Inventory, Kind, Peering, ResourceId, Subnet, VirtualNetwork};

/// Peerings that a Virtual WAN hub makes for its connections carry this prefix; their remote network lives in a
/// Microsoft subscription that nobody can read (Azure docs: virtual hub connections).
const VIRTUAL_HUB_PEERING: &str = "remotevnettohubpeering_";

/// Peerings that Azure Virtual Network Manager makes carry this prefix (field experience; easy to change).
const NETWORK_MANAGER_PEERING: &str = "anm_";

/// What stands at the other end of a peering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    Network(usize),
    /// A Virtual WAN hub, known by the id of Microsoft's network behind it.
    VirtualHub(ResourceId),
    /// Its subscription was read, and there is no such network.
    Absent,
    Unread(Unread),
    /// The peering names no remote network.
    Unnamed,
}

/// A virtual network, joined.
#[derive(Debug)]
pub struct Network {
    /// Whether findings about it are reported.
    pub reported: bool,
    /// Zones linked to it: zone name → (zone, link), sorted by zone id. Azure allows one zone a name.
    pub linked: HashMap<Box<str>, Vec<(usize, usize)>>,
    /// Forwarding rulesets linked to it. Azure allows one.
    pub rulesets: Vec<usize>,
    /// The other end of each peering, in the order of `VirtualNetwork::peerings`.
    pub remotes: Vec<Remote>,
    /// Whether something in it can ask for a name.
    pub has_clients: bool,
    /// The same of each of its subnets, in the order of `VirtualNetwork::subnets`.
    pub client_subnets: Vec<bool>,
    /// Why lists of zones or rulesets are short in its subscription and in those of the networks it is peered with.
    pub unread_around: Option<Unread>,
    /// Its custom DNS servers and where each was found; empty for Azure-provided DNS.
    pub servers: Vec<(Box<str>, Location)>,
    /// Its connections to Virtual WAN hubs, as the hubs keep them (indices into `inventory.hub_connections`).
    pub hub_connections: Vec<usize>,
    pub virtual_wan: VirtualWan,
}

/// Which Virtual WANs a network is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VirtualWan {
    None,
    /// The ids of the WANs, sorted. More than one is not to be expected: Azure lets a network have one hub.
    Of(Vec<ResourceId>),
    /// It is connected to a hub that was not read.
    Unseen,
}

impl VirtualWan {
    /// Whether two networks may meet in one WAN.
    pub fn may_be_shared(&self, other: &VirtualWan) -> bool {
        match (self, other) {
            (VirtualWan::None, _) | (_, VirtualWan::None) => false,
            (VirtualWan::Of(ours), VirtualWan::Of(theirs)) => ours.iter().any(|wan| theirs.contains(wan)),
            (VirtualWan::Unseen, _) | (_, VirtualWan::Unseen) => true,
        }
    }
}

/// Whether a Virtual WAN hub made this peering.
pub fn is_virtual_hub_peering(peering: &Peering) -> bool {
    has_prefix(peering.id.name(), VIRTUAL_HUB_PEERING)
}

/// Whether Azure Virtual Network Manager made this peering.
pub fn is_network_manager_peering(peering: &Peering) -> bool {
    has_prefix(peering.id.name(), NETWORK_MANAGER_PEERING)
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Whether both ends of this peering exist and traffic may pass.
pub fn is_connected(peering: &Peering) -> bool {
    peering.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("Connected"))
}

/// Whether two texts name one region: `West Europe` is `westeurope`.
pub fn is_same_region(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    plain(one).eq_ignore_ascii_case(&plain(other))
}

/// Joins every virtual network; custom DNS servers are placed later, when all networks are known.
pub(super) fn join(
    inventory: &Inventory,
    knowledge: &Knowledge,
    by_id: &HashMap<ResourceId, usize>,
) -> Vec<Network> {
    let endpoint_interfaces = endpoint_interfaces(inventory);
    let mut networks: Vec<Network> = inventory
        .virtual_networks
        .iter()
        .map(|network| Network {
            reported: super::is_reported(inventory, &network.id),
            linked: HashMap::new(),
            rulesets: Vec::new(),
            remotes: network.peerings.iter().map(|p| remote(p, knowledge, by_id)).collect(),
            has_clients: network.subnets.iter().any(|subnet| has_clients(subnet, &endpoint_interfaces)),
            client_subnets: network.subnets.iter().map(|s| has_clients(s, &endpoint_interfaces)).collect(),
            unread_around: unread_around(network, knowledge),
            servers: Vec::new(),
            hub_connections: Vec::new(),
            virtual_wan: VirtualWan::None,
        })
        .collect();
    note_interfaces(inventory, &endpoint_interfaces, by_id, &mut networks);
    note_links(inventory, by_id, &mut networks);
    note_rulesets(inventory, by_id, &mut networks);
    note_hub_connections(inventory, by_id, &mut networks);
    networks
}

fn remote(peering: &Peering, knowledge: &Knowledge, by_id: &HashMap<ResourceId, usize>) -> Remote {
    let Some(id) = &peering.remote else { return Remote::Unnamed };
    if let Some(index) = by_id.get(id) {
        return Remote::Network(*index);
    }
    if is_virtual_hub_peering(peering) {
        return Remote::VirtualHub(id.clone());
    }
    match knowledge.missing::<usize>(id, Kind::VirtualNetworks) {
        Seen::Unknown(unread) => Remote::Unread(unread),
        Seen::Absent | Seen::Found(_) => Remote::Absent,
    }
}

fn unread_around(network: &VirtualNetwork, knowledge: &Knowledge) -> Option<Unread> {
    const KINDS: [Kind; 2] = [Kind::PrivateDnsZones, Kind::DnsForwardingRulesets];
    knowledge.gaps_in(&KINDS)?;
    let remotes = network.peerings.iter().filter_map(|peering| peering.remote.as_ref());
    let ids = std::iter::once(&network.id).chain(remotes);
    let mut around: Vec<&str> = ids.filter_map(ResourceId::subscription).collect();
    around.sort_unstable();
    around.dedup();
    let lists = around.into_iter().flat_map(|id| KINDS.map(|kind| knowledge.list(id, kind)));
    // What was never asked for has no gap.
    lists.flatten().filter(|unread| !unread.gaps.is_empty()).reduce(Unread::and)
}

fn endpoint_interfaces(inventory: &Inventory) -> HashSet<&ResourceId> {
    let named = inventory.private_endpoints.iter().flat_map(|endpoint| &endpoint.network_interfaces);
    let owned = inventory.network_interfaces.iter().filter(|nic| nic.private_endpoint.is_some());
    named.chain(owned.map(|nic| &nic.id)).collect()
}

/// Subnets in which only gateways, Bastion hosts and route servers may stand: they pass on what others send, and ask
/// for no name of the estate's (Azure docs: VPN Gateway settings, gateway subnet; Bastion configuration settings;
/// Azure Route Server FAQ). A firewall does ask, for the names in its rules.
const SILENT_SUBNETS: [&str; 3] = ["GatewaySubnet", "AzureBastionSubnet", "RouteServerSubnet"];

/// Whether anything in a subnet can ask for a name. Scale sets, AKS nodes and injected services are not in the
/// list of interfaces, so the subnet's own entries are what counts.
fn has_clients(subnet: &Subnet, endpoint_interfaces: &HashSet<&ResourceId>) -> bool {
    if SILENT_SUBNETS.iter().any(|silent| subnet.id.name().eq_ignore_ascii_case(silent)) {
        return false;
    }
    let asks = |configuration: &ResourceId| match configuration.parent() {
        Some(interface) => !endpoint_interfaces.contains(&interface),
        None => true,
    };
    !subnet.delegations.is_empty()
        || subnet.service_association_links > 0
        || subnet.ip_configurations.iter().any(asks)
}

fn note_interfaces(
    inventory: &Inventory,
    endpoint_interfaces: &HashSet<&ResourceId>,
    by_id: &HashMap<ResourceId, usize>,
    networks: &mut [Network],
) {
    for nic in inventory.network_interfaces.iter().filter(|nic| !endpoint_interfaces.contains(&nic.id)) {
        for subnet in nic.ip_configurations.iter().filter_map(|ip| ip.subnet.as_ref()) {
            let Some(index) = subnet.virtual_network().and_then(|home| by_id.get(&home).copied()) else {
                continue;
            };
            networks[index].has_clients = true;
            let known = &inventory.virtual_networks[index].subnets;
            if let Some(position) = known.iter().position(|known| known.id == *subnet) {
                networks[index].client_subnets[position] = true;
            }
        }
    }
}

fn note_links(inventory: &Inventory, by_id: &HashMap<ResourceId, usize>, networks: &mut [Network]) {
    let zones: HashMap<&ResourceId, usize> =
        inventory.zones.iter().enumerate().map(|(index, zone)| (&zone.id, index)).collect();
    for (link_index, link) in inventory.links.iter().enumerate() {
        let network = link.virtual_network.as_ref().and_then(|id| by_id.get(id));
        let zone = link.id.parent().and_then(|id| zones.get(&id).copied());
        if let (Some(network), Some(zone)) = (network, zone) {
            let name = inventory.zones[zone].name.clone();
            networks[*network].linked.entry(name).or_default().push((zone, link_index));
        }
    }
}

fn note_rulesets(inventory: &Inventory, by_id: &HashMap<ResourceId, usize>, networks: &mut [Network]) {
    let rulesets: HashMap<&ResourceId, usize> =
        inventory.rulesets.iter().enumerate().map(|(index, ruleset)| (&ruleset.id, index)).collect();
    for link in &inventory.ruleset_links {
        let network = link.virtual_network.as_ref().and_then(|id| by_id.get(id));
        let ruleset = link.id.parent().and_then(|id| rulesets.get(&id).copied());
        if let (Some(network), Some(ruleset)) = (network, ruleset) {
            networks[*network].rulesets.push(ruleset);
        }
    }
}

fn note_hub_connections(inventory: &Inventory, by_id: &HashMap<ResourceId, usize>, networks: &mut [Network]) {
    let hubs: HashMap<&ResourceId, Option<&ResourceId>> =
        inventory.virtual_hubs.iter().map(|hub| (&hub.id, hub.virtual_wan.as_ref())).collect();
    for (index, connection) in inventory.hub_connections.iter().enumerate() {
        if let Some(network) = connection.virtual_network.as_ref().and_then(|id| by_id.get(id)) {
            networks[*network].hub_connections.push(index);
        }
    }
    for network in networks {
        let wan = |connection: &usize| {
            let hub = inventory.hub_connections[*connection].id.parent()?;
            hubs.get(&hub).copied().flatten().cloned()
        };
        let wans: Option<Vec<ResourceId>> = network.hub_connections.iter().map(wan).collect();
        let is_connected = !network.hub_connections.is_empty();
        network.virtual_wan = match wans {
            Some(mut wans) if is_connected => {
                wans.sort();
                wans.dedup();
                VirtualWan::Of(wans)
            }
            None => VirtualWan::Unseen,
            Some(_) if network.virtual_hubs().next().is_some() => VirtualWan::Unseen,
            Some(_) => VirtualWan::None,
        };
    }
}

impl Network {
    /// Networks at the other end of a Connected peering.
    pub fn connected_peers<'a>(&'a self, network: &'a VirtualNetwork) -> impl Iterator<Item = usize> + 'a {
        network.peerings.iter().zip(&self.remotes).filter_map(|(peering, remote)| match remote {
            Remote::Network(index) if is_connected(peering) => Some(*index),
            _ => None,
        })
    }

    /// The Virtual WAN hubs this network is connected to.
    pub fn virtual_hubs(&self) -> impl Iterator<Item = &ResourceId> {
        self.remotes.iter().filter_map(|remote| match remote {
            Remote::VirtualHub(id) => Some(id),
            _ => None,
        })
    }
}

impl Topology {
    /// The networks in another region at the other end of this network's Connected peerings: global peering.
    pub fn peers_abroad(&self, network: usize) -> impl Iterator<Item = usize> + '_ {
        let location = |of: usize| self.inventory.virtual_networks[of].location.as_deref();
        self.peers(network).filter(move |peer| match (location(network), location(*peer)) {
            (Some(here), Some(there)) => !is_same_region(here, there),
            _ => false,
        })
    }

    /// Whether Databricks manages a network: its tags say so, or a workspace names it as its own.
    pub fn is_databricks(&self, network: &ResourceId) -> bool {
        let tagged = |index: usize| self.inventory.virtual_networks[index].databricks;
        let names = |peering: &DatabricksPeering| peering.managed.as_ref() == Some(network);
        self.network(network).is_some_and(tagged) || self.inventory.databricks_peerings.iter().any(names)
    }
}
