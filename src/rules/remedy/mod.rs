//! Commands that mend, filled in with real names. Text from Azure is quoted: a name never becomes a command.

mod dns;
mod endpoint;
mod migrate;
mod network;
mod peering;
mod record;
mod service;

pub(super) use dns::*;
pub(super) use endpoint::*;
pub(super) use migrate::*;
pub(super) use network::*;
pub(super) use peering::*;
pub(super) use record::*;
pub(super) use service::*;

use std::borrow::Cow;

use crate::inventory::ResourceId;

/// Quotes a word for a POSIX shell, unless it needs none. In PowerShell, too, nothing of it runs: there a typographic
/// quotation mark ends a string as a plain one does, so that each kind stands between marks of the other
/// (Microsoft docs: `about_Quoting_Rules`; the tokenizer's `IsSingleQuote`).
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:+=%".contains(c);
    let word = &*spoken(word);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let is_single = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let mut quoted = String::with_capacity(word.len() + 2);
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_single(c) != is_single(first)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        let mark = if is_single(first) { '"' } else { '\'' };
        quoted.extend([mark.encode_utf8(&mut [0; 4]), run, mark.encode_utf8(&mut [0; 4])]);
        rest = behind;
    }
    if quoted.is_empty() { "''".to_owned() } else { quoted }
}

/// A word as a command may be told it. `az` takes what begins with a hyphen for an option of its own, and puts the
/// content of a file in place of `@file` and `…=@file` (azure-cli: `_expand_file_prefixed_files`), against which there is
/// no escape. Nothing in Azure is called so; such a word becomes a stand-in, which finds nothing.
fn spoken(word: &str) -> Cow<'_, str> {
    let value = word.split_once('=').map_or(word, |(_, value)| value);
    let is_file = value.starts_with('@') && value.len() > 1;
    match is_file || word.starts_with('-') {
        true => Cow::Owned(format!("<{}>", word.replace("=@", "= @"))),
        false => Cow::Borrowed(word),
    }
}

/// ` --subscription … -g …` of a resource.
fn place(id: &ResourceId) -> String {
    let subscription = quote(id.subscription().unwrap_or("<subscription>"));
    let group = quote(id.resource_group().unwrap_or("<resource-group>"));
    format!("--subscription {subscription} -g {group}")
}

fn name(id: &ResourceId) -> String {
    quote(id.name())
}
