//! What the table and JSON say of reports made by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod checklist;
mod csv;
mod diff;
mod dom;
mod estate;
mod github;
mod hostile;
mod html;
mod json;
mod junit;
mod markdown;
mod outputs;
mod picture;
mod same;
mod sarif;
#[path = "../schema/mod.rs"]
mod schema;
mod shells;
mod table;
mod traffic;
mod whole;
mod xlsx;

use plaudit::finding::Report;
use plaudit::report::{Background, Format, Style};

/// A report as text. What is JSON is what its schema says.
fn shown(report: &Report, format: Format, style: Style) -> String {
    let text = String::from_utf8(bytes(report, format, style)).unwrap();
    if format == Format::Json {
        schema::read(&text);
    }
    text
}

fn bytes(report: &Report, format: Format, style: Style) -> Vec<u8> {
    let mut out = Vec::new();
    plaudit::report::write(report, &Background::default(), format, &style, &mut out).unwrap();
    out
}

/// The table as a pipe gets it, with the version taken out.
fn piped(report: &Report) -> String {
    without_version(&shown(report, Format::Table, Style::default()))
}

fn without_version(text: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    text.replacen(&format!("plaudit {version}"), "plaudit [version]", 1).replacen(
        &format!("\"version\": \"{version}\""),
        "\"version\": \"[version]\"",
        1,
    )
}

/// How many columns a line takes on a terminal, as the table's own library counts.
fn columns(line: &str) -> usize {
    let mut table = comfy_table::Table::new();
    table.add_row([line]);
    usize::from(table.column_max_content_widths()[0])
}
