//! Findings as programs get them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::finding::Finding;

pub(super) fn findings<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(FindingV1::from))
}

/// One thing that a rule has to say of one resource.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FindingV1<'a> {
    /// The rule's id, such as `DNS-022`; never used for another rule.
    rule: &'static str,
    /// The rule's name, such as `a-record-wrong-ip`.
    name: &'static str,
    /// `error`: broken now; `warning`: broken for some clients, or one change from breaking; `info`: hygiene.
    #[schemars(extend("enum" = ["error", "warning", "info"]))]
    severity: &'static str,
    /// `fail`: the fault is there; `unknown`: it cannot be known, because something was not read.
    #[schemars(extend("enum" = ["fail", "unknown"]))]
    verdict: &'static str,
    /// How sure the rule is: `probable` is a warning at most, `possible` an info at most.
    #[schemars(extend("enum" = ["certain", "probable", "possible"]))]
    confidence: &'static str,
    /// What stands behind the finding; findings of one rule and cause are mended together.
    cause: CauseV1<'a>,
    /// Why the finding does not count; null when it does.
    suppressed: Option<&'a str>,
    /// Whether the baseline had it already, so that it does not count.
    in_baseline: bool,
    /// The resource that the finding is about.
    subject: SubjectV1<'a>,
    /// Other resources that play a part.
    related: Vec<RelatedV1<'a>>,
    /// One or two sentences about the subject.
    message: &'a str,
    /// What a person needs to believe it, in order: expected and found values, zone, network, path. Its keys are the
    /// rule's own; a value is null where nothing was found.
    #[serde(serialize_with = "evidence")]
    #[schemars(with = "BTreeMap<String, Value>")]
    evidence: &'a [(&'static str, Value)],
    /// The steps that mend it, in order.
    remediation: Vec<RemediationV1<'a>>,
    /// The address of the Azure page to read; may be empty.
    reference: &'a str,
    /// The finding's stable name, 32 hex digits: the same in every run for the same rule, subject and detail, whatever
    /// the wording.
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

/// What stands behind a finding.
#[derive(Serialize, JsonSchema)]
struct CauseV1<'a> {
    /// `privateEndpoint`, `privateDnsZone`, `virtualNetwork`, `peering`, `gap`, …
    kind: &'static str,
    /// An ARM id, a zone's name, or a gap's text.
    id: &'a str,
}

/// The resource that a finding is about.
#[derive(Serialize, JsonSchema)]
struct SubjectV1<'a> {
    /// Its ARM id, as Azure spells it: compare without regard to case.
    id: &'a str,
    /// Its ARM type, such as `Microsoft.Network/privateEndpoints`; empty for what has none.
    #[serde(rename = "type")]
    kind: &'a str,
    /// Its name.
    name: &'a str,
}

/// Another resource that plays a part.
#[derive(Serialize, JsonSchema)]
struct RelatedV1<'a> {
    /// Which part: `target`, `zone`, `virtualNetwork`, `remoteVirtualNetwork`, `dnsServer`, `notRead`, …
    role: &'static str,
    /// An ARM id, or what the part is known by where it has none.
    id: &'a str,
}

/// One step of a remedy.
#[derive(Serialize, JsonSchema)]
struct RemediationV1<'a> {
    /// What it does.
    title: &'a str,
    /// A command for a POSIX shell, with real names; null when a person must act elsewhere. plaudit never runs it.
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
