//! What was read so far, over several rounds: resources, coverage and gaps.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::live::{Chosen, Visible, reason};
use crate::azure::{Reader, Reading, Why};
use crate::cli::{AzureArgs, ScopeArgs};
use crate::error::Failure;
use crate::inventory::{
    Collected, Coverage, Gap, Kind, Origin, Resource, ResourceId, Role, Scope, SubscriptionCoverage, Want,
};
use crate::topology::zones::ZoneTable;

/// What was read so far.
pub(super) struct Estate {
    pub origin: Origin,
    resources: BTreeMap<ResourceId, Resource>,
    coverage: Coverage,
    audited: BTreeSet<String>,
}

impl Estate {
    pub(super) fn new(
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

    /// Adds what was read. Gives the related zones that are new though all were read before: nobody has asked for what
    /// is in them.
    pub(super) fn add(&mut self, reading: Reading, wants: &[Want], table: &ZoneTable) -> Vec<ResourceId> {
        let zones_again = reading.again.iter().any(|(kind, _)| *kind == Kind::PrivateDnsZones);
        let is_zone = |id: &&ResourceId| Kind::of(id) == Some(Kind::PrivateDnsZones);
        let known: HashSet<ResourceId> =
            self.resources.keys().filter(|id| zones_again && is_zone(id)).cloned().collect();
        let is_new = |id: &ResourceId| !known.contains(id);
        let related = |id: &ResourceId| table.is_private_link_zone(&id.name().to_ascii_lowercase());
        let zones = reading.resources.iter().map(|resource| &resource.id).filter(is_zone);
        let new = zones.filter(|id| zones_again && is_new(id) && related(id)).cloned().collect();
        self.forget(&reading);
        for resource in reading.resources {
            self.resources.entry(resource.id.clone()).or_insert(resource);
        }
        self.coverage.gaps.extend(reading.gaps);
        // A zone that was passed over at first may have been read since.
        self.coverage.unrelated_zones.extend(reading.unrelated_zones.into_iter().filter(is_new));
        self.drop_below(&reading.gone.into_iter().collect());
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
        new
    }

    /// What was to be read again and was not is a gap: an index may have left out what is there.
    pub(super) fn doubt(&mut self, wants: &[Want], why: Why) {
        let gap = |subscription: &str, kind, resource: Option<&ResourceId>| Gap {
            subscription: Some(subscription.to_owned()),
            kind,
            resource: resource.cloned(),
            status: None,
            code: why.code().to_owned(),
            message: format!("{} before this was read again", why.clause()),
        };
        for want in wants {
            let (below, kinds): (_, &[Kind]) = match want {
                Want::ListAgain { subscription, kind } => {
                    self.coverage.gaps.push(gap(subscription, *kind, None));
                    continue;
                }
                Want::ZoneAgain { zone } => (zone, &[Kind::VirtualNetworkLinks, Kind::RecordSets]),
                Want::TargetAgain { target } => (target, &[Kind::Targets, Kind::TargetConnections]),
                _ => continue,
            };
            let subscription = below.subscription().unwrap_or_default().to_ascii_lowercase();
            let gaps = kinds.iter().map(|kind| gap(&subscription, *kind, Some(below)));
            self.coverage.gaps.extend(gaps);
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
        let place = |gap: &Gap| {
            let subscription = gap.subscription.as_deref().unwrap_or_default();
            gap.resource.clone().unwrap_or_else(|| ResourceId::new(&format!("/subscriptions/{subscription}")))
        };
        // What was missing the first time is there now, or is told anew. Rights are asked for once.
        let told = |gap: &Gap| gap.code != "MissingPermission" && again.contains(&(gap.kind, place(gap)));
        self.coverage.gaps.retain(|gap| !told(gap));
        self.drop_below(&gone);
    }

    /// Leaves out what is gone, with all that stood below it.
    fn drop_below(&mut self, gone: &HashSet<ResourceId>) {
        if gone.is_empty() {
            return;
        }
        let is_gone = |id: &ResourceId| {
            std::iter::successors(Some(id.clone()), ResourceId::parent).any(|one| gone.contains(&one))
        };
        self.resources.retain(|id, _| !is_gone(id));
        self.coverage.unrelated_zones.retain(|zone| !gone.contains(zone));
        self.coverage.gaps.retain(|gap| !gap.resource.as_ref().is_some_and(is_gone));
    }

    pub(super) fn collected(&self) -> Collected {
        Collected {
            origin: self.origin.clone(),
            resources: self.resources.values().cloned().collect(),
            coverage: self.coverage.clone(),
        }
    }

    /// The estate, unless no audited subscription could be read at all.
    pub(super) fn finish(mut self, visible: &Visible) -> Result<Collected, Failure> {
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

/// RFC 3339, UTC, whole seconds.
fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}
