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
#[path = "../rows/mod.rs"]
mod rows;

mod accepted;
mod arbitrary;
mod asked;
mod backends;
mod break_one_thing;
mod checklist;
mod client_networks;
mod connections;
mod coverage;
mod databricks;
mod dns_servers;
mod expressroute;
mod fact_needs;
mod fact_rows;
mod facts;
mod facts_less;
mod false_positives;
mod flags;
mod gateways;
mod groups;
mod judged;
mod less_coverage;
mod linked_zones;
mod links;
mod migrate;
mod names;
mod no_harm;
mod orphans;
mod overlaps;
mod pages;
mod peerings;
mod placement;
mod provisioning;
mod reach;
mod record_hygiene;
mod records;
mod redacted;
mod redacted_odd;
mod redacted_packs;
mod remedies;
mod routes;
mod rulesets;
mod scale;
mod scenarios;
mod security;
mod servers;
mod services;
mod sharing;
mod shuffled;
mod sides;
mod small;
mod split_brain;
mod subnets;
mod targets;
mod traffic;
mod views;
mod virtual_wan;
mod wanted;
mod zone_hygiene;
mod zones;
