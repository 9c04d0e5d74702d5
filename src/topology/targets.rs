//! What endpoints lead to, and its own side of the connections, as far as it was asked: a call each, so that most
//! of it never is. Knows no rule.

use foldhash::{HashMap, HashMapExt};

use super::Topology;
use super::endpoints::target_and_group;
use super::knowledge::{Seen, Unread};
use crate::inventory::{Coverage, Inventory, Kind, LinkResource, ResourceId, TargetConnection, TargetType};

/// Indices into the inventory.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// What endpoints lead to.
    led_to: HashMap<ResourceId, LedTo>,
    targets: HashMap<ResourceId, usize>,
    services: HashMap<ResourceId, usize>,
    /// Listed connections by their target.
    connections: HashMap<ResourceId, Vec<usize>>,
    /// Group ids by the target that offers them.
    groups: HashMap<ResourceId, Vec<usize>>,
}

impl Targets {
    pub(super) fn new(inventory: &Inventory) -> Self {
        Targets {
            led_to: led_to(inventory),
            targets: super::index(inventory.targets.iter().map(|target| &target.id)),
            services: super::index(inventory.private_link_services.iter().map(|service| &service.id)),
            connections: by_parent(inventory.target_connections.iter().map(|connection| &connection.id)),
            groups: by_parent(inventory.link_resources.iter().map(|group| &group.id)),
        }
    }
}

/// Something that endpoints lead to.
#[derive(Debug)]
struct LedTo {
    endpoints: Vec<usize>,
    /// Whether it was asked for: rules want to know for every endpoint, several times each.
    asked: bool,
}

fn led_to(inventory: &Inventory) -> HashMap<ResourceId, LedTo> {
    let mut led_to: HashMap<ResourceId, LedTo> = HashMap::with_capacity(inventory.private_endpoints.len());
    for (index, endpoint) in inventory.private_endpoints.iter().enumerate() {
        if let Some((target, _)) = target_and_group(endpoint) {
            let new = || LedTo { endpoints: Vec::new(), asked: was_asked(&inventory.coverage, target) };
            led_to.entry(target.clone()).or_insert_with(new).endpoints.push(index);
        }
    }
    led_to
}

/// Whether a target was asked for, by itself or with others of its kind.
fn was_asked(coverage: &Coverage, id: &ResourceId) -> bool {
    coverage.was_asked(Kind::Targets, id) || was_listed(coverage, id)
}

/// Whether a list was asked for that would hold this target. The list over all types, which tells of Azure Migrate, is
/// an index that may lag: who is in it is there, and nothing follows for others.
fn was_listed(coverage: &Coverage, id: &ResourceId) -> bool {
    let kind = Kind::of(id).filter(|kind| !matches!(kind, Kind::Targets | Kind::MigrationResources));
    let subscription = id.subscription().and_then(|id| coverage.subscription(id));
    kind.zip(subscription).is_some_and(|(kind, subscription)| subscription.kinds.contains(&kind))
}

fn by_parent<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> HashMap<ResourceId, Vec<usize>> {
    let mut by_parent: HashMap<ResourceId, Vec<usize>> = HashMap::new();
    for (index, id) in ids.enumerate() {
        if let Some(parent) = id.parent() {
            by_parent.entry(parent).or_default().push(index);
        }
    }
    by_parent
}

impl Topology {
    /// Whether this target was asked for, by itself or with others of its kind. Most never are: only those of
    /// suspects, unless the run was deep.
    pub fn target_was_asked(&self, id: &ResourceId) -> bool {
        let known = self.targets.led_to.get(id).map(|led_to| led_to.asked);
        known.unwrap_or_else(|| was_asked(&self.inventory.coverage, id))
    }

    /// Every endpoint whose connection names this target.
    pub fn endpoints_of(&self, target: &ResourceId) -> &[usize] {
        self.targets.led_to.get(target).map_or(&[], |led_to| &led_to.endpoints)
    }

    /// A target (an index into `inventory.targets`). `Absent`: it was asked for and is not there. `Unknown`: it
    /// could not be read, or it was never asked for. A private link service is none; see [`Topology::service`].
    pub fn target(&self, id: &ResourceId) -> Seen<usize> {
        match self.targets.targets.get(id) {
            Some(index) => Seen::Found(*index),
            None => self.not_there(id),
        }
    }

    /// A private link service (an index into `inventory.private_link_services`), whether its subscription was
    /// listed or it was asked for by itself.
    pub fn service(&self, id: &ResourceId) -> Seen<usize> {
        if let Some(index) = self.targets.services.get(id) {
            return Seen::Found(*index);
        }
        self.not_there(id)
    }

    /// A target's own side of the connections to it: all of them, of whatever tenant. `Absent`: the target is not
    /// there, or it does not tell its connections; nothing follows from that.
    pub fn connections_of(&self, target: &ResourceId) -> Seen<Vec<&TargetConnection>> {
        if Kind::of(target) == Some(Kind::PrivateLinkServices) {
            return match self.service(target) {
                Seen::Found(index) => self
                    .whole(target, self.inventory.private_link_services[index].connections.iter().collect()),
                Seen::Absent => Seen::Absent,
                Seen::Unknown(unread) => Seen::Unknown(unread),
            };
        }
        let lists = TargetType::of(target).is_some_and(|row| row.lists_connections);
        let asked = self.inventory.coverage.was_asked(Kind::TargetConnections, target);
        let gap = self.knowledge.single(Kind::TargetConnections, target);
        let own = self.target(target);
        if lists && asked && gap.is_none() && own != Seen::Absent {
            let listed = self.targets.connections.get(target).map_or(&[][..], Vec::as_slice);
            let listed = listed.iter().map(|index| &self.inventory.target_connections[*index]);
            return Seen::Found(listed.collect());
        }
        let index = match own {
            Seen::Found(index) => index,
            Seen::Absent => return Seen::Absent,
            Seen::Unknown(unread) => return Seen::Unknown(gap.map_or(unread.clone(), |gap| gap.and(unread))),
        };
        match (&self.inventory.targets[index].connections, gap) {
            (Some(embedded), _) => self.whole(target, embedded.iter().collect()),
            (None, Some(gap)) => Seen::Unknown(gap),
            (None, None) => Seen::Absent,
        }
    }

    /// The group ids that a target offers. `Absent`: the target is not there, or it tells none; nothing follows
    /// from that.
    pub fn groups_of(&self, target: &ResourceId) -> Seen<Vec<&LinkResource>> {
        if let Some(unread) = self.knowledge.single(Kind::LinkResources, target) {
            return Seen::Unknown(unread);
        }
        if !self.inventory.coverage.was_asked(Kind::LinkResources, target) {
            let what = format!("the group ids that {} offers were not read", target.name());
            return Seen::Unknown(Unread::not_asked(what));
        }
        match self.targets.groups.get(target) {
            Some(offered) => {
                Seen::Found(offered.iter().map(|index| &self.inventory.link_resources[*index]).collect())
            }
            None => Seen::Absent,
        }
    }

    /// What stands in a resource's own body is all there is, unless some of the body could not be understood.
    fn whole<'a>(
        &self,
        id: &ResourceId,
        embedded: Vec<&'a TargetConnection>,
    ) -> Seen<Vec<&'a TargetConnection>> {
        match self.knowledge.field(id) {
            Some(unread) => Seen::Unknown(unread),
            None => Seen::Found(embedded),
        }
    }

    /// What it means that something is not in the inventory: the answer to a call of its own counts before a list.
    fn not_there<T>(&self, id: &ResourceId) -> Seen<T> {
        if let Some(unread) = self.knowledge.single(Kind::Targets, id) {
            return Seen::Unknown(unread);
        }
        if self.inventory.coverage.was_asked(Kind::Targets, id) {
            return Seen::Absent;
        }
        if let (true, Some(kind)) = (was_listed(&self.inventory.coverage, id), Kind::of(id)) {
            return self.knowledge.missing(id, kind);
        }
        Seen::Unknown(Unread::not_asked(format!("{} was not asked for", id.name())))
    }
}
