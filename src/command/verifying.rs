//! Reading again, from the management API, what the findings over an index hang on, until nothing more is in doubt.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::live::Rounds;
use crate::audit::audit;
use crate::error::Failure;
use crate::finding::{Report, Verdict};
use crate::inventory::{Coverage, Verification, Want};
use crate::rules::Rule;
use crate::topology::Topology;
use crate::verification::{doubts, places};

/// Judges what was read and reads again what the failures hang on, as often as that brings new ones. Nothing is read
/// again twice, so that this ends. `None` when the run was stopped on the way: then what is still in doubt is a gap.
pub(super) async fn verify(
    rounds: &mut Rounds<'_>,
    mut topology: Topology,
) -> Result<Option<Verification>, Failure> {
    let rules = rounds.config.rules_for(&topology.inventory.origin.scope)?;
    let before = topology.inventory.coverage.clone();
    let mut lists = 0;
    // Each failure, and the subscriptions that it speaks of.
    let mut failed: HashMap<String, BTreeSet<String>> = HashMap::new();
    loop {
        let (report, wants) = judge(rounds, &topology, &rules);
        let failures = report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
        failed.extend(failures.map(|finding| (finding.fingerprint.clone(), places(finding))));
        if wants.is_empty() {
            return Ok(Some(outcome(&failed, &report, &before, lists)));
        }
        if lists == 0 {
            let (findings, lists) = (failed.len(), wants.len());
            rounds.console.say(&format!("reading again what {findings} findings hang on: {lists} lists"));
        }
        lists += wants.len();
        match rounds.read_again(&wants).await {
            Some(next) => topology = next,
            None => {
                rounds.leave_in_doubt(&wants);
                return Ok(None);
            }
        }
    }
}

/// The report as of now, and what is to be read again next. Zones come before what is in them, for some may be gone.
fn judge(rounds: &Rounds<'_>, topology: &Topology, rules: &[Rule]) -> (Report, Vec<Want>) {
    let report = audit(topology, rules, &rounds.config.settings);
    let mut wants: Vec<Want> =
        doubts(topology, &report).into_iter().filter(|want| !rounds.was_asked(want)).collect();
    let is_list = |want: &Want| matches!(want, Want::ListAgain { .. });
    if wants.iter().any(is_list) {
        wants.retain(is_list);
    }
    (report, wants)
}

/// What became of the failures. One that is no more is stale, unless something of where it stood was not read again.
fn outcome(
    failed: &HashMap<String, BTreeSet<String>>,
    report: &Report,
    before: &Coverage,
    lists: usize,
) -> Verification {
    let left: HashSet<&str> = report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let new = report.coverage.gaps.iter().filter(|gap| !before.gaps.contains(gap));
    let lost: HashSet<&str> = new.filter_map(|gap| gap.subscription.as_deref()).collect();
    let gone = failed.iter().filter(|(fingerprint, _)| !left.contains(fingerprint.as_str()));
    let (unread, stale): (Vec<_>, Vec<_>) =
        gone.partition(|(_, places)| places.iter().any(|place| lost.contains(place.as_str())));
    Verification { findings: failed.len(), lists, stale: stale.len(), unread: unread.len() }
}
