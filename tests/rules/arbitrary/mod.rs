//! Properties over arbitrary estates: a yard with arbitrary parts in which arbitrary things went wrong, judged by every
//! rule. `PROPTEST_CASES=2000 cargo test --test rules arbitrary` looks longer, and elsewhere each time.

mod aside;
mod kept;
mod less;
mod mishaps;
mod order;
mod reach;
mod spelling;
mod told;
mod values;
mod yard;

use std::ops::Range;
use std::sync::LazyLock;

use plaudit::finding::Report;
use plaudit::inventory::{Collected, IdPattern, Measure, Resource, wire};
use plaudit::rules::{ExpectedNetwork, ExpectedRoutes, Rule, Settings, Thresholds};
use plaudit::topology::{Options, Topology};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::json;

use crate::estate::Estate;
use crate::estate::demo::Demo;
use crate::estate::rounds::{TABLE, read, read_deep};
use mishaps::MISHAPS;
use yard::{APPLIANCE, PARTS, Yard};

/// The same cases in every normal run, so many for each property; `PROPTEST_CASES` replaces them by others.
fn config(cases: u32) -> ProptestConfig {
    let asked: Option<u32> = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        rng_seed: if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(0) },
        failure_persistence: None,
        max_shrink_iters: 120,
        ..ProptestConfig::default()
    }
}

/// An estate as plain data, which shrinks.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which parts stand in the yard; `None` for Contoso's estate.
    parts: Option<Vec<usize>>,
    /// Which mishap, where, and in which of its ways.
    mishaps: Vec<(usize, usize, usize)>,
    /// Whether everything is asked that costs a call of its own, and whether traffic was measured.
    deep: bool,
    measured: bool,
    /// What a person asks for beside.
    wishes: Wishes,
}

/// What a configuration and a scope say.
#[derive(Debug, Clone, Copy)]
struct Wishes {
    /// Machines outside Azure are to reach the endpoints.
    onprem: bool,
    /// The network whose clients are to reach them.
    clients: Option<&'static str>,
    /// The network in which those of one account ought to stand.
    expected: &'static str,
    /// Per cent of a limit.
    capacity: u64,
    /// Whether the hub is reported on, too.
    hub: bool,
}

fn wishes() -> impl Strategy<Value = Wishes> {
    let clients = select(vec![None, None, Some("*/virtualNetworks/far"), Some("*/virtualNetworks/island")]);
    let expected = select(vec!["*/virtualNetworks/spoke", "*/virtualNetworks/other"]);
    (prop::bool::weighted(0.3), clients, expected, select(vec![80, 80, 1]), any::<bool>()).prop_map(
        |(onprem, clients, expected, capacity, hub)| Wishes { onprem, clients, expected, capacity, hub },
    )
}

/// Parts that belong together, with the mishaps that fall upon them.
const FAMILIES: [(&[usize], Range<usize>); 2] =
    [(&[4, 5, 9, 10], mishaps::OF_SERVICES..MISHAPS.len()), (&[6, 7, 18, 21], mishaps::OF_NETWORKS)];

/// The parts of a yard, and the mishaps to pick from: any, or those of a family.
fn parts() -> impl Strategy<Value = (Option<Vec<usize>>, Range<usize>)> {
    let any = prop::sample::subsequence((0..PARTS.len()).collect::<Vec<_>>(), 0..7);
    let family = select(&FAMILIES[..]).prop_flat_map(|(parts, mishaps)| {
        prop::sample::subsequence(parts, 1..3).prop_map(move |parts| (Some(parts), mishaps.clone()))
    });
    prop_oneof![
        12 => any.prop_map(|parts| (Some(parts), 0..MISHAPS.len())),
        6 => family,
        1 => Just((None, 0..MISHAPS.len())),
    ]
}

/// Any estate: mostly a yard, now and then Contoso's.
pub fn plan() -> impl Strategy<Value = Plan> {
    let mishaps = |those| vec((those, 0..10_000_usize, 0..10_000_usize), 0..8);
    let what = parts().prop_flat_map(move |(parts, those)| (Just(parts), mishaps(those)));
    (what, any::<bool>(), prop::bool::weighted(0.2), wishes()).prop_map(
        |((parts, mishaps), deep, measured, wishes)| Plan { parts, mishaps, deep, measured, wishes },
    )
}

static YARD: LazyLock<Yard> = LazyLock::new(Yard::new);
static CONTOSO: LazyLock<Demo> = LazyLock::new(Demo::healthy);
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(crate::redacted::every_rule);

impl Plan {
    pub fn estate(&self) -> Estate {
        let mut e = match &self.parts {
            Some(parts) => {
                let mut yard = YARD.clone();
                if self.wishes.hub {
                    yard.e.audit("hub");
                }
                parts.iter().for_each(|part| PARTS[*part](&mut yard));
                yard.e
            }
            None => CONTOSO.e.clone(),
        };
        for (which, at, how) in &self.mishaps {
            MISHAPS[*which](&mut e, *at, *how);
        }
        e
    }

    /// The subscriptions of the estate, by name.
    pub fn subscriptions(&self) -> &'static [&'static str] {
        if self.parts.is_some() { &yard::SUBSCRIPTIONS } else { &crate::less_coverage::CONTOSO }
    }

    /// What a run holds that reads it.
    pub fn read(&self, e: &Estate) -> Collected {
        let mut collected = if self.deep { read_deep(e) } else { read(e) };
        if self.measured {
            measure(&mut collected);
        }
        collected
    }

    /// What a configuration asks of the rules.
    pub fn settings(&self) -> Settings {
        let network = IdPattern::new(self.wishes.expected).unwrap();
        let target = Some(IdPattern::new("*/acct").unwrap());
        Settings {
            expect_onprem: self.wishes.onprem,
            expect_er: ExpectedRoutes { private: true, microsoft: true },
            target_regions: vec!["northeurope".to_owned()],
            appliance: Some(APPLIANCE.to_owned()),
            expected_networks: vec![ExpectedNetwork { endpoint: None, target, tag: None, network }],
            thresholds: Thresholds { capacity: self.wishes.capacity, ..Thresholds::default() },
            ..Settings::default()
        }
    }

    pub fn topology(&self, collected: Collected) -> Topology {
        let clients = self.wishes.clients.iter().map(|pattern| IdPattern::new(pattern).unwrap()).collect();
        let options = Options { client_networks: clients, ..Options::default() };
        Topology::build(wire::inventory(collected), &TABLE, options)
    }

    /// Judges by every rule.
    pub fn judge(&self, collected: Collected) -> Report {
        plaudit::audit::audit(&self.topology(collected), &RULES, &self.settings())
    }
}

/// No byte went through anything.
fn measure(collected: &mut Collected) {
    collected.origin.scope.metrics = Some("7d".parse().unwrap());
    let endpoints = collected.resources.iter().map(|one| one.id.clone());
    let endpoints: Vec<_> = endpoints.filter(|id| id.is_type("Microsoft.Network/privateEndpoints")).collect();
    for endpoint in endpoints {
        let id = Measure::EndpointBytes.id_of(&endpoint);
        let metrics = Measure::EndpointBytes.metrics().iter();
        let values: Vec<_> = metrics.map(|name| json!({"name": {"value": name}, "timeseries": []})).collect();
        let body = json!({"id": id.as_str(), "type": "Microsoft.Insights/metrics",
            "starttime": "2026-01-08T07:00:00Z", "endtime": "2026-01-15T07:00:00Z", "interval": "PT6H",
            "value": values});
        collected.resources.push(Resource { id, json: body.to_string().into() });
    }
    collected.resources.sort_by(|a, b| a.id.cmp(&b.id));
}
