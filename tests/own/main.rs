//! People's own rules, held against the built binary: loaded, listed, configured, reported.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets nonsense must stop"
)]

mod commands;
mod configured;
mod formats;
mod judged;
#[path = "../config/run.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod run;
#[path = "../schema/mod.rs"]
mod schema;

use std::path::{Path, PathBuf};

/// The rules of the house in testdata.
fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/own-rules")
}

/// A page of its parts; the first line of `when` is the page's ninth.
fn page(id: &str, name: &str, subject: &str, when: &str, rest: &str) -> String {
    format!(
        "+++\nid = \"{id}\"\nname = \"{name}\"\nsummary = \"Something is so.\"\nseverity = \"warning\"\n\
         reference = \"https://wiki.example/{id}\"\nsubject = \"{subject}\"\nwhen = '''\n{when}\n'''\n\
         message = \"{subject}.name + ' is so'\"\n{rest}+++\n\n## What it finds\n\nWhat is so.\n\n## Why it matters\n\n\
         It does.\n\n## How to mend it\n\nMake it\notherwise.\n\nOr do not.\n\n## When it stays silent\n\nNever.\n\n\
         ## References\n\n* None.\n"
    )
}
