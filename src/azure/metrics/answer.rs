//! What the two forms answer → one resource for each that was measured, in one form. Sends nothing.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::client::Failed;
use super::super::page;
use super::super::paging::malformed;
use super::super::redact;
use super::super::refusal::MESSAGE_LENGTH;
use crate::inventory::metrics::rfc3339;
use crate::inventory::{Measure, Resource, ResourceId, Window};

/// Azure REST: Metrics Batch - Batch, `MetricResultsResponse`.
#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
}

/// One resource's part of it, and what the management API answers for one.
#[derive(Deserialize)]
struct One<'a> {
    #[serde(rename = "resourceid")]
    of: Option<String>,
    interval: Option<String>,
    #[serde(borrow)]
    value: Vec<Metric<'a>>,
}

/// A metric, less what is told of it in words.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metric<'a> {
    name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(default, skip_serializing)]
    error_message: Option<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    timeseries: Option<&'a RawValue>,
}

#[derive(Deserialize, Serialize)]
struct Name {
    value: String,
}

/// As it is kept.
#[derive(Serialize)]
struct Kept<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// What was asked for; Azure says the same in one form in two fields, in the other in one.
    starttime: String,
    endtime: String,
    interval: &'a str,
    value: &'a [Metric<'a>],
}

/// Whose part of an answer for many it is, and what it holds.
pub(super) type Part = (ResourceId, Result<Resource, Failed>);

/// The parts of an answer for many: whose each is, and what it holds. `Err` where the whole cannot be read. Parts that
/// name no resource are passed over: who is not among the others has not been told of.
pub(super) fn batch(body: &[u8], measure: Measure, window: Window) -> Result<Vec<Part>, Failed> {
    let batch: Batch<'_> = serde_json::from_slice(page::without_mark(body))
        .map_err(|error| malformed("MalformedPage", &format!("the answer holds no metrics: {error}")))?;
    let part = |raw: &RawValue| {
        let one: One<'_> = serde_json::from_str(raw.get()).ok()?;
        let of = ResourceId::new(one.of.as_deref()?);
        let kept = keep(&one, &of, measure, window);
        Some((of, kept))
    };
    Ok(batch.values.into_iter().filter_map(part).collect())
}

/// What an answer for one holds.
pub(super) fn single(
    body: &[u8],
    of: &ResourceId,
    measure: Measure,
    window: Window,
) -> Result<Resource, Failed> {
    let one: One<'_> = serde_json::from_slice(page::without_mark(body))
        .map_err(|error| malformed("MalformedItem", &format!("the answer holds no metrics: {error}")))?;
    keep(&one, of, measure, window)
}

/// The metrics that were asked for, under an id of their own. A metric that is missing, or says that it failed, is a
/// failure of the whole: nothing measured is not the same as nothing known.
fn keep(one: &One<'_>, of: &ResourceId, measure: Measure, window: Window) -> Result<Resource, Failed> {
    for metric in &one.value {
        let code = metric.error_code.as_deref().unwrap_or("Success");
        if !code.eq_ignore_ascii_case("Success") {
            let said = metric.error_message.as_deref().unwrap_or("Azure Monitor does not say why");
            let message = redact::line(&format!("{}: {said}", metric.name.value), MESSAGE_LENGTH);
            return Err(Failed { status: None, code: redact::line(code, 80), message });
        }
    }
    let has = |name: &&str| one.value.iter().any(|metric| metric.name.value.eq_ignore_ascii_case(name));
    if let Some(missing) = measure.metrics().iter().find(|name| !has(name)) {
        return Err(malformed("MalformedItem", &format!("the answer does not hold {missing}")));
    }
    let id = measure.id_of(of);
    let kept = Kept {
        id: id.as_str(),
        kind: "Microsoft.Insights/metrics",
        starttime: rfc3339(window.from),
        endtime: rfc3339(window.until),
        interval: one.interval.as_deref().unwrap_or(window.interval.name),
        value: &one.value,
    };
    let json =
        serde_json::to_string(&kept).map_err(|error| malformed("MalformedItem", &error.to_string()))?;
    Ok(Resource { json: page::compact(&json).into_boxed_str(), id })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe";

    fn window() -> Window {
        Window::before("2026-11-20T16:34:14Z", "7d".parse().unwrap()).unwrap()
    }

    fn metric(name: &str, more: &str) -> String {
        format!(
            r#"{{"id":"{ID}/providers/Microsoft.Insights/metrics/{name}","name":{{"value":"{name}","localizedValue":"x"}},
                "displayDescription":"words","unit":"Bytes","timeseries":[{{"metadatavalues":[],"data":[
                {{"timeStamp":"2026-11-13T16:00:00Z","total":1.50}},{{"timeStamp":"2026-11-13T22:00:00Z"}}]}}]{more}}}"#
        )
    }

    #[test]
    fn both_forms_are_kept_alike() {
        let both =
            format!("[{},{}]", metric("PEBytesIn", ""), metric("PEBytesOut", r#","errorCode":"Success""#));
        let alone = format!(r#"{{"cost":1,"timespan":"a/b","interval":"PT6H","value":{both}}}"#);
        let of = ResourceId::new(ID);
        let alone = single(alone.as_bytes(), &of, Measure::EndpointBytes, window()).unwrap();
        let many = format!(
            "\u{feff}{{\"values\":[{{\"starttime\":\"a\",\"interval\":\"PT6H\",\"resourceid\":\"{ID}\",\"value\":{both}}},{{}},7]}}"
        );
        let many = batch(many.as_bytes(), Measure::EndpointBytes, window()).unwrap();
        assert_eq!(many.len(), 1);
        assert_eq!(many[0], (of, Ok(alone.clone())));
        assert!(
            alone.json.contains(r#"{"timeStamp":"2026-11-13T16:00:00Z","total":1.50}"#),
            "{}",
            alone.json
        );
        assert!(!alone.json.contains("words") && !alone.json.contains('\n'), "{}", alone.json);
        assert!(alone.json.starts_with(&format!(r#"{{"id":"{}","type""#, alone.id)), "{}", alone.json);
    }

    #[test]
    fn what_failed_or_is_missing_is_not_kept() {
        let of = ResourceId::new(ID);
        let code = |value: &str| {
            let body = format!(r#"{{"value":{value}}}"#);
            single(body.as_bytes(), &of, Measure::EndpointBytes, window()).unwrap_err().code
        };
        assert_eq!(code("[]"), "MalformedItem");
        assert_eq!(code(&format!("[{}]", metric("PEBytesIn", ""))), "MalformedItem");
        assert_eq!(code("null"), "MalformedItem");
        let failed = metric("PEBytesOut", r#","errorCode":"InvalidSeries","errorMessage":"no""#);
        assert_eq!(code(&format!("[{},{failed}]", metric("PEBytesIn", ""))), "InvalidSeries");
        for body in ["", "[]", "NaN", r#"{"values":{}}"#, "<html>"] {
            assert_eq!(
                batch(body.as_bytes(), Measure::EndpointBytes, window()).unwrap_err().code,
                "MalformedPage"
            );
        }
    }
}
