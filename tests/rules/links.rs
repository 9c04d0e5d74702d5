//! DNS-006, DNS-011 to DNS-013 and DNS-039: zones by their names and their links to networks.

use plaudit::inventory::{IdPattern, Kind, ResourceId};
use plaudit::rules::{Former, Settings};
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::services::{key_vault, service_bus, sql_server, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{
    expect, expect_in, expect_of, judge, judge_collected, judge_under, judge_with, line, not_judged, only,
};
use crate::small::{BLOB, Direct, Hub, link};

fn commands(e: &Estate, rule: &str) -> Vec<String> {
    let report = judge_with(e, &[rule], &Settings::default(), Options::default());
    only(&report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

fn set(e: &mut Estate, id: &ResourceId, field: &'static str, value: serde_json::Value) {
    e.edit(id, |v| v["properties"][field] = value);
}

/// The link of a zone to the network of this name.
fn linked(zone: &ResourceId, network: &str) -> ResourceId {
    ResourceId::new(&format!("{zone}/virtualNetworkLinks/to-{network}"))
}

// DNS-006.

#[test]
fn a_zone_that_ought_not_to_exist() {
    for name in ["scm.privatelink.azurewebsites.net", "westeurope.data.privatelink.azurecr.io"] {
        let mut it = Direct::new();
        let zone = it.e.zone(name);
        expect(&it.e, &[&format!("DNS-006 {name} fail info possible")]);
        it.e.link(&zone, &it.vnet);
        expect(&it.e, &[&format!("DNS-006 {name} fail warning certain")]);
        let steps = commands(&it.e, "DNS-006");
        assert!(
            steps[0].contains(&format!("link vnet delete --subscription {}", zone.subscription().unwrap()))
        );
        assert!(steps[0].ends_with(&format!("-z {name} -n to-vnet -y")), "{steps:?}");
        assert!(steps[1].contains("private-dns zone delete"), "{steps:?}");
        it.e.unlink(&zone, &it.vnet);
        it.e.gap_under(&zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
        expect_of("DNS-006", &it.e, &[&format!("DNS-006 {name} unknown")]);
    }
}

#[test]
fn the_right_zones_are_left_alone() {
    let mut it = Direct::new();
    for name in ["privatelink.azurewebsites.net", "privatelink.azurecr.io", "privatelink.batch.azure.com"] {
        it.e.zone(name);
    }
    expect_of("DNS-006", &it.e, &[]);
}

#[test]
fn a_regional_zone_of_an_earlier_edition_is_information_while_it_is_used() {
    for name in ["westeurope.privatelink.batch.azure.com", "westeurope.privatelink.afs.azure.net"] {
        let mut it = Direct::new();
        let zone = it.e.zone(name);
        it.e.link(&zone, &it.vnet);
        expect(&it.e, &[]);
        let record = it.e.record(&zone, "acct", &["10.1.4.9"]);
        expect(&it.e, &[&format!("DNS-006 {name} fail info possible")]);
        it.e.remove(&record);
        it.e.gap_under(&zone, Kind::RecordSets, 429, "TooManyRequests");
        expect_of("DNS-006", &it.e, &[&format!("DNS-006 {name} unknown")]);
    }
}

#[test]
fn zones_and_links_of_the_context_are_not_reported_on() {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let zone = it.e.zone("scm.privatelink.azurewebsites.net");
    let to_hub = it.e.link(&zone, &it.hub);
    set(&mut it.e, &to_hub, "provisioningState", json!("Failed"));
    set(&mut it.e, &to_hub, "registrationEnabled", json!(true));
    set(&mut it.e, &to_hub, "virtualNetwork", json!({"id": format!("{}x", it.hub)}));
    expect(&it.e, &[]);
}

// DNS-011.

#[test]
fn a_link_that_failed_or_was_canceled() {
    for state in ["Failed", "canceled"] {
        let mut it = Direct::new();
        set(&mut it.e, &link(&it.zone, &it.vnet), "provisioningState", json!(state));
        // The endpoint resolves by this link alone, and passes.
        expect(&it.e, &["DNS-011 to-vnet fail warning certain"]);
        let steps = commands(&it.e, "DNS-011");
        assert!(steps[0].contains("link vnet update") && steps[0].ends_with("-e false"), "{steps:?}");
        assert!(steps[1].contains("link vnet delete"), "{steps:?}");
        assert!(steps[2].contains(&format!("-n to-vnet -v {} -e false", it.vnet)), "{steps:?}");
    }
}

#[test]
fn a_link_made_again_keeps_its_policy() {
    let mut it = Direct::new();
    let id = link(&it.zone, &it.vnet);
    set(&mut it.e, &id, "provisioningState", json!("Failed"));
    set(&mut it.e, &id, "resolutionPolicy", json!("NxDomainRedirect"));
    let steps = commands(&it.e, "DNS-011");
    assert!(steps[2].ends_with("--resolution-policy NxDomainRedirect"), "{steps:?}");
}

#[test]
fn what_rests_on_a_failed_link_is_probable() {
    let mut it = Direct::new();
    it.e.remove(&it.record());
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    set(&mut it.e, &link(&it.zone, &it.vnet), "provisioningState", json!("Failed"));
    expect(&it.e, &["DNS-011 to-vnet fail warning certain", "DNS-021 pe fail warning probable"]);
    let mut it = Direct::new();
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    set(&mut it.e, &link(&it.zone, &it.vnet), "provisioningState", json!("Failed"));
    expect(&it.e, &["DNS-011 to-vnet fail warning certain", "DNS-022 pe fail warning probable"]);
}

#[test]
fn a_failed_link_beside_a_sound_one_to_a_zone_of_that_name() {
    let mut it = Direct::new();
    it.e.in_group("rg-a-rival");
    let rival = it.e.zone(BLOB);
    let failed = it.e.link(&rival, &it.vnet);
    set(&mut it.e, &failed, "provisioningState", json!("Failed"));
    expect(&it.e, &["DNS-011 to-vnet fail warning certain"]);
    it.e.remove(&it.record());
    expect(&it.e, &["DNS-011 to-vnet fail warning certain", "DNS-021 pe fail error certain"]);
}

fn before(id: &ResourceId, state: &str) -> Settings {
    let unfinished = [(id.clone(), state.to_owned())].into_iter().collect();
    Settings { former: Some(Former { unfinished, ..Former::default() }), ..Settings::default() }
}

#[test]
fn a_link_in_progress_is_a_fault_when_it_was_so_before() {
    let mut it = Direct::new();
    let id = link(&it.zone, &it.vnet);
    set(&mut it.e, &id, "virtualNetworkLinkState", json!("InProgress"));
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-011");
    assert_eq!(reasons, [("link is on its way, and no earlier run tells since when", 1)]);
    let found = |e: &Estate, settings: &Settings| -> Vec<String> {
        judge_with(e, &["DNS-011"], settings, Options::default()).findings.iter().map(line).collect()
    };
    assert_eq!(found(&it.e, &before(&id, "InProgress")), ["DNS-011 to-vnet fail warning probable"]);
    assert_eq!(found(&it.e, &before(&it.zone, "InProgress")), [""; 0]);
    assert_eq!(found(&it.e, &before(&id, "Updating")), [""; 0]);
    // With registration it says so for ever.
    let mut registering = it.e.clone();
    set(&mut registering, &id, "registrationEnabled", json!(true));
    assert_eq!(found(&registering, &before(&id, "InProgress")), [""; 0]);
    set(&mut it.e, &id, "provisioningState", json!("Deleting"));
    assert_eq!(found(&it.e, &before(&id, "InProgress")), [""; 0]);
}

#[test]
fn links_that_were_not_read_are_unknown_once_a_zone_and_rule() {
    let mut it = Direct::new();
    it.e.gap_under(&it.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    for rule in ["DNS-011", "DNS-012", "DNS-013"] {
        expect_of(rule, &it.e, &[&format!("{rule} {BLOB} unknown")]);
    }
}

#[test]
fn a_state_that_cannot_be_understood_is_unknown() {
    let mut it = Direct::new();
    set(&mut it.e, &link(&it.zone, &it.vnet), "provisioningState", json!({"odd": 1}));
    expect_of("DNS-011", &it.e, &["DNS-011 to-vnet unknown"]);
    let mut it = Direct::new();
    set(&mut it.e, &link(&it.zone, &it.vnet), "registrationEnabled", json!("perhaps"));
    expect_of("DNS-013", &it.e, &["DNS-013 to-vnet unknown"]);
}

#[test]
fn links_of_zones_that_have_nothing_to_do_with_private_link_are_left_alone() {
    let mut it = Direct::new();
    let zone = it.e.zone("corp.contoso.com");
    let id = it.e.link(&zone, &it.vnet);
    set(&mut it.e, &id, "provisioningState", json!("Failed"));
    set(&mut it.e, &id, "registrationEnabled", json!(true));
    expect(&it.e, &[]);
    // One that covers the names of a service has to do with it; machines may register there.
    let zone = it.e.zone("blob.core.windows.net");
    let id = it.e.link(&zone, &it.vnet);
    set(&mut it.e, &id, "provisioningState", json!("Failed"));
    set(&mut it.e, &id, "registrationEnabled", json!(true));
    for (rule, expected) in [("DNS-011", &["DNS-011 to-vnet fail warning certain"][..]), ("DNS-013", &[])] {
        expect_of(rule, &it.e, expected);
    }
    assert!(commands(&it.e, "DNS-011")[2].ends_with("-e true"));
}

// DNS-012.

fn leads_to(it: &mut Direct, network: &str) {
    let id = it.e.link(&it.zone, &ResourceId::new(network));
    assert!(id.name().starts_with("to-"));
}

#[test]
fn a_link_to_a_network_that_is_gone() {
    let mut it = Direct::new();
    let gone = it.vnet.as_str().replace("/vnet", "/gone");
    leads_to(&mut it, &gone);
    expect(&it.e, &["DNS-012 to-gone fail warning certain"]);
    let steps = commands(&it.e, "DNS-012");
    assert!(steps.len() == 1 && steps[0].ends_with(&format!("-z {BLOB} -n to-gone -y")), "{steps:?}");
    // That its link failed is no wonder.
    set(&mut it.e, &linked(&it.zone, "gone"), "provisioningState", json!("Failed"));
    expect(&it.e, &["DNS-012 to-gone fail warning certain"]);
    // What is on its way out is left alone.
    set(&mut it.e, &linked(&it.zone, "gone"), "provisioningState", json!("Deleting"));
    expect(&it.e, &[]);
}

#[test]
fn a_network_that_may_be_where_nothing_was_read_is_unknown() {
    let mut it = Direct::new();
    leads_to(
        &mut it,
        "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/far",
    );
    expect(&it.e, &["DNS-012 to-far unknown"]);
    let mut it = Direct::new();
    it.e.in_subscription("dark");
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.in_subscription(HOME);
    it.e.link(&it.zone, &far);
    expect(&it.e, &[]);
    it.e.gap(Kind::VirtualNetworks, "dark", 403, "AuthorizationFailed");
    expect_of("DNS-012", &it.e, &["DNS-012 to-far unknown"]);
}

#[test]
fn a_link_without_a_network_is_not_judged() {
    let mut it = Direct::new();
    set(&mut it.e, &link(&it.zone, &it.vnet), "virtualNetwork", json!({}));
    expect_of("DNS-012", &it.e, &[]);
    let report = judge(&it.e);
    assert_eq!(not_judged(&report, "DNS-012"), [("link names no network", 1)]);
}

// DNS-013.

#[test]
fn machines_register_in_a_zone_of_private_link() {
    let mut it = Direct::new();
    let id = link(&it.zone, &it.vnet);
    set(&mut it.e, &id, "registrationEnabled", json!(true));
    set(&mut it.e, &id, "virtualNetworkLinkState", json!("InProgress"));
    expect(&it.e, &["DNS-013 to-vnet fail warning certain"]);
    let steps = commands(&it.e, "DNS-013");
    assert!(steps.len() == 1 && steps[0].ends_with("-n to-vnet -e false"), "{steps:?}");
    set(&mut it.e, &id, "provisioningState", json!("Deleting"));
    expect(&it.e, &[]);
}

// DNS-039.

/// Four zones that endpoints need, all linked to two networks; the second has no endpoint.
struct Family {
    e: Estate,
    vnet: ResourceId,
    second: ResourceId,
    zones: Vec<ResourceId>,
}

fn family() -> Family {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let second = e.vnet("second", "10.2.0.0/16");
    e.client(&vnet);
    let mut zones = Vec::new();
    for (name, service) in [
        ("pe-blob", storage("acct", "blob")),
        ("pe-kv", key_vault("kv")),
        ("pe-sb", service_bus("sb")),
        ("pe-sql", sql_server("sql")),
    ] {
        let zone = e.zone(&service.names().next().unwrap().zone.clone());
        e.link(&zone, &vnet);
        e.link(&zone, &second);
        let pe = e.endpoint(name, &vnet, service);
        e.zone_group(&pe, &[&zone]);
        zones.push(zone);
    }
    Family { e, vnet, second, zones }
}

const DRIFT: &str = "DNS-039 privatelink.blob.core.windows.net fail info certain";

#[test]
fn a_zone_that_lacks_the_network_of_all_its_siblings() {
    let mut it = family();
    expect(&it.e, &[]);
    it.e.unlink(&it.zones[0], &it.second);
    expect(&it.e, &[DRIFT]);
    let steps = commands(&it.e, "DNS-039");
    assert!(
        steps.len() == 1 && steps[0].contains(&format!("-z {BLOB} -n to-second -v {} ", it.second)),
        "{steps:?}"
    );
    // A name that is taken is not given twice.
    let id = linked(&it.zones[0], "vnet");
    it.e.edit(&id, |v| v["id"] = v["id"].as_str().unwrap().replace("to-vnet", "to-second").into());
    let steps = commands(&it.e, "DNS-039");
    assert!(!steps[0].contains("-n to-second ") && steps[0].contains("-n second-"), "{steps:?}");
}

#[test]
fn two_that_differ_agree_on_nothing() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.second);
    it.e.unlink(&it.zones[1], &it.second);
    expect(&it.e, &[]);
}

#[test]
fn fewer_than_three_siblings_say_nothing() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.second);
    it.e.unlink(&it.zones[3], &it.second);
    it.e.unlink(&it.zones[3], &it.vnet);
    expect_of("DNS-039", &it.e, &[]);
}

#[test]
fn what_dns_010_says_is_not_said_again() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.vnet);
    expect(&it.e, &["DNS-010 pe-blob fail error certain"]);
}

#[test]
fn what_dns_015_says_is_not_said_again() {
    let mut it = family();
    it.e.client(&it.second);
    it.e.peer(&it.vnet, &it.second);
    it.e.unlink(&it.zones[0], &it.second);
    expect(&it.e, &["DNS-015 second fail info possible"]);
    let clients =
        Options { client_networks: vec![IdPattern::new(it.second.as_str()).unwrap()], ..Options::default() };
    expect_in(&judge_under(&it.e, &clients), &["DNS-010 pe-blob fail error certain"]);
}

#[test]
fn a_zone_that_nobody_needs_a_cluster_s_or_one_without_links_does_not_drift() {
    let mut it = family();
    let idle = it.e.zone("privatelink.redis.cache.windows.net");
    it.e.link(&idle, &it.vnet);
    let cluster = it.e.zone("privatelink.westeurope.azmk8s.io");
    it.e.link(&cluster, &it.vnet);
    it.e.zone("privatelink.azurecr.io");
    expect(&it.e, &[]);
}

#[test]
fn a_network_that_sees_another_copy_or_is_gone_is_not_lacked() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.second);
    let mut elsewhere = it.e.clone();
    elsewhere.in_group("rg-elsewhere");
    let copy = elsewhere.zone(BLOB);
    elsewhere.link(&copy, &it.second);
    expect(&elsewhere, &[]);
    it.e.remove(&it.second);
    expect_of("DNS-039", &it.e, &[]);
}

#[test]
fn zones_in_other_resource_groups_are_no_siblings() {
    let mut it = family();
    it.e.in_group("rg-elsewhere");
    let copy = it.e.zone("privatelink.file.core.windows.net");
    it.e.link(&copy, &it.vnet);
    let pe = it.e.endpoint("pe-file", &it.vnet, storage("acct", "file"));
    it.e.zone_group(&pe, &[&copy]);
    expect(&it.e, &[]);
}

#[test]
fn links_that_were_not_read_leave_it_unknown() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.second);
    it.e.gap_under(&it.zones[0], Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    expect_of("DNS-039", &it.e, &["DNS-039 privatelink.blob.core.windows.net unknown"]);
}

#[test]
fn context_zones_do_not_drift_in_the_report() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.second);
    let mut collected = it.e.collected();
    for subscription in &mut collected.coverage.subscriptions {
        subscription.role = plaudit::inventory::Role::Context;
    }
    crate::judged::expect_in(&judge_collected(collected), &[]);
}

#[test]
fn reading_less_adds_no_fault_of_zones_and_links() {
    let mut it = family();
    it.e.unlink(&it.zones[0], &it.second);
    set(&mut it.e, &linked(&it.zones[1], "vnet"), "provisioningState", json!("Failed"));
    set(&mut it.e, &linked(&it.zones[2], "vnet"), "registrationEnabled", json!(true));
    it.e.link(&it.zones[3], &ResourceId::new(&it.vnet.as_str().replace("/vnet", "/gone")));
    let odd = it.e.zone("scm.privatelink.azurewebsites.net");
    it.e.link(&odd, &it.vnet);
    let old = it.e.zone("westeurope.privatelink.batch.azure.com");
    it.e.record(&old, "acct", &["10.1.4.9"]);
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.in_subscription(HOME);
    it.e.link(&it.zones[3], &far);
    let mut found: Vec<&str> = judge(&it.e).findings.iter().map(|f| f.rule).collect();
    found.sort_unstable();
    assert_eq!(found, ["DNS-006", "DNS-006", "DNS-011", "DNS-012", "DNS-013", "DNS-039"]);
    crate::less_coverage::holds(&it.e, &["far", HOME], 23);
}
