//! Reading Azure in rounds: the lists first, then what the topology of what was read asks for. `audit` and
//! `collect` run the same rounds, so that a snapshot gives the report of a live run.

use std::collections::BTreeSet;

use url::Url;

use super::console::{Console, Progress};
use super::gathered::Estate;
use super::verifying::verify;
use super::{read_from, stopping};
use crate::azure::{ConnectOptions, Reader, Reading, Stop};
use crate::cli::{AzureArgs, ScopeArgs, TrafficArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Collected, Gap, Inventory, Kind, Resource, Role, Source, Want, is_guid, wire};
use crate::report::inert;
use crate::topology::Topology;
use crate::topology::zones::ZoneTable;

/// How many names of subscriptions a message lists.
const SEEN: usize = 5;

/// Signs in and reads everything that an audit of the scope needs.
pub(super) async fn collect(
    scope: &ScopeArgs,
    (azure, traffic): (&AzureArgs, &TrafficArgs),
    config: &Config,
    console: &Console,
    stop: Stop,
) -> Result<Collected, Failure> {
    collect_with(scope, (azure, traffic), config, console, stop, |_| Ok(())).await
}

/// The same; the reader is made ready, once signed in, by `prepare`.
pub(super) async fn collect_with(
    scope: &ScopeArgs,
    (azure, traffic): (&AzureArgs, &TrafficArgs),
    config: &Config,
    console: &Console,
    stop: Stop,
    prepare: impl FnOnce(&mut Reader) -> Result<(), Failure>,
) -> Result<Collected, Failure> {
    check_named(scope)?;
    let metrics_endpoint = traffic.metrics_endpoint.clone();
    let options = ConnectOptions { stop: stop.clone(), metrics_endpoint, ..connect_options(azure)? };
    let stopped = async |stop: &Stop| stopping::failure(stop.stopped().await, azure.timeout);
    let mut reader = tokio::select! {
        connected = Reader::connect(&options) => connected?,
        failure = stopped(&stop) => return Err(failure),
    };
    console.say(&format!("signed in with {}", reader.signed_in_as()));
    prepare(&mut reader)?;
    let progress = console.progress();
    // Without the subscriptions that are asked for there is nothing to report.
    let asked = tokio::select! {
        asked = asked(scope) => asked?,
        failure = stopped(&stop) => return Err(failure),
    };
    let collected =
        read((scope, &asked), (azure, traffic), config, (reader, stop), (console, &progress)).await;
    progress.done();
    collected
}

async fn read(
    (scope, asked): (&ScopeArgs, &[String]),
    (azure, traffic): (&AzureArgs, &TrafficArgs),
    config: &Config,
    (reader, stop): (Reader, Stop),
    (console, progress): (&Console, &Progress),
) -> Result<Collected, Failure> {
    let table = config.zone_table(azure.cloud)?;
    let visible = Visible::of(reader.visible_subscriptions().await);
    let mut chosen = Chosen::of(scope, asked, &visible)?;
    chosen.add_groups(&scope.management_groups, &reader).await;
    if chosen.audited.is_empty() {
        let reasons = chosen.gaps.iter().map(reason);
        return Err(Failure::NothingReadable(reasons.collect()));
    }
    let wants = first_wants(scope, &chosen, &visible);
    let (reader, source) = read_from::settle(reader, azure.read_from, &wants, console).await;
    let mut estate = Estate::new(scope, azure, &reader, &chosen, &visible);
    estate.origin.scope.packs.clone_from(&config.settings.packs);
    estate.origin.scope.appliance.clone_from(&config.settings.appliance);
    estate.origin.scope.source = Some(source);
    estate.origin.scope.metrics = traffic.metrics;
    let done = BTreeSet::new();
    let mut rounds = Rounds { reader, table, config, console, progress, stop, estate, done };
    let topology = rounds.read(wants).await;
    if source == Source::Graph && !azure.no_verify {
        rounds.estate.origin.verification = verify(&mut rounds, topology).await?;
    }
    rounds.estate.finish(&visible)
}

/// Reading in rounds: each asks for what the estate that is known by then wants.
pub(super) struct Rounds<'a> {
    reader: Reader,
    table: ZoneTable,
    pub config: &'a Config,
    pub console: &'a Console,
    progress: &'a Progress,
    stop: Stop,
    estate: Estate,
    done: BTreeSet<Want>,
}

impl Rounds<'_> {
    /// Reads these and all that they lead to, and joins what is known then.
    async fn read(&mut self, mut wants: Vec<Want>) -> Topology {
        loop {
            let reading = self.reading(&wants).await;
            let (topology, next) = self.take(reading, wants);
            if next.is_empty() {
                return topology;
            }
            wants = next;
        }
    }

    /// Reads these again, and all that they lead to. `None` when the run was stopped on the way: what is half read again
    /// says less than what was read before.
    pub(super) async fn read_again(&mut self, wants: &[Want]) -> Option<Topology> {
        let reading = self.reading(wants).await;
        if self.stop.why().is_some() {
            return None;
        }
        let (topology, next) = self.take(reading, wants.to_vec());
        Some(if next.is_empty() { topology } else { self.read(next).await })
    }

    /// Notes what a stopped run was to read again: what hangs on it is not known.
    pub(super) fn leave_in_doubt(&mut self, wants: &[Want]) {
        if let Some(why) = self.stop.why() {
            self.estate.doubt(wants, why);
        }
    }

    /// Whether this was asked for already.
    pub(super) fn was_asked(&self, want: &Want) -> bool {
        self.done.contains(want)
    }

    async fn reading(&self, wants: &[Want]) -> Reading {
        let related = |zone: &str| self.table.is_private_link_zone(zone);
        self.reader.read(wants, &related, self.progress).await
    }

    /// Keeps what was read; the estate as it is now, and what it wants next. Nothing is asked for twice, so that this
    /// ends, and nothing that is wanted is left out.
    fn take(&mut self, reading: Reading, wants: Vec<Want>) -> (Topology, Vec<Want>) {
        let new_zones = self.estate.add(reading, &wants, &self.table);
        self.done.extend(wants);
        let inventory = wire::inventory(self.estate.collected());
        let topology = Topology::build(inventory, &self.table, self.config.options.clone());
        let mut next = topology.wanted();
        next.extend(new_zones.into_iter().map(|zone| Want::ZoneAgain { zone }));
        next.retain(|want| !self.done.contains(want));
        (topology, next)
    }
}

/// `-s "$NAME"` with a variable that is not set is better known before anybody signs in.
pub(super) fn check_named(scope: &ScopeArgs) -> Result<(), Failure> {
    let options = [
        ("--subscription", &scope.subscriptions),
        ("--management-group", &scope.management_groups),
        ("--context-subscription", &scope.context_subscriptions),
    ];
    match options.iter().find(|(_, named)| named.iter().any(|name| name.trim().is_empty())) {
        Some((option, _)) => Err(Failure::Usage(format!("{option} is empty; is a variable not set?"))),
        None => Ok(()),
    }
}

fn connect_options(azure: &AzureArgs) -> Result<ConnectOptions, Failure> {
    Ok(ConnectOptions {
        auth: azure.auth,
        tenant: azure.tenant.clone(),
        cloud: azure.cloud,
        arm_endpoint: azure.arm_endpoint.clone(),
        authority_host: authority_host(azure)?,
        ca_file: azure.ca_file.clone(),
        ..ConnectOptions::default()
    })
}

/// The flag, else the variable that every Azure SDK knows; an empty variable is none.
fn authority_host(azure: &AzureArgs) -> Result<Option<Url>, Failure> {
    if azure.authority_host.is_some() {
        return Ok(azure.authority_host.clone());
    }
    match std::env::var("AZURE_AUTHORITY_HOST") {
        Ok(text) if !text.trim().is_empty() => {
            // The variable is often written without a scheme.
            let text = text.trim();
            let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
            let parsed = Url::parse(&url);
            parsed
                .map(Some)
                .map_err(|error| Failure::Usage(format!("AZURE_AUTHORITY_HOST is no URL: {error}")))
        }
        _ => Ok(None),
    }
}

/// The subscriptions that the signed-in identity can see.
pub(super) struct Visible {
    pub resources: Vec<Resource>,
    pub inventory: Inventory,
    /// What of their list could not be read.
    pub gaps: Vec<Gap>,
}

impl Visible {
    fn of((resources, gaps): (Vec<Resource>, Vec<Gap>)) -> Self {
        let collected = Collected { resources: resources.clone(), ..Collected::default() };
        Visible { resources, inventory: wire::inventory(collected), gaps }
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.inventory.subscriptions.iter().map(|subscription| subscription.guid.as_str())
    }

    /// The id a person means: a GUID as it is, also after `/subscriptions/`, or the one subscription of this name.
    fn resolve(&self, given: &str) -> Result<Named, Failure> {
        let given = given.trim();
        let given = given.strip_prefix("/subscriptions/").unwrap_or(given);
        if is_guid(given) {
            return Ok(Named::Id(given.to_ascii_lowercase()));
        }
        let called = |name: &str| name.eq_ignore_ascii_case(given);
        let ids: Vec<&str> = self
            .inventory
            .subscriptions
            .iter()
            .filter(|subscription| called(&subscription.display_name))
            .map(|subscription| subscription.guid.as_str())
            .collect();
        match ids.as_slice() {
            [id] => Ok(Named::Id((*id).to_owned())),
            [] => Ok(Named::Nobody(given.to_owned())),
            several => Err(Failure::Usage(format!(
                "{} subscriptions are called `{given}` ({}); name one by its id",
                several.len(),
                several.join(", ")
            ))),
        }
    }
}

enum Named {
    Id(String),
    /// No subscription that can be seen has this name.
    Nobody(String),
}

/// What the run is about.
pub(super) struct Chosen {
    pub audited: BTreeSet<String>,
    pub context: BTreeSet<String>,
    /// Context that was named and is nobody's name, in lower case.
    pub unknown_context: Vec<String>,
    pub gaps: Vec<Gap>,
}

impl Chosen {
    fn of(scope: &ScopeArgs, asked: &[String], visible: &Visible) -> Result<Chosen, Failure> {
        let mut chosen = Chosen {
            audited: BTreeSet::new(),
            context: BTreeSet::new(),
            unknown_context: Vec::new(),
            gaps: Vec::new(),
        };
        if scope.all_subscriptions {
            chosen.audited.extend(visible.ids().map(str::to_owned));
            if chosen.audited.is_empty() {
                let reason = match visible.gaps.first() {
                    Some(gap) => gap.message.clone(),
                    None => "the signed-in identity can see no subscription".to_owned(),
                };
                return Err(Failure::NothingReadable(vec![reason]));
            }
        } else {
            for given in asked {
                match visible.resolve(given)? {
                    Named::Id(id) => drop(chosen.audited.insert(id)),
                    Named::Nobody(name) => chosen.gaps.push(nobody(&name, visible)),
                }
            }
        }
        for given in &scope.context_subscriptions {
            match visible.resolve(given)? {
                Named::Id(id) => drop(chosen.context.insert(id)),
                Named::Nobody(name) => {
                    chosen.unknown_context.push(name.to_ascii_lowercase());
                    chosen.gaps.push(nobody(&name, visible));
                }
            }
        }
        Ok(chosen)
    }

    /// Adds the subscriptions of management groups. One that nobody may read is told like one that was named.
    async fn add_groups(&mut self, groups: &[String], reader: &Reader) {
        for group in groups {
            let (subscriptions, gap) = reader.subscriptions_of(group.trim()).await;
            self.audited.extend(subscriptions);
            self.gaps.extend(gap);
        }
        self.context = self.context.difference(&self.audited).cloned().collect();
    }
}

/// The subscriptions named, else the environment's, else the Azure CLI's; none where all or groups are asked for.
async fn asked(scope: &ScopeArgs) -> Result<Vec<String>, Failure> {
    if scope.all_subscriptions {
        return Ok(Vec::new());
    }
    if !scope.subscriptions.is_empty() || !scope.management_groups.is_empty() {
        return Ok(scope.subscriptions.clone());
    }
    match std::env::var("AZURE_SUBSCRIPTION_ID") {
        Ok(id) if !id.trim().is_empty() => Ok(vec![id]),
        _ => Ok(vec![Reader::default_subscription().await?]),
    }
}

fn nobody(name: &str, visible: &Visible) -> Gap {
    let message = match visible.gaps.first() {
        Some(gap) => format!("the list of subscriptions could not be read: {}", gap.message),
        None => {
            format!("no subscription of this name can be seen by the signed-in identity{}", seen(visible))
        }
    };
    Gap {
        subscription: Some(name.to_ascii_lowercase()),
        kind: Kind::Subscriptions,
        resource: None,
        // Who is not in a list that was not read whole is not known to be nobody.
        status: visible.gaps.first().map_or(Some(404), |gap| gap.status),
        code: visible.gaps.first().map_or("SubscriptionNotFound", |gap| &gap.code).to_owned(),
        message,
    }
}

/// The names there are, as far as they fit a line.
fn seen(visible: &Visible) -> String {
    // Names are anybody's text, and this one ends up on a terminal.
    let mut names: Vec<_> =
        visible.inventory.subscriptions.iter().map(|one| inert(&one.display_name)).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(SEEN);
    names.truncate(SEEN);
    match (names.as_slice(), more) {
        ([], _) => ", which can see none at all".to_owned(),
        (names, 0) => format!("; it can see {}", names.join(", ")),
        (names, more) => format!("; it can see {} and {more} more", names.join(", ")),
    }
}

/// Every list of the audited subscriptions, and the DNS of every other that can be seen.
fn first_wants(scope: &ScopeArgs, chosen: &Chosen, visible: &Visible) -> Vec<Want> {
    let mut wants: Vec<Want> = Vec::new();
    for id in &chosen.audited {
        wants.push(Want::Subscription { id: id.clone(), role: Role::Audited, dns: true });
    }
    for id in chosen.context.difference(&chosen.audited) {
        wants.push(Want::Subscription { id: id.clone(), role: Role::Context, dns: true });
    }
    if !scope.no_context {
        let others =
            visible.ids().filter(|id| !chosen.audited.contains(*id) && !chosen.context.contains(*id));
        wants.extend(others.map(|id| Want::Dns { id: id.to_owned() }));
    }
    wants
}

pub(super) fn reason(gap: &Gap) -> String {
    format!("{}: {}", crate::rules::gap_sentence(gap), gap.message)
}
