//! Probes of small estates, against a DNS server and listeners on loopback. Nothing else is ever contacted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets nonsense must stop"
)]

#[path = "../estate/mod.rs"]
mod estate;

mod command;
mod listener;
mod name_server;
mod one;
mod paths;
#[path = "../schema/mod.rs"]
mod schema;
mod stuck;
mod tables;
mod verdicts;
