//! What goes wrong on the way becomes a gap, is said, and never becomes a verdict.

use std::time::Duration;

use serde_json::{Value, json};

use crate::standin::child::{Outcome, findings, gaps, verdicts};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, account, endpoint, spoke_and_hub};
use crate::standin::{Settings, StandIn};

const AUDIT: [&str; 5] = ["audit", "-s", SPOKE, "-f", "json"];

fn standin() -> StandIn {
    StandIn::start(spoke_and_hub(3))
}

/// Asserts that this list, and nothing else, is missing, that nothing is called a fault, and that the exit code says so.
#[track_caller]
fn one_gap(outcome: &Outcome, subscription: &str, kind: &str) -> Value {
    let report = outcome.exits(3).report();
    let gaps = gaps(&report);
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert_eq!(
        (&gaps[0]["subscription"], &gaps[0]["kind"]),
        (&json!(subscription), &json!(kind)),
        "{gaps:#?}"
    );
    assert_eq!(report["coverage"]["complete"], false);
    assert!(verdicts(&report, "fail").is_empty(), "{report:#}");
    assert!(!gaps[0]["message"].as_str().unwrap_or_default().is_empty());
    gaps[0].clone()
}

#[test]
fn a_forbidden_list_is_a_gap() {
    let standin = standin();
    standin.on(&format!("*{HUB}*/privateDnsZones"), Fault::Forbidden);
    let outcome = standin.signed_in(&AUDIT).run();
    let gap = one_gap(&outcome, HUB, "privateDnsZones");
    assert_eq!((&gap["status"], &gap["code"]), (&json!(403), &json!("AuthorizationFailed")));
    let report = outcome.report();
    assert!(!verdicts(&report, "unknown").is_empty(), "an unreadable zone list is no pass: {report:#}");
    assert_eq!(
        standin.asked(&format!("*{HUB}*/privateDnsZones")).len(),
        1,
        "a refusal is not asked for again"
    );
}

#[test]
fn retry_after_is_honoured() {
    let standin = standin();
    standin.on_first(1, &format!("*{SPOKE}*/privateEndpoints"), Fault::Throttled(Some(1)));
    standin.signed_in(&AUDIT).run().exits(0);
    let times: Vec<(u16, Duration)> =
        standin.asked(&format!("*{SPOKE}*/privateEndpoints")).iter().map(|e| (e.status, e.at)).collect();
    assert_eq!(times.iter().map(|t| t.0).collect::<Vec<_>>(), [429, 200]);
    let waited = times[1].1 - times[0].1;
    assert!(waited >= Duration::from_secs(1), "only {waited:?} between them");
}

#[test]
fn throttled_for_good_is_a_gap() {
    let standin = standin();
    standin.on("*/loadBalancers", Fault::Throttled(Some(0)));
    let outcome = standin.signed_in(&AUDIT).run();
    let report = outcome.report();
    let missing = gaps(&report);
    assert!(!missing.is_empty());
    assert!(missing.iter().all(|gap| gap["kind"] == "loadBalancers" && gap["status"] == 429), "{missing:#?}");
    let tries = standin.asked(&format!("*{SPOKE}*/loadBalancers")).len();
    assert!((2..=6).contains(&tries), "{tries} tries");
}

#[test]
fn what_fails_once_is_asked_for_again() {
    for fault in [
        Fault::Status(500, "InternalServerError"),
        Fault::Status(503, "ServiceUnavailable"),
        Fault::Html(502),
        Fault::Throttled(None),
        Fault::Cut,
    ] {
        let standin = standin();
        standin.on_first(1, &format!("*{SPOKE}*/privateEndpoints"), fault.clone());
        let outcome = standin.signed_in(&AUDIT).run();
        outcome.exits(0);
        assert_eq!(outcome.report()["coverage"]["complete"], true, "{fault:?}");
    }
}

#[test]
fn what_fails_for_good_is_a_gap() {
    for (fault, status) in [
        (Fault::Status(404, "ResourceTypeGone"), Some(404)),
        (Fault::Html(400), Some(400)),
        (Fault::Text("{".into()), None),
        (Fault::Text(r#"{"value": 7}"#.into()), None),
        (Fault::Text("null".into()), None),
        (Fault::Text(String::new()), None),
        (Fault::Loop, None),
    ] {
        let standin = standin();
        standin.on(&format!("*{SPOKE}*/networkInterfaces"), fault.clone());
        let gap = one_gap(&standin.signed_in(&AUDIT).run(), SPOKE, "networkInterfaces");
        if let Some(status) = status {
            assert_eq!(gap["status"], status, "{fault:?}");
        }
        let asked = standin.asked(&format!("*{SPOKE}*/networkInterfaces")).len();
        assert!(asked <= 6, "{fault:?}: {asked} requests");
    }
}

#[test]
fn a_connection_that_is_always_cut_is_a_gap() {
    let standin = standin();
    standin.on(&format!("*{HUB}*/ALL"), Fault::Cut);
    one_gap(&standin.signed_in(&AUDIT).run(), HUB, "recordSets");
}

#[test]
fn a_body_without_end_is_a_gap() {
    let standin = standin();
    standin.on(&format!("*{SPOKE}*/networkInterfaces"), Fault::Huge(80));
    one_gap(&standin.signed_in(&AUDIT).run(), SPOKE, "networkInterfaces");
}

#[test]
fn many_bodies_without_end_fill_no_memory() {
    for fault in [Fault::Huge(200), Fault::Bomb(200)] {
        let standin = standin();
        for list in ["networkInterfaces", "virtualNetworks", "loadBalancers", "routeTables", "natGateways"] {
            standin.on(&format!("*/{list}"), fault.clone());
        }
        standin.on("*/networkSecurityGroups", fault.clone());
        standin.on("*/azureFirewalls", fault.clone());
        standin.on("*/dnsResolvers", fault.clone());
        let outcome = standin.signed_in(&AUDIT).run();
        let report = outcome.exits(3).report();
        assert!(verdicts(&report, "fail").is_empty(), "{fault:?}: {report:#}");
        assert!(
            gaps(&report).iter().filter(|gap| gap["code"] == "BodyTooLarge").count() > 6,
            "{fault:?} {:#?}",
            gaps(&report)
        );
        assert!(outcome.peak.is_none_or(|peak| peak < 450 * 1024), "{fault:?}: {:?} kB", outcome.peak);
    }
}

#[test]
fn a_page_that_comes_twice_is_a_gap() {
    for fault in [Fault::Again, Fault::Twice] {
        let standin = StandIn::with(spoke_and_hub(3), Settings { page_size: 2, ..Settings::default() });
        standin.on(&format!("*{SPOKE}*/networkInterfaces"), fault.clone());
        let gap = one_gap(&standin.signed_in(&AUDIT).run(), SPOKE, "networkInterfaces");
        assert_eq!(gap["code"], "PagingLoop", "{fault:?}");
        assert!(standin.asked(&format!("*{SPOKE}*/networkInterfaces")).len() <= 2, "{fault:?}");
    }
}

#[test]
fn rights_that_could_not_be_asked_for_leave_short_lists_in_doubt() {
    for (fault, is_gap) in [(Fault::Status(500, "InternalServerError"), true), (Fault::Forbidden, false)] {
        let standin = standin();
        standin.on(&format!("*{SPOKE}*/permissions"), fault.clone());
        let outcome = standin.signed_in(&AUDIT).run();
        if is_gap {
            one_gap(&outcome, SPOKE, "permissions");
        } else {
            outcome.exits(0);
        }
    }
}

#[test]
fn rights_are_asked_for_once() {
    let standin = standin();
    standin.signed_in(&AUDIT).run().exits(0);
    let asked = standin.asked("*/permissions");
    assert_eq!(asked.len(), 2, "{asked:#?}");
}

#[test]
fn a_zone_that_goes_while_it_is_read_is_a_gap() {
    let standin = standin();
    standin.on("*/virtualNetworkLinks", Fault::BareError(404, "ParentResourceNotFound"));
    let gap = one_gap(&standin.signed_in(&AUDIT).run(), HUB, "virtualNetworkLinks");
    assert_eq!((&gap["status"], &gap["code"]), (&json!(404), &json!("ParentResourceNotFound")));
}

#[test]
fn one_odd_item_costs_no_other() {
    let standin = standin();
    let mut items: Vec<Value> = Vec::new();
    for number in 0..3 {
        let (account, address) = account(number);
        items.extend(endpoint(SPOKE, "vnet-spoke", &account, &address).into_iter().take(1));
    }
    items.push(json!({"name": "no-id", "properties": {}}));
    items.push(Value::Null);
    let page = json!({"value": items}).to_string();
    standin.on(&format!("*{SPOKE}*/privateEndpoints"), Fault::Text(page));
    let outcome = standin.signed_in(&AUDIT).run();
    let report = outcome.exits(3).report();
    assert_eq!(report["summary"]["endpoints"], 3, "{report:#}");
    assert!(gaps(&report).iter().all(|gap| gap["kind"] == "privateEndpoints"));
    assert!(!gaps(&report).is_empty());
}

#[test]
fn a_link_to_another_host_is_not_followed() {
    let standin = standin();
    let path =
        format!("/subscriptions/{SPOKE}/providers/Microsoft.Network/privateEndpoints?api-version=2024-05-01");
    let port = standin.arm_endpoint().rsplit(':').next().unwrap_or_default().to_owned();
    for origin in [
        standin.foreign_host(),
        standin.arm_endpoint().replace("https:", "http:"),
        format!("https://localhost:{port}"),
        format!("https://127.0.0.1:{port}@{}", standin.foreign_host().trim_start_matches("https://")),
        format!("//{}", standin.foreign_host().trim_start_matches("https://")),
    ] {
        let link = format!("{origin}{path}");
        standin.on_first(1, &format!("*{SPOKE}*/privateEndpoints"), Fault::NextLink(link.clone()));
        let outcome = standin.signed_in(&AUDIT).run();
        one_gap(&outcome, SPOKE, "privateEndpoints");
        outcome.keeps_secrets(&standin);
        assert!(standin.at(Door::Foreign).is_empty(), "{link} was followed: {:?}", standin.at(Door::Foreign));
        assert!(standin.at(Door::Arm).iter().all(|e| e.host.starts_with("127.0.0.1")), "{link} was followed");
    }
}

#[test]
fn a_forbidden_subscription_is_reported_and_the_other_audited() {
    let standin = standin();
    standin.on(&format!("/subscriptions/{HUB}*"), Fault::Forbidden);
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "-s", HUB, "-f", "json"]).run();
    let report = outcome.exits(3).report();
    assert!(verdicts(&report, "fail").is_empty(), "{report:#}");
    assert!(!findings(&report, "COV-001").is_empty(), "{report:#}");
    assert!(gaps(&report).iter().any(|gap| gap["subscription"] == HUB && gap["status"] == 403));
    assert_eq!(report["summary"]["endpoints"], 3);
    let table = standin.signed_in(&["audit", "-s", SPOKE, "-s", HUB]).run();
    table.exits(3).says(HUB);
}

#[test]
fn findings_weigh_more_than_gaps() {
    let mut objects = spoke_and_hub(3);
    crate::standin::objects::leave_pending(&mut objects);
    let standin = StandIn::start(objects);
    standin.on(&format!("/subscriptions/{HUB}*"), Fault::Forbidden);
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "-s", HUB, "-f", "json"]).run();
    let report = outcome.exits(1).report();
    assert_eq!(findings(&report, "PE-001").len(), 1);
    assert!(!findings(&report, "COV-001").is_empty());
}

#[test]
fn a_hub_that_cannot_be_read_is_unknown_and_never_missing() {
    for fault in [Fault::Forbidden, Fault::SubscriptionNotFound] {
        let standin = standin();
        standin.on(&format!("/subscriptions/{HUB}*"), fault.clone());
        let outcome = standin.signed_in(&AUDIT).run();
        let report = outcome.exits(3).report();
        assert!(verdicts(&report, "fail").is_empty(), "{fault:?}: {report:#}");
        assert!(!verdicts(&report, "unknown").is_empty(), "{fault:?}: {report:#}");
    }
}

#[test]
fn a_subscription_whose_own_object_stumbles_keeps_its_lists() {
    let standin = standin();
    standin.on(&format!("/subscriptions/{SPOKE}"), Fault::Status(500, "InternalServerError"));
    let report = standin.signed_in(&AUDIT).run().exits(3).report();
    assert_eq!(report["summary"]["endpoints"], 3, "the lists stand");
    let gaps = gaps(&report);
    assert_eq!((gaps.len(), &gaps[0]["kind"], &gaps[0]["status"]), (1, &json!("subscriptions"), &json!(500)));
    assert!(verdicts(&report, "fail").is_empty());
}

/// A list of what a probe would ask is short where names were not read, and nobody must take it for whole.
#[test]
fn a_dry_run_of_a_probe_says_what_it_lacks() {
    let standin = StandIn::start(spoke_and_hub(2));
    let dry = || standin.signed_in(&["probe", "--dry-run", "-s", SPOKE]).run();
    let whole = dry();
    whole.exits(0).says("stdata0000.blob.core.windows.net");
    standin.on("*/privateEndpoints", Fault::Forbidden);
    let short = dry();
    short.exits(3).warns("warning: private endpoints of");
    assert!(!short.stdout.contains("stdata0000.blob.core.windows.net"), "{}", short.stdout);
}
