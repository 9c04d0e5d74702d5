//! The configuration as the file has it: types and places, nothing checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Raw {
    pub client_vnets: Vec<Spanned<String>>,
    pub expect_onprem: bool,
    pub packs: Vec<Spanned<String>>,
    pub expect_er: Vec<Spanned<String>>,
    pub target_regions: Vec<Spanned<String>>,
    pub appliance_object_id: Option<Spanned<String>>,
    /// A folder, or a list of folders.
    pub rules_dir: Option<Spanned<Value>>,
    pub rules: Rules,
    pub thresholds: Thresholds,
    pub dns_servers: BTreeMap<Spanned<String>, Spanned<String>>,
    pub expected_vnets: Vec<Spanned<ExpectedVnet>>,
    pub zones: Vec<Spanned<Zone>>,
    pub suppress: Vec<Spanned<Suppress>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Rules {
    pub enable: Vec<Spanned<String>>,
    pub disable: Vec<Spanned<String>>,
    pub severity: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Durations are seconds, or texts such as `2h`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Thresholds {
    pub pending_grace: Option<Spanned<Value>>,
    pub record_ttl: Option<Spanned<Value>>,
    pub capacity: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ExpectedVnet {
    pub endpoint: Option<Spanned<String>>,
    pub target: Option<Spanned<String>>,
    pub tag: Option<Tag>,
    pub vnet: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tag {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Zone {
    #[serde(rename = "type")]
    pub resource_type: Option<String>,
    pub group: Option<String>,
    pub zone: Option<String>,
    pub suffixes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suppress {
    pub rule: Option<Spanned<String>>,
    pub resource: Option<Spanned<String>>,
    pub reason: Option<Spanned<String>>,
    pub expires: Option<Spanned<Value>>,
}
