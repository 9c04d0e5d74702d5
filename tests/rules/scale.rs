//! What a finding says stays small however large the estate is. What it costs to find it: `benches/growth.rs`.

use plaudit::inventory::Kind;

use crate::estate::Estate;
use crate::estate::services::storage;
use crate::judged::{evidence, judge_collected};
use crate::small::{BLOB, Direct};

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
    assert_eq!(told.matches("could not be read").count(), 3, "{told}");
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
