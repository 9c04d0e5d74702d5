//! Large estates for benches: made in linear time, mostly healthy, the same for the same seed.

use std::collections::BTreeMap;

use plaudit::inventory::{Collected, Kind, Resource, ResourceId};

use super::services::{self, Service};
use super::{Estate, resource};

/// Endpoints in one spoke; Azure's limit for a network is 1000.
const IN_SPOKE: usize = 500;
/// Spokes around one hub with its own zones, so that a zone stays far under 25 000 record sets.
const SPOKES_OF_HUB: usize = 40;
/// Spokes in one subscription.
const SPOKES_OF_SUBSCRIPTION: usize = 4;
/// One endpoint in this many is broken.
const FAULTY: u64 = 100;

const ZONES: [&str; 13] = [
    "privatelink.blob.core.windows.net",
    "privatelink.file.core.windows.net",
    "privatelink.queue.core.windows.net",
    "privatelink.table.core.windows.net",
    "privatelink.vaultcore.azure.net",
    "privatelink.database.windows.net",
    "privatelink.azurecr.io",
    "privatelink.azurewebsites.net",
    "privatelink.documents.azure.com",
    "privatelink.servicebus.windows.net",
    "privatelink.search.windows.net",
    "privatelink.azconfig.io",
    "privatelink.redis.cache.windows.net",
];

/// What can be wrong with a generated endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Pending,
    Rejected,
    RecordMissing,
    RecordWrong,
    RecordExtra,
}

const FAULTS: [Fault; 5] =
    [Fault::Pending, Fault::Rejected, Fault::RecordMissing, Fault::RecordWrong, Fault::RecordExtra];

/// A large estate and how many endpoints in it have which fault.
#[derive(Debug)]
pub struct Generated {
    pub collected: Collected,
    pub faults: BTreeMap<Fault, usize>,
}

/// An estate of this many endpoints. A third of the spokes uses its hub's resolver, a third is linked to the
/// zones, a third is linked to a ruleset; about one endpoint in a hundred has a [`Fault`].
pub fn generated(endpoints: usize, seed: u64) -> Generated {
    let mut e = Estate::empty();
    let mut random = Random(seed);
    let mut faults = BTreeMap::new();
    let mut done: Vec<Resource> = Vec::new();
    let mut hub = None;
    for (number, first) in (0..endpoints).step_by(IN_SPOKE).enumerate() {
        if number.is_multiple_of(SPOKES_OF_HUB) {
            hub = Some(Hub::new(&mut e, number / SPOKES_OF_HUB));
        }
        let hub = hub.as_ref().expect("the first spoke made one");
        let spoke = hub.spoke(&mut e, number);
        for at in first..endpoints.min(first + IN_SPOKE) {
            let pe = e.endpoint(&format!("pe-{at:06}"), &spoke, service(at));
            let zone = e.services[&pe].names().next().expect("a name").zone.clone();
            let zone = &hub.zones[zone.as_str()];
            e.zone_group(&pe, &[zone]);
            if random.next().is_multiple_of(FAULTY) {
                let fault = FAULTS[(random.next() % FAULTS.len() as u64) as usize];
                break_endpoint(&mut e, &pe, zone, fault);
                *faults.entry(fault).or_insert(0) += 1;
            }
        }
        hand_over(&mut e, &mut done);
    }
    let mut collected = e.collected();
    collected.resources.append(&mut done);
    collected.resources.sort_by(|a, b| a.id.cmp(&b.id));
    Generated { collected, faults }
}

struct Hub {
    vnet: ResourceId,
    resolver_address: String,
    ruleset: ResourceId,
    zones: BTreeMap<&'static str, ResourceId>,
}

impl Hub {
    fn new(e: &mut Estate, number: usize) -> Self {
        e.in_subscription(&format!("connectivity-{number:02}")).in_group("rg-connectivity");
        let vnet = e.vnet(&format!("vnet-hub-{number:02}"), &format!("172.{}.0.0/16", 16 + number % 16));
        let resolver_address = format!("172.{}.1.4", 16 + number % 16);
        let resolver = e.resolver(&format!("dnspr-{number:02}"), &vnet);
        e.inbound(&resolver, &resolver_address);
        let ruleset = e.ruleset(&format!("ruleset-{number:02}"));
        e.in_group("rg-dns");
        let mut zones = BTreeMap::new();
        for name in ZONES {
            let zone = e.zone(name);
            e.link(&zone, &vnet);
            let public = match name.trim_start_matches("privatelink.") {
                "vaultcore.azure.net" => "vault.azure.net",
                other => other,
            };
            e.rule(&ruleset, &format!("{public}."), &[&resolver_address]);
            zones.insert(name, zone);
        }
        Hub { vnet, resolver_address, ruleset, zones }
    }

    fn spoke(&self, e: &mut Estate, number: usize) -> ResourceId {
        let subscription = format!("workloads-{:03}", number / SPOKES_OF_SUBSCRIPTION);
        e.in_subscription(&subscription).in_group(&format!("rg-workload-{number:04}"));
        e.audit(&subscription);
        // Each spoke has a /20 of 10.0.0.0/8.
        let prefix = format!("10.{}.{}.0/20", (number >> 4) & 0xff, (number & 0xf) << 4);
        let spoke = e.vnet(&format!("vnet-spoke-{number:04}"), &prefix);
        e.client(&spoke);
        e.peer(&self.vnet, &spoke);
        match number % 3 {
            0 => {
                e.dns_servers(&spoke, &[&self.resolver_address]);
            }
            1 => {
                for zone in self.zones.values() {
                    e.link(zone, &spoke);
                }
            }
            _ => {
                e.link_ruleset(&self.ruleset, &spoke);
            }
        }
        spoke
    }
}

fn service(at: usize) -> Service {
    let name = format!("cnt{at:06}");
    match at % ZONES.len() {
        0 => services::storage(&name, "blob"),
        1 => services::storage(&name, "file"),
        2 => services::storage(&name, "queue"),
        3 => services::storage(&name, "table"),
        4 => services::key_vault(&name),
        5 => services::sql_server(&name),
        6 => services::registry(&name, "westeurope"),
        7 => services::web_app(&name),
        8 => services::cosmos(&name, "westeurope"),
        9 => services::service_bus(&name),
        10 => services::search(&name),
        11 => services::app_configuration(&name),
        _ => services::redis(&name),
    }
}

fn break_endpoint(e: &mut Estate, pe: &ResourceId, zone: &ResourceId, fault: Fault) {
    let name = e.services[pe].names().next().expect("a name").record.clone();
    let record = super::dns::record_id(zone, "A", &name);
    let own = e.addresses_of(pe)[0].clone();
    match fault {
        Fault::Pending => drop(e.pending(pe)),
        Fault::Rejected => drop(e.rejected(pe, "not ours")),
        Fault::RecordMissing => drop(e.remove(&record)),
        Fault::RecordWrong => drop(e.set_addresses(&record, &["10.255.255.4"])),
        Fault::RecordExtra => drop(e.set_addresses(&record, &[&own, "10.255.255.4"])),
    }
}

/// What no later step changes is turned into text at once: JSON trees of 100 000 endpoints would not fit.
fn hand_over(e: &mut Estate, done: &mut Vec<Resource>) {
    let finished = |id: &ResourceId| {
        matches!(Kind::of(id), Some(Kind::PrivateEndpoints | Kind::NetworkInterfaces | Kind::RecordSets))
    };
    let (out, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
        std::mem::take(&mut e.resources).into_iter().partition(|(id, _)| finished(id));
    e.resources = rest;
    done.extend(out.iter().map(|(id, value)| resource(id, value)));
    e.services.clear();
    e.apart.clear();
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
