//! What a linked zone does for a network: nothing (DNS-016), hide names of others (DNS-020), hide a whole service
//! (DNS-038).

use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;

use crate::estate::HOME;
use crate::estate::services::storage;
use crate::judged::{evidence, expect, expect_of, judge_with, not_judged, only};
use crate::small::{BLOB, Direct, Hub, INBOUND, link};

const VAULT: &str = "privatelink.vaultcore.azure.net";
const SUFFIX: [&str; 1] = ["DNS-038 blob.core.windows.net fail warning certain"];

fn report_of(rule: &str, e: &crate::estate::Estate) -> plaudit::finding::Report {
    judge_with(e, &[rule], &Settings::default(), Options::default())
}

// DNS-016.

/// A spoke that asks its hub and is itself linked to a zone that the hub is not linked to.
fn dead_link() -> (Hub, ResourceId) {
    let mut it = Hub::new();
    let zone = it.e.zone(VAULT);
    it.e.link(&zone, &it.spoke);
    (it, zone)
}

#[test]
fn a_link_to_a_network_that_asks_elsewhere_is_dead_weight() {
    let (mut it, zone) = dead_link();
    expect_of("DNS-016", &it.e, &["DNS-016 to-spoke fail info certain"]);
    // It does not run by itself.
    expect(&it.e, &[]);
    let report = report_of("DNS-016", &it.e);
    let finding = only(&report, "DNS-016");
    assert_eq!(finding.cause.id, format!("{VAULT} -> {}", it.hub));
    let command = finding.remediation[0].command.as_ref().unwrap();
    assert!(
        command.contains(&format!("-z {VAULT} ")) && command.contains(&format!("-v {} ", it.hub)),
        "{command}"
    );
    it.e.link(&zone, &it.hub);
    expect_of("DNS-016", &it.e, &[]);
}

#[test]
fn a_link_that_counts_or_is_spare_is_none() {
    let (mut it, _) = dead_link();
    // The hub sees another zone of the name.
    it.e.in_group("rg-other");
    let copy = it.e.zone(VAULT);
    it.e.link(&copy, &it.hub);
    expect_of("DNS-016", &it.e, &[]);
    // Azure DNS is one of the servers.
    let (mut it, _) = dead_link();
    it.e.dns_servers(&it.spoke, &[INBOUND, "168.63.129.16"]);
    expect_of("DNS-016", &it.e, &[]);
    // Others ask something in the network.
    let (mut it, _) = dead_link();
    let resolver = it.e.resolver("own-resolver", &it.spoke);
    it.e.inbound(&resolver, "10.1.1.4");
    expect_of("DNS-016", &it.e, &[]);
}

#[test]
fn a_link_that_dns_010_misses_is_missed_once() {
    let mut it = Hub::new();
    it.e.unlink(&it.zone, &it.hub);
    it.e.link(&it.zone, &it.spoke);
    expect_of("DNS-016", &it.e, &[]);
    it.e.delete_endpoint(&it.pe);
    expect_of("DNS-016", &it.e, &["DNS-016 to-spoke fail info certain"]);
}

#[test]
fn a_network_whose_dns_is_not_seen_or_that_does_not_ask_is_not_judged() {
    let (mut it, _) = dead_link();
    it.e.dns_servers(&it.spoke, &["192.168.7.4"]);
    expect_of("DNS-016", &it.e, &[]);
    assert_eq!(not_judged(&report_of("DNS-016", &it.e), "DNS-016").len(), 1);
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    expect_of("DNS-016", &it.e, &[]);
    let (mut it, zone) = dead_link();
    let quiet = it.e.vnet("quiet", "10.9.0.0/16");
    it.e.dns_servers(&quiet, &[INBOUND]);
    it.e.peer(&it.hub, &quiet);
    it.e.link(&zone, &quiet);
    expect_of("DNS-016", &it.e, &["DNS-016 to-spoke fail info certain"]);
}

#[test]
fn a_dns_server_that_cannot_be_read_makes_dead_weight_unknown() {
    let (mut it, _) = dead_link();
    it.e.gap(Kind::InboundEndpoints, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-016", &it.e, &["DNS-016 to-spoke unknown"]);
}

// DNS-020.

/// A healthy network, and another one elsewhere with a copy of the zone of its own.
fn elsewhere() -> (Direct, ResourceId, ResourceId) {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.8.0.0/16");
    it.e.client(&other);
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &other);
    it.e.in_group("rg-network");
    (it, other, copy)
}

#[test]
fn a_zone_hides_names_whose_endpoints_are_elsewhere() {
    let found = [format!("DNS-020 {BLOB} fail warning certain")];
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let (mut it, other, copy) = elsewhere();
    let pe = it.e.endpoint("two", &it.vnet, storage("two", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    expect_of("DNS-020", &it.e, &found);
    // It does not run by itself.
    expect(&it.e, &[]);
    let report = report_of("DNS-020", &it.e);
    let finding = only(&report, "DNS-020");
    assert_eq!((finding.subject.id.as_str(), evidence(finding, "count")), (copy.as_str(), "2".to_owned()));
    let command = finding.remediation[0].command.as_ref().unwrap();
    assert!(
        command.contains("-g rg-other ") && command.ends_with("--resolution-policy NxDomainRedirect"),
        "{command}"
    );
    it.e.edit(&link(&copy, &other), |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    expect_of("DNS-020", &it.e, &[]);
}

#[test]
fn names_that_the_zone_holds_or_that_are_near_are_not_hidden() {
    let (mut it, _, copy) = elsewhere();
    let address = it.address();
    it.e.record(&copy, "acct", &[&address]);
    expect_of("DNS-020", &it.e, &[]);
    // DNS-015 speaks of networks that are peered with the endpoint's.
    let (mut it, other, _) = elsewhere();
    it.e.peer(&it.vnet, &other);
    expect_of("DNS-020", &it.e, &[]);
    // Without an approved connection public DNS makes no privatelink name.
    let (mut it, _, _) = elsewhere();
    it.e.pending(&it.pe);
    expect_of("DNS-020", &it.e, &[]);
    // Nobody asks.
    let (mut it, other, copy) = elsewhere();
    it.e.unlink(&copy, &other);
    expect_of("DNS-020", &it.e, &[]);
    assert_eq!(not_judged(&report_of("DNS-020", &it.e), "DNS-020").len(), 1);
}

#[test]
fn a_zone_that_cannot_be_read_may_hide_names() {
    for kind in [Kind::VirtualNetworkLinks, Kind::RecordSets] {
        let (mut it, _, copy) = elsewhere();
        it.e.gap_under(&copy, kind, 403, "AuthorizationFailed");
        expect_of("DNS-020", &it.e, &[&format!("DNS-020 {BLOB} unknown")]);
    }
}

// DNS-038.

fn suffix_zone(it: &mut Direct, name: &str) -> ResourceId {
    let zone = it.e.zone(name);
    it.e.link(&zone, &it.vnet);
    zone
}

#[test]
fn a_public_suffix_zone_hides_the_service() {
    let mut it = Direct::new();
    let public = suffix_zone(&mut it, "blob.core.windows.net");
    let address = it.address();
    it.e.record(&public, "acct", &[&address]);
    expect(&it.e, &SUFFIX);
    let report = report_of("DNS-038", &it.e);
    let finding = only(&report, "DNS-038");
    assert!(finding.message.starts_with("1 networks (vnet) see"), "{}", finding.message);
    let (first, last) = (&finding.remediation[0], &finding.remediation[1]);
    assert!(first.command.is_none() && first.title.contains("first let the names"), "{first:?}");
    assert!(last.command.as_ref().unwrap().contains("link vnet delete"), "{last:?}");
}

#[test]
fn networks_behind_a_hub_see_it_too() {
    let mut it = Hub::new();
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.hub);
    let address = it.address();
    it.e.record(&public, "acct", &[&address]);
    let more = it.e.vnet("more", "10.9.0.0/16");
    it.e.client(&more);
    it.e.dns_servers(&more, &[INBOUND]);
    it.e.peer(&it.hub, &more);
    expect(&it.e, &SUFFIX);
    assert_eq!(evidence(only(&report_of("DNS-038", &it.e), "DNS-038"), "networks"), "2");
}

#[test]
fn zones_of_one_name_and_of_privatelink_names_hide_no_service() {
    let mut it = Direct::new();
    let single = suffix_zone(&mut it, "acct.blob.core.windows.net");
    let address = it.address();
    it.e.record(&single, "@", &[&address]);
    suffix_zone(&mut it, VAULT);
    suffix_zone(&mut it, "corp.contoso.com");
    // A managed instance's own prefix is nobody else's.
    suffix_zone(&mut it, "0a1b2c3d4e5f.database.windows.net");
    expect(&it.e, &[]);
    suffix_zone(&mut it, "database.windows.net");
    expect(&it.e, &["DNS-038 database.windows.net fail warning certain"]);
}

#[test]
fn a_public_suffix_zone_that_answers_for_nobody_hides_nothing() {
    let mut it = Direct::new();
    let public = it.e.zone("blob.core.windows.net");
    expect(&it.e, &[]);
    let quiet = it.e.vnet("quiet", "10.9.0.0/16");
    it.e.link(&public, &quiet);
    expect(&it.e, &[]);
    it.e.in_subscription("context");
    let theirs = it.e.vnet("theirs", "10.8.0.0/16");
    it.e.client(&theirs);
    it.e.in_subscription(HOME);
    it.e.link(&public, &theirs);
    expect(&it.e, &[]);
}

#[test]
fn links_or_networks_that_cannot_be_read_make_it_unknown() {
    let unknown = ["DNS-038 blob.core.windows.net unknown"];
    let mut it = Direct::new();
    let public = suffix_zone(&mut it, "blob.core.windows.net");
    let address = it.address();
    it.e.record(&public, "acct", &[&address]);
    let whole = it.e.clone();
    it.e.gap_under(&public, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    expect_of("DNS-038", &it.e, &unknown);
    it.e = whole;
    it.e.gap(Kind::VirtualNetworks, HOME, 403, "AuthorizationFailed");
    expect_of("DNS-038", &it.e, &unknown);
}
