//! A line a finding, for spreadsheets: nothing is missing, nothing is a formula.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process::Command;

use plaudit::finding::Report;
use plaudit::report::{Background, Format, Style};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::estate::{clean, endpoint, finding, mixed};
use crate::hostile::{acts, obeyed, report, text};
use crate::shown;

type Row = HashMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    ::csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// Whether no cell of any table is a formula, whatever separates cells.
pub(crate) fn no_formula(text: &str) -> Result<(), String> {
    for cell in rows(text).iter().flat_map(|row| row.values()).flat_map(|cell| cell.split(';')) {
        let shown = cell.trim_start_matches([' ', '"']);
        if shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
            return Err(format!("a formula: {cell:?}"));
        }
    }
    Ok(())
}

fn written(report: &Report) -> String {
    shown(report, Format::Csv, Style::default())
}

fn count(rows: &[Row], wanted: &[(&str, &str)]) -> usize {
    rows.iter().filter(|row| wanted.iter().all(|(column, text)| row[*column] == *text)).count()
}

/// Takes so many bytes, then the reader is gone.
struct Pipe(usize);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_stays_one() {
    let report = mixed(500);
    for format in [Format::Csv, Format::Junit, Format::Markdown] {
        let whole = shown(&report, format, Style::default()).len();
        for taken in [0, 1, 70_000, whole / 2, whole - 1] {
            let mut pipe = Pipe(taken);
            let outcome =
                plaudit::report::write(&report, &Background::default(), format, &Style::default(), &mut pipe);
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{format} {taken}");
        }
    }
}

/// What the binary says of its sample estate in one format.
pub(crate) fn demo(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    let output = command.args(["audit", "--no-config", "--demo"]).args(args).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(if args.contains(&"healthy") { 0 } else { 1 }));
    String::from_utf8(output.stdout).unwrap()
}

/// The fingerprints of a report as JSON has them.
pub(crate) fn fingerprints(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap()).collect()
}

#[test]
fn every_finding_is_a_line_and_the_totals_are_those_of_json() {
    let report = mixed(500);
    let rows = rows(&written(&report));
    let (gaps, found): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row["verdict"] == "gap");
    let theirs: Vec<&str> = found.iter().map(|row| &*row["fingerprint"]).collect();
    let ours: Vec<&str> = report.findings.iter().map(|finding| &*finding.fingerprint).collect();
    assert_eq!(theirs, ours);
    let json: Value = serde_json::from_str(&shown(&report, Format::Json, Style::default())).unwrap();
    for severity in ["error", "warning", "info"] {
        let wanted = [("counts", "yes"), ("verdict", "fail"), ("severity", severity)];
        assert_eq!(count(&found, &wanted), json["summary"][severity].as_u64().unwrap() as usize);
    }
    assert_eq!(count(&found, &[("counts", "yes"), ("verdict", "unknown")]), report.unknowns());
    assert_eq!(count(&found, &[("suppressed", "known since March")]), report.suppressed());
    // The fixture's gaps have no finding with their fingerprint, as when the rules about gaps do not run.
    assert_eq!(gaps.len(), report.coverage.gaps.len());
    assert!(gaps.iter().all(|row| row["counts"] == "no" && row["fingerprint"].is_empty()));
    assert!(gaps[0]["message"].contains("cannot be read"), "{:?}", gaps[0]);
    assert_eq!(gaps[0]["evidence"], "kind: privateDnsZones; code: AuthorizationFailed; status: 403");
}

#[test]
fn a_line_says_what_stands_behind_the_finding() {
    let rows = rows(&written(&mixed(3)));
    let wrong = rows.iter().find(|row| row["rule"] == "DNS-022").unwrap();
    for (column, text) in [
        ("name", "a-record-wrong-ip"),
        ("confidence", "certain"),
        ("inBaseline", "no"),
        ("subjectType", "Microsoft.Network/privateEndpoints"),
        ("subjectName", "pe-sql-payments"),
        ("resourceGroup", "rg-payments-weu"),
        ("subscriptionId", "11111111-1111-1111-1111-111111111111"),
        ("subscriptionName", "payments-prod"),
        ("causeKind", "recordSet"),
        ("collectedAt", "2026-03-01T02:14:09Z"),
    ] {
        assert_eq!(wrong[column], text, "{column}");
    }
    let evidence = "name: sql-payments.database.windows.net; expected: 10.20.1.7; found: 10.20.9.9; zone: ";
    assert!(wrong["evidence"].starts_with(evidence), "{}", wrong["evidence"]);
    let remediation = &wrong["remediation"];
    assert!(remediation.starts_with("1. ") && remediation.contains(" | 2. "), "{remediation}");
    assert_eq!(remediation.matches(": az ").count(), 2, "a command stands behind its step: {remediation}");
    assert!(remediation.ends_with(". Flush the clients' caches, or wait for the record's time to live"));
    assert!(!remediation.contains("&&"), "steps may be alternatives: {remediation}");
}

#[test]
fn a_clean_report_is_a_header() {
    let text = written(&clean());
    assert!(text.starts_with("rule,name,severity,verdict,"), "no mark before the first column: {text:?}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn hostile_texts_stay_in_their_cell() {
    let formulas = [
        "=cmd|' /C calc'!A0",
        " =1",
        "\"=1",
        "'+1",
        "＝1",
        "\t=1",
        "\r\n=1",
        "-1",
        "@SUM(A1)",
        "a;=1",
        "a\";\"=1",
    ];
    let mut report = clean();
    for text in formulas {
        let mut one =
            finding("DNS-022", "a-record-wrong-ip", plaudit::finding::Severity::Error, &endpoint(text));
        one.message = text.to_owned();
        one.reference = text.to_owned();
        one.suppressed = Some(text.to_owned());
        report.findings.push(one);
    }
    let rows = rows(&written(&report));
    let messages: Vec<&str> = rows.iter().map(|row| &*row["message"]).collect();
    let safe = [
        "'=cmd|' /C calc'!A0",
        "' =1",
        "'\"=1",
        "''+1",
        "'＝1",
        r"\u{9}=1",
        r"\u{d}\u{a}=1",
        "'-1",
        "'@SUM(A1)",
        "a;'=1",
        "a\";'\"=1",
    ];
    assert_eq!(messages, safe);
    for row in &rows {
        assert_eq!((&row["suppressed"], &row["reference"]), (&row["message"], &row["message"]));
    }
}

#[test]
fn a_long_text_says_what_is_left_out() {
    let mut report = mixed(1);
    report.findings[0].message = "\u{1b}".repeat(100_000);
    let row = rows(&written(&report)).remove(0);
    assert!(row["message"].chars().count() < 32_767);
    assert!(row["message"].ends_with(" more characters)"));
}

#[test]
fn the_binary_writes_what_json_says() {
    let json: Value = serde_json::from_str(&demo(&["-f", "json"])).unwrap();
    let rows = rows(&demo(&["-f", "csv"]));
    let theirs: Vec<&str> = rows.iter().map(|row| &*row["fingerprint"]).collect();
    assert_eq!(theirs, fingerprints(&json), "each gap has a finding, and so no line of its own");
    assert_eq!(count(&rows, &[("counts", "yes"), ("verdict", "unknown")]) as u64, json["summary"]["unknown"]);
    assert!(count(&rows, &[("rule", "COV-002")]) > 0, "the demo's gap is not hidden");
    assert_eq!(demo(&["healthy", "-f", "csv"]).lines().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_cell_is_a_formula_or_acts(texts in vec(prop_oneof![text(), "[=+@;' \"-]{1,6}".boxed()], 1..12)) {
        let report = report(&texts);
        let written = written(&report);
        prop_assert!(!written.chars().any(|c| c != '\n' && acts(c)), "{written:?}");
        prop_assert_eq!(obeyed(&written), None);
        let rows = rows(&written);
        prop_assert_eq!(written.lines().count(), rows.len() + 1, "a line is a line");
        prop_assert_eq!(rows.len(), report.findings.len() + 1, "and one gap");
        prop_assert_eq!(no_formula(&written), Ok(()));
    }
}
