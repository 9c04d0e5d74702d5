//! What Azure Migrate is made of beside its projects, which are plain targets: key vaults and the roles of an
//! appliance's identity. And what tells a migration's resources by their types.

use super::ResourceId;

/// The types that Azure Migrate alone has (Azure docs: "Use Azure Migrate with private endpoints"; the sites are those
/// of the REST reference of Microsoft.OffAzure), as they are asked for.
pub const MIGRATION_TYPES: [&str; 7] = [
    "Microsoft.Migrate/migrateProjects",
    "Microsoft.Migrate/assessmentProjects",
    "Microsoft.OffAzure/masterSites",
    "Microsoft.OffAzure/vmwareSites",
    "Microsoft.OffAzure/hypervSites",
    "Microsoft.OffAzure/serverSites",
    "Microsoft.OffAzure/importSites",
];

/// A key vault (Azure REST: Microsoft.KeyVault, vaults), beside what it is as a target.
#[derive(Debug, Clone)]
pub struct KeyVault {
    pub id: ResourceId,
    /// `None` where it does not say, which means access policies.
    pub rbac: Option<bool>,
    pub access_policies: Vec<AccessPolicy>,
}

/// What one identity may do with what a key vault holds.
#[derive(Debug, Clone)]
pub struct AccessPolicy {
    /// The object id of a user, a group or an application.
    pub object_id: Option<Box<str>>,
    /// Permissions of any kind, kind and permission: `("secrets", "get")`.
    pub permissions: Vec<(&'static str, Box<str>)>,
}

/// The built-in roles with which an appliance can be registered (Azure docs: "Azure built-in roles"): Owner and
/// Contributor. Their ids are the same in every tenant.
pub const REGISTERING_ROLES: [&str; 2] =
    ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"];

/// A role that somebody has somewhere (Azure REST: Microsoft.Authorization, roleAssignments).
#[derive(Debug, Clone)]
pub struct RoleAssignment {
    pub id: ResourceId,
    /// Whose it is: the identity that was asked for, or a group that it is in.
    pub principal: Option<Box<str>>,
    pub role_definition: Option<ResourceId>,
    /// Where it holds, with all that lies below; `/` for everywhere.
    pub scope: Option<ResourceId>,
}

/// What a storage account is to a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationStorage {
    /// Replicated data pass through it.
    Cache,
    /// It keeps the state of what is replicated.
    Gateway,
}

impl MigrationStorage {
    /// By the name that Azure Migrate gave it (Azure docs: "Replicate data over ExpressRoute with Azure Migrate" for
    /// the short beginnings, "Troubleshoot replication issues in agentless VMware VM migration" for the long ones).
    pub fn of(name: &str) -> Option<MigrationStorage> {
        let name = name.to_ascii_lowercase();
        let begins = |starts: [&str; 2]| starts.iter().any(|start| name.starts_with(start));
        match () {
            () if begins(["lsa", "migratelsa"]) => Some(MigrationStorage::Cache),
            () if begins(["gwsa", "migrategwsa"]) => Some(MigrationStorage::Gateway),
            () => None,
        }
    }
}

/// Whether a vault bears a name that Azure Migrate gives: `migratekv…` (Azure docs: "Troubleshoot replication issues in
/// agentless VMware VM migration"); from general knowledge a name without a hyphen that ends in a digit and `kv`
/// for an appliance's key vault, and `…MigrateVault…` for a Recovery Services vault. Others that lie beside a project
/// may be anybody's: people, too, end the names of vaults in `kv`.
pub fn is_named_by_migrate(vault: &ResourceId) -> bool {
    let name = vault.name().to_ascii_lowercase();
    match vault.is_type("Microsoft.RecoveryServices/vaults") {
        true => name.contains("migratevault"),
        false => name.starts_with("migratekv") || is_appliances(&name),
    }
}

/// Whether a vault's name (in lower case) is like those that Azure Migrate makes of an appliance's name and a number.
fn is_appliances(name: &str) -> bool {
    let Some(stem) = name.strip_suffix("kv") else { return false };
    stem.ends_with(|last: char| last.is_ascii_digit()) && !name.contains('-')
}
