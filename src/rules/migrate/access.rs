//! MIG-010: what the identity of an appliance may do.

use super::{draft, for_each_part, projects, unread};
use crate::finding::Confidence;
use crate::inventory::{
    AccessPolicy, KeyVault, Kind, REGISTERING_ROLES, ResourceId, RoleAssignment, is_named_by_migrate,
};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::knowledge::Unread;
use crate::topology::migration::{MigrationProject, MigrationRole};

/// The vaults of agentless replication begin like this (Azure docs: "Troubleshoot replication issues in agentless
/// VMware VM migration"), and hold the keys of storage accounts.
const OF_REPLICATION: &str = "migratekv";

/// What whoever sets replication up must be allowed to do with managed storage accounts (same article).
const STORAGE_PERMISSIONS: [&str; 14] = [
    "get",
    "list",
    "delete",
    "set",
    "update",
    "regeneratekey",
    "getsas",
    "listsas",
    "deletesas",
    "setsas",
    "recover",
    "backup",
    "restore",
    "purge",
];

/// MIG-010: the identity lacks a policy in a project's key vault, or a role in its subscription.
pub(in crate::rules) fn lacks_rights(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let Some(appliance) = estate.settings.appliance.as_deref() else { return };
    // What was read tells of the identity that was named then.
    let read_for = estate.topology.inventory.origin.scope.appliance.as_deref();
    if read_for != Some(appliance) {
        for project in projects(estate) {
            let not_asked =
                "the roles of this identity were not asked for when the estate was read".to_owned();
            let why = Why::Unread(Unread { not_asked, ..Unread::default() });
            let message = format!("what {appliance} may do for project {} is not known", project.id.name());
            sink.unknown(&why, draft(project, &project.id, message).evidence("objectId", appliance));
        }
        return;
    }
    let inventory = &estate.topology.inventory;
    // The roles were asked for with those of the identity's groups (Azure REST: role assignments, `assignedTo`), and
    // name them.
    let groups = inventory.role_assignments.iter().filter_map(|assignment| assignment.principal.as_deref());
    let identities: Vec<&str> = groups.chain([appliance]).collect();
    let vaults = &inventory.key_vaults;
    for_each_part(estate, MigrationRole::KeyVault, |project, id| {
        if let Some(vault) = vaults.iter().find(|vault| vault.id == *id) {
            let endpoints_unread = estate.topology.knowledge.gaps_in(&[Kind::PrivateEndpoints]);
            judge_vault(project, vault, appliance, &identities, endpoints_unread, sink);
        }
    });
    let mut seen: Vec<&str> = Vec::new();
    for project in projects(estate) {
        let subscription = project.id.subscription().unwrap_or_default();
        if !seen.contains(&subscription) {
            seen.push(subscription);
            judge_role(estate, project, subscription, appliance, sink);
        }
    }
    let kinds = [Kind::MigrationResources, Kind::KeyVaults, Kind::RoleAssignments];
    unread(estate, &kinds, "what the identity of the appliance may do", sink);
}

/// `identities` are the appliance's own and the groups it is known to be in. Of a project that has no endpoint it cannot
/// be said that it is public where endpoints were not read.
fn judge_vault(
    project: &MigrationProject,
    vault: &KeyVault,
    appliance: &str,
    identities: &[&str],
    endpoints_unread: Option<Unread>,
    sink: &mut Sink<'_>,
) {
    if vault.rbac == Some(true) {
        return sink.not_judged("key vault goes by roles, not by access policies");
    }
    let is_own = |policy: &&AccessPolicy| {
        let object = policy.object_id.as_deref().unwrap_or_default();
        identities.iter().any(|own| own.eq_ignore_ascii_case(object))
    };
    let (own, others): (Vec<&AccessPolicy>, Vec<&AccessPolicy>) =
        vault.access_policies.iter().partition(is_own);
    let held: Vec<(&str, String)> = own
        .iter()
        .flat_map(|policy| &policy.permissions)
        .map(|(kind, permission)| (*kind, permission.to_ascii_lowercase()))
        .collect();
    let has_storage =
        |wanted: &str| held.iter().any(|(kind, own)| *kind == "storage" && (own == wanted || own == "all"));
    let of_replication = vault.id.name().to_ascii_lowercase().starts_with(OF_REPLICATION);
    let lacking: Vec<&str> = match of_replication && !project.is_private {
        true => STORAGE_PERMISSIONS.into_iter().filter(|wanted| !has_storage(wanted)).collect(),
        false => Vec::new(),
    };
    if !held.is_empty() && lacking.is_empty() {
        return sink.pass();
    }
    if let Some(unread) = endpoints_unread.filter(|_| !lacking.is_empty()) {
        let draft = policy_draft(project, vault, appliance, held.is_empty(), &lacking);
        return sink.unknown(&Why::Unread(unread), draft);
    }
    // Another's policy may be that of a group which the identity is in and which has no role, and only the directory
    // knows that; and a vault of another name may serve something else.
    let sure = others.is_empty() && is_named_by_migrate(&vault.id);
    let floor = if sure { Confidence::Probable } else { Confidence::Possible };
    sink.fail(floor, policy_draft(project, vault, appliance, held.is_empty(), &lacking));
}

fn policy_draft(
    project: &MigrationProject,
    vault: &KeyVault,
    appliance: &str,
    none: bool,
    lacking: &[&str],
) -> Draft {
    let name = vault.id.name();
    let message = match none {
        true => format!(
            "no access policy of key vault {name} of Azure Migrate project {} names {appliance}: registering the appliance fails, unless one names a group that it is in",
            project.id.name()
        ),
        false => format!(
            "the access policy of key vault {name} of Azure Migrate project {} lacks permissions on storage for {appliance}: {}",
            project.id.name(),
            lacking.join(", ")
        ),
    };
    let permissions = match lacking {
        [] => "--secret-permissions get list set delete".to_owned(),
        _ => format!("--storage-permissions {}", STORAGE_PERMISSIONS.join(" ")),
    };
    draft(project, &vault.id, message)
        .detail("policy")
        .evidence("objectId", appliance)
        .evidence("lacking", lacking.to_vec())
        .command("give it the permissions", remedy::set_vault_policy(&vault.id, appliance, &permissions))
}

fn judge_role(
    estate: &Estate<'_>,
    project: &MigrationProject,
    subscription: &str,
    appliance: &str,
    sink: &mut Sink<'_>,
) {
    let inventory = &estate.topology.inventory;
    if estate.topology.knowledge.list(subscription, Kind::RoleAssignments).is_some() {
        // Told where what was not read is told.
        return;
    }
    let asked = inventory.coverage.subscriptions.iter();
    let asked = asked.filter(|one| one.kinds.contains(&Kind::RoleAssignments)).count();
    let mut above = false;
    for assignment in inventory.role_assignments.iter().filter(|assignment| suffices(assignment)) {
        match reach(assignment, subscription) {
            Reach::Covers => return sink.pass(),
            Reach::Above => above = true,
            Reach::Elsewhere => {}
        }
    }
    // It came with the list of this subscription, if no other was asked.
    match (above, asked) {
        (true, 1) => return sink.pass(),
        (true, _) => return sink.not_judged("a role at a management group may hold here"),
        (false, _) => {}
    }
    let message = format!(
        "{appliance} has neither Contributor nor Owner in subscription {subscription} of Azure Migrate project {}: registering an appliance with it fails",
        project.id.name()
    );
    let draft = draft(project, &project.id, message)
        .detail("role")
        .evidence("objectId", appliance)
        .command("give it the role", remedy::assign_role(appliance, "Contributor", subscription))
        .advice("a custom role does as well, if it may do what the article about the appliance lists");
    sink.fail(Confidence::Probable, draft);
}

fn suffices(assignment: &RoleAssignment) -> bool {
    let role = assignment.role_definition.as_ref().map(ResourceId::name).unwrap_or_default();
    REGISTERING_ROLES.iter().any(|known| known.eq_ignore_ascii_case(role))
}

/// Where a role holds, seen from a subscription.
enum Reach {
    Covers,
    /// At a management group: the list it came with knows whether it is one above this subscription.
    Above,
    Elsewhere,
}

fn reach(assignment: &RoleAssignment, subscription: &str) -> Reach {
    let scope = assignment.scope.as_ref().map(ResourceId::as_str).unwrap_or_default();
    let scope = scope.trim_matches('/').to_ascii_lowercase();
    match scope.as_str() {
        // The slash of `/` is dropped by ids.
        "" => Reach::Above,
        own if own == format!("subscriptions/{}", subscription.to_ascii_lowercase()) => Reach::Covers,
        group if group.starts_with("providers/microsoft.management/managementgroups/") => Reach::Above,
        _ => Reach::Elsewhere,
    }
}
