//! Private DNS zones joined with their links and with what the zone table says of their names. Knows no network
//! and no rule.

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::zones::ZoneTable;
use crate::inventory::{Inventory, ResourceId, VirtualNetworkLink};

/// What the zone table says of a zone's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Usual,
    /// A zone for one region, of an earlier edition of the table: it works, and nobody makes it any more.
    Regional,
    /// It ought not to exist: its records belong in another zone.
    NotToCreate,
}

/// A private DNS zone, joined.
#[derive(Debug)]
pub struct Zone {
    /// Whether findings about it and its links are reported.
    pub reported: bool,
    /// Whether its name can matter to a private endpoint: links and records of other zones are not asked for.
    pub related: bool,
    /// Whether its name has a `privatelink` label.
    pub private: bool,
    /// Whether Azure gives this name to the private zone of one of its services.
    pub of_azure: bool,
    pub standing: Standing,
    /// Its links (indices into the inventory), in the order of their ids.
    pub links: Vec<usize>,
}

/// Joins every zone, in the inventory's order.
pub(super) fn join(inventory: &Inventory, table: &ZoneTable) -> Vec<Zone> {
    // Zones share few names, and the table is long.
    let mut known: HashMap<&str, bool> = HashMap::new();
    for zone in &inventory.zones {
        known.entry(&zone.name).or_insert_with(|| table.knows_zone(&zone.name));
    }
    let zone = |zone: &crate::inventory::PrivateDnsZone| Zone {
        reported: super::is_reported(inventory, &zone.id),
        related: table.is_private_link_zone(&zone.name),
        private: super::zones::has_private_label(&zone.name),
        of_azure: known.get(&*zone.name).copied().unwrap_or_default(),
        standing: standing(table, &zone.name),
        links: Vec::new(),
    };
    let mut zones: Vec<Zone> = inventory.zones.par_iter().map(zone).collect();
    let by_id: HashMap<&ResourceId, usize> =
        inventory.zones.iter().enumerate().map(|(index, zone)| (&zone.id, index)).collect();
    for (index, link) in inventory.links.iter().enumerate() {
        let zone = link.id.parent().and_then(|id| by_id.get(&id).copied());
        if let Some(zone) = zone.and_then(|zone| zones.get_mut(zone)) {
            zone.links.push(index);
        }
    }
    zones
}

fn standing(table: &ZoneTable, name: &str) -> Standing {
    if table.is_zone_not_to_create(name) {
        Standing::NotToCreate
    } else if table.is_regional_edition(name) {
        Standing::Regional
    } else {
        Standing::Usual
    }
}

/// Whether Azure did not carry out what was last asked of a link, so that nobody can say whether it works: one that
/// was there before does, one that was just made does not (Azure REST: private DNS, ProvisioningState).
pub fn is_broken(link: &VirtualNetworkLink) -> bool {
    link.provisioning_state
        .as_deref()
        .is_some_and(|state| ["Failed", "Canceled"].iter().any(|broken| state.eq_ignore_ascii_case(broken)))
}
