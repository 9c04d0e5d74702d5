//! Many subscriptions behind the limits that Azure documents: a run slows down before it is throttled, loses nothing
//! and leaves no budget unused.

use std::time::Duration;

use crate::standin::child::{Outcome, gaps};
use crate::standin::journal::Door;
use crate::standin::objects::spokes_and_hub;
use crate::standin::throttle::Throttle;
use crate::standin::{Settings, StandIn};

fn throttling(spokes: usize, endpoints: usize, throttle: Throttle) -> StandIn {
    let settings = Settings { throttle: Some(throttle), ..Settings::default() };
    StandIn::with(spokes_and_hub(spokes, endpoints), settings)
}

/// Asserts that everything arrived and that fewer than one in a hundred requests was refused; gives how many requests
/// there were.
#[track_caller]
fn whole(standin: &StandIn, outcome: &Outcome, endpoints: usize) -> usize {
    let report = outcome.exits(0).report();
    assert_eq!(report["summary"]["endpoints"], endpoints);
    assert!(gaps(&report).is_empty(), "{report:#}");
    let log = standin.at(Door::Arm);
    let refused = log.iter().filter(|entry| entry.status == 429).count();
    assert!(refused * 100 < log.len(), "{refused} of {} requests were throttled", log.len());
    log.len()
}

const AUDIT: [&str; 4] = ["audit", "--all-subscriptions", "-f", "json"];
const DEEP: [&str; 5] = ["audit", "--all-subscriptions", "-f", "json", "--deep"];

#[test]
fn a_tenant_is_read_within_documented_limits() {
    let standin = throttling(20, 40, Throttle::default());
    whole(&standin, &standin.signed_in(&AUDIT).run(), 800);
}

#[test]
fn a_tier_that_is_smaller_than_documented_is_heeded_before_it_refuses() {
    let standin = throttling(2, 45, Throttle { reads: (110.0, 25.0), ..Throttle::default() });
    let requests = whole(&standin, &standin.signed_in(&DEEP).run(), 90);
    assert!(requests > 330, "{requests} requests are no test of a bucket of 110");
    let least = standin.least_left("reads").unwrap();
    assert!((20..=60).contains(&least), "{least} left at the least: slowed too early or too late");
}

/// Some minutes: `cargo test --test live -- --ignored`.
#[test]
#[ignore = "takes as long as the limits say: a zone of 10 000 records is 101 pages, at 100 a minute"]
#[allow(clippy::print_stderr, reason = "it is there to be read")]
fn twenty_subscriptions_of_five_hundred_endpoints_are_read_whole() {
    for args in [AUDIT.as_slice(), &DEEP] {
        let standin = throttling(20, 500, Throttle::default());
        let outcome = standin.signed_in(args).patience(Duration::from_secs(900)).run();
        let requests = whole(&standin, &outcome, 10_000);
        let refused = standin.at(Door::Arm).iter().filter(|entry| entry.status == 429).count();
        eprintln!("{args:?}: {requests} requests, {refused} throttled, {:?}", outcome.took);
    }
}
