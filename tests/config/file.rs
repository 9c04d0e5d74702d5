//! Which configuration holds, and what it changes.

use std::fs;

use plaudit::config::Config;
use plaudit::finding::Severity;
use plaudit::inventory::{Cloud, Pack, ResourceId};
use plaudit::topology::DeclaredServer;
use plaudit::topology::zones::Needs;

use crate::run::{Place, counting};

const NO_NET_003: &str = "[rules]\ndisable = [\"NET-003\"]\n";

#[test]
#[cfg(unix)]
fn a_file_in_the_folder_that_leads_nowhere_is_told() {
    let place = Place::new();
    std::os::unix::fs::symlink("gone.toml", place.path("plaudit.toml")).unwrap();
    place.run("audit --demo").exits(2).warns("cannot read the configuration plaudit.toml");
    place.run("audit --demo --no-config").exits(1);
}

#[test]
fn the_file_in_the_folder_is_used_and_said() {
    let place = Place::with(NO_NET_003);
    let outcome = place.run("audit --demo -f json");
    outcome.exits(1).warns("using the configuration plaudit.toml of this folder");
    assert!(!outcome.stdout.contains("NET-003"));
    let quiet = place.run("audit --demo -f json --quiet");
    assert_eq!((quiet.stderr.as_str(), quiet.stdout), ("", outcome.stdout));
}

#[test]
fn no_config_passes_over_it_and_config_names_another() {
    let place = Place::with(NO_NET_003);
    let outcome = place.run("audit --demo -f json --no-config");
    assert!(outcome.stdout.contains("NET-003"));
    assert_eq!(outcome.stderr, "");
    place.write("other.toml", "[rules]\ndisable = [\"peering-disconnected\"]\n");
    let other = place.run("audit --demo -f json --config other.toml");
    assert!(other.stdout.contains("NET-003") && !other.stdout.contains("NET-001"));
    assert_eq!(other.stderr, "", "a configuration that was named needs no announcement");
    place.run("audit --demo --config other.toml --no-config").refuses(&["--no-config"]);
    place.run("audit --demo --config absent.toml").refuses(&["absent.toml", "help: "]);
    fs::create_dir(place.path("folder")).unwrap();
    place.run("audit --demo --config folder").refuses(&["folder"]);
}

#[test]
fn collect_checks_its_configuration_too() {
    let place = Place::with("[ruels]\n");
    place
        .run("collect -s x -o estate.jsonl")
        .refuses(&["plaudit.toml:1: unknown key `ruels` (did you mean `rules`?)"]);
    assert!(!place.path("estate.jsonl").exists());
}

#[test]
fn an_empty_file_changes_nothing() {
    let place = Place::with("\u{feff}# nothing yet\n");
    let plain = place.run("audit --demo -f json --no-config");
    assert_eq!(place.run("audit --demo -f json").stdout, plain.stdout);
}

#[test]
fn a_severity_that_is_set_counts() {
    let place = Place::with(
        "[rules]\ndisable = []\n[rules.severity]\nNET-003 = \"error\"\na-record-stale-ip = \"info\"\n",
    );
    let (report, _) = place.report("audit --demo");
    let of = |rule: &str| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .filter(|f| f["rule"] == rule && f["verdict"] == "fail")
            .map(|f| f["severity"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((of("NET-003"), of("DNS-023")), (vec!["error".into()], vec!["info".into()]));
}

#[test]
fn a_disabled_rule_does_not_run_and_a_gap_still_counts() {
    let (plain, _) = Place::new().report("audit --demo");
    let findings = plain["findings"].as_array().unwrap().iter();
    let mut rules: Vec<&str> = findings.map(|f| f["rule"].as_str().unwrap()).collect();
    rules.retain(|rule| !rule.starts_with("COV-"));
    rules.sort_unstable();
    rules.dedup();
    let place = Place::with(&format!("[rules]\ndisable = {rules:?}\n"));
    let (report, code) = place.report("audit --demo");
    let left = counting(&report);
    assert!(!left.is_empty() && left.iter().all(|line| line.starts_with("COV-")), "{left:?}");
    assert_eq!(code, 0, "the gap is in the surroundings and nothing that runs hangs on it");
    assert!(report["rules"].as_array().unwrap().iter().all(|rule| rule["id"] != "DNS-010"));
}

fn parsed(text: &str) -> Config {
    Config::parse(text, "plaudit.toml").unwrap()
}

#[test]
fn every_key_arrives() {
    let hub = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub";
    let config = parsed(&format!(
        "client-vnets = ['*/vnet-app-*']\nexpect-onprem = true\npacks = ['ExpressRoute', 'azure-migrate', 'expressroute']\n\
         expect-er = ['Microsoft']\ntarget-regions = ['WestEurope']\n\
         appliance-object-id = '0B6F3C3E-52a4-4b59-9d8e-3f0c1d1f7a11'\n\
         [rules]\nenable = ['all']\ndisable = ['DNS-022']\nseverity.COV-001 = 'warning'\n\
         [thresholds]\npending-grace = '2h'\nrecord-ttl = 600\ncapacity = 90\n\
         [dns-servers]\n'10.1.2.3' = 'trusted'\n'fd00::4' = 'resolves through vnet {hub}'\n\
         [[expected-vnets]]\nendpoint = '*/pe-*'\ntarget = '*'\ntag = {{ name = 'env', value = 'prod' }}\nvnet = '*/vnet-prod'\n\
         [[suppress]]\nrule = 'DNS-*'\nresource = '*/rg-sandbox/*'\nreason = ' sandbox '\nexpires = 2027-01-31\n"
    ));
    let hub = ResourceId::new(hub);
    assert!(config.options.client_networks[0].matches_text("/subscriptions/S/x/VNET-APP-1"));
    assert_eq!(config.options.dns_servers[&"10.1.2.3".parse().unwrap()], DeclaredServer::Trusted);
    assert_eq!(config.options.dns_servers[&"fd00::4".parse().unwrap()], DeclaredServer::ResolvesThrough(hub));
    let settings = &config.settings;
    assert!(settings.expect_onprem && settings.former.is_none());
    assert_eq!(settings.packs, Pack::ALL);
    assert!(settings.expect_er.microsoft && !settings.expect_er.private);
    assert_eq!(settings.target_regions, ["westeurope"]);
    assert_eq!(settings.appliance.as_deref(), Some("0b6f3c3e-52a4-4b59-9d8e-3f0c1d1f7a11"));
    let limits =
        (settings.thresholds.pending_grace, settings.thresholds.record_ttl, settings.thresholds.capacity);
    assert_eq!(limits, (7200, 600, 90));
    let expected = &settings.expected_networks[0];
    assert_eq!(expected.tag, Some(("env".to_owned(), "prod".to_owned())));
    assert_eq!(expected.network.as_str(), "*/vnet-prod");
    assert!(expected.endpoint.is_some() && expected.target.is_some());
    assert_eq!(config.suppressions[0].reason, "sandbox");
    assert_eq!(config.suppressions[0].expires.unwrap().to_string(), "2027-01-31");
    for rule in config.rules().unwrap() {
        assert_eq!(rule.enabled, rule.page.id != "DNS-022", "{}", rule.page.id);
        let severity = if rule.page.id == "COV-001" { Severity::Warning } else { rule.page.front.severity };
        assert_eq!(rule.severity, severity, "{}", rule.page.id);
    }
}

const WIDGETS: &str = "[[zones]]\ntype = 'Contoso.Things/widgets'\ngroup = 'widget'\n\
    zone = 'privatelink.widget.contoso.com'\nsuffixes = ['widget.contoso.com']\n";

#[test]
fn a_zone_that_is_added_is_known_in_every_cloud() {
    let config = parsed(WIDGETS);
    for cloud in [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud] {
        let table = config.zone_table(cloud).unwrap();
        assert!(table.is_private_link_zone("widget.contoso.com"));
        let Needs::Observed(found) =
            table.needs("contoso.things/Widgets", "Widget", "w", &["w.widget.contoso.com"])
        else {
            panic!("the row is not found")
        };
        assert_eq!(found.names[0].zone, "privatelink.widget.contoso.com");
        assert_eq!(found.names[0].record, "w");
        let needs =
            table.needs("Microsoft.Storage/storageAccounts", "blob", "a", &["a.blob.core.windows.net"]);
        assert!(
            matches!(needs, Needs::Observed(found) if found.unmapped.len() == usize::from(cloud != Cloud::AzureCloud))
        );
    }
}

#[test]
fn a_rule_that_is_enabled_by_name_asks_for_its_pack() {
    assert_eq!(parsed("[rules]\nenable = ['MIG-010', 'PE-012']").settings.packs, [Pack::AzureMigrate]);
    assert!(parsed("[rules]\nenable = ['all']").settings.packs.is_empty());
}
