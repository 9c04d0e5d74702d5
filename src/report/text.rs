//! Text from Azure made safe and short for a terminal. Knows nothing of layout.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

use super::traffic;
pub use crate::inert::inert;
use crate::inventory::ResourceId;

/// A text as a cell of a spreadsheet: safe, and never a formula (OWASP: CSV injection). Where a list separator is the
/// semicolon, a cell begins after each semicolon too.
pub(super) fn cell(text: &str) -> String {
    let safe = inert(text);
    let mut cell = String::with_capacity(safe.len() + 1);
    for (n, part) in safe.split(';').enumerate() {
        if n > 0 {
            cell.push(';');
        }
        if begins_formula(part) {
            cell.push('\'');
        }
        cell.push_str(part);
    }
    cell
}

/// Whether a spreadsheet may read a text as a formula: also behind blanks and quotes, and in the full-width forms that
/// some locales take for the plain ones.
fn begins_formula(text: &str) -> bool {
    let shown = text.trim_start_matches(|c: char| c.is_whitespace() || "'\"`".contains(c));
    shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A text of at most so many characters, and how many are left out.
pub(super) fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let left = text[end..].chars().count();
            Cow::Owned(format!("{}… ({})", &text[..end], count(left, "more character")))
        }
    }
}

/// Text as HTML and XML may hold it between tags and in quoted attributes: nothing acts, nothing ends what it stands in.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in inert(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML 1.0 has no such characters.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A resource as people call it: `group/name`, `group/network/subnet`; `None` when the text is no ARM id of a
/// resource.
pub(super) fn short_id(text: &str) -> Option<String> {
    if !text.get(..15)?.eq_ignore_ascii_case("/subscriptions/") {
        return None;
    }
    let id = ResourceId::new(text);
    let kind = id.resource_type()?;
    let names = kind.matches('/').count();
    let segments: Vec<&str> = text.trim_end_matches('/').rsplit('/').step_by(2).take(names).collect();
    let mut short = id.resource_group().map(inert).unwrap_or_default().into_owned();
    for name in segments.iter().rev() {
        if !short.is_empty() {
            short.push('/');
        }
        short.push_str(&inert(name));
    }
    Some(short)
}

/// A sentence, safe, with the ARM ids in it shortened.
pub(super) fn prose(text: &str) -> String {
    if !text.contains('/') {
        return inert(text).into_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        let start =
            word.find('/').filter(|at| word[..*at].chars().all(|c| !c.is_alphanumeric())).unwrap_or(0);
        let end = word.trim_end_matches(|c: char| ",.;:!?)]}'\"`".contains(c)).len().max(start);
        match short_id(&word[start..end]) {
            Some(short) => {
                let _ = write!(out, "{}{short}{}", inert(&word[..start]), inert(&word[end..]));
            }
            None => out.push_str(&inert(word)),
        }
    }
    // What each part lacked, they may be together.
    match inert(&out) {
        Cow::Borrowed(_) => out,
        Cow::Owned(safe) => safe,
    }
}

/// How many items of a list are shown.
const ITEMS: usize = 8;

/// A value of the evidence on one line. A `path` is a way through hops and is shown whole, a `course` of numbers drawn.
pub(super) fn value(key: &str, value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => prose(text),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) if key == "path" => {
            items.iter().map(|item| self::value("", item)).collect::<Vec<_>>().join(" → ")
        }
        Value::Array(items) if key == "course" && traffic::course(items).is_some() => {
            traffic::sparkline(&traffic::course(items).unwrap_or_default())
        }
        Value::Array(items) => {
            let mut shown: Vec<String> = items.iter().take(ITEMS).map(|item| self::value("", item)).collect();
            if items.len() > ITEMS {
                shown.push(format!("… and {} more", items.len() - ITEMS));
            }
            shown.join(", ")
        }
        Value::Object(fields) => {
            let pair = |(key, item): (&String, &Value)| format!("{} {}", words(key), self::value(key, item));
            fields.iter().map(pair).collect::<Vec<_>>().join("; ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A key as words: `expectedAddresses` → `expected addresses`; a virtual network by its short name.
pub(super) fn words(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut after_lower = false;
    for c in inert(key).chars() {
        let starts_word = after_lower && c.is_ascii_uppercase();
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if starts_word {
            out.push(' ');
        }
        out.push(if starts_word { c.to_ascii_lowercase() } else { c });
    }
    out.replace("virtual network", "VNet")
}

/// `1 endpoint`, `3 endpoints`, `2 entries`.
pub(super) fn count(n: usize, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        (_, None) => format!("{n} {noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn join_and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ENDPOINT: &str =
        "/subscriptions/0-1/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe";
    const SUBNET: &str =
        "/subscriptions/0-1/resourcegroups/rg/providers/microsoft.network/virtualnetworks/v/subnets/s";

    #[test]
    fn a_cell_is_no_formula() {
        for (text, shown) in [
            ("=1+1", "'=1+1"),
            (" \u{3000}\"+1", "' \u{3000}\"+1"),
            ("＠x", "'＠x"),
            ("\t=1", r"\u{9}=1"),
            ("a; =1;b;-2", "a;' =1;b;'-2"),
            ("a=1, x-y@z", "a=1, x-y@z"),
            ("", ""),
        ] {
            assert_eq!(cell(text), shown);
        }
    }

    #[test]
    fn long_texts_say_what_is_left_out() {
        assert_eq!((clipped("東京", 2), clipped("", 0)), ("東京".into(), "".into()));
        assert_eq!(clipped("東京x", 1), "東… (2 more characters)");
    }

    #[test]
    fn ids_become_names() {
        assert_eq!(short_id(ENDPOINT).as_deref(), Some("rg/pe"));
        assert_eq!(short_id(SUBNET).as_deref(), Some("rg/v/s"));
        assert_eq!(short_id(&ENDPOINT.replace("/pe", "/\u{1b}[2J")).as_deref(), Some(r"rg/\u{1b}[2J"));
        for no_id in
            ["", "/", "pe", "/subscriptions/0-1", "/subscriptions/0-1/resourceGroups/rg", "/subscriptionß/"]
        {
            assert_eq!(short_id(no_id), None, "{no_id}");
        }
    }

    #[test]
    fn ids_in_sentences_are_shortened() {
        assert_eq!(prose(&format!("see '{ENDPOINT}', in ({SUBNET}).")), "see 'rg/pe', in (rg/v/s).");
        assert_eq!(prose("10.0.0.0/16 and a/b, https://x/y"), "10.0.0.0/16 and a/b, https://x/y");
    }

    #[test]
    fn evidence_reads_as_text() {
        assert_eq!(value("found", &json!(null)), "(none)");
        assert_eq!(value("found", &json!([])), "(none)");
        assert_eq!(value("found", &json!(["10.0.0.4", "10.0.0.5"])), "10.0.0.4, 10.0.0.5");
        assert_eq!(value("path", &json!(["v", SUBNET, "Azure DNS"])), "v → rg/v/s → Azure DNS");
        assert_eq!(value("x", &json!({"isLinked": false, "zone": ["z"]})), "is linked false; zone z");
        assert_eq!(value("x", &json!((0..10).collect::<Vec<_>>())), "0, 1, 2, 3, 4, 5, 6, 7, … and 2 more");
    }

    #[test]
    fn keys_read_as_words() {
        assert_eq!(words("expectedAddresses"), "expected addresses");
        assert_eq!(words("virtualNetwork"), "VNet");
        assert_eq!(words("TTL"), "TTL");
    }

    #[test]
    fn counts_and_lists_read_as_english() {
        assert_eq!((count(1, "error"), count(0, "entry")), ("1 error".into(), "0 entries".into()));
        let names = |n: usize| ["a", "b", "c"].map(String::from)[..n].to_vec();
        assert_eq!([0, 1, 2, 3].map(|n| join_and(&names(n))), ["", "a", "a and b", "a, b and c"]);
    }
}
