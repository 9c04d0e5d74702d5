//! PLS-003, PLS-004, PLS-008, PLS-009, PLS-011: what stands behind a private link service.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::service::frontend_of;
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect, expect_in, expect_of, expect_unknown, judge, not_judged, only};
use crate::services::{Offer, commands};

// PLS-003

#[test]
fn a_service_that_failed_to_provision_is_pls_003() {
    let mut it = Offer::new();
    it.set("provisioningState", "Failed");
    let report = judge(&it.e);
    expect_in(&report, &["PLS-003 svc fail error certain"]);
    let again = format!(
        "az network private-link-service update --subscription {} -g rg-network -n svc",
        it.guid(HOME)
    );
    assert_eq!(commands(only(&report, "PLS-003")), [again]);
    for state in ["Updating", "Deleting"] {
        it.set("provisioningState", state);
        it.balancer_is("loadBalancingRules", json!([]));
        expect(&it.e, &[]);
        assert_eq!(not_judged(&judge(&it.e), "PLS-003"), [("private link service is being changed", 1)]);
    }
}

#[test]
fn a_load_balancer_that_cannot_carry_a_service_is_pls_003_alone() {
    let mut it = Offer::new();
    it.e.edit(&it.balancer, |b| b["sku"]["name"] = "Basic".into());
    it.balancer_is("loadBalancingRules", json!([]));
    let report = judge(&it.e);
    expect_in(&report, &["PLS-003 svc fail error certain"]);
    assert!(evidence(only(&report, "PLS-003"), "problems").contains("Basic"));

    let mut it = Offer::new();
    it.e.edit(&it.balancer, |b| b["location"] = "North Europe".into());
    expect(&it.e, &["PLS-003 svc fail error certain"]);
    it.e.edit(&it.balancer, |b| b["location"] = "West Europe".into());
    expect(&it.e, &[]);
}

#[test]
fn a_load_balancer_or_a_frontend_that_is_gone_is_pls_003() {
    let mut it = Offer::new();
    it.e.remove(&it.balancer);
    expect(&it.e, &["PLS-003 svc fail error certain"]);
    it.e.gap(Kind::LoadBalancers, HOME, 403, "AuthorizationFailed");
    expect_unknown(&it.e, "svc", &["PLS-003", "PLS-004"]);

    let mut it = Offer::new();
    it.balancer_is("frontendIPConfigurations", json!([]));
    expect(&it.e, &["PLS-003 svc fail error certain"]);
    // Part of the load balancer was not understood.
    it.balancer_is("frontendIPConfigurations", json!(["odd"]));
    expect_unknown(&it.e, "svc", &["PLS-003"]);
}

#[test]
fn direct_connect_has_no_load_balancer() {
    let mut it = Offer::new();
    it.e.direct_service("direct", &it.vnet, 2);
    expect(&it.e, &[]);
    let report = judge(&it.e);
    assert_eq!(not_judged(&report, "PLS-004"), [("Direct Connect has no load balancer", 1)]);
    let direct = ResourceId::new(&it.service.as_str().replace("/svc", "/direct"));
    it.e.edit(&direct, |s| s["properties"]["provisioningState"] = "Failed".into());
    expect(&it.e, &["PLS-003 direct fail error certain"]);
}

#[test]
fn a_service_that_tells_no_backend_at_all_is_unknown() {
    let mut it = Offer::new();
    it.set("loadBalancerFrontendIpConfigurations", json!([]));
    expect_unknown(&it.e, "svc", &["PLS-003", "PLS-004"]);
    assert!(!judge(&it.e).incomplete);
}

// PLS-004

#[test]
fn a_frontend_without_a_rule_is_pls_004() {
    let mut it = Offer::new();
    it.balancer_is("loadBalancingRules", json!([]));
    let report = judge(&it.e);
    expect_in(&report, &["PLS-004 svc fail error certain"]);
    assert!(evidence(only(&report, "PLS-004"), "problems").contains("no load-balancing rule"));
    // A rule on another frontend is none.
    let mut it = Offer::new();
    let other = frontend_of(&it.balancer).as_str().replace("/fe", "/other");
    it.e.edit(&it.balancer, |b| {
        b["properties"]["loadBalancingRules"][0]["properties"]["frontendIPConfiguration"]["id"] =
            other.into();
    });
    expect(&it.e, &["PLS-004 svc fail error certain"]);
}

#[test]
fn a_pool_without_interfaces_is_pls_004() {
    let pool = |it: &mut Offer, interfaces: serde_json::Value, members: serde_json::Value| {
        it.e.edit(&it.balancer, |b| {
            let pool = &mut b["properties"]["backendAddressPools"][0]["properties"];
            pool["backendIPConfigurations"] = interfaces;
            pool["loadBalancerBackendAddresses"] = members;
        });
    };
    let by_address = json!([{"name": "a", "properties": {"ipAddress": "10.1.0.9"}}]);
    let mut it = Offer::new();
    pool(&mut it, json!([]), json!([]));
    expect(&it.e, &["PLS-004 svc fail error certain"]);
    pool(&mut it, json!([]), by_address.clone());
    expect(&it.e, &["PLS-004 svc fail warning probable"]);
    // A scale set's members are interfaces too, whatever else is in the pool.
    let member = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/v/virtualMachines/0/networkInterfaces/n/ipConfigurations/i";
    pool(&mut it, json!([{"id": member}]), by_address);
    expect(&it.e, &[]);
    // The rule's pool is nowhere to be seen.
    it.balancer_is("backendAddressPools", json!([]));
    expect(&it.e, &["PLS-004 svc fail warning probable"]);
    it.balancer_is("backendAddressPools", json!([[]]));
    let found = judge(&it.e).findings;
    assert!(found.iter().any(|f| crate::judged::line(f) == "PLS-004 svc unknown"), "{found:#?}");
}

// PLS-008

#[test]
fn a_nat_subnet_with_policies_on_is_pls_008() {
    let mut it = Offer::new();
    let nat = ResourceId::new(&format!("{}/subnets/snet-nat", it.vnet));
    let set = |e: &mut Estate, value: serde_json::Value| {
        e.edit_subnet(&nat, |s| s["properties"]["privateLinkServiceNetworkPolicies"] = value);
    };
    set(&mut it.e, json!("Enabled"));
    it.e.direct_service("direct", &it.vnet, 2);
    let report = judge(&it.e);
    expect_in(&report, &["PLS-008 direct fail error certain", "PLS-008 svc fail error certain"]);
    let all: Vec<_> = report.findings.iter().map(|f| (&f.cause, &f.headline)).collect();
    assert_eq!(all[0], all[1]);
    let command = format!(
        "az network vnet subnet update --subscription {} -g rg-network --vnet-name vnet -n snet-nat --private-link-service-network-policies Disabled",
        it.guid(HOME)
    );
    assert_eq!(commands(&report.findings[0]), [command]);
    set(&mut it.e, json!(null));
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "PLS-008"), [("the subnet does not tell its policy", 2)]);
    it.e.gap(Kind::VirtualNetworks, HOME, 403, "AuthorizationFailed");
    expect_of("PLS-008", &it.e, &["PLS-008 direct unknown", "PLS-008 svc unknown"]);
}

// PLS-009

#[test]
fn services_that_differ_in_the_proxy_protocol_are_one_row() {
    let mut it = Offer::new();
    let other = it.e.link_service("other", &it.vnet, &it.balancer);
    expect(&it.e, &[]);
    it.e.edit(&other, |s| s["properties"]["enableProxyProtocol"] = true.into());
    let report = judge(&it.e);
    expect_in(&report, &["PLS-009 other fail warning certain", "PLS-009 svc fail warning certain"]);
    assert_eq!(
        (&report.findings[0].cause, &report.findings[0].headline),
        (&report.findings[1].cause, &report.findings[1].headline)
    );
    assert!(commands(&report.findings[0])[0].ends_with("-n other --enable-proxy-protocol false"));
    // On load balancers of their own they may differ.
    let second = it.e.balancer("lb-2", &it.vnet);
    it.e.edit(&other, |s| {
        s["properties"]["loadBalancerFrontendIpConfigurations"] =
            json!([{"id": frontend_of(&second).as_str()}]);
    });
    expect(&it.e, &[]);
}

/// Two services on frontends of their own, which differ in the proxy protocol.
fn apart() -> (Offer, serde_json::Value) {
    let mut it = Offer::new();
    let other = it.e.link_service("other", &it.vnet, &it.balancer);
    let second = format!("{}/frontendIPConfigurations/fe-2", it.balancer);
    it.e.edit(&other, |s| {
        s["properties"]["enableProxyProtocol"] = true.into();
        s["properties"]["loadBalancerFrontendIpConfigurations"] = json!([{"id": second}]);
    });
    it.e.edit(&it.balancer, |b| {
        let mut frontend = b["properties"]["frontendIPConfigurations"][0].clone();
        frontend["id"] = json!(second);
        b["properties"]["frontendIPConfigurations"].as_array_mut().unwrap().push(frontend);
    });
    let mut rule = it.e.get(&it.balancer)["properties"]["loadBalancingRules"][0].clone();
    rule["properties"]["frontendIPConfiguration"] = json!({"id": second});
    (it, rule)
}

#[test]
fn frontends_of_their_own_may_lead_to_machines_of_their_own() {
    type Change = fn(&mut serde_json::Value);
    let judged = |change: Change| {
        let (mut it, mut rule) = apart();
        change(&mut rule);
        it.e.edit(&it.balancer, |b| {
            b["properties"]["loadBalancingRules"].as_array_mut().unwrap().push(rule);
        });
        it.e
    };
    let both = |grade: &str| [format!("PLS-009 other fail {grade}"), format!("PLS-009 svc fail {grade}")];
    let changes: [(Change, &str); 5] = [
        (|_| {}, "warning certain"),
        (|rule| rule["properties"]["backendPort"] = json!(0), "warning certain"),
        (|rule| rule["properties"]["backendPort"] = json!(null), "warning probable"),
        (|rule| rule["properties"]["backendPort"] = json!(8443), "info possible"),
        (
            |rule| {
                rule["properties"]["backendAddressPool"] = json!({"id": "/pool"});
                rule["properties"]["backendAddressPools"] = json!([{"id": "/pool"}]);
            },
            "info possible",
        ),
    ];
    for (change, grade) in changes {
        let expected = both(grade);
        expect_of("PLS-009", &judged(change), &expected.each_ref().map(String::as_str));
    }
    let mut unread = judged(|_| {});
    unread.gap(Kind::LoadBalancers, HOME, 403, "AuthorizationFailed");
    expect_of("PLS-009", &unread, &["PLS-009 other unknown", "PLS-009 svc unknown"]);
}

#[test]
fn a_neighbour_out_of_sight_leaves_the_proxy_protocol_unknown() {
    let mut e = Estate::new();
    e.in_subscription("hub");
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let balancer = e.balancer("lb", &vnet);
    let far = e.link_service("far", &vnet, &balancer);
    e.in_subscription(HOME);
    e.link_service("svc", &vnet, &balancer);
    expect(&e, &[]);
    e.edit(&far, |s| s["properties"]["enableProxyProtocol"] = true.into());
    expect(&e, &["PLS-009 svc fail warning certain"]);
    e.gap(Kind::PrivateLinkServices, "hub", 403, "AuthorizationFailed");
    expect_unknown(&e, "svc", &["PLS-009"]);
}

// PLS-011

#[test]
fn direct_connect_needs_addresses_in_pairs() {
    for (addresses, right) in [(1, false), (2, true), (3, false), (4, true)] {
        let mut it = Offer::new();
        it.e.direct_service("direct", &it.vnet, addresses);
        let expected = if right { vec![] } else { vec!["PLS-011 direct fail warning certain"] };
        expect(&it.e, &expected);
    }
    let it = Offer::new();
    assert_eq!(not_judged(&judge(&it.e), "PLS-011"), [("not a Direct Connect service", 1)]);
}
