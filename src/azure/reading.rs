//! What is wanted → lists read side by side → raw resources, coverage and gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Instant;

use futures::future::{self, Either};
use futures::stream::{FuturesUnordered, StreamExt};
use serde::Deserialize;

use super::Progress;
use super::arm::{self, List};
use super::client::Client;
use super::graph::{Asked, Extent};
use super::limits::Lane;
use super::metrics::Metrics;
use super::page;
use super::paging::{self, Pages};
use super::rights::{Rights, missing_rights};
use crate::inventory::{Gap, Kind, Resource, ResourceId, Role, Source, SubscriptionCoverage, Want};

/// What a round of reading brought. Not sorted.
#[derive(Debug, Default)]
pub struct Reading {
    /// Raw, as Azure returned them; whole subscriptions and zones alone may bring the same one twice over
    /// several rounds.
    pub resources: Vec<Resource>,
    /// One entry for each subscription that was asked for lists.
    pub subscriptions: Vec<SubscriptionCoverage>,
    /// What did not arrive.
    pub gaps: Vec<Gap>,
    /// Zones whose links and records were not asked for, because the caller called their names unrelated.
    pub unrelated_zones: Vec<ResourceId>,
    /// What was read again, kind and place: a subscription's id, the parent's or its own. What was known there before is to be
    /// forgotten.
    pub again: Vec<(Kind, ResourceId)>,
    /// What an index told of that is gone, as its children were asked for.
    pub gone: Vec<ResourceId>,
}

impl Reading {
    pub(super) fn add(&mut self, other: Reading) {
        self.resources.extend(other.resources);
        self.subscriptions.extend(other.subscriptions);
        self.gaps.extend(other.gaps);
        self.unrelated_zones.extend(other.unrelated_zones);
        self.again.extend(other.again);
        self.gone.extend(other.gone);
    }

    fn of(gap: Gap) -> Reading {
        Reading { gaps: vec![gap], ..Reading::default() }
    }

    pub(super) fn joined(parts: Vec<Reading>) -> Reading {
        let mut whole = Reading::default();
        parts.into_iter().for_each(|part| whole.add(part));
        whole
    }
}

/// One round of reading.
pub(super) struct Round<'a> {
    pub client: &'a Client,
    pub metrics: &'a Metrics,
    pub rights: &'a Rights,
    pub source: Source,
    pub is_related_zone: &'a (dyn Fn(&str) -> bool + Send + Sync),
    pub progress: &'a dyn Progress,
}

impl Round<'_> {
    /// Reads everything wanted, side by side.
    pub(super) async fn read(&self, wants: &[Want]) -> Reading {
        let wants: BTreeSet<&Want> = wants.iter().collect();
        let mut whole: BTreeMap<&str, (Role, bool)> = BTreeMap::new();
        for want in &wants {
            if let Want::Subscription { id, role, dns } = want {
                // `Audited` comes first in order, and stays.
                whole.entry(id).or_insert((*role, *dns)).1 |= *dns;
            }
        }
        let (whole, rest) = (&whole, &wants);
        let rest = rest.iter().filter(|want| match want {
            Want::Subscription { .. } | Want::Metrics { .. } => false,
            Want::Dns { id } => self.source == Source::Arm && !whole.contains_key(id.as_str()),
            _ => true,
        });
        // One by one where they are few: that takes no longer.
        let targets: Vec<&ResourceId> = wants.iter().filter_map(|want| target_of(want)).collect();
        let together = self.source == Source::Graph && targets.len() > FEW_TARGETS;
        let rest = rest.filter(|want| !together || target_of(want).is_none());
        let lists = async {
            match self.source {
                Source::Arm => {
                    let all = whole.iter().map(|(id, (role, dns))| self.subscription(id, *role, *dns));
                    Reading::joined(future::join_all(all).await)
                }
                Source::Graph => self.through_graph(&asked(whole, &wants)).await,
            }
        };
        let targets =
            async { if together { self.targets_through_graph(&targets).await } else { Reading::default() } };
        let metrics = self.metrics.read(self.client, &wants, self.progress);
        let rest = future::join_all(rest.map(|want| self.one(want)));
        let (mut reading, targets, rest, metrics) = future::join4(lists, targets, rest, metrics).await;
        reading.add(targets);
        reading.add(Reading::joined(rest));
        reading.add(metrics);
        reading
    }

    async fn one(&self, want: &Want) -> Reading {
        match want {
            Want::Subscription { id, role, dns } => self.subscription(id, *role, *dns).await,
            Want::Dns { id } => self.dns(id).await,
            Want::ZoneChildren { zone } => {
                self.children(zone, &arm::kinds_below(Kind::PrivateDnsZones)).await
            }
            Want::ZoneGroups { endpoint } => self.children(endpoint, &[Kind::PrivateDnsZoneGroups]).await,
            Want::Target { target } => self.target(target).await,
            Want::LinkResources { target } => self.link_resources(target).await,
            Want::StorageAccounts { subscription } => self.also(subscription, Kind::StorageAccounts).await,
            Want::List { subscription, kind } => self.also(subscription, *kind).await,
            Want::Roles { subscription, principal } => self.roles(subscription, principal).await,
            Want::Databricks { subscription } => self.also(subscription, Kind::DatabricksWorkspaces).await,
            Want::ListAgain { subscription, kind } => self.list_again(subscription, *kind).await,
            Want::ZoneAgain { zone } => self.zone_again(zone).await,
            Want::TargetAgain { target } => self.target_again(target).await,
            // Read together with the others of its kind.
            Want::Metrics { .. } => Reading::default(),
        }
    }

    /// Everything of one subscription. Its own object is asked for at the same time as its lists; when it cannot
    /// be read, that is the one gap, and what is still under way is given up.
    pub(super) async fn subscription(&self, id: &str, role: Role, dns: bool) -> Reading {
        let kinds = kinds_of(dns);
        let own = pin!(self.subscription_itself(id));
        let lists = pin!(self.lists(id, &kinds));
        let mut reading = match future::select(own, lists).await {
            Either::Left((Err(gap), _given_up)) if is_refusal(&gap) => Reading::of(gap),
            Either::Left((own, lists)) => with_own(lists.await, own),
            Either::Right((lists, own)) => with_own(lists, own.await),
        };
        reading.subscriptions.push(SubscriptionCoverage { id: id.to_owned(), role, kinds: kinds.clone() });
        reading
    }

    /// The private DNS of one subscription.
    pub(super) async fn dns(&self, id: &str) -> Reading {
        let mut reading = self.lists(id, &arm::OF_DNS).await;
        let (id, kinds) = (id.to_owned(), arm::OF_DNS.to_vec());
        reading.subscriptions.push(SubscriptionCoverage { id, role: Role::Context, kinds });
        reading
    }

    async fn subscription_itself(&self, id: &str) -> Result<Resource, Gap> {
        let url = arm::subscription(&self.client.endpoints, id);
        let failed = match self.client.get(&url, id, Lane::Network).await {
            Ok(body) => match page::read_one(&body, Kind::Subscriptions) {
                Ok(resource) => return Ok(resource),
                Err(why) => paging::malformed("MalformedItem", &format!("the subscription's answer {why}")),
            },
            Err(failed) => failed,
        };
        Err(paging::gap_in(id, Kind::Subscriptions, failed))
    }

    /// The lists over a subscription among `kinds`, with their children, and what the caller's rights say of
    /// them.
    pub(super) async fn lists(&self, subscription: &str, kinds: &[Kind]) -> Reading {
        let endpoints = &self.client.endpoints;
        let lists: Vec<List> =
            kinds.iter().filter_map(|k| arm::over_subscription(endpoints, *k, subscription)).collect();
        let (parts, permissions) = future::join(
            future::join_all(lists.iter().map(|list| self.list_with_children(list))),
            self.rights.of(self.client, subscription),
        )
        .await;
        let mut reading = Reading::joined(parts);
        match permissions {
            Ok(permissions) => {
                let short = missing_rights(&permissions, subscription, &lists, &reading.gaps);
                reading.gaps.extend(short);
            }
            Err(gap) => reading.gaps.extend(gap),
        }
        reading
    }

    /// Reads a list; the children of each item start as soon as its page is there.
    pub(super) async fn list_with_children(&self, list: &List) -> Reading {
        let below = arm::kinds_below(list.kind);
        let mut reading = Reading::default();
        let mut children = FuturesUnordered::new();
        let mut log = ListLog::start(list, self.progress);
        let mut pages = Pages::new(self.client, list);
        loop {
            // The children that are under way go on while the next page is waited for.
            let mut step = pin!(pages.step());
            let step = loop {
                tokio::select! {
                    step = &mut step => break step,
                    Some(child) = children.next(), if !children.is_empty() => reading.add(child),
                }
            };
            let Some(step) = step else { break };
            log.add(step.resources.len(), &step.gaps);
            for resource in &step.resources {
                let wanted = self.kinds_wanted_of(resource, list.kind, &below);
                if wanted.is_empty() {
                    continue;
                }
                let parent = resource.id.clone();
                children.push(async move { self.children(&parent, &wanted).await });
            }
            if list.kind == Kind::PrivateDnsZones {
                let unrelated = step.resources.iter().filter(|zone| !self.is_related(zone));
                reading.unrelated_zones.extend(unrelated.map(|zone| zone.id.clone()));
            }
            reading.resources.extend(step.resources);
            reading.gaps.extend(step.gaps);
        }
        drop(log);
        while let Some(child) = children.next().await {
            reading.add(child);
        }
        reading
    }

    /// The children of one resource.
    pub(super) async fn children(&self, parent: &ResourceId, kinds: &[Kind]) -> Reading {
        let lists = kinds.iter().filter_map(|kind| arm::children(&self.client.endpoints, *kind, parent));
        let mut reading = Reading::joined(future::join_all(lists.map(|list| self.plain_list(list))).await);
        // The management API has just told of the parent, an index may have told of it as it was.
        if self.source == Source::Graph {
            let before = reading.gaps.len();
            reading.gaps.retain(|gap| !arm::is_gone(gap.status, &gap.code));
            if reading.gaps.len() < before {
                reading.gone.push(parent.clone());
            }
        }
        reading
    }

    pub(super) async fn plain_list(&self, list: List) -> Reading {
        let mut reading = Reading::default();
        let mut log = ListLog::start(&list, self.progress);
        let mut pages = Pages::new(self.client, &list);
        while let Some(step) = pages.step().await {
            log.add(step.resources.len(), &step.gaps);
            reading.resources.extend(step.resources);
            reading.gaps.extend(step.gaps);
        }
        reading
    }

    pub(super) fn is_related(&self, zone: &Resource) -> bool {
        (self.is_related_zone)(&zone.id.name().to_ascii_lowercase())
    }

    fn kinds_wanted_of(&self, resource: &Resource, kind: Kind, below: &[Kind]) -> Vec<Kind> {
        if kind != Kind::PrivateDnsZones {
            return below.to_vec();
        }
        if !self.is_related(resource) {
            return Vec::new();
        }
        let no_records = holds_soa_only(resource);
        below.iter().copied().filter(|k| !(no_records && *k == Kind::RecordSets)).collect()
    }
}

/// So many targets are asked of the management API, also where lists come from Resource Graph.
const FEW_TARGETS: usize = 10;

fn target_of(want: &Want) -> Option<&ResourceId> {
    match want {
        Want::Target { target } => Some(target),
        _ => None,
    }
}

/// The kinds that a whole subscription is read for; without its private DNS, where that was read before.
fn kinds_of(dns: bool) -> Vec<Kind> {
    let due = |kind: &Kind| dns || !arm::OF_DNS.contains(kind);
    Kind::LISTED.into_iter().filter(due).collect()
}

/// What each subscription is asked for: those that are read whole, and those whose private DNS alone is wanted.
fn asked<'a>(whole: &BTreeMap<&'a str, (Role, bool)>, wants: &BTreeSet<&'a Want>) -> Vec<Asked<'a>> {
    let all = whole.iter().map(|(id, (role, dns))| {
        let (id, role, dns) = (*id, *role, *dns);
        Asked { id, role, kinds: kinds_of(dns), extent: Extent::Whole { dns } }
    });
    let dns = wants.iter().filter_map(|want| match want {
        Want::Dns { id } if !whole.contains_key(id.as_str()) => {
            let kinds = arm::OF_DNS.to_vec();
            Some(Asked { id, role: Role::Context, kinds, extent: Extent::Dns })
        }
        _ => None,
    });
    all.chain(dns).collect()
}

/// Whether a subscription itself says no, so that its lists cannot be trusted either.
fn is_refusal(gap: &Gap) -> bool {
    matches!(gap.status, Some(401 | 403 | 404))
}

/// The lists of a subscription with its own object. Where that alone stumbled, the lists stand, and only what the
/// object would have said is missing; where nothing came, the subscription could not be read.
fn with_own(mut lists: Reading, own: Result<Resource, Gap>) -> Reading {
    match own {
        Ok(resource) => lists.resources.push(resource),
        Err(gap) if is_refusal(&gap) || lists.resources.is_empty() => return Reading::of(gap),
        Err(mut gap) => {
            let id = gap.subscription.as_deref().unwrap_or_default();
            gap.resource = Some(ResourceId::new(&format!("/subscriptions/{id}")));
            lists.gaps.push(gap);
        }
    }
    lists
}

/// Whether a zone says that it holds its SOA record only (which counts as one record set), so that its records
/// need not be read.
///
/// Its count of links is of no such use: a list of zones says 0 for every zone, whatever is linked
/// (github.com/Azure/azure-powershell/issues/16334, github.com/Azure/azure-cli/issues/27702). For the same reason
/// a count of 0 records, which no zone has, is taken for "not counted".
fn holds_soa_only(zone: &Resource) -> bool {
    record_sets_counted(zone) == Some(1)
}

/// How many record sets a zone says that it holds, where it says so.
pub(super) fn record_sets_counted(zone: &Resource) -> Option<u64> {
    #[derive(Deserialize)]
    struct Zone {
        properties: Option<Properties>,
    }
    #[derive(Deserialize)]
    struct Properties {
        #[serde(rename = "numberOfRecordSets")]
        record_sets: Option<serde_json::Value>,
    }
    serde_json::from_str::<Zone>(&zone.json).ok()?.properties?.record_sets?.as_u64()
}

/// Tells progress and log about one list, also when it is given up half-way.
pub(super) struct ListLog<'a> {
    kind: Kind,
    subscription: &'a str,
    path: &'a str,
    progress: &'a dyn Progress,
    started: Instant,
    items: usize,
    gaps: usize,
}

impl<'a> ListLog<'a> {
    pub(super) fn start(list: &'a List, progress: &'a dyn Progress) -> Self {
        progress.started(list.kind);
        ListLog {
            kind: list.kind,
            subscription: &list.subscription,
            path: list.url.path(),
            progress,
            started: Instant::now(),
            items: 0,
            gaps: 0,
        }
    }

    pub(super) fn add(&mut self, items: usize, gaps: &[Gap]) {
        self.items += items;
        self.gaps += gaps.len();
        for gap in gaps {
            tracing::info!(
                kind = gap.kind.name(),
                path = self.path,
                gap.status,
                gap.code,
                gap.message,
                "gap"
            );
        }
    }
}

impl Drop for ListLog<'_> {
    fn drop(&mut self) {
        self.progress.finished(self.kind, self.items);
        let (kind, ms) = (self.kind.name(), self.started.elapsed().as_millis());
        tracing::info!(
            kind,
            subscription = self.subscription,
            items = self.items,
            gaps = self.gaps,
            ms,
            "read"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(properties: &str) -> Resource {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z";
        Resource { id: ResourceId::new(id), json: format!(r#"{{"id":"{id}"{properties}}}"#).into() }
    }

    #[test]
    fn only_a_zone_that_counts_its_soa_alone_is_passed_over() {
        assert!(holds_soa_only(&zone(r#","properties":{"numberOfRecordSets":1}"#)));
        for other in [
            "",
            r#","properties":null"#,
            r#","properties":{}"#,
            r#","properties":{"numberOfRecordSets":null}"#,
            r#","properties":{"numberOfRecordSets":"1"}"#,
            r#","properties":{"numberOfRecordSets":0,"numberOfVirtualNetworkLinks":0}"#,
            r#","properties":{"numberOfRecordSets":2}"#,
        ] {
            assert!(!holds_soa_only(&zone(other)), "{other}");
        }
    }
}
