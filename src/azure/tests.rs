//! The reader against a small HTTPS server on loopback that answers as told.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::test_server::*;
use super::*;
use crate::inventory::{ResourceId, Role};

impl Server {
    async fn reader(&self) -> Reader {
        Reader::connect_in(&self.options(), &service_principal).await.unwrap()
    }
}

fn id(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network/{rest}")
}

/// Counts what was started and not finished.
#[derive(Default)]
struct Counting(Mutex<HashMap<Kind, (i64, usize)>>);

impl Progress for Counting {
    fn started(&self, kind: Kind) {
        self.0.lock().unwrap().entry(kind).or_default().0 += 1;
    }

    fn finished(&self, kind: Kind, items: usize) {
        let mut all = self.0.lock().unwrap();
        let entry = all.entry(kind).or_default();
        entry.0 -= 1;
        entry.1 += items;
    }
}

async fn read(reader: &Reader, wants: &[Want]) -> Reading {
    let progress = Counting::default();
    let reading = reader.read(wants, &|zone| zone.starts_with("privatelink."), &progress).await;
    for (kind, (open, _)) in progress.0.lock().unwrap().iter() {
        assert_eq!(*open, 0, "{kind} was started and never finished");
    }
    reading
}

fn whole() -> Vec<Want> {
    vec![Want::Subscription { id: SUBSCRIPTION.to_owned(), role: Role::Audited, dns: true }]
}

fn gaps(reading: &Reading) -> Vec<(Kind, Option<u16>, &str)> {
    let mut gaps: Vec<_> = reading.gaps.iter().map(|g| (g.kind, g.status, g.code.as_str())).collect();
    gaps.sort();
    gaps
}

#[tokio::test]
async fn a_subscription_is_read_with_the_children_of_its_zones() {
    let server = Server::start(|seen| {
        let zone = |name: &str, records: u64| {
            let counts = json!({"numberOfRecordSets": records, "numberOfVirtualNetworkLinks": 0});
            json!({"id": id(&format!("privateDnsZones/{name}")), "properties": counts})
        };
        let path = seen.target.split('?').next()?;
        let value = if path.ends_with("/Microsoft.Network/privateDnsZones") {
            vec![zone("privatelink.a", 3), zone("Privatelink.B", 1), zone("corp.local", 9)]
        } else if path.ends_with("/virtualNetworkLinks") {
            vec![json!({"id": format!("{path}/l")})]
        } else if path.ends_with("/ALL") {
            vec![json!({"id": format!("{}/A/r", path.strip_suffix("/ALL")?)})]
        } else if path.ends_with("/privateEndpoints") && !seen.target.contains("page") {
            let next = format!("{}&page=2", seen.target);
            return Some(ok(json!({"value": [], "nextLink": next})));
        } else if path.ends_with("/privateEndpoints") {
            vec![json!({"id": id("privateEndpoints/pe")}), json!(null)]
        } else {
            return None;
        };
        Some(ok(json!({"value": value, "nextLink": null})))
    })
    .await;
    let reader = server.reader().await;
    assert_eq!(reader.tenant_id(), Some(TENANT));
    assert!(!reader.signed_in_as().contains(SECRET));
    let reading = read(&reader, &whole()).await;
    let mut read: Vec<String> = reading.resources.iter().map(|r| r.id.to_string()).collect();
    read.sort();
    let mut expected: Vec<String> = [
        "privateDnsZones/privatelink.a",
        "privateDnsZones/privatelink.a/virtualNetworkLinks/l",
        "privateDnsZones/privatelink.a/A/r",
        "privateDnsZones/Privatelink.B",
        "privateDnsZones/Privatelink.B/virtualNetworkLinks/l",
        "privateDnsZones/corp.local",
        "privateEndpoints/pe",
    ]
    .map(id)
    .to_vec();
    expected.push(format!("/subscriptions/{SUBSCRIPTION}"));
    expected.sort();
    assert_eq!(read, expected);
    assert_eq!(reading.unrelated_zones, [ResourceId::new(&id("privateDnsZones/corp.local"))]);
    assert_eq!(gaps(&reading), [(Kind::PrivateEndpoints, None, "MalformedItem")]);
    assert_eq!(reading.subscriptions.len(), 1);
    assert_eq!(reading.subscriptions[0].kinds, Kind::LISTED);
    assert_eq!(server.count("oauth2"), 1);
    assert!(server.seen().iter().all(|s| s.method == "GET" || s.target.contains("oauth2")));
}

#[tokio::test]
async fn a_token_refused_in_mid_run_is_renewed_once_for_all() {
    let tokens = Arc::new(Mutex::new(0));
    let server = Server::start(move |seen| {
        if seen.target.contains("oauth2") {
            let mut tokens = tokens.lock().unwrap();
            *tokens += 1;
            return Some(token(&format!("eyJtoken{tokens}.e30.c2ln")));
        }
        let first = seen.authorization.as_deref()?.contains("eyJtoken1.");
        let early = seen.target.contains("privateEndpoints");
        (first && !early).then(|| refused(401, "ExpiredAuthenticationToken"))
    })
    .await;
    let reader = server.reader().await;
    let reading = read(&reader, &whole()).await;
    assert_eq!(gaps(&reading), []);
    assert_eq!(server.count("oauth2"), 2);
}

#[tokio::test]
async fn a_token_refused_for_good_is_a_gap_and_no_storm_of_sign_ins() {
    let server = Server::start(|seen| {
        (!seen.target.contains("oauth2")).then(|| refused(401, "InvalidAuthenticationToken"))
    })
    .await;
    let reader = server.reader().await;
    let reading = read(&reader, &whole()).await;
    assert_eq!(gaps(&reading), [(Kind::Subscriptions, Some(401), "InvalidAuthenticationToken")]);
    assert!(reading.resources.is_empty());
    assert_eq!(server.count("oauth2"), 2);
}

#[tokio::test]
async fn an_unreadable_subscription_is_one_gap() {
    let server = Server::start(|seen| {
        let arm = seen.target.starts_with("/subscriptions/");
        arm.then(|| refused(404, "SubscriptionNotFound"))
    })
    .await;
    let reading = read(&server.reader().await, &whole()).await;
    assert_eq!(gaps(&reading), [(Kind::Subscriptions, Some(404), "SubscriptionNotFound")]);
    assert_eq!(reading.gaps[0].subscription.as_deref(), Some(SUBSCRIPTION));
    assert_eq!(reading.subscriptions.len(), 1);
}

#[tokio::test]
async fn each_failure_is_a_gap_of_its_list_and_the_rest_goes_on() {
    let server = Server::start(|seen| {
        let path = seen.target.split('?').next()?;
        let vnet = json!({"id": id("virtualNetworks/v")});
        Some(match path.rsplit('/').next()? {
            "privateEndpoints" => refused(403, "AuthorizationFailed"),
            "networkInterfaces" => {
                Answer { status: 503, body: b"<html>no</html>".to_vec(), ..Answer::default() }
            }
            "virtualNetworks" if !seen.target.contains("page") => {
                let next = format!("{}&page=2", seen.target);
                ok(json!({"value": [vnet], "nextLink": next}))
            }
            "virtualNetworks" => Answer { cut: true, ..ok(json!({"value": [vnet, vnet]})) },
            "loadBalancers" => ok(json!({"value": [], "nextLink": seen.target})),
            "azureFirewalls" => ok(json!({"values": []})),
            "dnsResolvers" => refused(404, "InvalidResourceType"),
            _ => return None,
        })
    })
    .await;
    let reading = read(&server.reader().await, &whole()).await;
    assert_eq!(
        gaps(&reading),
        [
            (Kind::PrivateEndpoints, Some(403), "AuthorizationFailed"),
            (Kind::NetworkInterfaces, Some(503), "HttpStatus"),
            (Kind::VirtualNetworks, None, "ConnectionClosed"),
            (Kind::AzureFirewalls, None, "MalformedPage"),
            (Kind::LoadBalancers, None, "PagingLoop"),
        ]
    );
    assert!(reading.resources.iter().any(|r| r.id.name() == "v"), "the first page stays");
    assert_eq!(server.count("networkInterfaces"), 4);
    assert_eq!(server.count("page=2"), 4);
}

#[tokio::test]
async fn a_foreign_link_is_not_followed() {
    let foreign = Server::start(|_| None).await;
    let link = format!("{}subscriptions?page=2", foreign.url());
    let server = Server::start(move |seen| {
        seen.target.starts_with("/subscriptions?").then(|| {
            ok(json!({"value": [{"id": format!("/subscriptions/{SUBSCRIPTION}")}], "nextLink": link}))
        })
    })
    .await;
    let (_, gaps) = server.reader().await.visible_subscriptions().await;
    let [gap] = &gaps[..] else { panic!("{gaps:?}") };
    assert_eq!(
        (gap.kind, gap.code.as_str(), &gap.subscription),
        (Kind::Subscriptions, "ForeignNextLink", &None)
    );
    assert!(foreign.seen().is_empty());
}

#[tokio::test]
async fn a_throttled_subscription_waits_as_long_as_azure_asks() {
    let server = Server::start({
        let first = Mutex::new(true);
        move |seen| {
            let vnets = seen.target.contains("virtualNetworks?");
            (vnets && std::mem::take(&mut *first.lock().unwrap())).then(|| Answer {
                headers: vec![("retry-after", "1".to_owned())],
                ..refused(429, "RetryableError")
            })
        }
    })
    .await;
    let reader = server.reader().await;
    let started = Instant::now();
    let reading = read(&reader, &whole()).await;
    assert_eq!(gaps(&reading), []);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.count("virtualNetworks?"), 2);
}

#[tokio::test]
async fn a_wait_too_long_is_a_gap_at_once() {
    let server = Server::start(|seen| {
        let zones = seen.target.contains("privateDnsZones") || seen.target.contains("privatednszones");
        zones.then(|| Answer {
            headers: vec![("retry-after", "600".to_owned())],
            ..refused(429, "TooManyRequests")
        })
    })
    .await;
    let reader = server.reader().await;
    let mut wants = whole();
    for zone in ["a", "b"] {
        wants.push(Want::ZoneChildren { zone: ResourceId::new(&id(&format!("privateDnsZones/{zone}"))) });
    }
    let reading = read(&reader, &wants).await;
    assert_eq!(reading.gaps.len(), 5, "{:?}", reading.gaps);
    assert!(reading.gaps.iter().all(|g| g.status == Some(429)));
    let again = read(&reader, &[wants[1].clone()]).await;
    assert_eq!(again.gaps.len(), 2);
    assert!(server.count("rivateDnsZones") <= 5, "a closed lane sends nothing more");
    assert!(reading.gaps.iter().any(|g| g.message.contains("600 s")), "{:?}", reading.gaps);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..65 {
        packed.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let body = packed.finish().unwrap();
    let server = Server::start(move |seen| {
        let body = body.clone();
        let headers = vec![("content-encoding", "gzip".to_owned())];
        seen.target.starts_with("/subscriptions?").then(|| Answer {
            status: 200,
            headers,
            body,
            ..Answer::default()
        })
    })
    .await;
    let (_, gaps) = server.reader().await.visible_subscriptions().await;
    let [gap] = &gaps[..] else { panic!("{gaps:?}") };
    assert_eq!(gap.code, "BodyTooLarge");
    assert_eq!(server.count("/subscriptions?"), 1);
}

#[tokio::test]
async fn a_refused_secret_ends_the_run_in_entras_words() {
    let server = Server::start(|_| {
        let said = format!("AADSTS7000215: Invalid client secret {SECRET}.\r\nTrace ID: x");
        let body = json!({"error": "invalid_client", "error_description": said, "error_codes": [7000215]});
        Some(Answer { status: 401, body: body.to_string().into_bytes(), ..Answer::default() })
    })
    .await;
    let error = Reader::connect_in(&server.options(), &service_principal).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "cannot sign in to Azure with client secret (AZURE_CLIENT_SECRET): AADSTS7000215: Invalid client \
         secret ***. (HTTP 401)"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_ends_the_run() {
    let server = Server::start(|_| None).await;
    let options = ConnectOptions { ca_file: None, ..server.options() };
    let error = Reader::connect_in(&options, &service_principal).await.err().unwrap();
    assert!(error.to_string().contains("the TLS connection to localhost failed"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn cloud_shells_endpoint_is_asked_for_a_token() {
    let shell = Server::listen(false, |_| {
        Some(ok(json!({"access_token": "eyJshell.e30.c2ln", "expires_on": "4102444800"})))
    })
    .await;
    let server = Server::start(|_| None).await;
    let endpoint = format!("http://localhost:{}/oauth2/token", shell.port);
    let variable = move |name: &str| (name == "MSI_ENDPOINT").then(|| endpoint.clone());
    let reader = Reader::connect_in(&server.options(), &variable).await.unwrap();
    assert_eq!(reader.signed_in_as(), "Cloud Shell");
    assert_eq!(reader.visible_subscriptions().await, (Vec::new(), Vec::new()));
    assert_eq!(shell.seen().len(), 1, "the token is kept");
    assert!(shell.seen()[0].body.starts_with("resource=https%3A%2F%2Flocalhost%3A"));
    let authorization = server.seen()[0].authorization.clone();
    assert_eq!(authorization.as_deref(), Some("Bearer eyJshell.e30.c2ln"));
}

#[tokio::test]
async fn githubs_token_is_exchanged() {
    let server = Server::start(|seen| {
        seen.target.starts_with("/github").then(|| ok(json!({"value": "eyJassertion.e30.c2ln"})))
    })
    .await;
    let url = format!("{}github?api-version=2.0", server.url());
    let variable = move |name: &str| match name {
        "ACTIONS_ID_TOKEN_REQUEST_URL" => Some(url.clone()),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => Some("runner-token".to_owned()),
        "AZURE_CLIENT_SECRET" => None,
        other => service_principal(other),
    };
    Reader::connect_in(&server.options(), &variable).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].target, "/github?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange");
    assert_eq!(seen[0].authorization.as_deref(), Some("Bearer runner-token"));
    assert!(seen[1].target.starts_with(&format!("/{TENANT}/oauth2/v2.0/token")));
    assert!(seen[1].body.contains("client_assertion=eyJassertion.e30.c2ln"));
    assert_eq!(seen[1].authorization, None);
}

/// Collects everything that is logged.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_of_any_layer_holds_a_token_or_a_secret() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // With one subscriber alone, tracing asks the thread that first passes a log line whether anybody listens,
    // and other tests' threads say no. With two it asks the subscribers.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
    let _in_force = tracing::subscriber::set_default(subscriber);
    let server = Server::start(|seen| {
        seen.target.contains("virtualNetworks?").then(|| refused(401, "ExpiredAuthenticationToken"))
    })
    .await;
    read(&server.reader().await, &whole()).await;
    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("privateEndpoints"), "the log is not empty");
    assert!(!log.contains("eyJ") && !log.contains(SECRET), "a secret was logged");
    assert!(server.seen().iter().any(|s| s.body.contains("client_secret=s3cret")), "it was sent");
}
