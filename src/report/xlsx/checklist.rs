//! The sheet of what is left for a person, a row a step, with a column to say that it is done.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::Book;
use super::sheet::{Cell, Column, Sheet, column, wrapped};
use crate::finding::ChecklistItem;
use crate::report::text::{inert, prose};

const COLUMNS: [Column; 7] = [
    column("done", 8.0),
    wrapped("step", 44.0),
    wrapped("how", 70.0),
    wrapped("commands", 60.0),
    wrapped("entries", 44.0),
    column("reference", 36.0),
    column("id", 30.0),
];

pub(super) fn write(book: &Book<'_>, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let steps: Vec<&ChecklistItem> = book.report.checklist.iter().collect();
    let sheet = Sheet::new(sheet, "Checklist", &COLUMNS, book.limits, &book.looks)?;
    sheet.rows(&steps, |step| row(step))
}

fn row(step: &ChecklistItem) -> [Cell; COLUMNS.len()] {
    [
        Cell::Empty,
        Cell::text(step.title),
        Cell::Text(prose(&step.why)),
        Cell::Text(lines(&step.commands)),
        Cell::Text(lines(&step.entries)),
        Cell::Page(step.article.url.to_owned()),
        Cell::text(step.id),
    ]
}

fn lines(all: &[String]) -> String {
    all.iter().map(|line| inert(line)).collect::<Vec<_>>().join("\n")
}
