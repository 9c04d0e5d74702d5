//! One sheet: a header, rows of cells, and what Excel bears of them. Knows nothing of findings and of estates.

use std::borrow::Cow;

use rust_xlsxwriter::{Color, Format, FormatAlign, Url, Worksheet, XlsxError};

use crate::facts::Fact;
use crate::report::text::{inert, short_id};

/// How much a workbook holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Rows of a sheet, its header among them.
    pub rows: u32,
    /// UTF-16 code units of a cell.
    pub units: usize,
    /// Links of a sheet.
    pub links: usize,
}

impl Limits {
    /// Those of Excel (Microsoft Support: Excel specifications and limits).
    pub(super) const EXCEL: Limits = Limits { rows: 1_048_576, units: 32_767, links: 65_530 };

    /// How many of so many rows stand under the header. When not all do, the last row says so.
    pub(super) fn fitting(self, rows: usize) -> usize {
        let room = usize::try_from(self.rows).unwrap_or(usize::MAX).saturating_sub(1);
        if rows <= room { rows } else { room.saturating_sub(1) }
    }
}

/// How cells look.
pub(super) struct Looks {
    pub header: Format,
    pub title: Format,
    plain: Format,
    wrapped: Format,
    bad: Format,
    doubtful: Format,
    unread: Format,
    number: Format,
}

const RED: (u32, u32) = (0xFF_C7CE, 0x9C_0006);
const AMBER: (u32, u32) = (0xFF_EB9C, 0x7F_6000);
const BLUE: (u32, u32) = (0xDD_EBF7, 0x1F_4E78);
const VIOLET: (u32, u32) = (0xE4_DFEC, 0x40_3151);

impl Looks {
    pub(super) fn new() -> Self {
        // With the prefix a cell stays text when somebody edits it, whatever it begins with.
        let plain = Format::new().set_quote_prefix().set_align(FormatAlign::Top);
        Looks {
            header: Format::new().set_bold().set_background_color(Color::RGB(0xD9_E1F2)),
            title: Format::new().set_bold().set_quote_prefix(),
            wrapped: plain.clone().set_text_wrap(),
            bad: painted(plain.clone(), RED),
            doubtful: painted(plain.clone(), AMBER),
            unread: painted(plain.clone(), VIOLET).set_italic(),
            number: Format::new().set_align(FormatAlign::Top),
            plain,
        }
    }

    /// The look of text.
    pub(super) fn plain(&self) -> &Format {
        &self.plain
    }

    /// The look of an error, a warning, an information and what is not known, for conditions.
    pub(super) fn severities() -> [Format; 4] {
        [RED, AMBER, BLUE, VIOLET].map(|colours| painted(Format::new(), colours))
    }

    /// The look of what does not count, for conditions.
    pub(super) fn aside() -> Format {
        Format::new().set_font_color(Color::RGB(0x80_8080))
    }
}

fn painted(format: Format, (back, front): (u32, u32)) -> Format {
    format.set_background_color(Color::RGB(back)).set_font_color(Color::RGB(front))
}

/// A column.
pub(super) struct Column {
    pub title: &'static str,
    /// In characters.
    pub width: f64,
    /// Whether long text goes on in the cell's next line.
    pub wrap: bool,
}

/// A column of short text.
pub(super) const fn column(title: &'static str, width: f64) -> Column {
    Column { title, width, wrap: false }
}

/// A column of long text.
pub(super) const fn wrapped(title: &'static str, width: f64) -> Column {
    Column { title, width, wrap: true }
}

/// What stands in a cell. Text is inert already.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing: what was read and is not there.
    Empty,
    Text(String),
    /// A state that is broken.
    Bad(String),
    /// A state that is on its way, or that nobody has seen.
    Doubtful(String),
    /// What could not be read.
    Unread,
    Number(f64),
    /// The address of a page; a link when it is one of ours.
    Page(String),
}

impl Cell {
    /// Any text, as it came.
    pub(super) fn text(text: &str) -> Cell {
        Cell::Text(inert(text).into_owned())
    }

    pub(super) fn maybe(text: Option<&str>) -> Cell {
        text.map_or(Cell::Empty, Cell::text)
    }

    /// A resource by its short name.
    pub(super) fn resource(id: Option<&str>) -> Cell {
        id.map_or(Cell::Empty, |id| Cell::Text(resource(id)))
    }

    pub(super) fn yes(is: bool) -> Cell {
        Cell::Text(if is { "yes" } else { "no" }.to_owned())
    }

    /// Excel's numbers are exact to 2⁵³, more than anybody counts.
    #[allow(clippy::cast_precision_loss, reason = "see above")]
    pub(super) fn count(n: usize) -> Cell {
        Cell::Number(n as f64)
    }

    /// Items, one after the other.
    pub(super) fn list<T: AsRef<str>>(items: &[T]) -> Cell {
        let items: Vec<Cow<'_, str>> = items.iter().map(|item| inert(item.as_ref())).collect();
        Cell::Text(items.join(", "))
    }

    /// What is known of a fact, or that it was not read.
    pub(super) fn fact<T>(fact: &Fact<T>, show: impl FnOnce(&T) -> Cell) -> Cell {
        fact.known().map_or(Cell::Unread, show)
    }
}

/// A resource by its short name, else as it is named.
pub(super) fn resource(id: &str) -> String {
    short_id(id).unwrap_or_else(|| inert(id).into_owned())
}

/// A sheet at work.
pub(super) struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    looks: &'a Looks,
    limits: Limits,
    columns: &'a [Column],
    row: u32,
    links: usize,
}

impl<'a> Sheet<'a> {
    /// A sheet with its header, which stays in sight.
    pub(super) fn new(
        sheet: &'a mut Worksheet,
        name: &str,
        columns: &'a [Column],
        limits: Limits,
        looks: &'a Looks,
    ) -> Result<Self, XlsxError> {
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(columns) {
            sheet.set_column_width(at, column.width)?;
            sheet.write_string_with_format(0, at, column.title, &looks.header)?;
        }
        Ok(Sheet { sheet, looks, limits, columns, row: 1, links: 0 })
    }

    /// Writes as many rows as fit, then how many do not; filters go over the former.
    pub(super) fn rows<T, const N: usize>(
        mut self,
        items: &[T],
        row: impl Fn(&T) -> [Cell; N],
    ) -> Result<(), XlsxError> {
        let fitting = self.limits.fitting(items.len());
        for item in items.iter().take(fitting) {
            self.row(row(item))?;
        }
        let last_column = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or_default();
        self.sheet.autofilter(0, 0, self.row.saturating_sub(1), last_column)?;
        if fitting < items.len() {
            let text = format!("{} more are left out: a sheet holds no more rows", items.len() - fitting);
            self.row([Cell::Text(text)])?;
        }
        Ok(())
    }

    fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<(), XlsxError> {
        for ((at, column), cell) in (0..).zip(self.columns).zip(cells) {
            let text = if column.wrap { &self.looks.wrapped } else { &self.looks.plain };
            let place = Place { row: self.row, column: at, text };
            match cell {
                Cell::Page(page) if is_ours(&page) && self.links < self.limits.links => {
                    self.links += 1;
                    self.sheet.write_url(place.row, place.column, Url::new(page))?;
                }
                cell => put(self.sheet, self.looks, self.limits, &place, cell)?,
            }
        }
        self.row += 1;
        Ok(())
    }
}

/// Where a cell stands, and how text looks there.
pub(super) struct Place<'a> {
    pub row: u32,
    pub column: u16,
    pub text: &'a Format,
}

/// Writes a cell.
pub(super) fn put(
    sheet: &mut Worksheet,
    looks: &Looks,
    limits: Limits,
    place: &Place<'_>,
    cell: Cell,
) -> Result<(), XlsxError> {
    let Place { row, column, text: plain } = *place;
    let (text, format) = match cell {
        Cell::Empty => return Ok(()),
        Cell::Number(n) => {
            return sheet.write_number_with_format(row, column, n, &looks.number).map(drop);
        }
        Cell::Unread => ("not read".to_owned(), &looks.unread),
        Cell::Bad(text) => (text, &looks.bad),
        Cell::Doubtful(text) => (text, &looks.doubtful),
        Cell::Text(text) => (text, plain),
        Cell::Page(page) => (inert(&page).into_owned(), plain),
    };
    // Without text there is nothing to colour.
    if text.is_empty() {
        return Ok(());
    }
    sheet.write_string_with_format(row, column, bounded(text, limits.units), format).map(drop)
}

/// The text within so many UTF-16 code units; what is cut off is told.
fn bounded(text: String, units: usize) -> String {
    const CUT: &str = " … (cut)";
    // The writer takes text between these marks for XML of its own, and would pass it on as it is.
    let text = if text.starts_with("<r>") && text.ends_with("</r>") { format!(" {text}") } else { text };
    if text.len() <= units || text.encode_utf16().count() <= units {
        return text;
    }
    let mut room = units.saturating_sub(CUT.encode_utf16().count());
    let fits = |c: &char| match room.checked_sub(c.len_utf16()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).chain(CUT.chars()).collect()
}

/// Whether an address is one of those that rules name, and nothing in it needs an escape.
fn is_ours(page: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/?#=&,".contains(c);
    // Excel bears 2 080 characters; no address of ours comes near it.
    let rest = page.strip_prefix("https://learn.microsoft.com/");
    rest.is_some_and(|rest| rest.chars().all(plain) && rest.len() < 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_links() {
        for ours in ["https://learn.microsoft.com/azure/dns/x", "https://learn.microsoft.com/a?b=c&d#e"] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "",
            "https://learn.microsoft.com.evil.example/",
            "http://learn.microsoft.com/azure",
            "https://learn.microsoft.com/a b",
            "https://learn.microsoft.com/\"x",
            "https://learn.microsoft.com/\u{202e}",
            "javascript:alert(1)",
            "internal:Findings!A1",
        ] {
            assert!(!is_ours(other), "{other}");
        }
        assert!(!is_ours(&format!("https://learn.microsoft.com/{}", "a".repeat(3000))));
    }

    #[test]
    fn a_cell_holds_so_much_and_says_when_it_was_more() {
        assert_eq!(bounded("abcdefghij".into(), 10), "abcdefghij");
        assert_eq!(bounded("abcdefghijk".into(), 10), "ab … (cut)");
        // Two units each.
        assert_eq!(bounded("🚀🚀🚀🚀🚀".into(), 10), "🚀🚀🚀🚀🚀");
        assert_eq!(bounded("🚀🚀🚀🚀🚀🚀".into(), 10), "🚀 … (cut)");
        assert_eq!(bounded("🚀🚀🚀🚀🚀🚀".into(), 11), "🚀 … (cut)");
        assert_eq!(bounded("<r>a</r>".into(), 100), " <r>a</r>");
    }

    #[test]
    fn the_last_row_is_kept_for_what_does_not_fit() {
        let limits = Limits { rows: 5, ..Limits::EXCEL };
        assert_eq!([0, 3, 4, 5, 9].map(|n| limits.fitting(n)), [0, 3, 4, 3, 3]);
        assert_eq!(Limits { rows: 0, ..limits }.fitting(3), 0);
    }
}
