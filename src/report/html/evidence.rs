//! Evidence as rows: what all findings of a cause say alike once, the rest at each finding.

use askama::Template;
use serde_json::Value;

use super::traffic::plot;
use crate::finding::{Finding, Related};
use crate::report::text::{self, words};
use crate::report::traffic::course;

/// How many items of a list are shown: more tell nobody anything, and JSON has them all.
const ITEMS: usize = 50;

/// Keys of which one without the other says little.
const TOGETHER: [&str; 3] = ["expected", "source", "found"];

/// One row of the evidence.
#[derive(Template)]
#[template(path = "row.html")]
pub(super) struct Row {
    pub key: String,
    pub text: String,
    /// The steps of a way, in order; `text` is empty then.
    pub hops: Vec<String>,
    /// The drawing of a course; `text` is empty then. Markup, of numbers alone.
    pub plot: Option<String>,
}

/// The keys under which findings do not all say the same.
pub(super) fn apart(findings: &[&Finding]) -> Vec<&'static str> {
    let Some((first, rest)) = findings.split_first() else { return Vec::new() };
    let same = |pair: &(&'static str, Value)| rest.iter().all(|finding| finding.evidence.contains(pair));
    let all = findings.iter().flat_map(|finding| &finding.evidence);
    let mut apart: Vec<&'static str> = Vec::new();
    for pair in first.evidence.iter().filter(|pair| !same(pair)) {
        apart.push(pair.0);
    }
    // What the first does not say at all, others may.
    for pair in all {
        if !apart.contains(&pair.0) && !first.evidence.iter().any(|own| own.0 == pair.0) {
            apart.push(pair.0);
        }
    }
    if TOGETHER.iter().any(|key| apart.contains(key)) {
        apart.extend(TOGETHER);
    }
    apart
}

/// The rows of a finding's evidence under the wanted keys.
pub(super) fn rows(finding: &Finding, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    finding.evidence.iter().filter(|pair| wanted(pair.0)).map(|(key, value)| row(key, value)).collect()
}

fn row(key: &str, value: &Value) -> Row {
    let key_words = words(key);
    match value {
        Value::Array(items) if key == "path" && !items.is_empty() => {
            Row { key: key_words, text: String::new(), hops: items.iter().map(shown).collect(), plot: None }
        }
        Value::Array(items) if key == "course" && course(items).is_some() => {
            let plot = course(items).map(|course| plot(&course));
            Row { key: key_words, text: String::new(), hops: Vec::new(), plot }
        }
        _ => Row { key: key_words, text: shown(value), hops: Vec::new(), plot: None },
    }
}

/// A value on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let mut texts: Vec<String> = items.iter().take(ITEMS).map(shown).collect();
            if items.len() > ITEMS {
                texts.push(format!("… and {} more (-f json has all)", items.len() - ITEMS));
            }
            texts.join(", ")
        }
        Value::Object(fields) => {
            let pair = |(key, item): (&String, &Value)| format!("{} {}", words(key), shown(item));
            fields.iter().map(pair).collect::<Vec<_>>().join("; ")
        }
        plain => text::value("", plain),
    }
}

/// Whether a related resource of the same role says what the evidence under a key does, and more.
pub(super) fn is_related(finding: &Finding, key: &str) -> bool {
    let told = finding.evidence.iter().find(|pair| pair.0 == key).and_then(|pair| pair.1.as_str());
    told.is_some_and(|told| {
        let same = |one: &Related| {
            let name = one.id.rsplit('/').next().unwrap_or_default();
            one.role == key && (one.id.eq_ignore_ascii_case(told) || name.eq_ignore_ascii_case(told))
        };
        finding.related.iter().any(same)
    })
}

/// The other resources that play a part, each with its whole id.
pub(super) fn related(related: &[Related]) -> Vec<(String, &str)> {
    related.iter().map(|one| (words(one.role), one.id.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_whole_up_to_a_limit() {
        assert_eq!(shown(&json!([])), "(none)");
        assert_eq!(shown(&json!((0..20).collect::<Vec<_>>())).matches(", ").count(), 19);
        assert!(shown(&json!((0..60).collect::<Vec<_>>())).ends_with("49, … and 10 more (-f json has all)"));
        assert_eq!(shown(&json!([{"isLinked": false, "zones": ["a", "b"]}])), "is linked false; zones a, b");
    }

    #[test]
    fn a_path_is_a_list_of_hops() {
        let row = row("path", &json!(["a", "b"]));
        assert_eq!((row.text.as_str(), row.hops.len()), ("", 2));
    }
}
