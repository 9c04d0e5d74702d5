//! How the name that a finding is about is resolved, hop by hop.

use askama::Template;

use crate::finding::Finding;
use crate::inventory::Kind;
use crate::report::table::Names;
use crate::report::text::{prose, words};
use crate::rules::quote;
use crate::trace::{Bearing, CLIENT_ROLES, Trace, Verdict, Way, bearing, told_name};

/// A trace as lists of hops.
#[derive(Template)]
#[template(path = "trace.html")]
pub(super) struct TraceView {
    fqdn: String,
    network: String,
    setting: String,
    ways: Vec<WayView>,
    class: &'static str,
    verdict: &'static str,
    because: String,
    /// The subject it is about, where it stands for others.
    of_one: Option<String>,
    /// Whether each of the others tells the command for its own.
    others_tell: bool,
}

struct WayView {
    /// The text of each step, and what a person may want to check.
    steps: Vec<(String, String)>,
    class: &'static str,
    verdict: &'static str,
    because: String,
}

impl TraceView {
    /// `is_example`: whether it stands for other findings too.
    pub fn new(trace: &Trace, finding: &Finding, is_example: bool, names: &Names<'_>) -> Self {
        TraceView {
            fqdn: trace.fqdn.clone(),
            network: trace.network.name().to_owned(),
            setting: prose(&trace.setting),
            ways: trace.ways.iter().map(way).collect(),
            class: class(trace.verdict),
            verdict: trace.verdict.title(),
            because: prose(&trace.because),
            of_one: is_example.then(|| names.resource(&finding.subject.id)),
            others_tell: command(finding).is_some(),
        }
    }
}

fn way(way: &Way) -> WayView {
    let steps = way.steps.iter().map(|step| {
        let facts = step.facts.iter().map(|(key, value)| format!("{} {}", words(key), prose(value)));
        (prose(&step.text), facts.collect::<Vec<_>>().join(", "))
    });
    WayView {
        steps: steps.collect(),
        class: class(way.verdict),
        verdict: way.verdict.title(),
        because: prose(&way.because),
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reachable => "ok",
        Verdict::Unknown => "unknown",
        Verdict::Public
        | Verdict::Unreachable
        | Verdict::WrongAddress
        | Verdict::NxDomain
        | Verdict::NoAnswer => "bad",
    }
}

/// The command that traces the name a finding is about, where it is about one.
pub(super) fn command(finding: &Finding) -> Option<String> {
    if !matches!(bearing(finding.rule)?, Bearing::Name | Bearing::Connection | Bearing::Observed) {
        return None;
    }
    let told = told_name(finding);
    let id = &finding.subject.id;
    let name = match Kind::of(id) {
        Some(Kind::PrivateEndpoints) => told.unwrap_or(id.as_str()),
        _ => told?,
    };
    let of_role = |role: &&str| finding.related.iter().find(|one| one.role == *role);
    let network = match Kind::of(id) {
        Some(Kind::VirtualNetworks) => Some(id.as_str()),
        _ => CLIENT_ROLES.iter().find_map(of_role).map(|one| one.id.as_str()),
    };
    // An argument that begins with a hyphen would be an option.
    let is_plain = |text: &str| !text.is_empty() && !text.starts_with('-');
    let from =
        network.filter(|id| is_plain(id)).map(|id| format!(" --from {}", quote(id))).unwrap_or_default();
    is_plain(name).then(|| format!("plaudit trace {}{from}", quote(name)))
}
