//! What an answer says is left of Azure's budgets. Pure.

use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers};

/// Left of the reads of a subscription, for this caller and for all callers, and of those outside any (Azure docs:
/// "Understand how Azure Resource Manager throttles requests", remaining requests).
const READS: [&str; 3] = [
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-subscription-global-reads",
    "x-ms-ratelimit-remaining-tenant-reads",
];

/// Left of what the resource provider itself allows, where it does so (ibid.).
const PROVIDER: [&str; 2] = [
    "x-ms-ratelimit-remaining-subscription-resource-requests",
    "x-ms-ratelimit-remaining-subscription-resource-entities-read",
];

/// Left of the caller's Resource Graph queries, and when they are counted anew (Azure docs: "Guidance for throttled
/// requests in Azure Resource Graph").
const QUOTA: &str = "x-ms-user-quota-remaining";
const RESETS: &str = "x-ms-user-quota-resets-after";

/// The window in which Resource Graph counts, where it does not say how much of it is left (ibid.).
const QUOTA_WINDOW: Duration = Duration::from_secs(5);

/// Nothing waits longer for Resource Graph to count anew; what is odd beyond this is not believed.
const LONGEST_RESET: Duration = Duration::from_secs(60);

/// What is left, as far as an answer says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Requests.
    pub reads: Option<u32>,
    /// Requests.
    pub provider: Option<u32>,
    /// Queries, and how long until they are counted anew.
    pub quota: Option<(u32, Duration)>,
}

impl Told {
    /// Takes from the headers what can be understood; of several that count the same, the least.
    pub(super) fn read(headers: &Headers) -> Told {
        let text = |name: &'static str| headers.get_optional_str(&HeaderName::from_static(name));
        let least = |names: &[&'static str]| names.iter().filter_map(|name| count(text(name)?)).min();
        let resets = text(RESETS).and_then(clock).unwrap_or(QUOTA_WINDOW).min(LONGEST_RESET);
        Told {
            reads: least(&READS),
            provider: least(&PROVIDER),
            quota: text(QUOTA).and_then(count).map(|left| (left, resets)),
        }
    }
}

fn count(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// `hh:mm:ss`.
fn clock(text: &str) -> Option<Duration> {
    let parts = text.trim().split(':').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()?;
    match parts.as_slice() {
        [hours, minutes, seconds] => {
            let seconds = u64::from(*hours) * 3600 + u64::from(*minutes) * 60 + u64::from(*seconds);
            Some(Duration::from_secs(seconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(headers: &[(&'static str, &'static str)]) -> Told {
        let mut all = Headers::new();
        headers.iter().for_each(|(name, value)| all.insert(*name, *value));
        Told::read(&all)
    }

    #[test]
    fn the_least_that_is_left_counts() {
        let told = told(&[
            ("x-ms-ratelimit-remaining-subscription-reads", "249"),
            ("x-ms-ratelimit-remaining-subscription-global-reads", " 90 "),
            ("x-ms-ratelimit-remaining-subscription-resource-requests", "11999"),
        ]);
        assert_eq!(told, Told { reads: Some(90), provider: Some(11_999), quota: None });
    }

    #[test]
    fn resource_graph_says_when_it_counts_anew() {
        let quota = |left, resets| told(&[(QUOTA, left), (RESETS, resets)]).quota;
        let seconds = Duration::from_secs;
        assert_eq!(quota("14", "00:00:05"), Some((14, seconds(5))));
        assert_eq!(quota("0", "00:00:03"), Some((0, seconds(3))));
        assert_eq!(quota("0", "99:00:00"), Some((0, seconds(60))));
        for odd in ["", "soon", "5", "1:2", "-1:00:00", "4294967296:00:00"] {
            assert_eq!(quota("7", odd), Some((7, seconds(5))), "{odd}");
        }
    }

    #[test]
    fn what_cannot_be_understood_says_nothing() {
        for odd in ["", "many", "-1", "1.5", "99999999999999"] {
            assert_eq!(
                told(&[("x-ms-ratelimit-remaining-subscription-reads", odd), (QUOTA, odd)]),
                Told::default()
            );
        }
    }
}
