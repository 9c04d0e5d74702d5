//! The lines of a journal: its header, and an answer a line.

use std::borrow::Cow;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use crate::inventory::Cloud;

/// The version of the format that is written and read. Within a version lines only grow.
pub(super) const VERSION: u64 = 1;

/// What a run was told to read, and from where. Two runs of which anything here differs read different estates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    pub cloud: Cloud,
    /// The management API, where it is not the cloud's own.
    pub arm_endpoint: Option<String>,
    /// The tenant signed in to, where it is known.
    pub tenant: Option<String>,
    /// `auto`, `arm` or `graph`.
    pub source: String,
    /// As named; none where the Azure CLI's current one was meant.
    pub subscriptions: Vec<String>,
    pub all_subscriptions: bool,
    pub management_groups: Vec<String>,
    pub resource_groups: Vec<String>,
    pub context_subscriptions: Vec<String>,
    pub no_context: bool,
    pub deep: bool,
    /// How far back traffic is read, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// The metrics service, where it is not the cloud's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_endpoint: Option<String>,
    #[serde(default)]
    pub packs: Vec<String>,
    #[serde(default)]
    pub appliance: Option<String>,
}

impl About {
    /// The first thing in which another run differs: what it is, what it is here, and what it is there. A tenant that
    /// is not known may be any.
    pub(super) fn difference(&self, other: &About) -> Option<(&'static str, String, String)> {
        let known = self.tenant.is_some() && other.tenant.is_some();
        let pairs = self.rows().into_iter().zip(other.rows());
        pairs
            .filter(|((what, _), _)| known || *what != TENANT)
            .find(|((_, then), (_, now))| !then.eq_ignore_ascii_case(now))
            .map(|((what, then), (_, now))| (what, then, now))
    }

    fn rows(&self) -> [(&'static str, String); 15] {
        let one = |text: &Option<String>| text.clone().unwrap_or_else(|| "the cloud's own".to_owned());
        let switch = |on: bool| if on { "given" } else { "not given" }.to_owned();
        [
            ("--cloud", self.cloud.name().to_owned()),
            ("--arm-endpoint", one(&self.arm_endpoint)),
            (TENANT, one(&self.tenant)),
            ("--source", self.source.clone()),
            ("--subscription", listed(&self.subscriptions)),
            ("--all-subscriptions", switch(self.all_subscriptions)),
            ("--management-group", listed(&self.management_groups)),
            ("--resource-group", listed(&self.resource_groups)),
            ("--context-subscription", listed(&self.context_subscriptions)),
            ("--no-context", switch(self.no_context)),
            ("--deep", switch(self.deep)),
            ("--metrics", self.metrics.clone().unwrap_or_else(|| "not given".to_owned())),
            ("--metrics-endpoint", one(&self.metrics_endpoint)),
            ("--pack", listed(&self.packs)),
            ("--appliance-object-id", self.appliance.clone().unwrap_or_else(|| "not given".to_owned())),
        ]
    }
}

const TENANT: &str = "the tenant";

/// Names in an order of their own: that in which they were given means nothing.
fn listed(names: &[String]) -> String {
    let mut names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    names.sort_by_key(|name| name.to_ascii_lowercase());
    names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    if names.is_empty() { "not given".to_owned() } else { names.join(", ") }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    /// Always `journal`.
    plaudit: String,
    version: u64,
    tool: Tool,
    pub started_at: String,
    pub about: About,
}

/// As much of a first line as every version has.
#[derive(Deserialize)]
pub(super) struct Start {
    pub plaudit: String,
    pub version: u64,
    pub tool: Option<Tool>,
}

/// Who wrote the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tool {
    name: String,
    pub version: String,
}

impl Header {
    pub(super) fn new(about: &About, started_at: String) -> Header {
        let (name, version) = (env!("CARGO_PKG_NAME").to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let plaudit = "journal".to_owned();
        Header { plaudit, version: VERSION, tool: Tool { name, version }, started_at, about: about.clone() }
    }

    /// With its line break.
    pub(super) fn line(&self) -> Vec<u8> {
        ended(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// A request, as a number that no other has: so that a million requests are a few dozen megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// The key of a GET, or of a POST of this body.
    pub(super) fn of(url: &str, request: Option<&[u8]>) -> Key {
        let method = if request.is_some() { "POST" } else { "GET" };
        Key::from([method.as_bytes(), url.as_bytes(), request.unwrap_or_default()])
    }

    /// The key of whatever query goes on from this token.
    fn of_token(token: &str) -> Key {
        Key::from([b"token", token.as_bytes(), b""])
    }

    fn from(parts: [&[u8]; 3]) -> Key {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Key(hash.finalize().into())
    }
}

/// An answer, to be written.
#[derive(Serialize)]
struct Line<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    /// What leads to the following page: its URL, or the token that a query goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    /// Text and not JSON, so that it stays what it was to the byte.
    answer: &'a str,
}

/// An answer, to be found.
#[derive(Deserialize)]
pub(super) struct Peek<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    request: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    next: Option<Cow<'a, str>>,
    #[serde(rename = "answer")]
    _answer: IgnoredAny,
}

/// An answer, to be replayed.
#[derive(Deserialize)]
pub(super) struct Kept<'a> {
    #[serde(borrow)]
    pub url: Cow<'a, str>,
    #[serde(borrow, default)]
    pub request: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub answer: Cow<'a, str>,
}

/// Where an answer leads: a list of the management API has a link to its next page, an answer of Resource Graph a
/// token (Azure REST: Resources - Resources, `$skipToken`).
#[derive(Deserialize)]
struct Leads {
    #[serde(rename = "nextLink", default)]
    link: Value,
    #[serde(rename = "$skipToken", default)]
    token: Value,
    /// Something that calls itself a success, and is none.
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// The token that a query goes on from (Azure REST: Resources - Resources, `options.$skipToken`).
#[derive(Deserialize)]
struct Query {
    options: Option<Options>,
}

#[derive(Deserialize)]
struct Options {
    #[serde(rename = "$skipToken")]
    token: Option<String>,
}

impl Peek<'_> {
    pub(super) fn key(&self) -> Key {
        Key::of(&self.url, self.request.as_deref().map(str::as_bytes))
    }

    /// A query is known by the token that it goes on from.
    pub(super) fn known_as(&self) -> Option<Key> {
        let query: Query = serde_json::from_str(self.request.as_deref()?).ok()?;
        query.options?.token.map(|token| Key::of_token(&token))
    }

    /// The page that follows.
    pub(super) fn next_key(&self) -> Option<Key> {
        let next = self.next.as_deref()?;
        Some(if self.request.is_some() { Key::of_token(next) } else { Key::of(next, None) })
    }
}

/// The line of an answer, with its line break; `None` where the answer holds nothing that a later run could use.
pub(super) fn of(url: &Url, request: Option<&Bytes>, answer: &Bytes) -> Option<Vec<u8>> {
    let answer = std::str::from_utf8(answer).ok()?;
    let request = request.map(|body| std::str::from_utf8(body)).transpose().ok()?;
    let next = next(url, request.is_some(), answer)?;
    let line = Line { url: url.as_str(), request, next: next.as_deref(), answer };
    Some(ended(serde_json::to_vec(&line).ok()?))
}

/// What leads to the following page. The outer `None`: this is neither an object nor a list, or an error.
fn next(url: &Url, is_query: bool, answer: &str) -> Option<Option<String>> {
    // Some of Azure's providers put a byte order mark in front.
    let json = answer.trim_start_matches('\u{feff}').trim_ascii();
    // A derived structure would accept an array in place of the object.
    if !json.starts_with('{') {
        return serde_json::from_str::<Vec<IgnoredAny>>(json).ok().map(|_| None);
    }
    let Leads { link, token, error } = serde_json::from_str(json).ok()?;
    if error.is_some() {
        return None;
    }
    let text = |value: Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if is_query {
        return Some(text(token));
    }
    // A link that is none ends the list, and what asks for pages says so.
    Some(text(link).and_then(|link| Some(url.join(&link).ok()?.to_string())))
}

fn ended(mut line: Vec<u8>) -> Vec<u8> {
    line.push(b'\n');
    line
}
