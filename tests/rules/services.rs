//! PLS-001, PLS-002, PLS-005, PLS-006, PLS-007, PLS-012: private link services and those who connect to them.

use plaudit::finding::Finding;
use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::service::alias_of;
use crate::estate::services::{Service, alias, private_link_service};
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect, expect_in, expect_of, expect_unknown, judge, not_judged, only};

const FAR: &str = "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/far";

/// A service on a load balancer, and a network for its consumers.
#[derive(Clone)]
pub struct Offer {
    pub e: Estate,
    pub vnet: ResourceId,
    pub balancer: ResourceId,
    pub service: ResourceId,
    /// Empty: endpoints are for the tests to make.
    consumers: ResourceId,
}

impl Offer {
    pub fn new() -> Self {
        let mut e = Estate::new();
        let vnet = e.vnet("vnet", "10.1.0.0/16");
        let balancer = e.balancer("lb", &vnet);
        let service = e.link_service("svc", &vnet, &balancer);
        e.in_subscription("consumers");
        let consumers = e.vnet("consumers", "10.2.0.0/16");
        e.in_subscription(HOME);
        Offer { e, vnet, balancer, service, consumers }
    }

    pub fn set(&mut self, field: &str, value: impl Into<serde_json::Value>) -> &mut Self {
        let value = value.into();
        self.e.edit(&self.service, |s| s["properties"][field] = value);
        self
    }

    fn visible_to(&mut self, subscriptions: &[&str]) -> &mut Self {
        self.set("visibility", json!({"subscriptions": subscriptions}))
    }

    fn approves(&mut self, subscriptions: &[&str]) -> &mut Self {
        self.set("autoApproval", json!({"subscriptions": subscriptions}))
    }

    pub fn balancer_is(&mut self, field: &str, value: impl Into<serde_json::Value>) -> &mut Self {
        let value = value.into();
        self.e.edit(&self.balancer, |b| b["properties"][field] = value);
        self
    }

    /// An endpoint of the service in a network, by hand, in this state on both sides.
    fn consumer(&mut self, vnet: &ResourceId, status: &str) -> ResourceId {
        let leads = private_link_service("").at(self.service.as_str());
        self.consumer_of(vnet, leads, status)
    }

    fn consumer_of(&mut self, vnet: &ResourceId, leads: Service, status: &str) -> ResourceId {
        let pe = self.e.endpoint("pe", vnet, leads);
        self.e.pending(&pe).set_status(&pe, status);
        self.e.service_connection(&self.service, &pe, status);
        pe
    }

    pub fn guid(&self, subscription: &str) -> String {
        self.e.subscription_guid(subscription)
    }
}

pub fn commands(finding: &Finding) -> Vec<&str> {
    finding.remediation.iter().filter_map(|step| step.command.as_deref()).collect()
}

#[test]
fn a_service_that_works_is_healthy() {
    let mut it = Offer::new();
    expect(&it.e, &[]);
    let consumers = it.consumers.clone();
    it.consumer(&consumers, "Approved");
    expect(&it.e, &[]);
}

#[test]
fn services_of_the_context_are_never_reported_on() {
    let mut e = Estate::new();
    e.in_subscription("elsewhere");
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let balancer = e.balancer("lb", &vnet);
    let service = e.link_service("svc", &vnet, &balancer);
    e.edit(&service, |s| {
        s["properties"]["provisioningState"] = "Failed".into();
        s["properties"]["autoApproval"] = json!({"subscriptions": ["*"]});
    });
    e.service_connection(&service, &ResourceId::new(FAR), "Pending");
    expect(&e, &[]);
    e.audit("elsewhere");
    expect(
        &e,
        &[
            "PLS-001 svc fail warning certain",
            "PLS-003 svc fail error certain",
            "PLS-012 svc fail warning certain",
        ],
    );
}

#[test]
fn a_service_of_another_resource_group_is_not_reported_on() {
    let mut it = Offer::new();
    it.approves(&["*"]);
    let mut collected = crate::judged::read(&it.e);
    collected.origin.scope.resource_groups = vec!["rg-else".into()];
    expect_in(&crate::judged::judge_collected(collected), &[]);
}

// PLS-001

#[test]
fn a_foreign_endpoint_that_waits_is_pls_001_once_a_service() {
    let mut it = Offer::new();
    let one = it.e.service_connection(&it.service, &ResourceId::new(FAR), "Pending");
    let two =
        it.e.service_connection(&it.service, &ResourceId::new(&FAR.replace("/far", "/far-2")), "pending");
    let report = judge(&it.e);
    expect_in(&report, &["PLS-001 svc fail warning certain"]);
    let finding = only(&report, "PLS-001");
    assert_eq!(evidence(finding, "count"), "2");
    let guid = it.guid(HOME);
    for id in [one, two] {
        let command = format!(
            "az network private-link-service connection update --subscription {guid} -g rg-network --service-name svc -n {} --connection-status Approved",
            id.name()
        );
        assert!(commands(finding).contains(&command.as_str()), "{finding:#?}");
    }
}

#[test]
fn a_service_connection_on_its_way_is_not_judged() {
    for status in [json!("Approving"), json!(null), json!("Quarantined")] {
        let mut it = Offer::new();
        it.e.service_connection(&it.service, &ResourceId::new(FAR), status);
        expect(&it.e, &[]);
        let reason = "connection is being changed, or its state is not recognised";
        assert_eq!(not_judged(&judge(&it.e), "PLS-001"), [(reason, 1)]);
    }
}

#[test]
fn a_consumer_that_is_reported_on_speaks_for_both_sides() {
    let mut it = Offer::new();
    let vnet = it.vnet.clone();
    let pe = it.consumer(&vnet, "Pending");
    expect(&it.e, &["PE-001 pe fail error certain"]);
    // The two sides disagree, or the endpoint's rule is silent: somebody must speak.
    let mut other = it.clone();
    other.e.set_status(&pe, "Approved");
    expect(&other.e, &["PLS-001 svc fail warning certain"]);
    it.e.edit(&pe, |pe| pe["properties"]["provisioningState"] = "Updating".into());
    expect(&it.e, &["PLS-001 svc fail warning certain"]);
}

#[test]
fn a_consumer_in_the_context_is_the_services_to_report() {
    let mut it = Offer::new();
    let consumers = it.consumers.clone();
    it.consumer(&consumers, "Pending");
    expect(&it.e, &["PLS-001 svc fail warning certain"]);
    it.e.audit("consumers");
    expect(&it.e, &["PE-001 pe fail error certain"]);
    it.e.gap(Kind::PrivateEndpoints, "consumers", 403, "AuthorizationFailed");
    expect_unknown(&it.e, "svc", &["PLS-001"]);
}

#[test]
fn a_connection_whose_endpoint_is_gone_is_removed_not_approved() {
    let mut it = Offer::new();
    let consumers = it.consumers.clone();
    let pe = it.consumer(&consumers, "Pending");
    it.e.delete_endpoint(&pe);
    let report = judge(&it.e);
    let commands = commands(only(&report, "PLS-001"));
    assert!(commands.iter().all(|command| command.contains("connection delete")), "{commands:?}");
}

#[test]
fn a_connection_that_cannot_be_read_leaves_it_unknown() {
    let mut it = Offer::new();
    it.set("privateEndpointConnections", json!([7]));
    let unknown: Vec<_> = judge(&it.e).findings.into_iter().filter(|f| f.rule == "PLS-001").collect();
    assert_eq!(crate::judged::line(&unknown[0]), "PLS-001 svc unknown");
}

// PLS-002

#[test]
fn dead_connections_are_pls_002() {
    for status in ["Rejected", "disconnected", "Removed"] {
        let mut it = Offer::new();
        let id = it.e.service_connection(&it.service, &ResourceId::new(FAR), status);
        let report = judge(&it.e);
        expect_in(&report, &["PLS-002 svc fail info certain"]);
        let commands = commands(only(&report, "PLS-002"));
        assert!(commands[0].contains(&format!("connection delete --subscription {}", it.guid(HOME))));
        assert!(commands[0].ends_with(&format!("--service-name svc -n {}", id.name())), "{commands:?}");
    }
    for status in ["Rejecting", "Disconnecting", "Approved"] {
        let mut it = Offer::new();
        it.e.service_connection(&it.service, &ResourceId::new(FAR), status);
        expect(&it.e, &[]);
    }
}

#[test]
fn a_dead_connection_that_its_endpoint_tells_of_is_not_told_twice() {
    for (status, rule) in [("Rejected", "PE-002"), ("Disconnected", "PE-003")] {
        let mut it = Offer::new();
        let vnet = it.vnet.clone();
        it.consumer(&vnet, status);
        expect(&it.e, &[&format!("{rule} pe fail error certain")]);
        it.e.gap(Kind::PrivateEndpoints, HOME, 403, "AuthorizationFailed");
        expect_unknown(&it.e, "svc", &["PLS-002"]);
    }
}

// PLS-005

#[test]
fn a_consumer_outside_visibility_is_pls_005() {
    let mut it = Offer::new();
    let (home, consumers) = (it.guid(HOME), it.consumers.clone());
    it.visible_to(&[&home]);
    it.consumer(&consumers, "Pending");
    let report = judge(&it.e);
    expect_in(&report, &["PLS-001 svc fail warning certain", "PLS-005 svc fail warning probable"]);
    let wanted = it.guid("consumers");
    assert!(
        commands(only(&report, "PLS-005"))[0].ends_with(&format!("-n svc --visibility {home} {wanted}")),
        "{report:#?}"
    );
    // Azure did not let the request through.
    it.e.edit(&it.service.clone(), |service| service["properties"]["privateEndpointConnections"] = json!([]));
    expect(&it.e, &["PLS-005 svc fail error certain"]);
}

#[test]
fn a_consumer_that_could_not_be_read_leaves_visibility_unknown() {
    let mut it = Offer::new();
    let (home, consumers) = (it.guid(HOME), it.consumers.clone());
    it.visible_to(&[&home]);
    it.consumer(&consumers, "Pending");
    it.e.gap(Kind::PrivateEndpoints, "consumers", 403, "AuthorizationFailed");
    expect_of("PLS-005", &it.e, &["PLS-005 svc unknown"]);
}

#[test]
fn a_consumer_by_alias_is_known_too() {
    let mut it = Offer::new();
    let (home, consumers) = (it.guid(HOME), it.consumers.clone());
    let own = alias_of(&it.service).to_uppercase();
    it.consumer_of(&consumers, alias(&own), "Pending");
    it.visible_to(&[&home]);
    expect_of("PLS-005", &it.e, &["PLS-005 svc fail warning probable"]);
}

#[test]
fn visibility_that_does_not_matter_is_silent() {
    let asked = |status: &str, visibility: &[&str]| {
        let mut it = Offer::new();
        let consumers = it.consumers.clone();
        it.visible_to(visibility);
        it.consumer(&consumers, status);
        it
    };
    let other = "11111111-aaaa-4bbb-8ccc-dddddddddddd";
    for (status, visibility) in [
        ("Pending", "*"),
        ("Approved", other),
        ("Approving", other),
        ("Rejected", other),
        ("Disconnected", other),
    ] {
        expect_of("PLS-005", &asked(status, &[visibility]).e, &[]);
    }
    // Nor does it matter what a consumer says that was turned down and could not be read.
    let mut unread = asked("Rejected", &[other]);
    unread.e.gap(Kind::PrivateEndpoints, "consumers", 403, "AuthorizationFailed");
    expect_of("PLS-005", &unread.e, &[]);
    expect_of("PLS-005", &asked("Pending", &[other]).e, &["PLS-005 svc fail warning probable"]);
    // Rights decide.
    let it = asked("Pending", &[]);
    expect_of("PLS-005", &it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "PLS-005"), [("who sees the service is left to rights", 1)]);
    // The list names the consumer, in other letters.
    let mut it = asked("Pending", &[]);
    let guid = it.guid("consumers").to_uppercase();
    it.visible_to(&[&guid]);
    expect_of("PLS-005", &it.e, &[]);
}

#[test]
fn a_consumer_that_asked_with_rights_of_its_own_is_unknown() {
    let mut it = Offer::new();
    it.visible_to(&["11111111-aaaa-4bbb-8ccc-dddddddddddd"]);
    let leads = private_link_service("").at(it.service.as_str());
    let pe = it.e.endpoint("pe", &it.consumers, leads);
    it.e.set_status(&pe, "Pending");
    expect_of("PLS-005", &it.e, &["PLS-005 svc unknown"]);
    // Rights do not reach into another tenant.
    let guid = it.guid("consumers");
    let id = ResourceId::new(&format!("/subscriptions/{guid}"));
    it.e.edit(&id, |s| s["tenantId"] = "00000000-0000-4000-8000-000000000000".into());
    expect_of("PLS-005", &it.e, &["PLS-005 svc fail error certain"]);
}

// PLS-006

#[test]
fn an_endpoint_of_a_service_that_is_gone_is_pls_006() {
    let mut it = Offer::new();
    it.e.endpoint("pe", &it.vnet, private_link_service("no-such"));
    let report = judge(&it.e);
    expect_in(&report, &["PLS-006 pe fail error certain"]);
    assert!(commands(only(&report, "PLS-006"))[0].starts_with("az network private-endpoint delete"));
    it.e.gap(Kind::PrivateLinkServices, HOME, 403, "AuthorizationFailed");
    expect_unknown(&it.e, "pe", &["PLS-006"]);
}

#[test]
fn a_service_of_somebody_else_is_not_judged() {
    let mut it = Offer::new();
    let far = private_link_service("").at(&FAR.replace("privateEndpoints/far", "privateLinkServices/far"));
    it.e.endpoint("by-id", &it.vnet, far);
    it.e.endpoint(
        "by-alias",
        &it.vnet,
        alias("far.00000000-0000-4000-8000-000000000000.westus2.azure.privatelinkservice"),
    );
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "PLS-006"), [("private link service of somebody else", 2)]);
    // It may be one of those that could not be read.
    it.e.gap(Kind::PrivateLinkServices, "consumers", 403, "AuthorizationFailed");
    expect_unknown(&it.e, "by-alias", &["PLS-006"]);
}

#[test]
fn an_alias_that_the_service_does_not_have_is_pls_006() {
    let mut it = Offer::new();
    let old = alias_of(&it.service).replacen("svc.", "old.", 1);
    let pe = it.e.endpoint("pe", &it.vnet, alias(&old));
    it.e.set_status(&pe, "Pending");
    let report = judge(&it.e);
    expect_in(&report, &["PLS-006 pe fail error certain"]);
    let right = format!("--private-connection-resource-id {} ", alias_of(&it.service));
    let commands = commands(only(&report, "PLS-006"));
    assert!(commands[1].contains(&right) && commands[1].contains("--manual-request true"), "{commands:?}");
    it.e.set_status(&pe, "Approved");
    expect(&it.e, &["PLS-006 pe fail warning probable"]);
}

#[test]
fn an_endpoint_that_is_made_anew_anyway_or_changing_has_no_pls_006() {
    let mut it = Offer::new();
    let pe = it.e.endpoint("pe", &it.vnet, private_link_service("no-such"));
    for (status, rule) in [("Rejected", "PE-002"), ("Disconnected", "PE-003")] {
        it.e.set_status(&pe, status);
        expect(&it.e, &[&format!("{rule} pe fail error certain")]);
    }
    it.e.set_status(&pe, "Approved");
    it.e.edit(&pe, |pe| pe["properties"]["provisioningState"] = "Updating".into());
    expect(&it.e, &[]);
    // Neither has one that is right, by id or by alias.
    let mut it = Offer::new();
    it.e.endpoint("by-id", &it.vnet, private_link_service("").at(&it.service.as_str().to_uppercase()));
    it.e.endpoint("by-alias", &it.vnet, alias(&alias_of(&it.service)));
    expect(&it.e, &[]);
}

// PLS-007

#[test]
fn auto_approval_beyond_visibility_is_pls_007() {
    let (one, two) = ("11111111-aaaa-4bbb-8ccc-dddddddddddd", "22222222-aaaa-4bbb-8ccc-dddddddddddd");
    let mut it = Offer::new();
    it.visible_to(&[one]).approves(&[one, two]);
    let report = judge(&it.e);
    expect_in(&report, &["PLS-007 svc fail warning certain"]);
    let commands = commands(only(&report, "PLS-007"));
    assert!(commands[0].ends_with(&format!("--visibility {one} {two}")), "{commands:?}");
    assert!(commands[1].ends_with(&format!("--auto-approval {one}")), "{commands:?}");
    // Rights may do what no list does.
    it.visible_to(&[]);
    expect(&it.e, &["PLS-007 svc fail info possible"]);
    it.visible_to(&[one, &two.to_uppercase()]);
    expect(&it.e, &[]);
    it.visible_to(&["*"]);
    expect_of("PLS-007", &it.e, &[]);
    it.visible_to(&[one]).approves(&["*"]);
    expect_of("PLS-007", &it.e, &[]);
}

// PLS-012

#[test]
fn a_service_open_to_all_is_pls_012_once() {
    let mut it = Offer::new();
    it.e.service_connection(&it.service, &ResourceId::new(FAR), "Approved");
    it.visible_to(&["*"]);
    expect(&it.e, &["PLS-012 svc fail info possible"]);
    it.approves(&["*"]);
    let report = judge(&it.e);
    expect_in(&report, &["PLS-012 svc fail warning certain"]);
    let command = commands(only(&report, "PLS-012"))[0];
    assert!(command.ends_with("--auto-approval 99999999-aaaa-4bbb-8ccc-dddddddddddd"), "{command}");
    let one = "11111111-aaaa-4bbb-8ccc-dddddddddddd";
    it.visible_to(&[one]);
    expect(&it.e, &["PLS-012 svc fail warning certain"]);
    it.approves(&[one]);
    expect(&it.e, &[]);
}
