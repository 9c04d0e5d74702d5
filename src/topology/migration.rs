//! Projects of Azure Migrate joined with what serves them, and the role of each. Knows no rule.

use std::collections::{BTreeMap, HashMap};

use super::{Topology, endpoints, is_reported};
use crate::inventory::{Inventory, MigrationStorage, ResourceId, is_named_by_migrate};

/// What a resource is to a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MigrationRole {
    Project,
    AssessmentProject,
    Site,
    KeyVault,
    RecoveryVault,
    CacheStorage,
    GatewayStorage,
    ServiceBus,
}

impl MigrationRole {
    /// Whether an appliance reaches it through a private endpoint: the gateway account goes over the internet always, and
    /// what is private has no Service Bus.
    pub fn is_reached_privately(self) -> bool {
        !matches!(self, MigrationRole::GatewayStorage | MigrationRole::ServiceBus)
    }

    /// For a person.
    pub fn title(self) -> &'static str {
        match self {
            MigrationRole::Project => "migrate project",
            MigrationRole::AssessmentProject => "assessment project",
            MigrationRole::Site => "discovery site",
            MigrationRole::KeyVault => "key vault",
            MigrationRole::RecoveryVault => "Recovery Services vault",
            MigrationRole::CacheStorage => "cache storage account",
            MigrationRole::GatewayStorage => "gateway storage account",
            MigrationRole::ServiceBus => "Service Bus namespace",
        }
    }
}

/// A project of Azure Migrate, joined.
#[derive(Debug)]
pub struct MigrationProject {
    pub id: ResourceId,
    pub location: Option<Box<str>>,
    /// Whether findings about it are reported.
    pub reported: bool,
    /// Whether it is reached over private link, as its endpoints tell.
    pub is_private: bool,
    /// Whether machines of VMware are discovered without agents.
    pub has_vmware_site: bool,
    /// What serves it, sorted by id.
    pub parts: Vec<(ResourceId, MigrationRole)>,
    /// The endpoints that lead to its parts (indices into `inventory.private_endpoints`).
    pub endpoints: Vec<(usize, MigrationRole)>,
}

/// Every project that was read or that an endpoint names, and the roles of what serves them.
#[derive(Debug, Default)]
pub struct Migration {
    /// Sorted by id.
    pub projects: Vec<MigrationProject>,
    /// The role of each part, and the projects (indices) it may serve.
    roles: HashMap<ResourceId, (MigrationRole, Vec<usize>)>,
}

impl Migration {
    /// Joins them. What Azure Migrate makes for a project it makes in the project's resource group, and nothing else
    /// tells whose it is (Azure docs: "Replicate data over ExpressRoute with Azure Migrate", identify the cache
    /// storage account); two projects in one group share their parts.
    pub(super) fn new(inventory: &Inventory) -> Self {
        let named: Vec<(usize, &ResourceId)> = inventory
            .private_endpoints
            .iter()
            .enumerate()
            .filter_map(|(index, endpoint)| Some((index, endpoints::target_and_group(endpoint)?.0)))
            .collect();
        let ids = inventory.targets.iter().map(|target| &target.id);
        let ids = ids.chain(named.iter().map(|(_, target)| *target));
        let mut migration = Migration { projects: projects(inventory, ids.clone()), ..Migration::default() };
        let mut groups: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for (index, project) in migration.projects.iter().enumerate() {
            groups.entry(place(&project.id)).or_default().push(index);
        }
        for id in ids {
            let served = if groups.is_empty() { None } else { groups.get(&place(id)) };
            if let Some(role) = role(id, served.is_some()) {
                let served = served.cloned().unwrap_or_default();
                migration.roles.insert(id.clone(), (role, served));
            }
        }
        migration.note_parts();
        for (endpoint, target) in named {
            migration.note_endpoint(endpoint, target);
        }
        migration
    }

    fn note_parts(&mut self) {
        for (id, (role, served)) in &self.roles {
            for project in served {
                let project = &mut self.projects[*project];
                project.has_vmware_site |= id.is_type("Microsoft.OffAzure/vmwareSites");
                project.parts.push((id.clone(), *role));
            }
        }
        self.projects.iter_mut().for_each(|project| project.parts.sort());
    }

    fn note_endpoint(&mut self, endpoint: usize, target: &ResourceId) {
        let Some((role, served)) = self.roles.get(target) else { return };
        let alone = served.len() == 1;
        // A project itself serves no other of its group.
        let served = served.iter().filter(|project| {
            *role != MigrationRole::Project || self.projects.get(**project).is_some_and(|p| p.id == *target)
        });
        for project in served.copied().collect::<Vec<_>>() {
            let private = match role {
                MigrationRole::Project => true,
                // Whose they are in a group of several projects, nobody knows.
                MigrationRole::AssessmentProject | MigrationRole::Site => alone,
                _ => false,
            };
            let project = &mut self.projects[project];
            project.is_private |= private;
            project.endpoints.push((endpoint, *role));
        }
    }

    /// What a resource is to a migration.
    pub fn role(&self, id: &ResourceId) -> Option<MigrationRole> {
        self.roles.get(id).map(|(role, _)| *role)
    }

    /// The projects that a part may serve: several, where they lie in one resource group.
    pub fn served_by(&self, part: &ResourceId) -> impl Iterator<Item = &MigrationProject> {
        let served = self.roles.get(part).map_or(&[][..], |(_, served)| served);
        served.iter().filter_map(|index| self.projects.get(*index))
    }

    /// Whether a part is Azure Migrate's by its type or name, and not by its place alone.
    pub fn is_surely_part(&self, id: &ResourceId) -> bool {
        match self.role(id) {
            Some(MigrationRole::KeyVault | MigrationRole::RecoveryVault) => is_named_by_migrate(id),
            role => role.is_some(),
        }
    }

    /// What a resource is to which project, in words: `key vault of Azure Migrate project contoso`.
    pub fn role_in_words(&self, id: &ResourceId) -> Option<String> {
        let (role, served) = self.roles.get(id)?;
        if *role == MigrationRole::Project {
            return Some("project of Azure Migrate".to_owned());
        }
        let names: Vec<&str> = served.iter().map(|project| self.projects[*project].id.name()).collect();
        Some(match names.as_slice() {
            [] => format!("{} of Azure Migrate", role.title()),
            names => {
                let of = if self.is_surely_part(id) { "of" } else { "beside" };
                format!("{} {of} Azure Migrate project {}", role.title(), names.join(" or "))
            }
        })
    }
}

impl Topology {
    /// What a resource, or what an endpoint leads to, is to a migration, in words.
    pub fn migration_role(&self, id: &ResourceId) -> Option<String> {
        if self.migration.roles.is_empty() {
            return None;
        }
        let target = self.endpoint(id).and_then(|index| {
            let endpoint = &self.inventory.private_endpoints[index];
            endpoints::target_and_group(endpoint).map(|(target, _)| target)
        });
        self.migration.role_in_words(target.unwrap_or(id))
    }
}

/// Every project there is word of, sorted by id.
fn projects<'a>(inventory: &Inventory, ids: impl Iterator<Item = &'a ResourceId>) -> Vec<MigrationProject> {
    let locations: HashMap<&ResourceId, &Box<str>> = inventory
        .targets
        .iter()
        .filter_map(|target| target.location.as_ref().map(|location| (&target.id, location)))
        .collect();
    let is_project = |id: &&ResourceId| role(id, false) == Some(MigrationRole::Project);
    let found: BTreeMap<&ResourceId, ()> = ids.filter(is_project).map(|id| (id, ())).collect();
    let project = |id: &ResourceId| MigrationProject {
        id: id.clone(),
        location: locations.get(id).map(|location| (*location).clone()),
        reported: is_reported(inventory, id),
        is_private: false,
        has_vmware_site: false,
        parts: Vec::new(),
        endpoints: Vec::new(),
    };
    found.into_keys().map(project).collect()
}

/// Subscription and resource group in lower case.
fn place(id: &ResourceId) -> (String, String) {
    let lower = |text: Option<&str>| text.unwrap_or_default().to_ascii_lowercase();
    (lower(id.subscription()), lower(id.resource_group()))
}

/// What a resource is by its type and name; some are it only beside a project.
fn role(id: &ResourceId, beside_project: bool) -> Option<MigrationRole> {
    let full = id.resource_type()?.to_ascii_lowercase();
    match full.as_str() {
        "microsoft.migrate/migrateprojects" => return Some(MigrationRole::Project),
        "microsoft.migrate/assessmentprojects" => return Some(MigrationRole::AssessmentProject),
        site if site.strip_prefix("microsoft.offazure/").is_some_and(|kind| kind.ends_with("sites")) => {
            return Some(MigrationRole::Site);
        }
        _ if !beside_project => return None,
        _ => {}
    }
    match full.as_str() {
        "microsoft.keyvault/vaults" => Some(MigrationRole::KeyVault),
        "microsoft.recoveryservices/vaults" => Some(MigrationRole::RecoveryVault),
        "microsoft.storage/storageaccounts" => match MigrationStorage::of(id.name())? {
            MigrationStorage::Cache => Some(MigrationRole::CacheStorage),
            MigrationStorage::Gateway => Some(MigrationRole::GatewayStorage),
        },
        // It is called like the cache (Azure docs: "Troubleshoot replication issues in agentless VMware VM
        // migration").
        "microsoft.servicebus/namespaces" => {
            let cache = MigrationStorage::of(id.name()) == Some(MigrationStorage::Cache);
            cache.then_some(MigrationRole::ServiceBus)
        }
        _ => None,
    }
}
