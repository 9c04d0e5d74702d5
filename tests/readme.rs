//! The README held against the built binary: its commands run, its tables are true. Its role is held in `reads`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "all of this is test code")]

#[path = "standin/mod.rs"]
mod standin;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::{CommandFactory, ValueEnum};
use serde_json::{Value, json};

use plaudit::azure::Auth;
use plaudit::cli::Cli;
use plaudit::config::Config;
use plaudit::report::Format;
use plaudit::rules;
use standin::child::{FakeAz, Run};
use standin::fault::Fault;
use standin::journal::{Door, Entry};
use standin::objects::{
    HUB, HUB_NAME, SPOKE, SPOKE_NAME, ZONE, find, leave_pending, network_id, spoke_and_hub, subscription,
    virtual_network,
};
use standin::{Settings, StandIn};

const README: &str = include_str!("../README.md");
/// Runs with the configuration of its section in the folder.
const SUPPRESSED: &str = "plaudit audit --demo";
const FIRST: [&str; 2] = ["cargo run --release -- audit --demo", "cargo test"];
const OTHER: &str = "44444444-dddd-4000-8000-000000000004";

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in README.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(named), None) => open = Some((named.to_owned(), String::new())),
            (Some(_), Some((named, text))) if named == language => blocks.push(text),
            (Some(_), Some(_)) => {}
            (None, Some((named, text))) => open = Some((named, text + line + "\n")),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// What stands under a heading of the second level.
fn section(heading: &str) -> &'static str {
    let at = README.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let body = &README[at + heading.len() + 5..];
    &body[..body.find("\n## ").unwrap_or(body.len())]
}

/// The rows of the table in a section, without its head.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let rows = section(heading).lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The TOML in a section.
fn toml_of(heading: &str) -> String {
    let block = section(heading).split_once("```toml\n").unwrap_or_else(|| panic!("no TOML in {heading}")).1;
    block.split("```").next().unwrap().to_owned()
}

#[test]
fn every_configuration_is_sound_and_every_key_is_shown() {
    for text in blocks("toml") {
        Config::parse(&text, "README.md").unwrap();
    }
    let shown = toml_of("Configuration");
    let config = Config::parse(&shown, "README.md").unwrap();
    assert_eq!(config.settings.expected_networks.len(), 1);
    for key in [
        "client-vnets",
        "expect-onprem",
        "packs",
        "expect-er",
        "target-regions",
        "appliance-object-id",
        "rules-dir",
        "enable",
        "disable",
        "severity",
        "pending-grace",
        "record-ttl",
        "capacity",
        "dns-servers",
        "expected-vnets",
        "tag",
        "vnet",
        "zones",
    ] {
        assert!(shown.contains(key), "{key} is not shown");
    }
}

/// What each command of the README must come to: exit code, a text on stdout, a file it leaves.
fn promised(command: &str) -> (i32, &'static str, Option<&'static str>) {
    match command {
        "cargo run --release -- audit --demo" => (1, "exit code 1 is expected", None),
        "plaudit audit" | "plaudit audit -s my-subscription" => (1, "DNS-022", None),
        "plaudit audit --all-subscriptions -f table -f json=report.json" => {
            (1, "NOT READ", Some("report.json"))
        }
        "plaudit audit -s my-subscription -g my-group" => (1, "resource group my-group", None),
        "plaudit audit -s my-subscription --context-subscription my-hub" => (1, "DNS-022", None),
        "plaudit audit --management-group my-group --source graph" => (1, "DNS-022", None),
        "plaudit audit --demo --checklist" => (1, "[ ] Point-to-site clients", None),
        "plaudit audit -s my-subscription --pack azure-migrate" => (1, "DNS-022", None),
        "plaudit collect -s my-subscription -o estate.jsonl.gz --pack azure-migrate --pack expressroute" => {
            (0, "", Some("estate.jsonl.gz"))
        }
        "plaudit audit -s my-subscription --deep" => (1, "of every private endpoint", None),
        // The pending connection is plain without the hub; all else is unknown.
        "plaudit audit -s my-subscription --no-context" => (1, "UNKNOWN", None),
        "plaudit collect -s my-subscription -o estate.jsonl.gz" => (0, "", Some("estate.jsonl.gz")),
        "plaudit audit -s my-subscription --metrics" => (1, "TRAFFIC: 7 days up to", None),
        "plaudit collect -s my-subscription -o traffic.jsonl.gz --metrics 30d" => {
            (0, "", Some("traffic.jsonl.gz"))
        }
        "plaudit audit --snapshot traffic.jsonl.gz" => (1, "TRAFFIC: 30 days up to", None),
        "plaudit collect --redact --snapshot estate.jsonl.gz -o ticket.jsonl.gz" => {
            (0, "", Some("ticket.jsonl.gz"))
        }
        "plaudit audit --snapshot ticket.jsonl.gz" => (1, "was redacted", None),
        "plaudit probe --snapshot estate.jsonl.gz --dry-run" => (0, "\t443\n", None),
        "plaudit audit --snapshot estate.jsonl.gz" => (1, "DNS-022", None),
        // What the configuration in the same section sets aside.
        SUPPRESSED => (1, "another team's; may not be read", None),
        "plaudit audit -s my-subscription --write-baseline known.json" => (1, "DNS-022", Some("known.json")),
        "plaudit audit -s my-subscription --baseline known.json --fail-on warning" => {
            (0, "No new fault found", None)
        }
        "plaudit audit -s my-subscription --baseline known.json --since known.json" => {
            (0, "in the baseline already", None)
        }
        "plaudit diff estate.jsonl.gz known.json" => (0, "Nothing is new.", None),
        "plaudit diff estate.jsonl.gz known.json --fail-on warning -f table -f markdown=changes.md" => {
            (0, "unchanged", Some("changes.md"))
        }
        "plaudit facts --demo --subject zone" => (0, "privatelink.blob.core.windows.net", None),
        "plaudit rules new HUB-001 --subject zone --output my-rules" => {
            (0, "HUB-001", Some("my-rules/HUB-001-rename-me-hub-001.md"))
        }
        "plaudit rules check my-rules" => (0, "1 rule sound, 3 cases: all as is due", None),
        "plaudit rules check testdata/own-rules" => (0, "3 rules sound, 11 cases: all as is due", None),
        "plaudit rules list --rules-dir testdata/own-rules" => (0, "zone-outside-the-hub", None),
        "plaudit audit --demo --rules-dir testdata/own-rules" => (1, "HUB-001", None),
        "plaudit rules list" => (0, "DNS-022", None),
        "plaudit rules show DNS-022" => (0, "# DNS-022 a-record-wrong-ip", None),
        "plaudit trace sql-contoso-orders.database.windows.net --from vnet-retail-weu --demo" => {
            (0, "=> private and reachable", None)
        }
        "plaudit trace pe-sb-telemetry --demo -f mermaid" => (1, "flowchart TD", None),
        "plaudit completions bash > plaudit.bash" => (0, "", Some("plaudit.bash")),
        "plaudit man audit > plaudit-audit.1" => (0, "", Some("plaudit-audit.1")),
        "plaudit schema > report-v1.schema.json" => (0, "", Some("report-v1.schema.json")),
        "plaudit schema trace" => (0, "plaudit/trace/v1", None),
        // A subscription of the sample cannot be read.
        "plaudit facts --demo > facts.jsonl" => (3, "", Some("facts.jsonl")),
        "plaudit facts --demo --subject record --reported" => (3, "\"subject\":\"record\"", None),
        "plaudit facts --schema --subject endpoint" => (0, "urn:plaudit:facts:endpoint:v1", None),
        filter if filter.starts_with("jq ") && filter.contains(".approved == false") => {
            (0, "pe-kv-payments\tPending", None)
        }
        filter if filter.starts_with("jq ") && filter.contains(".zones == []") => {
            (0, "vnet-retail-weu\n", None)
        }
        filter if filter.starts_with("jq ") && filter.contains(".right == false") => {
            (0, "vnet-shared-weu\tdead\n", None)
        }
        "plaudit names --demo -f csv" => (0, "sql-contoso-orders.database.windows.net,10.", None),
        // A part of the third subscription is not read, so that only what needs nothing else is certain.
        filter if filter.starts_with("jq ") && filter.contains(".severity ==") => (0, "PE-001\t", None),
        filter if filter.starts_with("jq ") && filter.contains(".remediation") => (0, "\naz network ", None),
        filter if filter.starts_with("jq ") && filter.contains(".coverage.gaps") => (0, "\t403\t", None),
        other => panic!("the README has a command of which this test does not know what it does: {other}"),
    }
}

/// A spoke with two faults and its hub, named as the README names them, and a third subscription of which a part
/// is forbidden.
fn estate() -> StandIn {
    let mut objects = spoke_and_hub(3);
    leave_pending(&mut objects);
    let record = network_id(HUB, "rg-dns", &format!("privateDnsZones/{ZONE}/A/stdata0001"));
    find(&mut objects, &record)["properties"]["aRecords"] = json!([{"ipv4Address": "10.1.9.99"}]);
    objects.push(subscription(OTHER, "my-other"));
    objects.push(virtual_network(OTHER, "vnet-other", "10.9.0.0/16", &[], Vec::new()));
    let text = json!(objects).to_string();
    let text = text.replace("rg-app", "my-group").replace(SPOKE_NAME, "my-subscription");
    let objects: Vec<Value> = serde_json::from_str(&text.replace(HUB_NAME, "my-hub")).unwrap();
    let management_groups = [("my-group".to_owned(), vec![SPOKE.to_owned()])].into();
    let standin = StandIn::with(objects, Settings { management_groups, ..Settings::default() });
    standin.on(&format!("*{OTHER}*/azureFirewalls"), Fault::Forbidden);
    standin
}

/// A shell in a folder of its own, whose `plaudit` speaks to the stand-in and whose `az` is signed in.
struct Shell {
    folder: PathBuf,
    has_jq: bool,
}

impl Shell {
    fn new(standin: &StandIn) -> Self {
        FakeAz::signed_in(standin, SPOKE, "my-subscription");
        let bin = standin.folder().join("bin");
        let wrapper = format!(
            "#!/bin/sh\ncase \"$*\" in rules*|diff*|completions*|man*|schema*|*--demo*|*--schema*|*--snapshot*) exec '{0}' \"$@\" ;; esac\n\
             exec '{0}' \"$@\" --arm-endpoint '{1}' --authority-host '{2}' --ca-file '{3}'\n",
            env!("CARGO_BIN_EXE_plaudit"),
            standin.arm_endpoint(),
            standin.authority_host(),
            standin.ca_file().display()
        );
        fs::write(bin.join("plaudit"), wrapper).unwrap();
        fs::set_permissions(bin.join("plaudit"), fs::Permissions::from_mode(0o755)).unwrap();
        let jq = program("jq");
        if let Some(jq) = &jq {
            symlink(jq, bin.join("jq")).unwrap();
        }
        let folder = standin.folder().join("work");
        fs::create_dir(&folder).unwrap();
        symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), folder.join("testdata")).unwrap();
        Shell { folder, has_jq: jq.is_some() }
    }

    fn run(&self, line: &str) -> Output {
        let bin = self.folder.with_file_name("bin");
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line]).current_dir(&self.folder).stdin(Stdio::null()).env_clear();
        shell.env("PATH", bin).env("HOME", &self.folder).env("NO_PROXY", "127.0.0.1");
        shell.output().unwrap()
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[test]
fn the_demo_comes_first_and_the_tests_second() {
    let first = &blocks("sh")[0];
    assert_eq!(first.lines().collect::<Vec<_>>(), FIRST);
}

#[test]
fn every_command_does_what_the_readme_says() {
    let standin = estate();
    let shell = Shell::new(&standin);
    let blocks = blocks("sh");
    for command in blocks.iter().flat_map(|block| block.lines()).filter(|line| *line != "cargo test") {
        let (code, says, leaves) = promised(command);
        if command.starts_with("jq ") && !shell.has_jq {
            eprintln!("SKIPPED, there is no jq here: {command}");
            continue;
        }
        let line = command.replace("cargo run --release --", "plaudit");
        let config = shell.folder.join("plaudit.toml");
        if command == SUPPRESSED {
            fs::write(&config, toml_of("Suppress a finding")).unwrap();
        }
        let output = shell.run(&line);
        let _ = fs::remove_file(&config);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{command}\n{out}\n--- stderr\n{err}");
        assert!(out.contains(says), "{command}: no {says:?} in\n{out}\n--- stderr\n{err}");
        if let Some(file) = leaves {
            assert!(fs::metadata(shell.folder.join(file)).unwrap().len() > 0, "{file} of {command}");
        }
    }
    let mode = fs::metadata(shell.folder.join("estate.jsonl.gz")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a snapshot is its owner's alone");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(shell.folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["schema"], "plaudit/report/v1");
    let query = |path: &str| path.eq_ignore_ascii_case("/providers/Microsoft.ResourceGraph/resources");
    let reads = |entry: &Entry| entry.method == "GET" || entry.method == "POST" && query(&entry.path);
    assert!(standin.log().iter().all(|entry| entry.door == Door::Login || reads(entry)));
}

#[test]
fn the_rule_that_is_shown_is_one_of_the_house() {
    let page = include_str!("../testdata/own-rules/HUB-001-zone-outside-the-hub.md");
    let shown = section("Write a rule in ten minutes").split_once("```text\n").unwrap().1;
    let shown = shown.split_once("\n+++\n```").unwrap().0;
    assert!(shown.starts_with("+++\n") && page.starts_with(shown), "{shown}");
}

/// Their ways to sign in are tested elsewhere.
#[test]
fn the_commands_of_pipelines_leave_what_the_next_steps_take() {
    let standin = estate();
    let shell = Shell::new(&standin);
    let yaml = blocks("yaml");
    for block in &yaml {
        let commands = block.lines().filter_map(|line| Some(&line[line.find("./plaudit ")? + 2..]));
        let [command] = commands.collect::<Vec<_>>()[..] else { panic!("not one command in\n{block}") };
        let output = shell.run(&command.replace("--auth azure-pipelines ", ""));
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let files: Vec<&str> = command.split(' ').filter_map(|word| Some(word.split_once('=')?.1)).collect();
        assert!(files.len() >= 3, "{command}");
        for file in files {
            assert!(fs::metadata(shell.folder.join(file)).unwrap().len() > 0, "{file} of {command}");
            assert!(block.replace(command, "").contains(file), "no step takes {file}");
        }
    }
    assert_eq!(yaml.len(), 2);
}

#[test]
fn without_the_hub_nothing_is_said_to_be_missing() {
    let report = estate().signed_in(&["audit", "-s", SPOKE, "--no-context", "-f", "json"]).run();
    let report = report.exits(1).report();
    let failed = report["findings"].as_array().unwrap().iter().filter(|f| f["verdict"] == "fail");
    assert_eq!(failed.map(|f| f["rule"].as_str().unwrap()).collect::<Vec<_>>(), ["PE-001"]);
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let outcome = Run::new(Path::new("/"), &["audit", "--help"]).run();
    let help = outcome.exits(0).stdout.split_once("Exit codes:\n").unwrap().1.trim_end().to_owned();
    let helped: Vec<(&str, &str)> = help.lines().map(|line| line.trim().split_once("  ").unwrap()).collect();
    let rows = table("Exit codes");
    assert_eq!(rows.len(), helped.len());
    for (row, (code, meaning)) in rows.iter().zip(helped) {
        assert_eq!(row[0], code);
        assert!(row[1].replace('`', "").starts_with(meaning), "{code}: {:?} and {meaning:?}", row[1]);
    }
}

#[test]
fn the_ways_to_sign_in_are_those_of_the_help_in_the_order_of_auto() {
    let rows = table("Sign-in");
    let named: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    let known: Vec<String> = Auth::value_variants()
        .iter()
        .filter_map(|auth| Some(auth.to_possible_value()?.get_name().to_owned()))
        .filter(|name| name != "auto")
        .collect();
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(set(&named), known.into_iter().collect());

    // A run that finds nothing says what it looked for, in order, and what it tried in the end.
    let folder = tempfile::tempdir().unwrap();
    let outcome = Run::new(folder.path(), &["audit"]).run();
    let looked = outcome.exits(4).stderr.lines().filter_map(|line| line.trim().strip_prefix("not tried: "));
    let looked: Vec<&str> = looked.filter(|line| !line.starts_with("client certificate")).collect();
    let titles = [
        ("environment", "client secret"),
        ("workload-identity", "workload identity"),
        ("github-oidc", "GitHub Actions"),
        ("azure-pipelines", "Azure Pipelines"),
        ("cloud-shell", "Cloud Shell"),
        ("managed-identity", "managed identity"),
    ];
    assert_eq!(looked.len(), titles.len(), "{looked:?}");
    for ((name, title), line) in titles.iter().zip(&looked) {
        assert!(line.starts_with(title), "{name}: {line}");
    }
    assert_eq!(named, titles.map(|(name, _)| name).into_iter().chain(["cli"]).collect::<Vec<_>>());
    outcome.warns("Azure CLI");
}

#[test]
fn the_formats_are_those_of_the_binary() {
    let named: Vec<&str> = table("Output").iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(named, Format::ALL.map(Format::name));
    let help = Run::new(Path::new("/"), &["audit", "--help"]).run().stdout;
    for name in named {
        assert!(help.contains(&format!("`{name}`")), "the help does not name {name}");
    }
}

#[test]
fn the_rules_are_those_of_the_catalogue() {
    let rows = table("What it finds");
    let mut counted = 0;
    for row in &rows {
        let of_family = rules::all().unwrap().iter().filter(|rule| rule.page.id.starts_with(row[0])).count();
        assert_eq!(row[1], of_family.to_string(), "{}", row[0]);
        counted += of_family;
    }
    assert_eq!(counted, rules::all().unwrap().len());
}

#[test]
fn every_option_named_is_an_option() {
    let mut known = BTreeSet::new();
    let mut cli = Cli::command();
    cli.build();
    for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
        known.extend(command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))));
    }
    let text = README.split("```").step_by(2).collect::<String>();
    let spans = text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("--"));
    let mut seen = 0;
    for span in spans {
        let option = span.split([' ', '=']).next().unwrap();
        assert!(known.contains(option), "{option} is no option");
        seen += 1;
    }
    assert!(seen > 8, "only {seen} options found in the README");
}

#[test]
fn links_lead_somewhere() {
    let text = README.split("```").step_by(2).collect::<String>();
    let targets = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    for target in targets.filter(|target| !target.contains("://")) {
        match target.strip_prefix('#') {
            Some(anchor) => {
                let found = README.lines().filter_map(|line| line.strip_prefix("## "));
                let found =
                    found.map(|heading| heading.to_lowercase().replace(' ', "-")).any(|h| h == anchor);
                assert!(found, "no heading for #{anchor}");
            }
            None => {
                assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(), "no file {target}");
            }
        }
    }
}
