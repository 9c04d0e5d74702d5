//! Holds the product's model of DNS against a naive resolver that knows nothing of it, over random estates.
//! `PROPTEST_CASES=20000 cargo test --release --test resolution` looks longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop"
)]

#[path = "../estate/mod.rs"]
mod estate;

mod build;
mod compare;
mod facts;
mod gaps;
mod mangled;
mod naive;
mod plan;
mod regressions;
#[path = "../rows/mod.rs"]
mod rows;
#[path = "../schema/mod.rs"]
mod schema;

/// Cases of each property in a normal run; `PROPTEST_CASES` replaces it.
fn config(cases: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    proptest::test_runner::Config {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        ..proptest::test_runner::Config::default()
    }
}
