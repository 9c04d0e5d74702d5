//! What the proxies of a migration must pass by, over either peering of ExpressRoute.

use std::collections::BTreeSet;

use super::super::commands::plain;
use super::super::{Scene, Step};
use super::MigrationRole;
use crate::inventory::{Cloud, Pack};

/// How the appliance comes to have a list at all (Azure docs: "Replicate data over ExpressRoute with Azure Migrate:
/// Server Migration", proxy configuration for ExpressRoute Microsoft peering).
const SWITCH: &str = "set \"EnableProxyBypassList\" to \"true\" in C:\\ProgramData\\MicrosoftAzure\\Config\\appliance.json, \
                      restart the appliance";

pub(super) fn private_names(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    let exact: BTreeSet<String> =
        migration.names.iter().filter_map(|name| plain(name.fqdn)).map(str::to_owned).collect();
    if exact.is_empty() {
        return None;
    }
    let kept = match migration.has(MigrationRole::GatewayStorage) {
        true => format!("the gateway account ({})", migration.called(MigrationRole::GatewayStorage)),
        false => "the gateway account (gwsa…)".to_owned(),
    };
    let why = format!(
        "Where the appliance uses a proxy: {SWITCH}, and enter these names in its configuration manager. Never pass the \
         proxy by for all of *.blob.core.windows.net: {kept} needs the internet."
    );
    Some(Step::new(why).entries(exact).about(migration.endpoints()))
}

/// What control planes ask for besides blobs, which come first (Azure docs: "Replicate data over ExpressRoute with Azure
/// Migrate: Server Migration", proxy configuration for ExpressRoute Microsoft peering). In the public cloud. The last is
/// asked for by servers with an agent alone, who share the last but one with the appliance.
const BY_MICROSOFT_PEERING: [&str; 7] = [
    ".*.blob.core.windows.net",
    ".*.vault.azure.net",
    ".*.servicebus.windows.net",
    ".*.discoverysrv.windowsazure.com",
    ".*.migration.windowsazure.com",
    ".*.hypervrecoverymanager.windowsazure.com",
    ".*.backup.windowsazure.com",
];

/// Where the configuration says nothing of it, whoever asks for the rules about ExpressRoute may mean it. Nothing that is
/// read tells whether servers are replicated with an agent.
pub(super) fn microsoft_peering(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    let expected = scene.settings.expect_er;
    let may_be_meant = !expected.private && scene.packs.contains(&Pack::ExpressRoute);
    if !(expected.microsoft || may_be_meant) {
        return None;
    }
    if !migration.is_there() || scene.topology.inventory.origin.cloud != Cloud::AzureCloud {
        return None;
    }
    let why = format!(
        "Only where replication goes over Microsoft peering, and the appliance uses a proxy: {SWITCH}, and enter the first \
         line in its configuration manager; the others but the last too, if its control plane is to go that way. If servers \
         are replicated with an agent: on the configuration server and each process server the command (with PsExec, in \
         cmd) opens Internet Explorer in the system's context, whose proxy settings hold the list; there the first line \
         goes, and if need be the last two. What Microsoft peering does not lead to (the portal, sign-in, \
         management.azure.com) still goes over the internet."
    );
    let command = r#"psexec -s -i "%programfiles%\Internet Explorer\iexplore.exe""#.to_owned();
    let entries = BY_MICROSOFT_PEERING.map(str::to_owned);
    Some(Step::new(why).commands([command]).entries(entries).about(migration.project_ids()))
}
