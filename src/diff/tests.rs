//! Each class and each reason, over small runs made by hand.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::inventory::{Coverage, Kind, Pack, ResourceId, Scope, SubscriptionCoverage};
use crate::rules::gap_fingerprint;

const SPOKE: &str = "11111111-1111-1111-1111-111111111111";
const HUB: &str = "33333333-3333-3333-3333-333333333333";

fn endpoint(name: &str) -> ResourceId {
    ResourceId::new(&format!(
        "/subscriptions/{SPOKE}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/{name}"
    ))
}

fn fault(rule: &str, name: &str) -> Said {
    let subject = endpoint(name);
    Said {
        rule: rule.to_owned(),
        name: "a-rule".to_owned(),
        severity: Some(Severity::Error),
        verdict: Some(Verdict::Fail),
        cause: ("privateEndpoint".to_owned(), subject.to_string()),
        message: format!("{name} is in trouble"),
        fingerprint: format!("{rule} {name}"),
        suppressed: None,
        related: Vec::new(),
        remediation: Vec::new(),
        subject,
    }
}

fn unknown(rule: &str, name: &str) -> Said {
    let cause = ("gap".to_owned(), "zones of the hub could not be read (403)".to_owned());
    Said { verdict: Some(Verdict::Unknown), cause, ..fault(rule, name) }
}

fn run(findings: Vec<Said>) -> Run {
    let covered = |id: &str, role| SubscriptionCoverage { id: id.to_owned(), role, kinds: Vec::new() };
    Run {
        tool: Some("0.1.0".to_owned()),
        collected_at: "2026-01-01T00:00:00Z".to_owned(),
        cloud: "AzureCloud".to_owned(),
        tenant: Some("t".to_owned()),
        scope: Scope { subscriptions: vec![SPOKE.to_owned()], context: true, ..Scope::default() },
        coverage: Coverage {
            subscriptions: vec![covered(SPOKE, Role::Audited), covered(HUB, Role::Context)],
            ..Coverage::default()
        },
        names: BTreeMap::from([(SPOKE.to_owned(), "spoke".to_owned())]),
        rules: Some(["PE-001", "DNS-010", "DNS-022"].map(|rule| (rule.to_owned(), 0)).into()),
        findings,
    }
}

fn later(findings: Vec<Said>) -> Run {
    Run { collected_at: "2026-01-02T00:00:00Z".to_owned(), ..run(findings) }
}

fn gap(subscription: Option<&str>, kind: Kind) -> Gap {
    Gap {
        subscription: subscription.map(str::to_owned),
        kind,
        resource: None,
        status: Some(403),
        code: "AuthorizationFailed".to_owned(),
        message: "no".to_owned(),
    }
}

/// Why the one fault of OLD cannot be judged in NEW; `None` when it has mended.
fn lost(old: &Run, new: &Run) -> Option<(Reason, String)> {
    let diff = Diff::of(old, new);
    match (diff.mended.as_slice(), diff.unjudged.as_slice()) {
        ([_], []) => None,
        ([], [one]) => Some((one.why.reason, one.why.text.clone())),
        other => panic!("{other:?}"),
    }
}

/// As if `DNS-010` had been turned off.
fn without_rule(run: &mut Run) {
    run.rules.iter_mut().for_each(|rules| rules.retain(|rule, _| rule != "DNS-010"));
}

/// Why a `DNS-010` of OLD is lost in a NEW that was changed so.
fn lost_when(change: impl FnOnce(&mut Run)) -> Option<(Reason, String)> {
    let mut new = later(Vec::new());
    change(&mut new);
    lost(&run(vec![fault("DNS-010", "a")]), &new)
}

fn because(reason: Reason, text: &str) -> Option<(Reason, String)> {
    Some((reason, text.to_owned()))
}

#[test]
fn new_mended_unchanged() {
    let old = run(vec![fault("DNS-010", "a"), fault("DNS-010", "b")]);
    let new = later(vec![fault("DNS-010", "b"), fault("DNS-022", "c")]);
    let diff = Diff::of(&old, &new);
    assert_eq!((diff.appeared.len(), diff.mended.len(), diff.unchanged.len()), (1, 1, 1));
    assert_eq!((diff.appeared[0].said.fingerprint.as_str(), &diff.appeared[0].before), ("DNS-022 c", &None));
    assert_eq!(diff.mended[0].fingerprint, "DNS-010 a");
    assert_eq!(diff.unchanged[0].change(), Change::Same);
    assert!(diff.warnings.is_empty() && diff.unjudged.is_empty());
    assert!(diff.is_worse(Severity::Error) && !diff.is_blinder());
}

#[test]
fn severities_get_worse_and_better() {
    let with = |name: &str, severity| Said { severity, ..fault("DNS-010", name) };
    let (error, warning) = (Some(Severity::Error), Some(Severity::Warning));
    let old = run(vec![with("a", error), with("b", warning), with("c", None)]);
    let new = later(vec![with("a", warning), with("b", error), with("c", error)]);
    let diff = Diff::of(&old, &new);
    assert_eq!(diff.changed(), (1, 1));
    assert_eq!(diff.unchanged[0].said.fingerprint, "DNS-010 b", "what got worse comes first");
    assert!(diff.is_worse(Severity::Error), "a warning that has become an error is as good as new");
}

#[test]
fn a_severity_that_is_not_understood_counts_as_the_worst() {
    let old = run(Vec::new());
    let new = later(vec![Said { severity: None, ..fault("DNS-010", "a") }]);
    assert!(Diff::of(&old, &new).is_worse(Severity::Error));
    let new = later(vec![Said { severity: Some(Severity::Warning), ..fault("DNS-010", "a") }]);
    assert!(
        !Diff::of(&old, &new).is_worse(Severity::Error) && Diff::of(&old, &new).is_worse(Severity::Warning)
    );
}

#[test]
fn what_was_looked_for_and_not_found_has_mended() {
    assert_eq!(lost_when(|_| {}), None);
}

#[test]
fn what_is_unknown_has_not_mended() {
    let told = because(Reason::Unknown, "it cannot be known: zones of the hub could not be read (403)");
    assert_eq!(lost_when(|new| new.findings.push(unknown("DNS-010", "a"))), told);
    let other_detail = Said { fingerprint: "x".to_owned(), ..unknown("DNS-010", "a") };
    assert_eq!(lost_when(|new| new.findings.push(other_detail)), told, "same rule and subject");
    assert_eq!(lost_when(|new| new.findings.push(unknown("NET-011", "a"))), None, "another rule");
    assert_eq!(lost_when(|new| new.findings.push(unknown("DNS-010", "b"))), None, "another subject");
    let odd = Said { verdict: None, ..fault("DNS-010", "a") };
    assert_eq!(lost_when(|new| new.findings.push(odd)).unwrap().0, Reason::Unknown, "a later plaudit's word");
}

#[test]
fn a_rule_that_did_not_run_mends_nothing() {
    assert_eq!(lost_when(without_rule), because(Reason::Rule, "rule DNS-010 did not run"));
    assert_eq!(
        lost_when(|new| new.rules = None),
        because(Reason::Rule, "the report does not tell which rules ran")
    );
}

#[test]
fn what_is_out_of_scope_has_not_mended() {
    let as_context = |new: &mut Run| {
        new.scope.subscriptions = vec![HUB.to_owned()];
        new.coverage.subscriptions[0].role = Role::Context;
    };
    let told = "subscription spoke is read as context alone, not audited";
    assert_eq!(lost_when(as_context), because(Reason::Scope, told));
    let unread = |new: &mut Run| {
        new.scope.subscriptions = vec![HUB.to_owned()];
        drop(new.coverage.subscriptions.remove(0));
    };
    assert_eq!(lost_when(unread), because(Reason::Scope, "subscription spoke is not read"));
    let group = |name: &str| {
        let groups = vec![name.to_owned()];
        lost_when(|new| new.scope.resource_groups = groups)
    };
    assert_eq!(group("other"), because(Reason::Scope, "resource group rg is not reported on"));
    assert_eq!(group("RG"), None);
}

#[test]
fn a_wider_filter_of_groups_hides_nothing() {
    let mut old = run(vec![fault("DNS-010", "a")]);
    let mut new = later(Vec::new());
    old.scope.resource_groups = vec!["x".to_owned()];
    new.scope.resource_groups = vec!["X".to_owned(), "y".to_owned()];
    assert_eq!(lost(&old, &new), None, "it was reported in spite of the filter, which is as wide");
}

#[test]
fn what_stands_behind_it_must_have_been_read_too() {
    let cause = ("privateDnsZone".to_owned(), format!("/subscriptions/{HUB}/resourceGroups/d"));
    let old = run(vec![Said { cause, ..fault("DNS-010", "a") }]);
    let mut new = later(Vec::new());
    assert_eq!(lost(&old, &new), None);
    drop(new.coverage.subscriptions.remove(1));
    assert_eq!(lost(&old, &new).unwrap().0, Reason::Scope);
}

#[test]
fn a_context_of_fewer_audited_subscriptions_mends_nothing_in_it() {
    let zone = ResourceId::new(&format!("/subscriptions/{HUB}/resourceGroups/rg"));
    let mut old = run(vec![Said { subject: zone, ..fault("DNS-010", "a") }]);
    let other = "22222222-2222-2222-2222-222222222222".to_owned();
    assert_eq!(lost(&old, &later(Vec::new())), None);
    old.coverage.subscriptions.push(SubscriptionCoverage {
        id: other,
        role: Role::Audited,
        kinds: Vec::new(),
    });
    old.coverage.normalise();
    assert_eq!(lost(&old, &later(Vec::new())), because(Reason::Scope, "fewer subscriptions are audited"));
}

#[test]
fn a_new_gap_hides_what_may_lie_in_it() {
    let with = |gap: Gap| lost_when(|new| new.coverage.gaps = vec![gap]);
    let told =
        format!("private DNS zones of subscription {SPOKE} could not be read (403 AuthorizationFailed)");
    assert_eq!(with(gap(Some(SPOKE), Kind::PrivateDnsZones)), because(Reason::Gap, &told));
    assert_eq!(with(gap(None, Kind::Subscriptions)).unwrap().0, Reason::Gap);
    assert_eq!(with(gap(Some(HUB), Kind::PrivateDnsZones)), None, "nothing of it lies there");
    let related = Said { related: vec![format!("/subscriptions/{HUB}/x")], ..fault("DNS-010", "a") };
    let mut new = later(Vec::new());
    new.coverage.gaps = vec![gap(Some(HUB), Kind::PrivateDnsZones)];
    assert_eq!(lost(&run(vec![related]), &new).unwrap().0, Reason::Gap);
}

#[test]
fn traffic_that_was_not_read_hides_findings_about_traffic_alone() {
    let blind = |new: &mut Run| {
        let metrics = Gap { resource: Some(endpoint("a")), ..gap(Some(SPOKE), Kind::Metrics) };
        new.coverage.gaps = vec![metrics];
        new.findings = vec![unknown("MON-001", "a"), unknown("PLS-010", "a")];
        let rules = new.rules.iter_mut();
        rules.for_each(|rules| rules.extend(["PLS-001", "MON-001"].map(|rule| (rule.to_owned(), 0))));
    };
    assert_eq!(lost_when(blind), None);
    let mut new = later(Vec::new());
    blind(&mut new);
    assert_eq!(lost(&run(vec![fault("PLS-001", "a")]), &new), None);
    let silent = lost(&run(vec![fault("MON-001", "a")]), &new);
    assert_eq!(silent.map(|(reason, _)| reason), Some(Reason::Unknown));
}

#[test]
fn a_gap_that_both_have_hides_what_is_in_its_list_alone() {
    let both = |gap: Gap| {
        let (mut old, mut new) = (run(vec![fault("DNS-010", "a")]), later(Vec::new()));
        old.coverage.gaps = vec![gap.clone()];
        new.coverage.gaps = vec![gap];
        lost(&old, &new).map(|(reason, _)| reason)
    };
    assert_eq!(both(gap(Some(SPOKE), Kind::AzureFirewalls)), None);
    assert_eq!(both(gap(None, Kind::Subscriptions)), None);
    for kind in [Kind::PrivateEndpoints, Kind::Permissions, Kind::Subscriptions] {
        assert_eq!(both(gap(Some(SPOKE), kind)), Some(Reason::Gap), "{kind}");
    }
    let of = |name: &str| Gap { resource: Some(endpoint(name)), ..gap(Some(SPOKE), Kind::PrivateEndpoints) };
    assert_eq!((both(of("a")), both(of("b"))), (Some(Reason::Gap), None));
}

#[test]
fn a_root_cause_that_came_up_mutes() {
    let told = because(Reason::Muted, "PE-001 (a-rule) stands before it");
    assert_eq!(lost_when(|new| new.findings.push(fault("PE-001", "a"))), told);
    let accepted = Said { suppressed: Some("x".to_owned()), ..fault("PE-001", "a") };
    assert_eq!(lost_when(|new| new.findings.push(accepted)), told, "it mutes, accepted or not");
    assert_eq!(lost_when(|new| new.findings.push(fault("PE-001", "b"))), None, "another subject");
    let same_rule = Said { fingerprint: "x".to_owned(), ..fault("DNS-010", "a") };
    assert_eq!(lost_when(|new| new.findings.push(same_rule)), None);
    let old = run(vec![fault("DNS-010", "a"), fault("PE-001", "a")]);
    assert_eq!(lost(&old, &later(vec![fault("PE-001", "a")])), None, "it did not mute before");
}

/// Of two root causes the later one follows from the earlier one, never the other way round.
#[test]
fn a_root_cause_is_not_muted_by_one_that_comes_after_it() {
    let judged = |old: &str, new: &str| {
        let rules = || Some([old, new].map(|rule| (rule.to_owned(), 0)).into());
        let (then, now) = (run(vec![fault(old, "a")]), later(vec![fault(new, "a")]));
        lost(&Run { rules: rules(), ..then }, &Run { rules: rules(), ..now })
    };
    assert_eq!(judged("DNS-010", "DNS-001").unwrap().0, Reason::Muted, "the zone is gone");
    assert_eq!(judged("DNS-001", "DNS-010"), None, "the zone is there now");
    assert_eq!(judged("PE-001", "PE-005").unwrap().0, Reason::Muted);
    assert_eq!(judged("PE-001", "PE-002"), None, "it waits no longer");
}

/// A network with a dead DNS server keeps its endpoints' records from being looked at.
#[test]
fn a_root_cause_of_what_plays_a_part_mutes_and_other_faults_do_not() {
    let network = endpoint("net").as_str().replace("privateEndpoints", "virtualNetworks");
    let of_network = |rule: &str| Said { subject: ResourceId::new(&network), ..fault(rule, "net") };
    let old = run(vec![Said { related: vec![network.to_uppercase()], ..fault("DNS-022", "a") }]);
    let told = lost(&old, &later(vec![of_network("DNS-036")]));
    assert_eq!(told, because(Reason::Muted, "DNS-036 (a-rule) stands before it"));
    assert_eq!(lost(&old, &later(vec![of_network("DNS-037")])), None);
    assert_eq!(lost(&old, &later(vec![fault("PE-011", "a")])), None, "no root cause");
    let cause = ("virtualNetwork".to_owned(), format!("{network} privatelink.example"));
    let by_cause = run(vec![Said { cause, ..fault("DNS-010", "a") }]);
    assert_eq!(lost(&by_cause, &later(vec![of_network("DNS-035")])).unwrap().0, Reason::Muted);
}

#[test]
fn a_new_doubt_of_the_same_family_hides_and_others_do_not() {
    let old = run(vec![fault("DNS-022", "a")]);
    assert_eq!(lost(&old, &later(vec![unknown("DNS-010", "a")])).unwrap().0, Reason::Unknown);
    assert_eq!(lost(&old, &later(vec![unknown("NET-011", "a")])), None);
    let doubted = run(vec![fault("DNS-022", "a"), unknown("DNS-010", "a")]);
    assert_eq!(lost(&doubted, &later(vec![unknown("DNS-010", "a")])), None, "it did not hide it before");
    assert_eq!(lost(&run(vec![fault("PE-001", "a")]), &later(vec![unknown("DNS-010", "a")])), None);
}

#[test]
fn what_has_become_worse_counts_like_something_new() {
    let before = Said { severity: Some(Severity::Warning), ..fault("DNS-022", "a") };
    let (old, new) = (run(vec![before]), later(vec![fault("DNS-022", "a")]));
    assert!(Diff::of(&old, &new).is_worse(Severity::Error));
    assert!(!Diff::of(&new, &old).is_worse(Severity::Info), "better is not worse");
    assert!(!Diff::of(&old, &old).is_worse(Severity::Info));
}

#[test]
fn what_a_rule_leaves_unjudged_may_be_what_is_gone() {
    let more = |run: &mut Run| run.rules.iter_mut().for_each(|rules| *rules.get_mut("DNS-010").unwrap() = 2);
    assert_eq!(lost_when(more).unwrap().0, Reason::NotJudged);
    let mut new = later(Vec::new());
    more(&mut new);
    let mut old = run(vec![fault("DNS-010", "a")]);
    assert!(!Diff::of(&old, &new).is_blinder(), "what nobody can judge is no gap");
    more(&mut old);
    assert_eq!(lost(&old, &new), None);
}

#[test]
fn what_could_not_be_seen_before_is_new_and_marked() {
    let new = later(vec![fault("DNS-010", "a")]);
    let marked = |change: fn(&mut Run)| {
        let mut old = run(Vec::new());
        change(&mut old);
        let diff = Diff::of(&old, &new);
        assert!(diff.is_worse(Severity::Error));
        diff.appeared[0].before.as_ref().map(|why| why.reason)
    };
    assert_eq!(marked(|_| {}), None);
    assert_eq!(marked(without_rule), Some(Reason::Rule));
    assert_eq!(marked(|old| old.findings.push(unknown("DNS-010", "a"))), Some(Reason::Unknown));
    assert_eq!(marked(|old| old.findings.push(fault("PE-001", "a"))), Some(Reason::Muted));
    assert_eq!(marked(|old| old.coverage.gaps = vec![gap(None, Kind::Subscriptions)]), Some(Reason::Gap));
    let elsewhere = |old: &mut Run| {
        old.scope.subscriptions.clear();
        drop(old.coverage.subscriptions.remove(0));
    };
    assert_eq!(marked(elsewhere), Some(Reason::Scope));
}

#[test]
fn what_is_set_aside_is_neither_new_nor_mended() {
    let aside = |name: &str| Said { suppressed: Some("known".to_owned()), ..fault("DNS-010", name) };
    let old = run(vec![fault("DNS-010", "a"), aside("b"), aside("c"), aside("d")]);
    let new = later(vec![aside("a"), fault("DNS-010", "b"), aside("c"), aside("e")]);
    let diff = Diff::of(&old, &new);
    assert_eq!((diff.set_aside.len(), diff.taken_back.len()), (1, 1));
    assert_eq!(diff.set_aside[0].fingerprint, "DNS-010 a");
    assert_eq!(diff.taken_back[0].fingerprint, "DNS-010 b");
    let none = (diff.appeared.len(), diff.mended.len(), diff.unjudged.len(), diff.unchanged.len());
    assert_eq!(none, (0, 0, 0, 0));
    assert!(!diff.is_worse(Severity::Info) && !diff.is_blinder());
}

#[test]
fn unknowns_are_counted_and_the_new_ones_blind() {
    let old = run(vec![unknown("DNS-010", "a"), fault("DNS-010", "b")]);
    let new = later(vec![unknown("DNS-010", "a"), unknown("DNS-010", "b"), unknown("DNS-022", "c")]);
    let diff = Diff::of(&old, &new);
    assert_eq!((diff.unknowns.old, diff.unknowns.new), (1, 3));
    let fresh: Vec<&str> = diff.unknowns.fresh.iter().map(|said| said.fingerprint.as_str()).collect();
    assert_eq!(fresh, ["DNS-022 c"], "what failed is told as no longer judged");
    assert!(diff.is_blinder());
    assert!(!Diff::of(&new, &later(new.findings.clone())).is_blinder());
    let accepted = Said { suppressed: Some("x".to_owned()), ..unknown("DNS-010", "b") };
    let new = later(vec![unknown("DNS-010", "a"), accepted]);
    let diff = Diff::of(&old, &new);
    assert!(diff.unjudged[0].why.accepted && !diff.is_blinder(), "somebody has accepted it");
}

#[test]
fn a_new_gap_blinds_where_it_was_asked_for_and_nobody_accepts_it() {
    let blind = |gap: Gap, accepted: bool| {
        let mut new = later(Vec::new());
        new.coverage.gaps = vec![gap];
        if accepted {
            let fingerprint = gap_fingerprint(&new.coverage, &new.coverage.gaps[0]);
            let suppressed = Some("x".to_owned());
            new.findings.push(Said { fingerprint, suppressed, ..unknown("COV-003", "x") });
        }
        Diff::of(&run(Vec::new()), &new).is_blinder()
    };
    assert!(blind(gap(Some(SPOKE), Kind::RouteTables), false));
    assert!(blind(gap(None, Kind::Subscriptions), false));
    assert!(!blind(gap(Some(HUB), Kind::RouteTables), false), "the context, and no verdict hangs on it");
    assert!(!blind(gap(Some(SPOKE), Kind::RouteTables), true));
}

#[test]
fn unlike_runs_are_told() {
    let old = run(vec![]);
    let told = |change: fn(&mut Run)| {
        let mut new = later(Vec::new());
        change(&mut new);
        Diff::of(&old, &new).warnings.join("\n")
    };
    assert_eq!(told(|_| {}), "");
    assert!(told(|new| new.collected_at = "2025-01-01T00:00:00Z".to_owned()).contains("wrong way round"));
    assert!(told(|new| new.collected_at = "soon".to_owned()).contains("cannot be told"));
    assert!(told(|new| new.cloud = "AzureChinaCloud".to_owned()).contains("NEW of AzureChinaCloud"));
    assert!(told(|new| new.tenant = Some("u".to_owned())).contains("NEW of tenant u"));
    assert!(told(|new| new.tool = Some("9.9".to_owned())).contains("rules may differ"));
    assert!(told(|new| new.scope.deep = true).contains("--deep"));
    assert!(told(|new| new.scope.metrics = "7d".parse().ok()).contains("NEW of 7 days, OLD of none"));
    assert!(
        told(|new| new.scope.packs = Pack::ALL.to_vec())
            .contains("OLD was read with no pack, NEW with azure-")
    );
    assert!(told(|new| new.scope.context = false).contains("--no-context"));
    assert!(told(|new| new.scope.resource_groups = vec!["x".to_owned()]).contains("NEW on resource group x"));
    let fewer = |new: &mut Run| {
        new.scope.subscriptions.clear();
        drop(new.coverage.subscriptions.remove(0));
    };
    assert!(told(fewer).contains("OLD audits subscription spoke, NEW does not"));
    assert_eq!(Diff::of(&old, &old).warnings, ["OLD and NEW are one and the same run"]);
}

fn any_said() -> impl Strategy<Value = Said> {
    let rule = prop::sample::select(vec!["PE-001", "DNS-010", "DNS-022", "COV-003"]);
    let verdict =
        prop::sample::select(vec![Some(Verdict::Fail), Some(Verdict::Fail), Some(Verdict::Unknown), None]);
    let severity = prop::sample::select(vec![Some(Severity::Error), Some(Severity::Info), None]);
    let name = prop::sample::select(vec!["a", "b", "c"]);
    (rule, name, verdict, severity, prop::bool::weighted(0.2)).prop_map(
        |(rule, name, verdict, severity, aside)| Said {
            verdict,
            severity,
            suppressed: aside.then(|| "x".to_owned()),
            ..fault(rule, name)
        },
    )
}

fn any_run() -> impl Strategy<Value = Run> {
    let kind = prop::sample::select(vec![Kind::PrivateEndpoints, Kind::RouteTables, Kind::Subscriptions]);
    let home = prop::sample::select(vec![None, Some(SPOKE), Some(HUB)]);
    let gaps = vec((home, kind).prop_map(|(home, kind)| gap(home, kind)), 0..2);
    let rules = vec(prop::sample::select(vec!["PE-001", "DNS-010", "DNS-022", "COV-003"]), 0..4);
    (vec(any_said(), 0..10), gaps, rules, 0..3usize, 0..3usize).prop_map(
        |(findings, gaps, rules, more, first)| {
            let mut run = run(findings);
            run.coverage.gaps = gaps;
            drop(run.coverage.subscriptions.drain(..first.min(1)));
            run.coverage.normalise();
            run.rules = Some(rules.into_iter().map(|rule| (rule.to_owned(), more)).collect());
            run
        },
    )
}

proptest! {
    #[test]
    fn a_run_held_against_itself_says_nothing(run in any_run()) {
        let diff = Diff::of(&run, &run);
        prop_assert!(diff.appeared.is_empty() && diff.mended.is_empty() && diff.unjudged.is_empty());
        prop_assert!(diff.set_aside.is_empty() && diff.taken_back.is_empty());
        prop_assert!(diff.unknowns.fresh.is_empty() && diff.fresh_gaps.is_empty() && !diff.is_blinder());
        prop_assert_eq!(diff.changed(), (0, 0));
    }

    #[test]
    fn what_is_new_one_way_is_gone_the_other(a in any_run(), b in any_run()) {
        let (there, back) = (Diff::of(&a, &b), Diff::of(&b, &a));
        let named = |said: &Said| said.fingerprint.clone();
        let seen: BTreeSet<String> =
            there.appeared.iter().filter(|one| one.before.is_none()).map(|one| named(one.said)).collect();
        let unseen: BTreeSet<String> =
            there.appeared.iter().filter(|one| one.before.is_some()).map(|one| named(one.said)).collect();
        let mended: BTreeSet<String> = back.mended.iter().map(|said| named(said)).collect();
        let unjudged: BTreeSet<String> = back.unjudged.iter().map(|one| named(one.said)).collect();
        prop_assert_eq!(seen, mended);
        prop_assert_eq!(unseen, unjudged);
        prop_assert_eq!(there.unchanged.len(), back.unchanged.len());
        prop_assert_eq!(there.set_aside.len(), back.taken_back.len());
    }
}
