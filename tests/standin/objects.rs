//! A small estate in the shapes of the Azure Resource Manager: a spoke that resolves through its hub. Knows nothing
//! of who serves it.

use serde_json::{Value, json};

pub const SPOKE: &str = "11111111-aaaa-4000-8000-000000000001";
pub const SPOKE_NAME: &str = "Spoke One";
pub const HUB: &str = "22222222-bbbb-4000-8000-000000000002";
pub const HUB_NAME: &str = "hub-network";
pub const ZONE: &str = "privatelink.blob.core.windows.net";

const INBOUND: &str = "10.0.1.4";

/// A subscription as `GET /subscriptions/{id}` answers.
pub fn subscription(guid: &str, name: &str) -> Value {
    json!({"id": format!("/subscriptions/{guid}"), "subscriptionId": guid, "displayName": name, "state": "Enabled",
        "tenantId": super::signin::TENANT, "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "spendingLimit": "Off"}})
}

/// The id of a network resource; `path` is `type/name`, deeper where it is a child.
pub fn network_id(guid: &str, group: &str, path: &str) -> String {
    format!("/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Network/{path}")
}

fn resource(id: String, kind: &str, properties: Value) -> Value {
    let name = id.rsplit('/').next().unwrap_or_default().to_owned();
    let location = if kind.starts_with("privateDnsZones") { "global" } else { "westeurope" };
    json!({"id": id, "name": name, "type": format!("Microsoft.Network/{kind}"), "location": location,
        "etag": "W/\"00000000-0000-4000-8000-0000000000e7\"", "properties": properties})
}

/// A virtual network with one subnet, in which a machine stands; its DNS servers and peerings as given.
pub fn virtual_network(guid: &str, name: &str, prefix: &str, dns: &[&str], peerings: Vec<Value>) -> Value {
    let id = network_id(guid, "rg-net", &format!("virtualNetworks/{name}"));
    let machine =
        network_id(guid, "rg-app", &format!("networkInterfaces/{name}-vm/ipConfigurations/ipconfig1"));
    let subnet = json!({"id": format!("{id}/subnets/main"), "name": "main", "properties": {
        "addressPrefix": prefix, "provisioningState": "Succeeded", "ipConfigurations": [{"id": machine}],
        "delegations": [], "privateEndpointNetworkPolicies": "Disabled"}});
    let mut properties = json!({"provisioningState": "Succeeded", "addressSpace": {"addressPrefixes": [prefix]},
        "subnets": [subnet], "virtualNetworkPeerings": peerings, "enableDdosProtection": false});
    if !dns.is_empty() {
        properties["dhcpOptions"] = json!({"dnsServers": dns});
    }
    resource(id, "virtualNetworks", properties)
}

/// One side of a peering that is in order; `from` and `to` are `(subscription, network, prefix)`.
pub fn peering(from: (&str, &str, &str), to: (&str, &str, &str)) -> Value {
    let local = network_id(from.0, "rg-net", &format!("virtualNetworks/{}", from.1));
    let remote = network_id(to.0, "rg-net", &format!("virtualNetworks/{}", to.1));
    let space = json!({"addressPrefixes": [to.2]});
    json!({"id": format!("{local}/virtualNetworkPeerings/to-{}", to.1), "name": format!("to-{}", to.1), "properties": {
        "provisioningState": "Succeeded", "peeringState": "Connected", "peeringSyncLevel": "FullyInSync",
        "remoteVirtualNetwork": {"id": remote}, "allowVirtualNetworkAccess": true, "allowForwardedTraffic": true,
        "allowGatewayTransit": false, "useRemoteGateways": false, "remoteAddressSpace": space,
        "remoteVirtualNetworkAddressSpace": space}})
}

/// The endpoint of a storage account's blobs and its network interface.
pub fn endpoint(guid: &str, network: &str, account: &str, address: &str) -> [Value; 2] {
    let id = network_id(guid, "rg-app", &format!("privateEndpoints/pe-{account}"));
    let subnet =
        format!("{}/subnets/main", network_id(guid, "rg-net", &format!("virtualNetworks/{network}")));
    let interface = network_id(guid, "rg-app", &format!("networkInterfaces/pe-{account}-nic"));
    let target = target_id(guid, account);
    let connection = json!({"id": format!("{id}/privateLinkServiceConnections/pe-{account}"),
        "name": format!("pe-{account}"), "properties": {"provisioningState": "Succeeded",
        "privateLinkServiceId": target, "groupIds": ["blob"], "privateLinkServiceConnectionState": {
        "status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}}});
    let endpoint = resource(
        id.clone(),
        "privateEndpoints",
        json!({"provisioningState": "Succeeded", "resourceGuid": guid_of(account), "subnet": {"id": subnet},
            "privateLinkServiceConnections": [connection], "manualPrivateLinkServiceConnections": [],
            "customDnsConfigs": [], "networkInterfaces": [{"id": interface}]}),
    );
    let configuration = json!({"id": format!("{interface}/ipConfigurations/privateEndpointIpConfig"),
        "name": "privateEndpointIpConfig", "properties": {"privateIPAddress": address, "primary": true,
        "privateIPAllocationMethod": "Dynamic", "subnet": {"id": subnet}, "privateLinkConnectionProperties": {
        "groupId": "blob", "requiredMemberName": "blob", "fqdns": [format!("{account}.blob.core.windows.net")]}}});
    let interface = resource(
        interface,
        "networkInterfaces",
        json!({"provisioningState": "Succeeded", "privateEndpoint": {"id": id}, "ipConfigurations": [configuration],
            "nicType": "Standard"}),
    );
    [endpoint, interface]
}

/// The id of an endpoint's account.
pub fn target_id(guid: &str, account: &str) -> String {
    format!(
        "/subscriptions/{guid}/resourceGroups/rg-app/providers/Microsoft.Storage/storageAccounts/{account}"
    )
}

/// The account an endpoint leads to, and its own side of the connection.
pub fn target(guid: &str, account: &str) -> [Value; 2] {
    let id = target_id(guid, account);
    let endpoint = network_id(guid, "rg-app", &format!("privateEndpoints/pe-{account}"));
    let connection = json!({"id": format!("{id}/privateEndpointConnections/{account}.{}", guid_of(account)),
        "name": format!("{account}.{}", guid_of(account)),
        "type": "Microsoft.Storage/storageAccounts/privateEndpointConnections", "properties": {
        "provisioningState": "Succeeded", "privateEndpoint": {"id": endpoint},
        "privateLinkServiceConnectionState": {"status": "Approved", "description": "Auto-Approved",
        "actionRequired": "None"}}});
    let account = json!({"id": id, "name": account, "type": "Microsoft.Storage/storageAccounts",
        "location": "westeurope", "kind": "StorageV2", "properties": {"provisioningState": "Succeeded",
        "publicNetworkAccess": "Disabled", "isHnsEnabled": false,
        "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"}}});
    [account, connection]
}

fn guid_of(account: &str) -> String {
    let number: u64 = account.bytes().fold(7, |hash, byte| (hash * 31 + u64::from(byte)) % 0xffff_ffff_ffff);
    format!("99999999-9999-4000-8000-{number:012x}")
}

/// A private DNS zone that counts so many record sets, its SOA included, and so many links.
pub fn zone(guid: &str, name: &str, records: usize, links: usize) -> Value {
    let id = network_id(guid, "rg-dns", &format!("privateDnsZones/{name}"));
    let properties = json!({"provisioningState": "Succeeded", "numberOfRecordSets": records,
        "maxNumberOfRecordSets": 25000, "numberOfVirtualNetworkLinks": links, "maxNumberOfVirtualNetworkLinks": 1000,
        "numberOfVirtualNetworkLinksWithRegistration": 0, "maxNumberOfVirtualNetworkLinksWithRegistration": 100});
    resource(id, "privateDnsZones", properties)
}

/// The SOA record that every zone has.
pub fn soa(guid: &str, zone: &str) -> Value {
    let id = network_id(guid, "rg-dns", &format!("privateDnsZones/{zone}/SOA/@"));
    let properties = json!({"fqdn": format!("{zone}."), "ttl": 3600, "isAutoRegistered": false, "soaRecord": {
        "host": "azureprivatedns.net", "email": "azureprivatedns-host.microsoft.com", "serialNumber": 1,
        "refreshTime": 3600, "retryTime": 300, "expireTime": 2419200, "minimumTtl": 10}});
    resource(id, "privateDnsZones/SOA", properties)
}

/// An A record as the endpoint's zone group writes it.
pub fn record(guid: &str, zone: &str, account: &str, address: &str) -> Value {
    let id = network_id(guid, "rg-dns", &format!("privateDnsZones/{zone}/A/{account}"));
    let creator = format!("created by private endpoint pe-{account} with resource guid {}", guid_of(account));
    let properties = json!({"fqdn": format!("{account}.{zone}."), "ttl": 10, "isAutoRegistered": false,
        "metadata": {"creator": creator}, "aRecords": [{"ipv4Address": address}]});
    resource(id, "privateDnsZones/A", properties)
}

/// A link of a zone to a network, which may lie in another subscription.
pub fn link(guid: &str, zone: &str, network: (&str, &str)) -> Value {
    let id = network_id(guid, "rg-dns", &format!("privateDnsZones/{zone}/virtualNetworkLinks/{}", network.1));
    let network = network_id(network.0, "rg-net", &format!("virtualNetworks/{}", network.1));
    let properties = json!({"provisioningState": "Succeeded", "virtualNetworkLinkState": "Completed",
        "registrationEnabled": false, "resolutionPolicy": "Default", "virtualNetwork": {"id": network}});
    resource(id, "privateDnsZones/virtualNetworkLinks", properties)
}

/// A resolver in a network, and its inbound endpoint.
pub fn resolver(guid: &str, network: &str, address: &str) -> [Value; 2] {
    let id = network_id(guid, "rg-dns", "dnsResolvers/resolver");
    let network = network_id(guid, "rg-net", &format!("virtualNetworks/{network}"));
    let inbound = json!({"provisioningState": "Succeeded", "ipConfigurations": [{"privateIpAddress": address,
        "privateIpAllocationMethod": "Dynamic", "subnet": {"id": format!("{network}/subnets/main")}}]});
    let properties = json!({"provisioningState": "Succeeded", "dnsResolverState": "Connected",
        "virtualNetwork": {"id": network}});
    [
        resource(id.clone(), "dnsResolvers", properties),
        resource(format!("{id}/inboundEndpoints/inbound"), "dnsResolvers/inboundEndpoints", inbound),
    ]
}

/// A spoke with so many endpoints whose network asks the inbound endpoint of the hub, in another subscription, where
/// the zone is linked and has every record. Nothing is wrong with it.
pub fn spoke_and_hub(endpoints: usize) -> Vec<Value> {
    let (spoke, hub) = ((SPOKE, "vnet-spoke", "10.1.0.0/16"), (HUB, "vnet-hub", "10.0.0.0/16"));
    let mut objects = vec![
        subscription(SPOKE, SPOKE_NAME),
        subscription(HUB, HUB_NAME),
        virtual_network(SPOKE, spoke.1, spoke.2, &[INBOUND], vec![peering(spoke, hub)]),
        virtual_network(HUB, hub.1, hub.2, &[], vec![peering(hub, spoke)]),
        zone(HUB, ZONE, endpoints + 1, 1),
        soa(HUB, ZONE),
        link(HUB, ZONE, (HUB, hub.1)),
    ];
    objects.extend(resolver(HUB, hub.1, INBOUND));
    for number in 0..endpoints {
        let (account, address) = account(number);
        objects.extend(endpoint(SPOKE, spoke.1, &account, &address));
        objects.extend(target(SPOKE, &account));
        objects.push(record(HUB, ZONE, &account, &address));
    }
    objects
}

/// So many spokes as [`spoke_and_hub`] has one, each in a subscription of its own with so many endpoints (up to 600).
/// Nothing is wrong with them.
pub fn spokes_and_hub(spokes: usize, endpoints: usize) -> Vec<Value> {
    let hub = (HUB, "vnet-hub", "10.0.0.0/16");
    let guids: Vec<String> = (0..spokes).map(spoke).collect();
    let name = |number: usize| format!("vnet-spoke-{number}");
    // Each spoke has a /22 of 10.0.0.0/8, of which the first /16 is the hub's.
    let place = |number: usize| (1 + number / 64, number % 64 * 4);
    let prefix = |number: usize| format!("10.{}.{}.0/22", place(number).0, place(number).1);
    let mut objects = vec![
        subscription(HUB, HUB_NAME),
        zone(HUB, ZONE, spokes * endpoints + 1, 1),
        soa(HUB, ZONE),
        link(HUB, ZONE, (HUB, hub.1)),
    ];
    objects.extend(resolver(HUB, hub.1, INBOUND));
    let mut peerings = Vec::new();
    for (number, guid) in guids.iter().enumerate() {
        let (name, prefix) = (name(number), prefix(number));
        let own = (guid.as_str(), name.as_str(), prefix.as_str());
        objects.push(subscription(guid, &format!("spoke-{number}")));
        objects.push(virtual_network(guid, &name, &prefix, &[INBOUND], vec![peering(own, hub)]));
        peerings.push(peering(hub, own));
        let (second, third) = place(number);
        for host in 0..endpoints {
            let account = format!("st{number:02}x{host:04}");
            let address = format!("10.{second}.{}.{}", third + host / 200, 5 + host % 200);
            objects.extend(endpoint(guid, &name, &account, &address));
            objects.extend(target(guid, &account));
            objects.push(record(HUB, ZONE, &account, &address));
        }
    }
    objects.push(virtual_network(HUB, hub.1, hub.2, &[], peerings));
    objects
}

/// The subscription of a spoke of [`spokes_and_hub`].
pub fn spoke(number: usize) -> String {
    format!("44444444-dddd-4000-8000-{number:012}")
}

/// The name and address of an endpoint's account.
pub fn account(number: usize) -> (String, String) {
    (format!("stdata{number:04}"), format!("10.1.{}.{}", 1 + number / 200, 5 + number % 200))
}

/// The object of an id; panics when there is none.
pub fn find<'a>(objects: &'a mut [Value], id: &str) -> &'a mut Value {
    let found = objects.iter_mut().find(|o| o["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id)));
    found.unwrap_or_else(|| panic!("no object {id}"))
}

/// Gives the first endpoint's record an address that nothing has: DNS-022.
pub fn spoil_record(objects: &mut [Value]) {
    let id = network_id(HUB, "rg-dns", &format!("privateDnsZones/{ZONE}/A/{}", account(0).0));
    find(objects, &id)["properties"]["aRecords"] = json!([{"ipv4Address": "10.1.9.99"}]);
}

/// Makes the first endpoint's connection wait for approval, on both sides: PE-001.
pub fn leave_pending(objects: &mut [Value]) {
    let id = network_id(SPOKE, "rg-app", &format!("privateEndpoints/pe-{}", account(0).0));
    let properties = &mut find(objects, &id)["properties"];
    let mut connection = properties["privateLinkServiceConnections"][0].take();
    connection["properties"]["privateLinkServiceConnectionState"]["status"] = json!("Pending");
    properties["privateLinkServiceConnections"] = json!([]);
    properties["manualPrivateLinkServiceConnections"] = json!([connection]);
    let [_, connection] = target(SPOKE, &account(0).0);
    let own = find(objects, connection["id"].as_str().unwrap_or_default());
    own["properties"]["privateLinkServiceConnectionState"]["status"] = json!("Pending");
}

/// A subscription with nothing in it but a network.
pub fn bare(number: usize) -> Vec<Value> {
    let guid = format!("33333333-cccc-4000-8000-{number:012}");
    vec![
        subscription(&guid, &format!("bare-{number}")),
        virtual_network(&guid, &format!("vnet-bare-{number}"), "10.200.0.0/16", &[], Vec::new()),
    ]
}
