//! What expressions come to, and which are refused.

use std::sync::Arc;

use serde_json::{Value, json};

use super::OwnRule;
use super::evaluate::{Outcome, Workshop};
use super::functions::language;
use super::page::parse;
use super::shape::{Form, Type};
use crate::facts::{Subject, schema};

fn page(subject: &str, when: &str, message: &str) -> String {
    let when = when.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "+++\nid = \"HUB-001\"\nname = \"x\"\nsummary = \"X.\"\nseverity = \"error\"\nreference = \"https://a.example/\"\n\
         subject = \"{subject}\"\nwhen = \"\"\"{when}\"\"\"\nmessage = \"{message}\"\n+++\n\n## What it finds\n\nA.\n\n\
         ## Why it matters\n\nB.\n\n## How to mend it\n\nC.\n\n## When it stays silent\n\nD.\n\n## References\n\nE.\n"
    )
}

pub(super) fn compiled(subject: &str, when: &str, message: &str) -> Result<OwnRule, String> {
    let env = Arc::new(language().unwrap());
    let found = parse(&page(subject, when, message), "x.md", &env);
    found.map(|sound| sound.rule).map_err(|faults| {
        faults.into_iter().map(|(line, message)| format!("{line}: {message}")).collect::<Vec<_>>().join("\n")
    })
}

fn rule(subject: &str, when: &str) -> OwnRule {
    compiled(subject, when, "'it is'").unwrap_or_else(|fault| panic!("{when}: {fault}"))
}

pub(super) fn judged(rule: &OwnRule, facts: &Value) -> Outcome {
    let env = Arc::new(language().unwrap());
    let workshop = Workshop::new(&env, rule.subject.name(), [rule]);
    let mut engine = workshop.engine().unwrap();
    engine.take(facts);
    engine.judge(rule, facts)
}

fn of_endpoint(when: &str, facts: &Value) -> Outcome {
    judged(&rule("endpoint", when), facts)
}

fn fails() -> Outcome {
    Outcome::Fail(Some("it is".to_owned()))
}

fn unread(fact: &str) -> Outcome {
    Outcome::Unread(fact.to_owned())
}

fn refused(subject: &str, when: &str) -> String {
    match compiled(subject, when, "'it is'") {
        Ok(_) => panic!("{when} is accepted"),
        Err(fault) => fault,
    }
}

#[test]
fn what_was_not_read_decides_only_where_nothing_else_does() {
    // `approved` was not read, `name` was.
    let facts = json!({ "name": "pe-a" });
    for (when, expected) in [
        ("endpoint.approved", unread("endpoint.approved")),
        ("!endpoint.approved", unread("endpoint.approved")),
        ("endpoint.approved == null", unread("endpoint.approved")),
        ("endpoint.approved != null", unread("endpoint.approved")),
        ("endpoint.approved == endpoint.approved", unread("endpoint.approved")),
        ("endpoint.approved && false", Outcome::Pass),
        ("false && endpoint.approved", Outcome::Pass),
        ("endpoint.approved && true", unread("endpoint.approved")),
        ("true && endpoint.approved", unread("endpoint.approved")),
        ("endpoint.approved || true", fails()),
        ("true || endpoint.approved", fails()),
        ("endpoint.approved || false", unread("endpoint.approved")),
        ("false || endpoint.approved", unread("endpoint.approved")),
        ("endpoint.approved || endpoint.provisioningState == 'x'", unread("endpoint.provisioningState")),
        ("endpoint.approved ? true : true", unread("endpoint.approved")),
        ("endpoint.name == 'pe-a' ? true : endpoint.approved", fails()),
        ("endpoint.name == 'pe-b' ? true : endpoint.approved", unread("endpoint.approved")),
        ("endpoint.names.exists(n, true)", unread("endpoint.names")),
        ("endpoint.names.all(n, false)", unread("endpoint.names")),
        ("endpoint.names.size() == 0", unread("endpoint.names")),
        ("endpoint.names.map(n, n).size() == 0", unread("endpoint.names")),
        ("endpoint.names.filter(n, true).size() == 0", unread("endpoint.names")),
        ("endpoint.names.exists_one(n, true)", unread("endpoint.names")),
        ("endpoint.names.contains('a')", unread("endpoint.names")),
        ("!endpoint.names.contains('a')", unread("endpoint.names")),
        ("endpoint.location in ['a']", unread("endpoint.location")),
        ("!(endpoint.location in ['a'])", unread("endpoint.location")),
        ("['pe-a'].exists(x, x == endpoint.location)", unread("endpoint.location")),
        ("tag(endpoint.tags, 'owner') == null", unread("endpoint.tags")),
        ("matches(endpoint.location, '^a')", unread("endpoint.location")),
        ("!glob(endpoint.location, 'a*')", unread("endpoint.location")),
        ("!endsWithLabel(endpoint.location, 'a.b')", unread("endpoint.location")),
        ("!inCidr(endpoint.location, '10.0.0.0/8')", unread("endpoint.location")),
        ("endpoint.network.name == 'a'", unread("endpoint.network")),
        ("endpoint.network != null && endpoint.network.name == 'a'", unread("endpoint.network")),
    ] {
        assert_eq!(of_endpoint(when, &facts), expected, "{when}");
    }
}

#[test]
fn a_fact_that_misses_in_one_item_is_unread_unless_another_item_decides() {
    let facts = json!({ "connections": [
        { "name": "a", "target": { "name": "x" }, "approved": true },
        { "name": "b", "target": { "name": "y", "exists": true }, "approved": true },
    ] });
    let some = "endpoint.connections[].target.exists";
    for (when, expected) in [
        ("endpoint.connections.exists(c, c.target.exists)", fails()),
        ("endpoint.connections.exists(c, !c.target.exists)", unread(some)),
        ("endpoint.connections.all(c, c.target.exists)", unread(some)),
        ("endpoint.connections.all(c, !c.target.exists)", Outcome::Pass),
        ("endpoint.connections.exists_one(c, c.target.exists)", unread(some)),
        ("endpoint.connections.filter(c, c.target.exists).size() == 1", unread(some)),
        ("endpoint.connections.map(c, c.target.exists).size() == 2", unread(some)),
        ("endpoint.connections.filter(c, c.name == 'b').all(c, c.target.exists)", fails()),
        ("endpoint.connections[1].target.exists", fails()),
        ("endpoint.connections[0].target.exists", unread(some)),
        ("endpoint.connections[size(endpoint.connections) - 2].target.exists", unread(some)),
        ("endpoint.connections.filter(c, c.name == 'a')[0].target.exists", unread(some)),
        ("endpoint.connections.filter(c, c.approved).exists(d, !d.target.exists)", unread(some)),
    ] {
        assert_eq!(of_endpoint(when, &facts), expected, "{when}");
    }
}

#[test]
fn what_is_known_not_to_be_there_is_null() {
    let facts = json!({ "name": "pe-a", "location": null, "network": null, "tags": { "Owner": "anna" },
                        "connections": [], "names": [], "approved": false, "subnet": { "id": "s", "name": "n" } });
    let failed = |why: &str| Outcome::Failed(why.to_owned());
    for (when, expected) in [
        ("endpoint.location == null", fails()),
        ("endpoint.location != null", Outcome::Pass),
        ("endpoint.location == 'westeurope'", Outcome::Pass),
        ("endpoint.location != 'westeurope'", fails()),
        ("endpoint.network == null || endpoint.network.name != 'hub'", fails()),
        ("endpoint.network.name == 'hub'", failed("it asks for a field of null")),
        ("endpoint.network.name == 'hub' || true", fails()),
        ("endpoint.location.startsWith('west')", failed("`startsWith` does not take null and string")),
        ("endpoint.location > 'a'", failed("`>` does not take null and string")),
        ("endpoint.location in ['a', null]", fails()),
        ("tag(endpoint.tags, 'owner') == 'anna'", fails()),
        ("tag(endpoint.tags, 'cost') == null", fails()),
        ("endpoint.names.exists(n, n == 'a')", Outcome::Pass),
        ("endpoint.names.all(n, n == 'a')", fails()),
        ("endpoint.connections[0].approved", failed("it asks for an item that its list does not have")),
        ("size(endpoint.name) / size(endpoint.names) == 1", failed("it divides by zero")),
        ("size(endpoint.name) % size(endpoint.names) == 1", failed("it divides by zero")),
        ("9223372036854775807 + size(endpoint.name) > 0", failed("a number in it is too large")),
        ("-(-9223372036854775807 - 1) > size(endpoint.name)", failed("a number in it is too large")),
        (
            "int(endpoint.name) == 1",
            failed("it works on a value of another type than it takes, such as null"),
        ),
        ("endpoint.subnet.exists", unread("endpoint.subnet.exists")),
    ] {
        let found = of_endpoint(when, &facts);
        let both_failed = matches!((&found, &expected), (Outcome::Failed(_), Outcome::Failed(_)));
        assert!(found == expected || (both_failed && when.starts_with("int(")), "{when}: {found:?}");
    }
}

#[test]
fn functions_are_strict() {
    let facts = json!({ "id": "/subscriptions/s/x/Vnet-Hub", "name": "Acct.blob.core.windows.net", "location": "10.1.2.3",
                        "tags": {}, "names": ["a.b", "c.d"], "addresses": ["10.0.0.4", "fd00::4"] });
    for (when, expected) in [
        ("inCidr(endpoint.location, '10.0.0.0/8')", Some(true)),
        ("inCidr(endpoint.location, '10.2.0.0/16')", Some(false)),
        ("endpoint.addresses.exists(a, inCidr(a, 'fd00::/8'))", Some(true)),
        ("inCidr(endpoint.name, '10.0.0.0/8')", None),
        ("inCidr(endpoint.location, endpoint.name)", None),
        ("endsWithLabel(endpoint.name, 'core.windows.net')", Some(true)),
        ("endsWithLabel(endpoint.name, 'CORE.windows.net.')", Some(true)),
        ("endsWithLabel(endpoint.name, 'acct.blob.core.windows.net')", Some(true)),
        ("endsWithLabel(endpoint.name, 'e.windows.net')", Some(false)),
        ("endsWithLabel(endpoint.name, endpoint.id.lowerAscii())", Some(false)),
        ("glob(endpoint.id, '*/vnet-hub')", Some(true)),
        ("glob(endpoint.id, '*/vnet')", Some(false)),
        ("matches(endpoint.name, '^Acct[.]')", Some(true)),
        ("endpoint.name.matches('^acct')", Some(false)),
        ("endpoint.name.lowerAscii().startsWith('acct.blob')", Some(true)),
        ("endpoint.name.contains('blob') && endpoint.name.endsWith('.net')", Some(true)),
        ("endpoint.names.join('|') == 'a.b|c.d'", Some(true)),
        ("string(endpoint.names.size()) == '2' && int('3') == 3 && double('1.5') > 1.0", Some(true)),
        ("endpoint.tags.all(k, k == 'x')", Some(true)),
    ] {
        let found = of_endpoint(when, &facts);
        let fits = match expected {
            Some(true) => found == fails(),
            Some(false) => found == Outcome::Pass,
            None => matches!(found, Outcome::Failed(_)),
        };
        assert!(fits, "{when}: {found:?}");
    }
}

#[test]
fn a_message_that_hangs_on_what_was_not_read_gives_way() {
    let with = |message: &str| compiled("endpoint", "endpoint.name == 'a'", message).unwrap();
    let facts = json!({ "name": "a", "location": null });
    for (message, expected) in [
        ("endpoint.name + ' is'", Some("a is")),
        ("endpoint.names.join(', ')", None),
        ("endpoint.location", None),
        ("endpoint.location == null ? 'nowhere' : endpoint.location", Some("nowhere")),
        ("''", None),
    ] {
        let found = judged(&with(message), &facts);
        assert_eq!(found, Outcome::Fail(expected.map(str::to_owned)), "{message}");
    }
    assert!(
        compiled("endpoint", "true", "1")
            .unwrap_err()
            .contains("`message`: it has to be a string, and is a int")
    );
}

#[test]
fn misspelt_facts_are_named_with_their_line_and_the_nearest() {
    for (when, line, said) in [
        ("endpoint.nam == 'a'", 8, "`endpoint` has no fact `nam` (did you mean `name`?)"),
        ("\n\nendpoint.nam == 'a'", 10, "did you mean `name`?"),
        (
            "true &&\n'é' != endpoint.name && \nendpoint.network.nam == 'a'",
            10,
            "`endpoint.network` has no fact `nam`",
        ),
        ("endpoint.connections.exists(c, c.stat == 'a')", 8, "`c` has no fact `stat`"),
        ("endpoint.connections.filter(c, true)[0].stat == 'a'", 8, "has no fact `stat`"),
        ("endpoint.connections.map(c, c.target).exists(t, t.typ == 'a')", 8, "`t` has no fact `typ`"),
        ("(true ? endpoint.network : null).nam == 'a'", 8, "has no fact `nam`"),
        ("name == 'a'", 8, "unknown variable `name`; the fact is `endpoint.name`"),
        ("endpont.name == 'a'", 8, "unknown variable `endpont` (did you mean `endpoint`?)"),
        ("endpoint.name.startWith('a')", 8, "unknown function .startWith() (did you mean `startsWith`?)"),
        ("endpoint.names.exist(n, n == 'a')", 8, "unknown function .exist() (did you mean `exists`?)"),
        ("endpoint.name.size.x == 1", 8, "a string has no field `size`"),
    ] {
        let fault = refused("endpoint", when);
        assert!(fault.starts_with(&format!("{line}: `when`: ")) && fault.contains(said), "{when}: {fault}");
    }
}

#[test]
fn what_would_take_unread_for_absent_is_refused() {
    for when in [
        "has(endpoint.name)",
        "!has(endpoint.network.name)",
        "'name' in endpoint",
        "'owner' in endpoint.tags",
        "'a' in endpoint.names",
        "endpoint.names.exists(n, n in endpoint.neededZones)",
        "endpoint.tags.owner == 'a'",
        "endpoint.tags['owner'] == 'a'",
        "endpoint['name'] == 'a'",
        "size(endpoint) == 3",
        "endpoint == endpoint",
        "endpoint != null",
        "endpoint.exists(k, k == 'name')",
        "endpoint.network == endpoint.network",
        "endpoint.connections == []",
        "endpoint.connections[0] == endpoint.connections[1]",
        "endpoint.connections.filter(c, true) == endpoint.connections",
        "endpoint.connections.contains(endpoint.connections[0])",
        "[endpoint.network] == [null]",
        "endpoint.network in [null]",
        "endpoint.?name.hasValue()",
        "endpoint[?'name'].hasValue()",
        "optional.of(endpoint.name).hasValue()",
        "size(endpoint.network) == 3",
        "endpoint.network.exists(k, k == 'name')",
        "dyn(endpoint.network) == dyn(endpoint.network)",
        "type(endpoint.name) == string",
        "{'a': endpoint.name}.a == 'a'",
        "{'a': 1}['b'] == 1",
    ] {
        refused("endpoint", when);
    }
    // The facts of what is null are not compared; that it is null is.
    rule("endpoint", "endpoint.network == null && endpoint.connections != null");
}

#[test]
fn wrong_types_are_seen_before_any_row_is() {
    for (when, said) in [
        ("endpoint.name == 1", "a string is never `==` a int"),
        ("endpoint.name != 1", "always `!=`"),
        ("endpoint.name", "it has to be a bool, and is a string"),
        ("1 + 1", "it has to be a bool"),
        ("null", "it has to be a bool"),
        ("endpoint.name && true", "`&&` takes a bool, not a string"),
        ("!endpoint.name", "`!` takes a bool"),
        ("endpoint.name > 1", "cannot compare a string with a int"),
        ("endpoint.name + 1 == 'a'", "string(…) makes a text of a number"),
        ("endpoint.name ? true : false", "`? :` takes a bool"),
        ("(true ? 'a' : 1) == 'a'", "the two sides of `? :` differ"),
        ("endpoint.name in [1, 2]", "a string is never in a list of int"),
        ("endpoint.names == 'a'", "never `==`"),
        ("endpoint.names.contains(1)", "never contains"),
        ("endpoint.name.exists(x, true)", "this goes through a list, not a string"),
        ("endpoint.names.exists(n, n)", "`||` takes a bool, not a string"),
        ("endpoint.names[0] == 1", "never `==`"),
        ("endpoint.names['a'] == 'b'", "a list is asked by number"),
        ("['a', 1].size() == 2", "a list of string cannot hold a int"),
        ("-endpoint.name == 'a'", "`-` takes a number"),
        ("size(1) == 1", "size() takes a string"),
        ("endpoint.name.startsWith(1)", "startsWith() takes a string"),
        ("inCidr(endpoint.name, '10.0.0.0')", "`10.0.0.0` is no prefix in CIDR notation"),
        ("inCidr('a', '10.0.0.0/8')", "`a` is no IP address"),
        ("glob(endpoint.id, '[')", "is no pattern"),
        ("glob(endpoint.id, endpoint.name)", "has to be written out"),
        ("matches(endpoint.id, '(')", "is no regular expression"),
        ("endpoint.id.matches(endpoint.name)", "has to be written out"),
        ("endsWithLabel(endpoint.name, 'a..b')", "is no name of a zone"),
        ("inCidr(endpoint.name)", "inCidr() is written inCidr(ip"),
        ("endpoint.name.tag('a') == null", "tag() is written tag(tags"),
        ("tag(endpoint.name, 'a') == null", "tag() takes tags"),
        ("endpoint.names.map(endpoint, endpoint) == []", "is the name of something else"),
        ("endpoint.tags.map(k, k) == ['a']", "the keys of a map have no order"),
        ("a{b: 1} == null", "a message is not offered"),
    ] {
        let fault = refused("endpoint", when);
        assert!(fault.contains(said), "{when}: {fault}");
    }
    let fault = refused("endpoint", "endpoint.nam == 'a' || endpoint.locaton == 'b'");
    assert_eq!(fault.lines().count(), 2, "every fault is told: {fault}");
}

#[test]
fn comprehensions_hang_together_to_a_limit() {
    let chain = |n: usize| format!("endpoint.names{}.size() == 1", ".map(x, x + x)".repeat(n));
    rule("endpoint", &chain(4));
    assert!(refused("endpoint", &chain(5)).contains("at most 4"));
    let nested =
        |n: usize| (0..n).fold("true".to_owned(), |inner, n| format!("endpoint.names.all(x{n}, {inner})"));
    rule("endpoint", &nested(2));
    assert!(refused("endpoint", &nested(3)).contains("at most two"));
}

#[test]
fn hostile_texts_are_refused_in_time() {
    for when in [
        "(".repeat(4000),
        "[".repeat(4000),
        "{".repeat(4000),
        "!".repeat(4000),
        "-".repeat(4000),
        "a?".repeat(2000),
        format!("{}true", "!".repeat(4000)),
        format!("{}1{}", "(".repeat(2000), ")".repeat(2000)),
        format!("{}1{} == 1", "[".repeat(2000), "]".repeat(2000)),
        format!("1{} == 1", "+1".repeat(2000)),
        format!("endpoint{}", ".a".repeat(2000)),
        format!("endpoint.names{}", "[0]".repeat(1300)),
        "true ? true : ".repeat(290),
        format!("{}true", "true ? true : ".repeat(290)),
        "f(".repeat(2000),
        "endpoint.names.map(x,".repeat(190),
        "'".repeat(4000),
        "\u{0}".repeat(2000),
        "\u{202e}é\u{feff}".to_owned(),
        "'\\q((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((('".to_owned(),
        "\\".repeat(4000),
        "1".repeat(4000),
        "x".repeat(5000),
        "a.b{".repeat(1000),
        "/*".to_owned(),
        "//".to_owned(),
        "`a`".to_owned(),
        "0x".to_owned(),
        "99999999999999999999 == 1".to_owned(),
        "'\\U00110000' == ''".to_owned(),
        "b'\\xff' == ''".to_owned(),
        "@result".to_owned(),
        "__result__ == 1".to_owned(),
    ] {
        refused("endpoint", &when);
    }
    let wide = vec!["endpoint.name != 'a'"; 150].join(" && ");
    rule("endpoint", &wide);
    let wide = vec!["endpoint.names.exists(n, n == 'a')"; 90].join(" || ");
    assert_eq!(of_endpoint(&wide, &json!({ "names": [] })), Outcome::Pass);
}

/// Rows are judged on threads with two megabytes of stack, as tests are.
#[test]
fn the_deepest_that_is_taken_can_be_evaluated() {
    let deepest = |make: &dyn Fn(usize) -> String| {
        let sound =
            (1..=32).rev().find_map(|n| compiled("endpoint", &make(n), "'a'").ok().map(|rule| (n, rule)));
        let (n, rule) = sound.unwrap_or_else(|| panic!("{}", make(1)));
        assert!(!matches!(judged(&rule, &json!({ "names": ["a"] })), Outcome::Failed(_)), "{}", make(n));
        n
    };
    assert!(deepest(&|n| format!("{}true", "false ? true : ".repeat(n))) > 25);
    assert!(deepest(&|n| format!("{}1{} == []", "[".repeat(n), "]".repeat(n))) > 25);
    assert!(deepest(&|n| format!("{}0{} == 0", "(1 - ".repeat(n), ")".repeat(n))) > 12);
    assert!(deepest(&|n| format!("'a'{} == ''", " + 'a'".repeat(n))) > 25);
    assert!(deepest(&|n| format!("endpoint.names{}.size() > 0", ".map(x, x + x)".repeat(n))) == 4);
    assert!(deepest(&|n| format!("{}true{}", "!(".repeat(n), ")".repeat(n))) > 12);
}

#[test]
fn every_fact_of_every_subject_has_a_type() {
    fn any(found: &Type, path: &str, odd: &mut Vec<String>) {
        match &found.form {
            Form::Any | Form::Null => odd.push(path.to_owned()),
            Form::List(inner) | Form::Map(inner) => any(inner, path, odd),
            Form::Record(fields) => {
                fields.iter().for_each(|(name, inner)| any(inner, &format!("{path}.{name}"), odd));
            }
            _ => {}
        }
    }
    let mut odd = Vec::new();
    for subject in Subject::ALL {
        let row = Type::of_schema(schema(subject).as_value());
        assert!(matches!(&row.form, Form::Record(fields) if fields.len() > 8), "{}", subject.name());
        any(&row, subject.name(), &mut odd);
    }
    assert_eq!(odd, Vec::<String>::new());
}

#[test]
fn words_that_a_fact_never_has_are_refused() {
    let schema = json!({ "type": "object", "properties": { "outcome": { "type": "string", "enum": ["records", "dead"] } } });
    let row = Type::of_schema(&schema);
    let due = super::expression::Due { subject: "name", row: &row, result: &Type::BOOL };
    let env = Arc::new(language().unwrap());
    let said = |when: &str| {
        super::expression::compile(&env, when, &due).map(|_| ()).map_err(|all| format!("{all:?}"))
    };
    for when in
        ["name.outcome == 'reccords'", "'reccords' != name.outcome", "name.outcome in ['dead', 'reccords']"]
    {
        let fault = said(when).unwrap_err();
        assert!(fault.contains("(did you mean `records`?)"), "{when}: {fault}");
    }
    for when in ["name.outcome == 'dead'", "name.outcome in ['dead', 'records']"] {
        assert_eq!(said(when), Ok(()), "{when}");
    }
}

#[test]
fn at_most_two_comprehensions_stand_in_one_another() {
    let when =
        "endpoint.names.exists(a, endpoint.names.exists(b, endpoint.names.exists(c, a == b && b == c)))";
    assert!(refused("endpoint", when).contains("at most two of"));
    rule("endpoint", "endpoint.names.exists(a, endpoint.names.exists(b, a == b))");
}

#[test]
fn what_may_be_either_of_two_records_has_the_facts_of_both() {
    let fault = refused("endpoint", "[endpoint.network, endpoint.subnet].exists(x, x.routeTable == 'a')");
    assert!(fault.contains("`x` has no fact `routeTable`"), "{fault}");
}
