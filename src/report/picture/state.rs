//! How things are: what colours and signs stand for.

use crate::finding::{Finding, Severity, Verdict};

/// How something drawn is. Ordered: the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) enum State {
    /// Nothing is said of it.
    #[default]
    Ok,
    /// There is something to know, and nothing is broken.
    Info,
    /// It could not be read or judged.
    Unknown,
    /// Broken for some, or one change from breaking.
    Warn,
    /// Broken.
    Bad,
}

impl State {
    /// What a finding makes of the thing it is about.
    pub fn of(finding: &Finding) -> Self {
        match (finding.verdict, finding.severity) {
            (Verdict::Unknown, _) => State::Unknown,
            (Verdict::Fail, Severity::Error) => State::Bad,
            (Verdict::Fail, Severity::Warning) => State::Warn,
            (Verdict::Fail, Severity::Info) => State::Info,
        }
    }

    /// The class of the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Info => "info",
            State::Unknown => "unknown",
            State::Warn => "warn",
            State::Bad => "bad",
        }
    }

    /// The sign beside the colour.
    pub fn symbol(self) -> &'static str {
        match self {
            State::Ok => "•",
            State::Info => "i",
            State::Unknown => "?",
            State::Warn => "!",
            State::Bad => "✕",
        }
    }

    /// Whether it asks for a person's eye: more than information.
    pub fn stands_out(self) -> bool {
        self > State::Info
    }
}

/// The findings of several things, each once and in the report's order.
pub(super) fn findings_of<'m>(all: impl IntoIterator<Item = &'m Marks>) -> Vec<usize> {
    let mut findings: Vec<usize> = all.into_iter().flat_map(|marks| &marks.findings).copied().collect();
    findings.sort_unstable();
    findings.dedup();
    findings
}

/// What findings say of one thing.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    pub worst: State,
    /// Places in the report's list, in its order.
    pub findings: Vec<usize>,
    /// How many more do not count, because they are suppressed or in the baseline.
    pub aside: usize,
}

impl Marks {
    /// Takes in one finding, which stands at `at` in the report.
    pub fn add(&mut self, at: usize, finding: &Finding) {
        if !finding.counts() {
            self.aside += 1;
            return;
        }
        self.worst = self.worst.max(State::of(finding));
        if self.findings.last() != Some(&at) {
            self.findings.push(at);
        }
    }
}
