//! What an endpoint can lead to: targets, group ids, names, and the record that each name should have.

/// One name of a target and where its record belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The public name, as on the network interface.
    pub fqdn: String,
    /// The private DNS zone that should hold it.
    pub zone: String,
    /// The record's name, relative to the zone.
    pub record: String,
}

/// One required member: it gets one address, which serves its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub names: Vec<Name>,
}

/// A target behind an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub target: Target,
    pub group_ids: Vec<String>,
    pub members: Vec<Member>,
}

/// What the connection names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A resource in the current subscription and group, as `Microsoft.Storage/storageAccounts` and its name.
    Resource { kind: String, name: String },
    /// A whole ARM id, wherever it is.
    Id(String),
    /// A private link service's alias: no ARM id at all.
    Alias(String),
}

impl Service {
    /// A target of any type with one group id and no names yet.
    pub fn new(kind: &str, name: &str, group_id: &str) -> Self {
        Service {
            target: Target::Resource { kind: kind.into(), name: name.into() },
            group_ids: vec![group_id.into()],
            members: Vec::new(),
        }
    }

    /// Adds a member with its names, each as (FQDN, zone, record).
    pub fn member(mut self, name: &str, names: &[(&str, &str, &str)]) -> Self {
        let names = names.iter().map(|(fqdn, zone, record)| Name {
            fqdn: fqdn.to_string(),
            zone: zone.to_string(),
            record: record.to_string(),
        });
        self.members.push(Member { name: name.into(), names: names.collect() });
        self
    }

    /// Leads to a resource elsewhere instead.
    pub fn at(mut self, id: &str) -> Self {
        self.target = Target::Id(id.into());
        self
    }

    /// Every name, member by member.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.members.iter().flat_map(|member| &member.names)
    }

    /// One name `{name}.{suffix}` in the zone `privatelink.{suffix}`.
    fn plain(kind: &str, name: &str, group_id: &str, suffix: &str) -> Self {
        let (fqdn, zone) = (format!("{name}.{suffix}"), format!("privatelink.{suffix}"));
        Service::new(kind, name, group_id).member(group_id, &[(&fqdn, &zone, name)])
    }
}

/// A storage account by one of its services: `blob`, `file`, `queue`, `table`, `dfs`, `web`.
pub fn storage(account: &str, group_id: &str) -> Service {
    Service::plain(
        "Microsoft.Storage/storageAccounts",
        account,
        group_id,
        &format!("{group_id}.core.windows.net"),
    )
}

/// A key vault: its public name and its zone differ.
pub fn key_vault(name: &str) -> Service {
    let fqdn = format!("{name}.vault.azure.net");
    Service::new("Microsoft.KeyVault/vaults", name, "vault")
        .member("default", &[(&fqdn, "privatelink.vaultcore.azure.net", name)])
}

pub fn sql_server(name: &str) -> Service {
    Service::plain("Microsoft.Sql/servers", name, "sqlServer", "database.windows.net")
}

/// A registry: the data endpoint and the registry, an address each.
pub fn registry(name: &str, region: &str) -> Service {
    let zone = "privatelink.azurecr.io";
    let (data, record) = (format!("{name}.{region}.data.azurecr.io"), format!("{name}.{region}.data"));
    let login = format!("{name}.azurecr.io");
    Service::new("Microsoft.ContainerRegistry/registries", name, "registry")
        .member(&format!("registry_data_{region}"), &[(&data, zone, &record)])
        .member("registry", &[(&login, zone, name)])
}

/// A web app: two names on one address.
pub fn web_app(name: &str) -> Service {
    let zone = "privatelink.azurewebsites.net";
    let (site, scm) = (format!("{name}.azurewebsites.net"), format!("{name}.scm.azurewebsites.net"));
    let record = format!("{name}.scm");
    Service::new("Microsoft.Web/sites", name, "sites")
        .member("sites", &[(&site, zone, name), (&scm, zone, &record)])
}

/// A Cosmos DB account: the global name and the region's, an address each.
pub fn cosmos(name: &str, region: &str) -> Service {
    let zone = "privatelink.documents.azure.com";
    let (global, regional) =
        (format!("{name}.documents.azure.com"), format!("{name}-{region}.documents.azure.com"));
    let record = format!("{name}-{region}");
    Service::new("Microsoft.DocumentDB/databaseAccounts", name, "Sql")
        .member(name, &[(&global, zone, name)])
        .member(&record, &[(&regional, zone, &record)])
}

pub fn service_bus(name: &str) -> Service {
    Service::plain("Microsoft.ServiceBus/namespaces", name, "namespace", "servicebus.windows.net")
}

pub fn search(name: &str) -> Service {
    Service::plain("Microsoft.Search/searchServices", name, "searchService", "search.windows.net")
}

pub fn app_configuration(name: &str) -> Service {
    Service::plain(
        "Microsoft.AppConfiguration/configurationStores",
        name,
        "configurationStores",
        "azconfig.io",
    )
}

pub fn postgresql(name: &str) -> Service {
    let suffix = "postgres.database.azure.com";
    Service::plain("Microsoft.DBforPostgreSQL/flexibleServers", name, "postgresqlServer", suffix)
}

pub fn redis(name: &str) -> Service {
    Service::plain("Microsoft.Cache/Redis", name, "redisCache", "redis.cache.windows.net")
}

/// A customer's private link service: no group id, no names, no zone.
pub fn private_link_service(name: &str) -> Service {
    let mut service = Service::new("Microsoft.Network/privateLinkServices", name, "");
    service.group_ids.clear();
    service.member("", &[])
}

/// A private link service by alias, as another tenant gives it out.
pub fn alias(text: &str) -> Service {
    let mut service = private_link_service("");
    service.target = Target::Alias(text.into());
    service
}
