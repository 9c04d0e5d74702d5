//! The sample estates inside the binary: Contoso's, healthy and with mistakes.

use std::collections::BTreeMap;

use plaudit::inventory::{Collected, ResourceId};
use serde_json::json;

use super::network::{ENDPOINTS, subnet_id};
use super::rounds;
use super::services::{
    Service, cosmos, key_vault, private_link_service, registry, search, service_bus, sql_server, storage,
    web_app,
};
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

/// The zone that the analytics team keeps itself, beside its endpoint.
const SEARCH: &str = "privatelink.search.windows.net";

/// May use the plant's data.
pub(super) const PARTNER: &str = "Fabrikam's subscription";

/// As (name, priority, access, source, destination, ports).
const SECURITY_RULES: [(&str, u64, &str, &str, &str, &str); 3] = [
    ("deny-quarantine", 150, "Deny", "10.21.0.0/16", "*", "*"),
    ("allow-clients", 200, "Allow", "VirtualNetwork", "*", "*"),
    ("deny-others", 4000, "Deny", "*", "*", "*"),
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
    /// Build agents, which ask the hub's resolver and use what `shared` holds.
    pub build: ResourceId,
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
    /// Azure-provided DNS and links of its own, for the endpoints of `factory`. Offers their data as a private link service.
    pub plant: ResourceId,
    pub resolver: ResourceId,
    pub firewall: ResourceId,
    pub policy: ResourceId,
    pub ruleset: ResourceId,
    /// Lets clients through to the endpoints of `analytics`.
    pub security_group: ResourceId,
    pub balancer: ResourceId,
    /// The plant's private link service, on `balancer`.
    pub service: ResourceId,
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
        let build = network("contoso-shared", "vnet-build-weu", "10.31.0.0/16");
        let retail = network("contoso-retail", "vnet-retail-weu", "10.10.0.0/16");
        let stores = network("contoso-retail", "vnet-stores-weu", "10.60.0.0/16");
        let analytics = network("contoso-analytics", "vnet-analytics-weu", "10.20.0.0/16");
        let lab = network("contoso-analytics", "vnet-lab-weu", "10.50.0.0/16");
        let factory = network("contoso-factory", "vnet-factory-weu", "10.40.0.0/16");
        let plant = network("contoso-factory", "vnet-plant-weu", "10.41.0.0/16");
        for subscription in ["contoso-shared", "contoso-retail", "contoso-analytics", "contoso-factory"] {
            e.audit(subscription);
        }
        e.in_subscription("contoso-factory").in_group("rg-plant");
        let balancer = e.balancer("lbi-plant-weu", &plant);
        let service = e.link_service("pls-plant-data", &plant, &balancer);
        let own = e.subscription_guid("contoso-analytics");
        let seen_by = [own.clone(), shapes::guid(PARTNER)];
        e.edit(&service, |s| {
            s["properties"]["visibility"] = json!({"subscriptions": seen_by});
            s["properties"]["autoApproval"] = json!({"subscriptions": [own]});
        });
        e.in_subscription("contoso-analytics").in_group("rg-network");
        let security_group = e.security_group("nsg-endpoints-weu", &SECURITY_RULES);
        let endpoints = BTreeMap::new();
        #[rustfmt::skip]
        let mut demo = Demo {
            e, hub, legacy, shared, build, retail, stores, analytics, lab, factory, plant, resolver, firewall,
            policy, ruleset, security_group, balancer, service, zones, endpoints,
        };
        demo.populate();
        demo.connect();
        demo.ask_dns();
        demo.lead_to_services();
        demo.lead_to_own_services();
        demo
    }

    /// What a run holds in its hands that has read this estate.
    pub fn collected(&self) -> Collected {
        rounds::read(&self.e)
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
            (&self.build, "vm-agent-01-nic", "10.31.0.4"),
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

    /// Peerings, gateways, what filters.
    fn connect(&mut self) {
        let e = &mut self.e;
        for spoke in
            [&self.shared, &self.build, &self.retail, &self.stores, &self.analytics, &self.lab, &self.factory]
        {
            e.peer(&self.hub, spoke);
        }
        e.peer(&self.legacy, &self.stores);
        e.peer(&self.analytics, &self.lab);
        e.peer(&self.shared, &self.build);
        e.peer(&self.factory, &self.plant);
        e.gateway(&self.hub, "10.0.3.0/27");
        for spoke in [&self.retail, &self.factory] {
            e.flag(&self.hub, spoke, "allowGatewayTransit", true);
            e.flag(spoke, &self.hub, "useRemoteGateways", true);
        }
        let endpoints = subnet_id(&self.analytics, ENDPOINTS);
        e.use_security_group(&endpoints, &self.security_group).endpoint_policies(&endpoints, "Enabled");
    }

    /// DNS servers, links.
    fn ask_dns(&mut self) {
        let e = &mut self.e;
        e.dns_servers(&self.shared, &[FIREWALL]);
        e.dns_servers(&self.build, &[RESOLVER]);
        e.dns_servers(&self.retail, &[RESOLVER]);
        e.dns_servers(&self.stores, &[LEGACY_DNS]);
        e.link_ruleset(&self.ruleset, &self.factory);
        for (vnet, linked) in [
            (&self.analytics, &["blob.core.windows.net", "dfs.core.windows.net", "documents.azure.com"][..]),
            (&self.analytics, &["servicebus.windows.net", "vaultcore.azure.net"]),
            (&self.lab, &["blob.core.windows.net", "dfs.core.windows.net", "documents.azure.com"]),
            (&self.lab, &["servicebus.windows.net", "vaultcore.azure.net"]),
            (&self.plant, &["blob.core.windows.net", "vaultcore.azure.net"]),
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
        let archive = at(&self.retail, "rg-archive");
        let factory = at(&self.factory, "rg-factory");
        for (name, place, service) in [
            ("pe-acr-platform", &shared, registry("acrcontoso", "westeurope")),
            ("pe-kv-platform", &shared, key_vault("kv-contoso-platform")),
            ("pe-app-shop", &orders, web_app("app-contoso-shop")),
            ("pe-kv-payments", &orders, key_vault("kv-contoso-payments").at(&payments)),
            ("pe-sql-orders", &orders, sql_server("sql-contoso-orders")),
            ("pe-st-orders-blob", &orders, storage("stcontosoorders", "blob")),
            ("pe-st-invoices-file", &invoices, storage("stcontosoinvoices", "file")),
            ("pe-st-archive-blob", &archive, storage("stcontosoarchive", "blob")),
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
            ("pe-st-drawings-blob", &factory, storage("stcontosodrawings", "blob")),
        ] {
            self.lead(name, &place.0, place.1, service);
        }
        let lake = self.e.target_id(&self.endpoints["pe-st-lake-blob"]);
        self.e.set_target(&lake, "isHnsEnabled", true);
    }

    /// An index with a zone that its team keeps itself, and the plant's own service.
    fn lead_to_own_services(&mut self) {
        self.e.in_subscription("contoso-analytics").in_group("rg-search");
        let zone = self.e.zone(SEARCH);
        for vnet in [&self.analytics, &self.lab] {
            self.e.link(&zone, vnet);
        }
        self.zones.insert(SEARCH, zone);
        let analytics = self.analytics.clone();
        self.lead("pe-srch-catalog", &analytics, "rg-search", search("srch-contoso-catalog"));
        let service = private_link_service("pls-plant-data").at(self.service.as_str());
        self.e.in_group("rg-lake");
        let id = self.e.endpoint("pe-plant-data", &analytics, service);
        self.e.service_connection(&self.service, &id, "Approved");
        self.endpoints.insert("pe-plant-data", id);
    }

    pub(super) fn lead(&mut self, name: &'static str, vnet: &ResourceId, group: &str, service: Service) {
        let zone = self.zones[service.names().next().expect("a name").zone.as_str()].clone();
        self.e.in_group(group);
        let id = self.e.endpoint(name, vnet, service);
        self.e.zone_group(&id, &[&zone]);
        self.endpoints.insert(name, id);
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
