//! The file of a snapshot: read, written again, redacted, judged and shown.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{RULES, shown, table};
use crate::audit::{audit, set_aside};
use crate::checklist;
use crate::inventory::{
    Collected, Coverage, Kind, Origin, Pack, Resource, ResourceId, Role, Scope, SubscriptionCoverage,
    snapshot as file, wire,
};
use crate::redaction::Redaction;
use crate::rules::{ExpectedRoutes, Settings};
use crate::topology::{Options, Topology};

/// Takes a snapshot file. What is none may still have lines that are resources, and those make an estate too.
pub fn snapshot(bytes: &[u8]) {
    let collected = read(bytes).unwrap_or_else(|| of_lines(bytes));
    if collected.resources.is_empty() && collected.coverage.gaps.is_empty() {
        return;
    }
    let redaction = Redaction::of(&collected).expect("the table inside the binary");
    let redacted = redaction.redacted(&collected);
    assert_eq!(redacted.resources.len(), collected.resources.len());
    survives(&collected);
    survives(&redacted);
    judged(&collected, true);
    judged(&redacted, false);
}

/// Both readers say the same of a file.
fn read(bytes: &[u8]) -> Option<Collected> {
    match (file::read_from(bytes, "file"), wire::read_from(bytes, "file")) {
        (Ok(raw), Ok(typed)) => {
            let taken_apart = wire::inventory(raw.clone());
            // Of doubles the one reader takes the first, the other the first that it understands.
            let lines = String::from_utf8_lossy(bytes).lines().filter(|line| !line.trim().is_empty()).count();
            if lines == raw.resources.len() + 2 {
                assert_eq!(format!("{typed:?}"), format!("{taken_apart:?}"));
            }
            Some(raw)
        }
        (Err(raw), Err(typed)) => {
            assert_eq!(raw.to_string(), typed.to_string());
            None
        }
        (raw, typed) => panic!("{:?} and {:?}", raw.err(), typed.err()),
    }
}

/// The one field of a footer that says something of an estate.
#[derive(Deserialize)]
struct Footer {
    coverage: Coverage,
}

/// The field that every resource has.
#[derive(Deserialize)]
struct Head {
    id: String,
}

/// The estate of those lines that hold a resource, under a header and a footer where there are such lines.
fn of_lines(bytes: &[u8]) -> Collected {
    let text = String::from_utf8_lossy(bytes);
    let mut resources: Vec<Resource> = text.lines().filter_map(resource).collect();
    resources.sort_by(|a, b| a.id.cmp(&b.id));
    resources.dedup_by(|later, first| later.id == first.id);
    let of: BTreeSet<String> =
        resources.iter().filter_map(|one| one.id.subscription()).map(str::to_ascii_lowercase).collect();
    let origin = text.lines().find_map(|line| serde_json::from_str::<Origin>(line).ok());
    let footer = text.lines().find_map(|line| serde_json::from_str::<Footer>(line).ok());
    Collected {
        origin: origin.unwrap_or_else(|| Origin {
            collected_at: "2026-01-15T08:00:00Z".to_owned(),
            scope: Scope {
                subscriptions: of.iter().cloned().collect(),
                context: true,
                packs: Pack::ALL.to_vec(),
                metrics: "7d".parse().ok(),
                ..Scope::default()
            },
            ..Origin::default()
        }),
        resources,
        coverage: footer.map_or_else(|| whole(of), |footer| footer.coverage),
    }
}

/// A resource as the readers of answers would hand it on.
fn resource(line: &str) -> Option<Resource> {
    let Head { id } = serde_json::from_str(line).ok()?;
    let json = line.trim().replace('\r', " ");
    let is_one = id.starts_with('/') && json.starts_with('{');
    is_one.then(|| Resource { id: ResourceId::new(&id), json: json.into() })
}

/// Everything was asked for, and everything came.
fn whole(subscriptions: BTreeSet<String>) -> Coverage {
    let kinds = Kind::LISTED.to_vec();
    let audited = |id| SubscriptionCoverage { id, role: Role::Audited, kinds: kinds.clone() };
    let mut coverage = Coverage {
        subscriptions: subscriptions.into_iter().map(audited).collect(),
        every_visible_subscription: true,
        ..Coverage::default()
    };
    coverage.normalise();
    coverage
}

/// What is written can be read, and is the same.
fn survives(collected: &Collected) {
    let written = |collected: &Collected| {
        let mut bytes = Vec::new();
        file::write_to(&mut bytes, collected).expect("memory can be written to");
        bytes
    };
    let bytes = written(collected);
    let again = read(&bytes).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&bytes)));
    assert_eq!(again.origin, collected.origin);
    assert_eq!(again.coverage, collected.coverage);
    assert_eq!(again.resources.len(), collected.resources.len());
    assert!(written(&again) == bytes, "{}", String::from_utf8_lossy(&bytes));
}

/// Judges an estate by every rule, and may show it in every form.
fn judged(collected: &Collected, is_shown: bool) {
    let inventory = wire::inventory(collected.clone());
    let table = table(inventory.origin.cloud);
    let topology = Topology::build(inventory, table, Options::default());
    let settings = Settings {
        expect_onprem: true,
        expect_er: ExpectedRoutes { private: true, microsoft: true },
        target_regions: vec!["westeurope".to_owned()],
        packs: Pack::ALL.to_vec(),
        ..Settings::default()
    };
    let mut report = audit(&topology, &RULES, &settings);
    report.checklist = checklist::of(&topology, &settings, &Pack::ALL, true, &report.findings);
    set_aside(&mut report, &[], None);
    if is_shown {
        shown::report(&topology, table, &report, &RULES);
        shown::estate(&topology);
    }
}
