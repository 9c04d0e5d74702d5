//! Own rules in every format: their findings, their names, and the texts of their pages.

use std::io::Write;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::{Value, json};

use crate::run::Place;
use crate::{house, page};

/// The sample estate, judged by the house's rules and one with hostile text, in one format.
fn shown(format: &str) -> (Place, String) {
    let place = Place::new();
    let dir = house().display().to_string();
    place.write(
        "evil.md",
        page("EVIL-001", "evil", "endpoint", "endpoint.name == 'pe-plant-data'", "")
            .replace(
                "endpoint.name + ' is so'",
                "'=cmd|calc <script>alert(1)</script> \\\\u001b[31m \\\\u202e ::error::x ' + endpoint.name",
            )
            .replace("Make it\notherwise.", "<img src=x onerror=alert(1)> ::error::y"),
    );
    let outcome = place.run(&format!("audit --demo --rules-dir {dir} --rules-dir . -f {format}=out"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let bytes = std::fs::read(place.path("out")).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (place, text)
}

#[test]
fn every_format_tells_of_own_rules() {
    for format in ["table", "json", "html", "markdown", "csv", "sarif", "junit"] {
        let (_, text) = shown(format);
        for word in ["HUB-001", "TAG-001", "NAMING-001", "EVIL-001", "zone-outside-the-hub", "pe-kv-platform"]
        {
            assert!(text.contains(word), "{format} does not tell of {word}");
        }
        for evil in ["\u{1b}", "\u{202e}"] {
            assert!(!text.contains(evil), "{format} lets {evil:?} through");
        }
    }
    let (_, text) = shown("github");
    assert!(text.contains("HUB-001") || text.contains("TAG-001"), "{text}");
    assert!(
        !text.lines().any(|line| line.starts_with("::error::x") || line.starts_with("::error::y")),
        "{text}"
    );
}

#[test]
fn pages_stand_behind_the_findings() {
    let (_, sarif) = shown("sarif");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "HUB-001").unwrap();
    assert!(
        rule["help"]["markdown"].as_str().unwrap().contains("Every spoke resolves through the hub"),
        "{rule}"
    );
    assert!(
        rule["helpUri"].as_str().unwrap().starts_with("https://learn.microsoft.com/azure/cloud-adoption")
    );
    let properties = &rule["properties"];
    assert_eq!(properties["tags"], json!(["azure", "private-link", "own-rule"]));
    assert_eq!(properties["precision"], "high");
    let severity = |id: &str| {
        let rule = rules.iter().find(|rule| rule["id"] == id).unwrap();
        (&rule["properties"]["problem.severity"], &rule["defaultConfiguration"]["level"])
    };
    assert_eq!(severity("HUB-001"), (&json!("warning"), &json!("warning")));
    assert_eq!(severity("NAMING-001"), (&json!("recommendation"), &json!("note")));
    let of_ours = rules.iter().find(|rule| rule["id"] == "PE-001").unwrap();
    assert_eq!(of_ours["properties"]["tags"][2], "private-endpoint");
    let (_, html) = shown("html");
    assert!(html.contains("Every spoke resolves through the hub"));
    assert!(!html.contains("<script>alert(1)") && !html.contains("<img src=x"));
    let (_, junit) = shown("junit");
    assert!(junit.contains("name=\"HUB-001"), "{junit}");
    let (_, csv) = shown("csv");
    assert!(!csv.contains(",=cmd") && !csv.contains(",\"=cmd"), "{csv}");
}

#[test]
fn workbooks_list_own_rules() {
    let (place, _) = shown("xlsx");
    let mut file = tempfile::NamedTempFile::with_suffix(".xlsx").unwrap();
    file.write_all(&std::fs::read(place.path("out")).unwrap()).unwrap();
    let mut book: Xlsx<_> = open_workbook(file.path()).unwrap();
    let sheet = book.worksheet_range("Findings").unwrap();
    let has =
        |word: &str| sheet.cells().any(|(_, _, cell)| matches!(cell, Data::String(text) if text == word));
    for word in ["HUB-001", "TAG-001", "NAMING-001", "EVIL-001"] {
        assert!(has(word), "{word}");
    }
}
