//! Workflow commands for the log of a GitHub Actions job: annotations by rule and cause, then the counts as plain lines
//! (docs.github.com: "Workflow commands for GitHub Actions").

use std::cmp::Reverse;
use std::io::{self, Write};

use super::Background;
use super::groups::{self, Blind, Completeness, Group, Missing};
use super::table::{self, Names};
use super::text::{count, inert, join_and, prose};
use crate::finding::{Finding, Report, Severity};
use crate::rules::gap_sentence;

/// How many annotations of each level GitHub shows of a step (github.com/actions/toolkit, `docs/problem-matchers.md`,
/// "Limitations"); what comes after them is lost without a word.
const MOST: usize = 10;

/// How many gaps the annotation about them names.
const GAPS: usize = 5;

/// Writes the report.
pub(super) fn write(report: &Report, background: &Background, out: &mut dyn Write) -> io::Result<()> {
    let names = &Names::new(report);
    let shown = Annotations { names, background };
    let mut left_out = Vec::new();
    for (level, mut annotations) in [
        ("error", shown.failures(report, Severity::Error)),
        ("warning", shown.warnings(report)),
        ("notice", shown.notices(report)),
    ] {
        let rest = annotations.split_off(annotations.len().min(MOST));
        annotations.iter().try_for_each(|one| one.write(level, out))?;
        let findings = rest.iter().map(|one| one.findings).sum();
        left_out.push(LeftOut { level, annotations: rest.len(), findings });
    }
    ending(report, names, &left_out, out)
}

/// What one annotation says.
struct Annotation {
    title: String,
    /// One paragraph a line.
    lines: Vec<String>,
    /// A file and a line in it.
    place: Option<(String, usize)>,
    /// How many findings it stands for.
    findings: usize,
}

/// Annotations of one level that GitHub would not show.
struct LeftOut {
    level: &'static str,
    annotations: usize,
    /// How many findings they stand for.
    findings: usize,
}

impl Annotation {
    fn write(&self, level: &str, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "::{level} ")?;
        if let Some((file, line)) = &self.place {
            write!(out, "file={},line={line},", property(file))?;
        }
        let lines: Vec<String> = self.lines.iter().map(|line| data(line)).collect();
        writeln!(out, "title={}::{}", property(&self.title), lines.join("%0A"))
    }
}

/// The data of a command, on one line: GitHub's toolkit escapes what its runner takes back (github.com/actions/toolkit,
/// `packages/core/src/command.ts`).
fn data(text: &str) -> String {
    plain(text).replace('%', "%25")
}

/// A property of a command, which ends at a colon or a comma.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text in which nothing acts on a terminal, and no command of the older form begins: the runner takes `##[error]`
/// wherever it stands on a line (github.com/actions/runner, `ActionCommand.cs`), and Azure Pipelines `##vso[`.
fn plain(text: &str) -> String {
    let mut safe = inert(text).into_owned();
    while safe.contains("##") {
        safe = safe.replace("##", "# #");
    }
    safe
}

/// Makes annotations.
struct Annotations<'a> {
    names: &'a Names<'a>,
    background: &'a Background,
}

impl Annotations<'_> {
    /// The failures at one severity, the causes of most findings first.
    fn failures(&self, report: &Report, severity: Severity) -> Vec<Annotation> {
        let mut groups = groups::failures(report, severity);
        groups.sort_by_key(|group| Reverse(group.findings.len()));
        groups.iter().map(|group| self.failure(group)).collect()
    }

    fn failure(&self, group: &Group<'_>) -> Annotation {
        let first = group.first();
        let mut lines = match group.findings.as_slice() {
            [only] => vec![prose(&only.message), self.names.subject_alone(only)],
            several => {
                let headline = if first.headline.is_empty() { &first.message } else { &first.headline };
                vec![prose(headline), self.names.subjects(several)]
            }
        };
        lines.extend(remedy(first));
        Annotation {
            title: format!("{} {}", first.rule, first.name),
            lines,
            place: self.place(first),
            findings: group.findings.len(),
        }
    }

    /// What was not read, in one annotation, then the failures at warning.
    fn warnings(&self, report: &Report) -> Vec<Annotation> {
        let mut all: Vec<Annotation> = self.gaps(report).into_iter().collect();
        all.extend(self.failures(report, Severity::Warning));
        all
    }

    /// What cannot be judged, which may hide worse, then the failures at info.
    fn notices(&self, report: &Report) -> Vec<Annotation> {
        let mut blind = groups::unknowns(report);
        blind.sort_by_key(|one| Reverse(one.findings.len()));
        let mut all: Vec<Annotation> = blind.iter().map(|one| self.unknown(one)).collect();
        all.extend(self.failures(report, Severity::Info));
        all
    }

    fn unknown(&self, blind: &Blind<'_>) -> Annotation {
        let unjudged = blind.unjudged();
        let about = if unjudged.is_empty() { blind.coverage() } else { unjudged };
        let rules = join_and(&groups::rules(&about));
        Annotation {
            title: format!("{rules}: cannot be judged"),
            lines: vec![
                format!("{}: cannot be judged, which is no failure and no pass", self.names.subjects(&about)),
                format!("because: {}", self.names.reason(blind.reason())),
            ],
            place: about.first().and_then(|first| self.place(first)),
            findings: blind.findings.len(),
        }
    }

    fn gaps(&self, report: &Report) -> Option<Annotation> {
        let missing = groups::missing(&report.coverage.gaps);
        if missing.is_empty() && !report.incomplete && !report.partial {
            return None;
        }
        let mut lines = vec![complete(report)];
        lines.extend(missing.iter().take(GAPS).map(|one| self.gap(one)));
        if missing.len() > GAPS {
            lines.push(format!("… and {} more", missing.len() - GAPS));
        }
        Some(Annotation { title: "not everything could be read".to_owned(), lines, place: None, findings: 0 })
    }

    fn gap(&self, missing: &Missing<'_>) -> String {
        let Some(first) = missing.gaps.first() else { return String::new() };
        let said = self.names.reason(&gap_sentence(first));
        match missing.gaps.len() - 1 {
            0 => said,
            more => format!("{said}, and {more} more like it"),
        }
    }

    fn place(&self, finding: &Finding) -> Option<(String, usize)> {
        let lines = self.background.lines.as_ref()?;
        Some((lines.file.clone(), lines.line(finding.subject.id.as_str())?))
    }
}

/// What to do first, and the page to read. Commands stand in the other formats: in an annotation they would be broken.
fn remedy(finding: &Finding) -> Vec<String> {
    let first = finding.remediation.iter().find(|step| !step.title.is_empty());
    let mut lines: Vec<String> =
        first.map(|step| format!("to mend it: {}", prose(&step.title))).into_iter().collect();
    if !finding.reference.is_empty() {
        lines.push(finding.reference.clone());
    }
    lines
}

/// Whether everything was read.
fn complete(report: &Report) -> String {
    let complete = Completeness::of(report);
    format!("complete: {}, {}", if complete.is_yes() { "yes" } else { "no" }, complete.said(report))
}

/// The estate and the counts. Each line begins with a word of ours, so that none begins a command.
fn ending(report: &Report, names: &Names<'_>, left_out: &[LeftOut], out: &mut dyn Write) -> io::Result<()> {
    let origin = &report.origin;
    let tenant = origin.tenant_id.as_deref().map(|id| format!(", tenant {id}")).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let mut lines =
        vec![format!("plaudit {version}: {}{tenant}, read {}", origin.cloud.name(), origin.collected_at)];
    let around = [table::audited(names, report), table::context(names, report)];
    let around: Vec<String> = around.into_iter().filter(|part| !part.is_empty()).collect();
    lines.push(format!("audited: {}", around.join(", ")));
    lines.extend(report.notes.iter().map(|note| format!("note: {}", prose(note))));
    lines.extend(groups::not_judged(report).into_iter().map(|(reason, rules)| {
        let times: usize = rules.iter().map(|(_, times)| times).sum();
        format!("not judged: {} ({})", prose(reason), count(times, "time"))
    }));
    lines.push(complete(report));
    lines.push(format!("found: {}", table::found(report)));
    lines.push(annotated(report, left_out));
    lines.iter().try_for_each(|line| writeln!(out, "{}", plain(line)))
}

/// What the annotations tell, what they do not, and where that is.
fn annotated(report: &Report, left_out: &[LeftOut]) -> String {
    let counted = report.findings.iter().filter(|finding| finding.counts()).count();
    let (all, dropped) = (report.findings.len(), left_out.iter().map(|one| one.findings).sum::<usize>());
    let mut text =
        format!("annotations: of {}, {} stand above, by cause", count(all, "finding"), counted - dropped);
    if all > counted {
        text.push_str(&format!("; {} set aside, without an annotation", all - counted));
    }
    let parts = left_out.iter().filter(|one| one.annotations > 0);
    let parts: Vec<String> = parts
        .map(|one| format!("{} from {} at {}", one.findings, count(one.annotations, "cause"), one.level))
        .collect();
    if !parts.is_empty() {
        text.push_str(&format!(
            "; {dropped} LEFT OUT ({}), since GitHub shows {MOST} annotations of a level a step",
            join_and(&parts)
        ));
    }
    text + "; -f json has every finding and its commands, -f html and -f markdown are for people"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_says_stays_on_its_line() {
        assert_eq!(data("100 % done\r\n::error::x"), r"100 %25 done\u{d}\u{a}:\u{3a}error::x");
        assert_eq!(property("a: b, c%0A"), "a%3A b%2C c%250A");
    }

    #[test]
    fn the_older_form_of_commands_is_broken() {
        for text in ["##[error]x", "a ##[add-mask]b", "###[group]", "######", "##vso[task.setvariable]"] {
            assert!(!plain(text).contains("##"), "{text}");
        }
        assert_eq!(plain("rule #1"), "rule #1");
    }
}
