//! The zone table held against a second reading of it: the file's own rows, labels in vectors, no index.

use std::cmp::Reverse;

use proptest::prelude::*;
use proptest::sample::select;
use toml::{Table, Value};

use super::*;

/// A way to read a name by one suffix of a row, or by the zone it lies in.
#[derive(Debug)]
struct Way {
    in_zone: bool,
    legacy: bool,
    labels: usize,
    literals: usize,
    /// `None`: a name without a zone.
    zone: Option<String>,
}

fn labels(name: &str) -> Vec<&str> {
    name.split('.').collect()
}

/// Whether a label may stand for what a pattern's label says (rules/zones.toml tells what each is).
fn stands(wanted: &str, given: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match wanted {
        "{regionName}" | "{regionCode}" => {
            given != "privatelink"
                && given.chars().all(|c| c.is_ascii_alphanumeric())
                && given.chars().next().is_some_and(|c| c.is_ascii_alphabetic())
        }
        "{partitionId}" => is_number(given),
        "{dnsZone}" => given.starts_with('z') && is_number(&given[1..]),
        "{dnsPrefix}" | "{subzone}" => given != "privatelink" && !given.contains('*'),
        literal => literal.eq_ignore_ascii_case(given),
    }
}

/// What each placeholder of a suffix stands for where a name ends in it; `None` where it does not. A suffix that begins
/// with a placeholder wants a host before it.
fn ends_in(name: &str, suffix: &str) -> Option<Vec<(String, String)>> {
    let (name, suffix) = (labels(name), labels(suffix));
    let rest = name.len().checked_sub(suffix.len())?;
    let fits = suffix.iter().zip(&name[rest..]).all(|(wanted, given)| stands(wanted, given));
    if !fits || (rest == 0 && suffix[0].starts_with('{')) {
        return None;
    }
    let bound = suffix.iter().zip(&name[rest..]).filter(|(wanted, _)| wanted.starts_with('{'));
    Some(bound.map(|(wanted, given)| ((*wanted).to_owned(), (*given).to_owned())).collect())
}

fn texts_of<'a>(row: &'a Table, field: &str) -> Vec<&'a str> {
    row.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The rows of a cloud, documented or not.
fn rows(cloud: Cloud) -> &'static [Table] {
    static ROWS: LazyLock<[Vec<Table>; 3]> = LazyLock::new(|| {
        let file: Table = TEXT.parse().unwrap();
        CLOUDS.map(|cloud| rows_in(&file, cloud))
    });
    &ROWS[CLOUDS.iter().position(|other| *other == cloud).unwrap()]
}

fn rows_in(file: &Table, cloud: Cloud) -> Vec<Table> {
    let part = file[cloud.name()].as_table().unwrap();
    let parts = ["documented", "supplementary"].into_iter().filter_map(|part_name| part.get(part_name));
    parts.flat_map(|rows| rows.as_array().unwrap()).map(|row| row.as_table().unwrap().clone()).collect()
}

fn is_about(row: &Table, kind: &str, group: &str) -> bool {
    let named = texts_of(row, "groups").iter().any(|one| one.eq_ignore_ascii_case(group));
    let prefix = row.get("group_prefix").and_then(Value::as_str);
    let begins = prefix.is_some_and(|prefix| group.to_lowercase().starts_with(&prefix.to_lowercase()));
    let any = row.get("any_group").and_then(Value::as_bool) == Some(true);
    row["type"].as_str().unwrap().eq_ignore_ascii_case(kind) && (named || begins || any)
}

fn ways(row: &Table, fqdn: &str) -> Vec<Way> {
    let legacy = row.get("legacy").and_then(Value::as_bool) == Some(true);
    let way = |in_zone, fits: &str, zone| {
        let parts = labels(fits);
        let literals = parts.iter().filter(|label| !label.starts_with('{')).count();
        Way { in_zone, legacy, labels: parts.len(), literals, zone }
    };
    let mut found = Vec::new();
    for (zone, suffixes) in row["zones"].as_table().unwrap() {
        let fill = |bound: &[(String, String)]| {
            let filled = bound.iter().fold(zone.clone(), |zone, (open, label)| zone.replace(open, label));
            filled.to_lowercase()
        };
        if let Some(bound) = ends_in(fqdn, zone) {
            found.push(way(true, zone, Some(fill(&bound))));
        }
        for suffix in suffixes.as_array().unwrap().iter().filter_map(Value::as_str) {
            let Some(bound) = ends_in(fqdn, suffix) else { continue };
            let host = &labels(fqdn)[..labels(fqdn).len() - labels(suffix).len()];
            // Such a name lies in a private zone that the row does not know.
            let private = |label: &&str| **label == *"privatelink" || label.starts_with("privatelink-");
            if !host.iter().skip(1).any(private) {
                found.push(way(false, suffix, Some(fill(&bound))));
            }
        }
    }
    let zoneless = texts_of(row, "no_zone").into_iter().filter(|suffix| ends_in(fqdn, suffix).is_some());
    found.extend(zoneless.map(|suffix| way(false, suffix, None)));
    found
}

/// The zone of a name, `Some(None)` for one that has none, `None` for one that the rows do not know.
fn zone_of(rows: &[&Table], fqdn: &str) -> Option<Option<String>> {
    let mut all: Vec<Way> = rows.iter().flat_map(|row| ways(row, fqdn)).collect();
    all.sort_by_key(|way| (!way.in_zone, way.legacy, Reverse((way.labels, way.literals))));
    all.into_iter().next().map(|way| way.zone)
}

/// A type and one of its group ids, with a name that ends in one of the table's suffixes, or in half of one.
fn case(cloud: Cloud) -> impl Strategy<Value = (String, String, String)> {
    let all = rows(cloud);
    let mut suffixes: Vec<String> = Vec::new();
    for row in all {
        suffixes.extend(texts_of(row, "no_zone").into_iter().map(str::to_owned));
        for (zone, of_zone) in row["zones"].as_table().unwrap() {
            suffixes.push(zone.clone());
            suffixes.extend(of_zone.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned));
        }
    }
    let group = |row: &Table| {
        let prefix = row.get("group_prefix").and_then(Value::as_str).map(|prefix| format!("{prefix}blue"));
        let named = texts_of(row, "groups").first().map(|group| (*group).to_owned());
        named.or(prefix).unwrap_or_else(|| "whatever".to_owned())
    };
    let of_row = |row: &Table| {
        let own: Vec<String> = row["zones"]
            .as_table()
            .unwrap()
            .iter()
            .flat_map(|(zone, of_zone)| {
                let suffixes =
                    of_zone.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned);
                suffixes.chain([zone.clone()])
            })
            .collect();
        (row["type"].as_str().unwrap().to_owned(), group(row), own)
    };
    let targets: Vec<(String, String, Vec<String>)> = all.iter().map(of_row).collect();
    (select(targets), select(suffixes), any::<bool>()).prop_flat_map(
        |((kind, group, own), other, foreign)| {
            let suffix = if foreign { Just(other).boxed() } else { select(own).boxed() };
            (Just(kind), Just(group), suffix)
                .prop_flat_map(|(kind, group, suffix)| (Just(kind), Just(group), name_in(suffix)))
        },
    )
}

fn any_case() -> impl Strategy<Value = (Cloud, (String, String, String))> {
    let of = |cloud: Cloud| case(cloud).prop_map(move |case| (cloud, case));
    prop_oneof![of(CLOUDS[0]), of(CLOUDS[1]), of(CLOUDS[2])]
}

/// A name before a suffix, whose placeholders stand for something: mostly what they ought to.
fn name_in(suffix: String) -> impl Strategy<Value = String> {
    let host = select(vec!["", "host.", "a.b.", "privatelink.", "x.privatelink.", "*.", "h.eastus.", "x"]);
    let label = select(vec!["eastus", "eus2", "3", "z42", "0a1b", "privatelink", "*", "a-b"]);
    (host, proptest::collection::vec(label, 3), any::<bool>()).prop_map(move |(host, fill, whole)| {
        let mut fill = fill.into_iter().cycle();
        let filled: Vec<&str> = labels(&suffix)
            .into_iter()
            .map(|label| if label.starts_with('{') { fill.next().unwrap_or("x") } else { label })
            .collect();
        let filled = if whole { &filled[..] } else { &filled[1.min(filled.len() - 1)..] };
        format!("{host}{}", filled.join("."))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn a_name_belongs_where_a_second_reading_of_the_table_puts_it(
        (cloud, (kind, group, fqdn)) in any_case(),
        shout in any::<bool>(),
        dot in any::<bool>(),
    ) {
        let mut given = if shout { fqdn.to_uppercase() } else { fqdn.clone() };
        if dot {
            given.push('.');
        }
        let rows: Vec<&Table> = rows(cloud).iter().filter(|row| is_about(row, &kind, &group)).collect();
        let expected = zone_of(&rows, &fqdn.to_lowercase());
        let needs = table(cloud).needs(&kind, &group, "", &[&given]);
        let Needs::Observed(found) = needs else { panic!("{kind} {group}: {needs:?}") };
        let told = match (found.names.as_slice(), found.zoneless.as_slice()) {
            ([name], []) => Some(Some(name.zone.clone())),
            ([], [_]) => Some(None),
            _ => None,
        };
        prop_assert_eq!(told, expected, "{} of {} {} in {}", given, kind, group, cloud.name());
    }
}
