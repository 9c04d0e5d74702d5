//! What subscriptions and resources are called in the table. Knows nothing of layout.

use std::collections::{BTreeMap, HashMap};

use crate::finding::{Finding, Report};
use crate::inventory::{ResourceId, Role};
use crate::report::groups;
use crate::report::text::{inert, join_and, short_id};

/// How many names a list shows when it has more than [`WHOLE`].
const FIRST: usize = 3;

/// A list of up to this many names is shown whole.
const WHOLE: usize = 6;

/// The display names of subscriptions.
pub(super) struct Names<'a> {
    names: &'a BTreeMap<String, String>,
    /// How often a name is given to a subscription: names need not be unique.
    uses: HashMap<&'a str, usize>,
    /// Whether more than one subscription is audited, so that resources need theirs named.
    several: bool,
}

impl<'a> Names<'a> {
    pub fn new(report: &'a Report) -> Self {
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for name in report.subscription_names.values() {
            *uses.entry(name).or_default() += 1;
        }
        let audited = report.coverage.subscriptions.iter().filter(|s| s.role == Role::Audited).count();
        let several = audited.max(report.origin.scope.subscriptions.len()) > 1;
        Names { names: &report.subscription_names, uses, several }
    }

    /// A subscription's name; its id where it has none, and beside a name that is not the only one.
    pub fn subscription(&self, id: &str) -> String {
        match self.names.get(&id.to_ascii_lowercase()) {
            Some(name) if self.uses.get(name.as_str()).is_some_and(|uses| *uses > 1) => {
                format!("{} ({})", inert(name), inert(id))
            }
            Some(name) if !name.is_empty() => inert(name).into_owned(),
            _ => inert(id).into_owned(),
        }
    }

    /// A resource as people call it: `group/name`; a subscription by its name.
    pub fn resource(&self, id: &ResourceId) -> String {
        match (short_id(id.as_str()), id.subscription()) {
            (Some(short), _) => short,
            (None, Some(subscription)) if id.resource_group().is_none() => self.subscription(subscription),
            _ => inert(id.as_str()).into_owned(),
        }
    }

    /// How many subjects, where they live and what the first are called.
    pub fn subjects(&self, findings: &[&Finding]) -> String {
        let subjects = groups::subjects(findings);
        let counted = join_and(&groups::count_subjects(&subjects));
        let mut homes: Vec<&str> = subjects.iter().filter_map(|f| f.subject.id.subscription()).collect();
        homes.sort_unstable_by_key(|home| home.to_ascii_lowercase());
        homes.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        let apart = self.several && homes.len() > 1;
        let names = subjects.iter().map(|finding| self.subject(finding, apart));
        let names = first_of(names, subjects.len());
        match (self.several, homes.as_slice()) {
            (true, [home]) => format!("{counted} in {}: {names}", self.subscription(home)),
            (true, [_, _, ..]) => format!("{counted} in {} subscriptions: {names}", homes.len()),
            _ => format!("{counted}: {names}"),
        }
    }

    /// One subject by itself: `private endpoint group/name in subscription`.
    pub fn subject_alone(&self, finding: &Finding) -> String {
        let name = self.resource(&finding.subject.id);
        let noun = groups::noun(finding);
        match finding.subject.id.subscription().filter(|_| self.several && noun != "subscription") {
            Some(home) => format!("{noun} {name} in {}", self.subscription(home)),
            None => format!("{noun} {name}"),
        }
    }

    fn subject(&self, finding: &Finding, with_home: bool) -> String {
        let name = self.resource(&finding.subject.id);
        match finding.subject.id.subscription().filter(|_| with_home) {
            Some(home) => format!("{name} ({})", self.subscription(home)),
            None => name,
        }
    }
}

/// The first names of a list and how many follow; the whole list when it is short.
pub(super) fn first_of(names: impl Iterator<Item = String>, total: usize) -> String {
    let shown = if total > WHOLE { FIRST } else { total };
    let list = names.take(shown).collect::<Vec<_>>().join(", ");
    match total - shown {
        0 => list,
        more => format!("{list}, … and {more} more"),
    }
}
