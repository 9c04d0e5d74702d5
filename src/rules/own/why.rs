//! Why a fact is absent from a row: something was not read, nobody asked for it, or nobody can say. What is merely not
//! asked, or asked of a DNS server outside Azure, is not judged, as our own rules have it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::facts::{NamesUnknown, Row, Subject, names_unknown};
use crate::inventory::{Kind, ResourceId};
use crate::rules::dns::diagnosis::{Why, reason};
use crate::topology::Topology;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::resolve::{Outcome, Query};

pub(super) const NAMES_UNASKED: &str = "endpoint's names are not all known; --deep asks for more";
const TARGET_UNASKED: &str = "target was not asked for: --deep asks for all that can be";
const GROUPS_UNASKED: &str = "endpoint's zone groups were not asked for: --deep asks for all";
const WILDCARD: &str = "nobody asks for a wildcard itself";
const UNMAPPED: &str = "the zone table does not know the name";
const UNCERTAIN: &str = "what the network's DNS servers answer is less than certain";
const UNDECIDED: &str = "everything was read, and still it cannot be said";

/// What an absent fact makes of a verdict.
#[derive(Debug, PartialEq)]
pub(super) enum Absence {
    Unknown(Why),
    NotJudged(&'static str),
}

impl From<Unread> for Absence {
    fn from(unread: Unread) -> Self {
        Absence::Unknown(Why::Unread(unread))
    }
}

/// Why a row about `subject` has no such fact, which is written as evidence writes it: `endpoint.subnet.exists`.
pub(super) fn why(topology: &Topology, subject: Subject, row: &Row, fact: &str) -> Absence {
    let steps: Vec<&str> = fact.split('.').map(|step| step.trim_end_matches("[]")).collect();
    let has = |name: &str| steps.contains(&name);
    if subject == Subject::Name
        && (has("view") || has("right"))
        && let Some(found) = of_view(topology, row, has("right"))
    {
        return found;
    }
    if subject == Subject::Endpoint
        && (has("names") || has("neededZones") || has("addresses"))
        && let Some(found) = of_names(topology, row)
    {
        return found;
    }
    if has("target") || has("publicNetworkAccess") || has("defaultAction") || has("hierarchicalNamespace") {
        let kinds = [Kind::Targets, Kind::StorageAccounts, Kind::PrivateLinkServices];
        let gaps = gaps_of(topology, &targets(&row.facts), &kinds);
        return gaps.map_or(Absence::NotJudged(TARGET_UNASKED), Absence::from);
    }
    if has("zoneGroups") {
        let gaps = gaps_of(topology, &BTreeSet::from([row.id.clone()]), &[Kind::PrivateDnsZoneGroups]);
        return gaps.map_or(Absence::NotJudged(GROUPS_UNASKED), Absence::from);
    }
    of_others(topology, subject, row)
}

/// What an endpoint without known names makes of every rule about names.
pub(super) fn of_unnamed(unknown: NamesUnknown) -> Absence {
    match unknown {
        NamesUnknown::Unread(unread) => unread.into(),
        NamesUnknown::Unasked => Absence::NotJudged(NAMES_UNASKED),
    }
}

fn of_names(topology: &Topology, row: &Row) -> Option<Absence> {
    let index = topology.endpoint(&row.id)?;
    let excuse = topology.endpoints.get(index)?.requirements.excuse;
    names_unknown(topology, index).map(of_unnamed).or(excuse.map(Absence::NotJudged))
}

/// A view is absent where a server may answer that nobody can judge, and where something on the way was not read; whether
/// it is right also where the endpoint does not say which address it has for the name.
fn of_view(topology: &Topology, row: &Row, is_verdict: bool) -> Option<Absence> {
    let endpoint = topology.endpoints.get(topology.endpoint(&row.id)?)?;
    let text = |name: &str| row.facts.get(name).and_then(Value::as_str);
    let fqdn = text("fqdn")?;
    if fqdn.starts_with('*') {
        return Some(Absence::NotJudged(WILDCARD));
    }
    let network = match &endpoint.network {
        Seen::Found(network) => *network,
        Seen::Unknown(unread) => return Some(unread.clone().into()),
        Seen::Absent => return None,
    };
    let query = Query { fqdn, alias: text("alias").unwrap_or(fqdn) };
    if let Some(unread) = topology.unread_views(query) {
        return Some(unread.into());
    }
    let answers = topology.answers(network, query);
    let unread = answers.iter().filter_map(|answer| match &answer.outcome {
        Outcome::Unread(unread) => Some(unread.clone()),
        _ => topology.overlooked(answer, query).or_else(|| topology.unread_around(answer)),
    });
    if let Some(unread) = unread.reduce(Unread::and) {
        return Some(unread.into());
    }
    if answers.iter().any(|answer| matches!(answer.outcome, Outcome::Outside { .. })) {
        return Some(Absence::NotJudged(reason::OUTSIDE));
    }
    if text("alias").is_none() {
        return Some(Absence::NotJudged(endpoint.requirements.excuse.unwrap_or(UNMAPPED)));
    }
    let has_addresses =
        row.facts.get("addresses").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    if is_verdict && !has_addresses {
        return Some(Absence::NotJudged(reason::NO_ADDRESS));
    }
    topology.inventory.coverage.gaps.is_empty().then_some(Absence::NotJudged(UNCERTAIN))
}

/// The gaps around what the row names, else all that may have taken the fact away.
fn of_others(topology: &Topology, subject: Subject, row: &Row) -> Absence {
    let mut ids = BTreeSet::from([row.id.clone()]);
    gather(&row.facts, &mut ids);
    if let Some(unread) = gaps_of(topology, &ids, subject.kinds()) {
        return unread.into();
    }
    let hidden = |id: &&str| !topology.knowledge.is_visible(id);
    if let Some(id) = ids.iter().filter_map(ResourceId::subscription).find(hidden) {
        return not_asked(format!("subscription {} was not read", id.to_ascii_lowercase()));
    }
    if let Some(unread) = topology.knowledge.gaps_in(subject.kinds()) {
        return unread.into();
    }
    if !topology.inventory.coverage.every_visible_subscription {
        return not_asked("other subscriptions were not read".to_owned());
    }
    Absence::Unknown(Why::Undecided(UNDECIDED))
}

fn not_asked(what: String) -> Absence {
    Unread { gaps: Vec::new(), more: false, not_asked: what }.into()
}

/// Every gap in these resources, their children and the lists that would hold them.
fn gaps_of(topology: &Topology, ids: &BTreeSet<ResourceId>, kinds: &[Kind]) -> Option<Unread> {
    if topology.inventory.coverage.gaps.is_empty() {
        return None;
    }
    let knowledge = &topology.knowledge;
    let of_kind = |id: &ResourceId, kind: Kind| {
        knowledge.children(id, kind).into_iter().chain(knowledge.single(kind, id)).reduce(Unread::and)
    };
    let all = ids.iter().flat_map(|id| {
        let kinds = kinds.iter().filter_map(move |kind| of_kind(id, *kind));
        knowledge.field(id).into_iter().chain(kinds)
    });
    all.reduce(Unread::and)
}

/// Every resource that a row names.
fn gather(facts: &Value, ids: &mut BTreeSet<ResourceId>) {
    match facts {
        Value::String(text) if text.starts_with("/subscriptions/") => {
            ids.insert(ResourceId::new(text));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, ids)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, ids)),
        _ => {}
    }
}

/// What the row's connections lead to.
fn targets(facts: &Value) -> BTreeSet<ResourceId> {
    let mut ids = BTreeSet::new();
    let connections = facts.get("connections").and_then(Value::as_array);
    let of_connections = connections.into_iter().flatten().filter_map(|one| one.get("target"));
    facts.get("target").into_iter().chain(of_connections).for_each(|target| gather(target, &mut ids));
    ids
}
