use std::collections::BTreeSet;

use plaudit::report::{Format, Style};
use serde_json::{Value, json};

use crate::estate::{self, clean, mixed};
use crate::{shown, without_version};

fn parsed(report: &plaudit::finding::Report) -> Value {
    serde_json::from_str(&shown(report, Format::Json, Style::default())).unwrap()
}

#[test]
fn json_v1_of_a_bit_of_everything() {
    insta::assert_snapshot!(without_version(&shown(&mixed(2), Format::Json, Style::default())));
}

#[test]
fn json_is_the_same_whatever_the_terminal() {
    let report = mixed(500);
    let wide = Style { color: true, width: Some(200) };
    let text = shown(&report, Format::Json, wide);
    assert_eq!(text, shown(&report, Format::Json, Style::default()));
    assert!(text.ends_with("\n}\n"));
}

#[test]
fn every_finding_is_there_the_suppressed_too() {
    let report = mixed(500);
    let json = parsed(&report);
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), report.findings.len());
    let theirs: BTreeSet<&str> = findings.iter().map(|f| f["fingerprint"].as_str().unwrap()).collect();
    let ours: BTreeSet<&str> = report.findings.iter().map(|f| f.fingerprint.as_str()).collect();
    assert_eq!(theirs, ours);
    let suppressed: Vec<&Value> =
        findings.iter().map(|f| &f["suppressed"]).filter(|s| !s.is_null()).collect();
    assert_eq!(suppressed, [&json!("known since March")]);
}

#[test]
fn the_summary_counts_what_counts() {
    let summary = &parsed(&mixed(500))["summary"];
    assert_eq!(
        *summary,
        json!({
            "error": 502, "warning": 3, "info": 1, "unknown": 14, "suppressed": 1, "endpoints": 512,
            "notJudged": {
                "its DNS servers stand outside Azure and cannot be seen": 5,
                "the virtual network has no clients": 14
            }
        })
    );
}

#[test]
fn complete_means_no_gap_at_all() {
    let mut report = clean();
    assert_eq!(parsed(&report)["coverage"]["complete"], json!(true));
    report.coverage.gaps = vec![estate::forbidden()];
    assert_eq!(parsed(&report)["coverage"]["complete"], json!(false));
    report.coverage.gaps.clear();
    report.incomplete = true;
    assert_eq!(parsed(&report)["coverage"]["complete"], json!(false));
}

#[test]
fn ids_are_printed_as_azure_returned_them() {
    let mut report = clean();
    report.findings = estate::unlinked(1);
    let odd = report.findings[0].subject.id.as_str().replace("resourceGroups", "resourcegroups");
    report.findings[0].subject.id = plaudit::inventory::ResourceId::new(&odd);
    assert_eq!(parsed(&report)["findings"][0]["subject"]["id"], json!(odd));
}
