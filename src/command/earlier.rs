//! Files of earlier runs: a report to be held against this one, a snapshot or a report to tell what has lasted.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use jiff::Timestamp;

use crate::audit::Baseline;
use crate::compressed::plain;
use crate::error::Failure;
use crate::inventory::snapshot::{self, SnapshotError};
use crate::inventory::{Coverage, Kind, Unfinished, unfinished, wire};
use crate::report::{FormerError, FormerReport, read_former};
use crate::rules::Former;

/// Reads the findings of a former report.
pub(super) fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let report = report(path).map_err(|error| {
        // To say that a file is a snapshot is more help than to say that it is no report.
        match error {
            FormerError::NoReport(_) if is_snapshot(path) => {
                failed("--baseline", path, "it is a snapshot; name a report, as `-f json=FILE` writes it")
            }
            error => failed("--baseline", path, &error.to_string()),
        }
    })?;
    let findings = report.findings.into_iter();
    Ok(Baseline::new(findings.map(|one| (one.fingerprint, one.verdict, one.severity))))
}

/// Reads what was on its way in a former snapshot or report; which of them a file is, its content says.
pub(super) fn since(path: &Path) -> Result<Former, Failure> {
    let failed = |reason: &str| failed("--since", path, reason);
    let file = open(path).map_err(|error| failed(&error.to_string()))?;
    let (collected_at, waiting, subscriptions) = match wire::read_from(file, &path.display().to_string()) {
        Ok(inventory) => {
            let subscriptions = endpoints_read(&inventory.coverage);
            (inventory.origin.collected_at.clone(), unfinished(&inventory), subscriptions)
        }
        Err(SnapshotError::NotASnapshot { found, .. }) => {
            let report = report(path).map_err(|error| match error {
                FormerError::NoReport(_) => {
                    failed(&format!("it is neither a snapshot nor a report: {found}"))
                }
                error => failed(&error.to_string()),
            })?;
            let waiting = report.unfinished.ok_or_else(|| {
                failed("it is a report of an older plaudit, which did not tell what was unfinished")
            })?;
            (report.collected_at, waiting, report.subscriptions)
        }
        Err(error) => return Err(failed(&error.to_string())),
    };
    let unread = || failed(&format!("it says no time that can be understood: `{collected_at}`"));
    let read_at = collected_at.parse::<Timestamp>().map_err(|_| unread())?;
    Ok(Former {
        collected_at: read_at.as_second(),
        unfinished: waiting.into_iter().map(|Unfinished { id, state }| (id, state.into())).collect(),
        subscriptions: subscriptions.into_iter().collect(),
    })
}

/// An earlier run must not be later than this one, whose time is given as the snapshot has it.
pub(super) fn check_earlier(path: &Path, former: &Former, collected_at: &str) -> Result<(), Failure> {
    let failed = |reason: &str| failed("--since", path, reason);
    let now = collected_at.parse::<Timestamp>().map_err(|_| {
        failed(&format!("this reading says no time that can be understood: `{collected_at}`"))
    })?;
    match former.collected_at <= now.as_second() {
        true => Ok(()),
        false => Err(failed(&format!("it is of a later time than this reading, which is of {collected_at}"))),
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

fn report(path: &Path) -> Result<FormerReport, FormerError> {
    let file = open(path).map_err(FormerError::Read)?;
    read_former(plain(file).map_err(FormerError::Read)?.reader)
}

fn is_snapshot(path: &Path) -> bool {
    let Ok(file) = open(path) else { return false };
    !matches!(snapshot::read_from(file, ""), Err(SnapshotError::NotASnapshot { .. }))
}

fn failed(option: &'static str, path: &Path, reason: &str) -> Failure {
    Failure::Earlier { option, path: path.display().to_string(), reason: reason.to_owned() }
}

/// The subscriptions whose list of endpoints was asked for and arrived whole.
fn endpoints_read(coverage: &Coverage) -> BTreeSet<String> {
    let hides = |kind: Kind| matches!(kind, Kind::Subscriptions | Kind::Permissions | Kind::PrivateEndpoints);
    let holed =
        |id: &str| coverage.gaps.iter().any(|gap| hides(gap.kind) && gap.subscription.as_deref() == Some(id));
    let asked = coverage.subscriptions.iter().filter(|one| one.kinds.contains(&Kind::PrivateEndpoints));
    asked.filter(|one| !holed(&one.id)).map(|one| one.id.clone()).collect()
}
