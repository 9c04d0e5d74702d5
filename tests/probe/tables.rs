//! The tables of ports and presets.

use std::collections::BTreeSet;

use plaudit::inventory::ResourceId;
use plaudit::survey::{Ports, presets};

const ZONES: &str = include_str!("../../rules/zones.toml");

fn target(kind: &str) -> ResourceId {
    let (provider, types) = kind.split_once('/').unwrap();
    let path: String = types.split('/').map(|part| format!("/{part}/x")).collect();
    ResourceId::new(&format!("/subscriptions/s/resourceGroups/g/providers/{provider}{path}"))
}

/// Every type that the zone table knows, in lower case.
fn zone_types() -> BTreeSet<String> {
    let types = ZONES.lines().filter_map(|line| line.strip_prefix("type = \"")?.strip_suffix('"'));
    types.map(str::to_ascii_lowercase).collect()
}

#[test]
fn the_tables_know_the_same_types() {
    let ports = Ports::embedded().unwrap();
    let known: BTreeSet<String> = ports.types().map(str::to_owned).collect();
    assert_eq!(known, zone_types());
}

#[test]
fn services_are_spoken_to_on_their_ports() {
    let ports = Ports::embedded().unwrap();
    for (kind, group, expected) in [
        ("Microsoft.Sql/servers", "sqlServer", &[1433][..]),
        ("Microsoft.DBforPostgreSQL/flexibleServers", "postgresqlServer", &[5432]),
        ("Microsoft.DBforMySQL/flexibleServers", "mysqlServer", &[3306]),
        ("Microsoft.Cache/Redis", "redisCache", &[6380]),
        ("Microsoft.Cache/redisEnterprise", "redisEnterprise", &[10000]),
        ("Microsoft.ServiceBus/namespaces", "namespace", &[5671]),
        ("Microsoft.Storage/storageAccounts", "file", &[445]),
        ("microsoft.storage/STORAGEACCOUNTS", "FILE_secondary", &[445]),
        ("Microsoft.Storage/storageAccounts", "blob", &[443]),
        ("Microsoft.Synapse/workspaces", "SqlOnDemand", &[1433]),
        ("Microsoft.Synapse/workspaces", "Dev", &[443]),
        ("Microsoft.DocumentDB/databaseAccounts", "MongoDB", &[10255]),
        // Ports of direct mode are open only where somebody uses it.
        ("Microsoft.DocumentDB/databaseAccounts", "Sql", &[443]),
        ("Microsoft.DocumentDB/databaseAccounts", "Gremlin", &[443]),
        ("Microsoft.DocumentDB/databaseAccounts", "Table", &[443]),
        ("Microsoft.DocumentDB/databaseAccounts", "Analytical", &[443]),
        ("Microsoft.Web/sites/slots", "sites-staging", &[443]),
        ("Microsoft.Network/privateLinkServices", "", &[]),
        ("Contoso.Things/widgets", "widget", &[]),
    ] {
        assert_eq!(ports.of(Some(&target(kind)), group), expected, "{kind} {group}");
    }
    assert!(ports.of(None, "").is_empty());
}

#[test]
fn a_preset_names_each_host_once_and_a_pattern_by_a_host_that_fits_it() {
    let presets = presets().unwrap();
    let hosts = &presets["azure-migrate"];
    let names: BTreeSet<&str> = hosts.iter().map(|host| host.host.as_str()).collect();
    assert_eq!(names.len(), hosts.len());
    assert!(names.contains("management.azure.com"));
    for host in hosts {
        let pattern = host.stands_for.strip_prefix("*.").unwrap_or(&host.stands_for);
        let fits = host.host == pattern || host.host.ends_with(&format!(".{pattern}"));
        assert!(fits && !host.host.contains('*'), "{host:?}");
    }
    assert!(hosts.iter().filter(|host| host.optional).count() >= 2);
}
