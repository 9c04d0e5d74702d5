//! Private DNS zones with links and record sets, and DNS private resolvers with rulesets.

use std::collections::BTreeMap;
use std::net::IpAddr;

use azure_mgmt_privatedns::package_2024_06::models::{ARecord, AaaaRecord, CnameRecord};
use serde::Deserialize;

use super::field::{Field, Fields, List, Model, Object, Plain, Text, parsed};
use super::{Reading, Reference, dns_name, tags};
use crate::inventory::{
    DnsResolver, ForwardingRule, ForwardingRuleset, HeldAddress, InboundEndpoint, PrivateDnsZone, RecordSet,
    RecordType, ResourceId, RulesetLink, VirtualNetworkLink,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Zone {
    location: Text,
    tags: Fields<BTreeMap<String, Text>>,
    properties: Fields<ZoneProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ZoneProperties {
    number_of_record_sets: Field<u64>,
    number_of_virtual_network_links: Field<u64>,
    max_number_of_record_sets: Field<u64>,
    max_number_of_virtual_network_links: Field<u64>,
    provisioning_state: Text,
}

pub(super) fn zone(reading: &mut Reading<'_>, fields: Zone) -> PrivateDnsZone {
    let inner = reading.properties(fields.properties);
    PrivateDnsZone {
        id: reading.id.clone(),
        name: dns_name(reading.id.name()),
        location: reading.take(fields.location, "location"),
        tags: tags(fields.tags),
        record_set_count: reading.take(inner.number_of_record_sets, "properties.numberOfRecordSets"),
        link_count: reading
            .take(inner.number_of_virtual_network_links, "properties.numberOfVirtualNetworkLinks"),
        record_set_limit: reading.take(inner.max_number_of_record_sets, "properties.maxNumberOfRecordSets"),
        link_limit: reading
            .take(inner.max_number_of_virtual_network_links, "properties.maxNumberOfVirtualNetworkLinks"),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    tags: Fields<BTreeMap<String, Text>>,
    properties: Fields<LinkProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct LinkProperties {
    virtual_network: Fields<Reference>,
    registration_enabled: Field<bool>,
    virtual_network_link_state: Text,
    provisioning_state: Text,
    resolution_policy: Text,
}

pub(super) fn link(reading: &mut Reading<'_>, fields: Link) -> VirtualNetworkLink {
    let inner = reading.properties(fields.properties);
    VirtualNetworkLink {
        id: reading.id.clone(),
        tags: tags(fields.tags),
        virtual_network: reading.need_reference(inner.virtual_network, "properties.virtualNetwork"),
        registration_enabled: reading
            .take(inner.registration_enabled, "properties.registrationEnabled")
            .unwrap_or_default(),
        state: reading.take(inner.virtual_network_link_state, "properties.virtualNetworkLinkState"),
        provisioning_state: reading.take(inner.provisioning_state, "properties.provisioningState"),
        resolution_policy: reading.need(inner.resolution_policy, "properties.resolutionPolicy"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RecordSetProperties {
    ttl: Field<u64>,
    metadata: Fields<Metadata>,
    is_auto_registered: Field<bool>,
    a_records: Field<Vec<Model<ARecord>>>,
    aaaa_records: Field<Vec<Model<AaaaRecord>>>,
    cname_record: Model<CnameRecord>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    creator: Text,
}

pub(super) fn record_set(reading: &mut Reading<'_>, fields: Plain<RecordSetProperties>) -> RecordSet {
    let inner = reading.properties(fields.properties);
    let record_type = record_type(reading.id);
    let addresses = match record_type {
        RecordType::A => {
            addresses(reading, inner.a_records, |record| record.ipv4_address, "properties.aRecords")
        }
        RecordType::Aaaa => {
            addresses(reading, inner.aaaa_records, |record| record.ipv6_address, "properties.aaaaRecords")
        }
        RecordType::Cname | RecordType::Other => Vec::new(),
    };
    let cname = match record_type {
        RecordType::Cname => reading.need(inner.cname_record.0, "properties.cnameRecord"),
        RecordType::A | RecordType::Aaaa | RecordType::Other => None,
    };
    let metadata = reading.open(inner.metadata, "properties.metadata");
    RecordSet {
        id: reading.id.clone(),
        record_type,
        name: dns_name(reading.id.name()),
        ttl: reading.take(inner.ttl, "properties.ttl"),
        addresses,
        cname: cname.and_then(|record| record.cname).map(|name| dns_name(name.trim())),
        creator: reading.take(metadata.creator, "properties.metadata.creator"),
        auto_registered: reading
            .take(inner.is_auto_registered, "properties.isAutoRegistered")
            .unwrap_or_default(),
    }
}

fn record_type(id: &ResourceId) -> RecordType {
    let kind = id.as_str().rsplit('/').nth(1).unwrap_or_default();
    let is = |word: &str| kind.eq_ignore_ascii_case(word);
    match () {
        () if is("A") => RecordType::A,
        () if is("AAAA") => RecordType::Aaaa,
        () if is("CNAME") => RecordType::Cname,
        () => RecordType::Other,
    }
}

/// The addresses of a set, sorted: name servers give them in any order. Unreadable and empty ones are passed over and
/// leave a gap.
fn addresses<M>(
    reading: &mut Reading<'_>,
    list: Field<Vec<Model<M>>>,
    text: fn(M) -> Option<String>,
    name: &'static str,
) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for Model(record) in reading.need(list, name).unwrap_or_default() {
        let Some(record) = reading.take(record.required(), name) else { continue };
        let address = parsed::<IpAddr>(&text(record).unwrap_or_default());
        found.extend(reading.take(address.required(), name));
    }
    found.sort_unstable();
    found
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ToNetwork {
    virtual_network: Fields<Reference>,
}

pub(super) fn resolver(reading: &mut Reading<'_>, fields: Plain<ToNetwork>) -> DnsResolver {
    let inner = reading.properties(fields.properties);
    DnsResolver {
        id: reading.id.clone(),
        virtual_network: reading.need_reference(inner.virtual_network, "properties.virtualNetwork"),
    }
}

pub(super) fn ruleset_link(reading: &mut Reading<'_>, fields: Plain<ToNetwork>) -> RulesetLink {
    let inner = reading.properties(fields.properties);
    RulesetLink {
        id: reading.id.clone(),
        virtual_network: reading.need_reference(inner.virtual_network, "properties.virtualNetwork"),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InboundProperties {
    ip_configurations: List<Object<InboundConfiguration>>,
}

/// Unlike other ip configurations, these have no `properties` around them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InboundConfiguration {
    private_ip_address: Field<IpAddr>,
    subnet: Fields<Reference>,
}

pub(super) fn inbound_endpoint(
    reading: &mut Reading<'_>,
    fields: Plain<InboundProperties>,
) -> InboundEndpoint {
    let inner = reading.properties(fields.properties);
    let configurations = reading.need_each(inner.ip_configurations, "properties.ipConfigurations");
    InboundEndpoint {
        id: reading.id.clone(),
        addresses: configurations
            .into_iter()
            .map(|Object(fields)| HeldAddress {
                address: reading
                    .take(fields.private_ip_address, "properties.ipConfigurations.privateIpAddress"),
                subnet: reading.reference(fields.subnet, "properties.ipConfigurations.subnet"),
            })
            .collect(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RulesetProperties {
    dns_resolver_outbound_endpoints: List<Object<Reference>>,
}

pub(super) fn ruleset(reading: &mut Reading<'_>, fields: Plain<RulesetProperties>) -> ForwardingRuleset {
    let inner = reading.properties(fields.properties);
    let name = "properties.dnsResolverOutboundEndpoints";
    let endpoints = reading.each(inner.dns_resolver_outbound_endpoints, name);
    ForwardingRuleset {
        id: reading.id.clone(),
        outbound_endpoints: endpoints
            .into_iter()
            .filter_map(|Object(endpoint)| reading.take(endpoint.id, name))
            .collect(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RuleProperties {
    domain_name: Text,
    forwarding_rule_state: Text,
    target_dns_servers: List<Object<TargetServer>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TargetServer {
    ip_address: Text,
}

pub(super) fn forwarding_rule(reading: &mut Reading<'_>, fields: Plain<RuleProperties>) -> ForwardingRule {
    let inner = reading.properties(fields.properties);
    // A rule without its domain would read as the rule on `.`, a server without address as none.
    let domain = reading.need(inner.domain_name.required(), "properties.domainName").unwrap_or_default();
    let state = reading.need(inner.forwarding_rule_state, "properties.forwardingRuleState");
    let servers = reading.need_each(inner.target_dns_servers, "properties.targetDnsServers");
    ForwardingRule {
        id: reading.id.clone(),
        domain: dns_name(&domain),
        enabled: !state.is_some_and(|state| state.eq_ignore_ascii_case("Disabled")),
        targets: servers
            .into_iter()
            .filter_map(|Object(server)| {
                reading.need(server.ip_address.required(), "properties.targetDnsServers")
            })
            .collect(),
    }
}
