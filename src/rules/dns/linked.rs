//! Rules about what a linked zone does, or fails to do, for the networks it is linked to: DNS-016, DNS-020, DNS-038.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::diagnosis::{Judged, Why, excuse, reason};
use super::drafts::missing_link;
use super::mending::link_name;
use super::record::name_in;
use super::rulesets::PROBE;
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, ResourceId};
use crate::rules::{Draft, Estate, Names, Sink, remedy};
use crate::topology::endpoints::ExpectedName;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::records::Lookup;
use crate::topology::resolve::{Answer, Hop, Outcome, Query};
use crate::topology::{Topology, is_reported};

/// How many names, networks or commands a finding holds.
const NAMED: usize = 10;

fn is_private(zone: &str) -> bool {
    zone.split('.').any(|label| label == "privatelink")
}

/// DNS-016: a zone is linked to a network that asks elsewhere, where the zone is not seen.
pub(in crate::rules) fn dead_weight(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let spoken_for = topology.spoken_for();
    let told = views_told(estate);
    for (index, network) in topology.networks.iter().enumerate().filter(|(_, network)| network.reported) {
        let private = network.linked.iter().filter(|(name, _)| is_private(name));
        let mut links: Vec<(&str, usize)> =
            private.filter_map(|(name, linked)| Some((&**name, linked.first()?.1))).collect();
        links.sort_unstable();
        for (zone, link) in links {
            if !network.has_clients {
                sink.not_judged(reason::NO_CLIENTS);
            } else if spoken_for.contains(&index) {
                sink.pass();
            } else if !told.contains(&(index, zone)) {
                weigh(topology, (index, zone, link), sink);
            }
        }
    }
}

/// Networks and zones of which DNS-010 tells, be it that it cannot know.
fn views_told<'a>(estate: &'a Estate<'_>) -> HashSet<(usize, &'a str)> {
    let mut told = HashSet::new();
    for (endpoint, names) in estate.topology.endpoints.iter().zip(&estate.names) {
        let (Some(network), Names::Diagnosed(diagnoses)) = (endpoint.network.found(), names) else {
            continue;
        };
        let names = endpoint.requirements.names.iter().zip(diagnoses);
        let doubted =
            names.filter(|(_, diagnosis)| matches!(diagnosis.view, Judged::Fail(_) | Judged::Unknown(_)));
        told.extend(doubted.map(|(name, _)| (network, name.needed.zone.as_str())));
    }
    told
}

fn weigh(topology: &Topology, (network, zone, link): (usize, &str, usize), sink: &mut Sink<'_>) {
    let name = format!("{PROBE}.{zone}");
    let query = Query { fqdn: &name, alias: &name };
    let answers = topology.answers(network, query);
    let sees = |answer: &Answer| answer.hops.iter().any(|hop| matches!(hop, Hop::Zone(_)));
    let id = &topology.inventory.virtual_networks[network].id;
    let link = &topology.inventory.links[link].id;
    let speaker =
        answers.iter().filter(|answer| answer.outcome == Outcome::Public).find_map(|answer| answer.at);
    let speaker = speaker.map(|at| &topology.inventory.virtual_networks[at].id);
    let headline = match speaker {
        Some(speaker) => format!("{} answers for other networks and is not linked to {zone}", speaker.name()),
        None => format!("{zone} is linked to {}, which asks elsewhere", id.name()),
    };
    let message = format!(
        "{} is linked to {zone} and asks other DNS servers, which do not see that zone: the link changes nothing for its clients",
        id.name(),
    );
    let draft = Draft::new(link, missing_link(zone, speaker.or(Some(id))), headline, message)
        .related("virtualNetwork", id)
        .evidence("zone", zone)
        .evidence("path", answers.first().map(|answer| topology.describe(answer)).unwrap_or_default());
    let unread = answers.iter().find_map(|answer| match &answer.outcome {
        Outcome::Unread(unread) => Some(unread.clone()),
        _ => topology.overlooked(answer, query).or_else(|| topology.unread_around(answer)),
    });
    if answers.iter().all(sees) {
        sink.pass();
    } else if let Some(unread) = unread {
        sink.unknown(&Why::Unread(unread), draft);
    } else if let Some(speaker) = speaker {
        let zone_id = link.parent().unwrap_or_else(|| link.clone());
        let command = remedy::link_zone(&zone_id, &link_name(topology, &zone_id, speaker), speaker);
        let answer = answers.iter().find(|answer| answer.outcome == Outcome::Public);
        let confidence = answer.map_or(Confidence::Possible, |answer| answer.confidence);
        sink.fail(
            confidence,
            draft.command(format!("link the zone to {}, which answers", speaker.name()), command),
        );
    } else {
        sink.not_judged(reason::OUTSIDE);
    }
}

/// Names of living endpoints, by the zone they need.
type Wanted<'a> = HashMap<&'a str, Vec<(usize, &'a ExpectedName)>>;

/// DNS-020: a linked zone makes names of endpoints that are elsewhere impossible to resolve.
pub(in crate::rules) fn nxdomain_hazard(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut wanted: Wanted<'_> = HashMap::new();
    for (index, endpoint) in topology.endpoints.iter().enumerate() {
        if excuse(topology, index).is_none() {
            for name in &endpoint.requirements.names {
                wanted.entry(&name.needed.zone).or_default().push((index, name));
            }
        }
    }
    let mut links: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, link) in topology.inventory.links.iter().enumerate() {
        if let Some(zone) = link.id.parent().and_then(|id| topology.zone(&id)) {
            links.entry(zone).or_default().push(index);
        }
    }
    for (zone, held) in topology.inventory.zones.iter().enumerate() {
        if is_private(&held.name) && is_reported(&topology.inventory, &held.id) {
            let names = wanted.get(&*held.name).map_or(&[][..], Vec::as_slice);
            let links = links.get(&zone).map_or(&[][..], Vec::as_slice);
            hazard(topology, zone, links, names, sink);
        }
    }
}

fn hazard(
    topology: &Topology,
    zone: usize,
    links: &[usize],
    names: &[(usize, &ExpectedName)],
    sink: &mut Sink<'_>,
) {
    let id = &topology.inventory.zones[zone].id;
    let kinds = [Kind::VirtualNetworkLinks, Kind::RecordSets];
    if let Some(unread) = kinds.iter().find_map(|kind| topology.knowledge.children(id, *kind)) {
        return sink
            .unknown(&Why::Unread(unread), zone_unknown(id, "whether it hides names cannot be known"));
    }
    let strict = links.iter().map(|link| &topology.inventory.links[*link]).filter(|link| {
        let policy = link.resolution_policy.as_deref();
        !policy.is_some_and(|policy| policy.eq_ignore_ascii_case("NxDomainRedirect"))
    });
    let network =
        |id: &ResourceId| topology.network(id).filter(|index| topology.networks[*index].has_clients);
    let strict: Vec<(&ResourceId, usize)> =
        strict.filter_map(|link| Some((&link.id, network(link.virtual_network.as_ref()?)?))).collect();
    if strict.is_empty() {
        return sink.not_judged("zone without a link to a network with clients that it could mislead");
    }
    let near = |endpoint: usize| {
        let own = topology.endpoints[endpoint].network.found();
        let touches = |network: usize| {
            own.is_none_or(|own| own == network || topology.peers(own).any(|peer| peer == network))
        };
        strict.iter().any(|(_, network)| touches(*network))
    };
    let absent = |name: &ExpectedName| {
        let found = topology.records.lookup(&topology.inventory, zone, name_in(topology, zone, name));
        matches!(found, Lookup::Absent | Lookup::NoAddress)
    };
    // What was not understood of a record may be its address.
    let odd = |name: &ExpectedName| {
        let (sets, _) = topology.records.answering(zone, name_in(topology, zone, name))?;
        sets.iter().find_map(|set| topology.knowledge.field(&topology.inventory.record_sets[*set].id))
    };
    let missing: Vec<&ExpectedName> = names
        .iter()
        .filter(|(endpoint, name)| absent(name) && !near(*endpoint))
        .map(|(_, name)| *name)
        .collect();
    let mut hidden: Vec<&str> =
        missing.iter().filter(|name| odd(name).is_none()).map(|name| name.needed.fqdn.as_str()).collect();
    hidden.sort_unstable();
    hidden.dedup();
    if hidden.is_empty() {
        // Whose names they are may be among the endpoints that were not read.
        let unread = || topology.knowledge.gaps_in(&[Kind::PrivateEndpoints, Kind::NetworkInterfaces]);
        return match missing.iter().find_map(|name| odd(name)).or_else(unread) {
            Some(unread) => {
                sink.unknown(&Why::Unread(unread), zone_unknown(id, "whether it hides names cannot be known"))
            }
            None => sink.pass(),
        };
    }
    sink.fail(Confidence::Certain, hazard_draft(topology, id, &hidden, &strict));
}

fn hazard_draft(
    topology: &Topology,
    zone: &ResourceId,
    hidden: &[&str],
    links: &[(&ResourceId, usize)],
) -> Draft {
    let headline = format!("{} hides names whose endpoints are elsewhere", zone.name());
    let message = format!(
        "{} names have endpoints elsewhere and no record in {}: clients in the {} networks linked to it get NXDOMAIN in place of a public address",
        hidden.len(),
        zone.name(),
        links.len(),
    );
    let cause = Cause { kind: "privateDnsZone", id: zone.to_string() };
    let mut draft = Draft::new(zone, cause, headline, message)
        .evidence("names", hidden.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>())
        .evidence("count", hidden.len());
    for (link, network) in links.iter().take(NAMED) {
        let network = &topology.inventory.virtual_networks[*network].id;
        draft = draft.related("virtualNetwork", network).command(
            format!("let public DNS answer what the zone does not hold, for {}", network.name()),
            remedy::redirect_link(link),
        );
    }
    draft
}

fn zone_unknown(zone: &ResourceId, what: &str) -> Draft {
    let cause = Cause { kind: "privateDnsZone", id: zone.to_string() };
    let message = format!("{}: {what}", zone.name());
    Draft::new(zone, cause, format!("{} cannot be judged", zone.name()), message)
}

/// DNS-038: a zone of a service's public suffix is linked, and hides every name of the service that it does not hold.
pub(in crate::rules) fn public_suffix(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for network in topology.networks.iter().filter(|network| network.reported) {
        match network.has_clients {
            true => sink.pass(),
            false => sink.not_judged(reason::NO_CLIENTS),
        }
    }
    // The network and what it asks, once for all zones of one name.
    let mut asked: BTreeMap<&str, Vec<(usize, Answer)>> = BTreeMap::new();
    for zone in &topology.public_suffix_zones {
        let held = &topology.inventory.zones[*zone];
        if topology.inventory.coverage.unrelated_zones.binary_search(&held.id).is_ok() {
            sink.not_judged("zone that no name of an endpoint lies in");
            continue;
        }
        let answers = asked.entry(&held.name).or_insert_with(|| answers_below(topology, &held.name));
        let hit = answers.iter().filter(|(_, answer)| answer.hops.contains(&Hop::Zone(*zone)));
        let hit: Vec<&(usize, Answer)> = hit.collect();
        if let Some(confidence) = hit.iter().map(|(_, answer)| answer.confidence).min() {
            let mut networks: Vec<usize> = hit.iter().map(|(network, _)| *network).collect();
            networks.dedup();
            sink.fail(confidence, public_draft(topology, *zone, &networks));
        } else if let Some(unread) = links_unread(topology, *zone) {
            sink.unknown(
                &Why::Unread(unread),
                zone_unknown(&held.id, "whether it is linked cannot be known"),
            );
        } else {
            sink.pass();
        }
    }
}

/// What each reported network with clients gets for a name below this one that nobody has.
fn answers_below(topology: &Topology, zone: &str) -> Vec<(usize, Answer)> {
    let name = format!("{PROBE}.{zone}");
    let query = Query { fqdn: &name, alias: &name };
    let networks = topology.networks.iter().enumerate();
    let asking = networks.filter(|(_, network)| network.reported && network.has_clients);
    asking
        .flat_map(|(index, _)| topology.answers(index, query).into_iter().map(move |answer| (index, answer)))
        .collect()
}

/// Why it is not known which networks see a zone.
fn links_unread(topology: &Topology, zone: usize) -> Option<Unread> {
    let id = &topology.inventory.zones[zone].id;
    if let Some(unread) = topology.knowledge.children(id, Kind::VirtualNetworkLinks) {
        return Some(unread);
    }
    if !is_reported(&topology.inventory, id) {
        return None;
    }
    let links = topology.inventory.links.iter().filter(|link| link.id.parent().as_ref() == Some(id));
    let networks = links.filter_map(|link| link.virtual_network.as_ref());
    networks.filter(|network| topology.network(network).is_none()).find_map(|network| {
        match topology.knowledge.missing::<usize>(network, Kind::VirtualNetworks) {
            Seen::Unknown(unread) if !unread.gaps.is_empty() => Some(unread),
            _ => None,
        }
    })
}

fn public_draft(topology: &Topology, zone: usize, networks: &[usize]) -> Draft {
    let held = &topology.inventory.zones[zone];
    let name = |network: &usize| topology.inventory.virtual_networks[*network].id.name();
    let headline = format!("{} hides every name below it that it does not hold", held.id.name());
    let named: Vec<&str> = networks.iter().take(NAMED).map(name).collect();
    let message = format!(
        "{} networks ({}) see a zone called {}: every other name of the service gets NXDOMAIN there, also those without any endpoint",
        networks.len(),
        named.join(", "),
        held.id.name(),
    );
    let cause = Cause { kind: "privateDnsZone", id: held.id.to_string() };
    let mut draft = Draft::new(&held.id, cause, headline, message)
        .evidence("zone", held.id.as_str())
        .evidence("networks", networks.len());
    for network in networks.iter().take(NAMED) {
        draft = draft.related("virtualNetwork", &topology.inventory.virtual_networks[*network].id);
    }
    draft = draft.advice(
        "first let the names that it holds be served otherwise: by the service's privatelink zone, or by a zone of each single name with a record @",
    );
    let links = topology.inventory.links.iter().filter(|link| link.id.parent().as_ref() == Some(&held.id));
    for link in links.take(NAMED) {
        draft = draft.command("when they are, take the link away", remedy::delete_link(&link.id));
    }
    draft
}
