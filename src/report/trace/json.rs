//! Traces for programs: `plaudit/trace/v1`, which only grows.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::json::write_inert;
use crate::trace::{Step, Trace, Way};

pub(super) fn write(traces: &[Trace], notes: &[String], out: &mut dyn Write) -> io::Result<()> {
    let traces = traces.iter().map(TraceV1::from).collect();
    write_inert(&TracesV1 { schema: "plaudit/trace/v1", traces, notes }, out)
}

/// How virtual networks resolve names. Fields are added, never changed or taken away: pass over those you do not know.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "plaudit trace, version 1")]
pub(in crate::report) struct TracesV1<'a> {
    /// The name of this shape.
    #[schemars(extend("const" = "plaudit/trace/v1"))]
    schema: &'static str,
    /// One for each name and network.
    traces: Vec<TraceV1<'a>>,
    /// What may be missing beside them, and why: a sentence each. Where there is one, not everything could be read.
    notes: &'a [String],
}

/// One name, asked from one network.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TraceV1<'a> {
    /// The name, in lower case.
    fqdn: &'a str,
    /// The privatelink name that public DNS makes of it; the same name when it is one already, or none is known.
    alias: &'a str,
    /// The ARM id of the network that asks.
    virtual_network: &'a str,
    /// The ARM ids of the endpoints that bear the name.
    endpoints: Vec<&'a str>,
    /// The addresses that the name ought to have.
    expected: Vec<String>,
    /// How the network's DNS is set, in a sentence.
    setting: &'a str,
    /// What it comes to: of several ways the worst.
    verdict: &'static str,
    /// Why, in a sentence.
    because: &'a str,
    /// One for each DNS server that the network may ask.
    ways: Vec<WayV1<'a>>,
}

/// One way of asking, to its end.
#[derive(Serialize, JsonSchema)]
struct WayV1<'a> {
    /// What it comes to.
    verdict: &'static str,
    /// Why, in a sentence.
    because: &'a str,
    /// How sure that is: `certain`, `probable` or `possible`.
    #[schemars(extend("enum" = ["certain", "probable", "possible"]))]
    confidence: &'static str,
    /// What DNS answers; empty when it answers nothing, or nothing that is known.
    addresses: Vec<String>,
    /// The hops, in order.
    steps: Vec<StepV1<'a>>,
}

/// One hop.
#[derive(Serialize, JsonSchema)]
struct StepV1<'a> {
    /// `server`, `azureDns`, `rule`, `proxy`, `alias`, `zone`, `answer`, `endpoint` or `path`.
    kind: &'static str,
    /// What happens, in a sentence.
    text: &'a str,
    /// The ARM id of the resource at which it happens; null where there is none.
    id: Option<&'a str>,
    /// What is known of it.
    facts: Vec<FactV1<'a>>,
}

/// Something known of a hop. A name may come more than once: an answer of several record sets has a `ttl` for each.
#[derive(Serialize, JsonSchema)]
struct FactV1<'a> {
    /// What it is, such as `ttl`.
    name: &'static str,
    /// As text.
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
