//! Zone groups beyond the usual one.

use plaudit::inventory::ResourceId;

use super::{Estate, shapes};

impl Estate {
    /// Attaches a zone group in the place of the one there is.
    pub fn zone_group_again(&mut self, endpoint: &ResourceId, zones: &[&ResourceId]) -> ResourceId {
        self.apart.retain(|id, _| id.parent().as_ref() != Some(endpoint));
        self.zone_group(endpoint, zones)
    }

    /// Attaches a further zone group, which Azure's own tools refuse. It writes no record.
    pub fn second_zone_group(
        &mut self,
        endpoint: &ResourceId,
        name: &str,
        zones: &[&ResourceId],
    ) -> ResourceId {
        let id = ResourceId::new(&format!("{endpoint}/privateDnsZoneGroups/{name}"));
        let configs = zones.iter().map(|zone| ((*zone).clone(), Vec::new())).collect();
        self.apart.insert(id.clone(), shapes::zone_group(&id, configs));
        id
    }
}
