//! "The endpoint's network is not linked to the zone" is no fault in these nine cases.

use plaudit::inventory::Kind;

use crate::estate::services::{Service, private_link_service};
use crate::judged::{expect, expect_unknown_beside, judge, not_judged};
use crate::small::{BLOB, Direct, Hub, INBOUND};

#[test]
fn case_1_custom_dns_in_a_linked_hub() {
    let mut it = Hub::new();
    expect(&it.e, &[]);
    it.e.machine(&it.hub, "dc-nic", "10.0.3.4");
    it.e.dns_servers(&it.spoke, &["10.0.3.4"]);
    expect(&it.e, &[]);
    let firewall = it.e.firewall("afw", &it.hub, "10.0.2.4");
    it.e.classic_dns(&firewall, true, &[]);
    it.e.dns_servers(&it.spoke, &[INBOUND, "10.0.2.4"]);
    expect(&it.e, &[]);
}

#[test]
fn case_2_a_forwarding_ruleset_on_either_name() {
    for domain in ["blob.core.windows.net.", "privatelink.blob.core.windows.net."] {
        expect(&Hub::with_ruleset(domain).0.e, &[]);
    }
}

#[test]
fn case_3_a_network_in_which_nothing_asks() {
    let mut it = Direct::new();
    let quiet = it.e.vnet("quiet", "10.3.0.0/16");
    let pe = it.e.endpoint("pe-quiet", &quiet, crate::estate::services::storage("quiet", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010"), [("virtual network without clients", 1)]);
}

#[test]
fn case_4_a_target_without_a_zone() {
    let mut it = Direct::new();
    it.e.unlink(&it.zone, &it.vnet);
    it.e.delete_endpoint(&it.pe);
    let balancer = it.e.balancer("lb", &it.vnet);
    it.e.link_service("svc", &it.vnet, &balancer);
    it.e.endpoint("pls", &it.vnet, private_link_service("svc"));
    let gateway = Service::new("Microsoft.Network/applicationGateways", "agw", "frontend").member("", &[]);
    it.e.endpoint("agw", &it.vnet, gateway);
    expect(&it.e, &[]);
}

#[test]
fn case_5_another_zone_of_the_same_name_is_linked() {
    let mut it = Direct::new();
    it.e.unlink(&it.zone, &it.vnet);
    let address = it.address();
    it.e.in_subscription("policy-managed");
    let other = it.e.zone(BLOB);
    it.e.link(&other, &it.vnet);
    it.e.record(&other, "acct", &[&address]);
    expect(&it.e, &[]);
}

#[test]
fn case_6_the_link_is_in_a_subscription_that_cannot_be_read() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &[]);
    it.e.link(&it.zone, &it.spoke);
    expect(&it.e, &[]);
    it.e.gap(Kind::Subscriptions, "hub", 403, "AuthorizationFailed");
    // Nor is it known whether a rule takes the names before a zone is asked.
    let rules = ["DNS-001", "DNS-003", "DNS-010", "DNS-021", "DNS-022", "DNS-023"];
    expect_unknown_beside(&it.e, &["DNS-037 spoke unknown"], "pe", &rules);
}

#[test]
fn case_7_virtual_wan_spokes_and_network_manager_groups() {
    // The resolver stands in a network beside the hub; no peering between the two is listed.
    let mut it = Hub::new();
    for vnet in [&it.hub, &it.spoke] {
        it.e.edit(vnet, |v| v["properties"]["virtualNetworkPeerings"] = serde_json::json!([]));
    }
    expect(&it.e, &[]);
    it.e.connect_to_virtual_hub(&it.spoke, "vwan");
    it.e.connect_to_virtual_hub(&it.hub, "vwan");
    expect(&it.e, &[]);
    // The secured hub's firewall asks the resolver.
    let firewall = it.e.hub_firewall("afw", "vwan", "192.168.0.132");
    let policy = it.e.firewall_policy("policy", true, &[INBOUND]);
    it.e.use_policy(&firewall, &policy);
    it.e.dns_servers(&it.spoke, &["192.168.0.132"]);
    expect(&it.e, &[]);
}

#[test]
fn case_8_copies_of_the_zone_outside_azure() {
    let mut it = Direct::new();
    it.e.unlink(&it.zone, &it.vnet);
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    expect(&it.e, &["DNS-017 vnet fail info certain"]);
    let reasons = not_judged(&judge(&it.e), "DNS-010");
    assert_eq!(reasons, [("custom DNS outside Azure, or nowhere to be found", 1)]);
}

#[test]
fn case_9_aks_without_a_zone_of_its_own() {
    let mut it = Direct::new();
    let zone = "privatelink.westeurope.azmk8s.io";
    let host = "aks-1234.0f1e2d3c-0000-4000-8000-000000000009";
    let aks = |name: &str| {
        Service::new("Microsoft.ContainerService/managedClusters", name, "management")
            .member("management", &[(&format!("{host}.{zone}"), zone, host)])
    };
    let pe = it.e.endpoint("kube-apiserver", &it.vnet, aks("aks"));
    // Private DNS mode `none`: information at most.
    assert!(judge(&it.e).findings.iter().all(|f| f.severity == plaudit::finding::Severity::Info));
    // The system's zone, in the node resource group, carries the cluster's own label.
    let address = it.e.addresses_of(&pe)[0].clone();
    it.e.in_group("mc_rg_aks_westeurope");
    let system = it.e.zone(&format!("0f1e2d3c-0000-4000-8000-000000000009.{zone}"));
    it.e.link(&system, &it.vnet);
    it.e.record(&system, "aks-1234", &[&address]);
    expect(&it.e, &[]);
}
