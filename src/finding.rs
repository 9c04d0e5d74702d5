//! What an audit says: findings, tallies, the report. Knows nothing of how they are shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::inventory::{Coverage, Kind, Origin, ResourceId, Unfinished};

pub use crate::topology::Confidence;

/// How bad it is. Ordered: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The name or the path is broken now.
    Error,
    /// Broken for some clients, or one change from breaking.
    Warning,
    /// Hygiene, or undecidable.
    Info,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }

    /// The severity at which something that is no surer than this is reported.
    pub fn at_most(self, confidence: Confidence) -> Severity {
        match confidence {
            Confidence::Certain => self,
            Confidence::Probable => self.max(Severity::Warning),
            Confidence::Possible => self.max(Severity::Info),
        }
    }
}

/// What a rule says of a subject that it reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The fault is there.
    Fail,
    /// It cannot be known, because something could not be read.
    Unknown,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Fail => "fail",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What stands behind a finding; tables group by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// `privateEndpoint`, `privateDnsZone`, `virtualNetwork`, `peering`, `gap`, …
    pub kind: &'static str,
    /// An ARM id as Azure returned it, a zone's name, or a gap's text.
    pub id: String,
}

/// The resource a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub id: ResourceId,
    /// The ARM type, e.g. `Microsoft.Network/privateEndpoints`.
    pub kind: String,
    pub name: String,
}

impl Subject {
    /// The subject an id names.
    pub fn of(id: &ResourceId) -> Self {
        Subject { id: id.clone(), kind: id.resource_type().unwrap_or_default(), name: id.name().to_owned() }
    }
}

/// Another resource that plays a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// `target`, `zone`, `virtualNetwork`, `remoteVirtualNetwork`, `peer`, `dnsServer`, …
    pub role: &'static str,
    pub id: String,
}

/// One step of the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remediation {
    pub title: String,
    /// A command ready to run, with real names; `None` when a person must act elsewhere.
    pub command: Option<String>,
}

/// One thing a rule has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `DNS-022`
    pub rule: &'static str,
    /// `a-record-wrong-ip`
    pub name: &'static str,
    pub severity: Severity,
    pub verdict: Verdict,
    pub confidence: Confidence,
    pub cause: Cause,
    /// One sentence about the cause, for the row under which many subjects are grouped. The same for every
    /// finding of one rule and cause.
    pub headline: String,
    pub subject: Subject,
    pub related: Vec<Related>,
    /// One or two sentences about this subject.
    pub message: String,
    /// What a person needs to believe it, in order: expected and found values, zone, network, path.
    pub evidence: Vec<(&'static str, Value)>,
    pub remediation: Vec<Remediation>,
    /// The Azure page to read.
    pub reference: String,
    /// See [`fingerprint`].
    pub fingerprint: String,
    /// Whether the verdict is unknown because something was not read, and how much of that is told.
    pub not_read: NotRead,
    /// Why it does not count, when a configuration says so.
    pub suppressed: Option<String>,
    /// Whether a former report had it already, so that it does not count.
    pub in_baseline: bool,
}

impl Finding {
    /// Whether it counts: nobody has set it aside.
    pub fn counts(&self) -> bool {
        self.suppressed.is_none() && !self.in_baseline
    }
}

/// What was not read and is the reason for an unknown verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRead {
    /// Everything that was needed was read.
    Nothing,
    /// What stands in `related` with the role `notRead`, and nothing else.
    Listed,
    /// More gaps than `related` tells.
    More,
    /// Also what was never asked for, which has no name.
    Unasked,
}

/// A stable name for a finding: the first 32 hex digits of SHA-256 over the rule's id, the subject's id in
/// lower case and a detail that tells two findings of one rule and subject apart (a name, a zone). Never made
/// from a message, so wording may change.
pub fn fingerprint(rule: &str, subject: &ResourceId, detail: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule, &subject.lower(), &detail.to_ascii_lowercase()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A page of Microsoft's that says what to look at when something does not connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Article {
    /// `virtual-network-peering`: how plaudit calls it.
    pub id: &'static str,
    pub title: &'static str,
    pub url: &'static str,
}

/// A step that no reading, no question to DNS and no connection can do for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistItem {
    /// `migrate-gateway-service`; stable, and no rule's id or name.
    pub id: &'static str,
    /// What ought to be so, in a sentence without a full stop.
    pub title: &'static str,
    /// Why it is asked of this estate, and how to look.
    pub why: String,
    /// Commands with real names; what only a person knows stands in `<brackets>`.
    pub commands: Vec<String>,
    /// What is to be entered or compared somewhere, line by line.
    pub entries: Vec<String>,
    /// The page that asks for it.
    pub article: Article,
    /// The resources it is about.
    pub about: Vec<ResourceId>,
}

/// What one rule did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub rule: &'static str,
    /// Subjects judged to pass or to fail.
    pub judged: usize,
    pub fail: usize,
    pub unknown: usize,
    /// Subjects that nobody can judge, or nobody asks, by reason. No gap, no exit code.
    pub not_judged: BTreeMap<&'static str, usize>,
}

/// What one suppression of the configuration came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionUse {
    /// As written: an id, a name, a pattern.
    pub rule: String,
    /// As written.
    pub resource: String,
    pub reason: String,
    /// `2027-01-31`
    pub expires: Option<String>,
    pub state: SuppressionState,
    /// How many findings it fits.
    pub findings: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionState {
    /// It sets findings aside.
    Active,
    /// Its day has come: what it fits counts again.
    Expired,
    /// It fits nothing.
    Unused,
}

impl SuppressionState {
    pub fn name(self) -> &'static str {
        match self {
            SuppressionState::Active => "active",
            SuppressionState::Expired => "expired",
            SuppressionState::Unused => "unused",
        }
    }
}

/// What was measured of traffic, where that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// How far back was looked: `7 days`.
    pub span: String,
    /// RFC 3339, UTC.
    pub from: String,
    /// The same.
    pub until: String,
    /// The length of the steps, in seconds.
    pub interval: i64,
    /// Endpoints and private link services that are reported on and were measured, sorted by id.
    pub flows: Vec<Flow>,
}

/// What went through one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    pub id: ResourceId,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Both together, step by step.
    pub course: Vec<u64>,
}

impl Flow {
    /// Both directions together.
    pub fn total(&self) -> u64 {
        self.bytes_in.saturating_add(self.bytes_out)
    }
}

/// The outcome of an audit.
#[derive(Debug, Clone)]
pub struct Report {
    pub origin: Origin,
    pub coverage: Coverage,
    /// How many objects of each kind were read.
    pub read: BTreeMap<Kind, usize>,
    /// Subscriptions, audited or context, that have a display name: (id in lower case, name).
    pub subscription_names: BTreeMap<String, String>,
    /// Endpoints reported on.
    pub endpoints: usize,
    /// Sorted: severity, rule, cause, subject, fingerprint.
    pub findings: Vec<Finding>,
    /// In the catalogue's order.
    pub tallies: Vec<Tally>,
    /// Whether a gap that counts touches what was asked for: exit code 3 when nothing worse is found.
    pub incomplete: bool,
    /// Whether a gap touches what was asked for, be it set aside or not.
    pub partial: bool,
    /// What became of each suppression, in the configuration's order.
    pub suppressions: Vec<SuppressionUse>,
    /// What was on its way when the estate was read, sorted by id.
    pub unfinished: Vec<Unfinished>,
    /// How much went through what was measured; `None` where that was not asked for.
    pub traffic: Option<Traffic>,
    /// Plain sentences a reader must see even when there are no findings: an estate without endpoints, the
    /// demo's nature.
    pub notes: Vec<String>,
    /// What is left for a person to look at, where that was asked for.
    pub checklist: Vec<ChecklistItem>,
}

impl Report {
    /// How many findings that count fail at each severity.
    pub fn failures(&self, severity: Severity) -> usize {
        self.counted().filter(|f| f.verdict == Verdict::Fail && f.severity == severity).count()
    }

    /// How many findings that count say that something cannot be known.
    pub fn unknowns(&self) -> usize {
        self.counted().filter(|f| f.verdict == Verdict::Unknown).count()
    }

    /// How many findings a configuration has set aside.
    pub fn suppressed(&self) -> usize {
        self.findings.iter().filter(|f| f.suppressed.is_some()).count()
    }

    /// How many findings were in a former report already, those aside that a configuration has set aside.
    pub fn known(&self) -> usize {
        self.findings.iter().filter(|f| f.in_baseline && f.suppressed.is_none()).count()
    }

    fn counted(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.counts())
    }
}
