//! Holds `plaudit trace` against real DNS servers: a generated estate becomes the configuration of BIND, every name
//! is asked with `dig` from every network, and the answers must be those of the trace. Needs `named` and `dig`;
//! without them the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test that cannot go on must stop, and tell; the generator is shared"
)]

#[path = "../estate/mod.rs"]
mod estate;

#[path = "../resolution/build.rs"]
mod build;
#[path = "../resolution/plan.rs"]
mod plan;

mod arm;
mod chosen;
mod compare;
mod dig;
mod estates;
mod named;
mod relay;
mod translate;
mod zone_file;

use std::path::PathBuf;

/// Where Debian puts programs that its users' search path may leave out.
const ELSEWHERE: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// A program, in the search path or where Debian puts name servers.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(ELSEWHERE.map(PathBuf::from));
    places.map(|place| place.join(name)).find(|program| program.is_file())
}

/// Whether there are DNS servers to ask; says so when there are none.
pub fn there_are_servers() -> bool {
    let missing: Vec<&str> = ["named", "dig"].into_iter().filter(|name| program(name).is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    let told = format!(
        "\nSKIPPED: traces are not held against real DNS servers, for {} cannot be found: \
         apt-get install -y bind9 bind9-dnsutils\n",
        missing.join(" and ")
    );
    // Past the capture of the test harness, which shows nothing of a test that passes.
    _ = std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes());
    false
}
