//! The sheets of the estate, a row a resource. What was not read says so; what was read and is not there is empty.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::Book;
use super::sheet::{Cell, Column, Sheet, column, resource, wrapped};
use crate::facts::{
    ConnectionFacts, EndpointFacts, Identity, LinkFacts, NetworkFacts, PeeringFacts, ZoneFacts,
};
use crate::report::text::inert;
use crate::topology::endpoints::Status;

const ENDPOINTS: [Column; 16] = [
    column("name", 32.0),
    column("resource group", 22.0),
    column("subscription", 22.0),
    column("location", 14.0),
    column("provisioning state", 18.0),
    column("connection state", 18.0),
    column("target", 40.0),
    column("group ids", 16.0),
    column("virtual network", 36.0),
    column("subnet", 24.0),
    column("addresses", 18.0),
    wrapped("names", 50.0),
    wrapped("zones needed", 44.0),
    wrapped("tags", 30.0),
    column("reported on", 12.0),
    column("resource id", 40.0),
];

pub(super) fn endpoints(
    book: &Book<'_>,
    rows: &[EndpointFacts],
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let sheet = Sheet::new(sheet, "Endpoints", &ENDPOINTS, book.limits, &book.looks)?;
    sheet.rows(rows, |one| {
        let [name, group, subscription, reported, id] = identity(book, &one.identity);
        let tags: Vec<String> = one.tags.iter().map(|(tag, value)| format!("{tag}={value}")).collect();
        let of = |show: fn(&ConnectionFacts) -> String| -> Vec<String> {
            one.connections.iter().map(show).filter(|text| !text.is_empty()).collect()
        };
        [
            name,
            group,
            subscription,
            Cell::maybe(one.location.as_deref()),
            provisioning(one.provisioning_state.as_deref()),
            connection_state(&one.connections),
            Cell::list(&of(|one| one.target.as_deref().map(resource).unwrap_or_default())),
            Cell::list(&of(|one| one.group_ids.join(", "))),
            Cell::fact(&one.network, |id| Cell::resource(id.as_deref())),
            Cell::maybe(one.subnet.as_deref().and_then(|id| id.rsplit('/').next())),
            Cell::fact(&one.addresses, |all| {
                Cell::list(&all.iter().map(ToString::to_string).collect::<Vec<_>>())
            }),
            Cell::fact(&one.names, |names| Cell::list(names)),
            match (one.names.known(), one.needed_zones.as_slice()) {
                (None, []) => Cell::Unread,
                (_, zones) => Cell::list(zones),
            },
            Cell::list(&tags),
            reported,
            id,
        ]
    })
}

/// Every connection's state, coloured as the worst of them.
fn connection_state(connections: &[ConnectionFacts]) -> Cell {
    let states: Vec<Status> =
        connections.iter().map(|connection| Status::read(connection.status.as_deref())).collect();
    let told: Vec<&str> = connections.iter().filter_map(|one| one.status.as_deref()).collect();
    let text = inert(&told.join(", ")).into_owned();
    let is_broken = |state: &Status| matches!(state, Status::Rejected | Status::Disconnected);
    match () {
        () if states.iter().any(is_broken) => Cell::Bad(text),
        () if states.iter().all(|state| *state == Status::Approved) => Cell::Text(text),
        () => Cell::Doubtful(text),
    }
}

const NETWORKS: [Column; 12] = [
    column("name", 32.0),
    column("resource group", 22.0),
    column("subscription", 22.0),
    column("location", 14.0),
    column("address prefixes", 30.0),
    column("DNS servers", 30.0),
    wrapped("subnets", 44.0),
    wrapped("linked zones", 50.0),
    column("private endpoints", 17.0),
    column("peerings", 10.0),
    column("reported on", 12.0),
    column("resource id", 40.0),
];

pub(super) fn networks(
    book: &Book<'_>,
    rows: &[NetworkFacts],
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let sheet = Sheet::new(sheet, "Networks", &NETWORKS, book.limits, &book.looks)?;
    sheet.rows(rows, |one| {
        let [name, group, subscription, reported, id] = identity(book, &one.identity);
        let servers = match one.dns_servers.as_slice() {
            [] => Cell::text("Azure's own"),
            servers => Cell::list(servers),
        };
        [
            name,
            group,
            subscription,
            Cell::maybe(one.location.as_deref()),
            Cell::list(&one.address_prefixes),
            servers,
            Cell::list(&one.subnets),
            Cell::fact(&one.linked_zones, |zones| Cell::list(zones)),
            Cell::fact(&one.endpoints, |count| Cell::count(*count)),
            Cell::count(one.peerings),
            reported,
            id,
        ]
    })
}

const ZONES: [Column; 9] = [
    column("name", 44.0),
    column("resource group", 22.0),
    column("subscription", 22.0),
    column("private link", 12.0),
    column("provisioning state", 18.0),
    column("record sets", 12.0),
    wrapped("linked networks", 60.0),
    column("reported on", 12.0),
    column("resource id", 40.0),
];

pub(super) fn zones(book: &Book<'_>, rows: &[ZoneFacts], sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let sheet = Sheet::new(sheet, "Zones", &ZONES, book.limits, &book.looks)?;
    sheet.rows(rows, |one| {
        let [name, group, subscription, reported, id] = identity(book, &one.identity);
        [
            name,
            group,
            subscription,
            Cell::yes(one.related),
            provisioning(one.provisioning_state.as_deref()),
            one.record_sets
                .map_or(Cell::Empty, |count| Cell::count(usize::try_from(count).unwrap_or(usize::MAX))),
            Cell::fact(&one.networks, |ids| {
                Cell::list(&ids.iter().map(|id| resource(id)).collect::<Vec<_>>())
            }),
            reported,
            id,
        ]
    })
}

const LINKS: [Column; 11] = [
    column("zone", 44.0),
    column("name", 30.0),
    column("virtual network", 40.0),
    column("state", 14.0),
    column("provisioning state", 18.0),
    column("resolution policy", 18.0),
    column("registration", 12.0),
    column("resource group", 22.0),
    column("subscription", 22.0),
    column("reported on", 12.0),
    column("resource id", 40.0),
];

pub(super) fn links(book: &Book<'_>, rows: &[LinkFacts], sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let sheet = Sheet::new(sheet, "Links", &LINKS, book.limits, &book.looks)?;
    sheet.rows(rows, |one| {
        let [name, group, subscription, reported, id] = identity(book, &one.identity);
        [
            Cell::text(&one.zone),
            name,
            Cell::resource(one.network.as_deref()),
            expected(one.state.as_deref(), "Completed", &[]),
            provisioning(one.provisioning_state.as_deref()),
            Cell::maybe(one.resolution_policy.as_deref()),
            Cell::yes(one.registration),
            group,
            subscription,
            reported,
            id,
        ]
    })
}

const PEERINGS: [Column; 15] = [
    column("network", 36.0),
    column("name", 30.0),
    column("remote network", 36.0),
    column("remote exists", 14.0),
    column("state", 14.0),
    column("sync level", 18.0),
    column("access", 10.0),
    column("forwarded traffic", 16.0),
    column("gateway transit", 15.0),
    column("uses remote gateways", 19.0),
    column("single subnets", 14.0),
    column("resource group", 22.0),
    column("subscription", 22.0),
    column("reported on", 12.0),
    column("resource id", 40.0),
];

pub(super) fn peerings(
    book: &Book<'_>,
    rows: &[PeeringFacts],
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let sheet = Sheet::new(sheet, "Peerings", &PEERINGS, book.limits, &book.looks)?;
    sheet.rows(rows, |one| {
        let [name, group, subscription, reported, id] = identity(book, &one.identity);
        let flag = |is: Option<bool>| is.map_or(Cell::Empty, Cell::yes);
        [
            Cell::resource(Some(&one.network)),
            name,
            Cell::resource(one.remote.as_deref()),
            Cell::fact(&one.remote_exists, |exists| match exists {
                true => Cell::yes(true),
                false => Cell::Bad("no".to_owned()),
            }),
            expected(one.state.as_deref(), "Connected", &["Disconnected"]),
            expected(one.sync_level.as_deref(), "FullyInSync", &[]),
            flag(one.allow_virtual_network_access),
            flag(one.allow_forwarded_traffic),
            flag(one.allow_gateway_transit),
            flag(one.use_remote_gateways),
            Cell::yes(one.single_subnets),
            group,
            subscription,
            reported,
            id,
        ]
    })
}

/// Name, resource group, subscription, whether it is reported on, id.
fn identity(book: &Book<'_>, one: &Identity) -> [Cell; 5] {
    [
        Cell::text(&one.name),
        Cell::text(&one.resource_group),
        Cell::Text(book.subscription(&one.subscription)),
        Cell::yes(one.reported),
        Cell::text(&one.id),
    ]
}

fn provisioning(state: Option<&str>) -> Cell {
    expected(state, "Succeeded", &["Failed", "Canceled"])
}

/// A state as Azure says it: as it ought to be, broken, or something else.
fn expected(state: Option<&str>, right: &str, broken: &[&str]) -> Cell {
    let Some(state) = state else { return Cell::Empty };
    let text = inert(state).into_owned();
    let is = |other: &str| state.eq_ignore_ascii_case(other);
    match () {
        () if is(right) => Cell::Text(text),
        () if broken.iter().any(|broken| is(broken)) => Cell::Bad(text),
        () => Cell::Doubtful(text),
    }
}
