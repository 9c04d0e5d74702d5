//! Commands that mend, filled in with real names. Text from Azure is quoted: a name never becomes a command.

use std::net::IpAddr;

use crate::inventory::ResourceId;

/// Quotes a word for a POSIX shell, unless it needs none.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@,+=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// ` --subscription … -g …` of a resource.
fn place(id: &ResourceId) -> String {
    let subscription = quote(id.subscription().unwrap_or("<subscription>"));
    let group = quote(id.resource_group().unwrap_or("<resource-group>"));
    format!("--subscription {subscription} -g {group}")
}

fn name(id: &ResourceId) -> String {
    quote(id.name())
}

/// Links a zone to a network, under a name that no other link of the zone may have.
pub(super) fn link_zone(zone: &ResourceId, link: &str, network: &ResourceId) -> String {
    format!(
        "az network private-dns link vnet create {} -z {} -n {} -v {} -e false",
        place(zone),
        name(zone),
        quote(link),
        quote(network.as_str()),
    )
}

/// Makes a private DNS zone that has no id yet but this one.
pub(super) fn create_zone(zone: &ResourceId) -> String {
    format!("az network private-dns zone create {} -n {}", place(zone), name(zone))
}

/// Makes the one zone group an endpoint can have, which writes the records and keeps them right. Where a group of
/// that name stands already, it is replaced, with all its zones.
pub(super) fn create_zone_group(endpoint: &ResourceId, group: &str, zone: &ResourceId) -> String {
    zone_group("create", endpoint, group, zone)
}

/// Adds a zone to a zone group; what is in it stays.
pub(super) fn add_to_zone_group(endpoint: &ResourceId, group: &str, zone: &ResourceId) -> String {
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
pub(super) fn delete_zone_group(endpoint: &ResourceId, group: &str) -> String {
    format!(
        "az network private-endpoint dns-zone-group delete {} --endpoint-name {} -n {}",
        place(endpoint),
        name(endpoint),
        quote(group),
    )
}

/// Shows the zone groups of an endpoint.
pub(super) fn list_zone_groups(endpoint: &ResourceId) -> String {
    format!(
        "az network private-endpoint dns-zone-group list {} --endpoint-name {} -o jsonc",
        place(endpoint),
        name(endpoint),
    )
}

/// Adds an address to a record set, which is made when it is not there.
pub(super) fn add_record(zone: &ResourceId, record: &str, address: IpAddr) -> String {
    record_set("add-record", zone, record, address)
}

/// Takes an address out of a record set.
pub(super) fn remove_record(zone: &ResourceId, record: &str, address: IpAddr) -> String {
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
pub(super) fn delete_cname(zone: &ResourceId, record: &str) -> String {
    format!(
        "az network private-dns record-set cname delete {} -z {} -n {} -y",
        place(zone),
        name(zone),
        quote(record),
    )
}

/// Shows the connections at the target that come from endpoints of this name: several groups may have one, and
/// `pe-1` must not be taken for `pe-10`.
pub(super) fn find_connection(target: &ResourceId, endpoint: &ResourceId) -> String {
    format!(
        "az network private-endpoint-connection list --id {} --query \"[?ends_with(properties.privateEndpoint.id,'/privateEndpoints/{}')].{{connection:id,endpoint:properties.privateEndpoint.id}}\" -o jsonc",
        quote(target.as_str()),
        endpoint.name().replace(|c: char| !(c.is_ascii_alphanumeric() || "-._".contains(c)), ""),
    )
}

/// Approves the connection that [`find_connection`] printed.
pub(super) fn approve_connection() -> String {
    "az network private-endpoint-connection approve --id '<connection-id>' --description \"approved after audit\""
        .to_owned()
}

/// Approves an endpoint's connection at a private link service.
pub(super) fn approve_at_service(service: &ResourceId) -> String {
    format!(
        "az network private-link-service connection update {} --service-name {} -n '<connection>' --connection-status Approved",
        place(service),
        name(service),
    )
}

/// Shows the connections of a private link service.
pub(super) fn list_service_connections(service: &ResourceId) -> String {
    format!(
        "az network private-link-service show {} -n {} --query \"privateEndpointConnections[].{{name:name,endpoint:privateEndpoint.id,status:privateLinkServiceConnectionState.status}}\" -o table",
        place(service),
        name(service),
    )
}

/// Removes an endpoint.
pub(super) fn delete_endpoint(endpoint: &ResourceId) -> String {
    format!("az network private-endpoint delete {} -n {}", place(endpoint), name(endpoint))
}

/// The network of a peering.
fn vnet(peering: &ResourceId) -> String {
    quote(peering.parent().as_ref().map_or("<vnet>", |network| network.name()))
}

/// Removes a peering.
pub(super) fn delete_peering(peering: &ResourceId) -> String {
    format!(
        "az network vnet peering delete {} --vnet-name {} -n {}",
        place(peering),
        vnet(peering),
        name(peering)
    )
}

/// The flags a peering has now, so that a new one gets the same.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PeeringFlags {
    pub access: bool,
    pub forwarded: bool,
    pub transit: bool,
    pub remote_gateways: bool,
}

impl PeeringFlags {
    fn text(self) -> String {
        let mut text = String::new();
        for (set, flag) in [
            (self.access, " --allow-vnet-access"),
            (self.forwarded, " --allow-forwarded-traffic"),
            (self.transit, " --allow-gateway-transit"),
            (self.remote_gateways, " --use-remote-gateways"),
        ] {
            if set {
                text.push_str(flag);
            }
        }
        text
    }
}

/// Makes a peering from `network` to `remote`.
pub(super) fn create_peering(
    network: &ResourceId,
    peering: &str,
    remote: &ResourceId,
    flags: PeeringFlags,
) -> String {
    format!(
        "az network vnet peering create {} --vnet-name {} -n {} --remote-vnet {}{}",
        place(network),
        name(network),
        quote(peering),
        quote(remote.as_str()),
        flags.text(),
    )
}

/// Brings a peering up to date with its remote network's address space.
pub(super) fn sync_peering(peering: &ResourceId) -> String {
    format!(
        "az network vnet peering sync {} --vnet-name {} -n {}",
        place(peering),
        vnet(peering),
        name(peering)
    )
}
