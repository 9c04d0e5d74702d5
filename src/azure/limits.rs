//! How fast and how much at once: bounded reads, the private DNS budget, pauses that Azure asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Reads at a time over all subscriptions.
const READS: usize = 64;

/// Reads at a time in one subscription: well under ARM's refill of 25 a second.
const READS_OF_SUBSCRIPTION: usize = 8;

/// Azure docs: "Request limits and throttling": Microsoft.Network's private DNS has a limit of its own.
/// The calls that may come at once…
const PRIVATE_DNS_BURST: f64 = 400.0;

/// …and those that each further second allows.
const PRIVATE_DNS_PER_SECOND: f64 = 1.5;

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
}

/// How many lanes there are.
const LANES: usize = 4;

/// The limits of one run.
pub(super) struct Limits {
    all: Semaphore,
    subscriptions: Mutex<HashMap<String, Arc<Budget>>>,
}

/// The limits of one subscription.
pub(super) struct Budget {
    reads: Semaphore,
    state: Mutex<State>,
}

struct State {
    paused_until: Instant,
    /// A lane that asked for more than [`LONGEST_PAUSE`]: nothing more is sent on it until then.
    closed_until: [Instant; LANES],
    private_dns: Bucket,
}

/// The right to send one request; dropped when its answer is there.
pub(super) struct Permit<'a> {
    _of_subscription: SemaphorePermit<'a>,
    _of_all: SemaphorePermit<'a>,
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

    /// Waits until one more request may be sent.
    pub(super) async fn enter<'a>(&'a self, budget: &'a Budget, lane: Lane) -> Result<Permit<'a>, Closed> {
        if lane == Lane::PrivateDns {
            let wait = budget.lock().private_dns.take(Instant::now());
            tokio::time::sleep(wait).await;
        }
        loop {
            tokio::time::sleep_until(budget.open_at(lane)?).await;
            // Semaphores are closed by nobody, so an error cannot come; were one to come, nothing is sent.
            let of_subscription = budget.reads.acquire().await.map_err(|_| Closed)?;
            let of_all = self.all.acquire().await.map_err(|_| Closed)?;
            // A pause may have come while this one queued.
            if budget.open_at(lane)? <= Instant::now() {
                return Ok(Permit { _of_subscription: of_subscription, _of_all: of_all });
            }
        }
    }
}

impl Budget {
    fn new(now: Instant) -> Self {
        let state = State {
            paused_until: now,
            closed_until: [now; LANES],
            private_dns: Bucket { tokens: PRIVATE_DNS_BURST, filled_at: now },
        };
        Budget { reads: Semaphore::new(READS_OF_SUBSCRIPTION), state: Mutex::new(state) }
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

/// A token bucket that may go into debt: who takes a token that is not there yet waits for it.
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    /// Takes one token and says how long to wait for it.
    fn take(&mut self, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * PRIVATE_DNS_PER_SECOND).min(PRIVATE_DNS_BURST) - 1.0;
        self.filled_at = now;
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(-self.tokens / PRIVATE_DNS_PER_SECOND).unwrap_or(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_dns_bursts_and_then_trickles() {
        let start = Instant::now();
        let mut bucket = Bucket { tokens: PRIVATE_DNS_BURST, filled_at: start };
        for _ in 0..400 {
            assert_eq!(bucket.take(start), Duration::ZERO);
        }
        let third = Duration::from_secs_f64(2.0 / 3.0);
        assert!((bucket.take(start).as_secs_f64() - third.as_secs_f64()).abs() < 1e-6);
        assert!((bucket.take(start).as_secs_f64() - 2.0 * third.as_secs_f64()).abs() < 1e-6);
        let later = start + Duration::from_secs(10);
        assert_eq!(bucket.take(later), Duration::ZERO);
        let much_later = start + Duration::from_secs(100_000);
        bucket.take(much_later);
        assert!((bucket.tokens - 399.0).abs() < 1e-6, "never more than the burst");
    }

    #[tokio::test]
    async fn eight_reads_of_a_subscription_run_at_a_time() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        let mut permits = Vec::new();
        for _ in 0..READS_OF_SUBSCRIPTION {
            permits.push(limits.enter(&budget, Lane::Network).await.unwrap());
        }
        let ninth = limits.enter(&budget, Lane::Network);
        assert!(tokio::time::timeout(Duration::from_millis(20), ninth).await.is_err());
        let other = limits.budget("t");
        assert!(limits.enter(&other, Lane::Network).await.is_ok());
        permits.pop();
        let ninth = limits.enter(&budget, Lane::Network);
        assert!(tokio::time::timeout(Duration::from_millis(500), ninth).await.is_ok());
    }

    #[tokio::test]
    async fn a_pause_holds_the_whole_subscription_and_no_other() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        assert!(budget.pause(Duration::from_secs(30)));
        assert!(!budget.pause(Duration::from_secs(10)), "a shorter pause changes nothing");
        for lane in [Lane::Network, Lane::PrivateDns] {
            let enter = limits.enter(&budget, lane);
            assert!(tokio::time::timeout(Duration::from_millis(20), enter).await.is_err());
        }
        assert!(limits.enter(&limits.budget("t"), Lane::Network).await.is_ok());
    }

    #[tokio::test]
    async fn a_closed_lane_refuses_at_once() {
        let limits = Limits::new();
        let budget = limits.budget("s");
        budget.close(Lane::PrivateDns, Duration::from_secs(600));
        assert_eq!(limits.enter(&budget, Lane::PrivateDns).await.err(), Some(Closed));
        assert!(limits.enter(&budget, Lane::Network).await.is_ok());
    }
}
