//! What the log of a GitHub Actions job gets: annotations and nothing that anybody else could have begun.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use plaudit::finding::{Finding, Report, Severity, Verdict};
use plaudit::report::{Background, Format, SourceLines, Style, write};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::estate::{clean, endpoint, finding, mixed, pending, unknowns, unlinked};
use crate::{hostile, shown};

fn log(report: &Report) -> String {
    shown(report, Format::Github, Style::default())
}

/// The annotations of a level, as the runner takes them apart: title and message.
fn annotations(log: &str, level: &str) -> Vec<(String, String)> {
    let back = |text: &str| {
        let text = text.replace("%0A", "\n").replace("%0D", "\r").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let of_level =
        log.lines().filter_map(|line| line.strip_prefix("::")?.strip_prefix(level)?.strip_prefix(' '));
    of_level
        .map(|line| {
            let (properties, message) = line.split_once("::").unwrap();
            let title = properties.split(',').find_map(|one| one.strip_prefix("title=")).unwrap();
            (back(title), back(message))
        })
        .collect()
}

/// Errors, warnings, notices.
fn numbers(log: &str) -> [usize; 3] {
    ["error", "warning", "notice"].map(|level| annotations(log, level).len())
}

fn last(log: &str) -> &str {
    log.lines().last().unwrap()
}

/// Failures of one severity with so many causes of their own.
fn apart(n: usize, severity: Severity) -> Vec<Finding> {
    let one = |i| {
        finding("DNS-022", "a-record-wrong-ip", severity, &endpoint(&format!("pe-{}-{i}", severity.name())))
    };
    (0..n).map(one).collect()
}

#[test]
fn findings_are_told_by_cause() {
    let log = log(&mixed(500));
    assert_eq!(numbers(&log), [3, 2, 2]);
    let errors = annotations(&log, "error");
    assert_eq!(errors[0].0, "DNS-010 vnet-cannot-resolve");
    assert!(errors[0].1.contains("is not linked to it"), "{}", errors[0].1);
    assert!(errors[0].1.contains("500 private endpoints"), "{}", errors[0].1);
    assert!(errors[0].1.contains("to mend it: Link the zone"), "{}", errors[0].1);
    assert_eq!(last(&log).split(';').next(), Some("annotations: of 521 findings, 520 stand above, by cause"));
    assert!(last(&log).contains("; 1 set aside, without an annotation;"), "{}", last(&log));
    assert!(!log.contains("LEFT OUT"));
}

#[test]
fn what_cannot_be_judged_is_no_failure() {
    let mut report = clean();
    report.findings = unknowns(12);
    report.incomplete = true;
    let log = log(&report);
    assert_eq!(numbers(&log), [0, 1, 1]);
    let notice = &annotations(&log, "notice")[0];
    assert!(notice.0.ends_with(": cannot be judged"), "{}", notice.0);
    assert!(notice.1.contains("no failure and no pass"), "{}", notice.1);
    assert!(log.contains("found: 0 errors, 0 warnings and 0 info in 512 private endpoints; 14 unknown"));
}

#[test]
fn gaps_are_one_warning_that_comes_first() {
    let mut report = mixed(3);
    report.findings.extend(apart(30, Severity::Warning));
    let log = log(&report);
    let warnings = annotations(&log, "warning");
    assert_eq!(warnings.len(), 10);
    assert_eq!(warnings[0].0, "not everything could be read");
    assert!(warnings[0].1.contains("private DNS zones of subscription 33333333"), "{}", warnings[0].1);
    assert!(warnings[0].1.contains("429 TooManyRequests"), "{}", warnings[0].1);
    assert!(warnings[0].1.contains("and 1 more like it"), "{}", warnings[0].1);
    assert!(log.contains("\ncomplete: no, a part of what was asked for was not read (3 gaps)\n"));
}

#[test]
fn ten_of_a_level_are_shown_and_the_rest_is_told() {
    let mut report = clean();
    report.findings = apart(14, Severity::Error);
    report.findings.extend(unlinked(40));
    report.findings.extend(apart(11, Severity::Warning));
    report.findings.extend(unknowns(1));
    report.findings.extend(apart(12, Severity::Info));
    let log = log(&report);
    assert_eq!(numbers(&log), [10, 10, 10]);
    assert_eq!(
        annotations(&log, "error")[0].0,
        "DNS-010 vnet-cannot-resolve",
        "the most findings come first"
    );
    assert!(
        annotations(&log, "notice")[0].0.ends_with("cannot be judged"),
        "what may hide worse comes first"
    );
    let told = "annotations: of 80 findings, 71 stand above, by cause; 9 LEFT OUT (5 from 5 causes at error, 1 from 1 \
                cause at warning and 3 from 3 causes at notice)";
    assert!(last(&log).starts_with(told), "{}", last(&log));
    assert!(last(&log).contains("-f json"), "{}", last(&log));
}

#[test]
fn what_is_set_aside_is_counted_and_not_annotated() {
    let mut report = clean();
    report.findings = pending();
    report.findings[0].suppressed = Some("known".to_owned());
    report.findings[1].in_baseline = true;
    report.findings[2].suppressed = Some("known".to_owned());
    let log = log(&report);
    assert_eq!(numbers(&log), [0, 0, 0]);
    assert!(log.contains("; 2 suppressed; 1 known from the baseline"));
    assert!(last(&log).starts_with("annotations: of 3 findings, 0 stand above, by cause; 3 set aside"));
}

#[test]
fn a_clean_report_has_no_annotation_and_says_what_it_read() {
    let log = log(&clean());
    assert_eq!(numbers(&log), [0, 0, 0]);
    assert!(
        log.contains("AzureCloud, tenant 99999999-9999-9999-9999-999999999999, read 2026-03-01T02:14:09Z\n")
    );
    assert!(
        log.contains("\naudited: payments-prod and shop-prod, with 1 more subscription read as context (33333333-3333-3333-3333-333333333333)\n")
    );
    assert!(log.contains("\ncomplete: yes, all that was asked for was read\n"));
    assert!(log.contains("\nfound: 0 errors, 0 warnings and 0 info in 512 private endpoints\n"));
}

#[test]
fn an_annotation_stands_on_a_line_of_the_snapshot() {
    let mut report = clean();
    report.findings = unlinked(1);
    let lines = HashMap::from([(report.findings[0].subject.id.lower(), 12)]);
    let lines = Some(SourceLines { file: "out/a, b: c.jsonl".to_owned(), lines });
    let mut out = Vec::new();
    let background = Background { lines, ..Background::default() };
    write(&report, &background, Format::Github, &Style::default(), &mut out).unwrap();
    let log = String::from_utf8(out).unwrap();
    assert!(log.starts_with("::error file=out/a%2C b%3A c.jsonl,line=12,title=DNS-010 "), "{log}");
}

/// Whether every line is an annotation of ours or begins with a word of ours, and nothing else could be a command.
fn is_inert(report: &Report) {
    let text = log(report);
    assert!(!text.chars().any(|c| c != '\n' && hostile::acts(c)), "{text:?}");
    assert!(!text.contains("##"), "{text:?}");
    let known = ["plaudit ", "audited: ", "note: ", "not judged: ", "complete: ", "found: ", "annotations: "];
    let mut plain = false;
    for line in text.lines() {
        let Some(command) = line.strip_prefix("::") else {
            assert!(known.iter().any(|word| line.starts_with(word)), "{line}");
            plain = true;
            continue;
        };
        assert!(!plain, "a command behind the counts: {line}");
        let (level, rest) = command.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        let (properties, message) = rest.split_once("::").unwrap();
        assert!(properties.starts_with("title=") && !properties.contains([':', ',']), "{line}");
        for (at, _) in line.match_indices('%') {
            assert!(["25", "0A", "3A", "2C"].contains(&&line[at + 1..at + 3]), "{line}");
        }
        assert!(!message.is_empty());
    }
    let unknown = report.findings.iter().all(|one| one.verdict == Verdict::Unknown);
    assert!(!unknown || annotations(&text, "error").is_empty());
    assert!(numbers(&text).iter().all(|number| *number <= 10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_azure_says_begins_no_command(texts in vec(hostile::text(), 1..12)) {
        is_inert(&hostile::report(&texts));
    }
}

#[test]
fn what_is_known_to_do_harm_is_inert() {
    for text in [
        "\u{1b}[31mred\u{1b}]0;title\u{7}",
        "\u{202e}gpj.exe\u{2066}",
        "::error::x",
        "x\n::error::x",
        "x\r\n  ::add-mask::x",
        "%0A::error::x",
        "##[error]x",
        "###[add-path]x",
        "##vso[task.setvariable variable=a]b",
        "a,file=b::c",
        "=cmd|' /C calc'!A0",
        "</script><img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "]]>",
        "| a | b |",
        "`x`",
        "",
    ] {
        is_inert(&hostile::report(&[text.to_owned()]));
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let report = mixed(50);
    let whole = log(&report).len();
    for room in [0, 1, 100, whole / 2, whole - 1] {
        let mut disk = vec![0; room];
        let mut disk = disk.as_mut_slice();
        let outcome = write(&report, &Background::default(), Format::Github, &Style::default(), &mut disk);
        assert_eq!(outcome.unwrap_err().kind(), std::io::ErrorKind::WriteZero, "{room}");
    }
}

fn plaudit(folder: &Path, args: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command.args(["audit", "-f", "github", "--no-config"]).args(args).env_clear().current_dir(folder);
    let output = command.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn the_demo_is_told_through_the_binary() {
    let (log, code) = plaudit(Path::new("."), &["--demo"]);
    assert_eq!((code, numbers(&log)), (Some(1), [10, 10, 1]));
    assert!(last(&log).contains("LEFT OUT"), "{}", last(&log));
    let (log, code) = plaudit(Path::new("."), &["--demo", "healthy"]);
    assert_eq!((code, numbers(&log)), (Some(0), [0, 0, 0]));
}

#[test]
fn annotations_point_into_the_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("estate.jsonl"), include_str!("../../testdata/demo.jsonl")).unwrap();
    let (log, _) = plaudit(folder.path(), &["--snapshot", "estate.jsonl"]);
    assert_eq!(log.lines().filter(|line| line.starts_with("::error file=estate.jsonl,line=")).count(), 10);
}
