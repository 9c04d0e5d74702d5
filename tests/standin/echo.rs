//! A service that repeats what it was signed in to with: the token, the secret, the assertion. It finds places for it
//! and ways to spell it.

use azure_core::base64;
use serde_json::{Value, json};

use super::reply::{Body, Reply};
use super::signin::Asked;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In an error's message, in ARM's shape, with this status.
    Message(u16),
    /// In an error's message at the top level, with this status.
    Bare(u16),
    /// In an error's description, as the sign-in service writes it.
    Description(u16),
    /// As an error's code.
    Code(u16),
    /// In a page for people.
    Page(u16),
    /// In the headers of the right answer.
    Headers,
    /// In the link to the next page of the right answer.
    Link,
    /// In what the right answer names: tags, descriptions, names of things.
    Names,
}

/// How it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Plain,
    Percent,
    Base64,
    /// Every character an escape of JSON; of what is written into a message, one that stays when the JSON is read.
    Escaped,
    /// The first half.
    Cut,
    /// After so many words that a message which is cut to its usual length is cut within it.
    Late,
}

pub const SPELLINGS: [Spelling; 6] =
    [Spelling::Plain, Spelling::Percent, Spelling::Base64, Spelling::Escaped, Spelling::Cut, Spelling::Late];

/// What is repeated, where and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    pub place: Place,
    pub spelling: Spelling,
}

impl Echo {
    /// The answer with what the request signs in with.
    pub fn answer(self, asked: &Asked, right: Reply) -> Reply {
        let told = self.spell(&signs_in_with(asked));
        let error = |status: u16, body: Value| Reply::json(status, &body);
        match self.place {
            Place::Message(status) => error(status, json!({"error": {"code": "Echoed", "message": told}})),
            Place::Bare(status) => error(status, json!({"code": "Echoed", "message": told})),
            Place::Description(status) => {
                let text = format!("AADSTS7000215: {told}\r\nTrace ID: 1");
                error(status, json!({"error": "invalid_client", "error_description": text}))
            }
            Place::Code(status) => error(status, json!({"error": {"code": told, "message": "It failed."}})),
            Place::Page(status) => Reply { status, ..Reply::text(status, format!("<h1>{told}</h1>")) },
            Place::Headers => in_headers(right, &told),
            Place::Link => bent(right, |page, path| {
                let link = format!("{path}/{told}?$skiptoken={told}&api-version=2024-05-01");
                page["nextLink"] = json!(link);
            }),
            Place::Names => bent(right, |page, _| {
                for list in ["value", "data"] {
                    page[list].as_array_mut().into_iter().flatten().for_each(|one| name(one, &told));
                }
                if page.get("id").is_some() {
                    name(page, &told);
                }
            }),
        }
        .escaped(self)
    }

    fn spell(self, secret: &str) -> String {
        match self.spelling {
            Spelling::Plain => secret.to_owned(),
            Spelling::Percent => secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            Spelling::Base64 => base64::encode(format!("client:{secret}")),
            // Where JSON is to read it, the escapes are put in at the end.
            Spelling::Escaped if self.place == Place::Names => secret.to_owned(),
            Spelling::Escaped => secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
            Spelling::Cut => secret.chars().take(secret.len() / 2).collect(),
            Spelling::Late => format!("{}{secret}", "Word ".repeat(57)),
        }
    }
}

impl Reply {
    fn escaped(mut self, echo: Echo) -> Reply {
        let spelled = echo.spelling == Spelling::Escaped && echo.place == Place::Names;
        if let (true, Body::Whole(bytes)) = (spelled, &self.body) {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let token = |part: &str| {
                part.starts_with("eyJ") && part.matches('.').count() == 2 && !part.contains(['/', ' '])
            };
            let escape = |part: &str| part.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
            let parts = text.split('"').map(|part| if token(part) { escape(part) } else { part.to_owned() });
            self.body = Body::Whole(parts.collect::<Vec<String>>().join("\"").into_bytes());
        }
        self
    }
}

/// The token, the secret or the assertion in a request; all of them where there are several.
fn signs_in_with(asked: &Asked) -> String {
    let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
    let bearer = header("authorization");
    let bearer = bearer.rsplit(' ').next().unwrap_or_default().to_owned();
    let form = url::form_urlencoded::parse(asked.body).into_owned();
    let of_form = form.filter(|(name, _)| name == "client_secret" || name == "client_assertion");
    let found = [bearer, header("x-identity-header")].into_iter().chain(of_form.map(|(_, value)| value));
    found.filter(|one| !one.is_empty()).collect::<Vec<_>>().join(" ")
}

fn in_headers(mut right: Reply, told: &str) -> Reply {
    let names =
        ["x-ms-request-id", "x-ms-correlation-request-id", "Location", "Retry-After", "WWW-Authenticate"];
    right.headers.extend(names.map(|name| (name, told.to_owned())));
    right
}

/// The right page, changed; the second argument of the change is the path of its first item's list.
fn bent(mut right: Reply, change: impl Fn(&mut Value, &str)) -> Reply {
    if let Body::Whole(bytes) = &right.body
        && let Ok(mut page) = serde_json::from_slice::<Value>(bytes)
    {
        let first = page["value"][0]["id"].as_str().unwrap_or("/subscriptions/x").to_owned();
        change(&mut page, first.rsplit_once('/').map_or("", |(list, _)| list));
        right.body = Body::Whole(page.to_string().into_bytes());
    }
    right
}

/// Writes it into whatever of an object people may write to.
fn name(object: &mut Value, told: &str) {
    object["tags"] = json!({"owner": told, (told): "owner"});
    if let Some(properties) = object["properties"].as_object_mut() {
        properties.insert("description".to_owned(), json!(told));
        properties.insert("friendlyName".to_owned(), json!(told));
        for list in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"] {
            for one in properties.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                one["properties"]["privateLinkServiceConnectionState"]["description"] = json!(told);
                one["properties"]["requestMessage"] = json!(told);
            }
        }
    }
    if object.get("displayName").is_some() {
        object["displayName"] = json!(told);
    }
}
