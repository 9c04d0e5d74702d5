//! How fast and how much at once: which budgets a request counts against, bounded reads, pauses that Azure asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::gate::{Gate, Pace, Passed, RESERVE};
use super::told::Told;

/// Reads at a time over all subscriptions.
const READS: usize = 64;

/// Reads at a time in one subscription.
const READS_OF_SUBSCRIPTION: usize = 8;

/// Reads of a subscription by one caller: what may come at once, and what each further second allows (Azure docs:
/// "Understand how Azure Resource Manager throttles requests", token buckets). Larger tiers tell so in their answers.
const ARM_BURST: u32 = 250;
const ARM_PER_SECOND: f64 = 25.0;

/// Private DNS of a subscription. Azure docs: "Request limits and throttling", Microsoft.Network, has 500 reads in
/// five minutes; later pages ("Azure DNS limits", operation limits) limit each zone instead. What may come at once…
const PRIVATE_DNS_BURST: u32 = 400;

/// …and what each further second allows.
const PRIVATE_DNS_PER_SECOND: f64 = 1.5;

/// Lists of private DNS zones in a minute are 60 a subscription; lists of records, and of links, 100 a zone (Azure
/// docs: "Azure subscription and service limits", private DNS, operation limits). A few are left to others.
const ZONE_LISTS: usize = 57;
const LISTS_OF_ZONE: usize = 95;

/// A minute, and a second for requests that are longer on their way than others.
const MINUTE: Duration = Duration::from_secs(61);

/// Queries of one user in five seconds (Azure docs: "Guidance for throttled requests in Azure Resource Graph"), and a
/// little for what is longer on its way.
const QUERIES: usize = 15;
const QUERIES_SPAN: Duration = Duration::from_millis(5_250);

/// Metrics of a subscription through the management API are 12 000 requests in an hour, and 360 000 through the service
/// for many resources at a time (Azure docs: "How to migrate from the metrics API to the getBatch API"). What may come
/// at once, and what each further second allows, stay below both.
const METRICS_BURST: u32 = 1500;
const METRICS_PER_SECOND: f64 = 2.8;
const BATCH_BURST: u32 = 500;
const BATCH_PER_SECOND: f64 = 50.0;

/// A wait longer than this is no pause any more: what is to be read becomes a gap.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// The provider whose limits a call counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Network,
    PrivateDns,
    /// The services behind endpoints: each has limits of its own, and one that throttles is no reason to read no
    /// networks.
    Targets,
    /// Counted for the user, over all subscriptions.
    ResourceGraph,
    /// Metrics of one resource at a time, from the management API.
    Metrics,
    /// Metrics of many resources at a time, from a service of their own.
    MetricsBatch,
}

/// How many lanes there are.
const LANES: usize = 6;

/// The limits of one run.
pub(super) struct Limits {
    all: Semaphore,
    subscriptions: Mutex<HashMap<String, Arc<Budget>>>,
}

/// The limits of one subscription.
pub(super) struct Budget {
    reads: Semaphore,
    /// What requests count against, each made when it is first needed.
    gates: Mutex<HashMap<String, Arc<Gate>>>,
    state: Mutex<State>,
}

struct State {
    paused_until: Instant,
    /// A lane that asked for more than [`LONGEST_PAUSE`]: nothing more is sent on it until then.
    closed_until: [Instant; LANES],
}

/// The right to send one request; dropped when its answer is there.
pub(super) struct Permit<'a> {
    passed: Vec<(Heeds, Passed)>,
    _of_subscription: SemaphorePermit<'a>,
    _of_all: SemaphorePermit<'a>,
}

/// Which of the numbers in an answer say what is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heeds {
    Reads,
    Provider,
    Quota,
    Nothing,
}

/// The lane is closed for longer than anybody waits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

impl Limits {
    pub(super) fn new() -> Self {
        Limits { all: Semaphore::new(READS), subscriptions: Mutex::default() }
    }

    /// The budget of a subscription (id in lower case; empty for what belongs to none).
    pub(super) fn budget(&self, subscription: &str) -> Arc<Budget> {
        let mut budgets = self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            budgets.entry(subscription.to_owned()).or_insert_with(|| Arc::new(Budget::new(Instant::now()))),
        )
    }

    /// Waits until one more request for this path may be sent.
    pub(super) async fn enter<'a>(
        &'a self,
        budget: &'a Budget,
        lane: Lane,
        path: &str,
    ) -> Result<Permit<'a>, Closed> {
        let is_closed = || budget.open_at(lane).is_err();
        let mut passed = Vec::new();
        for (heeds, gate) in budget.gates(lane, path) {
            passed.push((heeds, gate.pass(&is_closed).await.ok_or(Closed)?));
        }
        loop {
            tokio::time::sleep_until(budget.open_at(lane)?).await;
            // Semaphores are closed by nobody, so an error cannot come; were one to come, nothing is sent.
            let of_subscription = budget.reads.acquire().await.map_err(|_| Closed)?;
            let of_all = self.all.acquire().await.map_err(|_| Closed)?;
            // A pause may have come while this one queued.
            if budget.open_at(lane)? <= Instant::now() {
                return Ok(Permit { passed, _of_subscription: of_subscription, _of_all: of_all });
            }
        }
    }
}

impl Permit<'_> {
    /// Corrects the budgets by what the answer says is left of them.
    pub(super) fn told(&self, told: Told) {
        for (heeds, passed) in &self.passed {
            match (heeds, told) {
                (Heeds::Reads, Told { reads: Some(left), .. })
                | (Heeds::Provider, Told { provider: Some(left), .. }) => passed.told(left),
                (Heeds::Quota, Told { quota: Some((left, resets)), .. }) => passed.told_until(left, resets),
                (Heeds::Reads | Heeds::Provider | Heeds::Quota | Heeds::Nothing, _) => {}
            }
        }
    }
}

impl Budget {
    fn new(now: Instant) -> Self {
        let state = State { paused_until: now, closed_until: [now; LANES] };
        Budget {
            reads: Semaphore::new(READS_OF_SUBSCRIPTION),
            gates: Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// What a request counts against, the narrowest first: who waits there takes nothing from the wider ones. What a
    /// provider says is left is taken for what is left of the narrowest alone, since it does not say of what.
    fn gates(&self, lane: Lane, path: &str) -> Vec<(Heeds, Arc<Gate>)> {
        let reads =
            || (Heeds::Reads, self.gate("reads", || Pace::bucket(ARM_BURST - RESERVE, ARM_PER_SECOND)));
        match lane {
            Lane::ResourceGraph => {
                let graph = self.gate("resource graph", || Pace::window(QUERIES, QUERIES_SPAN));
                vec![(Heeds::Quota, graph)]
            }
            Lane::PrivateDns => {
                let (zone, most) = zone_key(path);
                let zone = self.gate(&zone, || Pace::window(most, MINUTE));
                let all = || Pace::bucket(PRIVATE_DNS_BURST, PRIVATE_DNS_PER_SECOND);
                vec![(Heeds::Provider, zone), (Heeds::Nothing, self.gate("private dns", all)), reads()]
            }
            Lane::Metrics => {
                let own = || Pace::bucket(METRICS_BURST, METRICS_PER_SECOND);
                vec![(Heeds::Provider, self.gate("metrics", own)), reads()]
            }
            Lane::MetricsBatch => {
                let own = || Pace::bucket(BATCH_BURST, BATCH_PER_SECOND);
                vec![(Heeds::Nothing, self.gate("metrics of many", own))]
            }
            Lane::Network | Lane::Targets => {
                let own = || Pace::bucket(ARM_BURST - RESERVE, ARM_PER_SECOND);
                vec![(Heeds::Provider, self.gate(&provider_key(path), own)), reads()]
            }
        }
    }

    fn gate(&self, key: &str, pace: impl FnOnce() -> Pace) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry(key.to_owned()).or_insert_with(|| Arc::new(Gate::new(pace()))))
    }

    /// Nothing more is sent to the subscription for `wait`. Says whether that is longer than it was paused
    /// already.
    pub(super) fn pause(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait.min(LONGEST_PAUSE);
        let mut state = self.lock();
        let longer = until > state.paused_until + Duration::from_millis(500);
        state.paused_until = state.paused_until.max(until);
        longer
    }

    /// Nothing more is sent on the lane for `wait`, which is longer than [`LONGEST_PAUSE`]: asking earlier
    /// starts the wait anew (Azure docs: "Request limits and throttling").
    pub(super) fn close(&self, lane: Lane, wait: Duration) {
        let until = Instant::now() + wait.min(Duration::from_secs(24 * 3600));
        let mut state = self.lock();
        let closed = &mut state.closed_until[lane as usize];
        *closed = (*closed).max(until);
    }

    /// When the next request may be sent.
    fn open_at(&self, lane: Lane) -> Result<Instant, Closed> {
        let state = self.lock();
        let closed_until = state.closed_until[lane as usize];
        if closed_until > Instant::now() + LONGEST_PAUSE {
            return Err(Closed);
        }
        Ok(state.paused_until.max(closed_until))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which limit of private DNS a path falls under, and how many a minute it allows: the list of zones; else each kind of
/// thing below each zone by itself.
fn zone_key(path: &str) -> (String, usize) {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let mut parts = path.split('/').skip_while(|part| *part != "privatednszones").skip(1);
    match (parts.next(), parts.next()) {
        (None, _) => ("zones".to_owned(), ZONE_LISTS),
        (Some(_), None) => (path, LISTS_OF_ZONE),
        (Some(_), Some(_)) => {
            let below: usize = parts.map(|part| part.len() + 1).sum();
            (path.get(..path.len() - below).unwrap_or(&path).to_owned(), LISTS_OF_ZONE)
        }
    }
}

/// The resource provider that answers for a path.
fn provider_key(path: &str) -> String {
    let path = path.to_ascii_lowercase();
    let after = path.rsplit_once("/providers/").map_or("", |(_, after)| after);
    format!("provider {}", after.split('/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONES: &str = "/subscriptions/s/providers/Microsoft.Network/privateDnsZones";

    /// How long so many requests take, each answered at once.
    async fn passing(
        limits: &Limits,
        lane: Lane,
        path: impl Fn(usize) -> String,
        requests: usize,
    ) -> Duration {
        let budget = limits.budget("s");
        let start = Instant::now();
        for number in 0..requests {
            limits.enter(&budget, lane, &path(number)).await.unwrap();
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn private_dns_bursts_and_then_trickles() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        // What Azure tells of the subscription's other budget is no limit here.
        let plenty = Told { reads: Some(16_000), ..Told::default() };
        limits.enter(&budget, Lane::PrivateDns, ZONES).await.unwrap().told(plenty);
        let zone = |number: usize| format!("{ZONES}/zone{number}/ALL");
        assert_eq!(passing(&limits, Lane::PrivateDns, zone, 399).await, Duration::ZERO);
        let trickle = passing(&limits, Lane::PrivateDns, zone, 15).await;
        assert!((9_900..10_100).contains(&trickle.as_millis()), "{trickle:?}");
        tokio::time::sleep(Duration::from_secs(100_000)).await;
        assert_eq!(passing(&limits, Lane::PrivateDns, zone, 400).await, Duration::ZERO);
        assert!(
            passing(&limits, Lane::PrivateDns, zone, 1).await > Duration::ZERO,
            "never more than the burst"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn each_zone_has_limits_of_its_own() {
        let limits = Limits::new();
        let of = |path: &'static str| move |_: usize| format!("{ZONES}{path}");
        let records = passing(&limits, Lane::PrivateDns, of("/a/ALL"), LISTS_OF_ZONE).await;
        let links = passing(&limits, Lane::PrivateDns, of("/a/virtualNetworkLinks"), 50).await;
        let others = passing(&limits, Lane::PrivateDns, of("/b/ALL"), 50).await;
        assert_eq!((records, links, others), (Duration::ZERO, Duration::ZERO, Duration::ZERO));
        assert!(passing(&limits, Lane::PrivateDns, of("/a/ALL"), 1).await >= Duration::from_secs(60));
        assert_eq!(passing(&limits, Lane::PrivateDns, of(""), ZONE_LISTS).await, Duration::ZERO);
        assert!(passing(&limits, Lane::PrivateDns, of(""), 1).await >= Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn reads_burst_and_then_come_at_the_rate_of_the_refill() {
        let limits = Limits::new();
        let path = |_| "/subscriptions/s/providers/Microsoft.Network/privateEndpoints".to_owned();
        assert_eq!(passing(&limits, Lane::Network, path, 200).await, Duration::ZERO);
        let next = passing(&limits, Lane::Network, path, 100).await;
        assert!((3_900..=4_100).contains(&next.as_millis()), "{next:?}");
        let other = limits.budget("t");
        assert!(limits.enter(&other, Lane::Network, "").await.is_ok(), "another subscription is not held up");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_steer_the_budget_that_they_speak_of() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        let path = |provider: &str| format!("/subscriptions/s/resourceGroups/g/providers/{provider}/x/y");
        let told = async |told| {
            limits.enter(&budget, Lane::Targets, &path("Contoso.A")).await.unwrap().told(told);
        };
        let one = |provider: &'static str| passing(&limits, Lane::Targets, move |_| path(provider), 1);
        told(Told { provider: Some(0), ..Told::default() }).await;
        assert_eq!(one("Contoso.B").await, Duration::ZERO, "no provider is held up by another");
        assert!(one("contoso.a").await > Duration::from_secs(1));
        told(Told { reads: Some(0), ..Told::default() }).await;
        assert!(one("Contoso.B").await > Duration::from_secs(1), "reads are those of the whole subscription");
    }

    #[tokio::test(start_paused = true)]
    async fn resource_graph_counts_in_windows() {
        let limits = Limits::new();
        let path = |_| "/providers/Microsoft.ResourceGraph/resources".to_owned();
        assert_eq!(passing(&limits, Lane::ResourceGraph, path, 15).await, Duration::ZERO);
        assert_eq!(passing(&limits, Lane::ResourceGraph, path, 15).await, QUERIES_SPAN);
        let budget = limits.budget("s");
        let quota = Some((0, Duration::from_secs(3)));
        tokio::time::sleep(Duration::from_secs(60)).await;
        let told = Told { quota, ..Told::default() };
        limits.enter(&budget, Lane::ResourceGraph, &path(0)).await.unwrap().told(told);
        assert_eq!(passing(&limits, Lane::ResourceGraph, path, 1).await, Duration::from_secs(3));
    }

    #[test]
    fn paths_tell_whose_limits_count() {
        assert_eq!(zone_key(ZONES), ("zones".to_owned(), ZONE_LISTS));
        let zone = "/subscriptions/s/resourcegroups/g/providers/microsoft.network/privatednszones/a.b";
        assert_eq!(zone_key(&zone.replace("zones", "Zones")).0, zone);
        assert_eq!(zone_key(&format!("{zone}/ALL")).0, format!("{zone}/all"));
        assert_eq!(zone_key(&format!("{zone}/A/x/")).0, format!("{zone}/a"));
        assert_eq!(zone_key(""), ("zones".to_owned(), ZONE_LISTS));
        assert_eq!(provider_key("/subscriptions/s"), "provider ");
        assert_eq!(provider_key(&format!("{ZONES}/a")), "provider microsoft.network");
    }

    #[tokio::test]
    async fn eight_reads_of_a_subscription_run_at_a_time() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        let mut permits = Vec::new();
        for _ in 0..READS_OF_SUBSCRIPTION {
            permits.push(limits.enter(&budget, Lane::Network, "").await.unwrap());
        }
        let ninth = limits.enter(&budget, Lane::Network, "");
        assert!(tokio::time::timeout(Duration::from_millis(20), ninth).await.is_err());
        let other = limits.budget("t");
        assert!(limits.enter(&other, Lane::Network, "").await.is_ok());
        permits.pop();
        let ninth = limits.enter(&budget, Lane::Network, "");
        assert!(tokio::time::timeout(Duration::from_millis(500), ninth).await.is_ok());
    }

    #[tokio::test]
    async fn a_pause_holds_the_whole_subscription_and_no_other() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        assert!(budget.pause(Duration::from_secs(30)));
        assert!(!budget.pause(Duration::from_secs(10)), "a shorter pause changes nothing");
        for lane in [Lane::Network, Lane::PrivateDns] {
            let enter = limits.enter(&budget, lane, "");
            assert!(tokio::time::timeout(Duration::from_millis(20), enter).await.is_err());
        }
        assert!(limits.enter(&limits.budget("t"), Lane::Network, "").await.is_ok());
    }

    #[tokio::test]
    async fn a_closed_lane_refuses_at_once() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        budget.close(Lane::PrivateDns, Duration::from_secs(600));
        assert_eq!(limits.enter(&budget, Lane::PrivateDns, "").await.err(), Some(Closed));
        assert!(limits.enter(&budget, Lane::Network, "").await.is_ok());
    }
}
