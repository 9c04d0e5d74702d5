//! Azure Monitor: what was measured, of one resource through the management API or of many through a service of its
//! own. Knows nothing of tokens or faults.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::reply::Reply;
use super::store::Store;

/// What goes through resources.
#[derive(Debug, Clone, Default)]
pub struct Flows {
    /// By the resource's name: the bytes of each step, in each direction. Others have 1000.
    pub bytes: BTreeMap<String, f64>,
    /// The per cent of the ports of a NAT address that is taken at the most; 12.5 where it is not said.
    pub ports: Option<f64>,
    /// Names of resources that an answer for many leaves out.
    pub left_out: Vec<String>,
}

/// The metrics of each namespace.
const KNOWN: [(&str, &[&str]); 2] = [
    ("microsoft.network/privateendpoints", &["PEBytesIn", "PEBytesOut"]),
    ("microsoft.network/privatelinkservices", &["PLSBytesIn", "PLSBytesOut", "PLSNatPortsUsage"]),
];

const STEPS: [(&str, i64); 8] = [
    ("PT1M", 60),
    ("PT5M", 300),
    ("PT15M", 900),
    ("PT30M", 1800),
    ("PT1H", 3600),
    ("PT6H", 21_600),
    ("PT12H", 43_200),
    ("P1D", 86_400),
];

/// What is asked for, taken apart.
struct Asked {
    from: i64,
    until: i64,
    interval: (String, i64),
    metrics: Vec<String>,
    filter: Option<String>,
}

impl Flows {
    /// One resource: `GET {id}/providers/Microsoft.Insights/metrics`.
    pub fn one(&self, store: &Store, id: &str, query: &str) -> Reply {
        if store.get(id).is_none() {
            return Reply::error(404, "ResourceNotFound", &format!("There is no resource '{id}' here."));
        }
        let pairs = pairs(query);
        let span = pairs.get("timespan").and_then(|span| span.split_once('/'));
        let asked = span.ok_or("no timespan").and_then(|span| Asked::read(&pairs, span, "$filter", id));
        match asked {
            Ok(asked) => Reply::json(
                200,
                &json!({"cost": 1, "timespan": pairs["timespan"], "interval": asked.interval.0,
                    "namespace": pairs["metricnamespace"], "resourceregion": "westeurope",
                    "value": self.value(id, &asked)}),
            ),
            Err(why) => Reply::error(400, "BadRequest", why),
        }
    }

    /// Many resources: `POST /subscriptions/{id}/metrics:getBatch`.
    pub fn many(&self, store: &Store, path: &str, query: &str, body: &[u8]) -> Reply {
        let pairs = pairs(query);
        let bad = |why: &str| Reply::error(400, "BadRequest", why);
        let Some(subscription) = path.strip_suffix("/metrics:getBatch") else {
            return Reply::error(404, "NotFound", "There is nothing here.");
        };
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let ids: Vec<&str> =
            body["resourceids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if ids.is_empty() || ids.len() > 50 {
            return bad("Between one and fifty resources may be asked for.");
        }
        let own = format!("{}/", subscription.to_ascii_lowercase());
        if ids.iter().any(|id| !id.to_ascii_lowercase().starts_with(&own) || store.get(id).is_none()) {
            return bad("A resource is not there, or is another subscription's.");
        }
        let (Some(from), Some(until)) = (pairs.get("starttime"), pairs.get("endtime")) else {
            return bad("There is no time.");
        };
        let asked = match Asked::read(&pairs, (from, until), "filter", ids[0]) {
            Ok(asked) => asked,
            Err(why) => return bad(why),
        };
        let told =
            ids.iter().filter(|id| !self.left_out.iter().any(|name| id.ends_with(&format!("/{name}"))));
        let values: Vec<Value> = told
            .map(|id| {
                json!({"starttime": from, "endtime": until, "interval": asked.interval.0,
                    "namespace": pairs["metricnamespace"], "resourceregion": "westeurope",
                    "resourceid": id.to_ascii_lowercase(), "value": self.value(id, &asked)})
            })
            .collect();
        Reply::json(200, &json!({ "values": values }))
    }

    fn value(&self, id: &str, asked: &Asked) -> Value {
        let name = id.rsplit('/').next().unwrap_or_default();
        let bytes = self.bytes.get(name).copied().unwrap_or(1000.0);
        let metric = |metric: &String| {
            let is_ports = metric == "PLSNatPortsUsage";
            let step = |number: i64| {
                let at = Timestamp::from_second(asked.from + number * asked.interval.1).unwrap().to_string();
                match (is_ports, bytes > 0.0 || number % 2 == 0) {
                    (true, _) => {
                        json!({"timeStamp": at, "maximum": self.ports.unwrap_or(12.5), "average": 3.25})
                    }
                    (false, true) => json!({"timeStamp": at, "total": bytes}),
                    // Nothing to measure has two spellings.
                    (false, false) => json!({ "timeStamp": at }),
                }
            };
            let data: Vec<Value> = (0..(asked.until - asked.from) / asked.interval.1).map(step).collect();
            let dimensions = match is_ports && asked.filter.is_some() {
                true => json!([{"name": {"value": "privatelinkserviceipaddress"}, "value": "10.0.0.5"}]),
                false => json!([]),
            };
            json!({"id": format!("{id}/providers/Microsoft.Insights/metrics/{metric}"),
                "type": "Microsoft.Insights/metrics", "name": {"value": metric, "localizedValue": metric},
                "displayDescription": "words", "unit": if is_ports { "Percent" } else { "Bytes" },
                "timeseries": [{"metadatavalues": dimensions, "data": data}], "errorCode": "Success"})
        };
        asked.metrics.iter().map(metric).collect()
    }
}

impl Asked {
    fn read(
        pairs: &BTreeMap<String, String>,
        (from, until): (&str, &str),
        filter: &str,
        id: &str,
    ) -> Result<Asked, &'static str> {
        if pairs.get("api-version").map(String::as_str) != Some("2023-10-01") {
            return Err("The api-version is none of this provider.");
        }
        let time =
            |text: &str| text.parse::<Timestamp>().map(Timestamp::as_second).map_err(|_| "That is no time.");
        let (from, until) = (time(from)?, time(until)?);
        let interval =
            STEPS.iter().find(|(name, _)| pairs.get("interval").is_some_and(|given| given == name));
        let (name, seconds) = interval.ok_or("That is no interval.")?;
        let namespace = pairs.get("metricnamespace").ok_or("There is no namespace.")?;
        let known =
            KNOWN.iter().find(|(known, _)| known == namespace).ok_or("There is no such namespace.")?.1;
        if !id.to_ascii_lowercase().contains(&format!("/{}/", namespace.to_ascii_lowercase())) {
            return Err("The resource is of another type.");
        }
        let metrics: Vec<String> = pairs
            .get("metricnames")
            .into_iter()
            .flat_map(|names| names.split(','))
            .map(str::to_owned)
            .collect();
        if metrics.is_empty() || metrics.iter().any(|metric| !known.contains(&metric.as_str())) {
            return Err("There is no such metric.");
        }
        let aggregation = pairs.get("aggregation").map(String::as_str).unwrap_or_default();
        let is_ports = metrics.iter().any(|metric| metric == "PLSNatPortsUsage");
        if is_ports != aggregation.contains("maximum") || is_ports && metrics.len() > 1 {
            return Err("The metric has no such aggregation.");
        }
        if from >= until || until > Timestamp::now().as_second() {
            return Err("That time is not over.");
        }
        let interval = ((*name).to_owned(), *seconds);
        Ok(Asked { from, until, interval, metrics, filter: pairs.get(filter).cloned() })
    }
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
