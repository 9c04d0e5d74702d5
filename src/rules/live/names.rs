//! LIVE-001, LIVE-002 and LIVE-005: what DNS says of the names of endpoints.

use std::net::IpAddr;

use super::super::dns::public::is_public;
use super::super::{Draft, Estate, ObservedName, Sink, Standing, quote};
use super::{answers, from_here, is_judged, listed, silence, texts, title, unseen};
use crate::finding::{Cause, Confidence};
use crate::inventory::PrivateEndpoint;
use crate::probe::{DnsFault, Heard, Observation, Resolver};

/// A name, its endpoint, and what was seen of it.
pub(super) struct Seen<'a> {
    pub fqdn: &'a str,
    pub name: &'a ObservedName,
    pub endpoint: &'a PrivateEndpoint,
    pub observation: &'a Observation,
    vantage: Option<&'a str>,
}

pub(super) fn for_each(estate: &Estate<'_>, mut judge: impl FnMut(&Seen<'_>)) {
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
    pub(super) fn judged(&self) -> impl Iterator<Item = &Heard> {
        self.observation.heard.iter().filter(is_judged)
    }

    pub(super) fn confidence(&self) -> Confidence {
        from_here(self.name.standing, self.name.ceiling)
    }

    /// What tells one resolver's findings about a name from another's.
    fn detail(&self, resolver: Resolver) -> String {
        match resolver {
            Resolver::System => self.fqdn.to_owned(),
            Resolver::Own(server) | Resolver::Given(server) => format!("{} {server}", self.fqdn),
        }
    }

    pub(super) fn draft(&self, cause: Cause, headline: String, message: String) -> Draft {
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

    pub(super) fn unknown(&self, resolver: Resolver, what: &str) -> Draft {
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
    draft.advice(next).advice(format!("`plaudit trace {}` follows the name hop by hop", quote(seen.fqdn)))
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

/// LIVE-005: programs of this host get another answer than DNS gives.
pub(in crate::rules) fn overridden(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |seen| {
        let system = seen.observation.heard.iter().find(|heard| heard.resolver == Resolver::System);
        let Some(system) = system else { return sink.not_judged("this host's resolver was not asked") };
        // Without an answer of the system's nothing overrides DNS; LIVE-002 tells that there is none.
        let Ok(local) = &system.answer else { return };
        let own: Vec<&Heard> =
            seen.observation.heard.iter().filter(|one| matches!(one.resolver, Resolver::Own(_))).collect();
        if own.is_empty() {
            return sink.not_judged("this host tells no DNS server of its own to compare with");
        }
        let origins = |origin| {
            let is = |address: &&IpAddr| Origin::of(**address, &own) == origin;
            local.addresses.iter().filter(is).copied().collect::<Vec<IpAddr>>()
        };
        let strange = origins(Origin::Elsewhere);
        if !strange.is_empty() {
            return sink.fail(Confidence::Certain, override_of(seen, &strange, own.len()));
        }
        if !origins(Origin::Unknown).is_empty() {
            let why = own.iter().find_map(|one| silence(one));
            let why =
                why.unwrap_or_else(|| unseen("no DNS server of this host answered for AAAA".to_owned()));
            return sink.unknown(&why, seen.unknown(Resolver::System, "a hosts file answers"));
        }
        if !origins(Origin::Rotation).is_empty() {
            return sink.not_judged("public answers may change from one query to the next");
        }
        let is_stub =
            |one: &&&Heard| matches!(one.resolver, Resolver::Own(server) if server.ip().is_loopback());
        match own.iter().filter(|one| silence(one).is_none()).all(|one| is_stub(&one)) {
            true => {
                sink.not_judged("this host's DNS server runs on the host itself and may read the hosts file")
            }
            false => sink.pass(),
        }
    });
}

/// Where an address that programs get may come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A DNS server of this host says it. Of several servers one is asked by the system, and nobody knows which.
    Dns,
    /// A public name may have other addresses at every query.
    Rotation,
    /// No DNS server of this host says it.
    Elsewhere,
    /// None of them answered for addresses of this kind.
    Unknown,
}

impl Origin {
    /// An IPv4 address is compared with answers for A, an IPv6 address with answers for AAAA.
    fn of(address: IpAddr, own: &[&Heard]) -> Self {
        let told = |heard: &&&Heard| match &heard.answer {
            Ok(answer) => address.is_ipv4() || !answer.only_v4,
            Err(fault) => fault.is_a_no(),
        };
        let told: Vec<&Heard> = own.iter().filter(told).copied().collect();
        let answers = told.iter().filter_map(|heard| heard.answer.as_ref().ok());
        let alike: Vec<IpAddr> = answers
            .flat_map(|answer| answer.addresses.iter().copied())
            .filter(|one| one.is_ipv4() == address.is_ipv4())
            .collect();
        if told.is_empty() {
            Origin::Unknown
        } else if alike.contains(&address) {
            Origin::Dns
        } else if is_public(address) && alike.iter().any(|one| is_public(*one)) {
            Origin::Rotation
        } else {
            Origin::Elsewhere
        }
    }
}

fn override_of(seen: &Seen<'_>, strange: &[IpAddr], servers: usize) -> Draft {
    let cause = Cause { kind: "resolver", id: title(Resolver::System) };
    let (they, say) = if servers == 1 { ("DNS server", "does") } else { ("DNS servers", "do") };
    let headline =
        format!("this host answers otherwise than its {they} {say}: a hosts file or a cache is in force");
    let message = format!(
        "programs on this host get {} for {}, which its {they} {say} not say",
        listed(strange),
        seen.fqdn
    );
    seen.with_path(seen.draft(cause, headline, message).detail(seen.fqdn))
        .advice("look for the name in /etc/hosts (on Windows %SystemRoot%\\System32\\drivers\\etc\\hosts); such lines are for tests")
        .advice("clear the resolver's cache (`resolvectl flush-caches`, `ipconfig /flushdns`), then probe again")
}
