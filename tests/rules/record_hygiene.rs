//! DNS-024 to DNS-029 and DNS-040: whose record it is, what it holds, how it was made.

use plaudit::inventory::{Kind, ResourceId, Role};
use plaudit::rules::{Settings, Thresholds};
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::services::{key_vault, private_link_service, registry, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{
    evidence, expect, expect_in, expect_of, judge, judge_collected, judge_with, not_judged, only, read,
};
use crate::small::{BLOB, Direct, Hub, link, record};

const GONE: &str =
    "created by private endpoint pe-gone with resource guid 0c4f31c2-2222-4333-8444-555555555555";

/// A record that an endpoint's zone group has left in the zone.
fn left(it: &mut Direct, name: &str, address: &str) -> ResourceId {
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, name, address, GONE)
}

fn left_in(e: &mut Estate, zone: &ResourceId, name: &str, address: &str, creator: &str) -> ResourceId {
    let id = e.record(zone, name, &[address]);
    e.edit(&id, |r| r["properties"]["metadata"] = json!({"creator": creator}));
    id
}

fn with_orphan() -> Direct {
    let mut it = Direct::new();
    left(&mut it, "old", "10.1.4.200");
    it
}

/// A subscription that was only asked for what may be linked to networks elsewhere.
fn with_dns_only(e: &Estate) -> plaudit::finding::Report {
    let mut collected = read(e);
    let mut other = collected.coverage.subscriptions[0].clone();
    other.id = "eeeeeeee-1111-4222-8333-444444444444".into();
    other.role = Role::Context;
    other.kinds = vec![Kind::PrivateDnsZones, Kind::VirtualNetworkLinks, Kind::RecordSets];
    collected.coverage.subscriptions.push(other);
    collected.coverage.normalise();
    judge_collected(collected)
}

fn commands(report: &plaudit::finding::Report, rule: &str) -> Vec<String> {
    only(report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

// DNS-024.

#[test]
fn a_record_of_an_endpoint_that_is_gone_is_an_orphan() {
    let it = with_orphan();
    expect(&it.e, &["DNS-024 old fail warning certain"]);
    let report = judge(&it.e);
    assert!(only(&report, "DNS-024").message.contains("pe-gone"));
    let steps = commands(&report, "DNS-024");
    assert!(steps.last().unwrap().contains("record-set a delete "), "{steps:?}");
    assert!(steps.last().unwrap().ends_with(&format!("-z {BLOB} -n old -y")), "{steps:?}");
}

#[test]
fn an_endpoint_made_again_under_the_name_is_another() {
    let mut it = Direct::new();
    let creator = GONE.replace("pe-gone", "pe");
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, "old", "10.1.4.200", &creator);
    expect(&it.e, &["DNS-024 old fail warning certain"]);
    assert!(only(&judge(&it.e), "DNS-024").message.contains("is another"));
    // One that tells no guid may be the very same.
    it.e.edit(&it.pe, |pe| pe["properties"]["resourceGuid"] = json!(null));
    expect(&it.e, &[]);
}

#[test]
fn an_older_record_tells_no_guid() {
    let mut it = Direct::new();
    for creator in ["created by private endpoint pe-gone", "created by private endpoint", "a person"] {
        let zone = it.zone.clone();
        let id = left_in(&mut it.e, &zone, "old", "10.1.4.200", creator);
        expect(&it.e, &[]);
        it.e.remove(&id);
    }
}

#[test]
fn a_record_that_its_endpoint_wrote_is_no_orphan() {
    let mut it = Direct::new();
    let creator = it.e.creator(&it.pe);
    let zone = it.zone.clone();
    left_in(
        &mut it.e,
        &zone,
        "old",
        "10.1.4.200",
        &creator
            .to_uppercase()
            .replace("CREATED BY PRIVATE ENDPOINT", "created by private endpoint")
            .replace("WITH RESOURCE GUID", "with resource guid"),
    );
    expect(&it.e, &[]);
}

#[test]
fn where_endpoints_of_others_were_never_asked_for_an_orphan_is_not_judged() {
    let it = with_orphan();
    let report = with_dns_only(&it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-024"), [("endpoints of other subscriptions were not read", 1)]);
    assert!(!report.incomplete);
    let mut e = it.e.clone();
    e.every_visible_subscription = false;
    expect_of("DNS-024", &e, &[]);
}

#[test]
fn where_endpoints_could_not_be_read_an_orphan_is_unknown() {
    for kind in [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::VirtualNetworks, Kind::LoadBalancers]
    {
        let mut it = with_orphan();
        it.e.in_subscription("dark");
        it.e.gap(kind, "dark", 403, "AuthorizationFailed");
        expect_of("DNS-024", &it.e, &["DNS-024 old unknown"]);
    }
    let mut it = with_orphan();
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-024", &it.e, &[&format!("DNS-024 {BLOB} unknown")]);
}

#[test]
fn an_address_in_no_network_that_was_read_is_not_judged() {
    let mut it = Direct::new();
    left(&mut it, "old", "10.77.4.4");
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-024");
    assert_eq!(reasons, [("address lies in no network that was read: its endpoint may stand there", 1)]);
    // Nor one that a peered network which was not read may hold.
    let mut it = with_orphan();
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    it.e.peer_with(&it.vnet, &far, &json!(["10.1.4.128/25"]));
    expect_of("DNS-024", &it.e, &[]);
}

#[test]
fn a_record_of_a_name_that_an_endpoint_has_is_left_to_the_rules_of_names() {
    // It is right, though another endpoint wrote it once.
    let mut it = Direct::new();
    it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = GONE.into());
    expect(&it.e, &[]);
    // It is wrong.
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    // It stands beside the right one, in a copy that nobody sees.
    let mut it = Direct::new();
    it.e.in_group("rg-other");
    let other = it.e.zone(BLOB);
    left_in(&mut it.e, &other, "acct", "10.1.4.200", GONE);
    expect(&it.e, &["DNS-024 acct fail warning certain"]);
}

#[test]
fn records_of_zones_that_are_context_are_not_reported() {
    let mut it = Hub::new();
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, "old", "10.1.4.200", GONE);
    left_in(&mut it.e, &zone, "public", "203.0.113.9", GONE);
    it.e.record(&zone, "*", &["10.1.4.201"]);
    expect(&it.e, &[]);
    it.e.audit("hub");
    expect(
        &it.e,
        &[
            "DNS-024 old fail warning certain",
            "DNS-025 public fail error certain",
            "DNS-026 * fail warning certain",
        ],
    );
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
    expect(&it.e, &["DNS-029 pe fail warning probable"]);
    let zone = it.e.zone("contoso.com");
    let address = it.address();
    it.e.record(&zone, "proxy", &[&address]);
    expect(&it.e, &[]);
    it.e.remove(&record(&zone, "proxy"));
    it.e.cname(&zone, "proxy", "proxy.contoso.com");
    expect(&it.e, &["DNS-029 pe fail warning probable"]);
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

// DNS-040.

/// The zone of vaults, linked, and an endpoint in it.
fn vault(it: &mut Direct) -> (ResourceId, String) {
    let zone = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&zone, &it.vnet);
    let pe = it.e.endpoint("pe-vault", &it.vnet, key_vault("kv"));
    it.e.zone_group(&pe, &[&zone]);
    let address = it.e.addresses_of(&pe)[0].clone();
    (pe, address)
}

#[test]
fn an_orphan_of_which_another_endpoint_has_the_address_is_certain() {
    let mut it = Direct::new();
    let address = it.address();
    left(&mut it, "old", &address);
    expect(&it.e, &["DNS-040 old fail error certain"]);
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "DNS-040"), "heldBy"), format!("\"{}\"", it.pe));
    assert!(commands(&report, "DNS-040").last().unwrap().contains("remove-record"));
}

#[test]
fn an_address_of_another_service_s_endpoint_is_certain() {
    let mut it = Direct::new();
    let (_, address) = vault(&mut it);
    it.e.record(&it.zone, "old", &[&address]);
    expect(&it.e, &["DNS-040 old fail error certain"]);
    assert!(only(&judge(&it.e), "DNS-040").message.contains("pe-vault of kv"));
}

#[test]
fn an_alias_written_by_hand_beside_the_endpoint_s_own_names_is_not_judged() {
    let mut it = Direct::new();
    let address = it.address();
    it.e.record(&it.zone, "alias", &[&address]);
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-040");
    assert_eq!(
        reasons,
        [("address is that of an endpoint of the same service, which may have this name too", 1)]
    );
}

#[test]
fn a_record_that_the_holder_wrote_is_its_own() {
    let mut it = Direct::new();
    let (pe, address) = vault(&mut it);
    let creator = it.e.creator(&pe);
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, "old", &address, &creator);
    expect(&it.e, &[]);
}

#[test]
fn an_endpoint_of_a_customer_s_service_may_bear_any_name() {
    let mut it = Direct::new();
    let service = private_link_service("pls").member("", &[]);
    let pe = it.e.endpoint("pe-pls", &it.vnet, service);
    let address = it.e.addresses_of(&pe)[0].clone();
    it.e.record(&it.zone, "old", &[&address]);
    expect(&it.e, &[]);
}

#[test]
fn an_address_of_a_machine_or_load_balancer_is_probable() {
    let mut it = Direct::new();
    let old = it.e.record(&it.zone, "old", &["10.1.2.9"]);
    expect(&it.e, &[]);
    let clean = it.e.clone();
    it.e.machine(&it.vnet, "proxy-nic", "10.1.2.9");
    expect(&it.e, &["DNS-040 old fail warning probable"]);
    let steps = &only(&judge(&it.e), "DNS-040").remediation.clone();
    assert!(steps.iter().any(|step| step.title.contains("forwards")), "{steps:?}");
    it.e = clean.clone();
    it.e.load_balancer("lb", &it.vnet, "10.1.2.9");
    expect(&it.e, &["DNS-040 old fail warning probable"]);
    it.e = clean;
    it.e.firewall("afw", &it.vnet, "10.1.2.9");
    expect(&it.e, &["DNS-040 old fail warning probable"]);
    // Made by a zone group: the endpoint is gone and its address given out again.
    it.e.edit(&old, |r| r["properties"]["metadata"] = json!({"creator": GONE}));
    expect(&it.e, &["DNS-040 old fail warning probable"]);
}

#[test]
fn a_name_that_an_endpoint_has_is_dns_022_s() {
    let mut it = Direct::new();
    it.e.machine(&it.vnet, "proxy-nic", "10.1.2.9");
    it.e.set_addresses(&it.record(), &["10.1.2.9"]);
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
}

#[test]
fn networks_that_never_meet_may_use_the_same_addresses() {
    let mut it = Direct::new();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.machine(&far, "vm-nic", "10.9.0.9");
    it.e.record(&it.zone, "old", &["10.9.0.9"]);
    expect(&it.e, &[]);
    assert_eq!(
        not_judged(&judge(&it.e), "DNS-040"),
        [("no path leads from where the zone is seen to what holds the address", 1)]
    );
    it.e.peer(&it.vnet, &far);
    expect(&it.e, &["DNS-040 old fail warning probable"]);
    // An endpoint over a path that cannot be seen for certain.
    let mut it = Direct::new();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.client(&far);
    let zone = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&zone, &far);
    let pe = it.e.endpoint("pe-vault", &far, key_vault("kv"));
    it.e.zone_group(&pe, &[&zone]);
    let address = it.e.addresses_of(&pe)[0].clone();
    it.e.record(&it.zone, "old", &[&address]);
    expect(&it.e, &[]);
    it.e.connect_to_virtual_hub(&it.vnet, "hub");
    it.e.connect_to_virtual_hub(&far, "hub");
    expect(&it.e, &["DNS-040 old fail warning probable"]);
}

#[test]
fn zones_of_other_services_and_wildcards_are_left_alone() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.snowflakecomputing.com");
    it.e.link(&zone, &it.vnet);
    it.e.load_balancer("lb", &it.vnet, "10.1.2.9");
    it.e.record(&zone, "account", &["10.1.2.9"]);
    expect(&it.e, &[]);
    it.e.record(&it.zone, "*", &["10.1.2.9"]);
    expect_of("DNS-040", &it.e, &[]);
}

#[test]
fn what_holds_an_address_is_unknown_where_it_was_not_read() {
    let mut it = Direct::new();
    let address = it.address();
    left(&mut it, "old", &address);
    let report = with_dns_only(&it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-040"), [("endpoints of other subscriptions were not read", 1)]);
    let kinds = [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::LoadBalancers, Kind::AzureFirewalls];
    for kind in kinds.into_iter().chain([Kind::VirtualNetworks]) {
        let mut it = it.clone();
        it.e.in_subscription("dark");
        it.e.gap(kind, "dark", 403, "AuthorizationFailed");
        expect_of("DNS-040", &it.e, &["DNS-040 old unknown"]);
        expect_of("DNS-024", &it.e, &["DNS-024 old unknown"]);
    }
    let mut links = it.clone();
    links.e.gap_under(&links.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    expect_of("DNS-040", &links.e, &["DNS-040 old unknown"]);
    expect_of("DNS-024", &links.e, &["DNS-024 old unknown"]);
    it.e.gap(Kind::RecordSets, HOME, 403, "AuthorizationFailed");
    expect_of("DNS-040", &it.e, &[&format!("DNS-040 {BLOB} unknown")]);
}

#[test]
fn names_of_several_labels_belong_to_their_endpoint() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurecr.io");
    it.e.link(&zone, &it.vnet);
    let acr = it.e.endpoint("acr", &it.vnet, registry("reg", "westeurope"));
    it.e.zone_group(&acr, &[&zone]);
    expect(&it.e, &[]);
    // A link that falls back does not change whose record it is.
    it.e.edit(&link(&zone, &it.vnet), |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    let second = it.e.endpoint("second", &it.vnet, storage("acct2", "blob"));
    it.e.zone_group(&second, &[&it.zone]);
    expect(&it.e, &[]);
}
