//! The secrets that this process holds, so that nothing it says or keeps repeats one, however it is spelled.
//!
//! They are the process's and not a run's: what writes to stderr, a panic among them, knows no run.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock, PoisonError, RwLock, TryLockError};

use azure_core::base64;
use bytes::Bytes;
use regex::bytes::{NoExpand, Regex};

use super::HIDDEN;
use super::decoded::{Unit, decoded};

/// Anything shorter is a word, and hiding it would hide words.
const SHORTEST: usize = 8;

/// So many characters of a secret in a row are hidden too: what is left of one that somebody cut short.
const PIECE: usize = 12;

/// In an answer nothing shorter is looked for: what looks like it may be a name, and names must stay what they are.
const SHORTEST_IN_ANSWERS: usize = 16;

/// So much of a spelling is looked for in answers; whatever goes on like a secret after it is hidden with it.
const BEGINNING: usize = 60;

static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

#[derive(Default)]
struct Known {
    values: HashSet<String>,
    /// Secrets too short to have pieces.
    short: Vec<Vec<u8>>,
    /// Every piece of every secret, as it is and in base64.
    pieces: HashSet<[u8; PIECE]>,
    /// Every spelling that is short enough to be looked for as a whole, and how the others begin.
    whole: HashSet<String>,
    beginnings: HashSet<String>,
    /// Finds any of them in an answer. Made when it is first needed.
    finder: OnceLock<Option<Regex>>,
}

/// Remembers a secret, for as long as the process lives.
pub(in crate::azure) fn keep(secret: &str) {
    let secret = secret.trim();
    let is_known = |known: &Known| known.values.contains(secret);
    if secret.len() < SHORTEST || is_known(&KNOWN.read().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).add(secret);
}

/// The text with every secret hidden, and every piece of one.
pub(super) fn hidden(text: &str) -> Cow<'_, str> {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).hide(text)
}

/// The same for whoever must not wait; `None` while a secret is being noted.
pub(super) fn hidden_at_once(text: &str) -> Option<Cow<'_, str>> {
    match KNOWN.try_read() {
        Ok(known) => Some(known.hide(text)),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner().hide(text)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The answer with every secret hidden. Whoever repeats what was sent to sign in shall not get it into a snapshot, a
/// journal or a report by way of a name, a tag or a link.
pub(in crate::azure) fn without_secrets(answer: Bytes) -> Bytes {
    let changed = {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        let finder = known.finder.get_or_init(|| known.finder()).as_ref();
        match finder.map(|finder| finder.replace_all(&answer, NoExpand(HIDDEN.as_bytes()))) {
            Some(Cow::Owned(changed)) => Bytes::from(changed),
            _ => return answer.clone(),
        }
    };
    tracing::warn!("an answer repeats a secret that this run signs in with; {HIDDEN} stands in its place");
    changed
}

impl Known {
    fn add(&mut self, secret: &str) {
        self.values.insert(secret.to_owned());
        if secret.len() < PIECE {
            self.short.push(secret.as_bytes().to_vec());
        }
        for form in [vec![secret.to_owned()], in_base64(secret)].concat() {
            let pieces = form.as_bytes().windows(PIECE);
            self.pieces.extend(pieces.filter_map(|piece| <[u8; PIECE]>::try_from(piece).ok()));
        }
        for spelling in parts(secret).flat_map(spellings) {
            match spelling.char_indices().nth(BEGINNING) {
                Some((end, _)) => self.beginnings.insert(spelling[..end].to_owned()),
                None => self.whole.insert(spelling),
            };
        }
        self.finder = OnceLock::new();
    }

    fn finder(&self) -> Option<Regex> {
        let any =
            |of: &HashSet<String>| of.iter().map(|one| regex::escape(one)).collect::<Vec<_>>().join("|");
        let goes_on = r"(?:[A-Za-z0-9_.~+/=-]|%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2})*";
        match (self.beginnings.is_empty(), self.whole.is_empty()) {
            (true, true) => None,
            (true, false) => Regex::new(&any(&self.whole)).ok(),
            (false, true) => Regex::new(&format!("(?:{}){goes_on}", any(&self.beginnings))).ok(),
            (false, false) => {
                let (begins, whole) = (any(&self.beginnings), any(&self.whole));
                Regex::new(&format!("(?:{begins}){goes_on}|{whole}")).ok()
            }
        }
    }

    fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let units = decoded(text);
        let bytes: Vec<u8> = units.iter().map(|unit| unit.byte).collect();
        let mut found: Vec<Range<usize>> = Vec::new();
        let pieces = bytes.windows(PIECE).enumerate().filter(|(_, piece)| self.pieces.contains(*piece));
        found.extend(pieces.map(|(at, _)| at..at + PIECE));
        for short in &self.short {
            let same = bytes.windows(short.len()).enumerate().filter(|(_, window)| window == short);
            found.extend(same.map(|(at, _)| at..at + short.len()));
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| range.start);
        Cow::Owned(without(text, &units, &found))
    }
}

/// The text without what these units are spelled by. `found` is sorted.
fn without(text: &str, units: &[Unit], found: &[Range<usize>]) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for range in found {
        let (Some(first), Some(last)) = (units.get(range.start), units.get(range.end - 1)) else { continue };
        if first.from > at || at == 0 {
            out.push_str(text.get(at..first.from).unwrap_or_default());
            out.push_str(HIDDEN);
        }
        at = at.max(last.until);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A secret, and of a JSON web token what it says and its signature: each alone is too much.
fn parts(secret: &str) -> impl Iterator<Item = &str> {
    let is_token = secret.starts_with("eyJ") && secret.matches('.').count() == 2;
    let inner = secret.split('.').skip(1).filter(move |_| is_token);
    std::iter::once(secret).chain(inner).filter(|part| part.len() >= SHORTEST_IN_ANSWERS)
}

/// How a value looks in an answer: as it is, in a JSON string, in a URL, in a form, in base64.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
    let plain_in =
        |marks: &'static [u8]| move |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    let in_url = in_percent(value, plain_in(b"-._~"));
    let in_form = in_percent(value, plain_in(b"-._*")).replace("%20", "+");
    let lower = [&in_url, &in_form].map(|spelling| lower_escapes(spelling));
    let mut all = vec![value.to_owned(), json.replace('/', "\\/"), json, in_url, in_form];
    all.extend(lower);
    for spelled_out in [in_escapes(value), in_percent(value, |_| false)] {
        all.extend([spelled_out.to_ascii_lowercase(), spelled_out]);
    }
    all.extend(in_base64(value));
    all.retain(|spelling| spelling.len() >= SHORTEST_IN_ANSWERS);
    all
}

fn in_percent(value: &str, is_plain: impl Fn(u8) -> bool) -> String {
    value.bytes().fold(String::new(), |mut out, byte| {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// As a JSON string may hold it: nothing but escapes.
fn in_escapes(value: &str) -> String {
    value.encode_utf16().fold(String::new(), |mut out, unit| {
        let _ = write!(out, "\\u{unit:04X}");
        out
    })
}

/// The same with escapes in lower case.
fn lower_escapes(spelling: &str) -> String {
    let mut parts = spelling.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| match part.split_at_checked(2) {
        Some((escape, rest)) => format!("{out}%{}{rest}", escape.to_ascii_lowercase()),
        None => out + "%" + part,
    })
}

/// The base64 of a text that holds the value, wherever the value begins in it: as far as nothing around the value plays a
/// part. Both alphabets.
fn in_base64(value: &str) -> Vec<String> {
    let shifted = |shift: usize| {
        let text = [&b"\0\0"[..shift], value.as_bytes()].concat();
        let coded = base64::encode(&text);
        // A character stands for six bits.
        let (from, until) = ((shift * 8).div_ceil(6), text.len() * 8 / 6);
        coded.get(from..until).unwrap_or_default().to_owned()
    };
    let mut all: Vec<String> = (0..3).map(shifted).collect();
    let urls = all.iter().map(|coded| coded.replace('+', "-").replace('/', "_"));
    all.extend(urls.collect::<Vec<_>>());
    all
}

#[cfg(test)]
mod tests;
