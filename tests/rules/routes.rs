//! NET-008, NET-014, NET-015: where routes send what is meant for an endpoint.

use plaudit::finding::Report;
use plaudit::inventory::{IdPattern, Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;

use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{all_evidence, evidence, expect_in, expect_of, judge_with, not_judged, only};

/// The hub's appliance.
const NVA: &str = "10.0.1.68";

/// Two spokes of a hub with an appliance; the endpoint stands in the first, the clients in the second.
#[derive(Clone)]
struct Spokes {
    e: Estate,
    hub: ResourceId,
    spoke: ResourceId,
    far: ResourceId,
    clients: ResourceId,
    pe: ResourceId,
}

impl Spokes {
    fn new() -> Self {
        let mut e = Estate::new();
        let hub = e.vnet("hub", "10.0.0.0/16");
        e.machine(&hub, "nva", NVA);
        let spoke = e.vnet("spoke", "10.1.0.0/16");
        e.peer(&hub, &spoke);
        e.in_subscription("far");
        let far = e.vnet("far", "10.2.0.0/16");
        e.client(&far);
        e.peer(&hub, &far);
        e.in_subscription(HOME);
        let pe = e.endpoint("pe", &spoke, storage("acct", "blob"));
        let clients = subnet_id(&far, WORKLOAD);
        Spokes { e, hub, spoke, far, clients, pe }
    }

    /// The endpoints' network refuses what the hub forwards.
    fn refusing() -> Self {
        let mut it = Spokes::new();
        it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["allowForwardedTraffic"] = false.into());
        it
    }

    fn route(&mut self, prefix: &str, kind: &str, hop: &str) -> ResourceId {
        self.e.in_subscription("far");
        let table = self.e.route_table("rt", &[("detour", prefix, kind, hop)]);
        self.e.in_subscription(HOME);
        let clients = self.clients.clone();
        self.e.use_route_table(&clients, &table);
        table
    }

    fn judged(&self, rule: &str, clients: &[&str]) -> Report {
        judge_with(&self.e, &[rule], &Settings::default(), wanting(clients))
    }
}

fn wanting(clients: &[&str]) -> Options {
    let patterns = clients.iter().map(|pattern| IdPattern::new(pattern).unwrap());
    Options { client_networks: patterns.collect(), ..Options::default() }
}

const REFUSED: &str = "NET-008 peer-to-hub fail warning probable";

#[test]
fn a_route_over_an_appliance_meets_a_peering_that_refuses_it() {
    let mut it = Spokes::refusing();
    expect_of("NET-008", &it.e, &[]);
    it.route("10.1.0.0/16", "VirtualAppliance", NVA);
    expect_of("NET-008", &it.e, &[REFUSED]);
    let report = it.judged("NET-008", &[]);
    let finding = only(&report, "NET-008");
    assert!(evidence(finding, "routes").contains("far/snet-workload: route `detour` of rt"), "{finding:#?}");
    assert_eq!(
        finding.remediation[0].command.as_deref(),
        Some(&*format!(
            "az network vnet peering update --subscription {} -g rg-network --vnet-name spoke -n peer-to-hub --set allowForwardedTraffic=true",
            it.e.subscription_guid(HOME)
        ))
    );
    // The clients' own peering must take what comes back.
    assert_eq!(finding.remediation.len(), 1, "{finding:#?}");
    it.e.edit_peering(&it.far, &it.hub, |p| p["properties"]["allowForwardedTraffic"] = false.into());
    let report = it.judged("NET-008", &[]);
    let back = &only(&report, "NET-008").remediation[1];
    assert!(back.title.contains("for the way back to far"), "{back:?}");
    assert!(back.command.as_deref().unwrap().contains("--vnet-name far -n peer-to-hub"), "{back:?}");
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["allowForwardedTraffic"] = true.into());
    expect_of("NET-008", &it.e, &[]);
}

#[test]
fn a_route_for_everything_is_a_hint_unless_the_clients_are_expected() {
    let mut it = Spokes::refusing();
    it.route("0.0.0.0/0", "VirtualAppliance", NVA);
    expect_of("NET-008", &it.e, &["NET-008 peer-to-hub fail info possible"]);
    expect_in(&it.judged("NET-008", &["*/virtualNetworks/far"]), &[REFUSED]);
}

#[test]
fn routes_that_do_not_lead_over_the_hub_are_silent() {
    for (prefix, kind, hop) in [
        ("10.9.0.0/16", "VirtualAppliance", NVA),
        ("10.1.0.0/16", "VirtualAppliance", "10.77.0.4"),
        ("10.1.0.0/16", "VirtualNetworkGateway", ""),
        ("10.1.0.0/16", "None", ""),
    ] {
        let mut it = Spokes::refusing();
        it.route(prefix, kind, hop);
        expect_of("NET-008", &it.e, &[]);
    }
    // The longest prefix decides.
    let mut it = Spokes::refusing();
    it.e.in_subscription("far");
    let table = it.e.route_table(
        "rt",
        &[("wide", "10.0.0.0/8", "VirtualAppliance", NVA), ("narrow", "10.1.0.0/16", "None", "")],
    );
    it.e.use_route_table(&it.clients, &table);
    expect_of("NET-008", &it.e, &[]);
}

#[test]
fn clients_that_are_peered_with_the_endpoints_network_go_past_the_appliance() {
    let mut it = Spokes::refusing();
    it.route("10.1.0.0/16", "VirtualAppliance", NVA);
    it.e.peer(&it.spoke, &it.far);
    expect_of("NET-008", &it.e, &[]);
    // Unless routes apply to the endpoint.
    it.e.endpoint_policies(&subnet_id(&it.spoke, ENDPOINTS), "RouteTableEnabled");
    expect_of("NET-008", &it.e, &[REFUSED]);
}

#[test]
fn a_subnet_without_clients_or_an_endpoint_without_connection_is_silent() {
    let mut it = Spokes::refusing();
    let table = it.route("10.1.0.0/16", "VirtualAppliance", NVA);
    let mut idle = it.clone();
    idle.e.edit_subnet(&idle.clients, |s| {
        s["properties"].as_object_mut().unwrap().remove("routeTable");
    });
    idle.e.use_route_table(&subnet_id(&idle.far, ENDPOINTS), &table);
    expect_of("NET-008", &idle.e, &[]);
    it.e.pending(&it.pe);
    expect_of("NET-008", &it.e, &[]);
}

#[test]
fn a_virtual_wan_hub_or_a_disconnected_peering_is_not_asked() {
    let mut it = Spokes::refusing();
    it.route("10.1.0.0/16", "VirtualAppliance", NVA);
    it.e.unpeer(&it.hub, &it.spoke);
    expect_of("NET-008", &it.e, &[]);
    let mut it = Spokes::new();
    it.e.connect_to_virtual_hub(&it.spoke, "vhub");
    it.e.edit(&it.spoke, |v| {
        v["properties"]["virtualNetworkPeerings"][1]["properties"]["allowForwardedTraffic"] = false.into();
    });
    expect_of("NET-008", &it.e, &[]);
}

#[test]
fn a_peering_that_does_not_tell_is_not_judged() {
    let mut it = Spokes::new();
    it.route("10.1.0.0/16", "VirtualAppliance", NVA);
    it.e.edit_peering(&it.spoke, &it.hub, |p| {
        p["properties"].as_object_mut().unwrap().remove("allowForwardedTraffic");
    });
    let reason = "the peering does not tell whether forwarded traffic is allowed";
    assert_eq!(not_judged(&it.judged("NET-008", &[]), "NET-008"), [(reason, 1)]);
}

#[test]
fn a_manager_s_peering_is_mended_by_the_manager() {
    let mut it = Spokes::refusing();
    it.route("10.1.0.0/16", "VirtualAppliance", NVA);
    let id = format!("{}/virtualNetworkPeerings/ANM_1A2B_hub", it.spoke);
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["id"] = id.into());
    let report = it.judged("NET-008", &[]);
    let steps = &only(&report, "NET-008").remediation;
    assert!(steps.iter().all(|step| step.command.is_none() && step.title.contains("Manager")), "{steps:?}");
}

#[test]
fn what_lies_behind_a_refusing_peering_may_be_unread() {
    for (kind, subscription) in
        [(Kind::RouteTables, "far"), (Kind::VirtualNetworks, "far"), (Kind::PrivateEndpoints, HOME)]
    {
        let mut it = Spokes::refusing();
        it.route("10.1.0.0/16", "VirtualAppliance", NVA);
        it.e.gap(kind, subscription, 403, "AuthorizationFailed");
        expect_of("NET-008", &it.e, &["NET-008 peer-to-hub unknown"]);
        // Where the peering takes what comes, nobody asks.
        it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["allowForwardedTraffic"] = true.into());
        expect_of("NET-008", &it.e, &[]);
    }
    // A spoke of somebody else's, in a subscription that was never asked for.
    let mut it = Spokes::refusing();
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/other",
    );
    it.e.peer_with(&it.hub, &far, &serde_json::json!(["10.8.0.0/16"]));
    expect_of("NET-008", &it.e, &[]);
    let reason = "networks behind the peering were not read";
    assert_eq!(not_judged(&it.judged("NET-008", &[]), "NET-008"), [(reason, 1)]);
}

/// A gateway in the hub, whose subnet has a route.
fn through_gateway(prefix: &str) -> Spokes {
    let mut it = Spokes::refusing();
    it.e.gateway(&it.hub, "10.0.200.0/27");
    let table = it.e.route_table("rt-gateway", &[("over-nva", prefix, "VirtualAppliance", NVA)]);
    it.e.use_route_table(&subnet_id(&it.hub, "GatewaySubnet"), &table);
    it
}

#[test]
fn what_comes_from_outside_azure_over_an_appliance_is_net_008() {
    // The hub knows the endpoint's own route, so the gateway's must win over it.
    let mut it = through_gateway("10.1.0.0/16");
    expect_of("NET-008", &it.e, &[]);
    it.e.endpoint_policies(&subnet_id(&it.spoke, ENDPOINTS), "RouteTableEnabled");
    expect_of("NET-008", &it.e, &[REFUSED]);
    let report = it.judged("NET-008", &[]);
    let routes = evidence(only(&report, "NET-008"), "routes");
    assert!(routes.contains("hub/GatewaySubnet: route `over-nva` of rt-gateway"), "{routes}");
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["allowForwardedTraffic"] = true.into());
    expect_of("NET-008", &it.e, &[]);
    expect_of("NET-008", &through_gateway("10.1.4.4/32").e, &[REFUSED]);
    // Without a gateway the subnet leads nowhere, and the hub's own machines need no leave.
    let mut it = through_gateway("10.1.4.4/32");
    let gateways = subnet_id(&it.hub, "GatewaySubnet");
    it.e.edit_subnet(&gateways, |s| s["properties"]["ipConfigurations"] = serde_json::json!([]));
    let table = it.e.route_table("rt-own", &[("own", "10.1.4.4/32", "VirtualAppliance", NVA)]);
    it.e.use_route_table(&subnet_id(&it.hub, WORKLOAD), &table);
    expect_of("NET-008", &it.e, &[]);
}

#[test]
fn a_gateway_in_another_spoke_counts_and_so_does_what_is_expected_of_it() {
    let mut it = Spokes::refusing();
    it.e.in_subscription("far");
    it.e.gateway(&it.far, "10.2.200.0/27");
    let table = it.e.route_table("rt-gateway", &[("all", "0.0.0.0/0", "VirtualAppliance", NVA)]);
    it.e.use_route_table(&subnet_id(&it.far, "GatewaySubnet"), &table);
    expect_of("NET-008", &it.e, &["NET-008 peer-to-hub fail info possible"]);
    let settings = Settings { expect_onprem: true, ..Settings::default() };
    expect_in(&judge_with(&it.e, &["NET-008"], &settings, Options::default()), &[REFUSED]);
    // What its routes are may be out of sight.
    it.e.gap(Kind::RouteTables, "far", 403, "AuthorizationFailed");
    expect_of("NET-008", &it.e, &["NET-008 peer-to-hub unknown"]);
}

// NET-014

/// A client beside the endpoint, with a route, and policies on the endpoint's subnet.
fn beside(prefix: &str, kind: &str, hop: &str, policies: &str) -> Spokes {
    let mut it = Spokes::new();
    it.e.client(&it.spoke);
    let table = it.e.route_table("rt", &[("shadow", prefix, kind, hop)]);
    it.e.use_route_table(&subnet_id(&it.spoke, WORKLOAD), &table);
    it.e.endpoint_policies(&subnet_id(&it.spoke, ENDPOINTS), policies);
    it
}

const LOST: &str = "NET-014 snet-endpoints fail info certain";
const BYPASSED: &str = "NET-014 snet-endpoints fail info possible";

#[test]
fn a_route_into_nothing_that_wins_is_net_014() {
    for kind in ["None", "Internet"] {
        for policies in ["Enabled", "RouteTableEnabled"] {
            expect_of("NET-014", &beside("10.1.0.0/16", kind, "", policies).e, &[LOST]);
        }
        // The endpoint's own route wins.
        for policies in ["Disabled", "NetworkSecurityGroupEnabled"] {
            expect_of("NET-014", &beside("10.1.0.0/16", kind, "", policies).e, &[]);
        }
        expect_of("NET-014", &beside("0.0.0.0/0", kind, "", "Enabled").e, &[]);
        expect_of("NET-014", &beside("10.1.4.4/32", kind, "", "Disabled").e, &[LOST]);
        expect_of("NET-014", &beside("10.9.0.0/16", kind, "", "Enabled").e, &[]);
    }
}

#[test]
fn an_appliance_that_is_passed_by_is_net_014() {
    let it = beside("10.1.4.0/22", "VirtualAppliance", NVA, "Disabled");
    expect_of("NET-014", &it.e, &[BYPASSED]);
    let report = it.judged("NET-014", &[]);
    let finding = only(&report, "NET-014");
    assert!(all_evidence(finding).contains("privateEndpoints/pe"));
    let command = finding.remediation[0].command.as_deref().unwrap();
    assert!(command.ends_with("-n snet-endpoints --private-endpoint-network-policies RouteTableEnabled"));
    let guarded = beside("10.1.4.0/22", "VirtualAppliance", NVA, "NetworkSecurityGroupEnabled");
    let report = guarded.judged("NET-014", &[]);
    let command = only(&report, "NET-014").remediation[0].command.clone().unwrap();
    assert!(command.ends_with("policies Enabled"), "{command}");
    expect_of("NET-014", &beside("10.1.4.0/22", "VirtualAppliance", NVA, "Enabled").e, &[]);
    expect_of("NET-014", &beside("0.0.0.0/0", "VirtualAppliance", NVA, "Disabled").e, &[]);
    expect_of("NET-014", &beside("10.1.0.0/16", "VnetLocal", "", "Disabled").e, &[]);
}

#[test]
fn routes_count_in_peered_networks_with_clients_alone() {
    let mut it = Spokes::new();
    it.e.endpoint_policies(&subnet_id(&it.spoke, ENDPOINTS), "Enabled");
    it.route("10.1.0.0/16", "None", "");
    expect_of("NET-014", &it.e, &[]);
    it.e.peer(&it.spoke, &it.far);
    expect_of("NET-014", &it.e, &[LOST]);
    it.e.gap(Kind::RouteTables, "far", 403, "AuthorizationFailed");
    let report = it.judged("NET-014", &[]);
    let found: Vec<_> = report.findings.iter().filter(|f| f.rule == "NET-014").collect();
    assert_eq!(found.iter().map(|f| crate::judged::line(f)).collect::<Vec<_>>(), ["NET-014 spoke unknown"]);
}

#[test]
fn routes_in_a_peer_that_was_not_read_are_unknown() {
    let mut it = Spokes::new();
    it.e.peer(&it.spoke, &it.far);
    expect_of("NET-014", &it.e, &[]);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    expect_of("NET-014", &it.e, &["NET-014 spoke unknown"]);
    // Nobody asked for this one.
    let mut it = Spokes::new();
    it.e.peer_with_unread(&it.spoke, "foreign");
    expect_of("NET-014", &it.e, &[]);
    let reason = "networks behind the peering were not read";
    assert_eq!(not_judged(&it.judged("NET-014", &[]), "NET-014"), [(reason, 1)]);
}

// NET-015

const FAR: &[&str] = &["*/virtualNetworks/far"];
const NO_WAY: &str = "NET-015 spoke fail info certain";

#[test]
fn expected_clients_behind_the_hub_without_a_route_are_net_015() {
    let mut it = Spokes::new();
    expect_in(&it.judged("NET-015", &[]), &[]);
    expect_in(&it.judged("NET-015", FAR), &[NO_WAY]);
    it.route("10.0.0.0/8", "None", "");
    expect_in(&it.judged("NET-015", FAR), &[NO_WAY]);
    let mut routed = Spokes::new();
    routed.route("10.0.0.0/8", "VirtualAppliance", NVA);
    expect_in(&routed.judged("NET-015", FAR), &[]);
    it.e.peer(&it.spoke, &it.far);
    expect_in(&it.judged("NET-015", FAR), &[]);
}

#[test]
fn ways_that_nobody_sees_are_not_judged() {
    let mut it = Spokes::new();
    it.e.connect_to_virtual_hub(&it.far, "vhub");
    let report = it.judged("NET-015", FAR);
    assert_eq!(not_judged(&report, "NET-015"), [("network is connected to Virtual WAN", 1)]);

    let mut it = Spokes::new();
    let id = format!("{}/virtualNetworkPeerings/ANM_1A2B_hub", it.far);
    it.e.edit_peering(&it.far, &it.hub, |p| p["id"] = id.into());
    let report = it.judged("NET-015", FAR);
    let reason = "Virtual Network Manager may connect the networks";
    assert_eq!(not_judged(&report, "NET-015"), [(reason, 1)]);

    // Routers tell a Route Server what they know, and it tells the networks around.
    let mut it = Spokes::new();
    it.e.route_server(&it.hub, "10.0.2.0/27");
    let report = it.judged("NET-015", FAR);
    let reason = "a Route Server may bring routes over an appliance";
    assert_eq!(not_judged(&report, "NET-015"), [(reason, 1)]);

    // The hub's list of connections tells it too, where the peering does not.
    let mut it = Spokes::new();
    let hub = it.e.virtual_hub("vhub", "wan");
    it.e.hub_connection(&hub, &it.far);
    it.e.edit(&it.far, |v| {
        let peerings = v["properties"]["virtualNetworkPeerings"].as_array_mut().unwrap();
        peerings.retain(|p| !p["name"].as_str().unwrap().starts_with("RemoteVnetToHub"));
    });
    let report = it.judged("NET-015", FAR);
    assert_eq!(not_judged(&report, "NET-015"), [("network is connected to Virtual WAN", 1)]);

    let mut it = Spokes::new();
    it.e.unpeer(&it.hub, &it.far);
    let report = it.judged("NET-015", FAR);
    assert_eq!(not_judged(&report, "NET-015"), [("networks share no hub", 1)]);
}

#[test]
fn a_client_network_of_which_not_all_was_read_is_unknown() {
    let mut it = Spokes::new();
    it.route("10.0.0.0/8", "VirtualAppliance", NVA);
    it.e.gap(Kind::RouteTables, "far", 403, "AuthorizationFailed");
    expect_in(&it.judged("NET-015", FAR), &["NET-015 spoke unknown"]);

    let mut e = Estate::new();
    e.in_subscription("hub");
    let hub = e.vnet("hub", "10.0.0.0/16");
    e.in_subscription(HOME);
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    let far = e.vnet("far", "10.2.0.0/16");
    e.client(&far);
    e.peer(&hub, &spoke).peer(&hub, &far);
    e.endpoint("pe", &spoke, storage("acct", "blob"));
    e.gap(Kind::VirtualNetworks, "hub", 403, "AuthorizationFailed");
    let report = judge_with(&e, &["NET-015"], &Settings::default(), wanting(FAR));
    expect_in(&report, &["NET-015 spoke unknown"]);
}
