//! How long an audit of a snapshot takes, step by step, over generated estates of 1 000, 10 000 and 100 000
//! endpoints. `cargo bench` runs everything, `cargo bench -- parse/10000` one of it.
//!
//! An estate is made in memory, so the disk has no part in what is measured.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use estate::generated::generated;
use plaudit::inventory::wire;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn audit(criterion: &mut Criterion) {
    for size in SIZES {
        // Made only when something of this size is asked for.
        let collected = LazyCell::new(|| generated(size, 1).collected);
        let mut group = criterion.benchmark_group("parse");
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(8))
            .throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            let collected = &*collected;
            bencher.iter_batched(
                || collected.clone(),
                |c| black_box(wire::inventory(c)),
                BatchSize::PerIteration,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, audit);
criterion_main!(benches);
