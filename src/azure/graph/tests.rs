//! Pages, gaps and what is asked again, as far as no server is needed; and one server that answers queries.

use crate::azure::paging;
use serde_json::{Value, json};

use super::*;
use crate::azure::Reader;
use crate::azure::test_server::*;
use crate::inventory::{Source, Want};

const BATCHED: [&str; 2] = ["s", "t"];

fn id(subscription: &str, rest: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.Network/{rest}")
}

/// Feeds pages to a query for route tables and firewalls: how many rows were taken, and the codes of what is wrong.
fn paged(bodies: &[Value]) -> (usize, Vec<String>) {
    let (mut pages, mut taken) = (Pages::default(), 0);
    for (at, body) in bodies.iter().enumerate() {
        let body = body.to_string();
        let mut take = |row: &Row<'_>| {
            row::resource(row, &[Kind::RouteTables])?;
            taken += 1;
            Ok(())
        };
        let more = pages.add(answer::read(body.as_bytes()).unwrap(), &mut take);
        assert_eq!(more, at + 1 < bodies.len(), "page {at}");
    }
    (taken, pages.troubles.into_iter().map(|trouble| trouble.failed.code).collect())
}

fn rows(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"id": id("s", &format!("routeTables/{name}"))})).collect()
}

#[test]
fn an_answer_that_is_whole_leaves_no_gap() {
    assert_eq!(paged(&[json!({"totalRecords": 0, "data": []})]), (0, vec![]));
    let first = json!({"totalRecords": 3, "data": rows(&["a", "b"]), "$skipToken": "t"});
    let last = json!({"totalRecords": 3, "data": rows(&["c"]), "resultTruncated": "false"});
    assert_eq!(paged(&[first, last]), (3, vec![]));
}

#[test]
fn an_answer_that_is_not_whole_is_a_gap() {
    let short = json!({"totalRecords": 3, "data": rows(&["a", "b"])});
    assert_eq!(paged(&[short]), (2, vec!["MissingRows".to_owned()]));
    let cut = json!({"totalRecords": 2, "data": rows(&["a", "b"]), "resultTruncated": "true"});
    assert_eq!(paged(&[cut]), (2, vec!["ResultTruncated".to_owned()]));
    // The row at the border comes twice, and another one is lost for it.
    let first = json!({"totalRecords": 3, "data": rows(&["a", "b"]), "$skipToken": "t"});
    let last = json!({"totalRecords": 3, "data": rows(&["b"])});
    assert_eq!(paged(&[first.clone(), last]), (2, vec!["MissingRows".to_owned()]));
    let loops = json!({"totalRecords": 9, "data": rows(&["c"]), "$skipToken": "t"});
    assert_eq!(paged(&[first, loops]), (3, vec!["PagingLoop".to_owned()]));
}

#[test]
fn a_row_that_cannot_be_kept_costs_itself_alone() {
    let mut data = rows(&["a"]);
    data.extend([json!(null), json!({"id": id("s", "virtualNetworks/v")}), json!({"id": 7})]);
    let (taken, codes) = paged(&[json!({"totalRecords": 4, "data": data})]);
    assert_eq!((taken, codes), (1, vec!["MalformedItem".to_owned(); 3]));
}

#[test]
fn trouble_is_a_gap_in_every_list_that_it_may_touch() {
    let kinds = [Kind::RouteTables, Kind::AzureFirewalls];
    let failed = paging::malformed("X", "why");
    let touched = |row: Option<&str>| -> Vec<(String, Kind)> {
        let trouble = Trouble { failed: failed.clone(), row: row.map(ResourceId::new) };
        let gaps = trouble.gaps(&kinds, &BATCHED);
        gaps.into_iter().map(|gap| (gap.subscription.unwrap(), gap.kind)).collect()
    };
    let all = |id: &str| kinds.map(|kind| (id.to_owned(), kind)).to_vec();
    assert_eq!(touched(None), [all("s"), all("t")].concat());
    assert_eq!(touched(Some(&id("T", "routeTables/r"))), [("t".to_owned(), Kind::RouteTables)]);
    assert_eq!(touched(Some(&id("T", "virtualNetworks/v"))), all("t"));
    assert_eq!(touched(Some(&id("u", "virtualNetworks/v"))), [all("s"), all("t")].concat());
}

#[test]
fn rows_fit_a_count_with_the_soa_or_without() {
    let zone = |rows, has_soa| ZoneRecords { rows, has_soa, ..ZoneRecords::default() };
    assert!(zone(3, true).fit(Some(3)) && zone(2, false).fit(Some(3)) && zone(3, false).fit(Some(3)));
    assert!(zone(3, true).fit(None) && zone(3, true).fit(Some(0)), "a zone that does not count says nothing");
    assert!(!zone(2, true).fit(Some(3)) && !zone(1, false).fit(Some(3)) && !zone(4, true).fit(Some(3)));
}

/// A server whose index holds one subscription and one zone with a record, as `record` tells it.
async fn indexed(record: Value, headers: &[(&'static str, &'static str)]) -> (Reading, Server) {
    let headers: Vec<(&'static str, String)> = headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
    let server = Server::start(move |seen| {
        let zone = id(SUBSCRIPTION, "privateDnsZones/privatelink.a");
        if !seen.target.contains("ResourceGraph") {
            let all = seen.target.contains("/ALL");
            let set = json!({"id": format!("{zone}/A/from-arm"), "properties": {}});
            return all.then(|| ok(json!({"value": [set]})));
        }
        assert_eq!(seen.method, "POST");
        let rows = if seen.body.contains("resourcecontainers") {
            vec![json!({"id": format!("/subscriptions/{SUBSCRIPTION}"), "name": "s"})]
        } else if seen.body.contains("dnsresources") {
            vec![json!({"id": format!("{zone}/A/r"), "properties": record})]
        } else if seen.body.contains("privatednszones'") {
            vec![json!({"id": zone, "properties": {"numberOfRecordSets": 2}})]
        } else {
            Vec::new()
        };
        let body = json!({"totalRecords": rows.len(), "data": rows});
        Some(Answer { headers: headers.clone(), ..ok(body) })
    })
    .await;
    let reader = Reader::connect_in(&server.options(), &service_principal).await.unwrap();
    let wants = [Want::Dns { id: SUBSCRIPTION.to_owned() }];
    let reader = reader.reading_from(Source::Graph);
    let reading = reader.read(&wants, &|zone| zone.starts_with("privatelink."), &Silent).await;
    (reading, server)
}

struct Silent;

impl Progress for Silent {
    fn started(&self, _kind: Kind) {}

    fn finished(&self, _kind: Kind, _items: usize) {}
}

fn names(reading: &Reading) -> Vec<&str> {
    let mut names: Vec<&str> = reading.resources.iter().map(|resource| resource.id.name()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_record_whose_row_says_all_is_taken_from_the_index() {
    let record = json!({"metadata": {}, "records": [{"ipv4Address": "10.0.0.4"}]});
    let (reading, server) = indexed(record, &[]).await;
    assert_eq!(names(&reading), ["privatelink.a", "r"]);
    assert_eq!(reading.gaps, []);
    assert_eq!(reading.subscriptions[0].kinds, arm::OF_DNS);
    assert_eq!(server.count("/ALL"), 0);
    assert_eq!(server.count("ResourceGraph"), 4, "subscriptions, zones and rulesets, links, records");
}

#[tokio::test]
async fn a_record_whose_row_says_too_little_is_read_from_the_management_api_once() {
    let (reading, server) = indexed(json!({"records": [{"ipv4Address": "10.0.0.4"}]}), &[]).await;
    assert_eq!(names(&reading), ["from-arm", "privatelink.a"]);
    assert_eq!(server.count("/ALL"), 1);
}

#[tokio::test]
async fn too_many_subscriptions_are_a_gap() {
    let record = json!({"metadata": {}, "records": [{"ipv4Address": "10.0.0.4"}]});
    let (reading, _server) = indexed(record, &[("x-ms-tenant-subscription-limit-hit", "true")]).await;
    let codes: Vec<&str> = reading.gaps.iter().map(|gap| gap.code.as_str()).collect();
    assert_eq!(codes, ["SubscriptionLimitHit"; 4], "zones, rulesets, links, records");
}
