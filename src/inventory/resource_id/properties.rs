//! Ids that Azure makes, whatever people call their resources, and texts that are none.

use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasher;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// A name that a person gives: also one that means something elsewhere in an id.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z0-9][A-Za-z0-9_.-]{0,8}",
        1 => "[A-Za-z(é)_ -]{1,6}",
        1 => select(vec!["virtualNetworks", "Subscriptions", "resourcegroups", "subnets"]).prop_map(str::to_owned),
    ]
}

/// Subscription, group, provider, and each type with its name.
type Parts = (String, String, String, Vec<(String, String)>);

fn parts() -> impl Strategy<Value = Parts> {
    let kind = select(vec!["virtualNetworks", "subnets", "privateEndpoints", "privateDnsZones", "A"]);
    let provider = select(vec!["Microsoft.Network", "Microsoft.Storage", "microsoft.web"]);
    let levels = vec((kind.prop_map(str::to_owned), name()), 1..4);
    (name(), name(), provider.prop_map(str::to_owned), levels)
}

fn put_together((subscription, group, provider, levels): &Parts) -> String {
    let levels: String = levels.iter().map(|(kind, name)| format!("/{kind}/{name}")).collect();
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}{levels}")
}

fn hashed(id: &ResourceId) -> u64 {
    std::hash::BuildHasherDefault::<DefaultHasher>::default().hash_one(id)
}

/// Anything at all, mostly with the words of ids in it.
fn any_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        select(vec![
            "",
            "subscriptions",
            "resourceGroups",
            "providers",
            "PROVIDERS",
            "virtualNetworks",
            "a",
            "B"
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    vec(word, 0..9).prop_map(|words| words.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn what_was_put_together_comes_apart(parts in parts(), shout in any::<bool>()) {
        let text = put_together(&parts);
        let (subscription, group, provider, levels) = &parts;
        let id = ResourceId::new(&text);
        prop_assert_eq!(id.subscription(), Some(subscription.as_str()));
        prop_assert_eq!(id.resource_group(), Some(group.as_str()));
        prop_assert_eq!(id.name(), levels.last().unwrap().1.as_str());
        let types: String = levels.iter().map(|(kind, _)| format!("/{kind}")).collect();
        let full = format!("{provider}{types}");
        prop_assert_eq!(id.resource_type(), Some(full.clone()));
        let longer = format!("{full}/more");
        prop_assert!(id.is_type(&full.to_uppercase()) && !id.is_type(&longer));
        // The parent is the id without its last type and name.
        let mut above = parts.clone();
        above.3.pop();
        prop_assert_eq!(id.parent(), Some(ResourceId::new(&put_together(&above))));
        let network = levels.iter().position(|(kind, _)| kind == "virtualNetworks");
        let network = network.map(|at| {
            let mut network = parts.clone();
            network.3.truncate(at + 1);
            ResourceId::new(&put_together(&network))
        });
        prop_assert_eq!(id.virtual_network(), network);
        let spelled = ResourceId::new(&if shout { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() });
        prop_assert_eq!(&spelled, &id);
        prop_assert_eq!(hashed(&spelled), hashed(&id));
        prop_assert_eq!(spelled.resource_type().map(|own| own.to_lowercase()), Some(full.to_lowercase()));
    }

    #[test]
    fn any_text_is_an_id_of_some_sort(one in any_text(), other in any_text()) {
        let (id, second) = (ResourceId::new(&one), ResourceId::new(&other));
        let lower = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
        prop_assert_eq!(id == second, lower(&one) == lower(&other));
        prop_assert_eq!(id.cmp(&second), lower(&one).cmp(&lower(&other)));
        prop_assert_eq!(id == second, id.cmp(&second).is_eq());
        prop_assert!(id != second || hashed(&id) == hashed(&second));
        let again = ResourceId::new(id.as_str());
        prop_assert_eq!(again.as_str(), id.as_str());
        let spelled = ResourceId::new(&one.to_ascii_uppercase());
        prop_assert_eq!(spelled.parent(), id.parent());
        prop_assert_eq!(spelled.virtual_network(), id.virtual_network());
        prop_assert!(!id.name().contains('/'));
        for part in [id.subscription(), id.resource_group()].into_iter().flatten() {
            prop_assert!(!part.is_empty() && !part.contains('/'));
        }
        if let Some(parent) = id.parent() {
            prop_assert!(id.as_str().starts_with(&format!("{parent}/")), "{id:?} under {parent:?}");
            prop_assert_eq!(id.parent_str().map(ResourceId::new), Some(parent));
        }
        if let Some(network) = id.virtual_network() {
            prop_assert!(id.lower().starts_with(&network.lower()));
        }
        if let Some(kind) = id.resource_type() {
            prop_assert!(id.is_type(&kind), "{kind}");
        }
        let json = serde_json::to_string(&id).unwrap();
        let read: ResourceId = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read.as_str(), id.as_str());
    }
}
