//! Workbooks, read back by somebody else's reader.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use calamine::{Data, DataType, Range, Reader, Xlsx};
use flate2::read::DeflateDecoder;
use plaudit::finding::{Finding, Report};
use plaudit::report::{Format, Style};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bytes;
use crate::estate::{clean, endpoint, finding, mixed};
use crate::hostile;

pub(crate) struct Book(Xlsx<Cursor<Vec<u8>>>);

impl Book {
    fn open(bytes: Vec<u8>) -> Self {
        Book(calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap())
    }

    pub(crate) fn of(report: &Report) -> Self {
        Book::open(bytes(report, Format::Xlsx, Style::default()))
    }

    fn sheet(&mut self, name: &str) -> Range<Data> {
        self.0.worksheet_range(name).unwrap()
    }

    /// The rows under the header, as text.
    fn rows(&mut self, name: &str) -> Vec<Vec<String>> {
        self.sheet(name).rows().skip(1).map(|row| row.iter().map(ToString::to_string).collect()).collect()
    }

    pub(crate) fn column(&mut self, sheet: &str, title: &str) -> Vec<String> {
        let header: Vec<String> =
            self.sheet(sheet).rows().next().unwrap().iter().map(ToString::to_string).collect();
        let at = header.iter().position(|one| one == title).unwrap();
        self.rows(sheet).into_iter().map(|row| row[at].clone()).collect()
    }

    /// What stands beside a word of the summary.
    pub(crate) fn summary(&mut self, what: &str) -> String {
        let rows = self.sheet("Summary");
        let row = rows.rows().find(|row| row[0] == what);
        row.unwrap()[1].to_string()
    }

    /// Every text of every sheet.
    fn texts(&mut self) -> Vec<String> {
        let sheets = self.0.worksheets();
        let cells = sheets.iter().flat_map(|(_, range)| range.cells());
        cells.filter_map(|(_, _, cell)| cell.as_string()).collect()
    }
}

/// The files inside, by name. A workbook is a ZIP archive; its directory stands at the end (PKWARE: APPNOTE 4.3).
fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let short = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let end = bytes.windows(4).rposition(|mark| mark == b"PK\x05\x06").unwrap();
    let (count, mut at) = (short(end + 10), long(end + 16));
    let mut parts = Vec::new();
    for _ in 0..count {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (packed, name, local) = (long(at + 20), short(at + 28), long(at + 42));
        let named = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        let data = local + 30 + short(local + 26) + short(local + 28);
        let mut text = String::new();
        match short(at + 10) {
            0 => text.push_str(std::str::from_utf8(&bytes[data..data + packed]).unwrap()),
            _ => _ = DeflateDecoder::new(&bytes[data..data + packed]).read_to_string(&mut text).unwrap(),
        }
        parts.push((named, text));
        at += 46 + name + short(at + 30) + short(at + 32);
    }
    assert!(parts.len() > 6);
    parts
}

#[test]
fn every_finding_has_a_row_the_worst_first() {
    let report = mixed(500);
    let mut book = Book::of(&report);
    assert_eq!(book.0.sheet_names(), ["Summary", "Findings"]);
    let theirs: BTreeSet<String> = book.column("Findings", "fingerprint").into_iter().collect();
    let ours: BTreeSet<String> = report.findings.iter().map(|one| one.fingerprint.clone()).collect();
    assert_eq!(theirs, ours);
    assert_eq!(book.rows("Findings").len(), report.findings.len());
    let columns = ["severity", "verdict", "suppressed"].map(|title| book.column("Findings", title));
    let first: Vec<&str> = columns.iter().map(|column| column[0].as_str()).collect();
    assert_eq!(first, ["error", "fail", ""]);
    assert_eq!(columns[2].last().unwrap(), "known since March", "what does not count stands last");
    let unknown = columns[1].iter().position(|verdict| verdict == "unknown").unwrap();
    assert!(columns[1][..unknown].iter().all(|verdict| verdict == "fail"));
    assert!(
        columns[0][..unknown]
            .is_sorted_by_key(|severity| ["error", "warning", "info"].iter().position(|one| one == severity))
    );
}

#[test]
fn a_row_tells_what_a_person_needs() {
    let mut book = Book::of(&mixed(1));
    let row = |book: &mut Book, title: &str| book.column("Findings", title)[0].clone();
    assert_eq!(row(&mut book, "rule"), "DNS-010");
    assert_eq!(row(&mut book, "subject"), "pe-stpay0000-blob");
    assert_eq!(row(&mut book, "resource group"), "rg-payments-weu");
    assert_eq!(row(&mut book, "subscription"), "payments-prod");
    assert!(row(&mut book, "evidence").contains("\nname: stpay0000.blob.core.windows.net\n"));
    assert!(row(&mut book, "evidence").ends_with("found: (none)"));
    assert!(row(&mut book, "remediation").starts_with("Link the zone to the virtual network\naz network"));
    assert_eq!(row(&mut book, "in baseline"), "no");
    assert!(row(&mut book, "reference").starts_with("https://learn.microsoft.com/"));
}

#[test]
fn the_summary_tells_counts_gaps_and_notes() {
    let report = mixed(500);
    let mut book = Book::of(&report);
    for (what, told) in [
        ("errors", "502"),
        ("warnings", "3"),
        ("information", "1"),
        ("unknown: could not be judged", "14"),
        ("suppressed", "1"),
        ("known from the baseline", "0"),
        ("private endpoints reported on", "512"),
        ("cloud", "AzureCloud"),
        ("read at", "2026-03-01T02:14:09Z"),
        ("subscription", "payments-prod"),
        ("complete", "NO: a part of what was asked for was not read (3 gaps)"),
        ("gaps", "3"),
    ] {
        assert_eq!(book.summary(what), told, "{what}");
    }
    let texts = book.texts().join("\n");
    assert!(texts.contains(&report.notes[0]));
    assert!(texts.contains("rg-dns-hub/privatelink.azurecr.io"), "each gap stands there");
    assert!(texts.contains("the virtual network has no clients"));
    let mut book = Book::of(&clean());
    assert_eq!(book.summary("complete"), "yes: all that was asked for was read");
    assert_eq!(book.rows("Findings").len(), 0);
    let mut accepted = clean();
    accepted.partial = true;
    assert!(Book::of(&accepted).summary("complete").starts_with("NO"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let made = || bytes(&mixed(5), Format::Xlsx, Style { color: true, width: Some(99) });
    let first = made();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == made());
    let core = parts(&first).into_iter().find(|(name, _)| name == "docProps/core.xml").unwrap().1;
    assert!(core.contains("2026-03-01T02:14:09Z"), "{core}");
}

#[test]
fn the_header_stays_and_filters_and_colours_go_over_every_row() {
    let report = mixed(3);
    let all = parts(&bytes(&report, Format::Xlsx, Style::default()));
    let sheet = &all.iter().find(|(name, _)| name == "xl/worksheets/sheet2.xml").unwrap().1;
    let last = report.findings.len() + 1;
    assert!(sheet.contains(&format!("<autoFilter ref=\"A1:P{last}\"/>")), "{sheet}");
    assert!(sheet.contains("state=\"frozen\""));
    assert!(sheet.contains(&format!("<conditionalFormatting sqref=\"A2:B{last}\">")));
    assert!(sheet.contains("AND($A2=\"error\",$B2=\"fail\")") || sheet.contains("AND($A2=&quot;error&quot;"));
}

/// A finding in which every text is this one.
fn saying(text: &str) -> Finding {
    let mut one = finding("DNS-022", "a-record-wrong-ip", plaudit::finding::Severity::Error, &endpoint(text));
    one.message = text.to_owned();
    one.cause.id = text.to_owned();
    one.reference = text.to_owned();
    one.suppressed = Some(text.to_owned());
    one.evidence = vec![("found", text.into())];
    one
}

#[test]
fn what_azure_says_is_text_and_nothing_else() {
    let texts = [
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"https://evil.example\")",
        "+1+1",
        "@SUM(A1)",
        "-2",
        "123",
        "TRUE",
        "https://evil.example/",
        "mailto:a@b",
        "internal:Summary!A1",
        "https://learn.microsoft.com.evil.example/",
        "\u{1b}[31m\u{202e}gpj\u{7}\r\n\t",
        "_x001b_[31m",
        "<r><t>x</t></r>",
        "<r></si><si></r>",
        "</script><img src=x onerror=alert(1)>",
        "]]>&amp;",
        "::error::x",
        "| a | b | `c` [x](javascript:alert(1))",
        "\u{fffe}\u{ffff}",
    ];
    let mut report = clean();
    report.findings = texts.map(saying).to_vec();
    report.notes = texts.map(str::to_owned).to_vec();
    let made = bytes(&report, Format::Xlsx, Style::default());
    for (name, part) in parts(&made) {
        assert!(!part.contains("<f>") && !part.contains("<hyperlink"), "{name}");
        assert!(!part.chars().any(|c| c != '\n' && hostile::acts(c)), "{name}");
    }
    let mut book = Book::open(made);
    for (row, text) in book.column("Findings", "message").iter().zip(texts) {
        let plain = plaudit::report::inert(text);
        assert_eq!(row.trim_start(), plain);
    }
}

#[test]
fn references_of_our_own_are_links() {
    let made = bytes(&mixed(3), Format::Xlsx, Style::default());
    let links: String = parts(&made)
        .into_iter()
        .filter(|(name, _)| name.contains("sheet2.xml.rels"))
        .map(|(_, part)| part)
        .collect();
    let targets: Vec<&str> =
        links.split("Target=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(targets.len() >= 3, "{links}");
    assert!(targets.iter().all(|target| target.starts_with("https://learn.microsoft.com/")), "{targets:?}");
}

#[test]
fn a_cell_that_is_too_long_is_cut_and_says_so() {
    let mut report = clean();
    report.findings = vec![saying(&"🚀 ".repeat(40_000))];
    let message = &Book::of(&report).column("Findings", "message")[0];
    assert!(message.ends_with("… (cut)"));
    assert!(message.encode_utf16().count() <= 32_767);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_azure_says_the_workbook_can_be_read_and_is_inert(texts in vec(hostile::text(), 1..12)) {
        let report = hostile::report(&texts);
        let made = bytes(&report, Format::Xlsx, Style::default());
        for (name, part) in parts(&made) {
            prop_assert!(!part.contains("<f>") && !part.contains("<hyperlink"), "{}", name);
            prop_assert!(!part.chars().any(|c| c != '\n' && hostile::acts(c)), "{}", name);
        }
        let mut book = Book::open(made);
        prop_assert_eq!(book.rows("Findings").len(), report.findings.len());
    }
}

/// `plaudit ARGS…` in an environment of its own; `stdout` is where its report goes.
fn plaudit(args: &[&str], stdout: Stdio) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command
        .args(args)
        .args(["--no-config"])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped());
    command.spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn the_sample_estate_has_its_sheets() {
    let output = plaudit(&["audit", "--demo", "-f", "xlsx"], Stdio::piped());
    assert_eq!(output.status.code(), Some(1));
    let mut book = Book::open(output.stdout);
    let sheets = ["Summary", "Findings", "Endpoints", "Networks", "Zones", "Links", "Peerings"];
    assert_eq!(book.0.sheet_names(), sheets);
    for sheet in sheets {
        assert!(book.rows(sheet).len() > 3, "{sheet}");
    }
    let states: BTreeSet<String> = book.column("Endpoints", "connection state").into_iter().collect();
    assert!(
        states.contains("Pending") && states.contains("Rejected") && states.contains("Approved"),
        "{states:?}"
    );
    // One subscription's networks could not be read.
    let exists: BTreeSet<String> = book.column("Peerings", "remote exists").into_iter().collect();
    assert!(exists.contains("yes") && exists.contains("not read"), "{exists:?}");
}

#[test]
fn a_terminal_is_refused_before_anything_is_read() {
    // The master side of a terminal is a terminal.
    let Ok(terminal) = File::options().read(true).write(true).open("/dev/ptmx") else { return };
    let missing = ["audit", "--snapshot", "/no/such/file", "-f", "xlsx"];
    let output = plaudit(&missing, terminal.into());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("xlsx is not for a terminal; write `-f xlsx=report.xlsx`"), "{stderr}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.xlsx");
    let to_file = format!("xlsx={}", file.display());
    let terminal = File::options().read(true).write(true).open("/dev/ptmx").unwrap();
    let output = plaudit(&["audit", "--demo", "healthy", "-f", &to_file], terminal.into());
    assert_eq!(output.status.code(), Some(0));
    assert!(Path::new(&file).exists());
}
