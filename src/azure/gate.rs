//! One budget: how many requests may be sent in how much time. Starts from what is documented and is corrected by
//! what Azure's answers say is left. Knows no URLs.
//!
//! Written here because a limiter of a library (governor) counts by a rate that is fixed and by a clock of its own: it
//! cannot be told how much is left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Left to others, and to what is under way: with so many or fewer left, requests are sent no faster than the budget
/// fills, and with none left it is given the time to fill up to here.
pub(super) const RESERVE: u32 = 50;

/// Who waits for a budget looks again after this, since an answer may have said meanwhile that there is more.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A budget that requests pass one after the other, first come, first served.
pub(super) struct Gate {
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    pace: Pace,
    /// Requests that have passed and are not answered yet.
    pending: u32,
}

/// How a budget is counted.
pub(super) enum Pace {
    Bucket(Bucket),
    Window(Window),
}

impl Pace {
    /// A full bucket of so many requests, and how many each second adds.
    pub(super) fn bucket(most: u32, per_second: f64) -> Pace {
        let most = f64::from(most);
        Pace::Bucket(Bucket { tokens: most, most, per_second, filled_at: Instant::now() })
    }

    /// So many requests in any such span of time.
    pub(super) fn window(most: usize, span: Duration) -> Pace {
        Pace::Window(Window { most, span, free_at: Vec::new() })
    }
}

/// Tokens that come at a rate, and are kept up to a number.
pub(super) struct Bucket {
    tokens: f64,
    most: f64,
    per_second: f64,
    filled_at: Instant,
}

/// So many in any span of time.
pub(super) struct Window {
    most: usize,
    span: Duration,
    /// When each request that counts now will count no more.
    free_at: Vec<Instant>,
}

/// One request that has passed; dropped when it is answered or given up.
pub(super) struct Passed(Arc<Gate>);

impl Gate {
    pub(super) fn new(pace: Pace) -> Self {
        Gate { turn: tokio::sync::Mutex::new(()), state: Mutex::new(State { pace, pending: 0 }) }
    }

    /// Waits until one more request fits the budget. `None` as soon as `is_closed` says that nobody may send.
    pub(super) async fn pass(self: &Arc<Self>, is_closed: &(dyn Fn() -> bool + Sync)) -> Option<Passed> {
        let _turn = self.turn.lock().await;
        loop {
            if is_closed() {
                return None;
            }
            let Some(wait) = self.try_take() else { return Some(Passed(Arc::clone(self))) };
            tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
        }
    }

    /// Takes what one request needs, or says how long that will not be there.
    fn try_take(&self) -> Option<Duration> {
        let mut state = self.lock();
        let wait = match &mut state.pace {
            Pace::Bucket(bucket) => bucket.try_take(Instant::now()),
            Pace::Window(window) => window.try_take(Instant::now()),
        };
        if wait.is_none() {
            state.pending += 1;
        }
        wait
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passed {
    /// What the answer to this request says is left.
    pub(super) fn told(&self, left: u32) {
        self.correct(|pace, pending, now| match pace {
            Pace::Bucket(bucket) => bucket.told(left, pending, now),
            Pace::Window(window) => window.told(left, pending, now + window.span, now),
        });
    }

    /// The same of a budget that is counted anew in `resets`: it may also be larger than is documented.
    pub(super) fn told_until(&self, left: u32, resets: Duration) {
        self.correct(|pace, pending, now| match pace {
            Pace::Bucket(bucket) => bucket.told(left, pending, now),
            Pace::Window(window) => {
                window.most = window.most.max(left as usize);
                window.told(left, pending, now + resets, now);
            }
        });
    }

    fn correct(&self, correct: impl FnOnce(&mut Pace, u32, Instant)) {
        let mut state = self.0.lock();
        // This request is counted by the server already; the others may not be.
        let others = state.pending.saturating_sub(1);
        correct(&mut state.pace, others, Instant::now());
    }
}

impl Drop for Passed {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.pending = state.pending.saturating_sub(1);
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.most);
        self.filled_at = now;
    }

    fn try_take(&mut self, now: Instant) -> Option<Duration> {
        self.fill(now);
        // A hair less than a whole one will do: sums of fractions are not exact.
        let lacking = 1.0 - self.tokens;
        if lacking < 1e-6 {
            self.tokens -= 1.0;
            return None;
        }
        Some(Duration::try_from_secs_f64(lacking / self.per_second).unwrap_or(LOOK_AGAIN))
    }

    /// Believes what is left, more or less than was thought: tiers differ, and others spend too.
    fn told(&mut self, left: u32, pending: u32, now: Instant) {
        self.fill(now);
        let spare = f64::from(left) - f64::from(RESERVE) - f64::from(pending);
        self.tokens = spare.max(-f64::from(RESERVE));
        self.most = self.most.max(self.tokens);
    }
}

impl Window {
    fn try_take(&mut self, now: Instant) -> Option<Duration> {
        self.free_at.retain(|free| *free > now);
        if self.free_at.len() < self.most {
            self.free_at.push(now + self.span);
            return None;
        }
        // The window may be overfull: as many must go as make room for one.
        self.free_at.sort_unstable();
        let free = self.free_at.get(self.free_at.len().saturating_sub(self.most));
        Some(free.map_or(LOOK_AGAIN, |free| free.saturating_duration_since(now)))
    }

    /// Believes when less is left than was thought: others have spent the rest, no earlier than now.
    fn told(&mut self, left: u32, pending: u32, until: Instant, now: Instant) {
        self.free_at.retain(|free| *free > now);
        let spare = left.saturating_sub(pending) as usize;
        let spent = self.most.saturating_sub(spare);
        self.free_at.resize(self.free_at.len().max(spent), until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(pace: Pace) -> Arc<Gate> {
        Arc::new(Gate::new(pace))
    }

    async fn pass(gate: &Arc<Gate>) -> Passed {
        gate.pass(&|| false).await.unwrap()
    }

    /// How many whole milliseconds so many requests take, each answered at once.
    async fn passing(gate: &Arc<Gate>, requests: usize) -> u128 {
        let start = Instant::now();
        for _ in 0..requests {
            pass(gate).await;
        }
        start.elapsed().as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_bursts_and_then_trickles() {
        let gate = gate(Pace::bucket(400, 1.5));
        assert_eq!(passing(&gate, 400).await, 0);
        assert!((666..=668).contains(&passing(&gate, 1).await));
        assert!((666..=668).contains(&passing(&gate, 1).await));
        tokio::time::sleep(Duration::from_secs(100_000)).await;
        assert_eq!(passing(&gate, 400).await, 0);
        assert!(passing(&gate, 1).await > 600, "never more than the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_never_holds_more_than_its_number() {
        let gate = gate(Pace::window(3, Duration::from_secs(60)));
        assert_eq!(passing(&gate, 2).await, 0);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(passing(&gate, 1).await, 0);
        assert_eq!(passing(&gate, 2).await, 40_000);
        assert_eq!(passing(&gate, 1).await, 20_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_slows_to_its_rate_before_the_wall() {
        let gate = gate(Pace::bucket(200, 25.0));
        pass(&gate).await.told(RESERVE);
        assert!((1_000..1_100).contains(&passing(&gate, 25).await), "25 a second");
        pass(&gate).await.told(0);
        assert!((2_000..2_100).contains(&passing(&gate, 1).await), "time to fill up to the reserve");
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_that_is_larger_than_documented_is_used() {
        let gate = gate(Pace::bucket(200, 25.0));
        pass(&gate).await.told(1_099);
        assert_eq!(passing(&gate, 1_049).await, 0);
        assert!(passing(&gate, 1).await > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_is_not_spent_twice() {
        let gate = gate(Pace::bucket(200, 25.0));
        let mut under_way = Vec::new();
        for _ in 0..8 {
            under_way.push(pass(&gate).await);
        }
        under_way[0].told(RESERVE + 7);
        assert!(passing(&gate, 1).await > 0, "seven of the seven are for those under way");
        drop(under_way);
        pass(&gate).await.told(RESERVE + 7);
        assert_eq!(passing(&gate, 7).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_heeds_what_others_spent() {
        let gate = gate(Pace::window(15, Duration::from_secs(5)));
        pass(&gate).await.told_until(2, Duration::from_secs(3));
        assert_eq!(passing(&gate, 2).await, 0);
        assert_eq!(passing(&gate, 1).await, 3_000);
        pass(&gate).await.told_until(74, Duration::from_secs(5));
        assert_eq!(passing(&gate, 50).await, 0, "a larger quota is used");
        pass(&gate).await.told(90);
        assert!(passing(&gate, 100).await > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn more_that_is_left_is_noticed_while_waiting() {
        let gate = gate(Pace::bucket(1, 0.001));
        let first = pass(&gate).await;
        let start = Instant::now();
        let (_, ()) = tokio::join!(pass(&gate), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            first.told(500);
        });
        assert!(start.elapsed() <= LOOK_AGAIN);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_turned_away_when_the_gate_closes() {
        let gate = gate(Pace::window(1, Duration::from_secs(3600)));
        pass(&gate).await;
        let start = Instant::now();
        let is_closed = || start.elapsed() >= Duration::from_secs(2);
        let waiting = futures::future::join_all((0..50).map(|_| gate.pass(&is_closed))).await;
        assert!(waiting.iter().all(Option::is_none));
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
