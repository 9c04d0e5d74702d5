//! Composes Azure estates for tests and benches, in the JSON that ARM sends. Knows how Azure behaves; knows
//! nothing of the product's topology or rules, so that it can stand as their witness; [`rounds`] alone asks the
//! product what a run would read.
//!
//! ```ignore
//! let mut e = Estate::new();
//! let hub = e.vnet("hub", "10.0.0.0/16");
//! let spoke = e.vnet("spoke", "10.1.0.0/16");
//! e.client(&spoke);
//! e.peer(&hub, &spoke);
//! let zone = e.zone("privatelink.blob.core.windows.net");
//! e.link(&zone, &spoke);
//! let pe = e.endpoint("pe-blob", &spoke, storage("acct", "blob"));
//! e.zone_group(&pe, &[&zone]);
//! let collected = e.collected();
//! ```
#![allow(dead_code, reason = "every test and bench uses its own part of the builder")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that builds nonsense must stop"
)]

pub mod demo;
pub mod dns;
mod endpoint;
pub mod generated;
mod groups;
pub mod migration;
mod mistakes;
mod named;
pub mod network;
mod paths;
pub mod rounds;
pub mod service;
pub mod services;
pub mod shapes;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use plaudit::inventory::{
    Cloud, Collected, Coverage, Gap, Kind, Origin, Pack, Resource, ResourceId, Role, Scope,
    SubscriptionCoverage,
};
use serde_json::{Value, json};

pub use services::Service;

/// The subscription that a new estate starts with; it is audited.
pub const HOME: &str = "landing";

/// The tenant of every estate.
pub const TENANT: &str = "72f9a1c4-6d0b-4c5e-9a27-3f1f0d5c8e11";

/// An estate under construction. Plain data: clone it and break one thing.
#[derive(Debug, Clone)]
pub struct Estate {
    /// Everything that lists hold, as ARM sends it.
    resources: BTreeMap<ResourceId, Value>,
    /// Zone groups, targets, their connections and group ids, kept apart: the product asks for them one by one.
    apart: BTreeMap<ResourceId, Value>,
    /// Targets that are no more, though endpoints still name them.
    gone: BTreeSet<ResourceId>,
    /// What each endpoint leads to.
    services: BTreeMap<ResourceId, Service>,
    /// By name, in the order made: (name, GUID, role).
    subscriptions: Vec<(String, String, Role)>,
    /// The next free host number of each subnet.
    next_host: BTreeMap<ResourceId, u32>,
    gaps: Vec<Gap>,
    current: Place,
    /// Whether the list of all subscriptions was read and the zones of each asked for.
    pub every_visible_subscription: bool,
    /// RFC 3339, UTC.
    pub collected_at: String,
    pub cloud: Cloud,
    /// The packs that are asked for when it is read.
    pub packs: Vec<Pack>,
    /// The identity whose roles are asked for then.
    pub appliance: Option<String>,
}

/// Where the next resource is put.
#[derive(Debug, Clone)]
struct Place {
    subscription: String,
    group: String,
    location: String,
}

impl Default for Estate {
    fn default() -> Self {
        Self::new()
    }
}

impl Estate {
    /// An estate with one audited subscription, [`HOME`], and nothing in it.
    pub fn new() -> Self {
        let mut estate = Self::empty();
        estate.in_subscription(HOME);
        estate.audit(HOME);
        estate
    }

    /// An estate without any subscription.
    pub fn empty() -> Self {
        let place =
            Place { subscription: String::new(), group: "rg-network".into(), location: "westeurope".into() };
        Estate {
            resources: BTreeMap::new(),
            apart: BTreeMap::new(),
            gone: BTreeSet::new(),
            services: BTreeMap::new(),
            subscriptions: Vec::new(),
            next_host: BTreeMap::new(),
            gaps: Vec::new(),
            current: place,
            every_visible_subscription: true,
            collected_at: "2026-01-15T08:00:00Z".into(),
            cloud: Cloud::AzureCloud,
            packs: Vec::new(),
            appliance: None,
        }
    }

    // Where things go.

    /// What is made from now on goes into this subscription; one that is new is context.
    pub fn in_subscription(&mut self, name: &str) -> &mut Self {
        if !self.subscriptions.iter().any(|(known, _, _)| known == name) {
            let id = shapes::guid(&format!("subscription {name}"));
            self.put(shapes::subscription(&id, name));
            self.subscriptions.push((name.into(), id, Role::Context));
        }
        self.current.subscription = self.subscription_guid(name);
        self
    }

    /// What is made from now on goes into this resource group.
    pub fn in_group(&mut self, name: &str) -> &mut Self {
        self.current.group = name.into();
        self
    }

    /// What is made from now on goes to this region.
    pub fn in_location(&mut self, name: &str) -> &mut Self {
        self.current.location = name.into();
        self
    }

    /// Makes a subscription one that is reported on.
    pub fn audit(&mut self, name: &str) -> &mut Self {
        let found = self.subscriptions.iter_mut().find(|(known, _, _)| known == name);
        found.unwrap_or_else(|| panic!("no subscription {name}")).2 = Role::Audited;
        self
    }

    /// The GUID of a subscription, by name.
    pub fn subscription_guid(&self, name: &str) -> String {
        let found = self.subscriptions.iter().find(|(known, _, _)| known == name);
        found.unwrap_or_else(|| panic!("no subscription {name}")).1.clone()
    }

    // Changing what is there.

    /// Changes a resource's JSON in place; its key in the estate follows its `id`.
    pub fn edit(&mut self, id: &ResourceId, change: impl FnOnce(&mut Value)) -> &mut Self {
        let mut value = self.resources.remove(id).unwrap_or_else(|| panic!("no resource {id}"));
        change(&mut value);
        self.put(value);
        self
    }

    /// Changes the zone group of an endpoint.
    pub fn edit_zone_group(&mut self, endpoint: &ResourceId, change: impl FnOnce(&mut Value)) -> &mut Self {
        let is_group = |id: &ResourceId| {
            id.parent().as_ref() == Some(endpoint) && Kind::of(id) == Some(Kind::PrivateDnsZoneGroups)
        };
        let found = self.apart.iter_mut().find(|(id, _)| is_group(id));
        change(found.unwrap_or_else(|| panic!("no zone group under {endpoint}")).1);
        self
    }

    /// Takes a resource and all its children out. References to it stay, as in Azure; a zone's own counts
    /// follow its links and records.
    pub fn remove(&mut self, id: &ResourceId) -> &mut Self {
        assert!(self.resources.contains_key(id), "no resource {id}");
        let (own, under) = (id.lower(), format!("{}/", id.lower()));
        let near =
            self.resources.range(id.clone()..).map(|(k, _)| k).take_while(|k| k.lower().starts_with(&own));
        let gone: Vec<ResourceId> =
            near.filter(|k| *k == id || k.lower().starts_with(&under)).cloned().collect();
        for id in gone {
            self.resources.remove(&id);
            self.count_in_zone(&id, -1);
        }
        self.apart.retain(|group, _| !group.lower().starts_with(&under));
        self
    }

    /// Spells a resource's own id differently, without touching the references to it.
    pub fn respell(&mut self, id: &ResourceId, spell: impl Fn(&str) -> String) -> &mut Self {
        self.edit(id, |value| value["id"] = spell(text(&value["id"])).into())
    }

    /// Spells every reference to another resource in capitals, and leaves the resources' own ids as they are.
    pub fn shout_references(&mut self) -> &mut Self {
        for value in self.resources.values_mut().chain(self.apart.values_mut()) {
            let own = value["id"].clone();
            shout(value);
            value["id"] = own;
        }
        self
    }

    /// What is of this kind in this subscription could not be read: takes it out, with its children, and
    /// says so. [`Kind::Subscriptions`] takes everything.
    pub fn gap(&mut self, kind: Kind, subscription: &str, status: u16, code: &str) -> &mut Self {
        let guid = self.subscription_guid(subscription);
        self.take_out(|id| {
            in_subscription(id, &guid) && (kind == Kind::Subscriptions || is_within(id, kind))
        });
        if kind == Kind::PrivateDnsZoneGroups || kind == Kind::Subscriptions {
            let group = |id: &ResourceId| kind == Kind::Subscriptions || Kind::of(id) == Some(kind);
            self.apart.retain(|id, _| !(in_subscription(id, &guid) && group(id)));
        }
        let message = format!("reading the {} of {subscription} failed", kind.title());
        self.push_gap(Some(guid), kind, None, status, code, message)
    }

    /// The children of this kind under one resource could not be read: a zone's records, say.
    pub fn gap_under(&mut self, parent: &ResourceId, kind: Kind, status: u16, code: &str) -> &mut Self {
        let under = |id: &ResourceId| id.parent().as_ref() == Some(parent);
        self.take_out(|id| Kind::of(id) == Some(kind) && under(id));
        self.apart.retain(|id, _| Kind::of(id) != Some(kind) || !under(id));
        let guid = parent.subscription().map(str::to_ascii_lowercase);
        let message = format!("reading the {} of {} failed", kind.title(), parent.name());
        self.push_gap(guid, kind, Some(parent.clone()), status, code, message)
    }

    fn push_gap(
        &mut self,
        subscription: Option<String>,
        kind: Kind,
        resource: Option<ResourceId>,
        status: u16,
        code: &str,
        message: String,
    ) -> &mut Self {
        let code = code.into();
        self.gaps.push(Gap { subscription, kind, resource, status: Some(status), code, message });
        self
    }

    // Handing it over.

    /// A resource's JSON.
    pub fn get(&self, id: &ResourceId) -> &Value {
        self.resources.get(id).unwrap_or_else(|| panic!("no resource {id}"))
    }

    /// The ids of every resource but the zone groups, sorted.
    pub fn ids(&self) -> Vec<ResourceId> {
        self.resources.keys().cloned().collect()
    }

    /// Whether a list holds this resource.
    pub fn holds(&self, id: &ResourceId) -> bool {
        self.resources.contains_key(id)
    }

    /// Every resource but the zone groups, sorted by id.
    pub fn values(&self) -> Vec<Value> {
        self.resources.values().cloned().collect()
    }

    /// The resources of one kind in one subscription (by GUID), sorted by id: what a list answers.
    pub fn list(&self, kind: Kind, subscription: &str) -> Vec<Value> {
        let found = self.resources.iter().filter(|(id, _)| Kind::of(id) == Some(kind));
        found.filter(|(id, _)| in_subscription(id, subscription)).map(|(_, value)| value.clone()).collect()
    }

    /// The children of one kind under a resource, sorted by id. Zone groups are found here too.
    pub fn children(&self, parent: &ResourceId, kind: Kind) -> Vec<Value> {
        let all = self.resources.iter().chain(&self.apart).filter(|(id, _)| Kind::of(id) == Some(kind));
        all.filter(|(id, _)| id.parent().as_ref() == Some(parent)).map(|(_, value)| value.clone()).collect()
    }

    /// The zone groups of an endpoint: what `…/privateDnsZoneGroups` answers.
    pub fn zone_groups_of(&self, endpoint: &ResourceId) -> Vec<Value> {
        self.children(endpoint, Kind::PrivateDnsZoneGroups)
    }

    /// What a run that read everything but zone groups holds in its hands.
    pub fn collected(&self) -> Collected {
        let resources = self.resources.iter().map(|(id, value)| resource(id, value)).collect();
        Collected { origin: self.origin(), resources, coverage: self.coverage() }
    }

    /// As [`Estate::collected`], with the zone group of every endpoint.
    pub fn collected_with_zone_groups(&self) -> Collected {
        let mut collected = self.collected();
        let groups = self.apart.iter().filter(|(id, _)| Kind::of(id) == Some(Kind::PrivateDnsZoneGroups));
        collected.resources.extend(groups.map(|(id, value)| resource(id, value)));
        collected.resources.sort_by(|a, b| a.id.cmp(&b.id));
        for endpoint in self.services.keys() {
            collected.coverage.note_asked(Kind::PrivateDnsZoneGroups, endpoint);
        }
        collected
    }

    /// Where and when it was read, and for which subscriptions.
    pub fn origin(&self) -> Origin {
        let audited = self.subscriptions.iter().filter(|(_, _, role)| *role == Role::Audited);
        let mut subscriptions: Vec<String> = audited.map(|(_, id, _)| id.clone()).collect();
        subscriptions.sort();
        Origin {
            cloud: self.cloud,
            tenant_id: Some(TENANT.into()),
            collected_at: self.collected_at.clone(),
            verification: None,
            redacted: false,
            scope: Scope {
                subscriptions,
                context: true,
                packs: self.packs.clone(),
                appliance: self.appliance.clone(),
                ..Scope::default()
            },
        }
    }

    /// Every listed kind asked for in every subscription, and the gaps.
    pub fn coverage(&self) -> Coverage {
        let dark = |id: &str| {
            let of_it = |gap: &&Gap| gap.subscription.as_deref() == Some(id);
            self.gaps.iter().filter(of_it).any(|gap| gap.kind == Kind::Subscriptions)
        };
        let asked = self.subscriptions.iter().map(|(_, id, role)| SubscriptionCoverage {
            id: id.clone(),
            role: *role,
            kinds: if dark(id) { Vec::new() } else { Kind::LISTED.to_vec() },
        });
        let mut coverage = Coverage {
            subscriptions: asked.collect(),
            gaps: self.gaps.clone(),
            every_visible_subscription: self.every_visible_subscription,
            ..Coverage::default()
        };
        coverage.normalise();
        coverage
    }

    // Within the builder.

    /// Takes the resources that fit out, without touching a zone's own counts: Azure would still tell them.
    fn take_out(&mut self, fits: impl Fn(&ResourceId) -> bool) {
        self.resources.retain(|id, _| !fits(id));
    }

    fn put(&mut self, value: Value) -> ResourceId {
        let id = ResourceId::new(text(&value["id"]));
        let before = self.resources.insert(id.clone(), value);
        assert!(before.is_none(), "{id} is there already");
        id
    }

    /// Adds any network resource in the current place, with its location and these properties.
    pub fn add(&mut self, kind: &str, name: &str, properties: Value) -> ResourceId {
        let id = self.network_id(kind, name);
        let location = &self.current.location;
        let full = format!("Microsoft.Network/{kind}");
        self.put(json!({"id": id.as_str(), "name": name, "type": full, "location": location, "properties": properties}))
    }

    /// Adds a child of a resource, with these properties.
    pub fn add_under(
        &mut self,
        parent: &ResourceId,
        kind: &str,
        name: &str,
        properties: Value,
    ) -> ResourceId {
        let full = format!("{}/{kind}", parent.resource_type().unwrap());
        let id = format!("{parent}/{kind}/{name}");
        self.put(json!({"id": id, "name": name, "type": full, "properties": properties}))
    }

    /// The id of a network resource in the current place.
    fn network_id(&self, kind: &str, name: &str) -> ResourceId {
        self.network_id_in(&self.current.subscription, kind, name)
    }

    fn network_id_in(&self, subscription: &str, kind: &str, name: &str) -> ResourceId {
        let group = &self.current.group;
        ResourceId::new(&format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/{kind}/{name}"
        ))
    }

    fn properties(&mut self, id: &ResourceId) -> &mut Value {
        let value = self.resources.get_mut(id).unwrap_or_else(|| panic!("no resource {id}"));
        &mut value["properties"]
    }
}

fn resource(id: &ResourceId, value: &Value) -> Resource {
    Resource { id: id.clone(), json: value.to_string().into() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn in_subscription(id: &ResourceId, guid: &str) -> bool {
    id.subscription().is_some_and(|s| s.eq_ignore_ascii_case(guid))
}

/// Whether an id is of this kind or of a kind that can only be read through it.
fn is_within(id: &ResourceId, kind: Kind) -> bool {
    let Some(own) = Kind::of(id) else { return false };
    let parent = match own {
        Kind::VirtualNetworkLinks | Kind::RecordSets => Kind::PrivateDnsZones,
        Kind::InboundEndpoints => Kind::DnsResolvers,
        Kind::ForwardingRules | Kind::RulesetLinks => Kind::DnsForwardingRulesets,
        Kind::HubConnections => Kind::VirtualHubs,
        other => other,
    };
    own == kind || parent == kind
}

fn shout(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => *text = text.to_ascii_uppercase(),
        Value::Array(items) => items.iter_mut().for_each(shout),
        Value::Object(fields) => fields.values_mut().for_each(shout),
        _ => {}
    }
}
