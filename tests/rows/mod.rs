//! Rows of facts, held against their schema and against rows of the same estate of which more was read.

#![allow(dead_code, reason = "every test target uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this is test code")]

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use plaudit::facts::{Row, Subject, rows, schema, schema_of_all};
use plaudit::inventory::ResourceId;
use plaudit::topology::Topology;
use serde_json::Value;

static VALIDATORS: LazyLock<HashMap<Subject, Validator>> = LazyLock::new(|| {
    let validator = |subject| {
        let schema = serde_json::to_value(schema(subject)).unwrap();
        (subject, jsonschema::validator_for(&schema).unwrap())
    };
    Subject::ALL.into_iter().map(validator).collect()
});

static OF_ALL: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&serde_json::to_value(schema_of_all()).unwrap()).unwrap());

/// Every row of an estate.
pub fn unchecked(topology: &Topology) -> Vec<(Subject, Row)> {
    let of = |subject| rows(topology, subject).into_iter().map(move |row| (subject, row));
    Subject::ALL.into_iter().flat_map(of).collect()
}

/// Every row of an estate, each of which is what its schema says.
#[track_caller]
pub fn all(topology: &Topology) -> Vec<(Subject, Row)> {
    let all = unchecked(topology);
    for (subject, row) in &all {
        for validator in [&VALIDATORS[subject], &OF_ALL] {
            let faults: Vec<String> = validator
                .iter_errors(&row.facts)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(faults.is_empty(), "{}\n{:#}", faults.join("\n"), row.facts);
        }
        assert_eq!(row.facts["subject"], subject.name());
        assert_eq!(row.facts["id"], row.id.as_str());
        assert_eq!(row.facts["reported"], row.reported);
    }
    all
}

/// The row of a resource.
#[track_caller]
pub fn row(topology: &Topology, subject: Subject, id: &ResourceId) -> Value {
    let all = all(topology).into_iter();
    let mut own = all.filter(|(of, row)| *of == subject && row.id == *id).map(|(_, row)| row.facts);
    own.next().unwrap_or_else(|| panic!("no {} row of {id}", subject.name()))
}

/// What a row is known by.
fn key((subject, row): &(Subject, Row)) -> (Subject, String, String) {
    (*subject, row.id.lower(), row.facts["fqdn"].as_str().unwrap_or_default().to_owned())
}

/// Reading less takes rows and facts away, and changes none.
pub fn only_less(full: &[(Subject, Row)], less: &[(Subject, Row)]) -> Result<(), String> {
    let known: HashMap<_, &Value> = full.iter().map(|row| (key(row), &row.1.facts)).collect();
    for row in less {
        let key = key(row);
        let Some(before) = known.get(&key) else { return Err(format!("{key:?} is new")) };
        if let Some(place) = differ(before, &row.1.facts, "") {
            return Err(format!("{key:?}: {place}"));
        }
    }
    Ok(())
}

/// Where something is told that was not told before, or was told otherwise.
fn differ(before: &Value, after: &Value, place: &str) -> Option<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => after.iter().find_map(|(name, value)| {
            let place = format!("{place}/{name}");
            match before.get(name) {
                None => Some(format!("{place} was not known, and is {value}")),
                Some(old) => differ(old, value, &place),
            }
        }),
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let both = before.iter().zip(after).enumerate();
            both.into_iter().find_map(|(at, (old, value))| differ(old, value, &format!("{place}/{at}")))
        }
        _ if before == after => None,
        _ => Some(format!("{place} was {before}, and is {after}")),
    }
}
