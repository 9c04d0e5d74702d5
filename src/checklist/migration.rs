//! Azure Migrate: what the pages about it leave to a person at the appliance or in the portal.

use std::collections::{BTreeMap, BTreeSet};

use super::articles::{MIGRATE_EXPRESS_ROUTE, MIGRATE_NETWORK, MIGRATE_REPLICATION};
use super::commands::{listed, place, plain};
use super::{Check, Scene, Step};
use crate::inventory::{Cloud, Pack, ResourceId};
use crate::names::Name;
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
        make: probe,
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
        make: upload_speed,
    },
    Check {
        id: "migrate-service-bus",
        title: "The appliance sends to the Service Bus namespace of the project and receives from it",
        article: MIGRATE_REPLICATION,
        packs: MIGRATE,
        make: service_bus,
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
        make: proxy_bypass,
    },
    Check {
        id: "migrate-expressroute-proxy",
        title: "The proxies are passed by for what goes over ExpressRoute Microsoft peering",
        article: MIGRATE_EXPRESS_ROUTE,
        packs: &[Pack::AzureMigrate, Pack::ExpressRoute],
        make: microsoft_peering_proxy,
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
}

/// What the appliance reaches by a private name. The gateway account is reached over the internet (Azure docs:
/// "Replicate data over ExpressRoute with Azure Migrate: Server Migration").
const PRIVATE: [MigrationRole; 6] = [
    MigrationRole::Project,
    MigrationRole::AssessmentProject,
    MigrationRole::Site,
    MigrationRole::KeyVault,
    MigrationRole::RecoveryVault,
    MigrationRole::CacheStorage,
];

impl<'a> Migration<'a> {
    pub(super) fn of(topology: &'a Topology) -> Self {
        let mut all = Migration::default();
        for project in topology.migration.projects.iter().filter(|project| project.reported) {
            all.projects.push(project);
            for (id, role) in &project.parts {
                all.parts.entry(*role).or_default().insert(id);
            }
        }
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

    fn has_private_names(&self, target: &ResourceId) -> bool {
        PRIVATE.iter().any(|role| self.parts.get(role).is_some_and(|parts| parts.contains(target)))
    }

    /// The subscriptions of the projects, in lower case.
    fn subscriptions(&self) -> BTreeSet<String> {
        self.project_ids().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect()
    }
}

/// The names of the migration's endpoints.
fn names<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = &'s Name<'s>> {
    let of_migration =
        |name: &&Name<'_>| name.target.is_some_and(|target| scene.migration.has_private_names(target));
    scene.names.names.iter().filter(of_migration)
}

/// The host of a storage account's blobs (Azure docs: storage account overview, Azure Government and Azure in China
/// developer guides).
fn blob_host(cloud: Cloud, account: &str) -> String {
    let suffix = match cloud {
        Cloud::AzureCloud => "core.windows.net",
        Cloud::AzureUSGovernment => "core.usgovcloudapi.net",
        Cloud::AzureChinaCloud => "core.chinacloudapi.cn",
    };
    format!("{account}.blob.{suffix}")
}

fn probe(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    if !migration.is_there() {
        return None;
    }
    let why = "An audit sees what Azure was told, not what the appliance gets. Collect a snapshot where you are signed in, \
               copy it and plaudit to the appliance, and run the second command there.";
    let chosen: String = migration.subscriptions().iter().map(|id| format!(" -s {}", quote(id))).collect();
    let commands = [
        format!("plaudit collect{chosen} --pack azure-migrate -o estate.jsonl.gz"),
        "plaudit probe --snapshot estate.jsonl.gz --preset azure-migrate".to_owned(),
    ];
    Some(Step::new(why).commands(commands).about(migration.project_ids()))
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

fn upload_speed(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    let cloud = scene.topology.inventory.origin.cloud;
    let roles = [MigrationRole::CacheStorage, MigrationRole::GatewayStorage];
    let all: Vec<&ResourceId> = roles.iter().flat_map(|role| migration.parts(*role)).collect();
    if all.is_empty() {
        return None;
    }
    let bench = |id: &&ResourceId| {
        let host = blob_host(cloud, plain(id.name())?);
        Some(format!("azcopy bench 'https://{host}/<container>?<SAS>'"))
    };
    let mut why = "Make a container in the account and a SAS that may write to it, then measure on the appliance; ten blobs \
                   of 64 MB have to arrive. A test that fails is a matter of the network."
        .to_owned();
    for (role, named) in roles.into_iter().zip(["Cache", "Gateway, over the internet"]) {
        if migration.has(role) {
            why.push_str(&format!(" {named}: {}.", migration.called(role)));
        }
    }
    let commands: Vec<String> = all.iter().filter_map(bench).collect();
    Some(Step::new(why).commands(commands).about(all))
}

/// The namespace is there only in projects with a public endpoint, and shares the number in its name with the vault
/// (Azure docs: "Troubleshooting replication issues in agentless VMware VM migration").
fn service_bus(scene: &Scene<'_>) -> Option<Step> {
    let public: Vec<&MigrationProject> =
        scene.migration.projects.iter().copied().filter(|project| !project.is_private).collect();
    if public.is_empty() {
        return None;
    }
    let of = |role: MigrationRole| {
        let parts = public.iter().flat_map(|project| &project.parts);
        parts.filter(move |(_, found)| *found == role).map(|(id, _)| id.name().to_ascii_lowercase())
    };
    let mut namespaces: BTreeSet<String> = of(MigrationRole::ServiceBus).collect();
    if namespaces.is_empty() {
        let numbers = of(MigrationRole::KeyVault)
            .filter_map(|name| Some(plain(name.strip_prefix("migratekv")?)?.to_owned()));
        namespaces = numbers.map(|number| format!("migratelsa{number}")).collect();
    }
    let named = match namespaces.is_empty() {
        true => "called migratelsa and the number in the name of the project's vault".to_owned(),
        false => listed(namespaces.iter().map(String::as_str)),
    };
    let why = format!(
        "The project talks over its public endpoint, so the appliance takes its orders from Service Bus. Connect Service \
         Bus Explorer on the appliance to the namespace ({named}) with its connection string, and peek at the messages \
         of Snapshot Manager."
    );
    Some(Step::new(why).entries(namespaces).about(public.iter().map(|project| &project.id)))
}

/// Vaults that go by roles have no such policies (Azure docs: Key Vault, RBAC and access policies).
fn vault_permissions(scene: &Scene<'_>) -> Option<Step> {
    let by_roles = |id: &ResourceId| {
        let known = scene.topology.inventory.key_vaults.iter().find(|vault| vault.id == *id);
        known.is_some_and(|vault| vault.rbac == Some(true))
    };
    let vaults: Vec<&ResourceId> =
        scene.migration.parts(MigrationRole::KeyVault).filter(|id| !by_roles(id)).collect();
    if vaults.is_empty() {
        return None;
    }
    let why = "Replication fails with \"Key Vault operation failed\" when somebody other than who made the vault sets it \
               up, or an account of another tenant does (a partner's, in a CSP subscription). Let an account of the \
               tenant itself do it, and give it the permissions on storage where the vault goes by access policies.";
    let grant = |id: &&ResourceId| {
        format!(
            "az keyvault set-policy {} -n {} --upn '<user>' --storage-permissions get list delete set update \
             regeneratekey getsas listsas deletesas setsas recover backup restore purge",
            place(id),
            quote(id.name())
        )
    };
    let commands: Vec<String> = vaults.iter().map(grant).collect();
    Some(Step::new(why).commands(commands).about(vaults))
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

fn proxy_bypass(scene: &Scene<'_>) -> Option<Step> {
    let exact: BTreeSet<String> =
        names(scene).filter_map(|name| plain(name.fqdn)).map(str::to_owned).collect();
    if exact.is_empty() {
        return None;
    }
    let kept = match scene.migration.has(MigrationRole::GatewayStorage) {
        true => format!("the gateway account ({})", scene.migration.called(MigrationRole::GatewayStorage)),
        false => "the gateway account (gwsa…)".to_owned(),
    };
    let why = format!(
        "Where the appliance uses a proxy: set \"EnableProxyBypassList\" to \"true\" in \
         C:\\ProgramData\\MicrosoftAzure\\Config\\appliance.json, restart the appliance, and enter these names in its \
         configuration manager. Never pass the proxy by for all of *.blob.core.windows.net: {kept} needs the internet."
    );
    Some(Step::new(why).entries(exact).about(endpoints(scene)))
}

/// The endpoints whose names are listed.
fn endpoints<'s>(scene: &'s Scene<'_>) -> Vec<&'s ResourceId> {
    names(scene).map(|name| &name.endpoint.id).collect()
}

/// What the appliance's control plane asks for besides blobs (Azure docs: "Replicate data over ExpressRoute with Azure
/// Migrate: Server Migration", proxy configuration for ExpressRoute Microsoft peering). In the public cloud.
const BY_MICROSOFT_PEERING: [&str; 6] = [
    ".*.blob.core.windows.net",
    ".*.vault.azure.net",
    ".*.servicebus.windows.net",
    ".*.discoverysrv.windowsazure.com",
    ".*.migration.windowsazure.com",
    ".*.hypervrecoverymanager.windowsazure.com",
];

/// The same for the replication appliance of agents, which has one more.
const BY_AGENTS: &str = ".*.backup.windowsazure.com";

/// Where the configuration says nothing of it, whoever asks for the rules about ExpressRoute may mean it.
fn microsoft_peering_proxy(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    let expected = scene.settings.expect_er;
    let may_be_meant = !expected.private && scene.packs.contains(&Pack::ExpressRoute);
    if !(expected.microsoft || may_be_meant) {
        return None;
    }
    if !migration.is_there() || scene.topology.inventory.origin.cloud != Cloud::AzureCloud {
        return None;
    }
    let mut why = "Only where replication goes over Microsoft peering: enter the first line on the appliance, and the \
                   others if its control plane is to go that way too. On a replication appliance of agents, Internet \
                   Explorer in the system's context holds the list. What Microsoft peering does not lead to (the portal, \
                   sign-in, management.azure.com) still goes over the internet."
        .to_owned();
    let mut entries: Vec<String> = BY_MICROSOFT_PEERING.map(str::to_owned).into();
    let mut commands = Vec::new();
    if migration.has(MigrationRole::RecoveryVault) {
        why.push_str(" The command opens it there.");
        entries.push(BY_AGENTS.to_owned());
        commands.push(r#"psexec -s -i "%programfiles%\Internet Explorer\iexplore.exe""#.to_owned());
    }
    Some(Step::new(why).commands(commands).entries(entries).about(migration.project_ids()))
}

fn hosts_file(scene: &Scene<'_>) -> Option<Step> {
    let line = |name: &Name<'_>| match name.addresses {
        [address] => Some(format!("{address} {}", plain(name.fqdn)?)),
        _ => None,
    };
    let lines: BTreeSet<String> = names(scene).filter_map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let why = "A line in C:\\Windows\\System32\\drivers\\etc\\hosts goes before DNS, and a cache keeps what a mended record \
               said before. For a test alone these lines may stand there; afterwards take them out, and empty the cache:";
    Some(Step::new(why).commands(["ipconfig /flushdns".to_owned()]).entries(lines).about(endpoints(scene)))
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
               not resolve one or is kept from port 902. On the appliance, with every host in place of <esx-host>:";
    let probe = "plaudit probe --snapshot estate.jsonl.gz --also '<esx-host>:902'".to_owned();
    Some(Step::new(why).commands([probe]).about(migration.project_ids()))
}

fn replication_events(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    if !migration.is_there() {
        return None;
    }
    let mut why = "In the portal, under Azure Migrate and Replications, look at the health of each server and at its recent \
                   events. Errors of changed block tracking, of snapshots and of VDDK, and a vCenter that slows reading \
                   down, are mended in VMware; the page tells how, by the text of the error."
        .to_owned();
    if migration.has(MigrationRole::RecoveryVault) {
        why.push_str(&format!(
            " With agents or Hyper-V, see too that the hosts are registered in {}.",
            migration.called(MigrationRole::RecoveryVault)
        ));
    }
    Some(Step::new(why).about(migration.project_ids().chain(migration.parts(MigrationRole::RecoveryVault))))
}
