//! Private link services end to end, as their owner and as their consumers see them: each rule once in one estate, none
//! in a healthy one, and unknown where the provider's side cannot be read.

use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use crate::estate::service::{alias_of, frontend_of};
use crate::estate::services::{alias, private_link_service};
use crate::estate::{Estate, HOME};
use crate::standin::StandIn;
use crate::standin::child::{findings, gaps};
use crate::standin::fault::Fault;

const FAR: &str = "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints";
const OTHER: &str = "11111111-aaaa-4bbb-8ccc-dddddddddddd";

/// A provider's network, and consumers in its own subscription and in another.
struct Market {
    e: Estate,
    provider: ResourceId,
    consumers: ResourceId,
    abroad: ResourceId,
}

impl Market {
    fn new() -> Self {
        let mut e = Estate::new();
        let provider = e.vnet("provider", "10.1.0.0/16");
        let consumers = e.vnet("consumers", "10.2.0.0/16");
        e.in_subscription("abroad");
        let abroad = e.vnet("abroad", "10.3.0.0/16");
        e.in_subscription(HOME);
        Market { e, provider, consumers, abroad }
    }

    /// A service on a load balancer of its own, visible to the provider's subscription and to that abroad.
    fn service(&mut self, name: &str) -> ResourceId {
        let balancer = self.e.balancer(&format!("lb-{name}"), &self.provider);
        let service = self.e.link_service(name, &self.provider, &balancer);
        let seen_by = [HOME, "abroad"].map(|place| self.e.subscription_guid(place));
        self.set(&service, "visibility", json!({"subscriptions": seen_by}));
        service
    }

    fn balancer_of(&self, service: &ResourceId) -> ResourceId {
        let name = format!("loadBalancers/lb-{}", service.name());
        ResourceId::new(&service.as_str().replace(&format!("privateLinkServices/{}", service.name()), &name))
    }

    fn set(&mut self, id: &ResourceId, field: &str, value: Value) {
        self.e.edit(id, |resource| resource["properties"][field] = value);
    }

    /// An endpoint that names a service, in this state there and here.
    fn consumer(
        &mut self,
        name: &str,
        vnet: &ResourceId,
        leads: crate::estate::Service,
        status: &str,
    ) -> ResourceId {
        let pe = self.e.endpoint(name, vnet, leads);
        self.e.pending(&pe).set_status(&pe, status);
        pe
    }

    /// An endpoint by the service's id, of which the service knows.
    fn known(&mut self, name: &str, vnet: &ResourceId, service: &ResourceId, leads: crate::estate::Service) {
        let pe = self.consumer(name, vnet, leads, "Approved");
        self.e.service_connection(service, &pe, "Approved");
    }

    fn start(&self) -> StandIn {
        StandIn::start(self.e.values())
    }

    fn audited(&self, standin: &StandIn, more: &[&str], code: i32) -> Value {
        let home = self.e.subscription_guid(HOME);
        let args = [&["audit", "-s", &home, "-f", "json"], more].concat();
        standin.signed_in(&args).run().exits(code).report()
    }
}

/// What is found about private link services: rule, subject, severity.
fn found(report: &Value) -> Vec<[String; 3]> {
    let all = report["findings"].as_array().unwrap().iter();
    let ours = all.filter(|finding| finding["rule"].as_str().unwrap().starts_with("PLS-"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut told: Vec<[String; 3]> = ours
        .map(|finding| {
            let said = match finding["verdict"].as_str() {
                Some("unknown") => "unknown".to_owned(),
                _ => text(&finding["severity"]),
            };
            [text(&finding["rule"]), text(&finding["subject"]["name"]), said]
        })
        .collect();
    told.sort();
    told
}

/// A service with consumers in its own subscription and in another, by id and by alias, approved on both sides.
fn healthy() -> Market {
    let mut it = Market::new();
    let service = it.service("svc");
    let (near, far) = (it.consumers.clone(), it.abroad.clone());
    let by_id = private_link_service("").at(&service.as_str().to_uppercase());
    it.known("pe-near", &near, &service, by_id);
    let own = alias(&alias_of(&service).to_uppercase());
    it.known("pe-far", &far, &service, own);
    it
}

#[test]
fn a_service_that_works_is_silent_from_both_sides() {
    let it = healthy();
    let standin = it.start();
    let report = it.audited(&standin, &[], 0);
    assert_eq!(report["findings"], json!([]));
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    // The consumer's side alone: the provider's is context.
    let abroad = it.e.subscription_guid("abroad");
    let home = it.e.subscription_guid(HOME);
    let args = ["audit", "-s", &abroad, "--context-subscription", &home, "-f", "json"];
    assert_eq!(standin.signed_in(&args).run().exits(0).report()["findings"], json!([]));
    assert_eq!(found(&it.audited(&standin, &["--deep"], 0)), Vec::<[String; 3]>::new());
}

/// Every fault that a service can have, each in a service of its own.
fn faulty() -> Market {
    let mut it = healthy();
    let (near, far) = (it.consumers.clone(), it.abroad.clone());
    let foreign = |name: &str| ResourceId::new(&format!("{FAR}/{name}"));

    let waiting = it.service("waiting");
    it.e.service_connection(&waiting, &foreign("asks"), "Pending");
    let left = it.service("left");
    it.e.service_connection(&left, &foreign("gone"), "Disconnected");

    let basic = it.service("basic");
    let balancer = it.balancer_of(&basic);
    it.e.edit(&balancer, |b| b["sku"]["name"] = "Basic".into());
    let pathless = it.service("pathless");
    let balancer = it.balancer_of(&pathless);
    it.set(&balancer, "loadBalancingRules", json!([]));

    let hidden = it.service("hidden");
    it.set(&hidden, "visibility", json!({"subscriptions": [OTHER]}));
    let own = alias(&alias_of(&hidden));
    it.consumer("pe-unseen", &far, own, "Pending");
    let renamed = it.service("renamed");
    let old = alias(&alias_of(&renamed).replacen("renamed.", "before.", 1));
    it.consumer("pe-old-alias", &near, old, "Pending");
    it.consumer("pe-no-service", &near, private_link_service("no-such"), "Pending");

    let home = it.e.subscription_guid(HOME);
    let generous = it.service("generous");
    it.set(&generous, "visibility", json!({"subscriptions": [home]}));
    it.set(&generous, "autoApproval", json!({"subscriptions": [home, OTHER]}));
    let open = it.service("open");
    it.set(&open, "autoApproval", json!({"subscriptions": ["*"]}));

    // In a network of its own, whose subnet for NAT nobody prepared.
    let guarded_vnet = it.e.vnet("guarded", "10.4.0.0/16");
    let lb = it.e.balancer("lb-guarded", &guarded_vnet);
    it.e.link_service("guarded", &guarded_vnet, &lb);
    let nat = ResourceId::new(&format!("{guarded_vnet}/subnets/snet-nat"));
    it.e.edit_subnet(&nat, |s| s["properties"]["privateLinkServiceNetworkPolicies"] = "Enabled".into());

    // Two services on one load balancer, whose rules meet on one port.
    let plain = it.service("plain");
    let shared = it.balancer_of(&plain);
    let proxied = it.e.link_service("proxied", &it.provider, &shared);
    it.set(&proxied, "enableProxyProtocol", json!(true));
    assert_eq!(frontend_of(&shared).parent().unwrap(), shared);
    it.e.direct_service("direct", &it.provider, 1);
    it
}

#[test]
fn each_fault_is_found_once_in_one_estate() {
    let it = faulty();
    let standin = it.start();
    // Nothing leads to a consumer of whose request the service does not know: its subscription is named.
    let abroad = it.e.subscription_guid("abroad");
    let report = it.audited(&standin, &["--context-subscription", &abroad], 1);
    let expected = [
        ["PLS-001", "waiting", "warning"],
        ["PLS-002", "left", "info"],
        ["PLS-003", "basic", "error"],
        ["PLS-004", "pathless", "error"],
        ["PLS-005", "hidden", "error"],
        ["PLS-006", "pe-no-service", "error"],
        ["PLS-006", "pe-old-alias", "error"],
        ["PLS-007", "generous", "warning"],
        ["PLS-008", "guarded", "error"],
        ["PLS-009", "plain", "warning"],
        ["PLS-009", "proxied", "warning"],
        ["PLS-011", "direct", "warning"],
        ["PLS-012", "open", "warning"],
    ];
    assert_eq!(found(&report), expected.map(|line| line.map(str::to_owned)));
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    // What waits under a name that nobody has is no matter of approval.
    assert!(findings(&report, "PE-001").is_empty(), "{report:#}");
    // The steps that are left name the load balancers' own addresses.
    let report = it.audited(&standin, &["--checklist"], 1);
    let steps: Vec<&str> =
        report["checklist"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
    assert!(steps.contains(&"service-balancer-answers") && steps.contains(&"service-machines"), "{steps:?}");
}

#[test]
fn what_the_provider_does_not_show_is_unknown() {
    let it = faulty();
    let home = it.e.subscription_guid(HOME);
    let standin = it.start();
    standin.on(
        &format!("/subscriptions/{home}/providers/Microsoft.Network/privateLinkServices"),
        Fault::Forbidden,
    );
    // Nothing is left of the services; of the endpoints that name one, nobody knows.
    let told = found(&it.audited(&standin, &["--fail-on", "never"], 3));
    let subjects: Vec<&str> = told.iter().map(|[_, subject, _]| subject.as_str()).collect();
    assert_eq!(subjects, ["pe-near", "pe-no-service", "pe-old-alias"]);
    assert!(told.iter().all(|[rule, _, said]| rule == "PLS-006" && said == "unknown"), "{told:?}");

    let standin = it.start();
    standin.on(&format!("/subscriptions/{home}/providers/Microsoft.Network/loadBalancers"), Fault::Forbidden);
    let told = found(&it.audited(&standin, &[], 1));
    let of = |rule: &str| -> Vec<&str> {
        told.iter()
            .filter(|line| line[0] == rule && line[2] == "unknown")
            .map(|line| line[1].as_str())
            .collect()
    };
    let on_balancers = [
        "basic", "generous", "guarded", "hidden", "left", "open", "pathless", "plain", "proxied", "renamed",
        "svc", "waiting",
    ];
    assert_eq!(of("PLS-003"), on_balancers);
    assert_eq!(of("PLS-004"), on_balancers);
    assert_eq!(of("PLS-009"), ["plain", "proxied"]);
    assert!(
        told.iter()
            .all(|line| line[2] == "unknown" || !matches!(&*line[0], "PLS-003" | "PLS-004" | "PLS-009"))
    );
}
