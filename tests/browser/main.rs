//! The HTML report in a real browser: it searches, opens, copies and prints, and nothing of another's runs. Needs
//! Chromium; without it the tests say so and pass, unless `PLAUDIT_NEED_CHROMIUM` is set.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    dead_code,
    reason = "a test that cannot go on must stop, and tell; the estates are shared"
)]

#[path = "../report/estate.rs"]
mod estate;

mod chromium;

use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chromium::{Browser, Page};
use plaudit::finding::{Report, Severity};
use plaudit::report::{Background, Format, Style};
use serde_json::Value;

/// The demo's report in a format.
fn demo(format: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    let output = command.args(["audit", "--demo", "-f", format]).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn page_of(report: &Report) -> String {
    let mut out = Vec::new();
    plaudit::report::write(report, &Background::default(), Format::Html, &Style::default(), &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn findings(json: &str) -> Vec<Value> {
    let mut report: Value = serde_json::from_str(json).unwrap();
    serde_json::from_value(report["findings"].take()).unwrap()
}

fn id(finding: &Value) -> String {
    format!("f-{}", finding["fingerprint"].as_str().unwrap())
}

/// The findings that a page shows: those that neither they nor a card around them hide.
fn seen<'a>(page: &Page, findings: &'a [Value]) -> Vec<&'a Value> {
    findings.iter().filter(|finding| !page.is_hidden(&id(finding))).collect()
}

#[test]
fn the_demo_opens_and_shows_everything() {
    let Some(browser) = Browser::find() else { return };
    let findings = findings(&demo("json"));
    let page = browser.open(&demo("html"), "");
    assert_eq!(page.shown(), format!("{0} of {0} findings shown", findings.len()));
    assert_eq!(seen(&page, &findings).len(), findings.len());
    assert!(!page.is_hidden("filters"), "the script ran");
}

#[test]
fn the_address_filters() {
    let Some(browser) = Browser::find() else { return };
    let (findings, html) = (findings(&demo("json")), demo("html"));
    let total = findings.len();
    let is = |finding: &Value, key: &str, value: &str| finding[key] == value;
    type Wanted = Box<dyn Fn(&Value) -> bool>;
    let fails = move |finding: &Value| is(finding, "verdict", "fail");
    let subscription = findings[0]["subject"]["id"].as_str().unwrap().split('/').nth(2).unwrap().to_owned();
    let home = subscription.clone();
    let cases: [(String, Wanted); 6] = [
        ("severity=error".into(), Box::new(move |one| fails(one) && is(one, "severity", "error"))),
        ("severity=unknown".into(), Box::new(move |one| is(one, "verdict", "unknown"))),
        ("rule=DNS-010&verdict=fail".into(), Box::new(move |one| fails(one) && is(one, "rule", "DNS-010"))),
        (
            format!("subscription={subscription}"),
            Box::new(move |one| one["subject"]["id"].as_str().unwrap().contains(&home)),
        ),
        ("q=no-such-thing-anywhere".into(), Box::new(|_| false)),
        (format!("q={}", findings[0]["fingerprint"].as_str().unwrap()), {
            let wanted = findings[0]["fingerprint"].clone();
            Box::new(move |one| one["fingerprint"] == wanted)
        }),
    ];
    for (hash, wanted) in cases {
        let page = browser.open(&html, &hash);
        let wanted: Vec<&Value> = findings.iter().filter(|finding| wanted(finding)).collect();
        assert_eq!(page.shown(), format!("{} of {total} findings shown", wanted.len()), "{hash}");
        assert_eq!(seen(&page, &findings), wanted, "{hash}");
    }
}

#[test]
fn a_resource_id_finds_that_resource_and_not_one_whose_name_begins_alike() {
    let Some(browser) = Browser::find() else { return };
    let mut report = estate::clean();
    let subjects = ["pe-a", "pe-a-2"].map(estate::endpoint);
    for subject in &subjects {
        report.findings.push(estate::finding("DNS-022", "a-record-wrong-ip", Severity::Error, subject));
    }
    let html = page_of(&report);
    let page = browser.open(&html, &format!("q={}", subjects[0].lower().replace('/', "%2F")));
    assert_eq!(page.shown(), "1 of 2 findings shown");
    assert!(!page.is_hidden(&format!("f-{}", report.findings[0].fingerprint)));
    let page = browser.open(&html, "q=pe-a");
    assert_eq!(page.shown(), "2 of 2 findings shown");
}

#[test]
fn the_address_of_a_finding_opens_it_and_its_commands_can_be_copied() {
    let Some(browser) = Browser::find() else { return };
    let (findings, html) = (findings(&demo("json")), demo("html"));
    let with_command = |finding: &&Value| {
        finding["remediation"].as_array().unwrap().iter().any(|step| step["command"].is_string())
    };
    let finding = findings.iter().find(with_command).unwrap();
    assert_eq!(
        browser.open(&html, "").text().matches(">Copy</button>").count(),
        0,
        "closed findings have none"
    );
    let page = browser.open(&html, &id(finding));
    assert!(page.is_open(&id(finding)));
    assert!(page.text().matches(">Copy</button>").count() > 0);
    let page = browser.open(&html, "rule-DNS-010");
    assert!(page.is_open("rule-DNS-010"));
}

#[test]
fn it_reads_without_its_script() {
    let Some(browser) = Browser::find() else { return };
    let (findings, html) = (findings(&demo("json")), demo("html"));
    let (before, script) = html.split_once("<script>").unwrap();
    let (_, after) = script.split_once("</script>").unwrap();
    let page = browser.open(&format!("{before}{after}"), "severity=error");
    assert_eq!(seen(&page, &findings).len(), findings.len());
    assert!(page.is_hidden("filters") && page.is_hidden("shown"), "no control that does nothing");
}

#[test]
fn it_prints_what_is_closed_on_the_screen() {
    let Some(browser) = Browser::find() else { return };
    let mut report = estate::mixed(3);
    let closed = browser.pages_of_print(&page_of(&report));
    // Commands stand behind a click.
    for finding in &mut report.findings {
        for step in &mut finding.remediation {
            step.command = step.command.take().map(|command| format!("{command} ").repeat(60));
        }
    }
    let long = browser.pages_of_print(&page_of(&report));
    assert!(closed > 1 && long >= 2 * closed, "{closed} pages, and {long} with longer commands");
}

const PAYLOADS: [&str; 6] = [
    "</script><script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "'><svg onload=document.title='owned'>",
    "</style></title><body onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "<iframe srcdoc=\"<script>top.document.title='owned'</script>\"></iframe>",
];

#[test]
fn nothing_of_anothers_runs() {
    let Some(browser) = Browser::find() else { return };
    // The policy would stop what escaping let through.
    let html = page_of(&hostile()).replace("http-equiv=\"Content-Security-Policy\"", "name=\"nothing\"");
    let page = browser.open(&html, "severity=error");
    let title = page.text().split("<title>").nth(1).unwrap();
    assert!(title.starts_with("plaudit: "), "{title:.100}");
    for (element, ours) in [("<script", 1), ("<body", 1), ("<img", 0), ("<iframe", 0)] {
        assert_eq!(page.text().matches(element).count(), ours, "{element}");
    }
    assert!(page.shown().ends_with("findings shown"), "our own script runs");
}

/// The policy holds by itself, even where a text should get through.
#[test]
fn a_script_that_gets_into_the_page_does_not_run() {
    let Some(browser) = Browser::find() else { return };
    let html = page_of(&estate::mixed(1)).replace(
        "</main>",
        "<script>document.title='owned'</script><img src=\"data:x\" onerror=\"document.title='owned'\"></main>",
    );
    let owned = "<title>owned</title>";
    assert!(!browser.open(&html, "").text().contains(owned));
    let without = html.replace("http-equiv=\"Content-Security-Policy\"", "name=\"nothing\"");
    assert!(
        browser.open(&without, "").text().contains(owned),
        "without the policy it runs: the test can fail"
    );
}

/// A report in which every text from outside is one of [`PAYLOADS`].
fn hostile() -> Report {
    let mut payloads = PAYLOADS.iter().cycle().map(|payload| (*payload).to_owned());
    let mut text = || payloads.next().unwrap();
    let mut report = estate::mixed(6);
    report.notes = PAYLOADS.map(str::to_owned).to_vec();
    report.origin.tenant_id = Some(text());
    for name in report.subscription_names.values_mut() {
        *name = text();
    }
    for gap in &mut report.coverage.gaps {
        (gap.code, gap.message) = (text(), text());
    }
    for finding in &mut report.findings {
        // One more text, so that no field always gets the same.
        text();
        (finding.message, finding.headline, finding.reference) = (text(), text(), text());
        finding.cause.id = format!("{} {}", finding.cause.id, text());
        for (_, value) in &mut finding.evidence {
            *value = Value::String(text());
        }
        for step in &mut finding.remediation {
            (step.title, step.command) = (text(), Some(text()));
        }
        for related in &mut finding.related {
            related.id = text();
        }
    }
    report
}

#[test]
fn thousands_of_findings_can_be_searched() {
    let Some(browser) = Browser::find() else { return };
    let report = estate::mixed(5000);
    let total = report.findings.len();
    let page = browser.open(&page_of(&report), "q=stpay4711");
    assert_eq!(page.shown(), format!("1 of {total} findings shown"));
}

/// The sample estate, in which names that stand everywhere are markup that would run or ask for something.
fn renamed(port: u16) -> String {
    // Browsers take a backslash for a slash, which would end the name in an id.
    let address = format!(r"http:\\\\127.0.0.1:{port}\\x");
    let run = "document.title='owned'";
    let mut text = include_str!("../../testdata/demo.jsonl").to_owned();
    for (name, evil) in [
        ("pe-sql-orders", format!("<img src={address} onerror={run}>")),
        ("vnet-retail-weu", format!(r#"\"><iframe src={address}><svg onload={run}>"#)),
        ("vnet-hub-weu", format!("'><body onload={run} background={address}>")),
        ("contoso-factory", format!("<script>{run}<link rel=stylesheet href={address}>")),
        ("rg-dns", format!(r#"<base href={address}><meta http-equiv=refresh content=\"0;url={address}\">"#)),
    ] {
        assert!(text.contains(name), "{name}");
        text = text.replace(name, &evil);
    }
    text
}

/// A port that hangs up on everybody, and how many came.
fn listening() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let came = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&came);
    std::thread::spawn(move || listener.incoming().for_each(|_| _ = counted.fetch_add(1, Ordering::SeqCst)));
    (port, came)
}

/// With the picture, the traces, the tables and the checklist; and without the policy, which would stop what escaping
/// let through.
#[test]
fn an_estate_of_anothers_names_runs_nothing_and_asks_for_nothing() {
    let Some(browser) = Browser::find() else { return };
    let (port, came) = listening();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("estate.jsonl");
    std::fs::write(&file, renamed(port)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command.args(["audit", "--no-config", "--checklist", "-f", "html", "--snapshot"]).arg(&file);
    let output = command.env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let html = String::from_utf8(output.stdout).unwrap();
    assert!(html.contains("id=\"picture\"") && html.contains("id=\"checklist\""));
    let html = html.replace("http-equiv=\"Content-Security-Policy\"", "name=\"nothing\"");
    for hash in ["", "severity=error", "q=onerror"] {
        let page = browser.open(&html, hash);
        let title = page.text().split("<title>").nth(1).unwrap();
        assert!(title.starts_with("plaudit: "), "{title:.100}");
        for (element, ours) in [("<script", 1), ("<body", 1), ("<img", 0), ("<iframe", 0), ("<base", 0)] {
            assert_eq!(page.text().matches(element).count(), ours, "{element}");
        }
    }
    assert_eq!(came.load(Ordering::SeqCst), 0);
    let leaky = html.replacen("</main>", &format!("<img src=\"http://127.0.0.1:{port}/x\"></main>"), 1);
    browser.open(&leaky, "");
    assert!(came.load(Ordering::SeqCst) > 0, "what gets into the page is asked for: the test can fail");
}
