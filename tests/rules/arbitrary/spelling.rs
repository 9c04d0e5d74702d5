//! Azure spells one id in several casings, and names of DNS with and without a dot at their end: neither changes a
//! finding.

use std::collections::BTreeSet;

use plaudit::finding::Report;
use plaudit::inventory::{Collected, Resource, ResourceId};
use proptest::prelude::*;
use serde_json::Value;

use super::{config, plan};

/// What a report finds, by names that have no casing.
pub fn found(report: &Report) -> BTreeSet<(String, String, &'static str, &'static str)> {
    let one = |f: &plaudit::finding::Finding| {
        (
            format!("{} {}", f.rule, f.subject.id.lower()),
            f.fingerprint.clone(),
            f.verdict.name(),
            f.severity.name(),
        )
    };
    report.findings.iter().map(one).collect()
}

fn respelled(text: &str, how: usize) -> String {
    match how % 4 {
        0 => text.to_ascii_uppercase(),
        1 => text.to_ascii_lowercase(),
        2 => text.to_owned(),
        _ => text
            .char_indices()
            .map(|(at, c)| if at.is_multiple_of(2) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect(),
    }
}

/// Fields that hold names of DNS.
const NAMES: [&str; 6] = ["fqdn", "fqdns", "domainName", "cname", "recordSetName", "name"];

fn respell(value: &mut Value, field: &str, how: &mut impl FnMut() -> usize) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => *text = respelled(text, how()),
        Value::String(text) if NAMES.contains(&field) => {
            *text = respelled(text, how());
            let is_whole = matches!(field, "fqdn" | "fqdns" | "cname") && !text.is_empty();
            if is_whole && !text.ends_with('.') && how().is_multiple_of(2) {
                text.push('.');
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| respell(item, field, how)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, item)| respell(item, name, how)),
        _ => {}
    }
}

fn spelled(mut collected: Collected, mut seed: usize) -> Collected {
    let mut how = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    for resource in &mut collected.resources {
        let mut value: Value = serde_json::from_str(&resource.json).unwrap();
        respell(&mut value, "", &mut how);
        let id = ResourceId::new(value["id"].as_str().unwrap());
        *resource = Resource { id, json: value.to_string().into() };
    }
    collected
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn another_spelling_changes_no_finding(plan in plan(), seed in any::<usize>()) {
        let collected = plan.read(&plan.estate());
        let given = found(&plan.judge(collected.clone()));
        let other = found(&plan.judge(spelled(collected, seed)));
        let lost: Vec<_> = given.difference(&other).collect();
        let new: Vec<_> = other.difference(&given).collect();
        prop_assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    }
}
