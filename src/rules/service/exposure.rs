//! PLS-005, PLS-007 and PLS-012: who may see a service, and who gets in without being asked.

use super::{NAMED, Service, is_open, services};
use crate::finding::Confidence;
use crate::inventory::{Connection, PrivateEndpoint, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::knowledge::{Seen, Unread};

/// Nobody is listed: rights on the service decide (Azure docs: what is Private Link service, control exposure).
const BY_RIGHTS: &str = "who sees the service is left to rights";

/// PLS-005: somebody who asks for the service is not among those who may see it.
pub(in crate::rules) fn out_of_sight(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        let visibility = &service.raw.visibility;
        if visibility.is_empty() {
            sink.not_judged(BY_RIGHTS);
            continue;
        }
        let mut outside = Vec::new();
        let mut undecided = Vec::new();
        for index in &service.joined.consumers {
            match standing(service, *index) {
                Standing::Fine => {}
                Standing::Outside => outside.push(*index),
                Standing::MayHaveRights => undecided.push(*index),
            }
        }
        let unread = service.odd_field().or_else(|| unread_consumer(service));
        if !outside.is_empty() {
            sink.fail(confidence(service, &outside), outside_draft(service, &outside));
        } else if let Some(unread) = unread.filter(|_| !is_open(visibility)) {
            let message = format!("not all that asks for {}, or may see it, was read", service.name());
            sink.unknown(&Why::Unread(unread), service.draft("its consumers were not read", message));
        } else if !undecided.is_empty() {
            let why = Why::Undecided("rights on the service may be enough");
            sink.unknown(&why, outside_draft(service, &undecided));
        } else {
            sink.pass();
        }
    }
}

/// A request that the service lists has arrived, and an approval may be all it needs.
fn confidence(service: Service<'_>, outside: &[usize]) -> Confidence {
    let arrived = |index: &usize| {
        let endpoint = &service.topology.inventory.private_endpoints[*index].id;
        service.raw.connections.iter().any(|known| known.endpoint.as_ref() == Some(endpoint))
    };
    if outside.iter().all(arrived) { Confidence::Probable } else { Confidence::Certain }
}

/// Why an endpoint that waits, from a subscription that is not listed, could not be read.
fn unread_consumer(service: Service<'_>) -> Option<Unread> {
    let connections = service.raw.connections.iter().zip(&service.joined.endpoints);
    let unread = connections.filter_map(|(connection, endpoint)| {
        let subscription = connection.endpoint.as_ref()?.subscription()?;
        let status = Status::read(connection.status.as_deref());
        match endpoint {
            Seen::Unknown(unread)
                if !unread.gaps.is_empty()
                    && may_wait(status)
                    && !lists(&service.raw.visibility, subscription) =>
            {
                Some(unread.clone())
            }
            _ => None,
        }
    });
    unread.reduce(Unread::and)
}

/// Whether a connection may still be asked for. Who was turned down was seen before, and may have been taken off the
/// list since: PE-002, PE-003 and PLS-002 tell of what is left.
fn may_wait(status: Status) -> bool {
    !matches!(status, Status::Approved | Status::InProgress | Status::Rejected | Status::Disconnected)
}

enum Standing {
    Fine,
    Outside,
    /// Asked from the service's own tenant, by somebody who may approve: rights stand in for visibility.
    MayHaveRights,
}

fn standing(service: Service<'_>, index: usize) -> Standing {
    let topology = service.topology;
    let endpoint = &topology.inventory.private_endpoints[index];
    let Some(subscription) = endpoint.id.subscription() else { return Standing::Fine };
    let visibility = &service.raw.visibility;
    if is_open(visibility) || lists(visibility, subscription) {
        return Standing::Fine;
    }
    let mut waiting =
        own_connections(service, endpoint).filter(|connection| may_wait(Status::of(connection))).peekable();
    if waiting.peek().is_none() {
        return Standing::Fine;
    }
    let own = service.raw.id.subscription().and_then(|id| tenant(topology, id));
    let foreign = own.is_some_and(|own| tenant(topology, subscription).is_some_and(|other| other != own));
    // Who has rights on the service asks without waiting for its owner: such a connection is not a manual one.
    if foreign || waiting.any(|connection| connection.manual) {
        Standing::Outside
    } else {
        Standing::MayHaveRights
    }
}

fn own_connections<'a>(
    service: Service<'a>,
    endpoint: &'a PrivateEndpoint,
) -> impl Iterator<Item = &'a Connection> {
    endpoint.connections.iter().filter(move |connection| {
        let named = connection.target.as_ref().and_then(|id| service.topology.services.named(id));
        let joined = named.and_then(|index| service.topology.services.joined.get(index));
        joined.is_some_and(|joined| std::ptr::eq(joined, service.joined))
    })
}

fn lists(list: &[Box<str>], subscription: &str) -> bool {
    list.iter().any(|entry| entry.eq_ignore_ascii_case(subscription))
}

fn tenant<'a>(topology: &'a Topology, subscription: &str) -> Option<&'a str> {
    let known = &topology.inventory.subscriptions;
    known.iter().find(|s| s.guid.eq_ignore_ascii_case(subscription))?.tenant_id.as_deref()
}

fn outside_draft(service: Service<'_>, consumers: &[usize]) -> Draft {
    let endpoints: Vec<&ResourceId> =
        consumers.iter().map(|index| &service.topology.inventory.private_endpoints[*index].id).collect();
    let message = format!(
        "{} is asked for by {} from subscriptions that it does not list as those which may see it",
        service.name(),
        super::counted(endpoints.len(), "endpoint"),
    );
    let mut missing: Vec<String> =
        endpoints.iter().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect();
    missing.sort();
    missing.dedup();
    let mut all: Vec<String> = service.raw.visibility.iter().map(|entry| entry.to_string()).collect();
    all.extend(missing.iter().cloned());
    let draft = service
        .draft("endpoints ask for it from subscriptions that may not see it", message)
        .evidence("endpoints", super::few(endpoints.iter().copied()))
        .evidence("subscriptions", missing)
        .evidence("visibility", texts(&service.raw.visibility));
    let draft = endpoints.iter().take(NAMED).fold(draft, |draft, id| draft.related("privateEndpoint", id));
    draft
        .command(
            "let their subscriptions see it, if they are meant to",
            remedy::set_visibility(&service.raw.id, &all),
        )
        .advice("then the endpoint's owner asks again")
}

fn texts(list: &[Box<str>]) -> Vec<String> {
    list.iter().map(|entry| entry.to_string()).collect()
}

/// PLS-007: those who are let in unasked cannot see what they are let in to.
pub(in crate::rules) fn approved_unseen(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        let (visibility, approval) = (&service.raw.visibility, &service.raw.auto_approval);
        let unseen: Vec<String> = approval
            .iter()
            .filter(|entry| &***entry != "*" && !lists(visibility, entry))
            .map(|entry| entry.to_ascii_lowercase())
            .collect();
        if is_open(visibility) || unseen.is_empty() {
            sink.pass();
            continue;
        }
        // Without a list, rights decide who sees the service, and those named here may have them.
        let confidence = if visibility.is_empty() { Confidence::Possible } else { Confidence::Certain };
        sink.fail(confidence, unseen_draft(service, unseen));
    }
}

fn unseen_draft(service: Service<'_>, unseen: Vec<String>) -> Draft {
    let (visibility, approval) = (&service.raw.visibility, &service.raw.auto_approval);
    let message = format!(
        "{} approves requests of {} at once, which may not see it and so cannot ask",
        service.name(),
        super::counted(unseen.len(), "subscription"),
    );
    let mut all = texts(visibility);
    all.extend(unseen.iter().cloned());
    let kept: Vec<String> =
        texts(approval).into_iter().filter(|entry| !unseen.contains(&entry.to_ascii_lowercase())).collect();
    let draft = service
        .draft("approves at once whom it does not let see it", message)
        .evidence("notVisibleTo", unseen)
        .evidence("autoApproval", texts(approval))
        .evidence("visibility", texts(visibility));
    let draft = if visibility.is_empty() {
        draft.advice("nothing needs mending if these subscriptions have rights on the service")
    } else {
        draft.command("let them see it", remedy::set_visibility(&service.raw.id, &all))
    };
    if kept.is_empty() {
        return draft;
    }
    draft.command("or approve only those who see it", remedy::set_auto_approval(&service.raw.id, &kept))
}

/// PLS-012: everybody may ask, or everybody gets in.
pub(in crate::rules) fn open_to_all(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        if is_open(&service.raw.auto_approval) {
            sink.fail(Confidence::Certain, approves_all_draft(service));
        } else if is_open(&service.raw.visibility) {
            sink.fail(Confidence::Possible, seen_by_all_draft(service));
        } else {
            sink.pass();
        }
    }
}

fn approves_all_draft(service: Service<'_>) -> Draft {
    let who = if is_open(&service.raw.visibility) { "everybody who has its alias" } else { "all who see it" };
    let message =
        format!("{} lets {who} in at once: no request of any subscription is looked at", service.name());
    let draft = service
        .draft("is open to all", message)
        .evidence("autoApproval", texts(&service.raw.auto_approval))
        .evidence("visibility", texts(&service.raw.visibility))
        .advice("see which of its connections you know, and approve further ones by hand or by subscription");
    match known_subscriptions(service).as_slice() {
        [] => draft,
        known => draft.command(
            "approve at once only the subscriptions that are connected now",
            remedy::set_auto_approval(&service.raw.id, known),
        ),
    }
}

fn seen_by_all_draft(service: Service<'_>) -> Draft {
    let message = format!(
        "everybody who has the alias of {} may ask for a connection; each still waits for approval",
        service.name()
    );
    let draft = service
        .draft("is open to all", message)
        .evidence("visibility", texts(&service.raw.visibility))
        .evidence("autoApproval", texts(&service.raw.auto_approval))
        .advice("nothing needs mending if the service is meant for everybody");
    match known_subscriptions(service).as_slice() {
        [] => draft,
        known => draft.command(
            "or show it only to the subscriptions that are connected now",
            remedy::set_visibility(&service.raw.id, known),
        ),
    }
}

/// The subscriptions of the approved connections, and those that are named already.
fn known_subscriptions(service: Service<'_>) -> Vec<String> {
    let approved = service
        .raw
        .connections
        .iter()
        .filter(|connection| Status::read(connection.status.as_deref()) == Status::Approved);
    let connected = approved.filter_map(|connection| connection.endpoint.as_ref()?.subscription());
    let named = service.raw.visibility.iter().chain(&service.raw.auto_approval).map(|entry| &**entry);
    let mut all: Vec<String> =
        connected.chain(named).filter(|entry| *entry != "*").map(str::to_ascii_lowercase).collect();
    all.sort();
    all.dedup();
    all
}
