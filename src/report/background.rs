//! What a report can tell beside its findings. Each format takes what it can show.

use std::collections::HashMap;

use crate::facts::Facts;
use crate::rules::Page;
use crate::trace::Trace;

/// What stands behind the findings of a report.
#[derive(Debug, Default)]
pub struct Background {
    /// The pages of the rules that ran, in the catalogue's order.
    pub pages: Vec<Page>,
    /// The estate; gathered when some format shows it ([`super::Format::shows_estate`]).
    pub facts: Option<Facts>,
    /// How the name that a finding is about is resolved, by the finding's fingerprint
    /// ([`super::Format::shows_traces`]).
    pub traces: HashMap<String, Trace>,
    /// Where the resources stand in the file that was read ([`super::Format::shows_lines`]).
    pub lines: Option<SourceLines>,
}

impl Background {
    /// The page of a rule.
    pub fn page(&self, rule: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == rule)
    }
}

/// Where resources stand in a snapshot.
#[derive(Debug, Default)]
pub struct SourceLines {
    /// The file, as it was named.
    pub file: String,
    /// Line numbers from 1, by ARM id in lower case.
    pub lines: HashMap<String, usize>,
}
