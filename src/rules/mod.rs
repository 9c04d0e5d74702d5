//! What ought to be: one small function a rule, next to its page. Rules see a joined topology and a sink; they
//! know neither how things were read nor how they are reported.

mod coverage;
pub mod dns;
mod endpoint;
mod network;
mod page;
mod remedy;
mod settings;
mod sink;

use rayon::prelude::*;

use crate::finding::Severity;
use crate::topology::Topology;
use crate::topology::knowledge::Unread;
use dns::diagnosis::{Diagnosis, diagnose, excuse, names_unread};
use dns::elsewhere::Elsewhere;
pub use page::{FrontMatter, HEADINGS, Page, PageError};
pub use settings::{ExpectedNetwork, Former, Settings, Thresholds};
pub use sink::{Draft, Sink, gap_sentence};

/// A topology and what was found out about each name in it, once for all rules.
pub struct Estate<'a> {
    pub topology: &'a Topology,
    pub settings: &'a Settings,
    /// One entry an endpoint, in the topology's order.
    pub names: Vec<Names>,
    /// What other networks see of them, in the same order.
    pub elsewhere: Vec<Elsewhere>,
}

/// The diagnoses of one endpoint's names.
pub enum Names {
    /// The endpoint is not reported on.
    Unreported,
    /// None of its names is due, for this reason.
    Excused(&'static str),
    /// Its names are not known.
    Unread(Unread),
    /// In the order of `requirements.names`.
    Diagnosed(Vec<Diagnosis>),
}

impl<'a> Estate<'a> {
    /// Diagnoses every name of every endpoint that is reported on, on every core.
    pub fn new(topology: &'a Topology, settings: &'a Settings) -> Self {
        let names = |index: usize| {
            if !topology.endpoints[index].reported {
                return Names::Unreported;
            }
            if let Some(reason) = excuse(topology, index) {
                return Names::Excused(reason);
            }
            if let Some(unread) = names_unread(topology, index) {
                return Names::Unread(unread);
            }
            let names = &topology.endpoints[index].requirements.names;
            Names::Diagnosed(names.iter().map(|name| diagnose(topology, index, name)).collect())
        };
        let both = |index: usize| match names(index) {
            diagnosed @ Names::Diagnosed(_) => (diagnosed, Elsewhere::of(topology, index)),
            others => (others, Elsewhere::default()),
        };
        let (names, elsewhere) = (0..topology.endpoints.len()).into_par_iter().map(both).unzip();
        Estate { topology, settings, names, elsewhere }
    }
}

/// What a rule does.
pub type Check = fn(&Estate<'_>, &mut Sink<'_>);

/// A rule: its page, its function, and what a configuration may change about it.
pub struct Rule {
    pub page: Page,
    pub check: Check,
    /// Whether it runs; at first as its page says.
    pub enabled: bool,
    /// What a certain finding has; at first as its page says.
    pub severity: Severity,
}

macro_rules! rules {
    ($($page:literal => $check:path,)*) => {
        /// Every rule's page and function, in the order of the catalogue.
        const RULES: &[(&str, Check)] = &[$((include_str!(concat!("../../rules/", $page, ".md")), $check),)*];
    };
}

rules! {
    "PE-001-connection-pending" => endpoint::connection::pending,
    "PE-002-connection-rejected" => endpoint::connection::rejected,
    "PE-003-connection-disconnected" => endpoint::connection::disconnected,
    "DNS-001-private-dns-zone-missing" => dns::zone_missing,
    "DNS-010-vnet-cannot-resolve" => dns::cannot_resolve,
    "DNS-014-split-brain" => dns::split::split_brain,
    "DNS-015-peer-cannot-resolve" => dns::views::unresolved_peers,
    "DNS-016-dead-weight-link" => dns::linked::dead_weight,
    "DNS-017-custom-dns-unlocated" => dns::servers::unlocated,
    "DNS-018-ruleset-loop" => dns::rulesets::loops,
    "DNS-019-rule-on-privatelink-name" => dns::rulesets::privatelink_rules,
    "DNS-020-nxdomain-hazard" => dns::linked::nxdomain_hazard,
    "DNS-021-a-record-missing" => dns::record_missing,
    "DNS-022-a-record-wrong-ip" => dns::wrong_address,
    "DNS-023-a-record-stale-ip" => dns::stale_address,
    "DNS-035-dns-server-held-by-nothing" => dns::servers::held_by_nothing,
    "DNS-036-firewall-dns-proxy-off" => dns::servers::proxy_off,
    "DNS-037-rule-shadows-zone" => dns::rulesets::shadows,
    "DNS-038-public-suffix-zone-linked" => dns::linked::public_suffix,
    "NET-001-peering-disconnected" => network::peering::disconnected,
    "NET-002-peering-initiated-only" => network::peering::initiated,
    "NET-003-peering-not-in-sync" => network::peering::not_in_sync,
    "COV-001-subscription-unreadable" => coverage::subscription_unreadable,
    "COV-002-reference-unreadable" => coverage::reference_unreadable,
    "COV-003-read-incomplete" => coverage::read_incomplete,
}

/// Every rule, its page taken apart, enabled and graded as the page says.
pub fn all() -> Result<Vec<Rule>, PageError> {
    let rule = |(text, check): &(&'static str, Check)| {
        let page = Page::parse(text)?;
        let (enabled, severity) = (page.front.default, page.front.severity);
        Ok(Rule { page, check: *check, enabled, severity })
    };
    RULES.iter().map(rule).collect()
}
