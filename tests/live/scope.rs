//! What is audited, what is read around it, and what is said of names that nobody knows.

use serde_json::json;

use crate::standin::child::{Run, findings, gaps, verdicts};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{
    HUB, HUB_NAME, SPOKE, SPOKE_NAME, bare, leave_pending, spoke_and_hub, subscription,
};
use crate::standin::{Settings, StandIn};

const NOWHERE: &str = "44444444-dddd-4000-8000-000000000004";

fn standin() -> StandIn {
    StandIn::start(spoke_and_hub(3))
}

#[test]
fn a_spoke_is_judged_with_its_hub_as_context() {
    let standin = standin();
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run();
    let report = outcome.exits(0).report();
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["scope"]["subscriptions"], json!([SPOKE]));
    assert!(!standin.asked(&format!("*{HUB}*/virtualNetworkLinks")).is_empty(), "the hub was read");
}

#[test]
fn a_hub_that_is_not_listed_is_found_by_what_points_at_it() {
    let standin =
        StandIn::with(spoke_and_hub(3), Settings { hidden: vec![HUB.to_owned()], ..Settings::default() });
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run();
    let report = outcome.exits(0).report();
    assert_eq!(report["findings"], json!([]));
}

#[test]
fn without_context_nothing_is_called_missing() {
    let standin = standin();
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "--no-context", "-f", "json"]).run();
    let report = outcome.report();
    assert_ne!(outcome.code, 1, "{report:#}");
    assert!(verdicts(&report, "fail").is_empty(), "{report:#}");
    assert!(!verdicts(&report, "unknown").is_empty(), "{report:#}");
    assert!(standin.asked(&format!("/subscriptions/{HUB}*")).is_empty(), "the hub was read all the same");
}

#[test]
fn a_context_subscription_is_read_and_not_reported_on() {
    let mut objects = spoke_and_hub(3);
    leave_pending(&mut objects);
    let standin = StandIn::start(objects);
    let outcome =
        standin.signed_in(&["audit", "-s", HUB, "--context-subscription", SPOKE, "-f", "json"]).run();
    let report = outcome.exits(0).report();
    assert_eq!(report["summary"]["endpoints"], 0, "the pending endpoint lies in the context");
    assert!(!standin.asked(&format!("*{SPOKE}*/privateEndpoints")).is_empty());
}

#[test]
fn every_subscription() {
    let mut objects = spoke_and_hub(3);
    objects.extend(bare(0));
    let standin = StandIn::start(objects);
    let outcome = standin.signed_in(&["audit", "--all-subscriptions", "-f", "json"]).run();
    let report = outcome.exits(0).report();
    assert_eq!(report["scope"]["subscriptions"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["summary"]["endpoints"], 3);
}

#[test]
fn the_subscriptions_of_management_groups_are_audited() {
    let mut objects = spoke_and_hub(3);
    objects.extend(bare(0));
    let groups =
        [("mg-app", vec![SPOKE.to_uppercase()]), ("mg-hub", vec![HUB.to_owned()]), ("mg-empty", vec![])];
    let management_groups = groups.map(|(name, below)| (name.to_owned(), below)).into();
    let settings = Settings { management_groups, page_size: 1, ..Settings::default() };
    let standin = StandIn::with(objects, settings);
    let audit = |groups: &[&str]| {
        let named = groups.iter().flat_map(|group| ["--management-group", group]);
        let args: Vec<&str> = ["audit", "-f", "json"].into_iter().chain(named).collect();
        standin.signed_in(&args).run()
    };
    let report = audit(&["MG-App"]).exits(0).report();
    assert_eq!(report["scope"]["subscriptions"], json!([SPOKE]));
    assert_eq!(report["summary"]["endpoints"], 3);
    let report = audit(&["mg-app", "mg-hub"]).exits(0).report();
    assert_eq!(report["scope"]["subscriptions"].as_array().map(Vec::len), Some(2));

    // A group that may not be read, or in which nothing can be seen, is told beside what was read…
    for (group, code) in [("mg-secret", "AuthorizationFailed"), ("mg-empty", "ManagementGroupEmpty")] {
        let report = audit(&["mg-app", group]).exits(3).report();
        let all = gaps(&report);
        let told: Vec<_> = all.iter().filter(|gap| gap["code"] == code).collect();
        assert_eq!(told.len(), 1, "{report:#}");
        assert!(told[0]["message"].as_str().unwrap().starts_with(&format!("management group {group}: ")));
    }
    // … what cannot be understood leaves what was …
    let odd = r#"{"value":[{"name":"without an id"}]}"#;
    standin.on("*/managementGroups/mg-hub/descendants", Fault::Text(odd.to_owned()));
    let report = audit(&["mg-app", "mg-hub"]).exits(3).report();
    assert!(gaps(&report).iter().any(|gap| gap["code"] == "MalformedPage"), "{report:#}");
    // … and ends the run where nothing else was asked for.
    audit(&["mg-secret"]).exits(4).warns("management group mg-secret");
    audit(&[" "]).exits(2).warns("--management-group is empty");
}

#[test]
fn a_context_subscription_that_cannot_be_read_is_reported() {
    for unknown in [NOWHERE, "no-such-subscription"] {
        let standin = standin();
        let args = ["-s", SPOKE, "--context-subscription", unknown];
        let outcome = standin.signed_in(&[["audit", "-f", "json"].as_slice(), &args].concat()).run();
        let report = outcome.exits(3).report();
        assert_eq!(findings(&report, "COV-002").len(), 1, "{report:#}");
        assert_eq!(verdicts(&report, "unknown").len(), 1, "{report:#}");
        let file = standin.folder().join("estate.jsonl");
        let file = file.to_string_lossy();
        standin.signed_in(&[["collect", "-o", &file].as_slice(), &args].concat()).run().exits(3);
        Run::new(standin.folder(), &["audit", "--snapshot", &file]).run().exits(3);
    }
}

#[test]
fn a_subscription_that_cannot_be_understood_costs_no_other() {
    let standin = standin();
    let page = json!({"value": [subscription(SPOKE, SPOKE_NAME), {"id": null}, subscription(HUB, HUB_NAME)]});
    standin.on("/subscriptions", Fault::Text(page.to_string()));
    for args in
        [["--all-subscriptions"].as_slice(), &["--all-subscriptions", "--no-context"], &["-s", SPOKE_NAME]]
    {
        let outcome = standin.signed_in(&[["audit", "-f", "json"].as_slice(), args].concat()).run();
        let report = outcome.exits(3).report();
        assert_eq!(report["summary"]["endpoints"], 3, "{args:?}");
        assert_eq!(gaps(&report).len(), 1, "{args:?}: {report:#}");
        assert_eq!(gaps(&report)[0]["kind"], "subscriptions");
    }
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "-s", "nobody", "-f", "json"]).run();
    let report = outcome.exits(3).report();
    let nobody = gaps(&report).into_iter().find(|gap| gap["subscription"] == "nobody").unwrap().clone();
    assert_eq!((&nobody["status"], &nobody["code"]), (&json!(null), &json!("MalformedItem")), "not known");
}

#[test]
fn a_subscription_by_name() {
    for name in [SPOKE_NAME, &SPOKE_NAME.to_uppercase(), &format!("/subscriptions/{SPOKE}")] {
        let outcome = standin().signed_in(&["audit", "-s", name, "-f", "json"]).run();
        assert_eq!(outcome.exits(0).report()["scope"]["subscriptions"], json!([SPOKE]));
    }
    let both = standin().signed_in(&["audit", "-s", SPOKE_NAME, "-s", HUB_NAME, "-f", "json"]).run();
    assert_eq!(both.exits(0).report()["scope"]["subscriptions"], json!([SPOKE, HUB]));
}

#[test]
fn a_subscription_from_the_environment() {
    let standin = standin();
    let outcome = standin.signed_in(&["audit", "-f", "json"]).env("AZURE_SUBSCRIPTION_ID", SPOKE).run();
    assert_eq!(outcome.exits(0).report()["scope"]["subscriptions"], json!([SPOKE]));
    let outcome = standin.signed_in(&["audit", "-f", "json"]).run();
    outcome.warns("--subscription");
    assert!(outcome.code == 2 || outcome.code == 4, "no subscription, no audit: {}", outcome.code);
}

#[test]
fn an_unknown_subscription_beside_a_good_one_is_reported() {
    for unknown in [NOWHERE, "no-such-subscription"] {
        let outcome = standin().signed_in(&["audit", "-s", SPOKE, "-s", unknown, "-f", "json"]).run();
        let report = outcome.exits(3).report();
        assert_eq!(report["summary"]["endpoints"], 3);
        assert!(report.to_string().contains(unknown), "{unknown} is not in the report");
        assert_eq!(gaps(&report).len(), 1, "{report:#}");
    }
}

#[test]
fn no_subscription_that_can_be_read_means_no_audit() {
    for unknown in [NOWHERE, "no-such-subscription"] {
        let standin = standin();
        let outcome = standin.signed_in(&["audit", "-s", unknown, "-f", "json"]).run();
        outcome.exits(4).warns(unknown);
        if unknown == "no-such-subscription" {
            outcome.warns(&format!("it can see {SPOKE_NAME}, {HUB_NAME}"));
            assert_eq!(
                standin.at(Door::Arm).len(),
                1,
                "nothing but the list of subscriptions is worth reading"
            );
        }
        assert!(outcome.stderr.contains("fatal: no audit was performed"), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_resource_group_narrows_the_report_and_not_the_reading() {
    let mut objects = spoke_and_hub(3);
    leave_pending(&mut objects);
    let standin = StandIn::start(objects);
    let audit = |group: &str| standin.signed_in(&["audit", "-s", SPOKE, "-g", group, "-f", "json"]).run();
    for group in ["rg-app", "RG-APP"] {
        assert_eq!(audit(group).exits(1).report()["summary"]["endpoints"], 3);
    }
    let before = standin.at(Door::Arm).len();
    audit("rg-ap").exits(2).warns("`rg-ap` (did you mean `rg-app`?)");
    let report = audit("rg-net").exits(0).report();
    assert_eq!((&report["summary"]["endpoints"], &report["findings"]), (&json!(0), &json!([])));
    assert_eq!(report["coverage"]["read"]["privateEndpoints"], 3, "read all the same");
    assert!(standin.at(Door::Arm).len() - before > 10);
}

#[test]
fn rights_on_a_group_alone_are_a_gap() {
    let permissions = [(SPOKE.to_owned(), json!([]))].into();
    let standin = StandIn::with(spoke_and_hub(3), Settings { permissions, ..Settings::default() });
    let report = standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run().exits(3).report();
    assert!(gaps(&report).iter().any(|gap| gap["subscription"] == SPOKE), "{report:#}");
}

#[test]
fn a_call_for_permissions_that_fails_proves_nothing() {
    let standin = standin();
    standin.on("*/permissions", Fault::Forbidden);
    standin.signed_in(&["audit", "-s", SPOKE, "-f", "json"]).run().exits(0);
}
