//! What types that hold a secret show of themselves: nothing of it, for whoever logs or asserts one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use azure_core::credentials::{AccessToken, Secret};
use azure_core::http::headers::Headers;
use azure_core::http::{Method, Request};
use azure_core::time::OffsetDateTime;
use url::Url;

use super::announced::{Choice, Tried};
use super::credential::{self, SignInHttp};
use super::endpoints::{Audience, Endpoints};
use super::plan::{IdentitySource, Plan};
use super::transport::{Exchanged, Http};
use crate::inventory::Cloud;

const HELD: &str = "Held~And.Never-Shown_0123456789";

fn url() -> Url {
    Url::parse("https://localhost/x").unwrap()
}

fn plans() -> [Plan; 7] {
    let (tenant, client) = ("t".to_owned(), "c".to_owned());
    let token = || Secret::from(HELD.to_owned());
    [
        Plan::ClientSecret { tenant: tenant.clone(), client: client.clone(), secret: token() },
        Plan::WorkloadIdentity { tenant: tenant.clone(), client: client.clone(), file: PathBuf::from("f") },
        Plan::GithubOidc { tenant: tenant.clone(), client: client.clone(), url: url(), token: token() },
        Plan::AzurePipelines { tenant, client: client.clone(), connection: "s".to_owned(), token: token() },
        Plan::CloudShell { endpoint: url() },
        Plan::ManagedIdentity { client: Some(client), source: IdentitySource::Endpoint },
        Plan::Cli { tenant: None },
    ]
}

fn hides(what: &str, shown: &str) {
    assert!(!shown.contains("Held") && !shown.contains("Never-Shown"), "{what} shows {shown}");
    assert!(!shown.is_empty(), "{what}");
}

#[test]
fn plans_and_the_credentials_made_of_them() {
    let http = Http::new(None).unwrap();
    hides("the client", &format!("{http:?}"));
    let sign_in = SignInHttp::new(&http);
    hides("the client that signs in", &format!("{sign_in:?}"));
    let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
    let audience = Audience::of(&url());
    for plan in plans() {
        let name = plan.name();
        if let Ok(made) = credential::build(&plan, &endpoints, &audience, &sign_in) {
            hides(name, &format!("{made:?} {made:#?}"));
        }
        hides(name, &format!("{plan:?} {plan:#?}"));
        let choice = Choice { plan: Ok(plan), skipped: vec![Tried { name, said: String::new() }] };
        hides(name, &format!("{choice:?}"));
    }
    hides("a token", &format!("{:?}", AccessToken::new(HELD.to_owned(), OffsetDateTime::now_utc())));
}

#[test]
fn requests_and_answers() {
    let mut headers = Headers::new();
    headers.insert("x-ms-anything", HELD);
    let answer = Exchanged { status: 200, headers, body: HELD.into() };
    assert_eq!(format!("{answer:?}"), "Exchanged { status: 200, .. }");
    let mut request = Request::new(url(), Method::Post);
    request.insert_header("authorization", format!("Bearer {HELD}"));
    request.set_body(HELD);
    hides("a request", &format!("{request:?}"));
}

/// Whoever adds a type that keeps a secret as plain text and shows itself is stopped here.
#[test]
fn no_type_that_shows_itself_has_a_secret_as_plain_text() {
    let mut looked_at = 0;
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/azure")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for block in text.split("#[derive(").skip(1) {
            let (derives, rest) = block.split_once(")]").unwrap();
            if !derives.contains("Debug") {
                continue;
            }
            looked_at += 1;
            let body = rest.split("\n}").next().unwrap();
            for field in body.split([',', '{', '\n']).filter_map(|field| field.trim().split_once(": ")) {
                let (name, kind) = (field.0.trim_start_matches("pub").trim(), field.1);
                let is_secret = ["secret", "token", "password", "assertion"].contains(&name);
                let is_plain = ["String", "str", "Bytes", "Vec<u8>"].iter().any(|plain| kind.contains(plain));
                assert!(!is_secret || !is_plain, "{name}: {kind} in {}", file.display());
            }
        }
    }
    assert!(looked_at > 20, "{looked_at}");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The credential of the SDK that is handed around is one of ours, which shows nothing.
#[test]
fn what_is_handed_around_shows_its_name_alone() {
    let http = Http::new(None).unwrap();
    let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
    let made = credential::build(&plans()[0], &endpoints, &Audience::of(&url()), &SignInHttp::new(&http));
    assert_eq!(format!("{:?}", Arc::clone(&made.unwrap())), "Remembering(***)");
}
