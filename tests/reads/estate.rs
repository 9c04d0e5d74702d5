//! An estate in which there is something of every kind that is ever asked for.

use serde_json::{Value, json};

use crate::standin::objects::{HUB, SPOKE, ZONE, account, find, leave_pending, network_id, spoke_and_hub};

/// Who registers the appliance of a migration.
pub const APPLIANCE: &str = "0b6f3c3e-52a4-4b59-9d8e-3f0c1d1f7a11";

/// The healthy spoke and its hub with a ruleset and a virtual hub, and a record that is wrong, so that there is a suspect.
pub fn suspect() -> Vec<Value> {
    let mut objects = spoke_and_hub(3);
    let record = network_id(HUB, "rg-dns", &format!("privateDnsZones/{ZONE}/A/{}", account(1).0));
    find(&mut objects, &record)["properties"]["aRecords"] = json!([{"ipv4Address": "10.1.9.99"}]);
    let network = |path: &str, group: &str, properties: Value| {
        let id = network_id(HUB, group, path);
        let (kind, name) = path.split_once('/').unwrap();
        json!({"id": id, "name": name, "type": format!("Microsoft.Network/{kind}"), "location": "westeurope",
            "properties": properties})
    };
    let ruleset = json!({"provisioningState": "Succeeded", "dnsResolverOutboundEndpoints": []});
    objects.push(network("dnsForwardingRulesets/rules", "rg-dns", ruleset));
    objects.push(network("virtualHubs/vhub", "rg-net", json!({"provisioningState": "Succeeded"})));
    objects
}

/// The same with a connection that waits, so that the account behind it is asked.
pub fn waiting() -> Vec<Value> {
    let mut objects = suspect();
    leave_pending(&mut objects);
    objects
}

/// The same with everything that packs and traffic are about.
pub fn whole() -> Vec<Value> {
    let mut objects = waiting();
    objects.push(service());
    objects.extend(migration());
    objects.extend(circuit());
    let workspace = of("Microsoft.Databricks/workspaces", "dbw", json!({"properties": {}}));
    objects.push(workspace);
    objects
}

fn of(full: &str, name: &str, more: Value) -> Value {
    let id = format!("/subscriptions/{SPOKE}/resourceGroups/rg-migrate/providers/{full}/{name}");
    let mut object = json!({"id": id, "name": name, "type": full, "location": "westeurope"});
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

/// A project, its site, its cache account and its vault.
fn migration() -> Vec<Value> {
    let closed = json!({"kind": "StorageV2", "properties": {"publicNetworkAccess": "Disabled",
        "networkAcls": {"defaultAction": "Allow", "bypass": "AzureServices"}}});
    vec![
        of("Microsoft.Migrate/MigrateProjects", "contoso", json!({"properties": {}})),
        of("Microsoft.OffAzure/VMwareSites", "site", json!({})),
        of("Microsoft.Storage/storageAccounts", "lsa0a1b2c", closed),
        of("Microsoft.KeyVault/vaults", "contosokv", json!({"properties": {"accessPolicies": []}})),
    ]
}

/// A circuit whose Microsoft peering names a route filter.
fn circuit() -> Vec<Value> {
    let filter = network_id(SPOKE, "rg-net", "routeFilters/filter");
    let peering = json!({"name": "MicrosoftPeering", "properties": {"peeringType": "MicrosoftPeering",
        "state": "Enabled", "routeFilter": {"id": filter}}});
    let rule = json!({"name": "rule", "properties": {"access": "Allow", "routeFilterRuleType": "Community",
        "communities": ["12076:51004"]}});
    vec![
        json!({"id": network_id(SPOKE, "rg-net", "expressRouteCircuits/circuit"), "name": "circuit",
            "type": "Microsoft.Network/expressRouteCircuits", "location": "westeurope", "properties": {
            "circuitProvisioningState": "Enabled", "serviceProviderProvisioningState": "Provisioned",
            "peerings": [peering]}}),
        json!({"id": filter, "name": "filter", "type": "Microsoft.Network/routeFilters",
            "location": "westeurope", "properties": {"provisioningState": "Succeeded", "rules": [rule]}}),
    ]
}

/// A private link service with a connection from elsewhere.
fn service() -> Value {
    let id = network_id(SPOKE, "rg-app", "privateLinkServices/pls");
    let subnet = network_id(SPOKE, "rg-net", "virtualNetworks/vnet-spoke/subnets/main");
    let consumer = "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/far";
    json!({"id": id, "name": "pls", "type": "Microsoft.Network/privateLinkServices", "location": "westeurope",
        "properties": {"provisioningState": "Succeeded", "alias": "pls.guid.westeurope.azure.privatelinkservice",
            "visibility": {"subscriptions": []}, "autoApproval": {"subscriptions": []}, "enableProxyProtocol": false,
            "destinationIPAddress": "10.1.0.9", "loadBalancerFrontendIpConfigurations": [],
            "ipConfigurations": [{"name": "one", "properties": {"privateIPAddress": "10.1.0.5",
                "subnet": {"id": subnet}}}],
            "privateEndpointConnections": [{"id": format!("{id}/privateEndpointConnections/c"), "name": "c",
                "properties": {"privateEndpoint": {"id": consumer}, "provisioningState": "Succeeded",
                    "privateLinkServiceConnectionState": {"status": "Approved"}}}]}})
}
