//! Which nodes and lines the findings are about. Knows ids alone, never a finding's wording.

use super::estate::{Estate, Existence, Missing, Place};
use super::state::{Marks, State};
use super::words;
use crate::finding::{Finding, Report, Verdict};

/// The cause of findings that one link would mend: `zone -> network's id`.
const MISSING_LINK: &str = "missingLink";

/// The rule that says that no zone of a name exists.
const ZONE_MISSING: &str = "DNS-001";

/// Puts every finding where it belongs, then says of each network and zone what the worst in it is.
pub(super) fn mark(estate: &mut Estate<'_>, report: &Report) {
    for (at, finding) in report.findings.iter().enumerate() {
        if !put(estate, at, finding) && finding.counts() {
            estate.elsewhere.push(at);
        }
    }
    sum_up(estate, report);
}

/// Whether the finding is to be seen somewhere in the picture.
fn put(estate: &mut Estate<'_>, at: usize, finding: &Finding) -> bool {
    let subject = nearest(estate, &finding.subject.id.lower());
    let cause = match finding.verdict {
        Verdict::Fail => nearest(estate, &finding.cause.id.to_ascii_lowercase()),
        Verdict::Unknown => None,
    };
    let related = || finding.related.iter().find_map(|r| nearest(estate, &r.id.to_ascii_lowercase()));
    let home = subject.or_else(|| cause.clone()).or_else(related);
    let has_home = home.is_some();
    let home_place = home.as_ref().map(|(place, _)| *place);
    if let Some(home) = home {
        add(estate, home, at, finding);
    }
    match cause {
        // A zone that is the cause of what its endpoints suffer stands out itself.
        Some(cause) if Some(cause.0) != home_place => add(estate, cause, at, finding),
        _ => {}
    }
    let link = finding.verdict == Verdict::Fail && put_missing(estate, at, finding);
    let named = finding.verdict == Verdict::Fail && put_by_name(estate, at, finding);
    has_home || link || named || put_unread(estate, at, finding)
}

/// That a subscription's networks were not read is why those that others name in it are not known.
fn put_unread(estate: &mut Estate<'_>, at: usize, finding: &Finding) -> bool {
    let of_networks = finding.evidence.iter().any(|(key, value)| {
        *key == "kind" && value.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("virtualNetworks"))
    });
    let subscription = finding.subject.id.lower();
    if finding.verdict != Verdict::Unknown || !of_networks || !subscription.starts_with("/subscriptions/") {
        return false;
    }
    let below = format!("{}/", subscription.trim_end_matches('/'));
    let mut found = Vec::new();
    for (at, network) in estate.networks.iter().enumerate() {
        let id = network.id.to_ascii_lowercase();
        if network.existence == Existence::Unread && id.starts_with(&below) {
            found.push((Place::Network(at), id));
        }
    }
    let is_shown = !found.is_empty();
    for place in found {
        add(estate, place, at, finding);
    }
    is_shown
}

/// The node or line of an id, or of the nearest owner of what the id names: a subnet's network, a record's zone. And
/// the id that stands for it.
fn nearest(estate: &Estate<'_>, lower: &str) -> Option<(Place, String)> {
    let mut id = lower.trim_end_matches('/');
    // No child that rules report on lies deeper than this under what is drawn.
    for _ in 0..3 {
        if let Some(place) = estate.places.get(id) {
            return Some((*place, id.to_owned()));
        }
        id = id.rsplit_once('/')?.0.rsplit_once('/')?.0;
    }
    None
}

fn add(estate: &mut Estate<'_>, (place, id): (Place, String), at: usize, finding: &Finding) {
    about(estate, id, at, finding);
    let marks = match place {
        Place::Network(index) => estate.networks.get_mut(index).map(|network| &mut network.marks),
        Place::Endpoint(index) => estate.endpoints.get_mut(index),
        Place::Copy(index) => estate.copies.get_mut(index),
        Place::Peering(index) => estate.peerings.get_mut(index).map(|peering| &mut peering.marks),
        Place::Link(index) => estate.links.get_mut(index),
    };
    if let Some(marks) = marks {
        marks.add(at, finding);
    }
}

fn about(estate: &mut Estate<'_>, id: String, at: usize, finding: &Finding) {
    if finding.counts() {
        let findings = estate.by_id.entry(id).or_default();
        if findings.last() != Some(&at) {
            findings.push(at);
        }
    }
}

/// A link that is missing, be it of a zone that exists or of one that has yet to be made.
fn put_missing(estate: &mut Estate<'_>, at: usize, finding: &Finding) -> bool {
    let (zone, network) = match finding.cause.kind {
        MISSING_LINK => match finding.cause.id.split_once(" -> ") {
            Some(pair) => pair,
            None => return false,
        },
        _ if finding.rule == ZONE_MISSING => {
            let network = finding.related.iter().find(|related| related.role == "virtualNetwork");
            (finding.cause.id.as_str(), network.map_or("", |network| network.id.as_str()))
        }
        _ => return false,
    };
    let Some(Place::Network(network)) = estate.places.get(&network.to_ascii_lowercase()).copied() else {
        return false;
    };
    let zone = estate.zone_named(zone);
    let next = estate.missing.len();
    let link = *estate.missing_at.entry((zone, network)).or_insert(next);
    if link == next {
        estate.missing.push(Missing { zone, network, marks: Marks::default() });
        if let Some(zone) = estate.zones.get_mut(zone) {
            zone.missing.push(link);
        }
        if let Some(network) = estate.networks.get_mut(network) {
            network.missing.push(link);
        }
    }
    if let Some(missing) = estate.missing.get_mut(link) {
        missing.marks.add(at, finding);
    }
    true
}

/// A cause that is a zone's bare name: all zones of that name, or the one that is missing.
fn put_by_name(estate: &mut Estate<'_>, at: usize, finding: &Finding) -> bool {
    if finding.cause.kind != "privateDnsZone" || finding.cause.id.contains('/') {
        return false;
    }
    let known = estate.zone_names.get(&finding.cause.id.to_ascii_lowercase()).copied();
    let zone = match known {
        Some(zone) => zone,
        None if finding.rule == ZONE_MISSING => estate.zone_named(&finding.cause.id),
        None => return false,
    };
    let Some(zone) = estate.zones.get_mut(zone) else { return false };
    zone.marks.add(at, finding);
    // Of several zones of the name, nobody knows which is meant.
    if let [only] = zone.copies.as_slice()
        && let Some(copy) = estate.facts.zones.get(*only)
    {
        about(estate, copy.identity.id.to_ascii_lowercase(), at, finding);
    }
    true
}

fn sum_up(estate: &mut Estate<'_>, report: &Report) {
    for peering in &mut estate.peerings {
        let worse = peering.marks.worst > peering.state;
        peering.state = peering.state.max(peering.marks.worst);
        let first = peering.marks.findings.iter().filter_map(|at| report.findings.get(*at));
        if let (true, Some(first)) = (worse, first.max_by_key(|f| State::of(f))) {
            peering.label = words::short_name(first);
        }
    }
    for network in &mut estate.networks {
        let inside = network.endpoints.iter().filter_map(|at| estate.endpoints.get(*at)).map(|m| m.worst);
        // That the other side was not read says nothing of this one.
        let lines = network.peerings.iter().filter_map(|at| estate.peerings.get(*at));
        let lines = lines.map(|p| if p.state == State::Unknown { p.marks.worst } else { p.state });
        let links = network.missing.iter().filter_map(|at| estate.missing.get(*at)).map(|m| m.marks.worst);
        let own = match network.existence {
            Existence::Unread => network.marks.worst.max(State::Unknown),
            Existence::Read | Existence::Gone => network.marks.worst,
        };
        let inside = inside.chain(links).fold(own, State::max);
        network.worst = lines.fold(inside, State::max);
        network.shown = match network.existence {
            Existence::Read => inside,
            Existence::Gone => network.worst,
            Existence::Unread => State::Unknown.max(inside),
        };
    }
    for zone in &mut estate.zones {
        let copies = zone.copies.iter().filter_map(|at| estate.copies.get(*at));
        let links = zone.links.iter().filter_map(|at| estate.links.get(*at));
        let missing = zone.missing.iter().filter_map(|at| estate.missing.get(*at)).map(|m| &m.marks);
        let parts = copies.chain(links).chain(missing).map(|marks| marks.worst);
        zone.worst = parts.fold(zone.marks.worst, State::max);
    }
}
