//! Why a run cannot be gone on with, or its journal not be written.

use std::io;

/// Why a journal cannot be used. `path` is the journal's file.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("--resume needs an output that is a file, and {output} is none")]
    NoFile { output: String },
    #[error("there is no stopped run to go on with (--resume): {path} is not there")]
    Missing { path: String },
    #[error("cannot read the journal {path}: {source}")]
    Open { path: String, source: io::Error },
    #[error("cannot write the journal {path}: {source}")]
    Write { path: String, source: io::Error },
    #[error("{path} is not the journal of a run: {found}")]
    NotAJournal { path: String, found: &'static str },
    #[error("the journal {path} is too new: plaudit {tool} wrote it in format version {version}, and this plaudit ({}) reads version 1", env!("CARGO_PKG_VERSION"))]
    TooNew { path: String, version: u64, tool: String },
    #[error("the journal {path} is too old: its run started at {started_at}, more than 24 hours ago")]
    Stale { path: String, started_at: String },
    #[error("the journal {path} is damaged at line {line}: {reason}")]
    Line { path: String, line: usize, reason: String },
    #[error("the journal {path} is of another run: {what} was {then}, and is {now} now")]
    Other { path: String, what: &'static str, then: String, now: String },
}

impl JournalError {
    /// What to do next.
    pub fn help(&self) -> String {
        let help = match self {
            JournalError::NoFile { .. } => {
                "name the file that the stopped run was to write with --output, or leave --resume out"
            }
            JournalError::Missing { .. } => {
                "name the --output of the run that was stopped; without --resume it starts anew"
            }
            JournalError::Write { .. } => {
                "choose an --output in a folder that exists, can be written and has room"
            }
            JournalError::TooNew { .. } => {
                "update plaudit to the version that wrote the journal; without --resume it starts anew"
            }
            JournalError::Other { .. } => {
                "run it with the arguments of the run that was stopped; without --resume it starts anew"
            }
            JournalError::Open { .. }
            | JournalError::NotAJournal { .. }
            | JournalError::Stale { .. }
            | JournalError::Line { .. } => "without --resume it starts anew",
        };
        help.to_owned()
    }
}
