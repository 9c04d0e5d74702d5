//! Holds what is written as JSON against the schema that stands beside it.

#![allow(dead_code, reason = "every test target uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this is test code")]

use std::sync::LazyLock;

use jsonschema::Validator;
use plaudit::report::schema::{Document, of};
use serde_json::Value;

static VALIDATORS: LazyLock<Vec<(String, Validator)>> = LazyLock::new(|| {
    let validator = |document: Document| {
        let schema = serde_json::to_value(of(document)).unwrap();
        (format!("plaudit/{}/v1", document.name()), jsonschema::validator_for(&schema).unwrap())
    };
    Document::ALL.into_iter().map(validator).collect()
});

/// What is wrong with a document, by the schema that it names.
pub fn faults(document: &Value) -> Vec<String> {
    let named = document["schema"].as_str().unwrap_or_default();
    let Some((_, validator)) = VALIDATORS.iter().find(|(name, _)| name == named) else {
        return vec![format!("no schema is called {named:?}")];
    };
    let errors = validator.iter_errors(document);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// A document is what its schema says.
#[track_caller]
pub fn holds(document: &Value) {
    let faults = faults(document);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The document in a text, held against its schema.
#[track_caller]
pub fn read(text: &str) -> Value {
    let document = serde_json::from_str(text).unwrap_or_else(|why| panic!("no JSON: {why}\n{text}"));
    holds(&document);
    document
}
