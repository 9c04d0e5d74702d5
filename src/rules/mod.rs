//! What ought to be: one small function a rule, next to its page. Rules see a joined topology and a sink; they
//! know neither how things were read nor how they are reported.

mod coverage;
pub mod dns;
mod endpoint;
mod expressroute;
mod live;
mod migrate;
mod network;
mod observed;
pub mod own;
mod packs;
mod page;
mod remedy;
mod roots;
mod service;
mod settings;
mod sink;
mod traffic;

use std::sync::Arc;

use rayon::prelude::*;

use crate::finding::Severity;
use crate::topology::Topology;
use crate::topology::claims::Claims;
use crate::topology::knowledge::Unread;
pub use coverage::gap_fingerprint;
use dns::diagnosis::{Diagnosis, diagnose, excuse, names_unread};
use dns::elsewhere::Elsewhere;
pub use observed::{Observed, ObservedHost, ObservedName, Purpose, Standing};
pub(crate) use own::CONTAINED;
pub use own::{OwnRule, OwnRules};
pub use packs::{ActivePack, active_packs};
pub use page::{FrontMatter, HEADINGS, Page, PageError};
pub(crate) use remedy::quote;
pub use roots::stands_before;
pub use settings::{ExpectedNetwork, ExpectedRoutes, Former, Settings, Thresholds};
pub use sink::{Draft, NOT_READ, Sink, gap_place, gap_sentence};
pub use traffic::RULES as TRAFFIC;

/// A topology and what was found out about each name in it, once for all rules.
pub struct Estate<'a> {
    pub topology: &'a Topology,
    pub settings: &'a Settings,
    /// One entry an endpoint, in the topology's order.
    pub names: Vec<Names>,
    /// Which endpoints lay claim to a record's name or hold an address.
    pub claims: Claims<'a>,
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
        let ((names, elsewhere), claims) = rayon::join(
            || (0..topology.endpoints.len()).into_par_iter().map(both).unzip(),
            || Claims::new(topology),
        );
        Estate { topology, settings, names, elsewhere, claims }
    }
}

/// What a rule of ours does.
pub type BuiltIn = fn(&Estate<'_>, &mut Sink<'_>);

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Check {
    BuiltIn(BuiltIn),
    /// A person's own: rows held against an expression.
    Own(Arc<OwnRule>),
}

/// A rule: its page, what it does, and what a configuration may change about it.
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
        const RULES: &[(&str, BuiltIn)] = &[$((include_str!(concat!("../../rules/", $page, ".md")), $check),)*];
    };
}

rules! {
    "PE-001-connection-pending" => endpoint::connection::pending,
    "PE-002-connection-rejected" => endpoint::connection::rejected,
    "PE-003-connection-disconnected" => endpoint::connection::disconnected,
    "PE-004-provisioning-failed" => endpoint::provisioning::failed,
    "PE-005-target-missing" => endpoint::target::missing,
    "PE-006-sides-disagree" => endpoint::sides::disagree,
    "PE-007-unexpected-network" => endpoint::placement::unexpected_network,
    "PE-008-record-shared-by-endpoints" => endpoint::sharing::one_record,
    "PE-009-no-address" => endpoint::provisioning::no_address,
    "PE-010-action-required" => endpoint::provisioning::action_required,
    "PE-011-subnet-policies-off" => endpoint::placement::policies_off,
    "PE-012-target-still-public" => endpoint::target::public,
    "PE-013-endpoints-near-limit" => endpoint::capacity::near_limit,
    "PE-014-one-of-blob-and-dfs" => endpoint::lake::one_of_two,
    "PE-015-group-not-offered" => endpoint::target::unknown_group,
    "PE-016-connection-from-unseen" => endpoint::sides::stranger,
    "PE-017-managed-endpoint-pending" => endpoint::sides::waiting,
    "DNS-001-private-dns-zone-missing" => dns::zone_missing,
    "DNS-002-no-dns-integration" => dns::integration::not_integrated,
    "DNS-003-zone-group-zone-gone" => dns::groups::zone_gone,
    "DNS-004-zone-group-wrong-zone" => dns::groups::wrong_zone,
    "DNS-005-zone-set-incomplete" => dns::integration::set_incomplete,
    "DNS-006-zone-not-to-create" => dns::zone_names::not_to_create,
    "DNS-010-vnet-cannot-resolve" => dns::cannot_resolve,
    "DNS-011-link-not-completed" => dns::links::not_completed,
    "DNS-012-link-to-missing-vnet" => dns::links::stale,
    "DNS-013-auto-registration-on-privatelink-zone" => dns::links::registers,
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
    "DNS-024-orphan-record" => dns::orphans::orphan,
    "DNS-025-public-ip-in-privatelink-zone" => dns::public::public_address,
    "DNS-026-wildcard-shadows" => dns::wildcard::shadows,
    "DNS-027-hand-made-record" => dns::upkeep::hand_made,
    "DNS-028-record-ttl-long" => dns::upkeep::long_lived,
    "DNS-029-cname-in-place-of-a-record" => dns::cname::in_place_of_address,
    "DNS-030-zone-unused" => dns::zones::unused,
    "DNS-031-zone-nearly-full" => dns::zones::nearly_full,
    "DNS-032-unknown-target-type" => dns::unknown_target::unknown_type,
    "DNS-033-monitor-scopes-collide" => dns::monitor::colliding_scopes,
    "DNS-034-zone-group-limit" => dns::groups::beyond_limit,
    "DNS-035-dns-server-held-by-nothing" => dns::servers::held_by_nothing,
    "DNS-036-firewall-dns-proxy-off" => dns::servers::proxy_off,
    "DNS-037-rule-shadows-zone" => dns::rulesets::shadows,
    "DNS-038-public-suffix-zone-linked" => dns::linked::public_suffix,
    "DNS-039-link-drift" => dns::links::drift,
    "DNS-040-record-of-another-resource" => dns::orphans::taken_over,
    "NET-001-peering-disconnected" => network::peering::disconnected,
    "NET-002-peering-initiated-only" => network::peering::initiated,
    "NET-003-peering-not-in-sync" => network::peering::not_in_sync,
    "NET-004-remote-network-gone" => network::peering::remote_gone,
    "NET-005-gateway-transit-incomplete" => network::gateways::transit_incomplete,
    "NET-006-both-networks-have-gateways" => network::gateways::both_have_gateways,
    "NET-007-hub-gateway-not-offered" => network::gateways::gateway_not_offered,
    "NET-008-forwarded-traffic-off" => network::forwarding::forwarded_traffic,
    "NET-009-vnet-access-off" => network::flags::access_off,
    "NET-010-basic-balancer-over-regions" => network::global::basic_balancer,
    "NET-011-subnet-peering-hides-endpoint" => network::subnets::left_out,
    "NET-012-overlapping-address-spaces" => network::overlap::overlapping,
    "NET-013-peering-provisioning-failed" => network::flags::provisioning_failed,
    "NET-014-route-shadow" => network::routes::route_shadow,
    "NET-015-spoke-to-spoke-without-route" => network::routes::no_way_through_hub,
    "NET-017-databricks-peering-not-connected" => network::databricks::not_connected,
    "NET-018-name-resolves-without-path" => network::reach::no_path,
    "NET-019-security-group-denies-clients" => network::security::denies_clients,
    "PLS-001-inbound-connection-pending" => service::connections::pending,
    "PLS-002-inbound-connection-dead" => service::connections::dead,
    "PLS-003-load-balancer-unsuitable" => service::balancer::unsuitable,
    "PLS-004-load-balancer-without-path" => service::balancer::no_path,
    "PLS-005-consumer-outside-visibility" => service::exposure::out_of_sight,
    "PLS-006-service-named-wrongly" => service::consumers::named_wrongly,
    "PLS-007-auto-approval-beyond-visibility" => service::exposure::approved_unseen,
    "PLS-008-nat-subnet-policy-on" => service::nat::subnet_policy,
    "PLS-009-proxy-protocol-differs" => service::proxy::proxy_protocol,
    "PLS-010-nat-ports-tight" => traffic::nat_ports,
    "PLS-011-direct-connect-addresses" => service::nat::direct_connect,
    "PLS-012-service-open-to-all" => service::exposure::open_to_all,
    "MON-001-endpoint-without-traffic" => traffic::silent_endpoint,
    "MON-002-service-without-traffic" => traffic::silent_service,
    "MIG-001-migrate-zone-missing" => migrate::zones::missing,
    "MIG-002-cache-without-endpoint" => migrate::storage::cache_without_endpoint,
    "MIG-003-cache-account-kind" => migrate::storage::cache_kind,
    "MIG-004-cache-account-closed" => migrate::storage::cache_closed,
    "MIG-005-gateway-account-closed" => migrate::storage::gateway_closed,
    "MIG-006-no-gateway-for-appliance" => migrate::way::no_gateway,
    "MIG-007-connection-not-approved-elsewhere" => migrate::endpoints::not_approved,
    "MIG-008-service-bus-of-private-project" => migrate::endpoints::needless_bus,
    "MIG-009-endpoint-outside-project-network" => migrate::endpoints::elsewhere,
    "MIG-010-appliance-lacks-rights" => migrate::access::lacks_rights,
    "ER-001-region-not-in-route-filter" => expressroute::filters::region_missing,
    "ER-002-entra-not-in-route-filter" => expressroute::filters::entra_missing,
    "ER-003-microsoft-peering-closed" => expressroute::circuits::peering_closed,
    "ER-004-circuit-down" => expressroute::circuits::circuit_down,
    "LIVE-001-answer-not-the-endpoint" => live::wrong_answer,
    "LIVE-002-name-not-found" => live::not_found,
    "LIVE-003-no-connection" => live::no_connection,
    "LIVE-004-host-out-of-reach" => live::host_out_of_reach,
    "LIVE-005-answers-differ-from-dns" => live::overridden,
    "LIVE-006-public-host-out-of-reach" => live::public_host_out_of_reach,
    "COV-001-subscription-unreadable" => coverage::subscription_unreadable,
    "COV-002-reference-unreadable" => coverage::reference_unreadable,
    "COV-003-read-incomplete" => coverage::read_incomplete,
}

/// Every rule of ours, its page taken apart, enabled and graded as the page says.
pub fn all() -> Result<Vec<Rule>, PageError> {
    let rule = |(text, check): &(&'static str, BuiltIn)| {
        let page = Page::parse(text)?;
        let (enabled, severity) = (page.front.default, page.front.severity);
        Ok(Rule { page, check: Check::BuiltIn(*check), enabled, severity })
    };
    RULES.iter().map(rule).collect()
}
