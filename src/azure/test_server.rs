//! A small server for tests: HTTPS on loopback, answers as told, remembers what it was asked.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::ConnectOptions;

pub(super) const SUBSCRIPTION: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
pub(super) const TENANT: &str = "11111111-4f89-11d3-9a0c-0305e82c3301";
pub(super) const SECRET: &str = "s3cret~VALUE.that-nobody-may-see";

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub authorization: Option<String>,
    pub body: String,
}

/// What the server answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Send half of the body and hang up.
    pub cut: bool,
}

pub(super) fn ok(body: serde_json::Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

pub(super) fn refused(status: u16, code: &str) -> Answer {
    let body = json!({"error": {"code": code, "message": format!("{code} it is")}});
    Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
}

type Handler = dyn Fn(&Seen) -> Option<Answer> + Send + Sync;

pub(super) struct Server {
    pub port: u16,
    ca: tempfile::NamedTempFile,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server. What `handler` leaves to it is answered as a healthy, empty Azure would.
    pub(super) async fn start(handler: impl Fn(&Seen) -> Option<Answer> + Send + Sync + 'static) -> Server {
        Server::listen(true, handler).await
    }

    pub(super) async fn listen(
        tls: bool,
        handler: impl Fn(&Seen) -> Option<Answer> + Send + Sync + 'static,
    ) -> Server {
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

    pub(super) fn url(&self) -> Url {
        Url::parse(&format!("https://localhost:{}", self.port)).unwrap()
    }

    pub(super) fn options(&self) -> ConnectOptions {
        ConnectOptions {
            arm_endpoint: Some(self.url()),
            authority_host: Some(self.url()),
            ca_file: Some(self.ca.path().to_owned()),
            ..ConnectOptions::default()
        }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn count(&self, part: &str) -> usize {
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

pub(super) fn token(text: &str) -> Answer {
    ok(json!({"access_token": text, "expires_in": 3600, "token_type": "Bearer"}))
}

pub(super) fn service_principal(name: &str) -> Option<String> {
    let value = match name {
        "AZURE_TENANT_ID" => TENANT,
        "AZURE_CLIENT_ID" => "04b07795",
        "AZURE_CLIENT_SECRET" => SECRET,
        _ => return None,
    };
    Some(value.to_owned())
}
