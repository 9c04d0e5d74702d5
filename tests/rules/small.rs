//! The small estates that most tests start from: healthy, and with a name for everything one may break.

use plaudit::inventory::ResourceId;

use crate::estate::services::storage;
use crate::estate::{Estate, HOME};

pub const BLOB: &str = "privatelink.blob.core.windows.net";
/// The hub's inbound endpoint.
pub const INBOUND: &str = "10.0.1.4";

/// All there is to a private endpoint.
#[derive(Debug, Clone)]
pub struct Direct {
    pub e: Estate,
    pub vnet: ResourceId,
    pub zone: ResourceId,
    /// Of storage account `acct`, blob; in zone group `default`.
    pub pe: ResourceId,
}

impl Direct {
    /// A network with a client that uses Azure DNS and is linked to the zone.
    pub fn new() -> Self {
        let mut e = Estate::new();
        let vnet = e.vnet("vnet", "10.1.0.0/16");
        e.client(&vnet);
        let zone = e.zone(BLOB);
        e.link(&zone, &vnet);
        let pe = e.endpoint("pe", &vnet, storage("acct", "blob"));
        e.zone_group(&pe, &[&zone]);
        Direct { e, vnet, zone, pe }
    }

    pub fn record(&self) -> ResourceId {
        record(&self.zone, "acct")
    }

    pub fn address(&self) -> String {
        self.e.addresses_of(&self.pe)[0].clone()
    }

    /// The endpoint's record made by hand, without any zone group.
    pub fn by_hand(mut self) -> Self {
        let address = self.address();
        self.e.drop_zone_group(&self.pe);
        self.e.record(&self.zone, "acct", &[&address]);
        self
    }
}

/// A spoke that leaves names to its hub.
#[derive(Debug, Clone)]
pub struct Hub {
    pub e: Estate,
    /// In subscription `hub`, which is context.
    pub hub: ResourceId,
    pub spoke: ResourceId,
    /// Linked to the hub alone.
    pub zone: ResourceId,
    /// In the spoke.
    pub pe: ResourceId,
}

impl Hub {
    /// A spoke whose custom DNS server is the inbound endpoint of its hub, which is linked to the zone.
    pub fn new() -> Self {
        let mut e = Estate::new();
        e.in_subscription("hub");
        let hub = e.vnet("hub", "10.0.0.0/16");
        let resolver = e.resolver("resolver", &hub);
        e.inbound(&resolver, INBOUND);
        let zone = e.zone(BLOB);
        e.link(&zone, &hub);
        e.in_subscription(HOME);
        let spoke = e.vnet("spoke", "10.1.0.0/16");
        e.client(&spoke);
        e.dns_servers(&spoke, &[INBOUND]);
        e.peer(&hub, &spoke);
        let pe = e.endpoint("pe", &spoke, storage("acct", "blob"));
        e.zone_group(&pe, &[&zone]);
        Hub { e, hub, spoke, zone, pe }
    }

    /// The same with Azure DNS and a ruleset for `domain` that leads to the hub's inbound endpoint.
    pub fn with_ruleset(domain: &str) -> (Self, ResourceId) {
        let mut it = Hub::new();
        it.e.dns_servers(&it.spoke, &[]);
        it.e.in_subscription("hub");
        let ruleset = it.e.ruleset("ruleset");
        it.e.rule(&ruleset, domain, &[INBOUND]);
        it.e.link_ruleset(&ruleset, &it.spoke);
        it.e.in_subscription(HOME);
        (it, ruleset)
    }

    pub fn record(&self) -> ResourceId {
        record(&self.zone, "acct")
    }

    pub fn address(&self) -> String {
        self.e.addresses_of(&self.pe)[0].clone()
    }
}

/// The id of an A record.
pub fn record(zone: &ResourceId, name: &str) -> ResourceId {
    ResourceId::new(&format!("{zone}/A/{name}"))
}

/// The id of the link between a zone and a network.
pub fn link(zone: &ResourceId, vnet: &ResourceId) -> ResourceId {
    ResourceId::new(&format!("{zone}/virtualNetworkLinks/to-{}", vnet.name()))
}
