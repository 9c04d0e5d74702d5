//! An estate with one endpoint, and a probe of it inside this process.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use plaudit::finding::{Report, Verdict};
use plaudit::inventory::{Cloud, ResourceId, wire};
use plaudit::probe::{DnsFault, Limits, Progress, Resolvers, SystemLookup, probe};
use plaudit::rules::{self, Settings};
use plaudit::survey::{Host, Plan, Ports};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

use crate::estate::Estate;
use crate::estate::services::sql_server;
use crate::name_server::NameServer;

/// The endpoint's name.
pub const NAME: &str = "sql-orders.database.windows.net";
/// What public DNS makes of it.
pub const ALIAS: &str = "sql-orders.privatelink.database.windows.net";

/// A network `{prefix}.0.0/16` with one SQL endpoint at `{prefix}.4.4` and somebody who asks.
pub fn one(prefix: &str) -> (Estate, ResourceId) {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet-orders", &format!("{prefix}.0.0/16"));
    e.client(&vnet);
    let endpoint = e.endpoint("pe-sql", &vnet, sql_server("sql-orders"));
    assert_eq!(e.addresses_of(&endpoint), [format!("{prefix}.4.4")]);
    (e, vnet)
}

/// A system's resolver that says what it was told to say; other names do not exist.
#[derive(Default)]
pub struct System(pub BTreeMap<String, Result<Vec<IpAddr>, DnsFault>>);

impl SystemLookup for System {
    fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, DnsFault> {
        self.0.get(name).cloned().unwrap_or(Err(DnsFault::NoSuchName { chain: Vec::new() }))
    }
}

pub fn system(name: &str, addresses: &[&str]) -> Option<Arc<dyn SystemLookup>> {
    let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
    Some(Arc::new(System([(name.to_owned(), Ok(addresses))].into())))
}

/// Asks this server alone.
pub fn given(server: &NameServer) -> Resolvers {
    Resolvers { system: None, own: Vec::new(), given: vec![server.address] }
}

pub struct Quiet;

impl Progress for Quiet {
    fn at(&self, _: &'static str, _: usize, _: usize) {}
}

/// Probes an estate and judges it with the LIVE rules.
pub fn judge(e: &Estate, resolvers: &Resolvers, vantage: Option<&ResourceId>, hosts: Vec<Host>) -> Report {
    let table = ZoneTable::embedded(Cloud::AzureCloud).unwrap();
    let topology = Topology::build(wire::inventory(e.collected()), &table, Options::default());
    let network = vantage.map(|id| topology.network(id).unwrap());
    let plan = Plan::new(&topology, &Ports::embedded().unwrap(), &[], network, hosts).unwrap();
    let limits = Limits { dns: Duration::from_secs(1), connect: Duration::from_secs(1), jobs: 8 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let seen = runtime.block_on(probe(&plan.questions, resolvers, &limits, &Quiet));
    let settings = Settings { observed: Some(plan.observed(seen, vantage.cloned())), ..Settings::default() };
    let mut rules = rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = rule.page.id.starts_with("LIVE-"));
    plaudit::audit::audit(&topology, &rules, &settings)
}

/// `LIVE-001 fail error certain`, or `LIVE-002 unknown`, in order.
pub fn lines(report: &Report) -> Vec<String> {
    let line = |finding: &plaudit::finding::Finding| match finding.verdict {
        Verdict::Unknown => format!("{} unknown", finding.rule),
        Verdict::Fail => {
            format!("{} fail {} {}", finding.rule, finding.severity.name(), finding.confidence.name())
        }
    };
    let mut lines: Vec<String> = report.findings.iter().map(line).collect();
    lines.sort();
    lines
}

/// How many subjects of a rule were judged, and how many were not.
pub fn tally(report: &Report, rule: &str) -> (usize, usize) {
    let tally = report.tallies.iter().find(|tally| tally.rule == rule).unwrap();
    (tally.judged, tally.not_judged.values().sum())
}
