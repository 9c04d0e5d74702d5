//! How the cost of an audit grows in estates that once cost more than they should: each at one size and at four
//! times that size, which ought to take about four times as long. `cargo bench --bench growth`.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use estate::services::{Service, storage};
use estate::{Estate, HOME};
use plaudit::audit::audit;
use plaudit::inventory::{Cloud, Collected, wire};
use plaudit::rules::{self, Settings};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

/// What one size of each estate is made of.
type Make = fn(usize) -> Collected;

const ESTATES: [(&str, Make, usize); 4] = [
    ("a firewall that asks a server outside", behind_a_firewall, 750),
    ("networks behind one virtual hub", behind_a_virtual_hub, 200),
    ("endpoints that share ten names", sharing_names, 100),
    ("a hub's endpoints and the spokes around it", seen_by_spokes, 100),
];

fn address(second: usize, number: usize) -> String {
    format!("10.{}.{}.0/24", second + number / 250, number % 250)
}

/// 600 endpoints in a spoke whose hub's firewall asks a server outside Azure, among so many networks.
fn behind_a_firewall(networks: usize) -> Collected {
    let mut e = Estate::new();
    e.in_subscription("hub");
    let hub = e.vnet("hub", "10.0.0.0/16");
    let firewall = e.firewall("afw", &hub, "10.0.2.4");
    e.classic_dns(&firewall, true, &["192.168.7.4"]);
    for number in 0..networks {
        e.vnet(&format!("other-{number}"), &address(100, number));
    }
    e.in_subscription(HOME);
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    e.client(&spoke);
    e.peer(&hub, &spoke);
    e.dns_servers(&spoke, &["10.0.2.4"]);
    for number in 0..600 {
        e.endpoint(&format!("pe-{number}"), &spoke, storage(&format!("acct{number}"), "blob"));
    }
    e.collected()
}

/// So many networks connected to one Virtual WAN hub, all with DNS servers that nobody can find.
fn behind_a_virtual_hub(networks: usize) -> Collected {
    let mut e = Estate::new();
    for number in 0..networks {
        let vnet = e.vnet(&format!("spoke-{number}"), &address(0, number));
        e.connect_to_virtual_hub(&vnet, "hub");
        e.dns_servers(&vnet, &["192.168.7.4", "192.168.7.5"]);
    }
    e.collected()
}

/// So many endpoints of one Azure Monitor scope, each in a network of its own, with the same ten names.
fn sharing_names(endpoints: usize) -> Collected {
    const ZONE: &str = "privatelink.monitor.azure.com";
    let mut e = Estate::new();
    let zone = e.zone(ZONE);
    for number in 0..endpoints {
        let vnet = e.vnet(&format!("spoke-{number}"), &address(0, number));
        e.client(&vnet);
        e.link(&zone, &vnet);
        let mut scope = Service::new("Microsoft.Insights/privateLinkScopes", "scope", "azuremonitor");
        for member in 0..10 {
            let record = format!("n{member}");
            scope = scope.member(&record, &[(&format!("{record}.monitor.azure.com"), ZONE, &record)]);
        }
        let endpoint = e.endpoint(&format!("pe-{number}"), &vnet, scope);
        if number == 0 {
            e.zone_group(&endpoint, &[&zone]);
        }
    }
    e.collected()
}

/// 300 endpoints in a hub that so many spokes with Azure DNS are peered with; every other one is linked to their zone.
fn seen_by_spokes(spokes: usize) -> Collected {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    e.client(&hub);
    let (blob, vault) =
        (e.zone("privatelink.blob.core.windows.net"), e.zone("privatelink.vaultcore.azure.net"));
    e.link(&blob, &hub);
    for number in 0..spokes {
        let spoke = e.vnet(&format!("spoke-{number}"), &address(100, number));
        e.client(&spoke);
        e.peer(&hub, &spoke);
        e.link(if number % 2 == 0 { &blob } else { &vault }, &spoke);
    }
    for number in 0..300 {
        let endpoint = e.endpoint(&format!("pe-{number}"), &hub, storage(&format!("acct{number}"), "blob"));
        e.zone_group(&endpoint, &[&blob]);
    }
    e.collected()
}

fn growth(criterion: &mut Criterion) {
    let (Ok(table), Ok(rules)) = (ZoneTable::embedded(Cloud::AzureCloud), rules::all()) else { return };
    for (name, make, size) in ESTATES {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for size in [size, size * 4] {
            let inventory = wire::inventory(make(size));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                let copy = || inventory.clone();
                let judge = |inventory| {
                    black_box(audit(
                        &Topology::build(inventory, &table, Options::default()),
                        &rules,
                        &Settings::default(),
                    ))
                };
                bencher.iter_batched(copy, judge, BatchSize::PerIteration);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, growth);
criterion_main!(benches);
