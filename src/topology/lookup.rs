//! Questions that people ask of an estate: who bears a name, who has an address. The index is made when the first one
//! asks, for judging an estate takes none of it.

use std::net::IpAddr;

use foldhash::HashMap;

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

/// Endpoints by what they are called in DNS, in their own order.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_fqdn: HashMap<Box<str>, Vec<usize>>,
    /// The first that has the alias, or the address.
    by_alias: HashMap<Box<str>, usize>,
    by_address: HashMap<IpAddr, usize>,
}

impl Names {
    fn of(topology: &Topology) -> Self {
        let mut names = Names::default();
        for (index, endpoint) in topology.endpoints.iter().enumerate() {
            for borne in topology.names_of(index) {
                let bearers = names.by_fqdn.entry(borne.fqdn.into()).or_default();
                if bearers.last() != Some(&index) {
                    bearers.push(index);
                }
                if let Some(alias) = borne.alias {
                    names.by_alias.entry(alias.into()).or_insert(index);
                }
            }
            for address in &endpoint.addresses {
                names.by_address.entry(*address).or_insert(index);
            }
        }
        names
    }
}

impl Topology {
    fn dns_names(&self) -> &Names {
        self.dns_names.get_or_init(|| Names::of(self))
    }

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
        let names = self.dns_names();
        match names.by_fqdn.get(name).and_then(|bearers| bearers.first()) {
            Some(first) => self.names_of(*first).find(|borne| borne.fqdn == name),
            None => self.names_of(*names.by_alias.get(name)?).find(|borne| borne.alias == Some(name)),
        }
    }

    /// The endpoints that bear this public name (lower case).
    pub fn bearers(&self, fqdn: &str) -> &[usize] {
        self.dns_names().by_fqdn.get(fqdn).map_or(&[], Vec::as_slice)
    }

    /// The first endpoint that has this address.
    pub fn endpoint_at(&self, address: IpAddr) -> Option<usize> {
        self.dns_names().by_address.get(&address).copied()
    }
}
