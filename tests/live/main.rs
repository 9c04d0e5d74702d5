//! The built binary against a stand-in for Azure: sign-in, reading, faults, scope. From outside the process alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this is test code")]

#[path = "../estate/mod.rs"]
mod estate;
#[path = "../standin/mod.rs"]
mod standin;

mod catalogue;
mod checklist;
mod configured;
mod echoes;
mod facts;
mod faults;
mod graph;
mod leaks;
mod link_services;
mod metrics;
mod packs;
mod reading;
mod redacted;
mod resume;
mod scope;
mod secrecy;
mod shells;
mod signin;
mod snapshot;
mod stale;
mod standin_itself;
mod stopping;
mod storm;
mod targets;
mod throttling;
mod usage;
mod ways;
