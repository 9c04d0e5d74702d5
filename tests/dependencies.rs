//! What the manifest promises of dependencies: the oldest Rust, and a reason for each.
#![allow(clippy::unwrap_used, reason = "a test that meets nonsense must stop")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// A version of Rust, missing parts as 0.
fn version(text: &str) -> Vec<u64> {
    let mut parts: Vec<u64> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_is_promised() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let promised = version(env!("CARGO_PKG_RUST_VERSION"));
    let newer: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| Some((package, package["rust_version"].as_str()?)))
        .filter(|(_, oldest)| version(oldest) > promised)
        .map(|(package, oldest)| format!("{} needs {oldest}", package["name"]))
        .collect();
    assert!(newer.is_empty(), "{newer:?}");
}

/// Updates bring and take some; a README that is off by more than this is wrong.
const TOLERANCE: usize = 15;

#[test]
fn the_readme_counts_the_crates_nearly() {
    let readme = include_str!("../README.md");
    let told = readme.split(" is made of ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let told: usize = told.parse().unwrap();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "-e", "normal", "--prefix", "none", "--locked", "--offline"])
        .args(["--target", "x86_64-unknown-linux-gnu", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates = tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty());
    let crates: BTreeSet<&str> = crates.collect();
    assert!(crates.len().abs_diff(told) <= TOLERANCE, "the README says {told}, there are {}", crates.len());
}

#[test]
fn each_dependency_has_its_reason() {
    let manifest = include_str!("../Cargo.toml");
    let mut before = "";
    let mut among_dependencies = false;
    let mut count = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            among_dependencies = line.ends_with("dependencies]");
        } else if among_dependencies && line.contains(" = ") {
            assert!(before.starts_with("# "), "nothing says what this is for: {line}");
            count += 1;
        }
        before = line;
    }
    assert!(count > 30, "{count}");
}
