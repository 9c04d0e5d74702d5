//! COV-001, COV-002, COV-003: what could not be read.

use plaudit::finding::Severity;
use plaudit::inventory::Kind;

use crate::estate::HOME;
use crate::judged::{expect_gaps, judge};
use crate::small::{Direct, Hub};

#[test]
fn a_whole_estate_has_no_gap_findings() {
    expect_gaps(&Direct::new().e, &[]);
    assert!(!judge(&Direct::new().e).incomplete);
}

#[test]
fn an_audited_subscription_that_refuses_is_cov_001() {
    for (status, code) in [(403, "AuthorizationFailed"), (404, "SubscriptionNotFound"), (401, "InvalidToken")]
    {
        let mut it = Direct::new();
        it.e.in_subscription("dark").audit("dark");
        it.e.gap(Kind::Subscriptions, "dark", status, code);
        let guid = it.e.subscription_guid("dark");
        expect_gaps(&it.e, &[&format!("COV-001 {guid} unknown")]);
        let report = judge(&it.e);
        assert!(report.incomplete);
        assert_eq!(report.findings.iter().find(|f| f.rule == "COV-001").unwrap().severity, Severity::Info);
    }
}

#[test]
fn something_the_estate_points_at_that_refuses_is_cov_002() {
    for kind in [Kind::Subscriptions, Kind::VirtualNetworks, Kind::PrivateDnsZones, Kind::Permissions] {
        let mut it = Hub::new();
        it.e.gap(kind, "hub", 403, "AuthorizationFailed");
        let guid = it.e.subscription_guid("hub");
        expect_gaps(&it.e, &[&format!("COV-002 {guid} unknown")]);
    }
}

#[test]
fn a_part_of_a_readable_subscription_is_cov_003() {
    for kind in [Kind::NetworkInterfaces, Kind::RecordSets, Kind::Permissions] {
        let mut it = Direct::new();
        it.e.gap(kind, HOME, 403, "AuthorizationFailed");
        let guid = it.e.subscription_guid(HOME);
        expect_gaps(&it.e, &[&format!("COV-003 {guid} unknown")]);
        assert!(judge(&it.e).incomplete);
    }
    let mut it = Hub::new();
    it.e.gap(Kind::VirtualNetworks, "hub", 429, "TooManyRequests");
    let guid = it.e.subscription_guid("hub");
    expect_gaps(&it.e, &[&format!("COV-003 {guid} unknown")]);
}

#[test]
fn a_zone_whose_records_are_missing_is_named() {
    let mut it = Direct::new();
    it.e.gap_under(&it.zone, Kind::RecordSets, 500, "InternalServerError");
    expect_gaps(&it.e, &["COV-003 privatelink.blob.core.windows.net unknown"]);
}

#[test]
fn every_gap_is_reported_once() {
    let mut it = Hub::new();
    it.e.gap(Kind::VirtualNetworks, "hub", 403, "AuthorizationFailed");
    it.e.gap(Kind::LoadBalancers, "hub", 429, "TooManyRequests");
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    let report = judge(&it.e);
    assert_eq!(report.findings.iter().filter(|f| f.rule.starts_with("COV-")).count(), 3);
}

#[test]
fn a_gap_in_the_surroundings_on_which_nothing_hangs_leaves_the_audit_whole() {
    let mut it = Direct::new();
    it.e.in_subscription("hub").in_subscription(HOME);
    it.e.gap(Kind::LoadBalancers, "hub", 403, "AuthorizationFailed");
    let report = judge(&it.e);
    assert!(!report.incomplete, "{:#?}", report.findings);
    let mut it = Hub::new();
    it.e.gap(Kind::VirtualNetworks, "hub", 403, "AuthorizationFailed");
    assert!(judge(&it.e).incomplete);
}
