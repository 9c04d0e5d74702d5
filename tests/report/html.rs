//! The page is whole, loads nothing, and no text from outside becomes markup.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use plaudit::facts::{
    ConnectionFacts, EndpointFacts, Fact, Facts, Identity, LinkFacts, NetworkFacts, PeeringFacts, ZoneFacts,
};
use plaudit::finding::Report;
use plaudit::inventory::ResourceId;
use plaudit::report::{Background, Format, Style};
use plaudit::rules;
use plaudit::trace::{Step, StepKind, Trace, Verdict, Way};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::estate::{self, clean, finding, mixed};
use crate::hostile::{acts, obeyed, report, text};
use crate::shown;

const SCRIPT: &str = include_str!("../../src/report/html/script.js");
const STYLE: &str = include_str!("../../src/report/html/style.css");

/// Texts that mean something to a browser.
const PAYLOADS: [&str; 9] = [
    "</script><img src=x onerror=alert(1)>",
    "</style></svg></title><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "[x](javascript:alert(1))",
    "javascript:alert(1)",
    "<!--",
    "https://evil.example/<b>",
    "{{ 7 * 7 }} ${7*7} &lt;b&gt; &#60;b&#62;",
];

pub(crate) fn page(report: &Report, background: &Background) -> String {
    let mut out = Vec::new();
    plaudit::report::write(report, background, Format::Html, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A background in which every text is one of these.
pub(crate) fn background(report: &Report, texts: &[String]) -> Background {
    let mut background = Background { facts: Some(facts(texts)), ..Background::default() };
    background.pages = rules::all().unwrap().into_iter().map(|rule| rule.page).collect();
    for (n, finding) in report.findings.iter().enumerate() {
        let text = |m: usize| texts[(n + m) % texts.len()].clone();
        let step = Step {
            kind: StepKind::Zone,
            text: text(0),
            id: None,
            facts: vec![("link", text(1)), ("linkState", text(2))],
        };
        let way = Way {
            steps: vec![step],
            confidence: finding.confidence,
            addresses: Vec::new(),
            verdict: Verdict::Public,
            because: text(3),
        };
        let trace = Trace {
            fqdn: text(4),
            alias: text(5),
            network: ResourceId::new(&text(6)),
            endpoints: Vec::new(),
            expected: Vec::new(),
            setting: text(7),
            ways: vec![way.clone(), way],
            verdict: Verdict::Unknown,
            because: text(8),
        };
        background.traces.insert(finding.fingerprint.clone(), trace);
    }
    background
}

fn facts(texts: &[String]) -> Facts {
    let text = |n: usize| texts[n % texts.len()].clone();
    let some = |n: usize| Some(text(n));
    let identity = Identity {
        id: estate::id(&text(0), &text(1), &text(2), &text(3)),
        name: text(4),
        resource_group: text(5),
        subscription: text(6),
        reported: false,
    };
    let connection = ConnectionFacts {
        name: text(0),
        target: some(1),
        group_ids: vec![text(2)],
        status: some(3),
        description: some(4),
        manual: true,
    };
    Facts {
        endpoints: vec![EndpointFacts {
            identity: identity.clone(),
            location: some(1),
            tags: BTreeMap::from([(text(2), text(3))]),
            provisioning_state: some(4),
            connections: vec![connection],
            subnet: some(5),
            network: Fact::Known(some(6)),
            addresses: Fact::Known(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]),
            names: Fact::Known(vec![text(7), text(8)]),
            needed_zones: vec![text(9)],
        }],
        zones: vec![ZoneFacts {
            identity: identity.clone(),
            related: true,
            provisioning_state: some(1),
            record_sets: Some(3),
            networks: Fact::Known(vec![text(2)]),
        }],
        links: vec![LinkFacts {
            identity: identity.clone(),
            zone: text(1),
            zone_id: text(2),
            network: some(3),
            state: some(4),
            provisioning_state: some(5),
            resolution_policy: some(6),
            registration: true,
        }],
        networks: vec![NetworkFacts {
            identity: identity.clone(),
            location: some(1),
            address_prefixes: vec![text(2)],
            dns_servers: vec![text(3)],
            subnets: vec![text(4)],
            linked_zones: Fact::Unread,
            endpoints: Fact::Unread,
            peerings: 1,
        }],
        peerings: vec![PeeringFacts {
            identity,
            network: text(1),
            remote: some(2),
            remote_exists: Fact::Known(false),
            state: some(3),
            sync_level: some(4),
            allow_virtual_network_access: Some(true),
            allow_forwarded_traffic: None,
            allow_gateway_transit: Some(false),
            use_remote_gateways: Some(false),
            single_subnets: false,
        }],
    }
}

/// A tag of a page: its name and its attributes.
pub(crate) type Found<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// Takes a page apart far more strictly than a browser does. What is written otherwise than this tool writes it is an
/// error: a bare `<` or `>`, an attribute without double quotes.
pub(crate) fn tags(page: &str) -> Result<Vec<Found<'_>>, String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find(['<', '>']) {
        let near: String = rest[start..].chars().take(60).collect();
        let tag = rest[start..].strip_prefix('<').ok_or(format!("a bare > at {near}"))?;
        let name_end = tag.find(|c: char| !(c.is_ascii_alphanumeric() || "/!-".contains(c))).unwrap_or(0);
        let (name, mut inside) = tag.split_at(name_end);
        let mut attributes = Vec::new();
        loop {
            inside = inside.trim_start_matches([' ', '\n']);
            if let Some(after) = inside.strip_prefix("/>").or(inside.strip_prefix('>')) {
                rest = after;
                break;
            }
            let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || "-:_".contains(c))).unwrap_or(0);
            let (key, after) = inside.split_at(end);
            if key.is_empty() {
                return Err(format!("no attribute at {near}"));
            }
            inside = after;
            let mut value = "";
            if let Some(quoted) = after.strip_prefix("=\"") {
                let (text, after) = quoted.split_once('"').ok_or(format!("no end of {near}"))?;
                if text.contains(['<', '>']) {
                    return Err(format!("markup in a value: {near}"));
                }
                (value, inside) = (text, after);
            }
            attributes.push((key, value));
        }
        if ["script", "style"].contains(&name) {
            let end = rest.find(&format!("</{name}>")).ok_or(format!("no end of {near}"))?;
            attributes.push(("text", &rest[..end]));
            rest = &rest[end..];
        }
        found.push((name, attributes));
    }
    Ok(found)
}

/// What tags and attributes a page may have, and what may stand in those that do something.
pub(crate) fn check(page: &str) -> Result<(), String> {
    const TAGS: &str = " !doctype html head meta title style body a header p h1 h2 h3 h4 h5 h6 code pre time ul ol li b \
        nav main section form label input select option button details summary span em small dl dt dd table thead \
        tbody tr th td div br footer script strong blockquote hr ";
    const DRAWN: &str = " svg title desc style defs marker g a path line polyline polygon rect circle ellipse text \
        tspan use pattern symbol clippath ";
    let mut scripts = 0;
    for (name, attributes) in tags(page)? {
        let bare = name.trim_start_matches('/').to_ascii_lowercase();
        if !TAGS.contains(&format!(" {bare} ")) && !DRAWN.contains(&format!(" {bare} ")) {
            return Err(format!("a tag {name}"));
        }
        scripts += usize::from(name == "script");
        for (key, value) in attributes {
            let allowed = match (name, key) {
                (_, "href" | "xlink:href") => {
                    value.starts_with('#') || value.starts_with("https://learn.microsoft.com/")
                }
                (
                    _,
                    "src" | "srcset" | "action" | "formaction" | "srcdoc" | "data" | "poster" | "background",
                ) => false,
                ("script", "text") => value == SCRIPT,
                (_, key) if key.to_ascii_lowercase().starts_with("on") => false,
                (_, "style") => !value.contains("url(") && !value.contains("import"),
                _ => true,
            };
            if !allowed {
                return Err(format!("{name} {key}={value}"));
            }
        }
    }
    (scripts == 1).then_some(()).ok_or(format!("{scripts} scripts"))
}

/// Whatever a reader of the page sees as one text.
fn ids(page: &str) -> Vec<&str> {
    page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_finding_is_there_once_whatever_became_of_it() {
    let mut report = mixed(500);
    report.findings[3].in_baseline = true;
    report.findings[4].suppressed = Some("seen".to_owned());
    report.findings.last_mut().unwrap().suppressed = Some("seen".to_owned());
    let page = page(&report, &Background::default());
    let ids = ids(&page);
    for finding in &report.findings {
        let id = format!("f-{}", finding.fingerprint);
        assert_eq!(ids.iter().filter(|found| **found == id).count(), 1, "{id}");
    }
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), ids.len(), "ids are given once");
    assert_eq!(ids.iter().filter(|id| id.starts_with("f-")).count(), report.findings.len());
    assert_eq!(page.matches("Suppressed: seen").count(), 2);
    assert_eq!(page.matches("In the baseline already").count(), 1);
}

#[test]
fn its_numbers_are_those_of_json() {
    let mut report = mixed(20);
    report.findings[2].in_baseline = true;
    let page = page(&report, &Background::default());
    let json: Value = serde_json::from_str(&shown(&report, Format::Json, Style::default())).unwrap();
    for (key, what) in [
        ("error", "errors"),
        ("warning", "warnings"),
        ("info", "info"),
        ("unknown", "unknown"),
        ("suppressed", "suppressed"),
        ("inBaseline", "in the baseline"),
        ("endpoints", "private endpoints"),
    ] {
        let told = format!("<b>{}</b> {what}", json["summary"][key]);
        assert_eq!(page.matches(&told).count(), 1, "{told}");
    }
}

#[test]
fn it_says_how_far_it_can_be_trusted_before_anything_else() {
    let page = page(&mixed(3), &Background::default());
    let (top, _) = page.split_once("<h2>Findings</h2>").unwrap();
    let (open, folded) = top.split_once("<details").unwrap();
    for told in [
        "Not complete: a part of what was asked for was not read (3 gaps).",
        "403 AuthorizationFailed",
        "429 TooManyRequests",
        "rg-dns-hub/privatelink.azurecr.io",
    ] {
        assert!(open.contains(told), "{told} is hidden");
    }
    assert!(!folded.contains("<details class=\"table\" open"), "long tables are folded");
    for told in [
        "Not complete: a part of what was asked for was not read (3 gaps).",
        "and there may be more: not everything could be judged",
        "403 AuthorizationFailed",
        "429 TooManyRequests",
        "rg-dns-hub/privatelink.azurecr.io",
        "payments-prod",
        "the virtual network has no clients",
        "DNS-010 (7), DNS-022 (7)",
        "This is an estate made for tests",
        "2026-03-01T02:14:09Z",
        "AzureCloud",
        "is unused: known since March",
    ] {
        assert!(top.contains(told), "{told}");
    }
}

#[test]
fn an_all_clear_is_one_only_when_everything_was_read() {
    let report = clean();
    let calm = page(&report, &Background::default());
    assert!(calm.contains("<p class=\"verdict ok\">No fault was found in 512 private endpoints.</p>"));
    assert!(calm.contains("<p class=\"verdict ok\">Complete: all that was asked for was read.</p>"));
    let unsure = Report { incomplete: true, partial: true, ..report.clone() };
    let unsure = page(&unsure, &Background::default());
    assert!(unsure.contains("<p class=\"verdict unknown\">Not an all-clear"));
    assert!(!unsure.contains("verdict ok"));
    let none = page(&Report { endpoints: 0, ..report }, &Background::default());
    assert!(none.contains("<p class=\"verdict warn\">No private endpoint was found."));
}

#[test]
fn what_cannot_be_judged_stands_among_neither_errors_nor_passes() {
    let page = page(&mixed(3), &Background::default());
    let (_, unknown) = page.split_once("id=\"unknown\"").unwrap();
    let (unknown, _) = unknown.split_once("id=\"suppressed\"").unwrap();
    assert_eq!(unknown.matches("data-r=\"DNS-001\"").count(), 12);
    assert_eq!(page.matches("data-r=\"DNS-001\"").count(), 12);
    assert!(unknown.contains("data-s=\"unknown\"") && !unknown.contains("data-s=\"error\""));
    assert!(unknown.contains("data-r=\"COV-002\""));
}

/// Where one finding alone stands behind a reason, the reason is not its message.
#[test]
fn every_message_is_there() {
    let mut report = mixed(4);
    let mut alone = report.findings.iter().find(|one| one.rule == "DNS-001").unwrap().clone();
    alone.cause.id = "another gap".to_owned();
    alone.message = "this cannot be told".to_owned();
    alone.fingerprint = "0".repeat(32);
    report.findings.push(alone);
    let page = page(&report, &Background::default());
    for finding in &report.findings {
        let message =
            finding.message.replace('\u{1b}', "\\u{1b}").replace('\u{7}', "\\u{7}").replace('\n', "\\u{a}");
        let (_, from) = page.split_once(&format!("id=\"f-{}\"", finding.fingerprint)).unwrap();
        let (own, _) = from.split_once("</details>").unwrap();
        assert!(own.contains(&message), "{message}");
    }
}

#[test]
fn what_findings_share_is_said_once() {
    let page = page(&mixed(500), &Background::default());
    let one = "the virtual network, once for all";
    assert_eq!(page.matches(one).count(), 0, "titles are those of the steps");
    let step = "Link the zone to the virtual network";
    assert_eq!(page.matches(step).count(), 1);
    assert_eq!(page.matches("How to mend it, once for all 500").count(), 1);
    assert_eq!(page.matches("stpay0499.blob.core.windows.net").count(), 3, "message, evidence, command");
}

#[test]
fn pages_of_rules_are_linked_where_they_are_there() {
    let report = mixed(3);
    let with = page(&report, &background(&report, &["text".to_owned()]));
    for rule in ["DNS-010", "DNS-022", "PE-001", "COV-002"] {
        assert_eq!(with.matches(&format!("id=\"rule-{rule}\"")).count(), 1, "{rule}");
        assert!(with.contains(&format!("href=\"#rule-{rule}\"")), "{rule}");
    }
    assert!(!with.contains("id=\"rule-DNS-030\""), "nothing of that kind was found");
    let without = page(&report, &Background::default());
    assert!(!without.contains("#rule-"), "no link leads nowhere");
}

#[test]
fn links_in_the_page_lead_somewhere() {
    let report = mixed(3);
    let page = page(&report, &background(&report, &["text".to_owned()]));
    let ids = ids(&page);
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(target.contains('=') || ids.contains(&target), "#{target}");
    }
}

#[test]
fn the_page_is_the_same_each_time_and_well_formed() {
    let report = mixed(30);
    let background = background(&report, &["text".to_owned()]);
    let first = page(&report, &background);
    assert_eq!(first, page(&report, &background));
    check(&first).unwrap();
    assert!(first.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"), "styles load nothing");
    assert!(first.contains(SCRIPT), "the script is the one whose hash the policy names");
    assert!(first.contains("content=\"default-src 'none'; script-src 'sha256-"));
}

#[test]
fn only_the_one_site_is_linked() {
    for (address, is_linked) in [
        ("https://learn.microsoft.com/azure/x?a=b#c", true),
        ("http://learn.microsoft.com/azure", false),
        ("https://learn.microsoft.com.evil.example/", false),
        ("https://learn.microsoft.com@evil.example/", false),
        ("https://learn.microsoft.com/\" onclick=\"x", false),
        ("javascript:alert(1)//https://learn.microsoft.com/", false),
    ] {
        let mut report = clean();
        let mut one = finding("DNS-022", "x", plaudit::finding::Severity::Error, &estate::endpoint("pe"));
        one.reference = address.to_owned();
        report.findings.push(one);
        let page = page(&report, &Background::default());
        check(&page).unwrap();
        assert_eq!(page.contains("<a href=\"http"), is_linked, "{address}");
    }
}

#[test]
fn a_large_estate_is_capped_and_says_so() {
    let report = mixed(1);
    let mut facts = facts(&["text".to_owned()]);
    let one = facts.endpoints.remove(0);
    facts.endpoints = (0..1200)
        .map(|n| {
            let mut one = one.clone();
            one.identity.id = match n {
                1199 => report.findings[0].subject.id.to_string(),
                n => format!("{}{n}", one.identity.id),
            };
            one.identity.name = format!("row-{n:04}");
            one
        })
        .collect();
    let page = page(&report, &Background { facts: Some(facts), ..Background::default() });
    let (_, table) = page.split_once("id=\"table-endpoints\"").unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    assert_eq!(table.matches("<th scope=\"row\">").count(), 500);
    assert!(table.contains("700 are left out"));
    assert!(table.contains("row-1199"), "what has findings is not left out");
}

/// Gathered by the product itself: rule pages, the estate, traces.
#[test]
fn the_demo_is_whole() {
    let run = |format: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plaudit"));
        let output = command.args(["audit", "--demo", "-f", format]).env_clear().output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let page = run("html");
    check(&page).unwrap();
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    let ids = ids(&page);
    for finding in json["findings"].as_array().unwrap() {
        let id = format!("f-{}", finding["fingerprint"].as_str().unwrap());
        assert_eq!(ids.iter().filter(|found| **found == id).count(), 1, "{id}");
        assert!(ids.contains(&format!("rule-{}", finding["rule"].as_str().unwrap()).as_str()));
    }
    for table in ["endpoints", "zones", "links", "networks", "peerings"] {
        assert!(ids.contains(&format!("table-{table}").as_str()), "{table}");
    }
    // One link is missing under two endpoints: one trace is shown, the command of the other is told.
    assert_eq!(
        page.matches("<b>How stcontosolab.blob.core.windows.net is resolved from vnet-lab-weu</b>").count(),
        1
    );
    assert!(page.contains("public: no linked zone and no forwarding rule takes the name"));
    assert!(!page.contains("How stcontosotrials"));
    let network = "/subscriptions/bf46d3e6-f6fa-4414-8e66-1135a1c81144/resourceGroups/rg-network/providers/\
                   Microsoft.Network/virtualNetworks/vnet-lab-weu";
    let command = format!("plaudit trace stcontosotrials.blob.core.windows.net --from {network}");
    assert!(page.contains(&command));
    // The command is one that works.
    let mut words: Vec<&str> = command.split(' ').skip(1).collect();
    words.push("--demo");
    let mut traced = std::process::Command::new(env!("CARGO_BIN_EXE_plaudit"));
    let traced = traced.args(words).env_clear().output().unwrap();
    assert_eq!(traced.status.code(), Some(1), "{}", String::from_utf8_lossy(&traced.stderr));
}

#[test]
fn known_attacks_stay_text() {
    for payload in PAYLOADS {
        let texts = [payload.to_owned()];
        let report = report(&texts);
        let page = page(&report, &background(&report, &texts));
        if let Err(why) = check(&page) {
            panic!("{payload}: {why}");
        }
        let text = page.replace(SCRIPT, "");
        if payload.contains(['<', '"', '\'']) {
            assert!(!text.contains(payload), "{payload}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_from_outside_becomes_markup(
        texts in vec(prop_oneof![text(), prop::sample::select(&PAYLOADS[..]).prop_map(str::to_owned)], 1..12),
    ) {
        let report = report(&texts);
        let page = page(&report, &background(&report, &texts));
        prop_assert_eq!(check(&page), Ok(()));
        prop_assert!(!page.chars().any(|c| c != '\n' && acts(c)));
        prop_assert_eq!(obeyed(&page), None);
        for finding in &report.findings {
            let id = ["f-", &finding.fingerprint].concat();
            prop_assert!(page.contains(&id));
        }
    }
}
