//! Which endpoints lay claim to a record's name or hold an address: indices over the endpoints, made once. Knows no
//! rule.

use std::borrow::Borrow;
use std::hash::Hash;
use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use super::Topology;
use crate::inventory::RecordSet;

/// A name of an endpoint: the endpoint, and the position in its `requirements.names`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub endpoint: usize,
    pub name: usize,
}

/// Every name and every address of every endpoint.
#[derive(Debug)]
pub struct Claims<'a> {
    /// By public name, and by each name that public DNS may make of it.
    names: Chains<&'a str, Claim>,
    addresses: Chains<IpAddr, usize>,
}

impl<'a> Claims<'a> {
    /// Indexes the endpoints of a topology.
    pub fn new(topology: &'a Topology) -> Self {
        let mut claims = Claims {
            names: Chains::with_capacity(2 * topology.endpoints.len()),
            addresses: Chains::with_capacity(topology.endpoints.len()),
        };
        for (endpoint, joined) in topology.endpoints.iter().enumerate() {
            for address in &joined.addresses {
                claims.addresses.add(*address, endpoint);
            }
            for (name, expected) in joined.requirements.names.iter().enumerate() {
                let (needed, claim) = (&expected.needed, Claim { endpoint, name });
                claims.names.add(&needed.fqdn, claim);
                if needed.alias != needed.fqdn {
                    claims.names.add(&needed.alias, claim);
                }
                let others = needed.alternatives.iter().filter(|place| place.alias != needed.alias);
                others.for_each(|place| claims.names.add(&place.alias, claim));
            }
        }
        claims
    }

    /// The endpoints of which this full name (lower case) is one, or is made of one.
    pub fn of_name<'s>(&'s self, name: &str) -> impl Iterator<Item = Claim> + use<'a, 's> {
        self.names.of(name)
    }

    /// The endpoints that a record set of a zone stands for by its name.
    pub fn of_record<'s>(&'s self, zone: &str, set: &RecordSet) -> impl Iterator<Item = Claim> + use<'a, 's> {
        self.of_name(&full_name(zone, &set.name))
    }

    /// The endpoints that hold an address.
    pub fn of_address<'s>(&'s self, address: IpAddr) -> impl Iterator<Item = usize> + use<'a, 's> {
        self.addresses.of(&address)
    }
}

/// The name that a record's relative name is in DNS; all in lower case.
pub fn full_name(zone: &str, record: &str) -> String {
    match record {
        "@" => zone.to_owned(),
        _ => [record, ".", zone].concat(),
    }
}

/// Several values a key, without a list for each: nearly every key has one.
#[derive(Debug)]
struct Chains<K, V> {
    last: HashMap<K, usize>,
    /// A value, and the one before it of the same key.
    values: Vec<(V, Option<usize>)>,
}

impl<K: Eq + Hash, V: Copy> Chains<K, V> {
    fn with_capacity(capacity: usize) -> Self {
        Chains { last: HashMap::with_capacity(capacity), values: Vec::with_capacity(capacity) }
    }

    fn add(&mut self, key: K, value: V) {
        let before = self.last.insert(key, self.values.len());
        self.values.push((value, before));
    }

    fn of<'s, Q: Eq + Hash + ?Sized>(&'s self, key: &Q) -> impl Iterator<Item = V> + use<'s, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let mut at = self.last.get(key).copied();
        std::iter::from_fn(move || {
            let (value, before) = self.values.get(at?)?;
            at = *before;
            Some(*value)
        })
    }
}
