//! The pages of the rules that found something, Markdown made HTML. Raw HTML in a page is shown as text.

use std::collections::BTreeSet;

use askama::Template;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::is_reference;
use crate::finding::Report;
use crate::report::Background;
use crate::report::text::inert;

/// The last part of the page.
#[derive(Template)]
#[template(path = "appendix.html")]
pub(super) struct Appendix {
    pages: Vec<PageView>,
}

struct PageView {
    id: &'static str,
    name: &'static str,
    summary: String,
    /// Markup.
    body: String,
}

impl Appendix {
    pub fn new(report: &Report, background: &Background) -> Self {
        let found: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
        let pages = background.pages.iter().filter(|page| found.contains(page.id)).map(|page| PageView {
            id: page.id,
            name: page.name,
            summary: page.front.summary.clone(),
            body: markup(page.body),
        });
        Appendix { pages: pages.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }
}

/// A page's Markdown as HTML: no raw HTML, no images, links to one site alone.
fn markup(page: &str) -> String {
    let events = Parser::new_ext(page, Options::ENABLE_TABLES);
    let mut linked = Vec::new();
    let tame = events.filter_map(|event| tame(event, &mut linked));
    let mut out = String::with_capacity(page.len() * 2);
    html::push_html(&mut out, tame);
    out
}

/// One event made harmless. `linked` holds for each open link whether it was kept.
fn tame<'a>(event: Event<'a>, linked: &mut Vec<bool>) -> Option<Event<'a>> {
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => Event::Text(visible(text)),
        Event::Code(text) => Event::Code(visible(text)),
        Event::Start(Tag::Link { dest_url, link_type, id, .. }) => {
            let kept = is_reference(&dest_url);
            linked.push(kept);
            let title = "".into();
            return kept.then_some(Event::Start(Tag::Link { link_type, dest_url, title, id }));
        }
        Event::End(TagEnd::Link) => return linked.pop().unwrap_or(false).then_some(event),
        Event::Start(Tag::Image { .. } | Tag::HtmlBlock) | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => {
            return None;
        }
        // No attribute of a heading or a list comes from a page.
        Event::Start(Tag::Heading { level, .. }) => {
            let (level, id) = (deeper(level), None);
            Event::Start(Tag::Heading { level, id, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(deeper(level))),
        other => other,
    })
}

/// Line ends stay; every other character that acts is shown.
fn visible(text: CowStr<'_>) -> CowStr<'_> {
    let lines: Vec<_> = text.split('\n').map(inert).collect();
    lines.join("\n").into()
}

/// A page stands under headings of the report: its second level is the report's fourth.
fn deeper(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_become_html() {
        let page = "## What\n\nOne *word* and `code`.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n";
        let html = markup(page);
        for part in ["<h4>What</h4>", "<em>word</em>", "<code>code</code>", "<td>2</td>"] {
            assert!(html.contains(part), "{html}");
        }
    }

    #[test]
    fn nothing_of_a_page_acts() {
        let page = "<script>alert(1)</script>\n\nx <img src=x onerror=alert(1)> y\n\n[a](javascript:alert(1)) \
                    ![i](https://evil.example/x.png) <https://evil.example> [t](https://learn.microsoft.com/x \"t\\\"q\")\n";
        let html = markup(page);
        assert!(
            !html.contains("<script") && !html.contains("<img") && !html.contains("javascript:"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
        assert_eq!(html.matches("href").count(), 1, "{html}");
        assert!(html.contains("<a href=\"https://learn.microsoft.com/x\">t</a>"), "{html}");
    }

    #[test]
    fn every_page_of_ours_keeps_its_links() {
        for rule in crate::rules::all().unwrap() {
            let html = markup(rule.page.body);
            assert!(html.contains("<h4>References</h4>"), "{}", rule.page.id);
            assert!(html.contains("<a href=\"https://learn.microsoft.com/"), "{}", rule.page.id);
            assert!(!html.contains("<img") && !html.contains("<script"), "{}", rule.page.id);
        }
    }
}
