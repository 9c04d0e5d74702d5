//! Whether and when a failed request is tried again. Pure but for the clock and the dice.

use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers};
use azure_core::time::{OffsetDateTime, parse_rfc7231};

use crate::inventory::Gap;

/// Tries of one request, the first included.
pub(super) const TRIES: u32 = 4;

/// Before the second try; doubled for each further one.
const FIRST_DELAY: Duration = Duration::from_millis(if cfg!(test) { 4 } else { 400 });

/// Whether the same request may fare better later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// Failures of ours that a later run may not meet: of the network, and of a sign-in that no longer holds.
const PASSING: [&str; 5] =
    ["NameNotResolved", "ConnectionFailed", "ConnectionClosed", "TimedOut", "SignInFailed"];

/// Whether a later run may well fill a gap: Azure throttled or stumbled, the network failed, the sign-in expired. What
/// is forbidden, is not there or cannot be understood stays as it is.
pub fn may_pass(gap: &Gap) -> bool {
    match gap.status {
        // A subscription of another tenant refuses every token of this one.
        Some(401) => !gap.code.eq_ignore_ascii_case("InvalidAuthenticationTokenTenant"),
        Some(status) => is_passing(status),
        None => PASSING.contains(&gap.code.as_str()),
    }
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date, or Azure's own headers in
/// milliseconds. A date is by the server's clock: it counts from the answer's own `Date`, and from `now` where there is
/// none. `None` when it does not say, or nothing that can be understood.
pub(super) fn retry_after(headers: &Headers, now: OffsetDateTime) -> Option<Duration> {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(text) = headers.get_optional_str(&HeaderName::from_static(name))
            && let Ok(milliseconds) = text.trim().parse::<u64>()
        {
            return Some(Duration::from_millis(milliseconds));
        }
    }
    let text = headers.get_optional_str(&HeaderName::from_static("retry-after"))?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = parse_rfc7231(text).ok()?;
    let sent = headers.get_optional_str(&HeaderName::from_static("date"));
    let sent = sent.and_then(|text| parse_rfc7231(text.trim()).ok()).unwrap_or(now);
    Some(Duration::try_from(until - sent).unwrap_or(Duration::ZERO))
}

/// How much longer to wait when the server throttles and does not say for how long: its budgets are counted in
/// seconds.
const THROTTLED: u32 = 5;

/// The delay before try number `next` (2, 3, …) when the server asks for none: doubling, and between half and
/// one and a half of that, so that requests which failed together do not come back together. `dice` is in 0..1.
pub(super) fn back_off(next: u32, throttled: bool, dice: f64) -> Duration {
    let first = FIRST_DELAY * if throttled { THROTTLED } else { 1 };
    let doubled = first * 2u32.saturating_pow(next.saturating_sub(2).min(6));
    doubled.mul_f64(0.5 + dice.clamp(0.0, 1.0))
}

/// A number in 0..1. A random GUID is at hand; nothing here must be unpredictable.
pub(super) fn dice() -> f64 {
    let bits = azure_core::Uuid::new_v4().as_u128() as u32;
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &'static str, value: &'static str) -> Option<Duration> {
        let mut headers = Headers::new();
        headers.insert(name, value);
        let now = parse_rfc7231("Fri, 01 Jan 2021 00:00:00 GMT").unwrap();
        retry_after(&headers, now)
    }

    #[test]
    fn every_form_of_retry_after_is_understood() {
        assert_eq!(asked("retry-after", "17"), Some(Duration::from_secs(17)));
        assert_eq!(asked("retry-after", " 0 "), Some(Duration::ZERO));
        assert_eq!(asked("retry-after", "Fri, 01 Jan 2021 00:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(asked("retry-after", "Thu, 31 Dec 2020 00:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("x-ms-retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        for odd in ["", "-3", "soon", "99999999999999999999999"] {
            assert_eq!(asked("retry-after", odd), None, "{odd}");
        }
        assert_eq!(asked("server", "5"), None);
    }

    #[test]
    fn a_date_counts_from_the_clock_of_who_says_it() {
        let asked = |date: &'static str| {
            let mut headers = Headers::new();
            headers.insert("retry-after", "Fri, 01 Jan 2021 01:00:05 GMT");
            headers.insert("date", date);
            retry_after(&headers, parse_rfc7231("Fri, 01 Jan 2021 00:00:00 GMT").unwrap())
        };
        assert_eq!(asked("Fri, 01 Jan 2021 01:00:00 GMT"), Some(Duration::from_secs(5)));
        assert_eq!(asked("Fri, 01 Jan 2021 02:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("yesterday"), Some(Duration::from_secs(3_605)));
    }

    #[test]
    fn the_delay_doubles_and_is_spread() {
        assert_eq!(back_off(2, false, 0.5), FIRST_DELAY);
        assert_eq!(back_off(3, false, 0.5), FIRST_DELAY * 2);
        assert_eq!(back_off(4, false, 0.0), FIRST_DELAY * 2);
        assert_eq!(back_off(4, false, 1.0), FIRST_DELAY * 6);
        assert_eq!(back_off(2, true, 0.5), FIRST_DELAY * 5);
        assert!(back_off(u32::MAX, true, 1.0) < Duration::from_secs(300));
        let rolls: Vec<f64> = (0..100).map(|_| dice()).collect();
        assert!(rolls.iter().all(|d| (0.0..=1.0).contains(d)));
        assert!(rolls.iter().any(|d| *d < 0.5) && rolls.iter().any(|d| *d > 0.5));
    }

    #[test]
    fn gaps_of_the_moment_are_told_from_those_that_stay() {
        let gap = |status, code: &str| Gap {
            subscription: None,
            kind: crate::inventory::Kind::LoadBalancers,
            resource: None,
            status,
            code: code.to_owned(),
            message: String::new(),
        };
        for (status, code) in [
            (Some(429), "TooManyRequests"),
            (Some(503), "ServiceUnavailable"),
            (Some(401), "ExpiredAuthenticationToken"),
            (None, "ConnectionClosed"),
            (None, "TimedOut"),
            (None, "SignInFailed"),
        ] {
            assert!(may_pass(&gap(status, code)), "{code}");
        }
        for (status, code) in [
            (Some(403), "AuthorizationFailed"),
            (Some(404), "SubscriptionNotFound"),
            (Some(401), "InvalidAuthenticationTokenTenant"),
            (Some(400), "InvalidApiVersion"),
            (None, "MissingPermission"),
            (None, "MalformedItem"),
            (None, "BodyTooLarge"),
            (None, "TlsFailed"),
        ] {
            assert!(!may_pass(&gap(status, code)), "{code}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert!(is_passing(status));
        }
        for status in [200, 301, 400, 401, 403, 404, 409, 410, 412] {
            assert!(!is_passing(status));
        }
    }
}
