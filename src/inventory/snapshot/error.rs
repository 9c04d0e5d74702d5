//! Why a snapshot cannot be read or written.

use std::io;

/// Why a snapshot cannot be read or written. `path` is the file as the user named it, or `-`.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("cannot open {path}: {source}")]
    Open { path: String, source: io::Error },
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("{path} is not a plaudit snapshot: {found}")]
    NotASnapshot { path: String, found: &'static str },
    #[error("snapshot {path} is cut off: {how}")]
    CutOff { path: String, how: String },
    #[error("snapshot {path} is too old: it has format version {version}, and this plaudit reads version 1")]
    TooOld { path: String, version: i64 },
    #[error("snapshot {path} is too new: {tool} wrote it in format version {version}, and this plaudit ({}) reads version 1", env!("CARGO_PKG_VERSION"))]
    TooNew { path: String, version: u64, tool: String },
    #[error("snapshot {path} is damaged at line {line}: {reason}")]
    Line { path: String, line: usize, reason: String },
    #[error("snapshot {path} is damaged: {source}")]
    Compression { path: String, source: io::Error },
    #[error("cannot write the snapshot {path}: {source}")]
    Write { path: String, source: io::Error },
}

impl SnapshotError {
    /// What to do next.
    pub fn help(&self) -> String {
        let help = match self {
            SnapshotError::Open { .. } => {
                "name a file that exists and may be read, or `-` for standard input"
            }
            SnapshotError::Read { .. } => "check that it is a file and that its disk or share answers",
            SnapshotError::NotASnapshot { .. } => "write one with `plaudit collect -o FILE`",
            SnapshotError::CutOff { .. } => {
                "copy the file again, or collect again with `plaudit collect -o FILE`"
            }
            SnapshotError::TooOld { .. } => "collect again with `plaudit collect -o FILE`",
            SnapshotError::TooNew { tool, .. } => {
                return format!(
                    "update plaudit to the version that wrote the snapshot ({tool}) or a later one"
                );
            }
            SnapshotError::Line { .. } | SnapshotError::Compression { .. } => {
                "the file was changed after plaudit wrote it: copy it again, or collect again with `plaudit collect -o FILE`"
            }
            SnapshotError::Write { .. } => {
                "choose a file in a folder that exists, can be written and has room"
            }
        };
        help.to_owned()
    }
}
