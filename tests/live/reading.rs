//! What is asked of Azure and how: reads alone, every page, no call per endpoint, bounded, in time.

use std::time::Duration;

use serde_json::Value;

use crate::standin::child::{Outcome, gaps};
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, bare, leave_pending, spoil_record, spoke_and_hub};
use crate::standin::{Settings, StandIn, tally};

const AUDIT: [&str; 5] = ["audit", "-s", SPOKE, "-f", "json"];

#[track_caller]
fn healthy(outcome: &Outcome, endpoints: usize) -> Value {
    let report = outcome.exits(0).report();
    assert_eq!(report["summary"]["endpoints"], endpoints);
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["coverage"]["complete"], true);
    assert!(gaps(&report).is_empty());
    report
}

#[test]
fn a_healthy_estate_costs_no_call_per_endpoint() {
    let standin = StandIn::start(spoke_and_hub(30));
    healthy(&standin.signed_in(&AUDIT).run(), 30);
    let log = standin.at(Door::Arm);
    for entry in &log {
        assert_eq!((entry.method.as_str(), entry.status), ("GET", 200), "{entry:?}");
        assert!(!entry.is("*/privateEndpoints/*"), "a call per endpoint: {}", entry.path);
    }
    for (path, count) in tally(&log) {
        // Rights are asked for with the zones of every subscription, and again with all of the hub.
        let most = if path.ends_with("/permissions") { 2 } else { 1 };
        assert!(count <= most, "{path} was asked for {count} times");
    }
    assert!(log.len() < 40, "{} requests", log.len());
    assert!(standin.at(Door::Login).iter().all(|e| e.method == "POST" && e.path.ends_with("/token")));
}

#[test]
fn what_is_wrong_is_found() {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    let standin = StandIn::start(objects);
    let outcome = standin.signed_in(&AUDIT).run();
    let report = outcome.exits(1).report();
    let found = &report["findings"][0];
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1), "{report:#}");
    assert_eq!((&found["rule"], &found["verdict"]), (&"DNS-022".into(), &"fail".into()));
    let evidence = found["evidence"].to_string();
    assert!(evidence.contains("10.1.1.5") && evidence.contains("10.1.9.99"), "{evidence}");

    let table = standin.signed_in(&["audit", "-s", SPOKE]).run();
    table.exits(1).says("DNS-022").says("pe-stdata0000");
}

#[test]
fn a_pending_connection_is_found_and_fail_on_decides() {
    let mut objects = spoke_and_hub(2);
    leave_pending(&mut objects);
    let standin = StandIn::start(objects);
    let outcome = standin.signed_in(&AUDIT).run();
    let report = outcome.exits(1).report();
    let rules: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|f| &f["rule"]).collect();
    assert_eq!(rules, ["PE-001"], "a pending endpoint has no DNS findings");
    standin.signed_in(&[AUDIT.as_slice(), &["--fail-on", "never"]].concat()).run().exits(0);
}

#[test]
fn every_page_is_followed() {
    let standin = StandIn::start(spoke_and_hub(250));
    let whole = healthy(&standin.signed_in(&AUDIT).run(), 250);
    assert_eq!(whole["coverage"]["read"]["privateEndpoints"], 250);
    assert_eq!(standin.asked(&format!("*{SPOKE}*/privateEndpoints")).len(), 3, "250 at 100 a page");
    assert_eq!(standin.asked("*/ALL").len(), 3, "251 at 100 a page");
}

#[test]
fn empty_pages_lead_on() {
    let settings = Settings { page_size: 4, empty_pages: true, ..Settings::default() };
    let standin = StandIn::with(spoke_and_hub(11), settings);
    let report = healthy(&standin.signed_in(&AUDIT).run(), 11);
    assert_eq!(report["coverage"]["read"]["recordSets"], 12);
    assert_eq!(standin.asked("*/ALL").len(), 5, "three pages with items, two empty ones between");
}

#[test]
fn an_estate_without_endpoints_says_so() {
    let standin = StandIn::start(spoke_and_hub(0));
    for args in [vec!["audit", "-s", SPOKE], vec!["audit", "-s", SPOKE, "--quiet"]] {
        let outcome = standin.signed_in(&args).run();
        outcome.exits(0);
        let said = outcome.stdout.to_lowercase();
        assert!(said.contains("no private endpoint"), "{said}");
    }
}

#[test]
fn zones_that_are_empty_by_their_own_count_are_not_read() {
    use crate::standin::objects::{soa, zone};
    let empty = "privatelink.vaultcore.azure.net";
    let mut objects = spoke_and_hub(1);
    objects.extend([zone(HUB, empty, 1, 0), soa(HUB, empty)]);
    let standin = StandIn::start(objects);
    healthy(&standin.signed_in(&AUDIT).run(), 1);
    assert!(standin.asked(&format!("*/{empty}/ALL")).is_empty(), "nothing is in it");
    // The count of links in a list of zones cannot be trusted: Azure says 0 for linked zones.
    assert_eq!(standin.asked(&format!("*/{empty}/virtualNetworkLinks")).len(), 1);
}

#[test]
fn reads_are_many_at_once_but_not_too_many() {
    let mut objects = spoke_and_hub(5);
    objects.extend((0..20).flat_map(bare));
    let standin =
        StandIn::with(objects, Settings { latency: Duration::from_millis(40), ..Settings::default() });
    let outcome = standin.signed_in(&["audit", "--all-subscriptions", "-f", "json"]).run();
    outcome.exits(0);
    let (in_all, each) = standin.high_water();
    assert!((24..=64).contains(&in_all), "{in_all} at once");
    for (subscription, most) in each {
        assert!(most <= 8, "{most} at once for {subscription}");
    }
}

/// A measure, not a test of time: other work on the machine must not break it.
#[test]
#[allow(clippy::print_stderr, reason = "it is there to be read")]
fn how_long_two_hundred_endpoints_take_behind_forty_milliseconds() {
    let standin = StandIn::with(
        spoke_and_hub(200),
        Settings { latency: Duration::from_millis(40), page_size: 100, ..Settings::default() },
    );
    let outcome = standin.signed_in(&AUDIT).run();
    healthy(&outcome, 200);
    let log = standin.at(Door::Arm);
    let last = log.iter().map(|e| e.at).max().unwrap_or_default();
    let first = log.iter().map(|e| e.at).min().unwrap_or_default();
    eprintln!(
        "200 endpoints behind 40 ms: {:?} in all, {:?} from the first request to the last, {} requests",
        outcome.took,
        last - first,
        log.len()
    );
}
