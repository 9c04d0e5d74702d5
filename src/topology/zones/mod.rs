//! Which private DNS zones and records an endpoint needs (rules/zones.toml). Pure: knows names, not what exists.

mod file;
mod pattern;
mod place;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use serde::Deserialize;

pub use file::{AddedRow, RowFault, ZoneTableError};
pub use pattern::{PatternError, ZonePattern};
pub use words::Words;

use crate::inventory::{Cloud, ResourceId};
use file::{Groups, Row};
use pattern::normal;
pub use place::has_private_label;
use place::{Place, place};

/// Microsoft's table of private DNS zones for one cloud, with what was added to it.
/// Source: <https://learn.microsoft.com/azure/private-link/private-endpoint-dns>.
#[derive(Debug)]
pub struct ZoneTable {
    rows: Vec<Row>,
    /// `type\ngroup`, in lower case, to rows.
    by_group: HashMap<String, Vec<usize>>,
    /// Type, in lower case, to the rows that take a prefix of group ids, or any.
    by_type: HashMap<String, Vec<usize>>,
    without_zone: HashSet<String>,
    /// Every public suffix of the table, once.
    suffixes: Vec<ZonePattern>,
    region_codes: BTreeMap<String, String>,
}

/// What an endpoint needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// The target has no private link zone (a customer's private link service, an application gateway): nothing
    /// to check.
    NoZone,
    /// The table has no row for this type and group id.
    UnknownTarget,
    /// FQDNs were observed, and they decide.
    Observed(Observed),
    /// No FQDN was observed: what the table's rows say.
    Unobserved(Unobserved),
}

/// What the observed FQDNs lead to. Each FQDN stands in exactly one of the lists, once, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub names: Vec<NeededName>,
    /// FQDNs that the table says have no zone of their own; normal form.
    pub zoneless: Vec<String>,
    /// FQDNs that fit no suffix of the target's rows, as given: not to be judged.
    pub unmapped: Vec<String>,
    /// A finding about this target is information, whatever the rule says.
    pub at_most_info: bool,
}

/// What the rows say of a target whose FQDNs are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unobserved {
    pub selection: Selection,
    pub zones: Vec<ZonePattern>,
    /// Zones of earlier editions of the table, accepted in place of any of `zones`.
    pub legacy_zones: Vec<ZonePattern>,
    /// Public names that follow from the target's own name; empty when they do not, or not surely.
    /// There may be more than these.
    pub names: Vec<NeededName>,
    /// The least of the rows'.
    pub certainty: Certainty,
    pub at_most_info: bool,
}

/// Which of the zones in a row are needed, as long as no FQDN tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// The one zone.
    #[default]
    Single,
    /// Each of them.
    All,
    /// Those that the FQDNs would show: at least one.
    ByFqdn,
    /// Any one of them.
    Either,
}

/// How well a row is known. Ordered: the surest first, so that the lesser of two is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Documented, or answered by Azure itself.
    High,
    /// Seen in several places, never confirmed.
    Medium,
    /// Inferred.
    Low,
}

/// What the table says of a target, whatever names were seen on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogued {
    pub selection: Selection,
    pub zones: Vec<ZonePattern>,
    /// Zones of earlier editions of the table, accepted in place of any of `zones`.
    pub legacy_zones: Vec<ZonePattern>,
    /// The least of the rows'.
    pub certainty: Certainty,
    pub at_most_info: bool,
}

/// A name of an endpoint and where its record belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededName {
    /// Lower case, no trailing dot; may begin with `*.`.
    pub fqdn: String,
    /// The zone's name: lower case, no placeholder.
    pub zone: String,
    /// The record's relative name in the zone, lower case; `@` for the zone itself.
    pub record: String,
    /// What the public CNAME of `fqdn` leads to: record and zone, or the FQDN itself when it lies in the zone.
    pub alias: String,
    /// Other places that serve the name just as well: zones of earlier editions, and zones above or below `zone`
    /// that hold the same alias (AKS).
    pub alternatives: Vec<Placement>,
    pub certainty: Certainty,
}

/// A zone, the record's relative name in it, and both together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub zone: String,
    pub record: String,
    pub alias: String,
}

impl ZoneTable {
    /// The table inside the binary.
    pub fn embedded(cloud: Cloud) -> Result<ZoneTable, ZoneTableError> {
        ZoneTable::parse(include_str!("../../../rules/zones.toml"), cloud)
    }

    /// Takes a table in the format of rules/zones.toml, which explains itself.
    pub fn parse(text: &str, cloud: Cloud) -> Result<ZoneTable, ZoneTableError> {
        let contents = file::read(text, cloud)?;
        let mut table = ZoneTable {
            rows: Vec::new(),
            by_group: HashMap::new(),
            by_type: HashMap::new(),
            without_zone: contents.without_zone.into_iter().collect(),
            suffixes: Vec::new(),
            region_codes: contents.region_codes,
        };
        contents.rows.into_iter().for_each(|row| table.push(row));
        Ok(table)
    }

    /// Adds a row for a service of which the table knows nothing.
    pub fn add(&mut self, row: &AddedRow) -> Result<(), RowFault> {
        let row = file::added(row)?;
        if self.without_zone.contains(&row.resource_type) {
            return Err(RowFault::Zoneless(row.resource_type));
        }
        let groups = match &row.groups {
            Groups::Named(groups) => groups.as_slice(),
            Groups::Prefix(_) | Groups::Any => &[],
        };
        let others = groups.iter().flat_map(|group| self.rows_of(&row.resource_type, group));
        let mut led: Vec<(&ZonePattern, &ZonePattern)> = Vec::new();
        for zone in others.flat_map(|other| &other.zones) {
            led.extend(zone.suffixes.iter().map(|suffix| (suffix, &zone.zone)));
        }
        for zone in &row.zones {
            let elsewhere = |suffix: &&ZonePattern| led.iter().any(|(s, z)| s == suffix && **z != zone.zone);
            if let Some(suffix) = zone.suffixes.iter().find(elsewhere) {
                return Err(RowFault::Ambiguous(suffix.to_string()));
            }
        }
        self.push(row);
        Ok(())
    }

    fn push(&mut self, row: Row) {
        let index = self.rows.len();
        match &row.groups {
            Groups::Named(groups) => groups.iter().for_each(|group| {
                self.by_group.entry(group_key(&row.resource_type, group)).or_default().push(index);
            }),
            Groups::Prefix(_) | Groups::Any => {
                self.by_type.entry(row.resource_type.clone()).or_default().push(index);
            }
        }
        for suffix in row.zones.iter().flat_map(|zone| &zone.suffixes).chain(&row.no_zone) {
            if !self.suffixes.contains(suffix) {
                self.suffixes.push(suffix.clone());
            }
        }
        self.rows.push(row);
    }

    /// The privatelink name that public DNS makes of a public name whose resource has an endpoint, whatever its type;
    /// `None` for a name that belongs to no service of the table, and for what is no name.
    pub fn alias_of(&self, fqdn: &str) -> Option<String> {
        let rows: Vec<&Row> = self.rows.iter().collect();
        match place(&rows, &normal(fqdn)?) {
            Place::Needed(name) => Some(name.alias),
            Place::Zoneless | Place::Unmapped => None,
        }
    }

    /// What an endpoint to `target` needs, as [`ZoneTable::needs`]. A target that is not an ARM id but an alias of
    /// a private link service has no zone.
    pub fn needs_of(&self, target: &ResourceId, group_id: &str, fqdns: &[&str]) -> Needs {
        match target.resource_type() {
            Some(resource_type) => self.needs(&resource_type, group_id, &names_of(target), fqdns),
            None if is_service_alias(target.as_str()) => Needs::NoZone,
            None => Needs::UnknownTarget,
        }
    }

    /// What an endpoint needs: zones and records by the FQDNs observed on it, or by the table when there are none.
    ///
    /// `resource_type` and `group_id` are the target's; `target_name` is its name, for a slot `app/slots/slot`. It
    /// is used only when no FQDN is given. Blank FQDNs count as none; casing and trailing dots do not matter.
    pub fn needs(&self, resource_type: &str, group_id: &str, target_name: &str, fqdns: &[&str]) -> Needs {
        let resource_type = resource_type.to_ascii_lowercase();
        if self.without_zone.contains(&resource_type) {
            return Needs::NoZone;
        }
        let group_id = group_id.to_ascii_lowercase();
        let rows = self.rows_of(&resource_type, &group_id);
        if rows.is_empty() {
            Needs::UnknownTarget
        } else if fqdns.iter().all(|fqdn| is_blank(fqdn)) {
            Needs::Unobserved(unobserved(&rows, &Target::new(target_name, &group_id, &rows)))
        } else {
            Needs::Observed(observed(&rows, fqdns))
        }
    }

    /// Whether a zone of this name can matter to a private endpoint: it has a `privatelink` label, or it is one of
    /// the table's public suffixes, or stands below or above one (`acct.blob.core.windows.net`,
    /// `core.windows.net`; never a bare top-level domain).
    pub fn is_private_link_zone(&self, zone_name: &str) -> bool {
        let Some(name) = normal(zone_name) else { return false };
        if has_private_label(&name) {
            return true;
        }
        let has_dot = name.contains('.');
        self.suffixes.iter().any(|suffix| suffix.is_above(&name) || (has_dot && suffix.is_below(&name)))
    }

    /// Whether a zone of this name, in lower case, is one that some row of the table asks for.
    pub fn knows_zone(&self, zone_name: &str) -> bool {
        self.rows.iter().flat_map(|row| &row.zones).any(|zone| zone.zone.matches(zone_name))
    }

    /// Whether public names of many customers end in this name: `blob.core.windows.net`, `core.windows.net`, and not
    /// `acct.blob.core.windows.net`, which is one account's.
    pub fn is_public_suffix(&self, zone_name: &str) -> bool {
        let Some(name) = normal(zone_name) else { return false };
        if has_private_label(&name) || !name.contains('.') {
            return false;
        }
        let suffixes = self.rows.iter().flat_map(|row| &row.zones).flat_map(|zone| &zone.suffixes);
        let mut public = suffixes.filter(|suffix| !has_private_label(suffix.as_str()) && is_shared(suffix));
        public.any(|suffix| suffix.matches(&name) || suffix.is_below(&name))
    }

    /// Whether this is a zone that ought not to exist, because its records belong in the registry's or the web
    /// app's own zone (Azure docs: private endpoint DNS, footnotes).
    pub fn is_zone_not_to_create(&self, zone_name: &str) -> bool {
        self.rows.iter().flat_map(|row| &row.do_not_create).any(|pattern| pattern.matches(zone_name))
    }

    /// Whether this is a zone for one region that earlier editions of the table named, where one zone for all
    /// regions has taken its place (Azure Batch, Azure File Sync).
    pub fn is_regional_edition(&self, zone_name: &str) -> bool {
        let legacy = self.rows.iter().filter(|row| row.legacy).flat_map(|row| &row.zones);
        legacy.map(|zone| &zone.zone).any(|zone| zone.begins_open() && zone.matches(zone_name))
    }

    /// What the table says of a target; `None` when it has no row for it. With `only_sets`, also when the rows do
    /// not ask for a whole set of zones.
    pub fn catalogued(&self, target: &ResourceId, group_id: &str, only_sets: bool) -> Option<Catalogued> {
        let resource_type = target.resource_type()?.to_ascii_lowercase();
        let rows = self.rows_of(&resource_type, &group_id.to_ascii_lowercase());
        if rows.is_empty() || (only_sets && rows.iter().all(|row| row.select != Selection::All)) {
            return None;
        }
        let found = unobserved(&rows, &Target { name: String::new(), slot: None });
        Some(Catalogued {
            selection: found.selection,
            zones: found.zones,
            legacy_zones: found.legacy_zones,
            certainty: found.certainty,
            at_most_info: found.at_most_info,
        })
    }

    /// The short code of a region (`eus` for `eastus`), as it stands in the zones of Azure Backup.
    pub fn region_code(&self, region: &str) -> Option<&str> {
        self.region_codes.get(&region.to_ascii_lowercase()).map(String::as_str)
    }

    fn rows_of(&self, resource_type: &str, group_id: &str) -> Vec<&Row> {
        let named = self.by_group.get(&group_key(resource_type, group_id)).into_iter().flatten();
        let open = self.by_type.get(resource_type).into_iter().flatten();
        let fits = |row: &&Row| match &row.groups {
            Groups::Prefix(prefix) => group_id.starts_with(prefix.as_str()),
            Groups::Named(_) | Groups::Any => true,
        };
        named.chain(open).filter_map(|index| self.rows.get(*index)).filter(fits).collect()
    }
}

/// Azure writes "nothing" as an empty text now and then.
fn is_blank(fqdn: &str) -> bool {
    fqdn.trim().is_empty()
}

/// Whether a suffix is the same for every customer: a managed instance's prefix is not.
fn is_shared(suffix: &ZonePattern) -> bool {
    const SHARED: [&str; 3] = ["{regionName}", "{regionCode}", "{dnsZone}"];
    let labels = suffix.as_str().split('.');
    labels.filter(|label| label.contains('{')).all(|label| SHARED.contains(&label))
}

fn group_key(resource_type: &str, group_id: &str) -> String {
    [resource_type, "\n", group_id].concat()
}

/// An alias is `name.guid.region.azure.privatelinkservice` (Azure docs: Private Link service, alias).
fn is_service_alias(text: &str) -> bool {
    let ending = ".privatelinkservice";
    text.len() > ending.len()
        && text.as_bytes()[text.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

/// The names in an ARM id from its provider on: `app`, or `app/slots/slot`.
fn names_of(target: &ResourceId) -> String {
    match target.parent() {
        Some(parent) if parent.resource_type().is_some() => {
            let child = target.as_str().get(parent.as_str().len()..).unwrap_or_default();
            format!("{}{child}", parent.name())
        }
        _ => target.name().to_owned(),
    }
}

fn observed(rows: &[&Row], fqdns: &[&str]) -> Observed {
    let at_most_info = rows.iter().any(|row| row.at_most_info);
    let mut found = Observed { names: Vec::new(), zoneless: Vec::new(), unmapped: Vec::new(), at_most_info };
    let mut seen = HashSet::with_capacity(fqdns.len());
    for given in fqdns.iter().filter(|fqdn| !is_blank(fqdn)) {
        let fqdn = normal(given);
        if !seen.insert(fqdn.clone().unwrap_or_else(|| (*given).to_owned())) {
            continue;
        }
        match fqdn.as_deref().map(|fqdn| place(rows, fqdn)) {
            Some(Place::Needed(name)) => found.names.push(name),
            Some(Place::Zoneless) => found.zoneless.extend(fqdn),
            Some(Place::Unmapped) | None => found.unmapped.push((*given).to_owned()),
        }
    }
    found
}

fn unobserved(rows: &[&Row], target: &Target) -> Unobserved {
    let current: Vec<&&Row> = rows.iter().filter(|row| !row.legacy).collect();
    let zones_of = |legacy: bool| {
        let rows = rows.iter().filter(move |row| row.legacy == legacy);
        let mut zones: Vec<ZonePattern> = Vec::new();
        for zone in rows.flat_map(|row| &row.zones) {
            if !zones.contains(&zone.zone) {
                zones.push(zone.zone.clone());
            }
        }
        zones
    };
    let names = current.iter().flat_map(|row| &row.derived).filter_map(|template| target.fill(template));
    Unobserved {
        selection: match current.as_slice() {
            [row] => row.select,
            // Several services share type and group id: which one it is, only an FQDN could tell.
            _ => Selection::ByFqdn,
        },
        zones: zones_of(false),
        legacy_zones: zones_of(true),
        names: names
            .filter_map(|fqdn| match place(rows, &fqdn) {
                Place::Needed(name) => Some(name),
                Place::Zoneless | Place::Unmapped => None,
            })
            .collect(),
        certainty: current.iter().map(|row| row.certainty).max().unwrap_or(Certainty::Low),
        at_most_info: rows.iter().any(|row| row.at_most_info),
    }
}

/// The names from which a public name can be derived; empty when they are not fit for it.
struct Target {
    name: String,
    slot: Option<String>,
}

impl Target {
    /// A slot is named by the target's own name, or by a group id such as `sites-staging`.
    fn new(target_name: &str, group_id: &str, rows: &[&Row]) -> Target {
        let mut segments = target_name.split('/');
        let mut name = segments.next().unwrap_or_default().to_ascii_lowercase();
        let by_name = segments.next_back().map(str::to_ascii_lowercase);
        let by_group = rows.iter().find_map(|row| match &row.groups {
            Groups::Prefix(prefix) => group_id.strip_prefix(prefix.as_str()).map(str::to_owned),
            Groups::Named(_) | Groups::Any => None,
        });
        // Storage's secondary endpoint (Azure docs: storage redundancy, read access to the secondary region).
        if group_id.ends_with("_secondary") {
            name.push_str("-secondary");
        }
        Target { name, slot: by_name.or(by_group) }
    }

    /// The FQDN of a template; `None` when the template and what is known do not go together.
    fn fill(&self, template: &str) -> Option<String> {
        let is_label = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if template.contains("{slot}") != self.slot.is_some() || !is_label(&self.name) {
            return None;
        }
        let slot = self.slot.as_deref().unwrap_or_default();
        if self.slot.is_some() && !is_label(slot) {
            return None;
        }
        Some(template.replace("{target}", &self.name).replace("{slot}", slot))
    }
}
