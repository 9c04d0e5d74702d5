//! The stand-in does what it says: otherwise nothing that is tested against it means anything.

use std::time::{Duration, Instant};

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::standin::fault::Fault;
use crate::standin::journal::{Door, matches};
use crate::standin::objects::{HUB, SPOKE, ZONE, spoke_and_hub};
use crate::standin::signin::{ASSERTION, CLIENT, IDENTITY, IDENTITY_HEADER, REQUEST_TOKEN, SECRET, TENANT};
use crate::standin::{Settings, StandIn, tally};

fn client(standin: &StandIn) -> Client {
    // The second installation in a process fails, and that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pem = std::fs::read(standin.ca_file()).unwrap();
    let ca = reqwest::Certificate::from_pem(&pem).unwrap();
    Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap()
}

async fn get(standin: &StandIn, path: &str) -> Response {
    let url =
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", standin.arm_endpoint()) };
    client(standin).get(url).bearer_auth(standin.issue_token()).send().await.unwrap()
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn post_form(standin: &StandIn, url: &str, form: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = client(standin).post(url).header("Content-Type", "application/x-www-form-urlencoded");
    request.header("Metadata", "true").body(body).send().await.unwrap()
}

fn list(guid: &str, kind: &str) -> String {
    let version = if kind == "privateDnsZones" { "2024-06-01" } else { "2022-07-01" };
    format!("/subscriptions/{guid}/providers/Microsoft.Network/{kind}?api-version={version}")
}

fn zone_path(child: &str) -> String {
    // In another casing than the object has.
    format!(
        "/SUBSCRIPTIONS/{}/resourcegroups/RG-DNS/providers/microsoft.network/privatednszones/{ZONE}/{child}?api-version=2024-06-01",
        HUB.to_uppercase()
    )
}

/// Follows every page: the items, and how many pages there were.
async fn pages(standin: &StandIn, path: &str) -> (Vec<Value>, usize) {
    let (mut next, mut items, mut count) = (path.to_owned(), Vec::new(), 0);
    loop {
        let page = json_of(get(standin, &next).await).await;
        items.extend(page["value"].as_array().unwrap().clone());
        count += 1;
        match page["nextLink"].as_str() {
            Some(link) => next = link.to_owned(),
            None => return (items, count),
        }
    }
}

#[tokio::test]
async fn lists_are_paged_in_both_styles_and_pages_may_be_empty() {
    let settings = Settings { page_size: 2, empty_pages: true, ..Settings::default() };
    let standin = StandIn::with(spoke_and_hub(5), settings);
    let (endpoints, count) = pages(&standin, &list(SPOKE, "privateEndpoints")).await;
    assert_eq!((endpoints.len(), count), (5, 5), "three pages with items, two empty ones between");
    let (records, count) = pages(&standin, &zone_path("ALL")).await;
    assert_eq!((records.len(), count), (6, 5), "five A records and the SOA");
    let first = json_of(get(&standin, &zone_path("ALL")).await).await;
    assert!(
        first["nextLink"].as_str().unwrap().contains("&$skipToken="),
        "private DNS leaves its token unescaped"
    );
    let names: std::collections::BTreeSet<&str> =
        endpoints.iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 5, "no endpoint twice");
}

#[tokio::test]
async fn every_kind_of_list_is_there() {
    let standin = StandIn::start(spoke_and_hub(1));
    for (guid, kind, expected) in [
        (SPOKE, "privateEndpoints", 1),
        (SPOKE, "networkInterfaces", 1),
        (HUB, "privateDnsZones", 1),
        (HUB, "virtualNetworks", 1),
        (HUB, "dnsResolvers", 1),
        (HUB, "dnsForwardingRulesets", 0),
        (HUB, "azureFirewalls", 0),
        (HUB, "firewallPolicies", 0),
        (HUB, "loadBalancers", 0),
    ] {
        assert_eq!(pages(&standin, &list(guid, kind)).await.0.len(), expected, "{kind}");
    }
    assert_eq!(pages(&standin, &zone_path("virtualNetworkLinks")).await.0.len(), 1);
    assert_eq!(pages(&standin, "/subscriptions?api-version=2022-12-01").await.0.len(), 2);
    let one = json_of(get(&standin, &format!("/subscriptions/{HUB}?api-version=2022-12-01")).await).await;
    assert_eq!(one["subscriptionId"], HUB);
    let rights =
        format!("/subscriptions/{HUB}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01");
    assert_eq!(json_of(get(&standin, &rights).await).await["value"][0]["actions"], json!(["*/read"]));
}

#[tokio::test]
async fn a_wrong_request_is_refused() {
    let standin = StandIn::start(spoke_and_hub(1));
    let nowhere = "/subscriptions/33333333-0000-4000-8000-000000000003?api-version=2022-12-01";
    for (path, status, code) in [
        ("/subscriptions", 400, "MissingApiVersionParameter"),
        ("/subscriptions?api-version=2022-12-01&api-version=2022-12-01", 400, "MissingApiVersionParameter"),
        (&list(SPOKE, "privateEndpoints").replace("2022-07-01", "latest"), 400, "InvalidApiVersionParameter"),
        (
            &list(HUB, "privateDnsZones").replace("2024-06-01", "2024-05-01"),
            400,
            "InvalidApiVersionParameter",
        ),
        (&list(HUB, "nonsense"), 404, "InvalidResourceType"),
        (nowhere, 404, "SubscriptionNotFound"),
        ("/subscriptions?api-version=2022-12-01&$skiptoken=mine", 400, "InvalidSkipToken"),
    ] {
        let response = get(&standin, path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(json_of(response).await["error"]["code"], code, "{path}");
    }
    let gone = get(&standin, &zone_path("ALL").replace(ZONE, "privatelink.none")).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(json_of(gone).await["code"], "NotFound", "private DNS has no wrapper");
    let written =
        client(&standin).put(format!("{}{}", standin.arm_endpoint(), list(SPOKE, "privateEndpoints")));
    let written = written.bearer_auth(standin.issue_token()).send().await.unwrap();
    assert_eq!(written.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn no_token_no_answer() {
    let settings =
        Settings { token_life: Duration::from_millis(1500), revoke_after: Some(2), ..Default::default() };
    let standin = StandIn::with(spoke_and_hub(1), settings);
    let url = format!("{}/subscriptions?api-version=2022-12-01", standin.arm_endpoint());
    let ask = |token: Option<String>| {
        let request = client(&standin).get(&url);
        token.into_iter().fold(request, |request, token| request.bearer_auth(token)).send()
    };
    let refused = ask(None).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("authorization_uri"));
    assert_eq!(ask(Some("made-up".into())).await.unwrap().status(), StatusCode::UNAUTHORIZED);

    let token = standin.issue_token();
    for expected in [200, 200, 401] {
        assert_eq!(ask(Some(token.clone())).await.unwrap().status().as_u16(), expected);
    }
    let token = standin.issue_token();
    assert_eq!(ask(Some(token.clone())).await.unwrap().status(), StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert_eq!(ask(Some(token)).await.unwrap().status(), StatusCode::UNAUTHORIZED, "its life is over");

    let log = standin.at(Door::Arm);
    let seen: Vec<_> = log.iter().map(|e| (e.status, e.bore_token, e.authorised)).collect();
    assert_eq!(seen[0], (401, false, false));
    assert_eq!(seen[1], (401, true, false));
    assert_eq!(seen[2], (200, true, true));
    assert_eq!(tally(&log)["/subscriptions"], 7);
}

#[tokio::test]
async fn the_sign_in_service_knows_right_from_wrong() {
    let standin = StandIn::start(spoke_and_hub(1));
    let url = format!("{}/{TENANT}/oauth2/v2.0/token", standin.authority_host());
    let scope = "https://management.azure.com/.default";
    let good = [("grant_type", "client_credentials"), ("client_id", CLIENT), ("scope", scope)];
    let with = |more: &[(&'static str, &'static str)]| [good.as_slice(), more].concat();
    let jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    for more in [
        vec![("client_secret", SECRET)],
        vec![("client_assertion_type", jwt), ("client_assertion", ASSERTION)],
    ] {
        let answer = post_form(&standin, &url, &with(&more)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let token = json_of(answer).await["access_token"].as_str().unwrap().to_owned();
        let request =
            client(&standin).get(format!("{}{}", standin.arm_endpoint(), list(HUB, "virtualNetworks")));
        assert_eq!(request.bearer_auth(&token).send().await.unwrap().status(), StatusCode::OK);
        assert!(standin.secrets().contains(&token));
    }
    assert_eq!(standin.audiences(), [scope]);

    for (url, form, status, code) in [
        (url.clone(), with(&[("client_secret", "wrong")]), 401, 7000215),
        (url.clone(), with(&[("client_assertion_type", jwt), ("client_assertion", "x")]), 401, 700213),
        (url.replace(TENANT, "elsewhere.example"), with(&[("client_secret", SECRET)]), 400, 90002),
        (url.clone(), vec![("grant_type", "client_credentials"), ("scope", scope)], 400, 700016),
    ] {
        let answer = post_form(&standin, &url, &form).await;
        assert_eq!(answer.status().as_u16(), status);
        let body = json_of(answer).await;
        assert_eq!(body["error_codes"], json!([code]));
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")));
    }
}

#[tokio::test]
async fn hosts_have_identities() {
    let standin = StandIn::start(spoke_and_hub(1));
    let http = client(&standin);
    let url = format!(
        "{}?api-version=2019-08-01&resource=https://management.azure.com/",
        standin.identity_endpoint()
    );
    let ask = |url: String, header: &'static str| http.get(url).header("X-IDENTITY-HEADER", header).send();
    for (more, header, status) in [
        (String::new(), IDENTITY_HEADER, 200),
        (format!("&client_id={IDENTITY}"), IDENTITY_HEADER, 200),
        ("&client_id=somebody".to_owned(), IDENTITY_HEADER, 400),
        (String::new(), "wrong", 401),
    ] {
        assert_eq!(ask(format!("{url}{more}"), header).await.unwrap().status().as_u16(), status);
    }
    let form = [("resource", "https://management.azure.com/")];
    let shell = json_of(post_form(&standin, &standin.cloud_shell_endpoint(), &form).await).await;
    assert_eq!(shell["token_type"], "Bearer");
    assert!(shell["expires_on"].as_str().unwrap().parse::<u64>().is_ok(), "numbers come as text");
    let other = [("resource", "https://graph.example/")];
    let refused = json_of(post_form(&standin, &standin.cloud_shell_endpoint(), &other).await).await;
    assert_eq!(refused["error"]["code"], "AudienceNotSupported");
    let bare = http.get(standin.cloud_shell_endpoint()).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::BAD_REQUEST, "the Metadata header is missing");

    let github = format!("{}&audience=api://AzureADTokenExchange", standin.github_endpoint());
    let value = json_of(http.get(github).bearer_auth(REQUEST_TOKEN).send().await.unwrap()).await;
    assert_eq!(value["value"], ASSERTION);
    let pipelines = format!("{}?api-version=7.1&serviceConnectionId=x", standin.pipelines_endpoint());
    let value = json_of(http.post(pipelines).bearer_auth(REQUEST_TOKEN).send().await.unwrap()).await;
    assert_eq!(value["oidcToken"], ASSERTION);
}

#[tokio::test]
async fn faults_strike_where_and_as_often_as_told() {
    let standin = StandIn::start(spoke_and_hub(3));
    let path = list(SPOKE, "privateEndpoints");
    standin.on_first(1, "*/privateEndpoints", Fault::Throttled(Some(7)));
    standin.on_nth("*/privateEndpoints", 1..2, Fault::Forbidden);
    standin.on_nth("*/privateEndpoints", 2..3, Fault::Html(503));
    standin.on_nth("*/privateEndpoints", 3..4, Fault::BareError(409, "Conflict"));
    standin.on_nth("*/privateEndpoints", 4..5, Fault::Text("{".into()));
    standin.on_nth("*/privateEndpoints", 5..6, Fault::NextLink("https://elsewhere.example/".into()));
    standin.on_nth("*/privateEndpoints", 6..7, Fault::Loop);
    standin.on_nth("*/privateEndpoints", 7..8, Fault::Late(Duration::from_millis(60)));
    standin.on_nth("*/privateEndpoints", 8..9, Fault::SubscriptionNotFound);
    standin.on_nth("*/privateEndpoints", 9..10, Fault::Status(500, "InternalServerError"));

    let throttled = get(&standin, &path).await;
    assert_eq!(
        (throttled.status().as_u16(), &throttled.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(json_of(get(&standin, &path).await).await["error"]["code"], "AuthorizationFailed");
    assert!(get(&standin, &path).await.text().await.unwrap().starts_with("<!DOCTYPE"));
    assert_eq!(json_of(get(&standin, &path).await).await["code"], "Conflict");
    assert_eq!(get(&standin, &path).await.text().await.unwrap(), "{");
    let led = json_of(get(&standin, &path).await).await;
    assert_eq!(
        (led["nextLink"].as_str(), led["value"].as_array().map(Vec::len)),
        (Some("https://elsewhere.example/"), Some(3))
    );
    assert_eq!(
        json_of(get(&standin, &path).await).await["nextLink"],
        format!("{}{path}", standin.arm_endpoint())
    );
    let began = Instant::now();
    assert_eq!(json_of(get(&standin, &path).await).await["value"].as_array().unwrap().len(), 3);
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert_eq!(get(&standin, &path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(get(&standin, &path).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(get(&standin, &path).await.status(), StatusCode::OK, "the faults are used up");
    assert_eq!(get(&standin, &list(HUB, "virtualNetworks")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn bodies_may_end_too_soon_or_never() {
    let standin = StandIn::start(spoke_and_hub(3));
    standin.on_first(1, "*/privateEndpoints", Fault::Cut);
    let cut = get(&standin, &list(SPOKE, "privateEndpoints")).await;
    assert_eq!(cut.status(), StatusCode::OK);
    assert!(cut.content_length().unwrap() > 1000);
    assert!(cut.bytes().await.is_err(), "half a body is an error");

    standin.on("*/virtualNetworks", Fault::Huge(3));
    let huge = get(&standin, &list(SPOKE, "virtualNetworks")).await;
    assert_eq!(huge.content_length(), None);
    assert_eq!(huge.bytes().await.unwrap().len(), 3 * 1024 * 1024);
}

#[tokio::test]
async fn what_is_under_way_is_counted() {
    let standin = StandIn::with(
        spoke_and_hub(1),
        Settings { latency: Duration::from_millis(150), ..Default::default() },
    );
    let hub = list(HUB, "virtualNetworks");
    let spoke = list(SPOKE, "virtualNetworks");
    tokio::join!(get(&standin, &hub), get(&standin, &hub), get(&standin, &spoke));
    get(&standin, &hub).await;
    let (all, each) = standin.high_water();
    assert_eq!((all, each[HUB], each[SPOKE]), (3, 2, 1));
}

#[tokio::test]
async fn the_foreign_host_remembers_who_came() {
    let standin = StandIn::start(spoke_and_hub(1));
    assert!(standin.at(Door::Foreign).is_empty());
    client(&standin).get(standin.foreign_host()).bearer_auth("x").send().await.unwrap();
    let seen = standin.at(Door::Foreign);
    assert_eq!((seen.len(), seen[0].bore_token), (1, true));
}

#[test]
fn patterns_match_whole_paths() {
    for (pattern, text, expected) in [
        ("*/privateEndpoints", "/subscriptions/x/providers/microsoft.network/PRIVATEENDPOINTS", true),
        ("*/privateEndpoints", "/a/privateEndpoints/b", false),
        ("/subscriptions/x*", "/subscriptions/x", true),
        ("/subscriptions/*/a*", "/subscriptions/x/abc", true),
        ("/subscriptions/*/a*", "/subscriptions/x/b", false),
        ("/a", "/a/b", false),
        ("*", "", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
