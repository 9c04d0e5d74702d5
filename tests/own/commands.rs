//! `plaudit rules` over folders of one's own.

#[cfg(unix)]
use std::process::Command;

use serde_json::Value;

use crate::run::Place;
use crate::{house, page};

fn folder(pages: &[(&str, String)]) -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path("rules")).unwrap();
    for (name, text) in pages {
        place.write(&format!("rules/{name}"), text);
    }
    place
}

#[test]
fn the_house_in_testdata_is_sound_and_its_cases_come_out() {
    let outcome = Place::new().run(&format!("rules check {}", house().display()));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.stdout, "3 rules sound, 11 cases: all as is due\n");
}

#[test]
fn every_fault_of_every_page_is_told_with_its_line() {
    let place = folder(&[
        ("a.md", page("HUB-001", "a", "zone", "zone.zon == 'x' ||\nzone.related > 1", "")),
        ("b.md", page("PE-100", "b b", "zon", "true", "")),
        (
            "c.md",
            page("HUB-003", "c", "endpoint", "true", "nam = 1\n").replace("## Why it matters", "## Why"),
        ),
        ("d.md", page("HUB-001", "a-record-wrong-ip", "vnet", "true", "")),
        (
            "e.md",
            page("HUB-005", "e", "vnet", "true", "").replace("What is so.", "").replace("https:", "ftp:"),
        ),
        ("f.md", page("HUB-006", "a", "vnet", "true", "")),
        ("g.md", "no page at all\n".to_owned()),
        (
            "h.md",
            page(
                "HUB-008",
                "h",
                "vnet",
                "true",
                "[[case]]\nrow = '{ \"nam\": 1, \"name\": 1 }'\nverdict = \"failed\"\n",
            ),
        ),
        ("i.md", page("HUB-009", "i", "vnet", "true", "[[case]]\nrow = '[]'\n")),
        (
            "j.md",
            page("HUB-010", "j", "vnet", "vnet.name == 'é' &&\r\nvnet.nam == 'x'", "").replace('\n', "\r\n"),
        ),
        ("README.md", "Nothing.".to_owned()),
        (".hidden.md", "Nothing.".to_owned()),
        ("notes.txt", "Nothing.".to_owned()),
    ]);
    let outcome = place.run("rules check rules");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    for said in [
        "rules/a.md:9: `when`: `zone` has no fact `zon` (did you mean `zone`?)",
        "rules/a.md:10: `when`: `>` cannot compare a bool with a int",
        "rules/b.md:2: ids that begin with PE- are plaudit's own",
        "rules/b.md:3: `name` is made of lower-case letters",
        "rules/b.md:7: unknown subject `zon` (did you mean `zone`?)",
        "rules/c.md:12: unknown key `nam` (did you mean `name`?)",
        "rules/d.md:2: the name `a-record-wrong-ip` is that of a rule of plaudit's own",
        "rules/e.md:6: `reference` is the address of a page to read",
        "rules/e.md:14: nothing stands under `What it finds`",
        "rules/g.md:1: a page begins with a line `+++`",
        "rules/h.md:13: no row has a fact `nam` (did you mean `name`?)",
        "rules/h.md:13: the fact `name` is a string",
        "rules/h.md:14: unknown verdict `failed`",
        "rules/i.md:12: this [[case]] has no `verdict`",
        "rules/i.md:13: `row` is an object in JSON",
        "rules/j.md:10: `when`: `vnet` has no fact `nam`",
        "plaudit rules check",
    ] {
        assert!(outcome.stderr.contains(said), "{said}\n{}", outcome.stderr);
    }
    assert!(!outcome.stderr.contains("README") && !outcome.stderr.contains("hidden"), "{}", outcome.stderr);
}

#[test]
fn an_id_and_a_name_are_used_once() {
    let place = folder(&[
        ("a.md", page("HUB-001", "a", "vnet", "true", "")),
        ("b.md", page("HUB-001", "b", "vnet", "true", "")),
        ("c.md", page("HUB-002", "a", "vnet", "true", "")),
    ]);
    let outcome = place.run("rules check rules");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("rules/b.md:2: the id `HUB-001` is that of rules/a.md"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("rules/c.md:2: the name `a` is that of rules/a.md"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_headings_are_those_of_every_page() {
    let text = page("HUB-001", "a", "vnet", "true", "").replace("## Why it matters", "## Why");
    let outcome = folder(&[("a.md", text)]).run("rules check rules");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("rules/a.md:18: the headings of a page are, in this order"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn cases_that_come_out_otherwise_are_exit_code_one() {
    let cases = "[[case]]\nrow = '{ \"name\": \"a\" }'\nverdict = \"fail\"\n\n[[case]]\nrow = '{ \"name\": \"b\" }'\n\
                 verdict = \"fail\"\n\n[[case]]\nrow = '{}'\nverdict = \"pass\"\n";
    let outcome =
        folder(&[("a.md", page("HUB-001", "a", "vnet", "vnet.name == 'a'", cases))]).run("rules check rules");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(
        outcome.stdout,
        "rules/a.md:16: case 2: fail is due, and it is pass\n\
         rules/a.md:20: case 3: pass is due, and it is unknown (`vnet.name` is not in the row)\n\
         1 rule sound, 3 cases: 2 otherwise than is due\n"
    );
}

#[test]
fn a_folder_that_is_none_or_empty_is_told() {
    for (name, said) in [("nowhere", "cannot be read"), ("rules", "there is no page (*.md)")] {
        let outcome = folder(&[]).run(&format!("rules check {name}"));
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
}

#[test]
fn a_page_to_start_from_is_sound_for_every_subject_and_never_written_over() {
    for subject in ["endpoint", "name", "zone", "link", "record", "vnet", "peering", "service"] {
        let place = folder(&[]);
        let outcome = place.run(&format!("rules new HUB-001 --subject {subject} --output rules"));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{subject}");
        assert_eq!(outcome.stdout, "rules/HUB-001-rename-me-hub-001.md\n");
        let checked = place.run("rules check rules");
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{subject}: {}", checked.stdout);
        assert_eq!(checked.stdout, "1 rule sound, 3 cases: all as is due\n");
        place.write("rules/HUB-001-rename-me-hub-001.md", "mine");
        let again = place.run(&format!("rules new HUB-001 --subject {subject} --output rules"));
        assert_eq!(again.code, 2);
        assert!(again.stderr.contains("is there already"), "{}", again.stderr);
        assert_eq!(place.read("rules/HUB-001-rename-me-hub-001.md"), "mine");
    }
    for (given, said) in [
        ("DNS-100", "are plaudit's own"),
        ("hub-001", "is no id"),
        ("HUB-1", "is no id"),
        ("../HUB-001", "is no id"),
        ("HUB-001 --name ../x", "is no name of a rule"),
        ("HUB-001 --subject hub", "[possible values:"),
    ] {
        let outcome = folder(&[]).run(&format!("rules new {given}"));
        assert_eq!(outcome.code, 2, "{given}");
        assert!(outcome.stderr.contains(said), "{given}: {}", outcome.stderr);
    }
}

#[test]
fn own_rules_are_listed_and_shown() {
    let place = Place::new();
    let dir = house().display().to_string();
    let table = place.run(&format!("rules list --rules-dir {dir}")).stdout;
    assert!(table.contains("HUB-001") && table.contains("endpoint-misnamed"), "{table}");
    let list: Value =
        serde_json::from_str(&place.run(&format!("rules list -f json --rules-dir {dir}")).stdout).unwrap();
    let rules = list["rules"].as_array().unwrap();
    let own: Vec<&str> = rules
        .iter()
        .filter(|rule| !rule["file"].is_null())
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(own, ["HUB-001", "NAMING-001", "TAG-001"]);
    assert!(rules.len() > 90);
    let shown = place.run(&format!("rules show tag-001 --rules-dir {dir}"));
    assert_eq!(shown.code, 0);
    assert!(shown.stdout.starts_with("# TAG-001 key-vault-endpoint-without-owner\n"), "{}", shown.stdout);
    assert!(shown.stdout.contains("Name the team that owns the vault"), "{}", shown.stdout);
    assert_eq!(place.run("rules show TAG-001").code, 2);
}

#[test]
fn long_ids_stand_on_one_line_of_the_list() {
    let long = "REACHABILITY-2026001";
    for (ids, line) in [
        ([long, "NAMING-001"].as_slice(), format!("│ {long} │ ")),
        (&["NAMING-001"], "│ NAMING-001 │ ".to_owned()),
        // Nobody reads a column that leaves no room for the others.
        (&["NAMING-001", &format!("A{}-001", "B".repeat(60))], "│ NAMING-001 ".to_owned()),
    ] {
        let pages: Vec<(String, String)> = ids
            .iter()
            .enumerate()
            .map(|(n, id)| (format!("{n}.md"), page(id, &format!("rule-{n}"), "vnet", "true", "")))
            .collect();
        let pages: Vec<(&str, String)> =
            pages.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        let table = folder(&pages).run("rules list --rules-dir rules");
        assert_eq!(table.code, 0, "{}", table.stderr);
        assert!(table.stdout.lines().any(|one| one.starts_with(&line)), "{line}\n{}", table.stdout);
        assert!(table.stdout.lines().any(|one| one.starts_with("│ PE-001 ")), "{}", table.stdout);
        assert!(table.stdout.lines().all(|one| one.chars().count() <= 80), "{}", table.stdout);
    }
}

/// A folder with one sound page, which is no use beside one that is not.
fn beside_a_sound_page() -> Place {
    folder(&[("a.md", page("HUB-001", "a", "vnet", "true", ""))])
}

#[test]
fn what_is_no_page_is_told_and_never_waited_for() {
    let large = beside_a_sound_page();
    large.write("rules/b.md", "x".repeat((64 << 10) + 1));
    let directory = beside_a_sound_page();
    std::fs::create_dir(directory.path("rules/b.md")).unwrap();
    let binary = beside_a_sound_page();
    binary.write("rules/b.md", [0xff, 0xfe, 0]);
    for (place, said) in [
        (large, "rules/b.md: a page has at most 65536 bytes"),
        (directory, "rules/b.md: the page is no file, but a folder"),
        (binary, "rules/b.md: the page is no UTF-8 text"),
    ] {
        for command in ["rules check rules", "audit --demo --rules-dir rules"] {
            place.run(command).refuses(&[said]);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_a_device_and_a_link_to_nowhere_are_no_pages() {
    use std::os::unix::fs::symlink;

    let pipe = beside_a_sound_page();
    assert!(Command::new("mkfifo").arg(pipe.path("rules/b.md")).status().unwrap().success());
    let device = beside_a_sound_page();
    symlink("/dev/zero", device.path("rules/b.md")).unwrap();
    let nowhere = beside_a_sound_page();
    symlink("nowhere.md", nowhere.path("rules/b.md")).unwrap();
    for (place, said) in [
        (pipe, "rules/b.md: the page is no file, but a pipe or a device"),
        (device, "rules/b.md: the page is no file, but a pipe or a device"),
        (nowhere, "rules/b.md: the page cannot be read"),
    ] {
        place.run("rules check rules").refuses(&[said]);
        place.run("rules list --rules-dir rules").refuses(&[said]);
    }
}

#[test]
fn an_own_page_cannot_drive_the_terminal() {
    let hostile = "\u{1b}[31mred \u{1b}]0;owned\u{7} \u{9b}2J back\u{8}\u{8} \u{202e}turned \u{200b}| a |\r";
    let text = page("EVIL-001", "evil", "vnet", "true", "needs = \"\\u001b[5m attention\"\n")
        .replace("What is so.", &format!("What {hostile} is so.\n\n```sh\n{hostile}\n```\n\n* {hostile}"))
        .replace(
            "Never.",
            &format!("| a | b |\n| --- | --- |\n| {hostile} | [x](https://a.example/{hostile}) |"),
        );
    let place = folder(&[("evil.md", text)]);
    for command in [
        "rules show EVIL-001 --rules-dir rules",
        "rules show EVIL-001 --rules-dir rules --color always",
        "rules list --rules-dir rules",
        "rules list -f json --rules-dir rules",
    ] {
        let outcome = place.run(command);
        assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
        // Our own colours are not the page's.
        let plain = outcome.stdout.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        let acts = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}".contains(c);
        assert!(!plain.chars().any(acts), "{command}: {plain:?}");
        assert!(plain.contains("EVIL-001"), "{command}");
    }
    let shown = place.run("rules show EVIL-001 --rules-dir rules").stdout;
    assert!(shown.contains("\\u{1b}[31mred") && shown.contains("\\u{202e}turned"), "{shown}");
}

/// A page may be anybody's, its name and its mistakes too.
#[test]
fn what_a_page_says_acts_on_nothing() {
    const EVIL: &str = "\u{202e}a ##vso[task.setvariable variable=a]b";
    let sound = page("HUB-001", "a", "zone", "true", "")
        .replace("Something is so.", &format!("{EVIL} ::error::x"))
        .replace(
            "What is so.",
            &format!("::error::x\n\u{1b}[2J \u{9b}31m {EVIL}\n\n* ##[group]x\n\n    ::add-mask::x"),
        )
        .replace("* None.", &format!("| a | b |\n| --- | --- |\n| {EVIL} | ::error::x |"));
    let broken =
        page("HUB-002", "b", "zone", &format!("zone.{EVIL}\n::error::x"), "\"\\u001b::error::x\" = 1\n");
    let place = folder(&[("a.md", sound)]);
    let unsound = folder(&[("b\n::error::x##[group].md", broken)]);
    for (at, args) in [
        (&place, "rules list --rules-dir rules"),
        (&place, "rules list -f json --rules-dir rules"),
        (&place, "rules show HUB-001 --rules-dir rules"),
        (&place, "rules show HUB-001 --rules-dir rules --color always"),
        (&place, "rules check rules"),
        (&place, "audit --demo --rules-dir rules"),
        (&unsound, "rules check rules"),
        (&unsound, "rules list --rules-dir rules"),
        (&unsound, "audit --demo --rules-dir rules"),
    ] {
        let outcome = at.run(args);
        let text = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!text.is_empty(), "{args}");
        assert!(!text.contains(['\u{202e}', '\u{9b}']) && !text.contains("\u{1b}[2J"), "{args}: {text}");
        assert!(!text.contains("##vso[") && !text.contains("##["), "{args}: {text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{args}: {text}");
        if args.contains("json") {
            let list: Value = serde_json::from_str(&outcome.stdout).unwrap();
            let rules = list["rules"].as_array().unwrap();
            let own = rules.iter().find(|rule| rule["id"] == "HUB-001").unwrap();
            assert_eq!(own["summary"], format!("{EVIL} ::error::x"));
        }
    }
}
