//! Load balancers, private link services, targets, their connections and group ids.

use azure_mgmt_network::package_2024_03::models as network;

use super::*;

const ACCOUNT: &str = "/subscriptions/0A-sub/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a";

fn sub(tail: &str) -> network::SubResource {
    network::SubResource { id: Some(id(tail)) }
}

fn written(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).unwrap()
}

/// Reads one resource of any provider.
fn of(id: &str, body: &Value) -> Inventory {
    read(vec![Resource { id: ResourceId::new(id), json: body.to_string().into() }])
}

#[test]
fn pools_and_rules_as_the_models_write_them() {
    let member = network::NetworkInterfaceIpConfiguration {
        sub_resource: sub("networkInterfaces/n/ipConfigurations/c"),
        ..Default::default()
    };
    let by_address = |interface: Option<network::SubResource>| network::LoadBalancerBackendAddress {
        properties: Some(network::LoadBalancerBackendAddressPropertiesFormat {
            ip_address: Some("10.0.0.9".into()),
            network_interface_ip_configuration: interface,
            ..Default::default()
        }),
        ..Default::default()
    };
    let pool = network::BackendAddressPool {
        sub_resource: sub("loadBalancers/l/backendAddressPools/p"),
        properties: Some(network::BackendAddressPoolPropertiesFormat {
            backend_ip_configurations: vec![member],
            load_balancer_backend_addresses: vec![
                by_address(None),
                by_address(Some(sub("networkInterfaces/n/ipConfigurations/c"))),
            ],
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut rule = network::LoadBalancingRulePropertiesFormat::new(network::TransportProtocol::Tcp, 443);
    rule.frontend_ip_configuration = Some(sub("loadBalancers/l/frontendIPConfigurations/f"));
    rule.backend_address_pool = Some(sub("loadBalancers/l/backendAddressPools/p"));
    rule.backend_address_pools = vec![sub("loadBalancers/l/backendAddressPools/p")];
    let body = network::LoadBalancer {
        resource: network::Resource { location: Some("westeurope".into()), ..Default::default() },
        sku: Some(network::LoadBalancerSku {
            name: Some(network::load_balancer_sku::Name::Standard),
            ..Default::default()
        }),
        properties: Some(network::LoadBalancerPropertiesFormat {
            frontend_ip_configurations: vec![network::FrontendIpConfiguration {
                sub_resource: sub("loadBalancers/l/frontendIPConfigurations/f"),
                ..Default::default()
            }],
            backend_address_pools: vec![pool],
            load_balancing_rules: vec![network::LoadBalancingRule {
                properties: Some(rule),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![resource("loadBalancers/l", written(&body))]);
    let balancer = &read.load_balancers[0];
    assert_eq!(
        (balancer.sku.as_deref(), balancer.location.as_deref()),
        (Some("Standard"), Some("westeurope"))
    );
    assert_eq!(balancer.frontends[0].id.as_ref().map(ResourceId::name), Some("f"));
    let pool = &balancer.pools[0];
    assert_eq!(pool.id.as_ref().map(ResourceId::name), Some("p"));
    assert_eq!((pool.interfaces.len(), pool.addresses), (1, 1));
    let rule = &balancer.rules[0];
    assert_eq!(rule.frontend.as_ref().map(ResourceId::name), Some("f"));
    assert!(rule.pools.iter().all(|pool| pool.name() == "p") && !rule.pools.is_empty());
}

#[test]
fn private_link_services_as_the_models_write_them() {
    let connection = network::PrivateEndpointConnection {
        sub_resource: sub("privateLinkServices/s/privateEndpointConnections/c"),
        properties: Some(network::PrivateEndpointConnectionProperties {
            private_endpoint: Some(network::PrivateEndpoint {
                resource: network::Resource { id: Some(id("privateEndpoints/pe")), ..Default::default() },
                ..Default::default()
            }),
            private_link_service_connection_state: Some(network::PrivateLinkServiceConnectionState {
                status: Some("Pending".into()),
                description: Some("please".into()),
                ..Default::default()
            }),
            provisioning_state: Some(network::ProvisioningState::Succeeded),
            ..Default::default()
        }),
        ..Default::default()
    };
    let nat = network::PrivateLinkServiceIpConfiguration {
        properties: Some(network::PrivateLinkServiceIpConfigurationProperties {
            private_ip_address: Some("10.0.0.7".into()),
            subnet: Some(network::Subnet {
                sub_resource: sub("virtualNetworks/v/subnets/s"),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let body = network::PrivateLinkService {
        resource: network::Resource { location: Some("westeurope".into()), ..Default::default() },
        properties: Some(network::PrivateLinkServiceProperties {
            load_balancer_frontend_ip_configurations: vec![network::FrontendIpConfiguration {
                sub_resource: sub("loadBalancers/l/frontendIPConfigurations/f"),
                ..Default::default()
            }],
            ip_configurations: vec![nat],
            destination_ip_address: Some("10.0.0.8".into()),
            provisioning_state: Some(network::ProvisioningState::Succeeded),
            private_endpoint_connections: vec![connection],
            visibility: Some(json!({ "subscriptions": ["*"] })),
            auto_approval: Some(json!({ "subscriptions": ["a", "b"] })),
            alias: Some("s.guid.westeurope.azure.privatelinkservice".into()),
            enable_proxy_protocol: Some(true),
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![resource("privateLinkServices/s", written(&body))]);
    assert_eq!(read.coverage.gaps, []);
    let service = &read.private_link_services[0];
    assert!(service.location.is_some() && service.alias.is_some());
    assert_eq!(service.provisioning_state.as_deref(), Some("Succeeded"));
    assert_eq!((text(&service.visibility), text(&service.auto_approval)), (vec!["*"], vec!["a", "b"]));
    assert_eq!(service.proxy_protocol, Some(true));
    assert_eq!(service.frontends[0].name(), "f");
    assert_eq!(service.destination, "10.0.0.8".parse().ok());
    assert_eq!(service.nat[0].address, "10.0.0.7".parse().ok());
    assert_eq!(service.nat[0].subnet.as_ref().map(ResourceId::name), Some("s"));
    let connection = &service.connections[0];
    assert_eq!(connection.id.name(), "c");
    assert_eq!(connection.endpoint.as_ref().map(ResourceId::name), Some("pe"));
    assert_eq!(
        (connection.status.as_deref(), connection.description.as_deref()),
        (Some("Pending"), Some("please"))
    );
    assert_eq!(connection.provisioning_state.as_deref(), Some("Succeeded"));
}

#[test]
fn a_service_whose_openness_cannot_be_read_is_left_out() {
    for properties in [
        json!({ "visibility": "everybody" }),
        json!({ "visibility": { "subscriptions": "*" } }),
        json!({ "autoApproval": { "subscriptions": [null] } }),
        json!({ "destinationIPAddress": {} }),
        json!({ "ipConfigurations": "none" }),
    ] {
        let (read, gap) = odd("privateLinkServices/s", properties.clone());
        assert_eq!(
            (gap.code.as_str(), read.private_link_services.len()),
            (MALFORMED_ITEM, 0),
            "{properties}"
        );
    }
    let read = clean("privateLinkServices/s", json!({ "visibility": null, "autoApproval": {} }));
    assert!(read.private_link_services[0].visibility.is_empty());
}

#[test]
fn a_target_says_how_open_it_is() {
    let read = of(
        ACCOUNT,
        &json!({ "location": "westeurope", "properties": {
            "publicNetworkAccess": "Enabled", "networkAcls": { "defaultAction": "Deny" },
            "isHnsEnabled": true, "privateEndpointConnections": [] } }),
    );
    assert_eq!(read.coverage.gaps, []);
    let target = &read.targets[0];
    assert_eq!(target.location.as_deref(), Some("westeurope"));
    assert_eq!(target.public_network_access.as_deref(), Some("Enabled"));
    assert_eq!(target.default_action.as_deref(), Some("Deny"));
    assert_eq!(target.hierarchical_namespace, Some(true));
    assert_eq!(target.connections.as_ref().map(Vec::len), Some(0));
    let registry = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r";
    let read = of(registry, &json!({ "properties": { "networkRuleSet": { "defaultAction": "Allow" } } }));
    let target = &read.targets[0];
    assert_eq!(target.default_action.as_deref(), Some("Allow"));
    assert_eq!((target.hierarchical_namespace, &target.public_network_access), (None, &None));
    assert!(target.connections.is_none(), "it tells none, which is not that it has none");
}

#[test]
fn connections_are_read_in_every_spelling_of_the_providers() {
    let connection = |properties: Value| {
        let id = format!("{ACCOUNT}/privateEndpointConnections/c");
        let mut read = of(&id, &json!({ "id": id, "name": null, "type": null, "properties": properties }));
        assert_eq!(read.coverage.gaps, []);
        read.target_connections.remove(0)
    };
    let state = json!({ "status": "Approved", "description": null, "actionRequired": "None" });
    let endpoint = json!({ "id": id("privateEndpoints/pe") });
    let plain = connection(json!({ "privateEndpoint": endpoint, "groupIds": ["blob"],
        "privateLinkServiceConnectionState": state, "provisioningState": "SUCCEEDED" }));
    assert_eq!(plain.endpoint.as_ref().map(ResourceId::name), Some("pe"));
    assert_eq!((plain.status.as_deref(), plain.description), (Some("Approved"), None));
    assert_eq!(text(&plain.group_ids), ["blob"]);
    let cosmos = connection(json!({ "groupId": "Sql", "privateEndpoint": null }));
    assert_eq!((text(&cosmos.group_ids), cosmos.endpoint), (vec!["Sql"], None));
    assert_eq!(cosmos.status, None);
}

#[test]
fn group_ids_stand_in_properties_or_beside_the_id() {
    let offer = json!({ "groupId": "Sql", "requiredMembers": ["Sql"], "requiredZoneNames": ["z"] });
    let id = format!("{ACCOUNT}/PrivateLinkResources/Sql");
    let mut beside = offer.clone();
    beside["name"] = "Sql".into();
    for body in [json!({ "properties": offer }), beside] {
        let read = of(&id, &body);
        assert_eq!(read.coverage.gaps, [], "{body}");
        let group = &read.link_resources[0];
        assert_eq!(group.group_id.as_deref(), Some("Sql"), "{body}");
        assert_eq!((text(&group.members), text(&group.zones)), (vec!["Sql"], vec!["z"]), "{body}");
    }
}

#[test]
fn one_odd_connection_of_a_target_costs_itself_and_says_so() {
    let own = format!("{ACCOUNT}/privateEndpointConnections/c");
    for oddity in [json!(null), json!(7), json!({}), json!({ "id": [] })] {
        let list = json!([{ "id": own, "properties": {} }, oddity]);
        let read = of(ACCOUNT, &json!({ "properties": { "privateEndpointConnections": list } }));
        assert_eq!(read.targets[0].connections.as_ref().map(Vec::len), Some(1), "{oddity}");
        assert_eq!(read.coverage.gaps.len(), 1, "{oddity}");
        assert_eq!(read.coverage.gaps[0].resource.as_ref().map(ResourceId::as_str), Some(ACCOUNT));
    }
    let list = of(ACCOUNT, &json!({ "properties": { "privateEndpointConnections": "none" } }));
    assert!(list.targets[0].connections.is_none(), "an odd list is no empty one");
    assert_eq!(list.coverage.gaps.len(), 1);
}
