//! What goes wrong in an estate, one mishap at a time, each at a place that a case picks. A mishap that finds no such
//! place does nothing.

mod networks;
mod services;

use std::ops::Range;

use plaudit::inventory::{Kind, ResourceId};
use serde_json::{Value, json};

use networks::*;
use services::*;

use super::yard::{ACR, SUBSCRIPTIONS, VAULT};
use crate::estate::network::{ENDPOINTS, subnet_id};
use crate::estate::{Estate, dns};
use crate::small::BLOB;

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
