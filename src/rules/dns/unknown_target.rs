//! DNS-032: an endpoint to a type of target that the zone table does not know.

use super::super::{Draft, Estate, Names, Sink, remedy};
use super::diagnosis::{Why, reason};
use crate::finding::{Cause, Confidence};
use crate::topology::endpoints::{excuse, target_and_group};

/// How many names a finding shows.
const NAMES: usize = 10;

/// DNS-032.
pub(in crate::rules) fn unknown_type(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for (index, names) in estate.names.iter().enumerate() {
        match names {
            Names::Unreported => {}
            Names::Excused(excuse::UNKNOWN_TARGET) => {
                let endpoint = &estate.topology.inventory.private_endpoints[index].id;
                match estate.topology.knowledge.field(endpoint) {
                    // The type or the group id may be what was not understood.
                    Some(unread) => sink.unknown(&Why::Unread(unread), draft(estate, index)),
                    None => sink.fail(Confidence::Certain, draft(estate, index)),
                }
            }
            Names::Excused(reason @ (reason::NOT_APPROVED | reason::IN_PROGRESS | excuse::NO_TARGET)) => {
                sink.not_judged(reason);
            }
            Names::Excused(_) | Names::Unread(_) | Names::Diagnosed(_) => sink.pass(),
        }
    }
}

fn draft(estate: &Estate<'_>, index: usize) -> Draft {
    let topology = estate.topology;
    let endpoint = &topology.inventory.private_endpoints[index];
    let (target, group) = match target_and_group(endpoint) {
        Some((target, group)) => (Some(target), group),
        None => (None, ""),
    };
    let kind = target.and_then(|target| target.resource_type());
    let what = match (&kind, group) {
        (None, _) => "a target that is no Azure resource".to_owned(),
        (Some(kind), "") => format!("targets of type {kind} without a group id"),
        (Some(kind), group) => format!("targets of type {kind} with group id {group}"),
    };
    // The casing of a type is whatever the endpoint's author wrote.
    let id = format!("{} {}", kind.unwrap_or_default(), group).to_ascii_lowercase();
    let cause = Cause { kind: "targetType", id: id.trim().to_owned() };
    let headline = format!("which private DNS zones {} need is not known", what.to_ascii_lowercase());
    let message =
        format!("{} leads to {what}: which private DNS zone it needs is not known", endpoint.id.name());
    let mut draft = Draft::new(&endpoint.id, cause, headline, message);
    let seen = names_of(estate, index);
    if !seen.is_empty() {
        draft = draft.evidence("names", seen);
    }
    let Some(target) = target else { return draft };
    let offers = &topology.inventory.link_resources;
    // Sorted by id, so that a target's stand together, after where it would itself.
    let first = offers.partition_point(|offer| offer.id < *target);
    let told = offers[first..].iter().take_while(|offer| offer.id.lower().starts_with(&target.lower()));
    let own = told.filter(|offer| offer.id.parent().as_ref() == Some(target));
    let zones: Vec<&str> = own.flat_map(|offer| &offer.zones).map(|zone| &**zone).collect();
    if !zones.is_empty() {
        draft = draft.evidence("zonesToldByTarget", zones);
    }
    draft = draft.related("target", target);
    if target.resource_type().is_none() {
        return draft;
    }
    draft
        .command("see which zones the target asks for", remedy::list_link_resources(target))
        .advice("make sure that clients resolve the endpoint's names to its address; add the type to the zone table of the configuration to have it judged")
}

/// The names seen on the endpoint or its interface.
fn names_of(estate: &Estate<'_>, index: usize) -> Vec<String> {
    let topology = estate.topology;
    let nic = topology.endpoints[index].interface.found();
    let of_nic = nic.iter().flat_map(|nic| &topology.inventory.network_interfaces[*nic].ip_configurations);
    let of_endpoint = topology.inventory.private_endpoints[index].custom_dns_configs.iter().map(|c| &c.fqdn);
    let mut names: Vec<String> =
        of_nic.flat_map(|ip| &ip.fqdns).chain(of_endpoint).map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    names.truncate(NAMES);
    names
}
