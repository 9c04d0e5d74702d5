//! Findings that are set aside, what then counts as not read, and what was on its way.

use plaudit::audit::{Baseline, Suppression, set_aside};
use plaudit::finding::{Finding, NotRead, Report, Verdict};
use plaudit::inventory::{IdPattern, Kind, unfinished, wire};

use crate::estate::dns::link_id;
use crate::estate::network::peering_id;
use crate::estate::{Estate, HOME};
use crate::judged::{judge, only};
use crate::small::{Direct, Hub};

fn suppression(rule: &str, resource: &str) -> Suppression {
    Suppression {
        rule: IdPattern::new(rule).unwrap(),
        resource: IdPattern::new(resource).unwrap(),
        reason: "accepted".to_owned(),
        expires: None,
    }
}

/// The report once these are set aside.
fn without(e: &Estate, entries: &[(&str, &str)]) -> Report {
    let mut report = judge(e);
    let entries: Vec<Suppression> = entries.iter().map(|(rule, place)| suppression(rule, place)).collect();
    set_aside(&mut report, &entries, None);
    report
}

fn not_read(finding: &Finding) -> Vec<&str> {
    finding.related.iter().filter(|one| one.role == "notRead").map(|one| one.id.as_str()).collect()
}

/// A zone that is not to be found, and two subscriptions of which the zones are not read.
fn two_gaps() -> (Hub, String, String) {
    let mut it = Hub::new();
    it.e.remove(&it.zone);
    it.e.gap(Kind::PrivateDnsZones, "hub", 403, "AuthorizationFailed");
    it.e.in_subscription("other").in_subscription(HOME);
    it.e.gap(Kind::PrivateDnsZones, "other", 403, "AuthorizationFailed");
    let places = ["hub", "other"].map(|name| format!("/subscriptions/{}", it.e.subscription_guid(name)));
    let [hub, other] = places;
    (it, hub, other)
}

#[test]
fn an_unknown_finding_names_what_was_not_read() {
    let (it, hub, _) = two_gaps();
    let report = judge(&it.e);
    let found: Vec<&Finding> = report.findings.iter().filter(|f| f.not_read != NotRead::Nothing).collect();
    assert!(!found.is_empty(), "{:#?}", report.findings);
    assert!(found.iter().all(|f| f.verdict == Verdict::Unknown && not_read(f).contains(&hub.as_str())));
    let mut it = Direct::new();
    it.e.gap_under(&it.zone, Kind::RecordSets, 500, "InternalServerError");
    let report = judge(&it.e);
    assert_eq!(not_read(only(&report, "DNS-021")), [it.zone.as_str()]);
}

#[test]
fn every_place_must_be_accepted_before_an_unknown_is() {
    let (it, hub, other) = two_gaps();
    let plain = judge(&it.e);
    let both = plain.findings.iter().filter(|f| not_read(f).len() == 2).count();
    assert!(plain.incomplete);
    let counting = |report: &Report| {
        report.findings.iter().filter(|f| f.counts() && f.not_read != NotRead::Nothing).count()
    };
    let one = without(&it.e, &[("*", &hub)]);
    assert!(both > 0, "{:#?}", plain.findings);
    assert_eq!((counting(&one), one.incomplete), (both, true));
    let apart = without(&it.e, &[("*", &hub), ("*", &other)]);
    assert_eq!(counting(&apart), both, "no entry fits both places");
    let all = without(&it.e, &[("*", "/subscriptions/*")]);
    assert_eq!((counting(&all), all.incomplete, all.partial), (0, false, true));
}

#[test]
fn more_gaps_than_a_finding_names_are_accepted_only_together() {
    let mut it = Hub::new();
    for n in 0..15 {
        let name = format!("dark-{n:02}");
        it.e.in_subscription(&name).in_subscription(HOME);
        it.e.gap(Kind::PrivateDnsZones, &name, 403, "AuthorizationFailed");
    }
    it.e.remove(&it.zone);
    let plain = judge(&it.e);
    let many: Vec<&Finding> = plain.findings.iter().filter(|f| f.not_read == NotRead::More).collect();
    assert!(!many.is_empty(), "{:#?}", plain.findings);
    assert!(many.iter().all(|f| not_read(f).len() == 10));
    // Fits each place that is named, and not the last of those that are not.
    let named = format!("{{{}}}", not_read(many[0]).join(","));
    assert!(without(&it.e, &[("*", &named)]).incomplete);
    assert!(!without(&it.e, &[("*", "/subscriptions/????????-????-????-????-????????????")]).incomplete);
}

#[test]
fn what_was_never_asked_for_has_no_place_to_accept() {
    let mut it = Direct::new();
    it.e.remove(&it.zone);
    let mut collected = crate::judged::read(&it.e);
    collected.coverage.every_visible_subscription = false;
    collected.origin.scope.context = false;
    let mut report = crate::judged::judge_collected(collected);
    let unasked = report.findings.iter().filter(|f| f.not_read == NotRead::Unasked).count();
    assert!(unasked > 0 && report.incomplete, "{:#?}", report.findings);
    set_aside(&mut report, &[suppression("*", "/subscriptions/????????-????-????-????-????????????")], None);
    assert!(report.incomplete, "{:#?}", report.findings);
    set_aside(&mut report, &[suppression("*", "*/privateEndpoints/pe")], None);
    assert!(!report.incomplete);
}

#[test]
fn a_gap_in_what_is_audited_counts_until_its_finding_is_accepted() {
    let mut it = Direct::new();
    it.e.gap(Kind::LoadBalancers, HOME, 403, "AuthorizationFailed");
    it.e.gap(Kind::RouteTables, HOME, 429, "TooManyRequests");
    let home = format!("/subscriptions/{}", it.e.subscription_guid(HOME));
    assert!(without(&it.e, &[("DNS-*", &home)]).incomplete);
    assert!(without(&it.e, &[("COV-003", "*/elsewhere")]).incomplete);
    assert!(!without(&it.e, &[("COV-003", &home)]).incomplete);
    assert!(!without(&it.e, &[("read-incomplete", &home.to_uppercase())]).incomplete);
    // The same by a baseline, which knows one of the two.
    let mut report = judge(&it.e);
    let gaps: Vec<&Finding> = report.findings.iter().filter(|f| f.rule == "COV-003").collect();
    let entry = |f: &&Finding| (f.fingerprint.clone(), Some(f.verdict), Some(f.severity));
    let (one, both) = (Baseline::new(gaps.first().map(entry)), Baseline::new(gaps.iter().map(entry)));
    set_aside(&mut report, &[], Some(&one));
    assert!(report.incomplete);
    set_aside(&mut report, &[], Some(&both));
    assert!(!report.incomplete && report.partial);
}

#[test]
fn an_entry_that_expires_sets_nothing_aside_when_the_time_is_not_known() {
    let mut it = Direct::new();
    it.e.pending(&it.pe);
    let mut entry = suppression("PE-001", "*");
    entry.expires = Some("2999-01-01".parse().unwrap());
    let mut report = judge(&it.e);
    set_aside(&mut report, std::slice::from_ref(&entry), None);
    assert_eq!(report.suppressed(), 1);
    let mut report = judge(&it.e);
    report.origin.collected_at = "yesterday".to_owned();
    let warnings = set_aside(&mut report, &[entry], None);
    assert_eq!((report.suppressed(), warnings.len()), (0, 1));
}

fn on_their_way(e: &Estate) -> Vec<String> {
    let found = unfinished(&wire::inventory(e.collected_with_zone_groups()));
    found.iter().map(|one| format!("{} {}", one.id.name(), one.state)).collect()
}

#[test]
fn what_is_on_its_way_is_told_and_nothing_else() {
    let mut it = Hub::new();
    let link = link_id(&it.zone, &it.hub);
    let peering = peering_id(&it.spoke, &it.hub);
    assert_eq!(on_their_way(&it.e), Vec::<String>::new());
    let state = |state: &'static str| {
        move |v: &mut serde_json::Value| v["properties"]["provisioningState"] = state.into()
    };
    it.e.edit(&it.zone, state("Creating"));
    it.e.edit(&link, |v| v["properties"]["virtualNetworkLinkState"] = "InProgress".into());
    it.e.edit_zone_group(&it.pe, state("Deleting"));
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["provisioningState"] = "Updating".into());
    it.e.pending(&it.pe);
    let mut expected = vec![
        format!("{} Creating", it.zone.name()),
        format!("{} InProgress", link.name()),
        "default Deleting".to_owned(),
        format!("{} Updating", peering.name()),
        "pe Pending".to_owned(),
    ];
    let mut found = on_their_way(&it.e);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    it.e.edit(&it.pe, state("updating"));
    assert!(on_their_way(&it.e).contains(&"pe updating".to_owned()), "once, as Azure wrote it");
    for ended in ["Failed", "Canceled", "Succeeded", "Ready"] {
        let mut it = Direct::new();
        it.e.edit(&it.pe, state(ended));
        assert_eq!(on_their_way(&it.e), Vec::<String>::new(), "{ended}");
    }
}
