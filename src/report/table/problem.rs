//! One cause as a box: what is wrong, where, how it is known; and below it how to mend it.

use std::io;

use serde_json::Value;

use super::names::Names;
use super::page::{Entry, Page, Paint};
use crate::finding::{Confidence, Finding, Severity};
use crate::report::groups::{self, Blind, Group};
use crate::report::text::{count, join_and, prose, value, words};

/// Writes a group of failures.
pub(super) fn failure(page: &mut Page<'_>, names: &Names<'_>, group: &Group<'_>) -> io::Result<()> {
    let first = group.first();
    let mut entries = Vec::new();
    match group.findings.as_slice() {
        [only] => {
            entries.push(Entry::new("what", prose(&only.message)));
            entries.push(Entry::new("where", names.subject_alone(only)));
            let evidence = only.evidence.iter().map(|(key, v)| Entry::new(words(key), value(key, v)));
            entries.extend(evidence);
        }
        findings => {
            let headline = if first.headline.is_empty() { &first.message } else { &first.headline };
            entries.push(Entry::new("what", prose(headline)));
            entries.push(Entry::new("where", whole_count(names, findings)).painted(Paint::Strong));
            entries.extend(shared_evidence(names, findings));
        }
    }
    let title = match doubt(&group.findings) {
        Some(doubt) => format!("{} ({doubt})", words(first.name)),
        None => words(first.name),
    };
    page.entries(Some((first.rule, &title, paint(first.severity))), &entries)?;
    remedy(page, names, &group.findings)
}

/// Writes what cannot be known for one reason.
pub(super) fn blind(page: &mut Page<'_>, names: &Names<'_>, blind: &Blind<'_>) -> io::Result<()> {
    let unjudged = blind.unjudged();
    let coverage: Vec<&Finding> =
        blind.findings.iter().copied().filter(|f| !unjudged.iter().any(|u| std::ptr::eq(*u, *f))).collect();
    let mut entries = vec![Entry::new("because", prose(blind.reason()))];
    if unjudged.is_empty() {
        entries.push(Entry::new("where", names.subjects(&coverage)));
    } else {
        entries.push(Entry::new("where", whole_count(names, &unjudged)));
        entries.push(Entry::new("rules", groups::rules(&unjudged).join(", ")));
    }
    let subjects = groups::subjects(if unjudged.is_empty() { &coverage } else { &unjudged });
    let title = match unjudged.is_empty() {
        true => "could not be read".to_owned(),
        false => format!("{} cannot be judged", join_and(&groups::count_subjects(&subjects))),
    };
    let label = coverage.first().map_or("unknown", |finding| finding.rule);
    page.entries(Some((label, &title, Paint::Unknown)), &entries)?;
    remedy(page, names, if coverage.is_empty() { &blind.findings } else { &coverage })
}

/// Writes further groups of one rule, a line each.
pub(super) fn more_failures(page: &mut Page<'_>, names: &Names<'_>, groups: &[Group<'_>]) -> io::Result<()> {
    let Some(rule) = groups.first().map(|group| group.first().rule) else { return Ok(()) };
    let title = format!("{rule}: {}, in short", count(groups.len(), "more cause"));
    let rows = groups.iter().map(|group| match group.findings.as_slice() {
        [only] => [names.resource(&only.subject.id), prose(&only.message)],
        findings => [whole_count(names, findings), prose(&group.first().headline)],
    });
    page.grid(["where", &title], [Some(35), None], rows)?;
    page.comment("mended in the same way; -f json has the commands of each")?;
    page.blank()
}

/// Writes further things that cannot be known, a line each.
pub(super) fn more_blind(page: &mut Page<'_>, names: &Names<'_>, blind: &[Blind<'_>]) -> io::Result<()> {
    if blind.is_empty() {
        return Ok(());
    }
    let title = format!("because: {}, in short", count(blind.len(), "more cause"));
    let rows = blind.iter().map(|one| {
        let rules = groups::rules(&one.findings).join(", ");
        [format!("{} ({rules})", whole_count(names, &one.findings)), prose(one.reason())]
    });
    page.grid(["where", &title], [Some(45), None], rows)?;
    page.blank()
}

/// The colour of a severity.
pub(super) fn paint(severity: Severity) -> Paint {
    match severity {
        Severity::Error => Paint::Error,
        Severity::Warning => Paint::Warning,
        Severity::Info => Paint::Info,
    }
}

/// The subjects; also the number of findings where one subject has several.
fn whole_count(names: &Names<'_>, findings: &[&Finding]) -> String {
    let subjects = names.subjects(findings);
    match groups::subjects(findings).len() == findings.len() {
        true => subjects,
        false => format!("{} in {subjects}", count(findings.len(), "finding")),
    }
}

/// How sure the findings are, when some are not certain.
fn doubt(findings: &[&Finding]) -> Option<String> {
    let unsure = findings.iter().filter(|finding| finding.confidence != Confidence::Certain).count();
    let least = findings.iter().map(|finding| finding.confidence).max()?;
    match unsure {
        0 => None,
        all if all == findings.len() => Some(least.name().to_owned()),
        some => Some(format!("{some} of them {}", least.name())),
    }
}

/// What all findings of a group say alike, then what the first says for itself.
fn shared_evidence(names: &Names<'_>, findings: &[&Finding]) -> Vec<Entry> {
    let Some((first, rest)) = findings.split_first() else { return Vec::new() };
    let is_shared = |pair: &(&'static str, Value)| rest.iter().all(|finding| finding.evidence.contains(pair));
    let (shared, own): (Vec<_>, Vec<_>) = first.evidence.iter().partition(|pair| is_shared(pair));
    let mut entries: Vec<Entry> =
        shared.iter().map(|(key, v)| Entry::new(words(key), value(key, v))).collect();
    if !own.is_empty() {
        let own: Vec<String> =
            own.iter().map(|(key, v)| format!("{} {}", words(key), value(key, v))).collect();
        entries.push(Entry::new(
            "for one",
            format!("{}: {}", names.resource(&first.subject.id), own.join("; ")),
        ));
    }
    entries
}

/// The commands of the first finding, whole lines to copy, and the page to read.
fn remedy(page: &mut Page<'_>, names: &Names<'_>, findings: &[&Finding]) -> io::Result<()> {
    let Some((first, rest)) = findings.split_first() else { return Ok(()) };
    let one_for_all = rest.iter().all(|finding| finding.remediation == first.remediation);
    if !rest.is_empty() && !one_for_all {
        let name = names.resource(&first.subject.id);
        page.comment(&format!(
            "for {name}; the same for the others, with their names (-f json has them all)"
        ))?;
    }
    for step in &first.remediation {
        if !step.title.is_empty() {
            page.comment(&prose(&step.title))?;
        }
        if let Some(command) = &step.command {
            page.copyable(command)?;
        }
    }
    if !first.reference.is_empty() {
        page.copyable(&format!("# {}", first.reference))?;
    }
    page.blank()
}
