use super::*;

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
        "a..b",
        "",
        "ACCT.blob.core.windows.net.", // the first again
        "..",
    ];
    let found = observed_on(Cloud::AzureCloud, "Microsoft.Storage/storageAccounts", "blob", &given);
    assert_eq!(fqdns(&found.names), ["acct.blob.core.windows.net"]);
    assert_eq!(found.unmapped, given[1..7]);
    // A host may be called privatelink; a name in a zone that the row does not know is not judged.
    let vault = "Microsoft.KeyVault/vaults";
    let given =
        ["privatelink.vault.azure.net", "privatelink-a.vault.azure.net", "a.privatelink.vault.azure.net"];
    let found = observed_on(Cloud::AzureCloud, vault, "vault", &given);
    assert_eq!(
        found.names.iter().map(|n| n.record.as_str()).collect::<Vec<_>>(),
        ["privatelink", "privatelink-a"]
    );
    assert_eq!(found.unmapped, given[2..]);
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
