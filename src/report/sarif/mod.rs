//! SARIF 2.1.0, for code scanning (docs.oasis-open.org/sarif/sarif/v2.1.0). A result a finding, the worst first, within
//! what GitHub takes; what was not read as notifications.

mod invocation;
mod place;
mod result;
mod rule;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::Value;
use serde_sarif::sarif::{Invocation, Message, PropertyBag, RunAutomationDetails, Tool, ToolComponent};
use sha2::{Digest, Sha256};

use super::text::inert;
use super::{Background, json};
use crate::finding::{Finding, Report, Verdict};

/// How many results GitHub takes in a run: a file with more is refused whole. It shows the first
/// [`GITHUB_SHOWS`] (docs.github.com: "SARIF results exceed one or more limits").
const MOST_RESULTS: usize = 25_000;
const GITHUB_SHOWS: usize = 5_000;

/// Writes the report, a result at a time.
pub(super) fn write(report: &Report, background: &Background, out: &mut dyn Write) -> io::Result<()> {
    let mut findings = worst_first(report);
    let left_out = findings.split_off(findings.len().min(MOST_RESULTS));
    let rules = rule::rules(&background.pages);
    let run = result::Run {
        rules: rules.iter().zip(0..).map(|(rule, n)| (rule.id.clone(), n)).collect(),
        lines: background.lines.as_ref(),
        may_suppress: !report.suppressions.is_empty() || report.suppressed() > 0,
        has_baseline: report.findings.iter().any(|finding| finding.in_baseline),
    };
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules)
        .build();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool::builder().driver(driver).build(),
            automation_details: RunAutomationDetails::builder().id(automation_id(report)).build(),
            invocations: [invocation::invocation(report, findings.len(), &left_out)],
            results: Results { findings, run },
        }],
    };
    json::write_inert_compact(&log, out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

/// A run whose results are made as they are written, so that they need not all be in memory.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    automation_details: RunAutomationDetails,
    invocations: [Invocation; 1],
    results: Results<'a>,
}

struct Results<'a> {
    findings: Vec<&'a Finding>,
    run: result::Run<'a>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.findings.iter().map(|finding| result::result(finding, &self.run)))
    }
}

/// Failures that count by severity, then what cannot be judged, then what the baseline had, then what is suppressed;
/// else in the report's order.
fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| {
        let counts = (finding.suppressed.is_none(), !finding.in_baseline);
        (Reverse(counts), finding.verdict == Verdict::Unknown, finding.severity)
    });
    findings
}

/// What tells this estate's results from another's in one repository: GitHub takes all before the last slash as the
/// category, and the results of a category replace its former ones (docs.github.com: "SARIF support for code scanning").
/// So the audits of two estates, and an audit and a probe, must not share one.
fn automation_id(report: &Report) -> String {
    let origin = &report.origin;
    let rules = || report.tallies.iter().map(|tally| tally.rule);
    let probed =
        rules().any(|rule| rule.starts_with("LIVE-")) && !rules().any(|rule| rule.starts_with("DNS-"));
    let job = if probed { "probe" } else { "audit" };
    let tenant = place::segment(origin.tenant_id.as_deref().unwrap_or("any-tenant"));
    let scope = match (origin.scope.subscriptions.as_slice(), origin.scope.resource_groups.as_slice()) {
        ([only], []) => place::segment(only),
        (subscriptions, groups) => digest(subscriptions, groups),
    };
    format!("plaudit/{job}/{}/{tenant}/{scope}/", origin.cloud.name())
}

fn digest(subscriptions: &[String], groups: &[String]) -> String {
    let mut hash = Sha256::new();
    for part in [subscriptions, groups] {
        let mut part: Vec<String> = part.iter().map(|text| text.to_ascii_lowercase()).collect();
        part.sort();
        for text in part {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hash.update([1]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A plain text message. In it `[x](y)` would be a link and `{0}` a placeholder, so that brackets are escaped with
/// backslashes and braces doubled (SARIF 2.1.0, sections 3.11.5 and 3.11.6).
fn message(text: &str) -> Message {
    let safe = inert(text);
    let mut plain = String::with_capacity(safe.len() + 8);
    for c in safe.chars() {
        match c {
            '\\' | '[' | ']' => plain.extend(['\\', c]),
            '{' | '}' => plain.extend([c, c]),
            _ => plain.push(c),
        }
    }
    Message::builder().text(plain).build()
}

/// Properties beyond the standard's.
fn bag<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> PropertyBag {
    let pairs: BTreeMap<String, Value> =
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    PropertyBag::builder().additional_properties(pairs).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_no_links_and_no_placeholders() {
        let text = |given: &str| message(given).text.unwrap_or_default();
        assert_eq!(text("rg is fine."), "rg is fine.");
        assert_eq!(text("[x](javascript:alert(1))"), r"\[x\](javascript:alert(1))");
        assert_eq!(text(r"\[x\](y) {0}"), r"\\\[x\\\](y) {{0}}");
        assert_eq!(text("a\u{1b}[2J"), r"a\\u{{1b}}\[2J");
    }

    #[test]
    fn estates_are_told_apart() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let one = digest(&texts(&["a", "b"]), &[]);
        assert_eq!(one, digest(&texts(&["B", "a"]), &[]));
        assert_ne!(one, digest(&texts(&["a"]), &texts(&["b"])));
        assert_ne!(one, digest(&texts(&["ab"]), &[]));
    }
}
