//! Two audits held against each other: what is new, what has mended, what stays, and what can no longer be judged.
//! Knows neither files nor formats.

mod run;
#[cfg(test)]
mod tests;
mod unlike;
mod unseen;

use crate::finding::{Severity, Verdict};
use crate::inventory::{Gap, Role};
use unseen::{Eyes, Index, fresh_gaps};

pub use run::{Run, Said};
pub use unseen::{Reason, Unseen};

/// A fault that NEW reports and OLD did not.
#[derive(Debug, Clone)]
pub struct Appeared<'a> {
    pub said: &'a Said,
    /// Why OLD could not have reported it; `None` when OLD looked and did not find it.
    pub before: Option<Unseen>,
}

/// A fault that OLD reported and of which NEW cannot tell whether it is still there.
#[derive(Debug, Clone)]
pub struct Unjudged<'a> {
    /// As OLD tells it.
    pub said: &'a Said,
    pub why: Unseen,
}

/// A fault that both report.
#[derive(Debug, Clone)]
pub struct Unchanged<'a> {
    /// As NEW tells it.
    pub said: &'a Said,
    /// Its severity in OLD.
    pub before: Option<Severity>,
}

/// How a severity has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    Worse,
    Better,
    Same,
}

impl Unchanged<'_> {
    /// How its severity has changed; the same where one of them is not understood.
    pub fn change(&self) -> Change {
        match (self.before, self.said.severity) {
            (Some(before), Some(now)) if now < before => Change::Worse,
            (Some(before), Some(now)) if now > before => Change::Better,
            _ => Change::Same,
        }
    }
}

/// What cannot be known, COV findings among it.
#[derive(Debug, Clone, Default)]
pub struct Unknowns<'a> {
    /// How many findings that count say so.
    pub old: usize,
    pub new: usize,
    /// Those of NEW of which OLD said neither that they fail nor that they cannot be known.
    pub fresh: Vec<&'a Said>,
}

/// What lies between two runs. Each list is sorted: severity, rule, cause, subject.
///
/// Findings are matched by fingerprint. A baseline plays no part: it is a comparison with a third run.
#[derive(Debug, Clone)]
pub struct Diff<'a> {
    pub old: &'a Run,
    pub new: &'a Run,
    /// Why the two may not be comparable, in sentences.
    pub warnings: Vec<String>,
    pub appeared: Vec<Appeared<'a>>,
    /// As OLD tells them: NEW looked, and they are not there.
    pub mended: Vec<&'a Said>,
    pub unjudged: Vec<Unjudged<'a>>,
    pub unchanged: Vec<Unchanged<'a>>,
    /// Faults that counted in OLD and that a configuration has set aside in NEW.
    pub set_aside: Vec<&'a Said>,
    /// Faults that were set aside in OLD and count in NEW.
    pub taken_back: Vec<&'a Said>,
    pub unknowns: Unknowns<'a>,
    /// What NEW could not read and OLD could, or did not ask for.
    pub fresh_gaps: Vec<&'a Gap>,
    /// Whether one of them touches what was asked for, and no configuration accepts it.
    blind: bool,
}

impl<'a> Diff<'a> {
    /// Compares two runs.
    pub fn of(old: &'a Run, new: &'a Run) -> Diff<'a> {
        let (before, now) = (Index::new(old), Index::new(new));
        let fresh_gaps = fresh_gaps(new, old);
        let mut diff = Diff {
            old,
            new,
            warnings: unlike::warnings(old, new),
            appeared: Vec::new(),
            mended: Vec::new(),
            unjudged: Vec::new(),
            unchanged: Vec::new(),
            set_aside: Vec::new(),
            taken_back: Vec::new(),
            unknowns: Unknowns::default(),
            blind: fresh_gaps.iter().any(|gap| touches(new, gap) && !now.accepts(gap)),
            fresh_gaps,
        };
        diff.take_new(&before, &now);
        diff.take_gone(&before, &now);
        diff.take_unknown(&before, &now);
        diff.sort();
        diff
    }

    fn take_new(&mut self, before: &Index<'a>, now: &Index<'a>) {
        let eyes = Eyes::new(before, now);
        for said in now.findings.values().copied().filter(|said| said.fails()) {
            let then = before.findings.get(said.fingerprint.as_str()).filter(|then| then.fails());
            match (then, &said.suppressed) {
                (Some(then), Some(_)) if then.suppressed.is_none() => self.set_aside.push(said),
                (_, Some(_)) => {}
                (Some(then), None) if then.suppressed.is_some() => self.taken_back.push(said),
                (Some(then), None) => self.unchanged.push(Unchanged { said, before: then.severity }),
                (None, None) => self.appeared.push(Appeared { said, before: eyes.unseen(said) }),
            }
        }
    }

    fn take_gone(&mut self, before: &Index<'a>, now: &Index<'a>) {
        let eyes = Eyes::new(now, before);
        let counted = before.findings.values().copied();
        for said in counted.filter(|said| said.fails() && said.suppressed.is_none()) {
            if now.findings.get(said.fingerprint.as_str()).is_some_and(|still| still.fails()) {
                continue;
            }
            match eyes.unseen(said) {
                Some(why) => self.unjudged.push(Unjudged { said, why }),
                None => self.mended.push(said),
            }
        }
    }

    fn take_unknown(&mut self, before: &Index<'a>, now: &Index<'a>) {
        let unknown = |said: &&Said| said.verdict == Some(Verdict::Unknown) && said.suppressed.is_none();
        self.unknowns.old = before.findings.values().copied().filter(unknown).count();
        let all = now.findings.values().copied().filter(unknown);
        self.unknowns.new = all.clone().count();
        self.unknowns.fresh =
            all.filter(|said| !before.findings.contains_key(said.fingerprint.as_str())).collect();
    }

    fn sort(&mut self) {
        self.appeared.sort_by(|a, b| order(a.said, b.said));
        self.mended.sort_by(|a, b| order(a, b));
        self.unjudged.sort_by(|a, b| order(a.said, b.said));
        self.unchanged.sort_by(|a, b| a.change().cmp(&b.change()).then_with(|| order(a.said, b.said)));
        self.set_aside.sort_by(|a, b| order(a, b));
        self.taken_back.sort_by(|a, b| order(a, b));
        self.unknowns.fresh.sort_by(|a, b| order(a, b));
    }

    /// Whether something new, or something that has become worse, is at or above a severity. A severity that is not
    /// understood may be the worst.
    pub fn is_worse(&self, least: Severity) -> bool {
        let reaches = |said: &Said| said.severity.is_none_or(|severity| severity <= least);
        let worse = self.unchanged.iter().filter(|one| one.change() == Change::Worse);
        self.appeared.iter().any(|one| reaches(one.said)) || worse.map(|one| one.said).any(reaches)
    }

    /// Whether something can no longer be judged: a fault of OLD, a subject that OLD had no doubt about, or what a
    /// gap of NEW may hold. What a configuration accepts is left out, and so is what nobody can judge or nobody
    /// asks.
    pub fn is_blinder(&self) -> bool {
        let lost = |one: &Unjudged<'_>| one.why.reason != Reason::NotJudged && !one.why.accepted;
        // That something was not read is told by findings of the COV family; what it costs, by all others.
        let costs = |said: &&Said| !said.rule.starts_with("COV-");
        self.blind || self.unjudged.iter().any(lost) || self.unknowns.fresh.iter().any(costs)
    }

    /// How many of a list of faults have each severity: error, warning, info.
    pub fn by_severity<'b>(faults: impl Iterator<Item = &'b Said>) -> [usize; 3] {
        let mut counts = [0; 3];
        for said in faults {
            counts[said.severity.map_or(0, |severity| severity as usize)] += 1;
        }
        counts
    }

    /// How many unchanged faults are worse, and how many are better.
    pub fn changed(&self) -> (usize, usize) {
        let count = |change| self.unchanged.iter().filter(|one| one.change() == change).count();
        (count(Change::Worse), count(Change::Better))
    }
}

/// The worst first; then rule, cause, subject. A severity that is not understood may be the worst.
fn order(a: &Said, b: &Said) -> std::cmp::Ordering {
    let key = |said: &Said| said.severity;
    key(a)
        .cmp(&key(b))
        .then_with(|| a.rule.cmp(&b.rule))
        .then_with(|| a.cause.cmp(&b.cause))
        .then_with(|| a.subject.cmp(&b.subject))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}

/// Whether a gap is in what was asked for, and not in what was read beside it.
fn touches(run: &Run, gap: &Gap) -> bool {
    gap.subscription.as_deref().is_none_or(|id| run.role(id).is_none_or(|role| role == Role::Audited))
}
