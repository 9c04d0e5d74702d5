//! An Excel workbook: a summary, a row a finding, and the estate. Everything is text: nothing that Azure returns becomes
//! a formula or a link.

mod checklist;
mod estate;
mod findings;
mod sheet;
mod summary;

use std::collections::BTreeMap;
use std::io::{self, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::sheet::{Limits, Looks};
use super::Background;
use super::text::inert;
use crate::finding::Report;

/// What every sheet goes by.
struct Book<'a> {
    report: &'a Report,
    background: &'a Background,
    limits: Limits,
    looks: Looks,
}

impl Book<'_> {
    /// A subscription by its display name, else by its id.
    fn subscription(&self, id: &str) -> String {
        let names: &BTreeMap<String, String> = &self.report.subscription_names;
        let name = names.get(&id.to_ascii_lowercase()).filter(|name| !name.trim().is_empty());
        inert(name.map_or(id, String::as_str)).into_owned()
    }
}

/// Writes the report. The workbook is made in memory: its directory stands at its end.
pub(super) fn write(report: &Report, background: &Background, out: &mut dyn Write) -> io::Result<()> {
    let book = Book { report, background, limits: Limits::EXCEL, looks: Looks::new() };
    let bytes = workbook(&book).map_err(io::Error::other)?;
    out.write_all(&bytes)
}

fn workbook(book: &Book<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(&book.report.origin.collected_at)?);
    summary::write(book, workbook.add_worksheet())?;
    findings::write(book, workbook.add_worksheet())?;
    if !book.report.checklist.is_empty() {
        checklist::write(book, workbook.add_worksheet())?;
    }
    if let Some(facts) = &book.background.facts {
        estate::endpoints(book, &facts.endpoints, workbook.add_worksheet())?;
        estate::networks(book, &facts.networks, workbook.add_worksheet())?;
        estate::zones(book, &facts.zones, workbook.add_worksheet())?;
        estate::links(book, &facts.links, workbook.add_worksheet())?;
        estate::peerings(book, &facts.peerings, workbook.add_worksheet())?;
    }
    workbook.save_to_buffer()
}

/// The workbook's own properties. Its time is the report's, so that the same report gives the same bytes.
fn properties(collected_at: &str) -> Result<DocProperties, XlsxError> {
    let made = match is_time(collected_at) {
        true => ExcelDateTime::parse_from_str(collected_at),
        false => Err(XlsxError::DateTimeParseError(String::new())),
    };
    let made = made.or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1)?.and_hms(0, 0, 0))?;
    let version = env!("CARGO_PKG_VERSION");
    let properties =
        DocProperties::new().set_title("plaudit report").set_author(format!("plaudit {version}"));
    Ok(properties.set_creation_datetime(&made))
}

/// Whether a text has the shape of `2026-03-01T02:14:09Z`.
fn is_time(text: &str) -> bool {
    let shape = "0000-00-00T00:00:00Z";
    let fits = |(a, b): (u8, u8)| if b == b'0' { a.is_ascii_digit() } else { a == b };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests;
