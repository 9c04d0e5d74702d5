//! Who reads: the chosen credential, its first token, and its renewal in mid-run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{ClientOptions, Pipeline, RetryOptions};
use serde::Deserialize;

use super::announced::{self, Auth, Choice, Environment, Tried};
use super::credential::{self, Heard, SignInHttp};
use super::endpoints::{Audience, Endpoints};
use super::plan::Plan;
use super::transport::Http;
use super::{AzureError, redact};
use crate::inventory::is_guid;

/// Signing in takes a second or two; an Azure CLI that waits for something, or a metadata service that is
/// coming up, gets this long.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(120);

/// The credential in use and the pipeline that carries its token.
pub(super) struct SignIn {
    plan: Plan,
    endpoints: Endpoints,
    audience: Audience,
    http: Arc<Http>,
    session: RwLock<Arc<Session>>,
    renewal: tokio::sync::Mutex<()>,
    /// One line: who reads.
    pub description: String,
    /// The tenant of the token, where it is known.
    pub tenant: Option<String>,
}

/// One sign-in. A renewal makes a new one.
pub(super) struct Session {
    generation: u64,
    pub pipeline: Pipeline,
    /// Whether ARM ever took its token.
    accepted: AtomicBool,
    /// Whether renewing it was tried in vain.
    spent: AtomicBool,
}

impl Session {
    /// Notes that ARM took the token (whatever else it answered).
    pub(super) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }
}

impl SignIn {
    /// Chooses a credential and gets its first token, so that a refusal ends the run here.
    pub(super) async fn begin(
        auth: Auth,
        environment: &Environment<'_>,
        endpoints: &Endpoints,
        http: &Arc<Http>,
    ) -> Result<SignIn, AzureError> {
        let Choice { plan, skipped } = announced::decide(auth, environment);
        let plan = plan.map_err(|refused| AzureError::SignIn {
            refused,
            skipped: skipped.clone(),
            help: "name another way with --auth (`--auth cli` after `az login`)",
        })?;
        plan.secrets().into_iter().for_each(redact::keep);
        let audience = endpoints.audience();
        let (session, token) = match open(&plan, endpoints, &audience, http, 0).await {
            Ok(opened) => opened,
            Err(said) => {
                let refused = Tried { name: plan.name(), said };
                return Err(AzureError::SignIn { refused, skipped, help: plan.help() });
            }
        };
        let claims = Claims::of(&token);
        check_tenant(environment.tenant, &claims, &plan)?;
        Ok(SignIn {
            description: describe(&plan, &claims),
            tenant: claims.tid.or_else(|| plan.tenant().filter(|t| is_guid(t)).map(str::to_owned)),
            plan,
            endpoints: endpoints.clone(),
            audience,
            http: Arc::clone(http),
            session: RwLock::new(Arc::new(session)),
            renewal: tokio::sync::Mutex::new(()),
        })
    }

    /// The same identity with a token for another service: a sign-in of its own, so that neither token ever goes with
    /// the other's requests. `Err` is what was said, in one line without secrets.
    pub(super) async fn at(&self, audience: Audience) -> Result<SignIn, String> {
        let (session, _token) = open(&self.plan, &self.endpoints, &audience, &self.http, 0).await?;
        Ok(SignIn {
            plan: self.plan.clone(),
            endpoints: self.endpoints.clone(),
            audience,
            http: Arc::clone(&self.http),
            session: RwLock::new(Arc::new(session)),
            renewal: tokio::sync::Mutex::new(()),
            description: self.description.clone(),
            tenant: self.tenant.clone(),
        })
    }

    /// The sign-in in force.
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs in anew after ARM refused the token of `used` (azure_identity keeps its tokens, so the credential
    /// itself is rebuilt). Many requests may ask at once; one signs in, and the others find it done.
    /// `Err` says why there is no use in trying again.
    pub(super) async fn renew(&self, used: &Session) -> Result<(), String> {
        let _one_at_a_time = self.renewal.lock().await;
        let current = self.session();
        if current.generation != used.generation {
            return Ok(());
        }
        if current.spent.load(Ordering::Relaxed) {
            return Err("the sign-in could not be renewed".to_owned());
        }
        if current.generation > 0 && !current.accepted.load(Ordering::Relaxed) {
            return Err("the renewed sign-in is refused too".to_owned());
        }
        let generation = current.generation + 1;
        match open(&self.plan, &self.endpoints, &self.audience, &self.http, generation).await {
            Ok((fresh, _token)) => {
                tracing::info!("signed in anew, since the token was no longer accepted");
                *self.session.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                Ok(())
            }
            Err(said) => {
                current.spent.store(true, Ordering::Relaxed);
                Err(format!("the sign-in could not be renewed: {said}"))
            }
        }
    }
}

/// Builds the credential and gets a token for a service. `Err` is what it said, in one line without secrets.
async fn open(
    plan: &Plan,
    endpoints: &Endpoints,
    audience: &Audience,
    http: &Arc<Http>,
    generation: u64,
) -> Result<(Session, AccessToken), String> {
    let sign_in_http = SignInHttp::new(http);
    let said = |error: azure_core::Error| explain(&error, sign_in_http.heard(), plan);
    let credential = credential::build(plan, endpoints, audience, &sign_in_http).map_err(said)?;
    let scope = &audience.scope;
    let token = match tokio::time::timeout(SIGN_IN_LIMIT, credential.get_token(&[scope.as_str()], None)).await
    {
        Ok(outcome) => outcome.map_err(said)?,
        Err(_elapsed) => return Err(format!("no answer within {} seconds", SIGN_IN_LIMIT.as_secs())),
    };
    let pipeline = pipeline(&credential, scope, http);
    let session =
        Session { generation, pipeline, accepted: AtomicBool::new(false), spent: AtomicBool::new(false) };
    Ok((session, token))
}

fn pipeline(credential: &Arc<dyn TokenCredential>, scope: &str, http: &Arc<Http>) -> Pipeline {
    let bearer: Arc<dyn Policy> =
        Arc::new(BearerTokenAuthorizationPolicy::new(Arc::clone(credential), [scope.to_owned()]));
    let options = ClientOptions {
        // The SDK's retry policy heeds Retry-After for one request alone and waits as long as it says; here a
        // 429 must pause its whole subscription and a long wait must become a gap. `client` does it.
        retry: RetryOptions::none(),
        transport: Some(http.transport()),
        ..ClientOptions::default()
    };
    Pipeline::new(
        Some(env!("CARGO_PKG_NAME")),
        Some(env!("CARGO_PKG_VERSION")),
        options,
        Vec::new(),
        vec![bearer],
        None,
    )
}

/// What went wrong, preferring the server's own words over the SDK's.
fn explain(error: &azure_core::Error, heard: Option<Heard>, plan: &Plan) -> String {
    let text = match heard {
        Some(Heard::Refused { status, refusal }) => {
            if refusal.message.starts_with("HTTP ") {
                refusal.message
            } else if refusal.message.starts_with(&refusal.code) || refusal.code == "HttpStatus" {
                format!("{} (HTTP {status})", refusal.message)
            } else {
                format!("{}: {} (HTTP {status})", refusal.code, refusal.message)
            }
        }
        Some(Heard::Failed(error)) => error.to_string(),
        None => {
            let text = error.to_string();
            // The SDK appends a link to its own troubleshooting guide.
            let text = text.split("\nTo troubleshoot").next().unwrap_or_default().to_owned();
            match text.split_once("authentication failed. ") {
                Some((_credential, said)) => said.to_owned(),
                None => text,
            }
        }
    };
    redact::line_without(&text, &plan.secrets(), 500)
}

/// The claims of a token that say whose it is. Nothing is decided by them but words on the screen and the check
/// of the tenant, so the signature does not matter.
#[derive(Debug, Default, Deserialize)]
struct Claims {
    tid: Option<String>,
    appid: Option<String>,
    upn: Option<String>,
    unique_name: Option<String>,
}

impl Claims {
    /// All `None` for a token that is no JSON web token.
    fn of(token: &AccessToken) -> Claims {
        let payload = token.token.secret().split('.').nth(1).unwrap_or_default();
        azure_core::base64::decode_url_safe(payload)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }
}

fn describe(plan: &Plan, claims: &Claims) -> String {
    let user = claims.upn.as_ref().or(claims.unique_name.as_ref());
    let who = match (plan, user, &claims.appid) {
        (Plan::Cli { .. } | Plan::CloudShell { .. }, Some(user), _) => format!(", as {user}"),
        (_, _, Some(application)) => format!(", as application {application}"),
        _ => String::new(),
    };
    let tenant = claims.tid.as_deref().or(plan.tenant());
    let tenant = tenant.map(|tenant| format!(", tenant {tenant}")).unwrap_or_default();
    redact::line(&format!("{}{who}{tenant}", plan.name()), 300)
}

/// A credential that cannot be told its tenant must not quietly read another one.
fn check_tenant(wanted: Option<&str>, claims: &Claims, plan: &Plan) -> Result<(), AzureError> {
    let Some(wanted) = wanted else { return Ok(()) };
    let (name, told) = (plan.name(), plan.tenant().is_some());
    match claims.tid.as_deref() {
        Some(found) if is_guid(wanted) && !wanted.eq_ignore_ascii_case(found) => {
            Err(AzureError::OtherTenant { name, found: redact::line(found, 80), wanted: wanted.to_owned() })
        }
        Some(_) if is_guid(wanted) => Ok(()),
        _ if told => Ok(()),
        _ => Err(AzureError::TenantNotChecked { name, wanted: redact::line(wanted, 80) }),
    }
}

#[cfg(test)]
mod tests {
    use azure_core::error::ErrorKind;
    use azure_core::time::OffsetDateTime;

    use super::*;
    use crate::azure::plan::IdentitySource;
    use crate::azure::refusal::Refusal;

    const TENANT: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

    fn token(payload: &str) -> AccessToken {
        let payload = azure_core::base64::encode_url_safe(payload);
        AccessToken::new(format!("eyJ0.{payload}.sig"), OffsetDateTime::now_utc())
    }

    fn secret_plan() -> Plan {
        Plan::ClientSecret { tenant: TENANT.into(), client: "c".into(), secret: "hunter2hunter2".into() }
    }

    #[test]
    fn the_description_says_who_and_never_the_token() {
        let claims =
            Claims::of(&token(&format!(r#"{{"tid":"{TENANT}","upn":"ann@contoso.com","appid":"04b0"}}"#)));
        assert_eq!(
            describe(&Plan::Cli { tenant: None }, &claims),
            format!("Azure CLI, as ann@contoso.com, tenant {TENANT}")
        );
        assert_eq!(
            describe(&secret_plan(), &claims),
            format!("client secret (AZURE_CLIENT_SECRET), as application 04b0, tenant {TENANT}")
        );
        for opaque in ["", "opaque", "a.b.c", "a.!!.c"] {
            let claims = Claims::of(&AccessToken::new(opaque.to_owned(), OffsetDateTime::now_utc()));
            assert_eq!(describe(&Plan::Cli { tenant: None }, &claims), "Azure CLI");
        }
    }

    #[test]
    fn another_tenant_than_the_one_asked_for_is_refused() {
        let claims = Claims::of(&token(&format!(r#"{{"tid":"{TENANT}"}}"#)));
        let cli = Plan::Cli { tenant: Some("contoso.onmicrosoft.com".to_owned()) };
        assert!(check_tenant(None, &claims, &cli).is_ok());
        assert!(check_tenant(Some("contoso.onmicrosoft.com"), &claims, &cli).is_ok());
        assert!(check_tenant(Some(TENANT), &Claims::default(), &cli).is_ok());
        assert!(check_tenant(Some(&TENANT.to_uppercase()), &claims, &cli).is_ok());
        let other = "00000000-4f89-11d3-9a0c-0305e82c3301";
        assert!(matches!(check_tenant(Some(other), &claims, &cli), Err(AzureError::OtherTenant { .. })));
    }

    #[test]
    fn a_tenant_that_nobody_was_told_and_nobody_can_check_is_refused() {
        let claims = Claims::of(&token(&format!(r#"{{"tid":"{TENANT}"}}"#)));
        let identity = Plan::ManagedIdentity { client: None, source: IdentitySource::Endpoint };
        assert!(check_tenant(None, &Claims::default(), &identity).is_ok());
        assert!(check_tenant(Some(TENANT), &claims, &identity).is_ok());
        for (wanted, claims) in [("contoso.com", &claims), (TENANT, &Claims::default())] {
            let checked = check_tenant(Some(wanted), claims, &identity);
            assert!(matches!(checked, Err(AzureError::TenantNotChecked { .. })), "{wanted}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words_without_secrets() {
        let error = azure_core::Error::with_message(
            ErrorKind::Credential,
            "ClientSecretCredential authentication failed. secret hunter2hunter2 is bad\nTo troubleshoot, visit x",
        );
        assert_eq!(explain(&error, None, &secret_plan()), "secret *** is bad");
        let refusal = Refusal { code: "AADSTS70".into(), message: "AADSTS70: no hunter2hunter2".into() };
        let heard = Heard::Refused { status: 401, refusal };
        assert_eq!(explain(&error, Some(heard), &secret_plan()), "AADSTS70: no *** (HTTP 401)");
        let heard = Heard::Refused { status: 502, refusal: Refusal::read(502, b"<html>") };
        assert_eq!(explain(&error, Some(heard), &secret_plan()), "HTTP 502 with a body that is not JSON");
        let refusal = Refusal { code: "invalid_request".into(), message: "Identity not found".into() };
        let heard = Heard::Refused { status: 400, refusal };
        let said = explain(&error, Some(heard), &secret_plan());
        assert_eq!(said, "invalid_request: Identity not found (HTTP 400)");
    }
}
