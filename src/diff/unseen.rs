//! Whether a run could have seen a fault that it does not report, and if not, why. The same question is asked of both
//! runs: of NEW about what it no longer reports, of OLD about what is new.

use std::collections::{HashMap, HashSet};

use super::run::{Run, Said};
use crate::finding::Verdict;
use crate::inventory::{Gap, Kind, ResourceId, Role};
use crate::rules::{TRAFFIC, gap_fingerprint, gap_sentence, stands_before};

/// Why a run could not judge something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unseen {
    pub reason: Reason,
    /// One fragment of a sentence. May hold text from Azure: hostile.
    pub text: String,
    /// Whether a configuration accepts that it cannot be judged.
    pub accepted: bool,
}

/// What keeps a run from judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It says itself that it does not know.
    Unknown,
    /// The rule did not run, or the report does not tell whether it did.
    Rule,
    /// Its subject, or what stands behind it, lies outside what was asked for.
    Scope,
    /// Something was not read that could hold it.
    Gap,
    /// A root cause stands before it.
    Muted,
    /// Its rule leaves more subjects unjudged than the other run's.
    NotJudged,
}

impl Reason {
    /// The name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Unknown => "unknown",
            Reason::Rule => "ruleDidNotRun",
            Reason::Scope => "outOfScope",
            Reason::Gap => "notRead",
            Reason::Muted => "rootCause",
            Reason::NotJudged => "notJudged",
        }
    }
}

/// A run with its findings and gaps at hand.
pub(super) struct Index<'a> {
    pub run: &'a Run,
    /// Of several findings of one fingerprint, the worst.
    pub findings: HashMap<&'a str, &'a Said>,
    unknown: HashMap<&'a ResourceId, Vec<&'a Said>>,
    /// What fails, set aside or not: what is accepted mutes as well.
    failing: HashMap<&'a ResourceId, Vec<&'a Said>>,
    /// Fingerprints of what is set aside.
    aside: HashSet<&'a str>,
}

impl<'a> Index<'a> {
    pub fn new(run: &'a Run) -> Self {
        let mut index = Index {
            run,
            findings: HashMap::with_capacity(run.findings.len()),
            unknown: HashMap::new(),
            failing: HashMap::new(),
            aside: HashSet::new(),
        };
        for said in &run.findings {
            let held = index.findings.entry(&said.fingerprint).or_insert(said);
            if weight(said) < weight(held) {
                *held = said;
            }
            match said.verdict {
                Some(Verdict::Fail) => index.failing.entry(&said.subject).or_default().push(said),
                Some(Verdict::Unknown) | None => index.unknown.entry(&said.subject).or_default().push(said),
            }
            if said.suppressed.is_some() {
                index.aside.insert(&said.fingerprint);
            }
        }
        index
    }

    fn fails(&self, fingerprint: &str) -> bool {
        self.findings.get(fingerprint).is_some_and(|said| said.fails())
    }

    /// Whether a configuration accepts a gap.
    pub fn accepts(&self, gap: &Gap) -> bool {
        self.aside.contains(gap_fingerprint(&self.run.coverage, gap).as_str())
    }
}

/// What fails before what is unknown, what counts before what is set aside, then the worst.
fn weight(said: &Said) -> impl Ord {
    (!said.fails(), said.suppressed.is_some(), said.severity)
}

/// Asks one run about the faults that only the other one reports.
pub(super) struct Eyes<'a> {
    of: &'a Index<'a>,
    other: &'a Index<'a>,
    /// The first gap by subscription, and the first of no subscription, that the other run did not have.
    fresh: HashMap<&'a str, &'a Gap>,
    fresh_of_tenant: Option<&'a Gap>,
    /// Gaps that both have, by subscription and kind.
    standing: HashMap<(&'a str, Kind), Vec<&'a Gap>>,
    /// Whether the other run audits nothing that this one does not.
    as_wide: bool,
    /// By rule, how many subjects more than the other run it leaves unjudged.
    more_unjudged: HashMap<&'a str, usize>,
}

impl<'a> Eyes<'a> {
    pub fn new(of: &'a Index<'a>, other: &'a Index<'a>) -> Self {
        let mut eyes = Eyes {
            of,
            other,
            fresh: HashMap::new(),
            fresh_of_tenant: None,
            standing: HashMap::new(),
            as_wide: other.run.audited().all(|id| of.run.audits(id)),
            more_unjudged: HashMap::new(),
        };
        let fresh: HashSet<&Gap> = fresh_gaps(of.run, other.run).into_iter().collect();
        for gap in &of.run.coverage.gaps {
            match (&gap.subscription, fresh.contains(gap)) {
                // Of these the rules about traffic themselves say that they do not know, and no other hangs on them.
                _ if gap.kind == Kind::Metrics => {}
                (Some(id), true) => drop(eyes.fresh.entry(id).or_insert(gap)),
                (Some(id), false) => eyes.standing.entry((id, gap.kind)).or_default().push(gap),
                (None, true) => drop(eyes.fresh_of_tenant.get_or_insert(gap)),
                (None, false) => {}
            }
        }
        for (rule, unjudged) in of.run.rules.iter().flatten() {
            let before = other.run.rules.as_ref().and_then(|rules| rules.get(rule));
            let more = unjudged.saturating_sub(before.copied().unwrap_or(*unjudged));
            eyes.more_unjudged.insert(rule, more);
        }
        eyes
    }

    /// Why the run could not have reported a fault that the other one reports; `None` when it looked and did not
    /// find it.
    pub fn unseen(&self, fault: &Said) -> Option<Unseen> {
        let same = self.of.findings.get(fault.fingerprint.as_str()).copied();
        let same = same.filter(|said| !said.fails()).map(|said| self.unknown(said));
        same.or_else(|| self.rule(fault))
            .or_else(|| self.scope(fault))
            .or_else(|| self.doubt(fault).map(|said| self.unknown(said)))
            .or_else(|| self.gap(fault))
            .or_else(|| self.muted(fault))
            .or_else(|| self.not_judged(fault))
    }

    fn unknown(&self, said: &Said) -> Unseen {
        let (kind, id) = &said.cause;
        let text = match said.verdict {
            None => format!("{} says something of it that this plaudit does not understand", said.rule),
            // The cause of what cannot be known is the gap in words.
            Some(_) if kind == "gap" && id.contains(' ') => format!("it cannot be known: {id}"),
            Some(_) => "it cannot be known".to_owned(),
        };
        Unseen { reason: Reason::Unknown, text, accepted: said.suppressed.is_some() }
    }

    fn rule(&self, fault: &Said) -> Option<Unseen> {
        let text = match &self.of.run.rules {
            None => "the report does not tell which rules ran".to_owned(),
            Some(rules) if rules.contains_key(&fault.rule) => return None,
            Some(_) => format!("rule {} did not run", fault.rule),
        };
        Some(Unseen { reason: Reason::Rule, text, accepted: false })
    }

    fn scope(&self, fault: &Said) -> Option<Unseen> {
        let text = self.subject_outside(&fault.subject).or_else(|| self.behind_outside(fault))?;
        Some(Unseen { reason: Reason::Scope, text, accepted: false })
    }

    fn subject_outside(&self, subject: &ResourceId) -> Option<String> {
        let (run, other) = (self.of.run, self.other.run);
        let home = subject.subscription()?;
        let called =
            if run.names.contains_key(&home.to_ascii_lowercase()) { run } else { other }.called(home);
        if !run.audits(home) {
            match (run.role(home), other.role(home)) {
                (Some(Role::Context), Some(Role::Audited)) => {
                    return Some(format!("subscription {called} is read as context alone, not audited"));
                }
                (None, Some(_)) => return Some(format!("subscription {called} is not read")),
                _ if other.audits(home) => return Some(format!("subscription {called} is not audited")),
                _ if !self.as_wide => return Some("fewer subscriptions are audited".to_owned()),
                _ => {}
            }
        }
        let group = subject.resource_group().unwrap_or_default();
        let asked = |groups: &[String], group: &str| {
            groups.is_empty() || groups.iter().any(|one| one.eq_ignore_ascii_case(group))
        };
        let (groups, others) = (&run.scope.resource_groups, &other.scope.resource_groups);
        let as_wide = !others.is_empty() && others.iter().all(|group| asked(groups, group));
        match asked(groups, group) || as_wide {
            true => None,
            false if group.is_empty() => Some("only resources of some groups are reported on".to_owned()),
            false => Some(format!("resource group {group} is not reported on")),
        }
    }

    /// What stands behind a fault may lie in a subscription that only the other run has read.
    fn behind_outside(&self, fault: &Said) -> Option<String> {
        let unread = |home: &&str| self.of.run.role(home).is_none() && self.other.run.role(home).is_some();
        let homes = [fault.subject.as_str(), &fault.cause.1].into_iter().filter_map(subscription);
        let home = homes.into_iter().find(unread)?;
        let called = self.other.run.called(home);
        Some(format!("subscription {called}, in which a part of the matter lies, is not read"))
    }

    fn gap(&self, fault: &Said) -> Option<Unseen> {
        let fresh = homes(fault).find_map(|home| self.fresh.get(&*home.to_ascii_lowercase()).copied());
        let gap = fresh.or(self.fresh_of_tenant).or_else(|| self.standing(&fault.subject))?;
        let accepted = self.of.accepts(gap);
        Some(Unseen { reason: Reason::Gap, text: gap_sentence(gap), accepted })
    }

    /// A gap that the other run had too did not keep it from seeing the fault, so it hides nothing now, unless it
    /// is in the list that holds the subject: of a list cut short, now this part is missing, now that.
    fn standing(&self, subject: &ResourceId) -> Option<&'a Gap> {
        let home = subject.subscription()?.to_ascii_lowercase();
        let of_kind = |kind: Kind| self.standing.get(&(home.as_str(), kind)).into_iter().flatten().copied();
        let whole = [Kind::Subscriptions, Kind::Permissions].into_iter().flat_map(of_kind);
        if let Some(gap) = whole.into_iter().find(|gap| gap.resource.is_none()) {
            return Some(gap);
        }
        let lineage = || std::iter::successors(Some(subject.clone()), ResourceId::parent);
        let mut kinds = lineage().filter_map(|id| Kind::of(&id)).filter(|kind| *kind != Kind::Subscriptions);
        kinds.find_map(|kind| {
            let holds = |gap: &&Gap| gap.resource.as_ref().is_none_or(|held| lineage().any(|id| id == *held));
            of_kind(kind).find(holds)
        })
    }

    /// What the run does not know of the same things: by the same rule, or newly by one of its family.
    fn doubt(&self, fault: &Said) -> Option<&'a Said> {
        let known_before = |said: &Said| self.other.findings.contains_key(said.fingerprint.as_str());
        let akin = |rule: &str| {
            rule.split('-').next() == fault.rule.split('-').next() || stands_before(rule, &fault.rule)
        };
        let of_traffic = |rule: &str| TRAFFIC.contains(&rule);
        let related = |said: &Said| akin(&said.rule) && !of_traffic(&said.rule) && !known_before(said);
        let bears = |said: &&Said| said.rule == fault.rule || related(said);
        places(fault).find_map(|id| self.of.unknown.get(&id)?.iter().copied().find(bears))
    }

    /// A root cause mutes what follows from it: an endpoint that waits for approval has no findings about names, nor
    /// has one in a network whose DNS server is dead.
    fn muted(&self, fault: &Said) -> Option<Unseen> {
        let is_root =
            |said: &&Said| stands_before(&said.rule, &fault.rule) && !self.other.fails(&said.fingerprint);
        let said = places(fault).find_map(|id| self.of.failing.get(&id)?.iter().copied().find(is_root))?;
        let text = format!("{} ({}) stands before it", said.rule, said.name);
        Some(Unseen { reason: Reason::Muted, text, accepted: false })
    }

    /// Reports count what a rule leaves unjudged and do not name it, so that any of what is gone may be among it.
    fn not_judged(&self, fault: &Said) -> Option<Unseen> {
        let more = *self.more_unjudged.get(fault.rule.as_str()).filter(|more| **more > 0)?;
        let text =
            format!("{} leaves {more} more unjudged than in the other run, this one perhaps", fault.rule);
        Some(Unseen { reason: Reason::NotJudged, text, accepted: false })
    }
}

/// What a fault is about, what stands behind it and what plays a part.
fn places(fault: &Said) -> impl Iterator<Item = ResourceId> {
    // The cause of a missing link is a network and a zone's name.
    let behind = fault.cause.1.split(' ').chain(fault.related.iter().map(String::as_str));
    std::iter::once(fault.subject.clone())
        .chain(behind.filter(|id| subscription(id).is_some()).map(ResourceId::new))
}

/// The subscriptions of a fault's subject and of what stands behind it.
fn homes(fault: &Said) -> impl Iterator<Item = &str> {
    let behind = [fault.subject.as_str(), &fault.cause.1].into_iter();
    behind.chain(fault.related.iter().map(String::as_str)).filter_map(subscription)
}

/// The subscription of an id, without making one.
fn subscription(id: &str) -> Option<&str> {
    let rest =
        id.get(..15).filter(|start| start.eq_ignore_ascii_case("/subscriptions/")).and(id.get(15..))?;
    rest.split(['/', ' ']).next().filter(|home| !home.is_empty())
}

/// The gaps of a run that another one did not have.
pub(super) fn fresh_gaps<'a>(of: &'a Run, other: &Run) -> Vec<&'a Gap> {
    let place = |gap: &'_ Gap| (gap.subscription.clone(), gap.kind, gap.resource.clone());
    let had: HashSet<_> = other.coverage.gaps.iter().map(place).collect();
    of.coverage.gaps.iter().filter(|gap| !had.contains(&place(gap))).collect()
}
