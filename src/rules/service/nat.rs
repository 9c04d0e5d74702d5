//! PLS-008 and PLS-011: the addresses from which a service asks its backend.

use super::{Service, services};
use crate::finding::{Cause, Confidence};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::services::NatSubnet;

/// Direct Connect needs NAT addresses in pairs (Azure docs: Private Link service Direct Connect).
const PAIR: usize = 2;

/// PLS-008: policies must be off in a subnet that lends a service its addresses.
pub(in crate::rules) fn subnet_policy(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        let mut unread: Option<Unread> = service.odd_field();
        let mut untold = false;
        let mut failed = false;
        for subnet in &service.joined.nat_subnets {
            match policy(service, subnet) {
                Policy::Enabled => {
                    failed = true;
                    sink.fail(Confidence::Certain, policy_draft(service, subnet));
                }
                Policy::Unread(why) => {
                    unread = Some(unread.map_or(why.clone(), |before| before.and(why)));
                }
                Policy::Untold => untold = true,
                Policy::Disabled => {}
            }
        }
        match unread {
            _ if failed => {}
            Some(unread) => {
                let message =
                    format!("the subnets that {} takes its addresses from were not read", service.name());
                let draft = service.draft("its subnets were not read", message);
                sink.unknown(&Why::Unread(unread), draft);
            }
            None if untold || service.joined.nat_subnets.is_empty() => {
                sink.not_judged("the subnet does not tell its policy");
            }
            None => sink.pass(),
        }
    }
}

enum Policy {
    Enabled,
    Disabled,
    Unread(Unread),
    Untold,
}

fn policy(service: Service<'_>, subnet: &NatSubnet) -> Policy {
    let (network, position) = match &subnet.place {
        Seen::Found(place) => *place,
        Seen::Absent => return Policy::Untold,
        Seen::Unknown(unread) => return Policy::Unread(unread.clone()),
    };
    let networks = &service.topology.inventory.virtual_networks;
    let Some(of) = networks.get(network).and_then(|of| of.subnets.get(position)) else {
        return Policy::Untold;
    };
    match of.service_policies.as_deref() {
        Some(policy) if policy.eq_ignore_ascii_case("Enabled") => Policy::Enabled,
        Some(_) => Policy::Disabled,
        None => match networks.get(network).and_then(|of| service.topology.knowledge.field(&of.id)) {
            Some(unread) => Policy::Unread(unread),
            None => Policy::Untold,
        },
    }
}

fn policy_draft(service: Service<'_>, subnet: &NatSubnet) -> Draft {
    let network = subnet.id.virtual_network();
    let network = network.as_ref().map_or("its network", |id| id.name());
    let message = format!(
        "{} takes its addresses from subnet {} of {network}, which applies network policies to private link services",
        service.name(),
        subnet.id.name(),
    );
    let cause = Cause { kind: "subnet", id: subnet.id.to_string() };
    let headline =
        format!("subnet {} of {network} applies network policies to private link services", subnet.id.name());
    Draft::new(&service.raw.id, cause, headline, message)
        .detail(subnet.id.as_str())
        .related("subnet", &subnet.id)
        .evidence("privateLinkServiceNetworkPolicies", "Enabled")
        .command("turn them off", remedy::disable_service_policies(&subnet.id))
}

/// PLS-011: Direct Connect has too few addresses, or an odd number of them.
pub(in crate::rules) fn direct_connect(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for service in services(estate.topology) {
        let Some(destination) = service.raw.destination else {
            sink.not_judged("not a Direct Connect service");
            continue;
        };
        let count = service.raw.nat.len();
        if count >= PAIR && count.is_multiple_of(PAIR) {
            sink.pass();
            continue;
        }
        let addresses =
            if count == 1 { "one NAT address".to_owned() } else { format!("{count} NAT addresses") };
        let message = format!(
            "{} leads straight to {destination} with {addresses}; Direct Connect needs them in pairs",
            service.name(),
        );
        let draft = service
            .draft("its NAT addresses are not in pairs", message)
            .evidence("natAddresses", count)
            .evidence("destination", destination.to_string())
            .advice("give the service two NAT addresses or another even number, up to eight, in the portal under NAT IP")
            .command("see those it has", remedy::show_service_addresses(&service.raw.id));
        sink.fail(Confidence::Certain, draft);
    }
}
