//! Whatever Azure sends, the product reads, joins, judges and reports it without a panic.

use plaudit::inventory::{Collected, Resource, ResourceId};
use plaudit::report::{Background, Format, Style, write};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::compare::{judge, topology};
use crate::estate::Estate;
use crate::estate::services::{Service, alias, cosmos, registry, sql_server, storage, web_app};
use crate::plan::{Plan, plan};

/// What a value is replaced by.
#[derive(Debug, Clone)]
pub enum Mangle {
    Absent,
    Value(Value),
    /// An id or name that is spelled oddly.
    Cut(usize),
    Doubled,
    Shouted,
}

fn mangle() -> impl Strategy<Value = Mangle> {
    let odd = prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(1.5e300)),
        Just(json!(u64::MAX)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, 1, "x", [], {}])),
        Just(json!({"id": null})),
        Just(json!({"id": "/subscriptions//"})),
        Just(json!([{"properties": 7}, {"id": "x", "properties": {"properties": {}}}])),
        "\\PC{0,12}".prop_map(Value::String),
        prop::sample::select(ODD_TEXTS).prop_map(|text| json!(text)),
    ];
    prop_oneof![
        2 => Just(Mangle::Absent),
        6 => odd.prop_map(Mangle::Value),
        1 => (0..200usize).prop_map(Mangle::Cut),
        1 => Just(Mangle::Doubled),
        1 => Just(Mangle::Shouted),
    ]
}

const ODD_TEXTS: &[&str] = &[
    "",
    ".",
    "..",
    "*",
    "@",
    "*.*",
    "/",
    "//",
    "/subscriptions",
    "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/virtualNetworks/",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "255.255.255.255",
    "168.63.129.16",
    "privatelink.blob.core.windows.net",
    "privatelink..blob",
    "{}",
    "{regionName}",
    "ı̇İß.privatelink.blob.core.windows.net",
    "\u{0}\u{1b}[31m\u{202e}",
    "created by private endpoint  with resource guid ",
    "Approved",
    "Connected",
];

/// Which value is replaced, by the number of a resource and of a value in it (both modulo what there is).
fn mangles() -> impl Strategy<Value = Vec<(usize, usize, Mangle)>> {
    vec((0..10_000usize, 0..10_000usize, mangle()), 1..12)
}

fn services() -> Vec<Service> {
    vec![
        storage("acct", "blob"),
        registry("reg", "westeurope"),
        web_app("app"),
        cosmos("db", "westeurope"),
        sql_server("sql"),
        alias("pls.00000000-0000-4000-8000-000000000000.westus2.azure.privatelinkservice"),
    ]
}

/// A random estate with endpoints, and zone groups where their zones are.
pub fn collected(plan: &Plan) -> Collected {
    let (mut e, vnets) = plan.build();
    e.in_group("rg-endpoints");
    for (number, service) in services().into_iter().enumerate() {
        let names: Vec<String> = service.names().map(|name| name.zone.clone()).collect();
        let pe = e.endpoint(&format!("more{number}"), &vnets[number % vnets.len()], service);
        let mut zones = Vec::new();
        for name in names {
            zones.push(e.zone_once(&name));
        }
        zones.sort();
        zones.dedup();
        if !zones.is_empty() && number % 3 != 2 {
            e.zone_group(&pe, &zones.iter().collect::<Vec<_>>());
        }
    }
    condition(&mut e, plan);
    e.collected_with_zone_groups()
}

/// Not every endpoint is approved.
fn condition(e: &mut Estate, plan: &Plan) {
    let endpoints: Vec<ResourceId> = e
        .values()
        .iter()
        .filter(|value| value["type"] == "Microsoft.Network/privateEndpoints")
        .map(|value| ResourceId::new(value["id"].as_str().unwrap()))
        .collect();
    for (number, endpoint) in endpoints.iter().enumerate() {
        if (number + plan.zones.len()).is_multiple_of(5) {
            e.set_status(endpoint, ["Pending", "Rejected", "Disconnected", ""][number % 4]);
        }
    }
}

/// Replaces values in the JSON; ids of the resources themselves only as far as a snapshot could hold them.
pub fn mangled(mut collected: Collected, mangles: &[(usize, usize, Mangle)]) -> Collected {
    for (resource, at, mangle) in mangles {
        let count = collected.resources.len();
        let resource = &mut collected.resources[resource % count];
        let mut json: Value = serde_json::from_str(&resource.json).unwrap();
        let mut left = at % values_in(&json);
        replace(&mut json, &mut left, mangle);
        let id = match json["id"].as_str() {
            Some(id) if !id.is_empty() => ResourceId::new(id),
            _ => resource.id.clone(),
        };
        *resource = Resource { id, json: json.to_string().into() };
    }
    collected
}

pub fn values_in(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values_in).sum(),
        Value::Object(fields) => fields.values().map(values_in).sum(),
        _ => 0,
    }
}

/// Counts `left` down over the values in order and replaces the one at which it is nought; true when done.
pub fn replace(value: &mut Value, left: &mut usize, by: &Mangle) -> bool {
    if *left == 0 {
        match by {
            Mangle::Absent => *value = Value::Null,
            Mangle::Value(new) => *value = new.clone(),
            Mangle::Cut(at) => cut(value, *at),
            Mangle::Doubled => *value = json!([value.clone(), value.clone()]),
            Mangle::Shouted => *value = json!(value.to_string().trim_matches('"').to_uppercase()),
        }
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => {
            let done = items.iter_mut().position(|item| replace(item, left, by));
            if let (Some(at), Mangle::Absent) = (done, by)
                && items[at].is_null()
            {
                items.remove(at);
            }
            done.is_some()
        }
        Value::Object(fields) => {
            let done = fields.iter_mut().find_map(|(name, v)| replace(v, left, by).then(|| name.clone()));
            if let (Some(name), Mangle::Absent) = (&done, by)
                && fields[name].is_null()
            {
                fields.remove(name);
            }
            done.is_some()
        }
        _ => false,
    }
}

fn cut(value: &mut Value, at: usize) {
    if let Value::String(text) = value {
        *text = text.chars().take(at % (text.chars().count() + 1)).collect();
    }
}

/// The two reports of an estate.
fn reports(collected: Collected) -> (Vec<u8>, Vec<u8>) {
    let report = judge(collected);
    let (mut table, mut json) = (Vec::new(), Vec::new());
    write(
        &report,
        &Background::default(),
        Format::Table,
        &Style { color: true, width: Some(70) },
        &mut table,
    )
    .unwrap();
    write(&report, &Background::default(), Format::Json, &Style::default(), &mut json).unwrap();
    (table, json)
}

proptest! {
    #![proptest_config(crate::config(120))]

    #[test]
    fn nothing_that_azure_may_send_makes_it_panic(plan in plan(), mangles in mangles()) {
        let collected = mangled(collected(&plan), &mangles);
        let (_, json) = reports(collected.clone());
        let json = serde_json::from_slice::<Value>(&json).expect("a report in JSON is JSON");
        prop_assert_eq!(crate::schema::faults(&json), Vec::<String>::new());
        let topology = topology(collected);
        for network in 0..topology.networks.len() {
            for fqdn in ["acct.blob.core.windows.net", "", ".", "privatelink.azurecr.io"] {
                topology.answers(network, plaudit::topology::resolve::Query { fqdn, alias: fqdn });
            }
        }
        crate::rows::all(&topology);
    }
}

proptest! {
    #![proptest_config(crate::config(30))]

    #[test]
    fn the_same_estate_gives_the_same_reports(plan in plan(), mangles in prop::option::of(mangles())) {
        let whole = collected(&plan);
        let given = mangled(whole, &mangles.unwrap_or_default());
        let first = reports(given.clone());
        prop_assert!(first == reports(given.clone()), "the second time it was told differently");
        // Two resources of one id have no order but the one they came in.
        let mut ids: Vec<&ResourceId> = given.resources.iter().map(|resource| &resource.id).collect();
        ids.sort();
        if ids.windows(2).all(|pair| pair[0] != pair[1]) {
            let mut turned = given.clone();
            turned.resources.reverse();
            prop_assert!(first == reports(turned), "another order of the resources was told differently");
        }
    }
}
