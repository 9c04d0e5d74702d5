//! What fuzz targets call, and what replays the inputs that were kept: a function for each target, of any bytes. It
//! stops for one reason alone, that plaudit is wrong. No part of the program.
#![allow(clippy::expect_used, clippy::panic, reason = "what does not hold must stop a target")]

mod configuration;
#[cfg(test)]
mod mutated;
mod own_rules;
mod shown;
mod snapshot;
#[cfg(test)]
mod tests;
mod zone;

use std::sync::LazyLock;

use crate::inventory::{Cloud, Inventory, wire};
use crate::rules::{self, Rule};
use crate::topology::zones::ZoneTable;
use crate::topology::{Options, Topology};

pub use configuration::configuration;
pub use own_rules::own_rules;
pub use snapshot::snapshot;
pub use zone::zone;

/// A target's function.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 5] = [
    ("snapshot", snapshot),
    ("arm_page", arm_page),
    ("configuration", configuration),
    ("own_rules", own_rules),
    ("zone", zone),
];

/// The body of an answer, read by everything that reads answers.
pub fn arm_page(body: &[u8]) {
    crate::azure::fuzzing::answer(body);
}

/// Makes one thread do all the work, so that an input takes the same way through the program every time.
pub fn begin() {
    // Threads that are there already stay.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
}

/// An estate of a few resources of many kinds, with mistakes in it.
const SMALL: &[u8] = include_bytes!("small.jsonl");

static JOINED: LazyLock<Topology> =
    LazyLock::new(|| Topology::build(small(), table(Cloud::AzureCloud), Options::default()));

const CLOUDS: [Cloud; 3] = [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud];

static TABLES: LazyLock<[ZoneTable; 3]> =
    LazyLock::new(|| CLOUDS.map(|cloud| ZoneTable::embedded(cloud).expect("the table inside the binary")));

/// Every rule, those that do not run by themselves too.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let mut rules = rules::all().expect("the pages inside the binary");
    rules.iter_mut().for_each(|rule| rule.enabled = true);
    rules
});

fn small() -> Inventory {
    wire::read_from(SMALL, "the small estate").expect("a snapshot")
}

fn table(cloud: Cloud) -> &'static ZoneTable {
    match cloud {
        Cloud::AzureCloud => &TABLES[0],
        Cloud::AzureUSGovernment => &TABLES[1],
        Cloud::AzureChinaCloud => &TABLES[2],
    }
}
