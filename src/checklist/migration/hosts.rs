//! The public hosts of what serves a migration.

use super::MigrationRole;
use crate::inventory::Cloud;

/// The host of a part in a cloud (Azure docs: "Azure private endpoint private DNS zone values", public DNS zone
/// forwarders). `None` for what is not reached under its own name.
pub(super) fn host(cloud: Cloud, role: MigrationRole, name: &str) -> Option<String> {
    let [blob, vault, bus] = match cloud {
        Cloud::AzureCloud => ["blob.core.windows.net", "vault.azure.net", "servicebus.windows.net"],
        Cloud::AzureUSGovernment => {
            ["blob.core.usgovcloudapi.net", "vault.usgovcloudapi.net", "servicebus.usgovcloudapi.net"]
        }
        Cloud::AzureChinaCloud => {
            ["blob.core.chinacloudapi.cn", "vault.azure.cn", "servicebus.chinacloudapi.cn"]
        }
    };
    let suffix = match role {
        MigrationRole::CacheStorage | MigrationRole::GatewayStorage => blob,
        MigrationRole::KeyVault => vault,
        MigrationRole::ServiceBus => bus,
        MigrationRole::Project
        | MigrationRole::AssessmentProject
        | MigrationRole::Site
        | MigrationRole::RecoveryVault => return None,
    };
    Some(format!("{name}.{suffix}"))
}
