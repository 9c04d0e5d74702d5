//! A finding as a SARIF result.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{Location, PropertyBag, Result, ResultKind, ResultLevel, Suppression};

use super::{bag, message, place};
use crate::finding::{Finding, Severity, Verdict};
use crate::inventory::ResourceId;
use crate::report::background::SourceLines;
use crate::report::text::words;

/// Ours, with its version.
const FINGERPRINT: &str = "plaudit/v1";

/// The only one that GitHub tells results by (docs.github.com: "SARIF support for code scanning"). Where it is missing
/// the upload makes one from the text of the line, which is the same for all findings of a rule on one resource.
const GITHUB_FINGERPRINT: &str = "primaryLocationLineHash";

/// How many locations of a result GitHub shows (docs.github.com: "SARIF results exceed one or more limits").
const MOST_RELATED: usize = 100;

/// The level of a failure.
pub(super) fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Info => ResultLevel::Note,
    }
}

/// What the results of a run have in common.
pub(super) struct Run<'a> {
    /// Where the rules stand in the list of rules, by id.
    pub rules: HashMap<String, i64>,
    pub lines: Option<&'a SourceLines>,
    /// Whether some finding may be set aside: then each says whether it is, for a reader may take one for all
    /// (SARIF 2.1.0, section 3.27.23).
    pub may_suppress: bool,
    /// Whether some finding was in a former report, so that all others are new.
    pub has_baseline: bool,
}

/// The result of a finding.
pub(super) fn result(finding: &Finding, run: &Run<'_>) -> Result {
    let lines = run.lines;
    // `open`: there was not enough to go by; no kind but `fail` has a level (SARIF 2.1.0, sections 3.27.9 and 3.27.10).
    let (kind, level) = match finding.verdict {
        Verdict::Fail => (ResultKind::Fail, level(finding.severity)),
        Verdict::Unknown => (ResultKind::Open, ResultLevel::None),
    };
    let mut result = Result::builder()
        .rule_id(finding.rule)
        .kind(kind)
        .level(level)
        .message(message(&told(finding)))
        .locations(vec![place::location(finding.subject.id.as_str(), &finding.subject.name, lines)])
        .partial_fingerprints(fingerprints(finding))
        .properties(properties(finding))
        .build();
    result.rule_index = run.rules.get(finding.rule).copied();
    result.related_locations = related(finding, lines);
    result.suppressions = run.may_suppress.then(|| suppressions(finding));
    result.baseline_state = run.has_baseline.then(|| match finding.in_baseline {
        true => Value::from("unchanged"),
        false => Value::from("new"),
    });
    result
}

/// The message and what becomes of it, in words: GitHub knows neither kinds nor suppressions (github/codeql-action#1230)
/// and shows all results alike.
fn told(finding: &Finding) -> String {
    let mut told = match finding.verdict {
        Verdict::Fail => finding.message.clone(),
        Verdict::Unknown => format!("unknown: {}", finding.message),
    };
    if let Some(reason) = &finding.suppressed {
        told.push_str(&format!(" (suppressed: {reason})"));
    }
    if finding.in_baseline {
        told.push_str(" (in the baseline already)");
    }
    told
}

fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let ours = finding.fingerprint.clone();
    // Behind the hash of a line GitHub's own tools write how many like it stand before.
    let theirs = format!("{ours}:1");
    BTreeMap::from([(FINGERPRINT.to_owned(), ours), (GITHUB_FINGERPRINT.to_owned(), theirs)])
}

fn related(finding: &Finding, lines: Option<&SourceLines>) -> Option<Vec<Location>> {
    let location = |(n, one): (i64, &crate::finding::Related)| {
        let id = ResourceId::new(&one.id);
        let mut location = place::location(&one.id, id.name(), lines);
        location.id = Some(n);
        location.message = Some(message(&words(one.role)));
        location
    };
    let related: Vec<Location> = (1..).zip(&finding.related).take(MOST_RELATED).map(location).collect();
    (!related.is_empty()).then_some(related)
}

/// Why a finding is set aside.
fn suppressions(finding: &Finding) -> Vec<Suppression> {
    let Some(reason) = &finding.suppressed else { return Vec::new() };
    let mut one = Suppression::builder().kind("external").build();
    one.justification = Some(super::inert(reason).into_owned());
    vec![one]
}

fn properties(finding: &Finding) -> PropertyBag {
    let evidence: serde_json::Map<String, Value> =
        finding.evidence.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let step = |step: &crate::finding::Remediation| json!({"title": step.title, "command": step.command});
    let mut pairs = vec![
        ("severity", json!(finding.severity.name())),
        ("verdict", json!(finding.verdict.name())),
        ("confidence", json!(finding.confidence.name())),
        ("cause", json!({"kind": finding.cause.kind, "id": finding.cause.id})),
        ("subjectType", json!(finding.subject.kind)),
        ("evidence", Value::Object(evidence)),
        ("remediation", finding.remediation.iter().map(step).collect()),
        ("reference", json!(finding.reference)),
        ("fingerprint", json!(finding.fingerprint)),
    ];
    if finding.related.len() > MOST_RELATED {
        pairs.push(("relatedLeftOut", json!(finding.related.len() - MOST_RELATED)));
    }
    bag(pairs)
}
