//! What the picture says in words: tooltips, labels, the description. All text is inert; none is escaped.

use super::estate::{Estate, Existence, Network, Place};
use super::model::{Line, LineKind, Row};
use super::state::{Marks, State, findings_of};
use crate::facts::{Identity, PeeringFacts};
use crate::finding::{Finding, Report};
use crate::report::text::{count, inert, join_and, prose};

/// So many findings are told in a tooltip.
const TOLD: usize = 6;

/// So long is a message in a tooltip, in characters.
const LONG: usize = 240;

/// So long may a rule's name be on a line, in characters.
const SHORT: usize = 16;

/// So many rows of one sort stand in a card.
const ROWS: usize = 4;

/// What the report says, for whoever writes cards and lines.
pub(super) struct Words<'a> {
    report: &'a Report,
}

impl<'a> Words<'a> {
    pub fn new(report: &'a Report) -> Self {
        Words { report }
    }

    /// The findings that count.
    pub fn findings<'m>(&self, marks: &'m Marks) -> impl Iterator<Item = &'a Finding> + use<'a, 'm> {
        let findings = &self.report.findings;
        marks.findings.iter().filter_map(|at| findings.get(*at))
    }

    /// A subscription by its name.
    pub fn subscription(&self, id: &str) -> String {
        let name = self.report.subscription_names.get(&id.to_ascii_lowercase());
        inert(name.map_or(id, |name| name)).into_owned()
    }

    /// Where something lies.
    pub fn place(&self, identity: &Identity) -> String {
        let subscription = self.subscription(&identity.subscription);
        let context = if identity.reported { "" } else { "; read as context, not reported on" };
        format!("group {}, subscription {subscription}{context}", inert(&identity.resource_group))
    }

    /// What is wrong, a line a finding; nothing when there is none.
    pub fn told(&self, marks: &Marks) -> Vec<String> {
        let mut told = Vec::new();
        let mut findings: Vec<&Finding> = self.findings(marks).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(State::of(finding)));
        if !findings.is_empty() {
            told.push(format!("{}:", count(findings.len(), "finding")));
        }
        for finding in findings.iter().take(TOLD) {
            let level = match State::of(finding) {
                State::Unknown => "unknown",
                _ => finding.severity.name(),
            };
            told.push(format!("{} ({level}): {}", finding.rule, cut(&prose(&finding.message))));
        }
        if findings.len() > TOLD {
            told.push(format!("… and {} more", findings.len() - TOLD));
        }
        if marks.aside > 0 {
            told.push(format!("{}, suppressed or in the baseline", count(marks.aside, "more finding")));
        }
        told
    }

    /// A row for each rule that found something here, the worst first.
    pub fn rule_rows(&self, marks: &Marks) -> Vec<Row> {
        let mut rules: Vec<(State, &'static str, &'static str, Marks)> = Vec::new();
        for (at, finding) in marks.findings.iter().zip(self.findings(marks)) {
            let state = State::of(finding);
            let found = rules.iter_mut().find(|(s, rule, ..)| (*s, *rule) == (state, finding.rule));
            match found {
                Some((.., marks)) => marks.add(*at, finding),
                None => {
                    let mut marks = Marks::default();
                    marks.add(*at, finding);
                    rules.push((state, finding.rule, finding.name, marks));
                }
            }
        }
        rules.sort_by_key(|(state, ..)| std::cmp::Reverse(*state));
        let row = |(state, rule, name, marks): (State, &str, &str, Marks)| Row {
            state,
            // What could not be judged is asked, not said.
            text: format!("{}{}", name.replace('-', " "), if state == State::Unknown { "?" } else { "" }),
            note: match marks.findings.len() {
                1 => rule.to_owned(),
                several => format!("{rule} ×{several}"),
            },
            tooltip: self.told(&marks),
            findings: marks.findings,
            ..Row::default()
        };
        capped(rules.into_iter().map(row).collect(), ROWS, "kind")
    }
}

/// At most so many rows; what is left out is one row as bad as the worst of it.
pub(super) fn capped(mut rows: Vec<Row>, most: usize, noun: &str) -> Vec<Row> {
    if rows.len() > most + 1 {
        let rest = rows.split_off(most);
        let state = rest.iter().map(|row| row.state).max().unwrap_or_default();
        let text = format!("and {}", count(rest.len(), &format!("more {noun}")));
        let mut findings: Vec<usize> = rest.into_iter().flat_map(|row| row.findings).collect();
        findings.sort_unstable();
        findings.dedup();
        rows.push(Row { state, text, findings, ..Row::default() });
    }
    rows
}

/// What a finding's rule is called where there is little room: as many words of its name as fit, at least one.
pub(super) fn short_name(finding: &Finding) -> String {
    let mut short = String::new();
    for word in finding.name.split('-') {
        if !short.is_empty() {
            if short.len() + 1 + word.len() > SHORT {
                break;
            }
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `1 peering is`, `3 peerings are`.
pub(super) fn are(n: usize, noun: &str) -> String {
    format!("{} {}", count(n, noun), if n == 1 { "is" } else { "are" })
}

/// The picture in words.
pub(super) fn description(estate: &Estate<'_>) -> String {
    let facts = estate.facts;
    let read = estate.networks.iter().filter(|network| network.facts.is_some());
    let mut parts = vec![
        told(facts.networks.len(), "virtual network", read.map(|network| network.shown)),
        told(estate.peerings.len(), "peering", estate.peerings.iter().map(|p| p.state)),
        told(facts.endpoints.len(), "private endpoint", estate.endpoints.iter().map(|m| m.worst)),
        told(facts.zones.len(), "private DNS zone", estate.copies.iter().map(|m| m.worst)),
        told(facts.links.len(), "virtual network link", estate.links.iter().map(|m| m.worst)),
    ];
    let missing = estate.missing.iter().filter(|missing| !missing.marks.findings.is_empty()).count();
    if missing > 0 {
        parts.push(format!("{} that nobody made", count(missing, "link")));
    }
    // What is only named is no network that was read.
    let named = |existence: Existence| {
        let named = |network: &&Network<'_>| network.facts.is_none() && network.existence == existence;
        estate.networks.iter().filter(named).count()
    };
    let unread = named(Existence::Unread);
    if unread > 0 {
        parts.push(format!("{} not read", count(unread, "more network")));
    }
    let gone = named(Existence::Gone);
    if gone > 0 {
        parts.push(format!(
            "{} that {} not exist any more",
            count(gone, "named network"),
            if gone == 1 { "does" } else { "do" }
        ));
    }
    let needed = estate.zones.iter().filter(|zone| zone.copies.is_empty() && zone.worst.stands_out()).count();
    if needed > 0 {
        parts.push(format!(
            "{} that {} not exist",
            count(needed, "needed zone"),
            if needed == 1 { "does" } else { "do" }
        ));
    }
    format!("{}.", parts.join("; "))
}

fn told(n: usize, noun: &str, states: impl Iterator<Item = State>) -> String {
    let mut counts = [0_usize; 3];
    for state in states {
        match state {
            State::Bad => counts[0] += 1,
            State::Warn => counts[1] += 1,
            State::Unknown => counts[2] += 1,
            State::Info | State::Ok => {}
        }
    }
    let words = ["broken", "with warnings", "not known"];
    let some = counts.into_iter().zip(words).filter(|(n, _)| *n > 0);
    let some: Vec<String> = some.map(|(n, word)| format!("{n} {word}")).collect();
    match some.is_empty() {
        true => count(n, noun),
        false => format!("{} ({})", count(n, noun), join_and(&some)),
    }
}

/// One line for all peerings between two cards.
pub(super) fn peering_line(
    estate: &Estate<'_>,
    words: &Words<'_>,
    ends: (usize, usize),
    peerings: &[usize],
) -> Line {
    let all = peerings.iter().filter_map(|at| estate.peerings.get(*at));
    let worst = all.clone().max_by_key(|peering| peering.state);
    let state = worst.map_or(State::Ok, |peering| peering.state);
    let sides = all.clone().flat_map(|p| &p.sides).filter_map(|at| estate.facts.peerings.get(*at));
    let (label, id, tooltip) = match (peerings, worst) {
        ([_], Some(peering)) => {
            let mut tooltip = vec![between(estate, peering.ends)];
            tooltip.extend(sides.clone().map(side_told));
            tooltip.extend(words.told(&peering.marks));
            let id = sides.clone().next().map(|side| side.identity.id.to_ascii_lowercase());
            (peering.label.clone(), id, tooltip)
        }
        _ => {
            let told = |peering: &&super::estate::Peering| peering.state.stands_out();
            let troubled = all.clone().filter(told).count();
            let tooltip = vec![told_many(peerings.len(), troubled)];
            let label =
                if troubled > 0 { format!("{troubled} of {}", peerings.len()) } else { String::new() };
            (label, None, tooltip)
        }
    };
    let context = sides.clone().all(|side| !side.identity.reported);
    let findings = findings_of(all.map(|peering| &peering.marks));
    Line { kind: LineKind::Peering, ends, state, context, label, id, tooltip, findings, key: None }
}

fn told_many(peerings: usize, troubled: usize) -> String {
    match troubled {
        0 => format!("{}, all in order", count(peerings, "peering")),
        n => format!("{}, {n} not in order or not known", count(peerings, "peering")),
    }
}

fn between(estate: &Estate<'_>, (a, b): (usize, usize)) -> String {
    let name = |network: usize| estate.networks.get(network).map_or("", |network| network.name());
    format!("peering of {} and {}", inert(name(a)), inert(name(b)))
}

fn side_told(side: &PeeringFacts) -> String {
    let owner = side.network.rsplit('/').next().unwrap_or_default();
    let state = side.state.as_deref().unwrap_or("state not known");
    let level = side.sync_level.as_deref().map(|level| format!(", {level}")).unwrap_or_default();
    let part = if side.single_subnets { ", single subnets" } else { "" };
    let told = format!("{} of {owner}: {state}{level}{part}", side.identity.name);
    inert(&told).into_owned()
}

/// The network at the end of a link and how the link is; `None` when the network is not drawn or nobody needs the
/// link.
pub(super) fn link_end(estate: &Estate<'_>, kind: LineKind, at: usize) -> Option<(usize, State)> {
    if kind == LineKind::Missing {
        let missing = estate.missing.get(at).filter(|missing| !missing.marks.findings.is_empty())?;
        return Some((missing.network, missing.marks.worst));
    }
    let network = estate.facts.links.get(at)?.network.as_deref()?;
    match estate.places.get(&network.to_ascii_lowercase())? {
        Place::Network(network) => Some((*network, estate.links.get(at)?.worst)),
        _ => None,
    }
}

/// One line for all links of one kind between a zone's card and a network's.
pub(super) fn link_line(
    estate: &Estate<'_>,
    words: &Words<'_>,
    ends: (usize, usize),
    kind: LineKind,
    links: &[usize],
) -> Line {
    let state = links.iter().filter_map(|at| link_end(estate, kind, *at)).map(|(_, state)| state).max();
    let mut tooltip: Vec<String> = Vec::new();
    for at in links.iter().take(TOLD) {
        let Some((network, _)) = link_end(estate, kind, *at) else { continue };
        let network = estate.networks.get(network).map_or("", |network| network.name());
        let zone = match kind {
            LineKind::Missing => estate.missing.get(*at).and_then(|m| estate.zones.get(m.zone)),
            _ => None,
        };
        let (told, marks) = match (zone, estate.missing.get(*at), estate.facts.links.get(*at)) {
            (Some(zone), Some(missing), _) => {
                (format!("{network} needs {} and does not see it", zone.name), Some(&missing.marks))
            }
            (_, _, Some(link)) => {
                let state = link.state.as_deref().unwrap_or("state not known");
                (
                    format!("{}: {} is linked to {network}, {state}", link.identity.name, link.zone),
                    estate.links.get(*at),
                )
            }
            _ => continue,
        };
        tooltip.push(inert(&told).into_owned());
        tooltip.extend(marks.into_iter().flat_map(|marks| words.told(marks)));
    }
    if links.len() > TOLD {
        tooltip.push(format!("… and {} more", links.len() - TOLD));
    }
    let link = match (kind, links) {
        (LineKind::Link, [one]) => estate.facts.links.get(*one),
        _ => None,
    };
    Line {
        kind,
        ends,
        state: state.unwrap_or_default(),
        context: link.is_some_and(|link| !link.identity.reported),
        label: String::new(),
        id: link.map(|link| link.identity.id.to_ascii_lowercase()),
        tooltip,
        findings: findings_of(links.iter().filter_map(|at| match kind {
            LineKind::Missing => estate.missing.get(*at).map(|missing| &missing.marks),
            LineKind::Link | LineKind::Peering => estate.links.get(*at),
        })),
        key: None,
    }
}
