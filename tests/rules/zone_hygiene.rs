//! DNS-030 to DNS-033: zones nobody uses, zones nearly full, targets nobody knows, scopes of Azure Monitor.

use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::{Settings, Thresholds};
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::Estate;
use crate::estate::services::{Service, alias, key_vault, private_link_service};
use crate::judged::{evidence, expect, expect_in, expect_of, judge, judge_with, not_judged, only};
use crate::small::{BLOB, Direct, Hub};

const VAULT: &str = "privatelink.vaultcore.azure.net";
const MONITOR: &str = "privatelink.monitor.azure.com";

fn alone(e: &Estate, rule: &str) -> plaudit::finding::Report {
    judge_with(e, &[rule], &Settings::default(), Options::default())
}

// DNS-030.

#[test]
fn a_zone_without_links_is_unused() {
    let mut it = Direct::new();
    expect_of("DNS-030", &it.e, &[]);
    it.e.zone(VAULT);
    expect_of("DNS-030", &it.e, &[&format!("DNS-030 {VAULT} fail info certain")]);
    expect(&it.e, &[]);
    let report = alone(&it.e, "DNS-030");
    let steps = &only(&report, "DNS-030").remediation;
    assert!(steps.iter().any(|step| step.command.as_ref().is_some_and(|c| c.contains("zone delete"))));
    // With records in it, nobody is told to delete it.
    it.e.unlink(&it.zone, &it.vnet);
    let report = alone(&it.e, "DNS-030");
    let of_blob = report.findings.iter().find(|f| f.subject.name == BLOB).unwrap();
    assert!(of_blob.remediation.iter().all(|step| step.command.is_none()), "{of_blob:#?}");
}

#[test]
fn an_empty_zone_that_no_endpoint_needs_is_unused() {
    let mut it = Direct::new();
    let zone = it.e.zone(VAULT);
    it.e.link(&zone, &it.vnet);
    let found = format!("DNS-030 {VAULT} fail info certain");
    expect_of("DNS-030", &it.e, &[&found]);
    let bare = it.e.clone();
    it.e.record(&zone, "kv", &["10.1.4.9"]);
    expect_of("DNS-030", &it.e, &[]);
    it.e = bare.clone();
    it.e.endpoint("pe-kv", &it.vnet, key_vault("kv"));
    expect_of("DNS-030", &it.e, &[]);
    // Whose endpoints were never asked for.
    it.e = bare;
    it.e.every_visible_subscription = false;
    expect_of("DNS-030", &it.e, &[]);
    let reasons = not_judged(&alone(&it.e, "DNS-030"), "DNS-030");
    assert_eq!(reasons, [("endpoints of other subscriptions were not read", 1)]);
}

#[test]
fn a_count_of_links_in_a_list_of_zones_is_not_believed() {
    let mut it = Direct::new();
    it.e.edit(&it.zone, |z| z["properties"]["numberOfVirtualNetworkLinks"] = 0.into());
    expect_of("DNS-030", &it.e, &[]);
}

#[test]
fn other_zones_and_zones_that_are_context_are_not_judged_unused() {
    let mut it = Hub::new();
    it.e.zone("contoso.com");
    it.e.in_subscription("hub");
    it.e.zone(VAULT);
    expect_of("DNS-030", &it.e, &[]);
}

#[test]
fn whether_a_zone_is_used_is_unknown_where_it_was_not_read() {
    let mut it = Direct::new();
    let zone = it.e.zone(VAULT);
    it.e.link(&zone, &it.vnet);
    let unknown = format!("DNS-030 {VAULT} unknown");
    for kind in [Kind::VirtualNetworkLinks, Kind::RecordSets] {
        let mut it = it.clone();
        it.e.gap_under(&zone, kind, 429, "TooManyRequests");
        expect_of("DNS-030", &it.e, &[&unknown]);
    }
    it.e.in_subscription("dark");
    it.e.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    expect_of("DNS-030", &it.e, &[&unknown]);
}

// DNS-031.

#[test]
fn a_zone_near_its_limits_is_said_when_asked_for() {
    let mut it = Direct::new();
    expect_of("DNS-031", &it.e, &[]);
    let limit = |e: &mut Estate, zone: &ResourceId, field: &str, value: serde_json::Value| {
        e.edit(zone, |z| z["properties"][field] = value);
    };
    let zone = it.zone.clone();
    // Two record sets and one link are there.
    limit(&mut it.e, &zone, "maxNumberOfRecordSets", json!(2));
    expect_of("DNS-031", &it.e, &[&format!("DNS-031 {BLOB} fail info certain")]);
    let report = alone(&it.e, "DNS-031");
    assert_eq!(evidence(only(&report, "DNS-031"), "count"), "2");
    limit(&mut it.e, &zone, "maxNumberOfVirtualNetworkLinks", json!(1));
    let both = alone(&it.e, "DNS-031");
    assert_eq!(both.findings.len(), 2);
    assert_ne!(both.findings[0].fingerprint, both.findings[1].fingerprint);
    // At the threshold, not above.
    let thresholds = Thresholds { capacity: 100, ..Thresholds::default() };
    let settings = Settings { thresholds, ..Settings::default() };
    expect_in(&judge_with(&it.e, &["DNS-031"], &settings, Options::default()), &[]);
    // Documented limits where the zone tells none.
    for field in ["maxNumberOfRecordSets", "maxNumberOfVirtualNetworkLinks"] {
        limit(&mut it.e, &zone, field, json!(null));
    }
    expect_of("DNS-031", &it.e, &[]);
    for number in 0..801 {
        let id = format!("{zone}/virtualNetworkLinks/l{number}");
        it.e.add_under(&zone, "virtualNetworkLinks", &format!("l{number}"), json!({
            "virtualNetwork": {"id": format!("{}-{number}", it.vnet)}, "registrationEnabled": false, "id": id,
        }));
    }
    expect_of("DNS-031", &it.e, &[&format!("DNS-031 {BLOB} fail info certain")]);
    assert_eq!(evidence(only(&alone(&it.e, "DNS-031"), "DNS-031"), "limit"), "1000");
}

#[test]
fn how_full_a_zone_is_is_unknown_where_it_was_not_read() {
    let mut it = Direct::new();
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-031", &it.e, &[&format!("DNS-031 {BLOB} unknown")]);
    it.e.gap_under(&it.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    let both = [format!("DNS-031 {BLOB} unknown"), format!("DNS-031 {BLOB} unknown")];
    expect_of("DNS-031", &it.e, &[&both[0], &both[1]]);
}

#[test]
fn a_zone_that_was_passed_over_is_not_judged() {
    let mut it = Direct::new();
    let zone = it.e.zone("contoso.com");
    let mut collected = it.e.collected();
    collected.coverage.unrelated_zones.push(zone);
    let mut rules = plaudit::rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = rule.page.id == "DNS-031");
    let topology = crate::judged::topology(collected);
    let report = plaudit::audit::audit(&topology, &rules, &Settings::default());
    let reason = "zone has nothing to do with private link: what it holds was not read";
    assert_eq!(not_judged(&report, "DNS-031"), [(reason, 1)]);
}

// DNS-032.

fn station(name: &str) -> Service {
    let fqdn = format!("{name}.weather.contoso.com");
    Service::new("Contoso.Weather/stations", name, "station")
        .member("station", &[(&fqdn, "privatelink.weather.contoso.com", name)])
}

#[test]
fn an_unknown_type_of_target_is_one_row_for_all_its_endpoints() {
    let mut it = Direct::new();
    it.e.endpoint("one", &it.vnet, station("oslo"));
    let two = it.e.endpoint("two", &it.vnet, station("bergen"));
    it.e.edit_connection(&two, |c| {
        let id = c["properties"]["privateLinkServiceId"].as_str().unwrap().replace("Contoso.W", "CONTOSO.W");
        c["properties"]["privateLinkServiceId"] = id.into();
    });
    expect(&it.e, &["DNS-032 one fail info certain", "DNS-032 two fail info certain"]);
    let report = judge(&it.e);
    let found: Vec<_> = report.findings.iter().filter(|f| f.rule == "DNS-032").collect();
    assert_eq!((&found[0].cause, &found[0].headline), (&found[1].cause, &found[1].headline));
    assert!(evidence(found[0], "names").contains("weather.contoso.com"));
    assert!(found[0].remediation[0].command.as_ref().unwrap().contains("private-link-resource list --id"));
}

#[test]
fn a_group_id_that_the_type_does_not_have_is_unknown_too() {
    let mut it = Direct::new();
    let odd = Service::new("Microsoft.Storage/storageAccounts", "acct", "archive").member("archive", &[]);
    it.e.endpoint("odd", &it.vnet, odd);
    expect(&it.e, &["DNS-032 odd fail info certain"]);
}

#[test]
fn what_has_no_zone_or_is_not_approved_is_not_of_unknown_type() {
    let mut it = Direct::new();
    let balancer = it.e.balancer("lb", &it.vnet);
    it.e.link_service("pls", &it.vnet, &balancer);
    it.e.endpoint("pls", &it.vnet, private_link_service("pls"));
    it.e.endpoint(
        "by-alias",
        &it.vnet,
        alias("pls.7a3e0a52-1111-4222-8333-444444444444.westus2.azure.privatelinkservice"),
    );
    let odd = it.e.endpoint("odd", &it.vnet, station("oslo"));
    it.e.pending(&odd);
    expect(&it.e, &["PE-001 odd fail error certain"]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-032"), [("connection is not approved", 1)]);
}

// DNS-033.

/// A scope of Azure Monitor: one name that all scopes have.
pub fn scope(name: &str) -> Service {
    Service::new("Microsoft.Insights/privateLinkScopes", name, "azuremonitor")
        .member("api", &[("api.monitor.azure.com", MONITOR, "api")])
}

/// A network with a client and a zone of its own.
fn spoke(e: &mut Estate, name: &str, prefix: &str) -> (ResourceId, ResourceId) {
    let vnet = e.vnet(name, prefix);
    e.client(&vnet);
    e.in_group(&format!("rg-{name}"));
    let zone = e.zone(MONITOR);
    e.link(&zone, &vnet);
    (vnet, zone)
}

fn member(e: &mut Estate, scope_name: &str, vnet: &ResourceId, zone: &ResourceId) -> ResourceId {
    let pe = e.endpoint(&format!("pe-{scope_name}"), vnet, scope(scope_name));
    e.zone_group(&pe, &[zone]);
    pe
}

fn of_monitor(e: &Estate, expected: &[&str]) {
    expect_of("DNS-033", e, expected);
}

#[test]
fn two_scopes_in_one_network_collide() {
    let mut e = Estate::new();
    let (vnet, zone) = spoke(&mut e, "spoke", "10.1.0.0/16");
    let one = member(&mut e, "one", &vnet, &zone);
    expect(&e, &[]);
    member(&mut e, "two", &vnet, &zone);
    expect(&e, &["DNS-033 pe-one fail warning certain", "DNS-033 pe-two fail warning certain"]);
    let report = judge(&e);
    let found: Vec<_> = report.findings.iter().filter(|f| f.rule == "DNS-033").collect();
    assert_eq!((&found[0].cause, &found[0].headline), (&found[1].cause, &found[1].headline));
    assert!(found.iter().any(|f| f.subject.id == one && f.message.contains("two")), "{found:#?}");
    e.delete_endpoint(&one);
    expect(&e, &[]);
}

#[test]
fn two_scopes_meet_in_a_hub_s_zone() {
    let mut e = Estate::new();
    let (one, zone) = spoke(&mut e, "one", "10.1.0.0/16");
    let two = e.vnet("two", "10.2.0.0/16");
    e.client(&two);
    e.link(&zone, &two);
    e.peer(&one, &two);
    member(&mut e, "first", &one, &zone);
    member(&mut e, "second", &two, &zone);
    of_monitor(&e, &["DNS-033 pe-first fail warning certain", "DNS-033 pe-second fail warning certain"]);
}

#[test]
fn one_scope_or_zones_of_their_own_are_fine() {
    let mut e = Estate::new();
    let (one, zone) = spoke(&mut e, "one", "10.1.0.0/16");
    let (two, other) = spoke(&mut e, "two", "10.2.0.0/16");
    let first = member(&mut e, "first", &one, &zone);
    let second = member(&mut e, "second", &two, &other);
    expect(&e, &[]);
    // The same scope twice, in one view.
    let target = e.target(&first);
    e.delete_endpoint(&second);
    let same = e.endpoint("pe-same", &one, scope("first").at(&target));
    e.zone_group(&same, &[&zone]);
    of_monitor(&e, &[]);
}

#[test]
fn a_scope_that_is_not_approved_or_shares_no_name_collides_with_none() {
    let mut e = Estate::new();
    let (vnet, zone) = spoke(&mut e, "spoke", "10.1.0.0/16");
    member(&mut e, "one", &vnet, &zone);
    let two = member(&mut e, "two", &vnet, &zone);
    e.pending(&two);
    of_monitor(&e, &[]);
    e.delete_endpoint(&two);
    let own = Service::new("Microsoft.Insights/privateLinkScopes", "three", "azuremonitor")
        .member("dce", &[("dce-3.westeurope.monitor.azure.com", MONITOR, "dce-3.westeurope")]);
    let three = e.endpoint("pe-three", &vnet, own);
    e.zone_group(&three, &[&zone]);
    of_monitor(&e, &[]);
}

#[test]
fn whether_scopes_meet_is_unknown_where_it_was_not_read() {
    let mut e = Estate::new();
    let (one, zone) = spoke(&mut e, "one", "10.1.0.0/16");
    let (two, other) = spoke(&mut e, "two", "10.2.0.0/16");
    member(&mut e, "first", &one, &zone);
    member(&mut e, "second", &two, &other);
    let unknown = ["DNS-033 pe-first unknown", "DNS-033 pe-second unknown"];
    let mut records = e.clone();
    records.gap_under(&zone, Kind::RecordSets, 429, "TooManyRequests");
    of_monitor(&records, &unknown);
    let mut links = e.clone();
    links.unlink(&other, &two);
    links.gap_under(&zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    of_monitor(&links, &unknown);
    let mut dark = e.clone();
    dark.in_subscription("dark");
    dark.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    of_monitor(&dark, &unknown);
    e.every_visible_subscription = false;
    of_monitor(&e, &[]);
    let reasons = not_judged(&alone(&e, "DNS-033"), "DNS-033");
    assert_eq!(reasons, [("endpoints of other subscriptions were not read", 2)]);
}
