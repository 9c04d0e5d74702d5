//! Random rules over random rows: nothing panics, nothing is judged otherwise for a fact that it does not need, and what
//! is known never turns out otherwise once more is read.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::evaluate::Outcome;
use super::tests::{compiled, judged};

/// Expressions of one depth, by what they come to.
#[derive(Clone)]
struct Expressions {
    bools: BoxedStrategy<String>,
    texts: BoxedStrategy<String>,
    lists: BoxedStrategy<String>,
    ints: BoxedStrategy<String>,
}

fn one_of(choices: &[&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(choices.to_vec()).prop_map(str::to_owned).boxed()
}

/// `{0}`, `{1}` and `{2}` in one of the forms become expressions.
fn formed(forms: &[&'static str], parts: [BoxedStrategy<String>; 3]) -> BoxedStrategy<String> {
    let [a, b, c] = parts;
    let forms = prop::sample::select(forms.to_vec());
    (forms, a, b, c)
        .prop_map(|(form, a, b, c)| form.replace("{0}", &a).replace("{1}", &b).replace("{2}", &c))
        .boxed()
}

impl Expressions {
    fn shallow() -> Self {
        Expressions {
            bools: one_of(&[
                "endpoint.approved",
                "true",
                "false",
                "endpoint.network == null",
                "endpoint.tags != null",
            ]),
            texts: one_of(&[
                "endpoint.name",
                "endpoint.location",
                "endpoint.network.name",
                "tag(endpoint.tags, 'a')",
                "'a'",
                "null",
            ]),
            lists: one_of(&[
                "endpoint.names",
                "endpoint.names",
                "['a', '']",
                "[]",
                "endpoint.connections.map(c, c.name)",
                "endpoint.connections.filter(c, c.target != null).map(c, c.target.name)",
            ]),
            ints: one_of(&[
                "0",
                "1",
                "-9223372036854775807",
                "size(endpoint.name)",
                "endpoint.connections.size()",
            ]),
        }
    }

    /// One level more; `x0`, `x1` … stand for items at each level.
    fn deeper(self, level: &'static str) -> Self {
        let Expressions { bools, texts, lists, ints } = self;
        let x = level;
        let within =
            |strategy: BoxedStrategy<String>| strategy.prop_map(move |text| text.replace("'a'", x)).boxed();
        let bind = move |strategy: BoxedStrategy<String>| {
            strategy.prop_map(move |text| text.replace('@', x)).boxed()
        };
        let of_bools = formed(
            &["({0} && {1})", "({0} || {1})", "!{0}", "({0} ? {1} : {2})", "({0} == {1})", "({0} != {1})"],
            [bools.clone(), bools.clone(), bools.clone()],
        );
        let of_texts = formed(
            &[
                "({0} == {1})",
                "({0} != {1})",
                "({0} < {1})",
                "({0} in [{1}, 'a'])",
                "inCidr({0}, '10.0.0.0/8')",
                "glob({0}, 'a*')",
                "matches({0}, '^[a-z]')",
                "endsWithLabel({0}, 'a.b')",
                "{0}.startsWith({1})",
                "{0}.contains({1})",
                "endpoint.names.contains({0})",
            ],
            [texts.clone(), texts.clone(), texts.clone()],
        );
        let of_lists = formed(
            &[
                "{0}.exists(@, {2})",
                "{0}.all(@, {2})",
                "{0}.exists_one(@, {2})",
                "({0} == {1})",
                "({0}.size() == 1)",
            ],
            [lists.clone(), lists.clone(), within(bools.clone())],
        );
        let of_ints = formed(
            &["({0} == {1})", "({0} < {1})", "({0} / {1} == {2})", "({0} % {1} == {2})", "({0} >= {1})"],
            [ints.clone(), ints.clone(), ints.clone()],
        );
        Expressions {
            bools: prop_oneof![bools.clone(), of_bools, of_texts, bind(of_lists.boxed()), of_ints].boxed(),
            texts: prop_oneof![
                texts.clone(),
                formed(&["({0} + {1})", "{0}.lowerAscii()"], [texts.clone(), texts.clone(), texts.clone()]),
                formed(&["({0} ? {1} : {2})"], [bools.clone(), texts.clone(), texts.clone()]),
                formed(&["{0}.join({1})", "{0}[{2}]"], [lists.clone(), texts.clone(), ints.clone()]),
                formed(&["string({0})"], [ints.clone(), texts.clone(), ints.clone()]),
            ]
            .boxed(),
            lists: prop_oneof![
                lists.clone(),
                bind(formed(&["{0}.filter(@, {1})"], [lists.clone(), within(bools.clone()), bools.clone()])),
                bind(formed(&["{0}.map(@, {1})"], [lists.clone(), within(texts.clone()), bools])),
                formed(&["({0} + [{1}])"], [lists.clone(), texts.clone(), texts.clone()]),
            ]
            .boxed(),
            ints: prop_oneof![
                ints.clone(),
                formed(
                    &["({0} + {1})", "({0} - {1})", "({0} * {1})", "-{0}"],
                    [ints.clone(), ints.clone(), ints]
                ),
                formed(&["size({0})", "int({1})"], [lists, texts.clone(), texts]),
            ]
            .boxed(),
        }
    }
}

/// Conditions of every operator and function there is; most are sound.
fn expression() -> BoxedStrategy<String> {
    Expressions::shallow().deeper("x0").deeper("x1").deeper("x2").bools
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_owned()), Just(String::new()), Just("10.0.0.4".to_owned()), any::<String>()]
}

/// A row with some of its facts.
fn row() -> impl Strategy<Value = Value> {
    let named =
        prop_oneof![Just(json!(null)), text().prop_map(|name| json!({ "name": name })), Just(json!({}))];
    let facts: Vec<(&str, BoxedStrategy<Value>)> = vec![
        ("name", text().prop_map(Value::from).boxed()),
        ("location", prop::option::of(text()).prop_map(Value::from).boxed()),
        ("approved", any::<bool>().prop_map(Value::from).boxed()),
        ("tags", prop::collection::btree_map(text(), text(), 0..3).prop_map(|map| json!(map)).boxed()),
        ("names", prop::collection::vec(text(), 0..3).prop_map(Value::from).boxed()),
        ("connections", prop::collection::vec(named.clone(), 0..3).prop_map(Value::from).boxed()),
        ("network", named.clone().boxed()),
        ("subnet", named.boxed()),
    ];
    let facts: Vec<BoxedStrategy<Option<(String, Value)>>> = facts
        .into_iter()
        .map(|(name, value)| {
            prop::option::weighted(0.8, value.prop_map(move |one| (name.to_owned(), one))).boxed()
        })
        .collect();
    facts.prop_map(|facts| Value::Object(facts.into_iter().flatten().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_rule_or_is_refused(when in ".{0,200}", message in "[ -~]{0,60}") {
        let message = message.replace(['\\', '"'], "'");
        if let Ok(rule) = compiled("endpoint", &when, &message) {
            judged(&rule, &json!({}));
        }
    }

    #[test]
    fn signs_without_sense_are_refused(when in "[()\\[\\]{}a.?:'\"&|!=<>+*/%,0-9x \\\\-]{0,300}") {
        if let Ok(rule) = compiled("endpoint", &when, "'a'") {
            judged(&rule, &json!({ "name": "a" }));
        }
    }

    #[test]
    fn reading_less_makes_a_verdict_unknown_at_most(when in expression(), row in row(), gone in any::<prop::sample::Index>()) {
        let Ok(rule) = compiled("endpoint", &when, "endpoint.name") else { return Ok(()) };
        let whole = judged(&rule, &row);
        let mut less = row.clone();
        if let Some(facts) = less.as_object_mut().filter(|facts| !facts.is_empty()) {
            let name = facts.keys().nth(gone.index(facts.len())).cloned().unwrap_or_default();
            facts.remove(&name);
        }
        let short = judged(&rule, &less);
        let agrees = match (&whole, &short) {
            (_, Outcome::Unread(_) | Outcome::Failed(_)) => true,
            (Outcome::Fail(_), Outcome::Fail(_)) => true,
            (whole, short) => whole == short,
        };
        prop_assert!(agrees, "{when}: {whole:?} became {short:?} without a fact of {row}");
    }
}

#[test]
fn random_expressions_are_worth_the_name() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = expression();
    let sound = (0..400)
        .filter(|_| {
            let when = proptest::strategy::ValueTree::current(&strategy.new_tree(&mut runner).unwrap());
            compiled("endpoint", &when, "'a'").is_ok()
        })
        .count();
    assert!(sound > 150, "{sound} of 400 are sound");
}
