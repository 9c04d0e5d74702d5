//! The sample estates on disk are what the builder makes, and hold the mistakes they are there for.
//! `PLAUDIT_BLESS=1 cargo test --test demo` writes them anew.

mod estate;
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use estate::demo::{Demo, snapshot_text};
use plaudit::inventory::{Kind, ResourceId};
use serde_json::{Value, json};

const ZONE_OF_SERVICE_BUS: &str = "privatelink.servicebus.windows.net";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

#[expect(clippy::unwrap_used, reason = "a test that cannot write must stop")]
fn holds_what_is_built(name: &str, demo: &Demo) {
    let built = snapshot_text(&demo.collected());
    if std::env::var_os("PLAUDIT_BLESS").is_some() {
        fs::write(file(name), &built).unwrap();
    }
    let on_disk = fs::read_to_string(file(name)).unwrap_or_default();
    let differ = built.lines().zip(on_disk.lines()).find(|(built, found)| built != found);
    assert_eq!(differ, None, "testdata/{name} is stale: PLAUDIT_BLESS=1 cargo test --test demo");
    assert_eq!(
        built.len(),
        on_disk.len(),
        "testdata/{name} is stale: PLAUDIT_BLESS=1 cargo test --test demo"
    );
}

#[test]
fn the_faulty_demo_on_disk_is_what_is_built() {
    holds_what_is_built("demo.jsonl", &Demo::faulty());
}

#[test]
fn the_healthy_demo_on_disk_is_what_is_built() {
    holds_what_is_built("demo-healthy.jsonl", &Demo::healthy());
}

#[test]
fn a_demo_file_is_a_header_sorted_resources_and_a_footer_that_counts_them() {
    for (name, demo) in [("demo", Demo::faulty()), ("demo-healthy", Demo::healthy())] {
        let text = snapshot_text(&demo.collected());
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (header, footer) = (&lines[0], &lines[lines.len() - 1]);
        assert_eq!((&header["plaudit"], &header["version"]), (&json!("snapshot"), &json!(1)));
        assert_eq!(header["scope"]["subscriptions"].as_array().unwrap().len(), 4);
        assert_eq!(footer["resources"], lines.len() - 2);
        let ids: Vec<ResourceId> =
            lines[1..lines.len() - 1].iter().map(|l| ResourceId::new(l["id"].as_str().unwrap())).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{name}");
        let endpoints = ids.iter().filter(|id| Kind::of(id) == Some(Kind::PrivateEndpoints)).count();
        assert!((20..=30).contains(&endpoints), "{name} has {endpoints} endpoints");
    }
}

#[test]
fn the_healthy_demo_is_whole() {
    let demo = Demo::healthy();
    let (e, endpoints) = (&demo.e, &demo.endpoints);
    assert!(e.coverage().gaps.is_empty());
    for (name, id) in endpoints {
        let connection = &e.get(id)["properties"]["privateLinkServiceConnections"][0]["properties"];
        assert_eq!(connection["privateLinkServiceConnectionState"]["status"], "Approved", "{name}");
        // A private link service has no zone to write into.
        let needed = usize::from(e.target(id) != demo.service.as_str());
        assert_eq!(e.zone_groups_of(id).len(), needed, "{name}");
    }
    for vnet in e.values().iter().filter(|v| v["type"] == "Microsoft.Network/virtualNetworks") {
        for peering in vnet["properties"]["virtualNetworkPeerings"].as_array().unwrap() {
            assert_eq!(peering["properties"]["peeringState"], "Connected");
            let space = &peering["properties"]["remoteVirtualNetworkAddressSpace"];
            assert_eq!(&peering["properties"]["remoteAddressSpace"], space);
        }
    }
}

#[test]
fn the_faulty_demo_has_its_mistakes() {
    let demo = Demo::faulty();
    let e = &demo.e;
    let state = |name: &str| {
        let connection = &e.get(demo.endpoint(name))["properties"]["manualPrivateLinkServiceConnections"][0];
        connection["properties"]["privateLinkServiceConnectionState"]["status"].clone()
    };
    assert_eq!(state("pe-kv-payments"), "Pending");
    assert_eq!(state("pe-cosmos-forecast"), "Rejected");
    let ids: Vec<String> = e.collected().resources.iter().map(|r| r.id.lower()).collect();
    assert!(!ids.iter().any(|id| id.contains(ZONE_OF_SERVICE_BUS)));
    assert!(
        !ids.iter()
            .any(|id| id.ends_with("/privatelink.blob.core.windows.net/virtualnetworklinks/to-vnet-lab-weu"))
    );
    assert!(!ids.iter().any(|id| id.ends_with("/a/stcontosoinvoices")));
    let addresses =
        |zone: &str, name: &str| e.get(&demo.record(zone, name))["properties"]["aRecords"].clone();
    let kv = e.addresses_of(demo.endpoint("pe-kv-factory"));
    let stale = addresses("privatelink.vaultcore.azure.net", "kv-contoso-factory");
    assert_eq!(stale.as_array().unwrap().len(), 1);
    assert_ne!(stale[0]["ipv4Address"], kv[0].as_str());
    let st = e.addresses_of(demo.endpoint("pe-st-orders-blob"));
    let both = addresses("privatelink.blob.core.windows.net", "stcontosoorders");
    assert_eq!(both.as_array().unwrap().len(), 2);
    assert_eq!(both[0]["ipv4Address"], st[0].as_str());
    let gaps = e.coverage().gaps;
    assert_eq!((gaps.len(), gaps[0].kind, gaps[0].status), (1, Kind::VirtualNetworks, Some(403)));
}

#[test]
fn the_demos_are_plain_ascii_without_placeholders() {
    for (name, demo) in [("demo", Demo::faulty()), ("demo-healthy", Demo::healthy())] {
        let text = snapshot_text(&demo.collected());
        assert!(text.is_ascii(), "{name}");
        assert!(!text.contains("00000000-0000-0000-0000-000000000000"), "{name}");
    }
}

/// What the binary says of a sample estate of its own, and its exit code.
#[expect(clippy::unwrap_used, reason = "a test whose binary does not run must stop")]
fn audited(args: &[&str]) -> (Value, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command.args(["audit", "-f", "json", "--no-config"]).args(args).env_clear();
    let output = command.output().unwrap();
    (schema::read(&String::from_utf8(output.stdout).unwrap()), output.status.code())
}

#[test]
fn the_faulty_demo_shows_what_there_is_to_find() {
    let (report, code) = audited(&["--demo"]);
    assert_eq!((code, &report["coverage"]["complete"]), (Some(1), &json!(false)));
    let findings = report["findings"].as_array().unwrap().iter();
    let failing = findings.filter(|finding| finding["verdict"] == "fail");
    let rules: BTreeSet<&str> = failing.map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert!(rules.len() >= 20, "{rules:?}");
    for family in ["PE-", "DNS-", "NET-", "PLS-"] {
        assert!(rules.iter().any(|rule| rule.starts_with(family)), "nothing of {family}");
    }
}

#[test]
fn the_healthy_demo_shows_nothing() {
    let (report, code) = audited(&["--demo", "healthy"]);
    assert_eq!((code, &report["coverage"]["complete"]), (Some(0), &json!(true)));
    assert_eq!((&report["findings"], &report["coverage"]["gaps"]), (&json!([]), &json!([])));
}
