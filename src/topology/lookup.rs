//! Questions that people ask of an estate, one at a time: each looks through all of it.

use std::net::IpAddr;

use super::Topology;

/// A name that an endpoint bears.
#[derive(Debug, Clone, Copy)]
pub struct Borne<'a> {
    /// Lower case, without trailing dot; may begin with `*.`.
    pub fqdn: &'a str,
    /// What public DNS makes of it; `None` for a name that belongs to no known zone.
    pub alias: Option<&'a str>,
    /// The endpoint's addresses for it, sorted; empty when nobody says.
    pub addresses: &'a [IpAddr],
}

impl Topology {
    /// Every name of an endpoint, those that belong to no known zone last.
    pub fn names_of(&self, endpoint: usize) -> impl Iterator<Item = Borne<'_>> {
        let requirements = &self.endpoints[endpoint].requirements;
        let names = requirements.names.iter().map(|name| Borne {
            fqdn: &name.needed.fqdn,
            alias: Some(&name.needed.alias),
            addresses: &name.addresses,
        });
        let others = requirements.others.iter().map(|name| Borne {
            fqdn: &name.fqdn,
            alias: None,
            addresses: &name.addresses,
        });
        names.chain(others)
    }

    /// The name whose public form, or else whose privatelink alias, this is (lower case).
    pub fn borne(&self, name: &str) -> Option<Borne<'_>> {
        let all = || (0..self.endpoints.len()).flat_map(|endpoint| self.names_of(endpoint));
        all().find(|borne| borne.fqdn == name).or_else(|| all().find(|borne| borne.alias == Some(name)))
    }

    /// The endpoints that bear this public name (lower case).
    pub fn bearers(&self, fqdn: &str) -> Vec<usize> {
        let bears = |index: &usize| self.names_of(*index).any(|borne| borne.fqdn == fqdn);
        (0..self.endpoints.len()).filter(bears).collect()
    }

    /// The first endpoint that has this address.
    pub fn endpoint_at(&self, address: IpAddr) -> Option<usize> {
        self.endpoints.iter().position(|endpoint| endpoint.addresses.contains(&address))
    }
}
