//! What Azure Migrate is made of: projects and sites, key vaults with their policies, roles of an identity.

use serde::Deserialize;

use super::field::{Field, Fields, List, Object, Plain, Text};
use super::{Reading, ResourceId};
use crate::inventory::{AccessPolicy, KeyVault, RoleAssignment, Target};

/// Of a list over all types: no properties.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Listed {
    location: Text,
}

pub(super) fn listed(reading: &mut Reading<'_>, fields: Listed) -> Target {
    Target {
        id: reading.id.clone(),
        location: reading.take(fields.location, "location"),
        public_network_access: None,
        default_action: None,
        bypass: None,
        has_network_rules: false,
        account_kind: None,
        hierarchical_namespace: None,
        connections: None,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VaultProperties {
    enable_rbac_authorization: Field<bool>,
    access_policies: List<Object<PolicyFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PolicyFields {
    object_id: Text,
    permissions: Fields<Permissions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Permissions {
    keys: List<Box<str>>,
    secrets: List<Box<str>>,
    certificates: List<Box<str>>,
    storage: List<Box<str>>,
}

/// Whoever has no policy may do nothing, so that a policy that cannot be understood costs the vault.
pub(super) fn key_vault(reading: &mut Reading<'_>, fields: Plain<VaultProperties>) -> KeyVault {
    let inner = reading.properties(fields.properties);
    let policies = reading.need_each(inner.access_policies, "properties.accessPolicies");
    KeyVault {
        id: reading.id.clone(),
        rbac: reading.need(inner.enable_rbac_authorization, "properties.enableRbacAuthorization"),
        access_policies: policies.into_iter().map(|Object(fields)| policy(reading, fields)).collect(),
    }
}

fn policy(reading: &mut Reading<'_>, fields: PolicyFields) -> AccessPolicy {
    let name = "properties.accessPolicies.permissions";
    let Object(inner) = reading.need(fields.permissions, name).unwrap_or_default();
    let mut permissions = Vec::new();
    let kinds = [
        ("keys", inner.keys),
        ("secrets", inner.secrets),
        ("certificates", inner.certificates),
        ("storage", inner.storage),
    ];
    for (kind, list) in kinds {
        permissions.extend(reading.need_each(list, name).into_iter().map(|permission| (kind, permission)));
    }
    AccessPolicy {
        object_id: reading.need(fields.object_id, "properties.accessPolicies.objectId"),
        permissions,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AssignmentProperties {
    principal_id: Text,
    role_definition_id: Field<ResourceId>,
    scope: Text,
}

pub(super) fn role_assignment(
    reading: &mut Reading<'_>,
    fields: Plain<AssignmentProperties>,
) -> RoleAssignment {
    let inner = reading.properties(fields.properties);
    RoleAssignment {
        id: reading.id.clone(),
        principal: reading.take(inner.principal_id, "properties.principalId"),
        role_definition: reading.take(inner.role_definition_id, "properties.roleDefinitionId"),
        scope: reading.take(inner.scope, "properties.scope").map(|scope| ResourceId::new(&scope)),
    }
}
