//! PLS-001 and PLS-002: connections as the service sees them.

use super::{NAMED, Service, counted, services};
use crate::finding::Confidence;
use crate::inventory::TargetConnection;
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::endpoints::Status;
use crate::topology::is_reported;
use crate::topology::knowledge::{Seen, Unread};

/// PLS-001: somebody waits to be let in.
pub(in crate::rules) fn pending(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    judge(estate, sink, |status| status == Status::Pending, pending_draft);
}

/// PLS-002: connections that carry nothing any more.
pub(in crate::rules) fn dead(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    judge(estate, sink, |status| matches!(status, Status::Rejected | Status::Disconnected), dead_draft);
}

type Concerns = fn(Status) -> bool;

/// A connection that is the service's to report, and its place.
struct Offender<'a> {
    connection: &'a TargetConnection,
    position: usize,
}

fn judge(
    estate: &Estate<'_>,
    sink: &mut Sink<'_>,
    concerns: Concerns,
    draft: fn(Service<'_>, &[Offender<'_>]) -> Draft,
) {
    for service in services(estate.topology) {
        let mut unread = service.odd_field();
        let mut offenders = Vec::new();
        let mut hidden = Vec::new();
        for (position, connection) in service.raw.connections.iter().enumerate() {
            if !concerns(Status::read(connection.status.as_deref())) {
                continue;
            }
            match told_by_endpoint(service, position, concerns) {
                Told::Yes => {}
                Told::No => offenders.push(Offender { connection, position }),
                Told::Unknown(why) => {
                    unread = Some(unread.map_or(why.clone(), |before| before.and(why)));
                    hidden.push(Offender { connection, position });
                }
            }
        }
        if !offenders.is_empty() {
            sink.fail(Confidence::Certain, draft(service, &offenders));
        } else if let Some(unread) = unread {
            sink.unknown(&Why::Unread(unread), unknown_draft(service, &hidden));
        } else if service.raw.connections.iter().any(is_changing) {
            sink.not_judged("connection is being changed, or its state is not recognised");
        } else {
            sink.pass();
        }
    }
}

fn is_changing(connection: &TargetConnection) -> bool {
    let status = Status::read(connection.status.as_deref());
    matches!(status, Status::InProgress | Status::Absent | Status::Unrecognised)
}

/// Whether a rule about the endpoint says the same.
enum Told {
    Yes,
    No,
    /// Its endpoint would be reported on, and could not be read.
    Unknown(Unread),
}

fn told_by_endpoint(service: Service<'_>, position: usize, concerns: Concerns) -> Told {
    let topology = service.topology;
    let id = service.raw.connections.get(position).and_then(|connection| connection.endpoint.as_ref());
    match service.joined.endpoints.get(position) {
        Some(Seen::Found(index)) => {
            let endpoint = &topology.inventory.private_endpoints[*index];
            let named =
                |target| topology.services.named(target).map(|found| &topology.services.joined[found]);
            let says = endpoint.connections.iter().any(|connection| {
                let to = connection.target.as_ref().and_then(named);
                to.is_some_and(|to| std::ptr::eq(to, service.joined)) && concerns(Status::of(connection))
            });
            let state = endpoint.provisioning_state.as_deref().unwrap_or_default();
            let settled = !["Updating", "Deleting"].iter().any(|other| other.eq_ignore_ascii_case(state));
            if topology.endpoints[*index].reported && settled && says { Told::Yes } else { Told::No }
        }
        Some(Seen::Unknown(unread)) if id.is_some_and(|id| is_reported(&topology.inventory, id)) => {
            Told::Unknown(unread.clone())
        }
        _ => Told::No,
    }
}

fn base(service: Service<'_>, offenders: &[Offender<'_>], headline: &str, message: String) -> Draft {
    let told = offenders.iter().take(NAMED).map(|offender| {
        let of = offender.connection;
        let endpoint = of.endpoint.as_ref().map_or("an unnamed endpoint".to_owned(), ToString::to_string);
        format!("{} ({}): {endpoint}", of.id.name(), of.status.as_deref().unwrap_or("no state"))
    });
    let draft = service
        .draft(headline, message)
        .evidence("connections", told.collect::<Vec<_>>())
        .evidence("count", offenders.len());
    let endpoints = offenders.iter().take(NAMED).filter_map(|offender| offender.connection.endpoint.as_ref());
    endpoints.fold(draft, |draft, endpoint| draft.related("privateEndpoint", endpoint))
}

fn unknown_draft(service: Service<'_>, hidden: &[Offender<'_>]) -> Draft {
    let message = format!(
        "not all that is connected to {} was read: whether a finding of its own is due is not known",
        service.name(),
    );
    base(service, hidden, "its connections were not read", message)
}

/// Whether the endpoint of a connection is known to be gone.
fn is_gone(service: Service<'_>, offender: &Offender<'_>) -> bool {
    offender.connection.endpoint.is_some()
        && matches!(service.joined.endpoints.get(offender.position), Some(Seen::Absent))
}

fn pending_draft(service: Service<'_>, offenders: &[Offender<'_>]) -> Draft {
    let message = format!(
        "{} to {} still to be approved; until then nothing gets through",
        counted(offenders.len(), "connection"),
        service.name(),
    );
    let mut draft = base(service, offenders, "connections wait for approval", message);
    for offender in offenders.iter().take(NAMED) {
        let id = &offender.connection.id;
        draft = if is_gone(service, offender) {
            draft.command(
                format!("remove {}: its endpoint is no more", id.name()),
                remedy::delete_service_connection(id),
            )
        } else {
            draft.command(
                format!("approve {}, if you know who asks", id.name()),
                remedy::approve_service_connection(id),
            )
        };
    }
    rest(draft, offenders)
}

fn dead_draft(service: Service<'_>, offenders: &[Offender<'_>]) -> Draft {
    let message = format!(
        "{} to {} without use: rejected, or removed on one side",
        counted(offenders.len(), "connection"),
        service.name(),
    );
    let mut draft = base(service, offenders, "connections that carry nothing are left", message);
    for offender in offenders.iter().take(NAMED) {
        let id = &offender.connection.id;
        draft = draft.command(
            format!("remove {}, once its endpoint is not wanted any more", id.name()),
            remedy::delete_service_connection(id),
        );
    }
    rest(draft, offenders)
}

fn rest(draft: Draft, offenders: &[Offender<'_>]) -> Draft {
    if offenders.len() <= NAMED {
        return draft;
    }
    draft.advice(format!("{} more wait for the same", offenders.len() - NAMED))
}
