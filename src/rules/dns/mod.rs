//! Rules about names: DNS-001, DNS-010, DNS-021, DNS-022, DNS-023. Each picks its part of a diagnosis.

pub(super) mod cname;
pub mod diagnosis;
mod drafts;
pub mod elsewhere;
mod group_drafts;
pub(super) mod groups;
pub(super) mod integration;
pub mod judged;
pub(super) mod linked;
pub(super) mod links;
mod mending;
pub(super) mod monitor;
pub(super) mod orphans;
pub(super) mod public;
pub mod record;
pub(super) mod rulesets;
pub(super) mod servers;
pub(super) mod split;
pub(super) mod unknown_target;
pub(super) mod upkeep;
pub(super) mod views;
pub(super) mod wildcard;
mod writer;
pub(super) mod zone_names;
mod zone_records;
pub(super) mod zones;

use foldhash::{HashMap, HashMapExt};

use super::{Draft, Estate, Names, Sink};
use crate::finding::Confidence;
use crate::topology::endpoints::{ExpectedName, excuse};
use crate::topology::knowledge::Unread;
use crate::topology::zones::ZonePattern;
use diagnosis::{Diagnosis, Judged, RecordFault, Why, hidden_zone_of_group, reason};
use elsewhere::OfRecord;

/// One name of one endpoint, as the rules look at it.
#[derive(Clone, Copy)]
struct Item<'a> {
    estate: &'a Estate<'a>,
    endpoint: usize,
    name: &'a ExpectedName,
    diagnosis: &'a Diagnosis,
    /// The network it was looked at from, when that is not the endpoint's own.
    from: Option<usize>,
}

/// Hands on the diagnosed names of each endpoint; endpoints without any are counted as not judged, or unknown.
fn for_each_endpoint<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    mut each: impl FnMut(usize, Vec<Item<'a>>, &mut Sink<'_>),
) {
    for (endpoint, names) in estate.names.iter().enumerate() {
        match names {
            Names::Unreported => {}
            Names::Excused(reason) => sink.not_judged(reason),
            Names::Unread(unread) => {
                sink.unknown(&Why::Unread(unread.clone()), drafts::names_unknown(estate, endpoint));
            }
            Names::Diagnosed(diagnoses) if diagnoses.is_empty() => sink.not_judged(reason::NO_NAME),
            Names::Diagnosed(diagnoses) => {
                let requirements = &estate.topology.endpoints[endpoint].requirements;
                let item = |(name, diagnosis)| Item { estate, endpoint, name, diagnosis, from: None };
                each(endpoint, requirements.names.iter().zip(diagnoses).map(item).collect(), sink);
                (0..requirements.unmapped).for_each(|_| sink.not_judged(excuse::UNMAPPED));
            }
        }
    }
}

/// Hands on every diagnosed name.
fn for_each_name<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    mut each: impl FnMut(Item<'a>, &mut Sink<'_>),
) {
    for_each_endpoint(estate, sink, |_, items, sink| items.into_iter().for_each(|item| each(item, sink)));
}

/// Hands on one name of each endpoint and zone, the gravest: a missing zone or link is one fault however many
/// names stand in the zone.
fn for_each_zone<'a>(
    estate: &'a Estate<'a>,
    sink: &mut Sink<'_>,
    gravity: impl Fn(&Diagnosis) -> u8,
    mut each: impl FnMut(Item<'a>, &mut Sink<'_>),
) {
    for_each_endpoint(estate, sink, |_, items, sink| {
        gravest(items, &gravity).into_iter().for_each(|item| each(item, sink));
    });
}

/// One name of each zone, the gravest.
fn gravest<'a>(items: Vec<Item<'a>>, gravity: impl Fn(&Diagnosis) -> u8) -> Vec<Item<'a>> {
    let mut gravest: Vec<Item<'a>> = Vec::new();
    for item in items {
        match gravest.iter_mut().find(|known| known.name.needed.zone == item.name.needed.zone) {
            Some(known) if gravity(item.diagnosis) > gravity(known.diagnosis) => *known = item,
            Some(_) => {}
            None => gravest.push(item),
        }
    }
    gravest
}

/// DNS-001: no private DNS zone holds the name.
pub(super) fn zone_missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_zone(
        estate,
        sink,
        |diagnosis| diagnosis.zone.gravity(),
        |item, sink| {
            put(
                &item.diagnosis.zone,
                sink,
                |fault| (fault.confidence, drafts::zone_missing(item, fault)),
                || drafts::unknown(item, &item.name.needed.zone, "whether its private DNS zone exists"),
            );
        },
    );
    elsewhere::report_zones(estate, sink);
    choice_missing(estate, sink);
}

/// Endpoints without a seen name for a zone, of types that need one or leave a choice.
fn choice_missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let mut known: HashMap<String, bool> = HashMap::new();
    for (index, names) in estate.names.iter().enumerate() {
        if !matches!(names, Names::Diagnosed(_)) {
            continue;
        }
        for choice in &estate.topology.endpoints[index].requirements.choices {
            let fits = |zone: &str| choice.zones.iter().any(|pattern| pattern.matches(zone));
            let hidden = || {
                let group = hidden_zone_of_group(estate.topology, index, fits);
                [group, estate.topology.knowledge.every_zone()].into_iter().flatten().reduce(Unread::and)
            };
            let exists = known
                .entry(choice.zones.iter().map(ZonePattern::as_str).collect::<Vec<_>>().join(" "))
                .or_insert_with(|| estate.topology.records.zone_names().any(fits));
            if *exists {
                sink.pass();
            } else if let Some(unread) = hidden() {
                sink.unknown(&Why::Unread(unread), drafts::choice_unknown(estate, index, choice));
            } else {
                sink.fail(choice.ceiling, drafts::choice_missing(estate, index, choice));
            }
        }
    }
}

/// DNS-010: the endpoint's network, or that of a configured client, gets no private answer.
pub(super) fn cannot_resolve(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_endpoint(estate, sink, |endpoint, items, sink| {
        let own = gravest(items, |diagnosis| diagnosis.view.gravity());
        elsewhere::report_views(estate, endpoint, own, sink);
    });
    elsewhere::report_clients(estate, sink);
}

/// DNS-021: the zone is seen and has no address for the name.
pub(super) fn record_missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let rule = OfRecord {
        what: "whether its record exists",
        pick: |item| match &item.diagnosis.record {
            // What the zone group ought to have written it into is gone, or is another service's.
            Judged::Fail(RecordFault::Missing(missing))
                if groups::explains(item.estate, item.endpoint, item.name, missing.confidence) =>
            {
                Judged::Muted
            }
            Judged::Fail(RecordFault::Missing(missing)) => Judged::Fail(missing),
            // A wrong record is a record.
            Judged::Fail(RecordFault::Wrong(_)) => Judged::Pass,
            other => other.without_fault(),
        },
        place: |missing: &record::Missing| (missing.zone, missing.confidence),
        draft: drafts::record_missing,
    };
    for_each_endpoint(estate, sink, |endpoint, items, sink| {
        elsewhere::report_records(estate, endpoint, items, &rule, sink);
    });
}

/// DNS-022: the record leads elsewhere.
pub(super) fn wrong_address(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let rule = OfRecord {
        what: "whether its record is right",
        pick: |item| match &item.diagnosis.record {
            Judged::Fail(RecordFault::Wrong(wrong)) => Judged::Fail(wrong),
            other => other.without_fault(),
        },
        place: |wrong: &record::Wrong| (wrong.zone, wrong.confidence),
        draft: drafts::wrong_address,
    };
    for_each_endpoint(estate, sink, |endpoint, items, sink| {
        elsewhere::report_records(estate, endpoint, items, &rule, sink);
    });
}

/// DNS-023: beside the right address stand others that belong to nobody.
pub(super) fn stale_address(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_name(estate, sink, |item, sink| {
        put(
            &item.diagnosis.extra,
            sink,
            |extra| (extra.confidence, drafts::stale_address(item, extra)),
            || drafts::unknown(item, &item.name.needed.fqdn, "whether its record holds stale addresses"),
        );
    });
}

/// Puts a judgement into the sink.
fn put<T>(
    judged: &Judged<T>,
    sink: &mut Sink<'_>,
    fail: impl FnOnce(&T) -> (Confidence, Draft),
    unknown: impl FnOnce() -> Draft,
) {
    match judged {
        Judged::Pass => sink.pass(),
        Judged::Fail(fault) => {
            let (confidence, draft) = fail(fault);
            sink.fail(confidence, draft);
        }
        Judged::Unknown(why) => sink.unknown(why, unknown()),
        Judged::NotJudged(reason) => sink.not_judged(reason),
        Judged::Muted => {}
    }
}
