//! What the appliance must reach, tried from the appliance.

use std::collections::BTreeSet;

use super::super::commands::plain;
use super::super::{Scene, Step};
use super::hosts::host;
use super::{Migration, MigrationProject, MigrationRole};
use crate::inventory::{Cloud, Kind, ResourceId};
use crate::rules::quote;

/// The accounts, what they are called where they were not read, and how they are named to a person.
const ACCOUNTS: [(MigrationRole, &str, &str); 2] = [
    (MigrationRole::CacheStorage, "<cache-account>", "Cache"),
    (MigrationRole::GatewayStorage, "<gateway-account>", "Gateway, over the internet"),
];

/// How many hosts a probe is asked to try beside the names of endpoints.
const ALSO: usize = 20;

pub(super) fn probe(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    if !migration.is_there() {
        return None;
    }
    let mut why = "An audit sees what Azure was told, not what the appliance gets. Collect a snapshot where you are signed \
                   in, copy it and plaudit to the appliance, and run the second command there."
        .to_owned();
    let cloud = scene.topology.inventory.origin.cloud;
    let public = public_hosts(scene);
    if !public.is_empty() {
        why.push_str(" It also tries what serves the project and has no private endpoint.");
    }
    if public.len() > ALSO {
        why.push_str(&format!(" {} more hosts are left out.", public.len() - ALSO));
    }
    // Its hosts are those of the public cloud.
    let preset = if cloud == Cloud::AzureCloud { " --preset azure-migrate" } else { "" };
    let chosen: String = subscriptions(migration).iter().map(|id| format!(" -s {}", quote(id))).collect();
    let also: String = public.iter().take(ALSO).map(|host| format!(" --also {host}:443")).collect();
    let mut commands = vec![
        format!("plaudit collect{chosen} --pack azure-migrate -o estate.jsonl.gz"),
        format!("plaudit probe --snapshot estate.jsonl.gz{also}{preset}"),
    ];
    let unread: String = unread_hosts(scene).iter().map(|host| format!(" --also '{host}:443'")).collect();
    if !unread.is_empty() {
        why.push_str(
            " The third, in PowerShell, tries what was not read: put its names in, as they stand in the project's resource \
             group.",
        );
        commands.push(format!("plaudit probe --snapshot estate.jsonl.gz{unread}"));
    }
    Some(Step::new(why).commands(commands).about(migration.project_ids()))
}

/// Those of the projects, and of the endpoints that lead to them: a probe asks for names of subscriptions that were
/// chosen.
fn subscriptions(migration: &Migration<'_>) -> BTreeSet<String> {
    let of_endpoints = migration.endpoints().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase);
    migration.subscriptions().into_iter().chain(of_endpoints).collect()
}

/// The hosts of parts that no endpoint has a name for, which a probe does not know by itself.
fn public_hosts(scene: &Scene<'_>) -> BTreeSet<String> {
    let migration = &scene.migration;
    let cloud = scene.topology.inventory.origin.cloud;
    let roles = [MigrationRole::KeyVault, MigrationRole::CacheStorage, MigrationRole::GatewayStorage];
    // A vault that only lies beside a project may be anybody's.
    let is_part = |id: &&ResourceId| scene.topology.migration.is_surely_part(id);
    let named = |role| migration.parts(role).filter(is_part).map(move |id| (role, id.name()));
    let parts = roles.into_iter().flat_map(named);
    let parts = parts.filter_map(|(role, name)| host(cloud, role, &plain(name)?.to_ascii_lowercase()));
    let buses = namespaces(&public_projects(migration));
    let buses = buses.iter().filter_map(|name| host(cloud, MigrationRole::ServiceBus, plain(name)?));
    let asked: BTreeSet<&str> =
        scene.names.names.iter().chain(&migration.names).map(|name| name.fqdn).collect();
    parts.chain(buses).filter(|host| !asked.contains(host.as_str())).collect()
}

/// The same of parts whose names were not read, with what a person has to put in.
fn unread_hosts(scene: &Scene<'_>) -> Vec<String> {
    let migration = &scene.migration;
    let cloud = scene.topology.inventory.origin.cloud;
    let lacks = |role, kind| !migration.without(scene.topology, role, kind).is_empty();
    let mut unread = Vec::new();
    if lacks(MigrationRole::KeyVault, Kind::KeyVaults) {
        unread.extend(host(cloud, MigrationRole::KeyVault, "<vault>"));
    }
    for (role, called, _) in ACCOUNTS {
        if lacks(role, Kind::StorageAccounts) {
            unread.extend(host(cloud, role, called));
        }
    }
    let public = public_projects(migration);
    if !public.is_empty() && namespaces(&public).is_empty() {
        unread.extend(host(cloud, MigrationRole::ServiceBus, "<namespace>"));
    }
    unread
}

pub(super) fn upload_speed(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    let cloud = scene.topology.inventory.origin.cloud;
    // By itself azcopy sends a hundred files of 250 MB, over the line that the replication is on (Azure docs: "azcopy
    // bench"); ten of 64 MB are the article's.
    let bench = |role: MigrationRole, name: &str| {
        let host = host(cloud, role, name)?;
        Some(format!("azcopy bench 'https://{host}/<container>?<SAS>' --file-count 10 --size-per-file 64M"))
    };
    let mut why = "Make a container in the account and a SAS that may write to it, then measure on the appliance, in \
                   PowerShell: ten blobs of 64 MB have to arrive, and are deleted afterwards. A test that fails is a matter \
                   of the network."
        .to_owned();
    let (mut commands, mut unread) = (Vec::new(), Vec::new());
    let mut about: Vec<&ResourceId> = Vec::new();
    for (role, called, named) in ACCOUNTS {
        if migration.has(role) {
            why.push_str(&format!(" {named}: {}.", migration.called(role)));
        }
        commands.extend(migration.parts(role).filter_map(|id| bench(role, plain(id.name())?)));
        about.extend(migration.parts(role));
        let without = migration.without(scene.topology, role, Kind::StorageAccounts);
        if !without.is_empty() {
            unread.extend(bench(role, called));
            about.extend(without.iter().map(|project| &project.id));
        }
    }
    if about.is_empty() {
        return None;
    }
    if !unread.is_empty() {
        why.push_str(
            " Accounts were not read: in the project's resource group the cache is called lsa…, and the gateway account \
             gwsa….",
        );
    }
    Some(Step::new(why).commands(commands).commands(unread).about(about))
}

fn public_projects<'a>(migration: &Migration<'a>) -> Vec<&'a MigrationProject> {
    migration.projects.iter().copied().filter(|project| !project.is_private).collect()
}

/// The namespaces of projects. They share the number in their names with the vault (Azure docs: "Troubleshooting
/// replication issues in agentless VMware VM migration").
fn namespaces(projects: &[&MigrationProject]) -> BTreeSet<String> {
    let of = |role: MigrationRole| {
        let parts = projects.iter().flat_map(|project| &project.parts);
        parts.filter(move |(_, found)| *found == role).map(|(id, _)| id.name().to_ascii_lowercase())
    };
    let read: BTreeSet<String> = of(MigrationRole::ServiceBus).collect();
    if !read.is_empty() {
        return read;
    }
    let numbers = of(MigrationRole::KeyVault)
        .filter_map(|name| Some(plain(name.strip_prefix("migratekv")?)?.to_owned()));
    numbers.map(|number| format!("migratelsa{number}")).collect()
}

/// The namespace is there only in projects with a public endpoint.
pub(super) fn service_bus(scene: &Scene<'_>) -> Option<Step> {
    let public = public_projects(&scene.migration);
    if public.is_empty() {
        return None;
    }
    let namespaces = namespaces(&public);
    let named = match namespaces.is_empty() {
        true => "called migratelsa and the number in the name of the project's vault".to_owned(),
        false => super::listed(namespaces.iter().map(String::as_str)),
    };
    let why = format!(
        "The project talks over its public endpoint, so the appliance takes its orders from Service Bus. Connect Service \
         Bus Explorer on the appliance to the namespace ({named}) with its connection string, and peek at the messages \
         of Snapshot Manager."
    );
    Some(Step::new(why).entries(namespaces).about(public.iter().map(|project| &project.id)))
}
