//! On which TCP port a service is spoken to (rules/ports.toml).

use std::collections::HashMap;

use serde::Deserialize;

use super::TableError;
use crate::inventory::ResourceId;

const TABLE: &str = include_str!("../../rules/ports.toml");
const HTTPS: u16 = 443;

/// The port table.
#[derive(Debug)]
pub struct Ports {
    /// By type and group id (`None`: any), in lower case. An empty list: no port is known.
    rows: HashMap<(String, Option<String>), Vec<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    https: Vec<String>,
    unknown: Vec<String>,
    ports: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "type")]
    resource_type: String,
    #[serde(default)]
    groups: Vec<String>,
    ports: Vec<u16>,
}

impl Ports {
    /// The table inside the binary.
    pub fn embedded() -> Result<Self, TableError> {
        let raw: Raw = toml::from_str(TABLE).map_err(|fault| TableError::new("ports", fault.to_string()))?;
        let mut table = Ports { rows: HashMap::new() };
        for name in &raw.https {
            table.add(name, None, &[HTTPS])?;
        }
        for name in &raw.unknown {
            table.add(name, None, &[])?;
        }
        for Row { resource_type, groups, ports } in &raw.ports {
            if ports.is_empty() || ports.contains(&0) {
                return Err(TableError::new("ports", format!("{resource_type} has a row without a port")));
            }
            if groups.is_empty() {
                table.add(resource_type, None, ports)?;
            }
            for group in groups {
                table.add(resource_type, Some(group), ports)?;
            }
        }
        Ok(table)
    }

    fn add(&mut self, resource_type: &str, group: Option<&str>, ports: &[u16]) -> Result<(), TableError> {
        let key = (resource_type.to_ascii_lowercase(), group.map(str::to_ascii_lowercase));
        match self.rows.insert(key, ports.to_vec()) {
            None => Ok(()),
            Some(_) => Err(TableError::new("ports", format!("{resource_type} stands in it twice"))),
        }
    }

    /// The types of the table, in lower case.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(|(resource_type, _)| resource_type.as_str())
    }

    /// The ports of a target's group id; none when they are not known.
    pub fn of(&self, target: Option<&ResourceId>, group_id: &str) -> &[u16] {
        let Some(resource_type) = target.and_then(ResourceId::resource_type) else { return &[] };
        let group = group_id.to_ascii_lowercase();
        let group = group.strip_suffix("_secondary").unwrap_or(&group).to_owned();
        let mut key = (resource_type.to_ascii_lowercase(), Some(group));
        if let Some(ports) = self.rows.get(&key) {
            return ports;
        }
        key.1 = None;
        self.rows.get(&key).map_or(&[], Vec::as_slice)
    }
}
