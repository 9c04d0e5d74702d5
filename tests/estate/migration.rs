//! Azure Migrate and ExpressRoute, as ARM sends them.

use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use super::{Estate, Service};

impl Estate {
    /// The id of any resource in the current place: `Microsoft.KeyVault/vaults`, `kv`.
    pub fn id_of(&self, full: &str, name: &str) -> ResourceId {
        let (subscription, group) = (&self.current.subscription, &self.current.group);
        ResourceId::new(&format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{full}/{name}"
        ))
    }

    /// A project or site, as the list over all types tells it: without properties.
    pub fn migration_resource(&mut self, full: &str, name: &str) -> ResourceId {
        let id = self.id_of(full, name);
        self.put(json!({"id": id.as_str(), "name": name, "type": full, "location": self.current.location}))
    }

    /// A project of Azure Migrate.
    pub fn migrate_project(&mut self, name: &str) -> ResourceId {
        self.migration_resource("Microsoft.Migrate/migrateProjects", name)
    }

    /// A storage account of kind `StorageV2` that is open to services that Azure trusts, with more said of it.
    pub fn account(&mut self, name: &str, properties: Value) -> ResourceId {
        let id = self.id_of("Microsoft.Storage/storageAccounts", name);
        let mut own = json!({"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
            "networkAcls": {"defaultAction": "Allow", "bypass": "AzureServices"}});
        for (field, value) in properties.as_object().unwrap() {
            own[field] = value.clone();
        }
        let full = "Microsoft.Storage/storageAccounts";
        let location = self.current.location.clone();
        self.put(json!({"id": id.as_str(), "name": name, "type": full, "kind": "StorageV2",
            "location": location, "properties": own}))
    }

    /// A key vault with access policies: object id, and permissions by kind.
    pub fn vault(&mut self, name: &str, policies: &[(&str, Value)]) -> ResourceId {
        let id = self.id_of("Microsoft.KeyVault/vaults", name);
        let policies: Vec<Value> = policies
            .iter()
            .map(|(object, permissions)| json!({"objectId": object, "permissions": permissions}))
            .collect();
        self.put(json!({"id": id.as_str(), "name": name, "type": "Microsoft.KeyVault/vaults",
            "location": self.current.location, "properties": {"accessPolicies": policies}}))
    }

    /// A role that somebody has at a scope.
    pub fn role(&mut self, scope: &str, definition: &str) -> ResourceId {
        let name = super::shapes::guid(&format!("{scope} {definition}"));
        let id = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{name}",
            scope.trim_end_matches('/')
        );
        let definition = format!("/providers/Microsoft.Authorization/roleDefinitions/{definition}");
        self.put(json!({"id": id, "name": name, "type": "Microsoft.Authorization/roleAssignments",
            "properties": {"roleDefinitionId": definition, "principalId": "x", "scope": scope}}))
    }

    /// A circuit that is up, with these peerings.
    pub fn circuit(&mut self, name: &str, peerings: Value) -> ResourceId {
        let properties = json!({"provisioningState": "Succeeded", "circuitProvisioningState": "Enabled",
            "serviceProviderProvisioningState": "Provisioned", "peerings": peerings});
        self.add("expressRouteCircuits", name, properties)
    }

    /// A service or region as the list of communities tells it, which lies in no subscription.
    pub fn service_communities(&mut self, name: &str, properties: Value) -> ResourceId {
        let id = format!(
            "/subscriptions//resourceGroups//providers/Microsoft.Network/bgpServiceCommunities/{name}"
        );
        self.put(json!({"id": id, "name": name, "type": "Microsoft.Network/bgpServiceCommunities",
            "properties": properties}))
    }

    /// A route filter that allows these communities.
    pub fn route_filter(&mut self, name: &str, communities: &[&str]) -> ResourceId {
        let rule = json!({"name": "allowed", "properties": {"access": "Allow",
            "routeFilterRuleType": "Community", "communities": communities}});
        self.add("routeFilters", name, json!({"provisioningState": "Succeeded", "rules": [rule]}))
    }
}

/// What leads to a project, an assessment project or a site: a name that lies in the private zone already.
pub fn migration(target: &ResourceId) -> Service {
    let zone = "privatelink.prod.migration.windowsazure.com";
    let record = format!("{}-agent.cus.hub", target.name());
    let fqdn = format!("{record}.{zone}");
    Service::new("", "", "Default").member("Default", &[(&fqdn, zone, &record)]).at(target.as_str())
}
