//! What a rule says of one row.

use std::sync::Arc;

use cel::common::types::{CelBool, CelString};
use cel::{Context, DeclarationError, Env, ExecutionError, Value as CelValue};
use serde_json::Value;

use super::OwnRule;
use super::check::{Read, Step};
use super::expression::Expression;
use super::functions::{Patterns, context};
use super::value;

/// What a rule says of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    /// The fault is there; its message, unless that hangs on what was not read.
    Fail(Option<String>),
    /// It hangs on this fact, which was not read.
    Unread(String),
    /// The expression cannot be evaluated, for this reason.
    Failed(String),
}

/// Where expressions about one subject are evaluated, row after row.
pub(super) struct Engine<'v> {
    context: Context<'v, 'v>,
    subject: &'static str,
}

/// What engines for the same rules share.
pub(super) struct Workshop {
    env: Arc<Env>,
    patterns: Arc<Patterns>,
    subject: &'static str,
}

impl Workshop {
    /// For rules about one subject.
    pub fn new<'r>(
        env: &Arc<Env>,
        subject: &'static str,
        rules: impl IntoIterator<Item = &'r OwnRule>,
    ) -> Self {
        let mut patterns = Patterns::default();
        for rule in rules {
            patterns.take_up(&rule.when.patterns);
            patterns.take_up(&rule.message.patterns);
        }
        Workshop { env: Arc::clone(env), patterns: Arc::new(patterns), subject }
    }

    pub fn engine<'v>(&self) -> Result<Engine<'v>, DeclarationError> {
        Ok(Engine { context: context(&self.env, &self.patterns)?, subject: self.subject })
    }
}

impl<'v> Engine<'v> {
    /// Takes up the next row.
    pub fn take(&mut self, facts: &'v Value) {
        self.context.add_variable_as_val(self.subject, value::of(facts));
    }

    /// What a rule says of the row that was taken up.
    pub fn judge(&self, rule: &OwnRule, facts: &Value) -> Outcome {
        let found = CelValue::resolve_val(&rule.when.tree, &self.context);
        let found = found.map(|value| value.downcast_ref::<CelBool>().map(|one| *one.inner()));
        match found {
            Ok(Some(false)) => Outcome::Pass,
            Ok(Some(true)) => Outcome::Fail(self.message(rule)),
            Ok(None) => Outcome::Failed("it comes to something else than true or false".to_owned()),
            Err(ExecutionError::NoSuchKey(key)) => Outcome::Unread(unread(&rule.when, &key, facts)),
            Err(error) => Outcome::Failed(told(&error)),
        }
    }

    fn message(&self, rule: &OwnRule) -> Option<String> {
        let value = CelValue::resolve_val(&rule.message.tree, &self.context).ok()?;
        let text = value.downcast_ref::<CelString>()?.inner().trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// The fact of which only the last name is known: the way to one that the expression reads, as far as it is there.
fn unread(when: &Expression, key: &str, facts: &Value) -> String {
    let ends = |step: &Step| matches!(step, Step::Field(name) if name == key);
    let ways = when.reads.iter().flat_map(|read| {
        let ends = read.steps.iter().enumerate().filter(move |(_, step)| ends(step));
        ends.map(|(index, _)| read.up_to(index))
    });
    let ways: Vec<Read> = ways.collect();
    let found = ways.iter().find(|way| look(facts, way).misses).or(ways.first());
    found.map_or_else(|| key.to_owned(), |way| way.shown.clone())
}

/// What a row says of a fact.
#[derive(Debug, Default)]
pub(super) struct Look<'f> {
    /// One value, or one of every item that has it.
    pub values: Vec<&'f Value>,
    /// Whether it was not read, or not of every item.
    pub misses: bool,
}

pub(super) fn look<'f>(facts: &'f Value, read: &Read) -> Look<'f> {
    let mut found = Look { values: vec![facts], misses: false };
    for step in &read.steps {
        let values = std::mem::take(&mut found.values);
        for value in values {
            match (step, value) {
                // What is known not to be there has no fields and no items.
                (_, Value::Null) => found.values.push(value),
                (Step::Items, value) => found.values.extend(value.as_array().into_iter().flatten()),
                (Step::Field(name), value) => match value.get(name) {
                    Some(value) => found.values.push(value),
                    None => found.misses = true,
                },
            }
        }
    }
    found
}

/// Why an expression could not be evaluated, without a word of the row: whoever reads a report learns what the rule
/// does, and rows that fail alike stand together.
fn told(error: &ExecutionError) -> String {
    use super::check::shown;
    match error {
        ExecutionError::NoSuchOverload(wrong) => {
            let types: Vec<&str> = wrong.argument_types().iter().map(|one| plain(one)).collect();
            match (wrong.function(), types.as_slice()) {
                ("_._", [owner, ..]) => format!("it asks for a field of {owner}"),
                (function, types) => format!("`{}` does not take {}", shown(function), types.join(" and ")),
            }
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a number in it is too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "it asks for an item that its list does not have".to_owned(),
        ExecutionError::FunctionError { function, message } => format!("in {function}(): {message}"),
        ExecutionError::UnexpectedType { want, .. } if want == "bool" => {
            "it takes something else than true or false for a condition".to_owned()
        }
        _ => "it works on a value of another type than it takes, such as null".to_owned(),
    }
}

fn plain(name: &str) -> &str {
    if name == "null_type" { "null" } else { name }
}
