//! Questions that people ask of an estate, one at a time: each looks through all of it.

use std::net::IpAddr;

use super::Topology;
use super::endpoints::ExpectedName;

impl Topology {
    /// The name whose privatelink alias (lower case) this is.
    pub fn expected_alias(&self, alias: &str) -> Option<&ExpectedName> {
        let names = self.endpoints.iter().flat_map(|endpoint| &endpoint.requirements.names);
        names.into_iter().find(|name| name.needed.alias == alias)
    }

    /// The first endpoint that has this address.
    pub fn endpoint_at(&self, address: IpAddr) -> Option<usize> {
        self.endpoints.iter().position(|endpoint| endpoint.addresses.contains(&address))
    }
}
