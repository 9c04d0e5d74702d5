//! What arrives in the kinds.

mod models;
mod oddities;
mod paths;
mod services;

use serde_json::{Value, json};

use super::*;
use crate::inventory::{Coverage, RecordType};

const RG: &str = "/subscriptions/0A-sub/resourceGroups/rg/providers/Microsoft.Network";

fn id(tail: &str) -> String {
    format!("{RG}/{tail}")
}

fn resource(tail: &str, body: impl ToString) -> Resource {
    Resource { id: ResourceId::new(&id(tail)), json: body.to_string().into() }
}

fn read(resources: Vec<Resource>) -> Inventory {
    inventory(Collected { resources, ..Collected::default() })
}

/// Reads one resource whose body is `properties`, and expects no gap.
fn clean(tail: &str, properties: Value) -> Inventory {
    let read = read(vec![resource(tail, json!({ "id": id(tail), "properties": properties }))]);
    assert_eq!(read.coverage.gaps, [], "{tail}");
    read
}

/// Reads one resource whose body is `properties`, and expects one gap.
fn odd(tail: &str, properties: Value) -> (Inventory, Gap) {
    let mut read = read(vec![resource(tail, json!({ "id": id(tail), "properties": properties }))]);
    assert_eq!(read.coverage.gaps.len(), 1, "{tail}: {:?}", read.coverage.gaps);
    let gap = read.coverage.gaps.remove(0);
    (read, gap)
}

fn ids(list: &[ResourceId]) -> Vec<&str> {
    list.iter().map(ResourceId::as_str).collect()
}

fn text(list: &[Box<str>]) -> Vec<&str> {
    list.iter().map(|text| &**text).collect()
}

#[test]
fn an_endpoint_has_both_kinds_of_connections() {
    let read = clean(
        "privateEndpoints/pe",
        json!({
            "resourceGuid": "guid", "provisioningState": "SUCCEEDED",
            "subnet": { "id": id("virtualNetworks/v/subnets/s") },
            "networkInterfaces": [{ "id": id("networkInterfaces/n") }],
            "privateLinkServiceConnections": [{ "name": "a", "properties": {
                "privateLinkServiceId": id("x/y"), "groupIds": ["blob"],
                "privateLinkServiceConnectionState": {
                    "status": "Approved", "description": "by hand", "actionsRequired": "None" } } }],
            "manualPrivateLinkServiceConnections": [{ "name": "m", "properties": {
                "privateLinkServiceId": "pls.guid.westus2.azure.privatelinkservice",
                "privateLinkServiceConnectionState": { "status": null } } }],
            "customDnsConfigs": [{ "fqdn": "a.blob.core.windows.net", "ipAddresses": ["10.0.0.4"] }]
        }),
    );
    let endpoint = &read.private_endpoints[0];
    assert_eq!(endpoint.resource_guid.as_deref(), Some("guid"));
    assert_eq!(endpoint.provisioning_state.as_deref(), Some("SUCCEEDED"));
    assert_eq!(endpoint.subnet, Some(ResourceId::new(&id("virtualNetworks/v/subnets/s"))));
    assert_eq!(ids(&endpoint.network_interfaces), [id("networkInterfaces/n")]);
    let [automatic, manual] = &endpoint.connections[..] else { panic!("{:?}", endpoint.connections) };
    assert_eq!((automatic.manual, manual.manual), (false, true));
    assert_eq!(&*automatic.name, "a");
    assert_eq!(text(&automatic.group_ids), ["blob"]);
    assert_eq!(automatic.status.as_deref(), Some("Approved"));
    assert_eq!(automatic.description.as_deref(), Some("by hand"));
    assert_eq!(automatic.actions_required.as_deref(), Some("None"));
    let alias = manual.target.as_ref().map(ResourceId::as_str);
    assert_eq!(alias, Some("pls.guid.westus2.azure.privatelinkservice"));
    assert_eq!((manual.group_ids.len(), &manual.status), (0, &None));
    assert_eq!(&*endpoint.custom_dns_configs[0].fqdn, "a.blob.core.windows.net");
    assert_eq!(endpoint.custom_dns_configs[0].addresses, ["10.0.0.4".parse::<std::net::IpAddr>().unwrap()]);
}

#[test]
fn an_interface_names_its_endpoint_and_its_members() {
    let read = clean(
        "networkInterfaces/n",
        json!({ "privateEndpoint": { "id": id("privateEndpoints/pe") }, "ipConfigurations": [
            { "properties": { "privateIPAddress": "10.0.0.4", "subnet": { "id": id("virtualNetworks/v/subnets/s") },
                "privateLinkConnectionProperties": { "groupId": "registry", "requiredMemberName": "registry_data",
                    "fqdns": ["r.westeurope.data.azurecr.io", ""] } } },
            { "properties": { "privateIPAddress": "fd00::5",
                "privateLinkConnectionProperties": { "groupId": "", "requiredMemberName": "", "fqdns": null } } },
        ]}),
    );
    let interface = &read.network_interfaces[0];
    assert_eq!(interface.private_endpoint, Some(ResourceId::new(&id("privateEndpoints/pe"))));
    let [first, second] = &interface.ip_configurations[..] else { panic!("two configurations") };
    assert_eq!(first.address, "10.0.0.4".parse().ok());
    assert_eq!(first.subnet.as_ref().map(ResourceId::name), Some("s"));
    assert_eq!(first.group_id.as_deref(), Some("registry"));
    assert_eq!(first.member.as_deref(), Some("registry_data"));
    assert_eq!(text(&first.fqdns), ["r.westeurope.data.azurecr.io"]);
    assert_eq!(second.address, "fd00::5".parse().ok());
    assert!(second.group_id.is_none() && second.member.is_none() && second.fqdns.is_empty());
}

#[test]
fn zones_links_and_records_come_with_their_names_in_lower_case() {
    let zone =
        clean("privateDnsZones/PrivateLink.Blob.core.windows.net.", json!({ "numberOfRecordSets": 3 }));
    assert_eq!(&*zone.zones[0].name, "privatelink.blob.core.windows.net");
    assert_eq!((zone.zones[0].record_set_count, zone.zones[0].link_count), (Some(3), None));

    let link = clean(
        "privateDnsZones/z/virtualNetworkLinks/l",
        json!({ "virtualNetwork": { "id": id("virtualNetworks/V") }, "registrationEnabled": true,
            "virtualNetworkLinkState": "Completed", "provisioningState": "Succeeded",
            "resolutionPolicy": "NxDomainRedirect" }),
    );
    let link = &link.links[0];
    assert_eq!(link.virtual_network.as_ref().map(ResourceId::name), Some("V"));
    assert!(link.registration_enabled);
    assert_eq!(link.state.as_deref(), Some("Completed"));
    assert_eq!(link.provisioning_state.as_deref(), Some("Succeeded"));
    assert_eq!(link.resolution_policy.as_deref(), Some("NxDomainRedirect"));

    let record = clean(
        "privateDnsZones/z/A/Reg.EastUS.data",
        json!({ "ttl": 10, "isAutoRegistered": true, "fqdn": "x.", "metadata": { "creator": "created by pe" },
            "aRecords": [{ "ipv4Address": "10.0.0.4" }, { "ipv4Address": "10.0.0.5" }] }),
    );
    let record = &record.record_sets[0];
    assert_eq!((record.record_type, &*record.name, record.ttl), (RecordType::A, "reg.eastus.data", Some(10)));
    assert_eq!(record.addresses.len(), 2);
    assert_eq!(record.creator.as_deref(), Some("created by pe"));
    assert!(record.auto_registered);
}

#[test]
fn each_type_of_record_set_is_read_as_its_own() {
    let everything = json!({ "aRecords": [{ "ipv4Address": "10.0.0.4" }],
        "aaaaRecords": [{ "ipv6Address": "fd00::4" }], "cnameRecord": { "cname": "Other.Example." } });
    for (segment, record_type, address, cname) in [
        ("A", RecordType::A, Some("10.0.0.4"), None),
        ("aaaa", RecordType::Aaaa, Some("fd00::4"), None),
        ("CNAME", RecordType::Cname, None, Some("other.example")),
        ("SOA", RecordType::Other, None, None),
    ] {
        let read = clean(&format!("privateDnsZones/z/{segment}/@"), everything.clone());
        let record = &read.record_sets[0];
        assert_eq!((record.record_type, &*record.name), (record_type, "@"));
        assert_eq!(record.addresses.first().map(ToString::to_string).as_deref(), address, "{segment}");
        assert_eq!(record.cname.as_deref(), cname, "{segment}");
    }
}

#[test]
fn a_forwarding_rule_says_where_its_domain_goes() {
    for (domain, state, expected, enabled) in [
        ("Blob.Core.Windows.net.", json!("Enabled"), "blob.core.windows.net", true),
        (".", json!("disabled"), "", false),
        ("a.b", json!(null), "a.b", true),
        ("a.b.", json!("Sleeping"), "a.b", true),
    ] {
        let read = clean(
            "dnsForwardingRulesets/r/forwardingRules/f",
            json!({ "domainName": domain, "forwardingRuleState": state,
                "targetDnsServers": [{ "ipAddress": " 10.0.0.4 ", "port": 53 }] }),
        );
        let rule = &read.forwarding_rules[0];
        assert_eq!((&*rule.domain, rule.enabled), (expected, enabled));
        assert_eq!(text(&rule.targets), ["10.0.0.4"]);
    }
}

#[test]
fn resolvers_and_rulesets_point_at_networks() {
    let to = json!({ "virtualNetwork": { "id": id("virtualNetworks/hub") } });
    let hub = Some(ResourceId::new(&id("virtualNetworks/hub")));
    assert_eq!(clean("dnsResolvers/r", to.clone()).dns_resolvers[0].virtual_network, hub);
    let link = clean("dnsForwardingRulesets/r/virtualNetworkLinks/l", to);
    assert_eq!(link.ruleset_links[0].virtual_network, hub);
    assert_eq!(clean("dnsForwardingRulesets/r", json!({})).rulesets.len(), 1);
    let inbound = clean(
        "dnsResolvers/r/inboundEndpoints/i",
        json!({ "ipConfigurations": [{ "privateIpAddress": "10.0.0.4",
            "subnet": { "id": id("virtualNetworks/hub/subnets/in") } }] }),
    );
    let held = &inbound.inbound_endpoints[0].addresses[0];
    assert_eq!(held.address, "10.0.0.4".parse().ok());
    assert_eq!(held.subnet.as_ref().map(ResourceId::name), Some("in"));
}

#[test]
fn a_network_comes_with_subnets_and_peerings() {
    let tail = "virtualNetworks/v";
    let body = json!({ "location": "westeurope", "tags": { "Application": "databricks" }, "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16", "fd00::/48"] },
        "dhcpOptions": { "dnsServers": [" 10.9.0.4", "", "dns.example"] },
        "subnets": [
            { "id": id("virtualNetworks/v/subnets/one"), "properties": { "addressPrefix": "10.0.1.0/24",
                "ipConfigurations": [{ "id": id("networkInterfaces/n/ipConfigurations/c") }],
                "delegations": [{ "properties": { "serviceName": "Microsoft.Network/dnsResolvers" } }],
                "serviceAssociationLinks": [{ "id": "/x" }, { "name": "without id" }] } },
            { "id": id("virtualNetworks/v/subnets/two"), "properties": {
                "addressPrefixes": ["10.0.2.0/24", "fd00::/64"] } },
        ],
        "virtualNetworkPeerings": [{ "id": id("virtualNetworks/v/virtualNetworkPeerings/p"), "properties": {
            "peeringState": "Connected", "peeringSyncLevel": "FullyInSync", "provisioningState": "Succeeded",
            "remoteVirtualNetwork": { "id": id("virtualNetworks/hub") },
            "allowVirtualNetworkAccess": true, "allowForwardedTraffic": false, "allowGatewayTransit": false,
            "useRemoteGateways": true, "peerCompleteVnets": false,
            "remoteAddressSpace": { "addressPrefixes": ["10.1.0.0/16"] },
            "remoteVirtualNetworkAddressSpace": { "addressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"] } } }]
    }});
    let read = read(vec![resource(tail, body)]);
    assert_eq!(read.coverage.gaps, []);
    let network = &read.virtual_networks[0];
    assert_eq!(network.location.as_deref(), Some("westeurope"));
    assert!(network.databricks);
    assert_eq!(network.address_prefixes.len(), 2);
    assert_eq!(text(&network.dns_servers), ["10.9.0.4", "dns.example"]);
    let [one, two] = &network.subnets[..] else { panic!("two subnets") };
    assert_eq!(one.prefixes, ["10.0.1.0/24".parse().unwrap()]);
    assert_eq!(ids(&one.ip_configurations), [id("networkInterfaces/n/ipConfigurations/c")]);
    assert_eq!(text(&one.delegations), ["Microsoft.Network/dnsResolvers"]);
    assert_eq!(one.service_association_links, 2);
    assert_eq!(two.prefixes.len(), 2);
    let peering = &network.peerings[0];
    assert_eq!(peering.state.as_deref(), Some("Connected"));
    assert_eq!(peering.sync_level.as_deref(), Some("FullyInSync"));
    assert_eq!(peering.provisioning_state.as_deref(), Some("Succeeded"));
    assert_eq!(peering.remote.as_ref().map(ResourceId::name), Some("hub"));
    assert_eq!(peering.allow_virtual_network_access, Some(true));
    assert_eq!(peering.allow_forwarded_traffic, Some(false));
    assert_eq!(peering.allow_gateway_transit, Some(false));
    assert_eq!(peering.use_remote_gateways, Some(true));
    assert_eq!(peering.peer_complete_vnets, Some(false));
    assert_eq!(peering.remote_address_space.as_ref().map(Vec::len), Some(1));
    assert_eq!(peering.remote_vnet_address_space.as_ref().map(Vec::len), Some(2));
}

#[test]
fn tags_are_kept_as_written_or_not_at_all() {
    let pair = |name: &str, value: &str| (Box::from(name), Box::from(value));
    for (tags, expected) in [
        (json!(null), Some(vec![])),
        (json!({}), Some(vec![])),
        (json!({ "Owner": "A", "owner": "b" }), Some(vec![pair("Owner", "A"), pair("owner", "b")])),
        (json!({ "empty": "", "none": null }), Some(vec![pair("empty", ""), pair("none", "")])),
        (json!({ "Owner": "A", "size": 3 }), None),
        (json!(["Owner"]), None),
    ] {
        let body = json!({ "tags": tags, "properties": {} });
        let read = read(vec![
            resource("privateEndpoints/p", &body),
            resource("virtualNetworks/v", &body),
            resource("privateDnsZones/z", &body),
            resource("privateDnsZones/z/virtualNetworkLinks/l", &body),
            resource("privateLinkServices/s", &body),
            resource("loadBalancers/b", &body),
            resource("applicationGateways/g", &body),
        ]);
        assert_eq!(read.coverage.gaps, [], "nothing else of the resource is in doubt");
        assert_eq!(read.private_endpoints[0].tags, expected);
        assert_eq!(read.virtual_networks[0].tags, expected);
        assert_eq!(read.zones[0].tags, expected);
        assert_eq!(read.links[0].tags, expected);
        assert_eq!(read.private_link_services[0].tags, expected);
        assert_eq!(read.load_balancers[0].tags, expected);
        assert_eq!(read.targets[0].tags, expected);
    }
}

#[test]
fn only_its_tags_make_a_network_databricks() {
    for (tags, expected) in [
        (json!(null), false),
        (json!({ "application": "shop" }), false),
        (json!({ "databricks-environment": "true" }), true),
        (json!({ "databricks-environment": "false" }), false),
        (json!({ "application": 7, "databricks-environment": "True" }), true),
    ] {
        let read = read(vec![resource("virtualNetworks/v", json!({ "tags": tags, "properties": {} }))]);
        assert_eq!(read.coverage.gaps, []);
        assert_eq!(read.virtual_networks[0].databricks, expected, "{tags}");
    }
}

#[test]
fn a_space_that_is_compared_is_whole_or_absent() {
    let peering = |space: Value| {
        json!({ "virtualNetworkPeerings": [{ "id": id("virtualNetworks/v/virtualNetworkPeerings/p"),
            "properties": { "remoteAddressSpace": space } }] })
    };
    let absent = clean("virtualNetworks/v", peering(json!(null)));
    assert_eq!(absent.virtual_networks[0].peerings[0].remote_address_space, None);
    let empty = clean("virtualNetworks/v", peering(json!({ "addressPrefixes": [] })));
    assert_eq!(empty.virtual_networks[0].peerings[0].remote_address_space, Some(vec![]));
    let (partial, gap) =
        odd("virtualNetworks/v", peering(json!({ "addressPrefixes": ["10.1.0.0/16", "10.2.0.0/99"] })));
    assert_eq!(partial.virtual_networks[0].peerings[0].remote_address_space, None);
    assert!(gap.message.contains("remoteAddressSpace"));
}

#[test]
fn a_firewall_has_addresses_and_its_own_dns() {
    let read = clean(
        "azureFirewalls/f",
        json!({ "sku": { "name": "AZFW_VNet" }, "firewallPolicy": { "id": id("firewallPolicies/p") },
            "ipConfigurations": [{ "properties": { "privateIPAddress": "10.0.0.4",
                "subnet": { "id": id("virtualNetworks/v/subnets/AzureFirewallSubnet") } } }],
            "managementIpConfiguration": { "properties": { "privateIPAddress": "10.0.9.4" } },
            "additionalProperties": { "Network.DNS.EnableProxy": "true", "Network.DNS.Servers": "10.1.0.4, 10.1.0.5,",
                "ThreatIntel.Whitelist.IpAddresses": "" } }),
    );
    let firewall = &read.firewalls[0];
    assert_eq!(firewall.sku.as_deref(), Some("AZFW_VNet"));
    assert_eq!(firewall.policy.as_ref().map(ResourceId::name), Some("p"));
    assert_eq!(firewall.addresses.len(), 1);
    assert_eq!(firewall.dns_proxy, Some(true));
    assert_eq!(text(&firewall.dns_servers), ["10.1.0.4", "10.1.0.5"]);

    let read = clean(
        "azureFirewalls/f",
        json!({ "sku": { "name": "AZFW_Hub" }, "virtualHub": { "id": id("virtualHubs/h") },
            "hubIPAddresses": { "privateIPAddress": "10.3.0.4", "publicIPs": { "count": 1 } } }),
    );
    let firewall = &read.firewalls[0];
    assert_eq!(firewall.virtual_hub.as_ref().map(ResourceId::name), Some("h"));
    assert_eq!(firewall.addresses[0].address, "10.3.0.4".parse().ok());
    assert!(firewall.addresses[0].subnet.is_none());
    assert_eq!((firewall.dns_proxy, firewall.dns_servers.len()), (None, 0));
}

#[test]
fn a_policy_inherits_dns_settings_or_has_its_own() {
    let own = clean(
        "firewallPolicies/p",
        json!({ "basePolicy": { "id": id("firewallPolicies/base") },
            "dnsSettings": { "servers": ["10.1.0.4"], "enableProxy": true } }),
    );
    let own = &own.firewall_policies[0];
    assert_eq!(own.base.as_ref().map(ResourceId::name), Some("base"));
    let dns = own.dns.as_ref().unwrap();
    assert_eq!((text(&dns.servers), dns.enable_proxy), (vec!["10.1.0.4"], Some(true)));
    assert!(clean("firewallPolicies/p", json!({})).firewall_policies[0].dns.is_none());
}

#[test]
fn a_subscription_is_known_by_its_guid() {
    let body = json!({ "id": "/subscriptions/AB-1", "displayName": "Spoke", "tenantId": "t" });
    let read =
        read(vec![Resource { id: ResourceId::new("/subscriptions/AB-1"), json: body.to_string().into() }]);
    let subscription = &read.subscriptions[0];
    assert_eq!((&*subscription.guid, &*subscription.display_name), ("ab-1", "Spoke"));
    assert_eq!(subscription.tenant_id.as_deref(), Some("t"));
}

#[test]
fn kinds_that_are_not_read_are_passed_over() {
    let read = read(vec![resource("publicIPAddresses/p", "no JSON at all")]);
    assert_eq!(read.coverage.gaps, []);
}

#[test]
fn lists_are_sorted_whatever_the_order_was_and_old_gaps_stay() {
    let old = Gap {
        subscription: None,
        kind: Kind::Subscriptions,
        resource: None,
        status: Some(403),
        code: "AuthorizationFailed".into(),
        message: "no".into(),
    };
    let mut resources: Vec<_> = (0..3_000)
        .map(|n| resource(&format!("privateEndpoints/pe{n:04}"), json!({ "properties": {} })))
        .collect();
    resources.reverse();
    resources.push(resource("privateEndpoints/odd", "[]"));
    let collected = Collected {
        resources,
        coverage: Coverage { gaps: vec![old.clone()], ..Coverage::default() },
        ..Collected::default()
    };
    let read = inventory(collected);
    assert_eq!(read.private_endpoints.len(), 3_000);
    assert!(read.private_endpoints.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(read.coverage.gaps.len(), 2);
    assert!(read.coverage.gaps.contains(&old));
}
