//! Traces for programs: `plaudit/trace/v1`, which only grows.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::json::write_inert;
use crate::trace::{Step, Trace, Way};

pub(super) fn write(traces: &[Trace], out: &mut dyn Write) -> io::Result<()> {
    let traces = traces.iter().map(TraceV1::from).collect();
    write_inert(&TracesV1 { schema: "plaudit/trace/v1", traces }, out)
}

#[derive(Serialize)]
struct TracesV1<'a> {
    schema: &'static str,
    traces: Vec<TraceV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TraceV1<'a> {
    fqdn: &'a str,
    alias: &'a str,
    virtual_network: &'a str,
    endpoints: Vec<&'a str>,
    expected: Vec<String>,
    setting: &'a str,
    verdict: &'static str,
    because: &'a str,
    ways: Vec<WayV1<'a>>,
}

#[derive(Serialize)]
struct WayV1<'a> {
    verdict: &'static str,
    because: &'a str,
    confidence: &'static str,
    addresses: Vec<String>,
    steps: Vec<StepV1<'a>>,
}

#[derive(Serialize)]
struct StepV1<'a> {
    kind: &'static str,
    text: &'a str,
    id: Option<&'a str>,
    facts: Vec<FactV1<'a>>,
}

/// A name may come more than once: an answer of several record sets has a `ttl` for each.
#[derive(Serialize)]
struct FactV1<'a> {
    name: &'static str,
    value: &'a str,
}

impl<'a> From<&'a Trace> for TraceV1<'a> {
    fn from(trace: &'a Trace) -> Self {
        TraceV1 {
            fqdn: &trace.fqdn,
            alias: &trace.alias,
            virtual_network: trace.network.as_str(),
            endpoints: trace.endpoints.iter().map(|id| id.as_str()).collect(),
            expected: trace.expected.iter().map(ToString::to_string).collect(),
            setting: &trace.setting,
            verdict: trace.verdict.name(),
            because: &trace.because,
            ways: trace.ways.iter().map(WayV1::from).collect(),
        }
    }
}

impl<'a> From<&'a Way> for WayV1<'a> {
    fn from(way: &'a Way) -> Self {
        WayV1 {
            verdict: way.verdict.name(),
            because: &way.because,
            confidence: way.confidence.name(),
            addresses: way.addresses.iter().map(ToString::to_string).collect(),
            steps: way.steps.iter().map(StepV1::from).collect(),
        }
    }
}

impl<'a> From<&'a Step> for StepV1<'a> {
    fn from(step: &'a Step) -> Self {
        StepV1 {
            kind: step.kind.name(),
            text: &step.text,
            id: step.id.as_ref().map(|id| id.as_str()),
            facts: step.facts.iter().map(|(name, value)| FactV1 { name, value }).collect(),
        }
    }
}
