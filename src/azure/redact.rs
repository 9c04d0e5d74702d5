//! Text from servers and tools → one harmless line: no control characters, nothing that is or looks like a secret.

mod decoded;
mod known;

use std::borrow::Cow;

pub(super) use known::{keep, without_secrets};

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// A run of letters and digits at least this long that mixes upper case, lower case and digits is taken for a
/// secret. Azure's own identifiers (GUIDs, hashes) are lower-case hexadecimal and stay readable.
const SECRET_LENGTH: usize = 32;

/// Puts `text` on one line of at most `max` characters, without control characters and without anything that
/// looks like a token, an assertion or a secret.
pub(crate) fn line(text: &str, max: usize) -> String {
    plain_line(&hidden(text), max)
}

fn plain_line(text: &str, max: usize) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(is_break) {
        if word.is_empty() {
            continue;
        }
        let after_scheme = words.last().is_some_and(|w| w.eq_ignore_ascii_case("bearer"));
        words.push(if after_scheme { HIDDEN.to_owned() } else { word_without_secret(word) });
    }
    shorten(&words.join(" "), max)
}

/// The text as it is, without the secrets that this process holds and without pieces of them, however they are spelled.
pub(crate) fn hidden(text: &str) -> Cow<'_, str> {
    known::hidden(text)
}

/// As [`line`] for a panic, which must wait for nobody; `None` when nothing can be said at once.
pub(crate) fn line_at_once(text: &str, max: usize) -> Option<String> {
    Some(plain_line(&known::hidden_at_once(text)?, max))
}

/// As [`line`], and `secrets` (known values, short ones too) are hidden wherever they stand.
pub(super) fn line_without(text: &str, secrets: &[&str], max: usize) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|s| s.len() >= 4) {
        text = text.replace(secret, HIDDEN);
    }
    line(&text, max)
}

fn is_break(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        // Characters without a glyph that reorder or hide text on a terminal.
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn word_without_secret(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    for name in ["client_secret=", "client_assertion=", "assertion=", "access_token=", "sig=", "password="] {
        if let Some(at) = lower.find(name) {
            return format!("{}{HIDDEN}", &word[..at + name.len()]);
        }
    }
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find(is_token_char) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_token_char(c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        out.push_str(before);
        out.push_str(if is_secret(run) { HIDDEN } else { run });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The characters of a JSON web token and of most generated secrets.
fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+')
}

fn is_secret(run: &str) -> bool {
    // Every JSON web token starts with the base64 of `{"`.
    if run.starts_with("eyJ") && run.len() >= 16 {
        return true;
    }
    run.split(['-', '.']).any(|part| {
        part.len() >= SECRET_LENGTH
            && part.bytes().any(|b| b.is_ascii_uppercase())
            && part.bytes().any(|b| b.is_ascii_lowercase())
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiJhYmMifQ.c2ln-bmF0_dXJl";

    #[test]
    fn text_becomes_one_line_without_control_characters() {
        assert_eq!(line("a\r\n b\x1b[31mc\u{202E}d\t", 80), "a b [31mc d");
        assert_eq!(line("äöü€", 3), "äö…");
    }

    #[test]
    fn tokens_and_secrets_do_not_survive() {
        let secret = "aB3defGHIjklMNO4pqrSTUvwx5YZabcDEFghi";
        for text in [
            format!("token {JWT} refused"),
            format!("{{\"access_token\":\"{JWT}\"}}"),
            format!("Authorization: Bearer {secret}"),
            format!("grant_type=x&client_secret={secret}&scope=y"),
            format!("the secret '{secret}' is wrong"),
            format!("https://host/path?sig={secret}"),
        ] {
            let clean = line(&text, 1000);
            assert!(!clean.contains(secret) && !clean.contains("eyJ"), "{clean}");
            assert!(clean.contains("***"), "{clean}");
        }
        assert_eq!(line_without("header short-one refused", &["short-one"], 80), "header *** refused");
    }

    #[test]
    fn azure_names_stay_readable() {
        for text in [
            "AADSTS7000215: Invalid client secret provided.",
            "The client '3f2504e0-4f89-11d3-9a0c-0305e82c3301' has no Microsoft.Network/privateEndpoints/read over \
             scope '/subscriptions/3f2504e0-4f89-11d3-9a0c-0305e82c3301/resourceGroups/rg-Hub-Network-01'",
            "privatelink.vaultcore.azure.net bearer",
        ] {
            assert_eq!(line(text, 1000), text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}
