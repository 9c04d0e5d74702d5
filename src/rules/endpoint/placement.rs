//! Rules about where endpoints stand: PE-007, PE-011.

use std::collections::HashMap;

use super::connection::reported;
use crate::finding::{Cause, Confidence};
use crate::inventory::{IdPattern, PrivateEndpoint, ResourceId, Subnet};
use crate::rules::dns::diagnosis::Why;
use crate::rules::settings::ExpectedNetwork;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::knowledge::Seen;

/// PE-007: an endpoint stands in another network than it ought to. Of several networks that are expected, any will
/// do.
pub(in crate::rules) fn unexpected_network(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let all = &estate.settings.expected_networks;
    if all.is_empty() {
        return;
    }
    for (_, endpoint) in reported(estate.topology) {
        let expected: Vec<&ExpectedNetwork> = all.iter().filter(|entry| speaks_of(entry, endpoint)).collect();
        if expected.is_empty() {
            sink.not_judged("no network is expected of it");
            continue;
        }
        let state = endpoint.provisioning_state.as_deref().unwrap_or_default();
        if state.eq_ignore_ascii_case("Deleting") {
            sink.not_judged("it is being deleted");
            continue;
        }
        match endpoint.subnet.as_ref().and_then(ResourceId::virtual_network) {
            Some(network) if expected.iter().any(|entry| entry.network.matches(&network)) => sink.pass(),
            Some(network) => {
                sink.fail(
                    Confidence::Certain,
                    misplaced_draft(estate.topology, endpoint, &network, &expected),
                );
            }
            None => match estate.topology.knowledge.field(&endpoint.id) {
                Some(unread) => sink.unknown(&Why::Unread(unread), unplaced_draft(endpoint, &expected)),
                None => sink.not_judged("it does not tell its network"),
            },
        }
    }
}

fn speaks_of(entry: &ExpectedNetwork, endpoint: &PrivateEndpoint) -> bool {
    let leads_there = |pattern: &IdPattern| {
        let mut targets = endpoint.connections.iter().filter_map(|connection| connection.target.as_ref());
        targets.any(|target| pattern.matches(target))
    };
    let tagged = |(name, value): &(String, String)| {
        let mut tags = endpoint.tags.iter().flatten();
        tags.any(|(own, text)| own.eq_ignore_ascii_case(name) && text.eq_ignore_ascii_case(value))
    };
    entry.endpoint.as_ref().is_none_or(|pattern| pattern.matches(&endpoint.id))
        && entry.target.as_ref().is_none_or(leads_there)
        && entry.tag.as_ref().is_none_or(tagged)
}

fn texts(expected: &[&ExpectedNetwork]) -> Vec<String> {
    let mut texts: Vec<String> = expected.iter().map(|entry| entry.network.as_str().to_owned()).collect();
    texts.sort();
    texts.dedup();
    texts
}

fn unplaced_draft(endpoint: &PrivateEndpoint, expected: &[&ExpectedNetwork]) -> Draft {
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let message = format!("in which network {} stands is not known", endpoint.id.name());
    Draft::new(&endpoint.id, cause, message.clone(), message).evidence("expected", texts(expected))
}

fn misplaced_draft(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    network: &ResourceId,
    expected: &[&ExpectedNetwork],
) -> Draft {
    let cause = Cause { kind: "virtualNetwork", id: network.to_string() };
    let headline = format!("{}: endpoints stand here that belong in another network", network.name());
    let message = format!(
        "{} stands in {}, and it is expected in {}",
        endpoint.id.name(),
        network.name(),
        texts(expected).join(" or "),
    );
    let draft = Draft::new(&endpoint.id, cause, headline, message)
        .related("virtualNetwork", network)
        .evidence("found", network.as_str())
        .evidence("expected", texts(expected))
        .advice("an endpoint cannot be moved: it is deleted and made again, and gets another address")
        .command("delete it", remedy::delete_endpoint(&endpoint.id));
    remade(topology, endpoint, expected, draft)
}

/// The step that makes the endpoint again, in the network that is expected where that is only one.
fn remade(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    expected: &[&ExpectedNetwork],
    draft: Draft,
) -> Draft {
    let own = endpoint.id.subscription().unwrap_or_default();
    let fits = |id: &ResourceId| expected.iter().any(|entry| entry.network.matches(id));
    let mut networks = topology.inventory.virtual_networks.iter().filter(|network| fits(&network.id));
    let (Some(network), None) = (networks.next(), networks.next()) else {
        return draft.advice("make it again in a network that is expected of it");
    };
    // An endpoint stands in its network's subscription and region (Azure docs: what is a private endpoint).
    if !network.id.subscription().unwrap_or_default().eq_ignore_ascii_case(own) {
        return draft.advice(format!(
            "make it again in the subscription and region of {}, where alone it may stand",
            network.id.name()
        ));
    }
    let place = network.location.as_deref().or(endpoint.location.as_deref());
    let create = endpoint
        .connections
        .first()
        .and_then(|connection| remedy::create_endpoint(&endpoint.id, place, "<subnet-id>", connection));
    match create {
        Some(create) => draft
            .command(format!("make it again in a subnet of {}", network.id.name()), create)
            .advice("attach its zone group again, and have the connection approved where the owner must"),
        None => draft.advice(format!("make it again in {}", network.id.name())),
    }
}

/// PE-011: a subnet has a security group or a route table, and neither applies to the endpoints in it.
pub(in crate::rules) fn policies_off(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut subnets: HashMap<&ResourceId, Vec<usize>> = HashMap::new();
    for (index, endpoint) in reported(topology) {
        if let Some(subnet) = &endpoint.subnet {
            subnets.entry(subnet).or_default().push(index);
        }
    }
    for (id, endpoints) in subnets {
        let network = endpoints.first().map(|endpoint| &topology.endpoints[*endpoint].network);
        let subnet = match network {
            Some(Seen::Found(network)) => {
                let subnets = &topology.inventory.virtual_networks[*network].subnets;
                subnets.iter().find(|subnet| subnet.id == *id)
            }
            Some(Seen::Unknown(unread)) => {
                sink.unknown(&Why::Unread(unread.clone()), unread_draft(id));
                continue;
            }
            Some(Seen::Absent) | None => None,
        };
        match subnet {
            None => sink.not_judged("subnet is not in sight"),
            Some(subnet) => judge_policies(topology, subnet, &endpoints, sink),
        }
    }
}

fn judge_policies(topology: &Topology, subnet: &Subnet, endpoints: &[usize], sink: &mut Sink<'_>) {
    if subnet.security_group.is_none() && subnet.route_table.is_none() {
        sink.pass();
        return;
    }
    match subnet.endpoint_policies.as_deref() {
        Some(policies) if policies.eq_ignore_ascii_case("Disabled") => {
            sink.fail(Confidence::Certain, policies_draft(topology, subnet, endpoints));
        }
        Some(_) => sink.pass(),
        None => {
            let network = subnet.id.virtual_network();
            let unread = network.and_then(|network| topology.knowledge.field(&network));
            match unread {
                Some(unread) => sink.unknown(&Why::Unread(unread), unread_draft(&subnet.id)),
                None => sink.not_judged("subnet does not tell its policies"),
            }
        }
    }
}

fn unread_draft(subnet: &ResourceId) -> Draft {
    let message = format!("whether policies apply in subnet {} is not known", subnet.name());
    let cause = Cause { kind: "subnet", id: subnet.to_string() };
    Draft::new(subnet, cause, message.clone(), message)
}

fn policies_draft(topology: &Topology, subnet: &Subnet, endpoints: &[usize]) -> Draft {
    let (what, policies) = match (&subnet.security_group, &subnet.route_table) {
        (Some(_), Some(_)) => ("security group and its route table do", "Enabled"),
        (Some(_), None) => ("security group does", "NetworkSecurityGroupEnabled"),
        (None, _) => ("route table does", "RouteTableEnabled"),
    };
    let message = format!(
        "the {what} not apply to the {} in subnet {}, where policies for endpoints are off",
        count(endpoints.len()),
        subnet.id.name(),
    );
    let cause = Cause { kind: "subnet", id: subnet.id.to_string() };
    let mut draft = Draft::new(&subnet.id, cause, message.clone(), message)
        .evidence("privateEndpointNetworkPolicies", subnet.endpoint_policies.as_deref().unwrap_or("none"))
        .evidence("endpoints", endpoints.len());
    for (role, id) in [("securityGroup", &subnet.security_group), ("routeTable", &subnet.route_table)] {
        if let Some(id) = id {
            draft = draft.related(role, id);
        }
    }
    for endpoint in endpoints.iter().take(SHOWN) {
        draft = draft.related("privateEndpoint", &topology.inventory.private_endpoints[*endpoint].id);
    }
    draft
        .advice("look first at what the rules and routes would do: they apply to every endpoint in the subnet at once")
        .command("turn the policies on", remedy::set_endpoint_policies(&subnet.id, policies))
}

/// How many endpoints a finding about their subnet names.
const SHOWN: usize = 10;

fn count(endpoints: usize) -> String {
    if endpoints == 1 { "endpoint".to_owned() } else { format!("{endpoints} endpoints") }
}
