//! Reads a json-v1 report back whole, for a comparison: of any version of v1. What an older one does not tell is
//! missing, what a later one tells besides is passed over.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::former::{FormerError, SEVERITIES, VERDICTS, parse, read_text};
use crate::diff::{Run, Said};
use crate::finding::Remediation;
use crate::inventory::{Coverage, Gap, Kind, Pack, ResourceId, Role, Scope, SubscriptionCoverage};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    tool: Option<RawTool>,
    collected_at: String,
    cloud: Option<String>,
    tenant_id: Option<String>,
    scope: Option<RawScope>,
    coverage: RawCoverage,
    findings: Vec<RawFinding>,
    rules: Option<Vec<RawRule>>,
}

#[derive(Deserialize)]
struct RawTool {
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawScope {
    #[serde(default)]
    subscriptions: Vec<String>,
    #[serde(default)]
    resource_groups: Vec<String>,
    context: Option<bool>,
    #[serde(default)]
    deep: bool,
    /// One that is not understood is as good as none.
    metrics: Option<String>,
    #[serde(default)]
    packs: Vec<String>,
}

#[derive(Deserialize)]
struct RawCoverage {
    subscriptions: Vec<RawSubscription>,
    gaps: Vec<RawGap>,
}

#[derive(Deserialize)]
struct RawSubscription {
    id: String,
    name: Option<String>,
    role: String,
}

#[derive(Deserialize)]
struct RawGap {
    subscription: Option<String>,
    kind: String,
    resource: Option<ResourceId>,
    status: Option<u16>,
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct RawFinding {
    rule: String,
    #[serde(default)]
    name: String,
    severity: String,
    verdict: String,
    cause: Option<RawCause>,
    suppressed: Option<String>,
    subject: RawResource,
    #[serde(default)]
    related: Vec<RawResource>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    remediation: Vec<RawStep>,
    fingerprint: String,
}

#[derive(Deserialize)]
struct RawStep {
    #[serde(default)]
    title: String,
    command: Option<String>,
}

#[derive(Deserialize)]
struct RawCause {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
struct RawResource {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRule {
    id: String,
    #[serde(default)]
    not_judged: usize,
}

/// Reads a report to its end.
pub fn read_run(reader: impl Read) -> Result<Run, FormerError> {
    let raw: Raw = parse(&read_text(reader)?)?;
    let names = raw.coverage.subscriptions.iter();
    let names: BTreeMap<String, String> =
        names.filter_map(|one| Some((one.id.to_ascii_lowercase(), one.name.clone()?))).collect();
    let rules = raw.rules.map(|rules| rules.into_iter().map(|rule| (rule.id, rule.not_judged)).collect());
    Ok(Run {
        tool: raw.tool.and_then(|tool| tool.version),
        collected_at: raw.collected_at,
        cloud: raw.cloud.unwrap_or_else(|| "an unknown cloud".to_owned()),
        tenant: raw.tenant_id,
        scope: raw.scope.map(scope).unwrap_or(Scope { context: true, ..Scope::default() }),
        coverage: coverage(raw.coverage),
        names,
        rules,
        findings: raw.findings.into_iter().map(said).collect(),
    })
}

fn scope(raw: RawScope) -> Scope {
    Scope {
        subscriptions: raw.subscriptions,
        resource_groups: raw.resource_groups,
        context: raw.context.unwrap_or(true),
        deep: raw.deep,
        context_subscriptions: Vec::new(),
        appliance: None,
        packs: raw.packs.iter().filter_map(|name| Pack::of(name)).collect(),
        source: None,
        metrics: raw.metrics.and_then(|span| span.parse().ok()),
    }
}

fn coverage(raw: RawCoverage) -> Coverage {
    let subscription = |one: RawSubscription| SubscriptionCoverage {
        id: one.id.to_ascii_lowercase(),
        // Of a role that is not understood, nothing can be expected.
        role: if one.role == "audited" { Role::Audited } else { Role::Context },
        kinds: Vec::new(),
    };
    let mut coverage = Coverage {
        subscriptions: raw.subscriptions.into_iter().map(subscription).collect(),
        gaps: raw.gaps.into_iter().map(gap).collect(),
        ..Coverage::default()
    };
    coverage.normalise();
    coverage
}

/// A gap in a kind that this plaudit does not know may hide anything in its subscription.
fn gap(raw: RawGap) -> Gap {
    let text = serde_json::Value::String(raw.kind);
    let (kind, code) = match Kind::deserialize(&text) {
        Ok(kind) => (kind, raw.code),
        Err(_) => (Kind::Permissions, format!("{}: {}", text.as_str().unwrap_or_default(), raw.code)),
    };
    Gap {
        subscription: raw.subscription.map(|id| id.to_ascii_lowercase()),
        kind,
        resource: raw.resource,
        status: raw.status,
        code,
        message: raw.message,
    }
}

fn step(raw: RawStep) -> Remediation {
    Remediation { title: raw.title, command: raw.command }
}

fn said(raw: RawFinding) -> Said {
    let cause = raw.cause.map(|cause| (cause.kind, cause.id)).unwrap_or_default();
    Said {
        rule: raw.rule,
        name: raw.name,
        severity: SEVERITIES.into_iter().find(|severity| severity.name() == raw.severity),
        verdict: VERDICTS.into_iter().find(|verdict| verdict.name() == raw.verdict),
        cause,
        subject: ResourceId::new(&raw.subject.id),
        message: raw.message,
        fingerprint: raw.fingerprint,
        suppressed: raw.suppressed,
        related: raw.related.into_iter().map(|related| related.id).collect(),
        remediation: raw.remediation.into_iter().map(step).collect(),
    }
}
