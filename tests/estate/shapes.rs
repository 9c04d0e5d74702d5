//! The JSON of single objects, field by field as ARM sends them. Pure; knows no estate.

use plaudit::inventory::ResourceId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::TENANT;

/// A GUID that is always the same for the same text.
pub fn guid(of: &str) -> String {
    let hash = Sha256::digest(of.as_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

fn etag(id: &ResourceId) -> String {
    format!("W/\"{}\"", guid(&format!("etag {id}")))
}

pub(super) fn reference(id: &ResourceId) -> Value {
    json!({"id": id.as_str()})
}

pub(super) fn subscription(guid: &str, name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{guid}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": guid,
        "tenantId": TENANT,
        "displayName": name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Internal_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

/// A resource of the network provider.
pub(super) fn resource(id: &ResourceId, location: &str, properties: Value) -> Value {
    let mut value = child(id, properties);
    value["location"] = location.into();
    value
}

/// A child, or an object embedded in a resource: no location.
pub(super) fn child(id: &ResourceId, mut properties: Value) -> Value {
    properties["provisioningState"] = "Succeeded".into();
    json!({
        "name": id.name(),
        "id": id.as_str(),
        "etag": etag(id),
        "type": id.resource_type().expect("an id with a type"),
        "properties": properties,
    })
}

pub(super) fn vnet(id: &ResourceId, location: &str, prefix: &str) -> Value {
    resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "addressSpace": {"addressPrefixes": [prefix]},
            "privateEndpointVNetPolicies": "Disabled",
            "subnets": [],
            "virtualNetworkPeerings": [],
            "enableDdosProtection": false,
        }),
    )
}

pub(super) fn subnet(id: &ResourceId, prefix: &str) -> Value {
    child(
        id,
        json!({
            "addressPrefix": prefix,
            "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled",
            "privateLinkServiceNetworkPolicies": "Enabled",
        }),
    )
}

pub(super) fn delegation(subnet: &ResourceId, service: &str) -> Value {
    child(
        &ResourceId::new(&format!("{subnet}/delegations/{}", service.replace(['.', '/'], "-"))),
        json!({
            "serviceName": service,
            "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
        }),
    )
}

pub(super) fn service_association_link(subnet: &ResourceId, service: &str) -> Value {
    child(
        &ResourceId::new(&format!("{subnet}/serviceAssociationLinks/AppServiceLink")),
        json!({"linkedResourceType": service, "allowDelete": false, "locations": []}),
    )
}

/// A peering that both sides know, wholly in sync.
pub(super) fn peering(id: &ResourceId, pair: &str, remote: &ResourceId, remote_space: &Value) -> Value {
    child(
        id,
        json!({
            "resourceGuid": guid(pair),
            "peeringState": "Connected",
            "peeringSyncLevel": "FullyInSync",
            "remoteVirtualNetwork": reference(remote),
            "allowVirtualNetworkAccess": true,
            "allowForwardedTraffic": true,
            "allowGatewayTransit": false,
            "useRemoteGateways": false,
            "doNotVerifyRemoteGateways": false,
            "peerCompleteVnets": true,
            "remoteAddressSpace": {"addressPrefixes": remote_space},
            "remoteVirtualNetworkAddressSpace": {"addressPrefixes": remote_space},
            "routeServiceVips": {},
        }),
    )
}

/// One address of a network interface. `link` is `privateLinkConnectionProperties` of an endpoint's.
pub(super) fn interface_address(
    nic: &ResourceId,
    name: &str,
    address: &str,
    subnet: &ResourceId,
    primary: bool,
    link: Option<Value>,
) -> Value {
    let mut properties = json!({
        "privateIPAddress": address,
        "privateIPAllocationMethod": "Dynamic",
        "subnet": reference(subnet),
        "primary": primary,
        "privateIPAddressVersion": "IPv4",
    });
    if let Some(link) = link {
        properties["privateLinkConnectionProperties"] = link;
    }
    child(&ResourceId::new(&format!("{nic}/ipConfigurations/{name}")), properties)
}

pub(super) fn network_interface(id: &ResourceId, location: &str, addresses: Vec<Value>) -> Value {
    resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "ipConfigurations": addresses,
            "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
            "macAddress": "",
            "enableAcceleratedNetworking": false,
            "vnetEncryptionSupported": false,
            "enableIPForwarding": false,
            "hostedWorkloads": [],
            "tapConfigurations": [],
            "nicType": "Standard",
        }),
    )
}

/// An endpoint's connection in the array named `list`.
pub(super) fn connection(endpoint: &ResourceId, list: &str, target: &str, groups: &[String]) -> Value {
    let mut properties = json!({
        "privateLinkServiceId": target,
        "privateLinkServiceConnectionState":
            {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"},
    });
    // A private link service has no group ids, and ARM then leaves the array out.
    if !groups.is_empty() {
        properties["groupIds"] = json!(groups);
    }
    child(&ResourceId::new(&format!("{endpoint}/{list}/{}", endpoint.name())), properties)
}

pub(super) fn private_endpoint(
    id: &ResourceId,
    location: &str,
    subnet: &ResourceId,
    nic: &ResourceId,
) -> Value {
    resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "privateLinkServiceConnections": [],
            "manualPrivateLinkServiceConnections": [],
            "customNetworkInterfaceName": "",
            "subnet": reference(subnet),
            "ipConfigurations": [],
            "networkInterfaces": [reference(nic)],
            "customDnsConfigs": [],
            "ipVersionType": "IPv4",
        }),
    )
}

pub(super) fn zone_group(id: &ResourceId, configs: Vec<(ResourceId, Vec<Value>)>) -> Value {
    let configs = configs.into_iter().map(|(zone, records)| {
        let label = zone.name().replace('.', "-");
        child(
            &ResourceId::new(&format!("{id}/privateDnsZoneConfigs/{label}")),
            json!({"privateDnsZoneId": zone.as_str(), "recordSets": records}),
        )
    });
    child(id, json!({"privateDnsZoneConfigs": configs.collect::<Vec<_>>()}))
}

/// A record as a zone group tells it: without the trailing dot.
pub(super) fn zone_group_record(zone: &str, record: &str, addresses: &[String]) -> Value {
    json!({
        "recordType": "A",
        "recordSetName": record,
        "fqdn": format!("{record}.{zone}"),
        "ttl": 10,
        "provisioningState": "Succeeded",
        "ipAddresses": addresses,
    })
}

pub(super) fn zone(id: &ResourceId) -> Value {
    let mut value = resource(
        id,
        "global",
        json!({
            "maxNumberOfRecordSets": 25000,
            "maxNumberOfVirtualNetworkLinks": 1000,
            "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
            "numberOfRecordSets": 0,
            "numberOfVirtualNetworkLinks": 0,
            "numberOfVirtualNetworkLinksWithRegistration": 0,
        }),
    );
    value["etag"] = guid(&format!("etag {id}")).into();
    value
}

pub(super) fn zone_link(id: &ResourceId, vnet: &ResourceId) -> Value {
    let mut value = resource(
        id,
        "global",
        json!({
            "registrationEnabled": false,
            "resolutionPolicy": "Default",
            "virtualNetwork": reference(vnet),
            "virtualNetworkLinkState": "Completed",
        }),
    );
    value["etag"] = format!("\"{}\"", guid(&format!("etag {id}"))).into();
    value
}

/// A record set; `data` holds the field of its type. The id ends `/{zone}/{type}/{record}`.
pub(super) fn record_set(id: &ResourceId, ttl: u32, data: Value) -> Value {
    let zone = id.parent().expect("a record set is in a zone");
    let fqdn = match id.name() {
        "@" => format!("{}.", zone.name()),
        name => format!("{name}.{}.", zone.name()),
    };
    let mut value = child(id, data);
    value["etag"] = guid(&format!("etag {id}")).into();
    let properties = value["properties"].as_object_mut().expect("properties");
    properties.remove("provisioningState");
    properties.insert("fqdn".into(), fqdn.into());
    properties.insert("ttl".into(), ttl.into());
    properties.insert("isAutoRegistered".into(), false.into());
    value
}

pub(super) fn soa() -> Value {
    json!({"soaRecord": {
        "email": "azureprivatedns-host.microsoft.com",
        "expireTime": 2419200,
        "host": "azureprivatedns.net",
        "minimumTTL": null,
        "minimumTtl": 300,
        "refreshTime": 3600,
        "retryTime": 300,
        "serialNumber": 1,
    }})
}

pub(super) fn resolver(id: &ResourceId, location: &str, vnet: &ResourceId) -> Value {
    resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "dnsResolverState": "Connected",
            "virtualNetwork": reference(vnet),
        }),
    )
}

pub(super) fn inbound_endpoint(id: &ResourceId, location: &str, address: &str, subnet: &ResourceId) -> Value {
    resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "ipConfigurations": [{
                "privateIpAddress": address,
                "privateIpAllocationMethod": "Static",
                "subnet": reference(subnet),
            }],
        }),
    )
}

pub(super) fn ruleset(id: &ResourceId, location: &str, outbound: &ResourceId) -> Value {
    resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "dnsResolverOutboundEndpoints": [reference(outbound)],
        }),
    )
}

pub(super) fn forwarding_rule(id: &ResourceId, domain: &str, targets: &[&str]) -> Value {
    let targets: Vec<Value> = targets.iter().map(|t| json!({"ipAddress": t, "port": 53})).collect();
    child(
        id,
        json!({
            "domainName": domain,
            "targetDnsServers": targets,
            "metadata": {},
            "forwardingRuleState": "Enabled",
        }),
    )
}

pub(super) fn ruleset_link(id: &ResourceId, vnet: &ResourceId) -> Value {
    child(id, json!({"virtualNetwork": reference(vnet), "metadata": {}}))
}

pub(super) fn firewall(id: &ResourceId, location: &str, address: &str, subnet: &ResourceId) -> Value {
    let config = child(
        &ResourceId::new(&format!("{id}/azureFirewallIpConfigurations/ipconfig")),
        json!({
            "privateIPAddress": address,
            "privateIPAllocationMethod": "Dynamic",
            "subnet": reference(subnet),
        }),
    );
    resource(
        id,
        location,
        json!({
            "sku": {"name": "AZFW_VNet", "tier": "Standard"},
            "threatIntelMode": "Alert",
            "additionalProperties": {},
            "ipConfigurations": [config],
            "networkRuleCollections": [],
            "applicationRuleCollections": [],
            "natRuleCollections": [],
        }),
    )
}

/// A firewall in a Virtual WAN hub: no subnet that anybody can see.
pub(super) fn hub_firewall(id: &ResourceId, location: &str, address: &str, hub: &ResourceId) -> Value {
    resource(
        id,
        location,
        json!({
            "sku": {"name": "AZFW_Hub", "tier": "Standard"},
            "threatIntelMode": "Alert",
            "additionalProperties": {},
            "virtualHub": reference(hub),
            "hubIPAddresses": {"privateIPAddress": address, "publicIPs": {"count": 1, "addresses": []}},
        }),
    )
}

pub(super) fn firewall_policy(id: &ResourceId, location: &str) -> Value {
    resource(
        id,
        location,
        json!({
            "sku": {"tier": "Standard"},
            "threatIntelMode": "Alert",
            "childPolicies": [],
            "ruleCollectionGroups": [],
            "firewalls": [],
        }),
    )
}

pub(super) fn load_balancer(id: &ResourceId, location: &str, address: &str, subnet: &ResourceId) -> Value {
    let frontend = child(
        &ResourceId::new(&format!("{id}/frontendIPConfigurations/frontend")),
        json!({
            "privateIPAddress": address,
            "privateIPAllocationMethod": "Static",
            "subnet": reference(subnet),
            "privateIPAddressVersion": "IPv4",
        }),
    );
    let mut value = resource(
        id,
        location,
        json!({
            "resourceGuid": guid(id.as_str()),
            "frontendIPConfigurations": [frontend],
            "backendAddressPools": [],
            "loadBalancingRules": [],
            "probes": [],
            "inboundNatRules": [],
            "outboundRules": [],
            "inboundNatPools": [],
        }),
    );
    value["sku"] = json!({"name": "Standard", "tier": "Regional"});
    value
}
