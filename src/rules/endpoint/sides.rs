//! Rules about the target's own side of connections: PE-006, PE-016, PE-017.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::anew::made_anew;
use super::connection::{is_changing, reported};
use super::target::{unasked, why_unasked};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Connection, Kind, PrivateEndpoint, ResourceId, TargetConnection};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::endpoints::Status;
use crate::topology::knowledge::Seen;
use crate::topology::{Topology, is_reported};

/// What targets and private link services say of the endpoints that are connected to them.
pub(super) struct Sides<'a> {
    /// By target and endpoint. An endpoint that was deleted and made anew under its old name may have several.
    known: HashMap<&'a ResourceId, HashMap<&'a ResourceId, Vec<&'a TargetConnection>>>,
}

impl<'a> Sides<'a> {
    /// Everything that was read.
    pub(super) fn of(topology: &'a Topology) -> Self {
        let services = topology.inventory.private_link_services.iter().map(|service| &service.id);
        let mut sides = Sides { known: HashMap::new() };
        for target in read(topology).into_iter().chain(services) {
            let Seen::Found(connections) = topology.connections_of(target) else { continue };
            let of_target = sides.known.entry(target).or_default();
            for connection in connections {
                if let Some(endpoint) = &connection.endpoint {
                    of_target.entry(endpoint).or_default().push(connection);
                }
            }
        }
        sides
    }

    /// What a target says of its connections with an endpoint.
    pub(super) fn between(&self, endpoint: &ResourceId, target: &ResourceId) -> &[&'a TargetConnection] {
        let found = self.known.get(target).and_then(|of_target| of_target.get(endpoint));
        found.map_or(&[], Vec::as_slice)
    }
}

/// Every target that was read, or asked for by itself.
fn read(topology: &Topology) -> BTreeSet<&ResourceId> {
    let inventory = &topology.inventory;
    let asked = inventory.coverage.asked_singly.get(&Kind::Targets).into_iter().flatten();
    inventory.targets.iter().map(|target| &target.id).chain(asked).collect()
}

/// The state on the target's side. As long as the connection is being changed there, that is its state.
pub(super) fn status(connection: &TargetConnection) -> Status {
    let state = connection.provisioning_state.as_deref().unwrap_or_default().to_ascii_lowercase();
    if ["updating", "creating", "deleting"].contains(&&*state) {
        return Status::InProgress;
    }
    Status::read(connection.status.as_deref())
}

/// PE-006: an endpoint and its target say different things of their connection.
pub(in crate::rules) fn disagree(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let sides = Sides::of(topology);
    for (_, endpoint) in reported(topology) {
        if is_changing(endpoint) {
            sink.not_judged("endpoint is being changed");
            continue;
        }
        for connection in &endpoint.connections {
            judge_sides(topology, &sides, endpoint, connection, sink);
        }
    }
}

fn judge_sides(
    topology: &Topology,
    sides: &Sides<'_>,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    sink: &mut Sink<'_>,
) {
    let own = Status::of(connection);
    if matches!(own, Status::InProgress | Status::Absent | Status::Unrecognised) {
        return sink.not_judged("connection is being changed");
    }
    let Some(target) = &connection.target else { return sink.not_judged(unasked::NO_TARGET) };
    let all = match topology.connections_of(target) {
        Seen::Found(all) => all,
        Seen::Absent => return sink.not_judged("target does not tell its connections"),
        Seen::Unknown(unread) if unread.gaps.is_empty() => {
            return sink.not_judged(why_unasked(topology, connection).unwrap_or(unasked::OUT_OF_SIGHT));
        }
        Seen::Unknown(unread) => {
            let message = format!("what {} says of {} is not known", target.name(), endpoint.id.name());
            let draft = between(endpoint, connection, target, message);
            return sink.unknown(&Why::Unread(unread), draft);
        }
    };
    let theirs = sides.between(&endpoint.id, target);
    let said: Vec<Status> = theirs.iter().map(|theirs| status(theirs)).collect();
    if said.contains(&own) {
        return sink.pass();
    }
    if said.iter().any(|said| matches!(said, Status::InProgress | Status::Absent | Status::Unrecognised)) {
        return sink.not_judged("connection is being changed");
    }
    let Some(theirs) = theirs.first() else {
        // Removed on the target's side, and the endpoint knows: PE-003.
        if own == Status::Disconnected {
            return sink.pass();
        }
        if all.iter().any(|other| other.endpoint.is_none()) {
            return sink.not_judged("a connection at the target does not tell its endpoint");
        }
        return sink.fail(Confidence::Certain, forgotten_draft(topology, endpoint, connection, target));
    };
    sink.fail(Confidence::Certain, differing_draft(topology, endpoint, connection, target, theirs));
}

fn between(
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    message: String,
) -> Draft {
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let headline = format!("{}: the two sides of its connection disagree", endpoint.id.name());
    Draft::new(&endpoint.id, cause, headline, message)
        .detail(&connection.name)
        .related("target", target)
        .evidence("connection", &*connection.name)
        .evidence("atEndpoint", connection.status.as_deref().unwrap_or("none"))
}

fn forgotten_draft(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
) -> Draft {
    let message = format!(
        "{} says that its connection is {}, and {} has no connection with it",
        endpoint.id.name(),
        connection.status.as_deref().unwrap_or("none"),
        target.name(),
    );
    let draft = between(endpoint, connection, target, message).evidence("atTarget", "none");
    made_anew(topology, endpoint, Some(connection), draft, "make it anew")
}

fn differing_draft(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    theirs: &TargetConnection,
) -> Draft {
    let said = theirs.status.as_deref().unwrap_or("none");
    let message = format!(
        "{} says that its connection is {}, and {} says {said}",
        endpoint.id.name(),
        connection.status.as_deref().unwrap_or("none"),
        target.name(),
    );
    let draft = between(endpoint, connection, target, message)
        .evidence("atTarget", said)
        .related("connection", &theirs.id);
    match status(theirs) {
        Status::Pending => {
            draft.command("approve it (the target's owner)", remedy::approve(target, &theirs.id))
        }
        Status::Approved => draft.command(
            "write the endpoint again as it is, so that it takes up what its target says",
            remedy::write_endpoint_again(&endpoint.id),
        ),
        _ => {
            let draft = draft.advice(
                "ask the target's owner why; a connection that was rejected or removed does not come back",
            );
            made_anew(topology, endpoint, Some(connection), draft, "make it anew")
        }
    }
}

/// A target's connection with an endpoint that this audit does not report on.
struct Incoming<'a> {
    target: &'a ResourceId,
    connection: &'a TargetConnection,
    endpoint: &'a ResourceId,
}

/// Hands on every connection of the targets that findings are reported about. Private link services have rules of
/// their own.
fn each_incoming<'a>(
    topology: &'a Topology,
    sink: &mut Sink<'_>,
    mut each: impl FnMut(&Incoming<'a>, &mut Sink<'_>),
) {
    let endpoint_reported = |index: &usize| topology.endpoints[*index].reported;
    let concerns = |target: &&ResourceId| {
        Kind::of(target) != Some(Kind::PrivateLinkServices)
            && (is_reported(&topology.inventory, target)
                || topology.endpoints_of(target).iter().any(endpoint_reported))
    };
    for target in read(topology).into_iter().filter(concerns) {
        let connections = match topology.connections_of(target) {
            Seen::Found(connections) => connections,
            Seen::Absent => continue,
            Seen::Unknown(unread) => {
                let message = format!("who is connected to {} is not known", target.name());
                let cause = Cause { kind: "target", id: target.to_string() };
                sink.unknown(&Why::Unread(unread), Draft::new(target, cause, message.clone(), message));
                continue;
            }
        };
        for connection in connections {
            match (&connection.endpoint, topology.knowledge.field(&connection.id)) {
                (Some(endpoint), None) => each(&Incoming { target, connection, endpoint }, sink),
                (None, None) => sink.not_judged("a connection at the target does not tell its endpoint"),
                (_, Some(unread)) => {
                    let message = format!("a connection at {} could not be understood", target.name());
                    let cause = Cause { kind: "target", id: target.to_string() };
                    let draft = Draft::new(target, cause, message.clone(), message);
                    sink.unknown(&Why::Unread(unread), draft.detail(connection.id.name()));
                }
            }
        }
    }
}

/// PE-016: somebody whom nobody here can see is connected to a target.
pub(in crate::rules) fn stranger(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let inventory = &topology.inventory;
    let listed: HashSet<&str> = inventory.subscriptions.iter().map(|own| own.guid.as_str()).collect();
    let visible = |id: &str| {
        inventory.coverage.subscription(id).is_some() || listed.contains(id.to_ascii_lowercase().as_str())
    };
    each_incoming(topology, sink, |incoming, sink| {
        let Some(subscription) = incoming.endpoint.subscription() else {
            return sink.not_judged("a connection at the target does not tell its endpoint");
        };
        if status(incoming.connection) == Status::Approved && !visible(subscription) {
            sink.fail(Confidence::Certain, stranger_draft(incoming));
        } else {
            sink.pass();
        }
    });
}

fn of_incoming(incoming: &Incoming<'_>, headline: &str, message: String) -> Draft {
    let Incoming { target, connection, endpoint } = incoming;
    let cause = Cause { kind: "target", id: target.to_string() };
    let mut draft = Draft::new(target, cause, format!("{}: {headline}", target.name()), message)
        .detail(endpoint.as_str())
        .related("privateEndpoint", endpoint)
        .related("connection", &connection.id)
        .evidence("status", connection.status.as_deref().unwrap_or("none"));
    if let Some(description) = connection.description.as_deref().filter(|text| !text.is_empty()) {
        draft = draft.evidence("description", description);
    }
    if let Some(owner) = managed_by(endpoint) {
        draft = draft.evidence("managedEndpointOf", owner);
    }
    draft
}

fn stranger_draft(incoming: &Incoming<'_>) -> Draft {
    let Incoming { target, connection, .. } = incoming;
    let message = format!("{} is connected with {}", target.name(), who(incoming.endpoint));
    of_incoming(incoming, "connected with endpoints in subscriptions that cannot be seen", message)
        .advice("find out whose it is; if nobody knows it, take the connection away")
        .command("see the connection", remedy::show_connection(&connection.id))
        .command("take it away, if nobody knows it (the target's owner)", remedy::reject(&connection.id))
}

/// The service that manages an endpoint, when its id shows it. Data Factory, Synapse and Purview keep the networks
/// of their customers in groups called `vnet-…-rg` of a subscription of Microsoft's, and call an endpoint there by
/// its owner's name and its own (field experience; easy to change).
pub(super) fn managed_by(endpoint: &ResourceId) -> Option<&str> {
    let group = endpoint.resource_group()?.to_ascii_lowercase();
    let owner = endpoint.name().split_once('.')?.0;
    (group.starts_with("vnet-") && group.ends_with("-rg") && !owner.is_empty()).then_some(owner)
}

fn who(endpoint: &ResourceId) -> String {
    let subscription = endpoint.subscription().unwrap_or_default();
    match managed_by(endpoint) {
        Some(owner) => format!(
            "{}, which looks like a managed endpoint of {owner} (Data Factory, Synapse or Purview)",
            endpoint.name()
        ),
        None => format!("{} in subscription {subscription}", endpoint.name()),
    }
}

/// PE-017: somebody whom no other rule speaks of waits for a target's owner.
pub(in crate::rules) fn waiting(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    each_incoming(topology, sink, |incoming, sink| {
        let own = topology.endpoint(incoming.endpoint);
        // PE-001 speaks of an endpoint that is reported on.
        if status(incoming.connection) != Status::Pending
            || own.is_some_and(|own| topology.endpoints[own].reported)
        {
            return sink.pass();
        }
        if own.is_none() && is_listed(topology, incoming.endpoint) {
            return sink.fail(Confidence::Possible, leftover_draft(incoming));
        }
        // A stranger's request waits rightly, and some services' managed endpoints look like one.
        let known = own.is_some() || managed_by(incoming.endpoint).is_some();
        let confidence = if known { Confidence::Certain } else { Confidence::Probable };
        sink.fail(confidence, waiting_draft(incoming));
    });
}

/// Whether the list that would hold an endpoint was read whole.
fn is_listed(topology: &Topology, endpoint: &ResourceId) -> bool {
    let subscription = endpoint.subscription();
    subscription.is_some_and(|id| topology.knowledge.list(id, Kind::PrivateEndpoints).is_none())
}

const WAITING: &str = "connections wait for approval";

fn waiting_draft(incoming: &Incoming<'_>) -> Draft {
    let Incoming { target, connection, endpoint } = incoming;
    let message = format!(
        "{} waits for the owner of {} to approve its connection; until then nothing gets through it",
        who(endpoint),
        target.name()
    );
    of_incoming(incoming, WAITING, message)
        .command(
            "approve it, if the request is expected (the target's owner)",
            remedy::approve(target, &connection.id),
        )
        .command("else reject it", remedy::reject(&connection.id))
}

fn leftover_draft(incoming: &Incoming<'_>) -> Draft {
    let Incoming { target, connection, endpoint } = incoming;
    let message =
        format!("{} still holds a request of {}, which no longer exists", target.name(), endpoint.name());
    of_incoming(incoming, WAITING, message)
        .command("take it away (the target's owner)", remedy::delete_connection(&connection.id))
}
