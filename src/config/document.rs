//! The file as TOML: its syntax, its keys, and where in it something is wrong. Knows no rule and no value.

use std::io;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::raw::Raw;
use crate::report::inert;
use crate::rules::{PageError, own};
use crate::spelling::{did_you_mean, nearest};
use crate::topology::zones::ZoneTableError;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration {path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("{}", listed(path, faults))]
    Faults { path: String, faults: Vec<Fault> },
    /// Rules of a person's own.
    #[error("{}", told(.0))]
    Rules(Vec<own::Fault>),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Zones(#[from] ZoneTableError),
}

/// One thing that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// May hold text of the file: hostile.
    pub message: String,
}

impl Fault {
    /// A fault at a place in a text, in bytes.
    pub(super) fn at(text: &str, place: &Range<usize>, message: impl Into<String>) -> Fault {
        let before = text.as_bytes().get(..place.start).unwrap_or(text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Fault { line, message: message.into() }
    }
}

/// A line each, as editors open them: `plaudit.toml:12: …`.
fn listed(path: &str, faults: &[Fault]) -> String {
    let path = inert(path);
    let line = |fault: &Fault| format!("{path}:{}: {}", fault.line, inert(&fault.message));
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same for pages of rules.
fn told(faults: &[own::Fault]) -> String {
    let line = |fault: &own::Fault| {
        let line = fault.line.map_or_else(String::new, |line| format!("{line}:"));
        format!("{}:{line} {}", inert(&fault.file), inert(&fault.message))
    };
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A key and what may stand under it.
struct Key(&'static str, Shape);

enum Shape {
    Value,
    Table(&'static [Key]),
    Tables(&'static [Key]),
}

use Shape::{Table, Tables, Value};

const KEYS: &[Key] = &[
    Key("client-vnets", Value),
    Key("expect-onprem", Value),
    Key("packs", Value),
    Key("expect-er", Value),
    Key("target-regions", Value),
    Key("appliance-object-id", Value),
    Key("rules-dir", Value),
    Key("rules", Table(&[Key("enable", Value), Key("disable", Value), Key("severity", Value)])),
    Key(
        "thresholds",
        Table(&[Key("pending-grace", Value), Key("record-ttl", Value), Key("capacity", Value)]),
    ),
    Key("dns-servers", Value),
    Key(
        "expected-vnets",
        Tables(&[
            Key("endpoint", Value),
            Key("target", Value),
            Key("tag", Table(&[Key("name", Value), Key("value", Value)])),
            Key("vnet", Value),
        ]),
    ),
    Key(
        "zones",
        Tables(&[Key("type", Value), Key("group", Value), Key("zone", Value), Key("suffixes", Value)]),
    ),
    Key(
        "suppress",
        Tables(&[Key("rule", Value), Key("resource", Value), Key("reason", Value), Key("expires", Value)]),
    ),
];

/// Reads the file: every key that nobody knows is told at once, of other faults the first.
pub(super) fn read(text: &str) -> Result<Raw, Vec<Fault>> {
    let fault = |error: &toml::de::Error| {
        let message = error.message().trim().replace('\n', ", ");
        vec![Fault::at(text, &error.span().unwrap_or_default(), message)]
    };
    let document = DeTable::parse(text).map_err(|error| fault(&error))?;
    let mut faults = Vec::new();
    unknown_keys(text, document.get_ref(), "", KEYS, &mut faults);
    if !faults.is_empty() {
        faults.sort();
        return Err(faults);
    }
    toml::from_str(text).map_err(|error| fault(&error))
}

fn unknown_keys(text: &str, table: &DeTable<'_>, place: &str, keys: &'static [Key], faults: &mut Vec<Fault>) {
    for (name, value) in table {
        let known = keys.iter().find(|Key(key, _)| key == name.get_ref());
        match (known, value.get_ref()) {
            (None, _) => faults.push(Fault::at(text, &name.span(), unknown(name.get_ref(), place, keys))),
            (Some(Key(key, Table(keys))), DeValue::Table(inner)) => {
                unknown_keys(text, inner, &format!("[{key}]"), keys, faults);
            }
            (Some(Key(key, Tables(keys))), DeValue::Array(items)) => {
                for inner in items.iter().filter_map(|item| item.get_ref().as_table()) {
                    unknown_keys(text, inner, &format!("[[{key}]]"), keys, faults);
                }
            }
            // A value of another type than is due is told when the values are read.
            (Some(_), _) => {}
        }
    }
}

fn unknown(name: &str, place: &str, keys: &'static [Key]) -> String {
    let names = |keys: &'static [Key]| keys.iter().map(|Key(key, _)| *key);
    let home = if place.is_empty() { String::new() } else { format!(" in {place}") };
    let start = format!("unknown key `{name}`{home}");
    if nearest(name, names(keys)).is_some() {
        return format!("{start}{}", did_you_mean(name, names(keys)));
    }
    // In TOML a key belongs to the last table that was opened above it.
    if names(KEYS).any(|key| key == name) {
        return format!("{start}; it stands at the top of the file, above the first table");
    }
    let inner = |Key(_, shape): &'static Key| match shape {
        Table(keys) | Tables(keys) => *keys,
        Value => &[],
    };
    let owner = KEYS.iter().find(|key| names(inner(key)).any(|key| key == name));
    if let Some(Key(owner, shape)) = owner {
        let owner = if matches!(shape, Tables(_)) { format!("[[{owner}]]") } else { format!("[{owner}]") };
        return format!("{start}; it stands in {owner}");
    }
    let known: Vec<String> = names(keys).map(|key| format!("`{key}`")).collect();
    format!("{start}; the keys are {}", known.join(", "))
}
