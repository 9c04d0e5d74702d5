//! Any JSON value in the place of any that Azure sends. What is no value of its field's kind was not understood: no
//! fault may hang on it, and none may go without a word.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::diff::{Diff, Run};
use plaudit::finding::{Finding, Report, Verdict};
use plaudit::inventory::{Collected, Pack, Resource};
use plaudit::names::Names;
use plaudit::redaction::Redaction;
use plaudit::report::{self, Background, Format, Style};
use plaudit::topology::Topology;
use plaudit::{checklist, trace};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{config, plan};
use crate::estate::rounds::TABLE;
use crate::less_coverage::was_muted;

/// Where a value stands in a resource: the keys and numbers that lead to it.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, item)| (name.replace('~', "~0").replace('/', "~1"), item)).collect()
        }
        _ => Vec::new(),
    };
    for (name, item) in inner {
        let place = format!("{at}/{name}");
        // What a resource is called is what it is listed under.
        if place != "/id" {
            into.push(place.clone());
            places(item, &place, into);
        }
    }
}

/// Puts values into the places that two numbers pick: of a resource, and of a value in it. Tells what was put where.
fn put(
    collected: &mut Collected,
    values: &[(usize, usize, usize)],
    mut made: impl FnMut(&Value, usize) -> Value,
) -> BTreeSet<String> {
    let mut touched = BTreeSet::new();
    for (resource, at, how) in values {
        let count = collected.resources.len();
        let Resource { id, json } = &mut collected.resources[resource % count];
        let mut value: Value = serde_json::from_str(json).unwrap();
        let mut all = Vec::new();
        places(&value, "", &mut all);
        let Some(at) = at.checked_rem(all.len()).map(|at| all[at].as_str()) else { continue };
        let place = value.pointer_mut(at).unwrap();
        *place = made(place, *how);
        touched.insert(format!("{id} {at}: {place}"));
        *json = value.to_string().into();
    }
    touched
}

/// A value of another kind than the one that stands there: such as no field takes in its place.
fn of_another_kind(value: &Value, how: usize) -> Value {
    let (number, text, list, object) = (json!(7.5), json!("zz top"), json!([[7]]), json!({"odd": [7]}));
    let others = match value {
        Value::String(_) => [number, list, object],
        Value::Array(_) => [number, text, object],
        Value::Object(_) => [number, text, list],
        Value::Null | Value::Bool(_) | Value::Number(_) => [text, list, object],
    };
    others[how % 3].clone()
}

fn fails(report: &Report) -> BTreeMap<&str, &Finding> {
    let failing = report.findings.iter().filter(|f| f.verdict == Verdict::Fail);
    failing.map(|f| (f.fingerprint.as_str(), f)).collect()
}

fn picks(most: usize) -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    vec((0..10_000_usize, 0..10_000_usize, 0..10_000_usize), 1..most)
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn no_fault_hangs_on_what_was_not_understood(plan in plan(), values in picks(4)) {
        let collected = plan.read(&plan.estate());
        let mut odd = collected.clone();
        let touched = put(&mut odd, &values, of_another_kind);
        let (before, after) = (plan.judge(collected), plan.judge(odd));
        let (then, now) = (fails(&before), fails(&after));
        let new = now.iter().find(|(name, one)| !then.contains_key(*name) && !was_muted(&before, one));
        prop_assert!(new.is_none(), "{touched:?} gave {new:#?}");
        // What is gone was not understood, or the report says what was not.
        let lost = then.iter().find(|(name, _)| !now.contains_key(*name));
        let gaps = after.coverage.gaps.len() > before.coverage.gaps.len();
        prop_assert!(lost.is_none() || gaps, "{touched:?} silenced {lost:?}");
    }
}

/// Anything that JSON can say, with words that mean something to Azure, and such as mean harm.
fn any_value() -> impl Strategy<Value = Value> {
    let texts = select(vec![
        "",
        ".",
        "*",
        "@",
        "/",
        "/subscriptions//",
        "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/virtualNetworks/",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/33",
        "168.63.129.16",
        "privatelink..blob",
        "{regionName}",
        "ı̇İß.privatelink.blob.core.windows.net",
        "\u{0}\u{1b}[31m\u{202e}",
        "Approved",
        "Connected",
        "9999999999999999999999",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        select(vec![json!(-1), json!(0), json!(u64::MAX), json!(1.5e300), json!(65_535)]),
        texts.prop_map(|text| json!(text)),
        "\\PC{0,12}".prop_map(Value::String),
    ];
    let names = select(vec!["id", "properties", "name", "ipConfigurations", "x"]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        let fields = vec((names.clone().prop_map(str::to_owned), inner.clone()), 0..3);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::Array),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Every name of an estate, followed from every network that asks, and some that it does not have.
fn traced(topology: &Topology) -> usize {
    let names: Vec<String> = Names::of(topology).names.iter().map(|name| name.fqdn.to_owned()).collect();
    let odd = ["", ".", "*", "acct.blob.core.windows.net", "10.1.4.4", "/subscriptions/x"].map(str::to_owned);
    let given = names.into_iter().take(6).chain(odd);
    let followed = given.filter_map(|name| trace::traces(topology, &TABLE, &name, None).ok());
    followed
        .map(|traces| {
            written(|out| {
                use plaudit::report::trace::{Format, write};
                write(&traces, &[], Format::Table, &Style::default(), out)?;
                write(&traces, &[], Format::Json, &Style::default(), out)?;
                write(&traces, &[], Format::Mermaid, &Style::default(), out)
            })
        })
        .sum()
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> usize {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    bytes.len()
}

proptest! {
    #![proptest_config(config(20))]

    #[test]
    fn nothing_that_is_made_of_an_estate_panics(
        plan in plan(),
        values in picks(10),
        anything in vec(any_value(), 10),
    ) {
        let whole = plan.read(&plan.estate());
        let before = plan.judge(whole.clone());
        let mut collected = whole;
        put(&mut collected, &values, |_, how| anything[how % anything.len()].clone());
        let topology = plan.topology(collected.clone());
        let mut after = plan.judge(collected.clone());
        after.checklist = checklist::of(&topology, &plan.settings(), &Pack::ALL, true, &after.findings);
        for format in Format::ALL {
            let bytes = written(|out| report::write(&after, &Background::default(), format, &Style::default(), out));
            prop_assert!(bytes > 0, "{format} says nothing");
        }
        for format in report::names::Format::ALL {
            written(|out| report::names::write(&Names::of(&topology), format, &Style::default(), out));
        }
        traced(&topology);
        crate::rows::all(&topology);
        let (old, new) = (Run::of(&before), Run::of(&after));
        prop_assert_eq!(Diff::of(&new, &new).appeared.len(), 0);
        Diff::of(&old, &new);
        let redaction = Redaction::of(&collected).unwrap();
        plan.judge(redaction.redacted(&collected));
    }
}
