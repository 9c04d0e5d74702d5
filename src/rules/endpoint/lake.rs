//! Storage accounts with a hierarchical namespace, which clients reach by two names: PE-014.

use foldhash::{HashMap, HashMapExt};

use super::sides::{managed_by, status};
use super::target::{SHOWN, why_unasked};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Connection, Kind, PrivateEndpoint, ResourceId, TargetConnection};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::knowledge::{Seen, Unread};

const BLOB: &str = "blob";
const DFS: &str = "dfs";

/// One endpoint of an account for one of its two names.
struct Way<'a> {
    endpoint: usize,
    connection: &'a Connection,
    group: &'static str,
    /// Approved and provisioned.
    live: bool,
}

/// PE-014: an account with a hierarchical namespace has endpoints for one of its two names only.
pub(in crate::rules) fn one_of_two(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (target, ways) in ways(topology) {
        let reported = |way: &Way<'_>| topology.endpoints[way.endpoint].reported;
        let Some(one) = ways.iter().find(|way| way.live && reported(way)) else { continue };
        let other = if one.group == BLOB { DFS } else { BLOB };
        // One that is reported and does not work is told by the rule about its connection.
        if ways.iter().any(|way| way.group == other && (way.live || reported(way))) {
            sink.pass();
            continue;
        }
        judge(topology, target, one, other, &ways, sink);
    }
}

/// The endpoints of every storage account for either name.
fn ways(topology: &Topology) -> HashMap<&ResourceId, Vec<Way<'_>>> {
    let mut of_account: HashMap<&ResourceId, Vec<Way<'_>>> = HashMap::new();
    for (index, endpoint) in topology.inventory.private_endpoints.iter().enumerate() {
        for connection in &endpoint.connections {
            let asks =
                |group: &&'static str| connection.group_ids.iter().any(|own| own.eq_ignore_ascii_case(group));
            let (Some(target), Some(group)) = (&connection.target, [BLOB, DFS].into_iter().find(asks)) else {
                continue;
            };
            if !target.is_type("Microsoft.Storage/storageAccounts") {
                continue;
            }
            let live = is_live(endpoint, connection);
            of_account.entry(target).or_default().push(Way { endpoint: index, connection, group, live });
        }
    }
    of_account
}

fn is_live(endpoint: &PrivateEndpoint, connection: &Connection) -> bool {
    let state = endpoint.provisioning_state.as_deref();
    Status::of(connection) == Status::Approved
        && state.is_none_or(|state| state.eq_ignore_ascii_case("Succeeded"))
}

fn judge(
    topology: &Topology,
    id: &ResourceId,
    one: &Way<'_>,
    other: &'static str,
    ways: &[Way<'_>],
    sink: &mut Sink<'_>,
) {
    if let Some(reason) = why_unasked(topology, one.connection) {
        return sink.not_judged(reason);
    }
    let draft = || draft(topology, id, one, other, ways);
    let target = match topology.target(id) {
        Seen::Found(target) => &topology.inventory.targets[target],
        // PE-005 tells it.
        Seen::Absent => return,
        Seen::Unknown(unread) => return sink.unknown(&Why::Unread(unread), unread_draft(id, one, other)),
    };
    match (target.hierarchical_namespace, topology.knowledge.field(id)) {
        (Some(true), _) => match others(topology, id) {
            Ok(confidence) => sink.fail(confidence, draft()),
            Err(unread) => sink.unknown(&Why::Unread(unread), draft()),
        },
        (None, Some(unread)) => sink.unknown(&Why::Unread(unread), unread_draft(id, one, other)),
        // Accounts without it often do not say so (recorded).
        (Some(false), _) | (None, None) => sink.pass(),
    }
}

fn unread_draft(id: &ResourceId, one: &Way<'_>, other: &str) -> Draft {
    let message = format!(
        "{} has endpoints for {} and none for {other}; whether it has a hierarchical namespace, and needs both, is not known",
        id.name(),
        one.group,
    );
    let cause = Cause { kind: "target", id: id.to_string() };
    Draft::new(id, cause, message.clone(), message).evidence("found", one.group).evidence("missing", other)
}

/// How sure it is that no other endpoint leads to an account. The account's own list of connections knows.
pub(in crate::rules) fn others(topology: &Topology, target: &ResourceId) -> Result<Confidence, Unread> {
    let known = |id: &ResourceId| topology.endpoint(id).is_some();
    if let Seen::Found(connections) = topology.connections_of(target) {
        // What a service's managed network holds serves that network alone.
        let may_be_other = |own: &TargetConnection| {
            status(own) == Status::Approved
                && !own.endpoint.as_ref().is_some_and(|id| known(id) || managed_by(id).is_some())
        };
        // An endpoint that was not wholly understood may be the other one.
        let mut own = connections.iter().filter_map(|own| own.endpoint.as_ref());
        if let Some(unread) = own.find_map(|id| topology.knowledge.field(id)) {
            return Err(unread);
        }
        let foreign = connections.into_iter().any(may_be_other);
        return Ok(if foreign { Confidence::Possible } else { Confidence::Certain });
    }
    match topology.knowledge.gaps_in(&[Kind::PrivateEndpoints]) {
        Some(unread) => Err(unread),
        None if topology.knowledge.asked_everywhere(Kind::PrivateEndpoints) => Ok(Confidence::Certain),
        None => Ok(Confidence::Probable),
    }
}

fn draft(topology: &Topology, id: &ResourceId, one: &Way<'_>, other: &str, ways: &[Way<'_>]) -> Draft {
    let message = format!(
        "{} has a hierarchical namespace and endpoints for {} only: what asks for its {other} name goes out to the public endpoint, or nowhere",
        id.name(),
        one.group,
    );
    let cause = Cause { kind: "target", id: id.to_string() };
    let headline = format!("{}: endpoints for {} and none for {other}", id.name(), one.group);
    let mut draft = Draft::new(id, cause, headline, message)
        .evidence("isHnsEnabled", true)
        .evidence("found", one.group)
        .evidence("missing", other);
    for way in ways.iter().filter(|way| way.live).take(SHOWN) {
        draft = draft.related("privateEndpoint", &topology.inventory.private_endpoints[way.endpoint].id);
    }
    mended(topology, one, other, draft)
}

/// The steps that make the second endpoint beside the first.
fn mended(topology: &Topology, one: &Way<'_>, other: &str, draft: Draft) -> Draft {
    let first = &topology.inventory.private_endpoints[one.endpoint];
    let Some(subnet) = &first.subnet else { return draft };
    let second = first.id.parent_str().map(|_| {
        let name = format!("{}-{other}", first.id.name());
        let folder = first.id.as_str().strip_suffix(first.id.name()).unwrap_or_default();
        ResourceId::new(&format!("{folder}{name}"))
    });
    let Some(second) = second else { return draft };
    let connection = Connection {
        name: second.name().into(),
        group_ids: vec![other.into()],
        manual: false,
        ..one.connection.clone()
    };
    let place = first.location.as_deref();
    let Some(create) = remedy::create_endpoint(&second, place, subnet.as_str(), &connection) else {
        return draft;
    };
    let draft = draft.command(format!("make an endpoint for {other} beside {}", first.id.name()), create);
    let prefix = format!("privatelink.{other}.core.");
    let mut zones = topology.inventory.zones.iter().filter(|zone| zone.name.starts_with(&prefix));
    match (zones.next(), zones.next()) {
        (Some(zone), None) => {
            draft.command("have its record written", remedy::create_zone_group(&second, "default", &zone.id))
        }
        _ => draft.advice(format!("have its record written into the zone for {other} that the clients see")),
    }
}
