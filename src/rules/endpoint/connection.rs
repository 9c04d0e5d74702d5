//! Rules about an endpoint's own connection: PE-001 to PE-003.

use super::anew::made_anew;
use super::sides::{self, Sides};
use super::target::is_gone;
use crate::finding::{Cause, Confidence};
use crate::inventory::{Connection, Kind, PrivateEndpoint, ResourceId, TargetConnection, TargetType};
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::remedy;
use crate::rules::service::consumers::is_named_wrongly;
use crate::rules::{Draft, Estate, Settings, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::{Status, target_and_group};

/// PE-001: a connection waits for its target's owner.
pub(in crate::rules) fn pending(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let known = Sides::of(estate.topology);
    judge(estate, sink, |endpoint, connection, sink, confidence| match Status::of(connection) {
        Status::Pending if is_fresh(estate.settings, endpoint, estate.topology) => {
            sink.not_judged("connection is pending for less than the grace period");
        }
        Status::Pending => {
            let target = connection.target.as_ref();
            let theirs = target.map_or(&[][..], |target| known.between(&endpoint.id, target));
            match own_side(theirs) {
                // The owner has said yes, and Azure is at it.
                Some(theirs) if sides::status(theirs) == Status::InProgress => {
                    sink.not_judged("connection is being changed");
                }
                theirs => sink.fail(confidence, pending_draft(endpoint, connection, theirs)),
            }
        }
        Status::InProgress => sink.not_judged("connection is being changed"),
        Status::Absent | Status::Unrecognised => sink.not_judged("connection state is not recognised"),
        Status::Approved | Status::Rejected | Status::Disconnected => sink.pass(),
    });
}

/// Whether an earlier run shows that a connection cannot have waited for the whole grace period yet, or the earlier
/// run is too short a time ago to tell. Of a subscription that it did not read it shows nothing.
fn is_fresh(settings: &Settings, endpoint: &PrivateEndpoint, topology: &Topology) -> bool {
    let grace = settings.thresholds.pending_grace;
    let Some(former) = settings.former.as_ref().filter(|_| grace > 0) else { return false };
    let home = endpoint.id.subscription().map(str::to_ascii_lowercase);
    if !home.is_some_and(|home| former.subscriptions.contains(&home)) {
        return false;
    }
    let Ok(now) = topology.inventory.origin.collected_at.parse::<jiff::Timestamp>() else { return false };
    let waited = former.unfinished.get(&endpoint.id);
    let waited = waited.is_some_and(|state| state.eq_ignore_ascii_case("Pending"));
    let since = u64::try_from(now.as_second().saturating_sub(former.collected_at)).unwrap_or_default();
    !waited || since < grace
}

/// PE-002: the target's owner said no.
pub(in crate::rules) fn rejected(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    judge(estate, sink, |endpoint, connection, sink, confidence| match Status::of(connection) {
        Status::Rejected => sink.fail(confidence, rejected_draft(estate.topology, endpoint, connection)),
        Status::InProgress => sink.not_judged("connection is being changed"),
        Status::Absent | Status::Unrecognised => sink.not_judged("connection state is not recognised"),
        Status::Approved | Status::Pending | Status::Disconnected => sink.pass(),
    });
}

/// PE-003: the target's side is gone. A state nobody has seen is unknown.
pub(in crate::rules) fn disconnected(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    judge(estate, sink, |endpoint, connection, sink, confidence| match Status::of(connection) {
        Status::Disconnected => {
            sink.fail(confidence, disconnected_draft(estate.topology, endpoint, connection))
        }
        Status::InProgress => sink.not_judged("connection is being changed"),
        Status::Absent | Status::Unrecognised => {
            let why = Why::Undecided("connection state is not recognised");
            sink.unknown(&why, unrecognised_draft(endpoint, connection));
        }
        Status::Approved | Status::Pending | Status::Rejected => sink.pass(),
    });
    let lacks_connection =
        |endpoint: &PrivateEndpoint| endpoint.connections.is_empty() && !is_changing(endpoint);
    for (_, endpoint) in reported(estate.topology).filter(|(_, endpoint)| lacks_connection(endpoint)) {
        let message = format!("{} has no connection at all", endpoint.id.name());
        let draft = draft(endpoint, None, "connection state is missing", message);
        sink.unknown(&Why::Undecided("no connection"), draft);
    }
}

/// Hands on every connection of the endpoints that are not being changed.
fn judge(
    estate: &Estate<'_>,
    sink: &mut Sink<'_>,
    each: impl Fn(&PrivateEndpoint, &Connection, &mut Sink<'_>, Confidence),
) {
    for (index, endpoint) in reported(estate.topology) {
        if is_changing(endpoint) {
            sink.not_judged("endpoint is being changed");
            continue;
        }
        // One target may have very many endpoints, and nearly all of them are well.
        let is_bad = |connection: &Connection| {
            matches!(Status::of(connection), Status::Pending | Status::Rejected | Status::Disconnected)
        };
        let confidence = match endpoint.connections.iter().any(is_bad) {
            true => confidence(estate.topology, index),
            false => Confidence::Certain,
        };
        for connection in &endpoint.connections {
            // PE-005 or PLS-006 speaks: nobody is left who could approve or remove it.
            let gone = connection.target.as_ref().is_some_and(|target| is_gone(estate.topology, target));
            if gone || is_named_wrongly(estate.topology, connection) {
                sink.pass();
                continue;
            }
            each(endpoint, connection, sink, confidence);
        }
    }
}

/// Every endpoint that is reported on.
pub(super) fn reported(topology: &Topology) -> impl Iterator<Item = (usize, &PrivateEndpoint)> {
    let endpoints = topology.inventory.private_endpoints.iter().enumerate();
    endpoints.filter(|(index, _)| topology.endpoints[*index].reported)
}

/// A bad connection hurts less when another approved endpoint of the same target and group stands in the same
/// network.
fn confidence(topology: &Topology, index: usize) -> Confidence {
    if has_approved_twin(topology, index) { Confidence::Probable } else { Confidence::Certain }
}

/// Whether Azure is at work on an endpoint.
pub(super) fn is_changing(endpoint: &PrivateEndpoint) -> bool {
    endpoint
        .provisioning_state
        .as_deref()
        .is_some_and(|state| state.eq_ignore_ascii_case("Updating") || state.eq_ignore_ascii_case("Deleting"))
}

fn draft(
    endpoint: &PrivateEndpoint,
    connection: Option<&Connection>,
    headline: &str,
    message: String,
) -> Draft {
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let mut draft = Draft::new(&endpoint.id, cause, format!("{}: {headline}", endpoint.id.name()), message);
    let Some(connection) = connection else { return draft };
    draft = draft
        .detail(&connection.name)
        .evidence("status", connection.status.as_deref().unwrap_or("none"))
        .evidence("connection", &*connection.name)
        .evidence("approval", if connection.manual { "manual" } else { "automatic" });
    if let Some(description) = connection.description.as_deref().filter(|text| !text.is_empty()) {
        draft = draft.evidence("description", description);
    }
    if let Some(actions) = connection.actions_required.as_deref()
        && !actions.is_empty()
        && !actions.eq_ignore_ascii_case("None")
    {
        draft = draft.evidence("actions", actions);
    }
    if let Some(group) = connection.group_ids.first() {
        draft = draft.evidence("groupId", &**group);
    }
    match &connection.target {
        Some(target) => draft.related("target", target),
        None => draft,
    }
}

fn target_label(connection: &Connection) -> String {
    connection.target.as_ref().map_or("its target".to_owned(), |target| target.name().to_owned())
}

/// The target's side of a connection that waits: the one that waits too, before what is left of older ones.
fn own_side<'a>(theirs: &[&'a TargetConnection]) -> Option<&'a TargetConnection> {
    let waits = theirs.iter().find(|theirs| sides::status(theirs) == Status::Pending);
    let changing = || theirs.iter().find(|theirs| sides::status(theirs) == Status::InProgress);
    waits.or_else(changing).or(theirs.first()).copied()
}

fn pending_draft(
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    theirs: Option<&TargetConnection>,
) -> Draft {
    let message = format!(
        "{} waits for the owner of {} to approve its connection; until then it has no working address",
        endpoint.id.name(),
        target_label(connection),
    );
    let mut draft = draft(endpoint, Some(connection), "connection waits for approval", message);
    if let Some(theirs) = theirs {
        draft = draft
            .related("connection", &theirs.id)
            .evidence("atTarget", theirs.status.as_deref().unwrap_or("none"));
    }
    match &connection.target {
        Some(target) => with_approval(draft, &endpoint.id, target, theirs),
        None => draft.advice("ask the target's owner to approve the connection"),
    }
}

/// How the connection of an endpoint with its target is approved, when the target's side of it is known and when not.
pub(in crate::rules) fn with_approval(
    draft: Draft,
    endpoint: &ResourceId,
    target: &ResourceId,
    theirs: Option<&TargetConnection>,
) -> Draft {
    if target.resource_type().is_none() {
        return draft.advice(format!(
            "ask the owner of the private link service `{target}` to approve the connection"
        ));
    }
    // `az network private-endpoint-connection` knows the types that can be asked for their connections.
    if TargetType::of(target).is_none() {
        return draft.advice(format!(
            "approve it in the portal, at {}, Networking, Private endpoint connections: the Azure CLI cannot for this type",
            target.name()
        ));
    }
    match theirs {
        Some(theirs) => draft.command("approve it (the target's owner)", remedy::approve(target, &theirs.id)),
        None if Kind::of(target) == Some(Kind::PrivateLinkServices) => draft
            .command("find the connection's name at the service", remedy::list_service_connections(target))
            .command("approve it", remedy::approve_at_service(target, "<connection>")),
        None => draft
            .command("find the connection at the target", remedy::find_connection(target, endpoint))
            .command("approve it (the target's owner)", remedy::approve_connection()),
    }
}

fn unrecognised_draft(endpoint: &PrivateEndpoint, connection: &Connection) -> Draft {
    let seen = connection.status.as_deref().unwrap_or("no state");
    let message =
        format!("the connection of {} says `{seen}`, which is not a known state", endpoint.id.name());
    draft(endpoint, Some(connection), "connection state is not recognised", message)
}

fn rejected_draft(topology: &Topology, endpoint: &PrivateEndpoint, connection: &Connection) -> Draft {
    let message = format!(
        "the owner of {} rejected the connection of {}; nothing gets through it",
        target_label(connection),
        endpoint.id.name(),
    );
    let draft = draft(endpoint, Some(connection), "connection was rejected", message).advice(
        "ask the target's owner why; a rejected connection cannot be approved again: the endpoint has to go",
    );
    made_anew(topology, endpoint, Some(connection), draft, "make it anew, if access is due after all")
}

fn disconnected_draft(topology: &Topology, endpoint: &PrivateEndpoint, connection: &Connection) -> Draft {
    let message = format!(
        "the connection of {} was removed at {}; the endpoint no longer leads anywhere",
        endpoint.id.name(),
        target_label(connection),
    );
    let draft = draft(endpoint, Some(connection), "connection was removed by its target", message);
    made_anew(topology, endpoint, Some(connection), draft, "make it anew, if it is still wanted")
}

/// Whether another approved endpoint of the same target and group id stands in the same network.
fn has_approved_twin(topology: &Topology, index: usize) -> bool {
    let endpoint = &topology.inventory.private_endpoints[index];
    let Some((target, group)) = target_and_group(endpoint) else { return false };
    let Some(network) = topology.endpoints[index].network.found() else { return false };
    topology.endpoints_of(target).iter().any(|other| {
        *other != index
            && is_approved(topology, *other)
            && topology.endpoints[*other].network.found() == Some(network)
            && target_and_group(&topology.inventory.private_endpoints[*other])
                .is_some_and(|(_, other_group)| other_group.eq_ignore_ascii_case(group))
    })
}
