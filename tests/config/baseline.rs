//! A former report: what it had is known, what is new counts.

use std::io::Write;

use serde_json::{Value, json};

use crate::run::{Place, counting, notes};

#[test]
fn what_is_found_now_is_known_later() {
    let place = Place::new();
    let first = place.run("audit --demo --write-baseline known.json");
    first.exits(1).says("exit code 1 is expected");
    assert_eq!(place.read("known.json"), place.run("audit --demo -f json").stdout, "it is the JSON report");
    let (report, code) = place.report("audit --demo --baseline known.json --fail-on info");
    assert_eq!((counting(&report).len(), code), (0, 0));
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["inBaseline"] == true));
    let summary = &report["summary"];
    assert_eq!((&summary["error"], &summary["unknown"]), (&json!(0), &json!(0)));
    assert_eq!(summary["inBaseline"], findings.len());
    assert_eq!(report["coverage"]["complete"], false);
    let table = place.run("audit --demo --baseline known.json");
    let known = format!("KNOWN: {} findings, in the baseline already", findings.len());
    table.exits(0).says(&known).says("No new fault found");
}

#[test]
fn a_baseline_goes_to_stdout_by_the_usual_sign() {
    let place = Place::new();
    let run = place.run("audit --demo -f table=seen.txt --write-baseline -");
    assert_eq!(run.stdout, place.run("audit --demo -f json").stdout);
    place.run("audit --demo --write-baseline -").exits(2);
}

#[test]
fn only_what_is_new_counts() {
    let place = Place::new();
    place.run("audit --demo --write-baseline known.json");
    let mut old: Value = serde_json::from_str(&place.read("known.json")).unwrap();
    old["findings"].as_array_mut().unwrap().retain(|f| f["rule"] != "NET-003");
    place.write("known.json", old.to_string());
    let (report, code) = place.report("audit --demo --baseline known.json");
    assert_eq!((counting(&report).join(", "), code), ("NET-003 peer-to-vnet-hub-weu fail".to_owned(), 0));
    assert_eq!(place.run("audit --demo --baseline known.json --fail-on warning").code, 1);
}

#[test]
fn a_new_unknown_is_exit_code_3_and_a_known_one_is_not() {
    let place = Place::new();
    place.run("audit --demo --write-baseline known.json");
    let mut old: Value = serde_json::from_str(&place.read("known.json")).unwrap();
    old["findings"].as_array_mut().unwrap().retain(|f| f["verdict"] != "unknown");
    place.write("faults.json", old.to_string());
    assert_eq!(place.run("audit --demo --baseline faults.json").code, 3);
    assert_eq!(place.run("audit --demo --baseline known.json").code, 0);
}

#[test]
fn what_has_mended_is_counted() {
    let place = Place::new();
    place.run("audit --demo --write-baseline known.json");
    let old: Value = serde_json::from_str(&place.read("known.json")).unwrap();
    let mended = old["findings"].as_array().unwrap().len();
    let (report, code) = place.report("audit --demo healthy --baseline known.json");
    assert_eq!((counting(&report).len(), code), (0, 0));
    let told = format!("{mended} findings of the baseline are no longer found");
    assert!(notes(&report).contains(&told), "{}", notes(&report));
    place.run("audit --demo healthy --baseline known.json").says(&told);
}

#[test]
fn what_got_worse_counts_again() {
    let place = Place::new();
    place.run("audit --demo --write-baseline known.json");
    let mut old: Value = serde_json::from_str(&place.read("known.json")).unwrap();
    for finding in old["findings"].as_array_mut().unwrap() {
        match finding["rule"].as_str().unwrap() {
            "PE-001" => finding["verdict"] = "unknown".into(),
            "PE-002" => finding["severity"] = "warning".into(),
            // What is unknown now was worse when it failed.
            "COV-002" => finding["verdict"] = "fail".into(),
            _ => {}
        }
    }
    place.write("known.json", old.to_string());
    let (report, code) = place.report("audit --demo --baseline known.json");
    assert_eq!(counting(&report), ["PE-001 pe-kv-payments fail", "PE-002 pe-cosmos-forecast fail"]);
    assert_eq!(code, 1);
    let told = "2 findings of the baseline are worse now than then, and so count again";
    assert!(notes(&report).contains(told), "{}", notes(&report));
}

#[test]
fn a_baseline_can_be_read_and_written_in_one_run() {
    let place = Place::new();
    place.run("audit --demo --write-baseline known.json").exits(1);
    place.run("audit --demo healthy --baseline known.json --write-baseline known.json").exits(0);
    let now: Value = serde_json::from_str(&place.read("known.json")).unwrap();
    assert_eq!(now["findings"], json!([]));
    place.run("audit --demo --baseline known.json").exits(1);
}

#[test]
fn what_a_configuration_had_set_aside_is_not_taken_over() {
    let place = Place::with("[[suppress]]\nrule = \"PE-001\"\nresource = \"*\"\nreason = \"x\"\n");
    place.run("audit --demo --write-baseline known.json").exits(1);
    place.run("audit --demo --baseline known.json").exits(0);
    let (report, code) = place.report("audit --demo --baseline known.json --no-config");
    assert_eq!((counting(&report).join(", "), code), ("PE-001 pe-kv-payments fail".to_owned(), 1));
}

#[test]
fn compressed_reports_are_read_and_other_files_refused() {
    let place = Place::new();
    place.run("audit --demo --write-baseline known.json");
    let text = place.read("known.json");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    place.write("known.json.gz", gz.finish().unwrap());
    place.write("known.json.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    for name in ["known.json.gz", "known.json.zst"] {
        place.run(&format!("audit --demo --baseline {name}")).exits(0);
    }
    place.sample("estate.jsonl", str::to_owned);
    place.write("empty.json", "");
    place.write("cut.json", &text[..text.len() / 2]);
    place.write("v2.json", text.replace("plaudit/report/v1", "plaudit/report/v2"));
    place.write("other.json", "{\"a\": 1}");
    place.write("hostile.json", "{\"schema\": \"\\u001b[2Jplaudit\\nhelp: well\"}");
    place.write("cut.json.gz", gzip_start(&place));
    for (name, says) in [
        ("estate.jsonl", "it is a snapshot"),
        ("empty.json", "it is no report of plaudit's"),
        ("cut.json", "it is no report of plaudit's"),
        ("v2.json", "it has schema `plaudit/report/v2`"),
        ("other.json", "it names no schema"),
        ("hostile.json", r"schema `\u{1b}[2Jplaudit\u{a}help: well`"),
        ("cut.json.gz", "cannot be read"),
        ("absent.json", "absent.json"),
        (".", "--baseline"),
    ] {
        place.run(&format!("audit --demo --baseline {name}")).refuses(&[says, "--baseline", "help: "]);
    }
}

fn gzip_start(place: &Place) -> Vec<u8> {
    let whole = std::fs::read(place.path("known.json.gz")).unwrap();
    whole[..whole.len() / 2].to_vec()
}

#[test]
fn two_outputs_do_not_share_a_file_and_a_bad_place_is_told_first() {
    let place = Place::new();
    place.run("audit --demo -f json=a.json --write-baseline ./a.json").refuses(&["choose two files"]);
    place.run("audit --demo --write-baseline no/such/a.json").refuses(&["no/such/a.json"]);
    assert!(!place.path("a.json").exists());
}
