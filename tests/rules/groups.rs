//! DNS-002 to DNS-005 and DNS-034: zone groups, and what they write into.

use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use serde_json::{Value, json};

use crate::estate::demo::Demo;
use crate::estate::services::{Service, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_of, judge, judge_collected, judge_with, not_judged, only};
use crate::small::{BLOB, Direct, Hub};

const FILE: &str = "privatelink.file.core.windows.net";
const API: &str = "privatelink.api.azureml.ms";
const NOTEBOOKS: &str = "privatelink.notebooks.azure.net";
const DARK: &str = "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones";

/// The findings of these rules, a line each, sorted.
fn lines_of(e: &Estate, rules: &[&str]) -> Vec<String> {
    let report = judge_with(e, rules, &Settings::default(), Options::default());
    let mut lines: Vec<String> = report.findings.iter().map(crate::judged::line).collect();
    lines.sort();
    lines
}

fn commands(e: &Estate, rule: &str) -> Vec<String> {
    let report = judge_with(e, &[rule], &Settings::default(), Options::default());
    let finding = only(&report, rule);
    finding.remediation.iter().filter_map(|step| step.command.clone()).collect()
}

fn in_other_group(e: &mut Estate, zone: &str) -> ResourceId {
    e.in_group("rg-other");
    let copy = e.zone(zone);
    e.in_group("rg-network");
    copy
}

/// Points the only entry of an endpoint's group at another zone, and forgets what it wrote.
fn point(e: &mut Estate, pe: &ResourceId, zone: &str) {
    let zone = zone.to_owned();
    e.edit_zone_group(pe, |group| {
        let entry = &mut group["properties"]["privateDnsZoneConfigs"][0]["properties"];
        entry["privateDnsZoneId"] = zone.into();
        entry["recordSets"] = json!([]);
    });
}

// DNS-002.

/// Two zones of one name and clients whose DNS is seen nowhere near them: no rule can say which is meant.
fn two_copies() -> Direct {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    let nic = it.e.list(Kind::NetworkInterfaces, &it.e.subscription_guid(HOME));
    let client = nic.iter().find(|nic| nic["properties"]["privateEndpoint"].is_null()).unwrap();
    let client = ResourceId::new(client["id"].as_str().unwrap());
    it.e.remove(&client);
    it.e.edit(&it.vnet, |vnet| {
        for subnet in vnet["properties"]["subnets"].as_array_mut().unwrap() {
            let kept = subnet["properties"]["ipConfigurations"].as_array().cloned().unwrap_or_default();
            let own = |config: &Value| config["id"].as_str().is_some_and(|id| id.contains("pe.nic"));
            subnet["properties"]["ipConfigurations"] = kept.into_iter().filter(own).collect();
        }
    });
    in_other_group(&mut it.e, BLOB);
    it
}

#[test]
fn an_endpoint_in_no_zone_of_several_is_not_integrated() {
    let it = two_copies();
    expect(&it.e, &["DNS-002 pe fail warning probable"]);
    let steps = commands(&it.e, "DNS-002");
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(steps[0].contains("dns-zone-group create"), "{steps:?}");
    // The copy that the network is linked to.
    assert!(steps[0].contains(&format!("--private-dns-zone {} ", it.zone)), "{steps:?}");
}

#[test]
fn where_no_copy_is_seen_nobody_is_told_which_to_take() {
    let mut it = two_copies();
    it.e.unlink(&it.zone, &it.vnet);
    assert_eq!(commands(&it.e, "DNS-002"), Vec::<String>::new());
}

#[test]
fn a_record_or_a_group_anywhere_is_integration() {
    let mut it = two_copies();
    let address = it.address();
    it.e.record(&it.zone, "acct", &[&address]);
    expect_of("DNS-002", &it.e, &[]);
    // Under another name, it still is one.
    let mut it = two_copies();
    it.e.record(&it.zone, "other", &[&address]);
    expect_of("DNS-002", &it.e, &[]);
    let mut it = two_copies();
    it.e.zone_group(&it.pe, &[&ResourceId::new(&format!("{DARK}/{BLOB}"))]);
    expect_of("DNS-002", &it.e, &[]);
}

#[test]
fn what_another_rule_says_is_not_said_again() {
    // DNS-021, DNS-010, DNS-001, and one that cannot be known.
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    it.e.unlink(&it.zone, &it.vnet);
    expect(&it.e, &["DNS-010 pe fail error certain"]);
    it.e.remove(&it.zone);
    expect(&it.e, &["DNS-001 pe fail error certain"]);
    it.e.every_visible_subscription = false;
    expect_of("DNS-002", &it.e, &[]);
}

#[test]
fn dns_out_of_sight_may_hold_the_names() {
    let mut it = two_copies();
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-002");
    assert_eq!(reasons, [("custom DNS outside Azure, or nowhere to be found", 1)]);
}

#[test]
fn empty_dns_settings_are_no_evidence_until_the_group_was_asked_for() {
    let mut it = two_copies();
    it.e.edit(&it.pe, |pe| pe["properties"]["customDnsConfigs"] = json!([]));
    expect(&it.e, &["DNS-002 pe fail warning probable"]);
    // Without the later rounds nobody has asked.
    let report = judge_collected(it.e.collected());
    assert!(!report.findings.iter().any(|f| f.rule == "DNS-002"), "{:#?}", report.findings);
    let reasons = not_judged(&report, "DNS-002");
    assert_eq!(reasons, [("zone group was not read (suspects only; --deep reads all)", 1)]);
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("DNS-002", &it.e, &[]);
}

#[test]
fn a_zone_whose_records_were_not_read_may_hold_the_endpoint() {
    let unnamed = || {
        let mut it = Direct::new();
        let account =
            Service::new("Microsoft.CognitiveServices/accounts", "ai", "account").member("account", &[]);
        it.e.endpoint("pe-ai", &it.vnet, account);
        let zone = it.e.zone("privatelink.openai.azure.com");
        (it, zone)
    };
    let (mut it, zone) = unnamed();
    expect_of("DNS-002", &it.e, &["DNS-002 pe-ai fail info possible"]);
    it.e.gap_under(&zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-002", &it.e, &["DNS-002 pe-ai unknown"]);
    let (mut it, _) = unnamed();
    it.e.every_visible_subscription = false;
    expect_of("DNS-002", &it.e, &["DNS-002 pe-ai unknown"]);
    let (mut it, _) = unnamed();
    let pe = ResourceId::new(&it.pe.as_str().replace("/pe", "/pe-ai"));
    it.e.gap_under(&pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("DNS-002", &it.e, &["DNS-002 pe-ai unknown"]);
}

#[test]
fn who_is_not_approved_or_needs_no_zone_is_not_judged() {
    let mut it = two_copies();
    it.e.pending(&it.pe);
    it.e.endpoint("pls", &it.vnet, crate::estate::services::private_link_service("svc"));
    expect_of("DNS-002", &it.e, &[]);
}

// DNS-003.

/// The group writes into a copy that is deleted; the network sees another, without the record.
fn gone() -> (Direct, ResourceId) {
    let mut it = Direct::new();
    let lost = in_other_group(&mut it.e, BLOB);
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&lost]);
    it.e.remove(&lost);
    (it, lost)
}

#[test]
fn a_group_that_writes_into_nothing_is_the_cause_of_the_missing_record() {
    let (it, lost) = gone();
    expect(&it.e, &["DNS-003 pe fail error certain"]);
    let report = judge(&it.e);
    assert_eq!(only(&report, "DNS-003").cause.id, lost.to_string());
    let steps = commands(&it.e, "DNS-003");
    assert!(steps[0].contains("dns-zone-group delete") && steps[0].ends_with("-n default"), "{steps:?}");
    assert!(steps[1].contains("dns-zone-group create"), "{steps:?}");
    assert!(steps[1].contains(&format!("--private-dns-zone {} ", it.zone)), "{steps:?}");
    assert_eq!(steps.len(), 2);
}

#[test]
fn a_zone_that_is_gone_everywhere_is_the_zone_s_own_fault() {
    let mut it = Direct::new();
    it.e.remove(&it.zone);
    expect(&it.e, &["DNS-001 pe fail error certain"]);
    // Its steps make it again where the group looks for it.
    let steps = commands(&it.e, "DNS-001");
    assert!(steps[0].contains("zone create") && steps[0].contains("-g rg-network"), "{steps:?}");
    assert!(steps[1].contains("dns-zone-group delete"), "{steps:?}");
    assert!(steps[2].contains(&format!("--private-dns-zone {} ", it.zone)), "{steps:?}");
}

#[test]
fn a_dead_zone_beside_records_that_work_is_a_warning() {
    let (mut it, _) = gone();
    let address = it.address();
    it.e.record(&it.zone, "acct", &[&address]);
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &["DNS-003 pe fail warning probable"]);
    // Nobody asks for the group of an endpoint whose record is found.
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-003");
    assert_eq!(reasons, [("zone group was not read (suspects only; --deep reads all)", 1)]);
}

#[test]
fn a_dead_zone_that_is_not_needed_is_taken_out() {
    let mut it = Direct::new();
    let service = Service::new("Contoso.Weather/stations", "oslo", "station").member("station", &[]);
    let pe = it.e.endpoint("pe-odd", &it.vnet, service);
    let (kept, lost) = (it.e.zone("oslo.contoso.com"), it.e.zone("privatelink.contoso.com"));
    it.e.zone_group(&pe, &[&kept, &lost]);
    it.e.remove(&lost);
    let report = judge_collected(it.e.collected_with_zone_groups());
    let finding = only(&report, "DNS-003");
    let step = finding.remediation[0].command.as_deref().unwrap();
    assert!(step.contains("dns-zone-group remove"), "{step}");
    assert!(step.ends_with("-n default --zone-name privatelink-contoso-com"), "{step}");
}

#[test]
fn a_zone_in_the_dark_is_unknown_and_so_is_an_unread_group() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&ResourceId::new(&format!("{DARK}/{BLOB}"))]);
    expect(&it.e, &["DNS-003 pe unknown", "DNS-021 pe fail error certain"]);
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("DNS-003", &it.e, &["DNS-003 pe unknown"]);
    let (mut it, _) = gone();
    it.e.gap(Kind::PrivateDnsZones, HOME, 403, "AuthorizationFailed");
    expect_of("DNS-003", &it.e, &["DNS-003 pe unknown"]);
}

#[test]
fn a_group_without_a_zone_of_its_own_kind_is_not_judged() {
    for odd in
        ["", "nonsense", "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/virtualNetworks/z"]
    {
        let (mut it, _) = gone();
        point(&mut it.e, &it.pe, odd);
        expect(&it.e, &["DNS-021 pe fail error certain"]);
    }
}

#[test]
fn a_pending_endpoint_is_left_alone() {
    let (mut it, _) = gone();
    it.e.pending(&it.pe);
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &["PE-001 pe fail error certain"]);
}

// DNS-004.

/// The group names the zone of another service.
fn misled(zone: &str) -> (Direct, ResourceId) {
    let mut it = Direct::new();
    let wrong = it.e.zone(zone);
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&wrong]);
    (it, wrong)
}

#[test]
fn a_zone_of_another_service_a_typo_or_another_cloud() {
    for zone in [FILE, "privatelink.blob.core.window.net", "privatelink.blob.core.usgovcloudapi.net"] {
        let (it, wrong) = misled(zone);
        expect(&it.e, &["DNS-004 pe fail error certain"]);
        let steps = commands(&it.e, "DNS-004");
        assert!(steps[0].contains("dns-zone-group add"), "{steps:?}");
        assert!(steps[0].contains(&format!("--private-dns-zone {} ", it.zone)), "{steps:?}");
        let label = wrong.name().replace('.', "-");
        assert!(steps[1].contains("dns-zone-group remove"), "{steps:?}");
        assert!(steps[1].ends_with(&format!("--zone-name {label}")), "{steps:?}");
    }
}

#[test]
fn a_wrong_zone_does_not_hide_that_the_right_one_is_missing() {
    let (mut it, _) = misled(FILE);
    it.e.remove(&it.zone);
    expect(&it.e, &["DNS-001 pe fail error certain", "DNS-004 pe fail error certain"]);
    // DNS-001 adds the zone that it makes to the group, which therefore stays.
    let steps = commands(&it.e, "DNS-001");
    assert!(steps.iter().any(|step| step.contains("dns-zone-group add") && step.contains("-n default ")));
    let steps = commands(&it.e, "DNS-004");
    assert!(steps.len() == 1 && steps[0].contains("dns-zone-group remove"), "{steps:?}");
}

#[test]
fn a_zone_for_the_public_name_gets_no_records_but_may_serve() {
    let (mut it, wrong) = misled("blob.core.windows.net");
    // What is certain is said with certainty: the record is missing.
    expect(&it.e, &["DNS-004 pe fail warning probable", "DNS-021 pe fail error certain"]);
    it.e.link(&wrong, &it.vnet);
    let address = it.address();
    it.e.record(&wrong, "acct", &[&address]);
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(
        &report,
        &["DNS-004 pe fail info possible", "DNS-038 blob.core.windows.net fail warning certain"],
    );
}

#[test]
fn a_wrong_zone_beside_the_right_one_is_information() {
    let mut it = Direct::new();
    let other = it.e.zone(FILE);
    it.e.zone_group_again(&it.pe, &[&it.zone, &other]);
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &["DNS-004 pe fail info possible"]);
    // Also where the record is missing for another reason.
    it.e.remove(&it.record());
    expect(&it.e, &["DNS-004 pe fail info possible", "DNS-021 pe fail error certain"]);
}

#[test]
fn where_the_names_cannot_be_judged_it_is_probable() {
    let (mut it, _) = misled(FILE);
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    in_other_group(&mut it.e, BLOB);
    expect(&it.e, &["DNS-004 pe fail warning probable", "DNS-017 vnet fail info certain"]);
}

#[test]
fn rows_that_are_less_sure_are_warnings() {
    let mut it = Direct::new();
    let other = it.e.zone(FILE);
    let secondary = Service::new("Microsoft.Storage/storageAccounts", "acct2", "blob_secondary")
        .member("blob_secondary", &[("acct2-secondary.blob.core.windows.net", BLOB, "acct2-secondary")]);
    let pe = it.e.endpoint("pe2", &it.vnet, secondary);
    it.e.zone_group(&pe, &[&other]);
    let found = lines_of(&it.e, &["DNS-004", "DNS-021"]);
    assert_eq!(found, ["DNS-004 pe2 fail warning probable", "DNS-021 pe2 fail error certain"]);
}

#[test]
fn zones_that_the_target_may_need_are_right() {
    let mut it = Direct::new();
    // Three zones in one group, of which the names need one; a zone of an earlier edition; an unknown type.
    let ai = Service::new("Microsoft.CognitiveServices/accounts", "ai", "account").member(
        "account",
        &[("ai.cognitiveservices.azure.com", "privatelink.cognitiveservices.azure.com", "ai")],
    );
    let pe = it.e.endpoint("pe-ai", &it.vnet, ai);
    let zones: Vec<ResourceId> = ["cognitiveservices", "openai", "services.ai"]
        .iter()
        .map(|service| it.e.zone(&format!("privatelink.{service}.azure.com")))
        .collect();
    it.e.link(&zones[0], &it.vnet);
    it.e.zone_group(&pe, &zones.iter().collect::<Vec<_>>());
    let odd = Service::new("Contoso.Weather/stations", "oslo", "station").member("station", &[]);
    let pe = it.e.endpoint("pe-odd", &it.vnet, odd);
    it.e.zone_group(&pe, &[&it.zone]);
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &["DNS-032 pe-odd fail info certain"]);
    let reasons = not_judged(&report, "DNS-004");
    assert_eq!(reasons, [("target type is not in the zone table", 1)]);
}

#[test]
fn an_unread_group_may_hold_any_zone() {
    let (mut it, _) = misled(FILE);
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("DNS-004", &it.e, &["DNS-004 pe unknown"]);
}

// DNS-005.

/// A workspace whose interface tells no names; its group holds one zone of two, and both are linked.
fn half() -> (Direct, ResourceId, ResourceId) {
    let mut it = Direct::new();
    let (api, notebooks) = (it.e.zone(API), it.e.zone(NOTEBOOKS));
    it.e.link(&api, &it.vnet);
    it.e.link(&notebooks, &it.vnet);
    let lab = Service::new("Microsoft.MachineLearningServices/workspaces", "lab", "amlworkspace").member(
        "default",
        &[("lab.api.azureml.ms", API, "lab"), ("lab.notebooks.azure.net", NOTEBOOKS, "lab")],
    );
    let pe = it.e.endpoint("lab", &it.vnet, lab);
    it.e.zone_group(&pe, &[&api]);
    it.e.without_fqdns(&pe);
    (it, pe, notebooks)
}

fn of_sets(e: &Estate) -> plaudit::finding::Report {
    judge_collected(e.collected_with_zone_groups())
}

#[test]
fn a_set_that_lacks_a_zone_which_the_network_sees() {
    let (it, _, notebooks) = half();
    let report = of_sets(&it.e);
    crate::judged::expect_in(&report, &["DNS-005 lab fail error certain"]);
    let finding = only(&report, "DNS-005");
    assert_eq!(finding.cause.id, NOTEBOOKS);
    let step = finding.remediation[0].command.as_deref().unwrap();
    assert!(step.contains("dns-zone-group add") && step.contains("-n default"), "{step}");
    assert!(step.contains(&format!("--private-dns-zone {notebooks} ")), "{step}");
}

#[test]
fn a_zone_of_the_set_that_is_not_seen_is_probable() {
    let (mut it, _, notebooks) = half();
    it.e.unlink(&notebooks, &it.vnet);
    crate::judged::expect_in(&of_sets(&it.e), &["DNS-005 lab fail warning probable"]);
    // So is one that holds what another endpoint wrote: some names are shared.
    let (mut it, _, notebooks) = half();
    it.e.record(&notebooks, "other", &["10.1.4.99"]);
    crate::judged::expect_in(&of_sets(&it.e), &["DNS-005 lab fail warning probable"]);
}

#[test]
fn a_whole_set_and_one_with_records_by_hand() {
    let (mut it, pe, notebooks) = half();
    let address = it.e.addresses_of(&pe)[0].clone();
    it.e.record(&notebooks, "lab", &[&address]);
    crate::judged::expect_in(&of_sets(&it.e), &[]);
    let (mut it, pe, notebooks) = half();
    let api = ResourceId::new(&notebooks.as_str().replace(NOTEBOOKS, API));
    it.e.zone_group_again(&pe, &[&api, &notebooks]);
    crate::judged::expect_in(&of_sets(&it.e), &[]);
}

#[test]
fn names_that_are_seen_decide_and_a_missing_zone_is_dns_001_s() {
    let (mut it, pe, notebooks) = half();
    let nic = it.e.interface_of(&pe);
    let names = |e: &mut Estate, names: Value| {
        e.edit(&nic, |nic| {
            let config = &mut nic["properties"]["ipConfigurations"][0]["properties"];
            config["privateLinkConnectionProperties"]["fqdns"] = names;
        });
    };
    // Only one zone is needed.
    names(&mut it.e, json!(["lab.api.azureml.ms"]));
    crate::judged::expect_in(&of_sets(&it.e), &[]);
    // The name is seen, so its record is missing.
    names(&mut it.e, json!(["lab.api.azureml.ms", "lab.notebooks.azure.net"]));
    crate::judged::expect_in(&of_sets(&it.e), &["DNS-021 lab fail error certain"]);
    let (mut it, _, _) = half();
    it.e.remove(&notebooks);
    assert!(!of_sets(&it.e).findings.iter().any(|f| f.rule == "DNS-005"));
}

#[test]
fn a_set_of_which_nothing_is_there_is_not_half_a_set() {
    let (mut it, pe, _) = half();
    it.e.drop_zone_group(&pe);
    it.e.edit(&pe, |pe| pe["properties"]["customDnsConfigs"] = json!([]));
    let found = lines_of(&it.e, &["DNS-002", "DNS-005"]);
    assert_eq!(found, ["DNS-002 lab fail warning probable"]);
}

#[test]
fn records_or_a_group_that_were_not_read_leave_a_set_unknown() {
    let (mut it, _, notebooks) = half();
    it.e.gap_under(&notebooks, Kind::RecordSets, 429, "TooManyRequests");
    let report = of_sets(&it.e);
    assert_eq!(crate::judged::line(only(&report, "DNS-005")), "DNS-005 lab unknown");
    let (mut it, pe, _) = half();
    it.e.gap_under(&pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("DNS-005", &it.e, &["DNS-005 lab unknown"]);
}

// DNS-034.

#[test]
fn two_groups_and_a_group_of_six() {
    let mut it = Direct::new();
    let other = in_other_group(&mut it.e, BLOB);
    it.e.second_zone_group(&it.pe, "late", &[&other]);
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &["DNS-034 pe fail warning certain"]);
    let steps: Vec<&str> =
        only(&report, "DNS-034").remediation.iter().filter_map(|s| s.command.as_deref()).collect();
    assert!(steps[0].contains("dns-zone-group delete") && steps[0].ends_with("-n late"), "{steps:?}");
    assert!(steps[1].contains("dns-zone-group add") && steps[1].contains("-n default"), "{steps:?}");

    let mut it = Direct::new();
    it.e.edit_zone_group(&it.pe, |group| {
        let entries = group["properties"]["privateDnsZoneConfigs"].as_array_mut().unwrap();
        let one = entries[0].clone();
        entries.extend(std::iter::repeat_n(one, 5));
    });
    let report = judge_collected(it.e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &["DNS-034 pe fail warning certain"]);
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    let report = judge_collected(it.e.collected_with_zone_groups());
    assert_eq!(crate::judged::line(only(&report, "DNS-034")), "DNS-034 pe unknown");
}

#[test]
fn one_group_of_five_is_allowed() {
    let mut it = Direct::new();
    it.e.edit_zone_group(&it.pe, |group| {
        let entries = group["properties"]["privateDnsZoneConfigs"].as_array_mut().unwrap();
        let one = entries[0].clone();
        entries.extend(std::iter::repeat_n(one, 4));
    });
    crate::judged::expect_in(&judge_collected(it.e.collected_with_zone_groups()), &[]);
}

#[test]
fn the_healthy_sample_with_every_group_read() {
    let report = judge_collected(Demo::healthy().e.collected_with_zone_groups());
    crate::judged::expect_in(&report, &[]);
    for rule in ["DNS-002", "DNS-003", "DNS-004", "DNS-034"] {
        let tally = report.tallies.iter().find(|tally| tally.rule == rule).unwrap();
        // A private link service has no zone, so that its endpoint needs no group.
        let left = tally.not_judged.keys().all(|reason| *reason == "target type has no private DNS zone");
        assert!(tally.judged >= 19 && left, "{tally:?}");
    }
}

#[test]
fn context_endpoints_are_not_reported_on() {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let other = it.e.zone(FILE);
    let theirs = it.e.endpoint("theirs", &it.hub, storage("theirs", "blob"));
    it.e.zone_group(&theirs, &[&other]);
    crate::judged::expect_in(&judge_collected(it.e.collected_with_zone_groups()), &[]);
}

#[test]
fn reading_less_adds_no_fault_of_groups() {
    let it = two_copies();
    crate::less_coverage::holds(&it.e, &[HOME], 3);
    let mut it = Direct::new();
    let other = it.e.zone(FILE);
    it.e.zone_group_again(&it.pe, &[&it.zone, &other]);
    it.e.remove(&it.record());
    crate::less_coverage::holds(&it.e, &[HOME], 3);
}
