//! Markdown (GFM), for job summaries and comments: the verdict, what was not read, a row a cause, then each cause with
//! its evidence, its commands and every finding's fingerprint.
//!
//! GitHub takes 1 MiB of summary from a step (GitHub docs: workflow commands, job summaries), so the whole is held
//! below that: the worst comes first, and what is left out is counted at the top and where it is missing. A comment
//! holds 65 536 characters; a report that is longer belongs in a summary or a file.

mod bounded;
mod checklist;
mod details;

use std::io::{self, Write};

use self::bounded::{Bounded, List};
pub(super) use self::details::steps;
use self::details::{END, Topic};
use super::groups;
use super::inline::{brief, code, sentence};
use super::table::{Names, audited, completeness, context, found, found_from, gap_row};
use super::text::count;
use crate::finding::{Finding, Report, Severity, Verdict};

/// The bound in bytes: below the 1 048 576 of GitHub, with room for what else a step has to say.
const LIMIT: usize = 1_000_000;

/// How far the head and the reads that failed may reach.
const HEAD: usize = 200_000;

/// How far the table of causes may reach.
const TABLE: usize = 350_000;

/// What the checklist may take.
const STEPS: usize = 60_000;

/// Where the causes' texts must leave room for the lists of findings.
const TEXTS: usize = 700_000;

/// What the sentence about what is left out takes.
const SENTENCE: usize = 300;

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let names = Names::new(report);
    let topics = details::topics(report);
    let title = title(report, &topics);
    let mut page = Bounded::new(LIMIT - SENTENCE - title.len());
    head(&mut page, &names, report);
    not_read(&mut page, &names, report);
    table(&mut page, &names, &topics);
    not_judged(&mut page, report);
    let steps = (page.text().len() + STEPS).min(TEXTS);
    checklist::write(&mut page, report, steps);
    let shown = details::write(&mut page, &names, &topics, TEXTS) + aside(&mut page, &names, report);
    out.write_all(title.as_bytes())?;
    if shown < report.findings.len() {
        let left = count(report.findings.len() - shown, "finding");
        write!(
            out,
            "**{left} of {} left out here**, the worst kept: GitHub takes no longer summary. `-f json` has all.\n\n",
            report.findings.len()
        )?;
    }
    out.write_all(page.text().as_bytes())
}

/// The verdict as a heading, and the counts.
fn title(report: &Report, topics: &[Topic<'_>]) -> String {
    let causes = topics.iter().filter(|topic| topic.severity().is_some()).count();
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let faults: usize = severities.iter().map(|severity| report.failures(*severity)).sum();
    let unsure = groups::is_unsure(report);
    let verdict = match (faults, unsure) {
        (0, true) => "not an all-clear: no fault was found, but not everything could be judged".to_owned(),
        (0, false) if report.endpoints == 0 => "no private endpoint was found".to_owned(),
        (0, false) if report.known() > 0 => "no new fault found".to_owned(),
        (0, false) => "no fault found".to_owned(),
        (_, true) => {
            format!("{}, and there may be more: not everything could be judged", found_from(faults, causes))
        }
        (_, false) => found_from(faults, causes),
    };
    format!("## plaudit: {verdict}\n\n**{}.**\n\n", found(report))
}

/// Which estate, how much of it was read, and what else a reader must see.
fn head(page: &mut Bounded, names: &Names<'_>, report: &Report) {
    let origin = &report.origin;
    let tenant = origin.tenant_id.as_deref().map(|id| format!(", tenant {}", code(id))).unwrap_or_default();
    let around = Some(context(names, report)).filter(|text| !text.is_empty());
    let around = around.map(|text| format!(", {}", sentence(&text))).unwrap_or_default();
    let lines = [
        format!(
            "**Estate:** {}{tenant}; {}{around}; read {} by plaudit {}.\n\n",
            origin.cloud.name(),
            sentence(&audited(names, report)),
            code(&origin.collected_at),
            env!("CARGO_PKG_VERSION")
        ),
        format!("**Complete:** {}.\n\n", completeness(report)),
    ];
    lines.iter().for_each(|line| page.must(line));
    let notes = report.notes.iter().map(|note| format!("**Note:** {}\n\n", sentence(note)));
    let left = page.rows(HEAD / 2, notes);
    page.told(left, "more note");
}

/// The reads that failed.
fn not_read(page: &mut Bounded, names: &Names<'_>, report: &Report) {
    let gaps = &report.coverage.gaps;
    if gaps.is_empty() {
        return;
    }
    page.must(&format!("### Not read: {}\n\n| what | why |\n|---|---|\n", count(gaps.len(), "gap")));
    let missing = groups::missing_in_short(gaps);
    let rows = missing.iter().map(|missing| {
        let [what, why] = gap_row(names, missing, &[]);
        format!("| {} | {} |\n", sentence(&what), sentence(&why))
    });
    let left = page.rows(HEAD, rows);
    page.must("\n");
    page.told(left, "more row");
}

/// A row a cause, the worst first.
fn table(page: &mut Bounded, names: &Names<'_>, topics: &[Topic<'_>]) {
    if topics.is_empty() {
        return;
    }
    page.must("### Found\n\n| no. | severity | rule | cause | where |\n|---:|---|---|---|---|\n");
    let rows = topics.iter().enumerate().map(|(n, topic)| {
        format!(
            "| {} | {} | {} | {} | {} |\n",
            n + 1,
            topic.standing(),
            sentence(&topic.title()),
            brief(&topic.cause(names), 300),
            brief(&topic.place(names), 300)
        )
    });
    let left = page.rows(TABLE, rows);
    page.must("\n");
    page.told(left, "more cause");
}

/// What nobody can judge or nobody asks.
fn not_judged(page: &mut Bounded, report: &Report) {
    let reasons = groups::not_judged(report);
    if reasons.is_empty() {
        return;
    }
    page.must(
        "### Not judged: what nobody can know or nobody asks\n\n| times | why | rules |\n|---:|---|---|\n",
    );
    let rows = reasons.into_iter().map(|(reason, rules)| {
        let total: usize = rules.iter().map(|(_, n)| n).sum();
        let rules: Vec<String> = rules.iter().map(|(rule, n)| format!("{rule} {n}")).collect();
        format!("| {total} | {} | {} |\n", sentence(reason), sentence(&rules.join(", ")))
    });
    let left = page.rows(TABLE, rows);
    page.must("\n");
    page.told(left, "more reason");
}

/// What does not count: set aside by the configuration, or in the baseline already. Gives how many it showed.
fn aside(page: &mut Bounded, names: &Names<'_>, report: &Report) -> usize {
    let aside: Vec<&Finding> = report.findings.iter().filter(|finding| !finding.counts()).collect();
    if aside.is_empty() {
        return 0;
    }
    let start = format!(
        "<details>\n<summary>{} suppressed, {} in the baseline already: these do not count</summary>\n\n\
         | rule | severity | where | why it does not count | fingerprint |\n|---|---|---|---|---|\n",
        report.suppressed(),
        report.known()
    );
    let rows = aside.iter().map(|finding| {
        let why = match &finding.suppressed {
            Some(reason) => format!("suppressed: {}", sentence(reason)),
            None => "in the baseline".to_owned(),
        };
        let standing = match finding.verdict {
            Verdict::Fail => finding.severity.name(),
            Verdict::Unknown => "unknown",
        };
        let (rule, place) = (code(finding.rule), brief(&names.subject_alone(finding), 300));
        format!("| {rule} | {standing} | {place} | {why} | {} |\n", code(&finding.fingerprint))
    });
    let left = page.list(&List { start, end: END.to_owned() }, rows, 0);
    aside.len() - left
}
