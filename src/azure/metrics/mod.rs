//! Metrics: many resources in one call where the metrics service answers, one by one where it does not. Never fails as
//! a whole: what does not arrive is a gap over the resource.

mod answer;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod hosts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::future;
use tokio::sync::OnceCell;
use url::Url;

use super::client::{Client, Failed, host};
use super::limits::Lane;
use super::{AzureError, ConnectOptions, Progress, Reading, arm};
use crate::inventory::{Gap, Kind, Measure, Resource, ResourceId, Want, Window};
pub(super) use hosts::MetricsHosts;

/// The most resources in one call (Azure docs: "How to migrate from the metrics API to the getBatch API").
const BATCH: usize = 50;

/// How metrics are read in one run.
pub(super) struct Metrics {
    /// `None` where nobody knows a metrics service.
    hosts: Option<MetricsHosts>,
    /// Signed in to the service, when it is first asked; why not, where that failed.
    client: OnceCell<Result<Client, Failed>>,
    /// Hosts of the service that cannot be reached.
    lost: Mutex<HashSet<String>>,
}

/// What one call can be about: resources of one subscription, region and type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    /// In lower case.
    subscription: String,
    region: &'a str,
    measure: Measure,
    window: Window,
}

/// What a call for many came to.
enum Many {
    /// Some may be missing.
    Told(Vec<answer::Part>),
    /// The service is not for us, or not there: the management API may answer.
    Refused,
    /// Throttled, broken or given up: asking one by one would make it worse.
    Failed(Failed),
}

impl Metrics {
    pub(super) fn new(options: &ConnectOptions) -> Result<Self, AzureError> {
        let hosts = MetricsHosts::new(options)?;
        Ok(Metrics { hosts, client: OnceCell::new(), lost: Mutex::default() })
    }

    /// Reads what is wanted of metrics, side by side and within limits. `client` is the management API's.
    pub(super) async fn read(
        &self,
        client: &Client,
        wants: &BTreeSet<&Want>,
        progress: &dyn Progress,
    ) -> Reading {
        let mut groups: BTreeMap<Group<'_>, Vec<&ResourceId>> = BTreeMap::new();
        for want in wants {
            if let Want::Metrics { of, region, measure, window } = want {
                let subscription = of.subscription().unwrap_or_default().to_ascii_lowercase();
                let group = Group { subscription, region, measure: *measure, window: *window };
                groups.entry(group).or_default().push(of);
            }
        }
        let read = groups.iter().map(|(group, ids)| async move {
            progress.started(Kind::Metrics);
            let reading = self.group(client, group, ids).await;
            progress.finished(Kind::Metrics, reading.resources.len());
            reading
        });
        Reading::joined(future::join_all(read).await)
    }

    async fn group(&self, client: &Client, group: &Group<'_>, ids: &[&ResourceId]) -> Reading {
        let mut reading = Reading::default();
        let mut alone: Vec<&ResourceId> = Vec::new();
        let mut chunks = ids.chunks(BATCH);
        // Whether the service answers for this group, its first call says.
        let first = chunks.next().unwrap_or_default();
        match self.many(client, group, first).await {
            Many::Refused => alone.extend(ids),
            told => {
                alone.extend(take(&mut reading, group, first, told));
                let rest = chunks.map(|chunk| async move { (chunk, self.many(client, group, chunk).await) });
                for (chunk, told) in future::join_all(rest).await {
                    alone.extend(take(&mut reading, group, chunk, told));
                }
            }
        }
        let alone = alone.into_iter().map(|id| single(client, group, id));
        reading.add(Reading::joined(future::join_all(alone).await));
        let (items, gaps) = (reading.resources.len(), reading.gaps.len());
        tracing::info!(kind = Kind::Metrics.name(), subscription = group.subscription, items, gaps, "read");
        reading
    }

    /// One call for up to [`BATCH`] resources.
    async fn many(&self, client: &Client, group: &Group<'_>, ids: &[&ResourceId]) -> Many {
        let url = self
            .hosts
            .as_ref()
            .and_then(|hosts| hosts.batch(group.region, &group.subscription, group.measure, group.window));
        let Some(url) = url.filter(|url| !self.is_lost(url)) else { return Many::Refused };
        let Some(service) = self.service(client).await else { return Many::Refused };
        let list: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let body = Bytes::from(serde_json::json!({ "resourceids": list }).to_string());
        let asked = service.ask(&url, &body, &group.subscription, Lane::MetricsBatch).await;
        let told = asked.and_then(|body| answer::batch(&body, group.measure, group.window));
        match told {
            Ok(told) => Many::Told(told),
            Err(failed) => {
                tracing::info!(
                    host = host(&url),
                    failed.status,
                    failed.code,
                    failed.message,
                    "metrics of many"
                );
                self.judge(&url, failed)
            }
        }
    }

    fn judge(&self, url: &Url, failed: Failed) -> Many {
        // Of us, of the network, and of the sign-in: none says anything of the management API.
        const ELSEWHERE: [&str; 7] = [
            "NameNotResolved",
            "ConnectionFailed",
            "ConnectionClosed",
            "TlsFailed",
            "SignInFailed",
            "MalformedPage",
            "ForeignLink",
        ];
        if matches!(failed.code.as_str(), "NameNotResolved" | "ConnectionFailed" | "TlsFailed") {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.insert(host(url));
        }
        match failed.status {
            Some(400 | 401 | 403..=405 | 501) => Many::Refused,
            None if ELSEWHERE.contains(&failed.code.as_str()) => Many::Refused,
            _ => Many::Failed(failed),
        }
    }

    fn is_lost(&self, url: &Url) -> bool {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).contains(&host(url))
    }

    /// The client of the service; `None` where no token for it is to be had.
    async fn service(&self, client: &Client) -> Option<&Client> {
        let hosts = self.hosts.as_ref()?;
        let opened = self.client.get_or_init(|| async {
            let opened = client.of_metrics(hosts).await;
            if let Err(failed) = &opened {
                tracing::info!(failed.message, "no token for the metrics service");
            }
            opened
        });
        opened.await.as_ref().ok()
    }
}

/// Puts what a call for many came to into a reading; gives back who must be asked for alone.
fn take<'a>(
    reading: &mut Reading,
    group: &Group<'_>,
    asked: &[&'a ResourceId],
    told: Many,
) -> Vec<&'a ResourceId> {
    match told {
        Many::Refused => asked.to_vec(),
        Many::Failed(failed) => {
            reading.gaps.extend(asked.iter().map(|id| gap(group, id, failed.clone())));
            Vec::new()
        }
        Many::Told(parts) => {
            let mut left: BTreeSet<&ResourceId> = asked.iter().copied().collect();
            for (of, part) in parts {
                // What nobody asked for is no answer, and one answer is enough.
                let Some(own) = left.get(&of).copied() else { continue };
                if let Ok(resource) = part {
                    left.remove(&of);
                    reading.resources.push(named(resource, own, group.measure));
                }
            }
            left.into_iter().collect()
        }
    }
}

/// The resource under the id that was asked for, whatever casing the answer has.
fn named(resource: Resource, own: &ResourceId, measure: Measure) -> Resource {
    let id = measure.id_of(own);
    if resource.id.as_str() == id.as_str() {
        return resource;
    }
    let quoted = |id: &ResourceId| serde_json::Value::from(id.as_str()).to_string();
    let json = resource.json.replacen(&quoted(&resource.id), &quoted(&id), 1).into_boxed_str();
    Resource { id, json }
}

/// Asks the management API for one resource.
async fn single(client: &Client, group: &Group<'_>, of: &ResourceId) -> Reading {
    let url = hosts::single(&client.endpoints, of, group.measure, group.window);
    let told = match client.get(&url, &group.subscription, Lane::Metrics).await {
        Ok(body) => answer::single(&body, of, group.measure, group.window),
        Err(failed) if arm::is_not_offered(failed.status, &failed.code) => {
            tracing::info!(kind = Kind::Metrics.name(), code = failed.code, "not offered here");
            return Reading::default();
        }
        Err(failed) => Err(failed),
    };
    match told {
        Ok(resource) => Reading { resources: vec![resource], ..Reading::default() },
        Err(failed) => Reading { gaps: vec![gap(group, of, failed)], ..Reading::default() },
    }
}

fn gap(group: &Group<'_>, of: &ResourceId, failed: Failed) -> Gap {
    Gap {
        subscription: Some(group.subscription.clone()),
        kind: Kind::Metrics,
        resource: Some(of.clone()),
        status: failed.status,
        code: failed.code,
        message: failed.message,
    }
}
