//! Questions that people ask of an estate, one at a time: each looks through all of it.

use std::net::IpAddr;

use super::Topology;
use super::endpoints::ExpectedName;

impl Topology {
    /// The name whose public form, or else whose privatelink alias, this is (lower case).
    pub fn expected_name(&self, name: &str) -> Option<&ExpectedName> {
        let all = || self.endpoints.iter().flat_map(|endpoint| &endpoint.requirements.names);
        all()
            .find(|known| known.needed.fqdn == name)
            .or_else(|| all().find(|known| known.needed.alias == name))
    }

    /// The endpoints that bear this public name (lower case).
    pub fn bearers(&self, fqdn: &str) -> Vec<usize> {
        let bears = |index: &usize| {
            self.endpoints[*index].requirements.names.iter().any(|name| name.needed.fqdn == fqdn)
        };
        (0..self.endpoints.len()).filter(bears).collect()
    }

    /// The first endpoint that has this address.
    pub fn endpoint_at(&self, address: IpAddr) -> Option<usize> {
        self.endpoints.iter().position(|endpoint| endpoint.addresses.contains(&address))
    }
}
