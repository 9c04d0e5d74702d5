//! PLS-006: endpoints that name a service which is not there, or by an alias it does not have.

use crate::finding::{Cause, Confidence};
use crate::inventory::{Connection, Kind, PrivateEndpoint, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::services::is_alias;

const SERVICES: &str = "Microsoft.Network/privateLinkServices";

/// What an endpoint names.
enum Named {
    /// It is there, or another rule has said what is wrong.
    Fine,
    /// No service of this id, in a place that was read.
    Gone,
    /// Another alias of this service.
    OtherAlias(usize),
    Unread(Unread),
    /// Somebody else's, who cannot be asked.
    Foreign,
}

/// PLS-006: the id or alias an endpoint was made with fits no service.
pub(in crate::rules) fn named_wrongly(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let all = topology.inventory.private_endpoints.iter().zip(&topology.endpoints);
    for (endpoint, _) in all.filter(|(_, joined)| joined.reported) {
        for connection in &endpoint.connections {
            let Some(target) = &connection.target else { continue };
            if !is_alias(target) && !target.is_type(SERVICES) {
                continue;
            }
            if is_changing(endpoint) {
                sink.not_judged("endpoint is being changed");
                continue;
            }
            judge(topology, sink, endpoint, connection, target);
        }
    }
}

fn judge(
    topology: &Topology,
    sink: &mut Sink<'_>,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
) {
    match named(topology, connection, target) {
        Named::Fine => sink.pass(),
        Named::Gone => sink.fail(Confidence::Certain, gone_draft(endpoint, connection, target)),
        Named::OtherAlias(service) => {
            // Azure says that this one works, whatever its name.
            let works = Status::of(connection) == Status::Approved;
            let confidence = if works { Confidence::Probable } else { Confidence::Certain };
            sink.fail(confidence, alias_draft(topology, endpoint, connection, target, service));
        }
        Named::Unread(unread) => {
            let message = format!(
                "{} leads to {}, and not every private link service could be read",
                endpoint.id.name(),
                target.name(),
            );
            let draft = base(endpoint, connection, target, target, String::new(), message);
            sink.unknown(&Why::Unread(unread), draft);
        }
        Named::Foreign => sink.not_judged("private link service of somebody else"),
    }
}

fn named(topology: &Topology, connection: &Connection, target: &ResourceId) -> Named {
    // PE-002 and PE-003 have said that this endpoint is to be made anew.
    if matches!(Status::of(connection), Status::Rejected | Status::Disconnected) {
        return Named::Fine;
    }
    if topology.services.named(target).is_some() {
        return Named::Fine;
    }
    if !is_alias(target) {
        return match topology.knowledge.missing::<usize>(target, Kind::PrivateLinkServices) {
            // A place never asked for leaves no gap: it is somebody else's.
            Seen::Unknown(unread) if unread.gaps.is_empty() => Named::Foreign,
            Seen::Unknown(unread) => Named::Unread(unread),
            Seen::Absent | Seen::Found(_) => Named::Gone,
        };
    }
    if let Some(service) = topology.services.with_guid_of(target.as_str()) {
        return Named::OtherAlias(service);
    }
    match topology.knowledge.gaps_in(&[Kind::PrivateLinkServices]) {
        Some(unread) => Named::Unread(unread),
        None => Named::Foreign,
    }
}

/// Whether PLS-006 speaks of this connection: what it asks for is not there, so that nobody can approve it.
pub(in crate::rules) fn is_named_wrongly(topology: &Topology, connection: &Connection) -> bool {
    let target = connection.target.as_ref().filter(|target| is_alias(target) || target.is_type(SERVICES));
    target.is_some_and(|target| {
        matches!(named(topology, connection, target), Named::Gone | Named::OtherAlias(_))
    })
}

fn is_changing(endpoint: &PrivateEndpoint) -> bool {
    let state = endpoint.provisioning_state.as_deref().unwrap_or_default();
    ["Updating", "Deleting"].iter().any(|changing| changing.eq_ignore_ascii_case(state))
}

fn base(
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    service: &ResourceId,
    headline: String,
    message: String,
) -> Draft {
    let cause = Cause { kind: "privateLinkService", id: service.to_string() };
    Draft::new(&endpoint.id, cause, headline, message)
        .detail(&connection.name)
        .related("target", target)
        .evidence("named", target.as_str())
        .evidence("status", connection.status.as_deref().unwrap_or("none"))
}

fn gone_draft(endpoint: &PrivateEndpoint, connection: &Connection, target: &ResourceId) -> Draft {
    let message = format!(
        "{} leads to private link service {}, which does not exist",
        endpoint.id.name(),
        target.name()
    );
    let headline = format!("private link service {} does not exist", target.name());
    base(endpoint, connection, target, target, headline, message)
        .advice("if the service was made again elsewhere, ask its owner for the new id or alias and make the endpoint anew with it: an endpoint keeps what it was made with")
        .command("delete the endpoint that leads nowhere", remedy::delete_endpoint(&endpoint.id))
}

fn alias_draft(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    service: usize,
) -> Draft {
    let service = &topology.inventory.private_link_services[service];
    let alias = service.alias.as_deref().unwrap_or_default();
    let message = format!(
        "{} was made with alias `{target}`, but the alias of {} is `{alias}`",
        endpoint.id.name(),
        service.id.name(),
    );
    let headline = format!("an alias that {} does not have is in use", service.id.name());
    let draft = base(endpoint, connection, target, &service.id, headline, message)
        .evidence("alias", alias)
        .related("privateLinkService", &service.id)
        .command(
            "delete the endpoint; it gets another address when it is made anew",
            remedy::delete_endpoint(&endpoint.id),
        );
    let Some(subnet) = &endpoint.subnet else { return draft };
    draft.command(
        "make it anew with the right alias",
        remedy::create_endpoint_by_alias(
            &endpoint.id,
            subnet,
            alias,
            &connection.name,
            endpoint.location.as_deref(),
        ),
    )
}
