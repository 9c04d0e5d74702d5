//! json-v1: the report for programs. Its shape is a promise: fields are added, never changed or taken away, so
//! it has structs of its own.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::text::is_hostile;
use crate::finding::{Finding, Report, Severity, SuppressionUse, Tally};
use crate::inventory::{Gap, Kind, Role, Scope, SubscriptionCoverage, Unfinished};

/// The schema's name, first in every report.
pub(super) const SCHEMA: &str = "plaudit/report/v1";

/// Writes the report as it goes, without holding its text in memory.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_inert(&ReportV1::from(report), out)
}

/// Writes any value as JSON in which no character acts on a terminal.
pub(super) fn write_inert(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Inert(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// As [`write_inert`], without any space between.
pub(super) fn write_inert_compact(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Inert(CompactFormatter));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportV1<'a> {
    schema: &'static str,
    tool: ToolV1,
    collected_at: &'a str,
    cloud: &'static str,
    tenant_id: Option<&'a str>,
    scope: ScopeV1<'a>,
    coverage: CoverageV1<'a>,
    summary: SummaryV1,
    notes: &'a [String],
    #[serde(serialize_with = "findings")]
    findings: &'a [Finding],
    rules: Vec<RuleV1>,
    /// What the configuration's suppressions came to.
    suppressions: Vec<SuppressionV1<'a>>,
    /// What was on its way; a later run compares itself with it.
    unfinished: Vec<UnfinishedV1<'a>>,
}

impl<'a> From<&'a Report> for ReportV1<'a> {
    fn from(report: &'a Report) -> Self {
        let origin = &report.origin;
        ReportV1 {
            schema: SCHEMA,
            tool: ToolV1 { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            collected_at: &origin.collected_at,
            cloud: origin.cloud.name(),
            tenant_id: origin.tenant_id.as_deref(),
            scope: ScopeV1::from(&origin.scope),
            coverage: CoverageV1::from(report),
            summary: SummaryV1::from(report),
            notes: &report.notes,
            findings: &report.findings,
            rules: report.tallies.iter().map(RuleV1::from).collect(),
            suppressions: report.suppressions.iter().map(SuppressionV1::from).collect(),
            unfinished: report.unfinished.iter().map(UnfinishedV1::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct ToolV1 {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeV1<'a> {
    subscriptions: &'a [String],
    resource_groups: &'a [String],
    context: bool,
    deep: bool,
}

impl<'a> From<&'a Scope> for ScopeV1<'a> {
    fn from(scope: &'a Scope) -> Self {
        ScopeV1 {
            subscriptions: &scope.subscriptions,
            resource_groups: &scope.resource_groups,
            context: scope.context,
            deep: scope.deep,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CoverageV1<'a> {
    /// Nothing that was asked for failed to arrive.
    complete: bool,
    read: BTreeMap<KindV1, usize>,
    subscriptions: Vec<SubscriptionV1<'a>>,
    gaps: Vec<GapV1<'a>>,
}

impl<'a> From<&'a Report> for CoverageV1<'a> {
    fn from(report: &'a Report) -> Self {
        let coverage = &report.coverage;
        let subscription = |one: &'a SubscriptionCoverage| SubscriptionV1 {
            id: &one.id,
            name: report.subscription_names.get(&one.id).map(String::as_str),
            role: match one.role {
                Role::Audited => "audited",
                Role::Context => "context",
            },
        };
        CoverageV1 {
            complete: !report.incomplete && !report.partial && coverage.gaps.is_empty(),
            read: report.read.iter().map(|(kind, count)| (KindV1(*kind), *count)).collect(),
            subscriptions: coverage.subscriptions.iter().map(subscription).collect(),
            gaps: coverage.gaps.iter().map(GapV1::from).collect(),
        }
    }
}

/// A kind, sorted as kinds are and written by its name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct KindV1(Kind);

impl Serialize for KindV1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

#[derive(Serialize)]
struct SubscriptionV1<'a> {
    id: &'a str,
    name: Option<&'a str>,
    role: &'static str,
}

#[derive(Serialize)]
struct GapV1<'a> {
    subscription: Option<&'a str>,
    kind: KindV1,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    status: Option<u16>,
    code: &'a str,
    message: &'a str,
}

impl<'a> From<&'a Gap> for GapV1<'a> {
    fn from(gap: &'a Gap) -> Self {
        GapV1 {
            subscription: gap.subscription.as_deref(),
            kind: KindV1(gap.kind),
            resource: gap.resource.as_ref().map(|id| id.as_str()),
            status: gap.status,
            code: &gap.code,
            message: &gap.message,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryV1 {
    /// Findings that fail and count, by severity.
    error: usize,
    warning: usize,
    info: usize,
    unknown: usize,
    suppressed: usize,
    /// Findings that the baseline had already; they do not count.
    in_baseline: usize,
    /// Endpoints reported on, with or without findings.
    endpoints: usize,
    /// What nobody can judge or nobody asks, by reason, over all rules.
    not_judged: BTreeMap<&'static str, usize>,
}

impl From<&Report> for SummaryV1 {
    fn from(report: &Report) -> Self {
        let mut not_judged = BTreeMap::new();
        for (reason, count) in report.tallies.iter().flat_map(|tally| &tally.not_judged) {
            *not_judged.entry(*reason).or_default() += count;
        }
        SummaryV1 {
            error: report.failures(Severity::Error),
            warning: report.failures(Severity::Warning),
            info: report.failures(Severity::Info),
            unknown: report.unknowns(),
            suppressed: report.suppressed(),
            in_baseline: report.known(),
            endpoints: report.endpoints,
            not_judged,
        }
    }
}

fn findings<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(FindingV1::from))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingV1<'a> {
    rule: &'static str,
    name: &'static str,
    severity: &'static str,
    verdict: &'static str,
    confidence: &'static str,
    cause: CauseV1<'a>,
    /// Why the finding does not count; null when it does.
    suppressed: Option<&'a str>,
    /// Whether the baseline had it already, so that it does not count.
    in_baseline: bool,
    subject: SubjectV1<'a>,
    related: Vec<RelatedV1<'a>>,
    message: &'a str,
    #[serde(serialize_with = "evidence")]
    evidence: &'a [(&'static str, Value)],
    remediation: Vec<RemediationV1<'a>>,
    reference: &'a str,
    fingerprint: &'a str,
}

impl<'a> From<&'a Finding> for FindingV1<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { cause, subject, related, remediation, .. } = finding;
        FindingV1 {
            rule: finding.rule,
            name: finding.name,
            severity: finding.severity.name(),
            verdict: finding.verdict.name(),
            confidence: finding.confidence.name(),
            cause: CauseV1 { kind: cause.kind, id: &cause.id },
            suppressed: finding.suppressed.as_deref(),
            in_baseline: finding.in_baseline,
            subject: SubjectV1 { id: subject.id.as_str(), kind: &subject.kind, name: &subject.name },
            related: related.iter().map(|one| RelatedV1 { role: one.role, id: &one.id }).collect(),
            message: &finding.message,
            evidence: &finding.evidence,
            remediation: remediation
                .iter()
                .map(|step| RemediationV1 { title: &step.title, command: step.command.as_deref() })
                .collect(),
            reference: &finding.reference,
            fingerprint: &finding.fingerprint,
        }
    }
}

#[derive(Serialize)]
struct CauseV1<'a> {
    kind: &'static str,
    id: &'a str,
}

#[derive(Serialize)]
struct SubjectV1<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct RelatedV1<'a> {
    role: &'static str,
    id: &'a str,
}

#[derive(Serialize)]
struct RemediationV1<'a> {
    title: &'a str,
    command: Option<&'a str>,
}

/// The pairs as an object, in the order the rule gave them.
fn evidence<S: Serializer>(pairs: &[(&'static str, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleV1 {
    id: &'static str,
    judged: usize,
    fail: usize,
    unknown: usize,
    not_judged: usize,
}

impl From<&Tally> for RuleV1 {
    fn from(tally: &Tally) -> Self {
        RuleV1 {
            id: tally.rule,
            judged: tally.judged,
            fail: tally.fail,
            unknown: tally.unknown,
            not_judged: tally.not_judged.values().sum(),
        }
    }
}

#[derive(Serialize)]
struct SuppressionV1<'a> {
    rule: &'a str,
    resource: &'a str,
    reason: &'a str,
    /// A date; null when it never expires.
    expires: Option<&'a str>,
    /// `active`, `expired` or `unused`.
    state: &'static str,
    /// How many findings it fits.
    findings: usize,
}

impl<'a> From<&'a SuppressionUse> for SuppressionV1<'a> {
    fn from(one: &'a SuppressionUse) -> Self {
        SuppressionV1 {
            rule: &one.rule,
            resource: &one.resource,
            reason: &one.reason,
            expires: one.expires.as_deref(),
            state: one.state.name(),
            findings: one.findings,
        }
    }
}

#[derive(Serialize)]
struct UnfinishedV1<'a> {
    id: &'a str,
    state: &'a str,
}

impl<'a> From<&'a Unfinished> for UnfinishedV1<'a> {
    fn from(one: &'a Unfinished) -> Self {
        UnfinishedV1 { id: one.id.as_str(), state: &one.state }
    }
}

/// JSON in which every character that could act on a terminal is an escape. The same text to any
/// parser.
struct Inert<F>(F);

impl<F: Formatter> Formatter for Inert<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
            return out.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_hostile(*c)) {
            out.write_all(&fragment.as_bytes()[written..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}
