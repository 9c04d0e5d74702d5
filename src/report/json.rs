//! json-v1: the report for programs. Its shape is a promise: fields are added, never changed or taken away, so
//! it has structs of its own.

mod checklist;
mod finding;
mod traffic;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use self::checklist::ChecklistItemV1;
use self::finding::{FindingV1, findings};
use self::traffic::TrafficV1;
use crate::finding::{Finding, Report, Severity, SuppressionUse, Tally};
use crate::inert::inert_json;
use crate::inventory::{Gap, Kind, Role, Scope, Source, SubscriptionCoverage, Unfinished, Verification};

/// The schema's name, first in every report.
pub(super) const SCHEMA: &str = "plaudit/report/v1";

/// Writes the report as it goes, without holding its text in memory.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_inert(&ReportV1::from(report), out)
}

/// Writes any value as JSON in which no character acts on a terminal, or in the log of a CI.
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

/// What an audit or a probe found. Fields are added, never changed or taken away: pass over those you do not know.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit report, version 1")]
pub(super) struct ReportV1<'a> {
    /// The name of this shape.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// What wrote the report.
    tool: ToolV1,
    /// When the estate was read, as RFC 3339 in UTC: of a snapshot, when that was collected.
    collected_at: &'a str,
    /// The Azure cloud: `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`.
    cloud: &'static str,
    /// The tenant that was signed in to; null when it is not known.
    tenant_id: Option<&'a str>,
    /// What was asked for.
    scope: ScopeV1<'a>,
    /// What was read of it, and what was not.
    coverage: CoverageV1<'a>,
    /// What became of what Resource Graph told, once what findings hang on was read again from the management API; left out
    /// where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationV1>,
    /// How much was found.
    summary: SummaryV1,
    /// Plain sentences that a reader must see even when there are no findings.
    notes: &'a [String],
    /// Every finding, those that do not count too, sorted: severity, rule, cause, subject, fingerprint.
    #[serde(serialize_with = "findings")]
    #[schemars(with = "Vec<FindingV1<'_>>")]
    findings: &'a [Finding],
    /// What each rule that ran came to, in the catalogue's order.
    rules: Vec<RuleV1>,
    /// What the configuration's suppressions came to, in the configuration's order.
    suppressions: Vec<SuppressionV1<'a>>,
    /// What was measured of traffic; absent when that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic: Option<TrafficV1<'a>>,
    /// What was on its way when the estate was read; a later run compares itself with it.
    unfinished: Vec<UnfinishedV1<'a>>,
    /// Steps of Microsoft's troubleshooting pages that no reading can do, filled in with this estate's names; empty where
    /// neither a pack nor `--checklist` asks for them. They are no findings and change no exit code.
    checklist: Vec<ChecklistItemV1<'a>>,
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
            verification: origin.verification.map(VerificationV1::from),
            summary: SummaryV1::from(report),
            notes: &report.notes,
            findings: &report.findings,
            rules: report.tallies.iter().map(RuleV1::from).collect(),
            suppressions: report.suppressions.iter().map(SuppressionV1::from).collect(),
            traffic: report.traffic.as_ref().map(TrafficV1::from),
            unfinished: report.unfinished.iter().map(UnfinishedV1::from).collect(),
            checklist: report.checklist.iter().map(ChecklistItemV1::from).collect(),
        }
    }
}

/// What wrote the report.
#[derive(Serialize, JsonSchema)]
struct ToolV1 {
    /// `plaudit`.
    name: &'static str,
    /// Its version, as in `1.2.3`.
    version: &'static str,
}

/// What reading again what findings hang on came to.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct VerificationV1 {
    /// How many findings there were before.
    findings: usize,
    /// How many lists were read again for them.
    lists: usize,
    /// How many of the findings were gone then: the index was stale.
    stale: usize,
    /// How many of them cannot be judged any more, because reading again failed.
    unread: usize,
}

impl From<Verification> for VerificationV1 {
    fn from(Verification { findings, lists, stale, unread }: Verification) -> Self {
        VerificationV1 { findings, lists, stale, unread }
    }
}

/// What was asked for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ScopeV1<'a> {
    /// The ids of the audited subscriptions, in lower case.
    subscriptions: &'a [String],
    /// The only resource groups that are reported on, by name; empty for all.
    resource_groups: &'a [String],
    /// Whether what the audited subscriptions lean on was read too.
    context: bool,
    /// Whether the zone group and the target of every endpoint were read, and not those of suspects alone.
    deep: bool,
    /// The packs of rules whose kinds were read: `azure-migrate`, `expressroute`; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    packs: Vec<&'static str>,
    /// Which service the lists were read from: `arm` (the management API) or `graph` (Resource Graph); left out where
    /// that was not noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["arm", "graph"]))]
    source: Option<&'static str>,
    /// How far back traffic was asked for, such as `7d` or `36h`; absent when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<String>,
}

impl<'a> From<&'a Scope> for ScopeV1<'a> {
    fn from(scope: &'a Scope) -> Self {
        ScopeV1 {
            subscriptions: &scope.subscriptions,
            resource_groups: &scope.resource_groups,
            context: scope.context,
            deep: scope.deep,
            packs: scope.packs.iter().map(|pack| pack.name()).collect(),
            source: scope.source.map(Source::name),
            metrics: scope.metrics.map(|span| span.to_string()),
        }
    }
}

/// What was read, and what was not.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CoverageV1<'a> {
    /// Whether nothing that was asked for failed to arrive: no gap at all, be it set aside or not.
    complete: bool,
    /// How many objects of each kind were read.
    read: BTreeMap<KindV1, usize>,
    /// The subscriptions that were asked for anything, sorted by id.
    subscriptions: Vec<SubscriptionV1<'a>>,
    /// What was asked for and did not, or not wholly, arrive.
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

/// What was asked for: `privateEndpoints`, `privateDnsZones`, `virtualNetworks`, …
// Sorted as kinds are, and written by its name.
#[derive(PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
struct KindV1(#[schemars(with = "String")] Kind);

impl Serialize for KindV1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

/// A subscription that was read.
#[derive(Serialize, JsonSchema)]
struct SubscriptionV1<'a> {
    /// Its id, in lower case.
    id: &'a str,
    /// Its display name; null when it is not known.
    name: Option<&'a str>,
    /// `audited`: reported on; `context`: read so that the audited ones can be judged.
    #[schemars(extend("enum" = ["audited", "context"]))]
    role: &'static str,
}

/// Something that was asked for and did not, or not wholly, arrive.
#[derive(Serialize, JsonSchema)]
struct GapV1<'a> {
    /// The subscription's id, in lower case; null for what belongs to none.
    subscription: Option<&'a str>,
    kind: KindV1,
    /// The ARM id of the resource that is missing, or whose children are; absent for the list of a whole subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    /// The HTTP status; null where there was none.
    status: Option<u16>,
    /// The server's error code, or one of plaudit's own in the same style.
    code: &'a str,
    /// A sentence for a person.
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

/// How much was found. A finding counts unless it is suppressed or was in the baseline.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SummaryV1 {
    /// Findings of this severity that fail and count.
    error: usize,
    /// Findings of this severity that fail and count.
    warning: usize,
    /// Findings of this severity that fail and count.
    info: usize,
    /// Findings that count and say that something cannot be known; in none of the three before.
    unknown: usize,
    /// Findings that the configuration has set aside; they do not count.
    suppressed: usize,
    /// Findings that the baseline had already, those aside that are suppressed; they do not count.
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

/// What a rule came to.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RuleV1 {
    /// The rule's id.
    id: &'static str,
    /// Subjects that pass or fail.
    judged: usize,
    /// Those that fail, findings that do not count too.
    fail: usize,
    /// Subjects that cannot be judged, because something was not read.
    unknown: usize,
    /// Subjects that nobody can judge or nobody asks: no gap, no exit code.
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

/// What an entry of the configuration came to that sets findings aside.
#[derive(Serialize, JsonSchema)]
struct SuppressionV1<'a> {
    /// Which rules, as written: an id, a name, a pattern.
    rule: &'a str,
    /// Which resources, as written: a pattern of ids.
    resource: &'a str,
    /// Why, as written.
    reason: &'a str,
    /// The day from which it no longer holds, such as `2027-01-31`; null when it never expires.
    expires: Option<&'a str>,
    /// `active`: it sets findings aside; `expired`: its day has come; `unused`: it fits nothing.
    #[schemars(extend("enum" = ["active", "expired", "unused"]))]
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

/// Something that was on its way.
#[derive(Serialize, JsonSchema)]
struct UnfinishedV1<'a> {
    /// The ARM id of what was on its way.
    id: &'a str,
    /// Its state, as Azure says it.
    state: &'a str,
}

impl<'a> From<&'a Unfinished> for UnfinishedV1<'a> {
    fn from(one: &'a Unfinished) -> Self {
        UnfinishedV1 { id: one.id.as_str(), state: &one.state }
    }
}

/// JSON in which every character that could act on a terminal or in the log of a CI is an escape. The same text to any
/// parser.
struct Inert<F>(F);

impl<F: Formatter> Formatter for Inert<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        out.write_all(inert_json(fragment).as_bytes())
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
