//! What stands between a request and its answer: who is let in, what strikes, what is written down.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::Settings;
use super::arm::{Arm, Paging};
use super::fault::{Fault, Faults};
use super::graph::{Caller, Index};
use super::journal::{Door, Entry, Journal};
use super::reply::{Body, Reply};
use super::rights::Rights;
use super::serve::Call;
use super::signin::{self, Asked, Life};
use super::store::Store;
use super::throttle::Meters;
use super::tokens::{Standing, Tokens};

/// Everything that all doors share.
pub struct Shared {
    pub arm: Arm,
    pub index: Index,
    pub login_origin: String,
    pub metrics_origin: String,
    pub tokens: Tokens,
    pub faults: Faults,
    pub journal: Journal,
    pub life: Life,
    pub latency: Duration,
    pub revoke_after: Option<usize>,
    pub answered: AtomicUsize,
    pub meters: Option<Meters>,
    pub rights: Option<Rights>,
}

impl Shared {
    pub fn new(
        objects: Vec<Value>,
        settings: Settings,
        arm: SocketAddr,
        login: SocketAddr,
        metrics: SocketAddr,
    ) -> Self {
        let lower = |id: &String| id.to_ascii_lowercase();
        let permissions = permissions(&objects, &settings);
        let arm = Arm {
            store: Store::new(objects),
            origin: format!("https://{arm}"),
            paging: Paging { size: settings.page_size, empty_pages: settings.empty_pages },
            hidden: settings.hidden.iter().map(lower).collect(),
            management_groups: settings.management_groups.iter().map(below).collect(),
            permissions,
            marks: Default::default(),
            flows: settings.flows.clone(),
        };
        let index = Index {
            page_size: settings.graph_page,
            metadata: settings.graph_metadata,
            connections: settings.graph_connections,
            tabular: settings.graph_tables,
            overrides: settings.graph_overrides,
            missing: settings.graph_missing.iter().map(lower).collect(),
            marks: Default::default(),
        };
        let tokens = Tokens::default();
        for secret in [signin::SECRET, signin::IDENTITY_HEADER, signin::REQUEST_TOKEN, signin::ASSERTION] {
            tokens.keep_secret(secret);
        }
        Shared {
            arm,
            index,
            login_origin: format!("https://{login}"),
            metrics_origin: format!("https://{metrics}"),
            tokens,
            faults: Faults::new(settings.storm),
            journal: Journal::new(),
            life: Life { told: settings.token_told, real: settings.token_life },
            latency: settings.latency,
            revoke_after: settings.revoke_after,
            answered: AtomicUsize::new(0),
            meters: settings.throttle.map(Meters::new),
            rights: settings.rights,
        }
    }
}

/// What each subscription (in lower case) tells the caller of their rights, where they are not a reader's.
fn permissions(objects: &[Value], settings: &Settings) -> BTreeMap<String, Value> {
    let ids = objects.iter().filter_map(|object| object["subscriptionId"].as_str());
    let of_role = settings.rights.iter().flat_map(|rights| ids.clone().map(|id| (id, rights.entries())));
    let named = settings.permissions.iter().map(|(id, value)| (id.as_str(), value.clone()));
    of_role.chain(named).map(|(id, value)| (id.to_ascii_lowercase(), value)).collect()
}

impl Shared {
    /// Whether a token was asked for the metrics service, and so for nobody else.
    fn is_for_metrics(&self, token: &str) -> bool {
        self.tokens.audience_of(token).starts_with(&self.metrics_origin)
    }
}

/// Answers one request and writes it down.
pub async fn answer(shared: Arc<Shared>, door: Door, call: Call) -> Reply {
    let at = shared.journal.elapsed();
    let subscription = call.path.split('/').nth(2).unwrap_or_default().to_ascii_lowercase();
    let (reply, authorised) = match door {
        Door::Arm => {
            let _under_way = shared.journal.under_way(&subscription);
            management(&shared, &call).await
        }
        Door::Metrics => metrics(&shared, &call).await,
        Door::Login => (login(&shared, &call), true),
        Door::Identity => (identity(&shared, &call), true),
        Door::Foreign => (Reply::text(200, r#"{"value":[]}"#), false),
    };
    let header = |name: &str| call.headers.get(name).cloned();
    shared.journal.write(Entry {
        door,
        at,
        host: header("host").unwrap_or_default(),
        bore_token: header("authorization").is_some(),
        authorised,
        status: reply.status,
        method: call.method,
        path: call.path,
        query: call.query,
    });
    reply
}

fn login(shared: &Shared, call: &Call) -> Reply {
    let struck = shared.faults.strike(&call.path);
    let instead = struck.iter().find_map(|fault| fault.instead(&call.path));
    let right = || signin::login(&asked(call), &shared.login_origin, &shared.tokens, shared.life);
    echoed(&struck, call, instead.unwrap_or_else(right))
}

fn identity(shared: &Shared, call: &Call) -> Reply {
    let struck = shared.faults.strike(&call.path);
    echoed(&struck, call, signin::identity(&asked(call), &shared.tokens, shared.life))
}

/// The answer with what the request signs in with, where it is to be repeated.
fn echoed(struck: &[Fault], call: &Call, reply: Reply) -> Reply {
    struck.iter().fold(reply, |reply, fault| match fault {
        Fault::Echo(echo) => echo.answer(&asked(call), reply),
        _ => reply,
    })
}

fn asked(call: &Call) -> Asked<'_> {
    Asked {
        method: &call.method,
        path: &call.path,
        query: &call.query,
        headers: &call.headers,
        body: &call.body,
    }
}

/// The management API: latency, the token, the limits, the faults, then the estate. Says too whether the caller was let in.
async fn management(shared: &Shared, call: &Call) -> (Reply, bool) {
    tokio::time::sleep(shared.latency).await;
    if let Some(reply) = shut_out(shared, call, false) {
        return (reply, false);
    }
    let limits = shared.meters.as_ref().map(|meters| meters.admit(call.path.trim_end_matches('/')));
    let told = match limits {
        None => vec![("x-ms-ratelimit-remaining-subscription-reads", "249".to_owned())],
        Some(Ok(headers)) => headers,
        Some(Err(reply)) => return (reply, true),
    };
    let is_query = call.method == "POST" && call.path.eq_ignore_ascii_case(GRAPH);
    if call.method != "GET" && !is_query {
        return (Reply::error(405, "MethodNotAllowed", "The stand-in is read only."), true);
    }
    if Some(shared.answered.fetch_add(1, Ordering::SeqCst) + 1) == shared.revoke_after {
        shared.tokens.revoke();
    }
    let path = call.path.trim_end_matches('/');
    if let Some(reply) = shared.rights.as_ref().and_then(|rights| rights.refuse(&call.method, path)) {
        return (reply, true);
    }
    let struck = shared.faults.strike(path);
    for fault in &struck {
        if let Fault::Late(time) = fault {
            tokio::time::sleep(*time).await;
        } else if let Some(reply) = fault.instead(path) {
            return (reply, true);
        }
    }
    let mut reply = if is_query { query(shared, call) } else { shared.arm.answer(path, &call.query) };
    reply.headers.extend(told);
    reply.headers.push(("x-ms-request-id", format!("{:08}", shared.answered.load(Ordering::SeqCst))));
    reply = echoed(&struck, call, reply);
    for fault in struck {
        reply = match fault {
            Fault::Cut => reply.cut(),
            Fault::Slow(pause) => reply.slow(pause),
            Fault::NextLink(link) => lead_on(reply, &link),
            Fault::Loop => {
                let link = format!("{}{path}?{}", shared.arm.origin, call.query);
                lead_on(reply, &link)
            }
            Fault::Again => {
                let number = shared.answered.load(Ordering::SeqCst);
                let link = format!("{}{path}?{}&again={number}", shared.arm.origin, call.query);
                lead_on(reply, &link)
            }
            Fault::Twice if !call.query.contains("&twice=") => {
                let link = format!("{}{path}?{}&twice=1", shared.arm.origin, call.query);
                lead_on(reply, &link)
            }
            _ => reply,
        };
    }
    (reply, true)
}

/// The metrics service: the token, the faults, then what was measured.
async fn metrics(shared: &Shared, call: &Call) -> (Reply, bool) {
    tokio::time::sleep(shared.latency).await;
    if let Some(reply) = shut_out(shared, call, true) {
        return (reply, false);
    }
    if call.method != "POST" {
        return (Reply::error(405, "MethodNotAllowed", "The metrics service takes questions alone."), true);
    }
    if let Some(reply) = shared.rights.as_ref().and_then(|rights| rights.refuse(&call.method, &call.path)) {
        return (reply, true);
    }
    let struck = shared.faults.strike(&call.path);
    if let Some(reply) = struck.iter().find_map(|fault| fault.instead(&call.path)) {
        return (reply, true);
    }
    let right = shared.arm.flows.many(&shared.arm.store, &call.path, &call.query, &call.body);
    (echoed(&struck, call, right), true)
}

/// Where queries are posted to.
const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

fn query(shared: &Shared, call: &Call) -> Reply {
    let arm = &shared.arm;
    let is_shut_out = |id: &str| {
        arm.hidden.iter().any(|hidden| hidden == id)
            || shared.faults.shut_out(&format!("/subscriptions/{id}"))
    };
    let permissions = |id: &str| arm.permissions.get(id).cloned();
    let caller = Caller { is_shut_out: &is_shut_out, permissions: &permissions };
    shared.index.answer(&arm.store, &caller, &call.query, &call.body)
}

/// The answer to a caller without a token that is good, and is for this service.
fn shut_out(shared: &Shared, call: &Call, is_metrics: bool) -> Option<Reply> {
    let header = call.headers.get("authorization").map(String::as_str).unwrap_or_default();
    let (code, standing) = match header.strip_prefix("Bearer ") {
        None => ("AuthenticationFailed", Standing::Unknown),
        Some(token) => match shared.tokens.standing(token) {
            Standing::Good if is_metrics == shared.is_for_metrics(token) => return None,
            Standing::Good => ("InvalidAuthenticationToken", Standing::Unknown),
            Standing::Expired => ("ExpiredAuthenticationToken", Standing::Expired),
            Standing::Unknown => ("InvalidAuthenticationToken", Standing::Unknown),
        },
    };
    let mut reply = Reply::error(401, code, &format!("The access token is not accepted ({standing:?})."));
    let authority = &shared.login_origin;
    let challenge = format!(
        r#"Bearer authorization_uri="{authority}/{}", error="invalid_token", error_description="The token is not good.""#,
        signin::TENANT
    );
    reply.headers.push(("WWW-Authenticate", challenge));
    Some(reply)
}

/// The same page with another `nextLink`.
fn lead_on(mut reply: Reply, link: &str) -> Reply {
    if let Body::Whole(bytes) = &reply.body
        && let Ok(mut page) = serde_json::from_slice::<Value>(bytes)
    {
        let member = if page.get("data").is_some() { "$skipToken" } else { "nextLink" };
        page[member] = Value::from(link);
        reply.body = Body::Whole(page.to_string().into_bytes());
    }
    reply
}

/// A group as its list of descendants tells it: groups below it come with the subscriptions.
fn below((group, subscriptions): (&String, &Vec<String>)) -> (String, Vec<serde_json::Value>) {
    let child = serde_json::json!({"id": "/providers/Microsoft.Management/managementGroups/child",
        "type": "Microsoft.Management/managementGroups", "name": "child"});
    let of = |id: &String| {
        serde_json::json!({"id": format!("/subscriptions/{id}"), "name": id,
            "type": "Microsoft.Management/managementGroups/subscriptions"})
    };
    (group.to_ascii_lowercase(), std::iter::once(child).chain(subscriptions.iter().map(of)).collect())
}
