//! The sample estates inside the binary: Contoso's, healthy and with mistakes.

use std::collections::BTreeMap;

use plaudit::inventory::{Collected, Kind, ResourceId};
use serde_json::json;

use super::services::{Service, cosmos, key_vault, registry, service_bus, sql_server, storage, web_app};
use super::{Estate, dns, shapes};

/// The hub's resolver.
const RESOLVER: &str = "10.0.1.4";
/// The hub's firewall, which is a DNS proxy.
const FIREWALL: &str = "10.0.2.4";
/// The old network's DNS servers are a scale set, which no list of interfaces shows.
const LEGACY_DNS: &str = "10.90.0.4";

const ZONES: [&str; 9] = [
    "privatelink.azurecr.io",
    "privatelink.azurewebsites.net",
    "privatelink.blob.core.windows.net",
    "privatelink.database.windows.net",
    "privatelink.dfs.core.windows.net",
    "privatelink.documents.azure.com",
    "privatelink.file.core.windows.net",
    "privatelink.servicebus.windows.net",
    "privatelink.vaultcore.azure.net",
];

/// Contoso's estate, with the ids of what is in it. Clone it and break one thing.
#[derive(Debug, Clone)]
pub struct Demo {
    pub e: Estate,
    /// Holds the resolver, the firewall and every link that the others lean on. Context.
    pub hub: ResourceId,
    /// The old hub of the stores. Context.
    pub legacy: ResourceId,
    /// Asks the hub's firewall.
    pub shared: ResourceId,
    /// Asks the hub's resolver.
    pub retail: ResourceId,
    /// Asks the old network's DNS servers.
    pub stores: ResourceId,
    /// Azure-provided DNS and links of its own.
    pub analytics: ResourceId,
    /// As `analytics`, whose endpoints its machines use.
    pub lab: ResourceId,
    /// Azure-provided DNS and a forwarding ruleset.
    pub factory: ResourceId,
    pub resolver: ResourceId,
    pub firewall: ResourceId,
    pub policy: ResourceId,
    pub ruleset: ResourceId,
    /// By name.
    pub zones: BTreeMap<&'static str, ResourceId>,
    /// By name.
    pub endpoints: BTreeMap<&'static str, ResourceId>,
}

impl Demo {
    /// Everything resolves, everything was read: an audit has nothing to say.
    pub fn healthy() -> Self {
        let mut e = Estate::empty();
        e.in_subscription("contoso-connectivity").in_group("rg-connectivity");
        let hub = e.vnet("vnet-hub-weu", "10.0.0.0/16");
        e.add_prefix(&hub, "10.1.0.0/16");
        let resolver = e.resolver("dnspr-hub-weu", &hub);
        e.inbound(&resolver, RESOLVER);
        let firewall = e.firewall("afw-hub-weu", &hub, FIREWALL);
        let policy = e.firewall_policy("afwp-hub-weu", true, &[RESOLVER]);
        e.use_policy(&firewall, &policy);
        let ruleset = e.ruleset("dnsfrs-hub-weu");
        e.rule(&ruleset, "blob.core.windows.net.", &[RESOLVER]);
        e.rule(&ruleset, "vault.azure.net.", &[RESOLVER]);
        e.in_group("rg-dns");
        let mut zones = BTreeMap::new();
        for name in ZONES {
            let zone = e.zone(name);
            e.link(&zone, &hub);
            zones.insert(name, zone);
        }
        let mut network = |subscription: &str, name: &str, prefix: &str| {
            e.in_subscription(subscription).in_group("rg-network");
            e.vnet(name, prefix)
        };
        let legacy = network("contoso-legacy", "vnet-legacy-weu", "10.90.0.0/16");
        let shared = network("contoso-shared", "vnet-shared-weu", "10.30.0.0/16");
        let retail = network("contoso-retail", "vnet-retail-weu", "10.10.0.0/16");
        let stores = network("contoso-retail", "vnet-stores-weu", "10.60.0.0/16");
        let analytics = network("contoso-analytics", "vnet-analytics-weu", "10.20.0.0/16");
        let lab = network("contoso-analytics", "vnet-lab-weu", "10.50.0.0/16");
        let factory = network("contoso-factory", "vnet-factory-weu", "10.40.0.0/16");
        for subscription in ["contoso-shared", "contoso-retail", "contoso-analytics", "contoso-factory"] {
            e.audit(subscription);
        }
        let endpoints = BTreeMap::new();
        #[rustfmt::skip]
        let mut demo = Demo {
            e, hub, legacy, shared, retail, stores, analytics, lab, factory, resolver, firewall, policy, ruleset,
            zones, endpoints,
        };
        demo.populate();
        demo.connect();
        demo.lead_to_services();
        demo
    }

    /// The same estate with one of each mistake that the core rules report, and one list that may not be read.
    pub fn faulty() -> Self {
        let mut demo = Self::healthy();
        demo.break_connections();
        demo.break_dns();
        demo.break_peerings();
        demo.hide_legacy_networks();
        demo
    }

    /// An endpoint by name.
    pub fn endpoint(&self, name: &str) -> &ResourceId {
        &self.endpoints[name]
    }

    /// The A record of this name in this zone.
    pub fn record(&self, zone: &str, name: &str) -> ResourceId {
        dns::record_id(&self.zones[zone], "A", name)
    }

    /// Machines, so that every network has somebody who asks.
    fn populate(&mut self) {
        let e = &mut self.e;
        for (vnet, machine, address) in [
            (&self.retail, "vm-orders-01-nic", "10.10.0.4"),
            (&self.retail, "vm-orders-02-nic", "10.10.0.5"),
            (&self.stores, "vm-tills-01-nic", "10.60.0.4"),
            (&self.analytics, "vm-notebook-01-nic", "10.20.0.4"),
            (&self.lab, "vm-lab-01-nic", "10.50.0.4"),
            (&self.factory, "vm-gateway-01-nic", "10.40.0.4"),
        ] {
            e.machine(vnet, machine, address);
        }
        e.scale_set(&self.shared);
        e.scale_set(&self.legacy);
        e.delegate(&self.retail, "snet-apps", "10.10.2.0/24", "Microsoft.Web/serverFarms");
    }

    /// Peerings, DNS servers, links.
    fn connect(&mut self) {
        let e = &mut self.e;
        for spoke in [&self.shared, &self.retail, &self.stores, &self.analytics, &self.lab, &self.factory] {
            e.peer(&self.hub, spoke);
        }
        e.peer(&self.legacy, &self.stores);
        e.peer(&self.analytics, &self.lab);
        e.dns_servers(&self.shared, &[FIREWALL]);
        e.dns_servers(&self.retail, &[RESOLVER]);
        e.dns_servers(&self.stores, &[LEGACY_DNS]);
        e.link_ruleset(&self.ruleset, &self.factory);
        for (vnet, linked) in [
            (&self.analytics, &["blob.core.windows.net", "dfs.core.windows.net", "documents.azure.com"][..]),
            (&self.analytics, &["servicebus.windows.net", "vaultcore.azure.net"]),
            (&self.lab, &["blob.core.windows.net", "dfs.core.windows.net", "documents.azure.com"]),
            (&self.lab, &["servicebus.windows.net", "vaultcore.azure.net"]),
            (&self.legacy, &["blob.core.windows.net", "database.windows.net"]),
        ] {
            for suffix in linked {
                e.link(&self.zones[format!("privatelink.{suffix}").as_str()], vnet);
            }
        }
    }

    fn lead_to_services(&mut self) {
        let payments = format!(
            "/subscriptions/{}/resourceGroups/rg-payments/providers/Microsoft.KeyVault/vaults/kv-contoso-payments",
            shapes::guid("the payment team's subscription")
        );
        let at = |vnet: &ResourceId, group: &'static str| (vnet.clone(), group);
        let shared = at(&self.shared, "rg-platform");
        let (orders, invoices) = (at(&self.retail, "rg-orders"), at(&self.retail, "rg-invoices"));
        let stores = at(&self.stores, "rg-stores");
        let (lake, lab) = (at(&self.analytics, "rg-lake"), at(&self.lab, "rg-lab"));
        let factory = at(&self.factory, "rg-factory");
        for (name, place, service) in [
            ("pe-acr-platform", &shared, registry("acrcontoso", "westeurope")),
            ("pe-kv-platform", &shared, key_vault("kv-contoso-platform")),
            ("pe-app-shop", &orders, web_app("app-contoso-shop")),
            ("pe-kv-payments", &orders, key_vault("kv-contoso-payments").at(&payments)),
            ("pe-sql-orders", &orders, sql_server("sql-contoso-orders")),
            ("pe-st-orders-blob", &orders, storage("stcontosoorders", "blob")),
            ("pe-st-invoices-file", &invoices, storage("stcontosoinvoices", "file")),
            ("pe-sql-stores", &stores, sql_server("sql-contoso-stores")),
            ("pe-st-stores-blob", &stores, storage("stcontosostores", "blob")),
            ("pe-cosmos-forecast", &lake, cosmos("cosmos-contoso-forecast", "westeurope")),
            ("pe-cosmos-sessions", &lake, cosmos("cosmos-contoso-sessions", "westeurope")),
            ("pe-kv-lake", &lake, key_vault("kv-contoso-lake")),
            ("pe-sb-telemetry", &lake, service_bus("sb-contoso-telemetry")),
            ("pe-st-lake-blob", &lake, storage("stcontosolake", "blob")),
            ("pe-st-lake-dfs", &lake, storage("stcontosolake", "dfs")),
            ("pe-st-lab-blob", &lab, storage("stcontosolab", "blob")),
            ("pe-st-trials-blob", &lab, storage("stcontosotrials", "blob")),
            ("pe-kv-factory", &factory, key_vault("kv-contoso-factory")),
            ("pe-st-factory-blob", &factory, storage("stcontosofactory", "blob")),
        ] {
            self.lead(name, &place.0, place.1, service);
        }
    }

    fn lead(&mut self, name: &'static str, vnet: &ResourceId, group: &str, service: Service) {
        let zone = self.zones[service.names().next().expect("a name").zone.as_str()].clone();
        self.e.in_group(group);
        let id = self.e.endpoint(name, vnet, service);
        self.e.zone_group(&id, &[&zone]);
        self.endpoints.insert(name, id);
    }

    /// PE-001, PE-002.
    fn break_connections(&mut self) {
        self.e.pending(&self.endpoints["pe-kv-payments"]);
        self.e.rejected(&self.endpoints["pe-cosmos-forecast"], "use cosmos-contoso-sessions instead");
    }

    /// DNS-001, DNS-010, DNS-021, DNS-022, DNS-023.
    fn break_dns(&mut self) {
        let e = &mut self.e;
        e.drop_zone_group(&self.endpoints["pe-sb-telemetry"]);
        let zone = self.zones.remove("privatelink.servicebus.windows.net").expect("the zone");
        e.remove(&zone);
        e.unlink(&self.zones["privatelink.blob.core.windows.net"], &self.lab);
        e.drop_zone_group(&self.endpoints["pe-st-invoices-file"]);
        // The endpoint was made anew; the record, made by hand, still has the old address.
        e.drop_zone_group(&self.endpoints["pe-kv-factory"]);
        e.record(&self.zones["privatelink.vaultcore.azure.net"], "kv-contoso-factory", &["10.40.4.200"]);
        let own = e.addresses_of(&self.endpoints["pe-st-orders-blob"])[0].clone();
        let record = self.record("privatelink.blob.core.windows.net", "stcontosoorders");
        self.e.set_addresses(&record, &[&own, "10.10.4.200"]);
    }

    /// NET-001, NET-003.
    fn break_peerings(&mut self) {
        self.e.unpeer(&self.analytics, &self.lab);
        self.e.out_of_sync(&self.factory, &self.hub, &["10.0.0.0/16"]);
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

/// A snapshot file's text, written here by hand so that it can stand as witness to the product's writer.
pub fn snapshot_text(collected: &Collected) -> String {
    let origin = &collected.origin;
    // One field at a time: a JSON object of serde_json would sort them.
    let mut text = format!(
        r#"{{"plaudit":"snapshot","version":1,"tool":{{"name":"plaudit","version":"0.1.0"}},"cloud":{},"tenantId":{},"collectedAt":{},"scope":{}}}"#,
        json!(origin.cloud),
        json!(origin.tenant_id),
        json!(origin.collected_at),
        serde_json::to_string(&origin.scope).expect("a scope"),
    );
    text.push('\n');
    for resource in &collected.resources {
        text.push_str(&resource.json);
        text.push('\n');
    }
    let coverage = serde_json::to_string(&collected.coverage).expect("coverage");
    text.push_str(&format!(
        r#"{{"footer":true,"resources":{},"coverage":{coverage}}}"#,
        collected.resources.len()
    ));
    text.push('\n');
    text
}
