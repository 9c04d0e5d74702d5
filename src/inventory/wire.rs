//! JSON as Azure sends it → the kinds. The only place that names Azure's own models.

use super::{Collected, Inventory};

/// Takes every resource apart.
pub fn inventory(collected: Collected) -> Inventory {
    Inventory { origin: collected.origin, coverage: collected.coverage, ..Inventory::default() }
}
