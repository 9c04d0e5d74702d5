//! The box of a network, and of many networks at once.

use super::estate::{Estate, Existence, Network};
use super::model::{Card, Kind, Row};
use super::state::{State, findings_of};
use super::words::{Words, capped};
use crate::report::text::{count, inert};

/// So many endpoints that stand out are named in a network.
const NAMED: usize = 8;

/// And so many where the whole estate is full of them.
const FEW_NAMED: usize = 3;

/// So many missing links are named in a network.
const MISSING: usize = 4;

/// So many networks are named in the tooltip of a box that holds many.
const FOLDED_NAMES: usize = 20;

/// How much is told of endpoints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail {
    /// Whether endpoints without findings have names.
    pub names_healthy: bool,
    /// Whether few of those with findings have.
    pub few_names: bool,
}

/// The box of one network.
pub(super) fn network_card(
    estate: &Estate<'_>,
    words: &Words<'_>,
    detail: Detail,
    network: usize,
    kind: Kind,
) -> Card {
    let Some(network) = estate.networks.get(network) else {
        return folded(estate, State::Ok, &[], "network");
    };
    let mut rows = words.rule_rows(&network.marks);
    rows.extend(missing_rows(estate, words, network));
    let state = network.shown;
    rows.extend(endpoint_rows(estate, words, detail, network));
    let mut tooltip = vec![inert(network.name()).into_owned()];
    tooltip.extend(about(words, network));
    tooltip.extend(words.told(&network.marks));
    let below = network.endpoints.iter().filter_map(|at| estate.endpoints.get(*at));
    let below: usize = below.map(|marks| marks.findings.len()).sum();
    if below > 0 {
        tooltip.push(format!("{} about its endpoints", count(below, "finding")));
    }
    Card {
        kind: if network.facts.is_some() { kind } else { Kind::Ghost },
        state,
        context: network.is_context(),
        id: (!network.id.is_empty()).then(|| network.id.to_ascii_lowercase()),
        heading: inert(network.name()).into_owned(),
        lines: lines(network, kind),
        rows,
        tooltip,
        stops: state > State::Ok,
        findings: behind(estate, network),
        key: None,
    }
}

/// The findings behind what stands in the box of a network.
fn behind(estate: &Estate<'_>, network: &Network<'_>) -> Vec<usize> {
    let endpoints = network.endpoints.iter().filter_map(|at| estate.endpoints.get(*at));
    let missing = network.missing.iter().filter_map(|at| estate.missing.get(*at)).map(|link| &link.marks);
    let gone = match network.existence {
        Existence::Gone => network.peerings.as_slice(),
        Existence::Read | Existence::Unread => &[],
    };
    let peerings = gone.iter().filter_map(|at| estate.peerings.get(*at)).map(|peering| &peering.marks);
    findings_of([&network.marks].into_iter().chain(endpoints).chain(missing).chain(peerings))
}

/// The calm lines under the name: prefixes, DNS servers, peerings of a hub.
fn lines(network: &Network<'_>, kind: Kind) -> Vec<String> {
    let Some(facts) = network.facts else {
        return vec![match network.existence {
            Existence::Gone => "does not exist any more".to_owned(),
            _ => "not read".to_owned(),
        }];
    };
    let mut lines = vec![some(&facts.address_prefixes)];
    if !facts.dns_servers.is_empty() {
        lines.push(format!("custom DNS {}", some(&facts.dns_servers)));
    }
    if kind == Kind::Hub {
        lines.push(count(network.peerings.len(), "peering"));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn some(items: &[String]) -> String {
    let shown: Vec<&str> = items.iter().take(2).map(String::as_str).collect();
    let more = items.len().saturating_sub(2);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    inert(&format!("{}{more}", shown.join(", "))).into_owned()
}

fn about(words: &Words<'_>, network: &Network<'_>) -> Vec<String> {
    let Some(facts) = network.facts else { return lines(network, Kind::Ghost) };
    let mut told = vec![words.place(&facts.identity)];
    told.extend(facts.location.as_deref().map(|location| inert(location).into_owned()));
    let all = |name: &str, items: &[String]| {
        (!items.is_empty()).then(|| inert(&format!("{name} {}", items.join(", "))).into_owned())
    };
    told.extend(all("addresses", &facts.address_prefixes));
    told.extend(all("custom DNS", &facts.dns_servers));
    let endpoints = count(network.endpoints.len(), "endpoint");
    told.push(format!("{}, {endpoints}", count(facts.peerings, "peering")));
    if let Some(zones) = facts.linked_zones.known() {
        told.push(format!("{} linked", count(zones.len(), "private DNS zone")));
    }
    told
}

/// A zone's name without what all of them begin with.
fn short(zone: &str) -> String {
    inert(zone.strip_prefix("privatelink.").unwrap_or(zone)).into_owned()
}

fn missing_rows(estate: &Estate<'_>, words: &Words<'_>, network: &Network<'_>) -> Vec<Row> {
    let missing = network.missing.iter().filter_map(|at| estate.missing.get(*at));
    let row = |missing: &super::estate::Missing| {
        let zone = estate.zones.get(missing.zone)?;
        Some(Row {
            state: missing.marks.worst,
            text: match zone.copies.is_empty() {
                true => format!("no zone {}", short(&zone.name)),
                false => format!("not linked: {}", short(&zone.name)),
            },
            note: match missing.marks.findings.len() {
                1 => String::new(),
                several => format!("×{several}"),
            },
            tooltip: words.told(&missing.marks),
            findings: missing.marks.findings.clone(),
            ..Row::default()
        })
    };
    let found = missing.filter(|missing| !missing.marks.findings.is_empty());
    let mut rows: Vec<Row> = found.filter_map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.state));
    capped(rows, MISSING, "missing zone")
}

fn endpoint_rows(estate: &Estate<'_>, words: &Words<'_>, detail: Detail, network: &Network<'_>) -> Vec<Row> {
    let worst = |at: &usize| estate.endpoints.get(*at).map_or(State::Ok, |marks| marks.worst);
    let named = |at: &usize| worst(at).stands_out() || detail.names_healthy;
    let (mut rows, calm): (Vec<usize>, Vec<usize>) = network.endpoints.iter().partition(|at| named(at));
    rows.sort_by_key(|at| std::cmp::Reverse(worst(at)));
    let most = if detail.few_names { FEW_NAMED } else { NAMED };
    let more = if rows.len() > most + 1 { rows.split_off(most) } else { Vec::new() };
    let mut rows: Vec<Row> = rows.iter().filter_map(|at| endpoint_row(estate, words, *at)).collect();
    if !more.is_empty() {
        let state = more.iter().map(worst).max().unwrap_or_default();
        let told = count(more.len(), "more endpoint");
        let text = if state.stands_out() { format!("{told} with findings") } else { told };
        let marks = more.iter().filter_map(|at| estate.endpoints.get(*at));
        rows.push(Row { state, text, findings: findings_of(marks), ..Row::default() });
    }
    if !calm.is_empty() {
        let informed = calm.iter().filter(|at| worst(at) == State::Info).count();
        let note = if informed > 0 { format!("{informed} with information") } else { String::new() };
        let other = if rows.is_empty() { "" } else { "healthy " };
        let text = count(calm.len(), &format!("{other}endpoint"));
        let findings = findings_of(calm.iter().filter_map(|at| estate.endpoints.get(*at)));
        rows.push(Row { state: State::Ok, text, note, findings, ..Row::default() });
    }
    rows
}

fn endpoint_row(estate: &Estate<'_>, words: &Words<'_>, at: usize) -> Option<Row> {
    let (facts, marks) = (estate.facts.endpoints.get(at)?, estate.endpoints.get(at)?);
    let worst = words.findings(marks).max_by_key(|finding| (State::of(finding), finding.counts()));
    let mut tooltip = vec![inert(&facts.identity.name).into_owned(), words.place(&facts.identity)];
    if let Some(connection) = facts.connections.first() {
        let target = connection.target.as_deref().and_then(|id| id.rsplit('/').next()).unwrap_or_default();
        let status = connection.status.as_deref().unwrap_or("status not known");
        tooltip.push(inert(&format!("leads to {target}, {status}")).into_owned());
    }
    tooltip.extend(words.told(marks));
    let more = marks.findings.len().saturating_sub(1);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    Some(Row {
        state: marks.worst,
        text: inert(&facts.identity.name).into_owned(),
        note: worst.map(|finding| format!("{}{more}", finding.rule)).unwrap_or_default(),
        id: Some(facts.identity.id.to_ascii_lowercase()),
        tooltip,
        context: !facts.identity.reported,
        stops: marks.worst > State::Ok,
        findings: marks.findings.clone(),
        key: None,
    })
}

/// One box for many networks of one state.
pub(super) fn folded(estate: &Estate<'_>, state: State, networks: &[usize], noun: &str) -> Card {
    let all = || networks.iter().filter_map(|at| estate.networks.get(*at));
    let mut behind: Vec<usize> = all().flat_map(|network| behind(estate, network)).collect();
    behind.sort_unstable();
    behind.dedup();
    let findings = behind.len();
    let what = match state {
        State::Bad => " with errors",
        State::Warn => " with warnings",
        State::Unknown => " not fully known",
        State::Info | State::Ok if findings > 0 => " with nothing broken",
        State::Info | State::Ok => " without findings",
    };
    let mut lines = Vec::new();
    let endpoints: usize = all().map(|network| network.endpoints.len()).sum();
    if endpoints > 0 {
        lines.push(count(endpoints, "endpoint"));
    }
    if findings > 0 {
        lines.push(count(findings, "finding"));
    }
    let mut tooltip: Vec<String> = vec![format!("{}{what}:", count(networks.len(), noun))];
    tooltip.extend(all().take(FOLDED_NAMES).map(|network| inert(network.name()).into_owned()));
    if networks.len() > FOLDED_NAMES {
        tooltip.push(format!("… and {} more", networks.len() - FOLDED_NAMES));
    }
    Card {
        kind: Kind::Fold,
        state,
        context: all().all(Network::is_context),
        id: None,
        heading: format!("{}{what}", count(networks.len(), noun)),
        lines: if lines.is_empty() { lines } else { vec![lines.join(", ")] },
        rows: Vec::new(),
        tooltip,
        stops: state > State::Ok,
        findings: behind,
        key: None,
    }
}
