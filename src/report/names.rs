//! The table of names and addresses, in the formats that take it further.

use std::collections::BTreeSet;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::Style;
use super::csv::broken;
use super::table::{Page, Paint};
use super::text::{cell, inert};
use crate::names::{Name, Names};
use crate::topology::endpoints::NameSource;

/// A way to write names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
    Csv,
    /// Lines of a hosts file.
    Hosts,
    /// One exact name a line; what it leaves out tells [`left_out`].
    ProxyBypass,
}

impl Format {
    pub const ALL: [Format; 5] =
        [Format::Table, Format::Json, Format::Csv, Format::Hosts, Format::ProxyBypass];
}

/// Writes the names in one format.
pub fn write(names: &Names<'_>, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table(names, style, out),
        Format::Json => json(names, out),
        Format::Csv => csv(names, out),
        Format::Hosts => hosts(names, out),
        Format::ProxyBypass => proxy_bypass(names, out),
    }
}

fn addresses(name: &Name<'_>) -> String {
    name.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Names and addresses are copied, so a line is never broken, however wide.
fn table(names: &Names<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let told = |name: &Name<'_>| match name.addresses {
        [] => "(not told)".to_owned(),
        _ => addresses(name),
    };
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let first = widest(&mut names.names.iter().map(|name| told(name).len()));
    let second = widest(&mut names.names.iter().map(|name| name.fqdn.chars().count()));
    for name in &names.names {
        let (fqdn, endpoint) = (inert(name.fqdn), inert(name.endpoint.id.name()));
        writeln!(out, "{:<first$}  {fqdn:<second$}  {endpoint}", told(name))?;
    }
    let page = &mut Page::new(out, style);
    for unnamed in &names.unnamed {
        let text = format!("{} is left out: {}", unnamed.endpoint.id.name(), unnamed.why);
        page.paragraph("! ", &text, Paint::Warning)?;
    }
    Ok(())
}

/// The schema's name, first in every list.
const SCHEMA: &str = "plaudit/names/v1";

/// The names of private endpoints and the addresses they ought to have. Fields are added, never changed or taken away:
/// pass over those you do not know.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "plaudit names, version 1")]
pub(super) struct NamesV1<'a> {
    /// The name of this shape.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// Every name of an endpoint that is reported on, sorted by name.
    names: Vec<NameV1<'a>>,
    /// The endpoints without any.
    unnamed: Vec<UnnamedV1<'a>>,
}

/// One name of one endpoint.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NameV1<'a> {
    /// The name that clients ask for, in lower case; may begin with `*.`.
    fqdn: &'a str,
    /// The addresses it ought to have, sorted; empty when nobody says which of the endpoint's are this name's.
    addresses: Vec<String>,
    /// Where public DNS leads from it; null when that is not known.
    alias: Option<&'a str>,
    /// The private DNS zone that ought to hold its record; null when that is not known.
    zone: Option<&'a str>,
    /// The record's name in that zone; null when the zone is.
    record: Option<&'a str>,
    /// Where the name was seen: `network interface`, `customDnsConfigs`, `private DNS zone group`, or `derived from the
    /// target's name`, which nobody wrote down.
    source: &'static str,
    /// The endpoint's ARM id.
    endpoint: &'a str,
    /// What the endpoint leads to: an ARM id, or the alias of a private link service; null when it does not say.
    target: Option<&'a str>,
    /// The sub-resource of the target; may be empty.
    group_id: &'a str,
    /// The ARM id of the endpoint's virtual network; null when it is not known.
    virtual_network: Option<&'a str>,
}

/// An endpoint that shows no name.
#[derive(Serialize, JsonSchema)]
struct UnnamedV1<'a> {
    /// The endpoint's ARM id.
    endpoint: &'a str,
    /// Why, for a person.
    why: &'static str,
}

fn json(names: &Names<'_>, out: &mut dyn Write) -> io::Result<()> {
    let unnamed = names.unnamed.iter();
    let unnamed = unnamed.map(|one| UnnamedV1 { endpoint: one.endpoint.id.as_str(), why: one.why });
    let all = NamesV1 {
        schema: SCHEMA,
        names: names.names.iter().map(NameV1::from).collect(),
        unnamed: unnamed.collect(),
    };
    super::json::write_inert(&all, out)
}

impl<'a> From<&Name<'a>> for NameV1<'a> {
    fn from(name: &Name<'a>) -> Self {
        NameV1 {
            fqdn: name.fqdn,
            addresses: name.addresses.iter().map(ToString::to_string).collect(),
            alias: name.alias,
            zone: name.place.map(|(zone, _)| zone),
            record: name.place.map(|(_, record)| record),
            source: name.source.title(),
            endpoint: name.endpoint.id.as_str(),
            target: name.target.map(|id| id.as_str()),
            group_id: name.group_id,
            virtual_network: name.network.map(|id| id.as_str()),
        }
    }
}

fn csv(names: &Names<'_>, out: &mut dyn Write) -> io::Result<()> {
    const HEADER: [&str; 9] =
        ["name", "address", "zone", "record", "endpoint", "virtualNetwork", "target", "groupId", "source"];
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(HEADER).map_err(broken)?;
    for name in &names.names {
        let id = |id: Option<&crate::inventory::ResourceId>| id.map_or("", |id| id.as_str()).to_owned();
        let (zone, record) = name.place.unwrap_or_default();
        let row = [
            name.fqdn.to_owned(),
            addresses(name),
            zone.to_owned(),
            record.to_owned(),
            name.endpoint.id.as_str().to_owned(),
            id(name.network),
            id(name.target),
            name.group_id.to_owned(),
            name.source.title().to_owned(),
        ];
        rows.write_record(row.iter().map(|text| cell(text))).map_err(broken)?;
    }
    rows.flush()
}

/// A hosts file knows no wildcard, and a name that nobody saw is no fact to work with.
fn hosts(names: &Names<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# Private endpoints and their addresses. For testing only: a hosts file hides what DNS would say,"
    )?;
    writeln!(out, "# and nobody keeps it up to date.")?;
    let contested = contested(names);
    for name in &names.names {
        let several = contested.contains(name.fqdn);
        let sure = is_host(name.fqdn) && name.source != NameSource::Derived && !several;
        let mark = if sure { "" } else { "# " };
        let why = if several { ": one of several; choose" } else { "" };
        let (fqdn, endpoint) = (inert(name.fqdn), inert(name.endpoint.id.name()));
        for address in name.addresses {
            writeln!(out, "{mark}{address}\t{fqdn}\t# {endpoint}{why}")?;
        }
        if name.addresses.is_empty() {
            writeln!(out, "# {fqdn}: its address is not told ({endpoint})")?;
        }
    }
    Ok(())
}

/// Names that several endpoints bear with other addresses: a hosts file gives one answer, where DNS gives each network
/// that of its own zone.
fn contested<'a>(names: &Names<'a>) -> BTreeSet<&'a str> {
    let told: Vec<&Name<'a>> = names.names.iter().filter(|name| !name.addresses.is_empty()).collect();
    let pairs = told.iter().zip(told.iter().skip(1));
    let differ = pairs.filter(|(a, b)| a.fqdn == b.fqdn && a.addresses != b.addresses);
    differ.map(|(a, _)| a.fqdn).collect()
}

fn proxy_bypass(names: &Names<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut exact: Vec<&str> =
        names.names.iter().map(|name| name.fqdn).filter(|fqdn| is_host(fqdn)).collect();
    exact.dedup();
    exact.iter().try_for_each(|fqdn| writeln!(out, "{fqdn}"))
}

/// How many names one line of [`left_out`] tells at most.
const TOLD: usize = 20;

/// What a format leaves out of its lines, and why: a sentence each. Names in it are Azure's: hostile. The other formats
/// hold every name.
pub fn left_out(names: &Names<'_>, format: Format) -> Vec<String> {
    match format {
        Format::ProxyBypass => {}
        Format::Hosts => return unchosen(names),
        Format::Table | Format::Json | Format::Csv => return Vec::new(),
    }
    let mut left: Vec<&str> =
        names.names.iter().map(|name| name.fqdn).filter(|fqdn| !is_host(fqdn)).collect();
    left.dedup();
    let (wildcards, odd): (Vec<&str>, Vec<&str>) =
        left.into_iter().partition(|fqdn| fqdn.strip_prefix("*.").is_some_and(is_host));
    // Azure docs: Migrate over ExpressRoute, proxy bypass list.
    let wildcard = "a wildcard for a whole service would also send past the proxy what must go through it, such as the \
                    gateway storage account of Azure Migrate; add the exact names that clients use";
    let unknown = "no host's name has such characters";
    let sentence = |(left, one, many, why): (Vec<&str>, &str, &str, &str)| {
        let more = left.len().saturating_sub(TOLD);
        let told = left.iter().take(TOLD).copied().collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (count, noun) =
            if left.len() == 1 { ("1".to_owned(), one) } else { (left.len().to_string(), many) };
        (!left.is_empty()).then(|| format!("{count} {noun} left out: {told}{more}; {why}"))
    };
    let kinds = [
        (wildcards, "wildcard name is", "wildcard names are", wildcard),
        (odd, "name is", "names are", unknown),
    ];
    kinds.into_iter().filter_map(sentence).collect()
}

/// The names of a hosts file that stand in comments, since a person must choose.
fn unchosen(names: &Names<'_>) -> Vec<String> {
    let contested = contested(names);
    if contested.is_empty() {
        return Vec::new();
    }
    let more = contested.len().saturating_sub(TOLD);
    let told = contested.into_iter().take(TOLD).collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    vec![format!(
        "endpoints with other addresses bear the same name: {told}{more}; their lines are comments, for which one answers \
         depends on the network that asks; take the one that its DNS answers (`plaudit trace NAME`)"
    )]
}

/// Whether a name is one host's, in characters that mean nothing to a file of lines and columns.
fn is_host(fqdn: &str) -> bool {
    !fqdn.is_empty() && fqdn.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}
