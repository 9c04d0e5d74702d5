//! Services that repeat what they were told, in every way to sign in, by every command that reads: nothing of it is
//! said at any level, and nothing is left in any file.

use serde_json::Value;

use crate::leaks::Leaks;
use crate::standin::child::{FakeAz, Outcome, Run};
use crate::standin::echo::{Echo, Place, SPELLINGS, Spelling};
use crate::standin::fault::Fault;
use crate::standin::objects::{SPOKE, SPOKE_NAME, leave_pending, spoil_record, spoke_and_hub};
use crate::standin::{Settings, StandIn};
use crate::ways::{WAYS, Way};

/// Two faults, so that reports have something to say.
fn estate() -> Vec<Value> {
    let mut objects = spoke_and_hub(3);
    spoil_record(&mut objects);
    leave_pending(&mut objects);
    objects
}

/// A command that reads Azure, in every format that it has.
struct Reads {
    args: &'static [&'static str],
    metrics: bool,
}

const fn reads(args: &'static [&'static str]) -> Reads {
    Reads { args, metrics: false }
}

const READS: [Reads; 9] = [
    reads(&["audit", "-f", "table", "-f", "json=r.json", "-f", "sarif=r.sarif", "-f", "html=r.html"]),
    reads(&["audit", "-f", "xlsx=r.xlsx", "-f", "csv=r.csv", "-f", "markdown=r.md", "-f", "github"]),
    reads(&["collect", "-o", "estate.jsonl.gz", "--deep"]),
    reads(&["collect", "-o", "ticket.jsonl.zst", "--redact"]),
    reads(&["trace", "pe-stdata0000", "-f", "json"]),
    reads(&["names", "-f", "csv"]),
    reads(&["probe", "--dry-run"]),
    reads(&["facts"]),
    Reads { args: &["audit", "-f", "junit", "--write-baseline", "known.json", "--deep"], metrics: true },
];

const LOUD: [&str; 4] = ["-v", "-vv", "-vvv", "-vvvv"];

/// Runs a command in the stand-in's folder, as loud as can be.
fn run(standin: &StandIn, way: Way, reads: &Reads, more: &[&str]) -> Outcome {
    let metrics = standin.metrics_endpoint();
    let span = ["--metrics", "1d", "--metrics-endpoint", &metrics];
    let span: &[&str] = if reads.metrics { &span } else { &[] };
    let args = [reads.args, &["-s", SPOKE], span, more].concat();
    loud(way.run(standin, &args)).within(standin.folder()).run()
}

/// Whatever a library logs of its own accord.
fn loud(run: Run) -> Run {
    run.env("RUST_LOG", "trace").env("AZURE_LOG", "trace").env("RUST_BACKTRACE", "full")
}

#[track_caller]
fn keeps(standin: &StandIn, what: &str, outcome: &Outcome) {
    assert!(!outcome.stderr.is_empty(), "{what}: there was something to log");
    assert!(!outcome.stderr.contains("fault in plaudit"), "{what}:\n{}", outcome.stderr);
    Leaks::of(standin, &[]).none_in(what, standin, outcome);
}

#[test]
fn every_way_and_every_command_in_health() {
    for (number, reads) in READS.iter().enumerate() {
        for (offset, way) in [WAYS[number % WAYS.len()], WAYS[(number + 3) % WAYS.len()]].iter().enumerate() {
            let standin = StandIn::start(estate());
            let level = LOUD[(number + offset) % LOUD.len()];
            let outcome = run(&standin, *way, reads, &[level]);
            let what = format!("{:?} by {way:?} {level}", reads.args);
            assert!(matches!(outcome.code, 0 | 1), "{what} ended with {}\n{}", outcome.code, outcome.stderr);
            keeps(&standin, &what, &outcome);
        }
    }
}

#[test]
fn a_sign_in_service_that_repeats_what_it_was_told_and_refuses() {
    let places = [Place::Message(401), Place::Bare(400), Place::Description(401), Place::Page(403)];
    let mut turn = 0;
    for way in WAYS {
        for door in way.doors() {
            for spelling in SPELLINGS {
                turn += 1;
                let standin = StandIn::start(spoke_and_hub(1));
                let echo = Echo { place: places[turn % places.len()], spelling };
                standin.on(door, Fault::Echo(echo));
                let outcome = run(&standin, way, &READS[turn % READS.len()], &[LOUD[turn % LOUD.len()]]);
                let what = format!("{way:?} refused at {door} with {echo:?}");
                outcome.exits(4);
                keeps(&standin, &what, &outcome);
            }
        }
    }
}

/// A code is a word, and a secret may be one.
#[test]
fn a_code_or_a_header_that_is_a_secret() {
    for spelling in SPELLINGS {
        for (place, code) in [(Place::Code(400), 4), (Place::Headers, 1)] {
            let standin = StandIn::start(estate());
            standin.on("*/oauth2/v2.0/token", Fault::Echo(Echo { place, spelling }));
            let outcome = run(&standin, Way::Secret, &READS[0], &["-vvvv"]);
            outcome.exits(code);
            keeps(&standin, &format!("{place:?} {spelling:?}"), &outcome);
        }
    }
}

#[test]
fn a_management_api_that_repeats_the_token_in_what_it_refuses() {
    let places =
        [Place::Message(403), Place::Bare(404), Place::Code(400), Place::Page(400), Place::Message(401)];
    let mut turn = 0;
    for place in places {
        for spelling in SPELLINGS {
            turn += 1;
            let standin = StandIn::start(estate());
            standin.on("*/providers/*", Fault::Echo(Echo { place, spelling }));
            let way = WAYS[turn % WAYS.len()];
            let outcome = run(&standin, way, &READS[turn % READS.len()], &[LOUD[turn % LOUD.len()]]);
            assert!(matches!(outcome.code, 0..=4), "{place:?} {spelling:?}: {}", outcome.code);
            keeps(&standin, &format!("{place:?} {spelling:?} by {way:?}"), &outcome);
        }
    }
}

#[test]
fn an_estate_that_is_full_of_the_token() {
    let mut turn = 0;
    for place in [Place::Names, Place::Link, Place::Headers] {
        for spelling in SPELLINGS {
            turn += 1;
            let standin = StandIn::start(estate());
            let echo = Echo { place, spelling };
            for pattern in ["/subscriptions*", "*/resources"] {
                standin.on(pattern, Fault::Echo(echo));
            }
            let source: &[&str] = if turn % 3 == 0 { &["-vvvv", "--source", "graph"] } else { &["-vvvv"] };
            for reads in [&READS[turn % READS.len()], &READS[(turn + 4) % READS.len()]] {
                let outcome = run(&standin, Way::Secret, reads, source);
                keeps(&standin, &format!("{:?} {echo:?} {source:?}", reads.args), &outcome);
            }
        }
    }
}

/// What is kept beside a snapshot is what Azure said, and Azure repeats the token.
#[test]
fn the_journal_of_a_run_that_goes_on_later() {
    for spelling in SPELLINGS {
        let standin = StandIn::start(estate());
        standin.on("/subscriptions*", Fault::Echo(Echo { place: Place::Names, spelling }));
        standin.on_first(5, "*/routeTables", Fault::Status(503, "Busy"));
        let reads = reads(&["collect", "-o", "estate.jsonl"]);
        let outcome = run(&standin, Way::Secret, &reads, &["-vv"]);
        outcome.exits(3).warns("--resume");
        assert!(standin.folder().join("estate.jsonl.journal").exists());
        keeps(&standin, &format!("a stopped run {spelling:?}"), &outcome);
        let outcome = run(&standin, Way::Secret, &reads, &["-vv", "--resume"]);
        outcome.exits(0);
        keeps(&standin, &format!("a run that goes on {spelling:?}"), &outcome);
    }
}

#[test]
fn a_token_that_is_refused_in_the_middle_and_repeated() {
    for (turn, spelling) in SPELLINGS.into_iter().enumerate() {
        let settings = Settings { revoke_after: Some(6), ..Settings::default() };
        let standin = StandIn::with(estate(), settings);
        standin.on("*/networkSecurityGroups", Fault::Echo(Echo { place: Place::Message(401), spelling }));
        let way = WAYS[turn % WAYS.len()];
        if way == Way::Cli {
            // Its token is the script's, and gone for good.
            continue;
        }
        let outcome = run(&standin, way, &READS[turn % 2], &["-vvvv"]);
        assert!(matches!(outcome.code, 1 | 3 | 4), "{}\n{}", outcome.code, outcome.stderr);
        assert!(standin.tokens_issued() > 1);
        keeps(&standin, &format!("renewed by {way:?} {spelling:?}"), &outcome);
    }
}

/// The Azure CLI speaks on stderr, and in odd answers.
#[test]
fn an_azure_cli_that_repeats_its_token() {
    let standin = StandIn::start(spoke_and_hub(1));
    let token = standin.issue_token();
    for script in [
        format!("echo \"ERROR: {token} has expired\" >&2\nexit 1\n"),
        format!("echo '{{\"accessToken\": \"{token}\", \"expires_on\": \"{token}\"}}'\n"),
        format!("echo '{{\"accessToken\": \"{token}\"}}'\n"),
        format!("echo '{token}'\n"),
    ] {
        FakeAz::install(&standin, &script);
        for args in [&["audit", "-s", SPOKE, "-vvvv"][..], &["audit", "-vvvv"]] {
            let outcome = loud(standin.plaudit(args)).run();
            outcome.exits(4);
            Leaks::of(&standin, &[]).none_in(&script, &standin, &outcome);
        }
    }
    FakeAz::signed_in(&standin, SPOKE, SPOKE_NAME);
    standin.plaudit(&["audit", "-s", SPOKE]).run().exits(0);
}

/// Nothing here is anybody's mistake: Azure's own answers stay what they are.
#[test]
fn what_is_no_secret_is_not_touched() {
    let standin = StandIn::start(estate());
    let outcome = run(&standin, Way::Secret, &reads(&["collect", "-o", "-"]), &["-vv"]);
    outcome.exits(0);
    assert!(!outcome.stdout.contains("***"), "{}", outcome.stdout);
    assert!(!outcome.stderr.contains("***"), "{}", outcome.stderr);
    let echo = Echo { place: Place::Names, spelling: Spelling::Plain };
    standin.on("*/privateEndpoints", Fault::Echo(echo));
    let outcome = run(&standin, Way::Secret, &reads(&["collect", "-o", "-"]), &[]);
    outcome.exits(0).says(r#""owner":"***""#).warns("repeats a secret");
}
