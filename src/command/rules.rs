//! `plaudit rules`: the list of rules and their pages.

use std::io::{self, Write};

use super::console::Console;
use super::stdout;
use crate::cli::{ListFormat, RulesCommand};
use crate::error::Failure;
use crate::inventory::Pack;
use crate::report::catalogue::{self, Entry};
use crate::report::inert;
use crate::rules::{self, Rule};
use crate::spelling::did_you_mean;

/// Runs the command; gives its exit code.
pub(super) fn run(command: &RulesCommand, console: &Console) -> Result<u8, Failure> {
    let rules = rules::all()?;
    let found = match command {
        RulesCommand::List { .. } => None,
        RulesCommand::Show { rule } => Some(find(&rules, rule)?),
    };
    stdout(|out| match command {
        RulesCommand::List { format } => list(&rules, *format, console, out),
        RulesCommand::Show { .. } => found.map_or(Ok(()), |rule| show(rule, console, out)),
    })?;
    Ok(0)
}

fn list(rules: &[Rule], format: ListFormat, console: &Console, out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<Entry<'_>> = rules.iter().map(entry).collect();
    match format {
        ListFormat::Table => catalogue::write_table(&entries, &console.style(), out),
        ListFormat::Json => catalogue::write_json(&entries, out),
    }
}

fn show(rule: &Rule, console: &Console, out: &mut dyn Write) -> io::Result<()> {
    catalogue::write_page(&entry(rule), rule.page.body, &console.style(), out)
}

fn entry(rule: &Rule) -> Entry<'_> {
    let front = &rule.page.front;
    Entry {
        id: rule.page.id,
        name: rule.page.name,
        summary: &front.summary,
        severity: front.severity,
        default: front.default,
        needs: front.needs.as_deref(),
        pack: front.pack.map(Pack::name),
        since: &front.since,
        reference: &front.reference,
    }
}

/// The rule of this id or name, without regard to case.
fn find<'a>(rules: &'a [Rule], given: &str) -> Result<&'a Rule, Failure> {
    let is = |word: &str| word.eq_ignore_ascii_case(given.trim());
    rules.iter().find(|rule| is(rule.page.id) || is(rule.page.name)).ok_or_else(|| {
        let known = rules.iter().flat_map(|rule| [rule.page.id, rule.page.name]);
        let near = did_you_mean(given.trim(), known);
        Failure::Usage(format!("there is no rule `{}`{near}; `plaudit rules list` names all", inert(given)))
    })
}
