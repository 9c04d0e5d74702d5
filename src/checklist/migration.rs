//! Azure Migrate: what the pages about it leave to a person at the appliance or in the portal.

mod hosts;
mod proxy;
mod reach;

use std::collections::{BTreeMap, BTreeSet};

use super::articles::{MIGRATE_EXPRESS_ROUTE, MIGRATE_NETWORK, MIGRATE_REPLICATION};
use super::commands::{listed, place, plain};
use super::{Check, Scene, Step};
use crate::inventory::{Kind, Pack, ResourceId};
use crate::names::{Name, Names};
use crate::rules::quote;
use crate::topology::Topology;
use crate::topology::migration::{MigrationProject, MigrationRole};

const MIGRATE: &[Pack] = &[Pack::AzureMigrate];

/// Where the parts of a migration that nobody may read stand: on machines, in the portal, in a vault's policies.
pub(super) const CHECKS: [Check; 11] = [
    Check {
        id: "migrate-probe",
        title: "The appliance resolves the private names and reaches them, and the public hosts that it needs",
        article: MIGRATE_NETWORK,
        packs: MIGRATE,
        make: reach::probe,
    },
    Check {
        id: "migrate-gateway-service",
        title: "The appliance is up, and the gateway service runs on it",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: gateway_service,
    },
    Check {
        id: "migrate-upload-speed",
        title: "The appliance writes to the storage accounts of the replication, and fast enough",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: reach::upload_speed,
    },
    Check {
        id: "migrate-service-bus",
        title: "The appliance sends to the Service Bus namespace of the project and receives from it",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: reach::service_bus,
    },
    Check {
        id: "migrate-vault-permissions",
        title: "Who sets the replication up may make the vault manage storage accounts",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: vault_permissions,
    },
    Check {
        id: "migrate-registration-account",
        title: "The account that registers the appliance is a Contributor of the subscription",
        article: MIGRATE_NETWORK,
        packs: MIGRATE,
        make: registration_account,
    },
    Check {
        id: "migrate-proxy-bypass",
        title: "The appliance's proxy is passed by for the private names, and for no others",
        article: MIGRATE_EXPRESS_ROUTE,
        packs: MIGRATE,
        make: proxy::private_names,
    },
    Check {
        id: "migrate-expressroute-proxy",
        title: "The proxies are passed by for what goes over ExpressRoute Microsoft peering",
        article: MIGRATE_EXPRESS_ROUTE,
        packs: &[Pack::AzureMigrate, Pack::ExpressRoute],
        make: proxy::microsoft_peering,
    },
    Check {
        id: "migrate-hosts-file",
        title: "No old line in the appliance's hosts file or cache overrides DNS",
        article: MIGRATE_NETWORK,
        packs: MIGRATE,
        make: hosts_file,
    },
    Check {
        id: "migrate-vsphere-hosts",
        title: "The appliance resolves every vSphere host and reaches it on TCP 902",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: vsphere_hosts,
    },
    Check {
        id: "migrate-replication-events",
        title: "The last events of every replicating server tell of no error of VMware's",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: replication_events,
    },
];

/// The projects that are reported on, and what serves them.
#[derive(Default)]
pub(super) struct Migration<'a> {
    projects: Vec<&'a MigrationProject>,
    parts: BTreeMap<MigrationRole, BTreeSet<&'a ResourceId>>,
    /// Of the endpoints by which the appliance reaches them, in whosever subscription they are: often a network team's.
    names: Vec<Name<'a>>,
}

impl<'a> Migration<'a> {
    pub(super) fn of(topology: &'a Topology) -> Self {
        let mut all = Migration::default();
        for project in topology.migration.projects.iter().filter(|project| project.reported) {
            all.projects.push(project);
            for (id, role) in &project.parts {
                all.parts.entry(*role).or_default().insert(id);
            }
        }
        let endpoints = all.projects.iter().flat_map(|project| &project.endpoints);
        let private = endpoints.filter(|(_, role)| role.is_reached_privately());
        let private: BTreeSet<usize> = private.map(|(endpoint, _)| *endpoint).collect();
        all.names = Names::over(topology, private).names;
        all
    }

    fn is_there(&self) -> bool {
        !self.projects.is_empty()
    }

    fn project_ids(&self) -> impl Iterator<Item = &'a ResourceId> + '_ {
        self.projects.iter().map(|project| &project.id)
    }

    fn parts(&self, role: MigrationRole) -> impl Iterator<Item = &'a ResourceId> + '_ {
        self.parts.get(&role).into_iter().flatten().copied()
    }

    fn has(&self, role: MigrationRole) -> bool {
        self.parts(role).next().is_some()
    }

    /// The parts of one role, in a sentence.
    fn called(&self, role: MigrationRole) -> String {
        listed(self.parts(role).map(|id| id.name()))
    }

    /// The endpoints whose names are listed.
    fn endpoints(&self) -> impl Iterator<Item = &'a ResourceId> + '_ {
        self.names.iter().map(|name| &name.endpoint.id)
    }

    /// The projects of which no part in this role is known, and may be there: what would tell was not read.
    fn without(&self, topology: &Topology, role: MigrationRole, kind: Kind) -> Vec<&'a MigrationProject> {
        let has = |project: &MigrationProject| project.parts.iter().any(|(_, found)| *found == role);
        let unread = |project: &MigrationProject| {
            let subscription = project.id.subscription().unwrap_or_default();
            topology.knowledge.list(subscription, kind).is_some()
        };
        self.projects.iter().copied().filter(|project| !has(project) && unread(project)).collect()
    }

    /// The subscriptions of the projects, in lower case.
    fn subscriptions(&self) -> BTreeSet<String> {
        self.project_ids().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect()
    }
}

fn gateway_service(scene: &Scene<'_>) -> Option<Step> {
    if !scene.migration.is_there() {
        return None;
    }
    let why = "Replication stops with DisposeArtefactsTimedOut or DiskUploadTimedOut while the Microsoft Azure Gateway \
               Service (asrgwy) is down. On the appliance, in an administrator's PowerShell:";
    let commands = ["Get-Service asrgwy", "net start asrgwy"].map(str::to_owned);
    Some(Step::new(why).commands(commands).about(scene.migration.project_ids()))
}

/// Vaults that go by roles have no such policies (Azure docs: Key Vault, RBAC and access policies).
fn vault_permissions(scene: &Scene<'_>) -> Option<Step> {
    let by_roles = |id: &ResourceId| {
        let known = scene.topology.inventory.key_vaults.iter().find(|vault| vault.id == *id);
        known.is_some_and(|vault| vault.rbac == Some(true))
    };
    let vaults: Vec<&ResourceId> =
        scene.migration.parts(MigrationRole::KeyVault).filter(|id| !by_roles(id)).collect();
    let unknown = scene.migration.without(scene.topology, MigrationRole::KeyVault, Kind::KeyVaults);
    if vaults.is_empty() && unknown.is_empty() {
        return None;
    }
    let mut why = "Replication fails with \"Key Vault operation failed\" when somebody other than who made the vault sets it \
               up, or an account of another tenant does (a partner's, in a CSP subscription). Let an account of the \
               tenant itself do it, and give it the permissions on storage where the vault goes by access policies."
        .to_owned();
    if !unknown.is_empty() {
        why.push_str(
            " Where the vault was not read, it is the one called migratekv… in the project's resource group.",
        );
    }
    let grant = |beside: &ResourceId, name: &str| {
        format!(
            "az keyvault set-policy {} -n {} --upn '<user>' --storage-permissions get list delete set update \
             regeneratekey getsas listsas deletesas setsas recover backup restore purge",
            place(beside),
            quote(name)
        )
    };
    let known = vaults.iter().map(|id| grant(id, id.name()));
    let commands: Vec<String> =
        known.chain(unknown.iter().map(|project| grant(&project.id, "<vault>"))).collect();
    let about = vaults.into_iter().chain(unknown.iter().map(|project| &project.id));
    Some(Step::new(why).commands(commands).about(about))
}

/// MIG-010 judges it of an identity that is named.
fn registration_account(scene: &Scene<'_>) -> Option<Step> {
    let subscriptions = scene.migration.subscriptions();
    if subscriptions.is_empty() || scene.settings.appliance.is_some() {
        return None;
    }
    let why = "Registration ends with ForbiddenToAccessKeyVault when the account that is signed in on the appliance may \
               not write to the subscription, or not to the project's vault. With its object id as appliance-object-id in \
               plaudit.toml an audit looks by itself.";
    let roles = |id: String| {
        let scope = quote(&format!("/subscriptions/{id}"));
        format!(
            "az role assignment list --assignee '<user>' --scope {scope} --include-inherited --include-groups -o table"
        )
    };
    Some(Step::new(why).commands(subscriptions.into_iter().map(roles)).about(scene.migration.project_ids()))
}

fn hosts_file(scene: &Scene<'_>) -> Option<Step> {
    let line = |name: &Name<'_>| match name.addresses {
        [address] => Some(format!("{address} {}", plain(name.fqdn)?)),
        _ => None,
    };
    let lines: BTreeSet<String> = scene.migration.names.iter().filter_map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let why = "A line in C:\\Windows\\System32\\drivers\\etc\\hosts goes before DNS, and a cache keeps what a mended record \
               said before. For a test alone these lines may stand there; afterwards take them out, and empty the cache:";
    Some(
        Step::new(why)
            .commands(["ipconfig /flushdns".to_owned()])
            .entries(lines)
            .about(scene.migration.endpoints()),
    )
}

/// Where no site at all was seen, it may be one of VMware's.
fn vsphere_hosts(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    let may_be_vmware = |project: &&MigrationProject| {
        project.has_vmware_site || project.parts.iter().all(|(_, role)| *role != MigrationRole::Site)
    };
    if !migration.projects.iter().copied().any(|project| may_be_vmware(&project)) {
        return None;
    }
    let why = "For VMware: no list in Azure tells the hosts. Replication fails with error 1022 when the appliance does \
               not resolve one or is kept from port 902. On the appliance, in PowerShell, with every host in place of \
               <esx-host>:";
    let probe = "plaudit probe --snapshot estate.jsonl.gz --also '<esx-host>:902'".to_owned();
    Some(Step::new(why).commands([probe]).about(migration.project_ids()))
}

fn replication_events(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    if !migration.is_there() {
        return None;
    }
    // The list of vaults is not read: most are nobody's migration, and only an endpoint tells of one.
    let vault = match migration.has(MigrationRole::RecoveryVault) {
        true => migration.called(MigrationRole::RecoveryVault),
        false => "the project's Recovery Services vault".to_owned(),
    };
    let why = format!(
        "In the portal, under Azure Migrate and Replications, look at the health of each server and at its recent events. \
         Errors of changed block tracking, of snapshots and of VDDK, and a vCenter that slows reading down, are mended in \
         VMware; the page tells how, by the text of the error. With agents or Hyper-V, see too that the hosts are \
         registered in {vault}."
    );
    Some(Step::new(why).about(migration.project_ids().chain(migration.parts(MigrationRole::RecoveryVault))))
}
