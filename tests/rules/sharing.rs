//! PE-008: several endpoints of one target and one record.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::services::storage;
use crate::judged::{evidence, expect, expect_of, judge, only};
use crate::small::{BLOB, Direct};

/// Two endpoints of one account in one network, whose zone groups write into one zone: the second has won.
struct Twins {
    it: Direct,
    twin: ResourceId,
}

fn twins() -> Twins {
    let mut it = Direct::new();
    let target = it.e.target(&it.pe);
    let twin = it.e.endpoint("twin", &it.vnet, storage("acct", "blob").at(&target));
    it.e.zone_group(&twin, &[&it.zone]);
    Twins { it, twin }
}

#[test]
fn the_endpoint_that_has_lost_the_record_is_told() {
    let Twins { mut it, twin } = twins();
    expect(&it.e, &["PE-008 pe fail warning certain"]);
    let report = judge(&it.e);
    let finding = only(&report, "PE-008");
    assert_eq!(finding.cause.id, it.record().to_string());
    assert!(finding.related.iter().any(|r| r.role == "peer" && r.id == twin.to_string()));
    assert_eq!(evidence(finding, "expected"), format!("[\"{}\"]", it.address()));
    // When the other goes, the record goes with it.
    it.e.delete_endpoint(&twin);
    expect(&it.e, &["DNS-021 pe fail error certain"]);
}

#[test]
fn each_name_is_a_finding_of_its_own() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurewebsites.net");
    it.e.link(&zone, &it.vnet);
    let app = it.e.endpoint("app", &it.vnet, crate::estate::services::web_app("shop"));
    let target = it.e.target(&app);
    let twin = it.e.endpoint("twin", &it.vnet, crate::estate::services::web_app("shop").at(&target));
    it.e.zone_group(&app, &[&zone]);
    it.e.zone_group(&twin, &[&zone]);
    expect(&it.e, &["PE-008 app fail warning certain", "PE-008 app fail warning certain"]);
    let report = judge(&it.e);
    assert_ne!(report.findings[0].fingerprint, report.findings[1].fingerprint);
}

#[test]
fn zones_of_their_own_are_fine() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.client(&other);
    it.e.peer(&it.vnet, &other);
    it.e.in_group("rg-other");
    let copy = it.e.zone(BLOB);
    it.e.link(&copy, &other);
    let target = it.e.target(&it.pe);
    let twin = it.e.endpoint("twin", &other, storage("acct", "blob").at(&target));
    it.e.zone_group(&twin, &[&copy]);
    // That the zones differ is said for information.
    expect(&it.e, &["DNS-014 pe fail info possible"]);
}

#[test]
fn an_endpoint_without_zone_group_writes_nothing() {
    let mut it = twins().it;
    // Its record was taken over by the other's group, and its own group deleted.
    let own: Vec<String> = vec![it.address()];
    let address = {
        let twin = ResourceId::new(&it.pe.as_str().replace("/pe", "/twin"));
        it.e.addresses_of(&twin)[0].clone()
    };
    assert_ne!(own[0], address);
    it.e.drop_zone_group(&it.pe);
    expect(&it.e, &[]);
}

#[test]
fn a_record_made_by_hand_is_nobody_s_group_s() {
    let Twins { mut it, twin } = twins();
    it.e.forget_creator(&it.record());
    expect(&it.e, &[]);
    let both = [it.address(), it.e.addresses_of(&twin)[0].clone()];
    it.e.set_addresses(&it.record(), &[&both[0], &both[1]]);
    expect(&it.e, &[]);
}

#[test]
fn a_record_with_every_address_is_information() {
    let Twins { mut it, twin } = twins();
    let both = [it.address(), it.e.addresses_of(&twin)[0].clone()];
    it.e.set_addresses(&it.record(), &[&both[0], &both[1]]);
    expect(&it.e, &["PE-008 acct fail info possible"]);
    // Not where the zone is not reported on.
    it.e.set_status(&twin, "Rejected");
    expect_of("PE-008", &it.e, &[]);
}

#[test]
fn a_peer_that_no_path_leads_to_is_dns_022() {
    let mut it = Direct::new();
    let other = it.e.vnet("other", "10.2.0.0/16");
    let target = it.e.target(&it.pe);
    let twin = it.e.endpoint("twin", &other, storage("acct", "blob").at(&target));
    it.e.zone_group(&twin, &[&it.zone]);
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    it.e.peer(&it.vnet, &other);
    expect(&it.e, &["PE-008 pe fail warning certain"]);
    // Where nobody can say, nothing is said twice.
    it.e.set_status(&twin, "Rejected");
    expect_of("PE-008", &it.e, &[]);
}

#[test]
fn endpoints_of_other_targets_with_the_name_are_not_meant() {
    let mut it = Direct::new();
    let twin = it.e.endpoint(
        "twin",
        &it.vnet,
        storage("acct", "blob").at(&it.e.target(&it.pe).replace("acct", "acct2")),
    );
    it.e.zone_group(&twin, &[&it.zone]);
    expect_of("PE-008", &it.e, &[]);
}

#[test]
fn derived_names_are_not_meant() {
    let mut it = twins().it;
    for name in ["pe", "twin"] {
        let id = ResourceId::new(&it.pe.as_str().replace("/pe", &format!("/{name}")));
        it.e.without_fqdns(&id);
        it.e.edit_zone_group(&id, |group| {
            for config in group["properties"]["privateDnsZoneConfigs"].as_array_mut().unwrap() {
                config["properties"]["recordSets"] = json!([]);
            }
        });
    }
    expect_of("PE-008", &it.e, &[]);
}

#[test]
fn a_zone_group_that_was_not_read_is_unknown() {
    let mut it = twins().it;
    it.e.gap_under(&it.pe, Kind::PrivateDnsZoneGroups, 403, "AuthorizationFailed");
    expect_of("PE-008", &it.e, &["PE-008 pe unknown"]);
    it.e.gap_under(&it.zone, Kind::RecordSets, 403, "AuthorizationFailed");
    expect_of("PE-008", &it.e, &[]);
    let unknown = judge(&it.e).findings.iter().filter(|f| f.rule == "DNS-022").count();
    assert_eq!(unknown, 2);
}
