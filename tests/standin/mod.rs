//! A stand-in for Azure on the loopback: the management API and the sign-in service over HTTPS, the identity
//! endpoints of a host, and a foreign host that must stay alone. It serves raw objects; who made them is not its
//! affair.

#![allow(dead_code, reason = "every test target uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of this is test code")]

pub mod child;
pub mod echo;
pub mod fault;
pub mod journal;
pub mod objects;

mod arm;
mod front;
mod graph;
pub mod metrics;
mod reply;
pub mod rights;
#[path = "../schema/mod.rs"]
pub mod schema;
mod serve;
pub mod signin;
mod store;
pub mod storm;
pub mod throttle;
mod tokens;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use fault::Fault;
use front::{Shared, answer};
use journal::{Door, Entry};
use metrics::Flows;
use rights::Rights;
use serve::Tls;
use storm::Weather;
use throttle::Throttle;

/// How the stand-in behaves; the default is a healthy Azure.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Items on a page.
    pub page_size: usize,
    /// Whether an empty page comes before every page but the first.
    pub empty_pages: bool,
    /// Time before every answer of the management API.
    pub latency: Duration,
    /// How long the sign-in service says that its tokens hold, in seconds.
    pub token_told: u64,
    /// How long they hold in truth.
    pub token_life: Duration,
    /// All tokens are taken back once, after so many answers of the management API.
    pub revoke_after: Option<usize>,
    /// Subscriptions that `GET /subscriptions` leaves out.
    pub hidden: Vec<String>,
    /// What `permissions` answers for a subscription, where it is not a reader's.
    pub permissions: BTreeMap<String, Value>,
    /// The role of the caller, where it is not a reader's.
    pub rights: Option<Rights>,
    /// Management groups with the subscriptions below them.
    pub management_groups: BTreeMap<String, Vec<String>>,
    /// How many requests are taken; as many as come where it is not said.
    pub throttle: Option<Throttle>,
    /// Rows on a page of Resource Graph.
    pub graph_page: usize,
    /// Whether Resource Graph tells the metadata of record sets.
    pub graph_metadata: bool,
    /// Whether the index tells a target's own side of the connections to it.
    pub graph_connections: bool,
    /// Whether Resource Graph answers with tables, whatever form is asked for.
    pub graph_tables: bool,
    /// Objects as Resource Graph still knows them: older than what is, or of what is no more.
    pub graph_overrides: Vec<Value>,
    /// Ids of objects that Resource Graph does not know yet.
    pub graph_missing: Vec<String>,
    /// What Azure Monitor measured.
    pub flows: Flows,
    /// Every fault at once.
    pub storm: Option<Weather>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            page_size: 100,
            empty_pages: false,
            latency: Duration::ZERO,
            token_told: 3599,
            token_life: Duration::from_secs(3599),
            revoke_after: None,
            hidden: Vec::new(),
            permissions: BTreeMap::new(),
            rights: None,
            management_groups: BTreeMap::new(),
            throttle: None,
            graph_page: 1000,
            graph_metadata: true,
            graph_connections: true,
            graph_tables: false,
            graph_overrides: Vec::new(),
            graph_missing: Vec::new(),
            flows: Flows::default(),
            storm: None,
        }
    }
}

/// A running stand-in; it stops when dropped.
pub struct StandIn {
    shared: Arc<Shared>,
    arm: SocketAddr,
    login: SocketAddr,
    identity: SocketAddr,
    foreign: SocketAddr,
    metrics: SocketAddr,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl StandIn {
    /// Serves these objects as a healthy Azure would.
    pub fn start(objects: Vec<Value>) -> Self {
        StandIn::with(objects, Settings::default())
    }

    /// Serves these objects under these settings. Every object's subscription must be among them.
    pub fn with(objects: Vec<Value>, mut settings: Settings) -> Self {
        let tls = Tls::new();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &tls.ca_pem).unwrap();
        let sockets = [serve::bind(), serve::bind(), serve::bind(), serve::bind(), serve::bind()];
        let [arm, login, identity, foreign, metrics] = [0, 1, 2, 3, 4].map(|i: usize| sockets[i].1);
        if let Some(weather) = &mut settings.storm {
            weather.foreign = format!("https://{foreign}");
        }
        let shared = Arc::new(Shared::new(objects, settings, arm, login, metrics));
        let (stop, stopped) = oneshot::channel::<()>();
        let within = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                for (door, (listener, _)) in
                    [Door::Arm, Door::Login, Door::Identity, Door::Foreign, Door::Metrics].iter().zip(sockets)
                {
                    let (door, shared) = (*door, Arc::clone(&within));
                    let config = (door != Door::Identity).then(|| Arc::clone(&tls.config));
                    let answer = move |call| answer(Arc::clone(&shared), door, call);
                    tokio::spawn(serve::serve(listener, config, answer));
                }
                let _ = stopped.await;
            });
        });
        let (stop, thread) = (Some(stop), Some(thread));
        StandIn { shared, arm, login, identity, foreign, metrics, folder, stop, thread }
    }

    /// A fault on every request whose path matches; `*` in the pattern stands for anything.
    pub fn on(&self, pattern: &str, fault: Fault) {
        self.on_nth(pattern, 0..usize::MAX, fault);
    }

    /// A fault on the first so many.
    pub fn on_first(&self, times: usize, pattern: &str, fault: Fault) {
        self.on_nth(pattern, 0..times, fault);
    }

    /// A fault on some of them, counted from 0 among those that match and are let in.
    pub fn on_nth(&self, pattern: &str, which: Range<usize>, fault: Fault) {
        self.shared.faults.add(pattern, which, fault);
    }

    /// Ends the storm.
    pub fn calm(&self) {
        self.shared.faults.calm();
    }

    /// The management API's address.
    pub fn arm_endpoint(&self) -> String {
        format!("https://{}", self.arm)
    }

    /// The metrics service's address, for every region.
    pub fn metrics_endpoint(&self) -> String {
        format!("https://{}", self.metrics)
    }

    /// The sign-in service's address.
    pub fn authority_host(&self) -> String {
        format!("https://{}", self.login)
    }

    /// `IDENTITY_ENDPOINT` as App Service sets it.
    pub fn identity_endpoint(&self) -> String {
        format!("http://{}/msi/token", self.identity)
    }

    /// `MSI_ENDPOINT` as Cloud Shell sets it.
    pub fn cloud_shell_endpoint(&self) -> String {
        format!("http://{}/oauth2/token", self.identity)
    }

    /// `ACTIONS_ID_TOKEN_REQUEST_URL` as GitHub Actions sets it.
    pub fn github_endpoint(&self) -> String {
        format!("https://{}/oidc/github?api-version=2.0", self.login)
    }

    /// `SYSTEM_OIDCREQUESTURI` as Azure Pipelines sets it.
    pub fn pipelines_endpoint(&self) -> String {
        format!("https://{}/oidc/pipelines", self.login)
    }

    /// A host with a certificate of the same authority that no token should ever reach.
    pub fn foreign_host(&self) -> String {
        format!("https://{}", self.foreign)
    }

    /// The certificate authority, in PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A folder that goes with the stand-in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A token that opens the management API, as `az` would hand out.
    pub fn issue_token(&self) -> String {
        self.shared.tokens.issue("az", signin::user(), self.shared.life.real)
    }

    /// Takes back every token issued so far.
    pub fn revoke_tokens(&self) {
        self.shared.tokens.revoke();
    }

    /// How many tokens were issued.
    pub fn tokens_issued(&self) -> usize {
        self.shared.tokens.issued()
    }

    /// Scopes and resources that tokens were asked for.
    pub fn audiences(&self) -> Vec<String> {
        self.shared.tokens.audiences()
    }

    /// Everything that must never be shown or written down.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.tokens.secrets()
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<Entry> {
        self.shared.journal.entries()
    }

    /// The requests that came in by a door.
    pub fn at(&self, door: Door) -> Vec<Entry> {
        self.log().into_iter().filter(|entry| entry.door == door).collect()
    }

    /// The requests to the management API whose path matches.
    pub fn asked(&self, pattern: &str) -> Vec<Entry> {
        self.at(Door::Arm).into_iter().filter(|entry| entry.is(pattern)).collect()
    }

    /// The least that was ever left of a limit whose name has this part: `reads`, `zones`, `zone`, `dns`, `queries`.
    pub fn least_left(&self, limit: &str) -> Option<usize> {
        self.shared.meters.as_ref()?.least(limit)
    }

    /// The most requests under way at once: in all, and for each subscription (in lower case).
    pub fn high_water(&self) -> (usize, BTreeMap<String, usize>) {
        self.shared.journal.high_water()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Counts how often each path was asked for.
pub fn tally(entries: &[Entry]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for entry in entries {
        *counts.entry(entry.path.to_ascii_lowercase()).or_default() += 1;
    }
    counts
}
