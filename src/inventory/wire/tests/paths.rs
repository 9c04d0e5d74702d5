//! Route tables, security groups, virtual hubs and Databricks peerings.

use azure_mgmt_network::package_2024_03::models as network;

use super::*;

fn sub_resource(tail: &str) -> Option<network::SubResource> {
    Some(network::SubResource { id: Some(id(tail)) })
}

fn written(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).unwrap()
}

#[test]
fn route_tables_as_the_models_write_them() {
    let mut properties = network::RoutePropertiesFormat::new(network::RouteNextHopType::VirtualAppliance);
    properties.address_prefix = Some("10.1.2.3/16".into());
    properties.next_hop_ip_address = Some("10.0.0.4".into());
    let route = network::Route { name: Some("r".into()), properties: Some(properties), ..Default::default() };
    let body = network::RouteTable {
        properties: Some(network::RouteTablePropertiesFormat { routes: vec![route], ..Default::default() }),
        ..Default::default()
    };
    let read = read(vec![resource("routeTables/t", written(&body))]);
    assert_eq!(read.coverage.gaps, []);
    let route = &read.route_tables[0].routes[0];
    assert_eq!((&*route.name, route.next_hop_type.as_deref()), ("r", Some("VirtualAppliance")));
    assert_eq!(route.prefix.map(|prefix| prefix.to_string()).as_deref(), Some("10.1.0.0/16"));
    assert_eq!(route.next_hop, "10.0.0.4".parse().ok());
}

#[test]
fn a_service_tag_is_no_prefix() {
    let route = json!({ "name": "storage", "properties": {
        "addressPrefix": "Storage.WestEurope", "nextHopType": "Internet", "nextHopIpAddress": "" } });
    let read = clean("routeTables/t", json!({ "routes": [route] }));
    let route = &read.route_tables[0].routes[0];
    assert_eq!((route.prefix, route.next_hop), (None, None));
}

#[test]
fn security_groups_as_the_models_write_them() {
    use network::security_rule_properties_format::Protocol;
    let group = network::ApplicationSecurityGroup {
        resource: network::Resource { id: Some(id("applicationSecurityGroups/a")), ..Default::default() },
        ..Default::default()
    };
    let mut own = network::SecurityRulePropertiesFormat::new(
        Protocol::Tcp,
        network::SecurityRuleAccess::Deny,
        100,
        network::SecurityRuleDirection::Inbound,
    );
    own.source_address_prefixes = vec!["10.1.0.0/16".into(), "10.2.0.0/16".into()];
    own.destination_address_prefix = Some("VirtualNetwork".into());
    own.source_port_ranges = vec!["1024-65535".into()];
    own.destination_port_ranges = vec!["443".into(), "1000-2000".into()];
    own.destination_application_security_groups = vec![group];
    let mut azures = network::SecurityRulePropertiesFormat::new(
        Protocol::U2a,
        network::SecurityRuleAccess::Allow,
        65000,
        network::SecurityRuleDirection::Outbound,
    );
    azures.source_address_prefix = Some("*".into());
    azures.destination_address_prefixes = vec!["Internet".into()];
    azures.source_port_range = Some("*".into());
    azures.destination_port_range = Some("*".into());
    let rule = |name: &str, properties| network::SecurityRule {
        name: Some(name.into()),
        properties: Some(properties),
        ..Default::default()
    };
    let body = network::NetworkSecurityGroup {
        properties: Some(network::NetworkSecurityGroupPropertiesFormat {
            security_rules: vec![rule("own", own)],
            default_security_rules: vec![rule("azure", azures)],
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![resource("networkSecurityGroups/g", written(&body))]);
    assert_eq!(read.coverage.gaps, []);
    let [own, azures] = read.security_groups[0].rules.as_slice() else { panic!("two rules") };
    assert_eq!((&*own.name, own.priority, own.by_group), ("own", Some(100), true));
    assert_eq!((own.direction.as_deref(), own.access.as_deref()), (Some("Inbound"), Some("Deny")));
    assert_eq!(own.protocol.as_deref(), Some("Tcp"));
    assert_eq!(text(&own.sources), ["10.1.0.0/16", "10.2.0.0/16"]);
    assert_eq!(text(&own.destinations), ["VirtualNetwork"]);
    assert_eq!(text(&own.source_ports), ["1024-65535"]);
    assert_eq!(text(&own.destination_ports), ["443", "1000-2000"]);
    assert_eq!((&*azures.name, azures.by_group, azures.protocol.as_deref()), ("azure", false, Some("*")));
    assert_eq!((text(&azures.sources), text(&azures.destinations)), (vec!["*"], vec!["Internet"]));
    assert_eq!((text(&azures.source_ports), text(&azures.destination_ports)), (vec!["*"], vec!["*"]));
}

#[test]
fn hubs_and_their_connections_as_the_models_write_them() {
    let mut hub = network::VirtualHub::new();
    hub.properties = Some(network::VirtualHubProperties {
        virtual_wan: sub_resource("virtualWans/w"),
        ..Default::default()
    });
    let connection = network::HubVirtualNetworkConnection {
        properties: Some(network::HubVirtualNetworkConnectionProperties {
            remote_virtual_network: sub_resource("virtualNetworks/v"),
            provisioning_state: Some(network::ProvisioningState::Succeeded),
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![
        resource("virtualHubs/h", written(&hub)),
        resource("virtualHubs/h/hubVirtualNetworkConnections/c", written(&connection)),
    ]);
    assert_eq!(read.coverage.gaps, []);
    assert_eq!(read.virtual_hubs[0].virtual_wan.as_ref().map(ResourceId::name), Some("w"));
    let connection = &read.hub_connections[0];
    assert_eq!(connection.virtual_network.as_ref().map(ResourceId::name), Some("v"));
    assert_eq!(connection.provisioning_state.as_deref(), Some("Succeeded"));
}

#[test]
fn what_decides_a_packet_s_way_is_whole_or_absent() {
    let route = |field: &str, value: Value| {
        let mut route = json!({ "name": "r", "properties": {
            "addressPrefix": "10.0.0.0/8", "nextHopType": "None" } });
        route["properties"][field] = value;
        ("routeTables/t", json!({ "routes": [route] }))
    };
    let rule = |field: &str, value: Value| {
        let mut rule = json!({ "name": "r", "properties": { "priority": 100, "access": "Deny" } });
        rule["properties"][field] = value;
        ("networkSecurityGroups/g", json!({ "securityRules": [rule] }))
    };
    for (tail, properties) in [
        ("routeTables/t", json!({ "routes": {} })),
        ("routeTables/t", json!({ "routes": [null] })),
        route("addressPrefix", json!(7)),
        route("nextHopType", json!([])),
        route("nextHopIpAddress", json!("the firewall")),
        ("networkSecurityGroups/g", json!({ "securityRules": "none" })),
        ("networkSecurityGroups/g", json!({ "defaultSecurityRules": [3] })),
        ("networkSecurityGroups/g", json!({ "securityRules": [{ "name": "r", "properties": [] }] })),
        rule("priority", json!("first")),
        rule("access", json!({})),
        rule("sourceAddressPrefix", json!(1)),
        rule("destinationAddressPrefixes", json!("x")),
        rule("destinationPortRanges", json!([null])),
        rule("sourcePortRange", json!(443)),
        rule("sourceApplicationSecurityGroups", json!(true)),
    ] {
        let (read, gap) = odd(tail, properties.clone());
        assert_eq!(gap.code, MALFORMED_ITEM, "{tail} {properties}");
        assert_eq!(read.route_tables.len() + read.security_groups.len(), 0, "{tail} {properties}");
    }
}

#[test]
fn a_databricks_peering_keeps_its_state_and_its_other_end() {
    let workspace = "/subscriptions/0A-sub/resourceGroups/rg/providers/Microsoft.Databricks/workspaces/w";
    let peering = json!({ "properties": {
        "peeringState": "Disconnected", "provisioningState": "Succeeded",
        "databricksVirtualNetwork": { "id": id("virtualNetworks/workers-vnet") },
        "remoteVirtualNetwork": { "id": id("virtualNetworks/hub") } } });
    let of = |tail: &str, body: &Value| Resource {
        id: ResourceId::new(&format!("{workspace}{tail}")),
        json: body.to_string().into(),
    };
    let read = read(vec![of("/virtualNetworkPeerings/p", &peering), of("", &json!({ "properties": {} }))]);
    assert_eq!(read.coverage.gaps, []);
    let peering = &read.databricks_peerings[0];
    assert_eq!(peering.state.as_deref(), Some("Disconnected"));
    assert_eq!(peering.provisioning_state.as_deref(), Some("Succeeded"));
    assert_eq!(peering.remote.as_ref().map(ResourceId::name), Some("hub"));
    assert_eq!(peering.managed.as_ref().map(ResourceId::name), Some("workers-vnet"));
    assert_eq!(read.targets[0].id.as_str(), workspace, "a workspace is a target");
}
