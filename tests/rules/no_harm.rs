//! The steps of a remedy break nothing else: other zones of a zone group, other endpoints, other names.

use plaudit::finding::{Finding, Report};

use crate::estate::services::{Service, registry, storage};
use crate::judged::{judge, only};
use crate::small::{BLOB, Direct, Hub};

const API: &str = "privatelink.api.azureml.ms";
const NOTEBOOKS: &str = "privatelink.notebooks.azure.net";

fn commands(finding: &Finding) -> Vec<&str> {
    finding.remediation.iter().filter_map(|step| step.command.as_deref()).collect()
}

/// The commands of a rule about this zone.
#[track_caller]
fn about<'a>(report: &'a Report, rule: &str, zone: &str) -> Vec<&'a str> {
    let found = report.findings.iter().find(|f| f.rule == rule && f.message.contains(zone));
    commands(found.unwrap_or_else(|| panic!("no {rule} about {zone} in {:#?}", report.findings)))
}

/// A workspace: two names in two zones.
fn workspace() -> Service {
    Service::new("Microsoft.MachineLearningServices/workspaces", "lab", "amlworkspace").member(
        "default",
        &[("lab.api.azureml.ms", API, "lab"), ("lab.notebooks.azure.net", NOTEBOOKS, "lab")],
    )
}

#[test]
fn a_zone_group_keeps_its_other_zones() {
    let mut it = Direct::new();
    let api = it.e.zone(API);
    it.e.link(&api, &it.vnet);
    let pe = it.e.endpoint("lab", &it.vnet, workspace());
    it.e.zone_group(&pe, &[&api]);
    // One zone is missing: `create` would replace the group and lose the other.
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-001"));
    assert!(steps.iter().any(|step| step.contains("dns-zone-group add ")), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("dns-zone-group create ")), "{steps:?}");
    // The same where the zone is there and lacks the record.
    let notebooks = it.e.zone(NOTEBOOKS);
    it.e.link(&notebooks, &it.vnet);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-021"));
    assert!(steps[0].contains("dns-zone-group add ") && steps[0].contains("-n default "), "{steps:?}");
    assert!(steps[0].contains(&format!("--private-dns-zone {notebooks}")), "{steps:?}");
}

#[test]
fn a_zone_group_made_again_gets_every_zone_back() {
    let mut it = Direct::new();
    let (api, notebooks) = (it.e.zone(API), it.e.zone(NOTEBOOKS));
    it.e.link(&api, &it.vnet);
    it.e.link(&notebooks, &it.vnet);
    let pe = it.e.endpoint("lab", &it.vnet, workspace());
    it.e.zone_group(&pe, &[&api, &notebooks]);
    it.e.set_addresses(&crate::small::record(&api, "lab"), &["10.1.4.200"]);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-022"));
    assert_eq!(steps.len(), 3, "{steps:?}");
    assert!(steps[0].contains("dns-zone-group delete ") && steps[0].ends_with("-n default"), "{steps:?}");
    assert!(steps[1].contains("dns-zone-group create ") && steps[1].contains(API), "{steps:?}");
    assert!(steps[2].contains("dns-zone-group add ") && steps[2].contains(NOTEBOOKS), "{steps:?}");
}

#[test]
fn two_missing_zones_make_one_zone_group() {
    let mut it = Direct::new();
    it.e.endpoint("lab", &it.vnet, workspace());
    let report = judge(&it.e);
    let (first, second) = (about(&report, "DNS-001", API), about(&report, "DNS-001", NOTEBOOKS));
    assert!(first.iter().any(|step| step.contains("dns-zone-group create ")), "{first:?}");
    assert!(second.iter().any(|step| step.contains("dns-zone-group add ")), "{second:?}");
}

#[test]
fn a_group_that_writes_into_another_copy_gets_no_second_zone_of_the_name() {
    let mut it = Direct::new();
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.in_group("rg-network");
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&copy]);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-021");
    let titles: String = finding.remediation.iter().map(|step| step.title.as_str()).collect();
    assert!(!commands(finding).iter().any(|step| step.contains("dns-zone-group add ")), "{finding:#?}");
    assert!(!commands(finding).iter().any(|step| step.contains("-n default ")), "{finding:#?}");
    assert!(titles.contains(&copy.to_string()), "{titles}");
}

#[test]
fn a_zone_is_linked_last_and_to_the_network_that_answers() {
    let mut it = Hub::new();
    let vault = crate::estate::services::key_vault("kv");
    let pe = it.e.endpoint("pe-kv", &it.spoke, vault);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-001"));
    assert_eq!(only(&report, "DNS-001").subject.id, pe);
    let (last, before) = steps.split_last().unwrap();
    assert!(last.contains("link vnet create") && last.contains(&format!("-v {} ", it.hub)), "{steps:?}");
    assert!(!before.iter().any(|step| step.contains("link vnet create")), "{steps:?}");
    // Beside the zones that the hub is linked to already, not beside the endpoint.
    let hub = it.e.subscription_guid("hub");
    assert!(steps[0].contains(&format!("zone create --subscription {hub} -g rg-network")), "{steps:?}");
    assert!(before[1].contains(&format!("--private-dns-zone /subscriptions/{hub}/")), "{steps:?}");
}

#[test]
fn a_network_without_clients_gets_no_dead_link() {
    let mut e = crate::estate::Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.endpoint("pe", &vnet, storage("acct", "blob"));
    let report = judge(&e);
    let steps = commands(only(&report, "DNS-001"));
    assert!(!steps.iter().any(|step| step.contains("link vnet create")), "{steps:?}");
}

#[test]
fn the_address_of_a_peer_that_others_use_is_left_in_place() {
    let mut it = Direct::new();
    let far = it.e.vnet("far", "10.7.0.0/16");
    let target = it.e.target(&it.pe);
    let peer = it.e.endpoint("peer", &far, storage("acct", "blob").at(&target));
    let address = it.e.addresses_of(&peer)[0].clone();
    it.e.drop_zone_group(&it.pe);
    it.e.record(&it.zone, "acct", &[&address]);
    let report = judge(&it.e);
    let found = report.findings.iter().find(|f| f.rule == "DNS-022" && f.subject.id == it.pe).unwrap();
    assert_eq!(commands(found), [""; 0], "{found:#?}");
    assert!(found.remediation[0].title.contains("peer"));
}

#[test]
fn no_address_is_written_beside_a_cname() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.cname(&it.zone, "acct", "other.privatelink.blob.core.windows.net");
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-021"));
    let delete = steps.iter().position(|step| step.contains("record-set cname delete ")).unwrap();
    let add = steps.iter().position(|step| step.contains("record-set a add-record ")).unwrap();
    assert!(delete < add, "{steps:?}");
    // What the CNAME leads to may serve others: it stays.
    it.e.record(&it.zone, "other", &["10.1.4.200"]);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-022"));
    assert!(steps.iter().any(|step| step.contains("record-set cname delete ")), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("remove-record")), "{steps:?}");
}

#[test]
fn a_stale_address_is_taken_out_of_the_record_that_holds_it() {
    let mut it = Direct::new();
    let own = it.address();
    it.e.drop_zone_group(&it.pe);
    it.e.record(&it.zone, "*", &[&own, "10.1.4.200"]);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-023"));
    assert!(steps[0].contains("remove-record ") && steps[0].contains(" -n '*' "), "{steps:?}");
}

#[test]
fn a_zone_of_the_public_suffix_is_filled_by_hand() {
    // Zone groups write into zones of the recommended names.
    let mut it = Direct::new();
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.vnet);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-021"));
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(steps[0].contains("add-record ") && steps[0].contains("-z blob.core.windows.net -n acct"));
}

#[test]
fn an_endpoint_is_not_taken_for_one_whose_name_begins_the_same() {
    let mut it = Direct::new();
    it.e.pending(&it.pe);
    // The target's side was not read.
    let report = crate::judged::judge_collected(it.e.collected());
    let finding = only(&report, "PE-001");
    let steps = commands(finding);
    assert!(
        steps[0].contains("[?ends_with(properties.privateEndpoint.id,'/privateEndpoints/pe')]"),
        "{steps:?}"
    );
    assert!(steps[1].contains("--id '<connection-id>' "), "{steps:?}");
}

#[test]
fn a_registry_writes_all_its_names_at_once() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurecr.io");
    it.e.link(&zone, &it.vnet);
    it.e.endpoint("acr", &it.vnet, registry("reg", "westeurope"));
    let report = judge(&it.e);
    let missing: Vec<&Finding> = report.findings.iter().filter(|f| f.rule == "DNS-021").collect();
    assert_eq!(missing.len(), 2);
    assert!(missing.iter().all(|f| commands(f)[0].contains("dns-zone-group create ")));
}

#[test]
fn a_lost_hub_side_offers_its_gateways_before_the_spoke_uses_them() {
    let mut it = Hub::new();
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["useRemoteGateways"] = true.into());
    it.e.unpeer(&it.hub, &it.spoke);
    let report = judge(&it.e);
    let steps = commands(only(&report, "NET-001"));
    assert!(steps[0].contains("peering delete"), "{steps:?}");
    assert!(
        steps[1].contains("--vnet-name hub ") && steps[1].contains("--allow-gateway-transit"),
        "{steps:?}"
    );
    assert!(
        steps[2].contains("--vnet-name spoke ") && steps[2].contains("--use-remote-gateways"),
        "{steps:?}"
    );
}

#[test]
fn a_disconnected_side_in_the_context_is_deleted_before_it_is_made() {
    let mut it = Hub::new();
    it.e.edit_peering(&it.hub, &it.spoke, |p| p["properties"]["peeringState"] = "Disconnected".into());
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["peeringState"] = "Initiated".into());
    let report = judge(&it.e);
    let steps = commands(only(&report, "NET-002"));
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert!(steps[0].contains("peering delete") && steps[0].contains("--vnet-name hub "), "{steps:?}");
    assert!(steps[1].contains("peering create") && steps[1].contains("--vnet-name hub "), "{steps:?}");
}

#[test]
fn a_peering_of_subnets_is_not_widened() {
    let mut it = Hub::new();
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["peerCompleteVnets"] = false.into());
    it.e.unpeer(&it.hub, &it.spoke);
    let report = judge(&it.e);
    let last = only(&report, "NET-001").remediation.last().unwrap();
    assert!(last.title.contains("--local-subnet-names"), "{}", last.title);
}

#[test]
fn a_zone_is_not_made_in_the_group_of_a_cluster_s_nodes() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    it.e.in_group("MC_cluster");
    let zone = it.e.zone("0a1b.privatelink.westeurope.azmk8s.io");
    it.e.link(&zone, &it.vnet);
    let report = judge(&it.e);
    assert!(commands(only(&report, "DNS-001"))[0].contains(" -g rg-network "));
}

#[test]
fn a_link_gets_a_name_that_no_other_link_has() {
    let mut it = Hub::new();
    it.e.unlink(&it.zone, &it.hub);
    it.e.in_subscription("other");
    let twin = it.e.vnet("hub", "10.50.0.0/16");
    let taken = it.e.link(&it.zone, &twin);
    it.e.respell(&taken, |id| id.replace("/to-hub", "/hub-link"));
    let report = judge(&it.e);
    let hub = it.e.subscription_guid("hub");
    let expected = format!(" -n hub-{}-rg-network-link ", hub.split('-').next().unwrap());
    let steps = commands(only(&report, "DNS-010"));
    assert!(steps[0].contains(&expected), "{steps:?}");
}
