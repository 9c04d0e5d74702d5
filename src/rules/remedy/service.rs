//! Commands about private link services.

use super::{name, place, quote};
use crate::inventory::ResourceId;

/// The service of a connection and its place.
fn at_service(connection: &ResourceId) -> String {
    match connection.parent() {
        Some(service) => format!("{} --service-name {}", place(&service), name(&service)),
        None => format!("{} --service-name '<service>'", place(connection)),
    }
}

/// Approves one connection at its service.
pub(in crate::rules) fn approve_service_connection(connection: &ResourceId) -> String {
    format!(
        "az network private-link-service connection update {} -n {} --connection-status Approved",
        at_service(connection),
        name(connection),
    )
}

/// Removes one connection from its service; the endpoint at the other end turns Disconnected.
pub(in crate::rules) fn delete_service_connection(connection: &ResourceId) -> String {
    format!(
        "az network private-link-service connection delete {} -n {}",
        at_service(connection),
        name(connection),
    )
}

fn update(service: &ResourceId, change: &str) -> String {
    format!("az network private-link-service update {} -n {}{change}", place(service), name(service))
}

/// Sends a service's settings again as they are.
pub(in crate::rules) fn put_service_again(service: &ResourceId) -> String {
    update(service, "")
}

/// Sets the whole list of those who see a service.
pub(in crate::rules) fn set_visibility(service: &ResourceId, subscriptions: &[String]) -> String {
    update(service, &format!(" --visibility {}", words(subscriptions)))
}

/// Sets the whole list of those whose requests are approved at once.
pub(in crate::rules) fn set_auto_approval(service: &ResourceId, subscriptions: &[String]) -> String {
    update(service, &format!(" --auto-approval {}", words(subscriptions)))
}

/// Turns the proxy protocol on or off.
pub(in crate::rules) fn set_proxy_protocol(service: &ResourceId, on: bool) -> String {
    update(service, &format!(" --enable-proxy-protocol {on}"))
}

fn words(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// Shows the addresses from which a service asks its backend.
pub(in crate::rules) fn show_service_addresses(service: &ResourceId) -> String {
    format!(
        "az network private-link-service show {} -n {} --query ipConfigurations -o jsonc",
        place(service),
        name(service),
    )
}

/// Shows how many bytes went through an endpoint or a service in each day of the last month.
pub(in crate::rules) fn show_bytes(id: &ResourceId, metrics: &[&str]) -> String {
    format!(
        "az monitor metrics list --resource {} --metrics {} --aggregation Total --interval P1D --offset 30d -o table",
        quote(id.as_str()),
        metrics.join(" "),
    )
}

/// Shows what a load balancer does with what comes in.
pub(in crate::rules) fn show_balancer(balancer: &ResourceId) -> String {
    format!(
        "az network lb show {} -n {} --query \"{{rules:loadBalancingRules[].{{name:name,frontend:frontendIPConfiguration.id,pools:backendAddressPools[].id}},pools:backendAddressPools[].{{name:name,interfaces:backendIPConfigurations[].id,addresses:loadBalancerBackendAddresses[].ipAddress}}}}\" -o jsonc",
        place(balancer),
        name(balancer),
    )
}

/// Turns a subnet's network policies for private link services off.
pub(in crate::rules) fn disable_service_policies(subnet: &ResourceId) -> String {
    let network = subnet.parent();
    format!(
        "az network vnet subnet update {} --vnet-name {} -n {} --private-link-service-network-policies Disabled",
        place(subnet),
        network.as_ref().map_or("'<vnet>'".to_owned(), name),
        name(subnet),
    )
}

/// Makes an endpoint anew, in its old place, with the alias of a service.
pub(in crate::rules) fn create_endpoint_by_alias(
    endpoint: &ResourceId,
    subnet: &ResourceId,
    alias: &str,
    connection: &str,
    location: Option<&str>,
) -> String {
    let location = location.map_or(String::new(), |location| format!(" -l {}", quote(location)));
    format!(
        "az network private-endpoint create {} -n {}{location} --subnet {} --private-connection-resource-id {} --connection-name {} --manual-request true",
        place(endpoint),
        name(endpoint),
        quote(subnet.as_str()),
        quote(alias),
        quote(connection),
    )
}
