//! How long the rows of facts take, subject by subject, over a generated estate of 100 000 endpoints, and how much
//! of that is the printing.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use estate::generated::generated;
use plaudit::facts::{Subject, rows};
use plaudit::inventory::{Cloud, wire};
use plaudit::report::facts::write;
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

const ENDPOINTS: usize = 100_000;

fn facts(criterion: &mut Criterion) {
    let Ok(table) = ZoneTable::embedded(Cloud::AzureCloud) else { return };
    let inventory = wire::inventory(generated(ENDPOINTS, 1).collected);
    let topology = Topology::build(inventory, &table, Options::default());
    let mut group = criterion.benchmark_group(format!("facts of {ENDPOINTS} endpoints"));
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    for subject in Subject::ALL {
        let count = rows(&topology, subject).len() as u64;
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::from_parameter(subject.name()), |bencher| {
            bencher.iter(|| black_box(rows(&topology, subject)));
        });
    }
    let endpoints = rows(&topology, Subject::Endpoint);
    group.throughput(Throughput::Elements(endpoints.len() as u64));
    group.bench_function(BenchmarkId::from_parameter("endpoint, written"), |bencher| {
        bencher.iter(|| endpoints.iter().try_for_each(|row| write(black_box(row), &mut io::sink())));
    });
    group.finish();
}

criterion_group!(benches, facts);
criterion_main!(benches);
