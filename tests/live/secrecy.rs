//! What must stay secret, and what must stay inert.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::leaks::Leaks;
use crate::standin::StandIn;
use crate::standin::child::{Outcome, Run};
use crate::standin::fault::Fault;
use crate::standin::objects::{SPOKE, find, spoil_record, spoke_and_hub};
use crate::standin::signin::{ASSERTION, IDENTITY_HEADER, REQUEST_TOKEN, SECRET};

/// A password for whatever takes one.
const PASSWORD: &str = "Pass~Word.In-An_Address0123456789";

fn hides(standin: &StandIn, what: &str, outcome: &Outcome) {
    Leaks::of(standin, &[PASSWORD]).none_in(what, standin, outcome);
}

#[test]
fn no_log_shows_a_token() {
    let standin = StandIn::start(spoke_and_hub(2));
    for args in [["-v"].as_slice(), &["-vv"], &["-vvvv"]] {
        let args = [["audit", "-s", SPOKE].as_slice(), args].concat();
        let outcome = standin.signed_in(&args).env("RUST_LOG", "trace").run();
        outcome.exits(0).keeps_secrets(&standin);
        assert!(!outcome.stderr.is_empty(), "there was something to log");
        assert!(!outcome.stderr.to_lowercase().contains("bearer ey"), "{}", outcome.stderr);
    }
}

#[test]
fn quiet_is_quiet() {
    let standin = StandIn::start(spoke_and_hub(2));
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "--quiet"]).run();
    outcome.exits(0);
    assert_eq!(outcome.stderr, "");
    assert!(!outcome.stdout.is_empty());
}

#[test]
fn names_from_azure_cannot_drive_the_terminal() {
    let mut objects = spoke_and_hub(2);
    spoil_record(&mut objects);
    let spoke = find(&mut objects, &format!("/subscriptions/{SPOKE}"));
    spoke["displayName"] = "spoke\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\nfatal".into();
    let standin = StandIn::start(objects);
    for extra in [["-v"].as_slice(), &["--color", "always"], &["--color", "never"]] {
        let args = [["audit", "-s", SPOKE].as_slice(), extra].concat();
        let outcome = standin.signed_in(&args).run();
        outcome.exits(1);
        for text in [&outcome.stdout, &outcome.stderr] {
            for hostile in ["\u{1b}]", "\u{1b}[2J", "\u{7}", "\u{9b}"] {
                assert!(!text.contains(hostile), "{hostile:?} in {text:?}");
            }
        }
    }
}

#[test]
fn a_pipe_gets_no_colour() {
    let mut objects = spoke_and_hub(2);
    spoil_record(&mut objects);
    let standin = StandIn::start(objects);
    let outcome = standin.signed_in(&["audit", "-s", SPOKE]).run();
    assert!(!outcome.exits(1).stdout.contains('\u{1b}') && !outcome.stderr.contains('\u{1b}'));
    let coloured = standin.signed_in(&["audit", "-s", SPOKE, "--color", "always"]).run();
    assert!(coloured.exits(1).stdout.contains('\u{1b}'));
}

/// A proxy that answers every connection so, and repeats what it was told.
fn proxy(status: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut asked) = (stream.unwrap(), [0; 4096]);
            let read = stream.read(&mut asked).unwrap_or(0);
            let told = String::from_utf8_lossy(&asked[..read]).replace("\r\n", " ");
            let answer = format!("HTTP/1.1 {status} {told}\r\nX-Told: {told}\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn the_password_of_a_proxy_stays_with_it() {
    let standin = StandIn::start(spoke_and_hub(1));
    let lost = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for port in [lost, proxy("407 Proxy Authentication Required"), proxy("200 OK"), proxy("odd")] {
        for variable in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            let address = format!("http://user:{PASSWORD}@127.0.0.1:{port}");
            let run = standin.signed_in(&["audit", "-s", SPOKE, "-vvvv", "--timeout", "20"]);
            let outcome = run.env("NO_PROXY", "").env(variable, address).env("RUST_LOG", "trace").run();
            assert_eq!(outcome.exits(4).stdout, "", "{variable}");
            hides(&standin, variable, &outcome);
        }
    }
    assert!(standin.log().is_empty(), "the proxy was in between");
    for odd in
        [format!("http://user:{PASSWORD}@["), format!("user:{PASSWORD}@@@"), format!("http://{PASSWORD}@x:y")]
    {
        let run = standin.signed_in(&["audit", "-s", SPOKE, "-vvvv"]).env("https_proxy", &odd);
        hides(&standin, &odd, &run.run());
    }
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    let standin = StandIn::start(spoke_and_hub(1));
    let file = standin.folder().join("estate.jsonl");
    let file = file.to_string_lossy();
    // A run to go on with, which was of other addresses.
    standin.on_first(5, "*/routeTables", Fault::Status(503, "Busy"));
    standin.signed_in(&["collect", "-s", SPOKE, "-o", &file]).run().exits(3);
    for address in
        ["https://u:P@127.0.0.1", "http://u:P@127.0.0.1", "https://u:P@[bad", "https://P@x/?q", "x://P@"]
    {
        let address = address.replace('P', PASSWORD);
        for option in ["--arm-endpoint", "--authority-host", "--metrics-endpoint"] {
            let joined = format!("{option}={address}");
            for args in [
                &["audit", "-s", SPOKE, "--metrics", option, &address][..],
                &["collect", "-s", SPOKE, "-o", &file, "--resume", "--metrics", "1d", &joined],
            ] {
                let outcome = Run::new(standin.folder(), args).principal(SECRET).run();
                outcome.exits(2);
                hides(&standin, &format!("{args:?}"), &outcome);
            }
        }
        let run = Run::new(standin.folder(), &["audit", "-s", SPOKE, "-vv"]).principal(SECRET);
        let outcome = run.env("AZURE_AUTHORITY_HOST", &address).run();
        outcome.exits(2);
        hides(&standin, "AZURE_AUTHORITY_HOST", &outcome);
        for args in [&["audit", &address][..], &[&address]] {
            let outcome = Run::new(standin.folder(), args).run();
            outcome.exits(2);
            hides(&standin, &format!("{args:?}"), &outcome);
        }
    }
}

/// Nobody needs the environment to say what is wrong with a command line, a configuration or a file.
#[test]
fn what_the_environment_holds_is_shown_in_no_help_and_no_error() {
    let standin = StandIn::start(spoke_and_hub(1));
    let folder = standin.folder();
    let odd = format!("-----BEGIN CERTIFICATE-----\n{SECRET}\n{ASSERTION}\n-----END CERTIFICATE-----\n");
    for (name, text) in
        [("ca-odd", odd.as_str()), ("federated", ""), ("bad", "packs = [\n"), ("worse", "x = 1\n")]
    {
        std::fs::write(folder.join(name), text).unwrap();
    }
    for args in [
        &["--help"][..],
        &["audit", "--help"],
        &["collect", "--help"],
        &["--version"],
        &["audit", "--arm-endpoint"],
        &["audit", "--auth", "nobody"],
        &["audit", "--config", "missing"],
        &["audit", "--config", "bad"],
        &["audit", "--config", "worse"],
        &["audit", "-s", SPOKE, "--auth", "cli", "-vvvv"],
        &["audit", "-s", SPOKE, "--auth", "workload-identity", "-vvvv"],
        &["man", "audit"],
        &["completions", "bash"],
    ] {
        let run = Run::new(folder, args).within(folder).principal(SECRET);
        let run =
            run.env("SYSTEM_ACCESSTOKEN", REQUEST_TOKEN).env("AZURE_CLIENT_CERTIFICATE_PASSWORD", PASSWORD);
        let run = run.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN);
        let outcome = run.env("AZURE_FEDERATED_TOKEN_FILE", folder.join("federated")).run();
        let leaks = Leaks::of(&standin, &[PASSWORD]);
        leaks.not_in(&format!("stdout of {args:?}"), outcome.stdout.as_bytes());
        leaks.not_in(&format!("stderr of {args:?}"), outcome.stderr.as_bytes());
    }
    let args = ["audit", "-s", SPOKE, "-vvvv", "--ca-file", "ca-odd"];
    let outcome = Run::new(folder, &args).within(folder).principal(SECRET).run();
    outcome.exits(2).warns("ca-odd");
    let leaks = Leaks::of(&standin, &[]);
    leaks.not_in("the error about a CA file", outcome.stderr.as_bytes());
}

/// What a terminal and the logs of CIs would obey.
const EVIL: &str =
    "x\n::error::y\r\nz ##vso[task.setvariable variable=a]b ##[group]c\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}";

/// Asserts that nothing in a text acts.
#[track_caller]
fn acts_on_nothing(text: &str) {
    let shown = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
    assert!(text.chars().all(shown), "{text:?}");
    assert!(!text.contains("##vso[") && !text.contains("##["), "{text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
}

#[test]
fn names_from_azure_command_no_log() {
    let mut objects = spoke_and_hub(2);
    spoil_record(&mut objects);
    find(&mut objects, &format!("/subscriptions/{SPOKE}"))["displayName"] = EVIL.into();
    let standin = StandIn::start(objects);
    for args in [
        ["audit", "-s", SPOKE, "-vv"].as_slice(),
        &["audit", "-s", SPOKE, "-f", "json"],
        &["audit", "-s", EVIL],
        &["collect", "-s", SPOKE, "-o", "-"],
        &["facts", "-s", SPOKE, "--quiet"],
    ] {
        let outcome = standin.signed_in(args).run();
        acts_on_nothing(&outcome.stdout);
        acts_on_nothing(&outcome.stderr);
        if args[0] == "collect" {
            let objects = outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            assert!(objects.into_iter().any(|object| object["displayName"] == EVIL), "{}", outcome.stdout);
        }
    }
}

#[test]
fn what_az_says_commands_no_log() {
    let standin = StandIn::start(spoke_and_hub(2));
    let az = standin.folder().join("bin/az");
    std::fs::create_dir_all(az.parent().unwrap()).unwrap();
    std::fs::write(&az, format!("#!/bin/sh\nprintf '%s' '{EVIL}' >&2\nexit 1\n")).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    for args in [["audit", "-s", SPOKE].as_slice(), &["audit", "-s", SPOKE, "-vv", "--color", "never"]] {
        let outcome = standin.plaudit(args).run();
        outcome.exits(4).warns("z #\\u{23}vso[task.setvariable variable=a]b");
        acts_on_nothing(&outcome.stderr);
    }
    // Where no subscription is named, az is asked for one.
    let outcome = standin.signed_in(&["audit"]).run();
    outcome.exits(4).warns("`az account show` failed: ");
    acts_on_nothing(&outcome.stderr);
}

#[test]
fn what_an_identity_service_says_commands_no_log() {
    let standin = StandIn::start(spoke_and_hub(2));
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/token", service.local_addr().unwrap());
    std::thread::spawn(move || {
        let body =
            serde_json::json!({"error": EVIL, "error_description": format!("AADSTS1: {EVIL}")}).to_string();
        for mut asked in service.incoming().map_while(Result::ok) {
            let _ = asked.read(&mut [0; 4096]);
            let _ = write!(
                asked,
                "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let run = standin.plaudit(&["audit", "-s", SPOKE, "--auth", "managed-identity", "-v"]);
    let outcome = run.env("IDENTITY_ENDPOINT", address).env("IDENTITY_HEADER", IDENTITY_HEADER).run();
    outcome.exits(4).warns("AADSTS1: x").warns("#\\u{23}vso[");
    acts_on_nothing(&outcome.stderr);
}
