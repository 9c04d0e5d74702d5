//! A comparison for programs: plaudit/diff/v1. Fields are added, never changed or taken away.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Source, Sources};
use crate::diff::{Appeared, Change, Diff, Run, Said, Unseen};
use crate::finding::Severity;
use crate::inventory::Gap;
use crate::report::json::write_inert;

/// The schema's name, first in every comparison.
const SCHEMA: &str = "plaudit/diff/v1";

/// What changed between two runs. Fields are added, never changed or taken away: pass over those you do not know.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit comparison, version 1")]
pub(in crate::report) struct DiffV1<'a> {
    /// The name of this shape.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// What compared them.
    tool: ToolV1<'a>,
    /// The earlier run.
    old_run: SideV1<'a>,
    /// The later run.
    new_run: SideV1<'a>,
    /// How much of each there is.
    summary: SummaryV1,
    /// Why the two may not be comparable.
    warnings: &'a [String],
    /// What NEW reports and OLD did not; `reason` says why OLD could not have.
    #[serde(rename = "new")]
    appeared: Vec<FindingV1<'a>>,
    /// As OLD tells it.
    mended: Vec<FindingV1<'a>>,
    /// As OLD tells it; `reason` says why NEW cannot tell.
    no_longer_judged: Vec<FindingV1<'a>>,
    /// What both report.
    unchanged: Vec<FindingV1<'a>>,
    /// Set aside by a configuration since OLD.
    set_aside: Vec<FindingV1<'a>>,
    /// What counts again.
    no_longer_set_aside: Vec<FindingV1<'a>>,
    /// What NEW could not judge and OLD could, or did not look for.
    newly_unknown: Vec<FindingV1<'a>>,
    /// What NEW could not read and OLD could.
    new_gaps: Vec<GapV1<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct ToolV1<'a> {
    /// Always `plaudit`.
    name: &'static str,
    /// Its version; null when a report does not tell.
    version: Option<&'a str>,
}

fn tool(version: Option<&str>) -> ToolV1<'_> {
    ToolV1 { name: env!("CARGO_PKG_NAME"), version }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SideV1<'a> {
    /// As it was named.
    file: &'a str,
    /// `report` or `snapshot`.
    kind: &'static str,
    /// Who judged it.
    tool: ToolV1<'a>,
    /// When the estate was read, as RFC 3339 in UTC.
    collected_at: &'a str,
    /// The Azure cloud.
    cloud: &'a str,
    /// The tenant; null when it is not known.
    tenant_id: Option<&'a str>,
    /// The audited subscriptions.
    subscriptions: Vec<SubscriptionV1<'a>>,
    /// The resource groups that were reported on; empty for all.
    resource_groups: &'a [String],
    /// Whether what stands around the audited subscriptions was read.
    context: bool,
    /// Whether every target's own side was read.
    deep: bool,
    /// What could not be read.
    gaps: Vec<GapV1<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct SubscriptionV1<'a> {
    /// In lower case.
    id: &'a str,
    /// Null when it is not known.
    name: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct GapV1<'a> {
    /// Null for what belongs to none.
    subscription: Option<&'a str>,
    /// What was being read.
    kind: &'static str,
    /// The ARM id of the one resource it is about; null for a whole list.
    resource: Option<&'a str>,
    /// The HTTP status; null where there was none.
    status: Option<u16>,
    /// The server's code, or plaudit's.
    code: &'a str,
    /// One line.
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SummaryV1 {
    /// Reported by NEW and not by OLD.
    new: CountV1,
    /// How many of them OLD could not have reported.
    new_not_judged_before: usize,
    /// Reported by OLD; NEW looked for it and did not find it.
    mended: CountV1,
    /// Reported by OLD; NEW cannot tell.
    no_longer_judged: CountV1,
    /// Reported by both.
    unchanged: CountV1,
    /// Of the unchanged: those of a higher severity now.
    worse: usize,
    /// Of the unchanged: those of a lower severity now.
    better: usize,
    /// Set aside by a configuration since OLD.
    set_aside: usize,
    /// Set aside in OLD, and reported by NEW.
    no_longer_set_aside: usize,
    /// What could not be judged.
    unknown: UnknownV1,
}

#[derive(Serialize, JsonSchema)]
struct CountV1 {
    /// Of any severity.
    total: usize,
    /// Errors.
    error: usize,
    /// Warnings.
    warning: usize,
    /// Information.
    info: usize,
}

#[derive(Serialize, JsonSchema)]
struct UnknownV1 {
    /// In OLD.
    old: usize,
    /// In NEW.
    new: usize,
    /// Of those of NEW, what OLD had no doubt about.
    appeared: usize,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FindingV1<'a> {
    /// The rule's id.
    rule: &'a str,
    /// The rule's name.
    name: &'a str,
    /// Null for a word that this plaudit does not know.
    severity: Option<Severity>,
    /// Of what is unchanged: the severity in OLD.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_severity: Option<Option<Severity>>,
    /// Of what is unchanged: `worse`, `better` or `same`.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    /// What stands behind it.
    cause: CauseV1<'a>,
    /// The resource it is about.
    subject: SubjectV1<'a>,
    /// One or two sentences.
    message: &'a str,
    /// The finding's name from run to run.
    fingerprint: &'a str,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<&'a str>,
    /// Why a run could not have reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonV1<'a>>,
    /// Of what is new: the steps that mend it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remediation: Vec<StepV1<'a>>,
}

/// One step of a remedy.
#[derive(Serialize, JsonSchema)]
struct StepV1<'a> {
    /// What to do.
    title: &'a str,
    /// The command that does it; null where a person must act elsewhere.
    command: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct CauseV1<'a> {
    /// Such as `virtualNetwork`.
    kind: &'a str,
    /// An ARM id, a zone's name, or a gap's text.
    id: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct SubjectV1<'a> {
    /// The ARM id.
    id: &'a str,
    /// The resource's name.
    name: &'a str,
}

/// Why a run could not have reported it.
#[derive(Serialize, JsonSchema)]
struct ReasonV1<'a> {
    /// A word for programs.
    kind: &'static str,
    /// A sentence for people.
    text: &'a str,
    /// Whether a configuration accepts it.
    accepted: bool,
}

/// Writes the whole comparison.
pub(super) fn write(diff: &Diff<'_>, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let all = DiffV1 {
        schema: SCHEMA,
        tool: tool(Some(env!("CARGO_PKG_VERSION"))),
        old_run: side(&sources.old, diff.old),
        new_run: side(&sources.new, diff.new),
        summary: summary(diff),
        warnings: &diff.warnings,
        appeared: diff.appeared.iter().map(appeared).collect(),
        mended: findings(&diff.mended),
        no_longer_judged: diff.unjudged.iter().map(|one| finding(one.said, Some(&one.why))).collect(),
        unchanged: unchanged(diff),
        set_aside: findings(&diff.set_aside),
        no_longer_set_aside: findings(&diff.taken_back),
        newly_unknown: findings(&diff.unknowns.fresh),
        new_gaps: diff.fresh_gaps.iter().copied().map(gap).collect(),
    };
    write_inert(&all, out)
}

fn side<'a>(source: &'a Source, run: &'a Run) -> SideV1<'a> {
    let subscription = |id| SubscriptionV1 { id, name: run.names.get(id).map(String::as_str) };
    SideV1 {
        file: &source.file,
        kind: source.kind(),
        tool: tool(run.tool.as_deref()),
        collected_at: &run.collected_at,
        cloud: &run.cloud,
        tenant_id: run.tenant.as_deref(),
        subscriptions: run.audited().map(subscription).collect(),
        resource_groups: &run.scope.resource_groups,
        context: run.scope.context,
        deep: run.scope.deep,
        gaps: run.coverage.gaps.iter().map(gap).collect(),
    }
}

fn gap(gap: &Gap) -> GapV1<'_> {
    GapV1 {
        subscription: gap.subscription.as_deref(),
        kind: gap.kind.name(),
        resource: gap.resource.as_ref().map(|id| id.as_str()),
        status: gap.status,
        code: &gap.code,
        message: &gap.message,
    }
}

fn summary(diff: &Diff<'_>) -> SummaryV1 {
    let (worse, better) = diff.changed();
    SummaryV1 {
        new: counted(diff.appeared.iter().map(|one| one.said)),
        new_not_judged_before: super::rows::not_judged_before(diff),
        mended: counted(diff.mended.iter().copied()),
        no_longer_judged: counted(diff.unjudged.iter().map(|one| one.said)),
        unchanged: counted(diff.unchanged.iter().map(|one| one.said)),
        worse,
        better,
        set_aside: diff.set_aside.len(),
        no_longer_set_aside: diff.taken_back.len(),
        unknown: UnknownV1 {
            old: diff.unknowns.old,
            new: diff.unknowns.new,
            appeared: diff.unknowns.fresh.len(),
        },
    }
}

fn counted<'a>(faults: impl Iterator<Item = &'a Said> + Clone) -> CountV1 {
    let [error, warning, info] = Diff::by_severity(faults.clone());
    CountV1 { total: faults.count(), error, warning, info }
}

fn appeared<'a>(one: &'a Appeared<'_>) -> FindingV1<'a> {
    let steps = one.said.remediation.iter();
    let steps = steps.map(|step| StepV1 { title: &step.title, command: step.command.as_deref() });
    FindingV1 { remediation: steps.collect(), ..finding(one.said, one.before.as_ref()) }
}

fn findings<'a>(faults: &[&'a Said]) -> Vec<FindingV1<'a>> {
    faults.iter().map(|said| finding(said, None)).collect()
}

fn unchanged<'a>(diff: &'a Diff<'_>) -> Vec<FindingV1<'a>> {
    let one = diff.unchanged.iter().map(|one| FindingV1 {
        old_severity: Some(one.before),
        change: Some(match one.change() {
            Change::Worse => "worse",
            Change::Better => "better",
            Change::Same => "same",
        }),
        ..finding(one.said, None)
    });
    one.collect()
}

fn finding<'a>(said: &'a Said, why: Option<&'a Unseen>) -> FindingV1<'a> {
    FindingV1 {
        rule: &said.rule,
        name: &said.name,
        severity: said.severity,
        old_severity: None,
        change: None,
        cause: CauseV1 { kind: &said.cause.0, id: &said.cause.1 },
        subject: SubjectV1 { id: said.subject.as_str(), name: said.subject.name() },
        message: &said.message,
        fingerprint: &said.fingerprint,
        suppressed: said.suppressed.as_deref(),
        reason: why.map(|why| ReasonV1 { kind: why.reason.name(), text: &why.text, accepted: why.accepted }),
        remediation: Vec::new(),
    }
}
