//! Whatever text Azure returns: nothing of it acts on a terminal or in the log of a CI, and no box is wider than the
//! page. The texts themselves are those of every format's tests.

use plaudit::finding::{
    Article, Cause, ChecklistItem, Flow, Related, Remediation, Report, Severity, Subject, SuppressionState,
    SuppressionUse, Traffic, Verdict,
};
use plaudit::inventory::{ResourceId, Unfinished};
use plaudit::report::{Format, Style, inert};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::estate::{self, clean, finding, id};
use crate::{columns, shown};

/// Characters that act instead of being shown; written down here again, so that one list checks the other.
pub(crate) fn acts(c: char) -> bool {
    let bidi = ['\u{61c}', '\u{200e}', '\u{200f}'];
    let width = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];
    c.is_control()
        || bidi.contains(&c)
        || width.contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
        || ('\u{2028}'..='\u{2029}').contains(&c)
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

/// Commands that GitHub's runner knows (github.com/actions/runner, `ActionCommandManager.cs`), in any case.
const KNOWN: [&str; 16] = [
    "set-output",
    "set-env",
    "add-path",
    "add-mask",
    "add-matcher",
    "remove-matcher",
    "save-state",
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "echo",
    "stop-commands",
    "internal-set-repo-path",
];

/// The first line that the log of a CI would obey, as its readers take lines apart.
pub(crate) fn obeyed(log: &str) -> Option<&str> {
    // Azure Pipelines, GitHub's older form and TeamCity search the whole line.
    let anywhere = ["##vso[", "##[", "##teamcity["];
    log.split(['\n', '\r']).find(|line| {
        let command = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"));
        let name = command.map(|(info, _)| info.split(' ').next().unwrap_or_default().to_lowercase());
        anywhere.iter().any(|mark| line.contains(mark)) || name.is_some_and(|name| KNOWN.contains(&&*name))
    })
}

/// Pieces that mean something to a terminal, a log, a spreadsheet, a browser, a reader of Markdown or a shell, and to
/// none of them beside plain words.
const PIECES: [&str; 66] = [
    // Terminals.
    "\u{1b}[31m",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}[?1049h\u{1b}[201~",
    "\u{9b}2J\u{90}\u{9d}",
    "\r\n\t\0\u{7f}",
    "\u{202e}gpj.exe\u{2066}\u{200f}\u{61c}",
    "\u{200b}\u{200d}\u{feff}\u{e0041}",
    "東京データベース",
    "👩‍👩‍👧‍👦🏳️‍🌈❤️🇳🇴👍🏽",
    "e\u{301}\u{302}\u{303}",
    "ｆｕｌｌ　ｗｉｄｔｈ",
    "لا إله",
    // Logs.
    "::error file=a,line=1::x",
    "::set-output name=a::b",
    "\n::add-mask::x",
    "%0A::warning::x",
    "##[error]x",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[x]",
    "#",
    "##",
    "::",
    ":",
    "vso[a.b]",
    "[group]",
    // Spreadsheets.
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"https://evil.example\")",
    "+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "＝1",
    "\"=1",
    ";=1",
    "\",=1,\"",
    "_x001b_",
    // Browsers.
    "</script><script>alert(1)</script>",
    "</style></svg></title></textarea>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "<img src=https://evil.example onerror=alert(1)>",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "&lt;b&gt; &#60;b&#62; &amp",
    "javascript:alert(1)",
    "{{ 7 * 7 }} ${7*7} {% x %}",
    // Markdown.
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example a@evil.example",
    "@team #12 GH-12 org/repo#1 :octocat: $x$",
    "| a | b |",
    "\\| \\` ` ``` ~~~",
    "</details></summary>",
    "\n\n# b\n- c\n> d\n",
    "*a* __b__ ~~c~~ [^1] - [ ] d",
    // Shells, and what they call.
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    "\"; touch pwned; \"",
    "’; touch pwned; ‘“”",
    "& | > < ; * ? ~ ! # \\",
    "--debug",
    "@/etc/passwd",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        2 => "[a-z0-9./ -]{1,60}",
        2 => any::<String>(),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

pub(crate) const PAGE: Article = Article {
    id: "virtual-network-peering",
    title: "Troubleshoot virtual network peering issues",
    url: "https://learn.microsoft.com/azure/virtual-network/virtual-network-troubleshoot-peering-issues",
};

/// A report in which every text that can come from outside is one of these.
pub(crate) fn report(texts: &[String]) -> Report {
    let text = |n: usize| texts[n % texts.len()].clone();
    let mut report = clean();
    report.notes = vec![text(0)];
    report.origin.collected_at = text(1);
    report.origin.tenant_id = Some(text(2));
    report.origin.scope.subscriptions.push(text(3));
    report.origin.scope.resource_groups = vec![text(4), text(5)];
    for (n, name) in report.subscription_names.values_mut().enumerate() {
        *name = text(6 + n);
    }
    let mut gap = estate::forbidden();
    gap.subscription = Some(text(7));
    gap.code = text(8);
    gap.message = text(9);
    gap.resource = Some(ResourceId::new(&text(10)));
    report.coverage.gaps = vec![gap];
    report.suppressions = vec![SuppressionUse {
        rule: text(1),
        resource: text(2),
        reason: text(3),
        expires: Some(text(4)),
        state: SuppressionState::Expired,
        findings: 1,
    }];
    report.unfinished = vec![Unfinished { id: ResourceId::new(&text(5)), state: text(6).into() }];
    let flow = |n: u64| Flow {
        id: ResourceId::new(&text(n as usize)),
        bytes_in: u64::MAX / 3 * n,
        bytes_out: u64::MAX,
        course: vec![0, n, u64::MAX],
    };
    report.traffic = Some(Traffic {
        span: text(7),
        from: text(8),
        until: text(9),
        interval: i64::MIN,
        flows: (0..3).map(flow).collect(),
    });
    report.checklist = (0..3)
        .map(|n| ChecklistItem {
            id: "outside-routes",
            title: "Devices on premises route the networks of the endpoints to Azure",
            why: text(n),
            commands: vec![text(n + 1), text(n + 2)],
            entries: vec![text(n + 3); 20],
            article: Article { url: "no address", ..PAGE },
            about: vec![ResourceId::new(&text(n + 4))],
        })
        .collect();
    for n in 0..8 {
        let subject = match n % 3 {
            0 => ResourceId::new(&id(&text(n), &text(n + 1), &text(n + 2), &text(n + 3))),
            1 => ResourceId::new(&id(estate::PAYMENTS, &text(n), "privateEndpoints", &text(n + 1))),
            _ => ResourceId::new(&text(n)),
        };
        let severity = [Severity::Error, Severity::Warning, Severity::Info][n % 3];
        let mut one = finding("DNS-022", "a-record-wrong-ip", severity, &subject);
        one.verdict = if n > 5 { Verdict::Unknown } else { Verdict::Fail };
        one.subject = Subject { kind: text(n), name: text(n + 1), ..one.subject };
        one.cause = Cause { kind: "gap", id: text(n / 4) };
        one.headline = text(n + 2);
        one.message = text(n + 3);
        one.related = vec![Related { role: "zone", id: text(n + 4) }];
        one.evidence = vec![
            ("expected", json!([text(n), text(n + 1)])),
            ("path", json!([text(n), {text(n + 2): text(n + 3)}])),
            ("found", json!(text(n + 4))),
            ("course", if n % 2 == 0 { json!([0, 1.5, -1, 1e308]) } else { json!([text(n), 1]) }),
        ];
        one.remediation = vec![Remediation { title: text(n + 5), command: Some(text(n + 6)) }];
        one.reference = text(n + 7);
        one.suppressed = (n % 4 == 2).then(|| text(n + 8));
        one.in_baseline = n % 4 == 3;
        report.findings.push(one);
    }
    report
}

/// Lines that may be wider than the page, because they must be copied whole.
fn copyable(report: &Report) -> Vec<String> {
    let findings = || report.findings.iter();
    let commands = findings().flat_map(|f| &f.remediation).filter_map(|step| step.command.clone());
    let references = findings().map(|f| format!("# {}", f.reference));
    let steps = || report.checklist.iter();
    let of_steps = steps().flat_map(|step| step.commands.iter().cloned());
    let entries = steps().flat_map(|step| step.entries.iter().map(|entry| format!("· {entry}")));
    let commands = commands.chain(of_steps).chain(entries).chain(["# no address".to_owned()]);
    commands.chain(references).map(|line| format!("    {}", inert(&line)).trim_end().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_table_is_inert_and_fits(texts in vec(text(), 1..12), width in prop::option::of(40u16..140)) {
        let report = report(&texts);
        let shown = shown(&report, Format::Table, Style { color: false, width });
        prop_assert_eq!(obeyed(&shown), None);
        let copyable = copyable(&report);
        let width = usize::from(width.unwrap_or(80));
        for line in shown.split('\n') {
            prop_assert!(!line.chars().any(acts), "{line:?}");
            prop_assert!(columns(line) <= width || copyable.iter().any(|c| c == line), "{line}");
        }
    }

    #[test]
    fn json_is_inert_and_says_the_same(texts in vec(text(), 1..12)) {
        let report = report(&texts);
        let shown = shown(&report, Format::Json, Style::default());
        prop_assert!(!shown.chars().any(|c| c != '\n' && acts(c)), "{shown:?}");
        prop_assert_eq!(obeyed(&shown), None);
        let json: Value = serde_json::from_str(&shown).unwrap();
        let findings = json["findings"].as_array().unwrap();
        prop_assert_eq!(findings.len(), report.findings.len());
        for (theirs, ours) in findings.iter().zip(&report.findings) {
            prop_assert_eq!(theirs["message"].as_str(), Some(ours.message.as_str()));
            prop_assert_eq!(theirs["subject"]["id"].as_str(), Some(ours.subject.id.as_str()));
            prop_assert_eq!(&theirs["evidence"]["path"], &ours.evidence[1].1);
        }
        prop_assert_eq!(json["notes"][0].as_str(), Some(report.notes[0].as_str()));
    }

    #[test]
    fn with_colours_the_only_escapes_are_our_own(texts in vec(text(), 1..12)) {
        let shown = shown(&report(&texts), Format::Table, Style { color: true, width: None });
        for sequence in shown.split('\u{1b}').skip(1) {
            let parameters = sequence.strip_prefix('[').and_then(|rest| rest.split_once('m'));
            let parameters = parameters.map(|(parameters, _)| parameters);
            let ours = |p: &str| p.chars().all(|c| c.is_ascii_digit() || c == ';');
            prop_assert!(parameters.is_some_and(ours), "{sequence:?}");
        }
        prop_assert!(!shown.chars().any(|c| c != '\n' && c != '\u{1b}' && acts(c)), "{shown:?}");
    }
}

#[test]
fn the_reader_of_logs_knows_a_command() {
    for line in ["::error::x", "\t ::add-mask::x", "a\n::ERROR file=a::x", "x ##vso[a.b]c", "x ##[group]"] {
        assert!(obeyed(line).is_some(), "{line}");
    }
    for line in ["x ::error::x", "::1", "fd00::error", "::unknown::", "## x", "# #[error]"] {
        assert_eq!(obeyed(line), None);
    }
}
