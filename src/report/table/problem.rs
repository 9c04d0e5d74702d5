//! One cause as a box: what is wrong, where, how it is known; and below it how to mend it.

use std::io;

use serde_json::Value;

use super::names::Names;
use super::page::{Entry, Page, Paint};
use crate::finding::{Confidence, Finding, Remediation, Severity};
use crate::report::groups::{self, Blind, Group};
use crate::report::text::{count, join_and, prose, value, words};

/// Of up to this many findings, each is shown with its own evidence and commands.
const FEW: usize = 3;

/// Writes a group of failures.
pub(super) fn failure(page: &mut Page<'_>, names: &Names<'_>, group: &Group<'_>) -> io::Result<()> {
    let first = group.first();
    let mut entries = Vec::new();
    match group.findings.as_slice() {
        [only] => {
            entries.push(Entry::new("what", prose(&only.message)));
            entries.push(Entry::new("where", names.subject_alone(only)));
            entries.extend(told(only, |_| true).into_iter().map(|(key, text)| Entry::new(words(key), text)));
        }
        findings => {
            let headline = if first.headline.is_empty() { &first.message } else { &first.headline };
            entries.push(Entry::new("what", prose(headline)));
            entries.push(Entry::new("where", names.subjects(findings)).painted(Paint::Strong));
            entries.extend(group_evidence(names, findings));
        }
    }
    let title = match doubt(&group.findings) {
        Some(doubt) => format!("{} ({doubt})", first.name),
        None => first.name.to_owned(),
    };
    page.entries(Some((first.rule, &title, paint(first.severity))), &entries)?;
    remedy(page, names, &group.findings)
}

/// Writes what cannot be known for one reason.
pub(super) fn blind(page: &mut Page<'_>, names: &Names<'_>, blind: &Blind<'_>) -> io::Result<()> {
    let (unjudged, coverage) = (blind.unjudged(), blind.coverage());
    let about = if unjudged.is_empty() { &coverage } else { &unjudged };
    let rules = groups::rules(about);
    let mut entries = vec![Entry::new("because", names.reason(blind.reason()))];
    entries.push(Entry::new("where", names.subjects(about)));
    if rules.len() > 1 || !coverage.is_empty() && !unjudged.is_empty() {
        entries.push(Entry::new("rules", rules.join(", ")));
    }
    // What a gap has to say stands once, under NOT READ.
    if let ([only], []) = (unjudged.as_slice(), coverage.as_slice()) {
        entries.extend(only.evidence.iter().map(|(key, v)| Entry::new(words(key), value(key, v))));
    }
    let title = match unjudged.is_empty() {
        true => "could not be read".to_owned(),
        false => format!("{} cannot be judged", join_and(&groups::count_subjects(&groups::subjects(about)))),
    };
    let label = match (coverage.first(), rules.as_slice()) {
        (Some(finding), _) => finding.rule,
        (None, [rule]) => rule,
        (None, _) => "unknown",
    };
    page.entries(Some((label, &title, Paint::Unknown)), &entries)?;
    remedy(page, names, if coverage.is_empty() { &blind.findings } else { &coverage })
}

/// Writes further groups of one rule, a line each.
pub(super) fn more_failures(page: &mut Page<'_>, names: &Names<'_>, groups: &[Group<'_>]) -> io::Result<()> {
    let Some(rule) = groups.first().map(|group| group.first().rule) else { return Ok(()) };
    let title = format!("{rule}: {}, in short", count(groups.len(), "more cause"));
    let rows = groups.iter().map(|group| match group.findings.as_slice() {
        [only] => [names.resource(&only.subject.id), prose(&only.message)],
        findings => [names.subjects(findings), prose(&group.first().headline)],
    });
    page.grid(["where", &title], &[45], rows)?;
    page.comment("mended in the same way; -f json has the commands of each")?;
    page.blank()
}

/// How many things that cannot be known get a line each: where a thousand subscriptions cannot be read, the first will
/// do.
const BRIEF: usize = 50;

/// Writes further things that cannot be known, a line each.
pub(super) fn more_blind(page: &mut Page<'_>, names: &Names<'_>, blind: &[Blind<'_>]) -> io::Result<()> {
    if blind.is_empty() {
        return Ok(());
    }
    let title = format!("because: {}, in short", count(blind.len(), "more cause"));
    let rows = blind.iter().take(BRIEF).map(|one| {
        let rules = groups::rules(&one.findings).join(", ");
        [format!("{} ({rules})", names.subjects(&one.findings)), names.reason(one.reason())]
    });
    let more = blind.len().saturating_sub(BRIEF);
    let rest =
        (more > 0).then(|| [format!("… and {}", count(more, "more cause")), "-f json tells all".to_owned()]);
    page.grid(["where", &title], &[45], rows.chain(rest))?;
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

/// How sure the findings are, when some are not certain.
pub(in crate::report) fn doubt(findings: &[&Finding]) -> Option<String> {
    let unsure = findings.iter().filter(|finding| finding.confidence != Confidence::Certain).count();
    let least = findings.iter().map(|finding| finding.confidence).max()?;
    match unsure {
        0 => None,
        all if all == findings.len() => Some(least.name().to_owned()),
        some => Some(format!("{some} of them {}", least.name())),
    }
}

/// The evidence under the wanted keys, less what other evidence of the finding says already: where an expected
/// address comes from stands beside it, a record with its zone, and the alias is the record in the zone.
pub(in crate::report) fn told(
    finding: &Finding,
    wanted: impl Fn(&str) -> bool,
) -> Vec<(&'static str, String)> {
    let all = |key: &str| finding.evidence.iter().find(|pair| pair.0 == key).map(|pair| &pair.1);
    let shown = |key: &str| all(key).filter(|_| wanted(key));
    let mut told = Vec::new();
    for (key, evidence) in finding.evidence.iter().filter(|pair| wanted(pair.0)) {
        let text = value(key, evidence);
        let text = match (*key, shown("record"), shown("zone")) {
            ("source", ..) if all("expected").is_some() => continue,
            ("zone", Some(_), _) => continue,
            ("expected", ..) => with(text, " (", all("source"), ")"),
            ("record", _, zone) => with(text, " in ", zone, ""),
            ("alias", ..) if is_in_zone(evidence, all("zone")) => continue,
            ("valid", ..) if all("expected") == Some(evidence) => continue,
            _ => text,
        };
        told.push((*key, text));
    }
    told
}

fn with(text: String, before: &str, more: Option<&Value>, after: &str) -> String {
    match more {
        Some(more) => format!("{text}{before}{}{after}", value("", more)),
        None => text,
    }
}

/// Whether a name lies in a zone, given by name or id.
fn is_in_zone(name: &Value, zone: Option<&Value>) -> bool {
    let (Some(name), Some(zone)) = (name.as_str(), zone.and_then(Value::as_str)) else { return false };
    let zone = zone.rsplit('/').next().unwrap_or(zone);
    name.strip_suffix(zone).is_some_and(|host| host.ends_with('.'))
}

/// What all findings of a group say alike, then what some say for themselves.
fn group_evidence(names: &Names<'_>, findings: &[&Finding]) -> Vec<Entry> {
    let Some((first, rest)) = findings.split_first() else { return Vec::new() };
    let same = |pair: &(&'static str, Value)| rest.iter().all(|finding| finding.evidence.contains(pair));
    let mut apart: Vec<&str> = first.evidence.iter().filter(|pair| !same(pair)).map(|pair| pair.0).collect();
    // One without the other says little.
    if ["expected", "source", "found"].iter().any(|key| apart.contains(key)) {
        apart.extend(["expected", "source", "found"]);
    }
    let shared = told(first, |key| !apart.contains(&key));
    let mut entries: Vec<Entry> =
        shared.into_iter().map(|(key, text)| Entry::new(words(key), text)).collect();
    let (label, shown) = if findings.len() > FEW { ("e.g.", 1) } else { ("each", FEW) };
    for (n, finding) in findings.iter().take(shown).enumerate().filter(|_| !apart.is_empty()) {
        let own = told(finding, |key| apart.contains(&key));
        let own: Vec<String> = own.into_iter().map(|(key, text)| format!("{} {text}", words(key))).collect();
        let text = format!("{}: {}", names.resource(&finding.subject.id), own.join("; "));
        entries.push(Entry::new(if n == 0 { label } else { "" }, text));
    }
    entries
}

/// The commands, whole lines to copy, and the page to read. Of more than a few findings that need commands of
/// their own, the first stands for all.
fn remedy(page: &mut Page<'_>, names: &Names<'_>, findings: &[&Finding]) -> io::Result<()> {
    let Some((first, rest)) = findings.split_first() else { return Ok(()) };
    let one_for_all = rest.iter().all(|finding| finding.remediation == first.remediation);
    let shown = if one_for_all || findings.len() > FEW { &findings[..1] } else { findings };
    for finding in shown {
        let name = names.resource(&finding.subject.id);
        match (one_for_all, shown.len() < findings.len()) {
            (true, true) => page.comment(&format!("once for all {}:", findings.len()))?,
            (true, false) => {}
            (false, true) => page.comment(&format!(
                "for {name}; the same for the other {}, whose commands -f json has:",
                rest.len()
            ))?,
            (false, false) => page.comment(&format!("for {name}:"))?,
        }
        steps(page, &finding.remediation)?;
    }
    if !first.reference.is_empty() {
        page.address(&first.reference)?;
    }
    page.blank()
}

/// The commands, whole lines to copy, and between them what else is to be done, as comments.
pub(in crate::report) fn steps(page: &mut Page<'_>, steps: &[Remediation]) -> io::Result<()> {
    for step in steps {
        if !step.title.is_empty() {
            page.comment(&prose(&step.title))?;
        }
        if let Some(command) = &step.command {
            page.copyable(command)?;
        }
    }
    Ok(())
}
