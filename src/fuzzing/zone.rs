//! Texts, one a line: what an endpoint leads to, its group id, its names; each line as an id, as the name of a zone, as
//! an address and a prefix too. Neither casing nor a dot at the end changes an answer.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Value, json};

use super::{CLOUDS, JOINED, RULES, table};
use crate::audit::audit;
use crate::inventory::{Collected, IdPattern, Kind, Measure, Resource, ResourceId, TargetType, wire};
use crate::rules::Settings;
use crate::topology::zones::{AddedRow, NeededName, Needs, Observed, ZoneTable, has_private_label};
use crate::topology::{Options, Topology};
use crate::trace::traces;

/// More lines than this say nothing new.
const LINES: usize = 16;

/// Takes the bytes of the text.
pub fn zone(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    let [target, group, names @ ..] = lines.as_slice() else { return };
    for cloud in CLOUDS {
        needed(table(cloud), target, group, names);
        lines.iter().for_each(|line| named(table(cloud), line));
    }
    added(target, group, names);
    lines.iter().for_each(|line| identified(line));
    lines.iter().zip(lines.iter().rev()).for_each(|(one, other)| ordered(one, other));
    for line in names {
        let _ = traces(&JOINED, table(CLOUDS[0]), line, None);
        let _ = traces(&JOINED, table(CLOUDS[0]), target, Some(line));
    }
    placed(&lines);
}

/// The same text in capitals, and the same name with the dot at its end.
fn otherwise(name: &str) -> String {
    let is_whole = name.trim().is_empty() || name.ends_with('.');
    format!("{}{}", name.to_ascii_uppercase(), if is_whole { "" } else { "." })
}

fn needed(table: &ZoneTable, target: &str, group: &str, names: &[&str]) {
    let needs = table.needs_of(&ResourceId::new(target), group, names);
    let others: Vec<String> = names.iter().map(|name| otherwise(name)).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let upper = ResourceId::new(&target.to_ascii_uppercase());
    let again = table.needs_of(&upper, &group.to_ascii_uppercase(), &others);
    assert_eq!(plain(needs.clone()), plain(again));
    match needs {
        Needs::NoZone | Needs::UnknownTarget => {}
        Needs::Observed(observed) => {
            is_divided(&observed, names);
            observed.names.iter().for_each(|name| is_placed(table, name));
        }
        Needs::Unobserved(unobserved) => unobserved.names.iter().for_each(|name| is_placed(table, name)),
    }
}

/// Names that could not be placed stand as they were given; here casing and dots are taken off, and doubles.
fn plain(needs: Needs) -> Needs {
    let Needs::Observed(mut observed) = needs else { return needs };
    let names = observed.unmapped.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    observed.unmapped = names;
    Needs::Observed(observed)
}

/// Each name stands in one of the lists, once.
fn is_divided(observed: &Observed, given: &[&str]) {
    let Observed { names, zoneless, unmapped, .. } = observed;
    let found = names.iter().map(|name| &name.fqdn).chain(zoneless).chain(unmapped);
    let mut found: Vec<String> = found.map(|name| form(name)).collect();
    found.sort();
    let mut due: Vec<String> =
        given.iter().filter(|name| !name.trim().is_empty()).map(|name| form(name)).collect();
    due.sort();
    due.dedup();
    assert_eq!(found, due);
}

/// What is one name to the table: a text with an empty label is no name, and stands for itself.
fn form(name: &str) -> String {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let is_name = bare.split('.').all(|label| !label.is_empty());
    if is_name { bare.to_ascii_lowercase() } else { name.to_owned() }
}

/// A zone that is needed is one that the table knows and whose records are read.
fn is_placed(table: &ZoneTable, name: &NeededName) {
    let places = std::iter::once((&name.zone, &name.record, &name.alias))
        .chain(name.alternatives.iter().map(|place| (&place.zone, &place.record, &place.alias)));
    for (zone, record, alias) in places {
        assert!(table.knows_zone(zone) && table.is_private_link_zone(zone), "{name:?}");
        assert!(!zone.contains('{') && *zone == zone.to_ascii_lowercase(), "{name:?}");
        let joined = format!("{record}.{zone}");
        assert!(*alias == joined || (record == "@" && alias == zone), "{name:?}");
    }
    assert!(name.alternatives.iter().all(|place| place.zone != name.zone), "{name:?}");
}

fn named(table: &ZoneTable, name: &str) {
    let other = otherwise(name);
    type Question = fn(&ZoneTable, &str) -> bool;
    let questions: [(&str, Question); 5] = [
        ("can matter", ZoneTable::is_private_link_zone),
        ("is known", ZoneTable::knows_zone),
        ("is public", ZoneTable::is_public_suffix),
        ("is not to be created", ZoneTable::is_zone_not_to_create),
        ("is regional", ZoneTable::is_regional_edition),
    ];
    for (what, asks) in questions {
        assert_eq!(asks(table, name), asks(table, &other), "{name:?} {what}");
    }
    if table.knows_zone(name) {
        assert!(table.is_private_link_zone(name), "{name:?}");
    }
    assert_eq!(table.region_code(name), table.region_code(&name.to_ascii_uppercase()));
    assert_eq!(table.alias_of(name), table.alias_of(&other));
    if let Some(alias) = table.alias_of(name) {
        assert!(table.is_private_link_zone(&alias), "{name:?}: {alias}");
    }
}

/// A table without a row.
const EMPTY: &str =
    "without_zone = []\n[AzureCloud]\n[AzureUSGovernment]\n[AzureChinaCloud]\n[region_codes]\n";

/// A row of a person's own leads the names under its suffixes to its zone.
fn added(resource_type: &str, group: &str, rest: &[&str]) {
    let [zone, suffixes @ ..] = rest else { return };
    let owned = |text: &&str| (*text).to_owned();
    let row = AddedRow {
        resource_type: resource_type.to_owned(),
        group: group.to_owned(),
        zone: (*zone).to_owned(),
        suffixes: suffixes.iter().map(owned).collect(),
    };
    let mut table = ZoneTable::parse(EMPTY, CLOUDS[0]).expect("a table of the expected form");
    if table.add(&row).is_err() {
        return;
    }
    for suffix in suffixes.iter().filter(|suffix| !suffix.contains('{')) {
        let fqdn = format!("host.{suffix}");
        let Needs::Observed(found) = table.needs(resource_type, group, "host", &[&fqdn]) else {
            panic!("{row:?} is not in the table it was added to");
        };
        let is_due = |name: &NeededName| name.fqdn == fqdn.to_ascii_lowercase();
        // Behind such a label lies a zone that the row does not know.
        let is_behind = has_private_label(&suffix.to_ascii_lowercase());
        assert!(found.names.iter().any(is_due) || is_behind, "{row:?} does not lead {fqdn} anywhere");
    }
}

fn identified(text: &str) {
    let (id, upper) = (ResourceId::new(text), ResourceId::new(&text.to_ascii_uppercase()));
    assert_eq!(id, upper);
    assert_eq!(hash(&id), hash(&upper));
    assert_eq!(id, ResourceId::new(id.as_str()));
    assert_eq!(Kind::of(&id), Kind::of(&upper));
    assert_eq!(TargetType::of(&id), TargetType::of(&upper));
    assert_eq!(Measure::of(&id), Measure::of(&upper));
    assert_eq!(id.virtual_network(), upper.virtual_network());
    assert_eq!(id.subscription().map(str::to_ascii_uppercase).as_deref(), upper.subscription());
    assert_eq!(id.resource_group().map(str::to_ascii_uppercase).as_deref(), upper.resource_group());
    if let Some(resource_type) = id.resource_type() {
        assert!(id.is_type(&resource_type) && upper.is_type(&resource_type), "{id}");
    }
    let mut next = id.parent();
    while let Some(parent) = next {
        assert!(parent.as_str().len() < text.len(), "{id}");
        next = parent.parent();
    }
    if let Ok(pattern) = IdPattern::new(text) {
        assert_eq!(pattern.matches(&id), pattern.matches(&upper), "{text:?}");
    }
}

fn hash(id: &ResourceId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Ids stand in the order of their lower case.
fn ordered(one: &str, other: &str) {
    let (one, other) = (ResourceId::new(one), ResourceId::new(other));
    assert_eq!(one.cmp(&other), one.lower().cmp(&other.lower()), "{one} {other}");
    assert_eq!(one == other, one.lower() == other.lower(), "{one} {other}");
}

const HOME: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

/// The texts where addresses, prefixes and servers of an estate stand.
fn placed(lines: &[&str]) {
    let network = |name: &str, peer: &str| {
        let subnets: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| {
                let id = format!("{HOME}/virtualNetworks/{name}/subnets/s{at}");
                json!({ "id": id, "name": format!("s{at}"), "properties": { "addressPrefix": line } })
            })
            .collect();
        let remote = json!({ "id": format!("{HOME}/virtualNetworks/{peer}") });
        let peering = json!({ "name": "p", "properties": { "remoteVirtualNetwork": remote,
            "peeringState": "Connected", "remoteAddressSpace": { "addressPrefixes": lines } } });
        json!({ "id": format!("{HOME}/virtualNetworks/{name}"), "properties": {
            "addressSpace": { "addressPrefixes": lines }, "dhcpOptions": { "dnsServers": lines },
            "subnets": subnets, "virtualNetworkPeerings": [peering] } })
    };
    let routes: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({ "name": "r", "properties": { "addressPrefix": line, "nextHopIpAddress": line,
            "nextHopType": "VirtualAppliance" } })
        })
        .collect();
    let addresses: Vec<Value> = lines.iter().map(|line| json!({ "ipv4Address": line })).collect();
    let zone = format!("{HOME}/privateDnsZones/privatelink.blob.core.windows.net");
    let all = [
        network("a", "b"),
        network("b", "a"),
        json!({ "id": format!("{HOME}/routeTables/t"), "properties": { "routes": routes } }),
        json!({ "id": zone, "properties": {} }),
        json!({ "id": format!("{zone}/A/acct"), "properties": { "aRecords": addresses } }),
        json!({ "id": "/subscriptions/s", "displayName": lines.first() }),
    ];
    let id = |one: &Value| ResourceId::new(one["id"].as_str().unwrap_or_default());
    let resources = all.iter().map(|one| Resource { id: id(one), json: one.to_string().into() });
    let collected = Collected { resources: resources.collect(), ..Collected::default() };
    let topology = Topology::build(wire::inventory(collected), table(CLOUDS[0]), Options::default());
    audit(&topology, &RULES, &Settings::default());
    lines.iter().for_each(|line| drop(topology.locate(line, 0)));
}
