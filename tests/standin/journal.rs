//! What was asked of the stand-in and what it answered. Knows nothing of routes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The door a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The management API.
    Arm,
    /// The sign-in service, and the pipeline's own token issuer.
    Login,
    /// The identity endpoint of a host: App Service, Cloud Shell.
    Identity,
    /// A host that no client should ever speak to.
    Foreign,
    /// The metrics service.
    Metrics,
}

/// One request and its outcome.
#[derive(Debug, Clone)]
pub struct Entry {
    pub door: Door,
    /// Since the stand-in started.
    pub at: Duration,
    pub method: String,
    /// The `Host` header.
    pub host: String,
    /// Percent-decoded, as sent.
    pub path: String,
    /// As sent, without the question mark.
    pub query: String,
    pub status: u16,
    /// Whether an `Authorization` header came with it.
    pub bore_token: bool,
    /// Whether it was let in.
    pub authorised: bool,
}

impl Entry {
    /// Whether the path matches a pattern in which `*` stands for anything, without regard to case.
    pub fn is(&self, pattern: &str) -> bool {
        matches(pattern, &self.path)
    }
}

#[derive(Debug, Default)]
struct Marks {
    now: BTreeMap<String, usize>,
    highest: BTreeMap<String, usize>,
    now_in_all: usize,
    highest_in_all: usize,
}

/// The log, and how many requests were under way at once.
#[derive(Debug)]
pub struct Journal {
    started: Instant,
    entries: Mutex<Vec<Entry>>,
    marks: Mutex<Marks>,
}

impl Journal {
    pub fn new() -> Self {
        Journal { started: Instant::now(), entries: Mutex::default(), marks: Mutex::default() }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub fn write(&self, entry: Entry) {
        self.entries.lock().unwrap().push(entry);
    }

    /// Everything so far, in the order in which answers were ready.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    /// Notes that a request for a subscription (in lower case) is under way, for as long as the answer is held: a
    /// client that hangs up ends it too.
    pub fn under_way<'a>(&'a self, subscription: &'a str) -> UnderWay<'a> {
        let mut marks = self.marks.lock().unwrap();
        let now = marks.now.entry(subscription.to_owned()).or_default();
        *now += 1;
        let now = *now;
        let highest = marks.highest.entry(subscription.to_owned()).or_default();
        *highest = now.max(*highest);
        marks.now_in_all += 1;
        marks.highest_in_all = marks.highest_in_all.max(marks.now_in_all);
        drop(marks);
        UnderWay { journal: self, subscription }
    }

    /// The most requests under way at once: in all, and for each subscription.
    pub fn high_water(&self) -> (usize, BTreeMap<String, usize>) {
        let marks = self.marks.lock().unwrap();
        (marks.highest_in_all, marks.highest.clone())
    }
}

/// Counts a request as under way until it is dropped.
pub struct UnderWay<'a> {
    journal: &'a Journal,
    subscription: &'a str,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut marks = self.journal.marks.lock().unwrap();
        if let Some(now) = marks.now.get_mut(self.subscription) {
            *now -= 1;
        }
        marks.now_in_all -= 1;
    }
}

/// Whether a text matches a pattern in which `*` stands for anything, without regard to case.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
