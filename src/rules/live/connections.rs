//! LIVE-003: the way to the addresses that endpoints have.

use std::net::{IpAddr, SocketAddr};

use foldhash::{HashMap, HashMapExt};

use super::super::{Draft, Estate, Sink, quote};
use super::names::{Seen, for_each};
use super::{from_here, outcome, unseen};
use crate::finding::{Cause, Confidence};
use crate::inventory::PrivateEndpoint;
use crate::probe::{Connection, Outcome, Resolver};

/// LIVE-003: no connection opens to the endpoint's own address, or to that of another endpoint to which DNS leads.
pub(in crate::rules) fn no_connection(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let owners = owners(estate);
    for_each(estate, |seen| {
        if seen.name.ports.is_empty() {
            return sink.not_judged("the port of the service is not known");
        }
        let tries = Tries::of(seen, &owners);
        if seen.name.own.is_empty() && tries.all.is_empty() {
            return sink.not_judged("nobody says which address the name ought to have");
        }
        if tries.all.is_empty() {
            return sink.not_judged("the address is none that a probe connects to");
        }
        if let Some((confidence, draft)) = tries.fault(estate) {
            return sink.fail(confidence, draft);
        }
        let broken = tries.all.iter().find_map(|one| match &one.outcome {
            Outcome::Failed(reason) => Some(reason),
            _ => None,
        });
        match broken {
            Some(reason) => {
                let why = unseen(format!("this host could not try a connection: {reason}"));
                let what = format!("a connection to {} opens", seen.fqdn);
                sink.unknown(&why, seen.unknown(Resolver::System, &what));
            }
            None => sink.pass(),
        }
    });
}

/// How much the endpoint that has an address can say of it, by question and address.
type Owners = HashMap<(usize, IpAddr), Confidence>;

fn owners(estate: &Estate<'_>) -> Owners {
    let mut owners = Owners::new();
    for name in estate.settings.observed.iter().flat_map(|observed| &observed.names) {
        let confidence = from_here(name.standing, name.ceiling);
        for address in &name.own {
            let known = owners.entry((name.question, *address)).or_insert(confidence);
            *known = confidence.min(*known);
        }
    }
    owners
}

/// The connections by which a name of an endpoint is judged.
struct Tries<'a> {
    seen: &'a Seen<'a>,
    all: Vec<&'a Connection>,
}

impl<'a> Tries<'a> {
    /// To the endpoint's own addresses, and to those of other endpoints to which DNS leads. Where the other endpoint
    /// can say as much of its address, it is left to it.
    fn of(seen: &'a Seen<'a>, owners: &Owners) -> Self {
        let is_told_there = |address: IpAddr| {
            let owner = owners.get(&(seen.name.question, address));
            owner.is_some_and(|owner| *owner <= seen.confidence())
        };
        let is_answered = |address: IpAddr| right_answers(seen).any(|answer| answer.contains(&address));
        let is_other = |address: IpAddr| {
            seen.name.expected.contains(&address) && is_answered(address) && !is_told_there(address)
        };
        let counts = |one: &&Connection| {
            seen.name.ports.contains(&one.port)
                && (seen.name.own.contains(&one.address) || is_other(one.address))
        };
        Tries { seen, all: seen.observation.connections.iter().filter(counts).collect() }
    }

    /// The worst that they show.
    fn fault(&self, estate: &Estate<'_>) -> Option<(Confidence, Draft)> {
        let shut = |one: &Connection| !matches!(one.outcome, Outcome::Connected | Outcome::Failed(_));
        let is_own = |one: &&Connection| self.seen.name.own.contains(&one.address);
        let (own, others): (Vec<&Connection>, Vec<&Connection>) =
            self.all.iter().copied().filter(|one| shut(one)).partition(is_own);
        let worst = |failed: &[&Connection]| failed.iter().map(|one| self.weight(one.address)).min();
        match (worst(&own), worst(&others)) {
            (Some(confidence), other) if other.is_none_or(|other| confidence <= other) => {
                Some((confidence, self.closed(&own)))
            }
            (_, Some(confidence)) => Some((confidence, self.closed_elsewhere(estate, &others))),
            _ => None,
        }
    }

    /// What clients are not led to, they do not miss. One address of several that is shut is not all; but that of
    /// the endpoint which the network needs ought to open.
    fn weight(&self, address: IpAddr) -> Confidence {
        let all = self.seen.confidence();
        let opens = |address: &IpAddr| {
            self.seen.observation.connections.iter().any(|one| {
                one.address == *address
                    && self.seen.name.ports.contains(&one.port)
                    && one.outcome == Outcome::Connected
            })
        };
        let is_own = self.seen.name.own.contains(&address);
        let weights = right_answers(self.seen).filter(|answer| answer.contains(&address)).map(|answer| {
            match is_own || !answer.iter().any(opens) {
                true => all,
                false => all.max(Confidence::Probable),
            }
        });
        weights.min().unwrap_or(Confidence::Possible)
    }

    fn closed(&self, failed: &[&Connection]) -> Draft {
        let name = self.seen.endpoint.id.name();
        let cause = Cause { kind: "privateEndpoint", id: self.seen.endpoint.id.to_string() };
        let message = format!(
            "{} of {name} does not open a connection from here: {}",
            self.seen.fqdn,
            tried(failed).join("; ")
        );
        let draft = self.seen.draft(cause, no_connection_to(self.seen.endpoint), message);
        self.advised(draft.detail(self.seen.fqdn), failed)
    }

    fn closed_elsewhere(&self, estate: &Estate<'_>, failed: &[&Connection]) -> Draft {
        let (seen, name) = (self.seen, self.seen.endpoint.id.name());
        let first = failed.first().and_then(|one| holder(estate, seen, one.address));
        let other = first.unwrap_or(seen.endpoint);
        let cause = Cause { kind: "privateEndpoint", id: other.id.to_string() };
        let message = format!(
            "DNS leads {} here to {}, another endpoint of that name than {name}, and no connection opens to it from here: {}",
            seen.fqdn,
            other.id.name(),
            tried(failed).join("; ")
        );
        let detail = format!("{} {}", seen.fqdn, other.id.to_string().to_ascii_lowercase());
        let draft = seen.draft(cause, no_connection_to(other), message).detail(&detail);
        let draft = draft.related("privateEndpoint", &other.id).advice(format!(
            "have DNS answer here with the address of {name}, or open the way to {}",
            other.id.name()
        ));
        self.advised(draft, failed)
    }

    fn advised(&self, draft: Draft, failed: &[&Connection]) -> Draft {
        let draft = draft.evidence("connections", tried(failed));
        let refused = failed.iter().any(|one| one.outcome == Outcome::Refused);
        let draft = match refused {
            true => draft.advice(
                "something on the way or the service itself refused: check that the connection is approved, that the address is \
                 still the endpoint's, and firewalls that answer with a reset",
            ),
            false => draft.advice(
                "packets are lost on the way: check security groups on both subnets, routes, firewalls, the gateway or peering \
                 between this host and the endpoint's network",
            ),
        };
        draft.advice(format!(
            "`plaudit trace {}` shows the path that the estate tells of",
            quote(self.seen.fqdn)
        ))
    }
}

/// The answers, of resolvers that are judged, that lead to endpoints of the name alone. Others are LIVE-001's.
fn right_answers<'a>(seen: &'a Seen<'a>) -> impl Iterator<Item = &'a [IpAddr]> {
    let answers = seen.judged().filter_map(|heard| heard.answer.as_ref().ok());
    let answers = answers.map(|answer| answer.addresses.as_slice());
    answers.filter(|answer| answer.iter().all(|one| seen.name.expected.contains(one)))
}

/// The endpoint that has this address for the name.
fn holder<'a>(estate: &Estate<'a>, seen: &Seen<'_>, address: IpAddr) -> Option<&'a PrivateEndpoint> {
    let (_, endpoint) = seen.name.holders.iter().find(|(held, _)| *held == address)?;
    estate.topology.inventory.private_endpoints.get(*endpoint)
}

fn no_connection_to(endpoint: &PrivateEndpoint) -> String {
    format!("no TCP connection opens to {}", endpoint.id.name())
}

fn tried(failed: &[&Connection]) -> Vec<String> {
    let text =
        |one: &&Connection| format!("{}: {}", SocketAddr::new(one.address, one.port), outcome(&one.outcome));
    failed.iter().map(text).collect()
}
