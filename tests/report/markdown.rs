//! Markdown as GitHub reads it: nothing from Azure is markup, no table is broken, and what is bounded says so.

use std::collections::HashSet;

use plaudit::finding::{Cause, Finding, Remediation, Report, Severity};
use plaudit::inventory::Gap;
use plaudit::report::{Format, Style, inert};
use proptest::collection::vec;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use crate::csv::{demo, fingerprints};
use crate::estate::{clean, endpoint, finding, forbidden, mixed, unlinked};
use crate::hostile::{acts, obeyed, report, text};
use crate::shown;

fn written(report: &Report) -> String {
    shown(report, Format::Markdown, Style::default())
}

/// What a reader of Markdown makes of a text.
#[derive(Default)]
pub(crate) struct Read {
    links: Vec<String>,
    /// Images, footnotes, math and whatever else is not ours.
    odd: Vec<String>,
    html: Vec<String>,
    /// The cells of each row.
    rows: Vec<Vec<String>>,
    /// The texts of code blocks.
    blocks: Vec<String>,
    /// What is shown as prose: what makes mentions and references reads this.
    prose: String,
    items: usize,
    headings: usize,
}

fn read(markdown: &str) -> Read {
    let mut read = Read::default();
    let mut in_block = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => read.links.push(dest_url.to_string()),
            Event::Start(Tag::TableHead | Tag::TableRow) => read.rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => read.rows.last_mut().unwrap().push(String::new()),
            Event::Start(Tag::CodeBlock(_)) => {
                in_block = true;
                read.blocks.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Start(Tag::Item | Tag::List(_)) => read.items += 1,
            Event::Start(Tag::Heading { .. }) => read.headings += 1,
            Event::Html(text) | Event::InlineHtml(text) => read.html.push(text.to_string()),
            Event::Text(text) if in_block => read.blocks.last_mut().unwrap().push_str(&text),
            Event::Text(text) => {
                read.prose.push_str(&text);
                tell(&mut read, &text);
            }
            Event::Code(text) => {
                read.prose.push('\0');
                tell(&mut read, &text);
            }
            Event::SoftBreak | Event::HardBreak => read.odd.push("break".to_owned()),
            Event::Start(Tag::Image { dest_url, .. }) => read.odd.push(dest_url.to_string()),
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                read.odd.push(text.to_string())
            }
            Event::TaskListMarker(_) | Event::Rule => read.odd.push("marker or rule".to_owned()),
            Event::Start(Tag::Paragraph | Tag::Table(_) | Tag::Strong | Tag::Emphasis | Tag::HtmlBlock) => {
                read.prose.push('\n');
            }
            Event::Start(tag) => read.odd.push(format!("{tag:?}")),
            Event::End(TagEnd::Table) => read.rows.push(Vec::new()),
            Event::End(_) => read.prose.push('\n'),
        }
    }
    read
}

fn tell(read: &mut Read, text: &str) {
    if let Some(cell) = read.rows.last_mut().and_then(|row| row.last_mut()) {
        cell.push_str(text);
    }
}

/// Holds everything that a text from Azure could break.
pub(crate) fn is_sound(markdown: &str) -> Result<Read, String> {
    let read = read(markdown);
    if markdown.chars().any(|c| c != '\n' && acts(c)) {
        return Err(format!("a character acts: {markdown:?}"));
    }
    let ours = ["<details>", "</details>", "<summary>"];
    let foreign = |html: &&String| {
        let text = html.trim();
        !ours.contains(&text) && !is_summary(text)
    };
    if let Some(html) = read.html.iter().find(foreign) {
        return Err(format!("foreign HTML: {html:?}"));
    }
    let foreign = |link: &&String| !link.starts_with("https://learn.microsoft.com/");
    if let Some(link) = read.links.iter().find(foreign) {
        return Err(format!("foreign link: {link:?}"));
    }
    if !read.odd.is_empty() || read.items > 0 {
        return Err(format!("not ours: {:?}, {} items", read.odd, read.items));
    }
    let prose: String = read.prose.split("https://learn.microsoft.com/").collect();
    for sign in ["@", "#", "://", "www.", "$", "~", "[", "]", "<", ">"] {
        if prose.contains(sign) {
            let at = prose.find(sign).unwrap_or_default();
            return Err(format!("{sign} in prose: {:?}", prose[at..].chars().take(80).collect::<String>()));
        }
    }
    // A cell too many falls off its row, so the source is counted as well.
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let run = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            None if line.ends_with("sh") && run.len() > 2 => fence = Some(run),
            _ => {}
        }
        if fence.is_some() || !line.starts_with('|') {
            continue;
        }
        let cells = line.matches('|').count() - 1;
        if !line.ends_with('|') || !(2..=5).contains(&cells) {
            return Err(format!("a broken row: {line:?}"));
        }
    }
    Ok(read)
}

/// Whether a line of HTML is the heading of an unfolding part, with nothing in it but text.
fn is_summary(text: &str) -> bool {
    let inner = text.strip_prefix("<summary>").and_then(|rest| rest.strip_suffix("</summary>"));
    inner.is_some_and(|inner| !inner.contains(['<', '>', '@', '[', '`']))
}

/// Whether the findings that count stand in the text, and those that do not.
fn holds_all(text: &str, report: &Report) {
    for finding in &report.findings {
        assert!(text.contains(&finding.fingerprint), "{} is missing", finding.fingerprint);
    }
}

#[test]
fn it_says_what_was_found_and_what_was_not_read() {
    let report = mixed(3);
    let text = written(&report);
    let read = is_sound(&text).unwrap();
    holds_all(&text, &report);
    for line in [
        "## plaudit: 9 faults found, from 5 causes, and there may be more: not everything could be judged",
        "**5 errors, 3 warnings and 1 info in 512 private endpoints; 14 unknown; 1 suppressed.**",
        "**Complete:** NO: a part of what was asked for was not read (3 gaps).",
        "### Not read: 3 gaps",
        "<summary>3. error NET-001 peering-disconnected: 1 peering</summary>",
        "<summary>4. warning PE-001 connection-pending (probable): 3 private endpoints</summary>",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("payments-prod and shop-prod, with 1 more subscription read as context ("));
    assert!(text.contains("**Note:** This is an estate made for tests"));
    assert!(text.contains("suppressed: known since March"));
    assert!(text.contains("### Not judged"));
    assert!(!text.contains("left out"));
    assert_eq!(read.links.len(), text.matches("**Read:**").count());
    let commands: Vec<&str> = report
        .findings
        .iter()
        .filter(|one| one.counts())
        .flat_map(|one| &one.remediation)
        .filter_map(|step| step.command.as_deref())
        .collect();
    for command in commands {
        let told = read.blocks.iter().filter(|block| block.trim_end() == command).count();
        assert!(told > 0 || command.contains("/privateEndpointConnections/x"), "{command}");
    }
}

#[test]
fn a_clean_report_is_short() {
    let text = written(&clean());
    is_sound(&text).unwrap();
    assert!(text.starts_with("## plaudit: no fault found\n"));
    assert!(text.contains("**Complete:** yes: all that was asked for was read."));
    assert!(!text.contains("details"));
    let mut blind = clean();
    blind.incomplete = true;
    assert!(written(&blind).starts_with("## plaudit: not an all-clear"));
}

#[test]
fn what_does_not_count_is_marked() {
    let mut report = mixed(3);
    report.findings.iter_mut().for_each(|finding| finding.in_baseline = true);
    let text = written(&report);
    holds_all(&text, &report);
    let summary = format!(
        "<summary>1 suppressed, {} in the baseline already: these do not count</summary>",
        report.known()
    );
    assert!(text.contains(&summary));
    assert!(!text.contains("### Found"));
    let rows = read(&text).rows;
    assert_eq!(
        rows.iter().filter(|row| row.len() == 5 && row[3] == "in the baseline").count(),
        report.known()
    );
}

/// Findings with long texts, of so many causes.
fn long(causes: usize, each: usize) -> Vec<Finding> {
    let one = |n: usize| {
        let mut one =
            finding("DNS-021", "a-record-missing", Severity::Warning, &endpoint(&format!("pe-{n}")));
        one.cause = Cause { kind: "recordSet", id: (n / each).to_string() };
        one.headline = "|`\\ ".repeat(400);
        one.message = one.headline.clone();
        one.evidence = vec![("found", json!(one.headline))];
        one.remediation = vec![Remediation { title: one.headline.clone(), command: Some("`".repeat(3_000)) }];
        one
    };
    (0..causes * each).map(one).collect()
}

#[test]
fn a_long_report_is_bounded_and_says_what_is_left_out() {
    let gap = |n: usize| Gap { code: format!("Odd{n}"), message: "\u{1b}".repeat(2_000), ..forbidden() };
    let unknown_only = {
        let mut report = clean();
        report.notes = vec!["<b> ".repeat(1_000); 500];
        report.coverage.gaps = (0..2_000).map(gap).collect();
        report
    };
    let errors = || unlinked(12_000);
    for findings in [errors(), long(1_000, 1), long(30, 100), [errors(), long(300, 2)].concat(), Vec::new()] {
        let report = Report { findings, ..unknown_only.clone() };
        let text = written(&report);
        assert!(text.len() <= 1_000_000, "{} bytes", text.len());
        is_sound(&text).unwrap();
        let told: HashSet<&str> = text.split('`').filter(|code| code.len() == 32).collect();
        let told = report.findings.iter().filter(|one| told.contains(&*one.fingerprint)).count();
        let left = report.findings.len() - told;
        if !report.findings.is_empty() {
            assert!(told > 10 && left > 0, "{told} told");
            let line = format!("**{left} findings of {} left out here**", report.findings.len());
            assert!(text.contains(&line), "{line}\n{}", &text[..2_000]);
            assert!(text.len() > 650_000, "much is left out, and {} bytes are written", text.len());
        }
        assert!(text.contains("more rows, left out here."), "gaps");
        assert!(text.contains("more notes, left out here."));
        let first = report.findings.first().map_or("", |one| &*one.fingerprint);
        assert!(text.contains(first), "the worst is kept");
    }
}

#[test]
fn hostile_texts_are_only_text() {
    for hostile in [
        "\u{1b}[31m",
        "\u{202e}x",
        "a\n# b\n\n<b>",
        "=cmd|' /C calc'!A0",
        "::error::x",
        "</script><img src=x onerror=alert(1)>",
        "</details></summary>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        "[x]: https://evil.example",
        "<https://evil.example>",
        "https://evil.example www.evil.example mailto:a@evil.example a@evil.example",
        "]]>",
        "| a | b |",
        r"\| a \\| b \`",
        "`",
        "``` ~~~ ````",
        "~~~\n",
        "` @team ` #123 GH-12 org/repo#1 `@team",
        ":octocat: $x$ $`x`$ [^1] *a* __b__ ~~c~~ - [ ] d",
        "1. one",
        "- two",
        "> three",
        "---",
        "&lt;b&gt; &#60;",
        "  leading and trailing  ",
    ] {
        let report = report(&[hostile.to_owned()]);
        let text = written(&report);
        let read = is_sound(&text).unwrap_or_else(|error| panic!("{hostile:?}: {error}\n{text}"));
        let command = inert(hostile).trim().to_owned();
        assert!(
            read.blocks.iter().any(|block| block.trim() == command),
            "{hostile:?} as a command: {:?}",
            read.blocks
        );
        let shown = inert(hostile).split_whitespace().collect::<Vec<_>>().join(" ");
        // Between two backticks a name becomes code.
        let cells = read.rows.iter().flatten().any(|cell| cell.contains(&shown));
        assert!(cells || hostile.contains(['`', '/']), "{hostile:?} is not shown as it is: {text}");
    }
}

#[test]
fn the_binary_writes_what_json_says() {
    let json: Value = serde_json::from_str(&demo(&["-f", "json"])).unwrap();
    let text = demo(&["-f", "markdown"]);
    assert_eq!(text, demo(&["-f", "markdown"]));
    let read = is_sound(&text).unwrap();
    assert!(fingerprints(&json).iter().all(|one| text.contains(one)));
    let listed =
        read.rows.iter().filter_map(|row| row.last()).filter(|cell| fingerprints(&json).contains(&&***cell));
    assert_eq!(listed.count(), fingerprints(&json).len());
    let counts = |key: &str| json["summary"][key].as_u64().unwrap();
    assert!(text.contains(&format!("**{} errors, {} warnings", counts("error"), counts("warning"))));
    is_sound(&demo(&["healthy", "-f", "markdown"])).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_azure_says_is_only_text(texts in vec(prop_oneof![text(), r"[\[\]()<>|`\\*_~#@!$&;: a1/.\n-]{1,40}".boxed()], 1..12)) {
        let report = report(&texts);
        let text = written(&report);
        let sound = is_sound(&text);
        prop_assert_eq!(obeyed(&text), None);
        prop_assert!(sound.is_ok(), "{}", sound.err().unwrap_or_default());
        prop_assert!(report.findings.iter().all(|one| text.contains(&one.fingerprint)));
    }
}
