//! What goes through endpoints and private link services: MON-001, MON-002 and PLS-010. They judge what Azure Monitor
//! measured, and find nothing where that was not asked for.

mod ports;
mod silence;

use jiff::Timestamp;
use serde_json::Value;

use crate::finding::Cause;
use crate::inventory::metrics::rfc3339;
use crate::inventory::{Measured, ResourceId};
use crate::rules::{Draft, Estate};

pub(super) use ports::nat_ports;
pub(super) use silence::{silent_endpoint, silent_service};

/// The rules that run where traffic was asked for.
pub const RULES: [&str; 3] = ["MON-001", "MON-002", "PLS-010"];

/// Azure Monitor has no metrics in this cloud, or none for this subscription.
const NOT_OFFERED: &str = "Azure Monitor does not measure it here";

/// Whether traffic was asked for at all.
fn is_asked(estate: &Estate<'_>) -> bool {
    estate.topology.inventory.origin.scope.metrics.is_some()
}

/// Whether Azure tells a time.
fn is_told(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

/// Whether a time that Azure tells of a resource lies within what was measured, or after it.
fn is_since(text: Option<&str>, measured: &Measured) -> bool {
    let time = text.and_then(|text| text.parse::<Timestamp>().ok());
    time.is_some_and(|time| time.as_second() > measured.from)
}

/// A draft about one resource that was measured, with what was measured of it.
fn draft(id: &ResourceId, kind: &'static str, headline: &str, message: String, of: &Measured) -> Draft {
    let cause = Cause { kind, id: id.to_string() };
    Draft::new(id, cause, format!("{}: {headline}", id.name()), message)
        .evidence("from", rfc3339(of.from))
        .evidence("until", rfc3339(of.until))
}

/// The span in words.
fn span(estate: &Estate<'_>, of: &Measured) -> String {
    let asked = estate.topology.inventory.origin.scope.metrics;
    match asked.filter(|span| span.seconds() == of.until - of.from) {
        Some(span) => span.words(),
        None => format!("{} hours", (of.until - of.from) / 3600),
    }
}

/// A number of a metric as JSON: whole where it is.
fn number(value: f64) -> Value {
    // Up to here every whole number is a float of its own.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match value.fract() == 0.0 && (0.0..=WHOLE).contains(&value) {
        true => Value::from(value as u64),
        false => Value::from((value * 100.0).round() / 100.0),
    }
}

fn numbers(values: &[f64]) -> Value {
    values.iter().copied().map(number).collect()
}
