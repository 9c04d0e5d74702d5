//! The first sheet: which estate, how much was found, what was not read, what was left out.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::Book;
use super::sheet::{Cell, Place, put, resource};
use crate::finding::{Report, Severity};
use crate::inventory::{Gap, Role};
use crate::report::groups::{Completeness, not_judged};
use crate::report::text::prose;

/// How many gaps are listed one by one.
const GAPS: usize = 5000;

/// Widths of the columns, in characters.
const WIDTHS: [f64; 6] = [30.0, 44.0, 44.0, 10.0, 28.0, 90.0];

pub(super) fn write(book: &Book<'_>, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Summary")?;
    for (at, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    let mut page = Page { book, sheet, row: 0 };
    page.title(&format!("plaudit {}", env!("CARGO_PKG_VERSION")))?;
    page.estate()?;
    page.counts()?;
    page.notes()?;
    page.left_out()?;
    page.coverage()?;
    page.not_judged()
}

struct Page<'a, 'w> {
    book: &'a Book<'a>,
    sheet: &'w mut Worksheet,
    row: u32,
}

impl Page<'_, '_> {
    fn report(&self) -> &Report {
        self.book.report
    }

    fn title(&mut self, text: &str) -> Result<(), XlsxError> {
        if self.row > 0 {
            self.row += 1;
        }
        self.sheet.write_string_with_format(self.row, 0, text, &self.book.looks.title)?;
        self.row += 1;
        Ok(())
    }

    fn row<const N: usize>(&mut self, cells: [Cell; N]) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            let place = Place { row: self.row, column, text: self.book.looks.plain() };
            put(self.sheet, &self.book.looks, self.book.limits, &place, cell)?;
        }
        self.row += 1;
        Ok(())
    }

    fn estate(&mut self) -> Result<(), XlsxError> {
        let book = self.book;
        let (origin, coverage) = (&book.report.origin, &book.report.coverage);
        self.row([Cell::text("cloud"), Cell::text(origin.cloud.name())])?;
        self.row([Cell::text("tenant"), Cell::maybe(origin.tenant_id.as_deref())])?;
        self.row([Cell::text("read at"), Cell::text(&origin.collected_at)])?;
        for id in &origin.scope.subscriptions {
            let name = Cell::Text(book.subscription(id));
            self.row([Cell::text("subscription"), name, Cell::text(id)])?;
        }
        for group in &origin.scope.resource_groups {
            self.row([Cell::text("only resource group"), Cell::text(group)])?;
        }
        let around = coverage.subscriptions.iter().filter(|one| one.role == Role::Context).count();
        let around = match origin.scope.context {
            true => Cell::count(around),
            false => Cell::text("none (--no-context)"),
        };
        self.row([Cell::text("subscriptions read as context"), around])?;
        self.row([Cell::text("private endpoints reported on"), Cell::count(book.report.endpoints)])
    }

    fn counts(&mut self) -> Result<(), XlsxError> {
        self.title("Found")?;
        let report = self.report();
        let counts = [
            ("errors", report.failures(Severity::Error)),
            ("warnings", report.failures(Severity::Warning)),
            ("information", report.failures(Severity::Info)),
            ("unknown: could not be judged", report.unknowns()),
            ("suppressed", report.suppressed()),
            ("known from the baseline", report.known()),
        ];
        for (what, count) in counts {
            self.row([Cell::text(what), Cell::count(count)])?;
        }
        Ok(())
    }

    fn notes(&mut self) -> Result<(), XlsxError> {
        if self.report().notes.is_empty() {
            return Ok(());
        }
        self.title("Notes")?;
        let book = self.book;
        book.report.notes.iter().try_for_each(|note| self.row([Cell::Text(prose(note))]))
    }

    /// What the other sheets have no room for.
    fn left_out(&mut self) -> Result<(), XlsxError> {
        let book = self.book;
        let mut sheets = vec![("Findings", book.report.findings.len())];
        match &book.background.facts {
            Some(facts) => sheets.extend([
                ("Endpoints", facts.endpoints.len()),
                ("Networks", facts.networks.len()),
                ("Zones", facts.zones.len()),
                ("Links", facts.links.len()),
                ("Peerings", facts.peerings.len()),
            ]),
            None => {
                self.row([Cell::text("the estate was not gathered: this workbook shows findings alone")])?
            }
        }
        let over = |rows: usize| rows - book.limits.fitting(rows);
        if sheets.iter().all(|(_, rows)| over(*rows) == 0) {
            return Ok(());
        }
        self.title("Left out, because a sheet holds no more rows")?;
        for (sheet, rows) in sheets.into_iter().filter(|(_, rows)| over(*rows) > 0) {
            self.row([Cell::text(sheet), Cell::Doubtful(format!("{} of {rows} rows", over(rows)))])?;
        }
        Ok(())
    }

    fn coverage(&mut self) -> Result<(), XlsxError> {
        self.title("Coverage")?;
        let report = self.report();
        let gaps = report.coverage.gaps.len();
        let complete = Completeness::of(report);
        let said = complete.said(report);
        let complete = match complete {
            Completeness::Whole => Cell::Text(format!("yes: {said}")),
            Completeness::NotAround => Cell::Doubtful(format!("yes: {said}")),
            Completeness::Accepted => Cell::Doubtful(format!("NO: {said}")),
            Completeness::Missing => Cell::Bad(format!("NO: {said}")),
        };
        self.row([Cell::text("complete"), complete])?;
        self.row([Cell::text("gaps"), Cell::count(gaps)])?;
        let book = self.book;
        for (kind, count) in &book.report.read {
            self.row([Cell::Text(format!("{} read", kind.title())), Cell::count(*count)])?;
        }
        if gaps == 0 {
            return Ok(());
        }
        self.title("Not read")?;
        self.row(["what", "subscription", "resource", "status", "code", "why"].map(Cell::text))?;
        for gap in book.report.coverage.gaps.iter().take(GAPS) {
            self.row(self.gap(gap))?;
        }
        match gaps.saturating_sub(GAPS) {
            0 => Ok(()),
            more => self.row([Cell::Doubtful(format!("{more} more gaps; `-f json` lists all"))]),
        }
    }

    fn gap(&self, gap: &Gap) -> [Cell; 6] {
        let home = gap.subscription.as_deref();
        [
            Cell::text(gap.kind.title()),
            home.map_or(Cell::Empty, |id| Cell::Text(self.book.subscription(id))),
            gap.resource.as_ref().map_or(Cell::Empty, |id| Cell::Text(resource(id.as_str()))),
            gap.status.map_or(Cell::Empty, |status| Cell::count(status.into())),
            Cell::text(&gap.code),
            Cell::Text(prose(&gap.message)),
        ]
    }

    fn not_judged(&mut self) -> Result<(), XlsxError> {
        let reasons = not_judged(self.book.report);
        if reasons.is_empty() {
            return Ok(());
        }
        self.title("Not judged: what nobody can know or nobody asks; no gap, no exit code")?;
        self.row(["times", "why", "rules"].map(Cell::text))?;
        for (reason, rules) in reasons {
            let times = rules.iter().map(|(_, count)| count).sum();
            let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
            self.row([Cell::count(times), Cell::Text(prose(reason)), Cell::list(&rules)])?;
        }
        Ok(())
    }
}
