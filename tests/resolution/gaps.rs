//! What could not be read, or is not told, never becomes a fault.

use plaudit::finding::Verdict;
use plaudit::inventory::Kind;

use crate::compare::judge;
use crate::estate::Estate;
use crate::estate::demo::Demo;

/// The faults found in an estate, for a person.
fn faults(e: &Estate, what: &str) -> Vec<String> {
    let report = judge(e.collected_with_zone_groups());
    let found = report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    found.map(|f| format!("{what}: {} {:?} {:?} {}", f.rule, f.severity, f.confidence, f.message)).collect()
}

#[test]
fn no_gap_in_a_healthy_estate_makes_a_fault() {
    let healthy = Demo::healthy().e;
    let mut found = faults(&healthy, "all read");
    for subscription in healthy.coverage().subscriptions {
        let told = healthy.list(Kind::Subscriptions, &subscription.id);
        let name = told[0]["displayName"].as_str().unwrap();
        for kind in Kind::LISTED.into_iter().chain([Kind::Subscriptions, Kind::PrivateDnsZoneGroups]) {
            let mut e = healthy.clone();
            e.gap(kind, name, 403, "AuthorizationFailed");
            found.extend(faults(&e, &format!("{kind} of {name} unread")));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Many interfaces carry no FQDN: only the zone group's records tell the names then.
#[test]
fn interfaces_that_tell_no_names_make_no_fault() {
    let Demo { mut e, endpoints, .. } = Demo::healthy();
    for endpoint in endpoints.values() {
        e.without_fqdns(endpoint);
    }
    assert_eq!(faults(&e, "no FQDN told"), Vec::<String>::new());
}
