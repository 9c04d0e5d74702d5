//! Who the binary signs in as, and that it never becomes somebody else.

use crate::standin::StandIn;
use crate::standin::child::{FakeAz, Outcome, Run};
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{SPOKE, SPOKE_NAME, spoke_and_hub};
use crate::standin::signin::{ASSERTION, CLIENT, IDENTITY, IDENTITY_HEADER, REQUEST_TOKEN, SECRET, TENANT};

const AUDIT: [&str; 5] = ["audit", "-s", SPOKE, "-f", "json"];

fn with_auth(how: &'static str) -> Vec<&'static str> {
    [AUDIT.as_slice(), &["--auth", how]].concat()
}

/// Asserts an audit of the spoke that found nothing wrong, and says so with one line on who did it.
#[track_caller]
fn succeeded(standin: &StandIn, outcome: &Outcome, who: &str) {
    outcome.exits(0).keeps_secrets(standin);
    assert_eq!(outcome.report()["summary"]["endpoints"], 2);
    let said: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains(who)).collect();
    assert_eq!(said.len(), 1, "one line names {who}:\n{}", outcome.stderr);
}

/// Asserts that the run ended before anything was read, and that its error holds these texts.
#[track_caller]
fn refused(standin: &StandIn, outcome: &Outcome, texts: &[&str]) {
    outcome.exits(4).keeps_secrets(standin);
    assert!(outcome.stderr.starts_with("fatal: no audit was performed"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    for text in texts {
        outcome.warns(text);
    }
    assert!(standin.at(Door::Arm).is_empty(), "nothing was read");
}

fn standin() -> StandIn {
    StandIn::start(spoke_and_hub(2))
}

#[test]
fn by_client_secret() {
    for args in [AUDIT.to_vec(), with_auth("environment")] {
        let standin = standin();
        let outcome = standin.signed_in(&args).run();
        succeeded(&standin, &outcome, "client secret");
        let logins = standin.at(Door::Login);
        let tokens: Vec<_> = logins.iter().filter(|e| e.method == "POST").collect();
        assert_eq!(tokens.len(), 1, "one token is enough: {logins:?}");
        assert_eq!(tokens[0].path, format!("/{TENANT}/oauth2/v2.0/token"));
    }
}

#[test]
fn by_managed_identity() {
    let with = |run: Run, standin: &StandIn| {
        run.env("IDENTITY_ENDPOINT", standin.identity_endpoint()).env("IDENTITY_HEADER", IDENTITY_HEADER)
    };
    for args in [AUDIT.to_vec(), with_auth("managed-identity")] {
        let standin = standin();
        let outcome = with(standin.plaudit(&args), &standin).run();
        succeeded(&standin, &outcome, "managed identity");
        let asked = standin.at(Door::Identity);
        assert_eq!(asked.len(), 1);
        assert!(!asked[0].query.contains("client_id"), "the host's own identity");
    }
    let standin = standin();
    let outcome = with(standin.plaudit(&AUDIT), &standin).env("AZURE_CLIENT_ID", IDENTITY).run();
    succeeded(&standin, &outcome, "managed identity");
    assert!(standin.at(Door::Identity)[0].query.contains(&format!("client_id={IDENTITY}")));
}

#[test]
fn by_cloud_shell() {
    for args in [AUDIT.to_vec(), with_auth("cloud-shell")] {
        let standin = standin();
        let run = standin.plaudit(&args).env("AZUREPS_HOST_ENVIRONMENT", "cloud-shell/1.0");
        let outcome = run.env("MSI_ENDPOINT", standin.cloud_shell_endpoint()).run();
        succeeded(&standin, &outcome, "Cloud Shell");
        assert_eq!(standin.at(Door::Identity).len(), 1);
    }
}

#[test]
fn by_github_oidc() {
    for args in [AUDIT.to_vec(), with_auth("github-oidc")] {
        let standin = standin();
        let run = standin.plaudit(&args).env("AZURE_TENANT_ID", TENANT).env("AZURE_CLIENT_ID", CLIENT);
        let run = run.env("ACTIONS_ID_TOKEN_REQUEST_URL", standin.github_endpoint());
        let outcome = run.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN).run();
        succeeded(&standin, &outcome, "GitHub");
        let paths: Vec<String> = standin.at(Door::Login).into_iter().map(|e| e.path).collect();
        assert!(paths.contains(&"/oidc/github".to_owned()), "{paths:?}");
    }
}

#[test]
fn by_workload_identity() {
    for args in [AUDIT.to_vec(), with_auth("workload-identity")] {
        let standin = standin();
        let file = standin.folder().join("federated");
        std::fs::write(&file, ASSERTION).unwrap();
        let run = standin.plaudit(&args).env("AZURE_TENANT_ID", TENANT).env("AZURE_CLIENT_ID", CLIENT);
        let outcome = run.env("AZURE_FEDERATED_TOKEN_FILE", file).run();
        succeeded(&standin, &outcome, "workload identity");
    }
}

#[test]
fn by_azure_pipelines() {
    for args in [AUDIT.to_vec(), with_auth("azure-pipelines")] {
        let standin = standin();
        let run = standin.plaudit(&args).env("AZURESUBSCRIPTION_TENANT_ID", TENANT);
        let run = run.env("AZURESUBSCRIPTION_CLIENT_ID", CLIENT).env("SYSTEM_ACCESSTOKEN", REQUEST_TOKEN);
        let run = run.env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "99999999-0000-4000-8000-000000000001");
        let outcome = run.env("SYSTEM_OIDCREQUESTURI", standin.pipelines_endpoint()).run();
        succeeded(&standin, &outcome, "Azure Pipelines");
    }
}

#[test]
fn by_the_azure_cli_with_its_current_subscription() {
    for args in [vec!["audit", "-f", "json"], vec!["audit", "-f", "json", "--auth", "cli"]] {
        let standin = standin();
        let az = FakeAz::signed_in(&standin, SPOKE, SPOKE_NAME);
        let outcome = standin.plaudit(&args).run();
        succeeded(&standin, &outcome, "Azure CLI");
        assert!(az.runs().iter().any(|run| run.contains("get-access-token")), "{:?}", az.runs());
        assert_eq!(outcome.report()["scope"]["subscriptions"], serde_json::json!([SPOKE]));
    }
}

#[test]
fn a_clock_that_goes_ahead_does_not_run_the_azure_cli_before_each_request() {
    let standin = standin();
    let az = FakeAz::in_the_past(&standin, SPOKE, SPOKE_NAME);
    standin.plaudit(&["audit", "-s", SPOKE, "--auth", "cli"]).run().exits(0);
    let requests = standin.at(Door::Arm).len();
    assert!(requests > 20 && az.runs().len() < 5, "{requests} requests, az ran {} times", az.runs().len());
}

#[test]
fn a_wrong_secret_ends_the_run() {
    let standin = standin();
    let az = FakeAz::signed_in(&standin, SPOKE, SPOKE_NAME);
    let wrong = "Wrong~Secret.That-Nobody_May-See";
    let outcome = standin.plaudit(&[AUDIT.as_slice(), &["-vv"]].concat()).principal(wrong).run();
    assert!(!outcome.stderr.contains(wrong), "{}", outcome.stderr);
    let standin_log = standin.at(Door::Login);
    assert!(standin_log.iter().any(|e| e.status == 401));

    let outcome = standin.plaudit(&AUDIT).principal(wrong).run();
    refused(&standin, &outcome, &["AADSTS7000215", "AZURE_CLIENT_SECRET"]);
    assert!(!outcome.stderr.contains(wrong), "{}", outcome.stderr);
    assert!(outcome.stderr.lines().any(|line| line.starts_with("help:")), "{}", outcome.stderr);
    assert!(az.runs().is_empty(), "never audit as somebody else: {:?}", az.runs());
}

#[test]
fn an_identity_that_is_refused_ends_the_run() {
    let standin = standin();
    let az = FakeAz::signed_in(&standin, SPOKE, SPOKE_NAME);
    let run = standin.plaudit(&AUDIT).env("IDENTITY_ENDPOINT", standin.identity_endpoint());
    let run = run.env("IDENTITY_HEADER", IDENTITY_HEADER).env("AZURE_CLIENT_ID", CLIENT);
    refused(&standin, &run.run(), &["managed identity"]);
    assert!(az.runs().is_empty(), "never audit as somebody else: {:?}", az.runs());
}

#[test]
fn a_tenant_that_nobody_knows_ends_the_run() {
    let standin = standin();
    let run = standin.plaudit(&AUDIT).principal(SECRET).env("AZURE_TENANT_ID", "nowhere.example");
    refused(&standin, &run.run(), &["AADSTS90002"]);
}

#[test]
fn another_tenant_than_the_one_asked_for_ends_the_run() {
    let standin = standin();
    FakeAz::signed_in(&standin, SPOKE, SPOKE_NAME);
    let other = "7e0a11d0-0000-4000-8000-00000000ffff";
    let outcome = standin.plaudit(&[AUDIT.as_slice(), &["--tenant", other]].concat()).run();
    refused(&standin, &outcome, &[other, TENANT]);
}

#[test]
fn nobody_to_sign_in_as() {
    let standin = standin();
    refused(&standin, &standin.plaudit(&AUDIT).run(), &["Azure CLI", "az login", "help:"]);
    let az = FakeAz::signed_out(&standin);
    refused(&standin, &standin.plaudit(&AUDIT).run(), &["Azure CLI", "az login"]);
    assert!(!az.runs().is_empty());
}

#[test]
fn a_token_that_expires_in_the_middle_is_renewed() {
    let settings = crate::standin::Settings { revoke_after: Some(6), ..Default::default() };
    let standin = StandIn::with(spoke_and_hub(2), settings);
    let outcome = standin.signed_in(&AUDIT).run();
    outcome.exits(0);
    assert_eq!(standin.tokens_issued(), 2, "renewed once, for all who needed it");
    assert!(standin.at(Door::Arm).iter().any(|e| e.status == 401));
    assert_eq!(outcome.report()["coverage"]["complete"], true);
}

#[test]
fn a_token_that_is_never_accepted_ends_the_run() {
    let settings = crate::standin::Settings { token_life: std::time::Duration::ZERO, ..Default::default() };
    let standin = StandIn::with(spoke_and_hub(2), settings);
    let outcome = standin.signed_in(&AUDIT).run();
    outcome.exits(4).keeps_secrets(&standin);
    assert!(outcome.stderr.contains("\nfatal: no audit was performed"), "{}", outcome.stderr);
    let asked = standin.at(Door::Arm);
    assert!(asked.len() < 200 && standin.tokens_issued() < 20, "{} requests", asked.len());
}

#[test]
fn a_sign_in_service_that_stumbles_is_asked_again() {
    let standin = standin();
    standin.on_first(1, "*/oauth2/v2.0/token", Fault::Status(503, "ServiceUnavailable"));
    standin.signed_in(&AUDIT).run().exits(0);
    let statuses: Vec<u16> = standin.at(Door::Login).iter().map(|e| e.status).collect();
    assert_eq!(statuses, [503, 200]);
}
