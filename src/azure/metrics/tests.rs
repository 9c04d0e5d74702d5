//! The region of a resource is text from Azure: whatever it says, only the management API is spoken to, and no token
//! for the metrics service is asked for.

use std::collections::BTreeSet;

use super::*;
use crate::azure::Reader;
use crate::azure::test_server::{SUBSCRIPTION, Server, ok, service_principal};
use crate::inventory::Cloud;

struct Silent;

impl Progress for Silent {
    fn started(&self, _: Kind) {}
    fn finished(&self, _: Kind, _: usize) {}
}

fn want(number: usize, region: &str) -> Want {
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe{number}"
    );
    let window = Window::before("2026-11-20T16:34:14Z", "1d".parse().unwrap()).unwrap();
    let (of, region) = (ResourceId::new(&id), region.into());
    Want::Metrics { of, region, measure: Measure::EndpointBytes, window }
}

#[tokio::test]
async fn a_hostile_region_leads_to_the_management_api_alone() {
    let server = Server::start(|seen| {
        let metric = |name: &str| serde_json::json!({"name": {"value": name}, "timeseries": []});
        let both = [metric("PEBytesIn"), metric("PEBytesOut")];
        seen.target.contains("/Microsoft.Insights/metrics?").then(|| ok(serde_json::json!({"value": both})))
    })
    .await;
    let reader = Reader::connect_in(&server.options(), &service_principal).await.unwrap();
    // The public cloud's own service, as a run without other endpoints has it.
    let options = ConnectOptions { cloud: Cloud::AzureCloud, ..ConnectOptions::default() };
    let metrics = Metrics::new(&options).unwrap();
    let hostile =
        ["localhost/", "localhost:1#", "x@localhost", "a.b", "", "\u{0}", "..", "%6c", "localhost\\"];
    let wants: Vec<Want> = hostile.iter().enumerate().map(|(number, region)| want(number, region)).collect();
    let tokens = server.count("/oauth2/");
    let reading = metrics.read(&reader.client, &wants.iter().collect::<BTreeSet<_>>(), &Silent).await;
    assert!(reading.gaps.is_empty(), "{:?}", reading.gaps);
    assert_eq!(reading.resources.len(), hostile.len());
    assert_eq!(server.count("/Microsoft.Insights/metrics?"), hostile.len());
    assert_eq!(server.count("/oauth2/"), tokens);
    assert!(metrics.client.get().is_none(), "nobody signed in to the metrics service");
}

/// A client of one service refuses to speak to the other, whoever builds the URL.
#[tokio::test]
async fn neither_client_speaks_to_the_others_service() {
    let server = Server::start(|_| None).await;
    let reader = Reader::connect_in(&server.options(), &service_principal).await.unwrap();
    let elsewhere = Url::parse("https://localhost:1/metrics/").unwrap();
    let service = reader.client.of_metrics(&MetricsHosts::One(elsewhere.clone())).await.unwrap();
    let body = Bytes::from_static(b"{}");
    let asked = server.seen().len();
    let arm = server.url();
    let refused = [
        service.ask(&arm, &body, SUBSCRIPTION, Lane::MetricsBatch).await,
        service.get(&arm, SUBSCRIPTION, Lane::Metrics).await,
        reader.client.ask(&elsewhere, &body, SUBSCRIPTION, Lane::MetricsBatch).await,
        reader.client.get(&elsewhere, SUBSCRIPTION, Lane::Metrics).await,
    ];
    for outcome in refused {
        assert_eq!(outcome.unwrap_err().code, "ForeignLink");
    }
    assert_eq!(server.seen().len(), asked, "nothing was sent");
}
