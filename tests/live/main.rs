//! The built binary against a stand-in for Azure: sign-in, reading, faults, scope. From outside the process alone.

#[path = "../standin/mod.rs"]
mod standin;

mod standin_itself;
