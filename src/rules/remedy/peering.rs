//! Commands about peerings.

use super::{name, place, quote};
use crate::inventory::ResourceId;

/// The network of a peering.
fn vnet(peering: &ResourceId) -> String {
    quote(peering.parent().as_ref().map_or("<vnet>", |network| network.name()))
}

/// A flag of a peering that can be changed while it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum PeeringFlag {
    Access,
    Transit,
    RemoteGateways,
}

impl PeeringFlag {
    fn name(self) -> &'static str {
        match self {
            PeeringFlag::Access => "--allow-vnet-access",
            PeeringFlag::Transit => "--allow-gateway-transit",
            PeeringFlag::RemoteGateways => "--use-remote-gateways",
        }
    }
}

/// Turns a flag of a peering on or off and leaves all else as it is. To give a flag the value that it has writes the
/// peering anew without a change.
pub(in crate::rules) fn set_peering_flag(peering: &ResourceId, flag: PeeringFlag, on: bool) -> String {
    format!(
        "az network vnet peering update {} --vnet-name {} -n {} {} {on}",
        place(peering),
        vnet(peering),
        name(peering),
        flag.name(),
    )
}

/// Makes a peering of subnets take in exactly these subnets on either side.
pub(in crate::rules) fn set_peered_subnets(peering: &ResourceId, local: &[&str], remote: &[&str]) -> String {
    let list = |names: &[&str]| names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(" ");
    format!(
        "az network vnet peering update {} --vnet-name {} -n {} --local-subnet-names {} --remote-subnet-names {}",
        place(peering),
        vnet(peering),
        name(peering),
        list(local),
        list(remote),
    )
}

/// A network's connection to a Virtual WAN hub, named for a command.
fn hub_connection(verb: &str, connection: &ResourceId) -> String {
    let hub = quote(connection.parent().as_ref().map_or("<hub>", |hub| hub.name()));
    format!(
        "az network vhub connection {verb} {} --vhub-name {hub} -n {}",
        place(connection),
        name(connection)
    )
}

/// Shows a network's connection to a Virtual WAN hub.
pub(in crate::rules) fn show_hub_connection(connection: &ResourceId) -> String {
    format!("{} -o jsonc", hub_connection("show", connection))
}

/// Removes a network's connection to a Virtual WAN hub.
pub(in crate::rules) fn delete_hub_connection(connection: &ResourceId) -> String {
    hub_connection("delete", connection)
}

/// Connects a network to a Virtual WAN hub.
pub(in crate::rules) fn create_hub_connection(connection: &ResourceId, network: &ResourceId) -> String {
    format!("{} --remote-vnet {}", hub_connection("create", connection), quote(network.as_str()))
}

/// A Databricks workspace's peering, named for a command.
fn databricks_peering(verb: &str, peering: &ResourceId) -> String {
    let workspace = quote(peering.parent().as_ref().map_or("<workspace>", |workspace| workspace.name()));
    format!(
        "az databricks workspace vnet-peering {verb} {} --workspace-name {workspace} -n {}",
        place(peering),
        name(peering)
    )
}

/// Shows a peering that a Databricks workspace keeps.
pub(in crate::rules) fn show_databricks_peering(peering: &ResourceId) -> String {
    format!("{} -o jsonc", databricks_peering("show", peering))
}

/// Removes a peering that a Databricks workspace keeps.
pub(in crate::rules) fn delete_databricks_peering(peering: &ResourceId) -> String {
    databricks_peering("delete", peering)
}

/// Peers a Databricks workspace's network with another.
pub(in crate::rules) fn create_databricks_peering(peering: &ResourceId, network: &ResourceId) -> String {
    format!("{} --remote-vnet {}", databricks_peering("create", peering), quote(network.as_str()))
}

/// Removes a peering.
pub(in crate::rules) fn delete_peering(peering: &ResourceId) -> String {
    format!(
        "az network vnet peering delete {} --vnet-name {} -n {}",
        place(peering),
        vnet(peering),
        name(peering)
    )
}

/// The flags a peering has now, so that a new one gets the same.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::rules) struct PeeringFlags {
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
pub(in crate::rules) fn create_peering(
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
pub(in crate::rules) fn sync_peering(peering: &ResourceId) -> String {
    format!(
        "az network vnet peering sync {} --vnet-name {} -n {}",
        place(peering),
        vnet(peering),
        name(peering)
    )
}
