use std::collections::BTreeSet;

use plaudit::finding::Verdict;
use plaudit::report::schema::{Document, of};
use plaudit::report::{Format, FormerError, Style, read_former};
use serde_json::{Value, json};

use crate::estate::{self, clean, mixed};
use crate::{schema, shown, without_version};

fn parsed(report: &plaudit::finding::Report) -> Value {
    serde_json::from_str(&shown(report, Format::Json, Style::default())).unwrap()
}

#[test]
fn json_v1_of_a_bit_of_everything() {
    insta::assert_snapshot!(without_version(&shown(&mixed(2), Format::Json, Style::default())));
}

/// A schema that lets everything pass would hold nothing.
#[test]
fn a_made_up_report_does_not_pass_for_one() {
    let right = parsed(&mixed(2));
    assert_eq!(schema::faults(&right), Vec::<String>::new());
    let mut grown = right.clone();
    grown["somethingNew"] = json!([1, 2]);
    grown["findings"][0]["somethingNew"] = Value::Null;
    assert_eq!(schema::faults(&grown), Vec::<String>::new(), "v1 grows");
    let wrong: [(&str, Value); 9] = [
        ("/collectedAt", Value::Null),
        ("/coverage/complete", json!("yes")),
        ("/coverage/read/privateEndpoints", json!(-1)),
        ("/summary/error", json!("2")),
        ("/findings", json!({})),
        ("/findings/0/severity", json!("catastrophe")),
        ("/findings/0/evidence", json!([])),
        ("/findings/0/remediation/0/title", json!(1)),
        ("/schema", json!("plaudit/report/v2")),
    ];
    for (at, value) in wrong {
        let mut report = right.clone();
        *report.pointer_mut(at).unwrap() = value;
        assert!(!schema::faults(&report).is_empty(), "{at}");
    }
    for (of, field) in [
        ("", "tool"),
        ("/findings/0", "fingerprint"),
        ("/findings/0", "suppressed"),
        ("/summary", "inBaseline"),
    ] {
        let mut report = right.clone();
        report.pointer_mut(of).unwrap().as_object_mut().unwrap().remove(field).unwrap();
        assert!(!schema::faults(&report).is_empty(), "{of}/{field}");
    }
}

#[test]
fn every_schema_stands_by_itself_and_explains_its_fields() {
    for document in Document::ALL {
        let schema = serde_json::to_value(of(document)).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:plaudit:{}:v1", document.name()));
        assert!(schema["title"].as_str().unwrap().starts_with("plaudit "), "{document:?}");
        let kinds = schema["$defs"].as_object().unwrap().values();
        for kind in kinds.chain([&schema]) {
            for (name, field) in kind["properties"].as_object().into_iter().flatten() {
                let told = field["description"].is_string() || field["$ref"].is_string();
                assert!(told, "{document:?} does not explain {name}");
            }
        }
        let text = schema.to_string();
        assert!(!text.contains("additionalProperties\":false"), "{document:?} could not grow");
    }
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
            "error": 502, "warning": 3, "info": 1, "unknown": 14, "suppressed": 1, "inBaseline": 0,
            "endpoints": 512,
            "notJudged": {
                "its DNS servers stand outside Azure and cannot be seen": 5,
                "the virtual network has no clients": 14
            }
        })
    );
}

#[test]
fn what_the_baseline_had_is_marked_and_counted_apart() {
    let mut report = mixed(500);
    for one in report.findings.iter_mut().filter(|f| f.rule == "DNS-010" && f.verdict == Verdict::Fail) {
        one.in_baseline = true;
    }
    let json = parsed(&report);
    assert_eq!((&json["summary"]["error"], &json["summary"]["inBaseline"]), (&json!(2), &json!(500)));
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.iter().filter(|f| f["inBaseline"] == true).count(), 500);
    assert!(findings.iter().all(|f| f["inBaseline"].is_boolean()));
}

#[test]
fn what_is_accepted_was_still_not_read() {
    let mut report = clean();
    report.partial = true;
    assert_eq!(parsed(&report)["coverage"]["complete"], json!(false));
}

#[test]
fn a_report_can_be_read_back() {
    let mut report = mixed(2);
    report.findings[0].in_baseline = true;
    let text = shown(&report, Format::Json, Style::default());
    let former = read_former(text.as_bytes()).unwrap();
    assert_eq!(former.collected_at, report.origin.collected_at);
    assert_eq!(former.unfinished.as_ref().unwrap(), &report.unfinished);
    // What was suppressed then was accepted by an entry of its own, which may expire.
    let counted: Vec<_> = report.findings.iter().filter(|f| f.suppressed.is_none()).collect();
    assert_eq!(former.findings.len(), counted.len());
    for (theirs, ours) in former.findings.iter().zip(counted) {
        assert_eq!(theirs.fingerprint, ours.fingerprint);
        assert_eq!((theirs.verdict, theirs.severity), (Some(ours.verdict), Some(ours.severity)));
    }
    let audited = [estate::PAYMENTS, estate::SHOP].map(str::to_owned);
    assert_eq!(former.subscriptions, audited.into());
}

#[test]
fn any_version_of_v1_can_be_read_back_and_nothing_else() {
    let text = shown(&mixed(2), Format::Json, Style::default());
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["tool"]["version"] = "9.9.9".into();
    json["somethingNew"] = json!([1, 2]);
    json["findings"][0]["severity"] = "catastrophe".into();
    json.as_object_mut().unwrap().remove("unfinished");
    let former = read_former(json.to_string().as_bytes()).unwrap();
    assert_eq!((former.unfinished, former.findings[0].severity), (None, None));
    let with_mark = format!("\u{feff}{json}");
    assert!(read_former(with_mark.as_bytes()).is_ok());
    json["schema"] = "plaudit/report/v2\u{1b}[2J".into();
    let error = read_former(json.to_string().as_bytes()).unwrap_err().to_string();
    assert!(error.contains(r"plaudit/report/v2\u{1b}[2J"), "{error}");
    let deep = "[".repeat(9999);
    for text in
        ["", "null", "[]", "{}", r#"{"schema": 1}"#, r#"{"schema":"plaudit/report/v1"}"#, "\u{1}", &deep]
    {
        assert!(matches!(read_former(text.as_bytes()), Err(FormerError::NoReport(_))), "{text}");
    }
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
