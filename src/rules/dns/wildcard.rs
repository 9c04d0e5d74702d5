//! DNS-026: a wildcard answers for every other customer of a service.

use super::super::{Draft, Estate, Sink, remedy};
use super::diagnosis::Why;
use super::record::name_in;
use super::zone_records::{Entry, for_each_record, texts};
use crate::finding::Confidence;
use crate::inventory::Kind;
use crate::topology::zones::has_private_label;

/// How many records the remedy writes in the wildcard's place.
const WRITTEN: usize = 10;

/// The names of a Container Apps environment lie in a level of their own, which a wildcard serves rightly (Azure
/// docs: Container Apps, private endpoints).
const WITH_WILDCARD: &str = "azurecontainerapps";

const UNLINKED: &str = "zone is linked to no network";

/// DNS-026.
pub(in crate::rules) fn shadows(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let fit = |zone: usize| {
        let name = &topology.inventory.zones[zone].name;
        topology.is_zone_of_azure(zone) && has_private_label(name) && !name.contains(WITH_WILDCARD)
    };
    for_each_record(estate, sink, "whether a wildcard answers in it", fit, |entry, sink| {
        let record = entry.record();
        if !record.name.starts_with('*') {
            return sink.pass();
        }
        if let Some(unread) = entry.odd() {
            return sink.unknown(&Why::Unread(unread), entry.unknown("what the wildcard answers"));
        }
        // A longer one stands below the names of one resource; one that is a name of an endpoint is DNS-022's.
        if &*record.name != "*" || record.addresses.is_empty() || entry.claims().next().is_some() {
            return sink.pass();
        }
        let links = topology.knowledge.children(&entry.zone().id, Kind::VirtualNetworkLinks);
        if let Some(unread) = links {
            return sink.unknown(&Why::Unread(unread), entry.unknown("whether anybody asks the wildcard"));
        }
        if topology.links_of(entry.zone).is_empty() {
            return sink.not_judged(UNLINKED);
        }
        sink.fail(Confidence::Certain, draft(entry));
    });
}

fn draft(entry: Entry<'_>) -> Draft {
    let (topology, zone, record) = (entry.topology(), entry.zone(), entry.record());
    let headline = format!("a wildcard in {} answers for every name of the service", zone.name);
    let message = format!(
        "`*` in {} answers {} for every name that has no record of its own: whoever else's private endpoint is meant, clients come here",
        zone.name,
        texts(&record.addresses).join(", "),
    );
    let mut draft = entry.draft(headline, message);
    for (name, address) in own_names(entry).into_iter().take(WRITTEN) {
        draft = draft.command(
            "write the record of the endpoint that the wildcard serves",
            remedy::add_record(&zone.id, &name, address),
        );
    }
    if topology.records.exactly(entry.zone, "*").len() > 1 {
        draft = draft.advice("it has other types of records too: see whether they are meant");
    }
    draft.command(
        "when every endpoint has a record of its own, delete the wildcard",
        remedy::delete_record_set(&zone.id, record),
    )
}

/// The names without a record for which the wildcard's answer is right.
fn own_names(entry: Entry<'_>) -> Vec<(String, std::net::IpAddr)> {
    let topology = entry.topology();
    let mut names = Vec::new();
    for address in &entry.record().addresses {
        for endpoint in entry.estate.claims.of_address(*address) {
            let expected = topology.endpoints[endpoint].requirements.names.iter();
            for name in expected.filter(|name| *name.needed.zone == *entry.zone().name) {
                let record = name_in(topology, entry.zone, name);
                let bare = topology.records.exactly(entry.zone, record).is_empty();
                if bare && name.addresses.contains(address) {
                    names.push((record.to_owned(), *address));
                }
            }
        }
    }
    names.sort();
    names.dedup();
    names
}
