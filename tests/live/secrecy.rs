//! What must stay secret, and what must stay inert.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::standin::StandIn;
use crate::standin::objects::{SPOKE, find, spoil_record, spoke_and_hub};
use crate::standin::signin::IDENTITY_HEADER;

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
