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

use crate::inventory::ResourceId;

/// Quotes a word for a POSIX shell, unless it needs none.
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@,+=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
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
