//! MON-001 and MON-002: nothing went through.

use super::{NOT_OFFERED, draft, is_asked, is_since, is_told, numbers, span};
use crate::finding::Confidence;
use crate::inventory::{Measure, Measured, PrivateEndpoint, PrivateLinkService, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::endpoints::{Status, target_and_group};
use crate::topology::knowledge::Seen;

/// Nothing can go through it, which other rules tell.
const NOT_APPROVED: &str = "no connection is approved, so nothing can go through";

/// Azure tells when it was made, or an earlier run when it was not approved yet.
const TOO_YOUNG: &str = "made or approved within the time that was measured";

/// MON-001: nobody uses an approved endpoint.
pub(in crate::rules) fn silent_endpoint(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !is_asked(estate) {
        return;
    }
    let endpoints = estate.topology.inventory.private_endpoints.iter().zip(&estate.topology.endpoints);
    for (endpoint, _) in endpoints.filter(|(_, joined)| joined.reported) {
        if !endpoint.connections.iter().any(|connection| Status::of(connection) == Status::Approved) {
            sink.not_judged(NOT_APPROVED);
            continue;
        }
        let subject = Subject { id: &endpoint.id, created_at: endpoint.created_at.as_deref() };
        judge(estate, sink, subject, Measure::EndpointBytes, |measured| match measured {
            Some(measured) => endpoint_draft(estate, endpoint, measured),
            None => unread_draft(&endpoint.id, "privateEndpoint"),
        });
    }
}

/// MON-002: nobody uses a private link service that has approved connections.
pub(in crate::rules) fn silent_service(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !is_asked(estate) {
        return;
    }
    let topology = estate.topology;
    let services = topology.inventory.private_link_services.iter().zip(&topology.services.joined);
    for (service, _) in services.filter(|(_, joined)| joined.reported) {
        let mut states = service.connections.iter().map(|one| Status::read(one.status.as_deref()));
        if !states.any(|status| status == Status::Approved) {
            match topology.knowledge.field(&service.id) {
                Some(unread) => {
                    sink.unknown(&Why::Unread(unread), unread_draft(&service.id, "privateLinkService"))
                }
                None => sink.not_judged(NOT_APPROVED),
            }
            continue;
        }
        let subject = Subject { id: &service.id, created_at: service.created_at.as_deref() };
        judge(estate, sink, subject, Measure::ServiceBytes, |measured| match measured {
            Some(measured) => service_draft(estate, service, measured),
            None => unread_draft(&service.id, "privateLinkService"),
        });
    }
}

struct Subject<'a> {
    id: &'a ResourceId,
    created_at: Option<&'a str>,
}

fn judge(
    estate: &Estate<'_>,
    sink: &mut Sink<'_>,
    subject: Subject<'_>,
    measure: Measure,
    draft: impl Fn(Option<&Measured>) -> Draft,
) {
    let measured = match estate.topology.measured(subject.id, measure) {
        Seen::Found(measured) => measured,
        Seen::Absent => return sink.not_judged(NOT_OFFERED),
        Seen::Unknown(unread) => return sink.unknown(&Why::Unread(unread), draft(None)),
    };
    let total: f64 = (0..measured.metrics.len()).map(|metric| measured.total(metric)).sum();
    if total > 0.0 {
        sink.pass();
    } else if is_since(subject.created_at, measured) || was_waiting(estate, subject.id, measured) {
        sink.not_judged(TOO_YOUNG);
    } else {
        // Of most endpoints Azure does not tell when they were made, and one of yesterday is silent too.
        let old = is_told(subject.created_at);
        let floor = if old { Confidence::Certain } else { Confidence::Probable };
        sink.fail(floor, draft(Some(measured)));
    }
}

/// Whether an earlier run, within the time that was measured, saw it wait or being made.
fn was_waiting(estate: &Estate<'_>, id: &ResourceId, measured: &Measured) -> bool {
    let former = estate.settings.former.as_ref();
    former.is_some_and(|former| former.collected_at > measured.from && former.unfinished.contains_key(id))
}

fn endpoint_draft(estate: &Estate<'_>, endpoint: &PrivateEndpoint, measured: &Measured) -> Draft {
    let (id, span) = (&endpoint.id, span(estate, measured));
    let target = target_and_group(endpoint).map(|(target, _)| target);
    let leads = target.map(|target| format!(" to {}", target.name())).unwrap_or_default();
    let message = format!(
        "no byte went through {}{leads} in {span}: nobody uses it, or those who ought to reach the target another way",
        id.name(),
    );
    let draft = with_bytes(draft(id, "privateEndpoint", "no traffic", message, measured), measured);
    let draft = target.into_iter().fold(draft, |draft, target| draft.related("target", target));
    draft
        .command("see how each network resolves its names, and whether the answer is this endpoint", trace(id))
        .command(
            "see when anything last went through",
            remedy::show_bytes(id, Measure::EndpointBytes.metrics()),
        )
        .advice(
            "ask the owner whether it is still needed: it costs by the hour; what runs once a month or in an emergency \
             only is silent in between (--metrics 93d looks back as far as Azure does)",
        )
}

fn trace(id: &ResourceId) -> String {
    format!("plaudit trace {}", remedy::quote(id.as_str()))
}

fn service_draft(estate: &Estate<'_>, service: &PrivateLinkService, measured: &Measured) -> Draft {
    let (id, span) = (&service.id, span(estate, measured));
    let states = service.connections.iter().map(|one| Status::read(one.status.as_deref()));
    let approved = states.filter(|status| *status == Status::Approved).count();
    let connections = match approved {
        1 => "1 connection to it is".to_owned(),
        several => format!("{several} connections to it are"),
    };
    let message = format!(
        "no byte went through {} in {span}, though {connections} approved: nobody uses it, or what stands behind it \
         does not answer",
        id.name(),
    );
    with_bytes(draft(id, "privateLinkService", "no traffic", message, measured), measured)
        .evidence("approvedConnections", approved)
        .command("see when anything last went through", remedy::show_bytes(id, Measure::ServiceBytes.metrics()))
        .advice("see that its load balancer has healthy machines behind it, and ask the consumers whether they use it")
}

fn with_bytes(draft: Draft, measured: &Measured) -> Draft {
    draft
        .evidence("bytesIn", super::number(measured.total(0)))
        .evidence("bytesOut", super::number(measured.total(1)))
        .evidence("course", numbers(&measured.course()))
}

fn unread_draft(id: &ResourceId, kind: &'static str) -> Draft {
    let cause = crate::finding::Cause { kind, id: id.to_string() };
    let message = format!("how much went through {} was not read", id.name());
    Draft::new(id, cause, format!("{}: its traffic was not read", id.name()), message)
}
