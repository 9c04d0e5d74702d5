//! How long an audit of a snapshot takes, step by step, over generated estates of 1 000, 10 000 and 100 000
//! endpoints. `cargo bench` runs everything, `cargo bench -- "10000 endpoints/rules"` one of it.
//!
//! An estate is made in memory, so the disk has no part in what is measured.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::cell::LazyCell;
use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use estate::generated::generated;
use plaudit::audit::audit;
use plaudit::inventory::{Cloud, wire};
use plaudit::report::{self, Background, Format, Style};
use plaudit::rules::{self, Settings};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn steps(criterion: &mut Criterion) {
    let (Ok(table), Ok(rules)) = (ZoneTable::embedded(Cloud::AzureCloud), rules::all()) else { return };
    for size in SIZES {
        // Each is made only when something that needs it is asked for.
        let collected = LazyCell::new(|| generated(size, 1).collected);
        let inventory = LazyCell::new(|| wire::inventory(collected.clone()));
        let topology = LazyCell::new(|| Topology::build(inventory.clone(), &table, Options::default()));
        let report = LazyCell::new(|| audit(&topology, &rules, &Settings::default()));
        let mut group = criterion.benchmark_group(format!("{size} endpoints"));
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(8))
            .throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter("parse"), |bencher| {
            let collected = &*collected;
            let copy = || collected.clone();
            bencher.iter_batched(copy, |c| black_box(wire::inventory(c)), BatchSize::PerIteration);
        });
        group.bench_function(BenchmarkId::from_parameter("topology"), |bencher| {
            let inventory = &*inventory;
            let copy = || inventory.clone();
            bencher.iter_batched(
                copy,
                |i| black_box(Topology::build(i, &table, Options::default())),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::from_parameter("rules"), |bencher| {
            let topology = &*topology;
            bencher.iter(|| black_box(audit(topology, &rules, &Settings::default())));
        });
        group.bench_function(BenchmarkId::from_parameter("json"), |bencher| {
            let report = &*report;
            let style = Style::default();
            bencher.iter(|| {
                black_box(report::write(
                    report,
                    &Background::default(),
                    Format::Json,
                    &style,
                    &mut io::sink(),
                ))
            });
        });
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
