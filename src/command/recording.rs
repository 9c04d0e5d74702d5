//! The journal beside a snapshot: where it is, whose run it must be of, when it goes, and what is said of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::ValueEnum;
use jiff::Timestamp;

use super::console::Console;
use super::live;
use crate::azure::Reader;
use crate::azure::journal::{About, Journal, JournalError};
use crate::azure::may_pass;
use crate::cli::CollectArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::Collected;

/// The journal of a run of `collect`, before and after there is one.
pub(super) struct Recording {
    /// `None` where the snapshot goes to no file.
    path: Option<PathBuf>,
    about: About,
    resumed: bool,
    journal: OnceLock<Arc<Journal>>,
}

impl Recording {
    /// Opens the journal of the run that was stopped where it is to go on. What speaks against that is known before
    /// anybody signs in, save for the tenant.
    pub(super) fn prepare(args: &CollectArgs, config: &Config) -> Result<Recording, Failure> {
        live::check_named(&args.scope)?;
        let path = beside(&args.output);
        let recording =
            Recording { path, about: about(args, config), resumed: args.resume, journal: OnceLock::new() };
        if args.resume {
            let Some(path) = &recording.path else {
                return Err(JournalError::NoFile { output: args.output.display().to_string() }.into());
            };
            let journal = Journal::resume(path, Timestamp::now())?;
            journal.check(&recording.about)?;
            let _ = recording.journal.set(Arc::new(journal));
        }
        Ok(recording)
    }

    /// Hands the journal to a reader that has signed in; begins it where this run does not go on.
    pub(super) fn begin(&self, reader: &mut Reader, console: &Console) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        let tenant = reader.tenant_id().map(str::to_owned);
        let about = About { tenant, ..self.about.clone() };
        let journal = match self.journal.get() {
            Some(journal) => {
                journal.check(&about)?;
                console.say(&format!(
                    "going on with the run of {} ({} ago): {} answers are there already",
                    journal.started_at(),
                    age(journal.started_at()),
                    journal.kept(),
                ));
                Arc::clone(journal)
            }
            None => {
                if path.symlink_metadata().is_ok() {
                    console.say(&format!(
                        "replacing {}, the journal of a run that did not read everything (--resume would have gone on with it)",
                        path.display()
                    ));
                }
                let journal = Arc::new(Journal::begin(path, &about, Timestamp::now())?);
                let _ = self.journal.set(Arc::clone(&journal));
                journal
            }
        };
        reader.keep(journal);
        Ok(())
    }

    /// Dates what was collected from its oldest part, so that no report seems fresher than it is.
    pub(super) fn date(&self, collected: &mut Collected) {
        let Some(journal) = self.journal.get() else { return };
        collected.origin.collected_at = journal.started_at().to_owned();
    }

    /// After a run that came to nothing: says how it can go on.
    pub(super) fn stopped(&self, failure: &Failure, console: &Console) {
        let Some((path, journal)) = self.path.as_ref().zip(self.journal.get()) else { return };
        let in_vain = journal.is_empty() || matches!(failure, Failure::Usage(_));
        if in_vain && !self.resumed {
            journal.discard();
        } else if !matches!(failure, Failure::Journal(_)) {
            console.say(&format!(
                "what was answered is kept in {} for 24 hours: the same command with --resume goes on from there",
                path.display()
            ));
        }
    }

    /// After the snapshot was written: takes the journal away, unless a further run may fill a gap with its help.
    pub(super) fn done(&self, collected: &Collected, console: &Console) {
        let Some((path, journal)) = self.path.as_ref().zip(self.journal.get()) else { return };
        if self.resumed {
            console.say(&format!(
                "{} answers are of the run that was stopped; the snapshot is dated {}",
                journal.replayed(),
                journal.started_at()
            ));
        }
        let passing = collected.coverage.gaps.iter().filter(|gap| may_pass(gap)).count();
        if passing == 0 {
            return journal.discard();
        }
        console.say(&format!(
            "{passing} of {} gaps may be filled by the same command with --resume; {} is kept for that for 24 hours",
            collected.coverage.gaps.len(),
            path.display()
        ));
    }
}

/// The journal's file: beside the snapshot's. What is no file (stdout, a device, a pipe) has nothing beside it.
fn beside(output: &Path) -> Option<PathBuf> {
    if output == Path::new("-") || (output.exists() && !output.is_file()) {
        return None;
    }
    let mut name = output.as_os_str().to_owned();
    name.push(".journal");
    Some(PathBuf::from(name))
}

/// What the command line says of what is read, and of the configuration the packs. The tenant is known after sign-in alone.
fn about(args: &CollectArgs, config: &Config) -> About {
    let (scope, azure) = (&args.scope, &args.azure);
    let subscriptions = if scope.subscriptions.is_empty() && !scope.all_subscriptions {
        let variable = std::env::var("AZURE_SUBSCRIPTION_ID").ok();
        variable.filter(|id| !id.trim().is_empty()).into_iter().collect()
    } else {
        scope.subscriptions.clone()
    };
    About {
        cloud: azure.cloud,
        arm_endpoint: azure.arm_endpoint.as_ref().map(url::Url::to_string),
        tenant: None,
        source: azure
            .read_from
            .to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default(),
        subscriptions,
        all_subscriptions: scope.all_subscriptions,
        management_groups: scope.management_groups.clone(),
        resource_groups: scope.resource_groups.clone(),
        context_subscriptions: scope.context_subscriptions.clone(),
        no_context: scope.no_context,
        deep: scope.deep,
        appliance: config.settings.appliance.clone(),
        packs: config.settings.packs.iter().map(|pack| pack.name().to_owned()).collect(),
    }
}

/// How long ago a time was, for a person.
fn age(time: &str) -> String {
    let then = time.parse::<Timestamp>().ok();
    let minutes = then.map_or(0, |then| Timestamp::now().duration_since(then).as_secs().max(0) / 60);
    match minutes {
        0 => "less than a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}
