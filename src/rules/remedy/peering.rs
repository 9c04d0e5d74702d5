//! Commands about peerings.

use super::{name, place, quote};
use crate::inventory::ResourceId;

/// The network of a peering.
fn vnet(peering: &ResourceId) -> String {
    quote(peering.parent().as_ref().map_or("<vnet>", |network| network.name()))
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
