//! `plaudit diff` through the binary: reports and snapshots, exit codes, files that are none of them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::run::{Outcome, Place};

/// A folder with the sample estates as snapshots and as reports.
fn place() -> Place {
    let place = Place::new();
    place.run("audit --demo -f json=faulty.json").exits(1);
    place.run("audit --demo healthy -f json=healthy.json").exits(0);
    place.sample("faulty.jsonl", str::to_owned);
    let healthy = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo-healthy.jsonl");
    place.write("healthy.jsonl", std::fs::read(healthy).unwrap());
    place
}

/// A comparison as JSON and its exit code.
fn compare(place: &Place, args: &str) -> (Value, i32) {
    place.report(&format!("diff {args}"))
}

fn fingerprints(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect()
}

/// The report of that name, changed.
fn change(place: &Place, name: &str, to: &str, change: impl FnOnce(&mut Value)) {
    let mut report: Value = serde_json::from_str(&place.read(name)).unwrap();
    change(&mut report);
    place.write(to, report.to_string());
}

#[test]
fn the_faulty_estate_and_the_healthy_one() {
    let place = place();
    let (there, code) = compare(&place, "healthy.json faulty.json");
    assert_eq!((&there["schema"], code), (&json!("plaudit/diff/v1"), 1));
    let faulty: Value = serde_json::from_str(&place.read("faulty.json")).unwrap();
    let failing = faulty["findings"].as_array().unwrap().iter().filter(|one| one["verdict"] == "fail");
    let failing: BTreeSet<String> =
        failing.map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect();
    assert_eq!(fingerprints(&there["new"]), failing);
    assert_eq!(there["summary"]["new"]["total"], failing.len());
    assert_eq!(there["summary"]["unknown"]["new"], faulty["summary"]["unknown"]);
    let (back, code) = compare(&place, "faulty.json healthy.json");
    assert_eq!((back["new"].as_array().unwrap().len(), code), (0, 0));
    let mut gone = fingerprints(&back["mended"]);
    // Of an approved connection the target is not asked for, so that nobody knows whether it is there.
    let [lost] = back["noLongerJudged"].as_array().unwrap().as_slice() else { panic!("{back}") };
    assert_eq!((&lost["rule"], &lost["reason"]["kind"]), (&json!("PE-005"), &json!("notJudged")));
    assert!(gone.insert(lost["fingerprint"].as_str().unwrap().to_owned()));
    assert_eq!(gone, failing);
}

#[test]
fn a_snapshot_says_what_its_report_says() {
    let place = place();
    let of = |args: &str| {
        let (mut diff, code) = compare(&place, args);
        for side in ["oldRun", "newRun"] {
            diff[side]["file"] = Value::Null;
            diff[side]["kind"] = Value::Null;
        }
        (diff, code)
    };
    let reports = of("healthy.json faulty.json");
    for mixed in ["healthy.jsonl faulty.jsonl", "healthy.json faulty.jsonl", "healthy.jsonl faulty.json"] {
        assert_eq!(of(mixed), reports, "{mixed}");
    }
    let (diff, _) = compare(&place, "healthy.jsonl faulty.json");
    assert_eq!((&diff["oldRun"]["kind"], &diff["newRun"]["kind"]), (&json!("snapshot"), &json!("report")));
}

#[test]
fn nothing_lies_between_a_run_and_itself() {
    let place = place();
    for one in ["faulty.json", "faulty.jsonl", "healthy.json"] {
        let run = place.run(&format!("diff {one} {one} --fail-on info"));
        run.exits(0).says("Nothing is new.").says("0 new · 0 mended · 0 no longer judged");
        run.warns("warning: OLD and NEW are one and the same run");
    }
}

#[test]
fn the_least_severity_decides() {
    let place = place();
    change(&place, "faulty.json", "fewer.json", |report| {
        report["findings"].as_array_mut().unwrap().retain(|one| one["rule"] != "NET-003");
    });
    let code = |args: &str| place.run(&format!("diff fewer.json faulty.json {args}")).code;
    let codes = ["", "--fail-on error", "--fail-on warning", "--fail-on info", "--fail-on never"].map(code);
    assert_eq!(codes, [0, 0, 1, 1, 0]);
}

#[test]
fn a_gap_of_the_later_run_is_exit_code_3() {
    let place = place();
    let (diff, code) = compare(&place, "healthy.json faulty.json --fail-on never");
    assert_eq!((diff["newGaps"].as_array().unwrap().len(), code), (1, 3));
    // Everything in a subscription of which nothing could be read.
    change(&place, "healthy.json", "blind.json", |report| {
        let home = report["scope"]["subscriptions"][0].clone();
        report["coverage"]["gaps"] = json!([{"subscription": home, "kind": "subscriptions", "status": 403,
            "code": "AuthorizationFailed", "message": "no"}]);
    });
    let (diff, code) = compare(&place, "faulty.json blind.json");
    assert_eq!(code, 3);
    let lost = diff["noLongerJudged"].as_array().unwrap();
    assert!(lost.iter().any(|one| one["reason"]["kind"] == "notRead"), "{lost:?}");
    place.run("diff faulty.json blind.json").exits(3).says("NO LONGER JUDGED").says("NEWLY NOT READ: 1 gap");
    place.run("diff blind.json blind.json").exits(0);
}

#[test]
fn the_configuration_at_hand_judges_snapshots() {
    let config = "[rules]\ndisable = [\"PE-001\"]\n\n[[suppress]]\nrule = \"PE-002\"\nresource = \"*\"\nreason = \"being | mended\"\n";
    let place = place();
    place.write("plaudit.toml", config);
    let (diff, code) = compare(&place, "faulty.json faulty.jsonl");
    assert_eq!(code, 3, "what failed is not looked for any more");
    let [lost] = diff["noLongerJudged"].as_array().unwrap().as_slice() else { panic!("{diff}") };
    assert_eq!((&lost["rule"], &lost["reason"]["kind"]), (&json!("PE-001"), &json!("ruleDidNotRun")));
    let [aside] = diff["setAside"].as_array().unwrap().as_slice() else { panic!("{diff}") };
    assert_eq!((&aside["rule"], &aside["suppressed"]), (&json!("PE-002"), &json!("being | mended")));
    place.run("diff faulty.json faulty.jsonl").says("SET ASIDE SINCE: 1 finding");
    place.run("diff faulty.json faulty.jsonl -f markdown").says("being &#124; mended");
    place.run("diff faulty.json faulty.jsonl --no-config").exits(0);
    place.run("diff faulty.json faulty.jsonl --config none.toml").exits(2);
}

fn piped(place: &Place, args: &str, from: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command.args(args.split_whitespace()).current_dir(place.path("")).env_clear();
    let output = command.stdin(File::open(place.path(from)).unwrap()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn one_of_the_two_may_come_through_a_pipe() {
    let place = place();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(place.read("faulty.json").as_bytes()).unwrap();
    place.write("faulty.json.gz", gz.finish().unwrap());
    for from in ["faulty.json", "faulty.jsonl", "faulty.json.gz"] {
        piped(&place, "diff healthy.json -", from).exits(1).says("NEW: 27 findings");
        piped(&place, "diff - healthy.json", from).exits(0).says("MENDED: 26 findings");
    }
    let run = piped(&place, "diff - -", "faulty.json");
    run.refuses(&["fatal: no comparison was made: OLD and NEW cannot both be read from stdin"]);
}

#[test]
fn what_is_no_run_is_refused() {
    let place = place();
    place.write("table.txt", place.run("audit --demo").stdout);
    place.write("diff.json", place.run("diff healthy.json faulty.json -f json").stdout);
    place.write("later.json", json!({"schema": "plaudit/report/v2"}).to_string());
    place.write("other.json", "{}");
    place.write("empty", "");
    let faulty = place.read("faulty.jsonl");
    place.write("cut.jsonl", &faulty[..faulty.len() / 2]);
    let text = place.read("faulty.json");
    place.write("cut.json", &text[..text.len() / 2]);
    place.write("\u{1b}[31m", "x");
    for (file, told) in [
        ("table.txt", "it is neither a snapshot nor a JSON report"),
        ("other.json", "it is neither a snapshot nor a JSON report: it is other JSON"),
        ("empty", "it is neither a snapshot nor a JSON report: it is empty"),
        ("diff.json", "it has schema `plaudit/diff/v1`"),
        ("later.json", "it has schema `plaudit/report/v2`"),
        ("cut.jsonl", "cut.jsonl is cut off"),
        ("cut.json", "it is no report of plaudit's"),
        ("none.json", "it cannot be read"),
        (".", "cannot read"),
        ("\u{1b}[31m", "it is neither"),
    ] {
        for args in [format!("diff {file} healthy.json"), format!("diff healthy.json {file}")] {
            let run = place.run(&args);
            run.exits(4).warns("fatal: no comparison was made").warns(told).warns("help: ");
            assert_eq!(run.stdout, "");
            assert!(!run.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", run.stderr);
        }
    }
}

#[test]
fn outputs_are_those_of_an_audit() {
    let place = place();
    let run = place.run("diff healthy.json faulty.json -f table -f json=d.json -f markdown=d.md");
    run.exits(1).says("NEW: 27 findings");
    assert_eq!(place.read("d.json"), place.run("diff healthy.json faulty.json -f json").stdout);
    assert!(place.read("d.md").contains("### New: 27 findings"));
    place.run("diff healthy.json faulty.json -f sarif").refuses(&["the formats are table, json, markdown"]);
    place.run("diff healthy.json faulty.json -f jsn").refuses(&["`json`"]);
    place.run("diff healthy.json faulty.json -f json -f table").refuses(&["would both go to stdout"]);
    place.run("diff healthy.json faulty.json -f json=no/such/d.json").refuses(&["no/such/d.json"]);
    place.run("diff healthy.json").exits(2);
}

#[test]
fn the_wrong_way_round_is_told() {
    let place = place();
    change(&place, "healthy.json", "later.json", |report| {
        report["collectedAt"] = "2027-01-01T00:00:00Z".into();
        report["tenantId"] = "another".into();
        report["tool"]["version"] = "0.0.1".into();
    });
    let run = place.run("diff later.json healthy.json");
    run.warns("are they the wrong way round?").warns("OLD is of tenant another").warns("plaudit 0.0.1");
    run.says("! OLD was read after NEW");
}

#[test]
fn reports_of_other_versions_are_read() {
    let place = place();
    change(&place, "faulty.json", "older.json", |report| {
        let all = report.as_object_mut().unwrap();
        for key in ["rules", "tool", "scope", "tenantId", "cloud", "notes", "suppressions", "unfinished"] {
            all.remove(key);
        }
        for finding in all["findings"].as_array_mut().unwrap() {
            for key in ["name", "cause", "related", "message", "suppressed", "evidence", "inBaseline"] {
                finding.as_object_mut().unwrap().remove(key);
            }
        }
    });
    place.run("diff older.json faulty.json").exits(0).says("27 unchanged");
    let (diff, code) = compare(&place, "faulty.json older.json");
    assert_eq!((&diff["summary"]["unchanged"]["total"], code), (&json!(27), 0));
    let (diff, code) = compare(&place, "faulty.json healthy.json");
    assert_eq!((&diff["summary"]["mended"]["total"], code), (&json!(26), 0));
    change(&place, "healthy.json", "untold.json", |report| {
        report.as_object_mut().unwrap().remove("rules");
    });
    let (diff, code) = compare(&place, "faulty.json untold.json");
    assert_eq!((&diff["summary"]["mended"]["total"], code), (&json!(0), 3), "nobody knows which rules ran");
    change(&place, "healthy.json", "newer.json", |report| {
        report["coverage"]["gaps"] = json!([{"subscription": null, "kind": "wormholes", "newField": {}}]);
        report["findings"] = json!([{"rule": "NEW-001", "severity": "dire", "verdict": "fail", "fingerprint": "f",
            "subject": {"id": "x", "type": "y", "name": "z"}}]);
    });
    let (diff, code) = compare(&place, "faulty.json newer.json");
    assert_eq!((&diff["summary"]["mended"]["total"], code), (&json!(0), 1), "it may be the worst");
    assert_eq!(diff["newGaps"][0]["code"], "wormholes: ");
}
