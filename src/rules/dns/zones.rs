//! DNS-030 and DNS-031: zones that nobody uses, and zones that are nearly full.

use foldhash::{HashSet, HashSetExt};

use super::super::{Draft, Estate, Sink, remedy};
use super::diagnosis::Why;
use super::zone_records::{reported_zones, zone_unknown};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, PrivateDnsZone};
use crate::topology::Topology;
use crate::topology::knowledge::Unread;
use crate::topology::zones::{ZonePattern, has_private_label};

/// What a zone holds at most where it does not say (Azure docs: Azure DNS limits).
const RECORD_SETS: u64 = 25_000;
const LINKS: u64 = 1000;

const PARTIAL: &str = "endpoints of other subscriptions were not read";
const PASSED_OVER: &str = "zone has nothing to do with private link: what it holds was not read";

/// DNS-030: nobody can ask the zone, or there is nothing to ask for.
pub(in crate::rules) fn unused(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let needed = Needed::new(topology);
    for zone in reported_zones(estate) {
        let own = &topology.inventory.zones[zone];
        if !has_private_label(&own.name) {
            continue;
        }
        let what = "whether anybody uses it";
        let unread = |kind: Kind| topology.knowledge.children(&own.id, kind);
        if let Some(unread) = unread(Kind::VirtualNetworkLinks) {
            sink.unknown(&Why::Unread(unread), zone_unknown(estate, zone, what));
        } else if topology.links_of(zone).is_empty() {
            sink.fail(Confidence::Certain, unused_draft(topology, zone, "is linked to no network"));
        } else if let Some(unread) = unread(Kind::RecordSets) {
            sink.unknown(&Why::Unread(unread), zone_unknown(estate, zone, what));
        } else if topology.records.count(zone) > 1 || needed.has(&own.name) {
            // The SOA record counts as one.
            sink.pass();
        } else if let Some(unread) = needed.unread.clone() {
            sink.unknown(&Why::Unread(unread), zone_unknown(estate, zone, what));
        } else if !topology.knowledge.asked_for_all(&[Kind::PrivateEndpoints]) {
            sink.not_judged(PARTIAL);
        } else {
            let why = "holds no record, and no endpoint in sight needs it";
            sink.fail(Confidence::Certain, unused_draft(topology, zone, why));
        }
    }
}

/// The zones that some endpoint needs.
struct Needed<'a> {
    names: HashSet<&'a str>,
    patterns: Vec<&'a ZonePattern>,
    unread: Option<Unread>,
}

impl<'a> Needed<'a> {
    fn new(topology: &'a Topology) -> Self {
        let all = || topology.endpoints.iter().map(|endpoint| &endpoint.requirements);
        let names = all().flat_map(|requirements| &requirements.names).flat_map(|name| {
            let others = name.needed.alternatives.iter().map(|place| place.zone.as_str());
            others.chain([name.needed.zone.as_str()])
        });
        let choices = all().flat_map(|requirements| &requirements.choices);
        let mut patterns: Vec<&ZonePattern> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for pattern in choices.flat_map(|choice| &choice.zones) {
            if seen.insert(pattern.as_str()) {
                patterns.push(pattern);
            }
        }
        // An interface that was not read hides its endpoint's names.
        let unread = topology.knowledge.gaps_in(&[Kind::PrivateEndpoints, Kind::NetworkInterfaces]);
        Needed { names: names.collect(), patterns, unread }
    }

    fn has(&self, zone: &str) -> bool {
        self.names.contains(zone) || self.patterns.iter().any(|pattern| pattern.matches(zone))
    }
}

fn draft(zone: &PrivateDnsZone, headline: String, message: String) -> Draft {
    let cause = Cause { kind: "privateDnsZone", id: zone.id.to_string() };
    Draft::new(&zone.id, cause, headline, message)
}

fn unused_draft(topology: &Topology, zone: usize, why: &str) -> Draft {
    let own = &topology.inventory.zones[zone];
    let records = topology.records.count(zone);
    let text = format!("{} {why}", own.name);
    let links = topology.links_of(zone).len();
    let draft = draft(own, text.clone(), text).evidence("links", links).evidence("recordSets", records);
    if links > 0 {
        return draft
            .advice("leave it where it was made in advance; else take its links away, then delete it");
    }
    if records > 1 {
        return draft.advice(
            "see whether its records stand in another zone of that name; link it where they are needed, else delete it",
        );
    }
    draft
        .advice("leave it where it was made in advance for endpoints to come; else delete it")
        .command("delete the empty zone", remedy::delete_zone(&own.id))
}

/// DNS-031: the zone is nearly full.
pub(in crate::rules) fn nearly_full(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for zone in reported_zones(estate) {
        let own = &topology.inventory.zones[zone];
        if topology.inventory.coverage.unrelated_zones.binary_search(&own.id).is_ok() {
            sink.not_judged(PASSED_OVER);
            continue;
        }
        let of_records =
            (Kind::RecordSets, topology.records.count(zone), own.record_set_limit.unwrap_or(RECORD_SETS));
        let of_links =
            (Kind::VirtualNetworkLinks, topology.links_of(zone).len(), own.link_limit.unwrap_or(LINKS));
        for (kind, count, limit) in [of_records, of_links] {
            if let Some(unread) = topology.knowledge.children(&own.id, kind) {
                let unknown = zone_unknown(estate, zone, &format!("how many {} it has", kind.title()));
                sink.unknown(&Why::Unread(unread), unknown.detail(kind.name()));
            } else if is_above(count as u64, limit, estate.settings.thresholds.capacity) {
                sink.fail(Confidence::Certain, full_draft(own, kind, count, limit));
            } else {
                sink.pass();
            }
        }
    }
}

/// Whether a count is above so many per cent of a limit.
fn is_above(count: u64, limit: u64, per_cent: u64) -> bool {
    u128::from(count) * 100 > u128::from(limit) * u128::from(per_cent)
}

fn full_draft(zone: &PrivateDnsZone, kind: Kind, count: usize, limit: u64) -> Draft {
    let headline = format!("{} is nearly full", zone.name);
    let message = format!("{} holds {count} of at most {limit} {}", zone.name, kind.title());
    let draft = draft(zone, headline, message)
        .detail(kind.name())
        .evidence("kind", kind.name())
        .evidence("count", count)
        .evidence("limit", limit);
    match kind {
        Kind::RecordSets => draft.advice(
            "delete records of endpoints that are gone (DNS-024), or serve a part of the networks from a zone of their own",
        ),
        _ => draft.advice(
            "let networks ask a DNS private resolver in a network that is linked, instead of linking each of them",
        ),
    }
}
