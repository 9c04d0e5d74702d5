//! Sockets, TLS and HTTP: hands requests over as plain data and sends replies. Knows nothing of Azure.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::reply::{Body, Reply};

/// A request as plain data.
pub struct Call {
    pub method: String,
    /// Percent-decoded.
    pub path: String,
    /// As sent.
    pub query: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: Bytes,
}

/// An authority of one's own, and what a server with a certificate of it needs.
pub struct Tls {
    pub ca_pem: String,
    pub config: Arc<ServerConfig>,
}

impl Tls {
    /// A new authority and a certificate for `127.0.0.1` and `localhost`.
    pub fn new() -> Self {
        let mut ca = CertificateParams::new(Vec::<String>::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let ca_key = KeyPair::generate().unwrap();
        let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = Issuer::new(ca, ca_key);

        let mut leaf = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf_key = KeyPair::generate().unwrap();
        let certificate = leaf.signed_by(&leaf_key, &issuer).unwrap();
        let key = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        Tls { ca_pem, config: Arc::new(config) }
    }
}

/// A socket on the loopback with a free port.
pub fn bind() -> (StdListener, SocketAddr) {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves a socket until the runtime ends; over TLS when a configuration is given.
pub async fn serve<F, R>(listener: StdListener, tls: Option<Arc<ServerConfig>>, answer: F)
where
    F: Fn(Call) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Reply> + Send + 'static,
{
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (answer, tls) = (answer.clone(), tls.clone());
        tokio::spawn(async move {
            // What a client does to its own connection is its own affair: a failed handshake ends here.
            match tls {
                None => converse(stream, answer).await,
                Some(config) => {
                    if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                        converse(stream, answer).await;
                    }
                }
            }
        });
    }
}

async fn converse<S, F, R>(stream: S, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Call) -> R + Clone,
    R: Future<Output = Reply>,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer.clone();
        async move {
            let reply = match call(request).await {
                Some(call) => answer(call).await,
                None => Reply::error(400, "BadRequest", "The request was cut off."),
            };
            Ok::<_, Infallible>(response(reply))
        }
    });
    // A connection that the client drops is no failure here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn call(request: Request<Incoming>) -> Option<Call> {
    let (head, body) = request.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Some(Call {
        method: head.method.as_str().to_owned(),
        path: percent_decode(head.uri.path()),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.collect().await.ok()?.to_bytes(),
    })
}

/// A path has no plus-for-blank, so it is hidden from the form decoder.
fn percent_decode(path: &str) -> String {
    let hidden = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(hidden.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}

fn response(reply: Reply) -> Response<UnsyncBoxBody<Bytes, io::Error>> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value);
    }
    let body = match reply.body {
        Body::Whole(bytes) => Full::new(Bytes::from(bytes)).map_err(|never| match never {}).boxed_unsync(),
        Body::Cut(bytes) => {
            builder = builder.header("Content-Length", bytes.len());
            cut(bytes)
        }
        Body::Slow(bytes, pause) => slow(bytes, pause),
        Body::Huge { megabytes } => {
            let blanks = Bytes::from(vec![b' '; 1024 * 1024]);
            let frames = stream::repeat(blanks).take(megabytes).map(|chunk| Ok(Frame::data(chunk)));
            StreamBody::new(frames).boxed_unsync()
        }
    };
    builder.body(body).unwrap()
}

fn cut(bytes: Vec<u8>) -> UnsyncBoxBody<Bytes, io::Error> {
    let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
    let first = stream::once(async move { Ok(Frame::data(half)) });
    // The pause lets the first half leave, so that the client sees a body that ends too soon.
    let drop = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::other("cut"))
    });
    StreamBody::new(first.chain(drop)).boxed_unsync()
}

fn slow(bytes: Vec<u8>, pause: Duration) -> UnsyncBoxBody<Bytes, io::Error> {
    let pieces: Vec<Bytes> = bytes.chunks(1024).map(Bytes::copy_from_slice).collect();
    let frames = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(piece))
    });
    StreamBody::new(frames).boxed_unsync()
}
