//! The fields are spelled as Azure's models spell them: what the models write arrives.

use azure_mgmt_network::package_2024_03::models as network;
use azure_mgmt_privatedns::package_2024_06::models as private_dns;

use super::*;

fn sub_resource(tail: &str) -> Option<network::SubResource> {
    Some(network::SubResource { id: Some(id(tail)) })
}

#[test]
fn endpoints_as_the_models_write_them() {
    let connection = network::PrivateLinkServiceConnection {
        name: Some("c".into()),
        properties: Some(network::PrivateLinkServiceConnectionProperties {
            private_link_service_id: Some("target".into()),
            group_ids: vec!["blob".into()],
            private_link_service_connection_state: Some(network::PrivateLinkServiceConnectionState {
                status: Some("Approved".into()),
                description: Some("d".into()),
                actions_required: Some("None".into()),
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let subnet = network::Subnet {
        sub_resource: network::SubResource { id: Some(id("virtualNetworks/v/subnets/s")) },
        ..Default::default()
    };
    let interface = network::NetworkInterface {
        resource: network::Resource { id: Some(id("networkInterfaces/n")), ..Default::default() },
        ..Default::default()
    };
    let body = network::PrivateEndpoint {
        resource: network::Resource { location: Some("westeurope".into()), ..Default::default() },
        properties: Some(network::PrivateEndpointProperties {
            subnet: Some(subnet),
            network_interfaces: vec![interface],
            provisioning_state: Some(network::ProvisioningState::Succeeded),
            private_link_service_connections: vec![connection.clone()],
            manual_private_link_service_connections: vec![connection],
            custom_dns_configs: vec![network::CustomDnsConfigPropertiesFormat {
                fqdn: Some("f".into()),
                ip_addresses: vec!["10.0.0.4".into()],
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![resource("privateEndpoints/pe", serde_json::to_string(&body).unwrap())]);
    let endpoint = &read.private_endpoints[0];
    assert!(endpoint.location.is_some() && endpoint.subnet.is_some());
    assert_eq!(endpoint.provisioning_state.as_deref(), Some("Succeeded"));
    assert_eq!(endpoint.network_interfaces.len(), 1);
    assert_eq!(endpoint.custom_dns_configs[0].addresses.len(), 1);
    assert_eq!(endpoint.connections.len(), 2);
    for connection in &endpoint.connections {
        assert!(connection.target.is_some() && connection.status.is_some());
        assert!(connection.description.is_some() && connection.actions_required.is_some());
        assert_eq!((&*connection.name, connection.group_ids.len()), ("c", 1));
    }
}

#[test]
fn interfaces_and_zone_groups_as_the_models_write_them() {
    let body = network::NetworkInterface {
        properties: Some(network::NetworkInterfacePropertiesFormat {
            private_endpoint: Some(network::PrivateEndpoint {
                resource: network::Resource { id: Some(id("privateEndpoints/pe")), ..Default::default() },
                ..Default::default()
            }),
            ip_configurations: vec![network::NetworkInterfaceIpConfiguration {
                properties: Some(network::NetworkInterfaceIpConfigurationPropertiesFormat {
                    private_ip_address: Some("10.0.0.4".into()),
                    subnet: Some(network::Subnet {
                        sub_resource: network::SubResource { id: Some(id("virtualNetworks/v/subnets/s")) },
                        ..Default::default()
                    }),
                    private_link_connection_properties: Some(
                        network::NetworkInterfaceIpConfigurationPrivateLinkConnectionProperties {
                            group_id: Some("blob".into()),
                            required_member_name: Some("blob".into()),
                            fqdns: vec!["f".into()],
                        },
                    ),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let group = network::PrivateDnsZoneGroup {
        properties: Some(network::PrivateDnsZoneGroupPropertiesFormat {
            private_dns_zone_configs: vec![network::PrivateDnsZoneConfig {
                properties: Some(network::PrivateDnsZonePropertiesFormat {
                    private_dns_zone_id: Some(id("privateDnsZones/z")),
                    record_sets: vec![network::RecordSet {
                        fqdn: Some("f".into()),
                        ip_addresses: vec!["10.0.0.4".into()],
                        ..Default::default()
                    }],
                }),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![
        resource("networkInterfaces/n", serde_json::to_string(&body).unwrap()),
        resource("privateEndpoints/pe/privateDnsZoneGroups/g", serde_json::to_string(&group).unwrap()),
    ]);
    let interface = &read.network_interfaces[0];
    assert!(interface.private_endpoint.is_some());
    let configuration = &interface.ip_configurations[0];
    assert!(configuration.address.is_some() && configuration.subnet.is_some());
    assert!(configuration.group_id.is_some() && configuration.member.is_some());
    assert_eq!(configuration.fqdns.len(), 1);
    let config = &read.zone_groups[0].configs[0];
    assert_eq!(config.zone.as_ref().map(ResourceId::name), Some("z"));
    assert_eq!((&*config.record_sets[0].fqdn, config.record_sets[0].addresses.len()), ("f", 1));
}

#[test]
fn networks_as_the_models_write_them() {
    let space = |prefix: &str| Some(network::AddressSpace { address_prefixes: vec![prefix.into()] });
    let peering = network::VirtualNetworkPeering {
        sub_resource: network::SubResource { id: Some(id("virtualNetworks/v/virtualNetworkPeerings/p")) },
        properties: Some(network::VirtualNetworkPeeringPropertiesFormat {
            allow_virtual_network_access: Some(true),
            allow_forwarded_traffic: Some(true),
            allow_gateway_transit: Some(true),
            use_remote_gateways: Some(true),
            peer_complete_vnets: Some(true),
            remote_virtual_network: sub_resource("virtualNetworks/hub"),
            remote_address_space: space("10.1.0.0/16"),
            remote_virtual_network_address_space: space("10.1.0.0/16"),
            peering_state: Some(network::virtual_network_peering_properties_format::PeeringState::Connected),
            peering_sync_level: Some(
                network::virtual_network_peering_properties_format::PeeringSyncLevel::FullyInSync,
            ),
            provisioning_state: Some(network::ProvisioningState::Succeeded),
            ..Default::default()
        }),
        ..Default::default()
    };
    let subnet = network::Subnet {
        sub_resource: network::SubResource { id: Some(id("virtualNetworks/v/subnets/s")) },
        properties: Some(network::SubnetPropertiesFormat {
            address_prefix: Some("10.0.0.0/24".into()),
            address_prefixes: vec!["10.0.1.0/24".into()],
            ip_configurations: vec![network::IpConfiguration {
                sub_resource: network::SubResource { id: Some(id("x/y")) },
                ..Default::default()
            }],
            delegations: vec![network::Delegation {
                properties: Some(network::ServiceDelegationPropertiesFormat {
                    service_name: Some("Microsoft.Network/dnsResolvers".into()),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            service_association_links: vec![network::ServiceAssociationLink::default()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let body = network::VirtualNetwork {
        properties: Some(network::VirtualNetworkPropertiesFormat {
            address_space: space("10.0.0.0/16"),
            dhcp_options: Some(network::DhcpOptions { dns_servers: vec!["10.0.0.4".into()] }),
            subnets: vec![subnet],
            virtual_network_peerings: vec![peering],
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![resource("virtualNetworks/v", serde_json::to_string(&body).unwrap())]);
    let network = &read.virtual_networks[0];
    assert_eq!((network.address_prefixes.len(), network.dns_servers.len()), (1, 1));
    let subnet = &network.subnets[0];
    assert_eq!((subnet.prefixes.len(), subnet.ip_configurations.len()), (2, 1));
    assert_eq!((subnet.delegations.len(), subnet.service_association_links), (1, 1));
    let peering = &network.peerings[0];
    for flag in [
        peering.allow_virtual_network_access,
        peering.allow_forwarded_traffic,
        peering.allow_gateway_transit,
        peering.use_remote_gateways,
        peering.peer_complete_vnets,
    ] {
        assert_eq!(flag, Some(true));
    }
    assert_eq!(peering.state.as_deref(), Some("Connected"));
    assert_eq!(peering.sync_level.as_deref(), Some("FullyInSync"));
    assert!(peering.provisioning_state.is_some() && peering.remote.is_some());
    assert!(peering.remote_address_space.is_some() && peering.remote_vnet_address_space.is_some());
}

#[test]
fn firewalls_policies_and_balancers_as_the_models_write_them() {
    let firewall = network::AzureFirewall {
        properties: Some(network::AzureFirewallPropertiesFormat {
            sku: Some(network::AzureFirewallSku {
                name: Some(network::azure_firewall_sku::Name::AzfwVNet),
                ..Default::default()
            }),
            virtual_hub: sub_resource("virtualHubs/h"),
            firewall_policy: sub_resource("firewallPolicies/p"),
            hub_ip_addresses: Some(network::HubIpAddresses {
                private_ip_address: Some("10.3.0.4".into()),
                ..Default::default()
            }),
            ip_configurations: vec![network::AzureFirewallIpConfiguration {
                properties: Some(network::AzureFirewallIpConfigurationPropertiesFormat {
                    private_ip_address: Some("10.0.0.4".into()),
                    subnet: sub_resource("virtualNetworks/v/subnets/s"),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let policy = network::FirewallPolicy {
        properties: Some(network::FirewallPolicyPropertiesFormat {
            base_policy: sub_resource("firewallPolicies/base"),
            dns_settings: Some(network::DnsSettings {
                servers: vec!["10.0.0.4".into()],
                enable_proxy: Some(true),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let balancer = network::LoadBalancer {
        properties: Some(network::LoadBalancerPropertiesFormat {
            frontend_ip_configurations: vec![network::FrontendIpConfiguration {
                properties: Some(network::FrontendIpConfigurationPropertiesFormat {
                    private_ip_address: Some("10.0.0.5".into()),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![
        resource("azureFirewalls/f", serde_json::to_string(&firewall).unwrap()),
        resource("firewallPolicies/p", serde_json::to_string(&policy).unwrap()),
        resource("loadBalancers/l", serde_json::to_string(&balancer).unwrap()),
    ]);
    let firewall = &read.firewalls[0];
    assert_eq!(firewall.sku.as_deref(), Some("AZFW_VNet"));
    assert!(firewall.virtual_hub.is_some() && firewall.policy.is_some());
    assert_eq!(firewall.addresses.len(), 2);
    assert!(firewall.addresses[0].subnet.is_some());
    let policy = &read.firewall_policies[0];
    assert!(policy.base.is_some());
    assert_eq!(policy.dns.as_ref().map(|dns| (dns.servers.len(), dns.enable_proxy)), Some((1, Some(true))));
    assert_eq!(read.load_balancers[0].frontends[0].held.address, "10.0.0.5".parse().ok());
}

#[test]
fn private_dns_as_the_models_write_it() {
    let link = private_dns::VirtualNetworkLink {
        properties: Some(private_dns::VirtualNetworkLinkProperties {
            virtual_network: Some(private_dns::SubResource { id: Some(id("virtualNetworks/v")) }),
            registration_enabled: Some(true),
            resolution_policy: Some(
                private_dns::virtual_network_link_properties::ResolutionPolicy::NxDomainRedirect,
            ),
            virtual_network_link_state: Some(
                private_dns::virtual_network_link_properties::VirtualNetworkLinkState::Completed,
            ),
            provisioning_state: Some(
                private_dns::virtual_network_link_properties::ProvisioningState::Succeeded,
            ),
        }),
        ..Default::default()
    };
    let record = private_dns::RecordSet {
        properties: Some(private_dns::RecordSetProperties {
            metadata: Some(json!({ "creator": "c" })),
            ttl: Some(10),
            is_auto_registered: Some(true),
            a_records: vec![private_dns::ARecord { ipv4_address: Some("10.0.0.4".into()) }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let zone = private_dns::PrivateZone {
        properties: Some(private_dns::PrivateZoneProperties {
            number_of_record_sets: Some(2),
            number_of_virtual_network_links: Some(1),
            ..Default::default()
        }),
        ..Default::default()
    };
    let read = read(vec![
        resource("privateDnsZones/z", serde_json::to_string(&zone).unwrap()),
        resource("privateDnsZones/z/A/a", serde_json::to_string(&record).unwrap()),
        resource("privateDnsZones/z/virtualNetworkLinks/l", serde_json::to_string(&link).unwrap()),
    ]);
    assert_eq!((read.zones[0].record_set_count, read.zones[0].link_count), (Some(2), Some(1)));
    let record = &read.record_sets[0];
    assert_eq!((record.ttl, record.addresses.len(), record.auto_registered), (Some(10), 1, true));
    assert_eq!(record.creator.as_deref(), Some("c"));
    let link = &read.links[0];
    assert!(link.virtual_network.is_some() && link.registration_enabled);
    assert_eq!(link.resolution_policy.as_deref(), Some("NxDomainRedirect"));
    assert_eq!(link.state.as_deref(), Some("Completed"));
    assert_eq!(link.provisioning_state.as_deref(), Some("Succeeded"));
}
