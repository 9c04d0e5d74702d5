//! What goes wrong, where and how often. Knows nothing of how an answer is made otherwise.

use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use azure_core::time::{Duration as Span, OffsetDateTime, to_rfc7231};
use serde_json::json;

use super::echo::Echo;
use super::journal::matches;
use super::reply::{Body, Reply};
use super::storm::{Storm, Weather};

/// Something that goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// 403 `AuthorizationFailed`.
    Forbidden,
    /// 404 `SubscriptionNotFound`.
    SubscriptionNotFound,
    /// 429, with `Retry-After` in seconds or without.
    Throttled(Option<u64>),
    /// 429, with a date until when, in seconds from a clock that goes ahead of ours by so many.
    ThrottledUntil { ahead: i64, wait: i64 },
    /// Any status, with an error body in ARM's shape.
    Status(u16, &'static str),
    /// Any status, with code and message at the top level, as private DNS writes them.
    BareError(u16, &'static str),
    /// Any status, with a page for people.
    Html(u16),
    /// 200 and this text.
    Text(String),
    /// The right answer, half of it: the length is declared, the connection is dropped.
    Cut,
    /// A body without end in sight: this many megabytes, length not declared.
    Huge(usize),
    /// A body of a few hundred kilobytes that is this many megabytes once it is unpacked.
    Bomb(usize),
    /// The right page, leading on to this address.
    NextLink(String),
    /// The right page, leading on to itself.
    Loop,
    /// The right page, leading on to itself by another name each time.
    Again,
    /// The right page, leading on to itself once more before it leads on.
    Twice,
    /// The right answer, late.
    Late(Duration),
    /// The right answer in small pieces, with a pause before each.
    Slow(Duration),
    /// What the request signs in with is repeated.
    Echo(Echo),
}

#[derive(Debug)]
struct Rule {
    pattern: String,
    /// Which of the matching requests, counted from 0.
    which: Range<usize>,
    seen: usize,
    fault: Fault,
}

/// The faults of a scenario.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
    storm: Option<Storm>,
}

impl Faults {
    pub fn new(weather: Option<Weather>) -> Self {
        Faults { rules: Mutex::default(), storm: weather.map(Storm::new) }
    }

    /// Ends the storm, if there is one.
    pub fn calm(&self) {
        self.storm.iter().for_each(Storm::end);
    }

    pub fn add(&self, pattern: &str, which: Range<usize>, fault: Fault) {
        self.rules.lock().unwrap().push(Rule { pattern: pattern.to_owned(), which, seen: 0, fault });
    }

    /// Whether a request for this path would be told now that the caller may not see it. Counts as no request.
    pub fn shut_out(&self, path: &str) -> bool {
        let rules = self.rules.lock().unwrap();
        let closed = |rule: &&Rule| matches!(rule.fault, Fault::Forbidden | Fault::SubscriptionNotFound);
        let by_rule = rules
            .iter()
            .filter(closed)
            .any(|rule| matches(&rule.pattern, path) && rule.which.contains(&rule.seen));
        by_rule || self.storm.as_ref().is_some_and(|storm| storm.has_taken(path))
    }

    /// The faults that strike a request for this path now, in the order in which they were added.
    pub fn strike(&self, path: &str) -> Vec<Fault> {
        let mut struck = Vec::new();
        for rule in self.rules.lock().unwrap().iter_mut().filter(|rule| matches(&rule.pattern, path)) {
            if rule.which.contains(&rule.seen) {
                struck.push(rule.fault.clone());
            }
            rule.seen += 1;
        }
        struck.extend(self.storm.as_ref().and_then(|storm| storm.strike(path)));
        struck
    }
}

impl Fault {
    /// The answer that stands in place of the right one; `None` when the right one is only bent or late.
    pub fn instead(&self, path: &str) -> Option<Reply> {
        let subscription = path.split('/').nth(2).unwrap_or_default();
        match self {
            Fault::Forbidden => Some(Reply::error(
                403,
                "AuthorizationFailed",
                &format!(
                    "The stand-in's caller has no right to read over scope '/subscriptions/{subscription}'."
                ),
            )),
            Fault::SubscriptionNotFound => Some(Reply::error(
                404,
                "SubscriptionNotFound",
                &format!("There is no subscription '{subscription}' here."),
            )),
            Fault::Throttled(wait) => {
                let mut reply = Reply::error(429, "TooManyRequests", "Too many requests; ask again later.");
                reply.headers.extend(wait.map(|seconds| ("Retry-After", seconds.to_string())));
                Some(reply)
            }
            Fault::ThrottledUntil { ahead, wait } => {
                let mut reply = Reply::error(429, "TooManyRequests", "Too many requests; ask again later.");
                let theirs = OffsetDateTime::now_utc() + Span::seconds(*ahead);
                let until = theirs + Span::seconds(*wait);
                reply.headers.push(("Date", to_rfc7231(&theirs)));
                reply.headers.push(("Retry-After", to_rfc7231(&until)));
                Some(reply)
            }
            Fault::Status(status, code) => {
                Some(Reply::error(*status, code, "The stand-in was told to fail."))
            }
            Fault::BareError(status, code) => Some(Reply::json(
                *status,
                &json!({"code": code, "message": "The stand-in was told to fail."}),
            )),
            Fault::Html(status) => {
                let page = "<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Oops</h1></body></html>";
                Some(Reply {
                    status: *status,
                    headers: vec![("Content-Type", "text/html".into())],
                    body: page.into(),
                })
            }
            Fault::Text(text) => Some(Reply::text(200, text.clone())),
            Fault::Huge(megabytes) => {
                let mut reply = Reply::text(200, "");
                reply.body = Body::Huge { megabytes: *megabytes };
                Some(reply)
            }
            Fault::Bomb(megabytes) => Some(Reply::bomb(*megabytes)),
            Fault::Cut
            | Fault::NextLink(_)
            | Fault::Loop
            | Fault::Again
            | Fault::Twice
            | Fault::Late(_)
            | Fault::Slow(_)
            | Fault::Echo(_) => None,
        }
    }
}
