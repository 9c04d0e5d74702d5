//! JUnit XML, for the test reports of pipelines (Azure DevOps, GitLab, Jenkins).
//!
//! A suite a rule and a case a finding, with the suite `coverage` before them. What a case says:
//!
//! * **failed**: a finding of severity `error` or `warning` that counts; the failure's `type` is the severity. Which
//!   severity fails a pipeline is not told here: that is the exit code's (`--fail-on`).
//! * **skipped**, with the reason as its message and a `type`: a finding of severity `info` (`info`): hygiene that
//!   should fail no test run, and that a passing test would hide; what cannot be known (`unknown`); what a
//!   configuration set aside (`suppressed`); what the baseline had already (`inBaseline`); a read that failed (`gap`);
//!   a rule under which nothing, or nothing more, was judged (`notJudged`).
//! * **passed**: under each rule, all subjects without a finding together, as the case [`OTHERS`]; and that
//!   everything was read.
//!
//! So `failures` is errors and warnings, `errors` is always 0, and each type of skipped cases can be counted. A case's
//! name is the subject with the first digits of the finding's fingerprint, so that it stays the same from run to run
//! whatever else is found: GitLab takes cases of one name for one case and compares runs by name (GitLab docs: unit
//! test reports). Every fingerprint stands whole in the properties and in the text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use quick_junit::{NonSuccessKind, Property, SerializeError, TestCase, TestCaseStatus, TestSuite};
use rayon::prelude::*;

use super::Background;
use super::table::Names;
use super::text::{count, inert, value, words};
use crate::finding::{Finding, Report, Severity, Tally, Verdict};
use crate::inventory::Gap;

/// The case of a rule's subjects that have no finding.
const OTHERS: &str = "subjects without a finding";

/// Writes the report.
pub(super) fn write(report: &Report, background: &Background, out: &mut dyn Write) -> io::Result<()> {
    let names = Names::new(report);
    let mut all = quick_junit::Report::new("plaudit");
    all.timestamp = report.origin.collected_at.parse().ok();
    all.add_test_suite(coverage(report, &names));
    let mut findings: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in &report.findings {
        findings.entry(finding.rule).or_default().push(finding);
    }
    for rule in rules(report, background) {
        let of_rule = findings.remove(rule).unwrap_or_default();
        all.add_test_suite(suite(report, background, &names, rule, &of_rule));
    }
    all.serialize(out).map_err(broken)
}

/// The writer's own error where there is one: a closed pipe must stay one.
fn broken(error: SerializeError) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        let shared = one.downcast_ref::<Arc<io::Error>>().map(|error| &**error);
        if let Some(error) = shared.or(one.downcast_ref()) {
            return error.kind().into();
        }
        cause = one.source();
    }
    io::Error::other(error)
}

/// The rules that ran, and any other that has a finding, each once.
fn rules<'a>(report: &'a Report, background: &'a Background) -> Vec<&'a str> {
    let ran = background.pages.iter().map(|page| page.id);
    let all = ran.chain(report.tallies.iter().map(|tally| tally.rule));
    let all = all.chain(report.findings.iter().map(|finding| finding.rule));
    let mut seen = HashSet::new();
    all.filter(|rule| seen.insert(*rule)).collect()
}

/// A text that XML can hold: XML 1.0 has no way to write most control characters and the last two of the first plane
/// (W3C: XML 1.0, Char), and the library takes them away unseen.
fn xml(text: &str) -> Cow<'_, str> {
    let safe = inert(text);
    match safe.contains(['\u{fffe}', '\u{ffff}']) {
        true => Cow::Owned(safe.replace('\u{fffe}', r"\u{fffe}").replace('\u{ffff}', r"\u{ffff}")),
        false => safe,
    }
}

fn property(name: &str, text: &str) -> Property {
    Property::new(name, &*xml(text))
}

fn skipped(kind: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind).set_message(&*xml(message));
    status
}

/// What was read and what was not; its properties are those of the whole report.
fn coverage(report: &Report, names: &Names<'_>) -> TestSuite {
    let mut suite = TestSuite::new("coverage");
    suite.timestamp = report.origin.collected_at.parse().ok();
    suite.add_properties(properties(report));
    let mut unique = HashSet::new();
    for gap in &report.coverage.gaps {
        let mut case = TestCase::new(&*unused(&mut unique, gap_name(names, gap)), gap_status(gap));
        case.set_classname("coverage");
        suite.add_test_case(case);
    }
    if report.coverage.gaps.is_empty() {
        let status = match report.incomplete || report.partial {
            true => skipped("gap", "a part of what was asked for was not read"),
            false => TestCaseStatus::success(),
        };
        let mut case = TestCase::new("everything that was asked for was read", status);
        case.set_classname("coverage");
        suite.add_test_case(case);
    }
    suite
}

fn properties(report: &Report) -> Vec<Property> {
    let origin = &report.origin;
    let number = |name: &str, n: usize| Property::new(name, n.to_string());
    let complete = !report.incomplete && !report.partial && report.coverage.gaps.is_empty();
    let mut all = vec![
        property("tool", concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))),
        property("cloud", origin.cloud.name()),
        property("tenantId", origin.tenant_id.as_deref().unwrap_or_default()),
        property("collectedAt", &origin.collected_at),
        property("complete", if complete { "true" } else { "false" }),
        number("gaps", report.coverage.gaps.len()),
        number("endpoints", report.endpoints),
        number("error", report.failures(Severity::Error)),
        number("warning", report.failures(Severity::Warning)),
        number("info", report.failures(Severity::Info)),
        number("unknown", report.unknowns()),
        number("suppressed", report.suppressed()),
        number("inBaseline", report.known()),
    ];
    for id in &origin.scope.subscriptions {
        let name = report.subscription_names.get(&id.to_ascii_lowercase());
        let text = name.map_or_else(|| id.clone(), |name| format!("{name} ({id})"));
        all.push(property("subscription", &text));
    }
    all.extend(origin.scope.resource_groups.iter().map(|group| property("resourceGroup", group)));
    all.extend(report.notes.iter().map(|note| property("note", note)));
    all
}

fn gap_name(names: &Names<'_>, gap: &Gap) -> String {
    let mut name = gap.kind.title().to_owned();
    if let Some(home) = &gap.subscription {
        name.push_str(&format!(" of {}", names.subscription(home)));
    }
    if let Some(resource) = &gap.resource {
        name.push_str(&format!(": {}", names.resource(resource)));
    }
    name
}

fn gap_status(gap: &Gap) -> TestCaseStatus {
    let status = gap.status.map(|status| format!("{status} ")).unwrap_or_default();
    skipped("gap", &format!("not read: {status}{}: {}", gap.code, gap.message))
}

/// The cases of one rule.
fn suite(
    report: &Report,
    background: &Background,
    names: &Names<'_>,
    rule: &str,
    findings: &[&Finding],
) -> TestSuite {
    let page = background.page(rule);
    let title = page.map(|page| page.name).or(findings.first().map(|finding| finding.name));
    let mut suite = TestSuite::new(title.map_or_else(|| rule.to_owned(), |title| format!("{rule} {title}")));
    suite.timestamp = report.origin.collected_at.parse().ok();
    let tally = report.tallies.iter().find(|tally| tally.rule == rule);
    if let Some(tally) = tally {
        let number = |name: &str, n: usize| Property::new(name, n.to_string());
        suite.add_properties([
            number("judged", tally.judged),
            number("fail", tally.fail),
            number("unknown", tally.unknown),
            number("notJudged", tally.not_judged.values().sum()),
        ]);
    }
    let mut unique = HashSet::from([OTHERS.to_owned()]);
    let named: Vec<(&Finding, String)> =
        findings.iter().map(|finding| (*finding, unused(&mut unique, name(names, finding)))).collect();
    // The library looks into every text for what acts on a terminal, which takes most of the time.
    let cases: Vec<TestCase> = named.par_iter().map(|(finding, name)| case(names, finding, name)).collect();
    suite.add_test_cases(cases);
    let needs = page.and_then(|page| page.front.needs.as_deref());
    suite.add_test_cases(others(tally, needs, findings.is_empty()).map(|mut case| {
        case.set_classname(rule);
        case
    }));
    suite
}

/// The case of the subjects that have no finding; none when all have one.
fn others(tally: Option<&Tally>, needs: Option<&str>, alone: bool) -> Option<TestCase> {
    let (judged, fail) = tally.map_or((0, 0), |tally| (tally.judged, tally.fail));
    let left: BTreeMap<&str, usize> = tally.map(|tally| tally.not_judged.clone()).unwrap_or_default();
    let left: Vec<String> = left.iter().map(|(reason, n)| format!("{n} not judged: {reason}")).collect();
    if judged > fail {
        let mut case = TestCase::new(OTHERS, TestCaseStatus::success());
        let told = [format!("{} judged, {} without a finding", count(judged, "subject"), judged - fail)];
        let told: Vec<String> = told.into_iter().chain(left).collect();
        case.set_system_out(&*xml_lines(&told));
        return Some(case);
    }
    let reason = match (left.is_empty(), needs) {
        (false, _) => left.join("; "),
        (true, Some(needs)) => format!("nothing was judged; the rule needs {needs}"),
        (true, None) => "nothing was judged: the estate holds no subject for the rule".to_owned(),
    };
    (alone || !left.is_empty()).then(|| TestCase::new(OTHERS, skipped("notJudged", &reason)))
}

/// Lines that are each safe.
fn xml_lines(lines: &[String]) -> String {
    lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
}

/// A name that no other case of the suite has.
fn unused(taken: &mut HashSet<String>, name: String) -> String {
    let name = xml(&name).into_owned();
    let mut free = name.clone();
    let mut n = 1;
    while !taken.insert(free.clone()) {
        n += 1;
        free = format!("{name} #{n}");
    }
    free
}

fn name(names: &Names<'_>, finding: &Finding) -> String {
    let digits: String = finding.fingerprint.chars().take(8).collect();
    format!("{} [{digits}]", names.resource(&finding.subject.id))
}

fn case(names: &Names<'_>, finding: &Finding, name: &str) -> TestCase {
    let mut case = TestCase::new(name, status(finding));
    case.set_classname(finding.rule);
    case.add_properties([
        property("fingerprint", &finding.fingerprint),
        property("severity", finding.severity.name()),
        property("subject", finding.subject.id.as_str()),
    ]);
    // What is skipped has no text of its own in every reader.
    if let TestCaseStatus::NonSuccess { .. } = case.status {
        case.status.set_description(xml_lines(&text(names, finding)));
    } else {
        case.set_system_out(xml_lines(&text(names, finding)));
    }
    case
}

fn status(finding: &Finding) -> TestCaseStatus {
    let message = &finding.message;
    if let Some(reason) = &finding.suppressed {
        return skipped("suppressed", &format!("suppressed ({reason}): {message}"));
    }
    match (finding.in_baseline, finding.verdict, finding.severity) {
        (true, ..) => skipped("inBaseline", &format!("in the baseline already: {message}")),
        (_, Verdict::Unknown, _) => skipped("unknown", &format!("cannot be judged: {message}")),
        (_, Verdict::Fail, Severity::Info) => skipped("info", &format!("info: {message}")),
        (_, Verdict::Fail, severity) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(severity.name()).set_message(&*xml(message));
            status
        }
    }
}

/// All there is to say about a finding, line by line.
fn text(names: &Names<'_>, finding: &Finding) -> Vec<String> {
    let mut lines = vec![finding.message.clone(), String::new()];
    lines.push(format!("subject: {}", finding.subject.id));
    if let Some(home) = finding.subject.id.subscription() {
        lines.push(format!("subscription: {}", names.subscription(home)));
    }
    lines.push(format!("cause: {} {}", finding.cause.kind, finding.cause.id));
    lines.push(format!("confidence: {}", finding.confidence.name()));
    lines.extend(finding.evidence.iter().map(|(key, one)| format!("{}: {}", words(key), value(key, one))));
    if !finding.remediation.is_empty() {
        lines.extend([String::new(), "how to mend it:".to_owned()]);
    }
    for step in &finding.remediation {
        lines.extend((!step.title.is_empty()).then(|| format!("# {}", step.title)));
        lines.extend(step.command.clone());
    }
    lines.push(String::new());
    lines.extend((!finding.reference.is_empty()).then(|| format!("reference: {}", finding.reference)));
    lines.push(format!("fingerprint: {}", finding.fingerprint));
    lines
}
