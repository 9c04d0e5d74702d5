//! What must stay secret, and what must stay inert.

use crate::standin::StandIn;
use crate::standin::objects::{SPOKE, find, spoil_record, spoke_and_hub};

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
