//! Rules as SARIF describes them, from their pages.

use serde_json::Value;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use super::result::level;
use crate::finding::Severity;
use crate::rules::Page;

/// How many characters of a rule's descriptions GitHub takes (docs.github.com: "SARIF support for code scanning",
/// properties of `reportingDescriptor`).
const LONGEST_TEXT: usize = 1024;

/// Every rule that ran, in the catalogue's order.
pub(super) fn rules(pages: &[Page]) -> Vec<ReportingDescriptor> {
    pages.iter().map(rule).collect()
}

fn rule(page: &Page) -> ReportingDescriptor {
    let help = MultiformatMessageString::builder().text(page.body).markdown(page.body).build();
    let level = level(page.front.severity).to_string();
    ReportingDescriptor::builder()
        .id(page.id)
        .name(page.name)
        .short_description(text(page.front.summary.clone()))
        .full_description(text(full_description(page)))
        .help(help)
        .help_uri(page.front.reference.clone())
        .default_configuration(ReportingConfiguration::builder().level(level).build())
        .properties(properties(page))
        .build()
}

fn text(text: String) -> MultiformatMessageString {
    let short: String = text.chars().take(LONGEST_TEXT).collect();
    MultiformatMessageString::builder().text(short).build()
}

/// The first paragraph of what the rule finds, as plain text.
fn full_description(page: &Page) -> String {
    let lines = page.body.lines().skip_while(|line| !line.starts_with("## ")).skip(1);
    let paragraph =
        lines.skip_while(|line| line.trim().is_empty()).take_while(|line| !line.trim().is_empty());
    let text = paragraph.collect::<Vec<_>>().join(" ").replace('`', "");
    match text.is_empty() {
        true => page.front.summary.clone(),
        false => text,
    }
}

/// What GitHub sorts and filters by. There is no `security-severity`: a name that does not resolve is no vulnerability,
/// and with it GitHub would list the rule among those. Precision is that of findings at the page's severity; one that
/// is less sure has a lower level.
fn properties(page: &Page) -> PropertyBag {
    let family = match page.id.split('-').next() {
        Some("PE") => "private-endpoint",
        Some("DNS") => "dns",
        Some("NET") => "network",
        Some("PLS") => "private-link-service",
        Some("LIVE") => "connectivity",
        Some("COV") => "coverage",
        Some("MIG") => "migration",
        Some("ER") => "expressroute",
        Some("MON") => "traffic",
        // Ids of people's own rules begin otherwise.
        _ => "own-rule",
    };
    let severity = match page.front.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    let pairs = [("precision", "high"), ("problem.severity", severity)];
    PropertyBag::builder()
        .tags(["azure", "private-link", family].map(str::to_owned))
        .additional_properties(pairs.map(|(key, value)| (key.to_owned(), Value::from(value))))
        .build()
}
