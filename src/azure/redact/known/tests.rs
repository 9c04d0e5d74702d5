//! Every spelling of every part of a secret, in messages and in answers, and what must stay as it is.

use super::*;

const SECRET: &str = "Ab~Cd.Ef-gh/Ij+kl\"Mn_0123456789=";
const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL3RoZS1zZXJ2aWNlLmV4YW1wbGUvIn0.dGhpcyBpcyBub3QgYSBzaWduYXR1cmU";

fn holding(secrets: &[&str]) -> Known {
    let mut known = Known::default();
    secrets.iter().for_each(|secret| known.add(secret));
    known
}

/// What an answer becomes.
fn answered(known: &Known, answer: &str) -> String {
    let finder = known.finder().unwrap();
    String::from_utf8(finder.replace_all(answer.as_bytes(), NoExpand(HIDDEN.as_bytes())).into_owned())
        .unwrap()
}

fn escaped(text: &str) -> String {
    text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn no_spelling_survives_in_a_message() {
    let known = holding(&[SECRET, TOKEN]);
    for secret in [SECRET, TOKEN] {
        let twice = percent(&percent(secret));
        let spelled = [
            secret.to_owned(),
            serde_json::Value::from(secret).to_string(),
            serde_json::Value::from(serde_json::Value::from(secret).to_string()).to_string(),
            escaped(secret),
            percent(secret),
            twice,
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            base64::encode(format!("client:{secret}")),
            base64::encode_url_safe(format!("a:{secret}!")),
            base64::encode(format!("{{\"secret\":\"{secret}\"}}")),
        ];
        for spelling in spelled {
            let hidden = known.hide(&spelling).into_owned();
            assert!(hidden.contains(HIDDEN), "{spelling} stays {hidden}");
            let left = hidden.replace(HIDDEN, "");
            // Around the value base64 holds up to two characters on each side, and what was put there.
            assert!(left.len() < 30, "of {spelling} {left} is left");
            assert!(pieces_left(&left, secret).is_empty(), "{left}");
        }
    }
}

/// Runs of a secret that a text still holds.
fn pieces_left(text: &str, secret: &str) -> Vec<String> {
    let all = secret.as_bytes().windows(PIECE).filter_map(|piece| std::str::from_utf8(piece).ok());
    all.filter(|piece| text.contains(piece)).map(str::to_owned).collect()
}

#[test]
fn what_is_left_of_one_that_was_cut_is_hidden_too() {
    let known = holding(&[SECRET, TOKEN]);
    for secret in [SECRET, TOKEN] {
        for cut in [&secret[..14], &secret[7..20], &secret[secret.len() - 13..]] {
            let told = format!("it was {cut} and no more");
            assert_eq!(known.hide(&told), "it was *** and no more", "{cut}");
        }
    }
    assert_eq!(known.hide(&format!("{TOKEN}{SECRET} {SECRET}")), "*** ***", "one after the other");
    let payload = TOKEN.split('.').nth(1).unwrap();
    assert_eq!(known.hide(payload), HIDDEN);
}

#[test]
fn no_spelling_survives_in_an_answer() {
    let known = holding(&[SECRET, TOKEN]);
    for secret in [SECRET, TOKEN] {
        for spelling in parts(secret).flat_map(spellings) {
            let answer = answered(&known, &format!(r#"{{"tags":{{"a":"{spelling}"}},"b":1}}"#));
            assert_eq!(answer, r#"{"tags":{"a":"***"},"b":1}"#, "{spelling}");
        }
    }
    let basic = base64::encode(format!("client:{TOKEN}"));
    assert!(answered(&known, &basic).len() < 20, "{}", answered(&known, &basic));
    let link = format!("https://host/list?$skiptoken={TOKEN}&api-version=1");
    assert_eq!(answered(&known, &link), "https://host/list?$skiptoken=***&api-version=1");
}

#[test]
fn everything_else_stays() {
    let known = holding(&[SECRET, TOKEN, "eightchr", "päßwörter"]);
    for text in [
        "",
        "AADSTS7000215: Invalid client secret provided.",
        "eyJ0eXAiOiJ another that starts alike",
        "100 % of %7E \\u0041 \\q \\",
        "ein Umlaut: päßwort",
    ] {
        assert!(matches!(known.hide(text), Cow::Borrowed(_)), "{text}");
    }
    assert_eq!(known.hide("an eightchr word"), "an *** word");
    assert_eq!(known.hide("ein päßwörter %C3%A4"), "ein *** %C3%A4");
    let names = r#"{"name":"eightchr","nextLink":"https://h/?$skiptoken=eyJ0eXAiOiJKV1QiLCJw"}"#;
    assert_eq!(answered(&known, names), names, "names are not touched for a word");
}

#[test]
fn a_secret_is_kept_once_and_never_a_word() {
    assert!(holding(&[]).finder().is_none());
    keep("  sevenxy ");
    assert_eq!(hidden("sevenxy"), "sevenxy");
    keep(" kept-for-this-test-alone\n");
    keep("kept-for-this-test-alone");
    assert_eq!(hidden("it is kept-for-this-test-alone, is it"), "it is ***, is it");
    let answer = without_secrets(Bytes::from_static(b"[\"kept-for-this-test-alone\"]"));
    assert_eq!(answer, Bytes::from_static(b"[\"***\"]"));
}
