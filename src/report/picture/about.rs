//! Which findings are about what: one answer for the picture, for the tables and for the filter of the page.

use std::collections::BTreeMap;

use super::estate::Estate;
use super::model::Picture;

/// What the findings of a report are about. Findings are places in the report's list, and only those that count.
#[derive(Debug, Default)]
pub(in crate::report) struct About {
    /// By ARM id in lower case: the key of the set, and its findings in order.
    resources: BTreeMap<String, (String, Vec<usize>)>,
    /// By finding: the keys of the sets that it is in, with spaces between them.
    keys: BTreeMap<usize, String>,
    /// Those about things that the picture does not show.
    pub elsewhere: Vec<usize>,
}

impl About {
    /// Gives a key to everything in the picture that findings stand behind, and to every resource.
    pub(super) fn name(estate: Estate<'_>, picture: &mut Picture) -> Self {
        let mut about = About { elsewhere: estate.elsewhere, ..About::default() };
        let mut next = 0;
        let mut named = |about: &mut About, findings: &[usize]| {
            next += 1;
            let key = format!("{next:x}");
            about.add(&key, findings);
            key
        };
        for card in &mut picture.cards {
            if !card.findings.is_empty() {
                card.key = Some(named(&mut about, &card.findings));
            }
            for row in card.rows.iter_mut().filter(|row| !row.findings.is_empty()) {
                row.key = Some(named(&mut about, &row.findings));
            }
        }
        for line in picture.lines.iter_mut().filter(|line| !line.findings.is_empty()) {
            line.key = Some(named(&mut about, &line.findings));
        }
        for (id, findings) in estate.by_id {
            let key = named(&mut about, &findings);
            about.resources.insert(id, (key, findings));
        }
        about
    }

    fn add(&mut self, key: &str, findings: &[usize]) {
        for finding in findings {
            let keys = self.keys.entry(*finding).or_default();
            if !keys.is_empty() {
                keys.push(' ');
            }
            keys.push_str(key);
        }
    }

    /// How many findings are about a resource; the id in lower case.
    pub fn count(&self, id: &str) -> usize {
        self.resources.get(id).map_or(0, |(_, findings)| findings.len())
    }

    /// The key of a resource that findings are about; the id in lower case.
    pub fn key(&self, id: &str) -> Option<&str> {
        self.resources.get(id).map(|(key, _)| key.as_str())
    }

    /// The keys of everything that a finding is about, with spaces between them; the finding by its place in the
    /// report.
    pub fn keys(&self, finding: usize) -> &str {
        self.keys.get(&finding).map_or("", String::as_str)
    }
}
