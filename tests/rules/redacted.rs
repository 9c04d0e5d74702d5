//! A redacted estate gives the findings of the estate it was made from, one for one, and tells no name of it. Every
//! estate that the tests of the rules judge is redacted and judged again on the way.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::finding::{Finding, Report};
use plaudit::inventory::{Collected, Kind, ResourceId, snapshot, wire};
use plaudit::redaction::Redaction;
use plaudit::rules::{self, Former, Rule, Settings};
use plaudit::topology::{Options, Topology};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::estate::Estate;
use crate::estate::demo::Demo;
use crate::estate::generated::generated;
use crate::estate::rounds::{TABLE, read};
use crate::estate::services::{Service, storage};
use crate::small::BLOB;

fn judged(collected: &Collected, rules: &[Rule], settings: &Settings) -> Report {
    let topology = Topology::build(wire::inventory(collected.clone()), &TABLE, Options::default());
    plaudit::audit::audit(&topology, rules, settings)
}

/// What is said of an estate, said of its stand-ins. Patterns of ids and what was seen on the way have none.
fn of_stand_ins(settings: &Settings, redaction: &Redaction) -> Option<Settings> {
    if !settings.expected_networks.is_empty() || settings.observed.is_some() {
        return None;
    }
    let former = settings.former.as_ref().map(|former| Former {
        unfinished: former
            .unfinished
            .iter()
            .map(|(id, state)| (ResourceId::new(&redaction.id(id.as_str())), state.clone()))
            .collect(),
        subscriptions: former.subscriptions.iter().map(|id| redaction.name(id)).collect(),
        ..former.clone()
    });
    Some(Settings {
        appliance: settings.appliance.as_deref().map(|identity| redaction.name(identity)),
        target_regions: settings.target_regions.iter().map(|region| redaction.name(region)).collect(),
        former,
        ..settings.clone()
    })
}

/// All that a finding says, without a name in it that was not put through `of`.
fn said(finding: &Finding, of: &dyn Fn(&str) -> String) -> String {
    let mut related: Vec<String> =
        finding.related.iter().map(|other| format!("{} {}", other.role, of(&other.id))).collect();
    related.sort();
    let evidence: Vec<&str> = finding.evidence.iter().map(|(name, _)| *name).collect();
    format!(
        "{} {:?} {} {} {:?} of {}: {}, {related:?} {evidence:?}, {} steps",
        finding.rule,
        finding.verdict,
        finding.severity.name(),
        finding.confidence.name(),
        finding.not_read,
        of(finding.subject.id.as_str()),
        finding.cause.kind,
        finding.remediation.len(),
    )
}

/// The findings in the groups that tables show, the groups in order.
fn groups(report: &Report, of: &dyn Fn(&str) -> String) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for finding in &report.findings {
        groups.entry((finding.rule, &finding.cause)).or_default().push(said(finding, of));
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups
}

/// Redacts an estate and holds what is found in it against what was found before.
#[track_caller]
pub fn gives_the_same(collected: &Collected, rules: &[Rule]) {
    gives_the_same_under(collected, rules, &Settings::default());
}

/// As [`gives_the_same`], under settings.
#[track_caller]
pub fn gives_the_same_under(collected: &Collected, rules: &[Rule], settings: &Settings) {
    let redaction = Redaction::of(collected).unwrap();
    let Some(made) = of_stand_ins(settings, &redaction) else { return };
    let before = judged(collected, rules, settings);
    let after = judged(&redaction.redacted(collected), rules, &made);
    let of = |id: &str| redaction.id(id).to_ascii_lowercase();
    let (expected, found) = (groups(&before, &of), groups(&after, &str::to_ascii_lowercase));
    let lost: Vec<_> = expected.iter().filter(|group| !found.contains(group)).collect();
    let new: Vec<_> = found.iter().filter(|group| !expected.contains(group)).collect();
    assert!(expected == found, "lost by redaction: {lost:#?}\nnew after redaction: {new:#?}");
    let tallies = |report: &Report| -> Vec<String> {
        report.tallies.iter().map(|tally| format!("{tally:?}")).collect()
    };
    assert_eq!(tallies(&before), tallies(&after));
    assert_eq!((before.incomplete, before.partial), (after.incomplete, after.partial));
    assert_eq!(before.notes.len() + 1, after.notes.len(), "{:?}", after.notes);
    assert_eq!(before.unfinished.len(), after.unfinished.len());
}

/// Every rule, those that do not run by themselves too.
pub fn every_rule() -> Vec<Rule> {
    let mut rules = rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = true);
    rules
}

pub fn bytes(collected: &Collected) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::write_to(&mut bytes, collected).unwrap();
    bytes
}

pub fn redacted(collected: &Collected) -> Collected {
    Redaction::of(collected).unwrap().redacted(collected)
}

fn large_and_small() -> Vec<(&'static str, Collected)> {
    vec![
        ("the faulty demo", read(&Demo::faulty().e)),
        ("the healthy demo", read(&Demo::healthy().e)),
        ("the faulty demo, of lists alone", Demo::faulty().collected()),
        ("a generated estate", generated(1500, 7).collected),
    ]
}

#[test]
fn estates_give_the_same_findings_by_every_rule() {
    for (_, collected) in large_and_small() {
        gives_the_same(&collected, &every_rule());
    }
}

/// All strings of a document, keys of tags too.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|one| texts(one, into)),
        Value::Object(fields) => fields.iter().for_each(|(key, one)| {
            if one.is_string() && key != "id" {
                into.push(key.clone());
            }
            texts(one, into);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The words of a text as names are made of, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
    parts.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// What of an estate is the customer's: the names in ids, the labels of hosts and records, tags, who is named.
fn names(collected: &Collected) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for resource in &collected.resources {
        let value: Value = serde_json::from_str(&resource.json).unwrap();
        let mut all = Vec::new();
        texts(&value["tags"], &mut all);
        for key in ["name", "displayName", "subscriptionId", "tenantId"] {
            all.extend(value[key].as_str().map(str::to_owned));
        }
        let segments: Vec<&str> = resource.id.as_str().split('/').collect();
        let values = segments.iter().enumerate().filter(|(at, _)| at % 2 == 0 && *at != 6);
        all.extend(values.map(|(_, name)| (*name).to_owned()));
        found.extend(all.iter().flat_map(|text| words(text)));
    }
    found
}

#[test]
fn no_name_of_an_estate_is_told() {
    for (what, collected) in large_and_small() {
        let redaction = Redaction::of(&collected).unwrap();
        let told: BTreeSet<String> =
            words(&String::from_utf8(bytes(&redaction.redacted(&collected))).unwrap()).collect();
        let names = names(&collected);
        assert!(names.len() > 40, "{what} has names: {names:?}");
        let leaked: Vec<&String> =
            names.intersection(&told).filter(|name| !is_azures(&redaction, name)).collect();
        assert!(leaked.is_empty(), "{what} tells {leaked:?}");
    }
}

/// Whether a word stays for being Azure's own; these are all that the estates of the tests hold.
fn is_azures(redaction: &Redaction, name: &str) -> bool {
    const KNOWN: [&str; 60] = [
        "a",
        "aaaa",
        "soa",
        "cname",
        "privatelink",
        "blob",
        "file",
        "queue",
        "table",
        "dfs",
        "web",
        "core",
        "windows",
        "net",
        "com",
        "io",
        "azure",
        "azurecr",
        "azurewebsites",
        "azconfig",
        "database",
        "documents",
        "vaultcore",
        "vault",
        "servicebus",
        "redis",
        "cache",
        "search",
        "default",
        "gatewaysubnet",
        "azurefirewallsubnet",
        "azurebastionsubnet",
        "routeserversubnet",
        "nic",
        "true",
        "databricks",
        "databricks-environment",
        "application",
        "westeurope",
        "northeurope",
        "data",
        "scm",
        "sql",
        "monitor",
        "cosmos",
        "mongo",
        "azurehdinsight",
        "eventgrid",
        "openai",
        "cognitiveservices",
        "services",
        "ai",
        "azuresynapse",
        "dev",
        "sites",
        "microsoft",
        "providers",
        "weu",
        "ne",
        "we",
    ];
    redaction.name(name) == name && (KNOWN.contains(&name) || name.bytes().all(|b| b.is_ascii_digit()))
}

#[test]
fn the_same_estate_is_redacted_in_the_same_bytes_and_read_again() {
    for (what, collected) in large_and_small() {
        let first = bytes(&redacted(&collected));
        let mut other = collected.clone();
        other.resources.reverse();
        assert!(first == bytes(&redacted(&other)), "{what}");
        let again = snapshot::read_from(first.as_slice(), what).unwrap();
        assert!(again.origin.redacted);
        assert_eq!(again, redacted(&collected));
    }
}

/// Redacts an estate whose names are all of `contoso`, and gives the rules that found something.
#[track_caller]
fn found_in(e: &Estate) -> BTreeSet<&'static str> {
    let collected = read(e);
    gives_the_same(&collected, &every_rule());
    let text = String::from_utf8(bytes(&redacted(&collected))).unwrap().to_lowercase();
    assert!(!text.contains("contoso"), "{text}");
    judged(&collected, &every_rule(), &Settings::default())
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

/// An endpoint whose interface tells no name, so that the name is derived from the target's; with its record.
fn derived(service: Service, zone: &str) -> Estate {
    let mut e = Estate::new();
    let vnet = e.vnet("contoso-net", "10.1.0.0/16");
    e.client(&vnet);
    let zone = e.zone(zone);
    e.link(&zone, &vnet);
    let pe = e.endpoint("contoso-pe", &vnet, service);
    e.zone_group(&pe, &[&zone]);
    e.without_fqdns(&pe);
    e.edit_zone_group(&pe, |group| group["properties"]["privateDnsZoneConfigs"] = json!([]));
    e
}

#[test]
fn names_that_follow_from_names_follow_afterwards() {
    const SITES: &str = "privatelink.azurewebsites.net";
    let slot = Service::new("Microsoft.Web/sites", "contosoapp", "sites-green").member(
        "sites-green",
        &[
            ("contosoapp-green.azurewebsites.net", SITES, "contosoapp-green"),
            ("contosoapp-green.scm.azurewebsites.net", SITES, "contosoapp-green.scm"),
        ],
    );
    let copy = Service::new("Microsoft.Storage/storageAccounts", "contosodata", "blob_secondary").member(
        "blob_secondary",
        &[("contosodata-secondary.blob.core.windows.net", BLOB, "contosodata-secondary")],
    );
    for (service, zone) in [(slot, SITES), (copy, BLOB)] {
        let found = found_in(&derived(service, zone));
        assert!(!found.contains("DNS-021"), "the record is the one that follows from the name: {found:?}");
    }
}

#[test]
fn what_is_no_region_is_none_afterwards() {
    let mut e = Estate::new();
    let vnet = e.vnet("contoso-net", "10.1.0.0/16");
    e.client(&vnet);
    let zone = "privatelink.contoso-place.kusto.windows.net";
    let cluster = Service::new("Microsoft.Kusto/clusters", "contosokusto", "cluster")
        .member("cluster", &[("contosokusto.contoso-place.kusto.windows.net", zone, "contosokusto")]);
    e.endpoint("contoso-pe", &vnet, cluster);
    let found = found_in(&e);
    assert!(!found.contains("DNS-001"), "no row of the table takes the name: {found:?}");
}

#[test]
fn states_and_codes_that_nobody_knows_are_not_told() {
    let mut e = Estate::new();
    let vnet = e.vnet("contoso-net", "10.1.0.0/16");
    e.client(&vnet);
    let pe = e.endpoint("contoso-pe", &vnet, storage("contosodata", "blob"));
    e.set_status(&pe, "Contoso is thinking");
    e.gap(Kind::PrivateDnsZones, crate::estate::HOME, 418, "ContosoTeapot");
    let found = found_in(&e);
    assert!(found.contains("PE-003") && found.contains("COV-003"), "{found:?}");
}

/// A name with a secret in it that no stand-in and no word of Azure's has.
fn hostile(secret: &'static str) -> impl Strategy<Value = String> {
    let around = prop::sample::select(vec![
        ("", ""),
        ("", ".privatelink"),
        ("privatelink-", ""),
        ("GatewaySubnet", ""),
        ("lsa", ""),
        ("vnet-", "-rg"),
        ("anm_", ""),
        ("", "-secondary"),
        ("blob.core.windows.net.", ""),
        ("", ".20.50.3.4"),
        ("n0001", ""),
        ("", " (Größe ✓)"),
        ("subscriptions.", "x"),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", ""),
        ("$%'\\", "\u{202e}"),
        ("redacted-", ""),
    ]);
    (around, "[a-z0-9]{0,3}", any::<bool>()).prop_map(move |((start, end), more, loud)| {
        let secret = if loud { secret.to_uppercase() } else { secret.to_owned() };
        format!("{start}{secret}{more}{end}")
    })
}

const SECRETS: [&str; 6] = ["zqgroup", "zqnet", "zqpoint", "zqacct", "zqzone", "zqgro"];

#[derive(Debug, Clone, Copy)]
enum Wrong {
    Nothing,
    Record,
    Pending,
    NoZone,
    NoLink,
    Forbidden,
}

fn wrong() -> impl Strategy<Value = Wrong> {
    use Wrong::{Forbidden, NoLink, NoZone, Nothing, Pending, Record};
    prop::sample::select(vec![Nothing, Record, Pending, NoZone, NoLink, Forbidden])
}

/// Two networks, an endpoint in one of them, an own zone and tags; with one thing wrong.
fn named(names: &[String], wrong: Wrong, address: &str) -> Collected {
    let [group, network, point, account, zone, other] = names else { panic!("six names are needed") };
    let mut e = Estate::new();
    e.in_group(group);
    let spoke = e.vnet(network, "10.1.0.0/16");
    e.client(&spoke);
    let hub = e.vnet(other, "20.50.0.0/16");
    e.peer(&hub, &spoke);
    let own = e.zone(&format!("{}.internal", zone.replace(['/', ' '], "")));
    e.link(&own, &spoke);
    let blob = e.zone(BLOB);
    if !matches!(wrong, Wrong::NoLink) {
        e.link(&blob, &spoke);
    }
    let label: String = account.chars().filter(char::is_ascii_alphanumeric).collect();
    let pe = e.endpoint(point, &spoke, storage(&label.to_lowercase(), "blob"));
    e.zone_group(&pe, &[&blob]);
    e.edit(&pe, |pe| pe["tags"] = json!({group: network, "owner": point}));
    match wrong {
        Wrong::Nothing | Wrong::NoLink => {}
        Wrong::Record => {
            let record = ResourceId::new(&format!("{blob}/A/{}", label.to_lowercase()));
            e.edit(&record, |it| it["properties"]["aRecords"] = json!([{"ipv4Address": address}]));
        }
        Wrong::Pending => {
            e.edit(&pe, |it| {
                let state = "/properties/privateLinkServiceConnections/0/properties/privateLinkServiceConnectionState";
                if let Some(state) = it.pointer_mut(state) {
                    *state = json!({"status": "Pending", "description": point});
                }
            });
        }
        Wrong::NoZone => {
            e.remove(&blob);
        }
        Wrong::Forbidden => {
            e.gap_under(&blob, Kind::RecordSets, 403, network);
        }
    }
    read(&e)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_names_are_not_told_and_change_nothing(
        names in SECRETS.map(hostile),
        wrong in wrong(),
        address in prop::sample::select(vec!["20.50.3.4", "52.1.2.3", "10.1.0.9", "16.0.0.0"]),
    ) {
        let collected = named(&names, wrong, address);
        gives_the_same(&collected, &every_rule());
        let text = String::from_utf8(bytes(&redacted(&collected))).unwrap().to_lowercase();
        for secret in ["zq", "größe", "20.50.", "52.1.2.3", crate::estate::TENANT, "3f2504e0"] {
            prop_assert!(!text.contains(secret), "{secret} of {names:?} in {text}");
        }
        let home = Estate::new().subscription_guid(crate::estate::HOME);
        prop_assert!(!text.contains(&home), "{home} in {text}");
    }
}
