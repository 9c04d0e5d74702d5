//! A file that a person hands in beside the estate: a configuration, or a report of an earlier run. The small estate is
//! judged with it. Folders that a configuration names are not looked into.

use std::path::Path;

use super::{CLOUDS, JOINED, RULES, shown, small};
use crate::audit::{Baseline, audit, set_aside};
use crate::config::{Config, ConfigError, Own};
use crate::diff::{Diff, Run};
use crate::inventory::Cloud;
use crate::report::{read_former, read_run};
use crate::rules::Settings;
use crate::topology::Topology;

/// Takes the bytes of the file.
pub fn configuration(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        configured(text);
    }
    compared(bytes);
}

fn configured(text: &str) {
    let config = match Config::checked(text, "plaudit.toml", Path::new(""), Own::Left(&[])) {
        Ok(config) => config,
        Err(error) => return told(text, &error),
    };
    // Which cloud the estate lives in, a configuration does not say.
    for cloud in CLOUDS {
        config.zone_table(cloud).expect("rows were checked against every table");
    }
    let table = config.zone_table(Cloud::AzureCloud).expect("rows were checked against every table");
    let topology = Topology::build(small(), &table, config.options.clone());
    let rules = config.rules_for(&topology.inventory.origin.scope).expect("the pages inside the binary");
    let mut report = audit(&topology, &rules, &config.settings);
    let found = report.findings.len();
    set_aside(&mut report, &config.suppressions, None);
    assert_eq!(report.findings.len(), found, "what is set aside stays in the report");
    shown::report(&topology, &table, &report, &rules);
}

/// Every fault has a line of the file, and a line of its own.
fn told(text: &str, error: &ConfigError) {
    let shown = error.to_string();
    assert!(!shown.is_empty() && !shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    let ConfigError::Faults { faults, .. } = error else { return };
    let lines = 1 + text.matches('\n').count();
    assert!(!faults.is_empty() && faults.iter().all(|fault| (1..=lines).contains(&fault.line)), "{faults:?}");
    assert_eq!(shown.lines().count(), faults.len(), "{shown:?}");
}

/// The same bytes as a report: a baseline, and one side of a comparison.
fn compared(bytes: &[u8]) {
    let (former, run) = (read_former(bytes), read_run(bytes));
    if former.is_err() && run.is_err() {
        return;
    }
    let mut report = audit(&JOINED, &RULES, &Settings::default());
    if let Ok(run) = run {
        let same = Diff::of(&run, &run);
        assert!(same.appeared.is_empty() && same.mended.is_empty() && same.fresh_gaps.is_empty(), "{same:?}");
        let ours = Run::of(&report);
        for diff in [same, Diff::of(&run, &ours), Diff::of(&ours, &run)] {
            shown::comparison(&diff);
        }
    }
    if let Ok(former) = former {
        let known = former.findings.into_iter().map(|one| (one.fingerprint, one.verdict, one.severity));
        set_aside(&mut report, &[], Some(&Baseline::new(known)));
    }
}
