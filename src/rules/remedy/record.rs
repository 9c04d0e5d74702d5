//! Commands about whole record sets.

use super::{name, place, quote};
use crate::inventory::{RecordSet, RecordType, ResourceId};

/// The word for a record set's type in a command.
fn kind(set: &RecordSet) -> &'static str {
    match set.record_type {
        RecordType::Aaaa => "aaaa",
        RecordType::Cname => "cname",
        RecordType::A | RecordType::Other => "a",
    }
}

/// `record-set {kind} {verb} … -z … -n …`
fn of_set(verb: &str, zone: &ResourceId, set: &RecordSet) -> String {
    format!(
        "az network private-dns record-set {} {verb} {} -z {} -n {}",
        kind(set),
        place(zone),
        name(zone),
        quote(&set.name),
    )
}

/// Shows a record set with what is noted of who wrote it.
pub(in crate::rules) fn show_record_set(zone: &ResourceId, set: &RecordSet) -> String {
    format!("{} -o jsonc", of_set("show", zone, set))
}

/// Deletes a record set with all its addresses.
pub(in crate::rules) fn delete_record_set(zone: &ResourceId, set: &RecordSet) -> String {
    format!("{} -y", of_set("delete", zone, set))
}

/// Sets how long answers live, in seconds.
pub(in crate::rules) fn set_ttl(zone: &ResourceId, set: &RecordSet, seconds: u64) -> String {
    format!("{} --set ttl={seconds}", of_set("update", zone, set))
}

/// Shows the group ids of a target and the zones it asks for.
pub(in crate::rules) fn list_link_resources(target: &ResourceId) -> String {
    format!("az network private-link-resource list --id {} -o jsonc", quote(target.as_str()))
}
