//! The names that endpoints bear, as their services have them.

use super::Estate;
use super::services::Name;

impl Estate {
    /// Every name of every endpoint's service, approved or not, in the order of the endpoints' ids.
    pub fn service_names(&self) -> Vec<Name> {
        self.services.values().flat_map(|service| service.names().cloned()).collect()
    }
}
