//! The names of endpoints and the addresses they ought to have: the table that the portal offers as "Download DNS
//! settings", over a whole estate. Pure; knows neither how it is read nor how it is shown.

use std::net::IpAddr;

use crate::inventory::{NameAddresses, PrivateEndpoint, ResourceId};
use crate::topology::Topology;
use crate::topology::endpoints::{Endpoint, NameSource, Status, target_and_group};
use crate::topology::knowledge::Seen;

/// One name of one endpoint.
#[derive(Debug, Clone)]
pub struct Name<'a> {
    /// Lower case, without trailing dot; may begin with `*.`.
    pub fqdn: &'a str,
    /// Where public DNS leads from it, when the zone table knows; the name itself when it lies in its zone already.
    pub alias: Option<&'a str>,
    /// The private DNS zone and the record in it that ought to hold the address.
    pub place: Option<(&'a str, &'a str)>,
    /// Sorted; empty when nobody says which of the endpoint's addresses is this name's.
    pub addresses: &'a [IpAddr],
    pub source: NameSource,
    pub endpoint: &'a PrivateEndpoint,
    pub target: Option<&'a ResourceId>,
    pub group_id: &'a str,
    /// The endpoint's network, when it is known.
    pub network: Option<&'a ResourceId>,
}

/// An endpoint that shows no name.
#[derive(Debug, Clone)]
pub struct Unnamed<'a> {
    pub endpoint: &'a PrivateEndpoint,
    pub why: &'static str,
    /// Whether its names might be known if everything had been read.
    pub unread: bool,
}

/// Every name of some endpoints, sorted by name, and the endpoints without any.
#[derive(Debug, Default)]
pub struct Names<'a> {
    pub names: Vec<Name<'a>>,
    pub unnamed: Vec<Unnamed<'a>>,
}

impl<'a> Names<'a> {
    /// Gathers those of the endpoints that are reported on.
    pub fn of(topology: &'a Topology) -> Self {
        let reported = topology.endpoints.iter().enumerate().filter(|(_, joined)| joined.reported);
        Names::over(topology, reported.map(|(index, _)| index))
    }

    /// Gathers those of these endpoints (indices of the topology), reported on or not.
    pub(crate) fn over(topology: &'a Topology, endpoints: impl IntoIterator<Item = usize>) -> Self {
        let mut all = Names::default();
        for index in endpoints {
            let (endpoint, joined) =
                (&topology.inventory.private_endpoints[index], &topology.endpoints[index]);
            let before = all.names.len();
            if is_approved(endpoint) {
                all.names.extend(names_of(topology, endpoint, joined));
            }
            if all.names.len() == before {
                all.unnamed.push(unnamed(topology, index));
            }
        }
        all.names.sort_by(|a, b| a.fqdn.cmp(b.fqdn).then_with(|| a.endpoint.id.cmp(&b.endpoint.id)));
        all
    }
}

fn names_of<'a>(
    topology: &'a Topology,
    endpoint: &'a PrivateEndpoint,
    joined: &'a Endpoint,
) -> impl Iterator<Item = Name<'a>> {
    let (target, group_id) = target_and_group(endpoint).map_or((None, ""), |(id, group)| (Some(id), group));
    let network = joined.network.found().map(|index| &topology.inventory.virtual_networks[index].id);
    let name = move |fqdn, alias, place, addresses| Name {
        fqdn,
        alias,
        place,
        addresses,
        source: joined.source,
        endpoint,
        target,
        group_id,
        network,
    };
    let needed = joined.requirements.names.iter().map(move |expected| {
        let needed = &expected.needed;
        let place = Some((needed.zone.as_str(), needed.record.as_str()));
        name(needed.fqdn.as_str(), Some(needed.alias.as_str()), place, expected.addresses.as_slice())
    });
    let others = joined.requirements.others.iter();
    let others = others.map(move |NameAddresses { fqdn, addresses }| name(fqdn, None, None, addresses));
    needed.chain(others)
}

/// Names come with the approval; until then they can at most be guessed.
pub(crate) fn is_approved(endpoint: &PrivateEndpoint) -> bool {
    endpoint.connections.iter().any(|connection| Status::of(connection) == Status::Approved)
}

/// Why an endpoint (an index of the topology) shows no name.
pub(crate) fn unnamed(topology: &Topology, index: usize) -> Unnamed<'_> {
    let (endpoint, joined) = (&topology.inventory.private_endpoints[index], &topology.endpoints[index]);
    let is = |status| endpoint.connections.iter().any(|connection| Status::of(connection) == status);
    let unread = matches!(joined.interface, Seen::Unknown(_)) && is(Status::Approved);
    let why = if unread {
        "its network interface could not be read"
    } else if is(Status::Approved) {
        "it shows no name, and none follows from its target"
    } else if is(Status::Pending) {
        "its connection is pending, and names come with the approval"
    } else {
        "its connection is not approved"
    };
    Unnamed { endpoint, why, unread }
}
