//! What a finding says stays small however large the estate is, and so does what it costs to find it.

use std::time::{Duration, Instant};

use plaudit::inventory::Kind;

use crate::estate::services::{Service, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, judge_collected, topology};
use crate::small::{BLOB, Direct, Hub};

#[test]
fn a_reason_names_a_few_gaps_and_says_that_there_are_more() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    for number in 0..40 {
        let name = format!("dark-{number}");
        it.e.in_subscription(&name);
        it.e.gap(Kind::PrivateDnsZones, &name, 403, "AuthorizationFailed");
    }
    let report = judge_collected(it.e.collected());
    let finding = report.findings.iter().find(|f| f.rule == "DNS-001").unwrap();
    let told = evidence(finding, "notRead");
    assert_eq!(told.matches("could not be read").count(), 10, "{told}");
    assert!(told.contains("and more"), "{told}");
    assert_eq!(report.findings.iter().filter(|f| f.rule.starts_with("COV-")).count(), 40);
}

#[test]
fn a_finding_names_a_few_of_many_zones_of_one_name() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.client(&vnet);
    e.endpoint("pe", &vnet, storage("acct", "blob"));
    for number in 0..40 {
        e.in_group(&format!("rg-{number}"));
        e.zone(BLOB);
    }
    let report = judge_collected(e.collected());
    let finding = report.findings.iter().find(|f| f.rule == "DNS-010").unwrap();
    assert_eq!(finding.related.iter().filter(|related| related.role == "zone").count(), 10);
}

/// Many endpoints in a spoke whose hub's firewall asks a server outside Azure, with many networks around.
fn behind_a_firewall(endpoints: usize, networks: usize) -> Estate {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let firewall = it.e.firewall("afw", &it.hub, "10.0.2.4");
    it.e.classic_dns(&firewall, true, &["192.168.7.4"]);
    for number in 0..networks {
        it.e.vnet(&format!("other-{number}"), &format!("10.{}.{}.0/24", 100 + number / 250, number % 250));
    }
    it.e.in_subscription(HOME);
    it.e.dns_servers(&it.spoke, &["10.0.2.4"]);
    for number in 0..endpoints {
        it.e.endpoint(&format!("pe-{number}"), &it.spoke, storage(&format!("acct{number}"), "blob"));
    }
    it.e
}

fn time_to_judge(endpoints: usize, networks: usize) -> Duration {
    let joined = topology(behind_a_firewall(endpoints, networks).collected());
    let start = Instant::now();
    plaudit::audit::audit(&joined).unwrap();
    start.elapsed()
}

#[test]
fn a_server_is_looked_for_once_and_not_for_every_name() {
    let (few, many) = (time_to_judge(600, 10), time_to_judge(600, 3_000));
    assert!(many < few * 4 + Duration::from_millis(100), "{few:?} among few networks, {many:?} among many");
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[test]
fn networks_behind_one_virtual_hub_are_searched_once() {
    let spokes = |count: usize| {
        let mut e = Estate::new();
        for number in 0..count {
            let prefix = format!("10.{}.{}.0/24", number / 250, number % 250);
            let vnet = e.vnet(&format!("spoke-{number}"), &prefix);
            e.connect_to_virtual_hub(&vnet, "hub");
            e.dns_servers(&vnet, &["192.168.7.4", "192.168.7.5"]);
        }
        let collected = e.collected();
        time(|| drop(topology(collected)))
    };
    let (few, many) = (spokes(200), spokes(800));
    assert!(many < few * 9, "{few:?} for a quarter, {many:?} for all");
}

#[test]
fn endpoints_that_share_their_names_are_not_each_compared_with_all() {
    let scopes = |count: usize| {
        const ZONE: &str = "privatelink.monitor.azure.com";
        let mut e = Estate::new();
        let zone = e.zone(ZONE);
        for number in 0..count {
            let prefix = format!("10.{}.{}.0/24", number / 250, number % 250);
            let vnet = e.vnet(&format!("spoke-{number}"), &prefix);
            e.client(&vnet);
            e.link(&zone, &vnet);
            let mut scope = Service::new("Microsoft.Insights/privateLinkScopes", "scope", "azuremonitor");
            for member in 0..10 {
                let record = format!("n{member}");
                scope = scope.member(&record, &[(&format!("{record}.monitor.azure.com"), ZONE, &record)]);
            }
            let pe = e.endpoint(&format!("pe-{number}"), &vnet, scope);
            if number == 0 {
                e.zone_group(&pe, &[&zone]);
            }
        }
        let joined = topology(e.collected());
        time(|| drop(plaudit::audit::audit(&joined).unwrap()))
    };
    let (few, many) = (scopes(100), scopes(400));
    assert!(many < few * 8, "{few:?} for a quarter, {many:?} for all");
}
