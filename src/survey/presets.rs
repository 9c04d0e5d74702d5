//! Public hosts that software needs (rules/presets.toml).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::TableError;

const TABLE: &str = include_str!("../../rules/presets.toml");

/// A host of a preset, on port 443.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetHost {
    /// The host or pattern that the documentation lists.
    #[serde(rename = "for")]
    pub stands_for: String,
    pub host: String,
    #[serde(default)]
    pub optional: bool,
}

/// Every preset by its name.
pub fn presets() -> Result<BTreeMap<String, Vec<PresetHost>>, TableError> {
    toml::from_str(TABLE).map_err(|fault| TableError::new("presets", fault.to_string()))
}
