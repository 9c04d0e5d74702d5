//! How many calls and seconds an audit of a whole tenant takes, from the management API and from Resource Graph:
//! `cargo bench --bench tenant`, or `cargo bench --bench tenant -- 10 100` for some sizes alone.
//!
//! The stand-in for Azure answers each call after 40 ms and keeps to the documented limits. Every subscription has a
//! spoke with 20 endpoints that resolves names through the hub, which lies in a subscription of its own with the zone.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../tests/standin/mod.rs"]
mod standin;

use std::time::Duration;

use standin::child::gaps;
use standin::journal::{Door, Entry};
use standin::objects::spokes_and_hub;
use standin::throttle::Throttle;
use standin::{Settings, StandIn};

const SIZES: [usize; 4] = [1, 10, 100, 1_000];
const ENDPOINTS: usize = 20;
const LATENCY: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(1_800);

/// What is called, by a part of the path (in lower case); the first that fits counts, and what fits none is told as
/// other lists.
const SERVICES: [(&str, &str); 3] = [
    ("Resource Graph", "/microsoft.resourcegraph/"),
    ("private DNS", "/privatednszones"),
    ("permissions", "/microsoft.authorization/permissions"),
];

fn main() {
    // Cargo adds `--bench` by itself.
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let services = SERVICES.map(|(name, _)| format!("{name:>14}")).join(" ");
    println!(
        "{:>13} {:>6} {:>8} {services} {:>14} {:>7} {:>6}",
        "subscriptions", "source", "calls", "other lists", "seconds", "429"
    );
    for size in sizes {
        for source in ["arm", "graph"] {
            measure(size, source);
        }
    }
}

/// Audits a tenant of so many spokes and prints a line of the table.
fn measure(spokes: usize, source: &str) {
    let settings = Settings { latency: LATENCY, throttle: Some(Throttle::default()), ..Settings::default() };
    let standin = StandIn::with(spokes_and_hub(spokes, ENDPOINTS), settings);
    let args = ["audit", "--all-subscriptions", "--source", source, "-f", "json"];
    let outcome = standin.signed_in(&args).patience(PATIENCE).run();
    let report = outcome.exits(0).report();
    assert_eq!(report["summary"]["endpoints"], spokes * ENDPOINTS);
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    let log = standin.at(Door::Arm);
    let refused = log.iter().filter(|entry| entry.status == 429).count();
    let calls = calls(&log).map(|calls| format!("{calls:>14}")).join(" ");
    println!(
        "{:>9} + hub {source:>6} {:>8} {calls} {:>7.1} {refused:>6}",
        spokes,
        log.len(),
        outcome.took.as_secs_f64()
    );
}

/// How many calls each service got; the last count is of other lists.
fn calls(log: &[Entry]) -> [usize; SERVICES.len() + 1] {
    let mut calls = [0; SERVICES.len() + 1];
    for entry in log {
        let path = entry.path.to_ascii_lowercase();
        let service = SERVICES.iter().position(|(_, part)| path.contains(part));
        calls[service.unwrap_or(SERVICES.len())] += 1;
    }
    calls
}
