//! What the binary tells of itself: completions, manual pages, schemas, help.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use plaudit::cli::Cli;
use plaudit::report::Format;

use crate::standin::child::{Outcome, Run};

fn plaudit(args: &[&str]) -> Outcome {
    Run::new(Path::new("/"), args).run()
}

/// Every command, a path each: `["rules", "list"]`.
fn commands() -> Vec<Vec<String>> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut all = Vec::new();
    for command in root.get_subcommands() {
        all.push(vec![command.get_name().to_owned()]);
        let below = command.get_subcommands();
        all.extend(below.map(|one| vec![command.get_name().to_owned(), one.get_name().to_owned()]));
    }
    all
}

#[test]
fn every_command_has_examples_in_its_help() {
    let all = commands();
    assert!(all.len() > 8, "{all:?}");
    for path in all {
        let args: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = plaudit(&args).exits(0).stdout.clone();
        let example = format!("\n  plaudit {}", path.join(" "));
        assert!(help.contains("Examples:") && help.contains(&example), "{path:?}\n{help}");
    }
}

#[test]
fn every_shell_is_told_the_commands_and_the_formats() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = plaudit(&["completions", shell]).exits(0).stdout.clone();
        for word in ["audit", "completions", "--snapshot"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(script.contains(word), "{shell} is not told {word}");
        }
        for format in Format::ALL {
            assert!(script.contains(format.name()), "{shell} is not told {format}");
        }
    }
}

#[test]
fn bash_understands_its_script() {
    let script = plaudit(&["completions", "bash"]).exits(0).stdout.clone();
    let mut bash = Command::new("/bin/bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn a_shell_that_nobody_knows_is_wrong_usage() {
    for args in
        [["completions", "tcsh"].as_slice(), &["completions"], &["schema", "reports"], &["man", "audti"]]
    {
        let outcome = plaudit(args);
        outcome.exits(2);
        assert_eq!(outcome.stdout, "", "{args:?}");
    }
    plaudit(&["completions", "bsh"]).exits(2).warns("bash");
    plaudit(&["man", "audti"]).exits(2).warns("did you mean `audit`?");
    plaudit(&["man", "rules", "shwo"]).exits(2).warns("did you mean `show`?");
    plaudit(&["man", "\u{1b}[31m"]).exits(2).warns(r"\u{1b}[31m");
}

#[test]
fn the_manual_tells_every_command() {
    let main = plaudit(&["man"]).exits(0).stdout.clone();
    assert!(main.starts_with(".ie \\n(.g"), "{main}");
    for path in commands() {
        if let [name] = path.as_slice() {
            assert!(main.contains(&format!("plaudit\\-{name}(1)")), "{name}\n{main}");
        }
        let args: Vec<&str> = ["man"].into_iter().chain(path.iter().map(String::as_str)).collect();
        let page = plaudit(&args).exits(0).stdout.clone();
        assert!(page.contains(&format!(".TH plaudit-{} 1", path.join("-"))), "{path:?}\n{page}");
        assert!(page.contains("Examples:"), "{path:?}");
    }
}

#[test]
fn a_schema_is_printed_for_each_document() {
    let default = plaudit(&["schema"]).exits(0).stdout.clone();
    assert_eq!(default, plaudit(&["schema", "report"]).exits(0).stdout);
    for document in ["report", "names", "trace", "rules", "diff", "facts"] {
        let text = plaudit(&["schema", document]).exits(0).stdout.clone();
        let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["$id"], format!("urn:plaudit:{document}:v1"));
        assert_eq!(schema["properties"]["schema"]["const"], format!("plaudit/{document}/v1"));
    }
}

#[test]
fn a_wrong_format_says_what_is_right() {
    for (given, told) in [
        ("jsn", "unknown report format `jsn` (did you mean `json`?); the formats are table, json,"),
        ("json=", "`json=` names no file; write `json=report.json`"),
        ("\u{1b}[2J", r"unknown report format `\u{1b}[2J`"),
    ] {
        let outcome = plaudit(&["audit", "--demo", "-f", given]);
        outcome.exits(2).warns(told);
        assert_eq!(outcome.stdout, "");
    }
}
