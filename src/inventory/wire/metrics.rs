//! What Azure Monitor measured, as the reading side keeps it: the metrics of one resource over one window.
//!
//! Azure docs: "Metrics Batch - Batch" and "Metrics - List": `value[].timeseries[].data[]`. A step without a value, or a
//! metric without a series, had nothing to measure. A value that cannot be understood is something else, and so is an
//! answer without the metric: both cost the whole, since what is left would be taken for silence.

use jiff::Timestamp;
use serde::Deserialize;

use super::Reading;
use super::field::{Amount, Field, Fields, List, Object, Text};
use crate::inventory::metrics::{Metric, Point, Series};
use crate::inventory::{Measure, Measured};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    #[serde(rename = "starttime")]
    start: Text,
    #[serde(rename = "endtime")]
    end: Text,
    interval: Text,
    value: List<Object<MetricFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MetricFields {
    name: Fields<Name>,
    error_code: Text,
    timeseries: List<Object<SeriesFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Name {
    value: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SeriesFields {
    #[serde(rename = "metadatavalues")]
    dimensions: List<Object<Dimension>>,
    data: List<Object<PointFields>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Dimension {
    value: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PointFields {
    #[serde(rename = "timeStamp")]
    at: Text,
    total: Field<Amount>,
    maximum: Field<Amount>,
    average: Field<Amount>,
}

/// `None` for what plaudit did not ask for.
pub(super) fn measured(reading: &mut Reading<'_>, fields: Answer) -> Option<Measured> {
    let (of, measure) = Measure::of(reading.id)?;
    let from = time(reading, fields.start, "starttime");
    let until = time(reading, fields.end, "endtime");
    let interval = reading.need(fields.interval.required(), "interval");
    let interval = interval.as_deref().and_then(seconds);
    if interval.is_none() {
        reading.broken.get_or_insert("interval");
    }
    let mut read: Vec<Metric> = Vec::new();
    for Object(fields) in reading.need_each(fields.value, "value") {
        read.push(metric(reading, fields, measure));
    }
    let named = |name: &&str| read.iter().position(|metric| metric.name.eq_ignore_ascii_case(name));
    let places: Vec<usize> = measure.metrics().iter().filter_map(named).collect();
    if places.len() < measure.metrics().len() {
        reading.broken.get_or_insert("value");
    }
    let metrics = places.into_iter().filter_map(|place| read.get(place).cloned()).collect();
    let (from, until, interval) = (from?, until?, interval?);
    Some(Measured { id: reading.id.clone(), of, measure, from, until, interval, metrics })
}

fn metric(reading: &mut Reading<'_>, fields: MetricFields, measure: Measure) -> Metric {
    let Object(name) = reading.need(fields.name.required(), "value.name").unwrap_or_default();
    let name = reading.need(name.value.required(), "value.name.value").unwrap_or_default();
    let code = reading.take(fields.error_code, "value.errorCode");
    if code.is_some_and(|code| !code.eq_ignore_ascii_case("Success")) {
        reading.broken.get_or_insert("value.errorCode");
    }
    let mut series = Vec::new();
    for Object(fields) in reading.need_each(fields.timeseries, "value.timeseries") {
        series.push(one_series(reading, fields, measure));
    }
    Metric { name, series }
}

fn one_series(reading: &mut Reading<'_>, fields: SeriesFields, measure: Measure) -> Series {
    let dimensions = reading.each(fields.dimensions, "value.timeseries.metadatavalues");
    let dimension = dimensions.into_iter().find_map(|Object(one)| one.value.value());
    let mut points = Vec::new();
    for Object(fields) in reading.need_each(fields.data, "value.timeseries.data") {
        points.extend(point(reading, fields, measure));
    }
    points.sort_by_key(|point| point.at);
    Series { dimension, points }
}

fn point(reading: &mut Reading<'_>, fields: PointFields, measure: Measure) -> Option<Point> {
    let total = reading.need(fields.total, "value.timeseries.data.total");
    let maximum = reading.need(fields.maximum, "value.timeseries.data.maximum");
    let average = reading.need(fields.average, "value.timeseries.data.average");
    let Amount(value) = match measure {
        Measure::EndpointBytes | Measure::ServiceBytes => total,
        Measure::NatPorts => maximum.or(average),
    }?;
    let at = time(reading, fields.at, "value.timeseries.data.timeStamp")?;
    Some(Point { at, value })
}

fn time(reading: &mut Reading<'_>, field: Text, name: &'static str) -> Option<i64> {
    let text = reading.need(field.required(), name)?;
    let time = text.parse::<Timestamp>().ok().map(Timestamp::as_second);
    if time.is_none() {
        reading.broken.get_or_insert(name);
    }
    time
}

/// The steps that there are (Azure docs: "Metrics - List", `interval`).
fn seconds(interval: &str) -> Option<i64> {
    const STEPS: [(&str, i64); 8] = [
        ("PT1M", 60),
        ("PT5M", 5 * 60),
        ("PT15M", 15 * 60),
        ("PT30M", 30 * 60),
        ("PT1H", 3600),
        ("PT6H", 6 * 3600),
        ("PT12H", 12 * 3600),
        ("P1D", 24 * 3600),
    ];
    STEPS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(interval)).map(|(_, seconds)| seconds)
}
