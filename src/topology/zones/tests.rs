use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const CLOUDS: [Cloud; 3] = [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud];
const TEXT: &str = include_str!("../../../rules/zones.toml");

/// Parsed once: a debug build takes its time.
fn table(cloud: Cloud) -> &'static ZoneTable {
    static TABLES: LazyLock<[ZoneTable; 3]> =
        LazyLock::new(|| CLOUDS.map(|cloud| ZoneTable::embedded(cloud).unwrap()));
    &TABLES[CLOUDS.iter().position(|other| *other == cloud).unwrap()]
}

fn observed_on(cloud: Cloud, resource_type: &str, group_id: &str, fqdns: &[&str]) -> Observed {
    match table(cloud).needs(resource_type, group_id, "target", fqdns) {
        Needs::Observed(observed) => observed,
        other => panic!("{resource_type} {group_id}: {other:?}"),
    }
}

fn unobserved_on(cloud: Cloud, resource_type: &str, group_id: &str, target_name: &str) -> Unobserved {
    match table(cloud).needs(resource_type, group_id, target_name, &[]) {
        Needs::Unobserved(unobserved) => unobserved,
        other => panic!("{resource_type} {group_id}: {other:?}"),
    }
}

fn texts(patterns: &[ZonePattern]) -> Vec<&str> {
    patterns.iter().map(ZonePattern::as_str).collect()
}

fn fqdns(names: &[NeededName]) -> Vec<&str> {
    names.iter().map(|name| name.fqdn.as_str()).collect()
}

// ── The file ──

/// Microsoft's page has this many pairs of type and group id; one lost by an edit shows here.
#[test]
fn every_row_of_the_page_is_there() {
    let file: toml::Table = TEXT.parse().unwrap();
    let pairs = |cloud: &str, part: &str| {
        let rows = file[cloud][part].as_array().unwrap();
        rows.iter().map(|row| row.get("groups").map_or(1, |g| g.as_array().unwrap().len())).sum::<usize>()
    };
    let count = |part: &str| CLOUDS.map(|cloud| pairs(cloud.name(), part));
    assert_eq!(count("documented"), [103, 64, 46]);
    assert_eq!(count("supplementary"), [16, 7, 4]);
    assert_eq!(file["without_zone"].as_array().unwrap().len(), 4);
    assert_eq!(file["region_codes"].as_table().unwrap().len(), 87);
}

#[test]
fn no_name_of_another_cloud_strays_in() {
    let foreign = [
        (Cloud::AzureCloud, [".us", ".cn", "usgovcloudapi.net", "chinacloudapi.cn"]),
        (Cloud::AzureUSGovernment, [".com", ".cn", ".windows.net", "azurewebsites.net"]),
        (Cloud::AzureChinaCloud, [".com", ".us", ".windows.net", "azurewebsites.net"]),
    ];
    for (cloud, endings) in foreign {
        for row in &table(cloud).rows {
            for zone in &row.zones {
                for name in std::iter::once(&zone.zone).chain(&zone.suffixes) {
                    assert!(!endings.iter().any(|ending| name.as_str().ends_with(ending)), "{name}");
                }
            }
        }
    }
}

/// Fills the placeholders of a pattern with labels they accept.
fn sample(pattern: &ZonePattern) -> String {
    pattern
        .as_str()
        .replace("{regionName}", "eastus2")
        .replace("{regionCode}", "eus2")
        .replace("{dnsPrefix}", "0a1b2c")
        .replace("{partitionId}", "3")
        .replace("{subzone}", "11111111-2222")
        .replace("{dnsZone}", "z42")
}

fn group_of(row: &Row) -> String {
    match &row.groups {
        Groups::Named(names) => names[0].clone(),
        Groups::Prefix(prefix) => format!("{prefix}staging"),
        Groups::Any => "whatever".to_owned(),
    }
}

#[test]
fn every_suffix_leads_to_its_zone_and_back() {
    for cloud in CLOUDS {
        let table = table(cloud);
        for row in &table.rows {
            for row_zone in &row.zones {
                for suffix in &row_zone.suffixes {
                    let (zone, fqdn) = (sample(&row_zone.zone), format!("host.{}", sample(suffix)));
                    let needs = table.needs(&row.resource_type, &group_of(row), "", &[&fqdn]);
                    let Needs::Observed(found) = needs else { panic!("{fqdn}: {needs:?}") };
                    let [name] = found.names.as_slice() else { panic!("{fqdn}: {found:?}") };
                    let mut places = name.alternatives.clone();
                    places.push(Placement {
                        zone: name.zone.clone(),
                        record: name.record.clone(),
                        alias: name.alias.clone(),
                    });
                    let place = places.iter().find(|place| place.zone == zone);
                    let place = place.unwrap_or_else(|| panic!("{fqdn} leads to {places:?}, not {zone}"));
                    assert_eq!(place.alias, format!("{}.{zone}", place.record), "{fqdn}");
                    assert_eq!(row.legacy, name.zone != zone || row.legacy && places.len() == 1, "{fqdn}");
                    // What the record and the zone make is itself a name of the zone.
                    let again = table.needs(&row.resource_type, &group_of(row), "", &[&place.alias]);
                    let Needs::Observed(again) = again else { panic!("{fqdn}: {again:?}") };
                    assert_eq!(again.names.first().map(|n| n.alias.as_str()), Some(place.alias.as_str()));
                }
            }
            for suffix in &row.no_zone {
                let fqdn = format!("host.{}", sample(suffix));
                let needs = table.needs(&row.resource_type, &group_of(row), "", &[&fqdn]);
                assert!(matches!(&needs, Needs::Observed(found) if found.zoneless == [fqdn]), "{needs:?}");
            }
        }
    }
}

#[test]
fn every_derived_name_leads_to_a_zone() {
    for cloud in CLOUDS {
        let table = table(cloud);
        for row in table.rows.iter().filter(|row| !row.derived.is_empty()) {
            let slot = row.derived[0].contains("{slot}");
            let target = if slot { "app/slots/staging" } else { "app" };
            let needs = table.needs(&row.resource_type, &group_of(row), target, &[]);
            let Needs::Unobserved(found) = needs else { panic!("{needs:?}") };
            assert_eq!(found.names.len(), row.derived.len(), "{row:?}");
        }
    }
}

// ── Observed names ──

/// cloud, type, group, FQDN, zone, record
type Example = (Cloud, &'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const EXAMPLES: &[Example] = &[
    (Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "blob", "acct.blob.core.windows.net", "privatelink.blob.core.windows.net", "acct"),
    (Cloud::AzureCloud, "microsoft.storage/STORAGEACCOUNTS", "BLOB", "ACCT.Blob.Core.Windows.NET.", "privatelink.blob.core.windows.net", "acct"),
    (Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "blob_secondary", "acct-secondary.blob.core.windows.net", "privatelink.blob.core.windows.net", "acct-secondary"),
    (Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "blob", "acct.z20.blob.storage.azure.net", "privatelink.blob.core.windows.net", "acct"),
    (Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "web", "acct.z6.web.core.windows.net", "privatelink.web.core.windows.net", "acct.z6"),
    (Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "file_secondary", "acct-secondary.file.core.windows.net", "privatelink.file.core.windows.net", "acct-secondary"),
    (Cloud::AzureCloud, "Microsoft.Compute/diskAccesses", "disks", "md-impexp-x.z50.blob.storage.azure.net", "privatelink.blob.core.windows.net", "md-impexp-x"),
    (Cloud::AzureCloud, "Microsoft.ElasticSan/elasticSans", "my-volumes", "es-x.z7.blob.storage.azure.net", "privatelink.blob.core.windows.net", "es-x"),
    (Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", "x.vault.azure.net", "privatelink.vaultcore.azure.net", "x"),
    (Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", "x.vaultcore.azure.net", "privatelink.vaultcore.azure.net", "x"),
    (Cloud::AzureCloud, "Microsoft.Web/sites", "sites", "app.azurewebsites.net", "privatelink.azurewebsites.net", "app"),
    (Cloud::AzureCloud, "Microsoft.Web/sites", "sites", "app.scm.azurewebsites.net", "privatelink.azurewebsites.net", "app.scm"),
    (Cloud::AzureCloud, "Microsoft.Web/sites", "sites", "app-h4sh.westeurope-01.azurewebsites.net", "privatelink.azurewebsites.net", "app-h4sh.westeurope-01"),
    (Cloud::AzureCloud, "Microsoft.Web/sites", "Sites-Staging", "app-staging.scm.azurewebsites.net", "privatelink.azurewebsites.net", "app-staging.scm"),
    (Cloud::AzureCloud, "Microsoft.Web/sites/slots", "sites", "app-staging.azurewebsites.net", "privatelink.azurewebsites.net", "app-staging"),
    (Cloud::AzureCloud, "Microsoft.ContainerRegistry/registries", "registry", "reg.azurecr.io", "privatelink.azurecr.io", "reg"),
    (Cloud::AzureCloud, "Microsoft.ContainerRegistry/registries", "registry", "reg.westeurope.data.azurecr.io", "privatelink.azurecr.io", "reg.westeurope.data"),
    (Cloud::AzureCloud, "Microsoft.Sql/servers", "sqlServer", "x.database.windows.net", "privatelink.database.windows.net", "x"),
    (Cloud::AzureCloud, "Microsoft.Sql/managedInstances", "managedInstance", "mi.abc123.database.windows.net", "privatelink.abc123.database.windows.net", "mi"),
    (Cloud::AzureCloud, "Microsoft.DocumentDB/databaseAccounts", "Sql", "acct-westus.documents.azure.com", "privatelink.documents.azure.com", "acct-westus"),
    (Cloud::AzureCloud, "Microsoft.DocumentDB/databaseAccounts", "SqlDedicated", "acct.sqlx.cosmos.azure.com", "privatelink.sqlx.cosmos.azure.com", "acct"),
    (Cloud::AzureCloud, "Microsoft.DBforPostgreSQL/serverGroupsv2", "coordinator", "c.cluster.postgres.cosmos.azure.com", "privatelink.postgres.cosmos.azure.com", "c.cluster"),
    (Cloud::AzureCloud, "Microsoft.Cache/redisEnterprise", "redisEnterprise", "cache.eastus.redisenterprise.cache.azure.net", "privatelink.redisenterprise.cache.azure.net", "cache.eastus"),
    (Cloud::AzureCloud, "Microsoft.Cache/redisEnterprise", "redisEnterprise", "cache.eastus.redis.azure.net", "privatelink.redis.azure.net", "cache.eastus"),
    (Cloud::AzureCloud, "Microsoft.Automation/automationAccounts", "Webhook", "guid.webhook.eus.azure-automation.net", "privatelink.azure-automation.net", "guid.webhook.eus"),
    (Cloud::AzureCloud, "Microsoft.App/managedEnvironments", "managedEnvironments", "*.env.eastus.azurecontainerapps.io", "privatelink.eastus.azurecontainerapps.io", "*.env"),
    (Cloud::AzureCloud, "Microsoft.App/managedEnvironments", "managedEnvironments", "env.eastus.azurecontainerapps.io", "privatelink.eastus.azurecontainerapps.io", "env"),
    (Cloud::AzureCloud, "Microsoft.Batch/batchAccounts", "batchAccount", "acct.eastus.batch.azure.com", "privatelink.batch.azure.com", "acct.eastus"),
    (Cloud::AzureCloud, "Microsoft.Batch/batchAccounts", "nodeManagement", "guid.eastus.service.batch.azure.com", "privatelink.batch.azure.com", "guid.eastus.service"),
    (Cloud::AzureCloud, "Microsoft.Kusto/clusters", "cluster", "cl.westeurope.kusto.windows.net", "privatelink.westeurope.kusto.windows.net", "cl"),
    (Cloud::AzureCloud, "Microsoft.Kusto/Clusters", "cluster", "ingest-cl.westeurope.kusto.windows.net", "privatelink.westeurope.kusto.windows.net", "ingest-cl"),
    (Cloud::AzureCloud, "Microsoft.Kusto/clusters", "cluster", "abc01.queue.core.windows.net", "privatelink.queue.core.windows.net", "abc01"),
    (Cloud::AzureCloud, "Microsoft.Synapse/workspaces", "SqlOnDemand", "ws-ondemand.sql.azuresynapse.net", "privatelink.sql.azuresynapse.net", "ws-ondemand"),
    (Cloud::AzureCloud, "Microsoft.Synapse/privateLinkHubs", "Web", "web.azuresynapse.net", "privatelink.azuresynapse.net", "web"),
    (Cloud::AzureCloud, "Microsoft.DesktopVirtualization/workspaces", "global", "rdweb.wvd.microsoft.com", "privatelink-global.wvd.microsoft.com", "rdweb"),
    (Cloud::AzureCloud, "Microsoft.DesktopVirtualization/workspaces", "feed", "guid.rdweb.wvd.microsoft.com", "privatelink.wvd.microsoft.com", "guid.rdweb"),
    (Cloud::AzureCloud, "Microsoft.DataFactory/factories", "portal", "adf.azure.com", "privatelink.adf.azure.com", "@"),
    (Cloud::AzureCloud, "Microsoft.DataFactory/factories", "dataFactory", "adf.northeurope.datafactory.azure.net", "privatelink.datafactory.azure.net", "adf.northeurope"),
    (Cloud::AzureCloud, "Microsoft.Authorization/resourceManagementPrivateLinks", "ResourceManagement", "management.azure.com", "privatelink.azure.com", "management"),
    (Cloud::AzureCloud, "Microsoft.Authorization/resourceManagementPrivateLinks", "ResourceManagement", "edge.management.azure.com", "privatelink.azure.com", "edge.management"),
    (Cloud::AzureCloud, "Microsoft.HealthcareApis/workspaces", "healthcareworkspace", "ws-d.dicom.azurehealthcareapis.com", "privatelink.dicom.azurehealthcareapis.com", "ws-d"),
    (Cloud::AzureCloud, "Microsoft.HealthcareApis/workspaces", "healthcareworkspace", "ws-f.fhir.azurehealthcareapis.com", "privatelink.azurehealthcareapis.com", "ws-f.fhir"),
    (Cloud::AzureCloud, "Microsoft.MachineLearningServices/workspaces", "amlworkspace", "g.workspace.eastus.cert.api.azureml.ms", "privatelink.api.azureml.ms", "g.workspace.eastus.cert"),
    (Cloud::AzureCloud, "Microsoft.MachineLearningServices/workspaces", "amlworkspace", "*.g.inference.eastus.api.azureml.ms", "privatelink.api.azureml.ms", "*.g.inference.eastus"),
    (Cloud::AzureCloud, "Microsoft.EventGrid/namespaces", "topicSpace", "ns.eastus-1.ts.eventgrid.azure.net", "privatelink.ts.eventgrid.azure.net", "ns.eastus-1"),
    (Cloud::AzureCloud, "Microsoft.Web/staticSites", "staticSites", "x-preview.centralus.2.azurestaticapps.net", "privatelink.2.azurestaticapps.net", "x-preview.centralus"),
    (Cloud::AzureCloud, "Microsoft.Web/staticSites", "staticSites", "x-preview.centralus.azurestaticapps.net", "privatelink.azurestaticapps.net", "x-preview.centralus"),
    (Cloud::AzureCloud, "Microsoft.Web/staticSites", "staticSites", "x.azurestaticapps.net", "privatelink.azurestaticapps.net", "x"),
    (Cloud::AzureCloud, "Microsoft.RecoveryServices/vaults", "AzureBackup", "v-ab-pod01-prot1.we.backup.windowsazure.com", "privatelink.we.backup.windowsazure.com", "v-ab-pod01-prot1"),
    (Cloud::AzureCloud, "Microsoft.RecoveryServices/vaults", "AzureBackup", "v-ab-pod01-prot1.privatelink.we.backup.windowsazure.com", "privatelink.we.backup.windowsazure.com", "v-ab-pod01-prot1"),
    (Cloud::AzureCloud, "Microsoft.RecoveryServices/vaults", "AzureSiteRecovery", "v-asr-pod01-tel1.eus.privatelink.siterecovery.windowsazure.com", "privatelink.siterecovery.windowsazure.com", "v-asr-pod01-tel1.eus"),
    (Cloud::AzureCloud, "Microsoft.Migrate/migrateProjects", "Default", "g-agent.cus.disc.privatelink.prod.migration.windowsazure.com", "privatelink.prod.migration.windowsazure.com", "g-agent.cus.disc"),
    (Cloud::AzureCloud, "Microsoft.OffAzure/masterSites", "anything", "g.cus.disc.prod.migration.windowsazure.com", "privatelink.prod.migration.windowsazure.com", "g.cus.disc"),
    (Cloud::AzureCloud, "Microsoft.Insights/privateLinkScopes", "azuremonitor", "x.eastus-1.handler.control.monitor.azure.com", "privatelink.monitor.azure.com", "x.eastus-1.handler.control"),
    (Cloud::AzureCloud, "Microsoft.Insights/privateLinkScopes", "azuremonitor", "api.privatelink.monitor.azure.com", "privatelink.monitor.azure.com", "api"),
    (Cloud::AzureCloud, "Microsoft.Insights/privateLinkScopes", "azuremonitor", "scadvisorcontentpl.blob.core.windows.net", "privatelink.blob.core.windows.net", "scadvisorcontentpl"),
    (Cloud::AzureCloud, "Microsoft.Monitor/accounts", "prometheusMetrics", "ws-x1.eastus.prometheus.monitor.azure.com", "privatelink.eastus.prometheus.monitor.azure.com", "ws-x1"),
    (Cloud::AzureCloud, "Microsoft.Purview/accounts", "portal", "web.purview.azure.com", "privatelink.purviewstudio.azure.com", "web"),
    (Cloud::AzureCloud, "Microsoft.Devices/IotHubs", "iotHub", "iothub-ns-h-1.servicebus.windows.net", "privatelink.servicebus.windows.net", "iothub-ns-h-1"),
    (Cloud::AzureCloud, "Microsoft.Databricks/workspaces", "browser_authentication", "westus.pl-auth.azuredatabricks.net", "privatelink.azuredatabricks.net", "westus.pl-auth"),
    (Cloud::AzureUSGovernment, "Microsoft.KeyVault/vaults", "vault", "x.vault.usgovcloudapi.net", "privatelink.vaultcore.usgovcloudapi.net", "x"),
    (Cloud::AzureUSGovernment, "Microsoft.ContainerRegistry/registries", "registry", "reg.usgovvirginia.data.azurecr.us", "privatelink.azurecr.us", "reg.usgovvirginia.data"),
    (Cloud::AzureUSGovernment, "Microsoft.Synapse/workspaces", "SqlOnDemand", "ws-ondemand.sql.azuresynapse.usgovcloudapi.net", "privatelink.sql.azuresynapse.usgovcloudapi.net", "ws-ondemand"),
    (Cloud::AzureUSGovernment, "Microsoft.Devices/IotHubs", "iotHub", "iothub-ns-h-1.servicebus.usgovcloudapi.net", "privatelink.servicebus.usgovcloudapi.net", "iothub-ns-h-1"),
    (Cloud::AzureUSGovernment, "Microsoft.CognitiveServices/accounts", "account", "x.openai.azure.us", "privatelink.openai.azure.us", "x"),
    (Cloud::AzureUSGovernment, "Microsoft.Search/searchServices", "searchService", "x.search.windows.us", "privatelink.search.windows.us", "x"),
    (Cloud::AzureUSGovernment, "Microsoft.RecoveryServices/vaults", "AzureBackup", "v.ugv.backup.windowsazure.us", "privatelink.ugv.backup.windowsazure.us", "v"),
    (Cloud::AzureUSGovernment, "Microsoft.RecoveryServices/vaults", "AzureBackup", "s.queue.core.usgovcloudapi.net", "privatelink.queue.core.usgovcloudapi.net", "s"),
    (Cloud::AzureUSGovernment, "Microsoft.DesktopVirtualization/workspaces", "global", "rdweb.wvd.azure.us", "privatelink-global.wvd.azure.us", "rdweb"),
    (Cloud::AzureUSGovernment, "Microsoft.HealthcareApis/workspaces", "healthcareworkspace", "ws.workspace.azurehealthcareapis.us", "privatelink.workspace.azurehealthcareapis.us", "ws"),
    (Cloud::AzureChinaCloud, "Microsoft.KeyVault/vaults", "vault", "X.Vault.Azure.CN.", "privatelink.vaultcore.azure.cn", "x"),
    (Cloud::AzureChinaCloud, "Microsoft.Web/sites", "sites", "app.scm.chinacloudsites.cn", "privatelink.chinacloudsites.cn", "app.scm"),
    (Cloud::AzureChinaCloud, "Microsoft.Kusto/clusters", "cluster", "cl.chinaeast2.kusto.windows.cn", "privatelink.chinaeast2.kusto.windows.cn", "cl"),
    (Cloud::AzureChinaCloud, "Microsoft.Storage/storageAccounts", "dfs_secondary", "acct-secondary.dfs.core.chinacloudapi.cn", "privatelink.dfs.core.chinacloudapi.cn", "acct-secondary"),
    (Cloud::AzureChinaCloud, "Microsoft.Web/sites", "sites-staging", "app-staging.chinacloudsites.cn", "privatelink.chinacloudsites.cn", "app-staging"),
];

#[test]
fn an_observed_name_leads_to_its_zone_and_record() {
    for (cloud, resource_type, group_id, fqdn, zone, record) in EXAMPLES {
        let found = observed_on(*cloud, resource_type, group_id, &[fqdn]);
        let [name] = found.names.as_slice() else { panic!("{fqdn}: {found:?}") };
        assert_eq!((name.zone.as_str(), name.record.as_str()), (*zone, *record), "{fqdn}");
        assert_eq!(name.fqdn, fqdn.trim_end_matches('.').to_ascii_lowercase());
        let alias = if *record == "@" { (*zone).to_owned() } else { format!("{record}.{zone}") };
        assert_eq!(name.alias, alias, "{fqdn}");
    }
}

#[test]
fn zones_of_earlier_editions_are_accepted_in_place() {
    let place = |zone: &str, record: &str| Placement {
        zone: zone.to_owned(),
        record: record.to_owned(),
        alias: format!("{record}.{zone}"),
    };
    for (cloud, resource_type, group_id, fqdn, expected) in [
        (
            Cloud::AzureCloud,
            "Microsoft.Batch/batchAccounts",
            "batchAccount",
            "acct.eastus.batch.azure.com",
            place("eastus.privatelink.batch.azure.com", "acct"),
        ),
        (
            Cloud::AzureCloud,
            "Microsoft.Batch/batchAccounts",
            "nodeManagement",
            "g.eastus.service.batch.azure.com",
            place("eastus.service.privatelink.batch.azure.com", "g"),
        ),
        (
            Cloud::AzureCloud,
            "Microsoft.StorageSync/storageSyncServices",
            "afs",
            "syncmanagement.westus2.afs.azure.net",
            place("westus2.privatelink.afs.azure.net", "syncmanagement"),
        ),
        (
            Cloud::AzureCloud,
            "Microsoft.RecoveryServices/vaults",
            "AzureSiteRecovery",
            "v-asr-pod01-tel1.eus.privatelink.siterecovery.windowsazure.com",
            place("eus.privatelink.siterecovery.windowsazure.com", "v-asr-pod01-tel1"),
        ),
        (
            Cloud::AzureCloud,
            "Microsoft.HealthcareApis/workspaces",
            "healthcareworkspace",
            "ws.workspace.azurehealthcareapis.com",
            place("privatelink.workspace.azurehealthcareapis.com", "ws"),
        ),
        (
            Cloud::AzureUSGovernment,
            "Microsoft.Devices/IotHubs",
            "iotHub",
            "ns.servicebus.usgovcloudapi.net",
            place("privatelink.servicebus.windows.us", "ns"),
        ),
    ] {
        let found = observed_on(cloud, resource_type, group_id, &[fqdn]);
        assert_eq!(found.names[0].alternatives, [expected], "{fqdn}");
    }
    // Another suffix is no alternative: nothing would ever ask for a name in it.
    let power_bi = ("Microsoft.PowerBI/privateLinkServicesForPowerBI", "tenant");
    let found = observed_on(Cloud::AzureCloud, power_bi.0, power_bi.1, &["x.prod.powerquery.microsoft.com"]);
    assert_eq!(found.names[0].alternatives, []);
}

#[test]
fn aks_may_use_either_zone_and_is_information_at_most() {
    let aks = "Microsoft.ContainerService/managedClusters";
    let fqdn = "c-1.0a0b-guid.privatelink.eastus.azmk8s.io";
    let found = observed_on(Cloud::AzureCloud, aks, "management", &[fqdn]);
    assert!(found.at_most_info);
    let name = &found.names[0];
    assert_eq!(name.zone, "0a0b-guid.privatelink.eastus.azmk8s.io");
    assert_eq!((name.record.as_str(), name.alias.as_str()), ("c-1", fqdn));
    assert_eq!(
        name.alternatives,
        [Placement {
            zone: "privatelink.eastus.azmk8s.io".to_owned(),
            record: "c-1.0a0b-guid".to_owned(),
            alias: fqdn.to_owned(),
        }]
    );
    let fqdn = "c-1.privatelink.eastus.azmk8s.io";
    let found = observed_on(Cloud::AzureCloud, aks, "management", &[fqdn]);
    let name = &found.names[0];
    assert_eq!((name.zone.as_str(), name.record.as_str()), ("privatelink.eastus.azmk8s.io", "c-1"));
    assert_eq!(name.alternatives, []);
    let vault = observed_on(Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", &["x.vault.azure.net"]);
    assert!(!vault.at_most_info);
}

#[test]
fn only_the_zones_that_fqdns_lead_to_are_needed() {
    // A row of five zones, of which two show.
    let given = ["Api.Monitor.Azure.com", "w.ods.opinsights.azure.com.", "dc.services.visualstudio.com"];
    let found =
        observed_on(Cloud::AzureCloud, "Microsoft.Insights/privateLinkScopes", "azuremonitor", &given);
    let zones: Vec<&str> = found.names.iter().map(|name| name.zone.as_str()).collect();
    assert_eq!(zones, ["privatelink.monitor.azure.com", "privatelink.ods.opinsights.azure.com"]);
    assert_eq!(found.zoneless, ["dc.services.visualstudio.com"]);
    assert_eq!(found.unmapped, [""; 0]);
}

#[test]
fn a_name_of_no_row_is_kept_as_unmapped() {
    let given = [
        "acct.blob.core.windows.net",
        "acct.queue.core.windows.net",      // another group's
        "acct.blob.core.usgovcloudapi.net", // another cloud's
        "notblob.core.windows.net",
        "acct.privatelink.web.blob.core.windows.net",
        "..",
        "",
        "ACCT.blob.core.windows.net.", // the first again
        "..",
    ];
    let found = observed_on(Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "blob", &given);
    assert_eq!(fqdns(&found.names), ["acct.blob.core.windows.net"]);
    assert_eq!(found.unmapped, given[1..7]);
    // A managed instance's name without its prefix belongs to a server.
    let sql = "Microsoft.Sql/managedInstances";
    let found = observed_on(Cloud::AzureCloud, sql, "managedInstance", &["x.database.windows.net"]);
    assert_eq!(found.unmapped, ["x.database.windows.net"]);
}

#[test]
fn what_is_inferred_says_so() {
    let certainty = |cloud, resource_type, group_id, fqdn| {
        observed_on(cloud, resource_type, group_id, &[fqdn]).names[0].certainty
    };
    let health = ("Microsoft.HealthcareApis/services", "x.azurehealthcareapis.com");
    assert_eq!(certainty(Cloud::AzureCloud, health.0, "fhir", health.1), Certainty::Low);
    let ai = "Microsoft.CognitiveServices/accounts";
    let gov = Cloud::AzureUSGovernment;
    assert_eq!(certainty(gov, ai, "account", "x.openai.azure.us"), Certainty::Medium);
    assert_eq!(certainty(gov, ai, "account", "x.cognitiveservices.azure.us"), Certainty::High);
}

// ── No name observed ──

#[test]
fn without_fqdns_the_row_speaks() {
    let storage = "Microsoft.Storage/storageAccounts";
    let found = unobserved_on(Cloud::AzureCloud, storage, "blob", "Acct");
    assert_eq!((found.selection, found.certainty), (Selection::Single, Certainty::High));
    assert_eq!(texts(&found.zones), ["privatelink.blob.core.windows.net"]);
    assert_eq!(fqdns(&found.names), ["acct.blob.core.windows.net"]);
    assert_eq!(found.names[0].alias, "acct.privatelink.blob.core.windows.net");
    let found = unobserved_on(Cloud::AzureCloud, storage, "blob_secondary", "acct");
    assert_eq!(fqdns(&found.names), ["acct-secondary.blob.core.windows.net"]);
    // The zone number of a static website cannot be known.
    assert_eq!(unobserved_on(Cloud::AzureCloud, storage, "web", "acct").names, []);

    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", "kv");
    assert_eq!(fqdns(&found.names), ["kv.vault.azure.net"]);
    assert_eq!(found.names[0].record, "kv");

    let aml = "Microsoft.MachineLearningServices/workspaces";
    let found = unobserved_on(Cloud::AzureCloud, aml, "amlworkspace", "ws");
    assert_eq!(found.selection, Selection::All);
    assert_eq!(texts(&found.zones), ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]);
    assert_eq!(found.names, []);
}

#[test]
fn without_fqdns_open_zones_are_patterns() {
    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.Kusto/clusters", "cluster", "cl");
    assert_eq!(found.selection, Selection::ByFqdn);
    let open: Vec<_> = found.zones.iter().filter(|zone| zone.concrete().is_none()).collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].matches("privatelink.westeurope.kusto.windows.net"));
    assert!(!open[0].matches("privatelink.kusto.windows.net"));

    let aks = "Microsoft.ContainerService/managedClusters";
    let found = unobserved_on(Cloud::AzureCloud, aks, "management", "c");
    assert_eq!(found.selection, Selection::Either);
    assert!(found.at_most_info);
    assert!(found.zones.iter().any(|zone| zone.matches("guid.privatelink.eastus.azmk8s.io")));

    // Two services under one type and group: either may be meant.
    let redis = "Microsoft.Cache/redisEnterprise";
    let found = unobserved_on(Cloud::AzureCloud, redis, "redisEnterprise", "c");
    assert_eq!(found.selection, Selection::ByFqdn);
    let expected = ["privatelink.redisenterprise.cache.azure.net", "privatelink.redis.azure.net"];
    assert_eq!(texts(&found.zones), expected);

    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.Batch/batchAccounts", "batchAccount", "b");
    assert_eq!(found.selection, Selection::Single);
    assert_eq!(texts(&found.zones), ["privatelink.batch.azure.com"]);
    assert_eq!(texts(&found.legacy_zones), ["{regionName}.privatelink.batch.azure.com"]);
}

#[test]
fn a_slot_has_its_own_names() {
    let staging = ["app-staging.azurewebsites.net", "app-staging.scm.azurewebsites.net"];
    let production = ["app.azurewebsites.net", "app.scm.azurewebsites.net"];
    for (resource_type, group_id, target, expected) in [
        ("Microsoft.Web/sites", "sites", "app", production),
        ("Microsoft.Web/sites", "sites-staging", "app", staging),
        ("Microsoft.Web/sites", "sites-Staging", "App/slots/Staging", staging),
        ("Microsoft.Web/sites/slots", "sites", "app/slots/staging", staging),
    ] {
        let found = unobserved_on(Cloud::AzureCloud, resource_type, group_id, target);
        assert_eq!(fqdns(&found.names), expected, "{resource_type} {group_id} {target}");
    }
    // The slot is known, but the row knows no slots: better no name than the production app's.
    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.Web/sites", "sites", "app/slots/staging");
    assert_eq!(found.names, []);
}

#[test]
fn a_target_name_that_is_no_label_gives_no_names() {
    for odd in ["", "a.b", "a b", "ä", "*", "{slot}", "/", "a/slots/"] {
        let found = unobserved_on(Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", odd);
        assert_eq!(found.names, [], "{odd}");
    }
}

// ── Targets ──

#[test]
fn some_targets_have_no_zone_and_some_are_not_known() {
    let table = table(Cloud::AzureCloud);
    let of = |id: &str, group: &str| table.needs_of(&ResourceId::new(id), group, &["a.b.c"]);
    let id = |rest: &str| format!("/subscriptions/s/resourceGroups/g/providers/{rest}");
    assert_eq!(of(&id("microsoft.network/PRIVATELINKSERVICES/p"), ""), Needs::NoZone);
    assert_eq!(of(&id("Microsoft.Network/applicationGateways/a"), "frontend"), Needs::NoZone);
    assert_eq!(of("name.guid.westus2.azure.privatelinkservice", ""), Needs::NoZone);
    assert_eq!(of("Name.Guid.WestUS2.Azure.PrivateLinkService", ""), Needs::NoZone);
    assert_eq!(of(".privatelinkservice", ""), Needs::UnknownTarget);
    assert_eq!(of("", ""), Needs::UnknownTarget);
    assert_eq!(of(&id("Microsoft.Contoso/things/t"), "thing"), Needs::UnknownTarget);
    assert_eq!(of(&id("Microsoft.KeyVault/vaults/v"), "blob"), Needs::UnknownTarget);
    assert_eq!(of(&id("Microsoft.Web/sites/a"), "site"), Needs::UnknownTarget);
    assert!(matches!(of(&id("Microsoft.KeyVault/vaults/v"), "VAULT"), Needs::Observed(_)));
}

#[test]
fn an_arm_id_gives_the_names_of_target_and_slot() {
    let table = table(Cloud::AzureCloud);
    for (id, group_id, expected) in [
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/Kv",
            "vault",
            "kv.vault.azure.net",
        ),
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app/slots/blue",
            "sites",
            "app-blue.azurewebsites.net",
        ),
    ] {
        let needs = table.needs_of(&ResourceId::new(id), group_id, &[]);
        assert!(
            matches!(&needs, Needs::Unobserved(found) if fqdns(&found.names).contains(&expected)),
            "{needs:?}"
        );
    }
}

// ── Zones by name ──

#[test]
fn zones_that_can_matter() {
    let table = table(Cloud::AzureCloud);
    for zone in [
        "privatelink.blob.core.windows.net",
        "PrivateLink.Blob.Core.Windows.Net.",
        "privatelink-global.wvd.microsoft.com",
        "guid.privatelink.eastus.azmk8s.io",
        "privatelink.contoso.com",
        "privatelink.blob.core.usgovcloudapi.net",
        "blob.core.windows.net",
        "acct.blob.core.windows.net",
        "core.windows.net",
        "windows.net",
        "vault.azure.net",
        "kusto.windows.net",
        "westeurope.kusto.windows.net",
        "azurewebsites.net",
        "management.azure.com",
    ] {
        assert!(table.is_private_link_zone(zone), "{zone}");
    }
    for zone in [
        "contoso.com",
        "corp.contoso.windows",
        "xwindows.net",
        "myprivatelink.contoso.com",
        "net",
        "com",
        "",
        ".",
        "10.in-addr.arpa",
        "blob.core.chinacloudapi.cn",
    ] {
        assert!(!table.is_private_link_zone(zone), "{zone}");
    }
}

#[test]
fn zones_not_to_create() {
    let public = table(Cloud::AzureCloud);
    assert!(public.is_zone_not_to_create("SCM.privatelink.azurewebsites.net"));
    assert!(public.is_zone_not_to_create("westeurope.data.privatelink.azurecr.io"));
    assert!(!public.is_zone_not_to_create("privatelink.azurecr.io"));
    assert!(!public.is_zone_not_to_create("scm.privatelink.azurewebsites.us"));
    assert!(table(Cloud::AzureUSGovernment).is_zone_not_to_create("scm.privatelink.azurewebsites.us"));
}

#[test]
fn region_codes() {
    let table = table(Cloud::AzureCloud);
    assert_eq!(table.region_code("EastUS"), Some("eus"));
    assert_eq!(table.region_code("atlantis"), None);
}

// ── Faults in a table ──

fn fault(row: &str) -> String {
    let text = format!(
        "without_zone = []\n[AzureUSGovernment]\n[AzureChinaCloud]\n[region_codes]\n\
         [[AzureCloud.{row}\nservice = \"s\"\ntype = \"T/t\"\n"
    );
    // The row's own lines come first: TOML does not mind the order of keys.
    ZoneTable::parse(&text, Cloud::AzureCloud).unwrap_err().to_string()
}

#[test]
fn a_faulty_table_says_which_row_and_why() {
    for (row, expected) in [
        (
            "documented]]\ngroups = [\"g\"]\nzones.\"privatelink.{regionName}.x\" = [\"x\"]",
            "does not bind every",
        ),
        (
            "documented]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x\"]\nzones.\"b\" = [\"X\"]",
            "leads to two zones",
        ),
        ("documented]]\ngroups = [\"g\"]\nzones.\"a\" = []", "has no zone"),
        ("documented]]\ngroups = [\"g\"]\nzones = {}", "has no zone"),
        ("documented]]\ngroups = []\nzones.\"a\" = [\"x\"]", "exactly one of groups"),
        ("documented]]\ngroups = [\"g\"]\nany_group = true\nzones.\"a\" = [\"x\"]", "exactly one of groups"),
        ("documented]]\nzones.\"a\" = [\"x\"]", "exactly one of groups"),
        ("documented]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x..y\"]", "has an empty label"),
        ("documented]]\ngroups = [\"g\"]\nlegacy = true\nzones.\"a\" = [\"x\"]", "is not legacy"),
        (
            "documented]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x\"]\nderived = [\"{target}.y\"]",
            "does not lead to",
        ),
        (
            "documented]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x\"]\nderived = [\"{name}.x\"]",
            "does not lead to",
        ),
        ("supplementary]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x\"]", "states its confidence"),
    ] {
        let message = fault(row);
        assert!(message.starts_with("zone table, AzureCloud, `T/t`: "), "{message}");
        assert!(message.contains(expected), "{row}: {message}");
    }
    for row in [
        "documented]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x\"]\nselekt = \"all\"",
        "documented]]\ngroups = [\"g\"]\nzones.\"a\" = [\"x\"]\nselect = \"some\"",
    ] {
        assert!(fault(row).starts_with("the zone table is not valid TOML"), "{row}");
    }
}

// ── Anything at all ──

fn any_name() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        "[a-zA-Z0-9*_-]{0,6}",
        Just("privatelink".to_owned()),
        Just("eastus".to_owned()),
        Just("blob".to_owned()),
        Just("azmk8s".to_owned()),
        Just("net".to_owned()),
        ".{0,4}",
    ];
    let suffix = prop_oneof![
        Just(""),
        Just(".blob.core.windows.net"),
        Just(".privatelink.eastus.azmk8s.io"),
        Just(".batch.azure.com"),
        Just(".azurestaticapps.net"),
        Just(".Vault.Azure.Net."),
    ];
    (prop::collection::vec(label, 0..5), suffix).prop_map(|(labels, suffix)| labels.join(".") + suffix)
}

fn any_target() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        Just(("Microsoft.Storage/storageAccounts".to_owned(), "blob".to_owned())),
        Just(("Microsoft.ContainerService/managedClusters".to_owned(), "management".to_owned())),
        Just(("Microsoft.Batch/batchAccounts".to_owned(), "batchAccount".to_owned())),
        Just(("Microsoft.Web/staticSites".to_owned(), "staticSites".to_owned())),
        Just(("Microsoft.KeyVault/vaults".to_owned(), "vault".to_owned())),
        Just(("Microsoft.Web/sites".to_owned(), "sites-é".to_owned())),
        (any::<String>(), any::<String>()),
    ]
}

proptest! {
    #[test]
    fn nothing_is_dropped_and_nothing_panics(
        (resource_type, group_id) in any_target(),
        target_name in any::<String>(),
        given in prop::collection::vec(any_name(), 0..6),
    ) {
        let table = table(Cloud::AzureCloud);
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        for name in &given {
            table.is_private_link_zone(name);
            table.is_zone_not_to_create(name);
        }
        let of_no_id = table.needs_of(&ResourceId::new(&target_name), &group_id, &given);
        prop_assert!(matches!(of_no_id, Needs::NoZone | Needs::UnknownTarget));
        let needs = table.needs(&resource_type, &group_id, &target_name, &given);
        if let Needs::Observed(found) = &needs {
            let distinct: HashSet<String> =
                given.iter().map(|name| normal(name).unwrap_or_else(|| (*name).to_owned())).collect();
            prop_assert_eq!(found.names.len() + found.zoneless.len() + found.unmapped.len(), distinct.len());
            for name in &found.names {
                let open = name.zone.contains(|c: char| c == '{' || c == '}');
                prop_assert!(!open, "a placeholder was left in {}", name.zone);
                let own = Placement {
                    zone: name.zone.clone(),
                    record: name.record.clone(),
                    alias: name.alias.clone(),
                };
                for place in name.alternatives.iter().chain([&own]) {
                    let whole = match place.record.as_str() {
                        "@" => place.zone.clone(),
                        record => format!("{record}.{}", place.zone),
                    };
                    prop_assert_eq!(&place.alias, &whole);
                }
            }
        }
    }
}

#[test]
fn tmp_time() {
    let t = table(Cloud::AzureCloud);
    let n = 100_000;
    for (ty, g, f) in [
        ("Microsoft.Storage/storageAccounts", "blob", vec!["acct.blob.core.windows.net"]),
        (
            "Microsoft.ContainerService/managedClusters",
            "management",
            vec!["c-1.0a0b-guid.privatelink.eastus.azmk8s.io"],
        ),
        (
            "Microsoft.Insights/privateLinkScopes",
            "azuremonitor",
            vec![
                "a.monitor.azure.com",
                "b.oms.opinsights.azure.com",
                "c.ods.opinsights.azure.com",
                "d.agentsvc.azure-automation.net",
                "e.blob.core.windows.net",
            ],
        ),
        ("Microsoft.Storage/storageAccounts", "blob", vec![]),
    ] {
        let s = std::time::Instant::now();
        for _ in 0..n {
            std::hint::black_box(t.needs(ty, g, "acct", &f));
        }
        eprintln!("{ty} {:?} each", s.elapsed() / n);
        let s = std::time::Instant::now();
        for _ in 0..n / 100 {
            std::hint::black_box(t.is_private_link_zone("corp.contoso.com"));
        }
        eprintln!("zone {:?} each", s.elapsed() / (n / 100));
    }
    let s = std::time::Instant::now();
    std::hint::black_box(ZoneTable::embedded(Cloud::AzureCloud).unwrap());
    eprintln!("parse {:?}", s.elapsed());
}
