//! The mistakes of the sample estate, each one that a real company makes.

use plaudit::inventory::{Kind, ResourceId};

use super::demo::{Demo, PARTNER};
use super::services::key_vault;
use super::{dns, shapes};

const BLOB: &str = "privatelink.blob.core.windows.net";
const SEARCH: &str = "privatelink.search.windows.net";
const VAULT: &str = "privatelink.vaultcore.azure.net";

impl Demo {
    /// The healthy estate with mistakes of many kinds, and one list that may not be read.
    pub fn faulty() -> Self {
        let mut demo = Self::healthy();
        demo.break_connections();
        demo.share_a_record();
        demo.break_records();
        demo.break_zones();
        demo.copy_a_zone();
        demo.break_dns_servers();
        demo.break_peerings();
        demo.break_paths();
        demo.break_the_service();
        demo.hide_legacy_networks();
        demo
    }

    /// PE-001, PE-002, PE-003, PE-005, PE-014.
    fn break_connections(&mut self) {
        let e = &mut self.e;
        e.pending(&self.endpoints["pe-kv-payments"]);
        e.rejected(&self.endpoints["pe-cosmos-forecast"], "use cosmos-contoso-sessions instead");
        // Its owner cleaned up the connections of the shop.
        e.set_status(&self.endpoints["pe-app-shop"], "Disconnected");
        e.forget_at_target(&self.endpoints["pe-app-shop"]);
        // The old archive was deleted; nobody thought of the endpoint.
        let archive = &self.endpoints["pe-st-archive-blob"];
        e.delete_target(&e.target_id(archive));
        e.set_status(archive, "Disconnected");
        // "We only use blobs."
        let files = self.endpoints.remove("pe-st-lake-dfs").expect("the endpoint");
        e.delete_endpoint(&files);
    }

    /// PE-008. The search team made an endpoint of its own for the lake's vault.
    fn share_a_record(&mut self) {
        let vault = self.e.target(&self.endpoints["pe-kv-lake"]);
        let analytics = self.analytics.clone();
        self.lead("pe-kv-search", &analytics, "rg-search", key_vault("kv-contoso-lake").at(&vault));
    }

    /// DNS-021, DNS-022, DNS-023.
    fn break_records(&mut self) {
        let e = &mut self.e;
        e.drop_zone_group(&self.endpoints["pe-st-invoices-file"]);
        // The endpoint was made anew; the record, made by hand, still has the old address.
        e.drop_zone_group(&self.endpoints["pe-kv-factory"]);
        e.record(&self.zones[VAULT], "kv-contoso-factory", &["10.40.4.200"]);
        let own = e.addresses_of(&self.endpoints["pe-st-orders-blob"])[0].clone();
        let record = dns::record_id(&self.zones[BLOB], "A", "stcontosoorders");
        e.set_addresses(&record, &[&own, "10.10.4.200"]);
    }

    /// DNS-001, DNS-010, DNS-012, DNS-013.
    fn break_zones(&mut self) {
        let e = &mut self.e;
        e.drop_zone_group(&self.endpoints["pe-sb-telemetry"]);
        let zone = self.zones.remove("privatelink.servicebus.windows.net").expect("the zone");
        e.remove(&zone);
        e.unlink(&self.zones[BLOB], &self.lab);
        let search = &self.zones[SEARCH];
        let network = self.analytics.as_str().replace("vnet-analytics-weu", "vnet-pilot-weu");
        e.link(search, &ResourceId::new(&network));
        e.edit(&dns::link_id(search, &self.analytics), |l| {
            l["properties"]["registrationEnabled"] = true.into();
        });
    }

    /// DNS-014, DNS-015, DNS-037. The factory's team made a zone of its own for the storage accounts, filled it by
    /// hand, and linked it: to the plant in place of the hub's, to the factory beside the hub's ruleset.
    fn copy_a_zone(&mut self) {
        let e = &mut self.e;
        e.unlink(&self.zones[BLOB], &self.plant);
        e.in_subscription("contoso-factory").in_group("rg-plant");
        let copy = e.zone(BLOB);
        e.record(&copy, "stcontosofactory", &["10.40.4.201"]);
        e.link(&copy, &self.factory);
        e.link(&copy, &self.plant);
    }

    /// DNS-035, DNS-036.
    fn break_dns_servers(&mut self) {
        // A slip of the finger: the resolver is at 10.0.1.4.
        self.e.dns_servers(&self.build, &["10.0.1.5"]);
        self.e.edit(&self.policy, |p| p["properties"]["dnsSettings"]["enableProxy"] = false.into());
    }

    /// NET-001, NET-002, NET-003, NET-005, NET-009.
    fn break_peerings(&mut self) {
        let e = &mut self.e;
        e.unpeer(&self.analytics, &self.lab);
        e.only_one_side(&self.build, &self.shared);
        e.out_of_sync(&self.factory, &self.hub, &["10.0.0.0/16"]);
        e.flag(&self.hub, &self.retail, "allowGatewayTransit", false);
        e.flag(&self.lab, &self.hub, "allowVirtualNetworkAccess", false);
    }

    /// NET-019. One bit less, and the network's own machines are in quarantine too.
    fn break_paths(&mut self) {
        self.e.edit(&self.security_group, |g| {
            g["properties"]["securityRules"][0]["properties"]["sourceAddressPrefix"] = "10.20.0.0/15".into();
        });
    }

    /// PLS-001, PLS-004. The machines moved to another pool; a partner waits meanwhile.
    fn break_the_service(&mut self) {
        let partner = ResourceId::new(&format!(
            "/subscriptions/{}/resourceGroups/rg-partner/providers/Microsoft.Network/privateEndpoints/pe-fabrikam",
            shapes::guid(PARTNER)
        ));
        self.e.service_connection(&self.service, &partner, "Pending");
        self.e.edit(&self.balancer, |b| {
            let pool = &mut b["properties"]["backendAddressPools"][0]["properties"];
            pool["backendIPConfigurations"] = serde_json::json!([]);
            pool["loadBalancerBackendAddresses"] = serde_json::json!([]);
        });
    }

    /// The stores ask a DNS server in networks that the caller may not list: nobody can say what they resolve.
    fn hide_legacy_networks(&mut self) {
        let guid = self.e.subscription_guid("contoso-legacy");
        self.e.gap(Kind::VirtualNetworks, "contoso-legacy", 403, "AuthorizationFailed");
        let gap = self.e.gaps.last_mut().expect("the gap");
        gap.message = format!(
            "The client has no authorization to perform action 'Microsoft.Network/virtualNetworks/read' over scope \
             '/subscriptions/{guid}'."
        );
    }
}
