//! Traffic as json-v1 tells it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Flow, Traffic};

/// What was measured of traffic.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrafficV1<'a> {
    /// The first moment that was measured, as RFC 3339 in UTC.
    from: &'a str,
    /// The moment after the last.
    until: &'a str,
    /// The length of a step of a course, in seconds.
    interval_seconds: i64,
    /// Endpoints and private link services that are reported on and were measured, sorted by id.
    resources: Vec<FlowV1<'a>>,
}

/// What went through one resource.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FlowV1<'a> {
    /// Its ARM id.
    id: &'a str,
    /// Bytes in, all together.
    bytes_in: u64,
    /// Bytes out, all together.
    bytes_out: u64,
    /// Bytes in both directions, step by step.
    course: &'a [u64],
}

impl<'a> From<&'a Traffic> for TrafficV1<'a> {
    fn from(traffic: &'a Traffic) -> Self {
        let flow = |flow: &'a Flow| FlowV1 {
            id: flow.id.as_str(),
            bytes_in: flow.bytes_in,
            bytes_out: flow.bytes_out,
            course: &flow.course,
        };
        TrafficV1 {
            from: &traffic.from,
            until: &traffic.until,
            interval_seconds: traffic.interval,
            resources: traffic.flows.iter().map(flow).collect(),
        }
    }
}
