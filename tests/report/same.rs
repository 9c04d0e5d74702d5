//! Every format tells of the same findings and counts them alike, or says how many it leaves out.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::finding::{Report, Severity};
use plaudit::report::{Format, Style};
use serde_json::Value;

use crate::estate::{clean, mixed};
use crate::shown;
use crate::xlsx::Book;

/// A report with findings of every standing: failing, unknown, suppressed, known from an earlier run.
fn everything() -> Report {
    let mut report = mixed(40);
    for finding in report.findings.iter_mut().skip(3).step_by(7) {
        finding.in_baseline = true;
    }
    report
}

fn text(report: &Report, format: Format) -> String {
    shown(report, format, Style { color: false, width: Some(120) })
}

/// Fingerprints are the only words of 32 hexadecimal digits.
fn fingerprints(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_one = |word: &&str| {
        word.len() == 32 && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    words.filter(is_one).map(str::to_owned).collect()
}

#[test]
fn formats_that_list_findings_carry_the_same_fingerprints() {
    for report in [everything(), mixed(1), clean()] {
        let all: BTreeSet<String> = report.findings.iter().map(|one| one.fingerprint.clone()).collect();
        for format in Format::ALL {
            let carried = match format {
                // They group findings by what stands behind them.
                Format::Table | Format::Github => continue,
                Format::Xlsx => Book::of(&report).column("Findings", "fingerprint").into_iter().collect(),
                _ => fingerprints(&text(&report, format)),
            };
            assert_eq!(carried, all, "{format}");
        }
    }
}

/// How many findings count: errors, warnings, information, unknown.
type Counts = [usize; 4];

/// The number before a word, wherever the first one stands; lines may be broken anywhere and boxed.
fn before(text: &str, word: &str) -> usize {
    let plain = text.replace(['│', '<', '>', '/', ';', ',', '*'], " ");
    let words: Vec<&str> = plain.split_whitespace().filter(|word| *word != "b").collect();
    let at = words.windows(2).find_map(|pair| {
        let fits = pair[1] == word || pair[1].strip_suffix('s') == Some(word);
        pair[0].parse().ok().filter(|_| fits)
    });
    assert!(at.is_some(), "no number before {word} in\n{text}");
    at.unwrap()
}

fn said(text: &str) -> Counts {
    ["error", "warning", "info", "unknown"].map(|word| before(text, word))
}

fn of_csv(text: &str) -> Counts {
    type Row = BTreeMap<String, String>;
    let rows: Vec<Row> =
        ::csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect();
    let count = |verdict: &str, severity: Option<&str>| {
        let counts = rows.iter().filter(|row| row["counts"] == "yes" && row["verdict"] == verdict);
        counts.filter(|row| severity.is_none_or(|severity| row["severity"] == severity)).count()
    };
    let failing = |severity| count("fail", Some(severity));
    [failing("error"), failing("warning"), failing("info"), count("unknown", None)]
}

fn of_sarif(text: &str) -> Counts {
    let log: Value = serde_json::from_str(text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let counts = |result: &&Value| {
        result["suppressions"].as_array().is_none_or(Vec::is_empty) && result["baselineState"] != "unchanged"
    };
    let of = |kind: &str, level: &str| {
        let fits = |one: &&Value| one["kind"] == kind && one["level"] == level;
        results.iter().filter(counts).filter(fits).count()
    };
    [of("fail", "error"), of("fail", "warning"), of("fail", "note"), of("open", "none")]
}

fn of_junit(text: &str) -> Counts {
    let property = |name: &str| {
        let (_, rest) = text.split_once(&format!("<property name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    ["error", "warning", "info", "unknown"].map(property)
}

#[test]
fn every_format_counts_alike() {
    for report in [everything(), mixed(1)] {
        let failing = [Severity::Error, Severity::Warning, Severity::Info].map(|one| report.failures(one));
        let all: Counts = [failing[0], failing[1], failing[2], report.unknowns()];
        assert!(all.iter().all(|count| *count > 0), "{all:?}");
        for format in Format::ALL {
            let counted = match format {
                Format::Table | Format::Markdown | Format::Github => {
                    let text = text(&report, format);
                    said(&text[text.find(" errors, ").or(text.find(" error, ")).unwrap() - 6..])
                }
                Format::Html => said(text(&report, format).split_once("<ul class=\"counts\">").unwrap().1),
                Format::Json => {
                    let json: Value = serde_json::from_str(&text(&report, format)).unwrap();
                    ["error", "warning", "info", "unknown"]
                        .map(|one| json["summary"][one].as_u64().unwrap().try_into().unwrap())
                }
                Format::Csv => of_csv(&text(&report, format)),
                Format::Sarif => of_sarif(&text(&report, format)),
                Format::Junit => of_junit(&text(&report, format)),
                Format::Xlsx => {
                    let mut book = Book::of(&report);
                    ["errors", "warnings", "information", "unknown: could not be judged"]
                        .map(|what| book.summary(what).parse().unwrap())
                }
            };
            assert_eq!(counted, all, "{format}");
        }
    }
}
