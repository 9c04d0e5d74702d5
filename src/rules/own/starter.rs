//! A page to start from.

use super::page::{check_id, is_kebab};
use crate::facts::Subject;

/// Why no page can be written.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    #[error("{0}")]
    Id(String),
    #[error("`{0}` is no name of a rule; it is made of lower-case letters, digits and hyphens")]
    Name(String),
}

/// A page that is sound and asks something of its subject that hardly any row fails.
pub fn page(id: &str, name: &str, subject: Subject) -> Result<String, StarterError> {
    check_id(id).map_err(StarterError::Id)?;
    if !is_kebab(name) {
        return Err(StarterError::Name(name.to_owned()));
    }
    let (word, title) = (subject.name(), subject.title());
    Ok(format!(
        r#"+++
id = "{id}"
name = "{name}"
summary = "A name ends in -old."
severity = "warning"
reference = "https://learn.microsoft.com/azure/private-link/"
# What its rows are about: {title}. `plaudit facts --subject {word}` prints them.
subject = "{word}"
# Whether the fault is there. A fact that could not be read makes the verdict unknown by itself.
when = '''
{word}.name.endsWith('-old')
'''
# What a finding says.
message = '''
{word}.name + ' ends in -old'
'''

# A row, as `plaudit facts` prints it, and the verdict that is due: fail, pass or unknown. Facts that are left out
# were not read. `plaudit rules check` runs the cases.
[[case]]
row = '{{ "name": "orders-old" }}'
verdict = "fail"

[[case]]
row = '{{ "name": "orders" }}'
verdict = "pass"

[[case]]
row = '{{ }}'
verdict = "unknown"
+++

## What it finds

Names that end in `-old`.

## Why it matters

What is kept for later is forgotten.

## How to mend it

Delete it, or give it a name that says what it is for.

## When it stays silent

It judges every row.

## References

* The conventions of your own house.
"#
    ))
}
