//! An estate that has a subject for nearly every rule: a core that everything leans on, and parts that a case takes or
//! leaves.

use plaudit::inventory::{Pack, ResourceId};
use serde_json::json;

use crate::estate::migration::migration;
use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
use crate::estate::service::alias_of;
use crate::estate::services::{
    Service, alias, key_vault, private_link_service, registry, service_bus, storage, web_app,
};
use crate::estate::{Estate, HOME};
use crate::small::{BLOB, INBOUND};

pub const VAULT: &str = "privatelink.vaultcore.azure.net";
pub const ACR: &str = "privatelink.azurecr.io";
pub const WEB: &str = "privatelink.azurewebsites.net";
pub const MIGRATE: &str = "privatelink.prod.migration.windowsazure.com";
pub const APPLIANCE: &str = "0b6f3c3e-52a4-4b59-9d8e-3f0c1d1f7a11";
const API: &str = "privatelink.api.azureml.ms";
const NOTEBOOKS: &str = "privatelink.notebooks.azure.net";
const FIREWALL: &str = "10.0.2.4";

/// The subscriptions of every yard. `hub` is context, the others are audited.
pub const SUBSCRIPTIONS: [&str; 3] = ["hub", HOME, "far"];

/// The core, with the ids that parts build on.
#[derive(Debug, Clone)]
pub struct Yard {
    pub e: Estate,
    pub hub: ResourceId,
    /// Asks the hub's resolver.
    pub spoke: ResourceId,
    /// Asks Azure and is linked to the zones.
    pub other: ResourceId,
    /// Asks Azure and is linked to the hub's ruleset.
    pub far: ResourceId,
    pub zones: Vec<ResourceId>,
}

impl Yard {
    /// Nothing is wrong in it.
    pub fn new() -> Self {
        let mut e = Estate::new();
        e.in_subscription("hub").in_group("rg-hub");
        let hub = e.vnet("hub", "10.0.0.0/16");
        let resolver = e.resolver("resolver", &hub);
        e.inbound(&resolver, INBOUND);
        let firewall = e.firewall("afw", &hub, FIREWALL);
        let policy = e.firewall_policy("policy", true, &[INBOUND]);
        e.use_policy(&firewall, &policy).gateway(&hub, "10.0.3.0/27");
        let ruleset = e.ruleset("ruleset");
        e.rule(&ruleset, "blob.core.windows.net.", &[INBOUND]);
        e.in_group("rg-dns");
        let zones: Vec<ResourceId> = [BLOB, VAULT, ACR, WEB].map(|name| e.zone(name)).into();
        zones.iter().for_each(|zone| drop(e.link(zone, &hub)));
        e.in_subscription(HOME).in_group("rg-home");
        let spoke = e.vnet("spoke", "10.1.0.0/16");
        let other = e.vnet("other", "10.2.0.0/16");
        e.in_subscription("far").audit("far").in_group("rg-far");
        let far = e.vnet("far", "10.3.0.0/16");
        e.link_ruleset(&ruleset, &far);
        for vnet in [&spoke, &other, &far] {
            e.client(vnet);
            e.peer(&hub, vnet);
        }
        e.peer(&spoke, &other).dns_servers(&spoke, &[INBOUND]);
        e.flag(&hub, &spoke, "allowGatewayTransit", true).flag(&spoke, &hub, "useRemoteGateways", true);
        zones.iter().for_each(|zone| drop(e.link(zone, &other)));
        let mut yard = Yard { e, hub, spoke, other, far, zones };
        yard.lead("pe-blob", 0, storage("acct", "blob"), &[0]);
        yard.lead("pe-acr", 0, registry("reg", "westeurope"), &[2]);
        yard.lead("pe-vault", 1, key_vault("kv"), &[1]);
        yard.lead("pe-far", 2, storage("faracct", "blob"), &[0]);
        yard.e.in_subscription(HOME).in_group("rg-home");
        yard
    }

    pub fn vnet(&self, number: usize) -> ResourceId {
        [&self.spoke, &self.other, &self.far][number % 3].clone()
    }

    /// An endpoint in a network of its own, with a zone group for some of the zones.
    fn lead(&mut self, name: &str, vnet: usize, service: Service, zones: &[usize]) -> ResourceId {
        let id = self.e.endpoint(name, &self.vnet(vnet), service);
        let zones: Vec<&ResourceId> = zones.iter().map(|zone| &self.zones[*zone]).collect();
        if !zones.is_empty() {
            self.e.zone_group(&id, &zones);
        }
        id
    }
}

/// What a case may add to the core; each part adds names of its own.
pub const PARTS: [fn(&mut Yard); 26] = [
    twins,
    lake,
    workspace,
    scopes,
    services,
    databricks,
    filter,
    appliance,
    virtual_wan,
    migrate,
    express_route,
    unknown_target,
    basic_balancer,
    overlap,
    stale_record,
    second_copy,
    public_suffix,
    cname,
    single_subnets,
    zones_not_to_create,
    by_hand,
    site,
    quiet,
    island,
    lost_network,
    second_gateway,
];

fn twins(yard: &mut Yard) {
    let vault = yard.e.ids().into_iter().find(|id| id.name() == "pe-vault").expect("the vault's endpoint");
    let target = yard.e.target(&vault);
    yard.lead("pe-twin", 1, key_vault("kv").at(&target), &[1]);
}

fn lake(yard: &mut Yard) {
    let zone = yard.e.zone_once("privatelink.dfs.core.windows.net");
    yard.e.link(&zone, &yard.other);
    let blob = yard.lead("pe-lake-blob", 1, storage("lake", "blob"), &[0]);
    let dfs = yard.lead("pe-lake-dfs", 1, storage("lake", "dfs"), &[]);
    yard.e.zone_group(&dfs, &[&zone]);
    let target = yard.e.target_id(&blob);
    yard.e.set_target(&target, "isHnsEnabled", true);
}

/// Two names in two zones.
fn workspace(yard: &mut Yard) {
    let service = Service::new("Microsoft.MachineLearningServices/workspaces", "lab", "amlworkspace").member(
        "default",
        &[("lab.api.azureml.ms", API, "lab"), ("lab.notebooks.azure.net", NOTEBOOKS, "lab")],
    );
    let zones = [API, NOTEBOOKS].map(|name| yard.e.zone_once(name));
    zones.iter().for_each(|zone| drop(yard.e.link(zone, &yard.other)));
    let pe = yard.lead("pe-lab", 1, service, &[]);
    yard.e.zone_group(&pe, &[&zones[0], &zones[1]]);
}

/// Two scopes of Azure Monitor in networks that ask one zone.
fn scopes(yard: &mut Yard) {
    let zone = yard.e.zone_once("privatelink.monitor.azure.com");
    yard.e.link(&zone, &yard.hub);
    yard.e.link(&zone, &yard.other);
    for (name, vnet) in [("one", 0), ("two", 1)] {
        let pe = yard.lead(&format!("pe-scope-{name}"), vnet, crate::zone_hygiene::scope(name), &[]);
        yard.e.zone_group(&pe, &[&zone]);
    }
}

fn services(yard: &mut Yard) {
    yard.e.in_subscription("far").in_group("rg-offer");
    let vnet = yard.e.vnet("offer", "10.8.0.0/16");
    let balancer = yard.e.balancer("lb", &vnet);
    let service = yard.e.link_service("pls", &vnet, &balancer);
    let second = yard.e.link_service("pls-proxy", &vnet, &balancer);
    let direct = yard.e.direct_service("direct", &vnet, 2);
    let everybody =
        json!({"subscriptions": [yard.e.subscription_guid(HOME), yard.e.subscription_guid("far")]});
    for one in [&service, &second, &direct] {
        yard.e.edit(one, |s| s["properties"]["visibility"] = everybody.clone());
    }
    yard.e.in_subscription(HOME).in_group("rg-home");
    let by_id = yard.lead("pe-by-id", 0, private_link_service("pls").at(service.as_str()), &[]);
    let by_alias = yard.lead("pe-by-alias", 1, alias(&alias_of(&service)), &[]);
    for pe in [&by_id, &by_alias] {
        yard.e.service_connection(&service, pe, "Approved");
    }
}

fn databricks(yard: &mut Yard) {
    yard.e.databricks_peering("lakehouse", &yard.other, "Connected");
}

/// A security group that keeps nobody out yet, on the subnets of endpoints.
fn filter(yard: &mut Yard) {
    let rules = [
        ("deny-quarantine", 150, "Deny", "10.77.0.0/16", "*", "*"),
        ("allow-clients", 200, "Allow", "VirtualNetwork", "*", "*"),
        ("deny-others", 4000, "Deny", "*", "*", "*"),
    ];
    let group = yard.e.security_group("nsg", &rules);
    for vnet in [&yard.spoke, &yard.other] {
        let subnet = subnet_id(vnet, ENDPOINTS);
        yard.e.use_security_group(&subnet, &group).endpoint_policies(&subnet, "Enabled");
    }
}

/// An appliance in the hub, over which the far clients go.
fn appliance(yard: &mut Yard) {
    yard.e.machine(&yard.hub, "nva", "10.0.1.68");
    yard.e.in_subscription("far");
    let table = yard.e.route_table("rt", &[("detour", "10.1.0.0/16", "VirtualAppliance", "10.0.1.68")]);
    yard.e.in_subscription(HOME);
    let clients = subnet_id(&yard.far, WORKLOAD);
    yard.e.use_route_table(&clients, &table);
}

fn virtual_wan(yard: &mut Yard) {
    yard.e.in_group("rg-wan");
    for (name, prefix) in [("north", "10.10.0.0/16"), ("south", "10.11.0.0/16")] {
        let vnet = yard.e.vnet(&format!("vnet-{name}"), prefix);
        yard.e.client(&vnet);
        let hub = yard.e.virtual_hub(name, "wan");
        yard.e.hub_connection(&hub, &vnet);
        yard.e.link(&yard.zones[0], &vnet);
    }
    yard.e.in_group("rg-home");
}

fn migrate(yard: &mut Yard) {
    let e = &mut yard.e;
    e.packs.push(Pack::AzureMigrate);
    e.appliance = Some(APPLIANCE.to_owned());
    e.in_group("rg-migrate");
    let project = e.migrate_project("contoso");
    e.migration_resource("Microsoft.OffAzure/VMwareSites", "contososite");
    e.account("lsa0a1b2c", json!({}));
    e.account("gwsa0a1b2c", json!({}));
    e.vault("migratekv1", &[(APPLIANCE, json!({"secrets": ["get", "list", "set", "delete"]}))]);
    let zone = e.zone(MIGRATE);
    e.link(&zone, &yard.other);
    let own = yard.lead("pe-project", 1, migration(&project), &[]);
    yard.e.zone_group(&own, &[&zone]);
    yard.lead("pe-migratekv", 1, key_vault("migratekv1"), &[1]);
    yard.lead("pe-cache", 1, storage("lsa0a1b2c", "blob"), &[0]);
    yard.lead("pe-bus", 1, service_bus("migratelsabus"), &[]);
    yard.e.in_group("rg-home");
}

fn express_route(yard: &mut Yard) {
    yard.e.packs.push(Pack::ExpressRoute);
    let filter = yard.e.route_filter("filter", &["12076:51002", "12076:5060"]);
    let peerings = json!([{"name": "MicrosoftPeering", "properties": {"peeringType": "MicrosoftPeering",
        "state": "Enabled", "provisioningState": "Succeeded", "routeFilter": {"id": filter.as_str()}}}]);
    yard.e.circuit("circuit", peerings);
}

fn unknown_target(yard: &mut Yard) {
    let names = [("thing.contoso.example", "contoso.example", "thing")];
    let thing = Service::new("Microsoft.Contoso/things", "thing", "thing").member("thing", &names);
    yard.lead("pe-thing", 0, thing, &[]);
}

fn basic_balancer(yard: &mut Yard) {
    let balancer = yard.e.load_balancer("basic", &yard.other, "10.2.1.10");
    yard.e.edit(&balancer, |b| b["sku"]["name"] = "Basic".into());
    yard.e.in_location("northeurope");
    let far = yard.e.vnet("north", "10.13.0.0/16");
    yard.e.in_location("westeurope");
    yard.e.peer(&yard.other, &far);
}

/// A network behind the same hub with the addresses of another.
fn overlap(yard: &mut Yard) {
    yard.e.in_location("northeurope");
    let twin = yard.e.vnet("overlap", "10.1.0.0/16");
    yard.e.in_location("westeurope");
    yard.e.peer(&yard.hub, &twin);
}

/// What a zone group wrote whose endpoint is no more.
fn stale_record(yard: &mut Yard) {
    let creator =
        "created by private endpoint pe-gone with resource guid 0c4f31c2-2222-4333-8444-555555555555";
    for (name, address) in [("old", "10.1.4.200"), ("taken", "10.1.4.4")] {
        let id = yard.e.record(&yard.zones[0], name, &[address]);
        yard.e.edit(&id, |r| r["properties"]["metadata"] = json!({"creator": creator}));
    }
}

/// A zone of the same name, elsewhere and with the same answer.
fn second_copy(yard: &mut Yard) {
    yard.e.in_subscription("far").in_group("rg-copy");
    let copy = yard.e.zone(BLOB);
    yard.e.record(&copy, "acct", &["10.1.4.4"]);
    yard.e.link(&copy, &yard.far);
    yard.e.in_subscription(HOME).in_group("rg-home");
}

fn public_suffix(yard: &mut Yard) {
    let zone = yard.e.zone_once("vault.azure.net");
    yard.e.record(&zone, "kv", &["10.2.4.4"]);
    yard.e.link(&zone, &yard.other);
}

fn cname(yard: &mut Yard) {
    yard.e.cname(&yard.zones[0], "www", "acct.privatelink.blob.core.windows.net");
    yard.e.cname(&yard.zones[3], "shop", "proxy.contoso.com");
    yard.lead("pe-shop", 1, web_app("shop"), &[]);
}

fn single_subnets(yard: &mut Yard) {
    yard.e.in_group("rg-home");
    let small = yard.e.vnet("small", "10.12.0.0/16");
    yard.e.client(&small);
    yard.e.peer_subnets((&yard.spoke, &[WORKLOAD]), (&small, &[WORKLOAD]));
    yard.e.dns_servers(&small, &[INBOUND]);
    yard.e.peer(&yard.hub, &small);
}

fn zones_not_to_create(yard: &mut Yard) {
    let zone = yard.e.zone_once("scm.privatelink.azurewebsites.net");
    yard.e.link(&zone, &yard.other);
    yard.e.record(&zone, "shop", &["10.2.4.30"]);
}

/// A record that somebody wrote by hand.
fn by_hand(yard: &mut Yard) {
    let pe = yard.lead("pe-hand", 1, storage("hand", "blob"), &[]);
    let address = yard.e.addresses_of(&pe)[0].clone();
    yard.e.record(&yard.zones[0], "hand", &[&address]);
}

fn site(yard: &mut Yard) {
    yard.lead("pe-site", 1, web_app("site"), &[3]);
}

/// A network without clients that is linked to all zones.
fn quiet(yard: &mut Yard) {
    let vnet = yard.e.vnet("quiet", "10.14.0.0/16");
    yard.zones.iter().for_each(|zone| drop(yard.e.link(zone, &vnet)));
}

/// One that sees the zones and reaches nothing.
fn island(yard: &mut Yard) {
    let vnet = yard.e.vnet("island", "10.15.0.0/16");
    yard.e.client(&vnet);
    yard.zones.iter().for_each(|zone| drop(yard.e.link(zone, &vnet)));
}

fn lost_network(yard: &mut Yard) {
    let gone = ResourceId::new(&format!("{}-gone", yard.other));
    let side = yard.e.peer_with(&yard.other, &gone, &json!(["10.16.0.0/16"]));
    yard.e.edit_peering(&yard.other, &gone, |p| p["properties"]["peeringState"] = "Disconnected".into());
    assert!(side.is_type("Microsoft.Network/virtualNetworks/virtualNetworkPeerings"));
}

fn second_gateway(yard: &mut Yard) {
    yard.e.gateway(&yard.other, "10.2.3.0/27");
    yard.e.flag(&yard.hub, &yard.other, "allowGatewayTransit", true);
}
