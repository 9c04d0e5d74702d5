//! The zone table as a TOML file, checked. Knows the format, not what an endpoint needs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pattern::{PatternError, ZonePattern};
use super::{Certainty, Selection};
use crate::inventory::Cloud;

/// Why a zone table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ZoneTableError {
    #[error("the zone table is not valid TOML of the expected form: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("zone table, {cloud}, `{target}`: {fault}; correct this row")]
    Row { cloud: &'static str, target: String, fault: RowFault },
}

/// What is wrong with a row.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("it needs exactly one of groups, group_prefix and any_group")]
    Groups,
    #[error("it has no zone, or no suffix that leads to one")]
    NoZone,
    #[error("suffix `{suffix}` does not bind every placeholder of zone `{zone}`")]
    Unbound { zone: String, suffix: String },
    #[error("suffix `{0}` leads to two zones")]
    Ambiguous(String),
    #[error("derived name `{0}` does not lead to a zone of this row")]
    Derived(String),
    #[error("a supplementary row states its confidence")]
    NoConfidence,
    #[error("a documented row is not legacy")]
    Legacy,
    #[error("`{0}` is no resource type; write it as `Contoso.Things/widgets`")]
    Type(String),
    #[error("the group id is empty")]
    NoGroup,
    #[error("`{0}` is too wide: a suffix or a zone has two labels at least")]
    TooWide(String),
    #[error("targets of type `{0}` have no zone of Azure's, which the table says already")]
    Zoneless(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    without_zone: Vec<WithoutZone>,
    #[serde(rename = "AzureCloud")]
    azure_cloud: CloudRows,
    #[serde(rename = "AzureUSGovernment")]
    azure_us_government: CloudRows,
    #[serde(rename = "AzureChinaCloud")]
    azure_china_cloud: CloudRows,
    region_codes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithoutZone {
    #[serde(rename = "type")]
    resource_type: String,
    #[serde(rename = "why")]
    _why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudRows {
    #[serde(default)]
    documented: Vec<RawRow>,
    #[serde(default)]
    supplementary: Vec<RawRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    #[serde(rename = "service")]
    _service: String,
    #[serde(rename = "type")]
    resource_type: String,
    groups: Option<Vec<String>>,
    group_prefix: Option<String>,
    #[serde(default)]
    any_group: bool,
    confidence: Option<Certainty>,
    #[serde(default)]
    legacy: bool,
    #[serde(default)]
    select: Selection,
    zones: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    no_zone: Vec<String>,
    #[serde(default)]
    do_not_create: Vec<String>,
    #[serde(default)]
    derived: Vec<String>,
    #[serde(default)]
    at_most_info: bool,
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// A row that a person adds for a service of which the table knows nothing: one type, one group id, one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedRow {
    /// `Contoso.Things/widgets`
    pub resource_type: String,
    pub group: String,
    /// The zone's name; may hold the placeholders of the file.
    pub zone: String,
    /// The FQDN suffixes that lead to the zone.
    pub suffixes: Vec<String>,
}

/// One cloud's part of the file.
#[derive(Debug)]
pub(super) struct Contents {
    /// Types in lower case.
    pub without_zone: Vec<String>,
    pub rows: Vec<Row>,
    pub region_codes: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// In lower case.
    pub resource_type: String,
    pub groups: Groups,
    pub certainty: Certainty,
    pub legacy: bool,
    pub select: Selection,
    pub zones: Vec<RowZone>,
    pub no_zone: Vec<ZonePattern>,
    pub do_not_create: Vec<ZonePattern>,
    /// FQDNs with `{target}` and `{slot}` left open.
    pub derived: Vec<String>,
    pub at_most_info: bool,
}

/// Which group ids a row is about; texts in lower case.
#[derive(Debug)]
pub(super) enum Groups {
    Named(Vec<String>),
    Prefix(String),
    Any,
}

/// A zone and the FQDN suffixes that lead to it.
#[derive(Debug)]
pub(super) struct RowZone {
    pub zone: ZonePattern,
    pub suffixes: Vec<ZonePattern>,
}

/// Reads one cloud's rows; the whole file must have the right form.
pub(super) fn read(text: &str, cloud: Cloud) -> Result<Contents, ZoneTableError> {
    let file: File = toml::from_str(text)?;
    let part = match cloud {
        Cloud::AzureCloud => file.azure_cloud,
        Cloud::AzureUSGovernment => file.azure_us_government,
        Cloud::AzureChinaCloud => file.azure_china_cloud,
    };
    let documented = part.documented.into_iter().map(|raw| (raw, true));
    let supplementary = part.supplementary.into_iter().map(|raw| (raw, false));
    let mut rows = Vec::new();
    for (raw, documented) in documented.chain(supplementary) {
        let target = raw.resource_type.clone();
        let row = checked(raw, documented);
        rows.push(row.map_err(|fault| ZoneTableError::Row { cloud: cloud.name(), target, fault })?);
    }
    let without_zone = file.without_zone.iter().map(|row| row.resource_type.to_ascii_lowercase()).collect();
    Ok(Contents { without_zone, rows, region_codes: file.region_codes })
}

/// Checks a row that was added, as one of the file's own.
pub(super) fn added(row: &AddedRow) -> Result<Row, RowFault> {
    let AddedRow { resource_type, group, zone, suffixes } = row;
    let is_type = resource_type.split('/').count() > 1
        && resource_type.split('/').all(|part| !part.is_empty())
        && !resource_type.contains(char::is_whitespace);
    if !is_type {
        return Err(RowFault::Type(resource_type.clone()));
    }
    if group.trim().is_empty() {
        return Err(RowFault::NoGroup);
    }
    let narrow = |name: &&String| name.trim_end_matches('.').contains('.');
    if let Some(wide) = std::iter::once(zone).chain(suffixes).find(|name| !narrow(name)) {
        return Err(RowFault::TooWide(wide.clone()));
    }
    let raw = RawRow {
        _service: String::new(),
        resource_type: resource_type.clone(),
        groups: Some(vec![group.clone()]),
        group_prefix: None,
        any_group: false,
        // A person who writes a row vouches for it.
        confidence: Some(Certainty::High),
        legacy: false,
        select: Selection::Single,
        zones: BTreeMap::from([(zone.clone(), suffixes.clone())]),
        no_zone: Vec::new(),
        do_not_create: Vec::new(),
        derived: Vec::new(),
        at_most_info: false,
        _note: None,
    };
    checked(raw, false)
}

fn checked(raw: RawRow, documented: bool) -> Result<Row, RowFault> {
    if documented && raw.legacy {
        return Err(RowFault::Legacy);
    }
    let certainty = match raw.confidence {
        Some(certainty) => certainty,
        None if documented => Certainty::High,
        None => return Err(RowFault::NoConfidence),
    };
    let row = Row {
        resource_type: raw.resource_type.to_ascii_lowercase(),
        groups: groups(raw.groups, raw.group_prefix, raw.any_group)?,
        certainty,
        legacy: raw.legacy,
        select: raw.select,
        zones: zones(&raw.zones)?,
        no_zone: patterns(&raw.no_zone)?,
        do_not_create: patterns(&raw.do_not_create)?,
        derived: raw.derived.iter().map(|name| name.to_ascii_lowercase()).collect(),
        at_most_info: raw.at_most_info,
    };
    for name in &row.derived {
        let sample = name.replace("{target}", "t").replace("{slot}", "s");
        let leads = |suffix: &ZonePattern| suffix.strip(&sample).is_some();
        if sample.contains('{') || !row.zones.iter().any(|zone| zone.suffixes.iter().any(leads)) {
            return Err(RowFault::Derived(name.clone()));
        }
    }
    Ok(row)
}

fn groups(named: Option<Vec<String>>, prefix: Option<String>, any: bool) -> Result<Groups, RowFault> {
    match (named, prefix, any) {
        (Some(names), None, false) if !names.is_empty() => {
            Ok(Groups::Named(names.iter().map(|name| name.to_ascii_lowercase()).collect()))
        }
        (None, Some(prefix), false) => Ok(Groups::Prefix(prefix.to_ascii_lowercase())),
        (None, None, true) => Ok(Groups::Any),
        _ => Err(RowFault::Groups),
    }
}

fn zones(raw: &BTreeMap<String, Vec<String>>) -> Result<Vec<RowZone>, RowFault> {
    let mut zones: Vec<RowZone> = Vec::new();
    for (zone, suffixes) in raw {
        let zone = ZonePattern::parse(zone)?;
        let suffixes = patterns(suffixes)?;
        for suffix in &suffixes {
            if !zone.is_bound_by(suffix) {
                return Err(RowFault::Unbound { zone: zone.to_string(), suffix: suffix.to_string() });
            }
            if zones.iter().any(|other| other.suffixes.contains(suffix)) {
                return Err(RowFault::Ambiguous(suffix.to_string()));
            }
        }
        zones.push(RowZone { zone, suffixes });
    }
    if zones.iter().all(|zone| zone.suffixes.is_empty()) {
        return Err(RowFault::NoZone);
    }
    Ok(zones)
}

fn patterns(texts: &[String]) -> Result<Vec<ZonePattern>, RowFault> {
    Ok(texts.iter().map(|text| ZonePattern::parse(text)).collect::<Result<_, _>>()?)
}
