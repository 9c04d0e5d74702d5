//! What does not fit is left out and told. Excel's own limits are too far away to reach in a test.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::*;
use crate::finding::{Cause, Confidence, Finding, NotRead, Severity, Subject, Verdict};
use crate::inventory::{Cloud, Coverage, Origin, ResourceId, Scope};

fn finding(n: usize, severity: Severity) -> Finding {
    let id = ResourceId::new(&format!(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe-{n}"
    ));
    Finding {
        rule: "DNS-022",
        name: "a-record-wrong-ip",
        severity,
        verdict: Verdict::Fail,
        confidence: Confidence::Certain,
        cause: Cause { kind: "privateEndpoint", id: id.to_string() },
        headline: String::new(),
        subject: Subject::of(&id),
        related: Vec::new(),
        message: "wrong".to_owned(),
        evidence: Vec::new(),
        remediation: Vec::new(),
        reference: "https://learn.microsoft.com/azure".to_owned(),
        fingerprint: format!("{n:032}"),
        not_read: NotRead::Nothing,
        suppressed: None,
        in_baseline: false,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report {
        origin: Origin {
            cloud: Cloud::AzureCloud,
            tenant_id: None,
            collected_at: "some day".to_owned(),
            verification: None,
            redacted: false,
            scope: Scope::default(),
        },
        coverage: Coverage::default(),
        read: BTreeMap::new(),
        subscription_names: BTreeMap::new(),
        endpoints: 0,
        findings,
        tallies: Vec::new(),
        incomplete: false,
        partial: false,
        suppressions: Vec::new(),
        traffic: None,
        unfinished: Vec::new(),
        checklist: Vec::new(),
        notes: Vec::new(),
    }
}

/// The summary and the findings of a workbook within limits.
fn made(report: &Report, limits: Limits) -> (Range<Data>, Range<Data>, Vec<u8>) {
    let background = Background::default();
    let book = Book { report, background: &background, limits, looks: Looks::new() };
    let bytes = workbook(&book).unwrap();
    let mut read: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.clone())).unwrap();
    (read.worksheet_range("Summary").unwrap(), read.worksheet_range("Findings").unwrap(), bytes)
}

#[test]
fn rows_beyond_the_limit_are_left_out_the_worst_stay_and_both_sheets_say_so() {
    let mut findings: Vec<Finding> = (0..9).map(|n| finding(n, Severity::Info)).collect();
    findings.push(finding(9, Severity::Error));
    let report = report(findings);
    let (summary, findings, _) = made(&report, Limits { rows: 5, ..Limits::EXCEL });
    assert_eq!(findings.height(), 5);
    assert_eq!(findings.get((1, 0)).unwrap().to_string(), "error");
    let last = findings.get((4, 0)).unwrap().to_string();
    assert_eq!(last, "7 more are left out: a sheet holds no more rows");
    let told = summary.rows().find(|row| row[0] == "Findings").unwrap();
    assert_eq!(told[1].to_string(), "7 of 10 rows");
    let (summary, findings, _) = made(&report, Limits::EXCEL);
    assert_eq!(findings.height(), 11);
    assert!(summary.rows().all(|row| row[0] != "Findings"));
}

#[test]
fn beyond_the_limit_links_are_text() {
    let report = report((0..5).map(|n| finding(n, Severity::Error)).collect());
    let links = |limits| {
        let bytes = made(&report, limits).2;
        // The targets stand in a part of their own, which is there only when there are any.
        bytes.windows(12).filter(|name| name == b"_rels/sheet2").count()
    };
    assert!(links(Limits::EXCEL) > 0);
    assert_eq!(links(Limits { links: 0, ..Limits::EXCEL }), 0);
    let (_, findings, _) = made(&report, Limits { links: 2, ..Limits::EXCEL });
    let column = findings.rows().skip(1).map(|row| row[11].to_string());
    assert!(column.into_iter().all(|cell| cell == "https://learn.microsoft.com/azure"));
}

#[test]
fn a_time_that_is_none_costs_nothing() {
    for odd in
        ["", "some day", "2026-99-99T99:99:99Z", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "2026-03-01"]
    {
        assert!(properties(odd).is_ok(), "{odd}");
    }
    assert!(is_time("2026-03-01T02:14:09Z") && !is_time("2026-03-01T02:14:09+") && !is_time("東京"));
}
