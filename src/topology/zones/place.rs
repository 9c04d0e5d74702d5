//! Which zone and record a name belongs to, by the rows of its target. Knows nothing of endpoints.

use std::cmp::Reverse;

use super::file::{Row, RowZone};
use super::pattern::{Suffixed, ZonePattern};
use super::{NeededName, Placement};

/// Where a name belongs.
pub(super) enum Place {
    Needed(NeededName),
    /// The table says that it has no zone.
    Zoneless,
    /// The table does not say.
    Unmapped,
}

/// One way to read a name by one suffix or zone of a row.
struct Candidate<'r> {
    row: &'r Row,
    fits: &'r ZonePattern,
    /// Whether the name lies in the zone already.
    in_zone: bool,
    /// `None`: the row says that such names have no zone.
    placement: Option<Placement>,
}

/// Finds where a name in normal form belongs: in the zone it lies in; else the suffix with the most labels decides,
/// then the more literal one. Legacy rows decide only when no other fits.
pub(super) fn place(rows: &[&Row], fqdn: &str) -> Place {
    let mut candidates: Vec<Candidate> = rows.iter().flat_map(|row| candidates(row, fqdn)).collect();
    candidates.sort_by_key(|candidate| {
        let fits = candidate.fits;
        let length = Reverse((fits.label_count(), fits.literals()));
        (!candidate.in_zone, candidate.row.legacy, length)
    });
    let mut candidates = candidates.into_iter();
    let Some(best) = candidates.next() else { return Place::Unmapped };
    let Some(Placement { zone, record, alias }) = best.placement else { return Place::Zoneless };
    let mut alternatives: Vec<Placement> = Vec::new();
    for candidate in candidates {
        let Some(other) = candidate.placement else { continue };
        let serves = candidate.row.legacy || other.alias == alias;
        if serves && other.zone != zone && alternatives.iter().all(|known| known.zone != other.zone) {
            alternatives.push(other);
        }
    }
    let certainty = best.row.certainty;
    Place::Needed(NeededName { fqdn: fqdn.to_owned(), zone, record, alias, alternatives, certainty })
}

fn candidates<'r>(row: &'r Row, fqdn: &str) -> Vec<Candidate<'r>> {
    let mut found = Vec::new();
    for RowZone { zone, suffixes } in &row.zones {
        // Names of AKS, Migrate and Site Recovery lie in their zone already.
        let own = zone.strip(fqdn).map(|suffixed| (zone, true, suffixed));
        let by_suffix = suffixes.iter().filter_map(|suffix| {
            let suffixed = suffix.strip(fqdn)?;
            // The first label may be a host that somebody called privatelink; a later one means that the name lies
            // in a zone which this row does not know.
            let above = suffixed.rest.split_once('.').map_or("", |(_, above)| above);
            (!has_private_label(above)).then_some((suffix, false, suffixed))
        });
        for (fits, in_zone, suffixed) in own.into_iter().chain(by_suffix) {
            if let Some(name) = zone.fill(&suffixed.bound) {
                let placement = Some(placement(fqdn, name, suffixed));
                found.push(Candidate { row, fits, in_zone, placement });
            }
        }
    }
    let zoneless = row.no_zone.iter().filter(|suffix| suffix.strip(fqdn).is_some());
    found.extend(zoneless.map(|fits| Candidate { row, fits, in_zone: false, placement: None }));
    found
}

/// Whether a label is `privatelink` or begins `privatelink-`, as that of Azure Virtual Desktop's global zone does.
pub(in crate::topology) fn has_private_label(name: &str) -> bool {
    name.split('.').any(|label| label == "privatelink" || label.starts_with("privatelink-"))
}

/// The record of a name in a zone: the name without the zone; else without the zone's public part; else (Key Vault,
/// managed disks: the zone is called otherwise) without the suffix that led here.
fn placement(fqdn: &str, zone: String, suffixed: Suffixed) -> Placement {
    let relative = within(fqdn, &zone)
        .or_else(|| within(fqdn, zone.strip_prefix("privatelink.")?))
        .unwrap_or(suffixed.rest);
    if relative.is_empty() {
        return Placement { alias: zone.clone(), zone, record: "@".to_owned() };
    }
    Placement { alias: [relative, ".", &zone].concat(), record: relative.to_owned(), zone }
}

/// The part of a name above a zone: empty when it is the zone, `None` when it does not lie in it.
fn within<'n>(name: &'n str, zone: &str) -> Option<&'n str> {
    let rest = name.strip_suffix(zone)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_suffix('.') }
}
