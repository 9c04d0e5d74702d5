//! Test reports of pipelines: read back, nothing is missing, and the counts are those of the report.

use std::collections::{BTreeSet, HashSet};

use plaudit::finding::{Report, Severity};
use plaudit::report::{Background, Format, Style};
use plaudit::rules;
use proptest::collection::vec;
use proptest::prelude::*;
use quick_junit::{TestCase, TestCaseStatus, TestSuite};
use serde_json::Value;

use crate::csv::{demo, fingerprints};
use crate::estate::{clean, endpoint, finding, mixed};
use crate::hostile::{acts, obeyed, report, text};
use crate::shown;

fn written(report: &Report) -> String {
    shown(report, Format::Junit, Style::default())
}

fn read(xml: &str) -> quick_junit::Report {
    quick_junit::Report::deserialize_from_str(xml).unwrap()
}

fn cases(report: &quick_junit::Report) -> impl Iterator<Item = &TestCase> {
    report.test_suites.iter().flat_map(|suite| &suite.test_cases)
}

fn property<'a>(case: &'a TestCase, name: &str) -> Option<&'a str> {
    case.properties.iter().find(|one| &*one.name == name).map(|one| &*one.value)
}

/// How many cases are skipped for one reason.
fn skipped(report: &quick_junit::Report, kind: &str) -> usize {
    let of_kind = |case: &&TestCase| matches!(&case.status, TestCaseStatus::Skipped { ty, .. } if ty.as_deref() == Some(kind));
    cases(report).filter(of_kind).count()
}

fn failed(report: &quick_junit::Report, kind: &str) -> usize {
    let of_kind = |case: &&TestCase| matches!(&case.status, TestCaseStatus::NonSuccess { ty, .. } if ty.as_deref() == Some(kind));
    cases(report).filter(of_kind).count()
}

fn suite<'a>(report: &'a quick_junit::Report, rule: &str) -> &'a TestSuite {
    report.test_suites.iter().find(|suite| suite.name.starts_with(rule)).unwrap()
}

#[test]
fn counts_are_those_of_the_report() {
    let mut ours = mixed(500);
    ours.findings[7].in_baseline = true;
    let theirs = read(&written(&ours));
    assert_eq!(failed(&theirs, "error"), ours.failures(Severity::Error));
    assert_eq!(failed(&theirs, "warning"), ours.failures(Severity::Warning));
    assert_eq!(theirs.failures, ours.failures(Severity::Error) + ours.failures(Severity::Warning));
    assert_eq!(theirs.errors, 0);
    for (kind, n) in [
        ("info", ours.failures(Severity::Info)),
        ("unknown", ours.unknowns()),
        ("suppressed", ours.suppressed()),
        ("inBaseline", 1),
        ("gap", ours.coverage.gaps.len()),
    ] {
        assert!(n > 0);
        assert_eq!(skipped(&theirs, kind), n, "{kind}");
    }
    assert_eq!(theirs.tests, cases(&theirs).count());
    let found: Vec<&str> = cases(&theirs).filter_map(|case| property(case, "fingerprint")).collect();
    assert_eq!(found.len(), ours.findings.len());
    let found: HashSet<&str> = found.into_iter().collect();
    assert!(ours.findings.iter().all(|finding| found.contains(&*finding.fingerprint)));
}

#[test]
fn every_case_can_be_told_from_every_other() {
    let mut report = mixed(500);
    let twin = report.findings[0].clone();
    report.findings.push(twin);
    report.coverage.gaps.push(report.coverage.gaps[0].clone());
    let read = read(&written(&report));
    let mut names = BTreeSet::new();
    for case in cases(&read) {
        assert!(names.insert((case.classname.clone(), case.name.clone())), "{} twice", &*case.name);
    }
    assert!(names.iter().any(|(_, name)| name.ends_with(" #2")));
}

#[test]
fn a_failure_says_all_there_is_to_say() {
    let read = read(&written(&mixed(1)));
    let case =
        suite(&read, "DNS-022").test_cases.iter().find(|case| property(case, "severity").is_some()).unwrap();
    assert!(case.name.starts_with("rg-payments-weu/pe-sql-payments ["), "{}", &*case.name);
    assert_eq!((case.classname.as_deref(), property(case, "severity")), (Some("DNS-022"), Some("error")));
    let TestCaseStatus::NonSuccess { message, description, .. } = &case.status else { panic!("{case:?}") };
    assert!(message.as_ref().unwrap().starts_with("sql-payments.database.windows.net is answered with"));
    for line in [
        "subscription: payments-prod",
        "expected: 10.20.1.7",
        "# Take the wrong one away",
        "az network private-dns record-set a remove-record -g rg-dns-hub -z privatelink.database.windows.net -n \
         sql-payments -a 10.20.9.9 --subscription 33333333-3333-3333-3333-333333333333",
        "reference: https://learn.microsoft.com/azure/private-link/troubleshoot-private-endpoint-connectivity",
        &format!("fingerprint: {}", property(case, "fingerprint").unwrap()),
    ] {
        assert!(description.as_ref().unwrap().lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn what_is_skipped_says_why() {
    let read = read(&written(&mixed(1)));
    let messages: Vec<String> = cases(&read)
        .filter_map(|case| match &case.status {
            TestCaseStatus::Skipped { message, .. } => Some(message.as_ref().unwrap().to_string()),
            _ => None,
        })
        .collect();
    for start in [
        "not read: 403 AuthorizationFailed: the private DNS zones of hub-connectivity",
        "suppressed (known since March): ",
        "info: A name with \\u{1b}]0;title\\u{7} in it,\\u{a}and 東京.",
        "cannot be judged: ",
    ] {
        assert!(messages.iter().any(|message| message.starts_with(start)), "{start}: {messages:#?}");
    }
}

#[test]
fn a_rule_without_findings_passes_and_says_how_many_it_judged() {
    let read = read(&written(&clean()));
    assert_eq!((read.failures, read.skipped), (0, 0));
    let case = &suite(&read, "PE-001").test_cases[0];
    assert!(matches!(case.status, TestCaseStatus::Success { .. }));
    assert_eq!(case.system_out.as_deref(), Some("512 subjects judged, 512 without a finding"));
    assert_eq!(
        suite(&read, "coverage").test_cases[0].name.as_str(),
        "everything that was asked for was read"
    );
}

#[test]
fn what_was_not_judged_does_not_pass() {
    let mut report = clean();
    report.incomplete = true;
    report.tallies[0].judged = 0;
    report.tallies[1].judged = 0;
    report.tallies[1].not_judged.insert("the virtual network has no clients", 7);
    let mut out = Vec::new();
    let pages = rules::all().unwrap().into_iter().map(|rule| rule.page).filter(|page| page.id == "LIVE-001");
    let background = Background { pages: pages.collect(), ..Background::default() };
    plaudit::report::write(&report, &background, Format::Junit, &Style::default(), &mut out).unwrap();
    let read = read(&String::from_utf8(out).unwrap());
    for (rule, reason) in [
        ("coverage", "a part of what was asked for was not read"),
        ("PE-001", "nothing was judged: the estate holds no subject for the rule"),
        ("DNS-001", "7 not judged: the virtual network has no clients"),
        ("LIVE-001", "nothing was judged; the rule needs plaudit probe"),
    ] {
        let [case] = suite(&read, rule).test_cases.as_slice() else { panic!("{rule}") };
        let TestCaseStatus::Skipped { message, .. } = &case.status else { panic!("{rule}") };
        assert_eq!(message.as_deref(), Some(reason));
    }
}

#[test]
fn the_estate_stands_in_the_properties() {
    let read = read(&written(&mixed(3)));
    let properties: Vec<(&str, &str)> =
        suite(&read, "coverage").properties.iter().map(|one| (&*one.name, &*one.value)).collect();
    for wanted in [
        ("cloud", "AzureCloud"),
        ("collectedAt", "2026-03-01T02:14:09Z"),
        ("complete", "false"),
        ("gaps", "3"),
        ("endpoints", "512"),
        ("suppressed", "1"),
        ("subscription", "payments-prod (11111111-1111-1111-1111-111111111111)"),
        ("note", "This is an estate made for tests, with mistakes in it: exit code 1 is expected."),
    ] {
        assert!(properties.contains(&wanted), "{wanted:?} {properties:#?}");
    }
    assert_eq!(read.timestamp.unwrap().to_rfc3339(), "2026-03-01T02:14:09+00:00");
}

#[test]
fn no_text_breaks_the_document() {
    let texts = [
        "]]>",
        "</failure><x>",
        "&amp;<!--",
        "\u{1b}[31m",
        "\0\u{b}\u{fffe}\u{ffff}",
        "\u{202e}",
        "a\r\nb\t\"'",
    ];
    let mut report = clean();
    for text in texts {
        let mut one = finding("DNS-022", "a-record-wrong-ip", Severity::Error, &endpoint(text));
        one.message = text.to_owned();
        report.findings.push(one);
    }
    let read = read(&written(&report));
    let messages: Vec<&str> = cases(&read)
        .filter_map(|case| match &case.status {
            TestCaseStatus::NonSuccess { message, .. } => message.as_deref(),
            _ => None,
        })
        .collect();
    let visible = [
        "]]>",
        "</failure><x>",
        "&amp;<!--",
        r"\u{1b}[31m",
        r"\u{0}\u{b}\u{fffe}\u{ffff}",
        r"\u{202e}",
        r#"a\u{d}\u{a}b\u{9}"'"#,
    ];
    assert_eq!(messages, visible);
}

#[test]
fn the_binary_writes_what_json_says() {
    let json: Value = serde_json::from_str(&demo(&["-f", "json"])).unwrap();
    let text = demo(&["-f", "junit"]);
    assert_eq!(text, demo(&["-f", "junit"]), "the same report gives the same bytes");
    let read = read(&text);
    let found: BTreeSet<&str> = cases(&read).filter_map(|case| property(case, "fingerprint")).collect();
    assert_eq!(found, fingerprints(&json).into_iter().collect());
    for (kind, n) in [
        ("error", failed(&read, "error")),
        ("info", skipped(&read, "info")),
        ("unknown", skipped(&read, "unknown")),
    ] {
        assert_eq!(json["summary"][kind], n, "{kind}");
    }
    assert_eq!(read.test_suites.len(), json["rules"].as_array().unwrap().len() + 1, "a suite a rule");
    let healthy = crate::junit::read(&demo(&["healthy", "-f", "junit"]));
    assert_eq!((healthy.failures, skipped(&healthy, "gap")), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_document_is_read_back_whole(texts in vec(prop_oneof![text(), Just("]]>\u{ffff}<![CDATA[".to_owned())], 1..12)) {
        let ours = report(&texts);
        let xml = written(&ours);
        prop_assert!(!xml.chars().any(|c| c != '\n' && acts(c)), "{xml:?}");
        let broken = ["\u{fffe}", "\u{ffff}", "]]>"].iter().any(|one| xml.contains(one));
        prop_assert!(!broken, "{:?}", xml);
        prop_assert_eq!(obeyed(&xml), None);
        let theirs = read(&xml);
        let found: Vec<&str> = cases(&theirs).filter_map(|case| property(case, "fingerprint")).collect();
        let expected: Vec<&str> = ours.findings.iter().map(|finding| &*finding.fingerprint).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(theirs.failures, ours.failures(Severity::Error) + ours.failures(Severity::Warning));
    }
}
