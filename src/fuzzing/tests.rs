//! The inputs that were kept, and those that fuzzing begins with, each handed to its target.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use super::{RULES, SMALL, TARGETS, table};
use crate::audit::audit;
use crate::config::{Config, Own};
use crate::inventory::{Cloud, wire};
use crate::report::read_run;
use crate::rules::Settings;
use crate::rules::own::of_texts;
use crate::topology::{Options, Topology};

/// The folder of fuzzing, which a package that was published does not have.
pub(super) fn home() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    home.is_dir().then_some(home)
}

/// The files of a folder; none where there is no folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(target: &str, function: super::Target) -> usize {
    let Some(home) = home() else { return usize::MAX };
    let seeds = files(&home.join("seeds").join(target));
    let cases = files(&home.join("cases").join(target));
    for file in seeds.iter().chain(&cases) {
        let bytes = fs::read(file).unwrap();
        assert!(catch_unwind(|| function(&bytes)).is_ok(), "{}", file.display());
    }
    seeds.len()
}

macro_rules! replayed {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            assert!(replay(stringify!($target), super::$target) > 2, "there is too little to begin with");
        })*

        #[test]
        fn every_target_is_replayed_and_built() {
            let replayed = [$(stringify!($target)),*];
            assert_eq!(TARGETS.map(|(name, _)| name), replayed);
            let Some(home) = home() else { return };
            let names = |folder: &str| -> BTreeSet<String> {
                let stems = files(&home.join(folder)).into_iter();
                stems.filter_map(|file| file.file_stem().and_then(OsStr::to_str).map(str::to_owned)).collect()
            };
            let due: BTreeSet<String> = replayed.map(str::to_owned).into();
            assert_eq!(names("fuzz_targets"), due);
            assert_eq!(names("seeds"), due);
            assert_eq!(names("dictionaries"), due);
            assert!(names("cases").is_subset(&due), "a case lies where nobody looks: {:?}", names("cases"));
            let workflow = fs::read_to_string(home.join("../.github/workflows/fuzz.yml")).unwrap();
            assert!(workflow.contains(&format!("target: [{}]", replayed.join(", "))), "{workflow}");
        }
    };
}

replayed!(snapshot arm_page configuration own_rules zone);

/// Whoever begins with what is refused at the door never comes in.
#[test]
fn seeds_lead_into_the_program() {
    let Some(home) = home() else { return };
    let seeds = |target: &str| files(&home.join("seeds").join(target)).into_iter();
    let text = |file: &Path| fs::read_to_string(file).unwrap();
    let odd = |file: &PathBuf| matches!(file.file_stem().and_then(OsStr::to_str), Some("lines" | "mistakes"));
    for file in seeds("snapshot").filter(|file| !odd(file)) {
        let inventory = wire::read(&file).unwrap();
        let odd: Vec<_> =
            inventory.coverage.gaps.iter().filter(|gap| gap.code.starts_with("Malformed")).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", file.display());
        let topology = Topology::build(inventory, table(Cloud::AzureCloud), Options::default());
        assert!(!audit(&topology, &RULES, &Settings::default()).findings.is_empty(), "{}", file.display());
    }
    for file in seeds("configuration").filter(|file| !odd(file)) {
        let text = text(&file);
        let configured = Config::checked(&text, "plaudit.toml", Path::new(""), Own::Left(&[])).is_ok();
        assert!(configured || read_run(text.as_bytes()).is_ok(), "{}", file.display());
    }
    for file in seeds("own_rules").filter(|file| !odd(file)) {
        let page = (file.display().to_string(), text(&file));
        assert_eq!(of_texts(vec![page], &RULES, Vec::new()).err(), None);
    }
}

#[test]
fn the_small_estate_is_a_snapshot() {
    super::snapshot(SMALL);
}

/// So deep that what calls itself once a level runs out of stack.
const DEEP: usize = 50_000;

fn nested(open: &str, within: &str, close: &str) -> String {
    levels(DEEP, open, within, close)
}

fn levels(count: usize, open: &str, within: &str, close: &str) -> String {
    [open.repeat(count), within.to_owned(), close.repeat(count)].concat()
}

#[test]
fn json_may_nest_however_deep() {
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe";
    for deep in [nested("[", "1", "]"), nested("{\"id\":", "1", "}"), nested("[{\"a\":", "", "")] {
        let resource = format!("{{\"id\":\"{id}\",\"tags\":{deep},\"properties\":{{\"subnet\":{deep}}}}}");
        super::snapshot(resource.as_bytes());
        for body in [&deep, &format!("{{\"value\":[{resource}],\"nextLink\":{deep}}}")] {
            super::arm_page(body.as_bytes());
        }
        for body in [&resource, &format!("{{\"totalRecords\":1,\"data\":[{resource},{deep}]}}")] {
            super::arm_page(body.as_bytes());
        }
        super::configuration(format!("{{\"schema\":\"plaudit/report/v1\",\"findings\":{deep}}}").as_bytes());
    }
}

#[test]
fn a_configuration_may_nest_however_deep() {
    let dotted = nested("a.", "a", "");
    for text in [
        format!("rules-dir = {}", nested("[", "", "]")),
        format!("zones = {}", nested("[{ type = ", "1", "}]")),
        format!("{dotted} = 1"),
        format!("rules.severity.{dotted} = 'x'"),
        format!("[{dotted}]\nx = 1"),
        format!("[[suppress.{dotted}]]"),
        format!("client-vnets = ['{}']", nested("{a,", "", "}")),
        format!("client-vnets = ['{}']", "[a-z]".repeat(DEEP)),
        format!("client-vnets = ['{}']", "*?".repeat(DEEP)),
    ] {
        super::configuration(text.as_bytes());
    }
}

#[test]
fn a_page_may_nest_however_deep() {
    let Some(home) = home() else { return };
    // No page is longer than this is deep.
    let in_page = |open, within, close| levels(5_000, open, within, close);
    let sound = fs::read_to_string(home.join("seeds/own_rules/endpoint.md")).unwrap();
    for deep in [
        in_page("> ", "a", ""),
        in_page("- ", "a", ""),
        in_page("*", "a", "*"),
        in_page("[", "a", "](b)"),
        in_page("![", "a", "]"),
        in_page("<b>", "a", ""),
        in_page("`", "a", ""),
        in_page("| a ", "\n|-|\n", "| b "),
    ] {
        super::own_rules(sound.replace("It does.", &deep).as_bytes());
    }
    for deep in
        [nested("(", "true", ")"), nested("!", "true", ""), nested("a.", "b", ""), nested("[", "", "]")]
    {
        super::own_rules(sound.replace("endpoint.approved &&", &deep).as_bytes());
        super::own_rules(sound.replace("\"name\": \"x\" }", &format!("\"name\": {deep} }}")).as_bytes());
    }
    super::own_rules(
        sound.replace("subject = ", &format!("{} = 1\nsubject = ", nested("a.", "a", ""))).as_bytes(),
    );
}

#[test]
fn a_name_may_be_however_long() {
    let long = |open, within, close| levels(10_000, open, within, close);
    for long in [long("a.", "a", ""), long("/a", "", ""), long("{a,", "b", "}"), long("*", "", "")] {
        super::zone(format!("{long}\n{long}\n{long}.blob.core.windows.net\n").as_bytes());
    }
}
