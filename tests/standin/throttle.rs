//! How many requests Azure takes in how much time, and what it says of that. Knows nothing of answers otherwise.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::reply::Reply;

type Headers = Vec<(&'static str, String)>;

/// A limit: its name, the header that tells what is left, and how it begins.
type Due = (String, &'static str, fn(Throttle, Instant) -> Left);

/// The limits of a caller; the default is what is documented.
#[derive(Debug, Clone, Copy)]
pub struct Throttle {
    /// Reads of a subscription: what the bucket holds, and what it gains in a second (Azure docs: "Understand how
    /// Azure Resource Manager throttles requests").
    pub reads: (f64, f64),
    /// The same of private DNS: 500 in five minutes (Azure docs: "Request limits and throttling").
    pub private_dns: (f64, f64),
    /// Lists of zones a minute and subscription; lists below a zone a minute and kind (Azure docs: "Azure subscription
    /// and service limits", private DNS).
    pub zone_lists: usize,
    pub lists_of_zone: usize,
    /// Resource Graph queries in five seconds (Azure docs: "Guidance for throttled requests in Azure Resource Graph").
    pub queries: usize,
}

impl Default for Throttle {
    fn default() -> Self {
        Throttle {
            reads: (250.0, 25.0),
            private_dns: (500.0, 500.0 / 300.0),
            zone_lists: 60,
            lists_of_zone: 100,
            queries: 15,
        }
    }
}

/// What is left of a limit.
#[derive(Debug)]
enum Left {
    Bucket { tokens: f64, most: f64, per_second: f64, at: Instant },
    Window { sent: VecDeque<Instant>, most: usize, span: Duration },
}

#[derive(Debug)]
struct Meter {
    left: Left,
    /// Whoever comes earlier waits anew.
    shut_until: Option<(Instant, Duration)>,
    /// The least that was ever left.
    least: usize,
}

/// Every limit that was touched so far.
#[derive(Debug)]
pub struct Meters {
    throttle: Throttle,
    all: Mutex<HashMap<String, Meter>>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Meters {
    pub fn new(throttle: Throttle) -> Self {
        Meters { throttle, all: Mutex::default() }
    }

    /// Counts a request; gives the headers that its answer bears, or the refusal in its place.
    pub fn admit(&self, path: &str) -> Result<Headers, Reply> {
        let now = Instant::now();
        let path = path.to_ascii_lowercase();
        let mut all = self.all.lock().unwrap();
        let due = self.due(&path);
        for (key, _, left) in &due {
            all.entry(key.clone()).or_insert_with(|| Meter {
                least: usize::MAX,
                shut_until: None,
                left: left(self.throttle, now),
            });
        }
        for (key, ..) in &due {
            if let Some(wait) = all.get_mut(key).unwrap().shut(now) {
                let mut reply = Reply::error(429, "TooManyRequests", "Too many requests; ask again later.");
                reply.headers.push(("Retry-After", wait.as_secs().max(1).to_string()));
                return Err(reply);
            }
        }
        let mut headers = Headers::new();
        for (key, header, _) in &due {
            let left = all.get_mut(key).unwrap().take(now);
            headers.push((header, left.to_string()));
            if *header == QUOTA {
                headers.push(("x-ms-user-quota-resets-after", "00:00:05".to_owned()));
            }
        }
        Ok(headers)
    }

    /// The least that was ever left of a limit whose name has this part.
    pub fn least(&self, part: &str) -> Option<usize> {
        let all = self.all.lock().unwrap();
        all.iter().filter(|(key, _)| key.contains(part)).map(|(_, meter)| meter.least).min()
    }

    /// The limits that a path counts against.
    fn due(&self, path: &str) -> Vec<Due> {
        if path.starts_with("/providers/microsoft.resourcegraph/") {
            let queries = |t: Throttle, _| window(t.queries, Duration::from_secs(5));
            return vec![("queries".to_owned(), QUOTA, queries)];
        }
        let subscription = path.split('/').nth(2).unwrap_or_default();
        let mut due: Vec<Due> = vec![(format!("reads {subscription}"), READS, |t, now| bucket(t.reads, now))];
        if let Some((_, below)) = path.split_once("/privatednszones") {
            // What all of private DNS has left is told by nobody.
            due.push((format!("dns {subscription}"), "x-stand-in", |t, now| bucket(t.private_dns, now)));
            let parts: Vec<&str> = below.split('/').skip(1).collect();
            due.push(match parts.as_slice() {
                [zone, kind, ..] => {
                    let key = format!("zone {subscription} {zone} {kind}");
                    (key, PROVIDER, |t, _| window(t.lists_of_zone, MINUTE))
                }
                _ => (format!("zones {subscription}"), PROVIDER, |t, _| window(t.zone_lists, MINUTE)),
            });
        }
        due
    }
}

const READS: &str = "x-ms-ratelimit-remaining-subscription-reads";
const PROVIDER: &str = "x-ms-ratelimit-remaining-subscription-resource-requests";
const QUOTA: &str = "x-ms-user-quota-remaining";

fn bucket((most, per_second): (f64, f64), now: Instant) -> Left {
    Left::Bucket { tokens: most, most, per_second, at: now }
}

fn window(most: usize, span: Duration) -> Left {
    Left::Window { sent: VecDeque::new(), most, span }
}

impl Meter {
    /// How long nothing is taken, when nothing is.
    fn shut(&mut self, now: Instant) -> Option<Duration> {
        if let Some((_, wait)) = self.shut_until.filter(|(until, _)| now < *until) {
            self.shut_until = Some((now + wait, wait));
            return Some(wait);
        }
        let wait = match &mut self.left {
            Left::Bucket { tokens, most, per_second, at } => {
                *tokens = (*tokens + now.duration_since(*at).as_secs_f64() * *per_second).min(*most);
                *at = now;
                // Time enough for a few.
                (*tokens < 1.0).then(|| Duration::from_secs_f64((10.0 / *per_second).ceil()))
            }
            Left::Window { sent, most, span } => {
                while sent.front().is_some_and(|first| now.duration_since(*first) >= *span) {
                    sent.pop_front();
                }
                let first = sent.front().filter(|_| sent.len() >= *most);
                first.map(|first| Duration::from_secs((*span - now.duration_since(*first)).as_secs() + 1))
            }
        };
        self.shut_until = wait.map(|wait| (now + wait, wait));
        wait
    }

    /// Takes one request, and says how many are left.
    fn take(&mut self, now: Instant) -> usize {
        let left = match &mut self.left {
            Left::Bucket { tokens, .. } => {
                *tokens -= 1.0;
                *tokens as usize
            }
            Left::Window { sent, most, .. } => {
                sent.push_back(now);
                *most - sent.len()
            }
        };
        self.least = self.least.min(left);
        left
    }
}
