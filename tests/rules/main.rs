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

mod break_one_thing;
mod client_networks;
mod connections;
mod coverage;
mod dns_servers;
mod false_positives;
mod judged;
mod less_coverage;
mod linked_zones;
mod names;
mod no_harm;
mod pages;
mod peerings;
mod records;
mod remedies;
mod rulesets;
mod scale;
mod servers;
mod shuffled;
mod small;
mod split_brain;
mod views;
mod wanted;
mod zones;
