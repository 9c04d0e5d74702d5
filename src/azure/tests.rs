//! The reader against a small HTTPS server on loopback that answers as told.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::inventory::{ResourceId, Role};

const SUBSCRIPTION: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
const TENANT: &str = "11111111-4f89-11d3-9a0c-0305e82c3301";
const SECRET: &str = "s3cret~VALUE.that-nobody-may-see";

/// One request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    /// Path and query.
    target: String,
    authorization: Option<String>,
    body: String,
}

/// What the server answers.
#[derive(Debug, Clone, Default)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Send half of the body and hang up.
    cut: bool,
}

fn ok(body: serde_json::Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

fn refused(status: u16, code: &str) -> Answer {
    let body = json!({"error": {"code": code, "message": format!("{code} it is")}});
    Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
}

type Handler = dyn Fn(&Seen) -> Option<Answer> + Send + Sync;

struct Server {
    port: u16,
    ca: tempfile::NamedTempFile,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server. What `handler` leaves to it is answered as a healthy, empty Azure would.
    async fn start(handler: impl Fn(&Seen) -> Option<Answer> + Send + Sync + 'static) -> Server {
        Server::listen(true, handler).await
    }

    async fn listen(tls: bool, handler: impl Fn(&Seen) -> Option<Answer> + Send + Sync + 'static) -> Server {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut ca = tempfile::NamedTempFile::new().unwrap();
        ca.write_all(made.cert.pem().as_bytes()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler) = (Arc::clone(&seen), Arc::new(handler) as Arc<Handler>);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (log, handler, acceptor) = (Arc::clone(&log), Arc::clone(&handler), acceptor.clone());
                tokio::spawn(async move {
                    if tls {
                        if let Ok(stream) = acceptor.accept(socket).await {
                            serve(stream, &log, &*handler).await;
                        }
                    } else {
                        serve(socket, &log, &*handler).await;
                    }
                });
            }
        });
        Server { port, ca, seen }
    }

    fn url(&self) -> Url {
        Url::parse(&format!("https://localhost:{}", self.port)).unwrap()
    }

    fn options(&self) -> ConnectOptions {
        ConnectOptions {
            arm_endpoint: Some(self.url()),
            authority_host: Some(self.url()),
            ca_file: Some(self.ca.path().to_owned()),
            ..ConnectOptions::default()
        }
    }

    async fn reader(&self) -> Reader {
        Reader::connect_in(&self.options(), &service_principal).await.unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn count(&self, part: &str) -> usize {
        self.seen().iter().filter(|seen| seen.target.contains(part)).count()
    }
}

async fn serve<S>(mut stream: S, log: &Mutex<Vec<Seen>>, handler: &Handler)
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let mut buffer = Vec::new();
    while let Some(seen) = receive(&mut stream, &mut buffer).await {
        let answer = handler(&seen).unwrap_or_else(|| healthy(&seen));
        log.lock().unwrap().push(seen);
        let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let sent = if answer.cut { answer.body.len() / 2 } else { answer.body.len() };
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&answer.body[..sent]);
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || answer.cut {
            return;
        }
    }
}

async fn receive<S: AsyncReadExt + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        (stream.read_buf(buffer).await.ok()? > 0).then_some(())?;
    };
    let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |n| n.parse().unwrap());
    while buffer.len() < end + length {
        (stream.read_buf(buffer).await.ok()? > 0).then_some(())?;
    }
    let body = String::from_utf8(buffer[end..end + length].to_vec()).unwrap();
    buffer.drain(..end + length);
    let mut first = head.lines().next()?.split(' ');
    Some(Seen {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        authorization: header("authorization"),
        body,
    })
}

fn healthy(seen: &Seen) -> Answer {
    if seen.target.contains("/oauth2/v2.0/token") {
        return token("eyJfirst.e30.c2ln");
    }
    if seen.target.contains("/Microsoft.Authorization/permissions") {
        return ok(json!({"value": [{"actions": ["*/read"], "notActions": []}]}));
    }
    if seen.target.starts_with(&format!("/subscriptions/{SUBSCRIPTION}?")) {
        return ok(json!({"id": format!("/subscriptions/{SUBSCRIPTION}"), "displayName": "s"}));
    }
    ok(json!({"value": []}))
}

fn token(text: &str) -> Answer {
    ok(json!({"access_token": text, "expires_in": 3600, "token_type": "Bearer"}))
}

fn service_principal(name: &str) -> Option<String> {
    let value = match name {
        "AZURE_TENANT_ID" => TENANT,
        "AZURE_CLIENT_ID" => "04b07795",
        "AZURE_CLIENT_SECRET" => SECRET,
        _ => return None,
    };
    Some(value.to_owned())
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
    vec![Want::Subscription { id: SUBSCRIPTION.to_owned(), role: Role::Audited }]
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
    assert_eq!(reading.subscriptions[0].kinds, arm::OF_SUBSCRIPTION);
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
    let gap = server.reader().await.visible_subscriptions().await.unwrap_err();
    assert_eq!(
        (gap.kind, gap.code.as_str(), gap.subscription),
        (Kind::Subscriptions, "ForeignNextLink", None)
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
    let gap = server.reader().await.visible_subscriptions().await.unwrap_err();
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
    assert!(reader.visible_subscriptions().await.unwrap().is_empty());
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
