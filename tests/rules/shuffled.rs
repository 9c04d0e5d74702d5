//! The order in which Azure answers changes nothing.

use plaudit::inventory::Collected;
use plaudit::report::{self, Background, Format, Style};

use crate::estate::demo::Demo;
use crate::judged::{judge_collected, read};

fn written(collected: Collected, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    report::write(&judge_collected(collected), &Background::default(), format, &Style::default(), &mut bytes)
        .unwrap();
    bytes
}

/// Fisher and Yates, with a small generator that is the same everywhere.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (seed >> 33) as usize % (last + 1));
    }
}

#[test]
fn shuffled_resources_give_the_same_bytes() {
    for demo in [Demo::faulty(), Demo::healthy()] {
        let collected = read(&demo.e);
        for format in Format::ALL {
            let expected = written(collected.clone(), format);
            for seed in 1..=5 {
                let mut other = collected.clone();
                shuffle(&mut other.resources, seed);
                assert_ne!(other.resources, collected.resources);
                assert!(written(other, format) == expected, "{format} with seed {seed}");
            }
        }
    }
}
