//! The order in which Azure answers, between objects and within them, changes no byte of a report.

use plaudit::finding::Report;
use plaudit::inventory::{Collected, Resource};
use plaudit::report::{self, Background, Format, Style};
use proptest::prelude::*;
use serde_json::Value;

use super::spelling::found;
use super::{config, plan};

/// Lists whose order says something: DNS servers are asked in it.
const ORDERED: [&str; 3] = ["dnsServers", "servers", "targetDnsServers"];

fn written(report: &Report) -> String {
    let mut bytes = Vec::new();
    report::write(report, &Background::default(), Format::Json, &Style::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// SplitMix64: small, and the same everywhere.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Fisher and Yates.
fn shuffle<T>(items: &mut [T], seed: &mut u64) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(next(seed) % (last as u64 + 1)).unwrap();
        items.swap(last, other);
    }
}

fn shuffle_within(value: &mut Value, seed: &mut u64) {
    match value {
        Value::Array(items) => {
            shuffle(items, seed);
            items.iter_mut().for_each(|item| shuffle_within(item, seed));
        }
        Value::Object(fields) => {
            let others = fields.iter_mut().filter(|(name, _)| !ORDERED.contains(&name.as_str()));
            others.for_each(|(_, field)| shuffle_within(field, seed));
        }
        _ => {}
    }
}

fn shuffled(mut collected: Collected, seed: &mut u64) -> Collected {
    shuffle(&mut collected.resources, seed);
    shuffle(&mut collected.coverage.gaps, seed);
    shuffle(&mut collected.coverage.subscriptions, seed);
    collected.coverage.normalise();
    collected
}

/// As [`shuffled`], and the lists within each object.
fn shuffled_within(collected: Collected, seed: &mut u64) -> Collected {
    let mut collected = shuffled(collected, seed);
    for Resource { json, .. } in &mut collected.resources {
        let mut value: Value = serde_json::from_str(json).unwrap();
        shuffle_within(&mut value, seed);
        *json = value.to_string().into();
    }
    collected
}

/// The first line in which two texts differ.
fn difference<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    one.lines().zip(other.lines()).find(|(one, other)| one != other)
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn another_order_changes_no_byte(plan in plan(), mut seed in any::<u64>()) {
        let collected = plan.read(&plan.estate());
        let report = plan.judge(collected.clone());
        let given = written(&report);
        let other = written(&plan.judge(shuffled(collected.clone(), &mut seed)));
        prop_assert_eq!(difference(&given, &other), None);
        prop_assert_eq!(given.len(), other.len());
        // A report names what stands first in an object first: the same is found nevertheless.
        let other = plan.judge(shuffled_within(collected, &mut seed));
        let (given, other) = (found(&report), found(&other));
        let lost: Vec<_> = given.difference(&other).collect();
        let new: Vec<_> = other.difference(&given).collect();
        prop_assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    }
}
