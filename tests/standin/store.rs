//! The estate that is served: raw objects, found by id, by type and by parent. Knows nothing of HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// Raw objects as the Azure Resource Manager holds them.
#[derive(Debug, Default)]
pub struct Store {
    objects: Vec<Value>,
    by_id: HashMap<String, usize>,
    /// By `(subscription, type)`, top-level types alone.
    by_type: HashMap<(String, String), Vec<usize>>,
    /// By the parent's id, then by the child's own type.
    by_parent: HashMap<String, BTreeMap<String, Vec<usize>>>,
    /// By subscription, then by id: the order of Resource Graph.
    by_subscription: HashMap<String, BTreeMap<String, usize>>,
    subscriptions: Vec<usize>,
}

impl Store {
    /// Takes objects in any order; lists are answered in that order. Every object must lie in a subscription that
    /// is among the objects: anything else is a mistake in a test.
    pub fn new(objects: Vec<Value>) -> Self {
        let mut store = Store::default();
        for (index, object) in objects.iter().enumerate() {
            let id = text(object, "id").to_ascii_lowercase();
            assert!(store.by_id.insert(id.clone(), index).is_none(), "two objects have the id {id}");
            store.place(&id, index);
        }
        store.objects = objects;
        let known: HashSet<String> =
            store.subscriptions.iter().map(|&i| text(&store.objects[i], "id").to_ascii_lowercase()).collect();
        for id in store.by_id.keys() {
            let root: Vec<&str> = id.split('/').take(3).collect();
            assert!(known.contains(&root.join("/")), "no subscription object for {id}");
        }
        store
    }

    fn place(&mut self, id: &str, index: usize) {
        let parts: Vec<&str> = id.trim_start_matches('/').split('/').collect();
        let subscription = parts.get(1).copied().unwrap_or_default().to_owned();
        self.by_subscription.entry(subscription).or_default().insert(id.to_owned(), index);
        if parts.len() == 2 {
            self.subscriptions.push(index);
            return;
        }
        let at = parts.iter().rposition(|part| *part == "providers").unwrap_or_else(|| panic!("odd id {id}"));
        let after = &parts[at + 1..];
        assert!(after.len() >= 3 && after.len() % 2 == 1, "odd id {id}");
        if after.len() == 3 {
            let key = (parts[1].to_owned(), format!("{}/{}", after[0], after[1]));
            self.by_type.entry(key).or_default().push(index);
        } else {
            let parent = format!("/{}", parts[..parts.len() - 2].join("/"));
            let own = parts[parts.len() - 2].to_owned();
            self.by_parent.entry(parent).or_default().entry(own).or_default().push(index);
        }
    }

    /// One object; the id in any casing.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.by_id.get(&id.to_ascii_lowercase()).map(|&index| &self.objects[index])
    }

    /// Everything in a subscription (in lower case), by id in lower case.
    pub fn within(&self, subscription: &str) -> impl Iterator<Item = (&str, &Value)> {
        let found = self.by_subscription.get(subscription).into_iter().flatten();
        found.map(|(id, &index)| (id.as_str(), &self.objects[index]))
    }

    /// Every subscription.
    pub fn subscriptions(&self) -> Vec<&Value> {
        self.pick(&self.subscriptions)
    }

    /// Every object of a top-level type in a subscription; both in any casing.
    pub fn of_type(&self, subscription: &str, kind: &str) -> Vec<&Value> {
        let key = (subscription.to_ascii_lowercase(), kind.to_ascii_lowercase());
        self.by_type.get(&key).map(|found| self.pick(found)).unwrap_or_default()
    }

    /// The children of a type under a parent. Of a private DNS zone, `ALL` means record sets of every type.
    pub fn children(&self, parent: &str, kind: &str) -> Vec<&Value> {
        let Some(children) = self.by_parent.get(&parent.to_ascii_lowercase()) else { return Vec::new() };
        if kind.eq_ignore_ascii_case("ALL") {
            let records = children.iter().filter(|(own, _)| own.as_str() != "virtualnetworklinks");
            return records.flat_map(|(_, found)| self.pick(found)).collect();
        }
        children.get(&kind.to_ascii_lowercase()).map(|found| self.pick(found)).unwrap_or_default()
    }

    fn pick(&self, indexes: &[usize]) -> Vec<&Value> {
        indexes.iter().map(|&index| &self.objects[index]).collect()
    }
}

/// A string member of an object; empty when it is none.
pub fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object.get(member).and_then(Value::as_str).unwrap_or_default()
}
