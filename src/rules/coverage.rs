//! Rules about what could not be read: COV-001 to COV-003. Every gap is reported by exactly one of them.

use foldhash::{HashSet, HashSetExt};

use super::sink::{gap_place, gap_sentence};
use super::{Draft, Estate, Sink};
use crate::finding::{Cause, fingerprint};
use crate::inventory::{Coverage, Gap, Kind, Role};

/// Which rule a gap belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// An audited subscription refuses, or is not there.
    Subscription,
    /// Something the estate points at refuses, or is not there.
    Reference,
    /// A part of a subscription that can be read: refused, throttled, cut off, malformed, failed.
    Incomplete,
}

fn sort(coverage: &Coverage, gap: &Gap) -> Sort {
    let refused = matches!(gap.status, Some(401 | 403 | 404))
        || gap.kind == Kind::Permissions
        || gap.code == "MissingPermission";
    let role = gap.subscription.as_deref().and_then(|id| coverage.subscription(id)).map(|s| s.role);
    match role {
        Some(Role::Context) if refused => Sort::Reference,
        Some(Role::Audited) | None if refused && gap.kind == Kind::Subscriptions => Sort::Subscription,
        _ => Sort::Incomplete,
    }
}

/// COV-001: an audited subscription may not be read or does not exist.
pub(super) fn subscription_unreadable(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    report(estate, sink, Sort::Subscription);
}

/// COV-002: something the estate points at may not be read.
pub(super) fn reference_unreadable(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    report(estate, sink, Sort::Reference);
}

/// COV-003: a list did not arrive, or not whole.
pub(super) fn read_incomplete(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    report(estate, sink, Sort::Incomplete);
}

fn report(estate: &Estate<'_>, sink: &mut Sink<'_>, wanted: Sort) {
    let coverage = &estate.topology.inventory.coverage;
    let mut holed: HashSet<&str> = HashSet::new();
    for gap in coverage.gaps.iter().filter(|gap| sort(coverage, gap) == wanted) {
        sink.gap(draft(gap));
        holed.extend(gap.subscription.as_deref());
    }
    let whole = coverage.subscriptions.iter().filter(|subscription| !holed.contains(&*subscription.id));
    whole.for_each(|_| sink.pass());
}

fn detail(gap: &Gap) -> String {
    format!("{} {}", gap.kind, gap.code)
}

/// The fingerprint of the finding that reports this gap, when the rule for it runs.
pub fn gap_fingerprint(coverage: &Coverage, gap: &Gap) -> String {
    let rule = match sort(coverage, gap) {
        Sort::Subscription => "COV-001",
        Sort::Reference => "COV-002",
        Sort::Incomplete => "COV-003",
    };
    fingerprint(rule, &gap_place(gap), &detail(gap))
}

fn draft(gap: &Gap) -> Draft {
    let sentence = gap_sentence(gap);
    let subscription = gap.subscription.as_deref().unwrap_or_default();
    let subject = gap_place(gap);
    let cause = Cause { kind: "gap", id: sentence.clone() };
    let mut draft = Draft::new(&subject, cause, sentence.clone(), format!("{sentence}: {}", gap.message))
        .detail(&detail(gap))
        .evidence("kind", gap.kind.name())
        .evidence("code", gap.code.as_str())
        .evidence("message", gap.message.as_str());
    if let Some(status) = gap.status {
        draft = draft.evidence("status", status);
    }
    match gap.status {
        Some(401 | 403) => draft.advice(format!(
            "give the signed-in identity the Reader role on subscription {subscription}, then run again"
        )),
        Some(404) => draft.advice("check the subscription's id and the tenant that was signed in to"),
        Some(429) => draft.advice("run again later, or with fewer subscriptions at a time"),
        _ if gap.code == "MissingPermission" || gap.kind == Kind::Permissions => draft.advice(format!(
            "give the signed-in identity the Reader role on the whole of subscription {subscription}"
        )),
        _ => draft.advice("run again; -v shows what was asked"),
    }
}
