//! The checklist: what is left for a person, with this estate's names in it, and only where it applies.

use plaudit::checklist;
use plaudit::finding::ChecklistItem;
use plaudit::inventory::{Cloud, Kind, Pack, ResourceId};
use plaudit::rules::{ExpectedRoutes, Settings};
use serde_json::json;

use crate::estate::migration::migration;
use crate::estate::network::{WORKLOAD, subnet_id};
use crate::estate::services::{Service, key_vault, private_link_service, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{judge, read, topology};

/// A project, its vault, its cache and a gateway account, in one network with a gateway.
struct Move {
    e: Estate,
    vnet: ResourceId,
}

const PROJECT_NAME: &str = "0a1b-agent.weu.disc.privatelink.prod.migration.windowsazure.com";
const MIGRATE: &[Pack] = &[Pack::AzureMigrate];

fn project() -> Service {
    let zone = "privatelink.prod.migration.windowsazure.com";
    Service::new("Microsoft.Migrate/migrateProjects", "move-2026", "Default")
        .member("Default", &[(PROJECT_NAME, zone, "0a1b-agent.weu.disc")])
}

fn moving() -> Move {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.gateway(&vnet, "10.1.200.0/27");
    e.endpoint("pe-project", &vnet, project());
    e.endpoint("pe-vault", &vnet, key_vault("migratekv1329610309"));
    e.endpoint("pe-cache", &vnet, storage("lsa4711", "blob"));
    Move { e, vnet }
}

fn items(e: &Estate, packs: &[Pack], everything: bool) -> Vec<ChecklistItem> {
    let report = judge(e);
    checklist::of(&topology(read(e)), &Settings::default(), packs, everything, &report.findings)
}

fn ids(items: &[ChecklistItem]) -> Vec<&'static str> {
    items.iter().map(|item| item.id).collect()
}

#[track_caller]
fn item<'a>(items: &'a [ChecklistItem], id: &str) -> &'a ChecklistItem {
    items.iter().find(|item| item.id == id).unwrap_or_else(|| panic!("no {id} in {:?}", ids(items)))
}

#[test]
fn a_migration_ends_with_the_steps_of_its_pages_and_its_own_names() {
    let it = moving();
    let found = items(&it.e, MIGRATE, false);
    assert_eq!(
        ids(&found),
        [
            "migrate-probe",
            "migrate-gateway-service",
            "migrate-upload-speed",
            "migrate-vault-permissions",
            "migrate-registration-account",
            "migrate-proxy-bypass",
            "migrate-hosts-file",
            "migrate-vsphere-hosts",
            "migrate-replication-events",
            "outside-client-package",
            "outside-routes",
            "outside-forwarders",
        ]
    );
    let home = it.e.subscription_guid(HOME);
    let probe = item(&found, "migrate-probe");
    assert_eq!(
        probe.commands[0],
        format!("plaudit collect -s {home} --pack azure-migrate -o estate.jsonl.gz")
    );
    assert_eq!(probe.commands[1..], ["plaudit probe --snapshot estate.jsonl.gz --preset azure-migrate"]);
    assert_eq!(item(&found, "migrate-gateway-service").commands, ["Get-Service asrgwy", "net start asrgwy"]);
    let bench = item(&found, "migrate-upload-speed");
    let url = "'https://lsa4711.blob.core.windows.net/<container>?<SAS>'";
    assert_eq!(bench.commands, [format!("azcopy bench {url} --file-count 10 --size-per-file 64M")]);
    assert!(bench.why.contains("PowerShell"), "{bench:#?}");
    let vault = item(&found, "migrate-vault-permissions");
    let set = format!(
        "az keyvault set-policy --subscription {home} -g rg-network -n migratekv1329610309 --upn '<user>'"
    );
    assert!(vault.commands[0].starts_with(&set) && vault.commands[0].contains("getsas"), "{vault:#?}");
    let roles = &item(&found, "migrate-registration-account").commands[0];
    assert!(roles.contains(&format!("--scope /subscriptions/{home} ")), "{roles}");
    assert_eq!(
        item(&found, "migrate-proxy-bypass").entries,
        [PROJECT_NAME, "lsa4711.blob.core.windows.net", "migratekv1329610309.vault.azure.net"]
    );
    let hosts = item(&found, "migrate-hosts-file");
    assert!(
        hosts.entries.iter().any(|line| line.starts_with("10.1.4.") && line.ends_with(PROJECT_NAME)),
        "{hosts:#?}"
    );
    assert!(item(&found, "migrate-vsphere-hosts").commands[0].ends_with("--also '<esx-host>:902'"));
    let package = &item(&found, "outside-client-package").commands[0];
    assert_eq!(
        package.to_ascii_lowercase(),
        format!("az network vnet-gateway vpn-client generate --subscription {home} -g rg-network -n vgw")
    );
    assert_eq!(item(&found, "outside-routes").entries, ["10.1.0.0/16 vnet"]);
    assert_eq!(item(&found, "outside-forwarders").entries[0], "blob.core.windows.net");
    for one in &found {
        assert!(!one.why.is_empty() && one.article.url.starts_with("https://"), "{one:#?}");
    }
}

#[test]
fn only_what_applies_is_asked() {
    // Neither pack nor flag: nothing.
    let it = moving();
    assert_eq!(items(&it.e, &[], false), []);
    // A pack without its undertaking, and no gateway to anywhere.
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.endpoint("pe", &vnet, storage("acct", "blob"));
    assert_eq!(items(&e, &Pack::ALL, false), []);
    assert_eq!(items(&e, &[], true), []);
    // Microsoft peering is the other pack's.
    assert!(!ids(&items(&it.e, MIGRATE, false)).contains(&"migrate-expressroute-proxy"));
    let both = items(&it.e, &Pack::ALL, false);
    assert_eq!(item(&both, "migrate-expressroute-proxy").entries[0], ".*.blob.core.windows.net");
    // Nor is it asked where the configuration says that data go by the other peering; and it is where it says so.
    for (private, microsoft, packs) in [(true, false, &Pack::ALL[..]), (false, true, MIGRATE)] {
        let settings = Settings { expect_er: ExpectedRoutes { private, microsoft }, ..Settings::default() };
        let found = checklist::of(&topology(read(&it.e)), &settings, packs, false, &[]);
        assert_eq!(ids(&found).contains(&"migrate-expressroute-proxy"), microsoft);
    }
    // Only an endpoint would tell of a vault that agents use: the step says when their part of it applies.
    let peering = item(&both, "migrate-expressroute-proxy");
    assert_eq!(peering.entries.last().unwrap(), ".*.backup.windowsazure.com");
    assert!(
        peering.commands[0].starts_with("psexec ") && peering.why.contains("with an agent"),
        "{peering:#?}"
    );
    assert!(peering.why.contains("EnableProxyBypassList"), "{peering:#?}");
    // Machines outside Azure are said to be there, whatever is in sight.
    let settings = Settings { expect_onprem: true, ..Settings::default() };
    let found = checklist::of(&topology(read(&e)), &settings, MIGRATE, false, &[]);
    assert_eq!(ids(&found), ["outside-routes", "outside-forwarders"]);
}

#[test]
fn the_gateway_account_is_measured_and_never_passed_by() {
    let mut it = moving();
    it.e.endpoint("pe-gwsa", &it.vnet, storage("gwsa0815", "blob"));
    let found = items(&it.e, MIGRATE, false);
    let bypass = item(&found, "migrate-proxy-bypass");
    assert!(bypass.why.contains("gwsa0815") && !bypass.entries.join(" ").contains("gwsa0815"), "{bypass:#?}");
    assert!(!item(&found, "migrate-hosts-file").entries.join(" ").contains("gwsa0815"));
    let bench = item(&found, "migrate-upload-speed");
    assert_eq!(bench.commands.len(), 2);
    assert!(bench.commands[1].contains("//gwsa0815.blob.core.windows.net/"), "{bench:#?}");
}

#[test]
fn service_bus_is_asked_of_projects_with_a_public_endpoint_alone() {
    let it = moving();
    assert!(!ids(&items(&it.e, MIGRATE, false)).contains(&"migrate-service-bus"));
    // The project is there, and no endpoint leads to it.
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.endpoint("pe-vault", &vnet, key_vault("migratekv1329610309"));
    e.migrate_project("move-2026");
    let found = items(&e, MIGRATE, false);
    assert_eq!(item(&found, "migrate-service-bus").entries, ["migratelsa1329610309"]);
}

#[test]
fn endpoints_of_a_network_team_are_the_appliance_s_all_the_same() {
    let mut e = Estate::new();
    let project = e.migrate_project("move-2026");
    let account = e.account("lsa4711", json!({}));
    e.in_subscription("network");
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    for (name, target, service) in
        [("pe-project", &project, migration(&project)), ("pe-cache", &account, storage("lsa4711", "blob"))]
    {
        let endpoint = e.endpoint(name, &vnet, service);
        e.edit(&endpoint, |endpoint| {
            endpoint["properties"]["privateLinkServiceConnections"][0]["properties"]["privateLinkServiceId"] =
                target.as_str().into();
        });
    }
    let found = items(&e, MIGRATE, false);
    for id in ["migrate-proxy-bypass", "migrate-hosts-file"] {
        let entries = item(&found, id).entries.join("\n");
        assert!(entries.contains("lsa4711.blob.core.windows.net"), "{id}: {entries}");
    }
    // A probe knows the names of chosen subscriptions alone.
    let collect = &item(&found, "migrate-probe").commands[0];
    for subscription in [HOME, "network"] {
        assert!(collect.contains(&format!(" -s {}", e.subscription_guid(subscription))), "{collect}");
    }
}

/// A project with a public endpoint, in an estate without any other.
fn public() -> Estate {
    let mut e = Estate::new();
    e.migrate_project("move-2026");
    e
}

#[test]
fn what_was_not_read_is_asked_of_a_person() {
    let e = public();
    let found = items(&e, MIGRATE, false);
    let vault = item(&found, "migrate-vault-permissions");
    let set = format!(
        "az keyvault set-policy --subscription {} -g rg-network -n '<vault>' --upn",
        e.subscription_guid(HOME)
    );
    assert!(vault.commands[0].starts_with(&set) && vault.why.contains("migratekv…"), "{vault:#?}");
    let bench = item(&found, "migrate-upload-speed");
    assert!(bench.commands[0].contains("'https://<cache-account>.blob."), "{bench:#?}");
    assert!(bench.commands[1].contains("'https://<gateway-account>.blob."), "{bench:#?}");
    let also = &item(&found, "migrate-probe").commands[2];
    for host in [
        "<vault>.vault.azure.net",
        "<cache-account>.blob.core.windows.net",
        "<gateway-account>.blob.core.windows.net",
        "<namespace>.servicebus.windows.net",
    ] {
        assert!(also.contains(&format!(" --also '{host}:443'")), "{also}");
    }
    // A list that was read and tells of none asks nothing.
    let mut collected = e.collected();
    for subscription in &mut collected.coverage.subscriptions {
        subscription.kinds.extend([Kind::KeyVaults, Kind::StorageAccounts]);
    }
    let found = checklist::of(&topology(collected), &Settings::default(), MIGRATE, false, &[]);
    for id in ["migrate-vault-permissions", "migrate-upload-speed"] {
        assert!(!ids(&found).contains(&id), "{id}");
    }
}

#[test]
fn a_probe_tries_what_serves_a_project_without_an_endpoint() {
    let mut e = public();
    e.vault("migratekv1329610309", &[]);
    e.vault("somebody-s", &[]);
    e.account("lsa4711", json!({}));
    e.account("gwsa4711", json!({}));
    let found = items(&e, MIGRATE, false);
    let probe = item(&found, "migrate-probe");
    assert_eq!(
        probe.commands[1..],
        ["plaudit probe --snapshot estate.jsonl.gz --also gwsa4711.blob.core.windows.net:443 \
             --also lsa4711.blob.core.windows.net:443 --also migratekv1329610309.vault.azure.net:443 \
             --also migratelsa1329610309.servicebus.windows.net:443 --preset azure-migrate"]
    );
    // The preset is the public cloud's, and so are the names.
    e.cloud = Cloud::AzureChinaCloud;
    let found = items(&e, MIGRATE, false);
    let probe = &item(&found, "migrate-probe").commands[1];
    assert!(probe.contains(" --also migratekv1329610309.vault.azure.cn:443 "), "{probe}");
    assert!(!probe.contains("--preset"), "{probe}");
    // So many are no command that anybody reads.
    for number in 0..30 {
        e.account(&format!("lsa{number}"), json!({}));
    }
    let found = items(&e, MIGRATE, false);
    let probe = item(&found, "migrate-probe");
    assert_eq!(probe.commands[1].matches(" --also ").count(), 20);
    assert!(probe.why.contains(" 14 more hosts are left out."), "{probe:#?}");
}

#[test]
fn what_was_read_of_a_migration_spares_steps() {
    let mut it = moving();
    let settings =
        Settings { appliance: Some("7d1c4b7e-9a55-4e0b-8c3a-6c1d2e8f9b10".into()), ..Settings::default() };
    let found = checklist::of(&topology(read(&it.e)), &settings, MIGRATE, false, &[]);
    assert!(!ids(&found).contains(&"migrate-registration-account"), "MIG-010 judges it");
    // Machines of Hyper-V have no vSphere host.
    it.e.migration_resource("Microsoft.OffAzure/hypervSites", "site");
    assert!(!ids(&items(&it.e, MIGRATE, false)).contains(&"migrate-vsphere-hosts"));
    it.e.migration_resource("Microsoft.OffAzure/vmwareSites", "site-2");
    assert!(ids(&items(&it.e, MIGRATE, false)).contains(&"migrate-vsphere-hosts"));
}

#[test]
fn names_from_azure_never_become_commands() {
    let mut it = moving();
    it.e.endpoint("pe-odd", &it.vnet, key_vault("migratekv'; rm -rf ~ #"));
    it.e.endpoint("pe-worse", &it.vnet, storage("lsa$(reboot)", "blob"));
    let found = items(&it.e, MIGRATE, false);
    let vault = item(&found, "migrate-vault-permissions");
    let quoted = r#"-n 'migratekv'"'"'; rm -rf ~ #' "#;
    assert!(vault.commands.iter().any(|one| one.contains(quoted)), "{vault:#?}");
    // What is typed on Windows is left out where no quoting is right in all of its shells.
    let bench = item(&found, "migrate-upload-speed");
    assert!(bench.commands.iter().all(|command| !command.contains("reboot")), "{bench:#?}");
    // A line of a hosts file may not name a second host, and a proxy's list no pattern.
    it.e.endpoint("pe-two", &it.vnet, storage("lsa1 login.example", "blob"));
    it.e.endpoint("pe-all", &it.vnet, storage("*", "blob"));
    let found = items(&it.e, MIGRATE, false);
    for id in ["migrate-hosts-file", "migrate-proxy-bypass"] {
        let entries = item(&found, id).entries.join("\n");
        assert!(!entries.contains("reboot") && !entries.contains("login.example"), "{entries}");
        assert!(!entries.contains('*'), "{entries}");
    }
}

#[test]
fn many_of_a_kind_are_counted() {
    let mut it = moving();
    for number in 0..9 {
        it.e.endpoint(&format!("pe-{number}"), &it.vnet, storage(&format!("lsa{number}"), "blob"));
    }
    let bench =
        items(&it.e, MIGRATE, false).into_iter().find(|one| one.id == "migrate-upload-speed").unwrap();
    assert_eq!(bench.commands.len(), 5);
    assert!(bench.why.ends_with("5 more commands of the kind are left out."), "{}", bench.why);
}

#[test]
fn a_service_is_tried_from_its_own_network() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let balancer = e.balancer("lb", &vnet);
    let service = e.link_service("svc", &vnet, &balancer);
    e.endpoint("pe", &vnet, private_link_service("svc"));
    let found = items(&e, &[], true);
    assert_eq!(
        ids(&found),
        ["service-balancer-answers", "service-balancer-health", "service-machines", "service-resource-view"]
    );
    assert_eq!(found[0].commands, ["nc -vz -w 5 10.1.0.5 443"]);
    assert!(found[1].commands[0].contains(&format!("--resource {balancer} ")), "{found:#?}");
    assert_eq!(found[2].entries, ["10.1.2.0/24 svc"]);
    assert_eq!(found[3].about, std::slice::from_ref(&service));
    // Nobody knows the port.
    e.edit(&balancer, |b| b["properties"]["loadBalancingRules"] = json!([]));
    assert_eq!(items(&e, &[], true)[0].commands, ["nc -vz -w 5 10.1.0.5 '<port>'"]);
    e.edit(&service, |s| s["properties"]["destinationIPAddress"] = "10.1.0.99".into());
    assert!(items(&e, &[], true)[0].commands.contains(&"nc -vz -w 5 10.1.0.99 '<port>'".to_owned()));
}

#[test]
fn services_and_networks_of_the_context_are_nobody_s() {
    let mut e = Estate::new();
    let own = e.vnet("own", "10.1.0.0/16");
    e.endpoint("pe", &own, storage("acct", "blob"));
    e.in_subscription("elsewhere");
    let vnet = e.vnet("vnet", "10.2.0.0/16");
    let balancer = e.balancer("lb", &vnet);
    e.link_service("svc", &vnet, &balancer);
    e.gateway(&vnet, "10.2.200.0/27");
    assert_eq!(items(&e, &[], true), []);
}

#[test]
fn peerings_that_are_broken_are_told_with_the_client_package() {
    let mut it = moving();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.half_peer(&it.vnet, &other);
    let found = items(&it.e, MIGRATE, false);
    assert!(item(&found, "outside-client-package").why.ends_with("see the findings."));
}

#[test]
fn appliances_on_the_way_are_named_by_their_routes() {
    let mut it = moving();
    it.e.client(&it.vnet);
    let table = it.e.route_table("rt", &[("all", "0.0.0.0/0", "VirtualAppliance", "10.0.1.68")]);
    it.e.use_route_table(&subnet_id(&it.vnet, WORKLOAD), &table);
    let found = items(&it.e, MIGRATE, false);
    let appliances = item(&found, "network-appliances");
    assert_eq!(appliances.entries, ["10.0.1.68, by route table rt"]);
    assert_eq!(appliances.about, [table]);
    // A firewall may be in the way without a route that says so; one behind no peering is not.
    let hub = it.e.vnet("hub", "10.5.0.0/16");
    it.e.peer(&it.vnet, &hub);
    it.e.firewall("afw", &hub, "10.5.1.4");
    let apart = it.e.vnet("apart", "10.6.0.0/16");
    it.e.in_subscription("elsewhere");
    it.e.firewall("afw-apart", &apart, "10.6.1.4");
    let entries = &item(&items(&it.e, MIGRATE, false), "network-appliances").entries.clone();
    assert_eq!(entries[1], "10.5.1.4, firewall afw");
}
