//! DNS-025 to DNS-029, and what DNS-022 says of who wrote a record: what a record holds, how it was made.

use plaudit::inventory::{Kind, ResourceId, Role};
use plaudit::rules::{Settings, Thresholds};
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::Estate;
use crate::estate::services::key_vault;
use crate::judged::{
    evidence, expect, expect_in, expect_of, judge, judge_collected, judge_with, not_judged, only, read,
};
use crate::small::{BLOB, Direct, record};

pub const GONE: &str =
    "created by private endpoint pe-gone with resource guid 0c4f31c2-2222-4333-8444-555555555555";

/// A record that an endpoint's zone group has left in the zone.
pub fn left(it: &mut Direct, name: &str, address: &str) -> ResourceId {
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, name, address, GONE)
}

pub fn left_in(e: &mut Estate, zone: &ResourceId, name: &str, address: &str, creator: &str) -> ResourceId {
    let id = e.record(zone, name, &[address]);
    e.edit(&id, |r| r["properties"]["metadata"] = json!({"creator": creator}));
    id
}

/// A subscription that was only asked for what may be linked to networks elsewhere.
pub fn with_dns_only(e: &Estate) -> plaudit::finding::Report {
    let mut collected = read(e);
    let mut other = collected.coverage.subscriptions[0].clone();
    other.id = "eeeeeeee-1111-4222-8333-444444444444".into();
    other.role = Role::Context;
    other.kinds = vec![Kind::PrivateDnsZones, Kind::VirtualNetworkLinks, Kind::RecordSets];
    collected.coverage.subscriptions.push(other);
    collected.coverage.normalise();
    judge_collected(collected)
}

pub fn commands(report: &plaudit::finding::Report, rule: &str) -> Vec<String> {
    only(report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

// DNS-022 and DNS-023 say who wrote the record.

#[test]
fn a_wrong_record_tells_who_overwrote_it_and_with_what() {
    let mut it = Direct::new();
    let vault = it.e.endpoint("pe-vault", &it.vnet, key_vault("kv"));
    let creator = it.e.creator(&vault);
    let address = it.e.addresses_of(&vault)[0].clone();
    let zone = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&zone, &it.vnet);
    it.e.zone_group(&vault, &[&zone]);
    it.e.set_addresses(&it.record(), &[&address]);
    it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = creator.into());
    let report = judge(&it.e);
    expect_in(&report, &["DNS-022 pe fail error certain"]);
    let finding = only(&report, "DNS-022");
    let told = evidence(finding, "overwrittenBy");
    for part in ["pe-vault", "rg-network", "leads to kv", &address] {
        assert!(told.contains(part) && finding.message.contains(part), "{part}: {told}");
    }
    assert!(
        finding.related.iter().any(|related| related.role == "writer" && related.id == vault.to_string())
    );
    // The name alone, as older records tell it.
    it.e.edit(&it.record(), |r| {
        r["properties"]["metadata"]["creator"] = "created by private endpoint PE-VAULT".into();
    });
    assert!(evidence(only(&judge(&it.e), "DNS-022"), "overwrittenBy").contains("leads to kv"));
}

#[test]
fn a_wrong_record_tells_whether_its_writer_still_exists() {
    let told = |it: &Direct| evidence(only(&judge(&it.e), "DNS-022"), "overwrittenBy");
    let mut it = Direct::new();
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    assert!(!only(&judge(&it.e), "DNS-022").evidence.iter().any(|(name, _)| *name == "overwrittenBy"));
    it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = GONE.into());
    assert!(told(&it).contains("no longer exists"), "{}", told(&it));
    it.e.edit(&it.record(), |r| {
        r["properties"]["metadata"]["creator"] = GONE.replace("pe-gone", "PE").into()
    });
    assert!(told(&it).contains("a former private endpoint PE"), "{}", told(&it));
    it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = GONE.into());
    it.e.every_visible_subscription = false;
    assert!(told(&it).contains("cannot be seen"), "{}", told(&it));
}

#[test]
fn a_stale_address_tells_who_wrote_the_record() {
    let mut it = Direct::new();
    let address = it.address();
    it.e.set_addresses(&it.record(), &[&address, "10.1.4.200"]);
    it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = GONE.into());
    let report = judge(&it.e);
    assert!(only(&report, "DNS-023").message.contains("pe-gone wrote it"));
}

// DNS-025.

#[test]
fn a_public_address_in_a_private_link_zone_is_certain() {
    let mut it = Direct::new();
    let id = it.e.record(&it.zone, "other", &["203.0.113.9", "10.1.4.200"]);
    expect(&it.e, &["DNS-025 other fail error certain"]);
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "DNS-025"), "public"), "[\"203.0.113.9\"]");
    assert!(commands(&report, "DNS-025")[0].ends_with("-n other -a 203.0.113.9"));
    it.e.aaaa(&it.zone, "six", &["2001:db8::4"]);
    it.e.remove(&id);
    expect(&it.e, &["DNS-025 six fail error certain"]);
}

#[test]
fn private_addresses_of_every_kind_are_fine() {
    let mut it = Direct::new();
    let all = ["10.9.9.9", "172.31.0.4", "192.168.7.4", "100.64.0.1", "100.127.255.254", "169.254.1.1"];
    it.e.record(&it.zone, "four", &all);
    it.e.aaaa(&it.zone, "six", &["fd00:db8::4", "fe80::4"]);
    expect(&it.e, &[]);
    for (number, edge) in ["100.63.255.255", "100.128.0.0", "172.32.0.1"].into_iter().enumerate() {
        let mut it = it.clone();
        let name = format!("edge-{number}");
        it.e.record(&it.zone, &name, &[edge]);
        expect(&it.e, &[&format!("DNS-025 {name} fail error certain")]);
    }
}

#[test]
fn a_network_may_use_public_addresses() {
    let mut it = Direct::new();
    it.e.record(&it.zone, "other", &["203.0.113.9"]);
    let plain = it.e.clone();
    it.e.vnet("odd", "203.0.113.0/24");
    expect(&it.e, &[]);
    // One that is peered and was not read.
    it.e = plain;
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    it.e.peer_with(&it.vnet, &far, &json!(["203.0.113.0/24"]));
    expect(&it.e, &[]);
}

#[test]
fn a_zone_without_a_privatelink_label_may_be_public() {
    let mut it = Direct::new();
    let zone = it.e.zone("contoso.com");
    it.e.record(&zone, "www", &["203.0.113.9"]);
    expect(&it.e, &[]);
}

#[test]
fn a_public_address_of_an_endpoint_s_name_is_dns_022_or_dns_023() {
    let mut it = Direct::new();
    it.e.set_addresses(&it.record(), &["203.0.113.9"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    let address = it.address();
    it.e.set_addresses(&it.record(), &[&address, "203.0.113.9"]);
    expect(&it.e, &["DNS-023 pe fail warning certain"]);
    // Where these do not judge, the address is public all the same.
    let mut it = Direct::new().by_hand();
    it.e.without_fqdns(&it.pe);
    it.e.edit(&it.pe, |pe| pe["properties"]["customDnsConfigs"] = json!([]));
    it.e.set_addresses(&it.record(), &["203.0.113.9"]);
    expect(&it.e, &["DNS-025 acct fail error certain"]);
}

#[test]
fn networks_that_were_not_read_may_use_the_address() {
    let mut it = Direct::new();
    it.e.record(&it.zone, "other", &["203.0.113.9"]);
    expect_in(&with_dns_only(&it.e), &["DNS-025 other fail warning probable"]);
    let mut dark = it.clone();
    dark.e.in_subscription("dark");
    dark.e.gap(Kind::VirtualNetworks, "dark", 403, "AuthorizationFailed");
    expect_of("DNS-025", &dark.e, &["DNS-025 other unknown"]);
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-025", &it.e, &[&format!("DNS-025 {BLOB} unknown")]);
}

// DNS-026.

#[test]
fn a_wildcard_in_a_shared_zone_answers_for_everybody() {
    let mut it = Direct::new();
    let star = it.e.record(&it.zone, "*", &["10.1.4.200"]);
    expect(&it.e, &["DNS-026 * fail warning certain"]);
    assert!(commands(&judge(&it.e), "DNS-026").last().unwrap().ends_with("-n '*' -y"));
    // Nobody asks.
    it.e.unlink(&it.zone, &it.vnet);
    expect_of("DNS-026", &it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-026"), [("zone is linked to no network", 1)]);
    it.e.link(&it.zone, &it.vnet);
    it.e.set_addresses(&star, &[]);
    expect(&it.e, &[]);
}

#[test]
fn a_wildcard_s_remedy_writes_the_records_it_stands_for() {
    let mut it = Direct::new();
    let address = it.address();
    it.e.drop_zone_group(&it.pe);
    it.e.record(&it.zone, "*", &[&address]);
    let report = judge(&it.e);
    expect_in(&report, &["DNS-026 * fail warning certain"]);
    let steps = commands(&report, "DNS-026");
    assert!(
        steps[0].contains("add-record") && steps[0].ends_with(&format!("-n acct -a {address}")),
        "{steps:?}"
    );
    assert!(steps[1].contains("record-set a delete"), "{steps:?}");
}

#[test]
fn a_wildcard_that_is_meant_is_fine() {
    let mut it = Direct::new();
    // Below one name, in a zone of Container Apps, and in a zone that no service of Azure has.
    it.e.record(&it.zone, "*.acct2", &["10.1.4.200"]);
    for name in ["privatelink.westeurope.azurecontainerapps.io", "privatelink.snowflakecomputing.com"] {
        let zone = it.e.zone(name);
        it.e.link(&zone, &it.vnet);
        it.e.record(&zone, "*", &["10.1.4.200"]);
    }
    expect(&it.e, &[]);
}

#[test]
fn a_wildcard_whose_zone_s_links_or_records_are_unread_is_unknown() {
    let mut it = Direct::new();
    it.e.record(&it.zone, "*", &["10.1.4.200"]);
    let mut links = it.clone();
    links.e.gap_under(&links.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    expect_of("DNS-026", &links.e, &["DNS-026 * unknown"]);
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-026", &it.e, &[&format!("DNS-026 {BLOB} unknown")]);
}

// DNS-027.

#[test]
fn a_right_record_made_by_hand_is_said_when_asked_for() {
    let it = Direct::new().by_hand();
    expect(&it.e, &[]);
    expect_of("DNS-027", &it.e, &["DNS-027 pe fail info certain"]);
    let report = judge_with(&it.e, &["DNS-027"], &Settings::default(), Options::default());
    assert!(commands(&report, "DNS-027")[0].contains("dns-zone-group create"));
}

#[test]
fn a_record_that_a_zone_group_keeps_is_not_made_by_hand() {
    expect_of("DNS-027", &Direct::new().e, &[]);
    // The zone group has lost its record to a hand.
    let mut it = Direct::new();
    it.e.forget_creator(&it.record());
    expect_of("DNS-027", &it.e, &[]);
    let report = judge_with(&it.e, &["DNS-027"], &Settings::default(), Options::default());
    assert_eq!(not_judged(&report, "DNS-027"), [("whether the endpoint has a zone group was not asked", 1)]);
    // A wrong one is another rule's.
    let mut it = Direct::new().by_hand();
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect_of("DNS-027", &it.e, &[]);
}

#[test]
fn the_group_of_an_endpoint_that_was_read_counts() {
    let mut it = Direct::new();
    it.e.forget_creator(&it.record());
    let mut rules = plaudit::rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = rule.page.id == "DNS-027");
    let topology = crate::judged::topology(it.e.collected_with_zone_groups());
    let report = plaudit::audit::audit(&topology, &rules, &Settings::default());
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-027"), []);
}

// DNS-028.

#[test]
fn a_record_that_lives_long_is_said_when_asked_for() {
    let mut it = Direct::new();
    let ttl = |e: &mut Estate, id: &ResourceId, ttl: serde_json::Value| {
        e.edit(id, |r| r["properties"]["ttl"] = ttl);
    };
    let id = it.record();
    expect_of("DNS-028", &it.e, &[]);
    ttl(&mut it.e, &id, json!(3600));
    expect_of("DNS-028", &it.e, &[]);
    ttl(&mut it.e, &id, json!(3601));
    expect_of("DNS-028", &it.e, &["DNS-028 acct fail info certain"]);
    expect(&it.e, &[]);
    let report = judge_with(&it.e, &["DNS-028"], &Settings::default(), Options::default());
    assert!(commands(&report, "DNS-028")[0].ends_with("-n acct --set ttl=10"));
    let thresholds = Thresholds { record_ttl: 7200, ..Thresholds::default() };
    let settings = Settings { thresholds, ..Settings::default() };
    expect_in(&judge_with(&it.e, &["DNS-028"], &settings, Options::default()), &[]);
    ttl(&mut it.e, &id, json!(null));
    expect_of("DNS-028", &it.e, &[]);
    // A record of nobody's.
    let other = it.e.record(&it.zone, "other", &["10.1.4.200"]);
    ttl(&mut it.e, &other, json!(90000));
    expect_of("DNS-028", &it.e, &[]);
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-028", &it.e, &[&format!("DNS-028 {BLOB} unknown")]);
}

// DNS-029.

fn with_cname(target: &str) -> Direct {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.cname(&it.zone, "acct", target);
    it
}

#[test]
fn a_cname_that_leads_out_is_a_warning() {
    let it = with_cname("proxy.contoso.com");
    expect(&it.e, &["DNS-029 pe fail warning certain"]);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-029");
    assert_eq!(evidence(finding, "cname"), "\"proxy.contoso.com\"");
    let steps = commands(&report, "DNS-029");
    let delete = steps.iter().position(|step| step.contains("cname delete")).unwrap();
    let write = steps.iter().position(|step| step.contains("add-record")).unwrap();
    assert!(delete < write, "{steps:?}");
}

#[test]
fn a_cname_that_leads_to_the_right_address_is_fine() {
    let mut it = with_cname(&format!("real.{BLOB}"));
    let address = it.address();
    let real = it.e.record(&it.zone, "real", &[&address]);
    expect(&it.e, &[]);
    // The wrong one is DNS-022's.
    it.e.set_addresses(&real, &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    // By way of the public name of another endpoint of the account.
    let mut it = with_cname("acct.blob.core.windows.net");
    let zone = it.e.zone("acct.blob.core.windows.net");
    expect(&it.e, &["DNS-029 pe fail warning certain"]);
    let address = it.address();
    it.e.link(&zone, &it.vnet);
    it.e.record(&zone, "@", &[&address]);
    expect(&it.e, &[]);
}

#[test]
fn a_cname_to_another_endpoint_s_public_name_is_followed_through_public_dns() {
    let mut it = with_cname("web2.azurewebsites.net");
    let zone = it.e.zone("privatelink.azurewebsites.net");
    it.e.link(&zone, &it.vnet);
    let web = it.e.endpoint("web", &it.vnet, crate::estate::services::web_app("web2"));
    it.e.zone_group(&web, &[&zone]);
    expect(&it.e, &["DNS-029 pe fail warning certain"]);
    let address = it.address();
    it.e.set_addresses(&record(&zone, "web2"), &[&address]);
    expect_of("DNS-029", &it.e, &[]);
    // Unless its zone cannot be seen from the network.
    it.e.unlink(&zone, &it.vnet);
    expect_of("DNS-029", &it.e, &["DNS-029 pe fail warning certain"]);
}

#[test]
fn a_cname_in_a_zone_that_nobody_s_view_tells_is_probable() {
    let mut it = with_cname("proxy.contoso.com");
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    expect(&it.e, &["DNS-017 vnet fail info certain", "DNS-029 pe fail warning probable"]);
    let zone = it.e.zone("contoso.com");
    let address = it.address();
    it.e.record(&zone, "proxy", &[&address]);
    expect(&it.e, &["DNS-017 vnet fail info certain"]);
    it.e.remove(&record(&zone, "proxy"));
    it.e.cname(&zone, "proxy", "proxy.contoso.com");
    expect(&it.e, &["DNS-017 vnet fail info certain", "DNS-029 pe fail warning probable"]);
}

#[test]
fn a_cname_is_not_said_where_the_name_is_not_due_or_not_known() {
    let mut it = with_cname("proxy.contoso.com");
    let whole = it.e.clone();
    it.e.pending(&it.pe);
    expect(&it.e, &["PE-001 pe fail error certain"]);
    it.e = whole.clone();
    it.e.unlink(&it.zone, &it.vnet);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
    it.e = whole;
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-029", &it.e, &[]);
    let unknown = judge(&it.e).findings.iter().filter(|f| f.subject.name == "pe").count();
    assert_eq!(unknown, 4);
}

/// A wildcard answers with the addresses that were understood, and maybe with more.
#[test]
fn a_wildcard_of_which_an_address_is_not_understood_is_not_whole() {
    let mut it = Direct::new();
    let address = it.address();
    it.e.drop_zone_group(&it.pe);
    let wildcard = it.e.record(&it.zone, "*", &[&address]);
    expect(&it.e, &["DNS-026 * fail warning certain"]);
    it.e.edit(&wildcard, |r| {
        r["properties"]["aRecords"].as_array_mut().unwrap().push(json!({"ipv4Address": "10.1.4"}));
    });
    let unknown = ["DNS-010", "DNS-021", "DNS-022", "DNS-023"].map(|rule| format!("{rule} pe unknown"));
    let of_wildcard = ["DNS-025 * unknown", "DNS-026 * unknown"];
    expect(&it.e, &unknown.iter().map(String::as_str).chain(of_wildcard).collect::<Vec<_>>());
}
