//! PLS-003 and PLS-004: the load balancer behind a service.

use std::collections::BTreeMap;

use super::{CHANGING, Service, services};
use crate::finding::{Cause, Confidence};
use crate::inventory::{LoadBalancer, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::networks::is_same_region;
use crate::topology::services::JoinedFrontend;

/// Direct Connect leads to an address and has no load balancer (Azure docs: Private Link service Direct Connect).
pub(super) const DIRECT: &str = "Direct Connect has no load balancer";
const NO_BACKEND: &str = "the service tells neither a load balancer nor a destination";

/// What is wrong with one load balancer, as one service uses it.
struct Fault {
    confidence: Confidence,
    problems: Vec<String>,
}

/// The faults of a service by load balancer, and what could not be read.
#[derive(Default)]
struct Faults {
    found: BTreeMap<ResourceId, Fault>,
    unread: Option<Unread>,
}

impl Faults {
    fn add(&mut self, balancer: &ResourceId, confidence: Confidence, problem: String) {
        let fault = self.found.entry(balancer.clone()).or_insert(Fault { confidence, problems: Vec::new() });
        fault.confidence = fault.confidence.min(confidence);
        if !fault.problems.contains(&problem) {
            fault.problems.push(problem);
        }
    }

    fn unread(&mut self, unread: Unread) {
        self.unread = Some(self.unread.take().map_or(unread.clone(), |before| before.and(unread)));
    }
}

/// PLS-003: the service itself failed to provision, or its load balancer cannot carry it.
pub(in crate::rules) fn unsuitable(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        if service.is_changing() {
            sink.not_judged(CHANGING);
            continue;
        }
        let failed = service.is_in(&["Failed"]);
        if failed {
            sink.fail(Confidence::Certain, failed_draft(service));
        }
        if service.raw.destination.is_some() {
            if !failed {
                sink.pass();
            }
            continue;
        }
        let faults = unsuitable_balancers(service);
        conclude(service, sink, faults, failed, unsuitable_draft);
    }
}

/// Hands on what was found; where something was said of the service before, nothing that is no finding is added.
fn conclude(
    service: Service<'_>,
    sink: &mut Sink<'_>,
    faults: Faults,
    said: bool,
    draft: fn(Service<'_>, &ResourceId, &[String]) -> Draft,
) {
    let clean = faults.found.is_empty() && !said;
    for (balancer, fault) in &faults.found {
        sink.fail(fault.confidence, draft(service, balancer, &fault.problems));
    }
    if !clean {
        return;
    }
    let unread = faults.unread.or_else(|| service.odd_field());
    let nobody = service.raw.frontends.is_empty();
    let why = match unread {
        Some(unread) => Why::Unread(unread),
        None if nobody => Why::Undecided(NO_BACKEND),
        None => return sink.pass(),
    };
    let message = format!("it cannot be known whether the load balancer of {} can carry it", service.name());
    sink.unknown(&why, service.draft("its load balancer cannot be judged", message));
}

fn unsuitable_balancers(service: Service<'_>) -> Faults {
    let mut faults = Faults::default();
    for (frontend, id) in service.joined.frontends.iter().zip(&service.raw.frontends) {
        let balancer = frontend.balancer_id.as_ref().unwrap_or(id);
        match (&frontend.balancer, found(service.topology, frontend)) {
            (Seen::Unknown(unread), _) => faults.unread(unread.clone()),
            (_, Some(of)) => {
                let odd = service.topology.knowledge.field(&of.id);
                let mut problems = problems(service, of).into_iter().peekable();
                let fits = problems.peek().is_none();
                problems.for_each(|problem| faults.add(balancer, Confidence::Certain, problem));
                match odd {
                    Some(unread) if fits => faults.unread(unread),
                    None if frontend.position.is_none() => {
                        let problem = format!("it has no frontend `{}`", id.name());
                        faults.add(balancer, Confidence::Certain, problem);
                    }
                    _ => {}
                }
            }
            (Seen::Absent | Seen::Found(_), None) => {
                faults.add(balancer, Confidence::Certain, "it does not exist".to_owned());
            }
        }
    }
    faults
}

/// A service needs a load balancer of tier Standard in its own region (Azure docs: what is Private Link service,
/// limitations).
fn problems(service: Service<'_>, balancer: &LoadBalancer) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(sku) = balancer.sku.as_deref()
        && !sku.eq_ignore_ascii_case("Standard")
    {
        problems.push(format!("its tier is {sku}, not Standard"));
    }
    if let (Some(own), Some(of)) = (&balancer.location, &service.raw.location)
        && !is_same_region(own, of)
    {
        problems.push(format!("it is in {own}, the service in {of}"));
    }
    problems
}

fn found<'a>(topology: &'a Topology, frontend: &JoinedFrontend) -> Option<&'a LoadBalancer> {
    topology.inventory.load_balancers.get(frontend.balancer.found()?)
}

fn failed_draft(service: Service<'_>) -> Draft {
    let message =
        format!("the last change of {} failed; it may run with old settings, or not at all", service.name());
    service
        .draft("provisioning failed", message)
        .detail("provisioning")
        .evidence("provisioningState", service.raw.provisioning_state.as_deref().unwrap_or("none"))
        .advice("see in the activity log of the service why the change failed")
        .command("send the same settings again", remedy::put_service_again(&service.raw.id))
}

fn balancer_draft(
    service: Service<'_>,
    balancer: &ResourceId,
    headline: &str,
    message: String,
    problems: &[String],
) -> Draft {
    let cause = Cause { kind: "loadBalancer", id: balancer.to_string() };
    Draft::new(&service.raw.id, cause, format!("{} {headline}", balancer.name()), message)
        .detail(balancer.as_str())
        .related("loadBalancer", balancer)
        .evidence("problems", problems.to_vec())
}

fn unsuitable_draft(service: Service<'_>, balancer: &ResourceId, problems: &[String]) -> Draft {
    let message = format!(
        "{} leads to load balancer {}, which cannot carry it: {}",
        service.name(),
        balancer.name(),
        problems.join(", "),
    );
    balancer_draft(service, balancer, "cannot carry a private link service", message, problems).advice(
        "make a Standard load balancer in the region of the service, then make the service again on a frontend of it: a service keeps its frontends, and its endpoints must be made again too",
    )
}

/// PLS-004: what reaches the frontend goes no further.
pub(in crate::rules) fn no_path(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        if service.is_changing() {
            sink.not_judged(CHANGING);
        } else if service.raw.destination.is_some() {
            sink.not_judged(DIRECT);
        } else if !unsuitable_balancers(service).found.is_empty() {
            // PLS-003 has said that another load balancer is needed.
            sink.pass();
        } else {
            conclude(service, sink, dead_ends(service), false, no_path_draft);
        }
    }
}

fn dead_ends(service: Service<'_>) -> Faults {
    let mut faults = Faults::default();
    for (frontend, id) in service.joined.frontends.iter().zip(&service.raw.frontends) {
        let Some(balancer) = found(service.topology, frontend) else {
            if let Seen::Unknown(unread) = &frontend.balancer {
                faults.unread(unread.clone());
            }
            continue;
        };
        let Some((confidence, problem)) = dead_end(balancer, id) else { continue };
        match service.topology.knowledge.field(&balancer.id) {
            Some(unread) => faults.unread(unread),
            None => faults.add(&balancer.id, confidence, problem),
        }
    }
    faults
}

/// Why a frontend leads to nothing. A service needs a load-balancing rule, and a backend pool made up of network
/// interfaces, not of addresses (Azure docs: what is Private Link service, limitations; backend pool management,
/// limitations).
fn dead_end(balancer: &LoadBalancer, frontend: &ResourceId) -> Option<(Confidence, String)> {
    let rules: Vec<_> =
        balancer.rules.iter().filter(|rule| rule.frontend.as_ref() == Some(frontend)).collect();
    if rules.is_empty() {
        let problem = format!("no load-balancing rule stands on frontend `{}`", frontend.name());
        return Some((Confidence::Certain, problem));
    }
    let pools: Vec<_> = rules.iter().flat_map(|rule| &rule.pools).collect();
    let known = |id: &&ResourceId| balancer.pools.iter().find(|pool| pool.id.as_ref() == Some(*id));
    if pools.iter().filter_map(known).any(|pool| !pool.interfaces.is_empty()) {
        return None;
    }
    let by_address = pools.iter().filter_map(known).any(|pool| pool.addresses > 0);
    if by_address {
        // How a pool by address shows machines that do hold the address was never seen.
        let problem =
            format!("the pools behind frontend `{}` name addresses, not interfaces", frontend.name());
        return Some((Confidence::Probable, problem));
    }
    let all_known = pools.iter().all(|pool| known(pool).is_some());
    let confidence = if all_known { Confidence::Certain } else { Confidence::Probable };
    Some((confidence, format!("the pools behind frontend `{}` are empty", frontend.name())))
}

fn no_path_draft(service: Service<'_>, balancer: &ResourceId, problems: &[String]) -> Draft {
    let message = format!(
        "what comes to {} ends at load balancer {}: {}",
        service.name(),
        balancer.name(),
        problems.join(", "),
    );
    balancer_draft(service, balancer, "leads nowhere", message, problems)
        .command("see its rules and pools", remedy::show_balancer(balancer))
        .advice(
            "give the frontend a load-balancing rule, and its pool the network interfaces of the machines",
        )
}
