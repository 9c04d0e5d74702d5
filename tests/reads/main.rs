//! The whole product reads and does nothing else: every request of every command, and the rights that they take.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this is test code")]

#[path = "../standin/mod.rs"]
mod standin;
#[path = "../live/ways.rs"]
#[allow(dead_code, reason = "the tests of secrets use the rest")]
mod ways;

mod calls;
mod estate;
mod permissions;
mod role;
