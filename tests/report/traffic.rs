//! Traffic in every format that shows it.

use plaudit::finding::{Finding, Flow, Report, Severity, Traffic};
use plaudit::inventory::ResourceId;
use plaudit::report::{Format, Style};
use serde_json::{Value, json};

use crate::estate::{self, clean, finding, id};
use crate::{columns, piped, shown};

fn endpoint(name: &str) -> ResourceId {
    ResourceId::new(&id(estate::PAYMENTS, "rg-app", "privateEndpoints", name))
}

/// So many endpoints, each with more than the one before; nothing goes through the first.
fn measured(count: u64) -> Report {
    let flow = |number: u64| Flow {
        id: endpoint(&format!("pe-{number:03}")),
        bytes_in: number * 1000,
        bytes_out: number * 2_000_000,
        course: (0..28).map(|step| step * number).collect(),
    };
    let traffic = Traffic {
        span: "7 days".to_owned(),
        from: "2026-02-22T02:00:00Z".to_owned(),
        until: "2026-03-01T01:00:00Z".to_owned(),
        interval: 21_600,
        flows: (0..count).map(flow).collect(),
    };
    Report { traffic: Some(traffic), ..clean() }
}

/// A finding whose evidence holds a course.
fn with_course() -> Report {
    let mut one: Finding =
        finding("MON-001", "endpoint-without-traffic", Severity::Info, &endpoint("pe-000"));
    one.evidence = vec![("bytesIn", json!(0)), ("course", json!([0, 1, 2, 4, 8]))];
    Report { findings: vec![one], ..measured(3) }
}

#[test]
fn the_table_shows_the_quietest_first_and_fits() {
    let text = piped(&measured(40));
    assert!(
        text.contains("TRAFFIC: 7 days up to 2026-03-01T01:00:00Z: 1 of 40 that were measured had none"),
        "{text}"
    );
    assert!(text.contains("pe-000") && text.contains("pe-009") && !text.contains("pe-010"), "{text}");
    assert!(text.contains("2.00 MB") && text.contains('█') && text.contains(&"·".repeat(24)), "{text}");
    for width in [40, 80, 120] {
        let text = shown(&measured(40), Format::Table, Style { color: false, width: Some(width) });
        assert!(text.lines().all(|line| columns(line) <= usize::from(width)), "{width}\n{text}");
    }
    let none = piped(&measured(0));
    assert!(none.contains("up to 2026-03-01T01:00:00Z: nothing was measured"), "{none}");
    assert!(!piped(&clean()).contains("TRAFFIC"));
}

#[test]
fn a_course_in_the_evidence_is_drawn() {
    for format in [Format::Table, Format::Markdown, Format::Csv, Format::Junit] {
        let text = shown(&with_course(), format, Style::default());
        assert!(text.contains("·▁▂▄█"), "{format}\n{text}");
    }
    let page = shown(&with_course(), Format::Html, Style::default());
    assert!(page.contains("<dt>course</dt><dd><svg class=\"plot\""), "{page}");
}

#[test]
fn the_page_shows_the_quietest_and_the_busiest() {
    let page = shown(&measured(3), Format::Html, Style::default());
    assert!(page.contains("<a href=\"#traffic\">Traffic</a>") && page.contains("<section id=\"traffic\">"));
    assert!(page.contains("<h3>All 3, the least first</h3>"));
    assert_eq!(page.matches("<svg class=\"plot\"").count(), 2, "nothing is drawn of nothing");
    assert!(page.contains("<span class=\"silent\">none</span>"));
    let many = shown(&measured(250), Format::Html, Style::default());
    assert!(many.contains("The 100 with least of 250") && many.contains("The 100 with most of 250"));
    assert!(many.contains("pe-000") && many.contains("pe-249") && !many.contains("pe-125"));
    assert!(!shown(&clean(), Format::Html, Style::default()).contains("id=\"traffic\""));
}

#[test]
fn json_holds_every_number() {
    let report: Value = serde_json::from_str(&shown(&measured(2), Format::Json, Style::default())).unwrap();
    assert_eq!(
        report["traffic"]["resources"][1],
        json!({"id": endpoint("pe-001").as_str(), "bytesIn": 1000, "bytesOut": 2_000_000,
            "course": (0..28).collect::<Vec<u64>>()})
    );
    assert_eq!(report["traffic"]["intervalSeconds"], 21_600);
    let usual: Value = serde_json::from_str(&shown(&clean(), Format::Json, Style::default())).unwrap();
    assert_eq!(usual.get("traffic"), None);
}
