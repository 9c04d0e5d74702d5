//! A system whose lookups never end.

use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use plaudit::probe::{Connect, DnsFault, Limits, Question, Resolvers, SystemLookup, probe};

use crate::one::Quiet;

/// Answers nobody until it is let go, and counts who waits.
#[derive(Default)]
struct Stuck {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    is_free: bool,
}

impl SystemLookup for Stuck {
    fn lookup(&self, _: &str) -> Result<Vec<IpAddr>, DnsFault> {
        let mut state = self.state.lock().unwrap();
        state.waiting += 1;
        let state = self.changed.wait_while(state, |state| !state.is_free).unwrap();
        drop(state);
        Ok(vec!["127.83.4.4".parse().unwrap()])
    }
}

impl Stuck {
    /// How many wait, once there are this many at least.
    fn waiting(&self, least: usize) -> usize {
        let began = Instant::now();
        while self.state.lock().unwrap().waiting < least && began.elapsed().as_secs() < 5 {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.state.lock().unwrap().waiting
    }
}

#[test]
fn lookups_that_never_end_hold_no_more_threads_than_jobs() {
    let stuck = Arc::new(Stuck::default());
    let question = |n| Question { host: format!("n{n}.example"), connect: Connect::Answered, ports: vec![] };
    let questions: Vec<Question> = (0..9).map(question).collect();
    let resolvers = Resolvers { system: Some(stuck.clone()), own: Vec::new(), given: Vec::new() };
    let patience = Duration::from_millis(50);
    let limits = Limits { dns: patience, connect: patience, jobs: 3 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let seen = runtime.block_on(probe(&questions, &resolvers, &limits, &Quiet));
    let waiting = stuck.waiting(3);
    stuck.state.lock().unwrap().is_free = true;
    stuck.changed.notify_all();
    assert_eq!(waiting, 3, "as many threads as jobs");
    let answers: Vec<_> = seen.iter().map(|one| one.heard[0].answer.clone()).collect();
    assert!(answers[..3].iter().all(|one| *one == Err(DnsFault::TimedOut)), "{answers:?}");
    let is_busy = |one: &Result<_, _>| matches!(one, Err(DnsFault::Failed(why)) if why.contains("busy"));
    assert!(answers[3..].iter().all(is_busy), "{answers:?}");
    // Those that end make room for the next.
    let limits = Limits { dns: Duration::from_secs(60), ..limits };
    let seen = runtime.block_on(probe(&questions, &resolvers, &limits, &Quiet));
    assert!(seen.iter().all(|one| one.heard[0].answer.is_ok()));
}
