//! Text as Markdown that stays text: no link, no image, no mention, no markup, wherever it is shown. Knows nothing of
//! reports.
//!
//! Escapes are not enough: what makes links of `@name`, `#12`, `www.…`, `:name:` and `$…$` reads the text that comes
//! out, where an escape is gone (GitHub docs: basic writing syntax; GFM: autolinks). Nothing of that happens in code. So
//! a word stays a word when it is plain, and any other is code, which suits names, addresses and ids anyway.

use std::fmt::Write;

use super::text::{clipped, inert, prose};

/// Longer texts say how much of them is left out.
const LONGEST: usize = 1_000;

/// Longer commands are not shown: a part of one is no command.
const LONGEST_COMMAND: usize = 8_000;

/// A sentence: ARM ids in it shortened, every word that is not plain as code. Never put it where a line begins: it may
/// begin like a list.
pub(super) fn sentence(text: &str) -> String {
    brief(text, LONGEST)
}

/// As [`sentence`], of at most so many characters.
pub(super) fn brief(text: &str, most: usize) -> String {
    let text = prose(text);
    let text = clipped(&text, most);
    let words: Vec<String> = text.split(' ').filter(|word| !word.is_empty()).map(word).collect();
    match words.is_empty() {
        true => "(empty)".to_owned(),
        false => words.join(" "),
    }
}

/// A name, an id or another text that is one thing: code.
pub(super) fn code(text: &str) -> String {
    match inert(text) {
        text if text.is_empty() => "(empty)".to_owned(),
        text => coded(&clipped(&text, LONGEST)),
    }
}

/// A word and the punctuation around it.
fn word(text: &str) -> String {
    let start = text.len() - text.trim_start_matches(['(', '\'', '"']).len();
    let end = text.trim_end_matches(|c| ".,;:!?)'\"".contains(c)).len().max(start);
    let core = &text[start..end];
    match (is_plain(core), quoted(core)) {
        (true, _) => text.to_owned(),
        (false, quoted) => format!("{}{}{}", &text[..start], coded(quoted.unwrap_or(core)), &text[end..]),
    }
}

/// What stands between two backticks, as messages put names.
fn quoted(word: &str) -> Option<&str> {
    let name = word.strip_prefix('`')?.strip_suffix('`')?;
    (!name.is_empty() && !name.contains('`')).then_some(name)
}

/// Whether a word means nothing to any reader of Markdown. Seven hexadecimal digits are a commit.
fn is_plain(word: &str) -> bool {
    if word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let is_letter = |c: char| c.is_alphabetic() || "'’-–—→…".contains(c);
    word.bytes().all(|byte| byte.is_ascii_digit()) || word.chars().all(is_letter) && word != "-"
}

/// Code spans. What ends a span or a cell stands between them as an entity, which cannot be structure (CommonMark:
/// entity references; GFM: tables).
fn coded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let special = |c: char| matches!(c, '`' | '|' | '\\');
    for part in text.split_inclusive(special) {
        let (part, last) = match part.chars().next_back().filter(|c| special(*c)) {
            Some(last) => (part.strip_suffix(last).unwrap_or(part), Some(last)),
            None => (part, None),
        };
        // One blank on both sides belongs to the span.
        let pad = if part.starts_with(' ') && part.ends_with(' ') { " " } else { "" };
        if !part.is_empty() {
            let _ = write!(out, "`{pad}{part}{pad}`");
        }
        if let Some(last) = last {
            let _ = write!(out, "&#{};", u32::from(last));
        }
    }
    out
}

/// Text inside of a tag of ours, where Markdown is not read.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in inert(text).chars() {
        match c.is_alphanumeric() || " -,.:()".contains(c) {
            true => out.push(c),
            false => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
        }
    }
    out
}

/// A command in a block of its own, as it must be typed. The fence is longer than any run of backticks in it.
pub(super) fn command(text: &str) -> String {
    let text = inert(text);
    if text.chars().count() > LONGEST_COMMAND {
        return "(the command is too long to show here; `-f json` has it)\n".to_owned();
    }
    let run = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(run.max(2) + 1);
    format!("{fence}sh\n{text}\n{fence}\n")
}

/// An address that can be followed, where it is one; else the text as it is.
pub(super) fn link(url: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=%+,".contains(c);
    match url.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() && rest.chars().all(is_part) && url.len() < LONGEST => {
            format!("<{url}>")
        }
        _ => sentence(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_others_are_code() {
        assert_eq!(
            sentence("The zone's link to 'rg/vnet', 10.0.0.4: not-linked (3 of 12)."),
            "The zone's link to '`rg/vnet`', `10.0.0.4`: not-linked (3 of 12)."
        );
        assert_eq!(sentence("record `web`, and `two words`"), "record `web`, and &#96;`two` `words`&#96;");
        assert_eq!(sentence(""), "(empty)");
        assert_eq!(sentence("  a   b "), "a b");
    }

    #[test]
    fn nothing_that_acts_is_outside_of_code() {
        for text in ["@me", "#12", "GH-12", "www.a.b", "https://a.b", "$x$", "deadbeef", "<b>", "*a*", "_a_"]
        {
            assert_eq!(sentence(text), format!("`{text}`"));
        }
        assert_eq!(sentence(":cat:"), "`:cat`:");
        assert_eq!(sentence("[a](javascript:b)"), "`[a](javascript:b`)");
        assert_eq!(sentence(r"a|b\`c"), "`a`&#124;`b`&#92;&#96;`c`");
        assert_eq!(sentence("\u{1b}[2J"), "&#92;`u{1b}[2J`");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(command("az x"), "```sh\naz x\n```\n");
        assert_eq!(command("a ```` b"), "`````sh\na ```` b\n`````\n");
        assert!(command(&"x".repeat(9_000)).starts_with('('));
    }

    #[test]
    fn only_addresses_are_links() {
        assert_eq!(link("https://learn.microsoft.com/a-b?c=d#e"), "<https://learn.microsoft.com/a-b?c=d#e>");
        for text in ["https://a>b", "javascript:x", "https://", "http://a"] {
            assert!(!link(text).starts_with('<'), "{text}");
        }
    }
}
