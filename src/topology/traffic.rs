//! What was measured of endpoints and private link services, and what of it should be asked for. Knows no rule.

use std::collections::{BTreeSet, HashMap};

use super::Topology;
use super::endpoints::Status;
use super::knowledge::Seen;
use crate::inventory::{Inventory, Kind, Measure, Measured, ResourceId, Want, Window};

/// Where in the inventory it stands what was measured of a resource.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    places: HashMap<(ResourceId, Measure), usize>,
}

impl Traffic {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let places = inventory.measured.iter().enumerate();
        Traffic { places: places.map(|(at, one)| ((one.of.clone(), one.measure), at)).collect() }
    }
}

impl Topology {
    /// What was measured of a resource: `Absent` where it was not asked for, `Unknown` where it did not arrive.
    pub fn measured(&self, of: &ResourceId, measure: Measure) -> Seen<&Measured> {
        let place = self.traffic.places.get(&(of.clone(), measure));
        match place.and_then(|place| self.inventory.measured.get(*place)) {
            Some(measured) => Seen::Found(measured),
            None => self.knowledge.single(Kind::Metrics, of).map_or(Seen::Absent, Seen::Unknown),
        }
    }

    /// What is to be measured where that is asked for: approved endpoints and private link services that are reported
    /// on. Through an endpoint that is not approved nothing can go.
    pub(super) fn want_metrics(&self, wants: &mut BTreeSet<Want>) {
        let origin = &self.inventory.origin;
        let Some(span) = origin.scope.metrics else { return };
        let Some(window) = Window::before(&origin.collected_at, span) else { return };
        let mut want = |of: &ResourceId, region: Option<&str>, measure: Measure| {
            if !self.inventory.coverage.was_asked(Kind::Metrics, of) && self.is_askable(of) {
                let region = region.unwrap_or_default().into();
                wants.insert(Want::Metrics { of: of.clone(), region, measure, window });
            }
        };
        for endpoint in self.reported_endpoints() {
            if endpoint.connections.iter().any(|connection| Status::of(connection) == Status::Approved) {
                want(&endpoint.id, endpoint.location.as_deref(), Measure::EndpointBytes);
            }
        }
        let services = self.inventory.private_link_services.iter().zip(&self.services.joined);
        for (service, _) in services.filter(|(_, joined)| joined.reported) {
            want(&service.id, service.location.as_deref(), Measure::ServiceBytes);
            want(&service.id, service.location.as_deref(), Measure::NatPorts);
        }
    }
}
