//! Commands about endpoints and their connections.

use super::{name, place, quote};
use crate::inventory::ResourceId;

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

/// Approves an endpoint's connection at a private link service.
pub(in crate::rules) fn approve_at_service(service: &ResourceId) -> String {
    format!(
        "az network private-link-service connection update {} --service-name {} -n '<connection>' --connection-status Approved",
        place(service),
        name(service),
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
