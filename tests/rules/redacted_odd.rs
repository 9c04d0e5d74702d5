//! Redaction and fields that hold what nobody expects: they are as odd afterwards as before.

use plaudit::inventory::Resource;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use crate::estate::demo::Demo;
use crate::estate::rounds::read;
use crate::redacted::{every_rule, gives_the_same};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands in a field, it is as odd afterwards as before.
    #[test]
    fn odd_fields_stay_odd(places in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>()), 1..4)) {
        let mut collected = read(&Demo::faulty().e);
        for (resource, leaf, oddity) in places {
            let at = resource.index(collected.resources.len());
            let Resource { id, json } = collected.resources[at].clone();
            let json = spoiled(&json, leaf, ODDITIES[oddity.index(ODDITIES.len())]);
            collected.resources[at] = Resource { id, json: json.into() };
        }
        gives_the_same(&collected, &every_rule());
    }
}

const ODDITIES: [&str; 14] = [
    "null",
    "true",
    "7",
    "-1",
    "1.5",
    "\"\"",
    "\"  \"",
    "\"contoso\"",
    "\"443\"",
    "\"True\"",
    "[]",
    "[[1],{}]",
    "{}",
    "[null,\"contoso\",{\"id\":\"contoso\"}]",
];

/// The document with something else in the place of one of its values; never of its id.
fn spoiled(document: &str, leaf: Index, oddity: &str) -> String {
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(list) => list.iter().map(count).sum(),
            Value::Object(fields) => fields.values().map(count).sum(),
            _ => 0,
        }
    }
    fn put(value: &mut Value, at: &mut usize, oddity: &Value) {
        if *at == 0 {
            *value = oddity.clone();
        }
        *at = at.wrapping_sub(1);
        match value {
            Value::Array(list) => list.iter_mut().for_each(|one| put(one, at, oddity)),
            Value::Object(fields) => fields.values_mut().for_each(|one| put(one, at, oddity)),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(document).unwrap();
    let oddity = serde_json::from_str(oddity).unwrap();
    let inner = count(&value) - 1;
    put(&mut value, &mut (1 + leaf.index(inner)), &oddity);
    let original: Value = serde_json::from_str(document).unwrap();
    value["id"] = original["id"].clone();
    value.to_string()
}
