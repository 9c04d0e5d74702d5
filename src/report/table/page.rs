//! Lines, boxes and colours that fit a width. Every text that enters here is made inert first; knows nothing
//! of findings.

use std::io::{self, Write};

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table,
    TableStyle, Width,
};

use crate::report::Style;
use crate::report::text::inert;

/// Narrower and nothing can be read; wider and lines are too long to follow.
const WIDTHS: (u16, u16) = (40, 120);

/// The width where there is no terminal.
const PIPE: u16 = 80;

/// The columns of a label, the space on both sides included.
const LABEL: u16 = 13;

const BOX: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// How a text stands out, where there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Paint {
    Plain,
    Faint,
    Strong,
    Error,
    Warning,
    Info,
    Unknown,
    Good,
}

impl Paint {
    /// The parameters of its SGR sequence.
    fn sgr(self) -> Option<&'static str> {
        match self {
            Paint::Plain => None,
            Paint::Faint => Some("2"),
            Paint::Strong => Some("1"),
            Paint::Error => Some("1;31"),
            Paint::Warning => Some("1;33"),
            Paint::Info => Some("1;34"),
            Paint::Unknown => Some("1;35"),
            Paint::Good => Some("1;32"),
        }
    }

    fn cell(self, text: &str) -> Cell {
        let cell = Cell::new(inert(text));
        let bold = |cell: Cell, color| cell.fg(color).add_attribute(Attribute::Bold);
        match self {
            Paint::Plain => cell,
            Paint::Faint => cell.add_attribute(Attribute::Dim),
            Paint::Strong => cell.add_attribute(Attribute::Bold),
            Paint::Error => bold(cell, Color::DarkRed),
            Paint::Warning => bold(cell, Color::DarkYellow),
            Paint::Info => bold(cell, Color::DarkBlue),
            Paint::Unknown => bold(cell, Color::DarkMagenta),
            Paint::Good => bold(cell, Color::DarkGreen),
        }
    }
}

/// One line of a box: a label and what it says.
pub(in crate::report) struct Entry {
    label: String,
    text: String,
    paint: Paint,
}

impl Entry {
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        Entry { label: label.into(), text: text.into(), paint: Paint::Plain }
    }

    pub fn painted(self, paint: Paint) -> Self {
        Entry { paint, ..self }
    }
}

/// Where the report is written, and how wide.
pub(in crate::report) struct Page<'a> {
    out: &'a mut dyn Write,
    width: u16,
    color: bool,
}

impl<'a> Page<'a> {
    pub fn new(out: &'a mut dyn Write, style: &Style) -> Self {
        Page { out, width: style.width.unwrap_or(PIPE).clamp(WIDTHS.0, WIDTHS.1), color: style.color }
    }

    pub fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A paragraph, wrapped; further lines hang by the width of `mark`.
    pub fn paragraph(&mut self, mark: &str, text: &str, paint: Paint) -> io::Result<()> {
        let hang = " ".repeat(mark.chars().count());
        let lines = wrap(&inert(text), self.width.saturating_sub(hang.len() as u16));
        for (n, line) in lines.iter().enumerate() {
            let mark = if n == 0 { mark } else { &hang };
            self.painted(paint, &format!("{mark}{line}"))?;
        }
        Ok(())
    }

    /// A line that must be copied whole: indented, never wrapped.
    pub fn copyable(&mut self, text: &str) -> io::Result<()> {
        self.painted(Paint::Plain, &format!("    {}", inert(text)))
    }

    /// A text that is to be entered somewhere as it is: never wrapped, and marked so that nobody takes it for a command.
    pub fn line(&mut self, mark: &str, text: &str) -> io::Result<()> {
        self.painted(Paint::Plain, &format!("{mark}{}", inert(text)))
    }

    /// An address: whole like a command, a comment to a shell.
    pub fn address(&mut self, url: &str) -> io::Result<()> {
        self.painted(Paint::Faint, &format!("    # {}", inert(url)))
    }

    /// A text about the copyable lines around it: every line of it a comment to a shell, so that the whole
    /// may be copied.
    pub fn comment(&mut self, text: &str) -> io::Result<()> {
        let lines = wrap(&inert(text), self.width.saturating_sub(6));
        lines.iter().try_for_each(|line| self.painted(Paint::Faint, &format!("    # {line}")))
    }

    /// A box of labels and texts under a header of the same two columns.
    pub fn entries(&mut self, header: Option<(&str, &str, Paint)>, entries: &[Entry]) -> io::Result<()> {
        let mut table = self.table();
        if let Some((label, text, paint)) = header {
            table.set_header([paint.cell(label), Paint::Strong.cell(text)]);
        }
        for entry in entries {
            table.add_row([Paint::Faint.cell(&entry.label), entry.paint.cell(&entry.text)]);
        }
        self.show(table, &[LABEL])
    }

    /// A box of columns under a header. `shares` are the widths of all columns but the last, in percent.
    pub fn grid<const N: usize>(
        &mut self,
        header: [&str; N],
        shares: &[u16],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> io::Result<()> {
        let widths: Vec<u16> = shares.iter().map(|share| self.width * share / 100).collect();
        self.columns(header, &widths, rows)
    }

    /// As [`Page::grid`], the widths in columns, the space on both sides included.
    pub fn columns<const N: usize>(
        &mut self,
        header: [&str; N],
        widths: &[u16],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> io::Result<()> {
        let mut table = self.table();
        table.set_header(header.map(|text| Paint::Strong.cell(text)));
        for row in rows {
            table.add_row(row.map(|text| Paint::Plain.cell(&text)));
        }
        self.show(table, widths)
    }

    /// A box of as many columns as its first row, the header, has; their widths follow from what they hold.
    pub fn rows(&mut self, rows: Vec<Vec<String>>) -> io::Result<()> {
        let mut table = self.table();
        let mut rows = rows.into_iter();
        if let Some(header) = rows.next() {
            table.set_header(header.iter().map(|text| Paint::Strong.cell(text)));
        }
        for row in rows {
            table.add_row(row.iter().map(|text| Paint::Plain.cell(text)));
        }
        table.lines().try_for_each(|line| writeln!(self.out, "{}", line.trim_end()))
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(BOX).set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
        match self.color {
            true => table.enforce_styling().style_text_only(),
            false => {
                table.force_no_tty();
            }
        }
        table
    }

    /// Writes a table whose first columns have these widths; the last takes what is left of the page.
    fn show(&mut self, mut table: Table, widths: &[u16]) -> io::Result<()> {
        let borders = widths.len() as u16 + 2;
        let rest = self.width.saturating_sub(widths.iter().sum::<u16>() + borders);
        for (n, width) in widths.iter().copied().chain([rest]).enumerate() {
            if let Some(column) = table.column_mut(n) {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
        table.lines().try_for_each(|line| writeln!(self.out, "{}", line.trim_end()))
    }

    /// Writes a line that is inert already.
    fn painted(&mut self, paint: Paint, line: &str) -> io::Result<()> {
        match paint.sgr().filter(|_| self.color) {
            Some(sgr) => writeln!(self.out, "\x1b[{sgr}m{}\x1b[0m", line.trim_end()),
            None => writeln!(self.out, "{}", line.trim_end()),
        }
    }
}

/// Breaks a text between words into lines of at most `width` columns.
fn wrap(text: &str, width: u16) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width).add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}
