//! Every expected failure, its exit code and the line that helps.

use std::io;

use crate::azure::AzureError;
use crate::azure::journal::JournalError;
use crate::config::ConfigError;
use crate::inventory::snapshot::SnapshotError;
use crate::rules::PageError;
use crate::survey::TableError;
use crate::topology::zones::ZoneTableError;

/// A failure that ends the run before a report exists.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{option} {path}: {reason}")]
    Earlier { option: &'static str, path: String, reason: String },
    #[error("{path}: {reason}")]
    Compared { path: String, reason: String },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Azure(#[from] AzureError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Zones(#[from] ZoneTableError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("no subscription could be read{}", listed(.0))]
    NothingReadable(Vec<String>),
    #[error("cannot write {path}: {source}")]
    Output { path: String, source: io::Error },
    #[error("cannot start the threads that read: {0}")]
    Runtime(io::Error),
    #[error("the run was stopped before it had read anything of use")]
    Interrupted,
    #[error("the run took longer than {0} seconds (--timeout)")]
    TimedOut(u64),
}

impl Failure {
    /// The process's exit code: 2 for wrong usage or configuration, 3 when somebody stopped the run, 4 when no audit was
    /// possible, or nothing could be written of it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) | Failure::Earlier { .. } | Failure::Journal(_) => 2,
            Failure::Output { source, .. } | Failure::Snapshot(SnapshotError::Write { source, .. })
                if is_wrong_place(source) =>
            {
                2
            }
            Failure::Config(
                ConfigError::Read { .. } | ConfigError::Faults { .. } | ConfigError::Rules(_),
            ) => 2,
            Failure::Azure(error) if error.is_wrong_usage() => 2,
            Failure::Interrupted => 3,
            Failure::NothingReadable(_)
            | Failure::Compared { .. }
            | Failure::Output { .. }
            | Failure::Snapshot(_)
            | Failure::Azure(_)
            | Failure::Page(_)
            | Failure::Zones(_)
            | Failure::Table(_)
            | Failure::Config(ConfigError::Page(_) | ConfigError::Zones(_))
            | Failure::Runtime(_)
            | Failure::TimedOut(_) => 4,
        }
    }

    /// Whether the message is a list, a line each, in which each part is one line already. In any other a line break is
    /// somebody else's: of a name, or of what a server said.
    pub fn is_list(&self) -> bool {
        matches!(
            self,
            Failure::Config(ConfigError::Faults { .. } | ConfigError::Rules(_) | ConfigError::Zones(_))
                | Failure::Azure(AzureError::SignIn { .. })
                | Failure::Zones(_)
                | Failure::NothingReadable(_)
        )
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Failure::Usage(_) => "the same command with --help lists the options".to_owned(),
            Failure::Snapshot(SnapshotError::Write { source, .. }) => unwritten(source).to_owned(),
            Failure::Snapshot(error) => error.help(),
            Failure::Azure(error) => error.help(),
            Failure::Journal(error) => error.help(),
            Failure::Config(ConfigError::Read { .. }) => {
                "name a configuration that may be read with --config, or leave it out with --no-config".to_owned()
            }
            Failure::Config(ConfigError::Faults { .. }) => {
                "correct the file, or leave it out with --no-config".to_owned()
            }
            Failure::Config(ConfigError::Rules(_)) => {
                "correct these pages; `plaudit rules check DIR` checks a folder".to_owned()
            }
            Failure::Earlier { option: "--baseline", .. } => {
                "name a report that an earlier audit wrote with --write-baseline or `-f json=FILE`".to_owned()
            }
            Failure::Compared { .. } => {
                "name a report, as `-f json=FILE` writes it, or a snapshot, as `plaudit collect -o FILE` does".to_owned()
            }
            Failure::Earlier { .. } => {
                "name a snapshot or a JSON report of an earlier run".to_owned()
            }
            Failure::Page(_)
            | Failure::Zones(_)
            | Failure::Table(_)
            | Failure::Config(ConfigError::Page(_) | ConfigError::Zones(_)) => {
                "this is a fault in plaudit itself; please report it".to_owned()
            }
            Failure::NothingReadable(_) => {
                "give the signed-in identity the Reader role on the subscription, or check its id and tenant with `az account list -o table`".to_owned()
            }
            Failure::Output { source, .. } => unwritten(source).to_owned(),
            Failure::Runtime(_) => "raise the limit on processes and threads (`ulimit -u`)".to_owned(),
            Failure::Interrupted => "start it again to read the rest".to_owned(),
            Failure::TimedOut(_) => "give more time with --timeout, or name fewer subscriptions".to_owned(),
        }
    }
}

/// Whether what was named as a file cannot be one; else it is the disk that fails.
fn is_wrong_place(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound,
        PermissionDenied, ReadOnlyFilesystem,
    };
    matches!(
        error.kind(),
        AlreadyExists
            | InvalidFilename
            | InvalidInput
            | IsADirectory
            | NotADirectory
            | NotFound
            | PermissionDenied
            | ReadOnlyFilesystem
    )
}

/// What to do about a file that could not be written.
fn unwritten(error: &io::Error) -> &'static str {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "make room where it is written, or write to another disk"
        }
        _ if is_wrong_place(error) => "choose a file in a folder that exists and can be written",
        _ => "check the disk or the share behind it, or write to another one",
    }
}

fn listed(reasons: &[String]) -> String {
    reasons.iter().map(|reason| format!("\n  {reason}")).collect()
}
