//! What a person says of an estate that Azure does not tell.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::inventory::{IdPattern, ResourceId};

/// What a configuration adds to what was read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// DNS servers that somebody vouches for.
    pub dns_servers: BTreeMap<IpAddr, DeclaredServer>,
    /// Networks whose clients must reach every endpoint that is reported on.
    pub client_networks: Vec<IdPattern>,
}

/// What is said of a DNS server that cannot be seen, or cannot be seen through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredServer {
    /// It resolves private names, somehow.
    Trusted,
    /// It asks Azure's DNS from this virtual network.
    ResolvesThrough(ResourceId),
}
