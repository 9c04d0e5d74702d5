//! What a run read, what it could not, and what it came to.

use serde_json::{Value, json};
use serde_sarif::sarif::{Invocation, Notification, PropertyBag};

use super::{GITHUB_SHOWS, MOST_RESULTS, bag, message};
use crate::finding::{Finding, Report, Severity, Verdict};
use crate::inventory::{Role, SubscriptionCoverage};
use crate::report::groups::{self, Missing};
use crate::report::text::{count, join_and};
use crate::rules::gap_sentence;

/// The run, with a notification for each reason why something was not read. `written` results follow; `left_out` found
/// no room.
pub(super) fn invocation(report: &Report, written: usize, left_out: &[&Finding]) -> Invocation {
    let mut said: Vec<Notification> = groups::missing(&report.coverage.gaps).iter().map(gap).collect();
    if said.is_empty() && (report.incomplete || report.partial) {
        said.push(notification("warning", "a part of what was asked for was not read"));
    }
    said.extend(cut(written, left_out));
    said.extend(report.notes.iter().map(|note| notification("note", note)));
    Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(said)
        .properties(properties(report, left_out.len()))
        .build()
}

fn notification(level: &str, text: &str) -> Notification {
    Notification::builder().level(level).message(message(text)).build()
}

/// Gaps that differ in their resource alone.
fn gap(missing: &Missing<'_>) -> Notification {
    let Some(first) = missing.gaps.first() else { return notification("warning", "") };
    let mut text = gap_sentence(first);
    if let more @ 1.. = missing.gaps.len() - 1 {
        text.push_str(&format!(", and {more} more like it"));
    }
    if !first.message.is_empty() {
        text.push_str(&format!(": {}", first.message));
    }
    let resources: Vec<&str> =
        missing.gaps.iter().filter_map(|gap| gap.resource.as_ref()).map(|id| id.as_str()).collect();
    let mut notification = notification("warning", &text);
    notification.properties = Some(bag([
        ("kind", json!(first.kind.name())),
        ("subscription", json!(first.subscription)),
        ("status", json!(first.status)),
        ("code", json!(first.code)),
        ("gaps", json!(missing.gaps.len())),
        ("resources", json!(resources)),
    ]));
    notification
}

/// What found no room, and what GitHub takes but does not show.
fn cut(written: usize, left_out: &[&Finding]) -> Option<Notification> {
    if left_out.is_empty() && written <= GITHUB_SHOWS {
        return None;
    }
    if left_out.is_empty() {
        let text = format!(
            "{written} results: GitHub shows the first {GITHUB_SHOWS} of a run, and the worst come first"
        );
        return Some(notification("note", &text));
    }
    let number = |what: &str, is: &dyn Fn(&Finding) -> bool| {
        let n = left_out.iter().filter(|finding| is(finding)).count();
        (n > 0).then(|| format!("{n} {what}"))
    };
    let fails = |severity| {
        move |one: &Finding| one.counts() && one.verdict == Verdict::Fail && one.severity == severity
    };
    let parts = [
        number("at error", &fails(Severity::Error)),
        number("at warning", &fails(Severity::Warning)),
        number("at info", &fails(Severity::Info)),
        number("unknown", &|one| one.counts() && one.verdict == Verdict::Unknown),
        number("set aside", &|one| !one.counts()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let text = format!(
        "{} left out ({}): GitHub takes {MOST_RESULTS} results a run and shows the first {GITHUB_SHOWS}, and the worst come first; -f json \
         has all",
        count(left_out.len(), "finding"),
        join_and(&parts),
    );
    Some(notification("warning", &text))
}

/// The estate and the counts, as json-v1 names them.
fn properties(report: &Report, left_out: usize) -> PropertyBag {
    let origin = &report.origin;
    let subscription = |one: &SubscriptionCoverage| {
        let role = match one.role {
            Role::Audited => "audited",
            Role::Context => "context",
        };
        json!({"id": one.id, "name": report.subscription_names.get(&one.id), "role": role})
    };
    let read: serde_json::Map<String, Value> =
        report.read.iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
    let not_judged: serde_json::Map<String, Value> = groups::not_judged(report)
        .into_iter()
        .map(|(reason, rules)| (reason.to_owned(), json!(rules.iter().map(|(_, n)| n).sum::<usize>())))
        .collect();
    bag([
        ("collectedAt", json!(origin.collected_at)),
        ("cloud", json!(origin.cloud.name())),
        ("tenantId", json!(origin.tenant_id)),
        ("auditedSubscriptions", json!(origin.scope.subscriptions)),
        ("subscriptions", report.coverage.subscriptions.iter().map(subscription).collect()),
        ("resourceGroups", json!(origin.scope.resource_groups)),
        ("complete", json!(!report.incomplete && !report.partial && report.coverage.gaps.is_empty())),
        ("gaps", json!(report.coverage.gaps.len())),
        ("read", Value::Object(read)),
        ("endpoints", json!(report.endpoints)),
        ("error", json!(report.failures(Severity::Error))),
        ("warning", json!(report.failures(Severity::Warning))),
        ("info", json!(report.failures(Severity::Info))),
        ("unknown", json!(report.unknowns())),
        ("suppressed", json!(report.suppressed())),
        ("inBaseline", json!(report.known())),
        ("notJudged", Value::Object(not_judged)),
        ("findings", json!(report.findings.len())),
        ("leftOut", json!(left_out)),
    ])
}
