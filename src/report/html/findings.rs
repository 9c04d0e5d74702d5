//! Findings as cards: one a rule and cause, worst first, with the findings one by one inside. Markup a finding is
//! kept small; there may be thousands.

use std::collections::HashMap;

use askama::Template;

use super::escape::sentence;
use super::evidence::{self, Row};
use super::is_reference;
use super::page::home;
use super::trace::{self, TraceView};
use crate::finding::{Confidence, Finding, Related, Remediation, Report, Severity, Verdict};
use crate::report::Background;
use crate::report::groups::{self, Blind, Group};
use crate::report::picture::About;
use crate::report::table::Names;
use crate::report::text::{count, join_and, prose};

/// So many findings are shown one by one. A browser that gets more stands still.
pub(super) const SHOWN: usize = 20_000;

/// What each finding is about, in the words of the page's filter.
pub(super) struct Keys<'a> {
    about: &'a About,
    /// By fingerprint: the place in the report's list.
    places: HashMap<&'a str, usize>,
}

impl<'a> Keys<'a> {
    pub fn new(report: &'a Report, about: &'a About) -> Self {
        let findings = report.findings.iter().enumerate();
        Keys { about, places: findings.map(|(at, finding)| (finding.fingerprint.as_str(), at)).collect() }
    }

    fn of(&self, finding: &Finding) -> &'a str {
        self.places.get(finding.fingerprint.as_str()).map_or("", |at| self.about.keys(*at))
    }
}

/// The findings under one heading.
#[derive(Template)]
#[template(path = "section.html")]
pub(super) struct Section<'a> {
    pub id: &'static str,
    pub title: &'static str,
    pub class: &'static str,
    /// `3 causes, 500 findings`
    pub count: String,
    /// How many of its findings are not shown.
    pub left_out: usize,
    /// Each with how many of its findings are shown; never none.
    causes: Vec<(CauseOf<'a>, usize)>,
    keys: &'a Keys<'a>,
    background: &'a Background,
    names: &'a Names<'a>,
}

/// Findings that belong together.
enum CauseOf<'a> {
    Failures(Group<'a>),
    Unknown(Blind<'a>),
}

/// The sections that have findings, worst first; what does not count comes last.
pub(super) fn sections<'a>(
    report: &'a Report,
    background: &'a Background,
    names: &'a Names<'a>,
    keys: &'a Keys<'a>,
) -> Vec<Section<'a>> {
    let failures = |severity| groups::failures(report, severity).into_iter().map(CauseOf::Failures).collect();
    let unknowns = groups::unknowns(report).into_iter().map(CauseOf::Unknown).collect();
    let aside = |is_suppressed: bool| {
        let groups = groups::aside(report, |finding| finding.suppressed.is_some() == is_suppressed);
        groups.into_iter().map(CauseOf::Failures).collect()
    };
    let all: [(&str, &str, &str, Vec<CauseOf<'a>>); 6] = [
        ("error", "Errors", "bad", failures(Severity::Error)),
        ("warning", "Warnings", "warn", failures(Severity::Warning)),
        ("info", "Info", "info", failures(Severity::Info)),
        ("unknown", "Unknown: cannot be judged", "unknown", unknowns),
        ("suppressed", "Suppressed: set aside by the configuration", "aside", aside(true)),
        ("baseline", "Known: in the baseline already", "aside", aside(false)),
    ];
    let filled = all.into_iter().filter(|(.., causes)| !causes.is_empty());
    let mut room = SHOWN;
    let section = |(id, title, class, causes): (_, _, _, Vec<CauseOf<'a>>)| {
        let findings: usize = causes.iter().map(|cause| cause.findings().len()).sum();
        let count = format!("{}, {}", count(causes.len(), "cause"), count(findings, "finding"));
        let left_out = findings.saturating_sub(room);
        let mut take = |cause: CauseOf<'a>| {
            let shown = cause.findings().len().min(room);
            room -= shown;
            (shown > 0).then_some((cause, shown))
        };
        let causes = causes.into_iter().filter_map(&mut take).collect();
        Section { id, title, class, count, left_out, causes, keys, background, names }
    };
    filled.map(section).collect()
}

impl<'a> CauseOf<'a> {
    fn findings(&self) -> &[&'a Finding] {
        match self {
            CauseOf::Failures(group) => &group.findings,
            CauseOf::Unknown(blind) => &blind.findings,
        }
    }
}

impl<'a> Section<'a> {
    /// The title up to its explanation.
    pub fn short(&self) -> &'static str {
        self.title.split(':').next().unwrap_or(self.title)
    }

    /// Made one by one, as they are written.
    fn cards(&self) -> impl Iterator<Item = Card<'a>> + '_ {
        self.causes.iter().filter_map(|(cause, shown)| self.card(cause, *shown))
    }

    fn card(&self, cause: &CauseOf<'a>, shown: usize) -> Option<Card<'a>> {
        let (title, badge, name, findings) = match cause {
            CauseOf::Failures(group) => {
                let first = group.first();
                let title = match group.findings.as_slice() {
                    [_] => &first.message,
                    _ if first.headline.is_empty() => &first.message,
                    _ => &first.headline,
                };
                (prose(title), first.rule, first.name.to_owned(), group.findings.clone())
            }
            CauseOf::Unknown(blind) => self.blind(blind),
        };
        let first = *findings.first()?;
        let apart = match findings.len() {
            1 => None,
            _ => Some(evidence::apart(&findings)),
        };
        let several = apart.is_some();
        let is_same =
            |same: fn(&Finding, &Finding) -> bool| several && findings.iter().all(|one| same(one, first));
        let traced =
            findings.iter().copied().find(|one| self.background.traces.contains_key(&one.fingerprint));
        Some(Card {
            severity: match first.verdict {
                Verdict::Fail => first.severity.name(),
                Verdict::Unknown => "unknown",
            },
            verdict: first.verdict.name(),
            is_aside: !first.counts(),
            badge,
            name,
            title,
            place: match several {
                true => self.names.subjects(&findings),
                false => self.names.subject_alone(first),
            },
            cause: &first.cause.id,
            evidence: match &apart {
                Some(apart) => evidence::rows(first, |key| {
                    let told_by_trace = key == "path" && traced.is_some();
                    !(told_by_trace || apart.contains(&key) || evidence::is_related(first, key))
                }),
                None => Vec::new(),
            },
            steps: if several { self.steps(cause, &findings) } else { &[] },
            one_for_all: is_same(|a, b| a.remediation == b.remediation),
            related: if is_same(|a, b| a.related == b.related) { &first.related } else { &[] },
            reference: if is_same(|a, b| a.reference == b.reference) { &first.reference } else { "" },
            trace: traced.filter(|_| several).and_then(|one| {
                Some(TraceView::new(self.background.traces.get(&one.fingerprint)?, one, several, self.names))
            }),
            traced: traced.map(|one| one.fingerprint.as_str()),
            apart,
            findings,
            shown,
            keys: self.keys,
            background: self.background,
            names: self.names,
        })
    }

    /// What mends all of several findings; of unknowns, what makes readable what could not be read.
    fn steps(&self, cause: &CauseOf<'a>, findings: &[&'a Finding]) -> &'a [Remediation] {
        let coverage = match cause {
            CauseOf::Unknown(blind) => blind.coverage(),
            CauseOf::Failures(_) => Vec::new(),
        };
        let wanted = if coverage.is_empty() { findings } else { &coverage };
        match wanted.split_first() {
            Some((first, rest)) if rest.iter().all(|one| one.remediation == first.remediation) => {
                &first.remediation
            }
            _ => &[],
        }
    }

    /// What a card of unknowns is headed with. What says what is missing comes first.
    fn blind(&self, blind: &Blind<'a>) -> (String, &'static str, String, Vec<&'a Finding>) {
        let (unjudged, mut findings) = (blind.unjudged(), blind.coverage());
        let badge = match (findings.first(), groups::rules(&unjudged).len(), unjudged.first()) {
            (Some(first), ..) | (None, 1, Some(first)) => first.rule,
            _ => "unknown",
        };
        let name = match unjudged.is_empty() {
            true => "could not be read".to_owned(),
            false => {
                let subjects = groups::subjects(&unjudged);
                format!("{} cannot be judged", join_and(&groups::count_subjects(&subjects)))
            }
        };
        findings.extend(unjudged);
        (self.names.reason(blind.reason()), badge, name, findings)
    }
}

/// One cause, with everything that its findings share.
#[derive(Template)]
#[template(path = "card.html")]
struct Card<'a> {
    /// `error`, `warning`, `info`, `unknown`
    severity: &'static str,
    verdict: &'static str,
    is_aside: bool,
    badge: &'static str,
    name: String,
    title: String,
    place: String,
    cause: &'a str,
    /// What follows is empty where there is one finding alone, which then tells it itself.
    evidence: Vec<Row>,
    steps: &'a [Remediation],
    /// Whether the steps are those of every finding.
    one_for_all: bool,
    related: &'a [Related],
    reference: &'a str,
    trace: Option<TraceView>,
    /// The fingerprint of the finding that the trace is about.
    traced: Option<&'a str>,
    /// The evidence that findings tell themselves; `None` is all.
    apart: Option<Vec<&'static str>>,
    findings: Vec<&'a Finding>,
    /// How many of them are shown one by one.
    shown: usize,
    keys: &'a Keys<'a>,
    background: &'a Background,
    names: &'a Names<'a>,
}

impl<'a> Card<'a> {
    /// The only finding, which is shown as the card itself.
    fn only(&self) -> Option<FindingView<'a>> {
        match self.findings.as_slice() {
            [only] => Some(self.view(only)),
            _ => None,
        }
    }

    fn has_page(&self) -> bool {
        self.background.page(self.badge).is_some()
    }

    fn doubt(&self) -> Option<&'static str> {
        let least = self.findings.iter().map(|finding| finding.confidence).max()?;
        (least != Confidence::Certain).then(|| least.name())
    }

    fn views(&self) -> impl Iterator<Item = FindingView<'a>> + '_ {
        self.findings.iter().take(self.shown).map(|finding| self.view(finding))
    }

    fn left_out(&self) -> usize {
        self.findings.len() - self.shown
    }

    fn view(&self, finding: &'a Finding) -> FindingView<'a> {
        let message = prose(&finding.message);
        let is_traced = self.traced == Some(finding.fingerprint.as_str());
        let is_only = self.apart.is_none();
        FindingView {
            finding,
            about: self.keys.of(finding),
            trace: match self.background.traces.get(&finding.fingerprint) {
                Some(trace) if is_only => Some(TraceView::new(trace, finding, false, self.names)),
                _ => None,
            },
            rule_name: is_only.then(|| self.name.clone()),
            has_page: self.has_page(),
            subject: self.names.resource(&finding.subject.id),
            noun: groups::noun(finding),
            subscription: home(finding),
            subscription_name: finding.subject.id.subscription().map(|id| self.names.subscription(id)),
            evidence: evidence::rows(finding, |key| {
                self.apart.as_ref().is_none_or(|apart| apart.contains(&key))
                    && !(is_traced && key == "path")
                    && !evidence::is_related(finding, key)
            }),
            steps: if self.steps == finding.remediation.as_slice() { &[] } else { &finding.remediation },
            related: if self.related.is_empty() { evidence::related(&finding.related) } else { Vec::new() },
            reference: if self.reference.is_empty() { &finding.reference } else { "" },
            is_told: message == self.title || self.apart.is_some(),
            message,
            rule_elsewhere: (finding.rule != self.badge).then_some(finding.rule),
            ask: if is_traced { None } else { trace::command(finding) },
        }
    }

    fn shared_related(&self) -> Vec<(String, &'a str)> {
        evidence::related(self.related)
    }
}

/// One finding, less what its card tells already.
#[derive(Template)]
#[template(path = "finding.html")]
struct FindingView<'a> {
    finding: &'a Finding,
    /// The keys of what it is about.
    about: &'a str,
    /// Where it is the only finding of its card.
    trace: Option<TraceView>,
    rule_name: Option<String>,
    has_page: bool,
    subject: String,
    noun: &'static str,
    subscription: String,
    subscription_name: Option<String>,
    message: String,
    /// Whether the message stands above it already.
    is_told: bool,
    evidence: Vec<Row>,
    steps: &'a [Remediation],
    related: Vec<(String, &'a str)>,
    reference: &'a str,
    /// The rule, where the card is about several.
    rule_elsewhere: Option<&'static str>,
    /// The command that shows how the name is resolved.
    ask: Option<String>,
}

impl FindingView<'_> {
    fn is_doubtful(&self) -> bool {
        self.finding.confidence != Confidence::Certain
    }
}

/// What to do, in order.
#[derive(Template)]
#[template(path = "steps.html")]
struct Steps<'a> {
    steps: &'a [Remediation],
}

impl Steps<'_> {
    fn shown(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        self.steps.iter().map(|step| (prose(&step.title), step.command.as_deref()))
    }
}

/// The page to read: a link where it leads to the one site that is linked to.
#[derive(Template)]
#[template(path = "reference.html")]
struct Reference<'a> {
    address: &'a str,
}

impl Reference<'_> {
    fn is_link(&self) -> bool {
        is_reference(self.address)
    }
}
