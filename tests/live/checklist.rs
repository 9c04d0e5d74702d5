//! What is left for a person, at the end of what the built binary writes: with a pack, with the flag, and not otherwise.

use serde_json::{Value, json};

use crate::estate::migration::migration;
use crate::estate::services::{key_vault, storage};
use crate::estate::{Estate, HOME};
use crate::standin::StandIn;
use crate::standin::child::Run;

/// A migration in a network with a gateway, everything about it in order.
fn moving() -> (StandIn, String) {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.gateway(&vnet, "10.1.200.0/27");
    let project = e.migrate_project("move-2026");
    e.endpoint("pe-project", &vnet, migration(&project));
    e.endpoint("pe-vault", &vnet, key_vault("migratekv4711"));
    e.account("lsa4711", json!({}));
    e.endpoint("pe-cache", &vnet, storage("lsa4711", "blob"));
    (StandIn::start(e.values()), e.subscription_guid(HOME))
}

fn steps(report: &Value) -> Vec<&str> {
    report["checklist"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect()
}

#[test]
fn a_migration_ends_with_what_the_appliance_must_be_asked() {
    let (standin, home) = moving();
    let args = ["audit", "-s", &home, "--pack", "azure-migrate", "--fail-on", "never"];
    let outcome = standin.signed_in(&args).run();
    for said in [
        "\nCHECKLIST: ",
        "\n    net start asrgwy\n",
        "\n    azcopy bench 'https://lsa4711.blob.core.windows.net/<container>?<SAS>' --file-count 10 --size-per-file 64M\n",
        "\n    · lsa4711.blob.core.windows.net\n",
        "\n    · migratekv4711.vault.azure.net\n",
        &format!(" vpn-client generate --subscription {home} -g "),
    ] {
        outcome.says(said);
    }
    // An endpoint leads to Azure Migrate, so that the pack runs unasked, and its steps come with it.
    let unasked = ["audit", "-s", &home, "-f", "json", "--fail-on", "never"];
    let report = standin.signed_in(&unasked).run().report();
    assert!(steps(&report).contains(&"migrate-gateway-service"), "{:?}", steps(&report));
    assert!(!steps(&report).contains(&"peering-web-apps"));
}

#[test]
fn the_flag_asks_for_every_step_and_nothing_else_does() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| Run::new(home.path(), args).run().report();
    let plain = ["audit", "--demo", "-f", "json", "--no-config"];
    assert_eq!(run(&plain)["checklist"], json!([]));
    let all = run(&[plain.as_slice(), &["--checklist"]].concat());
    assert!(steps(&all).contains(&"service-balancer-answers") && steps(&all).contains(&"outside-forwarders"));
    // It changes nothing else.
    let (mut with, without) = (all, run(&plain));
    with["checklist"] = json!([]);
    assert_eq!(with, without);
}
