//! PLS-009: services on one load balancer that differ in the proxy protocol.

use std::collections::BTreeMap;

use super::balancer::DIRECT;
use super::{Service, services};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, PrivateLinkService, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::services::Service as Joined;

/// A service on a load balancer.
#[derive(Clone, Copy)]
struct Tenant<'a> {
    raw: &'a PrivateLinkService,
    joined: &'a Joined,
}

impl Tenant<'_> {
    fn proxy(self) -> bool {
        self.raw.proxy_protocol.unwrap_or(false)
    }
}

/// Services that differ from one in the proxy protocol on a load balancer, and how sure it is that this harms.
struct Differing<'a> {
    balancer: &'a ResourceId,
    others: Vec<&'a ResourceId>,
    confidence: Confidence,
}

/// PLS-009: services on one load balancer differ in the proxy protocol, which the machines behind it either speak or
/// do not (Azure docs: what is Private Link service, TCP proxy v2). Each service has frontends of its own, so that they
/// may well lead to machines or ports of their own, which need not agree.
pub(in crate::rules) fn proxy_protocol(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let all = topology.inventory.private_link_services.iter().zip(&topology.services.joined);
    let mut sharing: BTreeMap<&ResourceId, Vec<Tenant<'_>>> = BTreeMap::new();
    for (raw, joined) in all {
        for balancer in balancers(joined) {
            sharing.entry(balancer).or_default().push(Tenant { raw, joined });
        }
    }
    for service in services(topology) {
        if service.raw.destination.is_some() {
            sink.not_judged(DIRECT);
            continue;
        }
        let mut unread = service.odd_field().or_else(|| unread_neighbours(service));
        let mut found: Option<Differing<'_>> = None;
        for balancer in balancers(service.joined) {
            let differing = differing(service, balancer, sharing.get(balancer).map_or(&[], Vec::as_slice));
            match differing {
                Ok(Some(more)) if found.as_ref().is_none_or(|known| more.confidence < known.confidence) => {
                    found = Some(more);
                }
                Ok(_) => {}
                Err(why) => unread = Some(unread.map_or(why.clone(), |before| before.and(why))),
            }
        }
        conclude(service, sink, found, unread);
    }
}

/// A sure fault is one, whatever else was not read; a mere hint is not worth more than what is not known.
fn conclude(service: Service<'_>, sink: &mut Sink<'_>, found: Option<Differing<'_>>, unread: Option<Unread>) {
    match (found, unread) {
        (Some(found), None) => sink.fail(found.confidence, draft(service, &found)),
        (Some(found), Some(_)) if found.confidence < Confidence::Possible => {
            sink.fail(found.confidence, draft(service, &found));
        }
        (_, Some(unread)) => sink.unknown(&Why::Unread(unread), unknown_draft(service)),
        (None, None) => sink.pass(),
    }
}

/// The services on this load balancer that have it the other way: those with the same machines, where there are any.
fn differing<'a>(
    service: Service<'a>,
    balancer: &'a ResourceId,
    sharing: &[Tenant<'a>],
) -> Result<Option<Differing<'a>>, Unread> {
    let own = Tenant { raw: service.raw, joined: service.joined };
    let others: Vec<Tenant<'a>> =
        sharing.iter().copied().filter(|other| other.proxy() != own.proxy()).collect();
    if others.is_empty() {
        return Ok(None);
    }
    let ours = backends(service.topology, own, balancer)?;
    let mut graded = Vec::with_capacity(others.len());
    for other in others {
        let theirs = backends(service.topology, other, balancer)?;
        graded.push((meeting(&ours, &theirs), &other.raw.id));
    }
    let Some(confidence) = graded.iter().map(|(grade, _)| *grade).min() else { return Ok(None) };
    let others = graded.into_iter().filter(|(grade, _)| *grade == confidence).map(|(_, id)| id).collect();
    Ok(Some(Differing { balancer, others, confidence }))
}

/// A backend pool, and the port on its machines where a rule tells it.
type Backend<'a> = (&'a ResourceId, Option<u16>);

/// Where what comes to a service over this load balancer ends.
fn backends<'a>(
    topology: &'a Topology,
    tenant: Tenant<'a>,
    balancer: &ResourceId,
) -> Result<Vec<Backend<'a>>, Unread> {
    let mut backends = Vec::new();
    for (joined, frontend) in tenant.joined.frontends.iter().zip(&tenant.raw.frontends) {
        if joined.balancer_id.as_ref() != Some(balancer) {
            continue;
        }
        let index = match &joined.balancer {
            Seen::Found(index) => *index,
            Seen::Unknown(unread) => return Err(unread.clone()),
            Seen::Absent => continue,
        };
        if let Some(unread) = topology.knowledge.field(balancer) {
            return Err(unread);
        }
        let Some(found) = topology.inventory.load_balancers.get(index) else { continue };
        for rule in found.rules.iter().filter(|rule| rule.frontend.as_ref() == Some(frontend)) {
            backends.extend(rule.pools.iter().map(|pool| (pool, rule.backend_port)));
        }
    }
    Ok(backends)
}

/// How sure it is that some machine hears both services on one port. Port 0 stands for every port.
fn meeting(ours: &[Backend<'_>], theirs: &[Backend<'_>]) -> Confidence {
    let of = |(pool, port): &Backend<'_>, (other, there): &Backend<'_>| match (port, there) {
        _ if pool != other => Confidence::Possible,
        (None, _) | (_, None) => Confidence::Probable,
        (Some(port), Some(there)) if port == there || *port == 0 || *there == 0 => Confidence::Certain,
        _ => Confidence::Possible,
    };
    let pairs = ours.iter().flat_map(|own| theirs.iter().map(move |other| of(own, other)));
    pairs.min().unwrap_or(Confidence::Possible)
}

fn unknown_draft(service: Service<'_>) -> Draft {
    let message = format!(
        "it cannot be known whether the services that share the load balancer of {} agree",
        service.name()
    );
    service.draft("the proxy protocol cannot be compared", message)
}

/// Each load balancer behind a service once.
fn balancers(joined: &Joined) -> Vec<&ResourceId> {
    let mut ids: Vec<&ResourceId> = joined.frontends.iter().filter_map(|f| f.balancer_id.as_ref()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Why services of the load balancer's own subscription may be out of sight.
fn unread_neighbours(service: Service<'_>) -> Option<Unread> {
    let knowledge = &service.topology.knowledge;
    let lists = balancers(service.joined)
        .into_iter()
        .filter_map(|balancer| knowledge.list(balancer.subscription()?, Kind::PrivateLinkServices));
    lists.filter(|unread| !unread.gaps.is_empty()).reduce(Unread::and)
}

fn draft(service: Service<'_>, found: &Differing<'_>) -> Draft {
    let own = service.raw.proxy_protocol.unwrap_or(false);
    let on = if own { "on" } else { "off" };
    let balancer = found.balancer;
    let harm = match found.confidence {
        Confidence::Certain => "the same machines hear both on one port, and cannot understand one of them",
        Confidence::Probable => "the same machines hear both, and must tell them apart",
        Confidence::Possible => {
            "their rules lead to other machines or ports, which have to expect the difference"
        }
    };
    let message = format!(
        "{} has the proxy protocol {on}, and {} of its load balancer {} has it the other way: {harm}",
        service.name(),
        super::counted(found.others.len(), "other service"),
        balancer.name(),
    );
    let cause = Cause { kind: "loadBalancer", id: balancer.to_string() };
    let headline = format!("services on {} differ in the proxy protocol", balancer.name());
    let draft = Draft::new(&service.raw.id, cause, headline, message)
        .detail(balancer.as_str())
        .related("loadBalancer", balancer)
        .evidence("enableProxyProtocol", own)
        .evidence("others", super::few(found.others.iter().copied()));
    draft.command(
        format!("turn it {} here, if the machines behind expect that", if own { "off" } else { "on" }),
        remedy::set_proxy_protocol(&service.raw.id, !own),
    )
}
