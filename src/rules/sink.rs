//! Where rules put what they find; turns drafts into findings. Severity, names and references come from the page.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Rule;
use super::dns::diagnosis::Why;
use super::page::Page;
use crate::finding::{
    Cause, Confidence, Finding, NotRead, Related, Remediation, Severity, Subject, Tally, Verdict, fingerprint,
};
use crate::inventory::{Coverage, Gap, Kind, ResourceId};
use crate::topology::knowledge::Unread;

/// A finding as a rule writes it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub subject: ResourceId,
    /// Tells two findings of one rule and subject apart: a name, a zone. Enters the fingerprint.
    pub detail: String,
    pub cause: Cause,
    /// One sentence about the cause, the same for every finding of this rule and cause.
    pub headline: String,
    pub message: String,
    pub related: Vec<Related>,
    pub evidence: Vec<(&'static str, Value)>,
    pub remediation: Vec<Remediation>,
}

impl Draft {
    /// A draft about `subject` with nothing in it yet.
    pub fn new(subject: &ResourceId, cause: Cause, headline: String, message: String) -> Self {
        Draft {
            subject: subject.clone(),
            detail: String::new(),
            cause,
            headline,
            message,
            related: Vec::new(),
            evidence: Vec::new(),
            remediation: Vec::new(),
        }
    }

    /// Sets what tells this finding apart from others of the same rule and subject.
    pub fn detail(mut self, detail: &str) -> Self {
        detail.clone_into(&mut self.detail);
        self
    }

    /// Adds a resource that plays a part.
    pub fn related(mut self, role: &'static str, id: impl ToString) -> Self {
        self.related.push(Related { role, id: id.to_string() });
        self
    }

    /// Adds a piece of evidence.
    pub fn evidence(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.evidence.push((name, value.into()));
        self
    }

    /// Adds a step of the remedy with a command ready to run.
    pub fn command(mut self, title: impl Into<String>, command: String) -> Self {
        self.remediation.push(Remediation { title: title.into(), command: Some(command) });
        self
    }

    /// Adds a step of the remedy that is not a command.
    pub fn advice(mut self, title: impl Into<String>) -> Self {
        self.remediation.push(Remediation { title: title.into(), command: None });
        self
    }
}

/// How many of the gaps behind one finding are told with it.
const REASONS: usize = 3;

/// Takes what one rule finds.
pub struct Sink<'a> {
    page: &'a Page,
    severity: Severity,
    coverage: &'a Coverage,
    findings: Vec<Finding>,
    tally: Tally,
}

/// What a rule has put in a sink.
pub(crate) struct Yield {
    pub findings: Vec<Finding>,
    pub tally: Tally,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(rule: &'a Rule, coverage: &'a Coverage) -> Self {
        let Rule { page, severity, .. } = rule;
        let tally = Tally { rule: page.id, not_judged: BTreeMap::new(), ..Tally::default() };
        Sink { page, severity: *severity, coverage, findings: Vec::new(), tally }
    }

    pub(crate) fn finish(self) -> Yield {
        Yield { findings: self.findings, tally: self.tally }
    }

    /// A subject is as it ought to be.
    pub fn pass(&mut self) {
        self.tally.judged += 1;
    }

    /// A subject that nobody can judge, or nobody asks.
    pub fn not_judged(&mut self, reason: &'static str) {
        *self.tally.not_judged.entry(reason).or_default() += 1;
    }

    /// The fault is there.
    pub fn fail(&mut self, confidence: Confidence, draft: Draft) {
        self.tally.judged += 1;
        self.tally.fail += 1;
        self.push(Verdict::Fail, confidence, NotRead::Nothing, draft);
    }

    /// It cannot be known whether the fault is there. The cause becomes the gap that is the reason.
    pub fn unknown(&mut self, why: &Why, mut draft: Draft) {
        self.tally.unknown += 1;
        let mut not_read = NotRead::Nothing;
        if let Why::Unread(unread) = why {
            not_read = self.relate(unread, &mut draft);
            let mut reasons: Vec<String> = match unread.gaps.as_slice() {
                [] => vec![unread.not_asked.clone()],
                gaps => {
                    gaps.iter().take(REASONS).map(|gap| gap_sentence(&self.coverage.gaps[*gap])).collect()
                }
            };
            let first = reasons.first().cloned().unwrap_or_default();
            draft.cause = Cause { kind: "gap", id: first.clone() };
            draft.headline = format!("cannot be judged: {first}");
            // A wide gap stands behind many findings, and `coverage` lists all of them.
            if unread.more || unread.gaps.len() > REASONS {
                reasons.push("and more: see the findings of COV-001, COV-002 and COV-003".to_owned());
            }
            // A single one is told as the cause.
            if reasons.len() > 1 {
                draft.evidence.push(("notRead", reasons.into()));
            }
        }
        draft.remediation.clear();
        // Nobody should take what cannot be known for an error.
        self.push(Verdict::Unknown, Confidence::Possible, not_read, draft);
    }

    /// Puts the places of the gaps into a draft, so that whoever accepts a gap can accept what hangs on it.
    fn relate(&self, unread: &Unread, draft: &mut Draft) -> NotRead {
        let mut places: Vec<ResourceId> = Vec::new();
        for place in unread.gaps.iter().map(|gap| gap_place(&self.coverage.gaps[*gap])) {
            if !places.contains(&place) {
                draft.related.push(Related { role: NOT_READ, id: place.to_string() });
                places.push(place);
            }
        }
        match (unread.gaps.is_empty() || !unread.not_asked.is_empty(), unread.more) {
            (true, _) => NotRead::Unasked,
            (false, true) => NotRead::More,
            (false, false) => NotRead::Listed,
        }
    }

    /// A gap itself, as the COV rules report it.
    pub fn gap(&mut self, draft: Draft) {
        self.tally.unknown += 1;
        self.push(Verdict::Unknown, Confidence::Certain, NotRead::Nothing, draft);
    }

    fn push(&mut self, verdict: Verdict, confidence: Confidence, not_read: NotRead, draft: Draft) {
        let front = &self.page.front;
        self.findings.push(Finding {
            rule: self.page.id,
            name: self.page.name,
            severity: self.severity.at_most(confidence),
            verdict,
            confidence,
            cause: draft.cause,
            headline: draft.headline,
            fingerprint: fingerprint(self.page.id, &draft.subject, &draft.detail),
            subject: Subject::of(&draft.subject),
            related: draft.related,
            message: draft.message,
            evidence: draft.evidence,
            remediation: draft.remediation,
            reference: front.reference.clone(),
            not_read,
            suppressed: None,
            in_baseline: false,
        });
    }
}

/// The role of what was not read among the resources related to a finding.
pub const NOT_READ: &str = "notRead";

/// Where something is missing: the resource whose children or body were not read, else the subscription.
pub fn gap_place(gap: &Gap) -> ResourceId {
    match &gap.resource {
        Some(resource) => resource.clone(),
        None => {
            ResourceId::new(&format!("/subscriptions/{}", gap.subscription.as_deref().unwrap_or_default()))
        }
    }
}

/// A gap in one sentence: what of which subscription could not be read, and why.
pub fn gap_sentence(gap: &Gap) -> String {
    let place = match (&gap.resource, &gap.subscription) {
        (Some(resource), _) if gap.kind == Kind::Subscriptions => {
            format!("the name of subscription {}", resource.name())
        }
        (Some(resource), _) if gap.kind == Kind::Targets => format!("the target {}", resource.name()),
        (Some(resource), _) => format!("{} of {}", gap.kind.title(), resource.name()),
        (None, Some(subscription)) => match gap.kind {
            Kind::Subscriptions => format!("subscription {subscription}"),
            Kind::Permissions => format!("the whole of subscription {subscription}"),
            kind => format!("{} of subscription {subscription}", kind.title()),
        },
        (None, None) => "the list of subscriptions".to_owned(),
    };
    match gap.status {
        // Rights were read, and fall short.
        None if gap.code == "MissingPermission" => format!("rights do not cover {place} ({})", gap.code),
        Some(status) => format!("{place} could not be read ({status} {})", gap.code),
        None => format!("{place} could not be read ({})", gap.code),
    }
}
