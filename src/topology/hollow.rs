//! Objects of which something was not understood that others go by: where an endpoint leads, which address somebody
//! holds. To whoever looks for one of its kind they are as good as unlisted.

use foldhash::{HashSet, HashSetExt};

use super::knowledge::MALFORMED_FIELD;
use crate::inventory::{InboundEndpoint, Inventory, Kind, NetworkInterface, PrivateEndpoint, ResourceId};

/// The kinds that are looked through for somebody who leads to a target or holds an address.
const KINDS: [Kind; 3] = [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::InboundEndpoints];

/// The ids of those that a gap tells of.
pub(super) fn hollow(inventory: &Inventory) -> HashSet<ResourceId> {
    let gaps = inventory.coverage.gaps.iter();
    let odd = gaps.filter(|gap| gap.code == MALFORMED_FIELD && KINDS.contains(&gap.kind));
    let odd: HashSet<&ResourceId> = odd.filter_map(|gap| gap.resource.as_ref()).collect();
    if odd.is_empty() {
        return HashSet::new();
    }
    let endpoints = inventory.private_endpoints.iter().filter(|one| leads_nowhere(one)).map(|one| &one.id);
    let interfaces = inventory.network_interfaces.iter().filter(|one| lacks_address(one)).map(|one| &one.id);
    let inbound = inventory.inbound_endpoints.iter().filter(|one| is_unplaced(one)).map(|one| &one.id);
    endpoints.chain(interfaces).chain(inbound).filter(|id| odd.contains(id)).cloned().collect()
}

fn leads_nowhere(endpoint: &PrivateEndpoint) -> bool {
    endpoint.resource_guid.is_none()
        || endpoint.connections.is_empty()
        || endpoint
            .connections
            .iter()
            .any(|one| one.target.is_none() || one.group_ids.is_empty() || one.status.is_none())
}

fn lacks_address(interface: &NetworkInterface) -> bool {
    let configurations = &interface.ip_configurations;
    configurations.is_empty() || configurations.iter().any(|one| one.address.is_none())
}

fn is_unplaced(endpoint: &InboundEndpoint) -> bool {
    let held = &endpoint.addresses;
    held.is_empty() || held.iter().any(|one| one.address.is_none() || one.subnet.is_none())
}
