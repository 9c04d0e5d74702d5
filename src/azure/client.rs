//! One request to the management API: token, limits, retries, renewal. Knows URLs, not meaning.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_core::error::ErrorKind;
use azure_core::http::headers::HeaderName;
use azure_core::http::{Context, Method, PipelineSendOptions, RawResponse, Request};
use azure_core::time::OffsetDateTime;
use bytes::Bytes;
use url::Url;

use super::endpoints::Endpoints;
use super::journal::Journal;
use super::limits::{Budget, LONGEST_PAUSE, Lane, Limits};
use super::metrics::MetricsHosts;
use super::redact;
use super::refusal::{MESSAGE_LENGTH, Refusal};
use super::retry;
use super::sign_in::{Session, SignIn};
use super::stop::{Stop, Why};
use super::told::Told;
use super::transport::TransportError;

/// Why a request came to nothing, after all tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The server's code, or ours.
    pub code: String,
    /// One line, without secrets.
    pub message: String,
}

/// One request: a GET, or a POST of JSON where there is a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// Of the service that the client is for: the token goes with it.
    pub url: &'a Url,
    pub body: Option<&'a Bytes>,
}

/// A successful answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub body: Bytes,
    /// Whether Resource Graph left subscriptions out because there are too many of them (Azure docs: "Guidance for
    /// throttled requests in Azure Resource Graph": `x-ms-tenant-subscription-limit-hit`).
    pub subscriptions_left_out: bool,
}

/// Sends requests that read to the management API, or to the metrics service alone, as one credential, within one run's
/// limits.
pub(super) struct Client {
    pub endpoints: Endpoints,
    /// The metrics service, for a client of that alone: its token is for nobody else.
    metrics: Option<MetricsHosts>,
    pub sign_in: SignIn,
    /// What was answered before, and keeps what is answered now.
    pub journal: Option<Arc<Journal>>,
    limits: Limits,
    stop: Stop,
}

/// What one try came to.
enum Try {
    Done(Answer),
    /// 401: the token is refused, and a new one may help.
    Renew(Failed),
    /// May pass; the server may say when. `throttled` when it is the subscription that is asked to wait.
    Passing {
        failed: Failed,
        after: Option<Duration>,
        throttled: bool,
    },
    Final(Failed),
}

impl Client {
    pub(super) fn new(endpoints: Endpoints, sign_in: SignIn, stop: Stop) -> Self {
        Client { endpoints, metrics: None, sign_in, journal: None, limits: Limits::new(), stop }
    }

    /// A client of the metrics service, which signs in for that and speaks to nobody else.
    pub(super) async fn of_metrics(&self, hosts: &MetricsHosts) -> Result<Client, Failed> {
        let opened = self.unless_stopped(self.sign_in.at(hosts.audience())).await?;
        let sign_in = opened.map_err(|said| failed("SignInFailed", said))?;
        Ok(Client {
            endpoints: self.endpoints.clone(),
            metrics: Some(hosts.clone()),
            sign_in,
            journal: self.journal.clone(),
            limits: Limits::new(),
            stop: self.stop.clone(),
        })
    }

    /// Whether a URL leads to whom this client's token is for.
    fn owns(&self, url: &Url) -> bool {
        match &self.metrics {
            Some(hosts) => hosts.own(url),
            None => self.endpoints.owns(url),
        }
    }

    /// The body of a successful answer to a GET. `subscription` (id in lower case, or empty) and `lane` say whose
    /// limits the request counts against.
    pub(super) async fn get(&self, url: &Url, subscription: &str, lane: Lane) -> Result<Bytes, Failed> {
        Ok(self.send(Ask { url, body: None }, subscription, lane).await?.body)
    }

    /// The body of a successful answer to a question of a subscription that is too long for a URL. It reads, as a GET
    /// does.
    pub(super) async fn ask(
        &self,
        url: &Url,
        body: &Bytes,
        subscription: &str,
        lane: Lane,
    ) -> Result<Bytes, Failed> {
        Ok(self.send(Ask { url, body: Some(body) }, subscription, lane).await?.body)
    }

    /// The successful answer to a query that is too long for a URL. It reads, as a GET does.
    pub(super) async fn query(&self, url: &Url, body: &Bytes, lane: Lane) -> Result<Answer, Failed> {
        self.send(Ask { url, body: Some(body) }, "", lane).await
    }

    async fn send(&self, ask: Ask<'_>, subscription: &str, lane: Lane) -> Result<Answer, Failed> {
        if !self.owns(ask.url) {
            let service = if self.metrics.is_some() { "the metrics service" } else { "the management API" };
            return Err(failed("ForeignLink", format!("{} is not {service}", host(ask.url))));
        }
        if let Some(body) = self.answered_before(ask).await {
            return Ok(Answer { body, subscriptions_left_out: false });
        }
        let budget = self.limits.budget(subscription);
        let mut renewed = false;
        let mut tries = 0;
        let mut last = None;
        loop {
            let session;
            let outcome = {
                let entered = self.limits.enter(&budget, lane, ask.url.path());
                let Ok(permit) = self.unless_stopped(entered).await? else {
                    return Err(last.unwrap_or_else(closed));
                };
                session = self.sign_in.session();
                let (outcome, told) = tokio::select! {
                    why = self.stop.out_of_time() => return Err(stopped(why)),
                    tried = try_once(&session, ask) => tried,
                };
                permit.told(told);
                outcome
            };
            tries += 1;
            match outcome {
                Try::Done(answer) => {
                    self.keep(ask, &answer);
                    return Ok(answer);
                }
                Try::Final(failed) => return Err(failed),
                Try::Renew(failed) if renewed => return Err(failed),
                Try::Renew(failed) => {
                    renewed = true;
                    self.unless_stopped(self.renew(&session, failed)).await??;
                    // The refused try does not count: it said nothing of the request itself.
                    tries -= 1;
                }
                Try::Passing { failed, .. } if tries >= retry::TRIES => return Err(failed),
                Try::Passing { failed, after, throttled } => {
                    let wait = after.unwrap_or_else(|| retry::back_off(tries + 1, throttled, retry::dice()));
                    let failed = Wait { wait, throttled, lane, subscription }.begin(&budget, failed)?;
                    tracing::debug!(code = failed.code, ?wait, "will try again");
                    if !throttled {
                        self.unless_stopped(tokio::time::sleep(wait)).await?;
                    }
                    last = Some(failed);
                }
            }
        }
    }

    async fn answered_before(&self, ask: Ask<'_>) -> Option<Bytes> {
        self.journal.as_ref()?.find(ask.url, ask.body).await
    }

    /// What the server cut short is asked for anew by a run that goes on.
    fn keep(&self, ask: Ask<'_>, answer: &Answer) {
        if let Some(journal) = self.journal.as_ref().filter(|_| !answer.subscriptions_left_out) {
            journal.record(ask.url, ask.body, &answer.body);
        }
    }

    /// What comes of a wait, unless the run is stopped meanwhile or was already.
    async fn unless_stopped<T>(&self, wait: impl Future<Output = T>) -> Result<T, Failed> {
        tokio::select! {
            biased;
            why = self.stop.stopped() => Err(stopped(why)),
            done = wait => Ok(done),
        }
    }

    async fn renew(&self, session: &Arc<Session>, failed: Failed) -> Result<(), Failed> {
        self.sign_in.renew(session).await.map_err(|why| Failed {
            message: redact::line(&format!("{}; {why}", failed.message), MESSAGE_LENGTH),
            ..failed
        })
    }
}

/// A wait that Azure asked for, or that we chose.
struct Wait<'a> {
    wait: Duration,
    throttled: bool,
    lane: Lane,
    subscription: &'a str,
}

impl Wait<'_> {
    /// Pauses the subscription where it is the subscription that is throttled. `Err` when the wait is longer
    /// than anybody waits.
    fn begin(&self, budget: &Budget, mut failed: Failed) -> Result<Failed, Failed> {
        let seconds = self.wait.as_secs_f64().ceil();
        if self.wait > LONGEST_PAUSE {
            if self.throttled {
                budget.close(self.lane, self.wait);
            }
            failed.message = format!("{} (asks to wait {seconds} s)", failed.message);
            return Err(failed);
        }
        if self.throttled && budget.pause(self.wait) && self.wait >= Duration::from_secs(5) {
            let subscription = if self.subscription.is_empty() { "all" } else { self.subscription };
            tracing::warn!(subscription, "Azure throttles; waiting {seconds} s");
        }
        Ok(failed)
    }
}

/// One try, and what its answer says is left of Azure's budgets.
async fn try_once(session: &Session, ask: Ask<'_>) -> (Try, Told) {
    let started = Instant::now();
    let method = if ask.body.is_some() { Method::Post } else { Method::Get };
    let mut request = Request::new(ask.url.clone(), method);
    request.insert_header("accept", "application/json");
    if let Some(body) = ask.body {
        request.insert_header("content-type", "application/json");
        request.set_body(body.clone());
    }
    let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
    let outcome = session.pipeline.send(&Context::new(), &mut request, Some(options)).await;
    let status = outcome.as_ref().ok().map(|response| u16::from(response.status()));
    let ms = started.elapsed().as_millis();
    tracing::debug!(path = ask.url.path(), status, ms, "{method}");
    match outcome {
        Ok(response) => {
            let told = Told::read(response.headers());
            (classify(response, session), told)
        }
        Err(error) => (classify_error(&error), Told::default()),
    }
}

fn classify(response: RawResponse, session: &Session) -> Try {
    let status = u16::from(response.status());
    if status != 401 {
        session.accept();
    }
    let after = retry::retry_after(response.headers(), OffsetDateTime::now_utc());
    let limit = HeaderName::from_static("x-ms-tenant-subscription-limit-hit");
    let hit = response.headers().get_optional_str(&limit);
    let subscriptions_left_out = hit.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    let body = redact::without_secrets(response.into_body().into());
    if (200..300).contains(&status) {
        return Try::Done(Answer { body, subscriptions_left_out });
    }
    let Refusal { code, message } = Refusal::read(status, &body);
    // The subscription belongs to another tenant; a new token for this one is refused as well.
    let foreign = code.eq_ignore_ascii_case("InvalidAuthenticationTokenTenant");
    let failed = Failed { status: Some(status), code, message };
    match status {
        401 if !foreign => Try::Renew(failed),
        _ if retry::is_passing(status) => Try::Passing { failed, after, throttled: status == 429 },
        _ => Try::Final(failed),
    }
}

fn classify_error(error: &azure_core::Error) -> Try {
    if let Some(cut) = TransportError::inside(error) {
        let failed = failed(cut.code(), cut.to_string());
        return if cut.is_passing() {
            Try::Passing { failed, after: None, throttled: false }
        } else {
            Try::Final(failed)
        };
    }
    let code = if *error.kind() == ErrorKind::Credential { "SignInFailed" } else { "RequestFailed" };
    Try::Final(failed(code, error.to_string()))
}

fn failed(code: &str, message: String) -> Failed {
    Failed { status: None, code: code.to_owned(), message: redact::line(&message, MESSAGE_LENGTH) }
}

fn stopped(why: Why) -> Failed {
    failed(why.code(), format!("{} before this was read", why.clause()))
}

fn closed() -> Failed {
    Failed {
        status: Some(429),
        code: "TooManyRequests".to_owned(),
        message: "Azure asked for a longer wait before this could be sent".to_owned(),
    }
}

/// The host of a URL, for a message.
pub(super) fn host(url: &Url) -> String {
    redact::line(url.host_str().unwrap_or("a link without a host"), 100)
}
