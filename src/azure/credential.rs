//! A plan → a credential of the SDK, or one of ours where the SDK has none. Keeps tokens; shows none.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::HeaderName;
use azure_core::http::{
    AsyncRawResponse, Body, ClientMethodOptions, ClientOptions, ExponentialRetryOptions, HttpClient, Method,
    Request, RetryOptions, Transport,
};
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use serde::Deserialize;
use url::Url;

use super::endpoints::{Audience, Endpoints};
use super::plan::Plan;
use super::redact;
use super::refusal::Refusal;
use super::transport::{Http, TransportError, into_sdk};

/// A token is asked for anew when it has no longer than this left.
const SPARE: Duration = Duration::seconds(300);

/// A token is not asked for anew within this time, whatever is said of its end. Where this machine's clock goes an hour
/// ahead, every token seems to have ended, and the Azure CLI would be run before each request. Whether it has ended,
/// the service says.
const AT_MOST_EVERY: std::time::Duration = std::time::Duration::from_secs(30);

/// Builds the credential of a plan, for tokens of one service: it keeps the last one, whatever it is asked for. Nothing
/// is sent yet.
pub(super) fn build(
    plan: &Plan,
    endpoints: &Endpoints,
    audience: &Audience,
    http: &Arc<SignInHttp>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let client_options = client_options(endpoints, http);
    let inner: Arc<dyn TokenCredential> = match plan {
        Plan::ClientSecret { tenant, client, secret } => ClientSecretCredential::new(
            tenant,
            client.clone(),
            secret.clone(),
            Some(ClientSecretCredentialOptions { client_options }),
        )?,
        Plan::WorkloadIdentity { tenant, client, file } => {
            WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(client.clone()),
                tenant_id: Some(tenant.clone()),
                token_file_path: Some(file.clone()),
            }))?
        }
        Plan::GithubOidc { tenant, client, url, token } => ClientAssertionCredential::new(
            tenant.clone(),
            client.clone(),
            GithubAssertion { url: url.clone(), token: token.clone(), http: Arc::clone(http) },
            Some(ClientAssertionCredentialOptions { client_options }),
        )?,
        Plan::AzurePipelines { tenant, client, connection, token } => AzurePipelinesCredential::new(
            tenant.clone(),
            client.clone(),
            connection,
            token.clone(),
            Some(AzurePipelinesCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
            }),
        )?,
        Plan::CloudShell { endpoint } => Arc::new(CloudShellCredential {
            endpoint: endpoint.clone(),
            resource: audience.resource.clone(),
            http: Arc::clone(http),
        }),
        Plan::ManagedIdentity { client, .. } => {
            ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id: client.clone().map(UserAssignedId::ClientId),
                client_options,
            }))?
        }
        Plan::Cli { tenant } => AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id: tenant.clone(),
            ..AzureCliCredentialOptions::default()
        }))?,
    };
    Ok(Arc::new(Remembering { inner, token: tokio::sync::Mutex::new(None) }))
}

fn client_options(endpoints: &Endpoints, http: &Arc<SignInHttp>) -> ClientOptions {
    // Always a custom cloud: with none given, azure_identity would read AZURE_AUTHORITY_HOST by itself.
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = endpoints.authority().as_str().to_owned();
    ClientOptions {
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 3,
            ..ExponentialRetryOptions::default()
        }),
        transport: Some(Transport::new(Arc::clone(http) as Arc<dyn HttpClient>)),
        cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
        ..ClientOptions::default()
    }
}

/// The transport for signing in. It keeps what the last refusing answer said: azure_identity 1.0 loses it when
/// the description holds an escaped line break, and repeats whole bodies elsewhere.
pub(super) struct SignInHttp {
    http: Arc<Http>,
    last: Mutex<Option<Heard>>,
}

/// What the last exchange that failed came to.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Refused { status: u16, refusal: Refusal },
    Failed(TransportError),
}

impl SignInHttp {
    pub(super) fn new(http: &Arc<Http>) -> Arc<Self> {
        Arc::new(SignInHttp { http: Arc::clone(http), last: Mutex::new(None) })
    }

    /// What the last exchange said, if it failed.
    pub(super) fn heard(&self) -> Option<Heard> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for SignInHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInHttp").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for SignInHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        sent(request).for_each(|secret| redact::keep(&secret));
        let outcome = self.http.exchange(request).await;
        if let Ok(answer) = &outcome
            && (200..300).contains(&answer.status)
        {
            given(&answer.body).for_each(|secret| redact::keep(&secret));
        }
        let heard = match &outcome {
            Ok(answer) if (200..300).contains(&answer.status) => None,
            Ok(answer) => Some(Heard::Refused {
                status: answer.status,
                refusal: Refusal::read(answer.status, &answer.body),
            }),
            Err(error) => Some(Heard::Failed(error.clone())),
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = heard;
        let answer = outcome.map_err(|error| {
            if super::transport::is_this_machine(request.url()) {
                // An identity endpoint that is not there will not come up; do not wait for it.
                return azure_core::Error::new(ErrorKind::Other, error);
            }
            into_sdk(error)
        })?;
        Ok(AsyncRawResponse::from_bytes(answer.status.into(), answer.headers, answer.body))
    }
}

/// The secrets in a request for a token: a header's, or a form's (Microsoft identity platform: "OAuth 2.0 client
/// credentials flow"; App Service docs: "REST endpoint reference" of managed identities).
fn sent(request: &Request) -> impl Iterator<Item = String> {
    let headers = ["authorization", "x-identity-header", "secret"];
    let of_header = |name| request.headers().get_optional_str(&HeaderName::from_static(name));
    let headers = headers.into_iter().filter_map(of_header);
    let headers = headers.map(|value| value.rsplit(' ').next().unwrap_or_default().to_owned());
    let form = if let Body::Bytes(bytes) = request.body() { bytes.as_ref() } else { b"" };
    let form = url::form_urlencoded::parse(form).into_owned().collect::<Vec<_>>();
    let is_secret = |name: &str| matches!(name, "client_secret" | "client_assertion" | "assertion");
    headers.chain(form.into_iter().filter(move |(name, _)| is_secret(name)).map(|(_, value)| value))
}

/// The secrets in an answer: the token, or what it is asked for with (GitHub docs: "OpenID Connect reference"; Azure DevOps
/// REST: "Oidctoken - Create").
fn given(body: &[u8]) -> impl Iterator<Item = String> {
    let names = ["access_token", "refresh_token", "id_token", "oidcToken", "value"];
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    names.into_iter().filter_map(move |name| answer.get(name)?.as_str().map(str::to_owned))
}

/// Keeps the token, since the credentials for the Azure CLI and for Cloud Shell do not; one asks, all wait.
struct Remembering {
    inner: Arc<dyn TokenCredential>,
    token: tokio::sync::Mutex<Option<(AccessToken, Instant)>>,
}

impl fmt::Debug for Remembering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remembering(***)")
    }
}

#[async_trait]
impl TokenCredential for Remembering {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let mut kept = self.token.lock().await;
        if let Some((token, since)) = kept.as_ref()
            && (token.expires_on > OffsetDateTime::now_utc() + SPARE || since.elapsed() < AT_MOST_EVERY)
        {
            return Ok(token.clone());
        }
        let fresh = self.inner.get_token(scopes, options).await?;
        // The Azure CLI gives it without a request.
        redact::keep(fresh.token.secret());
        *kept = Some((fresh.clone(), Instant::now()));
        Ok(fresh)
    }
}

/// Cloud Shell's local endpoint, which hands out tokens of the signed-in user. azure_identity recognises it and
/// refuses ("CloudShell managed identity isn't supported").
struct CloudShellCredential {
    endpoint: Url,
    resource: String,
    http: Arc<SignInHttp>,
}

impl fmt::Debug for CloudShellCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudShellCredential").field("endpoint", &self.endpoint.as_str()).finish()
    }
}

#[derive(Deserialize)]
struct CloudShellToken {
    access_token: Secret,
    /// Seconds since 1970, as text or as a number.
    expires_on: serde_json::Value,
}

#[async_trait]
impl TokenCredential for CloudShellCredential {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let mut request = Request::new(self.endpoint.clone(), Method::Post);
        request.insert_header("metadata", "true");
        request.insert_header("content-type", "application/x-www-form-urlencoded");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("resource", &self.resource)
            .finish();
        request.set_body(body);
        let token: CloudShellToken = parse(&self.http, &request).await?;
        let seconds = match &token.expires_on {
            serde_json::Value::String(text) => text.parse::<i64>().ok(),
            other => other.as_i64(),
        };
        let expires_on = seconds
            .and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok())
            .ok_or_else(|| credential_error("the answer does not say when the token expires"))?;
        Ok(AccessToken::new(token.access_token, expires_on))
    }
}

/// Asks GitHub for the job's identity token (GitHub docs: "OpenID Connect reference").
struct GithubAssertion {
    url: Url,
    token: Secret,
    http: Arc<SignInHttp>,
}

impl fmt::Debug for GithubAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GithubAssertion(***)")
    }
}

#[derive(Deserialize)]
struct GithubToken {
    value: Secret,
}

#[async_trait]
impl ClientAssertion for GithubAssertion {
    async fn secret(&self, _options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let mut url = self.url.clone();
        // Azure docs: "Workload identity federation": the audience that Entra expects.
        url.query_pairs_mut().append_pair("audience", "api://AzureADTokenExchange");
        let mut request = Request::new(url, Method::Get);
        request.insert_header("authorization", format!("Bearer {}", self.token.secret()));
        request.insert_header("accept", "application/json");
        let token: GithubToken = parse(&self.http, &request).await?;
        Ok(token.value.secret().to_owned())
    }
}

/// Sends a request for a token. An error never repeats the body, which may hold one.
async fn parse<T: serde::de::DeserializeOwned>(
    http: &SignInHttp,
    request: &Request,
) -> azure_core::Result<T> {
    let answer = http.execute_request(request).await?.try_into_raw_response().await?;
    if !answer.status().is_success() {
        return Err(credential_error("the request for a token was refused"));
    }
    serde_json::from_slice(answer.body()).map_err(|_| credential_error("the answer holds no token"))
}

fn credential_error(message: &'static str) -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Credential, message)
}
