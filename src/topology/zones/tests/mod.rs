use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

mod naive;
mod observed;
mod unobserved;

const CLOUDS: [Cloud; 3] = [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud];
const TEXT: &str = include_str!("../../../../rules/zones.toml");

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
                    assert!(row.legacy || name.zone == zone, "{fqdn} leads to {} first", name.zone);
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
                given.iter().filter(|name| !is_blank(name)).map(|name| normal(name).unwrap_or_else(|| (*name).to_owned())).collect();
            prop_assert_eq!(found.names.len() + found.zoneless.len() + found.unmapped.len(), distinct.len());
            for name in &found.names {
                let braces = ['{', '}'];
                // Unless the name itself holds one.
                let open = name.zone.contains(braces) && !name.fqdn.contains(braces);
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
