//! From the healthy sample estate: one edit, and exactly what it must yield.

use plaudit::inventory::ResourceId;
use plaudit::rules;
use serde_json::json;

use crate::estate::demo::Demo;
use crate::judged::{expect, expect_gaps, judge};
use crate::small::link;

const BLOB: &str = "privatelink.blob.core.windows.net";
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
        &["DNS-010 pe-kv-factory fail error certain", "DNS-010 pe-st-factory-blob fail error certain"]),
    ("a rule is disabled",
        |d| { let rule = ResourceId::new(&format!("{}/forwardingRules/vault-azure-net", d.ruleset)); set(d, &rule, "forwardingRuleState", json!("Disabled")); },
        &["DNS-010 pe-kv-factory fail error certain"]),
    ("the resolver's inbound endpoint is deleted: whoever asks it asks nobody",
        |d| { let inbound = ResourceId::new(&format!("{}/inboundEndpoints/inbound-10-0-1-4", d.resolver)); d.e.remove(&inbound); },
        &["DNS-010 pe-acr-platform fail error certain", "DNS-010 pe-kv-factory fail error certain",
          "DNS-010 pe-kv-platform fail error certain", "DNS-010 pe-st-factory-blob fail error certain",
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

/// Rules of which the healthy sample holds no subject that is read or reported on: its zones and links are context,
/// zone groups and targets are read for suspects alone, nobody in it uses Azure Monitor or offers a private link
/// service, and no policies are on where its endpoints stand.
const WITHOUT_SUBJECT: &[&str] = &[
    "PE-007", "PE-016", "PE-017", "DNS-003", "DNS-004", "DNS-005", "DNS-006", "DNS-011", "DNS-012",
    "DNS-013", "DNS-024", "DNS-025", "DNS-026", "DNS-033", "DNS-034", "DNS-039", "DNS-040", "NET-019",
];

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
        let idle = rules.iter().any(needs)
            || tally.rule.starts_with("PLS-")
            || WITHOUT_SUBJECT.contains(&tally.rule);
        assert!(tally.judged > 0 || idle, "{tally:?}");
        // What approved endpoints lead to, and zone groups that are right, are read by a deep run.
        let mut left = tally.not_judged.keys();
        assert!(tally.rule == "PE-005" || left.all(|reason| reason.contains("--deep")), "{tally:?}");
    }
    // What approved endpoints lead to is asked for by a deep run, and where a list tells it anyway.
    let left = crate::judged::not_judged(&report, "PE-005");
    assert_eq!(left.iter().map(|(_, count)| count).sum::<usize>(), 11);
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
            "DNS-021 pe-sql-stores unknown",
            "DNS-021 pe-st-invoices-file fail error certain",
            "DNS-021 pe-st-stores-blob unknown",
            "DNS-022 pe-kv-factory fail error certain",
            "DNS-022 pe-sql-stores unknown",
            "DNS-022 pe-st-stores-blob unknown",
            "DNS-023 pe-sql-stores unknown",
            "DNS-023 pe-st-orders-blob fail warning certain",
            "DNS-023 pe-st-stores-blob unknown",
            "DNS-035 vnet-stores-weu unknown",
            "NET-001 peer-to-vnet-analytics-weu fail error certain",
            "NET-003 peer-to-vnet-hub-weu fail warning certain",
            "PE-001 pe-kv-payments fail error certain",
            "PE-002 pe-cosmos-forecast fail error certain",
        ],
    );
    let legacy = demo.e.subscription_guid("contoso-legacy");
    expect_gaps(&demo.e, &[&format!("COV-002 {legacy} unknown")]);
}
