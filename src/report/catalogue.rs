//! The list of rules and a rule's page, for people and for programs.

use std::io::{self, Write};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use schemars::JsonSchema;
use serde::Serialize;

use super::table::{Page, Paint};
use super::{Style, inert};
use crate::finding::Severity;

/// A rule as it is listed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RuleV1")]
pub struct Entry<'a> {
    /// Such as `DNS-022`; never used for another rule.
    pub id: &'a str,
    /// Such as `a-record-wrong-ip`.
    pub name: &'a str,
    /// What it finds, in a sentence.
    pub summary: &'a str,
    /// How bad it is: `error`, `warning` or `info`.
    #[schemars(with = "String", extend("enum" = ["error", "warning", "info"]))]
    pub severity: Severity,
    /// Whether it runs unless it is turned off.
    pub default: bool,
    /// What it takes beside being enabled; null when nothing.
    pub needs: Option<&'a str>,
    /// The pack it belongs to, without which it does not run; null when none.
    pub pack: Option<&'static str>,
    /// The version that brought it.
    pub since: &'a str,
    /// The page to read beside the rule's own.
    pub reference: &'a str,
    /// The file of a rule of one's own; null for those of plaudit.
    pub file: Option<&'a str>,
}

/// The schema's name, first in every list.
const SCHEMA: &str = "plaudit/rules/v1";

/// The rules. Fields are added, never changed or taken away: pass over those you do not know.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "plaudit rules, version 1")]
pub(super) struct ListV1<'a> {
    /// The name of this shape.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// Every rule, in the catalogue's order.
    rules: &'a [Entry<'a>],
}

/// Writes the list for programs; like reports it only grows.
pub fn write_json(entries: &[Entry<'_>], out: &mut dyn Write) -> io::Result<()> {
    // A rule may be anybody's.
    super::json::write_inert(&ListV1 { schema: SCHEMA, rules: entries }, out)
}

/// The columns of ids and names together, the space around both included: what an id takes, a name gives.
const IDS_AND_NAMES: u16 = 49;
/// The columns of ids: our own fit the first; longer ones of people's own get up to the second, and wrap beyond.
const IDS: (u16, u16) = (10, 22);
const SEVERITIES: u16 = 10;

/// The widths of the first columns, so that every id stands on one line.
fn widths(entries: &[Entry<'_>]) -> [u16; 3] {
    let longest = entries.iter().map(|entry| entry.id.chars().count() + 2).max().unwrap_or_default();
    let ids = u16::try_from(longest).unwrap_or(u16::MAX).clamp(IDS.0, IDS.1);
    [ids, IDS_AND_NAMES - ids, SEVERITIES]
}

/// Writes the list for people.
pub fn write_table(entries: &[Entry<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let row = |entry: &Entry<'_>| {
        let runs = match (entry.default, entry.needs) {
            (false, Some(needs)) if is_probed(entry) => needs.to_owned(),
            (true, Some(needs)) if entry.pack.is_some() => format!("with {needs}"),
            (true, None) => "yes".to_owned(),
            (true, Some(needs)) => format!("yes; needs {needs}"),
            (false, None) => "when enabled".to_owned(),
            (false, Some(needs)) => format!("when enabled; needs {needs}"),
        };
        [entry.id.to_owned(), entry.name.to_owned(), entry.severity.name().to_owned(), runs]
    };
    let header = ["id", "name", "severity", "runs"];
    Page::new(out, style).columns(header, &widths(entries), entries.iter().map(row))?;
    let probed = entries.iter().filter(|entry| is_probed(entry)).count();
    let off = entries.iter().filter(|entry| !entry.default).count() - probed;
    let packed = entries.iter().filter(|entry| entry.pack.is_some()).count();
    let all = entries.len();
    let own = match entries.iter().filter(|entry| entry.file.is_some()).count() {
        0 => String::new(),
        own => format!("{own} of them your own, "),
    };
    writeln!(out, "{all} rules, {own}{off} of them off until plaudit.toml enables them,")?;
    writeln!(out, "{packed} run with their pack, {probed} by plaudit probe")
}

/// Whether a rule runs in a probe and nowhere else.
fn is_probed(entry: &Entry<'_>) -> bool {
    !entry.default && entry.needs.is_some_and(|needs| needs.starts_with("plaudit probe"))
}

/// Writes a page for a person: set for a terminal where there is one or colours are asked for, else as Markdown.
pub fn write_page(entry: &Entry<'_>, body: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = format!("# {} {}\n\n{}\n\n{}", entry.id, entry.name, facts(entry), body);
    if style.width.is_none() && !style.color {
        // A page may be anybody's.
        return page.lines().try_for_each(|line| writeln!(out, "{}", inert(line)));
    }
    set(&page, &mut Page::new(out, style))
}

fn facts(entry: &Entry<'_>) -> String {
    let runs = if entry.default { "runs by itself" } else { "runs when plaudit.toml enables it" };
    let runs = if is_probed(entry) { "runs in a probe alone" } else { runs };
    let needs = entry.needs.map_or_else(String::new, |needs| format!(", {needs}"));
    format!("{} Severity {}, {runs}{needs}.", entry.summary, entry.severity.name())
}

/// What a block of the page has gathered so far.
#[derive(Default)]
struct Block {
    text: String,
    /// Addresses of links, for lines of their own: a terminal shows no links.
    urls: Vec<String>,
    /// Rows of the table at hand, its header first.
    rows: Vec<Vec<String>>,
    in_item: bool,
}

impl Block {
    /// Writes the paragraph or item at hand, if there is one.
    fn flush(&mut self, page: &mut Page<'_>) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            page.paragraph(if self.in_item { "* " } else { "" }, text.trim(), Paint::Plain)?;
        }
        self.urls.drain(..).try_for_each(|url| page.copyable(&url))
    }
}

/// Sets Markdown of the kinds that rule pages use: headings, paragraphs, lists, code and tables.
fn set(markdown: &str, page: &mut Page<'_>) -> io::Result<()> {
    let mut block = Block::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Item) => {
                block.flush(page)?;
                block.in_item = true;
            }
            Event::Start(Tag::Link { dest_url, .. }) => block.urls.push(dest_url.into_string()),
            Event::Start(Tag::TableHead | Tag::TableRow) => block.rows.push(Vec::new()),
            Event::End(end) => finish(end, &mut block, page)?,
            Event::Text(text) | Event::Code(text) => block.text.push_str(&text),
            Event::SoftBreak | Event::HardBreak => block.text.push(' '),
            _ => {}
        }
    }
    Ok(())
}

fn finish(end: TagEnd, block: &mut Block, page: &mut Page<'_>) -> io::Result<()> {
    match end {
        TagEnd::Heading(_) => {
            page.paragraph("", &std::mem::take(&mut block.text), Paint::Strong)?;
            page.blank()
        }
        TagEnd::Paragraph if block.in_item => block.flush(page),
        TagEnd::Paragraph => {
            block.flush(page)?;
            page.blank()
        }
        TagEnd::Item => {
            block.flush(page)?;
            block.in_item = false;
            Ok(())
        }
        TagEnd::List(_) => page.blank(),
        TagEnd::CodeBlock => {
            let code = std::mem::take(&mut block.text);
            code.lines().try_for_each(|line| page.copyable(line))?;
            page.blank()
        }
        TagEnd::TableCell => {
            let cell = std::mem::take(&mut block.text);
            if let Some(row) = block.rows.last_mut() {
                row.push(cell);
            }
            Ok(())
        }
        TagEnd::Table => {
            page.rows(std::mem::take(&mut block.rows))?;
            page.blank()
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> String {
        let mut out = Vec::new();
        set(markdown, &mut Page::new(&mut out, &Style { color: false, width: Some(44) })).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn paragraphs_and_items_are_set_anew_and_commands_stay_whole() {
        let command = format!("az network {}", "x".repeat(60));
        let page = format!("# A\n\nb\n`c`\n\n* d\n  e\n* [f](https://g.h/i)\n\n```sh\n{command}\n```\n\nj\n");
        let expected = format!("A\n\nb c\n\n* d e\n* f\n    https://g.h/i\n\n    {command}\n\nj\n\n");
        assert_eq!(shown(&page), expected);
    }

    #[test]
    fn tables_fit_the_width() {
        let text =
            shown("| when | what |\n| --- | --- |\n| a | a long sentence that is wider than a line |\n");
        assert!(text.lines().all(|line| line.chars().count() <= 44), "{text}");
        assert!(text.contains("when") && text.contains("sentence"), "{text}");
    }
}
