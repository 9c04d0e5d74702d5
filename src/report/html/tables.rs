//! The estate as tables: endpoints, zones, links, networks, peerings.

use std::fmt::Display;

use askama::Template;

use crate::facts::{EndpointFacts, Fact, Facts, Identity, LinkFacts, NetworkFacts, PeeringFacts, ZoneFacts};
use crate::inventory::ResourceId;
use crate::report::picture::About;
use crate::report::table::Names;
use crate::report::text::short_id;

/// How many rows a table shows. More make the page slow, and nobody reads them here.
const ROWS: usize = 500;

/// How many items of a list a cell shows.
const ITEMS: usize = 12;

/// Rows of one kind.
#[derive(Template)]
#[template(path = "table.html")]
pub(super) struct Table<'a> {
    id: &'static str,
    title: &'static str,
    count: usize,
    columns: &'static [&'static str],
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    identity: &'a Identity,
    subscription: String,
    /// How many findings that count are about it.
    findings: usize,
    /// What the page calls these findings.
    key: &'a str,
    cells: Vec<Cell>,
}

/// What stands in a cell.
enum Cell {
    Text(String),
    /// It was not read, which is not the same as nothing.
    Unread,
}

impl Table<'_> {
    fn left_out(&self) -> usize {
        self.count - self.rows.len()
    }
}

/// The tables that have rows.
pub(super) fn of<'a>(about: &'a About, facts: &'a Facts, names: &'a Names<'a>) -> Vec<Table<'a>> {
    let found = Found { about, names };
    let tables = [
        found.table(
            ("endpoints", "Private endpoints"),
            &["Connection", "Target", "Network", "Addresses", "Names", "Needs zones", "Location"],
            &facts.endpoints,
            |one| (&one.identity, endpoint(one)),
        ),
        found.table(
            ("zones", "Private DNS zones"),
            &["Record sets", "Linked networks", "State"],
            &facts.zones,
            |one| (&one.identity, zone(one)),
        ),
        found.table(
            ("links", "Virtual network links"),
            &["Zone", "Network", "State", "Registration", "Resolution policy"],
            &facts.links,
            |one| (&one.identity, link(one)),
        ),
        found.table(
            ("networks", "Virtual networks"),
            &["Address space", "DNS servers", "Linked zones", "Endpoints", "Peerings", "Location"],
            &facts.networks,
            |one| (&one.identity, network(one)),
        ),
        found.table(
            ("peerings", "Peerings"),
            &["Network", "Remote network", "State", "Sync level", "Access", "Forwarded", "Gateway"],
            &facts.peerings,
            |one| (&one.identity, peering(one)),
        ),
    ];
    tables.into_iter().filter(|table| table.count > 0).collect()
}

/// How many findings that count each resource has.
struct Found<'a> {
    about: &'a About,
    names: &'a Names<'a>,
}

impl<'a> Found<'a> {
    fn of(&self, identity: &Identity) -> usize {
        self.about.count(&ResourceId::new(&identity.id).lower())
    }

    /// Of more rows than are shown, those with findings come first.
    fn table<T>(
        &self,
        (id, title): (&'static str, &'static str),
        columns: &'static [&'static str],
        facts: &'a [T],
        row: impl Fn(&'a T) -> (&'a Identity, Vec<Cell>),
    ) -> Table<'a> {
        let mut rows: Vec<(usize, &'a T)> = facts.iter().map(|fact| (self.of(row(fact).0), fact)).collect();
        if rows.len() > ROWS {
            rows.sort_by_key(|(findings, _)| *findings == 0);
        }
        let rows = rows.into_iter().take(ROWS).map(|(findings, fact)| {
            let (identity, cells) = row(fact);
            let key = self.about.key(&ResourceId::new(&identity.id).lower()).unwrap_or_default();
            let subscription = self.names.subscription(&identity.subscription);
            Row { identity, subscription, findings, key, cells }
        });
        Table { id, title, count: facts.len(), columns, rows: rows.collect() }
    }
}

fn endpoint(one: &EndpointFacts) -> Vec<Cell> {
    let status = one.connections.iter().filter_map(|connection| connection.status.as_deref());
    let targets = one.connections.iter().flat_map(|connection| {
        let target = connection.target.as_deref().map(short);
        let groups = match connection.group_ids.is_empty() {
            true => String::new(),
            false => format!(" ({})", connection.group_ids.join(", ")),
        };
        target.map(|target| format!("{target}{groups}"))
    });
    vec![
        list(status),
        list(targets),
        known(&one.network, |network| network.as_deref().map_or_else(|| "gone".to_owned(), short)),
        of_list(&one.addresses),
        of_list(&one.names),
        list(&one.needed_zones),
        text(&one.location),
    ]
}

fn zone(one: &ZoneFacts) -> Vec<Cell> {
    let linked = match (&one.networks, one.related) {
        (Fact::Unread, false) => Cell::Text("not asked for: private endpoints have no use for it".to_owned()),
        (networks, _) => known(networks, |networks| joined(networks.iter().map(|network| short(network)))),
    };
    vec![
        Cell::Text(one.record_sets.map(|n| n.to_string()).unwrap_or_default()),
        linked,
        text(&one.provisioning_state),
    ]
}

fn link(one: &LinkFacts) -> Vec<Cell> {
    vec![
        Cell::Text(one.zone.clone()),
        Cell::Text(one.network.as_deref().map(short).unwrap_or_default()),
        text(&one.state),
        Cell::Text(if one.registration { "on" } else { "off" }.to_owned()),
        text(&one.resolution_policy),
    ]
}

fn network(one: &NetworkFacts) -> Vec<Cell> {
    let servers = match one.dns_servers.is_empty() {
        true => Cell::Text("Azure DNS".to_owned()),
        false => list(&one.dns_servers),
    };
    vec![
        list(&one.address_prefixes),
        servers,
        of_list(&one.linked_zones),
        known(&one.endpoints, usize::to_string),
        Cell::Text(one.peerings.to_string()),
        text(&one.location),
    ]
}

fn peering(one: &PeeringFacts) -> Vec<Cell> {
    let remote = one.remote.as_deref().map(short).unwrap_or_default();
    let remote = match one.remote_exists.known() {
        Some(false) => format!("{remote} (gone)"),
        _ => remote,
    };
    let gateway = match (one.allow_gateway_transit, one.use_remote_gateways) {
        (Some(true), _) => "offers its own",
        (_, Some(true)) => "uses the remote one",
        (Some(false), Some(false)) => "none",
        _ => "not told",
    };
    vec![
        Cell::Text(short(&one.network)),
        Cell::Text(remote),
        text(&one.state),
        text(&one.sync_level),
        flag(one.allow_virtual_network_access),
        flag(one.allow_forwarded_traffic),
        Cell::Text(gateway.to_owned()),
    ]
}

fn flag(flag: Option<bool>) -> Cell {
    let said = match flag {
        Some(true) => "allowed",
        Some(false) => "blocked",
        None => "not told",
    };
    Cell::Text(said.to_owned())
}

fn text(text: &Option<String>) -> Cell {
    Cell::Text(text.clone().unwrap_or_default())
}

fn short(id: &str) -> String {
    short_id(id).unwrap_or_else(|| id.to_owned())
}

fn list(items: impl IntoIterator<Item = impl Display>) -> Cell {
    Cell::Text(joined(items))
}

fn of_list<T: Display>(items: &Fact<Vec<T>>) -> Cell {
    known(items, |items| joined(items))
}

fn known<T>(fact: &Fact<T>, shown: impl Fn(&T) -> String) -> Cell {
    fact.known().map_or(Cell::Unread, |value| Cell::Text(shown(value)))
}

fn joined(items: impl IntoIterator<Item = impl Display>) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut more = 0;
    for item in items {
        match shown.len() < ITEMS {
            true => shown.push(item.to_string()),
            false => more += 1,
        }
    }
    if more > 0 {
        shown.push(format!("… and {more} more"));
    }
    shown.join(", ")
}
