//! What Azure Monitor measured of a resource over a span of time: how much of it is asked for, and what was answered.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ResourceId;

/// Azure docs: "Azure Monitor Metrics overview", retention: platform metrics are kept for 93 days.
const MOST_HOURS: u32 = 93 * DAY;
const DAY: u32 = 24;

/// What was measured just now is not there yet. Azure docs: "Troubleshoot Azure Private Endpoint connectivity
/// problems" speaks of a delay of about 10 minutes.
const DELAY_SECONDS: i64 = 15 * 60;

/// How far back is looked: whole hours, from one hour to 93 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    hours: u32,
}

/// Why a text is no span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give a number of days or hours from 1h to 93d, such as 7d or 36h")]
pub struct SpanError;

impl Span {
    /// The seconds of it.
    pub fn seconds(self) -> i64 {
        i64::from(self.hours) * 3600
    }

    /// In words: `7 days`, `36 hours`.
    pub fn words(self) -> String {
        let (count, unit) = self.parts();
        let unit = if unit == 'd' { "day" } else { "hour" };
        if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
    }

    fn parts(self) -> (u32, char) {
        match self.hours.is_multiple_of(DAY) {
            true => (self.hours / DAY, 'd'),
            false => (self.hours, 'h'),
        }
    }

    /// The length of the steps that are asked for: some dozens of them show the course of things, and stay small over
    /// many resources. Azure REST: Metrics - List, `interval`; these are among those that every platform metric has.
    fn interval(self) -> Interval {
        match self.hours {
            ..=6 => Interval { name: "PT5M", seconds: 5 * 60 },
            7..=72 => Interval { name: "PT1H", seconds: 3600 },
            73..=336 => Interval { name: "PT6H", seconds: 6 * 3600 },
            _ => Interval { name: "P1D", seconds: 24 * 3600 },
        }
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let text = text.trim();
        let (number, factor) = match (text.strip_suffix(['d', 'D']), text.strip_suffix(['h', 'H'])) {
            (Some(days), _) => (days, DAY),
            (None, Some(hours)) => (hours, 1),
            (None, None) => return Err(SpanError),
        };
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let count: u32 = number.parse().ok().filter(|_| digits).ok_or(SpanError)?;
        let hours = count.checked_mul(factor).ok_or(SpanError)?;
        (1..=MOST_HOURS).contains(&hours).then_some(Span { hours }).ok_or(SpanError)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = self.parts();
        write!(f, "{count}{unit}")
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The length of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// As ISO 8601 has it: `PT6H`.
    pub name: &'static str,
    pub seconds: i64,
}

/// From when to when is measured, in what steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Seconds since 1970.
    pub from: i64,
    /// The same.
    pub until: i64,
    pub interval: Interval,
}

impl Window {
    /// The window of a span before a time (RFC 3339), less what is not measured yet. It ends at a full hour, or at full
    /// five minutes where the steps are that short, so that the last step is a whole one. `None` where the time cannot
    /// be understood.
    pub fn before(collected_at: &str, span: Span) -> Option<Window> {
        let now = collected_at.parse::<Timestamp>().ok()?.as_second();
        let interval = span.interval();
        let step = interval.seconds.min(3600);
        let until = (now - DELAY_SECONDS).div_euclid(step) * step;
        Some(Window { from: until - span.seconds(), until, interval })
    }
}

/// Seconds since 1970 as RFC 3339 in UTC.
pub fn rfc3339(seconds: i64) -> String {
    Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

/// What is measured of a resource in one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// The bytes that went through a private endpoint.
    EndpointBytes,
    /// The bytes that went through a private link service.
    ServiceBytes,
    /// How many of the ports of each NAT address of a private link service are taken, in per cent.
    NatPorts,
}

/// What follows the id of a resource in the id of what was measured of it.
const PROVIDER: &str = "/providers/Microsoft.Insights/metrics/";

impl Measure {
    pub const ALL: [Measure; 3] = [Measure::EndpointBytes, Measure::ServiceBytes, Measure::NatPorts];

    /// The metrics of it. Azure docs: "Supported metrics for Microsoft.Network/privateEndpoints" and
    /// "…/privateLinkServices".
    pub fn metrics(self) -> &'static [&'static str] {
        match self {
            Measure::EndpointBytes => &["PEBytesIn", "PEBytesOut"],
            Measure::ServiceBytes => &["PLSBytesIn", "PLSBytesOut"],
            Measure::NatPorts => &["PLSNatPortsUsage"],
        }
    }

    /// The id under which the answer is kept: Azure gives none to several metrics together, and each metric one of this
    /// form.
    pub fn id_of(self, resource: &ResourceId) -> ResourceId {
        ResourceId::new(&format!("{resource}{PROVIDER}{}", self.name()))
    }

    /// The resource that was measured, and what of it; `None` for any other id.
    pub fn of(id: &ResourceId) -> Option<(ResourceId, Measure)> {
        let (rest, name) = id.as_str().rsplit_once('/')?;
        let measure = Measure::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))?;
        let end = rest.len().checked_sub(PROVIDER.len() - 1)?;
        let (resource, provider) = rest.split_at_checked(end)?;
        let fits = provider.eq_ignore_ascii_case(PROVIDER.trim_end_matches('/')) && !resource.is_empty();
        fits.then(|| (ResourceId::new(resource), measure))
    }

    /// The last part of the id of an answer.
    pub fn name(self) -> &'static str {
        match self {
            Measure::EndpointBytes => "plaudit-endpoint-bytes",
            Measure::ServiceBytes => "plaudit-service-bytes",
            Measure::NatPorts => "plaudit-nat-ports",
        }
    }
}

/// What was measured of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// See [`Measure::id_of`].
    pub id: ResourceId,
    /// The resource that was measured.
    pub of: ResourceId,
    pub measure: Measure,
    /// Seconds since 1970.
    pub from: i64,
    /// The same.
    pub until: i64,
    /// The length of the steps, in seconds.
    pub interval: i64,
    /// In the order of [`Measure::metrics`]; each is there.
    pub metrics: Vec<Metric>,
}

/// One metric over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: Box<str>,
    /// One, or one for each value of a dimension. None where nothing was measured.
    pub series: Vec<Series>,
}

/// The course of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The value of its dimension: an address, for the ports of NAT addresses.
    pub dimension: Option<Box<str>>,
    /// Those that hold a value, in the order of time. A step without one had nothing to measure.
    pub points: Vec<Point>,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When it begins, in seconds since 1970.
    pub at: i64,
    /// A sum of bytes, or the highest per cent: never below zero.
    pub value: f64,
}

impl Measured {
    /// All of one metric: the sum over its series and steps.
    pub fn total(&self, metric: usize) -> f64 {
        let series = self.metrics.get(metric).into_iter().flat_map(|metric| &metric.series);
        series.flat_map(|one| &one.points).map(|point| point.value).sum()
    }

    /// The course over the window, all metrics together, a number a step; what fell into no step of it counts to the
    /// nearest one.
    pub fn course(&self) -> Vec<f64> {
        let points = self.metrics.iter().flat_map(|metric| &metric.series).flat_map(|one| &one.points);
        self.steps(points, |held, value| held + value)
    }

    /// The course of one series by its highest values.
    pub fn peaks(&self, series: &Series) -> Vec<f64> {
        self.steps(series.points.iter(), f64::max)
    }

    fn steps<'a>(&self, points: impl Iterator<Item = &'a Point>, join: fn(f64, f64) -> f64) -> Vec<f64> {
        let interval = self.interval.max(1);
        // A file may claim any window; a course is shown, and no longer than that is of use.
        let count = ((self.until - self.from).max(1).div_euclid(interval)).clamp(1, 2000);
        let mut steps = vec![0.0; usize::try_from(count).unwrap_or(1)];
        for point in points {
            let at = point.at.saturating_sub(self.from).div_euclid(interval).clamp(0, count - 1);
            if let Some(step) = usize::try_from(at).ok().and_then(|at| steps.get_mut(at)) {
                *step = join(*step, point.value);
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_days_or_hours() {
        for (text, shown, words) in [
            ("7d", "7d", "7 days"),
            ("1h", "1h", "1 hour"),
            ("24h", "1d", "1 day"),
            ("36H", "36h", "36 hours"),
            (" 93D ", "93d", "93 days"),
            ("007d", "7d", "7 days"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.to_string().as_str(), span.words().as_str()), (shown, words), "{text}");
        }
        for wrong in
            ["", "d", "7", "0h", "0d", "94d", "2233h", "-1d", "+7d", "1.5d", "7 d", "7w", "99999999999d"]
        {
            assert_eq!(wrong.parse::<Span>(), Err(SpanError), "{wrong}");
        }
    }

    #[test]
    fn a_window_ends_before_what_is_not_measured_yet() {
        let window = |span: &str| {
            let window = Window::before("2026-11-20T16:34:14Z", span.parse().unwrap()).unwrap();
            (rfc3339(window.from), rfc3339(window.until), window.interval.name)
        };
        let text = |parts: (&str, &str, &'static str)| (parts.0.to_owned(), parts.1.to_owned(), parts.2);
        assert_eq!(window("7d"), text(("2026-11-13T16:00:00Z", "2026-11-20T16:00:00Z", "PT6H")));
        assert_eq!(window("1h"), text(("2026-11-20T15:15:00Z", "2026-11-20T16:15:00Z", "PT5M")));
        assert_eq!(window("3d").2, "PT1H");
        assert_eq!(window("93d").2, "P1D");
        assert_eq!(Window::before("yesterday", "7d".parse().unwrap()), None);
        // The hour that has just begun is not there yet.
        let early = Window::before("2026-11-20T16:14:59Z", "7d".parse().unwrap()).unwrap();
        assert_eq!(rfc3339(early.until), "2026-11-20T15:00:00Z");
    }

    #[test]
    fn steps_stay_few() {
        for hours in 1..=MOST_HOURS {
            let span = Span { hours };
            let steps = span.seconds() / span.interval().seconds;
            assert!((12..=93).contains(&steps) || hours <= 12, "{span}: {steps}");
            assert!(steps >= 7, "{span}: {steps}");
        }
    }

    #[test]
    fn an_id_tells_what_was_measured() {
        let endpoint = ResourceId::new(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe",
        );
        for measure in Measure::ALL {
            let id = measure.id_of(&endpoint);
            assert_eq!(Measure::of(&id), Some((endpoint.clone(), measure)));
            assert_eq!(Measure::of(&ResourceId::new(&id.lower())), Some((endpoint.clone(), measure)));
        }
        for other in [
            "",
            "plaudit-nat-ports",
            "/providers/Microsoft.Insights/metrics/plaudit-nat-ports",
            "/x/providers/Microsoft.Insights/metrics/PEBytesIn",
            "/x/providers/Microsoft.Insights/alerts/plaudit-nat-ports",
            "é/providers/Microsoft.Insights/metric/plaudit-nat-ports",
        ] {
            assert_eq!(Measure::of(&ResourceId::new(other)), None, "{other}");
        }
    }

    #[test]
    fn a_course_has_a_number_for_each_step() {
        let point = |at, value| Point { at, value };
        let series = |points| vec![Series { dimension: None, points }];
        let measured = Measured {
            id: ResourceId::new("x"),
            of: ResourceId::new("y"),
            measure: Measure::EndpointBytes,
            from: 100,
            until: 140,
            interval: 10,
            metrics: vec![
                Metric { name: "in".into(), series: series(vec![point(100, 1.0), point(125, 2.0)]) },
                Metric { name: "out".into(), series: series(vec![point(120, 4.0), point(999, 8.0)]) },
            ],
        };
        assert_eq!(measured.course(), [1.0, 0.0, 6.0, 8.0]);
        assert_eq!((measured.total(0), measured.total(1), measured.total(2)), (3.0, 12.0, 0.0));
    }
}
