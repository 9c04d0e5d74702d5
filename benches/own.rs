//! How long people's own rules take: 20 conditions over the rows of 100 000 private endpoints, which are made once.
//! `cargo bench --bench own`; on two cores it ought to stay under five seconds.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::fs;
use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use estate::generated::generated;
use plaudit::facts::{self, Row, Subject};
use plaudit::inventory::{Cloud, wire};
use plaudit::rules::own::{Judged, judge_rows, load};
use plaudit::rules::{Check, OwnRule};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

const ROWS: usize = 100_000;

/// What houses ask of endpoints, from the plain to the laborious.
const CONDITIONS: [&str; 20] = [
    "endpoint.name.startsWith('x')",
    "!matches(endpoint.name, '^pe-[a-z0-9-]+$')",
    "endpoint.location != 'westeurope' && endpoint.location != 'northeurope'",
    "!(endpoint.location in ['westeurope', 'northeurope', 'swedencentral'])",
    "tag(endpoint.tags, 'owner') == null",
    "endpoint.connections.exists(c, c.target != null && c.target.type == 'microsoft.keyvault/vaults') && tag(endpoint.tags, 'owner') == null",
    "endpoint.connections.exists(c, c.manual)",
    "endpoint.connections.all(c, !c.approved)",
    "endpoint.connections.filter(c, c.status == 'Pending').size() > 0",
    "!endpoint.addresses.all(a, inCidr(a, '10.0.0.0/8'))",
    "endpoint.addresses.size() == 0",
    "endpoint.names.exists(n, !endsWithLabel(n, 'windows.net') && !endsWithLabel(n, 'azure.com'))",
    "endpoint.neededZones.contains('privatelink.example')",
    "glob(endpoint.id, '*/resourceGroups/rg-old-*')",
    "endpoint.network == null || endpoint.network.exists == false",
    "endpoint.network != null && endpoint.network.subscription != endpoint.subscription",
    "endpoint.subnet != null && endpoint.subnet.endpointPolicies == 'Disabled' && endpoint.subnet.securityGroup != null",
    "endpoint.provisioningState != 'Succeeded'",
    "endpoint.names.map(n, n.lowerAscii()).exists(n, n.contains('--'))",
    "size(endpoint.name) > 60 || endpoint.resourceGroup.lowerAscii() == 'default'",
];

fn page(number: usize, when: &str) -> String {
    format!(
        "+++\nid = \"BENCH-{number:03}\"\nname = \"bench-{number}\"\nsummary = \"X.\"\nseverity = \"info\"\n\
         reference = \"https://a.example/\"\nsubject = \"endpoint\"\nwhen = '''\n{when}\n'''\n\
         message = '''\nendpoint.name + ' is so'\n'''\n+++\n\n## What it finds\n\nA.\n\n## Why it matters\n\nB.\n\n\
         ## How to mend it\n\nC.\n\n## When it stays silent\n\nD.\n\n## References\n\nE.\n"
    )
}

fn rows() -> Vec<Row> {
    let Ok(table) = ZoneTable::embedded(Cloud::AzureCloud) else { return Vec::new() };
    let inventory = wire::inventory(generated(ROWS, 1).collected);
    let topology = Topology::build(inventory, &table, Options::default());
    facts::rows(&topology, Subject::Endpoint)
}

fn own(criterion: &mut Criterion) {
    let written = || -> io::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        for (number, when) in CONDITIONS.iter().enumerate() {
            fs::write(folder.path().join(format!("{number}.md")), page(number, when))?;
        }
        Ok(folder)
    };
    let folder = written().ok();
    let folder = folder.iter().map(|folder| folder.path().to_owned()).collect::<Vec<_>>();
    let loaded = load(&folder, &[]);
    assert!(loaded.is_ok(), "{loaded:?}");
    let rules: Vec<_> = loaded.iter().flat_map(|own| own.rules()).collect();
    let rules: Vec<&OwnRule> = rules
        .iter()
        .filter_map(|rule| match &rule.check {
            Check::Own(rule) => Some(rule.as_ref()),
            Check::BuiltIn(_) => None,
        })
        .collect();
    let rows = rows();
    assert_eq!((rules.len(), rows.len()), (CONDITIONS.len(), ROWS));
    let judged: Vec<Judged> = judge_rows(&rules, &rows);
    assert!(judged.iter().all(|one| one.passed + one.others.len() == ROWS));
    let mut group = criterion.benchmark_group("own rules");
    group.sample_size(10).measurement_time(Duration::from_secs(15)).warm_up_time(Duration::from_millis(500));
    group.throughput(Throughput::Elements((ROWS * CONDITIONS.len()) as u64));
    group.bench_function("100000 rows, 20 conditions", |bencher| {
        bencher.iter(|| black_box(judge_rows(&rules, &rows)));
    });
    group.finish();
}

criterion_group!(benches, own);
criterion_main!(benches);
