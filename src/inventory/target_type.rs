//! The types of resources that endpoints lead to and that can be asked, each with the api-versions to ask with.
//! Plain data; sends nothing.

use super::ResourceId;

/// One type of target. What is in no row is not asked: a wrong api-version answers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetType {
    /// As `Microsoft.Storage/storageAccounts`.
    pub name: &'static str,
    /// For its private endpoint connections and private link resources.
    pub api_version: &'static str,
    /// For the resource itself.
    pub own_version: &'static str,
    /// Whether its connections have a list; otherwise they stand in its own body.
    pub lists_connections: bool,
}

impl TargetType {
    /// The row of the type an id names.
    pub fn of(id: &ResourceId) -> Option<&'static TargetType> {
        let wanted = id.resource_type()?.to_ascii_lowercase();
        let lower = |byte: u8| byte.to_ascii_lowercase();
        let found = TYPES.binary_search_by(|row| row.name.bytes().map(lower).cmp(wanted.bytes()));
        TYPES.get(found.ok()?)
    }

    const fn itself_at(self, own_version: &'static str) -> TargetType {
        TargetType { own_version, ..self }
    }
}

const fn listed(name: &'static str, api_version: &'static str) -> TargetType {
    TargetType { name, api_version, own_version: api_version, lists_connections: true }
}

const fn embedded(name: &'static str, api_version: &'static str) -> TargetType {
    TargetType { lists_connections: false, ..listed(name, api_version) }
}

/// Sorted by name without regard to case. The versions are those that `az network private-endpoint-connection`
/// and `az network private-link-resource` ask with (Azure docs: their reference lists the types).
#[rustfmt::skip]
const TYPES: [TargetType; 66] = [
    listed("Microsoft.AgFoodPlatform/farmBeats", "2021-09-01-preview"),
    listed("Microsoft.ApiManagement/service", "2021-08-01"),
    listed("Microsoft.App/managedEnvironments", "2024-02-02-preview"),
    listed("Microsoft.AppConfiguration/configurationStores", "2020-06-01"),
    listed("Microsoft.Authorization/resourceManagementPrivateLinks", "2020-05-01"),
    listed("Microsoft.Automation/automationAccounts", "2020-01-13-preview"),
    listed("Microsoft.Batch/batchAccounts", "2023-11-01"),
    listed("Microsoft.BotService/botServices", "2021-03-01"),
    listed("Microsoft.Cache/Redis", "2021-06-01"),
    listed("Microsoft.CognitiveServices/accounts", "2022-03-01"),
    listed("Microsoft.Compute/diskAccesses", "2023-04-02"),
    listed("Microsoft.ContainerRegistry/registries", "2019-12-01-preview"),
    listed("Microsoft.Dashboard/grafana", "2022-05-01-preview"),
    listed("Microsoft.Databricks/workspaces", "2021-04-01-preview"),
    listed("Microsoft.DataFactory/factories", "2018-06-01"),
    embedded("Microsoft.DBforMariaDB/servers", "2018-06-01"),
    embedded("Microsoft.DBforMySQL/flexibleServers", "2022-09-30-privatepreview"),
    embedded("Microsoft.DBforMySQL/servers", "2018-06-01").itself_at("2017-12-01-preview"),
    embedded("Microsoft.DBforPostgreSQL/flexibleServers", "2023-06-01-preview"),
    listed("Microsoft.DBforPostgreSQL/serverGroupsv2", "2022-11-08"),
    embedded("Microsoft.DBforPostgreSQL/servers", "2018-06-01").itself_at("2017-12-01-preview"),
    listed("Microsoft.DesktopVirtualization/hostpools", "2022-10-14-preview"),
    listed("Microsoft.DesktopVirtualization/workspaces", "2022-10-14-preview"),
    listed("Microsoft.Devices/IotHubs", "2020-03-01"),
    listed("Microsoft.DeviceUpdate/accounts", "2023-07-01"),
    listed("Microsoft.DigitalTwins/digitalTwinsInstances", "2020-12-01"),
    embedded("Microsoft.DocumentDB/databaseAccounts", "2019-08-01-preview").itself_at("2020-03-01"),
    listed("Microsoft.DocumentDB/mongoClusters", "2023-03-01-preview"),
    listed("Microsoft.ElasticSan/elasticSans", "2022-12-01-preview"),
    listed("Microsoft.EventGrid/domains", "2020-04-01-preview"),
    listed("Microsoft.EventGrid/namespaces", "2023-06-01-preview"),
    listed("Microsoft.EventGrid/partnerNamespaces", "2021-06-01-preview"),
    listed("Microsoft.EventGrid/topics", "2020-04-01-preview"),
    listed("Microsoft.EventHub/namespaces", "2021-06-01-preview"),
    listed("Microsoft.FluidRelay/fluidRelayServers", "2025-03-10-preview"),
    listed("Microsoft.HardwareSecurityModules/cloudHsmClusters", "2022-08-31-preview"),
    listed("Microsoft.HDInsight/clusters", "2018-06-01-preview"),
    listed("Microsoft.HealthcareApis/services", "2020-03-30"),
    listed("Microsoft.HealthDataAiservices/deidservices", "2024-09-20"),
    listed("Microsoft.HybridCompute/privateLinkScopes", "2021-05-20"),
    listed("microsoft.insights/privateLinkScopes", "2019-10-17-preview"),
    listed("Microsoft.KeyVault/managedHSMs", "2021-04-01-preview"),
    embedded("Microsoft.Keyvault/vaults", "2019-09-01"),
    listed("Microsoft.KubernetesConfiguration/privateLinkScopes", "2022-04-02-preview"),
    listed("Microsoft.Kusto/clusters", "2021-08-27"),
    listed("Microsoft.MachineLearningServices/registries", "2022-10-01-preview"),
    listed("Microsoft.MachineLearningServices/workspaces", "2021-01-01"),
    listed("Microsoft.Media/mediaservices", "2021-06-01"),
    listed("Microsoft.Monitor/accounts", "2021-06-03-preview"),
    listed("Microsoft.Network/applicationGateways", "2023-09-01"),
    listed("Microsoft.Network/privateLinkServices", "2021-05-01"),
    listed("Microsoft.OpenEnergyPlatform/energyServices", "2022-04-04-preview"),
    embedded("Microsoft.PowerBI/privateLinkServicesForPowerBI", "2020-06-01"),
    listed("Microsoft.Purview/accounts", "2021-07-01"),
    listed("Microsoft.RecoveryServices/vaults", "2021-07-01"),
    listed("Microsoft.Search/searchServices", "2020-08-01"),
    listed("Microsoft.ServiceBus/namespaces", "2021-06-01-preview"),
    embedded("Microsoft.SignalRService/signalr", "2020-05-01"),
    embedded("Microsoft.SignalRService/WebPubSub", "2021-09-01-preview"),
    listed("Microsoft.Sql/servers", "2018-06-01-preview"),
    listed("Microsoft.Storage/storageAccounts", "2019-06-01"),
    listed("Microsoft.StorageSync/storageSyncServices", "2020-03-01"),
    listed("Microsoft.Synapse/workspaces", "2019-06-01-preview"),
    listed("Microsoft.VideoIndexer/accounts", "2025-04-01"),
    listed("Microsoft.Web/hostingEnvironments", "2020-10-01"),
    embedded("Microsoft.Web/sites", "2019-08-01"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str) -> Option<&'static TargetType> {
        TargetType::of(&ResourceId::new(&format!("/subscriptions/s/resourceGroups/g/providers/{kind}")))
    }

    #[test]
    fn every_row_is_found_in_any_casing() {
        for row in &TYPES {
            assert_eq!(of(&format!("{}/x", row.name)), Some(row), "the table is not sorted");
            assert_eq!(of(&format!("{}/x", row.name.to_uppercase())), Some(row));
        }
    }

    #[test]
    fn what_is_no_target_or_unknown_has_no_row() {
        for other in [
            "Microsoft.Contoso/things/x",
            "Microsoft.Storage/storageAccounts",
            "Microsoft.Storage/storageAccounts/x/blobServices/default",
            "Microsoft.Web/sites/x/slots/y",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        let alias = "service.3f2504e0-4f89-11d3-9a0c-0305e82c3301.westeurope.azure.privatelinkservice";
        assert_eq!(TargetType::of(&ResourceId::new(alias)), None);
    }

    #[test]
    fn versions_look_like_versions() {
        for row in &TYPES {
            for version in [row.api_version, row.own_version] {
                let date = version.get(..10).unwrap();
                let rest = version.get(10..).unwrap();
                assert!(date.bytes().all(|b| b.is_ascii_digit() || b == b'-'), "{version}");
                assert!(["", "-preview", "-privatepreview"].contains(&rest), "{version}");
            }
        }
    }

    #[test]
    fn a_resource_may_have_a_version_of_its_own() {
        let cosmos = of("Microsoft.DocumentDB/databaseAccounts/x").unwrap();
        assert_eq!((cosmos.own_version, cosmos.lists_connections), ("2020-03-01", false));
        let storage = of("Microsoft.Storage/storageAccounts/x").unwrap();
        assert_eq!((storage.own_version, storage.lists_connections), ("2019-06-01", true));
    }
}
