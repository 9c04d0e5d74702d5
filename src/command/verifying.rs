//! Reading again, from the management API, what the findings over an index hang on, until nothing more is in doubt.

use std::collections::{BTreeSet, HashSet};

use super::live::Rounds;
use crate::audit::audit;
use crate::error::Failure;
use crate::finding::{Report, Verdict};
use crate::inventory::{Verification, Want};
use crate::rules::Rule;
use crate::verification::doubts;

/// Judges what was read and reads again what the failures hang on, as often as that brings new ones. Nothing is read
/// again twice, so that this ends.
pub(super) async fn verify(rounds: &mut Rounds<'_>) -> Result<Verification, Failure> {
    let rules = rounds.config.rules()?;
    let mut asked: BTreeSet<Want> = BTreeSet::new();
    let mut failed: HashSet<String> = HashSet::new();
    loop {
        let (report, wants) = judge(rounds, &rules, &asked);
        let failures = report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
        failed.extend(failures.map(|finding| finding.fingerprint.clone()));
        if wants.is_empty() {
            let left: HashSet<&str> =
                report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
            let stale = failed.iter().filter(|fingerprint| !left.contains(fingerprint.as_str())).count();
            return Ok(Verification { findings: failed.len(), lists: asked.len(), stale });
        }
        if asked.is_empty() {
            let (findings, lists) = (failed.len(), wants.len());
            rounds.console.say(&format!("reading again what {findings} findings hang on: {lists} lists"));
        }
        rounds.read(wants.clone()).await;
        asked.extend(wants);
    }
}

/// The report as of now, and what is to be read again next. Zones come before what is in them, for some may be gone.
fn judge(rounds: &Rounds<'_>, rules: &[Rule], asked: &BTreeSet<Want>) -> (Report, Vec<Want>) {
    let topology = rounds.topology();
    let report = audit(&topology, rules, &rounds.config.settings);
    let mut wants: Vec<Want> =
        doubts(&topology, &report).into_iter().filter(|want| !asked.contains(want)).collect();
    let is_list = |want: &Want| matches!(want, Want::ListAgain { .. });
    if wants.iter().any(is_list) {
        wants.retain(is_list);
    }
    (report, wants)
}
