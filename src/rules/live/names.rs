//! LIVE-001, LIVE-002, LIVE-003 and LIVE-005: the names of endpoints.

use std::net::IpAddr;

use super::super::dns::public::is_public;
use super::super::{Draft, Estate, ObservedName, Sink, Standing};
use super::{answers, from_here, is_judged, listed, outcome, silence, texts, title, unseen};
use crate::finding::{Cause, Confidence};
use crate::inventory::PrivateEndpoint;
use crate::probe::{Connection, DnsFault, Heard, Observation, Outcome, Resolver};

/// A name, its endpoint, and what was seen of it.
struct Seen<'a> {
    fqdn: &'a str,
    name: &'a ObservedName,
    endpoint: &'a PrivateEndpoint,
    observation: &'a Observation,
    vantage: Option<&'a str>,
}

fn for_each(estate: &Estate<'_>, mut judge: impl FnMut(&Seen<'_>)) {
    let Some(observed) = &estate.settings.observed else { return };
    let vantage = observed.vantage.as_ref().map(|id| id.as_str());
    for name in &observed.names {
        let asked = observed.asked.get(name.question);
        let endpoint = estate.topology.inventory.private_endpoints.get(name.endpoint);
        if let (Some((question, observation)), Some(endpoint)) = (asked, endpoint) {
            judge(&Seen { fqdn: &question.host, name, endpoint, observation, vantage });
        }
    }
}

impl Seen<'_> {
    fn judged(&self) -> impl Iterator<Item = &Heard> {
        self.observation.heard.iter().filter(is_judged)
    }

    fn confidence(&self) -> Confidence {
        from_here(self.name.standing, self.name.ceiling)
    }

    /// What tells one resolver's findings about a name from another's.
    fn detail(&self, resolver: Resolver) -> String {
        match resolver {
            Resolver::System => self.fqdn.to_owned(),
            Resolver::Own(server) | Resolver::Given(server) => format!("{} {server}", self.fqdn),
        }
    }

    fn draft(&self, cause: Cause, headline: String, message: String) -> Draft {
        let draft = Draft::new(&self.endpoint.id, cause, headline, message)
            .evidence("name", self.fqdn)
            .evidence("expectedAddresses", texts(&self.name.expected));
        let draft = match (self.vantage, self.name.standing) {
            (None, _) => {
                draft.evidence("vantage", "not told (--vantage): proves nothing about a virtual network")
            }
            (Some(network), Standing::Elsewhere) => draft
                .related("virtualNetwork", network)
                .evidence("vantage", format!("{network}, which is not known to need this endpoint")),
            (Some(network), _) => draft.related("virtualNetwork", network).evidence("vantage", network),
        };
        draft.evidence("answers", answers(&self.observation.heard))
    }

    fn unknown(&self, resolver: Resolver, what: &str) -> Draft {
        let cause = Cause { kind: "resolver", id: title(resolver) };
        let message = format!("whether {what} cannot be told");
        self.draft(cause, String::new(), message).detail(&self.detail(resolver))
    }

    /// The longest way through CNAME records that any DNS server told.
    fn chain(&self) -> &[String] {
        let chains = self.observation.heard.iter().map(|heard| match &heard.answer {
            Ok(answer) => answer.chain.as_slice(),
            Err(DnsFault::NoSuchName { chain } | DnsFault::NoAddress { chain }) => chain.as_slice(),
            Err(_) => &[],
        });
        chains.max_by_key(|chain| chain.len()).unwrap_or_default()
    }

    fn with_path(&self, draft: Draft) -> Draft {
        match self.chain() {
            [] => draft,
            chain => {
                let path = std::iter::once(self.fqdn.to_owned()).chain(chain.iter().cloned());
                draft.evidence("path", path.collect::<Vec<_>>())
            }
        }
    }
}

/// LIVE-001: DNS leads somewhere else.
pub(in crate::rules) fn wrong_answer(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |seen| {
        for heard in seen.judged() {
            // A name without an answer is LIVE-002's.
            let Ok(answer) = &heard.answer else { continue };
            let wrong: Vec<IpAddr> =
                answer.addresses.iter().filter(|one| !seen.name.expected.contains(one)).copied().collect();
            let public = wrong.iter().any(|address| is_public(*address));
            match (wrong.is_empty(), seen.name.expected.is_empty() && !public) {
                (true, _) => sink.pass(),
                (false, true) => sink.not_judged("nobody says which address the name ought to have"),
                (false, false) => sink.fail(seen.confidence(), astray(seen, heard, &wrong, public)),
            }
        }
    });
}

fn astray(seen: &Seen<'_>, heard: &Heard, wrong: &[IpAddr], public: bool) -> Draft {
    let who = title(heard.resolver);
    let (kind, what) = match public {
        true => ("publicAnswer", "public addresses"),
        false => ("otherAnswer", "private addresses that are not the endpoint's"),
    };
    let headline = format!("{who} answers with {what}");
    let right = match seen.name.expected.as_slice() {
        [] => "an address of its own".to_owned(),
        expected => listed(expected),
    };
    let message = format!(
        "{who} answers {} for {}; endpoint {} has {right}",
        listed(wrong),
        seen.fqdn,
        seen.endpoint.id.name()
    );
    let draft =
        seen.draft(Cause { kind, id: who.clone() }, headline, message).detail(&seen.detail(heard.resolver));
    let draft = seen.with_path(draft.evidence("foundAddresses", texts(wrong)));
    let next = match public {
        true => format!(
            "{who} does not see the private DNS zone: make it forward the public name's zone to a DNS server in Azure that \
             does (a resolver's inbound endpoint, a firewall's DNS proxy), or link the zone where the query ends"
        ),
        false => "compare the record in the private DNS zone with the endpoint's address; if they agree, clear the caches \
                  on the way and wait for the record's time to live"
            .to_owned(),
    };
    draft.advice(next).advice(format!("`plaudit trace {}` follows the name hop by hop", seen.fqdn))
}

/// LIVE-002: DNS has no address for the name.
pub(in crate::rules) fn not_found(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |seen| {
        for heard in seen.judged() {
            match &heard.answer {
                Ok(_) => sink.pass(),
                Err(DnsFault::NoSuchName { .. }) => sink.fail(seen.confidence(), lost(seen, heard, true)),
                Err(DnsFault::NoAddress { .. }) => sink.fail(seen.confidence(), lost(seen, heard, false)),
                Err(_) => {
                    let what = format!("{} resolves", seen.fqdn);
                    let why = silence(heard).unwrap_or_else(|| unseen(title(heard.resolver)));
                    sink.unknown(&why, seen.unknown(heard.resolver, &what));
                }
            }
        }
    });
}

fn lost(seen: &Seen<'_>, heard: &Heard, is_nxdomain: bool) -> Draft {
    let who = title(heard.resolver);
    let (kind, headline, said) = match is_nxdomain {
        true => (
            "noSuchName",
            format!("{who} says that names of endpoints do not exist"),
            "does not exist (NXDOMAIN)",
        ),
        false => ("noAddress", format!("{who} has no address for names of endpoints"), "has no address"),
    };
    let mut message = format!("{who} says that {} {said}", seen.fqdn);
    if let Some(alias) = seen.chain().iter().find(|name| name.split('.').any(|label| label == "privatelink"))
    {
        message.push_str(&format!(
            "; it leads to {alias}, and a private DNS zone that is asked there answers for every name in it, also for \
             those without a record: nobody asks public DNS on"
        ));
    }
    let cause = Cause { kind, id: who.clone() };
    let draft = seen.draft(cause, headline, message).detail(&seen.detail(heard.resolver));
    seen.with_path(draft)
        .advice(
            "see whether the zone that answers holds a record for the name: `plaudit audit` says so (DNS-021, DNS-020). A zone \
             group on the endpoint writes it",
        )
        .advice(
            "if the zone belongs to somebody else and the name is theirs to leave public, its link can fall back to public DNS \
             (resolution policy NxDomainRedirect)",
        )
}

/// LIVE-003: no connection opens to the endpoint's own address.
pub(in crate::rules) fn no_connection(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |seen| {
        if seen.name.ports.is_empty() {
            return sink.not_judged("the port of the service is not known");
        }
        if seen.name.own.is_empty() {
            return sink.not_judged("nobody says which address the name ought to have");
        }
        let is_own =
            |one: &&Connection| seen.name.own.contains(&one.address) && seen.name.ports.contains(&one.port);
        let tried: Vec<&Connection> = seen.observation.connections.iter().filter(is_own).collect();
        if tried.is_empty() {
            return sink.not_judged("the address is none that a probe connects to");
        }
        let shut = |one: &&&Connection| !matches!(one.outcome, Outcome::Connected | Outcome::Failed(_));
        let failed: Vec<&Connection> = tried.iter().filter(shut).copied().collect();
        if !failed.is_empty() {
            // What clients are not led to, they do not miss.
            let led = failed.iter().all(|one| is_led(seen, one.address));
            let confidence = if led { seen.confidence() } else { Confidence::Possible };
            return sink.fail(confidence, closed(seen, &failed));
        }
        let broken = tried.iter().find_map(|one| match &one.outcome {
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

/// Whether every resolver that is judged leads to this address and to nothing that is not an endpoint's.
fn is_led(seen: &Seen<'_>, address: IpAddr) -> bool {
    let is_right = |heard: &Heard| {
        heard.answer.as_ref().is_ok_and(|answer| {
            answer.addresses.contains(&address)
                && answer.addresses.iter().all(|one| seen.name.expected.contains(one))
        })
    };
    seen.judged().next().is_some() && seen.judged().all(is_right)
}

fn closed(seen: &Seen<'_>, failed: &[&Connection]) -> Draft {
    let name = seen.endpoint.id.name();
    let at = |one: &&Connection| {
        format!("{}: {}", std::net::SocketAddr::new(one.address, one.port), outcome(&one.outcome))
    };
    let tried: Vec<String> = failed.iter().map(at).collect();
    let cause = Cause { kind: "privateEndpoint", id: seen.endpoint.id.to_string() };
    let headline = format!("no TCP connection opens to {name}");
    let message =
        format!("{} of {name} does not open a connection from here: {}", seen.fqdn, tried.join("; "));
    let draft = seen.draft(cause, headline, message).detail(seen.fqdn).evidence("connections", tried);
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
    draft.advice(format!("`plaudit trace {}` shows the path that the estate tells of", seen.fqdn))
}

/// LIVE-005: programs of this host get another answer than DNS gives.
pub(in crate::rules) fn overridden(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |seen| {
        let system = seen.observation.heard.iter().find(|heard| heard.resolver == Resolver::System);
        let Some(system) = system else { return sink.not_judged("this host's resolver was not asked") };
        // Without an answer of the system's nothing overrides DNS; LIVE-002 tells that there is none.
        let Ok(local) = &system.answer else { return };
        let own: Vec<&Heard> =
            seen.observation.heard.iter().filter(|one| matches!(one.resolver, Resolver::Own(_))).collect();
        let told: Vec<&&Heard> = own.iter().filter(|one| silence(one).is_none()).collect();
        let differs =
            |one: &&&Heard| one.answer.as_ref().map_or(true, |answer| answer.addresses != local.addresses);
        // Of several servers one is asked by the system, and nobody knows which.
        let all_differ = !told.is_empty() && told.iter().all(differs);
        let is_stub =
            |one: &&&Heard| matches!(one.resolver, Resolver::Own(server) if server.ip().is_loopback());
        if all_differ {
            return sink.fail(Confidence::Certain, override_of(seen, &local.addresses));
        }
        match (own.first(), told.is_empty()) {
            (None, _) => sink.not_judged("this host tells no DNS server of its own to compare with"),
            (Some(first), true) => {
                let why = silence(first).unwrap_or_else(|| unseen(title(first.resolver)));
                sink.unknown(&why, seen.unknown(Resolver::System, "a hosts file answers"));
            }
            (Some(_), false) if told.iter().all(is_stub) => {
                sink.not_judged("this host's DNS server runs on the host itself and may read the hosts file");
            }
            (Some(_), false) => sink.pass(),
        }
    });
}

fn override_of(seen: &Seen<'_>, local: &[IpAddr]) -> Draft {
    let cause = Cause { kind: "resolver", id: title(Resolver::System) };
    let headline =
        "this host answers otherwise than its DNS servers: a hosts file or a cache is in force".to_owned();
    let message = format!(
        "programs on this host get {} for {}, which its DNS servers do not say",
        listed(local),
        seen.fqdn
    );
    seen.with_path(seen.draft(cause, headline, message).detail(seen.fqdn))
        .advice("look for the name in /etc/hosts (on Windows %SystemRoot%\\System32\\drivers\\etc\\hosts); such lines are for tests")
        .advice("clear the resolver's cache (`resolvectl flush-caches`, `ipconfig /flushdns`), then probe again")
}
