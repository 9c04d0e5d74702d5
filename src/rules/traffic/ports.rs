//! PLS-010: the ports of a private link service's NAT addresses run out.

use serde_json::{Value, json};

use super::{NOT_OFFERED, draft, is_asked, number, numbers, span};
use crate::finding::{Cause, Confidence};
use crate::inventory::metrics::{Series, rfc3339};
use crate::inventory::{Measure, Measured, PrivateLinkService};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::knowledge::Seen;

/// A service has at most so many NAT addresses (Azure docs: "Azure subscription and service limits", private link).
const MOST_ADDRESSES: usize = 8;

/// PLS-010: more of an address's ports were taken than is safe.
pub(in crate::rules) fn nat_ports(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !is_asked(estate) {
        return;
    }
    let topology = estate.topology;
    let threshold = estate.settings.thresholds.capacity as f64;
    let services = topology.inventory.private_link_services.iter().zip(&topology.services.joined);
    for (service, _) in services.filter(|(_, joined)| joined.reported) {
        let measured = match topology.measured(&service.id, Measure::NatPorts) {
            Seen::Found(measured) => measured,
            Seen::Absent => {
                sink.not_judged(NOT_OFFERED);
                continue;
            }
            Seen::Unknown(unread) => {
                sink.unknown(&Why::Unread(unread), unread_draft(service));
                continue;
            }
        };
        let peaks = peaks(measured);
        match peaks.iter().max_by(|a, b| a.value.total_cmp(&b.value)) {
            Some(worst) if worst.value > threshold => {
                let draft = tight_draft(estate, service, measured, worst);
                sink.fail(Confidence::Certain, draft.evidence("addresses", addresses(&peaks)));
            }
            // No port was taken where nothing was measured.
            Some(_) | None => sink.pass(),
        }
    }
}

/// The highest use of one address's ports.
struct Peak<'a> {
    series: &'a Series,
    value: f64,
    at: i64,
}

/// Each address's highest use; the first time where it was as high more than once.
fn peaks(measured: &Measured) -> Vec<Peak<'_>> {
    let all = measured.metrics.iter().flat_map(|metric| &metric.series);
    let peaks = all.filter_map(|series| {
        let highest = series.points.iter().rev().max_by(|a, b| a.value.total_cmp(&b.value))?;
        Some(Peak { series, value: highest.value, at: highest.at })
    });
    peaks.collect()
}

fn addresses(peaks: &[Peak<'_>]) -> Value {
    let one = |peak: &Peak<'_>| json!({ "address": name(peak), "highest": number(peak.value) });
    peaks.iter().map(one).collect()
}

fn name<'a>(peak: &Peak<'a>) -> &'a str {
    peak.series.dimension.as_deref().unwrap_or("an address that is not told")
}

fn tight_draft(
    estate: &Estate<'_>,
    service: &PrivateLinkService,
    measured: &Measured,
    worst: &Peak<'_>,
) -> Draft {
    let (id, span) = (&service.id, span(estate, measured));
    let highest = number(worst.value);
    let message = format!(
        "{highest} % of the ports of {} were taken at the worst in {span}: where none is left, {} lets no further \
         connection through",
        name(worst),
        id.name(),
    );
    let headline = "the ports of its NAT addresses run out";
    let draft = draft(id, "privateLinkService", headline, message, measured)
        .evidence("highest", highest)
        .evidence("at", rfc3339(worst.at))
        .evidence("threshold", estate.settings.thresholds.capacity)
        .evidence("natAddresses", service.nat.len())
        .evidence("course", numbers(&measured.peaks(worst.series)));
    let draft = match service.nat.len() < MOST_ADDRESSES {
        true => draft.advice(format!(
            "give the service more NAT addresses, up to {MOST_ADDRESSES}, in the portal under NAT IP: each brings ports of its own"
        )),
        false => draft.advice(format!(
            "it has {MOST_ADDRESSES} NAT addresses, the most there may be: share the consumers out over a second service"
        )),
    };
    draft.command("see those it has", remedy::show_service_addresses(id))
}

fn unread_draft(service: &PrivateLinkService) -> Draft {
    let id = &service.id;
    let cause = Cause { kind: "privateLinkService", id: id.to_string() };
    let message = format!("how many ports of the NAT addresses of {} are taken was not read", id.name());
    Draft::new(id, cause, format!("{}: its ports were not read", id.name()), message)
}
