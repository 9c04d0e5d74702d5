//! An estate in which every name and every remark is hostile, read from a snapshot and shown by each command: nothing of
//! it acts on a terminal, in the log of a CI or in a shell, and what is JSON stays JSON.

use std::collections::{BTreeMap, HashMap};
use std::process::{Command, Stdio};

use plaudit::diff::{Diff, Run};
use plaudit::facts::{self, Facts, Subject};
use plaudit::finding::Report;
use plaudit::inventory::{Inventory, wire};
use plaudit::report::diff::{FORMATS, Sources};
use plaudit::report::{Background, Format, Style, diff, inert, names, trace, write};
use plaudit::rules::{self, Settings};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};
use plaudit::trace::{explaining, traces};
use plaudit::{audit, checklist};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::hostile::{acts, obeyed, text};
use crate::markdown::is_sound;
use crate::{csv, html, shells};

const DEMO: &str = include_str!("../../testdata/demo.jsonl");

/// Names whose meaning decides what is found.
const KEPT: [&str; 3] = ["privatelink.", "GatewaySubnet", "AzureFirewallSubnet"];

/// The sample estate under other names: those of resources, groups and subscriptions, and what is noted of them. Each is
/// another one still, so that it stays the estate it was.
pub(crate) fn renamed(texts: &[String]) -> String {
    let lines: Vec<Value> = DEMO.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for line in &lines {
        let group = line["id"].as_str().and_then(|id| id.split('/').nth(4)).map(str::to_lowercase);
        let own = line["name"].as_str().map(str::to_lowercase);
        let is_zones =
            line["id"].as_str().is_some_and(|id| id.contains("/privateDnsZones/") && !id.contains("Links/"));
        for name in group.into_iter().chain(own.filter(|_| !is_zones)) {
            let text = texts[names.len() % texts.len()].replace('/', "");
            let other = format!("{text}{}", names.len());
            names.entry(name).or_insert(other);
        }
    }
    names.retain(|name, _| !KEPT.iter().any(|kept| name.starts_with(&kept.to_lowercase())));
    let mut remarks = texts.iter().cycle();
    let mut out = String::new();
    out.push_str(DEMO.lines().next().unwrap());
    for mut line in lines.into_iter().skip(1) {
        rename(&mut line, &names, &mut remarks);
        // The last line is known by how it begins.
        let is_footer = line.as_object_mut().unwrap().remove("footer").is_some();
        let line = line.to_string();
        out.push('\n');
        out.push_str(&if is_footer { line.replacen('{', "{\"footer\":true,", 1) } else { line });
    }
    out + "\n"
}

fn rename<'a>(
    value: &mut Value,
    names: &BTreeMap<String, String>,
    remarks: &mut impl Iterator<Item = &'a String>,
) {
    match value {
        Value::String(text) => {
            let part =
                |part: &str| names.get(&part.to_lowercase()).cloned().unwrap_or_else(|| part.to_owned());
            *text = text.split('/').map(part).collect::<Vec<_>>().join("/");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names, remarks)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match key.as_str() {
                    "displayName" | "description" | "actionsRequired" | "message" | "etag" | "location" => {
                        *field = remarks.next().cloned().unwrap_or_default().into();
                    }
                    _ => rename(field, names, remarks),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What each command shows of an estate.
struct Shown {
    report: Report,
    /// By what was asked for.
    texts: Vec<(String, String)>,
}

fn text_of(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn shown(inventory: Inventory) -> Shown {
    let table = ZoneTable::embedded(inventory.origin.cloud).unwrap();
    let topology = Topology::build(inventory, &table, Options::default());
    let (rules, settings) = (rules::all().unwrap(), Settings::default());
    let mut report = audit::audit(&topology, &rules, &settings);
    report.checklist = checklist::of(&topology, &settings, &[], true, &report.findings);
    let mut texts = Vec::new();
    reports(&topology, &table, &report, &mut texts);
    let plain = Style::default();
    let all = plaudit::names::Names::of(&topology);
    for format in names::Format::ALL {
        texts.push((format!("names {format:?}"), text_of(|out| names::write(&all, format, &plain, out))));
        let left = names::left_out(&all, format).iter().map(|line| inert(line).into_owned() + "\n").collect();
        texts.push((format!("names {format:?} left out"), left));
    }
    for subject in Subject::ALL {
        let rows = facts::rows(&topology, subject);
        let all = |out: &mut Vec<u8>| rows.iter().try_for_each(|row| plaudit::report::facts::write(row, out));
        texts.push((format!("facts {subject:?} JsonLines"), text_of(all)));
    }
    // Some by the name of an endpoint, some by what clients ask for.
    let endpoints = topology.inventory.private_endpoints.iter().step_by(7);
    for asked in endpoints.map(|endpoint| endpoint.id.as_str()) {
        let Ok(found) = traces(&topology, &table, asked, None) else { continue };
        let notes = [format!("a note on {asked}")];
        for format in trace::Format::ALL {
            let written = text_of(|out| trace::write(&found, &notes, format, &plain, out));
            texts.push((format!("trace {format:?}"), written));
        }
    }
    Shown { report, texts }
}

fn reports(topology: &Topology, table: &ZoneTable, report: &Report, texts: &mut Vec<(String, String)>) {
    let told = report.findings.iter().filter_map(|finding| {
        explaining(topology, table, finding).map(|trace| (finding.fingerprint.clone(), trace))
    });
    let background = Background {
        facts: Some(Facts::of(topology)),
        traces: told.take(20).collect::<HashMap<_, _>>(),
        ..Background::default()
    };
    for format in Format::ALL.into_iter().filter(|format| !format.is_binary()) {
        let style = Style::default();
        texts.push((
            format!("audit {format:?}"),
            text_of(|out| write(report, &background, format, &style, out)),
        ));
    }
    let (old, new) = (Run::of(&crate::estate::clean()), Run::of(report));
    for format in FORMATS {
        for (old, new) in [(&old, &new), (&new, &old)] {
            let diff = Diff::of(old, new);
            let write =
                |out: &mut Vec<u8>| diff::write(&diff, &Sources::default(), format, &Style::default(), out);
            texts.push((format!("diff {format:?}"), text_of(write)));
        }
    }
}

/// Whether a text is a log in which nothing acts.
fn is_inert(what: &str, text: &str) -> Result<(), String> {
    if let Some(c) = text.chars().find(|c| !matches!(c, '\n' | '\t') && acts(*c)) {
        return Err(format!("{what}: {c:?} acts"));
    }
    // Annotations are commands of our own; what they say begins behind.
    let ours = |line: &str| {
        let levels = ["::error ", "::warning ", "::notice "];
        let own = levels.iter().find_map(|level| line.strip_prefix(level)).filter(|_| what == "audit Github");
        own.map_or(line.to_owned(), |rest| rest.split_once("::").unwrap_or_default().1.to_owned())
    };
    let lines: Vec<String> = text.lines().map(ours).collect();
    match obeyed(&lines.join("\n")) {
        Some(line) => Err(format!("{what}: a command: {line}")),
        None => Ok(()),
    }
}

/// Whether JSON is JSON, and a label of a picture ends where it should.
fn is_whole(what: &str, text: &str) -> Result<(), String> {
    let format = what.rsplit(' ').next().unwrap_or_default();
    let json =
        |text: &str| serde_json::from_str::<Value>(text).map(drop).map_err(|why| format!("{what}: {why}"));
    match format {
        "Json" | "Sarif" => json(text),
        "JsonLines" => text.lines().try_for_each(json),
        "Markdown" => is_sound(text).map(drop).map_err(|why| format!("{what}: {why}")),
        "Html" => html::check(text).map_err(|why| format!("{what}: {why}")),
        "Csv" => csv::no_formula(text).map_err(|why| format!("{what}: {why}")),
        "Mermaid" => text.lines().filter(|line| line.contains("[\"")).try_for_each(|line| {
            let label = line.split_once("[\"").and_then(|(_, rest)| rest.strip_suffix("\"]")).unwrap_or("\"");
            let plain = label.replace("<br/>", "");
            let odd = plain.contains(['"', '<', '>', '`', '[', ']', '{', '}', '|']);
            if odd { Err(format!("{what}: {line}")) } else { Ok(()) }
        }),
        "Dot" => text.lines().filter(|line| line.contains("[label=\"")).try_for_each(|line| {
            let label =
                line.split_once("[label=\"").and_then(|(_, rest)| rest.rsplit_once("\", fillcolor=\"#"));
            let label = label.unwrap_or(("\"", "")).0.replace("\\\\", "").replace("\\\"", "");
            if label.contains('"') { Err(format!("{what}: {line}")) } else { Ok(()) }
        }),
        _ => Ok(()),
    }
}

fn check(texts: &[String]) -> Result<Shown, String> {
    let snapshot = renamed(texts);
    let inventory = wire::read_from(snapshot.as_bytes(), "estate").map_err(|why| why.to_string())?;
    let shown = shown(inventory);
    for (what, text) in &shown.texts {
        is_inert(what, text)?;
        is_whole(what, text)?;
    }
    let steps = shown.report.findings.iter().flat_map(|finding| &finding.remediation);
    let commands = steps.filter_map(|step| step.command.as_ref());
    let commands = commands.chain(shown.report.checklist.iter().flat_map(|step| &step.commands));
    commands.clone().try_for_each(|command| shells::is_one_command(command))?;
    Ok(shown)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn whatever_an_estate_is_called_every_command_shows_it_inert(texts in vec(text(), 1..12)) {
        let checked = check(&texts);
        prop_assert!(checked.is_ok(), "{}", checked.err().unwrap_or_default());
    }
}

#[test]
fn under_other_names_the_sample_estate_is_the_same() {
    let plain = check(&["x".to_owned()]).unwrap();
    let hostile = check(&["\u{1b}]0;x\u{7}\n::error::$(x) '".to_owned()]).unwrap();
    assert!(plain.report.findings.len() > 20 && plain.texts.len() > 40);
    let rules = |shown: &Shown| {
        let mut rules: Vec<&str> = shown.report.findings.iter().map(|finding| finding.rule).collect();
        rules.sort_unstable();
        rules.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rules(&plain), rules(&hostile));
}

/// The texts of the binary's own making: its log, its warnings, its errors.
#[test]
fn the_binary_says_nothing_that_acts() {
    let texts = ["\n::error::a\u{1b}[2J", "##vso[task.setvariable variable=a]b", "\u{9b}31m\u{202e}x"];
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("estate.jsonl"), renamed(&texts.map(str::to_owned))).unwrap();
    std::fs::write(at("plain.jsonl"), DEMO).unwrap();
    let evil = "nobody\n::error::x\u{1b}]0;x\u{7}##vso[a.b]c";
    let endpoint = {
        let inventory = wire::read(&at("estate.jsonl")).unwrap();
        inventory.private_endpoints[0].id.to_string()
    };
    let snapshot = ["--snapshot", "estate.jsonl"];
    let with = |args: &[&str]| [args, &snapshot, &["--no-config"]].concat().join("\u{1}");
    let runs = [
        with(&["audit", "-vv"]),
        with(&["audit", "-v", "--color", "never", "--checklist", "-f", "markdown"]),
        with(&["audit", "--baseline", evil]),
        with(&["audit", "-f", evil]),
        with(&["audit", evil]),
        with(&["audit", "--fail-on", evil]),
        with(&["names", "-f", "hosts"]),
        with(&["names", "-f", "proxy-bypass"]),
        with(&["facts"]),
        with(&["trace", &endpoint]),
        with(&["trace", evil]),
        with(&["trace", &endpoint, "--from", evil]),
        with(&["trace", "pe"]),
        with(&["probe", "--dry-run"]),
        with(&["probe", "--dry-run", "--vantage", evil]),
        with(&["probe", "--dry-run", "--name", evil]),
        with(&["probe", "--dry-run", "--preset", evil]),
        with(&["probe", "--dry-run", "--also", evil]),
        ["diff", "plain.jsonl", "estate.jsonl", "--no-config"].join("\u{1}"),
        ["diff", evil, "estate.jsonl", "--no-config"].join("\u{1}"),
        ["rules", "show", evil, "--no-config"].join("\u{1}"),
        ["audit", "--snapshot", evil].join("\u{1}"),
        ["audit", "--config", evil, "--demo"].join("\u{1}"),
        ["collect", "--snapshot", "estate.jsonl", "-o", "-"].join("\u{1}"),
        [evil].join(""),
    ];
    for run in runs {
        let args: Vec<&str> = run.split('\u{1}').collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
        let output =
            command.args(&args).env_clear().current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        for (what, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            is_inert(&format!("{what} of {args:?}"), &text).unwrap();
            // A name brings no line of its own: each says what it is.
            let odd = text.lines().find(|line| what == "stderr" && line.starts_with(['\\', ':', '#']));
            assert_eq!(odd, None, "{args:?}\n{text}");
        }
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?}");
    }
}
