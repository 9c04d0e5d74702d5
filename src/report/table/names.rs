//! What subscriptions and resources are called in the table. Knows nothing of layout.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::finding::{Finding, Report};
use crate::inventory::{ResourceId, Role};
use crate::report::groups;
use crate::report::text::{count, inert, join_and, prose, short_id};

/// How many names a list shows when it has more than [`WHOLE`].
const FIRST: usize = 3;

/// A list of up to this many names is shown whole.
const WHOLE: usize = 6;

/// The display names of subscriptions.
pub(in crate::report) struct Names<'a> {
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

    /// Why something is not known, with subscriptions by their names.
    pub fn reason(&self, text: &str) -> String {
        let mut parts = text.split("subscription ");
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(part.len());
            let (id, rest) = part.split_at(end);
            let known = self.names.contains_key(&id.to_ascii_lowercase());
            let name = if known { self.subscription(id) } else { id.to_owned() };
            told.push_str(&format!("subscription {name}{rest}"));
        }
        prose(&told)
    }

    /// A resource as people call it: `group/name`; a subscription by its name.
    pub fn resource(&self, id: &ResourceId) -> String {
        match (short_id(id.as_str()), id.subscription()) {
            (Some(short), _) => short,
            (None, Some(subscription)) if id.resource_group().is_none() => self.subscription(subscription),
            _ => inert(id.as_str()).into_owned(),
        }
    }

    /// How many subjects, where they live and what the first are called; also the number of findings where a
    /// subject has several.
    pub fn subjects(&self, findings: &[&Finding]) -> String {
        let subjects = groups::subjects(findings);
        let several = match subjects.len() == findings.len() {
            true => String::new(),
            false => format!("{} in ", count(findings.len(), "finding")),
        };
        let counted = join_and(&groups::count_subjects(&subjects));
        let ids = || subjects.iter().map(|finding| &finding.subject.id);
        let homes = distinct(ids().map(|id| id.subscription()));
        let groups = distinct(ids().map(|id| id.resource_group()));
        let (place, with_home, with_group) = match (homes.as_slice(), groups.as_slice()) {
            ([Some(home)], [Some(group)]) if self.several => {
                (format!(" in {} ({})", inert(group), self.subscription(home)), false, false)
            }
            ([Some(home)], _) if self.several => (format!(" in {}", self.subscription(home)), false, true),
            ([_, _, ..], _) => (format!(" in {} subscriptions", homes.len()), true, true),
            (_, [Some(group)]) => (format!(" in {}", inert(group)), false, false),
            _ => (String::new(), false, true),
        };
        let name = |finding: &&Finding| {
            let id = &finding.subject.id;
            let mut name = self.resource(id);
            let group = id.resource_group().filter(|_| !with_group).map(inert);
            if let Some(rest) = group.and_then(|group| name.strip_prefix(&*group)?.strip_prefix('/')) {
                name = rest.to_owned();
            }
            match id.subscription().filter(|_| with_home) {
                Some(home) => format!("{name} ({})", self.subscription(home)),
                None => name,
            }
        };
        format!("{several}{counted}{place}: {}", first_of(subjects.iter().map(name), subjects.len()))
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
}

/// The different texts, without regard to case.
fn distinct<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Vec<Option<&'a str>> {
    let mut seen = HashSet::new();
    let mut last = None;
    texts
        // Neighbours are mostly equal; this spares most of the copies in lower case.
        .filter(|text| last.replace(*text) != Some(*text) && seen.insert(text.map(str::to_ascii_lowercase)))
        .collect()
}

/// The first names of a list and how many follow; the whole list when it is short.
pub(in crate::report) fn first_of(names: impl Iterator<Item = String>, total: usize) -> String {
    let shown = if total > WHOLE { FIRST } else { total };
    let list = names.take(shown).collect::<Vec<_>>().join(", ");
    match total - shown {
        0 => list,
        more => format!("{list}, … and {more} more"),
    }
}
