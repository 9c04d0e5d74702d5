//! The words that the table itself is made of: Azure's own, and no customer's.

use std::collections::BTreeSet;

use super::ZoneTable;
use super::file::{Groups, Row};

/// Azure's own words, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Labels of zones and public names (`privatelink`, `blob`, `windows`), regions and their codes.
    pub labels: BTreeSet<String>,
    /// The names and short codes of regions alone.
    pub regions: BTreeSet<String>,
    /// Group ids.
    pub groups: BTreeSet<String>,
    /// What group ids begin with that end in a name of the customer's (`sites-`).
    pub group_prefixes: BTreeSet<String>,
    /// Resource types.
    pub types: BTreeSet<String>,
}

impl ZoneTable {
    /// Adds the words of this table.
    pub fn add_words(&self, words: &mut Words) {
        let regions = self.region_codes.iter().flat_map(|(name, code)| [name, code]);
        words.regions.extend(regions.map(|word| word.to_ascii_lowercase()));
        words.labels.extend(words.regions.iter().cloned());
        words.types.extend(self.without_zone.iter().cloned());
        for row in &self.rows {
            words.types.insert(row.resource_type.clone());
            words.labels.extend(labels(row).map(str::to_owned));
            match &row.groups {
                Groups::Named(groups) => words.groups.extend(groups.iter().cloned()),
                Groups::Prefix(prefix) => {
                    words.group_prefixes.insert(prefix.clone());
                }
                Groups::Any => {}
            }
        }
    }
}

/// The labels of a row that are left open by no placeholder.
fn labels(row: &Row) -> impl Iterator<Item = &str> {
    let zones = row.zones.iter().flat_map(|zone| std::iter::once(&zone.zone).chain(&zone.suffixes));
    let names = zones.chain(&row.no_zone).chain(&row.do_not_create).map(|pattern| pattern.as_str());
    let derived = row.derived.iter().map(String::as_str);
    names.chain(derived).flat_map(|name| name.split('.')).filter(|label| !label.contains('{'))
}
