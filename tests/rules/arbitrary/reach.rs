//! How far the arbitrary estates reach: a property over estates in which a rule never speaks says nothing of the rule.

use std::collections::BTreeSet;

use plaudit::finding::Verdict;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::{RULES, plan};

/// Rules that no estate makes speak: they tell of gaps, which are never a fault, or of what a probe saw.
const OF_OTHERS: [&str; 2] = ["COV-", "LIVE-"];

/// The rules that find a fault in one of so many estates, the same each time.
fn speaking(cases: usize) -> BTreeSet<&'static str> {
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(0), ..Config::default() });
    let mut speaking = BTreeSet::new();
    for _ in 0..cases {
        let plan = plan().new_tree(&mut runner).unwrap().current();
        let report = plan.judge(plan.read(&plan.estate()));
        speaking.extend(report.findings.iter().filter(|f| f.verdict == Verdict::Fail).map(|f| f.rule));
    }
    speaking
}

#[test]
fn most_rules_speak_of_arbitrary_estates() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(96);
    let speaking = speaking(cases);
    let all = RULES.iter().map(|rule| rule.page.id);
    let all: BTreeSet<&str> =
        all.filter(|id| !OF_OTHERS.iter().any(|family| id.starts_with(family))).collect();
    let silent: Vec<&&str> = all.difference(&speaking).collect();
    assert!(speaking.len() >= 50, "silent are {silent:?}");
}
