//! A rule's page: TOML front matter and fixed headings. The page is the only source of a rule's texts.

use serde::Deserialize;

use crate::finding::Severity;
use crate::inventory::Pack;

/// A rule page that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("rule page {page}: {reason}")]
pub struct PageError {
    pub page: String,
    pub reason: String,
}

/// The front matter of a page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// `DNS-022`
    pub id: String,
    /// States the problem: `a-record-wrong-ip`.
    pub name: String,
    /// One sentence.
    pub summary: String,
    pub severity: Severity,
    /// Whether the rule runs unless it is turned off.
    pub default: bool,
    /// The pack it belongs to. Such a rule runs only while its pack is judged by.
    #[serde(default)]
    pub pack: Option<Pack>,
    /// What a rule needs that does not run by itself, or that finds nothing without it: a flag, a setting.
    pub needs: Option<String>,
    /// The version that brought it.
    pub since: String,
    /// The Azure page to read.
    pub reference: String,
}

/// The headings every page has, in this order.
pub const HEADINGS: [&str; 5] =
    ["What it finds", "Why it matters", "How to mend it", "When it stays silent", "References"];

/// A page, taken apart.
#[derive(Debug, Clone)]
pub struct Page {
    /// As in the front matter.
    pub id: &'static str,
    /// As in the front matter.
    pub name: &'static str,
    pub front: FrontMatter,
    /// Markdown, without the front matter.
    pub body: &'static str,
}

impl Page {
    /// Takes a page's text apart: `+++`, TOML, `+++`, Markdown.
    pub fn parse(text: &'static str) -> Result<Page, PageError> {
        let error = |reason: String| {
            let page = text.lines().find(|line| line.starts_with("id")).unwrap_or("without an id");
            PageError { page: page.to_owned(), reason }
        };
        let rest = text.strip_prefix("+++\n").ok_or_else(|| error("does not begin with +++".to_owned()))?;
        let (matter, body) =
            rest.split_once("\n+++\n").ok_or_else(|| error("has no second +++".to_owned()))?;
        let front: FrontMatter = toml::from_str(matter).map_err(|source| error(source.to_string()))?;
        let text_of = |key: &str| value(matter, key).ok_or_else(|| error(format!("has no {key}")));
        Ok(Page { id: text_of("id")?, name: text_of("name")?, front, body: body.trim_start() })
    }

    /// The headings of the page, in order.
    pub fn headings(&self) -> impl Iterator<Item = &'static str> {
        self.body.lines().filter_map(|line| line.strip_prefix("## ").map(str::trim))
    }
}

/// The text of `key = "text"`, as it stands in the page.
fn value(matter: &'static str, key: &str) -> Option<&'static str> {
    let line = matter.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
    line.trim().strip_prefix('"')?.split('"').next()
}
