//! The scenarios of "Troubleshoot virtual network peering issues", one by one: an estate for each, and what judges it or
//! leaves it to a person. rules/articles.toml says the same.

use std::collections::BTreeSet;

use plaudit::checklist;
use plaudit::inventory::{IdPattern, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use serde::Deserialize;
use serde_json::json;

use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{judge_with, line, read, topology};

const NVA: &str = "10.0.1.68";

/// A hub and two spokes of it: the endpoint stands in the first, clients in the second.
struct Hub {
    e: Estate,
    hub: ResourceId,
    spoke: ResourceId,
    far: ResourceId,
}

fn hub_in(regions: [&str; 3]) -> Hub {
    let mut e = Estate::new();
    e.in_location(regions[0]);
    let hub = e.vnet("hub", "10.0.0.0/16");
    e.machine(&hub, "nva", NVA);
    e.in_location(regions[1]);
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    e.in_location(regions[2]);
    let far = e.vnet("far", "10.2.0.0/16");
    e.client(&far);
    e.in_location("westeurope");
    e.peer(&hub, &spoke).peer(&hub, &far);
    e.endpoint("pe", &spoke, storage("acct", "blob"));
    Hub { e, hub, spoke, far }
}

fn hub() -> Hub {
    hub_in(["westeurope"; 3])
}

impl Hub {
    fn gateway(&mut self) -> &mut Self {
        self.e.gateway(&self.hub, "10.0.200.0/27");
        self
    }

    /// Sends the far spoke's clients over the appliance, which the endpoint's network does not take.
    fn routed(&mut self) -> &mut Self {
        let table = self.e.route_table("rt", &[("over-nva", "10.1.0.0/16", "VirtualAppliance", NVA)]);
        self.e.use_route_table(&subnet_id(&self.far, WORKLOAD), &table);
        self.e.flag(&self.spoke, &self.hub, "allowForwardedTraffic", false);
        self
    }
}

/// What an estate comes to.
struct Scenario {
    title: &'static str,
    e: Estate,
    settings: Settings,
    /// Networks whose clients must reach the endpoint.
    clients: &'static [&'static str],
    /// Findings, under these rules alone.
    findings: &'static [&'static str],
    /// Steps that must be there.
    steps: &'static [&'static str],
}

fn scenario(
    title: &'static str,
    e: Estate,
    findings: &'static [&'static str],
    steps: &'static [&'static str],
) -> Scenario {
    Scenario { title, e, settings: Settings::default(), clients: &[], findings, steps }
}

impl Scenario {
    fn expecting_onprem(mut self) -> Self {
        self.settings.expect_onprem = true;
        self
    }

    fn with_clients(self, clients: &'static [&'static str]) -> Self {
        Scenario { clients, ..self }
    }
}

/// A peering with a network of another tenant, which has not made its side.
fn other_tenant() -> Estate {
    let mut e = Estate::new();
    let own = e.vnet("own", "10.1.0.0/16");
    let far = e.peer_with_unread(&own, "theirs");
    e.edit_peering(&own, &far, |p| p["properties"]["peeringState"] = "Initiated".into());
    e
}

fn first_three() -> Vec<Scenario> {
    let mut one = Estate::new();
    let [a, b] = [one.vnet("a", "10.1.0.0/16"), one.vnet("b", "10.2.0.0/16")];
    one.half_peer(&a, &b);
    one.in_location("northeurope");
    let abroad = one.vnet("abroad", "10.3.0.0/16");
    one.peer(&a, &abroad);

    let mut gateways = hub();
    gateways.gateway();
    gateways.e.flag(&gateways.spoke, &gateways.hub, "useRemoteGateways", true);
    gateways.e.flag(&gateways.hub, &gateways.spoke, "allowGatewayTransit", false);
    let mut clients = hub();
    clients.gateway();
    let mut routed = hub();
    routed.routed();
    vec![
        scenario(
            "Scenario 1, type 1: peering in the same subscription",
            one,
            &["NET-002 peer-to-b fail error certain"],
            &["peering-global-services"],
        ),
        scenario(
            "Scenario 1, type 2: peering in different subscriptions or tenants",
            other_tenant(),
            &["NET-002 peer-to-theirs fail error certain"],
            &["peering-tenants"],
        ),
        scenario(
            "Scenario 2, type 1: hub and spoke with Site-to-Site or ExpressRoute",
            gateways.e,
            &["NET-005 peer-to-hub fail error certain"],
            &["outside-routes"],
        ),
        scenario(
            "Scenario 2, type 2: hub and spoke with Point-to-Site",
            clients.e,
            &["NET-007 spoke fail warning certain"],
            &["outside-client-package"],
        )
        .expecting_onprem(),
        scenario(
            "Scenario 3, type 1: hub and spoke in one region",
            routed.e,
            &["NET-008 peer-to-hub fail warning probable"],
            &["network-appliances"],
        ),
        scenario(
            "Scenario 3, type 2: hub and spoke in different regions",
            hub_in(["westeurope", "westeurope", "northeurope"]).e,
            &["NET-015 spoke fail info certain"],
            &["peering-global-services"],
        )
        .with_clients(&["*/virtualNetworks/far"]),
    ]
}

fn four_and_five() -> Vec<Scenario> {
    let mut guarded = hub();
    guarded.e.peer(&guarded.spoke, &guarded.far);
    let group = guarded.e.security_group("nsg", &[("deny-far", 200, "Deny", "10.2.0.0/16", "*", "*")]);
    let endpoints = subnet_id(&guarded.spoke, ENDPOINTS);
    guarded.e.use_security_group(&endpoints, &group).endpoint_policies(&endpoints, "Enabled");
    let mut cut = hub();
    cut.e.unpeer(&cut.hub, &cut.spoke);

    let mut outside = hub();
    outside.gateway();
    let table = outside.e.route_table("rt", &[("over-nva", "10.1.4.4/32", "VirtualAppliance", NVA)]);
    outside.e.use_route_table(&subnet_id(&outside.hub, "GatewaySubnet"), &table);
    outside.e.flag(&outside.spoke, &outside.hub, "allowForwardedTraffic", false);
    let mut both = hub();
    both.gateway();
    both.e.gateway(&both.spoke, "10.1.200.0/27");
    both.e.flag(&both.hub, &both.spoke, "allowGatewayTransit", true);
    let mut unused = hub();
    unused.gateway();
    let mut refused = hub();
    refused.gateway();
    refused.e.flag(&refused.spoke, &refused.hub, "useRemoteGateways", true);
    refused.e.flag(&refused.hub, &refused.spoke, "allowGatewayTransit", false);
    vec![
        scenario(
            "Scenario 4, type 1: the peering status is Connected",
            guarded.e,
            &["NET-019 snet-endpoints fail warning probable"],
            &["peering-effective-routes", "peering-packet-trace"],
        ),
        scenario(
            "Scenario 4, type 2: the peering status is Disconnected",
            cut.e,
            &["NET-001 peer-to-hub fail error certain"],
            &[],
        ),
        scenario(
            "Scenario 5, type 1: a third-party NVA or VPN gateway",
            outside.e,
            &["NET-008 peer-to-hub fail warning probable"],
            &["network-appliances"],
        ),
        scenario(
            "Scenario 5, type 2: both networks have a VPN gateway",
            both.e,
            &["NET-006 peer-to-hub fail warning certain"],
            &[],
        ),
        scenario(
            "Scenario 5, type 2: the hub's gateway alone, Site-to-Site or ExpressRoute",
            unused.e,
            &["NET-007 spoke fail warning certain"],
            &["outside-routes"],
        )
        .expecting_onprem(),
        scenario(
            "Scenario 5, type 2: the hub's gateway alone, Point-to-Site",
            refused.e,
            &["NET-005 peer-to-hub fail error certain"],
            &["outside-client-package"],
        ),
    ]
}

fn six_to_nine() -> Vec<Scenario> {
    let mut abroad = hub_in(["westeurope", "westeurope", "northeurope"]);
    let balancer = abroad.e.balancer("lb", &abroad.hub);
    abroad.e.edit(&balancer, |b| b["sku"] = json!({"name": "Basic"}));
    let mut web = hub();
    web.gateway();
    let mut cut = hub();
    cut.e.unpeer(&cut.spoke, &cut.hub);
    let mut databricks = Estate::new();
    let vnet = databricks.vnet("vnet", "10.1.0.0/16");
    databricks.databricks_peering("lakehouse", &vnet, "Disconnected");
    vec![
        scenario("Scenario 6: spokes in the same region", hub().e, &["NET-015 spoke fail info certain"], &[])
            .with_clients(&["*/virtualNetworks/far"]),
        scenario(
            "Scenario 7: spokes in different regions",
            abroad.e,
            &["NET-010 lb fail info certain"],
            &["peering-global-services"],
        ),
        scenario("Scenario 8: a web app and the spoke", web.e, &[], &["peering-web-apps"]),
        scenario(
            "Scenario 9, error 1: the tenant isn't authorized to access the linked subscription",
            other_tenant(),
            &["NET-002 peer-to-theirs fail error certain"],
            &["peering-tenants"],
        ),
        scenario(
            "Scenario 9, error 2: Not connected",
            cut.e,
            &["NET-001 peer-to-spoke fail error certain"],
            &[],
        ),
        scenario(
            "Scenario 9, error 3: Failed to peer a Databricks virtual network",
            databricks,
            &["NET-017 to-vnet fail warning certain"],
            &[],
        ),
    ]
}

fn all() -> Vec<Scenario> {
    first_three().into_iter().chain(four_and_five()).chain(six_to_nine()).collect()
}

/// The ids of the steps that are left in an estate.
fn steps(e: &Estate, settings: &Settings) -> BTreeSet<&'static str> {
    let topology = topology(read(e));
    checklist::of(&topology, settings, &[], true, &[]).into_iter().map(|item| item.id).collect()
}

#[derive(Deserialize)]
struct Mapped {
    article: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    id: String,
    section: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    title: String,
    #[serde(default)]
    rules: BTreeSet<String>,
    #[serde(default)]
    checklist: BTreeSet<String>,
}

#[test]
fn every_scenario_is_judged_or_left_to_a_person() {
    for it in all() {
        let ids: Vec<&str> = it.findings.iter().map(|line| &line[..7]).collect();
        let patterns = it.clients.iter().map(|pattern| IdPattern::new(pattern).unwrap());
        let options = Options { client_networks: patterns.collect(), ..Options::default() };
        let report = judge_with(&it.e, &ids, &it.settings, options);
        let found: Vec<String> = report.findings.iter().map(line).collect();
        assert_eq!(found, it.findings, "{}: {:#?}", it.title, report.findings);
        let left = steps(&it.e, &it.settings);
        assert!(it.steps.iter().all(|step| left.contains(step)), "{}: {left:?}", it.title);
        assert!(!it.findings.is_empty() || !it.steps.is_empty(), "{}", it.title);
    }
}

#[test]
fn the_table_of_articles_names_these_scenarios_and_what_came_of_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/articles.toml");
    let mapped: Mapped = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let article = mapped.article.into_iter().find(|article| article.id == "virtual-network-peering").unwrap();
    let all = all();
    let titles: Vec<&str> = article.section.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles, all.iter().map(|it| it.title).collect::<Vec<_>>());
    for (section, it) in article.section.iter().zip(&all) {
        assert!(it.findings.iter().all(|line| section.rules.contains(&line[..7])), "{}", it.title);
        assert!(it.steps.iter().all(|step| section.checklist.contains(*step)), "{}", it.title);
    }
}

// NET-010

fn over_regions() -> (Hub, ResourceId) {
    let mut it = hub_in(["westeurope", "westeurope", "northeurope"]);
    let balancer = it.e.balancer("lb", &it.hub);
    (it, balancer)
}

#[track_caller]
fn expect_net_010(e: &Estate, expected: &[&str]) {
    crate::judged::expect_of("NET-010", e, expected);
}

const UNANSWERED: &[&str] = &["NET-010 lb fail info certain"];

#[test]
fn a_basic_balancer_is_found_only_where_a_peering_spans_regions() {
    let (it, balancer) = over_regions();
    expect_net_010(&it.e, &[]);
    let basic = |e: &mut Estate| {
        e.edit(&balancer, |b| b["sku"]["name"] = "basic".into());
    };
    let (mut it, _) = over_regions();
    basic(&mut it.e);
    expect_net_010(&it.e, UNANSWERED);
    // One region, however it is spelled.
    it.e.edit(&it.far, |v| v["location"] = "West Europe".into());
    expect_net_010(&it.e, &[]);
    // A peering that is broken is NET-001's.
    let (mut it, _) = over_regions();
    basic(&mut it.e);
    it.e.unpeer(&it.far, &it.hub);
    expect_net_010(&it.e, &[]);
    // It answers on the internet alone.
    let (mut it, _) = over_regions();
    basic(&mut it.e);
    it.e.edit(&balancer, |b| {
        let frontend = &mut b["properties"]["frontendIPConfigurations"][0]["properties"];
        *frontend = json!({"publicIPAddress": {"id": "/pip"}});
    });
    expect_net_010(&it.e, &[]);
}

#[test]
fn what_was_not_read_around_a_basic_balancer_is_unknown() {
    use plaudit::inventory::Kind;
    let (mut it, _) = over_regions();
    it.e.gap(Kind::LoadBalancers, HOME, 403, "AuthorizationFailed");
    expect_net_010(&it.e, &["NET-010 far unknown", "NET-010 hub unknown"]);

    let mut e = Estate::new();
    let own = e.vnet("own", "10.1.0.0/16");
    let balancer = e.balancer("lb", &own);
    e.edit(&balancer, |b| b["sku"]["name"] = "Basic".into());
    e.in_subscription("other").in_location("northeurope");
    let other = e.vnet("other", "10.2.0.0/16");
    e.peer(&own, &other);
    expect_net_010(&e, UNANSWERED);
    e.gap(Kind::VirtualNetworks, "other", 403, "AuthorizationFailed");
    expect_net_010(&e, &["NET-010 lb unknown"]);
    // Nobody asked for this one.
    let mut e = Estate::new();
    let own = e.vnet("own", "10.1.0.0/16");
    let balancer = e.balancer("lb", &own);
    e.edit(&balancer, |b| b["sku"]["name"] = "Basic".into());
    e.peer_with_unread(&own, "foreign");
    expect_net_010(&e, &[]);
}
