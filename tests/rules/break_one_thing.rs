//! From the healthy sample estate: one edit, and exactly what it must yield.

use std::collections::BTreeSet;

use plaudit::finding::Verdict;
use plaudit::inventory::ResourceId;
use plaudit::rules;
use serde_json::json;

use crate::estate::demo::Demo;
use crate::estate::network::subnet_id;
use crate::estate::service::NAT;
use crate::estate::services::key_vault;
use crate::estate::shapes;
use crate::judged::{expect, expect_gaps, judge};
use crate::small::link;

const BLOB: &str = "privatelink.blob.core.windows.net";
const SEARCH: &str = "privatelink.search.windows.net";
const VAULT: &str = "privatelink.vaultcore.azure.net";

type Edit = (&'static str, fn(&mut Demo), &'static [&'static str]);

fn set(demo: &mut Demo, id: &ResourceId, field: &'static str, value: serde_json::Value) {
    demo.e.edit(id, |v| v["properties"][field] = value);
}

/// Every edit by itself: what it is, how it is made, what must be found.
#[rustfmt::skip]
const EDITS: &[Edit] = &[
    ("a connection waits",
        |d| { d.e.pending(&d.endpoints["pe-kv-platform"]); },
        &["PE-001 pe-kv-platform fail error certain"]),
    ("a connection is rejected",
        |d| { d.e.rejected(&d.endpoints["pe-app-shop"], "no"); },
        &["PE-002 pe-app-shop fail error certain"]),
    ("a connection is disconnected",
        |d| { d.e.set_status(&d.endpoints["pe-app-shop"], "Disconnected"); },
        &["PE-003 pe-app-shop fail error certain"]),
    ("an endpoint with its records is deleted",
        |d| { d.e.delete_endpoint(&d.endpoints["pe-app-shop"]); },
        &[]),
    ("the zone of the service bus is deleted",
        |d| {
            d.e.drop_zone_group(&d.endpoints["pe-sb-telemetry"]);
            d.e.remove(&d.zones["privatelink.servicebus.windows.net"]);
        },
        &["DNS-001 pe-sb-telemetry fail error certain"]),
    ("the zone of the vaults is deleted under its endpoints",
        |d| { d.e.remove(&d.zones[VAULT]); },
        &["DNS-001 pe-kv-factory fail error certain", "DNS-001 pe-kv-lake fail error certain",
          "DNS-001 pe-kv-payments fail error certain", "DNS-001 pe-kv-platform fail error certain"]),
    ("a spoke of its own loses its link",
        |d| { d.e.unlink(&d.zones[BLOB], &d.lab); },
        &["DNS-010 pe-st-lab-blob fail error certain", "DNS-010 pe-st-trials-blob fail error certain"]),
    ("a link nobody needs is removed",
        |d| { d.e.unlink(&d.zones["privatelink.database.windows.net"], &d.hub); },
        &["DNS-010 pe-sql-orders fail error certain"]),
    ("the hub loses its link: every way through it is gone",
        |d| { d.e.unlink(&d.zones[VAULT], &d.hub); },
        &["DNS-010 pe-kv-factory fail error certain", "DNS-010 pe-kv-payments fail error certain",
          "DNS-010 pe-kv-platform fail error certain"]),
    ("the old hub, whose servers are in no list, loses its link",
        |d| { d.e.unlink(&d.zones["privatelink.database.windows.net"], &d.legacy); },
        &["DNS-010 pe-sql-stores fail warning probable"]),
    ("the ruleset is unlinked",
        |d| { let link = ResourceId::new(&format!("{}/virtualNetworkLinks/to-{}", d.ruleset, d.factory.name())); d.e.remove(&link); },
        &["DNS-010 pe-kv-factory fail error certain", "DNS-010 pe-st-drawings-blob fail error certain",
          "DNS-010 pe-st-factory-blob fail error certain"]),
    ("a rule is disabled",
        |d| { let rule = ResourceId::new(&format!("{}/forwardingRules/vault-azure-net", d.ruleset)); set(d, &rule, "forwardingRuleState", json!("Disabled")); },
        &["DNS-010 pe-kv-factory fail error certain"]),
    ("the resolver's inbound endpoint is deleted: whoever asks it asks nobody",
        |d| { let inbound = ResourceId::new(&format!("{}/inboundEndpoints/inbound-10-0-1-4", d.resolver)); d.e.remove(&inbound); },
        &["DNS-010 pe-acr-platform fail error certain", "DNS-010 pe-kv-factory fail error certain",
          "DNS-010 pe-kv-platform fail error certain", "DNS-010 pe-st-drawings-blob fail error certain",
          "DNS-010 pe-st-factory-blob fail error certain", "DNS-035 vnet-build-weu fail error certain",
          "DNS-035 vnet-retail-weu fail error certain"]),
    ("the firewall's DNS proxy is turned off",
        |d| { let policy = d.policy.clone(); d.e.edit(&policy, |p| p["properties"]["dnsSettings"]["enableProxy"] = false.into()); },
        &["DNS-036 vnet-shared-weu fail error certain"]),
    ("custom DNS is taken away from a spoke that is linked to nothing",
        |d| { d.e.dns_servers(&d.shared, &[]); },
        &["DNS-010 pe-acr-platform fail error certain", "DNS-010 pe-kv-platform fail error certain"]),
    ("custom DNS moves out of Azure",
        |d| { d.e.dns_servers(&d.shared, &["192.168.1.53"]); },
        &["DNS-017 vnet-shared-weu fail info certain"]),
    ("a second server sees nothing",
        |d| { d.e.dns_servers(&d.shared, &["10.0.2.4", "168.63.129.16"]); },
        &["DNS-010 pe-acr-platform fail warning probable", "DNS-010 pe-kv-platform fail warning probable"]),
    ("a record is deleted",
        |d| { let record = d.record(VAULT, "kv-contoso-lake"); d.e.remove(&record); },
        &["DNS-021 pe-kv-lake fail error certain"]),
    ("one of a registry's records is deleted",
        |d| { let record = d.record("privatelink.azurecr.io", "acrcontoso.westeurope.data"); d.e.remove(&record); },
        &["DNS-021 pe-acr-platform fail error certain"]),
    ("a record is emptied",
        |d| { let record = d.record(VAULT, "kv-contoso-lake"); d.e.set_addresses(&record, &[]); },
        &["DNS-021 pe-kv-lake fail error certain"]),
    ("a record is deleted where the link falls back to public DNS",
        |d| {
            let (link, record) = (link(&d.zones[VAULT], &d.analytics), d.record(VAULT, "kv-contoso-lake"));
            set(d, &link, "resolutionPolicy", json!("NxDomainRedirect"));
            d.e.remove(&record);
        },
        &["DNS-021 pe-kv-lake fail warning probable"]),
    ("a zone for the public suffix is linked and knows nothing",
        |d| { let zone = d.e.zone("vault.azure.net"); d.e.link(&zone, &d.analytics); },
        &["DNS-021 pe-kv-lake fail error certain", "DNS-038 vault.azure.net fail warning certain"]),
    ("a record leads to an address that nobody has",
        |d| { let record = d.record(VAULT, "kv-contoso-lake"); d.e.set_addresses(&record, &["10.20.4.250"]); },
        &["DNS-022 pe-kv-lake fail error certain"]),
    ("a record leads to a machine",
        |d| { let record = d.record(VAULT, "kv-contoso-lake"); d.e.set_addresses(&record, &["10.20.0.4"]); },
        &["DNS-022 pe-kv-lake fail warning probable"]),
    ("a record that the old hub's machines read is wrong",
        |d| { let record = d.record("privatelink.database.windows.net", "sql-contoso-stores"); d.e.set_addresses(&record, &["10.60.4.250"]); },
        &["DNS-022 pe-sql-stores fail warning probable"]),
    ("a record holds an address too many",
        |d| {
            let own = d.e.addresses_of(&d.endpoints["pe-kv-lake"])[0].clone();
            let record = d.record(VAULT, "kv-contoso-lake");
            d.e.set_addresses(&record, &[&own, "10.20.4.250"]);
        },
        &["DNS-023 pe-kv-lake fail warning certain"]),
    ("the interface gets another address",
        |d| {
            let nic = d.e.interface_of(&d.endpoints["pe-kv-lake"]);
            d.e.edit(&nic, |n| n["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "10.20.4.77".into());
        },
        &["DNS-022 pe-kv-lake fail error certain"]),
    ("one side of a peering is deleted",
        |d| { d.e.unpeer(&d.lab, &d.analytics); },
        &["NET-001 peer-to-vnet-lab-weu fail error certain"]),
    ("the context's side of a peering is deleted, and DNS goes with it nowhere",
        |d| { d.e.unpeer(&d.hub, &d.lab); },
        &["NET-001 peer-to-vnet-hub-weu fail error certain"]),
    ("one side of a peering was never made",
        |d| {
            let side = ResourceId::new(&format!("{}/virtualNetworkPeerings/peer-to-{}", d.lab, d.analytics.name()));
            d.e.edit(&d.lab, |v| {
                let peerings = v["properties"]["virtualNetworkPeerings"].as_array_mut().unwrap();
                peerings.retain(|p| p["id"] != side.as_str());
            });
            d.e.edit_peering(&d.analytics, &d.lab, |p| p["properties"]["peeringState"] = "Initiated".into());
        },
        &["NET-002 peer-to-vnet-lab-weu fail error certain"]),
    ("a network grew and nobody synchronised",
        |d| { d.e.add_prefix(&d.lab, "10.51.0.0/16"); d.e.out_of_sync(&d.analytics, &d.lab, &["10.50.0.0/16"]); },
        &["NET-003 peer-to-vnet-lab-weu fail warning certain"]),
    ("a target is deleted",
        |d| {
            let target = d.e.target_id(&d.endpoints["pe-st-archive-blob"]);
            d.e.delete_target(&target);
            d.e.set_status(&d.endpoints["pe-st-archive-blob"], "Disconnected");
        },
        &["PE-005 pe-st-archive-blob fail error certain"]),
    ("a data lake loses one of its two endpoints",
        |d| { d.e.delete_endpoint(&d.endpoints["pe-st-lake-dfs"]); },
        &["PE-014 stcontosolake fail warning certain"]),
    ("a second endpoint of a vault writes the same record",
        |d| {
            let vault = d.e.target(&d.endpoints["pe-kv-lake"]);
            d.e.in_group("rg-search");
            let id = d.e.endpoint("pe-kv-search", &d.analytics, key_vault("kv-contoso-lake").at(&vault));
            d.e.zone_group(&id, &[&d.zones[VAULT]]);
        },
        &["PE-008 pe-kv-lake fail warning certain"]),
    ("a zone is linked to a network that is no more",
        |d| { let gone = ResourceId::new(&format!("{}-old", d.analytics)); d.e.link(&d.zones[SEARCH], &gone); },
        &["DNS-012 to-vnet-analytics-weu-old fail warning certain"]),
    ("a link failed",
        |d| { let link = link(&d.zones[SEARCH], &d.lab); set(d, &link, "provisioningState", json!("Failed")); },
        &["DNS-011 to-vnet-lab-weu fail warning certain"]),
    ("machines register their names among those of a service",
        |d| { let link = link(&d.zones[SEARCH], &d.analytics); set(d, &link, "registrationEnabled", json!(true)); },
        &["DNS-013 to-vnet-analytics-weu fail warning certain"]),
    ("a zone gets a wildcard",
        |d| { d.e.record(&d.zones[SEARCH], "*", &["10.20.4.200"]); },
        &["DNS-026 * fail warning certain"]),
    ("a public address stands among the private ones",
        |d| { d.e.record(&d.zones[SEARCH], "srch-contoso-old", &["203.0.113.9"]); },
        &["DNS-025 srch-contoso-old fail error certain"]),
    ("a copy of a zone has an old record, and a peered network sees it",
        |d| {
            d.e.in_subscription("contoso-factory").in_group("rg-plant");
            let copy = d.e.zone(BLOB);
            d.e.record(&copy, "stcontosofactory", &["10.40.4.201"]);
            d.e.record(&copy, "stcontosodrawings", &["10.40.4.6"]);
            d.e.unlink(&d.zones[BLOB], &d.plant);
            d.e.link(&copy, &d.plant);
        },
        &["DNS-014 pe-st-factory-blob fail warning certain"]),
    ("a copy of a zone lacks the records, and a peered network sees it",
        |d| {
            d.e.in_subscription("contoso-factory").in_group("rg-plant");
            let copy = d.e.zone(BLOB);
            d.e.unlink(&d.zones[BLOB], &d.plant);
            d.e.link(&copy, &d.plant);
        },
        &["DNS-015 pe-st-drawings-blob fail warning certain", "DNS-015 pe-st-factory-blob fail warning certain"]),
    ("a peered network loses its link",
        |d| { d.e.unlink(&d.zones[BLOB], &d.plant); },
        &["DNS-015 vnet-plant-weu fail info possible"]),
    ("a copy of a zone is linked beside the ruleset that takes its names",
        |d| {
            d.e.in_subscription("contoso-factory").in_group("rg-plant");
            let copy = d.e.zone(BLOB);
            d.e.link(&copy, &d.factory);
        },
        &["DNS-037 vnet-factory-weu fail warning certain"]),
    ("a DNS server's address is mistyped",
        |d| { d.e.dns_servers(&d.build, &["10.0.1.5"]); },
        &["DNS-035 vnet-build-weu fail error certain"]),
    ("the hub no longer offers its gateways",
        |d| { d.e.flag(&d.hub, &d.retail, "allowGatewayTransit", false); },
        &["NET-005 peer-to-vnet-hub-weu fail error certain"]),
    ("a peering no longer lets its networks talk",
        |d| { d.e.flag(&d.lab, &d.hub, "allowVirtualNetworkAccess", false); },
        &["NET-009 peer-to-vnet-hub-weu fail warning certain"]),
    ("a rule of a security group has too short a mask",
        |d| { d.e.edit(&d.security_group, |g| g["properties"]["securityRules"][0]["properties"]["sourceAddressPrefix"] = "10.20.0.0/15".into()); },
        &["NET-019 snet-endpoints fail warning certain"]),
    ("a partner's connection waits",
        |d| {
            let partner = ResourceId::new(&format!("/subscriptions/{}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe-partner", shapes::guid("a partner")));
            d.e.service_connection(&d.service, &partner, "Pending");
        },
        &["PLS-001 pls-plant-data fail warning certain"]),
    ("the machines behind a service are gone",
        |d| {
            d.e.edit(&d.balancer, |b| {
                let pool = &mut b["properties"]["backendAddressPools"][0]["properties"];
                pool["backendIPConfigurations"] = json!([]);
                pool["loadBalancerBackendAddresses"] = json!([]);
            });
        },
        &["PLS-004 pls-plant-data fail error certain"]),
    ("the subnet behind a service applies network policies",
        |d| {
            let subnet = subnet_id(&d.plant, NAT);
            d.e.edit_subnet(&subnet, |s| s["properties"]["privateLinkServiceNetworkPolicies"] = "Enabled".into());
        },
        &["PLS-008 pls-plant-data fail error certain"]),
    ("a service approves everybody",
        |d| { let service = d.service.clone(); set(d, &service, "autoApproval", json!({"subscriptions": ["*"]})); },
        &["PLS-012 pls-plant-data fail warning certain"]),
    ("a zone of the same name stands elsewhere, linked to nothing",
        |d| { d.e.in_group("rg-sandbox"); d.e.zone(BLOB); },
        &[]),
    ("a public suffix zone stands about, linked to nothing",
        |d| { d.e.zone("core.windows.net"); },
        &[]),
    ("an endpoint is being changed",
        |d| { let pe = d.endpoints["pe-kv-lake"].clone(); set(d, &pe, "provisioningState", json!("Updating")); },
        &[]),
    ("the interfaces tell no names, as many do",
        |d| for pe in ["pe-kv-lake", "pe-st-lab-blob"] { d.e.without_fqdns(&d.endpoints[pe]); },
        &[]),
];

/// Rules of which the healthy sample holds no subject that is read: targets and zone groups are read for suspects
/// alone, nobody in it uses Azure Monitor, one zone stands by itself, and its private link service has a load
/// balancer.
#[rustfmt::skip]
const WITHOUT_SUBJECT: &[&str] = &[
    "PE-007", "PE-016", "PE-017", "DNS-003", "DNS-004", "DNS-005", "DNS-033", "DNS-034", "DNS-039", "PLS-011",
];

/// What approved endpoints lead to, and zone groups that are right, are read by a deep run. The payment team's
/// subscription is nobody's here; and a private link service is no service of Azure's own, with names and a zone.
fn is_no_matter(reason: &str) -> bool {
    let known = [
        "target's subscription cannot be seen",
        "target type has no private DNS zone",
        "not a Direct Connect service",
    ];
    reason.contains("--deep") || known.contains(&reason)
}

#[test]
fn the_healthy_estate_has_nothing_to_say() {
    let demo = Demo::healthy();
    expect(&demo.e, &[]);
    expect_gaps(&demo.e, &[]);
    let report = judge(&demo.e);
    assert!(!report.incomplete);
    assert_eq!(report.endpoints, demo.endpoints.len());
    let rules = rules::all().unwrap();
    for tally in report.tallies.iter().filter(|tally| !tally.rule.starts_with("COV-")) {
        let needs = |rule: &rules::Rule| rule.page.id == tally.rule && rule.page.front.needs.is_some();
        // A rule that needs a setting judges nothing without it.
        let idle = rules.iter().any(needs) || WITHOUT_SUBJECT.contains(&tally.rule);
        assert!(tally.judged > 0 || idle, "{tally:?}");
        let mut left = tally.not_judged.keys();
        assert!(left.all(|reason| is_no_matter(reason)), "{tally:?}");
    }
    // What approved endpoints lead to is asked for by a deep run, and where a list tells it anyway. One vault stands
    // in a subscription that cannot be seen.
    let left = crate::judged::not_judged(&report, "PE-005");
    assert_eq!(left.iter().map(|(_, count)| count).sum::<usize>(), 12);
}

#[test]
fn each_edit_yields_exactly_its_findings() {
    let healthy = Demo::healthy();
    let mut wrong = Vec::new();
    for (what, edit, expected) in EDITS {
        let mut demo = healthy.clone();
        edit(&mut demo);
        if std::panic::catch_unwind(|| expect(&demo.e, expected)).is_err() {
            wrong.push(*what);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_faulty_estate_has_one_of_each() {
    let demo = Demo::faulty();
    expect(
        &demo.e,
        &[
            "DNS-001 pe-sb-telemetry fail error certain",
            "DNS-010 pe-sql-stores unknown",
            "DNS-010 pe-st-lab-blob fail error certain",
            "DNS-010 pe-st-stores-blob unknown",
            "DNS-010 pe-st-trials-blob fail error certain",
            "DNS-012 to-vnet-pilot-weu fail warning certain",
            "DNS-013 to-vnet-analytics-weu fail warning certain",
            "DNS-014 pe-st-factory-blob fail warning certain",
            "DNS-015 pe-st-drawings-blob fail warning certain",
            "DNS-021 pe-sql-stores unknown",
            "DNS-021 pe-st-invoices-file fail error certain",
            "DNS-021 pe-st-stores-blob unknown",
            "DNS-022 pe-kv-factory fail error certain",
            "DNS-022 pe-sql-stores unknown",
            "DNS-022 pe-st-stores-blob unknown",
            "DNS-023 pe-sql-stores unknown",
            "DNS-023 pe-st-orders-blob fail warning certain",
            "DNS-023 pe-st-stores-blob unknown",
            "DNS-035 vnet-build-weu fail error certain",
            "DNS-035 vnet-stores-weu unknown",
            "DNS-036 vnet-shared-weu fail error certain",
            "DNS-037 vnet-factory-weu fail warning certain",
            "NET-001 peer-to-vnet-analytics-weu fail error certain",
            "NET-002 peer-to-vnet-shared-weu fail error certain",
            "NET-003 peer-to-vnet-hub-weu fail warning certain",
            "NET-005 peer-to-vnet-hub-weu fail error certain",
            "NET-009 peer-to-vnet-hub-weu fail warning certain",
            "NET-019 snet-endpoints fail warning certain",
            "PE-001 pe-kv-payments fail error certain",
            "PE-002 pe-cosmos-forecast fail error certain",
            "PE-003 pe-app-shop fail error certain",
            "PE-005 pe-st-archive-blob fail error certain",
            "PE-008 pe-kv-lake fail warning certain",
            "PE-014 stcontosolake fail warning certain",
            "PLS-001 pls-plant-data fail warning certain",
            "PLS-004 pls-plant-data fail error certain",
        ],
    );
    let report = judge(&demo.e);
    let failing = report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    let rules: BTreeSet<&str> = failing.map(|finding| finding.rule).collect();
    assert!(rules.len() >= 20, "a sample shows what there is to find: {rules:?}");
    let legacy = demo.e.subscription_guid("contoso-legacy");
    expect_gaps(&demo.e, &[&format!("COV-002 {legacy} unknown")]);
}
