//! `plaudit rules`: the list of rules and their pages; people's own rules checked, and a page to start from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::console::Console;
use super::{configuration_with_rules, stdout};
use crate::cli::{ListFormat, RulesCommand};
use crate::config::ConfigError;
use crate::error::Failure;
use crate::facts::Subject;
use crate::inventory::Pack;
use crate::report::catalogue::{self, Entry};
use crate::report::inert;
use crate::rules::{self, Check, Rule, own};
use crate::spelling::did_you_mean;

/// Runs the command; gives its exit code.
pub(super) fn run(command: &RulesCommand, console: &Console) -> Result<u8, Failure> {
    match command {
        RulesCommand::List { format, config } => {
            let rules = configuration_with_rules(config, console)?.rules()?;
            stdout(|out| list(&rules, *format, console, out))?;
            Ok(0)
        }
        RulesCommand::Show { rule, config } => {
            let mut known = rules::all()?;
            // A page of ours stands whatever ails the pages of others.
            if named(&known, rule).is_none() {
                known = configuration_with_rules(config, console)?.rules()?;
            }
            let found = find(&known, rule)?;
            stdout(|out| show(found, console, out))?;
            Ok(0)
        }
        RulesCommand::Check { folders } => check(folders),
        RulesCommand::New { id, subject, name, output } => {
            let name = name.clone().unwrap_or_else(|| format!("rename-me-{}", id.to_ascii_lowercase()));
            start(id, &name, *subject, output)
        }
    }
}

/// What did not come about when the command fails.
pub(super) fn undone(command: &RulesCommand) -> &'static str {
    match command {
        RulesCommand::List { .. } | RulesCommand::Show { .. } => "nothing was shown",
        RulesCommand::Check { .. } => "the rules are not sound",
        RulesCommand::New { .. } => "no page was written",
    }
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
        file: match &rule.check {
            Check::BuiltIn(_) => None,
            Check::Own(own) => Some(&own.file),
        },
    }
}

/// The rule of this id or name, without regard to case.
fn find<'a>(rules: &'a [Rule], given: &str) -> Result<&'a Rule, Failure> {
    named(rules, given).ok_or_else(|| {
        let known = rules.iter().flat_map(|rule| [rule.page.id, rule.page.name]);
        let near = did_you_mean(given.trim(), known);
        Failure::Usage(format!("there is no rule `{}`{near}; `plaudit rules list` names all", inert(given)))
    })
}

fn named<'a>(rules: &'a [Rule], given: &str) -> Option<&'a Rule> {
    let is = |word: &str| word.eq_ignore_ascii_case(given.trim());
    rules.iter().find(|rule| is(rule.page.id) || is(rule.page.name))
}

/// Loads folders and runs the cases of every page: a line for each that comes out otherwise, then the count.
fn check(folders: &[PathBuf]) -> Result<u8, Failure> {
    let own = own::load(folders, &rules::all()?).map_err(ConfigError::Rules)?;
    let (mut all, mut cases, mut lines) = (0, 0, Vec::new());
    for rule in own.rules() {
        let Check::Own(rule) = &rule.check else { continue };
        all += 1;
        cases += rule.cases.len();
        let told = rule.run_cases().into_iter();
        let file = inert(&rule.file);
        lines.extend(told.map(|fault| format!("{file}:{}: {}", fault.line, inert(&fault.message))));
    }
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let wrong = match lines.len() {
        0 => "all as is due".to_owned(),
        n => format!("{n} otherwise than is due"),
    };
    stdout(|out| {
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        writeln!(out, "{} sound, {}: {wrong}", count(all, "rule"), count(cases, "case"))
    })?;
    Ok(u8::from(!lines.is_empty()))
}

/// Writes a page to start from, and never over another. The folder is made when it is not there.
fn start(id: &str, name: &str, subject: Subject, folder: &Path) -> Result<u8, Failure> {
    let page = own::starter_page(id, name, subject)
        .map_err(|error| Failure::Usage(inert(&error.to_string()).into_owned()))?;
    let path = folder.join(format!("{id}-{name}.md"));
    if path.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!(
            "{} is there already, and stays as it is",
            inert(&path.display().to_string())
        )));
    }
    let failed = |source| Failure::Output { path: path.display().to_string(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(page.as_bytes()).map_err(failed)?;
    stdout(|out| writeln!(out, "{}", inert(&path.display().to_string())))?;
    Ok(0)
}
