//! What was measured, as reports show it.

use crate::finding::{Flow, Traffic};
use crate::inventory::metrics::rfc3339;
use crate::inventory::{Inventory, Measure, Measured, Window};
use crate::topology::is_reported;

/// How much went through each endpoint and private link service that is reported on; `None` where that was not asked
/// for.
pub(super) fn measured(inventory: &Inventory) -> Option<Traffic> {
    let origin = &inventory.origin;
    let span = origin.scope.metrics?;
    let window = Window::before(&origin.collected_at, span)?;
    let is_bytes = |one: &&Measured| one.measure != Measure::NatPorts && is_reported(inventory, &one.of);
    Some(Traffic {
        span: span.words(),
        from: rfc3339(window.from),
        until: rfc3339(window.until),
        interval: window.interval.seconds,
        flows: inventory.measured.iter().filter(is_bytes).map(flow).collect(),
    })
}

fn flow(one: &Measured) -> Flow {
    // A byte more or less is lost beyond what any link carries in three months; nothing is lost below.
    let whole = |value: f64| if value > 0.0 { value.ceil() as u64 } else { 0 };
    Flow {
        id: one.of.clone(),
        bytes_in: whole(one.total(0)),
        bytes_out: whole(one.total(1)),
        course: one.course().into_iter().map(whole).collect(),
    }
}
