//! ER-001 to ER-004.

use plaudit::finding::Report;
use plaudit::inventory::{Kind, Pack, ResourceId, Want};
use plaudit::rules::{ExpectedRoutes, Settings};
use plaudit::topology::Options;
use serde_json::{Value, json};

use crate::estate::{Estate, HOME};
use crate::judged::{expect_in, judge_with, not_judged, only, read, topology};
use crate::targets::commands;

const WEST_EUROPE: &str = "12076:51002";
const ENTRA: &str = "12076:5060";

fn microsoft(filter: Option<&ResourceId>) -> Value {
    let mut peering = json!({"name": "MicrosoftPeering", "properties": {"peeringType": "MicrosoftPeering",
        "state": "Enabled", "provisioningState": "Succeeded"}});
    if let Some(filter) = filter {
        peering["properties"]["routeFilter"] = json!({"id": filter.as_str()});
    }
    json!([{"name": "AzurePrivatePeering", "properties": {"peeringType": "AzurePrivatePeering", "state": "Disabled"}},
        peering])
}

/// A circuit whose filter lets these communities through, and a project in West Europe.
fn routed(communities: &[&str]) -> (Estate, ResourceId, ResourceId) {
    let mut e = Estate::new();
    e.packs = Pack::ALL.to_vec();
    e.migrate_project("contoso");
    let filter = e.route_filter("filter", communities);
    let circuit = e.circuit("circuit", microsoft(Some(&filter)));
    (e, circuit, filter)
}

fn expecting() -> Settings {
    Settings { expect_er: ExpectedRoutes { private: false, microsoft: true }, ..Settings::default() }
}

fn of(rule: &str, e: &Estate, settings: &Settings) -> Report {
    judge_with(e, &[rule], settings, Options::default())
}

#[track_caller]
fn expect_of(rule: &str, e: &Estate, settings: &Settings, expected: &[&str]) {
    expect_in(&of(rule, e, settings), expected);
}

#[test]
fn a_region_that_is_not_let_through_is_er_001() {
    let (e, _, _) = routed(&[ENTRA]);
    expect_of("ER-001", &e, &expecting(), &["ER-001 circuit fail error certain"]);
    expect_of("ER-001", &e, &Settings::default(), &[]);
    let report = of("ER-001", &e, &expecting());
    let found = only(&report, "ER-001");
    assert!(
        found.message.contains("contoso is in it") && found.message.contains(WEST_EUROPE),
        "{}",
        found.message
    );
    // A filter has one rule, which is told as a whole.
    assert!(
        commands(found)[0]
            .ends_with(&format!("rule update {} -n allowed --communities {ENTRA} {WEST_EUROPE}", at(&e))),
        "{:?}",
        commands(found)
    );
    for enough in [WEST_EUROPE, "12076:52002"] {
        expect_of("ER-001", &routed(&[enough]).0, &expecting(), &[]);
    }
}

fn at(e: &Estate) -> String {
    format!("--subscription {} -g rg-network --filter-name filter", e.subscription_guid(HOME))
}

#[test]
fn target_regions_are_named_or_seen_by_the_cache() {
    let (mut e, _, _) = routed(&[WEST_EUROPE]);
    let named = Settings { target_regions: vec!["northeurope".to_owned()], ..expecting() };
    expect_of("ER-001", &e, &named, &["ER-001 circuit fail error certain"]);
    e.in_location("North Europe").account("lsa1", json!({}));
    expect_of("ER-001", &e, &expecting(), &["ER-001 circuit fail warning probable"]);
    // A region that nobody lists is unknown, until Azure tells it.
    let elsewhere = Settings { target_regions: vec!["swedencentral".to_owned()], ..expecting() };
    expect_of("ER-001", &e, &elsewhere, &["ER-001 circuit unknown"]);
    let listed = json!({"serviceName": "AzureSwedenCentral", "bgpCommunities": [{"communityName": "Azure Sweden Central",
        "communityValue": WEST_EUROPE, "communityPrefixes": ["192.0.2.0/24"]}]});
    e.service_communities("AzureSwedenCentral", listed);
    expect_of("ER-001", &e, &elsewhere, &[]);
}

#[test]
fn entra_that_is_not_let_through_is_er_002() {
    expect_of("ER-002", &routed(&[WEST_EUROPE]).0, &expecting(), &["ER-002 circuit fail info possible"]);
    expect_of("ER-002", &routed(&[WEST_EUROPE]).0, &Settings::default(), &[]);
    expect_of("ER-002", &routed(&[ENTRA]).0, &expecting(), &[]);
    let (mut e, _, filter) = routed(&[ENTRA]);
    e.edit(&filter, |filter| filter["properties"]["rules"][0]["properties"]["access"] = "Deny".into());
    expect_of("ER-002", &e, &expecting(), &["ER-002 circuit fail info possible"]);
    // What a rule denied is not let through along with the rest.
    let report = of("ER-002", &e, &expecting());
    let command = &commands(only(&report, "ER-002"))[0];
    assert!(
        command.ends_with(&format!("-n allowed --access Allow --communities {WEST_EUROPE} {ENTRA}")),
        "{command}"
    );
}

#[test]
fn each_finding_about_a_filter_tells_the_whole_list() {
    let (e, _, _) = routed(&["12076:5040"]);
    let settings = Settings { target_regions: vec!["northeurope".to_owned()], ..expecting() };
    let report = judge_with(&e, &["ER-001", "ER-002"], &settings, Options::default());
    let told: Vec<String> = report.findings.iter().map(|found| commands(found)[0].clone()).collect();
    assert_eq!(told.len(), 3, "{:#?}", report.findings);
    assert!(told.iter().all(|command| *command == told[0]), "{told:?}");
    for community in ["12076:5040", WEST_EUROPE, "12076:51003", ENTRA] {
        assert!(told[0].contains(community), "{community}: {}", told[0]);
    }
}

#[test]
fn another_circuit_may_carry_what_one_leaves_out() {
    let (mut e, _, _) = routed(&[WEST_EUROPE, ENTRA]);
    let office = e.route_filter("office", &["12076:5010"]);
    e.circuit("office", microsoft(Some(&office)));
    let report = of("ER-001", &e, &expecting());
    expect_in(&report, &["ER-001 office fail info possible"]);
    assert!(only(&report, "ER-001").message.ends_with("another circuit lets it through"));
    expect_of("ER-002", &e, &expecting(), &[]);
    // One that is down carries nothing.
    let (mut e, circuit, _) = routed(&[WEST_EUROPE, ENTRA]);
    let office = e.route_filter("office", &["12076:5010"]);
    e.circuit("office", microsoft(Some(&office)));
    e.edit(&circuit, |circuit| circuit["properties"]["circuitProvisioningState"] = "Disabled".into());
    expect_of("ER-001", &e, &expecting(), &["ER-001 office fail error certain"]);
    // And of one whose filter is odd nobody knows.
    let (mut e, _, filter) = routed(&[WEST_EUROPE, ENTRA]);
    let office = e.route_filter("office", &["12076:5010"]);
    e.circuit("office", microsoft(Some(&office)));
    e.edit(&filter, |filter| filter["properties"]["rules"][0]["properties"]["communities"] = json!(7));
    let both = ["ER-001 circuit unknown", "ER-001 office fail info possible"];
    expect_of("ER-001", &e, &expecting(), &both);
}

#[test]
fn a_filter_that_cannot_be_read_is_unknown() {
    let (mut e, _, _) = routed(&[ENTRA]);
    e.gap(Kind::RouteFilters, HOME, 403, "AuthorizationFailed");
    expect_of("ER-002", &e, &expecting(), &["ER-002 circuit unknown"]);
    // One odd rule costs the filter.
    let (mut e, _, filter) = routed(&[ENTRA]);
    e.edit(&filter, |filter| filter["properties"]["rules"][0]["properties"]["communities"] = json!(7));
    expect_of("ER-002", &e, &expecting(), &["ER-002 circuit unknown"]);
}

#[test]
fn a_peering_without_filter_or_off_is_er_003() {
    let (mut e, circuit, filter) = routed(&[ENTRA]);
    expect_of("ER-003", &e, &Settings::default(), &[]);
    e.edit(&circuit, |circuit| circuit["properties"]["peerings"] = microsoft(None));
    // Whether it is older than filters cannot be seen.
    expect_of("ER-003", &e, &expecting(), &["ER-003 circuit fail warning probable"]);
    expect_of("ER-003", &e, &Settings::default(), &["ER-003 circuit fail info possible"]);
    let report = of("ER-003", &e, &Settings::default());
    assert!(commands(only(&report, "ER-003"))[0].contains("-n MicrosoftPeering --route-filter "));
    e.edit(&circuit, |circuit| {
        circuit["properties"]["peerings"] = microsoft(Some(&filter));
        circuit["properties"]["peerings"][1]["properties"]["state"] = "disabled".into();
    });
    expect_of("ER-003", &e, &expecting(), &["ER-003 circuit fail error certain"]);
    expect_of("ER-003", &e, &Settings::default(), &["ER-003 circuit fail info possible"]);
    // Off on purpose.
    let private = ExpectedRoutes { private: true, microsoft: false };
    let private = Settings { expect_er: private, ..Settings::default() };
    let report = of("ER-003", &e, &private);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "ER-003"), [("ExpressRoute is meant to carry private peering alone", 1)]);
    e.edit(&circuit, |circuit| circuit["properties"]["peerings"][1]["properties"]["state"] = "Odd".into());
    expect_of("ER-003", &e, &Settings::default(), &["ER-003 circuit unknown"]);
    e.edit(&circuit, |circuit| circuit["properties"]["peerings"] = json!([]));
    let report = of("ER-003", &e, &Settings::default());
    assert_eq!(not_judged(&report, "ER-003"), [("circuit has no Microsoft peering", 1)]);
}

#[test]
fn a_circuit_that_is_not_up_is_er_004() {
    for (own, provider, direct, line) in [
        ("Enabled", "Provisioned", false, None),
        ("Disabled", "Provisioned", false, Some("ER-004 circuit fail error certain")),
        ("Enabled", "NotProvisioned", false, Some("ER-004 circuit fail error certain")),
        ("enabled", "Provisioning", false, None),
        ("Enabled", "", true, None),
        ("Enabled", "", false, Some("ER-004 circuit unknown")),
    ] {
        let (mut e, circuit, _) = routed(&[]);
        e.edit(&circuit, |circuit| {
            circuit["properties"]["circuitProvisioningState"] = own.into();
            circuit["properties"]["serviceProviderProvisioningState"] = provider.into();
            if direct {
                circuit["properties"]["expressRoutePort"] = json!({"id": "/subscriptions/s/port"});
            }
        });
        expect_of("ER-004", &e, &Settings::default(), line.as_slice());
    }
}

#[test]
fn circuits_that_were_not_read_are_unknown() {
    let (mut e, _, _) = routed(&[]);
    let home = e.subscription_guid(HOME);
    e.gap(Kind::ExpressRouteCircuits, HOME, 403, "AuthorizationFailed");
    expect_of("ER-004", &e, &Settings::default(), &[&format!("ER-004 {home} unknown")]);
    let e = Estate::new();
    let asked = Settings { packs: vec![Pack::ExpressRoute], ..Settings::default() };
    expect_of("ER-004", &e, &asked, &[&format!("ER-004 {home} unknown")]);
}

#[test]
fn circuits_cost_a_list_and_filters_one_more() {
    let mut e = Estate::new();
    e.packs = vec![Pack::ExpressRoute];
    let home = e.subscription_guid(HOME);
    let wanted = topology(e.collected()).wanted();
    assert_eq!(wanted, [Want::List { subscription: home, kind: Kind::ExpressRouteCircuits }]);
    let kinds = |e: &Estate| read(e).coverage.subscriptions[0].kinds.clone();
    assert!(!kinds(&e).contains(&Kind::RouteFilters));
    let (e, _, _) = routed(&[]);
    assert!(kinds(&e).contains(&Kind::RouteFilters) && kinds(&e).contains(&Kind::ServiceCommunities));
}
