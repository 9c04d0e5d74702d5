//! plaudit.toml: what a person tells plaudit of an estate, of rules, and of findings that are accepted. Raw first, as
//! the file has it; then checked, as everybody else uses it. Knows neither Azure nor how a report is shown.

mod check;
mod document;
mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::audit::Suppression;
use crate::finding::Severity;
use crate::inventory::{Cloud, Pack, Scope};
use crate::rules::{self, OwnRules, PageError, Rule, Settings, own};
use crate::topology::Options;
use crate::topology::zones::{AddedRow, ZoneTable, ZoneTableError};

pub use document::{ConfigError, Fault};

/// The name under which a configuration is found in the working directory.
pub const FILE_NAME: &str = "plaudit.toml";

/// A configuration in which everything is sound. The default is that of a run without one.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What is said of the estate that Azure does not tell.
    pub options: Options,
    /// What rules go by. Without an earlier run, which no configuration holds.
    pub settings: Settings,
    /// In the order of the file.
    pub suppressions: Vec<Suppression>,
    changes: Changes,
    zones: Vec<AddedRow>,
    own: OwnRules,
}

/// Whether people's own rules are wanted: what judges by none is not stopped by a page that is not sound.
#[derive(Debug, Clone, Copy)]
pub enum Own<'a> {
    /// Those in these folders, and in the folders that a configuration names.
    Loaded(&'a [PathBuf]),
    /// They are there, and nobody looks at them.
    Left(&'a [PathBuf]),
}

/// What is changed about rules; rules by their ids.
#[derive(Debug, Clone, Default)]
struct Changes {
    /// Whether every rule runs that is not disabled.
    every: bool,
    enabled: BTreeSet<String>,
    disabled: BTreeSet<String>,
    severities: BTreeMap<String, Severity>,
}

impl Config {
    /// Reads and checks a file, and the rules in the folders that it names and in these, if they are wanted.
    pub fn read(path: &Path, own: Own<'_>) -> Result<Config, ConfigError> {
        let label = path.display().to_string();
        let home = path.parent().unwrap_or(Path::new(""));
        match std::fs::read_to_string(path) {
            Ok(text) => Config::checked(&text, &label, home, own),
            Err(source) => Err(ConfigError::Read { path: label, source }),
        }
    }

    /// Checks a text; `label` stands for the file in what is said of it.
    pub fn parse(text: &str, label: &str) -> Result<Config, ConfigError> {
        Config::checked(text, label, Path::new(""), Own::Loaded(&[]))
    }

    /// What holds without a file: the rules in these folders, if they are wanted.
    pub fn of_rules(own: Own<'_>) -> Result<Config, ConfigError> {
        let Own::Loaded(folders) = own else { return Ok(Config::default()) };
        let own = own_rules(folders, &rules::all()?)?;
        Ok(Config { own, ..Config::default() })
    }

    pub(crate) fn checked(text: &str, label: &str, home: &Path, own: Own<'_>) -> Result<Config, ConfigError> {
        // Some editors put a byte-order mark in front, which is no TOML.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let faulty = |faults| ConfigError::Faults { path: label.to_owned(), faults };
        let raw = document::read(text).map_err(faulty)?;
        let named = check::rules_dirs(&raw, text).map_err(faulty)?;
        let mut known = rules::all()?;
        let folders = match own {
            Own::Loaded(folders) => folders,
            Own::Left(folders) => {
                let every = named.is_empty() && folders.is_empty();
                return check::checked(raw, text, &known, every).map_err(faulty);
            }
        };
        let folders: Vec<PathBuf> =
            folders.iter().cloned().chain(named.iter().map(|folder| home.join(folder))).collect();
        let own = own_rules(&folders, &known)?;
        known.extend(own.rules());
        let config = check::checked(raw, text, &known, true).map_err(faulty)?;
        Ok(Config { own, ..config })
    }

    /// The same configuration, asking for these packs too.
    pub fn with_packs(mut self, packs: &[Pack]) -> Config {
        let asked = &mut self.settings.packs;
        asked.extend(packs);
        asked.sort_unstable();
        asked.dedup();
        self
    }

    /// The same configuration, looking into the rights of this identity (an object id in lower case) where one is given.
    pub fn with_appliance(mut self, object_id: Option<&str>) -> Config {
        if let Some(id) = object_id {
            self.settings.appliance = Some(id.to_owned());
        }
        self
    }

    /// Every rule, ours and then people's own, enabled and graded as the configuration says.
    pub fn rules(&self) -> Result<Vec<Rule>, PageError> {
        let mut rules = rules::all()?;
        rules.extend(self.own.rules());
        for rule in &mut rules {
            let id = rule.page.id;
            rule.enabled |= self.changes.every || self.changes.enabled.contains(id);
            rule.enabled &= !self.changes.disabled.contains(id);
            if let Some(severity) = self.changes.severities.get(id) {
                rule.severity = *severity;
            }
        }
        Ok(rules)
    }

    /// The rules for what was read: where traffic was asked for, those about it too, unless disabled.
    pub fn rules_for(&self, scope: &Scope) -> Result<Vec<Rule>, PageError> {
        let mut rules = self.rules()?;
        if scope.metrics.is_some() {
            let of_traffic = rules.iter_mut().filter(|rule| rules::TRAFFIC.contains(&rule.page.id));
            of_traffic.for_each(|rule| rule.enabled = !self.changes.disabled.contains(rule.page.id));
        }
        Ok(rules)
    }

    /// The rules of one command: all that are wanted, whether they run by themselves or not, unless disabled.
    pub fn rules_of(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Rule>, PageError> {
        let mut rules = self.rules()?;
        rules.retain(|rule| is_wanted(rule.page.id));
        rules.iter_mut().for_each(|rule| rule.enabled = !self.changes.disabled.contains(rule.page.id));
        Ok(rules)
    }

    /// The zone table of a cloud with the rows that the configuration adds.
    pub fn zone_table(&self, cloud: Cloud) -> Result<ZoneTable, ZoneTableError> {
        let mut table = ZoneTable::embedded(cloud)?;
        for row in &self.zones {
            let fault =
                |fault| ZoneTableError::Row { cloud: cloud.name(), target: row.resource_type.clone(), fault };
            table.add(row).map_err(fault)?;
        }
        Ok(table)
    }
}

fn own_rules(folders: &[PathBuf], known: &[Rule]) -> Result<OwnRules, ConfigError> {
    own::load(folders, known).map_err(ConfigError::Rules)
}
