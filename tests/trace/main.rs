//! Names and traces: what they say of small estates, and what the built binary shows of the sample estate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets nonsense must stop"
)]

#[path = "../estate/mod.rs"]
mod estate;
#[path = "../standin/mod.rs"]
mod standin;

mod explains;
mod names;
mod paths;
mod questions;
mod shown;
mod verdicts;
