//! Findings that a person has accepted: by a suppression in the configuration, or by a former report. They stay in
//! the report and do not count.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::completeness;
use crate::finding::{Finding, NotRead, Report, Severity, SuppressionState, SuppressionUse, Verdict};
use crate::inventory::{IdPattern, ResourceId};
use crate::rules::{NOT_READ, gap_place};

/// One entry of the configuration that sets findings aside.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// Fits a rule's id or its name.
    pub rule: IdPattern,
    pub resource: IdPattern,
    pub reason: String,
    /// From this day on (UTC, the day of the reading) it sets nothing aside.
    pub expires: Option<Date>,
}

/// The findings of a former report that counted then, or were known then: by fingerprint.
#[derive(Debug, Clone, Default)]
pub struct Baseline(HashMap<String, (Option<Verdict>, Option<Severity>)>);

impl Baseline {
    /// Takes fingerprints with what was said then, as far as this plaudit knows the words.
    pub fn new(findings: impl IntoIterator<Item = (String, Option<Verdict>, Option<Severity>)>) -> Self {
        Baseline(findings.into_iter().map(|(name, verdict, severity)| (name, (verdict, severity))).collect())
    }

    /// Whether a finding was there, and no better than now: what was unknown and now fails is news, and so is what
    /// was a warning and now is an error.
    fn holds(&self, finding: &Finding) -> bool {
        let Some((verdict, severity)) = self.0.get(&finding.fingerprint) else { return false };
        match verdict {
            Some(Verdict::Fail) if finding.verdict == Verdict::Unknown => true,
            Some(then) if *then != finding.verdict => false,
            _ => severity.is_none_or(|then| finding.severity >= then),
        }
    }
}

/// Sets aside what suppressions fit and what the baseline holds, and says anew whether the report is incomplete. What
/// has mended becomes a note; what a person should know of the suppressions is returned, for notes and warnings.
pub fn set_aside(
    report: &mut Report,
    suppressions: &[Suppression],
    baseline: Option<&Baseline>,
) -> Vec<String> {
    let today = report.origin.collected_at.parse::<Timestamp>().ok();
    let today = today.map(|now| now.to_zoned(TimeZone::UTC).date());
    report.suppressions = suppress(report, suppressions, today);
    if let Some(baseline) = baseline {
        compare(report, baseline);
    }
    (report.incomplete, report.partial) = completeness(report);
    report.suppressions.iter().filter_map(warning).collect()
}

fn suppress(report: &mut Report, suppressions: &[Suppression], today: Option<Date>) -> Vec<SuppressionUse> {
    // Of an unknown time nobody can say that the day has not come.
    let expired = |one: &Suppression| one.expires.is_some_and(|day| today.is_none_or(|today| day <= today));
    let mut uses = Vec::with_capacity(suppressions.len());
    for suppression in suppressions {
        let expired = expired(suppression);
        let every_gap = report.coverage.gaps.iter().all(|gap| suppression.resource.matches(&gap_place(gap)));
        let mut rules: HashMap<&'static str, bool> = HashMap::new();
        for finding in &report.findings {
            rules.entry(finding.rule).or_insert_with(|| {
                suppression.rule.matches_text(finding.rule) || suppression.rule.matches_text(finding.name)
            });
        }
        let fitting = report.findings.par_iter_mut().filter(|finding| {
            rules.get(finding.rule) == Some(&true) && fits(&suppression.resource, finding, every_gap)
        });
        let findings = fitting
            .map(|finding| {
                if !expired && finding.suppressed.is_none() {
                    finding.suppressed = Some(suppression.reason.clone());
                }
            })
            .count();
        uses.push(SuppressionUse {
            rule: suppression.rule.as_str().to_owned(),
            resource: suppression.resource.as_str().to_owned(),
            reason: suppression.reason.clone(),
            expires: suppression.expires.map(|day| day.to_string()),
            state: match (expired, findings) {
                (true, _) => SuppressionState::Expired,
                (false, 0) => SuppressionState::Unused,
                (false, _) => SuppressionState::Active,
            },
            findings,
        });
    }
    uses
}

/// Whether a pattern fits a finding's subject, or everything whose absence is the reason for an unknown verdict.
/// `every_gap` says that it fits each gap there is, for findings that cannot name all of theirs.
fn fits(resource: &IdPattern, finding: &Finding, every_gap: bool) -> bool {
    if resource.matches(&finding.subject.id) {
        return true;
    }
    let mut places = finding.related.iter().filter(|related| related.role == NOT_READ);
    match finding.not_read {
        NotRead::Nothing | NotRead::Unasked => false,
        NotRead::More => every_gap,
        NotRead::Listed => places.all(|place| resource.matches(&ResourceId::new(&place.id))),
    }
}

fn compare(report: &mut Report, baseline: &Baseline) {
    report.findings.par_iter_mut().for_each(|finding| finding.in_baseline = baseline.holds(finding));
    let found: HashSet<&str> = report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let mended = baseline.0.keys().filter(|fingerprint| !found.contains(fingerprint.as_str())).count();
    let is_worse = |one: &&Finding| one.counts() && baseline.0.contains_key(&one.fingerprint);
    let worse = report.findings.iter().filter(is_worse).count();
    let counted = |n: usize| match n {
        1 => "1 finding of the baseline is".to_owned(),
        n => format!("{n} findings of the baseline are"),
    };
    if mended > 0 {
        report.notes.push(format!("{} no longer found", counted(mended)));
    }
    if worse > 0 {
        report.notes.push(format!("{} worse now than then, and so count again", counted(worse)));
    }
}

fn warning(one: &SuppressionUse) -> Option<String> {
    let SuppressionUse { rule, resource, reason, expires, findings, .. } = one;
    match one.state {
        SuppressionState::Active => None,
        SuppressionState::Expired => Some(format!(
            "the suppression of {rule} for {resource} expired on {} and sets nothing aside any more; it fits {} ({reason})",
            expires.as_deref().unwrap_or_default(),
            match findings {
                0 => "no finding".to_owned(),
                1 => "1 finding".to_owned(),
                n => format!("{n} findings"),
            }
        )),
        SuppressionState::Unused => {
            Some(format!("the suppression of {rule} for {resource} fits no finding of this audit ({reason})"))
        }
    }
}
