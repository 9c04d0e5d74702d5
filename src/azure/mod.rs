//! Reading Azure: asynchronous, and it may fail half-way. Knows nothing of topology or rules.

mod again;
mod announced;
mod arm;
mod azure_cli;
mod client;
mod credential;
mod endpoints;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod gate;
mod graph;
pub mod journal;
mod limits;
mod management_groups;
mod metrics;
mod page;
mod paging;
mod permissions;
mod plan;
mod reading;
pub(crate) mod redact;
mod refusal;
mod retry;
mod rights;
mod sign_in;
mod stop;
mod targets;
mod told;
mod transport;

#[cfg(test)]
mod shown;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

pub use announced::{Auth, Tried};
pub use error::AzureError;
pub use reading::Reading;
pub use retry::may_pass;
pub use stop::{Stop, Stopper, Why, stop};

use crate::inventory::{Cloud, Gap, Kind, Resource, Source, Want};
use announced::Environment;
use client::Client;
use endpoints::Endpoints;
use journal::Journal;
use metrics::Metrics;
use paging::Pages;
use reading::Round;
use rights::Rights;
use sign_in::SignIn;
use transport::Http;

/// How to reach Azure, and as whom.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    pub auth: Auth,
    /// An id or a domain.
    pub tenant: Option<String>,
    pub cloud: Cloud,
    /// The management API, where it is not the cloud's own. `https` only.
    pub arm_endpoint: Option<Url>,
    /// The metrics service of every region, where it is not the cloud's own. `https` only.
    pub metrics_endpoint: Option<Url>,
    /// The sign-in service, where it is not the cloud's own. `https` only.
    pub authority_host: Option<Url>,
    /// PEM certificates trusted on top of the system's.
    pub ca_file: Option<PathBuf>,
    /// Ends the reading early.
    pub stop: Stop,
}

/// Told what is being read. `finished` comes once for each `started`, also when a list failed or was given up.
pub trait Progress: Send + Sync {
    /// A list of this kind has begun.
    fn started(&self, kind: Kind);
    /// A list of this kind has ended, with so many items read.
    fn finished(&self, kind: Kind, items: usize);
}

/// Signed in, and ready to read.
pub struct Reader {
    client: Client,
    source: Source,
    metrics: Metrics,
    rights: Rights,
}

impl Reader {
    /// Chooses a credential and gets a first token, so that a refusal ends the run here.
    pub async fn connect(options: &ConnectOptions) -> Result<Reader, AzureError> {
        Reader::connect_in(options, &|name| std::env::var(name).ok()).await
    }

    async fn connect_in(
        options: &ConnectOptions,
        variable: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Reader, AzureError> {
        let endpoints =
            Endpoints::new(options.cloud, options.arm_endpoint.as_ref(), options.authority_host.as_ref())?;
        let metrics = Metrics::new(options)?;
        let http = Http::new(options.ca_file.as_deref())?;
        let tenant = options.tenant.as_deref().map(str::trim).filter(|tenant| !tenant.is_empty());
        let environment = Environment { variable, tenant };
        environment.proxy_passwords().iter().for_each(|password| redact::keep(password));
        let sign_in = SignIn::begin(options.auth, &environment, &endpoints, &http).await?;
        let client = Client::new(endpoints, sign_in, options.stop.clone());
        Ok(Reader { client, source: Source::default(), metrics, rights: Rights::default() })
    }

    /// Answers from a journal what it holds, and records there what is answered from now on.
    pub fn keep(&mut self, journal: Arc<Journal>) {
        self.client.journal = Some(journal);
    }

    /// When the run began that this one goes on with, or is recorded as (RFC 3339); `None` where nothing is recorded.
    pub fn began_at(&self) -> Option<&str> {
        self.client.journal.as_deref().map(Journal::started_at)
    }

    /// The same reader, reading lists from this service.
    pub fn reading_from(self, source: Source) -> Reader {
        Reader { source, ..self }
    }

    /// Why Resource Graph refuses to answer, asked for a subscription (id in lower case); `None` where it answers,
    /// or may do so later.
    pub async fn graph_refusal(&self, subscription: &str) -> Option<String> {
        graph::refusal(&self.client, subscription).await
    }

    /// The id (in lower case) of the Azure CLI's current subscription.
    pub async fn default_subscription() -> Result<String, AzureError> {
        azure_cli::current_subscription().await
    }

    /// One line: which credential is in use, and as whom. Never a secret.
    pub fn signed_in_as(&self) -> &str {
        &self.client.sign_in.description
    }

    /// The tenant whose resources are read, where it is known.
    pub fn tenant_id(&self) -> Option<&str> {
        self.client.sign_in.tenant.as_deref()
    }

    /// The subscriptions that can be seen, raw, as far as their list could be read; the gaps say how far.
    pub async fn visible_subscriptions(&self) -> (Vec<Resource>, Vec<Gap>) {
        let list = arm::subscriptions(&self.client.endpoints);
        let mut pages = Pages::new(&self.client, &list);
        let (mut subscriptions, mut gaps) = (Vec::new(), Vec::new());
        while let Some(step) = pages.step().await {
            subscriptions.extend(step.resources);
            gaps.extend(step.gaps);
        }
        (subscriptions, gaps)
    }

    /// The ids (in lower case) of the subscriptions of a management group and of those below it; the gap says what of
    /// them could not be read.
    pub async fn subscriptions_of(&self, management_group: &str) -> (BTreeSet<String>, Option<Gap>) {
        management_groups::subscriptions(&self.client, management_group).await
    }

    /// Reads everything wanted, side by side and within limits. Links and records of a private DNS zone are
    /// read where `is_related_zone` (given its name in lower case) says so. Never fails as a whole: what does
    /// not arrive is a gap.
    pub async fn read(
        &self,
        wants: &[Want],
        is_related_zone: &(dyn Fn(&str) -> bool + Send + Sync),
        progress: &dyn Progress,
    ) -> Reading {
        let (client, metrics, rights) = (&self.client, &self.metrics, &self.rights);
        Round { client, metrics, rights, source: self.source, is_related_zone, progress }.read(wants).await
    }
}
