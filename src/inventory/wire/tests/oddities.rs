//! How oddities end: a field, a resource, a gap.

use super::*;

#[test]
fn absent_null_and_empty_are_all_nothing() {
    for properties in [
        json!({}),
        json!({ "subnet": null, "networkInterfaces": null, "customDnsConfigs": null,
            "privateLinkServiceConnections": null, "manualPrivateLinkServiceConnections": null }),
        json!({ "subnet": {}, "networkInterfaces": [], "customDnsConfigs": [], "resourceGuid": "",
            "privateLinkServiceConnections": [] }),
    ] {
        let read = clean("privateEndpoints/pe", properties);
        let endpoint = &read.private_endpoints[0];
        assert!(endpoint.connections.is_empty() && endpoint.custom_dns_configs.is_empty());
        assert!(endpoint.subnet.is_none() && endpoint.resource_guid.is_none());
    }
}

#[test]
fn an_odd_field_costs_itself_and_says_so() {
    let cases = [
        (json!({ "resourceGuid": "kept", "subnet": "text" }), "properties.subnet"),
        (json!({ "resourceGuid": "kept", "provisioningState": 7 }), "properties.provisioningState"),
        (
            json!({ "resourceGuid": "kept", "privateLinkServiceConnections": {} }),
            "privateLinkServiceConnections",
        ),
        (
            json!({ "resourceGuid": "kept",
                "customDnsConfigs": [{ "fqdn": "a", "ipAddresses": ["10.0.0.999", "10.0.0.4"] }] }),
            "properties.customDnsConfigs",
        ),
        (
            json!({ "resourceGuid": "kept", "customDnsConfigs": [{ "fqdn": 1 }] }),
            "properties.customDnsConfigs",
        ),
    ];
    for (properties, field) in cases {
        let (read, gap) = odd("privateEndpoints/pe", properties);
        assert_eq!(gap.code, MALFORMED_FIELD);
        assert_eq!(gap.kind, Kind::PrivateEndpoints);
        assert_eq!(gap.subscription.as_deref(), Some("0a-sub"));
        assert_eq!(gap.resource, Some(ResourceId::new(&id("privateEndpoints/pe"))));
        assert_eq!(gap.status, None);
        assert!(gap.message.contains(field), "{}", gap.message);
        assert_eq!(read.private_endpoints[0].resource_guid.as_deref(), Some("kept"), "{field}");
    }
}

#[test]
fn null_in_the_place_of_an_element_is_odd() {
    for (tail, properties, code) in [
        ("privateEndpoints/pe", json!({ "networkInterfaces": [null] }), MALFORMED_FIELD),
        ("privateEndpoints/pe", json!({ "privateLinkServiceConnections": [null] }), MALFORMED_FIELD),
        ("privateEndpoints/pe", json!({ "customDnsConfigs": [null] }), MALFORMED_FIELD),
        ("networkInterfaces/n", json!({ "ipConfigurations": [null] }), MALFORMED_FIELD),
        ("virtualNetworks/v", json!({ "virtualNetworkPeerings": [null] }), MALFORMED_FIELD),
        ("virtualNetworks/v", json!({ "dhcpOptions": { "dnsServers": [null] } }), MALFORMED_ITEM),
        ("virtualNetworks/v", json!({ "dhcpOptions": { "dnsServers": ["10.0.0.4", null] } }), MALFORMED_ITEM),
        ("privateDnsZones/z/A/a", json!({ "aRecords": [null] }), MALFORMED_FIELD),
        ("privateDnsZones/z/A/a", json!({ "aRecords": [{ "ipv4Address": null }] }), MALFORMED_FIELD),
        ("privateDnsZones/z/A/a", json!({ "aRecords": [{}] }), MALFORMED_FIELD),
        ("privateDnsZones/z/A/a", json!({ "aRecords": [{ "ipv4Address": "" }] }), MALFORMED_FIELD),
    ] {
        let (_, gap) = odd(tail, properties.clone());
        assert_eq!(gap.code, code, "{properties}");
    }
    let connection = json!({ "properties": { "groupIds": [""] } });
    let read = clean("privateEndpoints/pe", json!({ "privateLinkServiceConnections": [connection] }));
    assert!(read.private_endpoints[0].connections[0].group_ids.is_empty());
}

#[test]
fn an_odd_address_leaves_its_neighbours() {
    let (read, _) = odd(
        "privateEndpoints/pe",
        json!({ "customDnsConfigs": [{ "fqdn": "a", "ipAddresses": ["10.0.0.999", "10.0.0.4"] }] }),
    );
    assert_eq!(read.private_endpoints[0].custom_dns_configs[0].addresses.len(), 1);
}

#[test]
fn oddities_in_fields_that_nobody_reads_leave_nothing_behind() {
    let properties = json!({ "ipConfigurations": "x", "applicationSecurityGroups": [7], "subnet": {
        "id": id("virtualNetworks/v/subnets/s"), "properties": [1, 2] }, "customNetworkInterfaceName": {} });
    let read = clean("privateEndpoints/pe", properties);
    assert!(read.private_endpoints[0].subnet.is_some());
}

#[test]
fn what_cannot_be_taken_apart_is_one_gap_and_nothing_else_is_lost() {
    for body in ["[]", "7", "null", "{", "", "{\"properties\":", "\u{0}", "[[[[", "{\"a\":\"\u{1}\"}"] {
        let read = read(vec![
            resource("privateEndpoints/a", json!({ "properties": {} })),
            resource("privateEndpoints/b", body),
            resource("privateEndpoints/c", json!({ "properties": {} })),
        ]);
        let names: Vec<_> = read.private_endpoints.iter().map(|endpoint| endpoint.id.name()).collect();
        assert_eq!(names, ["a", "c"], "{body}");
        assert_eq!(read.coverage.gaps.len(), 1, "{body}");
        assert_eq!(read.coverage.gaps[0].code, MALFORMED_ITEM);
        assert_eq!(read.coverage.gaps[0].resource.as_ref().map(ResourceId::name), Some("b"));
    }
}

#[test]
fn deep_nesting_ends_in_a_gap() {
    let body = format!("{{\"properties\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let read = read(vec![resource("privateEndpoints/pe", body)]);
    assert_eq!(read.coverage.gaps.len(), 1);
}

#[test]
fn what_would_be_judged_wrongly_without_its_odd_field_is_left_out() {
    let cases = [
        ("virtualNetworks/v", json!({ "dhcpOptions": "10.0.0.4" })),
        ("virtualNetworks/v", json!({ "dhcpOptions": { "dnsServers": "10.0.0.4" } })),
        ("virtualNetworks/v", json!({ "dhcpOptions": { "dnsServers": [{}] } })),
        ("privateDnsZones/z/virtualNetworkLinks/l", json!({ "virtualNetwork": "v" })),
        ("privateDnsZones/z/virtualNetworkLinks/l", json!({ "resolutionPolicy": {} })),
        ("privateDnsZones/z/A/n", json!({ "aRecords": "10.0.0.4" })),
        ("privateDnsZones/z/CNAME/n", json!({ "cnameRecord": "other" })),
        ("dnsForwardingRulesets/r/forwardingRules/f", json!({ "targetDnsServers": [] })),
        (
            "dnsForwardingRulesets/r/forwardingRules/f",
            json!({ "domainName": "a.", "targetDnsServers": [{ "port": 53 }] }),
        ),
        ("dnsForwardingRulesets/r/virtualNetworkLinks/l", json!({ "virtualNetwork": [] })),
        ("dnsResolvers/r", json!({ "virtualNetwork": { "id": 7 } })),
        ("dnsResolvers/r/inboundEndpoints/i", json!({ "ipConfigurations": {} })),
        ("azureFirewalls/f", json!({ "additionalProperties": { "Network.DNS.EnableProxy": "perhaps" } })),
        ("firewallPolicies/p", json!({ "dnsSettings": "none" })),
    ];
    for (tail, properties) in cases {
        let (read, gap) = odd(tail, properties.clone());
        assert_eq!(gap.code, MALFORMED_ITEM, "{tail} {properties}");
        let left = read.virtual_networks.len()
            + read.links.len()
            + read.record_sets.len()
            + read.forwarding_rules.len()
            + read.ruleset_links.len()
            + read.dns_resolvers.len()
            + read.inbound_endpoints.len()
            + read.firewalls.len()
            + read.firewall_policies.len();
        assert_eq!(left, 0, "{tail} {properties}");
    }
}

#[test]
fn a_network_without_its_properties_is_no_network_without_dns_servers() {
    let read = read(vec![resource("virtualNetworks/v", json!({ "properties": null }))]);
    assert_eq!(read.virtual_networks.len(), 0);
    assert_eq!(read.coverage.gaps[0].code, MALFORMED_ITEM);
    assert!(read.coverage.gaps[0].message.contains("properties"));
}

#[test]
fn a_subnet_or_peering_without_id_is_passed_over_and_said() {
    for list in ["subnets", "virtualNetworkPeerings"] {
        let (read, gap) = odd("virtualNetworks/v", json!({ list: [{ "name": "x", "properties": {} }] }));
        assert!(gap.message.contains(list));
        let network = &read.virtual_networks[0];
        assert_eq!((network.subnets.len(), network.peerings.len()), (0, 0));
    }
}
