//! How long each format takes to write 100 000 findings, a twentieth of them unknown. `cargo bench --bench formats`
//! runs every format, `cargo bench --bench formats -- csv` one.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use estate::generated::generated;
use plaudit::audit::audit;
use plaudit::facts::Facts;
use plaudit::finding::{Report, Verdict};
use plaudit::inventory::{Cloud, wire};
use plaudit::report::{self, Background, Format, Style};
use plaudit::rules::{self, Settings};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

const FINDINGS: usize = 100_000;

/// The findings of a generated estate, repeated under other fingerprints.
fn many(report: &mut Report) {
    let found = std::mem::take(&mut report.findings);
    for (n, one) in found.iter().cycle().take(FINDINGS).enumerate() {
        let mut finding = one.clone();
        // Spread as hashes are: names are made of the first digits.
        finding.fingerprint = format!("{:08x}{n:024x}", (n as u32).wrapping_mul(2_654_435_761));
        if n % 20 == 0 {
            finding.verdict = Verdict::Unknown;
        }
        report.findings.push(finding);
    }
    report.findings.sort_by_key(|finding| (finding.severity, finding.rule));
}

fn formats(criterion: &mut Criterion) {
    let (Ok(table), Ok(rules)) = (ZoneTable::embedded(Cloud::AzureCloud), rules::all()) else { return };
    let inventory = wire::inventory(generated(10_000, 1).collected);
    let topology = Topology::build(inventory, &table, Options::default());
    let mut report = audit(&topology, &rules, &Settings::default());
    many(&mut report);
    let background = Background {
        pages: rules.into_iter().map(|rule| rule.page).collect(),
        facts: Some(Facts::of(&topology)),
        ..Background::default()
    };
    let mut group = criterion.benchmark_group("100000 findings");
    group.sample_size(10).measurement_time(Duration::from_secs(5)).warm_up_time(Duration::from_millis(500));
    for format in Format::ALL {
        group.bench_function(BenchmarkId::from_parameter(format), |bencher| {
            let style = Style::default();
            bencher.iter(|| black_box(report::write(&report, &background, format, &style, &mut io::sink())));
        });
    }
    group.finish();
}

criterion_group!(benches, formats);
criterion_main!(benches);
