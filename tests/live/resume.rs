//! A run of `collect` that was stopped goes on where it was, and what it writes is what an undisturbed run writes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::standin::child::Run;
use crate::standin::fault::Fault;
use crate::standin::journal::Door;
use crate::standin::objects::{HUB, SPOKE, spoil_record, spoke_and_hub};
use crate::standin::{Settings, StandIn};

/// Pages are short, so that lists have several.
fn standin() -> StandIn {
    let mut objects = spoke_and_hub(7);
    spoil_record(&mut objects);
    let latency = Duration::from_millis(5);
    StandIn::with(objects, Settings { page_size: 3, latency, ..Settings::default() })
}

/// Where a run of this name writes.
fn output(standin: &StandIn, name: &str) -> PathBuf {
    standin.folder().join(name)
}

fn journal(output: &Path) -> PathBuf {
    PathBuf::from(format!("{}.journal", output.display()))
}

fn collect(standin: &StandIn, output: &Path, more: &[&str]) -> Run {
    let output = output.to_string_lossy();
    standin.signed_in(&[["collect", "-s", SPOKE, "-o", &output].as_slice(), more].concat())
}

/// How many lines of a journal are whole.
fn lines(output: &Path) -> usize {
    let bytes = fs::read(journal(output)).unwrap_or_default();
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// A snapshot without its time.
fn timeless(output: &Path) -> String {
    let text = fs::read_to_string(output).unwrap();
    let header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    text.replace(header["collectedAt"].as_str().unwrap(), "THEN")
}

fn collected_at(output: &Path) -> String {
    let text = fs::read_to_string(output).unwrap();
    let header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    header["collectedAt"].as_str().unwrap().to_owned()
}

/// Leaves the journal of a run that was killed after so many lines.
fn kill_after(standin: &StandIn, output: &Path, count: usize) {
    collect(standin, output, &[]).kill_when(|| lines(output) >= count);
    assert!(!output.exists(), "a run that is killed writes no snapshot");
}

/// Rewrites a journal's header.
fn rewrite(output: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(journal(output)).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    assert!(header.contains(from), "no {from} in {header}");
    fs::write(journal(output), format!("{}\n{rest}", header.replace(from, to))).unwrap();
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_snapshot() {
    let standin = standin();
    let whole = output(&standin, "whole.jsonl");
    collect(&standin, &whole, &[]).run().exits(0);
    let undisturbed = standin.at(Door::Arm).len();
    assert!(!journal(&whole).exists(), "a run that is done leaves no journal");
    for count in [1, 2, 9, 17, 25] {
        let stopped = output(&standin, &format!("stopped-{count}.jsonl"));
        kill_after(&standin, &stopped, count);
        let (kept, before) = (lines(&stopped) - 1, standin.at(Door::Arm).len());
        let started = fs::read_to_string(journal(&stopped)).unwrap();
        let outcome = collect(&standin, &stopped, &["--resume"]).run();
        outcome.exits(0).warns("going on with the run of").keeps_secrets(&standin);
        outcome.warns("answers are of the run that was stopped; the snapshot is dated");
        assert_eq!(timeless(&stopped), timeless(&whole), "killed after {count} lines");
        assert!(started.contains(&format!("\"startedAt\":\"{}\"", collected_at(&stopped))));
        assert!(!journal(&stopped).exists());
        let asked = standin.at(Door::Arm).len() - before;
        assert!(
            asked <= undisturbed && (kept < 12 || asked < undisturbed - 4),
            "{asked} of {undisturbed} after {kept}"
        );
    }
}

#[test]
fn a_run_that_is_killed_over_and_over_gets_there() {
    let standin = standin();
    let (whole, stopped) = (output(&standin, "whole.jsonl"), output(&standin, "stopped.jsonl"));
    collect(&standin, &whole, &[]).run().exits(0);
    kill_after(&standin, &stopped, 5);
    for more in [4, 4, 4] {
        let goal = lines(&stopped) + more;
        collect(&standin, &stopped, &["--resume"]).kill_when(|| lines(&stopped) >= goal);
    }
    collect(&standin, &stopped, &["--resume"]).run().exits(0);
    assert_eq!(timeless(&stopped), timeless(&whole));
}

#[test]
fn a_line_that_was_cut_off_is_read_again() {
    let standin = standin();
    let (whole, stopped) = (output(&standin, "whole.jsonl.gz"), output(&standin, "stopped.jsonl.gz"));
    collect(&standin, &whole, &[]).run().exits(0);
    kill_after(&standin, &stopped, 15);
    let bytes = fs::read(journal(&stopped)).unwrap();
    fs::write(journal(&stopped), &bytes[..bytes.len() - 7]).unwrap();
    collect(&standin, &stopped, &["--resume"]).run().exits(0);
    let report = |file: &Path| {
        let file = file.to_string_lossy();
        let outcome = Run::new(standin.folder(), &["audit", "--snapshot", &file, "-f", "json"]).run();
        let time = outcome.exits(1).report()["collectedAt"].as_str().unwrap().to_owned();
        outcome.stdout.replace(&time, "THEN")
    };
    assert_eq!(report(&stopped), report(&whole));
}

#[test]
fn gaps_of_the_moment_are_filled_later() {
    let standin = standin();
    let (whole, gappy) = (output(&standin, "whole.jsonl"), output(&standin, "gappy.jsonl"));
    collect(&standin, &whole, &[]).run().exits(0);
    let pattern = format!("*{HUB}*/ALL");
    // Its first page and a few tries of its second.
    standin.on_nth(&pattern, 1..5, Fault::Status(503, "ServiceUnavailable"));
    let outcome = collect(&standin, &gappy, &[]).run();
    outcome.exits(3).warns("1 of 1 gaps may be filled by the same command with --resume");
    assert!(journal(&gappy).exists());
    let (first, before) = (collected_at(&gappy), standin.at(Door::Arm).len());
    assert_ne!(timeless(&gappy), timeless(&whole));
    collect(&standin, &gappy, &["--resume"]).run().exits(0);
    assert_eq!((timeless(&gappy), collected_at(&gappy)), (timeless(&whole), first));
    assert!(!journal(&gappy).exists());
    let asked: Vec<_> = standin.at(Door::Arm).split_off(before);
    assert!(!asked.is_empty() && asked.iter().all(|entry| entry.is(&pattern)), "{asked:#?}");
    // A list is read from its start: pages of two times are no list.
    assert!(!asked[0].query.to_lowercase().contains("skiptoken"), "{}", asked[0].query);
}

#[test]
fn gaps_that_stay_keep_no_journal() {
    let standin = standin();
    standin.on(&format!("*{HUB}*/privateDnsZones"), Fault::Forbidden);
    let file = output(&standin, "estate.jsonl");
    let outcome = collect(&standin, &file, &[]).run();
    outcome.exits(3);
    assert!(!outcome.stderr.contains("--resume"), "{}", outcome.stderr);
    assert!(file.exists() && !journal(&file).exists());
}

#[test]
fn a_run_that_took_too_long_says_how_it_goes_on() {
    let standin = standin();
    standin.on_first(1, &format!("*{SPOKE}*/privateEndpoints"), Fault::Late(Duration::from_secs(50)));
    let file = output(&standin, "estate.jsonl");
    let outcome = collect(&standin, &file, &["--timeout", "6"]).run();
    outcome.exits(4).warns("the same command with --resume goes on from there").warns("--timeout");
    assert!(!file.exists());
    collect(&standin, &file, &["--resume"]).run().exits(0);
    assert!(!journal(&file).exists());
}

#[test]
fn a_sign_in_that_expires_half_way_can_be_renewed_and_gone_on_with() {
    let standin = standin();
    let (whole, file) = (output(&standin, "whole.jsonl"), output(&standin, "estate.jsonl"));
    collect(&standin, &whole, &[]).run().exits(0);
    standin.on(&format!("*{SPOKE}*/networkSecurityGroups"), Fault::Status(401, "ExpiredAuthenticationToken"));
    collect(&standin, &file, &[]).run().exits(3).warns("may be filled by the same command with --resume");
    // Still expired: nothing is lost, and the journal stays.
    collect(&standin, &file, &["--resume"]).run().exits(3).warns("with --resume");
    assert!(journal(&file).exists());
    let bytes = fs::read_to_string(journal(&file)).unwrap();
    assert!(!bytes.contains("ExpiredAuthenticationToken"), "failures are not kept");
}

#[test]
fn a_sign_in_that_fails_leaves_the_journal_alone() {
    let standin = standin();
    let file = output(&standin, "estate.jsonl");
    kill_after(&standin, &file, 9);
    let before = fs::read(journal(&file)).unwrap();
    let output = file.to_string_lossy();
    for more in [[].as_slice(), &["--resume"]] {
        let args = [["collect", "-s", SPOKE, "-o", &output].as_slice(), more].concat();
        standin.plaudit(&args).principal("wrong").run().exits(4);
        assert_eq!(fs::read(journal(&file)).unwrap(), before, "{more:?}");
    }
}

#[test]
fn nothing_answered_leaves_nothing() {
    let standin = standin();
    standin.on("/subscriptions*", Fault::Forbidden);
    let file = output(&standin, "none.jsonl");
    collect(&standin, &file, &[]).run().exits(4);
    assert!(!file.exists() && !journal(&file).exists());
}

#[test]
fn without_resume_a_run_starts_anew_and_says_so() {
    let standin = standin();
    let (whole, file) = (output(&standin, "whole.jsonl"), output(&standin, "estate.jsonl"));
    collect(&standin, &whole, &[]).run().exits(0);
    let undisturbed = standin.at(Door::Arm).len();
    kill_after(&standin, &file, 15);
    let before = standin.at(Door::Arm).len();
    collect(&standin, &file, &[]).run().exits(0).warns("the journal of a run that did not read everything");
    assert_eq!(standin.at(Door::Arm).len() - before, undisturbed);
    assert_eq!(timeless(&file), timeless(&whole));
    assert!(!journal(&file).exists());
}

#[test]
fn a_journal_is_its_owners_and_holds_no_token() {
    let standin = standin();
    let file = output(&standin, "estate.jsonl");
    kill_after(&standin, &file, 25);
    assert_eq!(fs::metadata(journal(&file)).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(journal(&file)).unwrap();
    for secret in standin.secrets() {
        assert!(!text.contains(&secret), "{secret} in the journal");
    }
    for header in ["bearer", "authorization\"", "x-ms-ratelimit", "x-ms-request-id"] {
        assert!(!text.to_lowercase().contains(header), "{header} in the journal");
    }
}

#[test]
fn what_cannot_be_gone_on_with_is_refused_before_anything_is_asked() {
    let standin = standin();
    let file = output(&standin, "estate.jsonl");
    kill_after(&standin, &file, 9);
    let before = fs::read(journal(&file)).unwrap();
    let asked = standin.log().len();
    let name = file.to_string_lossy();
    let other = output(&standin, "other.jsonl");
    for (args, told) in [
        (
            ["collect", "-s", SPOKE, "-o", "-", "--resume"].as_slice(),
            "--resume needs an output that is a file",
        ),
        (&["collect", "-s", SPOKE, "-o", "/dev/null", "--resume"], "--resume needs an output that is a file"),
        (&["collect", "-s", SPOKE, "-o", &other.to_string_lossy(), "--resume"], "there is no stopped run"),
        (&["collect", "-s", HUB, "-o", &name, "--resume"], "is of another run: --subscription was"),
        (
            &["collect", "--all-subscriptions", "-o", &name, "--resume"],
            "is of another run: --subscription was",
        ),
        (&["collect", "-s", SPOKE, "-g", "rg", "-o", &name, "--resume"], "--resource-group was not given"),
        (&["collect", "-s", SPOKE, "--no-context", "-o", &name, "--resume"], "--no-context was not given"),
        (
            &["collect", "-s", SPOKE, "--context-subscription", HUB, "-o", &name, "--resume"],
            "--context-subscription",
        ),
        (&["collect", "-s", SPOKE, "--deep", "-o", &name, "--resume"], "--deep was not given"),
        (
            &["collect", "-s", SPOKE, "--cloud", "AzureChinaCloud", "-o", &name, "--resume"],
            "--cloud was AzureCloud",
        ),
        (&["collect", "-s", SPOKE, "--source", "graph", "-o", &name, "--resume"], "--source was auto"),
    ] {
        let outcome = standin.signed_in(args).run();
        outcome.exits(2).warns(told).warns("help: ").warns("--resume");
        assert_eq!(outcome.stdout, "");
    }
    assert_eq!(standin.log().len(), asked, "nothing was asked");
    assert_eq!(fs::read(journal(&file)).unwrap(), before, "a refusal leaves the journal alone");
    assert!(!file.exists());
}

#[test]
fn a_journal_that_is_not_what_it_was_is_refused() {
    let standin = standin();
    let file = output(&standin, "estate.jsonl");
    kill_after(&standin, &file, 9);
    let good = fs::read_to_string(journal(&file)).unwrap();
    let refused = |told: &str| {
        collect(&standin, &file, &["--resume"])
            .run()
            .exits(2)
            .warns(told)
            .warns("without --resume it starts anew");
        fs::write(journal(&file), &good).unwrap();
    };
    rewrite(&file, "\"version\":1", "\"version\":2");
    refused("is too new");
    let time = good.split("\"startedAt\":\"").nth(1).unwrap().split('"').next().unwrap();
    rewrite(&file, time, "2020-01-01T00:00:00Z");
    refused("more than 24 hours ago");
    let tenant = crate::standin::signin::TENANT;
    rewrite(&file, tenant, "99999999-dddd-4000-8000-000000000009");
    refused("the tenant was 99999999-dddd-4000-8000-000000000009");
    fs::write(journal(&file), good.replacen("{\"url\"", "{\"\u{1b}[2Jurl\"", 1)).unwrap();
    refused("is damaged at line 2");
    fs::write(journal(&file), "").unwrap();
    refused("is not the journal of a run");
    collect(&standin, &file, &["--resume"]).run().exits(0);
}
