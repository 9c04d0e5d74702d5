//! What is left for a person: the steps of Microsoft's troubleshooting pages that no reading can do, filled in with
//! this estate's names, and only where they apply to it. Pure; knows neither how it is read nor how it is shown.

pub mod articles;
mod commands;
mod migration;
mod outside;
mod peerings;
mod services;

use crate::finding::{Article, ChecklistItem, Finding, Verdict};
use crate::inventory::{Pack, ResourceId};
use crate::names::Names;
use crate::rules::Settings;
use crate::topology::Topology;
use migration::Migration;

/// How many commands one item gives.
const COMMANDS: usize = 5;

/// How many lines to enter one item gives, and how many resources it names.
const ENTRIES: usize = 200;

/// What one item says of an estate.
#[derive(Default)]
struct Step {
    why: String,
    commands: Vec<String>,
    entries: Vec<String>,
    about: Vec<ResourceId>,
}

impl Step {
    fn new(why: impl Into<String>) -> Self {
        Step { why: why.into(), ..Step::default() }
    }

    fn commands(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.commands.extend(commands);
        self
    }

    fn entries(mut self, entries: impl IntoIterator<Item = String>) -> Self {
        self.entries.extend(entries);
        self
    }

    fn about<'a>(mut self, about: impl IntoIterator<Item = &'a ResourceId>) -> Self {
        self.about.extend(about.into_iter().cloned());
        self
    }

    /// Keeps what can be read, and says how much more there is.
    fn bounded(mut self) -> Self {
        let lists = [(self.commands.len(), COMMANDS, "command"), (self.entries.len(), ENTRIES, "line")];
        for (found, most, what) in lists {
            if found > most {
                self.why.push_str(&format!(" {} more {what}s of the kind are left out.", found - most));
            }
        }
        self.commands.truncate(COMMANDS);
        self.entries.truncate(ENTRIES);
        self.about.sort();
        self.about.dedup();
        self.about.truncate(ENTRIES);
        self
    }
}

/// An item: what it is called, where it comes from, and how it is made for an estate.
pub struct Check {
    pub id: &'static str,
    pub title: &'static str,
    pub article: Article,
    /// The packs that end with it.
    packs: &'static [Pack],
    /// `None` where it does not apply.
    make: fn(&Scene<'_>) -> Option<Step>,
}

/// What items are made from.
struct Scene<'a> {
    topology: &'a Topology,
    settings: &'a Settings,
    packs: &'a [Pack],
    findings: &'a [Finding],
    names: Names<'a>,
    migration: Migration<'a>,
}

impl Scene<'_> {
    /// Whether findings of one of these rules say that something is wrong.
    fn is_found(&self, rules: &[&str]) -> bool {
        let fails = |finding: &Finding| finding.verdict == Verdict::Fail && rules.contains(&finding.rule);
        self.findings.iter().any(fails)
    }
}

/// Every item there is, in the order in which they are shown.
pub fn all() -> impl Iterator<Item = &'static Check> {
    migration::CHECKS.iter().chain(&outside::CHECKS).chain(&peerings::CHECKS).chain(&services::CHECKS)
}

/// The items that apply to an estate: of these packs, or whatever there is.
pub fn of(
    topology: &Topology,
    settings: &Settings,
    packs: &[Pack],
    everything: bool,
    findings: &[Finding],
) -> Vec<ChecklistItem> {
    let is_asked = |check: &&Check| everything || check.packs.iter().any(|pack| packs.contains(pack));
    let mut asked = all().filter(is_asked).peekable();
    if asked.peek().is_none() {
        return Vec::new();
    }
    let scene = Scene {
        topology,
        settings,
        packs,
        findings,
        names: Names::of(topology),
        migration: Migration::of(topology),
    };
    let item = |check: &Check| {
        let Step { why, commands, entries, about } = (check.make)(&scene)?.bounded();
        let Check { id, title, article, .. } = *check;
        Some(ChecklistItem { id, title, why, commands, entries, article, about })
    };
    asked.filter_map(item).collect()
}
