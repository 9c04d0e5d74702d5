//! Commands about routes, security groups and what applies to a subnet.

use super::{name, place, quote};
use crate::inventory::ResourceId;

fn network_of(child: &ResourceId) -> String {
    child.parent().as_ref().map_or("'<vnet>'".to_owned(), name)
}

/// Lets a peering take what the other side forwards.
pub(in crate::rules) fn allow_forwarded_traffic(peering: &ResourceId) -> String {
    format!(
        "az network vnet peering update {} --vnet-name {} -n {} --set allowForwardedTraffic=true",
        place(peering),
        network_of(peering),
        name(peering),
    )
}

/// Shows the routes of a table.
pub(in crate::rules) fn list_routes(table: &ResourceId) -> String {
    format!("az network route-table route list {} --route-table-name {} -o table", place(table), name(table))
}

/// Sets what applies to the endpoints of a subnet.
pub(in crate::rules) fn set_endpoint_policies(subnet: &ResourceId, policies: &str) -> String {
    format!(
        "az network vnet subnet update {} --vnet-name {} -n {} --private-endpoint-network-policies {policies}",
        place(subnet),
        network_of(subnet),
        name(subnet),
    )
}

/// A rule that lets clients in.
pub(in crate::rules) struct Opening<'a> {
    pub name: &'a str,
    pub priority: u64,
    pub sources: &'a [String],
    pub destinations: &'a [String],
    pub ports: &'a [String],
}

/// Makes a rule of a security group that lets clients in.
pub(in crate::rules) fn allow_inbound(group: &ResourceId, rule: &Opening<'_>) -> String {
    let words = |words: &[String]| words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
    format!(
        "az network nsg rule create {} --nsg-name {} -n {} --priority {} --direction Inbound --access Allow --protocol Tcp --source-address-prefixes {} --destination-address-prefixes {} --destination-port-ranges {}",
        place(group),
        name(group),
        quote(rule.name),
        rule.priority,
        words(rule.sources),
        words(rule.destinations),
        words(rule.ports),
    )
}
