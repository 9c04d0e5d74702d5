//! Commands about endpoints and their connections.

use super::{name, place, quote};
use crate::inventory::{Connection, ResourceId};

/// Shows the connections at the target that come from endpoints of this name: several groups may have one, and
/// `pe-1` must not be taken for `pe-10`.
pub(in crate::rules) fn find_connection(target: &ResourceId, endpoint: &ResourceId) -> String {
    format!(
        "az network private-endpoint-connection list --id {} --query \"[?ends_with(properties.privateEndpoint.id,'/privateEndpoints/{}')].{{connection:id,endpoint:properties.privateEndpoint.id}}\" -o jsonc",
        quote(target.as_str()),
        endpoint.name().replace(|c: char| !(c.is_ascii_alphanumeric() || "-._".contains(c)), ""),
    )
}

/// Approves the connection that [`find_connection`] printed.
pub(in crate::rules) fn approve_connection() -> String {
    "az network private-endpoint-connection approve --id '<connection-id>' --description \"approved after audit\""
        .to_owned()
}

/// Approves a connection of which the target has told the id.
pub(in crate::rules) fn approve(target: &ResourceId, connection: &ResourceId) -> String {
    if target.is_type("Microsoft.Network/privateLinkServices") {
        return approve_at_service(target, connection.name());
    }
    on_connection("approve", connection, " --description \"approved after audit\"")
}

/// Rejects a connection: nothing gets through it any more.
pub(in crate::rules) fn reject(connection: &ResourceId) -> String {
    on_connection("reject", connection, " --description \"rejected after audit\"")
}

/// Takes a connection away.
pub(in crate::rules) fn delete_connection(connection: &ResourceId) -> String {
    on_connection("delete", connection, " -y")
}

/// Shows a connection.
pub(in crate::rules) fn show_connection(connection: &ResourceId) -> String {
    on_connection("show", connection, " -o jsonc")
}

fn on_connection(verb: &str, connection: &ResourceId, rest: &str) -> String {
    format!("az network private-endpoint-connection {verb} --id {}{rest}", quote(connection.as_str()))
}

/// Approves an endpoint's connection at a private link service.
pub(in crate::rules) fn approve_at_service(service: &ResourceId, connection: &str) -> String {
    format!(
        "az network private-link-service connection update {} --service-name {} -n {} --connection-status Approved",
        place(service),
        name(service),
        quote(connection),
    )
}

/// Shows the connections of a private link service.
pub(in crate::rules) fn list_service_connections(service: &ResourceId) -> String {
    format!(
        "az network private-link-service show {} -n {} --query \"privateEndpointConnections[].{{name:name,endpoint:privateEndpoint.id,status:privateLinkServiceConnectionState.status}}\" -o table",
        place(service),
        name(service),
    )
}

/// Removes an endpoint.
pub(in crate::rules) fn delete_endpoint(endpoint: &ResourceId) -> String {
    format!("az network private-endpoint delete {} -n {}", place(endpoint), name(endpoint))
}

/// Makes an endpoint under this id; `None` when its connection names no target, or several groups. The subnet is an id, or a word for
/// one that a person must choose.
pub(in crate::rules) fn create_endpoint(
    endpoint: &ResourceId,
    location: Option<&str>,
    subnet: &str,
    connection: &Connection,
) -> Option<String> {
    let target = connection.target.as_ref()?;
    let group = match connection.group_ids.as_slice() {
        [] => None,
        [group] => Some(group),
        _ => return None,
    };
    let group = group.map(|group| format!(" --group-id {}", quote(group))).unwrap_or_default();
    let place_at = location.map(|location| format!(" -l {}", quote(location))).unwrap_or_default();
    let manual = if connection.manual { " --manual-request true" } else { "" };
    Some(format!(
        "az network private-endpoint create {} -n {}{place_at} --subnet {} --private-connection-resource-id {}{group}{manual} --connection-name {}",
        place(endpoint),
        name(endpoint),
        quote(subnet),
        quote(target.as_str()),
        quote(&connection.name),
    ))
}

/// Shows what was done to a resource in the last week, and how it ended.
pub(in crate::rules) fn activity(id: &ResourceId) -> String {
    format!("az monitor activity-log list --resource-id {} --offset 7d -o table", quote(id.as_str()))
}

/// Writes an endpoint as it is.
pub(in crate::rules) fn write_endpoint_again(endpoint: &ResourceId) -> String {
    format!("az network private-endpoint update {} -n {}", place(endpoint), name(endpoint))
}

/// Writes a private DNS zone as it is.
pub(in crate::rules) fn write_zone_again(zone: &ResourceId) -> String {
    format!("az network private-dns zone update {} -n {}", place(zone), name(zone))
}

/// Closes a target to everybody who does not come through a private endpoint.
pub(in crate::rules) fn close_public_access(target: &ResourceId) -> String {
    let kind = target.resource_type().unwrap_or_default().to_ascii_lowercase();
    let (service, flags) = match kind.as_str() {
        "microsoft.storage/storageaccounts" => ("storage account", "--public-network-access Disabled"),
        "microsoft.keyvault/vaults" => ("keyvault", "--public-network-access Disabled"),
        "microsoft.sql/servers" => ("sql server", "--enable-public-network false"),
        "microsoft.containerregistry/registries" => ("acr", "--public-network-enabled false"),
        "microsoft.documentdb/databaseaccounts" => ("cosmosdb", "--public-network-access DISABLED"),
        "microsoft.servicebus/namespaces" => ("servicebus namespace", "--public-network-access Disabled"),
        "microsoft.eventhub/namespaces" => ("eventhubs namespace", "--public-network-access Disabled"),
        "microsoft.appconfiguration/configurationstores" => ("appconfig", "--enable-public-network false"),
        "microsoft.search/searchservices" => ("search service", "--public-network-access disabled"),
        _ => {
            return format!(
                "az resource update --ids {} --set properties.publicNetworkAccess=Disabled",
                quote(target.as_str())
            );
        }
    };
    format!("az {service} update {} -n {} {flags}", place(target), name(target))
}
