//! Reads a json-v1 report of an earlier run back: what a later run compares itself with. Of any version of v1, which
//! only grows; what this plaudit does not know is passed over.

use std::collections::BTreeSet;
use std::io::{self, Read};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::json::SCHEMA;
use super::text::inert;
use crate::finding::{Severity, Verdict};
use crate::inventory::{ResourceId, Unfinished};

/// What an earlier report said.
#[derive(Debug, Clone)]
pub struct FormerReport {
    /// RFC 3339.
    pub collected_at: String,
    /// Every finding that no configuration had set aside.
    pub findings: Vec<FormerFinding>,
    /// What was on its way then; `None` in reports of versions that did not tell.
    pub unfinished: Option<Vec<Unfinished>>,
    /// Audited subscriptions (ids in lower case) whose endpoints were read.
    pub subscriptions: BTreeSet<String>,
}

/// A finding of an earlier report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerFinding {
    pub fingerprint: String,
    /// `None` for a word that this plaudit does not know.
    pub verdict: Option<Verdict>,
    /// `None` for a word that this plaudit does not know.
    pub severity: Option<Severity>,
}

/// Why a file is no report that can be used.
#[derive(Debug, thiserror::Error)]
pub enum FormerError {
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    #[error("it is no report of plaudit's: {0}")]
    NoReport(String),
    #[error("it has schema `{}`, and this plaudit ({}) reads {SCHEMA}", inert(.0), env!("CARGO_PKG_VERSION"))]
    OtherSchema(String),
}

#[derive(Deserialize)]
struct Peek {
    schema: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    collected_at: String,
    coverage: Coverage,
    findings: Vec<Finding>,
    unfinished: Option<Vec<Waiting>>,
}

#[derive(Deserialize)]
struct Coverage {
    subscriptions: Vec<Subscription>,
    gaps: Vec<Gap>,
}

#[derive(Deserialize)]
struct Subscription {
    id: String,
    role: String,
}

#[derive(Deserialize)]
struct Gap {
    subscription: Option<String>,
    kind: String,
}

#[derive(Deserialize)]
struct Finding {
    fingerprint: String,
    verdict: String,
    severity: String,
    suppressed: Option<String>,
}

#[derive(Deserialize)]
struct Waiting {
    id: ResourceId,
    state: Box<str>,
}

/// The verdicts by which words are known.
pub(super) const VERDICTS: [Verdict; 2] = [Verdict::Fail, Verdict::Unknown];
/// The severities by which words are known.
pub(super) const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// Reads a file to its end.
pub(super) fn read_text(mut reader: impl Read) -> Result<Vec<u8>, FormerError> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(FormerError::Read)?;
    Ok(text)
}

/// Takes a report apart, after a look at its schema.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, FormerError> {
    // PowerShell's Out-File puts a byte-order mark in front.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let peek: Peek = serde_json::from_slice(text).map_err(no_report)?;
    match peek.schema.as_deref() {
        Some(SCHEMA) => serde_json::from_slice(text).map_err(no_report),
        Some(other) => Err(FormerError::OtherSchema(other.chars().take(100).collect())),
        None => Err(FormerError::NoReport("it names no schema".to_owned())),
    }
}

/// Reads a report to its end.
pub fn read_former(reader: impl Read) -> Result<FormerReport, FormerError> {
    let raw: Raw = parse(&read_text(reader)?)?;
    let subscriptions = endpoints_read(&raw.coverage);
    let counted = raw.findings.into_iter().filter(|finding| finding.suppressed.is_none());
    let unfinished = raw
        .unfinished
        .map(|waiting| waiting.into_iter().map(|Waiting { id, state }| Unfinished { id, state }).collect());
    Ok(FormerReport {
        collected_at: raw.collected_at,
        findings: counted.map(former).collect(),
        unfinished,
        subscriptions,
    })
}

fn no_report(error: serde_json::Error) -> FormerError {
    FormerError::NoReport(inert(&error.to_string()).into_owned())
}

fn former(finding: Finding) -> FormerFinding {
    FormerFinding {
        fingerprint: finding.fingerprint,
        verdict: VERDICTS.into_iter().find(|verdict| verdict.name() == finding.verdict),
        severity: SEVERITIES.into_iter().find(|severity| severity.name() == finding.severity),
    }
}

/// The audited subscriptions without a gap that could have hidden an endpoint.
fn endpoints_read(coverage: &Coverage) -> BTreeSet<String> {
    let hides = |kind: &str| matches!(kind, "subscriptions" | "permissions" | "privateEndpoints");
    let holed = |id: &str| {
        let mut gaps = coverage.gaps.iter().filter(|gap| hides(&gap.kind));
        gaps.any(|gap| gap.subscription.as_deref().is_some_and(|home| home.eq_ignore_ascii_case(id)))
    };
    let audited = coverage.subscriptions.iter().filter(|one| one.role == "audited" && !holed(&one.id));
    audited.map(|one| one.id.to_ascii_lowercase()).collect()
}
