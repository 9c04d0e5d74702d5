//! Rows judged by every rule about them, and what comes of it put into sinks.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use super::OwnRule;
use super::check::{Read, Step};
use super::evaluate::{Outcome, Workshop, look};
use super::functions::language;
use super::why::{Absence, of_unnamed, why};
use crate::facts::{Row, Subject, names_unknown, rows};
use crate::finding::{Cause, Confidence};
use crate::inventory::ResourceId;
use crate::rules::dns::diagnosis::Why;
use crate::rules::sink::Yield;
use crate::rules::{Check, Draft, Rule, Sink};
use crate::topology::Topology;

/// Rows that one core takes at once: few enough to share the work, many enough to share the engine.
const CHUNK: usize = 256;
/// Items of a list that stand in the evidence of one finding.
const ITEMS: usize = 20;

/// What one rule says of many rows: how many pass, and of the others which row and what, in the order of rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub passed: usize,
    pub others: Vec<(usize, Outcome)>,
}

/// Judges rows about one subject with every rule about it, on every core: each row becomes values once, for all rules.
/// One entry a rule, in their order.
pub fn judge_rows(rules: &[&OwnRule], rows: &[Row]) -> Vec<Judged> {
    let Some(subject) = rules.first().map(|rule| rule.subject) else { return Vec::new() };
    let Ok(env) = language() else { return unjudged(rules.len(), 0..rows.len()) };
    let workshop = Workshop::new(&Arc::new(env), subject.name(), rules.iter().copied());
    let chunks = rows.par_chunks(CHUNK).enumerate().map(|(number, chunk)| {
        let first = number * CHUNK;
        let Ok(mut engine) = workshop.engine() else {
            return unjudged(rules.len(), first..first + chunk.len());
        };
        let mut judged: Vec<Judged> = rules.iter().map(|_| Judged::default()).collect();
        for (index, row) in chunk.iter().enumerate() {
            engine.take(&row.facts);
            for (rule, judged) in rules.iter().zip(&mut judged) {
                match engine.judge(rule, &row.facts) {
                    Outcome::Pass => judged.passed += 1,
                    other => judged.others.push((first + index, other)),
                }
            }
        }
        judged
    });
    let parts: Vec<Vec<Judged>> = chunks.collect();
    let mut all: Vec<Judged> = rules.iter().map(|_| Judged::default()).collect();
    for part in parts {
        for (all, one) in all.iter_mut().zip(part) {
            all.passed += one.passed;
            all.others.extend(one.others);
        }
    }
    all
}

/// Rows of which no rule can say anything: never a pass.
fn unjudged(rules: usize, rows: Range<usize>) -> Vec<Judged> {
    let why = || Outcome::Failed("the engine for expressions does not start".to_owned());
    let all = || Judged { passed: 0, others: rows.clone().map(|row| (row, why())).collect() };
    (0..rules).map(|_| all()).collect()
}

/// Runs the enabled rules of people's own; one entry a rule, in their order.
pub(crate) fn judge(topology: &Topology, rules: &[Rule]) -> Vec<Yield> {
    let own: Vec<(&Rule, &OwnRule)> = rules
        .iter()
        .filter(|rule| rule.enabled)
        .filter_map(|rule| match &rule.check {
            Check::Own(own) => Some((rule, own.as_ref())),
            Check::BuiltIn(_) => None,
        })
        .collect();
    let mut yields: Vec<Option<Yield>> = own.iter().map(|_| None).collect();
    for subject in Subject::ALL {
        let about: Vec<usize> = (0..own.len())
            .filter(|index| own.get(*index).is_some_and(|(_, one)| one.subject == subject))
            .collect();
        if about.is_empty() {
            continue;
        }
        let mut rows = rows(topology, subject);
        rows.retain(|row| row.reported);
        let checks: Vec<&OwnRule> =
            about.iter().filter_map(|index| own.get(*index)).map(|(_, one)| *one).collect();
        let judged = judge_rows(&checks, &rows);
        for (index, judged) in about.into_iter().zip(judged) {
            let (Some((rule, check)), Some(place)) = (own.get(index), yields.get_mut(index)) else {
                continue;
            };
            let mut sink = Sink::new(rule, &topology.inventory.coverage);
            report(topology, rule, check, &rows, judged, &mut sink);
            if subject == Subject::Name {
                without_names(topology, rule, &mut sink);
            }
            *place = Some(sink.finish());
        }
    }
    yields.into_iter().flatten().collect()
}

fn report(
    topology: &Topology,
    rule: &Rule,
    check: &OwnRule,
    rows: &[Row],
    judged: Judged,
    sink: &mut Sink<'_>,
) {
    (0..judged.passed).for_each(|_| sink.pass());
    for (index, outcome) in judged.others {
        let Some(row) = rows.get(index) else { continue };
        let unknown = |why: &str| draft(rule, check, row, unknowable(rule, &row.id, why));
        match outcome {
            Outcome::Pass => sink.pass(),
            Outcome::Fail(message) => {
                let message = message.unwrap_or_else(|| rule.page.front.summary.clone());
                sink.fail(Confidence::Certain, draft(rule, check, row, message).advice(check.advice.clone()));
            }
            Outcome::Unread(fact) => match why(topology, check.subject, row, &fact) {
                Absence::NotJudged(reason) => sink.not_judged(reason),
                Absence::Unknown(Why::Undecided(why)) => {
                    let said = format!("the fact `{fact}` is not known: {why}");
                    sink.unknown(&Why::Undecided(why), unknown(&said));
                }
                Absence::Unknown(why) => {
                    sink.unknown(&why, unknown(&format!("the fact `{fact}` could not be read")));
                }
            },
            // All that it looks at was read: no gap, and no audit is incomplete for it.
            Outcome::Failed(why) => {
                let why = format!("the condition of {} cannot be evaluated: {why}", rule.page.id);
                sink.unknown(&Why::Undecided("the condition cannot be evaluated"), unknown(&why));
            }
        }
    }
}

/// Endpoints without rows, since not every name is known: what has no row must not pass in silence.
fn without_names(topology: &Topology, rule: &Rule, sink: &mut Sink<'_>) {
    for (endpoint, joined) in topology.inventory.private_endpoints.iter().zip(&topology.endpoints) {
        let index = topology.endpoint(&endpoint.id).filter(|_| joined.reported);
        let Some(unknown) = index.and_then(|index| names_unknown(topology, index)) else { continue };
        match of_unnamed(unknown) {
            Absence::NotJudged(reason) => sink.not_judged(reason),
            Absence::Unknown(why) => {
                let cause = Cause { kind: kind(Subject::Name), id: endpoint.id.to_string() };
                let message = unknowable(rule, &endpoint.id, "not all of its names could be read");
                sink.unknown(&why, Draft::new(&endpoint.id, cause, message.clone(), message));
            }
        }
    }
}

fn unknowable(rule: &Rule, id: &ResourceId, why: &str) -> String {
    format!("whether {} holds of {} cannot be known: {why}", rule.page.name, id.name())
}

fn draft(rule: &Rule, check: &OwnRule, row: &Row, message: String) -> Draft {
    let cause = Cause { kind: kind(check.subject), id: row.id.to_string() };
    let detail = detail(check.subject, &row.facts);
    // Rows that share a resource have one cause, and a cause has one headline.
    let headline = if detail.is_empty() { message.clone() } else { rule.page.front.summary.clone() };
    let mut draft = Draft::new(&row.id, cause, headline, message).detail(&detail);
    for (name, read) in &check.evidence {
        if let Some(value) = shown(&row.facts, read) {
            draft = draft.evidence(name, value);
        }
    }
    draft
}

/// A fact as evidence: a list where it is one of every item; nothing where it was not read at all.
fn shown(facts: &Value, read: &Read) -> Option<Value> {
    let found = look(facts, read);
    match (found.values.as_slice(), read.steps.contains(&Step::Items)) {
        ([], _) if found.misses => None,
        ([one], false) => Some(shortened(one.as_array(), one)),
        (values, _) => {
            let values: Vec<Value> = values.iter().copied().cloned().collect();
            Some(shortened(Some(&values), &Value::Null)).filter(|_| !values.is_empty())
        }
    }
}

/// The first items of a long list; anything else whole.
fn shortened(items: Option<&Vec<Value>>, other: &Value) -> Value {
    match items {
        Some(items) if items.len() > ITEMS => {
            let more = Value::from(format!("and {} more", items.len() - ITEMS));
            items.iter().take(ITEMS).cloned().chain([more]).collect()
        }
        Some(items) => items.iter().cloned().collect(),
        None => other.clone(),
    }
}

/// As the causes of our own rules are called.
fn kind(subject: Subject) -> &'static str {
    match subject {
        Subject::Endpoint | Subject::Name => "privateEndpoint",
        Subject::Zone => "privateDnsZone",
        Subject::Link => "virtualNetworkLink",
        Subject::Record => "recordSet",
        Subject::Vnet => "virtualNetwork",
        Subject::Peering => "peering",
        Subject::Service => "privateLinkService",
    }
}

/// What tells rows of one resource apart; nothing where a resource has one row.
fn detail(subject: Subject, facts: &Value) -> String {
    match subject {
        Subject::Name => facts.get("fqdn").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Subject::Endpoint
        | Subject::Zone
        | Subject::Link
        | Subject::Record
        | Subject::Vnet
        | Subject::Peering
        | Subject::Service => String::new(),
    }
}
