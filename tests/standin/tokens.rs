//! Access tokens: issued, checked, taken back. Knows nothing of who asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use azure_core::base64::encode_url_safe;
use serde_json::{Value, json};

/// Whether a bearer token opens the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Good,
    Expired,
    Unknown,
}

#[derive(Debug, Default)]
struct Issued {
    /// Token → until when; `None` once it was taken back.
    tokens: BTreeMap<String, Option<Instant>>,
    /// Token → what it was asked for.
    audience_of: BTreeMap<String, String>,
    audiences: BTreeSet<String>,
    /// What must never be shown or written by a client, tokens included.
    secrets: Vec<String>,
    count: u32,
}

/// Every token that was ever issued.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<Issued>);

/// Seconds since 1970 in so many seconds from now.
pub fn unix_in(seconds: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + seconds
}

impl Tokens {
    /// A new JSON web token as Entra makes them, unsigned; `claims` says whose it is.
    pub fn issue(&self, audience: &str, mut claims: Value, life: Duration) -> String {
        let mut issued = self.0.lock().unwrap();
        issued.count += 1;
        claims["aud"] = json!(audience);
        claims["uti"] = json!(format!("StandIn{:06}", issued.count));
        claims["exp"] = json!(unix_in(life.as_secs()));
        let head = encode_url_safe(r#"{"typ":"JWT","alg":"none"}"#);
        let token =
            format!("{head}.{}.{}", encode_url_safe(claims.to_string()), encode_url_safe("not signed"));
        issued.tokens.insert(token.clone(), Some(Instant::now() + life));
        issued.audience_of.insert(token.clone(), audience.to_owned());
        issued.audiences.insert(audience.to_owned());
        issued.secrets.push(token.clone());
        token
    }

    pub fn standing(&self, token: &str) -> Standing {
        match self.0.lock().unwrap().tokens.get(token) {
            Some(Some(until)) if Instant::now() < *until => Standing::Good,
            Some(_) => Standing::Expired,
            None => Standing::Unknown,
        }
    }

    /// What a token was asked for.
    pub fn audience_of(&self, token: &str) -> String {
        self.0.lock().unwrap().audience_of.get(token).cloned().unwrap_or_default()
    }

    /// Takes back every token issued so far.
    pub fn revoke(&self) {
        self.0.lock().unwrap().tokens.values_mut().for_each(|until| *until = None);
    }

    /// How many were issued.
    pub fn issued(&self) -> usize {
        self.0.lock().unwrap().tokens.len()
    }

    /// What they were asked for: a scope or a resource.
    pub fn audiences(&self) -> Vec<String> {
        self.0.lock().unwrap().audiences.iter().cloned().collect()
    }

    /// Remembers something that must never be shown.
    pub fn keep_secret(&self, secret: &str) {
        self.0.lock().unwrap().secrets.push(secret.to_owned());
    }

    /// Everything that must never be shown: tokens, secrets, assertions.
    pub fn secrets(&self) -> Vec<String> {
        self.0.lock().unwrap().secrets.clone()
    }
}
