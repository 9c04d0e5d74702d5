//! The rules, judged in-process: what is composed as ARM sends it goes the whole way to findings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets nonsense must stop"
)]

#[path = "../estate/mod.rs"]
mod estate;

mod backends;
mod break_one_thing;
mod connections;
mod coverage;
mod false_positives;
mod judged;
mod less_coverage;
mod names;
mod no_harm;
mod pages;
mod peerings;
mod records;
mod remedies;
mod routes;
mod scale;
mod security;
mod servers;
mod services;
mod shuffled;
mod small;
mod views;
mod wanted;
mod zones;
