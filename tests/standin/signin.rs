//! Who may have a token: the sign-in service, identity endpoints, the pipeline's own issuer. Knows nothing of what
//! a token is good for.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::reply::Reply;
use super::tokens::{Tokens, unix_in};

pub const TENANT: &str = "7e0a11d0-0000-4000-8000-00000000a001";
/// The service principal, which signs in by secret or by assertion.
pub const CLIENT: &str = "7e0a11d0-0000-4000-8000-00000000c001";
pub const SECRET: &str = "Stand~In.Client-Secret_0123456789";
/// A user-assigned identity of the host.
pub const IDENTITY: &str = "7e0a11d0-0000-4000-8000-00000000d001";
/// The host's own identity.
const OWN_IDENTITY: &str = "7e0a11d0-0000-4000-8000-00000000d000";
/// The person behind Cloud Shell and the Azure CLI.
pub const USER: &str = "somebody@example.com";
/// What a host's identity endpoint wants to see in `X-IDENTITY-HEADER`.
pub const IDENTITY_HEADER: &str = "StandInIdentityHeader0123456789";
/// What GitHub's or the pipeline's token issuer wants to see as bearer token.
pub const REQUEST_TOKEN: &str = "StandInOidcRequestToken0123456789";
/// The assertion that the sign-in service trusts; the issuers hand it out.
pub const ASSERTION: &str = "eyJhbGciOiJub25lIn0.c3RhbmQtaW4tYXNzZXJ0aW9u.c2lnbmVk";

const EXCHANGE: &str = "api://AzureADTokenExchange";

/// A request as this page needs it: names of headers in lower case.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HashMap<String, String>,
    pub body: &'a [u8],
}

impl Asked<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    fn in_query(&self, name: &str) -> Option<String> {
        find(self.query.as_bytes(), name)
    }

    fn in_form(&self, name: &str) -> Option<String> {
        find(self.body, name)
    }
}

/// The claims of an application's token.
fn application(id: &str) -> Value {
    json!({"tid": TENANT, "appid": id, "idtyp": "app"})
}

/// The claims of a person's token.
pub fn user() -> Value {
    json!({"tid": TENANT, "upn": USER, "idtyp": "user", "scp": "user_impersonation"})
}

fn find(pairs: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(pairs).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// How long tokens live.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// What the client is told, in seconds.
    pub told: u64,
    /// How long the token is taken in truth.
    pub real: Duration,
}

/// The sign-in service and, under `/oidc`, the token issuers of GitHub Actions and of Azure Pipelines.
pub fn login(asked: &Asked, origin: &str, tokens: &Tokens, life: Life) -> Reply {
    let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    match (asked.method, parts.as_slice()) {
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => grant(asked, tenant, tokens, life),
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            let base = format!("{origin}/{tenant}");
            let issuer = format!("{base}/v2.0");
            let token = format!("{base}/oauth2/v2.0/token");
            Reply::json(200, &json!({"issuer": issuer, "token_endpoint": token}))
        }
        ("GET", ["common", "discovery", "instance"]) => {
            let tenant = format!("{origin}/{TENANT}/v2.0/.well-known/openid-configuration");
            Reply::json(
                200,
                &json!({"tenant_discovery_endpoint": tenant, "api-version": "1.1", "metadata": []}),
            )
        }
        ("GET", ["oidc", "github"]) => github(asked),
        ("POST", ["oidc", "pipelines"]) => pipelines(asked),
        _ => Reply::error(404, "NotFound", "The sign-in service has nothing here."),
    }
}

/// The client credentials grant (Microsoft identity platform: OAuth 2.0 client credentials flow).
fn grant(asked: &Asked, tenant: &str, tokens: &Tokens, life: Life) -> Reply {
    let form = |name: &str| asked.in_form(name).unwrap_or_default();
    if !tenant.eq_ignore_ascii_case(TENANT) {
        return refusal(400, "invalid_request", 90002, &format!("Tenant '{tenant}' not found."));
    }
    if form("grant_type") != "client_credentials" {
        return refusal(400, "unsupported_grant_type", 70003, "The grant type is not supported.");
    }
    let scope = form("scope");
    if !scope.starts_with("https://") || !scope.ends_with("/.default") {
        return refusal(400, "invalid_scope", 70011, &format!("The scope '{scope}' is not valid."));
    }
    if form("client_id") != CLIENT {
        let message = format!("Application '{}' was not found in the directory.", form("client_id"));
        return refusal(400, "unauthorized_client", 700016, &message);
    }
    if let Some(assertion) = asked.in_form("client_assertion") {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        if form("client_assertion_type") != kind || assertion != ASSERTION {
            return refusal(401, "invalid_client", 700213, "No matching federated identity record found.");
        }
    } else if form("client_secret") != SECRET {
        return refusal(401, "invalid_client", 7000215, "Invalid client secret provided.");
    }
    let token = tokens.issue(&scope, application(CLIENT), life.real);
    let body = json!({"token_type": "Bearer", "expires_in": life.told, "ext_expires_in": life.told,
        "access_token": token});
    Reply::json(200, &body)
}

/// An error as the sign-in service writes it (Microsoft Entra authentication and authorization error codes).
fn refusal(status: u16, error: &str, code: u32, message: &str) -> Reply {
    let trace = "00000000-0000-4000-8000-0000000000ff";
    let body = json!({
        "error": error,
        "error_description": format!(
            "AADSTS{code}: {message}\r\nTrace ID: {trace}\r\nCorrelation ID: {trace}\r\nTimestamp: 2025-01-01 00:00:00Z"
        ),
        "error_codes": [code],
        "timestamp": "2025-01-01 00:00:00Z",
        "trace_id": trace,
        "correlation_id": trace,
        "error_uri": format!("https://login.example/error?code={code}"),
    });
    Reply::json(status, &body)
}

/// GitHub Actions: GET with `audience`, bearer token, `{"value"}` (GitHub docs: OpenID Connect reference).
fn github(asked: &Asked) -> Reply {
    if !bears(asked, REQUEST_TOKEN) {
        return Reply::error(401, "Unauthorized", "The request token is wrong.");
    }
    if asked.in_query("audience").as_deref() != Some(EXCHANGE) {
        return Reply::error(400, "BadRequest", "The audience is wrong.");
    }
    Reply::json(200, &json!({"count": ASSERTION.len(), "value": ASSERTION}))
}

/// Azure Pipelines: POST with `serviceConnectionId`, bearer token, `{"oidcToken"}` (Azure DevOps REST: OIDC token).
fn pipelines(asked: &Asked) -> Reply {
    if !bears(asked, REQUEST_TOKEN) {
        return Reply::error(401, "Unauthorized", "The system access token is wrong.");
    }
    if asked.in_query("serviceConnectionId").is_none_or(|id| id.is_empty()) {
        return Reply::error(400, "BadRequest", "The service connection is missing.");
    }
    Reply::json(200, &json!({"oidcToken": ASSERTION}))
}

fn bears(asked: &Asked, token: &str) -> bool {
    let header = asked.header("authorization");
    header.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
        && header.get(7..) == Some(token)
}

/// A host's identity endpoint over plain HTTP: `/msi/token` as App Service has it, `/oauth2/token` as Cloud Shell.
pub fn identity(asked: &Asked, tokens: &Tokens, life: Life) -> Reply {
    match asked.path {
        "/msi/token" if asked.method == "GET" => app_service(asked, tokens, life),
        "/oauth2/token" if asked.method == "GET" || asked.method == "POST" => {
            cloud_shell(asked, tokens, life)
        }
        _ => Reply::error(404, "NotFound", "The identity endpoint has nothing here."),
    }
}

/// App Service docs: how to use managed identities, REST endpoint reference.
fn app_service(asked: &Asked, tokens: &Tokens, life: Life) -> Reply {
    if asked.header("x-identity-header") != IDENTITY_HEADER {
        return Reply::json(401, &json!({"statusCode": 401, "message": "The identity header is wrong."}));
    }
    let Some(resource) = asked.in_query("resource") else {
        return Reply::json(400, &json!({"statusCode": 400, "message": "The resource is missing."}));
    };
    if asked.in_query("api-version").as_deref() != Some("2019-08-01") {
        return Reply::json(400, &json!({"statusCode": 400, "message": "The api-version is wrong."}));
    }
    let client = asked.in_query("client_id");
    if client.as_deref().is_some_and(|id| id != IDENTITY) {
        return Reply::json(400, &json!({"statusCode": 400, "message": "No such identity on this host."}));
    }
    let client = client.unwrap_or_else(|| OWN_IDENTITY.to_owned());
    let token = tokens.issue(&resource, application(&client), life.real);
    let body = json!({"access_token": token, "expires_on": unix_in(life.told).to_string(), "resource": resource,
        "token_type": "Bearer", "client_id": client});
    Reply::json(200, &body)
}

/// Azure Cloud Shell docs: acquire a token in Azure Cloud Shell.
fn cloud_shell(asked: &Asked, tokens: &Tokens, life: Life) -> Reply {
    if !asked.header("metadata").eq_ignore_ascii_case("true") {
        return Reply::error(400, "BadRequest", "The Metadata header is missing.");
    }
    let resource = asked.in_form("resource").or_else(|| asked.in_query("resource")).unwrap_or_default();
    if !resource.starts_with("https://management.") && !resource.starts_with("https://127.0.0.1:") {
        let message = format!("Audience '{resource}' is not among those that are served.");
        return Reply::error(400, "AudienceNotSupported", &message);
    }
    let token = tokens.issue(&resource, user(), life.real);
    let body = json!({"access_token": token, "refresh_token": "",
        "expires_in": life.told.to_string(), "expires_on": unix_in(life.told).to_string(),
        "not_before": unix_in(0).to_string(), "resource": resource, "token_type": "Bearer"});
    Reply::json(200, &body)
}
