//! The page as a whole, and its top: which estate, what came of it.

use askama::Template;

use super::checklist::Checklist;
use super::coverage::Coverage;
use super::findings::{self, Keys, Section};
use super::pages::Appendix;
use super::policy::policy;
use super::tables::{self, Table};
use super::traffic::TrafficView;
use super::{SCRIPT, STYLE};
use crate::finding::{Finding, Report, Severity, SuppressionState};
use crate::report::Background;
use crate::report::groups;
use crate::report::picture::Drawn;
use crate::report::table::Names;
use crate::report::text::{count, inert, join_and, prose};

/// How many subscriptions the title names.
const NAMED: usize = 4;

/// So many findings about what the picture does not show are linked.
const ELSEWHERE: usize = 8;

#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page<'a> {
    report: &'a Report,
    style: &'static str,
    script: &'static str,
    policy: String,
    version: &'static str,
    /// The audited subscriptions.
    estate: String,
    cloud: &'static str,
    verdict: Verdict,
    counts: Vec<Count>,
    coverage: Coverage,
    notes: Vec<String>,
    suppressions: Vec<String>,
    /// Markup.
    picture: &'a str,
    /// Findings about what the picture does not show: fingerprints, rules, subjects.
    elsewhere: Vec<(&'a str, &'static str, String)>,
    /// How many more of them there are.
    more_elsewhere: usize,
    /// How many findings are not shown one by one.
    left_out: usize,
    sections: Vec<Section<'a>>,
    checklist: Checklist<'a>,
    rules: Vec<(&'static str, &'static str)>,
    /// Ids and names.
    subscriptions: Vec<(String, String)>,
    traffic: Option<TrafficView>,
    tables: Vec<Table<'a>>,
    appendix: Appendix,
}

/// What a person takes away.
struct Verdict {
    /// `bad`, `warn`, `unknown` or `ok`
    class: &'static str,
    text: String,
}

/// One number and what it counts.
struct Count {
    class: &'static str,
    number: usize,
    what: &'static str,
}

impl<'a> Page<'a> {
    pub fn new(
        report: &'a Report,
        background: &'a Background,
        names: &'a Names<'a>,
        drawn: &'a Drawn,
        keys: &'a Keys<'a>,
    ) -> Self {
        let (elsewhere, more_elsewhere) = elsewhere(report, drawn, names);
        Page {
            report,
            style: STYLE,
            script: SCRIPT,
            policy: policy(SCRIPT),
            version: env!("CARGO_PKG_VERSION"),
            estate: estate(report, names),
            cloud: report.origin.cloud.name(),
            verdict: verdict(report),
            counts: counts(report),
            coverage: Coverage::new(report, names),
            notes: report.notes.iter().map(|note| prose(note)).collect(),
            suppressions: suppressions(report),
            picture: &drawn.svg,
            elsewhere,
            more_elsewhere,
            left_out: report.findings.len().saturating_sub(findings::SHOWN),
            sections: findings::sections(report, background, names, keys),
            checklist: Checklist::new(report),
            rules: rules(report),
            subscriptions: subscriptions(report, names),
            traffic: TrafficView::new(report, names),
            tables: background
                .facts
                .as_ref()
                .map(|facts| tables::of(&drawn.about, facts, names))
                .unwrap_or_default(),
            appendix: Appendix::new(report, background),
        }
    }
}

/// The first findings about things that the picture does not show, and how many more there are. A link to a finding
/// that is left out would lead nowhere.
fn elsewhere<'a>(
    report: &'a Report,
    drawn: &Drawn,
    names: &Names<'_>,
) -> (Vec<(&'a str, &'static str, String)>, usize) {
    let most = if report.findings.len() > findings::SHOWN { 0 } else { ELSEWHERE };
    let all = &drawn.about.elsewhere;
    let told = all.iter().take(most).filter_map(|at| report.findings.get(*at));
    let told: Vec<_> = told
        .map(|finding| (finding.fingerprint.as_str(), finding.rule, names.resource(&finding.subject.id)))
        .collect();
    let more = all.len() - told.len();
    (told, more)
}

fn estate(report: &Report, names: &Names<'_>) -> String {
    let scope = &report.origin.scope;
    let mut audited: Vec<String> = scope.subscriptions.iter().map(|id| names.subscription(id)).collect();
    if audited.len() > NAMED {
        let more = audited.len() - NAMED;
        audited.truncate(NAMED);
        audited.push(format!("{more} more"));
    }
    let mut text = match audited.is_empty() {
        true => "no subscription".to_owned(),
        false => join_and(&audited),
    };
    if !scope.resource_groups.is_empty() {
        let groups: Vec<String> =
            scope.resource_groups.iter().map(|group| inert(group).into_owned()).collect();
        let noun = if groups.len() == 1 { "group" } else { "groups" };
        text.push_str(&format!(", resource {noun} {}", join_and(&groups)));
    }
    text
}

fn counts(report: &Report) -> Vec<Count> {
    let all = [
        ("bad", report.failures(Severity::Error), "errors"),
        ("warn", report.failures(Severity::Warning), "warnings"),
        ("info", report.failures(Severity::Info), "info"),
        ("unknown", report.unknowns(), "unknown"),
        ("aside", report.suppressed(), "suppressed"),
        ("aside", report.known(), "in the baseline"),
        ("plain", report.endpoints, "private endpoints"),
    ];
    all.into_iter().map(|(class, number, what)| Count { class, number, what }).collect()
}

/// Unknown is neither a fault nor an all-clear.
fn verdict(report: &Report) -> Verdict {
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let faults: usize = severities.iter().map(|severity| report.failures(*severity)).sum();
    let causes: usize = severities.iter().map(|severity| groups::failures(report, *severity).len()).sum();
    let unsure = groups::is_unsure(report);
    let found = match causes < faults {
        true => format!("{} from {}", count(faults, "fault"), count(causes, "cause")),
        false => count(faults, "fault"),
    };
    let endpoints = count(report.endpoints, "private endpoint");
    let text = match (faults, unsure) {
        (0, true) => "Not an all-clear: no fault was found, but not everything could be judged.".to_owned(),
        (0, false) => {
            format!("No {}fault was found in {endpoints}.", if report.known() > 0 { "new " } else { "" })
        }
        (_, true) => {
            format!("{found} in {endpoints}, and there may be more: not everything could be judged.")
        }
        (_, false) => format!("{found} in {endpoints}."),
    };
    let class = match () {
        () if report.failures(Severity::Error) > 0 => "bad",
        () if report.failures(Severity::Warning) > 0 => "warn",
        () if unsure => "unknown",
        () if report.endpoints == 0 => "warn",
        () if faults > 0 => "info",
        () => "ok",
    };
    match report.endpoints {
        0 => Verdict { class, text: format!("No private endpoint was found. {text}") },
        _ => Verdict { class, text },
    }
}

/// Suppressions that no longer do what somebody wrote them for.
fn suppressions(report: &Report) -> Vec<String> {
    let stale = report.suppressions.iter().filter(|one| one.state != SuppressionState::Active);
    let told = stale.map(|one| {
        let (rule, resource, reason) = (&one.rule, &one.resource, &one.reason);
        let day = one.expires.as_deref().map(|day| format!(", until {day}")).unwrap_or_default();
        format!("suppression of {rule} for {resource} is {}: {reason}{day}", one.state.name())
    });
    told.collect()
}

/// The rules that found something: ids and names, sorted.
fn rules(report: &Report) -> Vec<(&'static str, &'static str)> {
    let mut rules: Vec<_> = report.findings.iter().map(|finding| (finding.rule, finding.name)).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// The subscriptions that findings are about, by name.
fn subscriptions(report: &Report, names: &Names<'_>) -> Vec<(String, String)> {
    let mut ids: Vec<String> = report.findings.iter().map(home).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut named: Vec<(String, String)> =
        ids.into_iter().filter(|id| !id.is_empty()).map(|id| (id.clone(), names.subscription(&id))).collect();
    named.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    named
}

/// The subscription of a finding's subject, in lower case.
pub(super) fn home(finding: &Finding) -> String {
    finding.subject.id.subscription().unwrap_or_default().to_ascii_lowercase()
}
