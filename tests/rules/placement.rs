//! PE-007, PE-011, PE-013.

use plaudit::finding::Report;
use plaudit::inventory::{IdPattern, Kind, ResourceId};
use plaudit::rules::{ExpectedNetwork, Settings, Thresholds};
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{expect, expect_in, expect_of, judge_with, not_judged, only};
use crate::small::Direct;

fn commands(report: &Report, rule: &str) -> Vec<String> {
    only(report, rule).remediation.iter().filter_map(|step| step.command.clone()).collect()
}

// PE-007

fn pattern(text: &str) -> IdPattern {
    IdPattern::new(text).unwrap()
}

fn entry(network: &str) -> ExpectedNetwork {
    ExpectedNetwork { endpoint: None, target: None, tag: None, network: pattern(network) }
}

fn placed(e: &Estate, expected: Vec<ExpectedNetwork>) -> Report {
    let settings = Settings { expected_networks: expected, ..Settings::default() };
    judge_with(e, &["PE-007"], &settings, Options::default())
}

const MISPLACED: &[&str] = &["PE-007 pe fail error certain"];

#[test]
fn an_endpoint_in_another_network_than_expected_is_an_error() {
    let it = Direct::new();
    expect_in(&placed(&it.e, vec![entry("*/virtualNetworks/other")]), MISPLACED);
    expect_in(&placed(&it.e, vec![entry("*/virtualnetworks/VNET")]), &[]);
}

#[test]
fn without_anything_expected_nothing_is_judged() {
    let it = Direct::new();
    expect(&it.e, &[]);
    assert_eq!(not_judged(&placed(&it.e, Vec::new()), "PE-007"), []);
}

#[test]
fn of_several_networks_any_will_do() {
    let it = Direct::new();
    let both = || vec![entry("*/virtualNetworks/other"), entry("*/virtualNetworks/vnet")];
    expect_in(&placed(&it.e, both()), &[]);
}

#[test]
fn an_entry_speaks_only_of_the_endpoints_it_chooses() {
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| pe["tags"] = json!({"Team": "Orders"}));
    let wrong = || entry("*/virtualNetworks/other");
    let by_id = |id: &str| ExpectedNetwork { endpoint: Some(pattern(id)), ..wrong() };
    let by_target = |id: &str| ExpectedNetwork { target: Some(pattern(id)), ..wrong() };
    let by_tag =
        |name: &str, value: &str| ExpectedNetwork { tag: Some((name.into(), value.into())), ..wrong() };
    expect_in(&placed(&it.e, vec![by_id("*/privateEndpoints/p?")]), MISPLACED);
    expect_in(&placed(&it.e, vec![by_target("*/storageaccounts/acct")]), MISPLACED);
    expect_in(&placed(&it.e, vec![by_tag("team", "orders")]), MISPLACED);
    for other in [by_id("*/privateEndpoints/q*"), by_target("*/vaults/*"), by_tag("team", "tills")] {
        let report = placed(&it.e, vec![other]);
        expect_in(&report, &[]);
        assert_eq!(not_judged(&report, "PE-007"), [("no network is expected of it", 1)]);
    }
    let half = ExpectedNetwork { target: Some(pattern("*/vaults/*")), ..by_tag("team", "orders") };
    expect_in(&placed(&it.e, vec![half]), &[]);
}

#[test]
fn an_endpoint_that_is_being_deleted_may_stand_anywhere() {
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| pe["properties"]["provisioningState"] = "Deleting".into());
    expect_in(&placed(&it.e, vec![entry("*/virtualNetworks/other")]), &[]);
}

#[test]
fn a_subnet_that_cannot_be_understood_is_unknown() {
    let mut it = Direct::new();
    it.e.edit(&it.pe, |pe| pe["properties"]["subnet"] = json!("odd"));
    expect_in(&placed(&it.e, vec![entry("*")]), &["PE-007 pe unknown"]);
    it.e.edit(&it.pe, |pe| drop(pe["properties"].as_object_mut().unwrap().remove("subnet")));
    let report = placed(&it.e, vec![entry("*")]);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-007"), [("it does not tell its network", 1)]);
}

#[test]
fn it_is_made_again_where_it_belongs_and_may_stand() {
    let mut it = Direct::new();
    it.e.in_location("northeurope").vnet("other", "10.2.0.0/16");
    let found = commands(&placed(&it.e, vec![entry("*/virtualNetworks/other")]), "PE-007");
    assert!(found[0].starts_with("az network private-endpoint delete "), "{found:#?}");
    assert!(found[1].contains(" -l northeurope --subnet '<subnet-id>' "), "{found:#?}");
    it.e.in_subscription("elsewhere").vnet("far", "10.3.0.0/16");
    assert_eq!(commands(&placed(&it.e, vec![entry("*/virtualNetworks/far")]), "PE-007").len(), 1);
    assert_eq!(commands(&placed(&it.e, vec![entry("*/virtualNetworks/?????")]), "PE-007").len(), 2);
    assert_eq!(commands(&placed(&it.e, vec![entry("*/virtualNetworks/nowhere")]), "PE-007").len(), 1);
}

// PE-011

/// The subnet for endpoints.
fn endpoints_of(vnet: &ResourceId) -> ResourceId {
    ResourceId::new(&format!("{vnet}/subnets/snet-endpoints"))
}

fn filtered(fields: &[&str], policies: &str) -> Direct {
    let mut it = Direct::new();
    let subnet = endpoints_of(&it.vnet);
    it.e.edit_subnet(&subnet, |s| {
        for field in fields {
            let id =
                format!("{}/providers/Microsoft.Network/{field}s/one", "/subscriptions/x/resourceGroups/rg");
            s["properties"][*field] = json!({"id": id});
        }
        s["properties"]["privateEndpointNetworkPolicies"] = policies.into();
    });
    it
}

const OFF: &[&str] = &["PE-011 snet-endpoints fail info certain"];

#[test]
fn a_security_group_or_route_table_that_passes_endpoints_by_is_shown() {
    for (fields, value) in [
        (&["networkSecurityGroup"][..], "NetworkSecurityGroupEnabled"),
        (&["routeTable"], "RouteTableEnabled"),
        (&["networkSecurityGroup", "routeTable"], "Enabled"),
    ] {
        let it = filtered(fields, "Disabled");
        expect_of("PE-011", &it.e, OFF);
        expect(&it.e, &[]);
        let report = judge_with(&it.e, &["PE-011"], &Settings::default(), Options::default());
        let home = it.e.subscription_guid(HOME);
        assert_eq!(
            commands(&report, "PE-011"),
            [format!(
                "az network vnet subnet update --subscription {home} -g rg-network --vnet-name vnet -n snet-endpoints --private-endpoint-network-policies {value}"
            )]
        );
    }
}

#[test]
fn many_endpoints_in_one_subnet_are_one_finding() {
    let mut it = filtered(&["routeTable"], "disabled");
    let vnet = it.vnet.clone();
    it.e.endpoint("second", &vnet, storage("two", "blob"));
    expect_of("PE-011", &it.e, OFF);
}

#[test]
fn policies_that_are_on_or_have_nothing_to_apply_are_no_finding() {
    for on in ["Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"] {
        expect_of("PE-011", &filtered(&["networkSecurityGroup", "routeTable"], on).e, &[]);
    }
    expect_of("PE-011", &filtered(&[], "Disabled").e, &[]);
}

#[test]
fn policies_that_are_not_told_are_not_judged_and_those_that_cannot_be_read_are_unknown() {
    let mut it = filtered(&["routeTable"], "Disabled");
    let subnet = endpoints_of(&it.vnet);
    it.e.edit_subnet(&subnet, |s| {
        s["properties"].as_object_mut().unwrap().remove("privateEndpointNetworkPolicies");
    });
    let report = judge_with(&it.e, &["PE-011"], &Settings::default(), Options::default());
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-011"), [("subnet does not tell its policies", 1)]);
    it.e.edit_subnet(&subnet, |s| s["properties"]["privateEndpointNetworkPolicies"] = json!(7));
    expect_of("PE-011", &it.e, &["PE-011 snet-endpoints unknown"]);
    it.e.gap(Kind::VirtualNetworks, HOME, 403, "AuthorizationFailed");
    expect_of("PE-011", &it.e, &["PE-011 snet-endpoints unknown"]);
}

// PE-013

/// Two endpoints, judged as if Azure let a network hold a few.
fn crowded(e: &Estate, percent: u64) -> Report {
    let thresholds = Thresholds { capacity: percent, ..Thresholds::default() };
    let settings = Settings { thresholds, ..Settings::default() };
    judge_with(e, &["PE-013"], &settings, Options::default())
}

fn many(count: usize) -> Direct {
    let mut it = Direct::new();
    let vnet = it.vnet.clone();
    for n in 1..count {
        it.e.endpoint(&format!("pe-{n}"), &vnet, storage(&format!("acct{n}"), "blob"));
    }
    it
}

const FULL: &[&str] = &["PE-013 vnet fail info certain"];

#[test]
fn a_network_near_its_limit_is_shown() {
    expect_in(&crowded(&many(11).e, 1), FULL);
    expect_in(&crowded(&many(10).e, 1), &[]);
    expect_of("PE-013", &many(11).e, &[]);
}

#[test]
fn a_subscription_near_its_limit_is_shown() {
    let it = Direct::new();
    let home = it.e.subscription_guid(HOME);
    let subscription = format!("PE-013 {home} fail info certain");
    expect_in(&crowded(&it.e, 0), &["PE-013 vnet fail info certain", &subscription]);
}

#[test]
fn a_network_with_high_scale_endpoints_is_not_judged() {
    let mut it = many(11);
    it.e.edit(&it.vnet, |vnet| vnet["properties"]["privateEndpointVNetPolicies"] = "Basic".into());
    let report = crowded(&it.e, 1);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "PE-013"), [("network may hold more endpoints than usual", 1)]);
    it.e.edit(&it.vnet, |vnet| vnet["properties"]["privateEndpointVNetPolicies"] = "Disabled".into());
    expect_in(&crowded(&it.e, 1), FULL);
}

#[test]
fn endpoints_that_could_not_be_read_leave_it_unknown() {
    let mut it = Direct::new();
    it.e.gap(Kind::PrivateEndpoints, HOME, 403, "AuthorizationFailed");
    let home = it.e.subscription_guid(HOME);
    expect_of("PE-013", &it.e, &["PE-013 vnet unknown", &format!("PE-013 {home} unknown")]);
}

#[test]
fn a_resource_group_is_no_subscription() {
    let it = Direct::new();
    let mut collected = crate::judged::read(&it.e);
    collected.origin.scope.resource_groups = vec!["rg-network".into()];
    let topology = crate::judged::topology(collected);
    let mut rules = plaudit::rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = rule.page.id == "PE-013");
    let thresholds = Thresholds { capacity: 0, ..Thresholds::default() };
    let report = plaudit::audit::audit(&topology, &rules, &Settings { thresholds, ..Settings::default() });
    expect_in(&report, FULL);
}
