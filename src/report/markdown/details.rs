//! One cause after another, each to be unfolded: what is wrong, how it is known, how to mend it, and every finding.

use super::bounded::{Bounded, List};
use crate::finding::{Finding, Remediation, Report, Severity};
use crate::report::groups::{self, Blind, Group};
use crate::report::inline::{brief, code, command, html, link, sentence};
use crate::report::table::{Names, doubt, told};
use crate::report::text::{count, words};

/// What every unfolding part ends with.
pub(super) const END: &str = "\n</details>\n\n";

/// Of up to this many findings, each is shown with its own evidence and commands.
const FEW: usize = 3;

/// Of up to this many findings, each is listed with its message.
const SAID: usize = 20;

/// A cause: failures that it stands behind, or what cannot be known for it.
pub(super) enum Topic<'a> {
    Failures(Group<'a>),
    Unknown(Blind<'a>),
}

/// Every cause, the worst first; what cannot be known comes last.
pub(super) fn topics(report: &Report) -> Vec<Topic<'_>> {
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let failures = severities.into_iter().flat_map(|severity| groups::failures(report, severity));
    let unknowns = groups::unknowns(report).into_iter().map(Topic::Unknown);
    failures.map(Topic::Failures).chain(unknowns).collect()
}

impl<'a> Topic<'a> {
    pub fn findings(&self) -> &[&'a Finding] {
        match self {
            Topic::Failures(group) => &group.findings,
            Topic::Unknown(blind) => &blind.findings,
        }
    }

    /// The severity of failures; none where nothing is known.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Topic::Failures(group) => Some(group.first().severity),
            Topic::Unknown(_) => None,
        }
    }

    pub fn standing(&self) -> &'static str {
        self.severity().map_or("unknown", Severity::name)
    }

    /// `DNS-010 vnet-cannot-resolve`; of what cannot be known, the rules.
    pub fn title(&self) -> String {
        match self {
            Topic::Failures(group) => format!("{} {}", group.first().rule, group.first().name),
            Topic::Unknown(blind) => groups::rules(&blind.findings).join(", "),
        }
    }

    /// What is wrong, in a sentence.
    pub fn cause(&self, names: &Names<'_>) -> String {
        match self {
            Topic::Unknown(blind) => names.reason(blind.reason()),
            Topic::Failures(group) => match group.findings.as_slice() {
                [only] => only.message.clone(),
                _ if group.first().headline.is_empty() => group.first().message.clone(),
                _ => group.first().headline.clone(),
            },
        }
    }

    /// How many subjects, and what the first are called.
    pub fn place(&self, names: &Names<'_>) -> String {
        match self {
            Topic::Unknown(blind) if !blind.unjudged().is_empty() => names.subjects(&blind.unjudged()),
            _ => match self.findings() {
                [only] => names.subject_alone(only),
                several => names.subjects(several),
            },
        }
    }
}

/// Writes the details of as many causes as fit: their texts below `texts` bytes, then the findings of each, the worst
/// first. Gives how many findings it listed.
pub(super) fn write(page: &mut Bounded, names: &Names<'_>, topics: &[Topic<'_>], texts: usize) -> usize {
    if topics.is_empty() {
        return 0;
    }
    page.must("### Details\n\n");
    let mut frames = Vec::new();
    let mut reserve = 0;
    let room = texts.saturating_sub(page.text().len());
    for (n, topic) in topics.iter().enumerate() {
        let frame = frame(names, topic, n + 1);
        if reserve + frame.least() > room {
            break;
        }
        reserve += frame.least();
        frames.push(frame);
    }
    let mut shown = 0;
    for (frame, topic) in frames.iter().zip(topics) {
        let findings = topic.findings();
        reserve -= frame.least();
        let with_message = says(findings);
        let rows = findings.iter().map(|finding| row(names, finding, with_message));
        shown += findings.len() - page.list(frame, rows, reserve);
    }
    page.told(topics.len() - frames.len(), "more cause");
    shown
}

/// Whether each finding in a list says its message; of a single one it is told already.
fn says(findings: &[&Finding]) -> bool {
    (2..=SAID).contains(&findings.len())
}

/// Everything about a cause but its list of findings.
fn frame(names: &Names<'_>, topic: &Topic<'_>, number: usize) -> List {
    let findings = topic.findings();
    let subjects = groups::count_subjects(&groups::subjects(findings)).join(", ");
    let doubt = doubt(findings).filter(|_| topic.severity().is_some());
    let doubt = doubt.map(|text| format!(" ({text})")).unwrap_or_default();
    let summary = format!("{number}. {} {}{doubt}: {subjects}", topic.standing(), topic.title());
    let mut start = format!("<details>\n<summary>{}</summary>\n\n", html(&summary));
    start.push_str(&format!("**What:** {}\n\n", sentence(&topic.cause(names))));
    start.push_str(&format!("**Where:** {}\n\n", sentence(&topic.place(names))));
    examples(&mut start, names, findings);
    // What a gap costs has no remedy of its own; the finding about the gap has.
    let remedies = match topic {
        Topic::Unknown(blind) if !blind.coverage().is_empty() => blind.coverage(),
        _ => findings.to_vec(),
    };
    remedy(&mut start, names, &remedies);
    start.push_str(&format!("**{}:**\n\n", count(findings.len(), "finding")));
    start.push_str(match says(findings) {
        true => "| rule | subject | message | fingerprint |\n|---|---|---|---|\n",
        false => "| rule | subject | fingerprint |\n|---|---|---|\n",
    });
    List { start, end: END.to_owned() }
}

fn row(names: &Names<'_>, finding: &Finding, with_message: bool) -> String {
    let (rule, place) = (code(finding.rule), brief(&names.subject_alone(finding), 300));
    let message = match with_message {
        true => format!("{} | ", sentence(&finding.message)),
        false => String::new(),
    };
    format!("| {rule} | {place} | {message}{} |\n", code(&finding.fingerprint))
}

/// The evidence of a few findings, or of the first of many.
fn examples(out: &mut String, names: &Names<'_>, findings: &[&Finding]) {
    let shown = if findings.len() > FEW { 1 } else { FEW };
    for finding in findings.iter().take(shown).filter(|finding| !finding.evidence.is_empty()) {
        let what = if findings.len() > FEW { "Evidence, for example of" } else { "Evidence of" };
        out.push_str(&format!("**{what}** {}:\n\n", brief(&names.subject_alone(finding), 300)));
        out.push_str("| evidence | value |\n|---|---|\n");
        for (key, value) in told(finding, |_| true) {
            out.push_str(&format!("| {} | {} |\n", sentence(&words(key)), sentence(&value)));
        }
        out.push('\n');
    }
}

/// The commands, each in a block of its own, and between them what else is to be done.
pub(in crate::report) fn steps(steps: &[Remediation]) -> String {
    let mut out = String::new();
    for step in steps {
        if !step.title.is_empty() {
            out.push_str(&format!("*Step:* {}\n\n", sentence(&step.title)));
        }
        if let Some(text) = &step.command {
            out.push_str(&format!("{}\n", command(text)));
        }
    }
    out
}

/// The commands and the page to read. Of more than a few findings that need commands of their own, the first stands
/// for all.
fn remedy(out: &mut String, names: &Names<'_>, findings: &[&Finding]) {
    let Some((first, rest)) = findings.split_first() else { return };
    let one_for_all = rest.iter().all(|finding| finding.remediation == first.remediation);
    let shown = if one_for_all || findings.len() > FEW { &findings[..1] } else { findings };
    for finding in shown.iter().filter(|finding| !finding.remediation.is_empty()) {
        let name = brief(&names.resource(&finding.subject.id), 300);
        out.push_str(&match (one_for_all, shown.len() < findings.len()) {
            (true, true) => format!("**How to mend it**, once for all {}:\n\n", findings.len()),
            (true, false) => "**How to mend it:**\n\n".to_owned(),
            (false, true) => format!(
                "**How to mend it** for {name}; the same for the other {}, whose commands `-f json` has:\n\n",
                rest.len()
            ),
            (false, false) => format!("**How to mend it** for {name}:\n\n"),
        });
        out.push_str(&steps(&finding.remediation));
    }
    if !first.reference.is_empty() {
        out.push_str(&format!("**Read:** {}\n\n", link(&first.reference)));
    }
}
