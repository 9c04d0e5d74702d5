//! How many endpoints there may be: PE-013.

use std::collections::BTreeMap;

use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, ResourceId, Role};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::is_reported;
use crate::topology::knowledge::{Seen, Unread};

/// Azure docs: networking limits, private link. Microsoft may raise both.
const OF_NETWORK: u64 = 1_000;
const OF_SUBSCRIPTION: u64 = 64_000;

/// PE-013: a network or a subscription holds nearly as many endpoints as Azure lets it.
pub(in crate::rules) fn near_limit(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut of_network = vec![0_u64; topology.networks.len()];
    let mut of_subscription: BTreeMap<String, u64> = BTreeMap::new();
    for (endpoint, own) in topology.endpoints.iter().zip(&topology.inventory.private_endpoints) {
        if let Seen::Found(network) = endpoint.network {
            of_network[network] += 1;
        }
        if let Some(subscription) = own.id.subscription() {
            *of_subscription.entry(subscription.to_ascii_lowercase()).or_default() += 1;
        }
    }
    for (index, network) in topology.inventory.virtual_networks.iter().enumerate() {
        if !topology.networks[index].reported {
            continue;
        }
        let policies = network.endpoint_policies.as_deref().unwrap_or_default();
        if policies.eq_ignore_ascii_case("Basic") {
            sink.not_judged("network may hold more endpoints than usual");
            continue;
        }
        judge(
            estate,
            sink,
            &Held { id: &network.id, noun: "network", count: of_network[index], limit: OF_NETWORK },
        );
    }
    let coverage = &topology.inventory.coverage;
    for subscription in coverage.subscriptions.iter().filter(|held| held.role == Role::Audited) {
        let id = ResourceId::new(&format!("/subscriptions/{}", subscription.id));
        if !is_reported(&topology.inventory, &id) {
            continue;
        }
        let count = of_subscription.get(&subscription.id).copied().unwrap_or_default();
        judge(estate, sink, &Held { id: &id, noun: "subscription", count, limit: OF_SUBSCRIPTION });
    }
}

/// Something that holds endpoints.
struct Held<'a> {
    id: &'a ResourceId,
    noun: &'static str,
    count: u64,
    limit: u64,
}

/// An endpoint stands in the subscription of its network (Azure docs: what is a private endpoint), so that one list
/// tells them all. What a short list holds may be too much already.
fn judge(estate: &Estate<'_>, sink: &mut Sink<'_>, held: &Held<'_>) {
    let threshold = estate.settings.thresholds.capacity;
    if held.count.saturating_mul(100) > held.limit.saturating_mul(threshold) {
        sink.fail(Confidence::Certain, draft(held, threshold));
        return;
    }
    match unread(estate, held.id) {
        Some(unread) => sink.unknown(&Why::Unread(unread), draft(held, threshold)),
        None => sink.pass(),
    }
}

fn unread(estate: &Estate<'_>, id: &ResourceId) -> Option<Unread> {
    estate.topology.knowledge.list(id.subscription()?, Kind::PrivateEndpoints)
}

fn draft(held: &Held<'_>, threshold: u64) -> Draft {
    let Held { id, noun, count, limit } = held;
    let message = format!("{noun} {} holds {count} of at most {limit} private endpoints", id.name());
    let kind = if *noun == "network" { "virtualNetwork" } else { "subscription" };
    Draft::new(id, Cause { kind, id: id.to_string() }, message.clone(), message)
        .evidence("endpoints", *count)
        .evidence("limit", *limit)
        .evidence("thresholdPercent", threshold)
        .advice(match *noun {
            "network" => "delete endpoints that lead nowhere, spread new ones over other networks, or turn on high-scale private endpoints for the network",
            _ => "delete endpoints that lead nowhere, or make new ones in another subscription",
        })
}
