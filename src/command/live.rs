//! Reading Azure in rounds: the lists first, then what the topology of what was read asks for. `audit` and
//! `collect` run the same rounds, so that a snapshot gives the report of a live run.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use url::Url;

use super::console::{Console, Progress};
use super::verifying::verify;
use super::{read_from, stopping};
use crate::azure::{ConnectOptions, Reader, Reading, Stop};
use crate::cli::{AzureArgs, ScopeArgs, TrafficArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{
    Collected, Coverage, Gap, Inventory, Kind, Origin, Resource, ResourceId, Role, Scope, Source,
    SubscriptionCoverage, Want, is_guid, wire,
};
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
    let collected = read((scope, &asked), (azure, traffic), config, reader, (console, &progress)).await;
    progress.done();
    collected
}

async fn read(
    (scope, asked): (&ScopeArgs, &[String]),
    (azure, traffic): (&AzureArgs, &TrafficArgs),
    config: &Config,
    reader: Reader,
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
    let mut rounds = Rounds { reader, table, config, console, progress, estate, done };
    rounds.read(wants).await;
    if source == Source::Graph && !azure.no_verify {
        rounds.estate.origin.verification = Some(verify(&mut rounds).await?);
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
    estate: Estate,
    done: BTreeSet<Want>,
}

impl Rounds<'_> {
    /// Reads these and all that they lead to.
    pub(super) async fn read(&mut self, mut wants: Vec<Want>) {
        while !wants.is_empty() {
            let related = |zone: &str| self.table.is_private_link_zone(zone);
            let reading = self.reader.read(&wants, &related, self.progress).await;
            self.estate.add(reading, &wants);
            self.done.extend(wants);
            // Nothing is asked for twice, so that this ends, and nothing that is wanted is left out.
            wants = self.topology().wanted();
            wants.retain(|want| !self.done.contains(want));
        }
    }

    /// The estate as far as it is known, joined.
    pub(super) fn topology(&self) -> Topology {
        let inventory = wire::inventory(self.estate.collected());
        Topology::build(inventory, &self.table, self.config.options.clone())
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
struct Visible {
    resources: Vec<Resource>,
    inventory: Inventory,
    /// What of their list could not be read.
    gaps: Vec<Gap>,
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
struct Chosen {
    audited: BTreeSet<String>,
    context: BTreeSet<String>,
    /// Context that was named and is nobody's name, in lower case.
    unknown_context: Vec<String>,
    gaps: Vec<Gap>,
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

/// What was read so far.
struct Estate {
    origin: Origin,
    resources: BTreeMap<ResourceId, Resource>,
    coverage: Coverage,
    audited: BTreeSet<String>,
}

impl Estate {
    fn new(
        scope: &ScopeArgs,
        azure: &AzureArgs,
        reader: &Reader,
        chosen: &Chosen,
        visible: &Visible,
    ) -> Self {
        let tenants = visible.inventory.subscriptions.iter().filter(|s| chosen.audited.contains(&s.guid));
        let tenant = tenants.filter_map(|s| s.tenant_id.clone()).next();
        let mut coverage = Coverage {
            gaps: chosen.gaps.clone(),
            every_visible_subscription: !scope.no_context && visible.gaps.is_empty(),
            ..Coverage::default()
        };
        if scope.all_subscriptions || !scope.no_context {
            coverage.gaps.extend(visible.gaps.iter().cloned());
        }
        let missing = chosen.gaps.iter().filter_map(|gap| gap.subscription.clone());
        coverage.subscriptions.extend(missing.map(|id| SubscriptionCoverage {
            role: if chosen.unknown_context.contains(&id) { Role::Context } else { Role::Audited },
            id,
            kinds: Vec::new(),
        }));
        let named: BTreeSet<&String> = chosen.context.iter().chain(&chosen.unknown_context).collect();
        Estate {
            origin: Origin {
                cloud: azure.cloud,
                tenant_id: reader.tenant_id().map(str::to_owned).or(tenant),
                // The answers of a run that is gone on with are of its time.
                collected_at: reader.began_at().map_or_else(now, str::to_owned),
                scope: Scope {
                    subscriptions: chosen.audited.iter().cloned().collect(),
                    resource_groups: scope.resource_groups.clone(),
                    context: !scope.no_context,
                    deep: scope.deep,
                    context_subscriptions: named.into_iter().cloned().collect(),
                    packs: Vec::new(),
                    appliance: None,
                    source: None,
                    metrics: None,
                },
                verification: None,
                redacted: false,
            },
            resources: BTreeMap::new(),
            coverage,
            audited: chosen.audited.clone(),
        }
    }

    fn add(&mut self, reading: Reading, wants: &[Want]) {
        self.forget(&reading);
        for resource in reading.resources {
            self.resources.entry(resource.id.clone()).or_insert(resource);
        }
        self.coverage.gaps.extend(reading.gaps);
        self.coverage.unrelated_zones.extend(reading.unrelated_zones);
        for subscription in reading.subscriptions {
            match self.coverage.subscriptions.iter_mut().find(|known| known.id == subscription.id) {
                Some(known) => {
                    known.kinds.extend(subscription.kinds);
                    known.role = known.role.min(subscription.role);
                }
                None => self.coverage.subscriptions.push(subscription),
            }
        }
        for want in wants {
            match want {
                Want::ZoneChildren { zone } => self.coverage.unrelated_zones.retain(|id| id != zone),
                Want::ZoneGroups { endpoint } => {
                    self.coverage.note_asked(Kind::PrivateDnsZoneGroups, endpoint);
                }
                Want::Target { target } => {
                    self.coverage.note_asked(Kind::Targets, target);
                    self.coverage.note_asked(Kind::TargetConnections, target);
                }
                Want::LinkResources { target } => self.coverage.note_asked(Kind::LinkResources, target),
                Want::Metrics { of, .. } => self.coverage.note_asked(Kind::Metrics, of),
                Want::Subscription { .. }
                | Want::Dns { .. }
                | Want::StorageAccounts { .. }
                | Want::Databricks { .. }
                | Want::List { .. }
                | Want::Roles { .. }
                | Want::ListAgain { .. }
                | Want::ZoneAgain { .. }
                | Want::TargetAgain { .. } => {}
            }
        }
        self.coverage.normalise();
    }

    /// Forgets what was read again, and what stood below that and is gone with it. Where reading again failed, what an
    /// index told is forgotten too: the gap says that it is not known.
    fn forget(&mut self, reading: &Reading) {
        if reading.again.is_empty() {
            return;
        }
        let again: HashSet<&(Kind, ResourceId)> = reading.again.iter().collect();
        let is_again = |id: &ResourceId| {
            let subscription = id.subscription().unwrap_or_default();
            let subscription = ResourceId::new(&format!("/subscriptions/{subscription}"));
            let places = [Some(subscription), id.parent(), Some(id.clone())];
            let kind = Kind::of(id);
            let mut places = places.into_iter().flatten().filter_map(|place| Some((kind?, place)));
            places.any(|place| again.contains(&place))
        };
        let read: HashSet<&ResourceId> = reading.resources.iter().map(|resource| &resource.id).collect();
        let mut gone: HashSet<ResourceId> = HashSet::new();
        self.resources.retain(|id, _| {
            let forgotten = is_again(id);
            if forgotten && !read.contains(id) {
                gone.insert(id.clone());
            }
            !forgotten
        });
        let is_below = |id: &ResourceId| {
            std::iter::successors(id.parent(), ResourceId::parent).any(|one| gone.contains(&one))
        };
        if !gone.is_empty() {
            self.resources.retain(|id, _| !is_below(id));
            self.coverage.unrelated_zones.retain(|zone| !gone.contains(zone));
        }
    }

    fn collected(&self) -> Collected {
        Collected {
            origin: self.origin.clone(),
            resources: self.resources.values().cloned().collect(),
            coverage: self.coverage.clone(),
        }
    }

    /// The estate, unless no audited subscription could be read at all.
    fn finish(mut self, visible: &Visible) -> Result<Collected, Failure> {
        let whole = |id: &&String| {
            !self.coverage.gaps.iter().any(|gap| {
                gap.kind == Kind::Subscriptions
                    && gap.resource.is_none()
                    && gap.subscription.as_deref() == Some(id.as_str())
            })
        };
        if !self.audited.iter().any(|id| whole(&id)) {
            let gaps = self.coverage.gaps.iter().filter(|gap| gap.kind == Kind::Subscriptions);
            return Err(Failure::NothingReadable(gaps.map(reason).collect()));
        }
        for resource in &visible.resources {
            self.resources.entry(resource.id.clone()).or_insert_with(|| resource.clone());
        }
        Ok(self.collected())
    }
}

fn reason(gap: &Gap) -> String {
    format!("{}: {}", crate::rules::gap_sentence(gap), gap.message)
}

/// RFC 3339, UTC, whole seconds.
fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}
