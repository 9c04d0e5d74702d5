//! The cases that a page carries: a row of facts and the verdict that is due.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::OwnRule;
use super::evaluate::{Outcome, Workshop};
use super::functions::language;
use super::shape::{Form, Type};
use crate::spelling::did_you_mean;

/// A case as the page has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCase {
    row: Option<Spanned<String>>,
    verdict: Option<Spanned<String>>,
}

/// A row and what a rule has to say of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it stands in its page, from 1.
    pub line: usize,
    row: Value,
    due: Due,
}

/// What is due of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Fail,
    Pass,
    Unknown,
}

impl Due {
    const ALL: [Due; 3] = [Due::Fail, Due::Pass, Due::Unknown];

    fn name(self) -> &'static str {
        match self {
            Due::Fail => "fail",
            Due::Pass => "pass",
            Due::Unknown => "unknown",
        }
    }
}

/// A case that came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFault {
    /// The line of the case in its page, from 1.
    pub line: usize,
    pub message: String,
}

/// A fault and where it stands; without a place it is the case as a whole.
type PlacedFault = (Option<Range<usize>>, String);

impl RawCase {
    /// Checks a case against the type of its rows. A fact may be left out: then it was not read.
    pub fn read(&self, row: &Type, line: usize) -> Result<Case, Vec<PlacedFault>> {
        let mut faults = Vec::new();
        let due = match &self.verdict {
            None => {
                faults.push((None, "this [[case]] has no `verdict`".to_owned()));
                None
            }
            Some(text) => {
                let found = Due::ALL.into_iter().find(|due| due.name() == text.get_ref());
                if found.is_none() {
                    let names = Due::ALL.map(Due::name);
                    let near = did_you_mean(text.get_ref(), names);
                    let message =
                        format!("unknown verdict `{}`{near}; there are {}", text.get_ref(), names.join(", "));
                    faults.push((Some(text.span()), message));
                }
                found
            }
        };
        let facts = match &self.row {
            None => {
                faults.push((None, "this [[case]] has no `row`".to_owned()));
                None
            }
            Some(text) => match serde_json::from_str::<Value>(text.get_ref()) {
                Ok(facts) if facts.is_object() => {
                    let mut wrong = Vec::new();
                    compare(&facts, row, "", &mut wrong);
                    faults.extend(wrong.into_iter().map(|message| (Some(text.span()), message)));
                    Some(facts)
                }
                Ok(_) => {
                    faults.push((
                        Some(text.span()),
                        "`row` is an object in JSON: '{ \"name\": \"…\" }'".to_owned(),
                    ));
                    None
                }
                Err(error) => {
                    faults.push((Some(text.span()), format!("`row` is no JSON: {error}")));
                    None
                }
            },
        };
        match (facts, due) {
            (Some(row), Some(due)) if faults.is_empty() => Ok(Case { line, row, due }),
            _ => Err(faults),
        }
    }
}

/// Every fact of a case that no row can have.
fn compare(value: &Value, due: &Type, path: &str, faults: &mut Vec<String>) {
    let fits = match (&due.form, value) {
        (_, Value::Null) => due.nullable,
        (Form::Any, _)
        | (Form::Bool, Value::Bool(_))
        | (Form::Double, Value::Number(_))
        | (Form::Text, Value::String(_)) => true,
        (Form::Int | Form::UInt, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Form::List(items), Value::Array(values)) => {
            values.iter().for_each(|one| compare(one, items, &format!("{path}[]"), faults));
            true
        }
        (Form::Map(items), Value::Object(values)) => {
            values.iter().for_each(|(key, one)| compare(one, items, &format!("{path}.{key}"), faults));
            true
        }
        (Form::Record(fields), Value::Object(values)) => {
            for (name, one) in values {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match fields.get(name) {
                    Some(field) => compare(one, field, &inner, faults),
                    None => {
                        let near = did_you_mean(name, fields.keys().map(String::as_str));
                        faults.push(format!("no row has a fact `{inner}`{near}"));
                    }
                }
            }
            true
        }
        _ => false,
    };
    if !fits {
        let null = if value.is_null() { " and is never null" } else { "" };
        faults.push(format!("the fact `{path}` is a {due}{null}"));
    }
}

impl OwnRule {
    /// Runs the page's cases; tells those that come out otherwise than is due.
    pub fn run_cases(&self) -> Vec<CaseFault> {
        let fault = |line, message| vec![CaseFault { line, message }];
        let Ok(env) = language() else { return fault(1, "the engine does not start".to_owned()) };
        let workshop = Workshop::new(&Arc::new(env), self.subject.name(), [self]);
        let run = |(number, case): (usize, &Case)| {
            let Ok(mut engine) = workshop.engine() else {
                return Some(CaseFault { line: case.line, message: "the engine does not start".to_owned() });
            };
            engine.take(&case.row);
            let found = engine.judge(self, &case.row);
            let (verdict, why) = match &found {
                Outcome::Pass => (Due::Pass, String::new()),
                Outcome::Fail(message) => {
                    (Due::Fail, message.as_ref().map_or_else(String::new, |text| format!(" (\"{text}\")")))
                }
                Outcome::Unread(fact) => (Due::Unknown, format!(" (`{fact}` is not in the row)")),
                Outcome::Failed(why) => (Due::Unknown, format!(" ({why})")),
            };
            let message =
                format!("case {}: {} is due, and it is {}{why}", number + 1, case.due.name(), verdict.name());
            (verdict != case.due).then_some(CaseFault { line: case.line, message })
        };
        self.cases.iter().enumerate().filter_map(run).collect()
    }
}
