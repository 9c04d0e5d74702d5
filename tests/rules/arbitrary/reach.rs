//! How far the arbitrary estates reach: a property over estates in which a rule never speaks says nothing of the rule.

use std::collections::BTreeMap;

use plaudit::finding::Verdict;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};

use super::{RULES, plan};

/// How often each rule speaks in so many estates, the same each time.
fn spoken(cases: usize) -> BTreeMap<&'static str, usize> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let mut spoken: BTreeMap<&'static str, usize> = RULES.iter().map(|rule| (rule.page.id, 0)).collect();
    for _ in 0..cases {
        let plan = plan().new_tree(&mut runner).unwrap().current();
        let report = plan.judge(plan.read(&plan.estate()));
        let mut failing: Vec<&str> =
            report.findings.iter().filter(|f| f.verdict == Verdict::Fail).map(|f| f.rule).collect();
        failing.dedup();
        failing.sort_unstable();
        failing.dedup();
        for rule in failing {
            *spoken.get_mut(rule).unwrap() += 1;
        }
    }
    spoken
}

#[test]
fn most_rules_speak_of_arbitrary_estates() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let spoken = spoken(cases);
    let silent: Vec<&&str> = spoken.iter().filter(|(_, count)| **count == 0).map(|(rule, _)| rule).collect();
    println!("{spoken:?}");
    println!("{} of {} are silent: {silent:?}", silent.len(), spoken.len());
}
