//! What the table and JSON say of reports made by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod estate;
mod hostile;
mod html;
mod json;
mod outputs;
mod picture;
mod table;

use plaudit::finding::Report;
use plaudit::report::{Background, Format, Style};

fn shown(report: &Report, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    plaudit::report::write(report, &Background::default(), format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
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
