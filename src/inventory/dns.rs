//! Private DNS zones with links and records, DNS private resolvers and forwarding rulesets.

use std::net::IpAddr;

use super::{ResourceId, Tags};

#[derive(Debug, Clone)]
pub struct PrivateDnsZone {
    pub id: ResourceId,
    /// The zone's name in lower case, without trailing dot.
    pub name: Box<str>,
    /// `global` for all that have been seen.
    pub location: Option<Box<str>>,
    pub tags: Tags,
    /// The zone's own counts, SOA included.
    pub record_set_count: Option<u64>,
    pub link_count: Option<u64>,
    /// What the zone may hold at most.
    pub record_set_limit: Option<u64>,
    pub link_limit: Option<u64>,
    pub provisioning_state: Option<Box<str>>,
}

#[derive(Debug, Clone)]
pub struct VirtualNetworkLink {
    pub id: ResourceId,
    pub tags: Tags,
    pub virtual_network: Option<ResourceId>,
    pub registration_enabled: bool,
    pub state: Option<Box<str>>,
    pub provisioning_state: Option<Box<str>>,
    /// `Default` or `NxDomainRedirect`.
    pub resolution_policy: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    /// SOA, MX, TXT, SRV, PTR: they make a name exist and answer nothing here.
    Other,
}

#[derive(Debug, Clone)]
pub struct RecordSet {
    pub id: ResourceId,
    pub record_type: RecordType,
    /// Relative to the zone, in lower case; `@` for the zone itself.
    pub name: Box<str>,
    pub ttl: Option<u64>,
    /// IPv4 of an A set, IPv6 of an AAAA set.
    pub addresses: Vec<IpAddr>,
    /// The CNAME's target in lower case, without trailing dot.
    pub cname: Option<Box<str>>,
    /// `metadata.creator`: says which endpoint's zone group wrote it.
    pub creator: Option<Box<str>>,
    pub auto_registered: bool,
}

#[derive(Debug, Clone)]
pub struct DnsResolver {
    pub id: ResourceId,
    pub virtual_network: Option<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct InboundEndpoint {
    pub id: ResourceId,
    pub addresses: Vec<HeldAddress>,
}

/// An address and the subnet it stands in.
#[derive(Debug, Clone)]
pub struct HeldAddress {
    pub address: Option<IpAddr>,
    pub subnet: Option<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct ForwardingRuleset {
    pub id: ResourceId,
    /// The outbound endpoints its rules are followed from.
    pub outbound_endpoints: Vec<ResourceId>,
}

#[derive(Debug, Clone)]
pub struct ForwardingRule {
    pub id: ResourceId,
    /// In lower case, without trailing dot; empty for the rule on `.`.
    pub domain: Box<str>,
    pub enabled: bool,
    /// Addresses as written.
    pub targets: Vec<Box<str>>,
}

#[derive(Debug, Clone)]
pub struct RulesetLink {
    pub id: ResourceId,
    pub virtual_network: Option<ResourceId>,
}
