//! DNS-027 and DNS-028: records that work, and may not for long.

use super::super::{Draft, Estate, Sink, remedy};
use super::diagnosis::{Judged, Why, covering_zones};
use super::mending;
use super::record::{Creator, name_in};
use super::zone_records::{Entry, for_each_record};
use super::{Item, drafts, for_each_name};
use crate::finding::Confidence;

/// What a zone group gives its records (seen in exported templates).
const GROUP_TTL: u64 = 10;

const GROUP_NOT_ASKED: &str = "whether the endpoint has a zone group was not asked";

/// DNS-027: the right record, which nothing will keep right.
pub(in crate::rules) fn hand_made(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each_name(estate, sink, |item, sink| {
        match &item.diagnosis.record {
            Judged::Pass => {}
            Judged::NotJudged(reason) => return sink.not_judged(reason),
            // DNS-021 and DNS-022 say it.
            Judged::Fail(_) | Judged::Unknown(_) | Judged::Muted => return,
        }
        let Some((zone, set)) = own_record(item) else { return sink.pass() };
        match mending::has_zone_group(item) {
            Some(true) => sink.pass(),
            None => match mending::group_unread(item) {
                Some(unread) => sink.unknown(&Why::Unread(unread), group_unknown(item)),
                None => sink.not_judged(GROUP_NOT_ASKED),
            },
            Some(false) => sink.fail(Confidence::Certain, hand_made_draft(item, zone, set)),
        }
    });
}

/// The record that holds the endpoint's address, with its zone, when no zone group has written one.
fn own_record(item: Item<'_>) -> Option<(usize, usize)> {
    let topology = item.estate.topology;
    let mut found = None;
    for zone in covering_zones(topology, item.name) {
        for index in topology.records.exactly(zone, name_in(topology, zone, item.name)) {
            let set = &topology.inventory.record_sets[*index];
            if set.addresses.iter().any(|address| item.name.addresses.contains(address)) {
                if set.creator.as_deref().is_some_and(|text| Creator::parse(text).is_some()) {
                    return None;
                }
                found = found.or(Some((zone, *index)));
            }
        }
    }
    found
}

fn group_unknown(item: Item<'_>) -> Draft {
    drafts::unknown(item, &item.name.needed.fqdn, "whether a zone group keeps its record right")
}

fn hand_made_draft(item: Item<'_>, zone: usize, set: usize) -> Draft {
    let id = drafts::zone_id(item, zone);
    let record = &item.estate.topology.inventory.record_sets[set];
    let headline = format!("records in {} were written by hand", id.name());
    let message = format!(
        "`{}` in {} is right for {} and was written by hand: nothing changes it when the endpoint changes",
        record.name,
        id.name(),
        drafts::endpoint(item).id.name(),
    );
    let draft = drafts::base(item, drafts::zone_cause(id), headline, message)
        .detail(&item.name.needed.fqdn)
        .related("zone", id)
        .evidence("zone", id.as_str())
        .evidence("record", &*record.name);
    mending::attach(item, draft, id)
}

/// DNS-028: the record of an endpoint lives long in caches.
pub(in crate::rules) fn long_lived(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let most = estate.settings.thresholds.record_ttl;
    for_each_record(
        estate,
        sink,
        "how long its records live in caches",
        |_| true,
        |entry, sink| {
            let record = entry.record();
            if record.addresses.is_empty() || (entry.creator().is_none() && entry.claims().next().is_none()) {
                return;
            }
            match record.ttl {
                None => sink.not_judged("record does not tell its time to live"),
                Some(ttl) if ttl > most => sink.fail(Confidence::Certain, long_draft(entry, ttl, most)),
                Some(_) => sink.pass(),
            }
        },
    );
}

fn long_draft(entry: Entry<'_>, ttl: u64, most: u64) -> Draft {
    let (zone, record) = (entry.zone(), entry.record());
    let headline = format!("records of endpoints in {} live longer than {most} seconds in caches", zone.name);
    let message = format!(
        "`{}` in {} lives {ttl} seconds in caches: so long do clients keep the old address when it changes",
        record.name, zone.name,
    );
    entry
        .draft(headline, message)
        .evidence("ttl", ttl)
        .evidence("threshold", most)
        .command("let it live as long as a zone group would", remedy::set_ttl(&zone.id, record, GROUP_TTL))
}
