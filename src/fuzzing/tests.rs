//! The inputs that were kept, and those that fuzzing begins with, each handed to its target.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
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
fn home() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    home.is_dir().then_some(home)
}

/// The files of a folder; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
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
        // What stands here last is what did not hold.
        println!("{}", file.display());
        function(&fs::read(file).unwrap());
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
