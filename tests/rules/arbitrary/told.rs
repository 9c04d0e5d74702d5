//! Reports of arbitrary estates, read back and held against each other.

use std::collections::BTreeSet;

use plaudit::diff::{Diff, Run, Said};
use plaudit::finding::{Report, Verdict};
use plaudit::report::{self, Background, Format, Style, read_run};
use proptest::prelude::*;

use super::{MISHAPS, config, plan};

fn read_back(report: &Report) -> Run {
    let mut bytes = Vec::new();
    report::write(report, &Background::default(), Format::Json, &Style::default(), &mut bytes).unwrap();
    read_run(bytes.as_slice()).unwrap()
}

fn names<'a>(said: impl Iterator<Item = &'a Said>) -> BTreeSet<&'a str> {
    said.map(|one| one.fingerprint.as_str()).collect()
}

fn failing(run: &Run) -> BTreeSet<&str> {
    names(run.findings.iter().filter(|said| said.verdict == Some(Verdict::Fail)))
}

fn union<'a>(parts: &[&BTreeSet<&'a str>]) -> BTreeSet<&'a str> {
    parts.iter().flat_map(|part| part.iter().copied()).collect()
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn a_report_that_is_read_back_says_the_same(plan in plan()) {
        let report = plan.judge(plan.read(&plan.estate()));
        let fingerprints: BTreeSet<&str> = report.findings.iter().map(|f| f.fingerprint.as_str()).collect();
        prop_assert_eq!(fingerprints.len(), report.findings.len(), "two findings share a fingerprint");
        let run = Run::of(&report);
        prop_assert_eq!(&read_back(&report), &run);
        let diff = Diff::of(&run, &run);
        prop_assert!(diff.appeared.is_empty() && diff.mended.is_empty() && diff.unjudged.is_empty());
        prop_assert_eq!(names(diff.unchanged.iter().map(|one| one.said)), failing(&run));
    }

    /// Each fault of either side stands in one list, and the other way round in the list that mirrors it.
    #[test]
    fn two_reports_are_held_against_each_other_whole(
        plan in plan(),
        later in (0..MISHAPS.len(), 0..10_000_usize, 0..10_000_usize),
    ) {
        let e = plan.estate();
        let mut changed = e.clone();
        MISHAPS[later.0](&mut changed, later.1, later.2);
        let [old, new] = [&e, &changed].map(|e| read_back(&plan.judge(plan.read(e))));
        let (there, back) = (Diff::of(&old, &new), Diff::of(&new, &old));
        let appeared = names(there.appeared.iter().map(|one| one.said));
        let unchanged = names(there.unchanged.iter().map(|one| one.said));
        let mended = names(there.mended.iter().copied());
        let unjudged = names(there.unjudged.iter().map(|one| one.said));
        prop_assert_eq!(union(&[&appeared, &unchanged]), failing(&new));
        prop_assert_eq!(union(&[&mended, &unjudged, &unchanged]), failing(&old));
        let lists = [&appeared, &unchanged, &mended, &unjudged];
        prop_assert_eq!(union(&lists).len(), lists.iter().map(|list| list.len()).sum::<usize>());
        let unknown = names(new.findings.iter().filter(|said| said.verdict == Some(Verdict::Unknown)));
        prop_assert!(mended.is_disjoint(&unknown), "what is unknown has not mended");
        prop_assert_eq!(names(back.unchanged.iter().map(|one| one.said)), unchanged);
        prop_assert_eq!(names(back.appeared.iter().map(|one| one.said)), union(&[&mended, &unjudged]));
        let gone = names(back.mended.iter().copied());
        prop_assert_eq!(union(&[&gone, &names(back.unjudged.iter().map(|one| one.said))]), appeared);
    }
}
