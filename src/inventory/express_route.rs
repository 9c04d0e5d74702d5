//! ExpressRoute: circuits, what their Microsoft peering lets through, and the communities it is told by.

use super::ResourceId;

/// A circuit (Azure REST: Microsoft.Network, expressRouteCircuits).
#[derive(Debug, Clone)]
pub struct Circuit {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    /// `Enabled`, `Disabled` and what lies between.
    pub circuit_state: Option<Box<str>>,
    /// `NotProvisioned`, `Provisioning`, `Provisioned`, `Deprovisioning`.
    pub provider_state: Option<Box<str>>,
    /// Whether it stands on a port of one's own, where there is no provider.
    pub direct: bool,
    pub peerings: Vec<CircuitPeering>,
}

/// A peering of a circuit.
#[derive(Debug, Clone)]
pub struct CircuitPeering {
    pub name: Box<str>,
    /// `AzurePrivatePeering`, `MicrosoftPeering`, `AzurePublicPeering`.
    pub kind: Option<Box<str>>,
    /// `Enabled` or `Disabled`.
    pub state: Option<Box<str>>,
    pub route_filter: Option<ResourceId>,
}

/// A route filter (Azure REST: Microsoft.Network, routeFilters).
#[derive(Debug, Clone)]
pub struct RouteFilter {
    pub id: ResourceId,
    pub rules: Vec<RouteFilterRule>,
    /// The peerings it is attached to.
    pub peerings: Vec<ResourceId>,
}

/// What a route filter lets through.
#[derive(Debug, Clone)]
pub struct RouteFilterRule {
    pub name: Box<str>,
    /// `Allow` or `Deny`.
    pub access: Option<Box<str>>,
    /// As `12076:51004`.
    pub communities: Vec<Box<str>>,
}

/// A service or region and the communities by which its routes are told (Azure REST: Microsoft.Network,
/// bgpServiceCommunities).
#[derive(Debug, Clone)]
pub struct ServiceCommunity {
    pub id: ResourceId,
    /// (name, value), as `("Azure East US", "12076:51004")`.
    pub communities: Vec<(Box<str>, Box<str>)>,
}
