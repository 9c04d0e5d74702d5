//! Every fault at once, over many seeds: no panic, no hang, no wrong finding, no silence, no token to anybody else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::graph::objects;
use crate::estate::demo::Demo;
use crate::estate::rounds;
use crate::standin::child::{Outcome, Run, gaps};
use crate::standin::journal::Door;
use crate::standin::metrics::Flows;
use crate::standin::storm::Weather;
use crate::standin::{Settings, StandIn};

const SEEDS: u64 = 200;

/// Runs at a time. They wait more than they work.
const AT_ONCE: usize = 24;

/// When a run gives up, in seconds.
const TIMEOUT: &str = "20";

/// What reading ends with is well below this, whatever is thrown at it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Kilobytes. A few large answers at a time are let in, and each is refused once it is 64 MB.
const MEMORY: u64 = 450 * 1024;

/// What is true and is told where what is worse could not be read: that the target is gone.
const WEAKER: [&str; 1] = ["PE-003 pe-st-archive-blob"];

/// The estate, whom it is audited for, and what is found there in fair weather.
struct Fair {
    objects: Vec<Value>,
    audited: Vec<String>,
    fails: BTreeMap<String, String>,
}

impl Fair {
    fn new() -> Self {
        let collected = rounds::read(&Demo::faulty().e);
        let objects = objects(&collected);
        let audited: Vec<String> =
            collected.origin.scope.subscriptions.iter().map(ToString::to_string).collect();
        let standin = StandIn::start(objects.clone());
        let report = audit(&standin, &audited, "arm").exits(1).report();
        assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
        let fails = fails(&report);
        assert!(fails.len() > 20, "{fails:#?}");
        Fair { objects, audited, fails }
    }
}

/// What is said to be wrong, apart from what was not read: by rule and fingerprint, with the message.
fn fails(report: &Value) -> BTreeMap<String, String> {
    let findings = report["findings"].as_array().unwrap();
    let fails = findings.iter().filter(|finding| finding["verdict"] == "fail");
    let fails = fails.filter(|finding| !finding["rule"].as_str().unwrap().starts_with("COV-"));
    let key = |f: &Value| match f["rule"].as_str().unwrap() {
        "PE-003" => format!("PE-003 {}", f["subject"]["name"].as_str().unwrap()),
        rule => format!("{rule} {}", f["fingerprint"].as_str().unwrap()),
    };
    fails.map(|f| (key(f), f["message"].to_string())).collect()
}

fn audit(standin: &StandIn, audited: &[String], source: &str) -> Outcome {
    let metrics = standin.metrics_endpoint();
    let mut args = vec!["audit", "-f", "json", "--source", source, "--timeout", TIMEOUT];
    args.extend(["--metrics", "--metrics-endpoint", &metrics]);
    args.extend(audited.iter().flat_map(|id| ["-s", id.as_str()]));
    standin.signed_in(&args).patience(PATIENCE).run()
}

/// The storm of a seed: from a breeze to a hurricane.
fn storm(seed: u64, fair: &Fair) -> Settings {
    let strength = [5, 20, 60, 150, 300][(seed % 5) as usize];
    let gone = &fair.audited[(seed / 5) as usize % fair.audited.len()];
    let weather = Weather {
        seed,
        passing: strength,
        lasting: strength / 5,
        sign_in: strength,
        vanishing: (seed % 4 == 1).then(|| (gone.to_ascii_lowercase(), 10 + (seed as usize * 7) % 150)),
        foreign: String::new(),
    };
    Settings {
        page_size: [3, 10, 100][(seed % 3) as usize],
        empty_pages: seed.is_multiple_of(2),
        graph_page: [7, 50, 1000][(seed % 3) as usize],
        token_told: [3599, 60, 0][(seed / 3 % 3) as usize],
        token_life: Duration::from_millis([3_600_000, 300, 2_000][(seed / 9 % 3) as usize]),
        revoke_after: seed.is_multiple_of(3).then_some(20 + (seed as usize * 13) % 200),
        flows: Flows::default(),
        storm: Some(weather),
        ..Settings::default()
    }
}

/// How a run ended, for the sum of all.
#[derive(Debug, Default)]
struct Ends {
    /// By exit code.
    codes: BTreeMap<i32, usize>,
    whole: usize,
    peak: u64,
    longest: Duration,
    requests: usize,
    /// Findings that were told in spite of all, and that were to be told.
    told: usize,
    due: usize,
}

fn run(seed: u64, fair: &Fair) -> (Outcome, StandIn) {
    let standin = StandIn::with(fair.objects.clone(), storm(seed, fair));
    let source = if seed.is_multiple_of(2) { "arm" } else { "graph" };
    let outcome =
        if seed % 7 == 3 { by_file(&standin, fair, source) } else { audit(&standin, &fair.audited, source) };
    (outcome, standin)
}

/// Reads into a file first, goes on with that when the storm is over if it has to, and audits it.
fn by_file(standin: &StandIn, fair: &Fair, source: &str) -> Outcome {
    let file = standin.folder().join("estate.jsonl");
    let file = file.to_str().unwrap();
    let mut args = vec!["collect", "-o", file, "--source", source, "--timeout", TIMEOUT];
    args.extend(fair.audited.iter().flat_map(|id| ["-s", id.as_str()]));
    let mut collected = standin.signed_in(&args).patience(PATIENCE).run();
    if collected.stderr.contains("--resume") {
        standin.calm();
        args.push("--resume");
        let further = standin.signed_in(&args).patience(PATIENCE).run();
        collected = Outcome { stderr: collected.stderr + &further.stderr, ..further };
    }
    if ![0, 3].contains(&collected.code) {
        return collected;
    }
    let audited = Run::new(standin.folder(), &["audit", "--snapshot", file, "-f", "json"]).run();
    Outcome { stderr: collected.stderr + &audited.stderr, ..audited }
}

/// Says what is wrong with a run, if anything is.
fn judge(outcome: &Outcome, standin: &StandIn, fair: &Fair, ends: &mut Ends) -> Result<(), String> {
    let expect = |is_so: bool, what: &str| if is_so { Ok(()) } else { Err(what.to_owned()) };
    *ends.codes.entry(outcome.code).or_default() += 1;
    ends.peak = ends.peak.max(outcome.peak.unwrap_or_default());
    ends.longest = ends.longest.max(outcome.took);
    ends.requests += standin.log().len();
    expect(outcome.peak.is_none_or(|peak| peak < MEMORY), "it held too much memory")?;
    expect(!outcome.stderr.contains("panicked"), "it panicked")?;
    expect(standin.at(Door::Foreign).is_empty(), "it spoke to a foreign host")?;
    outcome.keeps_secrets(standin);
    if outcome.code == 4 {
        expect(outcome.stdout.is_empty(), "a failed run printed something")?;
        let said = ["no audit was performed", "nothing was collected"];
        return expect(
            said.iter().any(|said| outcome.stderr.contains(said)),
            "it does not say that it did nothing",
        );
    }
    expect([0, 1, 3].contains(&outcome.code), "it exits oddly")?;
    let report = outcome.report();
    let told = fails(&report);
    ends.told += told.len();
    ends.due += fair.fails.len();
    let is_due = |key: &str| fair.fails.contains_key(key) || WEAKER.contains(&key);
    let wrong: BTreeSet<_> = told.iter().filter(|(key, _)| !is_due(key)).collect();
    if !wrong.is_empty() {
        return Err(format!("it finds what is not there: {wrong:#?}\n{:#?}", gaps(&report)));
    }
    let is_whole = report["coverage"]["complete"] == true;
    ends.whole += usize::from(is_whole);
    let missed: Vec<_> = fair.fails.iter().filter(|(key, _)| !told.contains_key(*key)).collect();
    expect(missed.is_empty() || !is_whole, &format!("it is silent about {missed:#?}"))?;
    expect(is_whole == gaps(&report).is_empty(), "coverage and gaps disagree")
}

#[test]
#[allow(clippy::print_stderr, reason = "what came of it is there to be read")]
fn two_hundred_storms_find_nothing_that_is_not_there() {
    let fair = Fair::new();
    let only: Option<u64> = std::env::var("PLAUDIT_STORM").ok().and_then(|seed| seed.parse().ok());
    let next = AtomicU64::new(only.unwrap_or(0));
    let end = only.map_or(SEEDS, |seed| seed + 1);
    let ends = Mutex::new(Ends::default());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= end {
                        return;
                    }
                    let (outcome, standin) = run(seed, &fair);
                    let judged = judge(&outcome, &standin, &fair, &mut ends.lock().unwrap());
                    if only.is_some() {
                        eprintln!("{}", outcome.stderr);
                    }
                    if let Err(what) = judged {
                        let stderr = &outcome.stderr;
                        wrong.lock().unwrap().push(format!("PLAUDIT_STORM={seed}: {what}\n{stderr}"));
                    }
                }
            });
        }
    });
    let (wrong, ends) = (wrong.into_inner().unwrap(), ends.into_inner().unwrap());
    eprintln!("{ends:?}");
    assert!(only.is_some() || ends.told * 3 > ends.due, "hardly anything is told: {ends:?}");
    assert!(only.is_some() || ends.whole > 10, "hardly a run was whole: {ends:?}");
    assert!(wrong.is_empty(), "{} runs: {}", wrong.len(), wrong.join("\n\n"));
}
