//! The role of the README, held against an Azure that refuses everything else: it is enough, and without any one of its
//! actions what is not read is said not to have been read.

use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use crate::estate::{suspect, waiting, whole};
use crate::permissions::{of_pack, role, section};
use crate::standin::child::{Outcome, gaps, verdicts};
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, spoke_and_hub};
use crate::standin::rights::{Lacking, Rights, operation};
use crate::standin::{Settings, StandIn};

const AUDIT: [&str; 5] = ["audit", "-s", SPOKE, "-f", "json"];
const SOURCES: [&str; 2] = ["arm", "graph"];

/// What a pending connection's target takes, as the README's example has it.
const TARGET: [&str; 1] = ["Microsoft.Storage/storageAccounts/privateEndpointConnections/read"];

fn given(objects: Vec<Value>, actions: Vec<String>, lacking: Lacking) -> StandIn {
    let rights = Some(Rights { actions, lacking });
    StandIn::with(objects, Settings { rights, ..Settings::default() })
}

fn run(standin: &StandIn, source: &str, more: &[&str]) -> Outcome {
    standin.signed_in(&[AUDIT.as_slice(), &["--source", source], more].concat()).run()
}

/// A report without its time; of a run over metrics their window goes with it.
fn timeless(mut report: Value) -> Value {
    report["collectedAt"] = Value::Null;
    if let Some(traffic) = report["traffic"].as_object_mut() {
        traffic.retain(|key, _| key == "resources");
    }
    report
}

fn more(actions: Vec<String>, others: &[&str]) -> Vec<String> {
    actions.into_iter().chain(others.iter().map(|other| (*other).to_owned())).collect()
}

#[test]
fn with_the_role_alone_the_report_is_a_readers() {
    for source in SOURCES {
        for (objects, actions) in [(suspect(), role()), (waiting(), more(role(), &TARGET))] {
            let reader = run(&StandIn::start(objects.clone()), source, &[]).exits(1).report();
            assert_eq!(reader["coverage"]["complete"], true, "{source}");
            for lacking in [Lacking::Refused, Lacking::Short] {
                let standin = given(objects.clone(), actions.clone(), lacking);
                let report = run(&standin, source, &[]).exits(1).report();
                assert!(gaps(&report).is_empty(), "{source}: {:#?}", gaps(&report));
                assert_eq!(timeless(report), timeless(reader.clone()), "{source} {lacking:?}");
                assert!(standin.log().iter().all(|entry| entry.status != 403), "{source}");
            }
        }
    }
}

#[test]
fn with_what_the_readme_adds_packs_and_traffic_are_a_readers_too() {
    let packs = ["azure-migrate", "azure-migrate` with `appliance-object-id", "expressroute"];
    let mut actions = more(role(), &TARGET);
    actions.extend(packs.iter().flat_map(|pack| of_pack(pack)));
    actions.push("Microsoft.Insights/metrics/read".to_owned());
    let options = ["--pack", "azure-migrate", "--pack", "expressroute", "--metrics", "1d"];
    let options = [&options[..], &["--appliance-object-id", crate::estate::APPLIANCE]].concat();
    for source in SOURCES {
        let reader = run(&StandIn::start(whole()), source, &options).exits(1).report();
        assert_eq!(reader["coverage"]["complete"], true, "{source}: {:#?}", gaps(&reader));
        let standin = given(whole(), actions.clone(), Lacking::Refused);
        let report = run(&standin, source, &options).exits(1).report();
        assert!(gaps(&report).is_empty(), "{source}: {:#?}", gaps(&report));
        assert_eq!(timeless(report), timeless(reader), "{source}");
    }
    // Each of the packs' rights is needed for them.
    let less = |given: &str| actions.iter().filter(|action| *action != given).cloned().collect::<Vec<_>>();
    for given_up in packs.iter().flat_map(|pack| of_pack(pack)) {
        let standin = given(whole(), less(&given_up), Lacking::Refused);
        let report = run(&standin, "arm", &options).report();
        // Communities are the same for everybody and what they are needed for, names, is no finding's.
        assert!(!gaps(&report).is_empty(), "nothing is said of {given_up}");
    }
}

/// Fingerprints of the findings that are sure to be faults.
fn faults(report: &Value) -> BTreeSet<String> {
    verdicts(report, "fail")
        .iter()
        .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
        .collect()
}

/// What no list hangs on: it tells what other rights are lacking.
const TELLS: &str = "Microsoft.Authorization/permissions/read";
const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions/read";
/// Come with their network, and are asked for nowhere by themselves.
const INSIDE: [&str; 2] = [
    "Microsoft.Network/virtualNetworks/subnets/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
];

/// One action less: a gap that says so, and no finding that a reader would not have.
fn without(action: &str, source: &str, lacking: Lacking, reader: &Value) {
    let what = format!("without {action}, from {source}, {lacking:?}");
    let less = role().into_iter().filter(|given| given != action).collect();
    let standin = given(suspect(), less, lacking);
    let outcome = run(&standin, source, &[]);
    if outcome.code == 4 {
        outcome.warns("no subscription could be read");
        assert_eq!(action, SUBSCRIPTION, "{what}");
        return;
    }
    let report = outcome.report();
    let wrong: Vec<String> = faults(&report).difference(&faults(reader)).cloned().collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?}\n{:#}", report["findings"]);
    // The index tells of subscriptions in its own way.
    let told = source == "graph" && action == SUBSCRIPTION;
    if told || action == TELLS || INSIDE.contains(&action) {
        assert_eq!(faults(&report), faults(reader), "{what}");
        return;
    }
    assert_eq!(report["coverage"]["complete"], false, "{what} nothing is said to be missing");
    let told = gaps(&report).iter().any(|gap| {
        let message = gap["message"].as_str().unwrap();
        gap["status"] == 403 || gap["code"] == "MissingPermission" && message.contains(action)
    });
    assert!(told, "{what}: {:#?}", gaps(&report));
    let lost = faults(reader).difference(&faults(&report)).count();
    assert!(lost == 0 || !verdicts(&report, "unknown").is_empty(), "{what}: a fault went in silence");
    assert!(lost == 0 || outcome.code == 3, "{what} ended with {}", outcome.code);
}

#[test]
fn without_any_one_action_there_is_a_gap_and_no_wrong_finding() {
    let actions = role();
    let ways = [("arm", Lacking::Refused), ("arm", Lacking::Short), ("graph", Lacking::Refused)];
    thread::scope(|scope| {
        for (source, lacking) in ways {
            let actions = &actions;
            scope.spawn(move || {
                let reader = run(&StandIn::start(suspect()), source, &[]).exits(1).report();
                actions.iter().for_each(|action| without(action, source, lacking, &reader));
            });
        }
    });
}

/// Rights on some resources alone: Azure answers with less and no error, and what is missing is no fault.
#[test]
fn with_no_right_over_the_whole_nothing_is_clean() {
    for kept in
        [&["Microsoft.Resources/subscriptions/read", TELLS][..], &["Microsoft.Resources/*/read", TELLS]]
    {
        for source in SOURCES {
            let actions = more(Vec::new(), kept);
            let outcome = run(&given(spoke_and_hub(2), actions, Lacking::Short), source, &[]);
            let report = outcome.exits(3).report();
            assert!(verdicts(&report, "fail").is_empty(), "{source}: {:#}", report["findings"]);
            assert!(gaps(&report).iter().any(|gap| gap["code"] == "MissingPermission"), "{source}");
        }
    }
}

#[test]
fn a_role_without_one_of_the_lists_is_not_enough() {
    let less: Vec<String> =
        role().into_iter().filter(|action| !action.ends_with("/azureFirewalls/read")).collect();
    let permissions = [(HUB.to_owned(), json!([{"actions": less, "notActions": []}]))].into();
    let standin = StandIn::with(spoke_and_hub(1), Settings { permissions, ..Settings::default() });
    let report = standin.signed_in(&AUDIT).run().report();
    let codes: Vec<&Value> = gaps(&report).iter().map(|gap| &gap["code"]).collect();
    assert_eq!(codes, ["MissingPermission"]);
}

/// The rows are left out without a word where a right is lacking; the role covers all that the index holds.
#[test]
fn the_index_alone_is_enough_under_the_role() {
    let standin = given(suspect(), role(), Lacking::Refused);
    let believed = run(&standin, "graph", &["--no-verify"]).exits(1).report();
    assert!(gaps(&believed).is_empty(), "{:#?}", gaps(&believed));
    assert!(standin.asked("*/ALL").is_empty(), "the role covers what the index holds");
}

/// The rights that a suspect's target takes stand beside the role.
#[test]
fn the_rights_for_a_target_are_those_that_the_readme_names() {
    let standin = StandIn::start(waiting());
    run(&standin, "arm", &[]).exits(1);
    let asked = standin.asked("*/resourceGroups/*/providers/Microsoft.Storage/*");
    let needed: BTreeSet<String> = asked.iter().map(|entry| operation(&entry.method, &entry.path)).collect();
    assert_eq!(needed.len(), 2, "{needed:?}");
    for need in needed {
        assert!(section().contains(&format!("`{need}`")), "the README does not name {need}");
    }
    // Without it the finding stands, and what the target says of it is not known.
    let report = run(&given(waiting(), role(), Lacking::Refused), "arm", &[]).exits(1).report();
    assert!(
        gaps(&report).iter().all(|gap| gap["kind"] == "privateEndpointConnections"),
        "{:#?}",
        gaps(&report)
    );
    assert!(!gaps(&report).is_empty());
}

#[test]
fn the_right_for_traffic_is_that_which_the_readme_names() {
    let objects = || spoke_and_hub(2);
    let standin = StandIn::start(objects());
    let operations = |standin: &StandIn| -> BTreeSet<String> {
        standin.at(Door::Arm).iter().map(|entry| operation(&entry.method, &entry.path)).collect()
    };
    run(&standin, "arm", &[]).exits(0);
    let usual = operations(&standin);
    run(&standin, "arm", &["--metrics"]).exits(0);
    let all = operations(&standin);
    let more: Vec<&String> = all.difference(&usual).collect();
    assert_eq!(more, ["Microsoft.Insights/metrics/read"]);
    assert!(section().contains(&format!("`{}`", more[0])));
    // The batch is refused first, and then each alone.
    let standin = given(objects(), role(), Lacking::Refused);
    let endpoint = standin.metrics_endpoint();
    let report = run(&standin, "arm", &["--metrics", "--metrics-endpoint", &endpoint]).exits(3).report();
    assert!(gaps(&report).iter().all(|gap| gap["kind"] == "metrics" && gap["status"] == 403));
    assert!(!standin.at(Door::Metrics).is_empty());
}
