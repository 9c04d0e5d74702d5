//! What DNS servers a network asks: those that a person speaks for, those that are nowhere (DNS-017), those that
//! nothing holds (DNS-035), and firewalls that do not answer (DNS-036).

use std::net::IpAddr;

use plaudit::inventory::{Kind, ResourceId};
use plaudit::topology::{DeclaredServer, Options};
use serde_json::json;

use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect, expect_in, expect_of, judge, judge_under, not_judged, only};
use crate::small::{BLOB, Direct, Hub, INBOUND};

const FAR: &str = "192.168.7.4";
const FIREWALL: &str = "10.0.2.4";

fn says(declared: &[(&str, DeclaredServer)]) -> Options {
    let pairs = declared.iter().map(|(address, server)| (address.parse::<IpAddr>().unwrap(), server.clone()));
    Options { dns_servers: pairs.collect(), ..Options::default() }
}

fn through(vnet: &ResourceId) -> DeclaredServer {
    DeclaredServer::ResolvesThrough(vnet.clone())
}

fn outside() -> Hub {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &[FAR]);
    it
}

/// A further spoke with a client, an endpoint of its own and these servers.
fn add_spoke(it: &mut Hub, name: &str, prefix: &str, servers: &[&str]) -> ResourceId {
    let spoke = it.e.vnet(name, prefix);
    it.e.client(&spoke);
    it.e.dns_servers(&spoke, servers);
    it.e.peer(&it.hub, &spoke);
    let pe = it.e.endpoint(&format!("pe-{name}"), &spoke, storage(name, "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    spoke
}

fn commands(report: &plaudit::finding::Report, rule: &str) -> Vec<String> {
    only(report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

// What a person says.

#[test]
fn a_server_that_is_said_to_resolve_through_a_network_is_judged_there() {
    let mut it = outside();
    let options = says(&[(FAR, through(&it.hub))]);
    expect_in(&judge_under(&it.e, &options), &[]);
    assert_eq!(not_judged(&judge_under(&it.e, &options), "DNS-010"), []);
    it.e.unlink(&it.zone, &it.hub);
    let report = judge_under(&it.e, &options);
    expect_in(&report, &["DNS-010 pe fail error certain"]);
    assert!(evidence(only(&report, "DNS-010"), "path").contains("said to ask Azure DNS in hub"));
}

#[test]
fn what_is_said_of_a_machine_stands_above_what_is_seen_of_it() {
    let mut it = Hub::new();
    it.e.machine(&it.hub, "dc-nic", "10.0.3.4");
    it.e.dns_servers(&it.spoke, &["10.0.3.4"]);
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &["DNS-010 pe fail warning probable"]);
    expect_in(
        &judge_under(&it.e, &says(&[("10.0.3.4", through(&it.hub))])),
        &["DNS-010 pe fail error certain"],
    );
    expect_in(&judge_under(&it.e, &says(&[("10.0.3.4", DeclaredServer::Trusted)])), &[]);
}

#[test]
fn a_trusted_server_is_not_judged_and_not_told() {
    let it = outside();
    expect(&it.e, &["DNS-017 spoke fail info certain"]);
    let report = judge_under(&it.e, &says(&[(FAR, DeclaredServer::Trusted)]));
    expect_in(&report, &[]);
    let reason = [("custom DNS that the configuration vouches for", 1)];
    assert_eq!(not_judged(&report, "DNS-010"), reason);
    assert_eq!(not_judged(&report, "DNS-017"), reason);
    assert!(!report.incomplete);
}

#[test]
fn a_trusted_server_excuses_no_bad_one_beside_it() {
    let mut it = outside();
    it.e.dns_servers(&it.spoke, &[FAR, "168.63.129.16"]);
    let report = judge_under(&it.e, &says(&[(FAR, DeclaredServer::Trusted)]));
    expect_in(&report, &["DNS-010 pe fail warning probable"]);
}

#[test]
fn a_server_said_to_resolve_through_a_network_that_was_not_read_is_unknown() {
    let it = outside();
    let dark = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    let options = says(&[(FAR, through(&dark))]);
    let report = judge_under(&it.e, &options);
    expect_in(
        &report,
        &["DNS-010 pe unknown", "DNS-021 pe unknown", "DNS-022 pe unknown", "DNS-023 pe unknown"],
    );
    assert!(report.incomplete);
    assert!(only(&report, "DNS-010").headline.contains("was not read"));
}

#[test]
fn a_server_said_to_resolve_through_a_network_that_is_not_there_is_told() {
    let it = outside();
    let gone = ResourceId::new(&it.spoke.as_str().replace("/spoke", "/gone"));
    let report = judge_under(&it.e, &says(&[(FAR, through(&gone))]));
    expect_in(&report, &["DNS-017 spoke fail info certain"]);
    assert!(only(&report, "DNS-017").remediation[0].title.contains("does not exist"));
}

// DNS-017.

#[test]
fn networks_with_the_same_unseen_servers_are_one_row() {
    let mut it = outside();
    it.e.dns_servers(&it.spoke, &[FAR, "192.168.7.5"]);
    add_spoke(&mut it, "second", "10.2.0.0/16", &["192.168.7.5", FAR]);
    let report = judge(&it.e);
    expect_in(&report, &["DNS-017 spoke fail info certain", "DNS-017 second fail info certain"]);
    assert_eq!(report.findings[0].cause, report.findings[1].cause);
    assert_eq!(report.findings[0].headline, report.findings[1].headline);
    assert_eq!(report.findings[0].cause.id, "192.168.7.4, 192.168.7.5");
    assert_eq!(not_judged(&report, "DNS-010").len(), 1);
}

#[test]
fn one_server_that_is_found_is_enough() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &[INBOUND, FAR]);
    expect_of("DNS-017", &it.e, &[]);
    it.e.dns_servers(&it.spoke, &["168.63.129.16", FAR]);
    expect_of("DNS-017", &it.e, &[]);
}

#[test]
fn networks_without_clients_or_reports_ask_nothing() {
    let mut e = Estate::new();
    let quiet = e.vnet("quiet", "10.1.0.0/16");
    e.dns_servers(&quiet, &[FAR]);
    e.in_subscription("context");
    let theirs = e.vnet("theirs", "10.2.0.0/16");
    e.client(&theirs);
    e.dns_servers(&theirs, &[FAR]);
    expect(&e, &[]);
    e.in_subscription(HOME);
    e.client(&quiet);
    expect(&e, &["DNS-017 quiet fail info certain"]);
}

#[test]
fn a_server_in_a_place_that_could_not_be_read_is_dns_035_s_to_say() {
    let mut it = Hub::new();
    it.e.gap(Kind::VirtualNetworks, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-017", &it.e, &[]);
    expect_of("DNS-035", &it.e, &["DNS-035 spoke unknown"]);
    expect_of("DNS-036", &it.e, &[]);
}

// DNS-035.

#[test]
fn a_dead_server_is_told_once_for_a_network_however_many_endpoints_it_has() {
    let mut it = Hub::new();
    for name in ["two", "three"] {
        let pe = it.e.endpoint(name, &it.spoke, storage(name, "blob"));
        it.e.zone_group(&pe, &[&it.zone]);
    }
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    add_spoke(&mut it, "second", "10.2.0.0/16", &["10.0.1.9"]);
    let report = judge(&it.e);
    expect_in(&report, &["DNS-035 spoke fail error certain", "DNS-035 second fail error certain"]);
    assert_eq!(report.findings[0].cause, report.findings[1].cause);
    assert_eq!(
        (report.findings[0].cause.kind, report.findings[0].cause.id.as_str()),
        ("dnsServer", "10.0.1.9")
    );
    let spoke = report.findings.iter().find(|finding| finding.subject.name == "spoke").unwrap();
    let command = spoke.remediation[0].command.as_ref().unwrap();
    let place = format!("--subscription {} -g rg-network", it.e.subscription_guid(HOME));
    assert_eq!(command, &format!("az network vnet update {place} -n spoke --dns-servers {INBOUND}"));
}

#[test]
fn a_dead_server_needs_no_endpoint_to_be_told() {
    let mut it = Hub::new();
    it.e.delete_endpoint(&it.pe);
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    expect(&it.e, &["DNS-035 spoke fail error certain"]);
}

#[test]
fn one_dead_server_of_two_is_probable_and_the_other_is_judged() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &["10.0.1.9", INBOUND]);
    expect(&it.e, &["DNS-035 spoke fail warning probable"]);
    // The dead one is replaced by one that is there already.
    assert!(commands(&judge(&it.e), "DNS-035")[0].ends_with(&format!("--dns-servers {INBOUND}")));
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &["DNS-010 pe fail error certain", "DNS-035 spoke fail warning probable"]);
    it.e.dns_servers(&it.spoke, &["10.0.1.9", "10.0.1.10"]);
    expect(&it.e, &["DNS-035 spoke fail error certain", "DNS-035 spoke fail error certain"]);
}

#[test]
fn a_dead_and_an_unseen_server_leave_the_records_to_the_zone() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &["10.0.1.9", FAR]);
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail warning probable", "DNS-035 spoke fail warning probable"]);
}

#[test]
fn a_dead_server_of_a_network_that_is_not_reported_on_is_told_of_the_endpoint() {
    // The endpoint's own network is context: only its resource group is reported on.
    let mut it = Hub::new();
    it.e.in_group("rg-app");
    let pe = it.e.endpoint("app", &it.spoke, storage("app", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    let mut collected = crate::judged::read(&it.e);
    collected.origin.scope.resource_groups = vec!["rg-app".into()];
    let report = crate::judged::judge_collected(collected);
    expect_in(&report, &["DNS-010 app fail error certain"]);
}

#[test]
fn a_dead_server_behind_a_firewall_is_told_of_the_endpoint() {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let firewall = it.e.firewall("afw", &it.hub, FIREWALL);
    it.e.classic_dns(&firewall, true, &["10.0.1.9"]);
    it.e.dns_servers(&it.spoke, &[FIREWALL]);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
}

#[test]
fn an_address_that_something_may_hold_is_not_dead() {
    let mut it = Hub::new();
    // A scale set may have it.
    it.e.dns_servers(&it.spoke, &["10.0.0.77"]);
    expect_of("DNS-035", &it.e, &[]);
    it.e.machine(&it.hub, "dc-nic", "10.0.3.4");
    it.e.dns_servers(&it.spoke, &["10.0.3.4"]);
    expect_of("DNS-035", &it.e, &[]);
    // A person speaks for it.
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    expect_in(&judge_under(&it.e, &says(&[("10.0.1.9", through(&it.hub))])), &[]);
    it.e.dns_servers(&it.spoke, &[FAR]);
    expect_of("DNS-035", &it.e, &[]);
}

#[test]
fn a_dead_server_far_from_the_network_is_probable() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    it.e.edit(&it.spoke, |v| v["properties"]["virtualNetworkPeerings"] = json!([]));
    expect(&it.e, &["DNS-035 spoke fail warning probable"]);
}

#[test]
fn of_no_or_several_living_endpoints_none_is_chosen() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    let resolver = ResourceId::new(&it.hub.as_str().replace("virtualNetworks/hub", "dnsResolvers/resolver"));
    it.e.inbound(&resolver, "10.0.1.5");
    assert_eq!(commands(&judge(&it.e), "DNS-035"), [""; 0]);
    for inbound in ["inbound-10-0-1-4", "inbound-10-0-1-5"] {
        it.e.remove(&ResourceId::new(&format!("{resolver}/inboundEndpoints/{inbound}")));
    }
    let report = judge(&it.e);
    assert_eq!(commands(&report, "DNS-035"), [""; 0]);
    assert!(only(&report, "DNS-035").remediation[0].title.contains("static address 10.0.1.9"));
}

#[test]
fn a_resolver_s_subnet_that_could_not_be_read_whole_is_unknown() {
    for kind in [Kind::DnsResolvers, Kind::InboundEndpoints] {
        let mut it = Hub::new();
        it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
        it.e.gap(kind, "hub", 403, "AuthorizationFailed");
        expect_of("DNS-035", &it.e, &["DNS-035 spoke unknown"]);
    }
}

// DNS-036.

fn behind_firewall() -> (Hub, ResourceId) {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let firewall = it.e.firewall("afw", &it.hub, FIREWALL);
    it.e.in_subscription(HOME);
    it.e.dns_servers(&it.spoke, &[FIREWALL]);
    (it, firewall)
}

#[test]
fn a_proxy_that_is_off_is_turned_on_where_it_is_set() {
    let (mut it, firewall) = behind_firewall();
    expect(&it.e, &["DNS-036 spoke fail error certain"]);
    let place = format!("--subscription {} -g rg-network", it.e.subscription_guid("hub"));
    let on = "--enable-dns-proxy true";
    assert_eq!(
        commands(&judge(&it.e), "DNS-036"),
        [format!("az network firewall update {place} -n afw {on}")]
    );
    it.e.in_subscription("hub");
    let base = it.e.firewall_policy("base", false, &[INBOUND]);
    let child = it.e.child_policy("child", &base);
    it.e.use_policy(&firewall, &child);
    // Settings of its own would take the place of all that it inherits.
    let on_policy = |name: &str| [format!("az network firewall policy update {place} -n {name} {on}")];
    assert_eq!(commands(&judge(&it.e), "DNS-036"), on_policy("base"));
    it.e.edit(&base, |p| p["properties"]["dnsSettings"] = json!(null));
    assert_eq!(commands(&judge(&it.e), "DNS-036"), on_policy("child"));
    let other = it.e.hub_firewall("other", "vwan", "192.168.0.132");
    it.e.use_policy(&other, &child);
    let report = judge(&it.e);
    assert!(only(&report, "DNS-036").remediation[0].title.contains("1 other firewalls"));
}

#[test]
fn a_proxy_that_is_on_or_unread_is_no_fault() {
    let (mut it, firewall) = behind_firewall();
    it.e.classic_dns(&firewall, true, &[]);
    expect_of("DNS-036", &it.e, &[]);
    it.e.in_subscription("hub");
    let policy = it.e.firewall_policy("policy", false, &[]);
    it.e.use_policy(&firewall, &policy);
    expect_of("DNS-036", &it.e, &["DNS-036 spoke fail error certain"]);
    let mut hidden = it.e.clone();
    hidden.remove(&policy);
    expect_of("DNS-036", &hidden, &[]);
    it.e.gap(Kind::FirewallPolicies, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-036", &it.e, &["DNS-036 spoke unknown"]);
}

#[test]
fn a_silent_firewall_beside_a_resolver_is_probable() {
    let (mut it, _) = behind_firewall();
    it.e.dns_servers(&it.spoke, &[FIREWALL, INBOUND]);
    expect(&it.e, &["DNS-036 spoke fail warning probable"]);
    it.e.dns_servers(&it.spoke, &[FIREWALL, "10.0.1.9"]);
    expect(&it.e, &["DNS-035 spoke fail error certain", "DNS-036 spoke fail error certain"]);
}

#[test]
fn a_network_without_clients_asks_no_firewall() {
    let (mut it, _) = behind_firewall();
    let quiet = it.e.vnet("quiet", "10.9.0.0/16");
    it.e.dns_servers(&quiet, &[FIREWALL]);
    it.e.peer(&it.hub, &quiet);
    expect(&it.e, &["DNS-036 spoke fail error certain"]);
}

#[test]
fn without_a_zone_a_dead_server_does_not_hide_that() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    it.e.firewall("afw", &it.vnet, "10.1.2.4");
    it.e.dns_servers(&it.vnet, &["10.1.2.4"]);
    expect(&it.e, &["DNS-001 pe fail error certain", "DNS-036 vnet fail error certain"]);
    assert!(only(&judge(&it.e), "DNS-001").message.contains(BLOB));
}
