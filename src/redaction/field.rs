//! The fields that the product reads, and what kind of text stands in each. A field that is not here is left out of a
//! redacted snapshot, whatever it holds.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::{self, Pass};

/// What stands in a field, or in the lists and objects in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Objects alone; text is out of place.
    Holder,
    /// An object whose keys are the customer's own.
    Tags,
    Sku,
    Id,
    Name,
    /// A group id or a member's name.
    Group,
    /// A state or a choice.
    Value,
    Region,
    Addresses,
    Ports,
    /// A flag or a number, at times as text.
    Plain,
    Type,
    /// Objects of which only the number counts.
    Counted,
    /// What was measured: the name of a metric, or of what its numbers are told apart by.
    Measured,
    Time,
    /// A BGP community.
    Community,
    /// What a BGP community stands for.
    CommunityName,
    Creator,
    Prose,
}

/// Keys, as the management API writes them.
const FIELDS: [(Field, &[&str]); 17] = [
    (
        Field::Holder,
        &[
            "aRecords",
            "aaaaRecords",
            "accessPolicies",
            "additionalProperties",
            "addressSpace",
            "autoApproval",
            "backendAddressPool",
            "backendAddressPools",
            "backendIPConfigurations",
            "basePolicy",
            "bgpCommunities",
            "cnameRecord",
            "customDnsConfigs",
            "data",
            "databricksVirtualNetwork",
            "defaultSecurityRules",
            "delegations",
            "destinationApplicationSecurityGroups",
            "dhcpOptions",
            "dnsResolverOutboundEndpoints",
            "dnsSettings",
            "expressRoutePort",
            "firewallPolicy",
            "frontendIPConfiguration",
            "frontendIPConfigurations",
            "hubIPAddresses",
            "ipConfigurations",
            "loadBalancerBackendAddresses",
            "loadBalancerFrontendIpConfigurations",
            "loadBalancingRules",
            "manualPrivateLinkServiceConnections",
            "metadata",
            "metadatavalues",
            "networkAcls",
            "networkInterfaceIPConfiguration",
            "networkInterfaces",
            "networkRuleSet",
            "networkSecurityGroup",
            "peerings",
            "permissions",
            "privateDnsZoneConfigs",
            "privateEndpoint",
            "privateEndpointConnections",
            "privateLinkConnectionProperties",
            "privateLinkServiceConnectionState",
            "privateLinkServiceConnections",
            "properties",
            "recordSets",
            "remoteAddressSpace",
            "remoteVirtualNetwork",
            "remoteVirtualNetworkAddressSpace",
            "routeFilter",
            "routeTable",
            "routes",
            "rules",
            "securityRules",
            "serviceAssociationLinks",
            "sourceApplicationSecurityGroups",
            "subnet",
            "subnets",
            "systemData",
            "targetDnsServers",
            "timeseries",
            "virtualHub",
            "virtualNetwork",
            "virtualNetworkPeerings",
            "virtualWan",
            "visibility",
        ],
    ),
    (Field::Tags, &["tags"]),
    (Field::Sku, &["sku"]),
    (Field::Id, &["id", "privateDnsZoneId", "privateLinkServiceId", "roleDefinitionId", "scope"]),
    (
        Field::Name,
        &[
            "alias",
            "cname",
            "displayName",
            "domainName",
            "fqdn",
            "fqdns",
            "localSubnetNames",
            "name",
            "objectId",
            "principalId",
            "remoteSubnetNames",
            "requiredZoneNames",
            "resourceGuid",
            "subscriptions",
            "tenantId",
        ],
    ),
    (Field::Group, &["groupId", "groupIds", "requiredMemberName", "requiredMembers"]),
    (
        Field::Value,
        &[
            "access",
            "actionsRequired",
            "bypass",
            "certificates",
            "circuitProvisioningState",
            "defaultAction",
            "direction",
            "errorCode",
            "forwardingRuleState",
            "interval",
            "keys",
            "kind",
            "nextHopType",
            "peeringState",
            "peeringSyncLevel",
            "peeringType",
            "privateEndpointNetworkPolicies",
            "privateEndpointVNetPolicies",
            "privateLinkServiceNetworkPolicies",
            "protocol",
            "provisioningState",
            "publicNetworkAccess",
            "resolutionPolicy",
            "secrets",
            "serviceProviderProvisioningState",
            "state",
            "status",
            "storage",
            "virtualNetworkLinkState",
        ],
    ),
    (Field::Region, &["location"]),
    (
        Field::Addresses,
        &[
            "Network.DNS.Servers",
            "addressPrefix",
            "addressPrefixes",
            "destinationAddressPrefix",
            "destinationAddressPrefixes",
            "destinationIPAddress",
            "dnsServers",
            "ipAddress",
            "ipAddresses",
            "ipv4Address",
            "ipv6Address",
            "nextHopIpAddress",
            "privateIPAddress",
            "privateIpAddress",
            "servers",
            "sourceAddressPrefix",
            "sourceAddressPrefixes",
        ],
    ),
    (Field::Ports, &["destinationPortRange", "destinationPortRanges", "sourcePortRange", "sourcePortRanges"]),
    (
        Field::Plain,
        &[
            "Network.DNS.EnableProxy",
            "allowForwardedTraffic",
            "allowGatewayTransit",
            "allowVirtualNetworkAccess",
            "average",
            "backendPort",
            "enableProxy",
            "enableProxyProtocol",
            "enableRbacAuthorization",
            "frontendPort",
            "isAutoRegistered",
            "isHnsEnabled",
            "maxNumberOfRecordSets",
            "maxNumberOfVirtualNetworkLinks",
            "maximum",
            "numberOfRecordSets",
            "numberOfVirtualNetworkLinks",
            "peerCompleteVnets",
            "priority",
            "registrationEnabled",
            "total",
            "ttl",
            "useRemoteGateways",
        ],
    ),
    (Field::Type, &["serviceName"]),
    (Field::Counted, &["ipRules", "virtualNetworkRules"]),
    (Field::Measured, &["value"]),
    (Field::Time, &["createdAt", "endtime", "starttime", "timeStamp"]),
    (Field::Community, &["communities", "communityValue"]),
    (Field::CommunityName, &["communityName"]),
];

/// Free text, in which a record's creator is told.
const TEXTS: [(Field, &str); 2] = [(Field::Creator, "creator"), (Field::Prose, "description")];

/// Tags by which Azure says that Databricks manages a network; they are read, and nobody's secret.
const OWN_TAGS: [(&str, &str); 2] = [("databricks-environment", "true"), ("application", "databricks")];

impl Field {
    /// The field that a key stands for, inside of this one; `None` for what nobody reads.
    pub(super) fn inner(self, key: &str) -> Option<Field> {
        match self {
            Field::Tags => Some(Field::Prose),
            Field::Sku => (key == "name").then_some(Field::Value),
            Field::Counted => None,
            _ => Field::of(key),
        }
    }

    pub(super) fn of(key: &str) -> Option<Field> {
        static BY_KEY: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| {
            let fields = FIELDS.iter().flat_map(|(field, keys)| keys.iter().map(|key| (*key, *field)));
            fields.chain(TEXTS.map(|(field, key)| (key, field))).collect()
        });
        BY_KEY.get(key).copied()
    }

    /// What becomes of a text in this field. Blanks around it are nobody's; text of blanks alone is none.
    pub(super) fn made(self, pass: &mut impl Pass, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            return String::new();
        }
        match self {
            Field::Id => text::id(pass, text),
            Field::Name => text::name(pass, text),
            Field::Group => text::group(pass, text),
            Field::Value => text::value(pass, text),
            Field::Region => text::region(pass, text),
            Field::Addresses => text::addresses(pass, text),
            Field::Ports => text::ports(text),
            Field::Plain => text::plain(text),
            Field::Type => text::resource_type(pass, text),
            Field::Measured => text::measured(pass, text),
            Field::Time => text::time(text),
            Field::Community => text::community(pass, text),
            Field::CommunityName => text::community_name(pass, text),
            Field::Creator => text::creator(pass, text),
            Field::Holder | Field::Tags | Field::Sku | Field::Counted | Field::Prose => {
                text::prose(pass, text)
            }
        }
    }

    /// What becomes of a tag.
    pub(super) fn tag(pass: &mut impl Pass, key: &str, value: &str) -> (String, String) {
        let is_own = |(own, text): &(&str, &str)| {
            own.eq_ignore_ascii_case(key) && text.eq_ignore_ascii_case(value.trim())
        };
        match OWN_TAGS.iter().any(is_own) {
            true => (key.to_owned(), value.to_owned()),
            false => (text::name(pass, key), Field::Name.made(pass, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where fields are named for serde.
    const WIRE: [&str; 9] = [
        include_str!("../inventory/wire/mod.rs"),
        include_str!("../inventory/wire/dns.rs"),
        include_str!("../inventory/wire/endpoints.rs"),
        include_str!("../inventory/wire/express_route.rs"),
        include_str!("../inventory/wire/metrics.rs"),
        include_str!("../inventory/wire/migration.rs"),
        include_str!("../inventory/wire/networks.rs"),
        include_str!("../inventory/wire/paths.rs"),
        include_str!("../inventory/wire/services.rs"),
    ];

    /// Fields of Azure's own models, of which the product reads these.
    const OF_MODELS: [&str; 9] = [
        "addressPrefixes",
        "cname",
        "fqdn",
        "fqdns",
        "groupId",
        "ipAddresses",
        "ipv4Address",
        "ipv6Address",
        "requiredMemberName",
    ];

    fn camel(name: &str) -> String {
        let mut parts = name.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |mut made, part| {
            made.push_str(&part[..1].to_ascii_uppercase());
            made.push_str(&part[1..]);
            made
        })
    }

    /// The JSON keys of the structs that serde reads, from their source.
    fn read_fields(source: &str) -> Vec<String> {
        let mut found = Vec::new();
        let (mut derived, mut inside, mut renamed, mut flat) = (false, false, None::<String>, false);
        for line in source.lines().map(str::trim) {
            if line.starts_with("#[derive(") {
                derived = line.contains("Deserialize");
            } else if line.contains("struct ") && line.ends_with('{') {
                inside = std::mem::take(&mut derived);
            } else if line == "}" {
                inside = false;
            } else if line.contains("rename = \"") {
                renamed = line.split('"').nth(1).map(str::to_owned);
            } else if line.contains("#[serde(flatten)]") {
                flat = true;
            } else if let Some((name, _)) = line.split_once(": ").filter(|_| inside && line.ends_with(',')) {
                let name = name.trim_start_matches("pub(super) ");
                match renamed.take() {
                    Some(renamed) => found.push(renamed),
                    None if std::mem::take(&mut flat) => {}
                    None => found.push(camel(name)),
                }
            }
        }
        found
    }

    #[test]
    fn every_field_that_is_read_has_its_place() {
        let read: Vec<String> = WIRE.iter().flat_map(|source| read_fields(source)).collect();
        assert!(read.len() > 120, "only {} fields were found: {read:?}", read.len());
        let keys = read.iter().map(String::as_str).chain(OF_MODELS);
        let lost: Vec<&str> = keys.filter(|key| Field::of(key).is_none()).collect();
        assert!(lost.is_empty(), "redaction would leave out what is read: {lost:?}");
    }

    #[test]
    fn every_field_that_has_a_place_is_read() {
        let read: Vec<String> = WIRE.iter().flat_map(|source| read_fields(source)).collect();
        for key in FIELDS.iter().flat_map(|(_, keys)| *keys) {
            let is_read = read.iter().any(|one| one == key) || OF_MODELS.contains(key);
            assert!(is_read, "{key} is kept, and nobody reads it");
        }
    }
}
