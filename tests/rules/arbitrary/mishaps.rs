//! What goes wrong in an estate, one mishap at a time, each at a place that a case picks. A mishap that finds no such
//! place does nothing.

use std::ops::Range;

use plaudit::inventory::{Kind, ResourceId};
use serde_json::{Value, json};

use super::yard::{ACR, APPLIANCE, SUBSCRIPTIONS, VAULT};
use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
use crate::estate::service::NAT;
use crate::estate::{Estate, dns};
use crate::small::{BLOB, INBOUND};

/// Does something at a place, in one of several ways.
type Mishap = fn(&mut Estate, usize, usize) -> Option<()>;

/// Where those begin that private link services and the packs suffer.
pub const OF_SERVICES: usize = 43;
/// What networks, their DNS servers and what routes and filters in them suffer.
pub const OF_NETWORKS: Range<usize> = 30..43;

pub const MISHAPS: [Mishap; 54] = [
    status,
    pending,
    rejected,
    no_zone_group,
    other_zone_group,
    second_zone_group,
    target_gone,
    target_property,
    target_knows_nothing,
    target_says_otherwise,
    stranger_at_target,
    offered_group,
    action_required,
    provisioning,
    no_fqdns,
    no_address,
    moved_address,
    endpoint_gone,
    endpoint_elsewhere,
    zone_gone,
    link_gone,
    link_to_nowhere,
    link_added,
    link_property,
    record_gone,
    record_addresses,
    record_added,
    record_by_hand,
    copy_of_zone,
    zone_full,
    dns_servers,
    resolver_gone,
    forwarding,
    ruleset_linked,
    proxy,
    peering_state,
    peering_side_gone,
    peering_flag,
    peering_out_of_sync,
    network_gone,
    subnet_policies,
    security_rule,
    route,
    service_connection,
    service_property,
    balancer,
    databricks,
    account,
    circuit,
    subnet_policies,
    subnet_policies,
    status,
    service_gone,
    service_visibility,
];

/// One of the resources of a kind that lists hold.
fn one(e: &Estate, kind: Kind, at: usize) -> Option<ResourceId> {
    let all: Vec<ResourceId> = e.ids().into_iter().filter(|id| Kind::of(id) == Some(kind)).collect();
    all.get(at.checked_rem(all.len())?).cloned()
}

fn of<T: Copy>(all: &[T], how: usize) -> T {
    all[how % all.len()]
}

fn endpoint(e: &Estate, at: usize) -> Option<ResourceId> {
    one(e, Kind::PrivateEndpoints, at)
}

/// An endpoint whose interface is still there.
fn whole_endpoint(e: &Estate, at: usize) -> Option<ResourceId> {
    let pe = endpoint(e, at)?;
    let nic = e.get(&pe)["properties"]["networkInterfaces"][0]["id"].as_str().map(ResourceId::new)?;
    e.holds(&nic).then_some(pe)
}

fn set(e: &mut Estate, id: &ResourceId, field: &str, value: Value) -> Option<()> {
    e.edit(id, |object| object["properties"][field] = value);
    Some(())
}

fn array<'a>(value: &'a mut Value, field: &str, at: usize) -> Option<&'a mut Value> {
    let all = value["properties"][field].as_array_mut()?;
    let at = at.checked_rem(all.len())?;
    all.get_mut(at)
}

// Endpoints and their targets

fn status(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let states = ["Pending", "Rejected", "Disconnected", "Approved", "Removed", ""];
    e.set_status(&endpoint(e, at)?, of(&states, how));
    Some(())
}

fn pending(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.pending(&whole_endpoint(e, at)?);
    Some(())
}

fn rejected(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.rejected(&whole_endpoint(e, at)?, "no");
    Some(())
}

fn no_zone_group(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.drop_zone_group(&whole_endpoint(e, at)?);
    Some(())
}

fn other_zone_group(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (pe, zone) = (whole_endpoint(e, at)?, one(e, Kind::PrivateDnsZones, how)?);
    e.zone_group_again(&pe, &[&zone]);
    Some(())
}

fn second_zone_group(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (pe, zone) = (endpoint(e, at)?, one(e, Kind::PrivateDnsZones, how)?);
    e.second_zone_group(&pe, "second", &[&zone]);
    Some(())
}

fn target_of(e: &Estate, at: usize) -> Option<ResourceId> {
    Some(e.target_id(&endpoint(e, at)?)).filter(|target| target.resource_type().is_some() && !e.holds(target))
}

fn target_gone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    e.delete_target(&target_of(e, at)?);
    if how.is_multiple_of(2) {
        e.set_status(&endpoint(e, at)?, "Disconnected");
    }
    Some(())
}

fn target_property(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (field, value) = match how % 4 {
        0 => ("publicNetworkAccess", json!("Enabled")),
        1 => ("isHnsEnabled", json!(true)),
        2 => ("provisioningState", json!("Failed")),
        _ => ("networkAcls", json!({"defaultAction": "Allow"})),
    };
    e.set_target(&target_of(e, at)?, field, value);
    Some(())
}

fn target_knows_nothing(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    target_of(e, at)?;
    e.forget_at_target(&endpoint(e, at)?);
    Some(())
}

fn target_says_otherwise(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    target_of(e, at)?;
    let status = of(&["Pending", "Rejected", "Disconnected", "Approved"], how);
    e.edit_target_connection(&endpoint(e, at)?, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["status"] = status.into();
    });
    Some(())
}

fn stranger_at_target(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    const FAR: &str = "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/far";
    let target = target_of(e, at)?;
    e.target_connection(&target, "stranger", FAR, of(&["Approved", "Pending", "Rejected"], how));
    Some(())
}

fn offered_group(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    e.link_resource(&target_of(e, at)?, of(&["blob", "other"], how), &[BLOB]);
    Some(())
}

fn action_required(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.edit_connection(&endpoint(e, at)?, |c| {
        c["properties"]["privateLinkServiceConnectionState"]["actionsRequired"] = "Recreate".into();
    });
    Some(())
}

fn provisioning(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let all = e.ids();
    let id = all.get(at % all.len())?;
    let is_object = e.get(id)["properties"].is_object();
    is_object.then_some(())?;
    set(e, id, "provisioningState", json!(of(&["Failed", "Updating", "Canceled", "InProgress"], how)))
}

fn no_fqdns(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    let pe = whole_endpoint(e, at)?;
    e.without_fqdns(&pe);
    set(e, &pe, "customDnsConfigs", json!([]))
}

fn no_address(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let pe = whole_endpoint(e, at)?;
    let nic = e.interface_of(&pe);
    if how.is_multiple_of(2) {
        return set(e, &pe, "networkInterfaces", json!([]));
    }
    set(e, &nic, "ipConfigurations", json!([]))
}

fn moved_address(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let nic = one(e, Kind::NetworkInterfaces, at)?;
    let address = format!("10.{}.4.{}", 1 + at % 3, 4 + how % 30);
    e.edit(&nic, |nic| {
        if let Some(config) = array(nic, "ipConfigurations", 0) {
            config["properties"]["privateIPAddress"] = address.into();
        }
    });
    Some(())
}

fn endpoint_gone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let pe = whole_endpoint(e, at)?;
    match how % 3 {
        0 => drop(e.delete_endpoint(&pe)),
        1 => drop(e.remove(&pe)),
        _ => drop(e.remove(&e.interface_of(&pe))),
    }
    Some(())
}

fn endpoint_elsewhere(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (pe, vnet) = (endpoint(e, at)?, one(e, Kind::VirtualNetworks, how)?);
    let subnet = subnet_id(&vnet, ENDPOINTS);
    set(e, &pe, "subnet", json!({"id": subnet.as_str()}))
}

// Zones and records

fn zone_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.remove(&one(e, Kind::PrivateDnsZones, at)?);
    Some(())
}

fn link_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.remove(&one(e, Kind::VirtualNetworkLinks, at)?);
    Some(())
}

/// Azure lets a network be linked to one zone of a name.
fn link_once(e: &mut Estate, zone: &ResourceId, vnet: &ResourceId) -> Option<()> {
    let is_link = |link: &ResourceId| {
        let same_zone = link.parent().is_some_and(|other| other.name().eq_ignore_ascii_case(zone.name()));
        let leads = e.get(link)["properties"]["virtualNetwork"]["id"].as_str().map(ResourceId::new);
        Kind::of(link) == Some(Kind::VirtualNetworkLinks) && same_zone && leads.as_ref() == Some(vnet)
    };
    let linked = e.ids().iter().any(is_link) || e.holds(&dns::link_id(zone, vnet));
    (!linked).then(|| drop(e.link(zone, vnet)))
}

fn link_to_nowhere(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (zone, vnet) = (one(e, Kind::PrivateDnsZones, at)?, one(e, Kind::VirtualNetworks, how)?);
    link_once(e, &zone, &ResourceId::new(&format!("{vnet}-old")))
}

fn link_added(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (zone, vnet) = (one(e, Kind::PrivateDnsZones, at)?, one(e, Kind::VirtualNetworks, how)?);
    link_once(e, &zone, &vnet)
}

fn link_property(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let link = one(e, Kind::VirtualNetworkLinks, at)?;
    let (field, value) = match how % 4 {
        0 => ("registrationEnabled", json!(true)),
        1 => ("resolutionPolicy", json!("NxDomainRedirect")),
        2 => ("virtualNetworkLinkState", json!("InProgress")),
        _ => ("provisioningState", json!("Failed")),
    };
    set(e, &link, field, value)
}

fn address_records(e: &Estate) -> Vec<ResourceId> {
    let is_address = |id: &ResourceId| id.is_type("Microsoft.Network/privateDnsZones/A");
    e.ids().into_iter().filter(is_address).collect()
}

fn address_record(e: &Estate, at: usize) -> Option<ResourceId> {
    let all = address_records(e);
    all.get(at.checked_rem(all.len())?).cloned()
}

fn record_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.remove(&address_record(e, at)?);
    Some(())
}

/// An address of an endpoint, of a machine, of nobody, or a public one.
fn address(at: usize) -> String {
    of(&["10.1.4.4", "10.1.4.5", "10.2.4.4", "10.3.4.4", "10.1.0.4", "10.1.4.250", "203.0.113.9"], at)
        .to_owned()
}

fn record_addresses(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let record = address_record(e, at)?;
    let more = address(how);
    e.edit(&record, |r| {
        if let Some(held) = r["properties"]["aRecords"].as_array_mut() {
            if how.is_multiple_of(3) {
                held.clear();
            }
            if !how.is_multiple_of(5) {
                held.push(json!({"ipv4Address": more}));
            }
        }
    });
    Some(())
}

fn record_added(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let zone = one(e, Kind::PrivateDnsZones, at)?;
    let name = of(&["*", "acct", "shop", "www", "left", "@"], how);
    if how.is_multiple_of(4) {
        let id = dns::record_id(&zone, "CNAME", name);
        return (!e.holds(&id) && name != "@").then(|| drop(e.cname(&zone, name, "proxy.contoso.com")));
    }
    let id = dns::record_id(&zone, "A", name);
    (!e.holds(&id)).then(|| drop(e.record(&zone, name, &[&address(how / 6)])))
}

fn record_by_hand(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let record = address_record(e, at)?;
    e.forget_creator(&record);
    set(e, &record, "ttl", json!(of(&[10, 3600, 86_400], how)))
}

fn copy_of_zone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    e.in_subscription(of(&SUBSCRIPTIONS, how)).in_group("rg-copies");
    let zone = e.zone_once(of(&[BLOB, VAULT, ACR, "blob.core.windows.net", "core.windows.net"], how / 3));
    if how.is_multiple_of(2) {
        link_once(e, &zone, &vnet);
    }
    Some(())
}

fn zone_full(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let zone = one(e, Kind::PrivateDnsZones, at)?;
    match how % 2 {
        0 => set(e, &zone, "numberOfRecordSets", json!(24_000)),
        _ => set(e, &zone, "numberOfVirtualNetworkLinks", json!(990)),
    }
}

// DNS servers and forwarding

fn dns_servers(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let servers: &[&str] = match how % 8 {
        0 => &[],
        1 => &[INBOUND],
        2 => &["10.0.2.4"],
        3 => &["10.0.1.5"],
        4 => &["192.168.7.4"],
        5 => &[INBOUND, "168.63.129.16"],
        6 => &["10.2.0.4"],
        _ => &["192.168.7.4", INBOUND],
    };
    e.dns_servers(&vnet, servers);
    Some(())
}

fn resolver_gone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let kind =
        of(&[Kind::InboundEndpoints, Kind::DnsResolvers, Kind::AzureFirewalls, Kind::RulesetLinks], how);
    e.remove(&one(e, kind, at)?);
    Some(())
}

fn forwarding(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let ruleset = one(e, Kind::DnsForwardingRulesets, at)?;
    let domains =
        ["vault.azure.net.", "privatelink.blob.core.windows.net.", "windows.net.", "azurecr.io.", "."];
    let domain = of(&domains, at);
    let name = if domain == "." { "root".to_owned() } else { domain.trim_end_matches('.').replace('.', "-") };
    if e.holds(&ResourceId::new(&format!("{ruleset}/forwardingRules/{name}"))) {
        let rule = one(e, Kind::ForwardingRules, how)?;
        return set(e, &rule, "forwardingRuleState", json!("Disabled"));
    }
    e.rule(&ruleset, domain, &[of(&[INBOUND, "10.0.2.4", "192.168.7.4", "10.2.0.4"], how)]);
    Some(())
}

fn ruleset_linked(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    let (ruleset, vnet) = (one(e, Kind::DnsForwardingRulesets, 0)?, one(e, Kind::VirtualNetworks, at)?);
    let link = ResourceId::new(&format!("{ruleset}/virtualNetworkLinks/to-{}", vnet.name()));
    (!e.holds(&link)).then(|| drop(e.link_ruleset(&ruleset, &vnet)))
}

fn proxy(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let policy = one(e, Kind::FirewallPolicies, at)?;
    let servers: &[&str] = of(&[&[], &["192.168.7.4"], &[INBOUND]], how / 2);
    set(e, &policy, "dnsSettings", json!({"enableProxy": how.is_multiple_of(2), "servers": servers}))
}

// Peerings and networks

/// A side of a peering, to be changed.
fn on_peering(e: &mut Estate, at: usize, change: impl FnOnce(&mut Value)) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    e.edit(&vnet, |v| {
        if let Some(side) = array(v, "virtualNetworkPeerings", at / 7) {
            change(&mut side["properties"]);
        }
    });
    Some(())
}

fn peering_state(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    on_peering(e, at, |p| match how % 4 {
        0 => p["peeringState"] = "Disconnected".into(),
        1 => p["peeringState"] = "Initiated".into(),
        2 => p["provisioningState"] = "Failed".into(),
        _ => p["provisioningState"] = "Updating".into(),
    })
}

fn peering_side_gone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let mut remote = None;
    e.edit(&vnet, |v| {
        if let Some(sides) = v["properties"]["virtualNetworkPeerings"].as_array_mut()
            && !sides.is_empty()
        {
            let side = sides.remove(how % sides.len());
            remote = side["properties"]["remoteVirtualNetwork"]["id"].as_str().map(ResourceId::new);
        }
    });
    let remote = remote.filter(|id| e.holds(id))?;
    e.edit(&remote, |v| {
        for side in v["properties"]["virtualNetworkPeerings"].as_array_mut().into_iter().flatten() {
            let leads = side["properties"]["remoteVirtualNetwork"]["id"].as_str().map(ResourceId::new);
            if leads.as_ref() == Some(&vnet) {
                side["properties"]["peeringState"] = of(&["Disconnected", "Initiated"], how).into();
            }
        }
    });
    Some(())
}

fn peering_flag(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let flags =
        ["allowVirtualNetworkAccess", "allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways"];
    on_peering(e, at, |p| {
        let flag = &mut p[of(&flags, how)];
        *flag = (!flag.as_bool().unwrap_or_default()).into();
    })
}

fn peering_out_of_sync(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    on_peering(e, at, |p| {
        p["peeringSyncLevel"] = "LocalNotInSync".into();
        p["remoteAddressSpace"] = json!({"addressPrefixes": ["10.99.0.0/16"]});
    })
}

fn network_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    // Where machines and endpoints stand, Azure refuses to delete.
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let stands = |value: &Value| {
        value.to_string().to_ascii_lowercase().contains(&format!("{}/subnets/", vnet.lower()))
    };
    let used = e.values().iter().any(|value| {
        value["properties"]["ipConfigurations"].is_array() && stands(&value["properties"]["ipConfigurations"])
    });
    (!used).then(|| {
        e.remove(&vnet);
    })
}

fn subnet_policies(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let name = of(&[ENDPOINTS, WORKLOAD, NAT], how);
    let has = e.get(&vnet)["properties"]["subnets"].as_array()?.iter().any(|s| s["name"] == name);
    has.then_some(())?;
    let field = of(&["privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"], how / 3);
    let value = of(&["Enabled", "Disabled", "NetworkSecurityGroupEnabled"], how / 6);
    e.edit_subnet(&subnet_id(&vnet, name), |s| s["properties"][field] = value.into());
    Some(())
}

fn security_rule(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let group = one(e, Kind::NetworkSecurityGroups, at)?;
    e.edit(&group, |g| {
        if let Some(rule) = array(g, "securityRules", at) {
            let rule = &mut rule["properties"];
            match how % 3 {
                0 => rule["sourceAddressPrefix"] = of(&["10.0.0.0/8", "10.1.0.0/24", "*"], how / 3).into(),
                1 => rule["access"] = of(&["Deny", "Allow"], how / 3).into(),
                _ => rule["destinationPortRange"] = of(&["443", "80"], how / 3).into(),
            }
        }
    });
    Some(())
}

fn route(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    if let Some(table) = one(e, Kind::RouteTables, at) {
        e.edit(&table, |t| {
            if let Some(route) = array(t, "routes", 0) {
                let route = &mut route["properties"];
                route["nextHopType"] = of(&["VirtualAppliance", "None", "Internet"], how).into();
                route["addressPrefix"] = of(&["10.1.0.0/16", "0.0.0.0/0", "10.0.0.0/8"], how / 3).into();
            }
        });
        return Some(());
    }
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let hop = of(&["VirtualAppliance", "None", "Internet"], how);
    e.route(&subnet_id(&vnet, WORKLOAD), "10.1.0.0/16", hop, "10.0.2.4");
    Some(())
}

// Private link services and the packs

fn service_connection(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (service, pe) = (one(e, Kind::PrivateLinkServices, at)?, endpoint(e, how)?);
    e.service_connection(&service, &pe, of(&["Pending", "Rejected", "Disconnected", "Approved"], how));
    Some(())
}

fn service_property(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let service = one(e, Kind::PrivateLinkServices, at)?;
    let (field, value) = match how % 7 {
        0 => ("visibility", json!({"subscriptions": ["*"]})),
        1 => ("visibility", json!({"subscriptions": []})),
        2 => ("autoApproval", json!({"subscriptions": ["99999999-aaaa-4bbb-8ccc-dddddddddddd"]})),
        3 => ("enableProxyProtocol", json!(true)),
        4 => ("alias", json!("other.guid.westeurope.azure.privatelinkservice")),
        5 => ("ipConfigurations", json!([])),
        _ => {
            e.remove(&service);
            return Some(());
        }
    };
    set(e, &service, field, value)
}

fn service_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.remove(&one(e, Kind::PrivateLinkServices, at)?);
    Some(())
}

/// Somebody else may see it, and its endpoints wait.
fn service_visibility(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    let service = one(e, Kind::PrivateLinkServices, at)?;
    let stranger = json!({"subscriptions": ["99999999-aaaa-4bbb-8ccc-dddddddddddd"]});
    set(e, &service, "visibility", stranger)?;
    let leads = |id: &ResourceId| ResourceId::new(&e.target(id)) == service;
    let waiting = e.ids().into_iter().find(|id| Kind::of(id) == Some(Kind::PrivateEndpoints) && leads(id))?;
    e.set_status(&waiting, "Pending");
    set(e, &service, "privateEndpointConnections", json!([]))
}

fn balancer(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let balancer = one(e, Kind::LoadBalancers, at)?;
    match how % 4 {
        0 => return set(e, &balancer, "loadBalancingRules", json!([])),
        1 => return set(e, &balancer, "backendAddressPools", json!([])),
        2 => drop(e.edit(&balancer, |b| b["sku"]["name"] = "Basic".into())),
        _ => drop(e.edit(&balancer, |b| {
            if let Some(pool) = array(b, "backendAddressPools", 0) {
                pool["properties"]["backendIPConfigurations"] = json!([]);
                pool["properties"]["loadBalancerBackendAddresses"] = json!([]);
            }
        })),
    }
    Some(())
}

fn databricks(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let peering = one(e, Kind::DatabricksPeerings, at)?;
    set(e, &peering, "peeringState", json!(of(&["Disconnected", "Initiated", "Connected"], how)))
}

fn account(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    if how.is_multiple_of(5) {
        let vault = one(e, Kind::KeyVaults, at)?;
        return set(e, &vault, "accessPolicies", json!([{"objectId": APPLIANCE, "permissions": {}}]));
    }
    let account = one(e, Kind::StorageAccounts, at)?;
    match how % 4 {
        0 => return set(e, &account, "publicNetworkAccess", json!("Disabled")),
        1 => {
            return set(
                e,
                &account,
                "networkAcls",
                json!({"defaultAction": "Deny", "bypass": "None", "ipRules": []}),
            );
        }
        2 => drop(e.edit(&account, |a| a["kind"] = "Storage".into())),
        _ => drop(e.edit(&account, |a| a["kind"] = "BlockBlobStorage".into())),
    }
    Some(())
}

fn circuit(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let circuit = one(e, Kind::ExpressRouteCircuits, at)?;
    match how % 4 {
        0 => return set(e, &circuit, "circuitProvisioningState", json!("Disabled")),
        1 => return set(e, &circuit, "serviceProviderProvisioningState", json!("NotProvisioned")),
        2 => drop(e.edit(&circuit, |c| {
            if let Some(peering) = array(c, "peerings", 0) {
                peering["properties"]["state"] = "Disabled".into();
            }
        })),
        _ => {
            let filter = one(e, Kind::RouteFilters, at)?;
            e.edit(&filter, |f| {
                if let Some(rule) = array(f, "rules", 0) {
                    rule["properties"]["communities"] = json!(["12076:5010"]);
                }
            });
        }
    }
    Some(())
}
