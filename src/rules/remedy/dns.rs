//! Commands about private DNS.

use std::net::IpAddr;

use super::{name, place, quote};
use crate::inventory::ResourceId;

/// Links a zone to a network, under a name that no other link of the zone may have.
pub(in crate::rules) fn link_zone(zone: &ResourceId, link: &str, network: &ResourceId) -> String {
    format!(
        "az network private-dns link vnet create {} -z {} -n {} -v {} -e false",
        place(zone),
        name(zone),
        quote(link),
        quote(network.as_str()),
    )
}

/// Makes a private DNS zone that has no id yet but this one.
pub(in crate::rules) fn create_zone(zone: &ResourceId) -> String {
    format!("az network private-dns zone create {} -n {}", place(zone), name(zone))
}

/// Removes a zone; Azure refuses while it is linked.
pub(in crate::rules) fn delete_zone(zone: &ResourceId) -> String {
    format!("az network private-dns zone delete {} -n {} -y", place(zone), name(zone))
}

/// Makes the one zone group an endpoint can have, which writes the records and keeps them right. Where a group of
/// that name stands already, it is replaced, with all its zones.
pub(in crate::rules) fn create_zone_group(endpoint: &ResourceId, group: &str, zone: &ResourceId) -> String {
    zone_group("create", endpoint, group, zone)
}

/// Adds a zone to a zone group; what is in it stays.
pub(in crate::rules) fn add_to_zone_group(endpoint: &ResourceId, group: &str, zone: &ResourceId) -> String {
    zone_group("add", endpoint, group, zone)
}

fn zone_group(verb: &str, endpoint: &ResourceId, group: &str, zone: &ResourceId) -> String {
    format!(
        "az network private-endpoint dns-zone-group {verb} {} --endpoint-name {} -n {} --private-dns-zone {} --zone-name {}",
        place(endpoint),
        name(endpoint),
        quote(group),
        quote(zone.as_str()),
        quote(&zone.name().replace('.', "-")),
    )
}

/// Removes a zone group.
pub(in crate::rules) fn delete_zone_group(endpoint: &ResourceId, group: &str) -> String {
    format!(
        "az network private-endpoint dns-zone-group delete {} --endpoint-name {} -n {}",
        place(endpoint),
        name(endpoint),
        quote(group),
    )
}

/// Shows the zone groups of an endpoint.
pub(in crate::rules) fn list_zone_groups(endpoint: &ResourceId) -> String {
    format!(
        "az network private-endpoint dns-zone-group list {} --endpoint-name {} -o jsonc",
        place(endpoint),
        name(endpoint),
    )
}

/// Adds an address to a record set, which is made when it is not there.
pub(in crate::rules) fn add_record(zone: &ResourceId, record: &str, address: IpAddr) -> String {
    record_set("add-record", zone, record, address)
}

/// Takes an address out of a record set.
pub(in crate::rules) fn remove_record(zone: &ResourceId, record: &str, address: IpAddr) -> String {
    record_set("remove-record", zone, record, address)
}

fn record_set(verb: &str, zone: &ResourceId, record: &str, address: IpAddr) -> String {
    let kind = if address.is_ipv4() { "a" } else { "aaaa" };
    format!(
        "az network private-dns record-set {kind} {verb} {} -z {} -n {} -a {address}",
        place(zone),
        name(zone),
        quote(record),
    )
}

/// Takes a CNAME away, beside which no address can stand.
pub(in crate::rules) fn delete_cname(zone: &ResourceId, record: &str) -> String {
    format!(
        "az network private-dns record-set cname delete {} -z {} -n {} -y",
        place(zone),
        name(zone),
        quote(record),
    )
}

/// Gives a network these DNS servers and no others.
pub(in crate::rules) fn set_dns_servers(network: &ResourceId, servers: &[String]) -> String {
    let servers: Vec<String> = servers.iter().map(|server| quote(server)).collect();
    format!(
        "az network vnet update {} -n {} --dns-servers {}",
        place(network),
        name(network),
        servers.join(" ")
    )
}

/// Turns the DNS proxy on in a firewall policy.
pub(in crate::rules) fn enable_policy_proxy(policy: &ResourceId) -> String {
    format!("az network firewall policy update {} -n {} --enable-dns-proxy true", place(policy), name(policy))
}

/// Turns the DNS proxy of a firewall without policy on.
pub(in crate::rules) fn enable_firewall_proxy(firewall: &ResourceId) -> String {
    format!("az network firewall update {} -n {} --enable-dns-proxy true", place(firewall), name(firewall))
}

/// Takes one zone out of a zone group, by the name its entry there has; the records the group wrote into it go.
pub(in crate::rules) fn remove_from_zone_group(endpoint: &ResourceId, group: &str, entry: &str) -> String {
    format!(
        "az network private-endpoint dns-zone-group remove {} --endpoint-name {} -n {} --zone-name {}",
        place(endpoint),
        name(endpoint),
        quote(group),
        quote(entry),
    )
}

/// Removes the link of a zone to a network.
pub(in crate::rules) fn delete_link(link: &ResourceId) -> String {
    format!("az network private-dns link vnet delete {} -n {} -y", link_place(link), name(link))
}

/// Puts a link once more as it is, with or without registration.
pub(in crate::rules) fn update_link(link: &ResourceId, registration: bool) -> String {
    format!(
        "az network private-dns link vnet update {} -n {} -e {registration}",
        link_place(link),
        name(link)
    )
}

/// Makes a link that was there before, with what it had.
pub(in crate::rules) fn recreate_link(
    link: &ResourceId,
    network: &ResourceId,
    registration: bool,
    policy: Option<&str>,
) -> String {
    let policy = policy.map_or_else(String::new, |policy| format!(" --resolution-policy {}", quote(policy)));
    format!(
        "az network private-dns link vnet create {} -n {} -v {} -e {registration}{policy}",
        link_place(link),
        name(link),
        quote(network.as_str()),
    )
}

/// The zone of a link, as commands name it.
fn link_place(link: &ResourceId) -> String {
    let zone = link.parent();
    format!("{} -z {}", place(link), quote(zone.as_ref().map_or("<zone>", |zone| zone.name())))
}

/// Lets a link hand names that the zone does not hold on to public DNS.
pub(in crate::rules) fn redirect_link(link: &ResourceId) -> String {
    let zone = link.parent().unwrap_or_else(|| link.clone());
    format!(
        "az network private-dns link vnet update {} -z {} -n {} --resolution-policy NxDomainRedirect",
        place(&zone),
        name(&zone),
        name(link)
    )
}

/// Takes a ruleset's link to a network away: none of its rules holds there any more.
pub(in crate::rules) fn unlink_ruleset(link: &ResourceId) -> String {
    let ruleset = link.parent().unwrap_or_else(|| link.clone());
    format!(
        "az dns-resolver vnet-link delete {} --ruleset-name {} -n {} -y",
        place(link),
        name(&ruleset),
        name(link)
    )
}
