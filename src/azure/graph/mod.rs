//! Lists of many subscriptions through Resource Graph, and from the management API what it lacks or leaves in doubt.
//!
//! Resource Graph leaves out, without a word, what the caller may not read. So nothing is taken from it on trust:
//! a subscription that it does not know is read from the management API, rights are asked for as there, children
//! that the rights are not known to cover are read there, and so are the records of a zone whose rows do not fit
//! the zone's own count or do not tell who wrote them.

mod answer;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod pages;
mod query;
mod row;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future;

use super::arm::{self, List};
use super::client::Failed;
use super::limits::Lane;
use super::permissions::{self, Permission};
use super::reading::{self, Reading, Round};
use super::retry;
use super::rights::missing_rights;
use super::{Client, Progress};
use crate::inventory::{Gap, Kind, Resource, ResourceId, Role, SubscriptionCoverage};
use answer::Row;
use pages::{Pages, Trouble, gaps};
use query::Query;

/// Subscriptions that one query names. Azure docs, "Guidance for throttled requests in Azure Resource Graph",
/// recommends groups of a hundred.
const BATCH: usize = 100;

/// The lists that one subscription is asked for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// Id in lower case.
    pub id: &'a str,
    pub role: Role,
    pub kinds: Vec<Kind>,
    pub extent: Extent,
}

/// How much of a subscription is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All, with its own object; its private DNS where that was not read before.
    Whole { dns: bool },
    /// Its private DNS alone.
    Dns,
}

/// Why Resource Graph does not answer the caller at all; `None` where it does, or may do so later.
pub(super) async fn refusal(client: &Client, subscription: &str) -> Option<String> {
    let body = query::body(&query::SUBSCRIPTIONS, &[subscription], None);
    let url = arm::resource_graph(&client.endpoints);
    match client.query(&url, &body, Lane::ResourceGraph).await {
        Err(Failed { status: Some(status @ 400..=499), code, message }) => {
            (!retry::is_passing(status)).then(|| format!("{code}: {message}"))
        }
        _ => None,
    }
}

impl Round<'_> {
    /// The lists of these subscriptions.
    pub(super) async fn through_graph(&self, asked: &[Asked<'_>]) -> Reading {
        let known = self.known_subscriptions(asked).await;
        let (indexed, others): (Vec<_>, Vec<_>) =
            asked.iter().partition(|one| known.objects.contains_key(one.id));
        let (failed, unknown): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|one| known.failed.contains_key(one.id));
        let from_arm = unknown.into_iter().map(|one| async move {
            match one.extent {
                Extent::Whole { dns } => self.subscription(one.id, one.role, dns).await,
                Extent::Dns => self.dns(one.id).await,
            }
        });
        let (mut reading, from_arm) = future::join(self.indexed(&indexed), future::join_all(from_arm)).await;
        from_arm.into_iter().for_each(|part| reading.add(part));
        for one in failed {
            let Some(why) = known.failed.get(one.id) else { continue };
            let kinds: &[Kind] = match one.extent {
                Extent::Whole { .. } => &[Kind::Subscriptions],
                Extent::Dns => &[Kind::PrivateDnsZones, Kind::DnsForwardingRulesets],
            };
            reading.gaps.extend(gaps(kinds, &[one.id], why));
            reading.subscriptions.push(one.coverage());
        }
        for one in indexed {
            reading.subscriptions.push(one.coverage());
            if matches!(one.extent, Extent::Whole { .. }) {
                reading.resources.extend(known.objects.get(one.id).cloned());
            }
        }
        reading
    }

    /// Which of the subscriptions Resource Graph knows.
    async fn known_subscriptions(&self, asked: &[Asked<'_>]) -> Known {
        let ids: Vec<&str> = asked.iter().map(|one| one.id).collect();
        let batches = ids.chunks(BATCH).map(|batch| async move {
            let mut found = Vec::new();
            let mut take = |row: &Row<'_>| {
                found.push(row::subscription(row)?);
                Ok(())
            };
            let troubles = self.rows(&query::SUBSCRIPTIONS, batch, &mut take).await;
            (batch, found, troubles)
        });
        let mut known = Known::default();
        for (batch, found, troubles) in future::join_all(batches).await {
            // The management API is asked for what a part of an answer lacks, but not for all that a failure takes
            // away: there would be thousands of calls.
            let failed = troubles.into_iter().next().filter(|_| found.is_empty());
            if let Some(Trouble { failed, .. }) = failed {
                known.failed.extend(batch.iter().map(|id| ((*id).to_owned(), failed.clone())));
            }
            for object in found {
                let id = object.id.subscription().unwrap_or_default().to_ascii_lowercase();
                known.objects.insert(id, object);
            }
        }
        known
    }

    /// The lists of subscriptions that Resource Graph knows.
    async fn indexed(&self, asked: &[&Asked<'_>]) -> Reading {
        let of = |query: &Query| -> Vec<&str> {
            let fits = |one: &&&Asked| one.kinds.iter().any(|kind| query.kinds.contains(kind));
            asked.iter().filter(fits).map(|one| one.id).collect()
        };
        let lists: Vec<(&Query, Vec<&str>)> = query::LISTS.iter().map(|query| (query, of(query))).collect();
        let lists = lists.iter().flat_map(|(query, ids)| ids.chunks(BATCH).map(move |batch| (*query, batch)));
        let lists = lists.map(|(query, batch)| self.list(query, batch));
        let of_records = of(&query::RECORDS);
        let records = of_records.chunks(BATCH).map(|batch| self.records(batch));
        let rights = asked.iter().map(|one| async { (one.id, self.rights.of(self.client, one.id).await) });
        let (lists, records, rights) =
            future::join3(future::join_all(lists), future::join_all(records), future::join_all(rights)).await;
        let mut reading = Reading::default();
        lists.into_iter().for_each(|part| reading.add(part));
        let mut zones = BTreeMap::new();
        for (part, gaps) in records {
            zones.extend(part);
            reading.gaps.extend(gaps);
        }
        let rights: BTreeMap<&str, Option<Arc<[Permission]>>> = rights
            .into_iter()
            .map(|(id, rights)| (id, rights.map_err(|gap| reading.gaps.extend(gap)).ok()))
            .collect();
        for one in asked {
            let short =
                self.missing_rights(one, rights.get(one.id).and_then(Option::as_deref), &reading.gaps);
            reading.gaps.extend(short);
        }
        Assembly { round: self, rights, zones, reading }.finish().await
    }

    fn missing_rights(&self, one: &Asked, rights: Option<&[Permission]>, gaps: &[Gap]) -> Vec<Gap> {
        let Some(rights) = rights else { return Vec::new() };
        let endpoints = &self.client.endpoints;
        let lists = one.kinds.iter().filter_map(|kind| arm::over_subscription(endpoints, *kind, one.id));
        let lists: Vec<List> = lists.collect();
        let own = gaps.iter().filter(|gap| gap.subscription.as_deref() == Some(one.id)).cloned();
        missing_rights(rights, one.id, &lists, &own.collect::<Vec<_>>())
    }

    /// The rows of one query in some subscriptions, as resources.
    async fn list(&self, query: &Query, batch: &[&str]) -> Reading {
        let mut reading = Reading::default();
        let mut take = |row: &Row<'_>| {
            let resource = row::resource(row, query.kinds)?;
            // Neither links of zones that nobody asks for, nor what the management API would not be asked.
            if Kind::of(&resource.id) == Some(Kind::VirtualNetworkLinks)
                && !self.is_in_related_zone(&resource)
            {
                return Ok(());
            }
            reading.resources.push(resource);
            Ok(())
        };
        let troubles = self.rows(query, batch, &mut take).await;
        reading.gaps = troubles.iter().flat_map(|trouble| trouble.gaps(query.kinds, batch)).collect();
        reading
    }

    fn is_in_related_zone(&self, child: &Resource) -> bool {
        child.id.parent().is_some_and(|zone| self.is_related_name(&zone))
    }

    fn is_related_name(&self, zone: &ResourceId) -> bool {
        (self.is_related_zone)(&zone.name().to_ascii_lowercase())
    }

    /// The record sets of the related zones of some subscriptions.
    async fn records(&self, batch: &[&str]) -> (BTreeMap<ResourceId, ZoneRecords>, Vec<Gap>) {
        let mut zones: BTreeMap<ResourceId, ZoneRecords> = BTreeMap::new();
        let mut take = |row: &Row<'_>| {
            let record = row::record(row)?;
            if !self.is_related_name(&record.zone) {
                return Ok(());
            }
            let zone = zones.entry(record.zone).or_default();
            zone.rows += 1;
            zone.has_soa |= record.is_soa;
            match record.resource {
                Some(resource) => zone.sets.push(resource),
                None => zone.is_unclear = true,
            }
            Ok(())
        };
        let troubles = self.rows(&query::RECORDS, batch, &mut take).await;
        let gaps = troubles.iter().flat_map(|trouble| trouble.gaps(query::RECORDS.kinds, batch)).collect();
        (zones, gaps)
    }

    /// Hands every row of a query to `take`, page by page, and gathers what is wrong.
    async fn rows(
        &self,
        query: &Query,
        batch: &[&str],
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), String>,
    ) -> Vec<Trouble> {
        let log = QueryLog::start(query, self.progress);
        let url = arm::resource_graph(&self.client.endpoints);
        let mut pages = Pages::default();
        loop {
            let body = query::body(query, batch, pages.next.as_deref());
            let answer = match self.client.query(&url, &body, Lane::ResourceGraph).await {
                Ok(answer) => answer,
                Err(failed) => {
                    pages.troubles.push(Trouble { failed, row: None });
                    break;
                }
            };
            if answer.subscriptions_left_out {
                pages.trouble(
                    "SubscriptionLimitHit",
                    "there are too many subscriptions, and some were left out",
                );
            }
            let page = match answer::read(&answer.body) {
                Ok(page) => page,
                Err(why) => {
                    pages.trouble("MalformedPage", &why);
                    break;
                }
            };
            if !pages.add(page, take) {
                break;
            }
        }
        drop(log.finish(pages.count));
        pages.troubles
    }
}

impl Asked<'_> {
    fn coverage(&self) -> SubscriptionCoverage {
        SubscriptionCoverage { id: self.id.to_owned(), role: self.role, kinds: self.kinds.clone() }
    }
}

/// What Resource Graph knows of the subscriptions that were asked for, by id in lower case.
#[derive(Default)]
struct Known {
    objects: BTreeMap<String, Resource>,
    /// Those of which nothing can be said, if they are not known.
    failed: BTreeMap<String, Failed>,
}

/// What a zone's rows came to.
#[derive(Debug, Default)]
struct ZoneRecords {
    sets: Vec<Resource>,
    rows: u64,
    has_soa: bool,
    /// Whether a row cannot stand for what the management API would say.
    is_unclear: bool,
}

impl ZoneRecords {
    /// Whether there are as many rows as the zone counts, with or without its SOA. A zone that does not count says
    /// nothing.
    fn fit(&self, counted: Option<u64>) -> bool {
        let Some(counted) = counted.filter(|counted| *counted > 0) else { return true };
        counted == self.rows || (!self.has_soa && counted == self.rows + 1)
    }
}

/// What the index told, and what is still to be read from the management API.
struct Assembly<'a> {
    round: &'a Round<'a>,
    rights: BTreeMap<&'a str, Option<Arc<[Permission]>>>,
    zones: BTreeMap<ResourceId, ZoneRecords>,
    reading: Reading,
}

impl Assembly<'_> {
    async fn finish(mut self) -> Reading {
        let mut children: Vec<(ResourceId, Vec<Kind>)> = Vec::new();
        for resource in &self.reading.resources {
            let due = match Kind::of(&resource.id) {
                Some(Kind::PrivateDnsZones) => self.due_of_zone(resource),
                Some(kind @ (Kind::DnsForwardingRulesets | Kind::VirtualHubs)) => arm::kinds_below(kind),
                Some(Kind::DnsResolvers) if !self.may_read(&resource.id, Kind::InboundEndpoints) => {
                    vec![Kind::InboundEndpoints]
                }
                _ => Vec::new(),
            };
            if !due.is_empty() {
                children.push((resource.id.clone(), due));
            }
        }
        let zones =
            self.reading.resources.iter().filter(|one| Kind::of(&one.id) == Some(Kind::PrivateDnsZones));
        let unrelated = zones.filter(|zone| !self.round.is_related(zone)).map(|zone| zone.id.clone());
        let unrelated: Vec<ResourceId> = unrelated.collect();
        self.reading.unrelated_zones.extend(unrelated);
        // What is read from the management API takes the place of what the index told.
        let replaced: BTreeSet<(&ResourceId, Kind)> = children
            .iter()
            .flat_map(|(parent, kinds)| kinds.iter().map(move |kind| (parent, *kind)))
            .collect();
        for (zone, records) in std::mem::take(&mut self.zones) {
            if !replaced.contains(&(&zone, Kind::RecordSets)) {
                self.reading.resources.extend(records.sets);
            }
        }
        self.reading.resources.retain(|resource| {
            let (kind, parent) = (Kind::of(&resource.id), resource.id.parent());
            !kind.zip(parent.as_ref()).is_some_and(|(kind, parent)| replaced.contains(&(parent, kind)))
        });
        let round = self.round;
        let parts = children.iter().map(|(parent, kinds)| round.children(parent, kinds));
        for part in future::join_all(parts).await {
            self.reading.add(part);
        }
        self.reading
    }

    /// The children of a zone that the index cannot tell.
    fn due_of_zone(&self, zone: &Resource) -> Vec<Kind> {
        if !self.round.is_related(zone) {
            return Vec::new();
        }
        let mut due = Vec::new();
        if !self.may_read(&zone.id, Kind::VirtualNetworkLinks) {
            due.push(Kind::VirtualNetworkLinks);
        }
        let none = ZoneRecords::default();
        let records = self.zones.get(&zone.id).unwrap_or(&none);
        let counted = reading::record_sets_counted(zone);
        let is_empty = counted == Some(1) && records.rows <= 1;
        let is_short = !self.lacks_records(zone) && !records.fit(counted);
        let is_doubtful = records.is_unclear || is_short || !self.may_read(&zone.id, Kind::RecordSets);
        if is_doubtful && !is_empty {
            due.push(Kind::RecordSets);
        }
        due
    }

    /// Whether it is a gap already that the records of this zone's subscription did not all arrive.
    fn lacks_records(&self, zone: &Resource) -> bool {
        self.reading.gaps.iter().any(|gap| {
            gap.kind == Kind::RecordSets
                && gap.resource.is_none()
                && is_in(&zone.id, gap.subscription.as_deref())
        })
    }

    /// Whether the caller is known to have the right to read children of this kind. Without it, Resource Graph
    /// would leave them out, and the management API says so.
    fn may_read(&self, parent: &ResourceId, kind: Kind) -> bool {
        let subscription = parent.subscription().unwrap_or_default().to_ascii_lowercase();
        let Some(Some(rights)) = self.rights.get(subscription.as_str()) else { return false };
        arm::read_actions_of_children(kind).iter().all(|action| permissions::allows(rights, action))
    }
}

fn is_in(id: &ResourceId, subscription: Option<&str>) -> bool {
    id.subscription().zip(subscription).is_some_and(|(own, other)| own.eq_ignore_ascii_case(other))
}

/// Tells progress and log about one query, also when it is given up half-way.
struct QueryLog<'a> {
    kinds: &'a [Kind],
    progress: &'a dyn Progress,
    rows: u64,
}

impl<'a> QueryLog<'a> {
    fn start(query: &'a Query, progress: &'a dyn Progress) -> Self {
        query.kinds.iter().for_each(|kind| progress.started(*kind));
        QueryLog { kinds: query.kinds, progress, rows: 0 }
    }

    fn finish(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }
}

impl Drop for QueryLog<'_> {
    fn drop(&mut self) {
        // Of several kinds, nobody has counted each.
        let mut rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        for kind in self.kinds {
            self.progress.finished(*kind, std::mem::take(&mut rows));
        }
        let kinds = self.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ");
        tracing::info!(kinds, rows = self.rows, "read through Resource Graph");
    }
}
