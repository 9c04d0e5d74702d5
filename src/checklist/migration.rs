//! Azure Migrate: what the pages about it leave to a person at the appliance or in the portal.

use std::collections::BTreeSet;

use super::articles::{MIGRATE_EXPRESS_ROUTE, MIGRATE_NETWORK, MIGRATE_REPLICATION};
use super::commands::{listed, place, plain};
use super::{Check, Scene, Step};
use crate::inventory::{Cloud, Pack, ResourceId};
use crate::names::Name;
use crate::rules::quote;
use crate::topology::endpoints::target_and_group;
use crate::topology::{Topology, is_reported};

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
        packs: &[Pack::ExpressRoute],
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

/// The parts of a migration, by what they are for. Sorted and without repetitions.
#[derive(Default)]
pub(super) struct Migration<'a> {
    /// Projects, assessment projects and sites.
    projects: BTreeSet<&'a ResourceId>,
    /// Those of them that an endpoint leads to.
    private: BTreeSet<&'a ResourceId>,
    /// Where replicated data are put first.
    caches: BTreeSet<&'a ResourceId>,
    /// Where the state of the replication is kept; reached over the internet.
    gateways: BTreeSet<&'a ResourceId>,
    vaults: BTreeSet<&'a ResourceId>,
    /// Recovery services vaults: replication of Hyper-V and by agents.
    recovery: BTreeSet<&'a ResourceId>,
}

impl<'a> Migration<'a> {
    /// Finds them among what was read and what endpoints lead to.
    pub(super) fn of(topology: &'a Topology) -> Self {
        let inventory = &topology.inventory;
        let led_to: BTreeSet<&ResourceId> = reported_targets(topology).collect();
        let read = inventory.targets.iter().map(|target| &target.id);
        let known: BTreeSet<&ResourceId> =
            led_to.iter().copied().chain(read.filter(|id| is_reported(inventory, id))).collect();
        let mut all = Migration::default();
        for id in known.iter().copied().filter(|id| is_of_azure_migrate(id)) {
            all.projects.insert(id);
        }
        all.private = all.projects.intersection(&led_to).copied().collect();
        let groups: BTreeSet<(String, String)> = all.projects.iter().map(|id| group(id)).collect();
        for id in known {
            let beside = groups.contains(&group(id));
            let name = id.name().to_ascii_lowercase();
            if id.is_type("Microsoft.Storage/storageAccounts") {
                match account(&name) {
                    Some(Account::Cache) => _ = all.caches.insert(id),
                    Some(Account::Gateway) => _ = all.gateways.insert(id),
                    None => {}
                }
            } else if id.is_type("Microsoft.KeyVault/vaults") && (beside || name.starts_with("migratekv")) {
                all.vaults.insert(id);
            } else if id.is_type("Microsoft.RecoveryServices/vaults") && beside {
                all.recovery.insert(id);
            }
        }
        all
    }

    fn is_there(&self) -> bool {
        !self.projects.is_empty() || !self.caches.is_empty()
    }

    /// Everything that the appliance asks for by a private name.
    fn has_private_names(&self, target: &ResourceId) -> bool {
        let sets = [&self.projects, &self.caches, &self.vaults, &self.recovery];
        sets.iter().any(|set| set.contains(target)) && !self.gateways.contains(target)
    }
}

enum Account {
    Cache,
    Gateway,
}

/// What a storage account of the replication is for, by the beginning of its name (Azure docs: "Replicate data over
/// ExpressRoute with Azure Migrate: Server Migration", "Troubleshooting replication issues in agentless VMware VM
/// migration").
fn account(name: &str) -> Option<Account> {
    let begins = |words: [&str; 2]| words.iter().any(|word| name.starts_with(word));
    if begins(["lsa", "migratelsa"]) {
        return Some(Account::Cache);
    }
    begins(["gwsa", "migrategwsa"]).then_some(Account::Gateway)
}

fn is_of_azure_migrate(id: &ResourceId) -> bool {
    let provider = id.resource_type().and_then(|full| full.split('/').next().map(str::to_ascii_lowercase));
    matches!(provider.as_deref(), Some("microsoft.migrate" | "microsoft.offazure"))
}

/// Subscription and resource group in lower case.
fn group(id: &ResourceId) -> (String, String) {
    let lower = |text: Option<&str>| text.unwrap_or_default().to_ascii_lowercase();
    (lower(id.subscription()), lower(id.resource_group()))
}

fn reported_targets(topology: &Topology) -> impl Iterator<Item = &ResourceId> {
    let all = topology.inventory.private_endpoints.iter().zip(&topology.endpoints);
    let reported = all.filter(|(_, joined)| joined.reported);
    reported.filter_map(|(endpoint, _)| target_and_group(endpoint).map(|(target, _)| target))
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

fn called(ids: &BTreeSet<&ResourceId>) -> String {
    listed(ids.iter().map(|id| id.name()))
}

fn probe(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    if !migration.is_there() {
        return None;
    }
    let why =
        "An audit sees what Azure was told, not what the appliance gets. Collect a snapshot where you are \
               signed in, copy it and plaudit to the appliance, and run the second command there."
            .to_owned();
    Some(
        Step { why, ..Step::default() }
            .commands([
                collecting(migration),
                "plaudit probe --snapshot estate.jsonl.gz --preset azure-migrate".to_owned(),
            ])
            .about(migration.projects.iter().copied()),
    )
}

/// Reads the subscriptions in which the migration stands.
fn collecting(migration: &Migration<'_>) -> String {
    let all = migration.projects.iter().chain(&migration.caches);
    let subscriptions: BTreeSet<String> =
        all.filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect();
    let chosen: String = subscriptions.iter().map(|id| format!(" -s {}", quote(id))).collect();
    format!("plaudit collect{chosen} --pack azure-migrate -o estate.jsonl.gz")
}

fn gateway_service(scene: &Scene<'_>) -> Option<Step> {
    if !scene.migration.is_there() {
        return None;
    }
    let why = "Replication stops with DisposeArtefactsTimedOut or DiskUploadTimedOut while the Microsoft Azure Gateway \
               Service (asrgwy) is down. On the appliance, in an administrator's PowerShell:";
    let commands = ["Get-Service asrgwy", "net start asrgwy"].map(str::to_owned);
    Some(Step::new(why).commands(commands).about(scene.migration.projects.iter().copied()))
}

fn upload_speed(scene: &Scene<'_>) -> Option<Step> {
    let Migration { caches, gateways, .. } = &scene.migration;
    let cloud = scene.topology.inventory.origin.cloud;
    let all: Vec<&ResourceId> = caches.iter().chain(gateways).copied().collect();
    if all.is_empty() {
        return None;
    }
    let bench = |id: &&ResourceId| {
        let host = blob_host(cloud, plain(id.name())?);
        Some(format!("azcopy bench 'https://{host}/<container>?<SAS>'"))
    };
    let mut why =
        "Make a container in the account and a SAS that may write to it, then measure on the appliance; \
                   ten blobs of 64 MB have to arrive. A test that fails is a matter of the network."
            .to_owned();
    if !caches.is_empty() {
        why.push_str(&format!(" Cache: {}.", called(caches)));
    }
    if !gateways.is_empty() {
        why.push_str(&format!(" Gateway, over the internet: {}.", called(gateways)));
    }
    let commands: Vec<String> = all.iter().filter_map(bench).collect();
    Some(Step::new(why).commands(commands).about(all))
}

/// The namespace is there only in projects with a public endpoint, and shares the number in its name with the vault
/// (Azure docs: "Troubleshooting replication issues in agentless VMware VM migration").
fn service_bus(scene: &Scene<'_>) -> Option<Step> {
    let Migration { projects, private, vaults, .. } = &scene.migration;
    if projects.is_empty() || !private.is_empty() {
        return None;
    }
    let namespace = |id: &&ResourceId| {
        let name = id.name().to_ascii_lowercase();
        let number = plain(name.strip_prefix("migratekv")?)?.to_owned();
        Some(format!("migratelsa{number}"))
    };
    let namespaces: Vec<String> = vaults.iter().copied().filter_map(|id| namespace(&id)).collect();
    let named = match namespaces.as_slice() {
        [] => "called migratelsa and the number in the name of the project's vault".to_owned(),
        all => listed(all.iter().map(String::as_str)),
    };
    let why = format!(
        "The project talks over its public endpoint, so the appliance takes its orders from Service Bus. Connect Service \
         Bus Explorer on the appliance to the namespace ({named}) with its connection string, and peek at the messages \
         of Snapshot Manager."
    );
    Some(Step::new(why).entries(namespaces).about(projects.iter().copied()))
}

fn vault_permissions(scene: &Scene<'_>) -> Option<Step> {
    let vaults = &scene.migration.vaults;
    if vaults.is_empty() {
        return None;
    }
    let why = "Replication fails with \"Key Vault operation failed\" when somebody other than who made the vault sets it \
               up, or an account of another tenant does (a partner's, in a CSP subscription). Let an account of the \
               tenant itself do it, and give it the permissions on storage where the vault goes by access policies.";
    let grant = |id: &ResourceId| {
        format!(
            "az keyvault set-policy {} -n {} --upn '<user>' --storage-permissions get list delete set update \
             regeneratekey getsas listsas deletesas setsas recover backup restore purge",
            place(id),
            quote(id.name())
        )
    };
    Some(Step::new(why).commands(vaults.iter().map(|id| grant(id))).about(vaults.iter().copied()))
}

fn registration_account(scene: &Scene<'_>) -> Option<Step> {
    let projects = &scene.migration.projects;
    let subscriptions: BTreeSet<String> =
        projects.iter().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect();
    if subscriptions.is_empty() {
        return None;
    }
    let why = "Registration ends with ForbiddenToAccessKeyVault when the account that is signed in on the appliance may \
               not write to the subscription, or not to the project's vault.";
    let roles = |id: String| {
        let scope = quote(&format!("/subscriptions/{id}"));
        format!(
            "az role assignment list --assignee '<user>' --scope {scope} --include-inherited --include-groups -o table"
        )
    };
    Some(Step::new(why).commands(subscriptions.into_iter().map(roles)).about(projects.iter().copied()))
}

fn proxy_bypass(scene: &Scene<'_>) -> Option<Step> {
    let exact: BTreeSet<String> =
        names(scene).map(|name| name.fqdn.to_owned()).filter(|fqdn| !fqdn.starts_with("*.")).collect();
    if exact.is_empty() {
        return None;
    }
    let gateways = &scene.migration.gateways;
    let kept = match gateways.is_empty() {
        true => "the gateway account (gwsa…)".to_owned(),
        false => format!("the gateway account ({})", called(gateways)),
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

fn microsoft_peering_proxy(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
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
    if !migration.recovery.is_empty() {
        why.push_str(" The command opens it there.");
        entries.push(BY_AGENTS.to_owned());
        commands.push(r#"psexec -s -i "%programfiles%\Internet Explorer\iexplore.exe""#.to_owned());
    }
    Some(Step::new(why).commands(commands).entries(entries).about(migration.projects.iter().copied()))
}

fn hosts_file(scene: &Scene<'_>) -> Option<Step> {
    let line = |name: &Name<'_>| match name.addresses {
        [address] if !name.fqdn.starts_with("*.") => Some(format!("{address} {}", name.fqdn)),
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

fn vsphere_hosts(scene: &Scene<'_>) -> Option<Step> {
    let migration = &scene.migration;
    if !migration.is_there() {
        return None;
    }
    let why = "For VMware: no list in Azure tells the hosts. Replication fails with error 1022 when the appliance does \
               not resolve one or is kept from port 902. On the appliance, with every host in place of <esx-host>:";
    let probe = "plaudit probe --snapshot estate.jsonl.gz --also '<esx-host>:902'".to_owned();
    Some(Step::new(why).commands([probe]).about(migration.projects.iter().copied()))
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
    if !migration.recovery.is_empty() {
        why.push_str(&format!(
            " With agents or Hyper-V, see too that the hosts are registered in {}.",
            called(&migration.recovery)
        ));
    }
    Some(Step::new(why).about(migration.projects.iter().chain(&migration.recovery).copied()))
}
