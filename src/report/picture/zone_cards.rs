//! The boxes of private DNS zones: one for all zones of a name, one for all names that nothing is wrong with.

use std::collections::BTreeMap;

use super::estate::{Estate, Zone};
use super::model::{Card, Kind, LineKind, Picture, Row, SMALL_LINKS};
use super::state::{State, findings_of};
use super::words::{Words, capped, link_end};
use crate::report::text::{count, inert};

/// Up to so many names, each has a box, if lines lead from it.
const SMALL_ZONES: usize = 16;

/// So many boxes are drawn for what is wrong with zones.
const MOST_ZONES: usize = 40;

/// So many names stand in the box of those that have none.
const NAMED: usize = 16;

/// So many zones of one name are told apart.
const COPIES: usize = 4;

/// So many broken or missing links are named.
const LINKS: usize = 6;

/// Adds the boxes; which box each zone that has one of its own is drawn in.
pub(super) fn draw(estate: &Estate<'_>, words: &Words<'_>, picture: &mut Picture) -> BTreeMap<usize, usize> {
    let mut order: Vec<usize> = (0..estate.zones.len()).filter(|at| is_there(estate, *at)).collect();
    let zone = |at: &usize| estate.zones.get(*at);
    order.sort_by_key(|at| zone(at).map(|zone| (std::cmp::Reverse(zone.worst), &zone.name)));
    let related = order.iter().filter(|at| zone(at).is_some_and(|zone| is_related(estate, zone))).count();
    let few = related <= SMALL_ZONES && estate.links.len() <= SMALL_LINKS;
    let wanted = |at: &usize| {
        zone(at).is_some_and(|zone| zone.worst.stands_out() || (few && is_related(estate, zone)))
    };
    let (mut drawn, mut rest): (Vec<usize>, Vec<usize>) = order.iter().partition(|at| wanted(at));
    if drawn.len() > MOST_ZONES {
        rest.splice(0..0, drawn.split_off(MOST_ZONES));
    }
    let mut card_of = BTreeMap::new();
    for at in drawn {
        if let Some(zone) = estate.zones.get(at) {
            card_of.insert(at, picture.cards.len());
            picture.zones.push(picture.cards.len());
            picture.cards.push(card(estate, words, zone));
        }
    }
    let (told, unread): (Vec<usize>, Vec<usize>) =
        rest.iter().partition(|at| zone(at).is_some_and(|zone| is_related(estate, zone)));
    for (names, related) in [(told, true), (unread, false)] {
        let zones: Vec<&Zone> = names.iter().filter_map(zone).collect();
        if !zones.is_empty() {
            picture.zones.push(picture.cards.len());
            picture.cards.push(folded(estate, &zones, related));
        }
    }
    card_of
}

/// Whether zones of the name exist, or somebody needs one.
fn is_there(estate: &Estate<'_>, at: usize) -> bool {
    estate.zones.get(at).is_some_and(|zone| {
        let needed = zone.missing.iter().filter_map(|link| estate.missing.get(*link));
        !zone.copies.is_empty()
            || !zone.marks.findings.is_empty()
            || needed.into_iter().any(|missing| !missing.marks.findings.is_empty())
    })
}

fn is_related(estate: &Estate<'_>, zone: &Zone) -> bool {
    let mut copies = zone.copies.iter().filter_map(|at| estate.facts.zones.get(*at));
    zone.copies.is_empty() || copies.any(|copy| copy.related)
}

fn card(estate: &Estate<'_>, words: &Words<'_>, zone: &Zone) -> Card {
    let copies = || zone.copies.iter().filter_map(|at| estate.facts.zones.get(*at));
    let mut rows = Vec::new();
    let mut tooltip = vec![inert(&zone.name).into_owned()];
    let mut lines = Vec::new();
    match zone.copies.as_slice() {
        [] => lines.push("does not exist".to_owned()),
        [one] => {
            let place = copies().next().map(|copy| words.place(&copy.identity));
            let group = copies().next().map(|copy| inert(&copy.identity.resource_group).into_owned());
            lines.push(format!("{} · {}", group.unwrap_or_default(), linked(estate, *one)));
            tooltip.extend(place);
        }
        several => {
            lines.push(format!("{} copies · {}", several.len(), count(zone.links.len(), "link")));
            rows.extend(copy_rows(estate, words, (several, zone.worst)));
        }
    }
    let own = zone.copies.iter().filter_map(|at| estate.copies.get(*at));
    let mut marks = zone.marks.clone();
    for copy in own {
        marks.findings.extend(&copy.findings);
        marks.aside += copy.aside;
        marks.worst = marks.worst.max(copy.worst);
    }
    marks.findings.sort_unstable();
    marks.findings.dedup();
    tooltip.extend(words.told(&marks));
    rows.extend(words.rule_rows(&marks));
    rows.extend(link_rows(estate, words, zone));
    let findings = behind(estate, zone);
    Card {
        kind: if zone.copies.is_empty() { Kind::Ghost } else { Kind::Zone },
        state: zone.worst,
        context: !zone.copies.is_empty() && copies().all(|copy| !copy.identity.reported),
        id: match zone.copies.as_slice() {
            [_] => copies().next().map(|copy| copy.identity.id.to_ascii_lowercase()),
            _ => None,
        },
        heading: inert(&zone.name).into_owned(),
        lines,
        rows,
        tooltip,
        stops: zone.worst > State::Ok,
        findings,
        key: None,
    }
}

/// The findings behind what stands in the box of a name.
fn behind(estate: &Estate<'_>, zone: &Zone) -> Vec<usize> {
    let copies = zone.copies.iter().filter_map(|at| estate.copies.get(*at));
    let links = zone.links.iter().filter_map(|at| estate.links.get(*at));
    let missing = zone.missing.iter().filter_map(|at| estate.missing.get(*at)).map(|link| &link.marks);
    findings_of([&zone.marks].into_iter().chain(copies).chain(links).chain(missing))
}

fn linked(estate: &Estate<'_>, copy: usize) -> String {
    let networks = estate.facts.zones.get(copy).and_then(|zone| zone.networks.known());
    networks.map_or_else(|| "links not read".to_owned(), |networks| count(networks.len(), "link"))
}

/// The zones of a name one by one, where something is wrong: all when they are few, else those it is wrong with.
fn copy_rows(estate: &Estate<'_>, words: &Words<'_>, (copies, worst): (&[usize], State)) -> Vec<Row> {
    let few = copies.len() <= COPIES && worst.stands_out();
    let told = |at: &&usize| few || estate.copies.get(**at).is_some_and(|marks| marks.worst.stands_out());
    let mut rows: Vec<Row> = copies
        .iter()
        .filter(told)
        .filter_map(|at| {
            let (facts, marks) = (estate.facts.zones.get(*at)?, estate.copies.get(*at)?);
            let mut tooltip = vec![words.place(&facts.identity)];
            tooltip.extend(words.told(marks));
            let subscription = words.subscription(&facts.identity.subscription);
            Some(Row {
                state: marks.worst,
                text: format!("in {}, {subscription}", inert(&facts.identity.resource_group)),
                note: linked(estate, *at),
                id: Some(facts.identity.id.to_ascii_lowercase()),
                tooltip,
                context: !facts.identity.reported,
                stops: marks.worst > State::Ok,
                findings: marks.findings.clone(),
                key: None,
            })
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.state));
    capped(rows, COPIES, "zone")
}

/// What is broken or missing among a zone's links, network by network.
fn link_rows(estate: &Estate<'_>, words: &Words<'_>, zone: &Zone) -> Vec<Row> {
    let missing = zone.missing.iter().filter_map(|at| {
        let (network, state) = link_end(estate, LineKind::Missing, *at)?;
        let name = estate.networks.get(network)?.name();
        let verb = if zone.copies.is_empty() { "needed in" } else { "not linked to" };
        let marks = &estate.missing.get(*at)?.marks;
        let (tooltip, findings) = (words.told(marks), marks.findings.clone());
        Some(Row { state, text: format!("{verb} {}", inert(name)), tooltip, findings, ..Row::default() })
    });
    let broken = zone.links.iter().filter_map(|at| {
        let (link, marks) = (estate.facts.links.get(*at)?, estate.links.get(*at)?);
        if !marks.worst.stands_out() {
            return None;
        }
        let first = words.findings(marks).max_by_key(|finding| State::of(finding));
        let name = link.network.as_deref().and_then(|id| id.rsplit('/').next()).unwrap_or("no network");
        let state = link.state.as_deref().unwrap_or_default();
        Some(Row {
            state: marks.worst,
            text: format!("link to {}", inert(name)),
            note: first.map_or_else(|| inert(state).into_owned(), |finding| finding.rule.to_owned()),
            id: Some(link.identity.id.to_ascii_lowercase()),
            tooltip: words.told(marks),
            stops: !marks.findings.is_empty(),
            findings: marks.findings.clone(),
            ..Row::default()
        })
    });
    let mut rows: Vec<Row> = missing.chain(broken).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.state));
    capped(rows, LINKS, "link")
}

/// One box for many names.
fn folded(estate: &Estate<'_>, zones: &[&Zone], related: bool) -> Card {
    let state = zones.iter().map(|zone| zone.worst).max().unwrap_or_default();
    let state = if state == State::Info { State::Ok } else { state };
    let what = match (related, state.stands_out()) {
        (false, _) => "other private DNS zone",
        (true, false) => "more zone name",
        (true, true) => "more zone name",
    };
    let row = |zone: &&Zone| {
        let copies = if zone.copies.len() > 1 { format!("{} × ", zone.copies.len()) } else { String::new() };
        let links = if related { count(zone.links.len(), "link") } else { String::new() };
        let id = match zone.copies.as_slice() {
            [one] => estate.facts.zones.get(*one).map(|copy| copy.identity.id.to_ascii_lowercase()),
            _ => None,
        };
        let state = if zone.worst == State::Info { State::Ok } else { zone.worst };
        let (text, findings) = (format!("{copies}{}", inert(&zone.name)), behind(estate, zone));
        Row { state, text, note: links, id, findings, ..Row::default() }
    };
    let rows = match related {
        true => capped(zones.iter().map(row).collect(), NAMED, "name"),
        false => Vec::new(),
    };
    let lines = match related {
        true if state.stands_out() => vec!["see the findings".to_owned()],
        true => vec!["nothing is broken".to_owned()],
        false => vec!["of no service of private link; links not read".to_owned()],
    };
    let copies = zones.iter().flat_map(|zone| &zone.copies);
    let mut findings: Vec<usize> = zones.iter().flat_map(|zone| behind(estate, zone)).collect();
    findings.sort_unstable();
    findings.dedup();
    Card {
        kind: Kind::Fold,
        state,
        context: copies.filter_map(|at| estate.facts.zones.get(*at)).all(|copy| !copy.identity.reported),
        id: None,
        heading: count(zones.len(), what),
        lines,
        rows,
        tooltip: zones.iter().take(NAMED).map(|zone| inert(&zone.name).into_owned()).collect(),
        stops: state > State::Ok,
        findings,
        key: None,
    }
}
