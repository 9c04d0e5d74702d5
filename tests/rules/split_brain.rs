//! DNS-014: zones of one name that disagree. DNS-015: peered networks that get no private answer.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::services::{Service, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect, expect_of, judge, only};
use crate::small::{BLOB, Direct, Hub, link, record};

const SPLIT: [&str; 1] = ["DNS-014 pe fail warning certain"];
const LACKING: [&str; 1] = ["DNS-015 pe fail warning certain"];

/// A healthy network that is peered with another, which is linked to a copy of the zone.
struct Two {
    it: Direct,
    other: ResourceId,
    copy: ResourceId,
}

fn two() -> Two {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.peer(&it.vnet, &other);
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &other);
    it.e.in_group("rg-network");
    Two { it, other, copy }
}

/// The other network's copy says this.
fn saying(addresses: &[&str]) -> Two {
    let mut t = two();
    t.it.e.record(&t.copy, "acct", addresses);
    t
}

// DNS-015: a copy without the record.

#[test]
fn a_peer_that_sees_a_copy_without_the_record_is_certain() {
    let t = two();
    expect(&t.it.e, &LACKING);
    let report = judge(&t.it.e);
    let finding = only(&report, "DNS-015");
    assert_eq!((finding.cause.kind, finding.cause.id.as_str()), ("privateDnsZone", t.copy.as_str()));
    assert!(finding.message.contains("clients in other, peered with the network of pe, get NXDOMAIN"));
    assert!(finding.related.iter().any(|r| r.role == "remoteVirtualNetwork" && r.id == t.other.as_str()));
    let command = finding.remediation.iter().find_map(|step| step.command.as_ref()).unwrap();
    assert!(command.contains("-g rg-other ") && command.ends_with(&format!("-a {}", t.it.address())));
}

#[test]
fn networks_that_see_one_copy_are_one_finding() {
    let mut t = two();
    for (name, prefix) in [("b", "10.3.0.0/16"), ("c", "10.4.0.0/16")] {
        let more = t.it.e.vnet(name, prefix);
        t.it.e.client(&more);
        t.it.e.peer(&t.it.vnet, &more);
        t.it.e.link(&t.copy, &more);
    }
    expect(&t.it.e, &LACKING);
    assert_eq!(evidence(only(&judge(&t.it.e), "DNS-015"), "networks"), "3");
}

#[test]
fn only_networks_with_clients_that_reach_the_endpoint_count() {
    let edit = |change: &dyn Fn(&mut Estate, &ResourceId, &ResourceId)| {
        let mut t = two();
        change(&mut t.it.e, &t.it.vnet, &t.other);
        t.it.e
    };
    let peering = |field: &'static str, value: serde_json::Value| {
        edit(&move |e, vnet, other| {
            e.edit_peering(vnet, other, |p| p["properties"][field] = value.clone());
        })
    };
    expect_of("DNS-015", &peering("peerCompleteVnets", json!(false)), &[]);
    expect_of("DNS-015", &peering("allowVirtualNetworkAccess", json!(false)), &[]);
    expect_of("DNS-015", &peering("peeringState", json!("Disconnected")), &[]);
    expect_of("DNS-015", &peering("peeringState", json!("Connected")), &LACKING);
    let mut quiet = Direct::new();
    let other = quiet.e.vnet("quiet", "10.2.0.0/16");
    quiet.e.peer(&quiet.vnet, &other);
    quiet.e.in_group("rg-other");
    let copy = quiet.e.zone(BLOB);
    quiet.e.link(&copy, &other);
    expect(&quiet.e, &[]);
}

#[test]
fn a_copy_that_falls_back_to_public_dns_is_left_alone() {
    let mut t = two();
    t.it.e
        .edit(&link(&t.copy, &t.other), |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    expect(&t.it.e, &[]);
}

#[test]
fn a_record_that_dns_021_misses_is_missed_once() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.peer(&it.vnet, &other);
    it.e.link(&it.zone, &other);
    expect(&it.e, &[]);
    it.e.drop_zone_group(&it.pe);
    expect(&it.e, &["DNS-021 pe fail error certain"]);
}

#[test]
fn a_copy_behind_a_machine_or_under_another_name_is_less_than_certain() {
    let mut t = two();
    let far = t.it.e.vnet("far", "10.3.0.0/16");
    t.it.e.client(&far);
    t.it.e.peer(&t.other, &far);
    t.it.e.machine(&t.other, "dc-nic", "10.2.2.4");
    t.it.e.dns_servers(&t.other, &["10.2.2.4"]);
    expect(&t.it.e, &["DNS-015 pe fail warning probable"]);
    let address = t.it.address();
    t.it.e.record(&t.copy, "elsewhere", &[&address]);
    expect(&t.it.e, &["DNS-015 pe fail info possible"]);
}

#[test]
fn a_peer_whose_dns_is_outside_azure_is_not_judged() {
    let mut t = two();
    t.it.e.dns_servers(&t.other, &["192.168.7.4"]);
    expect(&t.it.e, &["DNS-017 other fail info certain"]);
}

#[test]
fn a_copy_that_cannot_be_read_is_unknown() {
    let mut t = two();
    t.it.e.gap_under(&t.copy, Kind::RecordSets, 403, "AuthorizationFailed");
    expect_of("DNS-015", &t.it.e, &["DNS-015 pe unknown"]);
    assert!(judge(&t.it.e).incomplete);
}

#[test]
fn a_peer_that_cannot_be_read_is_unknown_where_a_link_speaks_against_it() {
    let mut it = Direct::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.5.0.0/16");
    it.e.client(&far);
    it.e.in_subscription(HOME);
    it.e.peer(&far, &it.vnet);
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &far);
    expect(&it.e, &LACKING);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    expect_of("DNS-015", &it.e, &["DNS-015 pe unknown"]);
    // Without such a link nobody asked what the network sees.
    it.e.unlink(&copy, &far);
    expect(&it.e, &[]);
    assert!(!judge(&it.e).incomplete);
}

#[test]
fn endpoints_interfaces_are_not_taken_for_clients() {
    let mut it = Direct::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.5.0.0/16");
    it.e.endpoint("their", &far, storage("their", "blob"));
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &far);
    it.e.peer(&far, &it.vnet);
    expect_of("DNS-015", &it.e, &[]);
    it.e.gap(Kind::PrivateEndpoints, "far", 403, "AuthorizationFailed");
    expect_of("DNS-015", &it.e, &[]);
    it.e.gap(Kind::NetworkInterfaces, "far", 403, "AuthorizationFailed");
    expect_of("DNS-015", &it.e, &["DNS-015 pe unknown"]);
}

// DNS-015: other zones, and not this one.

#[test]
fn a_peer_that_sees_other_zones_is_told_once_a_zone() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.peer(&it.vnet, &other);
    let pe = it.e.endpoint("two", &it.vnet, storage("two", "blob"));
    it.e.zone_group(&pe, &[&it.zone]);
    // It sees no private link zone: nothing says that it needs endpoints.
    expect(&it.e, &[]);
    let vault = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&vault, &other);
    expect(&it.e, &["DNS-015 other fail info possible"]);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-015");
    assert_eq!(finding.cause.id, format!("{BLOB} -> {other}"));
    assert_eq!(evidence(finding, "endpoints"), "2");
    let command = finding.remediation.iter().find_map(|step| step.command.as_ref()).unwrap();
    assert!(
        command.contains(&format!("-z {BLOB} ")) && command.contains(&format!("-v {other} ")),
        "{command}"
    );
}

#[test]
fn a_cluster_s_own_zone_is_not_missed_from_its_neighbours() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.peer(&it.vnet, &other);
    it.e.link(&it.zone, &other);
    let cluster = |zone: &str| {
        let name = format!("api.{zone}");
        Service::new("Microsoft.ContainerService/managedClusters", "aks", "management")
            .member("management", &[(&name, zone, "api")])
    };
    let made = |zone: &str| {
        let mut e = it.e.clone();
        let id = e.zone(zone);
        e.link(&id, &it.vnet);
        let pe = e.endpoint("kube-apiserver", &it.vnet, cluster(zone));
        let address = e.addresses_of(&pe)[0].clone();
        e.record(&id, "api", &[&address]);
        e
    };
    let own = "0b7c9a1e-1111-4222-8333-abcdefabcdef.privatelink.westeurope.azmk8s.io";
    expect(&made(own), &[]);
    // One that clusters share is a service's zone like others.
    let shared = made("privatelink.westeurope.azmk8s.io");
    expect(&shared, &["DNS-015 other fail info possible"]);
    assert!(
        only(&judge(&shared), "DNS-015").message.contains("clients in other get no addresses of names in")
    );
}

#[test]
fn each_network_that_answers_for_itself_needs_its_own_link() {
    let mut it = Direct::new();
    let vault = it.e.zone("privatelink.vaultcore.azure.net");
    for (name, prefix) in [("a", "10.2.0.0/16"), ("b", "10.3.0.0/16"), ("c", "10.4.0.0/16")] {
        let vnet = it.e.vnet(name, prefix);
        it.e.client(&vnet);
        it.e.peer(&it.vnet, &vnet);
        // The last sees nothing private at all.
        if name != "c" {
            it.e.link(&vault, &vnet);
        }
    }
    expect(&it.e, &["DNS-015 a fail info possible", "DNS-015 b fail info possible"]);
    let report = judge(&it.e);
    assert!(report.findings.iter().all(|f| f.cause.id.ends_with(&format!("/{}", f.subject.name))));
    assert!(report.findings.iter().all(|f| f.message.contains(&format!("clients in {} ", f.subject.name))));
}

#[test]
fn a_link_that_dns_010_asks_for_is_asked_for_once() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.peer(&it.vnet, &other);
    let vault = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&vault, &other);
    let own = it.e.endpoint("own", &other, storage("own", "blob"));
    it.e.zone_group(&own, &[&it.zone]);
    expect(&it.e, &["DNS-010 own fail error certain"]);
}

#[test]
fn a_network_that_is_not_reported_on_is_not_told_to_link() {
    let mut it = Direct::new();
    it.e.in_subscription("context");
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    let vault = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&vault, &other);
    it.e.peer(&it.vnet, &other);
    expect(&it.e, &[]);
    it.e.audit("context");
    expect(&it.e, &["DNS-015 other fail info possible"]);
}

// DNS-014.

#[test]
fn copies_that_disagree_are_a_split() {
    let t = saying(&["10.2.4.200"]);
    expect(&t.it.e, &SPLIT);
    let report = judge(&t.it.e);
    let finding = only(&report, "DNS-014");
    assert_eq!((finding.cause.kind, finding.cause.id.as_str()), ("privateDnsZone", BLOB));
    let answers = evidence(finding, "answers");
    assert!(answers.contains("in rg-other: 10.2.4.200 for other"), "{answers}");
    assert!(answers.contains(&format!("in rg-network: {} for vnet", t.it.address())), "{answers}");
}

#[test]
fn copies_that_agree_are_none() {
    let mut t = two();
    let address = t.it.address();
    t.it.e.record(&t.copy, "acct", &[&address]);
    expect(&t.it.e, &[]);
}

#[test]
fn an_endpoint_for_each_network_may_be_meant() {
    let mut t = two();
    let target = t.it.e.target(&t.it.pe);
    let own = t.it.e.endpoint("own", &t.other, storage("acct", "blob").at(&target));
    t.it.e.zone_group(&own, &[&t.copy]);
    // One finding for the name, not one for each endpoint of it.
    expect(&t.it.e, &["DNS-014 own fail info possible"]);
}

#[test]
fn an_endpoint_in_a_network_that_cannot_be_seen_may_be_meant() {
    let mut t = saying(&["10.77.0.4"]);
    expect(&t.it.e, &SPLIT);
    let written = "created by private endpoint far with resource guid 5d0c3c1e-0000-4000-8000-00000000000f";
    let set = record(&t.copy, "acct");
    t.it.e.edit(&set, |r| r["properties"]["metadata"] = json!({"creator": written}));
    let possible = ["DNS-014 pe fail info possible"];
    expect_of("DNS-014", &t.it.e, &possible);
    let report = judge(&t.it.e);
    assert!(only(&report, "DNS-014").remediation[0].title.starts_with("find out first whose"));
    // Where it would have stood, it would have been seen.
    t.it.e.set_addresses(&set, &["10.2.4.200"]);
    expect_of("DNS-014", &t.it.e, &SPLIT);
}

#[test]
fn a_copy_that_nobody_in_need_sees_is_no_split() {
    let mut t = saying(&["10.2.4.200"]);
    t.it.e.unpeer(&t.it.vnet, &t.other);
    expect_of("DNS-014", &t.it.e, &[]);
    let mut t = saying(&["10.2.4.200"]);
    t.it.e.unlink(&t.copy, &t.other);
    expect_of("DNS-014", &t.it.e, &[]);
}

#[test]
fn a_wrong_record_that_dns_022_tells_is_told_once() {
    let mut t = saying(&["10.2.4.200"]);
    let address = t.it.address();
    t.it.e.set_addresses(&t.it.record(), &["10.1.4.200"]);
    t.it.e.set_addresses(&record(&t.copy, "acct"), &[&address]);
    expect(&t.it.e, &["DNS-022 pe fail error certain"]);
}

#[test]
fn a_split_behind_a_machine_is_probable() {
    let mut t = saying(&["10.2.4.200"]);
    t.it.e.machine(&t.other, "dc-nic", "10.2.2.4");
    t.it.e.dns_servers(&t.other, &["10.2.2.4"]);
    expect(&t.it.e, &["DNS-014 pe fail warning probable"]);
}

#[test]
fn records_or_endpoints_that_cannot_be_read_make_a_split_less_than_certain() {
    let mut t = saying(&["10.2.4.200"]);
    t.it.e.gap_under(&t.copy, Kind::RecordSets, 403, "AuthorizationFailed");
    expect_of("DNS-014", &t.it.e, &["DNS-014 pe unknown"]);
    let mut t = saying(&["10.2.4.200"]);
    t.it.e.in_subscription("dark");
    t.it.e.gap(Kind::PrivateEndpoints, "dark", 403, "AuthorizationFailed");
    expect_of("DNS-014", &t.it.e, &["DNS-014 pe fail info possible"]);
}

#[test]
fn spokes_that_ask_two_hubs_with_a_copy_each_split_the_name() {
    // The endpoint's spoke asks one hub, its peer another.
    let mut it = Hub::new();
    it.e.in_group("rg-other");
    let second = it.e.vnet("second", "10.6.0.0/16");
    let resolver = it.e.resolver("second-resolver", &second);
    it.e.inbound(&resolver, "10.6.1.4");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &second);
    it.e.record(&copy, "acct", &["10.1.4.99"]);
    let neighbour = it.e.vnet("neighbour", "10.7.0.0/16");
    it.e.client(&neighbour);
    it.e.dns_servers(&neighbour, &["10.6.1.4"]);
    it.e.peer(&neighbour, &second);
    it.e.peer(&neighbour, &it.spoke);
    expect(&it.e, &SPLIT);
}
