//! What code scanning is told: every finding, marked for what it is, at a place and with a rule.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use plaudit::finding::{Finding, Report, Severity, Verdict};
use plaudit::inventory::ResourceId;
use plaudit::report::{Background, Format, SourceLines, Style, write};
use plaudit::rules;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::estate::{clean, endpoint, finding, mixed, unlinked};
use crate::hostile;

fn background() -> Background {
    Background {
        pages: rules::all().unwrap().into_iter().map(|rule| rule.page).collect(),
        ..Background::default()
    }
}

fn text(report: &Report, background: &Background) -> String {
    let mut out = Vec::new();
    write(report, background, Format::Sarif, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The only run.
fn run(report: &Report) -> Value {
    let mut log: Value = serde_json::from_str(&text(report, &background())).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    log["runs"][0].take()
}

fn results(run: &Value) -> &Vec<Value> {
    run["results"].as_array().unwrap()
}

fn fingerprint(result: &Value) -> &str {
    result["partialFingerprints"]["plaudit/v1"].as_str().unwrap()
}

fn notifications(run: &Value) -> Vec<(&str, &str)> {
    let all = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().iter();
    all.map(|one| (one["level"].as_str().unwrap(), one["message"]["text"].as_str().unwrap())).collect()
}

/// A bit of everything, with some of it in the baseline.
fn everything() -> Report {
    let mut report = mixed(500);
    for finding in report.findings.iter_mut().filter(|one| one.suppressed.is_none()).step_by(7) {
        finding.in_baseline = true;
    }
    report
}

#[test]
fn every_finding_is_a_result_that_says_what_it_is() {
    let report = everything();
    let by_fingerprint: HashMap<&str, &Finding> =
        report.findings.iter().map(|one| (one.fingerprint.as_str(), one)).collect();
    let run = run(&report);
    let told: BTreeSet<&str> = results(&run).iter().map(fingerprint).collect();
    assert_eq!(told, by_fingerprint.keys().copied().collect());
    assert_eq!(results(&run).len(), report.findings.len());
    for result in results(&run) {
        let finding = by_fingerprint[fingerprint(result)];
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        let (kind, level) = match finding.verdict {
            Verdict::Fail => ("fail", level),
            Verdict::Unknown => ("open", "none"),
        };
        assert_eq!((&result["kind"], &result["level"]), (&json!(kind), &json!(level)));
        let message = result["message"]["text"].as_str().unwrap();
        assert_eq!(message.starts_with("unknown: "), finding.verdict == Verdict::Unknown);
        assert_eq!(message.ends_with("(in the baseline already)"), finding.in_baseline);
        assert_eq!(message.ends_with("(suppressed: known since March)"), finding.suppressed.is_some());
        let suppressions = match &finding.suppressed {
            Some(reason) => json!([{"kind": "external", "justification": reason}]),
            None => json!([]),
        };
        assert_eq!(result["suppressions"], suppressions);
        let state = if finding.in_baseline { "unchanged" } else { "new" };
        assert_eq!(result["baselineState"], state);
        assert_eq!(result["ruleId"], finding.rule);
        assert_eq!(result["relatedLocations"].as_array().map_or(0, Vec::len), finding.related.len());
        assert_eq!(result["properties"]["confidence"], finding.confidence.name());
        assert_eq!(result["properties"]["cause"]["id"], finding.cause.id.as_str());
        let commands = result["properties"]["remediation"].as_array().unwrap().iter();
        let commands: Vec<Option<&str>> = commands.map(|step| step["command"].as_str()).collect();
        let ours: Vec<Option<&str>> =
            finding.remediation.iter().map(|step| step.command.as_deref()).collect();
        assert_eq!(commands, ours);
    }
}

#[test]
fn without_a_baseline_nothing_is_new_and_without_suppressions_nothing_says_so() {
    let mut report = mixed(2);
    let lacks = |report: &Report, key: &str| results(&run(report)).iter().all(|one| one.get(key).is_none());
    assert!(lacks(&report, "baselineState") && !lacks(&report, "suppressions"));
    report.findings.retain(|finding| finding.suppressed.is_none());
    report.suppressions.clear();
    assert!(lacks(&report, "suppressions"));
}

#[test]
fn the_worst_comes_first_and_what_is_set_aside_last() {
    let rank = |result: &Value| {
        let aside = result["suppressions"] != json!([]);
        let known = result["baselineState"] == "unchanged";
        let level = ["error", "warning", "note", "none"].iter().position(|level| result["level"] == *level);
        (aside, known, level)
    };
    let run = run(&everything());
    assert!(results(&run).iter().map(rank).is_sorted());
    assert_eq!(rank(&results(&run)[0]), (false, false, Some(0)));
}

#[test]
fn rules_are_described_from_their_pages() {
    let report = mixed(3);
    let run = run(&report);
    let all = rules::all().unwrap();
    let told = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(told.len(), all.len());
    for (told, rule) in told.iter().zip(&all) {
        let page = &rule.page;
        assert_eq!((&told["id"], &told["name"]), (&json!(page.id), &json!(page.name)));
        assert_eq!(told["shortDescription"]["text"], page.front.summary.as_str());
        assert_eq!(told["help"], json!({"text": page.body, "markdown": page.body}));
        assert_eq!(told["helpUri"], page.front.reference.as_str());
        let (level, problem) = match page.front.severity {
            Severity::Error => ("error", "error"),
            Severity::Warning => ("warning", "warning"),
            Severity::Info => ("note", "recommendation"),
        };
        assert_eq!(told["defaultConfiguration"]["level"], level);
        assert_eq!(told["properties"]["problem.severity"], problem);
        assert_eq!(told["properties"].get("security-severity"), None);
        // GitHub takes 1024 characters of a description and 10 tags of a rule.
        let full = told["fullDescription"]["text"].as_str().unwrap();
        assert!(full.len() > 20 && full.chars().count() <= 1024 && !full.starts_with('#'), "{full}");
        assert!(told["properties"]["tags"].as_array().unwrap().len() <= 10);
    }
    for result in results(&run) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(told[index]["id"], result["ruleId"]);
    }
}

#[test]
fn a_rule_without_a_page_has_no_index() {
    let mut report = clean();
    report.findings = vec![finding("XX-999", "unheard-of", Severity::Error, &endpoint("pe"))];
    let run = run(&report);
    assert_eq!(
        (results(&run)[0]["ruleId"].as_str(), results(&run)[0].get("ruleIndex")),
        (Some("XX-999"), None)
    );
}

#[test]
fn what_was_not_read_is_told() {
    let run = run(&mixed(3));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let told = notifications(&run);
    assert_eq!(told.iter().filter(|(level, _)| *level == "warning").count(), 2);
    assert!(told[0].1.contains("private DNS zones of subscription 33333333"), "{}", told[0].1);
    assert!(told[0].1.contains("403 AuthorizationFailed"), "{}", told[0].1);
    assert!(told[1].1.contains("of privatelink.azurecr.io could not be read (429"), "{}", told[1].1);
    assert!(told[1].1.contains("and 1 more like it"), "{}", told[1].1);
    assert_eq!(
        told[2],
        ("note", "This is an estate made for tests, with mistakes in it: exit code 1 is expected.")
    );
    let properties = &run["invocations"][0]["toolExecutionNotifications"][1]["properties"];
    assert_eq!((&properties["kind"], &properties["gaps"]), (&json!("recordSets"), &json!(2)));
    assert_eq!(properties["resources"].as_array().unwrap().len(), 2);
}

#[test]
fn a_part_that_is_missing_without_a_gap_is_told_too() {
    let mut report = clean();
    assert_eq!(notifications(&run(&report)), []);
    report.incomplete = true;
    assert_eq!(notifications(&run(&report)), [("warning", "a part of what was asked for was not read")]);
}

#[test]
fn the_estate_and_the_counts_stand_with_the_run() {
    let report = mixed(3);
    let told = &run(&report)["invocations"][0]["properties"];
    assert_eq!(
        (&told["collectedAt"], &told["cloud"]),
        (&json!("2026-03-01T02:14:09Z"), &json!("AzureCloud"))
    );
    assert_eq!(told["subscriptions"][0]["name"], "payments-prod");
    assert_eq!((&told["complete"], &told["gaps"]), (&json!(false), &json!(3)));
    assert_eq!((&told["error"], &told["warning"], &told["info"]), (&json!(5), &json!(3), &json!(1)));
    assert_eq!((&told["unknown"], &told["suppressed"]), (&json!(14), &json!(1)));
    assert_eq!((&told["endpoints"], &told["leftOut"]), (&json!(512), &json!(0)));
    assert_eq!(told["notJudged"]["the virtual network has no clients"], 14);
    assert_eq!(run(&clean())["invocations"][0]["properties"]["complete"], true);
}

#[test]
fn github_takes_so_many_results_and_the_rest_is_told() {
    let report = mixed(25_100);
    let run = run(&report);
    assert_eq!(results(&run).len(), 25_000);
    assert!(results(&run).iter().all(|result| result["level"] == "error"));
    assert_eq!(run["invocations"][0]["properties"]["leftOut"], 121);
    let told = notifications(&run);
    let told = told.iter().find(|(_, text)| text.contains("left out")).unwrap();
    let numbers = "121 findings left out (102 at error, 3 at warning, 1 at info, 14 unknown and 1 set aside)";
    assert!(told.0 == "warning" && told.1.starts_with(numbers), "{}", told.1);
}

#[test]
fn more_than_github_shows_is_told() {
    let mut report = clean();
    report.findings = unlinked(5_000);
    assert_eq!(notifications(&run(&report)), []);
    report.findings = unlinked(5_001);
    let run = run(&report);
    assert!(notifications(&run)[0].1.starts_with("5001 results: GitHub shows the first 5000"));
}

#[test]
fn two_estates_have_two_categories() {
    let category = |report: &Report| run(report)["automationDetails"]["id"].as_str().unwrap().to_owned();
    let report = clean();
    let tenant = "99999999-9999-9999-9999-999999999999";
    assert!(category(&report).starts_with(&format!("plaudit/audit/AzureCloud/{tenant}/")));
    assert!(category(&report).ends_with('/'));
    assert_eq!(category(&report), category(&mixed(3)));
    let mut narrower = clean();
    narrower.origin.scope.subscriptions.truncate(1);
    assert_ne!(category(&narrower), category(&report));
    let mut group = clean();
    group.origin.scope.resource_groups = vec!["rg".to_owned()];
    assert_ne!(category(&group), category(&report));
    let mut probe = clean();
    probe.tallies.iter_mut().for_each(|tally| tally.rule = "LIVE-001");
    assert_ne!(category(&probe), category(&report));
}

fn place(location: &Value) -> (&str, u64) {
    let physical = &location["physicalLocation"];
    let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
    (uri, physical["region"]["startLine"].as_u64().unwrap())
}

#[test]
fn a_result_stands_on_a_line_of_the_snapshot_or_at_a_path_of_its_own() {
    let mut report = clean();
    report.findings = unlinked(2);
    let network = ResourceId::new(&report.findings[0].related[0].id).lower();
    report.findings[1].subject.id = ResourceId::new(&format!("{network}/subnets/S"));
    let mut background = background();
    background.lines =
        Some(SourceLines { file: "out/my estate.jsonl".to_owned(), lines: HashMap::from([(network, 7)]) });
    let log: Value = serde_json::from_str(&text(&report, &background)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let path = "subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg-payments-weu/providers/\
                microsoft.network/privateendpoints/pe-stpay0000-blob";
    assert_eq!(place(&results[0]["locations"][0]), (path, 1));
    assert_eq!(place(&results[0]["relatedLocations"][0]), ("out/my%20estate.jsonl", 7));
    assert_eq!(place(&results[1]["locations"][0]), ("out/my%20estate.jsonl", 7));
    let logical = &results[0]["locations"][0]["logicalLocations"][0];
    let id = report.findings[0].subject.id.as_str();
    assert_eq!((&logical["fullyQualifiedName"], &logical["kind"]), (&json!(id), &json!("resource")));
}

#[test]
fn related_locations_are_as_many_as_github_shows() {
    let mut report = clean();
    report.findings = unlinked(1);
    let one = report.findings[0].related[0].clone();
    report.findings[0].related = vec![one; 130];
    let run = run(&report);
    assert_eq!(results(&run)[0]["relatedLocations"].as_array().unwrap().len(), 100);
    assert_eq!(results(&run)[0]["properties"]["relatedLeftOut"], 30);
}

/// Whether a message holds a link or a placeholder by the rules of SARIF: a bracket that no backslash escapes, a
/// brace that stands alone.
fn is_plain(message: &str) -> bool {
    let mut rest = message.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.next_if(|next| "\\[]".contains(*next)).is_none() => return false,
            '[' | ']' => return false,
            '{' | '}' if rest.next_if_eq(&c).is_none() => return false,
            _ => {}
        }
    }
    true
}

fn is_relative(uri: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~%/".contains(c);
    !uri.is_empty()
        && uri.chars().all(allowed)
        && uri.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

/// Every text under this key, at any depth.
fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| under(item, key, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, item)| {
            if name == key {
                found.push(item);
            }
            under(item, key, found);
        }),
        _ => {}
    }
}

fn is_inert(report: &Report) {
    let text = text(report, &Background::default());
    assert!(!text.chars().any(|c| c != '\n' && hostile::acts(c)), "{text:?}");
    assert_eq!(hostile::obeyed(&text), None);
    let log: Value = serde_json::from_str(&text).unwrap();
    let (mut messages, mut uris, mut places) = (Vec::new(), Vec::new(), Vec::new());
    under(&log, "text", &mut messages);
    under(&log, "uri", &mut uris);
    for key in ["fullyQualifiedName", "justification"] {
        under(&log, key, &mut places);
    }
    assert!(messages.len() >= report.findings.len());
    for message in messages {
        let message = message.as_str().unwrap();
        assert!(is_plain(message) && !message.chars().any(hostile::acts), "{message}");
    }
    for uri in uris {
        assert!(is_relative(uri.as_str().unwrap()), "{uri}");
    }
    for place in places {
        assert!(!place.as_str().unwrap().chars().any(hostile::acts), "{place}");
    }
    let category = log["runs"][0]["automationDetails"]["id"].as_str().unwrap();
    assert!(is_relative(category.trim_end_matches('/')), "{category}");
    let run = &log["runs"][0];
    let told: Vec<&str> = results(run).iter().map(fingerprint).collect();
    assert!(report.findings.iter().all(|finding| told.contains(&finding.fingerprint.as_str())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_azure_says_is_inert(texts in vec(hostile::text(), 1..12)) {
        is_inert(&hostile::report(&texts));
    }
}

#[test]
fn what_is_known_to_do_harm_is_inert() {
    for text in [
        "\u{1b}[31mred\u{1b}]0;title\u{7}",
        "\u{202e}gpj.exe\u{2066}",
        "a\r\nb\n",
        "=cmd|' /C calc'!A0",
        "::error::x",
        "</script><img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        r"\[x\](javascript:alert(1))",
        "{0} {{1}} }{",
        "]]>",
        "| a | b |",
        "`x` ```",
        "/../../etc/passwd",
        "//evil.example/x",
        "javascript:alert(1)",
    ] {
        is_inert(&hostile::report(&[text.to_owned()]));
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let report = mixed(50);
    let whole = text(&report, &background()).len();
    for room in [0, 1, 100, whole / 2, whole - 1] {
        let mut disk = vec![0; room];
        let outcome =
            write(&report, &background(), Format::Sarif, &Style::default(), &mut disk.as_mut_slice());
        assert_eq!(outcome.unwrap_err().kind(), std::io::ErrorKind::WriteZero, "{room}");
    }
}

/// The official schema is no part of this repository; a run with one at hand names it.
#[test]
#[expect(clippy::print_stderr, reason = "a test that does nothing must say so")]
fn the_official_schema_accepts_it() {
    let Some(path) = std::env::var_os("PLAUDIT_SARIF_SCHEMA") else {
        eprintln!("skipped: PLAUDIT_SARIF_SCHEMA names no copy of sarif-schema-2.1.0.json");
        return;
    };
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let holds = |text: &str| {
        let log: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&log)
            .take(5)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    };
    for report in [clean(), mixed(500), everything()] {
        holds(&text(&report, &background()));
        holds(&text(&report, &Background::default()));
    }
    for odd in
        ["", "..", "\u{1b}[2J", "[x](javascript:alert(1))", "a b\\c%d<e>\"f\"^`{|}", "東京", "://", "#?"]
    {
        holds(&text(&hostile::report(&[odd.to_owned(), "x".to_owned()]), &background()));
    }
    for demo in ["faulty", "healthy"] {
        holds(&String::from_utf8(plaudit(Path::new("."), &["--demo", demo]).stdout).unwrap());
    }
    assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
}

fn plaudit(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command.args(["audit", "-f", "sarif", "--no-config"]).args(args).env_clear().current_dir(folder);
    command.output().unwrap()
}

#[test]
fn the_demo_is_told_through_the_binary() {
    let output = plaudit(Path::new("."), &["--demo"]);
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &log["runs"][0];
    assert!(results(run).len() > 20);
    for result in results(run) {
        assert!(result["ruleIndex"].is_u64(), "{result}");
        assert!(place(&result["locations"][0]).0.starts_with("subscriptions/"));
    }
    assert_eq!(plaudit(Path::new("."), &["--demo"]).stdout, output.stdout, "the same bytes again");
}

/// The results of the sample estate read from a file.
fn of_snapshot(folder: &Path, file: &str) -> Vec<Value> {
    let output = plaudit(folder, &["--snapshot", file]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    results(&log["runs"][0]).clone()
}

#[test]
fn results_point_into_the_snapshot() {
    let demo = include_str!("../../testdata/demo.jsonl");
    let lines: Vec<&str> = demo.lines().collect();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("work");
    std::fs::create_dir_all(folder.join("out")).unwrap();
    std::fs::write(folder.join("out/estate.jsonl"), demo).unwrap();
    std::fs::write(home.path().join("elsewhere.jsonl"), demo).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(demo.as_bytes()).unwrap();
    std::fs::write(folder.join("estate.gz"), gzip.finish().unwrap()).unwrap();
    let whole = folder.join("out/estate.jsonl").to_string_lossy().into_owned();
    for (given, told) in [
        ("./out/../out/estate.jsonl", "out/estate.jsonl"),
        (whole.as_str(), "out/estate.jsonl"),
        ("estate.gz", "estate.gz"),
        ("../elsewhere.jsonl", "elsewhere.jsonl"),
    ] {
        let mut in_file = 0;
        for result in of_snapshot(&folder, given) {
            let location = &result["locations"][0];
            let (uri, line) = place(location);
            if uri != told {
                assert!(uri.starts_with("subscriptions/"), "{uri}");
                continue;
            }
            in_file += 1;
            let line = lines[usize::try_from(line).unwrap() - 1].to_ascii_lowercase();
            let resource: Value = serde_json::from_str(&line).unwrap();
            let id =
                location["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap().to_ascii_lowercase();
            assert!(id.starts_with(resource["id"].as_str().unwrap()), "{id} is not on {line}");
        }
        assert!(in_file > 20, "{given}: {in_file}");
    }
}
