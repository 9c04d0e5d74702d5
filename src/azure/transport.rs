//! HTTP on the wire: TLS, proxies, one attempt's time limit and body limit. Knows nothing of Azure's answers.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Method, Request, Transport};
use bytes::Bytes;
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::{AzureError, redact};

/// The most that one answer may hold once decompressed. A page of 100 resources is well under 1 MB; anything
/// beyond this is a mistake or an attack, and is not kept in memory.
pub(super) const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// An answer that is longer than this is a large one. A thousand rows of Resource Graph are not.
const LARGE_BODY: usize = 8 * 1024 * 1024;

/// Large answers that are read at a time: however many servers send without end, they fill little more than this many
/// times [`BODY_LIMIT`]. The others wait where they are.
const LARGE_BODIES: usize = 2;

/// The most that one attempt may take, from connecting to the last byte.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(90);

/// Long enough for a slow proxy.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// An identity endpoint is on this machine: when it does not answer at once, it is not there.
const LOCAL_CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// Why an exchange came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TransportError {
    #[error("the name {host} cannot be resolved")]
    NameNotResolved { host: String },
    #[error("cannot connect to {host}: {detail}")]
    ConnectionFailed { host: String, detail: String },
    #[error("the TLS connection to {host} failed: {detail}")]
    TlsFailed { host: String, detail: String },
    #[error("the connection to {host} was cut: {detail}")]
    ConnectionClosed { host: String, detail: String },
    #[error("{host} did not answer within {} seconds", ATTEMPT_LIMIT.as_secs())]
    TimedOut { host: String },
    #[error("the answer of {host} is larger than {} MB", BODY_LIMIT / 1024 / 1024)]
    BodyTooLarge { host: String },
    #[error("{host} is not reached over TLS, and is no identity endpoint of this machine")]
    PlainHttp { host: String },
    #[error("the request to {host} cannot be built: {detail}")]
    BadRequest { host: String, detail: String },
}

impl TransportError {
    /// A code in the style of Azure's.
    pub(super) fn code(&self) -> &'static str {
        match self {
            TransportError::NameNotResolved { .. } => "NameNotResolved",
            TransportError::ConnectionFailed { .. } => "ConnectionFailed",
            TransportError::TlsFailed { .. } => "TlsFailed",
            TransportError::ConnectionClosed { .. } => "ConnectionClosed",
            TransportError::TimedOut { .. } => "TimedOut",
            TransportError::BodyTooLarge { .. } => "BodyTooLarge",
            TransportError::PlainHttp { .. } => "PlainHttp",
            TransportError::BadRequest { .. } => "BadRequest",
        }
    }

    /// Whether the same request may fare better later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            TransportError::NameNotResolved { .. }
            | TransportError::ConnectionFailed { .. }
            | TransportError::ConnectionClosed { .. }
            | TransportError::TimedOut { .. } => true,
            TransportError::TlsFailed { .. }
            | TransportError::BodyTooLarge { .. }
            | TransportError::PlainHttp { .. }
            | TransportError::BadRequest { .. } => false,
        }
    }

    /// The transport's error inside one of the SDK's, if that is what it is.
    pub(super) fn inside(error: &azure_core::Error) -> Option<&TransportError> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<TransportError>() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

/// One whole answer.
pub(super) struct Exchanged {
    pub status: u16,
    pub headers: Headers,
    pub body: Bytes,
}

/// Its body may be a token.
impl fmt::Debug for Exchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanged").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The HTTP client under every pipeline.
pub(super) struct Http {
    /// For the outside: TLS only, through the proxies that the environment names.
    outside: reqwest::Client,
    /// For identity endpoints of this machine: plain HTTP, and never through a proxy, which would get to see a
    /// token (Azure docs: "bypass proxies when querying" the instance metadata service).
    local: reqwest::Client,
    /// The right to read on in a large answer.
    large: Semaphore,
}

/// What the clients would tell of themselves holds the proxies, and those a password.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

impl Http {
    /// Builds the clients; the certificates in the PEM file `ca_file` are trusted on top of the system's.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Arc<Http>, AzureError> {
        // An error means that a provider is installed already, which serves as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let certificates = ca_file.map(certificates).transpose()?.unwrap_or_default();
        let outside = common()
            .connect_timeout(CONNECT_LIMIT)
            .https_only(true)
            // Notices a dead connection under many waiting streams long before each has run into its limit.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(20))
            .tls_certs_merge(certificates)
            .build();
        let local =
            common().connect_timeout(LOCAL_CONNECT_LIMIT).no_proxy().tls_certs_only(Vec::new()).build();
        let failed = |error: reqwest::Error| AzureError::Tls { reason: innermost(&error) };
        Ok(Arc::new(Http {
            outside: outside.map_err(failed)?,
            local: local.map_err(failed)?,
            large: Semaphore::new(LARGE_BODIES),
        }))
    }

    /// As the SDK wants it.
    pub(super) fn transport(self: &Arc<Self>) -> Transport {
        Transport::new(Arc::clone(self) as Arc<dyn HttpClient>)
    }

    /// Sends one request and reads the whole answer, whatever its status.
    pub(super) async fn exchange(&self, request: &Request) -> Result<Exchanged, TransportError> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let (client, request) = self.build(request, &host)?;
        match tokio::time::timeout(ATTEMPT_LIMIT, receive(client, request, &host, &self.large)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(TransportError::TimedOut { host }),
        }
    }

    fn build(
        &self,
        request: &Request,
        host: &str,
    ) -> Result<(&reqwest::Client, reqwest::Request), TransportError> {
        let client = match request.url().scheme() {
            "https" => &self.outside,
            "http" if is_this_machine(request.url()) => &self.local,
            _ => return Err(TransportError::PlainHttp { host: host.to_owned() }),
        };
        let method = match request.method() {
            Method::Get => reqwest::Method::GET,
            // Token endpoints, Resource Graph and the metrics service alone; nothing else is ever posted to.
            Method::Post => reqwest::Method::POST,
            other => {
                let detail = format!("{other} is never sent");
                return Err(TransportError::BadRequest { host: host.to_owned(), detail });
            }
        };
        let mut builder = client.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            let mut header = reqwest::header::HeaderValue::from_str(value.as_str())
                .map_err(|e| TransportError::BadRequest { host: host.to_owned(), detail: e.to_string() })?;
            // Keeps the value out of every log of the layers below.
            header.set_sensitive(!is_harmless(name.as_str()));
            builder = builder.header(name.as_str(), header);
        }
        if let Body::Bytes(bytes) = request.body()
            && !bytes.is_empty()
        {
            builder = builder.body(bytes.clone());
        }
        let request = builder.build().map_err(|e| TransportError::BadRequest {
            host: host.to_owned(),
            detail: innermost(&e.without_url()),
        })?;
        Ok((client, request))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Exchanged { status, headers, body } = self.exchange(request).await.map_err(into_sdk)?;
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body))
    }
}

/// `Io` and `Connection` are what the SDK's retry policies take up again; `Other` is final.
pub(super) fn into_sdk(error: TransportError) -> azure_core::Error {
    let kind = if error.is_passing() { ErrorKind::Io } else { ErrorKind::Other };
    azure_core::Error::new(kind, error)
}

/// Whether a URL's host is this machine or its hypervisor: loopback (Cloud Shell, App Service, Container Apps)
/// or link-local (App Service, the instance metadata service at 169.254.169.254).
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

fn is_harmless(header: &str) -> bool {
    matches!(header, "accept" | "content-type" | "content-length" | "user-agent" | "x-ms-client-request-id")
}

fn common() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        // A redirect would carry a token, or a secret, to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .gzip(true)
        .pool_max_idle_per_host(64)
        .tcp_keepalive(Duration::from_secs(30))
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, AzureError> {
    let bad = |reason: String| AzureError::CaFile { path: path.display().to_string(), reason };
    let pem = std::fs::read(path).map_err(|e| bad(e.to_string()))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| bad(innermost(&e)))?;
    if found.is_empty() {
        return Err(bad("it holds no PEM certificate".to_owned()));
    }
    Ok(found)
}

async fn receive(
    client: &reqwest::Client,
    request: reqwest::Request,
    host: &str,
    large: &Semaphore,
) -> Result<Exchanged, TransportError> {
    let mut response =
        client.execute(request).await.map_err(|e| classify(&e.without_url(), host, Stage::Sending))?;
    let too_large = || TransportError::BodyTooLarge { host: host.to_owned() };
    let announced = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    if announced > BODY_LIMIT {
        return Err(too_large());
    }
    let status = response.status().as_u16();
    let headers = headers(response.headers());
    let mut body = Vec::with_capacity(announced.min(LARGE_BODY));
    let mut permit = None;
    while let Some(chunk) =
        response.chunk().await.map_err(|e| classify(&e.without_url(), host, Stage::Reading))?
    {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(too_large());
        }
        if permit.is_none() && body.len() + chunk.len() > LARGE_BODY {
            // Closed by nobody; were it closed, the answer is refused as one too many.
            permit = Some(large.acquire().await.map_err(|_| too_large())?);
            // Once and for all: an answer that grew by doubling would be in memory twice.
            body.reserve_exact(BODY_LIMIT - body.len());
        }
        body.extend_from_slice(&chunk);
    }
    body.shrink_to_fit();
    Ok(Exchanged { status, headers, body: Bytes::from(body) })
}

fn headers(map: &reqwest::header::HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in map {
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    headers
}

#[derive(Clone, Copy)]
enum Stage {
    Sending,
    Reading,
}

fn classify(error: &reqwest::Error, host: &str, stage: Stage) -> TransportError {
    let host = host.to_owned();
    if error.is_timeout() && !error.is_connect() {
        return TransportError::TimedOut { host };
    }
    if error.is_dns() {
        return TransportError::NameNotResolved { host };
    }
    let detail = innermost(error);
    match stage {
        Stage::Reading => TransportError::ConnectionClosed { host, detail },
        Stage::Sending if tls_error(error).is_some() => TransportError::TlsFailed { host, detail },
        Stage::Sending if error.is_connect() => TransportError::ConnectionFailed { host, detail },
        Stage::Sending => TransportError::ConnectionClosed { host, detail },
    }
}

/// The refusal of a certificate or of a handshake somewhere under an error. A cut during the handshake is an
/// I/O error and not meant.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        next = below(error);
    }
    None
}

/// The message at the bottom of a chain of errors: the one that says what really happened.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(error) = below(last) {
        last = error;
    }
    redact::line(&last.to_string(), 200)
}

/// As `source`, but an I/O error's payload counts: `source` skips it.
fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(inner);
    }
    error.source()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for here in ["http://localhost:1/x", "http://127.0.0.1", "http://[::1]:2/", "http://169.254.169.254/"]
        {
            assert!(is_this_machine(&url(here)), "{here}");
        }
        for there in
            ["http://10.0.0.1", "http://localhost.evil.com", "http://169.253.0.1", "http://[fe81::1]"]
        {
            assert!(!is_this_machine(&url(there)), "{there}");
        }
    }

    #[tokio::test]
    async fn plain_http_to_anywhere_else_is_refused() {
        let http = Http::new(None).unwrap();
        let request = Request::new(url("http://management.azure.com/subscriptions"), Method::Get);
        let error = http.exchange(&request).await.unwrap_err();
        assert_eq!(error.code(), "PlainHttp");
        let sdk = into_sdk(error.clone()).with_context("retry policy expired");
        assert_eq!(TransportError::inside(&sdk), Some(&error));
    }

    #[tokio::test]
    async fn nothing_is_ever_written() {
        let http = Http::new(None).unwrap();
        for method in [Method::Put, Method::Patch, Method::Delete] {
            let request = Request::new(url("https://management.azure.com/"), method);
            assert_eq!(http.exchange(&request).await.unwrap_err().code(), "BadRequest");
        }
    }

    #[tokio::test]
    async fn a_closed_port_is_a_failed_connection() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let http = Http::new(None).unwrap();
        let request = Request::new(url(&format!("http://127.0.0.1:{port}/token")), Method::Get);
        let error = http.exchange(&request).await.unwrap_err();
        assert_eq!(error.code(), "ConnectionFailed", "{error}");
        assert!(error.is_passing());
    }

    #[test]
    fn a_ca_file_must_exist_and_hold_certificates() {
        let missing = Http::new(Some(Path::new("/nowhere/ca.pem"))).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/ca.pem"), "{missing}");
        let mut empty = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut empty, b"not a certificate").unwrap();
        assert!(matches!(Http::new(Some(empty.path())), Err(AzureError::CaFile { .. })));
    }
}
