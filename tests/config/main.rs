//! Configurations, baselines and earlier runs, held against the built binary and the sample estates.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets nonsense must stop"
)]

mod baseline;
mod diff;
mod file;
mod mistakes;
mod run;
#[path = "../schema/mod.rs"]
mod schema;
mod since;
mod suppress;
