use plaudit::finding::{Cause, Severity, Verdict, fingerprint};
use plaudit::inventory::{Gap, Kind, Role, SubscriptionCoverage};
use plaudit::report::{Format, Style};
use serde_json::Value;

use crate::estate::{self, clean, endpoint, finding, mixed};
use crate::{columns, piped, shown};

#[test]
fn a_report_with_a_bit_of_everything() {
    insta::assert_snapshot!(piped(&mixed(500)));
}

#[test]
fn a_clean_report_says_so_in_one_line() {
    let text = piped(&clean());
    assert!(text.ends_with("\nNo fault found in 512 private endpoints.\n"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_clean_report_with_something_unread_is_no_all_clear() {
    let mut report = clean();
    report.coverage.gaps = vec![estate::forbidden()];
    report.incomplete = true;
    let text = piped(&report);
    assert!(!text.contains("No fault found"), "{text}");
    assert!(text.contains("\nNOT AN ALL-CLEAR: "), "{text}");
    assert!(text.contains("NO: a part of what was asked for was not read (1 gap)"), "{text}");
    let wide = shown(&report, Format::Table, Style { color: false, width: Some(120) });
    assert!(wide.contains("hub-connectivity cannot be"), "a gap that no finding tells of is told: {wide}");
}

#[test]
fn a_gap_that_touches_nothing_asked_for_leaves_the_all_clear() {
    let mut report = clean();
    report.coverage.gaps = vec![estate::forbidden()];
    let text = piped(&report);
    assert!(text.contains("No fault found in 512 private endpoints."), "{text}");
    assert!(text.contains("NOT READ: 1 gap"), "{text}");
    assert!(text.contains("yes: all that was asked for was read, but not all"), "{text}");
}

/// So many subscriptions of which nothing could be read, after those that `clean` has.
fn refused(report: &mut plaudit::finding::Report, many: usize, role: Role) {
    for n in 0..many {
        let id = format!("44444444-4444-4444-8444-{n:012}");
        report.subscription_names.insert(id.clone(), format!("team-{n}"));
        let gap = Gap { subscription: Some(id.clone()), kind: Kind::Subscriptions, ..estate::forbidden() };
        report.coverage.gaps.push(Gap { message: format!("subscription {id} refuses"), ..gap });
        report.coverage.subscriptions.push(SubscriptionCoverage { id, role, kinds: Vec::new() });
    }
}

#[test]
fn a_thousand_subscriptions_are_told_in_a_few_lines_and_by_name() {
    let mut report = clean();
    report.subscription_names.insert(estate::HUB.to_owned(), "hub-connectivity".to_owned());
    let wide = Style { color: false, width: Some(200) };
    let text = shown(&report, Format::Table, wide);
    assert!(text.contains("with 1 more subscription read as context (hub-connectivity)\n"), "{text}");
    assert!(shown(&report, Format::Html, wide).contains("hub-connectivity"));

    refused(&mut report, 1_000, Role::Context);
    let text = shown(&report, Format::Table, wide);
    let around =
        "with 1001 more subscriptions read as context (hub-connectivity, team-0, team-1, … and 998 more)";
    assert!(text.replace('\n', " ").contains(around), "{text}");
    assert!(text.contains("subscriptions of team-0, team-1, team-2, … and 997 more"), "{text}");
    assert!(text.contains("403 AuthorizationFailed; the first: "), "{text}");
    assert!(text.lines().count() < 60, "{text}");
    let markdown = shown(&report, Format::Markdown, wide);
    assert!(markdown.contains("hub-connectivity") && markdown.contains("… and 998 more"), "{markdown}");
    assert!(markdown.lines().count() < 60, "{markdown}");

    let json: Value = serde_json::from_str(&shown(&report, Format::Json, wide)).unwrap();
    let told = json["coverage"]["subscriptions"].as_array().unwrap();
    assert_eq!(told.iter().filter(|one| one["role"] == "context" && one["name"].is_string()).count(), 1_001);
    assert_eq!(json["coverage"]["gaps"].as_array().unwrap().len(), 1_000);
    assert!(shown(&report, Format::Html, wide).contains("team-999"));
}

#[test]
fn a_few_subscriptions_that_refuse_have_a_row_each() {
    let mut report = clean();
    refused(&mut report, 6, Role::Audited);
    let text = shown(&report, Format::Table, Style { color: false, width: Some(200) });
    for n in 0..6 {
        assert!(text.contains(&format!("subscriptions of team-{n} ")), "{text}");
    }
}

#[test]
fn of_a_thousand_causes_of_what_is_unknown_the_first_are_told() {
    let mut report = clean();
    report.findings = (0..1_000)
        .map(|n| {
            let mut one =
                finding("DNS-010", "vnet-cannot-resolve", Severity::Error, &endpoint(&format!("pe-{n}")));
            one.verdict = Verdict::Unknown;
            one.cause = Cause { kind: "gap", id: format!("reason {n}") };
            one
        })
        .collect();
    let text = shown(&report, Format::Table, Style { color: false, width: Some(200) });
    assert!(text.contains("… and 940 more causes"), "{text}");
    assert!(text.lines().count() < 400, "{}", text.lines().count());
}

#[test]
fn what_the_baseline_had_stands_apart_and_does_not_count() {
    let mut report = mixed(500);
    report.findings.iter_mut().for_each(|f| f.in_baseline = f.rule != "PE-001");
    report.incomplete = false;
    let text = shown(&report, Format::Table, Style { color: false, width: Some(120) });
    let known = report.findings.iter().filter(|f| f.in_baseline && f.suppressed.is_none()).count();
    assert!(text.contains(&format!("KNOWN: {known} findings, in the baseline already")), "{text}");
    assert!(text.contains("│ error   │ DNS-010 │ vnet-cannot-resolve: 500 private endpoints"), "{text}");
    assert!(text.contains(&format!("; 1 suppressed; {known} known from the baseline")), "{text}");
    assert!(!text.contains("UNKNOWN: "), "{text}");
    assert!(!text.contains("az network private-dns link"), "a known finding needs no commands: {text}");
    report.findings.iter_mut().for_each(|f| f.in_baseline = true);
    let text = piped(&report).replace('\n', " ");
    let end = format!("1 suppressed; {} known from the baseline.", known + 3);
    assert!(text.contains("No new fault found in 512 private endpoints; ") && text.contains(&end), "{text}");
}

#[test]
fn what_is_suppressed_is_listed_by_its_reason() {
    let mut report = clean();
    report.findings = estate::unlinked(5);
    for (n, one) in report.findings.iter_mut().enumerate() {
        one.suppressed = Some(if n < 4 { "sandbox" } else { "a \u{1b}[2Jfriend asked" }.to_owned());
    }
    let text = piped(&report);
    assert!(text.contains("SUPPRESSED: 5 findings, set aside by the configuration"), "{text}");
    assert!(text.contains("│ 4      │ sandbox "), "{text}");
    assert!(text.contains(r"│ 1      │ a \u{1b}[2Jfriend asked "), "{text}");
    assert!(text.ends_with("\nNo fault found in 512 private endpoints; 5 suppressed.\n"), "{text}");
}

#[test]
fn a_gap_that_is_accepted_is_still_told() {
    let mut report = clean();
    report.coverage.gaps = vec![estate::forbidden()];
    report.partial = true;
    let text = shown(&report, Format::Table, Style { color: false, width: Some(120) });
    let told = "NO: what was not read is accepted by the configuration or the baseline (1 gap)";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("NOT READ: 1 gap"), "{text}");
}

#[test]
fn an_estate_without_endpoints_is_loud() {
    let mut report = clean();
    report.endpoints = 0;
    report.read.clear();
    let text = piped(&report);
    assert!(text.ends_with("\nNO PRIVATE ENDPOINT was found in payments-prod and shop-prod.\n"), "{text}");
    report.findings = vec![finding("NET-001", "peering-disconnected", Severity::Error, &endpoint("x"))];
    let text = piped(&report);
    assert!(
        text.contains("NO PRIVATE ENDPOINT was found in payments-prod and shop-prod. 1 fault found."),
        "{text}"
    );
}

#[test]
fn one_missing_link_under_500_endpoints_is_one_box() {
    let mut report = clean();
    report.findings = estate::unlinked(500);
    let text = piped(&report);
    assert_eq!(text.matches("DNS-010").count(), 1, "{text}");
    assert!(text.contains("500 private endpoints in rg-payments-weu (payments-prod)"), "{text}");
    assert!(text.contains("ERROR: 1 cause, 500 findings"), "{text}");
    assert!(text.contains("    # once for all 500:\n"), "{text}");
    assert!(text.lines().count() < 50, "{text}");
}

#[test]
fn commands_stand_whole_on_lines_of_their_own() {
    let report = mixed(3);
    let text = piped(&report);
    let commands = report.findings.iter().filter(|f| f.suppressed.is_none()).flat_map(|f| &f.remediation);
    for command in commands.filter_map(|step| step.command.as_deref()) {
        assert!(text.lines().any(|line| line.trim() == command), "{command} is not in\n{text}");
    }
}

#[test]
fn lines_between_commands_are_comments_to_a_shell() {
    let text = piped(&mixed(500));
    let fixes: Vec<&str> = text.lines().filter(|line| line.starts_with("    ")).collect();
    assert!(fixes.len() > 10, "{text}");
    for line in fixes {
        assert!(line.starts_with("    az ") || line.starts_with("    # "), "{line}");
    }
}

#[test]
fn the_table_fits_the_width_it_is_given() {
    for width in [40, 79, 80, 100, 120] {
        let text = shown(&mixed(500), Format::Table, Style { color: false, width: Some(width) });
        for line in text.lines().filter(|line| !line.starts_with("    ")) {
            assert!(columns(line) <= usize::from(width), "{width}: {line}");
        }
    }
}

#[test]
fn a_gap_is_told_once() {
    let text = shown(&mixed(500), Format::Table, Style { color: false, width: Some(120) });
    assert_eq!(text.matches("has no right to").count(), 1, "{text}");
    assert_eq!(text.matches("the limit of requests").count(), 1, "{text}");
    assert!(text.contains("12 private endpoints cannot be judged"), "{text}");
    assert!(text.contains("DNS-001, DNS-010"), "{text}");
}

#[test]
fn many_causes_of_one_rule_get_a_line_each_after_the_tenth() {
    let mut report = clean();
    report.findings = (0..30)
        .map(|i| finding("PE-001", "connection-pending", Severity::Error, &endpoint(&format!("pe-{i:02}"))))
        .collect();
    let text = piped(&report);
    assert_eq!(text.matches("connection-pending").count(), 10, "{text}");
    assert!(text.contains("PE-001: 20 more causes"), "{text}");
    for i in 0..30 {
        assert!(text.contains(&format!("pe-{i:02} is in trouble.")), "{i}: {text}");
    }
}

#[test]
fn an_unknown_without_a_gap_gives_its_own_reason() {
    let mut report = clean();
    let mut odd = finding("PE-003", "connection-disconnected", Severity::Error, &endpoint("pe-odd"));
    odd.verdict = plaudit::finding::Verdict::Unknown;
    odd.headline = "The connection has a status that nobody knows.".to_owned();
    odd.message = "The status of pe-odd is Dreaming.".to_owned();
    report.findings = vec![odd.clone()];
    let text = piped(&report);
    assert!(text.contains("The status of pe-odd is Dreaming."), "{text}");
    assert!(text.contains("NOT AN ALL-CLEAR"), "{text}");
    let mut second = odd;
    second.fingerprint = fingerprint("PE-003", &second.subject.id, "second");
    report.findings.push(second);
    assert!(piped(&report).contains("2 findings in 1 private endpoint"), "{}", piped(&report));
}

#[test]
fn findings_of_one_rule_with_different_causes_stay_apart() {
    let mut report = clean();
    report.findings = estate::unlinked(4);
    report.findings[3].cause = Cause { kind: "virtualNetwork", id: "another".to_owned() };
    let text = piped(&report);
    assert!(text.contains("ERROR: 2 causes, 4 findings"), "{text}");
    assert!(text.contains("4 faults found, from 2 causes."), "{text}");
}

#[test]
fn the_totals_are_those_of_json() {
    let report = mixed(500);
    let json: Value = serde_json::from_str(&shown(&report, Format::Json, Style::default())).unwrap();
    let text = shown(&report, Format::Table, Style { color: false, width: Some(120) });
    let n = |key: &str| json["summary"][key].as_u64().unwrap();
    let totals = format!(
        "{} errors, {} warnings and {} info in {} private endpoints; {} unknown; {} suppressed",
        n("error"),
        n("warning"),
        n("info"),
        n("endpoints"),
        n("unknown"),
        n("suppressed")
    );
    assert!(text.contains(&totals), "{totals} is not in\n{text}");
}

#[test]
fn colours_are_there_when_asked_for_and_change_no_text() {
    let report = mixed(500);
    let colored = shown(&report, Format::Table, Style { color: true, width: None });
    assert!(colored.contains("\x1b[1;31mERROR: 3 causes"), "{colored}");
    let mut plain = String::new();
    let mut parts = colored.split("\x1b[");
    plain.push_str(parts.next().unwrap());
    parts.for_each(|part| plain.push_str(part.split_once('m').unwrap().1));
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>();
    assert_eq!(trimmed(&plain), shown(&report, Format::Table, Style::default()));
    for line in colored.lines().filter(|line| line.contains("az ")) {
        assert!(!line.contains('\x1b'), "a command is copied without colours: {line:?}");
    }
}

#[test]
fn subscriptions_of_one_name_are_told_apart() {
    let mut report = clean();
    for name in report.subscription_names.values_mut() {
        *name = "Production".to_owned();
    }
    let text = piped(&report);
    assert!(text.contains(estate::PAYMENTS) && text.contains(estate::SHOP), "{text}");
}

#[test]
fn resource_groups_and_missing_context_are_in_the_title() {
    let mut report = clean();
    report.origin.scope.resource_groups = vec!["rg-a".to_owned(), "rg-b".to_owned()];
    report.origin.scope.context = false;
    let title = piped(&report).split("\n\n").next().unwrap().replace('\n', " ");
    assert!(title.contains("resource groups rg-a and rg-b"), "{title}");
    assert!(title.contains("without their surroundings (--no-context)"), "{title}");
}

#[test]
fn evidence_is_not_told_twice() {
    let mut report = clean();
    let mut one = finding("DNS-022", "a-record-wrong-ip", Severity::Error, &endpoint("pe-kv"));
    let zone =
        "/subscriptions/0-1/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/privatelink.z";
    for (key, text) in [
        ("alias", "kv.privatelink.z"),
        ("expected", "10.0.0.4"),
        ("source", "network interface"),
        ("zone", zone),
        ("record", "kv"),
        ("found", "10.0.0.9"),
        ("valid", "10.0.0.4"),
    ] {
        one.evidence.push((key, text.into()));
    }
    report.findings = vec![one];
    let text = piped(&report);
    for line in ["│ expected    │ 10.0.0.4 (network interface) ", "│ record      │ kv in rg/privatelink.z "]
    {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    for key in ["alias", "source", "zone", "valid"] {
        assert!(!text.contains(&format!("│ {key} ")), "{key} is told though it adds nothing\n{text}");
    }
    report.findings[0].evidence[0].1 = "kv.elsewhere".into();
    assert!(piped(&report).contains("│ alias       │ kv.elsewhere"), "an alias outside the zone is news");
}

#[test]
fn a_long_report_ends_with_what_was_found() {
    let text = piped(&mixed(500));
    let summary = text.split_once("\nSUMMARY\n").unwrap().1;
    for said in ["│ error   │ DNS-010 │ vnet-cannot-resolve: 500 private endpoints in", "│ unknown │ "]
    {
        assert!(summary.contains(said), "{said} is not in\n{summary}");
    }
    let mut report = clean();
    report.findings = estate::unlinked(2);
    assert!(!piped(&report).contains("SUMMARY"), "one thing found needs no summary");
}
