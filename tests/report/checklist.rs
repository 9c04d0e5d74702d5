//! What is left for a person, in each format that shows it.

use plaudit::finding::{ChecklistItem, Report};
use plaudit::inventory::ResourceId;
use plaudit::report::{Format, Style};
use serde_json::Value;

use crate::estate::{clean, endpoint, mixed};
use crate::hostile::PAGE;
use crate::{bytes, piped, shown};

fn step() -> ChecklistItem {
    ChecklistItem {
        id: "outside-forwarders",
        title: "DNS servers on premises forward the public zones of the endpoints to Azure",
        why: "Forward these zones to an inbound endpoint (10.0.1.4).".to_owned(),
        commands: vec!["nslookup 'stpay<n>.blob.core.windows.net' 10.0.1.4".to_owned()],
        entries: (0..14).map(|n| format!("zone-{n:02}.example <b>")).collect(),
        article: PAGE,
        about: vec![endpoint("pe-kv-payments"), ResourceId::new("/subscriptions/s")],
    }
}

fn with_steps(report: Report) -> Report {
    Report { checklist: vec![step(), ChecklistItem { entries: Vec::new(), ..step() }], ..report }
}

#[test]
fn the_table_ends_with_it_before_the_summary() {
    let text = piped(&with_steps(mixed(2)));
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
    assert!(at("DNS-022") < at("CHECKLIST: 2 steps") && at("CHECKLIST") < at("SUMMARY"), "{text}");
    assert!(
        text.contains(
            "\n[ ] DNS servers on premises forward the public zones of the endpoints to Azure\n    Forward "
        ),
        "{text}"
    );
    assert!(text.contains("\n    · zone-11.example <b>\n    · … and 2 more lines: -f json,"), "{text}");
    assert!(text.contains(
        "\n    nslookup 'stpay<n>.blob.core.windows.net' 10.0.1.4\n    # https://learn.microsoft.com/"
    ));
    assert!(!piped(&mixed(2)).contains("CHECKLIST"));
}

#[test]
fn json_has_all_of_it() {
    let json = |report: &Report| -> Value {
        serde_json::from_str(&shown(report, Format::Json, Style::default())).unwrap()
    };
    let steps = json(&with_steps(clean()))["checklist"].clone();
    assert_eq!(steps.as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&steps[0]["id"], &steps[0]["article"]["url"]),
        (&"outside-forwarders".into(), &PAGE.url.into())
    );
    assert_eq!(steps[0]["entries"].as_array().map(Vec::len), Some(14));
    assert_eq!(steps[0]["about"][0], endpoint("pe-kv-payments").as_str());
    assert_eq!(json(&clean())["checklist"], serde_json::json!([]));
}

#[test]
fn markdown_unfolds_a_part_for_each_step() {
    let text = shown(&with_steps(mixed(2)), Format::Markdown, Style::default());
    let (_, from) = text.split_once("### Checklist: what no reading can do\n").unwrap();
    let (part, _) = from.split_once("### Details").unwrap();
    assert_eq!(part.matches("<details>").count(), 2);
    assert!(part.contains("| 14 | `zone-13.example <b>` |\n"), "{part}");
    assert!(part.contains("```sh\nnslookup 'stpay<n>.blob.core.windows.net' 10.0.1.4\n```"), "{part}");
    assert!(part.contains(&format!("**Read:** <{}>", PAGE.url)), "{part}");
    assert!(!shown(&mixed(2), Format::Markdown, Style::default()).contains("Checklist"));
}

#[test]
fn markdown_leaves_out_what_does_not_fit_and_counts_it() {
    let long = ChecklistItem { why: "word ".repeat(150), ..step() };
    let report = Report { checklist: vec![long; 400], ..clean() };
    let text = shown(&report, Format::Markdown, Style::default());
    assert!(text.len() < 100_000 && text.contains("more steps, left out here."), "{}", text.len());
}

#[test]
fn the_page_has_boxes_to_tick() {
    let text = shown(&with_steps(mixed(2)), Format::Html, Style::default());
    assert!(text.contains("<a href=\"#checklist\">Checklist</a>"));
    assert_eq!(text.matches("<input type=\"checkbox\">").count(), 2);
    assert!(text.contains("<li><code>zone-13.example &lt;b&gt;</code></li>"));
    assert!(text.contains(&format!("<a href=\"{}\"", PAGE.url)));
    let without = shown(&mixed(2), Format::Html, Style::default());
    assert!(!without.contains("id=\"checklist\"") && !without.contains("#checklist\""));
}

#[test]
fn a_workbook_has_a_sheet_of_it() {
    use calamine::Reader;
    let book = |report: &Report| {
        let bytes = bytes(report, Format::Xlsx, Style::default());
        calamine::open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).unwrap()
    };
    let mut filled = book(&with_steps(clean()));
    let sheet = filled.worksheet_range("Checklist").unwrap();
    assert_eq!(sheet.height(), 3);
    assert_eq!(sheet.get_value((1, 6)).map(ToString::to_string).as_deref(), Some("outside-forwarders"));
    assert!(!book(&clean()).sheet_names().contains(&"Checklist".to_owned()));
}

#[test]
fn formats_that_are_lists_of_findings_have_none() {
    for format in [Format::Sarif, Format::Junit, Format::Csv, Format::Github] {
        let (with, without) = (with_steps(mixed(2)), mixed(2));
        assert_eq!(
            shown(&with, format, Style::default()),
            shown(&without, format, Style::default()),
            "{format}"
        );
    }
}
