//! Every fault at once: what strikes a request follows from a seed, the path and how often it was asked for. Knows
//! nothing of answers.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::fault::Fault;

/// How the weather is.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// Two runs with the same seed are struck alike.
    pub seed: u64,
    /// Of a thousand requests, so many are struck by something that passes.
    pub passing: u64,
    /// Of a thousand paths, so many are struck for good.
    pub lasting: u64,
    /// Of a thousand requests for a token, so many fail.
    pub sign_in: u64,
    /// A subscription (in lower case) that is gone after so many requests.
    pub vanishing: Option<(String, usize)>,
    /// Where a page leads that was bent: a host that nobody should speak to.
    pub foreign: String,
}

/// A storm that blows.
#[derive(Debug)]
pub struct Storm {
    weather: Weather,
    seen: Mutex<HashMap<String, u64>>,
    asked: AtomicUsize,
    is_over: AtomicBool,
}

impl Storm {
    pub fn new(weather: Weather) -> Self {
        Storm { weather, seen: Mutex::default(), asked: AtomicUsize::new(0), is_over: AtomicBool::new(false) }
    }

    /// From now on nothing strikes any more.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Whether a subscription's path leads to nothing any more. Counts as no request.
    pub fn has_taken(&self, path: &str) -> bool {
        self.weather.vanishing.as_ref().is_some_and(|(id, after)| {
            !self.is_over.load(Ordering::SeqCst)
                && self.asked.load(Ordering::SeqCst) >= *after
                && path.to_ascii_lowercase().starts_with(&format!("/subscriptions/{id}"))
        })
    }

    /// What strikes this request.
    pub fn strike(&self, path: &str) -> Option<Fault> {
        if self.is_over.load(Ordering::SeqCst) {
            return None;
        }
        let path = path.to_ascii_lowercase();
        let nth = {
            let mut seen = self.seen.lock().unwrap();
            let count = seen.entry(path.clone()).or_default();
            *count += 1;
            *count
        };
        if path.contains("/oauth2/") || path.contains("openid") || path.contains("/discovery/") {
            let struck = self.dice(("sign-in", &path, nth)) % 1000 < self.weather.sign_in;
            return struck.then(|| passing_of_sign_in(self.dice(("which", &path, nth))));
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.has_taken(&path) {
            return Some(Fault::SubscriptionNotFound);
        }
        if self.dice(("lasting", &path)) % 1000 < self.weather.lasting {
            return Some(self.fault(self.dice(("which", &path))));
        }
        let struck = self.dice(("passing", &path, nth)) % 1000 < self.weather.passing;
        struck.then(|| self.fault(self.dice(("which", &path, nth))))
    }

    fn dice(&self, of: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.weather.seed, of).hash(&mut hasher);
        hasher.finish()
    }

    fn fault(&self, dice: u64) -> Fault {
        // Large answers are rare: they cost time, and are there to be refused.
        match dice / 100 % 120 {
            0 => return Fault::Huge(200),
            1 => return Fault::Bomb(200),
            _ => {}
        }
        match dice % 24 {
            0 => Fault::Throttled(Some(0)),
            1 => Fault::Throttled(Some(1)),
            2 => Fault::Throttled(None),
            3 => Fault::Throttled(Some(86_400)),
            4 => Fault::ThrottledUntil { ahead: -3_600, wait: 1 },
            5 => Fault::ThrottledUntil { ahead: 3_600, wait: 1 },
            6 => Fault::Status(500, "InternalServerError"),
            7 => Fault::Html(502),
            8 => Fault::BareError(503, "ServiceUnavailable"),
            9 => Fault::Status(504, "GatewayTimeout"),
            10 => Fault::Status(408, "RequestTimeout"),
            11 => Fault::Forbidden,
            12 | 13 => Fault::Cut,
            14 => Fault::Late(Duration::from_millis(50 + dice / 1000 % 700)),
            15 => Fault::Slow(Duration::from_millis(2 + dice / 1000 % 20)),
            16 => Fault::Text(r#"{"value":[{"id":"/subscriptions/"#.to_owned()),
            17 => Fault::Text(r#"{"error":{"code":"OK","message":"not really"}}"#.to_owned()),
            18 => Fault::Text("null".to_owned()),
            19 => Fault::NextLink(format!("{}/subscriptions?api-version=1", self.weather.foreign)),
            20 => Fault::Loop,
            21 => Fault::Again,
            22 => Fault::Twice,
            _ => Fault::Status(401, "InvalidAuthenticationToken"),
        }
    }
}

/// What a sign-in may get over.
fn passing_of_sign_in(dice: u64) -> Fault {
    match dice % 6 {
        0 => Fault::Throttled(Some(0)),
        1 => Fault::Status(500, "InternalServerError"),
        2 => Fault::Html(503),
        3 => Fault::Status(504, "GatewayTimeout"),
        4 => Fault::Text("{".to_owned()),
        _ => Fault::Throttled(None),
    }
}
